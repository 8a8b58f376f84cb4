/*
 * The `exact` and `lenient` scores of an answer and the class of its error. docs/evaluation.md.
 *
 * Right means: the outcome is `calls` (or `no_stop` with well-formed calls), as many calls as
 * expected, and a one-to-one matching, free of order, in which names are byte-equal, argument sets
 * equal and values equal: by eval/value.h in `exact`, through eval/normal.h in `lenient`, where an
 * absent optional argument also equals its declared default. A row's `allowed` (or a BFCL row's
 * gold) lists further values of an argument; "" among them lets it be left out. A row that wants no
 * call is right when the outcome is `no_call`.
 */
#ifndef HONE_EVAL_SCORE_H
#define HONE_EVAL_SCORE_H

#include "eval/outcome.h"
#include "model/row.h"

/* Error classes, the first that applies wins. */
#define HONE_FAULTS(X)                                                                             \
    X(HONE_FAULT_NOT_GENERATED, "not_generated")                                                   \
    X(HONE_FAULT_TRUNCATED, "truncated")                                                           \
    X(HONE_FAULT_MALFORMED, "malformed")                                                           \
    X(HONE_FAULT_NO_STOP, "no_stop")                                                               \
    X(HONE_FAULT_MISSED_CALL, "missed_call")                                                       \
    X(HONE_FAULT_FALSE_CALL, "false_call")                                                         \
    X(HONE_FAULT_WRONG_COUNT, "wrong_count")                                                       \
    X(HONE_FAULT_WRONG_TOOL, "wrong_tool")                                                         \
    X(HONE_FAULT_UNKNOWN_TOOL, "unknown_tool")                                                     \
    X(HONE_FAULT_MISSING_ARG, "missing_arg")                                                       \
    X(HONE_FAULT_EXTRA_ARG, "extra_arg")                                                           \
    X(HONE_FAULT_UNKNOWN_ARG, "unknown_arg")                                                       \
    X(HONE_FAULT_TYPE, "type")                                                                     \
    X(HONE_FAULT_ENUM, "enum")                                                                     \
    X(HONE_FAULT_VALUE_STRING, "value:string")                                                     \
    X(HONE_FAULT_VALUE_NUMBER, "value:number")                                                     \
    X(HONE_FAULT_VALUE_BOOLEAN, "value:boolean")                                                   \
    X(HONE_FAULT_VALUE_DATE, "value:date")                                                         \
    X(HONE_FAULT_VALUE_LIST, "value:list")                                                         \
    X(HONE_FAULT_VALUE_OBJECT, "value:object")                                                     \
    X(HONE_FAULT_ORDER, "order")                                                                   \
    X(HONE_FAULT_NONE, "")

typedef enum hone_fault {
#define X(name, word) name,
    HONE_FAULTS(X)
#undef X
} hone_fault;
enum { HONE_FAULT_COUNT = HONE_FAULT_NONE };

const char *hone_fault_word(hone_fault f);

typedef enum hone_mode { HONE_MODE_EXACT, HONE_MODE_LENIENT, HONE_MODE_BFCL } hone_mode;
enum { HONE_MODES = HONE_MODE_BFCL + 1 };
const char *hone_mode_word(hone_mode m); /* "exact", "lenient", "bfcl-ast" */
bool hone_mode_parse(const char *word, hone_mode *ret); /* false for an unknown word */

/* One expected call beside the answered call it was matched with. */
typedef struct hone_pair {
    int want, got;        /* indices of calls; -1: nothing on that side */
    hone_fault fault;     /* NONE if equal */
    const char *argument; /* where a fault of an argument lies; NULL otherwise */
} hone_pair;

typedef struct hone_verdict {
    bool right;
    bool ordered;         /* right, and the calls came in the expected order */
    hone_fault fault;     /* NONE if right */
    int pair;             /* the pair that has the fault, -1 if the fault is of the whole answer */
    hone_pair *pairs;     /* for outcomes with calls, and for call rows answered without; by want */
    int num_pairs;
} hone_verdict;

/* mode is EXACT or LENIENT. Pairs live in a. Fails only for want of memory. */
int hone_score_calls(hone_verdict *ret, hone_arena *a, const hone_row *row, const hone_calls *got,
                     hone_outcome outcome, hone_mode mode, hone_err *err);

/* The fault of one argument of a matched pair of calls, NONE if right; want is one of
 * row->expected. Either call may lack key. */
hone_fault hone_score_argument(const hone_row *row, const hone_call *want, const hone_call *got,
                               const char *key, hone_mode mode);

/* The word of the normaliser through which `lenient` compares an argument. */
const char *hone_score_normalizer(const hone_row *row, const char *function, const char *key);

#endif
