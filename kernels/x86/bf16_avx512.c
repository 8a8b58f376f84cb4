/*
 * bf16 operands (kernels/bf16.h) with AVX-512 and its BF16 part: packing, and a product of 8 rows
 * by 48 columns whose 24 sums stay in registers. Every pair of k adds its two terms and then the
 * sum, so that a value does not depend on where in the block it lies.
 */
#include "kernels/bf16.h"

#include <immintrin.h>

enum { ROWS = HONE_BF16_ROWS, DEPTH = HONE_BF16_DEPTH, TILE = HONE_BF16_TILE };

static __mmask16 lanes(int64_t n)
{
    return n >= 16 ? 0xffff : n <= 0 ? 0 : (__mmask16)((1u << n) - 1);
}

static __mmask32 words(int64_t n)
{
    return n >= 32 ? 0xffffffff : n <= 0 ? 0 : (__mmask32)((1u << n) - 1);
}

static __m512i as_int(__m512bh x)
{
    __m512i r;
    __builtin_memcpy(&r, &x, sizeof r);
    return r;
}

/* Rows and columns by turns: word 2i of the result is word i, word 2i + 1 is word 16 + i. */
static __m512i interleave(__m512i x)
{
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, x);
}

/* The 32 values of a row that a tile takes, n of them valid. */
static __m512i row_f32(const float *x, int64_t n)
{
    return as_int(_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(lanes(n - 16), x + 16),
                                      _mm512_maskz_loadu_ps(lanes(n), x)));
}

static __m512 rest_of(__m512 x)
{
    __m256i half;
    __m256bh rounded = _mm512_cvtneps_pbh(x);
    __builtin_memcpy(&half, &rounded, sizeof half);
    return _mm512_sub_ps(
        x, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16)));
}

static __m512i row_rest(const float *x, int64_t n)
{
    return as_int(_mm512_cvtne2ps_pbh(rest_of(_mm512_maskz_loadu_ps(lanes(n - 16), x + 16)),
                                      rest_of(_mm512_maskz_loadu_ps(lanes(n), x))));
}

static __m512i row_half(const hone_bf16 *x, int64_t n)
{
    return _mm512_maskz_loadu_epi16(words(n), x);
}

/* 16 columns of two rows of x, column by column; the second row is there if k > 1. */
static __m512i pair_f32(const float *x, int64_t ld, int64_t n, int64_t k)
{
    __m512 low = _mm512_maskz_loadu_ps(lanes(n), x);
    __m512 high = k > 1 ? _mm512_maskz_loadu_ps(lanes(n), x + ld) : _mm512_setzero_ps();
    return interleave(as_int(_mm512_cvtne2ps_pbh(high, low)));
}

