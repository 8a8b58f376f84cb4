/*
 * Evaluation of a model on rows: generate, judge, report. What `hone eval` does, for callers that
 * have an engine already. docs/evaluation.md.
 */
#ifndef HONE_EVAL_EVAL_H
#define HONE_EVAL_EVAL_H

#include "eval/generate.h"
#include "eval/report.h"

/* Rows whose expected answer the grammar of their tools does not let pass. */
typedef struct hone_eval_outside {
    int64_t rows;
    const char *first_id;        /* of the first one, */
    int64_t first_at;            /* and how many of its ids pass */
} hone_eval_outside;

typedef struct hone_eval_options {
    int32_t max_new_tokens;      /* 128 */
    int slots;                   /* 32: rows at a time */
    int32_t context;             /* tokens that the model can hold */
    const char *label;           /* of the progress line */
    /* A file to which answers are appended as they come, so that a stopped evaluation goes on;
     * its first line is identity. One of another identity is written anew. NULL: none. The
     * caller removes it when the report is safe. */
    const char *journal;
    const char *identity;        /* hash of all that the answers depend on */
    bool no_drafts;              /* decode every id; else expected answers are checked at once,
                                  * which gives the same answers sooner */
    bool (*stop)(void);          /* as in hone_generate_options */
    bool constrained;            /* answers keep to the grammar of their row's tools */
    hone_eval_outside *outside;  /* filled when constrained; may be NULL */
} hone_eval_options;

/* Fills answers[rows->count]; texts and ids live in a. Answers that the journal holds are not
 * generated again. Control characters NUL and invalid UTF-8 in texts become U+FFFD.
 * HONE_E_STOPPED after a stop request. */
int hone_eval_answers(hone_answer *answers, hone_arena *a, hone_engine *e, const hone_tokenizer *t,
                      const hone_rows *rows, const hone_eval_options *o,
                      hone_generate_stats *ret_stats, hone_err *err);

#endif
