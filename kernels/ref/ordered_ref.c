/* Ordered products for any processor (ordered_tmpl.c). */
enum { W = 4 };
#define TABLE hone_gemm_ordered_ref
#include "kernels/ref/ordered_tmpl.c"
