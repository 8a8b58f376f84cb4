/*
 * What an evaluation promises of generation, over many prompts of toy models: 1,000 prompts in any
 * order, any number of slots and threads, with drafts and without, give the same answers and
 * margins to the bit; 50 prompts around the borders of tiles and of the window give what whole
 * passes give; the end of the context stops an answer cleanly. And whatever weights are, what is
 * decoded under a grammar parses and satisfies its tools.
 */
#include <math.h>
#include <string.h>

#include "common/log.h"
#include "datasets/schema.h"
#include "eval/generate.h"
#include "model/call.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "tests/support_tokenizer.h"

enum { MANY = 1000, LONG = 520, NEW = 6, CONTEXT = 600 };

typedef struct answer {
    int32_t ids[NEW], count;
    hone_stop stop;
    float margin;
    double logprob;
} answer;

typedef struct many {
    const uint32_t *order; /* prompt i of the call is prompts[order[i]] */
    answer *answers;
} many;

static hone_err err;
static hone_model *model;
static hone_engine *engine;
static int32_t ids[MANY][40], long_ids[LONG + NEW];
static hone_span prompts[MANY];

/* Families that share 12 ids, and loose ones. */
static void prompts_make(void)
{
    for (uint32_t i = 0; i < MANY; i++) {
        hone_rng r = { 11, 0, HONE_RNG_TEST, i };
        const uint32_t family = i % 7;
        const int32_t own = 1 + (int32_t)hone_rng_next_below(&r, 20);
        int32_t n = 0;
        for (; family && n < 12; n++) ids[i][n] = 110 + (int32_t)family * 20 + n;
        for (int32_t k = 0; k < own; k++)
            ids[i][n++] = 107 + (int32_t)hone_rng_next_below(&r, 200);
        prompts[i] = (hone_span){ ids[i], n };
    }
    for (uint32_t i = 0; i < LONG; i++)
        long_ids[i] = 107 + (int32_t)hone_rng_below(12, HONE_RNG_TEST, 0, i, 200);
}

static hone_engine *open_engine(int threads)
{
    hone_engine *e = NULL;
    const hone_engine_options o = { .threads = threads };
    ck_assert_msg(hone_engine_open(&e, model, &o, &err) == 0, "%s", err.message);
    return e;
}

static void setup(void)
{
    hone_config config = support_tiny_config(3, 1);
    config.max_positions = 1024;
    hone_err_clear(&err);
    hone_log_set_level(HONE_LOG_QUIET);
    model = support_tiny_model(&config, 31);
    engine = open_engine(2);
    prompts_make();
}

static void teardown(void)
{
    hone_engine_close(engine);
    hone_model_close(model);
}

static int keep(void *user, size_t index, const hone_generation *g, hone_err *e)
{
    const many *m = user;
    answer *a = &m->answers[m->order[index]];
    (void)e;
    SUPPORT_MUST(a->count == 0 && g->count <= NEW);
    if (g->count) memcpy(a->ids, g->ids, (size_t)g->count * sizeof *a->ids);
    a->count = g->count;
    a->stop = g->stop;
    a->margin = g->margin_min;
    a->logprob = g->logprob;
    return 0;
}

/* Fresh answers of all prompts in that order; drafts by prompt, or NULL. */
static answer *answer_all(hone_engine *e, const uint32_t *order, int slots, const answer *drafts)
{
    answer *answers = hone_calloc(MANY, sizeof *answers);
    hone_span *spans = hone_calloc(2 * MANY, sizeof *spans);
    many m = { order, answers };
    for (uint32_t i = 0; i < MANY; i++) {
        spans[i] = prompts[order[i]];
        if (drafts)
            spans[MANY + i] = (hone_span){ drafts[order[i]].ids, drafts[order[i]].count };
    }
    const hone_generate_options o = { .max_new_tokens = NEW,
                                      .context = CONTEXT,
                                      .slots = slots,
                                      .label = "generating",
                                      .drafts = drafts ? spans + MANY : NULL,
                                      .on_done = keep,
                                      .user = &m };
    ck_assert_msg(hone_generate(e, spans, MANY, &o, NULL, &err) == 0, "%s", err.message);
    hone_free(spans);
    return answers;
}

static void check_same(const answer *want, const answer *got, int setting)
{
    for (int i = 0; i < MANY; i++) {
        const answer *a = &want[i], *b = &got[i];
        ck_assert_msg(a->count == b->count && a->stop == b->stop && a->margin == b->margin &&
                          a->logprob == b->logprob &&
                          !memcmp(a->ids, b->ids, sizeof a->ids),
                      "prompt %d, setting %d", i, setting);
    }
}

