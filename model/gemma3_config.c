/*
 * The configuration of a Gemma 3 text model, from config.json or from GGUF keys, compared with the
 * one family that the engine computes (docs/gemma3.md). What would change the arithmetic is refused
 * by name; keys that say nothing about it (dropout, cache, dtype, ids of tokens) are not read.
 */
#include "model/gemma3_open.h"

#include <math.h>
#include <string.h>

enum {
    MAX_V = 1 << 20,
    MAX_C = 1 << 14,
    MAX_HEADS = 256,
    MAX_HD = 1024,
    MAX_F = 1 << 17,
    MAX_POSITIONS = 1 << 24,
    GLOBAL_EVERY = 6, /* Gemma 3's pattern: five local layers, then a global one */
    LAYERS_4B = 34,
    LAYERS_27B = 62
};

static int refuse(hone_err *err, const char *source, const char *what)
{
    hone_err_at(err, source, 0, -1);
    int rc = hone_fail(err, HONE_E_MODEL, "%s", what);
    hone_err_hint(err, "only Gemma 3 text models are supported");
    return rc;
}

static int check_range(const char *name, int64_t v, int64_t min, int64_t max, const char *source,
                       hone_err *err)
{
    if (v >= min && v <= max) return 0;
    hone_err_at(err, source, 0, -1);
    return hone_fail(err, HONE_E_MODEL, "%s is %lld, expected %lld..%lld", name, (long long)v,
                     (long long)min, (long long)max);
}

static int check_real(const char *name, double v, double min, double max, const char *source,
                      hone_err *err)
{
    if (v >= min && v <= max) return 0; /* false for NaN */
    char have[32], low[32], high[32];
    hone_f64_g6(v, have);
    hone_f64_g6(min, low);
    hone_f64_g6(max, high);
    hone_err_at(err, source, 0, -1);
    return hone_fail(err, HONE_E_MODEL, "%s is %s, expected %s..%s", name, have, low, high);
}

int hone_config_check(const hone_config *c, const char *source, hone_err *err)
{
    HONE_TRY(check_range("the vocabulary", c->V, 256, MAX_V, source, err));
    HONE_TRY(check_range("the model width", c->C, 1, MAX_C, source, err));
    HONE_TRY(check_range("the number of layers", c->L, 1, HONE_MAX_LAYERS, source, err));
    HONE_TRY(check_range("the number of heads", c->NH, 1, MAX_HEADS, source, err));
    HONE_TRY(check_range("the number of key/value heads", c->NKV, 1, c->NH, source, err));
    HONE_TRY(check_range("the head size", c->HD, 2, MAX_HD, source, err));
    HONE_TRY(check_range("the feed-forward width", c->F, 1, MAX_F, source, err));
    HONE_TRY(check_range("the sliding window", c->window, 1, MAX_POSITIONS, source, err));
    HONE_TRY(
        check_range("the number of positions", c->max_positions, 1, MAX_POSITIONS, source, err));
    HONE_TRY(check_real("the norm's epsilon", (double)c->rms_eps, 1e-12, 0.1, source, err));
    HONE_TRY(check_real("the attention scale", (double)c->query_scale, 1e-4, 1.0, source, err));
    HONE_TRY(check_real("the local rotary base", c->rope_local, 1.0, 1e12, source, err));
    HONE_TRY(check_real("the global rotary base", c->rope_global, 1.0, 1e12, source, err));
    HONE_TRY(check_real("the rotary scale", c->rope_scale, 1.0, 1024.0, source, err));
    if (c->NH % c->NKV != 0)
        return refuse(err, source, "the heads are no multiple of the key/value heads");
    if (c->HD % 2 != 0)
        return refuse(err, source, "the head size is odd, so that rotary pairs do not fit");
    return 0;
}

/* query_pre_attn_scalar as the factor of the scores; out of range gives a value that the check
 * refuses. */
static float scale_of_scalar(double scalar)
{
    return scalar >= 1.0 && scalar <= 1e8 ? (float)(1.0 / sqrt(scalar)) : 0.0f;
}

