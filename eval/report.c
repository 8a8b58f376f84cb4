/*
 * Building the report's tree (eval/report.h). Counters are kept in the tree's own form, objects of
 * numbers, and turned into scores at the end; the order of everything follows the order of the
 * rows.
 */
#include "eval/report.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "eval/bfcl_task.h"
#include "eval/confidence.h"
#include "eval/report_parts.h"

#define NONE "(none)"
#define UNKNOWN "(unknown)"
#define BROKEN "(broken)"
enum { WRONG_SHOWN = 3, HASH_SHOWN = 12, FEW_ROWS = 40 };
static const double NEAR_TIE = 1e-3;

typedef struct builder {
    hone_parts p;
    hone_report *report;
    const hone_report_options *options;
    hone_json *functions, *confusion, *arguments, *categories; /* objects, see count_* */
    hone_json *faults;
    int64_t outcomes[HONE_OUTCOMES];
    int64_t call_rows, called, right_tool, right_call; /* decomposition of rows that want calls */
    int64_t no_call_rows, right_no_call, near_ties;
} builder;

static void put(builder *b, hone_json *o, const char *key, hone_json *v)
{
    hone_parts_put(&b->p, o, key, v);
}

static void put_str(builder *b, hone_json *o, const char *key, const char *s)
{
    hone_parts_str(&b->p, o, key, s);
}

static void push(builder *b, hone_json *array, hone_json *v)
{
    hone_parts_push(&b->p, array, v);
}

static hone_json *child(builder *b, hone_json *o, const char *key)
{
    return hone_parts_child(&b->p, o, key);
}

static int64_t counter(const hone_json *o, const char *key)
{
    return hone_parts_counter(o, key);
}

static void count(builder *b, hone_json *o, const char *key, int64_t more)
{
    hone_parts_count(&b->p, o, key, more);
}

hone_json *hone_report_number(hone_arena *a, double d)
{
    char digits[32];
    if (!isfinite(d)) return hone_json_new_null(a);
    hone_f64_g6(d, digits);
    bool real = strpbrk(digits, ".eE") != NULL;
    return hone_json_new_number(a, real ? HONE_JSON_REAL : HONE_JSON_INT, digits, strlen(digits));
}

/* Adds k, n, p, lo, hi. */
static bool score_fill(hone_arena *a, hone_json *o, int64_t k, int64_t n)
{
    hone_interval w = hone_stats_wilson(k, n, HONE_Z95);
    return o && hone_json_set(a, o, "k", hone_json_new_i64(a, k)) &&
           hone_json_set(a, o, "n", hone_json_new_i64(a, n)) &&
           hone_json_set(a, o, "p", hone_report_number(a, n ? (double)k / (double)n : NAN)) &&
           hone_json_set(a, o, "lo", hone_report_number(a, w.lo)) &&
           hone_json_set(a, o, "hi", hone_report_number(a, w.hi));
}

hone_json *hone_report_score(hone_arena *a, int64_t k, int64_t n)
{
    hone_json *o = hone_json_new_object(a);
    if (!score_fill(a, o, k, n) || !hone_json_set(a, o, "method", hone_json_new_str(a, "wilson")))
        return NULL;
    if (n > 0 && (n < FEW_ROWS || k == 0 || k == n)) {
        hone_interval c = hone_stats_clopper_pearson(k, n, 0.95);
        if (!hone_json_set(a, o, "exact_lo", hone_report_number(a, c.lo)) ||
            !hone_json_set(a, o, "exact_hi", hone_report_number(a, c.hi)))
            return NULL;
    }
    return o;
}

/* ---- judging ---- */

/* The public checker's word. An answer that was not generated is never right. */
static int judge_bfcl(hone_result *r, hone_arena *scratch, hone_err *err)
{
    hone_bfcl_task task;
    hone_bfcl_verdict v;
    hone_calls calls;
    r->bfcl = "ast_decoder:decoder_failed";
    if (r->outcome == HONE_OUTCOME_NOT_GENERATED) return HONE_OK;
    hone_arena_clear(scratch);
    int rc = hone_bfcl_decode(&calls, scratch, r->answer->text, r->answer->text_len, err);
    if (rc == HONE_E_DATA) { /* too long for it */
        hone_err_clear(err);
        return HONE_OK;
    }
    if (rc == 0) rc = hone_bfcl_task_make(&task, scratch, r->row, err);
    if (rc == 0) rc = hone_bfcl_check(&v, scratch, &task, &calls, err);
    if (rc == 0) r->bfcl = v.error;
    return rc;
}

