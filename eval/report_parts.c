/*
 * Blocks of the report's tree beside the counts (eval/report_parts.h): failures and their clusters,
 * what the lenient mode accepted, the public checker's words, buckets.
 */
#include "eval/report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "eval/bfcl_task.h"

enum { CLUSTER_IDS = 10 };

/* ---- tree building ---- */

void hone_parts_put(hone_parts *p, hone_json *o, const char *key, hone_json *v)
{
    if (!o || !v || !hone_json_set(p->arena, o, key, v)) p->failed = true;
}

void hone_parts_str(hone_parts *p, hone_json *o, const char *key, const char *s)
{
    hone_parts_put(p, o, key, hone_json_new_str(p->arena, s));
}

void hone_parts_push(hone_parts *p, hone_json *array, hone_json *v)
{
    if (!array || !v || !hone_json_push(p->arena, array, v)) p->failed = true;
}

hone_json *hone_parts_child(hone_parts *p, hone_json *o, const char *key)
{
    hone_json *c = hone_json_get(o, key);
    if (c) return c;
    c = hone_json_new_object(p->arena);
    hone_parts_put(p, o, key, c);
    return c;
}

int64_t hone_parts_counter(const hone_json *o, const char *key)
{
    int64_t n;
    return hone_json_i64(hone_json_get(o, key), &n) ? n : 0;
}

void hone_parts_count(hone_parts *p, hone_json *o, const char *key, int64_t more)
{
    hone_parts_put(p, o, key, hone_json_new_i64(p->arena, hone_parts_counter(o, key) + more));
}

/* The buffer's text in the arena; empties it. */
static const char *keep(hone_parts *p, hone_buf *text)
{
    const char *kept = text->len ? hone_arena_strndup(p->arena, text->data, text->len) : "";
    if (!kept || text->failed) p->failed = true;
    hone_buf_done(text);
    return kept ? kept : "";
}

const char *hone_parts_text(hone_parts *p, const hone_json *v)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, v, HONE_JSON_COMPACT);
    return keep(p, &text);
}

const char *hone_parts_calls(hone_parts *p, const hone_calls *calls)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (calls->count) hone_call_write(&text, calls);
    return keep(p, &text);
}

/* ---- failures ---- */

void hone_parts_place(const hone_report *report, const hone_result *r, const char **ret_function,
                      const char **ret_argument)
{
    const hone_calls *want = &r->row->expected, *got = &r->parsed.calls;
    const hone_verdict *v = hone_report_verdict(report, r);
    *ret_argument = "";
    *ret_function = want->count ? want->items[0].name : got->count ? got->items[0].name : "";
    if (v->pair < 0) return;
    const hone_pair *p = &v->pairs[v->pair];
    if (p->want >= 0) *ret_function = want->items[p->want].name;
    if (p->argument) *ret_argument = p->argument;
}

/* How the request was said, where the row's maker noted it. */
static const char *style_of(const hone_row *row)
{
    const hone_json *style = hone_json_get(row->source, "style");
    return hone_json_is(style, HONE_JSON_STRING) ? style->text : "";
}

static hone_json *number_or_null(hone_parts *p, const hone_answer *a, double d)
{
    return hone_report_number(p->arena, a->present ? d : NAN);
}

hone_json *hone_parts_failure(hone_parts *p, const hone_report *report, const hone_result *r)
{
    hone_json *o = hone_json_new_object(p->arena);
    const hone_answer *a = r->answer;
    const char *function, *argument;
    hone_parts_place(report, r, &function, &argument);
    hone_parts_str(p, o, "id", r->row->id);
    hone_parts_str(p, o, "class", r->fault);
    hone_parts_str(p, o, "function", function);
    hone_parts_str(p, o, "argument", argument);
    hone_parts_str(p, o, "outcome", hone_outcome_word(r->outcome));
    hone_parts_str(p, o, "bfcl", r->bfcl);
    if (style_of(r->row)[0]) hone_parts_str(p, o, "style", style_of(r->row));
    if (r->row->group[0]) hone_parts_str(p, o, "group", r->row->group);
    hone_parts_str(p, o, "prompt", r->row->user_text ? r->row->user_text : "");
    hone_parts_str(p, o, "expected", hone_parts_calls(p, &r->row->expected));
    hone_parts_put(p, o, "got", hone_json_new_strn(p->arena, a->present ? a->text : "",
                                                   a->present ? a->text_len : 0));
    hone_parts_put(p, o, "margin_min", number_or_null(p, a, a->margin_min));
    hone_parts_put(p, o, "logprob", number_or_null(p, a, a->logprob));
    return o;
}

