/*
 * The prompt renderer (model/chat.h, docs/prompt-format.md): turns, calls and responses. Equal to
 * the published template byte for byte; its quirks are kept, since the model was trained on them.
 * Text is trimmed where the template trims and never escaped.
 */
#include "model/chat.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/chat_parts.h"
#include "model/markers.h"

typedef enum previous { PREV_NONE, PREV_CONTENT, PREV_CALL, PREV_RESPONSE } previous;

typedef struct renderer {
    hone_buf *out;
    hone_chat_marks *marks; /* NULL, or where to note places */
    previous prev;
    hone_err *err;
} renderer;

/* ---- places ---- */

static void open_target(renderer *r)
{
    if (r->marks) r->marks->targets[r->marks->count].from = r->out->len;
}

/* Ends the span begun last; an empty one is dropped. */
static void close_target(renderer *r)
{
    if (!r->marks) return;
    hone_chat_span *span = &r->marks->targets[r->marks->count];
    span->to = r->out->len;
    if (span->to > span->from) r->marks->count++;
}

/* ---- pieces ---- */

static void put_trimmed(hone_buf *out, const hone_json *v)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    size_t n = 0;
    hone_chat_str(&text, v);
    if (text.data) {
        const char *s = hone_text_trim(text.data, text.len, &n);
        hone_buf_add(out, s, n);
    }
    if (!hone_buf_ok(&text)) out->failed = true;
    hone_buf_done(&text);
}

/* Content that is text or a list of parts; images only outside the developer turn. */
static void put_parts(hone_buf *out, const hone_json *list, bool images)
{
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *type = hone_json_get(list->items[i], "type");
        if (hone_json_str_eq(type, "text")) put_trimmed(out, hone_json_get(list->items[i], "text"));
        if (images && hone_json_str_eq(type, "image")) hone_buf_str(out, HONE_MARK_IMAGE);
    }
}

static int put_content(renderer *r, const hone_json *content)
{
    if (content->type == HONE_JSON_STRING) put_trimmed(r->out, content);
    else if (content->type == HONE_JSON_ARRAY) put_parts(r->out, content, true);
    else return hone_fail(r->err, HONE_E_DATA, "the content must be a string or a list of parts");
    return 0;
}

/* ---- calls ---- */

static int put_call(renderer *r, const hone_json *call)
{
    const hone_json *function = hone_json_get(call, "function");
    const hone_json *arguments = hone_json_get(function, "arguments");
    if (!hone_json_is(hone_json_get(function, "name"), HONE_JSON_STRING))
        return hone_fail(r->err, HONE_E_DATA, "a call has no function name");
    hone_buf_str(r->out, HONE_MARK_CALL "call:");
    hone_chat_str(r->out, hone_json_get(function, "name"));
    if (hone_json_is(arguments, HONE_JSON_OBJECT)) {
        hone_call_write_value(r->out, arguments, true);
    } else if (hone_json_is(arguments, HONE_JSON_STRING)) {
        /* the template's own indentation slips into the text here: 20 spaces */
        hone_buf_printf(r->out, "{%20s%s}", "", arguments->text);
    } else if (hone_json_is_null(arguments)) {
        hone_buf_str(r->out, "{}");
    } else {
        return hone_fail(r->err, HONE_E_DATA, "the arguments of a call must be an object");
    }
    hone_buf_str(r->out, HONE_MARK_END_CALL);
    return 0;
}

static int put_calls(renderer *r, const hone_json *calls, bool last)
{
    if (calls->type != HONE_JSON_ARRAY)
        return hone_fail(r->err, HONE_E_DATA, "tool_calls must be a list");
    for (size_t i = 0; i < calls->len; i++) HONE_TRY(put_call(r, calls->items[i]));
    if (last) hone_buf_str(r->out, HONE_MARK_RESPONSE);
    return 0;
}

/* ---- responses ---- */

/* The marker that opens the response to a call is what the model itself writes and stops at. */
static void put_response_marker(renderer *r, bool first)
{
    if (first) open_target(r);
    hone_buf_str(r->out, HONE_MARK_RESPONSE);
    if (first) close_target(r);
}

static int put_response(renderer *r, const hone_json *name, const hone_json *object, bool first)
{
    if (!hone_json_is(object, HONE_JSON_OBJECT))
        return hone_fail(r->err, HONE_E_DATA, "the response of a function must be an object");
    put_response_marker(r, first);
    hone_buf_str(r->out, "response:");
    put_trimmed(r->out, name);
    hone_call_write_value(r->out, object, true);
    hone_buf_str(r->out, HONE_MARK_END_RESPONSE);
    return 0;
}

static int put_response_object(renderer *r, const hone_json *object, const hone_json *name,
                               bool first)
{
    const hone_json *inner = hone_json_get(object, "name");
    const hone_json *response = hone_json_get(object, "response");
    if (inner && response) return put_response(r, inner, response, first);
    if (name) return put_response(r, name, object, first);
    return hone_fail(r->err, HONE_E_DATA,
                     "a tool response needs \"name\" and \"response\", or a name in its message");
}

static int put_responses(renderer *r, const hone_json *content, const hone_json *name, bool first)
{
    for (size_t i = 0; i < content->len; i++) {
        if (!hone_json_is(content->items[i], HONE_JSON_OBJECT))
            return hone_fail(r->err, HONE_E_DATA, "every response in a list must be an object");
        HONE_TRY(put_response_object(r, content->items[i], name, first && i == 0));
    }
    return 0;
}

