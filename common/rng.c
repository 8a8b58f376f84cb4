/*
 * Philox 4x32-10 and what is drawn from it (common/rng.h). Key: the seed. Counter words: index
 * low, index high, step, stream. The upper half of the stream word counts further tries where a
 * draw may be rejected, so that no try of one index meets a block of another.
 */
#include "common/rng.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

static const double TWO_PI = 6.283185307179586476925286766559;
static const double UNIT = 0x1p-53;

static void philox_round(uint32_t c[4], const uint32_t k[2])
{
    uint64_t a = (uint64_t)0xD2511F53u * c[0];
    uint64_t b = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t c1 = c[1], c3 = c[3];
    c[0] = (uint32_t)(b >> 32) ^ c1 ^ k[0];
    c[1] = (uint32_t)b;
    c[2] = (uint32_t)(a >> 32) ^ c3 ^ k[1];
    c[3] = (uint32_t)a;
}

void hone_rng_block(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, uint32_t out[4])
{
    uint32_t k[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    uint32_t c[4] = { (uint32_t)index, (uint32_t)(index >> 32), step, stream };
    for (int i = 0; i < 10; i++) {
        philox_round(c, k);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++) out[i] = c[i];
}

static uint64_t low_half(const uint32_t block[4])
{
    return block[0] | (uint64_t)block[1] << 32;
}

static uint64_t high_half(const uint32_t block[4])
{
    return block[2] | (uint64_t)block[3] << 32;
}

uint64_t hone_rng_u64(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index)
{
    uint32_t block[4];
    hone_rng_block(seed, stream, step, index, block);
    return low_half(block);
}

double hone_rng_unit(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index)
{
    return (double)(hone_rng_u64(seed, stream, step, index) >> 11) * UNIT;
}

/* Box-Muller; the first number is in (0, 1], so that its logarithm is finite. */
float hone_rng_normal(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index)
{
    uint32_t block[4];
    hone_rng_block(seed, stream, step, index, block);
    double radius = (double)((low_half(block) >> 11) + 1) * UNIT;
    double angle = (double)(high_half(block) >> 11) * UNIT;
    return (float)(sqrt(-2.0 * log(radius)) * cos(TWO_PI * angle));
}

/* Lemire, "Fast random integer generation in an interval", 2019: the upper half of x * n, where the
 * few x that would favour some results are rejected. */
uint64_t hone_rng_below(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, uint64_t n)
{
    if (n == 0) return 0;
    uint64_t reject_below = (0 - n) % n;
    for (uint32_t tries = 0;; tries++) {
        uint32_t block[4];
        hone_rng_block(seed, stream + (tries << 16), step, index, block);
        u128 product = (u128)low_half(block) * n;
        if ((uint64_t)product >= reject_below) return (uint64_t)(product >> 64);
    }
}

/* Fisher-Yates, inside out: needs no filled array to begin with. */
void hone_rng_shuffle(uint64_t seed, uint32_t stream, uint32_t step, uint32_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)hone_rng_below(seed, stream, step, i, i + 1);
        if (j < i) out[i] = out[j];
        out[j] = (uint32_t)i;
    }
}

uint64_t hone_rng_next(hone_rng *r)
{
    return hone_rng_u64(r->seed, r->stream, r->step, r->next++);
}

uint64_t hone_rng_next_below(hone_rng *r, uint64_t n)
{
    return hone_rng_below(r->seed, r->stream, r->step, r->next++, n);
}

double hone_rng_next_unit(hone_rng *r)
{
    return hone_rng_unit(r->seed, r->stream, r->step, r->next++);
}
