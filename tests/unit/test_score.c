/*
 * Outcomes, the exact score and its error classes: golden answers, a table of labelled answers,
 * matching of parallel calls, degenerate models, and mutations that must flip the verdict.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "eval/score.h"

#define GOLDEN HONE_SOURCE_DIR "/tests/golden/functiongemma/"

static hone_arena *arena;
static hone_err err;
static hone_json *tools;

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"alarm\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"hour\":{\"type\":\"integer\"},\"label\":{\"type\":"
    "\"string\"},"
    "\"repeat\":{\"type\":\"string\",\"enum\":[\"daily\",\"weekdays\"]},\"on\":{\"type\":"
    "\"boolean\"},"
    "\"volume\":{\"type\":\"number\"},\"day\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"days\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"place\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"}}}},"
    "\"required\":[\"hour\"]}}},"
    "{\"type\":\"function\",\"function\":{\"name\":\"ping\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{}}}}]";

static hone_json *parse_json(const char *text)
{
    hone_json *v = NULL;
    int rc = hone_json_parse(&v, arena, text, strlen(text), "in", 1, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
    tools = parse_json(tools_text);
}

static void teardown(void)
{
    hone_arena_free(arena);
    ck_assert_int_eq(hone_mem_live(), 0);
}

static hone_parsed parse_answer(const char *text)
{
    hone_parsed p;
    ck_assert_int_eq(hone_call_parse(&p, arena, text, strlen(text), &err), 0);
    return p;
}

/* A row that expects the calls of text; allowed "" = none. */
static hone_row row_of(const char *want, const char *allowed)
{
    hone_row row = { .id = "r", .tools = tools, .has_expected = true };
    hone_parsed p = parse_answer(want);
    ck_assert_msg(p.error == HONE_CALL_OK, "%s", want);
    row.expected = p.calls;
    if (*allowed) row.allowed = parse_json(allowed);
    return row;
}

static hone_verdict judge(const hone_row *row, const char *answer, hone_stop stop)
{
    hone_verdict v;
    hone_parsed p = parse_answer(answer);
    ck_assert_int_eq(
        hone_score_calls(&v, arena, row, &p.calls, hone_outcome_of(&p, stop), HONE_MODE_EXACT,
                         &err), 0);
    ck_assert_int_eq(v.right, v.fault == HONE_FAULT_NONE);
    return v;
}

#define C(body) "<start_function_call>call:" body "<end_function_call>"
#define R "<start_function_response>"
#define S(text) "<escape>" text "<escape>"

typedef struct labelled {
    const char *want, *answer, *fault; /* "" = right */
    hone_stop stop;
    const char *allowed;
} labelled;

