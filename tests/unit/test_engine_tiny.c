/*
 * The engine on tiny random models: loss and gradients against the same model in double (values and
 * slopes), shared prefixes against unshared rows, numbers of threads, accumulation, values that are
 * not finite, decoding against the full forward pass, integer weights, misuse and lack of memory.
 */
#include "kernels/quant.h"
#include "model/engine_cpu.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "tests/unit/tiny_reference.h"

enum { MAX_TOKENS = 4096, MAX_SEGMENTS = 64, MAX_LABELS = 1024, RANK = 3 };

/* A batch under construction. */
typedef struct forest {
    int32_t tokens[MAX_TOKENS];
    hone_segment segments[MAX_SEGMENTS];
    hone_label labels[MAX_LABELS];
    hone_batch b;
} forest;

static uint64_t next_random;

static int32_t random_below(int32_t n)
{
    return (int32_t)hone_rng_below(11, HONE_RNG_TEST, 77, next_random++, (uint64_t)n);
}

static void begin(forest *f)
{
    memset(f, 0, sizeof *f);
    f->b = (hone_batch){ .tokens = f->tokens, .segments = f->segments, .labels = f->labels };
}

/* A segment of len random tokens, some of them control tokens; returns its number. */
static int32_t grow(forest *f, int32_t parent, int32_t len)
{
    f->segments[f->b.num_segments] = (hone_segment){ parent, f->b.num_tokens, len };
    for (int32_t i = 0; i < len; i++)
        f->tokens[f->b.num_tokens++] =
            i % 4 == 2 ? HONE_CONTROL_FIRST + random_below(HONE_CONTROL_ROWS) : random_below(320);
    return f->b.num_segments++;
}

static void label(forest *f, int32_t at, int32_t target, float weight, int32_t row)
{
    f->labels[f->b.num_labels++] = (hone_label){ at, target, weight, row };
}

/* Every token of a segment from `from` on is predicted by the one before it. */
static void label_segment(forest *f, int32_t s, int32_t from, int32_t row)
{
    const hone_segment *g = &f->segments[s];
    for (int32_t i = from; i < g->len; i++) {
        int32_t at = i ? g->start + i - 1
                       : f->segments[g->parent].start + f->segments[g->parent].len - 1;
        label(f, at, f->tokens[g->start + i], 0.05f + 0.01f * (float)random_below(10), row);
    }
}

/* A prefix longer than the window and ragged rows; the first row's first token is a label, so that
 * the prefix's last token predicts; two rows are fully shared up to their labels. */
static void ragged(forest *f, int32_t prefix)
{
    static const int32_t lens[] = { 7, 1, 12, 20, 2, 9 };
    begin(f);
    int32_t root = grow(f, -1, prefix);
    for (int32_t i = 0; i < 6; i++) {
        int32_t s = grow(f, root, lens[i]);
        label_segment(f, s, lens[i] < 3 || i == 0 ? 0 : lens[i] / 2, i);
    }
}

/* Three levels, a second root, and a chain of single tokens. */
static void deep(forest *f)
{
    begin(f);
    int32_t root = grow(f, -1, 21), left = grow(f, root, 6), right = grow(f, root, 11);
    int32_t a = grow(f, left, 5), b = grow(f, left, 3), c = grow(f, right, 8),
            other = grow(f, -1, 9);
    int32_t chain = grow(f, a, 1);
    chain = grow(f, chain, 1);
    chain = grow(f, chain, 4);
    label_segment(f, a, 0, 0), label_segment(f, b, 1, 1), label_segment(f, c, 0, 2);
    label_segment(f, other, 4, 3), label_segment(f, chain, 0, 4), label_segment(f, right, 5, 2);
}

/* The same rows without sharing: one root for each segment that carries labels. */
static void unshare(forest *to, const forest *from)
{
    begin(to);
    for (int32_t s = 0; s < from->b.num_segments; s++) {
        int32_t chain[MAX_SEGMENTS], depth = 0, start = to->b.num_tokens;
        for (int32_t p = s; p >= 0; p = from->segments[p].parent) chain[depth++] = p;
        while (depth--) {
            const hone_segment *g = &from->segments[chain[depth]];
            memcpy(to->tokens + to->b.num_tokens, from->tokens + g->start,
                   (size_t)g->len * sizeof *to->tokens);
            to->b.num_tokens += g->len;
        }
        const hone_segment *own = &from->segments[s];
        int32_t shift = to->b.num_tokens - (own->start + own->len);
        to->segments[to->b.num_segments++] = (hone_segment){ -1, start, to->b.num_tokens - start };
        for (int32_t i = 0; i < from->b.num_labels; i++) {
            const hone_label *l = &from->labels[i];
            if (l->at < own->start || l->at >= own->start + own->len) continue;
            label(to, l->at + shift, l->target, l->weight, l->row);
        }
    }
}

typedef struct setup {
    hone_config c;
    hone_model *m;
    hone_adapter *a;
    hone_engine *e;
} setup;

static hone_err err;
static hone_precision precision = HONE_PRECISION_F32; /* of the engines that open_setup makes */
static bool recompute;

