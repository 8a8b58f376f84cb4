/*
 * int8 kernels (kernels/int8.h): quantised inputs and products against the plain C reference, bit
 * by bit, for many shapes, with forbidden pages on both sides of every array; the reference against
 * the formula. The set under test is the argument: int8_ref, int8_avx2, ...
 */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/int8.h"
#include "kernels/kernels.h"
#include "kernels/quant.h"
#include "tests/support.h"
#include "tests/support_guard.h"

static const hone_int8_kernels *kernels, *ref;

static uint64_t noise(uint64_t i)
{
    return i * 0x9e3779b97f4a7c15u ^ (i * 0xbf58476d1ce4e5b9u) >> 29;
}

/* A matrix with everything that it points to. */
typedef struct weights {
    hone_int8_matrix m;
    guarded q, scale, sum;
} weights;

/* All values from -128 to 127; the first row is -128 alone. */
static weights weights_make(int64_t n, int64_t k, int block, bool at_end)
{
    weights w = { .m = { .n = n, .k = k, .block = block } };
    const size_t bytes = (size_t)(block ? n * k / 2 : n * k);
    const int64_t scales = block ? hone_int8_scale_count(n, k, block) : n;
    w.q = guarded_make(bytes, at_end);
    w.scale = guarded_make((size_t)scales * sizeof(float), at_end);
    w.sum = guarded_make((size_t)n * sizeof(int32_t), at_end);
    uint8_t *q = w.q.p;
    for (size_t i = 0; i < bytes; i++)
        q[i] = i < (size_t)k / (block ? 2 : 1) ? (block ? 0x88 : 0x80) : (uint8_t)(noise(i) >> 11);
    for (int64_t i = 0; i < scales; i++)
        ((float *)w.scale.p)[i] = 0.001f + 1e-5f * (float)(noise((uint64_t)i) % 997);
    for (int64_t o = 0; !block && o < n; o++) {
        int32_t sum = 0;
        for (int64_t l = 0; l < k; l++) sum += (int8_t)q[o * k + l];
        ((int32_t *)w.sum.p)[o] = sum;
    }
    w.m.q = w.q.p;
    w.m.scale = w.scale.p;
    w.m.sum = w.sum.p;
    return w;
}

static void weights_done(weights w)
{
    guarded_done(w.q);
    guarded_done(w.scale);
    guarded_done(w.sum);
}

/* Rows of inputs: normal ones, one of zeros, one that is positive, one with a huge value. */
static guarded inputs(int64_t rows, int64_t k, bool at_end)
{
    guarded g = guarded_make((size_t)(rows * k) * sizeof(float), at_end);
    for (int64_t i = 0; i < rows * k; i++) {
        const int64_t row = i / k;
        float x = hone_rng_normal(3, HONE_RNG_TEST, (uint32_t)k, (uint64_t)i);
        if (row % 7 == 3) x = 0;
        if (row % 7 == 5) x = fabsf(x) + 1;
        if (row % 7 == 6 && i % k == k / 2) x = -1e6f;
        ((float *)g.p)[i] = x;
    }
    return g;
}

typedef struct quantised {
    hone_int8_input in;
    guarded block;
} quantised;

static quantised quantised_make(const hone_int8_kernels *set, const hone_int8_matrix *m,
                                const float *x, int64_t rows, bool at_end)
{
    quantised z = { .block = guarded_make(hone_int8_input_bytes(rows, m->k), at_end) };
    memset(z.block.p, 0x5a, hone_int8_input_bytes(rows, m->k));
    z.in = hone_int8_input_place(z.block.p, rows, m->k);
    hone_int8_quantise(set, m, &z.in, x, 0, rows);
    return z;
}

