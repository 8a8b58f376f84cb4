/* What the readers of rows and of tools share. Internal to model/. */
#ifndef HONE_MODEL_ROW_PARTS_H
#define HONE_MODEL_ROW_PARTS_H

#include "model/row.h"

/* v without null-valued members at any depth; v itself where there are none. Adds their number to
 * *dropped. Null elements of arrays stay. NULL when out of memory. */
const hone_json *hone_json_without_nulls(hone_arena *a, const hone_json *v, int *dropped);

/* A tools value of a row or file (array, or JSON text of one; entries may be bare functions) as a
 * fresh array of {"type":"function","function":{..}} with the type words of JSON Schema. */
int hone_tools_read(hone_json **ret, hone_arena *a, const hone_json *v, int *dropped,
                    const char *source, int64_t line, hone_err *err);

/* True if all properties are in the template's order. */
bool hone_tools_are_sorted(const hone_json *tools);

/* One or more characters other than white space and { } [ ] : , < > (NAME of the call grammar). */
bool hone_call_name_valid(const char *s, size_t n);

/* Fails with HONE_E_DATA at the line of v, else at line. */
int hone_fail_node(hone_err *err, const char *source, const hone_json *v, int64_t line,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
