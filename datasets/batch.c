/*
 * Batches (datasets/batch.h). begin sorts the step's rows into clusters and decides the parts; next
 * fills the buffers of one part. Buffers grow to the largest step and are then reused.
 */
#include "datasets/batch.h"

#include "common/mem.h"

/* A row of the step, in the clusters' order. */
typedef struct entry {
    uint32_t row;
    int32_t length;  /* ids that are computed: up to the one that predicts the last label */
    int32_t cluster; /* index into clusters.items */
    int32_t part, shard;
    int32_t held; /* the cluster's beginning when the engine holds it over parts, else 0 */
} entry;

struct hone_batcher {
    const hone_encode_set *set;
    hone_batch_limits limits;
    hone_clusters clusters;
    hone_batch_stats stats;
    double weights; /* of all labels of the step */
    hone_span *spans;
    entry *entries;
    size_t count, cap, next; /* next: first entry that was not handed out */
    int32_t *tokens;
    size_t cap_tokens;
    hone_segment *segments;
    size_t cap_segments;
    hone_label *labels;
    size_t cap_labels;
    int32_t num_tokens, num_segments, num_labels; /* of the part being filled */
};

int hone_batcher_new(hone_batcher **ret, const hone_encode_set *set,
                     const hone_batch_limits *limits, hone_err *err)
{
    hone_batcher *b = hone_calloc(1, sizeof *b);
    if (!b) return hone_err_memory(err, "batches", sizeof *b);
    b->set = set;
    b->limits = *limits;
    *ret = b;
    return HONE_OK;
}

void hone_batcher_free(hone_batcher *b)
{
    if (!b) return;
    hone_clusters_done(&b->clusters);
    hone_free(b->spans);
    hone_free(b->entries);
    hone_free(b->tokens);
    hone_free(b->segments);
    hone_free(b->labels);
    hone_free(b);
}

const hone_batch_stats *hone_batcher_stats(const hone_batcher *b)
{
    return &b->stats;
}

static int entries_grow(hone_batcher *b, size_t n, hone_err *err)
{
    if (n <= b->cap) return HONE_OK;
    hone_span *spans = hone_realloc_array(b->spans, n, sizeof *spans);
    if (!spans) return hone_err_memory(err, "batch rows", n * sizeof *spans);
    b->spans = spans;
    entry *entries = hone_realloc_array(b->entries, n, sizeof *entries);
    if (!entries) return hone_err_memory(err, "batch rows", n * sizeof *entries);
    b->entries = entries;
    b->cap = n;
    return HONE_OK;
}

/* Ids that have to be computed: a label at i is predicted by the id at i - 1. */
static int32_t row_length(const hone_encode_set *set, const hone_encode_row *r)
{
    const uint8_t *labels = set->labels + r->at;
    int32_t n = r->count - 1;
    while (n > 0 && !labels[n]) n--;
    return n;
}

/* Weight of label i of a row; *inside: between two <escape> of what is learned, as string values
 * are. */
static double label_weight(const hone_batcher *b, const hone_encode_row *r, int32_t i, bool *inside)
{
    const bool mark = b->set->ids[r->at + (size_t)i] == HONE_ID_ESCAPE;
    const double weight = *inside && !mark && b->limits.value_weight > 0 ? b->limits.value_weight
                                                                         : 1;
    if (mark) *inside = !*inside;
    return weight;
}

static double row_weight(const hone_batcher *b, const hone_encode_row *r)
{
    double sum = 0;
    bool inside = false;
    for (int32_t i = 1; i < r->count; i++)
        if (b->set->labels[r->at + (size_t)i]) sum += label_weight(b, r, i, &inside);
    return sum;
}

static int spans_fill(hone_batcher *b, const uint32_t *rows, size_t n, hone_err *err)
{
    b->stats = (hone_batch_stats){ .rows = (int64_t)n };
    b->weights = 0;
    for (size_t i = 0; i < n; i++) {
        const hone_encode_row *r = &b->set->rows[rows[i]];
        int32_t length = row_length(b->set, r);
        if (length == 0) {
            hone_err_at(err, r->source, r->line, -1);
            return hone_fail(err, HONE_E_DATA, "row %s has no label to learn", r->id);
        }
        b->spans[i] = (hone_span){ b->set->ids + r->at, length };
        b->stats.labels += r->num_labels;
        b->weights += row_weight(b, r);
        b->stats.row_tokens += r->count;
        b->stats.plain += length;
    }
    return HONE_OK;
}

