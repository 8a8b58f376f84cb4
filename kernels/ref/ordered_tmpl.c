/*
 * Ordered products (kernels/gemm.h), included with W lanes a vector and the name of the table.
 * Lanes are columns of c, so that wider vectors change nothing in any sum. A panel of NR columns of
 * b is copied, DEPTH terms at a time, and stays in the first cache while the rows of a pass; sums
 * wait in c between the stretches of terms, which is exact.
 */
#include <string.h>

#include "kernels/gemm.h"

enum { MR = 4, NR = 2 * W, DEPTH = 256 };

typedef float vec __attribute__((vector_size(4 * W)));
typedef float vecu __attribute__((vector_size(4 * W), aligned(4), may_alias));

/* A matrix by the distances of its elements: of next rows of the product (columns for b), and of
 * next terms. */
typedef struct strided {
    const float *p;
    int64_t across, along;
} strided;

/* Terms of one stretch, and the columns of one panel. */
typedef struct panel {
    float b[DEPTH][NR];
    int64_t terms, columns;
} panel;

static void fill(panel *p, strided b, float alpha)
{
    for (int64_t l = 0; l < p->terms; l++) {
        const float *from = b.p + l * b.along;
        for (int64_t j = 0; j < NR; j++)
            p->b[l][j] = j < p->columns ? alpha * from[j * b.across] : 0;
    }
}

#define TILE(ROWS)                                                                            \
    static void tile_##ROWS(const panel *p, strided a, float (*c)[NR])                        \
    {                                                                                         \
        vec sum[ROWS][2];                                                                     \
        memcpy(sum, c, sizeof sum);                                                           \
        for (int64_t l = 0; l < p->terms; l++) {                                              \
            const vec b0 = *(const vecu *)&p->b[l][0], b1 = *(const vecu *)&p->b[l][W];       \
            for (int i = 0; i < ROWS; i++) {                                                  \
                const float x = a.p[i * a.across + l * a.along];                              \
                sum[i][0] += x * b0;                                                          \
                sum[i][1] += x * b1;                                                          \
            }                                                                                 \
        }                                                                                     \
        memcpy(c, sum, sizeof sum);                                                           \
    }
TILE(1)
TILE(4)

/* rows (at most MR) of c for one panel; first: c0 = beta c. */
static void rows_of(const panel *p, strided a, int64_t rows, float *c, int64_t ldc, float beta)
{
    float sums[MR][NR];
    memset(sums, 0, sizeof sums);
    for (int64_t i = 0; i < rows && beta != 0; i++) {
        for (int64_t j = 0; j < p->columns; j++) sums[i][j] = beta * c[i * ldc + j];
    }
    if (rows == MR) {
        tile_4(p, a, sums);
    } else {
        for (int64_t i = 0; i < rows; i++)
            tile_1(p, (strided){ a.p + i * a.across, a.across, a.along }, &sums[i]);
    }
    for (int64_t i = 0; i < rows; i++)
        memcpy(c + i * ldc, sums[i], (size_t)p->columns * sizeof *c);
}

static void product(const int64_t size[3], float alpha, strided a, strided b, float beta, float *c,
                    int64_t ldc)
{
    const int64_t m = size[0], n = size[1], k = size[2];
    panel p;
    for (int64_t j = 0; j < n; j += NR) {
        p.columns = n - j < NR ? n - j : NR;
        for (int64_t l = 0; l == 0 || l < k; l += DEPTH) {
            p.terms = k - l < DEPTH ? k - l : DEPTH;
            fill(&p, (strided){ b.p + j * b.across + l * b.along, b.across, b.along }, alpha);
            for (int64_t i = 0; i < m; i += MR)
                rows_of(&p, (strided){ a.p + i * a.across + l * a.along, a.across, a.along },
                        m - i < MR ? m - i : MR, c + i * ldc + j, ldc, l ? 1 : beta);
        }
    }
}

static HONE_GEMM(nt)
{
    product((int64_t[]){ m, n, k }, alpha, (strided){ a, lda, 1 }, (strided){ b, ldb, 1 }, beta, c,
            ldc);
}

static HONE_GEMM(nn)
{
    product((int64_t[]){ m, n, k }, alpha, (strided){ a, lda, 1 }, (strided){ b, 1, ldb }, beta, c,
            ldc);
}

static HONE_GEMM(tn)
{
    product((int64_t[]){ m, n, k }, alpha, (strided){ a, 1, lda }, (strided){ b, 1, ldb }, beta, c,
            ldc);
}

const hone_gemm TABLE = { nt, nn, tn };
