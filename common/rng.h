/*
 * Counter-based random numbers: a pure function of (seed, stream, step, index), no hidden state.
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */
#ifndef HONE_COMMON_RNG_H
#define HONE_COMMON_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum hone_rng_stream {
    HONE_RNG_INIT = 1, HONE_RNG_ORDER = 2, HONE_RNG_DATAGEN = 3, HONE_RNG_SPLIT = 4,
    HONE_RNG_DROPOUT = 5, HONE_RNG_BOOTSTRAP = 6, HONE_RNG_JITTER = 7, HONE_RNG_TEST = 8,
    HONE_RNG_NAMES = 9
} hone_rng_stream;

void hone_rng_block(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, uint32_t out[4]);
uint64_t hone_rng_u64(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index);
double hone_rng_unit(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index); /* [0,1) */
float hone_rng_normal(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index);
uint64_t hone_rng_below(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, uint64_t n);
/* Random permutation of 0..n-1 into out. */
void hone_rng_shuffle(uint64_t seed, uint32_t stream, uint32_t step, uint32_t *out, size_t n);

/* A sequence for sequential consumers: draws 0, 1, 2, ... of one (seed, stream, step). */
typedef struct hone_rng {
    uint64_t seed, next;
    uint32_t stream, step;
} hone_rng;
uint64_t hone_rng_next(hone_rng *r);
uint64_t hone_rng_next_below(hone_rng *r, uint64_t n);
double hone_rng_next_unit(hone_rng *r);

#endif
