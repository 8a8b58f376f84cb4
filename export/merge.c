/* Merged rows (export/merge.h): the base's number formats are left behind before anything is
 * added. */
#include "export/merge.h"

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