static setup open_setup(int kv_heads, int threads, double skip_mass)
{
    setup s = { .c = support_tiny_config(3, kv_heads) };
    hone_engine_options o = { .threads = threads,
                              .precision = precision,
                              .training = true,
                              .skip_mass = skip_mass,
                              .recompute = recompute };
    hone_lora_config lc = {
        .r = RANK, .alpha = 4, .targets = (1u << HONE_LINEARS) - 1, .control_rows = true
    };
    s.c.global[1] = true;
    s.m = support_tiny_model(&s.c, 3);
    ck_assert(hone_adapter_new(&s.a, &s.c, &lc, &err) == 0);
    for (size_t i = 0; i < s.a->count; i++)
        s.a->params[i] = 0.15f * hone_rng_normal(9, HONE_RNG_TEST, 1, i);
    ck_assert_msg(hone_engine_open(&s.e, s.m, &o, &err) == 0, "%s", err.message);
    ck_assert_msg(hone_engine_attach(s.e, s.a, &err) == 0, "%s", err.message);
    return s;
}

static void close_setup(setup *s)
{
    hone_engine_close(s->e);
    hone_adapter_free(s->a);
    hone_model_close(s->m);
}

/* Loss and gradients of a batch; the vector is the caller's. */
static float *gradients(hone_engine *e, const forest *f, size_t count, double *ret_loss)
{
    hone_loss loss;
    float *g = hone_malloc(count * sizeof *g);
    hone_engine_zero_grads(e);
    ck_assert_msg(hone_engine_accumulate(e, &f->b, &loss, &err) == 0, "%s", err.message);
    ck_assert_msg(loss.finite && loss.labels == f->b.num_labels, "%s", loss.where);
    ck_assert(hone_engine_read(e, HONE_VEC_GRADS, g, &err) == 0);
    *ret_loss = loss.sum;
    return g;
}

/* The loss of an unshared forest in double. */
static double reference_loss(const tiny *r, const forest *f)
{
    double sum = 0;
    for (int32_t s = 0; s < f->b.num_segments; s++) {
        int32_t target[TINY_TOKENS] = { 0 };
        double weight[TINY_TOKENS] = { 0 };
        const hone_segment *g = &f->segments[s];
        bool any = false;
        ck_assert(g->parent == -1 && g->len <= TINY_TOKENS);
        for (int32_t i = 0; i < f->b.num_labels;
             i++) { /* labels that share a place: their own pass */
            const hone_label *l = &f->labels[i];
            if (l->at < g->start || l->at >= g->start + g->len) continue;
            if (weight[l->at - g->start] != 0) {
                sum += tiny_loss(r, f->tokens + g->start, g->len, target, weight);
                memset(weight, 0, sizeof weight);
            }
            target[l->at - g->start] = l->target;
            weight[l->at - g->start] = (double)l->weight;
            any = true;
        }
        if (any) sum += tiny_loss(r, f->tokens + g->start, g->len, target, weight);
    }
    return sum;
}

/* Slope of the double loss along a direction of the parameters. */
static double slope(const setup *s, const forest *flat, const double *direction)
{
    const double h = 1e-5;
    double *p = hone_malloc(s->a->count * sizeof *p), value[2];
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < s->a->count; i++)
            p[i] = (double)s->a->params[i] + (side ? -h : h) * direction[i];
        value[side] = reference_loss(&(tiny){ s->m, s->a, p }, flat);
    }
    hone_free(p);
    return (value[0] - value[1]) / (2 * h);
}

/* Parts of the vector of parameters: A and B of each linear, and the delta. */
static size_t part_start(const hone_adapter *a, int i)
{
    const int l = i / 2 / HONE_LINEARS, id = i / 2 % HONE_LINEARS;
    if (l >= a->L) return i == a->L * HONE_LINEARS * 2 ? a->delta_at : a->count;
    return i % 2 ? a->b_at[l][id] : a->a_at[l][id];
}

static int parts(const hone_adapter *a)
{
    return a->L * HONE_LINEARS * 2 + 1;
}

/* Each part's gradient has the slope of the double loss along itself: its norm. */
static void check_slopes(const setup *s, const forest *flat, const float *g)
{
    double *d = hone_calloc(s->a->count, sizeof *d);
    for (int i = 0; i < parts(s->a); i++) {
        size_t from = part_start(s->a, i), to = part_start(s->a, i + 1);
        double norm = 0;
        for (size_t j = from; j < to; j++) norm += (double)g[j] * (double)g[j];
        norm = sqrt(norm);
        ck_assert_msg(norm > 1e-6, "part %d has no gradient", i);
        for (size_t j = from; j < to; j++) d[j] = (double)g[j] / norm;
        double want = slope(s, flat, d);
        ck_assert_msg(fabs(norm - want) <= 2e-5 * want, "part %d: %.8g, not %.8g", i, norm, want);
        for (size_t j = from; j < to; j++) d[j] = 0;
    }
    for (int i = 0; i < 5; i++) { /* and random directions over everything */
        double along = 0, length = 0;
        for (size_t j = 0; j < s->a->count; j++) {
            d[j] = (double)hone_rng_normal(13, HONE_RNG_TEST, (uint32_t)i, j);
            along += d[j] * (double)g[j];
            length += (double)g[j] * (double)g[j];
        }
        double want = slope(s, flat, d);
        ck_assert_msg(fabs(along - want) <= 1e-4 * sqrt(length), "direction %d: %g, not %g", i,
                      along, want);
    }
    hone_free(d);
}

