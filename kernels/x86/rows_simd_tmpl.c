/*
 * The row kernels for one vector width (contracts: kernels/kernels.h), included by one file an
 * instruction set, which defines W (floats of a vector), NAME(kernel) and
 *   vec       a vector of W floats, vecu the same at any address
 *   less(x, y, yes, no)   yes where x < y, else no, lane by lane; NaN gives no
 *
 * Two vectors of running sums a row, joined in a fixed tree; the last n % W values go through a
 * padded copy, so that a row's result does not depend on what lies behind it. Compiled with
 * contraction: products feed sums without a rounding.
 *
 * exp: x = n ln 2 + r, |r| <= ln 2 / 2, degree-5 minimax polynomial after Cephes' expf (relative
 * error 2e-7); below -87.3 the result is 0, above 88.7 infinity. tanh comes from the same exp.
 */
#include <math.h>
#include <string.h>

typedef uint32_t bits __attribute__((vector_size(4 * W)));

static inline vec load(const float *p)
{
    return *(const vecu *)p;
}

static inline void store(float *p, vec x)
{
    *(vecu *)p = x;
}

static inline vec all(float x)
{
    return x - (vec){ 0 };
}

/* The first n < W values, then pad. */
static inline vec load_part(const float *p, int64_t n, float pad)
{
    vec x = all(pad);
    memcpy(&x, p, (size_t)n * sizeof *p);
    return x;
}

static inline void store_part(float *p, vec x, int64_t n)
{
    memcpy(p, &x, (size_t)n * sizeof *p);
}

static inline float sum_vec(vec x)
{
    float s[W];
    memcpy(s, &x, sizeof s);
    for (int half = W / 2; half; half /= 2) {
        for (int i = 0; i < half; i++) s[i] += s[i + half];
    }
    return s[0];
}

/* NaN fails both comparisons and comes out as NaN. */
static inline vec exp_vec(vec x)
{
    vec t = x * all(1.44269504088896341f) + all(12582912.0f);
    vec n = t - all(12582912.0f);
    vec r = x - n * all(0.693359375f);
    r = r - n * all(-2.12194440e-4f);
    vec p = all(1.9875691500e-4f);
    p = p * r + all(1.3981999507e-3f);
    p = p * r + all(8.3334519073e-3f);
    p = p * r + all(4.1665795894e-2f);
    p = p * r + all(1.6666665459e-1f);
    p = p * r + all(5.0000001201e-1f);
    p = p * (r * r) + r + all(1.0f);
    vec y = p * (vec)(((bits)t << 23) + 0x3f800000);
    y = less(x, all(-87.3f), all(0.0f), y);
    return less(all(88.7f), x, all(INFINITY), y);
}

HONE_DOT(NAME(dot), float)
{
    vec a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        a = a + load(x + i) * load(y + i);
        b = b + load(x + i + W) * load(y + i + W);
    }
    for (; i + W <= n; i += W) a = a + load(x + i) * load(y + i);
    if (i < n) b = b + load_part(x + i, n - i, 0) * load_part(y + i, n - i, 0);
    return sum_vec(a + b);
}

HONE_SUM(NAME(sum), float)
{
    vec a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        a = a + load(x + i);
        b = b + load(x + i + W);
    }
    for (; i + W <= n; i += W) a = a + load(x + i);
    if (i < n) b = b + load_part(x + i, n - i, 0);
    return sum_vec(a + b);
}

static inline float rms_scale(const float *x, int64_t n, float eps)
{
    return 1.0f / sqrtf(NAME(dot)(x, x, n) / (float)n + eps);
}

HONE_RMSNORM_FWD(NAME(rmsnorm_fwd), float)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n) {
        float r = rms_scale(x, n, eps);
        int64_t i = 0;
        for (; i + W <= n; i += W) store(y + i, load(x + i) * all(r) * load(gain + i));
        for (; i < n; i++) y[i] = x[i] * r * gain[i];
    }
}

HONE_RMSNORM_ADD(NAME(rmsnorm_add), float)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n, base += n) {
        float r = rms_scale(x, n, eps);
        int64_t i = 0;
        for (; i + W <= n; i += W)
            store(y + i, load(base + i) + load(x + i) * all(r) * load(gain + i));
        for (; i < n; i++) y[i] = base[i] + x[i] * r * gain[i];
    }
}

/* sum of gain[i] * dy[i] * x[i] */
static inline float dot3(const float *gain, const float *dy, const float *x, int64_t n)
{
    vec a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        a = a + load(gain + i) * load(dy + i) * load(x + i);
        b = b + load(gain + i + W) * load(dy + i + W) * load(x + i + W);
    }
    float tail = 0;
    for (; i < n; i++) tail += gain[i] * dy[i] * x[i];
    return sum_vec(a + b) + tail;
}

HONE_RMSNORM_BWD(NAME(rmsnorm_bwd), float)
{
    for (int64_t t = 0; t < rows; t++, x += n, dx += n, dy += n) {
        float r = rms_scale(x, n, eps);
        float c = r * r * dot3(gain, dy, x, n) / (float)n;
        int64_t i = 0;
        for (; i + W <= n; i += W) {
            vec d = load(gain + i) * load(dy + i) - load(x + i) * all(c);
            store(dx + i, load(dx + i) + all(r) * d);
        }
        for (; i < n; i++) dx[i] += r * (gain[i] * dy[i] - x[i] * c);
    }
}

