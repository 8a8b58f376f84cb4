/*
 * The buffers of a batch, carved from one block that is kept from step to step and grows when a
 * larger batch comes. The same code counts (no block) and carves, so that hone_engine_memory cannot
 * lie.
 */
#include "model/engine_cpu.h"

#include <string.h>

#include "common/mem.h"

typedef struct carver {
    char *base; /* NULL: only count */
    size_t at;
} carver;

static void *take(carver *c, int64_t count, size_t size)
{
    void *p = c->base ? c->base + c->at : NULL;
    c->at += ((size_t)count * size + 63) / 64 * 64;
    return p;
}

static float *floats(carver *c, int64_t rows, int64_t n)
{
    return take(c, rows * n, sizeof(float));
}

static hone_bf16 *operand(carver *c, int64_t count)
{
    return take(c, count, sizeof(hone_bf16));
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static float *carve_u(const hone_engine *e, carver *c, int l, int g, int64_t rows)
{
    return floats(c, rows, (int64_t)e->layer[l].lora[g].n * e->R);
}

/* Of layer l, what every backward pass starts from, */
static void carve_input(const hone_engine *e, carver *c, const cpu_need *need, cpu_acts *a, int l)
{
    a->x = floats(c, need->T, e->c.C);
    a->kv = floats(c, need->T, 2 * e->KW);
    a->u[GROUP_KV] = carve_u(e, c, l, GROUP_KV, need->T);
}

/* and what can be computed again. All layers have members alike: u of one fits another. */
static void carve_rest(const hone_engine *e, carver *c, int64_t rows, cpu_acts *a, int l)
{
    a->q = floats(c, rows, e->QW);
    a->o = floats(c, rows, e->QW);
    a->lse = floats(c, rows, e->c.NH);
    a->ao = floats(c, rows, e->c.C);
    if (e->h) a->gate = operand(c, hone_bf16_size(rows + 2 * HONE_BF16_ROWS, e->c.F));
    if (e->h) a->up = operand(c, hone_bf16_size(rows + 2 * HONE_BF16_ROWS, e->c.F));
    if (!e->h) a->gu = floats(c, rows, 2 * e->c.F);
    a->d = floats(c, rows, e->c.C);
    for (int g = 0; g < GROUPS; g++) {
        if (g != GROUP_KV) a->u[g] = carve_u(e, c, l, g, rows);
    }
}

static void carve_acts(const hone_engine *e, carver *c, const cpu_need *need, cpu_work *w)
{
    cpu_acts rest = { .x = NULL };
    if (e->recompute) {
        carve_rest(e, c, need->T, &rest, 0);
        w->again = floats(c, need->T, e->c.C);
    }
    for (int l = 0; l < e->c.L; l++) {
        cpu_acts *a = &w->acts[l];
        *a = rest;
        carve_input(e, c, need, a, l);
        if (!e->recompute) carve_rest(e, c, l + 1 < e->c.L ? need->T : need->n, a, l);
    }
    w->held_dkv = floats(c, e->c.L * need->held, 2 * e->KW);
}

/* Without a backward pass all layers use the same arrays, and x alternates between two. */
static void carve_shared(const hone_engine *e, carver *c, const cpu_need *need, cpu_work *w)
{
    const int64_t T = need->T;
    cpu_acts a = { .x = floats(c, T, e->c.C) };
    float *x = floats(c, T, e->c.C);
    a.kv = floats(c, T, 2 * e->KW);
    a.q = floats(c, T, e->QW);
    a.o = floats(c, T, e->QW);
    a.lse = floats(c, T, e->c.NH);
    for (int l = 0; l < e->c.L; l++) {
        w->acts[l] = a;
        if (l % 2) w->acts[l].x = x;
    }
}

/* f32: both sides of the adapter's gradients, of all rows, */
static void carve_inputs(const hone_engine *e, carver *c, int64_t T, cpu_back *b)
{
    float **wide[] = { &b->dd, &b->dao, &b->n1, &b->n1q, &b->n2 };
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) *wide[i] = floats(c, T, e->c.C);
    b->act = floats(c, T, e->c.F);
    b->dgu = floats(c, T, 2 * e->c.F);
    b->dq = floats(c, T, e->QW);
    b->dkv = floats(c, T, 2 * e->KW);
}

