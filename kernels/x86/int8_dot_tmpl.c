/*
 * int8 products with a dot product of unsigned by signed bytes in vectors of 32 (VNNI), included by
 * one file an instruction set, which defines DOT(acc, x, w): acc += sums of four x w, x unsigned.
 *
 * Inputs are q + 128, row-major; sum_k (q - zp) w = sum_k (q + 128) w - (zp + 128) sum_k w. Lanes
 * run along k; a tile is three rows by four outputs, which share what they load.
 */
#include <immintrin.h>
#include <string.h>

#include "kernels/int8.h"

#define INLINE static inline __attribute__((always_inline))

enum { TILE_ROWS = 3, TILE_OUT = 4 };

/* A row of q - zp as q + 128; what pads it meets weights that are 0. */
static void bytes_of_row(uint8_t *to, const int16_t *d, int32_t zero, int64_t stride)
{
    const __m256i z = _mm256_set1_epi16((short)zero);
    for (int64_t l = 0; l < stride; l += 32) {
        const __m256i *p = (const __m256i *)(const void *)(d + l);
        const __m256i a = _mm256_add_epi16(_mm256_loadu_si256(p), z),
                      b = _mm256_add_epi16(_mm256_loadu_si256(p + 1), z);
        _mm256_storeu_si256((__m256i *)(void *)(to + l),
                            _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8));
    }
}

/* Rows from .. to, row-major. */
static void quantise_rows(const hone_int8_input *in, const float *x, int64_t from, int64_t to)
{
    const int64_t stride = hone_int8_stride(in->k);
    hone_int8_quantise_avx2(in, x, from, to);
    for (int64_t i = from; i < to; i++)
        bytes_of_row(in->packed + i * stride, in->data + i * stride, in->zero[i], stride);
}

INLINE __m256i load32(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* The first n < 32 bytes, then zeros. */
static __m256i load32_part(const uint8_t *p, int64_t n)
{
    uint8_t part[32] = { 0 };
    memcpy(part, p, (size_t)n);
    return load32(part);
}

typedef struct tile_at {
    const uint8_t *x;           /* first row of inputs, */
    int64_t stride;             /* and from row to row */
    const uint8_t *w[TILE_OUT]; /* rows of weights */
    int64_t k;
} tile_at;

INLINE void step(__m256i acc[TILE_ROWS][TILE_OUT], const tile_at *t, int64_t l, const int R,
                 const bool last)
{
    __m256i x[TILE_ROWS];
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) x[r] = load32(t->x + r * t->stride + l);
#pragma GCC unroll 4
    for (int o = 0; o < TILE_OUT; o++) {
        const __m256i w = last ? load32_part(t->w[o] + l, t->k - l) : load32(t->w[o] + l);
#pragma GCC unroll 3
        for (int r = 0; r < R; r++) DOT(acc[r][o], x[r], w);
    }
}

INLINE void sums(__m256i acc[TILE_ROWS][TILE_OUT], const tile_at *t, const int R)
{
    const int64_t whole = t->k / 32 * 32;
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int o = 0; o < TILE_OUT; o++) acc[r][o] = _mm256_setzero_si256();
    }
    for (int64_t l = 0; l < whole; l += 32) step(acc, t, l, R, false);
    if (whole < t->k) step(acc, t, whole, R, true);
}

/* Four outputs of row i of in. */
INLINE __m128 finish(const __m256i acc[TILE_OUT], const hone_int8_input *in, int64_t i,
                     const int32_t *sum, const float *scale)
{
    const __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(acc[0], acc[1]),
                                        _mm256_hadd_epi32(acc[2], acc[3]));
    __m128i v = _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
    v = _mm_sub_epi32(v, _mm_mullo_epi32(_mm_set1_epi32(in->zero[i]),
                                         _mm_loadu_si128((const __m128i *)(const void *)sum)));
    return _mm_mul_ps(_mm_cvtepi32_ps(v),
                      _mm_mul_ps(_mm_set1_ps(in->scale[i]), _mm_loadu_ps(scale)));
}

/* Rows i .. i + R by four outputs, of which outs are stored. */
INLINE void tile(float *y, int64_t ldy, const hone_int8_input *in, int64_t i, tile_at *t,
                 const int32_t *sum, const float *scale, int64_t outs, const int R)
{
    __m256i acc[TILE_ROWS][TILE_OUT];
    t->x = in->packed + i * t->stride;
    sums(acc, t, R);
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) {
        const __m128 v = finish(acc[r], in, i + r, sum, scale);
        if (outs == TILE_OUT)
            _mm_storeu_ps(y + r * ldy, v);
        else
            for (int64_t o = 0; o < outs; o++) y[r * ldy + o] = ((const float *)&v)[o];
    }
}

static void product_rows(float *y, int64_t ldy, const hone_int8_input *in,
                         const hone_int8_matrix *m, hone_int8_part part)
{
    tile_at t = { .stride = hone_int8_stride(in->k), .k = m->k };
    for (int64_t o = part.out0; o < part.out1; o += TILE_OUT, y += TILE_OUT) {
        const int64_t outs = part.out1 - o < TILE_OUT ? part.out1 - o : TILE_OUT;
        float scale[TILE_OUT] = { 0 };
        int32_t sum[TILE_OUT] = { 0 };
        for (int64_t j = 0; j < TILE_OUT; j++)
            t.w[j] = m->q + (o + (j < outs ? j : outs - 1)) * m->k;
        memcpy(scale, m->scale + o, (size_t)outs * sizeof *scale);
        memcpy(sum, m->sum + o, (size_t)outs * sizeof *sum);
        int64_t i = part.row0;
        float *to = y;
        for (; i + 3 <= part.row1; i += 3, to += 3 * ldy)
            tile(to, ldy, in, i, &t, sum, scale, outs, 3);
        if (part.row1 - i == 2) tile(to, ldy, in, i, &t, sum, scale, outs, 2);
        if (part.row1 - i == 1) tile(to, ldy, in, i, &t, sum, scale, outs, 1);
    }
}
