/*
 * Values of options: words and JSON values checked against type, range and choices
 * (common/options_value.h). Messages name the option as the user wrote it and show the accepted
 * form.
 */
#include "common/options_value.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

/* What a value is checked and reported with. */
typedef struct place {
    const char *shown;  /* the option as written */
    const char *source; /* file, NULL on the command line */
    const char *dir;
    int64_t line;
    hone_arena *arena;
    hone_err *err;
} place;

static int fail_value(const place *p, const hone_opt *o, const char *text, const char *why)
{
    char form[256];
    hone_options_form(o, form, sizeof form);
    if (p->source) hone_err_at(p->err, p->source, p->line, -1);
    hone_err_hint(p->err, "accepted: %s", form);
    return hone_fail(p->err, HONE_E_USAGE, "%s: '%.200s' %s", p->shown, text, why);
}

static int fail_memory(const place *p)
{
    return hone_err_memory(p->err, "option values", 0);
}

static int set_int(hone_opt_setting *s, const place *p, const char *text)
{
    const hone_opt *o = s->opt;
    int64_t n;
    if (!hone_parse_i64(text, strlen(text), &n))
        return fail_value(p, o, text, "is not a whole number that fits 64 bits");
    if (n == 0 && text[0] == '-') return fail_value(p, o, text, "has a sign that means nothing");
    bool limited = o->min != 0 || o->max != 0;
    if (limited && !((double)n >= o->min && (double)n <= o->max))
        return fail_value(p, o, text, "is out of range");
    s->as.i = n;
    return 0;
}

static int set_real(hone_opt_setting *s, const place *p, const char *text)
{
    const hone_opt *o = s->opt;
    double r;
    if (!hone_parse_f64(text, strlen(text), &r)) {
        const char *why = strchr(text, ',') ? "is not a number: write the point as '.'"
                                            : "is not a number";
        return fail_value(p, o, text, why);
    }
    if (r == 0 && signbit(r)) return fail_value(p, o, text, "has a sign that means nothing");
    bool limited = o->min != 0 || o->max != 0;
    if (limited && !(r >= o->min && r <= o->max)) return fail_value(p, o, text, "is out of range");
    s->as.r = r;
    return 0;
}

static int set_bool(hone_opt_setting *s, const place *p, const char *text)
{
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return fail_value(p, s->opt, text, "is neither true nor false");
    s->as.b = yes;
    return 0;
}

/* The next word of "a|b|c" at *rest; false at the end. */
static bool next_choice(const char **rest, const char **ret, size_t *ret_len)
{
    if (!**rest) return false;
    size_t n = strcspn(*rest, "|");
    *ret = *rest;
    *ret_len = n;
    *rest += n + ((*rest)[n] == '|');
    return true;
}

static int set_choice(hone_opt_setting *s, const place *p, const char *text)
{
    const char *rest = s->opt->choices, *word;
    size_t n;
    while (next_choice(&rest, &word, &n)) {
        if (n != strlen(text) || memcmp(word, text, n) != 0) continue;
        s->as.s = hone_arena_strndup(p->arena, text, n);
        return s->as.s ? 0 : fail_memory(p);
    }
    return fail_value(p, s->opt, text, "is not one of the choices");
}

static int set_string(hone_opt_setting *s, const place *p, const char *text)
{
    size_t n = strlen(text);
    if (!hone_utf8_valid(text, n)) return fail_value(p, s->opt, "...", "is not UTF-8 text");
    s->as.s = hone_arena_strndup(p->arena, text, n);
    return s->as.s ? 0 : fail_memory(p);
}

/* Replaces ${NAME} by the environment's value. */
static int expand(hone_buf *out, const place *p, const hone_opt *o, const char *text)
{
    while (*text) {
        const char *begin = strstr(text, "${");
        const char *end = begin ? strchr(begin, '}') : NULL;
        if (!end) break;
        hone_buf_add(out, text, (size_t)(begin - text));
        char name[128];
        size_t n = (size_t)(end - begin) - 2;
        if (n == 0 || n >= sizeof name) return fail_value(p, o, text, "holds no name in ${...}");
        memcpy(name, begin + 2, n);
        name[n] = '\0';
        const char *value = getenv(name);
        if (!value || !*value) return fail_value(p, o, text, "names an unset environment variable");
        hone_buf_str(out, value);
        text = end + 1;
    }
    hone_buf_str(out, text);
    return 0;
}

