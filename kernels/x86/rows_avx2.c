/* The row kernels with AVX2 and FMA (rows_simd_tmpl.c). */
#include "kernels/kernels.h"

enum { W = 8 };
#define NAME(kernel) hone_##kernel##_f32_avx2

typedef float vec __attribute__((vector_size(32)));
typedef float vecu __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(32)));

static inline vec less(vec x, vec y, vec yes, vec no)
{
    const mask m = x < y;
    return (vec)(((mask)yes & m) | ((mask)no & ~m));
}

#include "kernels/x86/rows_simd_tmpl.c"
