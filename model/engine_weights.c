/*
 * Weights of the CPU engine: every tensor is converted to f32 once, at opening. Two things stay
 * away until they are read often enough: the embedding, whose rows are converted where they are
 * used, and in bf16 training the linears, which are packed from rows that nobody keeps. Decoding
 * brings both, the table after a few choices.
 *
 * Integers of exported files stay where they are and only their scales are copied (engine_int8.c),
 * unless the engine was asked to compare: then int8 rows become floats (which is exact) beside
 * their scales, and int4 is dequantised, which is exact too, and multiplied with quantised inputs
 * (docs/quantisation.md).
 */
#include "model/engine_cpu.h"

#include <stdatomic.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "kernels/parallel.h"

enum {
    BARE_HEADS = 16,
    PIECE = 1 << 16 /* values converted at a time: written and summed within the second cache */
};

static const cpu_linear group_members[GROUPS] = {
    [GROUP_Q] = { .members = 1, .id = { HONE_Q } },
    [GROUP_KV] = { .members = 2, .id = { HONE_K, HONE_V } },
    [GROUP_O] = { .members = 1, .id = { HONE_O } },
    [GROUP_GU] = { .members = 2, .id = { HONE_GATE, HONE_UP } },
    [GROUP_DOWN] = { .members = 1, .id = { HONE_DOWN } },
};

/* One tensor on its way into w [out, in], and its scales if the device computes with integers. */
typedef struct conversion {
    const hone_tensor *t;
    float *w, *scale;
    int64_t out, in, first, pieces; /* its pieces are first .. first + pieces - 1 */
    atomic_bool bad;
} conversion;

/* All of them in one loop: threads wait for each other once. */
typedef struct conversions {
    const hone_engine *e;
    conversion *items;
    int count;
} conversions;

static float scale_of(const hone_tensor *t, int64_t row)
{
    if (t->dtype != HONE_I8_ROW) return 1.0f;
    uint32_t bits = hone_le32(t->scales + row * 4);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void convert_rows(const conversion *c, int64_t from, int64_t to)
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

/* The conversion that a piece is of. */
static conversion *of_piece(const conversions *all, int64_t piece)
{
    int low = 0, high = all->count - 1;
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (all->items[middle].first <= piece) low = middle;
        else high = middle - 1;
    }
    return &all->items[low];
}

static void convert_piece(void *ctx, int64_t piece, int worker)
{
    (void)worker;
    const conversions *all = ctx;
    conversion *c = of_piece(all, piece);
    const int64_t from = hone_piece_at(c->out, c->pieces, piece - c->first),
                  to = hone_piece_at(c->out, c->pieces, piece - c->first + 1);
    if (from == to) return;
    hone_mem_expect(c->w + from * c->in, (size_t)((to - from) * c->in) * sizeof *c->w);
    convert_rows(c, from, to);
    float sum = all->e->k->sum(c->w + from * c->in, (to - from) * c->in);
    if (c->scale) sum += all->e->k->sum(c->scale + from, to - from);
    if (!hone_cpu_finite((double)sum)) atomic_store(&c->bad, true);
}

static int not_finite(const hone_tensor *t, hone_err *err)
{
    return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values", t->name);
}

static int convert_all(const conversions *all, hone_err *err)
{
    int64_t pieces = 0;
    for (int i = 0; i < all->count; i++) {
        conversion *c = &all->items[i];
        c->out = c->t->shape[0];
        c->in = c->t->shape[1];
        c->first = pieces;
        c->pieces = hone_pieces(c->out, PIECE / c->in < 8 ? 8 : PIECE / c->in);
        pieces += c->pieces;
    }
    hone_parallel(all->e->threads, pieces, convert_piece, (void *)(uintptr_t)all);
    for (int i = 0; i < all->count; i++)
        if (atomic_load(&all->items[i].bad)) return not_finite(all->items[i].t, err);
    return 0;
}

static int convert(hone_engine *e, const hone_tensor *t, float *w, float *scale, hone_err *err)
{
    conversion c = { .t = t, .w = w, .scale = scale };
    const conversions all = { e, &c, 1 };
    return convert_all(&all, err);
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
        integers += hone_cpu_is_integer(&layer->linear[g->id[j]]);
    }
    g->in = (int)in;
    g->out = g->at[g->members];
    if (integers && integers < g->members)
        return hone_fail(err, HONE_E_MODEL, "layer %d mixes float and integer weights in %s and %s",
                         l, hone_linear_names[g->id[0]], hone_linear_names[g->id[1]]);
    *ret_integer = integers > 0;
    return 0;
}

