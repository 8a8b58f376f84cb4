/* Ordered products with AVX2 and, on purpose, without FMA (ordered_tmpl.c). */
enum { W = 8 };
#define TABLE hone_gemm_ordered_avx2
#include "kernels/ref/ordered_tmpl.c"
