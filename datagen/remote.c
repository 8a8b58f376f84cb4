/* A run of a remote teacher (datagen/remote.h); the write order is that of docs/datagen.md. */
#include "datagen/remote.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "datagen/remote_run.h"

enum { OUTAGE_MAX = 7200, FORECAST_REPLIES = 8 };

void hone_remote_release(hone_remote *r, hone_flight *f)
{
    hone_free(f->asked.body);
    hone_arena_free(f->read_arena);
    memset(f, 0, sizeof *f);
    f->next_free = r->free_flight;
    r->free_flight = (int)(f - r->flights);
    r->in_use--;
}

/* A place for a request, or NULL. */
static hone_flight *take_flight(hone_remote *r, const hone_asked *q)
{
    if (r->free_flight < 0) return NULL;
    hone_flight *f = &r->flights[r->free_flight];
    r->free_flight = f->next_free;
    *f = (hone_flight){ .asked = *q, .used = true };
    r->in_use++;
    return f;
}

/* What the request will probably count for: its own bytes, and answers like those so far. */
static double tokens_about(const hone_remote *r, const hone_asked *q)
{
    double out = r->used.replies ? (double)r->used.output / (double)r->used.replies
                                 : (double)r->o->per_request * HONE_TOKENS_PER_ROW;
    return (double)q->body_len / 4 + out;
}

/* Reserves the worst cost and writes that the request will be sent; not durable yet. */
static int reserve_flight(hone_remote *r, hone_flight *f, double now)
{
    if (!hone_budget_reserve(&r->ledger.budget, f->asked.worst)) {
        f->not_before = now + 0.05;
        if (hone_http_in_flight(r->http) > 0) return 0; /* their cost may turn out smaller */
        r->no_money = true;
        hone_remote_release(r, f);
        return 0;
    }
    hone_entry e = { .kind = "sent",
                     .key = f->asked.key,
                     .cost = f->asked.worst,
                     .number = f->asked.number,
                     .wish = f->asked.check ? NULL : &f->asked.wish };
    HONE_TRY(hone_ledger_write(&r->ledger, &e, r->err));
    f->reserved = true;
    f->tokens = tokens_about(r, &f->asked);
    hone_pace_sent(&r->pace, f->tokens, now);
    return 1;
}

static int send_flight(hone_remote *r, hone_flight *f)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    hone_http_request q = { .method = "POST",
                            .url = r->asker.url,
                            .headers = headers,
                            .secret_header = r->secret,
                            .body = f->asked.body,
                            .body_len = f->asked.body_len,
                            .max_body = 8 << 20,
                            .timeout = r->o->timeout };
    HONE_TRY(hone_http_send(r->http, &q, f, r->err));
    hone_free(f->asked.body); /* the client has its own: this one would wait with it */
    f->asked.body = NULL;
    f->sent = true;
    f->sent_at = hone_clock();
    r->sent++;
    return 0;
}

/* The body again, for another try. */
static int remake(hone_remote *r, hone_flight *f)
{
    hone_asked again;
    HONE_TRY(hone_asker_make(&r->asker, f->asked.number, &f->asked.wish, f->asked.check, &again,
                             r->err));
    f->asked = again;
    return 0;
}

/* Reserves all that may go out now; the number of them. */
static int reserve_ready(hone_remote *r)
{
    double now = hone_clock();
    int on_way = hone_http_in_flight(r->http);
    int count = 0;
    for (int i = 0; i < r->o->max_concurrency; i++) {
        hone_flight *f = &r->flights[i];
        if (!f->used || f->sent || f->not_before > now) continue;
        if (!hone_pace_may(&r->pace, on_way + count, tokens_about(r, &f->asked), now)) break;
        if (!f->asked.body) HONE_TRY(remake(r, f));
        int rc = reserve_flight(r, f, now);
        if (rc < 0) return rc;
        count += rc;
    }
    return count;
}

static int send_reserved(hone_remote *r)
{
    for (int i = 0; i < r->o->max_concurrency; i++) {
        hone_flight *f = &r->flights[i];
        if (f->used && f->reserved && !f->sent) HONE_TRY(send_flight(r, f));
    }
    return 0;
}

/* One turn: what goes out and what came in since the last one share a sync, which both wait for.
 * The number of replies. */
static int turn(hone_remote *r, bool ask)
{
    int going = ask ? reserve_ready(r) : 0;
    if (going < 0) return going;
    HONE_TRY(hone_remote_gather(r, going > 0 ? 0 : 0.05));
    int got = r->batched;
    if (going > 0 || got > 0) HONE_TRY(hone_ledger_sync(&r->ledger, r->err));
    if (going > 0) HONE_TRY(send_reserved(r));
    HONE_TRY(hone_remote_settle(r));
    return got;
}

