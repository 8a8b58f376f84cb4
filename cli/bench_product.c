/*
 * The matrix product that benchmarks compare whole steps with: one shape of the model on operands
 * that stay in the cache, all threads at once.
 */
#include "cli/bench.h"
#include "common/log.h"
#include "common/mem.h"
#include "kernels/bf16.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"

enum { M = 256, N = 256, K = 640, TIMES = 64 };

typedef struct product {
    const hone_bf16_kernels *h; /* NULL: f32 */
    float *a, *b, *c;           /* c: one a thread */
    hone_bf16 *left, *right;
} product;

static void multiply(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    float *c = p->c + i * M * N;
    for (int t = 0; t < TIMES; t++) {
        if (p->h)
            p->h->gemm(c, N, M, N, false, &(hone_bf16_term){ p->left, p->right, K }, 1);
        else
            hone_gemm_nt(M, N, K, 1, p->a, K, p->b, K, 0, c, N);
    }
}

static bool reserve(product *p, int threads)
{
    p->a = hone_calloc((size_t)(M + N) * K, sizeof *p->a);
    p->b = p->a ? p->a + M * K : NULL;
    p->c = hone_calloc((size_t)threads * M * N, sizeof *p->c);
    const int64_t left = hone_bf16_size(M, K);
    p->left = hone_aligned((size_t)(left + hone_bf16_size(N, K)) * sizeof *p->left);
    p->right = p->left ? p->left + left : NULL;
    return p->a && p->c && p->left;
}

double hone_bench_product(bool bf16, int threads)
{
    product p = { .h = bf16 ? hone_bf16_kernels_for(hone_cpu_features()) : NULL };
    double best = 0;
    if (bf16 && !p.h) p.h = hone_bf16_kernels_ref();
    const bool ready = reserve(&p, threads);
    for (int64_t i = 0; ready && i < (M + N) * K; i++) p.a[i] = (float)(i % 17) - 8;
    if (ready && p.h) {
        p.h->left(p.left, p.a, K, M, K);
        p.h->right(p.right, p.b, K, N, K);
    }
    for (int i = 0; ready && i < 3; i++) {
        const double start = hone_clock();
        hone_parallel(threads, threads, multiply, &p);
        const double rate = 2.0 * M * N * K * TIMES * threads / (hone_clock() - start);
        best = rate > best ? rate : best;
    }
    hone_free(p.a);
    hone_free(p.c);
    hone_free(p.left);
    return best;
}

int hone_bench_threads(int64_t option)
{
    return option > 0 ? (int)option : hone_cpu_count();
}
