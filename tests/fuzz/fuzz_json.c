/* JSON text: what is accepted is written in three forms and read back as the same value, and what
 * the short way reads the strict way reads alike. */
#include <string.h>

#include "common/json_direct.h"
#include "common/mem.h"
#include "tests/fuzz/fuzz.h"

static void check_form(hone_arena *a, const hone_json *v, int flags)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), again = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *back = NULL;
    hone_err err;
    hone_err_clear(&err);
    hone_json_write(&out, v, flags);
    FUZZ_CHECK(hone_buf_ok(&out));
    FUZZ_CHECK(hone_json_parse(&back, a, out.data, out.len, "again", 1, &err) == 0);
    FUZZ_CHECK(hone_json_equal(v, back) && hone_json_equal(back, v));
    hone_json_write(&again, back, flags);
    FUZZ_CHECK(out.len == again.len && memcmp(out.data, again.data, out.len) == 0);
    hone_buf_done(&out);
    hone_buf_done(&again);
}

static void check_ways(hone_arena *a, const char *text, size_t size)
{
    hone_json *direct = NULL, *strict = NULL;
    if (size == 0 || hone_json_direct(&direct, a, text, size, 1) != 1) return;
    FUZZ_CHECK(hone_json_strict(&strict, a, text, size, "fuzz", 1, NULL) == 0);
    FUZZ_CHECK(hone_json_equal(direct, strict));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_json *v = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_json_parse(&v, a, (const char *)data, size, "fuzz", 1, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_DATA && !v && err.message[0] && err.line >= 1));
    FUZZ_CHECK(rc == 0 || (err.offset >= 0 && (size_t)err.offset <= size));
    if (rc == 0) {
        check_form(a, v, HONE_JSON_COMPACT);
        check_form(a, v, HONE_JSON_PRETTY);
        check_form(a, v, HONE_JSON_SORTED);
        FUZZ_CHECK(hone_json_equal(v, hone_json_copy(a, v)));
    }
    check_ways(a, (const char *)data, size);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
