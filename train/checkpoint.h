/*
 * Checkpoints: folders checkpoint-N of a run, each the whole state after N optimiser steps. Writing
 * is atomic (a temporary folder, the manifest with all hashes last, one rename); what is saved is
 * read again and compared before "saved" is said. A folder whose manifest does not fit is never
 * loaded and never deleted. docs/run-folder.md.
 *
 *   state.bin            "HONESTA1", u64 count, then parameters, first and second moments (f32 LE);
 *                        "HONESTA2": then their mean over the steps (train/ema.h)
 *   state.json           what the loop needs to go on (the caller's object)
 *   further files        the adapter, trainer_state.json
 *   manifest.json        format, step, parents (hashes of inputs and options), size and SHA-256
 *                        of all files, and of the manifest itself
 */
#ifndef HONE_TRAIN_CHECKPOINT_H
#define HONE_TRAIN_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

typedef struct hone_checkpoint {
    int64_t step;
    size_t count;            /* floats in each vector */
    float *params, *m, *v;
    const hone_json *state;
    float *mean;             /* NULL: the run has none */
} hone_checkpoint;

/* What belongs to every checkpoint of one run. */
typedef struct hone_checkpoint_store {
    const char *run_dir;
    const hone_json *parents; /* object of strings; a checkpoint with others is refused */
    /* Writes the further files into the temporary folder dir; may be NULL. */
    int (*write_files)(void *user, const char *dir, hone_err *err);
    void *user;
} hone_checkpoint_store;

/* Writes and verifies checkpoint-N. A damaged folder of that name is moved to
 * checkpoint-N.damaged-K. Fails before writing when the disk has too little space left. */
int hone_checkpoint_save(const hone_checkpoint_store *s, const hone_checkpoint *c, hone_err *err);

/* Fails with HONE_E_IO when the disk has no room for a checkpoint of count parameters, with their
 * mean or without. save asks too; a run asks before its first step. */
int hone_checkpoint_space(const char *run_dir, size_t count, bool mean, hone_err *err);

/* Checks every file of the folder against its manifest; *ret_step may be NULL. */
int hone_checkpoint_verify(const char *dir, int64_t *ret_step, hone_err *err);

/* Verifies and reads dir. count is what the run's adapter has. Vectors are fresh
 * (hone_checkpoint_done), state lives in a. */
int hone_checkpoint_load(hone_checkpoint *ret, hone_arena *a, const char *dir,
                         const hone_json *parents, size_t count, hone_err *err);
void hone_checkpoint_done(hone_checkpoint *c); /* accepts NULL and zeroed */

/* Newest checkpoint of the run that verifies: fresh path, or NULL if there is none. on_bad (may be
 * NULL) hears of each damaged one that was passed over. */
int hone_checkpoint_newest(char **ret, const char *run_dir,
                           void (*on_bad)(void *user, const char *dir, const hone_err *why),
                           void *user, hone_err *err);

/* Removes the oldest verified ones beyond keep (at least 2); never protect_step (-1: none), never a
 * damaged one. */
int hone_checkpoint_prune(const char *run_dir, int64_t keep, int64_t protect_step, hone_err *err);

/* Removes temporary folders that a killed process left. The caller holds the run's lock. */
int hone_checkpoint_clean(const char *run_dir, hone_err *err);

/* "RUN/checkpoint-N", fresh. */
char *hone_checkpoint_path(const char *run_dir, int64_t step);

#endif
