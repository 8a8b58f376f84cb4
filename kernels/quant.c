/*
 * Quantisation arithmetic of exported files (docs/quantisation.md). Everything is f32 with one
 * rounding an operation, so that the writer, the evaluator and every compiler agree on the bits.
 */
#include "kernels/quant.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"
#include "kernels/quant_gguf.h"
#include "kernels/round.h"

#define ABS_MASK 0x7fffffffu
#define SCALE_FLOOR 1e-9f

/* The largest |w|. Bit patterns of non-negative floats are ordered like their values, with infinity
 * and NaN on top: one bad weight cannot hide behind the good ones, as it would in float
 * comparisons. */
static float largest(const float *w, int64_t n)
{
    uint32_t top = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &w[i], sizeof bits);
        bits &= ABS_MASK;
        top = bits > top ? bits : top;
    }
    return hone_f32_of_bits(top);
}

/* --- int8 --- */

static float row_scale_i8(const float *w, int64_t n)
{
    const float scale = largest(w, n) / 127.0f;
    return scale < SCALE_FLOOR ? SCALE_FLOOR : scale; /* a NaN stays, for the caller to report */
}

static inline float round_i8(float w, float scale)
{
    float q = hone_round_even(w / scale);
    q = q < 127.0f ? q : 127.0f;
    return q > -127.0f ? q : -127.0f;
}

void hone_quant_i8_row(const float *w, int64_t n, int8_t *ret_q, float *ret_scale)
{
    const float scale = row_scale_i8(w, n);
    for (int64_t i = 0; i < n; i++) ret_q[i] = (int8_t)round_i8(w[i], scale);
    *ret_scale = scale;
}

/* --- int4 --- */

/* Scales tried for a block are max |w| over these: 7 uses the whole range without clipping, smaller
 * scales clip the largest weights and round the others finer. 8 is exact for a largest weight that
 * is negative. The least squared error wins, the first among equals. */
static const float STEPS[] = { 7.0f, 6.75f, 7.25f, 7.5f, 7.75f, 8.0f, 8.25f, 8.5f, 9.0f };
enum { NUM_STEPS = sizeof(STEPS) / sizeof(STEPS[0]), LANES = 8 };

/* Stored as f16, but the device rounds it to bf16 when it packs the weights: a scale that both hold
 * exactly, positive and normal, is the same number everywhere. */
#define BLOCK_SCALE_MIN 0x1p-14f
#define BLOCK_SCALE_MAX 65280.0f

static float storable_scale(float s)
{
    s = hone_bf16_to_f32(hone_f32_to_bf16(s));
    return s < BLOCK_SCALE_MIN ? BLOCK_SCALE_MIN : s > BLOCK_SCALE_MAX ? BLOCK_SCALE_MAX : s;
}

static inline float round_i4(float w, float inverse)
{
    float q = hone_round_even(w * inverse);
    q = q < 7.0f ? q : 7.0f;
    return q > -8.0f ? q : -8.0f;
}

/* Squared error of a block under a scale; eight partial sums, so that the order of additions does
 * not hang on the compiler. n is a multiple of 8. */
static float block_error(const float *w, int n, float scale)
{
    const float inverse = 1.0f / scale;
    float part[LANES] = { 0 };
    for (int i = 0; i < n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const float d = w[i + l] - scale * round_i4(w[i + l], inverse);
            part[l] += d * d;
        }
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7]));
}

static float block_scale(const float *w, int n)
{
    const float top = largest(w, n);
    if (!(top <= FLT_MAX)) return NAN;
    float best = storable_scale(top / STEPS[0]), least = block_error(w, n, best);
    for (int k = 1; k < NUM_STEPS; k++) {
        const float scale = storable_scale(top / STEPS[k]), error = block_error(w, n, scale);
        if (error < least) {
            least = error;
            best = scale;
        }
    }
    return best;
}

static float row_scale_i4(const float *w, int64_t n)
{
    const float scale = largest(w, n) / 7.0f;
    return scale < SCALE_FLOOR ? SCALE_FLOOR : scale;
}

/* Integers of n <= HONE_QUANT_BLOCK_MAX values; of a scale that is no number, zeros. */
static void round_values_i4(const float *w, int n, float scale, int8_t *q)
{
    const float inverse = 1.0f / scale;
    if (!(scale <= FLT_MAX)) {
        memset(q, 0, (size_t)n);
        return;
    }
    for (int i = 0; i < n; i++) q[i] = (int8_t)round_i4(w[i], inverse);
}

static void pack_i4(const int8_t *q, int n, uint8_t *out)
{
    for (int i = 0; i < n; i += 2)
        out[i / 2] = (uint8_t)((q[i] & 15) | (q[i + 1] & 15) << 4);
}

static void unpack_i4(const uint8_t *p, int64_t n, float scale, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        const int nibble = p[i / 2] >> (i & 1 ? 4 : 0) & 15;
        out[i] = scale * (float)((nibble ^ 8) - 8); /* sign of four bits */
    }
}

/* --- rows in any format --- */

static const struct {
    int block, bits, scale_bytes;
} KINDS[HONE_QUANT_KINDS] = {
    [HONE_QUANT_F32] = { 0, 32, 0 },     [HONE_QUANT_I8_ROW] = { 0, 8, 4 },
    [HONE_QUANT_I4_ROW] = { 0, 4, 4 },   [HONE_QUANT_I4_B32] = { 32, 4, 2 },
    [HONE_QUANT_I4_B64] = { 64, 4, 2 },  [HONE_QUANT_I4_B128] = { 128, 4, 2 },
};

