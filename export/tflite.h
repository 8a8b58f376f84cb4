/*
 * The .tflite model of a Gemma 3 text model: one decode and several prefill signatures over one
 * set of weights, for the LiteRT-LM runtime. Planned in memory (a few MB), written in one pass
 * with the weights streamed row by row. Graph, names and numbers: docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_TFLITE_H
#define HONE_EXPORT_TFLITE_H

#include "export/flatbuffer.h"
#include "export/merge.h"
#include "kernels/quant.h"

/* How every weight matrix is stored. Keys and values of a layer are one matrix product of our
 * engine, gate and up another: either both of a pair are float, or neither. */
typedef struct hone_scheme {
    hone_quant embed;
    hone_quant linear[HONE_MAX_LAYERS][HONE_LINEARS];
} hone_scheme;

/* The same format for all linears. */
hone_scheme hone_scheme_uniform(hone_quant linears, hone_quant embed);
/* "f32", "q8", "q4b32", "q4b64", "q4b128", "q4c". */
/* "q8", "q4b32", "q4b32 (embedding q8)", or "mixed"; layers as the model has. */
void hone_scheme_name(const hone_scheme *s, int layers, char *buf, size_t size);
/* Bytes of all matrices and their scales in the file, zero points included. */
uint64_t hone_scheme_bytes(const hone_scheme *s, const hone_config *c);

/* The device runtime takes primes above 10 for placeholders, in lengths and in the vocabulary. */
bool hone_tflite_placeholder(int n);

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

#endif
