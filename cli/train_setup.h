/*
 * Everything of a training run but its loop: model, adapter, rows, engine, plan and identity, from
 * the options of train_options.h. Shared by `hone train` and `hone verify-run`.
 */
#ifndef HONE_CLI_TRAIN_SETUP_H
#define HONE_CLI_TRAIN_SETUP_H

#include "cli/train_options.h"
#include "cli/train_score.h"
#include "datasets/mask_names.h"
#include "datasets/shard.h"
#include "train/loop.h"

typedef struct hone_trainer {
    hone_arena *arena;
    hone_model *model;
    hone_json *tools;
    const char *tools_path;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_shard *shard;         /* training rows */
    hone_name_masker *masker;  /* NULL: names are as they are */
    hone_train_rows rows;
    hone_encode_set *valid;    /* NULL: no validation rows */
    hone_row_source valid_source;
    hone_train_scorer scorer;  /* rows NULL: answers are not generated */
    hone_run_folder *folder;
    hone_train_settings settings;
    hone_train_plan plan;
    hone_json *inputs, *fixed, *others, *all; /* identity: hashes and options */
} hone_trainer;

/* Steps of the preparation, in this order; hone_trainer_done at the end, also after a failure. */
/* Model, tools, adapter; and, where no run is there, the engine. */
int hone_trainer_open(hone_trainer *t, hone_err *err);
int hone_trainer_identify(hone_trainer *t, hone_err *err); /* hashes of the inputs */
/* The above, and the lock on the run folder of --output-dir; refuses one of another identity. */
int hone_trainer_folder(hone_trainer *t, hone_err *err);
/* All options with absolute paths, for config.effective.yaml. NULL when out of memory. */
hone_json *hone_trainer_absolute(const hone_trainer *t);
/* Encodes the rows, or finds them encoded; dir: where they are kept (a temporary file if NULL). */
int hone_trainer_rows(hone_trainer *t, const char *dir, hone_err *err);
int hone_trainer_engine(hone_trainer *t, hone_err *err); /* the engine, if not yet, and plan */
void hone_trainer_done(hone_trainer *t);

#endif
