/*
 * Gradients of the model's own weights, and their update (model/full.h): what full fine-tuning adds
 * to gemma3_backward.c, whose values it reads when a layer is through.
 *
 *   y = x W^T:            dW = dy^T x over all rows, in blocks of W's rows
 *   y = rmsnorm(x) gain:  dgain = sum of dy x / rms(x); every piece of rows has sums of its own,
 *                         which are added in order
 *   x = E[id] scale, logits = h E^T (tied): dE[id] += scale dx; dE_v += w (p_v - [v = y]) h, in a
 *                         second sweep over the vocabulary, each block by itself
 *
 * Gradients go straight into e->grads (batch_grads is the same vector then): a second one would be
 * another gigabyte. So a batch that is not finite spoils them; the engine then sets all to zero.
 */
#include <math.h>
#include <string.h>

#include "kernels/parallel.h"
#include "model/engine_cpu.h"
#include "model/gemma3_open.h"

enum { GRAD_ROWS = 128, UPDATE_PIECE = 1 << 20, SLOTS_A_LAYER = HONE_LINEARS + 6 };

/* ---- where things are ---- */

static int group_of(hone_linear_id id, int *ret_member)
{
    static const struct {
        int group, member;
    } places[HONE_LINEARS] = {
        [HONE_Q] = { GROUP_Q, 0 },     [HONE_K] = { GROUP_KV, 0 }, [HONE_V] = { GROUP_KV, 1 },
        [HONE_O] = { GROUP_O, 0 },     [HONE_GATE] = { GROUP_GU, 0 },
        [HONE_UP] = { GROUP_GU, 1 },   [HONE_DOWN] = { GROUP_DOWN, 0 },
    };
    *ret_member = places[id].member;
    return places[id].group;
}

/* The engine's copy of a norm; NULL for a matrix. */
static float *norm_of(hone_engine *e, int slot)
{
    if (slot == 0) return NULL;
    if (slot == hone_model_slots(&e->c) - 1) return e->final_norm;
    cpu_layer *y = &e->layer[(slot - 1) / SLOTS_A_LAYER];
    const int role = (slot - 1) % SLOTS_A_LAYER;
    float *const norms[] = { y->input_norm, y->post_attn_norm, y->pre_ffn_norm, y->post_ffn_norm,
                             y->q_norm, y->k_norm };
    return role < HONE_LINEARS ? NULL : norms[role - HONE_LINEARS];
}

static int slot_of_norm(const cpu_pass *p, cpu_gain which)
{
    static const int roles[CPU_GAINS] = { [GAIN_IN_KV] = 0,   [GAIN_IN_Q] = 0,
                                          [GAIN_POST_ATTN] = 1, [GAIN_PRE_FFN] = 2,
                                          [GAIN_POST_FFN] = 3, [GAIN_Q] = 4, [GAIN_K] = 5 };
    return 1 + (int)(p->y - p->e->layer) * SLOTS_A_LAYER + HONE_LINEARS + roles[which];
}

static int64_t slot_values(const hone_config *c, int slot)
{
    int64_t shape[2] = { 1, 1 };
    const int rank = hone_model_slot_shape(c, slot, shape);
    return shape[0] * (rank == 2 ? shape[1] : 1);
}

static bool is_query_norm(const hone_config *c, int slot)
{
    return slot > 0 && slot < hone_model_slots(c) - 1 &&
           (slot - 1) % SLOTS_A_LAYER == HONE_LINEARS + 4;
}

/* ---- parameters as weights ---- */

/* Matrices are read where the parameters are: members of a group follow each other there too. */
void hone_cpu_full_attach(hone_engine *e)
{
    hone_cpu_linears_drop(e);
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) {
            cpu_linear *w = &e->layer[l].linear[g];
            w->w = e->params + e->slot_at[1 + l * SLOTS_A_LAYER + (int)w->id[0]];
        }
    }
    if (e->slot_at[0] != HONE_FROZEN) e->embed = e->params + e->slot_at[0];
}

/* The model's own weights come back with hone_cpu_weights_restore. */
void hone_cpu_full_detach(hone_engine *e)
{
    e->batch_grads = NULL; /* the same as grads */
    e->embed = e->table;
    hone_cpu_linears_drop(e);
}

