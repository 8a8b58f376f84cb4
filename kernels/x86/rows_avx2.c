/*
 * The row kernels with AVX2 and FMA (contracts: kernels/kernels.h). Sixteen running sums a row,
 * joined in a fixed tree; the last n % 8 values go through a padded copy, so that a row's result
 * does not depend on what lies behind it. Compiled with contraction: products feed sums without a
 * rounding.
 *
 * exp: x = n ln 2 + r, |r| <= ln 2 / 2, degree-5 minimax polynomial after Cephes' expf (relative
 * error 2e-7); below -87.3 the result is 0, above 88.7 infinity. tanh comes from the same exp.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

typedef float v8 __attribute__((vector_size(32)));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t i8v __attribute__((vector_size(32)));

static inline v8 load(const float *p)
{
    return *(const v8u *)p;
}

static inline void store(float *p, v8 x)
{
    *(v8u *)p = x;
}

static inline v8 all(float x)
{
    return (v8){ x, x, x, x, x, x, x, x };
}

/* The first n < 8 values, then pad. */
static inline v8 load_part(const float *p, int64_t n, float pad)
{
    v8 x = all(pad);
    memcpy(&x, p, (size_t)n * sizeof *p);
    return x;
}

static inline void store_part(float *p, v8 x, int64_t n)
{
    memcpy(p, &x, (size_t)n * sizeof *p);
}

static inline v8 pick(i8v mask, v8 yes, v8 no)
{
    return (v8)(((i8v)yes & mask) | ((i8v)no & ~mask));
}

static inline float sum8(v8 x)
{
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* NaN fails both comparisons and comes out as NaN. */
static inline v8 exp8(v8 x)
{
    i8v low = x<all(-87.3f), high = x> all(88.7f);
    v8 t = x * all(1.44269504088896341f) + all(12582912.0f);
    v8 n = t - all(12582912.0f);
    v8 r = x - n * all(0.693359375f);
    r = r - n * all(-2.12194440e-4f);
    v8 p = all(1.9875691500e-4f);
    p = p * r + all(1.3981999507e-3f);
    p = p * r + all(8.3334519073e-3f);
    p = p * r + all(4.1665795894e-2f);
    p = p * r + all(1.6666665459e-1f);
    p = p * r + all(5.0000001201e-1f);
    p = p * (r * r) + r + all(1.0f);
    v8 y = p * (v8)(((i8v)t << 23) + 0x3f800000);
    y = pick(low, all(0.0f), y);
    return pick(high, all(INFINITY), y);
}

HONE_DOT(hone_dot_f32_avx2, float)
{
    v8 a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        a = a + load(x + i) * load(y + i);
        b = b + load(x + i + 8) * load(y + i + 8);
    }
    for (; i + 8 <= n; i += 8) a = a + load(x + i) * load(y + i);
    if (i < n) b = b + load_part(x + i, n - i, 0) * load_part(y + i, n - i, 0);
    return sum8(a + b);
}

HONE_SUM(hone_sum_f32_avx2, float)
{
    v8 a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        a = a + load(x + i);
        b = b + load(x + i + 8);
    }
    for (; i + 8 <= n; i += 8) a = a + load(x + i);
    if (i < n) b = b + load_part(x + i, n - i, 0);
    return sum8(a + b);
}

static inline float rms_scale(const float *x, int64_t n, float eps)
{
    return 1.0f / sqrtf(hone_dot_f32_avx2(x, x, n) / (float)n + eps);
}

HONE_RMSNORM_FWD(hone_rmsnorm_fwd_f32_avx2, float)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n) {
        float r = rms_scale(x, n, eps);
        int64_t i = 0;
        for (; i + 8 <= n; i += 8) store(y + i, load(x + i) * all(r) * load(gain + i));
        for (; i < n; i++) y[i] = x[i] * r * gain[i];
    }
}

HONE_RMSNORM_ADD(hone_rmsnorm_add_f32_avx2, float)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n, base += n) {
        float r = rms_scale(x, n, eps);
        int64_t i = 0;
        for (; i + 8 <= n; i += 8)
            store(y + i, load(base + i) + load(x + i) * all(r) * load(gain + i));
        for (; i < n; i++) y[i] = base[i] + x[i] * r * gain[i];
    }
}

/* sum of gain[i] * dy[i] * x[i] */
static inline float dot3(const float *gain, const float *dy, const float *x, int64_t n)
{
    v8 a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        a = a + load(gain + i) * load(dy + i) * load(x + i);
        b = b + load(gain + i + 8) * load(dy + i + 8) * load(x + i + 8);
    }
    float tail = 0;
    for (; i < n; i++) tail += gain[i] * dy[i] * x[i];
    return sum8(a + b) + tail;
}

HONE_RMSNORM_BWD(hone_rmsnorm_bwd_f32_avx2, float)
{
    for (int64_t t = 0; t < rows; t++, x += n, dx += n, dy += n) {
        float r = rms_scale(x, n, eps);
        float c = r * r * dot3(gain, dy, x, n) / (float)n;
        int64_t i = 0;
        for (; i + 8 <= n; i += 8) {
            v8 d = load(gain + i) * load(dy + i) - load(x + i) * all(c);
            store(dx + i, load(dx + i) + all(r) * d);
        }
        for (; i < n; i++) dx[i] += r * (gain[i] * dy[i] - x[i] * c);
    }
}

