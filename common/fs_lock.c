/*
 * Locks (common/fs.h): flock on a file that also says who holds it. The text is for people; the
 * lock of the kernel decides, so a file left behind by a process that died is never in the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

struct hone_lock {
    int fd;
};

/* What the holder wrote, made safe for a terminal; "" while it has not written yet. */
static void holder_read(int fd, char *buf, size_t size)
{
    ssize_t n = pread(fd, buf, size - 1, 0);
    size_t len = n > 0 ? (size_t)n : 0;
    while (len > 0 && buf[len - 1] == '\n') len--;
    for (size_t i = 0; i < len; i++)
        if (buf[i] < ' ' || buf[i] > '~') buf[i] = '?';
    buf[len] = '\0';
}

static int fail_held(int fd, const char *path, hone_err *err)
{
    char holder[256];
    if (errno != EWOULDBLOCK) {
        int rc = hone_fail_io(err, path, "lock");
        hone_err_hint(err, "locks may not work on this file system: use a local folder");
        return rc;
    }
    holder_read(fd, holder, sizeof(holder));
    hone_err_at(err, path, 0, -1);
    hone_err_hint(err, "wait for that process to end, or use another folder");
    return hone_fail(err, HONE_E_REFUSED, "in use by another process: %s",
                     holder[0] ? holder : "it has not written its name yet");
}

static int holder_write(int fd, const char *path, hone_err *err)
{
    char host[128] = "", when[32] = "", text[256];
    struct tm tm;
    time_t now = time(NULL);
    if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
    if (gmtime_r(&now, &tm)) (void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    int n = snprintf(text, sizeof(text), "pid %ld on %s since %s\n", (long)getpid(), host, when);
    if (ftruncate(fd, 0) != 0) return hone_fail_io(err, path, "write the lock file");
    return hone_fs_append(fd, text, (size_t)n, false, path, err);
}

static int lock_fd(int fd, const char *path, hone_err *err)
{
    int result;
    struct stat st;
    if (fstat(fd, &st) != 0) return hone_fail_io(err, path, "look at the lock file");
    if (!S_ISREG(st.st_mode)) {
        hone_err_at(err, path, 0, -1);
        return hone_fail(err, HONE_E_REFUSED, "is no regular file and cannot be a lock");
    }
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return fail_held(fd, path, err);
    return holder_write(fd, path, err);
}

int hone_lock_take(hone_lock **ret, const char *path, hone_err *err)
{
    hone_lock *l = hone_calloc(1, sizeof(*l));
    if (!l) return hone_err_memory(err, "a lock", sizeof(*l));
    int rc;
    l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (l->fd < 0) {
        rc = hone_fail_io(err, path, "open the lock file");
        goto fail;
    }
    HONE_GOTO(rc, fail, lock_fd(l->fd, path, err));
    *ret = l;
    return 0;
fail:
    if (l->fd >= 0) (void)close(l->fd);
    hone_free(l);
    return rc;
}

void hone_lock_drop(hone_lock *l)
{
    if (!l) return;
    (void)!ftruncate(l->fd, 0);
    (void)close(l->fd);
    hone_free(l);
}