static void entries_fill(hone_batcher *b, const uint32_t *rows)
{
    const hone_clusters *c = &b->clusters;
    for (int32_t k = 0; k < c->count; k++) {
        for (int32_t i = 0; i < c->items[k].count; i++) {
            uint32_t span = c->order[c->items[k].first + i];
            b->entries[c->items[k].first + i] =
                (entry){ .row = rows[span], .length = b->spans[span].count, .cluster = k };
        }
    }
}

/* Tokens of a row beside its cluster's beginning, which each shard computes anyway. */
static int64_t own_tokens(const hone_batcher *b, const entry *e)
{
    return e->length - b->clusters.items[e->cluster].prefix + 1;
}

/* Shards of about equal work: a row belongs where its middle lies. */
static void shards_plan(hone_batcher *b)
{
    const int64_t shards = b->limits.shards;
    int64_t whole = 0, before = 0;
    if (shards <= 1) return;
    for (size_t i = 0; i < b->count; i++) whole += own_tokens(b, &b->entries[i]);
    for (size_t i = 0; i < b->count; i++) {
        int64_t own = own_tokens(b, &b->entries[i]);
        b->entries[i].shard = (int32_t)((2 * before + own) * shards / (2 * whole));
        before += own;
    }
}

static bool part_fits(const hone_batcher *b, int64_t tokens, int64_t labels, int32_t held)
{
    if (tokens > INT32_MAX || labels > INT32_MAX) return false;
    if (b->limits.max_bytes == 0) return true;
    return b->limits.bytes(b->limits.user, (int32_t)tokens, (int32_t)labels, held) <=
           b->limits.max_bytes;
}

static int row_too_large(const hone_batcher *b, const entry *e, hone_err *err)
{
    const hone_encode_row *r = &b->set->rows[e->row];
    const size_t bytes = b->limits.bytes(b->limits.user, e->length, r->num_labels, 0);
    const double GB = 1e9, more = ((double)bytes - (double)b->limits.max_bytes) / GB;
    hone_err_at(err, r->source, r->line, -1);
    hone_err_hint(err,
                  "raise --memory-limit by %.2f, take --gradient-checkpointing, or drop the row",
                  more);
    return hone_fail(err, HONE_E_DATA,
                     "row %s alone (%d tokens) needs %.2f GB of memory, more than the %.2f GB that "
                     "are left for a batch", r->id, r->count, (double)bytes / GB,
                     (double)b->limits.max_bytes / GB);
}

/* The part that is being planned. */
typedef struct filling {
    int32_t part;
    int64_t tokens, labels;
    int32_t cluster; /* whose beginning it has, or -1 */
    int32_t held;    /* length of its beginning if that is held, else 0 */
    bool again;      /* held since an earlier part */
} filling;

/* Closes a part that is not empty: its size enters the figures. */
static void part_close(hone_batcher *b, filling *f)
{
    hone_batch_stats *s = &b->stats;
    if (!f->tokens) return;
    s->parts++;
    s->computed += f->tokens - (f->again ? f->held : 0);
    if (f->tokens > s->most_tokens) s->most_tokens = (int32_t)f->tokens;
    if (f->labels > s->most_labels) s->most_labels = (int32_t)f->labels;
    if (f->held > s->most_held) s->most_held = f->held;
    *f = (filling){ .part = f->part + 1, .cluster = -1, .held = f->held, .again = f->held > 0 };
}

/* A row goes into the open part, or into a new one when it does not fit. */
static int row_place(hone_batcher *b, filling *f, entry *e, hone_err *err)
{
    int32_t own = b->set->rows[e->row].num_labels;
    int64_t more = e->length;
    if (e->cluster == f->cluster) more -= b->clusters.items[e->cluster].prefix;
    if (!part_fits(b, f->tokens + more, f->labels + own, f->held)) {
        if (f->tokens == 0 || !part_fits(b, e->length, own, f->held))
            return row_too_large(b, e, err);
        part_close(b, f);
        more = e->length;
    }
    e->part = f->part;
    e->held = f->held;
    f->cluster = e->cluster;
    f->tokens += more;
    f->labels += own;
    return HONE_OK;
}

