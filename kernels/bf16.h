/*
 * Products of bf16 operands with sums in f32, for processors that have them (AVX-512 BF16, AMX).
 * bf16 is the upper half of an f32: 8 exponent bits, 7 of the fraction.
 *
 * Operands are packed once into tiles of 1 KiB and read in order by every kernel:
 *
 *   left  [m, k]: tile (m / 16, k / 32) holds 16 rows of 32 values
 *   right [n, k]: tile (n / 16, k / 32) holds 16 pairs of k, each pair for 16 columns n:
 *                 values (k, n), (k + 1, n), (k, n + 1), ...
 *
 * Tiles of one row of tiles follow each other; what lies beyond m, n or k is zero. Values are
 * rounded to nearest, ties to even; subnormal values may become zero. One value of the product is
 * the same function of its row and its column whatever m and n are (tests hold it to that).
 */
#ifndef HONE_KERNELS_BF16_H
#define HONE_KERNELS_BF16_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t hone_bf16;

enum { HONE_BF16_ROWS = 16, HONE_BF16_DEPTH = 32, HONE_BF16_TILE = 512 /* values of a tile */ };

/* Values of a packed operand of n rows (or columns) and k terms. */
int64_t hone_bf16_size(int64_t n, int64_t k);
/* First value of row (or column) n, a multiple of 16. */
int64_t hone_bf16_at(int64_t n, int64_t k);

/* dst: packed operand of size(n, k); x with rows at distances of ld. */
#define HONE_BF16_PACK(name, real) \
    void name(hone_bf16 *dst, const real *x, int64_t ld, int64_t n, int64_t k)

typedef struct hone_bf16_term {
    const hone_bf16 *left, *right;
    int64_t k;
} hone_bf16_term;

enum { HONE_BF16_TERMS = 4 }; /* most terms of gemm_left */

/* c[m,n] = (add ? c : 0) + sum of the terms' left right^T, term after term. */
#define HONE_BF16_GEMM(name)                                                                       \
    void name(float *c, int64_t ldc, int64_t m, int64_t n, bool add, const hone_bf16_term *terms,  \
              int count)

/* left: c[m,n] as above, rounded and packed as the left operand of a further product (k = n). */
#define HONE_BF16_GEMM_LEFT(name)                                                                  \
    void name(hone_bf16 *left, int64_t m, int64_t n, const hone_bf16_term *terms, int count)

/* dst: packed right operand of n columns and k terms, from the left operand [k, n] of the same
 * values: right_t without going back to rows. */
#define HONE_BF16_TURN(name) void name(hone_bf16 *dst, const hone_bf16 *left, int64_t n, int64_t k)

/* dst = x, rounded. */
#define HONE_BF16_ROUND(name) void name(hone_bf16 *dst, const float *x, int64_t n)
#define HONE_BF16_WIDEN(name) void name(float *dst, const hone_bf16 *x, int64_t n)

/* Packing kernels: signature, name, source. */
#define HONE_BF16_LIST(X)                                                                          \
    X(float, left)         /* x [n, k] */                                                          \
    X(float, left_t)       /* x [k, n] */                                                          \
    X(float, left_rest)    /* x [n, k], what rounding has left: x - bf16(x), rounded */            \
    X(float, right)        /* x [n, k] */                                                          \
    X(float, right_t)      /* x [k, n] */                                                          \
    X(hone_bf16, right_half)   /* x [n, k] */                                                      \
    X(hone_bf16, right_t_half) /* x [k, n] */

typedef struct hone_bf16_kernels {
    const char *name; /* "amx", "avx512_bf16", "ref" */
#define X(real, name) HONE_BF16_PACK((*name), real);
    HONE_BF16_LIST(X)
#undef X
    HONE_BF16_GEMM((*gemm));
    HONE_BF16_GEMM_LEFT((*gemm_left));
    HONE_BF16_TURN((*turn));
    HONE_BF16_ROUND((*round));
    HONE_BF16_WIDEN((*widen));
} hone_bf16_kernels;

#define X(real, name)                                                                              \
    HONE_BF16_PACK(hone_bf16_##name##_ref, real);                                                  \
    HONE_BF16_PACK(hone_bf16_##name##_avx512, real);
HONE_BF16_LIST(X)
#undef X
HONE_BF16_GEMM(hone_bf16_gemm_ref);
HONE_BF16_GEMM(hone_bf16_gemm_avx512);
HONE_BF16_GEMM(hone_bf16_gemm_amx);
HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_ref);
HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_avx512);
HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_amx);
HONE_BF16_TURN(hone_bf16_turn_ref);
HONE_BF16_TURN(hone_bf16_turn_avx512);
HONE_BF16_ROUND(hone_bf16_round_ref);
HONE_BF16_ROUND(hone_bf16_round_avx512);
HONE_BF16_WIDEN(hone_bf16_widen_ref);
HONE_BF16_WIDEN(hone_bf16_widen_avx512);

/* The fastest kernels for a set of features (kernels.h), or NULL where f32 products are faster. */
const hone_bf16_kernels *hone_bf16_kernels_for(unsigned features);
/* Plain C, on any processor: what the others are compared with. */
const hone_bf16_kernels *hone_bf16_kernels_ref(void);

#endif
