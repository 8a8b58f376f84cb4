/*
 * bf16 kernels (kernels/bf16.h): packing against the plain C reference byte for byte, products
 * against double sums of the rounded values, exact on small integers; forbidden pages lie on both
 * sides of every array. The set under test is the argument: ref, avx512_bf16 or amx.
 */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/bf16.h"
#include "kernels/kernels.h"
#include "tests/support.h"
#include "tests/support_guard.h"

static const hone_bf16_kernels *kernels;

static guarded floats(int64_t n, uint32_t step, bool whole_numbers, bool at_end)
{
    guarded g = guarded_make((size_t)n * sizeof(float), at_end);
    for (int64_t i = 0; i < n; i++) {
        float x = hone_rng_normal(11, HONE_RNG_TEST, step, (uint64_t)i);
        ((float *)g.p)[i] = whole_numbers ? rintf(3 * x) : x;
    }
    return g;
}

static float widened(hone_bf16 x)
{
    float f;
    hone_bf16_kernels_ref()->widen(&f, &x, 1);
    return f;
}

static float rounded(float x)
{
    hone_bf16 h;
    hone_bf16_kernels_ref()->round(&h, &x, 1);
    return widened(h);
}

static const int64_t sizes[] = { 1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 63, 65, 97, 130 };
enum { SIZES = sizeof sizes / sizeof *sizes };

typedef HONE_BF16_PACK(pack_fn, float);
typedef HONE_BF16_PACK(pack_half_fn, hone_bf16);

static void same_pack(pack_fn *fn, pack_fn *want, bool turned, int64_t n, int64_t k, bool at_end)
{
    const int64_t ld = (turned ? n : k) + 3, rows = turned ? k : n;
    const size_t size = (size_t)hone_bf16_size(n, k) * sizeof(hone_bf16);
    guarded x = floats((rows - 1) * ld + (turned ? n : k), (uint32_t)(n * 1000 + k), false, at_end);
    guarded a = guarded_make(size, at_end), b = guarded_make(size, at_end);
    memset(a.p, 0xff, size);
    fn(a.p, x.p, ld, n, k);
    want(b.p, x.p, ld, n, k);
    ck_assert_msg(!memcmp(a.p, b.p, size), "n %d k %d turned %d", (int)n, (int)k, turned);
    guarded_done(x);
    guarded_done(a);
    guarded_done(b);
}

static void same_half(pack_half_fn *fn, pack_half_fn *want, bool turned, int64_t n, int64_t k,
                      bool at_end)
{
    const int64_t ld = turned ? n : k, rows = turned ? k : n;
    const size_t size = (size_t)hone_bf16_size(n, k) * sizeof(hone_bf16);
    guarded x = guarded_make((size_t)(rows * ld) * sizeof(hone_bf16), at_end);
    guarded a = guarded_make(size, at_end), b = guarded_make(size, at_end);
    for (int64_t i = 0; i < rows * ld; i++)
        ((hone_bf16 *)x.p)[i] = (hone_bf16)(i * 2654435761u >> 9);
    fn(a.p, x.p, ld, n, k);
    want(b.p, x.p, ld, n, k);
    ck_assert_msg(!memcmp(a.p, b.p, size), "half n %d k %d turned %d", (int)n, (int)k, turned);
    guarded_done(x);
    guarded_done(a);
    guarded_done(b);
}

START_TEST(test_packing)
{
    const hone_bf16_kernels *ref = hone_bf16_kernels_ref();
    for (int i = 0; i < SIZES * SIZES * 2; i++) {
        const int64_t n = sizes[i / 2 % SIZES], k = sizes[i / 2 / SIZES];
        same_pack(kernels->left, ref->left, false, n, k, i % 2);
        same_pack(kernels->left_rest, ref->left_rest, false, n, k, i % 2);
        same_pack(kernels->right, ref->right, false, n, k, i % 2);
        same_pack(kernels->left_t, ref->left_t, true, n, k, i % 2);
        same_pack(kernels->right_t, ref->right_t, true, n, k, i % 2);
        same_half(kernels->right_half, ref->right_half, false, n, k, i % 2);
        same_half(kernels->right_t_half, ref->right_t_half, true, n, k, i % 2);
    }
}
END_TEST

/* The right operand of a left one's values is what packing the rows themselves gives. */
START_TEST(test_turning)
{
    const hone_bf16_kernels *ref = hone_bf16_kernels_ref();
    for (int i = 0; i < SIZES * SIZES * 2; i++) {
        const int64_t n = sizes[i / 2 % SIZES], k = sizes[i / 2 / SIZES];
        const size_t size = (size_t)hone_bf16_size(n, k) * sizeof(hone_bf16);
        guarded x = floats(k * n, (uint32_t)(n * 1000 + k), false, i % 2);
        guarded left = guarded_make((size_t)hone_bf16_size(k, n) * sizeof(hone_bf16), i % 2);
        guarded got = guarded_make(size, i % 2), want = guarded_make(size, i % 2);
        memset(got.p, 0xff, size);
        ref->left(left.p, x.p, n, k, n);
        ref->right_t(want.p, x.p, n, n, k);
        kernels->turn(got.p, left.p, n, k);
        ck_assert_msg(!memcmp(got.p, want.p, size), "n %d k %d", (int)n, (int)k);
        guarded_done(x);
        guarded_done(left);
        guarded_done(got);
        guarded_done(want);
    }
}
END_TEST

