/*
 * The mode `lenient`: each argument is compared through a normaliser.
 * docs/evaluation.md lists them.
 */
#ifndef HONE_EVAL_NORMAL_H
#define HONE_EVAL_NORMAL_H

#include <stdbool.h>

#include "common/json.h"

#define HONE_NORMALS(X)                                                                            \
    X(TEXT, "text")                                                                                \
    X(TEXT_LOOSE, "text-loose")                                                                    \
    X(ENUM, "enum")                                                                                \
    X(NUMBER, "number")                                                                            \
    X(NUMBER_UNIT, "number-unit")                                                                  \
    X(BOOLEAN, "boolean")                                                                          \
    X(DATE, "date")                                                                                \
    X(TIME, "time")                                                                                \
    X(DATE_TIME, "date-time")                                                                      \
    X(PHONE, "phone")                                                                              \
    X(SET, "set")                                                                                  \
    X(ANY, "any")                                                                                  \
    X(EXACT, "exact")

typedef enum hone_normal {
#define X(name, word) HONE_NORMAL_##name,
    HONE_NORMALS(X)
#undef X
} hone_normal;

const char *hone_normal_word(hone_normal n);
bool hone_normal_parse(const char *word, hone_normal *ret); /* false for an unknown word */

/* The normaliser of a value by its schema: `x-hone-normalizer`, else enum, type, format, else
 * text. schema may be NULL. */
hone_normal hone_normal_of(const hone_json *schema);

/* Are the two the same through normaliser n? Equal values always are. Arrays and objects are
 * compared element by element, each through the normaliser of its own schema. Units of number-unit:
 * `x-hone-units` in schema, an object of factors. Out of memory counts as different. */
bool hone_normal_equal(const hone_json *want, const hone_json *got, const hone_json *schema,
                       hone_normal n);

#endif
