/* Reading BFCL files (eval/bfcl_rows.h). */
#include "eval/bfcl_rows.h"

#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/zfile.h"
#include "eval/bfcl_prompt.h"
#include "eval/bfcl_task.h"

enum { LINE_MAX_BYTES = 16 << 20 };

typedef struct reader {
    hone_rows *rows;
    hone_arena *a; /* of rows */
    size_t room, limit;
    bool handler_prompt;
    hone_json **gold; /* lines of the gold file */
    size_t num_gold, gold_at;
    const char *path, *gold_path;
    hone_bfcl_load *out;
    hone_err *err;
} reader;

bool hone_bfcl_is_file(const char *path)
{
    hone_lines *lines = NULL;
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL;
    const char *text;
    size_t len;
    int64_t line;
    if (a && hone_lines_open(&lines, path, LINE_MAX_BYTES, NULL) == 0 &&
        hone_lines_next(lines, &text, &len, &line, NULL) == 1)
        (void)hone_json_parse(&o, a, text, len, path, line, NULL);
    bool found = hone_json_is(hone_json_get(o, "question"), HONE_JSON_ARRAY) &&
                 hone_json_get(o, "function") != NULL;
    hone_lines_close(lines);
    hone_arena_free(a);
    return found;
}

static int fail_line(reader *r, const hone_json *o, const char *what)
{
    hone_err_at(r->err, r->path, o->line, -1);
    return hone_fail(r->err, HONE_E_DATA, "%s", what);
}

static int no_memory(reader *r)
{
    return hone_err_memory(r->err, "BFCL rows", 0);
}

/* ---- gold ---- */

static int gold_load(reader *r)
{
    hone_lines *lines = NULL;
    const char *text;
    size_t len, room = 0;
    int64_t line;
    int rc;
    HONE_TRY(hone_lines_open(&lines, r->gold_path, LINE_MAX_BYTES, r->err));
    while ((rc = hone_lines_next(lines, &text, &len, &line, r->err)) == 1) {
        hone_json *o = NULL;
        if (len == 0) continue;
        HONE_GOTO(rc, done, hone_json_parse(&o, r->a, text, len, r->gold_path, line, r->err));
        if (r->num_gold == room) {
            size_t more = room ? 2 * room : 256;
            hone_json **grown = hone_realloc_array(r->gold, more, sizeof *grown);
            rc = grown ? HONE_OK : no_memory(r);
            if (rc < 0) goto done;
            r->gold = grown;
            room = more;
        }
        r->gold[r->num_gold++] = o;
    }
done:
    hone_lines_close(lines);
    return rc;
}

/* The gold of id: files have the same order, so the next line is looked at first. */
static const hone_json *gold_find(reader *r, const char *id)
{
    for (size_t i = 0; i < r->num_gold; i++) {
        const hone_json *o = r->gold[(r->gold_at + i) % r->num_gold];
        if (!hone_json_str_eq(hone_json_get(o, "id"), id)) continue;
        r->gold_at = (r->gold_at + i + 1) % r->num_gold;
        return hone_json_get(o, "ground_truth");
    }
    return NULL;
}

/* ---- the expectation: the first allowed value of each argument ---- */

static const hone_json *first_of(const hone_json *list)
{
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++)
        if (!hone_json_str_eq(list->items[i], "")) return list->items[i];
    return NULL;
}

static bool put(hone_arena *a, hone_json *o, const char *key, const hone_json *v)
{
    return o && v && hone_json_set(a, o, key, (hone_json *)(uintptr_t)v);
}

/* A value of a gold list as a call would hold it; NULL if out of memory. */
static const hone_json *plain_value(hone_arena *a, const hone_json *v, int depth)
{
    bool object = v->type == HONE_JSON_OBJECT;
    if (!object && (v->type != HONE_JSON_ARRAY || depth > 0)) return v;
    hone_json *made = object ? hone_json_new_object(a) : hone_json_new_array(a);
    for (size_t i = 0; made && i < v->len; i++) {
        const hone_json *one = object ? v->members[i].value : v->items[i];
        if (object) {
            one = one->type == HONE_JSON_ARRAY ? first_of(one) : one;
            if (one && !put(a, made, v->members[i].key, one)) return NULL;
        } else {
            one = plain_value(a, one, depth + 1);
            if (!one || !hone_json_push(a, made, (hone_json *)(uintptr_t)one)) return NULL;
        }
    }
    return made;
}

