/*
 * The adapter's gradients with bf16 products (kernels/bf16.h): dA = g^T x, dB = s dy^T u. A piece's
 * rows are packed where they are at hand, in the backward pass, with the rows as the terms of the
 * sums; the gradients are then products over all pieces in order, in stretches of their long side,
 * for more processors.
 */
#include "model/engine_cpu.h"

enum { TERMS = 16 /* pieces in one product */ };

/* Where the piece that begins with row `from` lies in an operand of n columns. */
static int64_t kept_at(const cpu_pass *p, int64_t from, int64_t n)
{
    return hone_bf16_size(n, HONE_BF16_DEPTH) * ((from - p->from) / HONE_BF16_DEPTH);
}

void hone_cpu_half_keep_inputs(const cpu_pass *p, int group, const float *x, int64_t from,
                               int64_t rows)
{
    const int64_t in = p->y->linear[group].in;
    hone_bf16 *kept = p->e->work.back.kept[group].x;
    if (kept) p->e->h->right_t(kept + kept_at(p, from, in), x, in, in, rows);
}

void hone_cpu_half_keep_outputs(const cpu_pass *p, int group, const float *dy, int64_t from,
                                int64_t rows)
{
    const cpu_linear *w = &p->y->linear[group];
    const cpu_kept *kept = &p->e->work.back.kept[group];
    for (int m = 0; m < w->members; m++) {
        const int64_t out = w->at[m + 1] - w->at[m];
        if (!kept->dy[m]) continue;
        p->e->h->right_t(kept->dy[m] + kept_at(p, from, out), dy + w->at[m], w->out, out, rows);
    }
}

void hone_cpu_half_keep_left(const cpu_pass *p, hone_bf16 *kept, const hone_bf16 *left, int64_t n,
                             int64_t from, int64_t rows)
{
    if (kept) p->e->h->turn(kept + kept_at(p, from, n), left, n, rows);
}

void hone_cpu_half_keep_ranks(const cpu_pass *p, int group, int64_t from, int64_t rows)
{
    const hone_engine *e = p->e;
    const cpu_lora *lora = &p->y->lora[group];
    const cpu_kept *kept = &e->work.back.kept[group];
    const int64_t R = e->R, width = lora->n * R, at = kept_at(p, from, R);
    for (int j = 0; j < lora->n; j++) {
        e->h->left_t(kept->u[j] + at, p->a->u[group] + from * width + j * R, width, R, rows);
        e->h->left_t(kept->g[j] + at, e->work.back.g[group] + from * width + j * R, width, R, rows);
    }
}

int64_t hone_cpu_half_stretch(int64_t all)
{
    const int64_t least = 512, eighth = (all + 7) / 8;
    return eighth > least ? (eighth + HONE_BF16_ROWS - 1) / HONE_BF16_ROWS * HONE_BF16_ROWS : least;
}

/* c[R, n] = the sum over all pieces of left[R, rows] right[columns, rows]^T, columns from .. from +
 * n of the right one. */
static void over_pieces(const cpu_pass *p, float *c, int64_t ldc, const hone_bf16 *left,
                        const hone_bf16 *right, int64_t columns, int64_t from, int64_t n)
{
    const hone_engine *e = p->e;
    hone_bf16_term terms[TERMS];
    int count = 0;
    for (int64_t i = 0, first = 0; i < p->pieces; i++) {
        int64_t at, rows = hone_cpu_pass_rows(p, i, &at);
        terms[count++] = (hone_bf16_term){ left + kept_at(p, at, e->R),
                                           right + kept_at(p, at, columns) +
                                               hone_bf16_at(from, rows),
                                           rows };
        if (count < TERMS && i + 1 < p->pieces) continue;
        e->h->gemm(c, ldc, e->R, n, first > 0, terms, count);
        first += count;
        count = 0;
    }
}

void hone_cpu_half_linear_grad(const cpu_pass *p, int group, cpu_lora_part part,
                               const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_linear *w = &p->y->linear[group];
    const cpu_lora *lora = &p->y->lora[group];
    const cpu_kept *kept = &e->work.back.kept[group];
    const int m = lora->member[part.j];
    const int64_t R = e->R, n = part.to - part.from, out = w->at[m + 1] - w->at[m];
    if (part.which == 0) {
        over_pieces(p, e->batch_grads + lora->a_at[part.j] + part.from, w->in, kept->g[part.j],
                    kept->x, w->in, part.from, n);
        return;
    }
    float *db = e->batch_grads + lora->b_at[part.j] + part.from * R;
    over_pieces(p, s->turn, n, kept->u[part.j], kept->dy[m], out, part.from, n);
    for (int64_t o = 0; o < n; o++) {
        for (int64_t r = 0; r < R; r++) db[o * R + r] = e->lora_scale * s->turn[r * n + o];
    }
}
