/* Vectors of docs/evaluation.md: intervals, exact tests, paired differences. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "common/rng.h"
#include "eval/stats.h"

static void near(double got, double want, double tolerance)
{
    ck_assert_msg(fabs(got - want) <= tolerance, "%.9f, want %.9f", got, want);
}

static const struct { int k, n; double lo, hi, exact_lo, exact_hi; } proportions[] = {
    { 0, 10, 0.0000, 0.2775, 0, 0.308497 },
    { 9, 10, 0.5958, 0.9821, 0.554984, 0.997471 },
    { 582, 640, 0.8846, 0.9292, 0.884421, 0.930466 },
    { 148, 240, 0.5538, 0.6759, 0.551937, 0.678477 },
    { 0, 240, 0, 0.0158, 0, 0.015253 },
    { 1, 2, 0.0945, 0.9055, 0.012579, 0.987421 },
};

START_TEST(test_wilson)
{
    hone_interval w = hone_stats_wilson(proportions[_i].k, proportions[_i].n, HONE_Z95);
    near(w.lo, proportions[_i].lo, 5e-5);
    near(w.hi, proportions[_i].hi, 5e-5);
}
END_TEST

START_TEST(test_clopper_pearson)
{
    hone_interval c = hone_stats_clopper_pearson(proportions[_i].k, proportions[_i].n, 0.95);
    near(c.lo, proportions[_i].exact_lo, 6e-7);
    near(c.hi, proportions[_i].exact_hi, 6e-7);
}
END_TEST

START_TEST(test_ends)
{
    ck_assert(hone_stats_wilson(0, 7, HONE_Z95).lo == 0);
    ck_assert(hone_stats_wilson(7, 7, HONE_Z95).hi == 1);
    ck_assert(hone_stats_wilson(0, 0, HONE_Z95).hi == 1);
    ck_assert(hone_stats_clopper_pearson(7, 7, 0.95).hi == 1);
    ck_assert(hone_stats_clopper_pearson(0, 0, 0.95).lo == 0);
    ck_assert(hone_stats_newcombe(0, 0, 0, 0, HONE_Z95).lo == -1);
}
END_TEST

START_TEST(test_half_widths)
{
    static const struct { int n; double points; } rows[] = {
        { 50, 8.5 }, { 100, 6.0 }, { 200, 4.2 }, { 400, 3.0 }, { 640, 2.3 },
        { 961, 1.9 }, { 2000, 1.3 }, { 4000, 0.9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hone_interval w = hone_stats_wilson((int64_t)(rows[i].n * 9 / 10), rows[i].n, HONE_Z95);
        near(50 * (w.hi - w.lo), rows[i].points, 0.2);
    }
}
END_TEST

static const struct { int b, c; double p1, p2, mid; } discordant[] = {
    { 0, 0, 1, 1, 1 },
    { 1, 0, 0.5, 1, 0.5 },
    { 4, 0, 0.062500, 0.125000, 0.062500 },
    { 5, 0, 0.031250, 0.062500, 0.031250 },
    { 6, 0, 0.015625, 0.031250, 0.015625 },
    { 5, 1, 0.109375, 0.218750, 0.125000 },
    { 8, 1, 0.019531, 0.039062, 0.021484 },
    { 8, 2, 0.054688, 0.109375, 0.065430 },
    { 10, 3, 0.046143, 0.092285, 0.057373 },
    { 15, 5, 0.020695, 0.041389, 0.026604 },
    { 20, 10, 0.049369, 0.098737, 0.070756 },
    { 30, 15, 0.017849, 0.035698, 0.025896 },
    { 100, 70, 0.012922, 0.025844, 0.021507 },
    { 3, 12, 0.996307, 0.035156, 0.021271 },
};

START_TEST(test_mcnemar)
{
    hone_mcnemar m = hone_stats_mcnemar(discordant[_i].b, discordant[_i].c);
    near(m.worse, discordant[_i].p1, 6e-7);
    near(m.two_sided, discordant[_i].p2, 6e-7);
    near(m.mid_p, discordant[_i].mid, 6e-7);
}
END_TEST

START_TEST(test_mcnemar_border)
{
    /* the plain sum (m <= 1000) and the continued fraction agree on both sides of the border */
    for (int64_t b = 400; b <= 620; b += 20) {
        double sum = hone_stats_mcnemar(b, 1000 - b).worse;
        near(sum, hone_stats_binomial_tail(b, 1000, 0.5), 1e-10);
    }
    near(hone_stats_mcnemar(5100, 4900).worse, 0.023292, 2e-5); /* direct sum in double */
    ck_assert(hone_stats_mcnemar(20000, 0).worse >= 0);
}
END_TEST

