/*
 * int8 products with AVX2 (kernels/int8.h). There is no product of bytes that cannot saturate:
 * pmaddubsw adds two products of up to 255 * 128 in sixteen bits. So inputs are stored as sixteen
 * bits (q - zp is exact in nine) and weights are widened, which costs nothing against it: pmaddwd
 * works at half the width and needs no second step.
 *
 * int8: lanes run along k, a tile is three rows by four outputs, whose twelve sums fill the
 * registers; at its end four sums are added up at a time. A panel of weights is widened once for
 * all rows of a call; up to three rows take the bytes as they are, one row of weights after the
 * other, as decoding waits for memory and for nothing else.
 *
 * int4: lanes are eight outputs, so that a block's sum meets its scale without leaving its lane. A
 * panel of eight outputs is unpacked to pairs of k, each pair for eight outputs, as bytes.
 */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels/int8.h"
#include "kernels/quant.h"

#define INLINE static inline __attribute__((always_inline))

enum {
    TILE_ROWS = 3,
    TILE_OUT = 4,
    PANEL = 10240,    /* widened weights that stay in the first cache beside a tile's rows */
    PANEL_OUT = 32,
    LINE = 64,
    AHEAD = 2048,     /* bytes between what few rows work on and what they ask memory for */
    LANES4 = 8,       /* outputs of an int4 panel, */
    PANEL4 = 2048,    /* terms of one, if a block is not longer, */
    ROWS4 = 64,       /* rows that it serves, */
    TILE4 = 4         /* and of a tile */
};

static int16_t *row_of(const hone_int8_input *in, int64_t i)
{
    return in->data + i * hone_int8_stride(in->k);
}

/* ---- inputs ---- */

INLINE float lowest(__m256 x)
{
    __m128 t = _mm_min_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    t = _mm_min_ps(t, _mm_movehl_ps(t, t));
    return _mm_cvtss_f32(_mm_min_ss(t, _mm_shuffle_ps(t, t, 1)));
}

/* The first n <= 8 values, then zeros. */
INLINE __m256 load_part(const float *x, int64_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(x, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane));
}

/* Smallest and largest value and 0; a NaN or infinite value gives NaN. */
static void range(const float *x, int64_t n, float *ret_lo, float *ret_hi)
{
    __m256 lo = _mm256_setzero_ps(), hi = lo, none = lo;
    for (int64_t l = 0; l < n; l += 8) {
        const __m256 v = n - l < 8 ? load_part(x + l, n - l) : _mm256_loadu_ps(x + l);
        lo = _mm256_min_ps(v, lo);
        hi = _mm256_min_ps(_mm256_sub_ps(_mm256_setzero_ps(), v), hi);
        none = _mm256_or_ps(none, _mm256_sub_ps(v, v));
    }
    *ret_lo = lowest(lo);
    *ret_hi = -lowest(hi);
    if (_mm256_movemask_ps(_mm256_cmp_ps(none, none, _CMP_UNORD_Q))) *ret_hi = NAN;
}

INLINE __m256i eight(__m256 v, __m256 s, __m256 bottom, __m256 top)
{
    const __m256 q = _mm256_round_ps(_mm256_div_ps(v, s),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(q, bottom), top));
}

static void quantise_row(const hone_int8_input *in, const float *x, int64_t i)
{
    int16_t *d = row_of(in, i);
    const int64_t stride = hone_int8_stride(in->k);
    float lo, hi, zp;
    range(x, in->k, &lo, &hi);
    hone_quant_activation_range(lo, hi, &in->scale[i], &zp);
    in->zero[i] = (int32_t)zp + 128;
    if (isnan(in->scale[i])) {
        memset(d, 0, (size_t)stride * sizeof *d);
        return;
    }
    const __m256 s = _mm256_set1_ps(in->scale[i]), bottom = _mm256_set1_ps(-128.0f - zp),
                 top = _mm256_set1_ps(127.0f - zp);
    for (int64_t l = 0; l < stride; l += 16) {
        const int64_t left = in->k - l;
        const __m256 a = left < 8 ? load_part(x + l, left) : _mm256_loadu_ps(x + l);
        const __m256 b = left < 16 ? load_part(x + l + 8, left - 8) : _mm256_loadu_ps(x + l + 8);
        const __m256i q = _mm256_packs_epi32(eight(a, s, bottom, top), eight(b, s, bottom, top));
        _mm256_storeu_si256((__m256i *)(void *)(d + l), _mm256_permute4x64_epi64(q, 0xd8));
    }
}

