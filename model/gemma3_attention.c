/*
 * Attention over a forest of segments (docs/shared-prefix.md), forward and backward.
 *
 * A block of queries meets its ancestors' keys and its own segments' keys in one matrix of scores:
 * one product a run of shared keys for all queries of the block, and one small product for the own
 * keys of each part. With one key/value head the heads of a token are further rows of the same
 * products. Keys outside of the window or behind the query get the probability 0; runs of keys
 * wholly outside of the window are left out. The scale of the scores is part of q.
 *
 *   S = q k^T; p = exp(S - m) / l; o = p v; lse = m + ln l
 *   D = do . o; dv += p^T do; dS = p (do v^T - D); dq = dS k; dk += dS^T q
 *
 * Gradients of shared keys are summed in some groups of consecutive blocks, each by one
 * thread, then over the groups in order: the same bytes for any number of threads.
 */
#include <math.h>
#include <string.h>

#include "kernels/parallel.h"
#include "model/engine_cpu.h"

enum { TOUCH = 64 }; /* tokens that share a flag "this group has a sum for them" */

/* One block for one set of heads, with its keys cut to the window. */
typedef struct view {
    const cpu_attention *a;
    const hone_engine *e;
    const cpu_block *b;
    const cpu_scratch *scratch;
    int stack;    /* rows a query: all heads, or 1 */
    int head, kv; /* first query head; key/value head */
    int64_t ldq;
    int64_t columns; /* leading dimension of the scores */
    int64_t own_at;  /* column of the own keys */
    int32_t lowest;  /* first position that any query of the block sees */
    float *s, *p;
    float *sums; /* backward: this group's dk, dv */
    uint8_t *touched;
} view;

/* The part of a run that the block can see. */
static cpu_span cut(const view *w, cpu_span s)
{
    int32_t skip = w->lowest - s.pos;
    if (skip <= 0) return s;
    if (skip > s.len) skip = s.len;
    return (cpu_span){ s.tok + skip, s.pos + skip, s.len - skip };
}

static cpu_span shared(const view *w, int32_t i)
{
    return cut(w, w->a->plan->spans[w->b->span0 + i]);
}

static cpu_part part_of(const view *w, int32_t i)
{
    cpu_part p = w->a->plan->parts[w->b->part0 + i];
    p.own = cut(w, p.own);
    return p;
}

static void open_view(view *w)
{
    const cpu_plan *plan = w->a->plan;
    int32_t first = plan->qpos[w->b->q0];
    for (int32_t q = w->b->q0; q < w->b->q1; q++)
        first = plan->qpos[q] < first ? plan->qpos[q] : first;
    w->lowest = w->a->window > 0 ? first - w->a->window + 1 : 0;
    int64_t own = 0;
    w->own_at = 0;
    for (int32_t i = 0; i < w->b->spans; i++) w->own_at += shared(w, i).len;
    for (int32_t i = 0; i < w->b->parts; i++) {
        int32_t len = part_of(w, i).own.len;
        own = len > own ? len : own;
    }
    w->columns = hone_cpu_score_columns(w->own_at + own);
}

/* Keys (or values) from token tok on. */
static cpu_matrix keys_of(const view *w, int32_t tok, bool values)
{
    const int64_t ld = values ? w->a->ldv : w->a->ldk;
    return (cpu_matrix){ (values ? w->a->v : w->a->k) + tok * ld + (int64_t)w->kv * w->e->c.HD,
                         ld };
}

/* Row of query q in an array [nq, QW] for the view's heads, and in the block's scores. */
static int64_t wide_at(const view *w, int32_t q)
{
    return (int64_t)q * w->e->QW + (int64_t)w->head * w->e->c.HD;
}

static cpu_matrix wide_of(const view *w, const float *x, int32_t q)
{
    return (cpu_matrix){ x + wide_at(w, q), w->ldq };
}

static float *row_of(const view *w, float *s, int32_t q)
{
    return s + (int64_t)(q - w->b->q0) * w->stack * w->columns;
}