static const struct { int a, b, c, d; double diff, lo, hi, lo90, hi90; } paired[] = {
    { 36, 12, 2, 0, -0.2000, -0.3404, -0.0569, NAN, NAN },
    { 568, 14, 4, 54, -0.015625, -0.030187, -0.002019, -0.027598, -0.004340 },
    { 570, 12, 6, 52, -0.009375, -0.023804, 0.004468, -0.021255, 0.002083 },
    { 900, 0, 0, 61, 0, -0.004028, 0.004028, -0.002988, 0.002988 },
    { 880, 8, 6, 67, -0.002081, NAN, NAN, -0.009167, 0.004896 },
    { 10, 0, 0, 0, 0, -0.277533, 0.277533, NAN, NAN },
    { 0, 5, 0, 5, -0.500000, -0.763407, -0.117367, NAN, NAN },
};

START_TEST(test_newcombe)
{
    int a = paired[_i].a, b = paired[_i].b, c = paired[_i].c, d = paired[_i].d;
    double tolerance = _i == 0 ? 6e-5 : 6e-7; /* the published example has four digits */
    near((double)(c - b) / (a + b + c + d), paired[_i].diff, 6e-7);
    hone_interval i95 = hone_stats_newcombe(a, b, c, d, HONE_Z95);
    if (!isnan(paired[_i].lo)) {
        near(i95.lo, paired[_i].lo, tolerance);
        near(i95.hi, paired[_i].hi, tolerance);
    }
    hone_interval i90 = hone_stats_newcombe(a, b, c, d, HONE_Z90);
    if (!isnan(paired[_i].lo90)) {
        near(i90.lo, paired[_i].lo90, tolerance);
        near(i90.hi, paired[_i].hi90, tolerance);
    }
}
END_TEST

START_TEST(test_detectable_drop)
{
    /* within the 4-8 % by which the approximation is low */
    static const struct { int n; double churn, points; } rows[] = {
        { 100, 0.01, 8.3 }, { 400, 0.005, 2.4 }, { 640, 0.02, 2.6 }, { 2000, 0.01, 1.0 },
        { 4000, 0.04, 1.2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double got = 100 * hone_stats_detectable_drop(rows[i].n, rows[i].churn);
        ck_assert_msg(got > rows[i].points * 0.88 && got < rows[i].points * 1.05, "%d: %f",
                      rows[i].n, got);
    }
}
END_TEST

/* 95 % intervals of simulated pairs cover the true difference about 95 times of 100. */
START_TEST(test_newcombe_covers)
{
    enum { SETS = 4000, ROWS = 200 };
    const double both = 0.82, broke = 0.05, fixed = 0.07, truth = fixed - broke;
    int covered = 0;
    for (uint32_t set = 0; set < SETS; set++) {
        int64_t cells[4] = { 0, 0, 0, 0 };
        for (uint64_t row = 0; row < ROWS; row++) {
            double u = hone_rng_unit(7, HONE_RNG_TEST, set, row);
            cells[u < both ? 0 : u < both + broke ? 1 : u < both + broke + fixed ? 2 : 3]++;
        }
        hone_interval i = hone_stats_newcombe(cells[0], cells[1], cells[2], cells[3], HONE_Z95);
        covered += i.lo <= truth && truth <= i.hi;
    }
    double share = (double)covered / SETS;
    ck_assert_msg(share > 0.935 && share < 0.97, "covers %f", share);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stats");
    TCase *t = tcase_create("stats");
    int n = (int)(sizeof proportions / sizeof proportions[0]);
    tcase_add_loop_test(t, test_wilson, 0, n);
    tcase_add_loop_test(t, test_clopper_pearson, 0, n);
    tcase_add_test(t, test_ends);
    tcase_add_test(t, test_half_widths);
    tcase_add_loop_test(t, test_mcnemar, 0, (int)(sizeof discordant / sizeof discordant[0]));
    tcase_add_test(t, test_mcnemar_border);
    tcase_add_loop_test(t, test_newcombe, 0, (int)(sizeof paired / sizeof paired[0]));
    tcase_add_test(t, test_detectable_drop);
    tcase_add_test(t, test_newcombe_covers);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
