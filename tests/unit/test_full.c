/*
 * Full fine-tuning of a tiny random model: every weight's gradient against slopes of the same model
 * in double, shared prefixes and parts that hold one, the update, what becomes of NaN, and the
 * model folder that comes out.
 */
#include <math.h>

#include "model/engine.h"
#include "model/full.h"
#include "tests/support.h"
#include "tests/support_pieces.h"
#include "tests/support_tiny.h"
#include "tests/unit/tiny_reference.h"

enum { PREFIX = 23, ROWS = 3, MOST = 16 };

static hone_err err;
static hone_config config;
static hone_model *model;
static hone_adapter *full;
static hone_engine *engine;
static int32_t tokens[PREFIX + ROWS * MOST];
static hone_segment segments[ROWS + 1];
static hone_label labels[ROWS * MOST];
static hone_batch batch;

static int32_t some_id(int i)
{
    return i % 4 == 2 ? HONE_CONTROL_FIRST + i % 7 : (i * 37 + 11) % 320;
}

/* A prefix and three rows behind it; the prefix's last token predicts when labelled is set. */
static void batch_make(bool labelled)
{
    int32_t at = PREFIX, n = 0;
    for (int i = 0; i < PREFIX; i++) tokens[i] = some_id(i);
    segments[0] = (hone_segment){ -1, 0, PREFIX };
    for (int r = 0; r < ROWS; r++) {
        const int32_t len = 5 + 4 * r;
        segments[r + 1] = (hone_segment){ 0, at, len };
        for (int32_t i = 0; i < len; i++) tokens[at + i] = some_id(100 * r + i);
        for (int32_t i = labelled && r == 0 ? 0 : 2; i < len; i++)
            labels[n++] = (hone_label){ i ? at + i - 1 : PREFIX - 1, tokens[at + i],
                                        0.02f * (float)(1 + r + i), r };
        at += len;
    }
    batch = (hone_batch){ .tokens = tokens, .num_tokens = at, .segments = segments,
                          .num_segments = ROWS + 1, .labels = labels, .num_labels = n };
}

static void open_all(bool embedding, bool recompute)
{
    const hone_engine_options o = { .threads = 2, .training = true, .recompute = recompute };
    ck_assert_int_eq(hone_full_new(&full, model, embedding, &err), 0);
    ck_assert_int_eq(hone_engine_open(&engine, model, &o, &err), 0);
    ck_assert_msg(hone_engine_attach(engine, full, &err) == 0, "%s", err.message);
}

static void close_all(void)
{
    hone_engine_close(engine);
    hone_adapter_free(full);
    engine = NULL;
    full = NULL;
}

static void setup(void)
{
    config = support_tiny_config(3, 2);
    config.global[1] = true;
    model = support_tiny_model(&config, 3);
    batch_make(true);
}

static void teardown(void)
{
    close_all();
    hone_model_close(model);
}

static double reference(const double *params)
{
    const tiny r = { model, full, params };
    double sum = 0;
    for (int row = 0; row < ROWS; row++) {
        int32_t ids[TINY_TOKENS], target[TINY_TOKENS] = { 0 };
        double weight[TINY_TOKENS] = { 0 };
        const hone_segment *g = &segments[row + 1];
        memcpy(ids, tokens, PREFIX * sizeof *ids);
        memcpy(ids + PREFIX, tokens + g->start, (size_t)g->len * sizeof *ids);
        for (int32_t i = 0; i < batch.num_labels; i++) {
            const hone_label *l = &labels[i];
            if (l->row != row) continue;
            const int32_t at = l->at < PREFIX ? l->at : PREFIX + l->at - g->start;
            target[at] = l->target;
            weight[at] = (double)l->weight;
        }
        sum += tiny_loss(&r, ids, PREFIX + g->len, target, weight);
    }
    return sum;
}

static float *gradients(double *ret_loss)
{
    hone_loss loss;
    float *g = hone_calloc(full->count, sizeof *g);
    ck_assert_msg(hone_engine_accumulate(engine, &batch, &loss, &err) == 0, "%s", err.message);
    ck_assert_msg(loss.finite, "%s", loss.where);
    ck_assert_int_eq(hone_engine_read(engine, HONE_VEC_GRADS, g, &err), 0);
    *ret_loss = loss.sum;
    return g;
}

