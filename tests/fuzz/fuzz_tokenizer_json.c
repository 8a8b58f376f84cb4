/* The reader of tokenizer.json: refused with a reason, or a vocabulary that works. */
#include "tests/fuzz/fuzz_vocabulary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t live = hone_mem_live();
    hone_tokenizer *t = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_tokenizer_from_json(&t, (const char *)data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 ? t != NULL : rc == HONE_E_MODEL && err.message[0]);
    if (t) fuzz_vocabulary(t);
    hone_tokenizer_free(t);
    FUZZ_CHECK(hone_mem_live() == live);
    return 0;
}