static void finish(hone_config *c)
{
    c->embed_scale = sqrtf((float)c->C);
}

/* --- config.json --- */

typedef struct json_config {
    const hone_json *o;
    const char *source;
    hone_err *err;
} json_config;

static int json_refuse(const json_config *j, const char *key, const char *rule)
{
    const hone_json *v = hone_json_get(j->o, key);
    hone_err_at(j->err, j->source, v ? v->line : 0, -1);
    int rc = hone_fail(j->err, HONE_E_MODEL, "%s: %s", key, rule);
    hone_err_hint(j->err, "only Gemma 3 text models are supported");
    return rc;
}

/* The getters report bad data; here it is a model that cannot be used. */
static int as_model_error(hone_err *err)
{
    if (err) err->code = HONE_E_MODEL;
    hone_err_hint(err, "only Gemma 3 text models are supported");
    return HONE_E_MODEL;
}

static int json_int(const json_config *j, const char *key, int *ret)
{
    int64_t v = 0;
    if (hone_json_req_i64(&v, j->o, key, 1, INT32_MAX, j->source, j->err) < 0)
        return as_model_error(j->err);
    *ret = (int)v;
    return 0;
}

static int json_real(const json_config *j, const char *key, double fallback, double *ret)
{
    if (hone_json_get_f64(ret, j->o, key, fallback, j->source, j->err) < 0)
        return as_model_error(j->err);
    return 0;
}

static int json_req_real(const json_config *j, const char *key, double *ret)
{
    if (hone_json_is_null(hone_json_get(j->o, key))) return json_refuse(j, key, "missing");
    return json_real(j, key, 0.0, ret);
}

/* Keys that must be absent, null, false or zero: each would change the arithmetic. */
static int json_absent(const json_config *j)
{
    static const char *const keys[] = {
        "final_logit_softcapping",
        "attn_logit_softcapping",
        "attention_bias",
        "mlp_bias",
        "use_bidirectional_attention",
        "quantization_config",
        "text_config",
        "vision_config",
        "num_experts",
        "num_local_experts",
        "num_kv_shared_layers",
        "hidden_size_per_layer_input",
        "attention_k_eq_v",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const hone_json *v = hone_json_get(j->o, keys[i]);
        if (hone_json_is_null(v) || v->type == HONE_JSON_FALSE) continue;
        if (hone_json_is_number(v) && hone_json_f64(v) == 0.0) continue;
        return json_refuse(j, keys[i],
                           "this model needs arithmetic that Gemma 3 text models do not have");
    }
    return 0;
}

static int json_family(const json_config *j)
{
    const hone_json *type = hone_json_get(j->o, "model_type");
    const hone_json *archs = hone_json_get(j->o, "architectures");
    const hone_json *tied = hone_json_get(j->o, "tie_word_embeddings");
    if (!hone_json_str_eq(type, "gemma3_text"))
        return json_refuse(j, "model_type", "expected \"gemma3_text\"");
    if (!hone_json_is_null(archs)) {
        if (!hone_json_is(archs, HONE_JSON_ARRAY) || archs->len != 1 ||
            !hone_json_str_eq(hone_json_at(archs, 0), "Gemma3ForCausalLM"))
            return json_refuse(j, "architectures", "expected [\"Gemma3ForCausalLM\"]");
    }
    if (!hone_json_is_null(tied) && tied->type != HONE_JSON_TRUE)
        return json_refuse(j, "tie_word_embeddings",
                           "Gemma 3 shares its output matrix with the embedding");
    static const char *const activations[] = { "hidden_activation", "hidden_act" };
    for (size_t i = 0; i < 2; i++) {
        const hone_json *v = hone_json_get(j->o, activations[i]);
        if (!hone_json_is_null(v) && !hone_json_str_eq(v, "gelu_pytorch_tanh"))
            return json_refuse(j, activations[i], "expected \"gelu_pytorch_tanh\"");
    }
    return json_absent(j);
}

