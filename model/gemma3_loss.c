/*
 * Cross-entropy over the tied embedding in one sweep, without storing logits (docs/engine.md).
 *
 * The vocabulary is cut into CPU_RANGES ranges; each runs over its rows of E in blocks and keeps,
 * for every label row, a running maximum m, the mass sum = sum exp(l_v - m) of the wrong tokens and
 * acc = sum exp(l_v - m) E_v. m starts at the target's logit and the target itself is left out, so
 * that nothing cancels when the model is nearly right. Ranges are joined in order:
 *
 *   Z = sum + exp(l_y - m); loss = m - l_y + ln Z; dh = w (acc - sum E_y) / Z
 *
 * With skip_mass > 0 the second product leaves out a row's block when its mass is at most that
 * share of the row's mass so far, the target's included; loss and arg-max stay exact.
 *
 * With bf16 products (kernels/bf16.h) each block of E is packed from its rows in both orientations.
 */
#include <math.h>
#include <string.h>

#include "kernels/parallel.h"
#include "model/engine_cpu.h"

typedef struct sweep {
    hone_engine *e;
    const hone_label *labels;
    const float *h;     /* first label row of the slab; quantised for int8 models */
    const float *scale; /* its scales, or NULL */
    hone_int8_input in8; /* the slab, quantised; integers */
    const float *target_logit;
    int64_t first, n; /* label rows first .. first + n */
    bool gradient;
} sweep;

/* One range's running values for the slab. */
typedef struct range {
    float *max, *sum, *best_logit, *acc;
    int32_t *best_id;
} range;

static range range_of(const sweep *w, int64_t r)
{
    const cpu_loss_rows *l = &w->e->work.loss;
    int64_t at = r * w->n;
    return (range){ l->max + at, l->sum + at, l->best_logit + at,
                    w->gradient ? l->acc + at * w->e->c.C : NULL, l->best_id + at };
}

static void start_range(const sweep *w, range *g)
{
    for (int64_t i = 0; i < w->n; i++) {
        g->max[i] = w->target_logit[i];
        g->sum[i] = 0;
        g->best_logit[i] = -INFINITY;
        g->best_id[i] = -1;
    }
    if (w->gradient) memset(g->acc, 0, (size_t)(w->n * w->e->c.C) * sizeof *g->acc);
}

static int32_t find(const float *s, int64_t n, float x)
{
    for (int64_t i = 0; i < n; i++) {
        if (s[i] == x) return (int32_t)i;
    }
    return 0;
}

/* Takes in row i of a block of logits of the ids from v on: they become exp(logit - m). True when
 * the block counts for the gradient. */
static bool take_row(const sweep *w, range *g, float *s, int64_t i, int64_t v, int64_t n)
{
    const hone_kernels *k = w->e->k;
    int64_t target = w->labels[w->first + i].target - v;
    if (target >= 0 && target < n) s[target] = -INFINITY;
    float top = k->max(s, n);
    if (top > g->best_logit[i]) {
        g->best_logit[i] = top;
        g->best_id[i] = (int32_t)v + find(s, n, top);
    }
    if (top > g->max[i]) {
        float c = expf(g->max[i] - top);
        g->sum[i] *= c;
        if (w->gradient) k->scale(g->acc + i * w->e->c.C, w->e->c.C, c);
        g->max[i] = top;
    }
    float mass = k->exp_sum(s, n, g->max[i]);
    g->sum[i] += mass;
    if (w->e->skip_mass == 0) return true;
    const float row_mass = g->sum[i] + expf(w->target_logit[i] - g->max[i]);
    return !(mass <= w->e->skip_mass * row_mass); /* NaN counts */
}

/* A block of the vocabulary, ids v .. v + n, and the label rows at work with it: `rows` rows from
 * row `first` of the slab on, with their logits in s. */
typedef struct block {
    const cpu_scratch *scratch;
    const float *E; /* f32: its rows */
    int64_t v, n, first, rows;
    const hone_bf16 *logits, *sums; /* bf16: rows of E packed for either product */
} block;

