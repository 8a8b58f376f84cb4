/*
 * The fading mean of the parameters over the steps of a run (exponential moving average), which is
 * what such a run scores, saves and leaves: after step k
 *
 *   mean += (1 - min(decay, (1 + k) / (10 + k))) (parameters - mean)
 *
 * so that the first values are soon forgotten. A function of the parameters and the steps' numbers
 * alone: resumed runs, replays and all ranks have the same bytes. docs/training.md.
 */
#ifndef HONE_TRAIN_EMA_H
#define HONE_TRAIN_EMA_H

#include "model/engine.h"

/* The engine's present parameters as the first mean; *ret stays as it is when decay is 0. */
int hone_ema_new(float **ret, const hone_engine *e, size_t count, double decay, hone_err *err);

/* Behind step number `step` (from 1). work has room for the parameters and holds them then. */
int hone_ema_follow(float *mean, float *work, const hone_engine *e, size_t count, double decay,
                    int64_t step, hone_err *err);

#endif
