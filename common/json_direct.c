/*
 * Short JSON texts straight into the arena (common/json_direct.h): a descent over the grammar of
 * RFC 8259 that allocates nothing else. A reply, a row or a record is read here in a tenth of the
 * instructions that Jansson and a second tree take. It knows no errors: whatever is not plainly
 * right (and objects with very many keys) is left to the strict way, so that there is one judge
 * and one wording. Everything that is read here the strict way accepts with the same tree.
 */
#include "common/json_direct.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"

enum { KEYS_MAX = 64 }; /* of an object: each is compared with those before it */

typedef struct reader {
    const char *at, *end;
    hone_arena *a;
    int64_t line;
    int depth;
    bool no_memory;
} reader;

typedef struct piece { /* the text of a string */
    const char *text;
    size_t len;
} piece;

static size_t skip_digits(const char *s, size_t len, size_t at)
{
    while (at < len && s[at] >= '0' && s[at] <= '9') at++;
    return at;
}

bool hone_json_is_token(const char *s, size_t len, bool *ret_integer)
{
    size_t at = len > 0 && s[0] == '-' ? 1 : 0;
    size_t end = skip_digits(s, len, at);
    if (end == at || (s[at] == '0' && end - at > 1)) return false;
    *ret_integer = end == len;
    if (end < len && s[end] == '.') {
        at = end + 1;
        end = skip_digits(s, len, at);
        if (end == at) return false;
    }
    if (end < len && (s[end] == 'e' || s[end] == 'E')) {
        at = end + 1;
        if (at < len && (s[at] == '+' || s[at] == '-')) at++;
        end = skip_digits(s, len, at);
        if (end == at) return false;
    }
    return end == len;
}

static void skip_space(reader *r)
{
    for (; r->at < r->end; r->at++) {
        char c = *r->at;
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
        r->line += c == '\n';
    }
}

static bool take(reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static int32_t line_of(const reader *r)
{
    return r->line > INT32_MAX ? INT32_MAX : (int32_t)r->line;
}

static bool read_hex4(const char *s, const char *end, uint32_t *ret)
{
    uint32_t v = 0;
    if (end - s < 4) return false;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit > 15) return false;
        v = v << 4 | digit;
    }
    *ret = v;
    return true;
}

static char *put_scalar(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* \uXXXX behind the u, or two of them that make one character; NUL and lone halves are none. */
static const char *read_unicode(const char *s, const char *end, char **to)
{
    uint32_t c, low;
    if (!read_hex4(s, end, &c) || c == 0 || (c >= 0xdc00 && c <= 0xdfff)) return NULL;
    s += 4;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (end - s < 6 || s[0] != '\\' || s[1] != 'u' || !read_hex4(s + 2, end, &low)) return NULL;
        if (low < 0xdc00 || low > 0xdfff) return NULL;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        s += 6;
    }
    *to = put_scalar(*to, c);
    return s;
}

/* The same text without its escapes, which are longer than what they stand for. */
static bool unescape(reader *r, piece *p)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *s = p->text, *end = s + p->len;
    char *made = hone_arena_alloc(r->a, p->len + 1), *to = made;
    r->no_memory = !made;
    if (!made) return false;
    while (s < end) {
        const char *slash = memchr(s, '\\', (size_t)(end - s));
        size_t plain = (size_t)((slash ? slash : end) - s);
        memcpy(to, s, plain);
        to += plain;
        s += plain;
        if (!slash) break;
        const char *letter = s + 1 < end && s[1] ? strchr(letters, s[1]) : NULL;
        if (letter) {
            *to++ = meant[letter - letters];
            s += 2;
        } else if (s + 1 < end && s[1] == 'u') {
            s = read_unicode(s + 2, end, &to);
            if (!s) return false;
        } else {
            return false;
        }
    }
    *p = (piece){ made, (size_t)(to - made) };
    return true;
}

