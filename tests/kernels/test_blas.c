/*
 * Matrix products and the parallel loop: exact on small powers of two, inside their arrays, the
 * same bytes whichever thread computes, and pieces that cover everything once.
 */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rng.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"

enum { MAX = 40, LD = MAX + 3 };
static float a[LD * LD], b[LD * LD], c[LD * LD], want[LD * LD];

static void fill(void)
{
    for (int i = 0; i < LD * LD; i++) {
        a[i] = (float)(1 << hone_rng_below(1, HONE_RNG_TEST, 1, (uint64_t)i, 4));
        b[i] = i % 3 ? 0.5f : -2.0f;
        c[i] = want[i] = 7;
    }
}

/* kind 0: nt, 1: nn, 2: tn */
static void plain(int kind, int m, int n, int k)
{
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int l = 0; l < k; l++)
                sum += (kind == 2 ? a[l * LD + i] : a[i * LD + l]) *
                       (kind ? b[l * LD + j] : b[j * LD + l]);
            want[i * LD + j] = 2 * sum + want[i * LD + j] * 0.5f;
        }
    }
}

START_TEST(test_products)
{
    static const int size[] = { 1, 2, 7, 16, 33, MAX };
    for (int x = 0; x < 6 * 6 * 6; x++) {
        int m = size[x % 6], n = size[x / 6 % 6], k = size[x / 36];
        fill();
        plain(_i, m, n, k);
        (_i == 0   ? hone_gemm_nt
         : _i == 1 ? hone_gemm_nn
                   : hone_gemm_tn)(m, n, k, 2, a, LD, b, LD, 0.5f, c, LD);
        ck_assert_msg(!memcmp(c, want, sizeof c), "product %d of %d %d %d", _i, m, n, k);
    }
}
END_TEST

typedef struct job {
    float *out;
    atomic_int seen[64];
} job;

static void piece(void *ctx, int64_t i, int worker)
{
    job *j = ctx;
    ck_assert(worker >= 0 && worker < 4);
    j->seen[i]++;
    hone_gemm_nt(MAX, MAX, MAX, 1, a, LD, b, LD, 0, j->out + i * MAX * MAX, MAX);
}

START_TEST(test_parallel)
{
    static float one[64 * MAX * MAX], four[64 * MAX * MAX];
    for (int i = 0; i < LD * LD; i++) a[i] = (float)i / 7, b[i] = 1 / ((float)i + 3);
    job j1 = { one, { 0 } }, j4 = { four, { 0 } };
    hone_parallel(1, 64, piece, &j1);
    hone_parallel(4, 64, piece, &j4);
    for (int i = 0; i < 64; i++) ck_assert(j1.seen[i] == 1 && j4.seen[i] == 1);
    ck_assert(!memcmp(one, four, sizeof one));
    ck_assert(hone_cpu_count() >= 1 && hone_blas_name()[0]);
}
END_TEST

static void note(void *ctx, int64_t i, int worker)
{
    (void)worker;
    ((job *)ctx)->seen[i]++;
}

/* A forked child has none of its parent's threads; it must not wait for them. */
START_TEST(test_fork)
{
    job before = { NULL, { 0 } }, after = { NULL, { 0 } };
    int status = -1;
    hone_parallel(4, 64, note, &before);
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        hone_parallel(4, 64, note, &after);
        for (int i = 0; i < 64; i++) {
            if (after.seen[i] != 1) _exit(1);
        }
        _exit(0);
    }
    ck_assert(child > 0 && waitpid(child, &status, 0) == child);
    ck_assert_int_eq(status, 0);
    hone_parallel(4, 64, note, &after);
    for (int i = 0; i < 64; i++) ck_assert(before.seen[i] == 1 && after.seen[i] == 1);
}
END_TEST

START_TEST(test_pieces)
{
    for (int64_t n = 1; n < 700; n++) {
        int64_t pieces = hone_pieces(n, 64), end = 0;
        for (int64_t i = 0; i < pieces; i++) {
            int64_t from = hone_piece_at(n, pieces, i), to = hone_piece_at(n, pieces, i + 1);
            ck_assert(from == end && to >= from && to - from <= 64 + 8);
            end = to;
        }
        ck_assert(end == n);
    }
}
END_TEST

/* OpenBLAS 0.3.21 calls a Xeon of 2023 "Prescott"; where the user chose, nothing is asked for. */
START_TEST(test_core)
{
    const unsigned avx2 = HONE_CPU_AVX2 | HONE_CPU_FMA, avx512 = avx2 | HONE_CPU_AVX512;
    ck_assert_str_eq(hone_blas_better_core("Prescott", avx512), "SkylakeX");
    ck_assert_str_eq(hone_blas_better_core("Nehalem", avx2), "Haswell");
    ck_assert_ptr_null(hone_blas_better_core("Nehalem", HONE_CPU_AVX2));
    ck_assert_ptr_null(hone_blas_better_core("Prescott", 0));
    ck_assert_ptr_null(hone_blas_better_core("Zen", avx512));
    ck_assert_ptr_null(hone_blas_better_core("SkylakeX", avx512));
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    ck_assert_ptr_null(hone_blas_core_to_ask_for());
}
END_TEST

int main(void)
{
    hone_blas_init();
    Suite *s = suite_create("blas");
    TCase *t = tcase_create("blas");
    tcase_add_loop_test(t, test_products, 0, 3);
    tcase_add_test(t, test_parallel);
    tcase_add_test(t, test_fork);
    tcase_add_test(t, test_pieces);
    tcase_add_test(t, test_core);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
