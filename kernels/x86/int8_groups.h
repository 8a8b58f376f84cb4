/*
 * Inputs in groups of sixteen rows for AVX-512 VNNI and AMX (kernels/int8.h): [k / 4][16 rows][4]
 * unsigned bytes, k padded to 64 with what meets weights that are 0. Few rows stay row-major. And
 * what follows the sums: [output][16 rows] in, scaled rows out.
 */
#ifndef HONE_KERNELS_X86_INT8_GROUPS_H
#define HONE_KERNELS_X86_INT8_GROUPS_H

#include <string.h>

#include "kernels/int8.h"

enum { GROUP = HONE_INT8_ROWS, FEW_ROWS = 6 /* at most: a whole input that stays row-major */ };

/* The group of row, a multiple of sixteen. */
static inline uint8_t *group_of(const hone_int8_input *in, int64_t row)
{
    return in->packed + row * hone_int8_stride(in->k);
}

/* Rows that there are of row's group. */
static inline int64_t rows_of_group(const hone_int8_input *in, int64_t row)
{
    return in->rows - row < GROUP ? in->rows - row : GROUP;
}

/* The group's rows from data; rows that there are not are zeros. */
static inline void interleave(const hone_int8_input *in, int64_t row)
{
    const int64_t stride = hone_int8_stride(in->k), rows = rows_of_group(in, row);
    uint8_t *to = group_of(in, row);
    for (int64_t l = 0; l < stride; l += 4, to += 4 * GROUP) {
        for (int64_t r = 0; r < GROUP; r++) {
            uint8_t four[4] = { 0 };
            const int16_t *d = in->data + (row + r) * stride + l;
            for (int j = 0; r < rows && j < 4; j++) four[j] = (uint8_t)(d[j] + in->zero[row + r]);
            memcpy(to + 4 * r, four, sizeof four);
        }
    }
}

/* Sums of one output and a group's rows into a column of y: rows of them, from row i of in on. */
static inline void scale_column(float *y, int64_t ldy, const hone_int8_input *in, int64_t i,
                                int64_t rows, const int32_t sums[GROUP], int32_t sum, float scale)
{
    for (int64_t r = 0; r < rows; r++)
        y[r * ldy] = (float)(sums[r] - in->zero[i + r] * sum) * (in->scale[i + r] * scale);
}

#endif
