/*
 * Base weights with an adapter merged in, row by row in f32: what the writers of files read.
 * Memory is that of the rows asked for. docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_MERGE_H
#define HONE_EXPORT_MERGE_H

#include "model/gemma3.h"
#include "model/lora.h"

typedef struct hone_merge {
    const hone_model *model;
    const hone_adapter *adapter; /* NULL = the base as it is */
} hone_merge;

/* Rows first .. first + count - 1 of a linear, [count][in]. */
void hone_merge_linear_rows(const hone_merge *s, int layer, hone_linear_id id, int64_t first,
                            int64_t count, float *out);
/* Rows of the tied embedding, [count][C]. */
void hone_merge_embed_rows(const hone_merge *s, int64_t first, int64_t count, float *out);
/* Rows of a matrix by its slot (model/gemma3_open.h). */
void hone_merge_slot_rows(const hone_merge *s, int slot, int64_t first, int64_t count, float *out);

bool hone_rows_finite(const float *w, int64_t n);
/* HONE_E_DATA: this row of a tensor is NaN or infinite after merging. */
int hone_err_not_finite(const hone_merge *s, const hone_tensor *t, int64_t row, hone_err *err);

#endif
