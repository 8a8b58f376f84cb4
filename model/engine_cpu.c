/*
 * The engine on processors (model/engine.h): opening, the adapter and its optimiser, batches. The
 * computation is in gemma3_*.c. Nothing here or there depends on the number of threads.
 */
#include "model/engine_cpu.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { NORM_PIECE = 65536 }; /* values that are added up, or zeroed, at a time */

bool hone_cpu_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits >> 52 & 0x7ff) != 0x7ff;
}

hone_precision hone_precision_of(const char *choice)
{
    if (!strcmp(choice, "auto")) return HONE_PRECISION_AUTO;
    if (!strcmp(choice, "ordered")) return HONE_PRECISION_ORDERED;
    return strcmp(choice, "bf16") ? HONE_PRECISION_F32 : HONE_PRECISION_BF16;
}

/* The kernels for bf16 products when p asks for them or leaves it open; NULL: f32. */
static const hone_bf16_kernels *bf16_kernels(hone_precision p)
{
    const hone_bf16_kernels *k = hone_bf16_kernels_for(hone_cpu_features());
    if (p == HONE_PRECISION_BF16 && !k) return hone_bf16_kernels_ref();
    return p == HONE_PRECISION_F32 || p == HONE_PRECISION_ORDERED ? NULL : k;
}

bool hone_precision_is_half(hone_precision p)
{
    return bf16_kernels(p) != NULL;
}

const char *hone_precision_arithmetic(hone_precision p)
{
    const hone_bf16_kernels *k = bf16_kernels(p);
    return k ? k->name : p == HONE_PRECISION_ORDERED ? "ordered" : "f32";
}

/* Ordered arithmetic: the plain C row kernels, products in one order, no skipping, on any machine.
 */
static void choose_kernels(hone_engine *e, const hone_engine_options *o)
{
    e->is_ordered = o && o->precision == HONE_PRECISION_ORDERED;
    e->ordered = hone_kernels_for(0);
    e->k = e->is_ordered ? &e->ordered : hone_kernels_get();
    e->g = e->is_ordered ? hone_gemm_ordered() : hone_gemm_blas();
    e->skip_mass = o && !e->is_ordered ? (float)o->skip_mass : 0;
}

int hone_engine_open(hone_engine **ret, const hone_model *m, const hone_engine_options *o,
                     hone_err *err)
{
    hone_engine *e = hone_calloc(1, sizeof *e);
    if (!e) return hone_err_memory(err, "an engine", sizeof *e);
    e->c = m->config;
    e->QW = e->c.NH * e->c.HD;
    e->KW = e->c.NKV * e->c.HD;
    choose_kernels(e, o);
    e->threads = o && o->threads > 0 ? o->threads : hone_cpu_count();
    e->training = o && o->training;
    e->recompute = e->training && o->recompute;
    e->dropout = e->training ? (float)o->dropout : 0;
    e->model = m;
    e->qat = o ? o->qat : (hone_qat){ HONE_QUANT_F32, HONE_QUANT_F32, false };
    e->qat_on = hone_qat_on(&e->qat);
    if (!o || !o->integers_as_floats) e->i8 = hone_int8_kernels_for(hone_cpu_features());
    int rc = e->qat_on ? hone_cpu_qat_check(e, err) : 0;
    if (!rc) rc = hone_cpu_weights_load(e, m, err);
    if (!rc && !e->quantised) e->h = bf16_kernels(o ? o->precision : HONE_PRECISION_F32);
    if (!rc && (!e->h || !e->training || e->qat_on)) rc = hone_cpu_linears_load(e, err);
    if (!rc && e->h) rc = hone_cpu_half_load(e, err);
    if (!rc && e->training && e->quantised)
        rc = hone_fail(err, HONE_E_USAGE, "%s is an exported integer model: train its base instead",
                       m->path);
    if (rc) {
        hone_engine_close(e);
        return rc;
    }
    *ret = e;
    return 0;
}

const char *hone_engine_arithmetic(const hone_engine *e)
{
    if (e->quantised && !e->is_ordered) return e->i8 ? "int8" : "int8 in floats";
    return e->h ? e->h->name : e->is_ordered ? "ordered" : "f32";
}

const hone_config *hone_engine_config(const hone_engine *e)
{
    return &e->c;
}

