/* Rows and tools: every accepted form gives the same row; every refusal names file, line and
 * cause. */
#include "model/row.h"
#include "tests/support.h"

static hone_arena *arena;

static void setup(void)
{
    arena = hone_arena_new();
}

static void teardown(void)
{
    arena = hone_arena_free(arena);
}

static hone_json *json(const char *text)
{
    hone_json *v = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_json_parse(&v, arena, text, strlen(text), "test", 7, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

static const char *text_of(const hone_json *v)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (v) hone_json_write(&out, v, HONE_JSON_COMPACT);
    const char *text = hone_arena_strndup(arena, out.data ? out.data : "none", out.data ? out.len :
        4);
    hone_buf_done(&out);
    return text;
}

static hone_row read_row(const char *text, const hone_json *tools)
{
    hone_row row;
    hone_row_options o = { tools, true };
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_row_read(&row, arena, json(text), &o, "rows.jsonl", 7, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return row;
}

static void refuse(const char *text, const char *want)
{
    hone_row row;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_row_read(&row, arena, json(text), NULL, "rows.jsonl", 7, &err);
    ck_assert_msg(rc == HONE_E_DATA, "%s: %d", text, rc);
    ck_assert_msg(strstr(err.message, want) != NULL, "wanted '%s', got '%s'", want, err.message);
    ck_assert_str_eq(err.source, "rows.jsonl");
    ck_assert_int_eq(err.line, 7);
}

#define USER "{\"role\":\"user\",\"content\":\"hi\"}"
#define FUNCTION(args) "{\"name\":\"f\",\"arguments\":" args "}"
#define ANSWER                                                                                     \
    "{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":"                 \
    FUNCTION("{\"a\":1}") "}]}"

START_TEST(answer_forms)
{
    static const char *const forms[] = {
        "{\"messages\":[" USER "," ANSWER "]}",
        "{\"messages\":[" USER ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
        "[{\"type\":\"function\",\"function\":" FUNCTION("\"{\\\"a\\\": 1}\"") "}]}]}",
        "{\"messages\":[" USER ",{\"role\":\"model\",\"tool_calls\":[{\"function\":"
        FUNCTION("{\"a\":1,\"b\":null}") "}]}]}",
        "{\"messages\":[" USER "],\"expected\":{\"calls\":[" FUNCTION("{\"a\":1}") "]}}",
        "{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[" FUNCTION("{\"a\":1}")
        "]}]}",
    };
    static const int nulls[] = { 0, 1, 1, 0, 0 };
    const hone_row first = read_row(forms[0], NULL);
    for (size_t i = 0; i < 5; i++) {
        const hone_row row = read_row(forms[i], NULL);
        ck_assert_str_eq(row.hash, first.hash);
        ck_assert_str_eq(row.id, first.id);
        ck_assert(row.has_expected && row.expected.count == 1 && row.prompt_count == 1);
        ck_assert_str_eq(row.expected.items[0].name, "f");
        ck_assert_str_eq(text_of(row.expected.items[0].arguments), "{\"a\":1}");
        ck_assert_str_eq(text_of(row.messages), "[" USER "," ANSWER "]");
        ck_assert_int_eq(row.nulls_dropped, nulls[i]);
    }
    ck_assert_str_eq(first.user_text, "hi");
    ck_assert_str_eq(first.id, "8f434346648f6b96"); /* SHA-256 of "hi" */
    ck_assert_int_eq(first.line, 7);
    ck_assert_ptr_null(first.tools);
    ck_assert_str_eq(first.group, "");
}
END_TEST

START_TEST(answers_without_calls)
{
    hone_row row = read_row("{\"messages\":[" USER
        ",{\"role\":\"assistant\",\"content\":\"no\"}]}", NULL);
    ck_assert(row.has_expected && row.expected.count == 0 && row.prompt_count == 1);
    row = read_row("{\"messages\":[" USER "],\"expected\":{\"calls\":[]}}", NULL);
    ck_assert(row.has_expected && row.expected.count == 0 && row.prompt_count == 1);
    ck_assert_uint_eq(row.messages->len, 1);
    row = read_row("{\"messages\":[" USER "],\"expected\":{\"calls\":[],\"content\":\"no\"}}",
        NULL);
    ck_assert(row.prompt_count == 1 && row.messages->len == 2);
    row = read_row("{\"messages\":[" USER "],\"tools\":null}", NULL);
    ck_assert(!row.has_expected && row.prompt_count == 1 && row.tools == NULL);
}
END_TEST

START_TEST(roles_and_tool_names)
{
    hone_row row = read_row(
        "{\"id\":12,\"group\":\"g\",\"category\":\"c\",\"extra\":[1],\"messages\":["
        "{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\","
        "\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
        "{\"type\":\"text\",\"text\":\"b\"}]},"
        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\","
        "\"function\":{\"name\":\"f\"}},"
        "{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"x\"},"
        "{\"role\":\"function\",\"name\":\"f\",\"content\":{\"v\":1,\"n\":null}},"
        "{\"role\":\"model\",\"content\":\"done\"}]}", NULL);
    ck_assert_str_eq(row.id, "12");
    ck_assert_str_eq(row.group, "g");
    ck_assert_str_eq(row.category, "c");
    ck_assert_str_eq(row.user_text, "ab");
    ck_assert_str_eq(text_of(hone_json_get(row.messages->items[0], "role")), "\"developer\"");
    ck_assert_str_eq(text_of(row.messages->items[3]), "{\"role\":\"tool\",\"tool_call_id\":\"c2\","
                                                      "\"content\":\"x\",\"name\":\"g\"}");
    ck_assert_str_eq(text_of(row.messages->items[4]),
                     "{\"role\":\"tool\",\"name\":\"f\",\"content\":{\"v\":1}}");
    const hone_json *first = hone_json_at(hone_json_get(row.messages->items[2], "tool_calls"), 0);
    first = hone_json_get(first, "function");
    ck_assert_str_eq(text_of(hone_json_get(first, "arguments")), "{}");
    ck_assert_int_eq(row.nulls_dropped, 1);
    ck_assert_ptr_nonnull(strstr(text_of(hone_row_json(arena, &row)), "\"extra\":[1]"));
}
END_TEST

#define TOOL(body) "{\"type\":\"function\",\"function\":{\"name\":\"f\"" body "}}"

START_TEST(tools_of_rows)
{
    static const char *const forms[] = {
        "[" TOOL() "]", "[{\"function\":{\"name\":\"f\"}}]", "[{\"name\":\"f\"}]",
        "[{\"type\":\"function\",\"name\":\"f\",\"description\":null}]",
        "\"[{\\\"function\\\":{\\\"name\\\":\\\"f\\\"}}]\"",
    };
    for (size_t i = 0; i < 5; i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), "{\"messages\":[" USER "],\"tools\":%s}", forms[i]);
        ck_assert_str_eq(text_of(read_row(text, NULL).tools), "[" TOOL() "]");
    }
    hone_row row = read_row("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"parameters\":{\"type\":"
        "\"dict\","
        "\"properties\":{\"b\":{\"type\":\"float\"},\"A\":{\"type\":[\"any\",\"Integer\"]},"
        "\"c\":{\"type\":\"array\","
        "\"items\":{\"type\":\"dict\",\"properties\":{\"y\":{\"type\":\"tuple\"},"
        "\"X\":{\"type\":\"string\"}}}}}}") "]}", NULL);
    ck_assert_str_eq(text_of(hone_json_get(hone_tools_find(row.tools, "f"), "parameters")),
        "{\"type\":\"object\",\"properties\":{\"A\":{\"type\":[\"string\",\"Integer\"]},"
        "\"b\":{\"type\":\"number\"},"
        "\"c\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
        "\"properties\":{\"X\":{\"type\":\"string\"},"
        "\"y\":{\"type\":\"array\"}}}}}}");
    ck_assert_ptr_null(hone_tools_find(row.tools, "g"));
    ck_assert_uint_eq(read_row("{\"messages\":[" USER "],\"tools\":[]}", NULL).tools->len, 0);
}
END_TEST

