/*
 * JSON text into trees. The only file that knows Jansson (2.13 or newer). Short texts without a
 * fault never come so far: common/json_direct.c reads them.
 *
 * Jansson holds integers in 64 bits and prints 0.1 as 0.10000000000000001, so it never sees a
 * number: a scanner copies the text and turns each number token into a string that begins with
 * MARK, checks the token by the grammar of RFC 8259 on its own, and puts one more MARK before real
 * strings that begin with one, however they spell it. Jansson then judges everything else (strict
 * flags), and the conversion into the arena takes the mark off again. Newlines stay where they are;
 * a column that Jansson reports is led back to the source by a second scan.
 *
 * Refused: duplicate keys, NUL in strings, reals beyond a double, nesting deeper than 512 levels,
 * anything but white space after the value. "-0" is the integer 0.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/json_direct.h"
#include "common/mem.h"
#include "common/text.h"

#define MARK 0x7f /* may stand in a JSON string unescaped, and hardly ever does */
#define MAX_TEXT ((size_t)256 << 20)
#define EXCERPT 24 /* bytes of source shown before the place of an error */

typedef struct scan {
    const char *in;
    size_t len, at;
    hone_buf out;
    size_t stop;      /* SIZE_MAX, or the place in out whose place in the source is wanted */
    size_t found;     /* that place */
    int depth;
    int64_t line, first_line;
    int32_t *lines;   /* line of each token, NULL while the text has one line */
    size_t count, room;
    const char *source;
    hone_err *err;
} scan;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool out_of_memory; /* Jansson may report that as an invalid token */

static void *take_memory(size_t n)
{
    void *p = hone_malloc(n);
    if (!p) out_of_memory = true;
    return p;
}

static void use_own_memory(void)
{
    json_set_alloc_funcs(take_memory, hone_free);
}

/* Fails with the line, the column and the text just before `at`. */
static int fail_at(const scan *s, size_t at, const char *what)
{
    size_t begin = at;
    while (begin > 0 && s->in[begin - 1] != '\n') begin--;
    int64_t line = s->first_line;
    for (size_t i = 0; i < begin; i++) line += s->in[i] == '\n';
    size_t from = at - begin > EXCERPT ? at - EXCERPT : begin;
    while (from < at && ((unsigned char)s->in[from] & 0xc0) == 0x80) from++;
    hone_buf shown = HONE_BUF_INIT(512);
    hone_text_show(&shown, s->in + from, at - from);
    hone_err_at(s->err, s->source, line, (int64_t)at);
    int rc = at > from ? hone_fail(s->err, HONE_E_DATA, "JSON: %s, column %zu, after '%s'", what,
                                   at - begin + 1, hone_buf_ok(&shown) ? shown.data : "")
                       : hone_fail(s->err, HONE_E_DATA, "JSON: %s, column %zu", what,
                                   at - begin + 1);
    hone_buf_done(&shown);
    return rc;
}

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int scan_number(scan *s)
{
    size_t begin = s->at, end = begin;
    while (end < s->len && is_number_char(s->in[end])) end++;
    const char *token = s->in + begin;
    size_t n = end - begin;
    bool integer;
    double value;
    if (end < s->len && is_letter(s->in[end])) return fail_at(s, end + 1, "not a number of JSON");
    if (!hone_json_is_token(token, n, &integer)) return fail_at(s, end, "not a number of JSON");
    if (!integer && !hone_parse_f64(token, n, &value))
        return fail_at(s, end, "number too large for a double");
    size_t next = end; /* a marked string would pass as a key */
    while (next < s->len && memchr(" \t\r\n", s->in[next], 4)) next++;
    if (next < s->len && s->in[next] == ':')
        return fail_at(s, end, "the key of an object must be a string");
    if (n == 2 && memcmp(token, "-0", 2) == 0) {
        token++;
        n--;
    }
    hone_buf_char(&s->out, '"');
    hone_buf_char(&s->out, MARK);
    hone_buf_add(&s->out, token, n);
    hone_buf_char(&s->out, '"');
    s->at = end;
    return 0;
}

static bool begins_with_mark(const char *s, size_t len)
{
    if (len > 0 && s[0] == MARK) return true;
    return len >= 6 && memcmp(s, "\\u007", 5) == 0 && (s[5] == 'f' || s[5] == 'F');
}

