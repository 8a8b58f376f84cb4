/*
 * CPU kernels: one contract a kernel, a plain C reference that defines it (ref/, compiled as float
 * and as double from one source) and faster versions chosen by what the processor offers.
 *
 * Letters: T tokens, C model width, V vocabulary, NH query heads, NKV key/value heads, HD head
 * size, F feed-forward width, R adapter rank; rows and n are the sizes of one call. Arguments come
 * as outputs, inputs, weights, sizes. Matrices are row-major and dense. No alignment is required
 * and no kernel reads or writes outside of its arrays. Arrays may not overlap unless the contract
 * says so.
 *
 * A kernel's result is a function of its arguments alone: one row does not depend on its
 * neighbours, sums over a row are taken in a fixed order. NaN and Inf travel through every kernel.
 *
 * Tolerances (tests/kernels): a float version against the double reference, relative to the largest
 * magnitude of a row: 1e-5 for the row kernels (sums of up to a few thousand terms), 1e-6 for exp.
 */
#ifndef HONE_KERNELS_KERNELS_H
#define HONE_KERNELS_KERNELS_H

#include <stdint.h>

/* Coefficients of one AdamW step; the correction terms are 1 - beta^t. */
typedef struct hone_adamw_coef {
    float lr, beta1, beta2, eps, weight_decay;
    float correction1, correction2;
    float grad_scale;
} hone_adamw_coef;

/* y[i] = x[i] / sqrt(mean(x^2) + eps) * gain[i] for each of rows rows of n. y may be x. */
#define HONE_RMSNORM_FWD(name, real)                                                               \
    void name(real *y, const real *x, const real *gain, int64_t rows, int64_t n, real eps)

/* y = base + rmsnorm(x) * gain, as above. y may be base. */
#define HONE_RMSNORM_ADD(name, real)                                                               \
    void name(real *y, const real *base, const real *x, const real *gain, int64_t rows, int64_t n, \
              real eps)

/* Backward of rmsnorm_fwd: dx += r * (g*dy - x * r^2 * mean(g*dy*x)) with r = 1/sqrt(mean(x^2) +
 * eps). x is the forward's input. The gain has no gradient (it is frozen). */
#define HONE_RMSNORM_BWD(name, real)                                                               \
    void name(real *dx, const real *dy, const real *x, const real *gain, int64_t rows, int64_t n,  \
              real eps)

/* Rotary embedding in place, pairs (i, i + hd/2) of each of heads vectors of hd values:
 * x1' = x1 cos - x2 sin, x2' = x2 cos + x1 sin; cos_sin[hd] holds hd/2 cosines, then hd/2 sines. */
#define HONE_ROPE_FWD(name, real) void name(real *x, const real *cos_sin, int64_t heads, int64_t hd)

/* Backward of rope_fwd in place: the rotation by the negative angle. */
#define HONE_ROPE_BWD(name, real)                                                                  \
    void name(real *dx, const real *cos_sin, int64_t heads, int64_t hd)

/* y[i] = gelu(gate[i]) * up[i]; a row of gate_up is n gates, then n ups; gelu is the tanh form:
 * gelu(x) = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
#define HONE_GEGLU_FWD(name, real) void name(real *y, const real *gate_up, int64_t rows, int64_t n)

/* Backward of geglu_fwd; overwrites dgate_up: dup = dy gelu(gate), dgate = dy up gelu'(gate); and y
 * once more, as geglu_fwd makes it. */
#define HONE_GEGLU_BWD(name, real)                                                                 \
    void name(real *dgate_up, real *y, const real *gate_up, const real *dy, int64_t rows, int64_t n)

/* The largest of n >= 1 values; a NaN may be passed over (the sums find it). */
#define HONE_MAX(name, real) real name(const real *x, int64_t n)

/* x[i] = exp(x[i] - shift); returns the sum of the results. */
#define HONE_EXP_SUM(name, real) real name(real *x, int64_t n, real shift)

/* Backward of a softmax row in place: d[i] = p[i] * (d[i] - mean), where d holds dL/dp and mean is
 * sum_j p[j] dL/dp[j]. */
#define HONE_SOFTMAX_BWD(name, real) void name(real *d, const real *p, int64_t n, real mean)