static void check_against_double(int kv_heads, const forest *f)
{
    static forest flat;
    setup s = open_setup(kv_heads, 2, 0);
    double loss, *p = hone_malloc(s.a->count * sizeof *p);
    for (size_t i = 0; i < s.a->count; i++) p[i] = (double)s.a->params[i];
    unshare(&flat, f);
    float *g = gradients(s.e, f, s.a->count, &loss);
    double want = reference_loss(&(tiny){ s.m, s.a, p }, &flat);
    ck_assert_msg(fabs(loss - want) <= 1e-6 * want, "loss %.9g, not %.9g", loss, want);
    check_slopes(&s, &flat, g);
    hone_free(g);
    hone_free(p);
    close_setup(&s);
}

START_TEST(test_ragged_rows_in_double)
{
    static forest f;
    ragged(&f, 37);
    check_against_double(_i + 1, &f);
}
END_TEST

START_TEST(test_deep_forest_in_double)
{
    static forest f;
    deep(&f);
    check_against_double(_i + 1, &f);
}
END_TEST

/* Relative difference of two vectors part by part. */
static void same_parts(const hone_adapter *a, const float *x, const float *y, double tolerance)
{
    for (int i = 0; i < parts(a); i++) {
        double diff = 0, norm = 0;
        for (size_t j = part_start(a, i); j < part_start(a, i + 1); j++) {
            diff += pow((double)x[j] - (double)y[j], 2);
            norm += (double)x[j] * (double)x[j];
        }
        ck_assert_msg(sqrt(diff) <= tolerance * sqrt(norm), "part %d differs by %g", i,
                      sqrt(diff / norm));
    }
}

START_TEST(test_shared_equals_unshared)
{
    static forest f, flat;
    if (_i == 0) ragged(&f, 37);
    if (_i == 1) ragged(&f, 300); /* several blocks of queries, window far behind */
    if (_i == 2) deep(&f);
    unshare(&flat, &f);
    setup s = open_setup(1, 2, 0);
    double loss[2];
    float *g = gradients(s.e, &f, s.a->count, &loss[0]),
          *h = gradients(s.e, &flat, s.a->count, &loss[1]);
    ck_assert_msg(fabs(loss[0] - loss[1]) <= 1e-5 * loss[1], "loss %.9g, not %.9g", loss[0],
                  loss[1]);
    same_parts(s.a, h, g, 1e-5);
    hone_free(g);
    hone_free(h);
    close_setup(&s);
}
END_TEST

/* Rows enough for several pieces of every loop. */
static void large(forest *f)
{
    begin(f);
    int32_t root = grow(f, -1, 400);
    for (int32_t i = 0; i < 24; i++) label_segment(f, grow(f, root, 20 + i % 7), 10, i);
    label_segment(f, grow(f, -1, 300), 40, 24);
}

START_TEST(test_any_number_of_threads)
{
    static forest f;
    static const int threads[] = { 1, 2, 4 };
    float *g[3], *params[3];
    double loss[3];
    precision = _i ? HONE_PRECISION_BF16 : HONE_PRECISION_F32;
    large(&f);
    for (int i = 0; i < 3; i++) {
        setup s = open_setup(1, threads[i], 0);
        g[i] = gradients(s.e, &f, s.a->count, &loss[i]);
        ck_assert(loss[i] == loss[0] && !memcmp(g[i], g[0], s.a->count * sizeof *g[i]));
        hone_adamw_step step = {
            1e-3f, 1e-3f, 1e-3f, 0.9f, 0.99f, 1e-8f, 0.01f, 0.1f, 0.01f, 0.5f
        };
        double norm = hone_engine_grad_norm(s.e);
        ck_assert(hone_engine_update(s.e, &step, &err) == 0 && hone_engine_grad_norm(s.e) == 0);
        params[i] = hone_malloc(s.a->count * sizeof *g[i]);
        ck_assert(norm > 0 && hone_engine_read(s.e, HONE_VEC_PARAMS, params[i], &err) == 0);
        ck_assert(!memcmp(params[i], params[0], s.a->count * sizeof *g[i]));
        close_setup(&s);
    }
    for (int i = 0; i < 3; i++) hone_free(g[i]), hone_free(params[i]);
    precision = HONE_PRECISION_F32;
}
END_TEST

/* bf16 products against f32 ones: each part of the gradient within a few roundings of 2^-9. */
START_TEST(test_bf16)
{
    static forest f;
    large(&f);
    setup s = open_setup(1 + _i, 2, 0);
    precision = HONE_PRECISION_BF16;
    setup h = open_setup(1 + _i, 2, 0);
    precision = HONE_PRECISION_F32;
    double exact, rounded;
    float *g = gradients(s.e, &f, s.a->count, &exact),
          *b = gradients(h.e, &f, s.a->count, &rounded);
    ck_assert_str_eq(hone_engine_arithmetic(s.e), "f32");
    ck_assert_str_ne(hone_engine_arithmetic(h.e), "f32");
    ck_assert_msg(exact != rounded && fabs(rounded - exact) <= 2e-3 * exact, "%g %g", rounded,
                  exact);
    same_parts(s.a, g, b, 0.05); /* random weights magnify */
    ck_assert(hone_engine_attach(h.e, NULL, &err) == 0);
    hone_free(g);
    hone_free(b);
    close_setup(&s);
    close_setup(&h);
}
END_TEST

