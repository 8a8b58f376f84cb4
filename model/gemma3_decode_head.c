/*
 * The choices of decoding (model/gemma3_decode.h): logits of the wanted rows run over the
 * vocabulary in blocks, and only the two best ids and the mass of each row are kept. A row that may
 * choose among a few ids meets only their rows of the embedding; one with a mask drops what is not
 * in it.
 */
#include <math.h>
#include <string.h>

#include "model/gemma3_decode.h"

typedef struct head {
    hone_cache *c;
    const float *h;      /* inputs of the product: hidden, or its int8 form */
    const float *scale;  /* of each row, integers as floats */
    hone_int8_input in;  /* integers: the rows that look at the whole vocabulary, in their order */
    int64_t chunks;
} head;

static bool mask_has(const uint64_t *mask, int64_t id)
{
    return mask[id >> 6] >> (id & 63) & 1;
}

/* Best of n logits whose ids begin at v, into the running best; add the mass. */
static void add_block(decode_top *t, const hone_kernels *k, float *s, int64_t v, int64_t n)
{
    const float max = k->max(s, n);
    if (max > t->second) { /* few blocks: the scan need not be fast */
        for (int64_t i = 0; i < n; i++) {
            if (s[i] > t->best) {
                if (t->best > -INFINITY) t->sum *= exp((double)t->best - (double)s[i]);
                t->second = t->best;
                t->second_id = t->id;
                t->best = s[i];
                t->id = (int32_t)(v + i);
            } else if (s[i] > t->second) {
                t->second = s[i];
                t->second_id = (int32_t)(v + i);
            }
        }
    }
    if (t->best > -INFINITY) t->sum += (double)k->exp_sum(s, n, t->best);
}

static const hone_feed *feed_of(const hone_cache *c, int32_t want)
{
    return c->wants[want].feed;
}

/* Rows v .. v + n of the embedding, NULL if they are integers. */
static void block_of_chunk(const head *p, int64_t range, int64_t chunk, int64_t v, int64_t n,
                           const float *embed, float *s)
{
    const hone_cache *c = p->c;
    const hone_engine *e = c->e;
    const int64_t C = e->c.C, first = chunk * DECODE_ROWS, left = c->num_wide - first;
    const int64_t rows = left < DECODE_ROWS ? left : DECODE_ROWS;
    if (embed)
        e->k->few_nt(s, n, c->xt + first * C, embed, C, NULL, NULL, 0, decode_stride(rows), rows,
                     n);
    else
        hone_int8_product(e->i8, s, n, &p->in, &e->embed8,
                          (hone_int8_part){ first, first + rows, v, v + n });
    for (int64_t i = 0; i < rows; i++) {
        const int32_t want = c->wide[first + i];
        const hone_feed *f = feed_of(c, want);
        float *row = s + i * n;
        hone_cpu_rescale(e->embed_scale, row, n, p->scale ? p->scale + want : NULL, 1, v, v + n);
        for (int64_t j = 0; f && f->mask && j < n; j++) {
            if (!mask_has(f->mask, v + j)) row[j] = -INFINITY;
        }
        add_block(&c->tops[range * c->n + want], e->k, row, v, n);
    }
}

static void range_piece(void *ctx, int64_t r, int worker)
{
    const head *p = ctx;
    const hone_cache *c = p->c;
    float *s = c->scratch + worker * c->scratch_each;
    const int64_t V = c->e->c.V, end = hone_piece_at(V, CPU_RANGES, r + 1);
    for (int32_t i = 0; i < c->n; i++)
        c->tops[r * c->n + i] = (decode_top){ -INFINITY, -INFINITY, -1, -1, 0 };
    for (int64_t v = hone_piece_at(V, CPU_RANGES, r); v < end; v += DECODE_VOCAB) {
        const int64_t n = end - v < DECODE_VOCAB ? end - v : DECODE_VOCAB;
        const float *embed = c->e->embed8.q ? NULL
                                            : hone_cpu_embed_rows(c->e, v, n,
                                                                  s + DECODE_ROWS * DECODE_VOCAB);
        for (int64_t k = 0; k < p->chunks; k++) block_of_chunk(p, r, k, v, n, embed, s);
    }
}

/* The ranges of row i joined in order; of equal logits the lower id wins. */
static decode_top join(const hone_cache *c, int32_t i)
{
    decode_top all = c->tops[i];
    for (int64_t r = 1; r < CPU_RANGES; r++) {
        const decode_top *t = &c->tops[r * c->n + i];
        const float best = t->best > all.best ? t->best : all.best;
        if (t->id < 0) continue;
        all.sum = (all.id < 0 ? 0 : all.sum * exp((double)all.best - (double)best)) +
                  t->sum * exp((double)t->best - (double)best);
        if (t->best > all.best) {
            const bool keep = all.best >= t->second;
            all.second = keep ? all.best : t->second;
            all.second_id = keep ? all.id : t->second_id;
            all.best = t->best;
            all.id = t->id;
        } else if (t->best > all.second) {
            all.second = t->best;
            all.second_id = t->id;
        }
    }
    return all;
}