START_TEST(test_thousand_prompts)
{
    static const struct {
        int slots, threads;
        bool drafts;
    } settings[] = { { 1, 1, false }, { 2, 3, false }, { 7, 2, true },  { 16, 1, true },
                     { 32, 2, false }, { 64, 2, true }, { 64, 3, false } };
    uint32_t order[MANY];
    for (uint32_t i = 0; i < MANY; i++) order[i] = i;
    answer *want = answer_all(engine, order, 5, NULL), *drafts = hone_calloc(MANY, sizeof *drafts);
    memcpy(drafts, want, MANY * sizeof *drafts);
    for (int i = 0; i < MANY; i += 3) /* every third draft goes wrong */
        if (drafts[i].count) drafts[i].ids[i % drafts[i].count] = 112 + i % 50;
    for (int k = 0; k < (int)(sizeof settings / sizeof settings[0]); k++) {
        hone_engine *e = open_engine(settings[k].threads);
        hone_rng_shuffle(13, HONE_RNG_TEST, (uint32_t)k, order, MANY);
        answer *got = answer_all(e, order, settings[k].slots, settings[k].drafts ? drafts : NULL);
        check_same(want, got, k);
        hone_free(got);
        hone_engine_close(e);
    }
    hone_free(drafts);
    hone_free(want);
}
END_TEST

/* Greedy continuation of n ids by whole passes. */
static void brute_force(int32_t n, answer *ret)
{
    int32_t text[LONG + NEW];
    float logits[320];
    memcpy(text, long_ids, (size_t)n * sizeof *text);
    *ret = (answer){ .stop = HONE_STOP_LENGTH };
    while (ret->count < NEW && ret->stop == HONE_STOP_LENGTH) {
        const hone_segment segment = { -1, 0, n };
        const hone_batch b = { text, n, &segment, 1, NULL, 0 };
        const int32_t at = n - 1;
        int32_t best = 0;
        ck_assert_int_eq(hone_engine_logits(engine, &b, &at, 1, logits, &err), 0);
        for (int32_t i = 1; i < 320; i++)
            if (logits[i] > logits[best]) best = i;
        text[n++] = ret->ids[ret->count++] = best;
        if (hone_is_stop_id(best)) ret->stop = HONE_STOP_TOKEN;
    }
}

START_TEST(test_fifty_without_cache)
{
    static const int32_t borders[] = { 1, 7, 8, 9, 127, 128, 129, 511, 512, 513 };
    enum { FIFTY = 50, BORDERS = sizeof borders / sizeof borders[0] };
    answer answers[MANY] = { 0 };
    hone_span spans[FIFTY];
    uint32_t order[FIFTY];
    many m = { order, answers };
    for (int i = 0; i < FIFTY; i++) {
        const int32_t n = i < BORDERS ? borders[i] : 2 + 5 * i;
        spans[i] = (hone_span){ long_ids, n };
        order[i] = (uint32_t)i;
    }
    const hone_generate_options o = { .max_new_tokens = NEW,
                                      .context = CONTEXT,
                                      .slots = 6,
                                      .label = "generating",
                                      .on_done = keep,
                                      .user = &m };
    ck_assert_msg(hone_generate(engine, spans, FIFTY, &o, NULL, &err) == 0, "%s", err.message);
    for (int i = 0; i < FIFTY; i++) {
        answer want;
        brute_force(spans[i].count, &want);
        ck_assert_int_eq(answers[i].count, want.count);
        ck_assert_msg(!memcmp(answers[i].ids, want.ids, sizeof want.ids), "%d ids",
                      spans[i].count);
    }
}
END_TEST

/* Prompts up to the context's end and past it: as many ids as fit, then a stop by length; no answer
 * where nothing fits. */
START_TEST(test_context_end)
{
    enum { LIMIT = 60, CASES = 6 };
    answer answers[MANY] = { 0 };
    hone_span spans[CASES];
    uint32_t order[CASES];
    many m = { order, answers };
    for (int i = 0; i < CASES; i++) {
        spans[i] = (hone_span){ long_ids, LIMIT - 3 + i };
        order[i] = (uint32_t)i;
    }
    const hone_generate_options o = { .max_new_tokens = NEW,
                                      .context = LIMIT,
                                      .slots = 2,
                                      .label = "generating",
                                      .on_done = keep,
                                      .user = &m };
    ck_assert_msg(hone_generate(engine, spans, CASES, &o, NULL, &err) == 0, "%s", err.message);
    for (int i = 0; i < CASES; i++) {
        const int32_t room = 3 - i;
        const answer *a = &answers[i];
        if (room <= 0) ck_assert(a->stop == HONE_STOP_ERROR && a->count == 0);
        else if (a->stop == HONE_STOP_LENGTH) ck_assert_int_eq(a->count, room);
        else ck_assert_int_eq(a->stop, HONE_STOP_TOKEN);
    }
}
END_TEST