/* The control rows of the embedding become these. */
static void set_control(hone_engine *e, const float *rows)
{
    if (e->embed)
        memcpy(e->embed + (int64_t)HONE_CONTROL_FIRST * e->c.C, rows,
               (size_t)(HONE_CONTROL_ROWS * e->c.C) * sizeof *rows);
    if (e->h) hone_cpu_half_refresh_control(e, rows);
}

static void detach(hone_engine *e)
{
    if (e->full) hone_cpu_full_detach(e);
    if (e->control) set_control(e, e->control_base);
    if (e->qat_on && e->attached) hone_cpu_qat_restore(e);
    float **vectors[] = { &e->params,      &e->grads,    &e->m,            &e->v,
                          &e->batch_grads, &e->operands, &e->control_base, &e->control_rows };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        hone_free(*vectors[i]);
        *vectors[i] = NULL;
    }
    for (int l = 0; l < e->c.L; l++) memset(e->layer[l].lora, 0, sizeof e->layer[l].lora);
    hone_free(e->half_operands);
    e->half_operands = NULL;
    e->attached = e->control = e->full = false;
    e->count = 0;
    e->R = 0;
}

void hone_engine_close(hone_engine *e)
{
    if (!e) return;
    e->qat_on = false; /* nobody will see the base's weights again */
    if (e->attached) detach(e);
    hone_cpu_batch_done(&e->batch);
    hone_free(e->rope[0]);
    hone_free(e->rope[1]);
    hone_free(e->room);
    hone_free(e->held_tokens);
    hone_cpu_weights_done(e);
    hone_free(e->half);
    hone_free(e);
}

/* Members of a group that the adapter trains; operands are taken from the block (or only counted).
 */
static void lay_out_group(hone_engine *e, const hone_adapter *a, int l, int group, float *block,
                          size_t *at)
{
    const cpu_linear *w = &e->layer[l].linear[group];
    cpu_lora *lora = &e->layer[l].lora[group];
    memset(lora, 0, sizeof *lora);
    for (int j = 0; j < w->members; j++) {
        if (!(a->config.targets >> w->id[j] & 1u)) continue;
        lora->member[lora->n] = j;
        lora->a_at[lora->n] = a->a_at[l][w->id[j]];
        lora->b_at[lora->n++] = a->b_at[l][w->id[j]];
    }
    lora->a = block ? block + *at : NULL;
    *at += (size_t)lora->n * (size_t)e->R * (size_t)w->in;
    for (int j = 0; j < lora->n; j++) {
        lora->b[j] = block ? block + *at : NULL;
        *at += (size_t)(w->at[lora->member[j] + 1] - w->at[lora->member[j]]) * (size_t)e->R;
    }
}

static size_t lay_out(hone_engine *e, const hone_adapter *a, float *block)
{
    size_t at = 0;
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) lay_out_group(e, a, l, g, block, &at);
    }
    return at;
}

typedef struct zeroing {
    float *p;
    size_t count;
} zeroing;

static void zero_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const zeroing *z = ctx;
    const size_t at = (size_t)i * NORM_PIECE, left = z->count - at;
    const size_t bytes = (left < NORM_PIECE ? left : NORM_PIECE) * sizeof *z->p;
    hone_mem_expect(z->p + at, bytes);
    memset(z->p + at, 0, bytes);
}

static float *zeroed(const hone_engine *e, size_t count, size_t *failed)
{
    float *p = hone_aligned((count ? count : 1) * sizeof *p);
    zeroing z = { p, count };
    const size_t pieces = (count + NORM_PIECE - 1) / NORM_PIECE;
    if (p) hone_parallel(e->threads, (int64_t)pieces, zero_piece, &z);
    else *failed += count * sizeof *p;
    return p;
}

static int allocate(hone_engine *e, const hone_adapter *a, hone_err *err)
{
    size_t failed = 0, C = (size_t)e->c.C;
    e->params = zeroed(e, a->count, &failed);
    e->operands = zeroed(e, lay_out(e, a, NULL), &failed);
    e->control_base = zeroed(e, HONE_CONTROL_ROWS * C, &failed);
    e->control_rows = zeroed(e, HONE_CONTROL_ROWS * C, &failed);
    if (e->training) {
        e->grads = zeroed(e, a->count, &failed);
        e->batch_grads = e->full ? e->grads : zeroed(e, a->count, &failed);
        e->m = zeroed(e, a->count, &failed);
        e->v = zeroed(e, a->count, &failed);
    }
    return failed ? hone_err_memory(err, "an adapter", failed) : 0;
}

