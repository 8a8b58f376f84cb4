/*
 * Rows to ids with a loss mask (model/chat.h). The whole conversation is rendered once, with the
 * places of what the model writes itself; then it is cut there and the parts are tokenised apart.
 * That gives the ids of the whole: the text left of every cut ends with a control token or with the
 * newline behind a turn marker, no part begins with a newline (contents are trimmed), and nothing
 * merges across such a border (tests/unit/test_chat.c proves it on rows and on every cut).
 */
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/chat_parts.h"
#include "model/markers.h"

struct hone_chat_cache {
    const hone_tokenizer *tokenizer;
    hone_buf text; /* <bos> and the developer turn */
    hone_ids ids;
};

hone_chat_cache *hone_chat_cache_new(void)
{
    hone_chat_cache *c = hone_calloc(1, sizeof(*c));
    if (c) hone_buf_init(&c->text, HONE_BUF_TEXT_MAX);
    return c;
}

void hone_chat_cache_free(hone_chat_cache *c)
{
    if (!c) return;
    hone_buf_done(&c->text);
    hone_ids_done(&c->ids);
    hone_free(c);
}

/* ---- control tokens in data ---- */

static int fail_control(const char *token, const char *text, size_t len, hone_err *err)
{
    hone_buf shown = HONE_BUF_INIT(1024);
    size_t n = len < 100 ? len : 100;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
    hone_text_show(&shown, text, n);
    int rc = hone_fail(err, HONE_E_DATA, "the text \"%s%s\" holds the control token %s",
                       shown.data ? shown.data : "", n < len ? "..." : "", token);
    hone_err_hint(err, "in a prompt it would become that token: reword the text or drop the row");
    hone_buf_done(&shown);
    return rc;
}

static int check_text(const char *text, size_t len, hone_err *err)
{
    const char *token = hone_control_in(text, len);
    return token ? fail_control(token, text, len, err) : 0;
}

/* Every string and key below v. */
static int check_value(const hone_json *v, hone_err *err)
{
    if (!v) return 0;
    if (v->type == HONE_JSON_STRING) return check_text(v->text, v->len, err);
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        HONE_TRY(check_value(v->items[i], err));
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++) {
        HONE_TRY(check_text(v->members[i].key, v->members[i].key_len, err));
        HONE_TRY(check_value(v->members[i].value, err));
    }
    return 0;
}

/* Only what is rendered. */
static int check_message(const hone_json *m, hone_err *err)
{
    const hone_json *calls = hone_json_get(m, "tool_calls");
    HONE_TRY(check_value(hone_json_get(m, "content"), err));
    HONE_TRY(check_value(hone_json_get(m, "name"), err));
    for (size_t i = 0; calls && i < calls->len; i++)
        HONE_TRY(check_value(hone_json_get(hone_json_at(calls, i), "function"), err));
    return 0;
}

static int check_row(const hone_row *row, hone_err *err)
{
    for (size_t i = 0; row->tools && i < row->tools->len; i++) {
        const hone_json *f = hone_json_get(row->tools->items[i], "function");
        HONE_TRY(check_value(hone_json_get(f, "name"), err));
        HONE_TRY(check_value(hone_json_get(f, "description"), err));
        HONE_TRY(check_value(hone_json_get(f, "parameters"), err));
    }
    for (size_t i = 0; i < row->messages->len; i++)
        HONE_TRY(check_message(row->messages->items[i], err));
    return 0;
}

/* ---- encoding ---- */

typedef struct encoder {
    hone_arena *arena;
    const hone_tokenizer *tokenizer;
    hone_chat_cache *cache;
    hone_buf text;
    hone_chat_marks marks;
    hone_ids ids;
    uint8_t *labels;
    size_t room, prompt_count, num_labels;
    hone_err *err;
} encoder;

static int render(encoder *e, const hone_row *row)
{
    size_t n = row->messages->len;
    bool answered = row->prompt_count < n;
    const hone_json *last = n ? row->messages->items[n - 1] : NULL;
    if (!answered && hone_json_get(last, "tool_calls"))
        return hone_fail(e->err, HONE_E_DATA, "the prompt ends with calls that nothing answers");
    e->marks.answer_message = answered ? row->prompt_count : SIZE_MAX;
    e->marks.targets = hone_arena_alloc(e->arena, (2 * n + 2) * sizeof(*e->marks.targets));
    if (!e->marks.targets) return hone_err_memory(e->err, "a row", n);
    return hone_chat_render_marked(&e->text, row->messages, row->tools, !answered, &e->marks,
                                   e->err);
}

/* prompt in the place of what was rendered in front of the answer. */
static int replace_prompt(encoder *e, const char *prompt)
{
    const size_t at = e->marks.answer_at, n = strlen(prompt);
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    size_t kept = 0;
    hone_buf_add(&text, prompt, n);
    hone_buf_add(&text, e->text.data + at, e->text.len - at);
    for (size_t i = 0; i < e->marks.count; i++) {
        const hone_chat_span *s = &e->marks.targets[i];
        if (s->from >= at)
            e->marks.targets[kept++] = (hone_chat_span){ s->from - at + n, s->to - at + n };
    }
    e->marks.count = kept;
    e->marks.answer_at = n;
    e->marks.developer_end = 0;
    hone_buf_done(&e->text);
    e->text = text;
    return hone_buf_ok(&text) ? 0 : hone_err_memory(e->err, "a prompt", n);
}