static int read_again(hone_remote *r, const hone_asked *q, const hone_known *k)
{
    hone_teach_reply reply;
    hone_arena *own = hone_arena_new();
    if (!own) return hone_err_memory(r->err, "reply", k->reply_len);
    r->from_journal++;
    r->o->dialect->read(&reply, own, k->reply, k->reply_len);
    int rc = hone_remote_take(r, q, &reply, own);
    hone_arena_free(own);
    return rc < 0 ? rc : 0;
}

/* Answered from the journal at once, or put into flight. */
static int start_request(hone_remote *r, int64_t number, const hone_wish *wish,
                         const hone_check *check)
{
    hone_asked q;
    HONE_TRY(hone_asker_make(&r->asker, number, wish, check, &q, r->err));
    if (!check) hone_wishes_sent(r->wishes, wish);
    const hone_known *k = hone_ledger_find(&r->ledger, q.key);
    if (k && k->reply) {
        hone_free(q.body);
        q.body = NULL;
        return read_again(r, &q, k);
    }
    if (k && take_flight(r, &q)) return 0;
    hone_free(q.body);
    return k ? hone_fail(r->err, HONE_E_INTERNAL, "no place for a request")
             : hone_err_memory(r->err, "request", 1);
}

int hone_remote_check(hone_remote *r, const hone_asked *q, const hone_check *c)
{
    return start_request(r, q->number, &q->wish, c);
}

/* What an earlier run asked for under this number is asked for again: it may have been paid. */
static int next_request(hone_remote *r)
{
    hone_wish wish;
    int64_t number = r->next++;
    const int64_t *known = hone_ledger_wish_of(&r->ledger, number);
    if (!known || !hone_wish_read(&wish, r->wishes, known)) hone_wishes_next(r->wishes, &wish);
    return start_request(r, number, &wish, NULL);
}

static bool rows_missing(const hone_remote *r)
{
    int64_t coming = (int64_t)r->in_use * r->o->per_request * 7 / 10;
    if (r->replies + r->from_journal + r->in_use < r->least_replies) return true;
    return hone_collect_accepted(r->out) + coming < r->o->rows;
}

static int feed(hone_remote *r)
{
    while (!r->no_money && rows_missing(r) && r->in_use < (int)r->pace.in_flight &&
           r->next < r->limit_number)
        HONE_TRY(next_request(r));
    return 0;
}

static int loop(hone_remote *r)
{
    while (hone_collect_accepted(r->out) < r->o->rows ||
           r->replies + r->from_journal < r->least_replies) {
        HONE_TRY(feed(r));
        int got = turn(r, true);
        if (got < 0) return got;
        if (r->in_use == 0 && (r->no_money || r->next >= r->limit_number)) break;
        if (got == 0 && hone_http_in_flight(r->http) == 0 && r->in_use > 0) {
            struct timespec nap = { 0, 2000000 };
            (void)nanosleep(&nap, NULL); /* all wait for their next try */
        }
        if (hone_stop_requested())
            return hone_fail(r->err, HONE_E_STOPPED, "stopped; run the same line again to go on");
        hone_remote_show(r);
    }
    return 0;
}

/* What is still on its way is paid for: its replies go into the journal, for the next run. */
static int drain(hone_remote *r)
{
    while (hone_http_in_flight(r->http) > 0 && !hone_stop_requested()) {
        int got = turn(r, false);
        if (got < 0) return got;
    }
    return 0;
}

static int make_flights(hone_remote *r, int count)
{
    r->flights = hone_arena_alloc(r->a, (size_t)count * sizeof *r->flights);
    r->batch = hone_arena_alloc(r->a, HONE_BATCH * sizeof *r->batch);
    if (!r->flights || !r->batch) return hone_err_memory(r->err, "run", 1);
    for (int i = 0; i < count; i++) r->flights[i].next_free = i + 1 < count ? i + 1 : -1;
    return 0;
}