/* y of the whole product, computed in parts of row_step rows and out_step outputs. */
static guarded multiplied(const hone_int8_kernels *set, const hone_int8_matrix *m, const float *x,
                          int64_t rows, int64_t row_step, int64_t out_step, bool at_end)
{
    guarded y = guarded_make((size_t)(rows * m->n) * sizeof(float), at_end);
    quantised z = quantised_make(set, m, x, rows, at_end);
    memset(y.p, 0xff, (size_t)(rows * m->n) * sizeof(float));
    for (int64_t i = 0; i < rows; i += row_step) {
        for (int64_t o = 0; o < m->n; o += out_step) {
            const hone_int8_part part = { i, i + row_step < rows ? i + row_step : rows, o,
                                          o + out_step < m->n ? o + out_step : m->n };
            hone_int8_product(set, (float *)y.p + i * m->n + o, m->n, &z.in, m, part);
        }
    }
    guarded_done(z.block);
    return y;
}

static void same(int64_t rows, int64_t n, int64_t k, int block, int64_t row_step, int64_t out_step,
                 bool at_end)
{
    weights w = weights_make(n, k, block, at_end);
    guarded x = inputs(rows, k, at_end);
    guarded want = multiplied(ref, &w.m, x.p, rows, rows, n, at_end),
            got = multiplied(kernels, &w.m, x.p, rows, row_step, out_step, at_end);
    for (int64_t i = 0; i < rows * n; i++) {
        const float a = ((float *)got.p)[i], b = ((float *)want.p)[i];
        if (a != b) /* a NaN too */
            ck_abort_msg("rows %d n %d k %d block %d steps %d %d: [%d, %d] is %.9g, not %.9g",
                         (int)rows, (int)n, (int)k, block, (int)row_step, (int)out_step,
                         (int)(i / n), (int)(i % n), (double)a, (double)b);
    }
    weights_done(w);
    guarded_done(x);
    guarded_done(want);
    guarded_done(got);
}

static const int64_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 47, 61, 64, 65,
                                 97, 127, 128, 130 };
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Every number of rows and every number of outputs up to 130 with some terms, and the other way
 * round. */
START_TEST(test_shapes)
{
    for (int64_t a = 1; a <= 130; a++) {
        const int64_t b = sizes[a % SIZES], c = sizes[a * 7 % SIZES];
        same(a, b, c, 0, a, b, a % 2);
        same(b, a, c, 0, 16, a, a % 2);
        same(c, b, a, 0, 32, 1 + b / 2, a % 2);
    }
    for (int i = 0; i < SIZES * SIZES; i++)
        same(sizes[i % SIZES], sizes[i / SIZES], 1 + i % 129, 0, 48, 24, i % 2);
}
END_TEST

START_TEST(test_shapes_int4)
{
    static const int blocks[] = { 32, 64, 128 };
    for (int64_t a = 1; a <= 130; a++) {
        const int block = blocks[a % 3];
        same(a, sizes[a % SIZES], block * (1 + a % 3), block, a, 130, a % 2);
        same(sizes[a % SIZES], a, block * (1 + a % 4), block, 16, 8, a % 2);
        same(sizes[a % SIZES], a, 2 * a, 2 * (int)a, 16, 5, a % 2); /* a scale a row */
    }
}
END_TEST

START_TEST(test_model_shapes)
{
    static const int64_t shapes[][2] = { { 640, 1024 }, { 640, 256 }, { 1024, 640 },
                                         { 640, 2048 }, { 2048, 640 }, { 6912, 40 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int64_t rows = 1; rows <= 49; rows += 16) {
            same(rows, shapes[i][1], shapes[i][0], 0, 16, 256, true);
            same(rows, shapes[i][1], shapes[i][0], 32, 16, 256, true);
        }
    }
    same(3, 11, HONE_INT8_MOST_BLOCK, HONE_INT8_MOST_BLOCK, 3, 11, true);
    same(2, 3, HONE_INT8_MOST_TERMS, 0, 2, 3, true);
}
END_TEST

