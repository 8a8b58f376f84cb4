/*
 * Number formats of weight files: 16-bit floats both ways, the block formats of GGUF decoded to
 * f32, and three of them written. Layouts and formulas: docs/gguf.md. Blocks may lie at any
 * address; n is the number of values, a whole number of blocks; out has room for n.
 */
#ifndef HONE_KERNELS_QUANT_GGUF_H
#define HONE_KERNELS_QUANT_GGUF_H

#include <stdint.h>

#include "common/bytes.h"

enum {
    HONE_GGUF_BLOCK = 32,       /* values a block of Q4_0 .. Q8_0 */
    HONE_GGUF_SUPER_BLOCK = 256 /* values a block of Q4_K .. Q6_K */
};

/* Exact, subnormal numbers, infinities and NaN included. */
static inline float hone_f16_to_f32(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    const uint32_t exponent = (h >> 10) & 31u, fraction = h & 0x3FFu;
    if (exponent == 31) return hone_f32_of_bits(sign | 0x7F800000u | fraction << 13);
    if (exponent) return hone_f32_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    /* zero or subnormal: fraction * 2^-24, exact in f32 */
    return hone_f32_of_bits(hone_bits_of_f32((float)fraction * 0x1p-24f) | sign);
}
/* Round to nearest, ties to even; too large becomes infinity; NaN stays a (quiet) NaN. */
uint16_t hone_f32_to_f16(float f);
float hone_bf16_to_f32(uint16_t h);
uint16_t hone_f32_to_bf16(float f);

#define HONE_DEQUANT(name) void name(const uint8_t *p, int64_t n, float *out)

/* Plain C, on any processor: what the others are compared with. */
HONE_DEQUANT(hone_dequant_f16);
HONE_DEQUANT(hone_dequant_bf16);
HONE_DEQUANT(hone_dequant_q4_1);
HONE_DEQUANT(hone_dequant_q5_1);

/* Formats with faster versions, which give the same bits. */
#define HONE_DEQUANT_LIST(X) X(q4_0) X(q5_0) X(q8_0) X(q4_k) X(q5_k) X(q6_k)

#define X(format)                                                                                  \
    HONE_DEQUANT(hone_dequant_##format);                                                           \
    HONE_DEQUANT(hone_dequant_##format##_avx2);
HONE_DEQUANT_LIST(X)
#undef X

typedef struct hone_dequant_kernels {
    const char *name; /* "ref", "avx2" */
#define X(format) HONE_DEQUANT((*format));
    HONE_DEQUANT_LIST(X)
#undef X
} hone_dequant_kernels;

/* The fastest for a set of features (kernels.h); those of this process, chosen once. */
const hone_dequant_kernels *hone_dequant_kernels_for(unsigned features);
const hone_dequant_kernels *hone_dequant_kernels_get(void);

/* Into those formats: n values, a whole number of blocks, all finite. */
void hone_quant_f16(const float *w, int64_t n, uint8_t *out);
void hone_quant_q8_0(const float *w, int64_t n, uint8_t *out);
void hone_quant_q4_0(const float *w, int64_t n, uint8_t *out);

#endif
