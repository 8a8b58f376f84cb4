/*
 * What became of a generation: exactly one outcome. A broken, cut or unparsable answer is an
 * outcome of its own; it is never a refusal and never correct. docs/evaluation.md.
 */
#ifndef HONE_EVAL_OUTCOME_H
#define HONE_EVAL_OUTCOME_H

#include "model/call.h"

/* Why a generation ended. UNKNOWN: the prediction file does not say; taken as a stop token. */
typedef enum hone_stop {
    HONE_STOP_UNKNOWN, HONE_STOP_TOKEN, HONE_STOP_LENGTH, HONE_STOP_ERROR
} hone_stop;

typedef enum hone_outcome {
    HONE_OUTCOME_CALLS,     /* one or more calls, all well-formed */
    HONE_OUTCOME_NO_CALL,   /* no start marker, ended by a stop token */
    HONE_OUTCOME_MALFORMED, /* a block that breaks the grammar, or a call without a start marker */
    HONE_OUTCOME_TRUNCATED,     /* a start marker without its end */
    HONE_OUTCOME_NO_STOP,       /* well-formed, but the token limit came before a stop token */
    HONE_OUTCOME_NOT_GENERATED, /* nothing to judge: counts as wrong */
    HONE_OUTCOMES
} hone_outcome;

const char *hone_outcome_word(hone_outcome o);
const char *hone_stop_word(hone_stop s); /* "stop_token", "length", "error", "unknown" */
hone_stop hone_stop_parse(const char *word); /* UNKNOWN for other words and NULL */

hone_outcome hone_outcome_of(const hone_parsed *p, hone_stop stop);

#endif
