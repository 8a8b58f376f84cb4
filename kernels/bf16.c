/*
 * Chooses the bf16 kernels (kernels/bf16.h). AMX computes products only; its operands are packed
 * by AVX-512, which every processor with AMX has.
 */
#include "kernels/bf16.h"

#include <stddef.h>

#include "kernels/kernels.h"

int64_t hone_bf16_at(int64_t n, int64_t k)
{
    return n / HONE_BF16_ROWS * ((k + HONE_BF16_DEPTH - 1) / HONE_BF16_DEPTH) * HONE_BF16_TILE;
}

int64_t hone_bf16_size(int64_t n, int64_t k)
{
    return hone_bf16_at(n + HONE_BF16_ROWS - 1, k);
}

#define TABLE(isa)                                                                                 \
    .left = hone_bf16_left_##isa, .left_t = hone_bf16_left_t_##isa,                                \
    .left_rest = hone_bf16_left_rest_##isa, .right = hone_bf16_right_##isa,                        \
    .right_t = hone_bf16_right_t_##isa, .right_half = hone_bf16_right_half_##isa,                  \
    .right_t_half = hone_bf16_right_t_half_##isa, .round = hone_bf16_round_##isa,                  \
    .widen = hone_bf16_widen_##isa

static const hone_bf16_kernels ref = { .name = "ref", TABLE(ref), .gemm = hone_bf16_gemm_ref };

const hone_bf16_kernels *hone_bf16_kernels_ref(void)
{
    return &ref;
}

#if defined(__x86_64__)
static const hone_bf16_kernels avx512 = { .name = "avx512_bf16",
                                          TABLE(avx512),
                                          .gemm = hone_bf16_gemm_avx512 };
static const hone_bf16_kernels amx = { .name = "amx",
                                       TABLE(avx512),
                                       .gemm = hone_bf16_gemm_amx };
#endif

const hone_bf16_kernels *hone_bf16_kernels_for(unsigned features)
{
#if defined(__x86_64__)
    if (!(features & HONE_CPU_AVX512) || !(features & HONE_CPU_BF16)) return NULL;
    return features & HONE_CPU_AMX ? &amx : &avx512;
#else
    (void)features;
    return NULL;
#endif
}
