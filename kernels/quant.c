/*
 * Quantisation arithmetic of exported files (docs/quantisation.md). Everything is f32 with one
 * rounding an operation, so that the writer, the evaluator and every compiler agree on the bits.
 */
#include "kernels/quant.h"

#include <string.h>

#define ABS_MASK 0x7fffffffu
#define SCALE_FLOOR 1e-9f

/* Round half to even for |x| < 2^22: above 1.5 * 2^23 the spacing of floats is exactly 1. Unlike
 * rintf this is two additions on every x86, and loops over it are vectorised. NaN stays NaN. */
static inline float round_even(float x)
{
    const float magic = 12582912.0f;
    return (x + magic) - magic;
}

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* The largest |w|. Bit patterns of non-negative floats are ordered like their values, with infinity
 * and NaN on top: one bad weight cannot hide behind the good ones, as it would in float
 * comparisons. */
static float largest(const float *w, int64_t n)
{
    uint32_t top = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        bits &= ABS_MASK;
        top = bits > top ? bits : top;
    }
    return from_bits(top);
}

void hone_quant_i8_row(const float *w, int64_t n, int8_t *ret_q, float *ret_scale)
{
    float scale = largest(w, n) / 127.0f;
    if (scale < SCALE_FLOOR) scale = SCALE_FLOOR; /* a NaN stays and is the caller's to report */
    for (int64_t i = 0; i < n; i++) {
        float q = round_even(w[i] / scale);
        q = q < 127.0f ? q : 127.0f;
        q = q > -127.0f ? q : -127.0f;
        ret_q[i] = (int8_t)q;
    }
    *ret_scale = scale;
}

void hone_quant_activation(const float *x, int64_t n, float *ret_q_minus_zp, float *ret_scale)
{
    float lo = 0.0f, hi = 0.0f;
    for (int64_t i = 0; i < n; i++) {
        lo = x[i] < lo ? x[i] : lo;
        hi = x[i] > hi ? x[i] : hi;
    }
    float s = hi == lo ? 1.0f : (hi - lo) / 255.0f;
    float zp = round_even(-128.0f - lo / s);
    zp = zp < -128.0f ? -128.0f : zp > 127.0f ? 127.0f : zp;
    float bottom = -128.0f - zp, top = 127.0f - zp;
    for (int64_t i = 0; i < n; i++) { /* written so that a NaN stays a NaN */
        float q = round_even(x[i] / s);
        q = q < bottom ? bottom : q;
        q = q > top ? top : q;
        ret_q_minus_zp[i] = q;
    }
    *ret_scale = s;
}
