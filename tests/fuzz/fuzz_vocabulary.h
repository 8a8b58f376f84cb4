/* What must hold for every vocabulary that a loader accepts: texts encode and decode to
 * themselves. */
#ifndef HONE_TESTS_FUZZ_FUZZ_VOCABULARY_H
#define HONE_TESTS_FUZZ_FUZZ_VOCABULARY_H

#include <string.h>

#include "common/mem.h"
#include "model/tokenizer.h"
#include "tests/fuzz/fuzz.h"

static inline void fuzz_round_trip(const hone_tokenizer *t, const char *text, size_t len)
{
    for (int special = 0; special < 2; special++) {
        hone_ids ids = { NULL, 0, 0 };
        hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        FUZZ_CHECK(hone_tokenizer_encode(t, text, len, special != 0, &ids, NULL) == 0);
        hone_tokenizer_decode(t, ids.data, ids.len, &out);
        FUZZ_CHECK(out.len == len && (len == 0 || memcmp(out.data, text, len) == 0));
        hone_buf_done(&out);
        hone_ids_done(&ids);
    }
}

static inline void fuzz_vocabulary(const hone_tokenizer *t)
{
    static const char *const texts[] = {
        "", "x", "call the model", "  two  spaces ", "\n\n\t\t x\r\n", "<escape<escape>",
        "<start_function_call>call:f{a:1}", "\xc3\xa9t\xc3\xa9 \xf0\x9f\x99\x82", "\xff\xfe\x80",
        "[multimodal]<b>x</b>", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        fuzz_round_trip(t, texts[i], strlen(texts[i]));
}

#endif
