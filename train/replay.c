/* Replaying steps (train/replay.h). */
#include "train/replay.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/zfile.h"
#include "train/ema.h"
#include "train/metrics.h"
#include "train/run_folder.h"

enum { LINE_MAX_BYTES = 1 << 20 };

/* Hash of the parameters after a step, as metrics.jsonl has it. */
typedef struct recorded {
    int64_t step;
    char hex[HONE_METRICS_HASH + 1];
} recorded;

typedef struct replay {
    const hone_replay_job *job;
    hone_arena *arena;
    recorded *lines;
    size_t count, cap;
    hone_stepper *stepper;
    hone_spikes spikes;
    float *params, *other; /* room for two vectors */
    float *mean;           /* of the run (train/ema.h); NULL: it has none */
    hone_replay_result r;
} replay;

/* ---- what was recorded ---- */

static int line_add(replay *p, const hone_json *o, hone_err *err)
{
    const hone_json *hex = hone_json_get(o, "params_sha256");
    recorded line = { 0 };
    if (!hone_json_is(hex, HONE_JSON_STRING) || hex->len != HONE_METRICS_HASH) return HONE_OK;
    HONE_TRY(hone_json_req_i64(&line.step, o, "step", 1, INT64_MAX, HONE_RUN_METRICS, err));
    memcpy(line.hex, hex->text, HONE_METRICS_HASH);
    if (p->count == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 256;
        recorded *grown = hone_realloc_array(p->lines, cap, sizeof *grown);
        if (!grown) return hone_err_memory(err, HONE_RUN_METRICS, cap * sizeof *grown);
        p->lines = grown;
        p->cap = cap;
    }
    p->lines[p->count++] = line;
    return HONE_OK;
}

static int lines_read(replay *p, hone_err *err)
{
    hone_lines *lines = NULL;
    char *path = hone_path_join(p->job->run_dir, HONE_RUN_METRICS);
    const char *text = NULL;
    size_t len = 0;
    int64_t number = 0;
    int rc = path ? hone_lines_open(&lines, path, LINE_MAX_BYTES, err)
                  : hone_err_memory(err, "a file name", 0);
    while (rc == 0 && (rc = hone_lines_next(lines, &text, &len, &number, err)) > 0) {
        hone_json *o = NULL;
        hone_arena_clear(p->arena);
        rc = hone_json_parse(&o, p->arena, text, len, path, number, err);
        if (rc == 0) rc = line_add(p, o, err);
    }
    hone_lines_close(lines);
    hone_free(path);
    return rc;
}

static const recorded *line_of(const replay *p, int64_t step)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->lines[i].step == step) return &p->lines[i];
    return NULL;
}

/* ---- where to begin ---- */

/* The newest whole checkpoint that leaves the steps asked for; else the run's start. */
static int64_t choose_start(const replay *p)
{
    int64_t last = p->count ? p->lines[p->count - 1].step : 0;
    for (int64_t step = last - p->job->steps; step > 0; step--) {
        char *dir = hone_checkpoint_path(p->job->run_dir, step);
        bool whole = dir && hone_fs_is_dir(dir) && hone_checkpoint_verify(dir, NULL, NULL) == 0;
        hone_free(dir);
        if (whole) return step;
    }
    return 0;
}

static int checkpoint_read(replay *p, int64_t step, hone_checkpoint *ret, hone_err *err)
{
    char *dir = hone_checkpoint_path(p->job->run_dir, step);
    if (!dir) return hone_err_memory(err, "a file name", 0);
    hone_arena_clear(p->arena);
    int rc = hone_checkpoint_load(ret, p->arena, dir, p->job->parents,
                                  p->job->setup.adapter->count, err);
    hone_free(dir);
    return rc;
}

static int begin(replay *p, hone_err *err)
{
    hone_engine *e = p->job->setup.engine;
    hone_checkpoint c = { 0 };
    p->r.from = p->job->from >= 0 ? p->job->from : choose_start(p);
    HONE_TRY(hone_engine_attach(e, p->job->setup.adapter, err));
    HONE_TRY(hone_ema_new(&p->mean, e, p->job->setup.adapter->count, p->job->setup.settings->ema,
                          err));
    if (p->r.from == 0) return HONE_OK;
    HONE_TRY(checkpoint_read(p, p->r.from, &c, err));
    int rc = hone_spikes_read(&p->spikes, c.state, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_PARAMS, c.params, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_M, c.m, err);
    if (rc == 0) rc = hone_engine_write(e, HONE_VEC_V, c.v, err);
    if (rc == 0 && p->mean && c.mean)
        memcpy(p->mean, c.mean, p->job->setup.adapter->count * sizeof *p->mean);
    hone_checkpoint_done(&c);
    return rc;
}

/* ---- comparing ---- */

