/*
 * Gemma's tokenizer: byte-fallback BPE over 262,144 pieces, exact to Hugging Face's ids. Immutable
 * after opening; encode and decode are thread safe. Rules: docs/tokenizer.md.
 */
#ifndef HONE_MODEL_TOKENIZER_H
#define HONE_MODEL_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

enum {
    HONE_ID_PAD = 0, HONE_ID_EOS = 1, HONE_ID_BOS = 2, HONE_ID_UNK = 3,
    HONE_ID_DECL = 46, HONE_ID_END_DECL = 47, HONE_ID_CALL = 48, HONE_ID_END_CALL = 49,
    HONE_ID_RESPONSE = 50, HONE_ID_END_RESPONSE = 51, HONE_ID_ESCAPE = 52,
    HONE_ID_TURN = 105, HONE_ID_END_TURN = 106,
    HONE_CONTROL_FIRST = 46, HONE_CONTROL_ROWS = 7
};

typedef enum hone_piece_type {
    HONE_PIECE_NORMAL = 1, HONE_PIECE_UNKNOWN, HONE_PIECE_CONTROL, HONE_PIECE_USER,
    HONE_PIECE_UNUSED, HONE_PIECE_BYTE
} hone_piece_type;

/* A vocabulary as its source lists it; strings need not be NUL-terminated. */
typedef struct hone_piece {
    const char *text;
    uint32_t len;
    float score;
    uint8_t type; /* hone_piece_type */
} hone_piece;

typedef struct hone_tokenizer hone_tokenizer;

/* From pieces in id order (GGUF: spaces in runs and base names are mended as docs/tokenizer.md
 * says). base_names tells whether ids 46..52 carried plain Gemma's names. Strings are copied. */
int hone_tokenizer_from_pieces(hone_tokenizer **ret, const hone_piece *pieces, size_t count,
                               bool gguf, const char *source, hone_err *err);
int hone_tokenizer_from_json(hone_tokenizer **ret, const char *text, size_t len, const char *source,
                             hone_err *err); /* tokenizer.json */
int hone_tokenizer_from_proto(hone_tokenizer **ret, const void *p, size_t n, const char *source,
                              hone_err *err); /* tokenizer.model */
void hone_tokenizer_free(hone_tokenizer *t); /* accepts NULL */

size_t hone_tokenizer_size(const hone_tokenizer *t);
bool hone_tokenizer_base_names(const hone_tokenizer *t); /* plain Gemma: ids 46..52 were unused */
/* Piece as FunctionGemma names it, spaces as U+2581; type and score for tokenizer sections. */
hone_piece hone_tokenizer_piece(const hone_tokenizer *t, int32_t id);
int hone_tokenizer_find(const hone_tokenizer *t, const char *piece, size_t len); /* id or -1 */
/* The first spelling of a control token (<escape>, <end_of_turn>, ..) in a text, or NULL. In data
 * it would become that token: such text is refused. */
const char *hone_control_in(const char *text, size_t len);
/* SHA-256 over all (piece, score, type). */
void hone_tokenizer_hash(const hone_tokenizer *t, char hex[65]);

/* A growing list of ids. */
typedef struct hone_ids {
    int32_t *data;
    size_t len, cap;
} hone_ids;
void hone_ids_done(hone_ids *ids);
bool hone_ids_push(hone_ids *ids, int32_t id);
bool hone_ids_reserve(hone_ids *ids, size_t more); /* room for so many more */

/* Appends the ids of UTF-8 text; never adds <bos>. with_special: control tokens in the text become
 * their ids (as the published tokenizer does); otherwise they are encoded as ordinary text. */
int hone_tokenizer_encode(const hone_tokenizer *t, const char *text, size_t len, bool with_special,
                          hone_ids *ret, hone_err *err);
/* Appends the text of ids, control tokens kept. */
void hone_tokenizer_decode(const hone_tokenizer *t, const int32_t *ids, size_t n, hone_buf *out);

/* A SentencePiece model file (tokenizer.model) of this vocabulary for exported files; if the source
 * was a tokenizer.model of FunctionGemma its bytes are returned unchanged. */
int hone_tokenizer_write_proto(const hone_tokenizer *t, hone_buf *out, hone_err *err);

#endif
