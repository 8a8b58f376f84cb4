/* The call grammar: both parsers, flags, places of errors, limits, the writer and its member
 * order. */
#include "model/call.h"
#include "tests/support.h"

#define CALL(body) "<start_function_call>" body "<end_function_call>"

static hone_arena *arena;

static void setup(void)
{
    arena = hone_arena_new();
}

static void teardown(void)
{
    arena = hone_arena_free(arena);
}

static hone_parsed parse(const char *text, bool runtime)
{
    hone_parsed p;
    int rc = runtime ? hone_call_parse_runtime(&p, arena, text, strlen(text), NULL)
                     : hone_call_parse(&p, arena, text, strlen(text), NULL);
    ck_assert_int_eq(rc, 0);
    return p;
}

/* "NAME{json}" of all calls, or the phrase of the error. */
static const char *shown(const hone_parsed *p)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_str(&out, "");
    for (size_t i = 0; i < p->calls.count; i++) {
        hone_buf_str(&out, p->calls.items[i].name);
        hone_json_write(&out, p->calls.items[i].arguments, HONE_JSON_COMPACT);
    }
    if (p->error) hone_buf_printf(&out, "!%s", p->error_text);
    const char *text = hone_arena_strndup(arena, out.data, out.len);
    hone_buf_done(&out);
    return text;
}

static void check(const char *text, const char *ours, const char *device)
{
    hone_parsed p = parse(text, false), r = parse(text, true);
    ck_assert_msg(strcmp(shown(&p), ours) == 0, "%s: ours %s", text, shown(&p));
    ck_assert_msg(strcmp(shown(&r), device) == 0, "%s: device %s", text, shown(&r));
}

START_TEST(both_parsers)
{
    check(CALL("call:f{a:1}"), "f{\"a\":1}", "f{\"a\":1}");
    check(CALL("call:f{a:007}"), "f{\"a\":7}", "!arguments go on without , or }");
    check(CALL("call:f{a:.5}"), "!a string without <escape>", "f{\"a\":0.5}");
    check(CALL("call:f{a:-.5}"), "!a minus sign without digits", "f{\"a\":-0.5}");
    check(CALL("call:f{a:-}"), "!a minus sign without digits", "!a value is missing");
    check(CALL("call:f{a:1.}"), "!arguments go on without , or }",
          "!arguments go on without , or }");
    check(CALL("call:f{a:1e400}"), "!a number too large for a double", "f{\"a\":null}");
    check(CALL("call:f{a:2e3}"), "f{\"a\":2e3}", "f{\"a\":2000.0}");
    check(CALL("call:f{a:e5}"), "!a string without <escape>", "!a number without digits");
    check(CALL("call:f{a:99999999999999999999}"), "f{\"a\":99999999999999999999}",
        "f{\"a\":1e+20}");
    check(CALL("call:f{e5:1}"), "f{\"e5\":1}", "!a key is missing or no plain name");
    check(CALL("call:f{e-3:1}"), "f{\"e-3\":1}", "!a key is missing or no plain name");
    check(CALL("call:f{e5x:1}"), "f{\"e5x\":1}", "f{\"e5x\":1}");
    check(CALL("call:f{null:1}"), "f{\"null\":1}", "!a key is missing or no plain name");
    check(CALL("call:true{}"), "true{}", "!the name is missing or no plain name");
    check(CALL("call:call{}"), "call{}", "!the name is missing or no plain name");
    check(CALL("call:caller{}"), "caller{}", "caller{}");
    check(CALL("call:1f{}"), "1f{}", "!the name is missing or no plain name");
    check(CALL("call:$f{}"), "$f{}", "!the name is missing or no plain name");
    check(CALL("call:f{a:<ctrl46>x<escape>}"), "!a value is missing", "f{\"a\":\"x\"}");
    check(CALL("call:f{a:<|\"|>x<|\"|>}"), "!a value is missing", "f{\"a\":\"x\"}");
    check(CALL("call:f{a:<escape>x<|\"|>,b:<escape>y<escape>}"),
          "!arguments go on without , or }", "f{\"a\":\"x\",\"b\":\"y\"}");
    check(CALL(""), "!a call does not begin with call:", "");
    check(CALL(" "), "!a call does not begin with call:", "!a call does not begin with call:");
    check(CALL("call:f"), "f{}", "f{}");
    check(CALL("call : f { }"), "f{}", "f{}");
    check(CALL("call:f{} x"), "!text behind the arguments", "!text behind the arguments");
    check(CALL("call:f{a:[1,]}"), "!a value is missing", "!a value is missing");
    check("<start_function_call>call:f{", "!a call without its end marker", "");
    check(CALL("call:f{}") "<start_function_call>call:g", "f{}!a call without its end marker",
        "f{}");
    check(CALL("call:f{a:}") CALL("call:g{}"), "g{}!a value is missing", "g{}!a value is missing");
}
END_TEST

