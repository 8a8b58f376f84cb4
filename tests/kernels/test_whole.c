/*
 * The reference algorithms (attention, cross-entropy, linear with adapter): backward against finite
 * differences in double, float against double.
 */
#include <check.h>
#include <math.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/ref/reference.h"

enum { T = 7, NH = 4, NKV = 2, HD = 6, Q = T * NH * HD, K = T * NKV * HD, WINDOW = 4 };
enum { M = 3, V = 11, C = 5, IN = 6, OUT = 5, R = 3 };

static void fill(double *x, int n, uint32_t step)
{
    for (int i = 0; i < n; i++) x[i] = (double)hone_rng_normal(5, HONE_RNG_TEST, step, (uint64_t)i);
}

static double weighted(const double *y, const double *dy, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += y[i] * dy[i];
    return sum;
}

/* Compares grad with the slope of f at each of the n values of x. */
static void differences(double *x, const double *grad, int n, double (*f)(void), const char *what)
{
    for (int i = 0; i < n; i++) {
        const double h = 1e-5, old = x[i];
        x[i] = old + h;
        double up = f();
        x[i] = old - h;
        double slope = (up - f()) / (2 * h);
        x[i] = old;
        ck_assert_msg(fabs(slope - grad[i]) <= 1e-6 * fmax(1, fabs(slope)), "%s[%d]: %g, not %g",
                      what, i, grad[i], slope);
    }
}

static struct {
    double q[Q], k[K], v[K], o[Q], lse[T * NH], dout[Q], dq[Q], dk[K], dv[K];
} at;

static double attention_value(void)
{
    hone_attention_fwd_f64_ref(at.o, at.lse, at.q, at.k, at.v, T, NH, NKV, HD, WINDOW);
    return weighted(at.o, at.dout, Q);
}

START_TEST(test_attention)
{
    memset(&at, 0, sizeof at);
    fill(at.q, Q, 1), fill(at.k, K, 2), fill(at.v, K, 3), fill(at.dout, Q, 4);
    attention_value();
    hone_attention_bwd_f64_ref(at.dq, at.dk, at.dv, at.dout, at.o, at.lse, at.q, at.k, at.v, T, NH,
                               NKV, HD, WINDOW);
    differences(at.q, at.dq, Q, attention_value, "dq");
    differences(at.k, at.dk, K, attention_value, "dk");
    differences(at.v, at.dv, K, attention_value, "dv");
}
END_TEST

static struct {
    double h[M * C], E[V * C], w[M], dh[M * C], dE[V * C];
} xe;
static const int32_t targets[M] = { 4, 0, 10 };

static double xent_value(void)
{
    return hone_xent_f64_ref(NULL, NULL, xe.h, xe.E, targets, xe.w, M, V, C);
}

START_TEST(test_xent)
{
    memset(&xe, 0, sizeof xe);
    fill(xe.h, M * C, 11), fill(xe.E, V * C, 12), fill(xe.w, M, 13);
    hone_xent_f64_ref(xe.dh, xe.dE, xe.h, xe.E, targets, xe.w, M, V, C);
    differences(xe.h, xe.dh, M * C, xent_value, "dh");
    differences(xe.E, xe.dE, V * C, xent_value, "dE");
}
END_TEST

static struct {
    double x[T * IN], W[OUT * IN], A[R * IN], B[OUT * R], y[T * OUT], u[T * R], dy[T * OUT];
    double dx[T * IN], dA[R * IN], dB[OUT * R];
} lo;

static double lora_value(void)
{
    hone_lora_fwd_f64_ref(lo.y, lo.u, lo.x, lo.W, lo.A, lo.B, 1.5, T, IN, OUT, R);
    return weighted(lo.y, lo.dy, T * OUT);
}

START_TEST(test_lora)
{
    memset(&lo, 0, sizeof lo);
    fill(lo.x, T * IN, 21), fill(lo.W, OUT * IN, 22), fill(lo.A, R * IN, 23),
        fill(lo.B, OUT * R, 24);
    fill(lo.dy, T * OUT, 25);
    lora_value();
    hone_lora_bwd_f64_ref(lo.dx, lo.dA, lo.dB, lo.dy, lo.u, lo.x, lo.W, lo.A, lo.B, 1.5, T, IN, OUT,
                          R);
    differences(lo.x, lo.dx, T * IN, lora_value, "dx");
    differences(lo.A, lo.dA, R * IN, lora_value, "dA");
    differences(lo.B, lo.dB, OUT * R, lora_value, "dB");
}
END_TEST

static void to_float(float *y, const double *x, int n)
{
    for (int i = 0; i < n; i++) y[i] = (float)x[i];
}

START_TEST(test_float_versions)
{
    static float q[Q], k[K], v[K], o[Q], lse[T * NH], x[T * IN], W[OUT * IN], A[R * IN], B[OUT * R];
    static float y[T * OUT], u[T * R];
    fill(at.q, Q, 1), fill(at.k, K, 2), fill(at.v, K, 3);
    to_float(q, at.q, Q), to_float(k, at.k, K), to_float(v, at.v, K);
    attention_value();
    hone_attention_fwd_f32_ref(o, lse, q, k, v, T, NH, NKV, HD, WINDOW);
    for (int i = 0; i < Q; i++) ck_assert(fabs((double)o[i] - at.o[i]) < 1e-5);
    fill(lo.x, T * IN, 21), fill(lo.W, OUT * IN, 22), fill(lo.A, R * IN, 23),
        fill(lo.B, OUT * R, 24);
    to_float(x, lo.x, T * IN), to_float(W, lo.W, OUT * IN), to_float(A, lo.A, R * IN),
        to_float(B, lo.B, OUT * R);
    lora_value();
    hone_lora_fwd_f32_ref(y, u, x, W, A, B, 1.5f, T, IN, OUT, R);
    for (int i = 0; i < T * OUT; i++) ck_assert(fabs((double)y[i] - lo.y[i]) < 1e-4);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("whole");
    TCase *t = tcase_create("whole");
    tcase_add_test(t, test_attention);
    tcase_add_test(t, test_xent);
    tcase_add_test(t, test_lora);
    tcase_add_test(t, test_float_versions);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
