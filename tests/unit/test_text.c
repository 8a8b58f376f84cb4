/* Unicode text: cases as Python's str gives them, safe display. */
#include <string.h>

#include "common/text.h"
#include "tests/support.h"

typedef void text_fn(hone_buf *out, const char *s, size_t n);

static void expect_n(text_fn *f, const char *s, size_t n, const char *want)
{
    hone_buf b = HONE_BUF_INIT(4096);
    f(&b, s, n);
    ck_assert(hone_buf_ok(&b));
    ck_assert_str_eq(b.data ? b.data : "", want);
    hone_buf_done(&b);
}

static void expect(text_fn *f, const char *s, const char *want)
{
    expect_n(f, s, strlen(s), want);
}

START_TEST(test_valid)
{
    static const char *const bad[] = { "\x80", "\xC3", "a\xC3(", "\xC0\xAF", "\xED\xA0\x80",
                                       "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82" };
    ck_assert(hone_utf8_valid("", 0));
    ck_assert(hone_utf8_valid("a\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 11));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert(!hone_utf8_valid(bad[i], strlen(bad[i])));
}
END_TEST

/* Every scalar value goes out and comes back. */
START_TEST(test_round_trip)
{
    hone_buf b = HONE_BUF_INIT(64);
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint32_t back = 0;
        if (c == 0xD800) c = 0xE000;
        hone_buf_clear(&b);
        hone_utf8_put(&b, c);
        if (hone_utf8_next(b.data, b.len, &back) != b.len || back != c) ck_abort_msg("%x", c);
    }
    hone_buf_clear(&b);
    hone_utf8_put(&b, 0xDC00);
    hone_utf8_put(&b, 0x110000);
    ck_assert_str_eq(b.data, "\xEF\xBF\xBD\xEF\xBF\xBD");
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_next_ends)
{
    uint32_t c = 99;
    ck_assert_uint_eq(hone_utf8_next("a", 0, &c), 0);
    ck_assert_uint_eq(hone_utf8_next("\xE2\x82\xAC", 2, &c), 0);
    ck_assert_uint_eq(c, 99);
    ck_assert_uint_eq(hone_utf8_next("", 1, &c), 1);
    ck_assert_uint_eq(c, 0);
}
END_TEST

START_TEST(test_upper)
{
    expect(hone_text_upper, "stra\xC3\x9F" "e 12", "STRASSE 12");
    expect(hone_text_upper, "\xEF\xAC\x83", "FFI");
    expect(hone_text_upper, "\xC5\x89", "\xCA\xBCN");
    expect(hone_text_upper, "\xC4\xB1\xC3\xBF", "I\xC5\xB8");
    expect(hone_text_upper, "\xE1\xBE\xB3", "\xCE\x91\xCE\x99");                   /* U+1FB3 */
    expect(hone_text_upper, "\xE1\xBE\x80", "\xE1\xBC\x88\xCE\x99");               /* U+1F80 */
    expect(hone_text_upper, "\xE1\xBE\xAF", "\xE1\xBD\xAF\xCE\x99");               /* U+1FAF */
    expect(hone_text_upper, "\xCE\x90", "\xCE\x99\xCC\x88\xCC\x81");               /* U+0390 */
    expect(hone_text_upper, "\xEF\xAC\x97", "\xD5\x84\xD4\xBD");                   /* last entry */
    expect(hone_text_upper, "a\xFF" "b\xC3", "A\xFF" "B\xC3");
    expect_n(hone_text_upper, "a\0b", 3, "A");
}
END_TEST

START_TEST(test_lower)
{
    expect(hone_text_lower, "ABC \xC3\x89", "abc \xC3\xA9");
    expect(hone_text_lower, "\xC4\xB0X", "i\xCC\x87x");
    expect(hone_text_lower, "\xE1\xBA\x9E", "\xC3\x9F");
    expect(hone_text_lower, "\xFF\xC3", "\xFF\xC3");
}
END_TEST

/* Sigma: U+03C3, at the end of a word U+03C2. */
START_TEST(test_final_sigma)
{
    expect(hone_text_lower, "\xCE\xA3", "\xCF\x83");
    expect(hone_text_lower, "A\xCE\xA3", "a\xCF\x82");
    expect(hone_text_lower, "A\xCE\xA3" "B", "a\xCF\x83" "b");
    expect(hone_text_lower, "A\xCE\xA3 B", "a\xCF\x82 b");
    expect(hone_text_lower, "A'\xCE\xA3.", "a'\xCF\x82.");
    expect(hone_text_lower, "A\xCE\xA3.B", "a\xCF\x83.b");
    expect(hone_text_lower, " '\xCE\xA3", " '\xCF\x83");
    expect(hone_text_lower, "A\xCC\x81\xCE\xA3", "a\xCC\x81\xCF\x82");
    expect(hone_text_lower, "\xCE\xA3\xCE\xA3\xCE\xA3", "\xCF\x83\xCF\x83\xCF\x82");
    expect(hone_text_lower, "\xFF\xCE\xA3\xFF", "\xFF\xCF\x83\xFF");
    expect(hone_text_lower, "A\xCE\xA3\xFF", "a\xCF\x82\xFF");
}
END_TEST

START_TEST(test_fold_and_nfkc)
{
    expect(hone_text_fold, "Stra\xC3\x9F" "E \xC4\xB0\xFF", "strasse i\xCC\x87\xFF");
    expect(hone_text_nfkc, "e\xCC\x81 \xEF\xAC\x81 \xE2\x91\xA0 \xEF\xBC\xA1", "\xC3\xA9 fi 1 A");
    expect(hone_text_nfkc, "a\xFF" "e\xCC\x81\xC3", "a\xFF\xC3\xA9\xC3");
    expect(hone_text_nfkc, "", "");
    expect(hone_text_nfkc, "q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87"); /* order of marks */
}
END_TEST

START_TEST(test_nfkc_memory)
{
    hone_buf b = HONE_BUF_INIT(64);
    hone_mem_fail_after(1, false);
    hone_text_nfkc(&b, "abc", 3);
    ck_assert(!hone_buf_ok(&b));
    hone_buf_done(&b);
}
END_TEST

static void expect_trim(const char *s, const char *want)
{
    size_t n;
    const char *p = hone_text_trim(s, strlen(s), &n);
    ck_assert_uint_eq(n, strlen(want));
    ck_assert_int_eq(memcmp(p, want, n), 0);
}

START_TEST(test_trim)
{
    expect_trim(" \t\n\v\f\r\x1C\x1D\x1E\x1F\xC2\x85\xC2\xA0 a b \xE2\x80\xA8\xE3\x80\x80\n",
                "a b");
    expect_trim("\xE1\x9A\x80\xE2\x80\x80\xE2\x80\x8A\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\x9F", "");
    expect_trim("", "");
    expect_trim("x", "x");
    expect_trim(" \xE2\x80\x8B ", "\xE2\x80\x8B"); /* zero width space is none */
    expect_trim(" \xFF \x80", "\xFF \x80");
    expect_trim("\x7F\xEF\xBB\xBF", "\x7F\xEF\xBB\xBF");
}
END_TEST

START_TEST(test_width)
{
    ck_assert_int_eq(hone_text_width("abc", 3), 3);
    ck_assert_int_eq(hone_text_width("\xE4\xBD\xA0", 3), 2);
    ck_assert_int_eq(hone_text_width("e\xCC\x81", 3), 1);
    ck_assert_int_eq(hone_text_width("\xFF", 1), 1);
    ck_assert_int_eq(hone_text_width("", 0), 0);
}
END_TEST

START_TEST(test_show)
{
    expect(hone_text_show, "a\n\r\t\x1B[31m\x7F", "a\\n\\r\\t\\x1b[31m\\x7f");
    expect(hone_text_show, "\xC2\x9B" "2J\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C\xE2\x80\x8F",
           "\\u009b2J\\u202e\\u2066\\u061c\\u200f");
    expect(hone_text_show, "\xEF\xBB\xBF\xE2\x80\xA8\xF3\xA0\x81\x81", "\\ufeff\\u2028\\U000e0041");
    expect(hone_text_show, "\xFF" "caf\xC3\xA9 \xF0\x9F\x98\x80",
           "\\xffcaf\xC3\xA9 \xF0\x9F\x98\x80");
    expect_n(hone_text_show, "a\0b", 3, "a\\x00b");
}
END_TEST

START_TEST(test_markup)
{
    expect(hone_text_html, "<a href='x'>\"&\"</a>\xFF",
           "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;\xEF\xBF\xBD");
    expect(hone_text_xml, "<\x01\t\n\xEF\xBF\xBE\xF0\x9F\x98\x80\xC3>",
           "&lt;\xEF\xBF\xBD\t\n\xEF\xBF\xBD\xF0\x9F\x98\x80\xEF\xBF\xBD&gt;");
}
END_TEST

int main(void)
{
    TCase *t = support_case("text");
    tcase_add_test(t, test_valid);
    tcase_add_test(t, test_round_trip);
    tcase_add_test(t, test_next_ends);
    tcase_add_test(t, test_upper);
    tcase_add_test(t, test_lower);
    tcase_add_test(t, test_final_sigma);
    tcase_add_test(t, test_fold_and_nfkc);
    tcase_add_test(t, test_nfkc_memory);
    tcase_add_test(t, test_trim);
    tcase_add_test(t, test_width);
    tcase_add_test(t, test_show);
    tcase_add_test(t, test_markup);
    return support_run(t);
}
