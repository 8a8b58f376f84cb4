/* A run of the offline teacher (datagen/produce.h). */
#include "datagen/produce.h"

#include <string.h>

#include "common/mem.h"
#include "common/stop.h"
#include "datagen/noise.h"
#include "datagen/offline.h"
#include "datagen/pair.h"

enum { TRIES_PER_ROW = 60, LENGTH_TRIES = 8 };

static hone_json *operators(hone_arena *a, const hone_candidate *c)
{
    static const char *const names[] = { "filler", "repeat", "restart", "typo" };
    hone_json *list = hone_json_new_array(a);
    for (int i = 0; list && i < 4; i++)
        if (c->operators >> i & 1) hone_json_push(a, list, hone_json_new_str(a, names[i]));
    if (list && c->mended) hone_json_push(a, list, hone_json_new_str(a, "self_correction"));
    if (list && c->context) hone_json_push(a, list, hone_json_new_str(a, "context"));
    return list;
}

/* A teacher that speaks one of the languages. */
typedef struct speaker {
    const hone_tongue *tongue;
    const char *code; /* as it was asked for */
    hone_offline *teacher;
    int64_t rows;
} speaker;

typedef struct filling {
    speaker *speakers;
    int speaker_count;
    bool told; /* rows name their language */
    hone_row_plan *plan;
    hone_collect *out;
    hone_arena *row;
    hone_err *err;
} filling;

static const hone_json *provenance(const filling *f, const speaker *s, const hone_candidate *c,
                                   const hone_want *w)
{
    hone_arena *a = f->row;
    hone_json *o = hone_json_new_object(a);
    if (!o) return NULL;
    hone_json_set(a, o, "provider", hone_json_new_str(a, "offline"));
    hone_json_set(a, o, "frame", hone_json_new_str(a, c->frame));
    hone_json_set(a, o, "style", hone_json_new_str(a, hone_style_name(w->style)));
    if (f->told) hone_json_set(a, o, "language", hone_json_new_str(a, s->code));
    if (!w->call) hone_json_set(a, o, "sort", hone_json_new_str(a, hone_sort_name(w->sort)));
    hone_json *ops = operators(a, c);
    if (ops && ops->len) hone_json_set(a, o, "operators", ops);
    if (*c->seed_id) hone_json_set(a, o, "seed", hone_json_new_str(a, c->seed_id));
    return o;
}

static int add_candidate(const filling *f, const speaker *s, const hone_candidate *c,
                         const hone_want *w)
{
    hone_call call = { c->function, c->arguments };
    hone_collect_row row = { .user = c->user,
                             .answer = c->answer,
                             .category = c->function ? c->function : "no_call",
                             .group = c->group,
                             .source = provenance(f, s, c, w),
                             .kind =
                                 w->call ? hone_style_name(w->style) : hone_sort_name(w->sort) };
    if (c->function) row.calls = (hone_calls){ &call, 1 };
    return hone_collect_add(f->out, &row, f->err);
}

static int add_seeds(hone_collect *out, hone_arena *a, const hone_generate_options *o,
                     hone_err *err)
{
    for (size_t i = 0; o->keep_seeds && i < o->seed_count; i++) {
        const hone_row *s = &o->seeds[i];
        hone_json *source = hone_json_new_object(a);
        if (!source) return hone_err_memory(err, "source", 1);
        hone_json_set(a, source, "provider", hone_json_new_str(a, "seed"));
        hone_json_set(a, source, "seed", hone_json_new_str(a, s->id));
        const hone_json *last = s->messages->len ? s->messages->items[s->messages->len - 1] : NULL;
        const hone_json *text = hone_json_get(last, "content");
        hone_collect_row row = { .user = s->user_text,
                                 .calls = s->expected,
                                 .source = source,
                                 .kind = "seed",
                                 .answer = hone_json_is(text, HONE_JSON_STRING) ? text->text : "",
                                 .category =
                                     s->expected.count ? s->expected.items[0].name : "no_call",
                                 .group = s->group[0] ? s->group : s->id };
        int rc = hone_collect_add(out, &row, err);
        if (rc < 0) return rc;
    }
    return 0;
}

static int add_pair(const filling *f, const speaker *s, const hone_pair *p, const hone_want *w)
{
    hone_call calls[2] = { { p->halves[0].function, p->halves[0].arguments },
                                 { p->halves[1].function, p->halves[1].arguments } };
    hone_collect_row row = { .user = p->user,
                             .calls = { calls, 2 },
                             .category = "parallel",
                             .group = p->halves[0].group,
                             .source = provenance(f, s, &p->halves[0], w),
                             .kind = "parallel" };
    return hone_collect_add(f->out, &row, f->err);
}

/* A candidate of the wanted length if one comes up soon, else the last one. */
static int make_of_length(const filling *f, const speaker *s, const hone_want *w,
                          hone_candidate *ret)
{
    int rc = 0;
    for (int i = 0; i < LENGTH_TRIES; i++) {
        rc = hone_offline_make(s->teacher, f->row, w, ret, f->err);
        if (rc <= 0 || w->length < 0 || (int)hone_length_of(ret->user) == w->length) break;
    }
    return rc;
}

