/*
 * Attention of decoding (model/gemma3_decode.h). A block of queries meets the prefix's keys in one
 * product for all of them (with all heads that share a key/value head as further rows), and each
 * item's own keys in a product of its own. A row of scores has a column a position, prefix and own
 * keys side by side, so that its largest value and its sum are taken over one run of columns.
 * Probabilities meet the values in tiles of DECODE_TILE keys at fixed places; what a query does not
 * see has the probability 0 there, which adds nothing.
 *
 *   S = q k^T; p = exp(S - max) / sum; o = sum over tiles p v
 */
#include <string.h>

#include "model/gemma3_decode.h"

float *hone_decode_keys(const hone_cache *c, int l, int kv)
{
    return c->kv + ((int64_t)l * c->e->c.NKV + kv) * 2 * c->rows * c->e->c.HD;
}

float *hone_decode_values(const hone_cache *c, int l, int kv)
{
    return hone_decode_keys(c, l, kv) + c->rows * c->e->c.HD;
}

void hone_decode_store(hone_cache *c, int l, int32_t i, const float *key, const float *value)
{
    const int64_t HD = c->e->c.HD, row = c->row[i], in_tile = row % DECODE_TILE;
    for (int kv = 0; kv < c->e->c.NKV; kv++, key += HD, value += HD) {
        float *v = hone_decode_values(c, l, kv) + (row - in_tile) * HD + in_tile;
        memcpy(hone_decode_keys(c, l, kv) + row * HD, key, (size_t)HD * sizeof *key);
        for (int64_t d = 0; d < HD; d++) v[d * DECODE_TILE] = value[d];
    }
}

typedef struct attention {
    hone_cache *c;
    int l;
    const decode_want *wants; /* NULL: query i is token i */
    int32_t count, per_block, blocks;
    const float *q;
    float *o;
} attention;

/* One block of queries for one key/value head. */
typedef struct view {
    const attention *a;
    const hone_cache *c;
    int32_t q0, q1;
    int heads;              /* rows a query */
    int64_t rows, stride, ld;
    const float *k, *v;
    float *s;               /* [rows, ld] scores, then probabilities */
    float *xt, *pt, *y;     /* [HD, stride], [TILE, stride], [rows, HD] */
    float *o[DECODE_ROWS];
} view;

int64_t hone_decode_scratch(const hone_cache *c, int32_t columns)
{
    const int64_t HD = c->e->c.HD, C = c->e->c.C;
    const int64_t back = DECODE_ROWS * ((int64_t)columns + DECODE_TILE + 2 * HD) + 64;
    const int64_t head = DECODE_ROWS * DECODE_VOCAB + 8 * C;
    const int64_t one = (int64_t)(hone_int8_input_bytes(1, C) / sizeof(float));
    const int64_t most = head > one ? head : one;
    return back > most ? back : most;
}

static int32_t token_of(const view *w, int32_t query)
{
    return w->a->wants ? w->a->wants[query].token : query;
}

static const decode_item *item_of(const view *w, int32_t query)
{
    return &w->c->items[w->c->item[token_of(w, query)]];
}

static int32_t position(const view *w, int32_t query)
{
    return w->c->pos[token_of(w, query)];
}

/* The first position that a query at pos sees. */
static int32_t lowest(const view *w, int32_t pos)
{
    const int32_t window = w->c->e->layer[w->a->l].global ? 0 : w->c->e->c.window;
    return window && pos >= window ? pos - window + 1 : 0;
}

/* Queries from .. to that belong to one item; to is the end of it in the block. */
static int32_t run_end(const view *w, int32_t from)
{
    int32_t to = from + 1;
    while (to < w->q1 && item_of(w, to) == item_of(w, from)) to++;
    return to;
}

/* First own key that any query of from .. to sees, at a tile's border. */
static int32_t own_first(const view *w, int32_t from)
{
    const int32_t low = lowest(w, position(w, from)) - item_of(w, from)->pos0;
    return low > 0 ? low / DECODE_TILE * DECODE_TILE : 0;
}

/* First key of the prefix that any query sees, at a tile's border; its end. */
static int32_t shared_first(const view *w, int32_t *ret_end)
{
    int32_t low = INT32_MAX;
    *ret_end = item_of(w, w->q0)->pos0;
    for (int32_t i = w->q0; i < w->q1; i++) {
        const int32_t at = lowest(w, position(w, i));
        low = at < low ? at : low;
    }
    return low / DECODE_TILE * DECODE_TILE;
}

static void scores(const view *w)
{
    const int64_t HD = w->c->e->c.HD;
    const hone_kernels *k = w->c->e->k;
    int32_t end, first = shared_first(w, &end);
    if (end > first)
        k->few_nt(w->s + first, w->ld, w->xt, w->k + first * HD, HD, NULL, NULL, 0, w->stride,
                  w->rows, end - first);
    for (int32_t from = w->q0, to; from < w->q1; from = to) {
        to = run_end(w, from);
        const decode_item *it = item_of(w, from);
        const int64_t r = (int64_t)(from - w->q0) * w->heads;
        const int32_t own = own_first(w, from), n = position(w, to - 1) - it->pos0 + 1 - own;
        k->few_nt(w->s + r * w->ld + it->pos0 + own, w->ld, w->xt + r,
                  w->k + ((int64_t)it->row0 + own) * HD, HD, NULL, NULL, 0, w->stride,
                  (int64_t)(to - from) * w->heads, n);
    }
}