/* One vector of hd values: (a, b) -> (a c - b s sign, b c + a s sign) */
static inline void rotate(float *x, const float *cos_sin, int64_t half, float sign)
{
    int64_t i = 0;
    for (; i + 8 <= half; i += 8) {
        v8 a = load(x + i), b = load(x + half + i);
        v8 c = load(cos_sin + i), s = load(cos_sin + half + i) * all(sign);
        store(x + i, a * c - b * s);
        store(x + half + i, b * c + a * s);
    }
    for (; i < half; i++) {
        float a = x[i], b = x[half + i], c = cos_sin[i], s = cos_sin[half + i] * sign;
        x[i] = a * c - b * s;
        x[half + i] = b * c + a * s;
    }
}

HONE_ROPE_FWD(hone_rope_fwd_f32_avx2, float)
{
    for (int64_t h = 0; h < heads; h++) rotate(x + h * hd, cos_sin, hd / 2, 1.0f);
}

HONE_ROPE_BWD(hone_rope_bwd_f32_avx2, float)
{
    for (int64_t h = 0; h < heads; h++) rotate(dx + h * hd, cos_sin, hd / 2, -1.0f);
}

/* (1 + tanh u) / 2 = 1 / (1 + exp(-2u)), u = k (x + c x^3) */
static inline v8 gelu_gate(v8 x)
{
    v8 u = all(0.79788456080286535588f) * (x + all(0.044715f) * x * x * x);
    return all(1.0f) / (all(1.0f) + exp8(all(-2.0f) * u));
}

HONE_GEGLU_FWD(hone_geglu_fwd_f32_avx2, float)
{
    for (int64_t t = 0; t < rows; t++, y += n, gate_up += 2 * n) {
        int64_t i = 0;
        for (; i + 8 <= n; i += 8) {
            v8 x = load(gate_up + i);
            store(y + i, x * gelu_gate(x) * load(gate_up + n + i));
        }
        if (i < n) {
            v8 x = load_part(gate_up + i, n - i, 0);
            store_part(y + i, x * gelu_gate(x) * load_part(gate_up + n + i, n - i, 0), n - i);
        }
    }
}

/* gelu = x g; gelu' = g + x g' with g' = 2 u' g (1 - g), u' = k (1 + 3 c x^2) */
static inline v8 gelu_slope(v8 x, v8 g)
{
    v8 du = all(1.5957691216057307f) * (all(1.0f) + all(0.134145f) * x * x);
    return g + x * g * (all(1.0f) - g) * du;
}

HONE_GEGLU_BWD(hone_geglu_bwd_f32_avx2, float)
{
    for (int64_t t = 0; t < rows; t++, dy += n, gate_up += 2 * n, dgate_up += 2 * n) {
        int64_t i = 0;
        for (; i + 8 <= n; i += 8) {
            v8 x = load(gate_up + i), g = gelu_gate(x), d = load(dy + i);
            store(dgate_up + i, d * load(gate_up + n + i) * gelu_slope(x, g));
            store(dgate_up + n + i, d * x * g);
        }
        if (i < n) {
            v8 x = load_part(gate_up + i, n - i, 0), g = gelu_gate(x);
            v8 d = load_part(dy + i, n - i, 0), up = load_part(gate_up + n + i, n - i, 0);
            store_part(dgate_up + i, d * up * gelu_slope(x, g), n - i);
            store_part(dgate_up + n + i, d * x * g, n - i);
        }
    }
}

HONE_MAX(hone_max_f32_avx2, float)
{
    v8 a = all(x[0]), b = a;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        v8 p = load(x + i), q = load(x + i + 8);
        a = pick(p > a, p, a);
        b = pick(q > b, q, b);
    }
    a = pick(b > a, b, a);
    float m = a[0];
    for (int j = 1; j < 8; j++) m = a[j] > m ? a[j] : m;
    for (; i < n; i++) m = x[i] > m ? x[i] : m;
    return m;
}

HONE_EXP_SUM(hone_exp_sum_f32_avx2, float)
{
    v8 a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        v8 p = exp8(load(x + i) - all(shift)), q = exp8(load(x + i + 8) - all(shift));
        store(x + i, p);
        store(x + i + 8, q);
        a = a + p;
        b = b + q;
    }
    for (; i + 8 <= n; i += 8) {
        v8 p = exp8(load(x + i) - all(shift));
        store(x + i, p);
        a = a + p;
    }
    if (i < n) {
        v8 p = exp8(load_part(x + i, n - i, 0) - all(shift));
        store_part(x + i, p, n - i);
        b = b + load_part(x + i, n - i, 0);
    }
    return sum8(a + b);
}

HONE_SOFTMAX_BWD(hone_softmax_bwd_f32_avx2, float)
{
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) store(d + i, load(p + i) * (load(d + i) - all(mean)));
    for (; i < n; i++) d[i] = p[i] * (d[i] - mean);
}

HONE_AXPY(hone_axpy_f32_avx2, float)
{
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) store(y + i, load(y + i) + all(a) * load(x + i));
    for (; i < n; i++) y[i] += a * x[i];
}

HONE_SCALE(hone_scale_f32_avx2, float)
{
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) store(x + i, load(x + i) * all(a));
    for (; i < n; i++) x[i] *= a;
}

HONE_ADAMW(hone_adamw_f32_avx2, float)
{
    const float b1 = c->beta1, b2 = c->beta2, root = sqrtf(c->correction2);
    const float step = c->lr / c->correction1, keep = 1 - c->lr * c->weight_decay;
    for (int64_t i = 0; i < n; i++) { /* vectorised by the compiler */
        float g = grad[i] * c->grad_scale;
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        p[i] = p[i] * keep - step * m[i] / (sqrtf(v[i]) / root + c->eps);
    }
}
