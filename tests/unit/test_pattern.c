/* Patterns match the whole text, name the place of an error, and cannot run away. */
#include <string.h>

#include "common/pattern.h"
#include "tests/support.h"

static int match(const char *pattern, const char *text, bool *ret, hone_err *err)
{
    hone_pattern *p = NULL;
    hone_err_clear(err);
    HONE_TRY(hone_pattern_new(&p, pattern, strlen(pattern), err));
    const int rc = hone_pattern_match(p, text, strlen(text), ret, err);
    hone_pattern_free(p);
    return rc;
}

START_TEST(whole_text)
{
    static const struct {
        const char *pattern, *text;
        bool want;
    } rows[] = {
        { "abc", "abc", true },
        { "abc", "abcd", false },
        { "abc", "xabc", false },
        { "a|ab", "ab", true },
        { "", "", true },
        { ".*_proj", "q_proj", true },
        { "(q|k)_proj", "v_proj", false },
        { "\xc3\xa4+", "\xc3\xa4\xc3\xa4", true },
    };
    hone_err err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool have = !rows[i].want;
        ck_assert_int_eq(match(rows[i].pattern, rows[i].text, &have, &err), 0);
        ck_assert_int_eq(have, rows[i].want);
    }
}
END_TEST

START_TEST(refused)
{
    static const char *const bad[] = { "(", "[", "*", "\\", "\xff", "(?<n>a)(?<n>b)", "\\C" };
    bool have = false;
    hone_err err;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(match(bad[i], "a", &have, &err) == HONE_E_DATA, "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(err.message, "wrong at character"));
    }
    char text[64];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(match("(a+)+(a+)+(a+)+[bc]", text, &have, &err), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "too much work"));
}
END_TEST

START_TEST(no_memory)
{
    hone_err err;
    bool have = false;
    for (int64_t nth = 1;; nth++) {
        hone_mem_fail_after(nth, false);
        const int rc = match("(a|b)+c", "abc", &have, &err);
        hone_mem_fail_after(0, false);
        ck_assert_int_eq(hone_mem_live(), 0);
        if (rc == 0) break;
        ck_assert_int_eq(rc, HONE_E_MEMORY);
        ck_assert_int_lt(nth, 50);
    }
    ck_assert(have);
}
END_TEST

int main(void)
{
    TCase *t = support_case("pattern");
    tcase_add_test(t, whole_text);
    tcase_add_test(t, refused);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
