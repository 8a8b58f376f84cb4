/* Row files of other tools: what each becomes, and what is refused with its line. */
#include <string.h>

#include "datasets/csv.h"
#include "datasets/foreign.h"
#include "tests/support.h"

static char dir[64];
static hone_err err;
static hone_buf out;
static int64_t last_line;

static int keep(void *user, hone_arena *a, const hone_json *row, int64_t line, hone_err *e)
{
    (void)user;
    hone_row read;
    hone_row_options o = { NULL, false };
    last_line = line;
    hone_json_write(&out, row, HONE_JSON_COMPACT);
    hone_buf_char(&out, '\n');
    return hone_json_get(row, "tools") ? hone_row_read(&read, a, row, &o, "t", line, e) : 0;
}

/* Converts text; returns the code, rows stand in out. */
static int convert(const char *name, const char *text, const char *answers, const char *part,
                   hone_foreign_format want)
{
    hone_arena *a = hone_arena_new();
    hone_json *tools;
    hone_foreign_format f;
    int64_t left = 0;
    hone_buf_clear(&out);
    hone_err_clear(&err);
    const char *path = support_path(dir, name);
    ck_assert_int_eq(hone_fs_write(path, text, strlen(text), &err), 0);
    ck_assert_int_eq(hone_json_parse(&tools, a, "[{\"name\":\"f\"}]", 14, "t", 1, &err), 0);
    ck_assert_int_eq(hone_foreign_find(&f, "auto", path, &err), 0);
    ck_assert_int_eq(f, want);
    hone_foreign_options o = { .tools = tools, .answers = answers, .part = part };
    int rc = hone_foreign_each(path, f, &o, keep, NULL, &left, &err);
    hone_arena_free(a);
    return rc;
}

static bool holds(const char *text)
{
    return out.data && strstr(out.data, text);
}

START_TEST(csv)
{
    ck_assert_int_eq(convert("a.csv",
                             "\xef\xbb\xbf"
                             "question,function,arguments\r\n"
                             "\"say \"\"hi\"\",\nplease\",f,\"{\"\"a\"\":1}\"\r\n\n"
                             "hello,,\n",
                             NULL, NULL, HONE_FOREIGN_CSV),
                     0);
    ck_assert(holds("\"content\":\"say \\\"hi\\\",\\nplease\""));
    ck_assert(holds("{\"calls\":[{\"name\":\"f\",\"arguments\":{\"a\":1}}]}"));
    ck_assert(holds("\"content\":\"hello\"") && holds("{\"calls\":[]}"));
    ck_assert_int_eq(last_line, 5);
    static const char *const wrong[] = { "a,f\n", "a,f,{}\nb,f,{\n", "a,f,[1]\nc,f,[2]\n",
                                         "a,f,\"{}\nb", "a,f,\"{}\"x\n" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(convert("b.csv", wrong[i], NULL, NULL, HONE_FOREIGN_CSV) == HONE_E_DATA,
                      "case %zu", i);
}
END_TEST

START_TEST(xlam)
{
    const char *text =
        "[{\"id\":7,\"query\":\"where?\",\"answers\":\"[{\\\"name\\\":\\\"find\\\","
        "\\\"arguments\\\":"
        "{\\\"q\\\":\\\"x\\\"}}]\",\"tools\":\"[{\\\"name\\\":\\\"find\\\",\\\"description\\\":"
        "\\\"d\\\",\\\"parameters\\\":{\\\"q\\\":{\\\"type\\\":\\\"str\\\",\\\"description\\\":"
        "\\\"what\\\"},\\\"n\\\":{\\\"type\\\":\\\"List[int], optional\\\",\\\"description\\\":"
        "\\\"how many\\\",\\\"default\\\":5}}}]\"}]";
    ck_assert_msg(convert("a.json", text, NULL, NULL, HONE_FOREIGN_XLAM) == 0, "%s", err.message);
    ck_assert(holds("\"q\":{\"type\":\"string\",\"description\":\"what\"}"));
    ck_assert(holds("\"n\":{\"type\":\"array\",\"description\":\"how many (default: 5)\"}"));
    ck_assert(holds("\"required\":[\"q\"]") && holds("\"id\":7"));
    ck_assert_int_eq(convert("b.jsonl",
                             "{\"query\":\"q\",\"answers\":\"[{\\\"name\\\":1}]\","
                             "\"tools\":\"[]\"}",
                             NULL, NULL, HONE_FOREIGN_XLAM),
                     HONE_E_DATA);
    ck_assert_int_eq(convert("c.jsonl", "{\"query\":\"q\",\"answers\":\"nope\",\"tools\":[]}", NULL,
                             NULL, HONE_FOREIGN_XLAM),
                     HONE_E_DATA);
}
END_TEST

START_TEST(bfcl)
{
    const char *rows =
        "{\"id\":\"simple_1\",\"question\":[[{\"role\":\"user\",\"content\":\"go\"}]],"
        "\"function\":[{\"name\":\"m.go\",\"description\":\"d\",\"parameters\":{"
        "\"type\":\"dict\",\"properties\":{\"a\":{\"type\":\"float\"}}}}]}\n";
    const char *answers = support_path(dir, "answers.json");
    const char *text = "{\"id\":\"simple_1\",\"ground_truth\":[{\"m.go\":{\"a\":[2.5,\"x\"],"
                       "\"b\":[\"\",1]}}]}\n";
    ck_assert_int_eq(hone_fs_write(answers, text, strlen(text), &err), 0);
    ck_assert_msg(convert("a.json", rows, answers, NULL, HONE_FOREIGN_BFCL) == 0, "%s",
                  err.message);
    ck_assert(holds("{\"calls\":[{\"name\":\"m.go\",\"arguments\":{\"a\":2.5}}]}"));
    ck_assert_int_eq(convert("a.json", rows, NULL, NULL, HONE_FOREIGN_BFCL), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "possible answer"));
}
END_TEST

