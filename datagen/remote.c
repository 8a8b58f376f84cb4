/* A run of a remote teacher (datagen/remote.h); the write order is that of docs/datagen.md. */
#include "datagen/remote.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/journal.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/stop.h"
#include "datagen/ask.h"
#include "datagen/pace.h"

enum { WAIT_MAX = 900, BACKOFF_MAX = 60, UNKNOWN_MAX = 2, BAD_MAX = 3, OUTAGE_MAX = 7200 };
enum { TOKENS_PER_ROW = 55 }; /* of an answer, before there is one to count */
enum { BATCH = 64 };          /* records that share one sync */

/* What the journal knows of a key. */
typedef struct known {
    char key[65];
    const char *reply; /* raw body of a finished request, or NULL */
    size_t reply_len;
    int64_t pending; /* worst cost of what was sent and never answered */
} known;

typedef struct flight { /* a request on its way, or waiting for its next try */
    hone_asked asked;
    int tries, unknowns;
    int64_t cost; /* of the reply at hand */
    double not_before, sent_at, tokens;
    bool used, sent, reserved;
} flight;

typedef struct run {
    const hone_remote_options *o;
    hone_arena *a;
    hone_asker asker;
    hone_budget budget;
    hone_journal *journal;
    hone_http *http;
    hone_collect *out;
    hone_judge *judge;
    known *table;
    size_t table_count, table_room;
    flight *flights;
    int in_use;
    int64_t next, limit_number; /* the next number to ask; numbers that may be asked */
    int64_t outcomes[HONE_TEACH_OUTCOMES_COUNT];
    int64_t sent, from_journal, retried, given_up, bad_first;
    hone_pace pace;
    int64_t used_input, used_output, used_replies, used_cost; /* of replies that told it */
    double started, outage;
    uint64_t jitter;
    bool no_money, any_success;
    const char *url;
    char *secret;
    hone_err *err;
} run;

/* ---- what the journal knows ---- */

static known *find_known(known *table, size_t room, const char *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    size_t at = (h ^ h >> 29) & (room - 1);
    while (table[at].key[0] && strcmp(table[at].key, key) != 0)
        at = (at + 1) & (room - 1);
    return &table[at];
}

static known *get_known(run *r, const char *key)
{
    if (2 * (r->table_count + 1) > r->table_room) {
        size_t room = r->table_room ? r->table_room * 2 : 256;
        known *grown = hone_arena_alloc(r->a, room * sizeof *grown);
        if (!grown) return NULL;
        for (size_t i = 0; i < r->table_room; i++)
            if (r->table[i].key[0]) *find_known(grown, room, r->table[i].key) = r->table[i];
        r->table = grown;
        r->table_room = room;
    }
    known *k = find_known(r->table, r->table_room, key);
    if (!k->key[0]) {
        (void)snprintf(k->key, sizeof k->key, "%s", key);
        r->table_count++;
    }
    return k;
}

/* Replays one record: "sent", "reply", "free" (certainly not billed), "unknown", "format". */
static int on_record(void *user, const hone_json *record, hone_err *err)
{
    run *r = user;
    const hone_json *kind = hone_json_get(record, "t");
    const hone_json *key = hone_json_get(record, "key");
    int64_t cost = 0;
    hone_json_i64(hone_json_get(record, "cost"), &cost);
    if (hone_json_str_eq(kind, "format")) {
        r->asker.format =
            cost >= 0 && cost <= HONE_FORMAT_NONE ? (hone_format)cost : HONE_FORMAT_NONE;
        return 0;
    }
    if (!hone_json_is(key, HONE_JSON_STRING) || key->len != 64) return 0;
    known *k = get_known(r, key->text);
    if (!k) return hone_err_memory(err, "journal", 1);
    if (hone_json_str_eq(kind, "sent")) {
        k->pending += cost;
        return 0;
    }
    int64_t worst = 0;
    hone_json_i64(hone_json_get(record, "worst"), &worst);
    k->pending -= worst < k->pending ? worst : k->pending;
    r->budget.spent += cost;
    const hone_json *body = hone_json_get(record, "body");
    if (!hone_json_str_eq(kind, "reply") || !hone_json_is(body, HONE_JSON_STRING)) return 0;
    k->reply = hone_arena_strndup(r->a, body->text, body->len);
    k->reply_len = body->len;
    return k->reply ? 0 : hone_err_memory(err, "journal", body->len);
}

/* Not durable yet: a record that must be is followed by hone_journal_sync. Only "free" and
 * "format" need not be: without them more counts as spent, never less. */
