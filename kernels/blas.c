/* The only caller of cblas (kernels/blas.h). */
#include "kernels/blas.h"

#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "kernels/kernels.h"

static char blas_name[128];
static pthread_once_t blas_once = PTHREAD_ONCE_INIT;

static void init(void)
{
    openblas_set_num_threads(1);
    snprintf(blas_name, sizeof blas_name, "%s, core %s", openblas_get_config(),
             openblas_get_corename());
}

void hone_blas_init(void)
{
    pthread_once(&blas_once, init);
}

const char *hone_blas_name(void)
{
    hone_blas_init();
    return blas_name;
}

const char *hone_blas_better_core(const char *core, unsigned features)
{
    static const char *const with_avx2[] = { "Haswell",    "Zen",           "Excavator",
                                             "SkylakeX",   "Cooperlake",    "Sapphirerapids" };
    const unsigned needed = HONE_CPU_AVX2 | HONE_CPU_FMA;
    if ((features & needed) != needed) return NULL;
    for (size_t i = 0; i < sizeof with_avx2 / sizeof with_avx2[0]; i++) {
        if (!strcasecmp(core, with_avx2[i])) return NULL;
    }
    return features & HONE_CPU_AVX512 ? "SkylakeX" : "Haswell";
}

const char *hone_blas_core_to_ask_for(void)
{
    if (getenv("OPENBLAS_CORETYPE")) return NULL;
    return hone_blas_better_core(openblas_get_corename(), hone_cpu_features());
}

static void gemm(enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb, const int64_t size[3],
                 float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta,
                 float *c, int64_t ldc)
{
    if (size[0] <= 0 || size[1] <= 0) return;
    cblas_sgemm(CblasRowMajor, ta, tb, (blasint)size[0], (blasint)size[1], (blasint)size[2], alpha,
                a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void hone_gemm_nt(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    gemm(CblasNoTrans, CblasTrans, (int64_t[]){ m, n, k }, alpha, a, lda, b, ldb, beta, c, ldc);
}

void hone_gemm_nn(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    gemm(CblasNoTrans, CblasNoTrans, (int64_t[]){ m, n, k }, alpha, a, lda, b, ldb, beta, c, ldc);
}

void hone_gemm_tn(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                  const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    gemm(CblasTrans, CblasNoTrans, (int64_t[]){ m, n, k }, alpha, a, lda, b, ldb, beta, c, ldc);
}
