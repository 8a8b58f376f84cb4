/*
 * AdamW's coefficients (Loshchilov and Hutter 2019, algorithm 2); the update itself is a kernel
 * that the engine runs:
 *
 *   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
 *   w = w - lr * weight_decay * w - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
 */
#ifndef HONE_OPTIM_ADAMW_H
#define HONE_OPTIM_ADAMW_H

#include <stdint.h>

#include "common/error.h"

typedef struct hone_adamw {
    double beta1, beta2, eps, weight_decay;
} hone_adamw;

/* Refuses values for which the update is not defined. */
int hone_adamw_check(const hone_adamw *a, hone_err *err);

/* 1 - beta^t for the t-th update (t >= 1): the bias of a moment that began at zero. */
double hone_adamw_correction(double beta, int64_t t);

#endif
