/*
 * Checks before export (export/export_lint.h). The traps are those of the prompt template and of
 * the device's call grammar; docs/litertlm.md lists each with its effect. /
 */
#include "export/export_lint.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "datasets/lint.h"
#include "model/proto.h"
#include "model/tokenizer_parts.h"

enum { MAX_SHOWN = 20, MAX_DEPTH = 64 };

typedef struct lint {
    const char *source;
    const char *tool;    /* name of the current one */
    int warnings;
    hone_err *err;
} lint;

/* --- tools --- */

static void warn_at(lint *l, const char *name, const char *what)
{
    l->warnings++;
    if (l->warnings <= MAX_SHOWN)
        hone_warn("%s: tool '%s'%s%s: %s", l->source, l->tool, name[0] ? ", " : "", name, what);
}

static int fail_at(lint *l, const hone_json *v, const char *hint, const char *name,
                   const char *what)
{
    hone_err_at(l->err, l->source, v ? v->line : 0, -1);
    hone_err_hint(l->err, "%s", hint);
    return hone_fail(l->err, HONE_E_DATA, "tool '%s'%s%s: %s", l->tool, name[0] ? ", " : "", name,
                     what);
}

static int lint_text(lint *l, const hone_json *v, const char *name)
{
    if (!hone_json_is(v, HONE_JSON_STRING) || !hone_lint_marker(v->text)) return 0;
    return fail_at(l, v, "rewrite the text without it", name,
                   "a text spells a control token, which would end or open a part of the prompt");
}

static int lint_schema(lint *l, const hone_json *s, const char *name, int depth);

static bool same_but_case(const char *a, const char *b)
{
    hone_buf x = HONE_BUF_INIT(1 << 16), y = HONE_BUF_INIT(1 << 16);
    hone_text_lower(&x, a, strlen(a));
    hone_text_lower(&y, b, strlen(b));
    bool same = x.data && y.data && strcmp(x.data, y.data) == 0;
    hone_buf_done(&x);
    hone_buf_done(&y);
    return same;
}

static int lint_properties(lint *l, const hone_json *p, int depth)
{
    for (size_t i = 0; i < p->len; i++) {
        const hone_json_member *m = &p->members[i];
        if (hone_lint_reserved(m->key))
            return fail_at(l, m->value, "rename the parameter", m->key,
                           "a parameter of this name vanishes from the declaration");
        if (!hone_lint_device_name(m->key))
            warn_at(l, m->key, "the device cannot read back a parameter of this name");
        for (size_t k = 0; k < i; k++)
            if (same_but_case(p->members[k].key, m->key))
                warn_at(l, m->key, "differs from another parameter by case only");
        HONE_TRY(lint_schema(l, m->value, m->key, depth + 1));
    }
    return 0;
}

static void lint_keys(lint *l, const hone_json *s, const char *name)
{
    static const char *const lost[] = { "default", "minimum", "maximum", "format", "anyOf", "oneOf",
                                        "allOf", "$ref", "pattern", "const" };
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
        if (hone_json_get(s, lost[i])) {
            char text[96];
            (void)snprintf(text, sizeof(text), "'%s' is not printed: say it in the description",
                           lost[i]);
            warn_at(l, name, text);
        }
}

/* One parameter, or the items of a list. */
static int lint_schema(lint *l, const hone_json *s, const char *name, int depth)
{
    const hone_json *type = hone_json_get(s, "type"), *about = hone_json_get(s, "description");
    if (depth > MAX_DEPTH) return fail_at(l, s, "", name, "nested too deeply");
    HONE_TRY(lint_text(l, about, name));
    if (!type) warn_at(l, name, "has no type");
    if (hone_json_is(type, HONE_JSON_ARRAY)) warn_at(l, name, "has a list of types: choose one");
    if (!hone_json_is(about, HONE_JSON_STRING) || about->len == 0)
        warn_at(l, name, "has no description");
    const hone_json *values = hone_json_get(s, "enum");
    if (values && !hone_json_str_eq(type, "string"))
        warn_at(l, name, "enum is printed for strings only: put the values into the description");
    for (size_t i = 0; hone_json_is(values, HONE_JSON_ARRAY) && i < values->len; i++)
        HONE_TRY(lint_text(l, values->items[i], name));
    lint_keys(l, s, name);
    const hone_json *inner = hone_json_get(s, "properties");
    if (hone_json_is(inner, HONE_JSON_OBJECT)) HONE_TRY(lint_properties(l, inner, depth));
    inner = hone_json_get(hone_json_get(s, "items"), "properties");
    if (hone_json_is(inner, HONE_JSON_OBJECT)) HONE_TRY(lint_properties(l, inner, depth));
    return 0;
}

static int lint_tool(lint *l, const hone_json *f)
{
    const hone_json *name = hone_json_get(f, "name"), *about = hone_json_get(f, "description");
    const hone_json *p = hone_json_get(f, "parameters");
    const hone_json *properties = hone_json_get(p, "properties");
    l->tool = hone_json_is(name, HONE_JSON_STRING) ? name->text : "?";
    HONE_TRY(lint_text(l, name, ""));
    HONE_TRY(lint_text(l, about, ""));
    if (!hone_lint_device_name(l->tool))
        warn_at(l, "", "the device cannot read back a function of this name");
    if (!hone_json_is(about, HONE_JSON_STRING) || about->len == 0)
        warn_at(l, "", "has no description");
    if (p && p->len && !hone_json_get(p, "type"))
        warn_at(l, "", "parameters have no type: the template then leaves out a closing brace");
    if (hone_json_is(properties, HONE_JSON_OBJECT)) return lint_properties(l, properties, 0);
    return 0;
}

