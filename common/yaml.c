/*
 * YAML configuration files into JSON trees, and back (common/yaml.h). The only file that knows
 * libyaml; its events are turned into nodes with lines. A small, strict part of YAML 1.2: one
 * document, no anchors, no aliases, no tags, no duplicate keys; plain scalars are read by the rules
 * of common/yaml.h (so 1e-5 is a number and `no` is a word).
 */
#include "common/yaml.h"

#include <string.h>
#include <yaml.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"

#define MAX_DEPTH 512
#define MAX_KEYS 10000 /* of one mapping: duplicates are found by comparing */
#define MAX_TEXT ((size_t)16 << 20)
#define MAX_SIMPLE_KEY 1000 /* libyaml wants "? key" from 1024 characters on, escapes counted */

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
    const char *text;
    size_t len;
    const char *source;
    hone_arena *arena;
    hone_err *err;
} reader;

static int fail_here(reader *r, const char *what)
{
    hone_err_at(r->err, r->source, (int64_t)r->event.start_mark.line + 1, -1);
    return hone_fail(r->err, HONE_E_DATA, "YAML: %s", what);
}

static int fail_memory(const reader *r)
{
    return hone_err_memory(r->err, "a configuration", r->len);
}

static int64_t line_of(const reader *r, size_t offset)
{
    int64_t line = 1;
    for (size_t i = 0; i < offset && i < r->len; i++) line += r->text[i] == '\n';
    return line;
}

/* What libyaml found. Its marks count from 0 and have no byte offset. */
static int fail_parse(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR) return fail_memory(r);
    if (p->error == YAML_READER_ERROR) {
        hone_err_at(r->err, r->source, line_of(r, p->problem_offset), (int64_t)p->problem_offset);
        return hone_fail(r->err, HONE_E_DATA, "YAML: %s", p->problem ? p->problem : "not UTF-8");
    }
    hone_err_at(r->err, r->source, (int64_t)p->problem_mark.line + 1, -1);
    if (p->problem && strstr(p->problem, "cannot start any token"))
        hone_err_hint(r->err, "indent with spaces, not tabs; quote text that begins with @ or `");
    return hone_fail(r->err, HONE_E_DATA, "YAML: %s, column %zu", p->problem ? p->problem : "?",
                     p->problem_mark.column + 1);
}

static int next_event(reader *r)
{
    if (r->have_event) yaml_event_delete(&r->event);
    r->have_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event)) return fail_parse(r);
    r->have_event = true;
    return 0;
}

static int32_t event_line(const reader *r)
{
    size_t line = r->event.start_mark.line;
    return line < INT32_MAX ? (int32_t)line + 1 : INT32_MAX;
}

static int check_node(reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor) return fail_here(r, "anchors (&name) are not accepted: write the value out");
    if (tag) return fail_here(r, "tags (!name) are not accepted");
    return 0;
}

/* Where the parts of -12.5e3 lie; false for anything that is no number. */
typedef struct number {
    size_t begin, point, fraction, exponent, end; /* begin of the digits .. end of the text */
} number;

static size_t skip_digits(const char *s, size_t n, size_t at)
{
    while (at < n && s[at] >= '0' && s[at] <= '9') at++;
    return at;
}

static bool scan_number(const char *s, size_t n, number *ret)
{
    size_t begin = n > 0 && s[0] == '-' ? 1 : 0;
    size_t point = skip_digits(s, n, begin), fraction = point, end = point;
    if (end < n && s[end] == '.') {
        fraction = end + 1;
        end = skip_digits(s, n, fraction);
    }
    if (point - begin + (end - fraction) == 0) return false;
    size_t exponent = end;
    if (end < n && (s[end] == 'e' || s[end] == 'E')) {
        end++;
        if (end < n && (s[end] == '+' || s[end] == '-')) end++;
        if (skip_digits(s, n, end) == end) return false;
        end = skip_digits(s, n, end);
    }
    *ret = (number){ begin, point, fraction, exponent, end };
    return end == n;
}

