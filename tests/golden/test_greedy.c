/*
 * Greedy continuations of the real weights against PyTorch (golden_greedy.json): the same ids up to
 * the first step whose margin is under 0.01. All prompts are decoded together, each in a slot of
 * one cache, so that neighbours must not matter; a second pass decodes them behind a shared <bos>.
 */
#include "tests/golden/support_golden.h"

enum { MAX_CASES = 16, STEPS = 32 };
#define CLOSE 0.01

static const char *model_path;

typedef struct one {
    int32_t *prompt, prompt_len;
    const hone_json *want, *margins;
    hone_pick pick;
    bool over; /* a near-tie was met: the rest may differ */
} one;

static int load_cases(golden *g, one *cases)
{
    const hone_json *list = hone_json_get(g->json, "cases");
    ck_assert(list && list->len > 0 && list->len <= MAX_CASES);
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *c = hone_json_at(list, i);
        cases[i] = (one){ .want = hone_json_get(c, "greedy_ids"),
                          .margins = hone_json_get(c, "margin_top1_top2") };
        cases[i].prompt = golden_ids(g, hone_json_get(c, "prompt_ids"), &cases[i].prompt_len);
    }
    return (int)list->len;
}

static void feed(hone_cache *cache, one *cases, int count, hone_feed *feeds)
{
    hone_err err = { 0 };
    hone_pick picks[MAX_CASES];
    ck_assert_msg(hone_cache_feed(cache, feeds, count, picks, &err) == 0, "%s", err.message);
    for (int i = 0; i < count; i++) cases[feeds[i].slot].pick = picks[i];
}

/* Compares step s of every case; returns how many ids were compared. */
static int check_step(one *cases, int count, int s)
{
    int compared = 0;
    for (int i = 0; i < count; i++) {
        one *c = &cases[i];
        if (c->over || (size_t)s >= c->want->len) continue;
        const double margin = hone_json_f64(hone_json_at(c->margins, (size_t)s));
        int64_t want = 0;
        ck_assert(hone_json_i64(hone_json_at(c->want, (size_t)s), &want));
        if (margin < CLOSE) {
            c->over = true;
            continue;
        }
        compared++;
        ck_assert_msg(c->pick.id == want, "case %d step %d: id %d, expected %lld (margin %g)", i, s,
                      c->pick.id, (long long)want, margin);
        const double got = (double)c->pick.logit - (double)c->pick.second_logit;
        ck_assert_msg(fabs(got - margin) <= 5e-3, "case %d step %d: margin %g, expected %g", i, s,
                      got, margin);
        ck_assert(c->pick.logprob <= 0 && c->pick.id != c->pick.second);
    }
    return compared;
}

static void decode_all(const char *file, int32_t shared)
{
    golden g = golden_open(model_path, file, false);
    one cases[MAX_CASES];
    hone_feed feeds[MAX_CASES];
    hone_err err = { 0 };
    hone_cache *cache;
    int count = load_cases(&g, cases), compared = 0;
    ck_assert_msg(hone_cache_new(&cache, g.engine, shared ? cases[0].prompt : NULL, shared, count,
                                 256, &err) == 0,
                  "%s", err.message);
    for (int i = 0; i < count; i++)
        feeds[i] = (hone_feed){ count - 1 - i, cases[count - 1 - i].prompt + shared,
                                cases[count - 1 - i].prompt_len - shared };
    feed(cache, cases, count, feeds);
    for (int s = 0; s < STEPS; s++) {
        int32_t ids[MAX_CASES];
        compared += check_step(cases, count, s);
        for (int i = 0; i < count; i++) {
            ids[i] = cases[i].pick.id;
            feeds[i] = (hone_feed){ i, &ids[i], 1 };
        }
        feed(cache, cases, count, feeds);
    }
    ck_assert_msg(compared > 100, "only %d ids were compared", compared);
    hone_cache_free(cache);
    golden_close(&g);
}

START_TEST(greedy_alone)
{
    decode_all(HONE_SOURCE_DIR "/tests/golden/gemma3_270m/golden_greedy.json", 0);
}
END_TEST

START_TEST(greedy_behind_a_shared_token)
{
    decode_all(HONE_SOURCE_DIR "/tests/golden/gemma3_270m/golden_greedy.json", 1);
}
END_TEST

int main(void)
{
    model_path = support_model_path();
    if (!model_path) return SUPPORT_SKIPPED;
    TCase *t = support_case("greedy");
    tcase_add_test(t, greedy_alone);
    tcase_add_test(t, greedy_behind_a_shared_token);
    return support_run(t);
}
