/*
 * Strict reading of a .tflite model: structure, sizes and quantisation are checked, nothing is
 * computed. Views point into the caller's bytes, which must outlive the result. docs/litertlm.md.
 *
 * Fails with HONE_E_MODEL naming the byte and the rule. Operators and metadata that we do not
 * know are kept as numbers, not refused. /
 */
#ifndef HONE_MODEL_TFLITE_READ_H
#define HONE_MODEL_TFLITE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/error.h"
#include "model/tflite_schema.h"

enum { HONE_TFL_MAX_RANK = 8 };

typedef enum hone_tfl_scheme {
    HONE_TFL_PLAIN, HONE_TFL_PER_TENSOR, HONE_TFL_PER_CHANNEL, HONE_TFL_BLOCKWISE
} hone_tfl_scheme;

typedef struct hone_tfl_tensor {
    const char *name;      /* "" if it has none */
    uint8_t type;          /* hone_tfl_type */
    bool has_rank;         /* false: the rank itself is unknown */
    int rank;
    int32_t shape[HONE_TFL_MAX_RANK];
    uint32_t buffer;
    const uint8_t *data;   /* constants; NULL for what is computed */
    size_t bytes;
    hone_tfl_scheme scheme;
    const uint8_t *scales; /* f32 [count], or f16 [rows][in / block] for blocks; unaligned */
    size_t num_scales;
    int quant_dim;
    int block;
} hone_tfl_tensor;

typedef struct hone_tfl_op {
    int code, version;          /* builtin code (32 = custom) */
    const uint8_t *inputs, *outputs; /* little-endian i32 tensor indices; -1 = left out */
    uint32_t num_inputs, num_outputs;
} hone_tfl_op;

typedef struct hone_tfl_graph {
    const char *name;
    hone_tfl_tensor *tensors;
    hone_tfl_op *ops;
    const uint8_t *inputs, *outputs;
    uint32_t num_tensors, num_ops, num_inputs, num_outputs;
} hone_tfl_graph;

typedef struct hone_tfl_slot {
    const char *name;
    uint32_t tensor;
} hone_tfl_slot;

typedef struct hone_tfl_signature {
    const char *key;
    uint32_t graph;
    hone_tfl_slot *inputs, *outputs;
    uint32_t num_inputs, num_outputs;
} hone_tfl_signature;

typedef struct hone_tfl_meta {
    const char *name;
    const uint8_t *data;
    size_t bytes;
} hone_tfl_meta;

typedef struct hone_tflite {
    hone_tfl_graph *graphs;
    hone_tfl_signature *signatures;
    hone_tfl_meta *metadata;
    uint32_t num_graphs, num_signatures, num_metadata, num_buffers;
    const char *description; /* "" if absent */
} hone_tflite;

/* Everything lives in a. source and base (where data starts in that file) serve error messages. */
int hone_tflite_read(hone_tflite **ret, hone_arena *a, const uint8_t *data, size_t size,
                     const char *source, uint64_t base, hone_err *err);

/* By name; NULL if absent. */
const hone_tfl_signature *hone_tflite_signature(const hone_tflite *m, const char *key);
const hone_tfl_tensor *hone_tflite_tensor(const hone_tfl_graph *g, const char *name);
const hone_tfl_meta *hone_tflite_metadata(const hone_tflite *m, const char *name);
/* The tensor behind an input or output of a signature, or NULL. */
const hone_tfl_tensor *hone_tflite_input(const hone_tflite *m, const hone_tfl_signature *s,
                                         const char *name);
const hone_tfl_tensor *hone_tflite_output(const hone_tflite *m, const hone_tfl_signature *s,
                                          const char *name);
/* "int8", "float32", ...; "?" for a type we do not know. */
const char *hone_tfl_type_name(int type);

#endif