/* The device cuts a string that seems to run into another argument of the same call. */
START_TEST(runtime_cuts_tails)
{
    const char *text = CALL("call:f{body:<escape>bring date, time<escape>,time:<escape>7<escape>}");
    check(text, "f{\"body\":\"bring date, time\",\"time\":\"7\"}", "f{\"body\":\"bring date\","
        "\"time\":\"7\"}");
    check(CALL("call:f{a:<escape>x` , b : 3, c<escape>,b:1}"), "f{\"a\":\"x` , b : 3, c\",\"b\":1}",
          "f{\"a\":\"x\",\"b\":1}");
    check(CALL("call:f{a:<escape>x, bc<escape>,b:1}"), "f{\"a\":\"x, bc\",\"b\":1}",
          "f{\"a\":\"x, bc\",\"b\":1}");
    check(CALL("call:f{a:<escape>x, a<escape>}"), "f{\"a\":\"x, a\"}", "f{\"a\":\"x, a\"}");
}
END_TEST

START_TEST(flags_and_content)
{
    ck_assert_uint_eq(parse(CALL("call:f{a:None}"), false).flags, HONE_CALL_FLAG_PYTHON_WORD);
    ck_assert_uint_eq(parse(CALL("call:f{a:-01}"), false).flags, HONE_CALL_FLAG_LEADING_ZERO);
    ck_assert_uint_eq(parse(CALL("call:f{a:1,a:2}"), false).flags, HONE_CALL_FLAG_DUPLICATE_KEY);
    ck_assert_uint_eq(parse(CALL("call:f{<escape>a b<escape>:1}"), false).flags,
                      HONE_CALL_FLAG_ESCAPED_KEY);
    ck_assert_uint_eq(parse(CALL("call:f{a:0.5,b:0}"), false).flags, 0);
    ck_assert_str_eq(parse("  Hello.\n<end_of_turn>\n", false).content, "Hello.");
    ck_assert_str_eq(parse("A" CALL("call:f{}") "B<start_function_response><eos>", false).content,
        "AB");
    ck_assert_str_eq(parse("", false).content, "");
    ck_assert_str_eq(parse("<end_function_call>x", false).content, "<end_function_call>x");
    ck_assert_str_eq(parse(CALL("call f{}"), true).content, "call f{}");
    ck_assert_str_eq(parse("x<start_function_call>call", true).content,
                     "x<start_function_call>call");
    ck_assert(parse("\n call:f{a:1}", false).call_like);
    ck_assert(!parse("call:f", false).call_like);
    ck_assert(!parse("call:{a}", false).call_like);
    ck_assert(!parse("call me", false).call_like);
    ck_assert(!parse(CALL("call:f{}"), false).call_like);
}
END_TEST

START_TEST(places_and_limits)
{
    hone_parsed p = parse("ab" CALL("call:f{a:x}"), false);
    ck_assert_uint_eq(p.error_offset, strlen("ab<start_function_call>call:f{a:"));
    p = parse("ab<start_function_call>call", false);
    ck_assert_int_eq(p.error, HONE_CALL_TRUNCATED);
    ck_assert_uint_eq(p.error_offset, 2);
    const char nul[] = CALL("call:f{a\0b:1}");
    ck_assert_int_eq(hone_call_parse(&p, arena, nul, sizeof(nul) - 1, NULL), 0);
    ck_assert_int_eq(p.error, HONE_CALL_SYNTAX);

    hone_buf text = HONE_BUF_INIT(4 << 20);
    for (int deep = 63; deep <= 64; deep++) { /* the arguments are the first level */
        hone_buf_clear(&text);
        hone_buf_str(&text, "<start_function_call>call:f{a:");
        for (int i = 0; i < deep; i++) hone_buf_char(&text, '[');
        for (int i = 0; i < deep; i++) hone_buf_char(&text, ']');
        hone_buf_str(&text, "}<end_function_call>");
        ck_assert_int_eq(parse(text.data, false).error,
                         deep == 63 ? HONE_CALL_OK : HONE_CALL_SYNTAX);
        ck_assert_int_eq(parse(text.data, true).error,
                         deep == 63 ? HONE_CALL_OK : HONE_CALL_SYNTAX);
    }
    hone_buf_clear(&text);
    for (int i = 0; i < 1 << 20; i++) hone_buf_char(&text, 'x');
    ck_assert_int_eq(parse(text.data, false).error, HONE_CALL_OK);
    hone_buf_char(&text, 'x');
    ck_assert_int_eq(parse(text.data, false).error, HONE_CALL_SYNTAX);
    hone_buf_done(&text);
}
END_TEST