static int check_path(const place *p, const hone_opt *o, const char *text)
{
    if (!*text) return fail_value(p, o, text, "is empty");
    if (strlen(text) >= PATH_MAX) return fail_value(p, o, "...", "is longer than a path may be");
    if (!hone_utf8_valid(text, strlen(text))) return fail_value(p, o, "...", "is not UTF-8 text");
    return 0;
}

/* The path as it will be opened; from a file: expanded and relative to its folder. */
static int make_path(const char **ret, const place *p, const hone_opt *o, const char *text)
{
    hone_buf full;
    hone_buf_init(&full, (size_t)1 << 20);
    int rc;
    if (p->source) {
        hone_buf expanded;
        hone_buf_init(&expanded, (size_t)1 << 20);
        rc = expand(&expanded, p, o, text);
        if (rc == 0 && !hone_buf_ok(&expanded)) rc = fail_memory(p);
        if (rc == 0 && expanded.len > 0) {
            bool relative = p->dir && strcmp(p->dir, ".") != 0 && expanded.data[0] != '/';
            if (relative) hone_buf_printf(&full, "%s/", p->dir);
            hone_buf_str(&full, expanded.data);
        }
        hone_buf_done(&expanded);
        if (rc < 0) goto done;
    } else {
        hone_buf_str(&full, text);
    }
    const char *path = full.len > 0 ? full.data : "";
    HONE_GOTO(rc, done, hone_buf_ok(&full) ? 0 : fail_memory(p));
    HONE_GOTO(rc, done, check_path(p, o, path));
    char *copy = hone_arena_strndup(p->arena, path, strlen(path));
    if (copy) *ret = copy;
    rc = copy ? 0 : fail_memory(p);
done:
    hone_buf_done(&full);
    return rc;
}

static int add_item(hone_opt_setting *s, const place *p, const char *item, size_t n)
{
    hone_opt_list *list = &s->as.list;
    int room = (int)(sizeof list->items / sizeof list->items[0]);
    const char *text = hone_arena_strndup(p->arena, item, n);
    if (!text) return fail_memory(p);
    if (list->count == room) return fail_value(p, s->opt, text, "is one more than a list may hold");
    if (n == 0) return fail_value(p, s->opt, text, "is an empty word");
    if (!hone_utf8_valid(text, n)) return fail_value(p, s->opt, "...", "is not UTF-8 text");
    if (s->opt->type == HONE_OPT_PATHS) HONE_TRY(make_path(&text, p, s->opt, text));
    list->items[list->count++] = text;
    return 0;
}

static int add_items(hone_opt_setting *s, const place *p, const char *text)
{
    if (s->opt->type == HONE_OPT_PATHS) return add_item(s, p, text, strlen(text));
    for (;;) {
        size_t n = strcspn(text, ",");
        HONE_TRY(add_item(s, p, text, n));
        if (!text[n]) return 0;
        text += n + 1;
    }
}

static int set_text(hone_opt_setting *s, const place *p, const char *text)
{
    switch (s->opt->type) {
    case HONE_OPT_BOOL: return set_bool(s, p, text);
    case HONE_OPT_INT: return set_int(s, p, text);
    case HONE_OPT_REAL: return set_real(s, p, text);
    case HONE_OPT_STRING: return set_string(s, p, text);
    case HONE_OPT_PATH: return make_path(&s->as.s, p, s->opt, text);
    case HONE_OPT_CHOICE: return set_choice(s, p, text);
    default: return add_items(s, p, text);
    }
}

int hone_opt_from_text(hone_opt_setting *s, const char *text, const char *shown, hone_arena *a,
                       hone_err *err)
{
    place p = { .shown = shown, .arena = a, .err = err };
    return set_text(s, &p, text);
}

