/*
 * Row files of other tools, read into our form (docs/data.md): CSV of three columns,
 * prompt/completion, xLAM, Mobile Actions, BFCL, sharegpt. Every field is checked; the first bad
 * row ends the reading with its file and line.
 */
#ifndef HONE_DATASETS_FOREIGN_H
#define HONE_DATASETS_FOREIGN_H

#include "model/row.h"

typedef enum hone_foreign_format {
    HONE_FOREIGN_NONE, /* our own form */
    HONE_FOREIGN_CSV,
    HONE_FOREIGN_PROMPT,
    HONE_FOREIGN_XLAM,
    HONE_FOREIGN_MOBILE,
    HONE_FOREIGN_BFCL,
    HONE_FOREIGN_SHAREGPT
} hone_foreign_format;

#define HONE_FOREIGN_CHOICES "auto|rows|csv|prompt|xlam|mobile|bfcl|sharegpt"

typedef struct hone_foreign_options {
    const hone_json *tools; /* of rows that bring none; CSV needs them */
    const char *answers;    /* BFCL: the file of possible answers, or NULL */
    const char *part;       /* Mobile Actions: "train" or "eval" only; NULL: all */
} hone_foreign_options;

const char *hone_foreign_name(hone_foreign_format f);
/* By name ("auto" looks at the file's name and its first row). */
int hone_foreign_find(hone_foreign_format *ret, const char *name, const char *path, hone_err *err);
/* Each row as an object in our form, valid during the call only. *ret_left_out counts rows of
 * another part. */
int hone_foreign_each(const char *path, hone_foreign_format format,
                      const hone_foreign_options *options,
                      int (*on_row)(void *user, hone_arena *a, const hone_json *row, int64_t line,
                                    hone_err *err),
                      void *user, int64_t *ret_left_out, hone_err *err);

#endif
