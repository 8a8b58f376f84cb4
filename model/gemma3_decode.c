/*
 * Decoding: keys and values of a shared prefix, computed once, and of the rows behind it
 * (docs/engine.md).
 *
 * One feed stacks the new tokens of all its slots. Their queries meet the prefix's keys in one
 * product and their own slot's keys in small ones, by the attention of gemma3_attention.c. There
 * are few rows, so that products are cut by outputs, not by rows; borders depend on shapes alone.
 * The head runs over the vocabulary in blocks and keeps the two best ids and the mass of each row;
 * no logits are stored.
 */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "kernels/blas.h"
#include "model/engine_cpu.h"

enum { OUT_CHUNK = 256, ROW_CHUNK = 512 };

/* One row's new tokens: keys go to cache rows row0 + held .., positions pos0 + held .. */
typedef struct item {
    const int32_t *tokens;
    int32_t n, row0, pos0, held;
} item;

/* Best two logits of a part of the vocabulary, and sum exp(l - best). */
typedef struct top {
    float best, second;
    int32_t id, second_id;
    double sum;
} top;

struct hone_cache {
    hone_engine *e;
    int32_t prefix, slots, max_suffix;
    int32_t *len; /* [slots] */
    float *kv;    /* [L][2][rows, KW]: rotated keys, values */
    int64_t rows;
    /* one feed */
    int32_t T, n;
    int32_t *pos, *row, *need, *need_pos, *ids; /* [T] */
    size_t int_room;
    float *block; /* holds the arrays below */
    size_t float_room;
    float *x, *h, *t, *gu, *act, *xq, *xs, *u; /* [T, ..] */
    float *xt, *ut;                            /* transposed inputs of the kernel for few rows */
    top *tops;                                 /* [CPU_RANGES, n] */
    size_t top_room;
    cpu_plan full, last;
};

static float *keys_of(const hone_cache *c, int l)
{
    return c->kv + (int64_t)l * 2 * c->rows * c->e->KW;
}

static float *values_of(const hone_cache *c, int l)
{
    return keys_of(c, l) + c->rows * c->e->KW;
}

/* Rows of few inputs are padded to whole vectors. */
static int64_t few_stride(int64_t rows)
{
    return (rows + 7) / 8 * 8;
}

/* y[l, m] = x[m, l], columns behind rows 0 */
static void transpose(float *y, const float *x, int64_t rows, int64_t n)
{
    const int64_t stride = few_stride(rows);
    for (int64_t l = 0; l < n; l++) {
        for (int64_t m = 0; m < stride; m++) y[l * stride + m] = m < rows ? x[m * n + l] : 0;
    }
}

static int reserve_ints(hone_cache *c, size_t T, hone_err *err)
{
    if (5 * T > c->int_room) {
        int32_t *p = hone_realloc_array(c->pos, 5 * T, sizeof *p);
        if (!p) return hone_err_memory(err, "a decoding step", 5 * T * sizeof *p);
        c->pos = p;
        c->int_room = 5 * T;
    }
    c->row = c->pos + T;
    c->need = c->row + T;
    c->need_pos = c->need + T;
    c->ids = c->need_pos + T;
    return 0;
}

/* Sizes of the float arrays; sets them when there is a block. */
static size_t lay_out(hone_cache *c, int64_t T)
{
    const hone_engine *e = c->e;
    const int64_t C = e->c.C, F = e->c.F, few = few_stride(T < CPU_FEW ? T : CPU_FEW);
    const int64_t wider = e->QW > F ? e->QW : F, widest = wider > C ? wider : C;
    const int64_t width = (int64_t)CPU_MEMBERS * e->R;
    const int64_t sizes[] = { T * C,      T * C, T * C,     T * 2 * F,    T * F,
                              T * widest, T,     T * width, few * widest, few * width };
    float **arrays[] = {
        &c->x, &c->h, &c->t, &c->gu, &c->act, &c->xq, &c->xs, &c->u, &c->xt, &c->ut
    };
    size_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; at += (size_t)sizes[i], i++)
        *arrays[i] = c->block ? c->block + at : NULL;
    return at;
}

