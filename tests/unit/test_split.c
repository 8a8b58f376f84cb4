/* Parts by hash: shares, and that a key never changes sides. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "datasets/split.h"

START_TEST(shares)
{
    static const struct {
        double valid, test;
    } cases[] = { { 0.05, 0.05 }, { 0.08, 0.12 }, { 0, 0 }, { 0.5, 0.5 }, { 0, 1 } };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int n[3] = { 0, 0, 0 };
        for (int i = 0; i < 20000; i++) {
            char key[32];
            (void)snprintf(key, sizeof key, "row %d", i);
            n[hone_split_part(key, cases[c].valid, cases[c].test)]++;
        }
        ck_assert_double_eq_tol(n[HONE_PART_VALID] / 20000.0, cases[c].valid, 0.012);
        ck_assert_double_eq_tol(n[HONE_PART_TEST] / 20000.0, cases[c].test, 0.012);
    }
}
END_TEST

/* Fixed for good: a file split today and one split in a year must agree. */
START_TEST(known_keys)
{
    ck_assert_int_eq(hone_split_part("", 0.08, 0.12), HONE_PART_TRAIN);
    ck_assert_int_eq(hone_split_part("a", 0.08, 0.12), HONE_PART_TRAIN);
    int larger = 0;
    for (int i = 0; i < 2000; i++) { /* what is test at 5 % is test at 12 % */
        char key[32];
        (void)snprintf(key, sizeof key, "%d", i);
        if (hone_split_part(key, 0, 0.05) != HONE_PART_TEST) continue;
        ck_assert_int_eq(hone_split_part(key, 0.1, 0.12), HONE_PART_TEST);
        larger++;
    }
    ck_assert_int_gt(larger, 50);
}
END_TEST

START_TEST(keys_of_rows)
{
    hone_row r = { .group = "g", .user_text = "u" };
    ck_assert_str_eq(hone_split_key(&r, true), "g");
    ck_assert_str_eq(hone_split_key(&r, false), "u");
    r.group = "";
    ck_assert_str_eq(hone_split_key(&r, true), "u");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("split");
    TCase *t = tcase_create("split");
    tcase_add_test(t, shares);
    tcase_add_test(t, known_keys);
    tcase_add_test(t, keys_of_rows);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
