/*
 * The BFCL AST checker (eval/bfcl_check.h). The order of the tests decides the error word, so each
 * function names the rule of docs/evaluation.md ("bfcl-ast") that it follows.
 */
#include "eval/bfcl_check.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "eval/value.h"

/* Python's types. */
typedef enum kind { NONE, STR, INT, FLOAT, BOOL, LIST, DICT } kind;

typedef struct check {
    hone_arena *a;
    bool failed; /* no memory */
} check;

static const char *const crash = HONE_BFCL_CRASH;

/* ---- values ---- */

static kind kind_of(const hone_json *v)
{
    switch (v->type) {
    case HONE_JSON_FALSE:
    case HONE_JSON_TRUE: return BOOL;
    case HONE_JSON_INT: return INT;
    case HONE_JSON_REAL: return FLOAT;
    case HONE_JSON_STRING: return STR;
    case HONE_JSON_ARRAY: return LIST;
    case HONE_JSON_OBJECT: return DICT;
    default: return NONE;
    }
}

static bool is_numeric(kind k)
{
    return k == INT || k == FLOAT || k == BOOL;
}

/* A boolean as the integer that it equals; others as they are. */
static const hone_json *as_number(const hone_json *v)
{
    static const hone_json zero = { .type = HONE_JSON_INT, .text = "0", .len = 1 },
                           one = { .type = HONE_JSON_INT, .text = "1", .len = 1 };
    if (v->type == HONE_JSON_TRUE) return &one;
    return v->type == HONE_JSON_FALSE ? &zero : v;
}

/* The decoder's infinities and NaN are reals without a digit. */
static bool is_special(const hone_json *v)
{
    return v->type == HONE_JSON_REAL && !strpbrk(v->text, "0123456789");
}

static bool same_number(const hone_json *a, const hone_json *b)
{
    a = as_number(a);
    b = as_number(b);
    if (is_special(a) || is_special(b)) /* a NaN equals nothing */
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0 && a->text[0] != 'n';
    return hone_value_number_equal(a, b);
}

/* Python's ==. */
static bool same(const hone_json *a, const hone_json *b)
{
    kind k = kind_of(a);
    if (is_numeric(k) && is_numeric(kind_of(b))) return same_number(a, b);
    if (k != kind_of(b)) return false;
    if (k == STR) return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    if (k == NONE) return true;
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++) {
        const hone_json *x = k == LIST ? a->items[i] : a->members[i].value;
        const hone_json *y = k == LIST ? b->items[i] : hone_json_get(b, a->members[i].key);
        if (!y || !same(x, y)) return false;
    }
    return true;
}

static bool holds(const hone_json *list, const hone_json *v)
{
    for (size_t i = 0; i < list->len; i++)
        if (same(list->items[i], v)) return true;
    return false;
}

static bool is_omitted(const hone_json *v)
{
    return hone_json_str_eq(v, "");
}

static bool allows_omission(const hone_json *allowed)
{
    for (size_t i = 0; i < allowed->len; i++)
        if (is_omitted(allowed->items[i])) return true;
    return false;
}

/* The rule for strings: no blanks and , . / - _ * ^, lower case, " for '. Others as they are. */
static const hone_json *normal(check *c, const hone_json *v)
{
    if (v->type != HONE_JSON_STRING) return v;
    hone_buf kept = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), lower = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    for (size_t i = 0; i < v->len; i++)
        if (!strchr(" ,./-_*^", v->text[i])) hone_buf_char(&kept, v->text[i]);
    if (kept.len) hone_text_lower(&lower, kept.data, kept.len);
    for (size_t i = 0; i < lower.len; i++)
        if (lower.data[i] == '\'') lower.data[i] = '"';
    const hone_json *made = NULL;
    if (!kept.failed && !lower.failed)
        made = hone_json_new_strn(c->a, lower.len ? lower.data : "", lower.len);
    hone_buf_done(&kept);
    hone_buf_done(&lower);
    if (!made) c->failed = true;
    return made ? made : v;
}

/* A list with its strings in normal form; a string counts as the list of its characters. */
static const hone_json *normal_list(check *c, const hone_json *v)
{
    hone_json *made = hone_json_new_array(c->a);
    bool ok = made != NULL;
    if (v->type == HONE_JSON_STRING) {
        for (size_t i = 0; ok && i < v->len;) {
            uint32_t ch;
            size_t n = hone_utf8_next(v->text + i, v->len - i, &ch);
            const hone_json one = { .type = HONE_JSON_STRING, .text = v->text + i, .len = n };
            ok = n > 0 &&
                 hone_json_push(c->a, made, (hone_json *)(uintptr_t)normal(c, &one));
            i += n;
        }
    } else {
        for (size_t i = 0; ok && i < v->len; i++)
            ok = hone_json_push(c->a, made, (hone_json *)(uintptr_t)normal(c, v->items[i]));
    }
    if (!ok) c->failed = true;
    return ok ? made : v;
}

