/*
 * Training against the stored weights: the engine's weights are the bytes that the exporter writes;
 * gradients are those of a plain engine whose base lies there; inputs are rounded as the device
 * does; bf16, decoding, detaching, and formats that do not fit.
 */
#include "export/quantised.h"
#include "model/engine_cpu.h"
#include "tests/support.h"
#include "tests/support_tiny.h"

enum { LAYERS = 3, RANK = 4, TOKENS = 40 };

static hone_err err;
static hone_model *tiny;
static hone_adapter *adapter;
static const unsigned ALL = (1u << HONE_LINEARS) - 1;

/* Rows of whole blocks of 32. */
static hone_config config(void)
{
    hone_config c = support_tiny_config(LAYERS, 2);
    c.C = 64;
    c.F = 96;
    c.embed_scale = sqrtf((float)c.C);
    return c;
}

static hone_adapter *new_adapter(unsigned targets, bool control)
{
    const hone_config c = config();
    const hone_lora_config lora = { .r = RANK, .alpha = 6, .targets = targets,
                                    .control_rows = control };
    hone_adapter *a = NULL;
    ck_assert_int_eq(hone_adapter_new(&a, &c, &lora, &err), 0);
    for (size_t i = 0; i < a->count; i++)
        a->params[i] = 0.2f * hone_rng_normal(9, HONE_RNG_TEST, 0, i);
    return a;
}

static void setup(void)
{
    const hone_config c = config();
    hone_err_clear(&err);
    tiny = support_tiny_model(&c, 5);
    adapter = new_adapter(ALL, true);
}

static void teardown(void)
{
    hone_adapter_free(adapter);
    hone_model_close(tiny);
}

static hone_engine *open_engine(const hone_model *m, hone_quant linears, hone_quant embed,
                                bool activations, hone_precision p)
{
    const hone_engine_options o = { .threads = 2, .training = true, .precision = p,
                                    .qat = { linears, embed, activations } };
    hone_engine *e = NULL;
    ck_assert_msg(hone_engine_open(&e, m, &o, &err) == 0, "%s", err.message);
    return e;
}

/* One segment whose second half is labelled; control tokens stand in both. */
typedef struct batch {
    int32_t tokens[TOKENS];
    hone_segment segment;
    hone_label labels[TOKENS];
    hone_batch b;
} batch;

static void batch_make(batch *x)
{
    x->segment = (hone_segment){ -1, 0, TOKENS };
    x->b = (hone_batch){ .tokens = x->tokens, .num_tokens = TOKENS, .segments = &x->segment,
                         .num_segments = 1, .labels = x->labels };
    for (int32_t i = 0; i < TOKENS; i++) {
        const int32_t any = (int32_t)hone_rng_below(3, HONE_RNG_TEST, 1, (uint64_t)i, 320);
        x->tokens[i] = i % 5 == 2 ? HONE_CONTROL_FIRST + any % HONE_CONTROL_ROWS : any;
        if (i >= TOKENS / 2)
            x->labels[x->b.num_labels++] = (hone_label){ i - 1, x->tokens[i], 0.07f, 0 };
    }
}

static float *gradients(hone_engine *e, const hone_batch *b, size_t count, double *ret_loss)
{
    hone_loss loss;
    float *g = hone_malloc(count * sizeof *g);
    hone_engine_zero_grads(e);
    ck_assert_msg(hone_engine_accumulate(e, b, &loss, &err) == 0, "%s", err.message);
    ck_assert_msg(loss.finite, "%s", loss.where);
    ck_assert(hone_engine_read(e, HONE_VEC_GRADS, g, &err) == 0);
    *ret_loss = loss.sum;
    return g;
}

/* A few optimiser steps, so that the weights are those of a training under way. */
static void train(hone_engine *e, int steps)
{
    batch x = { 0 };
    batch_make(&x);
    for (int i = 0; i < steps; i++) {
        const hone_adamw_step s = { .lr = 0.01f, .lr_b = 0.01f, .lr_delta = 0.02f, .beta1 = 0.9f,
                                    .beta2 = 0.99f, .eps = 1e-8f, .correction1 = 0.1f,
                                    .correction2 = 0.01f, .grad_scale = 1 };
        double loss;
        hone_free(gradients(e, &x.b, adapter->count, &loss));
        ck_assert_int_eq(hone_engine_update(e, &s, &err), 0);
    }
}

