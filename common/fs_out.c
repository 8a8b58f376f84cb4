/*
 * Atomic replacement of one file, and appending (common/fs.h). The protocol: a temporary beside
 * the target, opened with O_EXCL and O_NOFOLLOW under an unpredictable name; write all; fsync;
 * checked close; rename; fsync of the folder. The target is never opened. A failed fsync counts as
 * lost data: it is never tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum { OUT_BUFFER = 1 << 20, OUT_WRITE_MAX = 1 << 30, OUT_NAME_TRIES = 16 };

struct hone_out {
    int fd, dir_fd;
    char *path, *temp;
    unsigned char *buffer;
    size_t fill;
    uint64_t flushed; /* bytes in the file; those in the buffer follow */
    bool failed;      /* a write failed: commit must not happen */
};

/* write(2) may be short or interrupted; 0 would loop for ever and is taken as an error. */
static int write_all(int fd, const void *p, size_t n)
{
    const unsigned char *at = p;
    while (n > 0) {
        ssize_t k = write(fd, at, n < OUT_WRITE_MAX ? n : OUT_WRITE_MAX);
        if (k < 0 && errno == EINTR) continue;
        if (k == 0) errno = EIO;
        if (k <= 0) return -1;
        at += k;
        n -= (size_t)k;
    }
    return 0;
}

static int pwrite_all(int fd, const void *p, size_t n, uint64_t offset)
{
    const unsigned char *at = p;
    while (n > 0) {
        ssize_t k = pwrite(fd, at, n < OUT_WRITE_MAX ? n : OUT_WRITE_MAX, (off_t)offset);
        if (k < 0 && errno == EINTR) continue;
        if (k == 0) errno = EIO;
        if (k <= 0) return -1;
        at += k;
        offset += (uint64_t)k;
        n -= (size_t)k;
    }
    return 0;
}

static int sync_retry(int fd)
{
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

/* Frees o; the temporary must be gone or renamed. */
static void out_free(hone_out *o)
{
    if (o->fd >= 0) (void)close(o->fd);
    if (o->dir_fd >= 0) (void)close(o->dir_fd);
    hone_free(o->buffer);
    hone_free(o->temp);
    hone_free(o->path);
    hone_free(o);
}

/* The old file decides the mode unless the caller does. 0 if absent or regular. */
static int target_check(const char *path, int *mode, bool *keep, hone_err *err)
{
    struct stat st;
    *keep = false;
    if (lstat(path, &st) != 0) {
        if (errno != ENOENT) return hone_fail_io(err, path, "look at the target");
        if (*mode == 0) *mode = 0644;
        return 0;
    }
    if (!S_ISREG(st.st_mode)) {
        hone_err_at(err, path, 0, -1);
        hone_err_hint(err, "name a file that does not exist or is a regular file");
        return hone_fail(err, HONE_E_REFUSED, "will not be replaced: it is %s",
                         S_ISDIR(st.st_mode)   ? "a folder"
                         : S_ISLNK(st.st_mode) ? "a link"
                                               : "no regular file");
    }
    if (*mode == 0) {
        *mode = (int)(st.st_mode & 0777);
        *keep = true;
    }
    return 0;
}

static int temp_name(char **ret, const char *path, hone_err *err)
{
    uint64_t bits;
    ssize_t n;
    do {
        n = getrandom(&bits, sizeof(bits), 0);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(bits)) return hone_fail_io(err, path, "get random bytes");
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_printf(&b, "%s.tmp-%ld-%016llx", path, (long)getpid(), (unsigned long long)bits);
    char *name = hone_buf_take(&b);
    if (!name) return hone_err_memory(err, "a file name", strlen(path));
    *ret = name;
    return 0;
}

static int temp_open(hone_out *o, int mode, hone_err *err)
{
    for (int i = 0; i < OUT_NAME_TRIES; i++) {
        char *name = NULL;
        HONE_TRY(temp_name(&name, o->path, err));
        o->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
        if (o->fd >= 0) {
            o->temp = name;
            return 0;
        }
        int e = errno;
        hone_free(name);
        errno = e;
        if (e != EEXIST) break;
    }
    return hone_fail_io(err, o->path, "create a temporary file beside it");
}

static int dir_open(hone_out *o, hone_err *err)
{
    char *dir = hone_path_dir(o->path);
    if (!dir) return hone_err_memory(err, "a folder name", strlen(o->path));
    int rc = 0;
    o->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->dir_fd < 0) rc = hone_fail_io(err, dir, "open the folder");
    hone_free(dir);
    return rc;
}

