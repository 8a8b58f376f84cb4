/*
 * Gemma 3's forward pass over the tokens of a batch (docs/gemma3.md, block of functiongemma's model
 * page):
 *
 *   q, k, v = linears of rmsnorm(x); q, k: norm a head, then rotation
 *   h = x + rmsnorm(o_proj(attention));  x' = h + rmsnorm(down(gelu(gate) * up)) of rmsnorm(h)
 *
 * Work is cut into pieces of rows that pass through a whole stretch of a layer, so that values stay
 * in the cache. The last layer computes keys and values for all tokens and the rest for needed rows
 * only.
 */
#include <string.h>

#include "kernels/parallel.h"
#include "model/engine_cpu.h"

void hone_cpu_embed(const hone_engine *e, float *x, const int32_t *tokens, int64_t n)
{
    const int64_t C = e->c.C;
    for (int64_t t = 0; t < n; t++) {
        float scale = e->embed_scale ? e->embed_scale[tokens[t]] : 1.0f;
        const float *row = hone_cpu_embed_rows(e, tokens[t], 1, x + t * C);
        if (row != x + t * C) memcpy(x + t * C, row, (size_t)C * sizeof *x);
        if (e->embed_scale) e->k->scale(x + t * C, C, scale); /* two roundings, as on the device */
        e->k->scale(x + t * C, C, e->c.embed_scale);
    }
}

void hone_cpu_gather(float *y, const float *x, const int32_t *pick, int64_t from, int64_t to,
                     int64_t n)
{
    for (int64_t i = from; i < to; i++)
        memcpy(y + (i - from) * n, x + (pick ? pick[i] : i) * n, (size_t)n * sizeof *y);
}

const float *hone_cpu_inputs(const cpu_pass *p, float *room, int64_t from, int64_t rows)
{
    if (!p->pick) return p->a->x + from * p->e->c.C;
    hone_cpu_gather(room, p->a->x, p->pick, from, from + rows, p->e->c.C);
    return room;
}

void hone_cpu_rotate(const hone_engine *e, float *y, const float *x, const float *gain, int heads,
                     int32_t pos, bool global)
{
    const int64_t HD = e->c.HD;
    e->k->rmsnorm_fwd(y, x, gain, heads, HD, e->c.rms_eps);
    e->k->rope_fwd(y, e->rope[global] + pos * HD, heads, HD);
}

cpu_pass hone_cpu_pass_of(hone_engine *e, int l)
{
    const bool last = l + 1 == e->c.L;
    const int64_t first = last ? 0 : e->batch.first;
    return (cpu_pass){ .e = e,
                       .y = &e->layer[l],
                       .a = &e->work.acts[l],
                       .pick = last ? e->batch.need : NULL,
                       .pos = last ? e->batch.need_pos : e->batch.pos,
                       .plan = last ? &e->batch.last : &e->batch.full,
                       .first = first,
                       .count = last ? e->batch.n : e->batch.T - first };
}

void hone_cpu_pass_over(cpu_pass *p, int64_t from, int64_t to)
{
    p->from = from;
    p->rows = to - from;
    p->pieces = hone_pieces(p->rows, p->e->h ? CPU_HALF_ROWS : CPU_ROWS);
}

void hone_cpu_pass_run(cpu_pass *p, int64_t from, int64_t to, hone_piece_fn *fn)
{
    hone_cpu_pass_over(p, from, to);
    hone_parallel(p->e->threads, p->pieces, fn, p);
}

static int64_t border(const cpu_pass *p, int64_t i)
{
    const int64_t at = hone_piece_at(p->rows, p->pieces, i);
    return p->e->h && i < p->pieces ? at / CPU_HALF_BORDER * CPU_HALF_BORDER : at;
}

int64_t hone_cpu_pass_rows(const cpu_pass *p, int64_t i, int64_t *ret_from)
{
    const int64_t at = border(p, i);
    *ret_from = p->from + at;
    return border(p, i + 1) - at;
}

bool hone_cpu_pass_finite(const cpu_pass *p)
{
    double sum = 0;
    for (int64_t i = 0; i < p->pieces; i++) sum += p->e->work.sums[i];
    return hone_cpu_finite(sum);
}

/* Rotated keys again, from the raw ones that a layer keeps. */
void hone_cpu_rotate_keys(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const cpu_pass *p = ctx;
    const hone_engine *e = p->e;
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), KW = e->KW;
    for (int64_t t = from; t < from + rows; t++)
        hone_cpu_rotate(e, e->work.kr + t * KW, p->a->kv + t * 2 * KW, p->y->k_norm, e->c.NKV,
                        e->batch.pos[t], p->y->global);
}

static float *saved_u(const cpu_pass *p, int group, int64_t from, const cpu_scratch *s)
{
    float *u = p->a->u[group];
    return u ? u + from * p->y->lora[group].n * p->e->R : s->u;
}

/* Keys and values of all tokens. */
static void keys_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    hone_engine *e = p->e;
    const cpu_scratch *s = &e->work.scratch[worker];
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), KW = e->KW;
    float *kv = p->a->kv + from * 2 * KW;
    hone_cpu_drop_at(p, worker, e->batch.pos + from);
    e->k->rmsnorm_fwd(s->n, p->a->x + from * e->c.C, p->y->input_norm, rows, e->c.C, e->c.rms_eps);
    hone_cpu_linear(e, &p->y->linear[GROUP_KV], &p->y->lora[GROUP_KV], kv,
                    saved_u(p, GROUP_KV, from, s), s->n, rows, s);
    for (int64_t t = 0; t < rows; t++)
        hone_cpu_rotate(e, e->work.kr + (from + t) * KW, kv + t * 2 * KW, p->y->k_norm, e->c.NKV,
                        e->batch.pos[from + t], p->y->global);
}

