/* Calls against schemas, and the small lints of text and names. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "datasets/lint.h"
#include "datasets/schema.h"

static hone_arena *arena;

static hone_json *parse(const char *text)
{
    hone_json *v;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_msg(hone_json_parse(&v, arena, text, strlen(text), "test", 1, &err) == 0, "%s",
                  err.message);
    return v;
}

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"F\",\"parameters\":{"
    "\"type\":\"OBJECT\",\"properties\":{"
    "\"s\":{\"type\":\"String\",\"description\":\"s\"},\"i\":{\"type\":\"integer\",\"description\":"
    "\"i\"},"
    "\"x\":{\"type\":\"float\",\"description\":\"x\"},\"b\":{\"type\":\"BOOLEAN\",\"description\":"
    "\"b\"},"
    "\"e\":{\"type\":\"string\",\"description\":\"e\",\"enum\":[\"one\",\"two\"]},"
    "\"l\":{\"type\":\"array\",\"description\":\"l\",\"items\":{\"type\":\"object\",\"properties\":"
    "{\"k\":{\"type\":\"integer\",\"description\":\"k\"}},\"required\":[\"k\"]}},"
    "\"a\":{\"type\":\"any\",\"description\":\"a\"},\"u\":{\"type\":[\"string\",\"integer\"],"
    "\"description\":\"u\"},"
    "\"d\":{\"type\":\"dict\",\"description\":\"d\",\"properties\":{\"in\":{\"type\":\"tuple\","
    "\"description\":\"t\",\"items\":{\"type\":\"number\"}}}}},"
    "\"required\":[\"s\"]}}},{\"type\":\"function\",\"function\":{\"name\":\"g\",\"description\":"
    "\"G\",\"parameters\":{\"type\":\"object\"}}}]";

START_TEST(calls)
{
    static const struct {
        const char *name, *arguments;
        hone_schema_fault fault;
        const char *path;
    } cases[] = {
        { "f", "{\"s\":\"x\"}", HONE_SCHEMA_OK, "" },
        { "f",
          "{\"s\":\"x\",\"i\":3,\"x\":2,\"b\":false,\"e\":\"two\",\"l\":[{\"k\":1}],\"a\":[{}],"
          "\"u\":4}",
          HONE_SCHEMA_OK, "" },
        { "f", "{\"s\":\"x\",\"x\":2.5,\"d\":{\"in\":[1,2.5]}}", HONE_SCHEMA_OK, "" },
        { "h", "{}", HONE_SCHEMA_UNDECLARED, "arguments" },
        { "f", "{}", HONE_SCHEMA_MISSING, "arguments" },
        { "f", "{\"s\":\"x\",\"z\":1}", HONE_SCHEMA_UNKNOWN, "arguments" },
        { "f", "{\"s\":1}", HONE_SCHEMA_TYPE, "arguments.s" },
        { "f", "{\"s\":\"x\",\"i\":1.0}", HONE_SCHEMA_TYPE, "arguments.i" },
        { "f", "{\"s\":\"x\",\"i\":\"1\"}", HONE_SCHEMA_TYPE, "arguments.i" },
        { "f", "{\"s\":\"x\",\"b\":0}", HONE_SCHEMA_TYPE, "arguments.b" },
        { "f", "{\"s\":\"x\",\"e\":\"One\"}", HONE_SCHEMA_ENUM, "arguments.e" },
        { "f", "{\"s\":\"x\",\"l\":[{\"k\":1},{}]}", HONE_SCHEMA_MISSING, "arguments.l[1]" },
        { "f", "{\"s\":\"x\",\"l\":[{\"k\":\"1\"}]}", HONE_SCHEMA_TYPE, "arguments.l[0].k" },
        { "f", "{\"s\":\"x\",\"u\":true}", HONE_SCHEMA_TYPE, "arguments.u" },
        { "f", "{\"s\":\"x\",\"d\":{\"in\":[\"1\"]}}", HONE_SCHEMA_TYPE, "arguments.d.in[0]" },
        { "f", "{\"s\":null}", HONE_SCHEMA_TYPE, "arguments.s" },
        { "g", "{}", HONE_SCHEMA_OK, "" },
        { "g", "{\"q\":1}", HONE_SCHEMA_UNKNOWN, "arguments" },
    };
    const hone_json *tools = parse(tools_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_schema_finding found;
        hone_schema_fault f =
            hone_schema_call(tools, cases[i].name, parse(cases[i].arguments), &found);
        ck_assert_msg(f == cases[i].fault, "%s %s: %s", cases[i].name, cases[i].arguments,
                      hone_schema_word(f));
        if (f) ck_assert_str_eq(found.path, cases[i].path);
        ck_assert_int_eq(hone_schema_call(tools, cases[i].name, parse(cases[i].arguments), NULL),
                         f);
    }
    ck_assert_int_eq(hone_schema_call(tools, "f", parse("[1]"), NULL), HONE_SCHEMA_TYPE);
}
END_TEST

START_TEST(odd_schemas)
{
    ck_assert_int_eq(hone_schema_value(parse("{}"), parse("{\"a\":[null]}"), NULL), HONE_SCHEMA_OK);
    ck_assert_int_eq(hone_schema_value(parse("3"), parse("1"), NULL), HONE_SCHEMA_OK);
    ck_assert_int_eq(
        hone_schema_value(parse("{\"type\":\"string\",\"enum\":[]}"), parse("\"x\""), NULL),
        HONE_SCHEMA_OK);
    ck_assert_int_eq(
        hone_schema_value(parse("{\"required\":[3,\"a\"],\"type\":\"object\"}"), parse("{}"), NULL),
        HONE_SCHEMA_MISSING);
    char deep[600];
    size_t n = 0;
    for (int i = 0; i < 100; i++) deep[n++] = '[';
    for (int i = 0; i < 100; i++) deep[n++] = ']';
    deep[n] = 0;
    hone_json *v = parse(deep);
    hone_json *s = parse("{\"type\":\"array\"}");
    for (int i = 0; i < 100; i++) {
        hone_json *outer = parse("{\"type\":\"array\"}");
        hone_json_set(arena, outer, "items", s);
        s = outer;
    }
    ck_assert_int_eq(hone_schema_value(s, v, NULL), HONE_SCHEMA_DEPTH);
}
END_TEST

START_TEST(lints)
{
    ck_assert_str_eq(hone_lint_marker("say <end_of_turn> now"), "<end_of_turn>");
    ck_assert_str_eq(hone_lint_marker("<escape>"), "<escape>");
    ck_assert_ptr_null(hone_lint_marker("a < b and [x]"));
    ck_assert(hone_lint_hostile("a\x1b[31m"));
    ck_assert(hone_lint_hostile("a\u202eb"));
    ck_assert(hone_lint_hostile("\xff"));
    ck_assert(!hone_lint_hostile("h\u00e9llo\nworld"));
    ck_assert(hone_lint_device_name("set_alarm") && hone_lint_device_name("a.b-c"));
    ck_assert(!hone_lint_device_name("1a") && !hone_lint_device_name("call") &&
              !hone_lint_device_name("e5"));
    ck_assert(!hone_lint_device_name("E-3") && !hone_lint_device_name("") &&
              hone_lint_device_name("email"));
    ck_assert(hone_lint_reserved("type") && !hone_lint_reserved("types"));
    const hone_json *cut = parse("{\"body\":\"bring date, time\",\"time\":\"7\",\"x\":\"a, time : "
                                 "b\",\"ok\":\"a, timely\"}");
    ck_assert(hone_lint_device_cuts(cut, 0) && hone_lint_device_cuts(cut, 2));
    ck_assert(!hone_lint_device_cuts(cut, 1) && !hone_lint_device_cuts(cut, 3));
    const char *why;
    ck_assert(hone_lint_number(parse("9007199254740993"), &why) &&
              hone_lint_number(parse("1e30"), &why));
    ck_assert(!hone_lint_number(parse("9007199254740992"), &why) &&
              !hone_lint_number(parse("1.5"), &why));
}
END_TEST

static void set_up(void)
{
    arena = hone_arena_new();
}
static void tear_down(void)
{
    arena = hone_arena_free(arena);
}

int main(void)
{
    Suite *s = suite_create("schema");
    TCase *t = tcase_create("schema");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, calls);
    tcase_add_test(t, odd_schemas);
    tcase_add_test(t, lints);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
