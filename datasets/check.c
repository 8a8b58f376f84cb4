/* The data doctor (datasets/check.h). */
#include "datasets/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/zfile.h"
#include "datasets/lint.h"
#include "datasets/rows.h"
#include "datasets/schema.h"
#include "model/chat.h"

enum { FINDINGS_MAX = 1000, DEPTH_MAX = 64 };

typedef struct seen_text { /* user texts so far, to find repeats and contradictions */
    char text[65];
    char expected[65];
    int64_t line;
} seen_text;

typedef struct doctor {
    hone_check *c;   /* of all rows: the first process's */
    const hone_check_options *o;
    const char *path;
    hone_parts parts;
    seen_text *seen; /* open addressing, a power of two */
    size_t seen_count, seen_room;
    hone_err *err;
} doctor;

/* What looking at a row found, in the order in which it is to be told; made by the process that
 * looks, taken by the first one. Followed by its texts with their NULs. */
enum { EVENT_ERROR, EVENT_WARNING, EVENT_ROW, EVENT_TEXT, EVENT_LENGTH };
typedef struct event {
    int64_t line, number; /* ROW: nulls; LENGTH: tokens */
    int32_t kind, calls;
    uint32_t word, text;  /* bytes; of code and text, of the hashes of a text, of a row's id */
} event;

static int event_put(doctor *d, event e, const char *word, const char *text)
{
    hone_buf *b = &d->parts.mine;
    e.word = (uint32_t)strlen(word) + 1;
    e.text = (uint32_t)strlen(text) + 1;
    hone_buf_add(b, &e, sizeof e);
    hone_buf_add(b, word, e.word);
    hone_buf_add(b, text, e.text);
    return hone_buf_ok(b) ? HONE_OK : hone_err_memory(d->err, "findings", b->len);
}

static int note(doctor *d, bool error, int64_t line, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static int note(doctor *d, bool error, int64_t line, const char *code, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const event e = { .line = line, .kind = error ? EVENT_ERROR : EVENT_WARNING };
    return event_put(d, e, code, text);
}

/* ---- tools ---- */

static int check_property(doctor *d, int64_t line, const char *where, const hone_json_member *m);

static int check_properties(doctor *d, int64_t line, const char *where, const hone_json *properties,
                            int depth)
{
    if (!hone_json_is(properties, HONE_JSON_OBJECT) || depth > DEPTH_MAX) return 0;
    for (size_t i = 0; i < properties->len; i++) {
        const hone_json_member *m = &properties->members[i];
        char path[256];
        (void)snprintf(path, sizeof path, "%.150s.%.90s", where, m->key);
        HONE_TRY(check_property(d, line, path, m));
        for (size_t k = 0; k < i; k++)
            if (strcasecmp(properties->members[k].key, m->key) == 0)
                HONE_TRY(note(d, false, line, "case_twins",
                              "%s: differs from another property by case alone; "
                              "their order in the prompt depends on the input",
                              path));
        HONE_TRY(check_properties(d, line, path, hone_json_get(m->value, "properties"), depth + 1));
        const hone_json *items = hone_json_get(m->value, "items");
        HONE_TRY(check_properties(d, line, path, hone_json_get(items, "properties"), depth + 1));
    }
    return 0;
}

static bool known_type(const char *word)
{
    static const char *const words[] = { "string", "number", "integer", "boolean",
                                         "object", "array",  "null" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, words[i]) == 0) return true;
    return false;
}