START_TEST(default_tools)
{
    const hone_json *tools = json("[" TOOL() "]");
    hone_row row = read_row("{\"messages\":[" USER "," ANSWER "]}", tools);
    ck_assert_str_eq(text_of(hone_json_get(row.messages->items[0], "content")), "\""
        HONE_ACTIVATION_LINE "\"");
    ck_assert_uint_eq(row.prompt_count, 2);
    ck_assert_ptr_eq(row.tools, tools);
    /* what is written reads back as the same row: neither line nor tools are in the file */
    const char *written = text_of(hone_row_json(arena, &row));
    ck_assert_ptr_null(strstr(written, "developer"));
    ck_assert_ptr_null(strstr(written, "\"tools\""));
    ck_assert_str_eq(read_row(written, tools).hash, row.hash);
    row = read_row("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"}," USER "]}", tools);
    ck_assert_uint_eq(row.messages->len, 2);
    row = read_row("{\"messages\":[" USER "],\"tools\":[{\"name\":\"g\"}]}", tools);
    ck_assert_uint_eq(row.messages->len, 1);
    ck_assert_ptr_nonnull(strstr(text_of(hone_row_json(arena, &row)), "\"tools\""));
    row = read_row("{\"messages\":[" USER "],\"expected\":{\"calls\":[]}}", tools);
    ck_assert_str_eq(read_row(text_of(hone_row_json(arena, &row)), tools).hash, row.hash);
}
END_TEST