START_TEST(test_accumulation)
{
    static forest f, half;
    setup s = open_setup(1, 1, 0);
    double all, part[2];
    large(&f);
    float *g = gradients(s.e, &f, s.a->count, &all), *h = hone_malloc(s.a->count * sizeof *h);
    hone_engine_zero_grads(s.e);
    for (int i = 0; i < 2; i++) {
        hone_loss loss;
        half = f;
        half.b = f.b;
        half.b.labels = f.labels + (i ? 100 : 0);
        half.b.num_labels = i ? f.b.num_labels - 100 : 100;
        ck_assert(hone_engine_accumulate(s.e, &half.b, &loss, &err) == 0 && loss.finite);
        part[i] = loss.sum;
    }
    ck_assert(hone_engine_read(s.e, HONE_VEC_GRADS, h, &err) == 0);
    ck_assert(fabs(part[0] + part[1] - all) <= 1e-6 * all);
    same_parts(s.a, g, h, 1e-5);
    hone_free(g);
    hone_free(h);
    close_setup(&s);
}
END_TEST

/* Recomputed activations: the same bytes in less memory. */
START_TEST(test_recompute)
{
    static forest f;
    double loss[2];
    precision = _i ? HONE_PRECISION_BF16 : HONE_PRECISION_F32;
    large(&f);
    setup s = open_setup(1 + _i, 2, 0);
    recompute = true;
    setup t = open_setup(1 + _i, 2, 0);
    recompute = false;
    float *g = gradients(s.e, &f, s.a->count, &loss[0]),
          *h = gradients(t.e, &f, s.a->count, &loss[1]);
    ck_assert(loss[0] == loss[1] && !memcmp(g, h, s.a->count * sizeof *g));
    ck_assert(hone_engine_memory(t.e, 2000, 400, 0) < hone_engine_memory(s.e, 2000, 400, 0));
    hone_free(g);
    hone_free(h);
    close_setup(&s);
    close_setup(&t);
    precision = HONE_PRECISION_F32;
}
END_TEST

/* Part i of n of a forest whose first root is held: that root, some of its children and, last, the
 * other root. */
static void held_part(forest *to, const forest *f, int i, int n)
{
    const int32_t children = f->b.num_segments - 2;
    begin(to);
    for (int32_t s = 0; s < f->b.num_segments; s++) {
        const hone_segment *g = &f->segments[s];
        const int32_t shift = to->b.num_tokens - g->start;
        const int32_t of = s == 0 ? i : s > children ? n - 1 : (s - 1) * n / children;
        if (of != i) continue;
        memcpy(to->tokens + to->b.num_tokens, f->tokens + g->start,
               (size_t)g->len * sizeof *to->tokens);
        to->segments[to->b.num_segments++] = (hone_segment){ g->parent, to->b.num_tokens, g->len };
        to->b.num_tokens += g->len;
        for (int32_t j = 0; j < f->b.num_labels; j++) {
            const hone_label *l = &f->labels[j];
            if (l->at >= g->start && l->at < g->start + g->len)
                label(to, l->at + shift, l->target, l->weight, l->row);
        }
    }
    to->b.held = f->segments[0].len;
}

/* The gradients of a step in n parts that share a held beginning. */
static float *in_parts(setup *s, const forest *f, int n, double *ret_loss)
{
    static forest part;
    hone_loss loss;
    float *g = hone_malloc(s->a->count * sizeof *g);
    hone_engine_zero_grads(s->e);
    *ret_loss = 0;
    for (int i = 0; i < n; i++) {
        held_part(&part, f, i, n);
        if (i == 0)
            ck_assert(hone_engine_hold(s->e, f->tokens, part.b.held, 1100, 400, &loss, &err) == 0);
        ck_assert_msg(hone_engine_accumulate(s->e, &part.b, &loss, &err) == 0, "%s", err.message);
        ck_assert(loss.finite);
        *ret_loss += loss.sum;
    }
    ck_assert(hone_engine_release(s->e, &loss, &err) == 0 && loss.finite);
    ck_assert(hone_engine_read(s->e, HONE_VEC_GRADS, g, &err) == 0);
    return g;
}

/* A beginning held over parts gives what the step gives in one piece. */
START_TEST(test_held)
{
    static forest f;
    double loss[2];
    precision = _i & 1 ? HONE_PRECISION_BF16 : HONE_PRECISION_F32;
    large(&f);
    recompute = _i & 2;
    setup s = open_setup(1 + (_i & 1), 2, 0);
    recompute = false;
    float *g = gradients(s.e, &f, s.a->count, &loss[0]), *h = in_parts(&s, &f, 3, &loss[1]);
    ck_assert_msg(fabs(loss[1] - loss[0]) <= 1e-6 * loss[0], "%.9g, not %.9g", loss[1], loss[0]);
    same_parts(s.a, g, h, _i & 1 ? 0.02 : 1e-5);
    hone_free(g);
    hone_free(h);
    close_setup(&s);
    precision = HONE_PRECISION_F32;
}
END_TEST