/* Keys of a property that the template never prints. */
static int check_silent_keys(doctor *d, int64_t line, const char *where, const hone_json *schema)
{
    static const char *const keys[] = {
        "default", "minimum", "maximum", "format", "nullable",
        "title",   "anyOf",   "oneOf",   "$ref",   "additionalProperties",
        "pattern"
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (hone_json_get(schema, keys[i]))
            HONE_TRY(note(d, false, line, "key_not_printed",
                          "%s: '%s' never reaches the prompt; say it in the "
                          "description",
                          where, keys[i]));
    return 0;
}

static int check_property(doctor *d, int64_t line, const char *where, const hone_json_member *m)
{
    const hone_json *type = hone_json_get(m->value, "type");
    const hone_json *about = hone_json_get(m->value, "description");
    if (hone_lint_reserved(m->key))
        HONE_TRY(note(d, true, line, "reserved_name",
                      "%s: the template leaves a parameter of this name out of "
                      "the declaration; rename it",
                      where));
    if (!hone_lint_device_name(m->key))
        HONE_TRY(note(d, false, line, "device_name",
                      "%s: the device cannot parse this name; rename it", where));
    if (!hone_json_is(m->value, HONE_JSON_OBJECT))
        return note(d, true, line, "property_shape",
                    "%s: must be an object with type and description", where);
    if (!hone_json_is(about, HONE_JSON_STRING) || about->len == 0)
        HONE_TRY(note(d, false, line, "no_description",
                      "%s: has no description; the prompt shows %s", where,
                      about && about->type == HONE_JSON_NULL ? "None" : "nothing"));
    if (hone_json_is(type, HONE_JSON_ARRAY))
        HONE_TRY(note(d, false, line, "type_list", "%s: a list of types prints as text; choose one",
                      where));
    else if (!hone_json_is(type, HONE_JSON_STRING))
        HONE_TRY(note(d, false, line, "no_type", "%s: has no type", where));
    else if (!known_type(type->text))
        HONE_TRY(note(d, false, line, "foreign_type",
                      "%s: '%s' is no JSON Schema type; nested fields of it vanish "
                      "from the prompt",
                      where, type->text));
    bool text = hone_json_is(type, HONE_JSON_STRING) && strcasecmp(type->text, "string") == 0;
    if (hone_json_get(m->value, "enum") && !text)
        HONE_TRY(note(d, false, line, "enum_not_printed",
                      "%s: an enum is printed for strings only; put the values "
                      "into the description",
                      where));
    return check_silent_keys(d, line, where, m->value);
}

static int check_tool(doctor *d, int64_t line, const hone_json *tool)
{
    const hone_json *f = hone_json_get(tool, "function");
    if (!f) f = tool;
    const hone_json *name = hone_json_get(f, "name");
    const hone_json *about = hone_json_get(f, "description");
    const hone_json *parameters = hone_json_get(f, "parameters");
    const char *word = hone_json_is(name, HONE_JSON_STRING) ? name->text : "?";
    if (!hone_lint_device_name(word))
        HONE_TRY(note(d, false, line, "device_name",
                      "function %s: the device cannot parse this name", word));
    if (!hone_json_is(about, HONE_JSON_STRING) || about->len == 0)
        HONE_TRY(note(d, false, line, "no_description", "function %s has no description", word));
    if (parameters && parameters->type == HONE_JSON_OBJECT && parameters->len &&
        !hone_json_get(parameters, "type"))
        HONE_TRY(note(d, true, line, "parameters_type",
                      "function %s: parameters without type print without their "
                      "closing brace; add \"type\":\"object\"",
                      word));
    hone_buf all = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&all, f, HONE_JSON_COMPACT);
    const char *mark = all.data ? hone_lint_marker(all.data) : NULL;
    hone_buf_done(&all);
    if (mark)
        HONE_TRY(note(d, true, line, "control_token", "function %s spells the control token %s",
                      word, mark));
    return check_properties(d, line, word, hone_json_get(parameters, "properties"), 0);
}

static int check_tools(doctor *d, int64_t line, const hone_json *tools)
{
    for (size_t i = 0; tools && i < tools->len; i++) {
        HONE_TRY(check_tool(d, line, tools->items[i]));
        const hone_json *f = hone_json_get(tools->items[i], "function");
        const hone_json *name = hone_json_get(f ? f : tools->items[i], "name");
        for (size_t k = 0; k < i && hone_json_is(name, HONE_JSON_STRING); k++) {
            const hone_json *g = hone_json_get(tools->items[k], "function");
            if (hone_json_str_eq(hone_json_get(g ? g : tools->items[k], "name"), name->text))
                HONE_TRY(note(d, true, line, "duplicate_tool", "function %s is declared twice",
                              name->text));
        }
    }
    return 0;
}

/* ---- rows ---- */

static int check_value(doctor *d, const hone_row *r, const char *where, const hone_json *v,
                       int depth)
{
    const char *why;
    if (depth > DEPTH_MAX)
        return note(d, true, r->line, "too_deep", "%s is nested too deep", where);
    if (v->type == HONE_JSON_STRING) {
        const char *mark = hone_lint_marker(v->text);
        if (mark)
            return note(d, true, r->line, "control_token", "%s spells the control token %s", where,
                        mark);
        if (hone_lint_hostile(v->text))
            return note(d, false, r->line, "hostile_text",
                        "%s holds control characters or bidi marks", where);
    }
    if (v->type == HONE_JSON_NULL)
        return note(d, true, r->line, "null_value",
                    "%s is null: it is written as None, which the device cannot read", where);
    if (hone_lint_number(v, &why)) return note(d, false, r->line, "number", "%s %s", where, why);
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        HONE_TRY(check_value(d, r, where, v->items[i], depth + 1));
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++) {
        if (!hone_lint_device_name(v->members[i].key))
            HONE_TRY(note(d, false, r->line, "device_name",
                          "%s: the device cannot parse the key '%.80s'", where, v->members[i].key));
        HONE_TRY(check_value(d, r, where, v->members[i].value, depth + 1));
    }
    return 0;
}

