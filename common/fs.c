/*
 * Reading files, folders and what the file system says (common/fs.h). Atomic replacement is in
 * fs_out.c, locks in fs_lock.c, names in path.c.
 */
#include "common/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/mem.h"

enum { FS_CHUNK = 64 << 10, FS_TREE_DEPTH = 64 };

static const char *errno_hint(int e)
{
    switch (e) {
    case ENOENT: return "check the path";
    case ENOSPC:
    case EDQUOT: return "free some disk space, then run the same command again";
    case EACCES:
    case EPERM: return "check the permissions of the file and of its folder";
    case EROFS: return "choose a folder that can be written";
    case EMFILE:
    case ENFILE: return "too many open files: raise the limit with ulimit -n";
    case ELOOP: return "links are not followed here: name the real file";
    default: return "";
    }
}

static hone_code errno_code(int e)
{
    switch (e) {
    case ENOENT: return HONE_E_NOT_FOUND;
    case ENOMEM: return HONE_E_MEMORY;
    case ELOOP: return HONE_E_REFUSED;
    default: return HONE_E_IO;
    }
}

int hone_fail_io(hone_err *err, const char *path, const char *what)
{
    int e = errno;
    char text[128];
    hone_err_at(err, path, 0, -1);
    hone_err_hint(err, "%s", errno_hint(e));
    return hone_fail(err, errno_code(e), "cannot %s: %s", what,
                     strerror_r(e, text, sizeof(text)));
}

static int fail_kind(hone_err *err, const char *path, mode_t mode)
{
    hone_err_at(err, path, 0, -1);
    return hone_fail(err, HONE_E_IO, "%s", S_ISDIR(mode) ? "is a folder, a file is needed"
                                                         : "is not a regular file");
}

/* ---- reading ---- */

/* O_NONBLOCK: a pipe without a writer would hang in open instead of being refused after it. */
int hone_map_open(hone_map *ret, const char *path, hone_err *err)
{
    int rc = 0;
    struct stat st;
    hone_map m = { NULL, 0, NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return hone_fail_io(err, path, "open");
    if (fstat(fd, &st) != 0) {
        rc = hone_fail_io(err, path, "read the size");
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        rc = fail_kind(err, path, st.st_mode);
        goto done;
    }
    m.path = hone_strdup(path);
    if (!m.path) {
        rc = hone_err_memory(err, "a file name", strlen(path));
        goto done;
    }
    m.size = (size_t)st.st_size;
    if (m.size > 0) {
        void *p = mmap(NULL, m.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED) {
            rc = hone_fail_io(err, path, "map into memory");
            goto done;
        }
        m.data = p;
    }
    *ret = m;
done:
    (void)close(fd);
    if (rc < 0) hone_free(m.path);
    return rc;
}

void hone_map_close(hone_map *m)
{
    if (!m) return;
    if (m->data) (void)munmap((void *)(uintptr_t)m->data, m->size);
    hone_free(m->path);
    *m = (hone_map){ NULL, 0, NULL };
}

static int fail_append(hone_err *err, const hone_buf *b, const char *path, size_t n)
{
    if (n <= b->max - b->len) return hone_err_memory(err, path, b->len + n);
    hone_err_at(err, path, 0, -1);
    return hone_fail(err, HONE_E_DATA, "larger than the limit of %zu bytes", b->max);
}

static int read_all(hone_buf *b, int fd, const char *path, hone_err *err)
{
    char chunk[FS_CHUNK];
    hone_buf_add(b, "", 0); /* an empty file still has a terminator */
    if (!hone_buf_ok(b)) return hone_err_memory(err, path, 1);
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n == 0) return 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return hone_fail_io(err, path, "read");
        hone_buf_add(b, chunk, (size_t)n);
        if (!hone_buf_ok(b)) return fail_append(err, b, path, (size_t)n);
    }
}

int hone_fs_read(hone_buf *ret, const char *path, size_t max, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(max);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return hone_fail_io(err, path, "open");
    int rc = read_all(&b, fd, path, err);
    (void)close(fd);
    if (rc < 0)
        hone_buf_done(&b);
    else
        *ret = b;
    return rc;
}

/* ---- what is there ---- */

bool hone_fs_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool hone_fs_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool hone_fs_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int64_t hone_fs_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* The path may not exist yet: then the nearest folder above it that does is asked. */
int64_t hone_fs_free_bytes(const char *path)
{
    struct statvfs v;
    int64_t result = -1;
    char *at = hone_strdup(path);
    while (at) {
        if (statvfs(at, &v) == 0) {
            uint64_t bytes;
            if (!hone_mul_u64(v.f_bavail, v.f_frsize, &bytes) || bytes > INT64_MAX)
                bytes = INT64_MAX;
            result = (int64_t)bytes;
            break;
        }
        if (errno != ENOENT || strcmp(at, ".") == 0 || strcmp(at, "/") == 0) break;
        char *up = hone_path_dir(at);
        hone_free(at);
        at = up;
    }
    hone_free(at);
    return result;
}

static int name_cmp(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y); /* as unsigned bytes */
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

typedef struct name_list {
    char **names;
    size_t count, cap;
} name_list;

