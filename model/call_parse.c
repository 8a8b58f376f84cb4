/*
 * The strict call grammar (model/call.h, docs/call-grammar.md), used for scores and data checks.
 *
 *   block  := ws "call" ws ":" ws NAME ws [ object ] ws
 *   object := "{" ws [ pair { ws "," ws pair } ] ws "}"
 *   pair   := KEY ws ":" ws value
 *   KEY    := NAME | "<escape>" text "<escape>"
 *   value  := string | number | true | false | null | None | True | False | object | array
 *   array  := "[" ws [ value { ws "," ws value } ] ws "]"
 *   string := "<escape>" text "<escape>"
 *   number := ["-"] digits [ "." digits ] [ ("e" | "E") ["+" | "-"] digits ]
 *   NAME   := one or more characters other than white space and { } [ ] : , < >
 *
 * Recursive descent; depth, members of an object and text length are bounded.
 */
#include <string.h>

#include "model/call_reader.h"
#include "model/markers.h"

typedef hone_call_reader reader;

static hone_json *read_value(reader *r, int depth);

static hone_json *no_value(reader *r, const char *phrase)
{
    (void)hone_call_fail(r, phrase);
    return NULL;
}

static size_t name_length(const reader *r)
{
    size_t i = r->pos;
    while (i < r->end && (!r->text[i] || !strchr(" \t\n\r{}[]:,<>", r->text[i]))) i++;
    return i - r->pos;
}

/* Text up to the next <escape>; the cursor stands behind the opening one. */
static bool read_escaped(reader *r, const char **ret, size_t *ret_len)
{
    const char *s = r->text + r->pos;
    const char *end = memmem(s, r->end - r->pos, HONE_MARK_ESCAPE, strlen(HONE_MARK_ESCAPE));
    if (!end) return hone_call_fail(r, "a string without its closing <escape>");
    *ret = s;
    *ret_len = (size_t)(end - s);
    r->pos += *ret_len + strlen(HONE_MARK_ESCAPE);
    return true;
}

static size_t digits_length(const reader *r, size_t at)
{
    size_t i = at;
    while (i < r->end && r->text[i] >= '0' && r->text[i] <= '9') i++;
    return i - at;
}

static hone_json *read_number(reader *r)
{
    size_t from = r->pos, at = from + (r->text[from] == '-'), n = digits_length(r, at);
    bool real = false;
    double value;
    if (n == 0) return no_value(r, "a minus sign without digits");
    if (n > 1 && r->text[at] == '0') r->flags |= HONE_CALL_FLAG_LEADING_ZERO;
    at += n;
    if (at < r->end && r->text[at] == '.' && (n = digits_length(r, at + 1)) > 0) {
        real = true;
        at += 1 + n;
    }
    if (at < r->end && (r->text[at] == 'e' || r->text[at] == 'E')) {
        size_t sign = at + 1 < r->end && strchr("+-", r->text[at + 1]) && r->text[at + 1];
        if ((n = digits_length(r, at + 1 + sign)) > 0) {
            real = true;
            at += 1 + sign + n;
        }
    }
    if (real && !hone_parse_f64(r->text + from, at - from, &value))
        return no_value(r, "a number too large for a double");
    r->pos = at;
    return hone_call_made(r, hone_json_new_number(r->arena, real ? HONE_JSON_REAL : HONE_JSON_INT,
                                                  r->text + from, at - from));
}

static hone_json *read_word(reader *r)
{
    static const struct { const char *word; hone_json_type type; bool python; } words[] = {
        { "true", HONE_JSON_TRUE, false }, { "false", HONE_JSON_FALSE, false },
        { "null", HONE_JSON_NULL, false }, { "None", HONE_JSON_NULL, true },
        { "True", HONE_JSON_TRUE, true },  { "False", HONE_JSON_FALSE, true },
    };
    size_t n = name_length(r);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (n != strlen(words[i].word) || memcmp(r->text + r->pos, words[i].word, n) != 0) continue;
        r->pos += n;
        if (words[i].python) r->flags |= HONE_CALL_FLAG_PYTHON_WORD;
        if (words[i].type == HONE_JSON_NULL) return hone_call_made(r, hone_json_new_null(r->arena));
        return hone_call_made(r, hone_json_new_bool(r->arena, words[i].type == HONE_JSON_TRUE));
    }
    return no_value(r, n ? "a string without <escape>" : "a value is missing");
}