static int reserve_floats(hone_cache *c, int64_t T, hone_err *err)
{
    const size_t count = lay_out(c, T);
    if (count > c->float_room) {
        float *p = hone_realloc_array(c->block, count, sizeof *p);
        if (!p) return hone_err_memory(err, "a decoding step", count * sizeof *p);
        c->block = p;
        c->float_room = count;
    }
    (void)lay_out(c, T);
    return 0;
}

/* One product, cut by outputs. Up to CPU_FEW rows it is the kernel for few rows, which reads the
 * weights in place, takes its inputs transposed and the adapter's part in the same sums; more rows
 * are cut as well and go to the library. */
typedef struct wide {
    const hone_cache *c;
    const cpu_linear *w;
    const cpu_lora *lora;
    float *y;
    const float *x, *scale;
    int64_t rows, row_chunks, out_chunks;
} wide;

/* Index of a group's member among the trained ones, -1 if it is none. */
static int trained(const cpu_lora *lora, int member)
{
    for (int j = 0; j < lora->n; j++) {
        if (lora->member[j] == member) return j;
    }
    return -1;
}

static void few_piece(const wide *p, int64_t from, int64_t to)
{
    const hone_cache *c = p->c;
    const cpu_linear *w = p->w;
    const int64_t R = c->e->R, stride = few_stride(p->rows);
    for (int m = 0; m < w->members; m++) {
        const int64_t a = from > w->at[m] ? from : w->at[m];
        const int64_t b = to < w->at[m + 1] ? to : w->at[m + 1];
        const int j = trained(p->lora, m);
        if (a >= b) continue;
        c->e->k->few_nt(p->y + a, w->out, c->xt, w->w + a * w->in, w->in,
                        j < 0 ? NULL : c->ut + j * R * stride,
                        j < 0 ? NULL : p->lora->b[j] + (a - w->at[m]) * R, j < 0 ? 0 : R, stride,
                        p->rows, b - a);
    }
    hone_cpu_rescale(w->scale, p->y + from, w->out, p->scale, p->rows, from, to);
}

static void many_piece(const wide *p, int64_t r, int64_t from, int64_t to)
{
    const cpu_linear *w = p->w;
    const int64_t R = p->c->e->R, width = p->lora->n * R;
    const int64_t first = hone_piece_at(p->rows, p->row_chunks, r);
    const int64_t rows = hone_piece_at(p->rows, p->row_chunks, r + 1) - first;
    float *y = p->y + first * w->out;
    hone_cpu_product(w->w, w->scale, w->in, y + from, w->out, p->x + first * w->in,
                     p->scale ? p->scale + first : NULL, rows, from, to);
    for (int j = 0; j < p->lora->n; j++) {
        const int m = p->lora->member[j];
        const int64_t a = from > w->at[m] ? from : w->at[m];
        const int64_t b = to < w->at[m + 1] ? to : w->at[m + 1];
        if (a >= b) continue;
        hone_gemm_nt(rows, b - a, R, 1, p->c->u + first * width + j * R, width,
                     p->lora->b[j] + (a - w->at[m]) * R, R, 1, y + a, w->out);
    }
}

static void wide_piece(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const wide *p = ctx;
    const int64_t o = i % p->out_chunks;
    const int64_t from = hone_piece_at(p->w->out, p->out_chunks, o);
    const int64_t to = hone_piece_at(p->w->out, p->out_chunks, o + 1);
    if (p->rows <= CPU_FEW)
        few_piece(p, from, to);
    else
        many_piece(p, i / p->out_chunks, from, to);
}

static void linear(hone_cache *c, int l, int group, float *y, const float *x, int64_t rows)
{
    const hone_engine *e = c->e;
    const cpu_linear *w = &e->layer[l].linear[group];
    const cpu_lora *lora = &e->layer[l].lora[group];
    const int64_t width = lora->n * e->R;
    wide p = { .c = c,
               .w = w,
               .lora = lora,
               .y = y,
               .x = x,
               .rows = rows,
               .row_chunks = rows <= CPU_FEW ? 1 : hone_pieces(rows, ROW_CHUNK),
               .out_chunks = hone_pieces(w->out, OUT_CHUNK) };
    if (width) hone_gemm_nt(rows, width, w->in, 1, x, w->in, lora->a, w->in, 0, c->u, width);
    if (w->scale) {
        hone_cpu_quantise(c->xq, c->xs, x, rows, w->in);
        p.x = c->xq;
        p.scale = c->xs;
    }
    if (rows <= CPU_FEW) {
        transpose(c->xt, p.x, rows, w->in);
        transpose(c->ut, c->u, rows, width);
    }
    hone_parallel(e->threads, p.row_chunks * p.out_chunks, wide_piece, &p);
}