/* The operands of matrix products, and the embedding's control rows, after the parameters changed.
 */
static void refresh_layer(void *ctx, int64_t l, int worker)
{
    (void)worker;
    hone_engine *e = ctx;
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[l].linear[g];
        const cpu_lora *lora = &e->layer[l].lora[g];
        for (int j = 0; j < lora->n; j++) {
            const int m = lora->member[j];
            const size_t a = (size_t)e->R * (size_t)w->in,
                         b = (size_t)e->R * (size_t)(w->at[m + 1] - w->at[m]);
            memcpy(lora->a + (size_t)j * a, e->params + lora->a_at[j], a * sizeof(float));
            memcpy(lora->b[j], e->params + lora->b_at[j], b * sizeof(float));
            e->k->scale(lora->b[j], (int64_t)b, e->lora_scale);
        }
    }
    if (e->h) hone_cpu_half_refresh(e, l);
}

static void refresh(hone_engine *e)
{
    if (e->full) hone_cpu_full_refresh(e);
    hone_parallel(e->threads, e->c.L, refresh_layer, e);
    const int64_t n = (int64_t)HONE_CONTROL_ROWS * e->c.C;
    if (e->control) {
        memcpy(e->control_rows, e->control_base, (size_t)n * sizeof(float));
        e->k->axpy(e->control_rows, e->params + e->delta_at, n, 1);
    }
    if (e->qat_on) hone_cpu_qat_refresh(e);
    if (e->control) set_control(e, e->control_rows);
}

static int check_adapter(const hone_engine *e, const hone_adapter *a, hone_err *err)
{
    if (e->quantised)
        return hone_fail(err, HONE_E_USAGE,
                         "an exported integer model takes no adapter: it is merged already");
    if (a->L != e->c.L || a->C != e->c.C)
        return hone_fail(err, HONE_E_DATA,
                         "the adapter is for %d layers of width %d, the model has %d of %d", a->L,
                         a->C, e->c.L, e->c.C);
    if (e->dropout > 0 && (e->h || e->qat_on))
        return hone_fail(err, HONE_E_USAGE, "LoRA dropout computes in f32, without --qat");
    if (a->config.full && e->h)
        return hone_fail(err, HONE_E_USAGE, "full fine-tuning computes in f32 only");
    if (a->config.control_rows && e->c.V < HONE_CONTROL_FIRST + HONE_CONTROL_ROWS)
        return hone_fail(err, HONE_E_DATA, "a vocabulary of %d has no control rows", e->c.V);
    return 0;
}

int hone_engine_attach(hone_engine *e, const hone_adapter *a, hone_err *err)
{
    if (a) HONE_TRY(check_adapter(e, a, err));
    detach(e);
    if (!e->h && !e->linears) HONE_TRY(hone_cpu_weights_restore(e, err)); /* they were full */
    if (!a) return 0;
    e->R = a->config.r;
    e->lora_scale = a->scale;
    e->targets = a->config.targets;
    e->count = a->count;
    e->delta_at = a->delta_at;
    e->attached = true;
    e->full = a->config.full;
    memcpy(e->slot_at, a->slot_at, sizeof e->slot_at);
    memcpy(e->a_at, a->a_at, sizeof e->a_at);
    memcpy(e->b_at, a->b_at, sizeof e->b_at);
    int rc = allocate(e, a, err);
    if (rc) {
        detach(e);
        return rc;
    }
    (void)lay_out(e, a, e->operands);
    rc = e->h ? hone_cpu_half_attach(e, err) : 0;
    if (rc) {
        detach(e);
        return rc;
    }
    memcpy(e->params, a->params, a->count * sizeof *e->params);
    if (e->full) hone_cpu_full_attach(e);
    e->control = a->config.control_rows;
    if (e->control)
        hone_tensor_rows_f32(&e->model->embed, HONE_CONTROL_FIRST, HONE_CONTROL_ROWS,
                             e->control_base);
    if (e->qat_on) hone_cpu_qat_embed(e);
    refresh(e);
    return 0;
}

static float *vector_of(const hone_engine *e, hone_engine_vector which)
{
    float *const vectors[] = { [HONE_VEC_PARAMS] = e->params,
                               [HONE_VEC_GRADS] = e->grads,
                               [HONE_VEC_M] = e->m,
                               [HONE_VEC_V] = e->v };
    return vectors[which];
}

