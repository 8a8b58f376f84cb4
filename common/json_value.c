/*
 * JSON trees: look-ups, typed getters, building, copying and equality (common/json.h).
 *
 * Arrays and members grow in the arena. A node has no field for its capacity: it is always the
 * power of two that its length needs (at least FIRST_ROOM), so a full one is known by its length
 * alone.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"

#define FIRST_ROOM 4

hone_json *hone_json_get(const hone_json *object, const char *key)
{
    if (!hone_json_is(object, HONE_JSON_OBJECT)) return NULL;
    size_t n = strlen(key);
    for (size_t i = 0; i < object->len; i++) {
        const hone_json_member *m = &object->members[i];
        if (m->key_len == n && memcmp(m->key, key, n) == 0) return m->value;
    }
    return NULL;
}

hone_json *hone_json_at(const hone_json *array, size_t i)
{
    return hone_json_is(array, HONE_JSON_ARRAY) && i < array->len ? array->items[i] : NULL;
}

bool hone_json_is_null(const hone_json *v)
{
    return !v || v->type == HONE_JSON_NULL;
}

bool hone_json_is(const hone_json *v, hone_json_type type)
{
    return v && v->type == type;
}

bool hone_json_is_number(const hone_json *v)
{
    return v && (v->type == HONE_JSON_INT || v->type == HONE_JSON_REAL);
}

bool hone_json_is_bool(const hone_json *v)
{
    return v && (v->type == HONE_JSON_FALSE || v->type == HONE_JSON_TRUE);
}

bool hone_json_str_eq(const hone_json *v, const char *s)
{
    if (!hone_json_is(v, HONE_JSON_STRING) || v->len != strlen(s)) return false;
    return memcmp(v->text, s, v->len) == 0;
}

bool hone_json_i64(const hone_json *v, int64_t *ret)
{
    return hone_json_is(v, HONE_JSON_INT) && hone_parse_i64(v->text, v->len, ret);
}

double hone_json_f64(const hone_json *v)
{
    double d = 0;
    if (!hone_json_is_number(v) || hone_parse_f64(v->text, v->len, &d)) return d;
    return v->text[0] == '-' ? -HUGE_VAL : HUGE_VAL; /* an integer of over 308 digits */
}

/* Typed getters */

static const char *type_name(hone_json_type type)
{
    static const char *const names[] = { "null",   "a boolean", "a boolean", "an integer",
                                         "a number", "a string",  "an array",  "an object" };
    return names[type];
}

static int fail_type(const hone_json *v, const char *key, const char *wanted, const char *source,
                     hone_err *err)
{
    hone_err_at(err, source, v->line, -1);
    return hone_fail(err, HONE_E_DATA, "'%s' must be %s, but is %s", key, wanted,
                     type_name(v->type));
}

static int fail_missing(const hone_json *o, const char *key, const char *wanted, const char *source,
                        hone_err *err)
{
    hone_err_at(err, source, o ? o->line : 0, -1);
    if (o && o->type != HONE_JSON_OBJECT)
        return hone_fail(err, HONE_E_DATA, "'%s' is wanted from an object, but this is %s", key,
                         type_name(o->type));
    return hone_fail(err, HONE_E_DATA, "'%s' is missing: it must be %s", key, wanted);
}

int hone_json_get_str(const char **ret, const hone_json *o, const char *key, const char *fallback,
                      const char *source, hone_err *err)
{
    const hone_json *v = hone_json_get(o, key);
    if (v && v->type != HONE_JSON_STRING) return fail_type(v, key, "a string", source, err);
    *ret = v ? v->text : fallback;
    return 0;
}

int hone_json_req_str(const char **ret, const hone_json *o, const char *key, const char *source,
                      hone_err *err)
{
    if (!hone_json_get(o, key)) return fail_missing(o, key, "a string", source, err);
    return hone_json_get_str(ret, o, key, NULL, source, err);
}

int hone_json_get_i64(int64_t *ret, const hone_json *o, const char *key, int64_t fallback,
                      int64_t min, int64_t max, const char *source, hone_err *err)
{
    const hone_json *v = hone_json_get(o, key);
    int64_t n = fallback;
    if (v && v->type != HONE_JSON_INT) return fail_type(v, key, "an integer", source, err);
    if (v && (!hone_json_i64(v, &n) || n < min || n > max)) {
        hone_err_at(err, source, v->line, -1);
        return hone_fail(err, HONE_E_DATA, "'%s' is %.40s, but must lie in %" PRId64 "..%" PRId64,
                         key, v->text, min, max);
    }
    *ret = n;
    return 0;
}