/* The best of a list's ids, integers. */
static void listed_int8(const hone_engine *e, decode_top *all, const hone_feed *f, const float *h,
                        float *scratch)
{
    const hone_int8_input one = hone_int8_input_place(scratch, 1, e->c.C);
    hone_int8_quantise(e->i8, &e->embed8, &one, h, 0, 1);
    for (int32_t i = 0; i < f->num_allowed; i++) {
        const int64_t id = f->allowed[i];
        float s;
        hone_int8_product(e->i8, &s, 1, &one, &e->embed8, (hone_int8_part){ 0, 1, id, id + 1 });
        add_block(all, e->k, &s, id, 1);
    }
}

/* A row that chooses among the ids of a list. */
static void listed_piece(void *ctx, int64_t want, int worker)
{
    const head *p = ctx;
    const hone_cache *c = p->c;
    const hone_engine *e = c->e;
    const hone_feed *f = feed_of(c, (int32_t)want);
    const int64_t C = e->c.C;
    if (!f || !f->allowed) return;
    float *xt = c->scratch + worker * c->scratch_each;
    decode_top all = { -INFINITY, -INFINITY, -1, -1, 0 };
    if (!e->embed8.q)
        hone_decode_transpose(xt, p->h + want * C, C, 1, C);
    else
        listed_int8(e, &all, f, p->h + want * C, xt);
    for (int32_t i = 0; !e->embed8.q && i < f->num_allowed; i++) {
        const int64_t id = f->allowed[i];
        float s;
        const float *row = hone_cpu_embed_rows(e, id, 1, xt + 8 * C);
        e->k->few_nt(&s, 1, xt, row, C, NULL, NULL, 0, 8, 1, 1);
        hone_cpu_rescale(e->embed_scale, &s, 1, p->scale ? p->scale + want : NULL, 1, id, id + 1);
        add_block(&all, e->k, &s, id, 1);
    }
    for (int64_t r = 0; r < CPU_RANGES; r++)
        c->tops[r * c->n + want] =
            r ? (decode_top){ -INFINITY, -INFINITY, -1, -1, 0 } : all;
}

/* Rows that look at the whole vocabulary, transposed in chunks. */
static void gather(const head *p)
{
    hone_cache *c = p->c;
    const int64_t C = c->e->c.C;
    for (int64_t k = 0; k < p->chunks; k++) {
        const int64_t first = k * DECODE_ROWS, left = c->num_wide - first;
        const int64_t rows = left < DECODE_ROWS ? left : DECODE_ROWS, stride = decode_stride(rows);
        float *xt = c->xt + first * C;
        for (int64_t m = 0; m < stride; m++) {
            const float *x = m < rows ? p->h + c->wide[first + m] * C : NULL;
            for (int64_t l = 0; l < C; l++) xt[l * stride + m] = x ? x[l] : 0.0f;
        }
    }
}

/* The same rows quantised. */
static void gather_int8(head *p)
{
    hone_cache *c = p->c;
    const int64_t C = c->e->c.C;
    for (int32_t i = 0; i < c->num_wide; i++) /* ascending: t is free by now */
        memcpy(c->t + i * C, p->h + c->wide[i] * C, (size_t)C * sizeof *c->t);
    p->in = hone_int8_input_place(c->in8, c->num_wide, C);
    hone_int8_quantise(c->e->i8, &c->e->embed8, &p->in, c->t, 0, c->num_wide);
}

void hone_decode_head(hone_cache *c, hone_pick *ret)
{
    hone_engine *e = c->e;
    head p = { .c = c, .h = c->hidden };
    c->num_wide = 0;
    for (int32_t i = 0; i < c->n; i++) {
        const hone_feed *f = feed_of(c, i);
        if (!f || !f->allowed) c->wide[c->num_wide++] = i;
    }
    p.chunks = (c->num_wide + DECODE_ROWS - 1) / DECODE_ROWS;
    hone_cpu_qat_inputs(e, c->hidden, c->n, e->c.C);
    if (e->embed_scale) {
        hone_cpu_quantise(c->xq, c->xs, c->hidden, c->n, e->c.C);
        p.h = c->xq;
        p.scale = c->xs;
    }
    if (!e->embed8.q)
        gather(&p);
    else
        gather_int8(&p);
    if (c->num_wide) hone_parallel(e->threads, CPU_RANGES, range_piece, &p);
    if (c->num_wide < c->n) hone_parallel(e->threads, c->n, listed_piece, &p);
    for (int32_t i = 0; i < c->n; i++) {
        const decode_top all = join(c, i);
        ret[i] = (hone_pick){ .id = all.id,
                              .second = all.second_id,
                              .logit = all.best,
                              .second_logit = all.second,
                              .logprob = (float)-log(all.sum) };
    }
}
