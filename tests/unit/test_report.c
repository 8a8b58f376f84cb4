/*
 * Reports: counts and scores of a small set worked out by hand, prediction files there and back,
 * comparison of two reports, and text that is hostile to a terminal.
 */
#include <math.h>
#include <string.h>

#include "eval/compare.h"
#include "eval/report.h"
#include "tests/support.h"

#define C(body) "<start_function_call>call:" body "<end_function_call>"
#define R "<start_function_response>"
#define S(text) "<escape>" text "<escape>"

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"alarm\",\"description\":\"Sets it.\","
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"hour\":{\"type\":\"integer\","
    "\"description\":\"h\"},\"label\":{\"type\":\"string\",\"description\":\"l\"}},"
    "\"required\":[\"hour\"]}}},{\"type\":\"function\",\"function\":{\"name\":\"light\","
    "\"description\":\"Turns it.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"on\":"
    "{\"type\":\"boolean\",\"description\":\"o\"}},\"required\":[\"on\"]}}}]";

/* id, what is said, expected calls as JSON, answer, stop */
typedef struct sample {
    const char *id, *said, *expected, *answer, *category;
    hone_stop stop;
} sample;

#define ALARM(args) "[{\"name\":\"alarm\",\"arguments\":" args "}]"
#define LIGHT(args) "[{\"name\":\"light\",\"arguments\":" args "}]"

static const sample samples[] = {
    { "a1", "wake me at 7", ALARM("{\"hour\":7}"), C("alarm{hour:7}") R, "time", HONE_STOP_TOKEN },
    { "a2", "wake me at 8", ALARM("{\"hour\":8}"), C("alarm{hour:9}") R, "time", HONE_STOP_TOKEN },
    { "a3", "at 9 for tea", ALARM("{\"hour\":9,\"label\":\"tea\"}"), C("alarm{hour:9}") R, "time",
      HONE_STOP_TOKEN },
    { "a4", "at 9 for tea", ALARM("{\"hour\":9,\"label\":\"tea\"}"),
      C("alarm{hour:9,label:" S("the tea") "}") R, "time", HONE_STOP_TOKEN },
    { "a5", "at 9 for tea", ALARM("{\"hour\":9,\"label\":\"tea\"}"),
      C("alarm{hour:9,label:" S("the tea") "}") R, "time", HONE_STOP_TOKEN },
    { "l1", "light on", LIGHT("{\"on\":true}"), C("light{on:true}"), "home", HONE_STOP_LENGTH },
    { "l2", "light off", LIGHT("{\"on\":false}"), C("alarm{hour:1}") R, "home", HONE_STOP_TOKEN },
    { "l3", "light off", LIGHT("{\"on\":false}"), "<start_function_call>call:light{on:", "home",
      HONE_STOP_TOKEN },
    { "l4", "light off", LIGHT("{\"on\":false}"), "Sorry.<end_of_turn>", "home", HONE_STOP_TOKEN },
    { "l5", "light off", LIGHT("{\"on\":false}"), C("lamp{on:false}") R, "home", HONE_STOP_TOKEN },
    { "n1", "how are you", "[]", "Fine.<end_of_turn>", "", HONE_STOP_TOKEN },
    { "n2", "tell a joke", "[]", C("light{on:true}") R, "", HONE_STOP_TOKEN },
    { "n3", "sing", "[]", "", "", HONE_STOP_ERROR },
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static char dir[64];
static hone_err err;
static hone_arena *arena;
static hone_rows *rows;
static hone_answer answers[SAMPLES];

static void rows_open(void)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_json *tools;
    for (int i = 0; i < SAMPLES; i++)
        hone_buf_printf(&text,
                        "{\"id\":\"%s\",\"category\":\"%s\",\"messages\":[{\"role\":\"user\","
                        "\"content\":\"%s\"}],\"expected\":{\"calls\":%s}}\n",
                        samples[i].id, samples[i].category, samples[i].said, samples[i].expected);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "rows.jsonl"), text.data, text.len, &err), 0);
    hone_buf_done(&text);
    ck_assert_int_eq(hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "t", 1, &err),
                     0);
    const hone_rows_options o = { .row = { .tools = tools } };
    int rc = hone_rows_load(&rows, support_path(dir, "rows.jsonl"), &o, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_uint_eq(rows->count, SAMPLES);
}

