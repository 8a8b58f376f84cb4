/*
 * Statistics of a score: intervals of a proportion, and the comparison of two models on the same
 * rows. Formulas and test vectors: docs/evaluation.md.
 */
#ifndef HONE_EVAL_STATS_H
#define HONE_EVAL_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define HONE_Z95 1.959964 /* two-sided 95 % */
#define HONE_Z90 1.644854 /* two-sided 90 %, one-sided 95 % */

typedef struct hone_interval {
    double lo, hi;
} hone_interval;

/* Wilson's score interval of k of n; n = 0 gives 0..1 (nothing is known). */
hone_interval hone_stats_wilson(int64_t k, int64_t n, double z);

/* Clopper and Pearson's exact interval, confidence in (0, 1) such as 0.95. */
hone_interval hone_stats_clopper_pearson(int64_t k, int64_t n, double confidence);

/* Exact McNemar test on the discordant rows: b right before and wrong now, c the other way
 * round. */
typedef struct hone_mcnemar {
    double worse;     /* one-sided p: at least b regressions if nothing had changed */
    double two_sided;
    double mid_p;     /* two-sided, less conservative */
} hone_mcnemar;
hone_mcnemar hone_stats_mcnemar(int64_t b, int64_t c);

/* Newcombe's method 10: interval of p_new - p_old on paired rows. a both right, d both wrong. */
hone_interval hone_stats_newcombe(int64_t a, int64_t b, int64_t c, int64_t d, double z);

/* P(X >= k) of Bin(n, p). */
double hone_stats_binomial_tail(int64_t k, int64_t n, double p);

/* The smallest true drop in accuracy that n paired rows show 4 times of 5 at alpha 0.05, when the
 * share churn of rows flips from wrong to right anyway. Exact up to a few thousand flips, the
 * normal approximation beyond. */
double hone_stats_detectable_drop(int64_t n, double churn);

/* Rows that show a true drop 4 times of 5 at alpha 0.05 when the share psi of rows flips either
 * way, rounded up to two digits; 0 if drop is not above 0. */
int64_t hone_stats_rows_needed(double psi, double drop);

/* Holm's step-down over k tests: adjusted[i] <= alpha says that test i is rejected. k <= 4096;
 * adjusted may be p itself. */
void hone_stats_holm(const double *p, double *adjusted, int k);

/*
 * Rows that belong together (one seed or template, or one row over several runs): sums[g] is fixes
 * less regressions of group g. Sign-flip permutation test (draws + 1 in the denominator) and
 * percentile intervals of the difference from a bootstrap over groups. All a pure function of seed.
 */
typedef struct hone_group_test {
    double worse, better;                /* one-sided p */
    hone_interval diff90, diff95;
} hone_group_test;
enum { HONE_GROUP_DRAWS = 10000 };
int hone_stats_groups(hone_group_test *ret, const int64_t *sums, const int64_t *sizes,
                      size_t groups, uint64_t seed, hone_err *err);

#endif