static bool name_push(name_list *l, const char *name)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 16;
        char **names = hone_realloc_array(l->names, cap, sizeof(*names));
        if (!names) return false;
        l->names = names;
        l->cap = cap;
    }
    char *copy = hone_strdup(name);
    if (!copy) return false;
    l->names[l->count++] = copy;
    return true;
}

/* Reads all names of an open folder. errno tells the end of the folder from a failure. */
static int names_read(name_list *l, DIR *d, const char *path, hone_err *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e) return errno ? hone_fail_io(err, path, "list the folder") : 0;
        if (is_dots(e->d_name)) continue;
        if (!name_push(l, e->d_name)) return hone_err_memory(err, path, l->count * 32);
    }
}

int hone_fs_list(char ***ret, size_t *ret_count, const char *path, hone_err *err)
{
    name_list l = { NULL, 0, 0 };
    DIR *d = opendir(path);
    if (!d) return hone_fail_io(err, path, "open the folder");
    int rc = names_read(&l, d, path, err);
    (void)closedir(d);
    if (rc < 0) {
        hone_fs_list_free(l.names, l.count);
        return rc;
    }
    if (l.count > 1) qsort(l.names, l.count, sizeof(*l.names), name_cmp);
    *ret = l.names;
    *ret_count = l.count;
    return 0;
}

void hone_fs_list_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) hone_free(names[i]);
    hone_free(names);
}

/* ---- folders ---- */

static int mkdir_one(const char *path, const char *whole, hone_err *err)
{
    if (mkdir(path, 0777) == 0) return 0;
    int e = errno;
    if (hone_fs_is_dir(path)) return 0;
    errno = e;
    if (e == EEXIST) {
        hone_err_at(err, path, 0, -1);
        hone_err_hint(err, "remove it or choose another folder than %s", whole);
        return hone_fail(err, HONE_E_IO, "exists and is not a folder");
    }
    return hone_fail_io(err, path, "create the folder");
}

int hone_fs_mkdirs(const char *path, hone_err *err)
{
    if (!path[0] || hone_fs_is_dir(path)) return 0;
    int rc = 0;
    char *part = hone_strdup(path);
    if (!part) return hone_err_memory(err, path, strlen(path));
    for (size_t i = 1; part[i] && rc == 0; i++) {
        if (part[i] != '/' || part[i - 1] == '/') continue;
        part[i] = '\0';
        rc = mkdir_one(part, path, err);
        part[i] = '/';
    }
    if (rc == 0) rc = mkdir_one(part, path, err);
    hone_free(part);
    return rc;
}

static int remove_below(int fd, const char *path, int depth, hone_err *err);

static int remove_entry(int dir_fd, const char *name, const char *path, int depth, hone_err *err)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR) return hone_fail_io(err, path, "remove a file in it");
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return hone_fail_io(err, path, "open a folder in it");
    HONE_TRY(remove_below(fd, path, depth + 1, err));
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) != 0)
        return hone_fail_io(err, path, "remove a folder in it");
    return 0;
}

/* Empties the folder fd, which it closes. Names are read first: removing while reading may skip
 * some. */
static int remove_below(int fd, const char *path, int depth, hone_err *err)
{
    name_list l = { NULL, 0, 0 };
    DIR *d = fdopendir(fd);
    if (!d) {
        int rc = hone_fail_io(err, path, "list the folder");
        (void)close(fd);
        return rc;
    }
    int rc = names_read(&l, d, path, err);
    if (rc == 0 && depth > FS_TREE_DEPTH) {
        hone_err_at(err, path, 0, -1);
        rc = hone_fail(err, HONE_E_REFUSED, "not removed: folders nested deeper than %d",
                       FS_TREE_DEPTH);
    }
    for (size_t i = 0; i < l.count && rc == 0; i++)
        rc = remove_entry(fd, l.names[i], path, depth, err);
    hone_fs_list_free(l.names, l.count);
    (void)closedir(d);
    return rc;
}

int hone_fs_remove_tree(const char *path, hone_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return 0;
    if (fd < 0) return hone_fail_io(err, path, "open the folder to remove");
    HONE_TRY(remove_below(fd, path, 0, err));
    if (rmdir(path) != 0) return hone_fail_io(err, path, "remove the folder");
    return 0;
}

/* EINVAL: some network file systems cannot sync a folder; there is nothing more to do there. */
int hone_fs_sync_dir(const char *path, hone_err *err)
{
    int rc = 0, result;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return hone_fail_io(err, path, "open the folder");
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EINVAL) rc = hone_fail_io(err, path, "sync the folder");
    (void)close(fd);
    return rc;
}

int hone_fs_rename(const char *from, const char *to, hone_err *err)
{
    int rc = 0;
    char *from_dir = hone_path_dir(from);
    char *to_dir = hone_path_dir(to);
    if (!from_dir || !to_dir) {
        rc = hone_err_memory(err, "a folder name", strlen(to));
        goto done;
    }
    if (rename(from, to) != 0) {
        rc = hone_fail_io(err, to, "rename to this name");
        goto done;
    }
    HONE_GOTO(rc, done, hone_fs_sync_dir(to_dir, err));
    if (strcmp(from_dir, to_dir) != 0) rc = hone_fs_sync_dir(from_dir, err);
done:
    hone_free(from_dir);
    hone_free(to_dir);
    return rc;
}
