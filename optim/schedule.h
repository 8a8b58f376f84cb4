/*
 * Learning-rate schedules: a factor of the base rate for every optimiser step, a pure function of
 * the step's number, so that a resumed run needs no schedule state.
 *
 *   warm(k)     = min(1, (k + 1) / warmup)
 *   cosine(k)   = warm(k) * (floor + (1 - floor) * (1 + cos(pi * k / total)) / 2), floor = 0.05
 *   linear(k)   = warm(k) * (1 - (1 - floor) * k / total)
 *   constant(k) = warm(k)
 *
 * with k = 0 for the first step.
 */
#ifndef HONE_OPTIM_SCHEDULE_H
#define HONE_OPTIM_SCHEDULE_H

#include <stdint.h>

#include "common/error.h"

typedef enum hone_schedule_kind {
    HONE_SCHEDULE_COSINE, HONE_SCHEDULE_LINEAR, HONE_SCHEDULE_CONSTANT
} hone_schedule_kind;

#define HONE_SCHEDULE_CHOICES "cosine|linear|constant"

typedef struct hone_schedule {
    hone_schedule_kind kind;
    int64_t warmup; /* steps; 0 = none */
    int64_t total;
} hone_schedule;

int hone_schedule_parse(hone_schedule_kind *ret, const char *word, hone_err *err);

/* Warm-up that a run of total steps gets when asked steps are asked for: all of them if the run has
 * at least ten times as many, else a tenth of the run. */
int64_t hone_schedule_warmup(int64_t asked, int64_t total);

/* The same for a run that begins with tuned parameters: of those asked for at least ten, or half of
 * a run of less than twenty. Adam knows nothing of the gradients yet: its first steps move every
 * parameter by the whole rate, which undoes in a short run what an adapter has learned. */
int64_t hone_schedule_warmup_tuned(int64_t asked, int64_t total);

double hone_schedule_factor(const hone_schedule *s, int64_t step);

#endif
