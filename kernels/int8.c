/*
 * Chooses the int8 kernels and knows the layouts that they share (kernels/int8.h).
 */
#include "kernels/int8.h"

#include "kernels/kernels.h"

enum { LINE = 64, GROUP = 8 };

int64_t hone_int8_stride(int64_t k)
{
    return (k + LINE - 1) / LINE * LINE;
}

int64_t hone_int8_scale_count(int64_t n, int64_t k, int block)
{
    return (n + GROUP - 1) / GROUP * GROUP * ((k + block - 1) / block);
}

int64_t hone_int8_scale_at(const hone_int8_matrix *m, int64_t row, int64_t block)
{
    const int64_t blocks = (m->k + m->block - 1) / m->block;
    return row / GROUP * GROUP * blocks + block * GROUP + row % GROUP;
}

static int64_t whole(int64_t rows)
{
    return (rows + HONE_INT8_ROWS - 1) / HONE_INT8_ROWS * HONE_INT8_ROWS;
}

size_t hone_int8_input_bytes(int64_t rows, int64_t k)
{
    return (size_t)whole(rows) * (2 * sizeof(float) + 3 * (size_t)hone_int8_stride(k));
}

hone_int8_input hone_int8_input_place(void *block, int64_t rows, int64_t k)
{
    float *scale = block;
    int32_t *zero = (int32_t *)(scale + whole(rows));
    int16_t *data = (int16_t *)(zero + whole(rows));
    return (hone_int8_input){
        rows, k, scale, zero, data, (uint8_t *)(data + whole(rows) * hone_int8_stride(k))
    };
}

#define SET(isa)                                                                                   \
    .quantise = hone_int8_quantise_##isa, .product = hone_int8_product_##isa
#define SET4(isa)                                                                                  \
    .quantise4 = hone_int8_quantise4_##isa, .product4 = hone_int8_product4_##isa

static const hone_int8_kernels ref = { "int8_ref", false, SET(ref), SET4(ref) };
#if defined(__x86_64__)
static const hone_int8_kernels avx2 = { "int8_avx2", false, SET(avx2), SET4(avx2) };
static const hone_int8_kernels avx_vnni = { "int8_avx_vnni", true, SET(avx_vnni), SET4(avx2) };
static const hone_int8_kernels avx512 = { "int8_avx512_vnni", true, SET(avx512), SET4(avx2) };
static const hone_int8_kernels amx = { "int8_amx", true, SET(amx), SET4(avx2) };
#endif

const hone_int8_kernels *hone_int8_kernels_for(unsigned features)
{
#if defined(__x86_64__)
    const unsigned wide = HONE_CPU_AVX2 | HONE_CPU_AVX512 | HONE_CPU_VNNI,
                   tiles = HONE_CPU_AMX | HONE_CPU_AMX_INT8;
    if ((features & wide) == wide)
        return (features & tiles) == tiles ? &amx : &avx512;
    if (features & HONE_CPU_AVX2) return features & HONE_CPU_AVX_VNNI ? &avx_vnni : &avx2;
#else
    (void)features;
#endif
    return &ref;
}
