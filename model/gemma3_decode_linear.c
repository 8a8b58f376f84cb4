/*
 * Products of decoding (model/gemma3_decode.h). Inputs are transposed in chunks of DECODE_ROWS rows
 * for the kernel for few rows; a piece of work is some outputs for some chunks, so that weights are
 * read from memory once. Rows of a prefix go through the library's product, which is faster for
 * many rows. Integer weights: gemma3_decode_int8.c.
 */
#include <string.h>

#include "model/gemma3_decode.h"

void hone_decode_transpose(float *y, const float *x, int64_t ld, int64_t rows, int64_t n)
{
    const int64_t stride = decode_stride(rows);
    for (int64_t m = 0; m < stride; m += 8) { /* eight rows of x stay in the first cache */
        for (int64_t l = 0; l < n; l++) {
            for (int64_t k = m; k < m + 8; k++)
                y[l * stride + k] = k < rows ? x[k * ld + l] : 0.0f;
        }
    }
}

typedef struct product {
    hone_cache *c;
    const cpu_linear *w;
    const cpu_lora *lora;
    float *y;
    const float *x;
    int64_t rows, chunks, groups, out_pieces;
} product;

static int64_t chunk_rows(const product *p, int64_t chunk)
{
    const int64_t left = p->rows - chunk * DECODE_ROWS;
    return left < DECODE_ROWS ? left : DECODE_ROWS;
}

/* A chunk's inputs: quantised, transposed, and what the adapter makes of them. */
static void prepare(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const hone_cache *c = p->c;
    const hone_engine *e = c->e;
    const int64_t in = p->w->in, from = i * DECODE_ROWS, rows = chunk_rows(p, i);
    const int64_t width = p->lora->n * e->R, stride = decode_stride(rows);
    const float *x = p->x + from * in;
    float *xt = c->xt + from * in, *u = c->u + from * width;
    if (p->w->scale) {
        hone_cpu_quantise(c->xq + from * in, c->xs + from, x, rows, in);
        x = c->xq + from * in;
    } else if (e->qat.activations) {
        memcpy(c->xq + from * in, x, (size_t)(rows * in) * sizeof *x);
        hone_cpu_qat_inputs(e, c->xq + from * in, rows, in);
        x = c->xq + from * in;
    }
    hone_decode_transpose(xt, x, in, rows, in);
    if (!width) return;
    e->k->few_nt(u, width, xt, p->lora->a, in, NULL, NULL, 0, stride, rows, width);
    hone_decode_transpose(c->ut + from * width, u, width, rows, width);
}

/* Index of a group's member among the trained ones, -1 if it is none. */
static int trained(const cpu_lora *lora, int member)
{
    for (int j = 0; j < lora->n; j++) {
        if (lora->member[j] == member) return j;
    }
    return -1;
}

/* Some rows of a prefix by the library's product. Its bits hang on the number of rows, but nobody
 * else is among the rows of a prefix, and where they are cut depends on their number alone. */
static void prefix_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const hone_engine *e = p->c->e;
    const cpu_linear *w = p->w;
    const int64_t pieces = hone_pieces(p->rows, CPU_ROWS), from = hone_piece_at(p->rows, pieces, i);
    const int64_t rows = hone_piece_at(p->rows, pieces, i + 1) - from, R = e->R;
    const int64_t width = p->lora->n * R;
    const float *x = p->x + from * w->in;
    float *y = p->y + from * w->out, *u = p->c->u + from * width;
    if (w->scale) {
        float *xq = p->c->xq + from * w->in;
        hone_cpu_quantise(xq, p->c->xs + from, x, rows, w->in);
        x = xq;
    }
    e->g->nt(rows, w->out, w->in, 1, x, w->in, w->w, w->in, 0, y, w->out);
    hone_cpu_rescale(w->scale, y, w->out, p->c->xs + from, rows, 0, w->out);
    if (!width) return;
    e->g->nt(rows, width, w->in, 1, x, w->in, p->lora->a, w->in, 0, u, width);
    for (int j = 0; j < p->lora->n; j++) {
        const int m = p->lora->member[j];
        e->g->nt(rows, w->at[m + 1] - w->at[m], R, 1, u + j * R, width, p->lora->b[j], R, 1,
                 y + w->at[m], w->out);
    }
}

/* Outputs from .. to of one chunk. */
static void multiply(const product *p, int64_t chunk, int64_t from, int64_t to)
{
    const hone_cache *c = p->c;
    const cpu_linear *w = p->w;
    const int64_t first = chunk * DECODE_ROWS, rows = chunk_rows(p, chunk);
    const int64_t R = c->e->R, stride = decode_stride(rows), width = p->lora->n * R;
    const float *xt = c->xt + first * w->in, *ut = c->ut + first * width;
    float *y = p->y + first * w->out;
    for (int m = 0; m < w->members; m++) {
        const int64_t a = from > w->at[m] ? from : w->at[m];
        const int64_t b = to < w->at[m + 1] ? to : w->at[m + 1];
        const int j = trained(p->lora, m);
        if (a >= b) continue;
        c->e->k->few_nt(y + a, w->out, xt, w->w + a * w->in, w->in,
                        j < 0 ? NULL : ut + j * R * stride,
                        j < 0 ? NULL : p->lora->b[j] + (a - w->at[m]) * R, j < 0 ? 0 : R, stride,
                        rows, b - a);
    }
    hone_cpu_rescale(w->scale, y + from, w->out, c->xs + first, rows, from, to);
}

static void piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const int64_t o = i % p->out_pieces, group = i / p->out_pieces;
    const int64_t from = hone_piece_at(p->w->out, p->out_pieces, o);
    const int64_t to = hone_piece_at(p->w->out, p->out_pieces, o + 1);
    for (int64_t k = group * DECODE_GROUP; k < (group + 1) * DECODE_GROUP && k < p->chunks; k++)
        multiply(p, k, from, to);
}

void hone_decode_linear(hone_cache *c, int l, int group, float *y, const float *x, int64_t rows)
{
    static const cpu_lora merged; /* training against stored weights: nothing beside them */
    const hone_engine *e = c->e;
    product p = { .c = c,
                  .w = &e->layer[l].linear[group],
                  .lora = e->qat_on ? &merged : &e->layer[l].lora[group],
                  .y = y,
                  .x = x,
                  .rows = rows,
                  .chunks = (rows + DECODE_ROWS - 1) / DECODE_ROWS };
    if (p.w->q[0].q) {
        hone_decode_int8_linear(c, &p.w, &y, 1, x, rows);
        return;
    }
    if (c->prefill) {
        hone_parallel(e->threads, hone_pieces(rows, CPU_ROWS), prefix_piece, &p);
        return;
    }
    p.groups = (p.chunks + DECODE_GROUP - 1) / DECODE_GROUP;
    p.out_pieces = hone_pieces(p.w->out, DECODE_OUT);
    hone_parallel(e->threads, p.chunks, prepare, &p);
    hone_parallel(e->threads, p.groups * p.out_pieces, piece, &p);
}

void hone_decode_qkv(hone_cache *c, int l, float *q, float *kv, const float *x, int64_t rows)
{
    const cpu_linear *w = c->e->layer[l].linear;
    if (w[GROUP_Q].q[0].q && w[GROUP_KV].q[0].q) {
        const cpu_linear *both[] = { &w[GROUP_Q], &w[GROUP_KV] };
        hone_decode_int8_linear(c, both, (float *[]){ q, kv }, 2, x, rows);
        return;
    }
    hone_decode_linear(c, l, GROUP_Q, q, x, rows);
    hone_decode_linear(c, l, GROUP_KV, kv, x, rows);
}
