/*
 * `hone eval` as several processes (common/mpi.h): every rank answers its share of the rows, rank 0
 * judges all of them. Internal to cli/cmd_eval.c and cli/eval_*.c. docs/many-machines.md.
 */
#ifndef HONE_CLI_EVAL_RANKS_H
#define HONE_CLI_EVAL_RANKS_H

#include "cli/eval_run.h"

/* What only one process can do is refused. */
int hone_eval_ranks_check(const hone_eval_words *w, hone_err *err);

/* This rank's rows: items point into those of the run. */
hone_rows hone_eval_ranks_own(const hone_eval_run *r, hone_answer **ret_answers);

/* Collective: rank 0 has the answers of all, and what making them took. */
int hone_eval_ranks_gather(hone_eval_run *r, hone_err *err);

#endif
