/*
 * Inside of the tokenizer: tokenizer.c cuts out special pieces and decodes, tokenizer_words.c
 * encodes what lies between them word by word, tokenizer_bpe.c any stretch as a whole,
 * tokenizer_load.c checks and mends the sources, tokenizer_index.c builds the tables.
 */
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
    HONE_RUN_BYTES = 3,          /* of U+2581 */
    HONE_WORD_BYTES = 15,        /* longest word that is kept with its ids, */
    HONE_WORD_IDS = 4,           /* and most ids of one */
    HONE_BRIEF_BYTES = 12,       /* of pieces that have a table of their own */
    HONE_NAME_SIZE = 96          /* room for any special piece's text, NUL included */
};

/* A special piece is found in raw text before anything else. */
#define HONE_RUN_MARK "\xe2\x96\x81"

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

/* A normal piece of up to HONE_BRIEF_BYTES bytes as texts spell it, spaces as they are: one look at
 * one place of memory finds it. */
typedef struct hone_brief {
    uint64_t lo; /* its bytes, zeros behind them */
    uint32_t hi;
    uint32_t id; /* id + 1 in 24 bits, its length above them; 0 = empty */
} hone_brief;

/* What all special pieces with one first byte have in common. */
typedef struct hone_special {
    uint8_t longest;     /* bytes; 0 = no special piece begins so */
    uint8_t common;      /* bytes at the beginning that all of them share */
    uint8_t unit;        /* > 0: all repeat their first character, of so many bytes */
    uint8_t last;        /* the byte that all end in, 0 if they differ */
    int32_t any;         /* one of them */
    uint64_t lengths[4]; /* bit set */
} hone_special;

/* A word of 1 to HONE_WORD_BYTES bytes and its ids. */
typedef struct hone_word_key {
    uint64_t lo, hi; /* its bytes, zeros behind them; the top byte of hi is the length */
} hone_word_key;

typedef struct hone_words hone_words; /* words that were met already; any number of threads */

struct hone_tokenizer {
    char *text;
    hone_entry *entries;             /* count + extras */
    size_t count, extras;
    hone_slot *slots;                /* open addressing, linear, at most half full */
    uint32_t mask;
    uint32_t longest;                /* bytes of the longest normal piece */
    int32_t byte_ids[256];
    hone_brief *briefs;              /* open addressing, linear, at most half full */
    uint32_t brief_mask;
    int32_t ascii_ids[128];          /* normal pieces of one ASCII character, or -1; a space stands
                                      * for U+2581 */
    int32_t run_ids[HONE_RUN_MAX + 1]; /* pieces of k times U+2581, k >= 2, or -1 */
    hone_special specials[256];      /* by first byte */
    bool starts_special[256];        /* a special piece begins with the byte */
    uint64_t joined[256][4];         /* bit [a][b]: some piece holds byte a before byte b; spaces */
    int32_t pair_ids[128 * 128];     /* pieces of two ASCII characters, or -1; as above */
    int32_t triple_ids[1 << 18];     /* of three that have a letter code: id + 1; 0 = none */
    uint8_t letter_codes[256];       /* 6 bits, 0 for what is no letter, space or apostrophe */
    hone_words *words;
    bool base_names;
    bool ranked;                     /* scores of normal pieces fall with their ids */
    char *model;                     /* bytes of a FunctionGemma tokenizer.model, or NULL */
    size_t model_size;
};

/* Byte-pair encoding of a stretch as a whole; the blocks serve one stretch after the other. */
typedef struct hone_symbol {
    uint32_t at, len;   /* bytes of the mapped text; len 0 = merged away */
    int32_t prev, next; /* -1 at the ends */
    int32_t id;         /* piece, or -1: written as byte pieces */
    bool frozen;        /* takes part in no merge */
} hone_symbol;

typedef struct hone_pair {
    float score;
    int32_t left, right;
    uint32_t len;       /* of both together when it was found; a pair that changed is stale */
    int32_t id;         /* of the piece that they make */
} hone_pair;

typedef struct hone_bpe {
    const hone_tokenizer *t;
    char *text;         /* spaces mapped */
    size_t text_room;
    hone_symbol *symbols;
    size_t num_symbols, symbol_room;
    hone_pair *heap;
    size_t num_pairs, pair_room;
    bool no_memory;
} hone_bpe;

/* Appends the ids of n bytes without special pieces; false when out of memory. */
bool hone_bpe_encode(hone_bpe *b, const char *s, size_t n, hone_ids *ret);
void hone_bpe_done(hone_bpe *b);

/* Ids of a word of 1 to HONE_WORD_BYTES bytes, as many at most, and their number; 0 if it is none
 * for plain search: a character without a piece, bytes that are no UTF-8, spaces in a row, U+2581
 * spelled out, pieces whose scores do not fall with their ids. */
int hone_short_encode(const hone_tokenizer *t, const char *s, size_t n, int32_t *ret);
/* Brings what that will read closer. HONE_WORD_BYTES + 1 may be read from s on. */
void hone_short_ask(const hone_tokenizer *t, const char *s, size_t n);

/* The same, word by word. The stretch lies in a text of which room bytes from s on may be read. */
bool hone_words_encode(hone_bpe *b, const char *s, size_t n, size_t room, hone_ids *ret);
hone_words *hone_words_new(void); /* NULL when out of memory */
void hone_words_free(hone_words *w);

/* hone_tokenizer_encode without words, the definition: what tests compare with. */
int hone_tokenizer_encode_whole(const hone_tokenizer *t, const char *text, size_t len,
                                bool with_special, hone_ids *ret, hone_err *err);

uint32_t hone_piece_hash(const char *s, size_t n);
/* Entry index of a text (extras included), or -1. */
int32_t hone_entry_find(const hone_tokenizer *t, const char *s, size_t n, uint32_t hash);

/* Id of a normal piece by its text, or -1. */
int32_t hone_normal_find(const hone_tokenizer *t, const char *s, size_t n);
/* Adds a normal piece of 1 to HONE_BRIEF_BYTES bytes as texts spell it, which is not there yet.
 * HONE_BRIEF_BYTES may be read from s on. */
void hone_brief_add(hone_tokenizer *t, const char *s, unsigned n, int32_t id);
/* Fills the tables from entries and text; fails on repeated pieces and on missing ones. */
int hone_tokenizer_index(hone_tokenizer *t, hone_err *err);

/* Text of special piece id of FunctionGemma's full vocabulary; its length, 0 for other ids. */
size_t hone_special_name(int32_t id, char name[HONE_NAME_SIZE]);
/* Type of that piece in a SentencePiece model. */
hone_piece_type hone_special_type(int32_t id);
/* Value of a byte piece's name, <0xHH>; -1 if it is none. */
int hone_byte_value(const char *s, size_t n);
/* True for the exact spelling of a control token. */
bool hone_is_control(const char *s, size_t n);

#endif
