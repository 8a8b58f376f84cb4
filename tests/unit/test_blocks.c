/*
 * Block formats of GGUF against a second implementation: one value at a time, straight from the
 * table of docs/gguf.md, in double. f32 results must lie within two roundings of it. 16-bit floats
 * are checked on all 65,536 patterns and on the borders of rounding.
 */
#include <math.h>
#include <string.h>

#include "common/bytes.h"
#include "common/rng.h"
#include "kernels/quant_gguf.h"
#include "model/tensor.h"
#include "tests/support.h"

enum { BLOCKS = 64 };

static double half_value(uint16_t h)
{
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const double sign = h & 0x8000 ? -1.0 : 1.0;
    if (exponent == 31) return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

static double half_at(const uint8_t *p)
{
    return half_value((uint16_t)(p[0] + 256 * p[1]));
}

static double value_q4(const uint8_t *p, int i, int with_min)
{
    const uint8_t *q = p + 2 + 2 * with_min;
    const int x = i < 16 ? q[i] % 16 : q[i - 16] / 16;
    return with_min ? half_at(p) * x + half_at(p + 2) : half_at(p) * (x - 8);
}

static double value_q5(const uint8_t *p, int i, int with_min)
{
    const uint8_t *h = p + 2 + 2 * with_min, *q = h + 4;
    const int low = i < 16 ? q[i] % 16 : q[i - 16] / 16;
    const int x = low + 16 * (h[i / 8] >> i % 8 & 1);
    return with_min ? half_at(p) * x + half_at(p + 2) : half_at(p) * (x - 16);
}

static double value_q8(const uint8_t *p, int i)
{
    const int b = p[2 + i];
    return half_at(p) * (b < 128 ? b : b - 256);
}

static void six_bits(const uint8_t *s, int g, int *sc, int *mn)
{
    *sc = g < 4 ? s[g] % 64 : s[g + 4] % 16 + 16 * (s[g - 4] / 64);
    *mn = g < 4 ? s[g + 4] % 64 : s[g + 4] / 16 + 16 * (s[g] / 64);
}

static double value_k(const uint8_t *p, int i, int five)
{
    const int g = i / 32, l = i % 32;
    const uint8_t *q = p + (five ? 48 : 16);
    int sc, mn, x = q[32 * (g / 2) + l];
    six_bits(p + 4, g, &sc, &mn);
    x = g % 2 ? x / 16 : x % 16;
    if (five) x += 16 * (p[16 + l] >> g & 1);
    return half_at(p) * sc * x - half_at(p + 2) * mn;
}

static double value_q6(const uint8_t *p, int i)
{
    const int half = i / 128, l = i % 32, k = i % 128 / 32;
    const uint8_t *lo = p + 64 * half, *hi = p + 128 + 32 * half, *sc = p + 192 + 8 * half;
    const int low = k < 2 ? lo[l + 32 * k] % 16 : lo[l + 32 * (k - 2)] / 16;
    const int x = low + 16 * (hi[l] >> 2 * k & 3);
    const int s = sc[l / 16 + 2 * k];
    return half_at(p + 208) * (s < 128 ? s : s - 256) * (x - 32);
}

static double value_of(hone_dtype d, const uint8_t *p, int i)
{
    switch (d) {
    case HONE_Q4_0: return value_q4(p, i, 0);
    case HONE_Q4_1: return value_q4(p, i, 1);
    case HONE_Q5_0: return value_q5(p, i, 0);
    case HONE_Q5_1: return value_q5(p, i, 1);
    case HONE_Q8_0: return value_q8(p, i);
    case HONE_Q4_K: return value_k(p, i, 0);
    case HONE_Q5_K: return value_k(p, i, 1);
    default: return value_q6(p, i);
    }
}

/* Offsets of the f16 scales in a block, -1 for none. */
static void scale_places(hone_dtype d, int at[2])
{
    at[0] = d == HONE_Q6_K ? 208 : 0;
    at[1] = d == HONE_Q4_1 || d == HONE_Q5_1 || d == HONE_Q4_K || d == HONE_Q5_K ? 2 : -1;
}

static void random_blocks(hone_dtype d, uint8_t *p, size_t block_bytes, uint64_t seed)
{
    hone_rng r = { seed, 0, HONE_RNG_TEST, (uint32_t)d };
    int at[2];
    scale_places(d, at);
    for (size_t i = 0; i < BLOCKS * block_bytes; i++) p[i] = (uint8_t)hone_rng_next(&r);
    for (size_t b = 0; b < BLOCKS; b++) /* finite scales, subnormal ones included */
        for (int k = 0; k < 2; k++)
            if (at[k] >= 0) p[b * block_bytes + (size_t)at[k] + 1] &= 0xBB;
}

/* What the three roundings are relative to: where a minimum is taken off, the parts may cancel. */
static double part_size(hone_dtype d, const uint8_t *block, double want)
{
    int at[2];
    scale_places(d, at);
    if (at[1] < 0) return fabs(want);
    return fabs(half_at(block)) * 63 * 31 + fabs(half_at(block + 2)) * 63;
}

START_TEST(random_values)
{
    static const hone_dtype formats[] = { HONE_Q4_0, HONE_Q4_1, HONE_Q5_0, HONE_Q5_1,
                                          HONE_Q8_0, HONE_Q4_K, HONE_Q5_K, HONE_Q6_K };
    const hone_dtype d = formats[_i];
    const int n = d >= HONE_Q4_K ? 256 : 32;
    const size_t bytes = hone_dtype_row_bytes(d, n);
    uint8_t *p = hone_malloc(BLOCKS * bytes + 1);
    float *out = hone_calloc(BLOCKS * (size_t)n, sizeof(*out));
    for (uint64_t seed = 0; seed < 20; seed++) {
        random_blocks(d, p + 1, bytes, seed); /* at an odd address */
        const hone_tensor t = {
            .dtype = d, .rank = 2, .shape = { BLOCKS / 2, 2 * n }, .data = p + 1
        };
        hone_tensor_rows_f32(&t, 0, BLOCKS / 2, out);
        for (int i = 0; i < BLOCKS * n; i++) {
            const uint8_t *block = p + 1 + (size_t)(i / n) * bytes;
            const double want = value_of(d, block, i % n);
            SUPPORT_MUST(fabs((double)out[i] - want) <= 3 * 0x1p-24 * part_size(d, block, want));
        }
    }
    hone_free(out);
    hone_free(p);
}
END_TEST

START_TEST(exact_formats)
{
    /* one product of short numbers is exact in f32: no tolerance at all */
    static const hone_dtype formats[] = { HONE_Q4_0, HONE_Q5_0, HONE_Q8_0 };
    uint8_t p[BLOCKS * 34];
    float out[BLOCKS * 32];
    for (size_t f = 0; f < 3; f++) {
        const size_t bytes = hone_dtype_row_bytes(formats[f], 32);
        random_blocks(formats[f], p, bytes, 77);
        const hone_tensor t = {
            .dtype = formats[f], .rank = 1, .shape = { BLOCKS * 32 }, .data = p
        };
        hone_tensor_rows_f32(&t, 0, 1, out);
        for (int i = 0; i < BLOCKS * 32; i++)
            SUPPORT_MUST((double)out[i] ==
                         value_of(formats[f], p + (size_t)(i / 32) * bytes, i % 32));
    }
}
END_TEST

START_TEST(half_patterns)
{
    for (uint32_t h = 0; h < 65536; h++) {
        const double want = half_value((uint16_t)h);
        const float have = hone_f16_to_f32((uint16_t)h);
        if (isnan(want)) {
            SUPPORT_MUST(isnan(have));
            SUPPORT_MUST((hone_f32_to_f16(have) & 0x7C00) == 0x7C00);
            SUPPORT_MUST((hone_f32_to_f16(have) & 0x03FF) != 0);
            continue;
        }
        SUPPORT_MUST((double)have == want);
        SUPPORT_MUST(hone_f32_to_f16(have) == (h));
    }
}
END_TEST

/* Nearest 16-bit pattern by search over both neighbours; ties to the even one. */
START_TEST(half_rounding)
{
    for (uint32_t h = 0; h < 0x7BFF; h++) {
        const double a = half_value((uint16_t)h), b = half_value((uint16_t)(h + 1));
        const float middle = (float)((a + b) / 2);
        SUPPORT_MUST(hone_f32_to_f16(middle) == (h % 2 ? h + 1 : h));
        SUPPORT_MUST(hone_f32_to_f16(nextafterf(middle, 0)) == (h));
        SUPPORT_MUST(hone_f32_to_f16(nextafterf(middle, INFINITY)) == (h + 1));
        SUPPORT_MUST(hone_f32_to_f16(-middle) == (0x8000u | (h % 2 ? h + 1 : h)));
    }
    ck_assert_uint_eq(hone_f32_to_f16(65519.996f), 0x7BFF);
    SUPPORT_MUST(hone_f32_to_f16(65520.0f) == (0x7C00));
    SUPPORT_MUST(hone_f32_to_f16(1e30f) == (0x7C00));
    ck_assert_uint_eq(hone_f32_to_f16(-INFINITY), 0xFC00);
}
END_TEST

START_TEST(bfloat_patterns)
{
    for (uint32_t h = 0; h < 65536; h++) {
        const float v = hone_bf16_to_f32((uint16_t)h);
        SUPPORT_MUST(hone_bits_of_f32(v) == (h << 16));
        if (isnan(v))
            SUPPORT_MUST(isnan(hone_bf16_to_f32(hone_f32_to_bf16(v))));
        else
            SUPPORT_MUST(hone_f32_to_bf16(v) == (h));
        if ((h & 0x7FFF) >= 0x7F80) continue;
        const uint32_t half = h << 16 | 0x8000; /* half way to the next */
        SUPPORT_MUST(hone_f32_to_bf16(hone_f32_of_bits(half)) == (h % 2 ? h + 1 : h));
        SUPPORT_MUST(hone_f32_to_bf16(hone_f32_of_bits(half - 1)) == (h));
        SUPPORT_MUST(hone_f32_to_bf16(hone_f32_of_bits(half + 1)) == (h + 1));
    }
    SUPPORT_MUST(isnan(hone_bf16_to_f32(hone_f32_to_bf16(hone_f32_of_bits(0x7F800001)))));
}
END_TEST

START_TEST(exported_formats)
{
    const int8_t q[2][4] = { { -127, 127, 0, 5 }, { 1, -1, 2, -2 } };
    const float scales[2] = { 0.5f, 3.0f };
    float out[8];
    const hone_tensor rows = { .dtype = HONE_I8_ROW,
                               .rank = 2,
                               .shape = { 2, 4 },
                               .data = (const uint8_t *)q,
                               .scales = (const uint8_t *)scales };
    hone_tensor_rows_f32(&rows, 0, 2, out);
    ck_assert(out[0] == -63.5f && out[1] == 63.5f && out[3] == 2.5f && out[5] == -3.0f);
    /* two blocks of four values: 1, -8, 7, -1 and 2, 0, -2, 3 */
    const uint8_t nibbles[4] = { 0x81, 0xF7, 0x02, 0x3E };
    const uint8_t halves[5] = { 0xEE, 0x00, 0x3C, 0x00, 0x40 }; /* 1.0 and 2.0 at an odd address */
    const hone_tensor blocks = { .dtype = HONE_I4_BLOCK,
                                 .rank = 2,
                                 .shape = { 1, 8 },
                                 .block = 4,
                                 .data = nibbles,
                                 .scales = halves + 1 };
    const float want[8] = { 1, -8, 7, -1, 4, 0, -4, 6 };
    hone_tensor_rows_f32(&blocks, 0, 1, out);
    for (int i = 0; i < 8; i++) ck_assert(out[i] == want[i]);
}
END_TEST

START_TEST(row_sizes)
{
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_F32, 640), 2560);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_Q8_0, 640), 680);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_Q4_K, 640), 0); /* no whole block */
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_Q6_K, 2048), 1680);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_I4_BLOCK, 33), 0);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_F32, 0), 0);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_F32, -4), 0);
    ck_assert_uint_eq(hone_dtype_row_bytes(HONE_I64, INT64_MAX), 0);
}
END_TEST

