/*
 * CSV as spreadsheets write it (RFC 4180): fields in double quotes may hold commas, newlines and
 * doubled quotes; a byte order mark is skipped; lines end in LF or CRLF.
 */
#ifndef HONE_DATASETS_CSV_H
#define HONE_DATASETS_CSV_H

#include <stdint.h>

#include "common/arena.h"
#include "common/error.h"

typedef struct hone_csv {
    const char *text, *path; /* text of len bytes */
    size_t len, at;
    int64_t line;
} hone_csv;

typedef struct hone_csv_record {
    const char **fields; /* NUL-terminated, in the arena */
    size_t count;
    int64_t line; /* where it begins */
} hone_csv_record;

void hone_csv_start(hone_csv *c, const char *path, const char *text, size_t len);
/* 1 and a record, 0 at the end, HONE_E_DATA for a quote that is never closed or that text follows.
 * Empty lines are skipped. */
int hone_csv_next(hone_csv *c, hone_arena *a, hone_csv_record *ret, hone_err *err);

#endif
