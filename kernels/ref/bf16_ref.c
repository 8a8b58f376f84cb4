/*
 * bf16 operands and products in plain C: the definition of kernels/bf16.h. Sums are taken in order
 * of k in f32; the faster kernels add pairs first.
 */
#include "kernels/bf16.h"

#include <string.h>

static hone_bf16 rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000) return (hone_bf16)(bits >> 16 | 64); /* quiet NaN */
    return (hone_bf16)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float widened(hone_bf16 x)
{
    uint32_t bits = (uint32_t)x << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static float rest(float x)
{
    return x - widened(rounded(x));
}

static int64_t left_at(int64_t n, int64_t k, int64_t depth)
{
    int64_t tile = n / 16 * depth + k / 32;
    return tile * HONE_BF16_TILE + n % 16 * 32 + k % 32;
}

static int64_t right_at(int64_t n, int64_t k, int64_t depth)
{
    int64_t tile = n / 16 * depth + k / 32;
    return tile * HONE_BF16_TILE + k % 32 / 2 * 32 + n % 16 * 2 + k % 2;
}

/* A packing function: PLACE of value (n, k), its place ROW * ld + COLUMN in x, its VALUE. */
#define PACK(name, real, PLACE, ROW, COLUMN, VALUE)                                                \
    HONE_BF16_PACK(hone_bf16_##name##_ref, real)                                                   \
    {                                                                                              \
        const int64_t depth = (k + 31) / 32;                                                       \
        memset(dst, 0, (size_t)hone_bf16_size(n, k) * sizeof *dst);                                \
        for (int64_t i = 0; i < n; i++) {                                                          \
            for (int64_t l = 0; l < k; l++)                                                        \
                dst[PLACE(i, l, depth)] = VALUE(x[(ROW) * ld + (COLUMN)]);                         \
        }                                                                                          \
    }
#define SAME(x) (x)
#define REST(x) rounded(rest(x))
PACK(left, float, left_at, i, l, rounded)
PACK(left_t, float, left_at, l, i, rounded)
PACK(left_rest, float, left_at, i, l, REST)
PACK(right, float, right_at, i, l, rounded)
PACK(right_t, float, right_at, l, i, rounded)
PACK(right_half, hone_bf16, right_at, i, l, SAME)
PACK(right_t_half, hone_bf16, right_at, l, i, SAME)

HONE_BF16_TURN(hone_bf16_turn_ref)
{
    const int64_t depth = (k + 31) / 32, left_depth = (n + 31) / 32;
    memset(dst, 0, (size_t)hone_bf16_size(n, k) * sizeof *dst);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t l = 0; l < k; l++)
            dst[right_at(i, l, depth)] = left[left_at(l, i, left_depth)];
    }
}

HONE_BF16_ROUND(hone_bf16_round_ref)
{
    for (int64_t i = 0; i < n; i++) dst[i] = rounded(x[i]);
}

HONE_BF16_WIDEN(hone_bf16_widen_ref)
{
    for (int64_t i = 0; i < n; i++) dst[i] = widened(x[i]);
}

HONE_BF16_GEMM(hone_bf16_gemm_ref)
{
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            float sum = add ? c[i * ldc + j] : 0;
            for (int t = 0; t < count; t++) {
                const hone_bf16_term *x = &terms[t];
                const int64_t depth = (x->k + 31) / 32;
                for (int64_t l = 0; l < x->k; l++)
                    sum += widened(x->left[left_at(i, l, depth)]) *
                           widened(x->right[right_at(j, l, depth)]);
            }
            c[i * ldc + j] = sum;
        }
    }
}