static bool cluster_fits(const hone_batcher *b, const filling *f, const hone_cluster *c)
{
    int64_t tokens = c->prefix, labels = 0;
    for (int32_t i = c->first; i < c->first + c->count; i++) {
        tokens += b->entries[i].length - c->prefix;
        labels += b->set->rows[b->entries[i].row].num_labels;
    }
    return part_fits(b, f->tokens + tokens, f->labels + labels, 0);
}

/* No label in the beginning: nothing of it is needed but keys and values. */
static bool can_hold(const hone_batcher *b, const hone_cluster *c)
{
    for (int32_t i = c->first; i < c->first + c->count; i++) {
        const uint8_t *labels = b->set->labels + b->set->rows[b->entries[i].row].at;
        for (int32_t t = 1; t <= c->prefix; t++) {
            if (labels[t]) return false;
        }
    }
    return c->prefix > 0;
}

/* A cluster in parts of its own that share its beginning; one part needs nothing held. */
static int cluster_hold(hone_batcher *b, filling *f, const hone_cluster *c, hone_err *err)
{
    entry *first = &b->entries[c->first];
    part_close(b, f);
    f->held = c->prefix;
    for (int32_t i = 0; i < c->count; i++) HONE_TRY(row_place(b, f, first + i, err));
    const bool alone = first->part == f->part;
    for (int32_t i = 0; alone && i < c->count; i++) first[i].held = 0;
    if (alone) f->held = 0;
    part_close(b, f);
    f->held = 0;
    f->again = false;
    return HONE_OK;
}

/* The rows of a cluster from entry `first` on that are of one shard. */
static hone_cluster shard_run(const hone_batcher *b, const hone_cluster *c, int32_t first)
{
    hone_cluster run = *c;
    const int32_t end = c->first + c->count;
    run.first = first;
    run.count = 1;
    while (first + run.count < end &&
           b->entries[first + run.count].shard == b->entries[first].shard)
        run.count++;
    return run;
}

static int run_place(hone_batcher *b, filling *f, const hone_cluster *run, hone_err *err)
{
    if (b->limits.hold && !cluster_fits(b, f, run) && can_hold(b, run))
        return cluster_hold(b, f, run, err);
    for (int32_t i = 0; i < run->count; i++)
        HONE_TRY(row_place(b, f, &b->entries[run->first + i], err));
    return HONE_OK;
}

/* Fills parts greedily in the clusters' order; none crosses a shard's border. */
static int parts_plan(hone_batcher *b, hone_err *err)
{
    filling f = { .cluster = -1 };
    int32_t shard = 0;
    for (int32_t k = 0; k < b->clusters.count; k++) {
        const hone_cluster *c = &b->clusters.items[k];
        for (int32_t at = c->first; at < c->first + c->count;) {
            const hone_cluster run = shard_run(b, c, at);
            if (b->entries[at].shard != shard) part_close(b, &f);
            shard = b->entries[at].shard;
            HONE_TRY(run_place(b, &f, &run, err));
            at += run.count;
        }
    }
    part_close(b, &f);
    return HONE_OK;
}

static int buffers_grow(hone_batcher *b, hone_err *err)
{
    size_t tokens = (size_t)b->stats.most_tokens, labels = (size_t)b->stats.most_labels;
    size_t segments = b->count + (size_t)b->clusters.count;
    if (tokens > b->cap_tokens) {
        int32_t *p = hone_realloc_array(b->tokens, tokens, sizeof *p);
        if (!p) return hone_err_memory(err, "batch tokens", tokens * sizeof *p);
        b->tokens = p;
        b->cap_tokens = tokens;
    }
    if (labels > b->cap_labels) {
        hone_label *p = hone_realloc_array(b->labels, labels, sizeof *p);
        if (!p) return hone_err_memory(err, "batch labels", labels * sizeof *p);
        b->labels = p;
        b->cap_labels = labels;
    }
    if (segments > b->cap_segments) {
        hone_segment *p = hone_realloc_array(b->segments, segments, sizeof *p);
        if (!p) return hone_err_memory(err, "batch segments", segments * sizeof *p);
        b->segments = p;
        b->cap_segments = segments;
    }
    return HONE_OK;
}

