/*
 * Reading one row (model/row.h, docs/rows.md): OpenAI-style messages with the answer as the last
 * one, or a prompt with {"expected":{"calls":[..]}}. Both become the same row: messages whose last
 * one is the expectation.
 */
#include "model/row.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "model/row_parts.h"

/* What is being read: passed down so that every message names its place. */
typedef struct row_reader {
    hone_arena *a;
    const char *source;
    int64_t line;
    hone_err *err;
    int nulls;
} row_reader;

static int no_memory(const row_reader *r)
{
    return hone_err_memory(r->err, "a row", 0);
}

#define FAIL(r, node, ...) hone_fail_node((r)->err, (r)->source, (node), (r)->line, __VA_ARGS__)

/* ---- calls ---- */

/* Arguments as an object: given so, as JSON text of one, or absent. */
static int read_arguments(row_reader *r, const hone_json **ret, const hone_json *v,
                          const char *name)
{
    hone_json *parsed = NULL;
    if (!v || v->type == HONE_JSON_NULL || (v->type == HONE_JSON_STRING && v->len == 0)) {
        *ret = hone_json_new_object(r->a);
        return *ret ? 0 : no_memory(r);
    }
    if (v->type == HONE_JSON_STRING) {
        int rc = hone_json_parse(&parsed, r->a, v->text, v->len, r->source,
                                 v->line ? v->line : r->line, r->err);
        if (rc < 0) return hone_err_context(r->err, "arguments of '%s' as a JSON string", name);
        v = parsed;
    }
    if (v->type != HONE_JSON_OBJECT)
        return FAIL(r, v, "arguments of '%s' must be an object", name);
    *ret = hone_json_without_nulls(r->a, v, &r->nulls);
    return *ret ? 0 : no_memory(r);
}

/* One call: {"function":{"name","arguments"}} or {"name","arguments"}. */
static int read_call(row_reader *r, hone_call *ret, const hone_json *v)
{
    const hone_json *f = hone_json_get(v, "function");
    const hone_json *from = f ? f : v;
    const hone_json *name = hone_json_get(from, "name");
    if (!hone_json_is(name, HONE_JSON_STRING)) return FAIL(r, v, "a call has no function name");
    if (!hone_call_name_valid(name->text, name->len))
        return FAIL(r, name, "the function name '%s' holds white space or one of { } [ ] : , < >",
                    name->text);
    ret->name = name->text;
    return read_arguments(r, &ret->arguments, hone_json_get(from, "arguments"), name->text);
}

static int read_calls(row_reader *r, hone_calls *ret, const hone_json *list)
{
    if (list->type != HONE_JSON_ARRAY) return FAIL(r, list, "calls must be a list");
    hone_call *items = hone_arena_alloc(r->a, (list->len + 1) * sizeof(*items));
    if (!items) return no_memory(r);
    for (size_t i = 0; i < list->len; i++) HONE_TRY(read_call(r, &items[i], list->items[i]));
    *ret = (hone_calls){ items, list->len };
    return 0;
}

/* The object {"name","arguments"}; arguments are shared, trees are not changed after reading. */
static hone_json *call_object(hone_arena *a, const hone_call *c)
{
    hone_json *o = hone_json_new_object(a);
    bool ok = o && hone_json_set(a, o, "name", hone_json_new_str(a, c->name)) &&
              hone_json_set(a, o, "arguments", (hone_json *)(uintptr_t)c->arguments);
    return ok ? o : NULL;
}

/* A tool_calls list in the canonical form; ids of the source entries are kept. */
static hone_json *tool_calls_list(hone_arena *a, const hone_calls *calls, const hone_json *source)
{
    hone_json *list = hone_json_new_array(a);
    for (size_t i = 0; list && i < calls->count; i++) {
        hone_json *entry = hone_json_new_object(a);
        hone_json *id = hone_json_get(hone_json_at(source, i), "id");
        bool ok = entry && (!id || hone_json_set(a, entry, "id", id)) &&
                  hone_json_set(a, entry, "type", hone_json_new_str(a, "function")) &&
                  hone_json_set(a, entry, "function", call_object(a, &calls->items[i])) &&
                  hone_json_push(a, list, entry);
        if (!ok) return NULL;
    }
    return list;
}

/* ---- messages ---- */

