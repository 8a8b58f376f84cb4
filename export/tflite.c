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
    const char *name;
    float *scales;        /* [rows], int8 only */
} matrix;

struct hone_tflite_plan {
    const hone_merge *weights;
    hone_tflite_options options;
    hone_arena *arena;
    hone_tfb *b;
    hone_graph_weights graph;
    float *rows;          /* one chunk of merged rows */
    int8_t *quantised;
    size_t chunk;         /* floats that fit into rows */
    uint64_t size;
};

const char *hone_scheme_name(hone_scheme s)
{
    return s == HONE_SCHEME_Q8 ? "q8" : "f32";
}

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

static int bad_row(const matrix *m, int64_t row, hone_err *err)
{
    hone_err_at(err, m->plan->weights->model->path, 0, -1);
    hone_err_hint(err, "the adapter diverged in training, or its base is another one");
    return hone_fail(err, HONE_E_DATA, "%s: row %lld is not finite after merging", m->name,
                     (long long)row);
}

static bool rows_finite(const float *w, int64_t n)
{
    uint32_t bad = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof(bits));
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

static int put_chunk(matrix *m, int64_t first, int64_t count, hone_sink *sink, hone_err *err)
{
    hone_tflite_plan *p = m->plan;
    const int64_t n = m->cols;
    merged_rows(m, first, count, p->rows);
    for (int64_t i = 0; i < count; i++) {
        const float *row = p->rows + i * n;
        if (!rows_finite(row, n)) return bad_row(m, first + i, err);
        if (m->scales) hone_quant_i8_row(row, n, p->quantised + i * n, &m->scales[first + i]);
    }
    if (m->scales) return hone_sink_put(sink, p->quantised, (size_t)(count * n), err);
    return hone_sink_put(sink, p->rows, (size_t)(count * n) * sizeof(float), err);
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
    return hone_sink_put(sink, m->scales, (size_t)m->rows * sizeof(float), err);
}

/* --- plan --- */

/* The matrix behind t; layer -1 is the embedding. */
static int plan_matrix(hone_tflite_plan *p, const hone_tensor *t, int layer, hone_linear_id id,
                       hone_graph_weight *ret, hone_err *err)
{
    const bool q8 = p->options.scheme == HONE_SCHEME_Q8;
    const int64_t rows = t->shape[0], cols = t->shape[1];
    size_t bytes;
    if (!hone_mul_size((size_t)rows, (size_t)cols * (q8 ? 1 : sizeof(float)), &bytes) ||
        bytes >= (size_t)1 << 31)
        return hone_fail(err, HONE_E_DATA, "%s is too large for a .tflite file", t->name);
    matrix *m = hone_arena_alloc(p->arena, sizeof(*m));
    if (!m) return hone_err_memory(err, "a weight", sizeof(*m));
    *m = (matrix){
        .plan = p, .layer = layer, .id = id, .rows = rows, .cols = cols, .name = t->name
    };
    if (q8) m->scales = hone_arena_alloc(p->arena, (size_t)rows * sizeof(float));
    if (q8 && !m->scales) return hone_err_memory(err, "row scales", (size_t)rows * sizeof(float));
    ret->name = t->name;
    ret->type = q8 ? HONE_TFL_I8 : HONE_TFL_F32;
    ret->dims = HONE_DIMS2((int32_t)rows, (int32_t)cols);
    ret->buffer = hone_tfb_buffer_stream(p->b, (uint32_t)bytes, fill_matrix, m);
    ret->quant = q8 ? hone_tfb_row_scales(p->b, (uint32_t)rows, fill_scales, m) : 0;
    if ((size_t)cols > p->chunk) p->chunk = (size_t)cols;
    return 0;
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
    if (!rows_finite(v, (int64_t)n))
        return hone_fail(err, HONE_E_DATA, "%s is not finite", t->name);
    const hone_dims dims = HONE_DIMS1((int32_t)n);
    *ret = (hone_graph_weight){ t->name, HONE_TFL_F32, dims, 0, 0 };
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

static bool prime_above_10(int n)
{
    if (n < FIRST_BAD_PRIME) return false;
    for (int k = 2; k * k <= n; k++)
        if (n % k == 0) return false;
    return true;
}

/* The runtime takes primes in these places for placeholders and rewrites them. */
static int check_number(const char *what, int n, hone_err *err)
{
    if (!prime_above_10(n)) return 0;
    hone_err_hint(err, "choose an even number");
    return hone_fail(err, HONE_E_USAGE, "%s %d is a prime, which the device runtime takes for a "
                     "placeholder", what, n);
}

static int check_options(const hone_tflite_options *o, const hone_config *c, hone_err *err)
{
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
