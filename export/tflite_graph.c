/*
 * Gemma 3 as .tflite operators (docs/litertlm.md, "The graph"). Plain builtins only, chosen so
 * that XNNPACK computes everything but the table look-up and the cache update; masks are float
 * arithmetic because comparisons and selects would split its partition.
 *
 * The numbering of tensors is part of the file's bytes, and C leaves the order of calls inside
 * one expression open: at most one call that makes a tensor stands in an argument list.
 *
 * Shape letters: T tokens of this call, K cache columns, C model width, NH query heads, NKV
 * key/value heads, HD head size, F feed-forward width, V vocabulary. /
 */
#include "export/tflite_graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

/* Ids of the builtin option tables, and the slots that are written. */
enum {
    OPT_FC = 8,
    OPT_SOFTMAX = 9,
    OPT_CONCAT = 10,
    OPT_ADD = 11,
    OPT_RESHAPE = 17,
    OPT_MUL = 21,
    OPT_TRANSPOSE = 26,
    OPT_MEAN = 27,
    OPT_SUB = 28,
    OPT_SPLIT = 35,
    OPT_CAST = 37,
    OPT_MINIMUM = 39,
    OPT_SLICE = 48,
    OPT_COS = 84,
    OPT_BATCH_MATMUL = 101,
    OPT_GELU = 116,
    OPT_DUS = 117
};
enum {
    VERSION_FC = 6, VERSION_FC_ROWS = 12, VERSION_LOOKUP_INTEGERS = 4 /* float and blocks; rows */
};

typedef struct graph {
    hone_tfb *b;
    hone_fbw *w;
    const hone_config *c;
    int T, K;
    int layer;            /* for names; -1 outside layers */
    int32_t cos[2], sin[2], mask[2]; /* [0] local, [1] global layers */
    int32_t start;        /* i32 [4]: where keys and values are put */
    int32_t eps;
} graph;

static int32_t value(graph *g, const char *name, int type, hone_dims dims)
{
    char full[64];
    if (g->layer < 0)
        (void)snprintf(full, sizeof(full), "%s", name);
    else
        (void)snprintf(full, sizeof(full), "L%d/%s", g->layer, name);
    return hone_tfb_value(g->b, full, type, dims);
}

/* Scales of blocks are a tensor, and tensors belong to a subgraph: each refers to its own. */
static int32_t weight(graph *g, const hone_graph_weight *w)
{
    if (!w->block) return hone_tfb_const(g->b, w->name, w->type, w->dims, w->buffer, w->quant);
    const int32_t scales = hone_tfb_const(g->b, w->scales_name, HONE_TFL_F16, w->scales_dims,
                                          w->scales_buffer, 0);
    return hone_tfb_const(g->b, w->name, w->type, w->dims, w->buffer,
                          hone_tfb_block_scales(g->b, scales, w->block));
}

/* The runtime chooses its kernel by the operator's version. */
static int linear_version(const hone_graph_weight *w)
{
    return w->quant ? VERSION_FC_ROWS : VERSION_FC;
}

static int32_t unary(graph *g, int code, int options, const char *name, int32_t x, hone_dims dims)
{
    int32_t out = value(g, name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, code, 1, &x, 1, &out, 1, options, 0);
    return out;
}

static int32_t binary(graph *g, int code, int options, const char *name, int32_t x, int32_t y,
                      hone_dims dims)
{
    int32_t in[2] = { x, y }, out = value(g, name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, code, 1, in, 2, &out, 1, options, 0);
    return out;
}

static int32_t mul(graph *g, const char *name, int32_t x, int32_t y, hone_dims dims)
{
    return binary(g, HONE_TFL_MUL, OPT_MUL, name, x, y, dims);
}

static int32_t add(graph *g, const char *name, int32_t x, int32_t y, hone_dims dims)
{
    return binary(g, HONE_TFL_ADD, OPT_ADD, name, x, y, dims);
}

static int32_t sub(graph *g, const char *name, int32_t x, int32_t y, hone_dims dims)
{
    return binary(g, HONE_TFL_SUB, OPT_SUB, name, x, y, dims);
}

/* The shape stands in the options and, as the runtime prefers it, in a constant input. */
static int32_t reshape(graph *g, const char *name, int32_t x, int type, hone_dims dims)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_child(g->w, o, 0, hone_fbw_vector(g->w, dims.d, (uint32_t)dims.rank, 4, 4));
    int32_t in[2] = { x, hone_tfb_ints(g->b, dims.d, dims.rank) };
    int32_t out = value(g, name, type, dims);
    hone_tfb_op(g->b, HONE_TFL_RESHAPE, 1, in, 2, &out, 1, OPT_RESHAPE, o);
    return out;
}