static const char *canonical_role(const char *role)
{
    static const char *const map[][2] = {
        { "system", "developer" },  { "developer", "developer" }, { "user", "user" },
        { "assistant", "assistant" }, { "model", "assistant" },   { "tool", "tool" },
        { "function", "tool" },     { "observation", "tool" },
    };
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
        if (strcmp(role, map[i][0]) == 0) return map[i][1];
    return NULL;
}

/* The name of the call that this tool message answers: by tool_call_id, else of an only call. */
static hone_json *answered_name(const hone_json *messages, const hone_json *id)
{
    for (size_t i = messages->len; i > 0; i--) {
        const hone_json *calls = hone_json_get(messages->items[i - 1], "tool_calls");
        if (!calls) continue;
        for (size_t k = 0; k < calls->len; k++) {
            const hone_json *call = calls->items[k];
            const hone_json *own = hone_json_get(call, "id");
            bool same = id && own && hone_json_equal(own, id);
            if (same || (!id && calls->len == 1))
                return hone_json_get(hone_json_get(call, "function"), "name");
        }
        if (!id) return NULL;
    }
    return NULL;
}

static bool role_is(const hone_json *message, const char *role)
{
    return hone_json_str_eq(hone_json_get(message, "role"), role);
}

static int check_content(row_reader *r, const hone_json *m, const char *role)
{
    const hone_json *content = hone_json_get(m, "content");
    bool tool = strcmp(role, "tool") == 0;
    bool calls = hone_json_get(m, "tool_calls") != NULL;
    if (!content && !calls) return FAIL(r, m, "a %s message without content", role);
    if (!content || content->type == HONE_JSON_STRING) return 0;
    if (content->type == HONE_JSON_OBJECT && tool) return 0;
    if (content->type != HONE_JSON_ARRAY)
        return FAIL(r, content, "the content of a %s message must be %s", role,
                    tool ? "a string, an object or a list" : "a string or a list of parts");
    for (size_t i = 0; i < content->len; i++)
        if (content->items[i]->type != HONE_JSON_OBJECT)
            return FAIL(r, content, "part %zu of the content must be an object", i + 1);
    return 0;
}

static int set_calls(row_reader *r, hone_json *made, const hone_json *list)
{
    hone_calls calls = { NULL, 0 };
    HONE_TRY(read_calls(r, &calls, list));
    if (calls.count == 0) return 0;
    bool ok = hone_json_set(r->a, made, "tool_calls", tool_calls_list(r->a, &calls, list));
    return ok ? 0 : no_memory(r);
}

/* Copies every member but nulls; role and tool_calls in their canonical form. */
static int copy_members(row_reader *r, hone_json *made, const hone_json *m, const char *role)
{
    for (size_t i = 0; i < m->len; i++) {
        const hone_json_member *p = &m->members[i];
        const hone_json *v = p->value;
        if (v->type == HONE_JSON_NULL) {
            r->nulls++;
            continue;
        }
        if (strcmp(p->key, "tool_calls") == 0) {
            HONE_TRY(set_calls(r, made, v));
            continue;
        }
        if (strcmp(p->key, "role") == 0) v = hone_json_new_str(r->a, role);
        if (v) v = hone_json_without_nulls(r->a, v, &r->nulls);
        if (!hone_json_append(r->a, made, p->key, p->key_len, p->line, (hone_json *)(uintptr_t)v))
            return no_memory(r);
    }
    return 0;
}

