/*
 * Threads: one loop over independent pieces of work. Borders of pieces are chosen by shape alone
 * and each piece writes its own output, so that results do not depend on how many threads share the
 * loop.
 */
#ifndef HONE_KERNELS_PARALLEL_H
#define HONE_KERNELS_PARALLEL_H

#include <stdint.h>

/* Does piece index (0 .. count - 1); worker is in 0 .. threads - 1, for scratch memory. */
typedef void hone_piece_fn(void *ctx, int64_t index, int worker);

/* Runs all pieces, the next free thread taking the next one, and returns when all are done. */
void hone_parallel(int threads, int64_t count, hone_piece_fn *fn, void *ctx);

/* Processors that this process may use. */
int hone_cpu_count(void);

/* Number of pieces of at most max items that n items are cut into: even where that costs little, so
 * that two threads finish together. Piece i is hone_piece_at(n, pieces, i) .. (.., i + 1). */
int64_t hone_pieces(int64_t n, int64_t max);
int64_t hone_piece_at(int64_t n, int64_t pieces, int64_t i);

#endif