/* Swaps the two middle dimensions of [a, b, c, d]; dims is the result. */
static int32_t swap_middle(graph *g, const char *name, int32_t x, hone_dims dims)
{
    static const int32_t order[4] = { 0, 2, 1, 3 };
    int32_t in[2] = { x, hone_tfb_ints(g->b, order, 4) }, out = value(g, name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, HONE_TFL_TRANSPOSE, 1, in, 2, &out, 1, OPT_TRANSPOSE, 0);
    return out;
}

/* x [.., in] times w [out, in] transposed. */
static int32_t linear(graph *g, const char *name, int32_t x, const hone_graph_weight *w,
                      hone_dims dims)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, o, 2, 1, 1); /* keep_num_dims */
    int32_t in[2] = { x, weight(g, w) }, out = value(g, name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, HONE_TFL_FULLY_CONNECTED, linear_version(w), in, 2, &out, 1, OPT_FC, o);
    return out;
}

static int32_t batch_matmul(graph *g, const char *name, int32_t x, int32_t y, bool transposed,
                            hone_dims dims)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    if (transposed) hone_fbw_scalar(g->w, o, 1, 1, 1); /* adj_y */
    int32_t in[2] = { x, y }, out = value(g, name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, HONE_TFL_BATCH_MATMUL, 1, in, 2, &out, 1, OPT_BATCH_MATMUL, o);
    return out;
}

static int32_t concat(graph *g, const char *name, const int32_t *in, int n, int axis, int type,
                      hone_dims dims)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, o, 0, 4, (uint64_t)axis);
    int32_t out = value(g, name, type, dims);
    hone_tfb_op(g->b, HONE_TFL_CONCATENATION, 1, in, n, &out, 1, OPT_CONCAT, o);
    return out;
}

/* Root mean square norm over the last dimension; the weight already holds 1 + w. */
static int32_t norm(graph *g, const char *name, int32_t x, const hone_graph_weight *w,
                    hone_dims dims)
{
    const int32_t axis = dims.rank - 1;
    hone_dims one = dims;
    one.d[axis] = 1;
    hone_fbw_ref keep = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, keep, 0, 1, 1); /* keep_dims */
    const int32_t square = mul(g, "norm_square", x, x, dims);
    int32_t in[2] = { square, hone_tfb_ints(g->b, &axis, 1) };
    int32_t mean = value(g, "norm_mean", HONE_TFL_F32, one);
    hone_tfb_op(g->b, HONE_TFL_MEAN, 1, in, 2, &mean, 1, OPT_MEAN, keep);
    int32_t sum = add(g, "norm_eps", mean, g->eps, one);
    int32_t inverse = unary(g, HONE_TFL_RSQRT, 0, "norm_rsqrt", sum, one);
    int32_t scaled = mul(g, "norm_scaled", x, inverse, dims);
    return mul(g, name, scaled, weight(g, w), dims);
}

/* Rotary positions on [1, heads, T, HD]: halves x1, x2 -> x1 cos - x2 sin, x2 cos + x1 sin. */
static int32_t rope(graph *g, const char *name, int32_t x, bool global, int heads)
{
    const int HD = g->c->HD;
    const hone_dims half = HONE_DIMS4(1, heads, g->T, HD / 2);
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, o, 0, 4, 2); /* num_splits */
    int32_t in[2] = { hone_tfb_int(g->b, 3), x };
    int32_t part[2], both[2];
    part[0] = value(g, "rope_x1", HONE_TFL_F32, half);
    part[1] = value(g, "rope_x2", HONE_TFL_F32, half);
    hone_tfb_op(g->b, HONE_TFL_SPLIT, 1, in, 2, part, 2, OPT_SPLIT, o);
    const int32_t x1_cos = mul(g, "rope_x1_cos", part[0], g->cos[global], half);
    const int32_t x2_sin = mul(g, "rope_x2_sin", part[1], g->sin[global], half);
    both[0] = sub(g, "rope_y1", x1_cos, x2_sin, half);
    const int32_t x2_cos = mul(g, "rope_x2_cos", part[1], g->cos[global], half);
    const int32_t x1_sin = mul(g, "rope_x1_sin", part[0], g->sin[global], half);
    both[1] = add(g, "rope_y2", x2_cos, x1_sin, half);
    return concat(g, name, both, 2, 3, HONE_TFL_F32, HONE_DIMS4(1, heads, g->T, HD));
}

