/* What a remote run tells (datagen/remote_run.h): the live line, the report, the forecast, the
 * plan. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "datagen/remote_run.h"

void hone_remote_show(hone_remote *r)
{
    if (!r->o->progress) return;
    char reasons[80];
    char text[256];
    char limit[40] = "";
    double seconds = hone_clock() - r->started;
    if (r->ledger.budget.limit > 0)
        (void)snprintf(limit, sizeof limit, " of %.4g", (double)r->ledger.budget.limit / 1e6);
    hone_collect_reasons(r->out, reasons, sizeof reasons);
    (void)snprintf(text, sizeof text, "%lld refused%s, %d in flight, %.1f/s, spent %.4g%s%s",
                   (long long)hone_collect_refused(r->out), reasons, hone_http_in_flight(r->http),
                   seconds > 0 ? (double)r->sent / seconds : 0.0,
                   (double)r->ledger.budget.spent / 1e6, limit,
                   r->pace.open ? ", waiting for the teacher" : "");
    r->o->progress(r->o->user, hone_collect_accepted(r->out), r->o->rows, text);
}

/* What o->forecast rows will take, by what these rows took. Replies from the journal cost nothing
 * now but say as much about the rows of a reply. */
static hone_json *forecast_of(const hone_remote *r)
{
    hone_arena *a = r->a;
    hone_json *o = hone_json_new_object(a);
    int64_t have = hone_collect_accepted(r->out);
    int64_t replies = r->sent + r->from_journal - r->retried;
    if (!o || have == 0 || replies <= 0) return o;
    double per_row = (double)replies / (double)have;
    double requests = ceil(per_row * (double)r->o->forecast);
    double told = r->used.replies ? (double)r->used.replies : 1;
    hone_json_set(a, o, "rows", hone_json_new_i64(a, r->o->forecast));
    hone_json_set(a, o, "requests", hone_json_new_i64(a, (int64_t)requests));
    if (r->used.replies) {
        hone_json_set(a, o, "input_tokens",
                      hone_json_new_i64(a, (int64_t)(requests * (double)r->used.input / told)));
        hone_json_set(a, o, "output_tokens",
                      hone_json_new_i64(a, (int64_t)(requests * (double)r->used.output / told)));
        if (r->o->prices.given)
            hone_json_set(a, o, "cost",
                          hone_json_new_f64(a, requests * (double)r->used.cost / told / 1e6));
    }
    double seconds = hone_clock() - r->started;
    if (r->sent > 0)
        hone_json_set(a, o, "seconds_at_this_pace",
                      hone_json_new_i64(a, (int64_t)(requests * seconds / (double)r->sent)));
    return o;
}

hone_json *hone_remote_report(hone_remote *r)
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
    hone_json_set(a, o, "given_up_kinds", hone_wishes_given_up(r->wishes, a));
    hone_json_set(a, o, "input_tokens", hone_json_new_i64(a, r->used.input));
    hone_json_set(a, o, "output_tokens", hone_json_new_i64(a, r->used.output));
    hone_json_set(a, o, "prompt", hone_json_new_str(a, r->asker.prompt_hash));
    if (r->o->forecast > 0) hone_json_set(a, o, "forecast", forecast_of(r));
    bool ok = hone_json_set(
        a, o, "spent",
        hone_json_new_f64(a, (double)(r->ledger.budget.spent + r->ledger.budget.reserved) / 1e6));
    return ok ? o : NULL;
}

/* Plays the run as if every row were good: how many requests of what, and what they cost at most.
 */
static int play(const hone_asker *k, hone_wishes *w, int64_t requests, hone_json *per,
                hone_arena *a, int64_t *bytes, int64_t *worst, hone_err *err)
{
    for (int64_t i = 0; i < requests; i++) {
        hone_asked q;
        hone_wish x;
        int64_t n = 0;
        hone_wishes_next(w, &x);
        hone_wishes_sent(w, &x);
        HONE_TRY(hone_asker_make(k, i, &x, NULL, &q, err));
        const char *name = x.kind == HONE_WISH_SIMPLE ? hone_asker_category(k, &x)
                                                      : hone_wish_kind_name(x.kind);
        hone_json_i64(hone_json_get(per, name), &n);
        *bytes += (int64_t)q.body_len;
        *worst += q.worst;
        hone_free(q.body);
        if (!hone_json_set(a, per, name, hone_json_new_i64(a, n + 1)))
            return hone_err_memory(err, "plan", 1);
    }
    return 0;
}

int hone_remote_plan(const hone_remote_options *o, hone_arena *a, hone_json **ret, hone_err *err)
{
    hone_asker k;
    hone_wishes *w;
    HONE_TRY(hone_asker_start(&k, a, o, err));
    int64_t requests = (o->rows + o->per_request - 1) / o->per_request;
    int64_t bytes = 0;
    int64_t worst = 0;
    hone_json *v = hone_json_new_object(a);
    hone_json *per = hone_json_new_object(a);
    if (!v || !per) return hone_err_memory(err, "plan", 1);
    HONE_TRY(hone_wishes_new(&w, a, k.functions, k.count, &o->mix, o->per_request, o->seed, err));
    HONE_TRY(play(&k, w, requests, per, a, &bytes, &worst, err));
    hone_json_set(a, v, "rows", hone_json_new_i64(a, o->rows));
    hone_json_set(a, v, "requests", hone_json_new_i64(a, requests));
    hone_json_set(a, v, "requests_per_category", per);
    hone_json_set(a, v, "input_tokens_about", hone_json_new_i64(a, bytes / 4));
    hone_json_set(a, v, "output_tokens_about", hone_json_new_i64(a, o->rows * HONE_TOKENS_PER_ROW));
    hone_json_set(a, v, "output_tokens_at_most", hone_json_new_i64(a, requests * o->max_tokens));
    if (o->prices.given) {
        hone_usage u = { true, bytes / 4, 0, o->rows * HONE_TOKENS_PER_ROW };
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