static int put_tool_message(renderer *r, const hone_json *m)
{
    const hone_json *content = hone_json_get(m, "content"), *name = hone_json_get(m, "name");
    bool first = r->prev == PREV_CALL;
    r->prev = PREV_RESPONSE;
    if (hone_chat_falsy(content)) return 0;
    if (content->type == HONE_JSON_OBJECT) return put_response_object(r, content, name, first);
    if (content->type == HONE_JSON_ARRAY) return put_responses(r, content, name, first);
    if (content->type != HONE_JSON_STRING)
        return hone_fail(r->err, HONE_E_DATA,
                         "the content of a tool message must be an object, a list or a string");
    if (!name) return hone_fail(r->err, HONE_E_DATA, "a tool message without the function's name");
    put_response_marker(r, first);
    hone_buf_str(r->out, "response:");
    put_trimmed(r->out, name);
    hone_buf_str(r->out, "{value:");
    hone_chat_escaped(r->out, content);
    hone_buf_str(r->out, "}" HONE_MARK_END_RESPONSE);
    return 0;
}

/* ---- turns ---- */

static int put_turn(renderer *r, const hone_json *m, bool last)
{
    const hone_json *role = hone_json_get(m, "role"), *content = hone_json_get(m, "content");
    const hone_json *calls = hone_json_get(m, "tool_calls");
    bool model = hone_json_str_eq(role, "assistant") || hone_json_str_eq(role, "model");
    if (r->prev != PREV_RESPONSE) {
        hone_buf_str(r->out, HONE_MARK_TURN);
        if (model) hone_buf_str(r->out, "model");
        else hone_chat_str(r->out, role);
        hone_buf_char(r->out, '\n');
    }
    r->prev = PREV_NONE;
    if (model) open_target(r);
    if (!hone_json_is_null(content)) {
        HONE_TRY(put_content(r, content));
        r->prev = PREV_CONTENT;
    }
    if (!hone_chat_falsy(calls)) {
        HONE_TRY(put_calls(r, calls, last));
        r->prev = PREV_CALL;
    }
    if (r->prev != PREV_CALL) hone_buf_str(r->out, HONE_MARK_END_TURN);
    if (model) close_target(r);
    if (r->prev != PREV_CALL) hone_buf_char(r->out, '\n');
    return 0;
}

/* Where the completion begins: behind "model\n", or behind the response that it goes on from. */
static void note_answer(renderer *r, size_t index)
{
    if (!r->marks || r->marks->answer_message != index) return;
    bool open = r->prev == PREV_RESPONSE;
    r->marks->answer_at = r->out->len + (open ? 0 : strlen(HONE_MARK_TURN "model\n"));
}

static int put_messages(renderer *r, const hone_json *messages, size_t first)
{
    for (size_t i = first; i < messages->len; i++) {
        const hone_json *m = messages->items[i];
        if (!hone_json_is(m, HONE_JSON_OBJECT))
            return hone_fail(r->err, HONE_E_DATA, "message %zu must be an object", i + 1);
        note_answer(r, i);
        int rc = hone_json_str_eq(hone_json_get(m, "role"), "tool")
                     ? put_tool_message(r, m)
                     : put_turn(r, m, i + 1 == messages->len);
        if (rc < 0) return hone_err_context(r->err, "message %zu", i + 1);
    }
    return 0;
}

/* The developer turn: text and declarations, nothing between them. */
static int put_developer(renderer *r, const hone_json *message, const hone_json *tools)
{
    const hone_json *content = hone_json_get(message, "content");
    hone_buf_str(r->out, HONE_MARK_TURN "developer\n");
    if (hone_json_is(content, HONE_JSON_STRING)) put_trimmed(r->out, content);
    if (hone_json_is(content, HONE_JSON_ARRAY)) put_parts(r->out, content, false);
    for (size_t i = 0; tools && i < tools->len; i++) {
        hone_buf_str(r->out, HONE_MARK_DECL);
        if (hone_chat_declaration(r->out, hone_json_get(tools->items[i], "function"), r->err) < 0)
            return hone_err_context(r->err, "tool %zu", i + 1);
        hone_buf_str(r->out, HONE_MARK_END_DECL);
    }
    hone_buf_str(r->out, HONE_MARK_END_TURN "\n");
    if (r->marks) r->marks->developer_end = r->out->len;
    return 0;
}

int hone_chat_render_marked(hone_buf *out, const hone_json *messages, const hone_json *tools,
                            bool add_generation_prompt, hone_chat_marks *marks, hone_err *err)
{
    renderer r = { out, marks, PREV_NONE, err };
    if (!hone_json_is(messages, HONE_JSON_ARRAY) || messages->len == 0)
        return hone_fail(err, HONE_E_DATA, "a conversation needs at least one message");
    if (!hone_json_is_null(tools) && tools->type != HONE_JSON_ARRAY)
        return hone_fail(err, HONE_E_DATA, "tools must be a list");
    const hone_json *role = hone_json_get(messages->items[0], "role");
    bool developer = hone_json_str_eq(role, "developer") || hone_json_str_eq(role, "system");
    hone_buf_str(out, HONE_MARK_BOS);
    if (developer || !hone_chat_falsy(tools))
        HONE_TRY(put_developer(&r, developer ? messages->items[0] : NULL,
                               hone_json_is_null(tools) ? NULL : tools));
    HONE_TRY(put_messages(&r, messages, developer));
    if (add_generation_prompt && r.prev != PREV_RESPONSE)
        hone_buf_str(out, HONE_MARK_TURN "model\n");
    if (marks && marks->answer_message >= messages->len) marks->answer_at = out->len;
    return hone_buf_ok(out) ? 0 : hone_err_memory(err, "a prompt", out->len);
}

int hone_chat_render(hone_buf *out, const hone_json *messages, const hone_json *tools,
                     bool add_generation_prompt, hone_err *err)
{
    return hone_chat_render_marked(out, messages, tools, add_generation_prompt, NULL, err);
}
