/*
 * Products of f32 matrices, two ways behind one table: OpenBLAS (kernels/blas.h), whose bits depend
 * on its core type, and ordered products, whose bits depend on nothing but their inputs:
 *
 *   c[i,j] = (..((c0 + a[i,0] b[0,j]) + a[i,1] b[1,j]) + ..), every product and sum rounded to f32
 *
 * with c0 = beta c[i,j] and b multiplied by alpha first. No fused multiply-add, no other order, on
 * any processor: the slower kernels of deterministic runs. Any m, n, k >= 0; k = 0 leaves beta c.
 */
#ifndef HONE_KERNELS_GEMM_H
#define HONE_KERNELS_GEMM_H

#include <stdint.h>

#define HONE_GEMM(name)                                                                       \
    void name(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,      \
              const float *b, int64_t ldb, float beta, float *c, int64_t ldc)

typedef struct hone_gemm {
    HONE_GEMM((*nt)); /* c[m,n] = alpha a[m,k] b[n,k]^T + beta c */
    HONE_GEMM((*nn)); /* alpha a[m,k] b[k,n] + beta c */
    HONE_GEMM((*tn)); /* alpha a[k,m]^T b[k,n] + beta c */
} hone_gemm;

const hone_gemm *hone_gemm_blas(void);
const hone_gemm *hone_gemm_ordered(void); /* the fastest form that this processor has */
/* The forms, for tests: avx2 needs the feature. */
extern const hone_gemm hone_gemm_ordered_ref, hone_gemm_ordered_avx2;

#endif
