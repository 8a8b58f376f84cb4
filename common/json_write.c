/*
 * JSON trees into text (common/json.h). Numbers print the digits they carry, so that a value that
 * was read and written is the same value. Bytes that are not UTF-8 print as U+FFFD: the output is
 * valid whatever a caller put into a string.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"

/* Bytes gather here, so that the buffer is asked once for many: replies are full of quotes. */
typedef struct gather {
    hone_buf *out;
    size_t len;
    char bytes[512];
} gather;

static void flush(gather *g)
{
    hone_buf_add(g->out, g->bytes, g->len);
    g->len = 0;
}

/* The letter behind a backslash that stands for c, 0 if there is none. */
static char short_escape(unsigned char c)
{
    static const char letters[] = "btn\0fr"; /* 8, 9, 10, 11 has none, 12, 13 */
    if (c == '"' || c == '\\') return (char)c;
    return c >= 8 && c <= 13 ? letters[c - 8] : '\0';
}

/* Printable ASCII without quotes and backslashes. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Eight bytes of which at least one is not plain. A borrow may pass a mark on to the byte above a
 * marked one: the answer for all eight stays right. */
static bool any_special(uint64_t v)
{
    const uint64_t ones = UINT64_MAX / 0xff, high = ones << 7;
    uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
    return ((v | (v - ones * 0x20) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
            high) != 0;
}

static size_t plain_run(const char *s, size_t n)
{
    size_t at = 0;
    for (uint64_t v; at + sizeof v <= n; at += sizeof v) {
        memcpy(&v, s + at, sizeof v);
        if (any_special(v)) break;
    }
    while (at < n && is_plain((unsigned char)s[at])) at++;
    return at;
}

/* What does not print as it is; returns how many bytes of s that was. */
static size_t write_special(gather *g, const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    char letter = short_escape(c);
    uint32_t scalar;
    if (letter) {
        g->bytes[g->len++] = '\\';
        g->bytes[g->len++] = letter;
        return 1;
    }
    flush(g);
    size_t step = c < 0x80 ? 0 : hone_utf8_next(s, n, &scalar);
    if (step) hone_buf_add(g->out, s, step);
    else if (c < 0x20) hone_buf_printf(g->out, "\\u%04x", c);
    else hone_buf_str(g->out, "\xef\xbf\xbd");
    return step ? step : 1;
}

static void write_text(gather *g, const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t run = plain_run(s + at, n - at);
        if (g->len + run > sizeof g->bytes - 4) flush(g);
        if (run > sizeof g->bytes - 4) {
            hone_buf_add(g->out, s + at, run);
        } else {
            memcpy(g->bytes + g->len, s + at, run);
            g->len += run;
        }
        at += run;
        if (at < n) at += write_special(g, s + at, n - at);
    }
}

void hone_json_write_str(hone_buf *out, const char *s, size_t n)
{
    gather g;
    g.out = out;
    g.bytes[0] = '"';
    g.len = 1;
    write_text(&g, s, n);
    g.bytes[g.len++] = '"';
    flush(&g);
}

void hone_json_write_inner(hone_buf *out, const char *s, size_t n)
{
    gather g;
    g.out = out;
    g.len = 0;
    write_text(&g, s, n);
    flush(&g);
}

static void new_line(hone_buf *out, int flags, int depth)
{
    if (!(flags & HONE_JSON_PRETTY)) return;
    hone_buf_char(out, '\n');
    for (int i = 0; i < depth; i++) hone_buf_str(out, "  ");
}

static void write_value(hone_buf *out, const hone_json *v, int flags, int depth);

static void write_member(hone_buf *out, const hone_json_member *m, int flags, int depth)
{
    new_line(out, flags, depth);
    hone_json_write_str(out, m->key, m->key_len);
    hone_buf_str(out, flags & HONE_JSON_PRETTY ? ": " : ":");
    write_value(out, m->value, flags, depth);
}

static int by_key(const void *pa, const void *pb)
{
    const hone_json_member *a = *(const hone_json_member *const *)pa;
    const hone_json_member *b = *(const hone_json_member *const *)pb;
    size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = memcmp(a->key, b->key, n);
    if (order != 0) return order;
    return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static void write_sorted(hone_buf *out, const hone_json *v, int flags, int depth)
{
    const hone_json_member **order = hone_calloc(v->len, sizeof(*order));
    if (!order) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < v->len; i++) order[i] = &v->members[i];
    qsort(order, v->len, sizeof(*order), by_key);
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0) hone_buf_char(out, ',');
        write_member(out, order[i], flags, depth);
    }
    hone_free(order);
}

static void write_object(hone_buf *out, const hone_json *v, int flags, int depth)
{
    hone_buf_char(out, '{');
    if (flags & HONE_JSON_SORTED && v->len > 1) {
        write_sorted(out, v, flags, depth + 1);
    } else {
        for (size_t i = 0; i < v->len; i++) {
            if (i > 0) hone_buf_char(out, ',');
            write_member(out, &v->members[i], flags, depth + 1);
        }
    }
    if (v->len > 0) new_line(out, flags, depth);
    hone_buf_char(out, '}');
}

static void write_array(hone_buf *out, const hone_json *v, int flags, int depth)
{
    hone_buf_char(out, '[');
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0) hone_buf_char(out, ',');
        new_line(out, flags, depth + 1);
        write_value(out, v->items[i], flags, depth + 1);
    }
    if (v->len > 0) new_line(out, flags, depth);
    hone_buf_char(out, ']');
}

static void write_value(hone_buf *out, const hone_json *v, int flags, int depth)
{
    switch (v ? v->type : HONE_JSON_NULL) {
    case HONE_JSON_NULL: hone_buf_str(out, "null"); break;
    case HONE_JSON_FALSE: hone_buf_str(out, "false"); break;
    case HONE_JSON_TRUE: hone_buf_str(out, "true"); break;
    case HONE_JSON_INT:
    case HONE_JSON_REAL: hone_buf_add(out, v->text, v->len); break;
    case HONE_JSON_STRING: hone_json_write_str(out, v->text, v->len); break;
    case HONE_JSON_ARRAY: write_array(out, v, flags, depth); break;
    case HONE_JSON_OBJECT: write_object(out, v, flags, depth); break;
    }
}

void hone_json_write(hone_buf *out, const hone_json *v, int flags)
{
    write_value(out, v, flags, 0);
}
