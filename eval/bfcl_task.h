/*
 * What `bfcl-ast` needs of a row: of one that came from a BFCL file its own functions and gold as
 * they stand there, of any other row the same made from its tools and expectation.
 * docs/evaluation.md.
 */
#ifndef HONE_EVAL_BFCL_TASK_H
#define HONE_EVAL_BFCL_TASK_H

#include "eval/bfcl_check.h"
#include "model/row.h"

#define HONE_BFCL_SOURCE "bfcl-v4" /* source.format of rows that hone_bfcl_rows_load made */

/* Of a row from a BFCL file: its gold, an array of {name: {argument: [allowed]}}, and one of its
 * functions with the types as written there. NULL for other rows. */
const hone_json *hone_bfcl_gold(const hone_row *row);
const hone_json *hone_bfcl_function(const hone_row *row, const char *name);

/* The task of any row with an expectation; made parts live in a. Fails only for want of memory. */
int hone_bfcl_task_make(hone_bfcl_task *ret, hone_arena *a, const hone_row *row, hone_err *err);

#endif