static int json_layer_types(const json_config *j, const hone_json *types, hone_config *c)
{
    if (!hone_json_is(types, HONE_JSON_ARRAY) || types->len != (size_t)c->L)
        return json_refuse(j, "layer_types", "expected a list with one entry a layer");
    for (int i = 0; i < c->L; i++) {
        const hone_json *v = hone_json_at(types, (size_t)i);
        c->global[i] = hone_json_str_eq(v, "full_attention");
        if (!c->global[i] && !hone_json_str_eq(v, "sliding_attention"))
            return json_refuse(j, "layer_types",
                               "expected \"full_attention\" and \"sliding_attention\" only");
    }
    return 0;
}

static int json_pattern(const json_config *j, hone_config *c)
{
    const hone_json *types = hone_json_get(j->o, "layer_types");
    if (c->L > HONE_MAX_LAYERS) return json_refuse(j, "num_hidden_layers", "too many layers");
    if (!hone_json_is_null(types)) return json_layer_types(j, types, c);
    static const char *const names[] = { "sliding_window_pattern", "_sliding_window_pattern" };
    int every = GLOBAL_EVERY;
    for (size_t i = 0; i < 2; i++)
        if (!hone_json_is_null(hone_json_get(j->o, names[i])))
            HONE_TRY(json_int(j, names[i], &every));
    for (int i = 0; i < c->L; i++) c->global[i] = (i + 1) % every == 0;
    return 0;
}

/* The scaling of one kind of layer: none, or linear. */
static int json_rope_kind(const json_config *j, const hone_json *o, const char *name,
                          double *ret_scale)
{
    const json_config in = { o, j->source, j->err };
    const hone_json *type = hone_json_get(o, "rope_type");
    if (!type) type = hone_json_get(o, "type");
    *ret_scale = 1.0;
    if (hone_json_is_null(type) || hone_json_str_eq(type, "default")) return 0;
    if (!hone_json_str_eq(type, "linear"))
        return json_refuse(j, name, "expected the rotary type \"default\" or \"linear\"");
    return json_req_real(&in, "factor", ret_scale);
}

/* The newer spelling: one object for each kind of layer. */
static int json_rope_parameters(const json_config *j, const hone_json *o, hone_config *c)
{
    static const char *const kinds[] = { "full_attention", "sliding_attention" };
    double *const bases[] = { &c->rope_global, &c->rope_local };
    double scales[2] = { 1.0, 1.0 };
    for (size_t i = 0; i < 2; i++) {
        const hone_json *kind = hone_json_get(o, kinds[i]);
        if (!hone_json_is(kind, HONE_JSON_OBJECT))
            return json_refuse(j, "rope_parameters",
                               "expected full_attention and sliding_attention");
        const json_config in = { kind, j->source, j->err };
        HONE_TRY(json_real(&in, "rope_theta", *bases[i], bases[i]));
        HONE_TRY(json_rope_kind(j, kind, "rope_parameters", &scales[i]));
    }
    if (scales[1] != 1.0)
        return json_refuse(j, "rope_parameters", "local layers have no rotary scale");
    c->rope_scale = scales[0];
    return 0;
}

static int json_rope(const json_config *j, hone_config *c)
{
    const hone_json *scaling = hone_json_get(j->o, "rope_scaling");
    const hone_json *parameters = hone_json_get(j->o, "rope_parameters");
    c->rope_scale = 1.0;
    HONE_TRY(json_real(j, "rope_theta", 1e6, &c->rope_global));
    HONE_TRY(json_real(j, "rope_local_base_freq", 1e4, &c->rope_local));
    if (!hone_json_is_null(parameters)) return json_rope_parameters(j, parameters, c);
    if (hone_json_is_null(scaling)) return 0;
    if (!hone_json_is(scaling, HONE_JSON_OBJECT))
        return json_refuse(j, "rope_scaling", "expected an object");
    return json_rope_kind(j, scaling, "rope_scaling", &c->rope_scale);
}

