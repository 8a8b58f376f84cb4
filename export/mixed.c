/*
 * The search for mixed precision (export/mixed.h). A row counts as right when every label is the
 * arg-max after the true text before it: exactly the rows that greedy decoding answers word for
 * word. Units are ranked by loss a byte, as rows are too coarse to rank by; the goal in points is
 * met by bisection over that ranking, measuring whole schemes, since losses of units do not add up.
 */
#include "export/mixed.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "datasets/batch.h"
#include "export/quantised.h"

static const hone_linear_id ATTENTION[] = { HONE_Q, HONE_K, HONE_V, HONE_O };
static const hone_linear_id FEED_FORWARD[] = { HONE_GATE, HONE_UP, HONE_DOWN };

typedef struct measure {
    double loss;
    int64_t right, labels;
} measure;

typedef struct search {
    hone_mixed_table *t;
    const hone_merge *merged;
    const hone_encode_set *rows;
    const hone_mixed_goal *goal;
    hone_quantised *weights;
    uint32_t *picked;
    uint8_t *wrong;
    size_t num_rows;
    int threads;
    hone_progress progress;
    int64_t measured;
    hone_err *err;
} search;

bool hone_mixed_wanted(const hone_mixed_goal *g)
{
    return g->target_bytes > 0 || g->loss_points >= 0;
}

static void apply(hone_scheme *s, const hone_mixed_unit *u, hone_quant format)
{
    for (int i = 0; u->feed_forward && i < 3; i++) s->linear[u->layer][FEED_FORWARD[i]] = format;
    for (int i = 0; !u->feed_forward && i < 4; i++) s->linear[u->layer][ATTENTION[i]] = format;
}

/* The first n units of the ranking in int4, the rest in int8. */
static hone_scheme scheme_of(const search *s, int n)
{
    hone_scheme out = hone_scheme_uniform(HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW);
    for (int i = 0; i < n; i++) apply(&out, &s->t->units[i], s->goal->low);
    return out;
}

/* --- measuring --- */

static size_t engine_bytes(void *user, int32_t num_tokens, int32_t num_labels, int32_t held)
{
    return hone_engine_memory(user, num_tokens, num_labels, held);
}

static int measure_part(search *s, hone_engine *e, const hone_batch *b, measure *m)
{
    hone_loss loss;
    int32_t *best = hone_calloc((size_t)b->num_labels + 1, sizeof(*best));
    if (!best) return hone_err_memory(s->err, "labels", (size_t)b->num_labels);
    int rc = hone_engine_score(e, b, &loss, NULL, best, s->err);
    if (rc == 0 && !loss.finite)
        rc = hone_fail(s->err, HONE_UNMEASURABLE, "the loss is not finite at %s", loss.where);
    for (int i = 0; rc == 0 && i < b->num_labels; i++)
        if (best[i] != b->labels[i].target) s->wrong[b->labels[i].row] = 1;
    hone_free(best);
    if (rc < 0) return rc;
    m->loss += loss.sum; /* each label weighs 1 / labels of all rows */
    m->labels += loss.labels;
    return 0;
}

static int measure_engine(search *s, hone_engine *e, measure *m)
{
    enum { LIMIT_MB = 512 };
    const hone_batch_limits limits = { .min_ratio = HONE_MIN_TOKEN_RATIO,
                                       .max_bytes = (size_t)LIMIT_MB << 20,
                                       .bytes = engine_bytes, .user = e };
    hone_batcher *b = NULL;
    hone_batch batch;
    int rc = 0;
    memset(s->wrong, 0, s->rows->count);
    HONE_GOTO(rc, out, hone_batcher_new(&b, s->rows, &limits, s->err));
    HONE_GOTO(rc, out, hone_batcher_begin(b, s->picked, s->num_rows, s->err));
    while (hone_batcher_next(b, &batch) == 1) HONE_GOTO(rc, out, measure_part(s, e, &batch, m));
    for (size_t i = 0; i < s->num_rows; i++) m->right += !s->wrong[s->picked[i]];
out:
    hone_batcher_free(b);
    return rc;
}

