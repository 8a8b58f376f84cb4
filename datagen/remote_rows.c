/* Rows of replies (datagen/remote_run.h): read, staged for their second answer, collected. */
#include <string.h>

#include "common/mem.h"
#include "datagen/remote_run.h"

static const hone_json *source_of(const hone_remote *r, const hone_asked *q, hone_arena *a)
{
    hone_json *o = hone_json_new_object(a);
    if (!o) return NULL;
    hone_json_set(a, o, "provider", hone_json_new_str(a, r->o->dialect->name));
    hone_json_set(a, o, "model", hone_json_new_str(a, r->o->model));
    hone_json_set(a, o, "request", hone_json_new_strn(a, q->key, 16));
    hone_json_set(a, o, "kind", hone_json_new_str(a, hone_wish_kind_name(q->wish.kind)));
    hone_json_set(a, o, "style", hone_json_new_str(a, hone_manner_name(q->wish.manner)));
    if (r->o->mix.language_count)
        hone_json_set(a, o, "language",
                      hone_json_new_str(a, r->o->mix.languages[q->wish.language]));
    return hone_json_set(a, o, "prompt", hone_json_new_str(a, r->asker.prompt_hash)) ? o : NULL;
}

/* "arguments" is an object or its text; of a row with several calls the list of them. */
static const hone_json *parsed_arguments(const hone_json *row, hone_arena *a)
{
    const hone_json *v = hone_json_get(row, "arguments");
    hone_json *parsed = NULL;
    if (!hone_json_is(v, HONE_JSON_STRING)) return v;
    return hone_json_parse(&parsed, a, v->text, v->len, "arguments", 1, NULL) == 0 ? parsed : NULL;
}

/* [{"name":..,"arguments":{..}}, ..], two at least; false if it is none. */
static bool read_calls(hone_staged *s, const hone_json *list)
{
    size_t n = hone_json_is(list, HONE_JSON_ARRAY) ? list->len : 0;
    if (n < 2 || n > HONE_CALLS_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        const hone_json *name = hone_json_get(list->items[i], "name");
        const hone_json *arguments = hone_json_get(list->items[i], "arguments");
        if (!hone_json_is(name, HONE_JSON_STRING) || !hone_json_is(arguments, HONE_JSON_OBJECT))
            return false;
        s->calls[i] = (hone_call){ name->text, arguments };
    }
    s->count = n;
    return true;
}

/* One row of a reply into *ret; 0 if it is none (counted). Everything lives in a. */
static int read_row(hone_remote *r, const hone_asked *q, const hone_json *row, hone_arena *a,
                    hone_staged *ret)
{
    const char *category = hone_asker_category(&r->asker, &q->wish);
    const char *user = hone_json_get(row, "user")->text;
    const hone_json *answer = hone_json_get(row, "answer");
    const hone_json *arguments = parsed_arguments(row, a);
    bool parallel = q->wish.kind == HONE_WISH_PARALLEL;
    *ret = (hone_staged){ .row = { .user = user,
                                   .category = category,
                                   .source = source_of(r, q, a),
                                   .kind = q->wish.kind == HONE_WISH_SIMPLE
                                               ? hone_manner_name(q->wish.manner)
                                               : hone_wish_kind_name(q->wish.kind) } };
    if (!ret->row.source) return hone_err_memory(r->err, "source", 1);
    if (!parallel && q->wish.kind != HONE_WISH_SIMPLE) {
        ret->row.answer = hone_json_is(answer, HONE_JSON_STRING) ? answer->text : "";
        return 1;
    }
    if (parallel && read_calls(ret, arguments)) return 1;
    if (parallel) return hone_collect_refuse(r->out, category, "calls_no_list", user, r->err);
    if (!hone_json_is(arguments, HONE_JSON_OBJECT))
        return hone_collect_refuse(r->out, category, "arguments_no_object", user, r->err);
    ret->calls[0] = (hone_call){ category, arguments };
    ret->count = 1;
    return 1;
}

/* Number words are judged in the languages that are known. */
static void set_language(hone_remote *r, const hone_asked *q)
{
    const hone_mix *m = &r->o->mix;
    const char *name = m->language_count ? m->languages[q->wish.language] : "en";
    hone_judge_check_numbers(r->judge, hone_tongue_find(name));
}

/* The row with its calls; 1 if it was accepted. */
static int add_row(hone_remote *r, const hone_asked *q, hone_staged *s)
{
    s->row.calls = (hone_calls){ s->calls, s->count };
    int rc = hone_collect_add(r->out, &s->row, r->err);
    if (rc == 1) hone_wishes_count(r->wishes, &q->wish, s->row.user, &s->row.calls);
    return rc;
}

