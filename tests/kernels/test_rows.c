/*
 * Every kernel of a table against the double reference, on shapes around the vector width, and
 * the backward kernels against finite differences of the double reference.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "kernels/kernels.h"

enum { SIZES = 14, PAD = 24 };
static const int64_t sizes[SIZES] = { 1, 2, 7, 8, 9, 15, 16, 17, 31, 45, 64, 127, 256, 640 };
static hone_kernels table; /* under test: the argument of the program */

/* A float array with guard values behind it and its double copy. */
typedef struct pair {
    float *f;
    double *d;
    int64_t n;
} pair;

static const float guard = 12345.0f;

static pair make(int64_t n, uint32_t step, double scale)
{
    pair p = { hone_malloc((size_t)(n + PAD) * sizeof(float)),
               hone_malloc((size_t)n * sizeof(double)), n };
    for (int64_t i = 0; i < n; i++) {
        p.f[i] = (float)(scale * (double)hone_rng_normal(7, HONE_RNG_TEST, step, (uint64_t)i));
        p.d[i] = (double)p.f[i];
    }
    for (int64_t i = n; i < n + PAD; i++) p.f[i] = guard;
    return p;
}

static void drop(pair p)
{
    hone_free(p.f);
    hone_free(p.d);
}

/* float equals double within tolerance of the largest value; the guard is untouched. */
static void same(const pair p, double tolerance, const char *what)
{
    double top = 1e-6;
    for (int64_t i = 0; i < p.n; i++) top = fmax(top, fabs(p.d[i]));
    for (int64_t i = 0; i < p.n; i++)
        ck_assert_msg(fabs((double)p.f[i] - p.d[i]) <= tolerance * top, "%s n %d [%d]: %g, not %g",
                      what, (int)p.n, (int)i, (double)p.f[i], p.d[i]);
    for (int64_t i = p.n; i < p.n + PAD; i++)
        ck_assert_msg(p.f[i] == guard, "%s wrote behind", what);
}

static void close_to(double got, double want, double scale, const char *what)
{
    ck_assert_msg(fabs(got - want) <= 1e-5 * scale, "%s: %g, not %g", what, got, want);
}

static void test_norms_of(const hone_kernels *k, int64_t n)
{
    int64_t rows = 3;
    pair x = make(rows * n, 1, 2), g = make(n, 2, 1), dy = make(rows * n, 3, 1),
         base = make(rows * n, 4, 1);
    pair y = make(rows * n, 5, 1), dx = make(rows * n, 6, 1);
    k->rmsnorm_fwd(y.f, x.f, g.f, rows, n, 1e-6f);
    hone_rmsnorm_fwd_f64_ref(y.d, x.d, g.d, rows, n, 1e-6);
    same(y, 1e-5, "rmsnorm_fwd");
    k->rmsnorm_add(y.f, base.f, x.f, g.f, rows, n, 1e-6f);
    hone_rmsnorm_add_f64_ref(y.d, base.d, x.d, g.d, rows, n, 1e-6);
    same(y, 1e-5, "rmsnorm_add");
    k->rmsnorm_bwd(dx.f, dy.f, x.f, g.f, rows, n, 1e-6f);
    hone_rmsnorm_bwd_f64_ref(dx.d, dy.d, x.d, g.d, rows, n, 1e-6);
    if (n > 1) same(dx, 1e-5, "rmsnorm_bwd"); /* one value: the gradient cancels to nothing */
    drop(x), drop(g), drop(dy), drop(base), drop(y), drop(dx);
}

static void test_activations_of(const hone_kernels *k, int64_t n)
{
    int64_t rows = 3;
    pair gu = make(rows * 2 * n, 11, 3), dy = make(rows * n, 12, 1);
    pair y = make(rows * n, 13, 1), dgu = make(rows * 2 * n, 14, 1);
    k->geglu_fwd(y.f, gu.f, rows, n);
    hone_geglu_fwd_f64_ref(y.d, gu.d, rows, n);
    same(y, 1e-5, "geglu_fwd");
    memset(y.f, 0xff, (size_t)(rows * n) * sizeof *y.f);
    k->geglu_bwd(dgu.f, y.f, gu.f, dy.f, rows, n);
    hone_geglu_bwd_f64_ref(dgu.d, y.d, gu.d, dy.d, rows, n);
    same(dgu, 1e-5, "geglu_bwd");
    same(y, 1e-5, "y of geglu_bwd");
    drop(gu), drop(dy), drop(y), drop(dgu);
}

static void test_rope_of(const hone_kernels *k, int64_t n)
{
    if (n % 2) return;
    pair x = make(3 * n, 21, 1), cs = make(n, 22, 1);
    for (int64_t i = 0; i < n / 2; i++) {
        cs.f[i] = (float)cos(0.3 * (double)i), cs.f[i + n / 2] = (float)sin(0.3 * (double)i);
        cs.d[i] = (double)cs.f[i], cs.d[i + n / 2] = (double)cs.f[i + n / 2];
    }
    k->rope_fwd(x.f, cs.f, 3, n);
    hone_rope_fwd_f64_ref(x.d, cs.d, 3, n);
    same(x, 1e-5, "rope_fwd");
    k->rope_bwd(x.f, cs.f, 3, n);
    hone_rope_bwd_f64_ref(x.d, cs.d, 3, n);
    same(x, 1e-5, "rope_bwd");
    drop(x), drop(cs);
}

