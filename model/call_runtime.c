/*
 * What LiteRT-LM (0.17.1 and newer) reads from the same text: docs/call-grammar.md lists where it
 * differs from our grammar. Its lexer takes the longest token at each place, and of equally long
 * ones the first of: true false, null, number, string, call, name. A number has a fraction or an
 * exponent, not both; names are ASCII; any of three quotes opens a string and the first of any
 * closes it. After parsing, a string argument that seems to run into another argument of the call
 * is cut.
 */
#include <string.h>

#include "common/buf.h"
#include "model/call_reader.h"
#include "model/markers.h"

typedef hone_call_reader reader;

typedef enum token_kind {
    TOKEN_END, TOKEN_BAD, TOKEN_PUNCT, TOKEN_BOOL, TOKEN_NULL, TOKEN_NUMBER, TOKEN_STRING,
    TOKEN_CALL, TOKEN_NAME
} token_kind;

/* The token that the cursor was moved over; s and n are its text, for a string without quotes. */
typedef struct token {
    token_kind kind;
    const char *s;
    size_t n;
} token;

static const char *const QUOTES[] = { HONE_MARK_ESCAPE, "<ctrl46>", "<|\"|>" };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t digits(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && is_digit(s[i])) i++;
    return i;
}

/* Length of a fraction or an exponent at s, 0 if there is none. */
static size_t fraction(const char *s, size_t n)
{
    size_t k = n > 0 && s[0] == '.' ? digits(s + 1, n - 1) : 0;
    return k ? k + 1 : 0;
}

static size_t exponent(const char *s, size_t n)
{
    if (n == 0 || (s[0] != 'e' && s[0] != 'E')) return 0;
    size_t sign = n > 1 && (s[1] == '+' || s[1] == '-');
    size_t k = digits(s + 1 + sign, n - 1 - sign);
    return k ? 1 + sign + k : 0;
}

static size_t number_length(const char *s, size_t n)
{
    size_t at = n > 0 && s[0] == '-';
    size_t whole = at < n && s[at] == '0' ? 1 : digits(s + at, n - at);
    size_t part = fraction(s + at + whole, n - at - whole);
    if (part == 0) part = exponent(s + at + whole, n - at - whole);
    return whole + part > 0 ? at + whole + part : 0;
}

static size_t name_length(const char *s, size_t n)
{
    size_t i = 0;
    if (n == 0 || !is_letter(s[0])) return 0;
    while (i < n && (is_letter(s[i]) || is_digit(s[i]) || s[i] == '.' || s[i] == '-')) i++;
    return i;
}

/* Length of the quote at s, 0 if there is none. */
static size_t quote_length(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof(QUOTES) / sizeof(QUOTES[0]); i++) {
        size_t k = strlen(QUOTES[i]);
        if (n >= k && memcmp(s, QUOTES[i], k) == 0) return k;
    }
    return 0;
}

static token read_string(reader *r, size_t quote)
{
    const char *s = r->text + r->pos + quote;
    size_t n = r->end - r->pos - quote;
    for (size_t i = 0; i < n; i++) {
        size_t close = s[i] == '<' ? quote_length(s + i, n - i) : 0;
        if (close == 0) continue;
        r->pos += quote + i + close;
        return (token){ TOKEN_STRING, s, i };
    }
    return (token){ TOKEN_BAD, s, 0 };
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(s, word, n) == 0;
}

static token_kind word_kind(const char *s, size_t name, size_t number)
{
    if (is_word(s, name, "true") || is_word(s, name, "false")) return TOKEN_BOOL;
    if (is_word(s, name, "null")) return TOKEN_NULL;
    if (number >= name) return TOKEN_NUMBER;
    return is_word(s, name, "call") ? TOKEN_CALL : TOKEN_NAME;
}

static token next_token(reader *r)
{
    hone_call_skip_space(r);
    const char *s = r->text + r->pos;
    size_t n = r->end - r->pos;
    if (n == 0) return (token){ TOKEN_END, s, 0 };
    if (s[0] && strchr("{}[]:,", s[0])) {
        r->pos++;
        return (token){ TOKEN_PUNCT, s, 1 };
    }
    size_t quote = quote_length(s, n);
    if (quote) return read_string(r, quote);
    size_t name = name_length(s, n), number = number_length(s, n);
    size_t longest = name > number ? name : number;
    if (longest == 0) return (token){ TOKEN_BAD, s, 0 };
    r->pos += longest;
    return (token){ word_kind(s, name, number), s, longest };
}

static bool take(reader *r, char punct)
{
    size_t pos = r->pos;
    token t = next_token(r);
    if (t.kind == TOKEN_PUNCT && t.s[0] == punct) return true;
    r->pos = pos;
    return false;
}

static hone_json *no_value(reader *r, const char *phrase)
{
    (void)hone_call_fail(r, phrase);
    return NULL;
}

static hone_json *read_value(reader *r, int depth);

/* An integer of 64 bits stays one, every other number becomes a double; infinity becomes null. */
static hone_json *make_number(reader *r, const token *t)
{
    int64_t whole;
    double real;
    if (hone_parse_i64(t->s, t->n, &whole)) return hone_json_new_i64(r->arena, whole);
    if (hone_parse_f64(t->s, t->n, &real)) return hone_json_new_f64(r->arena, real);
    size_t first = t->s[0] == '-';
    if (!is_digit(t->s[first]) && t->s[first] != '.') return no_value(r, "a number without digits");
    return hone_json_new_null(r->arena);
}