static int read_message(row_reader *r, hone_json *messages, const hone_json *m)
{
    if (m->type != HONE_JSON_OBJECT) return FAIL(r, m, "a message must be an object");
    const hone_json *word = hone_json_get(m, "role");
    if (!hone_json_is(word, HONE_JSON_STRING)) return FAIL(r, m, "a message has no role");
    const char *role = canonical_role(word->text);
    if (!role)
        return FAIL(r, word, "unknown role '%s' (developer, user, assistant, tool)", word->text);
    if (!hone_json_is_null(hone_json_get(m, "function_call")))
        return FAIL(r, m, "function_call is the old form of tool_calls: convert it");
    hone_json *made = hone_json_new_object(r->a);
    if (!made) return no_memory(r);
    made->line = m->line;
    HONE_TRY(copy_members(r, made, m, role));
    if (hone_json_get(made, "tool_calls") && strcmp(role, "assistant") != 0)
        return FAIL(r, m, "only an assistant message may call functions");
    HONE_TRY(check_content(r, made, role));
    const hone_json *content = hone_json_get(made, "content");
    bool named = hone_json_get(made, "name") || hone_json_get(content, "name");
    if (strcmp(role, "tool") == 0 && !named) {
        hone_json *name = answered_name(messages, hone_json_get(made, "tool_call_id"));
        if (!name) return FAIL(r, m, "a tool message without the name of its function");
        if (!hone_json_set(r->a, made, "name", name)) return no_memory(r);
    }
    const hone_json *last = messages->len ? messages->items[messages->len - 1] : NULL;
    if (last && role_is(last, "tool") && strcmp(role, "user") == 0)
        return FAIL(r, m, "a user message straight behind a tool message would be glued to it: an "
                          "assistant message must stand between");
    return hone_json_push(r->a, messages, made) ? 0 : no_memory(r);
}

static bool has_developer(const hone_json *messages)
{
    for (size_t i = 0; i < messages->len; i++)
        if (role_is(messages->items[i], "developer")) return true;
    return false;
}

static hone_json *new_message(hone_arena *a, const char *role, const char *content)
{
    hone_json *m = hone_json_new_object(a);
    if (!m || !hone_json_set(a, m, "role", hone_json_new_str(a, role))) return NULL;
    if (content && !hone_json_set(a, m, "content", hone_json_new_str(a, content))) return NULL;
    return m;
}

/* With the default tools, a row that has no developer text gets the line that switches calling
 * on. */
static int read_messages(row_reader *r, hone_json **ret, const hone_json *list, bool add_line)
{
    hone_json *made = hone_json_new_array(r->a);
    hone_json *out = hone_json_new_array(r->a);
    if (!made || !out) return no_memory(r);
    for (size_t i = 0; i < list->len; i++) HONE_TRY(read_message(r, made, list->items[i]));
    if (!add_line || has_developer(made)) {
        *ret = made;
        return 0;
    }
    if (!hone_json_push(r->a, out, new_message(r->a, "developer", HONE_ACTIVATION_LINE)))
        return no_memory(r);
    for (size_t i = 0; i < made->len; i++)
        if (!hone_json_push(r->a, out, made->items[i])) return no_memory(r);
    *ret = out;
    return 0;
}

/* ---- the expectation ---- */

/* {"expected":{"calls":[..],"content":text?}}: the answer becomes the last message. */
static int append_expected(row_reader *r, hone_row *row, hone_json *messages, const hone_json *v)
{
    const hone_json *list = hone_json_get(v, "calls");
    const hone_json *content = hone_json_get(v, "content");
    if (!list) return FAIL(r, v, "expected must hold calls (an empty list if none is wanted)");
    if (content && content->type != HONE_JSON_STRING && content->type != HONE_JSON_NULL)
        return FAIL(r, content, "the content of expected must be a string");
    HONE_TRY(read_calls(r, &row->expected, list));
    row->has_expected = true;
    bool text = hone_json_is(content, HONE_JSON_STRING);
    if (row->expected.count == 0 && !text) return 0; /* no call wanted, no words given */
    hone_json *m = new_message(r->a, "assistant", text ? content->text : NULL);
    bool ok = m && (row->expected.count == 0 ||
                    hone_json_set(r->a, m, "tool_calls",
                                  tool_calls_list(r->a, &row->expected, list)));
    return ok && hone_json_push(r->a, messages, m) ? 0 : no_memory(r);
}

static int read_expected(row_reader *r, hone_row *row, hone_json *messages, const hone_json *object)
{
    const hone_json *expected = hone_json_get(object, "expected");
    const hone_json *last = messages->items[messages->len - 1];
    bool answered = role_is(last, "assistant");
    row->prompt_count = messages->len;
    if (!hone_json_is_null(expected)) {
        if (answered)
            return FAIL(r, expected, "the row has both expected and an answer as its last message");
        return append_expected(r, row, messages, expected);
    }
    if (!answered) return 0;
    row->prompt_count--;
    row->has_expected = true;
    const hone_json *calls = hone_json_get(last, "tool_calls");
    return calls ? read_calls(r, &row->expected, calls) : 0;
}

