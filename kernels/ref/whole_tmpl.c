/* Definitions of kernels/ref/reference.h, compiled with REAL as float and as double. */
static REAL dot(const REAL *a, const REAL *b, int64_t n)
{
    REAL sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void add(REAL *y, const REAL *x, int64_t n, REAL a)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

static int64_t first_key(int64_t t, int64_t window)
{
    return t - window + 1 > 0 ? t - window + 1 : 0;
}

/* ln sum_s exp(q . k[s]) over first <= s <= t, keys at a distance of stride */
static REAL log_sum_exp(const REAL *q, const REAL *k, int64_t first, int64_t t, int64_t stride,
                        int64_t HD)
{
    REAL max = -INFINITY, sum = 0;
    for (int64_t s = first; s <= t; s++) {
        REAL x = dot(q, k + s * stride, HD);
        max = x > max ? x : max;
    }
    for (int64_t s = first; s <= t; s++) sum += MATH(exp)(dot(q, k + s * stride, HD) - max);
    return max + MATH(log)(sum);
}

HONE_ATTENTION_FWD(NAME(attention_fwd), REAL)
{
    int64_t stride = NKV * HD;
    for (int64_t t = 0; t < T; t++) {
        for (int64_t h = 0; h < NH; h++) {
            const REAL *q_th = q + (t * NH + h) * HD;
            const REAL *k_h = k + h * NKV / NH * HD, *v_h = v + h * NKV / NH * HD;
            REAL *o_th = o + (t * NH + h) * HD;
            int64_t first = first_key(t, window);
            REAL l = log_sum_exp(q_th, k_h, first, t, stride, HD);
            for (int64_t i = 0; i < HD; i++) o_th[i] = 0;
            for (int64_t s = first; s <= t; s++) {
                REAL p = MATH(exp)(dot(q_th, k_h + s * stride, HD) - l);
                add(o_th, v_h + s * stride, HD, p);
            }
            lse[t * NH + h] = l;
        }
    }
}

/* p = exp(q.k - lse); o = sum p v: dv += p do; dp = do.v; ds = p (dp - do.o); dq += ds k; dk += ds
 * q */
HONE_ATTENTION_BWD(NAME(attention_bwd), REAL)
{
    int64_t stride = NKV * HD;
    for (int64_t t = 0; t < T; t++) {
        for (int64_t h = 0; h < NH; h++) {
            int64_t at = (t * NH + h) * HD, kv = h * NKV / NH * HD;
            REAL mean = dot(dout + at, o + at, HD);
            for (int64_t s = first_key(t, window); s <= t; s++) {
                int64_t ks = kv + s * stride;
                REAL p = MATH(exp)(dot(q + at, k + ks, HD) - lse[t * NH + h]);
                REAL ds = p * (dot(dout + at, v + ks, HD) - mean);
                add(dv + ks, dout + at, HD, p);
                add(dq + at, k + ks, HD, ds);
                add(dk + ks, q + at, HD, ds);
            }
        }
    }
}

HONE_LORA_FWD(NAME(lora_fwd), REAL)
{
    for (int64_t t = 0; t < T; t++) {
        for (int64_t r = 0; r < R; r++) u[t * R + r] = dot(x + t * in, A + r * in, in);
        for (int64_t o = 0; o < out; o++)
            y[t * out + o] = dot(x + t * in, W + o * in, in) + s * dot(u + t * R, B + o * R, R);
    }
}

HONE_LORA_BWD(NAME(lora_bwd), REAL)
{
    for (int64_t t = 0; t < T; t++) {
        for (int64_t o = 0; o < out; o++) {
            REAL d = dy[t * out + o];
            add(dx + t * in, W + o * in, in, d);
            add(dB + o * R, u + t * R, R, s * d);
        }
        for (int64_t r = 0; r < R; r++) {
            REAL g = 0;
            for (int64_t o = 0; o < out; o++) g += s * dy[t * out + o] * B[o * R + r];
            add(dA + r * in, x + t * in, in, g);
            add(dx + t * in, A + r * in, in, g);
        }
    }
}

HONE_XENT(NAME(xent), REAL)
{
    REAL loss = 0;
    for (int64_t i = 0; i < M; i++) {
        const REAL *h_i = h + i * C;
        REAL lse = log_sum_exp(h_i, E, 0, V - 1, C, C);
        loss += w[i] * (lse - dot(h_i, E + target[i] * C, C));
        for (int64_t v = 0; v < V; v++) {
            REAL d = w[i] * (MATH(exp)(dot(h_i, E + v * C, C) - lse) - (v == target[i]));
            if (dh) add(dh + i * C, E + v * C, C, d);
            if (dE) add(dE + v * C, h_i, C, d);
        }
    }
    return loss;
}