/* The engine's row of a linear. */
static const float *engine_row(const hone_engine *e, int l, int id, int64_t row)
{
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[l].linear[g];
        for (int m = 0; m < w->members; m++)
            if ((int)w->id[m] == id) return w->w + (w->at[m] + row) * w->in;
    }
    return NULL;
}

/* Rows of a model's tensor that differ from the engine's in any bit. */
static int differing(const hone_engine *e, const hone_model *m, int l, int id)
{
    const hone_tensor *t = l < 0 ? &m->embed : &m->layers[l].linear[id];
    float row[128];
    int n = 0;
    for (int64_t r = 0; r < t->shape[0]; r++) {
        const float *have = l < 0 ? e->embed + r * e->c.C : engine_row(e, l, id, r);
        hone_tensor_rows_f32(t, r, 1, row);
        n += memcmp(row, have, (size_t)t->shape[1] * sizeof *row) != 0;
    }
    return n;
}

static int differing_all(const hone_engine *e, const hone_model *m)
{
    int n = differing(e, m, -1, 0);
    for (int l = 0; l < LAYERS; l++)
        for (int id = 0; id < HONE_LINEARS; id++) n += differing(e, m, l, id);
    return n;
}

static void check_bytes(hone_engine *e, hone_quant linears, hone_quant embed)
{
    const hone_merge merge = { tiny, adapter };
    const hone_scheme scheme = hone_scheme_uniform(linears, embed);
    const hone_model *stored = NULL;
    hone_quantised *q = NULL;
    ck_assert_int_eq(hone_engine_read(e, HONE_VEC_PARAMS, adapter->params, &err), 0);
    ck_assert_int_eq(hone_quantised_new(&q, &merge, &err), 0);
    ck_assert_msg(hone_quantised_model(q, &scheme, &stored, &err) == 0, "%s", err.message);
    ck_assert_int_eq(differing_all(e, stored), 0);
    hone_quantised_free(q);
}

/* After some training every weight is what an export of the same adapter stores, to the bit. */
START_TEST(test_bytes)
{
    static const hone_quant formats[][2] = {
        { HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW }, { HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW },
        { HONE_QUANT_I4_B32, HONE_QUANT_I4_B32 }, { HONE_QUANT_I4_ROW, HONE_QUANT_I8_ROW },
    };
    static const hone_precision with[] = { HONE_PRECISION_F32, HONE_PRECISION_BF16 };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (int p = 0; p < 2; p++) {
            hone_engine *e = open_engine(tiny, formats[i][0], formats[i][1], p == 1, with[p]);
            ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
            check_bytes(e, formats[i][0], formats[i][1]);
            train(e, 3);
            check_bytes(e, formats[i][0], formats[i][1]);
            hone_engine_close(e);
        }
}
END_TEST

/* The tiny model with what the stored weights hold beyond s B A as its base: a plain engine with
 * the same adapter then computes with the stored weights, and differentiates at them. */
static hone_model *moved_base(const hone_engine *e, const hone_adapter *a)
{
    const hone_config c = config();
    hone_model *m = support_tiny_model(&c, 5);
    for (int l = 0; l < LAYERS; l++)
        for (int id = 0; id < HONE_LINEARS; id++) {
            const hone_tensor *t = &m->layers[l].linear[id];
            const int64_t rows = t->shape[0], n = t->shape[1];
            float *w = (float *)(uintptr_t)t->data, *added = hone_calloc((size_t)(rows * n), 4);
            hone_adapter_merge_rows(a, l, (hone_linear_id)id, n, 0, rows, added);
            for (int64_t r = 0; r < rows; r++)
                for (int64_t j = 0; j < n; j++)
                    w[r * n + j] = engine_row(e, l, id, r)[j] - added[r * n + j];
            hone_free(added);
        }
    float *embed = (float *)(uintptr_t)m->embed.data;
    memcpy(embed, e->embed, (size_t)c.V * (size_t)c.C * sizeof *embed);
    for (int32_t k = 0; a->config.control_rows && k < HONE_CONTROL_ROWS * c.C; k++)
        embed[HONE_CONTROL_FIRST * c.C + k] -= a->params[a->delta_at + (size_t)k];
    return m;
}

