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
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "optim/clip.h"
#include "train/checkpoint.h"
#include "train/guard.h"
#include "train/metrics.h"

/* After this many steps of a process its speed is known well enough to state the time of the
 * run. */
enum { TIMED_STEPS = 3 };

typedef struct loop {
    const hone_train_job *job;
    const hone_train_settings *s;
    const hone_train_plan *plan;
    hone_schedule schedule;
    hone_checkpoint_store store;
    hone_metrics *metrics;
    hone_batcher *batcher, *valid_batcher;
    uint32_t *order, *valid_rows;
    int64_t order_epoch;
    hone_checkpoint image; /* vectors as read from the engine */
    hone_arena *arena;     /* state objects; cleared at each save */
    /* counters that a checkpoint carries */
    int64_t step, num_tokens, best_step;
    double best_score;
    int64_t saved_step;    /* newest step on disk, -1: none */
    /* of the last step */
    double loss;
    int64_t tokens;
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

/* Adapter and trainer_state.json into a checkpoint's folder. */
static int write_files(void *user, const char *dir, hone_err *err)
{
    loop *l = user;
    hone_trainer_state state;
    memcpy(l->job->adapter->params, l->image.params, l->image.count * sizeof(float));
    HONE_TRY(hone_adapter_save(l->job->adapter, l->job->model, dir, l->job->model_name,
                               l->job->model->sha256, err));
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
        !hone_json_set(a, o, "best_score", hone_json_new_f64(a, l->best_score)))
        return hone_err_memory(err, "checkpoint", 0);
    l->image.state = o;
    return HONE_OK;
}

static int save(loop *l, hone_err *err)
{
    int64_t offset;
    hone_trainer_state state;
    if (l->saved_step == l->step) return HONE_OK;
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_PARAMS, l->image.params, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_M, l->image.m, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_V, l->image.v, err));
    HONE_TRY(
        hone_guard_params(l->image.params, l->job->adapter, &l->job->model->config, l->step, err));
    HONE_TRY(hone_metrics_sync(l->metrics, &offset, err));
    HONE_TRY(state_make(l, offset, err));
    l->image.step = l->step;
    HONE_TRY(hone_checkpoint_save(&l->store, &l->image, err));
    l->saved_step = l->step;
    trainer_state(l, &state);
    HONE_TRY(hone_metrics_write_state(l->metrics, l->store.run_dir, &state, err));
    hone_log_more("saved checkpoint-%lld", (long long)l->step);
    return hone_checkpoint_prune(l->store.run_dir, l->s->save_total_limit, l->best_step, err);
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
    HONE_TRY(hone_json_req_i64(&l->step, o, "step", 0, l->plan->steps, "state.json", err));
    HONE_TRY(hone_json_req_i64(&l->num_tokens, o, "num_tokens", 0, INT64_MAX, "state.json", err));
    HONE_TRY(hone_json_req_i64(ret_offset, o, "metrics_offset", 0, INT64_MAX, "state.json", err));
    HONE_TRY(hone_json_req_i64(&l->best_step, o, "best_step", -1, INT64_MAX, "state.json", err));
    return hone_json_get_f64(&l->best_score, o, "best_score", 0, "state.json", err);
}

