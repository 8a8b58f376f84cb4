/*
 * How fast texts are encoded: one thread, a fresh tokenizer for every run, so that its table of
 * words starts empty. usage: tokenizer_speed MODEL TEXTS RUNS [whole]
 * TEXTS: one text a line; a file that ends in .txt is one text. "whole": without words (the
 * definition). One line of JSON a run: bytes, ids, a checksum over the ids, seconds, processor
 * seconds. "each": texts end in the byte 0xff, which no UTF-8 has; a checksum a text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "model/gemma3_open.h"
#include "model/tokenizer_parts.h"

typedef struct texts {
    hone_map map;
    bool whole_file, whole, each;
} texts;

static uint64_t checksum(const hone_ids *ids)
{
    uint64_t h = 0;
    for (size_t i = 0; i < ids->len; i++) h = h * 1000003 + (uint64_t)ids->data[i];
    return h;
}

static int encode_all(const texts *x, const hone_tokenizer *t, hone_ids *ids, hone_err *err)
{
    const char *s = (const char *)x->map.data;
    size_t n = x->map.size;
    for (size_t from = 0, to; from < n; from = to + 1) {
        const char *end =
            x->whole_file ? NULL : memchr(s + from, x->each ? '\xff' : '\n', n - from);
        to = end ? (size_t)(end - s) : n;
        HONE_TRY((x->whole ? hone_tokenizer_encode_whole : hone_tokenizer_encode)(
            t, s + from, to - from, true, ids, err));
        if (!x->each) continue;
        printf("%016llx\n", (unsigned long long)checksum(ids));
        ids->len = 0;
    }
    return 0;
}

/* A tokenizer of the same pieces that has met no word yet. */
static int fresh_copy(hone_tokenizer **ret, const hone_tokenizer *t, hone_err *err)
{
    const size_t n = hone_tokenizer_size(t);
    hone_piece *pieces = hone_calloc(n, sizeof *pieces);
    if (!pieces) return hone_err_memory(err, "pieces", n * sizeof *pieces);
    for (size_t i = 0; i < n; i++) pieces[i] = hone_tokenizer_piece(t, (int32_t)i);
    int rc = hone_tokenizer_from_pieces(ret, pieces, n, false, "copy", err);
    hone_free(pieces);
    return rc;
}

static double cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int measure(const texts *x, const hone_tokenizer *t, hone_err *err)
{
    hone_tokenizer *copy = NULL;
    hone_ids ids = { 0 };
    HONE_TRY(fresh_copy(&copy, t, err));
    const double start = hone_clock(), cpu = cpu_seconds();
    int rc = encode_all(x, copy, &ids, err);
    const double seconds = hone_clock() - start, busy = cpu_seconds() - cpu;
    if (rc == 0 && !x->each)
        printf("{\"bytes\":%zu,\"ids\":%zu,\"checksum\":\"%016llx\",\"seconds\":%.6f,"
               "\"cpu\":%.6f}\n",
               x->map.size, ids.len, (unsigned long long)checksum(&ids), seconds, busy);
    hone_ids_done(&ids);
    hone_tokenizer_free(copy);
    return rc;
}

int main(int argc, char **argv)
{
    hone_err err;
    texts x = { 0 };
    hone_model *m = NULL;
    hone_err_clear(&err);
    if (argc < 4) return 2;
    const size_t name = strlen(argv[2]);
    x.whole_file = name > 4 && !strcmp(argv[2] + name - 4, ".txt");
    x.each = argc > 4 && !strcmp(argv[4], "each");
    x.whole = argc > 4 && !x.each;
    int64_t runs = 0;
    if (!hone_parse_i64(argv[3], strlen(argv[3]), &runs)) return 2;
    int rc = hone_map_open(&x.map, argv[2], &err);
    if (rc == 0) rc = hone_model_open(&m, argv[1], &err);
    for (int64_t run = 0; rc == 0 && run < runs; run++) rc = measure(&x, m->tokenizer, &err);
    hone_model_close(m);
    hone_map_close(&x.map);
    if (rc < 0) fprintf(stderr, "%s\n", err.message);
    return rc < 0;
}
