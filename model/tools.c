/*
 * Tool declarations: reading, checking, type words, the template's order of properties
 * (model/row.h). Only what is rendered is looked at; all other keys are kept.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "model/row_parts.h"

enum { SCHEMA_DEPTH = 64, MOST_TOOLS = 4096 };

int hone_fail_node(hone_err *err, const char *source, const hone_json *v, int64_t line,
                   const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    hone_err_at(err, source, v && v->line > 0 ? v->line : line, -1);
    return hone_fail(err, HONE_E_DATA, "%s", text);
}

static int no_memory(hone_err *err)
{
    return hone_err_memory(err, "tools", 0);
}

/* ---- nulls ---- */

static int count_nulls(const hone_json *v)
{
    int n = 0;
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++) n += count_nulls(v->items[i]);
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++) {
        const hone_json *m = v->members[i].value;
        n += m->type == HONE_JSON_NULL ? 1 : count_nulls(m);
    }
    return n;
}

static hone_json *copy_without_nulls(hone_arena *a, const hone_json *v)
{
    if (v->type != HONE_JSON_ARRAY && v->type != HONE_JSON_OBJECT) return hone_json_copy(a, v);
    hone_json *made = v->type == HONE_JSON_ARRAY ? hone_json_new_array(a) : hone_json_new_object(a);
    if (!made) return NULL;
    made->line = v->line;
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        if (!hone_json_push(a, made, copy_without_nulls(a, v->items[i]))) return NULL;
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++) {
        const hone_json_member *m = &v->members[i];
        if (m->value->type == HONE_JSON_NULL) continue;
        hone_json *copy = copy_without_nulls(a, m->value);
        if (!hone_json_append(a, made, m->key, m->key_len, m->line, copy)) return NULL;
    }
    return made;
}

const hone_json *hone_json_without_nulls(hone_arena *a, const hone_json *v, int *dropped)
{
    int n = count_nulls(v);
    *dropped += n;
    return n ? copy_without_nulls(a, v) : v;
}

/* ---- schemas ---- */

/* Calls visit for a schema and every schema inside it; the trees are our own copies. */
typedef bool (*schema_visit)(hone_arena *a, hone_json *schema, bool *changed);

static bool walk_schema(hone_arena *a, hone_json *s, schema_visit visit, bool *changed, int depth);

/* Values of an object of schemas ("properties", "$defs"), or elements of an array ("anyOf"). */
static bool walk_schemas(hone_arena *a, const hone_json *v, schema_visit visit, bool *changed,
                         int depth)
{
    for (size_t i = 0; hone_json_is(v, HONE_JSON_ARRAY) && i < v->len; i++)
        if (!walk_schema(a, v->items[i], visit, changed, depth)) return false;
    for (size_t i = 0; hone_json_is(v, HONE_JSON_OBJECT) && i < v->len; i++)
        if (!walk_schema(a, v->members[i].value, visit, changed, depth)) return false;
    return true;
}

static bool walk_schema(hone_arena *a, hone_json *s, schema_visit visit, bool *changed, int depth)
{
    static const char *const of_many[] = { "properties", "$defs", "definitions", "anyOf", "oneOf",
                                           "allOf" };
    static const char *const of_one[] = { "items", "additionalProperties", "not" };
    if (!hone_json_is(s, HONE_JSON_OBJECT) || depth >= SCHEMA_DEPTH) return true;
    if (!visit(a, s, changed)) return false;
    for (size_t i = 0; i < sizeof(of_many) / sizeof(of_many[0]); i++)
        if (!walk_schemas(a, hone_json_get(s, of_many[i]), visit, changed, depth + 1)) return false;
    for (size_t i = 0; i < sizeof(of_one) / sizeof(of_one[0]); i++) {
        hone_json *v = hone_json_get(s, of_one[i]);
        bool list = hone_json_is(v, HONE_JSON_ARRAY);
        if (list ? !walk_schemas(a, v, visit, changed, depth + 1)
                 : !walk_schema(a, v, visit, changed, depth + 1))
            return false;
    }
    return true;
}

static bool walk_tools(hone_arena *a, const hone_json *tools, schema_visit visit, bool *changed)
{
    for (size_t i = 0; i < tools->len; i++) {
        hone_json *f = hone_json_get(tools->items[i], "function");
        if (!walk_schema(a, hone_json_get(f, "parameters"), visit, changed, 0)) return false;
    }
    return true;
}

/* dict, float, tuple, any: words of Python and of BFCL, at which the template would not recurse. */
static bool map_word(hone_arena *a, hone_json *word)
{
    static const char *const map[][2] = { { "dict", "object" }, { "float", "number" },
                                          { "tuple", "array" }, { "any", "string" } };
    for (size_t i = 0; word->type == HONE_JSON_STRING && i < sizeof(map) / sizeof(map[0]); i++) {
        if (strcasecmp(word->text, map[i][0]) != 0) continue;
        word->len = strlen(map[i][1]);
        return (word->text = hone_arena_strndup(a, map[i][1], word->len)) != NULL;
    }
    return true;
}

