/*
 * A Gemma 3 model of toy size with random f32 weights, held in memory: what writers and readers of
 * files are tested with. It has no tokenizer.
 */
#ifndef HONE_TESTS_SUPPORT_TINY_H
#define HONE_TESTS_SUPPORT_TINY_H

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "kernels/quant.h"
#include "model/gemma3_open.h"

/* Every dimension differs, so that a mix-up cannot hide. */
static inline hone_config support_tiny_config(int layers, int kv_heads)
{
    hone_config c = { .V = 320, .C = 24, .L = layers, .NH = 4, .NKV = kv_heads, .HD = 8, .F = 40,
                      .window = 16, .max_positions = 512, .rms_eps = 1e-6f, .query_scale = 0.25f,
                      .rope_local = 1e4, .rope_global = 1e6, .rope_scale = 1.0 };
    c.embed_scale = sqrtf((float)c.C);
    for (int i = 0; i < layers; i++) c.global[i] = (i + 1) % 6 == 0;
    return c;
}

/* Free with hone_model_close. Norms are stored as w. */
static inline hone_model *support_tiny_model(const hone_config *c, uint64_t seed)
{
    hone_model *m = hone_calloc(1, sizeof(*m));
    m->arena = hone_arena_new();
    m->path = hone_strdup("tiny");
    m->kind = HONE_MODEL_SAFETENSORS;
    m->config = *c;
    m->context_limit = c->max_positions;
    memset(m->given_sha256, '0', 64);
    for (int i = 0; i < hone_model_slots(c); i++) {
        hone_tensor *t = hone_model_slot(m, i);
        char name[HONE_SLOT_NAME_SIZE];
        hone_model_slot_name(c, i, false, name);
        t->name = hone_arena_strndup(m->arena, name, strlen(name));
        t->rank = hone_model_slot_shape(c, i, t->shape);
        size_t n = (size_t)t->shape[0] * (size_t)(t->rank == 2 ? t->shape[1] : 1);
        float *w = hone_arena_alloc(m->arena, n * sizeof(float));
        float spread = t->rank == 2 ? 1.0f / sqrtf((float)t->shape[1]) : 0.2f;
        for (size_t k = 0; k < n; k++)
            w[k] = spread * hone_rng_normal(seed, HONE_RNG_TEST, (uint32_t)i, k);
        t->dtype = HONE_F32;
        t->data = (const uint8_t *)w;
        t->bytes = n * sizeof(float);
    }
    return m;
}

/* Turns every matrix into the rows of an exported file: int8, or int4 in blocks. */
static inline void support_tiny_quantise(hone_model *m, hone_quant q)
{
    for (int i = 0; i < hone_model_slots(&m->config); i++) {
        hone_tensor *t = hone_model_slot(m, i);
        const int64_t n = t->shape[1];
        if (t->rank != 2) continue;
        const size_t row = hone_quant_row_bytes(q, n), each = hone_quant_scale_bytes(q, n);
        uint8_t *data = hone_arena_alloc(m->arena, (size_t)t->shape[0] * row),
                *scales = hone_arena_alloc(m->arena, (size_t)t->shape[0] * each);
        for (int64_t r = 0; r < t->shape[0]; r++)
            hone_quant_row(q, (const float *)(const void *)t->data + r * n, n,
                           data + (size_t)r * row, scales + (size_t)r * each);
        t->dtype = q == HONE_QUANT_I8_ROW ? HONE_I8_ROW : HONE_I4_BLOCK;
        t->block = hone_quant_block(q);
        t->data = data;
        t->scales = scales;
    }
}

#endif