static void near(const float *have, const float *want, size_t n, double share)
{
    double top = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        const double diff = fabs((double)have[i] - (double)want[i]);
        top = fabs((double)want[i]) > top ? fabs((double)want[i]) : top;
        worst = diff > worst ? diff : worst;
    }
    ck_assert_msg(top > 1e-4 && worst <= share * top, "off by %g of %g", worst, top);
}

static void check_gradients(unsigned targets, bool control, hone_precision p, double share)
{
    batch x = { 0 };
    hone_adapter *a = new_adapter(targets, control);
    hone_engine *e = open_engine(tiny, HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW, false, p);
    ck_assert_int_eq(hone_engine_attach(e, a, &err), 0);
    hone_model *base = moved_base(e, a);
    hone_engine *plain = open_engine(base, HONE_QUANT_F32, HONE_QUANT_F32, false,
                                     HONE_PRECISION_F32);
    ck_assert_int_eq(hone_engine_attach(plain, a, &err), 0);
    double loss, want_loss;
    batch_make(&x);
    float *have = gradients(e, &x.b, a->count, &loss);
    float *want = gradients(plain, &x.b, a->count, &want_loss);
    ck_assert_msg(fabs(loss - want_loss) <= share * want_loss, "%g, not %g", loss, want_loss);
    near(have, want, a->count, share);
    hone_free(have);
    hone_free(want);
    hone_engine_close(plain);
    hone_engine_close(e);
    hone_model_close(base);
    hone_adapter_free(a);
}

START_TEST(test_gradients)
{
    check_gradients(ALL, true, HONE_PRECISION_F32, 1e-4);
    check_gradients(1u << HONE_V | 1u << HONE_UP, true, HONE_PRECISION_F32, 1e-4);
    check_gradients(ALL, false, HONE_PRECISION_F32, 1e-4);
    check_gradients(ALL, true, HONE_PRECISION_BF16, 4e-2);
}
END_TEST

/* Gradient checkpointing computes again what it did not keep: the same bits, rounded inputs too. */
START_TEST(test_recompute)
{
    float *g[2];
    batch x = { 0 };
    batch_make(&x);
    for (int again = 0; again < 2; again++) {
        const hone_engine_options o = {
            .threads = 2, .training = true, .recompute = again,
            .qat = { HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW, true }
        };
        hone_engine *e = NULL;
        double loss;
        ck_assert_int_eq(hone_engine_open(&e, tiny, &o, &err), 0);
        ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
        g[again] = gradients(e, &x.b, adapter->count, &loss);
        hone_engine_close(e);
    }
    ck_assert_mem_eq(g[0], g[1], adapter->count * sizeof *g[0]);
    hone_free(g[0]);
    hone_free(g[1]);
}
END_TEST

/* With int8 inputs the loss is that of an exported file's engine, which multiplies integers. */
START_TEST(test_activations)
{
    const hone_merge merge = { tiny, adapter };
    const hone_scheme scheme = hone_scheme_uniform(HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW);
    const hone_model *stored = NULL;
    hone_quantised *q = NULL;
    hone_engine *file = NULL;
    hone_loss want;
    batch x = { 0 };
    double loss, floats;
    batch_make(&x);
    hone_engine *e = open_engine(tiny, HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW, true,
                                 HONE_PRECISION_F32);
    hone_engine *f = open_engine(tiny, HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW, false,
                                 HONE_PRECISION_F32);
    ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
    ck_assert_int_eq(hone_engine_attach(f, adapter, &err), 0);
    ck_assert_int_eq(hone_quantised_new(&q, &merge, &err), 0);
    ck_assert_int_eq(hone_quantised_model(q, &scheme, &stored, &err), 0);
    ck_assert_int_eq(hone_engine_open(&file, stored, &(hone_engine_options){ .threads = 1 }, &err),
                     0);
    ck_assert_int_eq(hone_engine_score(file, &x.b, &want, NULL, NULL, &err), 0);
    float *g = gradients(e, &x.b, adapter->count, &loss);
    float *h = gradients(f, &x.b, adapter->count, &floats);
    ck_assert_msg(fabs(loss - want.sum) <= 1e-4 * want.sum, "%.8g, not %.8g", loss, want.sum);
    ck_assert_msg(fabs(floats - want.sum) > 3e-4 * want.sum, "rounding shows nowhere");
    near(g, h, adapter->count, 0.2); /* straight through: close to that of unrounded inputs */
    ck_assert(memcmp(g, h, adapter->count * sizeof *g) != 0);
    hone_free(g);
    hone_free(h);
    hone_engine_close(e);
    hone_engine_close(f);
    hone_engine_close(file);
    hone_quantised_free(q);
}
END_TEST

