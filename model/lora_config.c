/*
 * adapter_config.json of a PEFT folder (model/lora_io.h). Keys that change what the adapter
 * computes are compared; keys that say nothing about it (dropout, inference mode, versions) are not
 * read.
 */
#include "model/lora_io.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/pattern.h"

typedef struct reader {
    const hone_json *o;
    const char *source;
    int layers;
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
        { "modules_to_save", "whole trained modules beside the LoRA are not supported; merge that "
                             "adapter into its base with the program that made it" },
        { "layer_replication", "replicated layers are not supported" },
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

void hone_lora_module_name(int layer, int id, char name[HONE_LORA_MODULE_SIZE])
{
    const char *part = id <= HONE_O ? "self_attn" : "mlp";
    (void)snprintf(name, HONE_LORA_MODULE_SIZE, "model.layers.%d.%s.%s", layer, part,
                   hone_linear_names[id]);
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

static int pattern_new(const reader *r, const char *key, const char *text, size_t len,
                       hone_pattern **ret)
{
    int rc = hone_pattern_new(ret, text, len, r->err);
    if (rc >= 0) return 0;
    hone_err_at(r->err, r->source, hone_json_get(r->o, key)->line, -1);
    hone_err_context(r->err, "%s", key);
    return rc == HONE_E_MEMORY ? rc : as_model_error(r);
}

static int match_failed(const reader *r, const char *key, int rc)
{
    return rc == HONE_E_MEMORY ? rc : refuse(r, key, "the pattern needs too much work");
}

/* Marks the modules that m matches: ret[layer][linear] becomes `mark`. */
static int match_all(const reader *r, const char *key, const matcher *m, int16_t mark,
                     hone_lora_layout *ret)
{
    for (int l = 0; l < r->layers; l++)
        for (int i = 0; i < HONE_LINEARS; i++) {
            char name[HONE_LORA_MODULE_SIZE];
            bool hit = false;
            hone_lora_module_name(l, i, name);
            const int rc = module_matches(r, m, name, &hit);
            if (rc < 0) return match_failed(r, key, rc);
            if (hit) ret->rank[l][i] = mark;
        }
    return 0;
}

/* The entry of a list that matched nothing, if there is one. */
static int check_used(const reader *r, const char *key, const matcher *m)
{
    char rule[160];
    for (size_t i = 0; i < m->list->len; i++) {
        if (m->used[i]) continue;
        (void)snprintf(rule, sizeof(rule), "\"%.60s\" is no linear of a Gemma 3 layer",
                       hone_json_at(m->list, i)->text);
        return refuse(r, key, rule);
    }
    return 0;
}

/* A list of names, which all must match something if `strict`, or a pattern. */
static int mark_modules(const reader *r, const char *key, const hone_json *v, int16_t mark,
                        bool strict, hone_lora_layout *ret)
{
    enum { MAX_ENTRIES = 256 * HONE_LINEARS };
    bool used[MAX_ENTRIES] = { false };
    matcher m = { .list = v, .used = used };
    hone_pattern *pattern = NULL;
    if (hone_json_is(v, HONE_JSON_STRING)) {
        HONE_TRY(pattern_new(r, key, v->text, v->len, &pattern));
        m = (matcher){ .pattern = pattern };
    } else if (!hone_json_is(v, HONE_JSON_ARRAY)) {
        return refuse(r, key, "expected a list, a pattern or \"all-linear\"");
    }
    for (size_t i = 0; m.list && i < v->len; i++)
        if (i >= MAX_ENTRIES || !hone_json_is(hone_json_at(v, i), HONE_JSON_STRING))
            return refuse(r, key, "expected names, and not too many");
    int rc = match_all(r, key, &m, mark, ret);
    if (rc == 0 && m.list && strict) rc = check_used(r, key, &m);
    hone_pattern_free(pattern);
    return rc;
}

/* ---- which linears ---- */

static bool layer_listed(const hone_json *v, int layer)
{
    int64_t n;
    if (hone_json_i64(v, &n)) return n == layer;
    for (size_t i = 0; hone_json_is(v, HONE_JSON_ARRAY) && i < v->len; i++)
        if (hone_json_i64(hone_json_at(v, i), &n) && n == layer) return true;
    return false;
}

/* layers_to_transform: a number or a list of them; the others lose their marks. */
static int keep_layers(const reader *r, hone_lora_layout *ret)
{
    static const char key[] = "layers_to_transform";
    const hone_json *v = hone_json_get(r->o, key), *pattern = hone_json_get(r->o, "layers_pattern");
    int64_t n;
    if (hone_json_is_null(v)) return 0;
    if (!hone_json_is(v, HONE_JSON_ARRAY) && !hone_json_i64(v, &n))
        return refuse(r, key, "expected layer numbers");
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        if (!hone_json_i64(hone_json_at(v, i), &n) || n < 0 || n >= r->layers)
            return refuse(r, key, "expected numbers of layers that the model has");
    const hone_json *only = hone_json_is(pattern, HONE_JSON_ARRAY) ? hone_json_at(pattern, 0)
                                                                   : pattern;
    if (!is_off(pattern) && !hone_json_str_eq(only, "layers"))
        return refuse(r, "layers_pattern", "the layers of Gemma 3 are called \"layers\"");
    for (int l = 0; l < r->layers; l++)
        if (!layer_listed(v, l)) memset(ret->rank[l], 0, sizeof(ret->rank[l]));
    return 0;
}

static int read_targets(const reader *r, hone_lora_layout *ret)
{
    static const char key[] = "target_modules", without[] = "exclude_modules";
    const hone_json *v = hone_json_get(r->o, key), *not = hone_json_get(r->o, without);
    const matcher all = { 0 };
    if (hone_json_str_eq(v, "all-linear")) HONE_TRY(match_all(r, key, &all, 1, ret));
    else HONE_TRY(mark_modules(r, key, v, 1, true, ret));
    if (!is_off(not)) HONE_TRY(mark_modules(r, without, not, 0, false, ret));
    return keep_layers(r, ret);
}

/* ---- ranks and scales of single linears ---- */

/* The first key of a pattern object that names the module; NULL: none does. As PEFT looks: the key
 * is a pattern for the end of the name, behind a dot. */
static int pattern_value(const reader *r, const char *key, const char *module,
                         const hone_json **ret)
{
    const hone_json *o = hone_json_get(r->o, key);
    *ret = NULL;
    for (size_t i = 0; !is_off(o) && i < o->len && !*ret; i++) {
        hone_pattern *p = NULL;
        bool hit = false;
        hone_buf text = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&text, "(.*\\.)?(%s)", o->members[i].key);
        int rc = hone_buf_ok(&text) ? pattern_new(r, key, text.data, text.len, &p)
                                    : refuse(r, key, "a name that is too long");
        if (rc == 0) rc = hone_pattern_match(p, module, strlen(module), &hit, r->err);
        if (rc < 0 && p) rc = match_failed(r, key, rc);
        hone_pattern_free(p);
        hone_buf_done(&text);
        if (rc < 0) return rc;
        if (hit) *ret = o->members[i].value;
    }
    return 0;
}

static double scale_of(const hone_lora_config *c, double alpha, int64_t rank)
{
    return c->rslora ? alpha / sqrt((double)rank) : alpha / (double)rank;
}

/* Own rank and scale of an adapted linear. */
static int read_own(const reader *r, int layer, int id, hone_lora_layout *ret)
{
    const hone_json *rank = NULL, *alpha = NULL;
    char module[HONE_LORA_MODULE_SIZE];
    int64_t n = ret->config.r;
    double a = ret->config.alpha;
    hone_lora_module_name(layer, id, module);
    HONE_TRY(pattern_value(r, "rank_pattern", module, &rank));
    HONE_TRY(pattern_value(r, "alpha_pattern", module, &alpha));
    if (rank && (!hone_json_i64(rank, &n) || n < 1 || n > HONE_LORA_MAX_RANK))
        return refuse(r, "rank_pattern", "expected ranks of 1 to 1024");
    if (alpha) a = hone_json_is_number(alpha) ? hone_json_f64(alpha) : 0;
    if (!(a > 0.0 && a <= 1e6)) return refuse(r, "alpha_pattern", "expected numbers above 0");
    ret->rank[layer][id] = (int16_t)n;
    ret->ratio[layer][id] = scale_of(&ret->config, a, n) /
                            scale_of(&ret->config, ret->config.alpha, ret->config.r);
    return 0;
}

/* One rank for all: the largest; alpha such that the common scale stays what it is. */
static int read_layout(const reader *r, hone_lora_layout *ret)
{
    const double scale = scale_of(&ret->config, ret->config.alpha, ret->config.r);
    int most = 0;
    for (int l = 0; l < r->layers; l++)
        for (int i = 0; i < HONE_LINEARS; i++) {
            if (!ret->rank[l][i]) continue;
            HONE_TRY(read_own(r, l, i, ret));
            if (ret->rank[l][i] > most) most = ret->rank[l][i];
            ret->config.targets |= 1u << i;
        }
    if (most == 0 || most == ret->config.r) return 0;
    ret->config.r = most;
    ret->config.alpha = ret->config.rslora ? scale * sqrt((double)most) : scale * most;
    return 0;
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

int hone_lora_config_from_json(hone_lora_layout *ret, const hone_json *o, const hone_config *model,
                               const char *source, hone_err *err)
{
    const reader r = { o, source, model->L, err };
    hone_lora_layout c = { .config = { .r = 0 } };
    if (!hone_json_is(o, HONE_JSON_OBJECT)) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_MODEL, "the adapter's configuration is no object");
    }
    HONE_TRY(check_kind(&r));
    HONE_TRY(read_numbers(&r, &c.config));
    HONE_TRY(read_targets(&r, &c));
    HONE_TRY(read_control_rows(&r, &c.config.control_rows));
    HONE_TRY(read_layout(&r, &c));
    if (c.config.targets == 0 && !c.config.control_rows)
        return refuse(&r, "target_modules", "it matches no linear of the model");
    *ret = c;
    return 0;
}
