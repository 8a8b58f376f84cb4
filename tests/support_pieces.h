/* A tokenizer of toy size for models of toy size: control tokens, all bytes, some letters. */
#ifndef HONE_TESTS_SUPPORT_PIECES_H
#define HONE_TESTS_SUPPORT_PIECES_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "model/tokenizer_parts.h"

/* count >= 320 pieces. Free with hone_tokenizer_free. */
static inline hone_tokenizer *support_tiny_tokenizer(size_t count)
{
    static const int named[] = { 0, 1, 2, 3, 46, 47, 48, 49, 50, 51, 52, 105, 106 };
    hone_piece *pieces = hone_calloc(count, sizeof(*pieces));
    char(*text)[HONE_NAME_SIZE] = hone_calloc(count, sizeof(*text));
    hone_tokenizer *t = NULL;
    hone_err err = { 0 };
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        bool special = false;
        for (size_t k = 0; k < sizeof(named) / sizeof(named[0]); k++)
            special = special || (size_t)named[k] == i;
        pieces[i].score = -(float)i;
        if (special) {
            (void)hone_special_name((int32_t)i, text[i]);
            pieces[i].type = (uint8_t)hone_special_type((int32_t)i);
        } else if (next < 256) {
            (void)snprintf(text[i], sizeof(text[i]), "<0x%02X>", (unsigned)next++);
            pieces[i].type = HONE_PIECE_BYTE;
        } else {
            (void)snprintf(text[i], sizeof(text[i]), "%s", i + 1 == count ? "\xe2\x96\x81" : "");
            if (i + 1 < count) (void)snprintf(text[i], sizeof(text[i]), "w%zu", i);
            pieces[i].type = HONE_PIECE_NORMAL;
        }
        pieces[i].text = text[i];
        pieces[i].len = (uint32_t)strlen(text[i]);
    }
    ck_assert_msg(hone_tokenizer_from_pieces(&t, pieces, count, false, "tiny", &err) == 0, "%s",
                  err.message);
    hone_free(text);
    hone_free(pieces);
    return t;
}

#endif
