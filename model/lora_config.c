/*
 * adapter_config.json of a PEFT folder (model/lora_io.h). Keys that change what the adapter
 * computes are compared; keys that say nothing about it (dropout, inference mode, versions) are not
 * read.
 */
#include "model/lora_io.h"

#include <stdio.h>
#include <string.h>

#include "common/pattern.h"

typedef struct reader {
    const hone_json *o;
    const char *source;
    hone_err *err;
} reader;

static int refuse(const reader *r, const char *key, const char *rule)
{
    const hone_json *v = hone_json_get(r->o, key);
    hone_err_at(r->err, r->source, v ? v->line : 0, -1);
    return hone_fail(r->err, HONE_E_MODEL, "adapter not supported: %s: %s", key, rule);
}

static int as_model_error(const reader *r)
{
    if (r->err) r->err->code = HONE_E_MODEL;
    return HONE_E_MODEL;
}

/* Null, false, 0, "", [] and {}: the feature is off. */
static bool is_off(const hone_json *v)
{
    if (hone_json_is_null(v) || v->type == HONE_JSON_FALSE) return true;
    if (hone_json_is_number(v)) return hone_json_f64(v) == 0.0;
    return v->type != HONE_JSON_TRUE && v->len == 0;
}

static int check_off(const reader *r)
{
    static const struct {
        const char *key, *rule;
    } features[] = {
        { "use_dora", "DoRA is not computed here" },
        { "modules_to_save", "whole modules in an adapter are not supported" },
        { "rank_pattern", "one rank for all linears is supported" },
        { "alpha_pattern", "one alpha for all linears is supported" },
        { "layers_to_transform", "all layers must be adapted alike" },
        { "layer_replication", "replicated layers are not supported" },
        { "exclude_modules", "excluded modules are not supported" },
        { "target_parameters", "adapted bare parameters are not supported" },
        { "fan_in_fan_out", "weights are [out, in] here" },
        { "lora_bias", "biases are not supported" },
        { "use_qalora", "QALoRA is not computed here" },
        { "use_bdlora", "block-diagonal LoRA is not computed here" },
        { "alora_invocation_tokens", "activated LoRA is not computed here" },
        { "arrow_config", "mixtures of adapters are not supported" },
        { "megatron_config", "parallel layers are not supported" },
    };
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
        if (!is_off(hone_json_get(r->o, features[i].key)))
            return refuse(r, features[i].key, features[i].rule);
    return 0;
}

static int check_kind(const reader *r)
{
    const hone_json *task = hone_json_get(r->o, "task_type");
    const hone_json *bias = hone_json_get(r->o, "bias");
    const hone_json *init = hone_json_get(r->o, "init_lora_weights");
    if (!hone_json_str_eq(hone_json_get(r->o, "peft_type"), "LORA"))
        return refuse(r, "peft_type", "expected \"LORA\"");
    if (!hone_json_is_null(task) && !hone_json_str_eq(task, "CAUSAL_LM"))
        return refuse(r, "task_type", "expected \"CAUSAL_LM\"");
    if (!hone_json_is_null(bias) && !hone_json_str_eq(bias, "none"))
        return refuse(r, "bias", "expected \"none\"");
    /* these initialisations change the base weights, which then are not the base's */
    static const char *const residual[] = { "pissa", "olora", "corda", "loftq", "lora_ga" };
    if (hone_json_is(init, HONE_JSON_STRING))
        for (size_t i = 0; i < sizeof(residual) / sizeof(residual[0]); i++)
            if (strncmp(init->text, residual[i], strlen(residual[i])) == 0)
                return refuse(r, "init_lora_weights",
                              "it belongs to changed base weights; convert the "
                              "adapter to plain LoRA first");
    return check_off(r);
}

static int read_numbers(const reader *r, hone_lora_config *c)
{
    int64_t rank = 0;
    double alpha = 0;
    bool rslora = false;
    if (hone_json_req_i64(&rank, r->o, "r", 1, HONE_LORA_MAX_RANK, r->source, r->err) < 0 ||
        hone_json_get_bool(&rslora, r->o, "use_rslora", false, r->source, r->err) < 0)
        return as_model_error(r);
    const hone_json *v = hone_json_get(r->o, "lora_alpha");
    if (hone_json_is_number(v)) alpha = hone_json_f64(v);
    if (!(alpha > 0.0 && alpha <= 1e6)) return refuse(r, "lora_alpha", "expected a number above 0");
    c->r = (int)rank;
    c->alpha = alpha;
    c->rslora = rslora;
    return 0;
}

/* Name of a linear as PEFT sees it below the base model. */
static void module_name(int layer, int id, char name[64])
{
    const char *part = id <= HONE_O ? "self_attn" : "mlp";
    (void)snprintf(name, 64, "model.layers.%d.%s.%s", layer, part, hone_linear_names[id]);
}

/* A list entry names a module whole, or by its end behind a dot. */
static bool entry_matches(const hone_json *entry, const char *name)
{
    const size_t n = strlen(name);
    if (entry->len == 0 || entry->len > n) return false;
    if (memcmp(name + n - entry->len, entry->text, entry->len) != 0) return false;
    return entry->len == n || name[n - entry->len - 1] == '.';
}

