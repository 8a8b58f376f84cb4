/*
 * Strict reader of GGUF files, versions 2 and 3 (docs/gguf.md). Everything a file says is checked
 * against the bytes that are there before it is used; views point into the caller's bytes, which
 * must outlive the reader's results.
 */
#ifndef HONE_MODEL_GGUF_H
#define HONE_MODEL_GGUF_H

#include <stdbool.h>

#include "common/arena.h"
#include "model/tensor.h"

typedef enum hone_gguf_type {
    HONE_GGUF_U8,
    HONE_GGUF_I8,
    HONE_GGUF_U16,
    HONE_GGUF_I16,
    HONE_GGUF_U32,
    HONE_GGUF_I32,
    HONE_GGUF_F32,
    HONE_GGUF_BOOL,
    HONE_GGUF_STRING,
    HONE_GGUF_ARRAY,
    HONE_GGUF_U64,
    HONE_GGUF_I64,
    HONE_GGUF_F64,
    HONE_GGUF_TYPES
} hone_gguf_type;

typedef struct hone_gguf_key {
    const char *name; /* printable ASCII, NUL-terminated */
    hone_gguf_type type;
    hone_gguf_type element; /* of an ARRAY; else equal to type */
    uint64_t count;         /* elements of an ARRAY, else 1 */
    const uint8_t *data;    /* numbers: packed; STRING: u64 length and bytes, one after the other */
    size_t bytes;
} hone_gguf_key;

typedef struct hone_gguf {
    uint32_t version;
    uint64_t alignment;
    uint64_t data_at;    /* offset of the tensor data in the file */
    hone_gguf_key *keys; /* in file order; names are unique */
    size_t num_keys;
    hone_tensor *tensors; /* in file order, names as in the file, shapes outermost first */
    size_t num_tensors;
    const uint8_t *bytes; /* the whole file */
    size_t size;
    const char *source;
} hone_gguf;

/* Reads the tables of n bytes at p. Accepted means: every view lies inside the bytes, names are
 * unique, tensors do not overlap. Tables live in a; source names the file in errors and must live
 * as long. Fails with HONE_E_MODEL and the byte offset; *ret is then untouched. */
int hone_gguf_parse(hone_gguf *ret, hone_arena *a, const uint8_t *p, size_t n, const char *source,
                    hone_err *err);

const hone_gguf_key *hone_gguf_find(const hone_gguf *g, const char *name); /* NULL if absent */

/* Typed values; *ret is untouched and *ret_found false when the key is absent. A key of another
 * kind is an error that names it. Integers of any width are accepted by _u64 unless negative. */
int hone_gguf_u64(const hone_gguf *g, const char *name, uint64_t *ret, bool *ret_found,
                  hone_err *err);
int hone_gguf_f64(const hone_gguf *g, const char *name, double *ret, bool *ret_found,
                  hone_err *err);
/* Points into the file; not NUL-terminated. */
int hone_gguf_str(const hone_gguf *g, const char *name, const char **ret, size_t *ret_len,
                  bool *ret_found, hone_err *err);

/* Elements of an array in order: *at starts at 0 and is moved behind the element; the caller asks
 * for at most key->count elements of the key's element type. */
void hone_gguf_next_str(const hone_gguf_key *k, size_t *at, const char **ret, size_t *ret_len);

#endif
