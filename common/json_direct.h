/* The short way from JSON text into a tree, for common/json.c alone. */
#ifndef HONE_COMMON_JSON_DIRECT_H
#define HONE_COMMON_JSON_DIRECT_H

#include "common/json.h"

enum { HONE_JSON_DIRECT_MAX = 64 << 10, HONE_JSON_DEPTH_MAX = 512 };

/* RFC 8259: [-] 0|1-9.. [. digits] [e [+-] digits]; says whether it is an integer. */
bool hone_json_is_token(const char *s, size_t len, bool *ret_integer);
/* 1 and *ret, the tree that the strict way makes of the same text; 0 for anything that is not
 * plainly right, so that the strict way judges it and words the error; HONE_E_MEMORY. */
int hone_json_direct(hone_json **ret, hone_arena *a, const char *text, size_t len,
                     int64_t first_line);

/* The strict way, for texts of any length that is not 0; tests compare the two. */
int hone_json_strict(hone_json **ret, hone_arena *a, const char *text, size_t len,
                     const char *source, int64_t first_line, hone_err *err);

#endif