bool hone_remote_wanted(const hone_remote *r)
{
    /* a forecast needs all rows of the replies that it paid for */
    return r->o->forecast > 0 || hone_collect_accepted(r->out) < r->o->rows;
}

/* Rows that are fit by themselves wait for the second answer. What waits depends on the reply
 * alone: the same request is made again after a restart, and found in the journal. */
static int stage_rows(hone_remote *r, const hone_asked *q, const hone_json *rows)
{
    hone_check *c = hone_arena_alloc(r->a, sizeof *c);
    if (c) c->rows = hone_arena_alloc(r->a, (rows->len + 1) * sizeof *c->rows);
    if (!c || !c->rows) return hone_err_memory(r->err, "rows", rows->len);
    c->count = 0;
    for (size_t i = 0; i < rows->len; i++) {
        hone_staged *s = &c->rows[c->count];
        const hone_json *row = hone_json_copy(r->a, rows->items[i]); /* outlives the reply */
        if (!row) return hone_err_memory(r->err, "rows", rows->len);
        int rc = read_row(r, q, row, r->a, s);
        if (rc < 0) return rc;
        if (rc == 0) continue;
        s->row.calls = (hone_calls){ s->calls, s->count };
        if (hone_judge_look(r->judge, s->row.user, &s->row.calls, s->row.answer, NULL) ==
            HONE_VERDICT_OK)
            c->count++;
        else HONE_TRY(add_row(r, q, s)); /* refuses, with the reason */
    }
    return c->count && hone_remote_wanted(r) ? hone_remote_check(r, q, c) : 0;
}

static int refuse_staged(hone_remote *r, const hone_check *c, size_t i, const char *reason,
                         const char *said)
{
    const hone_collect_row *row = &c->rows[i].row;
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_buf_str(&b, row->user);
    for (size_t k = 0; k < c->rows[i].count; k++) {
        hone_buf_str(&b, " | ");
        hone_json_write(&b, c->rows[i].calls[k].arguments, HONE_JSON_COMPACT);
    }
    if (*said) hone_buf_printf(&b, " | second answer: %s", said);
    int rc =
        hone_collect_refuse(r->out, row->category, reason, hone_buf_ok(&b) ? b.data : "", r->err);
    hone_buf_done(&b);
    return rc;
}

/* The second answers: rows that both gave alike are taken. */
static int take_check(hone_remote *r, const hone_asked *q, const hone_teach_reply *reply,
                      hone_arena *a)
{
    const hone_check *c = q->check;
    char said[200] = "";
    for (size_t i = 0; i < c->count && hone_remote_wanted(r); i++) {
        hone_agreement g = reply->outcome == HONE_TEACH_OK
                               ? hone_check_compare(c, i, reply->rows, a, said)
                               : HONE_UNANSWERED;
        int rc = 0;
        if (g == HONE_DISAGREES)
            rc = refuse_staged(r, c, i, "teacher_disagrees", said);
        else if (g == HONE_UNANSWERED)
            rc = refuse_staged(r, c, i, "not_checked", said);
        else rc = add_row(r, q, &c->rows[i]);
        if (rc < 0) return rc;
    }
    return 0;
}

static int take_rows(hone_remote *r, const hone_asked *q, const hone_json *rows, hone_arena *a)
{
    for (size_t i = 0; i < rows->len && hone_remote_wanted(r); i++) {
        hone_staged s;
        int rc = read_row(r, q, rows->items[i], a, &s);
        if (rc > 0) rc = add_row(r, q, &s);
        if (rc < 0) return rc;
    }
    return 0;
}

int hone_remote_take(hone_remote *r, const hone_asked *q, const hone_teach_reply *reply,
                     hone_arena *a)
{
    r->outcomes[reply->outcome]++;
    if (!q->check) hone_wishes_back(r->wishes, &q->wish);
    if (q->check) return take_check(r, q, reply, a);
    if (reply->outcome != HONE_TEACH_OK)
        return hone_collect_refuse(r->out, hone_asker_category(&r->asker, &q->wish),
                                   hone_teach_word(reply->outcome), reply->why, r->err);
    set_language(r, q);
    return r->o->cross_check ? stage_rows(r, q, reply->rows) : take_rows(r, q, reply->rows, a);
}

int hone_remote_refuse(hone_remote *r, const hone_asked *q, const char *why)
{
    const hone_check *c = q->check;
    if (!c) hone_wishes_back(r->wishes, &q->wish);
    for (size_t i = 0; c && i < c->count; i++)
        HONE_TRY(refuse_staged(r, c, i, "not_checked", ""));
    return hone_collect_refuse(r->out, hone_asker_category(&r->asker, &q->wish), "http_error",
                               why, r->err);
}

