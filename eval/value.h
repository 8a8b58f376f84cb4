/*
 * When two argument values are equal: one rule per kind, by the declared schema.
 * docs/evaluation.md.
 *
 *   string   same Unicode scalar values; no folding, trimming or normal form
 *   number   same kind and value; where the schema says `number`, equal across integer and real.
 *            -0.0 equals 0.0; integers are compared by digits, never through a double
 *   boolean  same; never equal to 0 or 1
 *   null     only to null
 *   array    same length, element by element
 *   object   same keys, values recursively; order ignored
 */
#ifndef HONE_EVAL_VALUE_H
#define HONE_EVAL_VALUE_H

#include <stdbool.h>

#include "common/json.h"

/* schema: a JSON Schema of the value as tools declare it (types in any case, the foreign names
 * dict, float, tuple and any too), or NULL if nothing is known. */
bool hone_value_equal(const hone_json *a, const hone_json *b, const hone_json *schema);

/* Two numbers by value, across integer and real, exactly. */
bool hone_value_number_equal(const hone_json *a, const hone_json *b);

/* True if v has a type that schema allows, at every depth that the schema describes. */
bool hone_value_type_ok(const hone_json *v, const hone_json *schema);

/* True if both are of one kind: integers and reals differ unless the schema says `number`. */
bool hone_value_same_kind(const hone_json *a, const hone_json *b, const hone_json *schema);

/* True unless schema declares an enum that v is no member of. */
bool hone_value_enum_ok(const hone_json *v, const hone_json *schema);

/* True for strings that the schema declares as a date, time or date-time. */
bool hone_value_is_date(const hone_json *schema);

#endif
