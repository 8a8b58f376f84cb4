/*
 * Both call parsers. What ours accepts is written and read back as the same calls (keys that were
 * escaped apart: they may not be names). The device's parser must answer too.
 */
#include "common/mem.h"
#include "model/call.h"
#include "tests/fuzz/fuzz.h"

static void check_again(hone_arena *a, const hone_parsed *p)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_parsed again;
    hone_call_write(&text, &p->calls);
    FUZZ_CHECK(hone_buf_ok(&text));
    FUZZ_CHECK(hone_call_parse(&again, a, text.data, text.len, NULL) == 0);
    FUZZ_CHECK(again.error == HONE_CALL_OK && again.calls.count == p->calls.count);
    for (size_t i = 0; i < again.calls.count; i++)
        FUZZ_CHECK(hone_json_equal(again.calls.items[i].arguments, p->calls.items[i].arguments));
    hone_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t live = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_parsed p;
    FUZZ_CHECK(hone_call_parse(&p, a, (const char *)data, size, NULL) == 0);
    FUZZ_CHECK(p.content && (p.error == HONE_CALL_OK || p.error_text[0]) && p.error_offset <= size);
    if (p.calls.count > 0 && !(p.flags & HONE_CALL_FLAG_ESCAPED_KEY)) check_again(a, &p);
    FUZZ_CHECK(hone_call_parse_runtime(&p, a, (const char *)data, size, NULL) == 0);
    FUZZ_CHECK(p.content && p.error_offset <= size);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == live);
    return 0;
}
