/* Guards of a training step that need no engine: loss spikes; and the messages' lists of rows. */
#include <string.h>

#include "tests/support.h"
#include "train/guard.h"

START_TEST(spikes)
{
    hone_spikes s = { .count = 0 };
    hone_err err;
    for (int i = 0; i < HONE_SPIKE_WARM; i++) /* too early to judge */
        ck_assert(!hone_guard_spike(&s, 4, i % 2 ? 100.0 : 0.1));
    for (int i = 0; i < 40; i++) ck_assert(!hone_guard_spike(&s, 4, 0.2 + 0.01 * (i % 5)));
    ck_assert_int_eq(s.count, HONE_SPIKE_WINDOW);
    ck_assert(!hone_guard_spike(&s, 4, 0.49)); /* small losses are never spikes */
    ck_assert(!hone_guard_spike(&s, 4, 0.8));
    ck_assert(hone_guard_spike(&s, 4, 1.0));
    ck_assert(!hone_guard_spike(&s, 0, 50.0)); /* switched off */
    ck_assert_int_eq(s.run, 0);
    ck_assert_int_eq(s.total, 1);
    for (int i = 1; i < HONE_SPIKE_RUN; i++) {
        ck_assert(hone_guard_spike(&s, 4, 9.0));
        ck_assert_int_eq(hone_guard_spike_run(&s, 9.0, i, "a, b", &err), 0);
    }
    ck_assert(hone_guard_spike(&s, 4, 9.0));
    hone_err_clear(&err);
    ck_assert_int_eq(hone_guard_spike_run(&s, 9.0, 7, "a, b", &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, "rows a, b") != NULL, "%s", err.message);
}
END_TEST

START_TEST(row_lists)
{
    hone_encode_set *set = NULL;
    const int32_t ids[2] = { 2, 3 };
    const uint8_t labels[2] = { 0, 1 };
    char text[256], tight[12];
    ck_assert_int_eq(hone_encode_set_new(&set, NULL), 0);
    hone_guard_rows(text, sizeof text, set);
    ck_assert_str_eq(text, "");
    for (int i = 0; i < 11; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "row-%d", i);
        ck_assert_int_eq(hone_encode_set_add_ids(set, id, "f", i, ids, labels, 2, 1, NULL), 0);
    }
    hone_guard_rows(text, sizeof text, set);
    ck_assert_str_eq(text, "row-0, row-1, row-2, row-3, row-4, row-5, row-6, row-7 and 3 more");
    hone_guard_rows(tight, sizeof tight, set);
    ck_assert_uint_lt(strlen(tight), sizeof tight);
    hone_encode_set_free(set);
}
END_TEST

int main(void)
{
    TCase *t = support_case("guard");
    tcase_add_test(t, spikes);
    tcase_add_test(t, row_lists);
    return support_run(t);
}
