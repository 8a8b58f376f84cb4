/*
 * kernels/quant against the same formulas in double, with the C library's rounding, over ordinary
 * and odd rows: zeros, denormals, outliers, signed zeros, NaN and infinity.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/quant.h"

enum { ROW = 96, BLOCKS = 40000 };

static uint64_t state = 1;

static uint32_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

static float unit(void)
{
    return (float)((double)next() / 4294967296.0 * 2.0 - 1.0);
}

/* A row of one of eight kinds; kind 7 draws any finite bit pattern of moderate size. */
static void fill(float *w, int kind)
{
    for (int i = 0; i < ROW; i++) {
        w[i] = unit();
        if (kind == 1) w[i] = 0.0f;
        if (kind == 2) w[i] *= 1e-39f;
        if (kind == 3) w[i] *= 1e-8f;
        if (kind == 4) w[i] = i % 2 ? -0.0f : 0.0f;
        if (kind == 5) w[i] *= 1e30f;
        if (kind == 7) w[i] = ldexpf(w[i], (int)(next() % 40) - 20);
    }
    if (kind == 6) w[next() % ROW] = 1000.0f;
}

static void check_row(const float *w)
{
    int8_t q[ROW];
    float scale;
    double top = 0;
    hone_quant_i8_row(w, ROW, q, &scale);
    for (int i = 0; i < ROW; i++) top = fmax(top, fabs((double)w[i]));
    float want = (float)top / 127.0f;
    if (want < 1e-9f) want = 1e-9f;
    ck_assert(memcmp(&want, &scale, sizeof want) == 0);
    int wrong = 0;
    for (int i = 0; i < ROW; i++) {
        double exact = (double)(w[i] / scale);
        wrong += q[i] != (int)fmax(-127, fmin(127, nearbyint(exact)));
        /* half a step; the quotient of up to 127 is rounded to 24 bits first */
        wrong += !(fabs((double)q[i] * scale - w[i]) <= 0.50001 * scale);
    }
    ck_assert_int_eq(wrong, 0);
}

START_TEST(test_rows)
{
    float w[ROW];
    for (int k = 0; k < BLOCKS; k++) {
        fill(w, k % 8);
        check_row(w);
    }
}
END_TEST

START_TEST(test_half_goes_to_even)
{
    float w[8] = { 127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, -127.0f }, scale;
    const int8_t want[8] = { 127, 0, 2, 2, 0, -2, -2, -127 };
    int8_t q[8];
    hone_quant_i8_row(w, 8, q, &scale);
    ck_assert(memcmp(q, want, sizeof q) == 0);
}
END_TEST

/* The caller checks the scale; what matters is that it shows the bad weight wherever it stands. */
START_TEST(test_bad_weights_show)
{
    const float bad[3] = { NAN, INFINITY, -INFINITY };
    for (int b = 0; b < 3; b++) {
        for (int at = 0; at < ROW; at++) {
            float w[ROW], scale;
            int8_t q[ROW];
            fill(w, 5);
            w[at] = bad[b];
            hone_quant_i8_row(w, ROW, q, &scale);
            ck_assert(!isfinite(scale));
        }
    }
}
END_TEST

static void check_activation(const float *x)
{
    float out[ROW], s;
    hone_quant_activation(x, ROW, out, &s);
    float lo = 0, hi = 0;
    for (int i = 0; i < ROW; i++) {
        lo = fminf(lo, x[i]);
        hi = fmaxf(hi, x[i]);
    }
    float want = hi > lo ? (hi - lo) / 255.0f : 1.0f;
    ck_assert(s == want);
    double zp = fmax(-128, fmin(127, nearbyintf(-128.0f - lo / s)));
    int wrong = 0;
    for (int i = 0; i < ROW; i++) {
        double q = fmax(-128, fmin(127, nearbyintf(x[i] / s) + zp));
        wrong += out[i] != (float)(q - zp);
        wrong += !(fabs((double)out[i] * s - x[i]) <= 1.0001 * s);
    }
    ck_assert_int_eq(wrong, 0);
}

START_TEST(test_activations)
{
    float x[ROW];
    for (int k = 0; k < BLOCKS; k++) {
        fill(x, k % 8);
        if (k % 8 == 2) continue; /* the step itself is a denormal there: no error bound */
        for (int i = 0; i < ROW && k % 3 == 1; i++) x[i] = fabsf(x[i]);
        for (int i = 0; i < ROW && k % 3 == 2; i++) x[i] = -fabsf(x[i]);
        check_activation(x);
    }
}
END_TEST

START_TEST(test_activation_nan_stays)
{
    float x[4] = { 1.0f, NAN, -1.0f, 0.0f }, out[4], s;
    hone_quant_activation(x, 4, out, &s);
    ck_assert(isnan(out[1]));
    ck_assert(isfinite(out[0]) && isfinite(out[2]) && isfinite(s));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quant");
    TCase *t = tcase_create("quant");
    tcase_add_test(t, test_rows);
    tcase_add_test(t, test_half_goes_to_even);
    tcase_add_test(t, test_bad_weights_show);
    tcase_add_test(t, test_activations);
    tcase_add_test(t, test_activation_nan_stays);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
