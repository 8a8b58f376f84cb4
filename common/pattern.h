/*
 * Regular expressions in options and in foreign configuration files (PCRE2). A pattern must match
 * the whole text; matching is limited, so that no pattern can run away.
 */
#ifndef HONE_COMMON_PATTERN_H
#define HONE_COMMON_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

typedef struct hone_pattern hone_pattern;

/* Fails with HONE_E_DATA, the place in the pattern and the reason. */
int hone_pattern_new(hone_pattern **ret, const char *pattern, size_t len, hone_err *err);
void hone_pattern_free(hone_pattern *p); /* accepts NULL */
/* *ret says whether all of text matches; fails when the limits are reached. */
int hone_pattern_match(const hone_pattern *p, const char *text, size_t len, bool *ret,
                       hone_err *err);

#endif
