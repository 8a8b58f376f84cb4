/* int8 products with AVX-VNNI (kernels/int8.h). */
#include <immintrin.h>

#define DOT(acc, x, w) ((acc) = _mm256_dpbusd_avx_epi32(acc, x, w))

#include "kernels/x86/int8_dot_tmpl.c"

HONE_INT8_QUANTISE(hone_int8_quantise_avx_vnni)
{
    quantise_rows(in, x, from, to);
}

/* int4 weights are multiplied by the AVX2 kernels. */
HONE_INT8_PRODUCT(hone_int8_product_avx_vnni)
{
    product_rows(y, ldy, in, w, part);
}
