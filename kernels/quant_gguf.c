/*
 * Decoders of 16-bit floats and of GGUF's block formats, and the encoders of those that we write
 * (docs/gguf.md). Plain loops; every product is rounded once per operation in f32, in the order of
 * the formulas, so that all machines give the same bits. Every start of the program waits for most
 * of the decoders: those have faster versions (x86/dequant_avx2.c).
 */
#include "kernels/quant_gguf.h"

#include <pthread.h>

#include "kernels/kernels.h"
#include "kernels/round.h"

uint16_t hone_f32_to_f16(float f)
{
    const uint32_t bits = hone_bits_of_f32(f);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    const uint32_t a = bits & 0x7FFFFFFFu;
    if (a > 0x7F800000u) return (uint16_t)(sign | 0x7E00u | (a >> 13 & 0x1FFu));
    if (a >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u); /* >= 65520 rounds to infinity */
    if (a >= 0x38800000u) { /* normal: rebias, then round half to even on the 13 dropped bits */
        const uint32_t r = a - 0x38000000u;
        return (uint16_t)(sign | ((r + 0xFFFu + (r >> 13 & 1u)) >> 13));
    }
    if (a < 0x33000000u) return sign; /* under half of the smallest subnormal */
    const uint32_t shift = 126u - (a >> 23);
    const uint32_t m = (a & 0x7FFFFFu) | 0x800000u;
    const uint32_t half = 1u << (shift - 1);
    return (uint16_t)(sign | ((m + half - 1 + (m >> shift & 1u)) >> shift));
}

float hone_bf16_to_f32(uint16_t h)
{
    return hone_f32_of_bits((uint32_t)h << 16);
}

uint16_t hone_f32_to_bf16(float f)
{
    const uint32_t bits = hone_bits_of_f32(f);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

void hone_dequant_f16(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = hone_f16_to_f32(hone_le16(p + 2 * i));
}

void hone_dequant_bf16(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = hone_bf16_to_f32(hone_le16(p + 2 * i));
}

void hone_dequant_q4_0(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 18, out += 32) {
        const float d = hone_f16_to_f32(hone_le16(p));
        const uint8_t *q = p + 2;
        for (int j = 0; j < 16; j++) {
            out[j] = d * (float)((q[j] & 15) - 8);
            out[j + 16] = d * (float)((q[j] >> 4) - 8);
        }
    }
}

void hone_dequant_q4_1(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 20, out += 32) {
        const float d = hone_f16_to_f32(hone_le16(p)), m = hone_f16_to_f32(hone_le16(p + 2));
        const uint8_t *q = p + 4;
        for (int j = 0; j < 16; j++) {
            out[j] = d * (float)(q[j] & 15) + m;
            out[j + 16] = d * (float)(q[j] >> 4) + m;
        }
    }
}

/* The 32 five-bit numbers of a block: nibbles of q with their fifth bits from h. */
static inline void fives(const uint8_t *q, uint32_t h, int x[32])
{
    for (int j = 0; j < 16; j++) {
        x[j] = (int)((q[j] & 15u) | (h >> j & 1u) << 4);
        x[j + 16] = (int)((q[j] >> 4) | (h >> (j + 16) & 1u) << 4);
    }
}

void hone_dequant_q5_0(const uint8_t *p, int64_t n, float *out)
{
    int x[32];
    for (int64_t b = 0; b < n / 32; b++, p += 22, out += 32) {
        const float d = hone_f16_to_f32(hone_le16(p));
        fives(p + 6, hone_le32(p + 2), x);
        for (int j = 0; j < 32; j++) out[j] = d * (float)(x[j] - 16);
    }
}

void hone_dequant_q5_1(const uint8_t *p, int64_t n, float *out)
{
    int x[32];
    for (int64_t b = 0; b < n / 32; b++, p += 24, out += 32) {
        const float d = hone_f16_to_f32(hone_le16(p)), m = hone_f16_to_f32(hone_le16(p + 2));
        fives(p + 8, hone_le32(p + 4), x);
        for (int j = 0; j < 32; j++) out[j] = d * (float)x[j] + m;
    }
}

void hone_dequant_q8_0(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 32; b++, p += 34, out += 32) {
        const float d = hone_f16_to_f32(hone_le16(p));
        for (int j = 0; j < 32; j++) out[j] = d * (float)(int8_t)p[2 + j];
    }
}

/* Six-bit scale and minimum of group g (0..7) out of the 12 packed bytes of Q4_K and Q5_K. */
static inline void scale_min(const uint8_t s[12], int g, int *ret_scale, int *ret_min)
{
    if (g < 4) {
        *ret_scale = s[g] & 63;
        *ret_min = s[g + 4] & 63;
    } else {
        *ret_scale = (s[g + 4] & 15) | (s[g - 4] >> 6) << 4;
        *ret_min = (s[g + 4] >> 4) | (s[g] >> 6) << 4;
    }
}

void hone_dequant_q4_k(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 144) {
        const float d = hone_f16_to_f32(hone_le16(p)), dmin = hone_f16_to_f32(hone_le16(p + 2));
        for (int g = 0; g < 8; g++, out += 32) {
            int sc, mn;
            scale_min(p + 4, g, &sc, &mn);
            const float scale = d * (float)sc, low = dmin * (float)mn;
            const uint8_t *q = p + 16 + 32 * (g / 2);
            const int shift = 4 * (g & 1);
            for (int l = 0; l < 32; l++) out[l] = scale * (float)(q[l] >> shift & 15) - low;
        }
    }
}

