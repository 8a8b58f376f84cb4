/*
 * Files of lines, plain or zstd-compressed (by content, not by name), and zlib streams. Reading is
 * streaming with bounded memory: a window limit, a line limit and a limit on the expansion ratio.
 */
#ifndef HONE_COMMON_ZFILE_H
#define HONE_COMMON_ZFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

typedef struct hone_lines hone_lines;
int hone_lines_open(hone_lines **ret, const char *path, size_t max_line, hone_err *err);
/* 1 and a line without its newline (NUL-terminated, valid until the next call), 0 at the end, < 0
 * on error. A UTF-8 byte order mark at the start of the file and a CR before the newline are
 * dropped. A compressed frame that ends early is an error naming the file and the line reached. */
int hone_lines_next(hone_lines *l, const char **ret, size_t *ret_len, int64_t *ret_line,
                    hone_err *err);
void hone_lines_close(hone_lines *l); /* accepts NULL */

/* Writer with atomic replacement; compresses when path ends in .zst (checksum on). */
typedef struct hone_zout hone_zout;
int hone_zout_open(hone_zout **ret, const char *path, hone_err *err);
int hone_zout_write(hone_zout *z, const void *p, size_t n, hone_err *err);
int hone_zout_commit(hone_zout *z, hone_err *err); /* frees z, also on failure */
void hone_zout_abort(hone_zout *z);

/* One zlib stream that fills p; appends to out, and refuses to produce more than max bytes. */
int hone_zlib_inflate(hone_buf *out, const void *p, size_t n, size_t max, hone_err *err);
int hone_zlib_deflate(hone_buf *out, const void *p, size_t n, hone_err *err);

#endif