/* Keys and values of all new tokens, into the cache. */
static void store_keys(hone_cache *c, int l)
{
    hone_engine *e = c->e;
    const cpu_layer *y = &e->layer[l];
    const int64_t KW = e->KW;
    float *kv = e->work.acts[0].kv;
    e->k->rmsnorm_fwd(c->t, c->x, y->input_norm, c->T, e->c.C, e->c.rms_eps);
    linear(c, l, GROUP_KV, kv, c->t, c->T);
    for (int32_t i = 0; i < c->T; i++) {
        hone_cpu_rotate(e, keys_of(c, l) + c->row[i] * KW, kv + i * 2 * KW, y->k_norm, e->c.NKV,
                        c->pos[i], y->global);
        memcpy(values_of(c, l) + c->row[i] * KW, kv + i * 2 * KW + KW, (size_t)KW * sizeof *kv);
    }
}

/* Attention and feed-forward of rows new tokens whose residual is in x and normed input in t. */
static void rest(hone_cache *c, int l, const cpu_plan *plan, int64_t rows)
{
    hone_engine *e = c->e;
    const cpu_layer *y = &e->layer[l];
    const cpu_acts *a = &e->work.acts[0];
    const int64_t C = e->c.C;
    const float eps = e->c.rms_eps;
    linear(c, l, GROUP_Q, a->q, c->t, rows);
    for (int64_t i = 0; i < rows; i++)
        hone_cpu_rotate(e, e->work.qr + i * e->QW, a->q + i * e->QW, y->q_norm, e->c.NH,
                        plan->qpos[i], y->global);
    cpu_attention at = { .plan = plan,
                         .window = y->global ? 0 : e->c.window,
                         .q = e->work.qr,
                         .k = keys_of(c, l),
                         .v = values_of(c, l),
                         .ldk = e->KW,
                         .ldv = e->KW,
                         .o = a->o,
                         .lse = a->lse };
    hone_cpu_attention(e, &at);
    linear(c, l, GROUP_O, c->t, a->o, rows);
    e->k->rmsnorm_add(c->h, c->x, c->t, y->post_attn_norm, rows, C, eps);
    e->k->rmsnorm_fwd(c->t, c->h, y->pre_ffn_norm, rows, C, eps);
    linear(c, l, GROUP_GU, c->gu, c->t, rows);
    e->k->geglu_fwd(c->act, c->gu, rows, e->c.F);
    linear(c, l, GROUP_DOWN, c->t, c->act, rows);
    e->k->rmsnorm_add(c->x, c->h, c->t, y->post_ffn_norm, rows, C, eps);
}

/* The last layer goes on with the last token of each feed only. */
static void keep_needed(hone_cache *c)
{
    const int64_t C = c->e->c.C;
    for (int32_t i = 0; i < c->n; i++) {
        if (c->need[i] == i) continue; /* ascending: the target was read already */
        memcpy(c->x + i * C, c->x + c->need[i] * C, (size_t)C * sizeof *c->x);
        memcpy(c->t + i * C, c->t + c->need[i] * C, (size_t)C * sizeof *c->t);
    }
}

static void forward(hone_cache *c)
{
    hone_engine *e = c->e;
    hone_cpu_embed(e, c->x, c->ids, c->T);
    for (int l = 0; l < e->c.L; l++) {
        const bool last = l + 1 == e->c.L;
        store_keys(c, l);
        if (last && !c->n) return; /* a prefix: only its keys and values are wanted */
        if (last) keep_needed(c);
        rest(c, l, last ? &c->last : &c->full, last ? c->n : c->T);
    }
    e->k->rmsnorm_fwd(e->work.hidden, c->x, e->final_norm, c->n, e->c.C, e->c.rms_eps);
}