const hone_verdict *hone_report_verdict(const hone_report *r, const hone_result *result)
{
    return r->mode == HONE_MODE_LENIENT ? &result->lenient : &result->exact;
}

/* right and fault in the report's mode. Abstention is the true one in all modes: BFCL's own rule
 * takes broken calls for refusals. */
static void judge_mode(hone_result *r, const hone_report *report, bool ordered)
{
    const hone_verdict *v = hone_report_verdict(report, r);
    bool bfcl = report->mode == HONE_MODE_BFCL && r->row->expected.count > 0;
    r->right = bfcl ? r->bfcl[0] == '\0' : v->right;
    r->fault = r->right ? "" : bfcl && v->right ? r->bfcl : hone_fault_word(v->fault);
    if (!r->right || !ordered || bfcl || v->ordered) return;
    r->right = false;
    r->fault = hone_fault_word(HONE_FAULT_ORDER);
}

static int judge(hone_result *r, hone_arena *a, hone_arena *scratch, hone_err *err)
{
    static const hone_parsed nothing = { .content = "" };
    r->parsed = nothing;
    r->outcome = HONE_OUTCOME_NOT_GENERATED;
    if (r->answer->present && r->answer->stop != HONE_STOP_ERROR) {
        HONE_TRY(hone_call_parse(&r->parsed, a, r->answer->text, r->answer->text_len, err));
        r->outcome = hone_outcome_of(&r->parsed, r->answer->stop);
    }
    const hone_calls *got = &r->parsed.calls;
    HONE_TRY(hone_score_calls(&r->exact, a, r->row, got, r->outcome, HONE_MODE_EXACT, err));
    r->lenient = r->exact;
    if (!r->exact.right) /* what is exactly right is right */
        HONE_TRY(hone_score_calls(&r->lenient, a, r->row, got, r->outcome, HONE_MODE_LENIENT, err));
    return judge_bfcl(r, scratch, err);
}

static int judge_all(hone_report *r, const hone_rows *rows, const hone_answer *answers,
                     bool ordered, hone_err *err)
{
    hone_arena *scratch = hone_arena_new();
    int rc = scratch ? HONE_OK : hone_err_memory(err, "report", 0);
    for (size_t i = 0; i < rows->count && rc == 0; i++) {
        const hone_row *row = &rows->items[i];
        r->results[i] = (hone_result){ .row = row, .answer = &answers[i], .before = -1 };
        if (!row->has_expected) {
            hone_err_at(err, rows->path, row->line, -1);
            hone_err_hint(err,
                          "rows for eval end with the assistant's answer or have \"expected\"");
            rc = hone_fail(err, HONE_E_DATA, "row %s has no expectation to be scored by", row->id);
            break;
        }
        rc = judge(&r->results[i], r->arena, scratch, err);
        if (rc < 0) break;
        judge_mode(&r->results[i], r, ordered);
        r->right += r->results[i].right;
        r->exact += r->results[i].exact.right;
    }
    hone_arena_free(scratch);
    return rc;
}

/* ---- counting ---- */

/* Every function of the row's expectation once. */
static void count_functions(builder *b, const hone_result *r)
{
    const hone_calls *want = &r->row->expected;
    for (size_t i = 0; i < want->count; i++) {
        bool before = false;
        for (size_t j = 0; j < i; j++)
            before = before || strcmp(want->items[j].name, want->items[i].name) == 0;
        if (before) continue;
        hone_json *f = child(b, b->functions, want->items[i].name);
        count(b, f, "n", 1);
        count(b, f, "k", r->right);
    }
    if (want->count > 0) return;
    hone_json *f = child(b, b->functions, NONE);
    count(b, f, "n", 1);
    count(b, f, "k", r->right);
}

static bool is_broken(const hone_result *r)
{
    return r->outcome == HONE_OUTCOME_MALFORMED || r->outcome == HONE_OUTCOME_TRUNCATED ||
           r->outcome == HONE_OUTCOME_NOT_GENERATED;
}

static void count_confusion(builder *b, const hone_result *r)
{
    const hone_verdict *v = hone_report_verdict(b->report, r);
    const hone_calls *want = &r->row->expected, *got = &r->parsed.calls;
    for (int i = 0; i < v->num_pairs; i++) {
        const hone_pair *p = &v->pairs[i];
        const char *from = p->want >= 0 ? want->items[p->want].name : NONE;
        const char *to = p->got >= 0 ? got->items[p->got].name : NONE;
        if (p->got >= 0 && !hone_tools_find(r->row->tools, to)) to = UNKNOWN;
        count(b, child(b, b->confusion, from), to, 1);
    }
    if (v->num_pairs > 0) return;
    const char *to = is_broken(r) ? BROKEN : NONE;
    for (size_t i = 0; i < want->count; i++)
        count(b, child(b, b->confusion, want->items[i].name), to, 1);
    if (want->count == 0) count(b, child(b, b->confusion, NONE), to, 1);
}

