/*
 * GGUF's blocks with AVX2 (kernels/quant_gguf.h, docs/gguf.md): numbers are brought together as
 * bytes, 32 at a time, then widened. Products and sums are those of the plain versions, in their
 * order and without contraction, so that the bits are the same.
 */
#include <immintrin.h>

#include "kernels/quant_gguf.h"

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i load32(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Sixteen bytes of nibbles: the low ones, then the high ones. */
INLINE __m256i nibbles(const uint8_t *p)
{
    const __m128i q = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m256i both = _mm256_set_m128i(_mm_srli_epi16(q, 4), q);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

/* The low (shift 0) or high (4) nibbles of 32 bytes. */
INLINE __m256i halves(__m256i q, int shift)
{
    return _mm256_and_si256(_mm256_srli_epi16(q, shift), _mm256_set1_epi8(15));
}

/* 16 where mask has a bit, in each byte. */
INLINE __m256i sixteens(__m256i bytes, __m256i mask)
{
    const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, mask), mask);
    return _mm256_and_si256(set, _mm256_set1_epi8(16));
}

/* 16 in byte j where bit j of the four bytes at p is set. */
INLINE __m256i fifth_bits(const uint8_t *p)
{
    const __m256i from = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                          2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201u);
    return sixteens(_mm256_shuffle_epi8(_mm256_set1_epi32((int)hone_le32(p)), from), bit);
}

/* Eight signed bytes, the lowest of x, as floats. */
INLINE __m256 eight(__m128i x)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(x));
}

/* out[i] = scale[i / 16] x[i] of 32 signed bytes. */
INLINE void put(float *out, __m256i x, __m256 scale0, __m256 scale1)
{
    const __m128i a = _mm256_castsi256_si128(x), b = _mm256_extracti128_si256(x, 1);
    _mm256_storeu_ps(out, _mm256_mul_ps(scale0, eight(a)));
    _mm256_storeu_ps(out + 8, _mm256_mul_ps(scale0, eight(_mm_srli_si128(a, 8))));
    _mm256_storeu_ps(out + 16, _mm256_mul_ps(scale1, eight(b)));
    _mm256_storeu_ps(out + 24, _mm256_mul_ps(scale1, eight(_mm_srli_si128(b, 8))));
}

/* The same less low. */
INLINE void put_less(float *out, __m256i x, __m256 scale, __m256 low)
{
    const __m128i a = _mm256_castsi256_si128(x), b = _mm256_extracti128_si256(x, 1);
    const __m128i part[4] = { a, _mm_srli_si128(a, 8), b, _mm_srli_si128(b, 8) };
    for (int i = 0; i < 4; i++) {
        const __m256 product = _mm256_mul_ps(scale, eight(part[i]));
        _mm256_storeu_ps(out + 8 * i, _mm256_sub_ps(product, low));
    }
}

INLINE __m256 scale_at(const uint8_t *p)
{
    return _mm256_set1_ps(hone_f16_to_f32(hone_le16(p)));
}

void hone_dequant_q4_0_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 18, out += 32) {
        const __m256 d = scale_at(p);
        put(out, _mm256_sub_epi8(nibbles(p + 2), _mm256_set1_epi8(8)), d, d);
    }
}

void hone_dequant_q5_0_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 22, out += 32) {
        const __m256 d = scale_at(p);
        const __m256i x = _mm256_or_si256(nibbles(p + 6), fifth_bits(p + 2));
        put(out, _mm256_sub_epi8(x, _mm256_set1_epi8(16)), d, d);
    }
}

void hone_dequant_q8_0_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 34, out += 32) {
        const __m256 d = scale_at(p);
        put(out, load32(p + 2), d, d);
    }
}

/* Scales and minima of the eight groups of Q4_K and Q5_K, times d and dmin. */
typedef struct groups {
    float scale[8], low[8];
} groups;

INLINE groups groups_at(const uint8_t *p)
{
    const float d = hone_f16_to_f32(hone_le16(p)), dmin = hone_f16_to_f32(hone_le16(p + 2));
    const uint8_t *s = p + 4;
    groups g;
    for (int i = 0; i < 4; i++) {
        g.scale[i] = d * (float)(s[i] & 63);
        g.low[i] = dmin * (float)(s[i + 4] & 63);
        g.scale[i + 4] = d * (float)((s[i + 8] & 15) | (s[i] >> 6) << 4);
        g.low[i + 4] = dmin * (float)((s[i + 8] >> 4) | (s[i + 4] >> 6) << 4);
    }
    return g;
}

void hone_dequant_q4_k_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 144) {
        const groups s = groups_at(p);
        for (int g = 0; g < 8; g++, out += 32) {
            const __m256i x = halves(load32(p + 16 + 32 * (g / 2)), 4 * (g & 1));
            put_less(out, x, _mm256_set1_ps(s.scale[g]), _mm256_set1_ps(s.low[g]));
        }
    }
}

void hone_dequant_q5_k_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 176) {
        const groups s = groups_at(p);
        const __m256i h = load32(p + 16);
        for (int g = 0; g < 8; g++, out += 32) {
            const __m256i low = halves(load32(p + 48 + 32 * (g / 2)), 4 * (g & 1));
            const __m256i x = _mm256_or_si256(low, sixteens(h, _mm256_set1_epi8((char)(1 << g))));
            put_less(out, x, _mm256_set1_ps(s.scale[g]), _mm256_set1_ps(s.low[g]));
        }
    }
}

/* Values 32 k .. 32 k + 31 of a half of a Q6_K block, k < 4. */
INLINE void q6_quarter(float *out, const uint8_t *lo, const uint8_t *hi, const uint8_t *sc,
                       float d, int k)
{
    const __m256i low = halves(load32(lo + 32 * (k & 1)), 4 * (k / 2));
    const __m256i pair = _mm256_and_si256(_mm256_srli_epi16(load32(hi), 2 * k),
                                          _mm256_set1_epi8(3));
    const __m256i x = _mm256_or_si256(low, _mm256_slli_epi16(pair, 4));
    put(out, _mm256_sub_epi8(x, _mm256_set1_epi8(32)),
        _mm256_set1_ps(d * (float)(int8_t)sc[2 * k]),
        _mm256_set1_ps(d * (float)(int8_t)sc[2 * k + 1]));
}

void hone_dequant_q6_k_avx2(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 210) {
        const float d = hone_f16_to_f32(hone_le16(p + 208));
        for (int k = 0; k < 8; k++, out += 32) {
            const int half = k / 4;
            q6_quarter(out, p + 64 * half, p + 128 + 32 * half, p + 192 + 8 * half, d, k % 4);
        }
    }
}
