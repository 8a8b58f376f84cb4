/*
 * int8 products in plain C: the definition of kernels/int8.h. Data is int16 q - zp, row-major.
 */
#include <math.h>
#include <string.h>

#include "kernels/int8.h"
#include "kernels/quant.h"
#include "kernels/round.h"

static int16_t *row_of(const hone_int8_input *in, int64_t i)
{
    return in->data + i * hone_int8_stride(in->k);
}

static void quantise_row(const hone_int8_input *in, const float *x, int64_t i)
{
    int16_t *d = row_of(in, i);
    float lo = 0, hi = 0, zp;
    bool finite = true;
    for (int64_t l = 0; l < in->k; l++) {
        lo = x[l] < lo ? x[l] : lo;
        hi = x[l] > hi ? x[l] : hi;
        finite = finite && x[l] - x[l] == 0;
    }
    hone_quant_activation_range(lo, hi, &in->scale[i], &zp);
    in->zero[i] = (int32_t)zp + 128;
    if (!finite) in->scale[i] = NAN;
    const float s = in->scale[i], bottom = -128.0f - zp, top = 127.0f - zp;
    for (int64_t l = 0; l < in->k; l++) {
        const float q = finite ? hone_round_even(x[l] / s) : 0;
        d[l] = (int16_t)(q < bottom ? bottom : q > top ? top : q);
    }
}

HONE_INT8_QUANTISE(hone_int8_quantise_ref)
{
    for (int64_t i = from; i < to; i++) quantise_row(in, x + i * in->k, i);
}

HONE_INT8_QUANTISE(hone_int8_quantise4_ref)
{
    hone_int8_quantise_ref(in, x, from, to);
}

HONE_INT8_PRODUCT(hone_int8_product_ref)
{
    for (int64_t i = part.row0; i < part.row1; i++) {
        const int16_t *d = row_of(in, i);
        for (int64_t o = part.out0; o < part.out1; o++) {
            const int8_t *q = (const int8_t *)w->q + o * w->k;
            int32_t sum = 0;
            for (int64_t l = 0; l < w->k; l++) sum += d[l] * q[l];
            y[(i - part.row0) * ldy + o - part.out0] = (float)sum * (in->scale[i] * w->scale[o]);
        }
    }
}

static float blocks(const int16_t *d, const hone_int8_matrix *w, int64_t o)
{
    const uint8_t *q = w->q + o * (w->k / 2);
    float y = 0;
    for (int64_t l = 0, b = 0; l < w->k; b++) {
        const int64_t end = w->k - l < w->block ? w->k : l + w->block;
        int32_t sum = 0;
        for (; l < end; l++) sum += d[l] * (((q[l / 2] >> (l & 1 ? 4 : 0) & 15) ^ 8) - 8);
        const float part = (float)sum * w->scale[hone_int8_scale_at(w, o, b)];
        y += part;
    }
    return y;
}

HONE_INT8_PRODUCT(hone_int8_product4_ref)
{
    for (int64_t i = part.row0; i < part.row1; i++) {
        for (int64_t o = part.out0; o < part.out1; o++)
            y[(i - part.row0) * ldy + o - part.out0] =
                in->scale[i] * blocks(row_of(in, i), w, o);
    }
}