static int check_calls(doctor *d, const hone_row *r)
{
    for (size_t i = 0; i < r->expected.count; i++) {
        const hone_call *c = &r->expected.items[i];
        hone_schema_finding f;
        if (!r->tools)
            HONE_TRY(note(d, true, r->line, "no_tools", "a call of %s, but no tools (give --tools)",
                          c->name));
        else if (hone_schema_call(r->tools, c->name, c->arguments, &f))
            HONE_TRY(note(d, true, r->line, hone_schema_word(f.fault), "%s: %s %s", c->name, f.path,
                          f.text));
        for (size_t k = 0; k < c->arguments->len; k++) {
            char where[200];
            (void)snprintf(where, sizeof where, "%.80s, argument %.100s", c->name,
                           c->arguments->members[k].key);
            HONE_TRY(check_value(d, r, where, c->arguments->members[k].value, 0));
            if (hone_lint_device_cuts(c->arguments, k))
                HONE_TRY(note(d, false, r->line, "device_cuts",
                              "%s: newer device parsers cut this text at a comma "
                              "before the name of another argument",
                              where));
        }
    }
    return 0;
}

static const char *content_of(const hone_json *message)
{
    const hone_json *v = hone_json_get(message, "content");
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static int check_target(doctor *d, const hone_row *r)
{
    const hone_json *last = r->messages->len ? r->messages->items[r->messages->len - 1] : NULL;
    if (!r->has_expected)
        return note(d, true, r->line, "no_target", "the last message is not the assistant's");
    size_t n;
    const char *text = content_of(last);
    (void)hone_text_trim(text, strlen(text), &n);
    const hone_json *calls = hone_json_get(last, "tool_calls");
    if (hone_json_is(calls, HONE_JSON_ARRAY) && calls->len == 0)
        HONE_TRY(note(d, false, r->line, "empty_calls", "tool_calls is an empty list"));
    if (r->expected.count == 0 && n == 0)
        HONE_TRY(note(d, true, r->line, "empty_target",
                      "the answer is empty: there is nothing to learn"));
    if (r->expected.count > 0 && n > 0)
        HONE_TRY(note(d, false, r->line, "text_with_calls", "the answer holds text and calls"));
    return check_calls(d, r);
}

static int check_messages(doctor *d, const hone_row *r)
{
    for (size_t i = 0; i < r->messages->len; i++) {
        const hone_json *m = r->messages->items[i];
        const char *text = content_of(m);
        const char *mark = hone_lint_marker(text);
        if (mark)
            HONE_TRY(note(d, true, r->line, "control_token",
                          "message %zu spells the control token %s", i + 1, mark));
        if (hone_lint_hostile(text))
            HONE_TRY(note(d, false, r->line, "hostile_text",
                          "message %zu holds control characters or bidi marks", i + 1));
        bool after_tool =
            i > 0 && hone_json_str_eq(hone_json_get(r->messages->items[i - 1], "role"), "tool");
        if (after_tool && hone_json_str_eq(hone_json_get(m, "role"), "user"))
            HONE_TRY(note(d, true, r->line, "user_after_tool",
                          "message %zu: a user message after a tool's loses its "
                          "turn marker; put an answer between them",
                          i + 1));
    }
    if (!r->user_text || !*r->user_text)
        return note(d, true, r->line, "no_user", "no user message with text");
    return 0;
}

static int see_text(doctor *d, const hone_row *r)
{
    char text[65];
    const event e = { .line = r->line, .kind = EVENT_TEXT };
    hone_sha256_of(r->user_text, strlen(r->user_text), text);
    return event_put(d, e, text, r->hash);
}

static int check_length(doctor *d, const hone_row *r, hone_arena *a)
{
    hone_encoded e;
    hone_err why;
    hone_err_clear(&why);
    if (!d->o->tokenizer) return 0;
    if (hone_chat_encode(&e, a, d->o->tokenizer, r, true, &why) < 0)
        return why.code == HONE_E_MEMORY
                   ? hone_err_memory(d->err, "encoded row", 1)
                   : note(d, true, r->line, "not_renderable", "%.500s", why.message);
    const event length = { .line = r->line, .number = (int64_t)e.count, .kind = EVENT_LENGTH };
    HONE_TRY(event_put(d, length, r->id, ""));
    if (d->o->max_length > 0 && (int64_t)e.count > d->o->max_length)
        return note(d, true, r->line, "too_long", "%zu tokens, more than %lld", e.count,
                    (long long)d->o->max_length);
    return 0;
}

static int check_row(doctor *d, hone_arena *a, const char *line, size_t len, int64_t number)
{
    hone_json *o;
    hone_row r;
    hone_err why;
    hone_err_clear(&why);
    if (hone_json_parse(&o, a, line, len, d->path, number, &why) < 0)
        return why.code == HONE_E_MEMORY ? hone_err_memory(d->err, "row", len)
                                         : note(d, true, number, "json", "%.500s", why.message);
    hone_row_options options = { d->o->tools, d->o->tools != NULL };
    if (hone_row_read(&r, a, o, &options, d->path, number, &why) < 0)
        return why.code == HONE_E_MEMORY ? hone_err_memory(d->err, "row", len)
                                         : note(d, true, number, "row", "%.500s", why.message);
    const event row = { .line = number, .number = r.nulls_dropped, .kind = EVENT_ROW,
                        .calls = r.expected.count > 0 };
    HONE_TRY(event_put(d, row, "", ""));
    if (r.nulls_dropped)
        HONE_TRY(note(d, false, number, "null_key", "%d keys are null and were dropped",
                      r.nulls_dropped));
    if (hone_json_get(o, "tools")) HONE_TRY(check_tools(d, number, r.tools));
    HONE_TRY(check_messages(d, &r));
    HONE_TRY(check_target(d, &r));
    if (r.user_text && *r.user_text) HONE_TRY(see_text(d, &r));
    return check_length(d, &r, a);
}

/* ---- what was found, in the order of the rows ---- */

static int finding_add(doctor *d, bool error, int64_t line, const char *code, const char *text)
{
    hone_check *c = d->c;
    if (error) c->errors++;
    else c->warnings++;
    if (c->count >= FINDINGS_MAX) {
        c->dropped++;
        return 0;
    }
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        hone_finding *grown = hone_arena_alloc(c->arena, room * sizeof *grown);
        if (!grown) return hone_err_memory(d->err, "findings", room);
        if (c->count) memcpy(grown, c->findings, c->count * sizeof *grown);
        c->findings = grown;
        c->room = room;
    }
    const hone_finding f = { error, line, hone_arena_strndup(c->arena, code, strlen(code)),
                             hone_arena_strndup(c->arena, text, strlen(text)) };
    if (!f.code || !f.text) return hone_err_memory(d->err, "findings", strlen(text));
    c->findings[c->count++] = f;
    return 0;
}