static void setup(void)
{
    hone_err_clear(&err);
    support_scratch(dir);
    arena = hone_arena_new();
    rows_open();
    for (int i = 0; i < SAMPLES; i++) {
        const sample *s = &samples[i];
        answers[i] = (hone_answer){ .present = s->stop != HONE_STOP_ERROR,
                                    .text = s->answer,
                                    .text_len = strlen(s->answer),
                                    .stop = s->stop,
                                    .stop_id = -1,
                                    .num_ids = -1,
                                    .prompt_tokens = 10,
                                    .margin_min = i == 0                       ? 0.0005
                                                  : s->stop == HONE_STOP_ERROR ? NAN
                                                                               : 0.25 };
    }
}

static void teardown(void)
{
    hone_rows_free(rows);
    hone_arena_free(arena);
    support_scratch_done(dir);
}

static hone_report *make(void)
{
    hone_report *r = NULL;
    int rc = hone_report_make(&r, rows, answers, NULL, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    return r;
}

/* The number at a path such as "scores.exact.k" or "functions.0.n". */
static double at(const hone_json *v, const char *path)
{
    char name[64];
    while (v && *path) {
        size_t n = strcspn(path, ".");
        int64_t index;
        (void)snprintf(name, sizeof name, "%.*s", (int)n, path);
        v = v->type == HONE_JSON_ARRAY && hone_parse_i64(name, n, &index)
                ? hone_json_at(v, (size_t)index) : hone_json_get(v, name);
        path += n + (path[n] == '.');
    }
    return hone_json_is_number(v) ? hone_json_f64(v) : NAN;
}

static void is(const hone_json *v, const char *path, double want)
{
    double got = at(v, path);
    ck_assert_msg(fabs(got - want) < 1e-9, "%s is %f, want %f", path, got, want);
}

static const char *word(const hone_json *v, const char *list, size_t i, const char *key)
{
    return hone_json_get(hone_json_at(hone_json_get(v, list), i), key)->text;
}

START_TEST(test_counts)
{
    hone_report *r = make();
    const hone_json *j = r->json;
    ck_assert_str_eq(hone_json_get(j, "format")->text, "hone-report/1");
    ck_assert_str_eq(hone_json_get(hone_json_get(j, "headline"), "mode")->text, "exact");
    is(j, "headline.k", 3);
    is(j, "headline.n", 13);
    is(j, "headline.p", 0.230769);
    is(j, "scores.call_rows.k", 2);
    is(j, "scores.call_rows.n", 10);
    is(j, "scores.no_call_rows.k", 1);
    is(j, "scores.no_call_rows.n", 3);
    ck_assert(!isnan(at(j, "scores.exact.exact_lo")));
    is(j, "decomposition.called.k", 8);
    is(j, "decomposition.right_tool_given_call.k", 6);
    is(j, "decomposition.right_tool_given_call.n", 8);
    is(j, "decomposition.right_arguments_given_tool.k", 2);
    is(j, "outcomes.calls", 8);
    is(j, "outcomes.no_call", 2);
    is(j, "outcomes.malformed", 0);
    is(j, "outcomes.truncated", 1);
    is(j, "outcomes.no_stop", 1);
    is(j, "outcomes.not_generated", 1);
    is(j, "errors.value:number", 1);
    is(j, "errors.missing_arg", 1);
    is(j, "errors.value:string", 2);
    is(j, "errors.wrong_tool", 1);
    is(j, "errors.unknown_tool", 1);
    is(j, "errors.false_call", 1);
    is(j, "near_ties", 1);
    hone_report_free(r);
}
END_TEST

START_TEST(test_tables)
{
    hone_report *r = make();
    const hone_json *j = r->json;
    ck_assert_str_eq(word(j, "functions", 0, "name"), "alarm");
    is(j, "functions.0.k", 1);
    is(j, "functions.0.n", 5);
    ck_assert_str_eq(word(j, "functions", 1, "name"), "light");
    is(j, "functions.1.k", 1);
    ck_assert_str_eq(word(j, "functions", 2, "name"), "(none)");
    is(j, "functions.2.n", 3);
    is(j, "categories.0.n", 5);
    is(j, "confusion.alarm.alarm", 5);
    is(j, "confusion.light.light", 1);
    is(j, "confusion.light.alarm", 1);
    is(j, "confusion.light.(broken)", 1);
    is(j, "confusion.light.(none)", 1);
    is(j, "confusion.light.(unknown)", 1);
    is(j, "confusion.(none).(none)", 1);
    is(j, "confusion.(none).light", 1);
    is(j, "confusion.(none).(broken)", 1);
    ck_assert_str_eq(word(j, "arguments", 0, "argument"), "hour");
    is(j, "arguments.0.n", 5);
    is(j, "arguments.0.correct", 4);
    is(j, "arguments.1.n", 3);
    is(j, "arguments.1.present", 2);
    is(j, "arguments.1.correct", 0);
    is(j, "arguments.1.wrong.0.n", 2);
    ck_assert_str_eq(word(hone_json_at(hone_json_get(j, "arguments"), 1), "wrong", 0, "got"),
                     "\"the tea\"");
    ck_assert_uint_eq(hone_json_get(j, "failures")->len, 10);
    ck_assert_str_eq(word(j, "failures", 1, "class"), "missing_arg");
    ck_assert_str_eq(word(j, "failures", 1, "argument"), "label");
    ck_assert_uint_eq(hone_json_get(j, "rows")->len, SAMPLES);
    hone_report_free(r);
}
END_TEST

static char *read_file(const char *folder, const char *name, size_t *ret_len)
{
    char path[160];
    hone_buf b;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(hone_fs_read(&b, path, 1 << 20, &err), 0);
    *ret_len = b.len;
    return hone_buf_take(&b);
}

START_TEST(test_same_bytes)
{
    static const char *const names[] = { "report.json", "report.txt", "failures.jsonl",
                                         "predictions.jsonl" };
    char one[96], two[96];
    (void)snprintf(one, sizeof one, "%s/one", dir);
    (void)snprintf(two, sizeof two, "%s/two", dir);
    hone_report *r = make(), *again = make();
    ck_assert_int_eq(hone_report_write(r, one, &err), 0);
    ck_assert_int_eq(hone_report_write(again, two, &err), 0);
    for (int i = 0; i < 4; i++) {
        size_t n, m;
        char *a = read_file(one, names[i], &n), *b = read_file(two, names[i], &m);
        ck_assert_uint_eq(n, m);
        ck_assert(memcmp(a, b, n) == 0 && n > 0);
        hone_free(a);
        hone_free(b);
    }
    hone_report_free(r);
    hone_report_free(again);
}
END_TEST

/* What was written gives the same report when read. */
START_TEST(test_from_predictions)
{
    char path[96];
    size_t n, m;
    hone_predictions_stats st;
    hone_report *r = make();
    ck_assert_int_eq(hone_report_write(r, dir, &err), 0);
    char *first = read_file(dir, "report.json", &n);
    (void)snprintf(path, sizeof path, "%s/predictions.jsonl", dir);
    int rc = hone_predictions_load(answers, arena, rows, path, false, &st, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_uint_eq(st.matched, SAMPLES - 1);
    ck_assert_uint_eq(st.no_hash, 0);
    hone_report *again = make();
    ck_assert_int_eq(hone_report_write(again, dir, &err), 0);
    char *second = read_file(dir, "report.json", &m);
    ck_assert_uint_eq(n, m);
    ck_assert(memcmp(first, second, n) == 0);
    hone_free(first);
    hone_free(second);
    hone_report_free(r);
    hone_report_free(again);
}
END_TEST

static int load_text(const char *text, bool torn, hone_predictions_stats *st)
{
    ck_assert_int_eq(hone_fs_write(support_path(dir, "p.jsonl"), text, strlen(text), &err), 0);
    hone_err_clear(&err);
    return hone_predictions_load(answers, arena, rows, support_path(dir, "p.jsonl"), torn, st,
                                 &err);
}

START_TEST(test_predictions_of_others)
{
    hone_predictions_stats st;
    ck_assert_int_eq(
        load_text("{\"id\":\"a1\",\"text\":\"x\"}\n\n"
                  "{\"id\":\"a2\",\"result\":\"y\",\"more\":[1]}\n"
                  "{\"id\":\"zz\",\"text\":\"\"}\n"
                  "{\"id\":\"a1\",\"text\":\"again\"}\n"
                  "{\"id\":\"a3\",\"row_hash\":\"00\",\"text\":\"x\"}\n"
                  "{\"id\":\"l1\",\"text\":\"t\",\"stop\":\"length\",\"token_ids\":[1,50],"
                  "\"stop_id\":50,\"margin_min\":0.5}",
                  false, &st),
        0);
    ck_assert_uint_eq(st.matched, 3);
    ck_assert_uint_eq(st.unknown, 1);
    ck_assert_uint_eq(st.twice, 1);
    ck_assert_uint_eq(st.other_row, 1);
    ck_assert_uint_eq(st.no_hash, 3);
    ck_assert_str_eq(answers[0].text, "x");
    ck_assert_str_eq(answers[1].text, "y");
    ck_assert(!answers[2].present);
    ck_assert_int_eq(answers[5].stop, HONE_STOP_LENGTH);
    ck_assert_int_eq(answers[5].ids[1], 50);
    static const struct { const char *text, *why; int line; } bad[] = {
        { "{\"id\":\"a1\"}", "text", 1 },
        { "{\"text\":\"x\"}", "id", 1 },
        { "\n[1]", "object", 2 },
        { "{\"id\":\"a1\",\"text\":5}", "text", 1 },
        { "{\"id\":\"a1\",\"text\":\"x\",\"token_ids\":[-1]}", "token_ids", 1 },
        { "{\"id\":\"a1\",\"text\":\"x\",\"token_ids\":7}", "token_ids", 1 },
        { "{\"id\":\"a1\",\"text\":\"x\"}\n{\"id\":", "", 2 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(load_text(bad[i].text, false, &st), HONE_E_DATA);
        ck_assert_msg(strstr(err.message, bad[i].why) != NULL, "%s: %s", bad[i].text, err.message);
        ck_assert_int_eq(err.line, bad[i].line);
    }
    /* a torn end after a kill is left out; a torn middle is not */
    ck_assert_int_eq(load_text("{\"id\":\"a1\",\"text\":\"x\"}\n{\"id\":\"a2", true, &st), 0);
    ck_assert_uint_eq(st.matched, 1);
    ck_assert_int_eq(load_text("{\"id\":\"a1\n{\"id\":\"a2\",\"text\":\"x\"}", true, &st),
                     HONE_E_DATA);
}
END_TEST

START_TEST(test_compare)
{
    hone_report *before = make();
    answers[1].text = C("alarm{hour:8}");
    answers[1].text_len = strlen(answers[1].text);
    answers[5].text = "";
    answers[5].text_len = 0;
    hone_report *after = make();
    hone_json *c = NULL;
    hone_buf text = HONE_BUF_INIT(4096);
    ck_assert_int_eq(hone_compare_reports(&c, arena, before->json, after->json, &err), 0);
    is(c, "n", 13);
    is(c, "a", 2);
    is(c, "b", 1);
    is(c, "c", 1);
    is(c, "d", 9);
    is(c, "p2", 1);
    ck_assert_str_eq(hone_json_get(c, "verdict")->text, "not comparable"); /* under 20 rows */
    ck_assert_str_eq(hone_json_at(hone_json_get(c, "fixed"), 0)->text, "a2");
    ck_assert_str_eq(hone_json_at(hone_json_get(c, "broken"), 0)->text, "l1");
    hone_compare_text(&text, c);
    ck_assert(strstr(text.data, "1 fixed, 1 broken") != NULL);
    hone_buf_done(&text);
    ck_assert_int_eq(hone_compare_reports(&c, arena, c, after->json, &err), HONE_E_DATA);
    hone_report_free(before);
    hone_report_free(after);
}
END_TEST

/* Made-up reports: n rows, the first right_before / right_after of them right, from offset on. */
static hone_json *fake(int from, int n, int right)
{
    hone_json *o = hone_json_new_object(arena), *list = hone_json_new_object(arena);
    for (int i = from; i < from + n; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "r%03d", i);
        hone_json *v = hone_json_new_array(arena);
        (void)hone_json_push(arena, v, hone_json_new_str(arena, "abc"));
        (void)hone_json_push(arena, v, hone_json_new_i64(arena, i < right));
        (void)hone_json_set(arena, list, id, v);
    }
    (void)hone_json_set(arena, o, "format", hone_json_new_str(arena, "hone-report/1"));
    (void)hone_json_set(arena, o, "rows", list);
    return o;
}

START_TEST(test_verdicts)
{
    static const struct { int before, after; const char *verdict; } cases[] = {
        { 90, 80, "worse" }, { 80, 90, "better" }, { 80, 80, "no difference shown" },
        { 84, 80, "no difference shown" }, { 85, 80, "worse" },
    };
    hone_json *c;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(hone_compare_reports(&c, arena, fake(0, 100, cases[i].before),
                                              fake(0, 100, cases[i].after), &err), 0);
        ck_assert_str_eq(hone_json_get(c, "verdict")->text, cases[i].verdict);
    }
    ck_assert_int_eq(hone_compare_reports(&c, arena, fake(0, 100, 50), fake(10, 100, 50), &err), 0);
    ck_assert_str_eq(hone_json_get(c, "verdict")->text, "not comparable");
    is(c, "unpaired.only_before", 10);
    is(c, "unpaired.only_after", 10);
    is(c, "n", 90);
}
END_TEST

START_TEST(test_text_is_safe)
{
    answers[0].text = "\x1b[31mred\x07 \xe2\x80\xae";
    answers[0].text_len = strlen(answers[0].text);
    hone_report *r = make();
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_report_text(&text, r->json);
    ck_assert(hone_buf_ok(&text));
    ck_assert(strchr(text.data, '\x1b') == NULL && strchr(text.data, '\x07') == NULL);
    ck_assert(strstr(text.data, "\xe2\x80\xae") == NULL);
    ck_assert(strstr(text.data, "exact: 2 of 13") != NULL);
    hone_buf_done(&text);
    hone_report_free(r);
}
END_TEST

START_TEST(test_no_expectation)
{
    hone_report *r = NULL;
    rows->items[3].has_expected = false;
    ck_assert_int_eq(hone_report_make(&r, rows, answers, NULL, &err), HONE_E_DATA);
    ck_assert(strstr(err.message, "a4") != NULL);
    ck_assert_int_eq(err.line, 4);
}
END_TEST

START_TEST(test_memory)
{
    for (int64_t nth = 1;; nth++) {
        hone_report *r = NULL;
        int64_t live = hone_mem_live();
        hone_mem_fail_after(nth, true);
        int rc = hone_report_make(&r, rows, answers, NULL, &err);
        hone_mem_fail_after(0, false);
        hone_report_free(r);
        ck_assert_int_eq(hone_mem_live(), live);
        if (rc == 0) break;
        ck_assert_int_eq(rc, HONE_E_MEMORY);
        ck_assert_int_lt(nth, 100000);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("report");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_counts);
    tcase_add_test(t, test_tables);
    tcase_add_test(t, test_same_bytes);
    tcase_add_test(t, test_from_predictions);
    tcase_add_test(t, test_predictions_of_others);
    tcase_add_test(t, test_compare);
    tcase_add_test(t, test_verdicts);
    tcase_add_test(t, test_text_is_safe);
    tcase_add_test(t, test_no_expectation);
    tcase_add_test(t, test_memory);
    return support_run(t);
}