static void add_block(top *t, const hone_kernels *k, float *s, int64_t v, int64_t n)
{
    const float max = k->max(s, n);
    if (max > t->second) { /* few blocks: the scan need not be fast */
        for (int64_t i = 0; i < n; i++) {
            if (s[i] > t->best) {
                if (t->best > -INFINITY) t->sum *= exp((double)t->best - (double)s[i]);
                t->second = t->best;
                t->second_id = t->id;
                t->best = s[i];
                t->id = (int32_t)(v + i);
            } else if (s[i] > t->second) {
                t->second = s[i];
                t->second_id = (int32_t)(v + i);
            }
        }
    }
    t->sum += (double)k->exp_sum(s, n, t->best);
}

static void head_range(void *ctx, int64_t r, int worker)
{
    const hone_cache *c = ctx;
    const hone_engine *e = c->e;
    const cpu_loss_rows *l = &e->work.loss;
    float *s = e->work.scratch[worker].s;
    const float *h = l->hq ? l->hq : e->work.hidden;
    const int64_t end = hone_piece_at(e->c.V, CPU_RANGES, r + 1);
    for (int32_t i = 0; i < c->n; i++)
        c->tops[r * c->n + i] = (top){ -INFINITY, -INFINITY, -1, -1, 0 };
    for (int64_t v = hone_piece_at(e->c.V, CPU_RANGES, r); v < end; v += CPU_VOCAB_BLOCK) {
        const int64_t n = end - v < CPU_VOCAB_BLOCK ? end - v : CPU_VOCAB_BLOCK;
        if (c->n > CPU_FEW) {
            hone_cpu_product(e->embed, e->embed_scale, e->c.C, s, n, h, l->hs, c->n, v, v + n);
        } else {
            e->k->few_nt(s, n, c->xt, e->embed + v * e->c.C, e->c.C, NULL, NULL, 0,
                         few_stride(c->n), c->n, n);
            hone_cpu_rescale(e->embed_scale, s, n, l->hs, c->n, v, v + n);
        }
        for (int32_t i = 0; i < c->n; i++) add_block(&c->tops[r * c->n + i], e->k, s + i * n, v, n);
    }
}

/* The ranges of row i joined in order; of equal logits the lower id wins. */
static hone_pick join(const hone_cache *c, int32_t i)
{
    top all = c->tops[i];
    for (int64_t r = 1; r < CPU_RANGES; r++) {
        const top *t = &c->tops[r * c->n + i];
        const float best = t->best > all.best ? t->best : all.best;
        all.sum = all.sum * exp((double)all.best - (double)best) +
                  t->sum * exp((double)t->best - (double)best);
        if (t->best > all.best) {
            const bool keep = all.best >= t->second;
            all.second = keep ? all.best : t->second;
            all.second_id = keep ? all.id : t->second_id;
            all.best = t->best;
            all.id = t->id;
        } else if (t->best > all.second) {
            all.second = t->best;
            all.second_id = t->id;
        }
    }
    return (hone_pick){ .id = all.id,
                        .second = all.second_id,
                        .logit = all.best,
                        .second_logit = all.second,
                        .logprob = (float)-log(all.sum) };
}

static int pick(hone_cache *c, hone_pick *ret, hone_err *err)
{
    hone_engine *e = c->e;
    if (!hone_cpu_finite((double)e->k->sum(e->work.hidden, c->n * (int64_t)e->c.C)))
        return hone_fail(err, HONE_E_MODEL, "NaN or Inf arose while decoding");
    if (e->embed_scale)
        hone_cpu_quantise(e->work.loss.hq, e->work.loss.hs, e->work.hidden, c->n, e->c.C);
    if (c->n <= CPU_FEW)
        transpose(c->xt, e->work.loss.hq ? e->work.loss.hq : e->work.hidden, c->n, e->c.C);
    hone_parallel(e->threads, CPU_RANGES, head_range, c);
    for (int32_t i = 0; i < c->n; i++) ret[i] = join(c, i);
    return 0;
}

/* Queries from .. from + count of an item, in a block of their own or in the open one. */
static int plan_part(hone_cache *c, cpu_plan *p, const item *it, int32_t from, int32_t count,
                     bool fresh, hone_err *err)
{
    if (fresh) {
        cpu_block *b;
        HONE_TRY(hone_cpu_plan_block(p, &b, err));
        if (it->pos0) HONE_TRY(hone_cpu_plan_span(p, (cpu_span){ 0, 0, c->prefix }, err));
    }
    const cpu_span own = { it->row0, it->pos0, p->qpos[from + count - 1] - it->pos0 + 1 };
    return hone_cpu_plan_part(p, (cpu_part){ from, from + count, own }, err);
}

