/*
 * int8 products with AMX (kernels/int8.h): sixteen rows of weights are a tile where they lie, a
 * group of inputs is the other operand, and a tile of sums is [output][16 rows]. A block is two
 * tiles of outputs by two groups. Few rows go through AVX-512 VNNI, which waits for memory as well.
 */
#include <immintrin.h>

#include "kernels/x86/amx_tiles.h"
#include "kernels/x86/int8_groups.h"

enum { OUTS = 16, DEPTH = 64, TILE = 1024 };

/* A tile of weights, copied with zeros where the matrix ends. */
static void copy_tile(uint8_t *to, const hone_int8_matrix *m, int64_t o, int64_t outs, int64_t l)
{
    const int64_t n = m->k - l < DEPTH ? m->k - l : DEPTH;
    memset(to, 0, TILE);
    for (int64_t j = 0; j < OUTS && j < outs; j++)
        memcpy(to + j * DEPTH, m->q + (o + j) * m->k + l, (size_t)n);
}

/* Weights of the outputs o .. o + 16, of which outs are meant, from term l on, into tile i. */
#define LOAD_WEIGHTS(i, m, o, outs, l)                                                             \
    do {                                                                                           \
        if ((outs) >= OUTS && (m)->k - (l) >= DEPTH) {                                             \
            _tile_loadd(i, (m)->q + (o) * (m)->k + (l), (size_t)(m)->k);                           \
        } else {                                                                                   \
            uint8_t part[TILE] __attribute__((aligned(64)));                                       \
            copy_tile(part, m, o, outs, l);                                                        \
            _tile_loadd(i, part, DEPTH);                                                           \
        }                                                                                          \
    } while (0)

/* Sums of tile i: outputs o .. o + outs by the group of row `row`, of which rows are meant. */
#define STORE(i, y, ldy, in, row, rows, m, o, outs)                                                \
    do {                                                                                           \
        int32_t sums[OUTS][GROUP] __attribute__((aligned(64)));                                    \
        _tile_stored(i, sums, sizeof sums[0]);                                                     \
        for (int64_t j = 0; j < (outs) && j < OUTS; j++)                                           \
            scale_column((y) + j, ldy, in, row, (rows) < GROUP ? (rows) : GROUP, sums[j],          \
                         (m)->sum[(o) + j], (m)->scale[(o) + j]);                                  \
    } while (0)

/* Rows i .. i + rows of at most two groups by the outputs o .. o + outs of at most two tiles. */
static void block(float *y, int64_t ldy, const hone_int8_input *in, const hone_int8_matrix *m,
                  int64_t i, int64_t rows, int64_t o, int64_t outs)
{
    const bool two_groups = rows > GROUP;
    const uint8_t *x = group_of(in, i), *x2 = two_groups ? group_of(in, i + GROUP) : x;
    const int64_t o2 = outs > OUTS ? o + OUTS : o, outs2 = outs > OUTS ? outs - OUTS : outs;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t l = 0; l < m->k; l += DEPTH) {
        _tile_loadd(4, x + l * GROUP, DEPTH);
        _tile_loadd(5, x2 + l * GROUP, DEPTH);
        LOAD_WEIGHTS(6, m, o, outs, l);
        LOAD_WEIGHTS(7, m, o2, outs2, l);
        _tile_dpbsud(0, 6, 4);
        _tile_dpbsud(1, 7, 4);
        _tile_dpbsud(2, 6, 5);
        _tile_dpbsud(3, 7, 5);
    }
    STORE(0, y, ldy, in, i, rows, m, o, outs);
    if (outs > OUTS) STORE(1, y + OUTS, ldy, in, i, rows, m, o2, outs2);
    if (!two_groups) return;
    y += GROUP * ldy;
    STORE(2, y, ldy, in, i + GROUP, rows - GROUP, m, o, outs);
    if (outs > OUTS) STORE(3, y + OUTS, ldy, in, i + GROUP, rows - GROUP, m, o2, outs2);
}

HONE_INT8_PRODUCT(hone_int8_product_amx)
{
    if (in->rows <= FEW_ROWS) {
        hone_int8_product_avx512(y, ldy, in, w, part);
        return;
    }
    tiles_open();
    for (int64_t o = part.out0; o < part.out1; o += 2 * OUTS) {
        const int64_t outs = part.out1 - o < 2 * OUTS ? part.out1 - o : 2 * OUTS;
        for (int64_t i = part.row0; i < part.row1; i += 2 * GROUP) {
            const int64_t rows = part.row1 - i < 2 * GROUP ? part.row1 - i : 2 * GROUP;
            block(y + (i - part.row0) * ldy + o - part.out0, ldy, in, w, i, rows, o, outs);
        }
    }
    _tile_release();
}
