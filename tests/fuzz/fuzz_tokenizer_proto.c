/*
 * The reader of tokenizer.model: refused with a reason, or a vocabulary that works and is written
 * back (the very bytes, or a file that reads as the same vocabulary).
 */
#include "tests/fuzz/fuzz_vocabulary.h"

static void check_written(const hone_tokenizer *t)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_tokenizer *again = NULL;
    char hex[2][65];
    FUZZ_CHECK(hone_tokenizer_write_proto(t, &out, NULL) == 0);
    FUZZ_CHECK(hone_tokenizer_from_proto(&again, out.data, out.len, "written", NULL) == 0);
    hone_tokenizer_hash(t, hex[0]);
    hone_tokenizer_hash(again, hex[1]);
    FUZZ_CHECK(memcmp(hex[0], hex[1], sizeof(hex[0])) == 0);
    hone_tokenizer_free(again);
    hone_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t live = hone_mem_live();
    hone_tokenizer *t = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_tokenizer_from_proto(&t, data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 ? t != NULL : rc == HONE_E_MODEL && err.message[0]);
    if (t) {
        fuzz_vocabulary(t);
        check_written(t);
    }
    hone_tokenizer_free(t);
    FUZZ_CHECK(hone_mem_live() == live);
    return 0;
}
