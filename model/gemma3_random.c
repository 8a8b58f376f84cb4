/*
 * A model of given shape with random bf16 weights, held in memory: for measuring speed, which does
 * not depend on the values. It has no tokenizer.
 */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "model/gemma3_open.h"

/* n uniform values of the given standard deviation: splitmix64, four values a draw. */
static void fill(uint16_t *w, size_t n, float spread, uint64_t seed)
{
    const float width = spread * 3.4641016f / 65536.0f;
    for (size_t i = 0; i < n; i += 4) {
        uint64_t z = seed + (i / 4 + 1) * 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        for (size_t j = i; j < n && j < i + 4; j++, z >>= 16) {
            const float x = ((float)(z & 0xffff) - 32767.5f) * width;
            uint32_t bits;
            memcpy(&bits, &x, sizeof bits);
            w[j] = (uint16_t)(bits >> 16);
        }
    }
}

static int fill_slot(hone_model *m, int slot, uint64_t seed, hone_err *err)
{
    hone_tensor *t = hone_model_slot(m, slot);
    char name[HONE_SLOT_NAME_SIZE];
    hone_model_slot_name(&m->config, slot, false, name);
    t->name = hone_arena_strndup(m->arena, name, strlen(name));
    t->rank = hone_model_slot_shape(&m->config, slot, t->shape);
    const size_t n = (size_t)t->shape[0] * (size_t)(t->rank == 2 ? t->shape[1] : 1);
    uint16_t *w = hone_arena_alloc(m->arena, n * sizeof *w);
    if (!t->name || !w) return hone_err_memory(err, "a random model", n * sizeof *w);
    fill(w, n, t->rank == 2 ? 1.0f / sqrtf((float)t->shape[1]) : 0.2f,
         hone_rng_u64(seed, HONE_RNG_INIT, (uint32_t)slot, 0));
    t->dtype = HONE_BF16;
    t->data = (const uint8_t *)w;
    t->bytes = n * sizeof *w;
    return 0;
}

int hone_model_random(hone_model **ret, const hone_config *c, uint64_t seed, hone_err *err)
{
    hone_model *m = hone_calloc(1, sizeof *m);
    if (!m) return hone_err_memory(err, "a random model", sizeof *m);
    m->arena = hone_arena_new();
    m->path = hone_strdup("random weights");
    int rc = m->arena && m->path ? 0 : hone_err_memory(err, "a random model", sizeof *m);
    m->kind = HONE_MODEL_SAFETENSORS;
    m->config = *c;
    m->context_limit = c->max_positions;
    memset(m->given_sha256, '0', 64);
    for (int i = 0; !rc && i < hone_model_slots(c); i++) rc = fill_slot(m, i, seed, err);
    if (rc) {
        hone_model_close(m);
        return rc;
    }
    *ret = m;
    return 0;
}

hone_config hone_config_270m(void)
{
    hone_config c = { .V = 262144, .C = 640, .L = 18, .NH = 4, .NKV = 1, .HD = 256, .F = 2048,
                      .window = 512, .max_positions = 32768, .rms_eps = 1e-6f,
                      .query_scale = 0.0625f, .rope_local = 1e4, .rope_global = 1e6,
                      .rope_scale = 1.0 };
    c.embed_scale = sqrtf((float)c.C);
    for (int i = 0; i < c.L; i++) c.global[i] = (i + 1) % 6 == 0;
    return c;
}
