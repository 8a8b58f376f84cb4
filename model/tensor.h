/*
 * A tensor as a view: bytes of a read-only map, a number format and a shape. Never owns memory.
 * Formats are converted once, at load, by hone_tensor_rows_f32 (block formats: docs/gguf.md).
 */
#ifndef HONE_MODEL_TENSOR_H
#define HONE_MODEL_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

typedef enum hone_dtype {
    HONE_F32, HONE_F16, HONE_BF16,
    HONE_Q4_0, HONE_Q4_1, HONE_Q5_0, HONE_Q5_1, HONE_Q8_0, /* GGUF blocks of 32 */
    HONE_Q4_K, HONE_Q5_K, HONE_Q6_K,                       /* GGUF blocks of 256 */
    HONE_I8_ROW, /* int8, one f32 scale per row (exported files), zero point 0 */
    HONE_I4_BLOCK, /* int4, even index in the low nibble, f16 scale per (row, block) */
    HONE_I4_ROW,   /* the same with one f32 scale per row */
    HONE_I32, HONE_I64
} hone_dtype;

typedef struct hone_tensor {
    const char *name;    /* Hugging Face name */
    hone_dtype dtype;
    int rank;            /* 1 or 2 for weights */
    int64_t shape[4];    /* outermost first: a weight is [out, in] */
    const uint8_t *data; /* NULL = absent */
    size_t bytes;
    const uint8_t *scales; /* I8_ROW, I4_ROW: f32[out]; I4_BLOCK: f16[out][in / block]; unaligned */
    int block;             /* I4_BLOCK: values a scale */
} hone_tensor;

const char *hone_dtype_name(hone_dtype d);
/* Bytes of n values in one row; 0 if n is no whole number of blocks. */
size_t hone_dtype_row_bytes(hone_dtype d, int64_t n);

/* Rows first .. first + count - 1 of a [out, in] tensor (rank 1: one row) as f32 into
 * out[count][in]. The caller checked the range; bytes was checked against the shape at load. */
void hone_tensor_rows_f32(const hone_tensor *t, int64_t first, int64_t count, float *out);
/* No value is NaN or infinite; of blocks and integers only the scales can be. */
bool hone_tensor_finite(const hone_tensor *t);
/* Part i of so many: all of them together are the above. */
bool hone_tensor_finite_part(const hone_tensor *t, int i, int parts);

#endif