HONE_INT8_QUANTISE(hone_int8_quantise_avx2)
{
    for (int64_t i = from; i < to; i++) quantise_row(in, x + i * in->k, i);
}

HONE_INT8_QUANTISE(hone_int8_quantise4_avx2)
{
    hone_int8_quantise_avx2(in, x, from, to);
}

/* ---- int8 ---- */

/* Sixteen values at any address. */
typedef int16_t vec16 __attribute__((vector_size(32), aligned(2), may_alias));

/* Rows of weights of a tile: bytes where they lie, or widened and padded with zeros. */
typedef struct rows4 {
    const void *w[TILE_OUT];
} rows4;

INLINE __m256i load16(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

INLINE __m256i widened(const int8_t *q)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)q));
}

/* The first n < 16 bytes, then zeros. */
static __m256i widened_part(const int8_t *q, int64_t n)
{
    int8_t part[16] = { 0 };
    memcpy(part, q, (size_t)n);
    return widened(part);
}

/* acc += v x. Twelve sums, two rows of inputs, one of weights and a product are all the registers
 * that there are, so the third row is read from memory each time; left to itself, gcc 12 multiplies
 * everything first and keeps the sums in memory. */
#define ADD_PRODUCT(acc, v, x, place)                                                              \
    do {                                                                                           \
        __m256i product;                                                                           \
        __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0"                                         \
                : "+x"(acc), "=&x"(product)                                                        \
                : "x"(v), place(x));                                                               \
    } while (0)

/* Sums of R rows of d by four rows of weights over the terms 0 .. k. */
INLINE void sums(__m256i acc[TILE_ROWS][TILE_OUT], const int16_t *d, int64_t stride,
                 const rows4 *w, int64_t k, const int R, const bool wide)
{
    const int64_t whole = wide ? k : k / 16 * 16;
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
        for (int o = 0; o < TILE_OUT; o++) acc[r][o] = _mm256_setzero_si256();
    }
    for (int64_t l = 0; l < whole; l += 16) {
        const __m256i x0 = load16(d + l), x1 = load16(d + (R > 1 ? stride : 0) + l);
        const vec16 *x2 = (const vec16 *)(const void *)(d + (R > 2 ? 2 * stride : 0) + l);
#pragma GCC unroll 4
        for (int o = 0; o < TILE_OUT; o++) {
            const __m256i v = wide ? load16((const int16_t *)w->w[o] + l)
                                   : widened((const int8_t *)w->w[o] + l);
            ADD_PRODUCT(acc[0][o], v, x0, "x");
            if (R > 1) ADD_PRODUCT(acc[1][o], v, x1, "x");
            if (R > 2) ADD_PRODUCT(acc[2][o], v, *x2, "m");
        }
    }
    if (whole == k) return;
#pragma GCC unroll 4
    for (int o = 0; o < TILE_OUT; o++) {
        const __m256i v = widened_part((const int8_t *)w->w[o] + whole, k - whole);
#pragma GCC unroll 3
        for (int r = 0; r < R; r++)
            acc[r][o] = _mm256_add_epi32(acc[r][o],
                                         _mm256_madd_epi16(v, load16(d + r * stride + whole)));
    }
}

/* Four outputs' sums of one row, scaled. */
INLINE __m128 finish(const __m256i acc[TILE_OUT], float s, const float *scale)
{
    const __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(acc[0], acc[1]),
                                        _mm256_hadd_epi32(acc[2], acc[3]));
    const __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
    return _mm_mul_ps(_mm_cvtepi32_ps(sum), _mm_mul_ps(_mm_set1_ps(s), _mm_loadu_ps(scale)));
}

INLINE void store(float *y, __m128 v, int64_t outs)
{
    if (outs == TILE_OUT)
        _mm_storeu_ps(y, v);
    else
        for (int64_t o = 0; o < outs; o++) y[o] = ((const float *)&v)[o];
}

/* A tile into y: R rows from row i of in on, `outs` of four outputs. */
INLINE void tile(float *y, int64_t ldy, const hone_int8_input *in, int64_t i, const rows4 *w,
                 const float *scale, int64_t outs, int64_t k, const int R, const bool wide)
{
    __m256i acc[TILE_ROWS][TILE_OUT];
    sums(acc, row_of(in, i), hone_int8_stride(in->k), w, k, R, wide);
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) {
        store(y + r * ldy, finish(acc[r], in->scale[i + r], scale), outs);
    }
}

