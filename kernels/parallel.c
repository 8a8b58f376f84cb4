/* The one parallel loop (kernels/parallel.h), on OpenMP. */
#include "kernels/parallel.h"

#include <omp.h>

void hone_parallel(int threads, int64_t count, hone_piece_fn *fn, void *ctx)
{
    if (threads > count) threads = (int)count;
    if (threads <= 1) {
        for (int64_t i = 0; i < count; i++) fn(ctx, i, 0);
        return;
    }
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int64_t i = 0; i < count; i++) fn(ctx, i, omp_get_thread_num());
}

int hone_cpu_count(void)
{
    int n = omp_get_num_procs();
    return n > 0 ? n : 1;
}

int64_t hone_pieces(int64_t n, int64_t max)
{
    int64_t pieces = (n + max - 1) / max;
    if (pieces > 1 && pieces % 2) pieces++;
    return pieces;
}

/* Borders lie on multiples of 8 rows: the matrix product's tiles stay full. */
int64_t hone_piece_at(int64_t n, int64_t pieces, int64_t i)
{
    if (i >= pieces) return n;
    int64_t at = n * i / pieces / 8 * 8;
    return at;
}