static void test_softmax_of(const hone_kernels *k, int64_t n)
{
    pair x = make(n, 31, 4), p = make(n, 32, 1), d = make(n, 33, 1);
    double top = hone_max_f64_ref(x.d, n);
    close_to((double)k->max(x.f, n), top, 1, "max");
    double sum = hone_exp_sum_f64_ref(x.d, n, top);
    close_to((double)k->exp_sum(x.f, n, (float)top), sum, sum, "exp_sum");
    same(x, 1e-6, "exp_sum");
    k->softmax_bwd(d.f, p.f, n, 0.25f);
    hone_softmax_bwd_f64_ref(d.d, p.d, n, 0.25);
    same(d, 1e-5, "softmax_bwd");
    drop(x), drop(p), drop(d);
}

static void test_vectors_of(const hone_kernels *k, int64_t n)
{
    pair x = make(n, 41, 1), y = make(n, 42, 1);
    close_to((double)k->dot(x.f, y.f, n), hone_dot_f64_ref(x.d, y.d, n), sqrt((double)n) * 4,
             "dot");
    close_to((double)k->sum(x.f, n), hone_sum_f64_ref(x.d, n), sqrt((double)n) * 4, "sum");
    k->axpy(y.f, x.f, n, 0.5f);
    hone_axpy_f64_ref(y.d, x.d, n, 0.5);
    same(y, 1e-6, "axpy");
    k->scale(y.f, n, 0.3f);
    hone_scale_f64_ref(y.d, n, (double)0.3f);
    same(y, 1e-6, "scale");
    drop(x), drop(y);
}

static void test_adamw_of(const hone_kernels *k, int64_t n)
{
    hone_adamw_coef c = { 1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.1f, 0.01f, 0.5f };
    pair p = make(n, 51, 1), g = make(n, 52, 1), m = make(n, 53, 0), v = make(n, 54, 0);
    for (int step = 1; step <= 3; step++) {
        c.correction1 = 1 - powf(c.beta1, (float)step);
        c.correction2 = 1 - powf(c.beta2, (float)step);
        k->adamw(p.f, m.f, v.f, g.f, n, &c);
        hone_adamw_f64_ref(p.d, m.d, v.d, g.d, n, &c);
    }
    same(p, 1e-5, "adamw p");
    same(m, 1e-5, "adamw m");
    same(v, 1e-5, "adamw v");
    drop(p), drop(g), drop(m), drop(v);
}

/* x [rows, k] transposed into columns of stride; what lies behind rows must not matter. */
static void transpose(pair xt, const double *x, int64_t rows, int64_t k, int64_t stride)
{
    for (int64_t l = 0; l < k; l++) {
        for (int64_t m = 0; m < stride; m++) {
            xt.d[l * stride + m] = m < rows ? x[m * k + l] : 3.0;
            xt.f[l * stride + m] = (float)xt.d[l * stride + m];
        }
    }
}

static void test_few_of(const hone_kernels *k, int64_t rows)
{
    static const int64_t outs[] = { 1, 3, 7, 50, 97 };
    if (rows > 64) return;
    for (int i = 0; i < 5; i++) {
        const int64_t n = outs[i], K = 37, K2 = i % 2 ? 5 : 0, stride = (rows + 7) / 8 * 8,
                      ldy = n + 3;
        pair x = make(rows * K, 61, 1), w = make(n * K, 62, 1), xt = make(K * stride, 63, 1);
        pair x2 = make(rows * 5, 64, 1), w2 = make(n * 5, 65, 1), xt2 = make(5 * stride, 66, 1);
        pair y = make(rows * ldy, 67, 1); /* what lies between rows stays as it is */
        transpose(xt, x.d, rows, K, stride);
        transpose(xt2, x2.d, rows, 5, stride);
        k->few_nt(y.f, ldy, xt.f, w.f, K, xt2.f, w2.f, K2, stride, rows, n);
        hone_few_nt_f64_ref(y.d, ldy, xt.d, w.d, K, xt2.d, w2.d, K2, stride, rows, n);
        same(y, 1e-5, "few_nt");
        drop(x), drop(w), drop(xt), drop(x2), drop(w2), drop(xt2), drop(y);
    }
}

START_TEST(test_tables)
{
    const hone_kernels *k = &table;
    int64_t n = sizes[_i];
    test_norms_of(k, n);
    test_activations_of(k, n);
    test_rope_of(k, n);
    test_softmax_of(k, n);
    test_vectors_of(k, n);
    test_adamw_of(k, n);
    test_few_of(k, n);
}
END_TEST

