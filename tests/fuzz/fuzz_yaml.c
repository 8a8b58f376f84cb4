/* YAML text: what is accepted is written as YAML and as JSON and read back as the same value. */
#include <string.h>

#include "common/mem.h"
#include "common/yaml.h"
#include "tests/fuzz/fuzz.h"

static void check_written(hone_arena *a, const hone_json *v)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *back = NULL;
    hone_err err;
    hone_err_clear(&err);
    hone_yaml_write(&out, v);
    FUZZ_CHECK(hone_buf_ok(&out));
    FUZZ_CHECK(hone_yaml_parse(&back, a, out.data, out.len, "again", &err) == 0);
    FUZZ_CHECK(hone_json_equal(v, back));
    hone_buf_clear(&out);
    hone_json_write(&out, v, HONE_JSON_COMPACT);
    FUZZ_CHECK(hone_json_parse(&back, a, out.data, out.len, "again", 1, &err) == 0);
    FUZZ_CHECK(hone_json_equal(v, back));
    hone_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_json *v = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_yaml_parse(&v, a, (const char *)data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_DATA && !v && err.message[0] && err.line >= 1));
    if (rc == 0) check_written(a, v);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
