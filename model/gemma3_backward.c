/*
 * Gemma 3's backward pass: from the gradient of the labels' hidden states to the adapter's
 * gradients (batch_grads). Weights, norms and the embedding are frozen, so that only gradients of
 * activations flow; norms, GeGLU and rotations are recomputed from what the forward pass kept.
 *
 * Each stage quotes the forward lines that it differentiates (gemma3_forward.c).
 */
#include <string.h>

#include "kernels/parallel.h"
#include "model/engine_cpu.h"

static float *group_g(const cpu_pass *p, int group, int64_t from)
{
    return p->e->work.back.g[group] + from * p->y->lora[group].n * p->e->R;
}

static void zero(float *x, int64_t n)
{
    memset(x, 0, (size_t)n * sizeof *x);
}

/* out = h + norm(d); d = down(act); act = geglu(gu); gu = linear(n2); n2 = norm(h) */
static void feed_forward(const cpu_pass *p, int64_t i, int64_t from, int64_t rows,
                         const cpu_scratch *s)
{
    const hone_engine *e = p->e;
    const cpu_layer *y = p->y;
    const cpu_back *b = &e->work.back;
    const int64_t C = e->c.C, F = e->c.F;
    const float eps = e->c.rms_eps, *gu = p->a->gu + from * 2 * F;
    float *dh = p->out + from * C, *dd = b->dd + from * C, *dgu = b->dgu + from * 2 * F,
          *n2 = b->n2 + from * C;
    hone_cpu_full_gain(p, i, GAIN_POST_FFN, dh, p->a->d + from * C, rows);
    zero(dd, rows * C);
    e->k->rmsnorm_bwd(dd, dh, p->a->d + from * C, y->post_ffn_norm, rows, C, eps);
    hone_cpu_linear_back(e, &y->linear[GROUP_DOWN], &y->lora[GROUP_DOWN], s->act,
                         group_g(p, GROUP_DOWN, from), dd, rows, s);
    e->k->geglu_bwd(dgu, b->act + from * F, gu, s->act, rows, F);
    hone_cpu_qat_inputs(e, b->act + from * F, rows, F);
    hone_cpu_linear_back(e, &y->linear[GROUP_GU], &y->lora[GROUP_GU], s->t,
                         group_g(p, GROUP_GU, from), dgu, rows, s);
    e->k->rmsnorm_add(s->h, hone_cpu_inputs(p, s->x, from, rows), p->a->ao + from * C,
                      y->post_attn_norm, rows, C, eps);
    e->k->rmsnorm_fwd(n2, s->h, y->pre_ffn_norm, rows, C, eps);
    hone_cpu_full_gain(p, i, GAIN_PRE_FFN, s->t, s->h, rows);
    e->k->rmsnorm_bwd(dh, s->t, s->h, y->pre_ffn_norm, rows, C, eps);
    hone_cpu_qat_inputs(e, n2, rows, C);
}

/* h = x + norm(ao); ao = o_proj(o) */
static void output_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    const hone_engine *e = p->e;
    const cpu_back *b = &e->work.back;
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), C = e->c.C;
    const cpu_scratch *s = &e->work.scratch[worker];
    float *dao = e->h ? s->n : b->dao + from * C;
    hone_cpu_drop_at(p, worker, p->pos + from);
    if (e->h) hone_cpu_half_ffn_back(p, from, rows, s);
    else feed_forward(p, i, from, rows, s);
    hone_cpu_full_gain(p, i, GAIN_POST_ATTN, p->out + from * C, p->a->ao + from * C, rows);
    zero(dao, rows * C);
    e->k->rmsnorm_bwd(dao, p->out + from * C, p->a->ao + from * C, p->y->post_attn_norm, rows, C,
                      e->c.rms_eps);
    hone_cpu_linear_back(e, &p->y->linear[GROUP_O], &p->y->lora[GROUP_O], b->doo + from * e->QW,
                         group_g(p, GROUP_O, from), dao, rows, s);
    if (!e->h) return;
    hone_cpu_half_keep_outputs(p, GROUP_O, dao, from, rows);
    hone_cpu_half_keep_ranks(p, GROUP_O, from, rows);
}

