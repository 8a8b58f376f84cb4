/*
 * Not-a-number guard: a NaN or Inf in loss, gradient or parameter is found in the step in which it
 * arises, named with its tensor and rows, and that step is not applied. Looks at bits, so it works
 * whatever the compiler assumes about floats.
 */
#ifndef HONE_TRAIN_GUARD_H
#define HONE_TRAIN_GUARD_H

#include "datasets/encode_set.h"
#include "model/engine.h"

/* Index of the first value that is NaN or infinite, or n. */
size_t hone_guard_first_bad(const float *x, size_t n);

/* Name of parameter i of the adapter: "layers.3.q_proj.lora_A", "control rows". */
void hone_guard_param_name(char *buf, size_t size, const hone_adapter *a, const hone_config *c,
                           size_t i);

/* Fails with HONE_E_MODEL when the loss of a batch is not finite: where it arose, rows of the
 * batch. */
int hone_guard_loss(const hone_loss *loss, const hone_batch *b, const hone_encode_set *set,
                    int64_t step, hone_err *err);

/* Fails when the norm of the step's gradients is not finite, naming the first bad tensor. work has
 * room for the adapter's parameters. */
int hone_guard_gradients(const hone_engine *e, const hone_adapter *a, double norm, float *work,
                         int64_t step, hone_err *err);

/* The same for parameters that are about to be saved. */
int hone_guard_params(const float *params, const hone_adapter *a, const hone_config *c,
                      int64_t step, hone_err *err);

#endif
