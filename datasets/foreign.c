/* Row files of other tools (datasets/foreign.h). One function a format turns its object into ours.
 */
#include "datasets/foreign.h"

#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/zfile.h"
#include "datasets/csv.h"

enum { FILE_MAX = 256 << 20, LINE_MAX = 16 << 20 };

typedef struct reader {
    const char *path;
    int64_t line;
    const hone_foreign_options *o;
    const hone_json *answers; /* BFCL: id -> list of calls */
    int64_t left_out;
    hone_err *err;
} reader;

static const char *const names[] = {
    "rows", "csv", "prompt", "xlam", "mobile", "bfcl", "sharegpt"
};

const char *hone_foreign_name(hone_foreign_format f)
{
    return names[f];
}

static int bad(const reader *r, const char *what)
{
    return hone_fail(r->err, HONE_E_DATA, "%s:%lld: %s", r->path, (long long)r->line, what);
}

static int no_memory(const reader *r)
{
    return hone_err_memory(r->err, "row", 1);
}

/* ---- building ---- */

static hone_json *message(hone_arena *a, const char *role, const char *content)
{
    hone_json *m = hone_json_new_object(a);
    if (!m) return NULL;
    hone_json_set(a, m, "role", hone_json_new_str(a, role));
    return hone_json_set(a, m, "content", hone_json_new_str(a, content)) ? m : NULL;
}

/* {"calls":[{"name","arguments"}]}; the list is taken as it is. */
static bool set_expected(hone_arena *a, hone_json *row, hone_json *calls)
{
    hone_json *expected = hone_json_new_object(a);
    return expected && calls && hone_json_set(a, expected, "calls", calls) &&
           hone_json_set(a, row, "expected", expected);
}

static hone_json *call_json(hone_arena *a, const char *name, const hone_json *arguments)
{
    hone_json *c = hone_json_new_object(a);
    if (!c) return NULL;
    hone_json_set(a, c, "name", hone_json_new_str(a, name));
    return hone_json_set(a, c, "arguments", hone_json_copy(a, arguments)) ? c : NULL;
}

static hone_json *one_user(hone_arena *a, const char *text)
{
    hone_json *row = hone_json_new_object(a);
    hone_json *messages = hone_json_new_array(a);
    if (!row || !messages || !hone_json_push(a, messages, message(a, "user", text))) return NULL;
    return hone_json_set(a, row, "messages", messages) ? row : NULL;
}

/* A list that may come as JSON text. */
static int list_of(const reader *r, hone_arena *a, const hone_json *v, const char *what,
                   hone_json **ret)
{
    hone_json *list = NULL;
    if (hone_json_is(v, HONE_JSON_STRING))
        HONE_TRY(hone_json_parse(&list, a, v->text, v->len, r->path, r->line, r->err));
    else
        list = hone_json_copy(a, v);
    if (!hone_json_is(list, HONE_JSON_ARRAY))
        return hone_fail(r->err, HONE_E_DATA, "%s:%lld: %s is no list", r->path, (long long)r->line,
                         what);
    *ret = list;
    return 0;
}

/* Each {"name","arguments"}; arguments may be JSON text. */
static int check_calls(const reader *r, hone_arena *a, hone_json *calls)
{
    for (size_t i = 0; i < calls->len; i++) {
        hone_json *c = calls->items[i];
        const hone_json *arguments = hone_json_get(c, "arguments");
        hone_json *parsed = NULL;
        if (hone_json_is(arguments, HONE_JSON_STRING))
            HONE_TRY(hone_json_parse(&parsed, a, arguments->text, arguments->len, r->path, r->line,
                                     r->err));
        if (parsed && !hone_json_set(a, c, "arguments", parsed)) return no_memory(r);
        if (!hone_json_is(hone_json_get(c, "name"), HONE_JSON_STRING) ||
            !hone_json_is(hone_json_get(c, "arguments"), HONE_JSON_OBJECT))
            return bad(r, "a call is not {\"name\": text, \"arguments\": object}");
    }
    return 0;
}

