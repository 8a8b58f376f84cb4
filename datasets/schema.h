/*
 * Does a call satisfy its tool's schema? The subset of JSON Schema that tools use: type (any case,
 * and the words dict, float, tuple, any of other formats), enum, required, properties, items,
 * nested. docs/data.md.
 */
#ifndef HONE_DATASETS_SCHEMA_H
#define HONE_DATASETS_SCHEMA_H

#include <stdbool.h>

#include "common/json.h"

typedef enum hone_schema_fault {
    HONE_SCHEMA_OK,
    HONE_SCHEMA_UNDECLARED,
    HONE_SCHEMA_MISSING,
    HONE_SCHEMA_UNKNOWN,
    HONE_SCHEMA_TYPE,
    HONE_SCHEMA_ENUM,
    HONE_SCHEMA_DEPTH
} hone_schema_fault;

typedef struct hone_schema_finding {
    hone_schema_fault fault;
    char path[160]; /* "arguments.items[2].name" */
    char text[200]; /* what is wrong, one phrase */
} hone_schema_finding;

/* The first fault of the arguments of a call of that name; HONE_SCHEMA_OK if there is none. tools
 * is an array of tools. found may be NULL. */
hone_schema_fault hone_schema_call(const hone_json *tools, const char *name,
                                   const hone_json *arguments, hone_schema_finding *found);
/* The same for one value against one schema. */
hone_schema_fault hone_schema_value(const hone_json *schema, const hone_json *value,
                                    hone_schema_finding *found);
const char *hone_schema_word(hone_schema_fault f); /* "type", "missing" ... : stable reason codes */

#endif
