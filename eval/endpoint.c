/*
 * Asking a server (eval/endpoint.h). One thread, several requests in flight; each row is a slot
 * with its number of tries and the time before which it must not be tried again.
 */
#include "eval/endpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/text.h"
#include "model/chat.h"
#include "model/markers.h"

enum { TRIES = 5, SHOWN = 200 };
static const double FIRST_PAUSE = 0.5, LONGEST_PAUSE = 30;

typedef struct slot {
    int tries;
    double not_before;
    bool asked, done;
} slot;

typedef struct asker {
    hone_answer *answers;
    hone_arena *a, *scratch;
    const hone_rows *rows;
    const hone_endpoint *e;
    hone_http *http;
    slot *slots;
    size_t left, first;  /* rows without an answer; all before first are done */
    int64_t answered;
    hone_progress progress;
    char *url, *secret;
} asker;

/* ---- requests ---- */

static hone_json *text_message(hone_arena *a, const char *role, const char *text)
{
    hone_json *m = hone_json_new_object(a);
    bool ok = m && hone_json_set(a, m, "role", hone_json_new_str(a, role)) &&
              hone_json_set(a, m, "content", hone_json_new_str(a, text));
    return ok ? m : NULL;
}

/* The functions, and how to call them, as words. */
static hone_json *functions_message(hone_arena *a, const hone_row *row)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_str(&b, "You can call functions. They are described by this JSON:\n");
    if (row->tools) hone_json_write(&b, row->tools, HONE_JSON_COMPACT);
    hone_buf_str(&b, "\nTo call functions answer with a JSON list and nothing else: "
                     "[{\"name\": ..., \"arguments\": {...}}]. If no function fits, answer in "
                     "plain words.");
    hone_json *m = hone_buf_ok(&b) ? text_message(a, "system", b.data) : NULL;
    hone_buf_done(&b);
    return m;
}

/* Our role "developer" is "system" to servers; the line that switches FunctionGemma on is left out.
 */
static bool add_message(hone_arena *a, hone_json *list, const hone_json *m)
{
    const hone_json *content = hone_json_get(m, "content");
    if (!hone_json_str_eq(hone_json_get(m, "role"), "developer"))
        return hone_json_push(a, list, (hone_json *)(uintptr_t)m);
    if (hone_json_str_eq(content, HONE_ACTIVATION_LINE)) return true;
    hone_json *copy = hone_json_copy(a, m);
    return copy && hone_json_set(a, copy, "role", hone_json_new_str(a, "system")) &&
           hone_json_push(a, list, copy);
}

static bool put_number(hone_arena *a, hone_json *o, const char *key, int64_t n)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, n));
}

static bool chat_body(asker *k, hone_json *o, const hone_row *row)
{
    hone_arena *a = k->scratch;
    hone_json *list = hone_json_new_array(a);
    bool ok = list != NULL;
    if (k->e->api == HONE_ENDPOINT_CHAT_PROMPT)
        ok = ok && hone_json_push(a, list, functions_message(a, row));
    else if (row->tools)
        ok = ok && hone_json_set(a, o, "tools", (hone_json *)(uintptr_t)row->tools);
    for (size_t i = 0; ok && i < row->prompt_count; i++)
        ok = add_message(a, list, row->messages->items[i]);
    return ok && hone_json_set(a, o, "messages", list);
}

/* The row's own prompt, or as FunctionGemma's template prints it, without the <bos> that servers
 * add. */
static bool raw_body(asker *k, hone_json *o, const hone_row *row, hone_err *err)
{
    hone_arena *a = k->scratch;
    hone_json *list = hone_json_new_array(a), *stops = hone_json_new_array(a);
    static const char *const words[] = { HONE_MARK_RESPONSE, HONE_MARK_END_TURN };
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    bool ok = list && stops;
    for (size_t i = 0; ok && i < row->prompt_count; i++)
        ok = hone_json_push(a, list, row->messages->items[i]);
    for (int i = 0; ok && i < 2; i++)
        ok = hone_json_push(a, stops, hone_json_new_str(a, words[i]));
    if (row->prompt) hone_buf_str(&text, row->prompt);
    else ok = ok && hone_chat_render(&text, list, row->tools, true, err) == 0;
    ok = ok && hone_buf_ok(&text);
    if (ok) {
        size_t bos = strlen(HONE_MARK_BOS);
        size_t skip = text.len >= bos && !memcmp(text.data, HONE_MARK_BOS, bos) ? bos : 0;
        ok = hone_json_set(a, o, "prompt",
                           hone_json_new_strn(a, text.data + skip, text.len - skip)) &&
             hone_json_set(a, o, "stop", stops);
    }
    hone_buf_done(&text);
    return ok;
}