static bool visit_types(hone_arena *a, hone_json *schema, bool *changed)
{
    hone_json *type = hone_json_get(schema, "type");
    (void)changed;
    if (!type) return true;
    for (size_t i = 0; type->type == HONE_JSON_ARRAY && i < type->len; i++)
        if (!map_word(a, type->items[i])) return false;
    return map_word(a, type);
}

/* Sets *changed where the order is not the template's; with an arena it is mended too. */
static bool visit_order(hone_arena *a, hone_json *schema, bool *changed)
{
    hone_json *p = hone_json_get(schema, "properties");
    if (!hone_json_is(p, HONE_JSON_OBJECT) || p->len < 2) return true;
    size_t *order = hone_realloc_array(NULL, p->len, sizeof(*order));
    bool ok = order && hone_json_sorted_members(p, order, HONE_KEYS_FOLDED, NULL) == 0;
    bool sorted = true;
    for (size_t i = 0; ok && i < p->len; i++) sorted = sorted && order[i] == i;
    *changed = *changed || !sorted;
    if (ok && a && !sorted) {
        hone_json_member *members = hone_arena_alloc(a, p->len * sizeof(*members));
        for (size_t i = 0; members && i < p->len; i++) members[i] = p->members[order[i]];
        ok = members != NULL;
        /* room is a function of the length: nothing is added to these objects later */
        if (ok) memcpy(p->members, members, p->len * sizeof(*members));
    }
    hone_free(order);
    return ok;
}

hone_json *hone_tools_sorted(hone_arena *a, const hone_json *tools, bool *ret_changed)
{
    bool changed = false;
    hone_json *copy = hone_json_copy(a, tools);
    if (!copy || !walk_tools(a, copy, visit_order, &changed)) return NULL;
    if (ret_changed) *ret_changed = changed;
    return copy;
}

bool hone_tools_are_sorted(const hone_json *tools)
{
    bool changed = false;
    return walk_tools(NULL, tools, visit_order, &changed) && !changed;
}

/* ---- shape ---- */

bool hone_call_name_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!s[i] || strchr(" \t\n\r{}[]:,<>", s[i])) return false;
    return n > 0;
}

static int check_parameters(const hone_json *p, const char *name, const char *source, int64_t line,
                            hone_err *err)
{
    const hone_json *properties = hone_json_get(p, "properties");
    const hone_json *required = hone_json_get(p, "required");
    if (p && p->type != HONE_JSON_OBJECT)
        return hone_fail_node(err, source, p, line, "tool '%s': parameters must be an object",
                              name);
    if (properties && properties->type != HONE_JSON_OBJECT)
        return hone_fail_node(err, source, properties, line,
                              "tool '%s': properties must be an object", name);
    for (size_t i = 0; properties && i < properties->len; i++)
        if (!hone_json_is(properties->members[i].value, HONE_JSON_OBJECT))
            return hone_fail_node(err, source, properties, line,
                                  "tool '%s': property '%s' must be an object", name,
                                  properties->members[i].key);
    if (required && required->type != HONE_JSON_ARRAY)
        return hone_fail_node(err, source, required, line, "tool '%s': required must be a list",
                              name);
    for (size_t i = 0; required && i < required->len; i++)
        if (!hone_json_is(required->items[i], HONE_JSON_STRING))
            return hone_fail_node(err, source, required, line,
                                  "tool '%s': required must hold names only", name);
    return 0;
}

static int check_function(const hone_json *f, size_t index, const char *source, int64_t line,
                          hone_err *err)
{
    const hone_json *name = hone_json_get(f, "name");
    const hone_json *text = hone_json_get(f, "description");
    if (!hone_json_is(name, HONE_JSON_STRING))
        return hone_fail_node(err, source, f, line, "tool %zu has no name", index + 1);
    if (!hone_call_name_valid(name->text, name->len))
        return hone_fail_node(err, source, name, line,
                              "tool %zu: the name '%s' holds white space or one of { } [ ] : , < >",
                              index + 1, name->text);
    if (text && text->type != HONE_JSON_STRING)
        return hone_fail_node(err, source, text, line, "tool '%s': description must be a string",
                              name->text);
    return check_parameters(hone_json_get(f, "parameters"), name->text, source, line, err);
}