static int append(run *r, const char *kind, const char *key, int64_t cost, int64_t worst,
                  const char *body, size_t body_len)
{
    hone_arena *a = hone_arena_new();
    hone_json *o = a ? hone_json_new_object(a) : NULL;
    bool ok = o && hone_json_set(a, o, "t", hone_json_new_str(a, kind)) &&
              hone_json_set(a, o, "key", hone_json_new_str(a, key)) &&
              hone_json_set(a, o, "cost", hone_json_new_i64(a, cost)) &&
              hone_json_set(a, o, "worst", hone_json_new_i64(a, worst));
    if (ok && body) ok = hone_json_set(a, o, "body", hone_json_new_strn(a, body, body_len));
    int rc = ok ? hone_journal_append(r->journal, o, false, r->err)
                : hone_err_memory(r->err, "journal", body_len);
    hone_arena_free(a);
    return rc;
}

static int open_journal(run *r)
{
    hone_buf path = HONE_BUF_INIT(1 << 16);
    if (r->o->journal)
        hone_buf_str(&path, r->o->journal);
    else
        hone_buf_printf(&path, "%s.journal", r->o->path);
    int rc = hone_buf_ok(&path) ? hone_journal_open(&r->journal, path.data, on_record, r, r->err)
                                : hone_err_memory(r->err, "path", path.len);
    hone_buf_done(&path);
    for (size_t i = 0; rc == 0 && i < r->table_room; i++) {
        r->budget.spent +=
            r->table[i].pending; /* sent and never answered: it may have been billed */
        r->outcomes[HONE_TEACH_UNKNOWN] += r->table[i].pending > 0;
    }
    return rc;
}

/* ---- rows of a reply ---- */

/* One row of a reply into *ret; 0 if it is none (counted). Everything lives in a. */
static int read_row(run *r, const hone_asked *q, const hone_json *row, hone_arena *a,
                    hone_staged *ret)
{
    const char *category = hone_asker_category(&r->asker, q->function);
    const hone_json *user = hone_json_get(row, "user");
    const hone_json *arguments = hone_json_get(row, "arguments");
    const hone_json *answer = hone_json_get(row, "answer");
    hone_json *parsed = NULL;
    hone_json *source = hone_json_new_object(a);
    if (!source) return hone_err_memory(r->err, "source", 1);
    hone_json_set(a, source, "provider", hone_json_new_str(a, r->o->dialect->name));
    hone_json_set(a, source, "model", hone_json_new_str(a, r->o->model));
    hone_json_set(a, source, "request", hone_json_new_strn(a, q->key, 16));
    hone_json_set(a, source, "prompt", hone_json_new_str(a, r->asker.prompt_hash));
    *ret = (hone_staged){
        .row = { .user = user->text, .category = category, .source = source, .kind = "" },
        .call = { category, NULL }
    };
    if (q->function < 0) {
        ret->row.answer = hone_json_is(answer, HONE_JSON_STRING) ? answer->text : "";
        return 1;
    }
    if (hone_json_is(arguments, HONE_JSON_OBJECT))
        ret->call.arguments = arguments;
    else if (hone_json_is(arguments, HONE_JSON_STRING) &&
             hone_json_parse(&parsed, a, arguments->text, arguments->len, "arguments", 1, NULL) ==
                 0)
        ret->call.arguments = parsed;
    if (hone_json_is(ret->call.arguments, HONE_JSON_OBJECT)) {
        ret->row.calls = (hone_calls){ &ret->call, 1 };
        return 1;
    }
    return hone_collect_refuse(r->out, category, "arguments_no_object", user->text, r->err);
}

static bool rows_wanted(const run *r)
{
    return hone_collect_accepted(r->out) < r->o->rows;
}

static int start_check(run *r, const hone_asked *q, const hone_check *c);

/* Rows that are fit by themselves wait for the second answer. What waits depends on the reply
 * alone: the same request is made again after a restart, and found in the journal. */
static int stage_rows(run *r, const hone_asked *q, const hone_json *rows)
{
    hone_check *c = hone_arena_alloc(r->a, sizeof *c);
    if (c) c->rows = hone_arena_alloc(r->a, (rows->len + 1) * sizeof *c->rows);
    if (!c || !c->rows) return hone_err_memory(r->err, "rows", rows->len);
    c->function = q->function;
    c->count = 0;
    for (size_t i = 0; i < rows->len; i++) {
        hone_staged *s = &c->rows[c->count];
        int rc = read_row(r, q, rows->items[i], r->a, s);
        if (rc < 0) return rc;
        if (rc == 0) continue;
        if (hone_judge_look(r->judge, s->row.user, &s->row.calls, s->row.answer, NULL) ==
            HONE_VERDICT_OK)
            c->count++;
        else
            HONE_TRY(hone_collect_add(r->out, &s->row, r->err)); /* refuses, with the reason */
    }
    return c->count && rows_wanted(r) ? start_check(r, q, c) : 0;
}

static int refuse_staged(run *r, const hone_check *c, size_t i, const char *reason,
                         const char *said)
{
    const hone_collect_row *row = &c->rows[i].row;
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_str(&b, row->user);
    if (row->calls.count) {
        hone_buf_str(&b, " | ");
        hone_json_write(&b, c->rows[i].call.arguments, HONE_JSON_COMPACT);
    }
    if (*said) hone_buf_printf(&b, " | second answer: %s", said);
    int rc =
        hone_collect_refuse(r->out, row->category, reason, hone_buf_ok(&b) ? b.data : "", r->err);
    hone_buf_done(&b);
    return rc;
}