static hone_json *call_make(hone_arena *a, const char *name, const hone_json *gold)
{
    hone_json *call = hone_json_new_object(a), *arguments = hone_json_new_object(a);
    for (size_t i = 0; arguments && i < gold->len; i++) {
        const hone_json *v = first_of(gold->members[i].value);
        if (v && !put(a, arguments, gold->members[i].key, plain_value(a, v, 0))) return NULL;
    }
    bool ok = put(a, call, "name", hone_json_new_str(a, name)) &&
              put(a, call, "arguments", arguments);
    return ok ? call : NULL;
}

static int calls_make(reader *r, hone_json **ret, const hone_json *gold, const hone_json *row)
{
    hone_json *list = hone_json_new_array(r->a);
    for (size_t i = 0; gold && i < gold->len; i++) {
        const hone_json *one = gold->items[i];
        if (!hone_json_is(one, HONE_JSON_OBJECT) || one->len != 1 ||
            one->members[0].value->type != HONE_JSON_OBJECT)
            return fail_line(r, row, "the gold answer of this row is no list of "
                                     "{function: {argument: [values]}}");
        hone_json *call = call_make(r->a, one->members[0].key, one->members[0].value);
        if (!call || !list || !hone_json_push(r->a, list, call)) return no_memory(r);
    }
    *ret = list;
    return list ? HONE_OK : no_memory(r);
}

/* ---- rows ---- */

static const char *category_of(reader *r, const char *id)
{
    const char *end = strrchr(id, '_');
    return hone_arena_strndup(r->a, id, end ? (size_t)(end - id) : strlen(id));
}

static int skip(reader *r, const char *category)
{
    hone_bfcl_load *out = r->out;
    for (int i = 0; i < out->num_skipped; i++) {
        if (strcmp(out->skipped[i].category, category) != 0) continue;
        out->skipped[i].rows++;
        return HONE_OK;
    }
    if (out->num_skipped == sizeof out->skipped / sizeof out->skipped[0])
        return hone_fail(r->err, HONE_E_DATA, "too many categories in one BFCL file");
    out->skipped[out->num_skipped++] = (hone_bfcl_skipped){ category, 1 };
    return HONE_OK;
}

/* The messages of the only turn, behind the line that switches calling on. */
static hone_json *messages_make(hone_arena *a, const hone_json *turn)
{
    hone_json *list = hone_json_new_array(a), *first = hone_json_new_object(a);
    const hone_json *role = hone_json_get(hone_json_at(turn, 0), "role");
    bool ok = list && put(a, first, "role", hone_json_new_str(a, "developer")) &&
              put(a, first, "content", hone_json_new_str(a, HONE_ACTIVATION_LINE));
    if (ok && !hone_json_str_eq(role, "system") && !hone_json_str_eq(role, "developer"))
        ok = hone_json_push(a, list, first);
    for (size_t i = 0; ok && i < turn->len; i++) ok = hone_json_push(a, list, turn->items[i]);
    return ok ? list : NULL;
}

/* The row as our own format has it. */
static int object_make(reader *r, hone_json **ret, const hone_json *o, const char *category,
                       const hone_json *functions, const hone_json *gold)
{
    hone_arena *a = r->a;
    hone_json *row = hone_json_new_object(a), *source = hone_json_new_object(a), *calls;
    hone_json *expected = hone_json_new_object(a);
    HONE_TRY(calls_make(r, &calls, gold, o));
    hone_json *messages = messages_make(a, hone_json_at(hone_json_get(o, "question"), 0));
    if (!gold) gold = hone_json_new_array(a);
    bool ok = put(a, row, "id", hone_json_get(o, "id")) &&
              put(a, row, "category", hone_json_new_str(a, category)) &&
              put(a, row, "messages", messages) && put(a, row, "tools", functions) &&
              put(a, expected, "calls", calls) && put(a, row, "expected", expected) &&
              put(a, source, "format", hone_json_new_str(a, HONE_BFCL_SOURCE)) &&
              put(a, source, "function", functions) && put(a, source, "ground_truth", gold) &&
              put(a, row, "source", source);
    *ret = row;
    return ok ? HONE_OK : no_memory(r);
}

static int keep_row(reader *r, const hone_row *row)
{
    hone_rows *rows = r->rows;
    if (rows->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        hone_row *items = hone_arena_alloc(r->a, room * sizeof *items);
        if (!items) return no_memory(r);
        if (rows->count) memcpy(items, rows->items, rows->count * sizeof *items);
        rows->items = items;
        r->room = room;
    }
    rows->items[rows->count++] = *row;
    return HONE_OK;
}