static const labelled table[] = {
    /* right */
    { C("alarm{hour:7}"), C("alarm{hour:7}") R, "", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7}"), "", HONE_STOP_UNKNOWN, "" },
    { C("alarm{hour:7}"), "Sure. " C("alarm{ hour : 7 }") R, "", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,label:" S("x") "}"), C("alarm{label:" S("x") ",hour:7}") R, "",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7}"), "", HONE_STOP_LENGTH, "" }, /* no_stop, calls whole */
    { C("ping{}"), C("ping") R, "", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,volume:1}"), C("alarm{hour:7,volume:1.0}"), "", HONE_STOP_TOKEN, "" },
    { "", "I cannot do that.<end_of_turn>", "", HONE_STOP_TOKEN, "" },
    { "", "", "", HONE_STOP_TOKEN, "" },
    /* the answer as a whole */
    { C("ping{}"), "", "not_generated", HONE_STOP_ERROR, "" },
    { "", "", "not_generated", HONE_STOP_ERROR, "" },
    { C("ping{}"), "<start_function_call>call:pi", "truncated", HONE_STOP_LENGTH, "" },
    { C("ping{}"), "<start_function_call>call:ping{}", "truncated", HONE_STOP_TOKEN, "" },
    { "", "<start_function_call>call:ping{", "truncated", HONE_STOP_LENGTH, "" },
    { C("ping{}"), C("ping{} now"), "malformed", HONE_STOP_TOKEN, "" },
    { "", C("ping{,}"), "malformed", HONE_STOP_TOKEN, "" },
    { C("ping{}"), "call:ping{}<end_function_call>", "malformed", HONE_STOP_TOKEN, "" },
    { "", "call:ping{}", "malformed", HONE_STOP_TOKEN, "" },
    { C("ping{}") C("alarm{hour:7}"), C("ping{}") C("alarm{hour:}"), "malformed", HONE_STOP_TOKEN,
      "" },
    { C("ping{}"), "I am thinking about", "no_stop", HONE_STOP_LENGTH, "" },
    { "", "I am thinking about", "no_stop", HONE_STOP_LENGTH, "" },
    { C("ping{}"), "Which one?<end_of_turn>", "missed_call", HONE_STOP_TOKEN, "" },
    { C("ping{}"), "", "missed_call", HONE_STOP_TOKEN, "" },
    { "", C("ping{}") R, "false_call", HONE_STOP_TOKEN, "" },
    { C("ping{}"), C("ping{}") C("ping{}"), "wrong_count", HONE_STOP_TOKEN, "" },
    { C("ping{}") C("ping{}"), C("ping{}"), "wrong_count", HONE_STOP_TOKEN, "" },
    /* tools and arguments */
    { C("alarm{hour:7}"), C("ping{}"), "wrong_tool", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("Alarm{hour:7}"), "unknown_tool", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm_{hour:7}"), "unknown_tool", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm"), "missing_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,label:" S("x") "}"), C("alarm{hour:8}"), "missing_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7,label:" S("x") "}"), "extra_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7,label:" S("") "}"), "extra_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7,label:null}"), "extra_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7,tune:1}"), "unknown_arg", HONE_STOP_TOKEN, "" },
    { C("ping{}"), C("ping{a:1}"), "unknown_arg", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:" S("7") "}"), "type", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:7.0}"), "type", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:null}"), "type", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:" S("7") "}"), C("alarm{hour:" S("7") "}"), "type", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,on:true}"), C("alarm{hour:7,on:1}"), "type", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,repeat:" S("daily") "}"), C("alarm{hour:7,repeat:" S("Daily") "}"), "enum",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,repeat:" S("daily") "}"), C("alarm{hour:7,repeat:" S("weekdays") "}"),
      "value:string", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,label:" S("x") "}"), C("alarm{hour:7,label:" S("X") "}"), "value:string",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}"), C("alarm{hour:8}"), "value:number", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,volume:0.5}"), C("alarm{hour:7,volume:0.25}"), "value:number",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,on:true}"), C("alarm{hour:7,on:false}"), "value:boolean", HONE_STOP_TOKEN,
      "" },
    { C("alarm{hour:7,day:" S("2026-01-02") "}"), C("alarm{hour:7,day:" S("2026-01-03") "}"),
      "value:date", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,days:[" S("mo") "]}"), C("alarm{hour:7,days:[" S("tu") "]}"), "value:list",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,days:[" S("mo") "]}"), C("alarm{hour:7,days:[1]}"), "type", HONE_STOP_TOKEN,
      "" },
    { C("alarm{hour:7,place:{x:1}}"), C("alarm{hour:7,place:{x:2}}"), "value:object",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,place:{x:1}}"), C("alarm{hour:7,place:{x:1.0}}"), "", HONE_STOP_TOKEN, "" },
    /* allowed values */
    { C("alarm{hour:7}"), C("alarm{hour:19}"), "", HONE_STOP_TOKEN,
      "{\"alarm\":{\"hour\":[7,19]}}" },
    { C("alarm{hour:7}"), C("alarm{hour:7}"), "", HONE_STOP_TOKEN, "{\"alarm\":{\"hour\":[19]}}" },
    { C("alarm{hour:7}"), C("alarm{hour:8}"), "value:number", HONE_STOP_TOKEN,
      "{\"alarm\":{\"hour\":[7,19]}}" },
    { C("alarm{hour:7,label:" S("x") "}"), C("alarm{hour:7}"), "", HONE_STOP_TOKEN,
      "{\"alarm\":{\"label\":[\"x\",\"\"]}}" },
    { C("alarm{hour:7}"), C("alarm{hour:7,label:" S("y") "}"), "", HONE_STOP_TOKEN,
      "{\"alarm\":{\"label\":[\"\",\"y\"]}}" },
    { C("alarm{hour:7}"), C("alarm{hour:7,label:" S("z") "}"), "extra_arg", HONE_STOP_TOKEN,
      "{\"alarm\":{\"label\":[\"\",\"y\"]}}" },
    { C("alarm{hour:7}"), C("alarm{hour:" S("19") "}"), "type", HONE_STOP_TOKEN,
      "{\"alarm\":{\"hour\":[7,\"19\"]}}" },
    /* several calls, free of order */
    { C("ping{}") C("alarm{hour:7}"), C("alarm{hour:7}") C("ping{}"), "", HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}") C("alarm{hour:8}"), C("alarm{hour:8}") C("alarm{hour:7}"), "",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}") C("alarm{hour:8}"), C("alarm{hour:8}") C("alarm{hour:8}"), "value:number",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7}") C("ping{}"), C("alarm{hour:8}") C("pong{}"), "unknown_tool",
      HONE_STOP_TOKEN, "" },
    { C("alarm{hour:7,on:true}") C("alarm{hour:8}"), C("alarm{hour:8}") C("alarm{hour:7}"),
      "missing_arg", HONE_STOP_TOKEN, "" },
};

