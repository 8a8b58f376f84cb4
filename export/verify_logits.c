/*
 * Logits of an exported file against the merged model (export/verify.h). Both run the same
 * batches, so that position i of one is position i of the other; the reference is kept as f32
 * logits. /
 */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "datasets/batch.h"
#include "export/verify.h"

enum { MAX_ROWS = 64 };

struct hone_verify_run {
    const hone_encode_set *rows;
    uint32_t picked[MAX_ROWS];   /* rows that are run */
    size_t num_picked;
    int max_positions, positions;
    int V;
    float *reference;            /* [positions][V] */
};

/* Rows from the front until their labels suffice. */
int hone_verify_run_new(hone_verify_run **ret, const hone_encode_set *rows, int max_positions,
                        hone_err *err)
{
    hone_verify_run *r = hone_calloc(1, sizeof(*r));
    int64_t labels = 0;
    if (!r) return hone_err_memory(err, "a comparison", sizeof(*r));
    r->rows = rows;
    r->max_positions = max_positions;
    for (size_t i = 0; i < rows->count && r->num_picked < MAX_ROWS && labels < max_positions; i++) {
        if (rows->rows[i].num_labels == 0) continue;
        labels += rows->rows[i].num_labels;
        r->picked[r->num_picked++] = (uint32_t)i;
    }
    *ret = r;
    return 0;
}

void hone_verify_run_free(hone_verify_run *r)
{
    if (!r) return;
    hone_free(r->reference);
    hone_free(r);
}

typedef int visit(hone_verify_run *r, int first, int count, const float *logits, void *ctx,
                  hone_err *err);

/* Logits of one part of the batch at its labels, as far as positions are still wanted. One call:
 * the engine runs the whole part each time. */
static int run_part(hone_verify_run *r, hone_engine *e, const hone_batch *batch, int *done,
                    visit *v, void *ctx, hone_err *err)
{
    const int left = r->max_positions - *done;
    const int n = batch->num_labels < left ? batch->num_labels : left;
    const size_t bytes = sizeof(float) * (size_t)r->V * (size_t)n;
    int rc = 0;
    float *logits = hone_aligned(bytes);
    int32_t *at = hone_calloc((size_t)n, sizeof(*at));
    if (!logits || !at) HONE_GOTO(rc, out, hone_err_memory(err, "logits", bytes));
    for (int i = 0; i < n; i++) at[i] = batch->labels[i].at;
    HONE_GOTO(rc, out, hone_engine_logits(e, batch, at, n, logits, err));
    HONE_GOTO(rc, out, v(r, *done, n, logits, ctx, err));
    *done += n;
out:
    hone_free(logits);
    hone_free(at);
    return rc;
}

static size_t engine_bytes(void *user, int32_t num_tokens, int32_t num_labels, int32_t held)
{
    return hone_engine_memory(user, num_tokens, num_labels, held);
}

static int run_all(hone_verify_run *r, hone_engine *e, visit *v, void *ctx, hone_err *err)
{
    enum { LIMIT_MB = 512 };
    hone_batch_limits limits = { .min_ratio = 1.0, .max_bytes = (size_t)LIMIT_MB << 20,
                                 .bytes = engine_bytes, .user = e };
    hone_batcher *b = NULL;
    hone_batch batch;
    int rc = 0, more, done = 0;
    HONE_GOTO(rc, out, hone_batcher_new(&b, r->rows, &limits, err));
    HONE_GOTO(rc, out, hone_batcher_begin(b, r->picked, r->num_picked, err));
    while ((more = hone_batcher_next(b, &batch)) == 1 && done < r->max_positions)
        HONE_GOTO(rc, out, run_part(r, e, &batch, &done, v, ctx, err));
    r->positions = done;
out:
    hone_batcher_free(b);
    return rc;
}

static int keep(hone_verify_run *r, int first, int count, const float *logits, void *ctx,
                hone_err *err)
{
    (void)ctx;
    (void)err;
    memcpy(r->reference + (size_t)first * (size_t)r->V, logits,
           sizeof(float) * (size_t)count * (size_t)r->V);
    return 0;
}

int hone_verify_reference(hone_verify_run *r, const hone_merge *merged, int threads, hone_err *err)
{
    hone_engine *e = NULL;
    hone_engine_options o = { .threads = threads };
    int rc = 0;
    size_t bytes;
    r->V = merged->model->config.V;
    if (!hone_mul_size(sizeof(float) * (size_t)r->V, (size_t)r->max_positions, &bytes) ||
        !(r->reference = hone_malloc(bytes)))
        return hone_err_memory(err, "the reference logits", 0);
    HONE_GOTO(rc, out, hone_engine_open(&e, merged->model, &o, err));
    if (merged->adapter) HONE_GOTO(rc, out, hone_engine_attach(e, merged->adapter, err));
    HONE_GOTO(rc, out, run_all(r, e, keep, NULL, err));
out:
    hone_engine_close(e);
    return rc;
}

static int argmax(const float *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

/* ln sum exp(x), in double. */
static double log_sum_exp(const float *x, int n)
{
    const double top = (double)x[argmax(x, n)];
    double sum = 0;
    for (int i = 0; i < n; i++) sum += exp((double)x[i] - top);
    return top + log(sum);
}

static void compare_row(hone_verify_logits *v, const float *p, const float *q, int n)
{
    const double zp = log_sum_exp(p, n), zq = log_sum_exp(q, n);
    double kl = 0;
    for (int i = 0; i < n; i++) {
        const double lp = (double)p[i] - zp, lq = (double)q[i] - zq;
        const double diff = fabs((double)p[i] - (double)q[i]);
        kl += exp(lp) * (lp - lq);
        if (!(diff <= v->max_diff)) v->max_diff = diff; /* a NaN is kept */
    }
    v->kl_mean += kl;
    if (!(kl <= v->kl_max)) v->kl_max = kl;
    v->argmax_equal += argmax(p, n) == argmax(q, n);
}

static int compare(hone_verify_run *r, int first, int count, const float *logits, void *ctx,
                   hone_err *err)
{
    (void)err;
    for (int i = 0; i < count; i++)
        compare_row(ctx, r->reference + (size_t)(first + i) * (size_t)r->V,
                    logits + (size_t)i * (size_t)r->V, r->V);
    return 0;
}

int hone_verify_compare(hone_verify_run *r, const hone_model *exported, int threads,
                        hone_verify_logits *ret, hone_err *err)
{
    hone_engine *e = NULL;
    hone_engine_options o = { .threads = threads };
    hone_verify_logits v = { 0 };
    int rc = 0, want = r->positions;
    if (exported->config.V != r->V)
        return hone_fail(err, HONE_E_INTERNAL, "the exported model has another vocabulary");
    HONE_GOTO(rc, out, hone_engine_open(&e, exported, &o, err));
    HONE_GOTO(rc, out, run_all(r, e, compare, &v, err));
    if (r->positions != want)
        HONE_GOTO(rc, out, hone_fail(err, HONE_E_INTERNAL, "positions differ between two runs"));
    v.positions = want;
    if (want) v.kl_mean /= want;
    *ret = v;
out:
    hone_engine_close(e);
    return rc;
}
