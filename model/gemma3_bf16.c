/*
 * Linears with their adapters, and attention's products, with bf16 operands (kernels/bf16.h):
 * weights and adapter are packed before (engine_bf16.c), activations when they are used, or already
 * by the product that made them. Sums stay f32. The formulas are those of gemma3_linear.c.
 */
#include "model/engine_cpu.h"

/* u_j = x A_j^T of all trained members, f32 and packed; term j is u_j (s B_j)^T. */
static void rank_terms(const hone_engine *e, const cpu_lora *lora, const hone_bf16 *x, int64_t in,
                       float *u, int64_t rows, const cpu_scratch *s,
                       hone_bf16_term terms[CPU_MEMBERS])
{
    const int64_t R = e->R, width = lora->n * R;
    const hone_bf16_term product = { x, lora->a_right, in };
    e->h->gemm(u, width, rows, width, false, &product, 1);
    for (int j = 0; !e->qat_on && j < lora->n; j++) {
        hone_bf16 *left = s->few + j * hone_bf16_size(rows, R);
        e->h->left(left, u + j * R, width, rows, R);
        terms[j] = (hone_bf16_term){ left, lora->b_right[j], R };
    }
}

/* y = x W^T + u (s B)^T from packed x, as floats or as packed operands. */
static void forward(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                    hone_bf16 *const *y_left, float *u, const hone_bf16 *x, int64_t rows,
                    const cpu_scratch *s)
{
    hone_bf16_term rank[CPU_MEMBERS];
    if (lora->n) rank_terms(e, lora, x, w->in, u, rows, s, rank);
    for (int m = 0, j = 0; m < w->members; m++) {
        const bool trained = j < lora->n && lora->member[j] == m && !e->qat_on;
        const int64_t out = w->at[m + 1] - w->at[m];
        hone_bf16_term terms[2] = { { x, w->right[m], w->in } };
        if (trained) terms[1] = rank[j++];
        if (y_left) e->h->gemm_left(y_left[m], rows, out, terms, 1 + trained);
        else e->h->gemm(y + w->at[m], w->out, rows, out, false, terms, 1 + trained);
    }
}

void hone_cpu_half_linear(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                          hone_bf16 *const *y_left, float *u, const float *x, int64_t rows,
                          const cpu_scratch *s)
{
    e->h->left(s->left, x, w->in, rows, w->in);
    forward(e, w, lora, y, y_left, u, s->left, rows, s);
}

void hone_cpu_half_linear_in(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                             float *y, float *u, const hone_bf16 *x, int64_t rows,
                             const cpu_scratch *s)
{
    forward(e, w, lora, y, NULL, u, x, rows, s);
}

/* g = dy (s B); dx = dy W + g A from packed dy of each member, as floats or as a packed operand. */
static void backward(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *dx,
                     hone_bf16 *dx_left, float *g, hone_bf16 *const dy[CPU_MEMBERS], int64_t rows,
                     const cpu_scratch *s)
{
    const int64_t R = e->R, width = lora->n * R;
    hone_bf16_term terms[CPU_MEMBERS + 1];
    int j = 0;
    for (int m = 0; m < w->members; m++) {
        const int64_t out = w->at[m + 1] - w->at[m];
        terms[m] = (hone_bf16_term){ dy[m], w->back[m], out };
        if (j >= lora->n || lora->member[j] != m) continue;
        const hone_bf16_term product = { dy[m], lora->b_back[j], out };
        e->h->gemm(g + j++ * R, width, rows, R, false, &product, 1);
    }
    if (!dx && !dx_left) return;
    const bool beside = width && !e->qat_on;
    if (beside) {
        e->h->left(s->few, g, width, rows, width);
        terms[w->members] = (hone_bf16_term){ s->few, lora->a_back, width };
    }
    if (dx) e->h->gemm(dx, w->in, rows, w->in, false, terms, w->members + beside);
    else e->h->gemm_left(dx_left, rows, w->in, terms, w->members + beside);
}

void hone_cpu_half_linear_back(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                               float *dx, hone_bf16 *dx_left, float *g, const float *dy,
                               int64_t rows, const cpu_scratch *s)
{
    hone_bf16 *left = s->left, *packed[CPU_MEMBERS];
    for (int m = 0; m < w->members; m++) {
        const int64_t out = w->at[m + 1] - w->at[m];
        e->h->left(left, dy + w->at[m], w->out, rows, out);
        packed[m] = left;
        left += hone_bf16_size(rows, out);
    }
    backward(e, w, lora, dx, dx_left, g, packed, rows, s);
}

void hone_cpu_half_back_in(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                           float *dx, float *g, hone_bf16 *const dy[CPU_MEMBERS], int64_t rows,
                           const cpu_scratch *s)
{
    backward(e, w, lora, dx, NULL, g, dy, rows, s);
}

/* Decoding has no room for packed operands and multiplies in f32. */
void hone_cpu_nt(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, float *c, int64_t ldc)
{
    if (!e->h || !s->left) {
        e->g->nt(m, n, k, 1, a.x, a.ld, b.x, b.ld, 0, c, ldc);
        return;
    }
    const hone_bf16_term product = { s->left, s->right, k };
    e->h->left(s->left, a.x, a.ld, m, k);
    e->h->right(s->right, b.x, b.ld, n, k);
    e->h->gemm(c, ldc, m, n, false, &product, 1);
}

void hone_cpu_nn(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, bool add, float *c, int64_t ldc)
{
    if (!e->h || !s->left) {
        e->g->nn(m, n, k, 1, a.x, a.ld, b.x, b.ld, add ? 1 : 0, c, ldc);
        return;
    }
    const hone_bf16_term product = { s->left, s->right, k };
    e->h->left(s->left, a.x, a.ld, m, k);
    e->h->right_t(s->right, b.x, b.ld, n, k);
    e->h->gemm(c, ldc, m, n, add, &product, 1);
}

void hone_cpu_tn(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, bool add, float *c, int64_t ldc)
{
    if (!e->h || !s->left) {
        e->g->tn(m, n, k, 1, a.x, a.ld, b.x, b.ld, add ? 1 : 0, c, ldc);
        return;
    }
    const hone_bf16_term product = { s->left, s->right, k };
    e->h->left_t(s->left, a.x, a.ld, m, k);
    e->h->right_t(s->right, b.x, b.ld, n, k);
    e->h->gemm(c, ldc, m, n, add, &product, 1);
}