START_TEST(refusals)
{
    refuse("[]", "must be a JSON object");
    refuse("{}", "needs messages");
    refuse("{\"messages\":[]}", "at least one message");
    refuse("{\"messages\":[1]}", "must be an object");
    refuse("{\"messages\":[{\"content\":\"x\"}]}", "has no role");
    refuse("{\"messages\":[{\"role\":\"critic\",\"content\":\"x\"}]}", "unknown role 'critic'");
    refuse("{\"messages\":[{\"role\":\"user\"}]}", "user message without content");
    refuse("{\"messages\":[{\"role\":\"user\",\"content\":5}]}", "must be a string or a list");
    refuse("{\"messages\":[{\"role\":\"user\",\"content\":[\"x\"]}]}", "part 1 of the content");
    refuse("{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}", "needs a user message");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\"}]}", "assistant message without "
        "content");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[]}]}", "without "
        "content");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":{}}]}", "calls must be "
        "a list");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[{}]}]}", "no function "
        "name");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[{\"name\":\"f{\"}]}]}",
           "holds white space or one of");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[" FUNCTION("[]") "]}]}",
           "must be an object");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"tool_calls\":[" FUNCTION("\"{\"")
        "]}]}",
           "arguments of 'f' as a JSON string");
    refuse("{\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"tool_calls\":[" FUNCTION("{}")
        "]}]}",
           "only an assistant message");
    refuse("{\"messages\":[" USER ",{\"role\":\"assistant\",\"function_call\":{}}]}", "old form");
    refuse("{\"messages\":[" USER ",{\"role\":\"tool\",\"content\":\"x\"}]}", "without the name");
    refuse("{\"messages\":[" USER "," ANSWER ",{\"role\":\"tool\",\"content\":\"x\"}," USER "]}",
        "glued");
    refuse("{\"messages\":[" USER "," ANSWER "],\"expected\":{\"calls\":[]}}", "both expected and "
        "an answer");
    refuse("{\"messages\":[" USER "],\"expected\":{}}", "must hold calls");
    refuse("{\"messages\":[" USER "],\"expected\":{\"calls\":[],\"content\":1}}", "must be a "
        "string");
    refuse("{\"messages\":[" USER "],\"id\":true}", "id must be a string");
    refuse("{\"messages\":[" USER "],\"group\":1}", "group must be a string");
    refuse("{\"messages\":[" USER "],\"allowed\":1}", "allowed must be an object");
    refuse("{\"messages\":[" USER "],\"tools\":{}}", "tools must be a list");
    refuse("{\"messages\":[" USER "],\"tools\":\"[\"}", "tools as a JSON string");
    refuse("{\"messages\":[" USER "],\"tools\":[1]}", "tool 1 must be an object");
    refuse("{\"messages\":[" USER "],\"tools\":[{}]}", "tool 1 must be {");
    refuse("{\"messages\":[" USER "],\"tools\":[{\"type\":\"x\",\"name\":\"f\"}]}", "type must be");
    refuse("{\"messages\":[" USER "],\"tools\":[{\"function\":{}}]}", "tool 1 has no name");
    refuse("{\"messages\":[" USER "],\"tools\":[{\"name\":\"a b\"}]}", "the name 'a b'");
    refuse("{\"messages\":[" USER "],\"tools\":[{\"name\":\"f\"},{\"name\":\"f\"}]}", "declared "
        "twice");
    refuse("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"parameters\":[]") "]}", "parameters "
        "must be");
    refuse("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"description\":1") "]}", "description "
        "must be");
    refuse("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"parameters\":{\"properties\":[]}") "]}",
           "properties must be");
    refuse("{\"messages\":[" USER "],\"tools\":["
        TOOL(",\"parameters\":{\"properties\":{\"a\":1}}") "]}",
           "property 'a' must be");
    refuse("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"parameters\":{\"required\":\"a\"}") "]}",
           "required must be a list");
    refuse("{\"messages\":[" USER "],\"tools\":[" TOOL(",\"parameters\":{\"required\":[1]}") "]}",
           "names only");
}
END_TEST

