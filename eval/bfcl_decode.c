/*
 * The BFCL decoder (eval/bfcl_decode.h): a stack of containers that starts with a root list, one
 * slot for the current key an open object, a buffer of bare text, and one pending value. Brackets
 * need not match; a "]" may close an object without its key slot, after which "the last slot"
 * belongs to another object, and that is meant literally.
 */
#include "eval/bfcl_decode.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/markers.h"

#define CALL "call:"
enum { INT_DIGITS_MAX = 4300 }; /* Python refuses to make longer integers from text */

typedef struct key_slot {
    const char *key; /* NULL: none */
} key_slot;

typedef struct machine {
    hone_arena *a;
    hone_json **stack;
    size_t depth;
    key_slot *keys;
    size_t num_keys;
    const hone_json *pending; /* NULL: Python's None, also as a value */
    const char *text;
    size_t from, to;          /* the buffer is text[from .. to) */
    bool failed;              /* no memory */
} machine;

/* ---- numbers of Python ---- */

/* First characters of the runs of ten decimal digits in Unicode (general category Nd). */
static const uint32_t zeros[] = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,
    0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
    0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
    0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
};

static int digit_value(uint32_t c)
{
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0] && zeros[i] <= c; i++)
        if (c - zeros[i] < 10) return (int)(c - zeros[i]);
    return -1;
}