/* ---- identity ---- */

/* Text of the last user message; parts of type text joined. */
static int read_user_text(row_reader *r, hone_row *row)
{
    const hone_json *content = NULL;
    for (size_t i = 0; i < row->messages->len; i++)
        if (role_is(row->messages->items[i], "user"))
            content = hone_json_get(row->messages->items[i], "content");
    if (!content) return FAIL(r, NULL, "a row needs a user message");
    row->user_text = hone_json_is(content, HONE_JSON_STRING) ? content->text : "";
    if (!hone_json_is(content, HONE_JSON_ARRAY)) return 0;
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    for (size_t i = 0; i < content->len; i++) {
        const hone_json *part = hone_json_get(content->items[i], "text");
        if (hone_json_is(part, HONE_JSON_STRING)) hone_buf_add(&text, part->text, part->len);
    }
    row->user_text = hone_arena_strndup(r->a, text.data ? text.data : "", text.len);
    bool ok = hone_buf_ok(&text) && row->user_text;
    hone_buf_done(&text);
    return ok ? 0 : no_memory(r);
}

static int read_id(row_reader *r, hone_row *row, const hone_json *object)
{
    const hone_json *id = hone_json_get(object, "id");
    char hex[65];
    if (!hone_json_is_null(id)) {
        if ((id->type != HONE_JSON_STRING && id->type != HONE_JSON_INT) || id->len == 0)
            return FAIL(r, id, "id must be a string");
        row->id = id->text;
        return 0;
    }
    hone_sha256_of(row->user_text, strlen(row->user_text), hex);
    row->id = hone_arena_strndup(r->a, hex, 16);
    return row->id ? 0 : no_memory(r);
}

static int read_word(row_reader *r, const char **ret, const hone_json *object, const char *key)
{
    const hone_json *v = hone_json_get(object, key);
    *ret = "";
    if (hone_json_is_null(v)) return 0;
    if (v->type != HONE_JSON_STRING) return FAIL(r, v, "%s must be a string", key);
    *ret = v->text;
    return 0;
}

/* An optional object passed through to the scorer. */
static int read_extra(row_reader *r, const hone_json **ret, const hone_json *object,
                      const char *key)
{
    const hone_json *v = hone_json_get(object, key);
    *ret = NULL;
    if (hone_json_is_null(v)) return 0;
    if (v->type != HONE_JSON_OBJECT && strcmp(key, "source") != 0)
        return FAIL(r, v, "%s must be an object", key);
    *ret = v;
    return 0;
}

static hone_json *expected_list(hone_arena *a, const hone_row *row)
{
    hone_json *list = hone_json_new_array(a);
    for (size_t i = 0; list && i < row->expected.count; i++)
        if (!hone_json_push(a, list, call_object(a, &row->expected.items[i]))) return NULL;
    return list;
}

/* Over the canonical JSON of {"expected","messages","tools"}, null where there is none. */
static int set_hash(row_reader *r, hone_row *row)
{
    hone_json *all = hone_json_new_object(r->a), *none = hone_json_new_null(r->a);
    hone_json *expected = row->has_expected ? expected_list(r->a, row) : none;
    bool ok = all && none && expected && hone_json_set(r->a, all, "expected", expected) &&
              hone_json_set(r->a, all, "messages", (hone_json *)(uintptr_t)row->messages) &&
              hone_json_set(r->a, all, "tools",
                            row->tools ? (hone_json *)(uintptr_t)row->tools : none);
    if (!ok) return no_memory(r);
    hone_sha256_json(all, row->hash);
    return 0;
}

/* ---- the row ---- */

static int read_tools(row_reader *r, hone_row *row, const hone_json *own,
                      const hone_row_options *options)
{
    if (hone_json_is_null(own)) {
        row->tools = options->tools;
    } else {
        hone_json *tools = NULL;
        HONE_TRY(hone_tools_read(&tools, r->a, own, &r->nulls, r->source, r->line, r->err));
        row->tools = tools;
    }
    if (!row->tools || !options->sort_tools || hone_tools_are_sorted(row->tools)) return 0;
    row->tools = hone_tools_sorted(r->a, row->tools, NULL);
    return row->tools ? 0 : no_memory(r);
}

