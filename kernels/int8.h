/*
 * Products with the integer weights of exported files: inputs are quantised row by row at run time
 * as the device does (docs/quantisation.md), integers are summed exactly, then come the scales. All
 * kernels give the same bits, whatever rows and outputs are computed together:
 *
 *   int8, a scale a row of w    y = (float)sum_k d[k] w[o,k] * (s * scale[o])
 *   int4, a scale a block b     y = s * sum_b (float)(sum_k in b d[k] w[o,k]) * scale[o,b]
 *
 * with d = q - zp and s of the input row; f32 with one rounding an operation, blocks added in order
 * from 0. Inputs that are not finite make all results of their row NaN.
 *
 * Weights are read where they lie in the file, row-major; it is the inputs that are packed, into an
 * order of each kernel's own. So opening a file copies nothing.
 */
#ifndef HONE_KERNELS_INT8_H
#define HONE_KERNELS_INT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HONE_INT8_ROWS = 16,         /* calls begin at input rows that are multiples of this */
    HONE_INT8_MOST_TERMS = 65536, /* k, so that sums fit 32 bits */
    HONE_INT8_MOST_BLOCK = 8192  /* values of an int4 row that share a scale */
};

/* w [n, k]. */
typedef struct hone_int8_matrix {
    const uint8_t *q;     /* int8; or int4, two a byte, the even one in the low nibble */
    const float *scale;   /* int8: [n]; int4: hone_int8_scale_at(m, row, block) */
    const int32_t *sum;   /* int8: [n] sums of rows, for kernels that want them */
    int64_t n, k;
    int block;            /* 0: int8; int4: values that share a scale, even */
} hone_int8_matrix;

/* int4 scales stand in groups of eight rows: a block's eight are side by side. Behind row n - 1 a
 * group is filled with zeros. */
int64_t hone_int8_scale_count(int64_t n, int64_t k, int block);
int64_t hone_int8_scale_at(const hone_int8_matrix *m, int64_t row, int64_t block);

/* Quantised rows. */
typedef struct hone_int8_input {
    int64_t rows, k;
    float *scale;   /* [rows] s */
    int32_t *zero;  /* [rows] zp + 128 */
    int16_t *data;  /* q - zp, row-major, hone_int8_stride apart */
    uint8_t *packed; /* q + 128 in an order of the kernel's own, where it multiplies bytes */
} hone_int8_input;

/* Bytes that rows rows of k values take; the pointers of an input into such a block, on a cache
 * line. */
size_t hone_int8_input_bytes(int64_t rows, int64_t k);
hone_int8_input hone_int8_input_place(void *block, int64_t rows, int64_t k);
/* Values between two rows of data: k rounded up. */
int64_t hone_int8_stride(int64_t k);

/* Quantises rows from .. to of x [rows, k]; from is a multiple of HONE_INT8_ROWS. */
#define HONE_INT8_QUANTISE(name)                                                                   \
    void name(const hone_int8_input *in, const float *x, int64_t from, int64_t to)

/* y[(i - row0) ldy + o - out0] for the rows row0 .. row1 of in and the outputs out0 .. out1 of w.
 * row0 is a multiple of HONE_INT8_ROWS. */
typedef struct hone_int8_part {
    int64_t row0, row1, out0, out1;
} hone_int8_part;
#define HONE_INT8_PRODUCT(name)                                                                    \
    void name(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *w,         \
              hone_int8_part part)

typedef struct hone_int8_kernels {
    const char *name;  /* "int8_" and amx, avx512_vnni, avx_vnni, avx2 or ref */
    bool sums;         /* wants hone_int8_matrix.sum */
    HONE_INT8_QUANTISE((*quantise));  /* for int8 weights */
    HONE_INT8_PRODUCT((*product));
    HONE_INT8_QUANTISE((*quantise4)); /* for int4 weights */
    HONE_INT8_PRODUCT((*product4));
} hone_int8_kernels;

#define HONE_INT8_SET(isa)                                                                         \
    HONE_INT8_QUANTISE(hone_int8_quantise_##isa);                                                  \
    HONE_INT8_PRODUCT(hone_int8_product_##isa);                                                    \
    HONE_INT8_QUANTISE(hone_int8_quantise4_##isa);                                                 \
    HONE_INT8_PRODUCT(hone_int8_product4_##isa);
HONE_INT8_SET(ref)
HONE_INT8_SET(avx2)
HONE_INT8_SET(avx_vnni)
HONE_INT8_SET(avx512)
HONE_INT8_SET(amx)
#undef HONE_INT8_SET

/* The fastest kernels for a set of features (kernels.h); plain C if there is none. */
const hone_int8_kernels *hone_int8_kernels_for(unsigned features);

/* By the format of w, into an input that only products with such a format read. */
static inline void hone_int8_quantise(const hone_int8_kernels *k, const hone_int8_matrix *w,
                                      const hone_int8_input *in, const float *x, int64_t from,
                                      int64_t to)
{
    (w->block ? k->quantise4 : k->quantise)(in, x, from, to);
}

static inline void hone_int8_product(const hone_int8_kernels *k, float *y, int64_t ldy,
                                     const hone_int8_input *in, const hone_int8_matrix *w,
                                     hone_int8_part part)
{
    (w->block ? k->product4 : k->product)(y, ldy, in, w, part);
}

#endif