/* The place of a text, or the free one where it belongs. */
static seen_text *seen_find(seen_text *table, size_t room, const char *text)
{
    uint32_t h = hone_crc32c(0, text, 64);
    size_t at = h & (room - 1);
    while (table[at].line && strcmp(table[at].text, text) != 0) at = (at + 1) & (room - 1);
    return &table[at];
}

static int seen_grow(doctor *d)
{
    if (2 * (d->seen_count + 1) <= d->seen_room) return 0;
    size_t room = d->seen_room ? d->seen_room * 2 : 1024;
    seen_text *grown = hone_calloc(room, sizeof *grown);
    if (!grown) return hone_err_memory(d->err, "texts", room * sizeof *grown);
    for (size_t i = 0; i < d->seen_room; i++)
        if (d->seen[i].line) *seen_find(grown, room, d->seen[i].text) = d->seen[i];
    hone_free(d->seen);
    d->seen = grown;
    d->seen_room = room;
    return 0;
}

static int text_take(doctor *d, int64_t line, const char *text, const char *expected)
{
    char said[128];
    seen_text s = { .line = line };
    (void)snprintf(s.text, sizeof s.text, "%s", text);
    (void)snprintf(s.expected, sizeof s.expected, "%s", expected);
    HONE_TRY(seen_grow(d));
    seen_text *at = seen_find(d->seen, d->seen_room, s.text);
    if (!at->line) {
        *at = s;
        d->seen_count++;
        return 0;
    }
    const bool same = strcmp(at->expected, s.expected) == 0;
    (void)snprintf(said, sizeof said,
                   same ? "the same row as line %lld"
                        : "the user text of line %lld with another context or answer",
                   (long long)at->line);
    return finding_add(d, false, line, same ? "duplicate" : "same_text", said);
}