/* Rotated queries again, as the attention's forward pass saw them. */
static void rotate_queries(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const cpu_pass *p = ctx;
    const hone_engine *e = p->e;
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), QW = e->QW;
    for (int64_t t = from; t < from + rows; t++)
        hone_cpu_rotate(e, e->work.qr + t * QW, p->a->q + t * QW, p->y->q_norm, e->c.NH, p->pos[t],
                        p->y->global);
}

static void attend(const cpu_pass *p)
{
    hone_engine *e = p->e;
    cpu_back *b = &e->work.back;
    cpu_attention a = { .plan = p->plan,
                        .window = p->y->global ? 0 : e->c.window,
                        .q = e->work.qr,
                        .k = e->work.kr,
                        .v = p->a->kv + e->KW,
                        .ldk = e->KW,
                        .ldv = 2 * e->KW,
                        .o = p->a->o,
                        .lse = p->a->lse,
                        .dout = b->doo,
                        .dq = b->dqr,
                        .dkv = b->dkvr,
                        .T = e->batch.T };
    hone_cpu_attention_back(e, &a);
}

/* rotated = rope(norm(raw)) a head: dx = gradient of raw, overwritten; drot is used up */
static void unrotate(const cpu_pass *p, int64_t i, cpu_gain which, float *dx, float *drot,
                     const float *raw, int32_t pos)
{
    const hone_engine *e = p->e;
    const int64_t HD = e->c.HD;
    const int heads = which == GAIN_K ? e->c.NKV : e->c.NH;
    const float *gain = which == GAIN_K ? p->y->k_norm : p->y->q_norm;
    e->k->rope_bwd(drot, e->rope[p->y->global] + pos * HD, heads, HD);
    hone_cpu_full_gain(p, i, which, drot, raw, heads);
    zero(dx, heads * HD);
    e->k->rmsnorm_bwd(dx, drot, raw, gain, heads, HD, e->c.rms_eps);
}

/* bf16: what the adapter's gradients want of a piece. */
static void keep_all(const cpu_pass *p, int group, const float *x, const float *dy, int64_t from,
                     int64_t rows)
{
    hone_cpu_half_keep_inputs(p, group, x, from, rows);
    hone_cpu_half_keep_outputs(p, group, dy, from, rows);
    hone_cpu_half_keep_ranks(p, group, from, rows);
}

/* kv = linear(n1); n1 = norm(x): adds to dx [T, C] */
static void keys_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    hone_engine *e = p->e;
    const cpu_back *b = &e->work.back;
    const cpu_scratch *s = &e->work.scratch[worker];
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), C = e->c.C, KW = e->KW;
    float *dkv = e->h ? s->wide : b->dkv + from * 2 * KW, *n1 = e->h ? s->h : b->n1 + from * C;
    const float *x = p->a->x + from * C;
    hone_cpu_drop_at(p, worker, e->batch.pos + from);
    for (int64_t t = 0; t < rows; t++) {
        float *drot = b->dkvr + (from + t) * 2 * KW;
        unrotate(p, i, GAIN_K, dkv + t * 2 * KW, drot, p->a->kv + (from + t) * 2 * KW,
                 e->batch.pos[from + t]);
        memcpy(dkv + t * 2 * KW + KW, drot + KW, (size_t)KW * sizeof *dkv);
    }
    e->k->rmsnorm_fwd(n1, x, p->y->input_norm, rows, C, e->c.rms_eps);
    hone_cpu_qat_inputs(e, n1, rows, C);
    hone_cpu_linear_back(e, &p->y->linear[GROUP_KV], &p->y->lora[GROUP_KV],
                         p->want_dx ? s->n : NULL, group_g(p, GROUP_KV, from), dkv, rows, s);
    if (e->h) keep_all(p, GROUP_KV, n1, dkv, from, rows);
    if (p->want_dx) hone_cpu_full_gain(p, i, GAIN_IN_KV, s->n, x, rows);
    if (p->want_dx)
        e->k->rmsnorm_bwd(b->dx + from * C, s->n, x, p->y->input_norm, rows, C, e->c.rms_eps);
    e->work.sums[i] = (double)e->k->sum(b->dx + from * C, rows * C) +
                      (double)e->k->sum(dkv, rows * 2 * KW);
}

/* q = linear(n1): adds to the gradient of the layer's rows. Attention is done with o, which the
 * output projection's gradient may want rounded. */