START_TEST(test_held_misuse)
{
    static forest f, part;
    hone_loss loss;
    large(&f);
    setup s = open_setup(1, 1, 0);
    held_part(&part, &f, 0, 3);
    ck_assert(hone_engine_accumulate(s.e, &part.b, &loss, &err) < 0); /* nothing is held */
    ck_assert(hone_engine_release(s.e, &loss, &err) < 0);
    ck_assert(hone_engine_hold(s.e, f.tokens, 400, 400, 9, &loss, &err) < 0);
    ck_assert(hone_engine_hold(s.e, f.tokens, 400, 500, 9, &loss, &err) == 0);
    ck_assert(hone_engine_hold(s.e, f.tokens, 400, 500, 9, &loss, &err) < 0); /* twice */
    ck_assert(hone_engine_accumulate(s.e, &part.b, &loss, &err) < 0);         /* too large */
    ck_assert(hone_engine_accumulate(s.e, &f.b, &loss, &err) < 0);            /* another one */
    hone_engine_zero_grads(s.e);
    ck_assert(hone_engine_accumulate(s.e, &f.b, &loss, &err) == 0);
    ck_assert(hone_engine_hold(s.e, f.tokens, 400, 1100, 400, &loss, &err) == 0);
    part.tokens[7] ^= 1;
    ck_assert(hone_engine_accumulate(s.e, &part.b, &loss, &err) < 0); /* not what is held */
    part.tokens[7] ^= 1;
    part.labels[0].at = 3;
    ck_assert(hone_engine_accumulate(s.e, &part.b, &loss, &err) < 0); /* a label in it */
    close_setup(&s);
}
END_TEST

START_TEST(test_skipping)
{
    static forest f;
    large(&f);
    setup s = open_setup(1, 2, 0), k = open_setup(1, 2, 0.9);
    double exact, skipped;
    float *g = gradients(s.e, &f, s.a->count, &exact),
          *h = gradients(k.e, &f, s.a->count, &skipped);
    ck_assert(exact == skipped); /* the loss never skips */
    ck_assert(memcmp(g, h, s.a->count * sizeof *g) != 0); /* with so much, the gradient does */
    same_parts(s.a, g, h, 1);
    hone_free(g);
    hone_free(h);
    close_setup(&s);
    close_setup(&k);
}
END_TEST

/* A value that is not finite, put into a parameter: nothing is accumulated, and the place is named.
 */
START_TEST(test_not_finite)
{
    static forest f;
    static const float bad[] = { NAN, INFINITY, 1e38f };
    ragged(&f, 20);
    setup s = open_setup(1, 2, 0);
    float *p = hone_malloc(s.a->count * sizeof *p);
    double fine;
    float *before = gradients(s.e, &f, s.a->count, &fine);
    for (int i = 0; i < parts(s.a); i++) {
        hone_loss loss;
        memcpy(p, s.a->params, s.a->count * sizeof *p);
        p[part_start(s.a, i) + 1] = bad[i % 3];
        ck_assert(hone_engine_write(s.e, HONE_VEC_PARAMS, p, &err) == 0);
        ck_assert(hone_engine_write(s.e, HONE_VEC_GRADS, before, &err) == 0);
        ck_assert(hone_engine_accumulate(s.e, &f.b, &loss, &err) == 0);
        if (i % 3 < 2) ck_assert_msg(!loss.finite && loss.where[0], "part %d", i);
        if (loss.finite) continue;
        ck_assert(hone_engine_read(s.e, HONE_VEC_GRADS, p, &err) == 0);
        ck_assert(!memcmp(p, before, s.a->count * sizeof *p));
    }
    ck_assert(hone_engine_write(s.e, HONE_VEC_PARAMS, s.a->params, &err) == 0);
    double again;
    float *after = gradients(s.e, &f, s.a->count, &again);
    ck_assert(again == fine && !memcmp(after, before, s.a->count * sizeof *p));
    hone_free(after);
    hone_free(before);
    hone_free(p);
    close_setup(&s);
}
END_TEST

START_TEST(test_weights_not_finite)
{
    hone_config c = support_tiny_config(2, 1);
    for (int slot = 0; slot < 2 + 13 * 2; slot++) {
        hone_model *m = support_tiny_model(&c, 3);
        hone_engine *e = NULL;
        const float bad = slot % 2 ? NAN : -INFINITY;
        hone_tensor *t = hone_model_slot(m, slot);
        memcpy((uint8_t *)(uintptr_t)t->data + 8, &bad, sizeof bad);
        const hone_engine_options half = { .precision = HONE_PRECISION_BF16, .training = true };
        for (int i = 0; i < 2; i++) {
            hone_err_clear(&err);
            ck_assert_int_eq(hone_engine_open(&e, m, i ? &half : NULL, &err), HONE_E_MODEL);
            ck_assert_msg(strstr(err.message, t->name) != NULL, "%s", err.message);
            ck_assert_ptr_null(e);
        }
        hone_model_close(m);
    }
}
END_TEST

