/*
 * Tests for rows that are not independent (eval/stats.h): the groups are the units. Draws come from
 * the counter-based generator keyed by (seed, draw, group), so they depend on nothing else.
 */
#include <math.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/rng.h"
#include "eval/stats.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Linear interpolation between order statistics. */
static double percentile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= n) return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Flips the sign of each group's sum at random; groups without a difference stay out. */
static void flip_signs(hone_group_test *ret, const int64_t *sums, size_t groups, uint64_t seed)
{
    int64_t total = 0, low = 0, high = 0;
    for (size_t g = 0; g < groups; g++) total += sums[g];
    for (uint32_t draw = 0; draw < HONE_GROUP_DRAWS; draw++) {
        int64_t sum = 0;
        uint64_t bits = 0;
        for (size_t g = 0; g < groups; g++) {
            if (g % 64 == 0) bits = hone_rng_u64(seed, HONE_RNG_BOOTSTRAP, draw, g / 64);
            sum += bits >> (g % 64) & 1 ? sums[g] : -sums[g];
        }
        low += sum <= total;
        high += sum >= total;
    }
    ret->worse = (double)(low + 1) / (HONE_GROUP_DRAWS + 1);
    ret->better = (double)(high + 1) / (HONE_GROUP_DRAWS + 1);
}

static void resample(double *diffs, const int64_t *sums, const int64_t *sizes, size_t groups,
                     uint64_t seed)
{
    for (uint32_t draw = 0; draw < HONE_GROUP_DRAWS; draw++) {
        int64_t sum = 0, rows = 0;
        for (size_t g = 0; g < groups; g++) {
            size_t pick = (size_t)hone_rng_below(seed + 1, HONE_RNG_BOOTSTRAP, draw, g, groups);
            sum += sums[pick];
            rows += sizes[pick];
        }
        diffs[draw] = rows ? (double)sum / (double)rows : 0;
    }
    qsort(diffs, HONE_GROUP_DRAWS, sizeof *diffs, by_value);
}

int hone_stats_groups(hone_group_test *ret, const int64_t *sums, const int64_t *sizes,
                      size_t groups, uint64_t seed, hone_err *err)
{
    hone_group_test t = { 1, 1, { -1, 1 }, { -1, 1 } };
    if (groups == 0) {
        *ret = t;
        return HONE_OK;
    }
    double *diffs = hone_calloc(HONE_GROUP_DRAWS, sizeof *diffs);
    if (!diffs) return hone_err_memory(err, "bootstrap", HONE_GROUP_DRAWS * sizeof *diffs);
    flip_signs(&t, sums, groups, seed);
    resample(diffs, sums, sizes, groups, seed);
    t.diff90 = (hone_interval){ percentile(diffs, HONE_GROUP_DRAWS, 0.05),
                                percentile(diffs, HONE_GROUP_DRAWS, 0.95) };
    t.diff95 = (hone_interval){ percentile(diffs, HONE_GROUP_DRAWS, 0.025),
                                percentile(diffs, HONE_GROUP_DRAWS, 0.975) };
    hone_free(diffs);
    *ret = t;
    return HONE_OK;
}
