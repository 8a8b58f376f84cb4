/*
 * Failing every allocation of an operation, one run after the other: once with a single failure,
 * once with all from there on. After each run nothing may be left behind: no block, no open file,
 * no temporary; and a failure must be reported as one of memory. The loop ends when a run passes
 * without meeting its failure, so that no point is left out.
 */
#ifndef HONE_TESTS_FAULT_ALLOC_LOOP_H
#define HONE_TESTS_FAULT_ALLOC_LOOP_H

#include <dirent.h>
#include <string.h>

#include "tests/support.h"

/* An operation on files below dir, from start to end, that cleans up after itself. */
typedef int alloc_fn(const char *dir, hone_err *err);

static inline int alloc_open_files(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(d);
    while (readdir(d)) count++;
    (void)closedir(d);
    return count;
}

static inline void alloc_no_temporaries(const char *dir)
{
    char **names = NULL;
    size_t count = 0;
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, NULL), 0);
    for (size_t i = 0; i < count; i++)
        if (strstr(names[i], ".tmp-")) ck_abort_msg("left behind: %s", names[i]);
    hone_fs_list_free(names, count);
}

/* One run with the nth allocation failing. True while there was an nth. */
static inline bool alloc_run(alloc_fn *f, const char *dir, int64_t nth, bool persistent)
{
    hone_err err;
    int64_t live = hone_mem_live(), count = hone_mem_count();
    int files = alloc_open_files();
    hone_err_clear(&err);
    hone_mem_fail_after(nth, persistent);
    int rc = f(dir, &err);
    hone_mem_fail_after(0, false);
    bool met = hone_mem_count() - count >= nth;
    if (rc != (met ? HONE_E_MEMORY : 0))
        ck_abort_msg("allocation %d: %d %s", (int)nth, rc, err.message);
    ck_assert_int_eq(err.code, rc);
    ck_assert_int_eq(hone_mem_live(), live);
    ck_assert_int_eq(alloc_open_files(), files);
    alloc_no_temporaries(dir);
    return met;
}

/* All points of f, both ways; after_failure (may be NULL) looks at dir after each failed run. */
static inline void alloc_loop(alloc_fn *f, const char *dir, void (*after_failure)(const char *dir))
{
    for (int persistent = 0; persistent < 2; persistent++) {
        int64_t nth = 1;
        while (alloc_run(f, dir, nth, persistent)) {
            if (after_failure) after_failure(dir);
            ck_assert_int_lt(++nth, 100000);
        }
        ck_assert_int_gt(nth, 1);
    }
}

#endif
