/* safetensors files: what is accepted fills the input, every tensor with the bytes it claims. */
#include "common/mem.h"
#include "model/safetensors.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_safetensors s;
    hone_err err;
    size_t bytes = 0;
    hone_err_clear(&err);
    const int rc = hone_safetensors_parse(&s, a, data, size, "fuzz", &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
    for (size_t i = 0; rc == 0 && i < s.num_tensors; i++) {
        const hone_tensor *t = &s.tensors[i];
        size_t values = 1;
        for (int k = 0; k < t->rank; k++) values *= (size_t)t->shape[k];
        FUZZ_CHECK(t->data >= data && t->data + t->bytes <= data + size);
        FUZZ_CHECK(values * hone_dtype_row_bytes(t->dtype, 1) == t->bytes);
        bytes += t->bytes;
    }
    FUZZ_CHECK(rc < 0 || bytes < size);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
