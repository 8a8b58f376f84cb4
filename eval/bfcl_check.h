/*
 * The verdict of the public BFCL AST checker (Python rows), bit for bit: the mode `bfcl-ast`.
 * Values of calls come from hone_bfcl_decode. Equality is Python's: 1 == 1.0 == True. Where the
 * public checker crashes the error is "checker_error" and the row is wrong. docs/evaluation.md.
 */
#ifndef HONE_EVAL_BFCL_CHECK_H
#define HONE_EVAL_BFCL_CHECK_H

#include "eval/bfcl_decode.h"

typedef enum hone_bfcl_kind {
    HONE_BFCL_SIMPLE,      /* exactly one call */
    HONE_BFCL_MULTIPLE,    /* several functions, one call */
    HONE_BFCL_PARALLEL,    /* several calls in any order, matched greedily */
    HONE_BFCL_IRRELEVANCE, /* right: nothing decodes */
    HONE_BFCL_RELEVANCE    /* right: something decodes */
} hone_bfcl_kind;

typedef struct hone_bfcl_task {
    hone_bfcl_kind kind;
    const hone_json *functions; /* array of {"name","parameters"}, types in BFCL's words */
    const hone_json *gold;      /* array of {name: {argument: [allowed values]}} */
} hone_bfcl_task;

typedef struct hone_bfcl_verdict {
    const char *error;    /* "" if right, else BFCL's error word or "checker_error" */
    const char *argument; /* where a fault of an argument lies; NULL otherwise */
} hone_bfcl_verdict;

#define HONE_BFCL_CRASH "checker_error"

/* calls as hone_bfcl_decode gave them. Fails only for want of memory. */
int hone_bfcl_check(hone_bfcl_verdict *ret, hone_arena *a, const hone_bfcl_task *task,
                    const hone_calls *calls, hone_err *err);

/* The kind that a category's name says ("parallel_multiple" is parallel); false for categories
 * that are not scored here (Java, JavaScript, multi_turn, web search, memory ..). */
bool hone_bfcl_kind_of(const char *category, hone_bfcl_kind *ret);

#endif
