/*
 * What our engine would choose at every label of given rows, as JSON lines: what the device
 * runtime's choices at the same places are compared with.
 * usage: forced_dump MODEL INSPECT.jsonl
 *
 * INSPECT.jsonl: "id", "ids" and "labels" of each row, as `hone data inspect --json` prints them.
 * What all rows begin with is computed once, the rest of a row in one pass. One line a row: {"id",
 * "best", "margins"}, an entry a label; margins[i] is the distance of the two best logits.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/zfile.h"
#include "model/engine.h"

enum { MOST_LINE = 64 << 20, MOST_ROWS = 1 << 20 };

typedef struct row {
    char id[64];
    hone_ids ids, labels;
    int32_t first; /* the first label's place */
} row;

typedef struct dump {
    hone_model *model;
    hone_engine *engine;
    hone_cache *cache;
    row *rows;
    size_t count;
    int32_t prefix, longest;
} dump;

static int read_row(const dump *d, row *r, const hone_json *o, hone_err *err)
{
    const hone_json *ids = hone_json_get(o, "ids"), *labels = hone_json_get(o, "labels");
    const hone_json *id = hone_json_get(o, "id");
    if (!hone_json_is(ids, HONE_JSON_ARRAY) || !hone_json_is(labels, HONE_JSON_ARRAY) ||
        ids->len != labels->len || !hone_json_is(id, HONE_JSON_STRING) || id->len >= sizeof r->id)
        return hone_fail(err, HONE_E_DATA, "a row needs an id, ids and as many labels");
    memcpy(r->id, id->text, id->len + 1);
    for (size_t i = 0; i < ids->len; i++) {
        int64_t token = 0, label = 0;
        if (!hone_json_i64(hone_json_at(ids, i), &token) || token < 0 ||
            token >= d->model->config.V || !hone_json_i64(hone_json_at(labels, i), &label))
            return hone_fail(err, HONE_E_DATA, "row %s: entry %zu is no id or label", r->id, i);
        if (!hone_ids_push(&r->ids, (int32_t)token) || !hone_ids_push(&r->labels, label != 0))
            return hone_err_memory(err, "ids", ids->len);
        if (label && !r->first) r->first = (int32_t)i;
    }
    if (r->first) return 0;
    return hone_fail(err, HONE_E_DATA, "row %s has no label behind its first id", r->id);
}

static int add_line(dump *d, const char *text, size_t len, const char *path, int64_t line,
                    hone_err *err)
{
    hone_json *o = NULL;
    hone_arena *a = hone_arena_new();
    row *rows = d->count < MOST_ROWS ? hone_realloc_array(d->rows, d->count + 1, sizeof *rows)
                                     : NULL;
    int rc = a && rows ? 0 : hone_err_memory(err, "rows", d->count);
    if (rows) d->rows = rows;
    if (rc == 0) rc = hone_json_parse(&o, a, text, len, path, line, err);
    if (rc == 0) {
        memset(&rows[d->count], 0, sizeof *rows);
        rc = read_row(d, &rows[d->count++], o, err);
    }
    hone_arena_free(a);
    return rc;
}

static int read_rows(dump *d, const char *path, hone_err *err)
{
    hone_lines *lines = NULL;
    const char *text = NULL;
    size_t len = 0;
    int64_t line = 0;
    HONE_TRY(hone_lines_open(&lines, path, MOST_LINE, err));
    int rc;
    while ((rc = hone_lines_next(lines, &text, &len, &line, err)) > 0) {
        rc = add_line(d, text, len, path, line, err);
        if (rc < 0) break;
    }
    hone_lines_close(lines);
    if (rc == 0 && !d->count) return hone_fail(err, HONE_E_DATA, "%s holds no row", path);
    return rc;
}

/* What all rows begin with, before any label's choice. */
static void measure(dump *d)
{
    d->prefix = d->rows[0].first - 1;
    for (size_t i = 0; i < d->count; i++) {
        const row *r = &d->rows[i];
        const int32_t most = r->first - 1 < d->prefix ? r->first - 1 : d->prefix;
        int32_t n = 0;
        while (n < most && r->ids.data[n] == d->rows[0].ids.data[n]) n++;
        d->prefix = n;
        if ((int32_t)r->ids.len > d->longest) d->longest = (int32_t)r->ids.len;
    }
}

static int print_row(const row *r, const hone_pick *picks, hone_err *err)
{
    hone_buf line = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_arena *a = hone_arena_new();
    hone_json *o = a ? hone_json_new_object(a) : NULL;
    if (!o) {
        hone_arena_free(a);
        return hone_err_memory(err, "a line", 0);
    }
    hone_json *best = hone_json_new_array(a), *margins = hone_json_new_array(a);
    for (size_t i = (size_t)r->first; i < r->ids.len; i++) {
        const hone_pick *p = &picks[i - (size_t)r->first];
        if (!r->labels.data[i]) continue;
        (void)hone_json_push(a, best, hone_json_new_i64(a, p->id));
        (void)hone_json_push(a, margins,
                             hone_json_new_f64(a, (double)p->logit - (double)p->second_logit));
    }
    (void)hone_json_set(a, o, "id", hone_json_new_str(a, r->id));
    (void)hone_json_set(a, o, "best", best);
    (void)hone_json_set(a, o, "margins", margins);
    hone_json_write(&line, o, HONE_JSON_COMPACT);
    (void)printf("%s\n", line.data);
    hone_buf_done(&line);
    hone_arena_free(a);
    return 0;
}

static int choose(dump *d, hone_pick *picks, hone_err *err)
{
    for (size_t i = 0; i < d->count; i++) {
        const row *r = &d->rows[i];
        const int32_t n = (int32_t)r->ids.len;
        const hone_feed f = { .tokens = r->ids.data + d->prefix,
                              .n = n - 1 - d->prefix,
                              .picks = n - r->first };
        hone_cache_reset(d->cache, 0);
        HONE_TRY(hone_cache_feed(d->cache, &f, 1, picks, err));
        HONE_TRY(print_row(r, picks, err));
    }
    return 0;
}

static int run(dump *d, char **argv, hone_err *err)
{
    const hone_engine_options o = { .threads = 0 };
    HONE_TRY(hone_model_open(&d->model, argv[1], err));
    HONE_TRY(read_rows(d, argv[2], err));
    measure(d);
    HONE_TRY(hone_engine_open(&d->engine, d->model, &o, err));
    HONE_TRY(hone_cache_new(&d->cache, d->engine, d->prefix ? d->rows[0].ids.data : NULL,
                            d->prefix, 1, d->longest, err));
    hone_pick *picks = hone_calloc((size_t)d->longest, sizeof *picks);
    const int rc = picks ? choose(d, picks, err) : hone_err_memory(err, "choices", 0);
    hone_free(picks);
    return rc;
}

int main(int argc, char **argv)
{
    dump d = { 0 };
    hone_err err;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: forced_dump MODEL INSPECT.jsonl\n");
        return 64;
    }
    hone_err_clear(&err);
    const int rc = run(&d, argv, &err);
    if (rc < 0) {
        char text[2048];
        hone_err_format(&err, text, sizeof text);
        (void)fprintf(stderr, "error: %s\n", text);
    }
    for (size_t i = 0; i < d.count; i++) {
        hone_ids_done(&d.rows[i].ids);
        hone_ids_done(&d.rows[i].labels);
    }
    hone_free(d.rows);
    hone_cache_free(d.cache);
    hone_engine_close(d.engine);
    hone_model_close(d.model);
    return rc < 0 ? hone_code_exit_status(rc) : 0;
}
