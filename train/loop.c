/*
 * The training loop (train/loop.h). Its whole state between two steps is: parameters and moments
 * (in the engine), the number of the step, and a few counters; everything else is a function of
 * those.
 */
#include "train/loop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "common/stop.h"
#include "model/full.h"
#include "train/checkpoint.h"
#include "train/metrics.h"
#include "train/curves.h"
#include "train/ema.h"
#include "train/step.h"

/* After this many steps of a process its speed is known well enough to state the time of the
 * run. */
enum { TIMED_STEPS = 3 };

typedef struct loop {
    const hone_train_job *job;
    const hone_train_settings *s;
    const hone_train_plan *plan;
    hone_checkpoint_store store;
    hone_metrics *metrics;
    hone_stepper *stepper;
    hone_encode_set *valid_window;
    hone_batcher *valid_batcher;
    uint32_t *valid_rows;  /* 0, 1, 2, ... */
    hone_checkpoint image; /* vectors as read from the engine */
    hone_arena *arena;     /* state objects; cleared at each save */
    /* counters that a checkpoint carries */
    int64_t step, num_tokens, best_step;
    int64_t evaluated;     /* step of the last evaluation, -1: none */
    int64_t waiting;       /* evaluations since the best score */
    double best_score;
    hone_spikes spikes;
    int64_t saved_step;    /* newest step on disk, -1: none */
    /* of this process */
    bool writes;           /* rank 0: the run folder is its */
    bool stop;             /* several ranks: one of them was asked to stop */
    double loss;           /* of the last step */
    int64_t tokens;
    double wait_seconds, sum_seconds;
} loop;

/* ---- state ---- */

static double epoch_of(const loop *l, int64_t step)
{
    return (double)step / (double)l->plan->steps_per_epoch;
}

static void trainer_state(const loop *l, hone_trainer_state *ret)
{
    *ret = (hone_trainer_state){ .global_step = l->step, .max_steps = l->plan->steps,
                                 .best_step = l->best_step, .epoch = epoch_of(l, l->step),
                                 .num_train_epochs = l->plan->epochs,
                                 .best_metric = l->best_score };
}

static int save_result(const loop *l, const char *dir, hone_err *err)
{
    const hone_train_job *j = l->job;
    const float *values = l->image.mean ? l->image.mean : l->image.params;
    memcpy(j->adapter->params, values, l->image.count * sizeof(float));
    if (j->adapter->config.full) return hone_full_save(j->adapter, j->model, dir, err);
    return hone_adapter_save(j->adapter, j->model, dir, j->model_name,
                             hone_model_sha256(j->model), err);
}

/* Adapter or model, and trainer_state.json, into a checkpoint's folder. */
static int write_files(void *user, const char *dir, hone_err *err)
{
    loop *l = user;
    hone_trainer_state state;
    HONE_TRY(save_result(l, dir, err));
    trainer_state(l, &state);
    return hone_metrics_write_state(l->metrics, dir, &state, err);
}

static int state_make(loop *l, int64_t offset, hone_err *err)
{
    hone_arena *a = l->arena;
    hone_arena_clear(a);
    hone_json *o = hone_json_new_object(a);
    if (!o || !hone_json_set(a, o, "step", hone_json_new_i64(a, l->step)) ||
        !hone_json_set(a, o, "num_tokens", hone_json_new_i64(a, l->num_tokens)) ||
        !hone_json_set(a, o, "metrics_offset", hone_json_new_i64(a, offset)) ||
        !hone_json_set(a, o, "best_step", hone_json_new_i64(a, l->best_step)) ||
        !hone_json_set(a, o, "best_score", hone_json_new_f64(a, l->best_score)) ||
        !hone_json_set(a, o, "evaluated", hone_json_new_i64(a, l->evaluated)) ||
        !hone_json_set(a, o, "waiting", hone_json_new_i64(a, l->waiting)) ||
        !hone_json_set(a, o, "arithmetic",
                       hone_json_new_str(a, hone_engine_arithmetic(l->job->engine))) ||
        !hone_json_set(a, o, "spikes", hone_spikes_json(a, &l->spikes)))
        return hone_err_memory(err, "checkpoint", 0);
    l->image.state = o;
    return HONE_OK;
}

