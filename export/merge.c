/* Merged rows (export/merge.h): the base's number formats are left behind before anything is
 * added. */
#include "export/merge.h"

#include <string.h>

/* Seven linears and six norms, the linears first. */
enum { LAYER_SLOTS = 13 };

void hone_merge_linear_rows(const hone_merge *s, int layer, hone_linear_id id, int64_t first,
                            int64_t count, float *out)
{
    const hone_tensor *t = &s->model->layers[layer].linear[id];
    hone_tensor_rows_f32(t, first, count, out);
    if (s->adapter)
        hone_adapter_merge_rows(s->adapter, layer, id, t->shape[1], first, count, out);
}

void hone_merge_embed_rows(const hone_merge *s, int64_t first, int64_t count, float *out)
{
    const hone_tensor *t = &s->model->embed;
    hone_tensor_rows_f32(t, first, count, out);
    for (int64_t i = 0; s->adapter && i < count; i++)
        hone_adapter_merge_embed_row(s->adapter, (int32_t)(first + i), out + i * t->shape[1]);
}

void hone_merge_slot_rows(const hone_merge *s, int slot, int64_t first, int64_t count, float *out)
{
    const int layer = (slot - 1) / LAYER_SLOTS, role = (slot - 1) % LAYER_SLOTS;
    if (slot == 0)
        hone_merge_embed_rows(s, first, count, out);
    else
        hone_merge_linear_rows(s, layer, (hone_linear_id)role, first, count, out);
}

bool hone_rows_finite(const float *w, int64_t n)
{
    uint32_t bad = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof(bits));
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

int hone_err_not_finite(const hone_merge *s, const hone_tensor *t, int64_t row, hone_err *err)
{
    hone_err_at(err, s->model->path, 0, -1);
    hone_err_hint(err, "the adapter diverged in training, or its base is another one");
    return hone_fail(err, HONE_E_DATA, "%s: row %lld is not finite after merging", t->name,
                     (long long)row);
}