/* All rows of a part by four outputs. */
INLINE void column(float *y, int64_t ldy, const hone_int8_input *in, hone_int8_part part,
                   const rows4 *w, const float *scale, int64_t outs, int64_t k, const bool wide)
{
    int64_t i = part.row0;
    for (; i + 3 <= part.row1; i += 3, y += 3 * ldy)
        tile(y, ldy, in, i, w, scale, outs, k, 3, wide);
    if (part.row1 - i == 2) tile(y, ldy, in, i, w, scale, outs, k, 2, wide);
    if (part.row1 - i == 1) tile(y, ldy, in, i, w, scale, outs, k, 1, wide);
}

/* Scales of outs outputs, padded to a tile. */
INLINE void copy_scales(float *to, const float *scale, int64_t outs)
{
    for (int64_t o = 0; o < TILE_OUT; o++) to[o] = o < outs ? scale[o] : 0;
}

/* Sums of R rows of d by one row of weights over the terms 0 .. k. */
INLINE void stream_row(__m256i sum[TILE_ROWS], const int16_t *d, int64_t stride, const int8_t *q,
                       int64_t k, const int R)
{
    __m256i acc[TILE_ROWS][2];
    int64_t l = 0;
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) acc[r][0] = acc[r][1] = _mm256_setzero_si256();
    for (; l + LINE <= k; l += LINE) {
        _mm_prefetch((const char *)q + l + AHEAD, _MM_HINT_T0);
#pragma GCC unroll 4
        for (int j = 0; j < LINE; j += 16) {
            const __m256i v = widened(q + l + j);
#pragma GCC unroll 3
            for (int r = 0; r < R; r++)
                acc[r][j / 16 % 2] = _mm256_add_epi32(
                    acc[r][j / 16 % 2], _mm256_madd_epi16(v, load16(d + r * stride + l + j)));
        }
    }
    for (; l < k; l += 16) {
        const __m256i v = k - l < 16 ? widened_part(q + l, k - l) : widened(q + l);
#pragma GCC unroll 3
        for (int r = 0; r < R; r++)
            acc[r][0] = _mm256_add_epi32(acc[r][0],
                                         _mm256_madd_epi16(v, load16(d + r * stride + l)));
    }
#pragma GCC unroll 3
    for (int r = 0; r < R; r++) sum[r] = _mm256_add_epi32(acc[r][0], acc[r][1]);
}

/* R rows by the outputs of a part, which pass in the order of memory: that alone keeps up with it.
 * Side by side, four rows of weights come at little more than half the speed. */
INLINE void stream(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                   hone_int8_part part, const int R)
{
    const int16_t *d = row_of(in, part.row0);
    const int64_t stride = hone_int8_stride(in->k);
    for (int64_t o = part.out0; o < part.out1; o += TILE_OUT) {
        const int64_t outs = part.out1 - o < TILE_OUT ? part.out1 - o : TILE_OUT;
        __m256i sums_of[TILE_ROWS][TILE_OUT], one[TILE_ROWS];
        float scale[TILE_OUT];
        for (int64_t j = 0; j < TILE_OUT; j++) {
            const int8_t *q = (const int8_t *)m->q + (o + j) * m->k;
            if (j < outs) stream_row(one, d, stride, q, m->k, R);
#pragma GCC unroll 3
            for (int r = 0; r < R; r++) sums_of[r][j] = one[r];
        }
        copy_scales(scale, m->scale + o, outs);
        for (int r = 0; r < R; r++)
            store(y + r * ldy + o - part.out0,
                  finish(sums_of[r], in->scale[part.row0 + r], scale), outs);
    }
}

/* Up to a tile of rows: each weight is used once a row, so it is not worth storing widened. */
static void few(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                hone_int8_part part)
{
    if (part.row1 - part.row0 == 1) stream(y, ldy, in, m, part, 1);
    if (part.row1 - part.row0 == 2) stream(y, ldy, in, m, part, 2);
    if (part.row1 - part.row0 == 3) stream(y, ldy, in, m, part, 3);
}

/* Long rows of weights, of which a panel would hold too few: bytes as they lie, tile by tile. */
static void lengthy(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                hone_int8_part part)
{
    float scale[TILE_OUT];
    rows4 w;
    for (int64_t o = part.out0; o < part.out1; o += TILE_OUT) {
        const int64_t outs = part.out1 - o < TILE_OUT ? part.out1 - o : TILE_OUT;
        for (int64_t j = 0; j < TILE_OUT; j++)
            w.w[j] = m->q + (o + (j < outs ? j : outs - 1)) * m->k;
        copy_scales(scale, m->scale + o, outs);
        column(y + o - part.out0, ldy, in, part, &w, scale, outs, m->k, false);
    }
}