/* Norms are copies: the query's holds the scale of the scores. */
void hone_cpu_full_refresh(hone_engine *e)
{
    for (int slot = 0; slot < hone_model_slots(&e->c); slot++) {
        float *w = norm_of(e, slot);
        const int64_t n = w ? slot_values(&e->c, slot) : 0;
        if (!w) continue;
        memcpy(w, e->params + e->slot_at[slot], (size_t)n * sizeof *w);
        if (is_query_norm(&e->c, slot)) e->k->scale(w, n, e->c.query_scale);
    }
}

/* ---- norms ---- */

static void add_gain(float *sum, const float *dy, const float *x, int64_t rows, int64_t n,
                     float eps)
{
    for (int64_t t = 0; t < rows; t++) {
        const float *x_t = x + t * n, *dy_t = dy + t * n;
        float squares = 0;
        for (int64_t i = 0; i < n; i++) squares += x_t[i] * x_t[i];
        const float r = 1.0f / sqrtf(squares / (float)n + eps);
        for (int64_t i = 0; i < n; i++) sum[i] += dy_t[i] * x_t[i] * r;
    }
}

static float *gain_sums(const cpu_pass *p, int64_t piece, cpu_gain which, int64_t *ret_n)
{
    const hone_engine *e = p->e;
    const int64_t widest = e->c.C > e->c.HD ? e->c.C : e->c.HD;
    *ret_n = which >= GAIN_Q ? e->c.HD : e->c.C;
    return e->work.back.gains + (piece * CPU_GAINS + which) * widest;
}

void hone_cpu_full_gain(const cpu_pass *p, int64_t piece, cpu_gain which, const float *dy,
                        const float *x, int64_t rows)
{
    int64_t n;
    if (!p->e->full) return;
    float *sum = gain_sums(p, piece, which, &n);
    add_gain(sum, dy, x, rows, n, p->e->c.rms_eps);
}

void hone_cpu_full_begin(const cpu_pass *p)
{
    int64_t n;
    const int64_t pieces = hone_pieces(p->e->batch.T, CPU_ROWS);
    if (p->e->full)
        memset(gain_sums(p, 0, 0, &n), 0,
               (size_t)(gain_sums(p, pieces, 0, &n) - gain_sums(p, 0, 0, &n)) * sizeof(float));
}

static void add_norms(const cpu_pass *p)
{
    hone_engine *e = p->e;
    const int64_t pieces = hone_pieces(e->batch.T, CPU_ROWS);
    for (cpu_gain g = 0; g < CPU_GAINS; g++) {
        float *to = e->grads + e->slot_at[slot_of_norm(p, g)];
        for (int64_t i = 0; i < pieces; i++) {
            int64_t n;
            const float *sum = gain_sums(p, i, g, &n);
            e->k->axpy(to, sum, n, g == GAIN_Q ? e->c.query_scale : 1);
        }
    }
}

void hone_cpu_full_final(hone_engine *e, const float *dhidden)
{
    if (!e->full) return;
    add_gain(e->grads + e->slot_at[hone_model_slots(&e->c) - 1], dhidden, e->work.out, e->batch.n,
             e->c.C, e->c.rms_eps);
}

/* ---- linears ---- */

/* Blocks of rows of all seven matrices of a layer. */
typedef struct block_job {
    const cpu_pass *p;
    int64_t end[HONE_LINEARS]; /* blocks up to and with linear i */
} block_job;

static void block_grad(void *ctx, int64_t block, int worker)
{
    (void)worker;
    const block_job *job = ctx;
    const cpu_pass *p = job->p;
    hone_engine *e = p->e;
    const cpu_back *b = &e->work.back;
    int id = 0, member;
    while (block >= job->end[id]) id++;
    const int g = group_of((hone_linear_id)id, &member);
    const cpu_linear *w = &p->y->linear[g];
    const float *x[GROUPS] = { b->n1q, b->n1, p->a->o, b->n2, b->act };
    const float *dy[GROUPS] = { b->dq, b->dkv, b->dao, b->dgu, b->dd };
    const int64_t first = g == GROUP_KV ? e->batch.first : p->first,
                  rows = g == GROUP_KV ? e->batch.T - first : p->count;
    const int64_t out = w->at[member + 1] - w->at[member],
                  from = (block - (id ? job->end[id - 1] : 0)) * GRAD_ROWS,
                  n = out - from < GRAD_ROWS ? out - from : GRAD_ROWS;
    if (!rows) return;
    const size_t at = e->slot_at[1 + (int)(p->y - e->layer) * SLOTS_A_LAYER + id];
    e->g->tn(n, w->in, rows, 1, dy[g] + first * w->out + w->at[member] + from, w->out,
                 x[g] + first * w->in, w->in, 1, e->grads + at + from * w->in, w->in);
}

