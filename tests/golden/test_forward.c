/*
 * The forward pass on the real weights against PyTorch (golden_forward.json): every listed logit
 * within 2e-3, log-sum-exp likewise, summed negative log likelihood within 1e-4 relative.
 */
#include "tests/golden/support_golden.h"

static const char *model_path;

/* Logits after one position against a list of ids and values. */
static void check_position(const hone_json *want, int32_t tokens, const float *logits, int32_t V)
{
    const hone_json *ids = hone_json_get(want, "top_ids"),
                    *values = hone_json_get(want, "top_logits");
    for (size_t i = 0; i < ids->len; i++) {
        int64_t id = 0;
        ck_assert(hone_json_i64(hone_json_at(ids, i), &id));
        double have = (double)logits[id], should = hone_json_f64(hone_json_at(values, i));
        ck_assert_msg(fabs(have - should) <= 2e-3, "%d tokens, id %d: %.6f, not %.6f", tokens,
                      (int)id, have, should);
    }
    double sum = 0, lse = golden_number(want, "logsumexp");
    for (int32_t v = 0; v < V; v++) sum += exp((double)logits[v] - lse);
    ck_assert_msg(fabs(log(sum)) <= 2e-3, "%d tokens: log-sum-exp differs by %g", tokens, log(sum));
}

static void check_logits(golden *g, const hone_batch *b, const hone_json *positions)
{
    hone_err err = { 0 };
    int32_t at[16];
    const size_t n = positions->len, V = (size_t)hone_engine_config(g->engine)->V;
    float *logits = hone_malloc(n * V * sizeof *logits);
    ck_assert(logits && n <= 16);
    for (size_t i = 0; i < n; i++)
        at[i] = (int32_t)golden_number(hone_json_at(positions, i), "pos");
    ck_assert_msg(hone_engine_logits(g->engine, b, at, (int32_t)n, logits, &err) == 0, "%s",
                  err.message);
    for (size_t i = 0; i < n; i++)
        check_position(hone_json_at(positions, i), b->num_tokens, logits + i * V, (int32_t)V);
    hone_free(logits);
}

static void check_nll(golden *g, hone_batch *b, double want)
{
    hone_err err = { 0 };
    hone_loss loss;
    hone_label *labels = hone_arena_alloc(g->arena, (size_t)b->num_tokens * sizeof *labels);
    for (int32_t t = 0; t + 1 < b->num_tokens; t++)
        labels[t] = (hone_label){ t, b->tokens[t + 1], 1, 0 };
    b->labels = labels;
    b->num_labels = b->num_tokens - 1;
    if (!b->num_labels) return;
    ck_assert_msg(hone_engine_score(g->engine, b, &loss, NULL, NULL, &err) == 0, "%s", err.message);
    ck_assert_msg(loss.finite && fabs(loss.sum - want) <= 1e-4 * want,
                  "%d tokens: NLL %.6f, not %.6f", b->num_tokens, loss.sum, want);
}

START_TEST(test_forward)
{
    golden g = golden_open(model_path,
                           HONE_SOURCE_DIR "/tests/golden/gemma3_270m/golden_forward.json", false);
    const hone_json *cases = hone_json_get(g.json, "forward");
    ck_assert_uint_eq(cases->len, 7);
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *c = hone_json_at(cases, i);
        hone_batch b = { 0 };
        b.tokens = golden_ids(&g, hone_json_get(c, "ids"), &b.num_tokens);
        hone_segment whole = { -1, 0, b.num_tokens };
        b.segments = &whole;
        b.num_segments = 1;
        check_logits(&g, &b, hone_json_get(c, "positions"));
        check_nll(&g, &b, golden_number(c, "nll_sum"));
    }
    golden_close(&g);
}
END_TEST

int main(void)
{
    model_path = support_model_path();
    if (!model_path) return SUPPORT_SKIPPED;
    TCase *t = support_case("forward");
    tcase_add_test(t, test_forward);
    return support_run(t);
}
