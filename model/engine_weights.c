/*
 * Weights of the CPU engine: every tensor is converted to f32 once, at opening, into one block.
 * Rows of exported int8 files keep their integers (as floats, which is exact) and their scales,
 * because the device multiplies integers; int4 is dequantised, which is exact (an integer of four
 * bits times its scale), and multiplied with quantised inputs (docs/quantisation.md).
 */
#include "model/engine_cpu.h"

#include <stdatomic.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "kernels/parallel.h"

static const cpu_linear group_members[GROUPS] = {
    [GROUP_Q] = { .members = 1, .id = { HONE_Q } },
    [GROUP_KV] = { .members = 2, .id = { HONE_K, HONE_V } },
    [GROUP_O] = { .members = 1, .id = { HONE_O } },
    [GROUP_GU] = { .members = 2, .id = { HONE_GATE, HONE_UP } },
    [GROUP_DOWN] = { .members = 1, .id = { HONE_DOWN } },
};

static bool is_integer(const hone_tensor *t)
{
    return t->dtype == HONE_I8_ROW || t->dtype == HONE_I4_BLOCK || t->dtype == HONE_I4_ROW;
}

/* One tensor on its way into w [out, in], and its scales if the device computes with integers. */
typedef struct conversion {
    const hone_engine *e;
    const hone_tensor *t;
    float *w, *scale;
    int64_t out, in, pieces;
    atomic_bool bad;
} conversion;

static float scale_of(const hone_tensor *t, int64_t row)
{
    if (t->dtype != HONE_I8_ROW) return 1.0f;
    uint32_t bits = hone_le32(t->scales + row * 4);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void convert_rows(conversion *c, int64_t from, int64_t to)
{
    float *w = c->w + from * c->in;
    if (c->scale && c->t->dtype == HONE_I8_ROW) {
        const int8_t *q = (const int8_t *)c->t->data + from * c->in;
        for (int64_t i = 0; i < (to - from) * c->in; i++) w[i] = (float)q[i];
    } else {
        hone_tensor_rows_f32(c->t, from, to - from, w);
    }
    for (int64_t r = from; c->scale && r < to; r++) c->scale[r] = scale_of(c->t, r);
}

static void convert_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    conversion *c = ctx;
    int64_t from = hone_piece_at(c->out, c->pieces, i),
            to = hone_piece_at(c->out, c->pieces, i + 1);
    if (from == to) return;
    convert_rows(c, from, to);
    float sum = c->e->k->sum(c->w + from * c->in, (to - from) * c->in);
    if (c->scale) sum += c->e->k->sum(c->scale + from, to - from);
    if (!hone_cpu_finite((double)sum)) atomic_store(&c->bad, true);
}

static int convert(hone_engine *e, const hone_tensor *t, float *w, float *scale, hone_err *err)
{
    conversion c = {
        .e = e, .t = t, .w = w, .scale = scale, .out = t->shape[0], .in = t->shape[1]
    };
    c.pieces = hone_pieces(c.out, 1024);
    hone_parallel(e->threads, c.pieces, convert_piece, &c);
    if (atomic_load(&c.bad))
        return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values", t->name);
    return 0;
}

/* Takes n floats of the block, on a cache line; only counts while there is no block. */
static float *take(float *block, size_t *at, int64_t n)
{
    float *p = block ? block + *at : NULL;
    *at += ((size_t)n + 15) / 16 * 16;
    return p;
}

/* Sizes and members of the five groups of a layer. */
static int group_shape(cpu_linear *g, const hone_config *c, const hone_layer *layer, int l,
                       bool *ret_integer, hone_err *err)
{
    int64_t out, in = 0;
    int integers = 0;
    for (int j = 0; j < g->members; j++) {
        hone_config_linear_shape(c, g->id[j], &out, &in);
        g->at[j + 1] = g->at[j] + (int)out;
        integers += is_integer(&layer->linear[g->id[j]]);
    }
    g->in = (int)in;
    g->out = g->at[g->members];
    if (integers && integers < g->members)
        return hone_fail(err, HONE_E_MODEL, "layer %d mixes float and integer weights in %s and %s",
                         l, hone_linear_names[g->id[0]], hone_linear_names[g->id[1]]);
    *ret_integer = integers > 0;
    return 0;
}