/* ---- types ---- */

/* NONE: a word that the public checker does not know. */
static kind mapped(const hone_json *word)
{
    static const struct { const char *word; kind k; } map[] = {
        { "string", STR }, { "integer", INT }, { "float", FLOAT }, { "boolean", BOOL },
        { "array", LIST }, { "tuple", LIST },  { "dict", DICT },   { "any", STR },
    };
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (hone_json_str_eq(word, map[i].word)) return map[i].k;
    return NONE;
}

/* The type of the first value that is not "": *ret_given false if there is none. */
static kind gold_kind(const hone_json *allowed, bool *ret_given)
{
    for (size_t i = 0; i < allowed->len; i++) {
        if (is_omitted(allowed->items[i])) continue;
        *ret_given = true;
        return kind_of(allowed->items[i]);
    }
    *ret_given = false;
    return NONE;
}

static bool elements_ok(const hone_json *list, const hone_json *allowed, kind want)
{
    bool given;
    kind gold = gold_kind(allowed, &given);
    for (size_t i = 0; i < list->len; i++) {
        kind k = kind_of(list->items[i]);
        if (k != want && !(given && k == gold)) return false;
    }
    return true;
}

/* The type rule; items: the type of elements, NONE for a parameter that is no list. NULL if right;
 * *ret_variable: values are then compared plainly. */
static const char *type_error(const hone_json *v, const hone_json *allowed, kind want, kind items,
                              bool *ret_variable)
{
    bool given, nested = false;
    kind gold = gold_kind(allowed, &given), own = kind_of(v);
    *ret_variable = given && gold != want;
    if (own == want) {
        if (items == NONE) return NULL;
        for (size_t i = 0; i < allowed->len; i++) {
            const hone_json *entry = allowed->items[i];
            if (entry->type != HONE_JSON_ARRAY || elements_ok(v, entry, items)) return NULL;
        }
        nested = true;
    }
    if (given && own == gold) {
        *ret_variable = true;
        return nested ? "type_error:nested" : NULL;
    }
    return "type_error:simple";
}

/* ---- values ---- */

static const char *string_error(check *c, const hone_json *v, const hone_json *allowed)
{
    const hone_json *own = normal(c, v);
    for (size_t i = 0; i < allowed->len; i++)
        if (allowed->items[i]->type == HONE_JSON_STRING && same(own, normal(c, allowed->items[i])))
            return NULL;
    return "value_error:string";
}

static const char *list_error(check *c, const hone_json *v, const hone_json *allowed)
{
    const hone_json *own = normal_list(c, v);
    bool found = false;
    for (size_t i = 0; i < allowed->len; i++) { /* all are normalised first: any may crash */
        kind k = kind_of(allowed->items[i]);
        if (k != LIST && k != STR) return crash;
        found = found || same(own, normal_list(c, allowed->items[i]));
    }
    return found ? NULL : "value_error:list/tuple";
}

/* One allowed object; NULL if v fits it. */
static const char *entry_error(check *c, const hone_json *v, const hone_json *entry)
{
    const char *word = NULL;
    if (entry->type != HONE_JSON_OBJECT || v->type != HONE_JSON_OBJECT) return crash;
    for (size_t i = 0; i < v->len && !word; i++) {
        const hone_json *allowed = hone_json_get(entry, v->members[i].key);
        if (!allowed) {
            word = "value_error:dict_key";
            break;
        }
        if (allowed->type != HONE_JSON_ARRAY) return crash;
        if (!holds(normal_list(c, allowed), normal(c, v->members[i].value)))
            word = "value_error:dict_value";
    }
    for (size_t i = 0; i < entry->len; i++) {
        const hone_json *allowed = entry->members[i].value;
        if (hone_json_get(v, entry->members[i].key)) continue;
        if (allowed->type != HONE_JSON_ARRAY) return crash;
        if (!allows_omission(allowed)) return "value_error:dict_key";
    }
    return word;
}

