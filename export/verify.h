/*
 * Checks of a file that was just written, before it gets its name: strict re-read, the demands of
 * the device runtime, and the logits of the file's bytes against the merged model.
 * docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_VERIFY_H
#define HONE_EXPORT_VERIFY_H

#include <stdint.h>

#include "datasets/encode_set.h"
#include "export/tflite.h"
#include "model/engine.h"

typedef struct hone_verify_sizes {
    uint64_t file, model, tokenizer, metadata;
    uint32_t subgraphs, operators, buffers;
} hone_verify_sizes;

/* Re-reads the container at path and compares it with what was meant to be written. Fails with
 * HONE_E_INTERNAL (or the reader's HONE_E_MODEL) naming the rule that is broken. */
int hone_verify_container(hone_verify_sizes *ret, const char *path, const hone_config *c,
                          const hone_tflite_options *o, const char *chat_template, hone_err *err);

/* The same of a .tflite file alone. */
int hone_verify_tflite(hone_verify_sizes *ret, const char *path, const hone_config *c,
                       const hone_tflite_options *o, hone_err *err);

/* Teacher-forced logits at label positions of rows, file against merged model. */
typedef struct hone_verify_logits {
    int positions;
    int argmax_equal;
    double max_diff;      /* of a logit */
    double kl_mean, kl_max; /* merged || exported, in nats */
} hone_verify_logits;

/* Logits of the merged model at up to max_positions label positions; then the same of another
 * model, as the two need not be in memory at once. */
typedef struct hone_verify_run hone_verify_run;
int hone_verify_run_new(hone_verify_run **ret, const hone_encode_set *rows, int max_positions,
                        hone_err *err);
void hone_verify_run_free(hone_verify_run *r); /* accepts NULL */
int hone_verify_reference(hone_verify_run *r, const hone_merge *merged, int threads, hone_err *err);
int hone_verify_compare(hone_verify_run *r, const hone_model *exported, int threads,
                        hone_verify_logits *ret, hone_err *err);

#endif
