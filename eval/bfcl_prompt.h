/*
 * The prompt of a BFCL row as the public leaderboard's FunctionGemma handler renders it, for scores
 * that compare with published ones. docs/evaluation.md.
 */
#ifndef HONE_EVAL_BFCL_PROMPT_H
#define HONE_EVAL_BFCL_PROMPT_H

#include "common/json.h"

/* functions and turn (an array of messages) as they stand in the file; text in a. Fails with
 * HONE_E_DATA for messages that the handler has no form for in a single turn. */
int hone_bfcl_prompt(const char **ret, hone_arena *a, const hone_json *functions,
                     const hone_json *turn, hone_err *err);

#endif