/* A bad scale anywhere is in one part, whatever their number. */
START_TEST(parts_are_all)
{
    enum { ROWS = 13 };
    uint8_t p[ROWS * 34] = { 0 };
    const hone_tensor t = {
        .dtype = HONE_Q8_0, .rank = 2, .shape = { ROWS, 32 }, .data = p, .bytes = sizeof p
    };
    for (int parts = 1; parts <= ROWS + 3; parts++) {
        for (int row = 0; row < ROWS; row++) {
            int bad = 0;
            p[row * 34 + 1] = 0x7C;
            for (int i = 0; i < parts; i++) bad += !hone_tensor_finite_part(&t, i, parts);
            ck_assert_int_eq(bad, 1);
            p[row * 34 + 1] = 0;
        }
        for (int i = 0; i < parts; i++) ck_assert(hone_tensor_finite_part(&t, i, parts));
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("blocks");
    tcase_add_loop_test(t, random_values, 0, 8);
    tcase_add_test(t, exact_formats);
    tcase_add_test(t, half_patterns);
    tcase_add_test(t, half_rounding);
    tcase_add_test(t, bfloat_patterns);
    tcase_add_test(t, exported_formats);
    tcase_add_test(t, row_sizes);
    tcase_add_test(t, parts_are_all);
    return support_run(t);
}
