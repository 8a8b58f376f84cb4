/*
 * Speed of the products that a training step is made of, for gemm_rivals.py: reads lines
 * "ROWS OUTPUTS TERMS" and answers each with GFLOP/s; "peak" is answered with what the processors
 * reach on operands that never leave their registers.
 *
 * A product here is what a linear of the engine does: the left operand comes as rows of f32 and is
 * packed piece by piece, the right one was packed before (bf16), or all of it is one sgemm (f32).
 *
 * usage: gemm_speed THREADS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "kernels/bf16.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"
#include "tests/bench/gemm_peak.h"

enum { PIECE = 128, WORKERS = 256, RUNS = 7 };

typedef struct product {
    const hone_bf16_kernels *h; /* NULL: f32 */
    int64_t m, n, k;
    float *a, *b, *c;
    hone_bf16 *right, *left[WORKERS];
} product;

static void piece(void *ctx, int64_t i, int worker)
{
    const product *p = ctx;
    const int64_t at = i * PIECE, rows = p->m - at < PIECE ? p->m - at : PIECE;
    const float *a = p->a + at * p->k;
    float *c = p->c + at * p->n;
    if (!p->h) {
        hone_gemm_nt(rows, p->n, p->k, 1, a, p->k, p->b, p->k, 0, c, p->n);
        return;
    }
    p->h->left(p->left[worker], a, p->k, rows, p->k);
    p->h->gemm(c, p->n, rows, p->n, false,
               &(hone_bf16_term){ p->left[worker], p->right, p->k }, 1);
}

static void *must(void *p)
{
    if (!p) exit(1);
    return p;
}

static product make(const hone_bf16_kernels *h, int64_t m, int64_t n, int64_t k, int threads)
{
    product p = { .h = h, .m = m, .n = n, .k = k };
    p.a = must(hone_aligned((size_t)(m * k) * sizeof *p.a));
    p.b = must(hone_aligned((size_t)(n * k) * sizeof *p.b));
    p.c = must(hone_aligned((size_t)(m * n) * sizeof *p.c));
    for (int64_t i = 0; i < m * k; i++) p.a[i] = (float)(i % 17) - 8;
    for (int64_t i = 0; i < n * k; i++) p.b[i] = (float)(i % 13) - 6;
    memset(p.c, 0, (size_t)(m * n) * sizeof *p.c);
    if (!h) return p;
    p.right = must(hone_aligned((size_t)hone_bf16_size(n, k) * sizeof *p.right));
    h->right(p.right, p.b, k, n, k);
    for (int i = 0; i < threads; i++)
        p.left[i] = must(hone_aligned((size_t)hone_bf16_size(PIECE, k) * sizeof *p.right));
    return p;
}

static void done(product *p, int threads)
{
    hone_free(p->a);
    hone_free(p->b);
    hone_free(p->c);
    hone_free(p->right);
    for (int i = 0; i < threads; i++) hone_free(p->left[i]);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The median of some runs of 20 ms or more. */
static double measure(product *p, int threads)
{
    double rate[RUNS];
    for (int i = 0; i < RUNS; i++) {
        const double start = hone_clock();
        double seconds = 0;
        int count = 0;
        for (; seconds < 0.02; seconds = hone_clock() - start, count++)
            hone_parallel(threads, (p->m + PIECE - 1) / PIECE, piece, p);
        rate[i] = 2.0 * (double)(p->m * p->n * p->k) * count / seconds / 1e9;
    }
    qsort(rate, RUNS, sizeof *rate, by_size);
    return rate[RUNS / 2];
}

static void peak_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    ((double *)ctx)[i] = gemm_peak(hone_cpu_features());
}

static double peak(int threads)
{
    double each[WORKERS] = { 0 }, sum = 0;
    hone_parallel(threads, threads, peak_piece, each);
    for (int i = 0; i < threads; i++) sum += each[i];
    return sum / 1e9;
}

/* Three positive numbers. */
static bool read_shape(char *line, int64_t ret[3])
{
    char *rest = NULL;
    for (int i = 0; i < 3; i++) {
        const char *word = strtok_r(i ? NULL : line, " \n", &rest);
        if (!word || !hone_parse_i64(word, strlen(word), &ret[i]) || ret[i] < 1) return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    int64_t threads = 0;
    const hone_bf16_kernels *h = hone_bf16_kernels_for(hone_cpu_features());
    char line[128];
    hone_blas_init();
    if (argc != 2 || !hone_parse_i64(argv[1], strlen(argv[1]), &threads) || threads < 1 ||
        threads > WORKERS) {
        fprintf(stderr, "usage: gemm_speed THREADS\n");
        return 64;
    }
    printf("%s\n", h ? h->name : "f32");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        int64_t shape[3];
        if (read_shape(line, shape)) {
            product p = make(h, shape[0], shape[1], shape[2], (int)threads);
            printf("%.1f\n", measure(&p, (int)threads));
            done(&p, (int)threads);
        } else {
            printf("%.1f\n", peak((int)threads));
        }
        fflush(stdout);
    }
    return 0;
}