static __m512i pair_half(const hone_bf16 *x, int64_t ld, int64_t n, int64_t k)
{
    __m256i low = _mm256_maskz_loadu_epi16(lanes(n), x);
    __m256i high = k > 1 ? _mm256_maskz_loadu_epi16(lanes(n), x + ld) : _mm256_setzero_si256();
    return interleave(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
}

/* r[i] dword j <-> r[j] dword i */
static void transpose(__m512i r[16])
{
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        for (int j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
            r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
        }
    }
    for (int i = 0; i < 4; i++) { /* 4 by 4 blocks of 128 bits */
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

static void store_tile(hone_bf16 *dst, const __m512i r[16])
{
    for (int i = 0; i < 16; i++) _mm512_storeu_si512(dst + i * DEPTH, r[i]);
}

/* Packs x [n, k] by rows of a tile; TURN makes a right tile of them. */
#define PACK_ROWS(name, real, ROW, TURN)                                                           \
    HONE_BF16_PACK(hone_bf16_##name##_avx512, real)                                                \
    {                                                                                              \
        for (int64_t i = 0; i < n; i += ROWS) {                                                    \
            for (int64_t l = 0; l < k; l += DEPTH, dst += TILE) {                                  \
                __m512i r[16];                                                                     \
                for (int j = 0; j < 16; j++)                                                       \
                    r[j] = i + j < n ? ROW(x + (i + j) * ld + l, k - l) : _mm512_setzero_si512();  \
                TURN;                                                                              \
                store_tile(dst, r);                                                                \
            }                                                                                      \
        }                                                                                          \
    }

/* Packs x [k, n] by pairs of its rows; TURN makes a left tile of them. */
#define PACK_PAIRS(name, real, PAIR, TURN)                                                         \
    HONE_BF16_PACK(hone_bf16_##name##_avx512, real)                                                \
    {                                                                                              \
        for (int64_t i = 0; i < n; i += ROWS) {                                                    \
            for (int64_t l = 0; l < k; l += DEPTH, dst += TILE) {                                  \
                __m512i r[16];                                                                     \
                for (int64_t j = 0; j < 16; j++) {                                                 \
                    const int64_t row = l + 2 * j;                                                 \
                    r[j] = row < k ? PAIR(x + row * ld + i, ld, n - i, k - row)                    \
                                   : _mm512_setzero_si512();                                       \
                }                                                                                  \
                TURN;                                                                              \
                store_tile(dst, r);                                                                \
            }                                                                                      \
        }                                                                                          \
    }

PACK_ROWS(left, float, row_f32, (void)0)
PACK_ROWS(left_rest, float, row_rest, (void)0)
PACK_ROWS(right, float, row_f32, transpose(r))
PACK_ROWS(right_half, hone_bf16, row_half, transpose(r))
PACK_PAIRS(right_t, float, pair_f32, (void)0)
PACK_PAIRS(right_t_half, hone_bf16, pair_half, (void)0)
PACK_PAIRS(left_t, float, pair_f32, transpose(r))

/* Two tiles of columns from the rows l, l + 1 of a column of left tiles. */
HONE_BF16_TURN(hone_bf16_turn_avx512)
{
    const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40,
                                         8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    const int64_t depth = (k + DEPTH - 1) / DEPTH, wide = depth * TILE,
                  left_wide = (n + DEPTH - 1) / DEPTH * TILE, rows = (k + ROWS - 1) / ROWS * ROWS;
    for (int64_t i = 0; i < n; i += DEPTH, left += TILE, dst += 2 * wide) {
        for (int64_t l = 0; l < depth * DEPTH; l += 2) {
            const hone_bf16 *x = left + l / ROWS * left_wide + l % ROWS * DEPTH;
            hone_bf16 *y = dst + l / DEPTH * TILE + l % DEPTH / 2 * DEPTH;
            const __m512i a = l < rows ? _mm512_loadu_si512(x) : _mm512_setzero_si512();
            const __m512i b = l < rows ? _mm512_loadu_si512(x + DEPTH) : _mm512_setzero_si512();
            _mm512_storeu_si512(y, _mm512_permutex2var_epi16(a, low, b));
            if (n - i > ROWS) _mm512_storeu_si512(y + wide, _mm512_permutex2var_epi16(a, high, b));
        }
    }
}

HONE_BF16_ROUND(hone_bf16_round_avx512)
{
    for (int64_t i = 0; i < n; i += 32)
        _mm512_mask_storeu_epi16(dst + i, words(n - i), row_f32(x + i, n - i));
}

HONE_BF16_WIDEN(hone_bf16_widen_avx512)
{
    for (int64_t i = 0; i < n; i += 16) {
        __m512i w = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes(n - i), x + i));
        _mm512_mask_storeu_ps(dst + i, lanes(n - i), _mm512_castsi512_ps(_mm512_slli_epi32(w, 16)));
    }
}

/* sum += b * a (one pair of k of one row, spread to all columns), as one instruction with its
 * operand in memory: gcc 12 would load and spread first and run out of registers. */
#define MADD(sum, b, a)                                                                            \
    __asm__("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(b), "m"(*(const uint32_t *)(a)))

#define ROW_3(i)                     \
    MADD(s[i][0], b0, a + 32 * (i)); \
    MADD(s[i][1], b1, a + 32 * (i)); \
    MADD(s[i][2], b2, a + 32 * (i));
#define ROW_1(i) MADD(s[i][0], b0, a + 32 * (i));
#define EIGHT(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)

typedef struct out {
    float *c;
    int64_t ldc, rows, columns; /* valid ones */
    bool add;
} out;

static void store(const out *o, int64_t i, int64_t j, __m512 sum)
{
    const __mmask16 mask = lanes(o->columns - 16 * j);
    float *c = o->c + i * o->ldc + 16 * j;
    if (i >= o->rows) return;
    if (o->add) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, c));
    _mm512_mask_storeu_ps(c, mask, sum);
}

/* 8 rows from row half * 8 of a row of tiles, by WIDE tiles of columns. */
#define BLOCK(WIDE, LOADS, ROW)                                                                    \
    static void block_##WIDE(const out *o, int64_t tile_m, int half, int64_t tile_n,               \
                             const hone_bf16_term *terms, int count)                               \
    {                                                                                              \
        __m512 s[8][WIDE];                                                                         \
        for (int i = 0; i < 8; i++) {                                                              \
            for (int j = 0; j < WIDE; j++) s[i][j] = _mm512_setzero_ps();                          \
        }                                                                                          \
        for (int t = 0; t < count; t++) {                                                          \
            const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;           \
            const hone_bf16 *tile = terms[t].left + tile_m * wide + half * 8 * DEPTH;              \
            const hone_bf16 *right = terms[t].right + tile_n * wide;                               \
            for (int64_t d = 0; d < depth; d++, tile += TILE) {                                    \
                for (const hone_bf16 *a = tile; a < tile + DEPTH; a += 2, right += DEPTH) {        \
                    LOADS                                                                          \
                    EIGHT(ROW)                                                                     \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        for (int i = 0; i < 8; i++) {                                                              \
            for (int j = 0; j < WIDE; j++) store(o, i, j, s[i][j]);                                \
        }                                                                                          \
    }

static __m512i load(const hone_bf16 *x)
{
    return _mm512_loadu_si512(x);
}

BLOCK(3, const __m512i b0 = load(right); const __m512i b1 = load(right + wide);
      const __m512i b2 = load(right + 2 * wide);, ROW_3)
BLOCK(1, const __m512i b0 = load(right);, ROW_1)

HONE_BF16_GEMM(hone_bf16_gemm_avx512)
{
    const int64_t tiles = (n + ROWS - 1) / ROWS;
    for (int64_t j = 0; j < tiles;) {
        const bool three = j + 3 <= tiles;
        for (int64_t i = 0; i < m; i += 8) {
            const out o = { c + i * ldc + j * ROWS, ldc, m - i, n - j * ROWS, add };
            const int half = i % ROWS ? 1 : 0;
            if (three)
                block_3(&o, i / ROWS, half, j, terms, count);
            else
                block_1(&o, i / ROWS, half, j, terms, count);
        }
        j += three ? 3 : 1;
    }
}