/* ---- the mean of the last steps ---- */

/* Step number i of the mean: the last one, then those before it that --save-steps saved. */
static int64_t mean_step(const loop *l, int64_t i)
{
    const int64_t each = l->s->save_steps, steps = l->plan->steps;
    return i == 0 ? steps : (steps - 1) / each * each - (i - 1) * each;
}

static int64_t mean_count(const loop *l)
{
    int64_t n = 0;
    while (n < l->s->average && mean_step(l, n) > 0) n++;
    return n;
}

/* Checkpoints that the mean will want are not pruned. */
static int prune(const loop *l, hone_err *err)
{
    const int64_t n = mean_count(l);
    if (n > 1 && l->step >= mean_step(l, n - 1)) return HONE_OK;
    return hone_checkpoint_prune(l->store.run_dir, l->s->save_total_limit, l->best_step, err);
}

/* Ranks add the same numbers in the same order; one that does not hold the same parameters computes
 * otherwise, and its gradients would be of another model. */
static int check_equal(const loop *l, hone_err *err)
{
    char hex[65], first[65];
    if (hone_mpi_size() == 1) return HONE_OK;
    hone_sha256_of(l->image.params, l->image.count * sizeof(float), hex);
    memcpy(first, hex, sizeof first);
    hone_mpi_share(first, sizeof first);
    if (!hone_mpi_any(strcmp(first, hex) != 0)) return HONE_OK;
    hone_err_hint(err, "all machines need the same program and the same kind of processor");
    return hone_fail(err, HONE_E_MODEL, "the ranks' parameters differ after step %lld",
                     (long long)l->step);
}

/* What the run folder itself says of the newest checkpoint. */
static int publish(loop *l, hone_err *err)
{
    hone_trainer_state state;
    trainer_state(l, &state);
    HONE_TRY(hone_metrics_write_state(l->metrics, l->store.run_dir, &state, err));
    const hone_curves page = { l->store.run_dir, l->step, l->plan->steps, l->best_step,
                             l->best_score };
    HONE_TRY(hone_curves_write(&page, err));
    return prune(l, err);
}

static int write_checkpoint(loop *l, hone_err *err)
{
    int64_t offset;
    HONE_TRY(hone_metrics_sync(l->metrics, &offset, err));
    HONE_TRY(state_make(l, offset, err));
    l->image.step = l->step;
    HONE_TRY(hone_checkpoint_save(&l->store, &l->image, err));
    hone_log_more("saved checkpoint-%lld", (long long)l->step);
    return publish(l, err);
}

/* In agreement is false behind a failure: the other ranks may not come. */
static int save_in(loop *l, bool agreement, hone_err *err)
{
    if (l->saved_step == l->step) return HONE_OK;
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_PARAMS, l->image.params, err));
    HONE_TRY(
        hone_guard_params(l->image.params, l->job->adapter, &l->job->model->config, l->step, err));
    if (agreement) HONE_TRY(check_equal(l, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_M, l->image.m, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_V, l->image.v, err));
    if (l->writes) HONE_TRY(write_checkpoint(l, err));
    l->saved_step = l->step;
    return HONE_OK;
}

static int save(loop *l, hone_err *err)
{
    return save_in(l, true, err);
}

static int image_alloc(loop *l, hone_err *err)
{
    size_t n = l->job->adapter->count;
    float **all[] = { &l->image.params, &l->image.m, &l->image.v };
    l->image.count = n;
    for (int i = 0; i < 3; i++) {
        *all[i] = hone_calloc(n, sizeof(float));
        if (!*all[i]) return hone_err_memory(err, "checkpoint", n * sizeof(float));
    }
    return HONE_OK;
}

static void name_damaged(void *user, const char *dir, const hone_err *why)
{
    (void)user;
    hone_warn("%s is damaged and was passed over: %s", dir, why->message);
}

