/*
 * Intervals and tests (eval/stats.h). Exact tails come from the incomplete beta function, P(X >= k)
 * = I_p(k, n - k + 1), by the continued fraction of Lentz's method, or for up to 1000 rows at p =
 * 1/2 as a plain sum from the small end.
 */
#include "eval/stats.h"

#include <math.h>

hone_interval hone_stats_wilson(int64_t k, int64_t n, double z)
{
    if (n <= 0) return (hone_interval){ 0, 1 };
    double count = (double)n, p = (double)k / count, z2 = z * z;
    double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
    double half = z / (1 + z2 / count) * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
    /* at the ends the bound is exactly 0 or 1; rounding must not say otherwise */
    return (hone_interval){ k == 0 ? 0 : fmax(0, centre - half),
                            k == n ? 1 : fmin(1, centre + half) };
}

static double log_choose(double n, double k)
{
    int sign;
    return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign);
}

/* Continued fraction of I_x(a, b) / (x^a (1-x)^b / (a B(a, b))), converges for x <
 * (a+1)/(a+b+2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < tiny) d = tiny;
    d = 1 / d;
    double h = d;
    for (int i = 1; i <= 100000; i++) {
        double m = i, even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return h;
}

static double beta_incomplete(double x, double a, double b)
{
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    int sign;
    double log_front = lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
                       a * log(x) + b * log1p(-x);
    double front = exp(log_front);
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double hone_stats_binomial_tail(int64_t k, int64_t n, double p)
{
    if (k <= 0) return 1;
    if (k > n) return 0;
    return beta_incomplete(p, (double)k, (double)(n - k + 1));
}

/* P(X = k) for Bin(m, 1/2). */
static double half_mass(int64_t k, int64_t m)
{
    return exp(log_choose((double)m, (double)k) - (double)m * log(2.0));
}

/* P(X >= k) for Bin(m, 1/2). */
static double half_tail(int64_t k, int64_t m)
{
    if (k <= 0) return 1;
    if (k > m) return 0;
    if (m > 1000) return hone_stats_binomial_tail(k, m, 0.5);
    double upper = 0, lower = 0;
    if (2 * k > m) {
        for (int64_t i = m; i >= k; i--) upper += half_mass(i, m);
        return fmin(1, upper);
    }
    for (int64_t i = 0; i < k; i++) lower += half_mass(i, m);
    return 1 - lower;
}

hone_interval hone_stats_clopper_pearson(int64_t k, int64_t n, double confidence)
{
    hone_interval r = { 0, 1 };
    double tail = (1 - confidence) / 2;
    if (n <= 0) return r;
    if (k > 0) { /* the p at which k or more has probability tail */
        double lo = 0, hi = (double)k / (double)n;
        for (int i = 0; i < 100; i++) {
            double mid = (lo + hi) / 2;
            if (hone_stats_binomial_tail(k, n, mid) < tail) lo = mid;
            else hi = mid;
        }
        r.lo = lo;
    }
    if (k < n) { /* the p at which k or fewer has probability tail */
        double lo = (double)k / (double)n, hi = 1;
        for (int i = 0; i < 100; i++) {
            double mid = (lo + hi) / 2;
            if (1 - hone_stats_binomial_tail(k + 1, n, mid) > tail) lo = mid;
            else hi = mid;
        }
        r.hi = hi;
    }
    return r;
}

hone_mcnemar hone_stats_mcnemar(int64_t b, int64_t c)
{
    int64_t m = b + c, most = b > c ? b : c;
    if (m == 0) return (hone_mcnemar){ 1, 1, 1 };
    hone_mcnemar r = { half_tail(b, m), fmin(1, 2 * half_tail(most, m)), 0 };
    r.mid_p = r.two_sided - half_mass(b, m);
    return r;
}

/* Correlation of the two results over the rows, with Newcombe's continuity correction. */
static double paired_phi(double a, double b, double c, double d)
{
    double product = (a + b) * (c + d) * (a + c) * (b + d);
    if (product <= 0) return 0;
    double n = a + b + c + d, x = a * d - b * c;
    if (x > n / 2) x -= n / 2;
    else if (x >= 0) x = 0;
    return x / sqrt(product);
}