int hone_config_from_json(hone_config *ret, const hone_json *o, const char *source, hone_err *err)
{
    const json_config j = { o, source, err };
    hone_config c = { 0 };
    double eps = 0, scalar = 0;
    if (!hone_json_is(o, HONE_JSON_OBJECT))
        return refuse(err, source, "the configuration is no object");
    HONE_TRY(json_family(&j));
    HONE_TRY(json_int(&j, "vocab_size", &c.V));
    HONE_TRY(json_int(&j, "hidden_size", &c.C));
    HONE_TRY(json_int(&j, "num_hidden_layers", &c.L));
    HONE_TRY(json_int(&j, "num_attention_heads", &c.NH));
    HONE_TRY(json_int(&j, "num_key_value_heads", &c.NKV));
    HONE_TRY(json_int(&j, "head_dim", &c.HD));
    HONE_TRY(json_int(&j, "intermediate_size", &c.F));
    HONE_TRY(json_int(&j, "sliding_window", &c.window));
    HONE_TRY(json_int(&j, "max_position_embeddings", &c.max_positions));
    HONE_TRY(json_req_real(&j, "rms_norm_eps", &eps));
    HONE_TRY(json_req_real(&j, "query_pre_attn_scalar", &scalar));
    HONE_TRY(json_pattern(&j, &c));
    HONE_TRY(json_rope(&j, &c));
    c.rms_eps = (float)eps;
    c.query_scale = scale_of_scalar(scalar);
    finish(&c);
    HONE_TRY(hone_config_check(&c, source, err));
    *ret = c;
    return 0;
}

/* --- GGUF keys --- */

static int gguf_int(const hone_gguf *g, const char *name, bool required, int *ret, hone_err *err)
{
    uint64_t v = 0;
    bool found = false;
    HONE_TRY(hone_gguf_u64(g, name, &v, &found, err));
    if (!found && !required) return 0;
    hone_err_at(err, g->source, 0, -1);
    if (!found) return hone_fail(err, HONE_E_MODEL, "key %s is missing", name);
    if (v > INT32_MAX)
        return hone_fail(err, HONE_E_MODEL, "key %s is %llu, which is too large", name,
                         (unsigned long long)v);
    *ret = (int)v;
    return 0;
}

static int gguf_family(const hone_gguf *g, hone_err *err)
{
    const char *text = NULL;
    size_t len = 0;
    bool found = false;
    double cap = 0;
    HONE_TRY(hone_gguf_str(g, "general.architecture", &text, &len, &found, err));
    if (!found || len != 6 || memcmp(text, "gemma3", 6) != 0)
        return refuse(err, g->source, "general.architecture is not gemma3");
    static const char *const caps[] = { "gemma3.attn_logit_softcapping",
                                        "gemma3.final_logit_softcapping" };
    for (size_t i = 0; i < 2; i++) {
        HONE_TRY(hone_gguf_f64(g, caps[i], &cap, &found, err));
        if (found && cap != 0.0)
            return refuse(err, g->source, "Gemma 3 has no soft caps, this file has");
    }
    return 0;
}

/* Rotary bases and scale; what older files leave out are Gemma 3's own numbers. */
static int gguf_rope(const hone_gguf *g, hone_config *c, hone_err *err)
{
    const char *type = NULL;
    size_t len = 0;
    bool found = false;
    c->rope_local = 1e4;
    c->rope_global = 1e6;
    c->rope_scale = c->L >= LAYERS_4B ? 8.0 : 1.0;
    HONE_TRY(hone_gguf_f64(g, "gemma3.rope.freq_base", &c->rope_global, &found, err));
    HONE_TRY(hone_gguf_f64(g, "gemma3.rope.freq_base_swa", &c->rope_local, &found, err));
    HONE_TRY(hone_gguf_str(g, "gemma3.rope.scaling.type", &type, &len, &found, err));
    if (!found) return 0;
    if (len == 4 && memcmp(type, "none", 4) == 0) {
        c->rope_scale = 1.0;
        return 0;
    }
    if (len != 6 || memcmp(type, "linear", 6) != 0)
        return refuse(err, g->source, "gemma3.rope.scaling.type is neither none nor linear");
    HONE_TRY(hone_gguf_f64(g, "gemma3.rope.scaling.factor", &c->rope_scale, &found, err));
    if (!found) return refuse(err, g->source, "gemma3.rope.scaling.factor is missing");
    return 0;
}

