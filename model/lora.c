/*
 * LoRA adapters in memory: layout, initialisation, merging (model/lora.h). Files: model/lora_io.c.
 */
#include "model/lora.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/options.h"
#include "common/pattern.h"
#include "common/rng.h"
#include "kernels/parallel.h"
#include "model/lora_io.h"

enum { MAX_RANK = 1024, MERGE_COLUMNS = 256 };

static const unsigned ALL_LINEARS = (1u << HONE_LINEARS) - 1;

bool hone_qat_on(const hone_qat *q)
{
    return q->linears != HONE_QUANT_F32 || q->embed != HONE_QUANT_F32 || q->activations;
}

static int check_config(const hone_lora_config *c, hone_err *err)
{
    if (c->r < 1 || c->r > MAX_RANK)
        return hone_fail(err, HONE_E_DATA, "the LoRA rank is %d, expected 1..%d", c->r, MAX_RANK);
    if (!(c->alpha > 0.0 && c->alpha <= 1e6))
        return hone_fail(err, HONE_E_DATA, "lora_alpha must lie above 0 and be at most 1e6");
    if ((c->targets & ~ALL_LINEARS) || (!c->targets && !c->control_rows))
        return hone_fail(err, HONE_E_DATA, "the adapter targets no linear of the model");
    return 0;
}

/* Takes n floats of the block; false when the count overflows. */
static bool take(size_t *count, size_t rows, size_t columns, size_t *ret_at)
{
    size_t n = 0;
    *ret_at = *count;
    return hone_mul_size(rows, columns, &n) && hone_add_size(*count, n, count);
}

static bool lay_out(hone_adapter *a, const hone_config *m)
{
    const size_t r = (size_t)a->config.r;
    bool ok = true;
    for (int l = 0; l < m->L; l++)
        for (int i = 0; i < HONE_LINEARS; i++) {
            if (!(a->config.targets >> i & 1u)) continue;
            int64_t out, in;
            hone_config_linear_shape(m, (hone_linear_id)i, &out, &in);
            ok = ok && take(&a->count, r, (size_t)in, &a->a_at[l][i]);
            ok = ok && take(&a->count, (size_t)out, r, &a->b_at[l][i]);
        }
    if (a->config.control_rows)
        ok = ok && take(&a->count, HONE_CONTROL_ROWS, (size_t)m->C, &a->delta_at);
    return ok && a->count <= SIZE_MAX / sizeof(*a->params);
}

int hone_adapter_new(hone_adapter **ret, const hone_config *model, const hone_lora_config *c,
                     hone_err *err)
{
    HONE_TRY(check_config(c, err));
    hone_adapter *a = hone_calloc(1, sizeof(*a));
    if (!a) return hone_err_memory(err, "an adapter", sizeof(*a));
    a->config = *c;
    a->scale = (float)(c->rslora ? c->alpha / sqrt((double)c->r) : c->alpha / (double)c->r);
    a->L = model->L;
    a->C = model->C;
    if (lay_out(a, model)) a->params = hone_aligned(a->count * sizeof(*a->params));
    if (!a->params) {
        int rc = hone_err_memory(err, "an adapter", a->count);
        hone_adapter_free(a);
        return rc;
    }
    memset(a->params, 0, a->count * sizeof(*a->params));
    *ret = a;
    return 0;
}

void hone_adapter_free(hone_adapter *a)
{
    if (!a) return;
    hone_free(a->params);
    hone_free(a);
}

typedef struct init_job {
    hone_adapter *a;
    const hone_config *model;
    uint64_t seed;
} init_job;

/* A of one linear; each value is a function of the seed and its place alone. */
static void init_linear(void *ctx, int64_t index, int worker)
{
    (void)worker;
    const init_job *j = ctx;
    const int l = (int)(index / HONE_LINEARS), i = (int)(index % HONE_LINEARS);
    if (!(j->a->config.targets >> i & 1u)) return;
    int64_t out, in;
    hone_config_linear_shape(j->model, (hone_linear_id)i, &out, &in);
    const float sigma = (float)(1.0 / sqrt((double)in));
    float *A = j->a->params + j->a->a_at[l][i];
    for (int64_t k = 0; k < j->a->config.r * in; k++)
        A[k] = sigma * hone_rng_normal(j->seed, HONE_RNG_INIT, (uint32_t)index, (uint64_t)k);
}

void hone_adapter_init(hone_adapter *a, const hone_config *model, uint64_t seed, int threads)
{
    init_job j = { a, model, seed };
    memset(a->params, 0, a->count * sizeof(*a->params));
    hone_parallel(threads, (int64_t)a->L * HONE_LINEARS, init_linear, &j);
}

static int linear_of_word(const char *s, size_t n)
{
    for (int i = 0; i < HONE_LINEARS; i++)
        if (strlen(hone_linear_names[i]) == n && memcmp(hone_linear_names[i], s, n) == 0) return i;
    return -1;
}