static int state_read(loop *l, const hone_checkpoint *c, int64_t *ret_offset, hone_err *err)
{
    const hone_json *o = c->state;
    const char *name = "state.json";
    HONE_TRY(hone_json_req_i64(&l->step, o, "step", 0, l->plan->steps, name, err));
    HONE_TRY(hone_json_req_i64(&l->num_tokens, o, "num_tokens", 0, INT64_MAX, name, err));
    HONE_TRY(hone_json_req_i64(ret_offset, o, "metrics_offset", 0, INT64_MAX, name, err));
    HONE_TRY(hone_json_req_i64(&l->best_step, o, "best_step", -1, INT64_MAX, name, err));
    HONE_TRY(hone_json_req_i64(&l->evaluated, o, "evaluated", -1, INT64_MAX, name, err));
    HONE_TRY(hone_json_req_i64(&l->waiting, o, "waiting", 0, INT64_MAX, name, err));
    HONE_TRY(hone_spikes_read(&l->spikes, o, err));
    return hone_json_get_f64(&l->best_score, o, "best_score", 0, name, err);
}

/* Another processor may multiply otherwise: the run goes on, with other last bits. */
static void check_arithmetic(const loop *l, const hone_json *state)
{
    const hone_json *was = hone_json_get(state, "arithmetic");
    const char *now = hone_engine_arithmetic(l->job->engine);
    if (hone_json_is(was, HONE_JSON_STRING) && strcmp(was->text, now) != 0)
        hone_warn("the run was computed in %s so far, here it is %s: sums may differ in their last "
                  "bits", was->text, now);
}

static int mean_restore(loop *l, const hone_checkpoint *c, const char *dir, hone_err *err)
{
    if (!l->image.mean) return HONE_OK;
    if (!c->mean) {
        hone_err_at(err, dir, 0, -1);
        return hone_fail(err, HONE_E_DATA, "the checkpoint lacks the mean of the parameters");
    }
    memcpy(l->image.mean, c->mean, l->image.count * sizeof(float));
    return HONE_OK;
}

/* Loads dir into the engine and the counters. */
static int restore(loop *l, const char *dir, int64_t *ret_offset, hone_err *err)
{
    hone_checkpoint c = { 0 };
    hone_engine *e = l->job->engine;
    int rc = hone_checkpoint_load(&c, l->arena, dir, l->store.parents, l->job->adapter->count, err);
    if (rc == 0) rc = state_read(l, &c, ret_offset, err);
    if (rc == 0) check_arithmetic(l, c.state);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_PARAMS, c.params, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_M, c.m, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_V, c.v, err);
    if (rc == 0) rc = mean_restore(l, &c, dir, err);
    if (rc == 0) l->saved_step = c.step;
    hone_checkpoint_done(&c);
    return rc;
}

static int resume(loop *l, int64_t *ret_offset, hone_err *err)
{
    char *newest = NULL;
    const char *from = l->job->resume;
    *ret_offset = 0;
    if (!from) {
        HONE_TRY(hone_checkpoint_newest(&newest, l->store.run_dir, name_damaged, NULL, err));
        from = newest;
    }
    int rc = from ? restore(l, from, ret_offset, err) : HONE_OK;
    if (rc == 0 && from) hone_log("going on from %s", from);
    hone_free(newest);
    return rc;
}

/* What rank 0 found in the run folder, for all. */
static int resume_share(loop *l, hone_err *err)
{
    hone_engine *e = l->job->engine;
    const hone_engine_vector which[] = { HONE_VEC_PARAMS, HONE_VEC_M, HONE_VEC_V };
    float *const room[] = { l->image.params, l->image.m, l->image.v };
    struct {
        int64_t step, num_tokens, best_step, evaluated, waiting, saved_step;
        double best_score;
        hone_spikes spikes;
    } s;
    if (hone_mpi_size() == 1) return HONE_OK;
    memset(&s, 0, sizeof s);
    s.step = l->step;
    s.num_tokens = l->num_tokens;
    s.best_step = l->best_step;
    s.evaluated = l->evaluated;
    s.waiting = l->waiting;
    s.saved_step = l->saved_step;
    s.best_score = l->best_score;
    s.spikes = l->spikes;
    hone_mpi_share(&s, sizeof s);
    l->step = s.step;
    l->num_tokens = s.num_tokens;
    l->best_step = s.best_step;
    l->evaluated = s.evaluated;
    l->waiting = s.waiting;
    l->saved_step = s.saved_step;
    l->best_score = s.best_score;
    l->spikes = s.spikes;
    for (size_t i = 0; i < sizeof which / sizeof which[0]; i++) {
        HONE_TRY(hone_engine_read(e, which[i], room[i], err));
        hone_mpi_share(room[i], l->image.count * sizeof(float));
        HONE_TRY(hone_engine_write(e, which[i], room[i], err));
    }
    if (l->image.mean) hone_mpi_share(l->image.mean, l->image.count * sizeof(float));
    return HONE_OK;
}