/* Blocks of as many whole items as fit, or of a piece of a long one. last: one query an item. */
static int plan_items(hone_cache *c, cpu_plan *p, const item *items, int32_t count, bool last,
                      hone_err *err)
{
    int32_t longest = 0, q = 0, open = INT32_MAX / 2;
    for (int32_t i = 0; i < count; i++)
        longest = items[i].held + items[i].n > longest ? items[i].held + items[i].n : longest;
    const int32_t nq = last ? count : c->T;
    const int32_t limit = hone_cpu_block_limit(nq, (int64_t)c->prefix + longest, c->e->c.NH);
    hone_cpu_plan_clear(p, nq, last ? c->need_pos : c->pos);
    for (int32_t i = 0; i < count; i++) {
        const int32_t n = last ? 1 : items[i].n, pieces = (n + limit - 1) / limit;
        const bool fresh = pieces > 1 || open + n > limit;
        for (int32_t j = 0; j < pieces; j++) {
            const int32_t from = (int32_t)((int64_t)n * j / pieces),
                          to = (int32_t)((int64_t)n * (j + 1) / pieces);
            HONE_TRY(plan_part(c, p, &items[i], q + from, to - from, fresh, err));
        }
        open = pieces > 1 ? limit : fresh ? n : open + n;
        q += n;
    }
    hone_cpu_plan_close(p, c->e->c.NKV == 1 ? c->e->c.NH : 1);
    return 0;
}

/* Positions, cache rows and ids of all new tokens; checks ids. */
static int set_tokens(hone_cache *c, const item *items, int32_t count, hone_err *err)
{
    int32_t t = 0;
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < items[i].n; j++, t++) {
            c->ids[t] = items[i].tokens[j];
            c->pos[t] = items[i].pos0 + items[i].held + j;
            c->row[t] = items[i].row0 + items[i].held + j;
            if (c->ids[t] < 0 || c->ids[t] >= c->e->c.V)
                return hone_fail(err, HONE_E_DATA, "id %d is not one of the %d pieces", c->ids[t],
                                 c->e->c.V);
        }
        c->need[i] = t - 1;
        c->need_pos[i] = c->pos[t - 1];
    }
    return 0;
}

/* Runs items through the model; want: the last token of each is predicted from. */
static int run(hone_cache *c, const item *items, int32_t count, bool want, hone_err *err)
{
    hone_engine *e = c->e;
    int64_t T = 0;
    int32_t end = 0;
    for (int32_t i = 0; i < count; i++) {
        T += items[i].n;
        const int32_t stop = items[i].pos0 + items[i].held + items[i].n;
        end = stop > end ? stop : end;
    }
    if (T > INT32_MAX / 8)
        return hone_fail(err, HONE_E_DATA, "%lld tokens in one feed", (long long)T);
    c->T = (int32_t)T;
    c->n = want ? count : 0;
    HONE_TRY(reserve_ints(c, (size_t)T, err));
    HONE_TRY(set_tokens(c, items, count, err));
    HONE_TRY(hone_cpu_rope_reserve(e, end, err));
    HONE_TRY(plan_items(c, &c->full, items, count, false, err));
    HONE_TRY(plan_items(c, &c->last, items, count, true, err));
    HONE_TRY(reserve_floats(c, T, err));
    const cpu_need need = { .T = T,
                            .n = count,
                            .labels = count,
                            .scores = c->full.max_scores > c->last.max_scores
                                          ? c->full.max_scores
                                          : c->last.max_scores };
    HONE_TRY(hone_cpu_work_reserve(e, &need, err));
    forward(c);
    return 0;
}

static int allocate(hone_cache *c, hone_err *err)
{
    const hone_engine *e = c->e;
    size_t bytes = 0;
    const bool fits =
        hone_mul_size((size_t)c->rows, (size_t)e->c.L * 2 * (size_t)e->KW * sizeof(float), &bytes);
    c->kv = fits ? hone_aligned(bytes) : NULL;
    c->len = hone_calloc((size_t)c->slots, sizeof *c->len);
    c->tops = hone_calloc((size_t)c->slots * CPU_RANGES, sizeof *c->tops);
    return c->kv && c->len && c->tops ? 0 : hone_err_memory(err, "keys and values", bytes);
}

