/*
 * Ordered products (kernels/gemm.h) against their definition, bit for bit: sums in order of k, each
 * product and sum rounded. Forbidden pages lie behind every array. The form under test is the
 * argument: ref or avx2.
 */
#include <stdint.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/gemm.h"
#include "kernels/kernels.h"
#include "tests/support.h"
#include "tests/support_guard.h"

static const hone_gemm *form;

static guarded floats(int64_t rows, int64_t ld, int64_t n, uint32_t step)
{
    const int64_t count = rows ? (rows - 1) * ld + n : 0;
    guarded g = guarded_make((size_t)count * sizeof(float), true);
    for (int64_t i = 0; i < count; i++)
        ((float *)g.p)[i] = hone_rng_normal(21, HONE_RNG_TEST, step, (uint64_t)i);
    return g;
}

/* One element by the definition; volatile keeps compilers from joining product and sum. */
static float element(const float *a, int64_t step_a, const float *b, int64_t step_b, int64_t k,
                     float alpha, float beta, float c)
{
    volatile float sum = beta != 0 ? beta * c : 0;
    for (int64_t l = 0; l < k; l++) {
        volatile float scaled = alpha * b[l * step_b];
        volatile float product = a[l * step_a] * scaled;
        sum = sum + product;
    }
    return sum;
}

typedef struct sizes {
    int64_t m, n, k;
} sizes;

/* which: 0 nt, 1 nn, 2 tn */
static void check_product(int which, sizes s, float alpha, float beta)
{
    const bool ta = which == 2, tb = which == 0;
    const int64_t lda = (ta ? s.m : s.k) + 3, ldb = (tb ? s.k : s.n) + 1, ldc = s.n + 2;
    guarded a = floats(ta ? s.k : s.m, lda, ta ? s.m : s.k, 1),
            b = floats(tb ? s.n : s.k, ldb, tb ? s.k : s.n, 2), c = floats(s.m, ldc, s.n, 3),
            old = floats(s.m, ldc, s.n, 3);
    const float *x = a.p, *y = b.p, *was = old.p;
    float *z = c.p;
    (which == 0 ? form->nt : which == 1 ? form->nn : form->tn)(s.m, s.n, s.k, alpha, x, lda, y, ldb,
                                                               beta, z, ldc);
    for (int64_t i = 0; i < s.m; i++) {
        for (int64_t j = 0; j < s.n; j++) {
            const float want =
                element(ta ? x + i : x + i * lda, ta ? lda : 1, tb ? y + j * ldb : y + j,
                        tb ? 1 : ldb, s.k, alpha, beta, was[i * ldc + j]);
            SUPPORT_MUST(memcmp(&z[i * ldc + j], &want, sizeof want) == 0);
        }
        if (i + 1 < s.m) SUPPORT_MUST(!memcmp(z + i * ldc + s.n, was + i * ldc + s.n, 8));
    }
    guarded_done(a);
    guarded_done(b);
    guarded_done(c);
    guarded_done(old);
}

START_TEST(test_shapes)
{
    static const int64_t edges[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 61, 130 };
    enum { EDGES = sizeof edges / sizeof *edges };
    for (int i = 0; i < EDGES; i++) {
        for (int j = 0; j < EDGES; j++) {
            const sizes s = { edges[i], edges[j], edges[(i * 7 + j * 3) % EDGES] };
            check_product((i + j) % 3, s, 1, (float)(j % 2));
        }
    }
    for (int64_t n = 1; n <= 130; n++) check_product((int)(n % 3), (sizes){ 3, n, n }, 1, 0);
}
END_TEST

/* Several stretches of terms, alpha, beta, and the model's narrow and wide products. */
START_TEST(test_long_sums)
{
    for (int which = 0; which < 3; which++) {
        check_product(which, (sizes){ 5, 16, 640 }, 1, 0);
        check_product(which, (sizes){ 9, 640, 257 }, 2.5f, 1);
        check_product(which, (sizes){ 1, 24, 2048 }, 0.75f, 0.5f);
        check_product(which, (sizes){ 6, 7, 0 }, 1, 0);
        check_product(which, (sizes){ 6, 7, 0 }, 1, 1);
        check_product(which, (sizes){ 0, 7, 3 }, 1, 0);
    }
}
END_TEST

/* NaN and infinities pass through. */
START_TEST(test_not_finite)
{
    float a[2] = { 0, 1 }, b[2] = { 1, 2 }, c = 0;
    const uint32_t nan_bits = 0x7fc00000;
    memcpy(&a[0], &nan_bits, sizeof a[0]);
    form->nt(1, 1, 2, 1, a, 2, b, 2, 0, &c, 1);
    uint32_t bits;
    memcpy(&bits, &c, sizeof bits);
    ck_assert((bits & 0x7fffffff) > 0x7f800000);
}
END_TEST

int main(int argc, char **argv)
{
    const bool avx2 = argc > 1 && !strcmp(argv[1], "avx2");
    if (avx2 && !(hone_cpu_features() & HONE_CPU_AVX2)) return 77;
#if defined(__x86_64__)
    form = avx2 ? &hone_gemm_ordered_avx2 : &hone_gemm_ordered_ref;
#else
    form = &hone_gemm_ordered_ref;
#endif
    TCase *t = support_case("ordered");
    tcase_add_test(t, test_shapes);
    tcase_add_test(t, test_long_sums);
    tcase_add_test(t, test_not_finite);
    return support_run(t);
}
