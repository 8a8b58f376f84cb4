/*
 * The definition of every kernel of the table (contracts: kernels/kernels.h). Plain loops, compiled
 * with REAL as float and as double; NAME(op) is the function's name, MATH(f) the libm function.
 */
static REAL rms_scale(const REAL *x, int64_t n, REAL eps)
{
    REAL sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
    return 1 / MATH(sqrt)(sum / (REAL)n + eps);
}

HONE_RMSNORM_FWD(NAME(rmsnorm_fwd), REAL)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n) {
        REAL r = rms_scale(x, n, eps);
        for (int64_t i = 0; i < n; i++) y[i] = x[i] * r * gain[i];
    }
}

HONE_RMSNORM_ADD(NAME(rmsnorm_add), REAL)
{
    for (int64_t t = 0; t < rows; t++, x += n, y += n, base += n) {
        REAL r = rms_scale(x, n, eps);
        for (int64_t i = 0; i < n; i++) y[i] = base[i] + x[i] * r * gain[i];
    }
}

/* y[i] = x[i] * r * gain[i]; dr/dx[j] = -r^3 x[j] / n */
HONE_RMSNORM_BWD(NAME(rmsnorm_bwd), REAL)
{
    for (int64_t t = 0; t < rows; t++, x += n, dx += n, dy += n) {
        REAL r = rms_scale(x, n, eps);
        REAL dot = 0;
        for (int64_t i = 0; i < n; i++) dot += gain[i] * dy[i] * x[i];
        REAL c = r * r * dot / (REAL)n;
        for (int64_t i = 0; i < n; i++) dx[i] += r * (gain[i] * dy[i] - x[i] * c);
    }
}

HONE_ROPE_FWD(NAME(rope_fwd), REAL)
{
    int64_t half = hd / 2;
    for (int64_t h = 0; h < heads; h++, x += hd) {
        for (int64_t i = 0; i < half; i++) {
            REAL a = x[i], b = x[i + half], c = cos_sin[i], s = cos_sin[i + half];
            x[i] = a * c - b * s;
            x[i + half] = b * c + a * s;
        }
    }
}

HONE_ROPE_BWD(NAME(rope_bwd), REAL)
{
    int64_t half = hd / 2;
    for (int64_t h = 0; h < heads; h++, dx += hd) {
        for (int64_t i = 0; i < half; i++) {
            REAL a = dx[i], b = dx[i + half], c = cos_sin[i], s = cos_sin[i + half];
            dx[i] = a * c + b * s;
            dx[i + half] = b * c - a * s;
        }
    }
}

static const REAL gelu_k = (REAL)0.79788456080286535588; /* sqrt(2 / pi) */
static const REAL gelu_c = (REAL)0.044715;

/* gelu(x) = x/2 (1 + tanh u), u = k (x + c x^3); ret_slope = (1 + tanh u)/2 + x/2 (1 - tanh^2 u) u'
 */
static REAL gelu(REAL x, REAL *ret_slope)
{
    REAL t = MATH(tanh)(gelu_k * (x + gelu_c * x * x * x));
    *ret_slope = (1 + t) / 2 + x / 2 * (1 - t * t) * gelu_k * (1 + 3 * gelu_c * x * x);
    return x / 2 * (1 + t);
}

HONE_GEGLU_FWD(NAME(geglu_fwd), REAL)
{
    for (int64_t t = 0; t < rows; t++, y += n, gate_up += 2 * n) {
        REAL slope;
        for (int64_t i = 0; i < n; i++) y[i] = gelu(gate_up[i], &slope) * gate_up[n + i];
    }
}

/* y[i] = gelu(gate[i]) * up[i] */
HONE_GEGLU_BWD(NAME(geglu_bwd), REAL)
{
    for (int64_t t = 0; t < rows; t++, dy += n, y += n, gate_up += 2 * n, dgate_up += 2 * n) {
        for (int64_t i = 0; i < n; i++) {
            REAL slope, g = gelu(gate_up[i], &slope);
            y[i] = g * gate_up[n + i];
            dgate_up[i] = dy[i] * gate_up[n + i] * slope;
            dgate_up[n + i] = dy[i] * g;
        }
    }
}

HONE_MAX(NAME(max), REAL)
{
    REAL m = x[0];
    for (int64_t i = 1; i < n; i++) m = x[i] > m ? x[i] : m;
    return m;
}

HONE_EXP_SUM(NAME(exp_sum), REAL)
{
    REAL sum = 0;
    for (int64_t i = 0; i < n; i++) {
        x[i] = MATH(exp)(x[i] - shift);
        sum += x[i];
    }
    return sum;
}

HONE_SOFTMAX_BWD(NAME(softmax_bwd), REAL)
{
    for (int64_t i = 0; i < n; i++) d[i] = p[i] * (d[i] - mean);
}

HONE_DOT(NAME(dot), REAL)
{
    REAL sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

HONE_SUM(NAME(sum), REAL)
{
    REAL sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

HONE_AXPY(NAME(axpy), REAL)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

HONE_SCALE(NAME(scale), REAL)
{
    for (int64_t i = 0; i < n; i++) x[i] *= a;
}

HONE_ADAMW(NAME(adamw), REAL)
{
    const REAL b1 = (REAL)c->beta1, b2 = (REAL)c->beta2, root = MATH(sqrt)((REAL)c->correction2);
    const REAL step = (REAL)c->lr / (REAL)c->correction1,
               keep = 1 - (REAL)c->lr * (REAL)c->weight_decay;
    for (int64_t i = 0; i < n; i++) {
        REAL g = grad[i] * (REAL)c->grad_scale;
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        p[i] = p[i] * keep - step * m[i] / (MATH(sqrt)(v[i]) / root + (REAL)c->eps);
    }
}

HONE_FEW_NT(NAME(few_nt), REAL)
{
    for (int64_t m = 0; m < rows; m++) {
        for (int64_t o = 0; o < n; o++) {
            REAL sum = 0;
            for (int64_t l = 0; l < k; l++) sum += xt[l * stride + m] * w[o * k + l];
            for (int64_t l = 0; l < k2; l++) sum += xt2[l * stride + m] * w2[o * k2 + l];
            y[m * ldy + o] = sum;
        }
    }
}