/* out = x y^T for all keys: scores (x = q, y = k), or dp (x = do, y = v). */
static void against_keys(const view *w, float *out, const float *x, bool values)
{
    const int64_t HD = w->e->c.HD;
    int64_t at = 0, rows = (int64_t)(w->b->q1 - w->b->q0) * w->stack;
    for (int32_t i = 0; i < w->b->spans; i++) {
        cpu_span s = shared(w, i);
        hone_cpu_nt(w->e, w->scratch, rows, s.len, HD, wide_of(w, x, w->b->q0),
                    keys_of(w, s.tok, values), out + at, w->columns);
        at += s.len;
    }
    for (int32_t i = 0; i < w->b->parts; i++) {
        cpu_part p = part_of(w, i);
        hone_cpu_nt(w->e, w->scratch, (int64_t)(p.q1 - p.q0) * w->stack, p.own.len, HD,
                    wide_of(w, x, p.q0), keys_of(w, p.own.tok, values),
                    row_of(w, out, p.q0) + at, w->columns);
    }
}

/* out = s y over all keys: o (s = p, y = v), or dq (s = dS, y = k). */
static void over_keys(const view *w, float *out, float *s, bool values)
{
    const int64_t HD = w->e->c.HD;
    int64_t at = 0, rows = (int64_t)(w->b->q1 - w->b->q0) * w->stack;
    bool add = false;
    for (int32_t i = 0; i < w->b->spans; i++) {
        cpu_span x = shared(w, i);
        if (!x.len) continue;
        hone_cpu_nn(w->e, w->scratch, rows, HD, x.len, (cpu_matrix){ s + at, w->columns },
                    keys_of(w, x.tok, values), add, out + wide_at(w, w->b->q0), w->ldq);
        at += x.len;
        add = true;
    }
    for (int32_t i = 0; i < w->b->parts; i++) {
        cpu_part p = part_of(w, i);
        hone_cpu_nn(w->e, w->scratch, (int64_t)(p.q1 - p.q0) * w->stack, HD, p.own.len,
                    (cpu_matrix){ row_of(w, s, p.q0) + at, w->columns },
                    keys_of(w, p.own.tok, values), add, out + wide_at(w, p.q0), w->ldq);
    }
}

/* Columns of a run that a query at pos sees: from .. to. */
static void visible(const view *w, cpu_span s, int32_t pos, int32_t *ret_from, int32_t *ret_to)
{
    int32_t from = w->a->window > 0 ? pos - w->a->window + 1 - s.pos : 0, to = pos + 1 - s.pos;
    from = from < 0 ? 0 : from > s.len ? s.len : from;
    *ret_to = to < from ? from : to > s.len ? s.len : to;
    *ret_from = from;
}

/* The columns of one run in a row of scores, and those of them that the query sees. */
typedef struct run {
    float *s;
    int32_t from, to, len;
} run;

/* Run i of a row (the own keys come last); *at is its column and moves behind it. */
static run run_of(const view *w, const cpu_part *p, int32_t pos, float *row, int32_t i, int64_t *at)
{
    cpu_span s = i < w->b->spans ? shared(w, i) : p->own;
    run r = { .s = row + *at, .len = s.len };
    visible(w, s, pos, &r.from, &r.to);
    *at += s.len;
    return r;
}

/* Scores of one row become exp(score - shift), 0 where unseen; returns their sum. */
static float exp_row(const view *w, const cpu_part *p, int32_t pos, float *row, float shift)
{
    float sum = 0;
    int64_t at = 0;
    for (int32_t i = 0; i <= w->b->spans; i++) {
        run r = run_of(w, p, pos, row, i, &at);
        if (r.to > r.from) sum += w->e->k->exp_sum(r.s + r.from, r.to - r.from, shift);
        memset(r.s, 0, (size_t)r.from * sizeof *row);
        memset(r.s + r.to, 0, (size_t)(r.len - r.to) * sizeof *row);
    }
    return sum;
}

static float max_row(const view *w, const cpu_part *p, int32_t pos, float *row)
{
    float max = -INFINITY;
    int64_t at = 0;
    for (int32_t i = 0; i <= w->b->spans; i++) {
        run r = run_of(w, p, pos, row, i, &at);
        if (r.to == r.from) continue;
        float m = w->e->k->max(r.s + r.from, r.to - r.from);
        max = m > max ? m : max;
    }
    return max;
}

