/*
 * Mixed precision by measurement: which layers may be int4 when the rest is int8. Each half layer
 * (attention, feed-forward) is made int4 alone and the loss on calibration rows is measured in the
 * device's arithmetic; those that cost least a byte saved go first. docs/quantisation.md.
 */
#ifndef HONE_EXPORT_MIXED_H
#define HONE_EXPORT_MIXED_H

#include "datasets/encode_set.h"
#include "export/tflite.h"

/* What is asked for; target_bytes 0 and loss_points < 0 mean "not asked". */
typedef struct hone_mixed_goal {
    uint64_t target_bytes; /* of all weight matrices together */
    double loss_points;    /* rows that get worse than with int8 everywhere, percent */
    int rows;              /* calibration rows at most */
    hone_quant low;        /* what int4 means: blocks of 32, 64 or 128 */
} hone_mixed_goal;

enum { HONE_MIXED_UNITS = 2 * HONE_MAX_LAYERS };

typedef struct hone_mixed_unit {
    int layer;
    bool feed_forward;     /* gate, up, down; else q, k, v, o */
    uint64_t saved;        /* bytes */
    double loss;           /* nats a label with this unit alone int4 */
    int64_t right;         /* rows all of whose labels are the arg-max */
    bool chosen;
} hone_mixed_unit;

typedef struct hone_mixed_table {
    hone_mixed_unit units[HONE_MIXED_UNITS]; /* in the order in which they were chosen */
    int count, chosen;
    int64_t rows, labels;
    double base_loss, chosen_loss;
    int64_t base_right, chosen_right;
    uint64_t base_bytes, chosen_bytes;
    hone_quant low;
} hone_mixed_table;

bool hone_mixed_wanted(const hone_mixed_goal *g);
/* Fills scheme: int8, and low for the chosen units; the embedding is int8. rows need labels. Fails
 * with HONE_E_USAGE when the goal cannot be met, naming the nearest that can. */
int hone_mixed_search(hone_mixed_table *ret, hone_scheme *scheme, const hone_merge *merged,
                      const hone_encode_set *rows, const hone_mixed_goal *goal, int threads,
                      hone_err *err);
/* The table for a person. */
void hone_mixed_text(hone_buf *out, const hone_mixed_table *t);

#endif