/* y = P E for count rows of s. With bf16 a mass that lies on few rivals would show the rounding of
 * their p; where skipping has left few rows of a block, that is where P goes in as two parts. */
static void mix(const sweep *w, const block *b, float *y, int64_t count, bool add)
{
    const hone_engine *e = w->e;
    const int64_t C = e->c.C;
    float *s = b->scratch->s;
    if (!e->h) {
        e->g->nn(count, C, b->n, 1, s, b->n, b->E, C, add ? 1 : 0, y, C);
        return;
    }
    hone_bf16 *left = b->scratch->left, *rest = left + hone_bf16_size(count, b->n);
    const hone_bf16_term terms[] = { { left, b->sums, b->n }, { rest, b->sums, b->n } };
    e->h->left(left, s, b->n, count, b->n);
    const bool split = count <= b->rows / 4;
    if (split) e->h->left_rest(rest, s, b->n, count, b->n);
    e->h->gemm(y, C, count, C, add, terms, 1 + split);
}

/* acc += P E for the rows that count; their numbers are in kept. */
static void accumulate(const sweep *w, range *g, const block *b, const int32_t *kept, int64_t count)
{
    const hone_engine *e = w->e;
    const int64_t C = e->c.C, n = b->n;
    float *s = b->scratch->s, *t = b->scratch->p;
    if (count == b->rows) {
        mix(w, b, g->acc + b->first * C, count, true);
        return;
    }
    for (int64_t j = 0; j < count; j++) {
        const int64_t row = kept[j] - b->first;
        if (row != j) memcpy(s + j * n, s + row * n, (size_t)n * sizeof *s);
    }
    mix(w, b, t, count, false);
    for (int64_t j = 0; j < count; j++) e->k->axpy(g->acc + kept[j] * C, t + j * C, C, 1);
}

static void logits(const sweep *w, const block *b)
{
    const hone_engine *e = w->e;
    const int64_t C = e->c.C;
    if (e->embed8.q) {
        hone_int8_product(e->i8, b->scratch->s, b->n, &w->in8, &e->embed8,
                          (hone_int8_part){ 0, b->rows, b->v, b->v + b->n });
        return;
    }
    if (!e->h) {
        hone_cpu_product(e, b->E, e->embed_scale ? e->embed_scale + b->v : NULL, e->c.C,
                         b->scratch->s, b->n, w->h, w->scale, b->rows, b->n);
        return;
    }
    const hone_bf16_term product = { e->work.loss.left + hone_bf16_at(b->first, C), b->logits, C };
    e->h->gemm(b->scratch->s, b->n, b->rows, b->n, false, &product, 1);
}

static void take_rows(const sweep *w, range *g, const block *b)
{
    int32_t kept[CPU_LABELS];
    int64_t count = 0;
    logits(w, b);
    for (int64_t i = 0; i < b->rows; i++) {
        if (take_row(w, g, b->scratch->s + i * b->n, b->first + i, b->v, b->n))
            kept[count++] = (int32_t)(b->first + i);
    }
    if (w->gradient && count) accumulate(w, g, b, kept, count);
}

/* All rows of the slab; with bf16 in pieces whose logits stay in the cache. */
static void take_block(const sweep *w, range *g, block *b)
{
    const hone_engine *e = w->e;
    const int64_t C = e->c.C, most = e->h ? CPU_HALF_LABELS : CPU_LABELS;
    if (e->h) {
        hone_bf16 *packed = b->scratch->right;
        const hone_bf16 *E = e->embed_half + b->v * C;
        b->logits = packed;
        e->h->right_half(packed, E, C, b->n, C);
        packed += hone_bf16_size(b->n, C);
        b->sums = packed;
        if (w->gradient) e->h->right_t_half(packed, E, C, C, b->n);
    } else if (!e->embed8.q) {
        b->E = hone_cpu_embed_rows(e, b->v, b->n, b->scratch->e);
    }
    for (b->first = 0; b->first < w->n; b->first += most) {
        b->rows = w->n - b->first < most ? w->n - b->first : most;
        take_rows(w, g, b);
    }
}