/* Loads dir into the engine and the counters. */
static int restore(loop *l, const char *dir, int64_t *ret_offset, hone_err *err)
{
    hone_checkpoint c = { 0 };
    hone_engine *e = l->job->engine;
    int rc = hone_checkpoint_load(&c, l->arena, dir, l->store.parents, l->job->adapter->count, err);
    if (rc == 0) rc = state_read(l, &c, ret_offset, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_PARAMS, c.params, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_M, c.m, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_V, c.v, err);
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

/* ---- one step ---- */

/* Sums over the parts of one step. */
typedef struct step_sums {
    double loss, grad_norm, lr;
    int64_t labels, correct;
    bool dropped; /* a stop request came between two parts */
} step_sums;

static int accumulate(loop *l, step_sums *sums, hone_err *err)
{
    hone_batch part;
    while (hone_batcher_next(l->batcher, &part) == 1) {
        hone_loss loss = { 0 };
        if (sums->labels > 0 && hone_stop_requested()) {
            sums->dropped = true;
            return HONE_OK;
        }
        HONE_TRY(hone_engine_accumulate(l->job->engine, &part, &loss, err));
        HONE_TRY(hone_guard_loss(&loss, &part, l->job->rows, l->step + 1, err));
        sums->loss += loss.sum;
        sums->labels += loss.labels;
        sums->correct += loss.correct;
        l->tokens += part.num_tokens;
    }
    return HONE_OK;
}

static int update(loop *l, step_sums *sums, hone_err *err)
{
    const hone_train_settings *s = l->s;
    hone_engine *e = l->job->engine;
    int64_t t = l->step + 1;
    sums->grad_norm = hone_engine_grad_norm(e);
    HONE_TRY(hone_guard_gradients(e, l->job->adapter, sums->grad_norm, l->image.m, t, err));
    double factor = hone_schedule_factor(&l->schedule, l->step);
    sums->lr = s->learning_rate * factor;
    const hone_adamw_step a = {
        .lr = (float)sums->lr,
        .lr_b = (float)(sums->lr * s->lora_plus),
        .lr_delta = (float)(s->control_lr * factor),
        .beta1 = (float)s->adamw.beta1,
        .beta2 = (float)s->adamw.beta2,
        .eps = (float)s->adamw.eps,
        .weight_decay = (float)s->adamw.weight_decay,
        .correction1 = (float)hone_adamw_correction(s->adamw.beta1, t),
        .correction2 = (float)hone_adamw_correction(s->adamw.beta2, t),
        .grad_scale = (float)hone_clip_factor(sums->grad_norm, s->max_grad_norm),
    };
    return hone_engine_update(e, &a, err);
}

static int log_step(loop *l, const step_sums *sums, hone_err *err)
{
    const hone_batch_stats *b = hone_batcher_stats(l->batcher);
    bool last = l->step == l->plan->steps;
    if (l->s->logging_steps > 0 && l->step % l->s->logging_steps != 0 && !last) return HONE_OK;
    const hone_metrics_step line = {
        .step = l->step,
        .epoch = epoch_of(l, l->step),
        .loss = sums->loss,
        .grad_norm = sums->grad_norm,
        .learning_rate = sums->lr,
        .mean_token_accuracy = (double)sums->correct / (double)sums->labels,
        .num_tokens = l->num_tokens,
        .token_ratio = (double)b->plain / (double)b->computed,
        .rows = b->rows,
    };
    return hone_metrics_log(l->metrics, &line, err);
}

/* One optimiser step. A step that a stop request cuts leaves everything as it was. */
static int one_step(loop *l, step_sums *ret, hone_err *err)
{
    const uint32_t *rows = NULL;
    step_sums sums = { 0 };
    int64_t per_epoch = l->plan->steps_per_epoch;
    size_t n = hone_batch_rows(l->s->seed, l->step / per_epoch, l->step % per_epoch,
                               (size_t)l->s->batch_size, l->job->rows->count, l->order,
                               &l->order_epoch, &rows);
    HONE_TRY(hone_batcher_begin(l->batcher, rows, n, err));
    HONE_TRY(accumulate(l, &sums, err));
    if (sums.dropped) {
        hone_engine_zero_grads(l->job->engine);
    } else {
        HONE_TRY(update(l, &sums, err));
        l->step++;
        l->loss = sums.loss;
        l->num_tokens += hone_batcher_stats(l->batcher)->row_tokens;
        HONE_TRY(log_step(l, &sums, err));
    }
    *ret = sums;
    return HONE_OK;
}

/* ---- validation ---- */

static bool eval_due(const loop *l)
{
    int64_t every = l->s->eval_steps > 0 ? l->s->eval_steps : l->plan->steps_per_epoch;
    bool wanted = l->job->on_eval || l->valid_batcher;
    return wanted && (l->step % every == 0 || l->step == l->plan->steps);
}

/* Mean loss over all label tokens of the validation rows. */
static int valid_loss(loop *l, hone_metrics_eval *ret, hone_err *err)
{
    size_t count = l->job->valid->count, size = (size_t)l->s->batch_size;
    double sum = 0;
    int64_t labels = 0, correct = 0;
    for (size_t at = 0; at < count; at += size) {
        hone_batch part;
        size_t n = count - at < size ? count - at : size;
        HONE_TRY(hone_batcher_begin(l->valid_batcher, l->valid_rows + at, n, err));
        double batch_labels = (double)hone_batcher_stats(l->valid_batcher)->labels;
        while (hone_batcher_next(l->valid_batcher, &part) == 1) {
            hone_loss loss = { 0 };
            HONE_TRY(hone_engine_score(l->job->engine, &part, &loss, NULL, NULL, err));
            HONE_TRY(hone_guard_loss(&loss, &part, l->job->valid, l->step, err));
            sum += loss.sum * batch_labels;
            labels += loss.labels;
            correct += loss.correct;
        }
    }
    ret->eval_loss = sum / (double)labels;
    ret->eval_mean_token_accuracy = (double)correct / (double)labels;
    return HONE_OK;
}

static int evaluate(loop *l, hone_err *err)
{
    hone_metrics_eval e = { l->step, epoch_of(l, l->step), NAN, NAN, NAN };
    if (l->valid_batcher) HONE_TRY(valid_loss(l, &e, err));
    if (l->job->on_eval) {
        HONE_TRY(l->job->on_eval(l->job->user, l->step, &e.eval_score, err));
        if (l->best_step < 0 || e.eval_score > l->best_score) {
            l->best_step = l->step;
            l->best_score = e.eval_score;
        }
    }
    if (isfinite(e.eval_loss))
        hone_log("step %lld: validation loss %.4f, token accuracy %.2f %%", (long long)l->step,
                 e.eval_loss, 100 * e.eval_mean_token_accuracy);
    return hone_metrics_log_eval(l->metrics, &e, err);
}

/* ---- the run ---- */

static int open_valid(loop *l, hone_err *err)
{
    const hone_encode_set *v = l->job->valid;
    if (!v || v->count == 0) return HONE_OK;
    HONE_TRY(hone_train_batcher(&l->valid_batcher, l->job->engine, v, l->s, err));
    l->valid_rows = hone_calloc(v->count, sizeof *l->valid_rows);
    if (!l->valid_rows) return hone_err_memory(err, "row order", v->count * sizeof(uint32_t));
    for (size_t i = 0; i < v->count; i++) l->valid_rows[i] = (uint32_t)i;
    return HONE_OK;
}

static int loop_open(loop *l, const hone_train_job *job, hone_err *err)
{
    int64_t offset;
    const char *dir = hone_run_folder_dir(job->folder);
    *l = (loop){ .job = job, .s = job->settings, .plan = job->plan, .order_epoch = -1,
                 .best_step = -1, .saved_step = -1, .loss = NAN };
    l->schedule = (hone_schedule){ l->s->schedule, l->plan->warmup, l->plan->steps };
    l->store = (hone_checkpoint_store){ dir, hone_run_folder_parents(job->folder), write_files, l };
    l->arena = hone_arena_new();
    l->order = hone_calloc(job->rows->count, sizeof *l->order);
    if (!l->arena || !l->order) return hone_err_memory(err, "training", job->rows->count * 4);
    HONE_TRY(image_alloc(l, err));
    HONE_TRY(hone_train_batcher(&l->batcher, job->engine, job->rows, l->s, err));
    HONE_TRY(open_valid(l, err));
    HONE_TRY(hone_engine_attach(job->engine, job->adapter, err));
    HONE_TRY(hone_checkpoint_clean(dir, err));
    HONE_TRY(hone_checkpoint_space(dir, job->adapter->count, err));
    HONE_TRY(resume(l, &offset, err));
    return hone_metrics_open(&l->metrics, dir, offset, err);
}

static void loop_close(loop *l)
{
    hone_metrics_close(l->metrics);
    hone_batcher_free(l->batcher);
    hone_batcher_free(l->valid_batcher);
    hone_free(l->order);
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

/* Steps until the end or a stop request. */
static int steps_run(loop *l, hone_err *err)
{
    hone_progress p;
    int64_t first = l->step;
    double start = hone_clock(), before = start;
    hone_progress_start(&p, first ? "training (rest)" : "training", l->plan->steps - first);
    while (l->step < l->plan->steps && !hone_stop_requested()) {
        step_sums sums;
        int64_t tokens = l->tokens;
        HONE_TRY(one_step(l, &sums, err));
        if (sums.dropped) break;
        double now = hone_clock();
        HONE_TRY(hone_metrics_time(l->metrics, l->step, now - before, l->tokens - tokens, err));
        if (l->step < l->plan->steps)
            hone_progress_set(&p, l->step - first, "loss %.4f  lr %.2e  %.0f tokens/s  %.2f GB",
                          sums.loss, sums.lr, (double)(l->tokens - tokens) / (now - before),
                          (double)hone_peak_rss() / 1e9);
        before = now;
        if (l->step - first == TIMED_STEPS) state_time(l, TIMED_STEPS, now - start);
        bool evaluated = eval_due(l);
        if (evaluated) HONE_TRY(evaluate(l, err));
        if (evaluated || l->step % l->s->save_steps == 0) HONE_TRY(save(l, err));
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
    if (rc == 0) hone_log("step %lld was the best: taken as the result", (long long)l->best_step);
    hone_checkpoint_done(&c);
    hone_free(dir);
    return rc;
}

static int finish(loop *l, hone_err *err)
{
    static const char *const outputs[] = { HONE_RUN_ADAPTER "/adapter_model.safetensors",
                                           HONE_RUN_ADAPTER "/adapter_config.json", "metrics.jsonl",
                                           NULL };
    HONE_TRY(save(l, err));
    HONE_TRY(hone_engine_read(l->job->engine, HONE_VEC_PARAMS, l->image.params, err));
    HONE_TRY(take_best(l, err));
    memcpy(l->job->adapter->params, l->image.params, l->image.count * sizeof(float));
    char *dir = hone_path_join(l->store.run_dir, HONE_RUN_ADAPTER);
    if (!dir) return hone_err_memory(err, "a file name", 0);
    int rc = hone_fs_mkdirs(dir, err);
    if (rc == 0) rc = hone_adapter_save(l->job->adapter, l->job->model, dir, l->job->model_name,
                                        l->job->model->sha256, err);
    hone_free(dir);
    return rc < 0 ? rc : hone_run_folder_finish(l->job->folder, outputs, err);
}

/* Ends a run early: what is done is saved, whatever the reason. */
static int stop(loop *l, hone_err *err)
{
    HONE_TRY(save(l, err));
    hone_err_at(err, l->store.run_dir, 0, -1);
    hone_err_hint(err, "run the same command again to go on");
    return hone_fail(err, HONE_E_STOPPED,
                     "stopped after step %lld of %lld; checkpoint-%lld is saved",
                     (long long)l->step, (long long)l->plan->steps, (long long)l->step);
}

int hone_train_run(const hone_train_job *job, hone_train_result *ret, hone_err *err)
{
    loop l;
    double start = hone_clock();
    hone_train_result r = { 0 };
    int rc = loop_open(&l, job, err);
    r.resumed_from = l.step;
    if (rc == 0) {
        rc = steps_run(&l, err);
        if (rc < 0) (void)save(&l, NULL); /* the steps before the failure are good */
        else rc = l.step < l.plan->steps ? stop(&l, err) : finish(&l, err);
    }
    if (rc == 0) {
        r.steps = l.step;
        r.best_step = l.best_step;
        r.loss = l.loss;
        r.seconds = hone_clock() - start;
        r.tokens = l.tokens;
        *ret = r;
    }
    loop_close(&l);
    return rc;
}