/* o with the members of extra; those that are null there are left out. NULL: no memory. */
static hone_json *body_merge(hone_arena *a, const hone_json *o, const hone_json *extra)
{
    hone_json *made = hone_json_new_object(a);
    for (size_t i = 0; made && i < o->len; i++) {
        const hone_json_member *m = &o->members[i];
        if (!hone_json_get(extra, m->key) && !hone_json_set(a, made, m->key, m->value)) return NULL;
    }
    for (size_t i = 0; made && extra && i < extra->len; i++) {
        const hone_json_member *m = &extra->members[i];
        if (m->value->type == HONE_JSON_NULL) continue;
        if (!hone_json_set(a, made, m->key, m->value)) return NULL;
    }
    return made;
}

static int body_make(asker *k, hone_buf *out, const hone_row *row, hone_err *err)
{
    hone_arena *a = k->scratch;
    hone_arena_clear(a);
    hone_json *o = hone_json_new_object(a);
    bool ok = o && (!k->e->model ||
                    hone_json_set(a, o, "model", hone_json_new_str(a, k->e->model)));
    if (ok)
        ok = k->e->api == HONE_ENDPOINT_RAW ? raw_body(k, o, row, err) : chat_body(k, o, row);
    ok = ok && put_number(a, o, "max_tokens", k->e->max_tokens) &&
         put_number(a, o, "temperature", 0) && put_number(a, o, "seed", k->e->seed);
    if (ok && k->e->body) ok = (o = body_merge(a, o, k->e->body)) != NULL;
    if (ok) hone_json_write(out, o, HONE_JSON_COMPACT);
    if (ok && hone_buf_ok(out)) return HONE_OK;
    return err->code < 0 ? err->code : hone_err_memory(err, "a request", 0);
}

static int ask(asker *k, size_t row, hone_err *err)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    hone_buf body = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = body_make(k, &body, &k->rows->items[row], err);
    const hone_http_request r = { .method = "POST", .url = k->url, .headers = headers,
                                  .secret_header = k->secret, .body = body.data,
                                  .body_len = body.len, .max_body = 16 << 20, .timeout = 300 };
    if (rc == 0) rc = hone_http_send(k->http, &r, &k->slots[row], err);
    k->slots[row].asked = rc == 0;
    hone_buf_done(&body);
    return rc;
}

/* ---- replies ---- */

/* Arguments as an object: given so, or as JSON text, which may be broken. */
static const hone_json *arguments_of(hone_arena *a, const hone_json *v)
{
    hone_json *parsed;
    if (!v || v->type == HONE_JSON_NULL) return hone_json_new_object(a);
    if (v->type == HONE_JSON_STRING &&
        hone_json_parse(&parsed, a, v->text, v->len, "reply", 1, NULL) == 0)
        v = parsed;
    return v->type == HONE_JSON_OBJECT ? v : NULL;
}

/* [{"function":{"name","arguments"}}] or [{"name","arguments"}] in the call grammar. A call whose
 * arguments are no object is written unparsable: it is malformed, never a refusal. */
static void put_calls(hone_buf *out, hone_arena *a, const hone_json *list)
{
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *f = hone_json_get(list->items[i], "function");
        const hone_json *from = hone_json_is(f, HONE_JSON_OBJECT) ? f : list->items[i];
        const hone_json *name = hone_json_get(from, "name");
        hone_call call = { hone_json_is(name, HONE_JSON_STRING) ? name->text : "",
                           arguments_of(a, hone_json_get(from, "arguments")) };
        if (call.arguments && call.name[0]) hone_call_write(out, &(hone_calls){ &call, 1 });
        else hone_buf_str(out, HONE_MARK_CALL "call:" HONE_MARK_END_CALL);
    }
}

static bool is_call_list(const hone_json *v)
{
    if (!hone_json_is(v, HONE_JSON_ARRAY) || v->len == 0) return false;
    for (size_t i = 0; i < v->len; i++)
        if (!hone_json_is(hone_json_get(v->items[i], "name"), HONE_JSON_STRING)) return false;
    return true;
}

/* A JSON list of calls (or one call, or either between ``` fences) becomes calls; other text stays
 * text. */