static void sweep_range(void *ctx, int64_t r, int worker)
{
    const sweep *w = ctx;
    const hone_engine *e = w->e;
    range g = range_of(w, r);
    const int64_t end = hone_piece_at(e->c.V, CPU_RANGES, r + 1),
                  most = e->h ? CPU_HALF_VOCAB_BLOCK : CPU_VOCAB_BLOCK;
    block b = { .scratch = &e->work.scratch[worker], .v = hone_piece_at(e->c.V, CPU_RANGES, r) };
    start_range(w, &g);
    for (; b.v < end; b.v += b.n) {
        b.n = end - b.v < most ? end - b.v : most;
        take_block(w, &g, &b);
    }
}

/* Joins the ranges' scalars of row i of the slab; factor[r] brings range r to the common maximum.
 */
static void join(const sweep *w, int64_t i, float factor[CPU_RANGES], float *ret_sum, float *ret_z)
{
    cpu_loss_rows *l = &w->e->work.loss;
    const int64_t row = w->first + i;
    const float target_logit = w->target_logit[i];
    float max = target_logit, best_logit = target_logit;
    int32_t best = w->labels[row].target;
    for (int64_t r = 0; r < CPU_RANGES; r++) {
        range g = range_of(w, r);
        max = g.max[i] > max ? g.max[i] : max;
        if (g.best_logit[i] > best_logit ||
            (g.best_logit[i] == best_logit && g.best_id[i] < best)) {
            best_logit = g.best_logit[i];
            best = g.best_id[i];
        }
    }
    double sum = 0;
    for (int64_t r = 0; r < CPU_RANGES; r++) {
        range g = range_of(w, r);
        factor[r] = expf(g.max[i] - max);
        sum += (double)g.sum[i] * (double)factor[r];
    }
    double gap = (double)max - (double)target_logit, z = sum + exp(-gap);
    l->loss[row] = gap > 0 ? gap + log(z) : log1p(sum);
    l->lse[row] = (float)((double)target_logit + l->loss[row]);
    l->wrong[row] = (float)(sum / z);
    l->best[row] = best;
    *ret_sum = (float)sum;
    *ret_z = (float)z;
}

static void join_piece(void *ctx, int64_t piece, int worker)
{
    const sweep *w = ctx;
    const hone_engine *e = w->e;
    const int64_t C = e->c.C, pieces = hone_pieces(w->n, 64);
    float *room = e->work.scratch[worker].x;
    for (int64_t i = hone_piece_at(w->n, pieces, piece); i < hone_piece_at(w->n, pieces, piece + 1);
         i++) {
        float factor[CPU_RANGES], sum, z;
        join(w, i, factor, &sum, &z);
        if (!w->gradient) continue;
        const hone_label *label = &w->labels[w->first + i];
        float *dh = e->work.loss.dh + (w->first + i) * C;
        memset(dh, 0, (size_t)C * sizeof *dh);
        for (int64_t r = 0; r < CPU_RANGES; r++)
            e->k->axpy(dh, range_of(w, r).acc + i * C, C, factor[r]);
        e->k->axpy(dh, hone_cpu_embed_rows(e, label->target, 1, room), C, -sum);
        e->k->scale(dh, C, label->weight / z);
    }
}

/* bf16: the target's logit is of the same rounded h as all others. */
static void round_labels(hone_engine *e)
{
    const int64_t C = e->c.C;
    hone_bf16 *row = e->work.loss.left; /* not packed yet */
    for (int64_t i = 0; i < e->batch.b->num_labels; i++) {
        float *h = e->work.loss.h + i * C;
        e->h->round(row, h, C);
        e->h->widen(h, row, C);
    }
}