static int line_read(reader *r, const hone_json *o)
{
    const hone_row_options options = { NULL, true };
    const hone_json *question = hone_json_get(o, "question"), *gold = NULL;
    hone_json *functions = hone_json_get(o, "function"), *object;
    const char *id, *category;
    hone_bfcl_kind kind;
    hone_row row;
    HONE_TRY(hone_json_req_str(&id, o, "id", r->path, r->err));
    category = category_of(r, id);
    if (!category) return no_memory(r);
    if (!hone_json_is(question, HONE_JSON_ARRAY) || !functions)
        return fail_line(r, o, "a BFCL row needs question and function");
    bool scored = hone_bfcl_kind_of(category, &kind) && kind != HONE_BFCL_RELEVANCE;
    if (!scored || question->len != 1 || question->items[0]->type != HONE_JSON_ARRAY)
        return skip(r, category);
    if (functions->type == HONE_JSON_OBJECT) {
        hone_json *list = hone_json_new_array(r->a);
        if (!list || !hone_json_push(r->a, list, functions)) return no_memory(r);
        functions = list;
    }
    if (kind != HONE_BFCL_IRRELEVANCE) {
        if (!r->gold) HONE_TRY(gold_load(r));
        gold = gold_find(r, id);
        if (!hone_json_is(gold, HONE_JSON_ARRAY) || gold->len == 0)
            return fail_line(r, o, "this row has no gold answer (--gold FILE)");
    }
    HONE_TRY(object_make(r, &object, o, category, functions, gold));
    HONE_TRY(hone_row_read(&row, r->a, object, &options, r->path, o->line, r->err));
    if (r->handler_prompt &&
        hone_bfcl_prompt(&row.prompt, r->a, functions, question->items[0], r->err) < 0) {
        hone_err_at(r->err, r->path, o->line, -1);
        return r->err->code;
    }
    return keep_row(r, &row);
}

static int lines_read(reader *r)
{
    hone_lines *lines = NULL;
    const char *text;
    size_t len;
    int64_t line;
    int rc;
    HONE_TRY(hone_lines_open(&lines, r->path, LINE_MAX_BYTES, r->err));
    while ((rc = hone_lines_next(lines, &text, &len, &line, r->err)) == 1) {
        hone_json *o = NULL;
        if (len == 0) continue;
        HONE_GOTO(rc, done, hone_json_parse(&o, r->a, text, len, r->path, line, r->err));
        HONE_GOTO(rc, done, line_read(r, o));
        if (r->limit && r->rows->count == r->limit) break;
    }
    if (rc == 1) rc = HONE_OK;
    if (rc == 0 && r->rows->count == 0) {
        hone_err_at(r->err, r->path, 0, -1);
        rc = hone_fail(r->err, HONE_E_DATA, "no row of the file is of a category that is scored");
    }
done:
    hone_lines_close(lines);
    return rc;
}

/* DIR/possible_answer/NAME for DIR/NAME. */
static char *gold_beside(const char *path)
{
    char *dir = hone_path_dir(path);
    char *folder = dir ? hone_path_join(dir, "possible_answer") : NULL;
    char *made = folder ? hone_path_join(folder, hone_path_base(path)) : NULL;
    hone_free(folder);
    hone_free(dir);
    return made;
}

int hone_bfcl_rows_load(hone_bfcl_load *ret, const char *path, const hone_bfcl_options *o,
                        hone_err *err)
{
    hone_bfcl_load out = { .num_skipped = 0 };
    reader r = { .path = path, .limit = o->limit, .handler_prompt = o->handler_prompt,
                 .out = &out, .err = err };
    char *beside = o->gold_path ? NULL : gold_beside(path);
    r.gold_path = o->gold_path ? o->gold_path : beside;
    r.rows = hone_calloc(1, sizeof *r.rows);
    int rc = r.rows && r.gold_path ? HONE_OK : hone_err_memory(err, "BFCL rows", 0);
    if (rc < 0) goto done;
    r.a = r.rows->arena = hone_arena_new();
    r.rows->path = r.a ? hone_arena_strndup(r.a, path, strlen(path)) : NULL;
    rc = r.rows->path ? lines_read(&r) : no_memory(&r);
    out.rows = r.rows;
    if (rc == 0) *ret = out;
done:
    if (rc < 0) hone_rows_free(r.rows);
    hone_free(r.gold);
    hone_free(beside);
    return rc;
}
