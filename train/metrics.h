/*
 * What a run leaves to read while it trains. metrics.jsonl holds numbers that a rerun repeats byte
 * for byte; times go to timing.jsonl and, with the same figures, to TensorBoard's event files. A
 * resumed run cuts metrics.jsonl at the offset its checkpoint remembers, so that no line is there
 * twice. docs/run-folder.md.
 */
#ifndef HONE_TRAIN_METRICS_H
#define HONE_TRAIN_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

typedef struct hone_metrics hone_metrics;

/* Opens RUN/metrics.jsonl and RUN/timing.jsonl. offset: bytes of metrics.jsonl to keep (0 for a
 * new run, which also empties timing.jsonl). A file shorter than that is kept as it is, with a
 * warning. events_step: steps done before, for an event file; -1: none is written. */
int hone_metrics_open(hone_metrics **ret, const char *run_dir, int64_t offset, int64_t events_step,
                      hone_err *err);
void hone_metrics_close(hone_metrics *m); /* accepts NULL */

typedef struct hone_metrics_step {
    int64_t step;
    double epoch, loss, grad_norm, learning_rate, mean_token_accuracy;
    int64_t num_tokens; /* ids of all rows seen so far, as other trainers count */
    double token_ratio; /* tokens without sharing / tokens computed, of this step */
    int64_t rows;
    bool skipped;               /* the loss was a spike: the step was not applied */
    const char *params_sha256;  /* of the parameters after the step; 16 digits are written */
} hone_metrics_step;
int hone_metrics_log(hone_metrics *m, const hone_metrics_step *s, hone_err *err);

enum { HONE_METRICS_HASH = 16 };

/* Loss and token accuracy on the validation rows, share of rows whose whole call is right; NaN =
 * not there. */
typedef struct hone_metrics_eval {
    int64_t step;
    double epoch, eval_loss, eval_mean_token_accuracy, eval_call_accuracy;
    int64_t right, rows; /* of the calls */
} hone_metrics_eval;
int hone_metrics_log_eval(hone_metrics *m, const hone_metrics_eval *e, hone_err *err);

/* What a step took; wait and sum: for other ranks, and to add their gradients. */
typedef struct hone_metrics_speed {
    double seconds, wait_seconds, sum_seconds;
    int64_t tokens, rows;
} hone_metrics_speed;
int hone_metrics_time(hone_metrics *m, int64_t step, const hone_metrics_speed *s, hone_err *err);

/* Everything logged is on the disk when this returns; *ret_offset is what a checkpoint
 * remembers. */
int hone_metrics_sync(hone_metrics *m, int64_t *ret_offset, hone_err *err);

/* trainer_state.json as other trainers write it: log_history is metrics.jsonl. best_step -1:
 * none. */
typedef struct hone_trainer_state {
    int64_t global_step, max_steps, best_step;
    double epoch, num_train_epochs, best_metric;
} hone_trainer_state;
int hone_metrics_write_state(hone_metrics *m, const char *dir, const hone_trainer_state *s,
                             hone_err *err);

#endif
