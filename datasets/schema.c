/* Calls against schemas (datasets/schema.h). */
#include "datasets/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/row.h"

enum { DEPTH_MAX = 64 };

typedef struct checker {
    hone_schema_finding *found;
    char path[160];
} checker;

const char *hone_schema_word(hone_schema_fault f)
{
    static const char *const words[] = {
        "ok",         "undeclared_function", "missing_argument", "unknown_argument",
        "wrong_type", "not_in_enum",         "too_deep"
    };
    return words[f];
}

static hone_schema_fault fault(checker *c, hone_schema_fault f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static hone_schema_fault fault(checker *c, hone_schema_fault f, const char *fmt, ...)
{
    if (!c->found) return f;
    va_list ap;
    va_start(ap, fmt);
    c->found->fault = f;
    (void)snprintf(c->found->path, sizeof c->found->path, "%s", c->path);
    (void)vsnprintf(c->found->text, sizeof c->found->text, fmt, ap);
    va_end(ap);
    return f;
}

static const char *word_of(const hone_json *v)
{
    switch (v->type) {
    case HONE_JSON_NULL: return "null";
    case HONE_JSON_FALSE:
    case HONE_JSON_TRUE: return "a boolean";
    case HONE_JSON_INT: return "an integer";
    case HONE_JSON_REAL: return "a number";
    case HONE_JSON_STRING: return "a string";
    case HONE_JSON_ARRAY: return "a list";
    default: return "an object";
    }
}

static bool type_fits(const char *type, const hone_json *v)
{
    static const struct {
        const char *word;
        unsigned types;
    } table[] = {
        { "string", 1u << HONE_JSON_STRING },
        { "integer", 1u << HONE_JSON_INT },
        { "int", 1u << HONE_JSON_INT },
        { "number", 1u << HONE_JSON_INT | 1u << HONE_JSON_REAL },
        { "float", 1u << HONE_JSON_INT | 1u << HONE_JSON_REAL },
        { "double", 1u << HONE_JSON_INT | 1u << HONE_JSON_REAL },
        { "boolean", 1u << HONE_JSON_FALSE | 1u << HONE_JSON_TRUE },
        { "bool", 1u << HONE_JSON_FALSE | 1u << HONE_JSON_TRUE },
        { "array", 1u << HONE_JSON_ARRAY },
        { "tuple", 1u << HONE_JSON_ARRAY },
        { "list", 1u << HONE_JSON_ARRAY },
        { "object", 1u << HONE_JSON_OBJECT },
        { "dict", 1u << HONE_JSON_OBJECT },
        { "null", 1u << HONE_JSON_NULL },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcasecmp(type, table[i].word) == 0) return table[i].types >> v->type & 1;
    return true; /* "any" and words of other formats */
}

static bool whole(const hone_json *v)
{
    double d = hone_json_f64(v);
    return v->type == HONE_JSON_REAL && d == floor(d);
}

static hone_schema_fault check_type(checker *c, const hone_json *schema, const hone_json *v)
{
    const hone_json *type = hone_json_get(schema, "type");
    bool fits = true;
    const char *wanted = "";
    if (hone_json_is(type, HONE_JSON_STRING)) {
        wanted = type->text;
        fits = type_fits(wanted, v);
    } else if (hone_json_is(type, HONE_JSON_ARRAY)) {
        fits = type->len == 0;
        for (size_t i = 0; i < type->len; i++) {
            wanted = type->items[i]->type == HONE_JSON_STRING ? type->items[i]->text : "";
            fits = fits || type_fits(wanted, v);
        }
    }
    if (fits) return HONE_SCHEMA_OK;
    return fault(c, HONE_SCHEMA_TYPE, "is %s%s, must be of type %s", word_of(v),
                 whole(v) ? " with a point" : "", wanted);
}

static hone_schema_fault check_enum(checker *c, const hone_json *schema, const hone_json *v)
{
    const hone_json *values = hone_json_get(schema, "enum");
    if (!hone_json_is(values, HONE_JSON_ARRAY) || values->len == 0) return HONE_SCHEMA_OK;
    for (size_t i = 0; i < values->len; i++)
        if (hone_json_equal(values->items[i], v)) return HONE_SCHEMA_OK;
    const char *text = v->type == HONE_JSON_STRING || hone_json_is_number(v) ? v->text : word_of(v);
    return fault(c, HONE_SCHEMA_ENUM, "'%.80s' is none of the %zu allowed values", text,
                 values->len);
}

static hone_schema_fault check_value(checker *c, const hone_json *schema, const hone_json *v,
                                     int depth);

static hone_schema_fault check_object(checker *c, const hone_json *schema, const hone_json *v,
                                      int depth)
{
    const hone_json *properties = hone_json_get(schema, "properties");
    const hone_json *required = hone_json_get(schema, "required");
    size_t end = strlen(c->path);
    bool known = hone_json_is(properties, HONE_JSON_OBJECT);
    for (size_t i = 0; hone_json_is(required, HONE_JSON_ARRAY) && i < required->len; i++) {
        const hone_json *name = required->items[i];
        if (name->type == HONE_JSON_STRING && !hone_json_get(v, name->text))
            return fault(c, HONE_SCHEMA_MISSING, "lacks the required '%.80s'", name->text);
    }
    for (size_t i = 0; i < v->len; i++) {
        const hone_json_member *m = &v->members[i];
        const hone_json *s = known ? hone_json_get(properties, m->key) : NULL;
        if (known && !s)
            return fault(c, HONE_SCHEMA_UNKNOWN, "has '%.80s', which is not declared", m->key);
        if (!s) continue;
        (void)snprintf(c->path + end, sizeof c->path - end, ".%s", m->key);
        hone_schema_fault f = check_value(c, s, m->value, depth + 1);
        if (f) return f;
        c->path[end] = 0;
    }
    return HONE_SCHEMA_OK;
}

static hone_schema_fault check_value(checker *c, const hone_json *schema, const hone_json *v,
                                     int depth)
{
    if (depth > DEPTH_MAX)
        return fault(c, HONE_SCHEMA_DEPTH, "is nested more than %d levels", DEPTH_MAX);
    if (!schema || schema->type != HONE_JSON_OBJECT) return HONE_SCHEMA_OK;
    hone_schema_fault f = check_type(c, schema, v);
    if (!f) f = check_enum(c, schema, v);
    if (f) return f;
    if (v->type == HONE_JSON_OBJECT) return check_object(c, schema, v, depth);
    const hone_json *items = hone_json_get(schema, "items");
    size_t end = strlen(c->path);
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && items && i < v->len; i++) {
        (void)snprintf(c->path + end, sizeof c->path - end, "[%zu]", i);
        f = check_value(c, items, v->items[i], depth + 1);
        if (f) return f;
        c->path[end] = 0;
    }
    return HONE_SCHEMA_OK;
}