static hone_json *json(const char *text)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, text, strlen(text), "test", 1, NULL), 0);
    return v;
}

static void check_order(const char *text, const char *want)
{
    hone_json *o = json(text);
    size_t order[64];
    char have[64];
    ck_assert_int_eq(hone_json_sorted_members(o, order, HONE_KEYS_FOLDED, NULL), 0);
    for (size_t i = 0; i < o->len; i++) have[i] = (char)('a' + order[i]);
    have[o->len] = '\0';
    ck_assert_str_eq(have, want);
}

START_TEST(member_order)
{
    check_order("{}", "");
    check_order("{\"b\":1}", "a");
    check_order("{\"zeta\":1,\"Alpha\":1,\"beta\":1,\"_x\":1,\"a1\":1,\"A0\":1}", "dfebca");
    check_order("{\"b\":1,\"B\":2,\"A\":3,\"a\":4}", "cdab");
    check_order("{\"z\":1,\"\\u00c4\":1,\"\\u00e4\":1,\"y\":1}", "dabc");
    check_order("{\"ab\":1,\"a\":1,\"\":1}", "cba");
    check_order("{\"e\":1,\"d\":1,\"c\":1,\"b\":1,\"a\":1,\"E\":1,\"D\":1}", "edcbgaf");
}
END_TEST

START_TEST(writing)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *o = json("{\"b\":[1,\"x\",null,{\"K\":true}],\"A\":{\"f\":1.50,\"n\":-0.0,"
        "\"i\":-7}}");
    hone_call call = { "f", o };
    hone_calls calls = { &call, 1 };
    hone_call_write(&out, &calls);
    const char *want =
        CALL("call:f{A:{f:1.5,i:-7,n:-0.0},b:[1,<escape>x<escape>,None,{K:true}]}");
    ck_assert_str_eq(out.data, want);
    hone_buf_clear(&out);
    hone_call_write_value(&out, o, false);
    ck_assert_str_eq(out.data, "{<escape>A<escape>:{<escape>f<escape>:1.5,<escape>i<escape>:-7,"
                               "<escape>n<escape>:-0.0},<escape>b<escape>:[1,<escape>x<escape>,"
                               "None,"
                               "{<escape>K<escape>:true}]}");
    hone_buf_done(&out);
    for (int nth = 1; nth < 12; nth++) {
        hone_buf small = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        hone_mem_fail_after(nth, false);
        hone_call_write(&small, &calls);
        bool reached = hone_buf_ok(&small);
        hone_mem_fail_after(0, false);
        if (reached) ck_assert_uint_eq(small.len, strlen(want));
        hone_buf_done(&small);
    }
}
END_TEST

START_TEST(no_memory)
{
    const char *text = "x" CALL("call:f{a:[1,2,3,4,5,6],b:{c:<escape>d<escape>}}") CALL("call:g{}");
    int failures = 0;
    for (int nth = 1; nth < 8; nth++) {
        hone_arena *own = hone_arena_new();
        hone_parsed p;
        hone_mem_fail_after(nth, true);
        int rc = hone_call_parse(&p, own, text, strlen(text), NULL);
        hone_mem_fail_after(0, false);
        ck_assert(rc == 0 || rc == HONE_E_MEMORY);
        failures += rc != 0;
        hone_arena_free(own);
    }
    ck_assert_int_ge(failures, 1);
}
END_TEST

int main(void)
{
    TCase *t = support_case("call");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, both_parsers);
    tcase_add_test(t, runtime_cuts_tails);
    tcase_add_test(t, flags_and_content);
    tcase_add_test(t, places_and_limits);
    tcase_add_test(t, member_order);
    tcase_add_test(t, writing);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
