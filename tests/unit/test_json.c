/* JSON text, trees and getters (common/json.h): what is kept, what is refused and where. */
#include <math.h>
#include <string.h>

#include "common/json_direct.h"
#include "common/rng.h"
#include "tests/support.h"

#define GOLDEN HONE_SOURCE_DIR "/tests/golden/functiongemma/"

static hone_arena *arena;
static hone_err err;

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
}

static void teardown(void)
{
    hone_arena_free(arena);
    arena = NULL;
}

static hone_json *parse(const char *text)
{
    hone_json *v = NULL;
    int rc = hone_json_parse(&v, arena, text, strlen(text), "in", 1, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

/* The tree as compact text; the buffer lives in the arena. */
static const char *print(const hone_json *v, int flags)
{
    hone_buf out = HONE_BUF_INIT(1 << 20);
    hone_json_write(&out, v, flags);
    ck_assert(hone_buf_ok(&out));
    const char *copy = hone_arena_strndup(arena, out.data, out.len);
    hone_buf_done(&out);
    return copy;
}

typedef struct bad {
    const char *text;
    int line, offset;
    const char *message; /* must occur in the message */
} bad;

static const bad bads[] = {
    { "", 1, 0, "empty" },
    { "  ", 1, 2, "ends too early" },
    { "[1,2", 1, 4, "ends too early" },
    { "{\"a\":1", 1, 6, "ends too early" },
    { "[\n1,\n2,\n nul]", 4, 12, "invalid token" },
    { "{\"a\":1,\n\"a\":2}", 2, 11, "duplicate" },
    { "{\"a\":1,\"\\u0061\":2}", 1, 15, "duplicate" },
    { "[1 2]", 1, 4, "']' expected" },
    { "{\"a\" 1}", 1, 6, "':' expected" },
    { "{\"a\":1,}", 1, 8, "'}' expected" },
    { "[1,]", 1, 4, "unexpected token" },
    { "{1:2}", 1, 2, "key of an object" },
    { "{1 :2}", 1, 2, "key of an object" },
    { "[1]x", 1, 4, "after the end" },
    { "1 2", 1, 3, "after the end" },
    { "[\n01]", 2, 4, "not a number" },
    { "[+1]", 1, 3, "not a number" },
    { "[.5]", 1, 3, "not a number" },
    { "[1.]", 1, 3, "not a number" },
    { "[1.e5]", 1, 5, "not a number" },
    { "[1e]", 1, 3, "not a number" },
    { "[1e+]", 1, 4, "not a number" },
    { "[1.2.3]", 1, 6, "not a number" },
    { "[-]", 1, 2, "not a number" },
    { "[--1]", 1, 4, "not a number" },
    { "[-01]", 1, 4, "not a number" },
    { "[0x1]", 1, 3, "not a number" },
    { "[1a]", 1, 3, "not a number" },
    { "[1e400]", 1, 6, "too large" },
    { "[-1e400]", 1, 7, "too large" },
    { "nan", 1, 3, "invalid token" },
    { "[NaN]", 1, 4, "invalid token" },
    { "[Infinity]", 1, 9, "invalid token" },
    { "[-Infinity]", 1, 3, "not a number" },
    { "[True]", 1, 5, "invalid token" },
    { "'a'", 1, 1, "invalid token" },
    { "\"\\u0000\"", 1, 8, "NUL" },
    { "\"a", 1, 2, "ends inside a string" },
    { "\"a\\\"", 1, 4, "ends inside a string" },
    { "[\"a\nb\"]", 1, 3, "line ends inside" },
    { "[\"a\tb\"]", 1, 3, "control character" },
    { "\"\\ud800\"", 1, 8, "invalid Unicode" },
    { "\"\\ud800\\u0041\"", 1, 14, "invalid Unicode" },
    { "\"\\x\"", 1, 3, "invalid escape" },
    { "\"\xff\"", 1, 1, "decode byte 0xff" },
    { "\"\xed\xa0\x80\"", 1, 1, "decode byte" },
    { "\"\xc0\x80\"", 1, 1, "decode byte" },
    { "\xef\xbb\xbf[]", 1, 3, "invalid token" },
    { "/* c */ 1", 1, 1, "invalid token" },
};

START_TEST(bad_text_is_refused_with_its_place)
{
    const bad *b = &bads[_i];
    hone_json *v = NULL;
    int rc = hone_json_parse(&v, arena, b->text, strlen(b->text), "in", 1, &err);
    ck_assert_msg(rc == HONE_E_DATA, "%s was accepted", b->text);
    ck_assert_ptr_null(v);
    ck_assert_str_eq(err.source, "in");
    ck_assert_msg(strstr(err.message, b->message), "%s: %s", b->text, err.message);
    ck_assert_msg(err.line == b->line, "%s: line %d, %s", b->text, (int)err.line, err.message);
    ck_assert_msg(err.offset == b->offset, "%s: offset %d, %s", b->text, (int)err.offset,
                  err.message);
}
END_TEST

START_TEST(raw_nul_is_refused)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, "[1,\0]", 5, "in", 1, &err), HONE_E_DATA);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_json_parse(&v, arena, "\"a\0b\"", 5, "in", 1, &err), HONE_E_DATA);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_json_parse(&v, arena, "1\0", 2, "in", 1, &err), HONE_E_DATA);
}
END_TEST