int hone_quant_block(hone_quant q)
{
    return KINDS[q].block;
}

size_t hone_quant_row_bytes(hone_quant q, int64_t n)
{
    if (n <= 0 || (KINDS[q].bits == 4 && n % 2) || (KINDS[q].block && n % KINDS[q].block)) return 0;
    return (size_t)n * (size_t)KINDS[q].bits / 8;
}

size_t hone_quant_scale_bytes(hone_quant q, int64_t n)
{
    const size_t scales = KINDS[q].block ? (size_t)(n / KINDS[q].block) : 1;
    return scales * (size_t)KINDS[q].scale_bytes;
}

/* Values that are rounded at a time: a block, or a piece of a row that has one scale. */
static int piece_length(hone_quant q, int64_t n, int64_t at)
{
    if (KINDS[q].block) return KINDS[q].block;
    return (int)(n - at < HONE_QUANT_BLOCK_MAX ? n - at : HONE_QUANT_BLOCK_MAX);
}

/* Int4 rows: hands each piece's integers and scale to the bytes or to the floats. */
static void row_i4(hone_quant kind, const float *w, int64_t n, uint8_t *data, uint8_t *scales,
                   float *out)
{
    const bool blocks = KINDS[kind].block != 0;
    int8_t q[HONE_QUANT_BLOCK_MAX];
    float scale = blocks ? 0 : row_scale_i4(w, n);
    if (!blocks && scales) hone_put_le32(scales, hone_bits_of_f32(scale));
    for (int64_t at = 0, k = 0; at < n; k++) {
        const int len = piece_length(kind, n, at);
        if (blocks) scale = block_scale(w + at, len);
        if (blocks && scales) hone_put_le16(scales + 2 * k, hone_f32_to_f16(scale));
        round_values_i4(w + at, len, scale, q);
        if (data) pack_i4(q, len, data + at / 2);
        for (int i = 0; out && i < len; i++) out[at + i] = scale * (float)q[i];
        at += len;
    }
}

void hone_quant_row(hone_quant q, const float *w, int64_t n, uint8_t *ret_data,
                    uint8_t *ret_scales)
{
    float scale;
    if (q == HONE_QUANT_F32) {
        for (int64_t i = 0; i < n; i++) hone_put_le32(ret_data + 4 * i, hone_bits_of_f32(w[i]));
    } else if (q == HONE_QUANT_I8_ROW) {
        hone_quant_i8_row(w, n, (int8_t *)ret_data, &scale);
        hone_put_le32(ret_scales, hone_bits_of_f32(scale));
    } else {
        row_i4(q, w, n, ret_data, ret_scales, NULL);
    }
}

void hone_quant_read_row(hone_quant q, const uint8_t *data, const uint8_t *scales, int64_t n,
                         float *out)
{
    if (q == HONE_QUANT_F32) {
        for (int64_t i = 0; i < n; i++) out[i] = hone_le_f32(data + 4 * i);
        return;
    }
    if (KINDS[q].block) {
        for (int64_t at = 0, k = 0; at < n; at += KINDS[q].block, k++)
            unpack_i4(data + at / 2, n - at < KINDS[q].block ? n - at : KINDS[q].block,
                      hone_f16_to_f32(hone_le16(scales + 2 * k)), out + at);
        return;
    }
    const float scale = hone_le_f32(scales);
    if (q == HONE_QUANT_I4_ROW) {
        unpack_i4(data, n, scale, out);
        return;
    }
    for (int64_t i = 0; i < n; i++) out[i] = scale * (float)((const int8_t *)data)[i];
}

void hone_quant_fake_row(hone_quant q, const float *w, int64_t n, float *out)
{
    if (q == HONE_QUANT_F32) {
        if (out != w) memcpy(out, w, (size_t)n * sizeof(*w));
    } else if (q == HONE_QUANT_I8_ROW) {
        const float scale = row_scale_i8(w, n);
        for (int64_t i = 0; i < n; i++) out[i] = scale * (float)(int8_t)round_i8(w[i], scale);
    } else {
        row_i4(q, w, n, NULL, NULL, out);
    }
}

/* --- activations --- */

void hone_quant_activation_range(float lo, float hi, float *ret_scale, float *ret_zp)
{
    const float range = hi - lo, s = range / 255.0f;
    *ret_scale = NAN;
    *ret_zp = 0;
    if (!(range <= FLT_MAX)) return;
    *ret_scale = s >= FLT_MIN ? s : 1.0f; /* inputs this small are zeros */
    const float zp = hone_round_even(-128.0f - lo / *ret_scale);
    *ret_zp = zp < -128.0f ? -128.0f : zp > 127.0f ? 127.0f : zp;
}

void hone_quant_activation(const float *x, int64_t n, float *ret_q_minus_zp, float *ret_scale)
{
    float lo = 0.0f, hi = 0.0f;
    for (int64_t i = 0; i < n; i++) {
        lo = x[i] < lo ? x[i] : lo;
        hi = x[i] > hi ? x[i] : hi;
    }
    float s, zp;
    hone_quant_activation_range(lo, hi, &s, &zp);
    float bottom = -128.0f - zp, top = 127.0f - zp;
    for (int64_t i = 0; i < n; i++) { /* written so that a NaN stays a NaN */
        float q = hone_round_even(x[i] / s);
        q = q < bottom ? bottom : q;
        q = q > top ? top : q;
        ret_q_minus_zp[i] = q;
    }
    *ret_scale = s;
}
