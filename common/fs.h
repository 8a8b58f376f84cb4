/*
 * Files: read-only maps, atomic replacement, folders, locks. Protocols: docs/durability.md.
 */
#ifndef HONE_COMMON_FS_H
#define HONE_COMMON_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/error.h"

/* Fails err from errno: "path: cannot <what>: reason" with a hint. Call it before anything else
 * can change errno. Returns HONE_E_NOT_FOUND, HONE_E_MEMORY, HONE_E_REFUSED (a link where none may
 * be) or HONE_E_IO. */
int hone_fail_io(hone_err *err, const char *path, const char *what);

/* A whole file mapped read-only. size may be 0 (data then is NULL). */
typedef struct hone_map {
    const uint8_t *data;
    size_t size;
    char *path;
} hone_map;

int hone_map_open(hone_map *ret, const char *path, hone_err *err);
void hone_map_close(hone_map *m); /* accepts NULL and zeroed */

/* Whole file into a fresh buffer; refuses more than max bytes. Caller: hone_buf_done. */
int hone_fs_read(hone_buf *ret, const char *path, size_t max, hone_err *err);

/* Atomic replace of one file: temporary beside it, write, fsync, close, rename, fsync folder.
 * Refuses targets that exist and are not regular files. mode 0 = 0644 or that of the old file. */
typedef struct hone_out hone_out;
int hone_out_open(hone_out **ret, const char *path, int mode, hone_err *err);
int hone_out_write(hone_out *o, const void *p, size_t n, hone_err *err);
uint64_t hone_out_size(const hone_out *o); /* bytes written so far */
/* Overwrites bytes that were written before. */
int hone_out_patch(hone_out *o, uint64_t at, const void *p, size_t n, hone_err *err);
int hone_out_temp_path(const hone_out *o, char *buf, size_t size); /* for a check before commit */
int hone_out_flush(hone_out *o, hone_err *err); /* all bytes in the file of that name */
int hone_out_commit(hone_out *o, hone_err *err); /* frees o, also on failure (temporary removed) */
void hone_out_abort(hone_out *o);                /* removes the temporary; accepts NULL */
/* The above in one call. */
int hone_fs_write(const char *path, const void *p, size_t n, hone_err *err);

/* Append-only file for logs and journals. sync: fdatasync after the write. */
int hone_fs_append(int fd, const void *p, size_t n, bool sync, const char *path, hone_err *err);

int hone_fs_mkdirs(const char *path, hone_err *err);          /* like mkdir -p */
int hone_fs_remove_tree(const char *path, hone_err *err);     /* a folder of ours; absent is fine */
int hone_fs_rename(const char *from, const char *to, hone_err *err); /* + fsync of the parents */
int hone_fs_sync_dir(const char *path, hone_err *err);
bool hone_fs_exists(const char *path);
bool hone_fs_is_dir(const char *path);
bool hone_fs_is_file(const char *path);
int64_t hone_fs_size(const char *path);          /* -1 if absent */
int64_t hone_fs_free_bytes(const char *path);    /* where path is or will be; -1 unknown */
/* Names (no . and ..) in byte order; caller frees each and the array with hone_fs_list_free. */
int hone_fs_list(char ***ret, size_t *ret_count, const char *path, hone_err *err);
void hone_fs_list_free(char **names, size_t count);

/* Paths. All return fresh strings (hone_free) or NULL when out of memory. */
char *hone_path_join(const char *dir, const char *name); /* name absolute: a copy of name */
const char *hone_path_join_in(hone_arena *a, const char *dir, const char *name); /* lives in a */
char *hone_path_dir(const char *path);                   /* "." if no slash */
const char *hone_path_base(const char *path);            /* points into path; "" after a slash */
bool hone_path_has_suffix(const char *path, const char *suffix);
char *hone_path_cache(const char *name); /* $XDG_CACHE_HOME/hone/name or ~/.cache/hone/name */

/* Lock on a file in a folder: refuses with pid, host and start time of the holder. The file stays
 * when the lock is dropped: removing it would let two processes hold it. */
typedef struct hone_lock hone_lock;
int hone_lock_take(hone_lock **ret, const char *path, hone_err *err);
void hone_lock_drop(hone_lock *l); /* accepts NULL */

#endif
