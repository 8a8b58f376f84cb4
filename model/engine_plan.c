/*
 * The plan of a batch: is it well-formed, where does each token stand, which rows do the labels
 * need, and which queries share their keys (docs/shared-prefix.md). Everything depends on shapes
 * alone.
 */
#include "model/engine_cpu.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

enum { FIRST_ROOM = 16, FEWEST_QUERIES = 8, MOST_SCORES = 2 << 20 };

static int grow(void **p, int32_t *room, int32_t wanted, size_t size, hone_err *err)
{
    if (wanted <= *room) return 0;
    int32_t more = *room ? *room * 2 : FIRST_ROOM;
    void *q = hone_realloc_array(*p, (size_t)more, size);
    if (!q) return hone_err_memory(err, "the plan of a batch", (size_t)more * size);
    *p = q;
    *room = more;
    return 0;
}

void hone_cpu_plan_clear(cpu_plan *p, int32_t nq, const int32_t *qpos)
{
    p->nq = nq;
    p->qpos = qpos;
    p->num_blocks = p->num_spans = p->num_parts = 0;
    p->max_scores = 0;
}

void hone_cpu_plan_done(cpu_plan *p)
{
    hone_free(p->blocks);
    hone_free(p->spans);
    hone_free(p->parts);
    memset(p, 0, sizeof *p);
}

int hone_cpu_plan_block(cpu_plan *p, cpu_block **ret, hone_err *err)
{
    HONE_TRY(grow((void **)&p->blocks, &p->block_room, p->num_blocks + 1, sizeof *p->blocks, err));
    cpu_block *b = &p->blocks[p->num_blocks++];
    *b = (cpu_block){ .span0 = p->num_spans, .part0 = p->num_parts };
    *ret = b;
    return 0;
}

int hone_cpu_plan_span(cpu_plan *p, cpu_span span, hone_err *err)
{
    HONE_TRY(grow((void **)&p->spans, &p->span_room, p->num_spans + 1, sizeof *p->spans, err));
    p->spans[p->num_spans++] = span;
    p->blocks[p->num_blocks - 1].spans++;
    return 0;
}

int hone_cpu_plan_part(cpu_plan *p, cpu_part part, hone_err *err)
{
    HONE_TRY(grow((void **)&p->parts, &p->part_room, p->num_parts + 1, sizeof *p->parts, err));
    cpu_block *b = &p->blocks[p->num_blocks - 1];
    if (!b->parts++) b->q0 = part.q0;
    b->q1 = part.q1;
    p->parts[p->num_parts++] = part;
    return 0;
}

void hone_cpu_plan_close(cpu_plan *p, int stack)
{
    for (int32_t i = 0; i < p->num_blocks; i++) {
        const cpu_block *b = &p->blocks[i];
        int64_t columns = 0, own = 0;
        for (int32_t j = 0; j < b->spans; j++) columns += p->spans[b->span0 + j].len;
        for (int32_t j = 0; j < b->parts; j++)
            own = p->parts[b->part0 + j].own.len > own ? p->parts[b->part0 + j].own.len : own;
        int64_t scores =
            (int64_t)(b->q1 - b->q0) * stack * hone_cpu_score_columns(columns + own);
        if (scores > p->max_scores) p->max_scores = scores;
    }
}

/* Most queries of a block: nq queries in all, each with up to keys keys in each of NH heads. */
static int32_t block_limit(int32_t nq, int64_t keys, int NH)
{
    int32_t limit = nq / 8;
    limit = limit < FEWEST_QUERIES ? FEWEST_QUERIES : limit > CPU_QUERIES ? CPU_QUERIES : limit;
    while (limit > FEWEST_QUERIES && limit * keys * NH > MOST_SCORES) limit /= 2;
    return limit;
}

int64_t hone_cpu_scores_bound(int64_t T, int NH)
{
    const int64_t columns = hone_cpu_score_columns(T);
    const int64_t few = FEWEST_QUERIES * columns * NH, many = CPU_QUERIES * columns * NH;
    const int64_t limit = MOST_SCORES + hone_cpu_score_columns(1) * CPU_QUERIES * NH;
    const int64_t most = many < limit ? many : limit;
    return few > most ? few : most;
}

static int check_segments(const hone_engine *e, const hone_batch *b, int32_t *segment_pos,
                          hone_err *err)
{
    int32_t start = 0;
    for (int32_t s = 0; s < b->num_segments; s++) {
        const hone_segment *g = &b->segments[s];
        if (g->parent < -1 || g->parent >= s || g->start != start || g->len < 1 ||
            g->len > b->num_tokens - start)
            return hone_fail(
                err, HONE_E_DATA,
                "segment %d of a batch (parent %d, tokens %d + %d of %d) is out of order", s,
                g->parent, g->start, g->len, b->num_tokens);
        segment_pos[s] = g->parent < 0 ? 0 : segment_pos[g->parent] + b->segments[g->parent].len;
        if (segment_pos[s] > e->c.max_positions - g->len)
            return hone_fail(err, HONE_E_DATA, "a row has %lld tokens, the model takes %d",
                             (long long)segment_pos[s] + g->len, e->c.max_positions);
        start += g->len;
    }
    if (start != b->num_tokens || start < 1)
        return hone_fail(err, HONE_E_DATA, "a batch has %d tokens, its segments %d", b->num_tokens,
                         start);
    return 0;
}