/* One row of one call or none: 1 accepted, 0 not. */
static int fill_single(const filling *f, const speaker *s, const hone_want *w)
{
    hone_candidate c;
    int rc = make_of_length(f, s, w, &c);
    if (rc < 0) return rc;
    if (rc == 0) {
        int n;
        const hone_function *all = hone_offline_functions(s->teacher, &n);
        const char *name = w->function >= 0 ? all[w->function].name : "no_call";
        HONE_TRY(hone_collect_refuse(f->out, name, "cannot_be_said", "", f->err));
        return 0;
    }
    rc = add_candidate(f, s, &c, w);
    if (rc > 0) hone_row_plan_count(f->plan, w, NULL, c.user);
    return rc;
}

static int fill_pair(const filling *f, const speaker *s, const hone_want *w,
                     const hone_want *second)
{
    hone_pair pair;
    int rc = hone_pair_make(s->teacher, f->row, w, second, &f->plan->rng, &pair, f->err);
    if (rc < 0) return rc;
    if (rc == 0) {
        HONE_TRY(hone_collect_refuse(f->out, "parallel", "cannot_be_said", "", f->err));
        return 0;
    }
    rc = add_pair(f, s, &pair, w);
    if (rc > 0) hone_row_plan_count(f->plan, w, second, pair.user);
    return rc;
}

/* Of those who can say it the one with the fewest rows. */
static speaker *next_speaker(const filling *f, const hone_want *w)
{
    speaker *best = NULL;
    for (int i = 0; i < f->speaker_count; i++) {
        speaker *s = &f->speakers[i];
        if (w->call && !hone_offline_speaks(s->teacher, w->function)) continue;
        if (!best || s->rows < best->rows) best = s;
    }
    return best ? best : &f->speakers[0];
}

/* Two requests in one utterance are joined in English alone. */
static int fill_one(const filling *f, speaker *s, const hone_want *w)
{
    hone_want second;
    bool pair = s->tongue->english && hone_row_plan_second(f->plan, w, &second);
    int rc = pair ? fill_pair(f, s, w, &second) : fill_single(f, s, w);
    s->rows += rc > 0;
    return rc;
}

static int fill(filling *f, const hone_generate_options *o, hone_err *err)
{
    hone_row_plan *p = f->plan;
    hone_collect *out = f->out;
    f->row = hone_arena_new();
    if (!f->row) return hone_err_memory(err, "row", 1);
    int rc = 0;
    int64_t misses = 0;
    while (rc >= 0 && hone_collect_accepted(out) < o->rows) {
        hone_want w;
        hone_arena_clear(f->row);
        hone_row_plan_next(p, &w);
        rc = fill_one(f, next_speaker(f, &w), &w);
        if (rc == 0) hone_row_plan_miss(p, &w);
        misses = rc > 0 ? 0 : misses + 1;
        if (rc >= 0 && misses > TRIES_PER_ROW * 20) break; /* nothing new can be said any more */
        if (rc >= 0 && hone_stop_requested())
            rc = hone_fail(err, HONE_E_STOPPED, "stopped; no rows were written");
        if (rc > 0 && o->progress) o->progress(o->user, hone_collect_accepted(out), o->rows);
    }
    f->row = hone_arena_free(f->row);
    return rc < 0 ? rc : 0;
}

static int fail_language(const char *language, hone_err *err)
{
    hone_buf known = HONE_BUF_INIT(1 << 12);
    hone_tongue_list(&known);
    hone_err_hint(err, "a remote teacher (--provider openai or gemini) writes other languages");
    int rc = hone_fail(err, HONE_E_USAGE, "the offline teacher speaks %s, not %s",
                       hone_buf_ok(&known) ? known.data : "", hone_language_name(language));
    hone_buf_done(&known);
    return rc;
}

/* A teacher for each language. Seeds teach English frames. */
static int start_speakers(filling *f, hone_arena *a, const hone_generate_options *o, hone_err *err)
{
    const hone_mix *m = &o->mix;
    int count = m->language_count ? m->language_count : 1;
    f->told = m->language_count > 0;
    f->speakers = hone_arena_alloc(a, (size_t)count * sizeof *f->speakers);
    if (!f->speakers) return hone_err_memory(err, "languages", (size_t)count);
    for (int i = 0; i < count; i++) {
        speaker *s = &f->speakers[i];
        s->code = m->language_count ? m->languages[i] : "en";
        s->tongue = hone_tongue_find(s->code);
        if (!s->tongue) return fail_language(s->code, err);
        size_t seeds = s->tongue->english ? o->seed_count : 0;
        HONE_TRY(hone_offline_new(&s->teacher, a, s->tongue, o->tools, o->seeds, seeds, o->seed,
                                  err));
        f->speaker_count++;
    }
    return 0;
}

/* The teacher of the seeds' language, else the first. */
static hone_offline *main_teacher(const filling *f)
{
    for (int i = 0; i < f->speaker_count; i++)
        if (f->speakers[i].tongue->english) return f->speakers[i].teacher;
    return f->speakers[0].teacher;
}