/* Copies a string with its quotes; what is inside is left for Jansson to judge. */
static int scan_string(scan *s)
{
    size_t begin = s->at + 1, end = begin;
    while (end < s->len && s->in[end] != '"' && s->in[end] != '\n')
        end += s->in[end] == '\\' ? 2 : 1;
    if (end >= s->len) return fail_at(s, s->len, "the text ends inside a string");
    if (s->in[end] == '\n') return fail_at(s, end, "the line ends inside a string");
    hone_buf_char(&s->out, '"');
    if (begins_with_mark(s->in + begin, end - begin)) hone_buf_char(&s->out, MARK);
    hone_buf_add(&s->out, s->in + begin, end + 1 - begin);
    s->at = end + 1;
    return 0;
}

static void scan_word(scan *s)
{
    size_t begin = s->at;
    while (s->at < s->len && s->in[s->at] >= 'a' && s->in[s->at] <= 'z') s->at++;
    hone_buf_add(&s->out, s->in + begin, s->at - begin);
}

/* Notes the line of a token; the conversion meets the tokens in the same order. */
static int note_line(scan *s)
{
    if (!s->lines || s->stop != SIZE_MAX) return 0;
    if (s->count == s->room) {
        size_t room = s->room * 2;
        int32_t *more = hone_realloc_array(s->lines, room, sizeof *more);
        if (!more) return hone_err_memory(s->err, "lines of JSON values", room * sizeof *more);
        s->lines = more;
        s->room = room;
    }
    s->lines[s->count++] = s->line > INT32_MAX ? INT32_MAX : (int32_t)s->line;
    return 0;
}

static int scan_token(scan *s)
{
    char c = s->in[s->at];
    if (c == '"' || c == '{' || c == '[' || is_number_char(c) || (c >= 'a' && c <= 'z'))
        HONE_TRY(note_line(s));
    if (is_number_char(c) && c != 'e') return scan_number(s);
    if (c == '"') return scan_string(s);
    if (c >= 'a' && c <= 'z') {
        scan_word(s);
    } else {
        s->line += c == '\n';
        if (c == '{' || c == '[') s->depth++;
        if (c == '}' || c == ']') s->depth--;
        hone_buf_char(&s->out, c);
        s->at++;
        if (s->depth > HONE_JSON_DEPTH_MAX)
            return fail_at(s, s->at, "nested deeper than 512 levels");
    }
    return 0;
}

static int scan_all(scan *s)
{
    while (s->at < s->len) {
        size_t in = s->at, out = s->out.len;
        HONE_TRY(scan_token(s));
        if (s->out.len < s->stop) continue;
        s->found = in + (s->stop - out);
        if (s->found > s->at) s->found = s->at;
        return 0;
    }
    s->found = s->len;
    if (hone_buf_ok(&s->out)) return 0;
    return hone_err_memory(s->err, "JSON text", s->len);
}

/* What Jansson said, without the token it quotes: that may be a rewritten number. */
static int fail_parse(scan *s, const json_error_t *e)
{
    if (out_of_memory) return hone_err_memory(s->err, "a JSON tree", s->len);
    scan again = { .in = s->in, .len = s->len, .first_line = s->first_line, .source = s->source,
                   .stop = e->position > 0 ? (size_t)e->position : 0, .err = s->err };
    hone_buf_init(&again.out, s->out.max);
    int rc = scan_all(&again);
    hone_buf_done(&again.out);
    if (rc < 0) return rc;
    char what[JSON_ERROR_TEXT_LENGTH];
    snprintf(what, sizeof what, "%s", e->text);
    char *near = strstr(what, " near ");
    if (near) *near = '\0';
    switch (json_error_code(e)) {
    case json_error_null_character:
        return fail_at(s, again.found, "a string holds the character NUL (\\u0000)");
    case json_error_end_of_input_expected:
        return fail_at(s, again.found, "more text after the end of the value");
    case json_error_premature_end_of_input:
        return fail_at(s, again.found, "the text ends too early");
    default:
        return fail_at(s, again.found, what);
    }
}

typedef struct walk {
    hone_arena *arena;
    const scan *scan;
    size_t token;
} walk;

static int32_t next_line(walk *w)
{
    const scan *s = w->scan;
    int64_t line = s->lines && w->token < s->count ? s->lines[w->token] : s->first_line;
    w->token++;
    return line > INT32_MAX ? INT32_MAX : (int32_t)line;
}

static hone_json *convert(walk *w, const json_t *v);

static hone_json *convert_text(hone_arena *a, const json_t *v)
{
    const char *s = json_string_value(v);
    size_t n = json_string_length(v);
    if (n == 0 || s[0] != MARK) return hone_json_new_strn(a, s, n);
    if (n > 1 && s[1] == MARK) return hone_json_new_strn(a, s + 1, n - 1);
    bool real = memchr(s, '.', n) || memchr(s, 'e', n) || memchr(s, 'E', n);
    return hone_json_new_number(a, real ? HONE_JSON_REAL : HONE_JSON_INT, s + 1, n - 1);
}

