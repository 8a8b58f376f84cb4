/*
 * int8 products with AVX-512 VNNI (kernels/int8.h). Lanes are the sixteen rows of a group of
 * inputs; four weights of an output are broadcast from where they lie. A tile is two groups by
 * twelve outputs. Few rows are dot products along k, as AVX-VNNI does them.
 */
#include <immintrin.h>

/* gcc 12 moves the sums of its own function between registers and memory */
#define DOT(acc, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))

#include "kernels/x86/int8_dot_tmpl.c"
#include "kernels/x86/int8_groups.h"

enum { OUTS = 12, GROUPS = 2 };

HONE_INT8_QUANTISE(hone_int8_quantise_avx512)
{
    if (in->rows <= FEW_ROWS) {
        quantise_rows(in, x, from, to);
        return;
    }
    hone_int8_quantise_avx2(in, x, from, to);
    for (int64_t i = from; i < to; i += GROUP) interleave(in, i);
}

INLINE __m512i four_weights(const uint8_t *w, int64_t n)
{
    int32_t four = 0;
    memcpy(&four, w, (size_t)(n < 4 ? n : 4));
    return _mm512_set1_epi32(four);
}

/* Sums of G groups by twelve outputs, whose rows of weights may repeat. */
INLINE void sums_of_groups(__m512i acc[GROUPS][OUTS], const uint8_t *const x[GROUPS],
                           const uint8_t *const w[OUTS], int64_t k, const int G)
{
#pragma GCC unroll 2
    for (int g = 0; g < G; g++) {
#pragma GCC unroll 12
        for (int o = 0; o < OUTS; o++) acc[g][o] = _mm512_setzero_si512();
    }
    for (int64_t l = 0; l < k; l += 4) {
        __m512i v[GROUPS];
#pragma GCC unroll 2
        for (int g = 0; g < G; g++) v[g] = _mm512_loadu_si512(x[g] + l * GROUP);
#pragma GCC unroll 12
        for (int o = 0; o < OUTS; o++) {
            const __m512i four = four_weights(w[o] + l, k - l);
#pragma GCC unroll 2
            for (int g = 0; g < G; g++) DOT(acc[g][o], v[g], four);
        }
    }
}

/* Rows i .. i + rows (in G groups) by the outputs o .. o + outs. */
INLINE void block(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                  int64_t i, int64_t rows, int64_t o, int64_t outs, const int G)
{
    const uint8_t *x[GROUPS] = { group_of(in, i), group_of(in, G > 1 ? i + GROUP : i) };
    const uint8_t *w[OUTS];
    __m512i acc[GROUPS][OUTS];
    for (int64_t j = 0; j < OUTS; j++) w[j] = m->q + (o + (j < outs ? j : outs - 1)) * m->k;
    sums_of_groups(acc, x, w, m->k, G);
    for (int g = 0; g < G; g++) {
        const int64_t left = rows - g * GROUP, count = left < GROUP ? left : GROUP;
        for (int64_t j = 0; j < outs; j++) {
            int32_t sums[GROUP];
            memcpy(sums, &acc[g][j], sizeof sums);
            scale_column(y + g * GROUP * ldy + j, ldy, in, i + g * GROUP, count, sums,
                         m->sum[o + j], m->scale[o + j]);
        }
    }
}

HONE_INT8_PRODUCT(hone_int8_product_avx512)
{
    if (in->rows <= FEW_ROWS) {
        product_rows(y, ldy, in, w, part);
        return;
    }
    for (int64_t o = part.out0; o < part.out1; o += OUTS) {
        const int64_t outs = part.out1 - o < OUTS ? part.out1 - o : OUTS;
        for (int64_t i = part.row0; i < part.row1; i += 2 * GROUP) {
            const int64_t rows = part.row1 - i;
            float *to = y + (i - part.row0) * ldy + o - part.out0;
            if (rows > GROUP)
                block(to, ldy, in, w, i, rows, o, outs, 2);
            else
                block(to, ldy, in, w, i, rows, o, outs, 1);
        }
    }
}

HONE_INT8_QUANTISE(hone_int8_quantise_amx)
{
    hone_int8_quantise_avx512(in, x, from, to);
}
