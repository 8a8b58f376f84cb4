/*
 * JSON values: an immutable tree in an arena. Jansson parses and validates (strict: duplicate keys,
 * NaN, trailing text, lone surrogates and invalid UTF-8 are refused); numbers keep their source
 * digits, so 0.1 stays 0.1 and integers of any size survive. Key order is kept. YAML files
 * (common/yaml.h) load into the same tree.
 */
#ifndef HONE_COMMON_JSON_H
#define HONE_COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/error.h"

typedef enum hone_json_type {
    HONE_JSON_NULL, HONE_JSON_FALSE, HONE_JSON_TRUE,
    HONE_JSON_INT,   /* no point, no exponent; any size */
    HONE_JSON_REAL,  /* point or exponent; finite as a double */
    HONE_JSON_STRING, HONE_JSON_ARRAY, HONE_JSON_OBJECT
} hone_json_type;

typedef struct hone_json hone_json;
typedef struct hone_json_member {
    const char *key; /* NUL-terminated UTF-8 */
    size_t key_len;
    hone_json *value;
    int32_t line;    /* line of the key (YAML), 0 if unknown */
} hone_json_member;

struct hone_json {
    hone_json_type type;
    int32_t line;            /* 1-based source line, 0 if unknown */
    const char *text;        /* STRING: bytes, NUL-terminated. INT, REAL: source digits */
    size_t len;              /* bytes of text; elements of ARRAY; members of OBJECT */
    hone_json **items;       /* ARRAY */
    hone_json_member *members; /* OBJECT, in source order */
};

/* Parses one value that fills text (surrounding white space allowed). source names it in errors;
 * first_line is added to reported lines (1 for a whole file, the line number for JSONL). */
int hone_json_parse(hone_json **ret, hone_arena *a, const char *text, size_t len,
                    const char *source, int64_t first_line, hone_err *err);
int hone_json_load(hone_json **ret, hone_arena *a, const char *path,
                   hone_err *err); /* at most 256 MiB; a byte order mark is skipped */

/* Look-ups; NULL-safe: a NULL value is "absent". */
hone_json *hone_json_get(const hone_json *object, const char *key); /* NULL if absent */
hone_json *hone_json_at(const hone_json *array, size_t i);          /* NULL if out of range */
bool hone_json_is_null(const hone_json *v); /* absent or null */
bool hone_json_is(const hone_json *v, hone_json_type type);
bool hone_json_is_number(const hone_json *v);
bool hone_json_is_bool(const hone_json *v);
bool hone_json_str_eq(const hone_json *v, const char *s);

/* Typed getters: fail with file, key and both types. A missing key gives the default where there is
 * one; the _req forms fail instead. source names the file in the message. */
int hone_json_get_str(const char **ret, const hone_json *o, const char *key, const char *fallback,
                      const char *source, hone_err *err);
int hone_json_req_str(const char **ret, const hone_json *o, const char *key, const char *source,
                      hone_err *err);
int hone_json_get_i64(int64_t *ret, const hone_json *o, const char *key, int64_t fallback,
                      int64_t min, int64_t max, const char *source, hone_err *err);
int hone_json_req_i64(int64_t *ret, const hone_json *o, const char *key, int64_t min, int64_t max,
                      const char *source, hone_err *err);
int hone_json_get_f64(double *ret, const hone_json *o, const char *key, double fallback,
                      const char *source, hone_err *err);
int hone_json_get_bool(bool *ret, const hone_json *o, const char *key, bool fallback,
                       const char *source, hone_err *err);
/* An object or array member; *ret NULL if absent. */
int hone_json_get_typed(hone_json **ret, const hone_json *o, const char *key, hone_json_type type,
                        const char *source, hone_err *err);

/* Value of an INT or REAL. hone_json_i64 is false when it does not fit. Locale independent. */
bool hone_json_i64(const hone_json *v, int64_t *ret);
double hone_json_f64(const hone_json *v);

/* Building (arena-owned; NULL when out of memory). Strings are copied. */
hone_json *hone_json_new_null(hone_arena *a);
hone_json *hone_json_new_bool(hone_arena *a, bool b);
hone_json *hone_json_new_i64(hone_arena *a, int64_t n);
/* Adds one to a number that hone_json_new_i64 made, in place; false, and nothing is done, when it
 * is no whole number from 0 or needs one more digit. */
bool hone_json_count_up(hone_json *v);
hone_json *hone_json_new_f64(hone_arena *a, double d); /* shortest digits; null if not finite */
/* INT or REAL with these digits, checked by the caller; needless leading zeros are dropped. */
hone_json *hone_json_new_number(hone_arena *a, hone_json_type type, const char *digits, size_t len);
hone_json *hone_json_new_str(hone_arena *a, const char *s);
hone_json *hone_json_new_strn(hone_arena *a, const char *s, size_t n);
hone_json *hone_json_new_array(hone_arena *a);
hone_json *hone_json_new_object(hone_arena *a);
bool hone_json_push(hone_arena *a, hone_json *array, hone_json *v);
bool hone_json_set(hone_arena *a, hone_json *object, const char *key, hone_json *v); /* replaces */
/* As set, but without looking for the key first: for readers that refuse duplicates themselves. */
bool hone_json_append(hone_arena *a, hone_json *object, const char *key, size_t key_len,
                      int32_t line, hone_json *v);
hone_json *hone_json_copy(hone_arena *a, const hone_json *v); /* deep */

/* Value equality: INT digits and REAL values compared by kind and value, objects free of order. */
bool hone_json_equal(const hone_json *a, const hone_json *b);

/* Writing. Numbers print their digits. COMPACT has no spaces; PRETTY indents by 2; SORTED orders
 * keys by bytes (canonical form for hashing: COMPACT | SORTED). Output is always valid UTF-8 JSON;
 * control characters are escaped, other characters are printed as they are. */
enum { HONE_JSON_COMPACT = 0, HONE_JSON_PRETTY = 1, HONE_JSON_SORTED = 2 };
void hone_json_write(hone_buf *out, const hone_json *v, int flags);
void hone_json_write_str(hone_buf *out, const char *s, size_t n); /* quoted and escaped */
void hone_json_write_inner(hone_buf *out, const char *s, size_t n); /* the same without quotes */

/* Shortest decimal digits of a finite double in Python's repr form ("1.0", "1e-05", "-0.0").
 * buf holds at least 32 bytes. Equal to repr() on every double. */
void hone_f64_repr(double d, char *buf);
/* "%.6g" without locale. */
void hone_f64_g6(double d, char *buf);
/* Decimal numbers over exactly len bytes, in any locale: [-] digits with at most one point, [e [+-]
 * digits]. False (and *ret kept) for anything else: a plus sign, hexadecimal, inf, nan, white
 * space, and what does not fit (finite double; int64_t). */
bool hone_parse_f64(const char *s, size_t len, double *ret);
bool hone_parse_i64(const char *s, size_t len, int64_t *ret);

#endif
