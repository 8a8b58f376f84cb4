/*
 * Name masking (Lin et al. 2024, "Hammer"): in a share of the training steps all functions and
 * parameters have random names, in the declarations and in the calls alike, so that a model learns
 * to read descriptions instead of names. Made anew for every step, nothing is stored. All rows of a
 * step get the same names, so they still share their beginning. docs/training.md.
 */
#ifndef HONE_DATASETS_MASK_NAMES_H
#define HONE_DATASETS_MASK_NAMES_H

#include "datasets/shard.h"

typedef struct hone_name_masker hone_name_masker;

typedef struct hone_name_mask {
    hone_shard *shard;             /* with the texts of its rows; must outlive the masker */
    const hone_tokenizer *tokenizer;
    const hone_json *tools;        /* of rows that carry none; may be NULL */
    double share;                  /* of steps, 0 .. 1; a pure function of seed and step */
    uint64_t seed;
    int64_t max_length;            /* a step with a masked row that is longer keeps its names */
} hone_name_mask;

int hone_name_masker_new(hone_name_masker **ret, const hone_name_mask *m, hone_err *err);
void hone_name_masker_free(hone_name_masker *m); /* accepts NULL */
hone_row_source hone_name_masker_source(hone_name_masker *m);

/* A copy of a row object {"messages","tools"} (as rows are read, docs/rows.md) with other names:
 * those of functions, of the properties of their parameters at any depth, and of the arguments of
 * calls that are such properties. NULL when out of memory. */
hone_json *hone_names_masked(hone_arena *a, const hone_json *row, uint64_t seed, int64_t step);

#endif