static hone_json *convert_array(walk *w, const json_t *v)
{
    hone_json *array = hone_json_new_array(w->arena);
    for (size_t i = 0; array && i < json_array_size(v); i++)
        if (!hone_json_push(w->arena, array, convert(w, json_array_get(v, i)))) return NULL;
    return array;
}

static hone_json *convert_object(walk *w, const json_t *v)
{
    hone_json *object = hone_json_new_object(w->arena);
    json_t *j = (json_t *)(uintptr_t)v; /* the iterators take no const; nothing is written */
    for (void *it = json_object_iter(j); object && it; it = json_object_iter_next(j, it)) {
        const char *key = json_object_iter_key(it);
        int32_t line = next_line(w);
        if (key[0] == MARK) key++;
        hone_json *value = convert(w, json_object_iter_value(it));
        if (!hone_json_append(w->arena, object, key, strlen(key), line, value)) return NULL;
    }
    return object;
}

static hone_json *convert(walk *w, const json_t *v)
{
    int32_t line = next_line(w);
    hone_json *made;
    switch (json_typeof(v)) {
    case JSON_STRING: made = convert_text(w->arena, v); break;
    case JSON_ARRAY: made = convert_array(w, v); break;
    case JSON_OBJECT: made = convert_object(w, v); break;
    case JSON_NULL: made = hone_json_new_null(w->arena); break;
    default: made = hone_json_new_bool(w->arena, json_is_true(v)); break;
    }
    if (made) made->line = line;
    return made;
}

static int parse_scanned(hone_json **ret, hone_arena *a, scan *s)
{
    json_error_t e;
    out_of_memory = false;
    json_t *tree = json_loadb(s->out.data ? s->out.data : "", s->out.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (tree && out_of_memory) { /* Jansson's lexer goes on with a text that lost characters */
        json_decref(tree);
        return hone_err_memory(s->err, "a JSON tree", s->len);
    }
    if (!tree) return fail_parse(s, &e);
    walk w = { .arena = a, .scan = s };
    hone_json *v = convert(&w, tree);
    json_decref(tree);
    if (!v) return hone_err_memory(s->err, "a JSON tree", s->len);
    *ret = v;
    return 0;
}

static int start_lines(scan *s)
{
    if (!memchr(s->in, '\n', s->len)) return 0;
    s->room = s->len / 16 + 64;
    s->lines = hone_realloc_array(NULL, s->room, sizeof *s->lines);
    return s->lines ? 0 : hone_err_memory(s->err, "lines of JSON values", s->room * 4);
}

int hone_json_strict(hone_json **ret, hone_arena *a, const char *text, size_t len,
                     const char *source, int64_t first_line, hone_err *err)
{
    scan s = { .in = text, .len = len, .stop = SIZE_MAX, .line = first_line,
               .first_line = first_line, .source = source, .err = err };
    int rc;
    pthread_once(&once, use_own_memory);
    hone_buf_init(&s.out, 3 * len + 16);
    HONE_GOTO(rc, done, start_lines(&s));
    HONE_GOTO(rc, done, scan_all(&s));
    rc = parse_scanned(ret, a, &s);
done:
    hone_free(s.lines);
    hone_buf_done(&s.out);
    return rc;
}

int hone_json_parse(hone_json **ret, hone_arena *a, const char *text, size_t len,
                    const char *source, int64_t first_line, hone_err *err)
{
    if (len == 0) {
        hone_err_at(err, source, first_line, 0);
        return hone_fail(err, HONE_E_DATA, "JSON: the text is empty");
    }
    if (len > MAX_TEXT) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_DATA, "JSON: more than 256 MiB of text");
    }
    int rc = len <= HONE_JSON_DIRECT_MAX ? hone_json_direct(ret, a, text, len, first_line) : 0;
    if (rc == 1) return 0;
    if (rc < 0) return hone_err_memory(err, "a JSON tree", len);
    return hone_json_strict(ret, a, text, len, source, first_line, err);
}

int hone_json_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err)
{
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    int rc;
    HONE_GOTO(rc, done, hone_fs_read(&text, path, MAX_TEXT, err));
    size_t skip = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    rc = hone_json_parse(ret, a, text.data + skip, text.len - skip, path, 1, err);
done:
    hone_buf_done(&text);
    return rc;
}
