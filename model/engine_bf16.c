/*
 * The weights of an engine that computes with bf16 (kernels/bf16.h): packed once at opening in both
 * orientations, one for forward products and one for backward ones; the embedding as plain rows,
 * which the loss packs block by block. The adapter's operands are packed again after every update.
 */
#include <stdatomic.h>
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

enum { EMBED_ROWS = 128 };

/* Rows are read from memory, or converted into a thread's room. */
typedef struct packing {
    const hone_engine *e;
    float *room; /* [threads, each]; NULL: all rows are in memory */
    int64_t each;
    _Atomic(const hone_tensor *) bad; /* one that holds NaN or infinity */
} packing;

static int64_t member_values(const hone_engine *e, hone_linear_id id)
{
    int64_t out, in;
    hone_config_linear_shape(&e->c, id, &out, &in);
    return out * in;
}

static void pack_linear(void *ctx, int64_t i, int worker)
{
    packing *p = ctx;
    const hone_engine *e = p->e;
    const int64_t l = i / HONE_LINEARS;
    const cpu_linear *w = e->layer[l].linear;
    int m = (int)(i % HONE_LINEARS);
    while (m >= w->members) m -= (w++)->members;
    const int64_t out = w->at[m + 1] - w->at[m];
    float *room = w->w ? NULL : p->room + worker * p->each;
    const float *rows = w->w ? w->w + (int64_t)w->at[m] * w->in : room;
    const hone_tensor *t = &e->model->layers[l].linear[w->id[m]];
    if (room) hone_tensor_rows_f32(t, 0, out, room);
    if (room && !hone_cpu_finite((double)e->k->sum(room, out * w->in)))
        atomic_store(&p->bad, t);
    e->h->right(w->right[m], rows, w->in, out, w->in);
    if (w->back[m]) e->h->right_t(w->back[m], rows, w->in, w->in, out);
}

static void round_embed(void *ctx, int64_t i, int worker)
{
    const packing *r = ctx;
    const hone_engine *e = r->e;
    const int64_t C = e->c.C, from = i * EMBED_ROWS,
                  n = e->c.V - from < EMBED_ROWS ? e->c.V - from : EMBED_ROWS;
    float *room = r->room ? r->room + worker * r->each : NULL;
    const float *rows = hone_cpu_embed_rows(e, from, n, room);
    e->h->round(e->embed_half + from * C, rows, n * C);
}

static void pack_linears(packing *p)
{
    hone_parallel(p->e->threads, (int64_t)p->e->c.L * HONE_LINEARS, pack_linear, p);
}

static void pack_embed(packing *p)
{
    hone_parallel(p->e->threads, (p->e->c.V + EMBED_ROWS - 1) / EMBED_ROWS, round_embed, p);
}

void hone_cpu_half_pack(hone_engine *e)
{
    packing p = { .e = e };
    pack_linears(&p);
}

void hone_cpu_half_pack_embed(hone_engine *e)
{
    packing p = { .e = e };
    pack_embed(&p);
}

int hone_cpu_half_load(hone_engine *e, hone_err *err)
{
    const size_t bytes = lay_out_weights(e, NULL) * sizeof(hone_bf16);
    packing p = { .e = e, .each = EMBED_ROWS * (int64_t)e->c.C };
    for (int id = 0; id < HONE_LINEARS && !e->linears; id++) {
        const int64_t n = member_values(e, (hone_linear_id)id);
        if (n > p.each) p.each = n;
    }
    p.room = hone_aligned((size_t)(e->threads * p.each) * sizeof *p.room);
    e->half = hone_aligned(bytes);
    if (!e->half || !p.room) {
        hone_free(p.room);
        return hone_err_memory(err, "the model's packed weights", bytes);
    }
    (void)lay_out_weights(e, e->half);
    pack_linears(&p);
    pack_embed(&p);
    hone_free(p.room);
    const hone_tensor *bad = atomic_load(&p.bad);
    return bad ? hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values", bad->name)
               : 0;
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