/* ---- xLAM ---- */

/* "str, optional", "List[int]", "dict" and the like. */
static const char *type_word(const char *s)
{
    static const struct {
        const char *start, *word;
    } types[] = { { "str", "string" },    { "int", "integer" },  { "float", "number" },
                  { "bool", "boolean" },  { "list", "array" },   { "tuple", "array" },
                  { "set", "array" },     { "array", "array" },  { "dict", "object" },
                  { "object", "object" }, { "number", "number" } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strncasecmp(s, types[i].start, strlen(types[i].start)) == 0) return types[i].word;
    return "string";
}

/* A default that only the schema knew becomes part of the description: templates print no more. */
static hone_json *described(hone_arena *a, const hone_json *about, const hone_json *fallback)
{
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_buf_str(&b, hone_json_is(about, HONE_JSON_STRING) ? about->text : "");
    bool empty = hone_json_is_null(fallback) || hone_json_str_eq(fallback, "");
    if (!empty && hone_json_is(fallback, HONE_JSON_STRING))
        hone_buf_printf(&b, " (default: %s)", fallback->text);
    else if (!empty) {
        hone_buf_str(&b, " (default: ");
        hone_json_write(&b, fallback, HONE_JSON_COMPACT);
        hone_buf_char(&b, ')');
    }
    hone_json *v = hone_buf_ok(&b) ? hone_json_new_strn(a, b.data ? b.data : "", b.len) : NULL;
    hone_buf_done(&b);
    return v;
}

/* name -> {type, description, default} becomes a JSON Schema object. */
static hone_json *schema_of_map(hone_arena *a, const hone_json *map)
{
    hone_json *schema = hone_json_new_object(a);
    hone_json *properties = hone_json_new_object(a);
    hone_json *required = hone_json_new_array(a);
    if (!schema || !properties || !required) return NULL;
    for (size_t i = 0; i < map->len; i++) {
        const hone_json *p = map->members[i].value;
        const hone_json *type = hone_json_get(p, "type");
        const hone_json *fallback = hone_json_get(p, "default");
        const char *word = hone_json_is(type, HONE_JSON_STRING) ? type->text : "str";
        hone_json *q = hone_json_new_object(a);
        if (!q) return NULL;
        hone_json_set(a, q, "type", hone_json_new_str(a, type_word(word)));
        hone_json_set(a, q, "description", described(a, hone_json_get(p, "description"), fallback));
        if (!hone_json_set(a, properties, map->members[i].key, q)) return NULL;
        bool optional = strcasestr(word, "optional") || !hone_json_is_null(fallback);
        if (!optional) hone_json_push(a, required, hone_json_new_str(a, map->members[i].key));
    }
    hone_json_set(a, schema, "type", hone_json_new_str(a, "object"));
    hone_json_set(a, schema, "properties", properties);
    if (required->len && !hone_json_set(a, schema, "required", required)) return NULL;
    return schema;
}

static bool is_schema(const hone_json *p)
{
    return hone_json_is(hone_json_get(p, "properties"), HONE_JSON_OBJECT) &&
           hone_json_is(hone_json_get(p, "type"), HONE_JSON_STRING);
}

static int xlam_tools(const reader *r, hone_arena *a, hone_json *tools)
{
    for (size_t i = 0; i < tools->len; i++) {
        hone_json *f = hone_json_get(tools->items[i], "function");
        if (!f) f = tools->items[i];
        const hone_json *p = hone_json_get(f, "parameters");
        if (!hone_json_is(p, HONE_JSON_OBJECT) || is_schema(p)) continue;
        hone_json *schema = schema_of_map(a, p);
        if (!schema || !hone_json_set(a, f, "parameters", schema)) return no_memory(r);
    }
    return 0;
}

