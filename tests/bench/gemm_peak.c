/* gemm_peak.h: loops of the multiplying instructions alone. */
#include "tests/bench/gemm_peak.h"

#include <immintrin.h>

#include "common/log.h"
#include "kernels/kernels.h"
#include "kernels/x86/amx_tiles.h"

enum { TIMES = 20000, RUNS = 20 };

__attribute__((target("amx-tile,amx-bf16"))) static double amx_run(void)
{
    static const unsigned char zeros[1024] __attribute__((aligned(64)));
    tiles_open();
    _tile_loadd(4, zeros, 64);
    _tile_loadd(5, zeros, 64);
    _tile_loadd(6, zeros, 64);
    _tile_loadd(7, zeros, 64);
    for (int i = 0; i < TIMES; i++) {
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_release();
    return 4.0 * 16 * 16 * 32 * 2 * TIMES;
}

#define SUMS(DO) \
    DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

__attribute__((target("avx512f,avx512bf16"))) static double avx512_run(void)
{
#define STEP(i) "vdpbf16ps %%zmm30, %%zmm31, %%zmm" #i "\n\t"
    for (int i = 0; i < TIMES; i++)
        __asm__ volatile(SUMS(STEP)::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                         "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
#undef STEP
    return 12.0 * 16 * 2 * 2 * TIMES;
}

__attribute__((target("avx2,fma"))) static double fma_run(void)
{
#define STEP(i) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #i "\n\t"
    for (int i = 0; i < TIMES; i++)
        __asm__ volatile(SUMS(STEP)::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                         "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
#undef STEP
    return 12.0 * 8 * 2 * TIMES;
}

double gemm_peak(unsigned features)
{
    const unsigned both = HONE_CPU_AVX512 | HONE_CPU_BF16;
    double best = 0;
    for (int i = 0; i < RUNS; i++) {
        const double start = hone_clock();
        const double work = (features & both) != both ? fma_run()
                            : features & HONE_CPU_AMX  ? amx_run()
                                                       : avx512_run();
        const double rate = work / (hone_clock() - start);
        best = rate > best ? rate : best;
    }
    return best;
}