static int measure_scheme(search *s, const hone_scheme *scheme, measure *ret)
{
    const hone_engine_options o = { .threads = s->threads };
    const hone_model *m = NULL;
    hone_engine *e = NULL;
    *ret = (measure){ 0 };
    if (hone_stop_requested())
        return hone_fail(s->err, HONE_E_INTERRUPTED, "stopped while measuring layers");
    HONE_TRY(hone_quantised_model(s->weights, scheme, &m, s->err));
    HONE_TRY(hone_engine_open(&e, m, &o, s->err));
    const int rc = measure_engine(s, e, ret);
    hone_engine_close(e);
    hone_progress_set(&s->progress, ++s->measured, "schemes");
    return rc;
}

/* --- ranking --- */

static void list_units(search *s)
{
    const hone_config *c = &s->merged->model->config;
    const hone_scheme high = scheme_of(s, 0);
    hone_mixed_table *t = s->t;
    t->base_bytes = hone_scheme_bytes(&high, c);
    for (int l = 0; l < c->L; l++)
        for (int part = 0; part < 2; part++) {
            hone_mixed_unit *u = &t->units[t->count++];
            *u = (hone_mixed_unit){ .layer = l, .feed_forward = part };
            hone_scheme low = high;
            apply(&low, u, s->goal->low);
            u->saved = t->base_bytes - hone_scheme_bytes(&low, c);
        }
}

static int measure_units(search *s)
{
    for (int i = 0; i < s->t->count; i++) {
        hone_mixed_unit *u = &s->t->units[i];
        hone_scheme one = scheme_of(s, 0);
        measure m;
        apply(&one, u, s->goal->low);
        HONE_TRY(measure_scheme(s, &one, &m));
        u->loss = m.loss;
        u->right = m.right;
    }
    return 0;
}

/* What a unit costs a byte, and where it stands in the list. */
typedef struct ranked {
    double cost;
    int at;
} ranked;

static int by_cost(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    return x->at - y->at;
}

static void rank_units(search *s)
{
    hone_mixed_unit sorted[HONE_MIXED_UNITS];
    ranked r[HONE_MIXED_UNITS];
    for (int i = 0; i < s->t->count; i++) {
        const hone_mixed_unit *u = &s->t->units[i];
        r[i] = (ranked){ (u->loss - s->t->base_loss) / (double)u->saved, i };
    }
    qsort(r, (size_t)s->t->count, sizeof(*r), by_cost);
    for (int i = 0; i < s->t->count; i++) sorted[i] = s->t->units[r[i].at];
    memcpy(s->t->units, sorted, sizeof(*sorted) * (size_t)s->t->count);
}

/* --- choosing --- */

static uint64_t bytes_of(const search *s, int n)
{
    uint64_t bytes = s->t->base_bytes;
    for (int i = 0; i < n; i++) bytes -= s->t->units[i].saved;
    return bytes;
}

/* A size that no choice of units reaches is refused before anything is measured. */
static int check_target(search *s)
{
    const uint64_t least = bytes_of(s, s->t->count);
    if (!s->goal->target_bytes || least <= s->goal->target_bytes) return 0;
    hone_err_hint(s->err, "a smaller vocabulary saves more: hone trim");
    return hone_fail(s->err, HONE_E_USAGE, "with every layer in %s the matrices need %.1f MB, "
                     "%.1f MB are left for them", hone_quant_name(s->goal->low),
                     (double)least / 1e6, (double)s->goal->target_bytes / 1e6);
}

/* The fewest units that reach the size. */
static int least_units(const search *s)
{
    int n = 0;
    while (s->goal->target_bytes && bytes_of(s, n) > s->goal->target_bytes) n++;
    return n;
}

static double points(const search *s, const measure *m)
{
    return 100.0 * (double)(s->t->base_right - m->right) / (double)s->num_rows;
}

/* The most units, at least `least`, that stay within the loss; by bisection. */
static int most_units(search *s, int least, int *ret, measure *ret_measure)
{
    int low = least, high = s->t->count;
    hone_scheme scheme = scheme_of(s, least);
    HONE_TRY(measure_scheme(s, &scheme, ret_measure));
    if (s->goal->loss_points < 0) {
        *ret = least;
        return 0;
    }
    if (points(s, ret_measure) > s->goal->loss_points) {
        hone_err_hint(s->err, "allow a larger file or a larger loss, or train against the "
                      "quantised weights");
        return hone_fail(s->err, HONE_E_USAGE, "the size that is asked for costs %.2f points on "
                         "%zu rows, %.2f are allowed", points(s, ret_measure), s->num_rows,
                         s->goal->loss_points);
    }
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        measure m;
        scheme = scheme_of(s, middle);
        HONE_TRY(measure_scheme(s, &scheme, &m));
        if (points(s, &m) <= s->goal->loss_points) {
            low = middle;
            *ret_measure = m;
        } else {
            high = middle - 1;
        }
    }
    *ret = low;
    return 0;
}

