/*
 * All quantisation arithmetic of exported files: the writer, training against the quantised
 * weights, the evaluation of exported files and their tests call these functions and no others.
 * Formulas: docs/quantisation.md.
 */
#ifndef HONE_KERNELS_QUANT_H
#define HONE_KERNELS_QUANT_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* How the rows of a weight matrix are stored. */
typedef enum hone_quant {
    HONE_QUANT_F32,     /* unchanged */
    HONE_QUANT_I8_ROW,  /* int8, an f32 scale for each row */
    HONE_QUANT_I4_ROW,  /* int4, an f32 scale for each row: ruins models of this size */
    HONE_QUANT_I4_B32,  /* int4, an f16 scale for each block of 32 values of a row */
    HONE_QUANT_I4_B64,
    HONE_QUANT_I4_B128,
    HONE_QUANT_KINDS
} hone_quant;

enum { HONE_QUANT_BLOCK_MAX = 128 };

/* "f32", "q8", "q4c", "q4b32", "q4b64", "q4b128". */
const char *hone_quant_name(hone_quant q);
int hone_quant_parse(hone_quant *ret, const char *name, hone_err *err);

/* Values that share a scale; 0 where the whole row does, or where there is no scale. */
int hone_quant_block(hone_quant q);
/* Bytes of one row of n values and of its scales (little-endian). 0 for the first when rows of n
 * values cannot be stored that way: int4 wants pairs and whole blocks. */
size_t hone_quant_row_bytes(hone_quant q, int64_t n);
size_t hone_quant_scale_bytes(hone_quant q, int64_t n);

/* One row into the bytes that a file holds. Int4: two values a byte, the even one in the low
 * nibble. A row (or block) with a weight that is not finite gets a scale that is not finite. */
void hone_quant_row(hone_quant q, const float *w, int64_t n, uint8_t *ret_data,
                    uint8_t *ret_scales);
/* The values that such bytes stand for. */
void hone_quant_read_row(hone_quant q, const uint8_t *data, const uint8_t *scales, int64_t n,
                         float *out);
/* hone_quant_row and hone_quant_read_row at once, to the same bits: what a forward pass that trains
 * against the stored weights uses. out may be w. */
void hone_quant_fake_row(hone_quant q, const float *w, int64_t n, float *out);

/* Symmetric int8 of one row: scale = max(|w|) / 127 (floor 1e-9), q = round half even (w / scale)
 * clipped to [-127, 127]. */
void hone_quant_i8_row(const float *w, int64_t n, int8_t *ret_q, float *ret_scale);

/* Asymmetric int8 of one activation row as the device runtime does it: lo = min(0, min x),
 * hi = max(0, max x), s = (hi - lo) / 255 (1 if hi == lo), zp = clip(rint(-128 - lo / s), -128,
 * 127), q = clip(rint(x / s) + zp, -128, 127). Writes q - zp, which is in [-255, 255], as float so
 * that a float matrix product of integer values gives the exact integer sum (|sum| < 2^24 in
 * practice). */
void hone_quant_activation(const float *x, int64_t n, float *ret_q_minus_zp, float *ret_scale);
/* s and zp of it, for lo <= 0 <= hi; NaN and 0 when one of them is infinite. */
void hone_quant_activation_range(float lo, float hi, float *ret_scale, float *ret_zp);

#endif
