/* What export refuses or warns about: tool declarations, chat templates, vocabularies. */
#include "tests/support.h"
#include "tests/support_pieces.h"

#include "common/log.h"
#include "export/export_lint.h"
#include "model/row.h"

static int lint_tools(const char *functions, int *ret_warnings, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_json *tools = NULL;
    hone_buf text = HONE_BUF_INIT(1 << 16);
    hone_err_clear(err);
    hone_buf_printf(&text, "[{\"type\":\"function\",\"function\":%s}]", functions);
    ck_assert_int_eq(hone_json_parse(&tools, a, text.data, text.len, "tools", 1, err), 0);
    int rc = hone_export_lint_tools(tools, "tools", ret_warnings, err);
    hone_buf_done(&text);
    hone_arena_free(a);
    return rc;
}

#define FUNCTION(properties)                                                                       \
    "{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\",\"properties\":{"  \
    properties "}}}"
#define GOOD "\"description\":\"d\",\"type\":\"string\""

START_TEST(test_good_tool)
{
    hone_err err;
    int warnings = -1;
    ck_assert_int_eq(lint_tools(FUNCTION("\"a\":{" GOOD "},\"b\":{" GOOD "}"), &warnings, &err), 0);
    ck_assert_int_eq(warnings, 0);
}
END_TEST

START_TEST(test_refused_tools)
{
    static const char *const bad[][2] = {
        { FUNCTION("\"type\":{" GOOD "}"), "tool 'f', type: a parameter of this name vanishes" },
        { FUNCTION("\"description\":{" GOOD "}"), "vanishes" },
        { FUNCTION("\"nullable\":{" GOOD "}"), "vanishes" },
        { FUNCTION(
              "\"a\":{\"type\":\"object\",\"description\":\"d\",\"properties\":{\"required\":{" GOOD
              "}}}"),
          "tool 'f', required: a parameter of this name vanishes" },
        { FUNCTION("\"a\":{\"type\":\"array\",\"description\":\"d\",\"items\":{\"type\":\"object\","
                   "\"properties\":{\"properties\":{" GOOD "}}}}"),
          "vanishes" },
        { FUNCTION("\"a\":{\"type\":\"string\",\"description\":\"ends <escape> here\"}"),
          "spells a control token" },
        { FUNCTION("\"a\":{" GOOD ",\"enum\":[\"x\",\"<end_of_turn>\"]}"),
          "spells a control token" },
        { "{\"name\":\"f\",\"description\":\"<start_function_call>\"}", "spells a control token" },
    };
    hone_err err;
    ck_assert_int_eq(lint_tools(bad[_i][0], NULL, &err), HONE_E_DATA);
    ck_assert_msg(strstr(err.message, bad[_i][1]) != NULL, "%s", err.message);
    ck_assert(err.hint[0]);
}
END_TEST

START_TEST(test_warned_tools)
{
    static const char *const odd[] = {
        FUNCTION("\"a\":{\"type\":\"string\"}"),
        FUNCTION("\"a\":{\"type\":\"string\",\"description\":\"\"}"),
        FUNCTION("\"a\":{\"description\":\"d\"}"),
        FUNCTION("\"a\":{\"type\":[\"string\",\"number\"],\"description\":\"d\"}"),
        FUNCTION("\"a\":{\"type\":\"integer\",\"description\":\"d\",\"enum\":[1]}"),
        FUNCTION("\"a\":{" GOOD ",\"default\":\"x\"}"),
        FUNCTION("\"a\":{" GOOD "},\"A\":{" GOOD "}"),
        FUNCTION("\"1st\":{" GOOD "}"),
        FUNCTION("\"call\":{" GOOD "}"),
        FUNCTION("\"e5\":{" GOOD "}"),
        FUNCTION("\"E-12\":{" GOOD "}"),
        FUNCTION("\"a$\":{" GOOD "}"),
        "{\"name\":\"f\",\"description\":\"\"}",
        "{\"name\":\"true\",\"description\":\"d\"}",
        "{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"properties\":{\"a\":{" GOOD "}}}}",
    };
    hone_err err;
    int warnings = 0;
    ck_assert_int_eq(lint_tools(odd[_i], &warnings, &err), 0);
    ck_assert_int_eq(warnings, 1);
}
END_TEST

START_TEST(test_names_that_are_fine)
{
    hone_err err;
    int warnings = -1;
    const char *f =
        FUNCTION("\"_a.b-c9\":{" GOOD "},\"e\":{" GOOD "},\"e5x\":{" GOOD "},\"email\":{" GOOD "}");
    ck_assert_int_eq(lint_tools(f, &warnings, &err), 0);
    ck_assert_int_eq(warnings, 0);
}
END_TEST

static int lint_template(const char *text, hone_err *err)
{
    hone_err_clear(err);
    return hone_export_lint_template(text, strlen(text), "t.jinja", err);
}

START_TEST(test_templates)
{
    static const char *const good[] = {
        "",
        "plain .get(1) text",
        "{{ bos_token }}{% if m.content %}{{ m['role'] | trim }}{% endif %}",
        "{{ x.strip().split(',') | join('.get(') }}",
        "{# a.get('x') #}{{ a.items() }}",
        "{{ \"quoted \\\" .get(\" }}{{ loop.cycle('a', 'b') }}",
        "{{ x.startswith ('a') }}",
        "{{ 1.5 }}",
    };
    static const char *const bad[] = {
        "{{ m.get('role') }}", "{%- if a.isdigit() -%}",   "{{ ns.x.upper() }}",
        "{{ a.get\n ('x') }}", "{{ '}}' ~ a.format(1) }}",
    };
    hone_err err;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ck_assert_msg(lint_template(good[i], &err) == 0, "%zu: %s", i, err.message);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(lint_template(bad[i], &err), HONE_E_DATA);
    ck_assert_int_eq(lint_template("a\n\n{{ m.get(1) }}", &err), HONE_E_DATA);
    ck_assert_int_eq(err.line, 3);
    ck_assert_str_eq(err.message, "the device's template engine has no method .get()");
    ck_assert_int_eq(lint_template("\xff", &err), HONE_E_DATA);
}
END_TEST

START_TEST(test_pieces)
{
    hone_tokenizer *t = support_tiny_tokenizer(320);
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_err err;
    ck_assert_int_eq(hone_tokenizer_write_proto(t, &b, &err), 0);
    ck_assert_int_eq(hone_export_lint_pieces(b.data, b.len, 320, "test", &err), 0);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_export_lint_pieces(b.data, b.len, 321, "test", &err), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "320 pieces, the embedding 321 rows"));
    ck_assert_int_lt(hone_export_lint_pieces(b.data, b.len - 3, 320, "test", &err), 0);
    hone_buf_done(&b);
    hone_tokenizer_free(t);
}
END_TEST

int main(void)
{
    TCase *t = support_case("lint");
    tcase_add_test(t, test_good_tool);
    tcase_add_loop_test(t, test_refused_tools, 0, 8);
    tcase_add_loop_test(t, test_warned_tools, 0, 15);
    tcase_add_test(t, test_names_that_are_fine);
    tcase_add_test(t, test_templates);
    tcase_add_test(t, test_pieces);
    return support_run(t);
}