/* The second answers: rows that both gave alike are taken. */
static int take_check(run *r, const hone_asked *q, const hone_teach_reply *reply, hone_arena *a)
{
    const hone_check *c = q->check;
    char said[200] = "";
    for (size_t i = 0; i < c->count && rows_wanted(r); i++) {
        hone_agreement g = reply->outcome == HONE_TEACH_OK
                               ? hone_check_compare(c, i, reply->rows, a, said)
                               : HONE_UNANSWERED;
        int rc = 0;
        if (g == HONE_DISAGREES)
            rc = refuse_staged(r, c, i, "teacher_disagrees", said);
        else if (g == HONE_UNANSWERED)
            rc = refuse_staged(r, c, i, "not_checked", said);
        else {
            c->rows[i].row.calls.items = &c->rows[i].call;
            rc = hone_collect_add(r->out, &c->rows[i].row, r->err);
        }
        if (rc < 0) return rc;
    }
    return 0;
}

static int take_rows(run *r, const hone_asked *q, const hone_json *rows, hone_arena *a)
{
    for (size_t i = 0; i < rows->len && rows_wanted(r); i++) {
        hone_staged s;
        int rc = read_row(r, q, rows->items[i], a, &s);
        if (rc > 0) rc = hone_collect_add(r->out, &s.row, r->err);
        if (rc < 0) return rc;
    }
    return 0;
}

static int take_reply(run *r, const hone_asked *q, const char *body, size_t len)
{
    hone_teach_reply reply;
    bool stage = r->o->cross_check && !q->check;
    hone_arena *own = stage ? NULL : hone_arena_new();
    hone_arena *a = stage ? r->a : own; /* staged rows outlive this call */
    if (!a) return hone_err_memory(r->err, "reply", len);
    r->o->dialect->read(&reply, a, body, len);
    r->outcomes[reply.outcome]++;
    int rc = 0;
    if (q->check)
        rc = take_check(r, q, &reply, a);
    else if (reply.outcome != HONE_TEACH_OK)
        rc = hone_collect_refuse(r->out, hone_asker_category(&r->asker, q->function),
                                 hone_teach_word(reply.outcome), reply.why, r->err);
    else
        rc = stage ? stage_rows(r, q, reply.rows) : take_rows(r, q, reply.rows, a);
    hone_arena_free(own);
    return rc < 0 ? rc : 0;
}

/* A request that will never be answered. */
static int refuse_flight(run *r, const hone_asked *q, const char *why)
{
    const hone_check *c = q->check;
    for (size_t i = 0; c && i < c->count; i++)
        HONE_TRY(refuse_staged(r, c, i, "not_checked", ""));
    return hone_collect_refuse(r->out, hone_asker_category(&r->asker, q->function), "http_error",
                               why, r->err);
}

/* ---- waiting ---- */

/* "1s", "6m0s", "120ms" */
static double duration_of(const char *s)
{
    double total = 0;
    while (*s) {
        size_t n = strspn(s, "0123456789.");
        double v;
        if (n == 0 || !hone_parse_f64(s, n, &v)) return 0;
        s += n;
        double unit = strncmp(s, "ms", 2) == 0 ? 0.001
                      : *s == 's'              ? 1
                      : *s == 'm'              ? 60
                      : *s == 'h'              ? 3600
                                               : 0;
        if (unit == 0) return 0;
        s += unit == 0.001 ? 2 : 1;
        total += v * unit;
    }
    return total;
}

/* How long the server asks us to wait; 0 if it says nothing. */
static double server_wait(const hone_http_reply *h)
{
    char buf[128];
    double v = 0;
    const char *s = hone_http_header(h, "retry-after-ms", buf, sizeof buf);
    if (s && hone_parse_f64(s, strlen(s), &v))
        v /= 1000;
    else if ((s = hone_http_header(h, "retry-after", buf, sizeof buf)) &&
             !hone_parse_f64(s, strlen(s), &v)) {
        struct tm tm;
        memset(&tm, 0, sizeof tm);
        v = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm) ? difftime(timegm(&tm), time(NULL)) : 0;
    } else if (!s && (s = hone_http_header(h, "x-ratelimit-reset-requests", buf, sizeof buf))) {
        v = duration_of(s);
    }
    if (!(v > 0)) v = hone_teach_wait(h->body.data, h->body.len);
    if (!(v > 0)) return 0;
    return v < WAIT_MAX ? v : WAIT_MAX;
}

static double backoff(run *r, int tries)
{
    double top = r->o->backoff > 0 ? r->o->backoff : 1;
    for (int i = 0; i < tries && top < BACKOFF_MAX; i++)
        top *= 2;
    if (top > BACKOFF_MAX) top = BACKOFF_MAX;
    return top * hone_rng_unit(r->o->seed, HONE_RNG_JITTER, 0, r->jitter++); /* full jitter */
}

