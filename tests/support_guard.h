/*
 * Arrays between pages that may not be touched: a kernel that reads or writes a byte too far ends
 * the test.
 */
#ifndef HONE_TESTS_SUPPORT_GUARD_H
#define HONE_TESTS_SUPPORT_GUARD_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

/* An array that ends (or begins) at a page that may not be touched. */
typedef struct guarded {
    char *map;
    size_t bytes;
    void *p;
} guarded;

static inline guarded guarded_make(size_t bytes, bool at_end)
{
    const size_t page = 4096, inner = (bytes + page - 1) / page * page;
    guarded g = { .bytes = inner + 2 * page };
    g.map = mmap(NULL, g.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(g.map, MAP_FAILED);
    ck_assert_int_eq(mprotect(g.map, page, PROT_NONE), 0);
    ck_assert_int_eq(mprotect(g.map + page + inner, page, PROT_NONE), 0);
    g.p = g.map + page + (at_end ? inner - bytes : 0);
    return g;
}

static inline void guarded_done(guarded g)
{
    ck_assert_int_eq(munmap(g.map, g.bytes), 0);
}

#endif