static void gather_labels(hone_engine *e)
{
    cpu_loss_rows *l = &e->work.loss;
    const hone_batch *b = e->batch.b;
    const int64_t C = e->c.C;
    hone_cpu_gather(l->h, e->work.hidden, e->batch.label_row, 0, b->num_labels, C);
    if (l->hq) hone_cpu_quantise(l->hq, l->hs, l->h, b->num_labels, C);
    hone_cpu_qat_inputs(e, l->h, b->num_labels, C);
    if (e->h) round_labels(e);
    for (int64_t i = 0; e->embed8.q && i < b->num_labels; i++) {
        const int64_t y = b->labels[i].target;
        const hone_int8_input one = hone_int8_input_place(l->one8, 1, C);
        hone_int8_quantise(e->i8, &e->embed8, &one, l->h + i * C, 0, 1);
        hone_int8_product(e->i8, &l->target_logit[i], 1, &one, &e->embed8,
                          (hone_int8_part){ 0, 1, y, y + 1 });
    }
    for (int64_t i = 0; !e->embed8.q && i < b->num_labels; i++) {
        const int64_t y = b->labels[i].target;
        const float *row = hone_cpu_embed_rows(e, y, 1, e->work.scratch[0].x);
        float dot = e->k->dot((l->hq ? l->hq : l->h) + i * C, row, C);
        l->target_logit[i] = l->hq ? dot * l->hs[i] * e->embed_scale[y] : dot;
    }
}

/* bf16: the slab's rows as an operand, 64 rows a piece (whole tiles). */
static void pack_labels(void *ctx, int64_t piece, int worker)
{
    (void)worker;
    const sweep *w = ctx;
    const int64_t C = w->e->c.C, from = piece * 64, left = w->n - from;
    if (left <= 0) return;
    w->e->h->left(w->e->work.loss.left + hone_bf16_at(from, C), w->h + from * C, C,
                  left < 64 ? left : 64, C);
}

void hone_cpu_loss(hone_engine *e, bool gradient)
{
    cpu_loss_rows *l = &e->work.loss;
    const int64_t all = e->batch.b->num_labels, slabs = (all + CPU_LABELS - 1) / CPU_LABELS;
    gather_labels(e);
    for (int64_t i = 0; i < slabs; i++) {
        int64_t first = all * i / slabs, C = e->c.C;
        sweep w = { .e = e,
                    .labels = e->batch.b->labels,
                    .h = (l->hq ? l->hq : l->h) + first * C,
                    .scale = l->hs ? l->hs + first : NULL,
                    .target_logit = l->target_logit + first,
                    .first = first,
                    .n = all * (i + 1) / slabs - first,
                    .gradient = gradient };
        if (e->h) hone_parallel(e->threads, (w.n + 63) / 64, pack_labels, &w);
        if (e->embed8.q) {
            w.in8 = hone_int8_input_place(l->in8, w.n, C);
            hone_int8_quantise(e->i8, &e->embed8, &w.in8, w.h, 0, w.n);
        }
        hone_parallel(e->threads, CPU_RANGES, sweep_range, &w);
        hone_parallel(e->threads, hone_pieces(w.n, 64), join_piece, &w);
    }
}

/* dE_v = sum_i w_i (p_iv - [v is the target]) h_i for the seven control rows */
void hone_cpu_loss_control(hone_engine *e)
{
    const cpu_loss_rows *l = &e->work.loss;
    const hone_batch *b = e->batch.b;
    const int64_t C = e->c.C, rows = HONE_CONTROL_ROWS;
    e->g->nt(b->num_labels, rows, C, 1, l->h, C, e->control_rows, C, 0, l->p, rows);
    for (int64_t i = 0; i < b->num_labels; i++) {
        float *p = l->p + i * rows;
        for (int64_t v = 0; v < rows; v++) p[v] = expf(p[v] - l->lse[i]) * b->labels[i].weight;
        int64_t target = b->labels[i].target - HONE_CONTROL_FIRST;
        if (target >= 0 && target < rows) p[target] = -l->wrong[i] * b->labels[i].weight;
    }
    e->g->tn(rows, C, b->num_labels, 1, l->p, rows, l->h, C, e->full ? 1 : 0,
             e->batch_grads + e->delta_at, C);
}