static void release(run *r, flight *f)
{
    hone_free(f->asked.body);
    memset(f, 0, sizeof *f);
    r->in_use--;
}

/* Another try later, or the end of this request. While the breaker is open nothing counts as a
 * try: it is the server that is gone, not this request that is wrong. */
static int try_again(run *r, flight *f, double at_least, bool open, const char *why)
{
    double now = hone_clock();
    f->sent = f->reserved = false;
    if (!open && ++f->tries > r->o->retries) {
        r->given_up++;
        r->outcomes[HONE_TEACH_HTTP_ERROR]++;
        int rc = refuse_flight(r, &f->asked, why);
        release(r, f);
        return rc;
    }
    r->retried++;
    f->not_before = now + at_least + backoff(r, f->tries);
    if (hone_pace_failing(&r->pace, now) < r->outage) return 0;
    hone_err_hint(r->err, "run the same line again later: finished requests are kept");
    return hone_fail(r->err, HONE_E_STOPPED, "the teacher has been gone for %.0f minutes: %s",
                     hone_pace_failing(&r->pace, now) / 60, why);
}

/* ---- replies ---- */

/* The raw reply and its cost go into the journal; the caller syncs before it counts. */
static int journal_reply(run *r, flight *f, const hone_http_reply *h)
{
    hone_teach_reply read;
    hone_arena *a = hone_arena_new();
    if (!a) return hone_err_memory(r->err, "reply", h->body.len);
    const char *body = h->body.data ? h->body.data : "";
    r->o->dialect->read(&read, a, body, h->body.len);
    hone_arena_free(a);
    f->cost = read.usage.given ? hone_cost_used(&r->o->prices, &read.usage) : f->asked.worst;
    if (read.usage.given) {
        r->used_replies++;
        r->used_cost += f->cost;
        r->used_input += read.usage.input;
        r->used_output += read.usage.output;
        hone_pace_used(&r->pace, f->tokens, (double)(read.usage.input + read.usage.output));
    }
    return append(r, "reply", f->asked.key, f->cost, f->asked.worst, body, h->body.len);
}

static int finish_reply(run *r, flight *f, const hone_http_reply *h)
{
    hone_budget_settle(&r->budget, f->asked.worst, f->cost);
    r->any_success = true;
    hone_pace_good(&r->pace);
    hone_asked q = f->asked;
    release(r, f); /* its place may be needed for the check of its rows */
    return take_reply(r, &q, h->body.data ? h->body.data : "", h->body.len);
}

static int book_free(run *r, const flight *f)
{
    HONE_TRY(append(r, "free", f->asked.key, 0, f->asked.worst, NULL, 0));
    hone_budget_settle(&r->budget, f->asked.worst, 0);
    return 0;
}

/* The server, or the way to it, is in trouble; nothing was billed. */
static int free_again(run *r, flight *f, double at_least, const char *why)
{
    HONE_TRY(book_free(r, f));
    return try_again(r, f, at_least, hone_pace_bad(&r->pace, hone_clock()), why);
}

/* "Slower": one wait for all. */
static int limited(run *r, flight *f, double wait, const char *why)
{
    HONE_TRY(book_free(r, f));
    hone_pace_slower(&r->pace, f->sent_at, wait, hone_clock());
    return try_again(r, f, wait, false, why);
}

static int refuse_request(run *r, flight *f, const hone_http_reply *h, const char *why)
{
    HONE_TRY(book_free(r, f));
    r->outcomes[HONE_TEACH_HTTP_ERROR]++;
    HONE_TRY(refuse_flight(r, &f->asked, why));
    release(r, f);
    if (r->any_success || ++r->bad_first < BAD_MAX) return 0;
    hone_err_hint(r->err, "check --base-url and --model");
    return hone_fail(r->err, HONE_E_REMOTE, "the teacher refuses every request: status %d, %.300s",
                     h->status, h->body.data ? h->body.data : "");
}

/* A server that knows no schemas, or no response format at all. */
static int simpler_format(run *r, flight *f, const hone_http_reply *h)
{
    hone_asked again;
    if (f->asked.format == HONE_FORMAT_NONE) return refuse_request(r, f, h, "bad request");
    HONE_TRY(book_free(r, f));
    if (f->asked.format == r->asker.format) { /* else another reply said so before */
        r->asker.format = (hone_format)(r->asker.format + 1);
        HONE_TRY(append(r, "format", "", (int64_t)r->asker.format, 0, NULL, 0));
    }
    HONE_TRY(hone_asker_make(&r->asker, f->asked.number, f->asked.check, &again, r->err));
    hone_free(f->asked.body);
    f->asked = again;
    f->sent = f->reserved = false;
    f->not_before = 0;
    return 0;
}

