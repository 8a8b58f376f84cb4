/*
 * bf16 products (kernels/bf16.h) with AMX: a block of 32 rows by 32 columns is four tiles of sums,
 * fed by two tiles of each operand; a single row or column of tiles is taken four tiles at a time.
 *
 * All rows pass by two columns of tiles of the right operand before the next two: those stay in the
 * first cache (40 KB at k = 640), as long as the left operand's tiles come from the second cache
 * past it (TILELOADDT1). Of a right operand that the second cache does not hold, the columns after
 * these are fetched meanwhile.
 */
#include "kernels/bf16.h"

#include <immintrin.h>
#include <string.h>

#include "kernels/x86/amx_tiles.h"

enum { ROWS = HONE_BF16_ROWS, DEPTH = HONE_BF16_DEPTH, TILE = HONE_BF16_TILE };

/* Where a tile of sums goes: rows by columns of it are valid. Or, with half, to tile column `at` of
 * a packed left operand, whose rows of tiles lie at distances of half_wide. */
typedef struct out {
    float *c;
    int64_t ldc, rows, columns;
    bool add;
    hone_bf16 *half;
    int64_t half_wide, at;
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

/* Half a left tile; the last one of an odd number has nothing beside it. What lies beyond rows and
 * columns is zero already, since operands are. */
static void store_half(const out *o, int64_t row, int64_t column, const float *tile)
{
    const int64_t at = o->at + column, odd = at % 2;
    hone_bf16 *dst = o->half + row * o->half_wide + at / 2 * TILE;
    const bool alone = !odd && o->columns - column * ROWS <= ROWS;
    if (row * ROWS >= o->rows || column * ROWS >= o->columns) return;
    for (int i = 0; i < ROWS; i++) {
        const __m256bh sums = _mm512_cvtneps_pbh(_mm512_load_ps(tile + 16 * i));
        memcpy(dst + i * DEPTH + odd * ROWS, &sums, sizeof sums);
        if (alone) memset(dst + i * DEPTH + ROWS, 0, sizeof sums);
    }
}

/* Sums of tile register number i to the tile (row, column) of o. */
#define STORE(i, o, row, column)                                                                   \
    do {                                                                                           \
        float sums[TILE / 2] __attribute__((aligned(64)));                                         \
        if ((o)->half) {                                                                           \
            _tile_stored(i, sums, 64);                                                             \
            store_half(o, row, column, sums);                                                      \
            break;                                                                                 \
        }                                                                                          \
        const out part = { (o)->c + (row) * ROWS * (o)->ldc + (column) * ROWS, (o)->ldc,           \
                           (o)->rows - (row) * ROWS, (o)->columns - (column) * ROWS, (o)->add,     \
                           NULL, 0, 0 };                                                           \
        if (!part.add && part.rows >= ROWS && part.columns >= ROWS) {                              \
            _tile_stored(i, part.c, (size_t)part.ldc * sizeof(float));                             \
        } else if (part.rows > 0 && part.columns > 0) {                                            \
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

/* Brings lines of memory into the second cache. Behind the end of an operand that is harmless. */
static void fetch(const hone_bf16 *from, int64_t lines)
{
    for (int64_t i = 0; i < lines; i++)
        _mm_prefetch((const char *)(from + i * DEPTH), _MM_HINT_T1);
}

/* Makes ready for writing what step d of depth has of the results' lines: they are seldom in the
 * cache, and a store would wait for them. */
static void fetch_results(const out *o, int64_t d, int64_t depth)
{
    const int64_t each = (2 * ROWS + depth - 1) / depth, end = (d + 1) * each;
    if (o->half) return;
    for (int64_t i = d * each; i < end && i < 2 * ROWS && i < o->rows; i++) {
        __builtin_prefetch(o->c + i * o->ldc, 1);
        __builtin_prefetch(o->c + i * o->ldc + ROWS, 1);
    }
}

/* Two rows of tiles by two columns of tiles; lines: how many each step fetches of the next two
 * columns. */
static void block_2_2(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,
                      int count, int64_t lines)
{
    zero_four();
    for (int t = 0; t < count; t++) {
        const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;
        const hone_bf16 *a = terms[t].left + tile_m * wide, *b = terms[t].right + tile_n * wide;
        const hone_bf16 *next = b + 2 * wide + tile_m / 2 * depth * lines * DEPTH;
        for (int64_t d = 0; d < depth; d++, a += TILE, b += TILE, next += lines * DEPTH) {
            fetch(next, lines);
            if (t == 0) fetch_results(o, d, depth);
            _tile_stream_loadd(4, a, 64);
            _tile_loadd(6, b, 64);
            _tile_loadd(7, b + wide, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_stream_loadd(5, a + wide, 64);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    STORE(0, o, 0, 0);
    STORE(1, o, 0, 1);
    STORE(2, o, 1, 0);
    STORE(3, o, 1, 1);
}

/* Four tiles of sums that share one tile of an operand: one row of tiles by four columns (SHARED is
 * the left operand), or four rows by one column. */
#define BLOCK_FOUR(name, SHARED, OTHER, shared_at, other_at, MULTIPLY, ROW, COLUMN)                \
    static void name(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,    \
                     int count)                                                                    \
    {                                                                                              \
        zero_four();                                                                               \
        for (int t = 0; t < count; t++) {                                                          \
            const int64_t depth = (terms[t].k + DEPTH - 1) / DEPTH, wide = depth * TILE;           \
            const hone_bf16 *one = terms[t].SHARED + shared_at * wide,                             \
                            *four = terms[t].OTHER + other_at * wide;                              \
            for (int64_t d = 0; d < depth; d++, one += TILE, four += TILE) {                       \
                _tile_loadd(4, one, 64);                                                           \
                _tile_loadd(5, four, 64);                                                          \
                _tile_loadd(6, four + wide, 64);                                                   \
                MULTIPLY(0, 4, 5);                                                                 \
                MULTIPLY(1, 4, 6);                                                                 \
                _tile_loadd(7, four + 2 * wide, 64);                                               \
                _tile_loadd(5, four + 3 * wide, 64);                                               \
                MULTIPLY(2, 4, 7);                                                                 \
                MULTIPLY(3, 4, 5);                                                                 \
            }                                                                                      \
        }                                                                                          \
        STORE(0, o, ROW(0), COLUMN(0));                                                            \
        STORE(1, o, ROW(1), COLUMN(1));                                                            \
        STORE(2, o, ROW(2), COLUMN(2));                                                            \
        STORE(3, o, ROW(3), COLUMN(3));                                                            \
    }
#define NONE(i) 0
#define SAME(i) i
#define SHARED_LEFT(c, one, other) _tile_dpbf16ps(c, one, other)
#define SHARED_RIGHT(c, one, other) _tile_dpbf16ps(c, other, one)
BLOCK_FOUR(block_1_4, left, right, tile_m, tile_n, SHARED_LEFT, NONE, SAME)
BLOCK_FOUR(block_4_1, right, left, tile_n, tile_m, SHARED_RIGHT, SAME, NONE)

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
    if (o.half) o.half += i * o.half_wide;
    else o.c += i * ROWS * o.ldc + j * ROWS;
    o.at = j;
    o.rows -= i * ROWS;
    o.columns -= j * ROWS;
    return o;
}

typedef void block_fn(const out *o, int64_t tile_m, int64_t tile_n, const hone_bf16_term *terms,
                      int count);

static void run(const product *p, block_fn *block, int64_t i, int64_t j)
{
    const out o = at(p, i, j);
    block(&o, i, j, p->terms, p->count);
}

/* The last row of tiles of an odd number, up to column tiles_n. */
static void single_row(const product *p, int64_t i, int64_t tiles_n)
{
    int64_t j = 0;
    for (; j + 4 <= tiles_n; j += 4) run(p, block_1_4, i, j);
    for (; j < tiles_n; j++) run(p, block_1_1, i, j);
}

/* The last column of tiles of an odd number. */
static void single_column(const product *p, int64_t tiles_m, int64_t j)
{
    int64_t i = 0;
    for (; i + 4 <= tiles_m; i += 4) run(p, block_4_1, i, j);
    for (; i < tiles_m; i++) run(p, block_1_1, i, j);
}

/* A right operand of so many values comes from beyond the second cache (2 MB). */
enum { FAR = 512 * 1024 };

static void blocks_2_2(const product *p, int64_t tiles_m, int64_t tiles_n)
{
    const int64_t blocks = tiles_m / 2, panel = 2 * ROWS; /* lines a step of two columns */
    const bool far = p->o.columns * p->terms[0].k > FAR;
    const int64_t lines = far && blocks ? (panel + blocks - 1) / blocks : 0;
    for (int64_t j = 0; j + 2 <= tiles_n; j += 2) {
        for (int64_t i = 0; i + 2 <= tiles_m; i += 2) {
            const out o = at(p, i, j);
            block_2_2(&o, i, j, p->terms, p->count, lines);
        }
    }
}

static void multiply(const product *p)
{
    const int64_t tiles_m = (p->o.rows + ROWS - 1) / ROWS,
                  tiles_n = (p->o.columns + ROWS - 1) / ROWS;
    tiles_open();
    blocks_2_2(p, tiles_m, tiles_n);
    if (tiles_m % 2) single_row(p, tiles_m - 1, tiles_n - tiles_n % 2);
    if (tiles_n % 2) single_column(p, tiles_m, tiles_n - 1);
    _tile_release();
}

HONE_BF16_GEMM(hone_bf16_gemm_amx)
{
    const product p = { { .c = c, .ldc = ldc, .rows = m, .columns = n, .add = add }, terms, count };
    multiply(&p);
}

HONE_BF16_GEMM_LEFT(hone_bf16_gemm_left_amx)
{
    const int64_t wide = (n + DEPTH - 1) / DEPTH * TILE;
    const product p = { { .half = left, .half_wide = wide, .rows = m, .columns = n }, terms,
                        count };
    multiply(&p);
}
