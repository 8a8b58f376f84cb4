/* What a reply means for its request (datagen/remote_run.h): read it, try again, give it up or end
 * the run. docs/datagen.md has the table. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"
#include "datagen/remote_run.h"

enum { WAIT_MAX = 900, BACKOFF_MAX = 60, UNKNOWN_MAX = 2, BAD_MAX = 3 };
enum { COMPANY_MIN = 64 /* in flight */, COMPANY_NS = 10 * 1000 * 1000 };

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

static double backoff(hone_remote *r, int tries)
{
    double top = r->o->backoff > 0 ? r->o->backoff : 1;
    for (int i = 0; i < tries && top < BACKOFF_MAX; i++)
        top *= 2;
    if (top > BACKOFF_MAX) top = BACKOFF_MAX;
    return top * hone_rng_unit(r->o->seed, HONE_RNG_JITTER, 0, r->jitter++); /* full jitter */
}

/* Another try later, or the end of this request. While the breaker is open nothing counts as a
 * try: it is the server that is gone, not this request that is wrong. */
static int try_again(hone_remote *r, hone_flight *f, double at_least, bool open, const char *why)
{
    double now = hone_clock();
    f->sent = f->reserved = false;
    if (!open && ++f->tries > r->o->retries) {
        r->given_up++;
        r->outcomes[HONE_TEACH_HTTP_ERROR]++;
        int rc = hone_remote_refuse(r, &f->asked, why);
        hone_remote_release(r, f);
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
static int journal_reply(hone_remote *r, hone_flight *f, const hone_http_reply *h)
{
    f->read_arena = r->spares > 0 ? r->spare[--r->spares] : hone_arena_new();
    if (!f->read_arena) return hone_err_memory(r->err, "reply", h->body.len);
    const char *body = h->body.data ? h->body.data : "";
    r->o->dialect->read(&f->read, f->read_arena, body, h->body.len);
    const hone_usage *u = &f->read.usage;
    f->cost = u->given ? hone_cost_used(&r->o->prices, u) : f->asked.worst;
    if (u->given) {
        r->used.replies++;
        r->used.cost += f->cost;
        r->used.input += u->input;
        r->used.output += u->output;
        hone_pace_used(&r->pace, f->tokens, (double)(u->input + u->output));
    }
    hone_entry e = { "reply", f->asked.key, f->cost, f->asked.worst, body, h->body.len, 0, NULL };
    return hone_ledger_write(&r->ledger, &e, r->err);
}

/* The row texts lie in the arena of the reading: those that wait for a second answer outlive it. */
static int finish_reply(hone_remote *r, hone_flight *f)
{
    hone_budget_settle(&r->ledger.budget, f->asked.worst, f->cost);
    r->any_success = true;
    hone_pace_good(&r->pace);
    hone_asked q = f->asked;
    hone_teach_reply reply = f->read;
    hone_arena *own = f->read_arena;
    f->read_arena = NULL;
    hone_remote_release(r, f); /* its place may be needed for the check of its rows */
    r->replies++;
    int rc = hone_remote_take(r, &q, &reply, own);
    if (r->spares == HONE_BATCH) {
        hone_arena_free(own);
    } else {
        hone_arena_clear(own);
        r->spare[r->spares++] = own;
    }
    return rc < 0 ? rc : 0;
}

static int book_free(hone_remote *r, const hone_flight *f)
{
    hone_entry e = { .kind = "free", .key = f->asked.key, .worst = f->asked.worst };
    HONE_TRY(hone_ledger_write(&r->ledger, &e, r->err));
    hone_budget_settle(&r->ledger.budget, f->asked.worst, 0);
    return 0;
}

/* The server, or the way to it, is in trouble; nothing was billed. */
static int free_again(hone_remote *r, hone_flight *f, double at_least, const char *why)
{
    HONE_TRY(book_free(r, f));
    return try_again(r, f, at_least, hone_pace_bad(&r->pace, hone_clock()), why);
}

/* "Slower": one wait for all. */
static int limited(hone_remote *r, hone_flight *f, double wait, const char *why)
{
    HONE_TRY(book_free(r, f));
    hone_pace_slower(&r->pace, f->sent_at, wait, hone_clock());
    return try_again(r, f, wait, false, why);
}

static int refuse_request(hone_remote *r, hone_flight *f, const hone_http_reply *h, const char *why)
{
    HONE_TRY(book_free(r, f));
    r->outcomes[HONE_TEACH_HTTP_ERROR]++;
    HONE_TRY(hone_remote_refuse(r, &f->asked, why));
    hone_remote_release(r, f);
    if (r->any_success || ++r->bad_first < BAD_MAX) return 0;
    hone_err_hint(r->err, "check --base-url and --model");
    return hone_fail(r->err, HONE_E_REMOTE, "the teacher refuses every request: status %d, %.300s",
                     h->status, h->body.data ? h->body.data : "");
}

/* A server that knows no schemas, or no response format at all. */
static int simpler_format(hone_remote *r, hone_flight *f, const hone_http_reply *h)
{
    hone_asked again;
    if (f->asked.format == HONE_FORMAT_NONE) return refuse_request(r, f, h, "bad request");
    HONE_TRY(book_free(r, f));
    if (f->asked.format == r->asker.format) { /* else another reply said so before */
        r->asker.format = (hone_format)(r->asker.format + 1);
        hone_entry e = { .kind = "format", .key = "", .cost = (int64_t)r->asker.format };
        HONE_TRY(hone_ledger_write(&r->ledger, &e, r->err));
    }
    HONE_TRY(hone_asker_make(&r->asker, f->asked.number, &f->asked.wish, f->asked.check, &again,
                             r->err));
    hone_free(f->asked.body);
    f->asked = again;
    f->sent = f->reserved = false;
    f->not_before = 0;
    return 0;
}

static int on_status(hone_remote *r, hone_flight *f, const hone_http_reply *h)
{
    char why[64];
    (void)snprintf(why, sizeof why, "status %d", h->status);
    switch (r->o->dialect->status(h->status, h->body.data, h->body.len)) {
    case HONE_STATUS_REPLY: return finish_reply(r, f);
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

static int on_unknown(hone_remote *r, hone_flight *f, const char *why)
{
    hone_entry e = {
        .kind = "unknown", .key = f->asked.key, .cost = f->asked.worst, .worst = f->asked.worst
    };
    HONE_TRY(hone_ledger_write(&r->ledger, &e, r->err));
    hone_budget_settle(&r->ledger.budget, f->asked.worst, f->asked.worst);
    r->outcomes[HONE_TEACH_UNKNOWN]++;
    bool open = hone_pace_bad(&r->pace, hone_clock());
    if (++f->unknowns > UNKNOWN_MAX) { /* each of them may be billed: not again and again */
        f->tries = r->o->retries;
        open = false;
    }
    return try_again(r, f, 0, open, why);
}

static int on_http(hone_remote *r, hone_http_reply *h)
{
    hone_flight *f = h->tag;
    switch (h->outcome) {
    case HONE_HTTP_REPLY: return on_status(r, f, h);
    case HONE_HTTP_NOT_SENT: return free_again(r, f, 0, h->error);
    case HONE_HTTP_TLS: return hone_fail(r->err, HONE_E_REMOTE, "%s: %s", r->asker.url, h->error);
    default: return on_unknown(r, f, h->error);
    }
}

/* With many on their way the first reply waits for others: a sync costs what ten requests do. */
static void wait_for_company(const hone_remote *r)
{
    static const struct timespec nap = { 0, COMPANY_NS };
    if (hone_http_in_flight(r->http) >= COMPANY_MIN) (void)nanosleep(&nap, NULL);
}

int hone_remote_gather(hone_remote *r, double timeout)
{
    int rc = hone_http_wait(r->http, timeout, &r->batch[0], r->err);
    if (rc == 1) wait_for_company(r);
    while (rc == 1 && ++r->batched < HONE_BATCH)
        rc = hone_http_wait(r->http, 0, &r->batch[r->batched], r->err);
    for (int i = 0; i < r->batched && rc >= 0; i++) {
        const hone_http_reply *h = &r->batch[i];
        if (h->outcome != HONE_HTTP_REPLY ||
            r->o->dialect->status(h->status, h->body.data, h->body.len) != HONE_STATUS_REPLY)
            continue;
        rc = journal_reply(r, h->tag, h);
    }
    return rc < 0 ? rc : 0;
}

int hone_remote_settle(hone_remote *r)
{
    int rc = 0;
    for (int i = 0; i < r->batched && rc >= 0; i++) rc = on_http(r, &r->batch[i]);
    hone_remote_forget(r);
    return rc < 0 ? rc : 0;
}

void hone_remote_forget(hone_remote *r)
{
    while (r->batched > 0) hone_http_reply_done(&r->batch[--r->batched]);
}
