/* LlmMetadata: what is accepted is written and read back as the same. */
#include <string.h>

#include "common/mem.h"
#include "model/llm_metadata.h"
#include "tests/fuzz/fuzz.h"

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_back(hone_arena *a, const hone_llm_metadata *m)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_llm_metadata back;
    hone_err err;
    hone_err_clear(&err);
    FUZZ_CHECK(hone_llm_metadata_write(&b, m, &err) == 0);
    FUZZ_CHECK(hone_llm_metadata_read(&back, a, b.data, b.len, "again", 0, &err) == 0);
    FUZZ_CHECK(back.has_start == m->has_start && back.num_stops == m->num_stops);
    FUZZ_CHECK(!m->has_start || back.start.id == m->start.id);
    for (int i = 0; i < m->num_stops; i++)
        FUZZ_CHECK(back.stops[i].id == m->stops[i].id &&
                   same_text(back.stops[i].text, m->stops[i].text));
    FUZZ_CHECK(back.max_tokens == m->max_tokens && back.function_calling == m->function_calling);
    FUZZ_CHECK(same_text(back.chat_template, m->chat_template));
    FUZZ_CHECK(same_text(back.user.prefix, m->user.prefix));
    FUZZ_CHECK(back.has_sampler == m->has_sampler && back.sampler_k == m->sampler_k);
    hone_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_llm_metadata m;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_llm_metadata_read(&m, a, data, size, "fuzz", 0, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
    if (rc == 0) check_back(a, &m);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