static void count_argument(builder *b, const hone_result *r, const hone_call *want,
                           const hone_call *got, const char *key)
{
    const hone_json *w = hone_json_get(want->arguments, key),
                    *g = hone_json_get(got->arguments, key);
    hone_json *o = child(b, child(b, b->arguments, want->name), key);
    bool right = hone_score_argument(r->row, want, got, key, b->options->mode) ==
                 HONE_FAULT_NONE;
    count(b, o, "n", w != NULL);
    count(b, o, "present", w && g);
    count(b, o, "correct", w && right);
    count(b, o, "extra", !w && !right);
    if (w && g && !right) {
        hone_json *wrong = child(b, o, "wrong");
        count(b, child(b, wrong, hone_parts_text(&b->p, w)), hone_parts_text(&b->p, g), 1);
    }
}

/* Arguments of calls that were matched with one of the same function. */
static void count_arguments(builder *b, const hone_result *r)
{
    const hone_verdict *v = hone_report_verdict(b->report, r);
    for (int i = 0; i < v->num_pairs; i++) {
        const hone_pair *p = &v->pairs[i];
        if (p->want < 0 || p->got < 0) continue;
        const hone_call *want = &r->row->expected.items[p->want];
        const hone_call *got = &r->parsed.calls.items[p->got];
        if (strcmp(want->name, got->name) != 0) continue;
        for (size_t k = 0; k < want->arguments->len; k++)
            count_argument(b, r, want, got, want->arguments->members[k].key);
        for (size_t k = 0; k < got->arguments->len; k++)
            if (!hone_json_get(want->arguments, got->arguments->members[k].key))
                count_argument(b, r, want, got, got->arguments->members[k].key);
    }
}

static void count_decomposition(builder *b, const hone_result *r)
{
    const hone_verdict *v = hone_report_verdict(b->report, r);
    if (r->row->expected.count == 0) {
        b->no_call_rows++;
        b->right_no_call += r->right;
        return;
    }
    b->call_rows++;
    if (is_broken(r) || r->parsed.calls.count == 0) return;
    b->called++;
    bool same = r->parsed.calls.count == r->row->expected.count;
    for (int i = 0; i < v->num_pairs; i++) {
        hone_fault f = v->pairs[i].fault;
        same = same && f != HONE_FAULT_WRONG_TOOL && f != HONE_FAULT_UNKNOWN_TOOL;
    }
    b->right_tool += same;
    b->right_call += same && r->right;
}

static void count_row(builder *b, const hone_result *r)
{
    b->outcomes[r->outcome]++;
    if (!r->right) count(b, b->faults, r->fault, 1);
    b->near_ties += r->answer->present && r->answer->margin_min < NEAR_TIE;
    count_functions(b, r);
    count_confusion(b, r);
    count_arguments(b, r);
    count_decomposition(b, r);
    if (r->row->category[0]) {
        hone_json *c = child(b, b->categories, r->row->category);
        count(b, c, "n", 1);
        count(b, c, "k", r->right);
    }
}

/* ---- the tree ---- */

static hone_json *headline(builder *b)
{
    hone_json *o = hone_json_new_object(b->p.arena);
    put_str(b, o, "mode", hone_mode_word(b->report->mode));
    if (!score_fill(b->p.arena, o, b->report->right, (int64_t)b->report->count))
        b->p.failed = true;
    return o;
}

static void put_score(builder *b, hone_json *o, const char *key, int64_t k, int64_t n)
{
    put(b, o, key, hone_report_score(b->p.arena, k, n));
}

/* All modes side by side, whichever is the report's. */
static hone_json *scores(builder *b)
{
    hone_json *o = hone_json_new_object(b->p.arena);
    int64_t n = (int64_t)b->report->count, ordered = 0, lenient = 0, bfcl = 0, refused = 0;
    for (size_t i = 0; i < b->report->count; i++) {
        const hone_result *r = &b->report->results[i];
        bool call = r->row->expected.count > 0;
        ordered += r->exact.ordered;
        lenient += r->lenient.right;
        bfcl += call ? !r->bfcl[0] : r->exact.right;
        refused += !call && !r->bfcl[0];
    }
    put_score(b, o, "exact", b->report->exact, n);
    put_score(b, o, "exact_ordered", ordered, n);
    put_score(b, o, "lenient", lenient, n);
    put_score(b, o, "bfcl_ast", bfcl, n);
    if (b->call_rows)
        put_score(b, o, "call_rows", b->report->right - b->right_no_call, b->call_rows);
    if (b->no_call_rows) {
        put_score(b, o, "no_call_rows", b->right_no_call, b->no_call_rows);
        put_score(b, o, "irrelevance_bfcl", refused, b->no_call_rows);
    }
    return o;
}

