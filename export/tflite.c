/*
 * Weights of the .tflite model and its plan (export/tflite.h). Each weight is one buffer that
 * every subgraph names; the embedding is also the output matrix. Row scales are kept from the
 * pass that writes the integers and written behind them. /
 */
#include "export/tflite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "export/tflite_graph.h"
#include "kernels/quant.h"
#include "model/config_write.h"

enum { CHUNK_BYTES = 1 << 20, FIRST_BAD_PRIME = 11 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "f32 rows are written as they lie in memory");

/* A streamed matrix. */
typedef struct matrix {
    hone_tflite_plan *plan;
    int layer;            /* -1: the embedding */
    hone_linear_id id;
    int64_t rows, cols;
    const hone_tensor *tensor;
    hone_quant format;
    size_t row_bytes, scale_bytes; /* of one row */
    uint8_t *scales;      /* of all rows; NULL for f32 */
} matrix;

struct hone_tflite_plan {
    const hone_merge *weights;
    hone_tflite_options options;
    hone_arena *arena;
    hone_tfb *b;
    hone_graph_weights graph;
    float *rows;          /* one chunk of merged rows */
    uint8_t *quantised;
    size_t chunk;         /* floats that fit into rows, and at least one row of each matrix */
    uint64_t size;
};

void hone_tflite_plan_free(hone_tflite_plan *p)
{
    if (!p) return;
    hone_tfb_free(p->b);
    hone_arena_free(p->arena);
    hone_free(p->rows);
    hone_free(p->quantised);
    hone_free(p);
}

/* --- streams --- */

static void merged_rows(const matrix *m, int64_t first, int64_t count, float *out)
{
    const hone_merge *s = m->plan->weights;
    if (m->layer < 0)
        hone_merge_embed_rows(s, first, count, out);
    else
        hone_merge_linear_rows(s, m->layer, m->id, first, count, out);
}

static int put_chunk(matrix *m, int64_t first, int64_t count, hone_sink *sink, hone_err *err)
{
    hone_tflite_plan *p = m->plan;
    const int64_t n = m->cols;
    merged_rows(m, first, count, p->rows);
    for (int64_t i = 0; i < count; i++) {
        const float *row = p->rows + i * n;
        if (!hone_rows_finite(row, n))
            return hone_err_not_finite(p->weights, m->tensor, first + i, err);
        if (m->scales)
            hone_quant_row(m->format, row, n, p->quantised + (size_t)i * m->row_bytes,
                           m->scales + (size_t)(first + i) * m->scale_bytes);
    }
    return hone_sink_put(sink, m->scales ? (const void *)p->quantised : p->rows,
                         (size_t)count * m->row_bytes, err);
}

static int fill_matrix(void *ctx, hone_sink *sink, hone_err *err)
{
    matrix *m = ctx;
    const int64_t step = (int64_t)(m->plan->chunk / (size_t)m->cols);
    for (int64_t at = 0; at < m->rows; at += step)
        HONE_TRY(put_chunk(m, at, at + step < m->rows ? step : m->rows - at, sink, err));
    return 0;
}

static int fill_scales(void *ctx, hone_sink *sink, hone_err *err)
{
    const matrix *m = ctx;
    return hone_sink_put(sink, m->scales, (size_t)m->rows * m->scale_bytes, err);
}

/* --- plan --- */

static int type_of(hone_quant q)
{
    return q == HONE_QUANT_F32 ? HONE_TFL_F32 : q == HONE_QUANT_I8_ROW ? HONE_TFL_I8 : HONE_TFL_I4;
}

/* Per row: a vector that all subgraphs share. Per block: a buffer, of which each has a tensor. */
static int plan_scales(hone_tflite_plan *p, matrix *m, hone_graph_weight *ret, hone_err *err)
{
    const size_t bytes = (size_t)m->rows * m->scale_bytes, room = strlen(m->tensor->name) + 8;
    m->scales = hone_arena_alloc(p->arena, bytes);
    char *name = hone_arena_alloc(p->arena, room);
    if (!m->scales || !name) return hone_err_memory(err, "scales", bytes);
    ret->block = hone_quant_block(m->format);
    if (!ret->block) {
        ret->quant = hone_tfb_row_scales(p->b, (uint32_t)m->rows, fill_scales, m);
        return 0;
    }
    (void)snprintf(name, room, "%s_scales", m->tensor->name);
    ret->scales_name = name;
    ret->scales_dims = HONE_DIMS2((int32_t)m->rows, (int32_t)(m->cols / ret->block));
    ret->scales_buffer = hone_tfb_buffer_stream(p->b, (uint32_t)bytes, fill_scales, m);
    return 0;
}