static hone_json *read_array(reader *r, int depth)
{
    hone_json *array = hone_call_made(r, hone_json_new_array(r->arena));
    if (!array || take(r, ']')) return array;
    for (;;) {
        hone_json *v = read_value(r, depth);
        if (!v) return NULL;
        if (!hone_json_push(r->arena, array, v)) return hone_call_made(r, NULL);
        if (take(r, ']')) return array;
        if (!take(r, ',')) return no_value(r, "a list goes on without , or ]");
    }
}

static hone_json *read_object(reader *r, int depth)
{
    hone_json *object = hone_call_made(r, hone_json_new_object(r->arena));
    if (!object || take(r, '}')) return object;
    for (;;) {
        token key = next_token(r);
        if (key.kind != TOKEN_NAME) return no_value(r, "a key is missing or no plain name");
        if (!take(r, ':')) return no_value(r, "a key without a colon");
        hone_json *v = read_value(r, depth);
        if (!v || !hone_call_add(r, object, key.s, key.n, v)) return NULL;
        if (take(r, '}')) return object;
        if (!take(r, ',')) return no_value(r, "arguments go on without , or }");
    }
}

static hone_json *read_value(reader *r, int depth)
{
    if (depth >= HONE_CALL_DEPTH) return no_value(r, "nested deeper than 64 levels");
    token t = next_token(r);
    hone_json *v = NULL;
    if (t.kind == TOKEN_PUNCT && t.s[0] == '{') return read_object(r, depth + 1);
    if (t.kind == TOKEN_PUNCT && t.s[0] == '[') return read_array(r, depth + 1);
    if (t.kind == TOKEN_STRING) v = hone_json_new_strn(r->arena, t.s, t.n);
    else if (t.kind == TOKEN_NUMBER) v = make_number(r, &t);
    else if (t.kind == TOKEN_BOOL) v = hone_json_new_bool(r->arena, t.s[0] == 't');
    else if (t.kind == TOKEN_NULL) v = hone_json_new_null(r->arena);
    else return no_value(r, "a value is missing");
    return r->error_text ? NULL : hone_call_made(r, v);
}

static bool is_space(char c)
{
    return c && strchr(" \t\n\f\r", c);
}

/* True if s goes on with KEY and then ends or has a colon, white space allowed around KEY. */
static bool names_argument(const char *s, size_t n, const char *key, size_t key_len)
{
    size_t i = 0;
    while (i < n && is_space(s[i])) i++;
    if (n - i < key_len || memcmp(s + i, key, key_len) != 0) return false;
    i += key_len;
    while (i < n && is_space(s[i])) i++;
    return i == n || s[i] == ':';
}

/* Length of s without the first ", KEY" or ", KEY: .." and the blanks and back quotes before. */
static size_t length_before(const char *s, size_t n, const char *key, size_t key_len)
{
    const char *comma, *end = s + n;
    for (const char *p = s; (comma = memchr(p, ',', (size_t)(end - p))) != NULL; p = comma + 1) {
        if (!names_argument(comma + 1, (size_t)(end - comma) - 1, key, key_len)) continue;
        while (comma > s && (is_space(comma[-1]) || comma[-1] == '`')) comma--;
        return (size_t)(comma - s);
    }
    return n;
}

static void cut_tails(reader *r, hone_json *arguments)
{
    for (size_t i = 0; i < arguments->len; i++) {
        const hone_json *v = arguments->members[i].value;
        size_t n = v->len;
        if (v->type != HONE_JSON_STRING) continue;
        for (size_t k = 0; k < arguments->len; k++) {
            const hone_json_member *other = &arguments->members[k];
            if (k != i) n = length_before(v->text, n, other->key, other->key_len);
        }
        if (n == v->len) continue;
        hone_json *cut = hone_call_made(r, hone_json_new_strn(r->arena, v->text, n));
        if (cut) arguments->members[i].value = cut;
    }
}

static bool read_call(reader *r, hone_call *ret)
{
    if (next_token(r).kind != TOKEN_CALL)
        return hone_call_fail(r, "a call does not begin with call:");
    if (!take(r, ':')) return hone_call_fail(r, "call without a colon");
    token name = next_token(r);
    if (name.kind != TOKEN_NAME) return hone_call_fail(r, "the name is missing or no plain name");
    hone_json *arguments =
        take(r, '{') ? read_object(r, 1) : hone_call_made(r, hone_json_new_object(r->arena));
    if (!arguments) return false;
    if (next_token(r).kind != TOKEN_END) return hone_call_fail(r, "text behind the arguments");
    cut_tails(r, arguments);
    ret->arguments = arguments;
    if (!(ret->name = hone_arena_strndup(r->arena, name.s, name.n))) r->no_memory = true;
    return true;
}

static hone_call_block read_block(reader *r, hone_call *ret)
{
    if (r->pos == r->end) return HONE_BLOCK_EMPTY;
    return read_call(r, ret) ? HONE_BLOCK_CALL : HONE_BLOCK_BAD;
}

int hone_call_parse_runtime(hone_parsed *ret, hone_arena *a, const char *text, size_t len,
                            hone_err *err)
{
    static const hone_call_rules rules = {
        .block = read_block, .bad_is_text = true, .open_is_text = true
    };
    return hone_call_walk(ret, a, text, len, &rules, err);
}