static int on_status(run *r, flight *f, const hone_http_reply *h)
{
    char why[64];
    (void)snprintf(why, sizeof why, "status %d", h->status);
    switch (r->o->dialect->status(h->status, h->body.data, h->body.len)) {
    case HONE_STATUS_REPLY: return finish_reply(r, f, h);
    case HONE_STATUS_RETRY: return free_again(r, f, server_wait(h), why);
    case HONE_STATUS_LIMIT: return limited(r, f, server_wait(h), why);
    case HONE_STATUS_FORMAT: return simpler_format(r, f, h);
    case HONE_STATUS_BAD: return refuse_request(r, f, h, why);
    case HONE_STATUS_KEY:
        hone_err_hint(r->err, "the key comes from %s or the variable named with --api-key-env",
                      r->o->dialect->key_envs[0]);
        return hone_fail(r->err, HONE_E_REMOTE, "the teacher refuses the key: status %d",
                         h->status);
    default:
        hone_err_hint(r->err, "run the same line again when there is money: finished requests are "
                              "kept");
        return hone_fail(r->err, HONE_E_STOPPED,
                         "the teacher's account has no money or no daily quota left: status %d",
                         h->status);
    }
}

static int on_unknown(run *r, flight *f, const char *why)
{
    HONE_TRY(append(r, "unknown", f->asked.key, f->asked.worst, f->asked.worst, NULL, 0));
    hone_budget_settle(&r->budget, f->asked.worst, f->asked.worst);
    r->outcomes[HONE_TEACH_UNKNOWN]++;
    bool open = hone_pace_bad(&r->pace, hone_clock());
    if (++f->unknowns > UNKNOWN_MAX) { /* each of them may be billed: not again and again */
        f->tries = r->o->retries;
        open = false;
    }
    return try_again(r, f, 0, open, why);
}

static int on_http(run *r, hone_http_reply *h)
{
    flight *f = h->tag;
    switch (h->outcome) {
    case HONE_HTTP_REPLY: return on_status(r, f, h);
    case HONE_HTTP_NOT_SENT: return free_again(r, f, 0, h->error);
    case HONE_HTTP_TLS: return hone_fail(r->err, HONE_E_REMOTE, "%s: %s", r->url, h->error);
    default: return on_unknown(r, f, h->error);
    }
}

/* ---- sending ---- */

static flight *free_flight(run *r)
{
    for (int i = 0; i < r->o->max_concurrency; i++)
        if (!r->flights[i].used) return &r->flights[i];
    return NULL;
}

/* What the request will probably count for: its own bytes, and answers like those so far. */
static double tokens_about(const run *r, const hone_asked *q)
{
    double out = r->used_replies ? (double)r->used_output / (double)r->used_replies
                                 : (double)r->o->per_request * TOKENS_PER_ROW;
    return (double)q->body_len / 4 + out;
}

/* Reserves the worst cost and writes that the request will be sent; not durable yet. */
static int reserve_flight(run *r, flight *f, double now)
{
    if (!hone_budget_reserve(&r->budget, f->asked.worst)) {
        f->not_before = now + 0.05;
        if (hone_http_in_flight(r->http) > 0) return 0; /* their cost may turn out smaller */
        r->no_money = true;
        release(r, f);
        return 0;
    }
    HONE_TRY(append(r, "sent", f->asked.key, f->asked.worst, 0, NULL, 0));
    f->reserved = true;
    f->tokens = tokens_about(r, &f->asked);
    hone_pace_sent(&r->pace, f->tokens, now);
    return 1;
}

static int send_flight(run *r, flight *f)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    hone_http_request q = { .method = "POST",
                            .url = r->url,
                            .headers = headers,
                            .secret_header = r->secret,
                            .body = f->asked.body,
                            .body_len = f->asked.body_len,
                            .max_body = 8 << 20,
                            .timeout = r->o->timeout };
    HONE_TRY(hone_http_send(r->http, &q, f, r->err));
    f->sent = true;
    f->sent_at = hone_clock();
    r->sent++;
    return 0;
}

/* All that may go out now: written, synced once, sent. */
static int send_ready(run *r)
{
    double now = hone_clock();
    int on_way = hone_http_in_flight(r->http);
    int count = 0;
    for (int i = 0; i < r->o->max_concurrency; i++) {
        flight *f = &r->flights[i];
        if (!f->used || f->sent || f->not_before > now) continue;
        if (!hone_pace_may(&r->pace, on_way + count, tokens_about(r, &f->asked), now)) break;
        int rc = reserve_flight(r, f, now);
        if (rc < 0) return rc;
        count += rc;
    }
    if (count == 0) return 0;
    HONE_TRY(hone_journal_sync(r->journal, r->err));
    for (int i = 0; i < r->o->max_concurrency; i++) {
        flight *f = &r->flights[i];
        if (f->used && f->reserved && !f->sent) HONE_TRY(send_flight(r, f));
    }
    return 0;
}