START_TEST(lines_count_from_the_first_line)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, "[1,\n01]", 7, "rows", 40, &err), HONE_E_DATA);
    ck_assert_int_eq(err.line, 41);
    ck_assert_ptr_nonnull(strstr(err.message, "column 3"));
}
END_TEST

START_TEST(values_know_their_lines)
{
    hone_json *v = parse("{\n \"a\": [1,\n  {\"b\": null}],\n\n \"c\":\n \"x\"}");
    ck_assert_int_eq(v->line, 1);
    ck_assert_int_eq(v->members[0].line, 2);
    ck_assert_int_eq(v->members[1].line, 5);
    ck_assert_int_eq(hone_json_get(v, "c")->line, 6);
    hone_json *inner = hone_json_at(hone_json_get(v, "a"), 1);
    ck_assert_int_eq(inner->line, 3);
    ck_assert_int_eq(inner->members[0].line, 3);
}
END_TEST

static const char *const kept[] = {
    "null", "true", "false", "0", "-1", "12345678901234567890", "9007199254740993",
    "-9223372036854775809", "1.0", "-0.0", "0.1", "19.989999999999998", "1e5", "1E+05", "1e-400",
    "123456789012345678901234567890.5", "\"\"", "\"a\"", "\"\xf0\x9f\x98\x80\"", "[]", "{}",
    "[[[]],{}]", "{\"b\":1,\"a\":2}", "\"\x7f\"", "\"\x7f\x7f" "1\"", "[\"\x7f" "12\",12]",
    "{\"\x7f" "1\":1,\"\x7f\x7f" "1\":2,\"1\":3}", "\"e\"", "[\"1e5\",\"-\"]", "\"\\\\\\\"\"",
    "\"\\u0001\\n\"",
};

START_TEST(text_survives)
{
    ck_assert_str_eq(print(parse(kept[_i]), HONE_JSON_COMPACT), kept[_i]);
}
END_TEST

START_TEST(spellings_become_one)
{
    ck_assert_str_eq(print(parse(" [ -0 , -0e0 ] "), 0), "[0,-0e0]");
    ck_assert_str_eq(print(parse("\"\\u007F1\""), 0), "\"\x7f" "1\"");
    ck_assert_str_eq(print(parse("\"\\u007f\\u007f\""), 0), "\"\x7f\x7f\"");
    ck_assert_str_eq(print(parse("\"\\ud83d\\ude00\\/\""), 0), "\"\xf0\x9f\x98\x80/\"");
    ck_assert_int_eq(parse("-0")->type, HONE_JSON_INT);
    ck_assert_int_eq(parse("-0.0")->type, HONE_JSON_REAL);
    ck_assert_int_eq(parse("1e2")->type, HONE_JSON_REAL);
    ck_assert_int_eq(parse("\"1\"")->type, HONE_JSON_STRING);
}
END_TEST

static int parse_nested(int depth, const char *open, const char *close)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_json *v;
    for (int i = 0; i < depth; i++) hone_buf_str(&text, open);
    hone_buf_str(&text, "1");
    for (int i = 0; i < depth; i++) hone_buf_str(&text, close);
    int rc = hone_json_parse(&v, arena, text.data, text.len, "in", 1, &err);
    hone_buf_done(&text);
    return rc;
}

