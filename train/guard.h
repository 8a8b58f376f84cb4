/*
 * Guards of a step. Not a number: a NaN or Inf in loss, gradient or parameter is found in the step
 * in which it arises, named with its tensor and rows, and that step is not applied. Looks at bits,
 * so it works whatever the compiler assumes about floats. Spikes: a step whose loss is far above
 * the recent ones is not applied either, and too many in a row end the run. docs/training.md.
 */
#ifndef HONE_TRAIN_GUARD_H
#define HONE_TRAIN_GUARD_H

#include "common/json.h"
#include "datasets/encode_set.h"
#include "model/engine.h"

enum { HONE_SPIKE_WINDOW = 32, HONE_SPIKE_WARM = 16, HONE_SPIKE_RUN = 5 };

/* Losses of the last steps that were no spikes, oldest first; what a checkpoint carries. */
typedef struct hone_spikes {
    double losses[HONE_SPIKE_WINDOW];
    int count, run; /* run: spikes in a row just now */
    int64_t total;  /* of the whole run */
} hone_spikes;

/* True if loss is a spike: after HONE_SPIKE_WARM steps, above factor times the median of the
 * window and above 0.5 (near zero, losses differ by more than any factor). Else it is remembered.
 * factor 0: never. */
bool hone_guard_spike(hone_spikes *s, double factor, double loss);
/* Fails with HONE_E_MODEL when the spike just found is the HONE_SPIKE_RUN th in a row. */
int hone_guard_spike_run(const hone_spikes *s, double loss, int64_t step, const char *rows,
                         hone_err *err);

/* Member "spikes" of a checkpoint's state; NULL when out of memory. The reader takes the state. */
hone_json *hone_spikes_json(hone_arena *a, const hone_spikes *s);
int hone_spikes_read(hone_spikes *ret, const hone_json *state, hone_err *err);

/* Ids of a set's rows for a message: the first few, and how many more. */
void hone_guard_rows(char *buf, size_t size, const hone_encode_set *set);

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