int hone_cache_new(hone_cache **ret, hone_engine *e, const int32_t *prefix, int32_t prefix_len,
                   int slots, int32_t max_suffix, hone_err *err)
{
    if (prefix_len < 0 || slots < 1 || slots > CPU_LABELS || max_suffix < 1)
        return hone_fail(err, HONE_E_USAGE, "a cache of %d slots (1 to %d) with %d + %d tokens",
                         slots, CPU_LABELS, prefix_len, max_suffix);
    if (prefix_len > e->c.max_positions - 1)
        return hone_fail(err, HONE_E_DATA, "a prompt has %d tokens, the model takes %d", prefix_len,
                         e->c.max_positions);
    if (max_suffix > e->c.max_positions - prefix_len) max_suffix = e->c.max_positions - prefix_len;
    hone_cache *c = hone_calloc(1, sizeof *c);
    if (!c) return hone_err_memory(err, "a cache", sizeof *c);
    *c = (hone_cache){ .e = e,
                       .prefix = prefix_len,
                       .slots = slots,
                       .max_suffix = max_suffix,
                       .rows = prefix_len + (int64_t)slots * max_suffix };
    int rc = c->rows > INT32_MAX
                 ? hone_fail(err, HONE_E_USAGE, "a cache of %lld tokens", (long long)c->rows)
                 : allocate(c, err);
    const item it = { prefix, prefix_len, 0, 0, 0 };
    if (rc == 0 && prefix_len) rc = run(c, &it, 1, false, err);
    if (rc < 0) {
        hone_cache_free(c);
        return rc;
    }
    *ret = c;
    return 0;
}

void hone_cache_free(hone_cache *c)
{
    if (!c) return;
    hone_cpu_plan_done(&c->full);
    hone_cpu_plan_done(&c->last);
    hone_free(c->kv);
    hone_free(c->len);
    hone_free(c->tops);
    hone_free(c->pos);
    hone_free(c->block);
    hone_free(c);
}

static int make_items(const hone_cache *c, item *items, const hone_feed *feeds, int count,
                      hone_err *err)
{
    for (int i = 0; i < count; i++) {
        const hone_feed *f = &feeds[i];
        if (f->slot < 0 || f->slot >= c->slots || f->n < 1)
            return hone_fail(err, HONE_E_USAGE, "feed %d: %d tokens for slot %d of %d", i, f->n,
                             f->slot, c->slots);
        if (f->n > c->max_suffix - c->len[f->slot])
            return hone_fail(err, HONE_E_DATA,
                             "slot %d holds %d tokens, %d more pass its limit of %d", f->slot,
                             c->len[f->slot], f->n, c->max_suffix);
        for (int j = 0; j < i; j++) {
            if (feeds[j].slot == f->slot)
                return hone_fail(err, HONE_E_USAGE, "slot %d is fed twice at once", f->slot);
        }
        items[i] = (item){ f->tokens, f->n, c->prefix + f->slot * c->max_suffix, c->prefix,
                           c->len[f->slot] };
    }
    return 0;
}

int hone_cache_feed(hone_cache *c, const hone_feed *feeds, int count, hone_pick *ret, hone_err *err)
{
    if (count < 1 || count > c->slots)
        return hone_fail(err, HONE_E_USAGE, "%d feeds for %d slots", count, c->slots);
    item *items = hone_calloc((size_t)count, sizeof *items);
    int rc = items ? 0 : hone_err_memory(err, "a feed", (size_t)count * sizeof *items);
    if (rc == 0) rc = make_items(c, items, feeds, count, err);
    if (rc == 0) rc = run(c, items, count, true, err);
    if (rc == 0) rc = pick(c, ret, err);
    for (int i = 0; rc == 0 && i < count; i++) c->len[feeds[i].slot] += feeds[i].n;
    hone_free(items);
    return rc;
}

int32_t hone_cache_length(const hone_cache *c, int slot)
{
    return c->len[slot];
}

void hone_cache_reset(hone_cache *c, int slot)
{
    c->len[slot] = 0;
}

void hone_cache_truncate(hone_cache *c, int slot, int32_t len)
{
    if (len < c->len[slot]) c->len[slot] = len;
}