/* The double loss along a direction of the parameters. */
static double slope(const float *at, const double *direction)
{
    const double h = 1e-5;
    double value[2], *p = hone_calloc(full->count, sizeof *p);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < full->count; i++)
            p[i] = (double)at[i] + (side ? -h : h) * direction[i];
        value[side] = reference(p);
    }
    hone_free(p);
    return (value[0] - value[1]) / (2 * h);
}

static void check_range(const float *g, size_t from, size_t to, const char *name)
{
    double norm = 0, *d = hone_calloc(full->count, sizeof *d);
    for (size_t i = from; i < to; i++) norm += (double)g[i] * (double)g[i];
    norm = sqrt(norm);
    ck_assert_msg(norm > 1e-6, "%s has no gradient", name);
    for (size_t i = from; i < to; i++) d[i] = (double)g[i] / norm;
    const double want = slope(full->params, d);
    ck_assert_msg(fabs(norm - want) <= 2e-5 * want, "%s: %.8g, not %.8g", name, norm, want);
    hone_free(d);
}

/* Each tensor's gradient has the slope of the double loss along itself: its norm; and random
 * directions over everything. */
static void check_all(void)
{
    double loss, *d = hone_calloc(full->count, sizeof *d), along = 0, length = 0;
    float *g = gradients(&loss);
    for (size_t i = 0; i < full->count; i++) d[i] = (double)full->params[i];
    ck_assert_double_le(fabs(loss - reference(d)), 1e-6 * loss);
    for (int s = 0; s < hone_model_slots(&config); s++) {
        int64_t shape[2] = { 1, 1 };
        char name[HONE_SLOT_NAME_SIZE];
        const int rank = hone_model_slot_shape(&config, s, shape);
        const size_t at = full->slot_at[s], n = (size_t)(shape[0] * (rank == 2 ? shape[1] : 1));
        hone_model_slot_name(&config, s, false, name);
        if (at != HONE_FROZEN) check_range(g, at, at + n, name);
    }
    if (full->config.control_rows) check_range(g, full->delta_at, full->count, "control rows");
    for (size_t i = 0; i < full->count; i++) {
        d[i] = (double)hone_rng_normal(13, HONE_RNG_TEST, 0, i);
        along += d[i] * (double)g[i];
        length += (double)g[i] * (double)g[i];
    }
    ck_assert_double_le(fabs(along - slope(full->params, d)), 1e-4 * sqrt(length));
    hone_free(g);
    hone_free(d);
}

START_TEST(slopes)
{
    open_all(true, false);
    check_all();
}
END_TEST

START_TEST(slopes_recomputed)
{
    open_all(true, true);
    check_all();
}
END_TEST

/* A plain base: its seven control rows are trained though the embedding is not. */
START_TEST(slopes_of_a_frozen_embedding)
{
    model->control_untrained = true;
    open_all(false, false);
    ck_assert(full->config.control_rows);
    check_all();
}
END_TEST

/* In two parts that share a held prefix: the same gradient. */
START_TEST(held_prefix)
{
    double loss;
    hone_loss part, sum;
    batch_make(false);
    open_all(true, false);
    float *whole = gradients(&loss), *got = hone_calloc(full->count, sizeof *got);
    hone_engine_zero_grads(engine);
    ck_assert_int_eq(hone_engine_hold(engine, tokens, PREFIX, batch.num_tokens, batch.num_labels,
                                      &sum, &err), 0);
    for (int first = 1, at = 0; first <= ROWS; first += 2) {
        const int end = first + 2 > ROWS + 1 ? ROWS + 1 : first + 2;
        hone_segment own[ROWS + 1];
        int32_t ids[PREFIX + ROWS * MOST], n = PREFIX, num = 1, from = at;
        own[0] = segments[0];
        memcpy(ids, tokens, PREFIX * sizeof *ids);
        hone_label some[ROWS * MOST];
        for (int s = first; s < end; s++) {
            own[num++] = (hone_segment){ 0, n, segments[s].len };
            memcpy(ids + n, tokens + segments[s].start, (size_t)segments[s].len * sizeof *ids);
            for (; at < batch.num_labels && labels[at].row == s - 1; at++) {
                some[at - from] = labels[at];
                some[at - from].at += n - segments[s].start;
            }
            n += segments[s].len;
        }
        const hone_batch b = { ids, n, own, num, some, at - from, PREFIX };
        ck_assert_msg(hone_engine_accumulate(engine, &b, &part, &err) == 0, "%s", err.message);
        ck_assert(part.finite);
    }
    ck_assert_int_eq(hone_engine_release(engine, &sum, &err), 0);
    ck_assert(sum.finite);
    ck_assert_int_eq(hone_engine_read(engine, HONE_VEC_GRADS, got, &err), 0);
    double diff = 0, norm = 0;
    for (size_t i = 0; i < full->count; i++) {
        diff += ((double)got[i] - (double)whole[i]) * ((double)got[i] - (double)whole[i]);
        norm += (double)whole[i] * (double)whole[i];
    }
    ck_assert_double_le(sqrt(diff / norm), 1e-5);
    hone_free(whole);
    hone_free(got);
}
END_TEST