static int check_ids(const hone_engine *e, const hone_batch *b, hone_err *err)
{
    for (int32_t t = 0; t < b->num_tokens; t++) {
        if (b->tokens[t] < 0 || b->tokens[t] >= e->c.V)
            return hone_fail(err, HONE_E_DATA,
                             "token %d of a batch is id %d; the vocabulary has %d", t, b->tokens[t],
                             e->c.V);
    }
    for (int32_t i = 0; i < b->num_labels; i++) {
        const hone_label *l = &b->labels[i];
        if (l->at < 0 || l->at >= b->num_tokens || l->target < 0 || l->target >= e->c.V)
            return hone_fail(err, HONE_E_DATA,
                             "label %d of row %d (token %d of %d, id %d of %d) is out of range", i,
                             l->row, l->at, b->num_tokens, l->target, e->c.V);
    }
    return 0;
}

/* Held tokens are segment 0, as it was held, and have no labels. */
static int check_held(const hone_engine *e, const hone_batch *b, hone_err *err)
{
    if (!b->held) return 0;
    bool same = b->held == e->held && b->segments[0].len == e->held && b->num_segments > 1 &&
                !memcmp(b->tokens, e->held_tokens, (size_t)e->held * sizeof *b->tokens);
    for (int32_t i = 0; same && i < b->num_labels; i++) same = b->labels[i].at >= e->held;
    if (same) return 0;
    return hone_fail(err, HONE_E_INTERNAL, "a batch goes on from %d held tokens; %d are held",
                     b->held, e->held);
}

static int reserve(cpu_batch *c, size_t count, hone_err *err)
{
    if (count <= c->room_count) return 0;
    int32_t *room = hone_realloc_array(c->room, count, sizeof *room);
    if (!room) return hone_err_memory(err, "the plan of a batch", count * sizeof *room);
    c->room = room;
    c->room_count = count;
    return 0;
}

/* Marks the tokens whose hidden states are asked for; fills need, need_pos and label_row. */
static void find_needed(cpu_batch *c, const hone_batch *b, const int32_t *need_at, int32_t count,
                        int32_t *mark)
{
    memset(mark, 0, (size_t)c->T * sizeof *mark);
    for (int32_t i = 0; i < count; i++) mark[need_at ? need_at[i] : b->labels[i].at] = 1;
    c->n = 0;
    for (int32_t t = 0; t < c->T; t++) {
        if (!mark[t]) continue;
        mark[t] = c->n;
        c->need[c->n] = t;
        c->need_pos[c->n++] = c->pos[t];
    }
    for (int32_t i = 0; i < count; i++)
        c->label_row[i] = mark[need_at ? need_at[i] : b->labels[i].at];
}

/* Keys of every ancestor of a segment, nearest first. */
static int add_ancestors(cpu_plan *p, const cpu_batch *c, int32_t parent, hone_err *err)
{
    for (int32_t s = parent; s >= 0; s = c->b->segments[s].parent) {
        const hone_segment *g = &c->b->segments[s];
        HONE_TRY(hone_cpu_plan_span(p, (cpu_span){ g->start, c->segment_pos[s], g->len }, err));
    }
    return 0;
}

/* Queries q0 .. q1 of segment s, in a new block or in the open one. */
static int add_part(cpu_plan *p, const cpu_batch *c, int32_t s, int32_t q0, int32_t q1, bool fresh,
                    hone_err *err)
{
    const hone_segment *g = &c->b->segments[s];
    if (fresh) {
        cpu_block *block;
        HONE_TRY(hone_cpu_plan_block(p, &block, err));
        HONE_TRY(add_ancestors(p, c, g->parent, err));
    }
    int32_t pos = c->segment_pos[s], len = p->qpos[q1 - 1] - pos + 1;
    return hone_cpu_plan_part(p, (cpu_part){ q0, q1, { g->start, pos, len } }, err);
}

/* Blocks of the queries need[0 .. nq) (the tokens first .. nq when need is NULL): as many whole
 * siblings as fit, or a piece of one long segment. */