/* Scales, and sums where the kernels want them, of a tensor whose integers stay in the file. */
static int take_integers(const hone_engine *e, hone_int8_matrix *q, const hone_tensor *t,
                         float *block, size_t *at, hone_err *err)
{
    HONE_TRY(hone_cpu_int8_check(t, err));
    *q = hone_cpu_int8_view(t);
    q->scale = take(block, at, hone_cpu_int8_scales(q));
    if (e->i8->sums && !q->block) q->sum = (const int32_t *)(void *)take(block, at, q->n);
    return 0;
}

static int take_group(const hone_engine *e, cpu_linear *g, const hone_layer *layer, bool integer,
                      float *block, size_t *at, hone_err *err)
{
    for (int j = 0; integer && e->i8 && j < g->members; j++)
        HONE_TRY(take_integers(e, &g->q[j], &layer->linear[g->id[j]], block, at, err));
    g->scale = integer && !e->i8 ? take(block, at, g->out) : NULL;
    return 0;
}

/* Sets every pointer into the block (or only counts) but those of float linears and embeddings, and
 * says which groups are integers. */
static int lay_out(hone_engine *e, const hone_model *m, float *block, size_t *ret_count,
                   hone_err *err)
{
    const hone_config *c = &e->c;
    size_t at = 0;
    e->quantised = hone_cpu_is_integer(&m->embed);
    const bool as_floats = e->quantised && !e->i8;
    if (e->quantised && e->i8)
        HONE_TRY(take_integers(e, &e->embed8, &m->embed, block, &at, err));
    e->embed = as_floats ? take(block, &at, (int64_t)c->V * c->C) : NULL;
    e->embed_scale = as_floats ? take(block, &at, c->V) : NULL;
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
            HONE_TRY(take_group(e, &y->linear[g], &m->layers[l], integer, block, &at, err));
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
            return not_finite(norms[i].t, err);
    }
    if (!m->q_norm_scaled) e->k->scale(y->q_norm, e->c.HD, e->c.query_scale);
    return 0;
}

/* Sets the linears' pointers into the block, or only counts. */
static size_t lay_out_linears(hone_engine *e, float *block)
{
    size_t at = 0;
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) {
            cpu_linear *w = &e->layer[l].linear[g];
            if (!w->q[0].q) w->w = take(block, &at, (int64_t)w->out * w->in);
        }
    }
    return at;
}

static int load_integers(const hone_engine *e, const hone_int8_matrix *q, const hone_tensor *t,
                         hone_err *err)
{
    HONE_TRY(hone_cpu_int8_load(t, q, (float *)(uintptr_t)q->scale, err));
    if (q->sum) hone_cpu_int8_sum(e, q, (int32_t *)(uintptr_t)q->sum);
    return 0;
}

/* Integers are loaded, of floats it is noted what must be converted. */
static int load_group(const hone_engine *e, const hone_layer *layer, const cpu_linear *w,
                      conversions *all, hone_err *err)
{
    for (int j = 0; j < w->members; j++) {
        const hone_tensor *t = &layer->linear[w->id[j]];
        if (w->q[j].q) {
            HONE_TRY(load_integers(e, &w->q[j], t, err));
            continue;
        }
        all->items[all->count++] = (conversion){ .t = t,
                                                 .w = w->w + (int64_t)w->at[j] * w->in,
                                                 .scale = w->scale ? w->scale + w->at[j] : NULL };
    }
    return 0;
}

static int load_groups(const hone_engine *e, conversions *all, hone_err *err)
{
    for (int l = 0; l < e->c.L; l++)
        for (int g = 0; g < GROUPS; g++)
            HONE_TRY(load_group(e, &e->model->layers[l], &e->layer[l].linear[g], all, err));
    return convert_all(all, err);
}

int hone_cpu_linears_load(hone_engine *e, hone_err *err)
{
    const size_t bytes = lay_out_linears(e, NULL) * sizeof(float);
    e->linears = hone_aligned(bytes ? bytes : 1);
    if (!e->linears) return hone_err_memory(err, "the model's weights", bytes);
    (void)lay_out_linears(e, e->linears);
    conversions all = { .e = e };
    all.items = hone_calloc((size_t)e->c.L * HONE_LINEARS, sizeof *all.items);
    if (!all.items) return hone_err_memory(err, "the model's weights", sizeof *all.items);
    int rc = load_groups(e, &all, err);
    hone_free(all.items);
    return rc;
}

