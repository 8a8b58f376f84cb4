/*
 * Gemma 3 in double, one plain sequence at a time, on the reference kernels: what the engine's loss
 * and gradients on a tiny model are compared with. Shares no code with the engine.
 */
#ifndef HONE_TESTS_UNIT_TINY_REFERENCE_H
#define HONE_TESTS_UNIT_TINY_REFERENCE_H

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/ref/reference.h"
#include "model/gemma3_open.h"
#include "model/lora.h"

enum {
    TINY_TOKENS = 128,
    TINY_WIDTH = 128,
    TINY_PLANE = TINY_TOKENS * TINY_WIDTH,
    TINY_MATRIX = 16384
};

/* A model, an adapter's layout, and its parameters in double. */
typedef struct tiny {
    const hone_model *m;
    const hone_adapter *a;
    const double *params;
} tiny;

static inline const float *tiny_weight(const hone_tensor *t)
{
    return (const float *)(const void *)t->data;
}

/* Where a fully trained model has the values of a tensor; NULL: it is frozen. */
static inline const double *tiny_trained(const tiny *r, const hone_tensor *t)
{
    for (int s = 0; r->a && r->a->config.full && s < hone_model_slots(&r->m->config); s++)
        if (hone_model_slot_const(r->m, s) == t && r->a->slot_at[s] != HONE_FROZEN)
            return r->params + r->a->slot_at[s];
    return NULL;
}

static inline void tiny_gain(const tiny *r, double *out, const hone_tensor *t, int64_t n)
{
    const double *trained = tiny_trained(r, t);
    for (int64_t i = 0; i < n; i++)
        out[i] = trained ? trained[i] : 1.0 + (double)tiny_weight(t)[i];
}

/* y = W x + s B A x for T rows */
static inline void tiny_linear(const tiny *r, double *y, const double *x, int l, hone_linear_id id,
                               int64_t T)
{
    static double W[TINY_MATRIX], u[TINY_PLANE], zero[TINY_MATRIX];
    const bool trained = r->a && (r->a->config.targets >> id & 1u);
    int64_t out, in;
    hone_config_linear_shape(&r->m->config, id, &out, &in);
    const hone_tensor *t = &r->m->layers[l].linear[id];
    const double *full = tiny_trained(r, t);
    for (int64_t i = 0; i < out * in; i++) W[i] = full ? full[i] : (double)tiny_weight(t)[i];
    hone_lora_fwd_f64_ref(y, u, x, W, trained ? r->params + r->a->a_at[l][id] : zero,
                          trained ? r->params + r->a->b_at[l][id] : zero,
                          trained ? (double)r->a->scale : 0, T, in, out,
                          trained ? r->a->config.r : 1);
}

static inline void tiny_rotate(const hone_config *c, double *x, int heads, int64_t T, bool global)
{
    for (int64_t t = 0; t < T; t++) {
        double cos_sin[TINY_WIDTH];
        for (int i = 0; i < c->HD / 2; i++) { /* angles as the device rounds them */
            const float f = (float)pow(global ? c->rope_global : c->rope_local, -2.0 * i / c->HD);
            const double angle = (double)((float)t * f);
            cos_sin[i] = (double)(float)cos(angle);
            cos_sin[i + c->HD / 2] = (double)(float)sin(angle);
        }
        hone_rope_fwd_f64_ref(x + t * heads * c->HD, cos_sin, heads, c->HD);
    }
}

static inline void tiny_norm(const tiny *r, double *y, const double *x, const hone_tensor *t,
                             int64_t rows, int64_t n)
{
    double gain[TINY_WIDTH];
    tiny_gain(r, gain, t, n);
    hone_rmsnorm_fwd_f64_ref(y, x, gain, rows, n, (double)r->m->config.rms_eps);
}

