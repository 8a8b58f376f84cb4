/* Equality and types of argument values (eval/value.h). */
#include "eval/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "datasets/schema.h"

/* Does schema allow values of this type? Asked of the one check of types that there is, with a
 * sample. */
static bool accepts(const hone_json *schema, hone_json_type type)
{
    static const hone_json samples[] = {
        [HONE_JSON_NULL] = { .type = HONE_JSON_NULL },
        [HONE_JSON_FALSE] = { .type = HONE_JSON_FALSE },
        [HONE_JSON_TRUE] = { .type = HONE_JSON_TRUE },
        [HONE_JSON_INT] = { .type = HONE_JSON_INT, .text = "1", .len = 1 },
        [HONE_JSON_REAL] = { .type = HONE_JSON_REAL, .text = "0.5", .len = 3 },
        [HONE_JSON_STRING] = { .type = HONE_JSON_STRING, .text = "" },
        [HONE_JSON_ARRAY] = { .type = HONE_JSON_ARRAY },
        [HONE_JSON_OBJECT] = { .type = HONE_JSON_OBJECT },
    };
    if (type == HONE_JSON_NULL && hone_json_is(hone_json_get(schema, "nullable"), HONE_JSON_TRUE))
        return true;
    return hone_schema_value(schema, &samples[type], NULL) != HONE_SCHEMA_TYPE;
}

static const hone_json *schema_member(const hone_json *schema, const char *key)
{
    return hone_json_get(hone_json_get(schema, "properties"), key);
}

bool hone_value_type_ok(const hone_json *v, const hone_json *schema)
{
    if (!accepts(schema, v->type)) return false;
    if (v->type == HONE_JSON_ARRAY) {
        const hone_json *items = hone_json_get(schema, "items");
        for (size_t i = 0; i < v->len; i++)
            if (!hone_value_type_ok(v->items[i], items)) return false;
    }
    if (v->type == HONE_JSON_OBJECT) {
        for (size_t i = 0; i < v->len; i++)
            if (!hone_value_type_ok(v->members[i].value, schema_member(schema, v->members[i].key)))
                return false;
    }
    return true;
}

/* Digits of an integer without sign and leading zeros; "" for zero. */
static const char *digits_of(const char *s, size_t n, size_t *ret_len, bool *ret_negative)
{
    *ret_negative = n > 0 && s[0] == '-';
    if (*ret_negative) {
        s++;
        n--;
    }
    while (n > 0 && s[0] == '0') {
        s++;
        n--;
    }
    if (n == 0) *ret_negative = false;
    *ret_len = n;
    return s;
}

static bool integer_equal(const char *a, size_t na, const char *b, size_t nb)
{
    bool neg_a, neg_b;
    size_t len_a, len_b;
    const char *da = digits_of(a, na, &len_a, &neg_a), *db = digits_of(b, nb, &len_b, &neg_b);
    return neg_a == neg_b && len_a == len_b && memcmp(da, db, len_a) == 0;
}

/* An integer and a real: the real as its exact decimal digits. */
static bool mixed_equal(const hone_json *integer, const hone_json *real)
{
    char digits[512]; /* the largest double has 309 */
    double d = hone_json_f64(real);
    if (!isfinite(d) || d != floor(d)) return false;
    int n = snprintf(digits, sizeof digits, "%.0f", d);
    return n > 0 && n < (int)sizeof digits &&
           integer_equal(integer->text, integer->len, digits, (size_t)n);
}

static bool number_equal(const hone_json *a, const hone_json *b, bool across)
{
    if (a->type == HONE_JSON_INT && b->type == HONE_JSON_INT)
        return integer_equal(a->text, a->len, b->text, b->len);
    if (a->type == HONE_JSON_REAL && b->type == HONE_JSON_REAL)
        return hone_json_f64(a) == hone_json_f64(b);
    if (!across) return false;
    return a->type == HONE_JSON_INT ? mixed_equal(a, b) : mixed_equal(b, a);
}

bool hone_value_number_equal(const hone_json *a, const hone_json *b)
{
    return number_equal(a, b, true);
}

static bool across_kinds(const hone_json *schema)
{
    return accepts(schema, HONE_JSON_REAL) && !accepts(schema, HONE_JSON_OBJECT); /* not any */
}

bool hone_value_same_kind(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    if (hone_json_is_bool(a) && hone_json_is_bool(b)) return true;
    if (hone_json_is_number(a) && hone_json_is_number(b))
        return a->type == b->type || across_kinds(schema);
    return a->type == b->type;
}

static bool array_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    const hone_json *items = hone_json_get(schema, "items");
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++)
        if (!hone_value_equal(a->items[i], b->items[i], items)) return false;
    return true;
}

static bool object_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++) { /* keys are unique in both */
        const char *key = a->members[i].key;
        const hone_json *other = hone_json_get(b, key);
        if (!other || !hone_value_equal(a->members[i].value, other, schema_member(schema, key)))
            return false;
    }
    return true;
}

bool hone_value_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    if (hone_json_is_number(a) && hone_json_is_number(b))
        return number_equal(a, b, across_kinds(schema));
    if (a->type != b->type) return false;
    switch (a->type) {
    case HONE_JSON_STRING: return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    case HONE_JSON_ARRAY: return array_equal(a, b, schema);
    case HONE_JSON_OBJECT: return object_equal(a, b, schema);
    default: return true; /* null, true, false: the type says all */
    }
}

bool hone_value_enum_ok(const hone_json *v, const hone_json *schema)
{
    const hone_json *list = hone_json_get(schema, "enum");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return true;
    for (size_t i = 0; i < list->len; i++)
        if (hone_value_equal(v, list->items[i], schema)) return true;
    return false;
}

bool hone_value_is_date(const hone_json *schema)
{
    const hone_json *format = hone_json_get(schema, "format");
    return hone_json_str_eq(format, "date") || hone_json_str_eq(format, "time") ||
           hone_json_str_eq(format, "date-time");
}
