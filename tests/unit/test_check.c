/* The data doctor: one defect a row, each found with its line and code. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "datasets/check.h"

static hone_arena *arena;
static hone_err err;
static char folder[] = "/tmp/hone-check-XXXXXX";

static hone_json *parse(const char *text)
{
    hone_json *v;
    ck_assert_msg(hone_json_parse(&v, arena, text, strlen(text), "test", 1, &err) == 0, "%s",
                  err.message);
    return v;
}

static hone_check *run(const char *lines, const hone_json *tools)
{
    char *path = hone_path_join(folder, "rows.jsonl");
    ck_assert_int_eq(hone_fs_write(path, lines, strlen(lines), &err), 0);
    hone_check_options o = { .tools = tools };
    hone_check *c;
    ck_assert_msg(hone_check_rows(&c, path, &o, &err) == 0, "%s", err.message);
    hone_free(path);
    return c;
}

static bool has(const hone_check *c, int64_t line, const char *code, bool error)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->findings[i].line == line && strcmp(c->findings[i].code, code) == 0 &&
            c->findings[i].error == error)
            return true;
    return false;
}

#define TOOLS                                                                                     \
    "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"F\",\"parameters\":{" \
    "\"type\":\"object\",\"properties\":{"                                                        \
    "\"s\":{\"type\":\"string\",\"description\":\"S\"},\"n\":{\"type\":\"integer\","              \
    "\"description\":\"N\"}},\"required\":[\"s\"]}}}]"
#define USER(text) "{\"messages\":[{\"role\":\"user\",\"content\":\"" text "\"},"
#define CALL(args)                                                                                 \
    "{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"," \
    "\"arguments\":" args "}}]}]}\n"

START_TEST(good_rows)
{
    hone_check *c = run(USER("a") CALL("{\"s\":\"a\"}") USER("b") "{\"role\":\"assistant\","
                                                                  "\"content\":\"no\"}]}\n",
                        parse(TOOLS));
    ck_assert_int_eq(c->errors, 0);
    ck_assert_int_eq(c->warnings, 0);
    ck_assert_int_eq(c->rows, 2);
    ck_assert_int_eq(c->calls, 1);
    ck_assert_int_eq(c->no_calls, 1);
    hone_check_free(c);
}
END_TEST

START_TEST(one_defect_a_row)
{
    static const struct {
        const char *row, *code;
        bool error;
    } cases[] = {
        { "{\"messages\":\n", "json", true },
        { "{\"x\":1}\n", "row", true },
        { USER("c3") CALL("{}"), "missing_argument", true },
        { USER("c4") CALL("{\"s\":\"x\",\"q\":1}"), "unknown_argument", true },
        { USER("c5") CALL("{\"s\":1}"), "wrong_type", true },
        { USER("c6") "{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"g\","
                     "\"arguments\":{}}}]}]}\n",
          "undeclared_function", true },
        { USER("c7 <end_of_turn>") CALL("{\"s\":\"x\"}"), "control_token", true },
        { USER("c8") CALL("{\"s\":\"<escape>\"}"), "control_token", true },
        { USER("c9") "{\"role\":\"assistant\",\"content\":\" \"}]}\n", "empty_target", true },
        { "{\"messages\":[{\"role\":\"user\",\"content\":\"c10\"}]}\n", "no_target", true },
        { USER("c11") CALL("{\"s\":\"x\",\"n\":null}"), "null_key", false },
        { USER("c12") CALL("{\"s\":\"x, n\",\"n\":1}"), "device_cuts", false },
        { USER("c13") CALL("{\"s\":\"x\",\"n\":9007199254740993}"), "number", false },
        { USER("c14") "{\"role\":\"assistant\",\"content\":\"ok\",\"tool_calls\":[{\"function\":{"
                      "\"name\":\"f\",\"arguments\":{\"s\":\"x\"}}}]}]}\n",
          "text_with_calls", false },
        { USER("c15 \\u202e") CALL("{\"s\":\"x\"}"), "hostile_text", false },
    };
    size_t n = sizeof cases / sizeof *cases;
    hone_buf b = HONE_BUF_INIT(1 << 20);
    for (size_t i = 0; i < n; i++) {
        hone_buf_clear(&b);
        hone_buf_str(&b, USER("first") CALL("{\"s\":\"a\"}"));
        hone_buf_str(&b, cases[i].row);
        hone_check *c = run(b.data, parse(TOOLS));
        ck_assert_msg(has(c, 2, cases[i].code, cases[i].error), "case %zu: %s not found (%s)", i,
                      cases[i].code, c->count ? c->findings[0].text : "nothing found");
        hone_check_free(c);
    }
    hone_buf_done(&b);
}
END_TEST

START_TEST(repeats)
{
    hone_check *c = run(USER("a") CALL("{\"s\":\"a\"}") USER("a") CALL("{\"s\":\"a\"}") USER("a")
                            CALL("{\"s\":\"b\"}"),
                        parse(TOOLS));
    ck_assert(has(c, 2, "duplicate", false));
    ck_assert(has(c, 3, "same_text", false));
    hone_check_free(c);
}
END_TEST

START_TEST(tools_traps)
{
    static const struct {
        const char *properties, *code;
        bool error;
    } cases[] = {
        { "\"type\":{\"type\":\"string\",\"description\":\"d\"}", "reserved_name", true },
        { "\"a\":{\"type\":\"float\",\"description\":\"d\"}", "foreign_type", false },
        { "\"a\":{\"type\":[\"string\",\"null\"],\"description\":\"d\"}", "type_list", false },
        { "\"a\":{\"type\":\"string\"}", "no_description", false },
        { "\"a\":{\"type\":\"integer\",\"description\":\"d\",\"enum\":[1,2]}", "enum_not_printed",
          false },
        { "\"a\":{\"type\":\"integer\",\"description\":\"d\",\"minimum\":1}", "key_not_printed",
          false },
        { "\"B\":{\"type\":\"string\",\"description\":\"d\"},\"b\":{\"type\":\"string\","
          "\"description\":\"d\"}",
          "case_twins", false },
        { "\"9\":{\"type\":\"string\",\"description\":\"d\"}", "device_name", false },
        { "\"a\":{\"description\":\"d\"}", "no_type", false },
    };
    hone_buf b = HONE_BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_buf_clear(&b);
        hone_buf_printf(&b,
                        "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":"
                        "\"F\",\"parameters\":"
                        "{\"type\":\"object\",\"properties\":{%s}}}}]",
                        cases[i].properties);
        hone_check *c =
            run(USER("x") "{\"role\":\"assistant\",\"content\":\"y\"}]}\n", parse(b.data));
        ck_assert_msg(has(c, 0, cases[i].code, cases[i].error), "case %zu: %s", i, cases[i].code);
        hone_check_free(c);
    }
    hone_buf_done(&b);
}
END_TEST

START_TEST(empty_and_absent)
{
    hone_check *c = run("\n", NULL);
    ck_assert(has(c, 0, "no_rows", true));
    hone_check_free(c);
    hone_check_options o = { 0 };
    ck_assert_int_eq(hone_check_rows(&c, "/nonexistent/rows.jsonl", &o, &err), HONE_E_NOT_FOUND);
}
END_TEST

static void set_up(void)
{
    hone_err_clear(&err);
    arena = hone_arena_new();
}

static void tear_down(void)
{
    arena = hone_arena_free(arena);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    Suite *s = suite_create("check");
    TCase *t = tcase_create("check");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, good_rows);
    tcase_add_test(t, one_defect_a_row);
    tcase_add_test(t, repeats);
    tcase_add_test(t, tools_traps);
    tcase_add_test(t, empty_and_absent);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    hone_fs_remove_tree(folder, NULL);
    return failed != 0;
}