static int from_xlam(reader *r, hone_arena *a, const hone_json *o, hone_json **ret)
{
    const hone_json *query = hone_json_get(o, "query");
    hone_json *calls;
    hone_json *tools;
    if (!hone_json_is(query, HONE_JSON_STRING)) return bad(r, "query is no text");
    HONE_TRY(list_of(r, a, hone_json_get(o, "answers"), "answers", &calls));
    HONE_TRY(list_of(r, a, hone_json_get(o, "tools"), "tools", &tools));
    HONE_TRY(check_calls(r, a, calls));
    HONE_TRY(xlam_tools(r, a, tools));
    hone_json *row = one_user(a, query->text);
    if (!row || !set_expected(a, row, calls) || !hone_json_set(a, row, "tools", tools))
        return no_memory(r);
    const hone_json *id = hone_json_get(o, "id");
    if (id) hone_json_set(a, row, "id", hone_json_copy(a, id));
    *ret = row;
    return 0;
}

/* ---- BFCL ---- */

/* [{"f":{"a":[v1,v2]}}]: the first allowed value of each argument; "" first means left out. */
static int first_answers(const reader *r, hone_arena *a, const hone_json *truth, hone_json **ret)
{
    hone_json *calls = hone_json_new_array(a);
    if (!calls) return no_memory(r);
    for (size_t i = 0; i < truth->len; i++) {
        const hone_json *call = truth->items[i];
        if (!hone_json_is(call, HONE_JSON_OBJECT) || call->len != 1 ||
            !hone_json_is(call->members[0].value, HONE_JSON_OBJECT))
            return bad(r, "a possible answer is not {\"function\": {\"argument\": [values]}}");
        hone_json *arguments = hone_json_new_object(a);
        const hone_json *lists = call->members[0].value;
        for (size_t k = 0; arguments && k < lists->len; k++) {
            const hone_json *first = hone_json_at(lists->members[k].value, 0);
            if (!first || hone_json_str_eq(first, "")) continue;
            hone_json_set(a, arguments, lists->members[k].key, hone_json_copy(a, first));
        }
        if (!arguments || !hone_json_push(a, calls, call_json(a, call->members[0].key, arguments)))
            return no_memory(r);
    }
    *ret = calls;
    return 0;
}

static int from_bfcl(reader *r, hone_arena *a, const hone_json *o, hone_json **ret)
{
    const hone_json *id = hone_json_get(o, "id");
    const hone_json *turn = hone_json_at(hone_json_get(o, "question"), 0);
    if (hone_json_is(turn, HONE_JSON_OBJECT)) turn = hone_json_get(o, "question");
    if (!hone_json_is(turn, HONE_JSON_ARRAY) || turn->len == 0) return bad(r, "question is empty");
    hone_json *tools;
    HONE_TRY(list_of(r, a, hone_json_get(o, "function"), "function", &tools));
    const char *name = hone_json_is(id, HONE_JSON_STRING) ? id->text : "";
    const hone_json *truth = r->answers ? hone_json_get(r->answers, name) : NULL;
    hone_json *calls = hone_json_new_array(a);
    if (truth)
        HONE_TRY(first_answers(r, a, truth, &calls));
    else if (!strstr(name, "irrelevance")) {
        hone_err_hint(r->err, "--answers: the file of the same name in possible_answer");
        return bad(r, "this row has no possible answer");
    }
    hone_json *row = hone_json_new_object(a);
    if (!row || !hone_json_set(a, row, "messages", hone_json_copy(a, turn)) ||
        !hone_json_set(a, row, "tools", tools) || !set_expected(a, row, calls))
        return no_memory(r);
    if (*name) hone_json_set(a, row, "id", hone_json_copy(a, id));
    *ret = row;
    return 0;
}