START_TEST(test_score)
{
    static forest f;
    ragged(&f, 40);
    setup s = open_setup(2, 2, 0);
    double want, sum = 0;
    hone_loss loss;
    hone_free(gradients(s.e, &f, s.a->count, &want));
    float *logprobs = hone_malloc((size_t)f.b.num_labels * sizeof *logprobs);
    float *logits = hone_malloc((size_t)s.c.V * sizeof *logits);
    int32_t *best = hone_malloc((size_t)f.b.num_labels * sizeof *best);
    ck_assert(hone_engine_score(s.e, &f.b, &loss, logprobs, best, &err) == 0);
    ck_assert(loss.finite && fabs(loss.sum - want) <= 1e-6 * want);
    for (int32_t i = 0; i < f.b.num_labels; i++) {
        const hone_label *l = &f.labels[i];
        double z = 0;
        int32_t top = 0;
        ck_assert(hone_engine_logits(s.e, &f.b, &l->at, 1, logits, &err) == 0);
        for (int32_t v = 0; v < s.c.V; v++) {
            z += exp((double)logits[v]);
            if (logits[v] > logits[top]) top = v;
        }
        double p = (double)logits[l->target] - log(z);
        ck_assert_msg(fabs((double)logprobs[i] - p) <= 1e-5 && best[i] == top,
                      "label %d: %g, not %g", i, (double)logprobs[i], p);
        sum += (double)l->weight * p;
    }
    ck_assert(fabs(sum + loss.sum) <= 1e-5 * loss.sum);
    hone_free(best);
    hone_free(logits);
    hone_free(logprobs);
    close_setup(&s);
}
END_TEST

/* What the cache predicts after all tokens of a slot, against a forward pass over the whole row. */
static void check_pick(const setup *s, const int32_t *row, int32_t n, const hone_pick *p,
                       float *logits)
{
    const hone_segment whole = { -1, 0, n };
    const hone_batch b = { .tokens = row, .num_tokens = n, .segments = &whole, .num_segments = 1 };
    const int32_t at = n - 1;
    int32_t best = 0, second = -1;
    double z = 0;
    ck_assert_msg(hone_engine_logits(s->e, &b, &at, 1, logits, &err) == 0, "%s", err.message);
    for (int32_t v = 1; v < s->c.V; v++) best = logits[v] > logits[best] ? v : best;
    for (int32_t v = 0; v < s->c.V; v++) {
        if (v != best && (second < 0 || logits[v] > logits[second])) second = v;
        z += exp((double)logits[v] - (double)logits[best]);
    }
    ck_assert_msg(p->id == best && p->second == second, "%d %d, not %d %d", p->id, p->second, best,
                  second);
    ck_assert(fabsf(p->logit - logits[best]) <= 1e-4f &&
              fabsf(p->second_logit - logits[second]) <= 1e-4f);
    ck_assert(fabs((double)p->logprob + log(z)) <= 1e-4);
}

/* Ragged feeds, some slots idle, one taken back: always as a forward pass over the whole row. */
START_TEST(test_cache)
{
    enum { PREFIX = 45, SLOTS = 5, ROOM = 60, ROUNDS = 8 };
    static int32_t rows[SLOTS][PREFIX + ROOM];
    setup s = open_setup(_i % 2 + 1, 2, 0);
    const int32_t prefix = _i < 2 ? PREFIX : 0;
    float *logits = hone_malloc((size_t)s.c.V * sizeof *logits);
    hone_cache *c = NULL;
    for (int i = 0; i < PREFIX + ROOM; i++) {
        for (int j = 0; j < SLOTS; j++)
            rows[j][i] = i < prefix && j ? rows[0][i] : random_below(320);
    }
    ck_assert_msg(hone_cache_new(&c, s.e, prefix ? rows[0] : NULL, prefix, SLOTS, ROOM, &err) == 0,
                  "%s", err.message);
    for (int round = 0; round < ROUNDS; round++) {
        hone_feed feeds[SLOTS];
        hone_pick picks[SLOTS];
        int count = 0;
        for (int j = SLOTS - 1; j >= 0; j--) { /* any order of slots */
            int32_t held = hone_cache_length(c, j),
                    n = round == 0 ? 1 + 6 * j : 1 + (round + j) % 2 * (j % 3);
            if ((round + j) % 4 == 3 || held + n > ROOM) continue;
            feeds[count++] = (hone_feed){ j, rows[j] + prefix + held, n };
        }
        ck_assert_msg(hone_cache_feed(c, feeds, count, picks, &err) == 0, "%s", err.message);
        for (int i = 0; i < count; i++)
            check_pick(&s, rows[feeds[i].slot], prefix + hone_cache_length(c, feeds[i].slot),
                       &picks[i], logits);
        if (round == 3) hone_cache_truncate(c, 1, hone_cache_length(c, 1) - 2);
        if (round == 4) hone_cache_reset(c, 2);
    }
    hone_cache_free(c);
    hone_free(logits);
    close_setup(&s);
}
END_TEST

/* Integer weights: a product is the exact integer sum times its scales. */
START_TEST(test_integer_product)
{
    enum { ROWS = 5, IN = 96, OUT = 40 };
    static float w[OUT * IN], scale[OUT], x[ROWS * IN], xq[ROWS * IN], xs[ROWS], y[ROWS * OUT];
    for (int i = 0; i < OUT * IN; i++) w[i] = (float)(random_below(255) - 127);
    for (int i = 0; i < OUT; i++) scale[i] = 0.01f + 0.001f * (float)i;
    for (int i = 0; i < ROWS * IN; i++) x[i] = hone_rng_normal(2, HONE_RNG_TEST, 5, (uint64_t)i);
    hone_cpu_quantise(xq, xs, x, ROWS, IN);
    hone_engine *e = hone_calloc(1, sizeof *e); /* products alone */
    ck_assert_ptr_nonnull(e);
    e->g = hone_gemm_blas();
    hone_cpu_product(e, w, scale, IN, y, OUT, xq, xs, ROWS, OUT);
    hone_free(e);
    for (int t = 0; t < ROWS; t++) {
        for (int o = 0; o < OUT; o++) {
            int64_t sum = 0;
            for (int i = 0; i < IN; i++) sum += (int64_t)xq[t * IN + i] * (int64_t)w[o * IN + i];
            ck_assert(y[t * OUT + o] == (float)sum * (xs[t] * scale[o]));
        }
    }
}
END_TEST

