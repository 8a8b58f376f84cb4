/*
 * The weights of an engine that computes with bf16 (kernels/bf16.h): packed once at opening in both
 * orientations, one for forward products and one for backward ones; the embedding as plain rows,
 * which the loss packs block by block. The adapter's operands are packed again after every update.
 */
#include <string.h>

#include "common/mem.h"
#include "model/engine_cpu.h"

/* Takes a packed operand of n rows and k terms from the block; only counts while there is none. */
static hone_bf16 *take(hone_bf16 *block, size_t *at, int64_t n, int64_t k)
{
    hone_bf16 *p = block ? block + *at : NULL;
    *at += (size_t)hone_bf16_size(n, k);
    return p;
}

static size_t lay_out_weights(hone_engine *e, hone_bf16 *block)
{
    size_t at = 0;
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) {
            cpu_linear *w = &e->layer[l].linear[g];
            for (int m = 0; m < w->members; m++) {
                const int64_t out = w->at[m + 1] - w->at[m];
                w->right[m] = take(block, &at, out, w->in);
                w->back[m] = e->training ? take(block, &at, w->in, out) : NULL;
            }
        }
    }
    e->embed_half = block ? block + at : NULL;
    return at + (size_t)e->c.V * (size_t)e->c.C;
}

static void pack_layer(void *ctx, int64_t l, int worker)
{
    (void)worker;
    const hone_engine *e = ctx;
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[l].linear[g];
        for (int m = 0; m < w->members; m++) {
            const int64_t out = w->at[m + 1] - w->at[m];
            const float *rows = w->w + (int64_t)w->at[m] * w->in;
            e->h->right(w->right[m], rows, w->in, out, w->in);
            if (w->back[m]) e->h->right_t(w->back[m], rows, w->in, w->in, out);
        }
    }
}

enum { EMBED_ROWS = 128 };

typedef struct rounding {
    const hone_engine *e;
    float *room; /* [threads, EMBED_ROWS, C] if the table is not in memory */
} rounding;

static void round_embed(void *ctx, int64_t i, int worker)
{
    const rounding *r = ctx;
    const hone_engine *e = r->e;
    const int64_t C = e->c.C, from = i * EMBED_ROWS,
                  n = e->c.V - from < EMBED_ROWS ? e->c.V - from : EMBED_ROWS;
    const float *rows = hone_cpu_embed_rows(e, from, n, r->room + worker * EMBED_ROWS * C);
    e->h->round(e->embed_half + from * C, rows, n * C);
}

void hone_cpu_half_pack(hone_engine *e)
{
    hone_parallel(e->threads, e->c.L, pack_layer, e);
}

static void pack_embed(hone_engine *e, float *room)
{
    rounding r = { e, room };
    hone_parallel(e->threads, (e->c.V + EMBED_ROWS - 1) / EMBED_ROWS, round_embed, &r);
}

void hone_cpu_half_pack_embed(hone_engine *e)
{
    pack_embed(e, NULL);
}

int hone_cpu_half_load(hone_engine *e, hone_err *err)
{
    const size_t bytes = lay_out_weights(e, NULL) * sizeof(hone_bf16);
    float *room = hone_aligned((size_t)(e->threads * EMBED_ROWS * e->c.C) * sizeof *room);
    e->half = hone_aligned(bytes);
    if (!e->half || !room) {
        hone_free(room);
        return hone_err_memory(err, "the model's packed weights", bytes);
    }
    (void)lay_out_weights(e, e->half);
    hone_cpu_half_pack(e);
    pack_embed(e, room);
    hone_free(room);
    if (e->training && !e->qat_on) hone_cpu_linears_drop(e); /* decoding brings them back */
    return 0;
}

static size_t lay_out_adapter(hone_engine *e, hone_bf16 *block)
{
    size_t at = 0;
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) {
            const cpu_linear *w = &e->layer[l].linear[g];
            cpu_lora *lora = &e->layer[l].lora[g];
            const int64_t width = lora->n * e->R;
            lora->a_right = take(block, &at, width, w->in);
            lora->a_back = take(block, &at, w->in, width);
            for (int j = 0; j < lora->n; j++) {
                const int64_t out = w->at[lora->member[j] + 1] - w->at[lora->member[j]];
                lora->b_right[j] = take(block, &at, out, e->R);
                lora->b_back[j] = take(block, &at, e->R, out);
            }
        }
    }
    return at;
}

int hone_cpu_half_attach(hone_engine *e, hone_err *err)
{
    const size_t bytes = lay_out_adapter(e, NULL) * sizeof(hone_bf16);
    e->half_operands = hone_aligned(bytes ? bytes : 1);
    if (!e->half_operands) return hone_err_memory(err, "an adapter", bytes);
    (void)lay_out_adapter(e, e->half_operands);
    return 0;
}

void hone_cpu_half_refresh(hone_engine *e, int64_t l)
{
    const int64_t R = e->R;
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[l].linear[g];
        const cpu_lora *lora = &e->layer[l].lora[g];
        if (!lora->n) continue;
        e->h->right(lora->a_right, lora->a, w->in, lora->n * R, w->in);
        e->h->right_t(lora->a_back, lora->a, w->in, w->in, lora->n * R);
        for (int j = 0; j < lora->n; j++) {
            const int64_t out = w->at[lora->member[j] + 1] - w->at[lora->member[j]];
            e->h->right(lora->b_right[j], lora->b[j], R, out, R);
            e->h->right_t(lora->b_back[j], lora->b[j], R, R, out);
        }
    }
}

void hone_cpu_half_refresh_control(hone_engine *e, const float *rows)
{
    const int64_t at = (int64_t)HONE_CONTROL_FIRST * e->c.C;
    e->h->round(e->embed_half + at, rows, (int64_t)HONE_CONTROL_ROWS * e->c.C);
}
