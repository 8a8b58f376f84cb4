/* The part of `hone doctor` that explains one exported file. */
#ifndef HONE_CLI_DOCTOR_FILE_H
#define HONE_CLI_DOCTOR_FILE_H

#include "common/json.h"

/* Whether path is a .litertlm or .tflite file, by its first bytes. */
bool hone_doctor_explains(const char *path);
/* Findings of the level "error" in a tree of hone_explain. */
int hone_doctor_errors(const hone_json *file);
void hone_doctor_print_file(const hone_json *file);

#endif
