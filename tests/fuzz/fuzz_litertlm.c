/*
 * .litertlm containers: what is accepted has all sections inside the input and apart from each
 * other; they are then read as what they claim to be.
 */
#include "common/mem.h"
#include "model/litertlm_read.h"
#include "model/llm_metadata.h"
#include "model/tflite_read.h"
#include "tests/fuzz/fuzz.h"

static void read_section(hone_arena *a, const hone_section *s)
{
    hone_err err;
    hone_llm_metadata meta;
    hone_tflite *m = NULL;
    hone_err_clear(&err);
    if (s->type == HONE_SECTION_METADATA)
        (void)hone_llm_metadata_read(&meta, a, s->data, s->size, "fuzz", s->begin, &err);
    if (s->type == HONE_SECTION_TFLITE)
        (void)hone_tflite_read(&m, a, s->data, s->size, "fuzz", s->begin, &err);
    if (s->type == HONE_SECTION_HF_TOKENIZER) {
        hone_buf out = HONE_BUF_INIT(1 << 20);
        (void)hone_litertlm_inflate(&out, s, "fuzz", &err);
        hone_buf_done(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_litertlm *f = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_litertlm_read(&f, a, data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && !f && err.message[0]));
    FUZZ_CHECK(rc == 0 || hone_arena_bytes(a) < 1 << 20);
    for (uint32_t i = 0; rc == 0 && i < f->num_sections; i++) {
        const hone_section *s = &f->sections[i];
        FUZZ_CHECK(s->size && s->data >= data && s->data + s->size <= data + size);
        for (uint32_t k = 0; k < i; k++)
            FUZZ_CHECK(f->sections[k].end <= s->begin || s->end <= f->sections[k].begin);
        read_section(a, s);
    }
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
