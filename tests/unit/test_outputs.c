/*
 * Labelled outputs (tests/golden/outputs): what models really wrote, and written cases of several
 * calls, each judged by hand. Outcome, exact verdict with class and argument, and the lenient
 * verdict must be what the label says.
 */
#include "common/zfile.h"
#include "eval/score.h"
#include "tests/support.h"

#define FOLDER HONE_SOURCE_DIR "/tests/golden/outputs/"

enum { OUTPUTS = 426 };

static hone_arena *arena;
static hone_err err;
static hone_json *phone, *snips;

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
    const char *base = HONE_SOURCE_DIR "/examples/";
    char path[2][256];
    (void)snprintf(path[0], sizeof path[0], "%sphone/tools.json", base);
    (void)snprintf(path[1], sizeof path[1], "%ssnips/tools.json", base);
    ck_assert_int_eq(hone_tools_load(&phone, arena, path[0], &err), 0);
    ck_assert_int_eq(hone_tools_load(&snips, arena, path[1], &err), 0);
}

static void teardown(void)
{
    hone_arena_free(arena);
}

static const char *str(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    SUPPORT_MUST(hone_json_is(v, HONE_JSON_STRING));
    return v->text;
}

static hone_parsed parse(const char *text)
{
    hone_parsed p;
    ck_assert_int_eq(hone_call_parse(&p, arena, text, strlen(text), &err), 0);
    return p;
}

static hone_verdict judge(const hone_row *row, const hone_parsed *p, hone_outcome outcome,
                          hone_mode mode)
{
    hone_verdict v;
    ck_assert_int_eq(hone_score_calls(&v, arena, row, &p->calls, outcome, mode, &err), 0);
    return v;
}

static void check(const hone_json *o)
{
    const char *source = str(o, "source");
    hone_row row = { .id = "r", .has_expected = true };
    const hone_parsed want = parse(str(o, "want")), got = parse(str(o, "text"));
    const hone_outcome outcome = hone_outcome_of(&got, hone_stop_parse(str(o, "stop")));
    row.tools = strcmp(str(o, "tools"), "phone") ? snips : phone;
    row.expected = want.calls;
    ck_assert_int_eq(want.error, HONE_CALL_OK);
    const hone_verdict exact = judge(&row, &got, outcome, HONE_MODE_EXACT);
    const hone_verdict lenient = judge(&row, &got, outcome, HONE_MODE_LENIENT);
    const char *argument = exact.pair < 0 ? NULL : exact.pairs[exact.pair].argument;
    ck_assert_msg(!strcmp(hone_outcome_word(outcome), str(o, "outcome")), "%s: outcome %s", source,
                  hone_outcome_word(outcome));
    ck_assert_msg(!strcmp(hone_fault_word(exact.fault), str(o, "exact")), "%s: %s: class %s",
                  source, str(o, "text"), hone_fault_word(exact.fault));
    ck_assert_msg(!strcmp(argument ? argument : "", str(o, "argument")), "%s: argument %s", source,
                  argument ? argument : "(none)");
    ck_assert_int_eq(exact.right, !*str(o, "exact"));
    ck_assert(lenient.right || !exact.right);
    ck_assert_msg(lenient.right == hone_json_is(hone_json_get(o, "lenient"), HONE_JSON_TRUE),
                  "%s: %s: lenient %d", source, str(o, "text"), lenient.right);
}

START_TEST(test_outputs)
{
    hone_lines *lines = NULL;
    const char *text;
    size_t len;
    int64_t line;
    int count = 0;
    ck_assert_int_eq(hone_lines_open(&lines, FOLDER "outputs.jsonl", 1 << 20, &err), 0);
    while (hone_lines_next(lines, &text, &len, &line, &err) == 1) {
        hone_json *o = NULL;
        ck_assert_int_eq(hone_json_parse(&o, arena, text, len, "outputs", line, &err), 0);
        check(o);
        count++;
    }
    hone_lines_close(lines);
    ck_assert_int_eq(count, OUTPUTS);
}
END_TEST

int main(void)
{
    TCase *t = support_case("outputs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_outputs);
    return support_run(t);
}
