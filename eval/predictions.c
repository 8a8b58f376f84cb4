/* The prediction file (eval/predictions.h). */
#include "eval/predictions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/zfile.h"

enum { PREDICTION_MAX = 16 << 20 };

static void put_real(hone_buf *out, const char *key, double d)
{
    char digits[32];
    if (!isfinite(d)) return;
    hone_f64_g6(d, digits);
    hone_buf_printf(out, ",\"%s\":%s", key, digits);
}

void hone_prediction_write(hone_buf *out, const hone_row *row, const hone_answer *answer)
{
    hone_buf_str(out, "{\"id\":");
    hone_json_write_str(out, row->id, strlen(row->id));
    hone_buf_printf(out, ",\"row_hash\":\"%s\",\"text\":", row->hash);
    hone_json_write_str(out, answer->text, answer->text_len);
    if (answer->ids) {
        hone_buf_str(out, ",\"token_ids\":[");
        for (int32_t i = 0; i < answer->num_ids; i++)
            hone_buf_printf(out, "%s%d", i ? "," : "", answer->ids[i]);
        hone_buf_char(out, ']');
    }
    hone_buf_printf(out, ",\"stop\":\"%s\"", hone_stop_word(answer->stop));
    if (answer->stop_id >= 0) hone_buf_printf(out, ",\"stop_id\":%d", answer->stop_id);
    if (answer->prompt_tokens >= 0)
        hone_buf_printf(out, ",\"prompt_tokens\":%d", answer->prompt_tokens);
    if (answer->num_ids >= 0) hone_buf_printf(out, ",\"gen_tokens\":%d", answer->num_ids);
    put_real(out, "margin_min", answer->margin_min);
    put_real(out, "logprob", answer->logprob);
    hone_buf_char(out, '}');
}

/* ---- reading ---- */

typedef struct reader {
    hone_answer *answers;
    hone_arena *arena;
    const hone_rows *rows;
    const char *path;
    uint32_t *by_id; /* indices of rows, sorted by id */
    hone_predictions_stats stats;
} reader;

static int id_compare(const void *a, const void *b, void *user)
{
    const hone_row *items = user;
    return strcmp(items[*(const uint32_t *)a].id, items[*(const uint32_t *)b].id);
}

static hone_answer *find(reader *r, const char *id, const hone_row **ret_row)
{
    size_t lo = 0, hi = r->rows->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const hone_row *row = &r->rows->items[r->by_id[mid]];
        int c = strcmp(row->id, id);
        if (c == 0) {
            *ret_row = row;
            return &r->answers[r->by_id[mid]];
        }
        if (c < 0) lo = mid + 1;
        else hi = mid;
    }
    return NULL;
}

static int ids_read(reader *r, hone_answer *a, const hone_json *o, hone_err *err)
{
    hone_json *list;
    int64_t id;
    HONE_TRY(hone_json_get_typed(&list, o, "token_ids", HONE_JSON_ARRAY, r->path, err));
    if (!list) return HONE_OK;
    int32_t *ids = hone_arena_alloc(r->arena, (list->len + 1) * sizeof *ids);
    if (!ids) return hone_err_memory(err, "token ids", list->len * sizeof *ids);
    for (size_t i = 0; i < list->len; i++) {
        if (!hone_json_i64(list->items[i], &id) || id < 0 || id > INT32_MAX) {
            hone_err_at(err, r->path, list->items[i]->line, -1);
            return hone_fail(err, HONE_E_DATA, "token_ids must be numbers of tokens");
        }
        ids[i] = (int32_t)id;
    }
    a->ids = ids;
    a->num_ids = (int32_t)list->len;
    return HONE_OK;
}

static int answer_read(reader *r, hone_answer *ret, const hone_json *o, hone_err *err)
{
    const hone_json *text = hone_json_get(o, "text");
    const char *stop;
    int64_t n;
    hone_answer a = { .present = true, .num_ids = -1, .margin_min = NAN, .logprob = NAN };
    if (!text) text = hone_json_get(o, "result");
    if (!hone_json_is(text, HONE_JSON_STRING)) {
        hone_err_at(err, r->path, o->line, -1);
        return hone_fail(err, HONE_E_DATA, "a prediction needs \"text\" (a string)");
    }
    a.text = hone_arena_strndup(r->arena, text->text, text->len);
    a.text_len = text->len;
    if (!a.text) return hone_err_memory(err, "predictions", text->len);
    HONE_TRY(hone_json_get_str(&stop, o, "stop", NULL, r->path, err));
    a.stop = hone_stop_parse(stop);
    HONE_TRY(hone_json_get_i64(&n, o, "stop_id", -1, -1, INT32_MAX, r->path, err));
    a.stop_id = (int32_t)n;
    HONE_TRY(hone_json_get_i64(&n, o, "prompt_tokens", -1, 0, INT32_MAX, r->path, err));
    a.prompt_tokens = (int32_t)n;
    HONE_TRY(hone_json_get_i64(&n, o, "gen_tokens", -1, 0, INT32_MAX, r->path, err));
    a.num_ids = (int32_t)n;
    HONE_TRY(hone_json_get_f64(&a.margin_min, o, "margin_min", NAN, r->path, err));
    HONE_TRY(hone_json_get_f64(&a.logprob, o, "logprob", NAN, r->path, err));
    if (a.logprob > 0) a.logprob = NAN; /* no probability */
    HONE_TRY(ids_read(r, &a, o, err));
    *ret = a;
    return HONE_OK;
}

