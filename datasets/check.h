/*
 * The data doctor: reads a row file to its end and reports everything that would train a model
 * wrongly, with file and line. Errors make the file unfit; warnings are worth a look. docs/data.md
 * lists the codes.
 */
#ifndef HONE_DATASETS_CHECK_H
#define HONE_DATASETS_CHECK_H

#include "datasets/parts.h"
#include "model/row.h"
#include "model/tokenizer.h"

typedef struct hone_finding {
    bool error;
    int64_t line;     /* 0: the tools */
    const char *code; /* stable: "schema", "null_key", "too_long" ... */
    const char *text;
} hone_finding;

typedef struct hone_check_options {
    const hone_json *tools;          /* default tools, or NULL */
    const char *tools_path;          /* for messages */
    const hone_tokenizer *tokenizer; /* NULL: no lengths */
    int64_t max_length;              /* ids of a row at most, with a tokenizer */
    const hone_parts_ways *ways;     /* several processes look at the rows; NULL: one */
} hone_check_options;

typedef struct hone_check {
    hone_arena *arena;
    hone_finding *findings;
    size_t count, room;
    int64_t errors, warnings, dropped; /* dropped: findings beyond the limit, counted alone */
    int64_t rows, calls, no_calls, nulls;
    int64_t longest, longest_line; /* ids; 0 without a tokenizer */
    const char *longest_id;
    int64_t tokens;
} hone_check;

/* Fails only if the file cannot be read; what is wrong with its rows is in ret. Of several
 * processes the first one has it all, the others nothing. */
int hone_check_rows(hone_check **ret, const char *path, const hone_check_options *options,
                    hone_err *err);
void hone_check_free(hone_check *c); /* accepts NULL */

#endif
