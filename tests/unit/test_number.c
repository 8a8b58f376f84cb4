/* Decimal text and doubles (common/json.h). Expected texts are Python's repr() and "%.6g". */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "common/json.h"
#include "common/rng.h"
#include "tests/support.h"

typedef struct golden {
    double value;
    const char *repr, *g6;
} golden;

/* 0x1p-1017 and its like are the powers of two whose shortest text is not the rounded one. */
static const golden goldens[] = {
    { 0x0p+0, "0.0", "0" },
    { -0x0p+0, "-0.0", "-0" },
    { 0x1p+0, "1.0", "1" },
    { -0x1p+0, "-1.0", "-1" },
    { 0x1.999999999999ap-4, "0.1", "0.1" },
    { 0x1.6666666666666p-1, "0.7", "0.7" },
    { 0x1.3fd70a3d70a3dp+4, "19.99", "19.99" },
    { 0x1.8a66666666666p+6, "98.6", "98.6" },
    { 0x1.5555555555555p-2, "0.3333333333333333", "0.333333" },
    { 0x1.5555555555555p-1, "0.6666666666666666", "0.666667" },
    { 0x1.9p+6, "100.0", "100" },
    { 0x1.c6bf52634p+49, "1000000000000000.0", "1e+15" },
    { 0x1.1c37937e08p+53, "1e+16", "1e+16" },
    { 0x1.6345785d8ap+56, "1e+17", "1e+17" },
    { 0x1.18b54f22aebp+50, "1234567890123456.0", "1.23457e+15" },
    { 0x1.5ee2a2eb5a5c4p+53, "1.2345678901234568e+16", "1.23457e+16" },
    { 0x1.b69b4ba630f35p+56, "1.2345678901234568e+17", "1.23457e+17" },
    { 0x1.a36e2eb1c432dp-14, "0.0001", "0.0001" },
    { 0x1.4f8b588e368f1p-17, "1e-05", "1e-05" },
    { 0x1.02e4b6ce5dc68p-13, "0.00012345", "0.00012345" },
    { 0x1.4f8b588e368f1p-17, "1e-05", "1e-05" },
    { 0x1.12e0be826d695p-32, "2.5e-10", "2.5e-10" },
    { 0x1.0f0cf064dd592p+73, "1e+22", "1e+22" },
    { 0x1.52d02c7e14af6p+76, "1e+23", "1e+23" },
    { 0x0.0000000000001p-1022, "5e-324", "4.94066e-324" },
    { 0x0.0000000000002p-1022, "1e-323", "9.88131e-324" },
    { 0x1p-1022, "2.2250738585072014e-308", "2.22507e-308" },
    { 0x0.fffffffffffffp-1022, "2.225073858507201e-308", "2.22507e-308" },
    { 0x0.fffffffffffffp-1022, "2.225073858507201e-308", "2.22507e-308" },
    { 0x1.fffffffffffffp+1023, "1.7976931348623157e+308", "1.79769e+308" },
    { 0x1.fffffffffffffp+52, "9007199254740991.0", "9.0072e+15" },
    { 0x1p+53, "9007199254740992.0", "9.0072e+15" },
    { 0x1.0000000000001p+53, "9007199254740994.0", "9.0072e+15" },
    { 0x1.1666666666666p+2, "4.35", "4.35" },
    { 0x1.3333333333333p-2, "0.3", "0.3" },
    { 0x1.5666666666666p+1, "2.675", "2.675" },
    { 0x1.249ad2594c37dp+332, "1e+100", "1e+100" },
    { 0x1.bff2ee48e053p-333, "1e-100", "1e-100" },
    { 0x1.edd2f1a9fbe77p+6, "123.456", "123.456" },
    { 0x1.fe185ca57c517p+78, "6.02214076e+23", "6.02214e+23" },
    { 0x1.54484932d2e72p-116, "1.6e-35", "1.6e-35" },
    { 0x1.921fb54442d18p+1, "3.141592653589793", "3.14159" },
    { 0x1.5bf0a8b145769p+1, "2.718281828459045", "2.71828" },
    { -0x1.4p+1, "-2.5", "-2.5" },
    { 0x1p-1017, "7.120236347223045e-307", "7.12024e-307" },
    { 0x1p-1018, "3.5601181736115222e-307", "3.56012e-307" },
    { 0x1p-1022, "2.2250738585072014e-308", "2.22507e-308" },
    { 0x0.8000000000000p-1022, "1.1125369292536007e-308", "1.11254e-308" },
    { 0x0.0000000000001p-1022, "5e-324", "4.94066e-324" },
    { 0x1p+1023, "8.98846567431158e+307", "8.98847e+307" },
    { 0x1p-44, "5.684341886080802e-14", "5.68434e-14" },
    { 0x1p+89, "6.189700196426902e+26", "6.1897e+26" },
    { 0x1p+122, "5.316911983139664e+36", "5.31691e+36" },
    { 0x1p-24, "5.960464477539063e-08", "5.96046e-08" },
    { 0x1p-20, "9.5367431640625e-07", "9.53674e-07" },
    { 0x1.ffcp+15, "65504.0", "65504" },
    { 0x1.fffffep+127, "3.4028234663852886e+38", "3.40282e+38" },
    { 0x1p-126, "1.1754943508222875e-38", "1.17549e-38" },
    { 0x1.e847fp+19, "999999.5", "1e+06" },
    { 0x1.e847ecccccccdp+19, "999999.4", "999999" },
    { 0x1.fffffe5280d65p-1, "0.99999995", "1" },
    { 0x1.86ap+16, "100000.0", "100000" },
    { 0x1.e240b33333333p+16, "123456.7", "123457" },
    { 0x1.2d687p+20, "1234567.0", "1.23457e+06" },
};