#define HONE_DOT(name, real) real name(const real *x, const real *y, int64_t n)
#define HONE_SUM(name, real) real name(const real *x, int64_t n)
#define HONE_AXPY(name, real) void name(real *y, const real *x, int64_t n, real a) /* y += a x */
#define HONE_SCALE(name, real) void name(real *x, int64_t n, real a)               /* x *= a */

/* One AdamW step (Loshchilov and Hutter 2019) over n parameters, decay first:
 * g = scale*grad; p -= lr*decay*p; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
 * p -= lr/c1 * m / (sqrt(v)/sqrt(c2) + eps). */
#define HONE_ADAMW(name, real)                                                                     \
    void name(real *p, real *m, real *v, const real *grad, int64_t n, const hone_adamw_coef *c)

/* A product of few rows with a matrix that is read once, as in decoding:
 * y[m*ldy + o] = sum_l x[m,l] w[o,l] + sum_l x2[m,l] w2[o,l] for m < rows, o < n. x comes
 * transposed: xt[l*stride + m], l < k, where stride >= rows is a multiple of 8 and columns rows ..
 * stride hold anything finite; x2 likewise with k2 terms (0: no second sum). w is [n,k], w2 [n,k2].
 * Terms are summed in order of l, w before w2, whatever rows and n are. */
#define HONE_FEW_NT(name, real)                                                                    \
    void name(real *y, int64_t ldy, const real *xt, const real *w, int64_t k, const real *xt2,     \
              const real *w2, int64_t k2, int64_t stride, int64_t rows, int64_t n)

/* The kernels over rows: signature macro, name. */
#define HONE_ROW_KERNEL_LIST(X)                                                                    \
    X(HONE_RMSNORM_FWD, rmsnorm_fwd)                                                               \
    X(HONE_RMSNORM_ADD, rmsnorm_add)                                                               \
    X(HONE_RMSNORM_BWD, rmsnorm_bwd)                                                               \
    X(HONE_ROPE_FWD, rope_fwd)                                                                     \
    X(HONE_ROPE_BWD, rope_bwd)                                                                     \
    X(HONE_GEGLU_FWD, geglu_fwd)                                                                   \
    X(HONE_GEGLU_BWD, geglu_bwd)                                                                   \
    X(HONE_MAX, max)                                                                               \
    X(HONE_EXP_SUM, exp_sum)                                                                       \
    X(HONE_SOFTMAX_BWD, softmax_bwd)                                                               \
    X(HONE_DOT, dot)                                                                               \
    X(HONE_SUM, sum)                                                                               \
    X(HONE_AXPY, axpy)                                                                             \
    X(HONE_SCALE, scale)                                                                           \
    X(HONE_ADAMW, adamw)

/* Every kernel of the table. */
#define HONE_KERNEL_LIST(X)                                                                        \
    HONE_ROW_KERNEL_LIST(X)                                                                        \
    X(HONE_FEW_NT, few_nt)

#define X(SIGNATURE, name)                                                                         \
    SIGNATURE(hone_##name##_f32_ref, float);                                                       \
    SIGNATURE(hone_##name##_f64_ref, double);                                                      \
    SIGNATURE(hone_##name##_f32_avx2, float);
HONE_KERNEL_LIST(X)
#undef X
#define X(SIGNATURE, name) SIGNATURE(hone_##name##_f32_avx512, float);
HONE_ROW_KERNEL_LIST(X)
#undef X

typedef struct hone_kernels {
    const char *name; /* "ref", "avx2", "avx512" */
#define X(SIGNATURE, kernel) SIGNATURE((*kernel), float);
    HONE_KERNEL_LIST(X)
#undef X
} hone_kernels;

/* What the processor offers, less what HONE_CPU_MASK (names, comma separated, "all") hides. */
enum {
    HONE_CPU_AVX2 = 1,
    HONE_CPU_FMA = 2,
    HONE_CPU_AVX512 = 4,
    HONE_CPU_BF16 = 8,
    HONE_CPU_VNNI = 16,
    HONE_CPU_AMX = 32, /* bf16 tiles, */
    HONE_CPU_AMX_INT8 = 64, /* and int8 ones beside them */
    HONE_CPU_AVX_VNNI = 128
};
unsigned hone_cpu_features(void);
/* Name of one bit above, NULL for others. */
const char *hone_cpu_feature_name(unsigned bit);

/* The table for a set of features; hone_kernels_get is the one of this process, made once. */
hone_kernels hone_kernels_for(unsigned features);
const hone_kernels *hone_kernels_get(void);

#endif