/* Sets every pointer into the block (or only counts) and says which groups are integers. */
static int lay_out(hone_engine *e, const hone_model *m, float *block, size_t *ret_count,
                   hone_err *err)
{
    const hone_config *c = &e->c;
    size_t at = 0;
    e->embed = take(block, &at, (int64_t)c->V * c->C);
    e->embed_scale = is_integer(&m->embed) ? take(block, &at, c->V) : NULL;
    e->quantised = is_integer(&m->embed);
    e->final_norm = take(block, &at, c->C);
    for (int l = 0; l < c->L; l++) {
        cpu_layer *y = &e->layer[l];
        float **norms[] = { &y->input_norm, &y->post_attn_norm, &y->pre_ffn_norm,
                            &y->post_ffn_norm };
        for (int i = 0; i < 4; i++) *norms[i] = take(block, &at, c->C);
        y->q_norm = take(block, &at, c->HD);
        y->k_norm = take(block, &at, c->HD);
        y->global = c->global[l];
        for (int g = 0; g < GROUPS; g++) {
            bool integer;
            y->linear[g] = group_members[g];
            HONE_TRY(group_shape(&y->linear[g], c, &m->layers[l], l, &integer, err));
            y->linear[g].w = take(block, &at, (int64_t)y->linear[g].out * y->linear[g].in);
            y->linear[g].scale = integer ? take(block, &at, y->linear[g].out) : NULL;
            e->quantised = e->quantised || integer;
        }
    }
    *ret_count = at;
    return 0;
}

static int load_norms(hone_engine *e, const hone_model *m, int l, hone_err *err)
{
    cpu_layer *y = &e->layer[l];
    const hone_layer *x = &m->layers[l];
    struct {
        const hone_tensor *t;
        float *to;
        int n;
    } norms[] = {
        { &x->input_norm, y->input_norm, e->c.C },
        { &x->post_attn_norm, y->post_attn_norm, e->c.C },
        { &x->pre_ffn_norm, y->pre_ffn_norm, e->c.C },
        { &x->post_ffn_norm, y->post_ffn_norm, e->c.C },
        { &x->q_norm, y->q_norm, e->c.HD },
        { &x->k_norm, y->k_norm, e->c.HD },
    };
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
        hone_model_norm_f32(m, norms[i].t, norms[i].to);
        if (!hone_cpu_finite((double)e->k->sum(norms[i].to, norms[i].n)))
            return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values",
                             norms[i].t->name);
    }
    if (!m->q_norm_scaled) e->k->scale(y->q_norm, e->c.HD, e->c.query_scale);
    return 0;
}

static int load_layer(hone_engine *e, const hone_model *m, int l, hone_err *err)
{
    HONE_TRY(load_norms(e, m, l, err));
    for (int g = 0; g < GROUPS; g++) {
        cpu_linear *w = &e->layer[l].linear[g];
        for (int j = 0; j < w->members; j++) {
            float *scale = w->scale ? w->scale + w->at[j] : NULL;
            HONE_TRY(convert(e, &m->layers[l].linear[w->id[j]], w->w + (int64_t)w->at[j] * w->in,
                             scale, err));
        }
    }
    return 0;
}

int hone_cpu_weights_load(hone_engine *e, const hone_model *m, hone_err *err)
{
    size_t count = 0;
    HONE_TRY(lay_out(e, m, NULL, &count, err));
    e->weights = hone_aligned(count * sizeof(float));
    if (!e->weights) return hone_err_memory(err, "the model's weights", count * sizeof(float));
    HONE_TRY(lay_out(e, m, e->weights, &count, err));
    HONE_TRY(convert(e, &m->embed, e->embed, e->embed_scale, err));
    hone_model_norm_f32(m, &m->final_norm, e->final_norm);
    if (!hone_cpu_finite((double)e->k->sum(e->final_norm, e->c.C)))
        return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values",
                         m->final_norm.name);
    for (int l = 0; l < e->c.L; l++) HONE_TRY(load_layer(e, m, l, err));
    return 0;
}