/* ---- one step ---- */

static int log_step(loop *l, const hone_step_result *r, hone_err *err)
{
    char hex[65];
    bool last = l->step == l->plan->steps;
    if (l->s->logging_steps > 0 && l->step % l->s->logging_steps != 0 && !last) return HONE_OK;
    if (!l->writes) return HONE_OK;
    HONE_TRY(hone_params_hash(l->job->engine, l->image.params, l->image.count, hex, err));
    const hone_metrics_step line = {
        .step = l->step,
        .epoch = epoch_of(l, l->step),
        .loss = r->loss,
        .grad_norm = r->grad_norm,
        .learning_rate = r->learning_rate,
        .mean_token_accuracy = (double)r->correct / (double)r->labels,
        .num_tokens = l->num_tokens,
        .token_ratio = (double)r->plain / (double)r->computed,
        .rows = r->rows,
        .skipped = r->skipped,
        .params_sha256 = hex,
    };
    return hone_metrics_log(l->metrics, &line, err);
}

/* One optimiser step. A step that a stop request cuts leaves everything as it was. */
static int one_step(loop *l, hone_step_result *r, hone_err *err)
{
    HONE_TRY(hone_stepper_step(l->stepper, l->step, &l->spikes, r, err));
    l->tokens += r->computed;
    l->stop = r->stop;
    if (r->dropped) return HONE_OK;
    l->wait_seconds += r->wait_seconds;
    l->sum_seconds += r->sum_seconds;
    l->step++;
    l->loss = r->loss;
    l->num_tokens += r->row_tokens;
    if (l->image.mean)
        HONE_TRY(hone_ema_follow(l->image.mean, l->image.params, l->job->engine, l->image.count,
                                 l->s->ema, l->step, err));
    if (r->skipped && l->writes)
        hone_warn("step %lld: the loss %.4g is far above the recent ones: not applied (rows %s)",
                  (long long)l->step, r->loss, r->named);
    return log_step(l, r, err);
}

/* ---- validation ---- */

static bool eval_due(const loop *l)
{
    int64_t every = l->s->eval_steps > 0 ? l->s->eval_steps : l->plan->steps_per_epoch;
    bool wanted = l->job->on_eval || l->valid_batcher;
    return wanted && l->step > 0 && l->evaluated < l->step &&
           (l->step % every == 0 || l->step == l->plan->steps);
}

/* Adds the rows at .. at + n of the validation rows. */
static int valid_part(loop *l, size_t at, size_t n, hone_loss *sum, hone_err *err)
{
    hone_batch part;
    const hone_row_source *v = l->job->valid;
    for (size_t i = 0; i < n; i++) l->valid_rows[i] = (uint32_t)(at + i);
    HONE_TRY(v->load(v->user, l->valid_window, l->valid_rows, n, l->step, err));
    for (size_t i = 0; i < n; i++) l->valid_rows[i] = (uint32_t)i;
    HONE_TRY(hone_batcher_begin(l->valid_batcher, l->valid_rows, n, err));
    double labels = (double)hone_batcher_stats(l->valid_batcher)->labels;
    while (hone_batcher_next(l->valid_batcher, &part) == 1) {
        hone_loss loss = { 0 };
        HONE_TRY(hone_engine_score(l->job->engine, &part, &loss, NULL, NULL, err));
        HONE_TRY(hone_guard_loss(&loss, &part, l->valid_window, l->step, err));
        sum->sum += loss.sum * labels;
        sum->labels += loss.labels;
        sum->correct += loss.correct;
    }
    return HONE_OK;
}

