/*
 * Products of few rows with a large matrix, AVX2 and FMA (HONE_FEW_NT in kernels/kernels.h). A
 * library product would first copy the matrix into its own order, which for 32 rows costs as much
 * as the product. Here rows of x lie in the lanes, rows of w are read where they are, once, and
 * broadcast.
 *
 * A tile is 8 V rows of x by O rows of w: V O running sums, with what feeds them, fill the sixteen
 * registers. Terms are taken some at a time, so that their part of x (TERMS vectors at most) stays
 * in the first cache while STRIP rows of w pass; sums wait in `part` meanwhile. While a tile is
 * worked on, the memory that it wants next is asked for. Each sum is taken in order of l: a row's
 * result does not depend on tiles.
 */
#include "kernels/kernels.h"

typedef float v8 __attribute__((vector_size(32)));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias));

enum { STRIP = 48, TERMS = 512, LINE = 16, MOST_V = 4, MOST_O = 8, MOST_ROWS = 64 };

static inline v8 load(const float *p)
{
    return *(const v8u *)p;
}

static inline v8 all(float x)
{
    return (v8){ x, x, x, x, x, x, x, x };
}

#define INLINE static inline __attribute__((always_inline))

/* Where a tile's operands lie: xt and w at its first term, the rows of w ldw apart. */
typedef struct few {
    const float *xt, *w;
    int64_t stride, ldw, terms;
    v8 (*part)[MOST_ROWS / 8]; /* [STRIP] */
    const float *next;         /* what this place of w will be followed by */
} few;

/* acc += x w^T. For V = 4 the factors of w stay in registers while x passes, else the other way. */
INLINE void sums(v8 acc[MOST_O][MOST_V], const few *p, const int V, const int O, int64_t j,
                 int64_t o)
{
    const float *xt = p->xt + 8 * j, *w = p->w + o * p->ldw;
    for (int64_t l = 0; l < p->terms; l++, xt += p->stride) {
        v8 f[MOST_O], x[MOST_V];
        if (V == 4) {
#pragma GCC unroll 8
            for (int a = 0; a < O; a++) f[a] = all(w[a * p->ldw + l]);
#pragma GCC unroll 4
            for (int b = 0; b < V; b++) {
                x[b] = load(xt + 8 * b);
#pragma GCC unroll 8
                for (int a = 0; a < O; a++) acc[a][b] = acc[a][b] + x[b] * f[a];
            }
        } else {
#pragma GCC unroll 4
            for (int b = 0; b < V; b++) x[b] = load(xt + 8 * b);
#pragma GCC unroll 8
            for (int a = 0; a < O; a++) {
                f[a] = all(w[a * p->ldw + l]);
#pragma GCC unroll 4
                for (int b = 0; b < V; b++) acc[a][b] = acc[a][b] + x[b] * f[a];
            }
        }
    }
}

INLINE void tile(const few *p, const int V, const int O, int64_t j, int64_t o)
{
    v8 acc[MOST_O][MOST_V];
    for (int a = 0; a < O; a++) {
        const float *next = p->next + (o + a) * p->ldw;
        for (int64_t l = 0; l < p->terms; l += LINE) __builtin_prefetch(next + l);
    }
#pragma GCC unroll 8
    for (int a = 0; a < O; a++) {
#pragma GCC unroll 4
        for (int b = 0; b < V; b++) acc[a][b] = p->part[o + a][j + b];
    }
    sums(acc, p, V, O, j, o);
#pragma GCC unroll 8
    for (int a = 0; a < O; a++) {
#pragma GCC unroll 4
        for (int b = 0; b < V; b++) p->part[o + a][j + b] = acc[a][b];
    }
}

/* Tiles of 8 V rows of x along n rows of w; narrow ones take what is left. */
#define COLUMN(V, O)                                                                               \
    static void column_##V(const few *p, int64_t j, int64_t n)                                     \
    {                                                                                              \
        int64_t o = 0;                                                                             \
        for (; o + (O) <= n; o += (O)) tile(p, V, O, j, o);                                        \
        for (; o < n; o++) tile(p, V, 1, j, o);                                                    \
    }
COLUMN(1, 8)
COLUMN(2, 6)
COLUMN(3, 4)
COLUMN(4, 3)

/* All rows of x (in vectors) by n rows of w. */
static void columns(const few *p, int64_t vectors, int64_t n)
{
    for (int64_t j = 0; j < vectors; j += 4) {
        if (vectors - j >= 4)
            column_4(p, j, n);
        else if (vectors - j == 3)
            column_3(p, j, n);
        else if (vectors - j == 2)
            column_2(p, j, n);
        else
            column_1(p, j, n);
    }
}

/* part += x w^T over k terms for n rows of w. */
static void strip(v8 (*part)[MOST_ROWS / 8], const float *xt, const float *w, int64_t k,
                  int64_t stride, int64_t rows, int64_t n)
{
    const int64_t vectors = (rows + 7) / 8, at_once = TERMS / (vectors < 3 ? vectors : 4);
    for (int64_t l = 0; l < k; l += at_once) {
        const int64_t terms = k - l < at_once ? k - l : at_once;
        const float *next = l + at_once < k ? w + l + at_once : w + STRIP * k;
        const few p = { xt + l * stride, w + l, stride, k, terms, part, next };
        columns(&p, vectors, n);
    }
}

HONE_FEW_NT(hone_few_nt_f32_avx2, float)
{
    v8 part[STRIP][MOST_ROWS / 8];
    for (int64_t m = 0; m < rows; m += MOST_ROWS, xt += MOST_ROWS, xt2 += xt2 ? MOST_ROWS : 0) {
        const int64_t some = rows - m < MOST_ROWS ? rows - m : MOST_ROWS;
        for (int64_t o = 0; o < n; o += STRIP) {
            const int64_t count = n - o < STRIP ? n - o : STRIP;
            for (int64_t a = 0; a < count; a++) {
                for (int64_t j = 0; j < MOST_ROWS / 8; j++) part[a][j] = all(0.0f);
            }
            strip(part, xt, w + o * k, k, stride, some, count);
            if (k2) strip(part, xt2, w2 + o * k2, k2, stride, some, count);
            for (int64_t i = 0; i < some; i++) {
                for (int64_t a = 0; a < count; a++)
                    y[(m + i) * ldy + o + a] = part[a][i / 8][i % 8];
            }
        }
    }
}