START_TEST(sharegpt)
{
    const char *text =
        "{\"conversations\":[{\"from\":\"human\",\"value\":\"hi\"},{\"from\":\"function_call\","
        "\"value\":\"{\\\"name\\\":\\\"f\\\",\\\"arguments\\\":{\\\"a\\\":1}}\"},{\"from\":"
        "\"observation\",\"value\":\"ok\"},{\"from\":\"gpt\",\"value\":\"done\"}],\"system\":\"s\","
        "\"tools\":\"[{\\\"name\\\":\\\"f\\\"}]\"}\n";
    ck_assert_msg(convert("a.jsonl", text, NULL, NULL, HONE_FOREIGN_SHAREGPT) == 0, "%s",
                  err.message);
    ck_assert(holds("\"role\":\"developer\",\"content\":\"s\""));
    ck_assert(holds("\"role\":\"tool\",\"content\":\"ok\",\"name\":\"f\""));
    ck_assert(holds("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}"));
    static const char *const wrong[] = {
        "{\"conversations\":[{\"from\":\"alien\",\"value\":\"hi\"}]}",
        "{\"conversations\":[{\"from\":\"human\",\"value\":1}]}",
        "{\"conversations\":[{\"from\":\"observation\",\"value\":\"x\"}]}",
        "{\"conversations\":[{\"from\":\"function_call\",\"value\":\"x\"}]}",
        "{\"conversations\":7}"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(convert("b.jsonl", wrong[i], NULL, NULL, HONE_FOREIGN_SHAREGPT) ==
                          HONE_E_DATA,
                      "case %zu", i);
}
END_TEST

START_TEST(others)
{
    ck_assert_int_eq(convert("a.jsonl",
                             "{\"prompt\":\"p\",\"completion\":\"c\",\"id\":\"x\"}\n"
                             "{\"prompt\":[{\"role\":\"user\",\"content\":\"u\"}],\"completion\":[{"
                             "\"role\":\"assistant\",\"content\":\"b\"}]}\n",
                             NULL, NULL, HONE_FOREIGN_PROMPT),
                     0);
    ck_assert(holds("\"content\":\"c\"") && holds("\"id\":\"x\"") && holds("\"content\":\"b\""));
    ck_assert_int_eq(
        convert("b.jsonl", "{\"prompt\":1,\"completion\":\"c\"}", NULL, NULL, HONE_FOREIGN_PROMPT),
        HONE_E_DATA);
    const char *mobile = "{\"metadata\":\"train\",\"messages\":[{\"role\":\"user\",\"content\":"
                         "\"one\"}]}\n{\"metadata\":\"eval\",\"messages\":[{\"role\":\"user\","
                         "\"content\":\"two\"}]}\n";
    ck_assert_int_eq(convert("c.jsonl", mobile, NULL, "eval", HONE_FOREIGN_MOBILE), 0);
    ck_assert(holds("two") && !holds("one"));
    ck_assert_int_eq(last_line, 2);
    ck_assert_int_eq(
        convert("d.jsonl", "{\"conversations\":[]}\n7\n", NULL, NULL, HONE_FOREIGN_SHAREGPT),
        HONE_E_DATA);
}
END_TEST

static void begin(void)
{
    support_scratch(dir);
    hone_buf_init(&out, 1 << 20);
}

static void end(void)
{
    hone_buf_done(&out);
    support_scratch_done(dir);
}

int main(void)
{
    TCase *t = support_case("foreign");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, csv);
    tcase_add_test(t, xlam);
    tcase_add_test(t, bfcl);
    tcase_add_test(t, sharegpt);
    tcase_add_test(t, others);
    return support_run(t);
}