static void queries_piece(void *ctx, int64_t i, int worker)
{
    const cpu_pass *p = ctx;
    hone_engine *e = p->e;
    const cpu_back *b = &e->work.back;
    const cpu_scratch *s = &e->work.scratch[worker];
    int64_t from, rows = hone_cpu_pass_rows(p, i, &from), C = e->c.C, QW = e->QW;
    float *dq = e->h ? s->wide : b->dq + from * QW, *n1 = e->h ? s->h : b->n1q + from * C,
          *o = p->a->o + from * QW, *dx = p->out + from * C;
    hone_cpu_drop_at(p, worker, p->pos + from);
    for (int64_t t = 0; t < rows; t++)
        unrotate(p, i, GAIN_Q, dq + t * QW, b->dqr + (from + t) * QW, p->a->q + (from + t) * QW,
                 p->pos[from + t]);
    const float *x = hone_cpu_inputs(p, s->x, from, rows);
    e->k->rmsnorm_fwd(n1, x, p->y->input_norm, rows, C, e->c.rms_eps);
    hone_cpu_qat_inputs(e, n1, rows, C);
    hone_cpu_qat_inputs(e, o, rows, QW);
    hone_cpu_linear_back(e, &p->y->linear[GROUP_Q], &p->y->lora[GROUP_Q], p->want_dx ? s->n : NULL,
                         group_g(p, GROUP_Q, from), dq, rows, s);
    if (e->h) {
        keep_all(p, GROUP_Q, n1, dq, from, rows);
        hone_cpu_half_keep_inputs(p, GROUP_O, o, from, rows);
    }
    if (p->want_dx) hone_cpu_full_gain(p, i, GAIN_IN_Q, s->n, x, rows);
    if (p->want_dx) e->k->rmsnorm_bwd(dx, s->n, x, p->y->input_norm, rows, C, e->c.rms_eps);
    e->work.sums[i] = (double)e->k->sum(dx, rows * C) + (double)e->k->sum(dq, rows * QW);
}

/* What the keys and values of held tokens get: put by until the beginning is released, which is
 * when they are the batch at work. */
static void keep_held(const cpu_pass *p, int l)
{
    const hone_engine *e = p->e;
    const int64_t n = (int64_t)e->held * 2 * e->KW;
    float *kept = e->work.held_dkv + l * n, *now = e->work.back.dkvr;
    if (e->batch.first) e->k->axpy(kept, now, n, 1);
    else e->k->axpy(now, kept, n, 1);
}

/* dA and dB of the layer, all rows at once, so that sums have one order; in bf16 each in stretches
 * of its long side, for more processors. */
enum { STRETCHES = 8 };

typedef struct grad_job {
    const cpu_pass *p;
    int count, group[2 * HONE_LINEARS * STRETCHES];
    cpu_lora_part part[2 * HONE_LINEARS * STRETCHES];
} grad_job;

static void grad_piece(void *ctx, int64_t i, int worker)
{
    const grad_job *job = ctx;
    const cpu_pass *p = job->p;
    const cpu_back *b = &p->e->work.back;
    const cpu_scratch *s = &p->e->work.scratch[worker];
    const int g = job->group[i];
    const cpu_linear *w = &p->y->linear[g];
    const cpu_lora *lora = &p->y->lora[g];
    const float *x[GROUPS] = { b->n1q, b->n1, p->a->o, b->n2, b->act };
    const float *dy[GROUPS] = { b->dq, b->dkv, b->dao, b->dgu, b->dd };
    const int64_t first = g == GROUP_KV ? p->e->batch.first : p->first,
                  rows = g == GROUP_KV ? p->e->batch.T - first : p->count,
                  width = (int64_t)lora->n * p->e->R;
    if (!rows) return; /* a held beginning in the last layer: zero already */
    if (p->e->h) {
        cpu_pass all = *p;
        hone_cpu_pass_over(&all, first, first + rows);
        hone_cpu_half_linear_grad(&all, g, job->part[i], s);
        return;
    }
    hone_cpu_linear_grad(p->e, w, lora, job->part[i], x[g] + first * w->in,
                         dy[g] + first * w->out, p->a->u[g] + first * width,
                         b->g[g] + first * width, rows);
}

static void add_parts(grad_job *job, int group, int j, int which)
{
    const cpu_linear *w = &job->p->y->linear[group];
    const int m = job->p->y->lora[group].member[j];
    const int64_t all = which == 0 ? w->in : w->at[m + 1] - w->at[m];
    const int64_t each = job->p->e->h ? hone_cpu_half_stretch(all) : all;
    for (int64_t at = 0; at < all; at += each) {
        job->group[job->count] = group;
        const int64_t end = at + each < all ? at + each : all;
        job->part[job->count++] = (cpu_lora_part){ j, which, at, end };
    }
}

