/*
 * Training against the weights that a file will hold (model/lora.h, hone_qat;
 * docs/quantisation.md). After every change of the adapter each row becomes what the exporter
 * writes and the device reads back: the base's row, merged and quantised by the functions that the
 * exporter calls, so that the bits are equal by construction. The base's rows are read again from
 * the model each time: that takes less than a second copy of the weights would.
 *
 * The gradient passes straight through the rounding: with W' = Q(W + s B A), y = x W'^T and
 * dW = dy^T x it is dA = (s B)^T dW and dB = s dW A^T, as without rounding, and dx = dy W'.
 */
#include "kernels/quant.h"
#include "model/engine_cpu.h"

enum { ROW_PIECE = 128, EMBED_PIECE = 1024 };

static int check_rows(hone_quant q, int64_t n, const char *what, hone_err *err)
{
    if (hone_quant_row_bytes(q, n)) return 0;
    return hone_fail(err, HONE_E_USAGE, "%s: rows of %lld values cannot be stored as %s", what,
                     (long long)n, hone_quant_name(q));
}

int hone_cpu_qat_check(const hone_engine *e, hone_err *err)
{
    for (int id = 0; id < HONE_LINEARS; id++) {
        int64_t out, in;
        hone_config_linear_shape(&e->c, (hone_linear_id)id, &out, &in);
        HONE_TRY(check_rows(e->qat.linears, in, hone_linear_names[id], err));
    }
    return check_rows(e->qat.embed, e->c.C, "the embedding", err);
}

/* What becomes of the rows that are read again. */
typedef struct rows_job {
    hone_engine *e;
    bool base;     /* the base's, unchanged */
    int64_t parts; /* pieces of each linear */
} rows_job;

static void fake_rows(hone_quant q, float *w, int64_t rows, int64_t n)
{
    for (int64_t r = 0; r < rows; r++) hone_quant_fake_row(q, w + r * n, n, w + r * n);
}

/* Rows from .. to of member m of a group. */
static void linear_rows(const rows_job *j, int l, const cpu_linear *w, int m, int64_t from,
                        int64_t to)
{
    const hone_engine *e = j->e;
    const hone_linear_id id = w->id[m];
    float *rows = w->w + (w->at[m] + from) * w->in;
    hone_tensor_rows_f32(&e->model->layers[l].linear[id], from, to - from, rows);
    if (j->base) return;
    if (e->targets >> id & 1u) {
        const hone_lora_pair p = { .A = e->params + e->a_at[l][id],
                                   .B = e->params + e->b_at[l][id] + from * e->R,
                                   .r = e->R,
                                   .scale = e->lora_scale,
                                   .in = w->in };
        hone_lora_merge(&p, to - from, rows);
    }
    fake_rows(e->qat.linears, rows, to - from, w->in);
}

static void linear_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const rows_job *j = ctx;
    const int64_t part = i % j->parts, group = i / j->parts % GROUPS, l = i / j->parts / GROUPS;
    const cpu_linear *w = &j->e->layer[l].linear[group];
    for (int m = 0; m < w->members; m++) {
        const int64_t out = w->at[m + 1] - w->at[m];
        const int64_t from = hone_piece_at(out, j->parts, part),
                      to = hone_piece_at(out, j->parts, part + 1);
        if (from < to) linear_rows(j, (int)l, w, m, from, to);
    }
}

static void linears(rows_job *j)
{
    hone_engine *e = j->e;
    j->parts = hone_pieces(e->c.F, ROW_PIECE);
    hone_parallel(e->threads, e->c.L * GROUPS * j->parts, linear_piece, j);
    if (e->h) hone_cpu_half_pack(e);
}

static void embed_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const rows_job *j = ctx;
    const hone_engine *e = j->e;
    const int64_t pieces = hone_pieces(e->c.V, EMBED_PIECE), C = e->c.C;
    const int64_t from = hone_piece_at(e->c.V, pieces, i),
                  to = hone_piece_at(e->c.V, pieces, i + 1);
    hone_tensor_rows_f32(&e->model->embed, from, to - from, e->embed + from * C);
    if (!j->base) fake_rows(e->qat.embed, e->embed + from * C, to - from, C);
}

static void embedding(rows_job *j)
{
    hone_engine *e = j->e;
    hone_parallel(e->threads, hone_pieces(e->c.V, EMBED_PIECE), embed_piece, j);
    if (e->h) hone_cpu_half_pack_embed(e);
}

void hone_cpu_qat_embed(hone_engine *e)
{
    rows_job j = { .e = e };
    embedding(&j);
}

void hone_cpu_qat_refresh(hone_engine *e)
{
    rows_job j = { .e = e };
    linears(&j);
    if (e->control)
        fake_rows(e->qat.embed, e->control_rows, HONE_CONTROL_ROWS, e->c.C);
}

void hone_cpu_qat_restore(hone_engine *e)
{
    rows_job j = { .e = e, .base = true };
    linears(&j);
    embedding(&j);
}

void hone_cpu_qat_inputs(const hone_engine *e, float *x, int64_t rows, int64_t n)
{
    for (int64_t t = 0; e->qat.activations && t < rows; t++) {
        float scale;
        hone_quant_activation(x + t * n, n, x + t * n, &scale);
        e->k->scale(x + t * n, n, scale);
    }
}
