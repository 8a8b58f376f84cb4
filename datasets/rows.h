/*
 * Row files: .jsonl, .jsonl.zst (told by content), or one JSON array. Format: docs/rows.md.
 *
 * Strict reading ends at the first bad row with its file and line. Lenient reading leaves bad rows
 * out, counts them and keeps the first messages, up to a share of all rows.
 */
#ifndef HONE_DATASETS_ROWS_H
#define HONE_DATASETS_ROWS_H

#include "model/row.h"

enum { HONE_ROWS_MESSAGES = 20, HONE_ROWS_LINE_MAX = 16 << 20 };
#define HONE_ROWS_BAD_SHARE 0.001

typedef struct hone_rows_options {
    hone_row_options row;
    bool lenient;
    double max_bad_share; /* lenient: 0 = HONE_ROWS_BAD_SHARE, 1 = any number */
    size_t limit;         /* stop after this many good rows; 0 = all */
    /* Strict reading: NULL, or asked before each row (with the bytes of its line, 0 in an array)
     * whether it is to be read; others are counted as good and passed over. */
    int (*pick)(void *user, size_t bytes, bool *ret_wanted, hone_err *err);
    void *pick_user;
} hone_rows_options;

typedef struct hone_rows {
    hone_arena *arena;    /* owns everything below */
    hone_row *items;
    size_t count;
    const char *path;
    size_t bad;           /* rows left out */
    const char *messages[HONE_ROWS_MESSAGES]; /* "file:line: what" of the first bad ones */
    size_t num_messages;
    size_t renamed;       /* rows whose id was taken: "-2", "-3" .. were put behind it */
    int64_t nulls_dropped;
} hone_rows;

/* options may be NULL (strict, no default tools). A file without rows is an error. */
int hone_rows_load(hone_rows **ret, const char *path, const hone_rows_options *options,
                   hone_err *err);
void hone_rows_free(hone_rows *rows); /* accepts NULL */

/* The same, one row at a time in bounded memory: a row is valid during its call only, and equal ids
 * stay equal. A call that fails ends the reading. *ret_nulls (may be NULL): keys without a value
 * that were dropped. */
int hone_rows_each(const char *path, const hone_rows_options *options,
                   int (*on_row)(void *user, const hone_row *row, hone_err *err), void *user,
                   int64_t *ret_nulls, hone_err *err);

#endif