/* The windows of validation rows that are this rank's: every size-th one. */
static int valid_windows(loop *l, hone_loss *sums, hone_err *err)
{
    const size_t count = l->job->valid->count, size = (size_t)l->s->batch_size;
    const size_t ranks = (size_t)hone_mpi_size(), rank = (size_t)hone_mpi_rank();
    for (size_t i = rank; i * size < count; i += ranks) {
        const size_t at = i * size;
        HONE_TRY(valid_part(l, at, count - at < size ? count - at : size, &sums[i], err));
        if (hone_stop_requested()) return hone_fail(err, HONE_E_STOPPED, "stopped");
    }
    return HONE_OK;
}

/* Mean loss over all label tokens of the validation rows: windows are added in order, so that the
 * sum does not depend on the ranks. */
static int valid_loss(loop *l, hone_metrics_eval *ret, hone_err *err)
{
    const size_t ranks = (size_t)hone_mpi_size();
    const size_t windows = (l->job->valid->count + (size_t)l->s->batch_size - 1) /
                           (size_t)l->s->batch_size;
    hone_loss *sums = hone_calloc(windows, sizeof *sums), sum = { 0 };
    hone_loss *all = hone_calloc(windows * ranks, sizeof *all);
    int rc = sums && all ? HONE_OK : hone_err_memory(err, "validation", windows * sizeof *all);
    if (rc == 0) rc = valid_windows(l, sums, err);
    rc = hone_mpi_agree(rc, err);
    if (rc == 0) hone_mpi_gather(sums, windows * sizeof *sums, all);
    for (size_t i = 0; rc == 0 && i < windows; i++) {
        const hone_loss *w = &all[i % ranks * windows + i];
        sum.sum += w->sum;
        sum.labels += w->labels;
        sum.correct += w->correct;
    }
    hone_free(sums);
    hone_free(all);
    ret->eval_loss = sum.sum / (double)sum.labels;
    ret->eval_mean_token_accuracy = (double)sum.correct / (double)sum.labels;
    return rc;
}

/* Of equal scores the later one is the best: it has seen more rows. Only a better one ends the
 * waiting. */
static int valid_score(loop *l, hone_metrics_eval *e, hone_err *err)
{
    hone_train_score score = { NAN, 0, 0 };
    HONE_TRY(hone_mpi_agree(l->job->on_eval(l->job->user, l->step, &score, err), err));
    e->eval_call_accuracy = score.score;
    e->right = score.right;
    e->rows = score.rows;
    bool better = l->best_step < 0 || score.score > l->best_score;
    l->waiting = better ? 0 : l->waiting + 1;
    if (!better && score.score < l->best_score) return HONE_OK;
    l->best_step = l->step;
    l->best_score = score.score;
    return HONE_OK;
}

static void show_eval(const loop *l, const hone_metrics_eval *e)
{
    char loss[64] = "", calls[96] = "";
    if (isfinite(e->eval_loss))
        (void)snprintf(loss, sizeof loss, ", validation loss %.4f, tokens right %.2f %%",
                       e->eval_loss, 100 * e->eval_mean_token_accuracy);
    if (isfinite(e->eval_call_accuracy))
        (void)snprintf(calls, sizeof calls, ": %lld of %lld calls right (%.1f %%)%s",
                       (long long)e->right, (long long)e->rows, 100 * e->eval_call_accuracy,
                       l->best_step == l->step ? ", the best so far" : "");
    hone_log("step %lld%s%s", (long long)l->step, calls, loss);
}

/* Of the parameters that the engine holds. */
static int measure(loop *l, hone_err *err)
{
    hone_metrics_eval e = { l->step, epoch_of(l, l->step), NAN, NAN, NAN, 0, 0 };
    if (l->valid_batcher) HONE_TRY(valid_loss(l, &e, err));
    if (l->job->on_eval) HONE_TRY(valid_score(l, &e, err));
    l->evaluated = l->step;
    l->saved_step = -1; /* a checkpoint of this step lacks the evaluation */
    show_eval(l, &e);
    return l->writes ? hone_metrics_log_eval(l->metrics, &e, err) : HONE_OK;
}

/* HONE_E_STOPPED leaves it to be done when the run goes on. A run with a mean measures that. */
static int evaluate(loop *l, hone_err *err)
{
    hone_engine *e = l->job->engine;
    if (!l->image.mean) return measure(l, err);
    HONE_TRY(hone_engine_read(e, HONE_VEC_PARAMS, l->image.params, err));
    HONE_TRY(hone_engine_write(e, HONE_VEC_PARAMS, l->image.mean, err));
    int rc = measure(l, err);
    int back = hone_engine_write(e, HONE_VEC_PARAMS, l->image.params, rc < 0 ? NULL : err);
    return rc < 0 ? rc : back;
}

