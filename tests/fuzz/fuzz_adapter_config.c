/* adapter_config.json: what is accepted is an adapter that can be made. */
#include "common/mem.h"
#include "model/lora_io.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hone_config model = { .V = 320, .C = 8, .L = 2, .NH = 2, .NKV = 1, .HD = 4, .F = 8 };
    const int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL;
    hone_lora_layout c;
    hone_adapter *adapter = NULL;
    hone_err err;
    hone_err_clear(&err);
    if (hone_json_parse(&o, a, (const char *)data, size, "fuzz", 1, &err) == 0) {
        const int rc = hone_lora_config_from_json(&c, o, &model, "fuzz", &err);
        FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
        if (rc == 0) {
            FUZZ_CHECK(c.config.r >= 1 && c.config.r <= HONE_LORA_MAX_RANK && c.config.alpha > 0);
            const int made = hone_adapter_new(&adapter, &model, &c.config, &err);
            FUZZ_CHECK(made == 0 || c.config.alpha > 1e6); /* a padded rank raises alpha */
            hone_adapter_free(adapter);
        }
    }
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