START_TEST(test_table)
{
    const labelled *l = &table[_i];
    hone_row row = row_of(l->want, l->allowed);
    hone_verdict v = judge(&row, l->answer, l->stop);
    ck_assert_msg(strcmp(hone_fault_word(v.fault), l->fault) == 0, "%s for %s: '%s', want '%s'",
                  l->answer, l->want, hone_fault_word(v.fault), l->fault);
}
END_TEST

START_TEST(test_fault_place)
{
    hone_row row = row_of(C("ping{}") C("alarm{hour:7,label:" S("x") "}"), "");
    hone_verdict v = judge(&row, C("alarm{hour:7,label:" S("y") "}") C("ping{}"), HONE_STOP_TOKEN);
    ck_assert_int_eq(v.num_pairs, 2);
    ck_assert_int_eq(v.pair, 1);
    ck_assert_int_eq(v.pairs[1].want, 1);
    ck_assert_int_eq(v.pairs[1].got, 0);
    ck_assert_str_eq(v.pairs[1].argument, "label");
}
END_TEST

/* A greedy matching would take f(1) for the first and fail; the best one passes. */
START_TEST(test_matching_is_optimal)
{
    hone_row row = row_of(C("alarm{hour:1}") C("alarm{hour:2,label:" S("x") "}"),
                          "{\"alarm\":{\"hour\":[1,2],\"label\":[\"x\",\"\"]}}");
    ck_assert(judge(&row, C("alarm{hour:1}") C("alarm{hour:2}"), HONE_STOP_TOKEN).right);
    ck_assert(judge(&row, C("alarm{hour:2}") C("alarm{hour:1}"), HONE_STOP_TOKEN).right);
    ck_assert(judge(&row, C("alarm{hour:2,label:" S("x") "}") C("alarm{hour:1}"),
                    HONE_STOP_TOKEN).right);
}
END_TEST

/* Least cost against all permutations, on random sets of up to six calls. */
static int permutation_faults(const hone_row *row, const hone_calls *got, unsigned taken, size_t at)
{
    if (at == row->expected.count) return 0;
    int best = 1 << 20;
    for (size_t j = 0; j < got->count; j++) {
        if (taken >> j & 1) continue;
        const hone_call *want = &row->expected.items[at], *call = &got->items[j];
        int own = hone_score_argument(row, want, call, "hour", HONE_MODE_EXACT) != HONE_FAULT_NONE;
        own += hone_score_argument(row, want, call, "on", HONE_MODE_EXACT) != HONE_FAULT_NONE;
        int rest = permutation_faults(row, got, taken | 1u << j, at + 1);
        if (own + rest < best) best = own + rest;
    }
    return best;
}

START_TEST(test_matching_against_permutations)
{
    for (uint32_t round = 0; round < 200; round++) {
        hone_rng r = { 3, 0, HONE_RNG_TEST, round };
        size_t n = 1 + hone_rng_next_below(&r, 6);
        hone_buf text[2] = { HONE_BUF_INIT(65536), HONE_BUF_INIT(65536) };
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < n; i++)
                hone_buf_printf(&text[side], C("alarm{hour:%d,on:%s}"),
                                (int)hone_rng_next_below(&r, 3),
                                hone_rng_next_below(&r, 2) ? "true" : "false");
        }
        hone_row row = row_of(text[0].data, "");
        hone_parsed p = parse_answer(text[1].data);
        hone_verdict v;
        ck_assert_int_eq(
            hone_score_calls(&v, arena, &row, &p.calls, HONE_OUTCOME_CALLS, HONE_MODE_EXACT,
                             &err), 0);
        int faults = 0;
        unsigned seen = 0;
        for (int i = 0; i < v.num_pairs; i++) {
            const hone_call *w = &row.expected.items[v.pairs[i].want];
            const hone_call *g = &p.calls.items[v.pairs[i].got];
            faults += hone_score_argument(&row, w, g, "hour", HONE_MODE_EXACT) != HONE_FAULT_NONE;
            faults += hone_score_argument(&row, w, g, "on", HONE_MODE_EXACT) != HONE_FAULT_NONE;
            seen |= 1u << v.pairs[i].got;
        }
        ck_assert_uint_eq(seen, (1u << n) - 1);
        ck_assert_int_eq(faults, permutation_faults(&row, &p.calls, 0, 0));
        ck_assert_int_eq(v.right, faults == 0);
        hone_buf_done(&text[0]);
        hone_buf_done(&text[1]);
    }
}
END_TEST

