/*
 * Where a trainer's rows come from: any store that can hand over the encoded rows of one step. The
 * rows of a step are put into a small set, the window, which batches are made from; the store may
 * be memory (here) or a file of any size (datasets/shard.h).
 */
#ifndef HONE_DATASETS_ROW_SOURCE_H
#define HONE_DATASETS_ROW_SOURCE_H

#include "datasets/encode_set.h"

typedef struct hone_row_source {
    size_t count;
    /* Empties window and puts rows[0 .. n) into it, in that order. step: the step of the run that
     * asks, for rows that differ from step to step. */
    int (*load)(void *user, hone_encode_set *window, const uint32_t *rows, size_t n, int64_t step,
                hone_err *err);
    void *user;
} hone_row_source;

/* Rows of a set in memory, which must outlive the source. */
hone_row_source hone_row_source_of_set(const hone_encode_set *set);

#endif