static const char *dict_error(check *c, const hone_json *v, const hone_json *const *allowed,
                              size_t count)
{
    const char *word = "dict_checker:unclear";
    for (size_t i = 0; i < count; i++) {
        if (is_omitted(allowed[i])) continue;
        word = entry_error(c, v, allowed[i]);
        if (!word || word == crash) return word;
    }
    return word;
}

static const char *list_dict_error(check *c, const hone_json *v, const hone_json *allowed)
{
    const char *word = "list_dict_checker:unclear";
    for (size_t i = 0; i < allowed->len; i++) {
        const hone_json *entry = allowed->items[i];
        bool none = is_omitted(entry), flawed = false;
        if (!none && entry->type != HONE_JSON_ARRAY) return crash;
        if (v->len != (none ? 0 : entry->len)) {
            word = "value_error:list_dict_count";
            continue;
        }
        for (size_t k = 0; k < v->len && !flawed; k++) {
            const hone_json *one = entry->items[k];
            word = dict_error(c, v->items[k], &one, 1);
            if (word == crash) return crash;
            flawed = word != NULL;
        }
        if (!flawed) return NULL;
    }
    return word;
}

/* ---- one argument ---- */

/* An integer that is given for a float becomes one; NULL where Python's overflows. */
static const hone_json *promoted(check *c, const hone_json *v)
{
    double d = hone_json_f64(v);
    if (!isfinite(d)) return NULL;
    const hone_json *made = hone_json_new_f64(c->a, d);
    if (!made) c->failed = true;
    return made ? made : v;
}

static const char *argument_error(check *c, const hone_json *schema, const hone_json *v,
                                  const hone_json *allowed)
{
    const hone_json *type = hone_json_get(schema, "type");
    kind want = mapped(type), items = NONE;
    bool variable, list = want == LIST;
    if (want == NONE || !hone_json_is(allowed, HONE_JSON_ARRAY)) return crash;
    if (list) items = mapped(hone_json_get(hone_json_get(schema, "items"), "type"));
    if (list && items == NONE) return crash;
    if (want == FLOAT && v->type == HONE_JSON_INT) v = promoted(c, v);
    if (!v) return crash;
    const char *word = type_error(v, allowed, want, items, &variable);
    if (word) return word;
    if (!variable) {
        if (want == DICT)
            return dict_error(c, v, (const hone_json *const *)allowed->items, allowed->len);
        if (list && items == DICT) return list_dict_error(c, v, allowed);
        if (want == STR) return string_error(c, v, allowed);
        if (list) return list_error(c, v, allowed);
    }
    return holds(allowed, v) ? NULL : "value_error:others";
}

/* ---- one call ---- */

#define SINGLE(word) "simple_function_checker:" word

static const char *arguments_error(check *c, const hone_json *properties, const hone_json *gold,
                                   const hone_json *given, const char **ret_argument)
{
    for (size_t i = 0; i < given->len; i++) {
        const char *key = given->members[i].key;
        const hone_json *schema = hone_json_get(properties, key);
        const hone_json *allowed = hone_json_get(gold, key);
        *ret_argument = key;
        if (!schema || !allowed) return SINGLE("unexpected_param");
        const char *word = argument_error(c, schema, given->members[i].value, allowed);
        if (word) return word;
    }
    for (size_t i = 0; i < gold->len; i++) {
        const hone_json *allowed = gold->members[i].value;
        *ret_argument = gold->members[i].key;
        if (hone_json_get(given, gold->members[i].key)) continue;
        if (allowed->type != HONE_JSON_ARRAY) return crash;
        if (!allows_omission(allowed)) return SINGLE("missing_optional");
    }
    *ret_argument = NULL;
    return NULL;
}

/* The single-call check: name, required, each argument given, each one left out. */
static const char *call_error(check *c, const hone_json *function, const hone_call *call,
                              const hone_json *gold, const char **ret_argument)
{
    const hone_json *parameters = hone_json_get(function, "parameters");
    const hone_json *properties = hone_json_get(parameters, "properties");
    const hone_json *required = hone_json_get(parameters, "required");
    const hone_json *name = hone_json_get(function, "name");
    *ret_argument = NULL;
    if (!hone_json_is(gold, HONE_JSON_OBJECT) || gold->len == 0) return crash;
    gold = gold->members[0].value;
    if (!hone_json_is(name, HONE_JSON_STRING) || !hone_json_is(properties, HONE_JSON_OBJECT) ||
        !hone_json_is(required, HONE_JSON_ARRAY) || gold->type != HONE_JSON_OBJECT)
        return crash;
    if (!hone_json_str_eq(name, call->name)) return SINGLE("wrong_func_name");
    for (size_t i = 0; i < required->len; i++) {
        const hone_json *key = required->items[i];
        if (key->type != HONE_JSON_STRING) return crash;
        *ret_argument = key->text;
        if (!hone_json_get(call->arguments, key->text)) return SINGLE("missing_required");
    }
    return arguments_error(c, properties, gold, call->arguments, ret_argument);
}