int hone_out_open(hone_out **ret, const char *path, int mode, hone_err *err)
{
    bool keep;
    int rc;
    HONE_TRY(target_check(path, &mode, &keep, err));
    hone_out *o = hone_calloc(1, sizeof(*o));
    if (!o) return hone_err_memory(err, "an output file", sizeof(*o));
    o->fd = o->dir_fd = -1;
    o->path = hone_strdup(path);
    o->buffer = hone_malloc(OUT_BUFFER);
    if (!o->path || !o->buffer) {
        rc = hone_err_memory(err, "an output file", OUT_BUFFER);
        goto fail;
    }
    HONE_GOTO(rc, fail, dir_open(o, err));
    HONE_GOTO(rc, fail, temp_open(o, mode, err));
    if (keep && fchmod(o->fd, (mode_t)mode) != 0) { /* the umask must not narrow the old mode */
        rc = hone_fail_io(err, path, "keep the permissions");
        goto fail;
    }
    *ret = o;
    return 0;
fail:
    hone_out_abort(o);
    return rc;
}

void hone_out_abort(hone_out *o)
{
    if (!o) return;
    if (o->temp) (void)unlink(o->temp);
    out_free(o);
}

static int out_put(hone_out *o, const void *p, size_t n, hone_err *err)
{
    if (write_all(o->fd, p, n) != 0) {
        o->failed = true;
        return hone_fail_io(err, o->path, "write");
    }
    o->flushed += n;
    return 0;
}

int hone_out_flush(hone_out *o, hone_err *err)
{
    if (o->failed) {
        hone_err_at(err, o->path, 0, -1);
        return hone_fail(err, HONE_E_IO, "not written: an earlier write failed");
    }
    size_t n = o->fill;
    o->fill = 0;
    return n ? out_put(o, o->buffer, n, err) : 0;
}

int hone_out_write(hone_out *o, const void *p, size_t n, hone_err *err)
{
    if (n > OUT_BUFFER - o->fill || o->failed) HONE_TRY(hone_out_flush(o, err));
    if (n >= OUT_BUFFER) return out_put(o, p, n, err);
    if (n) memcpy(o->buffer + o->fill, p, n);
    o->fill += n;
    return 0;
}

uint64_t hone_out_size(const hone_out *o)
{
    return o->flushed + o->fill;
}

int hone_out_patch(hone_out *o, uint64_t at, const void *p, size_t n, hone_err *err)
{
    uint64_t end;
    HONE_TRY(hone_out_flush(o, err));
    if (!hone_add_u64(at, n, &end) || end > o->flushed) {
        hone_err_at(err, o->path, 0, -1);
        return hone_fail(err, HONE_E_INTERNAL, "patch of %zu bytes at %llu lies outside %llu bytes",
                         n, (unsigned long long)at, (unsigned long long)o->flushed);
    }
    if (pwrite_all(o->fd, p, n, at) != 0) {
        o->failed = true;
        return hone_fail_io(err, o->path, "write");
    }
    return 0;
}

int hone_out_temp_path(const hone_out *o, char *buf, size_t size)
{
    size_t n = strlen(o->temp);
    if (n >= size) return HONE_E_INTERNAL;
    memcpy(buf, o->temp, n + 1);
    return 0;
}

/* Up to and without the rename. close may report what a write did not (network file systems); EINTR
 * from it means closed on Linux, and fsync has been done. */
static int out_finish(hone_out *o, hone_err *err)
{
    HONE_TRY(hone_out_flush(o, err));
    if (sync_retry(o->fd) != 0) return hone_fail_io(err, o->path, "sync to disk");
    int fd = o->fd;
    o->fd = -1;
    if (close(fd) != 0 && errno != EINTR) return hone_fail_io(err, o->path, "close");
    if (rename(o->temp, o->path) != 0) return hone_fail_io(err, o->path, "rename to this name");
    return 0;
}

int hone_out_commit(hone_out *o, hone_err *err)
{
    int rc = out_finish(o, err);
    if (rc < 0) {
        hone_out_abort(o);
        return rc;
    }
    if (sync_retry(o->dir_fd) != 0 && errno != EINVAL) {
        rc = hone_fail_io(err, o->path, "sync the folder");
        hone_err_hint(err, "the file is complete but may be lost if the power fails now");
    }
    out_free(o);
    return rc;
}

int hone_fs_write(const char *path, const void *p, size_t n, hone_err *err)
{
    hone_out *o = NULL;
    HONE_TRY(hone_out_open(&o, path, 0, err));
    int rc = hone_out_write(o, p, n, err);
    if (rc == 0) return hone_out_commit(o, err);
    hone_out_abort(o);
    return rc;
}

int hone_fs_append(int fd, const void *p, size_t n, bool sync, const char *path, hone_err *err)
{
    if (write_all(fd, p, n) != 0) return hone_fail_io(err, path, "append");
    if (!sync) return 0;
    int result;
    do {
        result = fdatasync(fd);
    } while (result != 0 && errno == EINTR);
    return result != 0 ? hone_fail_io(err, path, "sync to disk") : 0;
}
