/*
 * Number formats of the matrices of exported files (export/tflite.h); what each costs in accuracy
 * is in docs/quantisation.md.
 */
#include <stdio.h>
#include <string.h>

#include "export/tflite.h"

hone_scheme hone_scheme_uniform(hone_quant linears, hone_quant embed)
{
    hone_scheme s = { .embed = embed };
    for (int l = 0; l < HONE_MAX_LAYERS; l++)
        for (int id = 0; id < HONE_LINEARS; id++) s.linear[l][id] = linears;
    return s;
}

static bool uniform(const hone_scheme *s, int layers)
{
    for (int l = 0; l < layers; l++)
        for (int id = 0; id < HONE_LINEARS; id++)
            if (s->linear[l][id] != s->linear[0][0]) return false;
    return true;
}

void hone_scheme_name(const hone_scheme *s, int layers, char *buf, size_t size)
{
    const char *linears = uniform(s, layers) ? hone_quant_name(s->linear[0][0]) : "mixed";
    if (uniform(s, layers) && s->linear[0][0] == s->embed)
        (void)snprintf(buf, size, "%s", linears);
    else
        (void)snprintf(buf, size, "%s (embedding %s)", linears,
                       hone_quant_name(s->embed));
}

/* Scales per row come with a zero point of eight bytes each. */
static uint64_t matrix_bytes(hone_quant q, int64_t rows, int64_t cols)
{
    const size_t zero = q == HONE_QUANT_I8_ROW || q == HONE_QUANT_I4_ROW ? sizeof(int64_t) : 0;
    return (uint64_t)rows *
           (hone_quant_row_bytes(q, cols) + hone_quant_scale_bytes(q, cols) + zero);
}

uint64_t hone_scheme_bytes(const hone_scheme *s, const hone_config *c)
{
    uint64_t sum = matrix_bytes(s->embed, c->V, c->C);
    for (int l = 0; l < c->L; l++)
        for (int id = 0; id < HONE_LINEARS; id++) {
            int64_t out, in;
            hone_config_linear_shape(c, (hone_linear_id)id, &out, &in);
            sum += matrix_bytes(s->linear[l][id], out, in);
        }
    return sum;
}