/* ---- under a grammar ---- */

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
    "{\"x\":{\"type\":\"boolean\"},\"y\":{\"type\":\"string\"}},\"required\":[\"x\"]}},"
    "\"required\":[\"l\",\"o\"]}}}]";

typedef struct valid {
    const hone_tokenizer *t;
    const hone_json *tools;
    int ended, calls;
} valid;

/* Keys come in the declared order. */
static bool in_order(const hone_json *tools, const hone_call *call)
{
    for (size_t i = 0; i < tools->len; i++) {
        const hone_json *f = hone_json_get(tools->items[i], "function");
        const hone_json *p = hone_json_get(hone_json_get(f, "parameters"), "properties");
        size_t at = 0;
        if (!hone_json_str_eq(hone_json_get(f, "name"), call->name)) continue;
        for (size_t k = 0; k < p->len && at < call->arguments->len; k++)
            at += !strcmp(p->members[k].key, call->arguments->members[at].key);
        return at == call->arguments->len;
    }
    return false;
}

static int check_valid(void *user, size_t index, const hone_generation *g, hone_err *e)
{
    valid *v = user;
    hone_arena *a = hone_arena_new();
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_parsed parsed;
    (void)index;
    if (g->stop == HONE_STOP_TOKEN) {
        hone_tokenizer_decode(v->t, g->ids, (size_t)g->count, &text);
        ck_assert_int_eq(hone_call_parse(&parsed, a, text.data, text.len, e), 0);
        ck_assert_msg(parsed.error == HONE_CALL_OK, "%s: %s", text.data, parsed.error_text);
        for (size_t k = 0; k < parsed.calls.count; k++, v->calls++) {
            const hone_call *call = &parsed.calls.items[k];
            hone_schema_finding found = { 0 };
            ck_assert_msg(hone_schema_call(v->tools, call->name, call->arguments, &found) ==
                              HONE_SCHEMA_OK,
                          "%s: %s", text.data, found.text);
            ck_assert_msg(in_order(v->tools, call), "%s", text.data);
        }
        v->ended++;
    }
    hone_buf_done(&text);
    hone_arena_free(a);
    return 0;
}

/* Rows of the embedding that make calls likely, and their strings short. */
static void favour(hone_model *m, int32_t id, float by)
{
    const hone_tensor *t = hone_model_slot(m, 0);
    float *row = (float *)(uintptr_t)t->data + (int64_t)id * t->shape[1];
    for (int64_t i = 0; i < t->shape[1]; i++) row[i] *= by;
}

static void constrained(uint64_t seed, const hone_grammar *grammar, valid *v)
{
    enum { PROMPTS = 40 };
    hone_config config = support_tiny_config(2, 1);
    config.V = SUPPORT_PIECES;
    hone_model *m = support_tiny_model(&config, seed);
    hone_engine *e = NULL;
    const hone_engine_options eo = { .threads = 2 };
    const hone_grammar *grammars[PROMPTS];
    for (int i = 0; i < PROMPTS; i++) grammars[i] = grammar;
    favour(m, HONE_ID_CALL, 20);
    favour(m, HONE_ID_RESPONSE, 20);
    favour(m, HONE_ID_ESCAPE, 20);
    const hone_generate_options o = { .max_new_tokens = 120,
                                      .context = 400,
                                      .slots = 8,
                                      .label = "generating",
                                      .grammars = grammars,
                                      .on_done = check_valid,
                                      .user = v };
    ck_assert_int_eq(hone_engine_open(&e, m, &eo, &err), 0);
    ck_assert_msg(hone_generate(e, prompts, PROMPTS, &o, NULL, &err) == 0, "%s", err.message);
    hone_engine_close(e);
    hone_model_close(m);
}

START_TEST(test_constrained_is_valid)
{
    hone_tokenizer *t = support_tokenizer();
    hone_arena *a = hone_arena_new();
    hone_json *tools;
    hone_grammar *grammar;
    valid v = { .t = t };
    ck_assert_int_eq(hone_json_parse(&tools, a, tools_text, strlen(tools_text), "t", 1, &err), 0);
    ck_assert_int_eq(hone_grammar_new(&grammar, t, tools, &err), 0);
    v.tools = tools;
    for (uint64_t seed = 1; seed <= 12; seed++) constrained(seed, grammar, &v);
    ck_assert_int_ge(v.ended, 60);
    ck_assert_int_ge(v.calls, 60);
    hone_grammar_free(grammar);
    hone_arena_free(a);
    hone_tokenizer_free(t);
}
END_TEST

int main(void)
{
    TCase *t = support_case("many");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_thousand_prompts);
    tcase_add_test(t, test_fifty_without_cache);
    tcase_add_test(t, test_context_end);
    tcase_add_test(t, test_constrained_is_valid);
    return support_run(t);
}
