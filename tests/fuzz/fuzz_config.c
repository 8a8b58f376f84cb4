/* config.json: what is accepted lies in the ranges of the supported family and survives writing. */
#include <string.h>

#include "common/mem.h"
#include "model/config_write.h"
#include "model/gemma3_open.h"
#include "tests/fuzz/fuzz.h"

static void write_and_read(hone_arena *a, const hone_config *c)
{
    hone_config back;
    hone_err err;
    memset(&back, 0, sizeof(back));
    FUZZ_CHECK(hone_config_from_json(&back, hone_config_to_json(a, c), "copy", &err) == 0);
    FUZZ_CHECK(back.V == c->V && back.L == c->L && back.C == c->C && back.F == c->F);
    FUZZ_CHECK(back.rope_scale == c->rope_scale && back.query_scale == c->query_scale);
    FUZZ_CHECK(memcmp(back.global, c->global, sizeof(c->global)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL;
    hone_config c;
    hone_err err;
    hone_err_clear(&err);
    if (hone_json_parse(&o, a, (const char *)data, size, "fuzz", 1, &err) == 0) {
        const int rc = hone_config_from_json(&c, o, "fuzz", &err);
        FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
        if (rc == 0) {
            FUZZ_CHECK(hone_config_check(&c, "fuzz", &err) == 0);
            write_and_read(a, &c);
        }
    }
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