static void put_content(hone_buf *out, hone_arena *a, const char *s)
{
    size_t n;
    hone_json *v = NULL, *list = NULL;
    const char *text = hone_text_trim(s, strlen(s), &n);
    if (n > 6 && !strncmp(text, "```", 3) && !strncmp(text + n - 3, "```", 3)) {
        const char *line = memchr(text, '\n', n);
        if (line) text = hone_text_trim(line + 1, (size_t)(text + n - 3 - line - 1), &n);
    }
    if (n && (*text == '[' || *text == '{') &&
        hone_json_parse(&v, a, text, n, "reply", 1, NULL) == 0) {
        if (v->type == HONE_JSON_OBJECT && (list = hone_json_new_array(a))) {
            if (!hone_json_push(a, list, v)) out->failed = true;
            v = list;
        }
    }
    if (is_call_list(v)) put_calls(out, a, v);
    else hone_buf_str(out, s);
}

static hone_stop stop_of(const hone_json *choice)
{
    const hone_json *reason = hone_json_get(choice, "finish_reason");
    if (hone_json_str_eq(reason, "length")) return HONE_STOP_LENGTH;
    if (hone_json_str_eq(reason, "content_filter")) return HONE_STOP_ERROR;
    return reason ? HONE_STOP_TOKEN : HONE_STOP_UNKNOWN;
}

static int32_t usage_of(const hone_json *reply, const char *key)
{
    int64_t n;
    const hone_json *v = hone_json_get(hone_json_get(reply, "usage"), key);
    return hone_json_i64(v, &n) && n >= 0 && n <= INT32_MAX ? (int32_t)n : -1;
}

bool hone_endpoint_read(hone_answer *ret, hone_arena *a, hone_endpoint_api api, const char *body,
                        size_t len)
{
    hone_json *reply;
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_arena *scratch = hone_arena_new();
    bool ok = scratch && hone_json_parse(&reply, scratch, body, len, "reply", 1, NULL) == 0;
    const hone_json *choice = ok ? hone_json_at(hone_json_get(reply, "choices"), 0) : NULL;
    bool raw = api == HONE_ENDPOINT_RAW;
    const hone_json *m = raw ? NULL : hone_json_get(choice, "message");
    const hone_json *content = hone_json_get(raw ? choice : m, raw ? "text" : "content");
    const hone_json *calls = hone_json_get(m, "tool_calls");
    bool called = hone_json_is(calls, HONE_JSON_ARRAY) && calls->len > 0;
    bool worded = hone_json_is(content, HONE_JSON_STRING);
    ok = choice && (worded || called || m);
    if (ok && worded) {
        if (api == HONE_ENDPOINT_CHAT_PROMPT) put_content(&text, scratch, content->text);
        else hone_buf_str(&text, content->text);
    }
    if (ok && called) put_calls(&text, scratch, calls);
    if (ok) {
        *ret = (hone_answer){ .present = true, .stop = stop_of(choice), .stop_id = -1,
                              .num_ids = usage_of(reply, "completion_tokens"),
                              .prompt_tokens = usage_of(reply, "prompt_tokens"),
                              .margin_min = NAN, .logprob = NAN };
        ret->text = hone_arena_strndup(a, text.len ? text.data : "", text.len);
        ret->text_len = text.len;
        ok = ret->text && !text.failed;
    }
    hone_buf_done(&text);
    hone_arena_free(scratch);
    return ok;
}

/* ---- the loop ---- */

static int answered(asker *k, size_t row, hone_err *err)
{
    k->slots[row].done = true;
    k->left--;
    k->answered++;
    hone_progress_set(&k->progress, k->answered, NULL);
    return k->e->on_answer ? k->e->on_answer(k->e->user, row, err) : HONE_OK;
}

/* Gives the row up: it counts as not generated. */
static int lost(asker *k, size_t row, const char *why, hone_err *err)
{
    hone_warn("row %s is not answered: %s", k->rows->items[row].id, why);
    k->answers[row] = (hone_answer){ .present = true, .text = "", .stop = HONE_STOP_ERROR,
                                     .stop_id = -1, .num_ids = -1, .prompt_tokens = -1,
                                     .margin_min = NAN, .logprob = NAN };
    return answered(k, row, err);
}

/* Later, unless it was tried often enough; a server that never answered ends the whole. */
static int again(asker *k, size_t row, const char *why, hone_err *err)
{
    slot *s = &k->slots[row];
    if (++s->tries < TRIES) {
        double pause = FIRST_PAUSE * (double)(1 << s->tries);
        s->not_before = hone_clock() + (pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE);
        return HONE_OK;
    }
    if (k->answered > 0) return lost(k, row, why, err);
    return hone_fail(err, HONE_E_REMOTE, "%s does not answer: %s", k->e->base_url, why);
}

