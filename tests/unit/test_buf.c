/* Growable bytes: the maximum, the failed state, taking the bytes over. */
#include <string.h>

#include "common/buf.h"
#include "tests/support.h"

START_TEST(test_append)
{
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_buf_add(&b, "", 0);
    ck_assert_str_eq(b.data, "");
    for (int i = 0; i < 1000; i++) hone_buf_printf(&b, "%d,", i);
    hone_buf_str(&b, "end");
    hone_buf_char(&b, '!');
    ck_assert(hone_buf_ok(&b));
    ck_assert_uint_eq(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    ck_assert_str_eq(b.data + b.len - 8, "999,end!");
    ck_assert_uint_eq(strlen(b.data), b.len);
    hone_buf_clear(&b);
    ck_assert_str_eq(b.data, "");
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_maximum)
{
    hone_buf b;
    hone_buf_init(&b, 10);
    hone_buf_str(&b, "0123456789");
    ck_assert(hone_buf_ok(&b));
    hone_buf_add(&b, "", 0);
    ck_assert(hone_buf_ok(&b));
    hone_buf_char(&b, 'x');
    ck_assert(!hone_buf_ok(&b));
    hone_buf_add(&b, "", 0);
    ck_assert_str_eq(b.data, "0123456789");
    hone_buf_clear(&b);
    hone_buf_printf(&b, "%s", "01234567890");
    ck_assert(!hone_buf_ok(&b));
    ck_assert_str_eq(b.data, "");
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_failed_state)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_str(&b, "kept");
    hone_mem_fail_after(1, false);
    hone_buf_printf(&b, "%0*d", 500, 1);
    ck_assert(!hone_buf_ok(&b));
    hone_buf_str(&b, "x"); /* there is room, but an append is missing before it */
    ck_assert_str_eq(b.data, "kept");
    ck_assert_ptr_null(hone_buf_take(&b));
    ck_assert(hone_buf_ok(&b) && b.len == 0);
    hone_buf_add(&b, NULL, SIZE_MAX);
    ck_assert(!hone_buf_ok(&b));
    hone_buf_done(&b);
    hone_buf_done(NULL);
}
END_TEST

START_TEST(test_take)
{
    hone_buf b = HONE_BUF_INIT(100);
    char *empty = hone_buf_take(&b);
    ck_assert_str_eq(empty, "");
    hone_buf_add(&b, "a\0b", 3);
    char *s = hone_buf_take(&b);
    ck_assert_int_eq(memcmp(s, "a\0b", 4), 0);
    ck_assert(!b.data && b.len == 0 && b.max == 100);
    hone_free(empty);
    hone_free(s);
}
END_TEST

START_TEST(test_zero_maximum)
{
    hone_buf b = HONE_BUF_INIT(0);
    hone_buf_str(&b, "");
    ck_assert(hone_buf_ok(&b));
    hone_buf_printf(&b, "%s", "");
    ck_assert(hone_buf_ok(&b));
    hone_buf_char(&b, 'x');
    ck_assert(!hone_buf_ok(&b));
    hone_buf_done(&b);
}
END_TEST

int main(void)
{
    TCase *t = support_case("buf");
    tcase_add_test(t, test_append);
    tcase_add_test(t, test_maximum);
    tcase_add_test(t, test_failed_state);
    tcase_add_test(t, test_take);
    tcase_add_test(t, test_zero_maximum);
    return support_run(t);
}
