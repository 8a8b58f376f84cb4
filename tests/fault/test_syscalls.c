/*
 * Every system call of an atomic replacement fails, is interrupted or does only part of its work,
 * one after the other. The linker sends the calls of the library through the wrappers here
 * (--wrap), so the program itself is unchanged. Afterwards the target is the old or the new whole
 * file, nothing else is in the folder, and success is reported only for the new one.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support.h"

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_EINTR, FAULT_SHORT };

static int calls, fail_at; /* the call that is to fail, counted from 1; 0 = none */
static enum fault fault;
static int fault_errno;
static bool failed_late; /* the failed call came after the rename */
static bool failed_close;
static bool synced, renamed, folder_synced; /* what has happened, in that order */

static bool hit(void)
{
    if (fault == FAULT_NONE || ++calls != fail_at) return false;
    errno = fault == FAULT_EINTR ? EINTR : fault_errno;
    failed_late = renamed;
    return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);

int __wrap_open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    mode_t mode = va_arg(ap, mode_t);
    va_end(ap);
    return fault == FAULT_ERROR && hit() ? -1 : __real_open(path, flags, mode);
}

static size_t part(size_t n)
{
    return n > 1 ? n / 2 : n;
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    synced = false;
    if (!hit()) return __real_write(fd, p, n);
    return fault == FAULT_SHORT ? __real_write(fd, p, part(n)) : -1;
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
    synced = false;
    if (!hit()) return __real_pwrite(fd, p, n, at);
    return fault == FAULT_SHORT ? __real_pwrite(fd, p, part(n), at) : -1;
}

int __wrap_fsync(int fd)
{
    if (fault != FAULT_SHORT && hit()) return -1;
    if (renamed)
        folder_synced = true;
    else
        synced = true;
    return __real_fsync(fd);
}

/* The file is closed whatever close reports, as on Linux. */
int __wrap_close(int fd)
{
    int result = __real_close(fd);
    if (fault == FAULT_SHORT || !hit()) return result;
    failed_close = true;
    return -1;
}

int __wrap_rename(const char *from, const char *to)
{
    if (fault == FAULT_ERROR && hit()) return -1;
    ck_assert(synced || fault == FAULT_NONE);
    int result = __real_rename(from, to);
    renamed = renamed || result == 0;
    return result;
}

int __wrap_fchmod(int fd, mode_t mode)
{
    return fault == FAULT_ERROR && hit() ? -1 : __real_fchmod(fd, mode);
}

/* ---- the operation ---- */

enum { ROW = (3 << 20) + 7 };
static char dir[64], row[ROW];

static int replace(hone_err *err)
{
    hone_out *o = NULL;
    int rc;
    HONE_TRY(hone_out_open(&o, support_path(dir, "target"), 0, err));
    HONE_GOTO(rc, fail, hone_out_write(o, "head", 4, err));
    HONE_GOTO(rc, fail, hone_out_write(o, row, ROW, err));
    HONE_GOTO(rc, fail, hone_out_patch(o, 0, "HEAD", 4, err));
    HONE_GOTO(rc, fail, hone_out_write(o, "tail", 4, err));
    return hone_out_commit(o, err);
fail:
    hone_out_abort(o);
    return rc;
}

/* True for the new file, false for the old one; anything else ends the test. */
static bool target_is_new(void)
{
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, "target"), 8 << 20, NULL), 0);
    bool is_old = b.len == 3 && memcmp(b.data, "old", 3) == 0;
    bool is_new = b.len == ROW + 8 && memcmp(b.data, "HEAD", 4) == 0 &&
                  memcmp(b.data + 4, row, ROW) == 0 && memcmp(b.data + 4 + ROW, "tail", 4) == 0;
    hone_buf_done(&b);
    ck_assert(is_old || is_new);
    return is_new;
}

static void nothing_else(void)
{
    char **names = NULL;
    size_t count = 0;
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, NULL), 0);
    ck_assert_uint_eq(count, 1);
    hone_fs_list_free(names, count);
}

/* One run with the nth call at fault; false when there is no nth. */
static bool run(int nth, enum fault kind, int number)
{
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "target"), "old", 3, NULL), 0);
    calls = 0;
    synced = renamed = folder_synced = failed_late = failed_close = false;
    fail_at = nth;
    fault_errno = number;
    fault = kind;
    int rc = replace(&err);
    fault = FAULT_NONE;
    bool is_new = target_is_new();
    nothing_else();
    if (rc == 0) ck_assert(is_new && folder_synced);
    if (rc < 0) ck_assert(rc == HONE_E_IO && is_new == failed_late);
    if (calls < nth || kind != FAULT_ERROR) ck_assert_int_eq(rc, 0);
    /* the one error that means nothing: closing the folder when all is done */
    if (calls >= nth && kind == FAULT_ERROR) ck_assert(rc < 0 || (failed_close && failed_late));
    return calls >= nth;
}

static const struct {
    enum fault kind;
    int number, least; /* errno; calls there are at least */
} faults[] = {
    { FAULT_ERROR, ENOSPC, 9 }, { FAULT_ERROR, EIO, 9 },   { FAULT_ERROR, EDQUOT, 9 },
    { FAULT_ERROR, EMFILE, 9 }, { FAULT_ERROR, EROFS, 9 }, { FAULT_EINTR, 0, 7 },
    { FAULT_SHORT, 0, 3 },
};

START_TEST(test_replace)
{
    int nth = 1;
    support_scratch(dir);
    memset(row, 'r', ROW);
    row[ROW / 2] = 's';
    while (run(nth, faults[_i].kind, faults[_i].number)) nth++;
    ck_assert_int_gt(nth, faults[_i].least);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("syscalls");
    tcase_add_loop_test(t, test_replace, 0, sizeof(faults) / sizeof(faults[0]));
    return support_run(t);
}