static hone_json *read_array(reader *r, int depth)
{
    hone_json *array = hone_call_made(r, hone_json_new_array(r->arena));
    hone_call_skip_space(r);
    if (!array || hone_call_accept(r, "]")) return array;
    for (;;) {
        hone_json *v = read_value(r, depth);
        if (!v) return NULL;
        if (!hone_json_push(r->arena, array, v)) return hone_call_made(r, NULL);
        hone_call_skip_space(r);
        if (hone_call_accept(r, "]")) return array;
        if (!hone_call_accept(r, ",")) return no_value(r, "a list goes on without , or ]");
        hone_call_skip_space(r);
    }
}

static bool read_key(reader *r, const char **ret, size_t *ret_len)
{
    if (hone_call_accept(r, HONE_MARK_ESCAPE)) {
        r->flags |= HONE_CALL_FLAG_ESCAPED_KEY;
        return read_escaped(r, ret, ret_len);
    }
    *ret = r->text + r->pos;
    *ret_len = name_length(r);
    if (*ret_len == 0) return hone_call_fail(r, "a key is missing");
    r->pos += *ret_len;
    return true;
}

static bool read_pair(reader *r, hone_json *object, int depth)
{
    const char *key = NULL;
    size_t n = 0;
    if (!read_key(r, &key, &n)) return false;
    hone_call_skip_space(r);
    if (!hone_call_accept(r, ":")) return hone_call_fail(r, "a key without a colon");
    hone_call_skip_space(r);
    hone_json *v = read_value(r, depth);
    return v && hone_call_add(r, object, key, n, v);
}

/* Behind the opening brace. */
static hone_json *read_object(reader *r, int depth)
{
    hone_json *object = hone_call_made(r, hone_json_new_object(r->arena));
    hone_call_skip_space(r);
    if (!object || hone_call_accept(r, "}")) return object;
    for (;;) {
        if (!read_pair(r, object, depth)) return NULL;
        hone_call_skip_space(r);
        if (hone_call_accept(r, "}")) return object;
        if (!hone_call_accept(r, ",")) return no_value(r, "arguments go on without , or }");
        hone_call_skip_space(r);
    }
}

static hone_json *read_value(reader *r, int depth)
{
    const char *s = NULL;
    size_t n = 0;
    if (depth >= HONE_CALL_DEPTH) return no_value(r, "nested deeper than 64 levels");
    if (hone_call_accept(r, HONE_MARK_ESCAPE))
        return read_escaped(r, &s, &n) ? hone_call_made(r, hone_json_new_strn(r->arena, s, n))
                                       : NULL;
    if (hone_call_accept(r, "{")) return read_object(r, depth + 1);
    if (hone_call_accept(r, "[")) return read_array(r, depth + 1);
    char c = r->pos < r->end ? r->text[r->pos] : '\0';
    return c == '-' || (c >= '0' && c <= '9') ? read_number(r) : read_word(r);
}

static bool read_name(reader *r, const char **ret)
{
    size_t n = name_length(r);
    if (n == 0) return hone_call_fail(r, "the name of the function is missing");
    if (memchr(r->text + r->pos, '\0', n)) return hone_call_fail(r, "a name holds NUL");
    if (!(*ret = hone_arena_strndup(r->arena, r->text + r->pos, n))) r->no_memory = true;
    r->pos += n;
    return *ret != NULL;
}

static bool read_call(reader *r, hone_call *ret)
{
    hone_call_skip_space(r);
    if (name_length(r) != 4 || !hone_call_accept(r, "call"))
        return hone_call_fail(r, "a call does not begin with call:");
    hone_call_skip_space(r);
    if (!hone_call_accept(r, ":")) return hone_call_fail(r, "call without a colon");
    hone_call_skip_space(r);
    if (!read_name(r, &ret->name)) return false;
    hone_call_skip_space(r);
    bool braces = hone_call_accept(r, "{");
    ret->arguments =
        braces ? read_object(r, 1) : hone_call_made(r, hone_json_new_object(r->arena));
    if (!ret->arguments) return false;
    hone_call_skip_space(r);
    return r->pos == r->end || hone_call_fail(r, "text behind the arguments");
}

static hone_call_block read_block(reader *r, hone_call *ret)
{
    return read_call(r, ret) ? HONE_BLOCK_CALL : HONE_BLOCK_BAD;
}

int hone_call_parse(hone_parsed *ret, hone_arena *a, const char *text, size_t len, hone_err *err)
{
    static const hone_call_rules rules = { .block = read_block };
    return hone_call_walk(ret, a, text, len, &rules, err);
}
