/* What `hone run` prints at its end: scores before, after and exported, paths, the next command. */
#ifndef HONE_CLI_RUN_SUMMARY_H
#define HONE_CLI_RUN_SUMMARY_H

#include "cli/run_stages.h"

/* Prints the table on standard output and writes it to RUN/summary.md. */
int hone_run_summary(const hone_plan *p, hone_err *err);

#endif