/* id -> ground_truth of all rows of the file. */
static int load_answers(reader *r, hone_arena *a)
{
    hone_lines *l = NULL;
    const char *line;
    size_t len;
    int64_t n;
    hone_json *all = hone_json_new_object(a);
    if (!all) return no_memory(r);
    HONE_TRY(hone_lines_open(&l, r->o->answers, LINE_MAX, r->err));
    int rc;
    while ((rc = hone_lines_next(l, &line, &len, &n, r->err)) == 1) {
        hone_json *o;
        if (strspn(line, " \t") == len) continue;
        rc = hone_json_parse(&o, a, line, len, r->o->answers, n, r->err);
        if (rc < 0) break;
        const hone_json *id = hone_json_get(o, "id");
        hone_json *truth = hone_json_get(o, "ground_truth");
        if (!hone_json_is(id, HONE_JSON_STRING) || !hone_json_is(truth, HONE_JSON_ARRAY))
            rc = hone_fail(r->err, HONE_E_DATA, "%s:%lld: no id or no ground_truth", r->o->answers,
                           (long long)n);
        else if (!hone_json_append(a, all, id->text, id->len, 0, truth))
            rc = no_memory(r);
        if (rc < 0) break;
    }
    hone_lines_close(l);
    r->answers = all;
    return rc < 0 ? rc : 0;
}

/* ---- sharegpt ---- */