void hone_dequant_q5_k(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 176) {
        const float d = hone_f16_to_f32(hone_le16(p)), dmin = hone_f16_to_f32(hone_le16(p + 2));
        const uint8_t *h = p + 16;
        for (int g = 0; g < 8; g++, out += 32) {
            int sc, mn;
            scale_min(p + 4, g, &sc, &mn);
            const float scale = d * (float)sc, low = dmin * (float)mn;
            const uint8_t *q = p + 48 + 32 * (g / 2);
            const int shift = 4 * (g & 1);
            for (int l = 0; l < 32; l++) {
                const int x = (q[l] >> shift & 15) | (h[l] >> g & 1) << 4;
                out[l] = scale * (float)x - low;
            }
        }
    }
}

/* One half (128 values) of a Q6_K block. */
static inline void q6_half(const uint8_t *lo, const uint8_t *hi, const uint8_t *sc, float d,
                           float *out)
{
    for (int l = 0; l < 32; l++) {
        const int x[4] = {
            (lo[l] & 15) | (hi[l] & 3) << 4,
            (lo[l + 32] & 15) | (hi[l] >> 2 & 3) << 4,
            (lo[l] >> 4) | (hi[l] >> 4 & 3) << 4,
            (lo[l + 32] >> 4) | (hi[l] >> 6) << 4,
        };
        for (int k = 0; k < 4; k++)
            out[l + 32 * k] = d * (float)(int8_t)sc[l / 16 + 2 * k] * (float)(x[k] - 32);
    }
}

void hone_dequant_q6_k(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t b = 0; b < n / 256; b++, p += 210, out += 256) {
        const float d = hone_f16_to_f32(hone_le16(p + 208));
        q6_half(p, p + 128, p + 192, d, out);
        q6_half(p + 64, p + 160, p + 200, d, out + 128);
    }
}

/* --- choosing --- */

#define X(format) .format = hone_dequant_##format,
static const hone_dequant_kernels ref = { .name = "ref", HONE_DEQUANT_LIST(X) };
#undef X
#if defined(__x86_64__)
#define X(format) .format = hone_dequant_##format##_avx2,
static const hone_dequant_kernels avx2 = { .name = "avx2", HONE_DEQUANT_LIST(X) };
#undef X
#endif

const hone_dequant_kernels *hone_dequant_kernels_for(unsigned features)
{
#if defined(__x86_64__)
    if (features & HONE_CPU_AVX2) return &avx2;
#endif
    (void)features;
    return &ref;
}

static const hone_dequant_kernels *process_kernels;

static void choose(void)
{
    process_kernels = hone_dequant_kernels_for(hone_cpu_features());
}

const hone_dequant_kernels *hone_dequant_kernels_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return process_kernels;
}

/* --- writing --- */

void hone_quant_f16(const float *w, int64_t n, uint8_t *out)
{
    for (int64_t i = 0; i < n; i++) hone_put_le16(out + 2 * i, hone_f32_to_f16(w[i]));
}

static inline float clip(float x, float lo, float hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* The value of largest magnitude, with its sign. */
static float extreme(const float *w, int n)
{
    float top = 0;
    for (int i = 0; i < n; i++)
        if ((w[i] < 0 ? -w[i] : w[i]) > (top < 0 ? -top : top)) top = w[i];
    return top;
}

void hone_quant_q8_0(const float *w, int64_t n, uint8_t *out)
{
    for (int64_t b = 0; b < n / HONE_GGUF_BLOCK; b++, out += 34, w += HONE_GGUF_BLOCK) {
        const float top = extreme(w, HONE_GGUF_BLOCK), d = (top < 0 ? -top : top) / 127.0f;
        const float inverse = d > 0 ? 1.0f / d : 0;
        hone_put_le16(out, hone_f32_to_f16(d));
        for (int j = 0; j < HONE_GGUF_BLOCK; j++)
            out[2 + j] = (uint8_t)(int8_t)clip(hone_round_even(w[j] * inverse), -127.0f, 127.0f);
    }
}

/* The extreme value becomes -8, the end of the range that has one number more. */
void hone_quant_q4_0(const float *w, int64_t n, uint8_t *out)
{
    for (int64_t b = 0; b < n / HONE_GGUF_BLOCK; b++, out += 18, w += HONE_GGUF_BLOCK) {
        const float d = extreme(w, HONE_GGUF_BLOCK) / -8.0f;
        const float inverse = d != 0 ? 1.0f / d : 0;
        uint8_t q[HONE_GGUF_BLOCK];
        hone_put_le16(out, hone_f32_to_f16(d));
        for (int j = 0; j < HONE_GGUF_BLOCK; j++)
            q[j] = (uint8_t)clip(hone_round_even(w[j] * inverse) + 8.0f, 0.0f, 15.0f);
        for (int j = 0; j < 16; j++) out[2 + j] = (uint8_t)(q[j] | q[j + 16] << 4);
    }
}