static int choose(search *s, hone_scheme *ret)
{
    int n = 0;
    measure m = { 0 };
    HONE_TRY(most_units(s, least_units(s), &n, &m));
    for (int i = 0; i < n; i++) s->t->units[i].chosen = true;
    s->t->chosen = n;
    s->t->chosen_loss = m.loss;
    s->t->chosen_right = m.right;
    s->t->chosen_bytes = bytes_of(s, n);
    *ret = scheme_of(s, n);
    return 0;
}

static int pick_rows(search *s)
{
    s->picked = hone_calloc(s->rows->count + 1, sizeof(*s->picked));
    s->wrong = hone_calloc(s->rows->count + 1, 1);
    if (!s->picked || !s->wrong)
        return hone_err_memory(s->err, "calibration rows", s->rows->count);
    for (size_t i = 0; i < s->rows->count && s->num_rows < (size_t)s->goal->rows; i++)
        if (s->rows->rows[i].num_labels) s->picked[s->num_rows++] = (uint32_t)i;
    if (s->num_rows) return 0;
    hone_err_hint(s->err, "give rows with --data");
    return hone_fail(s->err, HONE_E_USAGE, "there are no rows to measure layers on");
}

static int run(search *s, hone_scheme *ret)
{
    const hone_scheme high = scheme_of(s, 0);
    measure base;
    HONE_TRY(pick_rows(s));
    list_units(s);
    HONE_TRY(check_target(s));
    HONE_TRY(hone_quantised_new(&s->weights, s->merged, s->err));
    hone_progress_start(&s->progress, "measuring layers", s->t->count + 2);
    HONE_TRY(measure_scheme(s, &high, &base));
    s->t->rows = (int64_t)s->num_rows;
    s->t->labels = base.labels;
    s->t->base_loss = base.loss;
    s->t->base_right = base.right;
    HONE_TRY(measure_units(s));
    rank_units(s);
    HONE_TRY(choose(s, ret));
    hone_progress_end(&s->progress, NULL);
    return 0;
}

int hone_mixed_search(hone_mixed_table *ret, hone_scheme *scheme, const hone_merge *merged,
                      const hone_encode_set *rows, const hone_mixed_goal *goal, int threads,
                      hone_err *err)
{
    hone_mixed_table *t = hone_calloc(1, sizeof(*t));
    if (!t) return hone_err_memory(err, "a table of layers", sizeof(*t));
    t->low = goal->low;
    search s = {
        .t = t, .merged = merged, .rows = rows, .goal = goal, .threads = threads, .err = err
    };
    hone_scheme found;
    const int rc = run(&s, &found);
    if (rc == 0) {
        *ret = *t;
        *scheme = found;
    }
    hone_quantised_free(s.weights);
    hone_free(s.picked);
    hone_free(s.wrong);
    hone_free(t);
    return rc;
}

void hone_mixed_text(hone_buf *out, const hone_mixed_table *t)
{
    const char *low = hone_quant_name(t->low);
    hone_buf_printf(out, "layers by what %s costs, measured on %lld rows (%lld labels); all q8: "
                    "loss %.5f, %lld rows right\n", low, (long long)t->rows,
                    (long long)t->labels, t->base_loss, (long long)t->base_right);
    hone_buf_str(out, "  layer  part          saves MB  loss change  rows right  stored as\n");
    for (int i = 0; i < t->count; i++) {
        const hone_mixed_unit *u = &t->units[i];
        hone_buf_printf(out, "  %5d  %-12s  %8.2f  %+11.5f  %10lld  %s\n", u->layer,
                        u->feed_forward ? "feed-forward" : "attention", (double)u->saved / 1e6,
                        u->loss - t->base_loss, (long long)u->right, u->chosen ? low : "q8");
    }
    hone_buf_printf(out, "together: %d of %d parts in %s, matrices %.1f MB instead of %.1f, loss "
                    "%.5f, %lld rows right\n", t->chosen, t->count, low,
                    (double)t->chosen_bytes / 1e6, (double)t->base_bytes / 1e6, t->chosen_loss,
                    (long long)t->chosen_right);
}
