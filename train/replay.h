/*
 * Replaying steps of a run: the proof that it can be repeated. From a checkpoint (or the start) the
 * steps behind it are computed again, and after each the hash of the parameters is compared with
 * the one that metrics.jsonl recorded; at a step that has a checkpoint, all its vectors are
 * compared. Writes nothing. docs/run-folder.md.
 */
#ifndef HONE_TRAIN_REPLAY_H
#define HONE_TRAIN_REPLAY_H

#include "train/checkpoint.h"
#include "train/step.h"

typedef struct hone_replay_job {
    hone_stepper_setup setup;  /* the adapter holds the run's first values and is attached here */
    const char *run_dir;
    const hone_json *parents;  /* of the run's checkpoints */
    int64_t from;              /* step to begin behind; -1: the newest that leaves enough steps */
    int64_t steps;             /* at most */
} hone_replay_job;

typedef struct hone_replay_result {
    int64_t from, steps;       /* begun behind; computed */
    int64_t compared;          /* steps that had a recorded hash */
    int64_t checkpoints;       /* whole states compared */
    int64_t differs;           /* first step that differs, -1: none */
    char recorded[17], here[17]; /* hashes of that step */
} hone_replay_result;

/* Fails when nothing can be compared (HONE_UNMEASURABLE); a difference is a result, no failure. */
int hone_replay(const hone_replay_job *job, hone_replay_result *ret, hone_err *err);

#endif