START_TEST(test_non_finite_travels)
{
    const hone_kernels *k = &table;
    for (int64_t n = 1; n < 20; n++) {
        for (int64_t at = 0; at < n; at++) {
            float x[40], y[40], g[40];
            for (int i = 0; i < 40; i++) x[i] = 0.5f, g[i] = 1;
            x[at] = NAN;
            ck_assert(isnan(k->sum(x, n)) && isnan(k->dot(x, g, n)));
            k->geglu_fwd(y, x, 1, n);
            ck_assert(isnan(y[at]));
            k->rmsnorm_fwd(y, x, g, 1, n, 1e-6f);
            ck_assert(isnan(k->sum(y, n)));
            ck_assert(isnan(k->exp_sum(x, n, 0)) && isnan(x[at]));
            x[at] = INFINITY;
            ck_assert(isinf(k->max(x, n)) && isinf(k->exp_sum(x, n, 0)));
            x[at] = -INFINITY;
            k->exp_sum(x, n, 0);
            ck_assert(x[at] == 0);
        }
    }
}
END_TEST

static double uniform(uint32_t step, int64_t i)
{
    return 2 * hone_rng_unit(3, HONE_RNG_TEST, step, (uint64_t)i) - 1;
}

enum { N = 12, FD_ROWS = 2, FD_MAX = 64 };

typedef struct fd {
    double x[FD_MAX], gain[FD_MAX], dy[FD_MAX], y[FD_MAX], dx[FD_MAX];
} fd;

/* sum of dy * f(x) for a forward kernel given by number */
static double value(fd *s, int kind)
{
    double copy[FD_MAX], sum = 0;
    memcpy(copy, s->x, sizeof copy);
    if (kind == 0) hone_rmsnorm_fwd_f64_ref(s->y, copy, s->gain, FD_ROWS, N, 1e-6);
    if (kind == 1) hone_geglu_fwd_f64_ref(s->y, copy, FD_ROWS, N);
    if (kind == 2) {
        hone_rope_fwd_f64_ref(copy, s->gain, FD_ROWS, N);
        memcpy(s->y, copy, sizeof copy);
    }
    if (kind == 3) {
        double total = hone_exp_sum_f64_ref(copy, N, 0);
        for (int i = 0; i < N; i++) s->y[i] = copy[i] / total;
    }
    int count = kind == 3 ? N : FD_ROWS * N;
    for (int i = 0; i < count; i++) sum += s->dy[i] * s->y[i];
    return sum;
}

static void backward(fd *s, int kind)
{
    memset(s->dx, 0, sizeof s->dx);
    if (kind == 0) hone_rmsnorm_bwd_f64_ref(s->dx, s->dy, s->x, s->gain, FD_ROWS, N, 1e-6);
    if (kind == 1) hone_geglu_bwd_f64_ref(s->dx, s->y, s->x, s->dy, FD_ROWS, N);
    if (kind == 2) {
        memcpy(s->dx, s->dy, sizeof s->dx);
        hone_rope_bwd_f64_ref(s->dx, s->gain, FD_ROWS, N);
    }
    if (kind == 3) {
        double mean = value(s, kind); /* leaves p in y */
        memcpy(s->dx, s->dy, sizeof s->dx);
        hone_softmax_bwd_f64_ref(s->dx, s->y, N, mean);
    }
}

START_TEST(test_finite_differences)
{
    static const int counts[4] = { FD_ROWS * N, FD_ROWS * 2 * N, FD_ROWS * N, N };
    for (uint32_t trial = 0; trial < 20; trial++) {
        fd s;
        for (int i = 0; i < FD_MAX; i++) {
            s.x[i] = 2 * uniform(100 * trial, i);
            s.gain[i] = uniform(100 * trial + 1, i);
            s.dy[i] = uniform(100 * trial + 2, i);
        }
        backward(&s, _i);
        for (int i = 0; i < counts[_i]; i++) {
            const double h = 1e-5, old = s.x[i];
            s.x[i] = old + h;
            double up = value(&s, _i);
            s.x[i] = old - h;
            double slope = (up - value(&s, _i)) / (2 * h);
            s.x[i] = old;
            ck_assert_msg(fabs(slope - s.dx[i]) <= 1e-6 * fmax(1, fabs(slope)),
                          "kernel %d [%d]: %g, not %g", _i, i, s.dx[i], slope);
        }
    }
}
END_TEST

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "ref";
    unsigned features = strcmp(name, "ref") ? hone_cpu_features() : 0;
    if (!strcmp(name, "avx2")) features &= ~(unsigned)HONE_CPU_AVX512;
    table = hone_kernels_for(features);
    if (strcmp(table.name, name) != 0) {
        printf("this processor has no %s\n", name);
        return 77;
    }
    Suite *s = suite_create("rows");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, test_tables, 0, SIZES);
    tcase_add_test(t, test_non_finite_travels);
    tcase_add_loop_test(t, test_finite_differences, 0, 4);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
