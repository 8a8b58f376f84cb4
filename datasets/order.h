/*
 * The order of rows: a pure function of (seed, epoch), so that a resumed run asks for any step and
 * gets what the uninterrupted one had. Row files may have weights: in each epoch a file of n rows
 * with weight w gives round(w n) rows: every row floor(w) times, and for the rest the next ones of
 * a fixed permutation of the file, so that over the epochs all rows come equally often.
 * docs/training.md.
 */
#ifndef HONE_DATASETS_ORDER_H
#define HONE_DATASETS_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum { HONE_ORDER_PARTS = 64 };

/* Rows first .. first + count - 1, the rows of one file. */
typedef struct hone_order_part {
    size_t first, count;
    double weight; /* above 0; 1 = each row once an epoch */
} hone_order_part;

typedef struct hone_order hone_order;

/* Fails with HONE_E_USAGE when a weight is not above 0 or leaves no rows, or when an epoch has more
 * rows than 2^32 - 1. batch: rows of a step. */
int hone_order_new(hone_order **ret, const hone_order_part *parts, int num_parts, size_t batch,
                   uint64_t seed, hone_err *err);
void hone_order_free(hone_order *o); /* accepts NULL */

size_t hone_order_rows(const hone_order *o);   /* rows of an epoch */
int64_t hone_order_steps(const hone_order *o); /* steps of an epoch; the last may be smaller */

/* Rows of step k of the run (0 is the first): how many, and where. Valid until the next call. */
size_t hone_order_step(hone_order *o, int64_t k, const uint32_t **ret_rows);

#endif