START_TEST(depth_is_limited)
{
    ck_assert_int_eq(parse_nested(512, "[", "]"), 0);
    ck_assert_int_eq(parse_nested(512, "{\"a\":", "}"), 0);
    ck_assert_int_eq(parse_nested(513, "[", "]"), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "512"));
    hone_err_clear(&err);
    ck_assert_int_eq(parse_nested(100000, "[", ""), HONE_E_DATA);
}
END_TEST

static void load_golden(const char *name, size_t count)
{
    hone_json *v = NULL;
    int rc = hone_json_load(&v, arena, name, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert(hone_json_is(v, HONE_JSON_ARRAY));
    ck_assert_uint_eq(v->len, count);
    hone_json *again = parse(print(v, HONE_JSON_PRETTY));
    ck_assert(hone_json_equal(v, again));
    ck_assert_str_eq(print(v, 0), print(again, 0));
}

START_TEST(golden_files_load)
{
    load_golden(GOLDEN "golden_prompts.json", 118);
    load_golden(GOLDEN "golden_parse.json", 58);
    load_golden(GOLDEN "golden_tokens.json", 182);
}
END_TEST

START_TEST(missing_file_is_named)
{
    hone_json *v = NULL;
    ck_assert_int_lt(hone_json_load(&v, arena, "/nonexistent/x.json", &err), 0);
    char text[1500];
    hone_err_format(&err, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "/nonexistent/x.json"));
}
END_TEST

START_TEST(getters_check_types)
{
    hone_json *o = parse("{\"s\":\"x\",\"i\":7,\"r\":1.5,\"t\":true,\"n\":null,\"a\":[],"
                         "\"big\":99999999999999999999}");
    const char *s;
    int64_t i;
    double d;
    bool b;
    hone_json *v;
    ck_assert_int_eq(hone_json_get_str(&s, o, "s", "y", "f", &err), 0);
    ck_assert_str_eq(s, "x");
    ck_assert_int_eq(hone_json_get_str(&s, o, "none", "y", "f", &err), 0);
    ck_assert_str_eq(s, "y");
    ck_assert_int_eq(hone_json_get_i64(&i, o, "i", 0, 0, 10, "f", &err), 0);
    ck_assert_int_eq(i, 7);
    ck_assert_int_eq(hone_json_get_f64(&d, o, "i", 0, "f", &err), 0);
    ck_assert(d == 7.0);
    ck_assert_int_eq(hone_json_get_bool(&b, o, "t", false, "f", &err), 0);
    ck_assert(b);
    ck_assert_int_eq(hone_json_get_typed(&v, o, "a", HONE_JSON_ARRAY, "f", &err), 0);
    ck_assert_ptr_nonnull(v);
    ck_assert_int_eq(hone_json_get_typed(&v, o, "x", HONE_JSON_ARRAY, "f", &err), 0);
    ck_assert_ptr_null(v);

    i = 42;
    ck_assert_int_eq(hone_json_get_i64(&i, o, "i", 0, 0, 6, "f", &err), HONE_E_DATA);
    ck_assert_str_eq(err.message, "'i' is 7, but must lie in 0..6");
    ck_assert_str_eq(err.source, "f");
    ck_assert_int_eq(hone_json_get_i64(&i, o, "big", 0, INT64_MIN, INT64_MAX, "f", &err),
                     HONE_E_DATA);
    ck_assert_int_eq(hone_json_get_i64(&i, o, "r", 0, 0, 6, "f", &err), HONE_E_DATA);
    ck_assert_str_eq(err.message, "'r' must be an integer, but is a number");
    ck_assert_int_eq(i, 42);
    ck_assert_int_eq(hone_json_get_str(&s, o, "n", "y", "f", &err), HONE_E_DATA);
    ck_assert_str_eq(err.message, "'n' must be a string, but is null");
    ck_assert_int_eq(hone_json_req_str(&s, o, "none", "f", &err), HONE_E_DATA);
    ck_assert_str_eq(err.message, "'none' is missing: it must be a string");
    ck_assert_int_eq(hone_json_req_i64(&i, hone_json_get(o, "a"), "k", 0, 1, "f", &err),
                     HONE_E_DATA);
    ck_assert_str_eq(err.message, "'k' is wanted from an object, but this is an array");
    ck_assert_int_eq(hone_json_get_bool(&b, o, "s", false, "f", &err), HONE_E_DATA);
    ck_assert_int_eq(hone_json_get_f64(&d, o, "s", 0, "f", &err), HONE_E_DATA);
    ck_assert_int_eq(hone_json_get_typed(&v, o, "s", HONE_JSON_OBJECT, "f", &err), HONE_E_DATA);
}
END_TEST