void hone_cpu_linears_drop(hone_engine *e)
{
    hone_free(e->linears);
    e->linears = NULL;
    (void)lay_out_linears(e, NULL);
}

static int table_load(hone_engine *e, hone_err *err)
{
    const size_t bytes = (size_t)e->c.V * (size_t)e->c.C * sizeof(float);
    float *table = hone_aligned(bytes);
    if (!table) return hone_err_memory(err, "the embedding", bytes);
    int rc = convert(e, &e->model->embed, table, NULL, err);
    if (rc < 0) {
        hone_free(table);
        return rc;
    }
    if (e->control)
        memcpy(table + (int64_t)HONE_CONTROL_FIRST * e->c.C, e->control_rows,
               (size_t)(HONE_CONTROL_ROWS * e->c.C) * sizeof *table);
    e->table = e->embed = table;
    return 0;
}

enum { CHECK_PARTS = 64 };

typedef struct checking {
    const hone_tensor *t;
    atomic_bool bad;
} checking;

static void check_part(void *ctx, int64_t i, int worker)
{
    (void)worker;
    checking *c = ctx;
    if (!hone_tensor_finite_part(c->t, (int)i, CHECK_PARTS)) atomic_store(&c->bad, true);
}

/* Of a tensor that stays as it is. */
static int check(const hone_engine *e, const hone_tensor *t, hone_err *err)
{
    checking c = { .t = t };
    hone_parallel(e->threads, CHECK_PARTS, check_part, &c);
    return atomic_load(&c.bad) ? not_finite(t, err) : 0;
}

int hone_cpu_weights_load(hone_engine *e, const hone_model *m, hone_err *err)
{
    size_t count = 0;
    HONE_TRY(lay_out(e, m, NULL, &count, err));
    e->weights = hone_aligned(count * sizeof(float));
    if (!e->weights) return hone_err_memory(err, "the model's weights", count * sizeof(float));
    HONE_TRY(lay_out(e, m, e->weights, &count, err));
    if (e->embed8.q)
        HONE_TRY(load_integers(e, &e->embed8, &m->embed, err));
    else if (e->embed)
        HONE_TRY(convert(e, &m->embed, e->embed, e->embed_scale, err));
    else if (e->qat_on)
        HONE_TRY(table_load(e, err));
    else
        HONE_TRY(check(e, &m->embed, err));
    hone_model_norm_f32(m, &m->final_norm, e->final_norm);
    if (!hone_cpu_finite((double)e->k->sum(e->final_norm, e->c.C)))
        return not_finite(&m->final_norm, err);
    for (int l = 0; l < e->c.L; l++) HONE_TRY(load_norms(e, m, l, err));
    return 0;
}

int hone_cpu_weights_resident(hone_engine *e, hone_err *err)
{
    if (e->training && !e->embed && !e->embed8.q) HONE_TRY(table_load(e, err));
    return e->linears || e->full ? 0 : hone_cpu_linears_load(e, err);
}

/* Writing 671 MB for 262,144 rows takes longer than to convert them again for one answer. */
int hone_cpu_table_need(hone_engine *e, hone_err *err)
{
    if (e->embed || e->embed8.q || e->bare_heads++ < BARE_HEADS) return 0;
    return table_load(e, err);
}

int hone_cpu_weights_restore(hone_engine *e, hone_err *err)
{
    for (int l = 0; l < e->c.L; l++) HONE_TRY(load_norms(e, e->model, l, err));
    hone_model_norm_f32(e->model, &e->model->final_norm, e->final_norm);
    return e->linears ? 0 : hone_cpu_linears_load(e, err);
}

void hone_cpu_weights_done(hone_engine *e)
{
    hone_free(e->weights);
    hone_free(e->linears);
    hone_free(e->table);
}

const float *hone_cpu_embed_rows(const hone_engine *e, int64_t first, int64_t n, float *room)
{
    const int64_t C = e->c.C;
    if (e->embed) return e->embed + first * C;
    hone_tensor_rows_f32(&e->model->embed, first, n, room);
    for (int64_t r = 0; e->control && r < HONE_CONTROL_ROWS; r++) {
        const int64_t at = HONE_CONTROL_FIRST + r - first;
        if (at >= 0 && at < n)
            memcpy(room + at * C, e->control_rows + r * C, (size_t)C * sizeof *room);
    }
    return room;
}
