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

/* Where threads share a block: columns of a piece, and most pieces of values, as each repeats what
 * leads to them. */
enum { COLUMNS = 128, VALUES = 8 };

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
    int32_t col0, col1;     /* positions whose scores are wanted */
    int64_t d0, d1;         /* values of a head that are wanted */
} view;

int64_t hone_decode_scratch(const hone_cache *c, int32_t columns)
{
    const int64_t HD = c->e->c.HD, C = c->e->c.C;
    const int64_t back = DECODE_ROWS * ((int64_t)columns + DECODE_TILE + 2 * HD) + 64;
    const bool bare = !c->e->embed && !c->e->embed8.q; /* rows of the embedding, converted */
    const int64_t head = DECODE_ROWS * DECODE_VOCAB + 9 * C + (bare ? DECODE_VOCAB * C : 0);
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

/* Scores of rows r .. r + rows at the positions from .. to, as far as they are wanted; the key of
 * position from is in the cache's row `row`. */
static void score(const view *w, int64_t r, int64_t rows, int64_t row, int32_t from, int32_t to)
{
    const int64_t HD = w->c->e->c.HD;
    const int32_t a = from > w->col0 ? from : w->col0, b = to < w->col1 ? to : w->col1;
    if (b > a)
        w->c->e->k->few_nt(w->s + r * w->ld + a, w->ld, w->xt + r, w->k + (row + a - from) * HD,
                           HD, NULL, NULL, 0, w->stride, rows, b - a);
}

static void scores(const view *w)
{
    int32_t end, first = shared_first(w, &end);
    score(w, 0, w->rows, first, first, end);
    for (int32_t from = w->q0, to; from < w->q1; from = to) {
        to = run_end(w, from);
        const decode_item *it = item_of(w, from);
        const int64_t r = (int64_t)(from - w->q0) * w->heads;
        const int32_t own = own_first(w, from);
        score(w, r, (int64_t)(to - from) * w->heads, (int64_t)it->row0 + own, it->pos0 + own,
              position(w, to - 1) + 1);
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
    w->c->e->k->few_nt(w->y + w->d0, HD, w->pt, v + w->d0 * DECODE_TILE, DECODE_TILE, NULL, NULL, 0,
                       stride, rows, w->d1 - w->d0);
    for (int64_t i = 0; i < rows; i++) {
        float *o = w->o[r + i];
        const float *y = w->y + i * HD;
        for (int64_t d = w->d0; d < w->d1; d++) o[d] += y[d];
    }
}

static void outputs(const view *w)
{
    const int64_t HD = w->c->e->c.HD;
    int32_t end, first = shared_first(w, &end);
    for (int64_t r = 0; r < w->rows; r++)
        memset(w->o[r] + w->d0, 0, (size_t)(w->d1 - w->d0) * sizeof *w->o[r]);
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

/* A thread's memory beside the scores. */
static void place(view *w, int worker)
{
    w->y = w->c->scratch + worker * w->c->scratch_each + DECODE_ROWS * w->ld;
    w->pt = w->y + DECODE_ROWS * w->c->e->c.HD;
}

/* A block of queries, all of its scores and values wanted. */
static view look(const attention *a, int kv, int32_t block, int worker)
{
    hone_cache *c = a->c;
    const int64_t HD = c->e->c.HD;
    view w = { .a = a,
               .c = c,
               .heads = c->e->c.NH / c->e->c.NKV,
               .ld = c->columns,
               .col1 = c->columns,
               .d1 = HD };
    w.q0 = block * a->per_block;
    w.q1 = w.q0 + a->per_block < a->count ? w.q0 + a->per_block : a->count;
    w.rows = (int64_t)(w.q1 - w.q0) * w.heads;
    w.stride = decode_stride(w.rows);
    w.k = hone_decode_keys(c, a->l, kv);
    w.v = hone_decode_values(c, a->l, kv);
    w.s = c->scratch + worker * c->scratch_each;
    place(&w, worker);
    w.xt = w.pt + DECODE_ROWS * DECODE_TILE;
    for (int64_t r = 0; r < w.rows; r++) {
        const int64_t at = (w.q0 + r / w.heads) * c->e->QW + (kv * w.heads + r % w.heads) * HD;
        w.o[r] = a->o + at;
        for (int64_t d = 0; d < HD; d++) w.xt[d * w.stride + r] = a->q[at + d];
    }
    for (int64_t r = w.rows; r < w.stride; r++) {
        for (int64_t d = 0; d < HD; d++) w.xt[d * w.stride + r] = 0;
    }
    return w;
}

static void piece(void *ctx, int64_t index, int worker)
{
    const attention *a = ctx;
    const view w = look(a, (int)(index / a->blocks), (int32_t)(index % a->blocks), worker);
    scores(&w);
    probabilities(&w);
    outputs(&w);
}

/* Fewer blocks than threads: all share a block, first its columns, then its values. */
typedef struct shared {
    view w;
    int64_t columns, values; /* pieces */
} shared;

static void shared_scores(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const shared *p = ctx;
    view w = p->w;
    w.col0 = (int32_t)hone_piece_at(p->w.ld, p->columns, i);
    w.col1 = (int32_t)hone_piece_at(p->w.ld, p->columns, i + 1);
    scores(&w);
}

static void shared_outputs(void *ctx, int64_t i, int worker)
{
    const shared *p = ctx;
    const int64_t HD = p->w.c->e->c.HD;
    view w = p->w;
    w.d0 = HD * i / p->values;
    w.d1 = HD * (i + 1) / p->values;
    place(&w, worker);
    outputs(&w);
}

static void share(const attention *a, int kv, int32_t block)
{
    const int threads = a->c->e->threads;
    const int64_t HD = a->c->e->c.HD, most = HD < VALUES ? HD : VALUES;
    shared p = { .w = look(a, kv, block, 0),
                 .columns = hone_pieces(a->c->columns, COLUMNS),
                 .values = threads < most ? threads : most };
    hone_parallel(threads, p.columns, shared_scores, &p);
    probabilities(&p.w);
    hone_parallel(threads, p.values, shared_outputs, &p);
}

void hone_decode_attention(hone_cache *c, int l, const decode_want *wants, int32_t count,
                           const float *q, float *o)
{
    attention a = { .c = c, .l = l, .wants = wants, .count = count, .q = q, .o = o };
    const int32_t most = DECODE_ROWS / (c->e->c.NH / c->e->c.NKV);
    const int32_t fair = (count + c->e->threads - 1) / c->e->threads;
    a.per_block = fair < most ? fair : most;
    a.blocks = (count + a.per_block - 1) / a.per_block;
    const int32_t pieces = a.blocks * c->e->c.NKV;
    if (pieces >= c->e->threads || c->columns <= COLUMNS)
        hone_parallel(c->e->threads, pieces, piece, &a);
    else
        for (int32_t i = 0; i < pieces; i++) share(&a, i / a.blocks, i % a.blocks);
}