static int cluster_order(const void *a, const void *b)
{
    const hone_json *x = *(hone_json *const *)a, *y = *(hone_json *const *)b;
    int64_t n = hone_parts_counter(x, "n"), m = hone_parts_counter(y, "n");
    if (n != m) return n < m ? 1 : -1;
    for (int i = 0; i < 3; i++) {
        static const char *const keys[] = { "class", "function", "argument" };
        int c = strcmp(hone_json_get(x, keys[i])->text, hone_json_get(y, keys[i])->text);
        if (c) return c;
    }
    return 0;
}

/* What a row has to do with clusters: its error, or that a right answer never stops; "" if nothing.
 */
static const char *cluster_class(const hone_result *r)
{
    if (!r->right) return r->fault;
    return r->outcome == HONE_OUTCOME_NO_STOP ? hone_fault_word(HONE_FAULT_NO_STOP) : "";
}

/* Failures of one class, function and argument together, the largest first. */
static hone_json *clusters(hone_parts *p, const hone_report *report)
{
    hone_json *index = hone_json_new_object(p->arena), *list = hone_json_new_array(p->arena);
    for (size_t i = 0; i < report->count; i++) {
        const hone_result *r = &report->results[i];
        const char *function, *argument, *class = cluster_class(r);
        hone_buf key = HONE_BUF_INIT(1 << 20);
        if (!*class || p->failed) continue;
        hone_parts_place(report, r, &function, &argument);
        hone_buf_printf(&key, "%s\n%s\n%s", class, function, argument);
        const char *name = keep(p, &key);
        hone_json *c = hone_json_get(index, name);
        if (!c) {
            c = hone_json_new_object(p->arena);
            hone_parts_str(p, c, "class", class);
            hone_parts_str(p, c, "function", function);
            hone_parts_str(p, c, "argument", argument);
            hone_parts_count(p, c, "n", 0);
            hone_parts_put(p, c, "ids", hone_json_new_array(p->arena));
            hone_parts_put(p, index, name, c);
            hone_parts_push(p, list, c);
        }
        hone_parts_count(p, c, "n", 1);
        hone_json *ids = hone_json_get(c, "ids");
        if (ids && ids->len < CLUSTER_IDS)
            hone_parts_push(p, ids, hone_json_new_str(p->arena, r->row->id));
    }
    if (!list || !index) p->failed = true;
    if (!p->failed && list->len) qsort(list->items, list->len, sizeof *list->items, cluster_order);
    return list;
}

/* ---- what the lenient mode accepted ---- */

static void accepted_argument(hone_parts *p, hone_json *list, const hone_result *r,
                              const hone_call *want, const hone_call *got, const char *key)
{
    const hone_json *w = hone_json_get(want->arguments, key),
                    *g = hone_json_get(got->arguments, key);
    if (hone_score_argument(r->row, want, got, key, HONE_MODE_EXACT) == HONE_FAULT_NONE) return;
    hone_json *o = hone_json_new_object(p->arena);
    hone_parts_str(p, o, "id", r->row->id);
    hone_parts_str(p, o, "function", want->name);
    hone_parts_str(p, o, "argument", key);
    hone_parts_str(p, o, "normalizer", hone_score_normalizer(r->row, want->name, key));
    hone_parts_str(p, o, "expected", w ? hone_parts_text(p, w) : "");
    hone_parts_str(p, o, "got", g ? hone_parts_text(p, g) : "");
    hone_parts_push(p, list, o);
}

static hone_json *lenient_accepted(hone_parts *p, const hone_report *report)
{
    hone_json *list = hone_json_new_array(p->arena);
    for (size_t i = 0; i < report->count; i++) {
        const hone_result *r = &report->results[i];
        if (!r->lenient.right || r->exact.right) continue;
        for (int k = 0; k < r->lenient.num_pairs; k++) {
            const hone_call *want = &r->row->expected.items[r->lenient.pairs[k].want];
            const hone_call *got = &r->parsed.calls.items[r->lenient.pairs[k].got];
            for (size_t m = 0; m < want->arguments->len; m++)
                accepted_argument(p, list, r, want, got, want->arguments->members[m].key);
            for (size_t m = 0; m < got->arguments->len; m++)
                if (!hone_json_get(want->arguments, got->arguments->members[m].key))
                    accepted_argument(p, list, r, want, got, got->arguments->members[m].key);
        }
    }
    return list;
}

