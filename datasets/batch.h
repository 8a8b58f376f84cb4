/*
 * Batches: encoded rows laid out as a forest of token segments (model/engine.h). Rows that share a
 * beginning worth sharing become one root segment and its children; others are roots of their own.
 * A row's ids behind its last label are left out: nothing depends on them. A step whose rows do not
 * fit the memory limit is handed out in parts; the loss weight of a label is 1 / labels of the
 * whole step (or its share of their weights), so that the parts add up exactly to the step. A
 * beginning that goes on into further parts is the first segment of each of them, and marked as
 * held when that is asked for: the engine computes it once (hone_engine_hold).
 *
 * With shards > 1 the rows, in the clusters' order, are first cut into shards of about equal work;
 * no part crosses a shard's border, so that shards may be computed by different processes. What is
 * in which shard depends on the rows alone. A shard of a small step may be empty.
 *
 *   hone_batcher_begin(b, rows, n, err);
 *   while ((rc = hone_batcher_next(b, &batch)) == 1) ...
 *
 * docs/training.md, docs/shared-prefix.md, docs/many-machines.md.
 */
#ifndef HONE_DATASETS_BATCH_H
#define HONE_DATASETS_BATCH_H

#include "datasets/cluster.h"
#include "datasets/encode_set.h"
#include "model/engine.h"

typedef struct hone_batcher hone_batcher;

typedef struct hone_batch_limits {
    double min_ratio; /* HONE_MIN_TOKEN_RATIO */
    size_t max_bytes; /* 0 = no limit */
    /* with max_bytes only; held: of the tokens, those that the engine holds */
    size_t (*bytes)(void *user, int32_t num_tokens, int32_t num_labels, int32_t held);
    void *user;
    bool hold; /* mark beginnings that several parts share */
    double value_weight; /* of labels within string values, others have 1; 0: 1 too */
    int32_t shards; /* the step's rows are cut into so many shards; 0 = one */
} hone_batch_limits;

typedef struct hone_batch_stats {
    int64_t rows, labels;
    int64_t row_tokens;  /* ids of the rows, each counted whole */
    int64_t plain;       /* tokens computed if nothing were shared */
    int64_t computed;    /* tokens computed, repeated beginnings of later parts included */
    int32_t parts;
    int32_t most_tokens, most_labels, most_held; /* of the largest part */
} hone_batch_stats;

/* The set must outlive the batcher, and not change between begin and the last next. */
int hone_batcher_new(hone_batcher **ret, const hone_encode_set *set,
                     const hone_batch_limits *limits, hone_err *err);
void hone_batcher_free(hone_batcher *b); /* accepts NULL */

/* Lays out one step of rows (indices into the set; a row may come twice). Fails with HONE_E_DATA
 * and the row's place when a single row does not fit the limit. */
int hone_batcher_begin(hone_batcher *b, const uint32_t *rows, size_t n, hone_err *err);
const hone_batch_stats *hone_batcher_stats(const hone_batcher *b);
/* 1 and the next part (valid until the next call of any function here), 0 when all are out. When
 * its `held` is not 0, hone_batcher_goes_on says whether the next part goes on from the same
 * beginning. */
int hone_batcher_next(hone_batcher *b, hone_batch *ret);
/* The same without building the parts of other shards than first .. end - 1; parts come shard after
 * shard, and ret_shard says which one the part is of. */
int hone_batcher_next_of(hone_batcher *b, int32_t first, int32_t end, hone_batch *ret,
                         int32_t *ret_shard);
bool hone_batcher_goes_on(const hone_batcher *b);

#endif
