/*
 * Linears with their adapters, and attention's products, with bf16 operands (kernels/bf16.h):
 * weights and adapter are packed before (engine_bf16.c), activations when they are used. Sums and
 * everything between the products stay f32. The formulas are those of gemma3_linear.c.
 */
#include "model/engine_cpu.h"

enum { DEPTH_PIECE = 256 }; /* rows of one product of adapter_grad */

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

void hone_cpu_half_linear(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                          float *u, const float *x, int64_t rows, const cpu_scratch *s)
{
    hone_bf16_term rank[CPU_MEMBERS];
    e->h->left(s->left, x, w->in, rows, w->in);
    if (lora->n) rank_terms(e, lora, s->left, w->in, u, rows, s, rank);
    for (int m = 0, j = 0; m < w->members; m++) {
        const bool trained = j < lora->n && lora->member[j] == m && !e->qat_on;
        hone_bf16_term terms[2] = { { s->left, w->right[m], w->in } };
        if (trained) terms[1] = rank[j++];
        e->h->gemm(y + w->at[m], w->out, rows, w->at[m + 1] - w->at[m], false, terms, 1 + trained);
    }
}

void hone_cpu_half_linear_back(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                               float *dx, float *g, const float *dy, int64_t rows,
                               const cpu_scratch *s)
{
    const int64_t R = e->R, width = lora->n * R;
    hone_bf16_term terms[CPU_MEMBERS + 1];
    hone_bf16 *left = s->left;
    int j = 0;
    for (int m = 0; m < w->members; m++) {
        const int64_t out = w->at[m + 1] - w->at[m];
        e->h->left(left, dy + w->at[m], w->out, rows, out);
        terms[m] = (hone_bf16_term){ left, w->back[m], out };
        if (j < lora->n && lora->member[j] == m) {
            const hone_bf16_term product = { left, lora->b_back[j], out };
            e->h->gemm(g + j++ * R, width, rows, R, false, &product, 1);
        }
        left += hone_bf16_size(rows, out);
    }
    if (!dx) return;
    const bool beside = width && !e->qat_on;
    if (beside) {
        e->h->left(s->few, g, width, rows, width);
        terms[w->members] = (hone_bf16_term){ s->few, lora->a_back, width };
    }
    e->h->gemm(dx, w->in, rows, w->in, false, terms, w->members + beside);
}

/* c[m,n] = sum over rows of a[row, m] b[row, n], in pieces of rows that are added in order. */
static void over_rows(const hone_engine *e, float *c, int64_t ldc, int64_t m, int64_t n,
                      cpu_matrix a, cpu_matrix b, int64_t rows, const cpu_scratch *s)
{
    for (int64_t at = 0; at < rows; at += DEPTH_PIECE) {
        const int64_t k = rows - at < DEPTH_PIECE ? rows - at : DEPTH_PIECE;
        const hone_bf16_term product = { s->left, s->right, k };
        e->h->left_t(s->left, a.x + at * a.ld, a.ld, m, k);
        e->h->right_t(s->right, b.x + at * b.ld, b.ld, n, k);
        e->h->gemm(c, ldc, m, n, at > 0, &product, 1);
    }
}

void hone_cpu_half_linear_grad(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                               cpu_lora_part part, const float *x, const float *dy, const float *u,
                               const float *g, int64_t rows, const cpu_scratch *s)
{
    const int64_t R = e->R, width = lora->n * R, n = part.to - part.from;
    if (part.which == 0) {
        over_rows(e, e->batch_grads + lora->a_at[part.j] + part.from, w->in, R, n,
                  (cpu_matrix){ g + part.j * R, width }, (cpu_matrix){ x + part.from, w->in }, rows,
                  s);
        return;
    }
    float *db = e->batch_grads + lora->b_at[part.j] + part.from * R;
    const float *dy_m = dy + w->at[lora->member[part.j]] + part.from;
    over_rows(e, db, R, n, R, (cpu_matrix){ dy_m, w->out }, (cpu_matrix){ u + part.j * R, width },
              rows, s);
    e->k->scale(db, n * R, e->lora_scale);
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