static void probabilities(const view *w)
{
    const hone_kernels *k = w->c->e->k;
    for (int64_t r = 0; r < w->rows; r++) {
        const int32_t pos = position(w, w->q0 + (int32_t)(r / w->heads)), low = lowest(w, pos);
        float *s = w->s + r * w->ld + low;
        const int64_t n = pos - low + 1;
        k->scale(s, n, 1 / k->exp_sum(s, n, k->max(s, n)));
    }
}

/* o += p v for rows r .. r + rows (at most all of the block) and a tile whose first key is at
 * position pos, of which keys keys are meant. */
static void add_tile(const view *w, int64_t r, int64_t rows, const float *v, int32_t pos,
                     int32_t keys)
{
    const int64_t HD = w->c->e->c.HD, stride = decode_stride(rows);
    memset(w->pt, 0, (size_t)(DECODE_TILE * stride) * sizeof *w->pt);
    for (int64_t i = 0; i < rows; i++) {
        const int32_t at = position(w, w->q0 + (int32_t)((r + i) / w->heads));
        int32_t from = lowest(w, at) - pos, to = at + 1 - pos;
        from = from > 0 ? from : 0;
        to = to < keys ? to : keys;
        const float *p = w->s + (r + i) * w->ld + pos;
        for (int32_t k = from; k < to; k++) w->pt[k * stride + i] = p[k];
    }
    w->c->e->k->few_nt(w->y, HD, w->pt, v, DECODE_TILE, NULL, NULL, 0, stride, rows, HD);
    for (int64_t i = 0; i < rows; i++) {
        float *o = w->o[r + i];
        const float *y = w->y + i * HD;
        for (int64_t d = 0; d < HD; d++) o[d] += y[d];
    }
}

static void outputs(const view *w)
{
    const int64_t HD = w->c->e->c.HD;
    int32_t end, first = shared_first(w, &end);
    for (int64_t r = 0; r < w->rows; r++) memset(w->o[r], 0, (size_t)HD * sizeof *w->o[r]);
    for (int32_t at = first; at < end; at += DECODE_TILE)
        add_tile(w, 0, w->rows, w->v + at * HD, at,
                 end - at < DECODE_TILE ? end - at : DECODE_TILE);
    for (int32_t from = w->q0, to; from < w->q1; from = to) {
        to = run_end(w, from);
        const decode_item *it = item_of(w, from);
        const int64_t r = (int64_t)(from - w->q0) * w->heads;
        const int64_t rows = (int64_t)(to - from) * w->heads;
        const int32_t n = position(w, to - 1) - it->pos0 + 1;
        for (int32_t own = own_first(w, from); own < n; own += DECODE_TILE)
            add_tile(w, r, rows, w->v + ((int64_t)it->row0 + own) * HD, it->pos0 + own,
                     n - own < DECODE_TILE ? n - own : DECODE_TILE);
    }
}

static void piece(void *ctx, int64_t index, int worker)
{
    const attention *a = ctx;
    hone_cache *c = a->c;
    const int64_t HD = c->e->c.HD;
    const int kv = (int)(index / a->blocks);
    view w = { .a = a, .c = c, .heads = c->e->c.NH / c->e->c.NKV, .ld = c->columns };
    w.q0 = (int32_t)(index % a->blocks) * a->per_block;
    w.q1 = w.q0 + a->per_block < a->count ? w.q0 + a->per_block : a->count;
    w.rows = (int64_t)(w.q1 - w.q0) * w.heads;
    w.stride = decode_stride(w.rows);
    w.k = hone_decode_keys(c, a->l, kv);
    w.v = hone_decode_values(c, a->l, kv);
    w.s = c->scratch + worker * c->scratch_each;
    w.y = w.s + DECODE_ROWS * w.ld;
    w.pt = w.y + DECODE_ROWS * HD;
    w.xt = w.pt + DECODE_ROWS * DECODE_TILE;
    for (int64_t r = 0; r < w.rows; r++) {
        const int64_t at = (w.q0 + r / w.heads) * c->e->QW + (kv * w.heads + r % w.heads) * HD;
        w.o[r] = a->o + at;
        for (int64_t d = 0; d < HD; d++) w.xt[d * w.stride + r] = a->q[at + d];
    }
    for (int64_t r = w.rows; r < w.stride; r++) {
        for (int64_t d = 0; d < HD; d++) w.xt[d * w.stride + r] = 0;
    }
    scores(&w);
    probabilities(&w);
    outputs(&w);
}

void hone_decode_attention(hone_cache *c, int l, const decode_want *wants, int32_t count,
                           const float *q, float *o)
{
    attention a = { .c = c, .l = l, .wants = wants, .count = count, .q = q, .o = o };
    const int32_t most = DECODE_ROWS / (c->e->c.NH / c->e->c.NKV);
    const int32_t fair = (count + c->e->threads - 1) / c->e->threads;
    a.per_block = fair < most ? fair : most;
    a.blocks = (count + a.per_block - 1) / a.per_block;
    hone_parallel(c->e->threads, (int64_t)a.blocks * c->e->c.NKV, piece, &a);
}