/* Rows of the embedding times sqrt(C). */
static int32_t embed(graph *g, int32_t tokens, const hone_graph_weight *w)
{
    const hone_dims flat = HONE_DIMS2(g->T, g->c->C), dims = HONE_DIMS3(1, g->T, g->c->C);
    const int32_t ids = reshape(g, "ids", tokens, HONE_TFL_I32, HONE_DIMS1(g->T));
    int32_t in[2] = { ids, weight(g, w) };
    int32_t rows = value(g, "embedding", HONE_TFL_F32, flat);
    hone_tfb_op(g->b, HONE_TFL_EMBEDDING_LOOKUP,
                w->type == HONE_TFL_F32 ? 1 : VERSION_LOOKUP_INTEGERS, in, 2, &rows, 1, 0, 0);
    int32_t h = reshape(g, "embedding_3d", rows, HONE_TFL_F32, dims);
    return mul(g, "h", h, hone_tfb_float(g->b, "embed_scale", g->c->embed_scale), dims);
}

/* f32 positions [1, 1, T, 1], for angles and distances. */
static int32_t positions(graph *g, int32_t input_pos)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, o, 0, 1, HONE_TFL_I32);
    hone_fbw_scalar(g->w, o, 1, 1, HONE_TFL_F32);
    int32_t flat = value(g, "positions", HONE_TFL_F32, HONE_DIMS1(g->T));
    hone_tfb_op(g->b, HONE_TFL_CAST, 1, &input_pos, 1, &flat, 1, OPT_CAST, o);
    return reshape(g, "positions_4d", flat, HONE_TFL_F32, HONE_DIMS4(1, 1, g->T, 1));
}

static void rope_tables(graph *g, int32_t pos, bool global)
{
    enum { MAX_HALF = 512 };
    float inverse[MAX_HALF] = { 0 };
    const int half = g->c->HD / 2;
    const hone_dims dims = HONE_DIMS4(1, 1, g->T, half);
    const double base = global ? g->c->rope_global : g->c->rope_local;
    const double scale = global ? g->c->rope_scale : 1.0;
    for (int i = 0; i < half; i++)
        inverse[i] = (float)(pow(base, -2.0 * i / g->c->HD) / scale);
    const hone_dims row = HONE_DIMS4(1, 1, 1, half);
    const uint32_t buffer =
        hone_tfb_buffer(g->b, HONE_TFL_F32, row, inverse, sizeof(float) * (size_t)half);
    int32_t freq = hone_tfb_const(g->b, global ? "rope_global" : "rope_local", HONE_TFL_F32, row,
                                  buffer, 0);
    int32_t angle = mul(g, global ? "angle_global" : "angle_local", pos, freq, dims);
    g->cos[global] =
        unary(g, HONE_TFL_COS, OPT_COS, global ? "cos_global" : "cos_local", angle, dims);
    g->sin[global] = unary(g, HONE_TFL_SIN, 0, global ? "sin_global" : "sin_local", angle, dims);
}

/*
 * The mask of sliding layers: min(mask, penalty), penalty = min(32768 * (k + W - 0.5 - position),
 * 0), which is 0 for the W newest columns and at most -16384 before them. The minimum, not the
 * sum: two masked values would add up to -inf, and a row of only -inf to NaN. /
 */
static int32_t window_mask(graph *g, int32_t mask, int32_t pos)
{
    const hone_dims row = HONE_DIMS4(1, 1, 1, g->K), dims = HONE_DIMS4(1, 1, g->T, g->K);
    if (g->K <= g->c->window) return mask; /* no position is ever outside */
    float *iota = hone_calloc((size_t)g->K, sizeof(*iota));
    for (int k = 0; iota && k < g->K; k++) iota[k] = (float)(k + g->c->window - 0.5);
    const uint32_t buffer =
        hone_tfb_buffer(g->b, HONE_TFL_F32, row, iota, sizeof(float) * (size_t)g->K);
    hone_free(iota);
    int32_t columns = hone_tfb_const(g->b, "columns", HONE_TFL_F32, row, buffer, 0);
    int32_t age = sub(g, "window_age", columns, pos, dims);
    int32_t steep =
        mul(g, "window_steep", age, hone_tfb_float(g->b, "window_slope", 32768.0f), dims);
    int32_t penalty = binary(g, HONE_TFL_MINIMUM, OPT_MINIMUM, "window_penalty", steep,
                             hone_tfb_float(g->b, "zero", 0.0f), dims);
    return binary(g, HONE_TFL_MINIMUM, OPT_MINIMUM, "mask_local", mask, penalty, dims);
}