/* The reference is the formula, in integers of 64 bits. */
START_TEST(test_formula)
{
    enum { ROWS = 9, N = 11, K = 96 };
    static const int blocks[] = { 0, 32 };
    for (int t = 0; t < 2; t++) {
        weights w = weights_make(N, K, blocks[t], true);
        guarded x = inputs(ROWS, K, true), y = multiplied(ref, &w.m, x.p, ROWS, ROWS, N, true);
        for (int i = 0; i < ROWS * N; i++) {
            float d[K], s, want = 0;
            const int o = i % N, step = blocks[t] ? blocks[t] : K;
            hone_quant_activation((float *)x.p + i / N * K, K, d, &s);
            for (int l = 0; l < K; l += step) {
                int64_t sum = 0;
                for (int j = l; j < l + step; j++) {
                    const uint8_t b = w.m.q[blocks[t] ? (o * K + j) / 2 : o * K + j];
                    const int nibble = (j % 2 ? b >> 4 : b & 15);
                    sum += (int64_t)d[j] *
                           (blocks[t] ? nibble - 16 * (nibble > 7) : (int)(int8_t)b);
                }
                const float scale = blocks[t] ? w.m.scale[hone_int8_scale_at(&w.m, o, l / step)]
                                              : s * w.m.scale[o];
                const float part = (float)sum * scale;
                want += part;
            }
            SUPPORT_MUST(((float *)y.p)[i] == (blocks[t] ? s * want : want));
        }
        weights_done(w);
        guarded_done(x);
        guarded_done(y);
    }
}
END_TEST

/* Integers and scales of inputs are those of hone_quant_activation. */
START_TEST(test_quantise)
{
    for (int64_t k = 1; k <= 130; k++) {
        float d[130], s;
        const hone_int8_matrix m = { .k = k };
        guarded x = inputs(9, k, true);
        quantised z = quantised_make(kernels, &m, x.p, 9, true);
        for (int64_t i = 0; i < 9; i++) {
            hone_quant_activation((float *)x.p + i * k, k, d, &s);
            SUPPORT_MUST(z.in.scale[i] == s);
            for (int64_t l = 0; l < k; l++)
                SUPPORT_MUST(z.in.data[i * hone_int8_stride(k) + l] == (int)d[l]);
        }
        guarded_done(x);
        guarded_done(z.block);
    }
}
END_TEST

/* One value that is no number makes its row NaN, and no other. */
START_TEST(test_not_finite)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    static const int blocks[] = { 0, 32 };
    for (int t = 0; t < 6; t++) {
        for (int64_t rows = 1; rows <= 40; rows += 13) {
            weights w = weights_make(21, 64, blocks[t % 2], true);
            guarded x = inputs(rows, 64, true);
            ((float *)x.p)[rows / 2 * 64 + 63] = bad[t / 2];
            guarded y = multiplied(kernels, &w.m, x.p, rows, 16, 21, true);
            for (int64_t i = 0; i < rows * 21; i++)
                SUPPORT_MUST(isnan(((float *)y.p)[i]) == (i / 21 == rows / 2));
            weights_done(w);
            guarded_done(x);
            guarded_done(y);
        }
    }
}
END_TEST

/* What hides the faster sets. */
static unsigned features_of(const char *name)
{
    unsigned f = hone_cpu_features();
    const unsigned tiles = HONE_CPU_AMX | HONE_CPU_AMX_INT8;
    if (!strcmp(name, "int8_amx")) return f;
    f &= ~tiles;
    if (!strcmp(name, "int8_avx512_vnni")) return f;
    f &= ~(unsigned)HONE_CPU_VNNI;
    if (!strcmp(name, "int8_avx_vnni")) return f;
    f &= ~(unsigned)HONE_CPU_AVX_VNNI;
    return strcmp(name, "int8_avx2") ? 0 : f;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "int8_ref";
    ref = hone_int8_kernels_for(0);
    kernels = hone_int8_kernels_for(features_of(name));
    if (strcmp(kernels->name, name) != 0) {
        printf("this processor has no %s\n", name);
        return 77;
    }
    TCase *t = support_case("int8");
    tcase_add_test(t, test_shapes);
    tcase_add_test(t, test_shapes_int4);
    tcase_add_test(t, test_model_shapes);
    tcase_add_test(t, test_formula);
    tcase_add_test(t, test_quantise);
    tcase_add_test(t, test_not_finite);
    return support_run(t);
}