static void leave_out_unspoken(const filling *f, hone_offline *first)
{
    int n;
    (void)hone_offline_functions(first, &n);
    for (int i = 0; i < n; i++) {
        bool spoken = false;
        for (int k = 0; k < f->speaker_count; k++)
            spoken |= hone_offline_speaks(f->speakers[k].teacher, i);
        if (!spoken) hone_offline_leave_out(first, i, "no frames in this language");
    }
}

static hone_json *rows_by_language(hone_arena *a, const filling *f)
{
    hone_json *o = hone_json_new_object(a);
    for (int i = 0; o && i < f->speaker_count; i++)
        if (!hone_json_set(a, o, f->speakers[i].code, hone_json_new_i64(a, f->speakers[i].rows)))
            return NULL;
    return o;
}

static hone_json *finish_report(hone_arena *a, const filling *filled, const hone_offline *t,
                                const hone_generate_options *o)
{
    hone_collect *out = filled->out;
    hone_json *r = hone_collect_report(out);
    if (!r) return NULL;
    hone_json_set(a, r, "provider", hone_json_new_str(a, "offline"));
    hone_json_set(a, r, "wanted", hone_json_new_i64(a, o->rows));
    hone_json_set(a, r, "seed", hone_json_new_i64(a, (int64_t)o->seed));
    hone_json_set(a, r, "seeds_given", hone_json_new_i64(a, (int64_t)o->seed_count));
    hone_json_set(a, r, "frames_from_seeds", hone_json_new_i64(a, hone_offline_induced(t)));
    hone_json_set(a, r, "seeds_without_frame", hone_json_copy(a, hone_offline_notes(t)));
    if (filled->told) hone_json_set(a, r, "per_language", rows_by_language(a, filled));
    hone_json *left = hone_json_new_object(a);
    int n;
    const hone_function *f = hone_offline_functions(t, &n);
    for (int i = 0; left && i < n; i++)
        if (f[i].unsupported)
            hone_json_set(a, left, f[i].name, hone_json_new_str(a, f[i].unsupported));
    return left && hone_json_set(a, r, "functions_left_out", left) ? r : NULL;
}

static int keep_out(void *user, const char *text, hone_err *err)
{
    return hone_judge_exclude_text(user, text, err);
}

/* Shares by what an evaluation got wrong. */
static int refill(hone_row_plan *p, hone_judge *j, hone_arena *a, const hone_generate_options *o,
                  hone_err *err)
{
    hone_refill *r = hone_arena_alloc(a, sizeof *r);
    if (!r) return hone_err_memory(err, "failures", sizeof *r);
    HONE_TRY(hone_refill_load(r, o->failures, p->functions, p->count, keep_out, j, err));
    hone_row_plan_refill(p, r);
    return 0;
}

int hone_generate_offline(const hone_generate_options *o, hone_arena *a, hone_json **ret_report,
                          hone_err *err)
{
    filling f = { .err = err };
    hone_judge *j = NULL;
    hone_row_plan *p = hone_arena_alloc(a, sizeof *p);
    if (!p) return hone_err_memory(err, "plan", sizeof *p);
    HONE_TRY(start_speakers(&f, a, o, err));
    hone_offline *t = main_teacher(&f);
    leave_out_unspoken(&f, t);
    int n;
    const hone_function *functions = hone_offline_functions(t, &n);
    HONE_TRY(hone_row_plan_start(p, functions, n, o->rows, &o->mix, o->seed, err));
    int set_count;
    const hone_arg_set *sets = hone_offline_sets(t, &set_count);
    hone_row_plan_seeds(p, sets, set_count);
    HONE_TRY(hone_judge_new(&j, a, o->tools, functions, n, err));
    f.plan = p;
    int rc = 0;
    for (int i = 0; i < o->exclude_count && rc >= 0; i++)
        rc = hone_judge_exclude(j, o->exclude[i], err);
    if (rc >= 0 && o->failures) rc = refill(p, j, a, o, err);
    if (rc >= 0) rc = hone_collect_open(&f.out, a, j, o->path, "offline", err);
    if (rc >= 0) hone_collect_vary(f.out, &o->mix, o->tools, o->seed);
    if (rc >= 0) rc = add_seeds(f.out, a, o, err);
    if (rc >= 0) rc = fill(&f, o, err);
    hone_json *report = rc >= 0 ? finish_report(a, &f, t, o) : NULL;
    if (rc >= 0 && !report) rc = hone_err_memory(err, "report", 1);
    if (rc >= 0) *ret_report = report;
    if (rc >= 0 && hone_collect_accepted(f.out) == 0) {
        char reasons[80];
        hone_collect_reasons(f.out, reasons, sizeof reasons);
        hone_err_hint(err, "the report beside the row file lists the reasons");
        rc = hone_fail(err, HONE_E_DATA, "not one row could be made%s", reasons);
    }
    if (rc >= 0) rc = hone_collect_commit(f.out, err);
    hone_collect_close(f.out);
    hone_judge_free(j);
    return rc < 0 ? rc : 0;
}
