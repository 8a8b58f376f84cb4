/*
 * A small vocabulary for tests that need a tokenizer but not the real one: FunctionGemma's special
 * pieces 0..237, the 256 byte pieces, some words, and single characters.
 */
#ifndef HONE_TESTS_SUPPORT_TOKENIZER_H
#define HONE_TESTS_SUPPORT_TOKENIZER_H

#include <stdio.h>
#include <string.h>

#include "model/tokenizer_parts.h"

#define SUPPORT_MARK "\xe2\x96\x81"
enum { SUPPORT_PIECES = 494 + 16 + 96 };

/* Best first; every one can be built from the others. */
static const char *const support_words[16] = {
    "in", SUPPORT_MARK "t", "he", SUPPORT_MARK "the", "ca", "ll", "call", "us", "er", "user", "mo",
    "de", "mode", "model", "\xc3\xa9t", "\xc3\xa9\xc3\xa9"
};

typedef struct support_vocab {
    hone_piece pieces[SUPPORT_PIECES];
    char names[SUPPORT_PIECES][HONE_NAME_SIZE];
} support_vocab;

static inline void support_piece(support_vocab *v, int id, const char *text, int type)
{
    (void)snprintf(v->names[id], HONE_NAME_SIZE, "%s", text);
    v->pieces[id] = (hone_piece){ v->names[id], (uint32_t)strlen(text),
                                  id < 494 ? 0 : 494.0f - (float)id, (uint8_t)type };
}

static inline void support_vocab_fill(support_vocab *v)
{
    char name[HONE_NAME_SIZE];
    for (int id = 0; id < 238; id++) {
        (void)hone_special_name(id, name);
        support_piece(v, id, name, hone_special_type(id));
    }
    for (int i = 0; i < 256; i++) {
        (void)snprintf(name, sizeof(name), "<0x%02X>", i);
        support_piece(v, 238 + i, name, HONE_PIECE_BYTE);
    }
    for (int i = 0; i < 16; i++) support_piece(v, 494 + i, support_words[i], HONE_PIECE_NORMAL);
    for (int i = 0; i < 94; i++) {
        (void)snprintf(name, sizeof(name), "%c", '!' + i);
        support_piece(v, 510 + i, name, HONE_PIECE_NORMAL);
    }
    support_piece(v, 604, SUPPORT_MARK, HONE_PIECE_NORMAL);
    support_piece(v, 605, "\xc3\xa9", HONE_PIECE_NORMAL);
}

static inline hone_tokenizer *support_tokenizer(void)
{
    static support_vocab v;
    hone_tokenizer *t = NULL;
    support_vocab_fill(&v);
    (void)hone_tokenizer_from_pieces(&t, v.pieces, SUPPORT_PIECES, false, "small vocabulary", NULL);
    return t;
}

#endif