/* The matrix behind t; layer -1 is the embedding. */
static int plan_matrix(hone_tflite_plan *p, const hone_tensor *t, int layer, hone_linear_id id,
                       hone_graph_weight *ret, hone_err *err)
{
    const hone_scheme *s = &p->options.scheme;
    const hone_quant format = layer < 0 ? s->embed : s->linear[layer][id];
    const int64_t rows = t->shape[0], cols = t->shape[1];
    const size_t row_bytes = hone_quant_row_bytes(format, cols);
    size_t bytes;
    if (!row_bytes) {
        hone_err_hint(err, "choose q8 or smaller blocks");
        return hone_fail(err, HONE_E_USAGE, "%s: rows of %lld values cannot be stored as %s",
                         t->name, (long long)cols, hone_quant_name(format));
    }
    if (!hone_mul_size((size_t)rows, row_bytes, &bytes) || bytes >= (size_t)1 << 31)
        return hone_fail(err, HONE_E_DATA, "%s is too large for a .tflite file", t->name);
    matrix *m = hone_arena_alloc(p->arena, sizeof(*m));
    if (!m) return hone_err_memory(err, "a weight", sizeof(*m));
    *m = (matrix){ .plan = p, .layer = layer, .id = id, .rows = rows, .cols = cols,
                   .tensor = t, .format = format, .row_bytes = row_bytes,
                   .scale_bytes = hone_quant_scale_bytes(format, cols) };
    *ret = (hone_graph_weight){ .name = t->name, .type = type_of(format),
                                .dims = HONE_DIMS2((int32_t)rows, (int32_t)cols) };
    ret->buffer = hone_tfb_buffer_stream(p->b, (uint32_t)bytes, fill_matrix, m);
    if ((size_t)cols > p->chunk) p->chunk = (size_t)cols;
    return m->scale_bytes ? plan_scales(p, m, ret, err) : 0;
}

/* A norm as the graph multiplies it: 1 + w, for queries times the scale of the scores. */
static int plan_norm(hone_tflite_plan *p, const hone_tensor *t, float factor,
                     hone_graph_weight *ret, hone_err *err)
{
    const size_t n = (size_t)t->shape[0];
    float *v = hone_arena_alloc(p->arena, n * sizeof(*v));
    if (!v) return hone_err_memory(err, "a norm", n * sizeof(*v));
    hone_model_norm_f32(p->weights->model, t, v);
    for (size_t i = 0; i < n; i++) v[i] *= factor;
    if (!hone_rows_finite(v, (int64_t)n))
        return hone_fail(err, HONE_E_DATA, "%s is not finite", t->name);
    const hone_dims dims = HONE_DIMS1((int32_t)n);
    *ret = (hone_graph_weight){ .name = t->name, .type = HONE_TFL_F32, .dims = dims };
    ret->buffer = hone_tfb_buffer(p->b, HONE_TFL_F32, dims, v, n * sizeof(*v));
    return 0;
}

static int plan_layer(hone_tflite_plan *p, int i, hone_err *err)
{
    const hone_model *m = p->weights->model;
    const hone_layer *l = &m->layers[i];
    hone_graph_layer *g = &p->graph.layers[i];
    for (int id = 0; id < HONE_LINEARS; id++)
        HONE_TRY(plan_matrix(p, &l->linear[id], i, (hone_linear_id)id, &g->linear[id], err));
    HONE_TRY(plan_norm(p, &l->input_norm, 1.0f, &g->input_norm, err));
    HONE_TRY(plan_norm(p, &l->post_attn_norm, 1.0f, &g->post_attn_norm, err));
    HONE_TRY(plan_norm(p, &l->pre_ffn_norm, 1.0f, &g->pre_ffn_norm, err));
    HONE_TRY(plan_norm(p, &l->post_ffn_norm, 1.0f, &g->post_ffn_norm, err));
    HONE_TRY(plan_norm(p, &l->q_norm, m->config.query_scale, &g->q_norm, err));
    return plan_norm(p, &l->k_norm, 1.0f, &g->k_norm, err);
}

static int plan_weights(hone_tflite_plan *p, hone_err *err)
{
    const hone_model *m = p->weights->model;
    p->graph.layers = hone_arena_alloc(p->arena, (size_t)m->config.L * sizeof(hone_graph_layer));
    if (!p->graph.layers) return hone_err_memory(err, "layers", sizeof(hone_graph_layer));
    HONE_TRY(plan_matrix(p, &m->embed, -1, HONE_Q, &p->graph.embed, err));
    HONE_TRY(plan_norm(p, &m->final_norm, 1.0f, &p->graph.final_norm, err));
    for (int i = 0; i < m->config.L; i++) HONE_TRY(plan_layer(p, i, err));
    return 0;
}

/* What shapes cannot tell a reader: window, rotary bases, pattern of layers. */
static int plan_config(hone_tflite_plan *p, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *o = hone_config_to_json(p->arena, &p->weights->model->config);
    if (o) hone_json_write(&text, o, HONE_JSON_COMPACT);
    const bool ok = o && hone_buf_ok(&text);
    if (ok)
        hone_tfb_metadata(p->b, HONE_TFL_CONFIG_NAME,
                          hone_tfb_buffer(p->b, HONE_TFL_U8, HONE_DIMS1((int32_t)text.len),
                                          text.data, text.len));
    hone_buf_done(&text);
    return ok ? 0 : hone_err_memory(err, "the configuration", 0);
}

