/* Timing rows before a run (train/probe.h). */
#include "train/probe.h"

#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"

typedef struct probe {
    hone_engine *engine;
    hone_encode_set *window;
    hone_batcher *batcher;
    hone_order *order;
    uint32_t *indices;
    double token, label;  /* operations of one, relative to each other */
} probe;

/* Products forward and for the gradient of their inputs; with full parameters also for their own.
 * The head is two products in either case. Attention is left out: it grows with the tokens too. */
static void costs(probe *p, const hone_adapter *a)
{
    const hone_config *c = hone_engine_config(p->engine);
    double linears = 0;
    for (int id = 0; id < HONE_LINEARS; id++) {
        int64_t out, in;
        hone_config_linear_shape(c, (hone_linear_id)id, &out, &in);
        linears += (double)out * (double)in * c->L;
    }
    p->token = (a->config.full ? 6 : 4) * linears;
    p->label = (a->config.full ? 6.0 : 4.0) * c->V * c->C;
}

static int probe_open(probe *p, const hone_adapter *a, const hone_train_rows *rows,
                      const hone_train_settings *s, hone_err *err)
{
    const size_t n = (size_t)s->batch_size;
    costs(p, a);
    HONE_TRY(hone_train_order(&p->order, rows, s, err));
    HONE_TRY(hone_encode_set_new(&p->window, err));
    HONE_TRY(hone_train_batcher(&p->batcher, p->engine, p->window, s, 1, err));
    p->indices = hone_calloc(n, sizeof *p->indices);
    if (!p->indices) return hone_err_memory(err, "a forecast", n * sizeof *p->indices);
    for (size_t i = 0; i < n; i++) p->indices[i] = (uint32_t)i;
    return hone_engine_attach(p->engine, a, err);
}

static void probe_close(probe *p)
{
    hone_batcher_free(p->batcher);
    hone_encode_set_free(p->window);
    hone_order_free(p->order);
    hone_free(p->indices);
}

static double work_of(const probe *p, int64_t tokens, int64_t labels)
{
    return p->token * (double)tokens + p->label * (double)labels;
}

static int parts_compute(probe *p, hone_err *err)
{
    const hone_batch_stats *b = hone_batcher_stats(p->batcher);
    hone_batch part;
    hone_loss loss;
    bool holds = false;
    while (hone_batcher_next(p->batcher, &part) == 1) {
        if (part.held && !holds)
            HONE_TRY(hone_engine_hold(p->engine, part.tokens, part.held, b->most_tokens,
                                      b->most_labels, &loss, err));
        holds = part.held != 0;
        HONE_TRY(hone_engine_accumulate(p->engine, &part, &loss, err));
        if (!holds || hone_batcher_goes_on(p->batcher)) continue;
        HONE_TRY(hone_engine_release(p->engine, &loss, err));
        holds = false;
    }
    hone_engine_zero_grads(p->engine);
    return HONE_OK;
}

/* The first n rows of the first step: their time and their work. */
static int time_rows(probe *p, const hone_train_rows *rows, size_t n, double *ret_seconds,
                     double *ret_work, hone_err *err)
{
    const uint32_t *which = NULL;
    const size_t all = hone_order_step(p->order, 0, &which);
    const double start = hone_clock();
    if (n > all) n = all;
    HONE_TRY(rows->source.load(rows->source.user, p->window, which, n, 0, err));
    HONE_TRY(hone_batcher_begin(p->batcher, p->indices, n, err));
    HONE_TRY(parts_compute(p, err));
    const hone_batch_stats *b = hone_batcher_stats(p->batcher);
    *ret_seconds = hone_clock() - start;
    *ret_work = work_of(p, b->computed, b->labels);
    return HONE_OK;
}

/* More rows as long as the next measurement stays within the time; the first warms up. */
static int measure(probe *p, const hone_train_rows *rows, const hone_train_settings *s,
                   double most, hone_train_forecast *f, double *ret_rate, hone_err *err)
{
    double seconds = 0, work = 0;
    for (int64_t n = 1;; n *= 4) {
        if (n > s->batch_size) n = s->batch_size;
        HONE_TRY(time_rows(p, rows, (size_t)n, &seconds, &work, err));
        f->rows = n;
        f->seconds = seconds;
        most -= seconds;
        /* n rows took this long, four times as many take at most four times as long */
        if (n == s->batch_size || 4 * seconds > most) break;
    }
    *ret_rate = work / seconds;
    return HONE_OK;
}

int hone_train_probe(hone_train_forecast *ret, hone_engine *e, const hone_adapter *a,
                     const hone_train_rows *rows, const hone_train_settings *s,
                     const hone_train_plan *p, double most, hone_err *err)
{
    probe b = { .engine = e };
    hone_train_forecast f = { 0 };
    double rate = 0;
    int rc = probe_open(&b, a, rows, s, err);
    if (rc == 0 && s->dropout > 0) hone_engine_drop(e, s->seed, 0);
    if (rc == 0) rc = measure(&b, rows, s, most, &f, &rate, err);
    f.run = work_of(&b, p->computed, p->labels) / rate / hone_mpi_size();
    f.step = f.run / (double)p->steps;
    probe_close(&b);
    if (rc == 0) *ret = f;
    return rc;
}