/* Where the new rows of the cache go: [0, 0, first position, 0]. */
static int32_t cache_start(graph *g, int32_t input_pos)
{
    static const int32_t zeros[2] = { 0, 0 }, ones[1] = { 1 };
    const int32_t zero = hone_tfb_ints(g->b, zeros, 1);
    int32_t first = input_pos;
    if (g->T > 1) {
        int32_t in[3] = { input_pos, zero, hone_tfb_ints(g->b, ones, 1) };
        first = value(g, "first_position", HONE_TFL_I32, HONE_DIMS1(1));
        hone_tfb_op(g->b, HONE_TFL_SLICE, 1, in, 3, &first, 1, OPT_SLICE, 0);
    }
    int32_t parts[3] = { hone_tfb_ints(g->b, zeros, 2), first, zero };
    return concat(g, "cache_start", parts, 3, 0, HONE_TFL_I32, HONE_DIMS1(4));
}

/* [1, T, heads * HD] to [1, heads, T, HD]; one head (or one token) needs no transposition. */
static int32_t split_heads(graph *g, const char *name, int32_t x, int heads,
                           const hone_graph_weight *w)
{
    const int T = g->T, HD = g->c->HD;
    if (heads == 1) {
        x = reshape(g, "heads", x, HONE_TFL_F32, HONE_DIMS4(1, 1, T, HD));
        return w ? norm(g, name, x, w, HONE_DIMS4(1, 1, T, HD)) : x;
    }
    x = reshape(g, "heads", x, HONE_TFL_F32, HONE_DIMS4(1, T, heads, HD));
    if (w) x = norm(g, "heads_norm", x, w, HONE_DIMS4(1, T, heads, HD));
    return swap_middle(g, name, x, HONE_DIMS4(1, heads, T, HD));
}

/* Puts new rows behind the old ones: a signature input and the output of the same name. */
static int32_t cache_update(graph *g, char which, int32_t rows)
{
    const hone_dims dims = HONE_DIMS4(1, g->c->NKV, g->K, g->c->HD);
    char name[32], out_name[40];
    (void)snprintf(name, sizeof(name), "kv_cache_%c_%d", which, g->layer);
    (void)snprintf(out_name, sizeof(out_name), "%s_out", name);
    int32_t in[3] = { hone_tfb_value(g->b, name, HONE_TFL_F32, dims), rows, g->start };
    int32_t out = hone_tfb_value(g->b, out_name, HONE_TFL_F32, dims);
    hone_tfb_op(g->b, HONE_TFL_DYNAMIC_UPDATE_SLICE, 1, in, 3, &out, 1, OPT_DUS, 0);
    hone_tfb_input(g->b, name, in[0]);
    hone_tfb_output(g->b, name, out);
    return out;
}

static int32_t softmax(graph *g, int32_t x, hone_dims dims)
{
    hone_fbw_ref o = hone_fbw_table(g->w);
    const float beta = 1.0f;
    uint32_t bits;
    memcpy(&bits, &beta, sizeof(bits));
    hone_fbw_scalar(g->w, o, 0, 4, bits);
    int32_t out = value(g, "weights", HONE_TFL_F32, dims);
    hone_tfb_op(g->b, HONE_TFL_SOFTMAX, 1, &x, 1, &out, 1, OPT_SOFTMAX, o);
    return out;
}

/* Scores, softmax and weighted values: query heads of one key/value head share its rows. */
static int32_t attend(graph *g, int32_t q, int32_t keys, int32_t values, bool global)
{
    const hone_config *c = g->c;
    const int T = g->T, K = g->K, NKV = c->NKV, rows = c->NH / NKV * T;
    const hone_dims grouped = HONE_DIMS4(1, NKV, rows, K), split = HONE_DIMS4(1, c->NH, T, K);
    q = reshape(g, "q_grouped", q, HONE_TFL_F32, HONE_DIMS4(1, NKV, rows, c->HD));
    int32_t s = batch_matmul(g, "scores", q, keys, true, grouped);
    s = reshape(g, "scores_heads", s, HONE_TFL_F32, split);
    s = add(g, "scores_masked", s, g->mask[global], split);
    s = softmax(g, s, split);
    s = reshape(g, "weights_grouped", s, HONE_TFL_F32, grouped);
    s = batch_matmul(g, "mixed", s, values, false, HONE_DIMS4(1, NKV, rows, c->HD));
    s = reshape(g, "mixed_heads", s, HONE_TFL_F32, HONE_DIMS4(1, c->NH, T, c->HD));
    s = swap_middle(g, "mixed_tokens", s, HONE_DIMS4(1, T, c->NH, c->HD));
    return reshape(g, "mixed_flat", s, HONE_TFL_F32, HONE_DIMS3(1, T, c->NH * c->HD));
}