/* and bf16: packed. All layers have members alike. */
static void carve_kept(const hone_engine *e, carver *c, int64_t T, cpu_back *b)
{
    const int64_t rows = T + HONE_BF16_DEPTH;
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[0].linear[g];
        const cpu_lora *lora = &e->layer[0].lora[g];
        cpu_kept *kept = &b->kept[g];
        if (lora->n) kept->x = operand(c, hone_bf16_size(w->in, rows));
        for (int j = 0; j < lora->n; j++) {
            const int m = lora->member[j];
            kept->dy[m] = operand(c, hone_bf16_size(w->at[m + 1] - w->at[m], rows));
            kept->u[j] = operand(c, hone_bf16_size(e->R, rows));
            kept->g[j] = operand(c, hone_bf16_size(e->R, rows));
        }
    }
}

static void carve_back(const hone_engine *e, carver *c, const cpu_need *need, cpu_back *b)
{
    const int64_t T = need->T, C = e->c.C;
    b->dx = floats(c, T, C);
    b->dy = floats(c, need->n, C);
    b->dhidden = floats(c, need->n, C);
    b->doo = floats(c, T, e->QW);
    b->dqr = floats(c, T, e->QW);
    b->dkvr = floats(c, T, 2 * e->KW);
    if (e->h) carve_kept(e, c, T, b);
    else carve_inputs(e, c, T, b);
    for (int g = 0; g < GROUPS; g++) b->g[g] = floats(c, T, (int64_t)CPU_MEMBERS * e->R);
    b->sums = floats(c, hone_cpu_key_groups(e) * T, 2 * e->KW);
    b->touched = take(c, hone_cpu_key_groups(e), (size_t)T / 64 + 1);
    if (e->full) b->gains = floats(c, (hone_pieces(T, CPU_ROWS) + 1) * CPU_GAINS,
                                   larger(C, e->c.HD));
}

static void carve_loss(const hone_engine *e, carver *c, const cpu_need *need, cpu_loss_rows *r)
{
    const int64_t n = need->labels, slab = n < CPU_LABELS ? n : CPU_LABELS, C = e->c.C;
    r->h = floats(c, n, C);
    r->left = e->h ? operand(c, hone_bf16_size(slab, C)) : NULL;
    r->in8 = !e->embed8.q ? NULL : take(c, 1, hone_int8_input_bytes(n, C));
    r->one8 = !e->embed8.q ? NULL : take(c, 1, hone_int8_input_bytes(1, C));
    r->hq = e->embed_scale ? floats(c, n, C) : NULL;
    r->hs = e->embed_scale ? floats(c, n, 1) : NULL;
    r->target_logit = floats(c, n, 1);
    r->lse = floats(c, n, 1);
    r->wrong = floats(c, n, 1);
    r->loss = take(c, n, sizeof(double));
    r->best = take(c, n, sizeof(int32_t));
    r->max = floats(c, CPU_RANGES, slab);
    r->sum = floats(c, CPU_RANGES, slab);
    r->best_logit = floats(c, CPU_RANGES, slab);
    r->best_id = take(c, CPU_RANGES * slab, sizeof(int32_t));
    if (!need->backward) return;
    r->dh = floats(c, n, C);
    r->p = floats(c, n, HONE_CONTROL_ROWS);
    r->acc = floats(c, CPU_RANGES * slab, C);
}

/* Packed operands of one product: a piece of a layer, a block of attention's scores (rows and
 * columns rounded up to tiles), a block of the loss. */
