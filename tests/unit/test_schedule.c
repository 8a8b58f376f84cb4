/* Schedules, clipping and AdamW's coefficients against values worked out by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "optim/adamw.h"
#include "optim/clip.h"
#include "optim/schedule.h"

static void near(double got, double want)
{
    ck_assert_msg(fabs(got - want) <= 1e-12, "%.15f, want %.15f", got, want);
}

START_TEST(test_cosine)
{
    hone_schedule s = { HONE_SCHEDULE_COSINE, 30, 1000 };
    near(hone_schedule_factor(&s, 0), 1 / 30.0);
    near(hone_schedule_factor(&s, 14), 0.5 * (0.05 + 0.95 * 0.5 * (1 + cos(M_PI * 0.014))));
    near(hone_schedule_factor(&s, 500), 0.525);
    near(hone_schedule_factor(&s, 1000), 0.05);
    near(hone_schedule_factor(&s, 5000), 0.05);
    for (int k = 30; k < 999; k++)
        ck_assert(hone_schedule_factor(&s, k) > hone_schedule_factor(&s, k + 1));
}
END_TEST

START_TEST(test_others)
{
    hone_schedule linear = { HONE_SCHEDULE_LINEAR, 0, 200 };
    near(hone_schedule_factor(&linear, 0), 1);
    near(hone_schedule_factor(&linear, 100), 0.525);
    hone_schedule constant = { HONE_SCHEDULE_CONSTANT, 4, 200 };
    near(hone_schedule_factor(&constant, 1), 0.5);
    near(hone_schedule_factor(&constant, 3), 1);
    near(hone_schedule_factor(&constant, 199), 1);
    hone_schedule empty = { HONE_SCHEDULE_COSINE, 0, 0 };
    near(hone_schedule_factor(&empty, 0), 1);
}
END_TEST

START_TEST(test_warmup)
{
    ck_assert_int_eq(hone_schedule_warmup(30, 300), 30);
    ck_assert_int_eq(hone_schedule_warmup(30, 299), 29);
    ck_assert_int_eq(hone_schedule_warmup(30, 5), 0);
    ck_assert_int_eq(hone_schedule_warmup(0, 1000), 0);
    /* from an adapter: more in runs of less than 100 steps, the same in longer ones */
    static const int64_t cases[][3] = { { 30, 1, 0 }, { 30, 3, 1 }, { 30, 10, 5 }, { 30, 19, 9 },
                                        { 30, 20, 10 }, { 30, 99, 10 }, { 30, 100, 10 },
                                        { 30, 200, 20 }, { 30, 5000, 30 }, { 3, 10, 3 },
                                        { 3, 1000, 3 }, { 0, 10, 0 }, { 1000, 400, 40 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(hone_schedule_warmup_tuned(cases[i][0], cases[i][1]), cases[i][2]);
    for (int64_t total = 100; total < 400; total++)
        ck_assert_int_eq(hone_schedule_warmup_tuned(30, total), hone_schedule_warmup(30, total));
}
END_TEST

START_TEST(test_parse)
{
    hone_schedule_kind k = HONE_SCHEDULE_COSINE;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_schedule_parse(&k, "constant", &err), 0);
    ck_assert_int_eq(k, HONE_SCHEDULE_CONSTANT);
    ck_assert_int_eq(hone_schedule_parse(&k, "cos", &err), HONE_E_USAGE);
    ck_assert_int_eq(k, HONE_SCHEDULE_CONSTANT);
}
END_TEST

START_TEST(test_clip)
{
    near(hone_clip_factor(0.5, 1), 1);
    near(hone_clip_factor(1, 1), 1);
    near(hone_clip_factor(4, 1), 1 / (4 + 1e-6));
    near(hone_clip_factor(4, 0), 1);
    near(hone_clip_factor(0, 1), 1);
}
END_TEST

START_TEST(test_adamw)
{
    near(hone_adamw_correction(0.9, 1), 1 - 0.9);
    near(hone_adamw_correction(0.9, 3), 1 - 0.9 * 0.9 * 0.9);
    near(hone_adamw_correction(0, 1), 1);
    hone_err err;
    hone_err_clear(&err);
    hone_adamw good = { .9, .99, 1e-8, 0 };
    ck_assert_int_eq(hone_adamw_check(&good, &err), 0);
    const hone_adamw bad[] = {
        { 1, .99, 1e-8, 0 },    { -.1, .99, 1e-8, 0 },      { .9, NAN, 1e-8, 0 },
        { .9, .99, 0, 0 },      { .9, .99, INFINITY, 0 },   { .9, .99, 1e-8, -1 },
        { .9, .99, 1e-8, NAN }, { .9, .99, NAN, 0 },        { .9, .99, 1e-8, 1 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(hone_adamw_check(&bad[i], &err), HONE_E_USAGE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("schedule");
    TCase *t = tcase_create("schedule");
    tcase_add_test(t, test_cosine);
    tcase_add_test(t, test_others);
    tcase_add_test(t, test_warmup);
    tcase_add_test(t, test_parse);
    tcase_add_test(t, test_clip);
    tcase_add_test(t, test_adamw);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