int hone_engine_read(const hone_engine *e, hone_engine_vector which, float *out, hone_err *err)
{
    const float *v = vector_of(e, which);
    if (!v)
        return hone_fail(err, HONE_E_INTERNAL,
                         "the engine holds no such vector (no adapter, or not training)");
    memcpy(out, v, e->count * sizeof *out);
    return 0;
}

int hone_engine_write(hone_engine *e, hone_engine_vector which, const float *in, hone_err *err)
{
    float *v = vector_of(e, which);
    if (!v)
        return hone_fail(err, HONE_E_INTERNAL,
                         "the engine holds no such vector (no adapter, or not training)");
    memcpy(v, in, e->count * sizeof *v);
    if (which == HONE_VEC_PARAMS) refresh(e);
    return 0;
}

void hone_engine_zero_grads(hone_engine *e)
{
    if (e->grads) memset(e->grads, 0, e->count * sizeof *e->grads);
    e->held = 0;
}

double hone_engine_grad_norm(const hone_engine *e)
{
    double total = 0;
    for (size_t at = 0; e->grads && at < e->count; at += NORM_PIECE) {
        size_t end = at + NORM_PIECE < e->count ? at + NORM_PIECE : e->count;
        double sum = 0;
        for (size_t i = at; i < end; i++) sum += (double)e->grads[i] * (double)e->grads[i];
        total += sum;
    }
    return sqrt(total);
}

typedef struct update_job {
    hone_engine *e;
    hone_adamw_coef a, b, delta;
} update_job;

static void step_range(hone_engine *e, size_t at, int64_t n, const hone_adamw_coef *c)
{
    e->k->adamw(e->params + at, e->m + at, e->v + at, e->grads + at, n, c);
}

static void update_layer(void *ctx, int64_t l, int worker)
{
    (void)worker;
    const update_job *j = ctx;
    hone_engine *e = j->e;
    for (int i = 0; i < HONE_LINEARS; i++) {
        int64_t out, in;
        if (!(e->targets >> i & 1u)) continue;
        hone_config_linear_shape(&e->c, (hone_linear_id)i, &out, &in);
        step_range(e, e->a_at[l][i], e->R * in, &j->a);
        step_range(e, e->b_at[l][i], e->R * out, &j->b);
    }
}

int hone_engine_update(hone_engine *e, const hone_adamw_step *s, hone_err *err)
{
    if (!e->grads)
        return hone_fail(err, HONE_E_INTERNAL, "an update without an adapter in training");
    const hone_adamw_coef base = { .lr = s->lr,
                                   .beta1 = s->beta1,
                                   .beta2 = s->beta2,
                                   .eps = s->eps,
                                   .weight_decay = s->weight_decay,
                                   .correction1 = s->correction1,
                                   .correction2 = s->correction2,
                                   .grad_scale = s->grad_scale };
    update_job j = { .e = e, .a = base, .b = base, .delta = base };
    j.b.lr = s->lr_b;
    j.delta.lr = s->lr_delta;
    if (e->full) hone_cpu_full_update(e, &base);
    else hone_parallel(e->threads, e->c.L, update_layer, &j);
    if (e->control) step_range(e, e->delta_at, (int64_t)HONE_CONTROL_ROWS * e->c.C, &j.delta);
    hone_engine_zero_grads(e);
    refresh(e);
    return 0;
}

void hone_engine_drop(hone_engine *e, uint64_t seed, int64_t step)
{
    e->drop_seed = seed;
    e->drop_step = (uint32_t)step;
}

static cpu_need need_of(const hone_engine *e, int32_t tokens, int32_t labels, int32_t held)
{
    return (cpu_need){ .T = tokens,
                       .n = labels < tokens ? labels : tokens,
                       .labels = labels,
                       .held = held,
                       .scores = hone_cpu_scores_bound(tokens, e->c.NKV == 1 ? e->c.NH : 1),
                       .backward = e->training };
}

size_t hone_engine_memory(const hone_engine *e, int32_t num_tokens, int32_t num_labels,
                          int32_t held)
{
    const cpu_need need = need_of(e, num_tokens, num_labels, held);
    return hone_cpu_work_bytes(e, &need);
}

