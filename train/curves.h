/*
 * RUN/report.html: the curves of a run (loss, calls right, learning rate, gradient norm) and its
 * configuration in one file without scripts or links, made from metrics.jsonl,
 * trainer_state.json's figures and config.effective.yaml. Holds no times, so a rerun gives the same
 * bytes. docs/run-folder.md.
 */
#ifndef HONE_TRAIN_CURVES_H
#define HONE_TRAIN_CURVES_H

#include <stdint.h>

#include "common/error.h"

#define HONE_RUN_PAGE "report.html"

typedef struct hone_curves {
    const char *run_dir;
    int64_t step, steps; /* done, of how many */
    int64_t best_step;   /* -1: none */
    double best_score;
} hone_curves;

int hone_curves_write(const hone_curves *p, hone_err *err);

#endif
