/*
 * Encoded rows: the token ids and label marks of many rows in two blocks, with the place each row
 * came from. What the trainer keeps of its data; texts and JSON trees need not outlive it.
 */
#ifndef HONE_DATASETS_ENCODE_SET_H
#define HONE_DATASETS_ENCODE_SET_H

#include "common/buf.h"
#include "model/chat.h"

typedef struct hone_encode_row {
    const char *id, *source; /* of the set's arena */
    int64_t line;
    size_t at;               /* ids[at .. at + count) of the set */
    int32_t count, prompt_count, num_labels;
} hone_encode_row;

typedef struct hone_encode_set {
    hone_encode_row *rows;
    size_t count, cap;
    int32_t *ids;
    uint8_t *labels;         /* 1 where the id is a target */
    size_t num_ids, cap_ids;
    int64_t num_labels;
    int32_t longest;         /* ids of the longest row */
    size_t longest_row;
    hone_arena *names, *scratch;
    hone_chat_cache *cache; /* rows mostly share their developer turn */
    const char *last_source; /* copied once a file */
} hone_encode_set;

typedef struct hone_encode_options {
    int64_t max_length;      /* ids of a row at most */
    bool want_labels;        /* refuse rows that have nothing to learn */
} hone_encode_options;

int hone_encode_set_new(hone_encode_set **ret, hone_err *err);
void hone_encode_set_free(hone_encode_set *s); /* accepts NULL */
void hone_encode_set_clear(hone_encode_set *s); /* no rows; memory is kept for the next ones */

/* Encodes row and appends it. A row that is too long, or has no labels though they are wanted,
 * fails with HONE_E_DATA naming source, line, id and figures; the set is as before. */
int hone_encode_set_add(hone_encode_set *s, const hone_tokenizer *t, const hone_row *row,
                        const char *source, const hone_encode_options *o, hone_err *err);

/* The same from ids and labels that are there already (count >= 1, labels[0] = 0). */
int hone_encode_set_add_ids(hone_encode_set *s, const char *id, const char *source, int64_t line,
                            const int32_t *ids, const uint8_t *labels, size_t count,
                            size_t prompt_count, hone_err *err);

/* Rows as bytes for another process of the same program: row i, without the beginning that it
 * shares with row i - 1 of the set. */
void hone_encode_set_pack(hone_buf *out, const hone_encode_set *s, size_t i);
/* Appends a packed row; the rows before it are those that were before it. *ret_used: its bytes. */
int hone_encode_set_unpack(hone_encode_set *s, const char *source, const char *data, size_t len,
                           size_t *ret_used, hone_err *err);

#endif