typedef struct matcher {
    const hone_json *list;       /* or */
    const hone_pattern *pattern; /* or neither: everything matches */
    bool *used;                  /* an entry of the list each */
} matcher;

static int module_matches(const reader *r, const matcher *m, const char *name, bool *ret)
{
    if (m->pattern) return hone_pattern_match(m->pattern, name, strlen(name), ret, r->err);
    *ret = m->list == NULL;
    for (size_t i = 0; m->list && i < m->list->len; i++)
        if (entry_matches(hone_json_at(m->list, i), name)) *ret = m->used[i] = true;
    return 0;
}

/* The mask of adapted linears, which must be the same in all layers. */
static int match_all(const reader *r, const matcher *m, int layers, unsigned *ret)
{
    unsigned first = 0;
    for (int l = 0; l < layers; l++) {
        unsigned mask = 0;
        for (int i = 0; i < HONE_LINEARS; i++) {
            char name[64];
            bool hit = false;
            module_name(l, i, name);
            const int rc = module_matches(r, m, name, &hit);
            if (rc == HONE_E_MEMORY) return rc;
            if (rc < 0) return refuse(r, "target_modules", "the pattern needs too much work");
            if (hit) mask |= 1u << i;
        }
        if (l == 0) first = mask;
        if (mask != first) return refuse(r, "target_modules", "all layers must be adapted alike");
    }
    *ret = first;
    return 0;
}

static int read_list(const reader *r, const hone_json *list, int layers, unsigned *ret)
{
    enum { MAX_ENTRIES = 256 * HONE_LINEARS };
    bool used[MAX_ENTRIES] = { false };
    const matcher m = { .list = list, .used = used };
    if (list->len > MAX_ENTRIES) return refuse(r, "target_modules", "too many entries");
    for (size_t i = 0; i < list->len; i++)
        if (!hone_json_is(hone_json_at(list, i), HONE_JSON_STRING))
            return refuse(r, "target_modules", "expected names");
    HONE_TRY(match_all(r, &m, layers, ret));
    for (size_t i = 0; i < list->len; i++)
        if (!used[i]) {
            char rule[160];
            (void)snprintf(rule, sizeof(rule), "\"%.60s\" is no linear of a Gemma 3 layer",
                           hone_json_at(list, i)->text);
            return refuse(r, "target_modules", rule);
        }
    return 0;
}

static int read_pattern(const reader *r, const hone_json *text, int layers, unsigned *ret)
{
    hone_pattern *p = NULL;
    int rc = hone_pattern_new(&p, text->text, text->len, r->err);
    if (rc < 0) {
        hone_err_at(r->err, r->source, text->line, -1);
        hone_err_context(r->err, "target_modules");
        return rc == HONE_E_MEMORY ? rc : as_model_error(r);
    }
    const matcher m = { .pattern = p };
    rc = match_all(r, &m, layers, ret);
    hone_pattern_free(p);
    return rc;
}

static int read_targets(const reader *r, int layers, unsigned *ret)
{
    const hone_json *v = hone_json_get(r->o, "target_modules");
    const matcher all = { 0 };
    if (hone_json_str_eq(v, "all-linear")) return match_all(r, &all, layers, ret);
    if (hone_json_is(v, HONE_JSON_ARRAY)) return read_list(r, v, layers, ret);
    if (hone_json_is(v, HONE_JSON_STRING)) return read_pattern(r, v, layers, ret);
    return refuse(r, "target_modules", "expected a list, a pattern or \"all-linear\"");
}

/* PEFT's form of the control rows: exactly the ids 46..52 of the input embedding, in order. */
static int read_control_rows(const reader *r, bool *ret)
{
    const char *key = "trainable_token_indices";
    const hone_json *v = hone_json_get(r->o, key);
    *ret = false;
    if (is_off(v)) return 0;
    if (hone_json_is(v, HONE_JSON_OBJECT)) {
        if (v->len != 1 || !hone_json_get(v, "embed_tokens"))
            return refuse(r, key, "only rows of embed_tokens are supported");
        v = hone_json_get(v, "embed_tokens");
    }
    if (!hone_json_is(v, HONE_JSON_ARRAY) || v->len != HONE_CONTROL_ROWS)
        return refuse(r, key, "only the control tokens 46..52 can be trained");
    for (size_t i = 0; i < HONE_CONTROL_ROWS; i++) {
        int64_t id = 0;
        if (!hone_json_i64(hone_json_at(v, i), &id) || id != HONE_CONTROL_FIRST + (int64_t)i)
            return refuse(r, key, "only the control tokens 46..52, in order, can be trained");
    }
    *ret = true;
    return 0;
}

int hone_lora_config_from_json(hone_lora_config *ret, const hone_json *o, const hone_config *model,
                               const char *source, hone_err *err)
{
    const reader r = { o, source, err };
    hone_lora_config c = { 0 };
    if (!hone_json_is(o, HONE_JSON_OBJECT)) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_MODEL, "the adapter's configuration is no object");
    }
    HONE_TRY(check_kind(&r));
    HONE_TRY(read_numbers(&r, &c));
    HONE_TRY(read_targets(&r, model->L, &c.targets));
    HONE_TRY(read_control_rows(&r, &c.control_rows));
    if (c.targets == 0 && !c.control_rows)
        return refuse(&r, "target_modules", "it matches no linear of the model");
    *ret = c;
    return 0;
}
