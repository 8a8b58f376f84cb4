/* Groups of sequences with a common beginning (datasets/cluster.h). */
#include "datasets/cluster.h"

#include <stdlib.h>

#include "common/mem.h"

/* Members of one cluster at most: bounds the search to n * MAX_MEMBERS steps. */
enum { MAX_MEMBERS = 4096 };

/* Per sorted position: what dynamic programming needs. */
typedef struct place {
    int64_t saved;   /* most tokens saved among the places up to this one */
    int64_t length;  /* sum of the span lengths up to this one */
    int32_t common;  /* ids shared with the place before */
    int32_t own;     /* ids that may be shared at all: count - keep */
    int32_t members; /* of the cluster that ends here in the best grouping */
    int32_t prefix;
} place;

static int32_t common_length(const hone_span *a, const hone_span *b)
{
    int32_t n = a->count < b->count ? a->count : b->count, i = 0;
    while (i < n && a->ids[i] == b->ids[i]) i++;
    return i;
}

static int span_compare(const void *pa, const void *pb, void *user)
{
    const hone_span *spans = user;
    uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;
    const hone_span *a = &spans[ia], *b = &spans[ib];
    int32_t at = common_length(a, b);
    if (at < a->count && at < b->count) return a->ids[at] < b->ids[at] ? -1 : 1;
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    return ia < ib ? -1 : ia > ib;
}

static int clusters_grow(hone_clusters *c, size_t n, hone_err *err)
{
    if (n <= c->cap) return HONE_OK;
    if (n > INT32_MAX) return hone_fail(err, HONE_E_DATA, "more than 2^31 - 1 rows in one group");
    uint32_t *order = hone_realloc_array(c->order, n, sizeof *order);
    if (!order) return hone_err_memory(err, "row order", n * sizeof *order);
    c->order = order;
    hone_cluster *items = hone_realloc_array(c->items, n, sizeof *items);
    if (!items) return hone_err_memory(err, "row groups", n * sizeof *items);
    c->items = items;
    void *work = hone_realloc_array(c->work, n + 1, sizeof(place));
    if (!work) return hone_err_memory(err, "row groups", (n + 1) * sizeof(place));
    c->work = work;
    c->cap = n;
    return HONE_OK;
}

static void places_fill(place *p, const hone_clusters *c, const hone_span *spans, size_t n,
                        int32_t keep)
{
    p[0] = (place){ 0 };
    for (size_t j = 1; j <= n; j++) {
        const hone_span *s = &spans[c->order[j - 1]];
        p[j].length = p[j - 1].length + s->count;
        p[j].own = s->count > keep ? s->count - keep : 0;
        p[j].common = j > 1 ? common_length(&spans[c->order[j - 2]], s) : 0;
    }
}

/* Best cluster that ends at place j, or a cluster of one. */
static void place_solve(place *p, size_t j, double min_ratio)
{
    int32_t shared = p[j].own;
    p[j].saved = p[j - 1].saved;
    p[j].members = 1;
    p[j].prefix = 0;
    for (size_t i = j - 1; i >= 1 && j - i < MAX_MEMBERS; i--) {
        int32_t common = p[i + 1].common; /* ids shared by the places i and i + 1 */
        if (common < shared) shared = common;
        if (p[i].own < shared) shared = p[i].own;
        if (shared <= 0) break;
        int64_t saved = (int64_t)(j - i) * shared, plain = p[j].length - p[i - 1].length;
        if ((double)plain < min_ratio * (double)(plain - saved)) continue;
        if (p[i - 1].saved + saved <= p[j].saved) continue;
        p[j].saved = p[i - 1].saved + saved;
        p[j].members = (int32_t)(j - i + 1);
        p[j].prefix = shared;
    }
}

int hone_clusters_build(hone_clusters *c, const hone_span *spans, size_t n,
                        const hone_cluster_rule *rule, hone_err *err)
{
    c->count = 0;
    if (n == 0) return HONE_OK;
    HONE_TRY(clusters_grow(c, n, err));
    for (size_t i = 0; i < n; i++) c->order[i] = (uint32_t)i;
    qsort_r(c->order, n, sizeof *c->order, span_compare, (void *)(uintptr_t)spans);
    place *p = c->work;
    places_fill(p, c, spans, n, rule->keep);
    for (size_t j = 1; j <= n; j++) place_solve(p, j, rule->min_ratio);
    for (size_t j = n; j > 0; j -= (size_t)p[j].members) { /* back to front */
        hone_cluster *k = &c->items[c->count++];
        *k = (hone_cluster){ (int32_t)j - p[j].members, p[j].members, p[j].prefix };
    }
    for (int32_t i = 0, k = c->count - 1; i < k; i++, k--) {
        hone_cluster t = c->items[i];
        c->items[i] = c->items[k];
        c->items[k] = t;
    }
    return HONE_OK;
}

void hone_clusters_done(hone_clusters *c)
{
    if (!c) return;
    hone_free(c->order);
    hone_free(c->items);
    hone_free(c->work);
    *c = (hone_clusters){ 0 };
}