/* The developer turn, from the cache if it is the one encoded last. */
static int encode_developer(encoder *e)
{
    size_t n = e->marks.developer_end;
    hone_chat_cache *c = e->cache;
    if (!c) return hone_tokenizer_encode(e->tokenizer, e->text.data, n, true, &e->ids, e->err);
    bool same = c->tokenizer == e->tokenizer && c->text.len == n &&
                memcmp(c->text.data, e->text.data, n) == 0;
    if (!same) {
        hone_buf_clear(&c->text);
        c->tokenizer = e->tokenizer;
        c->ids.len = 0;
        HONE_TRY(hone_tokenizer_encode(e->tokenizer, e->text.data, n, true, &c->ids, e->err));
        hone_buf_add(&c->text, e->text.data, n);
        if (!hone_buf_ok(&c->text)) hone_buf_clear(&c->text);
    }
    for (size_t i = 0; i < c->ids.len; i++)
        if (!hone_ids_push(&e->ids, c->ids.data[i])) return hone_err_memory(e->err, "token ids", n);
    return 0;
}

/* Labels of the ids that were added since the last call. */
static int label_rest(encoder *e, bool target)
{
    size_t n = e->ids.len;
    if (n > e->room) {
        size_t room = n + n / 2;
        uint8_t *labels = hone_realloc_array(e->labels, room, 1);
        if (!labels) return hone_err_memory(e->err, "labels", room);
        e->labels = labels;
        e->room = room;
    }
    if (n > e->num_labels) memset(e->labels + e->num_labels, target, n - e->num_labels);
    e->num_labels = n;
    return 0;
}

/* text[from, to), which lies inside or outside a target and on one side of the answer. */
static int encode_part(encoder *e, size_t from, size_t to, bool target)
{
    if (from < to && from == 0 && to == e->marks.developer_end)
        HONE_TRY(encode_developer(e));
    else if (from < to)
        HONE_TRY(hone_tokenizer_encode(e->tokenizer, e->text.data + from, to - from, true, &e->ids,
                                       e->err));
    HONE_TRY(label_rest(e, target));
    if (to == e->marks.answer_at) e->prompt_count = e->ids.len;
    return 0;
}

/* Cuts [from, to) at the end of the developer turn and where the answer begins. */
static int encode_range(encoder *e, size_t from, size_t to, bool target)
{
    size_t cuts[2] = { e->marks.developer_end, e->marks.answer_at };
    for (int i = 0; i < 2; i++) {
        if (cuts[i] <= from || cuts[i] > to) continue;
        HONE_TRY(encode_part(e, from, cuts[i], target));
        from = cuts[i];
    }
    return encode_part(e, from, to, target);
}

static int encode_all(encoder *e)
{
    size_t at = 0;
    for (size_t i = 0; i < e->marks.count; i++) {
        HONE_TRY(encode_range(e, at, e->marks.targets[i].from, false));
        HONE_TRY(encode_range(e, e->marks.targets[i].from, e->marks.targets[i].to, true));
        at = e->marks.targets[i].to;
    }
    return encode_range(e, at, e->text.len, false);
}

static int check_ids(const encoder *e, bool want_labels)
{
    size_t labels = 0;
    for (size_t i = 0; i < e->ids.len; i++) {
        labels += e->labels[i];
        if ((e->ids.data[i] == HONE_ID_BOS) != (i == 0))
            return hone_fail(e->err, HONE_E_DATA, "<bos> must be the first token and no other");
    }
    if (!want_labels || labels > 0) return 0;
    hone_err_hint(e->err, "a row to learn from ends with an assistant message");
    return hone_fail(e->err, HONE_E_DATA, "the row has no answer to learn from");
}

static int hand_over(encoder *e, hone_encoded *ret)
{
    size_t n = e->ids.len, at = e->marks.answer_at;
    hone_encoded made = { .count = n, .prompt_count = e->prompt_count };
    made.prompt = hone_arena_strndup(e->arena, e->text.data, at);
    made.completion = hone_arena_strndup(e->arena, e->text.data + at, e->text.len - at);
    made.ids = hone_arena_alloc(e->arena, n * sizeof(*made.ids));
    made.labels = hone_arena_alloc(e->arena, n);
    if (!made.prompt || !made.completion || !made.ids || !made.labels)
        return hone_err_memory(e->err, "an encoded row", n);
    memcpy(made.ids, e->ids.data, n * sizeof(*made.ids));
    memcpy(made.labels, e->labels, n);
    *ret = made;
    return 0;
}

int hone_chat_encode_cached(hone_encoded *ret, hone_arena *a, const hone_tokenizer *t,
                            const hone_row *row, bool want_labels, hone_chat_cache *cache,
                            hone_err *err)
{
    encoder e = { .arena = a, .tokenizer = t, .cache = cache, .err = err,
                  .text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX) };
    int rc;
    HONE_GOTO(rc, out, check_row(row, err));
    HONE_GOTO(rc, out, render(&e, row));
    if (row->prompt) HONE_GOTO(rc, out, replace_prompt(&e, row->prompt));
    HONE_GOTO(rc, out, encode_all(&e));
    HONE_GOTO(rc, out, check_ids(&e, want_labels));
    HONE_GOTO(rc, out, hand_over(&e, ret));
out:
    hone_buf_done(&e.text);
    hone_ids_done(&e.ids);
    hone_free(e.labels);
    return rc;
}

int hone_chat_encode(hone_encoded *ret, hone_arena *a, const hone_tokenizer *t, const hone_row *row,
                     bool want_labels, hone_err *err)
{
    return hone_chat_encode_cached(ret, a, t, row, want_labels, NULL, err);
}
