/* Counted allocation, its fault hook, checked sizes, and the arena that stands on them. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "common/mem.h"
#include "tests/support.h"

/* Pages that are asked for keep what is in them, and what lies beside is untouched. */
START_TEST(expected_pages)
{
    enum { BYTES = 3 << 20, FROM = 12345, COUNT = 1 << 20 };
    unsigned char *p = hone_aligned(BYTES);
    ck_assert_ptr_nonnull(p);
    memset(p, 7, BYTES / 2);
    hone_mem_expect(p + FROM, COUNT);
    hone_mem_expect(p + BYTES - 1, 1);
    hone_mem_expect(p, 0);
    for (int i = 0; i < BYTES / 2; i++) SUPPORT_MUST(p[i] == 7);
    memset(p, 8, BYTES);
    hone_free(p);
}
END_TEST

START_TEST(test_live_blocks)
{
    int64_t before = hone_mem_count();
    void *a = hone_malloc(0), *b = hone_calloc(3, 5), *c = hone_aligned(65);
    char *d = hone_strdup("text"), *e = hone_strndup("text", 2);
    ck_assert(a && b && c && d && e);
    ck_assert_int_eq(hone_mem_live(), 5);
    ck_assert_int_eq(hone_mem_count() - before, 5);
    ck_assert_str_eq(e, "te");
    ck_assert_uint_eq((uintptr_t)c % 64, 0);
    for (int i = 0; i < 15; i++) ck_assert_int_eq(((char *)b)[i], 0);
    b = hone_realloc_array(b, 100, 8);
    ck_assert_int_eq(hone_mem_live(), 5);
    hone_free(a);
    hone_free(b);
    hone_free(c);
    hone_free(d);
    hone_free(e);
    hone_free(NULL);
    ck_assert_ptr_null(hone_strdup(NULL));
}
END_TEST