/* Decoding sees the same weights: the pick after the last token is the full pass's arg-max. */
START_TEST(test_decoding)
{
    for (int activations = 0; activations < 2; activations++) {
        batch x = { 0 };
        hone_engine *e = open_engine(tiny, HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW, activations,
                                     HONE_PRECISION_F32);
        ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
        batch_make(&x);
        float *logits = hone_calloc((size_t)tiny->config.V, sizeof *logits);
        const int32_t at = TOKENS - 1;
        ck_assert_int_eq(hone_engine_logits(e, &x.b, &at, 1, logits, &err), 0);
        hone_cache *c = NULL;
        hone_pick pick;
        const hone_feed feed = { .tokens = x.tokens + 10, .n = TOKENS - 10 };
        ck_assert_int_eq(hone_cache_new(&c, e, x.tokens, 10, 1, TOKENS, &err), 0);
        ck_assert_int_eq(hone_cache_feed(c, &feed, 1, &pick, &err), 0);
        int best = 0;
        for (int v = 1; v < tiny->config.V; v++) best = logits[v] > logits[best] ? v : best;
        ck_assert_int_eq(pick.id, best);
        ck_assert_float_eq_tol(pick.logit, logits[best], activations ? 0.05f : 1e-4f);
        hone_cache_free(c);
        hone_free(logits);
        hone_engine_close(e);
    }
}
END_TEST

/* Without an adapter the weights are the base's again, and parameters that come back from a
 * checkpoint give the weights that they gave before. */
START_TEST(test_back)
{
    static const hone_precision with[] = { HONE_PRECISION_F32, HONE_PRECISION_BF16 };
    for (int p = 0; p < 2; p++) {
        hone_engine *e = open_engine(tiny, HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW, false, with[p]);
        float *params = hone_malloc(adapter->count * sizeof *params);
        ck_assert_int_eq(hone_engine_attach(e, adapter, &err), 0);
        ck_assert_int_gt(differing_all(e, tiny), 500);
        train(e, 2);
        ck_assert_int_eq(hone_engine_read(e, HONE_VEC_PARAMS, params, &err), 0);
        train(e, 1);
        ck_assert_int_eq(hone_engine_write(e, HONE_VEC_PARAMS, params, &err), 0);
        check_bytes(e, HONE_QUANT_I4_B32, HONE_QUANT_I8_ROW);
        ck_assert_mem_eq(adapter->params, params, adapter->count * sizeof *params);
        ck_assert_int_eq(hone_engine_attach(e, NULL, &err), 0);
        ck_assert_int_eq(differing_all(e, tiny), 0);
        hone_free(params);
        hone_engine_close(e);
    }
}
END_TEST

START_TEST(test_refused)
{
    const hone_engine_options o = { .training = true,
                                    .qat = { HONE_QUANT_I4_B128, HONE_QUANT_I8_ROW, false } };
    hone_engine *e = NULL;
    ck_assert_int_eq(hone_engine_open(&e, tiny, &o, &err), HONE_E_USAGE);
    ck_assert_msg(strstr(err.message, "q_proj: rows of 64 values cannot be stored as q4b128"),
                  "%s", err.message);
}
END_TEST

int main(void)
{
    TCase *t = support_case("qat");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_bytes);
    tcase_add_test(t, test_gradients);
    tcase_add_test(t, test_recompute);
    tcase_add_test(t, test_activations);
    tcase_add_test(t, test_decoding);
    tcase_add_test(t, test_back);
    tcase_add_test(t, test_refused);
    return support_run(t);
}