static void adapter_grads(const cpu_pass *p)
{
    static const int largest_first[GROUPS] = { GROUP_DOWN, GROUP_GU, GROUP_Q, GROUP_O, GROUP_KV };
    grad_job job = { .p = p };
    for (int i = 0; i < GROUPS; i++) {
        const int g = largest_first[i];
        for (int j = 0; j < p->y->lora[g].n; j++) {
            add_parts(&job, g, j, 0);
            add_parts(&job, g, j, 1);
        }
    }
    hone_parallel(p->e->threads, job.count, grad_piece, &job);
}

static bool layer(hone_engine *e, int l)
{
    cpu_back *b = &e->work.back;
    const int64_t C = e->c.C;
    cpu_pass p = hone_cpu_pass_of(e, l);
    p.out = p.pick ? b->dy : b->dx;
    p.want_dx = l > 0 || e->control || e->full; /* below layer 0 only embeddings are trained */
    hone_cpu_full_begin(&p);
    const int64_t end = p.first + p.count;
    if (e->recompute && !p.pick) hone_cpu_layer_again(e, l); /* the last one's are still there */
    hone_cpu_pass_run(&p, p.first, end, output_piece);
    hone_cpu_pass_run(&p, 0, e->batch.T, hone_cpu_rotate_keys);
    hone_cpu_pass_run(&p, p.first, end, rotate_queries);
    attend(&p);
    if (e->held) keep_held(&p, l);
    if (p.pick) zero(b->dx, (int64_t)e->batch.T * C);
    hone_cpu_pass_run(&p, e->batch.first, e->batch.T, keys_piece);
    bool ok = hone_cpu_pass_finite(&p);
    hone_cpu_pass_run(&p, p.first, end, queries_piece);
    ok = ok && hone_cpu_pass_finite(&p);
    for (int64_t i = 0; p.pick && i < p.count; i++)
        e->k->axpy(b->dx + p.pick[i] * C, b->dy + i * C, C, 1);
    hone_cpu_drop_inputs(&p);
    adapter_grads(&p);
    hone_cpu_full_layer(&p);
    return ok;
}

/* x = embed[id] * embed_scale: rows of control tokens add to their delta */
static void embedding_grads(hone_engine *e)
{
    const int64_t C = e->c.C;
    for (int64_t t = e->batch.first; t < e->batch.T; t++) {
        int64_t row = e->batch.b->tokens[t] - HONE_CONTROL_FIRST;
        if (row < 0 || row >= HONE_CONTROL_ROWS) continue;
        e->k->axpy(e->batch_grads + e->delta_at + row * C, e->work.back.dx + t * C, C,
                   e->c.embed_scale);
    }
}

/* hidden = norm(out); label rows that share a hidden state add up in order */
static void hidden_grads(hone_engine *e)
{
    const int64_t C = e->c.C, n = e->batch.n;
    float *dhidden = e->work.back.dhidden;
    zero(dhidden, n * C);
    for (int64_t i = 0; i < e->batch.b->num_labels; i++)
        e->k->axpy(dhidden + e->batch.label_row[i] * C, e->work.loss.dh + i * C, C, 1);
    hone_cpu_full_final(e, dhidden);
    zero(e->work.back.dy, n * C);
    e->k->rmsnorm_bwd(e->work.back.dy, dhidden, e->work.out, e->final_norm, n, C, e->c.rms_eps);
}

static int layers(hone_engine *e)
{
    for (int l = e->c.L - 1; l >= 0; l--) {
        if (!layer(e, l)) return l;
    }
    if (e->control) embedding_grads(e);
    hone_cpu_full_embedding(e);
    return -1;
}

int hone_cpu_backward(hone_engine *e)
{
    hidden_grads(e);
    if (e->control) hone_cpu_loss_control(e);
    hone_cpu_full_head(e);
    return layers(e);
}

/* No label needs a row of the last layer: its keys and values alone have gradients. */
int hone_cpu_backward_held(hone_engine *e)
{
    if (!e->full) zero(e->batch_grads, (int64_t)e->count);
    return layers(e);
}
