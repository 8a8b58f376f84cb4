/* The table of codes and the record: stable numbers, places, cut texts, lines for people. */
#include <string.h>

#include "common/error.h"
#include "tests/support.h"

START_TEST(test_codes)
{
    ck_assert_int_eq(HONE_OK, 0);
    ck_assert_int_eq(HONE_GATE_FAILED, -10);
    ck_assert_int_eq(HONE_E_USAGE, -20);
    ck_assert_int_eq(HONE_E_INTERRUPTED, -90);
    ck_assert_str_eq(hone_code_word(HONE_E_DATA), "bad input data");
    ck_assert_int_eq(hone_code_exit_status(HONE_OK), 0);
    ck_assert_int_eq(hone_code_exit_status(HONE_E_DATA), 65);
    ck_assert_int_eq(hone_code_exit_status(HONE_E_STOPPED), 75);
    ck_assert_str_eq(hone_code_word(-12345), "internal error");
    ck_assert_int_eq(hone_code_exit_status(17), 70);
}
END_TEST

START_TEST(test_every_code)
{
    static const int codes[] = {
#define X(name, number, status, word) number,
        HONE_CODES(X)
#undef X
    };
    hone_err err;
    hone_err_clear(&err);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        ck_assert_int_eq(hone_fail(&err, codes[i], "n %d", (int)i), codes[i]);
        ck_assert_int_eq(err.code, codes[i]);
        for (size_t j = 0; j < i; j++) ck_assert_int_ne(codes[i], codes[j]);
        ck_assert_int_le(hone_code_exit_status(codes[i]), 130);
    }
}
END_TEST

START_TEST(test_place_is_kept)
{
    hone_err err;
    char line[256];
    hone_err_clear(&err);
    hone_err_at(&err, "rows.jsonl", 12, -1);
    ck_assert_int_eq(hone_fail(&err, HONE_E_DATA, "key \"%s\" twice", "id"), HONE_E_DATA);
    hone_err_hint(&err, "remove one");
    hone_err_format(&err, line, sizeof(line));
    ck_assert_str_eq(line, "rows.jsonl:12: key \"id\" twice (remove one)");
    hone_err_at(&err, NULL, 0, 77);
    hone_err_hint(&err, "%s", "");
    hone_err_format(&err, line, sizeof(line));
    ck_assert_str_eq(line, "rows.jsonl: byte 77: key \"id\" twice");
}
END_TEST

START_TEST(test_context)
{
    hone_err err;
    char line[256];
    hone_err_clear(&err);
    (void)hone_fail(&err, HONE_E_IO, "no space");
    ck_assert_int_eq(hone_err_context(&err, "step %d", 7), HONE_E_IO);
    ck_assert_int_eq(hone_err_context(&err, "run a"), HONE_E_IO);
    hone_err_format(&err, line, sizeof(line));
    ck_assert_str_eq(line, "run a: step 7: no space");
}
END_TEST

START_TEST(test_own_text_in_message)
{
    hone_err err;
    hone_err_clear(&err);
    (void)hone_fail(&err, HONE_E_IO, "inner");
    (void)hone_fail(&err, HONE_E_DATA, "outer of [%s]", err.message);
    ck_assert_str_eq(err.message, "outer of [inner]");
}
END_TEST

START_TEST(test_cut_at_a_character)
{
    hone_err err;
    char text[2000], line[64];
    hone_err_clear(&err);
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    /* a two-byte letter across the end of the message */
    memcpy(text + sizeof(err.message) - 2, "\xC3\xA9", 2);
    (void)hone_fail(&err, HONE_E_DATA, "%s", text);
    ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 2);
    ck_assert_int_eq(err.message[sizeof(err.message) - 3], 'a');
    (void)hone_err_context(&err, "%s", text);
    ck_assert_uint_lt(strlen(err.message), sizeof(err.message));
    hone_err_at(&err, text, 1, -1);
    ck_assert_uint_eq(strlen(err.source), sizeof(err.source) - 1);
    hone_err_format(&err, line, sizeof(line));
    ck_assert_uint_eq(strlen(line), sizeof(line) - 1);
}
END_TEST

START_TEST(test_null_record)
{
    char line[8] = "x";
    hone_err_clear(NULL);
    hone_err_at(NULL, "a", 1, 1);
    hone_err_hint(NULL, "b");
    ck_assert_int_eq(hone_fail(NULL, HONE_E_IO, "c"), HONE_E_IO);
    ck_assert_int_lt(hone_err_context(NULL, "d"), 0);
    hone_err_format(NULL, line, sizeof(line));
    ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(test_zeroed_record)
{
    hone_err err = { 0 };
    char line[64];
    (void)hone_fail(&err, HONE_E_IO, "plain");
    hone_err_format(&err, line, sizeof(line));
    ck_assert_str_eq(line, "plain");
    hone_err_at(&err, "f", 0, 0);
    hone_err_format(&err, line, sizeof(line));
    ck_assert_str_eq(line, "f: plain");
}
END_TEST

static int try_it(int rc)
{
    HONE_TRY(rc);
    return 1;
}

static int goto_it(int first)
{
    int rc;
    HONE_GOTO(rc, done, first);
    rc = 2;
done:
    return rc;
}

START_TEST(test_forwarding)
{
    ck_assert_int_eq(try_it(HONE_E_IO), HONE_E_IO);
    ck_assert_int_eq(try_it(5), 1);
    ck_assert_int_eq(goto_it(HONE_E_DATA), HONE_E_DATA);
    ck_assert_int_eq(goto_it(0), 2);
}
END_TEST

int main(void)
{
    TCase *t = support_case("error");
    tcase_add_test(t, test_codes);
    tcase_add_test(t, test_every_code);
    tcase_add_test(t, test_place_is_kept);
    tcase_add_test(t, test_context);
    tcase_add_test(t, test_own_text_in_message);
    tcase_add_test(t, test_cut_at_a_character);
    tcase_add_test(t, test_null_record);
    tcase_add_test(t, test_zeroed_record);
    tcase_add_test(t, test_forwarding);
    return support_run(t);
}