/* Answered from the journal at once, or put into flight. */
static int start_request(run *r, int64_t number, const hone_check *check)
{
    hone_asked q;
    HONE_TRY(hone_asker_make(&r->asker, number, check, &q, r->err));
    known *k = get_known(r, q.key);
    if (!k) {
        hone_free(q.body);
        return hone_err_memory(r->err, "request", 1);
    }
    if (k->reply) {
        r->from_journal++;
        hone_free(q.body);
        q.body = NULL;
        return take_reply(r, &q, k->reply, k->reply_len);
    }
    flight *f = free_flight(r);
    if (!f) {
        hone_free(q.body);
        return hone_fail(r->err, HONE_E_INTERNAL, "no place for a request");
    }
    *f = (flight){ .asked = q, .used = true };
    r->in_use++;
    return 0;
}

static int start_check(run *r, const hone_asked *q, const hone_check *c)
{
    return start_request(r, q->number, c);
}

static int next_request(run *r)
{
    return start_request(r, r->next++, NULL);
}

static bool rows_missing(const run *r)
{
    int64_t coming = (int64_t)r->in_use * r->o->per_request * 7 / 10;
    return hone_collect_accepted(r->out) + coming < r->o->rows;
}

static int feed(run *r)
{
    while (!r->no_money && rows_missing(r) && r->in_use < (int)r->pace.in_flight &&
           r->next < r->limit_number)
        HONE_TRY(next_request(r));
    return send_ready(r);
}

/* Takes what has arrived, up to a batch: replies become durable together, then they count. */
static int receive(run *r, double timeout)
{
    hone_http_reply got[BATCH];
    int n = 0;
    int rc = hone_http_wait(r->http, timeout, &got[0], r->err);
    while (rc == 1 && ++n < BATCH)
        rc = hone_http_wait(r->http, 0, &got[n], r->err);
    for (int i = 0; i < n && rc >= 0; i++) {
        const hone_http_reply *h = &got[i];
        if (h->outcome != HONE_HTTP_REPLY ||
            r->o->dialect->status(h->status, h->body.data, h->body.len) != HONE_STATUS_REPLY)
            continue;
        rc = journal_reply(r, h->tag, h);
    }
    if (n > 0 && rc >= 0) rc = hone_journal_sync(r->journal, r->err);
    for (int i = 0; i < n; i++) {
        if (rc >= 0) rc = on_http(r, &got[i]);
        hone_http_reply_done(&got[i]);
    }
    return rc < 0 ? rc : n;
}

static void show(run *r)
{
    if (!r->o->progress) return;
    char reasons[80];
    char text[256];
    char limit[40] = "";
    double seconds = hone_clock() - r->started;
    if (r->budget.limit > 0)
        (void)snprintf(limit, sizeof limit, " of %.2f", (double)r->budget.limit / 1e6);
    hone_collect_reasons(r->out, reasons, sizeof reasons);
    (void)snprintf(text, sizeof text,
                   "%lld refused%s, %d in flight, %.1f requests/s, spent %.4f%s%s",
                   (long long)hone_collect_refused(r->out), reasons, hone_http_in_flight(r->http),
                   seconds > 0 ? (double)r->sent / seconds : 0.0, (double)r->budget.spent / 1e6,
                   limit, r->pace.open ? ", waiting for the teacher" : "");
    r->o->progress(r->o->user, hone_collect_accepted(r->out), r->o->rows, text);
}

static int loop(run *r)
{
    while (hone_collect_accepted(r->out) < r->o->rows) {
        HONE_TRY(feed(r));
        if (r->in_use == 0 && (r->no_money || r->next >= r->limit_number)) break;
        int got = receive(r, 0.05);
        if (got < 0) return got;
        if (got == 0 && hone_http_in_flight(r->http) == 0 && r->in_use > 0) {
            struct timespec nap = { 0, 2000000 };
            (void)nanosleep(&nap, NULL); /* all wait for their next try */
        }
        if (hone_stop_requested())
            return hone_fail(r->err, HONE_E_STOPPED, "stopped; run the same line again to go on");
        show(r);
    }
    return 0;
}

/* What is still on its way is paid for: its replies go into the journal, for the next run. */
static int drain(run *r)
{
    while (hone_http_in_flight(r->http) > 0 && !hone_stop_requested()) {
        int got = receive(r, 0.05);
        if (got < 0) return got;
    }
    return 0;
}

/* ---- the whole ---- */