/* ---- the run ---- */

static int open_valid(loop *l, hone_err *err)
{
    const hone_row_source *v = l->job->valid;
    size_t n = (size_t)l->s->batch_size;
    if (!v || v->count == 0) return HONE_OK;
    HONE_TRY(hone_encode_set_new(&l->valid_window, err));
    HONE_TRY(hone_train_batcher(&l->valid_batcher, l->job->engine, l->valid_window, l->s, 1, err));
    l->valid_rows = hone_calloc(n, sizeof *l->valid_rows);
    return l->valid_rows ? HONE_OK : hone_err_memory(err, "row order", n * sizeof(uint32_t));
}

static int loop_open(loop *l, const hone_train_job *job, hone_err *err)
{
    int64_t offset;
    const char *dir = job->folder ? hone_run_folder_dir(job->folder) : NULL;
    const hone_stepper_setup setup = { job->engine, job->adapter, job->rows, job->settings,
                                       job->plan };
    *l = (loop){ .job = job, .s = job->settings, .plan = job->plan, .best_step = -1,
                 .evaluated = -1, .saved_step = -1, .loss = NAN, .writes = dir != NULL };
    l->arena = hone_arena_new();
    if (!l->arena) return hone_err_memory(err, "training", 0);
    HONE_TRY(image_alloc(l, err));
    HONE_TRY(hone_engine_attach(job->engine, job->adapter, err));
    HONE_TRY(hone_ema_new(&l->image.mean, job->engine, l->image.count, l->s->ema, err));
    HONE_TRY(hone_stepper_new(&l->stepper, &setup, err));
    HONE_TRY(open_valid(l, err));
    if (!l->writes) return resume_share(l, err);
    l->store = (hone_checkpoint_store){ dir, hone_run_folder_parents(job->folder), write_files, l };
    HONE_TRY(hone_checkpoint_clean(dir, err));
    HONE_TRY(hone_checkpoint_space(dir, job->adapter->count, l->image.mean != NULL, err));
    HONE_TRY(resume(l, &offset, err));
    HONE_TRY(resume_share(l, err));
    return hone_metrics_open(&l->metrics, dir, offset, job->tensorboard ? l->step : -1, err);
}

static void loop_close(loop *l)
{
    hone_metrics_close(l->metrics);
    hone_stepper_free(l->stepper);
    hone_batcher_free(l->valid_batcher);
    hone_encode_set_free(l->valid_window);
    hone_free(l->valid_rows);
    hone_checkpoint_done(&l->image);
    hone_arena_free(l->arena);
}

static void state_time(const loop *l, int64_t done, double seconds)
{
    double each = seconds / (double)done, rest = each * (double)(l->plan->steps - l->step);
    if (rest < 2) return;
    hone_log("%.1f s a step: about %.0f %s more", each, rest < 120 ? rest : rest / 60,
             rest < 120 ? "seconds" : "minutes");
}

/* No better score for as many evaluations as the user is ready to wait. */
static bool is_early(const loop *l)
{
    return l->s->patience > 0 && l->waiting >= l->s->patience && l->step < l->plan->steps;
}

static bool is_over(const loop *l)
{
    return l->step >= l->plan->steps || is_early(l);
}

/* What stands behind a step: the evaluation and the checkpoint, if they are due. */
static int after_step(loop *l, hone_err *err)
{
    bool evaluated = eval_due(l);
    if (evaluated) HONE_TRY(evaluate(l, err));
    if (evaluated || l->step % l->s->save_steps == 0) HONE_TRY(save(l, err));
    return HONE_OK;
}

static void show_step(const loop *l, hone_progress *p, int64_t first, const hone_step_result *r,
                      double seconds)
{
    p->done = l->step - first;
    if (l->step == l->plan->steps) return; /* the last line comes at the end */
    hone_progress_set(p, l->step - first,
                      "loss %.4f  lr %.1e  %.0f tok/s  %.1f rows/s  %.1fx  %.1f GB", r->loss,
                      r->learning_rate, (double)r->computed / seconds, (double)r->rows / seconds,
                      (double)r->plain / (double)r->computed, (double)hone_peak_rss() / 1e9);
}