static void plan_graphs(hone_tflite_plan *p)
{
    const hone_config *c = &p->weights->model->config;
    const hone_tflite_options *o = &p->options;
    char name[32];
    hone_graph_add(p->b, c, &p->graph, "decode", 1, o->cache_length, true);
    for (int i = 0; i < o->num_prefill; i++) {
        (void)snprintf(name, sizeof(name), "prefill_%d", o->prefill[i]);
        hone_graph_add(p->b, c, &p->graph, name, o->prefill[i], o->cache_length, false);
    }
}

bool hone_tflite_placeholder(int n)
{
    if (n < FIRST_BAD_PRIME) return false;
    for (int k = 2; k * k <= n; k++)
        if (n % k == 0) return false;
    return true;
}

/* The runtime takes primes in these places for placeholders and rewrites them. */
static int check_number(const char *what, int n, hone_err *err)
{
    if (!hone_tflite_placeholder(n)) return 0;
    hone_err_hint(err, "choose an even number");
    return hone_fail(err, HONE_E_USAGE, "%s %d is a prime, which the device runtime takes for a "
                     "placeholder", what, n);
}

/* Members of one matrix product of our engine: all float, or none. */
static int check_pairs(const hone_scheme *s, const hone_config *c, hone_err *err)
{
    static const hone_linear_id pairs[][2] = { { HONE_K, HONE_V }, { HONE_GATE, HONE_UP } };
    for (int l = 0; l < c->L; l++)
        for (int i = 0; i < 2; i++) {
            const bool a = s->linear[l][pairs[i][0]] == HONE_QUANT_F32;
            if (a != (s->linear[l][pairs[i][1]] == HONE_QUANT_F32))
                return hone_fail(err, HONE_E_USAGE, "layer %d mixes float and integers in %s and "
                                 "%s", l, hone_linear_names[pairs[i][0]],
                                 hone_linear_names[pairs[i][1]]);
        }
    return 0;
}

static int check_options(const hone_tflite_options *o, const hone_config *c, hone_err *err)
{
    HONE_TRY(check_pairs(&o->scheme, c, err));
    if (o->cache_length < 2 || o->cache_length % 2)
        return hone_fail(err, HONE_E_USAGE, "cache length %d is not an even number",
                         o->cache_length);
    if (o->num_prefill < 1 || o->num_prefill > HONE_PREFILL_MAX || o->prefill[0] != 1) {
        hone_err_hint(err, "a nearly full context needs prefill length 1");
        return hone_fail(err, HONE_E_USAGE, "the prefill lengths do not start with 1");
    }
    for (int i = 0; i < o->num_prefill; i++) {
        if (i && o->prefill[i] <= o->prefill[i - 1])
            return hone_fail(err, HONE_E_USAGE, "prefill lengths must ascend: %d after %d",
                             o->prefill[i], o->prefill[i - 1]);
        if (o->prefill[i] > o->cache_length)
            return hone_fail(err, HONE_E_USAGE, "prefill length %d is longer than the cache of %d",
                             o->prefill[i], o->cache_length);
        HONE_TRY(check_number("prefill length", o->prefill[i], err));
    }
    return check_number("a vocabulary of", c->V, err);
}

static int plan_chunk(hone_tflite_plan *p, hone_err *err)
{
    const size_t floats = CHUNK_BYTES / sizeof(float);
    if (p->chunk < floats) p->chunk = floats;
    p->rows = hone_aligned(p->chunk * sizeof(float));
    p->quantised = hone_aligned(p->chunk);
    if (p->rows && p->quantised) return 0;
    return hone_err_memory(err, "rows of weights", p->chunk * sizeof(float));
}

int hone_tflite_plan_new(hone_tflite_plan **ret, const hone_merge *weights,
                         const hone_tflite_options *o, hone_err *err)
{
    int rc = 0;
    HONE_TRY(check_options(o, &weights->model->config, err));
    hone_tflite_plan *p = hone_calloc(1, sizeof(*p));
    if (!p) return hone_err_memory(err, "an export plan", sizeof(*p));
    p->weights = weights;
    p->options = *o;
    p->arena = hone_arena_new();
    p->b = hone_tfb_new();
    if (!p->arena || !p->b) HONE_GOTO(rc, out, hone_err_memory(err, "an export plan", 0));
    HONE_GOTO(rc, out, plan_weights(p, err));
    HONE_GOTO(rc, out, plan_config(p, err));
    HONE_GOTO(rc, out, plan_chunk(p, err));
    plan_graphs(p);
    HONE_GOTO(rc, out, hone_tfb_finish(p->b, "hone", &p->size, err));
    *ret = p;
    p = NULL;
out:
    hone_tflite_plan_free(p);
    return rc;
}

uint64_t hone_tflite_plan_size(const hone_tflite_plan *p)
{
    return p->size;
}

int hone_tflite_plan_write(hone_tflite_plan *p, hone_sink *sink, hone_err *err)
{
    return hone_fbw_write(hone_tfb_writer(p->b), sink, err);
}