START_TEST(test_rounding)
{
    static const struct {
        uint32_t x;
        uint16_t want;
    } cases[] = { { 0x3f800000, 0x3f80 }, { 0x3f808000, 0x3f80 }, { 0x3f818000, 0x3f82 },
                  { 0x3f808001, 0x3f81 }, { 0xbf80ffff, 0xbf81 }, { 0x7f7fffff, 0x7f80 },
                  { 0x7f800000, 0x7f80 }, { 0xff800000, 0xff80 }, { 0, 0 },
                  { 0x80000000, 0x8000 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float x;
        hone_bf16 got;
        memcpy(&x, &cases[i].x, sizeof x);
        kernels->round(&got, &x, 1);
        ck_assert_msg(got == cases[i].want, "%x: %x", cases[i].x, got);
    }
    float x = NAN, back;
    hone_bf16 got;
    kernels->round(&got, &x, 1);
    kernels->widen(&back, &got, 1);
    ck_assert(isnan(back));
    for (int64_t n = 1; n < 100; n++) {
        guarded a = floats(n, 3, false, true), b = guarded_make((size_t)n * 2, true),
                c = guarded_make((size_t)n * 4, true);
        kernels->round(b.p, a.p, n);
        kernels->widen(c.p, b.p, n);
        for (int64_t i = 0; i < n; i++)
            SUPPORT_MUST(((float *)c.p)[i] == rounded(((float *)a.p)[i]));
        guarded_done(a);
        guarded_done(b);
        guarded_done(c);
    }
}
END_TEST

/* Two factors and their packed forms. */
typedef struct factors {
    guarded a, b, left, right;
    int64_t m, n, k;
} factors;

static factors factors_make(int64_t m, int64_t n, int64_t k, uint32_t step, bool whole, bool at_end)
{
    factors f = { .m = m, .n = n, .k = k };
    f.a = floats(m * k, step, whole, at_end);
    f.b = floats(n * k, step + 1, whole, at_end);
    f.left = guarded_make((size_t)hone_bf16_size(m, k) * 2, at_end);
    f.right = guarded_make((size_t)hone_bf16_size(n, k) * 2, at_end);
    kernels->left(f.left.p, f.a.p, k, m, k);
    kernels->right(f.right.p, f.b.p, k, n, k);
    return f;
}

static void factors_done(factors f)
{
    guarded_done(f.a);
    guarded_done(f.b);
    guarded_done(f.left);
    guarded_done(f.right);
}

/* Sum and sum of magnitudes of row i of a by row j of b, rounded. */
static double exact(const factors *f, int64_t i, int64_t j, double *size)
{
    const float *a = (const float *)f->a.p + i * f->k, *b = (const float *)f->b.p + j * f->k;
    double sum = 0;
    for (int64_t l = 0; l < f->k; l++) {
        double x = (double)rounded(a[l]) * (double)rounded(b[l]);
        sum += x;
        *size += fabs(x);
    }
    return sum;
}

static void check_gemm(int64_t m, int64_t n, int64_t k, int64_t k2, bool add, bool whole,
                       bool at_end)
{
    factors f = factors_make(m, n, k, (uint32_t)(m + 131 * n), whole, at_end),
            g = factors_make(m, n, k2, (uint32_t)(m + 137 * n), whole, at_end);
    const hone_bf16_term terms[] = { { f.left.p, f.right.p, k }, { g.left.p, g.right.p, k2 } };
    guarded c = floats((m - 1) * (n + 5) + n, 77, whole, at_end),
            old = floats((m - 1) * (n + 5) + n, 77, whole, true);
    kernels->gemm(c.p, n + 5, m, n, add, terms, 2);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n + 5 && i * (n + 5) + j < (m - 1) * (n + 5) + n; j++) {
            const double before = (double)((float *)old.p)[i * (n + 5) + j];
            const double got = (double)((float *)c.p)[i * (n + 5) + j];
            double size = fabs(before), want = add ? before : 0;
            if (j >= n) {
                SUPPORT_MUST(got == before);
                continue;
            }
            want += exact(&f, i, j, &size) + exact(&g, i, j, &size);
            if (whole ? got != want : !(fabs(got - want) <= (double)(k + k2 + 2) * 0x1p-24 * size))
                ck_abort_msg("%d %d %d+%d [%d, %d]: %g, not %g", (int)m, (int)n, (int)k, (int)k2,
                             (int)i, (int)j, got, want);
        }
    }
    guarded_done(c);
    guarded_done(old);
    factors_done(f);
    factors_done(g);
}

