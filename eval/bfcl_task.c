/*
 * Tasks of the mode bfcl-ast (eval/bfcl_task.h). Rows of our own formats are put into BFCL's words
 * first (`number` is float, `object` is dict, lists without `items` take the type of their first
 * gold element): the public checker would crash on them.
 */
#include "eval/bfcl_task.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"

typedef struct maker {
    hone_arena *a;
    bool failed; /* no memory; looked at once, at the end */
} maker;

static const hone_json *bfcl_source(const hone_row *row, const char *key)
{
    if (!hone_json_str_eq(hone_json_get(row->source, "format"), HONE_BFCL_SOURCE)) return NULL;
    const hone_json *v = hone_json_get(row->source, key);
    return hone_json_is(v, HONE_JSON_ARRAY) ? v : NULL;
}

const hone_json *hone_bfcl_gold(const hone_row *row)
{
    return bfcl_source(row, "ground_truth");
}

const hone_json *hone_bfcl_function(const hone_row *row, const char *name)
{
    const hone_json *list = bfcl_source(row, "function");
    for (size_t i = 0; list && i < list->len; i++)
        if (hone_json_str_eq(hone_json_get(list->items[i], "name"), name)) return list->items[i];
    return NULL;
}

/* ---- our tools in BFCL's words ---- */

static void put(maker *m, hone_json *o, const char *key, const hone_json *v)
{
    if (!o || !v || !hone_json_set(m->a, o, key, (hone_json *)(uintptr_t)v)) m->failed = true;
}

static const char *type_word(const hone_json *type)
{
    static const char *const map[][2] = {
        { "string", "string" },   { "integer", "integer" }, { "int", "integer" },
        { "number", "float" },    { "float", "float" },     { "double", "float" },
        { "boolean", "boolean" }, { "bool", "boolean" },    { "array", "array" },
        { "list", "array" },      { "tuple", "tuple" },     { "object", "dict" },
        { "dict", "dict" },
    };
    if (hone_json_is(type, HONE_JSON_ARRAY)) { /* ["string", "null"] */
        for (size_t i = 0; i < type->len; i++)
            if (!hone_json_str_eq(type->items[i], "null")) return type_word(type->items[i]);
        return "any";
    }
    for (size_t i = 0; hone_json_is(type, HONE_JSON_STRING) && i < sizeof map / sizeof map[0]; i++)
        if (!strcasecmp(type->text, map[i][0])) return map[i][1];
    return "any";
}

static const char *word_of_value(const hone_json *v)
{
    switch (v ? v->type : HONE_JSON_STRING) {
    case HONE_JSON_INT: return "integer";
    case HONE_JSON_REAL: return "float";
    case HONE_JSON_TRUE:
    case HONE_JSON_FALSE: return "boolean";
    case HONE_JSON_ARRAY: return "array";
    case HONE_JSON_OBJECT: return "dict";
    default: return "string";
    }
}

/* {"type", "items": {"type"}} of one argument; sample: an expected value, or NULL. */
static hone_json *schema_make(maker *m, const hone_json *schema, const hone_json *sample)
{
    hone_json *o = hone_json_new_object(m->a);
    const char *word = type_word(hone_json_get(schema, "type"));
    const hone_json *inner = hone_json_get(hone_json_get(schema, "items"), "type");
    put(m, o, "type", hone_json_new_str(m->a, word));
    if (strcmp(word, "array") != 0 && strcmp(word, "tuple") != 0) return o;
    hone_json *items = hone_json_new_object(m->a);
    const char *of = inner ? type_word(inner) : word_of_value(hone_json_at(sample, 0));
    put(m, items, "type", hone_json_new_str(m->a, of));
    put(m, o, "items", items);
    return o;
}

static hone_json *function_make(maker *m, const hone_row *row, const hone_call *call)
{
    const hone_json *f = hone_tools_find(row->tools, call->name);
    const hone_json *parameters = hone_json_get(f, "parameters");
    const hone_json *own = hone_json_get(parameters, "properties");
    const hone_json *required = hone_json_get(parameters, "required");
    hone_json *o = hone_json_new_object(m->a), *made = hone_json_new_object(m->a);
    hone_json *properties = hone_json_new_object(m->a);
    for (size_t i = 0; hone_json_is(own, HONE_JSON_OBJECT) && i < own->len; i++) {
        const hone_json_member *p = &own->members[i];
        put(m, properties, p->key,
            schema_make(m, p->value, hone_json_get(call->arguments, p->key)));
    }
    if (!hone_json_is(required, HONE_JSON_ARRAY)) required = hone_json_new_array(m->a);
    put(m, made, "properties", properties);
    put(m, made, "required", required);
    put(m, o, "name", hone_json_new_str(m->a, call->name));
    put(m, o, "parameters", made);
    return o;
}

