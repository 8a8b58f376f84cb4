/*
 * What the two call parsers share (call_parse.c: our grammar; call_runtime.c: the device's): a
 * cursor over one block, and the walk that cuts a text into blocks and content.
 */
#ifndef HONE_MODEL_CALL_READER_H
#define HONE_MODEL_CALL_READER_H

#include "model/call.h"

enum { HONE_CALL_DEPTH = 64, HONE_CALL_MEMBERS = 4096, HONE_CALL_TEXT = 1 << 20 };

typedef struct hone_call_reader {
    hone_arena *arena;
    const char *text;
    size_t pos, end;        /* of the block that is read */
    const char *error_text; /* set by the first failure in a block */
    size_t error_offset;
    unsigned flags;         /* of all blocks */
    bool no_memory;
} hone_call_reader;

typedef enum hone_call_block { HONE_BLOCK_CALL, HONE_BLOCK_EMPTY, HONE_BLOCK_BAD } hone_call_block;

typedef struct hone_call_rules {
    hone_call_block (*block)(hone_call_reader *r, hone_call *ret); /* r->pos .. r->end */
    bool bad_is_text;  /* a bad block comes back as content too */
    bool open_is_text; /* a start marker without an end is content, not an error */
} hone_call_rules;

int hone_call_walk(hone_parsed *ret, hone_arena *a, const char *text, size_t len,
                   const hone_call_rules *rules, hone_err *err);

/* Notes the first failure of a block; always false. */
bool hone_call_fail(hone_call_reader *r, const char *phrase);
/* True if the block goes on with word at the cursor, which then moves behind it. */
bool hone_call_accept(hone_call_reader *r, const char *word);
void hone_call_skip_space(hone_call_reader *r); /* space, tab, newline, carriage return */
/* NULL and no_memory set, or v. */
hone_json *hone_call_made(hone_call_reader *r, hone_json *v);
/* Adds a member unless the key is there (the first wins): then the flag is set. */
bool hone_call_add(hone_call_reader *r, hone_json *object, const char *key, size_t n, hone_json *v);

#endif
