/* Quantised matrices in memory (export/quantised.h): each (matrix, format) is made once. */
#include "export/quantised.h"

#include <string.h>

#include "common/mem.h"

typedef struct stored {
    uint8_t *data, *scales;
    size_t bytes;
} stored;

struct hone_quantised {
    const hone_merge *merged;
    hone_model view;
    float *row;
    stored (*matrix)[HONE_QUANT_KINDS]; /* [1 + L * HONE_LINEARS], the embedding first */
};

int hone_quantised_new(hone_quantised **ret, const hone_merge *merged, hone_err *err)
{
    const hone_config *c = &merged->model->config;
    const size_t widest = (size_t)(c->F > c->NH * c->HD ? c->F : c->NH * c->HD) + (size_t)c->C;
    hone_quantised *q = hone_calloc(1, sizeof(*q));
    if (!q) return hone_err_memory(err, "a quantised model", sizeof(*q));
    q->merged = merged;
    q->view = *merged->model;
    q->view.kind = HONE_MODEL_LITERTLM;
    q->row = hone_calloc(widest, sizeof(*q->row));
    q->matrix = hone_calloc(1 + (size_t)c->L * HONE_LINEARS, sizeof(*q->matrix));
    if (!q->row || !q->matrix) {
        hone_quantised_free(q);
        return hone_err_memory(err, "a quantised model", widest * sizeof(float));
    }
    *ret = q;
    return 0;
}

void hone_quantised_free(hone_quantised *q)
{
    if (!q) return;
    const int count = 1 + q->merged->model->config.L * HONE_LINEARS;
    for (int i = 0; q->matrix && i < count; i++)
        for (int k = 0; k < HONE_QUANT_KINDS; k++) {
            hone_free(q->matrix[i][k].data);
            hone_free(q->matrix[i][k].scales);
        }
    hone_free(q->matrix);
    hone_free(q->row);
    hone_free(q);
}

static void merged_row(const hone_quantised *q, int layer, int id, int64_t row)
{
    if (layer < 0)
        hone_merge_embed_rows(q->merged, row, 1, q->row);
    else
        hone_merge_linear_rows(q->merged, layer, (hone_linear_id)id, row, 1, q->row);
}

/* Quantises one matrix into s unless that was done before. */
static int make(hone_quantised *q, const hone_tensor *t, int layer, int id, hone_quant format,
                stored *s, hone_err *err)
{
    const int64_t rows = t->shape[0], n = t->shape[1];
    const size_t row_bytes = hone_quant_row_bytes(format, n);
    const size_t scale_bytes = hone_quant_scale_bytes(format, n);
    if (s->data) return 0;
    if (!row_bytes)
        return hone_fail(err, HONE_E_USAGE, "%s: rows of %lld values cannot be stored as %s",
                         t->name, (long long)n, hone_quant_name(format));
    s->bytes = (size_t)rows * row_bytes;
    s->data = hone_malloc(s->bytes);
    s->scales = hone_malloc((size_t)rows * scale_bytes + 1);
    if (!s->data || !s->scales) return hone_err_memory(err, "quantised weights", s->bytes);
    for (int64_t r = 0; r < rows; r++) {
        merged_row(q, layer, id, r);
        hone_quant_row(format, q->row, n, s->data + (size_t)r * row_bytes,
                       s->scales + (size_t)r * scale_bytes);
    }
    return 0;
}

static hone_dtype dtype_of(hone_quant format)
{
    if (format == HONE_QUANT_F32) return HONE_F32;
    if (format == HONE_QUANT_I8_ROW) return HONE_I8_ROW;
    return hone_quant_block(format) ? HONE_I4_BLOCK : HONE_I4_ROW;
}

static int bind(hone_quantised *q, hone_tensor *t, int layer, int id, hone_quant format,
                hone_err *err)
{
    stored *s = &q->matrix[layer < 0 ? 0 : 1 + layer * HONE_LINEARS + id][format];
    HONE_TRY(make(q, t, layer, id, format, s, err));
    t->dtype = dtype_of(format);
    t->data = s->data;
    t->bytes = s->bytes;
    t->scales = s->scales;
    t->block = hone_quant_block(format);
    return 0;
}

int hone_quantised_model(hone_quantised *q, const hone_scheme *s, const hone_model **ret,
                         hone_err *err)
{
    HONE_TRY(bind(q, &q->view.embed, -1, 0, s->embed, err));
    for (int l = 0; l < q->view.config.L; l++)
        for (int id = 0; id < HONE_LINEARS; id++)
            HONE_TRY(bind(q, &q->view.layers[l].linear[id], l, id, s->linear[l][id], err));
    *ret = &q->view;
    return 0;
}
