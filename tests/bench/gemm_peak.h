/*
 * Operations a second of one thread whose operands never leave its registers: AMX, AVX-512 BF16 or
 * FMA in f32, as the products of this processor are computed.
 */
#ifndef HONE_TESTS_BENCH_GEMM_PEAK_H
#define HONE_TESTS_BENCH_GEMM_PEAK_H

double gemm_peak(unsigned features);

#endif