static int length_take(doctor *d, const event *e, const char *id)
{
    hone_check *c = d->c;
    c->tokens += e->number;
    if (e->number <= c->longest) return 0;
    c->longest = e->number;
    c->longest_line = e->line;
    c->longest_id = hone_arena_strndup(c->arena, id, strlen(id));
    return c->longest_id ? 0 : hone_err_memory(d->err, "findings", strlen(id));
}

static int event_take(doctor *d, const event *e, const char *word, const char *text)
{
    hone_check *c = d->c;
    switch (e->kind) {
    case EVENT_ERROR:
    case EVENT_WARNING: return finding_add(d, e->kind == EVENT_ERROR, e->line, word, text);
    case EVENT_TEXT: return text_take(d, e->line, word, text);
    case EVENT_LENGTH: return length_take(d, e, word);
    default: break;
    }
    c->rows++;
    if (e->calls) c->calls++;
    else c->no_calls++;
    c->nulls += e->number;
    return 0;
}

static int take(void *user, const char *part, size_t len, hone_err *err)
{
    doctor *d = user;
    (void)err; /* the doctor's own */
    for (size_t at = 0; at < len;) {
        event e = { 0 };
        if (len - at >= sizeof e) memcpy(&e, part + at, sizeof e);
        at += sizeof e;
        const size_t word = e.word, text = e.text;
        if (at > len || word == 0 || text == 0 || word + text > len - at ||
            part[at + word - 1] != '\0' || part[at + word + text - 1] != '\0')
            return hone_fail(d->err, HONE_E_INTERNAL, "findings of another process are damaged");
        HONE_TRY(event_take(d, &e, part + at, part + at + word));
        at += word + text;
    }
    return 0;
}

/* ---- the file ---- */

static int offer_line(doctor *d, hone_arena *a, const char *line, size_t len, int64_t number)
{
    size_t n;
    bool mine;
    (void)hone_text_trim(line, len, &n);
    if (n == 0) return 0;
    HONE_TRY(hone_parts_next(&d->parts, len, &mine, d->err));
    if (!mine) return 0;
    hone_arena_clear(a);
    return check_row(d, a, line, len, number);
}

static int check_lines(doctor *d)
{
    hone_lines *l = NULL;
    hone_arena *a = hone_arena_new();
    const char *line;
    size_t len;
    int64_t number;
    int rc = a ? hone_lines_open(&l, d->path, HONE_ROWS_LINE_MAX, d->err)
               : hone_err_memory(d->err, "row", 1);
    while (rc >= 0 && (rc = hone_lines_next(l, &line, &len, &number, d->err)) == 1)
        rc = offer_line(d, a, line, len, number);
    hone_lines_close(l);
    hone_arena_free(a);
    return rc;
}

static int check_file(doctor *d)
{
    const hone_parts_ways *ways = d->o->ways;
    const bool first = !ways || ways->rank == 0;
    int rc = hone_parts_open(&d->parts, ways, take, d, d->err);
    if (rc < 0) return rc;
    if (first && d->o->tools) rc = check_tools(d, 0, d->o->tools);
    if (rc == 0) rc = check_lines(d);
    rc = hone_parts_end(&d->parts, rc, d->err);
    if (rc == 0 && first && d->c->rows == 0)
        rc = finding_add(d, true, 0, "no_rows", "the file holds no rows");
    hone_parts_close(&d->parts);
    return rc;
}

int hone_check_rows(hone_check **ret, const char *path, const hone_check_options *options,
                    hone_err *err)
{
    hone_check *c = hone_calloc(1, sizeof *c);
    if (!c) return hone_err_memory(err, "check", sizeof *c);
    doctor d = { .c = c, .o = options, .path = path, .err = err };
    c->longest_id = "";
    c->arena = hone_arena_new();
    const int rc = c->arena ? check_file(&d) : hone_err_memory(err, "check", 1);
    hone_free(d.seen);
    if (rc < 0) {
        hone_check_free(c);
        return rc;
    }
    *ret = c;
    return 0;
}

void hone_check_free(hone_check *c)
{
    if (!c) return;
    hone_arena_free(c->arena);
    hone_free(c);
}
