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

/* --- int4 --- */

static float half_to_float(uint16_t h)
{
    const int e = h >> 10 & 31, f = h & 1023;
    const double v = e ? ldexp(1024 + f, e - 25) : ldexp(f, -24);
    return (float)(h >> 15 ? -v : v);
}

static int nibble_at(const uint8_t *p, int i)
{
    const int v = p[i / 2] >> (i % 2 ? 4 : 0) & 15;
    return v < 8 ? v : v - 16;
}

static double squared_error(const float *w, int n, double scale)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double q = fmax(-8, fmin(7, nearbyint(w[i] / scale)));
        sum += (w[i] - scale * q) * (w[i] - scale * q);
    }
    return sum;
}

/* A block: the scale is one that bf16 holds, values are the nearest, and no larger clipping range
 * that the writer may try is better. Returns the error's share of that of max / 7. */
static double check_block(const float *w, int n, const uint8_t *data, uint16_t half)
{
    const double scale = (double)half_to_float(half);
    float single = (float)scale;
    uint32_t bits;
    double top = 0, error = 0;
    memcpy(&bits, &single, sizeof(bits));
    ck_assert_msg((bits & 0xffff) == 0, "a scale that bf16 does not hold");
    ck_assert(half >= 0x0400 && half <= 0x7bff);
    int wrong = 0;
    for (int i = 0; i < n; i++) {
        const int q = nibble_at(data, i);
        /* the product with the inverse is rounded: a tie may fall to either side */
        wrong += !(fabs(w[i] / scale - q) <= 0.50001 || (q == 7 && w[i] > 0) ||
                   (q == -8 && w[i] < 0));
        top = fmax(top, fabs((double)w[i]));
        error += (w[i] - scale * q) * (w[i] - scale * q);
    }
    ck_assert_int_eq(wrong, 0);
    const double plain = squared_error(w, n, fmax(0x1p-14, fmin(65280, top / 7)));
    return plain > 0 ? error / plain : 1;
}

START_TEST(test_blocks_i4)
{
    static const hone_quant formats[] = { HONE_QUANT_I4_B32, HONE_QUANT_I4_B64,
                                          HONE_QUANT_I4_B128 };
    const hone_quant format = formats[_i];
    const int block = hone_quant_block(format), n = 2 * block;
    float w[256], back[256], fake[256];
    uint8_t data[128], scales[16];
    double share = 0, worst = 0;
    int count = 0;
    ck_assert_int_eq(hone_quant_row_bytes(format, n), n / 2);
    ck_assert_int_eq(hone_quant_scale_bytes(format, n), 4);
    ck_assert_int_eq(hone_quant_row_bytes(format, n + 2), 0);
    for (int k = 0; k < 4000; k++) {
        for (int i = 0; i < n; i++) w[i] = 0.05f * (unit() + unit() + unit());
        if (k % 5 == 1) memset(w, 0, sizeof(w));
        if (k % 5 == 2) w[next() % (unsigned)n] = -4.0f;
        if (k % 5 == 3) for (int i = 0; i < n; i++) w[i] *= 1e-6f;
        hone_quant_row(format, w, n, data, scales);
        hone_quant_read_row(format, data, scales, n, back);
        hone_quant_fake_row(format, w, n, fake);
        ck_assert(memcmp(back, fake, sizeof(float) * (size_t)n) == 0);
        for (int b = 0; b < 2; b++) {
            const uint16_t half = (uint16_t)(scales[2 * b] | scales[2 * b + 1] << 8);
            const double s = check_block(w + b * block, block, data + b * block / 2, half);
            if (k % 5) continue;
            share += s;
            worst = fmax(worst, s);
            count++;
        }
    }
    /* the search gains a fifth of the error on ordinary blocks of 32; bf16's rounding of the scale
     * can cost a little */
    ck_assert_msg(share / count < (block == 32 ? 0.9 : 0.97), "mean share %f", share / count);
    ck_assert_msg(worst < 1.05, "worst share %f", worst);
    hone_quant_fake_row(format, w, n, w); /* in place */
    ck_assert(memcmp(w, fake, sizeof(float) * (size_t)n) == 0);
}
END_TEST

START_TEST(test_rows_i4)
{
    float w[ROW], back[ROW], fake[ROW], scale;
    uint8_t data[ROW], scales[4];
    for (int k = 0; k < 2000; k++) {
        fill(w, k % 8);
        hone_quant_row(HONE_QUANT_I4_ROW, w, ROW, data, scales);
        hone_quant_read_row(HONE_QUANT_I4_ROW, data, scales, ROW, back);
        hone_quant_fake_row(HONE_QUANT_I4_ROW, w, ROW, fake);
        ck_assert(memcmp(back, fake, sizeof(back)) == 0);
        memcpy(&scale, scales, sizeof(scale));
        int wrong = 0;
        for (int i = 0; i < ROW; i++) wrong += !(fabsf(back[i] - w[i]) <= 0.50001f * scale);
        ck_assert_int_eq(wrong, 0);
        hone_quant_row(HONE_QUANT_I8_ROW, w, ROW, data, scales);
        hone_quant_read_row(HONE_QUANT_I8_ROW, data, scales, ROW, back);
        hone_quant_fake_row(HONE_QUANT_I8_ROW, w, ROW, fake);
        ck_assert(memcmp(back, fake, sizeof(back)) == 0);
    }
}
END_TEST

/* A weight that is no number must not become one. */
START_TEST(test_bad_weights)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    static const hone_quant formats[] = { HONE_QUANT_I8_ROW, HONE_QUANT_I4_ROW,
                                          HONE_QUANT_I4_B32 };
    float w[64] = { 0 }, back[64], fake[64];
    uint8_t data[64], scales[8];
    const float value = bad[_i % 3];
    const hone_quant format = formats[_i / 3];
    w[5] = 1.0f;
    w[7] = value;
    hone_quant_row(format, w, 64, data, scales);
    hone_quant_read_row(format, data, scales, 64, back);
    hone_quant_fake_row(format, w, 64, fake);
    ck_assert(!isfinite(back[7]) && !isfinite(fake[7]));
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
    tcase_add_loop_test(t, test_blocks_i4, 0, 3);
    tcase_add_test(t, test_rows_i4);
    tcase_add_loop_test(t, test_bad_weights, 0, 9);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