/* An exported model: int8 rows. Its logits are near those of the same weights as floats. */
START_TEST(test_integer_model)
{
    static forest f;
    hone_config c = support_tiny_config(2, 1);
    hone_model *floats = support_tiny_model(&c, 3), *ints = support_tiny_model(&c, 3);
    hone_engine *e[2];
    int8_t *data[2 + 26];
    float *scales[2 + 26];
    int made = 0;
    for (int slot = 0; slot < hone_model_slots(&c); slot++) {
        hone_tensor *t = hone_model_slot(ints, slot), *g = hone_model_slot(floats, slot);
        if (t->rank != 2) continue;
        data[made] = hone_malloc((size_t)(t->shape[0] * t->shape[1]));
        scales[made] = hone_malloc((size_t)t->shape[0] * sizeof **scales);
        for (int64_t r = 0; r < t->shape[0]; r++) {
            float *w = (float *)(void *)(uintptr_t)g->data + r * t->shape[1];
            hone_quant_i8_row(w, t->shape[1], data[made] + r * t->shape[1], &scales[made][r]);
            for (int64_t i = 0; i < t->shape[1]; i++)
                w[i] = (float)data[made][r * t->shape[1] + i] * scales[made][r];
        }
        t->dtype = HONE_I8_ROW;
        t->data = (const uint8_t *)data[made];
        t->scales = (const uint8_t *)scales[made++];
    }
    ck_assert(hone_engine_open(&e[0], floats, NULL, &err) == 0 &&
              hone_engine_open(&e[1], ints, NULL, &err) == 0);
    ragged(&f, 30);
    hone_loss loss[2];
    for (int i = 0; i < 2; i++)
        ck_assert(hone_engine_score(e[i], &f.b, &loss[i], NULL, NULL, &err) == 0);
    ck_assert_msg(fabs(loss[0].sum - loss[1].sum) <= 0.01 * loss[0].sum, "%g %g", loss[0].sum,
                  loss[1].sum);
    ck_assert(loss[0].sum != loss[1].sum); /* inputs are quantised too */
    hone_adapter *a = NULL;
    hone_lora_config lc = { .r = 2, .alpha = 4, .targets = 1 };
    ck_assert(hone_adapter_new(&a, &c, &lc, &err) == 0);
    ck_assert_int_eq(hone_engine_attach(e[1], a, &err), HONE_E_USAGE);
    hone_adapter_free(a);
    hone_engine *train = NULL;
    ck_assert_int_eq(hone_engine_open(&train, ints, &(hone_engine_options){ .training = true },
                                      &err),
                     HONE_E_USAGE);
    for (int i = 0; i < 2; i++) hone_engine_close(e[i]);
    for (int i = 0; i < made; i++) hone_free(data[i]), hone_free(scales[i]);
    hone_model_close(floats);
    hone_model_close(ints);
}
END_TEST

/* Batches that are not well-formed are refused and change nothing. */
START_TEST(test_bad_batches)
{
    static forest f, g;
    setup s = open_setup(1, 1, 0);
    hone_loss loss = { .sum = 5 };
    ragged(&f, 20);
    for (int i = 0; i < 14; i++) {
        g = f;
        g.b.tokens = g.tokens, g.b.segments = g.segments, g.b.labels = g.labels;
        if (i == 0) g.tokens[3] = 320;
        if (i == 1) g.tokens[3] = -1;
        if (i == 2) g.segments[1].parent = 1;
        if (i == 3) g.segments[1].parent = -2;
        if (i == 4) g.segments[1].start++;
        if (i == 5) g.segments[2].len = 0;
        if (i == 6) g.segments[6].len++;
        if (i == 7) g.labels[2].at = g.b.num_tokens;
        if (i == 8) g.labels[2].target = 320;
        if (i == 9) g.b.num_labels = 0;
        if (i == 10) g.b.num_segments--;
        if (i == 11) g.segments[2].len = INT32_MAX;
        if (i == 12) g.b.num_tokens = 0;
        if (i == 13) s.e->c.max_positions = 25;
        ck_assert_msg(hone_engine_accumulate(s.e, &g.b, &loss, &err) == HONE_E_DATA, "batch %d", i);
        ck_assert(loss.sum == 5 && err.message[0]);
    }
    close_setup(&s);
}
END_TEST