static int line_read(reader *r, const hone_json *o, hone_err *err)
{
    const char *id, *hash;
    const hone_row *row = NULL;
    if (!hone_json_is(o, HONE_JSON_OBJECT)) {
        hone_err_at(err, r->path, o->line, -1);
        return hone_fail(err, HONE_E_DATA, "a prediction must be an object");
    }
    HONE_TRY(hone_json_req_str(&id, o, "id", r->path, err));
    HONE_TRY(hone_json_get_str(&hash, o, "row_hash", NULL, r->path, err));
    hone_answer *a = find(r, id, &row);
    if (!a) {
        r->stats.unknown++;
        return HONE_OK;
    }
    if (hash && strcmp(hash, row->hash) != 0) {
        r->stats.other_row++;
        return HONE_OK;
    }
    if (a->present) {
        r->stats.twice++;
        return HONE_OK;
    }
    HONE_TRY(answer_read(r, a, o, err));
    r->stats.matched++;
    r->stats.no_hash += !hash;
    return HONE_OK;
}

static int lines_read(reader *r, hone_lines *lines, hone_arena *scratch, bool torn_end,
                      hone_err *err)
{
    const char *text;
    size_t len;
    int64_t line, torn = 0;
    int rc;
    while ((rc = hone_lines_next(lines, &text, &len, &line, err)) == 1) {
        hone_json *o = NULL;
        if (len == 0) continue;
        if (torn) break; /* the bad line was not the last one */
        hone_arena_clear(scratch);
        rc = hone_json_parse(&o, scratch, text, len, r->path, line, err);
        if (rc == HONE_E_DATA && torn_end) {
            torn = line;
            continue;
        }
        if (rc == 0) rc = line_read(r, o, err);
        if (rc < 0) return rc;
    }
    if (rc == 1) return HONE_E_DATA; /* err tells of the bad line */
    if (rc == 0) hone_err_clear(err);
    return rc;
}

static int text_read(reader *r, hone_arena *scratch, const char *text, size_t len, hone_err *err)
{
    const char *end = text + len;
    for (int64_t line = 1; text < end; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const size_t n = (size_t)((stop ? stop : end) - text);
        hone_json *o = NULL;
        hone_arena_clear(scratch);
        HONE_TRY(hone_json_parse(&o, scratch, text, n, r->path, line, err));
        HONE_TRY(line_read(r, o, err));
        text += n + 1;
    }
    return HONE_OK;
}

/* No answer yet, and the rows by their ids. */
static int reader_open(reader *r, hone_err *err)
{
    const size_t n = r->rows->count;
    for (size_t i = 0; i < n; i++) r->answers[i] = (hone_answer){ .present = false };
    r->by_id = hone_calloc(n + 1, sizeof *r->by_id);
    if (!r->by_id) return hone_err_memory(err, "predictions", n * sizeof *r->by_id);
    for (size_t i = 0; i < n; i++) r->by_id[i] = (uint32_t)i;
    qsort_r(r->by_id, n, sizeof *r->by_id, id_compare, r->rows->items);
    return HONE_OK;
}

int hone_predictions_parse(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                           const char *name, const char *text, size_t len,
                           hone_predictions_stats *ret, hone_err *err)
{
    reader r = { answers, a, rows, name, NULL, { 0 } };
    hone_arena *scratch = hone_arena_new();
    int rc = scratch ? HONE_OK : hone_err_memory(err, "predictions", 0);
    if (rc == 0) rc = reader_open(&r, err);
    if (rc == 0) rc = text_read(&r, scratch, text, len, err);
    if (rc == 0) *ret = r.stats;
    hone_arena_free(scratch);
    hone_free(r.by_id);
    return rc;
}

int hone_predictions_load(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                          const char *path, bool torn_end, hone_predictions_stats *ret,
                          hone_err *err)
{
    reader r = { answers, a, rows, path, NULL, { 0 } };
    hone_lines *lines = NULL;
    hone_arena *scratch = hone_arena_new();
    int rc = scratch ? HONE_OK : hone_err_memory(err, "predictions", 0);
    if (rc == 0) rc = reader_open(&r, err);
    if (rc < 0) goto done;
    HONE_GOTO(rc, done, hone_lines_open(&lines, path, PREDICTION_MAX, err));
    HONE_GOTO(rc, done, lines_read(&r, lines, scratch, torn_end, err));
    *ret = r.stats;
done:
    hone_lines_close(lines);
    hone_arena_free(scratch);
    hone_free(r.by_id);
    return rc;
}