static const char *role_of(const hone_json *from)
{
    static const struct {
        const char *from, *role;
    } roles[] = {
        { "human", "user" },          { "user", "user" },         { "gpt", "assistant" },
        { "assistant", "assistant" }, { "model", "assistant" },   { "system", "developer" },
        { "observation", "tool" },    { "tool", "tool" },         { "function_response", "tool" },
        { "function_call", "call" },  { "function-call", "call" }
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (hone_json_str_eq(from, roles[i].from)) return roles[i].role;
    return NULL;
}

/* {"name","arguments"} or a list of them, as text. */
static int call_message(const reader *r, hone_arena *a, const hone_json *value, hone_json **ret,
                        const char **ret_name)
{
    hone_json *v;
    HONE_TRY(hone_json_parse(&v, a, value->text, value->len, r->path, r->line, r->err));
    hone_json *calls = v;
    if (v->type != HONE_JSON_ARRAY) {
        calls = hone_json_new_array(a);
        if (!calls || !hone_json_push(a, calls, v)) return no_memory(r);
    }
    HONE_TRY(check_calls(r, a, calls));
    hone_json *m = hone_json_new_object(a);
    hone_json *list = hone_json_new_array(a);
    if (!m || !list) return no_memory(r);
    for (size_t i = 0; i < calls->len; i++) {
        hone_json *c = hone_json_new_object(a);
        if (!c || !hone_json_set(a, c, "function", calls->items[i])) return no_memory(r);
        hone_json_set(a, c, "type", hone_json_new_str(a, "function"));
        if (!hone_json_push(a, list, c)) return no_memory(r);
    }
    hone_json_set(a, m, "role", hone_json_new_str(a, "assistant"));
    if (!hone_json_set(a, m, "tool_calls", list)) return no_memory(r);
    *ret_name = calls->len ? hone_json_get(calls->items[0], "name")->text : "";
    *ret = m;
    return 0;
}

static int add_turn(const reader *r, hone_arena *a, const hone_json *turn, hone_json *messages,
                    const char **last_name)
{
    const char *role = role_of(hone_json_get(turn, "from"));
    const hone_json *value = hone_json_get(turn, "value");
    hone_json *m = NULL;
    if (!role) return bad(r, "a turn's \"from\" is unknown");
    if (!hone_json_is(value, HONE_JSON_STRING)) return bad(r, "a turn's \"value\" is no text");
    if (strcmp(role, "call") == 0)
        HONE_TRY(call_message(r, a, value, &m, last_name));
    else
        m = message(a, role, value->text);
    if (!m) return no_memory(r);
    if (strcmp(role, "tool") == 0) {
        if (!**last_name) return bad(r, "an observation stands before any call");
        hone_json_set(a, m, "name", hone_json_new_str(a, *last_name));
    }
    return hone_json_push(a, messages, m) ? 0 : no_memory(r);
}

static int from_sharegpt(reader *r, hone_arena *a, const hone_json *o, hone_json **ret)
{
    const hone_json *turns = hone_json_get(o, "conversations");
    const hone_json *system = hone_json_get(o, "system");
    const hone_json *tools = hone_json_get(o, "tools");
    hone_json *row = hone_json_new_object(a);
    hone_json *messages = hone_json_new_array(a);
    const char *last_name = "";
    if (!row || !messages) return no_memory(r);
    if (!hone_json_is(turns, HONE_JSON_ARRAY)) return bad(r, "conversations is no list");
    if (hone_json_is(system, HONE_JSON_STRING) && system->len)
        hone_json_push(a, messages, message(a, "developer", system->text));
    for (size_t i = 0; i < turns->len; i++)
        HONE_TRY(add_turn(r, a, turns->items[i], messages, &last_name));
    if (!hone_json_is_null(tools) && !hone_json_str_eq(tools, "")) {
        hone_json *list;
        HONE_TRY(list_of(r, a, tools, "tools", &list));
        if (!hone_json_set(a, row, "tools", list)) return no_memory(r);
    }
    if (!hone_json_set(a, row, "messages", messages)) return no_memory(r);
    *ret = row;
    return 0;
}

/* ---- prompt/completion, Mobile Actions, CSV ---- */

static int add_side(const reader *r, hone_arena *a, const hone_json *v, const char *role,
                    hone_json *messages)
{
    if (hone_json_is(v, HONE_JSON_STRING))
        return hone_json_push(a, messages, message(a, role, v->text)) ? 0 : no_memory(r);
    if (!hone_json_is(v, HONE_JSON_ARRAY))
        return bad(r, "prompt and completion are texts or lists of messages");
    for (size_t i = 0; i < v->len; i++)
        if (!hone_json_push(a, messages, hone_json_copy(a, v->items[i]))) return no_memory(r);
    return 0;
}

static int from_prompt(reader *r, hone_arena *a, const hone_json *o, hone_json **ret)
{
    hone_json *row = hone_json_new_object(a);
    hone_json *messages = hone_json_new_array(a);
    if (!row || !messages) return no_memory(r);
    for (size_t i = 0; i < o->len; i++) /* tools, id and the like stay */
        if (strcmp(o->members[i].key, "prompt") != 0 &&
            strcmp(o->members[i].key, "completion") != 0)
            hone_json_set(a, row, o->members[i].key, o->members[i].value);
    HONE_TRY(add_side(r, a, hone_json_get(o, "prompt"), "user", messages));
    HONE_TRY(add_side(r, a, hone_json_get(o, "completion"), "assistant", messages));
    if (!hone_json_set(a, row, "messages", messages)) return no_memory(r);
    *ret = row;
    return 0;
}

static int from_mobile(reader *r, hone_arena *a, const hone_json *o, hone_json **ret)
{
    if (r->o->part && !hone_json_str_eq(hone_json_get(o, "metadata"), r->o->part)) {
        r->left_out++;
        *ret = NULL;
        return 0;
    }
    *ret = hone_json_copy(a, o);
    return *ret ? 0 : no_memory(r);
}

static int from_csv(reader *r, hone_arena *a, const hone_csv_record *c, hone_json **ret)
{
    if (c->count != 3)
        return hone_fail(r->err, HONE_E_DATA, "%s:%lld: %zu columns instead of 3", r->path,
                         (long long)r->line, c->count);
    size_t n;
    const char *name = hone_text_trim(c->fields[1], strlen(c->fields[1]), &n);
    hone_json *row = one_user(a, c->fields[0]);
    hone_json *calls = hone_json_new_array(a);
    if (!row || !calls) return no_memory(r);
    if (n > 0) {
        hone_json *arguments;
        const char *text = *c->fields[2] ? c->fields[2] : "{}";
        const char *tool = hone_arena_strndup(a, name, n);
        HONE_TRY(hone_json_parse(&arguments, a, text, strlen(text), r->path, r->line, r->err));
        if (arguments->type != HONE_JSON_OBJECT)
            return bad(r, "the third column is no JSON object");
        if (!tool || !hone_json_push(a, calls, call_json(a, tool, arguments))) return no_memory(r);
    }
    if (!set_expected(a, row, calls)) return no_memory(r);
    *ret = row;
    return 0;
}

/* ---- reading ---- */

typedef int (*row_fn)(void *user, hone_arena *a, const hone_json *row, int64_t line, hone_err *err);

static int convert(reader *r, hone_foreign_format f, hone_arena *a, const hone_json *o,
                   hone_json **ret)
{
    if (!hone_json_is(o, HONE_JSON_OBJECT)) return bad(r, "this row is no JSON object");
    switch (f) {
    case HONE_FOREIGN_XLAM: return from_xlam(r, a, o, ret);
    case HONE_FOREIGN_BFCL: return from_bfcl(r, a, o, ret);
    case HONE_FOREIGN_SHAREGPT: return from_sharegpt(r, a, o, ret);
    case HONE_FOREIGN_PROMPT: return from_prompt(r, a, o, ret);
    default: return from_mobile(r, a, o, ret);
    }
}

static int each_csv(reader *r, row_fn on_row, void *user)
{
    hone_buf file;
    hone_csv csv;
    hone_csv_record c;
    if (!r->o->tools) {
        hone_err_hint(r->err, "--tools tools.json: a CSV holds no declarations");
        return hone_fail(r->err, HONE_E_USAGE, "%s needs --tools", r->path);
    }
    hone_arena *a = hone_arena_new();
    if (!a) return no_memory(r);
    int rc = hone_fs_read(&file, r->path, FILE_MAX, r->err);
    if (rc == 0) hone_csv_start(&csv, r->path, file.data ? file.data : "", file.len);
    bool open = rc == 0;
    for (bool first = true; rc == 0; first = false) {
        hone_arena_clear(a);
        rc = hone_csv_next(&csv, a, &c, r->err);
        if (rc <= 0) break;
        rc = 0;
        r->line = c.line;
        bool head = first && c.count == 3 && c.fields[2][strspn(c.fields[2], " \t")] != '{' &&
                    *c.fields[2]; /* names of columns */
        hone_json *row = NULL;
        if (!head) rc = from_csv(r, a, &c, &row);
        if (row) rc = on_row(user, a, row, r->line, r->err);
    }
    if (open) hone_buf_done(&file);
    hone_arena_free(a);
    return rc < 0 ? rc : 0;
}

static int one_object(reader *r, hone_foreign_format f, hone_arena *a, const hone_json *o,
                      row_fn on_row, void *user)
{
    hone_json *row = NULL;
    int rc = convert(r, f, a, o, &row);
    return rc == 0 && row ? on_row(user, a, row, r->line, r->err) : rc;
}

/* One JSON array instead of lines? */
static int is_array_file(const char *path, bool *ret, hone_err *err)
{
    hone_lines *l = NULL;
    const char *line;
    size_t len;
    int64_t n;
    HONE_TRY(hone_lines_open(&l, path, LINE_MAX, err));
    int rc;
    *ret = false;
    while ((rc = hone_lines_next(l, &line, &len, &n, err)) == 1) {
        size_t at = strspn(line, " \t");
        if (at == len) continue;
        *ret = line[at] == '[';
        break;
    }
    hone_lines_close(l);
    return rc < 0 ? rc : 0;
}

static int each_item(reader *r, hone_foreign_format f, row_fn on_row, void *user)
{
    hone_json *all;
    hone_arena *a = hone_arena_new();
    if (!a) return no_memory(r);
    int rc = hone_json_load(&all, a, r->path, r->err);
    if (rc == 0 && all->type != HONE_JSON_ARRAY) rc = bad(r, "this file is no list of rows");
    for (size_t i = 0; rc >= 0 && i < all->len; i++) {
        r->line = all->items[i]->line;
        rc = one_object(r, f, a, all->items[i], on_row, user);
    }
    hone_arena_free(a);
    return rc < 0 ? rc : 0;
}

static int each_line(reader *r, hone_foreign_format f, row_fn on_row, void *user)
{
    hone_lines *l = NULL;
    const char *line;
    size_t len;
    hone_arena *a = hone_arena_new();
    if (!a) return no_memory(r);
    int rc = hone_lines_open(&l, r->path, LINE_MAX, r->err);
    while (rc >= 0 && (rc = hone_lines_next(l, &line, &len, &r->line, r->err)) == 1) {
        hone_json *o;
        hone_arena_clear(a);
        if (strspn(line, " \t") == len) continue;
        rc = hone_json_parse(&o, a, line, len, r->path, r->line, r->err);
        if (rc >= 0) rc = one_object(r, f, a, o, on_row, user);
    }
    hone_lines_close(l);
    hone_arena_free(a);
    return rc < 0 ? rc : 0;
}

int hone_foreign_each(const char *path, hone_foreign_format format,
                      const hone_foreign_options *options, row_fn on_row, void *user,
                      int64_t *ret_left_out, hone_err *err)
{
    bool array = false;
    reader r = { .path = path, .o = options, .err = err };
    if (format == HONE_FOREIGN_CSV) return each_csv(&r, on_row, user);
    hone_arena *a = hone_arena_new();
    if (!a) return no_memory(&r);
    int rc = is_array_file(path, &array, err);
    if (rc == 0 && options->answers) rc = load_answers(&r, a);
    if (rc == 0)
        rc = array ? each_item(&r, format, on_row, user) : each_line(&r, format, on_row, user);
    hone_arena_free(a);
    if (rc == 0 && ret_left_out) *ret_left_out = r.left_out;
    return rc;
}

/* ---- which format ---- */

static hone_foreign_format format_of(const hone_json *o)
{
    const hone_json *part = hone_json_get(o, "metadata");
    if (hone_json_get(o, "conversations")) return HONE_FOREIGN_SHAREGPT;
    if (hone_json_get(o, "question") && hone_json_get(o, "function")) return HONE_FOREIGN_BFCL;
    if (hone_json_get(o, "query") && hone_json_get(o, "answers")) return HONE_FOREIGN_XLAM;
    if (hone_json_get(o, "prompt") && hone_json_get(o, "completion")) return HONE_FOREIGN_PROMPT;
    if (hone_json_get(o, "messages") &&
        (hone_json_str_eq(part, "train") || hone_json_str_eq(part, "eval")))
        return HONE_FOREIGN_MOBILE;
    return HONE_FOREIGN_NONE;
}

static int look(hone_foreign_format *ret, const char *path, hone_err *err)
{
    bool array = false;
    *ret = HONE_FOREIGN_NONE;
    if (hone_path_has_suffix(path, ".csv")) {
        *ret = HONE_FOREIGN_CSV;
        return 0;
    }
    HONE_TRY(is_array_file(path, &array, err));
    hone_arena *a = hone_arena_new();
    hone_lines *l = NULL;
    hone_json *v = NULL;
    const char *line;
    size_t len;
    int64_t n;
    int rc = a ? 0 : hone_err_memory(err, "row", 1);
    if (rc == 0 && array)
        rc = hone_json_load(&v, a, path, err);
    else if (rc == 0)
        rc = hone_lines_open(&l, path, LINE_MAX, err);
    while (rc == 0 && l && (rc = hone_lines_next(l, &line, &len, &n, err)) == 1) {
        rc = 0;
        if (strspn(line, " \t") == len) continue;
        rc = hone_json_parse(&v, a, line, len, path, n, err);
        break;
    }
    if (rc == 0 && v) *ret = format_of(array ? hone_json_at(v, 0) : v);
    hone_lines_close(l);
    hone_arena_free(a);
    return rc < 0 ? rc : 0;
}

int hone_foreign_find(hone_foreign_format *ret, const char *name, const char *path, hone_err *err)
{
    if (strcmp(name, "auto") == 0) return look(ret, path, err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *ret = (hone_foreign_format)i;
            return 0;
        }
    return hone_fail(err, HONE_E_USAGE, "unknown row format '%s'", name);
}