/* The entry without its "type": what stands where the function is expected. */
static hone_json *bare_function(hone_arena *a, const hone_json *entry)
{
    hone_json *f = hone_json_new_object(a);
    for (size_t i = 0; f && i < entry->len; i++) {
        const hone_json_member *m = &entry->members[i];
        if (strcmp(m->key, "type") == 0) continue;
        if (!hone_json_append(a, f, m->key, m->key_len, m->line, m->value)) return NULL;
    }
    if (f) f->line = entry->line;
    return f;
}

static int read_tool(hone_json **ret, hone_arena *a, const hone_json *entry, size_t index,
                     const char *source, int64_t line, hone_err *err)
{
    const hone_json *type = hone_json_get(entry, "type");
    if (!hone_json_is(entry, HONE_JSON_OBJECT))
        return hone_fail_node(err, source, entry, line, "tool %zu must be an object", index + 1);
    hone_json *f = hone_json_get(entry, "function");
    bool bare = !f && hone_json_get(entry, "name");
    if (type && (f || bare) && !hone_json_str_eq(type, "function"))
        return hone_fail_node(err, source, type, line, "tool %zu: type must be \"function\"",
                              index + 1);
    if (bare && !(f = bare_function(a, entry))) return no_memory(err);
    if (!hone_json_is(f, HONE_JSON_OBJECT))
        return hone_fail_node(err, source, entry, line,
                              "tool %zu must be {\"type\":\"function\",\"function\":{..}}",
                              index + 1);
    HONE_TRY(check_function(f, index, source, line, err));
    hone_json *made = hone_json_new_object(a);
    if (!made || !hone_json_set(a, made, "type", hone_json_new_str(a, "function")) ||
        !hone_json_set(a, made, "function", f))
        return no_memory(err);
    made->line = entry->line;
    *ret = made;
    return 0;
}

static int check_unique(const hone_json *tools, const char *source, int64_t line, hone_err *err)
{
    for (size_t i = 0; i < tools->len; i++) {
        const hone_json *f = hone_json_get(tools->items[i], "function");
        const char *name = hone_json_get(f, "name")->text;
        for (size_t k = 0; k < i; k++)
            if (hone_json_str_eq(hone_json_get(hone_json_get(tools->items[k], "function"), "name"),
                                 name))
                return hone_fail_node(err, source, f, line, "tool '%s' is declared twice", name);
    }
    return 0;
}

/* A list that came as JSON text is parsed. */
static int tools_array(const hone_json **ret, hone_arena *a, const hone_json *v, const char *source,
                       int64_t line, hone_err *err)
{
    hone_json *parsed = NULL;
    if (v->type == HONE_JSON_STRING) {
        int rc = hone_json_parse(&parsed, a, v->text, v->len, source, v->line ? v->line : line,
                                 err);
        if (rc < 0) return hone_err_context(err, "tools as a JSON string");
        v = parsed;
    }
    if (v->type != HONE_JSON_ARRAY)
        return hone_fail_node(err, source, v, line, "tools must be a list");
    if (v->len > MOST_TOOLS)
        return hone_fail_node(err, source, v, line, "%zu tools are more than %d", v->len,
                              MOST_TOOLS);
    *ret = v;
    return 0;
}

int hone_tools_read(hone_json **ret, hone_arena *a, const hone_json *v, int *dropped,
                    const char *source, int64_t line, hone_err *err)
{
    const hone_json *list = NULL;
    bool changed = false;
    HONE_TRY(tools_array(&list, a, v, source, line, err));
    *dropped += count_nulls(list);
    hone_json *copy = copy_without_nulls(a, list), *made = hone_json_new_array(a);
    if (!copy || !made) return no_memory(err);
    made->line = list->line;
    for (size_t i = 0; i < copy->len; i++) {
        hone_json *tool = NULL;
        HONE_TRY(read_tool(&tool, a, copy->items[i], i, source, line, err));
        if (!hone_json_push(a, made, tool)) return no_memory(err);
    }
    HONE_TRY(check_unique(made, source, line, err));
    if (!walk_tools(a, made, visit_types, &changed)) return no_memory(err);
    *ret = made;
    return 0;
}

int hone_tools_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err)
{
    hone_json *file = NULL, *tools = NULL;
    int dropped = 0;
    HONE_TRY(hone_json_load(&file, a, path, err));
    const hone_json *list = hone_json_get(file, "tools") ? hone_json_get(file, "tools") : file;
    HONE_TRY(hone_tools_read(&tools, a, list, &dropped, path, 0, err));
    if (tools->len == 0) return hone_fail_node(err, path, file, 0, "the file declares no tool");
    *ret = tools;
    return 0;
}

const hone_json *hone_tools_find(const hone_json *tools, const char *name)
{
    for (size_t i = 0; tools && i < tools->len; i++) {
        const hone_json *f = hone_json_get(tools->items[i], "function");
        if (hone_json_str_eq(hone_json_get(f, "name"), name)) return f;
    }
    return NULL;
}
