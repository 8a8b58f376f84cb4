/*
 * A step's gradient from several processes: the rows of a step are cut into shards
 * (datasets/batch.h), each rank computes a contiguous run of them, and the shards' gradients are
 * added in the order of the shards. So the sum is a function of the number of shards alone: as many
 * shards on 1, 2 or 4 ranks give the same bits. docs/many-machines.md.
 *
 * One shard on one rank: gradients stay in the engine, and nothing here costs anything.
 */
#ifndef HONE_TRAIN_SHARDS_H
#define HONE_TRAIN_SHARDS_H

#include "model/engine.h"

enum { HONE_SHARDS_MAX = 1024 };

typedef struct hone_shards hone_shards;

/* What a step counted; loss is a sum of weighted losses. */
typedef struct hone_tally {
    double loss;
    int64_t labels, correct;
} hone_tally;

/* count: parameters. shards: at least as many as there are ranks. */
int hone_shards_new(hone_shards **ret, int32_t shards, size_t count, hone_err *err);
void hone_shards_free(hone_shards *s); /* accepts NULL */

/* This rank computes the shards first .. end - 1. */
void hone_shards_own(const hone_shards *s, int32_t *ret_first, int32_t *ret_end);

/* Forgets the step before. */
void hone_shards_begin(hone_shards *s);
/* A part of an own shard was added to the engine's gradients; parts come shard after shard. Call it
 * before the part: what earlier shards left in the engine is then put away. */
int hone_shards_enter(hone_shards *s, hone_engine *e, int32_t shard, hone_err *err);
void hone_shards_count(hone_shards *s, int32_t shard, const hone_loss *loss);
/* Collective: the sum of all shards becomes the engine's gradient, and *ret the sum of what they
 * counted. */
int hone_shards_sum(hone_shards *s, hone_engine *e, hone_tally *ret, hone_err *err);

#endif