/* The text with ASCII digits for all decimal digits; false if a character is none of a number. */
static bool number_chars(char *out, const char *s, size_t n)
{
    while (n > 0) {
        uint32_t c;
        size_t k = hone_utf8_next(s, n, &c);
        int digit = k ? digit_value(c) : -1;
        if (digit >= 0) *out++ = (char)('0' + digit);
        else if (k == 1 && strchr("+-._eEinfatyINFATY", (int)c)) *out++ = (char)c;
        else return false;
        s += k;
        n -= k;
    }
    *out = '\0';
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes out underscores between digits; false where one stands elsewhere. */
static bool drop_underscores(char *s)
{
    char *out = s;
    for (const char *p = s; *p; p++) {
        if (*p != '_') {
            *out++ = *p;
            continue;
        }
        if (p == s || !is_digit(p[-1]) || !is_digit(p[1])) return false;
    }
    *out = '\0';
    return true;
}

/* int(): [+-] digits. */
static const hone_json *make_int(machine *m, const char *s)
{
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    size_t n = strspn(s, "0123456789");
    if (n == 0 || s[n] != '\0' || n > INT_DIGITS_MAX) return NULL;
    while (n > 1 && *s == '0') {
        s++;
        n--;
    }
    char *digits = hone_arena_alloc(m->a, n + 2);
    if (!digits) {
        m->failed = true;
        return NULL;
    }
    negative = negative && *s != '0';
    if (negative) digits[0] = '-';
    memcpy(digits + negative, s, n);
    return hone_json_new_number(m->a, HONE_JSON_INT, digits, n + negative);
}

/* A double in Python's repr form. */
static const hone_json *real_of(machine *m, double d)
{
    char text[40];
    if (isnan(d)) memcpy(text, "nan", 4);
    else if (isinf(d)) memcpy(text, d < 0 ? "-inf" : "inf", d < 0 ? 5 : 4);
    else hone_f64_repr(d, text);
    hone_json *v = hone_json_new_number(m->a, HONE_JSON_REAL, text, strlen(text));
    if (!v) m->failed = true;
    return v;
}

/* [digits] [. digits] [e [+-] digits] with at least one digit before the exponent. */
static bool float_form(const char *s)
{
    size_t whole = strspn(s, "0123456789"), part = 0;
    s += whole;
    if (*s == '.') {
        part = strspn(s + 1, "0123456789");
        s += 1 + part;
    }
    if (whole + part == 0) return false;
    if (*s != 'e' && *s != 'E') return *s == '\0';
    s++;
    if (*s == '+' || *s == '-') s++;
    size_t power = strspn(s, "0123456789");
    return power > 0 && s[power] == '\0';
}

/* Value of a float_form: what lies beyond a double is infinite. */
static double float_value(const char *s)
{
    double d;
    return hone_parse_f64(s, strlen(s), &d) ? d : INFINITY;
}

/* float(): any case of inf, infinity and nan, else a decimal number. */
static const hone_json *make_float(machine *m, const char *s)
{
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    if (!strcasecmp(s, "nan")) return real_of(m, NAN);
    if (!strcasecmp(s, "inf") || !strcasecmp(s, "infinity"))
        return real_of(m, negative ? -INFINITY : INFINITY);
    if (!float_form(s)) return NULL;
    double d = float_value(s);
    return real_of(m, negative ? -d : d);
}

/* NULL if the text is no number. */
static const hone_json *make_number(machine *m, const char *s, size_t n)
{
    const hone_json *v = NULL;
    char *plain = hone_malloc(n + 1);
    if (!plain) {
        m->failed = true;
        return NULL;
    }
    if (number_chars(plain, s, n) && drop_underscores(plain)) {
        v = make_int(m, plain);
        if (!v) v = make_float(m, plain);
    }
    hone_free(plain);
    return v;
}

/* ---- values ---- */

static const hone_json *string_of(machine *m, const char *s, size_t n)
{
    hone_json *v = hone_json_new_strn(m->a, s, n);
    if (!v) m->failed = true;
    return v;
}

static void add_value(machine *m, const hone_json *v)
{
    hone_json *top = m->stack[m->depth - 1], *value = (hone_json *)(uintptr_t)v;
    if (!v || m->failed) {
        m->failed = true;
        return;
    }
    if (top->type == HONE_JSON_ARRAY) {
        if (!hone_json_push(m->a, top, value)) m->failed = true;
        return;
    }
    key_slot *slot = m->num_keys ? &m->keys[m->num_keys - 1] : NULL;
    if (!slot || !slot->key) {
        m->pending = v->type == HONE_JSON_NULL ? NULL : v;
        return;
    }
    if (!hone_json_set(m->a, top, slot->key, value)) m->failed = true;
    slot->key = NULL;
}

/* What the bare text stands for: null, true, false, a number, or itself. */
static void commit(machine *m)
{
    size_t n;
    const char *s = hone_text_trim(m->text + m->from, m->to - m->from, &n);
    m->from = m->to = 0;
    if (n == 0) return;
    const hone_json *v = NULL;
    if (n == 4 && !memcmp(s, "null", 4)) v = hone_json_new_null(m->a);
    else if (n == 4 && !memcmp(s, "true", 4)) v = hone_json_new_bool(m->a, true);
    else if (n == 5 && !memcmp(s, "false", 5)) v = hone_json_new_bool(m->a, false);
    else v = make_number(m, s, n);
    if (!v && !m->failed) v = string_of(m, s, n);
    add_value(m, v);
}

/* str() of a value as a key. */
static const char *key_text(const hone_json *v)
{
    if (v->type == HONE_JSON_TRUE) return "True";
    if (v->type == HONE_JSON_FALSE) return "False";
    return v->text; /* strings and numbers; containers are never pending at a colon */
}

static void open_container(machine *m, bool object)
{
    hone_json *v = object ? hone_json_new_object(m->a) : hone_json_new_array(m->a);
    add_value(m, v);
    if (m->failed) return;
    m->stack[m->depth++] = v;
    if (object) m->keys[m->num_keys++].key = NULL;
    m->pending = NULL;
}

static void structure(machine *m, char c)
{
    commit(m);
    if (m->failed) return;
    switch (c) {
    case '{': open_container(m, true); return;
    case '[': open_container(m, false); return;
    case ':':
        if (!m->pending) return;
        if (m->num_keys && m->stack[m->depth - 1]->type == HONE_JSON_OBJECT)
            m->keys[m->num_keys - 1].key = key_text(m->pending);
        break;
    case '}':
    case ']':
        if (m->depth > 1) {
            m->depth--;
            if (c == '}' && m->num_keys) m->num_keys--;
        }
        break;
    default: break;
    }
    m->pending = NULL;
}

/* From the marker at `at`; returns where reading goes on. Without a second marker the value is all
 * that is left, the marker's own text included. */
static size_t escaped(machine *m, size_t at, size_t len)
{
    size_t width = strlen(HONE_MARK_ESCAPE), from = at + width;
    const char *end = memmem(m->text + from, len - from, HONE_MARK_ESCAPE, width);
    commit(m);
    if (!end) {
        add_value(m, string_of(m, m->text + at, len - at));
        return len;
    }
    add_value(m, string_of(m, m->text + from, (size_t)(end - m->text) - from));
    return (size_t)(end - m->text) + width;
}

static void machine_run(machine *m, size_t len)
{
    size_t width = strlen(HONE_MARK_ESCAPE);
    for (size_t i = 0; i < len && !m->failed;) {
        char c = m->text[i];
        if (c == '<' && len - i >= width && !memcmp(m->text + i, HONE_MARK_ESCAPE, width)) {
            i = escaped(m, i, len);
            continue;
        }
        if (strchr("{}[]:,", c)) {
            structure(m, c);
        } else {
            if (m->from == m->to) m->from = i;
            m->to = i + 1;
        }
        i++;
    }
    if (!m->failed) commit(m);
}

/* ---- calls ---- */

/* The object that the arguments' text, from its first brace, stands for. */
static int arguments_read(const hone_json **ret, hone_arena *a, const char *text, size_t len,
                          hone_err *err)
{
    size_t most = 2;
    machine m = { .a = a, .text = text };
    for (size_t i = 0; i < len; i++) most += text[i] == '{' || text[i] == '[';
    hone_json *root = hone_json_new_array(a), *none = hone_json_new_object(a);
    m.stack = hone_calloc(most, sizeof *m.stack);
    m.keys = hone_calloc(most, sizeof *m.keys);
    m.failed = !root || !none || !m.stack || !m.keys;
    if (!m.failed) {
        m.stack[m.depth++] = root;
        machine_run(&m, len);
        const hone_json *first = hone_json_at(root, 0);
        *ret = hone_json_is(first, HONE_JSON_OBJECT) ? first : none;
    }
    hone_free(m.stack);
    hone_free(m.keys);
    return m.failed ? hone_err_memory(err, "bfcl decoding", len) : HONE_OK;
}

/* One span between markers, stripped; *ret_is_call false if it is skipped. */
static int span_read(hone_call *ret, bool *ret_is_call, hone_arena *a, const char *s, size_t n,
                     hone_err *err)
{
    size_t name_len, width = strlen(CALL);
    s = hone_text_trim(s, n, &n);
    *ret_is_call = n >= width && !memcmp(s, CALL, width);
    if (!*ret_is_call) return HONE_OK;
    const char *brace = memchr(s, '{', n);
    size_t until = brace ? (size_t)(brace - s) : n;
    const char *name = hone_text_trim(s + width, until - width, &name_len);
    ret->name = hone_arena_strndup(a, name, name_len);
    if (!ret->name) return hone_err_memory(err, "bfcl decoding", name_len);
    return arguments_read(&ret->arguments, a, s + until, n - until, err);
}

int hone_bfcl_decode(hone_calls *ret, hone_arena *a, const char *text, size_t len, hone_err *err)
{
    const size_t start = strlen(HONE_MARK_CALL), end = strlen(HONE_MARK_END_CALL);
    const char *p = text, *stop = text + len, *q;
    size_t most = 0;
    if (len > HONE_BFCL_TEXT_MAX)
        return hone_fail(err, HONE_E_DATA, "an answer of %zu bytes is too long for bfcl-ast", len);
    for (; p < stop && (p = memmem(p, (size_t)(stop - p), HONE_MARK_CALL, start)); p += start)
        most++;
    hone_calls calls = { hone_arena_alloc(a, (most + 1) * sizeof *calls.items), 0 };
    if (!calls.items) return hone_err_memory(err, "bfcl decoding", most * sizeof *calls.items);
    p = text;
    while (p < stop && (p = memmem(p, (size_t)(stop - p), HONE_MARK_CALL, start))) {
        bool is_call;
        p += start;
        q = memmem(p, (size_t)(stop - p), HONE_MARK_END_CALL, end);
        if (!q) break;
        HONE_TRY(span_read(&calls.items[calls.count], &is_call, a, p, (size_t)(q - p), err));
        calls.count += is_call;
        p = q + end;
    }
    *ret = calls;
    return HONE_OK;
}