static int32_t feed_forward(graph *g, int32_t h, const hone_graph_layer *w)
{
    const hone_dims dims = HONE_DIMS3(1, g->T, g->c->C), wide = HONE_DIMS3(1, g->T, g->c->F);
    hone_fbw_ref o = hone_fbw_table(g->w);
    hone_fbw_scalar(g->w, o, 0, 1, 1); /* approximate: the tanh form */
    int32_t x = norm(g, "pre_ffn", h, &w->pre_ffn_norm, dims);
    int32_t gate = linear(g, "gate", x, &w->linear[HONE_GATE], wide);
    int32_t active = value(g, "gelu", HONE_TFL_F32, wide);
    hone_tfb_op(g->b, HONE_TFL_GELU, 1, &gate, 1, &active, 1, OPT_GELU, o);
    int32_t up = linear(g, "up", x, &w->linear[HONE_UP], wide);
    int32_t down =
        linear(g, "down", mul(g, "gated", active, up, wide), &w->linear[HONE_DOWN], dims);
    return add(g, "h", h, norm(g, "post_ffn", down, &w->post_ffn_norm, dims), dims);
}

/* One layer. The last one of a prefill ends with its cache: nothing behind it can be observed. */
static int32_t layer(graph *g, int32_t h, const hone_graph_layer *w, bool cache_only)
{
    const hone_config *c = g->c;
    const int T = g->T;
    const hone_dims dims = HONE_DIMS3(1, T, c->C), kv = HONE_DIMS3(1, T, c->NKV * c->HD);
    const bool global = c->global[g->layer];
    int32_t x = norm(g, "pre_attn", h, &w->input_norm, dims);
    int32_t k = linear(g, "k", x, &w->linear[HONE_K], kv);
    k = rope(g, "k_rope", split_heads(g, "k_heads", k, c->NKV, &w->k_norm), global, c->NKV);
    int32_t v = linear(g, "v", x, &w->linear[HONE_V], kv);
    v = split_heads(g, "v_heads", v, c->NKV, NULL);
    int32_t keys = cache_update(g, 'k', k), values = cache_update(g, 'v', v);
    if (cache_only) return h;
    int32_t q = linear(g, "q", x, &w->linear[HONE_Q], HONE_DIMS3(1, T, c->NH * c->HD));
    q = rope(g, "q_rope", split_heads(g, "q_heads", q, c->NH, &w->q_norm), global, c->NH);
    x = attend(g, q, keys, values, global);
    x = linear(g, "o", x, &w->linear[HONE_O], dims);
    h = add(g, "h_attn", h, norm(g, "post_attn", x, &w->post_attn_norm, dims), dims);
    return feed_forward(g, h, w);
}

void hone_graph_add(hone_tfb *b, const hone_config *c, const hone_graph_weights *w,
                    const char *name, int T, int cache_length, bool logits)
{
    graph g = { .b = b, .w = hone_tfb_writer(b), .c = c, .T = T, .K = cache_length, .layer = -1 };
    hone_tfb_graph(b, name);
    int32_t tokens = value(&g, "tokens", HONE_TFL_I32, HONE_DIMS2(1, T));
    int32_t input_pos = value(&g, "input_pos", HONE_TFL_I32, HONE_DIMS1(T));
    int32_t mask = value(&g, "mask", HONE_TFL_F32, HONE_DIMS4(1, 1, T, cache_length));
    hone_tfb_input(b, "tokens", tokens);
    hone_tfb_input(b, "input_pos", input_pos);
    hone_tfb_input(b, "mask", mask);
    g.eps = hone_tfb_float(b, "rms_eps", c->rms_eps);
    int32_t h = embed(&g, tokens, &w->embed);
    int32_t pos = positions(&g, input_pos);
    rope_tables(&g, pos, false);
    rope_tables(&g, pos, true);
    g.mask[0] = window_mask(&g, mask, pos);
    g.mask[1] = mask;
    g.start = cache_start(&g, input_pos);
    for (int i = 0; i < c->L; i++) {
        g.layer = i;
        h = layer(&g, h, &w->layers[i], !logits && i == c->L - 1);
    }
    g.layer = -1;
    if (!logits) return;
    h = norm(&g, "final", h, &w->final_norm, HONE_DIMS3(1, 1, c->C));
    hone_tfb_output(b, "logits", linear(&g, "logits", h, &w->embed, HONE_DIMS3(1, 1, c->V)));
}