/* .5 and 5. get the digit that JSON wants; 012 loses its zero, with a warning. */
static int number_node(reader *r, const char *s, size_t n, const number *p, hone_json **ret)
{
    double value;
    bool real = p->fraction > p->point || p->exponent < p->end;
    if (real && !hone_parse_f64(s, n, &value))
        return fail_here(r, "the number is too large for a double");
    if (p->point - p->begin > 1 && s[p->begin] == '0')
        hone_warn("%s:%d: %s is read as a decimal number; quote it if it is a word",
                  r->source ? r->source : "YAML", event_line(r), s);
    hone_buf digits;
    hone_buf_init(&digits, n + 8);
    hone_buf_add(&digits, s, p->point);
    if (p->point == p->begin) hone_buf_char(&digits, '0');
    if (p->fraction > p->point) {
        hone_buf_char(&digits, '.');
        hone_buf_add(&digits, s + p->fraction, p->exponent - p->fraction);
        if (p->exponent == p->fraction) hone_buf_char(&digits, '0');
    }
    hone_buf_add(&digits, s + p->exponent, n - p->exponent);
    if (hone_buf_ok(&digits))
        *ret = hone_json_new_number(r->arena, real ? HONE_JSON_REAL : HONE_JSON_INT, digits.data,
                                    digits.len);
    hone_buf_done(&digits);
    return *ret ? 0 : fail_memory(r);
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(s, word, n) == 0;
}

static int scalar_node(reader *r, hone_json **ret)
{
    const char *s = (const char *)r->event.data.scalar.value;
    size_t n = r->event.data.scalar.length;
    number parts;
    if (memchr(s, '\0', n)) return fail_here(r, "a string holds the character NUL");
    if (r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (n == 0 || is_word(s, n, "null") || is_word(s, n, "~"))
            *ret = hone_json_new_null(r->arena);
        else if (is_word(s, n, "true") || is_word(s, n, "false"))
            *ret = hone_json_new_bool(r->arena, s[0] == 't');
        else if (scan_number(s, n, &parts))
            return number_node(r, s, n, &parts, ret);
    }
    if (!*ret) *ret = hone_json_new_strn(r->arena, s, n);
    return *ret ? 0 : fail_memory(r);
}

static int read_node(reader *r, int depth, hone_json **ret);

static int read_sequence(reader *r, int depth, hone_json **ret)
{
    *ret = hone_json_new_array(r->arena);
    if (!*ret) return fail_memory(r);
    for (;;) {
        hone_json *item = NULL;
        HONE_TRY(next_event(r));
        if (r->event.type == YAML_SEQUENCE_END_EVENT) return 0;
        HONE_TRY(read_node(r, depth, &item));
        if (!hone_json_push(r->arena, *ret, item)) return fail_memory(r);
    }
}

