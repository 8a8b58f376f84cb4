/*
 * Matrix products (OpenBLAS, one thread a call: the callers run several calls side by side, see
 * kernels/parallel.h). Row-major with leading dimensions. Equal shapes and inputs give equal bits
 * on one core type of OpenBLAS, whichever thread calls.
 */
#ifndef HONE_KERNELS_BLAS_H
#define HONE_KERNELS_BLAS_H

#include <stdint.h>

/* c[m,n] = alpha * a[m,k] * b[n,k]^T + beta * c. With beta 0 the old c is not read. */
void hone_gemm_nt(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc);
/* c[m,n] = alpha * a[m,k] * b[k,n] + beta * c */
void hone_gemm_nn(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc);
/* c[m,n] = alpha * a[k,m]^T * b[k,n] + beta * c */
void hone_gemm_tn(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

/* Pins OpenBLAS to one thread a call. Before the first product; any number of times. */
void hone_blas_init(void);
/* Library version and core type in use, for manifests: bits depend on it. */
const char *hone_blas_name(void);

/* The core type that suits a processor with these features (kernels.h) where OpenBLAS chose `core`,
 * or NULL where its choice is good. It takes a processor younger than itself for one without AVX
 * ("Prescott"), several times slower. The choice is made when the library is loaded: the program
 * starts itself again with OPENBLAS_CORETYPE (cli/main.c). */
const char *hone_blas_better_core(const char *core, unsigned features);
/* The same for this process; NULL too where OPENBLAS_CORETYPE is set: its user has chosen. */
const char *hone_blas_core_to_ask_for(void);

#endif