/* Between two steps. What several ranks decide is decided within a step, by all. */
static bool stop_wanted(const loop *l)
{
    return hone_mpi_size() > 1 ? l->stop : hone_stop_requested();
}

static int log_time(const loop *l, const hone_step_result *r, double seconds, hone_err *err)
{
    const hone_metrics_speed speed = { seconds, r->wait_seconds, r->sum_seconds, r->computed,
                                       r->rows };
    return l->writes ? hone_metrics_time(l->metrics, l->step, &speed, err) : HONE_OK;
}

/* Steps until the end or a stop request. */
static int steps_run(loop *l, hone_err *err)
{
    hone_progress p;
    int64_t first = l->step;
    double spent = 0;
    if (l->step > 0) HONE_TRY(after_step(l, err)); /* an evaluation that was put off */
    hone_progress_start(&p, first ? "training (rest)" : "training", l->plan->steps - first);
    while (!is_over(l) && !stop_wanted(l)) {
        hone_step_result r;
        double start = hone_clock();
        HONE_TRY(one_step(l, &r, err));
        if (r.dropped) break;
        double seconds = hone_clock() - start;
        spent += seconds;
        HONE_TRY(log_time(l, &r, seconds, err));
        show_step(l, &p, first, &r, seconds);
        if (l->step - first == TIMED_STEPS) state_time(l, TIMED_STEPS, spent);
        HONE_TRY(after_step(l, err));
    }
    if (l->step > first) hone_progress_end(&p, "loss %.4f", l->loss);
    return HONE_OK;
}

/* The parameters of the best step, if that is not the last. */
static int take_best(loop *l, hone_err *err)
{
    hone_checkpoint c = { 0 };
    if (l->best_step < 0 || l->best_step == l->step) return HONE_OK;
    char *dir = hone_checkpoint_path(l->store.run_dir, l->best_step);
    if (!dir) return hone_err_memory(err, "a file name", 0);
    int rc = hone_checkpoint_load(&c, l->arena, dir, l->store.parents, l->image.count, err);
    if (rc == 0) memcpy(l->image.params, c.params, l->image.count * sizeof(float));
    if (rc == 0) rc = mean_restore(l, &c, dir, err);
    if (rc == 0) hone_log("step %lld was the best (%.1f %% of the calls): taken as the result",
                          (long long)l->best_step, 100 * l->best_score);
    hone_checkpoint_done(&c);
    hone_free(dir);
    return rc;
}

/* Adds the parameters of a saved step, times share. */
static int mean_add(const loop *l, int64_t step, float share, float *mean, hone_err *err)
{
    hone_checkpoint c = { 0 };
    char *dir = hone_checkpoint_path(l->store.run_dir, step);
    if (!dir) return hone_err_memory(err, "a file name", 0);
    int rc = hone_checkpoint_load(&c, l->arena, dir, l->store.parents, l->image.count, err);
    for (size_t k = 0; rc == 0 && k < l->image.count; k++) mean[k] += share * c.params[k];
    hone_checkpoint_done(&c);
    hone_free(dir);
    return rc;
}

/* The mean is answered as a checkpoint is; true when no checkpoint got more calls right. */
static int mean_wins(loop *l, const float *mean, bool *ret, hone_err *err)
{
    hone_train_score score = { NAN, 0, 0 };
    *ret = true;
    if (!l->job->on_eval) return HONE_OK;
    HONE_TRY(hone_engine_write(l->job->engine, HONE_VEC_PARAMS, mean, err));
    HONE_TRY(hone_mpi_agree(l->job->on_eval(l->job->user, l->step, &score, err), err));
    *ret = l->best_step < 0 || score.score >= l->best_score;
    hone_log("the mean of %lld steps: %.1f %% of the calls right%s", (long long)mean_count(l),
             100 * score.score, *ret ? ", taken as the result" : "");
    return HONE_OK;
}

