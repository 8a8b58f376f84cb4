/* The verbs of `hone data`. Each parses its own words; 0, 1 (help was served) or a negative code.
 */
#ifndef HONE_CLI_DATA_VERBS_H
#define HONE_CLI_DATA_VERBS_H

#include "common/json.h"

int hone_data_split(int argc, char **argv, hone_arena *a, hone_err *err);
int hone_data_dedup(int argc, char **argv, hone_arena *a, hone_err *err);
int hone_data_convert(int argc, char **argv, hone_arena *a, hone_err *err);
int hone_data_report(int argc, char **argv, hone_arena *a, hone_err *err);
int hone_data_drop(int argc, char **argv, hone_arena *a, hone_err *err);
/* Pretty JSON on standard output. */
int hone_data_print(const hone_json *v, hone_err *err);

#endif