static const char *scalar_text(const hone_json *v)
{
    switch (v->type) {
    case HONE_JSON_TRUE: return "true";
    case HONE_JSON_FALSE: return "false";
    case HONE_JSON_NULL: return "null";
    case HONE_JSON_ARRAY: return "[...]";
    case HONE_JSON_OBJECT: return "{...}";
    default: return v->text;
    }
}

/* Whether a value of this kind may stand for an option of this type. Digits may be meant as a word
 * (a version, an id); true and false in place of a word are more likely a mistake. */
static bool fits(const hone_opt *o, const hone_json *v)
{
    switch (o->type) {
    case HONE_OPT_BOOL: return hone_json_is_bool(v);
    case HONE_OPT_INT: return v->type == HONE_JSON_INT;
    case HONE_OPT_REAL: return hone_json_is_number(v);
    default: return v->type == HONE_JSON_STRING || hone_json_is_number(v);
    }
}

static int set_items(hone_opt_setting *s, place *p, const hone_json *array)
{
    for (size_t i = 0; i < array->len; i++) {
        const hone_json *v = array->items[i];
        if (v->line > 0) p->line = v->line;
        if (!fits(s->opt, v))
            return fail_value(p, s->opt, scalar_text(v), "is not a word: put it in quotes");
        HONE_TRY(add_item(s, p, v->text, v->len));
    }
    return 0;
}

int hone_opt_from_json(hone_opt_setting *s, const hone_json *v, const char *shown,
                       const char *source, const char *dir, hone_arena *a, hone_err *err)
{
    const hone_opt *o = s->opt;
    place p = { .shown = shown, .source = source ? source : "configuration", .dir = dir,
                .line = v->line, .arena = a, .err = err };
    bool list = o->type == HONE_OPT_LIST || o->type == HONE_OPT_PATHS;
    bool word = o->type == HONE_OPT_STRING || o->type == HONE_OPT_PATH ||
                o->type == HONE_OPT_CHOICE;
    if (list && v->type == HONE_JSON_ARRAY) return set_items(s, &p, v);
    if (word && v->type == HONE_JSON_NULL) {
        s->as.s = NULL;
        return 0;
    }
    if (!fits(o, v)) return fail_value(&p, o, scalar_text(v), "is of the wrong kind");
    return set_text(s, &p, scalar_text(v));
}

void hone_opt_store(const hone_opt_setting *s)
{
    void *to = s->opt->value;
    switch (s->opt->type) {
    case HONE_OPT_BOOL: *(bool *)to = s->as.b; break;
    case HONE_OPT_INT: *(int64_t *)to = s->as.i; break;
    case HONE_OPT_REAL: *(double *)to = s->as.r; break;
    case HONE_OPT_STRING:
    case HONE_OPT_PATH:
    case HONE_OPT_CHOICE: *(const char **)to = s->as.s; break;
    case HONE_OPT_LIST:
    case HONE_OPT_PATHS: *(hone_opt_list *)to = s->as.list; break;
    }
}

hone_json *hone_opt_to_json(const hone_opt *o, hone_arena *a)
{
    const void *from = o->value;
    if (o->type == HONE_OPT_BOOL) return hone_json_new_bool(a, *(const bool *)from);
    if (o->type == HONE_OPT_INT) return hone_json_new_i64(a, *(const int64_t *)from);
    if (o->type == HONE_OPT_REAL) return hone_json_new_f64(a, *(const double *)from);
    if (o->type == HONE_OPT_LIST || o->type == HONE_OPT_PATHS) {
        const hone_opt_list *list = from;
        hone_json *array = hone_json_new_array(a);
        for (int i = 0; array && i < list->count; i++)
            if (!hone_json_push(a, array, hone_json_new_str(a, list->items[i]))) return NULL;
        return array;
    }
    const char *s = *(const char *const *)from;
    return s ? hone_json_new_str(a, s) : hone_json_new_null(a);
}
