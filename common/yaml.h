/*
 * YAML configuration files into JSON trees (common/json.h), each node with its line. Anchors, tags,
 * several documents and duplicate keys are refused with file:line. Plain scalars: null ~ are null,
 * true false are booleans, JSON numbers and forms such as 1e-5 are numbers, 012 is 12; no, off,
 * yes, on stay strings.
 */
#ifndef HONE_COMMON_YAML_H
#define HONE_COMMON_YAML_H

#include "common/json.h"

int hone_yaml_parse(hone_json **ret, hone_arena *a, const char *text, size_t len,
                    const char *source, hone_err *err);
int hone_yaml_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err);
/* Writes a tree as block-style YAML (for config.effective.yaml). */
void hone_yaml_write(hone_buf *out, const hone_json *v);

#endif
