/*
 * Generation against brute force on a toy model: whatever the grouping, the number of slots and the
 * order of the prompts, each answer is what repeated whole forward passes give; and to the bit the
 * same with drafts that are right, wrong somewhere, cut short or too long.
 */
#include <math.h>
#include <string.h>

#include "common/log.h"
#include "common/stop.h"
#include "eval/generate.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "tests/support_tokenizer.h"

enum { PROMPTS = 14, LONGEST = 60, NEW = 12, CONTEXT = 50 };

static hone_err err;
static hone_model *model;
static hone_engine *engine;
static int32_t ids[PROMPTS][LONGEST];
static hone_span prompts[PROMPTS];

typedef struct expected {
    int32_t ids[NEW];
    int32_t count;
    hone_stop stop;
    float margin;
} expected;
static expected want[PROMPTS];

/* Two families with a common beginning, some loose ones, one that is too long. */
static void prompts_make(void)
{
    for (int i = 0; i < PROMPTS; i++) {
        int n = 0, family = i % 3, shared = family == 0 ? 20 : family == 1 ? 24 : 0;
        for (int k = 0; k < shared; k++) ids[i][n++] = 110 + family * 60 + k;
        for (int k = 0; k < 3 + i % 4; k++)
            ids[i][n++] =
                (int32_t)(107 + hone_rng_below(3, HONE_RNG_TEST, (uint32_t)i, (uint64_t)k, 200));
        if (i == 5)
            while (n < CONTEXT) ids[i][n++] = 120;
        if (i == 7) n = 1; /* one id, shares nothing */
        prompts[i] = (hone_span){ ids[i], n };
    }
}

static void brute_force(int p)
{
    int V = engine ? hone_engine_config(engine)->V : 0;
    float *logits = hone_calloc((size_t)V, sizeof *logits);
    int32_t text[LONGEST + NEW], n = prompts[p].count;
    expected *e = &want[p];
    *e = (expected){ .stop = HONE_STOP_ERROR, .margin = INFINITY };
    memcpy(text, prompts[p].ids, (size_t)n * sizeof *text);
    int limit = CONTEXT - n < NEW ? CONTEXT - n : NEW;
    if (limit > 0) e->stop = HONE_STOP_LENGTH;
    while (e->count < limit && e->stop == HONE_STOP_LENGTH) {
        hone_segment segment = { -1, 0, n };
        hone_batch b = { text, n, &segment, 1, NULL, 0 };
        int32_t at = n - 1, best = 0;
        ck_assert_int_eq(hone_engine_logits(engine, &b, &at, 1, logits, &err), 0);
        float second = -INFINITY;
        for (int i = 1; i < V; i++)
            if (logits[i] > logits[best]) best = i;
        for (int i = 0; i < V; i++)
            if (i != best && logits[i] > second) second = logits[i];
        e->margin = fminf(e->margin, logits[best] - second);
        e->ids[e->count++] = text[n++] = best;
        if (hone_is_stop_id(best)) e->stop = HONE_STOP_TOKEN;
    }
    hone_free(logits);
}

static void setup(void)
{
    hone_config config = support_tiny_config(4, 1);
    const hone_engine_options o = { 2, false };
    hone_err_clear(&err);
    hone_log_set_level(HONE_LOG_QUIET);
    model = support_tiny_model(&config, 15);
    ck_assert_int_eq(hone_engine_open(&engine, model, &o, &err), 0);
    prompts_make();
}

static void teardown(void)
{
    hone_engine_close(engine);
    hone_model_close(model);
}

typedef struct heard {
    const int *order; /* prompt i of the call is prompts[order[i]] */
    int times[PROMPTS];
    int stop_after;
    float margins[PROMPTS];
    const hone_span *drafts;
    int64_t drafted;
} heard;

static int on_done(void *user, size_t index, const hone_generation *g, hone_err *e)
{
    heard *h = user;
    int p = h->order[index];
    (void)e;
    h->times[p]++;
    ck_assert_int_eq(g->prompt_count, prompts[p].count);
    ck_assert_int_eq(g->stop, want[p].stop);
    ck_assert_int_eq(g->count, want[p].count);
    if (g->count) ck_assert(memcmp(g->ids, want[p].ids, (size_t)g->count * sizeof *g->ids) == 0);
    ck_assert_int_eq(g->stop_id, g->stop == HONE_STOP_TOKEN ? g->ids[g->count - 1] : -1);
    if (g->count) ck_assert(fabsf(g->margin_min - want[p].margin) < 1e-3f);
    h->margins[p] = g->margin_min;
    double logprob = 0;
    for (int32_t i = 0; i < g->count; i++) {
        ck_assert_int_eq(g->picks[i].id, g->ids[i]);
        logprob += (double)g->picks[i].logprob;
    }
    ck_assert(g->logprob == logprob && (g->count == 0 || logprob < 0));
    if (h->stop_after && --h->stop_after == 0) hone_stop_request();
    return 0;
}