static inline void tiny_attention(const tiny *r, double *ao, const double *n, int l, int64_t T)
{
    static double q[TINY_PLANE], k[TINY_PLANE], v[TINY_PLANE], o[TINY_PLANE], lse[TINY_PLANE];
    const hone_config *c = &r->m->config;
    const hone_layer *y = &r->m->layers[l];
    tiny_linear(r, q, n, l, HONE_Q, T);
    tiny_linear(r, k, n, l, HONE_K, T);
    tiny_linear(r, v, n, l, HONE_V, T);
    tiny_norm(r, q, q, &y->q_norm, T * c->NH, c->HD);
    tiny_norm(r, k, k, &y->k_norm, T * c->NKV, c->HD);
    tiny_rotate(c, q, c->NH, T, c->global[l]);
    tiny_rotate(c, k, c->NKV, T, c->global[l]);
    for (int64_t i = 0; i < T * c->NH * c->HD; i++) q[i] *= (double)c->query_scale;
    hone_attention_fwd_f64_ref(o, lse, q, k, v, T, c->NH, c->NKV, c->HD,
                               c->global[l] ? T : c->window);
    tiny_linear(r, ao, o, l, HONE_O, T);
}

static inline void tiny_layer(const tiny *r, double *x, int l, int64_t T)
{
    static double n[TINY_PLANE], t[TINY_PLANE], gu[2 * TINY_PLANE], act[TINY_PLANE];
    const hone_config *c = &r->m->config;
    const hone_layer *y = &r->m->layers[l];
    tiny_norm(r, n, x, &y->input_norm, T, c->C);
    tiny_attention(r, t, n, l, T);
    tiny_norm(r, t, t, &y->post_attn_norm, T, c->C);
    for (int64_t i = 0; i < T * c->C; i++) x[i] += t[i];
    tiny_norm(r, n, x, &y->pre_ffn_norm, T, c->C);
    for (int64_t i = 0; i < T; i++) {
        tiny_linear(r, gu + i * 2 * c->F, n + i * c->C, l, HONE_GATE, 1);
        tiny_linear(r, gu + i * 2 * c->F + c->F, n + i * c->C, l, HONE_UP, 1);
    }
    hone_geglu_fwd_f64_ref(act, gu, T, c->F);
    tiny_linear(r, t, act, l, HONE_DOWN, T);
    tiny_norm(r, t, t, &y->post_ffn_norm, T, c->C);
    for (int64_t i = 0; i < T * c->C; i++) x[i] += t[i];
}

/* Embedding with the control rows' delta, V rows of C. */
static inline void tiny_embedding(const tiny *r, double *E)
{
    const hone_config *c = &r->m->config;
    const double *full = tiny_trained(r, &r->m->embed);
    for (int64_t i = 0; i < (int64_t)c->V * c->C; i++)
        E[i] = full ? full[i] : (double)tiny_weight(&r->m->embed)[i];
    for (int64_t i = 0; r->a && r->a->config.control_rows && i < (int64_t)HONE_CONTROL_ROWS * c->C;
         i++)
        E[(int64_t)HONE_CONTROL_FIRST * c->C + i] += r->params[r->a->delta_at + (size_t)i];
}

/* Weighted loss of a sequence: after token i comes target[i] with weight[i] (0: no label). */
static inline double tiny_loss(const tiny *r, const int32_t *ids, int64_t T, const int32_t *target,
                               const double *weight)
{
    static double E[320 * TINY_WIDTH], x[TINY_PLANE], h[TINY_PLANE];
    const hone_config *c = &r->m->config;
    tiny_embedding(r, E);
    for (int64_t t = 0; t < T; t++) {
        for (int64_t i = 0; i < c->C; i++)
            x[t * c->C + i] = E[ids[t] * c->C + i] * (double)c->embed_scale;
    }
    for (int l = 0; l < c->L; l++) tiny_layer(r, x, l, T);
    tiny_norm(r, h, x, &r->m->final_norm, T, c->C);
    return hone_xent_f64_ref(NULL, NULL, h, E, target, weight, T, c->V, c->C);
}

#endif
