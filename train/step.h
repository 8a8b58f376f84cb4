/*
 * One optimiser step: the rows of its number, their batches, the gradient, the guards, the update.
 * What a step does is a function of its number and of the engine's vectors alone, so that a run can
 * be resumed and replayed. With several ranks the call is collective (train/shards.h). Used by the
 * loop and by the replay of `hone verify-run`.
 */
#ifndef HONE_TRAIN_STEP_H
#define HONE_TRAIN_STEP_H

#include "train/guard.h"
#include "train/plan.h"

typedef struct hone_stepper hone_stepper;

typedef struct hone_stepper_setup {
    hone_engine *engine;        /* with its adapter attached */
    const hone_adapter *adapter;
    const hone_train_rows *rows;
    const hone_train_settings *settings;
    const hone_train_plan *plan;
} hone_stepper_setup;

typedef struct hone_step_result {
    double loss, grad_norm, learning_rate;
    int64_t labels, correct;
    int64_t rows, row_tokens, plain, computed; /* as in hone_batch_stats */
    double wait_seconds, sum_seconds; /* for the other ranks; for their gradients to be added */
    bool stop;    /* some rank was asked to stop: all end behind this step */
    bool dropped; /* a stop request came between two parts: everything is as before the step */
    bool skipped; /* the loss was a spike: counted, but not applied */
    char named[256]; /* rows of a skipped step */
} hone_step_result;

int hone_stepper_new(hone_stepper **ret, const hone_stepper_setup *setup, hone_err *err);
void hone_stepper_free(hone_stepper *s); /* accepts NULL */

/* Step done + 1 of the run. spikes (may be NULL: none is looked for) remembers the losses. */
int hone_stepper_step(hone_stepper *s, int64_t done, hone_spikes *spikes, hone_step_result *ret,
                      hone_err *err);

/* SHA-256 of the engine's parameters; work has room for them and holds them afterwards. */
int hone_params_hash(const hone_engine *e, float *work, size_t count, char hex[65], hone_err *err);

#endif