static int generate(heard *h, const int *order, int slots)
{
    hone_span spans[PROMPTS], drafts[PROMPTS];
    hone_generate_stats stats = { 0 };
    const hone_generate_options o = { .max_new_tokens = NEW,
                                      .context = CONTEXT,
                                      .slots = slots,
                                      .label = "generating",
                                      .drafts = h->drafts ? drafts : NULL,
                                      .on_done = on_done,
                                      .user = h };
    h->order = order;
    for (int i = 0; i < PROMPTS; i++) {
        spans[i] = prompts[order[i]];
        if (h->drafts) drafts[i] = h->drafts[order[i]];
    }
    int rc = hone_generate(engine, spans, PROMPTS, &o, &stats, &err);
    h->drafted = stats.drafted;
    return rc;
}

START_TEST(test_against_brute_force)
{
    int order[PROMPTS], stops = 0, lengths = 0;
    for (int i = 0; i < PROMPTS; i++) {
        order[i] = i;
        brute_force(i);
        stops += want[i].stop == HONE_STOP_TOKEN;
        lengths += want[i].stop == HONE_STOP_LENGTH;
    }
    ck_assert_int_eq(want[5].stop, HONE_STOP_ERROR);
    ck_assert(stops > 0 && lengths > 0); /* the seed was chosen so */
    const int slots[] = { 1, 2, 3, 5, 32 };
    for (size_t k = 0; k < sizeof slots / sizeof slots[0]; k++) {
        heard h = { 0 };
        int rc = generate(&h, order, slots[k]);
        ck_assert_msg(rc == 0, "%s", err.message);
        for (int i = 0; i < PROMPTS; i++) ck_assert_int_eq(h.times[i], 1);
        for (int i = 0; i < PROMPTS; i++) order[i] = (order[i] + 5) % PROMPTS; /* another order */
    }
}
END_TEST

enum { KINDS = 6, DRAFT = NEW + 4 };

/* Kind 0: none; 1: the answer; 2: its beginning; 3: more than it; 4: another id first; 5: another
 * id somewhere. */
static void draft_make(int p, int kind, int32_t ids_of[DRAFT], hone_span *ret)
{
    const expected *e = &want[p];
    int n = e->count;
    memcpy(ids_of, e->ids, (size_t)n * sizeof *ids_of);
    if (kind == 0) n = 0;
    if (kind == 2) n = n > 1 ? 1 + p % (n - 1) : n;
    if (kind == 3)
        for (int i = 0; i < 4; i++) ids_of[n++] = 111;
    if (kind == 4 && n) ids_of[0] = ids_of[0] == 112 ? 113 : 112;
    if (kind == 5 && n) ids_of[p % n] = ids_of[p % n] == 112 ? 113 : 112;
    *ret = (hone_span){ ids_of, n };
}

START_TEST(test_drafts_change_nothing)
{
    int order[PROMPTS], total = 0;
    int32_t texts[PROMPTS][DRAFT];
    hone_span drafts[PROMPTS];
    heard plain = { 0 };
    for (int i = 0; i < PROMPTS; i++) {
        order[i] = i;
        brute_force(i);
        total += want[i].count;
    }
    ck_assert_int_eq(generate(&plain, order, 4), 0);
    for (int kind = 0; kind < KINDS + 3; kind++) { /* the last ones mix the kinds */
        for (int i = 0; i < PROMPTS; i++)
            draft_make(i, kind < KINDS ? kind : (i + kind) % KINDS, texts[i], &drafts[i]);
        for (int slots = 1; slots < 20; slots += 6) {
            heard h = { .drafts = drafts };
            int rc = generate(&h, order, slots);
            ck_assert_msg(rc == 0, "%s", err.message);
            for (int i = 0; i < PROMPTS; i++) ck_assert_int_eq(h.times[i], 1);
            ck_assert(memcmp(h.margins, plain.margins, sizeof h.margins) == 0);
            if (kind == 0 || kind == 4) ck_assert_int_eq(h.drafted, 0);
            if (kind == 1 || kind == 3) ck_assert_int_eq(h.drafted, total);
            for (int i = 0; i < PROMPTS; i++) order[i] = (order[i] + 3) % PROMPTS;
        }
    }
}
END_TEST

START_TEST(test_stop_request)
{
    int order[PROMPTS];
    heard h = { .stop_after = 2 };
    for (int i = 0; i < PROMPTS; i++) {
        order[i] = i;
        brute_force(i);
    }
    ck_assert_int_eq(generate(&h, order, 2), HONE_E_STOPPED);
    int heard_of = 0;
    for (int i = 0; i < PROMPTS; i++) heard_of += h.times[i];
    ck_assert(heard_of >= 2 && heard_of < PROMPTS);
}
END_TEST

/* ---- with a grammar ---- */

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"call\",\"description\":\"d\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"boolean\"},"
    "\"e\":{\"type\":\"string\",\"enum\":[\"the\",\"user\"]}},\"required\":[\"b\"]}}}]";

typedef struct kept {
    const hone_grammar *grammar;
    hone_ids ids[PROMPTS];
    int ended;
} kept;