static void carve_operands(const hone_engine *e, carver *c, const cpu_need *need, cpu_scratch *s)
{
    const int64_t act = hone_bf16_size(CPU_PIECE, e->c.F);
    const int64_t widest = larger(larger(e->c.C, 2 * e->c.F), e->QW), HD = e->c.HD;
    const int64_t rows = CPU_QUERIES * (e->c.NKV == 1 ? e->c.NH : 1);
    const int64_t scores = need->scores + 32 * (rows + need->T + 32);
    const int64_t keys = hone_bf16_size(need->T + 32, HD + 32) + hone_bf16_size(rows, HD + 32);
    const int64_t p = 2 * hone_bf16_size(CPU_HALF_LABELS, CPU_HALF_VOCAB_BLOCK);
    const int64_t E = hone_bf16_size(CPU_HALF_VOCAB_BLOCK, e->c.C) +
                      hone_bf16_size(e->c.C, CPU_HALF_VOCAB_BLOCK);
    s->left = operand(c, larger(larger(hone_bf16_size(CPU_PIECE, widest + 32), scores), p));
    s->right = operand(c, larger(larger(hone_bf16_size(widest, CPU_PIECE), keys), E));
    s->gate = operand(c, act);
    s->up = operand(c, act);
    s->act_half = operand(c, act);
    s->wide = floats(c, CPU_PIECE, larger(e->QW, 2 * e->KW));
    s->turn = floats(c, e->R, hone_cpu_half_stretch(widest));
    s->few = operand(c, CPU_MEMBERS * hone_bf16_size(CPU_PIECE, e->R + 32));
}

static void carve_scratch(const hone_engine *e, carver *c, const cpu_need *need, cpu_scratch *s)
{
    const int64_t C = e->c.C, F = e->c.F, widest = larger(larger(C, F), e->QW);
    const int64_t slab = need->labels < CPU_LABELS ? need->labels : CPU_LABELS;
    s->x = floats(c, CPU_PIECE, C);
    s->h = floats(c, CPU_PIECE, C);
    s->n = floats(c, CPU_PIECE, C);
    s->t = floats(c, CPU_PIECE, C);
    s->gu = e->h ? NULL : floats(c, CPU_PIECE, 2 * F);
    s->act = e->h && !e->qat.activations ? NULL : floats(c, CPU_PIECE, F);
    const bool integer = e->quantised && e->i8, floats_of = e->quantised && !e->i8;
    s->in8 = integer ? take(c, 1, hone_int8_input_bytes(CPU_PIECE, widest)) : NULL;
    s->xq = floats_of || e->qat.activations ? floats(c, CPU_PIECE, widest) : NULL;
    s->xs = floats_of ? floats(c, CPU_PIECE, 1) : NULL;
    s->u = floats(c, CPU_PIECE, (int64_t)CPU_MEMBERS * e->R);
    s->drop = e->dropout > 0 ? floats(c, CPU_PIECE, widest) : NULL;
    s->e = e->embed || e->embed8.q ? NULL : floats(c, smaller(e->c.V, CPU_VOCAB_BLOCK + 8), C);
    s->s = floats(c, 1, larger(need->scores, slab * CPU_VOCAB_BLOCK));
    s->p = floats(c, 1, need->backward ? larger(need->scores, slab * C) : 0);
    if (e->h) carve_operands(e, c, need, s);
}

static size_t carve(const hone_engine *e, const cpu_need *need, char *base, cpu_work *w)
{
    carver c = { base, 0 };
    memset(w, 0, sizeof *w);
    if (need->backward) {
        carve_acts(e, &c, need, w);
        carve_back(e, &c, need, &w->back);
    } else {
        carve_shared(e, &c, need, w);
    }
    carve_loss(e, &c, need, &w->loss);
    w->qr = floats(&c, need->T, e->QW);
    w->kr = floats(&c, need->T, e->KW);
    w->out = floats(&c, need->n, e->c.C);
    w->hidden = floats(&c, need->n, e->c.C);
    w->sums = take(&c, need->T / 8 + 2, sizeof(double));
    w->scratch = take(&c, e->threads, sizeof *w->scratch);
    for (int i = 0; i < e->threads; i++) {
        cpu_scratch counted, *s = base ? &w->scratch[i] : &counted;
        carve_scratch(e, &c, need, s);
    }
    return c.at;
}

size_t hone_cpu_work_bytes(const hone_engine *e, const cpu_need *need)
{
    cpu_work counted;
    return carve(e, need, NULL, &counted);
}

int hone_cpu_work_reserve(hone_engine *e, const cpu_need *need, hone_err *err)
{
    size_t bytes = hone_cpu_work_bytes(e, need);
    if (bytes > e->room_bytes) {
        hone_free(e->room);
        e->room_bytes = 0;
        e->room = hone_aligned(bytes);
        if (!e->room) return hone_err_memory(err, "the activations of a batch", bytes);
        e->room_bytes = bytes;
    }
    (void)carve(e, need, e->room, &e->work);
    return 0;
}