static hone_json *decomposition(builder *b)
{
    hone_json *o = hone_json_new_object(b->p.arena);
    put(b, o, "called", hone_report_score(b->p.arena, b->called, b->call_rows));
    put(b, o, "right_tool_given_call", hone_report_score(b->p.arena, b->right_tool, b->called));
    put(b, o, "right_arguments_given_tool",
        hone_report_score(b->p.arena, b->right_call, b->right_tool));
    return o;
}

static hone_json *outcomes(builder *b)
{
    hone_json *o = hone_json_new_object(b->p.arena);
    for (int i = 0; i < HONE_OUTCOMES; i++)
        put(b, o, hone_outcome_word((hone_outcome)i),
            hone_json_new_i64(b->p.arena, b->outcomes[i]));
    return o;
}

/* In the order of the classes; words of the public checker come last. */
static hone_json *errors(builder *b)
{
    hone_json *o = hone_json_new_object(b->p.arena);
    for (int i = 0; i < HONE_FAULT_COUNT; i++) {
        const char *word = hone_fault_word((hone_fault)i);
        if (counter(b->faults, word)) count(b, o, word, counter(b->faults, word));
    }
    for (size_t i = 0; i < b->faults->len; i++)
        if (!hone_json_get(o, b->faults->members[i].key))
            put(b, o, b->faults->members[i].key, b->faults->members[i].value);
    return o;
}

/* {"name": {k, n}} as [{"name", k, n, p, lo, hi}]; entries that no row wanted are left out. */
static hone_json *named_scores(builder *b, const hone_json *from)
{
    hone_json *list = hone_json_new_array(b->p.arena);
    for (size_t i = 0; i < from->len; i++) {
        const hone_json *v = from->members[i].value;
        hone_json *o = hone_json_new_object(b->p.arena);
        if (counter(v, "n") == 0) continue;
        put_str(b, o, "name", from->members[i].key);
        if (!score_fill(b->p.arena, o, counter(v, "k"), counter(v, "n"))) b->p.failed = true;
        push(b, list, o);
    }
    return list;
}

/* The most frequent (expected, got) pairs, first come first among equals. */
static hone_json *wrong_pairs(builder *b, const hone_json *wrong)
{
    hone_json *list = hone_json_new_array(b->p.arena);
    int64_t above = INT64_MAX;
    for (int shown = 0; wrong && shown < WRONG_SHOWN && above > 0;) {
        int64_t most = 0;
        for (size_t i = 0; i < wrong->len; i++)
            for (size_t k = 0; k < wrong->members[i].value->len; k++) {
                int64_t n =
                    counter(wrong->members[i].value, wrong->members[i].value->members[k].key);
                if (n < above && n > most) most = n;
            }
        for (size_t i = 0; most > 0 && i < wrong->len; i++)
            for (size_t k = 0; k < wrong->members[i].value->len && shown < WRONG_SHOWN; k++) {
                const char *got = wrong->members[i].value->members[k].key;
                hone_json *o = hone_json_new_object(b->p.arena);
                if (counter(wrong->members[i].value, got) != most) continue;
                put_str(b, o, "expected", wrong->members[i].key);
                put_str(b, o, "got", got);
                put(b, o, "n", hone_json_new_i64(b->p.arena, most));
                push(b, list, o);
                shown++;
            }
        above = most;
    }
    return list;
}

static hone_json *arguments(builder *b)
{
    static const char *const keys[] = { "n", "present", "correct", "extra" };
    hone_json *list = hone_json_new_array(b->p.arena);
    for (size_t f = 0; f < b->arguments->len; f++) {
        const hone_json *args = b->arguments->members[f].value;
        for (size_t i = 0; i < args->len; i++) {
            const hone_json *v = args->members[i].value;
            hone_json *o = hone_json_new_object(b->p.arena);
            put_str(b, o, "function", b->arguments->members[f].key);
            put_str(b, o, "argument", args->members[i].key);
            for (int k = 0; k < 4; k++)
                put(b, o, keys[k], hone_json_new_i64(b->p.arena, counter(v, keys[k])));
            put(b, o, "wrong", wrong_pairs(b, hone_json_get(v, "wrong")));
            push(b, list, o);
        }
    }
    return list;
}

