/* One optimiser step (train/step.h). */
#include "train/step.h"

#include <string.h>

#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "common/stop.h"
#include "optim/clip.h"
#include "train/shards.h"

struct hone_stepper {
    hone_stepper_setup in;
    hone_schedule schedule;
    hone_order *order;
    hone_encode_set *window; /* rows of the step */
    hone_batcher *batcher;
    hone_shards *shards;
    uint32_t *indices;       /* 0, 1, 2, ... : rows of the window */
    float *work;             /* room for one vector */
};

static int stepper_open(hone_stepper *s, hone_err *err)
{
    const hone_train_settings *t = s->in.settings;
    const int32_t shards = t->shards > 0 ? t->shards : 1;
    size_t n = (size_t)t->batch_size;
    HONE_TRY(hone_train_order(&s->order, s->in.rows, t, err));
    HONE_TRY(hone_encode_set_new(&s->window, err));
    HONE_TRY(hone_train_batcher(&s->batcher, s->in.engine, s->window, t, shards, err));
    HONE_TRY(hone_shards_new(&s->shards, shards, s->in.adapter->count, err));
    s->indices = hone_calloc(n, sizeof *s->indices);
    s->work = hone_calloc(s->in.adapter->count, sizeof *s->work);
    if (!s->indices || !s->work) return hone_err_memory(err, "a step", n * sizeof *s->indices);
    for (size_t i = 0; i < n; i++) s->indices[i] = (uint32_t)i;
    return HONE_OK;
}

int hone_stepper_new(hone_stepper **ret, const hone_stepper_setup *setup, hone_err *err)
{
    hone_stepper *s = hone_calloc(1, sizeof *s);
    if (!s) return hone_err_memory(err, "a step", sizeof *s);
    s->in = *setup;
    s->schedule = (hone_schedule){ setup->settings->schedule, setup->plan->warmup,
                                   setup->plan->steps };
    int rc = stepper_open(s, err);
    if (rc < 0) hone_stepper_free(s);
    else *ret = s;
    return rc;
}

void hone_stepper_free(hone_stepper *s)
{
    if (!s) return;
    hone_batcher_free(s->batcher);
    hone_shards_free(s->shards);
    hone_encode_set_free(s->window);
    hone_order_free(s->order);
    hone_free(s->indices);
    hone_free(s->work);
    hone_free(s);
}

/* One part; *holds says that the engine holds its beginning. */
static int part_accumulate(hone_stepper *s, const hone_batch *part, bool *holds, int64_t done,
                           hone_loss *ret, hone_err *err)
{
    hone_engine *e = s->in.engine;
    const hone_batch_stats *b = hone_batcher_stats(s->batcher);
    hone_loss held = { .finite = true };
    if (part->held && !*holds) {
        HONE_TRY(hone_engine_hold(e, part->tokens, part->held, b->most_tokens, b->most_labels,
                                  &held, err));
        HONE_TRY(hone_guard_loss(&held, part, s->window, done + 1, err));
        *holds = true;
    }
    HONE_TRY(hone_engine_accumulate(e, part, ret, err));
    HONE_TRY(hone_guard_loss(ret, part, s->window, done + 1, err));
    if (*holds && !hone_batcher_goes_on(s->batcher)) {
        HONE_TRY(hone_engine_release(e, &held, err));
        HONE_TRY(hone_guard_loss(&held, part, s->window, done + 1, err));
        *holds = false;
    }
    return HONE_OK;
}

/* Loss and gradients of this rank's shards. Ranks stop between steps only, all of them. */
static int accumulate(hone_stepper *s, int64_t done, hone_step_result *r, hone_err *err)
{
    hone_batch part;
    int32_t first, end, shard;
    bool holds = false;
    hone_shards_begin(s->shards);
    hone_shards_own(s->shards, &first, &end);
    for (bool begun = false; hone_batcher_next_of(s->batcher, first, end, &part, &shard) == 1;
         begun = true) {
        hone_loss loss = { 0 };
        if (begun && hone_mpi_size() == 1 && hone_stop_requested()) {
            r->dropped = true;
            return HONE_OK;
        }
        HONE_TRY(hone_shards_enter(s->shards, s->in.engine, shard, err));
        HONE_TRY(part_accumulate(s, &part, &holds, done, &loss, err));
        hone_shards_count(s->shards, shard, &loss);
    }
    return HONE_OK;
}