/* Steps bring the loss down; norms know no decay; the folder gives the trained weights back. */
START_TEST(update_and_folder)
{
    char dir[64];
    hone_model *back = NULL;
    hone_engine *again = NULL;
    hone_loss before, after, opened;
    const hone_adamw_step s = { .lr = 1e-3f, .lr_b = 1, .lr_delta = 1, .beta1 = .9f, .beta2 = .99f,
                                .eps = 1e-8f, .correction1 = .1f, .correction2 = .01f,
                                .grad_scale = 1 };
    support_scratch(dir);
    model->tokenizer = support_tiny_tokenizer((size_t)config.V);
    model->control_untrained = true;
    open_all(true, false);
    ck_assert_int_eq(hone_engine_accumulate(engine, &batch, &before, &err), 0);
    ck_assert_int_eq(hone_engine_update(engine, &s, &err), 0);
    ck_assert_int_eq(hone_engine_score(engine, &batch, &after, NULL, NULL, &err), 0);
    ck_assert_msg(after.sum < 0.97 * before.sum, "%g, then %g", before.sum, after.sum);
    ck_assert_int_eq(hone_engine_read(engine, HONE_VEC_PARAMS, full->params, &err), 0);
    ck_assert_msg(hone_full_save(full, model, support_path(dir, "m"), &err) == 0, "%s",
                  err.message);
    ck_assert_msg(hone_model_open(&back, support_path(dir, "m"), &err) == 0, "%s", err.message);
    ck_assert(!back->control_untrained);
    ck_assert_int_eq(hone_engine_open(&again, back, NULL, &err), 0);
    ck_assert_int_eq(hone_engine_score(again, &batch, &opened, NULL, NULL, &err), 0);
    ck_assert_double_le(fabs(opened.sum - after.sum), 1e-6 * after.sum);
    hone_engine_close(again);
    hone_model_close(back);
    support_scratch_done(dir);
}
END_TEST

START_TEST(not_finite)
{
    double loss;
    hone_loss bad;
    open_all(true, false);
    float *g = gradients(&loss), *p = hone_calloc(full->count, sizeof *p);
    char name[96];
    memcpy(p, full->params, full->count * sizeof *p);
    p[full->slot_at[4]] = NAN;
    hone_full_name(name, sizeof name, full, &config, full->slot_at[4]);
    ck_assert_str_eq(name, "model.layers.0.self_attn.o_proj.weight");
    ck_assert_int_eq(hone_engine_write(engine, HONE_VEC_PARAMS, p, &err), 0);
    ck_assert_int_eq(hone_engine_accumulate(engine, &batch, &bad, &err), 0);
    ck_assert(!bad.finite);
    ck_assert_int_eq(hone_engine_write(engine, HONE_VEC_PARAMS, full->params, &err), 0);
    hone_engine_zero_grads(engine);
    float *same = gradients(&loss);
    ck_assert_int_eq(memcmp(g, same, full->count * sizeof *g), 0);
    hone_free(g);
    hone_free(same);
    hone_free(p);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("full");
    tcase_set_timeout(t, 100);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, slopes);
    tcase_add_test(t, slopes_recomputed);
    tcase_add_test(t, slopes_of_a_frozen_embedding);
    tcase_add_test(t, held_prefix);
    tcase_add_test(t, update_and_folder);
    tcase_add_test(t, not_finite);
    return support_run(t);
}