int hone_json_req_i64(int64_t *ret, const hone_json *o, const char *key, int64_t min, int64_t max,
                      const char *source, hone_err *err)
{
    if (!hone_json_get(o, key)) return fail_missing(o, key, "an integer", source, err);
    return hone_json_get_i64(ret, o, key, 0, min, max, source, err);
}

int hone_json_get_f64(double *ret, const hone_json *o, const char *key, double fallback,
                      const char *source, hone_err *err)
{
    const hone_json *v = hone_json_get(o, key);
    double d = fallback;
    if (v && !hone_json_is_number(v)) return fail_type(v, key, "a number", source, err);
    if (v && !hone_parse_f64(v->text, v->len, &d)) {
        hone_err_at(err, source, v->line, -1);
        return hone_fail(err, HONE_E_DATA, "'%s' is too large for a double: %.40s...", key,
                         v->text);
    }
    *ret = d;
    return 0;
}

int hone_json_get_bool(bool *ret, const hone_json *o, const char *key, bool fallback,
                       const char *source, hone_err *err)
{
    const hone_json *v = hone_json_get(o, key);
    if (v && !hone_json_is_bool(v)) return fail_type(v, key, "a boolean", source, err);
    *ret = v ? v->type == HONE_JSON_TRUE : fallback;
    return 0;
}

int hone_json_get_typed(hone_json **ret, const hone_json *o, const char *key, hone_json_type type,
                        const char *source, hone_err *err)
{
    hone_json *v = hone_json_get(o, key);
    if (v && v->type != type) return fail_type(v, key, type_name(type), source, err);
    *ret = v;
    return 0;
}

/* Building */

static hone_json *new_node(hone_arena *a, hone_json_type type)
{
    hone_json *v = hone_arena_alloc(a, sizeof *v);
    if (v) v->type = type;
    return v;
}

static hone_json *new_text(hone_arena *a, hone_json_type type, const char *s, size_t n)
{
    hone_json *v = new_node(a, type);
    if (!v || !(v->text = hone_arena_strndup(a, s, n))) return NULL;
    v->len = n;
    return v;
}

hone_json *hone_json_new_null(hone_arena *a)
{
    return new_node(a, HONE_JSON_NULL);
}

hone_json *hone_json_new_bool(hone_arena *a, bool b)
{
    return new_node(a, b ? HONE_JSON_TRUE : HONE_JSON_FALSE);
}

hone_json *hone_json_new_i64(hone_arena *a, int64_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0) digits[--at] = '-';
    return new_text(a, HONE_JSON_INT, digits + at, sizeof digits - at);
}

bool hone_json_count_up(hone_json *v)
{
    if (!hone_json_is(v, HONE_JSON_INT) || v->text[0] == '-') return false;
    size_t at = v->len;
    while (at > 0 && v->text[at - 1] == '9') at--;
    if (at == 0) return false;
    char *digits = (char *)v->text; /* the arena's own copy */
    digits[at - 1]++;
    memset(digits + at, '0', v->len - at);
    return true;
}

