/*
 * Number formats by table: names, block sizes, decoding of rows (model/tensor.h). The block formats
 * of GGUF are decoded in kernels/quant_gguf.c, those of exported files in kernels/quant.c.
 */
#include "model/tensor.h"

#include "common/bytes.h"
#include "common/mem.h"
#include "kernels/quant.h"
#include "kernels/quant_gguf.h"

typedef HONE_DEQUANT(decoder);

typedef struct dtype_row {
    const char *name;
    int block, bytes; /* values and bytes a block; int4 counts pairs */
    decoder *decode;  /* NULL: one of kernels, or with scales elsewhere */
} dtype_row;

static void decode_f32(const uint8_t *p, int64_t n, float *out)
{
    memcpy(out, p, (size_t)n * sizeof(*out));
}

static void decode_i32(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = (float)(int32_t)hone_le32(p + 4 * i);
}

static void decode_i64(const uint8_t *p, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = (float)(int64_t)hone_le64(p + 8 * i);
}

static const dtype_row DTYPES[] = {
    [HONE_F32] = { "F32", 1, 4, decode_f32 },
    [HONE_F16] = { "F16", 1, 2, hone_dequant_f16 },
    [HONE_BF16] = { "BF16", 1, 2, hone_dequant_bf16 },
    [HONE_Q4_0] = { "Q4_0", 32, 18, NULL },
    [HONE_Q4_1] = { "Q4_1", 32, 20, hone_dequant_q4_1 },
    [HONE_Q5_0] = { "Q5_0", 32, 22, NULL },
    [HONE_Q5_1] = { "Q5_1", 32, 24, hone_dequant_q5_1 },
    [HONE_Q8_0] = { "Q8_0", 32, 34, NULL },
    [HONE_Q4_K] = { "Q4_K", 256, 144, NULL },
    [HONE_Q5_K] = { "Q5_K", 256, 176, NULL },
    [HONE_Q6_K] = { "Q6_K", 256, 210, NULL },
    [HONE_I8_ROW] = { "I8", 1, 1, NULL },
    [HONE_I4_BLOCK] = { "I4", 2, 1, NULL },
    [HONE_I4_ROW] = { "I4 per row", 2, 1, NULL },
    [HONE_I32] = { "I32", 1, 4, decode_i32 },
    [HONE_I64] = { "I64", 1, 8, decode_i64 },
};

const char *hone_dtype_name(hone_dtype d)
{
    return DTYPES[d].name;
}

size_t hone_dtype_row_bytes(hone_dtype d, int64_t n)
{
    const dtype_row *r = &DTYPES[d];
    size_t ret = 0;
    if (n <= 0 || n % r->block != 0) return 0;
    return hone_mul_size((size_t)(n / r->block), (size_t)r->bytes, &ret) ? ret : 0;
}

/* How the writer of exported files names the format; HONE_QUANT_KINDS if it never writes it. */
static hone_quant quant_of(const hone_tensor *t)
{
    if (t->dtype == HONE_I8_ROW) return HONE_QUANT_I8_ROW;
    if (t->dtype == HONE_I4_ROW) return HONE_QUANT_I4_ROW;
    return HONE_QUANT_KINDS;
}

static void decode_i4_blocks(const hone_tensor *t, int64_t row, int64_t n, float *out)
{
    const uint8_t *q = t->data + row * (n / 2);
    const int64_t blocks = n / t->block;
    const int64_t piece = t->block < HONE_GGUF_BLOCK ? t->block : HONE_GGUF_BLOCK;
    const uint8_t *scales = t->scales + 2 * row * blocks;
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t at = b * t->block; at < (b + 1) * t->block; at += piece)
            hone_quant_read_row(HONE_QUANT_I4_B32, q + at / 2, scales + 2 * b, piece, out + at);
}

static decoder *decoder_of(hone_dtype d)
{
    const hone_dequant_kernels *k = hone_dequant_kernels_get();
    switch (d) {
    case HONE_Q4_0: return k->q4_0;
    case HONE_Q5_0: return k->q5_0;
    case HONE_Q8_0: return k->q8_0;
    case HONE_Q4_K: return k->q4_k;
    case HONE_Q5_K: return k->q5_k;
    case HONE_Q6_K: return k->q6_k;
    default: return DTYPES[d].decode;
    }
}

