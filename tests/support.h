/*
 * What test programs share: running one test case with every block of memory accounted for, and a
 * scratch folder. Header only, so that each test is one file.
 */
#ifndef HONE_TESTS_SUPPORT_H
#define HONE_TESTS_SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fs.h"
#include "common/mem.h"

/* ck_assert for loops of a million rounds: it writes to a pipe each time, this only when it fails.
 */
#define SUPPORT_MUST(condition)                                     \
    do {                                                            \
        if (!(condition)) ck_abort_msg("broken: %s", #condition);   \
    } while (0)

/* After every test: nothing is left allocated and no fault is armed. */
static void support_teardown(void)
{
    hone_mem_fail_after(0, false);
    ck_assert_int_eq(hone_mem_live(), 0);
}

static inline TCase *support_case(const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, NULL, support_teardown);
    tcase_set_timeout(t, 100);
    return t;
}

/* Runs the case; returns the exit status of the program. */
static inline int support_run(TCase *t)
{
    Suite *s = suite_create("hone");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A fresh folder; support_scratch_done removes it. */
static inline void support_scratch(char dir[64])
{
    (void)snprintf(dir, 64, "/tmp/hone-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static inline void support_scratch_done(const char *dir)
{
    ck_assert_int_eq(hone_fs_remove_tree(dir, NULL), 0);
}

/* "dir/name" in one of eight buffers that take turns. */
static inline const char *support_path(const char *dir, const char *name)
{
    static char paths[8][4096];
    static unsigned turn;
    char *p = paths[turn++ % 8];
    (void)snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
    return p;
}

#endif
