/* The weights of a model as parameters (model/full.h). */
#include "model/full.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "model/gemma3_open.h"
#include "model/safetensors.h"

static size_t slot_size(const hone_config *c, int slot)
{
    int64_t shape[2] = { 1, 1 };
    const int rank = hone_model_slot_shape(c, slot, shape);
    return (size_t)shape[0] * (size_t)(rank == 2 ? shape[1] : 1);
}

static void lay_out(hone_adapter *a, const hone_config *c, bool embedding)
{
    for (int s = 0; s < hone_model_slots(c); s++) {
        a->slot_at[s] = s == 0 && !embedding ? HONE_FROZEN : a->count;
        if (a->slot_at[s] != HONE_FROZEN) a->count += slot_size(c, s);
    }
    a->delta_at = a->count;
    if (a->config.control_rows) a->count += (size_t)HONE_CONTROL_ROWS * (size_t)c->C;
}

static void take_values(hone_adapter *a, const hone_model *m)
{
    for (int s = 0; s < hone_model_slots(&m->config); s++) {
        const hone_tensor *t = hone_model_slot_const(m, s);
        if (a->slot_at[s] == HONE_FROZEN) continue;
        float *to = a->params + a->slot_at[s];
        if (t->rank == 2) hone_tensor_rows_f32(t, 0, t->shape[0], to);
        else hone_model_norm_f32(m, t, to);
    }
}

int hone_full_new(hone_adapter **ret, const hone_model *m, bool embedding, hone_err *err)
{
    const hone_config *c = &m->config;
    if (m->kind == HONE_MODEL_LITERTLM || m->q_norm_scaled)
        return hone_fail(err, HONE_E_USAGE, "an exported file has no weights to train");
    hone_adapter *a = hone_calloc(1, sizeof *a);
    if (!a) return hone_err_memory(err, "parameters", sizeof *a);
    a->config = (hone_lora_config){ .full = true, .embedding = embedding,
                                    .control_rows = !embedding && m->control_untrained };
    a->L = c->L;
    a->C = c->C;
    lay_out(a, c, embedding);
    a->params = hone_aligned(a->count * sizeof *a->params);
    if (!a->params) {
        int rc = hone_err_memory(err, "the model's parameters", a->count * sizeof *a->params);
        hone_adapter_free(a);
        return rc;
    }
    memset(a->params + a->delta_at, 0, (a->count - a->delta_at) * sizeof *a->params);
    take_values(a, m);
    *ret = a;
    return 0;
}

int hone_full_save(const hone_adapter *a, const hone_model *base, const char *dir, hone_err *err)
{
    return hone_model_write_safetensors(base, a, dir, HONE_F32, 0, err);
}

void hone_full_name(char *buf, size_t size, const hone_adapter *a, const hone_config *c, size_t i)
{
    for (int s = 0; s < hone_model_slots(c); s++) {
        char name[HONE_SLOT_NAME_SIZE];
        const size_t at = a->slot_at[s];
        if (at == HONE_FROZEN || i < at || i >= at + slot_size(c, s)) continue;
        hone_model_slot_name(c, s, false, name);
        (void)snprintf(buf, size, "%s", name);
        return;
    }
    (void)snprintf(buf, size, "control rows");
}
