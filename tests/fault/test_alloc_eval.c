/*
 * Every allocation of an evaluation fails once: judging, the report, the gate, and its forms either
 * work or say that memory ran out.
 */
#include <math.h>
#include <string.h>

#include "eval/gate.h"
#include "eval/report_files.h"
#include "tests/fault/alloc_loop.h"

#define C(body) "<start_function_call>call:" body "<end_function_call>"

static const struct { const char *id, *expected, *text; } samples[] = {
    { "a", "[{\"name\":\"f\",\"arguments\":{\"n\":1}}]", C("f{n:1}") },
    { "b", "[{\"name\":\"f\",\"arguments\":{\"n\":1}}]", C("f{n:2}") },
    { "c", "[{\"name\":\"f\",\"arguments\":{\"n\":1,\"m\":2}}]", C("f{n:1}") },
    { "d", "[{\"name\":\"g\",\"arguments\":{}},{\"name\":\"f\",\"arguments\":{\"n\":3}}]",
      C("f{n:3}") C("g{}") },
    { "e", "[]", "no</script>" },
    { "f", "[]", C("f{n:") },
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* Rows and a baseline, made before anything fails. */
static hone_rows *rows;
static hone_arena *arena;
static hone_json *before;
static hone_answer answers[SAMPLES];

static void open_rows(const char *dir)
{
    hone_err err;
    hone_buf text = HONE_BUF_INIT(1 << 20), base = HONE_BUF_INIT(1 << 20);
    hone_err_clear(&err);
    hone_buf_str(&base, "{\"format\":\"hone-baseline/1\",\"rows\":{");
    for (int i = 0; i < SAMPLES; i++)
        hone_buf_printf(&text, "{\"id\":\"%s\",\"group\":\"g%d\",\"messages\":[{\"role\":\"user\","
                               "\"content\":\"say\"}],\"expected\":{\"calls\":%s}}\n",
                        samples[i].id, i / 2, samples[i].expected);
    const char *path = support_path(dir, "rows.jsonl");
    ck_assert_int_eq(hone_fs_write(path, text.data, text.len, &err), 0);
    ck_assert_int_eq(hone_rows_load(&rows, path, NULL, &err), 0);
    for (int i = 0; i < SAMPLES; i++) {
        hone_buf_printf(&base, "%s\"%s\":[\"%.12s\",1]", i ? "," : "", samples[i].id,
                        rows->items[i].hash);
        answers[i] = (hone_answer){ .present = true, .text = samples[i].text,
                                    .text_len = strlen(samples[i].text), .stop = HONE_STOP_TOKEN,
                                    .stop_id = -1, .num_ids = -1, .prompt_tokens = 9,
                                    .margin_min = 0.5, .logprob = -0.1 };
    }
    hone_buf_str(&base, "}}");
    arena = hone_arena_new();
    ck_assert_int_eq(hone_json_parse(&before, arena, base.data, base.len, "b", 1, &err), 0);
    hone_buf_done(&text);
    hone_buf_done(&base);
}

static int form(void (*make)(hone_buf *out, const hone_report *r), const hone_report *r,
                hone_err *err)
{
    hone_buf out = HONE_BUF_INIT(1 << 24);
    make(&out, r);
    bool ok = hone_buf_ok(&out);
    hone_buf_done(&out);
    return ok ? HONE_OK : hone_err_memory(err, "a form", 0);
}

static void junit(hone_buf *out, const hone_report *r)
{
    hone_report_junit(out, r, false);
}

static void junit_by_function(hone_buf *out, const hone_report *r)
{
    hone_report_junit(out, r, true);
}

static void page(hone_buf *out, const hone_report *r)
{
    hone_report_html(out, r, NULL, 0, "stamp");
}

static int evaluate(const char *dir, hone_err *err)
{
    const hone_gate_options o = { .alpha = 0.05, .max_regression = 0.02, .min_accuracy = 0.1,
                                  .min_function = NAN, .functions = true, .seed = 1 };
    hone_report *r = NULL;
    int code;
    (void)dir;
    int rc = hone_report_make(&r, rows, answers, NULL, err);
    if (rc == 0) rc = hone_gate_judge(r, before, &o, &code, err);
    if (rc == 0) rc = form(junit, r, err);
    if (rc == 0) rc = form(junit_by_function, r, err);
    if (rc == 0) rc = form(hone_report_markdown, r, err);
    if (rc == 0) rc = form(page, r, err);
    hone_report_free(r);
    return rc;
}

START_TEST(test_evaluation)
{
    char dir[64];
    support_scratch(dir);
    open_rows(dir);
    alloc_loop(evaluate, dir, NULL);
    hone_rows_free(rows);
    hone_arena_free(arena);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("alloc_eval");
    tcase_add_test(t, test_evaluation);
    return support_run(t);
}
