/*
 * GGUF files: what is accepted has all views inside the input, tensors apart from each other and
 * unique names; its keys then go through the configuration, its tensors are decoded.
 */
#include <string.h>

#include "common/mem.h"
#include "model/gemma3_open.h"
#include "tests/fuzz/fuzz.h"

static void check_tensor(const hone_gguf *g, size_t i, const uint8_t *data, size_t size)
{
    const hone_tensor *t = &g->tensors[i];
    FUZZ_CHECK(t->bytes > 0 && t->data >= data && t->data + t->bytes <= data + size);
    for (size_t k = 0; k < i; k++) {
        const hone_tensor *o = &g->tensors[k];
        FUZZ_CHECK(o->data + o->bytes <= t->data || t->data + t->bytes <= o->data);
        FUZZ_CHECK(strcmp(o->name, t->name) != 0);
    }
    const int64_t n = t->shape[t->rank - 1];
    float *row = hone_malloc((size_t)n * sizeof(*row));
    FUZZ_CHECK(row);
    hone_tensor one = *t;
    one.rank = 1;
    one.shape[0] = n;
    hone_tensor_rows_f32(&one, 0, 1, row);
    hone_free(row);
}

static void check_key(const hone_gguf_key *k, const uint8_t *data, size_t size)
{
    FUZZ_CHECK(k->name[0] && k->data >= data && k->data + k->bytes <= data + size);
    if (k->element != HONE_GGUF_STRING) return;
    size_t at = 0;
    for (uint64_t i = 0; i < k->count; i++) {
        const char *s = NULL;
        size_t len = 0;
        hone_gguf_next_str(k, &at, &s, &len);
        FUZZ_CHECK(at <= k->bytes);
    }
    FUZZ_CHECK(at == k->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_gguf g;
    hone_config c;
    hone_err err;
    hone_err_clear(&err);
    const int rc = hone_gguf_parse(&g, a, data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
    for (size_t i = 0; rc == 0 && i < g.num_keys; i++) check_key(&g.keys[i], data, size);
    for (size_t i = 0; rc == 0 && i < g.num_tensors; i++) check_tensor(&g, i, data, size);
    if (rc == 0 && hone_config_from_gguf(&c, &g, &err) == 0)
        FUZZ_CHECK(hone_config_check(&c, "fuzz", &err) == 0);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
