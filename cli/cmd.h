/* The commands of the program: each takes its own words, prints once, returns an exit status. */
#ifndef HONE_CLI_CMD_H
#define HONE_CLI_CMD_H

#include "common/options.h"

int hone_cmd_datagen(int argc, char **argv);
int hone_cmd_data(int argc, char **argv);
int hone_cmd_trim(int argc, char **argv);
int hone_cmd_train(int argc, char **argv);
int hone_cmd_eval(int argc, char **argv);
int hone_cmd_export(int argc, char **argv);
int hone_cmd_run(int argc, char **argv);
int hone_cmd_chat(int argc, char **argv);
int hone_cmd_pull(int argc, char **argv);
int hone_cmd_verify_run(int argc, char **argv);
int hone_cmd_bench(int argc, char **argv);
int hone_cmd_doctor(int argc, char **argv);

/*
 * hone_options_parse with the configuration file in between: `-c FILE` / `--config FILE` loads the
 * section of FILE named after the command, plus the top-level keys model and tools where the
 * command has such options; flags then override it. `--dump-options` prints all values as JSON on
 * stdout and returns 1 ("served"), so that `hone run` can check a file and hash a stage before it
 * starts it.
 */
int hone_cmd_parse(const hone_command *c, int argc, char **argv, const char **positional, int max,
                   int *ret_count, hone_arena *a, hone_err *err);

/* Top-level keys of a configuration file: unknown ones fail with file:line and the nearest key. */
int hone_cmd_check_keys(const hone_json *file, const char *path, hone_err *err);

/* Prints "error: ..." and the hint on stderr; returns the exit status of err->code. */
int hone_cmd_fail(const hone_err *err);
/* The end of a command that several processes run together (common/mpi.h): a failure that all know
 * of is printed by rank 0. Returns the exit status. */
int hone_cmd_end(int rc, const hone_err *err);

#endif