/* ---- the public checker ---- */

/* Plain mean of the categories' shares, categories weighing equally; simple is the mean of its
 * language groups. NULL where one of the four is missing. */
static hone_json *ast_summary(hone_parts *p, const hone_json *categories)
{
    static const char *const names[] = { "simple", "multiple", "parallel", "parallel_multiple" };
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double part = 0;
        int groups = 0;
        for (size_t k = 0; k < categories->len; k++) {
            const hone_json_member *m = &categories->members[k];
            bool fits = i ? !strcmp(m->key, names[i]) : !strncmp(m->key, "simple", 6);
            if (!fits) continue;
            part += (double)hone_parts_counter(m->value, "k") /
                    (double)hone_parts_counter(m->value, "n");
            groups++;
        }
        if (!groups) return hone_json_new_null(p->arena);
        sum += part / groups;
    }
    return hone_report_number(p->arena, sum / 4);
}

static hone_json *bfcl_block(hone_parts *p, const hone_report *report)
{
    hone_json *o = hone_json_new_object(p->arena), *categories = hone_json_new_object(p->arena);
    hone_json *errors = hone_json_new_object(p->arena), *list = hone_json_new_array(p->arena);
    for (size_t i = 0; i < report->count; i++) {
        const hone_result *r = &report->results[i];
        if (r->bfcl[0]) hone_parts_count(p, errors, r->bfcl, 1);
        if (!hone_bfcl_gold(r->row)) continue;
        hone_json *c = hone_parts_child(p, categories, r->row->category);
        hone_parts_count(p, c, "n", 1);
        hone_parts_count(p, c, "k", !r->bfcl[0]);
    }
    for (size_t i = 0; categories && i < categories->len; i++) {
        const hone_json *c = categories->members[i].value;
        hone_json *score = hone_report_score(p->arena, hone_parts_counter(c, "k"),
                                             hone_parts_counter(c, "n"));
        hone_parts_str(p, score, "name", categories->members[i].key);
        hone_parts_push(p, list, score);
    }
    hone_parts_put(p, o, "errors", errors);
    if (!categories || !errors) p->failed = true;
    if (p->failed || categories->len == 0) return o;
    hone_parts_put(p, o, "categories", list);
    hone_parts_put(p, o, "ast_summary", ast_summary(p, categories));
    return o;
}

/* ---- buckets ---- */

static const char *tools_bucket(const hone_result *r)
{
    static const char *const names[] = { "0-1", "2-4", "5-9", "10-19", "20 or more" };
    size_t n = r->row->tools ? r->row->tools->len : 0;
    return names[(n > 1) + (n > 4) + (n > 9) + (n > 19)];
}

static const char *length_bucket(const hone_result *r)
{
    static const char *const names[] = { "to 256", "to 512", "to 1024", "to 2048", "over 2048" };
    int32_t n = r->answer->present ? r->answer->prompt_tokens : -1;
    return n < 0 ? NULL : names[(n > 256) + (n > 512) + (n > 1024) + (n > 2048)];
}

static hone_json *buckets(hone_parts *p, const hone_report *report,
                          const char *(*name)(const hone_result *r))
{
    hone_json *counts = hone_json_new_object(p->arena), *list = hone_json_new_array(p->arena);
    for (size_t i = 0; i < report->count; i++) {
        const char *key = name(&report->results[i]);
        if (!key) continue;
        hone_json *c = hone_parts_child(p, counts, key);
        hone_parts_count(p, c, "n", 1);
        hone_parts_count(p, c, "k", report->results[i].right);
    }
    for (size_t i = 0; counts && i < counts->len; i++) {
        const hone_json *c = counts->members[i].value;
        hone_json *score = hone_report_score(p->arena, hone_parts_counter(c, "k"),
                                             hone_parts_counter(c, "n"));
        hone_parts_str(p, score, "name", counts->members[i].key);
        hone_parts_push(p, list, score);
    }
    return list;
}

void hone_parts_blocks(hone_parts *p, hone_json *root, const hone_report *report)
{
    hone_parts_put(p, root, "bfcl", bfcl_block(p, report));
    hone_parts_put(p, root, "lenient_accepted", lenient_accepted(p, report));
    hone_parts_put(p, root, "by_tools", buckets(p, report, tools_bucket));
    hone_json *lengths = buckets(p, report, length_bucket);
    if (lengths && lengths->len) hone_parts_put(p, root, "by_prompt_tokens", lengths);
    hone_parts_put(p, root, "clusters", clusters(p, report));
}
