/* The tables of kernels/gemm.h. */
#include "kernels/gemm.h"

#include "kernels/blas.h"
#include "kernels/kernels.h"

const hone_gemm *hone_gemm_blas(void)
{
    static const hone_gemm blas = { hone_gemm_nt, hone_gemm_nn, hone_gemm_tn };
    hone_blas_init();
    return &blas;
}

const hone_gemm *hone_gemm_ordered(void)
{
#if defined(__x86_64__)
    if (hone_cpu_features() & HONE_CPU_AVX2) return &hone_gemm_ordered_avx2;
#endif
    return &hone_gemm_ordered_ref;
}