void hone_tensor_rows_f32(const hone_tensor *t, int64_t first, int64_t count, float *out)
{
    const int64_t n = t->shape[t->rank - 1];
    const size_t row_bytes = hone_dtype_row_bytes(t->dtype, n);
    const bool scaled = quant_of(t) != HONE_QUANT_KINDS;
    if (t->dtype != HONE_I4_BLOCK && !scaled) { /* rows are whole blocks, one behind the other */
        decoder_of(t->dtype)(t->data + (size_t)first * row_bytes, count * n, out);
        return;
    }
    for (int64_t r = first; r < first + count; r++, out += n) {
        if (scaled)
            hone_quant_read_row(quant_of(t), t->data + (size_t)r * row_bytes, t->scales + 4 * r, n,
                                out);
        else
            decode_i4_blocks(t, r, n, out);
    }
}

/* Whether a 16-bit float at every stride bytes has an exponent of all ones (NaN or infinity). */
static bool any_bad16(const uint8_t *p, size_t n, size_t stride, unsigned exponent)
{
    unsigned bad = 0;
    for (size_t at = 0; at + 2 <= n; at += stride)
        bad |= (hone_le16(p + at) & exponent) == exponent;
    return bad;
}

static bool any_bad32(const uint8_t *p, size_t n)
{
    unsigned bad = 0;
    for (size_t at = 0; at + 4 <= n; at += 4)
        bad |= (hone_le32(p + at) & 0x7F800000u) == 0x7F800000u;
    return bad;
}

/* Block formats carry NaN only in their f16 scales (and minima). */
bool hone_tensor_finite(const hone_tensor *t)
{
    enum { F16_EXPONENT = 0x7C00, BF16_EXPONENT = 0x7F80 };
    const uint8_t *p = t->data;
    const size_t n = t->bytes;
    const size_t small = hone_dtype_row_bytes(t->dtype, 32),
                 large = hone_dtype_row_bytes(t->dtype, 256);
    switch (t->dtype) {
    case HONE_F32: return !any_bad32(p, n);
    case HONE_BF16: return !any_bad16(p, n, 2, BF16_EXPONENT);
    case HONE_F16: return !any_bad16(p, n, 2, F16_EXPONENT);
    case HONE_Q4_0:
    case HONE_Q5_0:
    case HONE_Q8_0: return !any_bad16(p, n, small, F16_EXPONENT);
    case HONE_Q4_1:
    case HONE_Q5_1:
        return !any_bad16(p, n, small, F16_EXPONENT) &&
               !any_bad16(p + 2, n - 2, small, F16_EXPONENT);
    case HONE_Q4_K:
    case HONE_Q5_K:
        return !any_bad16(p, n, large, F16_EXPONENT) &&
               !any_bad16(p + 2, n - 2, large, F16_EXPONENT);
    case HONE_Q6_K: return !any_bad16(p + 208, n - 208, large, F16_EXPONENT);
    case HONE_I4_ROW:
    case HONE_I8_ROW: return !any_bad32(t->scales, (size_t)t->shape[0] * 4);
    case HONE_I4_BLOCK:
        return !any_bad16(t->scales, (size_t)(t->shape[0] * (t->shape[1] / t->block)) * 2, 2,
                          F16_EXPONENT);
    default: return true;
    }
}

/* Numbers that stand beside their scales are one part, the first. */
bool hone_tensor_finite_part(const hone_tensor *t, int i, int parts)
{
    const int64_t rows = t->rank == 2 && !t->scales ? t->shape[0] : 1;
    const int64_t from = (rows * i + parts - 1) / parts, to = (rows * (i + 1) + parts - 1) / parts;
    const size_t bytes = t->bytes / (size_t)rows; /* of a row */
    hone_tensor part = *t;
    if (from == to) return true;
    part.data = t->data + bytes * (size_t)from;
    part.bytes = bytes * (size_t)(to - from);
    return hone_tensor_finite(&part);
}
