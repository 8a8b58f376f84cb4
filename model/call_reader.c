/*
 * Blocks and content of a generated text (model/call_reader.h). A block runs from the start marker
 * to the first end marker behind it; an end marker without a start is content.
 */
#include "model/call_reader.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/markers.h"

bool hone_call_fail(hone_call_reader *r, const char *phrase)
{
    if (!r->error_text) {
        r->error_text = phrase;
        r->error_offset = r->pos;
    }
    return false;
}

bool hone_call_accept(hone_call_reader *r, const char *word)
{
    size_t n = strlen(word);
    if (r->end - r->pos < n || memcmp(r->text + r->pos, word, n) != 0) return false;
    r->pos += n;
    return true;
}

void hone_call_skip_space(hone_call_reader *r)
{
    while (r->pos < r->end && r->text[r->pos] && strchr(" \t\n\r", r->text[r->pos])) r->pos++;
}

hone_json *hone_call_made(hone_call_reader *r, hone_json *v)
{
    if (!v) r->no_memory = true;
    return v;
}

bool hone_call_add(hone_call_reader *r, hone_json *object, const char *key, size_t n, hone_json *v)
{
    if (object->len >= HONE_CALL_MEMBERS) return hone_call_fail(r, "too many members");
    if (memchr(key, '\0', n)) return hone_call_fail(r, "a key holds the character NUL");
    for (size_t i = 0; i < object->len; i++) {
        const hone_json_member *m = &object->members[i];
        if (m->key_len != n || memcmp(m->key, key, n) != 0) continue;
        r->flags |= HONE_CALL_FLAG_DUPLICATE_KEY;
        return true;
    }
    if (hone_json_append(r->arena, object, key, n, 0, v)) return true;
    r->no_memory = true;
    return false;
}

/* Where needle begins in text[from, len), or len. */
static size_t find(const char *text, size_t from, size_t len, const char *needle)
{
    const char *p = len > from ? memmem(text + from, len - from, needle, strlen(needle)) : NULL;
    return p ? (size_t)(p - text) : len;
}

/* text[from, to) without white space and stop markers at both ends. */
static void trim_content(const char **s, size_t *n)
{
    static const char *const marks[] = { HONE_MARK_RESPONSE, HONE_MARK_END_TURN, HONE_MARK_EOS };
    bool again = true;
    while (again) {
        again = false;
        *s = hone_text_trim(*s, *n, n);
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
            size_t k = strlen(marks[i]);
            if (*n >= k && memcmp(*s + *n - k, marks[i], k) == 0) {
                *n -= k;
                again = true;
            } else if (*n >= k && memcmp(*s, marks[i], k) == 0) {
                *s += k;
                *n -= k;
                again = true;
            }
        }
    }
}

/* The text begins like a call although it has no start marker: call:NAME{ */
static bool looks_like_call(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] && strchr(" \t\n\r", s[i])) i++;
    if (n - i < 5 || memcmp(s + i, "call:", 5) != 0) return false;
    size_t name = i += 5;
    while (i < n && (!s[i] || !strchr(" \t\n\r{}[]:,<>", s[i]))) i++;
    return i > name && i < n && s[i] == '{';
}

typedef struct walk {
    hone_call_reader r;
    hone_buf content;
    size_t room; /* of ret->calls.items */
    hone_parsed *ret;
} walk;

static void keep_call(walk *w, const hone_call *call)
{
    hone_calls *calls = &w->ret->calls;
    if (calls->count == w->room) {
        size_t room = w->room ? w->room * 2 : 4;
        hone_call *items = hone_arena_alloc(w->r.arena, room * sizeof(*items));
        if (!items) {
            w->r.no_memory = true;
            return;
        }
        if (calls->count) memcpy(items, calls->items, calls->count * sizeof(*items));
        calls->items = items;
        w->room = room;
    }
    calls->items[calls->count++] = *call;
}

static void note_error(walk *w, hone_call_error error, size_t offset, const char *phrase)
{
    if (w->ret->error != HONE_CALL_OK) return;
    w->ret->error = error;
    w->ret->error_offset = offset;
    w->ret->error_text = phrase;
}

static void read_block(walk *w, const hone_call_rules *rules, size_t from, size_t to)
{
    hone_call call = { NULL, NULL };
    w->r.pos = from;
    w->r.end = to;
    w->r.error_text = NULL;
    hone_call_block kind = rules->block(&w->r, &call);
    if (w->r.no_memory) return;
    if (kind == HONE_BLOCK_CALL) keep_call(w, &call);
    if (kind != HONE_BLOCK_BAD) return;
    note_error(w, HONE_CALL_SYNTAX, w->r.error_offset, w->r.error_text);
    if (rules->bad_is_text) hone_buf_add(&w->content, w->r.text + from, to - from);
}

static void read_all(walk *w, size_t len, const hone_call_rules *rules)
{
    const char *text = w->r.text;
    size_t at = 0;
    while (at < len && !w->r.no_memory) {
        size_t open = find(text, at, len, HONE_MARK_CALL);
        hone_buf_add(&w->content, text + at, open - at);
        if (open == len) return;
        size_t from = open + strlen(HONE_MARK_CALL);
        size_t close = find(text, from, len, HONE_MARK_END_CALL);
        if (close == len) {
            if (rules->open_is_text)
                hone_buf_add(&w->content, text + open, len - open);
            else
                note_error(w, HONE_CALL_TRUNCATED, open, "a call without its end marker");
            return;
        }
        read_block(w, rules, from, close);
        at = close + strlen(HONE_MARK_END_CALL);
    }
}

int hone_call_walk(hone_parsed *ret, hone_arena *a, const char *text, size_t len,
                   const hone_call_rules *rules, hone_err *err)
{
    hone_parsed parsed = { .error_text = "", .content = "" };
    walk w = { .r = { .arena = a, .text = text }, .content = HONE_BUF_INIT(len), .ret = &parsed };
    if (len > HONE_CALL_TEXT) {
        parsed.error = HONE_CALL_SYNTAX;
        parsed.error_text = "the text is longer than 1 MiB";
        *ret = parsed;
        return 0;
    }
    read_all(&w, len, rules);
    const char *content = w.content.data ? w.content.data : "";
    size_t n = w.content.len;
    trim_content(&content, &n);
    bool failed = w.r.no_memory || !hone_buf_ok(&w.content) ||
                  !(parsed.content = hone_arena_strndup(a, content, n));
    hone_buf_done(&w.content);
    if (failed) return hone_err_memory(err, "parsed calls", len);
    parsed.call_like = find(text, 0, len, HONE_MARK_CALL) == len && looks_like_call(text, len);
    parsed.flags = w.r.flags;
    *ret = parsed;
    return 0;
}
