/*
 * bf16 products (kernels/bf16.h) with AMX: a block of 32 rows by 32 columns is four tiles of sums,
 * fed by two tiles of each operand; a single row of tiles takes four tiles of columns at once.
 */
#include "kernels/bf16.h"

#include <immintrin.h>

enum { ROWS = HONE_BF16_ROWS, DEPTH = HONE_BF16_DEPTH, TILE = HONE_BF16_TILE };

/* All eight tiles: 16 rows of 64 bytes (layout: Intel's manual, LDTILECFG). */
typedef struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config;

static const tile_config config = { .palette = 1,
                                    .row_bytes = { 64, 64, 64, 64, 64, 64, 64, 64 },
                                    .rows = { 16, 16, 16, 16, 16, 16, 16, 16 } };

/* The compiler's own function names only 8 of the 64 bytes as read (gcc 12). */
static void tiles_open(void)
{
    __asm__ volatile("ldtilecfg %0" ::"m"(config));
}

/* Where a tile of sums goes: rows by columns of it are valid. */
typedef struct out {
    float *c;
    int64_t ldc, rows, columns;
    bool add;
} out;

static void store_part(const out *o, const float *tile)
{
    const __mmask16 mask = o->columns >= 16 ? 0xffff : (__mmask16)((1u << o->columns) - 1);
    for (int64_t i = 0; i < o->rows && i < ROWS; i++) {
        float *c = o->c + i * o->ldc;
        __m512 sum = _mm512_loadu_ps(tile + 16 * i);
        if (o->add) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, c));
        _mm512_mask_storeu_ps(c, mask, sum);
    }
}

/* Sums of tile register number i to the tile (row, column) of o. */
#define STORE(i, o, row, column)                                                                   \
    do {                                                                                           \
        const out part = { (o)->c + (row) * ROWS * (o)->ldc + (column) * ROWS, (o)->ldc,           \
                           (o)->rows - (row) * ROWS, (o)->columns - (column) * ROWS, (o)->add };   \
        if (!part.add && part.rows >= ROWS && part.columns >= ROWS) {                              \
            _tile_stored(i, part.c, (size_t)part.ldc * sizeof(float));                             \
        } else if (part.rows > 0 && part.columns > 0) {                                            \
            float sums[TILE / 2] __attribute__((aligned(64)));                                     \
            _tile_stored(i, sums, 64);                                                             \
            store_part(&part, sums);                                                               \
        }                                                                                          \
    } while (0)

static void zero_four(void)
{
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

/* Two rows of tiles by two columns of tiles. */
static void block_2_2(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,
                      int count)
{
    zero_four();
    for (int t = 0; t < count; t++) {
        const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;
        const hone_bf16 *a = terms[t].left + tile_m * wide, *b = terms[t].right + tile_n * wide;
        for (int64_t d = 0; d < depth; d++, a += TILE, b += TILE) {
            _tile_loadd(4, a, 64);
            _tile_loadd(6, b, 64);
            _tile_loadd(7, b + wide, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_loadd(5, a + wide, 64);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    STORE(0, o, 0, 0);
    STORE(1, o, 0, 1);
    STORE(2, o, 1, 0);
    STORE(3, o, 1, 1);
}

/* One row of tiles by four columns of tiles. */
static void block_1_4(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,
                      int count)
{
    zero_four();
    for (int t = 0; t < count; t++) {
        const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;
        const hone_bf16 *a = terms[t].left + tile_m * wide, *b = terms[t].right + tile_n * wide;
        for (int64_t d = 0; d < depth; d++, a += TILE, b += TILE) {
            _tile_loadd(4, a, 64);
            _tile_loadd(5, b, 64);
            _tile_loadd(6, b + wide, 64);
            _tile_dpbf16ps(0, 4, 5);
            _tile_dpbf16ps(1, 4, 6);
            _tile_loadd(7, b + 2 * wide, 64);
            _tile_loadd(5, b + 3 * wide, 64);
            _tile_dpbf16ps(2, 4, 7);
            _tile_dpbf16ps(3, 4, 5);
        }
    }
    STORE(0, o, 0, 0);
    STORE(1, o, 0, 1);
    STORE(2, o, 0, 2);
    STORE(3, o, 0, 3);
}

/* One tile of sums. */
static void block_1_1(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,
                      int count)
{
    _tile_zero(0);
    for (int t = 0; t < count; t++) {
        const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;
        const hone_bf16 *a = terms[t].left + tile_m * wide, *b = terms[t].right + tile_n * wide;
        for (int64_t d = 0; d < depth; d++, a += TILE, b += TILE) {
            _tile_loadd(4, a, 64);
            _tile_loadd(5, b, 64);
            _tile_dpbf16ps(0, 4, 5);
        }
    }
    STORE(0, o, 0, 0);
}

typedef struct product {
    out o;
    const hone_bf16_term *terms;
    int count;
} product;

static out at(const product *p, int64_t i, int64_t j)
{
    out o = p->o;
    o.c += i * ROWS * o.ldc + j * ROWS;
    o.rows -= i * ROWS;
    o.columns -= j * ROWS;
    return o;
}

/* The last row of tiles of an odd number. */
static void single_row(const product *p, int64_t i, int64_t tiles_n)
{
    int64_t j = 0;
    for (; j + 4 <= tiles_n; j += 4) {
        const out o = at(p, i, j);
        block_1_4(&o, i, j, p->terms, p->count);
    }
    for (; j < tiles_n; j++) {
        const out o = at(p, i, j);
        block_1_1(&o, i, j, p->terms, p->count);
    }
}

HONE_BF16_GEMM(hone_bf16_gemm_amx)
{
    const int64_t tiles_m = (m + ROWS - 1) / ROWS, tiles_n = (n + ROWS - 1) / ROWS;
    const product p = { { c, ldc, m, n, add }, terms, count };
    tiles_open();
    for (int64_t j = 0; j < tiles_n; j += 2) {
        for (int64_t i = 0; i + 2 <= tiles_m; i += 2) {
            if (j + 2 <= tiles_n) {
                const out o = at(&p, i, j);
                block_2_2(&o, i, j, terms, count);
                continue;
            }
            for (int64_t r = i; r < i + 2; r++) {
                const out o = at(&p, r, j);
                block_1_1(&o, r, j, terms, count);
            }
        }
    }
    if (tiles_m % 2) single_row(&p, tiles_m - 1, tiles_n);
    _tile_release();
}
