/* A folder that appears whole or not at all: written under another name beside the final one. */
#ifndef HONE_EXPORT_TARGET_H
#define HONE_EXPORT_TARGET_H

#include "common/error.h"

/* File that marks a folder as ours, so that it may be replaced. */
#define HONE_FOLDER_MANIFEST "hone_manifest.json"

/* Makes an empty folder beside out and gives its name (hone_free). HONE_E_REFUSED when out holds
 * something that is not ours. */
int hone_target_begin(char **ret_temp, const char *out, hone_err *err);
/* Gives it the final name; *temp is freed and NULL on success. */
int hone_target_end(char **temp, const char *out, hone_err *err);
/* Removes it; accepts NULL in *temp. */
void hone_target_abort(char **temp);

#endif