void hone_cpu_full_layer(const cpu_pass *p)
{
    block_job job = { .p = p };
    int64_t blocks = 0;
    if (!p->e->full) return;
    for (int id = 0; id < HONE_LINEARS; id++) {
        int64_t out, in;
        hone_config_linear_shape(&p->e->c, (hone_linear_id)id, &out, &in);
        blocks += (out + GRAD_ROWS - 1) / GRAD_ROWS;
        job.end[id] = blocks;
    }
    hone_parallel(p->e->threads, blocks, block_grad, &job);
    add_norms(p);
}

/* ---- the embedding ---- */

typedef struct head_job {
    hone_engine *e;
    int64_t first, n; /* label rows */
} head_job;

/* One block of the vocabulary for the label rows of a slab: P, then dE += P^T h. */
static void head_block(void *ctx, int64_t i, int worker)
{
    const head_job *job = ctx;
    hone_engine *e = job->e;
    const cpu_loss_rows *l = &e->work.loss;
    const hone_label *labels = e->batch.b->labels + job->first;
    const int64_t C = e->c.C, v = i * CPU_VOCAB_BLOCK;
    const int64_t n = e->c.V - v < CPU_VOCAB_BLOCK ? e->c.V - v : CPU_VOCAB_BLOCK;
    const float *h = l->h + job->first * C;
    float *p = e->work.scratch[worker].s;
    e->g->nt(job->n, n, C, 1, h, C, e->embed + v * C, C, 0, p, n);
    for (int64_t k = 0; k < job->n; k++) {
        float *row = p + k * n;
        const int64_t target = labels[k].target - v;
        (void)e->k->exp_sum(row, n, l->lse[job->first + k]);
        if (target >= 0 && target < n) row[target] = -l->wrong[job->first + k];
        e->k->scale(row, n, labels[k].weight);
    }
    e->g->tn(n, C, job->n, 1, p, n, h, C, 1, e->grads + e->slot_at[0] + v * C, C);
}

void hone_cpu_full_head(hone_engine *e)
{
    const int64_t all = e->batch.b->num_labels,
                  blocks = (e->c.V + CPU_VOCAB_BLOCK - 1) / CPU_VOCAB_BLOCK;
    if (!e->full || e->slot_at[0] == HONE_FROZEN) return;
    for (int64_t at = 0; at < all; at += CPU_LABELS) {
        head_job job = { e, at, all - at < CPU_LABELS ? all - at : CPU_LABELS };
        hone_parallel(e->threads, blocks, head_block, &job);
    }
}

void hone_cpu_full_embedding(hone_engine *e)
{
    const int64_t C = e->c.C;
    if (!e->full || e->slot_at[0] == HONE_FROZEN) return;
    float *grads = e->grads + e->slot_at[0];
    for (int64_t t = e->batch.first; t < e->batch.T; t++)
        e->k->axpy(grads + e->batch.b->tokens[t] * C, e->work.back.dx + t * C, C, e->c.embed_scale);
}

/* ---- the update ---- */

typedef struct update_job {
    hone_engine *e;
    size_t at;
    int64_t n, pieces;
    const hone_adamw_coef *coef;
} update_job;

static void update_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const update_job *j = ctx;
    const hone_engine *e = j->e;
    const int64_t from = hone_piece_at(j->n, j->pieces, i),
                  to = hone_piece_at(j->n, j->pieces, i + 1);
    const size_t at = j->at + (size_t)from;
    e->k->adamw(e->params + at, e->m + at, e->v + at, e->grads + at, to - from, j->coef);
}

void hone_cpu_full_update(hone_engine *e, const hone_adamw_coef *matrices)
{
    hone_adamw_coef norms = *matrices;
    norms.weight_decay = 0;
    for (int slot = 0; slot < hone_model_slots(&e->c); slot++) {
        update_job j = { .e = e, .at = e->slot_at[slot], .n = slot_values(&e->c, slot),
                         .coef = norm_of(e, slot) ? &norms : matrices };
        j.pieces = hone_pieces(j.n, UPDATE_PIECE);
        if (j.at != HONE_FROZEN) hone_parallel(e->threads, j.pieces, update_piece, &j);
    }
}
