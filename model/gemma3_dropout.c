/*
 * LoRA dropout: the adapter's branch sees its input with a share p of the values at zero and the
 * others divided by 1 - p; the frozen product sees all of it. The mask is a function of seed, step,
 * layer, the linears that read the input (k and v read one, gate and up another), the token's
 * position and the channel. So tokens that several rows share have one mask, and computing them
 * once stays exact; it is also the same in every part, shard and repeated pass of a step.
 */
#include <string.h>

#include "common/rng.h"
#include "kernels/parallel.h"
#include "model/engine_cpu.h"

enum { WORDS = 8 }; /* 16 bits each of one block of random bits */

static void mask_row(const hone_engine *e, float *x, int64_t n, int key, int32_t pos)
{
    const uint32_t least = (uint32_t)(e->dropout * 65536.0f);
    const float scale = 1.0f / (1.0f - e->dropout);
    const uint64_t row = (uint64_t)key << 48 | (uint64_t)(uint32_t)pos << 20;
    for (int64_t i = 0; i < n; i += WORDS) {
        uint32_t bits[4];
        hone_rng_block(e->drop_seed, HONE_RNG_DROPOUT, e->drop_step, row | (uint64_t)(i / WORDS),
                       bits);
        for (int64_t k = i; k < n && k < i + WORDS; k++) {
            const uint32_t word = bits[(k - i) / 2] >> (k % 2 * 16) & 0xFFFFu;
            x[k] = word < least ? 0.0f : x[k] * scale;
        }
    }
}

static int key_of(int layer, const cpu_linear *w)
{
    return layer * HONE_LINEARS + (int)w->id[0];
}

void hone_cpu_drop_at(const cpu_pass *p, int worker, const int32_t *pos)
{
    cpu_scratch *s = &p->e->work.scratch[worker];
    s->pos = pos;
    s->layer = (int)(p->y - p->e->layer);
}

void hone_cpu_drop(const hone_engine *e, const cpu_linear *w, float *x, int64_t rows,
                   const cpu_scratch *s)
{
    for (int64_t t = 0; t < rows; t++)
        mask_row(e, x + t * w->in, w->in, key_of(s->layer, w), s->pos[t]);
}

typedef struct drop_job {
    const cpu_pass *p;
    int group;
    float *x;
    const int32_t *pos;
    int64_t first, rows, pieces;
} drop_job;

static void drop_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const drop_job *j = ctx;
    const cpu_linear *w = &j->p->y->linear[j->group];
    const int layer = (int)(j->p->y - j->p->e->layer);
    const int64_t from = j->first + hone_piece_at(j->rows, j->pieces, i),
                  to = j->first + hone_piece_at(j->rows, j->pieces, i + 1);
    for (int64_t t = from; t < to; t++)
        mask_row(j->p->e, j->x + t * w->in, w->in, key_of(layer, w), j->pos[t]);
}

void hone_cpu_drop_inputs(const cpu_pass *p)
{
    const hone_engine *e = p->e;
    const cpu_back *b = &e->work.back;
    float *const x[GROUPS] = { b->n1q, b->n1, p->a->o, b->n2, b->act };
    if (!e->dropping) return;
    for (int g = 0; g < GROUPS; g++) {
        const bool all = g == GROUP_KV;
        drop_job j = { .p = p, .group = g, .x = x[g], .pos = all ? e->batch.pos : p->pos,
                       .first = all ? e->batch.first : p->first };
        j.rows = all ? e->batch.T - j.first : p->count;
        j.pieces = hone_pieces(j.rows, CPU_ROWS);
        if (p->y->lora[g].n && j.rows) hone_parallel(e->threads, j.pieces, drop_piece, &j);
    }
}