/* ---- our expectations as gold ---- */

static void push(maker *m, hone_json *list, const hone_json *v)
{
    if (!list || !v || !hone_json_push(m->a, list, (hone_json *)(uintptr_t)v)) m->failed = true;
}

/* Objects, and objects in lists, hold a list of values a key. */
static const hone_json *gold_value(maker *m, const hone_json *v, int depth)
{
    if (v->type == HONE_JSON_OBJECT) {
        hone_json *o = hone_json_new_object(m->a);
        for (size_t i = 0; i < v->len; i++) {
            hone_json *one = hone_json_new_array(m->a);
            push(m, one, v->members[i].value);
            put(m, o, v->members[i].key, one);
        }
        return o;
    }
    if (v->type != HONE_JSON_ARRAY || depth > 0) return v;
    hone_json *list = hone_json_new_array(m->a);
    for (size_t i = 0; i < v->len; i++) push(m, list, gold_value(m, v->items[i], depth + 1));
    return list;
}

static void gold_argument(maker *m, hone_json *into, const char *key, const hone_json *want,
                          const hone_json *allowed)
{
    hone_json *list = hone_json_new_array(m->a);
    if (want) push(m, list, gold_value(m, want, 0));
    for (size_t i = 0; hone_json_is(allowed, HONE_JSON_ARRAY) && i < allowed->len; i++)
        push(m, list, gold_value(m, allowed->items[i], 0));
    put(m, into, key, list);
}

static hone_json *gold_make(maker *m, const hone_row *row, const hone_call *call)
{
    const hone_json *allowed = hone_json_get(row->allowed, call->name);
    hone_json *o = hone_json_new_object(m->a), *arguments = hone_json_new_object(m->a);
    for (size_t i = 0; i < call->arguments->len; i++) {
        const hone_json_member *p = &call->arguments->members[i];
        gold_argument(m, arguments, p->key, p->value, hone_json_get(allowed, p->key));
    }
    for (size_t i = 0; hone_json_is(allowed, HONE_JSON_OBJECT) && i < allowed->len; i++) {
        const hone_json_member *p = &allowed->members[i];
        if (!hone_json_get(call->arguments, p->key))
            gold_argument(m, arguments, p->key, NULL, p->value);
    }
    put(m, o, call->name, arguments);
    return o;
}

static bool has_function(const hone_json *list, const char *name)
{
    for (size_t i = 0; list && i < list->len; i++)
        if (hone_json_str_eq(hone_json_get(list->items[i], "name"), name)) return true;
    return false;
}

static void own_task(maker *m, hone_bfcl_task *t, const hone_row *row)
{
    hone_json *functions = hone_json_new_array(m->a), *gold = hone_json_new_array(m->a);
    const hone_calls *want = &row->expected;
    t->kind = want->count == 0 ? HONE_BFCL_IRRELEVANCE
              : want->count == 1 ? HONE_BFCL_MULTIPLE : HONE_BFCL_PARALLEL;
    for (size_t i = 0; i < want->count; i++) {
        const hone_call *call = &want->items[i];
        if (!has_function(functions, call->name))
            push(m, functions, function_make(m, row, call));
        push(m, gold, gold_make(m, row, call));
    }
    t->functions = functions;
    t->gold = gold;
}

int hone_bfcl_task_make(hone_bfcl_task *ret, hone_arena *a, const hone_row *row, hone_err *err)
{
    maker m = { a, false };
    hone_bfcl_task t = { .functions = bfcl_source(row, "function"),
                         .gold = bfcl_source(row, "ground_truth") };
    if (!t.functions || !hone_bfcl_kind_of(row->category, &t.kind)) own_task(&m, &t, row);
    if (m.failed) return hone_err_memory(err, "bfcl task", 0);
    *ret = t;
    return HONE_OK;
}