START_TEST(test_misuse)
{
    setup s = open_setup(1, 1, 0);
    hone_cache *c = NULL;
    hone_pick p;
    const int32_t ids[2] = { 1, 400 };
    ck_assert_int_eq(hone_engine_attach(s.e, NULL, &err), 0);
    float x;
    ck_assert(hone_engine_read(s.e, HONE_VEC_PARAMS, &x, &err) < 0);
    hone_adamw_step step = { 0 };
    ck_assert(hone_engine_update(s.e, &step, &err) < 0);
    ck_assert(hone_cache_new(&c, s.e, ids, 2, 2, 4, &err) == HONE_E_DATA);
    ck_assert(hone_cache_new(&c, s.e, ids, 1, 0, 4, &err) == HONE_E_USAGE);
    ck_assert(hone_cache_new(&c, s.e, ids, 1, 2, 1, &err) == 0);
    ck_assert(hone_cache_feed(c, &(hone_feed){ 2, ids, 1 }, 1, &p, &err) < 0);
    ck_assert(hone_cache_feed(c, &(hone_feed){ 0, ids, 2 }, 1, &p, &err) < 0);
    ck_assert(hone_cache_feed(c, &(hone_feed){ 0, ids + 1, 1 }, 1, &p, &err) < 0);
    ck_assert_int_eq(hone_cache_length(c, 0), 0);
    hone_cache_free(c);
    close_setup(&s);
}
END_TEST

/* Attaching another adapter or none restores the base. */
START_TEST(test_attach)
{
    static forest f;
    ragged(&f, 20);
    setup s = open_setup(1, 1, 0);
    hone_loss with, without, zero;
    hone_adapter *empty = NULL;
    ck_assert(hone_engine_score(s.e, &f.b, &with, NULL, NULL, &err) == 0);
    ck_assert(hone_engine_attach(s.e, NULL, &err) == 0);
    ck_assert(hone_engine_score(s.e, &f.b, &without, NULL, NULL, &err) == 0);
    hone_lora_config lc = { .r = 1, .alpha = 1, .targets = 1u << HONE_V | 1u << HONE_GATE };
    ck_assert(hone_adapter_new(&empty, &s.c, &lc, &err) == 0);
    ck_assert(hone_engine_attach(s.e, empty, &err) == 0);
    ck_assert(hone_engine_score(s.e, &f.b, &zero, NULL, NULL, &err) == 0);
    ck_assert(with.sum != without.sum && without.sum == zero.sum);
    ck_assert(hone_engine_attach(s.e, s.a, &err) == 0);
    hone_loss again;
    ck_assert(hone_engine_score(s.e, &f.b, &again, NULL, NULL, &err) == 0 && again.sum == with.sum);
    hone_adapter_free(empty);
    close_setup(&s);
}
END_TEST

/* Every allocation fails once: an error, no leak, and the next call works. */
START_TEST(test_lack_of_memory)
{
    static forest f;
    setup s = open_setup(1, 1, 0);
    hone_engine_options o = {
        .threads = 1, .precision = _i ? HONE_PRECISION_BF16 : HONE_PRECISION_F32, .training = true
    };
    if (_i) ragged(&f, 20); /* plain C multiplies in bf16 here */
    else large(&f);
    for (int64_t nth = 1;; nth++) {
        hone_engine *e = NULL;
        hone_cache *c = NULL;
        hone_loss loss;
        hone_pick p;
        const int32_t ids[3] = { 1, 2, 3 };
        hone_mem_fail_after(nth, false);
        int rc = hone_engine_open(&e, s.m, &o, &err);
        if (rc == 0) rc = hone_engine_attach(e, s.a, &err);
        if (rc == 0) rc = hone_engine_accumulate(e, &f.b, &loss, &err);
        if (rc == 0) rc = hone_cache_new(&c, e, ids, 3, 2, 8, &err);
        if (rc == 0) rc = hone_cache_feed(c, &(hone_feed){ 1, ids, 3 }, 1, &p, &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) ck_assert(hone_engine_memory(e, f.b.num_tokens, f.b.num_labels, 0) > 0);
        if (e && rc < 0 && hone_engine_attach(e, s.a, &err) == 0)
            ck_assert(hone_engine_accumulate(e, &f.b, &loss, &err) == 0 && loss.finite);
        hone_cache_free(c);
        hone_engine_close(e);
        if (rc == 0) break;
        ck_assert_int_eq(rc, HONE_E_MEMORY);
        ck_assert(nth < 200);
    }
    close_setup(&s);
}
END_TEST

int main(void)
{
    TCase *t = support_case("engine");
    tcase_add_loop_test(t, test_ragged_rows_in_double, 0, 2);
    tcase_add_loop_test(t, test_deep_forest_in_double, 0, 2);
    tcase_add_loop_test(t, test_shared_equals_unshared, 0, 3);
    tcase_add_loop_test(t, test_any_number_of_threads, 0, 2);
    tcase_add_loop_test(t, test_bf16, 0, 2);
    tcase_add_test(t, test_accumulation);
    tcase_add_loop_test(t, test_recompute, 0, 2);
    tcase_add_loop_test(t, test_held, 0, 4);
    tcase_add_test(t, test_held_misuse);
    tcase_add_test(t, test_skipping);
    tcase_add_test(t, test_not_finite);
    tcase_add_test(t, test_weights_not_finite);
    tcase_add_test(t, test_score);
    tcase_add_loop_test(t, test_cache, 0, 4);
    tcase_add_test(t, test_integer_product);
    tcase_add_test(t, test_integer_model);
    tcase_add_test(t, test_bad_batches);
    tcase_add_test(t, test_misuse);
    tcase_add_test(t, test_attach);
    tcase_add_loop_test(t, test_lack_of_memory, 0, 2);
    return support_run(t);
}