int hone_row_read(hone_row *ret, hone_arena *a, const hone_json *object,
                  const hone_row_options *options, const char *source, int64_t line, hone_err *err)
{
    static const hone_row_options none = { NULL, false };
    row_reader r = { a, source, line, err, 0 };
    hone_row row = { .json = object, .line = line };
    hone_json *messages = NULL;
    if (!options) options = &none;
    if (object->type != HONE_JSON_OBJECT) return FAIL(&r, object, "a row must be a JSON object");
    const hone_json *list = hone_json_get(object, "messages");
    const hone_json *own_tools = hone_json_get(object, "tools");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0)
        return FAIL(&r, object, "a row needs messages, a list with at least one message");
    HONE_TRY(read_tools(&r, &row, own_tools, options));
    bool defaults = hone_json_is_null(own_tools) && row.tools && row.tools->len > 0;
    HONE_TRY(read_messages(&r, &messages, list, defaults));
    HONE_TRY(read_expected(&r, &row, messages, object));
    row.messages = messages;
    HONE_TRY(read_user_text(&r, &row));
    HONE_TRY(read_id(&r, &row, object));
    HONE_TRY(read_word(&r, &row.group, object, "group"));
    HONE_TRY(read_word(&r, &row.category, object, "category"));
    HONE_TRY(read_extra(&r, &row.allowed, object, "allowed"));
    HONE_TRY(read_extra(&r, &row.normalizers, object, "normalizers"));
    HONE_TRY(read_extra(&r, &row.source, object, "source"));
    HONE_TRY(set_hash(&r, &row));
    row.nulls_dropped = r.nulls;
    *ret = row;
    return 0;
}

/* ---- writing ---- */

/* The messages as they are written: without a developer line that the default tools brought. */
static hone_json *written_messages(hone_arena *a, const hone_row *row, bool own_tools)
{
    const hone_json *given = hone_json_get(row->json, "messages");
    const hone_json *first = hone_json_at(row->messages, 0);
    bool added = !own_tools && given && role_is(first, "developer") &&
                 !role_is(hone_json_at(given, 0), "developer") &&
                 !role_is(hone_json_at(given, 0), "system") &&
                 hone_json_str_eq(hone_json_get(first, "content"), HONE_ACTIVATION_LINE);
    hone_json *list = hone_json_new_array(a);
    for (size_t i = added; list && i < row->messages->len; i++)
        if (!hone_json_push(a, list, row->messages->items[i])) return NULL;
    return list;
}

static bool is_ours(const char *key)
{
    static const char *const ours[] = { "id",       "group", "category",
                                        "messages", "tools", "expected" };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(key, ours[i]) == 0) return true;
    return false;
}

hone_json *hone_row_json(hone_arena *a, const hone_row *row)
{
    bool own_tools = row->json ? !hone_json_is_null(hone_json_get(row->json, "tools"))
                               : row->tools != NULL;
    hone_json *o = hone_json_new_object(a);
    bool ok = o && (!row->id || hone_json_set(a, o, "id", hone_json_new_str(a, row->id)));
    if (ok && row->group && *row->group)
        ok = hone_json_set(a, o, "group", hone_json_new_str(a, row->group));
    if (ok && row->category && *row->category)
        ok = hone_json_set(a, o, "category", hone_json_new_str(a, row->category));
    ok = ok && hone_json_set(a, o, "messages", written_messages(a, row, own_tools));
    if (ok && own_tools && row->tools)
        ok = hone_json_set(a, o, "tools", (hone_json *)(uintptr_t)row->tools);
    bool no_words = row->has_expected && row->prompt_count == row->messages->len;
    if (ok && no_words && row->expected.count == 0) {
        hone_json *expected = hone_json_new_object(a);
        ok = expected && hone_json_set(a, expected, "calls", hone_json_new_array(a)) &&
             hone_json_set(a, o, "expected", expected);
    }
    for (size_t i = 0; ok && hone_json_is(row->json, HONE_JSON_OBJECT) && i < row->json->len; i++) {
        const hone_json_member *m = &row->json->members[i];
        if (!is_ours(m->key) && m->value->type != HONE_JSON_NULL)
            ok = hone_json_append(a, o, m->key, m->key_len, 0, m->value);
    }
    return ok ? o : NULL;
}
