/*
 * Which token sequences begin alike, and whether computing their common beginning once pays.
 * Sequences are sorted by ids; neighbours are then grouped so that the number of tokens saved is
 * the largest possible (dynamic programming over the sorted order). Used by training batches and by
 * generation. docs/shared-prefix.md.
 */
#ifndef HONE_DATASETS_CLUSTER_H
#define HONE_DATASETS_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

typedef struct hone_span {
    const int32_t *ids;
    int32_t count;
} hone_span;

typedef struct hone_cluster {
    int32_t first, count; /* members are order[first .. first + count) */
    int32_t prefix;       /* ids that all members share; 0 for a cluster of one */
} hone_cluster;

/* Buffers are kept between calls; zero it first, hone_clusters_done at the end. */
typedef struct hone_clusters {
    uint32_t *order;      /* [n] indices of spans, sorted by ids and cluster after cluster */
    hone_cluster *items;
    int32_t count;
    size_t cap;
    void *work;
} hone_clusters;

typedef struct hone_cluster_rule {
    double min_ratio; /* tokens without sharing / with sharing that a cluster must reach */
    int32_t keep;     /* ids at the end of each span that must not be shared (0 or more) */
} hone_cluster_rule;

/* Sharing below this ratio costs more in ragged shapes than it saves. */
#define HONE_MIN_TOKEN_RATIO 1.3

int hone_clusters_build(hone_clusters *c, const hone_span *spans, size_t n,
                        const hone_cluster_rule *rule, hone_err *err);
void hone_clusters_done(hone_clusters *c); /* accepts NULL and zeroed */

#endif