START_TEST(lookups_accept_nothing)
{
    ck_assert_ptr_null(hone_json_get(NULL, "a"));
    ck_assert_ptr_null(hone_json_get(parse("[1]"), "a"));
    ck_assert_ptr_null(hone_json_at(NULL, 0));
    ck_assert_ptr_null(hone_json_at(parse("[1]"), 1));
    ck_assert(hone_json_is_null(NULL));
    ck_assert(hone_json_is_null(parse("null")));
    ck_assert(!hone_json_is(NULL, HONE_JSON_NULL));
    ck_assert(!hone_json_is_number(NULL) && !hone_json_is_bool(NULL));
    ck_assert(hone_json_str_eq(parse("\"ab\""), "ab"));
    ck_assert(!hone_json_str_eq(parse("\"ab\""), "a"));
    ck_assert(!hone_json_str_eq(NULL, "a"));
}
END_TEST

START_TEST(numbers_have_values)
{
    int64_t n;
    ck_assert(hone_json_i64(parse("-9223372036854775808"), &n) && n == INT64_MIN);
    ck_assert(!hone_json_i64(parse("9223372036854775808"), &n));
    ck_assert(!hone_json_i64(parse("1.0"), &n));
    ck_assert(hone_json_f64(parse("0.1")) == 0.1);
    ck_assert(hone_json_f64(parse("12345678901234567890")) == 12345678901234567890.0);
    ck_assert(hone_json_f64(parse("1e-400")) == 0);
    hone_buf digits = HONE_BUF_INIT(1000);
    for (int i = 0; i < 400; i++) hone_buf_char(&digits, '9');
    ck_assert(isinf(hone_json_f64(parse(digits.data))));
    hone_buf_done(&digits);
}
END_TEST

START_TEST(trees_are_built)
{
    hone_json *o = hone_json_new_object(arena), *list = hone_json_new_array(arena);
    for (int i = 0; i < 20; i++)
        ck_assert(hone_json_push(arena, list, hone_json_new_i64(arena, i)));
    ck_assert(hone_json_set(arena, o, "b", hone_json_new_f64(arena, 0.1)));
    ck_assert(hone_json_set(arena, o, "a", list));
    ck_assert(hone_json_set(arena, o, "b", hone_json_new_bool(arena, true)));
    ck_assert(hone_json_set(arena, o, "inf", hone_json_new_f64(arena, HUGE_VAL)));
    const char *text = "{\"b\":true,\"a\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19],"
                       "\"inf\":null}";
    ck_assert_str_eq(print(o, 0), text);
    hone_json *copy = hone_json_copy(arena, o);
    ck_assert(hone_json_push(arena, list, hone_json_new_null(arena)));
    ck_assert_str_eq(print(copy, 0), text);
    ck_assert(!hone_json_equal(o, copy));
    ck_assert(!hone_json_push(arena, list, NULL));
    ck_assert(!hone_json_set(arena, o, "x", NULL));
}
END_TEST

START_TEST(digits_are_made_canonical)
{
    static const char *const pairs[][2] = { { "007", "7" },     { "-0", "0" },    { "000", "0" },
                                            { "-007", "-7" },   { "0", "0" },     { "-00", "0" },
                                            { "-10", "-10" },   { "100", "100" } };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *in = pairs[i][0];
        hone_json *v = hone_json_new_number(arena, HONE_JSON_INT, in, strlen(in));
        ck_assert_str_eq(print(v, 0), pairs[i][1]);
    }
    ck_assert_str_eq(print(hone_json_new_number(arena, HONE_JSON_REAL, "-007.50", 7), 0), "-7.50");
    ck_assert_str_eq(print(hone_json_new_number(arena, HONE_JSON_REAL, "-0.0", 4), 0), "-0.0");
}
END_TEST

