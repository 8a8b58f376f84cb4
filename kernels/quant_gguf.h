/*
 * Number formats of weight files: 16-bit floats both ways, the block formats of GGUF decoded to
 * f32, and three of them written. Layouts and formulas: docs/gguf.md. Blocks may lie at any
 * address; n is the number of values, a whole number of blocks; out has room for n.
 */
#ifndef HONE_KERNELS_QUANT_GGUF_H
#define HONE_KERNELS_QUANT_GGUF_H

#include <stdint.h>

enum {
    HONE_GGUF_BLOCK = 32,       /* values a block of Q4_0 .. Q8_0 */
    HONE_GGUF_SUPER_BLOCK = 256 /* values a block of Q4_K .. Q6_K */
};

/* Exact, subnormal numbers, infinities and NaN included. */
float hone_f16_to_f32(uint16_t h);
/* Round to nearest, ties to even; too large becomes infinity; NaN stays a (quiet) NaN. */
uint16_t hone_f32_to_f16(float f);
float hone_bf16_to_f32(uint16_t h);
uint16_t hone_f32_to_bf16(float f);

void hone_dequant_f16(const uint8_t *p, int64_t n, float *out);
void hone_dequant_bf16(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q4_0(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q4_1(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q5_0(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q5_1(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q8_0(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q4_k(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q5_k(const uint8_t *p, int64_t n, float *out);
void hone_dequant_q6_k(const uint8_t *p, int64_t n, float *out);

/* Into those formats: n values, a whole number of blocks, all finite. */
void hone_quant_f16(const float *w, int64_t n, uint8_t *out);
void hone_quant_q8_0(const float *w, int64_t n, uint8_t *out);
void hone_quant_q4_0(const float *w, int64_t n, uint8_t *out);

#endif
