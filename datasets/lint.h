/*
 * Small checks of text and calls that the data doctor and the judge of generated rows share: what
 * the prompt template, the call grammar or the device's parser would turn into something else.
 * docs/data.md.
 */
#ifndef HONE_DATASETS_LINT_H
#define HONE_DATASETS_LINT_H

#include <stdbool.h>

#include "common/json.h"

/* The control token that the text spells ("<end_of_turn>"), or NULL. */
const char *hone_lint_marker(const char *text);
/* Control characters, terminal escapes, bidi marks, bytes that are not UTF-8. */
bool hone_lint_hostile(const char *text);
/* The device's parser cuts a string at ", KEY" at its end or ", KEY:" where KEY is another argument
 * of the same call. */
bool hone_lint_device_cuts(const hone_json *arguments, size_t member);
/* Can the device parse the name of a function or argument? [A-Za-z_][A-Za-z0-9_.-]*, no keyword, no
 * exponent form such as e5. */
bool hone_lint_device_name(const char *name);
/* Property names that the template leaves out of the declaration. */
bool hone_lint_reserved(const char *name);
/* An integer that a double cannot hold, or a real that prints with an exponent. */
bool hone_lint_number(const hone_json *v, const char **why);

#endif