/* image.params becomes the mean if that is wanted and no worse than the best. */
static int take_mean(loop *l, bool *ret_taken, hone_err *err)
{
    const int64_t n = mean_count(l);
    *ret_taken = false;
    if (n < 2) return HONE_OK;
    float *mean = hone_calloc(l->image.count, sizeof *mean);
    int rc = mean ? HONE_OK : hone_err_memory(err, "a mean", l->image.count * sizeof *mean);
    for (int64_t i = 0; rc == 0 && l->writes && i < n; i++)
        rc = mean_add(l, mean_step(l, i), 1.0f / (float)n, mean, err);
    rc = hone_mpi_agree(rc, err);
    if (rc == 0) hone_mpi_share(mean, l->image.count * sizeof *mean);
    if (rc == 0) rc = mean_wins(l, mean, ret_taken, err);
    if (rc == 0 && *ret_taken) memcpy(l->image.params, mean, l->image.count * sizeof *mean);
    hone_free(mean);
    return rc;
}

static int finish(loop *l, hone_err *err)
{
    static const char *const adapter[] = { HONE_RUN_ADAPTER "/adapter_model.safetensors",
                                           HONE_RUN_ADAPTER "/adapter_config.json",
                                           HONE_RUN_METRICS, NULL };
    static const char *const model[] = { HONE_RUN_MODEL "/model.safetensors",
                                         HONE_RUN_MODEL "/config.json", HONE_RUN_METRICS, NULL };
    const bool full = l->job->adapter->config.full;
    bool mean = false;
    const bool saved = l->saved_step == l->step; /* perhaps by a process that was killed then */
    HONE_TRY(save(l, err));
    if (saved && l->writes) HONE_TRY(publish(l, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_PARAMS, l->image.params, err));
    HONE_TRY(take_mean(l, &mean, err));
    if (!l->writes) return HONE_OK;
    if (!mean) HONE_TRY(take_best(l, err));
    char *dir = hone_path_join(l->store.run_dir, full ? HONE_RUN_MODEL : HONE_RUN_ADAPTER);
    if (!dir) return hone_err_memory(err, "a file name", 0);
    int rc = hone_fs_mkdirs(dir, err);
    if (rc == 0) rc = save_result(l, dir, err);
    hone_free(dir);
    return rc < 0 ? rc : hone_run_folder_finish(l->job->folder, full ? model : adapter, err);
}

/* Ends a run early: what is done is saved, whatever the reason. */
static int stop(loop *l, hone_err *err)
{
    HONE_TRY(save(l, err));
    if (l->writes) hone_err_at(err, l->store.run_dir, 0, -1);
    hone_err_hint(err, "run the same command again to go on");
    int rc = hone_fail(err, HONE_E_STOPPED,
                       "stopped after step %lld of %lld; checkpoint-%lld is saved",
                       (long long)l->step, (long long)l->plan->steps, (long long)l->step);
    return hone_mpi_agree(rc, err);
}

/* How a run ends whose steps ended with rc. */
static int run_end(loop *l, int rc, hone_err *err)
{
    if (rc == HONE_E_STOPPED) return stop(l, err); /* within an evaluation */
    if (rc < 0) {
        (void)save_in(l, false, NULL); /* the steps before the failure are good */
        return rc;
    }
    return is_over(l) ? finish(l, err) : stop(l, err);
}

int hone_train_run(const hone_train_job *job, hone_train_result *ret, hone_err *err)
{
    loop l;
    double start = hone_clock();
    hone_train_result r = { 0 };
    int rc = loop_open(&l, job, err);
    r.resumed_from = l.step;
    if (rc == 0) rc = run_end(&l, steps_run(&l, err), err);
    if (rc == 0) {
        r.steps = l.step;
        r.best_step = l.best_step;
        r.best_score = l.best_step < 0 ? NAN : l.best_score;
        r.early = is_early(&l);
        r.skipped = l.spikes.total;
        r.loss = l.loss;
        r.seconds = hone_clock() - start;
        r.tokens = l.tokens;
        if (l.step > r.resumed_from) {
            r.wait_seconds = l.wait_seconds / (double)(l.step - r.resumed_from);
            r.sum_seconds = l.sum_seconds / (double)(l.step - r.resumed_from);
        }
        *ret = r;
    }
    loop_close(&l);
    return rc;
}
