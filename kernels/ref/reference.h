/*
 * Plain definitions of what the engine computes in blocks, for tests: attention over one sequence,
 * cross-entropy with full logits, a linear with its adapter. As float and as double.
 */
#ifndef HONE_KERNELS_REF_REFERENCE_H
#define HONE_KERNELS_REF_REFERENCE_H

#include <stdint.h>

/* o[t,h] = sum_s softmax_s(q[t,h] . k[s,g]) v[s,g] over t - window < s <= t, g = h * NKV / NH.
 * q, o [T, NH, HD]; k, v [T, NKV, HD]; lse[T, NH] = ln of the softmax's denominator. The scale of
 * the scores is part of q. */
#define HONE_ATTENTION_FWD(name, real)                                                             \
    void name(real *o, real *lse, const real *q, const real *k, const real *v, int64_t T,          \
              int64_t NH, int64_t NKV, int64_t HD, int64_t window)
/* dq, dk, dv += the gradients for do. */
#define HONE_ATTENTION_BWD(name, real)                                                             \
    void name(real *dq, real *dk, real *dv, const real *dout, const real *o, const real *lse,      \
              const real *q, const real *k, const real *v, int64_t T, int64_t NH, int64_t NKV,     \
              int64_t HD, int64_t window)
/* Returns sum_i w[i] (ln sum_v exp(h[i].E[v]) - h[i].E[target[i]]); dh[M,C] += its gradient (NULL:
 * not wanted), dE[V,C] likewise. */
#define HONE_XENT(name, real)                                                                      \
    real name(real *dh, real *dE, const real *h, const real *E, const int32_t *target,             \
              const real *w, int64_t M, int64_t V, int64_t C)
/* u = x A^T [T,R]; y = x W^T + s u B^T [T,out]; W [out,in], A [R,in], B [out,R]. */
#define HONE_LORA_FWD(name, real)                                                                  \
    void name(real *y, real *u, const real *x, const real *W, const real *A, const real *B,        \
              real s, int64_t T, int64_t in, int64_t out, int64_t R)
/* g = s dy B; dB += s dy^T u; dA += g^T x; dx += dy W + g A. W is frozen. */
#define HONE_LORA_BWD(name, real)                                                                  \
    void name(real *dx, real *dA, real *dB, const real *dy, const real *u, const real *x,          \
              const real *W, const real *A, const real *B, real s, int64_t T, int64_t in,          \
              int64_t out, int64_t R)

#define HONE_REFERENCE_LIST(X)                                                                     \
    X(HONE_ATTENTION_FWD, attention_fwd)                                                           \
    X(HONE_ATTENTION_BWD, attention_bwd)                                                           \
    X(HONE_LORA_FWD, lora_fwd)                                                                     \
    X(HONE_LORA_BWD, lora_bwd)                                                                     \
    X(HONE_XENT, xent)

#define X(SIGNATURE, name)                                                                         \
    SIGNATURE(hone_##name##_f32_ref, float);                                                       \
    SIGNATURE(hone_##name##_f64_ref, double);
HONE_REFERENCE_LIST(X)
#undef X

#endif