hone_schema_fault hone_schema_value(const hone_json *schema, const hone_json *value,
                                    hone_schema_finding *found)
{
    checker c = { .found = found, .path = "value" };
    if (found) *found = (hone_schema_finding){ .fault = HONE_SCHEMA_OK };
    return check_value(&c, schema, value, 0);
}

hone_schema_fault hone_schema_call(const hone_json *tools, const char *name,
                                   const hone_json *arguments, hone_schema_finding *found)
{
    checker c = { .found = found, .path = "arguments" };
    if (found) *found = (hone_schema_finding){ .fault = HONE_SCHEMA_OK };
    const hone_json *f = hone_tools_find(tools, name);
    if (!f) return fault(&c, HONE_SCHEMA_UNDECLARED, "function '%.100s' is not declared", name);
    if (!hone_json_is(arguments, HONE_JSON_OBJECT))
        return fault(&c, HONE_SCHEMA_TYPE, "must be an object");
    const hone_json *schema = hone_json_get(f, "parameters");
    hone_schema_fault r = check_value(&c, schema, arguments, 0);
    if (r || !schema || hone_json_get(schema, "properties") || arguments->len == 0) return r;
    return fault(&c, HONE_SCHEMA_UNKNOWN, "has '%.80s', but the function takes no arguments",
                 arguments->members[0].key);
}