/* Plan and memory of a batch. */
static int prepare(hone_engine *e, const hone_batch *b, const int32_t *at, int32_t count,
                   bool backward, hone_err *err)
{
    HONE_TRY(hone_cpu_batch_set(e, b, at, count, err));
    const cpu_batch *c = &e->batch;
    int64_t scores = c->full.max_scores > c->last.max_scores ? c->full.max_scores
                                                             : c->last.max_scores;
    cpu_need need = { .T = c->T,
                      .n = c->n,
                      .labels = at ? count : b->num_labels,
                      .scores = scores,
                      .backward = backward };
    if (!e->held) return hone_cpu_work_reserve(e, &need, err);
    if (c->first && need.T <= e->held_need.T && need.labels <= e->held_need.labels) return 0;
    return hone_fail(err, HONE_E_INTERNAL, "a batch of %d tokens and %d labels while %d are held",
                     c->T, b->num_labels, e->held);
}

/* Names the first place of a value that is not finite; true when there is one. */
static bool lost(hone_loss *l, int layer, const char *direction)
{
    if (layer < 0) return false;
    l->finite = false;
    snprintf(l->where, sizeof l->where, "layer %d %s", layer, direction);
    return true;
}

static void sum_loss(const hone_engine *e, hone_loss *ret)
{
    const hone_batch *b = e->batch.b;
    const cpu_loss_rows *l = &e->work.loss;
    for (int32_t i = 0; i < b->num_labels; i++) {
        double loss = (double)b->labels[i].weight * l->loss[i];
        if (ret->finite && !hone_cpu_finite(loss)) {
            ret->finite = false;
            snprintf(ret->where, sizeof ret->where, "loss of label %d of row %d", i,
                     b->labels[i].row);
        }
        ret->sum += loss;
        ret->correct += l->best[i] == b->labels[i].target;
    }
}

static void add_grads(void *ctx, int64_t i, int worker)
{
    (void)worker;
    hone_engine *e = ctx;
    const int64_t n = (int64_t)e->count, pieces = hone_pieces(n, NORM_PIECE);
    const int64_t from = hone_piece_at(n, pieces, i), to = hone_piece_at(n, pieces, i + 1);
    e->k->axpy(e->grads + from, e->batch_grads + from, to - from, 1);
}

/* Adds batch_grads to the gradients, unless something in it is not finite. (Full: they were added
 * as they came; then all are lost.) */
static void take_grads(hone_engine *e, hone_loss *ret)
{
    if (ret->finite && !hone_cpu_finite((double)e->k->sum(e->batch_grads, (int64_t)e->count))) {
        ret->finite = false;
        snprintf(ret->where, sizeof ret->where, "gradients of the parameters");
    }
    if (e->full && !ret->finite) hone_engine_zero_grads(e);
    if (e->full || !ret->finite) return;
    hone_parallel(e->threads, hone_pieces((int64_t)e->count, NORM_PIECE), add_grads, e);
}

int hone_engine_accumulate(hone_engine *e, const hone_batch *b, hone_loss *ret, hone_err *err)
{
    if (!e->grads)
        return hone_fail(err, HONE_E_INTERNAL, "a training step without an adapter in training");
    e->dropping = e->dropout > 0;
    HONE_TRY(prepare(e, b, NULL, 0, true, err));
    hone_loss l = { .labels = b->num_labels, .finite = true };
    *ret = l;
    if (lost(ret, hone_cpu_forward(e), "forward")) return 0;
    hone_cpu_loss(e, true);
    sum_loss(e, ret);
    if (!ret->finite) return 0;
    (void)lost(ret, hone_cpu_backward(e), "backward");
    take_grads(e, ret);
    return 0;
}

/* Makes the held beginning the batch at work. */
static int set_held(hone_engine *e, int32_t n, hone_err *err)
{
    static const int32_t none = 0;
    e->held_segment = (hone_segment){ -1, 0, n };
    e->held_batch = (hone_batch){ .tokens = e->held_tokens,
                                  .num_tokens = n,
                                  .segments = &e->held_segment,
                                  .num_segments = 1 };
    return hone_cpu_batch_set(e, &e->held_batch, &none, 0, err);
}