/* The function that a gold call names; NULL where there is none (the public checker crashes). */
static const hone_json *function_of(const hone_bfcl_task *t, const hone_json *gold)
{
    const hone_json *list = t->functions;
    if (!hone_json_is(gold, HONE_JSON_OBJECT) || gold->len == 0) return NULL;
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++)
        if (hone_json_str_eq(hone_json_get(list->items[i], "name"), gold->members[0].key))
            return list->items[i];
    return NULL;
}

/* ---- answers ---- */

static const char *parallel_error(check *c, const hone_bfcl_task *t, const hone_calls *calls,
                                  bool *taken, const char **ret_argument)
{
    if (calls->count != t->gold->len) return "parallel_function_checker_no_order:wrong_count";
    for (size_t i = 0; i < t->gold->len; i++) {
        const char *word = crash, *first = NULL;
        for (size_t k = 0; k < calls->count; k++) {
            const char *argument;
            if (taken[k]) continue;
            word = call_error(c, function_of(t, t->gold->items[i]), &calls->items[k],
                              t->gold->items[i], &argument);
            if (word == crash) return crash;
            if (!word) {
                taken[k] = true;
                break;
            }
            if (!first) first = argument;
        }
        *ret_argument = first;
        if (word) return "parallel_function_checker_no_order:cannot_find_match";
    }
    *ret_argument = NULL;
    return NULL;
}

static const char *answer_error(check *c, const hone_bfcl_task *t, const hone_calls *calls,
                                bool *taken, const char **ret_argument)
{
    const hone_json *gold = t->gold;
    switch (t->kind) {
    case HONE_BFCL_IRRELEVANCE:
        return calls->count ? "irrelevance_error:decoder_success" : NULL;
    case HONE_BFCL_RELEVANCE: return calls->count ? NULL : "relevance_error:decoder_failed";
    default: break;
    }
    if (!hone_json_is(gold, HONE_JSON_ARRAY)) return crash;
    if (t->kind == HONE_BFCL_PARALLEL) return parallel_error(c, t, calls, taken, ret_argument);
    if (t->kind == HONE_BFCL_MULTIPLE) {
        if (calls->count != gold->len) return "multiple_function_checker:wrong_count";
        if (gold->len == 0) return crash;
        return call_error(c, function_of(t, gold->items[0]), &calls->items[0], gold->items[0],
                          ret_argument);
    }
    if (calls->count != 1) return SINGLE("wrong_count");
    return call_error(c, hone_json_at(t->functions, 0), &calls->items[0], hone_json_at(gold, 0),
                      ret_argument);
}

int hone_bfcl_check(hone_bfcl_verdict *ret, hone_arena *a, const hone_bfcl_task *task,
                    const hone_calls *calls, hone_err *err)
{
    check c = { a, false };
    const char *argument = NULL;
    bool *taken = hone_arena_alloc(a, calls->count + 1);
    if (!taken) return hone_err_memory(err, "bfcl check", calls->count);
    const char *word = answer_error(&c, task, calls, taken, &argument);
    if (c.failed) return hone_err_memory(err, "bfcl check", 0);
    *ret = (hone_bfcl_verdict){ word ? word : "", word ? argument : NULL };
    return HONE_OK;
}

bool hone_bfcl_kind_of(const char *category, hone_bfcl_kind *ret)
{
    static const char *const foreign[] = { "java", "multi_turn", "web_search", "memory", "sql",
                                           "rest", "exec", "chatable", "format_sensitivity" };
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (strstr(category, foreign[i])) return false;
    if (strstr(category, "irrelevance")) *ret = HONE_BFCL_IRRELEVANCE;
    else if (strstr(category, "relevance")) *ret = HONE_BFCL_RELEVANCE;
    else if (strstr(category, "parallel")) *ret = HONE_BFCL_PARALLEL;
    else if (strstr(category, "multiple")) *ret = HONE_BFCL_MULTIPLE;
    else if (strstr(category, "simple")) *ret = HONE_BFCL_SIMPLE;
    else return false;
    return true;
}
