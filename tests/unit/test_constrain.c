/*
 * The grammar of constrained decoding: what it lets pass and what not, forced ids, and random walks
 * through it, each of which must be calls that keep to the tools' schemas.
 */
#include <string.h>

#include "common/rng.h"
#include "model/call.h"
#include "model/constrain.h"
#include "tests/support.h"
#include "tests/support_tokenizer.h"

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"call\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"enum\":[\"the\",\"us\"]},"
    "\"b\":{\"type\":\"integer\"},\"c\":{\"type\":\"string\"},\"d\":{\"type\":\"boolean\"}},"
    "\"required\":[\"b\"]}}},"
    "{\"type\":\"function\",\"function\":{\"name\":\"mode\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{}}}},"
    "{\"type\":\"function\",\"function\":{\"name\":\"model\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"l\":{\"type\":\"array\",\"items\":"
    "{\"type\":\"number\"}},\"o\":{\"type\":\"object\",\"properties\":"
    "{\"x\":{\"type\":\"boolean\"},\"y\":{\"type\":\"boolean\"},"
    "\"z\":{\"type\":\"boolean\"}},\"required\":[\"x\"]},\"w\":{}},"
    "\"required\":[\"l\",\"o\"]}}}]";

static hone_tokenizer *t;
static hone_arena *arena;
static hone_json *tools;
static hone_grammar *grammar;
static hone_err err;

static void setup(void)
{
    hone_err_clear(&err);
    t = support_tokenizer();
    arena = hone_arena_new();
    ck_assert_int_eq(
        hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1, &err), 0);
    ck_assert_msg(hone_grammar_new(&grammar, t, tools, &err) == 0, "%s", err.message);
}

static void teardown(void)
{
    hone_grammar_free(grammar);
    hone_arena_free(arena);
    hone_tokenizer_free(t);
}

#define CALL "<start_function_call>call:"
#define END "<end_function_call>"
#define STOP "<start_function_response>"
#define E "<escape>"

static bool passes(const char *text)
{
    hone_ids ids = { 0 };
    ck_assert_int_eq(hone_tokenizer_encode(t, text, strlen(text), true, &ids, &err), 0);
    const int64_t n = hone_grammar_check(grammar, ids.data, (int64_t)ids.len, &err);
    const bool all = n == (int64_t)ids.len;
    ck_assert_msg(n >= 0, "%s", err.message);
    hone_ids_done(&ids);
    return all;
}

