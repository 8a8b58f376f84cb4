/*
 * Statistics of a score: intervals of a proportion, and the comparison of two models on the same
 * rows. Formulas and test vectors: docs/evaluation.md.
 */
#ifndef HONE_EVAL_STATS_H
#define HONE_EVAL_STATS_H

#include <stdint.h>

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

/* The smallest true drop in accuracy that n paired rows would show 4 times of 5 at alpha 0.05, when
 * the share churn of rows flips from wrong to right anyway. */
double hone_stats_detectable_drop(int64_t n, double churn);

#endif