/* fn for each row of scores of the block, with its part, query and head. */
typedef void row_fn(const view *w, const cpu_part *p, int32_t q, int h, float *row);

static void each_row(const view *w, float *s, row_fn *fn)
{
    for (int32_t i = 0; i < w->b->parts; i++) {
        cpu_part p = part_of(w, i);
        for (int32_t q = p.q0; q < p.q1; q++) {
            for (int h = 0; h < w->stack; h++)
                fn(w, &p, q, w->head + h, row_of(w, s, q) + h * w->columns);
        }
    }
}

/* Scores become p. */
static void softmax_row(const view *w, const cpu_part *p, int32_t q, int h, float *row)
{
    int32_t pos = w->a->plan->qpos[q];
    float m = max_row(w, p, pos, row), l = exp_row(w, p, pos, row, m);
    w->a->lse[(int64_t)q * w->e->c.NH + h] = m + logf(l);
    w->e->k->scale(row, w->own_at + p->own.len, 1 / l);
}

static void probability_row(const view *w, const cpu_part *p, int32_t q, int h, float *row)
{
    (void)exp_row(w, p, w->a->plan->qpos[q], row, w->a->lse[(int64_t)q * w->e->c.NH + h]);
}

/* dp becomes dS; p lies in w->s at the same place. */
static void gradient_row(const view *w, const cpu_part *p, int32_t q, int h, float *row)
{
    const int64_t at = (int64_t)q * w->e->QW + (int64_t)h * w->e->c.HD;
    float mean = w->e->k->dot(w->a->dout + at, w->a->o + at, w->e->c.HD);
    w->e->k->softmax_bwd(row, w->s + (row - w->p), w->own_at + p->own.len, mean);
}

/* Heads that share a key/value head: with one, all heads of a query are rows of one product. */
static void each_view(view *w, void (*fn)(const view *))
{
    const hone_config *c = &w->e->c;
    w->stack = c->NKV == 1 ? c->NH : 1;
    w->ldq = c->NKV == 1 ? c->HD : w->e->QW;
    open_view(w);
    for (w->head = 0; w->head < c->NH; w->head += w->stack) {
        w->kv = w->head * c->NKV / c->NH;
        fn(w);
    }
}

static void forward_view(const view *w)
{
    against_keys(w, w->s, w->a->q, false);
    each_row(w, w->s, softmax_row);
    over_keys(w, w->a->o, w->s, true);
}

typedef struct job {
    hone_engine *e;
    const cpu_attention *a;
    int groups;
    int32_t border[CPU_HALF_KEY_GROUPS + 1]; /* blocks of each group */
} job;

static void forward_block(void *ctx, int64_t i, int worker)
{
    const job *j = ctx;
    const cpu_scratch *s = &j->e->work.scratch[worker];
    view w = { .a = j->a, .e = j->e, .b = &j->a->plan->blocks[i], .scratch = s, .s = s->s };
    each_view(&w, forward_view);
}

void hone_cpu_attention(hone_engine *e, const cpu_attention *a)
{
    job j = { .e = e, .a = a };
    hone_parallel(e->threads, a->plan->num_blocks, forward_block, &j);
}

/* Makes this group's sums for len tokens behind tok valid: zero where nothing was added before. */
static void touch(const view *w, cpu_span s)
{
    const int64_t width = 2 * w->e->KW, T = w->a->T;
    if (!s.len) return;
    for (int64_t i = s.tok / TOUCH; i <= (s.tok + s.len - 1) / TOUCH; i++) {
        int64_t end = (i + 1) * TOUCH < T ? (i + 1) * TOUCH : T;
        if (w->touched[i]) continue;
        memset(w->sums + i * TOUCH * width, 0, (size_t)((end - i * TOUCH) * width) * sizeof(float));
        w->touched[i] = 1;
    }
}