/* n values, then zeros up to a multiple of sixteen. */
static void widen(int16_t *to, const int8_t *q, int64_t n)
{
    int64_t l = 0;
    for (; l + 16 <= n; l += 16)
        _mm256_storeu_si256((__m256i *)(void *)(to + l), widened(q + l));
    if (l < n) _mm256_storeu_si256((__m256i *)(void *)(to + l), widened_part(q + l, n - l));
}

static void many(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                 hone_int8_part part)
{
    int16_t panel[PANEL];
    float scale[PANEL_OUT];
    const int64_t k = (m->k + 15) / 16 * 16, most = PANEL / k / TILE_OUT * TILE_OUT;
    const int64_t wide = most < PANEL_OUT ? most : PANEL_OUT;
    for (int64_t o = part.out0; o < part.out1; o += wide) {
        const int64_t n = part.out1 - o < wide ? part.out1 - o : wide;
        const int64_t padded = (n + TILE_OUT - 1) / TILE_OUT * TILE_OUT;
        for (int64_t j = 0; j < padded; j++)
            widen(panel + j * k, (const int8_t *)m->q + (o + (j < n ? j : n - 1)) * m->k, m->k);
        for (int64_t j = 0; j < n; j += TILE_OUT) copy_scales(scale + j, m->scale + o + j, n - j);
        for (int64_t i = part.row0; i < part.row1; i += TILE_ROWS) {
            hone_int8_part rows = { .row0 = i, .row1 = i + TILE_ROWS };
            if (rows.row1 > part.row1) rows.row1 = part.row1;
            for (int64_t j = 0; j < n; j += TILE_OUT) {
                const int16_t *p = panel + j * k;
                const rows4 w = { { p, p + k, p + 2 * k, p + 3 * k } };
                column(y + (i - part.row0) * ldy + o - part.out0 + j, ldy, in, rows, &w,
                       scale + j, n - j < TILE_OUT ? n - j : TILE_OUT, k, true);
            }
        }
    }
}

HONE_INT8_PRODUCT(hone_int8_product_avx2)
{
    if (part.row1 - part.row0 <= TILE_ROWS)
        few(y, ldy, in, w, part);
    else if (w->k > PANEL / TILE_OUT)
        lengthy(y, ldy, in, w, part);
    else
        many(y, ldy, in, w, part);
}

/* ---- int4 ---- */

/* 32 values of one row as bytes; only n of them are there. */
INLINE __m256i nibbles(const uint8_t *q, int64_t n)
{
    uint8_t part[16] = { 0 };
    __m128i x;
    if (n < 32) {
        memcpy(part, q, (size_t)(n > 0 ? n / 2 : 0));
        q = part;
    }
    memcpy(&x, q, sizeof x);
    const __m128i low = _mm_and_si128(x, _mm_set1_epi8(15)),
                  high = _mm_and_si128(_mm_srli_epi16(x, 4), _mm_set1_epi8(15));
    const __m256i v = _mm256_set_m128i(_mm_unpackhi_epi8(low, high), _mm_unpacklo_epi8(low, high));
    const __m256i eight = _mm256_set1_epi8(8);
    return _mm256_sub_epi8(_mm256_xor_si256(v, eight), eight);
}