START_TEST(text_equals_python)
{
    const golden *g = &goldens[_i];
    char text[32];
    hone_f64_repr(g->value, text);
    ck_assert_str_eq(text, g->repr);
    hone_f64_g6(g->value, text);
    ck_assert_str_eq(text, g->g6);
}
END_TEST

static void check_round_trip(double v)
{
    char text[32];
    double back;
    hone_f64_repr(v, text);
    ck_assert_msg(hone_parse_f64(text, strlen(text), &back), "%s", text);
    ck_assert_msg(memcmp(&v, &back, sizeof v) == 0, "%s", text);
}

START_TEST(every_double_reads_back)
{
    for (int e = -1074; e < 1024; e++) {
        double v = ldexp(1.0, e);
        check_round_trip(v);
        check_round_trip(-nextafter(v, 0));
        if (e < 1023) check_round_trip(nextafter(v, HUGE_VAL));
    }
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t bits = hone_rng_u64(1, HONE_RNG_TEST, 0, i);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (isfinite(v)) check_round_trip(v);
    }
}
END_TEST

START_TEST(not_finite_prints_words)
{
    char text[32];
    hone_f64_repr(-HUGE_VAL, text);
    ck_assert_str_eq(text, "-inf");
    hone_f64_g6(nan(""), text);
    ck_assert_str_eq(text, "nan");
}
END_TEST

static const char *const bad_f64[] = { "", "-", "+1", ".", "-.", "e5", "1e", "1e+", "1e5.5", "0x1",
                                       "0x1p3", "inf", "nan", "infinity", " 1", "1 ", "1,5",
                                       "1_000", "1e400", "-1e400", "--1", "1.2.3", "1f",
                                       "\xd9\xa1" };

START_TEST(bad_reals_are_refused)
{
    double v = 42;
    ck_assert_msg(!hone_parse_f64(bad_f64[_i], strlen(bad_f64[_i]), &v), "%s", bad_f64[_i]);
    ck_assert(v == 42);
}
END_TEST

START_TEST(reals_are_read)
{
    static const struct { const char *text; double value; } cases[] = {
        { "1", 1 }, { "007", 7 }, { ".5", 0.5 }, { "5.", 5 }, { "-1.5e3", -1500 }, { "1E-5", 1e-5 },
        { "2.2250738585072012e-308", 2.2250738585072014e-308 }, { "1e-400", 0 },
        { "0e999999999999999999999", 0 }, { "1e-99999999999999999999", 0 },
        { "179769313486231580793e288", 1.7976931348623158e308 },
        { "9007199254740993", 9007199254740992.0 },
        { "9007199254740993.0000001", 9007199254740994.0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double v;
        const char *text = cases[i].text;
        ck_assert_msg(hone_parse_f64(text, strlen(text), &v), "%s", text);
        ck_assert_msg(v == cases[i].value, "%s gives %.17g", text, v);
    }
    double v;
    ck_assert(hone_parse_f64("12345", 2, &v) && v == 12);
    ck_assert(hone_parse_f64("-0", 2, &v) && v == 0 && signbit(v));
}
END_TEST

/* 1 + 2^-53 lies half way between two doubles; a digit far behind decides. */
START_TEST(far_digits_decide)
{
    static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
    char text[5000];
    double v;
    memset(text, '0', sizeof text);
    memcpy(text, half, sizeof half - 1);
    ck_assert(hone_parse_f64(text, sizeof text, &v) && v == 1.0);
    text[sizeof text - 1] = '1';
    ck_assert(hone_parse_f64(text, sizeof text, &v) && v == nextafter(1.0, 2.0));
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    memcpy(text + sizeof text - 7, "1e+4992", 7);
    ck_assert(hone_parse_f64(text, sizeof text, &v) && v == 1.0);
}
END_TEST

START_TEST(integers_are_strict)
{
    static const char *const bads[] = { "", "-", "+1", "1.0", "1e3", "0x10", " 1", "1 ", "1_0",
                                        "9223372036854775808", "-9223372036854775809",
                                        "18446744073709551616", "99999999999999999999999" };
    int64_t n = 42;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++)
        ck_assert_msg(!hone_parse_i64(bads[i], strlen(bads[i]), &n), "%s", bads[i]);
    ck_assert_int_eq(n, 42);
    ck_assert(hone_parse_i64("-9223372036854775808", 20, &n) && n == INT64_MIN);
    ck_assert(hone_parse_i64("9223372036854775807", 19, &n) && n == INT64_MAX);
    ck_assert(hone_parse_i64("012", 3, &n) && n == 12);
    ck_assert(hone_parse_i64("-0", 2, &n) && n == 0);
}
END_TEST

/* Holds in any locale by design; shown here where one with a comma is installed. */
START_TEST(locale_does_not_matter)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i])) break;
    char text[32];
    double v;
    hone_f64_repr(1234.5, text);
    ck_assert_str_eq(text, "1234.5");
    hone_f64_g6(0.25, text);
    ck_assert_str_eq(text, "0.25");
    ck_assert(hone_parse_f64("1.5", 3, &v) && v == 1.5);
    ck_assert(!hone_parse_f64("1,5", 3, &v));
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void)
{
    TCase *t = support_case("number");
    tcase_add_loop_test(t, text_equals_python, 0, sizeof goldens / sizeof goldens[0]);
    tcase_add_test(t, every_double_reads_back);
    tcase_add_test(t, not_finite_prints_words);
    tcase_add_loop_test(t, bad_reals_are_refused, 0, sizeof bad_f64 / sizeof bad_f64[0]);
    tcase_add_test(t, reals_are_read);
    tcase_add_test(t, far_digits_decide);
    tcase_add_test(t, integers_are_strict);
    tcase_add_test(t, locale_does_not_matter);
    return support_run(t);
}