/* One vector of hd values: (a, b) -> (a c - b s sign, b c + a s sign) */
static inline void rotate(float *x, const float *cos_sin, int64_t half, float sign)
{
    int64_t i = 0;
    for (; i + W <= half; i += W) {
        vec a = load(x + i), b = load(x + half + i);
        vec c = load(cos_sin + i), s = load(cos_sin + half + i) * all(sign);
        store(x + i, a * c - b * s);
        store(x + half + i, b * c + a * s);
    }
    for (; i < half; i++) {
        float a = x[i], b = x[half + i], c = cos_sin[i], s = cos_sin[half + i] * sign;
        x[i] = a * c - b * s;
        x[half + i] = b * c + a * s;
    }
}

HONE_ROPE_FWD(NAME(rope_fwd), float)
{
    for (int64_t h = 0; h < heads; h++) rotate(x + h * hd, cos_sin, hd / 2, 1.0f);
}

HONE_ROPE_BWD(NAME(rope_bwd), float)
{
    for (int64_t h = 0; h < heads; h++) rotate(dx + h * hd, cos_sin, hd / 2, -1.0f);
}

/* (1 + tanh u) / 2 = 1 / (1 + exp(-2u)), u = k (x + c x^3) */
static inline vec gelu_gate(vec x)
{
    vec u = all(0.79788456080286535588f) * (x + all(0.044715f) * x * x * x);
    return all(1.0f) / (all(1.0f) + exp_vec(all(-2.0f) * u));
}

HONE_GEGLU_FWD(NAME(geglu_fwd), float)
{
    for (int64_t t = 0; t < rows; t++, y += n, gate_up += 2 * n) {
        int64_t i = 0;
        for (; i + W <= n; i += W) {
            vec x = load(gate_up + i);
            store(y + i, x * gelu_gate(x) * load(gate_up + n + i));
        }
        if (i < n) {
            vec x = load_part(gate_up + i, n - i, 0);
            store_part(y + i, x * gelu_gate(x) * load_part(gate_up + n + i, n - i, 0), n - i);
        }
    }
}

/* gelu = x g; gelu' = g + x g' with g' = 2 u' g (1 - g), u' = k (1 + 3 c x^2) */
static inline vec gelu_slope(vec x, vec g)
{
    vec du = all(1.5957691216057307f) * (all(1.0f) + all(0.134145f) * x * x);
    return g + x * g * (all(1.0f) - g) * du;
}

HONE_GEGLU_BWD(NAME(geglu_bwd), float)
{
    for (int64_t t = 0; t < rows; t++, dy += n, y += n, gate_up += 2 * n, dgate_up += 2 * n) {
        int64_t i = 0;
        for (; i + W <= n; i += W) {
            vec x = load(gate_up + i), g = gelu_gate(x);
            vec d = load(dy + i), up = load(gate_up + n + i);
            store(y + i, x * g * up);
            store(dgate_up + i, d * up * gelu_slope(x, g));
            store(dgate_up + n + i, d * x * g);
        }
        if (i < n) {
            vec x = load_part(gate_up + i, n - i, 0), g = gelu_gate(x);
            vec d = load_part(dy + i, n - i, 0), up = load_part(gate_up + n + i, n - i, 0);
            store_part(y + i, x * g * up, n - i);
            store_part(dgate_up + i, d * up * gelu_slope(x, g), n - i);
            store_part(dgate_up + n + i, d * x * g, n - i);
        }
    }
}

HONE_MAX(NAME(max), float)
{
    vec a = all(x[0]), b = a;
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        vec p = load(x + i), q = load(x + i + W);
        a = less(a, p, p, a);
        b = less(b, q, q, b);
    }
    a = less(a, b, b, a);
    float m = a[0];
    for (int j = 1; j < W; j++) m = a[j] > m ? a[j] : m;
    for (; i < n; i++) m = x[i] > m ? x[i] : m;
    return m;
}

HONE_EXP_SUM(NAME(exp_sum), float)
{
    vec a = all(0), b = all(0);
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        vec p = exp_vec(load(x + i) - all(shift)), q = exp_vec(load(x + i + W) - all(shift));
        store(x + i, p);
        store(x + i + W, q);
        a = a + p;
        b = b + q;
    }
    for (; i + W <= n; i += W) {
        vec p = exp_vec(load(x + i) - all(shift));
        store(x + i, p);
        a = a + p;
    }
    if (i < n) {
        vec p = exp_vec(load_part(x + i, n - i, 0) - all(shift));
        store_part(x + i, p, n - i);
        b = b + load_part(x + i, n - i, 0);
    }
    return sum_vec(a + b);
}

HONE_SOFTMAX_BWD(NAME(softmax_bwd), float)
{
    int64_t i = 0;
    for (; i + W <= n; i += W) store(d + i, load(p + i) * (load(d + i) - all(mean)));
    for (; i < n; i++) d[i] = p[i] * (d[i] - mean);
}

HONE_AXPY(NAME(axpy), float)
{
    int64_t i = 0;
    for (; i + W <= n; i += W) store(y + i, load(y + i) + all(a) * load(x + i));
    for (; i < n; i++) y[i] += a * x[i];
}

HONE_SCALE(NAME(scale), float)
{
    int64_t i = 0;
    for (; i + W <= n; i += W) store(x + i, load(x + i) * all(a));
    for (; i < n; i++) x[i] *= a;
}

HONE_ADAMW(NAME(adamw), float)
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