static int start(run *r, const hone_remote_options *o, hone_arena *a, hone_err *err)
{
    memset(r, 0, sizeof *r);
    r->o = o;
    r->a = a;
    r->err = err;
    r->budget = (hone_budget){ .prices = o->prices, .limit = (int64_t)(o->max_cost * 1e6) };
    r->started = hone_clock();
    r->outage = o->outage > 0 ? o->outage : OUTAGE_MAX;
    hone_pace_start(&r->pace, o->max_concurrency, o->per_minute, o->tokens_per_minute, o->quiet,
                    o->probe, r->started);
    r->limit_number = 4 * (o->rows / o->per_request) + 20;
    if (o->max_cost > 0 && !o->prices.given) {
        hone_err_hint(err, "--prices INPUT,OUTPUT per million tokens");
        return hone_fail(err, HONE_E_USAGE, "--max-cost without --prices cannot be kept");
    }
    HONE_TRY(hone_asker_start(&r->asker, a, o, err));
    r->url = r->asker.url;
    r->flights = hone_arena_alloc(a, (size_t)o->max_concurrency * sizeof *r->flights);
    if (!r->flights) return hone_err_memory(err, "run", 1);
    if (o->key) {
        hone_buf secret = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&secret, o->dialect->secret, o->key);
        r->secret = hone_buf_take(&secret);
        if (!r->secret) return hone_err_memory(err, "key", 1);
    }
    return 0;
}

/* What o->forecast rows will take, by what these rows took. Replies from the journal cost nothing
 * now but say as much about the rows of a reply. */
static hone_json *forecast_of(const run *r)
{
    hone_arena *a = r->a;
    hone_json *o = hone_json_new_object(a);
    int64_t have = hone_collect_accepted(r->out);
    int64_t replies = r->sent + r->from_journal - r->retried;
    if (!o || have == 0 || replies <= 0) return o;
    double per_row = (double)replies / (double)have;
    double requests = ceil(per_row * (double)r->o->forecast);
    double told = r->used_replies ? (double)r->used_replies : 1;
    hone_json_set(a, o, "rows", hone_json_new_i64(a, r->o->forecast));
    hone_json_set(a, o, "requests", hone_json_new_i64(a, (int64_t)requests));
    if (r->used_replies) {
        hone_json_set(a, o, "input_tokens",
                      hone_json_new_i64(a, (int64_t)(requests * (double)r->used_input / told)));
        hone_json_set(a, o, "output_tokens",
                      hone_json_new_i64(a, (int64_t)(requests * (double)r->used_output / told)));
        if (r->o->prices.given)
            hone_json_set(a, o, "cost",
                          hone_json_new_f64(a, requests * (double)r->used_cost / told / 1e6));
    }
    double seconds = hone_clock() - r->started;
    if (r->sent > 0)
        hone_json_set(a, o, "seconds_at_this_pace",
                      hone_json_new_i64(a, (int64_t)(requests * seconds / (double)r->sent)));
    return o;
}

static hone_json *report_of(run *r)
{
    hone_arena *a = r->a;
    hone_json *o = hone_collect_report(r->out);
    hone_json *outcomes = hone_json_new_object(a);
    if (!o || !outcomes) return NULL;
    for (int i = 0; i < HONE_TEACH_OUTCOMES_COUNT; i++)
        if (r->outcomes[i])
            hone_json_set(a, outcomes, hone_teach_word((hone_teach_outcome)i),
                          hone_json_new_i64(a, r->outcomes[i]));
    hone_json_set(a, o, "provider", hone_json_new_str(a, r->o->dialect->name));
    hone_json_set(a, o, "model", hone_json_new_str(a, r->o->model));
    hone_json_set(a, o, "wanted", hone_json_new_i64(a, r->o->rows));
    hone_json_set(a, o, "requests_sent", hone_json_new_i64(a, r->sent));
    hone_json_set(a, o, "requests_from_journal", hone_json_new_i64(a, r->from_journal));
    hone_json_set(a, o, "requests_retried", hone_json_new_i64(a, r->retried));
    hone_json_set(a, o, "requests_given_up", hone_json_new_i64(a, r->given_up));
    hone_json_set(a, o, "cross_check", hone_json_new_bool(a, r->o->cross_check));
    hone_json_set(a, o, "outcomes", outcomes);
    hone_json_set(a, o, "input_tokens", hone_json_new_i64(a, r->used_input));
    hone_json_set(a, o, "output_tokens", hone_json_new_i64(a, r->used_output));
    hone_json_set(a, o, "prompt", hone_json_new_str(a, r->asker.prompt_hash));
    if (r->o->forecast > 0) hone_json_set(a, o, "forecast", forecast_of(r));
    bool ok = hone_json_set(
        a, o, "spent", hone_json_new_f64(a, (double)(r->budget.spent + r->budget.reserved) / 1e6));
    return ok ? o : NULL;
}

static void finish(run *r)
{
    for (int i = 0; r->flights && i < r->o->max_concurrency; i++)
        hone_free(r->flights[i].asked.body);
    hone_http_free(r->http);
    hone_journal_close(r->journal);
    hone_collect_close(r->out);
    hone_judge_free(r->judge);
    if (r->secret) explicit_bzero(r->secret, strlen(r->secret));
    hone_free(r->secret);
}

static int keep_out(void *user, const char *text, hone_err *err)
{
    return hone_judge_exclude_text(user, text, err);
}

