/*
 * The training loop: AdamW steps over batches of encoded rows, with checkpoints, metrics, the
 * not-a-number guard and stop requests. A run that was stopped or killed goes on from its newest
 * whole checkpoint and ends with the same bytes as an uninterrupted one. docs/training.md.
 */
#ifndef HONE_TRAIN_LOOP_H
#define HONE_TRAIN_LOOP_H

#include "train/plan.h"
#include "train/run_folder.h"

typedef struct hone_train_score {
    double score;         /* higher is better: share of rows that are right */
    int64_t right, rows;
} hone_train_score;

typedef struct hone_train_job {
    const hone_model *model;
    const char *model_name;       /* what the user called it */
    hone_engine *engine;          /* opened for training; the loop attaches its adapter */
    hone_adapter *adapter; /* with its first values (hone_adapter_init, or hone_full_new); holds the
                            * last at the end */
    const hone_train_rows *rows;
    const hone_row_source *valid; /* NULL or empty: no validation loss */
    hone_run_folder *folder;      /* rank 0's; NULL on others, which write nothing */
    const hone_train_settings *settings;
    const hone_train_plan *plan;
    const char *resume;           /* a checkpoint folder; NULL: the newest whole one of the run */
    /* Call accuracy during training: a score of the engine with its present adapter, higher is
     * better. When given, run/adapter is that of the best step (of equal ones the last), else of
     * the last. HONE_E_STOPPED puts it off: the run stops and begins with it when it goes on. NULL:
     * none. With several ranks it is called on all of them and gives all the same score; a failure
     * of one may stay its own. */
    int (*on_eval)(void *user, int64_t step, hone_train_score *ret, hone_err *err);
    void *user;
    bool tensorboard; /* event files under RUN/runs/ */
} hone_train_job;

typedef struct hone_train_result {
    int64_t steps, resumed_from;  /* resumed_from: 0 for a run from its start */
    int64_t best_step;            /* -1 without on_eval */
    double best_score;            /* NaN without on_eval */
    bool early;                   /* ended before its last step: no better score for too long */
    int64_t skipped;              /* steps that were spikes */
    double loss;                  /* of the last step that this process did; NaN if none */
    double seconds;
    int64_t tokens;               /* computed by this process and the other ranks */
    double wait_seconds, sum_seconds; /* a step of them waited, and added gradients; ranks > 1 */
} hone_train_result;

/* Collective. Trains, writes run/adapter and marks the folder as finished. HONE_E_STOPPED after a
 * stop request, with everything saved; HONE_E_MODEL when a number is not finite. */
int hone_train_run(const hone_train_job *job, hone_train_result *ret, hone_err *err);

/* run/adapter, as "hone eval --adapter RUN" looks for it; full parameters make a model folder. */
#define HONE_RUN_ADAPTER "adapter"
#define HONE_RUN_MODEL "model"

#endif