START_TEST(test_many_calls)
{
    hone_buf many = HONE_BUF_INIT(1 << 20);
    for (int i = 0; i < 3000; i++) hone_buf_printf(&many, C("alarm{hour:%d}"), i % 24);
    hone_row row = row_of(many.data, "");
    ck_assert(judge(&row, many.data, HONE_STOP_TOKEN).right); /* in order beyond 64 calls */
    row = row_of(C("ping{}"), "");
    ck_assert_int_eq(judge(&row, many.data, HONE_STOP_TOKEN).fault, HONE_FAULT_WRONG_COUNT);
    hone_buf_done(&many);
}
END_TEST

/* Unequal numbers: pairs by name first, the left-overs together. */
START_TEST(test_pairs_of_wrong_count)
{
    hone_row row = row_of(C("ping{}") C("alarm{hour:7}"), "");
    hone_verdict v = judge(&row, C("alarm{hour:7}"), HONE_STOP_TOKEN);
    ck_assert_int_eq(v.num_pairs, 2);
    ck_assert_int_eq(v.pairs[0].got, -1);
    ck_assert_int_eq(v.pairs[1].got, 0);
    ck_assert_int_eq(v.pairs[1].fault, HONE_FAULT_NONE);
    v = judge(&row, C("pong{}") C("alarm{hour:7}") C("ping{}"), HONE_STOP_TOKEN);
    ck_assert_int_eq(v.num_pairs, 3);
    ck_assert_int_eq(v.pairs[2].want, -1);
    v = judge(&row, "no<end_of_turn>", HONE_STOP_TOKEN);
    ck_assert_int_eq(v.fault, HONE_FAULT_MISSED_CALL);
    ck_assert_int_eq(v.num_pairs, 2);
    ck_assert_int_eq(v.pairs[1].got, -1);
}
END_TEST

/* The golden answers: calls, errors and the outcome that follows from them. */
START_TEST(test_golden_outcomes)
{
    hone_json *cases = NULL;
    ck_assert_int_eq(hone_json_load(&cases, arena, GOLDEN "golden_parse.json", &err), 0);
    ck_assert_uint_eq(cases->len, 58);
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *c = cases->items[i], *error = hone_json_get(c, "error");
        const hone_json *calls = hone_json_get(c, "calls"), *text = hone_json_get(c, "text");
        hone_outcome want = calls && calls->len ? HONE_OUTCOME_CALLS : HONE_OUTCOME_NO_CALL;
        if (hone_json_str_eq(error, "syntax")) want = HONE_OUTCOME_MALFORMED;
        if (hone_json_str_eq(error, "truncated")) want = HONE_OUTCOME_TRUNCATED;
        if (hone_json_str_eq(hone_json_get(c, "name"), "end_without_start"))
            want = HONE_OUTCOME_MALFORMED;
        hone_parsed p = parse_answer(text->text);
        hone_outcome got = hone_outcome_of(&p, HONE_STOP_TOKEN);
        ck_assert_msg(got == want, "%s: %s", text->text, hone_outcome_word(got));
        bool whole = want == HONE_OUTCOME_CALLS || want == HONE_OUTCOME_NO_CALL;
        ck_assert_int_eq(hone_outcome_of(&p, HONE_STOP_LENGTH),
                         whole ? HONE_OUTCOME_NO_STOP : want);
        ck_assert_int_eq(hone_outcome_of(&p, HONE_STOP_ERROR), HONE_OUTCOME_NOT_GENERATED);
    }
}
END_TEST

START_TEST(test_words)
{
    ck_assert_int_eq(hone_stop_parse("stop_token"), HONE_STOP_TOKEN);
    ck_assert_int_eq(hone_stop_parse("length"), HONE_STOP_LENGTH);
    ck_assert_int_eq(hone_stop_parse("error"), HONE_STOP_ERROR);
    ck_assert_int_eq(hone_stop_parse("else"), HONE_STOP_UNKNOWN);
    ck_assert_int_eq(hone_stop_parse(NULL), HONE_STOP_UNKNOWN);
    ck_assert_str_eq(hone_stop_word(HONE_STOP_LENGTH), "length");
    ck_assert_str_eq(hone_fault_word(HONE_FAULT_VALUE_LIST), "value:list");
}
END_TEST

/* Models that do not understand anything must score nothing, or only what never calling is
 * worth. */