/* The packed result has the bytes of the result, packed. */
static void check_gemm_left(int64_t m, int64_t n, int64_t k, bool at_end)
{
    factors f = factors_make(m, n, k, (uint32_t)(m + 131 * n), false, at_end),
            g = factors_make(m, n, 17, (uint32_t)(m + 137 * n), false, at_end);
    const hone_bf16_term terms[] = { { f.left.p, f.right.p, k }, { g.left.p, g.right.p, 17 } };
    const size_t size = (size_t)hone_bf16_size(m, n) * sizeof(hone_bf16);
    guarded c = guarded_make((size_t)(m * n) * sizeof(float), at_end),
            want = guarded_make(size, at_end), got = guarded_make(size, at_end);
    memset(got.p, 0xff, size);
    kernels->gemm(c.p, n, m, n, false, terms, 2);
    kernels->left(want.p, c.p, n, m, n);
    kernels->gemm_left(got.p, m, n, terms, 2);
    ck_assert_msg(!memcmp(got.p, want.p, size), "%d %d %d", (int)m, (int)n, (int)k);
    guarded_done(c);
    guarded_done(want);
    guarded_done(got);
    factors_done(f);
    factors_done(g);
}

START_TEST(test_packed_results)
{
    for (int i = 0; i < SIZES * SIZES; i++)
        check_gemm_left(sizes[i % SIZES], sizes[i / SIZES], i % 3 ? 33 : 70, i % 2);
    check_gemm_left(50, 2048, 640, true);
    check_gemm_left(130, 640, 2048, true);
}
END_TEST

START_TEST(test_products)
{
    static const int64_t few[] = { 1, 16, 17, 31, 33, 48, 65, 97, 130 };
    enum { FEW = sizeof few / sizeof *few };
    for (int i = 0; i < FEW * FEW * FEW; i++) {
        const int64_t m = few[i % FEW], n = few[i / FEW % FEW], k = few[i / FEW / FEW];
        check_gemm(m, n, k, 16, i % 2, i % 3 == 0, i % 5 != 0);
    }
    check_gemm(50, 640, 256, 16, false, false, true);
    check_gemm(16, 256, 2048, 32, true, false, true);
}
END_TEST

/* A value is the same whichever rows and columns are computed with it. */
START_TEST(test_alone)
{
    enum { M = 70, N = 118, K = 200 };
    factors f = factors_make(M, N, K, 9, false, true);
    float all[M * N], one;
    hone_bf16_term t = { f.left.p, f.right.p, K };
    kernels->gemm(all, N, M, N, false, &t, 1);
    hone_bf16 left[HONE_BF16_TILE * 7], right[HONE_BF16_TILE * 7];
    for (int64_t i = 0; i < M; i += 3) {
        for (int64_t j = 0; j < N; j += 5) {
            kernels->left(left, (float *)f.a.p + i * K, K, 1, K);
            kernels->right(right, (float *)f.b.p + j * K, K, 1, K);
            kernels->gemm(&one, 1, 1, 1, false, &(hone_bf16_term){ left, right, K }, 1);
            SUPPORT_MUST(one == all[i * N + j]);
        }
    }
    factors_done(f);
}
END_TEST

START_TEST(test_nan)
{
    factors f = factors_make(40, 40, 40, 5, false, true);
    float c[40 * 40];
    ((float *)f.a.p)[7 * 40 + 39] = NAN;
    kernels->left(f.left.p, f.a.p, 40, 40, 40);
    kernels->gemm(c, 40, 40, 40, false, &(hone_bf16_term){ f.left.p, f.right.p, 40 }, 1);
    for (int i = 0; i < 40 * 40; i++) SUPPORT_MUST(isnan(c[i]) == (i / 40 == 7));
    factors_done(f);
}
END_TEST

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "ref";
    const bool ref = !strcmp(name, "ref");
    unsigned features = hone_cpu_features();
    if (!strcmp(name, "avx512_bf16")) features &= ~(unsigned)HONE_CPU_AMX;
    kernels = ref ? hone_bf16_kernels_ref() : hone_bf16_kernels_for(features);
    if (!kernels || strcmp(kernels->name, name) != 0) {
        printf("this processor has no %s\n", name);
        return 77;
    }
    TCase *t = support_case("bf16");
    tcase_add_test(t, test_packing);
    tcase_add_test(t, test_turning);
    tcase_add_test(t, test_rounding);
    tcase_add_test(t, test_products);
    tcase_add_test(t, test_packed_results);
    tcase_add_test(t, test_alone);
    tcase_add_test(t, test_nan);
    return support_run(t);
}
