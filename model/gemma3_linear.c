/*
 * Linears with their adapters: y = x W^T + s (x A^T) B^T, forward, backward and the adapter's
 * gradients (performance notes: docs/engine.md). Int8 weights take inputs quantised at run time:
 * y[o] = s_x s_w[o] sum (q_x - zp)(q_w), exact integers in f32. In training against stored weights
 * the adapter is merged into W and adds nothing of its own; u and g are wanted for its gradients.
 */
#include <string.h>

#include "kernels/quant.h"
#include "model/engine_cpu.h"

void hone_cpu_quantise(float *xq, float *xs, const float *x, int64_t rows, int64_t n)
{
    for (int64_t t = 0; t < rows; t++) hone_quant_activation(x + t * n, n, xq + t * n, xs + t);
}

void hone_cpu_rescale(const float *scale, float *y, int64_t ldy, const float *x_scale, int64_t rows,
                      int64_t from, int64_t to)
{
    for (int64_t t = 0; scale && t < rows; t++) {
        float *y_t = y + t * ldy;
        for (int64_t o = from; o < to; o++) y_t[o - from] *= x_scale[t] * scale[o];
    }
}

void hone_cpu_product(const hone_engine *e, const float *w, const float *scale, int in, float *y,
                      int64_t ldy, const float *x, const float *x_scale, int64_t rows, int64_t n)
{
    e->g->nt(rows, n, in, 1, x, in, w, in, 0, y, ldy);
    hone_cpu_rescale(scale, y, ldy, x_scale, rows, 0, n);
}

void hone_cpu_linear(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                     float *u, const float *x, int64_t rows, const cpu_scratch *s)
{
    const float *input = x;
    if (e->qat.activations) {
        memcpy(s->xq, x, (size_t)(rows * w->in) * sizeof *x);
        hone_cpu_qat_inputs(e, s->xq, rows, w->in);
        x = input = s->xq;
    }
    if (e->h) {
        hone_cpu_half_linear(e, w, lora, y, NULL, u, x, rows, s);
        return;
    }
    if (w->q[0].q) {
        hone_cpu_int8_linear(e, w, y, x, rows, s->in8);
        return;
    }
    if (w->scale) {
        hone_cpu_quantise(s->xq, s->xs, x, rows, w->in);
        input = s->xq;
    }
    hone_cpu_product(e, w->w, w->scale, w->in, y, w->out, input, s->xs, rows, w->out);
    if (!lora->n) return;
    const int64_t R = e->R, width = lora->n * R;
    if (e->dropping) {
        memcpy(s->drop, x, (size_t)(rows * w->in) * sizeof *x);
        hone_cpu_drop(e, w, s->drop, rows, s);
        x = s->drop;
    }
    e->g->nt(rows, width, w->in, 1, x, w->in, lora->a, w->in, 0, u, width);
    if (e->qat_on) return; /* merged */
    for (int j = 0; j < lora->n; j++) {
        int m = lora->member[j];
        e->g->nt(rows, w->at[m + 1] - w->at[m], R, 1, u + j * R, width, lora->b[j], R, 1,
                     y + w->at[m], w->out);
    }
}

/* y = x W^T + u (s B)^T with u = x A^T: g = dy (s B); dx = dy W + g A */
void hone_cpu_linear_back(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                          float *dx, float *g, const float *dy, int64_t rows,
                          const cpu_scratch *s)
{
    const int64_t R = e->R, width = lora->n * R;
    if (e->h) {
        hone_cpu_half_linear_back(e, w, lora, dx, NULL, g, dy, rows, s);
        return;
    }
    for (int j = 0; j < lora->n; j++) {
        int m = lora->member[j];
        e->g->nn(rows, R, w->at[m + 1] - w->at[m], 1, dy + w->at[m], w->out, lora->b[j], R, 0,
                     g + j * R, width);
    }
    if (!dx) return;
    e->g->nn(rows, w->in, w->out, 1, dy, w->out, w->w, w->in, 0, dx, w->in);
    if (width && e->dropping) {
        e->g->nn(rows, w->in, width, 1, g, width, lora->a, w->in, 0, s->drop, w->in);
        hone_cpu_drop(e, w, s->drop, rows, s);
        e->k->axpy(dx, s->drop, rows * w->in, 1);
    } else if (width && !e->qat_on)
        e->g->nn(rows, w->in, width, 1, g, width, lora->a, w->in, 1, dx, w->in);
}

/* dA = g^T x; dB = s dy^T u */
void hone_cpu_linear_grad(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                          cpu_lora_part part, const float *x, const float *dy, const float *u,
                          const float *g, int64_t rows)
{
    const int64_t R = e->R, width = lora->n * R;
    const int j = part.j, m = lora->member[j];
    float *grads = e->batch_grads;
    if (part.which == 0)
        e->g->tn(R, w->in, rows, 1, g + j * R, width, x, w->in, 0, grads + lora->a_at[j],
                     w->in);
    else
        e->g->tn(w->at[m + 1] - w->at[m], R, rows, e->lora_scale, dy + w->at[m], w->out,
                     u + j * R, width, 0, grads + lora->b_at[j], R);
}
