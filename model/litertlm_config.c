/*
 * The configuration of a network out of its graph, for files that have our names but no entry
 * "hone.config" (model/gemma3_open.h): dimensions from shapes, rotary bases and window from
 * constants, the pattern of layers from which table of angles each uses. The caller compares the
 * constants with the result bit by bit, so that a graph that only looks alike is still refused.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "model/gemma3_open.h"
#include "model/tflite_read.h"

enum { NAME = 96 };

typedef struct infer {
    const hone_tfl_graph *g;
    hone_config c;
    const char *source;
    hone_err *err;
} infer;

static int missing(const infer *f, const char *name)
{
    hone_err_at(f->err, f->source, 0, -1);
    hone_err_hint(f->err, "the file has no entry " HONE_TFL_CONFIG_NAME ", and its graph does not "
                  "have the names by which the network could be told");
    return hone_fail(f->err, HONE_E_MODEL, "%s: not found, or of another shape", name);
}

static const hone_tfl_tensor *constant(const infer *f, const char *name, int rank)
{
    const hone_tfl_tensor *t = hone_tflite_tensor(f->g, name);
    return t && t->data && t->rank == rank ? t : NULL;
}

static int float_at(const infer *f, const char *name, size_t at, float *ret)
{
    const hone_tfl_tensor *t = hone_tflite_tensor(f->g, name);
    if (!t || !t->data || t->type != HONE_TFL_F32 || t->bytes < 4 * (at + 1))
        return missing(f, name);
    *ret = hone_le_f32(t->data + 4 * at);
    return 0;
}

static const char *layer_name(char buf[NAME], int layer, const char *rest)
{
    (void)snprintf(buf, NAME, "model.layers.%d.%s.weight", layer, rest);
    return buf;
}

static int read_sizes(infer *f, const hone_tfl_tensor *cache)
{
    hone_config *c = &f->c;
    char name[NAME];
    const hone_tfl_tensor *embed = constant(f, "model.embed_tokens.weight", 2);
    if (!embed) return missing(f, "model.embed_tokens.weight");
    if (!cache || cache->rank != 4) return missing(f, "kv_cache_k_0");
    while (c->L < HONE_MAX_LAYERS && constant(f, layer_name(name, c->L, "self_attn.q_proj"), 2))
        c->L++;
    const hone_tfl_tensor *q = constant(f, layer_name(name, 0, "self_attn.q_proj"), 2);
    if (!q) return missing(f, name);
    const hone_tfl_tensor *gate = constant(f, layer_name(name, 0, "mlp.gate_proj"), 2);
    if (!gate) return missing(f, name);
    c->V = embed->shape[0];
    c->C = embed->shape[1];
    c->NKV = cache->shape[1];
    c->HD = cache->shape[3];
    if (c->HD < 2 || q->shape[0] % c->HD) return missing(f, "kv_cache_k_0");
    c->NH = q->shape[0] / c->HD;
    c->F = gate->shape[0];
    c->max_positions = cache->shape[2];
    return 0;
}

/* frequency i is base^(-2i / HD) / scale, rounded to f32: bases are whole numbers. */
static int read_rope(infer *f, const char *name, double *ret_base, double *ret_scale)
{
    float first, second;
    HONE_TRY(float_at(f, name, 0, &first));
    HONE_TRY(float_at(f, name, 1, &second));
    if (!(first > 0) || !(second > 0) || !(second < first)) return missing(f, name);
    *ret_scale = rint(1.0 / (double)first);
    *ret_base = rint(pow((double)second * *ret_scale, -f->c.HD / 2.0));
    /* rounding leaves a range of bases: the roundest number that gives these bits is meant */
    for (double step = 1e6; step >= 1; step /= 10) {
        const double round = rint(*ret_base / step) * step;
        if (round > 0 && (float)(pow(round, -2.0 / f->c.HD) / *ret_scale) == second) {
            *ret_base = round;
            return 0;
        }
    }
    return 0;
}

/* What the product "rope_x1_cos" of a layer multiplies with. */
static bool layer_is_global(const infer *f, int layer)
{
    char name[NAME];
    (void)snprintf(name, sizeof(name), "L%d/rope_x1_cos", layer);
    for (uint32_t i = 0; i < f->g->num_ops; i++) {
        const hone_tfl_op *op = &f->g->ops[i];
        if (op->num_outputs != 1 || op->num_inputs != 2) continue;
        const hone_tfl_tensor *out = &f->g->tensors[hone_le32(op->outputs)];
        const uint32_t with = hone_le32(op->inputs + 4);
        if (with >= f->g->num_tensors || strcmp(out->name, name) != 0) continue;
        return strcmp(f->g->tensors[with].name, "cos_global") == 0;
    }
    return false;
}

static int read_numbers(infer *f)
{
    hone_config *c = &f->c;
    double one;
    HONE_TRY(float_at(f, "embed_scale", 0, &c->embed_scale));
    HONE_TRY(float_at(f, "rms_eps", 0, &c->rms_eps));
    HONE_TRY(read_rope(f, "rope_local", &c->rope_local, &one));
    HONE_TRY(read_rope(f, "rope_global", &c->rope_global, &c->rope_scale));
    for (int l = 0; l < c->L; l++) c->global[l] = layer_is_global(f, l);
    c->query_scale = 1.0f / sqrtf((float)c->HD); /* stands in the query norm already */
    c->window = c->max_positions;
    if (!hone_tflite_tensor(f->g, "columns")) return 0;
    float first;
    HONE_TRY(float_at(f, "columns", 0, &first));
    if (!(first > 0 && first < 1e6f)) return missing(f, "columns");
    c->window = (int)(first + 0.5f);
    return 0;
}

int hone_config_from_graph(hone_config *ret, const hone_tflite *m, const hone_tfl_signature *decode,
                           const char *source, hone_err *err)
{
    infer f = { .g = &m->graphs[decode->graph], .source = source, .err = err };
    HONE_TRY(read_sizes(&f, hone_tflite_input(m, decode, "kv_cache_k_0")));
    HONE_TRY(read_numbers(&f));
    HONE_TRY(hone_config_check(&f.c, source, err));
    *ret = f.c;
    return 0;
}