static int gguf_attention(const hone_gguf *g, hone_config *c, hone_err *err)
{
    double eps = 0;
    bool found = false;
    HONE_TRY(gguf_int(g, "gemma3.attention.head_count", true, &c->NH, err));
    HONE_TRY(gguf_int(g, "gemma3.attention.head_count_kv", true, &c->NKV, err));
    HONE_TRY(gguf_int(g, "gemma3.attention.key_length", true, &c->HD, err));
    int value_length = c->HD, rotary = c->HD, every = GLOBAL_EVERY;
    HONE_TRY(gguf_int(g, "gemma3.attention.value_length", false, &value_length, err));
    HONE_TRY(gguf_int(g, "gemma3.rope.dimension_count", false, &rotary, err));
    if (value_length != c->HD || rotary != c->HD)
        return refuse(err, g->source, "key, value and rotary lengths of a head differ");
    HONE_TRY(gguf_int(g, "gemma3.attention.sliding_window", true, &c->window, err));
    HONE_TRY(hone_gguf_f64(g, "gemma3.attention.layer_norm_rms_epsilon", &eps, &found, err));
    c->rms_eps = (float)eps; /* absent: 0, which the check refuses */
    const hone_gguf_key *pattern = hone_gguf_find(g, "gemma3.attention.sliding_window_pattern");
    if (pattern && pattern->type != HONE_GGUF_ARRAY)
        HONE_TRY(gguf_int(g, pattern->name, true, &every, err));
    if (every < 1 || c->L > HONE_MAX_LAYERS)
        return refuse(err, g->source, "the pattern of local and global layers makes no sense");
    for (int i = 0; i < c->L; i++) c->global[i] = (i + 1) % every == 0;
    return 0;
}

/* One flag a layer: true where it is local. */
static int gguf_pattern(const hone_gguf *g, hone_config *c, hone_err *err)
{
    const hone_gguf_key *k = hone_gguf_find(g, "gemma3.attention.sliding_window_pattern");
    if (!k || k->type != HONE_GGUF_ARRAY) return 0;
    if (k->element != HONE_GGUF_BOOL || k->count != (uint64_t)c->L)
        return refuse(err, g->source,
                      "gemma3.attention.sliding_window_pattern: expected one flag a layer");
    for (int i = 0; i < c->L; i++) c->global[i] = !k->data[i];
    return 0;
}

int hone_config_from_gguf(hone_config *ret, const hone_gguf *g, hone_err *err)
{
    hone_config c = { 0 };
    HONE_TRY(gguf_family(g, err));
    for (size_t i = 0; i < g->num_tensors; i++)
        if (strcmp(g->tensors[i].name, "token_embd.weight") == 0) c.V = (int)g->tensors[i].shape[0];
    if (c.V == 0) return refuse(err, g->source, "tensor token_embd.weight is missing");
    HONE_TRY(gguf_int(g, "gemma3.context_length", true, &c.max_positions, err));
    HONE_TRY(gguf_int(g, "gemma3.embedding_length", true, &c.C, err));
    HONE_TRY(gguf_int(g, "gemma3.block_count", true, &c.L, err));
    HONE_TRY(gguf_int(g, "gemma3.feed_forward_length", true, &c.F, err));
    HONE_TRY(gguf_attention(g, &c, err));
    HONE_TRY(gguf_pattern(g, &c, err));
    HONE_TRY(gguf_rope(g, &c, err));
    /* 27B scales its scores by the model width of a head instead of the head size */
    const double scalar = c.L == LAYERS_27B && c.NH > 0 ? (double)c.C / c.NH : (double)c.HD;
    c.query_scale = scale_of_scalar(scalar);
    finish(&c);
    HONE_TRY(hone_config_check(&c, g->source, err));
    *ret = c;
    return 0;
}