int hone_batcher_begin(hone_batcher *b, const uint32_t *rows, size_t n, hone_err *err)
{
    const hone_cluster_rule rule = { b->limits.min_ratio, 0 };
    b->count = b->next = 0;
    HONE_TRY(entries_grow(b, n, err));
    HONE_TRY(spans_fill(b, rows, n, err));
    HONE_TRY(hone_clusters_build(&b->clusters, b->spans, n, &rule, err));
    entries_fill(b, rows);
    b->count = n;
    shards_plan(b);
    int rc = parts_plan(b, err);
    if (rc == HONE_OK) rc = buffers_grow(b, err);
    if (rc < 0) b->count = 0;
    return rc;
}

/* Appends ids [from, to) of a row as a segment; returns its index. */
static int32_t segment_add(hone_batcher *b, const hone_encode_row *r, int32_t from, int32_t to,
                           int32_t parent)
{
    const int32_t *ids = b->set->ids + r->at;
    b->segments[b->num_segments] = (hone_segment){ parent, b->num_tokens, to - from };
    for (int32_t i = from; i < to; i++) b->tokens[b->num_tokens++] = ids[i];
    return b->num_segments++;
}

/* Labels of a row whose first `shared` ids start at token root and the others at token own. */
static void labels_add(hone_batcher *b, const entry *e, int32_t shared, int32_t root, int32_t own)
{
    const hone_encode_row *r = &b->set->rows[e->row];
    const int32_t *ids = b->set->ids + r->at;
    const uint8_t *labels = b->set->labels + r->at;
    bool inside = false;
    for (int32_t i = 1; i <= e->length; i++) {
        if (!labels[i]) continue;
        const float weight = (float)(label_weight(b, r, i, &inside) / b->weights);
        int32_t from = i - 1;
        int32_t at = from < shared ? root + from : own + from - shared;
        b->labels[b->num_labels++] = (hone_label){ at, ids[i], weight, (int32_t)e->row };
    }
}

/* The members of one cluster that are in the part: entries [from, to). */
static void cluster_add(hone_batcher *b, size_t from, size_t to)
{
    const entry *first = &b->entries[from];
    const hone_encode_row *rows = b->set->rows;
    int32_t root = b->num_tokens, shared = b->clusters.items[first->cluster].prefix;
    if (to - from == 1 && !first->held) { /* nothing to share here: a root of its own */
        segment_add(b, &rows[first->row], 0, first->length, -1);
        labels_add(b, first, first->length, root, 0);
        return;
    }
    int32_t parent = segment_add(b, &rows[first->row], 0, shared, -1);
    for (size_t i = from; i < to; i++) {
        const entry *e = &b->entries[i];
        int32_t own = b->num_tokens;
        if (e->length > shared) segment_add(b, &rows[e->row], shared, e->length, parent);
        labels_add(b, e, shared, root, own);
    }
}

/* First entry behind the part that begins at entry `from`. */
static size_t part_end(const hone_batcher *b, size_t from)
{
    size_t to = from + 1;
    while (to < b->count && b->entries[to].part == b->entries[from].part) to++;
    return to;
}

int hone_batcher_next_of(hone_batcher *b, int32_t first, int32_t end, hone_batch *ret,
                         int32_t *ret_shard)
{
    while (b->next < b->count &&
           (b->entries[b->next].shard < first || b->entries[b->next].shard >= end))
        b->next = part_end(b, b->next);
    if (b->next >= b->count) return 0;
    const size_t stop = part_end(b, b->next);
    *ret_shard = b->entries[b->next].shard;
    b->num_tokens = b->num_segments = b->num_labels = 0;
    while (b->next < stop) {
        size_t to = b->next + 1;
        while (to < stop && b->entries[to].cluster == b->entries[b->next].cluster) to++;
        cluster_add(b, b->next, to);
        b->next = to;
    }
    *ret = (hone_batch){ b->tokens, b->num_tokens,  b->segments, b->num_segments,
                         b->labels, b->num_labels, b->entries[b->next - 1].held };
    return 1;
}

int hone_batcher_next(hone_batcher *b, hone_batch *ret)
{
    int32_t shard;
    return hone_batcher_next_of(b, 0, INT32_MAX, ret, &shard);
}

bool hone_batcher_goes_on(const hone_batcher *b)
{
    const entry *next = &b->entries[b->next];
    return b->next > 0 && b->next < b->count && next->held &&
           next->cluster == next[-1].cluster && next->shard == next[-1].shard;
}
