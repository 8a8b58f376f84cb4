/* Inside of the tokenizer: tokenizer.c encodes and decodes, tokenizer_load.c builds. */
#ifndef HONE_MODEL_TOKENIZER_PARTS_H
#define HONE_MODEL_TOKENIZER_PARTS_H

#include "model/tokenizer.h"

enum {
    HONE_PIECE_BYTES = 255,      /* longest piece that is accepted */
    HONE_PIECES_MIN = 107,       /* up to <end_of_turn> */
    HONE_PIECES_MAX = 1 << 20,
    HONE_GEMMA_PIECES = 262144,  /* of the full vocabulary */
    HONE_EXTRAS = 2,             /* <image_soft_token>, <end_of_image>: ids behind the embedding */
    HONE_RUN_MAX = 31,           /* longest run of U+2581 that is a piece */
    HONE_NAME_SIZE = 96          /* room for any special piece's text, NUL included */
};

/* A special piece is found in raw text before anything else. */
enum { HONE_SPECIAL_NONE, HONE_SPECIAL_TEXT, HONE_SPECIAL_CONTROL };

typedef struct hone_entry {
    uint32_t at;     /* in text */
    uint8_t len;
    uint8_t type;    /* hone_piece_type */
    uint8_t special; /* TEXT: line breaks, tabs, runs, HTML tags; CONTROL: all others */
    float score;
} hone_entry;

typedef struct hone_slot {
    uint32_t hash;
    uint32_t id;     /* id + 1; 0 = empty */
} hone_slot;

struct hone_tokenizer {
    char *text;
    hone_entry *entries;             /* count + extras */
    size_t count, extras;
    hone_slot *slots;                /* open addressing, linear, at most half full */
    uint32_t mask;
    uint32_t longest;                /* bytes of the longest normal piece */
    int32_t byte_ids[256];
    int32_t ascii_ids[128];          /* normal pieces of one ASCII character, or -1 */
    int32_t run_ids[HONE_RUN_MAX + 1]; /* pieces of k times U+2581, k >= 2, or -1 */
    uint8_t special_longest[256];    /* by first byte; 0 = no special piece begins so */
    uint64_t special_lengths[256][4]; /* bit set of their lengths */
    bool base_names;
    char *model;                     /* bytes of a FunctionGemma tokenizer.model, or NULL */
    size_t model_size;
};

uint32_t hone_piece_hash(const char *s, size_t n);
/* Entry index of a text (extras included), or -1. */
int32_t hone_entry_find(const hone_tokenizer *t, const char *s, size_t n, uint32_t hash);

/* Text of special piece id of FunctionGemma's full vocabulary; its length, 0 for other ids. */
size_t hone_special_name(int32_t id, char name[HONE_NAME_SIZE]);
/* Type of that piece in a SentencePiece model. */
hone_piece_type hone_special_type(int32_t id);
/* Value of a byte piece's name, <0xHH>; -1 if it is none. */
int hone_byte_value(const char *s, size_t n);
/* True for the exact spelling of a control token. */
bool hone_is_control(const char *s, size_t n);

#endif
