/*
 * The options of `hone train`, in one place for the commands that train: train itself and
 * verify-run, which reads them from a run folder.
 */
#ifndef HONE_CLI_TRAIN_OPTIONS_H
#define HONE_CLI_TRAIN_OPTIONS_H

#include "common/options.h"
#include "model/lora.h"
#include "train/plan.h"

typedef struct hone_train_values {
    const char *model, *tools, *out, *resume, *valid, *init_adapter, *rows_cache;
    const char *scheduler, *target, *report_to, *precision, *qat, *qat_embed;
    hone_opt_list data, weights;
    double epochs, lr, control_lr, lora_plus, decay, beta1, beta2, eps, clip, alpha, memory;
    double skip_mass, spike_factor, mask_names, valid_share, value_weight, dropout;
    int64_t max_steps, batch, warmup, r, seed, logging, save, eval_every, limit, length, threads;
    double ema;
    int64_t max_rows, patience, eval_rows, eval_tokens, virtual_shards, average;
    bool full, freeze_embedding, deterministic, rslora, qat_activations, recompute, eval_calls;
    bool dry_run, overwrite, quiet, verbose;
} hone_train_values;

extern hone_train_values hone_train_opts;     /* the defaults until something was parsed */
extern const hone_command hone_train_command; /* what the values above are read by */

/* What --qat and its companions ask for. */
int hone_train_qat_take(hone_qat *ret, hone_err *err);
/* The loop's settings from the values; refuses what is missing or makes no sense together. */
int hone_train_settings_take(hone_train_settings *ret, hone_err *err);

/* Arithmetic of the run: --precision, or ordered with --deterministic. */
hone_precision hone_train_precision(void);

/* True for an option that changes nothing of the result (or whose file counts by its content). */
bool hone_train_option_is_free(const char *key);

#endif