/* Sixteen pairs of k of eight outputs: rows of pairs to rows of outputs, both halves alike. */
INLINE void turn(int8_t *to, const __m256i x[LANES4])
{
    __m256i a[LANES4], b[LANES4];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm256_unpacklo_epi16(x[2 * i], x[2 * i + 1]);
        a[2 * i + 1] = _mm256_unpackhi_epi16(x[2 * i], x[2 * i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_unpacklo_epi32(a[i], a[i + 2]);
        b[i + 1] = _mm256_unpackhi_epi32(a[i], a[i + 2]);
        b[i + 2] = _mm256_unpacklo_epi32(a[i + 1], a[i + 3]);
        b[i + 3] = _mm256_unpackhi_epi32(a[i + 1], a[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        const __m256i even = _mm256_unpacklo_epi64(b[i], b[i + 4]),
                      odd = _mm256_unpackhi_epi64(b[i], b[i + 4]);
        __m128i *p = (__m128i *)(void *)to;
        _mm_storeu_si128(p + 2 * i, _mm256_castsi256_si128(even));
        _mm_storeu_si128(p + 2 * i + 1, _mm256_castsi256_si128(odd));
        _mm_storeu_si128(p + 8 + 2 * i, _mm256_extracti128_si256(even, 1));
        _mm_storeu_si128(p + 9 + 2 * i, _mm256_extracti128_si256(odd, 1));
    }
}

/* Terms l .. l + terms of eight outputs, [pair of terms][output][2]; outputs behind the last repeat
 * it. */
static void unpack(int8_t *panel, const hone_int8_matrix *m, int64_t o, int64_t l, int64_t terms)
{
    for (int64_t t = 0; t < terms; t += 32, panel += 32 * LANES4) {
        __m256i x[LANES4];
#pragma GCC unroll 8
        for (int64_t j = 0; j < LANES4; j++) {
            const int64_t row = o + j < m->n ? o + j : m->n - 1;
            x[j] = nibbles(m->q + row * (m->k / 2) + (l + t) / 2, m->k - l - t);
        }
        turn(panel, x);
    }
}

/* Some blocks of a panel for R rows: y += float sum * scale, block after block. */
typedef struct run4 {
    const int8_t *panel;
    const float *scale; /* [blocks][8] */
    int64_t blocks, block, terms;
} run4;

INLINE void blocks4(__m256 y[TILE4], const int16_t *d, int64_t stride, const run4 *p, const int R)
{
    for (int64_t b = 0, l = 0; b < p->blocks; b++) {
        const int64_t end = p->terms - l < p->block ? p->terms : l + p->block;
        __m256i acc[TILE4];
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) acc[r] = _mm256_setzero_si256();
        for (; l < end; l += 2) {
            const __m256i v = widened(p->panel + l * LANES4);
#pragma GCC unroll 4
            for (int r = 0; r < R; r++) {
                int32_t pair;
                memcpy(&pair, d + r * stride + l, sizeof pair);
                acc[r] = _mm256_add_epi32(acc[r], _mm256_madd_epi16(v, _mm256_set1_epi32(pair)));
            }
        }
        const __m256 scale = _mm256_loadu_ps(p->scale + b * LANES4);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++)
            y[r] = _mm256_add_ps(y[r], _mm256_mul_ps(_mm256_cvtepi32_ps(acc[r]), scale));
    }
}

/* R rows from d on, whose running sums are in y. */
INLINE void tile4(float *y, const int16_t *d, int64_t stride, const run4 *p, const int R)
{
    __m256 acc[TILE4];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) acc[r] = _mm256_loadu_ps(y + r * LANES4);
    blocks4(acc, d, stride, p, R);
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) _mm256_storeu_ps(y + r * LANES4, acc[r]);
}

/* Some rows by the eight outputs from o (a multiple of eight) on. */
static void group4(float *y, const hone_int8_input *in, const hone_int8_matrix *m, int64_t row,
                   int64_t rows, int64_t o)
{
    int8_t panel[(HONE_INT8_MOST_BLOCK + 32) * LANES4];
    const int64_t stride = hone_int8_stride(in->k);
    const int64_t some = m->block < PANEL4 ? PANEL4 / m->block : 1, most = some * m->block;
    for (int64_t l = 0; l < m->k; l += most) {
        const int64_t terms = m->k - l < most ? m->k - l : most;
        const int16_t *d = row_of(in, row) + l;
        const run4 p = { panel, m->scale + hone_int8_scale_at(m, o, l / m->block),
                         (terms + m->block - 1) / m->block, m->block, terms };
        unpack(panel, m, o, l, terms);
        int64_t i = 0;
        for (; i + TILE4 <= rows; i += TILE4) tile4(y + i * LANES4, d + i * stride, stride, &p, 4);
        if (rows - i == 3) tile4(y + i * LANES4, d + i * stride, stride, &p, 3);
        if (rows - i == 2) tile4(y + i * LANES4, d + i * stride, stride, &p, 2);
        if (rows - i == 1) tile4(y + i * LANES4, d + i * stride, stride, &p, 1);
    }
}

HONE_INT8_PRODUCT(hone_int8_product4_avx2)
{
    float sum[ROWS4 * LANES4];
    for (int64_t i = part.row0; i < part.row1; i += ROWS4) {
        const int64_t rows = part.row1 - i < ROWS4 ? part.row1 - i : ROWS4;
        for (int64_t o = part.out0 / LANES4 * LANES4; o < part.out1; o += LANES4) {
            const int64_t from = o < part.out0 ? part.out0 - o : 0,
                          to = part.out1 - o < LANES4 ? part.out1 - o : LANES4;
            memset(sum, 0, (size_t)rows * LANES4 * sizeof *sum);
            group4(sum, in, w, i, rows, o);
            for (int64_t r = 0; r < rows; r++) {
                float *to_y = y + (i - part.row0 + r) * ldy + o - part.out0;
                for (int64_t j = from; j < to; j++)
                    to_y[j] = in->scale[i + r] * sum[r * LANES4 + j];
            }
        }
    }
}