START_TEST(test_impossible_sizes)
{
    char *p = hone_malloc(1);
    ck_assert_ptr_null(hone_malloc(SIZE_MAX));
    ck_assert_ptr_null(hone_calloc(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(hone_realloc_array(p, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(hone_realloc_array(p, SIZE_MAX, 1));
    ck_assert_ptr_null(hone_aligned(SIZE_MAX));
    ck_assert_ptr_null(hone_strndup("x", SIZE_MAX));
    *p = 1; /* a failed reallocation leaves the block */
    hone_free(p);
}
END_TEST

START_TEST(test_fail_once)
{
    hone_mem_fail_after(2, false);
    void *a = hone_malloc(1), *b = hone_malloc(1), *c = hone_malloc(1);
    ck_assert(a && !b && c);
    hone_mem_fail_after(1, false);
    ck_assert_ptr_null(hone_realloc_array(a, 10, 1));
    ck_assert_int_eq(hone_mem_live(), 2);
    hone_free(a);
    hone_free(c);
}
END_TEST

START_TEST(test_fail_from_then_on)
{
    hone_mem_fail_after(2, true);
    void *a = hone_malloc(1);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(hone_calloc(1, 1));
    ck_assert_ptr_null(hone_aligned(1));
    ck_assert_ptr_null(hone_strdup("x"));
    hone_mem_fail_after(0, false);
    void *b = hone_malloc(1);
    ck_assert_ptr_nonnull(b);
    hone_free(a);
    hone_free(b);
}
END_TEST

START_TEST(test_checked_arithmetic)
{
    size_t s = 7;
    uint64_t u = 7;
    ck_assert(!hone_mul_size(SIZE_MAX, 2, &s) && !hone_add_size(SIZE_MAX, 1, &s));
    ck_assert(!hone_mul_u64(UINT64_MAX, 2, &u) && !hone_add_u64(UINT64_MAX, 1, &u));
    ck_assert(s == 7 && u == 7);
    ck_assert(hone_mul_size(6, 7, &s) && s == 42 && hone_add_size(SIZE_MAX, 0, &s));
    ck_assert(s == SIZE_MAX);
    ck_assert(hone_mul_u64(UINT64_MAX, 1, &u) && u == UINT64_MAX);
    ck_assert(hone_add_u64(2, 3, &u) && u == 5);
}
END_TEST

START_TEST(test_err_memory)
{
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_err_memory(&err, "weights", 123), HONE_E_MEMORY);
    ck_assert_str_eq(err.message, "out of memory for weights (123 bytes)");
    ck_assert_int_eq(hone_err_memory(NULL, "weights", 1), HONE_E_MEMORY);
}
END_TEST

static void *allocate_much(void *unused)
{
    for (int i = 0; i < 20000; i++) hone_free(hone_malloc(16));
    return unused;
}

START_TEST(test_threads)
{
    pthread_t threads[4];
    int64_t before = hone_mem_count();
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, allocate_much, NULL), 0);
    for (int i = 0; i < 4; i++) (void)pthread_join(threads[i], NULL);
    ck_assert_int_eq(hone_mem_count() - before, 80000);
}
END_TEST

START_TEST(test_arena_blocks)
{
    hone_arena *a = hone_arena_new();
    unsigned char *blocks[300];
    for (size_t i = 0; i < 300; i++) {
        size_t n = i * i; /* up to 89 KB: several chunks, some of their own */
        blocks[i] = hone_arena_alloc(a, n);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert_uint_eq((uintptr_t)blocks[i] % 16, 0);
        for (size_t j = 0; j < n; j++) SUPPORT_MUST(blocks[i][j] == 0);
        memset(blocks[i], (int)(i & 255), n);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * i; j++) SUPPORT_MUST(blocks[i][j] == (i & 255));
    ck_assert_uint_ge(hone_arena_bytes(a), 300 * 299 * 599 / 6);
    ck_assert_ptr_null(hone_arena_free(a));
}
END_TEST

START_TEST(test_arena_clear)
{
    hone_arena *a = hone_arena_new();
    char *first = hone_arena_strndup(a, "abc", 3);
    ck_assert_str_eq(first, "abc");
    (void)hone_arena_alloc(a, 1 << 22);
    hone_arena_clear(a);
    ck_assert_uint_le(hone_arena_bytes(a), 1 << 14);
    ck_assert_ptr_eq(hone_arena_alloc(a, 4), first);
    ck_assert_int_eq(first[0], 0);
    hone_arena_clear(a);
    hone_arena_clear(NULL);
    ck_assert_uint_eq(hone_arena_bytes(NULL), 0);
    ck_assert_ptr_null(hone_arena_free(hone_arena_free(a)));
}
END_TEST

START_TEST(test_arena_limits)
{
    hone_arena *a = hone_arena_new();
    ck_assert_ptr_null(hone_arena_alloc(a, SIZE_MAX));
    ck_assert_ptr_null(hone_arena_alloc(a, PTRDIFF_MAX - 64));
    ck_assert_ptr_null(hone_arena_strndup(a, "", SIZE_MAX));
    ck_assert_ptr_null(hone_arena_alloc(NULL, 1));
    ck_assert_ptr_nonnull(hone_arena_alloc(a, 0));
    hone_mem_fail_after(1, true);
    ck_assert_ptr_null(hone_arena_alloc(a, 1 << 20));
    ck_assert_ptr_nonnull(hone_arena_alloc(a, 8)); /* from the chunk that is there */
    ck_assert_ptr_null(hone_arena_new());
    (void)hone_arena_free(a);
}
END_TEST

int main(void)
{
    TCase *t = support_case("mem");
    tcase_add_test(t, expected_pages);
    tcase_add_test(t, test_live_blocks);
    tcase_add_test(t, test_impossible_sizes);
    tcase_add_test(t, test_fail_once);
    tcase_add_test(t, test_fail_from_then_on);
    tcase_add_test(t, test_checked_arithmetic);
    tcase_add_test(t, test_err_memory);
    tcase_add_test(t, test_threads);
    tcase_add_test(t, test_arena_blocks);
    tcase_add_test(t, test_arena_clear);
    tcase_add_test(t, test_arena_limits);
    return support_run(t);
}
