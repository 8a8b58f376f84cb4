/* .tflite models: what is accepted has every index, name and byte inside the input. */
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "model/tflite_read.h"
#include "tests/fuzz/fuzz.h"

static void check_graph(const hone_tfl_graph *g, const uint8_t *data, size_t size)
{
    for (uint32_t i = 0; i < g->num_tensors; i++) {
        const hone_tfl_tensor *t = &g->tensors[i];
        FUZZ_CHECK(strlen(t->name) < size);
        FUZZ_CHECK(!t->data || (t->data >= data && t->data + t->bytes <= data + size));
        if (!t->scales) continue;
        size_t bytes = t->scheme == HONE_TFL_BLOCKWISE ? 2 : 4;
        FUZZ_CHECK(t->scales >= data && t->scales + t->num_scales * bytes <= data + size);
    }
    for (uint32_t i = 0; i < g->num_ops; i++)
        for (uint32_t k = 0; k < g->ops[i].num_inputs; k++)
            FUZZ_CHECK((int32_t)hone_le32(g->ops[i].inputs + 4 * k) < (int32_t)g->num_tensors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_tflite *m = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_tflite_read(&m, a, data, size, "fuzz", 0, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && !m && err.message[0]));
    FUZZ_CHECK(rc == 0 || (err.offset >= -1 && err.offset <= (int64_t)size));
    for (uint32_t g = 0; rc == 0 && g < m->num_graphs; g++) check_graph(&m->graphs[g], data, size);
    for (uint32_t s = 0; rc == 0 && s < m->num_signatures; s++) {
        const hone_tfl_signature *sig = &m->signatures[s];
        FUZZ_CHECK(hone_tflite_signature(m, sig->key) == sig);
        for (uint32_t i = 0; i < sig->num_inputs; i++)
            FUZZ_CHECK(hone_tflite_input(m, sig, sig->inputs[i].name));
    }
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