int hone_export_lint_tools(const hone_json *tools, const char *source, int *ret_warnings,
                           hone_err *err)
{
    lint l = { .source = source, .err = err };
    for (size_t i = 0; i < tools->len; i++)
        HONE_TRY(lint_tool(&l, hone_json_get(tools->items[i], "function")));
    if (l.warnings > MAX_SHOWN)
        hone_warn("%s: %d more remarks on tools", source, l.warnings - MAX_SHOWN);
    if (ret_warnings) *ret_warnings = l.warnings;
    return 0;
}

/* --- template --- */

typedef struct scan {
    const char *text;
    size_t len, at;
    int64_t line;
} scan;

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void step(scan *s)
{
    if (s->text[s->at] == '\n') s->line++;
    s->at++;
}

static bool here(const scan *s, const char *word)
{
    size_t n = strlen(word);
    return s->len - s->at >= n && memcmp(s->text + s->at, word, n) == 0;
}

static void skip_string(scan *s)
{
    char quote = s->text[s->at];
    for (step(s); s->at < s->len && s->text[s->at] != quote; step(s))
        if (s->text[s->at] == '\\' && s->at + 1 < s->len) step(s);
    if (s->at < s->len) step(s);
}

/* Methods that the runtime rewrites to filters, and those of the loop variable. */
static bool method_known(const char *name, size_t n)
{
    static const char *const known[] = { "startswith", "endswith", "replace", "split",
                                         "join",       "strip",    "lstrip",  "rstrip",
                                         "items",      "cycle",    "changed" };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == n && memcmp(known[i], name, n) == 0) return true;
    return false;
}

/* At a dot: fails if what follows is a call of a method that the runtime lacks. */
static int lint_method(scan *s, const char *source, hone_err *err)
{
    size_t first = s->at + 1, end = first, open;
    while (end < s->len && is_word(s->text[end])) end++;
    open = end;
    while (open < s->len && (s->text[open] == ' ' || s->text[open] == '\n')) open++;
    if (end == first || open == s->len || s->text[open] != '(') return 0;
    if (method_known(s->text + first, end - first)) return 0;
    hone_err_at(err, source, s->line, -1);
    hone_err_hint(err, "use a filter or a test instead");
    return hone_fail(err, HONE_E_DATA, "the device's template engine has no method .%.*s()",
                     (int)(end - first < 60 ? end - first : 60), s->text + first);
}

/* Inside {{ .. }} or {% .. %} up to its end. */
static int lint_code(scan *s, const char *close, const char *source, hone_err *err)
{
    while (s->at < s->len && !here(s, close)) {
        char c = s->text[s->at];
        if (c == '\'' || c == '"') {
            skip_string(s);
            continue;
        }
        if (c == '.') HONE_TRY(lint_method(s, source, err));
        step(s);
    }
    return 0;
}

int hone_export_lint_template(const char *text, size_t len, const char *source, hone_err *err)
{
    scan s = { .text = text, .len = len, .line = 1 };
    if (!hone_utf8_valid(text, len) || memchr(text, 0, len)) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_DATA, "the template is not UTF-8 text");
    }
    while (s.at < s.len) {
        if (here(&s, "{#"))
            while (s.at < s.len && !here(&s, "#}")) step(&s);
        else if (here(&s, "{{"))
            HONE_TRY(lint_code(&s, "}}", source, err));
        else if (here(&s, "{%"))
            HONE_TRY(lint_code(&s, "%}", source, err));
        if (s.at < s.len) step(&s);
    }
    return 0;
}

/* --- vocabulary --- */

static int check_piece(const hone_piece *p, int32_t id, const char *source, hone_err *err)
{
    enum { BYTE_FIRST = 238, BYTE_LAST = 493 };
    char name[HONE_NAME_SIZE];
    size_t n = hone_special_name(id, name);
    int type = HONE_PIECE_NORMAL;
    if (n) type = hone_special_type(id);
    if (id >= BYTE_FIRST && id <= BYTE_LAST) type = HONE_PIECE_BYTE;
    if (p->type == type && (!n || (p->len == n && memcmp(p->text, name, n) == 0))) return 0;
    hone_err_at(err, source, 0, -1);
    hone_err_hint(err, "use the tokenizer.model of FunctionGemma, or a GGUF base");
    return hone_fail(err, HONE_E_DATA, "piece %d of the tokenizer is '%.*s' of type %d, the device "
                     "expects '%s' of type %d", (int)id, (int)(p->len < 60 ? p->len : 60), p->text,
                     p->type, n ? name : "any", type);
}

int hone_export_lint_pieces(const void *p, size_t n, int vocabulary, const char *source,
                            hone_err *err)
{
    hone_sp sp = { 0 };
    HONE_TRY(hone_sp_read(&sp, p, n, source, err));
    int rc = 0;
    if (sp.count != (size_t)vocabulary) {
        hone_err_at(err, source, 0, -1);
        rc = hone_fail(err, HONE_E_DATA, "the tokenizer has %zu pieces, the embedding %d rows",
                       sp.count, vocabulary);
    }
    for (size_t i = 0; rc == 0 && vocabulary == HONE_GEMMA_PIECES && i < sp.count; i++)
        rc = check_piece(&sp.pieces[i], (int32_t)i, source, err);
    hone_sp_done(&sp);
    return rc;
}