static int load_failures(run *r)
{
    hone_refill *f = hone_arena_alloc(r->a, sizeof *f);
    if (!f) return hone_err_memory(r->err, "failures", sizeof *f);
    HONE_TRY(hone_refill_load(f, r->o->failures, r->asker.functions, r->asker.count, keep_out,
                              r->judge, r->err));
    hone_asker_refill(&r->asker, f);
    return 0;
}

static int open_all(run *r)
{
    HONE_TRY(
        hone_judge_new(&r->judge, r->a, r->o->tools, r->asker.functions, r->asker.count, r->err));
    hone_judge *j = r->judge;
    hone_judge_check_numbers(j);
    for (int i = 0; i < r->o->exclude_count; i++)
        HONE_TRY(hone_judge_exclude(j, r->o->exclude[i], r->err));
    if (r->o->failures) HONE_TRY(load_failures(r));
    HONE_TRY(hone_collect_open(&r->out, r->a, j, r->o->path, r->o->dialect->name, r->err));
    HONE_TRY(open_journal(r));
    return hone_http_new(&r->http, r->o->max_concurrency, r->err);
}

int hone_remote_run(const hone_remote_options *o, hone_arena *a, hone_json **ret_report,
                    hone_err *err)
{
    run r;
    int rc = start(&r, o, a, err);
    if (rc == 0) rc = open_all(&r);
    if (rc == 0) rc = loop(&r);
    if (rc == 0) rc = drain(&r);
    bool none = rc == 0 && hone_collect_accepted(r.out) == 0;
    hone_json *report = rc == 0 ? report_of(&r) : NULL;
    if (rc == 0 && !report) rc = hone_err_memory(err, "report", 1);
    if (rc == 0 && !none) rc = hone_collect_commit(r.out, err);
    if (rc == 0) *ret_report = report;
    if (rc == 0 && r.no_money) {
        hone_err_hint(err, "a higher --max-cost goes on from here: finished requests are kept in "
                           "the journal");
        rc = hone_fail(err, HONE_E_STOPPED, "the budget is used up after %lld of %lld rows",
                       (long long)hone_collect_accepted(r.out), (long long)o->rows);
    } else if (none) {
        hone_err_hint(err, "the report lists the outcomes and the reasons of the judge");
        rc = hone_fail(err, HONE_E_REMOTE, "not one row was accepted after %lld requests",
                       (long long)r.next);
    }
    finish(&r);
    return rc;
}

int hone_remote_plan(const hone_remote_options *o, hone_arena *a, hone_json **ret, hone_err *err)
{
    hone_asker k;
    HONE_TRY(hone_asker_start(&k, a, o, err));
    int64_t requests = (o->rows + o->per_request - 1) / o->per_request;
    int64_t bytes = 0;
    int64_t worst = 0;
    hone_json *v = hone_json_new_object(a);
    hone_json *per = hone_json_new_object(a);
    if (!v || !per) return hone_err_memory(err, "plan", 1);
    for (int64_t i = 0; i < requests; i++) {
        hone_asked q;
        int64_t n = 0;
        HONE_TRY(hone_asker_make(&k, i, NULL, &q, err));
        const char *name = hone_asker_category(&k, q.function);
        hone_json_i64(hone_json_get(per, name), &n);
        bytes += (int64_t)q.body_len;
        worst += q.worst;
        hone_free(q.body);
        if (!hone_json_set(a, per, name, hone_json_new_i64(a, n + 1)))
            return hone_err_memory(err, "plan", 1);
    }
    hone_json_set(a, v, "rows", hone_json_new_i64(a, o->rows));
    hone_json_set(a, v, "requests", hone_json_new_i64(a, requests));
    hone_json_set(a, v, "requests_per_category", per);
    hone_json_set(a, v, "input_tokens_about", hone_json_new_i64(a, bytes / 4));
    hone_json_set(a, v, "output_tokens_about", hone_json_new_i64(a, o->rows * TOKENS_PER_ROW));
    hone_json_set(a, v, "output_tokens_at_most", hone_json_new_i64(a, requests * o->max_tokens));
    if (o->prices.given) {
        hone_usage u = { true, bytes / 4, 0, o->rows * TOKENS_PER_ROW };
        hone_json_set(a, v, "cost_about",
                      hone_json_new_f64(a, (double)hone_cost_used(&o->prices, &u) / 1e6));
    }
    if (o->per_minute > 0)
        hone_json_set(a, v, "minutes_at_least",
                      hone_json_new_f64(a, ceil((double)requests / o->per_minute)));
    hone_json_set(a, v, "prompt", hone_json_new_str(a, k.prompt_hash));
    hone_json_set(a, v, "cost_known", hone_json_new_bool(a, o->prices.given));
    bool ok = hone_json_set(a, v, "cost_at_most", hone_json_new_f64(a, (double)worst / 1e6));
    *ret = v;
    return ok ? 0 : hone_err_memory(err, "plan", 1);
}
