/*
 * safetensors files: a strict reader and a streaming writer. Format: 8 bytes of header length, a
 * JSON header, then the tensors' bytes without gaps. Views point into the caller's bytes.
 */
#ifndef HONE_MODEL_SAFETENSORS_H
#define HONE_MODEL_SAFETENSORS_H

#include "common/json.h"
#include "model/lora.h"
#include "model/tensor.h"

#define HONE_SAFETENSORS_HEADER_MAX ((size_t)16 << 20)

typedef struct hone_safetensors {
    hone_tensor *tensors; /* in the order of the header; names as in the file, printable ASCII */
    size_t num_tensors;
    const hone_json *metadata; /* object of strings, or NULL */
} hone_safetensors;

/* Reads n bytes at p. Accepted means: formats F32, F16, BF16, I32 or I64, every shape times its
 * format is exactly the tensor's bytes, and the tensors fill the file from the header to the end
 * without gap or overlap. Tables live in a. Fails with HONE_E_MODEL; *ret is then untouched. */
int hone_safetensors_parse(hone_safetensors *ret, hone_arena *a, const uint8_t *p, size_t n,
                           const char *source, hone_err *err);
const hone_tensor *hone_safetensors_find(const hone_safetensors *s, const char *name); /* or NULL */

/* Writer: tensors in the given order, values as f32 in the same order, converted as they come.
 * Equal input gives equal bytes; the file appears whole or not at all. */
typedef struct hone_safetensors_out hone_safetensors_out;
/* tensors: name, dtype (F32, F16 or BF16), rank, shape; strings must live until the end. */
int hone_safetensors_out_open(hone_safetensors_out **ret, const char *path,
                              const hone_tensor *tensors, size_t count, hone_err *err);
/* Appends n values; they may cross from one tensor into the next. */
int hone_safetensors_out_write(hone_safetensors_out *o, const float *values, size_t n,
                               hone_err *err);
/* Fails if values are missing. Frees o, also on failure. */
int hone_safetensors_out_commit(hone_safetensors_out *o, hone_err *err);
void hone_safetensors_out_abort(hone_safetensors_out *o); /* accepts NULL */

/* Writes m as a model folder: config.json, model.safetensors (with max_shard > 0: shards of at most
 * about that many bytes and their index), the tokenizer and the chat template. adapter is merged
 * when not NULL. dtype: F32, F16 or BF16. */
int hone_model_write_safetensors(const hone_model *m, const hone_adapter *adapter, const char *dir,
                                 hone_dtype dtype, uint64_t max_shard, hone_err *err);

#endif
