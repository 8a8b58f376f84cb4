/*
 * Rows from JSON, rendered and encoded: any value is refused or gives a row; a row is refused by
 * the encoder or gives ids that are those of its text as a whole, one <bos>, and labels of 0 and 1;
 * what is written reads back as the same row.
 */
#include <string.h>

#include "common/mem.h"
#include "model/chat.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support_tokenizer.h"

static void check_render(const hone_json *v)
{
    for (int again = 0; again < 2; again++) {
        hone_buf out[2] = { HONE_BUF_INIT(HONE_BUF_TEXT_MAX), HONE_BUF_INIT(HONE_BUF_TEXT_MAX) };
        int rc[2];
        for (int i = 0; i < 2; i++)
            rc[i] = hone_chat_render(&out[i], hone_json_get(v, "messages"),
                                     hone_json_get(v, "tools"), again != 0, NULL);
        FUZZ_CHECK(rc[0] == rc[1]);
        FUZZ_CHECK(rc[0] != 0 || (out[0].len == out[1].len &&
                                  memcmp(out[0].data, out[1].data, out[0].len) == 0));
        hone_buf_done(&out[0]);
        hone_buf_done(&out[1]);
    }
}

static void check_encoded(const hone_tokenizer *t, const hone_encoded *e)
{
    hone_ids ids = { NULL, 0, 0 };
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_str(&text, e->prompt);
    hone_buf_str(&text, e->completion);
    FUZZ_CHECK(hone_tokenizer_encode(t, text.data, text.len, true, &ids, NULL) == 0);
    FUZZ_CHECK(ids.len == e->count && e->prompt_count <= e->count);
    FUZZ_CHECK(memcmp(ids.data, e->ids, ids.len * sizeof(*ids.data)) == 0);
    for (size_t i = 0; i < e->count; i++) {
        FUZZ_CHECK((e->ids[i] == HONE_ID_BOS) == (i == 0));
        FUZZ_CHECK(e->labels[i] <= 1);
    }
    hone_buf_done(&text);
    hone_ids_done(&ids);
}

static void check_written(hone_arena *a, const hone_row *row)
{
    hone_row again;
    const hone_json *v = hone_row_json(a, row);
    FUZZ_CHECK(v && hone_row_read(&again, a, v, NULL, "written", 1, NULL) == 0);
    FUZZ_CHECK(strcmp(row->hash, again.hash) == 0 && again.nulls_dropped == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t live = hone_mem_live();
    hone_arena *a = hone_arena_new();
    hone_tokenizer *t = support_tokenizer();
    hone_json *v = NULL;
    hone_row row;
    hone_encoded e;
    hone_err err;
    hone_err_clear(&err);
    if (hone_json_parse(&v, a, (const char *)data, size, "fuzz", 1, NULL) < 0) goto out;
    check_render(v);
    int rc = hone_row_read(&row, a, v, NULL, "fuzz", 1, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_DATA && err.message[0]));
    if (rc < 0) goto out;
    check_written(a, &row);
    rc = hone_chat_encode(&e, a, t, &row, false, &err);
    FUZZ_CHECK(rc == 0 || (rc == HONE_E_DATA && err.message[0]));
    if (rc == 0) check_encoded(t, &e);
out:
    hone_tokenizer_free(t);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == live);
    return 0;
}
