/*
 * BFCL's decoder on any text, then the checker with what came out as the answer; and any text as a
 * server's reply.
 */
#include <string.h>

#include "common/mem.h"
#include "eval/bfcl_check.h"
#include "eval/endpoint.h"
#include "tests/fuzz/fuzz.h"

static void check(hone_arena *a, const hone_calls *calls)
{
    static const char functions[] =
        "[{\"name\":\"f\",\"parameters\":{\"properties\":{\"a\":{\"type\":\"float\"},\"b\":{"
        "\"type\":\"array\",\"items\":{\"type\":\"dict\"}},\"c\":{\"type\":\"dict\"},\"d\":{"
        "\"type\":\"string\"}},\"required\":[]}}]";
    static const char gold[] = "[{\"f\":{\"a\":[1,\"\"],\"b\":[[{\"x\":[1,\"\"]}],\"\"],"
                               "\"c\":[{\"k\":[[1,\"A\"]]},\"\"],\"d\":[\"x y\",\"\"]}}]";
    hone_bfcl_task t = { .kind = HONE_BFCL_SIMPLE };
    hone_json *f = NULL, *g = NULL;
    hone_bfcl_verdict v = { NULL, NULL };
    FUZZ_CHECK(hone_json_parse(&f, a, functions, sizeof functions - 1, "f", 1, NULL) == 0);
    FUZZ_CHECK(hone_json_parse(&g, a, gold, sizeof gold - 1, "g", 1, NULL) == 0);
    t.functions = f;
    t.gold = g;
    for (int kind = HONE_BFCL_SIMPLE; kind <= HONE_BFCL_RELEVANCE; kind++) {
        t.kind = (hone_bfcl_kind)kind;
        FUZZ_CHECK(hone_bfcl_check(&v, a, &t, calls, NULL) == 0 && v.error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t live = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_calls calls;
    if (memchr(data, 0, size) == NULL &&
        hone_bfcl_decode(&calls, a, (const char *)data, size, NULL) == 0)
        check(a, &calls);
    for (int api = HONE_ENDPOINT_CHAT_NATIVE; api <= HONE_ENDPOINT_RAW; api++) {
        hone_answer answer;
        if (hone_endpoint_read(&answer, a, (hone_endpoint_api)api, (const char *)data, size))
            FUZZ_CHECK(answer.present && answer.text);
    }
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == live);
    return 0;
}