hone_interval hone_stats_newcombe(int64_t a, int64_t b, int64_t c, int64_t d, double z)
{
    int64_t n = a + b + c + d;
    if (n <= 0) return (hone_interval){ -1, 1 };
    double now = (double)(a + c) / (double)n, old = (double)(a + b) / (double)n;
    double diff = (double)(c - b) / (double)n;
    hone_interval w1 = hone_stats_wilson(a + c, n, z), w2 = hone_stats_wilson(a + b, n, z);
    double phi = paired_phi((double)a, (double)b, (double)c, (double)d);
    double down1 = now - w1.lo, up2 = w2.hi - old, down2 = old - w2.lo, up1 = w1.hi - now;
    double lower = down1 * down1 - 2 * phi * down1 * up2 + up2 * up2;
    double upper = down2 * down2 - 2 * phi * down2 * up1 + up1 * up1;
    return (hone_interval){ diff - sqrt(fmax(0, lower)), diff + sqrt(fmax(0, upper)) };
}

/* ---- what could have been seen ---- */

enum { EXACT_FLIPS = 3000 };
static const double POWER = 0.8, Z_ALPHA = 1.6448536, Z_POWER = 0.8416212;

/* Normal approximation; 4-8 % too low for small churn. */
static double drop_approximate(int64_t n, double churn)
{
    double drop = 0.1;
    for (int i = 0; i < 200; i++) {
        double psi = 2 * churn + drop;
        double rest = fmax(0, psi - drop * drop);
        drop = fmin(1, (Z_ALPHA * sqrt(psi) + Z_POWER * sqrt(rest)) / sqrt((double)n));
    }
    return drop;
}

/* Least b of m discordant rows with P(X >= b) <= 0.05; limits[m] for m up to most. It never falls
 * and grows by at most 1 a step. */
static void fill_limits(int16_t *limits, int most)
{
    int b = 1;
    for (int m = 0; m <= most; m++) {
        while (b <= m && hone_stats_binomial_tail(b, m, 0.5) > 0.05) b++;
        limits[m] = (int16_t)b;
    }
}

/* Chance that the exact one-sided test rejects when a row breaks with churn + drop and is mended
 * with churn. */
static double power_of(const int16_t *limits, int most, int64_t n, double churn, double drop)
{
    double psi = fmin(1, 2 * churn + drop), share = (churn + drop) / (2 * churn + drop), sum = 0;
    double mean = (double)n * psi, spread = 10 * sqrt(mean * (1 - psi)) + 10;
    int from = (int)fmax(0, mean - spread), to = (int)fmin((double)n, mean + spread);
    if (to > most) to = most;
    for (int m = from; m <= to; m++) {
        double log_mass = log_choose((double)n, m) + m * log(psi) +
                          (psi < 1 ? ((double)n - m) * log1p(-psi) : m == n ? 0 : -INFINITY);
        if (log_mass > -60 && limits[m] <= m)
            sum += exp(log_mass) * hone_stats_binomial_tail(limits[m], m, share);
    }
    return sum;
}

double hone_stats_detectable_drop(int64_t n, double churn)
{
    if (n <= 0) return 1;
    double rough = drop_approximate(n, churn), lo = 0, hi = fmin(1 - churn, 3 * rough);
    double flips = (double)n * (2 * churn + hi);
    if (flips + 10 * sqrt(flips) + 10 > EXACT_FLIPS) return rough;
    int16_t limits[EXACT_FLIPS + 1];
    int most = (int)fmin((double)n, EXACT_FLIPS);
    fill_limits(limits, most);
    if (power_of(limits, most, n, churn, hi) < POWER) return fmin(1, hi);
    for (int i = 0; i < 14; i++) {
        double mid = (lo + hi) / 2;
        if (power_of(limits, most, n, churn, mid) < POWER) lo = mid;
        else hi = mid;
    }
    return hi;
}

int64_t hone_stats_rows_needed(double psi, double drop)
{
    if (drop <= 0) return 0;
    psi = fmax(psi, drop);
    double root = (Z_ALPHA * sqrt(psi) + Z_POWER * sqrt(fmax(0, psi - drop * drop))) / drop;
    double rows = fmin(root * root, 1e15), unit = 1;
    while (rows / unit >= 100) unit *= 10;
    return (int64_t)(ceil(rows / unit) * unit);
}

void hone_stats_holm(const double *p, double *adjusted, int k)
{
    int order[4096];
    double most = 0;
    if (k > 4096) k = 4096;
    for (int i = 0; i < k; i++) { /* insertion: k is the number of functions */
        int at = i;
        while (at > 0 && p[order[at - 1]] > p[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    double sorted[4096];
    for (int i = 0; i < k; i++) sorted[i] = p[order[i]];
    for (int i = 0; i < k; i++) {
        most = fmax(most, fmin(1, sorted[i] * (k - i)));
        adjusted[order[i]] = most;
    }
}