/* The ranks' parts become the step's. A failure of one is a failure of all, named on all. */
static int combine(hone_stepper *s, int rc, hone_step_result *r, hone_err *err)
{
    hone_tally sum;
    const double start = hone_clock();
    HONE_TRY(hone_mpi_agree(rc, err));
    if (r->dropped) return HONE_OK;
    r->stop = hone_mpi_any(hone_stop_requested());
    const double met = hone_clock();
    HONE_TRY(hone_shards_sum(s->shards, s->in.engine, &sum, err));
    r->wait_seconds = met - start;
    r->sum_seconds = hone_mpi_size() > 1 ? hone_clock() - met : 0;
    r->loss = sum.loss;
    r->labels = sum.labels;
    r->correct = sum.correct;
    return HONE_OK;
}

static int update(hone_stepper *s, int64_t done, hone_step_result *r, hone_err *err)
{
    const hone_train_settings *t = s->in.settings;
    double factor = hone_schedule_factor(&s->schedule, done);
    const hone_adamw_step a = {
        .lr = (float)r->learning_rate,
        .lr_b = (float)(r->learning_rate * t->lora_plus),
        .lr_delta = (float)(t->control_lr * factor),
        .beta1 = (float)t->adamw.beta1,
        .beta2 = (float)t->adamw.beta2,
        .eps = (float)t->adamw.eps,
        .weight_decay = (float)t->adamw.weight_decay,
        .correction1 = (float)hone_adamw_correction(t->adamw.beta1, done + 1),
        .correction2 = (float)hone_adamw_correction(t->adamw.beta2, done + 1),
        .grad_scale = (float)hone_clip_factor(r->grad_norm, t->max_grad_norm),
    };
    return hone_engine_update(s->in.engine, &a, err);
}

/* Guards behind the gradient, then the update. */
static int apply(hone_stepper *s, int64_t done, hone_spikes *spikes, hone_step_result *r,
                 hone_err *err)
{
    r->grad_norm = hone_engine_grad_norm(s->in.engine);
    r->learning_rate = s->in.settings->learning_rate * hone_schedule_factor(&s->schedule, done);
    HONE_TRY(hone_guard_gradients(s->in.engine, s->in.adapter, r->grad_norm, s->work, done + 1,
                                  err));
    r->skipped = spikes && hone_guard_spike(spikes, s->in.settings->spike_factor, r->loss);
    if (!r->skipped) return update(s, done, r, err);
    hone_guard_rows(r->named, sizeof r->named, s->window);
    hone_engine_zero_grads(s->in.engine);
    return hone_guard_spike_run(spikes, r->loss, done + 1, r->named, err);
}

int hone_stepper_step(hone_stepper *s, int64_t done, hone_spikes *spikes, hone_step_result *ret,
                      hone_err *err)
{
    const uint32_t *rows = NULL;
    hone_step_result r = { 0 };
    size_t n = hone_order_step(s->order, done, &rows);
    const hone_row_source *from = &s->in.rows->source;
    if (s->in.settings->dropout > 0) hone_engine_drop(s->in.engine, s->in.settings->seed, done);
    int rc = from->load(from->user, s->window, rows, n, done, err);
    if (rc == 0) rc = hone_batcher_begin(s->batcher, s->indices, n, err);
    if (rc == 0) rc = accumulate(s, done, &r, err);
    HONE_TRY(combine(s, rc, &r, err));
    if (r.dropped) hone_engine_zero_grads(s->in.engine);
    else HONE_TRY(apply(s, done, spikes, &r, err));
    const hone_batch_stats *b = hone_batcher_stats(s->batcher);
    r.rows = b->rows;
    r.row_tokens = b->row_tokens;
    r.plain = b->plain;
    r.computed = b->computed;
    *ret = r;
    return HONE_OK;
}

int hone_params_hash(const hone_engine *e, float *work, size_t count, char hex[65], hone_err *err)
{
    HONE_TRY(hone_engine_read(e, HONE_VEC_PARAMS, work, err));
    hone_sha256_of(work, count * sizeof *work, hex);
    return HONE_OK;
}