START_TEST(tools_files)
{
    char dir[64];
    hone_json *tools = NULL;
    hone_err err;
    bool changed = false;
    support_scratch(dir);
    const char *path = support_path(dir, "tools.json");
    const char *text = "[\n{\"name\":\"f\",\"parameters\":{\"properties\":{\"b\":{},\"a\":{}}}},"
        "\n{\"name\":\"f\"}]";
    hone_err_clear(&err);
    ck_assert_int_eq(hone_fs_write(path, text, strlen(text), NULL), 0);
    ck_assert_int_eq(hone_tools_load(&tools, arena, path, &err), HONE_E_DATA);
    ck_assert_int_eq(err.line, 3);
    text = "{\"tools\":[{\"name\":\"f\",\"parameters\":{\"properties\":{\"b\":{},\"a\":{}}}}]}";
    ck_assert_int_eq(hone_fs_write(path, text, strlen(text), NULL), 0);
    ck_assert_int_eq(hone_tools_load(&tools, arena, path, NULL), 0);
    hone_json *sorted = hone_tools_sorted(arena, tools, &changed);
    ck_assert(changed);
    ck_assert_ptr_nonnull(strstr(text_of(sorted), "{\"a\":{},\"b\":{}}"));
    ck_assert_ptr_nonnull(strstr(text_of(tools), "{\"b\":{},\"a\":{}}"));
    ck_assert_ptr_nonnull(hone_tools_sorted(arena, sorted, &changed));
    ck_assert(!changed);
    ck_assert_int_eq(hone_fs_write(path, "[]", 2, NULL), 0);
    ck_assert_int_eq(hone_tools_load(&tools, arena, path, NULL), HONE_E_DATA);
    ck_assert_int_eq(hone_tools_load(&tools, arena, support_path(dir, "none"), NULL),
        HONE_E_NOT_FOUND);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("row");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, answer_forms);
    tcase_add_test(t, answers_without_calls);
    tcase_add_test(t, roles_and_tool_names);
    tcase_add_test(t, tools_of_rows);
    tcase_add_test(t, default_tools);
    tcase_add_test(t, refusals);
    tcase_add_test(t, tools_files);
    return support_run(t);
}
