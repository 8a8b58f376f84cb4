/*
 * The survey of a row file: counts, repeats, the generator's refusals, and a page in which no text
 * of a row can become markup.
 */
#include <string.h>

#include "datasets/survey.h"
#include "tests/support.h"

static const char rows_text[] =
    "{\"messages\":[{\"role\":\"user\",\"content\":\"light <script>alert(1)</script> "
    "on\"},{\"role\":"
    "\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"light\","
    "\"arguments\":{\"on\":true,\"room\":\"<b>\"}}}]}],\"source\":{\"style\":\"casual\"}}\n"
    "{\"messages\":[{\"role\":\"user\",\"content\":\"light <script>alert(1)</script> "
    "on\"},{\"role\":"
    "\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"light\","
    "\"arguments\":{\"on\":false}}}]}]}\n"
    "{\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"},{\"role\":\"assistant\","
    "\"content\":\"Hello.\"}]}\n";

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"light\",\"parameters\":{\"type\":\"object\","
    "\"properties\":{\"on\":{\"type\":\"boolean\"},\"room\":{\"type\":\"string\"}}}}}]";

static const char generation_text[] =
    "{\"refused\":3,\"spent\":0.25,\"refused_per_category\":{\"light\":{\"schema\":3}},"
    "\"refused_examples\":{\"schema\":[\"</code><img src=x onerror=y>\"]}}";

static int64_t figure(const hone_json *o, const char *part, const char *key)
{
    int64_t n = -1;
    hone_json_i64(hone_json_get(part ? hone_json_get(o, part) : o, key), &n);
    return n;
}

START_TEST(counts_and_page)
{
    char dir[64];
    hone_err err;
    hone_arena *a = hone_arena_new();
    hone_json *tools;
    hone_json *generation;
    hone_json *s;
    hone_rows *rows;
    hone_buf page = HONE_BUF_INIT(1 << 20);
    hone_err_clear(&err);
    support_scratch(dir);
    const char *path = support_path(dir, "rows.jsonl");
    ck_assert_int_eq(hone_fs_write(path, rows_text, strlen(rows_text), &err), 0);
    ck_assert_int_eq(hone_json_parse(&tools, a, tools_text, strlen(tools_text), "t", 1, &err), 0);
    ck_assert_int_eq(
        hone_json_parse(&generation, a, generation_text, strlen(generation_text), "g", 1, &err), 0);
    hone_rows_options o = { .row = { .tools = tools, .sort_tools = true } };
    ck_assert_msg(hone_rows_load(&rows, path, &o, &err) == 0, "%s", err.message);
    ck_assert_int_eq(hone_survey_make(&s, rows, generation, a, &err), 0);
    ck_assert_int_eq(figure(s, NULL, "rows"), 3);
    ck_assert_int_eq(figure(s, "functions", "light"), 2);
    ck_assert_int_eq(figure(s, "kinds", "no call"), 1);
    ck_assert_int_eq(figure(s, "words", "1-2"), 1);
    ck_assert_int_eq(figure(s, NULL, "exact_repeats"), 1);
    ck_assert_int_eq(figure(hone_json_get(s, "values"), "light", "on"), -1);
    ck_assert_int_eq(figure(hone_json_get(hone_json_get(s, "values"), "light"), "on", "true"), 1);
    ck_assert_int_eq(hone_survey_page(&page, s, "rows & <more>.jsonl", &err), 0);
    ck_assert_ptr_null(strstr(page.data, "<script"));
    ck_assert_ptr_null(strstr(page.data, "<img"));
    ck_assert_ptr_null(strstr(page.data, "://"));
    ck_assert_ptr_nonnull(strstr(page.data, "&lt;script&gt;"));
    ck_assert_ptr_nonnull(strstr(page.data, "rows &amp; &lt;more&gt;.jsonl"));
    ck_assert_ptr_nonnull(strstr(page.data, "Refused by the judge"));
    ck_assert_ptr_nonnull(strstr(page.data, "0.2500"));
    hone_buf_done(&page);
    hone_rows_free(rows);
    hone_arena_free(a);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("survey");
    tcase_add_test(t, counts_and_page);
    return support_run(t);
}