/* The key stays in the event while it is checked; its text goes into the arena. */
static int read_key(reader *r, const hone_json *object, const char **ret, size_t *ret_len)
{
    if (r->event.type == YAML_ALIAS_EVENT) return fail_here(r, "aliases (*name) are not accepted");
    if (r->event.type != YAML_SCALAR_EVENT) return fail_here(r, "a key must be a word");
    HONE_TRY(check_node(r, r->event.data.scalar.anchor, r->event.data.scalar.tag));
    const char *key = (const char *)r->event.data.scalar.value;
    size_t n = r->event.data.scalar.length;
    if (n == 0 && r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return fail_here(r, "a key is missing before ':'");
    if (memchr(key, '\0', n)) return fail_here(r, "a key holds the character NUL");
    if (object->len >= MAX_KEYS) return fail_here(r, "more than 10000 keys in one mapping");
    for (size_t i = 0; i < object->len; i++) {
        const hone_json_member *m = &object->members[i];
        if (m->key_len != n || memcmp(m->key, key, n) != 0) continue;
        hone_err_at(r->err, r->source, event_line(r), -1);
        return hone_fail(r->err, HONE_E_DATA, "YAML: key '%.100s' stands on line %d already", key,
                         (int)m->line);
    }
    *ret = hone_arena_strndup(r->arena, key, n);
    *ret_len = n;
    return *ret ? 0 : fail_memory(r);
}

static int read_mapping(reader *r, int depth, hone_json **ret)
{
    *ret = hone_json_new_object(r->arena);
    if (!*ret) return fail_memory(r);
    for (;;) {
        const char *key = NULL;
        size_t key_len = 0;
        hone_json *value = NULL;
        HONE_TRY(next_event(r));
        if (r->event.type == YAML_MAPPING_END_EVENT) return 0;
        int32_t line = event_line(r);
        HONE_TRY(read_key(r, *ret, &key, &key_len));
        HONE_TRY(next_event(r));
        HONE_TRY(read_node(r, depth, &value));
        if (!hone_json_append(r->arena, *ret, key, key_len, line, value)) return fail_memory(r);
    }
}

/* The node that begins with the current event. */
static int read_node(reader *r, int depth, hone_json **ret)
{
    const yaml_event_t *e = &r->event;
    int32_t line = event_line(r);
    if (depth > MAX_DEPTH) return fail_here(r, "nested deeper than 512 levels");
    switch (e->type) {
    case YAML_ALIAS_EVENT: return fail_here(r, "aliases (*name) are not accepted");
    case YAML_SEQUENCE_START_EVENT:
        HONE_TRY(check_node(r, e->data.sequence_start.anchor, e->data.sequence_start.tag));
        HONE_TRY(read_sequence(r, depth + 1, ret));
        break;
    case YAML_MAPPING_START_EVENT:
        HONE_TRY(check_node(r, e->data.mapping_start.anchor, e->data.mapping_start.tag));
        HONE_TRY(read_mapping(r, depth + 1, ret));
        break;
    default:
        HONE_TRY(check_node(r, e->data.scalar.anchor, e->data.scalar.tag));
        HONE_TRY(scalar_node(r, ret));
        break;
    }
    (*ret)->line = line;
    return 0;
}

static int read_stream(reader *r, hone_json **ret)
{
    HONE_TRY(next_event(r)); /* the begin of the stream */
    HONE_TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT) {
        *ret = hone_json_new_null(r->arena);
        return *ret ? 0 : fail_memory(r);
    }
    if (r->event.data.document_start.tag_directives.start !=
        r->event.data.document_start.tag_directives.end)
        return fail_here(r, "tag directives (%TAG) are not accepted");
    HONE_TRY(next_event(r));
    HONE_TRY(read_node(r, 0, ret));
    HONE_TRY(next_event(r)); /* the end of the document */
    HONE_TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT) return 0;
    return fail_here(r, "a second document begins here: one file holds one");
}

int hone_yaml_parse(hone_json **ret, hone_arena *a, const char *text, size_t len,
                    const char *source, hone_err *err)
{
    reader r = { .text = text, .len = len, .source = source, .arena = a, .err = err };
    hone_json *v = NULL;
    if (len > MAX_TEXT) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_DATA, "YAML: more than 16 MiB of text");
    }
    if (!yaml_parser_initialize(&r.parser)) return fail_memory(&r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    int rc = read_stream(&r, &v);
    if (r.have_event) yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (rc == 0) *ret = v;
    return rc;
}

int hone_yaml_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err)
{
    if (hone_path_has_suffix(path, ".json")) return hone_json_load(ret, a, path, err);
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    int rc = hone_fs_read(&text, path, MAX_TEXT, err);
    if (rc == 0) rc = hone_yaml_parse(ret, a, text.data, text.len, path, err);
    hone_buf_done(&text);
    return rc;
}

/* Writing */

/* Words that some YAML reader takes for a boolean or null. */
static bool is_reserved(const char *s, size_t n)
{
    static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off",
                                         "y",    "n",    "nan",   "inf" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) != n) continue;
        size_t k = 0;
        while (k < n && (s[k] | 0x20) == words[i][k]) k++;
        if (k == n) return true;
    }
    return false;
}

