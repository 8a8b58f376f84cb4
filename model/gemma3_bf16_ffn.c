/*
 * The feed-forward part of a layer with bf16 products (kernels/bf16.h): gates, ups, their gradients
 * and what comes of them never become rows of floats, but go from product to product as packed
 * operands. The activation is computed in f32, tile by tile. Formulas: gemma3_forward.c and
 * gemma3_backward.c.
 */
#include <string.h>

#include "model/engine_cpu.h"

enum { TILE = HONE_BF16_TILE };

/* Rows of a layer kept as packed operands begin at whole tiles, whatever row a pass begins with. */
static int64_t tiles_at(const cpu_pass *p, int64_t from)
{
    const int64_t F = p->e->c.F, first = (p->from + HONE_BF16_ROWS - 1) / HONE_BF16_ROWS;
    return hone_bf16_at(first * HONE_BF16_ROWS + from - p->from, F);
}

/* act = gelu(gate) * up; what lies beyond rows and columns stays zero. */
static void activate(const hone_engine *e, hone_bf16 *act, const hone_bf16 *gate,
                     const hone_bf16 *up, int64_t n)
{
    float in[2 * TILE], out[TILE];
    for (int64_t i = 0; i < n; i += TILE) {
        e->h->widen(in, gate + i, TILE);
        e->h->widen(in + TILE, up + i, TILE);
        e->k->geglu_fwd(out, in, 1, TILE);
        e->h->round(act + i, out, TILE);
    }
}

/* dgate (in place of dact) and dup; act again. */
static void activate_back(const hone_engine *e, hone_bf16 *dact, hone_bf16 *dup, hone_bf16 *act,
                          const hone_bf16 *gate, const hone_bf16 *up, int64_t n)
{
    float in[2 * TILE], d[2 * TILE], dy[TILE], out[TILE];
    for (int64_t i = 0; i < n; i += TILE) {
        e->h->widen(in, gate + i, TILE);
        e->h->widen(in + TILE, up + i, TILE);
        e->h->widen(dy, dact + i, TILE);
        e->k->geglu_bwd(d, out, in, dy, 1, TILE);
        e->h->round(dact + i, d, TILE);
        e->h->round(dup + i, d + TILE, TILE);
        e->h->round(act + i, out, TILE);
    }
}

/* Against a device that rounds inputs to int8: act as it sees them. */
static void as_quantised(const hone_engine *e, hone_bf16 *act, int64_t rows, const cpu_scratch *s)
{
    const int64_t F = e->c.F, depth = HONE_BF16_DEPTH;
    if (!e->qat.activations) return;
    for (int64_t t = 0; t < rows; t++) {
        const hone_bf16 *row = act + hone_bf16_at(t, F) + t % HONE_BF16_ROWS * depth;
        for (int64_t i = 0; i < F; i += depth)
            e->h->widen(s->act + t * F + i, row + i / depth * TILE, F - i < depth ? F - i : depth);
    }
    hone_cpu_qat_inputs(e, s->act, rows, F);
    e->h->left(act, s->act, F, rows, F);
}

void hone_cpu_half_ffn(const cpu_pass *p, int64_t from, int64_t rows, float *d, float *u_gu,
                       float *u_down, const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const int64_t at = tiles_at(p, from);
    hone_bf16 *const gate = p->a->gate ? p->a->gate + at : s->gate,
                    *const up = p->a->up ? p->a->up + at : s->up, *const both[] = { gate, up };
    hone_cpu_qat_inputs(e, s->n, rows, e->c.C);
    hone_cpu_half_linear(e, &y->linear[GROUP_GU], &y->lora[GROUP_GU], NULL, both, u_gu, s->n, rows,
                         s);
    activate(e, s->act_half, gate, up, hone_bf16_size(rows, e->c.F));
    as_quantised(e, s->act_half, rows, s);
    hone_cpu_half_linear_in(e, &y->linear[GROUP_DOWN], &y->lora[GROUP_DOWN], d, u_down, s->act_half,
                            rows, s);
}

/* Down projection and activation: s->gate and s->up become the gradients of gates and ups. */
static void down_back(const cpu_pass *p, int64_t from, int64_t rows, const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const int64_t C = e->c.C, F = e->c.F, at = tiles_at(p, from);
    float *dd = s->n, *g = e->work.back.g[GROUP_DOWN] + from * y->lora[GROUP_DOWN].n * e->R;
    memset(dd, 0, (size_t)(rows * C) * sizeof *dd);
    e->k->rmsnorm_bwd(dd, p->out + from * C, p->a->d + from * C, y->post_ffn_norm, rows, C,
                      e->c.rms_eps);
    hone_cpu_half_linear_back(e, &y->linear[GROUP_DOWN], &y->lora[GROUP_DOWN], NULL, s->gate, g, dd,
                              rows, s);
    activate_back(e, s->gate, s->up, s->act_half, p->a->gate + at, p->a->up + at,
                  hone_bf16_size(rows, F));
    as_quantised(e, s->act_half, rows, s);
    hone_cpu_half_keep_left(p, e->work.back.kept[GROUP_DOWN].x, s->act_half, F, from, rows);
    hone_cpu_half_keep_outputs(p, GROUP_DOWN, dd, from, rows);
    hone_cpu_half_keep_ranks(p, GROUP_DOWN, from, rows);
}

void hone_cpu_half_ffn_back(const cpu_pass *p, int64_t from, int64_t rows, const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const cpu_kept *kept = &e->work.back.kept[GROUP_GU];
    const int64_t C = e->c.C;
    const float eps = e->c.rms_eps;
    float *n2 = s->n, *g = e->work.back.g[GROUP_GU] + from * y->lora[GROUP_GU].n * e->R;
    hone_bf16 *const dgu[] = { s->gate, s->up };
    down_back(p, from, rows, s);
    hone_cpu_half_back_in(e, &y->linear[GROUP_GU], &y->lora[GROUP_GU], s->t, g, dgu, rows, s);
    for (int m = 0; m < 2; m++)
        hone_cpu_half_keep_left(p, kept->dy[m], dgu[m], e->c.F, from, rows);
    e->k->rmsnorm_add(s->h, hone_cpu_inputs(p, s->x, from, rows), p->a->ao + from * C,
                      y->post_attn_norm, rows, C, eps);
    e->k->rmsnorm_fwd(n2, s->h, y->pre_ffn_norm, rows, C, eps);
    e->k->rmsnorm_bwd(p->out + from * C, s->t, s->h, y->pre_ffn_norm, rows, C, eps);
    hone_cpu_qat_inputs(e, n2, rows, C);
    hone_cpu_half_keep_inputs(p, GROUP_GU, n2, from, rows);
    hone_cpu_half_keep_ranks(p, GROUP_GU, from, rows);
}