START_TEST(test_degenerate_models)
{
    const char *want[] = { C("alarm{hour:7}"), C("alarm{hour:8,label:" S("tea") "}"),
                           C("ping{}") C("alarm{hour:9}"), "", "", C("alarm{hour:6,on:true}") };
    const struct { const char *answer; hone_stop stop; int call_rows, no_call_rows; } models[] = {
        { "", HONE_STOP_TOKEN, 0, 2 },                            /* empty: never calls */
        { "I cannot help.<end_of_turn>", HONE_STOP_TOKEN, 0, 2 }, /* never calls */
        { "and and and and", HONE_STOP_LENGTH, 0, 0 },            /* never stops */
        { C("alarm{hour:0}"), HONE_STOP_TOKEN, 0, 0 },            /* always calls */
        { C("alarm{hour:7}"), HONE_STOP_TOKEN, 1, 0 },            /* constant */
        { "wake me at seven", HONE_STOP_LENGTH, 0, 0 },           /* echo */
        { "<start_function_call>", HONE_STOP_LENGTH, 0, 0 },
        { "call:alarm{hour:7}", HONE_STOP_TOKEN, 0, 0 },
        { C(""), HONE_STOP_TOKEN, 0, 0 },
        { "", HONE_STOP_ERROR, 0, 0 },
    };
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        int call_rows = 0, no_call_rows = 0;
        for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
            hone_row row = row_of(want[i], "");
            bool right = judge(&row, models[m].answer, models[m].stop).right;
            *(row.expected.count ? &call_rows : &no_call_rows) += right;
        }
        ck_assert_int_eq(call_rows, models[m].call_rows);
        ck_assert_int_eq(no_call_rows, models[m].no_call_rows);
    }
}
END_TEST

/* Changes one scalar of v, the nth in order of reading; false when there are fewer. */
static bool mutate(hone_json *v, int *nth)
{
    if (v->type == HONE_JSON_ARRAY) {
        for (size_t i = 0; i < v->len; i++)
            if (mutate(v->items[i], nth)) return true;
        return false;
    }
    if (v->type == HONE_JSON_OBJECT) {
        for (size_t i = 0; i < v->len; i++)
            if (mutate(v->members[i].value, nth)) return true;
        return false;
    }
    if ((*nth)-- > 0) return false;
    if (v->type == HONE_JSON_TRUE) v->type = HONE_JSON_FALSE;
    else if (v->type == HONE_JSON_FALSE) v->type = HONE_JSON_TRUE;
    else if (v->type == HONE_JSON_NULL) *v = *hone_json_new_i64(arena, 0);
    else if (v->type == HONE_JSON_STRING) *v = *hone_json_new_str(arena, "mutated");
    else *v = *hone_json_new_i64(arena, 987654);
    return true;
}

START_TEST(test_mutations_flip)
{
    hone_json *cases = NULL;
    int mutations = 0;
    ck_assert_int_eq(hone_json_load(&cases, arena, GOLDEN "golden_parse.json", &err), 0);
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *text = hone_json_get(cases->items[i], "text");
        hone_parsed p = parse_answer(text->text);
        if (p.error != HONE_CALL_OK || p.calls.count == 0) continue;
        hone_row row = { .id = "r", .tools = tools, .has_expected = true, .expected = p.calls };
        ck_assert_msg(judge(&row, text->text, HONE_STOP_TOKEN).right, "%s", text->text);
        for (size_t c = 0; c < p.calls.count; c++) {
            for (int nth = 0;; nth++) {
                hone_parsed other = parse_answer(text->text);
                hone_json *args = hone_json_copy(arena, other.calls.items[c].arguments);
                int left = nth;
                if (!mutate(args, &left)) break;
                other.calls.items[c].arguments = args;
                hone_verdict v;
                (void)hone_score_calls(&v, arena, &row, &other.calls, HONE_OUTCOME_CALLS,
                                       HONE_MODE_EXACT, &err);
                ck_assert_msg(!v.right, "%s: scalar %d", text->text, nth);
                mutations++;
            }
        }
    }
    ck_assert_int_gt(mutations, 60);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("score");
    TCase *t = tcase_create("score");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_table, 0, (int)(sizeof table / sizeof table[0]));
    tcase_add_test(t, test_fault_place);
    tcase_add_test(t, test_matching_is_optimal);
    tcase_add_test(t, test_matching_against_permutations);
    tcase_add_test(t, test_many_calls);
    tcase_add_test(t, test_pairs_of_wrong_count);
    tcase_add_test(t, test_golden_outcomes);
    tcase_add_test(t, test_words);
    tcase_add_test(t, test_degenerate_models);
    tcase_add_test(t, test_mutations_flip);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