hone_json *hone_json_new_f64(hone_arena *a, double d)
{
    char digits[32];
    if (!isfinite(d)) return hone_json_new_null(a);
    hone_f64_repr(d, digits);
    return new_text(a, HONE_JSON_REAL, digits, strlen(digits));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "007" -> "7", "-0" -> "0", "-007.5" -> "-7.5": digits stay valid JSON and compare by bytes. */
hone_json *hone_json_new_number(hone_arena *a, hone_json_type type, const char *digits, size_t len)
{
    bool negative = len > 0 && digits[0] == '-';
    size_t at = negative ? 1 : 0;
    while (at + 1 < len && digits[at] == '0' && is_digit(digits[at + 1])) at++;
    bool zero = type == HONE_JSON_INT && at + 1 == len && digits[at] == '0';
    if (!negative || zero) return new_text(a, type, digits + at, len - at);
    if (at == 1) return new_text(a, type, digits, len);
    hone_json *v = new_text(a, type, digits + at - 1, len - at + 1);
    if (v) *(char *)(uintptr_t)v->text = '-'; /* our own copy; a zero stood here */
    return v;
}

hone_json *hone_json_new_str(hone_arena *a, const char *s)
{
    return hone_json_new_strn(a, s, strlen(s));
}

hone_json *hone_json_new_strn(hone_arena *a, const char *s, size_t n)
{
    return new_text(a, HONE_JSON_STRING, s, n);
}

hone_json *hone_json_new_array(hone_arena *a)
{
    return new_node(a, HONE_JSON_ARRAY);
}

hone_json *hone_json_new_object(hone_arena *a)
{
    return new_node(a, HONE_JSON_OBJECT);
}

/* Room for one more element behind len ones: old itself, a larger copy, or NULL. */
static void *with_room(hone_arena *a, void *old, size_t len, size_t size)
{
    bool full = len == 0 || (len >= FIRST_ROOM && (len & (len - 1)) == 0);
    if (!full) return old;
    if (len > SIZE_MAX / 2 / size) return NULL;
    void *more = hone_arena_alloc(a, (len == 0 ? FIRST_ROOM : len * 2) * size);
    if (more && len > 0) memcpy(more, old, len * size);
    return more;
}

bool hone_json_push(hone_arena *a, hone_json *array, hone_json *v)
{
    if (!array || !v) return false;
    hone_json **items = with_room(a, array->items, array->len, sizeof *items);
    if (!items) return false;
    items[array->len++] = v;
    array->items = items;
    return true;
}

bool hone_json_append(hone_arena *a, hone_json *object, const char *key, size_t key_len,
                      int32_t line, hone_json *v)
{
    if (!object || !v) return false;
    hone_json_member *members = with_room(a, object->members, object->len, sizeof *members);
    char *copy = hone_arena_strndup(a, key, key_len);
    if (!members || !copy) return false;
    members[object->len++] = (hone_json_member){ copy, key_len, v, line };
    object->members = members;
    return true;
}

bool hone_json_set(hone_arena *a, hone_json *object, const char *key, hone_json *v)
{
    if (!object || !v) return false;
    size_t n = strlen(key);
    for (size_t i = 0; i < object->len; i++) {
        hone_json_member *m = &object->members[i];
        if (m->key_len != n || memcmp(m->key, key, n) != 0) continue;
        m->value = v;
        return true;
    }
    return hone_json_append(a, object, key, n, 0, v);
}

hone_json *hone_json_copy(hone_arena *a, const hone_json *v)
{
    if (!v) return NULL;
    hone_json *made = v->text ? new_text(a, v->type, v->text, v->len) : new_node(a, v->type);
    if (!made) return NULL;
    made->line = v->line;
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        if (!hone_json_push(a, made, hone_json_copy(a, v->items[i]))) return NULL;
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++) {
        const hone_json_member *m = &v->members[i];
        if (!hone_json_append(a, made, m->key, m->key_len, m->line, hone_json_copy(a, m->value)))
            return NULL;
    }
    return made;
}

/* Equality */

static bool equal_objects(const hone_json *a, const hone_json *b)
{
    for (size_t i = 0; i < a->len; i++) {
        const hone_json_member *m = &a->members[i], *n = &b->members[i];
        bool same_place = m->key_len == n->key_len && memcmp(m->key, n->key, m->key_len) == 0;
        if (!hone_json_equal(m->value, same_place ? n->value : hone_json_get(b, m->key)))
            return false;
    }
    return true;
}

static bool equal_arrays(const hone_json *a, const hone_json *b)
{
    for (size_t i = 0; i < a->len; i++)
        if (!hone_json_equal(a->items[i], b->items[i])) return false;
    return true;
}

bool hone_json_equal(const hone_json *a, const hone_json *b)
{
    if (!a || !b) return a == b;
    if (a->type != b->type) return false;
    if (a->type == HONE_JSON_REAL) return hone_json_f64(a) == hone_json_f64(b);
    if (a->len != b->len) return false;
    switch (a->type) {
    case HONE_JSON_INT:
    case HONE_JSON_STRING: return memcmp(a->text, b->text, a->len) == 0;
    case HONE_JSON_ARRAY: return equal_arrays(a, b);
    case HONE_JSON_OBJECT: return equal_objects(a, b);
    default: return true;
    }
}