static int reply_take(asker *k, const hone_http_reply *r, hone_err *err)
{
    size_t row = (size_t)((slot *)r->tag - k->slots);
    char why[SHOWN + 64];
    k->slots[row].asked = false;
    (void)snprintf(why, sizeof why, "%s", r->error[0] ? r->error : "no reply");
    if (r->outcome == HONE_HTTP_TLS)
        return hone_fail(err, HONE_E_REMOTE, "%s: %s", k->e->base_url, r->error);
    if (r->outcome != HONE_HTTP_REPLY) return again(k, row, why, err);
    hone_buf shown = HONE_BUF_INIT(1 << 16);
    hone_text_show(&shown, r->body.len ? r->body.data : "",
                   r->body.len < SHOWN ? r->body.len : SHOWN);
    (void)snprintf(why, sizeof why, "status %d %.200s", r->status, shown.len ? shown.data : "");
    hone_buf_done(&shown);
    if (r->status == 401 || r->status == 403)
        return hone_fail(err, HONE_E_REFUSED, "the server refuses the key: %s", why);
    if (r->status == 429 || r->status == 408 || r->status >= 500) return again(k, row, why, err);
    if (r->status != 200) return lost(k, row, why, err);
    if (!hone_endpoint_read(&k->answers[row], k->a, k->e->api, r->body.data, r->body.len))
        return lost(k, row, "the reply is no completion", err);
    return answered(k, row, err);
}

/* Sends what may be sent now. */
static int asks_send(asker *k, hone_err *err)
{
    double now = hone_clock();
    while (k->first < k->rows->count && k->slots[k->first].done) k->first++;
    for (size_t i = k->first; i < k->rows->count; i++) {
        slot *s = &k->slots[i];
        if (hone_http_in_flight(k->http) >= k->e->connections) break;
        if (!s->done && !s->asked && s->not_before <= now) HONE_TRY(ask(k, i, err));
    }
    return HONE_OK;
}

static int asks_run(asker *k, hone_err *err)
{
    while (k->left > 0) {
        hone_http_reply r;
        if (hone_stop_requested()) return hone_fail(err, HONE_E_STOPPED, "stopped");
        HONE_TRY(asks_send(k, err));
        int rc = hone_http_wait(k->http, 0.25, &r, err);
        if (rc < 0) return rc;
        if (rc == 0) continue;
        rc = reply_take(k, &r, err);
        hone_http_reply_done(&r);
        if (rc < 0) return rc;
    }
    return HONE_OK;
}

/* URL and secret header. */
static int names_make(asker *k, hone_err *err)
{
    hone_buf url = HONE_BUF_INIT(1 << 16), secret = HONE_BUF_INIT(1 << 16);
    size_t n = strlen(k->e->base_url);
    while (n > 0 && k->e->base_url[n - 1] == '/') n--;
    hone_buf_add(&url, k->e->base_url, n);
    hone_buf_str(&url, k->e->api == HONE_ENDPOINT_RAW ? "/completions" : "/chat/completions");
    if (k->e->key) hone_buf_printf(&secret, "Authorization: Bearer %s", k->e->key);
    bool ok = hone_buf_ok(&url) && !secret.failed;
    if (ok) k->url = hone_buf_take(&url);
    if (ok && k->e->key) k->secret = hone_buf_take(&secret);
    hone_buf_done(&url);
    hone_buf_done(&secret);
    return ok ? HONE_OK : hone_err_memory(err, "a request", n);
}

int hone_endpoint_answers(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                          const hone_endpoint *e, hone_err *err)
{
    asker k = { .answers = answers, .a = a, .rows = rows, .e = e };
    int rc;
    k.scratch = hone_arena_new();
    k.slots = hone_calloc(rows->count + 1, sizeof *k.slots);
    rc = k.scratch && k.slots ? HONE_OK : hone_err_memory(err, "requests", rows->count);
    for (size_t i = 0; rc == 0 && i < rows->count; i++) {
        k.slots[i].done = answers[i].present;
        k.left += !answers[i].present;
    }
    if (rc == 0) rc = names_make(&k, err);
    if (rc == 0) rc = hone_http_new(&k.http, e->connections, err);
    if (rc == 0) {
        hone_progress_start(&k.progress, e->label, (int64_t)k.left);
        rc = asks_run(&k, err);
        hone_progress_end(&k.progress, NULL);
    }
    hone_http_free(k.http);
    hone_free(k.url);
    hone_free(k.secret);
    hone_free(k.slots);
    hone_arena_free(k.scratch);
    return rc;
}
