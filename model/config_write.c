/* The writing half of gemma3_config.c (model/config_write.h). */
#include "model/config_write.h"

#include <math.h>

static bool set_int(hone_arena *a, hone_json *o, const char *key, int v)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, v));
}

static bool set_real(hone_arena *a, hone_json *o, const char *key, double v)
{
    return hone_json_set(a, o, key, hone_json_new_f64(a, v));
}

/* transformers wants a whole number where it is one, which it mostly is. */
static bool set_scalar(hone_arena *a, hone_json *o, double v)
{
    const double whole = round(v);
    if (fabs(v - whole) < 1e-4 * v)
        return hone_json_set(a, o, "query_pre_attn_scalar", hone_json_new_i64(a, (int64_t)whole));
    return set_real(a, o, "query_pre_attn_scalar", v);
}

static bool set_text(hone_arena *a, hone_json *o, const char *key, const char *v)
{
    return hone_json_set(a, o, key, hone_json_new_str(a, v));
}

static bool set_layers(hone_arena *a, hone_json *o, const hone_config *c)
{
    hone_json *list = hone_json_new_array(a);
    for (int i = 0; i < c->L; i++)
        if (!hone_json_push(a, list, hone_json_new_str(a, c->global[i] ? "full_attention"
                                                                       : "sliding_attention")))
            return false;
    return hone_json_set(a, o, "layer_types", list);
}

static bool set_rope(hone_arena *a, hone_json *o, const hone_config *c)
{
    bool ok = set_real(a, o, "rope_theta", c->rope_global) &&
              set_real(a, o, "rope_local_base_freq", c->rope_local);
    if (!ok || c->rope_scale == 1.0) return ok;
    hone_json *scaling = hone_json_new_object(a);
    return set_text(a, scaling, "rope_type", "linear") &&
           set_real(a, scaling, "factor", c->rope_scale) &&
           hone_json_set(a, o, "rope_scaling", scaling);
}

hone_json *hone_config_to_json(hone_arena *a, const hone_config *c)
{
    hone_json *o = hone_json_new_object(a);
    double scalar = 1.0 / ((double)c->query_scale * (double)c->query_scale);
    bool ok = set_text(a, o, "model_type", "gemma3_text") &&
              set_int(a, o, "vocab_size", c->V) && set_int(a, o, "hidden_size", c->C) &&
              set_int(a, o, "num_hidden_layers", c->L) &&
              set_int(a, o, "num_attention_heads", c->NH) &&
              set_int(a, o, "num_key_value_heads", c->NKV) && set_int(a, o, "head_dim", c->HD) &&
              set_int(a, o, "intermediate_size", c->F) &&
              set_int(a, o, "sliding_window", c->window) &&
              set_int(a, o, "max_position_embeddings", c->max_positions) &&
              set_real(a, o, "rms_norm_eps", (double)c->rms_eps) &&
              set_scalar(a, o, scalar) && set_layers(a, o, c) && set_rope(a, o, c);
    return ok ? o : NULL;
}
