/* Exact and near repeats; originals come before what repeats them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dedup.h"

static hone_err err;

START_TEST(exact_repeats)
{
    static const char *const texts[] = { "Set an alarm for 7", "set an alarm, for 7!",
                                         "set an alarm for 8", "SET AN ALARM FOR 7" };
    hone_dedup_result r[4];
    ck_assert_int_eq(hone_dedup_find(r, texts, 4, 0, 1.1, &err), 0);
    ck_assert_int_eq(r[0].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(r[1].kind, HONE_REPEAT_EXACT);
    ck_assert_int_eq(r[2].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(r[3].kind, HONE_REPEAT_EXACT);
    ck_assert_uint_eq(r[3].of, 0);
}
END_TEST

START_TEST(near_repeats)
{
    static const char *const texts[] = {
        "please send an email to my sister that I will be late for dinner tonight because of the "
        "traffic",
        "please send an email to my sister that I will be late for dinner tonight because of the "
        "weather",
        "please play some music by the band that we heard in the park last summer",
    };
    hone_dedup_result r[3];
    ck_assert_int_eq(hone_dedup_find(r, texts, 3, 0, 0.75, &err), 0);
    ck_assert_int_eq(r[1].kind, HONE_REPEAT_NEAR);
    ck_assert_uint_eq(r[1].of, 0);
    ck_assert_double_gt(r[1].similarity, 0.75);
    ck_assert_int_eq(r[2].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(hone_dedup_find(r, texts, 3, 0, 1.1, &err), 0);
    ck_assert_int_eq(r[1].kind, HONE_REPEAT_NONE);
}
END_TEST

/* The first texts are another file's: never dropped, but they count as originals. */
START_TEST(leaks)
{
    static const char *const texts[] = { "wake me at six", "wake me at six", "Wake me at six.",
                                         "something else" };
    hone_dedup_result r[4];
    ck_assert_int_eq(hone_dedup_find(r, texts, 4, 2, 0.8, &err), 0);
    ck_assert_int_eq(r[0].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(r[1].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(r[2].kind, HONE_REPEAT_EXACT);
    ck_assert_uint_lt(r[2].of, 2);
    ck_assert_int_eq(r[3].kind, HONE_REPEAT_NONE);
}
END_TEST

/* Planted near repeats: one word of twenty changed. At least 95 % are found, nothing else is. */
START_TEST(planted)
{
    enum { N = 400, WORDS = 20 };
    static char text[2 * N][400];
    static const char *all[2 * N];
    static hone_dedup_result r[2 * N];
    for (int i = 0; i < N; i++) {
        size_t a = 0;
        size_t b = 0;
        for (int w = 0; w < WORDS; w++) {
            unsigned v = ((unsigned)(i * WORDS + w) * 2654435761u) >> 7;
            a += (size_t)snprintf(text[i] + a, sizeof text[i] - a, "w%u ", v);
            b += (size_t)snprintf(text[N + i] + b, sizeof text[i] - b, "w%u ",
                                  w == WORDS - 1 ? v + 10000 : v);
        }
        all[i] = text[i];
        all[N + i] = text[N + i];
    }
    ck_assert_int_eq(hone_dedup_find(r, all, 2 * N, 0, 0.7, &err), 0);
    int found = 0;
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(r[i].kind, HONE_REPEAT_NONE);
        found += r[N + i].kind == HONE_REPEAT_NEAR && r[N + i].of == (size_t)i;
    }
    ck_assert_int_ge(found, N * 95 / 100);
}
END_TEST

START_TEST(empty_texts)
{
    static const char *const texts[] = { "", "!?", "a" };
    hone_dedup_result r[3];
    ck_assert_int_eq(hone_dedup_find(r, texts, 3, 0, 0.8, &err), 0);
    ck_assert_int_eq(r[1].kind, HONE_REPEAT_EXACT);
    ck_assert_int_eq(r[2].kind, HONE_REPEAT_NONE);
    ck_assert_int_eq(hone_dedup_find(r, texts, 0, 0, 0.8, &err), 0);
    ck_assert_uint_ne(hone_dedup_hash(""), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dedup");
    TCase *t = tcase_create("dedup");
    tcase_add_test(t, exact_repeats);
    tcase_add_test(t, near_repeats);
    tcase_add_test(t, leaks);
    tcase_add_test(t, planted);
    tcase_add_test(t, empty_texts);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
