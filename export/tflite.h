/*
 * The .tflite model of a Gemma 3 text model: one decode and several prefill signatures over one
 * set of weights, for the LiteRT-LM runtime. Planned in memory (a few MB), written in one pass
 * with the weights streamed row by row. Graph, names and numbers: docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_TFLITE_H
#define HONE_EXPORT_TFLITE_H

#include "export/flatbuffer.h"
#include "export/merge.h"

typedef enum hone_scheme { HONE_SCHEME_Q8, HONE_SCHEME_F32 } hone_scheme;

enum { HONE_PREFILL_MAX = 8 };

typedef struct hone_tflite_options {
    hone_scheme scheme;
    int cache_length;           /* columns of keys and values: prompt and answer together */
    int prefill[HONE_PREFILL_MAX]; /* ascending chunk lengths; 1 must be among them */
    int num_prefill;
} hone_tflite_options;

typedef struct hone_tflite_plan hone_tflite_plan;

/* weights and its model must outlive the plan. Fails with HONE_E_USAGE where the runtime would
 * misread the numbers (primes above 10, chunks longer than the cache), HONE_E_DATA where the file
 * would not fit its format. */
int hone_tflite_plan_new(hone_tflite_plan **ret, const hone_merge *weights,
                         const hone_tflite_options *o, hone_err *err);
void hone_tflite_plan_free(hone_tflite_plan *p); /* accepts NULL */
uint64_t hone_tflite_plan_size(const hone_tflite_plan *p);
/* Fails with HONE_E_DATA naming a weight that is not finite after merging. */
int hone_tflite_plan_write(hone_tflite_plan *p, hone_sink *sink, hone_err *err);

const char *hone_scheme_name(hone_scheme s); /* "q8", "f32" */

#endif
