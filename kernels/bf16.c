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
    .widen = hone_bf16_widen_##isa, .turn = hone_bf16_turn_##isa

enum { WIDE = 96 }; /* columns at a time: whole blocks of the AVX-512 kernel */

/* gemm_left by a kernel for f32 results: strips of one row of tiles. */
static void left_by(HONE_BF16_GEMM((*gemm)), HONE_BF16_PACK((*pack), float), hone_bf16 *left,
                    int64_t m, int64_t n, const hone_bf16_term *terms, int count)
{
    float sums[HONE_BF16_ROWS * WIDE];
    for (int64_t i = 0; i < m; i += HONE_BF16_ROWS) {
        for (int64_t j = 0; j < n; j += WIDE) {
            const int64_t rows = m - i < HONE_BF16_ROWS ? m - i : HONE_BF16_ROWS,
                          columns = n - j < WIDE ? n - j : WIDE;
            hone_bf16_term strip[HONE_BF16_TERMS];
            for (int t = 0; t < count; t++)
                strip[t] = (hone_bf16_term){ terms[t].left + hone_bf16_at(i, terms[t].k),
                                             terms[t].right + hone_bf16_at(j, terms[t].k),
                                             terms[t].k };
            gemm(sums, WIDE, rows, columns, false, strip, count);
            pack(left + hone_bf16_at(i, n) + j / HONE_BF16_DEPTH * HONE_BF16_TILE, sums, WIDE, rows,
                 columns);
        }
    }
}

HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_ref)
{
    left_by(hone_bf16_gemm_ref, hone_bf16_left_ref, left, m, n, terms, count);
}

static const hone_bf16_kernels ref = { .name = "ref", TABLE(ref), .gemm = hone_bf16_gemm_ref,
                                       .gemm_left = hone_bf16_gemm_left_ref };

const hone_bf16_kernels *hone_bf16_kernels_ref(void)
{
    return &ref;
}

#if defined(__x86_64__)
HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_avx512)
{
    left_by(hone_bf16_gemm_avx512, hone_bf16_left_avx512, left, m, n, terms, count);
}

static const hone_bf16_kernels avx512 = { .name = "avx512_bf16",
                                          TABLE(avx512),
                                          .gemm = hone_bf16_gemm_avx512,
                                          .gemm_left = hone_bf16_gemm_left_avx512 };
static const hone_bf16_kernels amx = { .name = "amx",
                                       TABLE(avx512),
                                       .gemm = hone_bf16_gemm_amx,
                                       .gemm_left = hone_bf16_gemm_left_amx };
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
