/*
 * All quantisation arithmetic of exported files, used by the writer, by evaluation of exported
 * files and by their tests. Formulas: docs/quantisation.md.
 */
#ifndef HONE_KERNELS_QUANT_H
#define HONE_KERNELS_QUANT_H

#include <stdint.h>

/* Symmetric int8 of one row: scale = max(|w|) / 127 (floor 1e-9), q = round half even (w / scale)
 * clipped to [-127, 127]. */
void hone_quant_i8_row(const float *w, int64_t n, int8_t *ret_q, float *ret_scale);

/* Asymmetric int8 of one activation row as the device runtime does it: lo = min(0, min x),
 * hi = max(0, max x), s = (hi - lo) / 255 (1 if hi == lo), zp = clip(rint(-128 - lo / s), -128,
 * 127), q = clip(rint(x / s) + zp, -128, 127). Writes q - zp, which is in [-255, 255], as float so
 * that a float matrix product of integer values gives the exact integer sum (|sum| < 2^24 in
 * practice). */
void hone_quant_activation(const float *x, int64_t n, float *ret_q_minus_zp, float *ret_scale);

#endif