static int start(hone_remote *r, const hone_remote_options *o, hone_arena *a, hone_err *err)
{
    memset(r, 0, sizeof *r);
    r->o = o;
    r->a = a;
    r->err = err;
    r->ledger.budget = (hone_budget){ .prices = o->prices, .limit = (int64_t)(o->max_cost * 1e6) };
    r->started = hone_clock();
    r->outage = o->outage > 0 ? o->outage : OUTAGE_MAX;
    hone_pace_start(&r->pace, o->max_concurrency, o->per_minute, o->tokens_per_minute, o->quiet,
                    o->probe, r->started);
    if (o->forecast > 0) { /* a forecast needs more than two or three replies */
        int64_t all = (o->forecast + o->per_request - 1) / o->per_request;
        r->least_replies = all < FORECAST_REPLIES ? all : FORECAST_REPLIES;
    }
    r->limit_number = 4 * (o->rows / o->per_request) + 20;
    if (o->max_cost > 0 && !o->prices.given) {
        hone_err_hint(err, "--prices INPUT,OUTPUT per million tokens");
        return hone_fail(err, HONE_E_USAGE, "--max-cost without --prices cannot be kept");
    }
    HONE_TRY(hone_asker_start(&r->asker, a, o, err));
    HONE_TRY(hone_wishes_new(&r->wishes, a, r->asker.functions, r->asker.count, &o->mix,
                             o->per_request, o->seed, err));
    HONE_TRY(make_flights(r, o->max_concurrency));
    if (o->key) {
        hone_buf secret = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&secret, o->dialect->secret, o->key);
        r->secret = hone_buf_take(&secret);
        if (!r->secret) return hone_err_memory(err, "key", 1);
    }
    return 0;
}

static void finish(hone_remote *r)
{
    for (int i = 0; r->flights && i < r->o->max_concurrency; i++)
        if (r->flights[i].used) hone_remote_release(r, &r->flights[i]);
    hone_remote_forget(r);
    while (r->spares > 0) hone_arena_free(r->spare[--r->spares]);
    hone_http_free(r->http);
    hone_ledger_close(&r->ledger);
    hone_collect_close(r->out);
    hone_judge_free(r->judge);
    if (r->secret) explicit_bzero(r->secret, strlen(r->secret));
    hone_free(r->secret);
}

static int keep_out(void *user, const char *text, hone_err *err)
{
    return hone_judge_exclude_text(user, text, err);
}

static int load_failures(hone_remote *r)
{
    hone_refill *f = hone_arena_alloc(r->a, sizeof *f);
    if (!f) return hone_err_memory(r->err, "failures", sizeof *f);
    HONE_TRY(hone_refill_load(f, r->o->failures, r->asker.functions, r->asker.count, keep_out,
                              r->judge, r->err));
    r->asker.refill = f;
    hone_wishes_refill(r->wishes, f);
    return 0;
}

static int open_ledger(hone_remote *r)
{
    hone_buf path = HONE_BUF_INIT(1 << 16);
    if (r->o->journal) hone_buf_str(&path, r->o->journal);
    else hone_buf_printf(&path, "%s.journal", r->o->path);
    int rc = hone_buf_ok(&path) ? hone_ledger_open(&r->ledger, r->a, path.data, r->err)
                                : hone_err_memory(r->err, "path", path.len);
    hone_buf_done(&path);
    r->asker.format = r->ledger.format;
    r->outcomes[HONE_TEACH_UNKNOWN] += r->ledger.unknown;
    return rc;
}

static int open_all(hone_remote *r)
{
    HONE_TRY(
        hone_judge_new(&r->judge, r->a, r->o->tools, r->asker.functions, r->asker.count, r->err));
    hone_judge *j = r->judge;
    hone_judge_check_numbers(j, &hone_tongue_english);
    for (int i = 0; i < r->o->exclude_count; i++)
        HONE_TRY(hone_judge_exclude(j, r->o->exclude[i], r->err));
    if (r->o->failures) HONE_TRY(load_failures(r));
    HONE_TRY(hone_collect_open(&r->out, r->a, j, r->o->path, r->o->dialect->name, r->err));
    hone_collect_vary(r->out, &r->o->mix, r->o->tools, r->o->seed);
    HONE_TRY(open_ledger(r));
    return hone_http_new(&r->http, r->o->max_concurrency, r->err);
}

int hone_remote_run(const hone_remote_options *o, hone_arena *a, hone_json **ret_report,
                    hone_err *err)
{
    hone_remote r;
    int rc = start(&r, o, a, err);
    if (rc == 0) rc = open_all(&r);
    if (rc == 0) rc = loop(&r);
    if (rc == 0) rc = drain(&r);
    bool none = rc == 0 && hone_collect_accepted(r.out) == 0;
    hone_json *report = rc == 0 ? hone_remote_report(&r) : NULL;
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
        char reasons[80];
        hone_collect_reasons(r.out, reasons, sizeof reasons);
        rc = hone_fail(err, HONE_E_REMOTE, "not one row was accepted after %lld requests%s",
                       (long long)r.next, reasons);
    }
    finish(&r);
    return rc;
}