/* dk += dS^T q, dv += p^T do for the keys of a run */
static void add_key_gradients(const view *w, cpu_span s, int32_t q0, int32_t q1, int64_t at)
{
    const int64_t HD = w->e->c.HD, rows = (int64_t)(q1 - q0) * w->stack, width = 2 * w->e->KW;
    float *dk = w->sums + s.tok * width + (int64_t)w->kv * HD, *dv = dk + w->e->KW;
    touch(w, s);
    hone_cpu_tn(w->e, w->scratch, s.len, HD, rows,
                (cpu_matrix){ row_of(w, w->p, q0) + at, w->columns }, wide_of(w, w->a->q, q0), true,
                dk, width);
    hone_cpu_tn(w->e, w->scratch, s.len, HD, rows,
                (cpu_matrix){ row_of(w, w->s, q0) + at, w->columns }, wide_of(w, w->a->dout, q0),
                true, dv, width);
}

static void backward_view(const view *w)
{
    int64_t at = 0;
    against_keys(w, w->s, w->a->q, false);
    each_row(w, w->s, probability_row);
    against_keys(w, w->p, w->a->dout, true);
    each_row(w, w->p, gradient_row);
    over_keys(w, w->a->dq, w->p, false);
    for (int32_t i = 0; i < w->b->spans; i++) {
        cpu_span s = shared(w, i);
        add_key_gradients(w, s, w->b->q0, w->b->q1, at);
        at += s.len;
    }
    for (int32_t i = 0; i < w->b->parts; i++) {
        cpu_part p = part_of(w, i);
        add_key_gradients(w, p.own, p.q0, p.q1, at);
    }
}

static void backward_group(void *ctx, int64_t g, int worker)
{
    const job *j = ctx;
    const cpu_back *b = &j->e->work.back;
    const cpu_scratch *s = &j->e->work.scratch[worker];
    view w = { .a = j->a, .e = j->e, .scratch = s, .s = s->s, .p = s->p };
    w.sums = b->sums + g * j->a->T * 2 * j->e->KW;
    w.touched = b->touched + g * (j->a->T / TOUCH + 1);
    memset(w.touched, 0, (size_t)(j->a->T / TOUCH + 1));
    for (int32_t i = j->border[g]; i < j->border[g + 1]; i++) {
        w.b = &j->a->plan->blocks[i];
        each_view(&w, backward_view);
    }
}

/* Sum of the groups for one stretch of tokens. */
static void reduce_stretch(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const job *j = ctx;
    const cpu_back *b = &j->e->work.back;
    const int64_t T = j->a->T, width = 2 * j->e->KW;
    int64_t from = i * TOUCH, to = from + TOUCH < T ? from + TOUCH : T;
    float *out = j->a->dkv + from * width;
    memset(out, 0, (size_t)((to - from) * width) * sizeof *out);
    for (int g = 0; g < j->groups; g++) {
        if (j->border[g] == j->border[g + 1] || !b->touched[g * (T / TOUCH + 1) + i]) continue;
        j->e->k->axpy(out, b->sums + (g * T + from) * width, (to - from) * width, 1);
    }
}

/* Work of a block, for groups of about equal work. */
static int64_t cost(const cpu_plan *p, const cpu_block *b)
{
    int64_t keys = p->parts[b->part0].own.len;
    for (int32_t i = 0; i < b->spans; i++) keys += p->spans[b->span0 + i].len;
    return (b->q1 - b->q0) * (keys + 1);
}

static void set_borders(job *j)
{
    const cpu_plan *p = j->a->plan;
    int64_t all = 0, sum = 0;
    for (int32_t i = 0; i < p->num_blocks; i++) all += cost(p, &p->blocks[i]);
    int g = 0;
    j->border[0] = 0;
    for (int32_t i = 0; i < p->num_blocks; i++) {
        while (g + 1 < j->groups && sum >= all * (g + 1) / j->groups) j->border[++g] = i;
        sum += cost(p, &p->blocks[i]);
    }
    while (g < j->groups) j->border[++g] = p->num_blocks;
}

int hone_cpu_key_groups(const hone_engine *e)
{
    return e->h ? CPU_HALF_KEY_GROUPS : CPU_KEY_GROUPS;
}

void hone_cpu_attention_back(hone_engine *e, const cpu_attention *a)
{
    job j = { .e = e, .a = a, .groups = hone_cpu_key_groups(e) };
    set_borders(&j);
    hone_parallel(e->threads, j.groups, backward_group, &j);
    hone_parallel(e->threads, (a->T + TOUCH - 1) / TOUCH, reduce_stretch, &j);
}
