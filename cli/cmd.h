/* The commands of the program: each takes its own words, prints once, returns an exit status. */
#ifndef HONE_CLI_CMD_H
#define HONE_CLI_CMD_H

#include "common/options.h"

int hone_cmd_datagen(int argc, char **argv);
int hone_cmd_data(int argc, char **argv);
int hone_cmd_train(int argc, char **argv);
int hone_cmd_eval(int argc, char **argv);
int hone_cmd_export(int argc, char **argv);
int hone_cmd_run(int argc, char **argv);
int hone_cmd_chat(int argc, char **argv);
int hone_cmd_pull(int argc, char **argv);
int hone_cmd_doctor(int argc, char **argv);

/* Prints "error: ..." and the hint on stderr; returns the exit status of err->code. */
int hone_cmd_fail(const hone_err *err);

#endif