int hone_engine_hold(hone_engine *e, const int32_t *tokens, int32_t n, int32_t most_tokens,
                     int32_t most_labels, hone_loss *ret, hone_err *err)
{
    if (!e->grads || e->held || n < 1 || n >= most_tokens)
        return hone_fail(err, HONE_E_INTERNAL, "%d of %d tokens cannot be held", n, most_tokens);
    int32_t *copy = hone_realloc_array(e->held_tokens, (size_t)n, sizeof *copy);
    if (!copy) return hone_err_memory(err, "a held beginning", (size_t)n * sizeof *copy);
    e->held_tokens = copy;
    memcpy(copy, tokens, (size_t)n * sizeof *copy);
    e->dropping = e->dropout > 0;
    HONE_TRY(set_held(e, n, err));
    e->held_need = need_of(e, most_tokens, most_labels, n);
    HONE_TRY(hone_cpu_work_reserve(e, &e->held_need, err));
    memset(e->work.held_dkv, 0, (size_t)(e->c.L * n) * 2 * (size_t)e->KW * sizeof(float));
    *ret = (hone_loss){ .finite = true };
    if (!lost(ret, hone_cpu_forward(e), "forward")) e->held = n;
    return 0;
}

int hone_engine_release(hone_engine *e, hone_loss *ret, hone_err *err)
{
    if (!e->held) return hone_fail(err, HONE_E_INTERNAL, "nothing is held");
    e->dropping = e->dropout > 0;
    HONE_TRY(set_held(e, e->held, err));
    *ret = (hone_loss){ .finite = true };
    (void)lost(ret, hone_cpu_backward_held(e), "backward");
    take_grads(e, ret);
    e->held = 0;
    return 0;
}

int hone_engine_score(hone_engine *e, const hone_batch *b, hone_loss *ret, float *logprobs,
                      int32_t *best, hone_err *err)
{
    e->dropping = false;
    HONE_TRY(prepare(e, b, NULL, 0, false, err));
    *ret = (hone_loss){ .labels = b->num_labels, .finite = true };
    if (lost(ret, hone_cpu_forward(e), "forward")) return 0;
    hone_cpu_loss(e, false);
    sum_loss(e, ret);
    for (int32_t i = 0; i < b->num_labels; i++) {
        if (logprobs) logprobs[i] = (float)-e->work.loss.loss[i];
        if (best) best[i] = e->work.loss.best[i];
    }
    return 0;
}

typedef struct logits_job {
    hone_engine *e;
    int64_t count, pieces;
    const float *h, *scale;
    hone_int8_input in8;
    float *out;
} logits_job;

static void logits_piece(void *ctx, int64_t i, int worker)
{
    const logits_job *j = ctx;
    const hone_engine *e = j->e;
    int64_t from = hone_piece_at(e->c.V, j->pieces, i),
            to = hone_piece_at(e->c.V, j->pieces, i + 1);
    if (e->embed8.q) {
        hone_int8_product(e->i8, j->out + from, e->c.V, &j->in8, &e->embed8,
                          (hone_int8_part){ 0, j->count, from, to });
        return;
    }
    const float *rows = hone_cpu_embed_rows(e, from, to - from, e->work.scratch[worker].e);
    hone_cpu_product(e, rows, e->embed_scale ? e->embed_scale + from : NULL, e->c.C, j->out + from,
                     e->c.V, j->h, j->scale, j->count, to - from);
}

int hone_engine_logits(hone_engine *e, const hone_batch *b, const int32_t *at, int32_t count,
                       float *out, hone_err *err)
{
    if (count < 1) return hone_fail(err, HONE_E_DATA, "no tokens are asked for");
    e->dropping = false;
    HONE_TRY(prepare(e, b, at, count, false, err));
    int layer = hone_cpu_forward(e);
    if (layer >= 0)
        return hone_fail(err, HONE_E_MODEL, "layer %d gives values that are not finite", layer);
    cpu_loss_rows *l = &e->work.loss;
    hone_cpu_gather(l->h, e->work.hidden, e->batch.label_row, 0, count, e->c.C);
    if (l->hq) hone_cpu_quantise(l->hq, l->hs, l->h, count, e->c.C);
    hone_cpu_qat_inputs(e, l->h, count, e->c.C);
    logits_job j = { .e = e,
                     .count = count,
                     .pieces = hone_pieces(e->c.V, CPU_VOCAB_BLOCK),
                     .h = l->hq ? l->hq : l->h,
                     .scale = l->hs,
                     .out = out };
    if (e->embed8.q) {
        j.in8 = hone_int8_input_place(l->in8, count, e->c.C);
        hone_int8_quantise(e->i8, &e->embed8, &j.in8, l->h, 0, count);
    }
    hone_parallel(e->threads, j.pieces, logits_piece, &j);
    return 0;
}
