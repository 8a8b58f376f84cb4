/*
 * Integer weights of exported files in the engine (kernels/int8.h): views of the file's rows, and
 * beside them their scales as floats in the kernels' order. The rows themselves are not copied.
 */
#include <math.h>
#include <string.h>

#include "common/bytes.h"
#include "kernels/quant.h"
#include "kernels/quant_gguf.h"
#include "model/engine_cpu.h"

bool hone_cpu_is_integer(const hone_tensor *t)
{
    return t->dtype == HONE_I8_ROW || t->dtype == HONE_I4_BLOCK || t->dtype == HONE_I4_ROW;
}

int hone_cpu_int8_check(const hone_tensor *t, hone_err *err)
{
    if (t->shape[1] > HONE_INT8_MOST_TERMS)
        return hone_fail(err, HONE_E_MODEL, "tensor %s has rows of %lld values, at most %d",
                         t->name, (long long)t->shape[1], HONE_INT8_MOST_TERMS);
    if (t->dtype == HONE_I4_BLOCK &&
        (t->block < 2 || t->block % 2 || t->block > HONE_INT8_MOST_BLOCK || t->shape[1] % t->block))
        return hone_fail(err, HONE_E_MODEL,
                         "tensor %s has int4 blocks of %d values in rows of %lld: an even number "
                         "up to %d that divides the row is supported",
                         t->name, t->block, (long long)t->shape[1], HONE_INT8_MOST_BLOCK);
    if (t->dtype == HONE_I4_ROW && t->shape[1] > HONE_INT8_MOST_BLOCK)
        return hone_fail(err, HONE_E_MODEL,
                         "tensor %s has int4 rows of %lld values with one scale, at most %d",
                         t->name, (long long)t->shape[1], HONE_INT8_MOST_BLOCK);
    return 0;
}

hone_int8_matrix hone_cpu_int8_view(const hone_tensor *t)
{
    hone_int8_matrix m = { .q = t->data, .n = t->shape[0], .k = t->shape[1] };
    if (t->dtype == HONE_I4_BLOCK) m.block = t->block;
    if (t->dtype == HONE_I4_ROW) m.block = (int)m.k;
    return m;
}

int64_t hone_cpu_int8_scales(const hone_int8_matrix *m)
{
    return m->block ? hone_int8_scale_count(m->n, m->k, m->block) : m->n;
}

static float scale_of(const hone_tensor *t, const hone_int8_matrix *m, int64_t row, int64_t block)
{
    if (t->dtype != HONE_I4_BLOCK) return hone_le_f32(t->scales + 4 * row);
    return hone_f16_to_f32(hone_le16(t->scales + 2 * (row * (m->k / m->block) + block)));
}

int hone_cpu_int8_load(const hone_tensor *t, const hone_int8_matrix *m, float *scale,
                       hone_err *err)
{
    const int64_t blocks = m->block ? (m->k + m->block - 1) / m->block : 1;
    memset(scale, 0, (size_t)hone_cpu_int8_scales(m) * sizeof *scale);
    for (int64_t r = 0; r < m->n; r++) {
        for (int64_t b = 0; b < blocks; b++) {
            const float s = scale_of(t, m, r, b);
            if (!hone_cpu_finite((double)s))
                return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite values",
                                 t->name);
            scale[m->block ? hone_int8_scale_at(m, r, b) : r] = s;
        }
    }
    return 0;
}

typedef struct summing {
    const hone_int8_matrix *m;
    int32_t *sum;
    int64_t pieces;
} summing;

static void sum_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const summing *s = ctx;
    const hone_int8_matrix *m = s->m;
    const int64_t from = hone_piece_at(m->n, s->pieces, i),
                  to = hone_piece_at(m->n, s->pieces, i + 1);
    for (int64_t r = from; r < to; r++) {
        const int8_t *q = (const int8_t *)m->q + r * m->k;
        int32_t sum = 0;
        for (int64_t l = 0; l < m->k; l++) sum += q[l];
        s->sum[r] = sum;
    }
}

void hone_cpu_int8_sum(const hone_engine *e, const hone_int8_matrix *m, int32_t *sum)
{
    summing s = { m, sum, hone_pieces(m->n, 4096) };
    hone_parallel(e->threads, s.pieces, sum_piece, &s);
}

void hone_cpu_int8_linear(const hone_engine *e, const cpu_linear *w, float *y, const float *x,
                          int64_t rows, void *block)
{
    const hone_int8_input in = hone_int8_input_place(block, rows, w->in);
    for (int m = 0; m < w->members; m++) {
        const hone_int8_matrix *q = &w->q[m];
        /* members differ in format at most where a scheme is mixed */
        if (m == 0 || !q->block != !w->q[m - 1].block)
            hone_int8_quantise(e->i8, q, &in, x, 0, rows);
        hone_int8_product(e->i8, y + w->at[m], w->out, &in, q,
                          (hone_int8_part){ 0, rows, 0, q->n });
    }
}