static int build_plan(cpu_plan *p, const cpu_batch *c, const int32_t *need, int32_t nq,
                      const int32_t *qpos, int NH, int stack, hone_err *err)
{
    const hone_batch *b = c->b;
    const int32_t limit = block_limit(nq, c->max_pos, NH);
    int32_t open = 0, parent = -2, q = need ? 0 : c->first; /* queries in the open block; parent */
    hone_cpu_plan_clear(p, nq, qpos);
    for (int32_t s = c->first > 0; s < b->num_segments; s++) {
        const hone_segment *g = &b->segments[s];
        int32_t q0 = q;
        while (q < nq && (need ? need[q] : q) < g->start + g->len) q++;
        int32_t count = q - q0, pieces = (count + limit - 1) / limit;
        if (!count) continue;
        bool fresh = pieces > 1 || parent != g->parent || open + count > limit;
        for (int32_t i = 0; i < pieces; i++) {
            int32_t from = q0 + (int32_t)((int64_t)count * i / pieces);
            int32_t to = q0 + (int32_t)((int64_t)count * (i + 1) / pieces);
            HONE_TRY(add_part(p, c, s, from, to, fresh, err));
        }
        open = pieces > 1 ? limit : fresh ? count : open + count;
        parent = g->parent;
    }
    hone_cpu_plan_close(p, stack);
    return 0;
}

int hone_cpu_batch_set(hone_engine *e, const hone_batch *b, const int32_t *need_at,
                       int32_t need_count, hone_err *err)
{
    cpu_batch *c = &e->batch;
    const int32_t count = need_at ? need_count : b->num_labels;
    if (b->num_tokens < 1 || b->num_segments < 1 || b->num_segments > b->num_tokens ||
        count < (need_at ? 0 : 1))
        return hone_fail(err, HONE_E_DATA, "a batch has %d tokens, %d segments, %d labels",
                         b->num_tokens, b->num_segments, count);
    size_t T = (size_t)b->num_tokens, n = (size_t)count < T ? (size_t)count : T;
    HONE_TRY(reserve(c, 2 * T + 2 * n + (size_t)count + (size_t)b->num_segments, err));
    c->b = b;
    c->T = b->num_tokens;
    c->first = b->held;
    c->pos = c->room;
    c->need = c->pos + T;
    c->need_pos = c->need + n;
    c->label_row = c->need_pos + n;
    c->segment_pos = c->label_row + count;
    int32_t *mark = c->segment_pos + b->num_segments;
    HONE_TRY(check_segments(e, b, c->segment_pos, err));
    HONE_TRY(check_ids(e, b, err));
    HONE_TRY(check_held(e, b, err));
    c->max_pos = 0;
    for (int32_t s = 0; s < b->num_segments; s++) {
        const hone_segment *g = &b->segments[s];
        for (int32_t i = 0; i < g->len; i++) c->pos[g->start + i] = c->segment_pos[s] + i;
        if (c->segment_pos[s] + g->len > c->max_pos) c->max_pos = c->segment_pos[s] + g->len;
    }
    for (int32_t i = 0; need_at && i < need_count; i++) {
        if (need_at[i] < 0 || need_at[i] >= c->T)
            return hone_fail(err, HONE_E_DATA, "token %d is asked for, the batch has %d",
                             need_at[i], c->T);
    }
    find_needed(c, b, need_at, count, mark);
    const int stack = e->c.NKV == 1 ? e->c.NH : 1;
    HONE_TRY(build_plan(&c->full, c, NULL, c->T, c->pos, e->c.NH, stack, err));
    HONE_TRY(build_plan(&c->last, c, c->need, c->n, c->need_pos, e->c.NH, stack, err));
    return hone_cpu_rope_reserve(e, c->max_pos, err);
}

void hone_cpu_batch_done(cpu_batch *b)
{
    hone_cpu_plan_done(&b->full);
    hone_cpu_plan_done(&b->last);
    hone_free(b->room);
    memset(b, 0, sizeof *b);
}

/* Angles as the device computes them: position times base^(-2i/HD), both f32, one rounding. */
static void fill_rope(float *table, const hone_config *c, bool global, int32_t from, int32_t to)
{
    const double base = global ? c->rope_global : c->rope_local,
                 scale = global ? c->rope_scale : 1.0;
    const int half = c->HD / 2;
    for (int i = 0; i < half; i++) {
        const float f = (float)(pow(base, -2.0 * i / c->HD) / scale);
        for (int32_t pos = from; pos < to; pos++) {
            const float angle = (float)pos * f;
            table[(int64_t)pos * c->HD + i] = (float)cos((double)angle);
            table[(int64_t)pos * c->HD + half + i] = (float)sin((double)angle);
        }
    }
}

int hone_cpu_rope_reserve(hone_engine *e, int32_t end, hone_err *err)
{
    if (end <= e->rope_len) return 0;
    int32_t len = end < 512 ? 512 : (end + 1023) / 1024 * 1024;
    for (int i = 0; i < 2; i++) {
        float *p = hone_realloc_array(e->rope[i], (size_t)len * (size_t)e->c.HD, sizeof *p);
        if (!p)
            return hone_err_memory(err, "rotary tables", (size_t)len * (size_t)e->c.HD * sizeof *p);
        e->rope[i] = p;
    }
    for (int i = 0; i < 2; i++) fill_rope(e->rope[i], &e->c, i == 1, e->rope_len, len);
    e->rope_len = len;
    return 0;
}
