/* The row kernels with AVX-512 (rows_simd_tmpl.c). */
#include "kernels/kernels.h"

#include <immintrin.h>

enum { W = 16 };
#define NAME(kernel) hone_##kernel##_f32_avx512

typedef float vec __attribute__((vector_size(64)));
typedef float vecu __attribute__((vector_size(64), aligned(4), may_alias));

static inline vec less(vec x, vec y, vec yes, vec no)
{
    return (vec)_mm512_mask_blend_ps(_mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_LT_OQ),
                                     (__m512)no, (__m512)yes);
}

#include "kernels/x86/rows_simd_tmpl.c"