static bool is_plain(const char *s, size_t n)
{
    bool letter = n > 0 && ((s[0] >= 'a' && s[0] <= 'z') || (s[0] >= 'A' && s[0] <= 'Z'));
    if (!letter || is_reserved(s, n)) return false;
    for (size_t i = 1; i < n; i++) {
        char c = s[i];
        bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-' || c == '.' || c == '/';
        if (!safe) return false;
    }
    return true;
}

/* Characters that YAML forbids or takes for line breaks even inside quotes. */
static bool needs_code(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
           c == 0xfffe || c == 0xffff;
}

static void write_string(hone_buf *out, const char *s, size_t n)
{
    if (is_plain(s, n)) {
        hone_buf_add(out, s, n);
        return;
    }
    hone_buf_char(out, '"');
    for (size_t at = 0; at < n;) {
        uint32_t c;
        size_t step = hone_utf8_next(s + at, n - at, &c);
        if (step == 0) {
            hone_buf_str(out, "\\ufffd");
            step = 1;
        } else if (c == '"' || c == '\\') {
            hone_buf_char(out, '\\');
            hone_buf_char(out, (char)c);
        } else if (c == '\n' || c == '\t') {
            hone_buf_str(out, c == '\n' ? "\\n" : "\\t");
        } else if (needs_code(c)) {
            hone_buf_printf(out, "\\u%04x", (unsigned)c);
        } else {
            hone_buf_add(out, s + at, step);
        }
        at += step;
    }
    hone_buf_char(out, '"');
}

static void write_indent(hone_buf *out, int indent)
{
    for (int i = 0; i < indent; i++) hone_buf_char(out, ' ');
}

static bool is_block(const hone_json *v)
{
    return v->len > 0 && (v->type == HONE_JSON_ARRAY || v->type == HONE_JSON_OBJECT);
}

static void write_block(hone_buf *out, const hone_json *v, int indent, bool inside);

/* What follows "- " or "key:"; ends the line. */
static void write_leaf(hone_buf *out, const hone_json *v)
{
    if (v->type == HONE_JSON_STRING) write_string(out, v->text, v->len);
    else hone_json_write(out, v, HONE_JSON_COMPACT);
    hone_buf_char(out, '\n');
}

static void write_key(hone_buf *out, const hone_json_member *m, int indent)
{
    bool wide = m->key_len > MAX_SIMPLE_KEY / 6;
    if (wide) hone_buf_str(out, "? ");
    write_string(out, m->key, m->key_len);
    if (wide) {
        hone_buf_char(out, '\n');
        write_indent(out, indent);
    }
    hone_buf_char(out, ':');
}

static void write_members(hone_buf *out, const hone_json *v, int indent, bool inside)
{
    for (size_t i = 0; i < v->len; i++) {
        const hone_json_member *m = &v->members[i];
        if (i > 0 || !inside) write_indent(out, indent);
        write_key(out, m, indent);
        if (is_block(m->value)) {
            hone_buf_char(out, '\n');
            write_block(out, m->value, indent + 2, false);
        } else {
            hone_buf_char(out, ' ');
            write_leaf(out, m->value);
        }
    }
}

static void write_items(hone_buf *out, const hone_json *v, int indent, bool inside)
{
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0 || !inside) write_indent(out, indent);
        hone_buf_str(out, "- ");
        if (is_block(v->items[i])) write_block(out, v->items[i], indent + 2, true);
        else write_leaf(out, v->items[i]);
    }
}

/* inside: the first line has its indentation already ("- " stands there). */
static void write_block(hone_buf *out, const hone_json *v, int indent, bool inside)
{
    if (v->type == HONE_JSON_OBJECT) write_members(out, v, indent, inside);
    else write_items(out, v, indent, inside);
}

void hone_yaml_write(hone_buf *out, const hone_json *v)
{
    if (is_block(v)) write_block(out, v, 0, false);
    else write_leaf(out, v);
}
