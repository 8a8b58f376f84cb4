/*
 * The run folder: one process at a time, and hone_manifest.json that says from which inputs (by
 * hash) and options the run came, so that running again goes on, does nothing, or refuses.
 * docs/run-folder.md.
 */
#ifndef HONE_TRAIN_RUN_FOLDER_H
#define HONE_TRAIN_RUN_FOLDER_H

#include <stdbool.h>

#include "common/json.h"

/* Names in the folder. */
#define HONE_RUN_MANIFEST "hone_manifest.json"
#define HONE_RUN_CONFIG "config.effective.yaml"
#define HONE_RUN_METRICS "metrics.jsonl"

typedef enum hone_run_state {
    HONE_RUN_NEW,        /* nothing of this run is there yet */
    HONE_RUN_UNFINISHED, /* begun with equal inputs and options: go on */
    HONE_RUN_FINISHED    /* done, and its outputs are unchanged */
} hone_run_state;

typedef struct hone_run_folder hone_run_folder;

typedef struct hone_run_identity {
    const hone_json *inputs;  /* object; must be equal to go on */
    const hone_json *options; /* object; must be equal to go on */
    const hone_json *notes;   /* object kept from the first start, not compared; may be NULL */
} hone_run_identity;

/* Takes the lock (HONE_E_REFUSED when another process has it) and compares. Other inputs or
 * options fail with HONE_E_REFUSED, naming the differences, unless overwrite is set or the old run
 * made no step: then what it wrote is removed and the state is NEW. A new run's manifest is
 * written at once. */
int hone_run_folder_open(hone_run_folder **ret, const char *dir, const hone_run_identity *id,
                         bool overwrite, hone_err *err);
void hone_run_folder_close(hone_run_folder *f); /* accepts NULL */

hone_run_state hone_run_folder_state(const hone_run_folder *f);
const char *hone_run_folder_dir(const hone_run_folder *f);
/* The notes of the first start. */
const hone_json *hone_run_folder_notes(const hone_run_folder *f);
/* Hashes that every checkpoint of the run carries. */
const hone_json *hone_run_folder_parents(const hone_run_folder *f);

/* Marks the run as finished. outputs: paths relative to the folder, ending with NULL. */
int hone_run_folder_finish(hone_run_folder *f, const char *const *outputs, hone_err *err);

#endif