static void tree_rows(builder *b, hone_json *root)
{
    hone_json *failures = hone_json_new_array(b->p.arena), *rows = hone_json_new_object(b->p.arena);
    for (size_t i = 0; i < b->report->count; i++) {
        const hone_result *r = &b->report->results[i];
        hone_json *v = hone_json_new_array(b->p.arena);
        push(b, v, hone_json_new_strn(b->p.arena, r->row->hash, strnlen(r->row->hash, HASH_SHOWN)));
        push(b, v, hone_json_new_i64(b->p.arena, r->right));
        if (r->outcome == HONE_OUTCOME_NO_STOP)
            push(b, v, hone_json_new_str(b->p.arena, hone_outcome_word(r->outcome)));
        if (!rows || !v ||
            !hone_json_append(b->p.arena, rows, r->row->id, strlen(r->row->id), 0, v))
            b->p.failed = true;
        if (!r->right) push(b, failures, hone_parts_failure(&b->p, b->report, r));
    }
    put(b, root, "failures", failures);
    put(b, root, "rows", rows);
}

static hone_json *tree(builder *b)
{
    hone_json *root = hone_json_new_object(b->p.arena);
    put_str(b, root, "format", "hone-report/1");
    put(b, root, "headline", headline(b));
    put(b, root, "scores", scores(b));
    if (b->call_rows) put(b, root, "decomposition", decomposition(b));
    put(b, root, "outcomes", outcomes(b));
    put(b, root, "errors", errors(b));
    put(b, root, "functions", named_scores(b, b->functions));
    if (b->categories->len) put(b, root, "categories", named_scores(b, b->categories));
    put(b, root, "confusion", b->confusion);
    put(b, root, "arguments", arguments(b));
    put(b, root, "near_ties", hone_json_new_i64(b->p.arena, b->near_ties));
    hone_parts_blocks(&b->p, root, b->report);
    if (!hone_confidence_add(root, b->report, b->options->handover_target)) b->p.failed = true;
    if (b->options->provenance)
        put(b, root, "provenance", hone_json_copy(b->p.arena, b->options->provenance));
    tree_rows(b, root);
    return root;
}

/* Functions in the order of the first row's tools. */
static void functions_prepare(builder *b, const hone_rows *rows)
{
    const hone_json *tools = rows->count ? rows->items[0].tools : NULL;
    for (size_t i = 0; tools && i < tools->len; i++) {
        const hone_json *name = hone_json_get(hone_json_get(tools->items[i], "function"), "name");
        if (hone_json_is(name, HONE_JSON_STRING)) (void)child(b, b->functions, name->text);
    }
}

static int report_build(hone_report *r, const hone_rows *rows, const hone_answer *answers,
                        const hone_report_options *o, hone_err *err)
{
    builder b = { .p = { r->arena, false }, .report = r, .options = o };
    b.functions = hone_json_new_object(r->arena);
    b.confusion = hone_json_new_object(r->arena);
    b.arguments = hone_json_new_object(r->arena);
    b.categories = hone_json_new_object(r->arena);
    b.faults = hone_json_new_object(r->arena);
    if (!b.functions || !b.confusion || !b.arguments || !b.categories || !b.faults)
        return hone_err_memory(err, "report", 0);
    r->mode = o->mode;
    HONE_TRY(judge_all(r, rows, answers, o->ordered, err));
    functions_prepare(&b, rows);
    for (size_t i = 0; i < r->count; i++) count_row(&b, &r->results[i]);
    r->json = tree(&b);
    return b.p.failed ? hone_err_memory(err, "report", 0) : HONE_OK;
}

int hone_report_make(hone_report **ret, const hone_rows *rows, const hone_answer *answers,
                     const hone_report_options *o, hone_err *err)
{
    static const hone_report_options exact = { .mode = HONE_MODE_EXACT };
    hone_report *r = hone_calloc(1, sizeof *r);
    if (!r) return hone_err_memory(err, "report", sizeof *r);
    r->count = rows->count;
    r->arena = hone_arena_new();
    r->results = hone_calloc(rows->count + 1, sizeof *r->results);
    int rc = r->arena && r->results ? HONE_OK : hone_err_memory(err, "report", 0);
    if (rc == 0) rc = report_build(r, rows, answers, o ? o : &exact, err);
    if (rc < 0) hone_report_free(r);
    else *ret = r;
    return rc;
}

void hone_report_free(hone_report *r)
{
    if (!r) return;
    hone_free(r->results);
    hone_arena_free(r->arena);
    hone_free(r);
}