/* A string, the quote taken already. */
static bool read_string(reader *r, piece *ret)
{
    const char *s = r->at;
    bool escaped = false, wide = false;
    for (; s < r->end && *s != '"'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20) return false;
        wide |= c >= 0x80;
        if (c != '\\') continue;
        escaped = true;
        s++;
    }
    if (s >= r->end) return false;
    *ret = (piece){ r->at, (size_t)(s - r->at) };
    r->at = s + 1;
    if (wide && !hone_utf8_valid(ret->text, ret->len)) return false;
    return !escaped || unescape(r, ret);
}

static hone_json *read_value(reader *r);

static bool has_key(const hone_json *o, const piece *key)
{
    for (size_t i = 0; i < o->len; i++)
        if (o->members[i].key_len == key->len &&
            memcmp(o->members[i].key, key->text, key->len) == 0)
            return true;
    return false;
}

static bool read_member(reader *r, hone_json *o)
{
    piece key;
    if (!take(r, '"')) return false;
    int32_t line = line_of(r);
    if (!read_string(r, &key) || o->len == KEYS_MAX || has_key(o, &key) || !take(r, ':'))
        return false;
    hone_json *v = read_value(r);
    if (!v) return false;
    r->no_memory = !hone_json_append(r->a, o, key.text, key.len, line, v);
    return !r->no_memory;
}

static bool read_element(reader *r, hone_json *array)
{
    hone_json *v = read_value(r);
    if (!v) return false;
    r->no_memory = !hone_json_push(r->a, array, v);
    return !r->no_memory;
}

/* Behind the opening bracket. */
static hone_json *read_list(reader *r, bool object)
{
    hone_json *v = object ? hone_json_new_object(r->a) : hone_json_new_array(r->a);
    char end = object ? '}' : ']';
    r->no_memory = !v;
    if (!v || ++r->depth > HONE_JSON_DEPTH_MAX) return NULL;
    if (!take(r, end)) {
        do
            if (!(object ? read_member(r, v) : read_element(r, v))) return NULL;
        while (take(r, ','));
        if (!take(r, end)) return NULL;
    }
    r->depth--;
    return v;
}

static hone_json *read_number(reader *r)
{
    const char *begin = r->at;
    bool integer;
    double value;
    while (r->at < r->end && *r->at && strchr("+-.0123456789eE", *r->at)) r->at++;
    size_t n = (size_t)(r->at - begin);
    if (!hone_json_is_token(begin, n, &integer)) return NULL;
    if (!integer && !hone_parse_f64(begin, n, &value)) return NULL;
    hone_json *v = hone_json_new_number(r->a, integer ? HONE_JSON_INT : HONE_JSON_REAL, begin, n);
    r->no_memory = !v;
    return v;
}

static hone_json *read_word(reader *r)
{
    static const char *const words[] = { "null", "false", "true" };
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(r->end - r->at) < n || memcmp(r->at, words[i], n) != 0) continue;
        r->at += n;
        hone_json *v = i == 0 ? hone_json_new_null(r->a) : hone_json_new_bool(r->a, i == 2);
        r->no_memory = !v;
        return v;
    }
    return NULL;
}

static hone_json *read_text(reader *r)
{
    piece p;
    r->at++;
    if (!read_string(r, &p)) return NULL;
    hone_json *v = hone_json_new_strn(r->a, p.text, p.len);
    r->no_memory = !v;
    return v;
}

static hone_json *read_value(reader *r)
{
    skip_space(r);
    if (r->at == r->end) return NULL;
    int32_t line = line_of(r);
    char c = *r->at;
    hone_json *v;
    if (c == '"') {
        v = read_text(r);
    } else if (c == '{' || c == '[') {
        r->at++;
        v = read_list(r, c == '{');
    } else {
        v = c == '-' || (c >= '0' && c <= '9') ? read_number(r) : read_word(r);
    }
    if (v) v->line = line;
    return v;
}

int hone_json_direct(hone_json **ret, hone_arena *a, const char *text, size_t len,
                     int64_t first_line)
{
    reader r = { .at = text, .end = text + len, .a = a, .line = first_line };
    hone_json *v = read_value(&r);
    if (r.no_memory) return HONE_E_MEMORY;
    skip_space(&r);
    if (!v || r.at < r.end) return 0;
    *ret = v;
    return 1;
}
