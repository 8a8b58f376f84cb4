/*
 * LoRA dropout on a tiny model: rows that share a beginning have the gradient of the separate rows,
 * which is the slope of the loss under the step's masks; scores see the whole adapter; masks are a
 * function of seed and step.
 */
#include <math.h>

#include "model/engine.h"
#include "tests/support.h"
#include "tests/support_tiny.h"

enum { PREFIX = 19, ROWS = 3, OWN = 9, LABELS = 4, MOST = ROWS * (PREFIX + OWN) };

static hone_err err;
static hone_config config;
static hone_model *model;
static hone_adapter *adapter;

/* The rows with their beginning once, or each with its own. */
typedef struct rows {
    int32_t tokens[MOST];
    hone_segment segments[ROWS + 1];
    hone_label labels[ROWS * LABELS];
    hone_batch b;
} rows;

static int32_t id_at(int row, int i)
{
    return i < PREFIX ? 60 + i * 7 % 90 : (100 + 31 * row + 13 * i) % 320;
}

static void rows_make(rows *r, bool shared)
{
    int32_t n = 0, segments = 0, labels = 0;
    for (int i = 0; shared && i < PREFIX; i++) r->tokens[n++] = id_at(0, i);
    if (shared) r->segments[segments++] = (hone_segment){ -1, 0, PREFIX };
    for (int row = 0; row < ROWS; row++) {
        const int32_t start = n;
        for (int i = shared ? PREFIX : 0; i < PREFIX + OWN; i++) r->tokens[n++] = id_at(row, i);
        r->segments[segments++] = (hone_segment){ shared ? 0 : -1, start, n - start };
        for (int k = 0; k < LABELS; k++)
            r->labels[labels++] = (hone_label){ n - 2 - k, id_at(row, PREFIX + OWN - 1 - k), 0.1f,
                                                row };
    }
    r->b = (hone_batch){ .tokens = r->tokens, .num_tokens = n, .segments = r->segments,
                         .num_segments = segments, .labels = r->labels, .num_labels = labels };
}

static hone_engine *engine_new(double dropout, bool recompute)
{
    const hone_engine_options o = { .threads = 2, .training = true, .dropout = dropout,
                                    .recompute = recompute };
    hone_engine *e = NULL;
    ck_assert_int_eq(hone_engine_open(&e, model, &o, &err), 0);
    ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
    hone_engine_drop(e, 5, 11);
    return e;
}

static void setup(void)
{
    const hone_lora_config lora = { .r = 3, .alpha = 6, .targets = (1u << HONE_LINEARS) - 1,
                                    .control_rows = true };
    config = support_tiny_config(3, 1);
    model = support_tiny_model(&config, 3);
    ck_assert_int_eq(hone_adapter_new(&adapter, &config, &lora, &err), 0);
    for (size_t i = 0; i < adapter->count; i++)
        adapter->params[i] = 0.2f * hone_rng_normal(9, HONE_RNG_TEST, 1, i);
}

static void teardown(void)
{
    hone_adapter_free(adapter);
    hone_model_close(model);
}

static double loss_of(hone_engine *e, const rows *r, float *grads)
{
    hone_loss loss;
    hone_engine_zero_grads(e);
    ck_assert_msg(hone_engine_accumulate(e, &r->b, &loss, &err) == 0, "%s", err.message);
    ck_assert(loss.finite);
    if (grads) ck_assert_int_eq(hone_engine_read(e, HONE_VEC_GRADS, grads, &err), 0);
    return loss.sum;
}

static double norm_of(const float *x, const float *minus)
{
    double sum = 0;
    for (size_t i = 0; i < adapter->count; i++) {
        const double d = (double)x[i] - (minus ? (double)minus[i] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

START_TEST(shared_equals_unshared)
{
    static rows one, apart;
    const size_t n = adapter->count;
    float *a = hone_calloc(n, sizeof *a), *b = hone_calloc(n, sizeof *b);
    rows_make(&one, true);
    rows_make(&apart, false);
    for (int recompute = 0; recompute < 2; recompute++) {
        hone_engine *e = engine_new(0.3, recompute);
        const double x = loss_of(e, &one, a), y = loss_of(e, &apart, b);
        ck_assert_double_le(fabs(x - y), 1e-6 * y);
        ck_assert_msg(norm_of(a, b) <= 1e-5 * norm_of(b, NULL), "%g of %g", norm_of(a, b),
                      norm_of(b, NULL));
        hone_engine_close(e);
    }
    hone_free(a);
    hone_free(b);
}
END_TEST

/* The gradient is the slope of the loss that the masks leave: along itself it is its norm. */
START_TEST(slope)
{
    static rows r;
    const size_t n = adapter->count;
    const double h = 2e-3;
    float *g = hone_calloc(n, sizeof *g), *p = hone_calloc(n, sizeof *p);
    hone_engine *e = engine_new(0.3, false);
    rows_make(&r, true);
    (void)loss_of(e, &r, g);
    const double norm = norm_of(g, NULL);
    double value[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            p[i] = (float)((double)adapter->params[i] + (side ? -h : h) * (double)g[i] / norm);
        ck_assert_int_eq(hone_engine_write(e, HONE_VEC_PARAMS, p, &err), 0);
        value[side] = loss_of(e, &r, NULL);
    }
    const double want = (value[0] - value[1]) / (2 * h);
    ck_assert_msg(fabs(norm - want) <= 1e-3 * want, "%g, not %g", norm, want);
    hone_engine_close(e);
    hone_free(g);
    hone_free(p);
}
END_TEST

START_TEST(masks)
{
    static rows r;
    hone_loss score, plain;
    hone_engine *none = engine_new(0, false), *e = engine_new(0.3, false);
    rows_make(&r, true);
    const double first = loss_of(e, &r, NULL), whole = loss_of(none, &r, NULL);
    ck_assert(first != whole);
    ck_assert(loss_of(e, &r, NULL) == first);
    hone_engine_drop(e, 5, 12);
    ck_assert(loss_of(e, &r, NULL) != first);
    hone_engine_drop(e, 6, 11);
    ck_assert(loss_of(e, &r, NULL) != first);
    hone_engine_drop(none, 5, 12);
    ck_assert(loss_of(none, &r, NULL) == whole);
    ck_assert_int_eq(hone_engine_score(e, &r.b, &score, NULL, NULL, &err), 0);
    ck_assert_int_eq(hone_engine_score(none, &r.b, &plain, NULL, NULL, &err), 0);
    ck_assert(score.sum == plain.sum);
    hone_engine_close(none);
    hone_engine_close(e);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("dropout");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, shared_equals_unshared);
    tcase_add_test(t, slope);
    tcase_add_test(t, masks);
    return support_run(t);
}