static int same_vector(replay *p, hone_engine_vector which, const float *want, bool *same,
                       hone_err *err)
{
    HONE_TRY(hone_engine_read(p->job->setup.engine, which, p->other, err));
    *same = *same && memcmp(p->other, want, p->job->setup.adapter->count * sizeof(float)) == 0;
    return HONE_OK;
}

/* All vectors against the checkpoint of that step, if there is a whole one. */
static int compare_checkpoint(replay *p, int64_t step, bool *ret_same, hone_err *err)
{
    hone_checkpoint c = { 0 };
    char *dir = hone_checkpoint_path(p->job->run_dir, step);
    bool whole = dir && hone_fs_is_dir(dir) && hone_checkpoint_verify(dir, NULL, NULL) == 0;
    hone_free(dir);
    if (!whole) return HONE_OK;
    HONE_TRY(checkpoint_read(p, step, &c, err));
    int rc = same_vector(p, HONE_VEC_PARAMS, c.params, ret_same, err);
    if (rc == 0) rc = same_vector(p, HONE_VEC_M, c.m, ret_same, err);
    if (rc == 0) rc = same_vector(p, HONE_VEC_V, c.v, ret_same, err);
    if (rc == 0 && p->mean)
        *ret_same = *ret_same && c.mean &&
                    memcmp(p->mean, c.mean, p->job->setup.adapter->count * sizeof(float)) == 0;
    hone_checkpoint_done(&c);
    p->r.checkpoints++;
    return rc;
}

static int compare(replay *p, int64_t step, hone_err *err)
{
    char hex[65];
    bool same = true;
    const recorded *line = line_of(p, step);
    HONE_TRY(hone_params_hash(p->job->setup.engine, p->params, p->job->setup.adapter->count, hex,
                              err));
    if (line) {
        p->r.compared++;
        same = strncmp(hex, line->hex, HONE_METRICS_HASH) == 0;
    }
    if (same) HONE_TRY(compare_checkpoint(p, step, &same, err));
    if (same) return HONE_OK;
    p->r.differs = step;
    (void)snprintf(p->r.recorded, sizeof p->r.recorded, "%s", line ? line->hex : "");
    (void)snprintf(p->r.here, sizeof p->r.here, "%.16s", hex);
    return HONE_OK;
}

static int steps_replay(replay *p, hone_err *err)
{
    int64_t last = p->count ? p->lines[p->count - 1].step : 0;
    int64_t end = p->r.from + p->job->steps < last ? p->r.from + p->job->steps : last;
    hone_progress bar;
    if (end <= p->r.from) return HONE_OK;
    hone_progress_start(&bar, "replaying", end - p->r.from);
    for (int64_t step = p->r.from; step < end && p->r.differs < 0; step++) {
        hone_step_result s;
        HONE_TRY(hone_stepper_step(p->stepper, step, &p->spikes, &s, err));
        if (s.dropped || hone_stop_requested())
            return hone_fail(err, HONE_E_INTERRUPTED, "stopped; nothing was written");
        p->r.steps++;
        if (p->mean)
            HONE_TRY(hone_ema_follow(p->mean, p->params, p->job->setup.engine,
                                     p->job->setup.adapter->count, p->job->setup.settings->ema,
                                     step + 1, err));
        HONE_TRY(compare(p, step + 1, err));
        hone_progress_set(&bar, p->r.steps, "loss %.4f", s.loss);
    }
    hone_progress_end(&bar, NULL);
    return HONE_OK;
}

static int replay_all(replay *p, hone_err *err)
{
    size_t n = p->job->setup.adapter->count;
    p->arena = hone_arena_new();
    p->params = hone_calloc(n, sizeof *p->params);
    p->other = hone_calloc(n, sizeof *p->other);
    if (!p->arena || !p->params || !p->other) return hone_err_memory(err, "a replay", n);
    HONE_TRY(lines_read(p, err));
    HONE_TRY(begin(p, err));
    HONE_TRY(hone_stepper_new(&p->stepper, &p->job->setup, err));
    HONE_TRY(steps_replay(p, err));
    if (p->r.compared + p->r.checkpoints > 0) return HONE_OK;
    hone_err_at(err, p->job->run_dir, 0, -1);
    return hone_fail(err, HONE_UNMEASURABLE, "no step behind step %lld was recorded",
                     (long long)p->r.from);
}

int hone_replay(const hone_replay_job *job, hone_replay_result *ret, hone_err *err)
{
    replay p = { .job = job, .r = { .differs = -1 } };
    int rc = replay_all(&p, err);
    if (rc == 0) *ret = p.r;
    hone_stepper_free(p.stepper);
    hone_free(p.lines);
    hone_free(p.params);
    hone_free(p.other);
    hone_free(p.mean);
    hone_arena_free(p.arena);
    return rc;
}