START_TEST(equality_is_by_value)
{
    static const struct { const char *a, *b; bool equal; } cases[] = {
        { "1", "1", true }, { "1", "1.0", false }, { "1.0", "1e0", true }, { "1", "\"1\"", false },
        { "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true }, { "[1,2]", "[2,1]", false },
        { "{\"a\":1}", "{\"a\":1,\"b\":2}", false }, { "{\"a\":1}", "{\"b\":1}", false },
        { "true", "false", false }, { "null", "null", true }, { "\"a\"", "\"ab\"", false },
        { "12345678901234567890", "12345678901234567891", false }, { "0.0", "-0.0", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(hone_json_equal(parse(cases[i].a), parse(cases[i].b)) == cases[i].equal,
                      "%s %s", cases[i].a, cases[i].b);
    ck_assert(hone_json_equal(NULL, NULL) && !hone_json_equal(parse("1"), NULL));
}
END_TEST

/* The writer takes eight bytes at a time and gathers some hundreds: every byte at many places. */
START_TEST(any_byte_prints_the_same_anywhere)
{
    char text[700], expected[1400];
    for (int c = 1; c < 0x80; c++)
        for (size_t at = 0; at < 690; at += at < 24 || (at > 500 && at < 520) ? 1 : 61) {
            char shown[8];
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            const char *letter = c >= 8 && c <= 13 && c != 11 ? &"btn?fr"[c - 8] : NULL;
            if (letter) snprintf(shown, sizeof shown, "\\%c", *letter);
            else if (c < 0x20) snprintf(shown, sizeof shown, "\\u%04x", c);
            else snprintf(shown, sizeof shown, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
            size_t n = at + 9;
            snprintf(expected, sizeof expected, "\"%.*s%saaaaaaaa\"", (int)at, text, shown);
            SUPPORT_MUST(strcmp(print(hone_json_new_strn(arena, text, n), 0), expected) == 0);
        }
}
END_TEST

START_TEST(numbers_count_up_in_place)
{
    hone_json *v = hone_json_new_i64(arena, 0);
    for (int64_t n = 1; n < 3000; n++) {
        int64_t got = -1;
        if (!hone_json_count_up(v)) v = hone_json_new_i64(arena, n);
        SUPPORT_MUST(hone_json_i64(v, &got) && got == n);
    }
    ck_assert(!hone_json_count_up(hone_json_new_i64(arena, 9)));
    ck_assert(!hone_json_count_up(hone_json_new_i64(arena, -5)));
    ck_assert(!hone_json_count_up(parse("1.5")) && !hone_json_count_up(NULL));
}
END_TEST

START_TEST(writing_has_three_forms)
{
    hone_json *v = parse("{\"b\":[1,{}],\"a\":{\"d\":1,\"c\":[]},\"ab\":\"\\u001f\\t\"}");
    ck_assert_str_eq(print(v, HONE_JSON_SORTED),
                     "{\"a\":{\"c\":[],\"d\":1},\"ab\":\"\\u001f\\t\",\"b\":[1,{}]}");
    ck_assert_str_eq(print(v, HONE_JSON_PRETTY),
                     "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"d\": 1,\n"
                     "    \"c\": []\n  },\n  \"ab\": \"\\u001f\\t\"\n}");
    hone_json *dirty = hone_json_new_strn(arena, "a\xff\xc3z\x0b", 5);
    ck_assert_str_eq(print(dirty, 0), "\"a\xef\xbf\xbd\xef\xbf\xbdz\\u000b\"");
}
END_TEST

static bool same_lines(const hone_json *a, const hone_json *b)
{
    bool same = a->line == b->line && a->len == b->len;
    for (size_t i = 0; same && a->type == HONE_JSON_ARRAY && i < a->len; i++)
        same = same_lines(a->items[i], b->items[i]);
    for (size_t i = 0; same && a->type == HONE_JSON_OBJECT && i < a->len; i++)
        same = a->members[i].line == b->members[i].line &&
               same_lines(a->members[i].value, b->members[i].value);
    return same;
}

/* Whatever the short way reads is the strict way's tree; what it reads not is refused there. */
static void compare_ways(const char *text, size_t len, int *taken)
{
    hone_json *direct = NULL, *strict = NULL;
    int short_way = hone_json_direct(&direct, arena, text, len, 3);
    int long_way = hone_json_strict(&strict, arena, text, len, "in", 3, &err);
    ck_assert_msg(short_way == (long_way == 0), "%.*s: %d, %d", (int)len, text, short_way,
                  long_way);
    if (short_way != 1) return;
    ck_assert_msg(hone_json_equal(direct, strict) && same_lines(direct, strict), "%.*s", (int)len,
                  text);
    ck_assert_str_eq(print(direct, 0), print(strict, 0));
    (*taken)++;
}

START_TEST(both_ways_read_alike)
{
    static const char seed[] = "{\"a\\u00e9\": [1, -0, 2.5e-3,\n\"x\\n\\\"\\/y \\ud83d\\ude00 "
                               "\xc3\xa9\", "
                               "null],\r\n\"b\":{\"c\":true,\"\":[],\"d\":[false,{}]}\t,"
                               "\"\x7f\":0}";
    static const char bytes[] = "{}[]\",:\\u0d8dcfeE+-.19 \n\t\x01\x7f\xc3\xa9\xed\xa0\xff/tnrb";
    char text[2 * sizeof seed];
    int taken = 0;
    hone_rng rng = { .seed = 5, .stream = HONE_RNG_TEST };
    compare_ways(seed, sizeof seed - 1, &taken);
    ck_assert_int_eq(taken, 1);
    for (int i = 0; i < 20000; i++) {
        size_t len = sizeof seed - 1;
        memcpy(text, seed, len);
        for (uint64_t k = 1 + hone_rng_next_below(&rng, 2); k > 0; k--) {
            size_t at = hone_rng_next_below(&rng, len);
            if (hone_rng_next_below(&rng, 3) == 0) {
                len--;
                memmove(text + at, text + at + 1, len - at);
            } else {
                text[at] = bytes[hone_rng_next_below(&rng, sizeof bytes - 1)];
            }
        }
        compare_ways(text, len, &taken);
        hone_arena_clear(arena);
    }
    ck_assert_int_gt(taken, 1500);
}
END_TEST

START_TEST(wide_objects_take_the_strict_way)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_json *v = NULL;
    for (int i = 0; i < 70; i++) hone_buf_printf(&b, "%s\"%d\":%d", i ? "," : "{", i, i);
    hone_buf_str(&b, "}");
    ck_assert_int_eq(hone_json_direct(&v, arena, b.data, b.len, 1), 0);
    ck_assert_uint_eq(parse(b.data)->len, 70);
    hone_buf_done(&b);
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
    static const char text[] = "{\"a\":[1,2.5,\"x\",\n{\"b\":null}],\"c\":{\"d\":[true]}}";
    int failures = 0;
    for (int64_t i = 1; i < 204; i++) {
        int64_t nth = i < 200 ? i : i - 199;
        hone_arena *a = hone_arena_new();
        hone_json *v = NULL;
        hone_err_clear(&err);
        hone_mem_fail_after(nth, nth % 2 == 0);
        int rc = i < 200 ? hone_json_strict(&v, a, text, sizeof text - 1, "in", 1, &err)
                         : hone_json_parse(&v, a, text, sizeof text - 1, "in", 1, &err);
        hone_mem_fail_after(0, false);
        if (rc < 0) {
            ck_assert_int_eq(rc, HONE_E_MEMORY);
            ck_assert_ptr_null(v);
            failures++;
        }
        hone_arena_free(a);
    }
    ck_assert_int_gt(failures, 10);
}
END_TEST

int main(void)
{
    TCase *t = support_case("json");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, bad_text_is_refused_with_its_place, 0, sizeof bads / sizeof bads[0]);
    tcase_add_test(t, raw_nul_is_refused);
    tcase_add_test(t, lines_count_from_the_first_line);
    tcase_add_test(t, values_know_their_lines);
    tcase_add_loop_test(t, text_survives, 0, sizeof kept / sizeof kept[0]);
    tcase_add_test(t, spellings_become_one);
    tcase_add_test(t, depth_is_limited);
    tcase_add_test(t, golden_files_load);
    tcase_add_test(t, missing_file_is_named);
    tcase_add_test(t, getters_check_types);
    tcase_add_test(t, lookups_accept_nothing);
    tcase_add_test(t, numbers_have_values);
    tcase_add_test(t, trees_are_built);
    tcase_add_test(t, digits_are_made_canonical);
    tcase_add_test(t, equality_is_by_value);
    tcase_add_test(t, numbers_count_up_in_place);
    tcase_add_test(t, any_byte_prints_the_same_anywhere);
    tcase_add_test(t, writing_has_three_forms);
    tcase_add_test(t, both_ways_read_alike);
    tcase_add_test(t, wide_objects_take_the_strict_way);
    tcase_add_test(t, memory_may_run_out_anywhere);
    return support_run(t);
}
