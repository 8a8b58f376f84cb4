/*
 * What a training run will do, known before it starts: steps, tokens, memory. docs/training.md.
 */
#ifndef HONE_TRAIN_PLAN_H
#define HONE_TRAIN_PLAN_H

#include "datasets/batch.h"
#include "datasets/order.h"
#include "datasets/row_source.h"
#include "optim/adamw.h"
#include "optim/schedule.h"

/* What is trained on: rows, and which of them are of one file. */
typedef struct hone_train_rows {
    hone_row_source source;
    hone_order_part parts[HONE_ORDER_PARTS];
    int num_parts;
} hone_train_rows;

typedef struct hone_train_settings {
    double epochs;          /* used when max_steps is 0 */
    int64_t max_steps, batch_size;
    double learning_rate, control_lr; /* of A and B; of the seven control rows */
    double lora_plus;       /* B's rate over A's; 1 = equal */
    hone_schedule_kind schedule;
    int64_t warmup_steps;   /* asked for; shortened in short runs, */
    bool tuned;             /* less so if the parameters are those of an adapter */
    double max_grad_norm;   /* 0 = no clipping */
    double spike_factor;    /* a loss above this many times the recent ones is a spike; 0 = none */
    hone_adamw adamw;
    uint64_t seed;
    int64_t logging_steps, save_steps, eval_steps, save_total_limit; /* eval_steps 0: every epoch */
    int64_t patience;       /* evaluations without a better score that end the run; 0 = never */
    double dropout;         /* of the adapter's inputs; the engine was opened with it */
    double value_weight;    /* of labels within string values; 0 = 1 */
    int64_t average;        /* the result is the mean of so many saved steps; 0 = none */
    double ema;             /* decay of the mean that is scored and saved (train/ema.h); 0 = none */
    int32_t shards;         /* that a step is cut into (train/shards.h); 0 and 1: one */
    size_t batch_bytes;     /* memory of one batch beside the weights; 0 = no limit */
} hone_train_settings;

typedef struct hone_train_plan {
    int64_t rows, steps_per_epoch, steps, warmup; /* rows: of an epoch */
    double epochs;
    int64_t row_tokens, plain, computed, labels; /* of all steps */
    int32_t most_tokens, most_labels, most_parts; /* of the largest batch; most parts of a step */
    size_t bytes;           /* of the largest batch, by the engine's own count */
} hone_train_plan;

/* Refuses settings out of range (HONE_E_USAGE) and rows that do not fit the memory (HONE_E_DATA).
 * Lays out the steps of the first epoch without computing them (of a long one every nth, so that at
 * most HONE_PLAN_STEPS are looked at). */
enum { HONE_PLAN_STEPS = 2000 };
int hone_train_plan_make(hone_train_plan *ret, const hone_engine *e, const hone_train_rows *rows,
                         const hone_train_settings *s, hone_err *err);

/* A batcher with the settings' memory limit and so many shards; the order of rows with their seed
 * and batch size. */
int hone_train_batcher(hone_batcher **ret, const hone_engine *e, const hone_encode_set *window,
                       const hone_train_settings *s, int32_t shards, hone_err *err);
int hone_train_order(hone_order **ret, const hone_train_rows *rows, const hone_train_settings *s,
                     hone_err *err);

/*
 * Memory for one batch so that the whole process stays below limit bytes. limit 0: 4 GB, or 60 % of
 * this machine's memory if that is less; for full fine-tuning 60 % of it. half: products are in
 * bf16; resident: the run also decodes, or trains against quantised weights; mean: it keeps the
 * parameters' mean. A pure function of these, model, adapter and machine (not of what is free at
 * the moment), since the parts of a step decide the last bits of its sum.
 */
size_t hone_train_batch_bytes(const hone_model *m, const hone_adapter *a, int64_t limit, bool half,
                              bool resident, bool mean);

#endif
