/*
 * The call grammar: text of function calls, written and parsed. docs/call-grammar.md.
 */
#ifndef HONE_MODEL_CALL_H
#define HONE_MODEL_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"

typedef struct hone_call {
    const char *name;
    const hone_json *arguments; /* an object, never NULL */
} hone_call;

typedef struct hone_calls {
    hone_call *items;
    size_t count;
} hone_calls;

typedef enum hone_call_error {
    HONE_CALL_OK, HONE_CALL_SYNTAX, HONE_CALL_TRUNCATED
} hone_call_error;

enum { /* flags: accepted, but worth a remark */
    HONE_CALL_FLAG_PYTHON_WORD = 1, HONE_CALL_FLAG_LEADING_ZERO = 2,
    HONE_CALL_FLAG_DUPLICATE_KEY = 4, HONE_CALL_FLAG_ESCAPED_KEY = 8
};

typedef struct hone_parsed {
    hone_calls calls;        /* the well-formed ones, also when error is set */
    hone_call_error error;   /* of the first bad block */
    size_t error_offset;     /* byte in the text */
    const char *error_text;  /* one phrase */
    const char *content;     /* text outside blocks, trimmed of stop markers; "" if none */
    bool call_like;          /* no start marker, but the text begins like a call */
    unsigned flags;
} hone_parsed;

/* Parses generated text (control tokens kept) by the strict grammar. Never fails but for memory. */
int hone_call_parse(hone_parsed *ret, hone_arena *a, const char *text, size_t len, hone_err *err);
/* What LiteRT-LM's own parser would answer for the same text. */
int hone_call_parse_runtime(hone_parsed *ret, hone_arena *a, const char *text, size_t len,
                            hone_err *err);

/* Writes calls as the template does: sorted arguments, back to back, no stop marker. */
void hone_call_write(hone_buf *out, const hone_calls *calls);
/* One value in the template's notation; bare_keys as in calls, else <escape>d keys. */
void hone_call_write_value(hone_buf *out, const hone_json *v, bool bare_keys);
typedef enum hone_key_order {
    HONE_KEYS_FOLDED, /* as the template sorts: by lower(key), code points, stable */
    HONE_KEYS_BYTES   /* by key, code points */
} hone_key_order;
/* Member order of an object. order[n] is filled. */
int hone_json_sorted_members(const hone_json *object, size_t *order, hone_key_order by,
                             hone_err *err);

#endif
