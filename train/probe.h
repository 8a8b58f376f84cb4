/*
 * How long a run will take, measured before it starts: rows of its first step are computed as
 * training computes them, and the plan's work is held against theirs. docs/training.md.
 */
#ifndef HONE_TRAIN_PROBE_H
#define HONE_TRAIN_PROBE_H

#include "train/plan.h"

typedef struct hone_train_forecast {
    double step, run;     /* seconds of a mean step, and of all; evaluations and saving apart */
    int64_t rows;         /* that were computed last, and in how many seconds */
    double seconds;
} hone_train_forecast;

/* First one row, then as many of the first step as take no more than about `most` seconds: the
 * whole step if it fits. Attaches the adapter; nothing of it is changed. Of several ranks each
 * computes the same rows at the same time, and the run's work is divided by their number. */
int hone_train_probe(hone_train_forecast *ret, hone_engine *e, const hone_adapter *a,
                     const hone_train_rows *rows, const hone_train_settings *s,
                     const hone_train_plan *p, double most, hone_err *err);

#endif