START_TEST(test_passes)
{
    static const char *const good[] = {
        "hello there<end_of_turn>",
        "<eos>",
        CALL "mode{}" END STOP,
        CALL "call{b:1}" END STOP,
        CALL "call{b:-120}" END STOP,
        CALL "call{b:0}" END STOP,
        CALL "call{a:" E "the" E ",b:7,c:" E "any {text}, really:" E ",d:true}" END STOP,
        CALL "call{b:7,d:false}" END CALL "mode{}" END STOP,
        "well " CALL "mode{}" END STOP,
        CALL "model{l:[],o:{x:true}}" END STOP,
        CALL "model{l:[1,-2.5,0.25],o:{x:true,y:false,z:true}}" END STOP,
        CALL "model{l:[3],o:{x:true,z:true},w:[" E "s" E ",true,4]}" END STOP,
        CALL "model{l:[3],o:{x:true},w:" E "" E "}" END STOP,
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ck_assert_msg(passes(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(test_stops)
{
    static const char *const bad[] = {
        CALL "moo{}" END STOP,                          /* unknown function */
        CALL "mode{a:1}" END STOP,                      /* unknown argument */
        CALL "call{}" END STOP,                         /* required one missing */
        CALL "call{a:" E "the" E "}" END STOP,          /* the same */
        CALL "call{b:1,a:" E "the" E "}" END STOP,      /* another order */
        CALL "call{a:" E "me" E ",b:1}" END STOP,       /* not of the enum */
        CALL "call{b:1.5}" END STOP,                    /* no integer */
        CALL "call{b:007}" END STOP,                    /* the device cannot read it */
        CALL "call{b:-}" END STOP,                      /* no digits */
        CALL "call{b:" E "1" E "}" END STOP,            /* a string */
        CALL "call{b:1,b:2}" END STOP,                  /* twice */
        CALL "call{b:1,d:maybe}" END STOP,              /* no boolean */
        CALL "call{b:1}" END "more" STOP,               /* text behind calls */
        CALL "model{l:[1,],o:{x:true}}" END STOP,       /* trailing comma */
        CALL "model{l:[1.],o:{x:true}}" END STOP,       /* no digits behind the point */
        CALL "model{l:[1],o:{}}" END STOP,              /* required member missing */
        "<escape>",
        "<start_of_turn>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!passes(bad[i]), "%s", bad[i]);
}
END_TEST

/* Behind the start marker only the names are open; behind a name all is forced up to a choice. */
START_TEST(test_forced)
{
    hone_constraint *c = NULL;
    hone_choice next;
    hone_buf text = HONE_BUF_INIT(1000);
    ck_assert_int_eq(hone_constraint_new(&c, &err), 0);
    hone_constraint_start(c, grammar);
    ck_assert_int_eq(hone_constraint_next(c, &next, &err), 0);
    ck_assert(next.num_forced == 0 && next.mask && !next.allowed);
    ck_assert_int_eq(hone_constraint_take(c, HONE_ID_ESCAPE, &err), HONE_E_DATA);
    ck_assert_int_eq(hone_constraint_take(c, HONE_ID_CALL, &err), 0);
    ck_assert_int_eq(hone_constraint_next(c, &next, &err), 0);
    hone_tokenizer_decode(t, next.forced, (size_t)next.num_forced, &text);
    ck_assert_str_eq(text.data, "call:");
    ck_assert_int_eq(next.num_allowed, 3); /* "call", "mode", "model" */
    ck_assert_int_eq(hone_constraint_take(c, hone_tokenizer_find(t, "mode", 4), &err), 0);
    ck_assert_int_eq(hone_constraint_next(c, &next, &err), 0);
    hone_buf_clear(&text);
    hone_tokenizer_decode(t, next.forced, (size_t)next.num_forced, &text);
    ck_assert_str_eq(text.data, "{}<end_function_call>");
    ck_assert_int_eq(next.num_allowed, 2);
    ck_assert(next.allowed[0] == HONE_ID_CALL && next.allowed[1] == HONE_ID_RESPONSE);
    ck_assert_int_eq(hone_constraint_take(c, HONE_ID_RESPONSE, &err), 0);
    ck_assert_int_eq(hone_constraint_next(c, &next, &err), 0);
    ck_assert(next.num_forced == 0 && next.num_allowed == 0 && !next.mask);
    hone_buf_done(&text);
    hone_constraint_free(c);
}
END_TEST

/* A random choice among those that are offered; free text is left soon. */
static int32_t choose(const hone_choice *next, hone_rng *r)
{
    if (next->allowed) return next->allowed[hone_rng_next_below(r, (uint64_t)next->num_allowed)];
    if (hone_rng_next_below(r, 2)) {
        if (next->mask[0] >> HONE_ID_ESCAPE & 1) return HONE_ID_ESCAPE;
        return HONE_ID_CALL;
    }
    return 510 + 'a' - '!' + (int32_t)hone_rng_next_below(r, 26);
}

static void walk(hone_constraint *c, hone_rng *r, hone_ids *ids)
{
    hone_choice next;
    hone_constraint_start(c, grammar);
    for (;;) {
        SUPPORT_MUST(hone_constraint_next(c, &next, &err) == 0);
        for (int32_t i = 0; i < next.num_forced; i++) hone_ids_push(ids, next.forced[i]);
        if (!next.allowed && !next.mask) return;
        if (!next.mask && !next.num_allowed) return;
        const int32_t id = choose(&next, r);
        hone_ids_push(ids, id);
        SUPPORT_MUST(hone_constraint_take(c, id, &err) == 0);
    }
}

START_TEST(test_walks)
{
    hone_constraint *c = NULL;
    int calls = 0;
    ck_assert_int_eq(hone_constraint_new(&c, &err), 0);
    for (uint32_t i = 0; i < 400; i++) {
        hone_rng r = { 8, 0, HONE_RNG_TEST, i };
        hone_ids ids = { 0 };
        hone_buf text = HONE_BUF_INIT(1 << 20);
        hone_parsed parsed;
        hone_arena *a = hone_arena_new();
        walk(c, &r, &ids);
        hone_tokenizer_decode(t, ids.data, ids.len, &text);
        ck_assert_int_eq(hone_call_parse(&parsed, a, text.data, text.len, &err), 0);
        ck_assert_msg(parsed.error == HONE_CALL_OK, "%s: %s", text.data, parsed.error_text);
        ck_assert_msg(parsed.calls.count > 0, "%s", text.data);
        ck_assert_int_eq(hone_grammar_check(grammar, ids.data, (int64_t)ids.len, &err),
                         (int64_t)ids.len);
        for (size_t k = 0; k < parsed.calls.count; k++) {
            const hone_call *call = &parsed.calls.items[k];
            if (!strcmp(call->name, "call"))
                ck_assert(hone_json_is(hone_json_get(call->arguments, "b"), HONE_JSON_INT));
            calls++;
        }
        hone_arena_free(a);
        hone_buf_done(&text);
        hone_ids_done(&ids);
    }
    ck_assert_int_ge(calls, 400);
    hone_constraint_free(c);
}
END_TEST

START_TEST(test_no_memory)
{
    static const char text[] = CALL "call{a:" E "the" E ",b:12}" END STOP;
    hone_ids ids = { 0 };
    int failures = 0;
    ck_assert_int_eq(hone_tokenizer_encode(t, text, strlen(text), true, &ids, &err), 0);
    for (int64_t nth = 1; nth < 60; nth++) {
        hone_mem_fail_after(nth, false);
        const int64_t n = hone_grammar_check(grammar, ids.data, (int64_t)ids.len, &err);
        hone_mem_fail_after(0, false);
        ck_assert(n == HONE_E_MEMORY || n == (int64_t)ids.len);
        failures += n < 0;
    }
    ck_assert_int_ge(failures, 5);
    hone_ids_done(&ids);
}
END_TEST

int main(void)
{
    TCase *tc = support_case("constrain");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_passes);
    tcase_add_test(tc, test_stops);
    tcase_add_test(tc, test_forced);
    tcase_add_test(tc, test_walks);
    tcase_add_test(tc, test_no_memory);
    return support_run(tc);
}
