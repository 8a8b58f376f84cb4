/*
 * BFCL question files, read as they are, with their possible answers. docs/evaluation.md.
 */
#ifndef HONE_EVAL_BFCL_ROWS_H
#define HONE_EVAL_BFCL_ROWS_H

#include "datasets/rows.h"

/* True if the first line of path is a BFCL question. A file that cannot be read is none. */
bool hone_bfcl_is_file(const char *path);

typedef struct hone_bfcl_skipped {
    const char *category; /* in the rows' arena */
    size_t rows;
} hone_bfcl_skipped;

typedef struct hone_bfcl_load {
    hone_rows *rows;
    hone_bfcl_skipped skipped[16]; /* categories that are not scored, never silently */
    int num_skipped;
} hone_bfcl_load;

typedef struct hone_bfcl_options {
    const char *gold_path; /* NULL: possible_answer/NAME beside path */
    size_t limit;          /* rows; 0 = all */
    bool handler_prompt;   /* rows have the leaderboard handler's prompt (eval/bfcl_prompt.h) */
} hone_bfcl_options;

/* Rows have the developer line, tools in the prompt's words, the first allowed values as
 * expectation, and the original in `source`. */
int hone_bfcl_rows_load(hone_bfcl_load *ret, const char *path, const hone_bfcl_options *o,
                        hone_err *err);

#endif