static int unknown_target(const char *s, size_t n, hone_err *err)
{
    char word[64];
    (void)snprintf(word, sizeof(word), "%.*s", (int)(n < 63 ? n : 63), s);
    const char *near = hone_nearest(word, hone_linear_names, HONE_LINEARS);
    int rc = hone_fail(err, HONE_E_USAGE, "'%s' is no linear of the model", word);
    if (near)
        hone_err_hint(err, "did you mean %s?", near);
    else
        hone_err_hint(
            err, "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj or all-linear");
    return rc;
}

/* A pattern is matched against "model.layers.N.self_attn.q_proj" and "q_proj"; it must choose the
 * same linears in every layer. */
static int parse_pattern(unsigned *ret, const char *text, hone_err *err)
{
    hone_pattern *p = NULL;
    unsigned first = 0;
    HONE_TRY(hone_pattern_new(&p, text, strlen(text), err));
    int rc = 0;
    for (int l = 0; l < HONE_MAX_LAYERS && rc == 0; l++) {
        unsigned mask = 0;
        for (int i = 0; i < HONE_LINEARS && rc == 0; i++) {
            char name[HONE_LORA_MODULE_SIZE];
            bool whole = false, end = false;
            hone_lora_module_name(l, i, name);
            rc = hone_pattern_match(p, name, strlen(name), &whole, err);
            if (rc == 0) rc = hone_pattern_match(p, hone_linear_names[i],
                                                 strlen(hone_linear_names[i]), &end, err);
            if (whole || end) mask |= 1u << i;
        }
        if (l == 0) first = mask;
        if (rc == 0 && mask != first)
            rc = hone_fail(err, HONE_E_USAGE, "'%s' chooses other linears in layer %d than in "
                                              "layer 0: all layers must be adapted alike", text, l);
    }
    hone_pattern_free(p);
    if (rc == 0 && !first) rc = hone_fail(err, HONE_E_USAGE, "'%s' matches no linear", text);
    if (rc == 0) *ret = first;
    return rc;
}

int hone_lora_targets_parse(unsigned *ret, const char *text, hone_err *err)
{
    unsigned targets = 0;
    if (strpbrk(text, ".*+?[](){}|^$\\")) {
        int rc = parse_pattern(ret, text, err);
        if (rc == HONE_E_DATA && err) err->code = HONE_E_USAGE; /* the pattern is the user's word */
        return rc == HONE_E_DATA ? HONE_E_USAGE : rc;
    }
    if (strcmp(text, "all-linear") == 0) {
        *ret = ALL_LINEARS;
        return 0;
    }
    for (const char *s = text; *s;) {
        const size_t n = strcspn(s, ", ");
        const int id = n ? linear_of_word(s, n) : 0;
        if (id < 0) return unknown_target(s, n, err);
        if (n) targets |= 1u << id;
        s += n + (s[n] != '\0');
    }
    if (!targets) return hone_fail(err, HONE_E_USAGE, "no linear is named in '%s'", text);
    *ret = targets;
    return 0;
}

/* w[j] += s * sum over k of b[k] * A[k][j], the sum in k's order, in columns that fit the stack. */
static void merge_row(const float *A, const float *b, int r, float s, int64_t in, float *w)
{
    float sum[MERGE_COLUMNS];
    for (int64_t at = 0; at < in; at += MERGE_COLUMNS) {
        const int64_t n = in - at < MERGE_COLUMNS ? in - at : MERGE_COLUMNS;
        memset(sum, 0, sizeof(sum));
        for (int k = 0; k < r; k++)
            for (int64_t j = 0; j < n; j++) sum[j] += b[k] * A[k * in + at + j];
        for (int64_t j = 0; j < n; j++) w[at + j] += s * sum[j];
    }
}

void hone_lora_merge(const hone_lora_pair *p, int64_t count, float *w)
{
    for (int64_t o = 0; o < count; o++)
        merge_row(p->A, p->B + o * p->r, p->r, p->scale, p->in, w + o * p->in);
}

void hone_adapter_merge_rows(const hone_adapter *a, int layer, hone_linear_id id, int64_t in,
                             int64_t first, int64_t count, float *w)
{
    if (!(a->config.targets >> id & 1u)) return;
    const int r = a->config.r;
    const hone_lora_pair p = { .A = a->params + a->a_at[layer][id],
                               .B = a->params + a->b_at[layer][id] + first * r,
                               .r = r,
                               .scale = a->scale,
                               .in = in };
    hone_lora_merge(&p, count, w);
}

void hone_adapter_merge_embed_row(const hone_adapter *a, int32_t id, float *row)
{
    const int32_t k = id - HONE_CONTROL_FIRST;
    if (!a->config.control_rows || k < 0 || k >= HONE_CONTROL_ROWS) return;
    const float *delta = a->params + a->delta_at + (size_t)k * (size_t)a->C;
    for (int j = 0; j < a->C; j++) row[j] += delta[j];
}