static int keep(void *user, size_t index, const hone_generation *g, hone_err *e)
{
    kept *k = user;
    hone_ids *ids_of = &k->ids[index];
    if (g->stop == HONE_STOP_ERROR) return 0;
    ck_assert_int_eq(hone_grammar_check(k->grammar, g->ids, g->count, e), g->count);
    ck_assert(g->stop == HONE_STOP_TOKEN || g->count == 40);
    k->ended += g->stop == HONE_STOP_TOKEN && g->stop_id == HONE_ID_RESPONSE;
    for (int32_t i = 0; i < g->count; i++) {
        ck_assert_int_eq(g->picks[i].id, g->ids[i]);
        hone_ids_push(ids_of, g->ids[i]);
    }
    return 0;
}

static void constrained(hone_engine *e, const hone_grammar *grammar, int slots, kept *k)
{
    const hone_grammar *grammars[PROMPTS];
    hone_generate_stats stats;
    for (int i = 0; i < PROMPTS; i++) grammars[i] = grammar;
    *k = (kept){ .grammar = grammar };
    const hone_generate_options o = { .max_new_tokens = 40,
                                      .context = 200,
                                      .slots = slots,
                                      .label = "generating",
                                      .drafts = prompts, /* not looked at */
                                      .grammars = grammars,
                                      .on_done = keep,
                                      .user = k };
    ck_assert_msg(hone_generate(e, prompts, PROMPTS, &o, &stats, &err) == 0, "%s", err.message);
    ck_assert(stats.forced > 0 && stats.drafted == 0);
}

/* Calls become likely: those rows of the embedding grow. */
static void favour(hone_model *m, int32_t id, float by)
{
    const hone_tensor *t = hone_model_slot(m, 0);
    float *row = (float *)(uintptr_t)t->data + (int64_t)id * t->shape[1];
    for (int64_t i = 0; i < t->shape[1]; i++) row[i] *= by;
}

/* A model without any training: all it says is text or well-formed calls, whatever the slots. */
START_TEST(test_constrained)
{
    hone_config config = support_tiny_config(4, 1);
    config.V = SUPPORT_PIECES;
    hone_model *m = support_tiny_model(&config, 40);
    favour(m, HONE_ID_CALL, 20);
    favour(m, HONE_ID_RESPONSE, 20);
    hone_tokenizer *t = support_tokenizer();
    hone_arena *a = hone_arena_new();
    hone_engine *e = NULL;
    hone_json *tools;
    hone_grammar *grammar;
    kept first, other;
    const hone_engine_options o = { .threads = 2 };
    ck_assert_int_eq(hone_json_parse(&tools, a, tools_text, strlen(tools_text), "t", 1, &err), 0);
    ck_assert_int_eq(hone_grammar_new(&grammar, t, tools, &err), 0);
    ck_assert_int_eq(hone_engine_open(&e, m, &o, &err), 0);
    constrained(e, grammar, 5, &first);
    for (int slots = 1; slots < 16; slots += 7) {
        constrained(e, grammar, slots, &other);
        for (int i = 0; i < PROMPTS; i++) {
            ck_assert_uint_eq(first.ids[i].len, other.ids[i].len);
            ck_assert_int_eq(memcmp(first.ids[i].data, other.ids[i].data,
                                    first.ids[i].len * sizeof(int32_t)), 0);
            hone_ids_done(&other.ids[i]);
        }
    }
    for (int i = 0; i < PROMPTS; i++) hone_ids_done(&first.ids[i]);
    hone_engine_close(e);
    hone_grammar_free(grammar);
    hone_arena_free(a);
    hone_tokenizer_free(t);
    hone_model_close(m);
}
END_TEST

static int refuse(void *user, size_t index, const hone_generation *g, hone_err *e)
{
    (void)user;
    (void)index;
    (void)g;
    return hone_fail(e, HONE_E_IO, "no");
}

START_TEST(test_edges)
{
    const hone_generate_options o = { .max_new_tokens = NEW,
                                      .context = CONTEXT,
                                      .slots = 4,
                                      .label = "generating",
                                      .on_done = refuse };
    ck_assert_int_eq(hone_generate(engine, prompts, 0, &o, NULL, &err), 0);
    ck_assert_int_eq(hone_generate(engine, prompts, 3, &o, NULL, &err), HONE_E_IO);
    hone_generate_options small = o;
    small.context = 1;
    ck_assert_int_eq(hone_generate(engine, prompts, 3, &small, NULL, &err), HONE_E_IO);
    ck_assert(hone_is_stop_id(50) && hone_is_stop_id(106) && hone_is_stop_id(1));
    ck_assert(!hone_is_stop_id(49));
}
END_TEST

int main(void)
{
    TCase *t = support_case("generate");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_against_brute_force);
    tcase_add_test(t, test_drafts_change_nothing);
    tcase_add_test(t, test_constrained);
    tcase_add_test(t, test_stop_request);
    tcase_add_test(t, test_edges);
    return support_run(t);
}