/* Queries of the layer's rows. */
static void queries_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    hone_engine *e = p->e;
    const cpu_scratch *s = &e->work.scratch[worker];
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), QW = e->QW;
    float *q = p->a->q + from * QW;
    hone_cpu_drop_at(p, worker, p->pos + from);
    const float *x = hone_cpu_inputs(p, s->x, from, rows);
    e->k->rmsnorm_fwd(s->n, x, p->y->input_norm, rows, e->c.C, e->c.rms_eps);
    hone_cpu_linear(e, &p->y->linear[GROUP_Q], &p->y->lora[GROUP_Q], q,
                    saved_u(p, GROUP_Q, from, s), s->n, rows, s);
    for (int64_t t = 0; t < rows; t++)
        hone_cpu_rotate(e, e->work.qr + (from + t) * QW, q + t * QW, p->y->q_norm, e->c.NH,
                        p->pos[from + t], p->y->global);
}

/* d = down(gelu(gate) * up) of s->n */
static void feed_forward(const cpu_pass *p, int64_t from, int64_t rows, float *d,
                         const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const int64_t F = e->c.F;
    float *u_gu = saved_u(p, GROUP_GU, from, s), *u_down = saved_u(p, GROUP_DOWN, from, s);
    if (e->h) {
        hone_cpu_half_ffn(p, from, rows, d, u_gu, u_down, s);
        return;
    }
    float *gu = p->a->gu ? p->a->gu + from * 2 * F : s->gu;
    hone_cpu_linear(e, &y->linear[GROUP_GU], &y->lora[GROUP_GU], gu, u_gu, s->n, rows, s);
    e->k->geglu_fwd(s->act, gu, rows, F);
    hone_cpu_linear(e, &y->linear[GROUP_DOWN], &y->lora[GROUP_DOWN], d, u_down, s->act, rows, s);
}

/* Output projection and feed-forward of the layer's rows. */
static void rest_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const cpu_scratch *s = &e->work.scratch[worker];
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), C = e->c.C;
    const float eps = e->c.rms_eps;
    float *ao = p->a->ao ? p->a->ao + from * C : s->t, *d = p->a->d ? p->a->d + from * C : s->t;
    float *out = p->out + from * C;
    hone_cpu_drop_at(p, worker, p->pos + from);
    hone_cpu_linear(e, &y->linear[GROUP_O], &y->lora[GROUP_O], ao, saved_u(p, GROUP_O, from, s),
                    p->a->o + from * e->QW, rows, s);
    e->k->rmsnorm_add(s->h, hone_cpu_inputs(p, s->x, from, rows), ao, y->post_attn_norm, rows, C,
                      eps);
    e->k->rmsnorm_fwd(s->n, s->h, y->pre_ffn_norm, rows, C, eps);
    feed_forward(p, from, rows, d, s);
    e->k->rmsnorm_add(out, s->h, d, y->post_ffn_norm, rows, C, eps);
    e->work.sums[i] = (double)e->k->sum(out, rows * C);
}

static void attend(const cpu_pass *p)
{
    hone_engine *e = p->e;
    cpu_attention a = { .plan = p->plan,
                        .window = p->y->global ? 0 : e->c.window,
                        .q = e->work.qr,
                        .k = e->work.kr,
                        .v = p->a->kv + e->KW,
                        .ldk = e->KW,
                        .ldv = 2 * e->KW,
                        .o = p->a->o,
                        .lse = p->a->lse,
                        .T = e->batch.T };
    hone_cpu_attention(e, &a);
}

/* All of a layer behind its keys and values. */
static void behind_keys(cpu_pass *p)
{
    hone_cpu_pass_run(p, p->first, p->first + p->count, queries_piece);
    attend(p);
    hone_cpu_pass_run(p, p->first, p->first + p->count, rest_piece);
}

static bool layer(hone_engine *e, int l)
{
    cpu_pass p = hone_cpu_pass_of(e, l);
    p.out = l + 1 < e->c.L ? e->work.acts[l + 1].x : e->work.out;
    hone_cpu_pass_run(&p, 0, e->batch.first, hone_cpu_rotate_keys);
    hone_cpu_pass_run(&p, e->batch.first, e->batch.T, keys_piece);
    behind_keys(&p);
    return hone_cpu_pass_finite(&p);
}

void hone_cpu_layer_again(hone_engine *e, int l)
{
    cpu_pass p = hone_cpu_pass_of(e, l);
    p.out = e->work.again;
    hone_cpu_pass_run(&p, 0, e->batch.T, hone_cpu_rotate_keys);
    behind_keys(&p);
}

static void embed_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const cpu_pass *p = ctx;
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from);
    hone_cpu_embed(p->e, p->a->x + from * p->e->c.C, p->e->batch.b->tokens + from, rows);
}

int hone_cpu_forward(hone_engine *e)
{
    const cpu_batch *b = &e->batch;
    cpu_pass first = hone_cpu_pass_of(e, 0);
    hone_cpu_pass_run(&first, b->first, b->T, embed_piece);
    for (int l = 0; l < e->c.L; l++) {
        if (!layer(e, l)) return l;
    }
    e->k->rmsnorm_fwd(e->work.hidden, e->work.out, e->final_norm, b->n, e->c.C, e->c.rms_eps);
    return -1;
}
