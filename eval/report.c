/*
 * Building the report's tree (eval/report.h). Counters are kept in the tree's own form, objects of
 * numbers, and turned into scores at the end; the order of everything follows the order of the
 * rows.
 */
#include "eval/report.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

#define NONE "(none)"
#define UNKNOWN "(unknown)"
#define BROKEN "(broken)"
enum { WRONG_SHOWN = 3, HASH_SHOWN = 12, FEW_ROWS = 40 };
static const double NEAR_TIE = 1e-3;

typedef struct builder {
    hone_arena *arena;
    hone_report *report;
    hone_json *functions, *confusion, *arguments, *categories; /* objects, see count_* */
    int64_t outcomes[HONE_OUTCOMES], faults[HONE_FAULT_COUNT + 1];
    int64_t call_rows, called, right_tool, right_call; /* decomposition of rows that want calls */
    int64_t no_call_rows, right_no_call, near_ties;
    bool failed; /* memory ran out; looked at once, at the end */
} builder;

/* ---- small tree helpers; failures are remembered in b->failed ---- */

static void put(builder *b, hone_json *o, const char *key, hone_json *v)
{
    if (!o || !v || !hone_json_set(b->arena, o, key, v)) b->failed = true;
}

static void put_str(builder *b, hone_json *o, const char *key, const char *s)
{
    put(b, o, key, hone_json_new_str(b->arena, s));
}

static void push(builder *b, hone_json *array, hone_json *v)
{
    if (!array || !v || !hone_json_push(b->arena, array, v)) b->failed = true;
}

/* Object member, made if absent. */
static hone_json *child(builder *b, hone_json *o, const char *key)
{
    hone_json *c = hone_json_get(o, key);
    if (c) return c;
    c = hone_json_new_object(b->arena);
    put(b, o, key, c);
    return c;
}

static int64_t counter(const hone_json *o, const char *key)
{
    int64_t n;
    return hone_json_i64(hone_json_get(o, key), &n) ? n : 0;
}

static void count(builder *b, hone_json *o, const char *key, int64_t more)
{
    put(b, o, key, hone_json_new_i64(b->arena, counter(o, key) + more));
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

static int judge(hone_result *r, hone_arena *a, hone_err *err)
{
    static const hone_parsed nothing = { .content = "" };
    r->parsed = nothing;
    r->outcome = HONE_OUTCOME_NOT_GENERATED;
    if (r->answer->present && r->answer->stop != HONE_STOP_ERROR) {
        HONE_TRY(hone_call_parse(&r->parsed, a, r->answer->text, r->answer->text_len, err));
        r->outcome = hone_outcome_of(&r->parsed, r->answer->stop);
    }
    return hone_score_calls(&r->verdict, a, r->row, &r->parsed.calls, r->outcome, HONE_MODE_EXACT,
                            err);
}

static int judge_all(hone_report *r, const hone_rows *rows, const hone_answer *answers,
                     hone_err *err)
{
    for (size_t i = 0; i < rows->count; i++) {
        const hone_row *row = &rows->items[i];
        if (!row->has_expected) {
            hone_err_at(err, rows->path, row->line, -1);
            hone_err_hint(err,
                          "rows for eval end with the assistant's answer or have \"expected\"");
            return hone_fail(err, HONE_E_DATA, "row %s has no expectation to be scored by",
                             row->id);
        }
        r->results[i] = (hone_result){ .row = row, .answer = &answers[i] };
        HONE_TRY(judge(&r->results[i], r->arena, err));
        r->exact += r->results[i].verdict.right;
    }
    return HONE_OK;
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
        count(b, f, "k", r->verdict.right);
    }
    if (want->count > 0) return;
    hone_json *f = child(b, b->functions, NONE);
    count(b, f, "n", 1);
    count(b, f, "k", r->verdict.right);
}

static bool is_broken(const hone_result *r)
{
    return r->outcome == HONE_OUTCOME_MALFORMED || r->outcome == HONE_OUTCOME_TRUNCATED ||
           r->outcome == HONE_OUTCOME_NOT_GENERATED;
}

static void count_confusion(builder *b, const hone_result *r)
{
    const hone_calls *want = &r->row->expected, *got = &r->parsed.calls;
    for (int i = 0; i < r->verdict.num_pairs; i++) {
        const hone_pair *p = &r->verdict.pairs[i];
        const char *from = p->want >= 0 ? want->items[p->want].name : NONE;
        const char *to = p->got >= 0 ? got->items[p->got].name : NONE;
        if (p->got >= 0 && !hone_tools_find(r->row->tools, to)) to = UNKNOWN;
        count(b, child(b, b->confusion, from), to, 1);
    }
    if (r->verdict.num_pairs > 0) return;
    const char *to = is_broken(r) ? BROKEN : NONE;
    for (size_t i = 0; i < want->count; i++)
        count(b, child(b, b->confusion, want->items[i].name), to, 1);
    if (want->count == 0) count(b, child(b, b->confusion, NONE), to, 1);
}

static const char *value_text(builder *b, const hone_json *v)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, v, HONE_JSON_COMPACT);
    const char *kept =
        hone_buf_ok(&text) ? hone_arena_strndup(b->arena, text.data, text.len) : NULL;
    hone_buf_done(&text);
    if (!kept) b->failed = true;
    return kept ? kept : "";
}

static void count_argument(builder *b, const hone_result *r, const hone_call *want,
                           const hone_call *got, const char *key)
{
    const hone_json *w = hone_json_get(want->arguments, key),
                    *g = hone_json_get(got->arguments, key);
    hone_json *o = child(b, child(b, b->arguments, want->name), key);
    bool right = hone_score_argument(r->row, want, got, key, HONE_MODE_EXACT) == HONE_FAULT_NONE;
    count(b, o, "n", w != NULL);
    count(b, o, "present", w && g);
    count(b, o, "correct", w && right);
    count(b, o, "extra", !w && !right);
    if (w && g && !right) {
        hone_json *wrong = child(b, o, "wrong");
        count(b, child(b, wrong, value_text(b, w)), value_text(b, g), 1);
    }
}

/* Arguments of calls that were matched with one of the same function. */
static void count_arguments(builder *b, const hone_result *r)
{
    for (int i = 0; i < r->verdict.num_pairs; i++) {
        const hone_pair *p = &r->verdict.pairs[i];
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
    if (r->row->expected.count == 0) {
        b->no_call_rows++;
        b->right_no_call += r->verdict.right;
        return;
    }
    b->call_rows++;
    if (is_broken(r) || r->parsed.calls.count == 0) return;
    b->called++;
    bool same = r->parsed.calls.count == r->row->expected.count;
    for (int i = 0; i < r->verdict.num_pairs; i++) {
        hone_fault f = r->verdict.pairs[i].fault;
        same = same && f != HONE_FAULT_WRONG_TOOL && f != HONE_FAULT_UNKNOWN_TOOL;
    }
    b->right_tool += same;
    b->right_call += same && r->verdict.right;
}

static void count_row(builder *b, const hone_result *r)
{
    b->outcomes[r->outcome]++;
    b->faults[r->verdict.fault]++;
    b->near_ties += r->answer->present && r->answer->margin_min < NEAR_TIE;
    count_functions(b, r);
    count_confusion(b, r);
    count_arguments(b, r);
    count_decomposition(b, r);
    if (r->row->category[0]) {
        hone_json *c = child(b, b->categories, r->row->category);
        count(b, c, "n", 1);
        count(b, c, "k", r->verdict.right);
    }
}

/* ---- the tree ---- */

static hone_json *headline(builder *b)
{
    hone_json *o = hone_json_new_object(b->arena);
    put_str(b, o, "mode", "exact");
    if (!score_fill(b->arena, o, b->report->exact, (int64_t)b->report->count)) b->failed = true;
    return o;
}

static hone_json *scores(builder *b)
{
    hone_json *o = hone_json_new_object(b->arena);
    put(b, o, "exact", hone_report_score(b->arena, b->report->exact, (int64_t)b->report->count));
    int64_t right = b->report->exact - b->right_no_call;
    if (b->call_rows) put(b, o, "call_rows", hone_report_score(b->arena, right, b->call_rows));
    if (b->no_call_rows)
        put(b, o, "no_call_rows", hone_report_score(b->arena, b->right_no_call, b->no_call_rows));
    return o;
}

static hone_json *decomposition(builder *b)
{
    hone_json *o = hone_json_new_object(b->arena);
    put(b, o, "called", hone_report_score(b->arena, b->called, b->call_rows));
    put(b, o, "right_tool_given_call", hone_report_score(b->arena, b->right_tool, b->called));
    put(b, o, "right_arguments_given_tool",
        hone_report_score(b->arena, b->right_call, b->right_tool));
    return o;
}

static hone_json *outcomes(builder *b)
{
    hone_json *o = hone_json_new_object(b->arena);
    for (int i = 0; i < HONE_OUTCOMES; i++)
        put(b, o, hone_outcome_word((hone_outcome)i), hone_json_new_i64(b->arena, b->outcomes[i]));
    return o;
}

static hone_json *errors(builder *b)
{
    hone_json *o = hone_json_new_object(b->arena);
    for (int i = 0; i < HONE_FAULT_COUNT; i++)
        if (b->faults[i])
            put(b, o, hone_fault_word((hone_fault)i), hone_json_new_i64(b->arena, b->faults[i]));
    return o;
}

/* {"name": {k, n}} as [{"name", k, n, p, lo, hi}]; entries that no row wanted are left out. */
static hone_json *named_scores(builder *b, const hone_json *from)
{
    hone_json *list = hone_json_new_array(b->arena);
    for (size_t i = 0; i < from->len; i++) {
        const hone_json *v = from->members[i].value;
        hone_json *o = hone_json_new_object(b->arena);
        if (counter(v, "n") == 0) continue;
        put_str(b, o, "name", from->members[i].key);
        if (!score_fill(b->arena, o, counter(v, "k"), counter(v, "n"))) b->failed = true;
        push(b, list, o);
    }
    return list;
}

/* The most frequent (expected, got) pairs, first come first among equals. */
static hone_json *wrong_pairs(builder *b, const hone_json *wrong)
{
    hone_json *list = hone_json_new_array(b->arena);
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
                hone_json *o = hone_json_new_object(b->arena);
                if (counter(wrong->members[i].value, got) != most) continue;
                put_str(b, o, "expected", wrong->members[i].key);
                put_str(b, o, "got", got);
                put(b, o, "n", hone_json_new_i64(b->arena, most));
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
    hone_json *list = hone_json_new_array(b->arena);
    for (size_t f = 0; f < b->arguments->len; f++) {
        const hone_json *args = b->arguments->members[f].value;
        for (size_t i = 0; i < args->len; i++) {
            const hone_json *v = args->members[i].value;
            hone_json *o = hone_json_new_object(b->arena);
            put_str(b, o, "function", b->arguments->members[f].key);
            put_str(b, o, "argument", args->members[i].key);
            for (int k = 0; k < 4; k++)
                put(b, o, keys[k], hone_json_new_i64(b->arena, counter(v, keys[k])));
            put(b, o, "wrong", wrong_pairs(b, hone_json_get(v, "wrong")));
            push(b, list, o);
        }
    }
    return list;
}

static const char *calls_text(builder *b, const hone_calls *calls)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (calls->count) hone_call_write(&text, calls);
    const char *kept = "";
    if (text.len) kept = hone_arena_strndup(b->arena, text.data, text.len);
    if (!kept || text.failed) b->failed = true;
    hone_buf_done(&text);
    return kept;
}

/* Where the fault lies: the function expected (or called), and the argument. */
static void fault_place(const hone_result *r, const char **ret_function, const char **ret_argument)
{
    const hone_calls *want = &r->row->expected, *got = &r->parsed.calls;
    *ret_argument = "";
    *ret_function = want->count ? want->items[0].name : got->count ? got->items[0].name : "";
    if (r->verdict.pair < 0) return;
    const hone_pair *p = &r->verdict.pairs[r->verdict.pair];
    if (p->want >= 0) *ret_function = want->items[p->want].name;
    if (p->argument) *ret_argument = p->argument;
}

static hone_json *failure(builder *b, const hone_result *r)
{
    hone_json *o = hone_json_new_object(b->arena);
    const char *function, *argument;
    fault_place(r, &function, &argument);
    put_str(b, o, "id", r->row->id);
    put_str(b, o, "class", hone_fault_word(r->verdict.fault));
    put_str(b, o, "function", function);
    put_str(b, o, "argument", argument);
    put_str(b, o, "outcome", hone_outcome_word(r->outcome));
    put_str(b, o, "prompt", r->row->user_text ? r->row->user_text : "");
    put_str(b, o, "expected", calls_text(b, &r->row->expected));
    put(b, o, "got", r->answer->present
                         ? hone_json_new_strn(b->arena, r->answer->text, r->answer->text_len)
                         : hone_json_new_str(b->arena, ""));
    put(b, o, "margin_min",
        hone_report_number(b->arena, r->answer->present ? r->answer->margin_min : NAN));
    return o;
}

static void tree_rows(builder *b, hone_json *root)
{
    hone_json *failures = hone_json_new_array(b->arena), *rows = hone_json_new_object(b->arena);
    for (size_t i = 0; i < b->report->count; i++) {
        const hone_result *r = &b->report->results[i];
        hone_json *v = hone_json_new_array(b->arena);
        push(b, v, hone_json_new_strn(b->arena, r->row->hash, strnlen(r->row->hash, HASH_SHOWN)));
        push(b, v, hone_json_new_i64(b->arena, r->verdict.right));
        if (!rows || !v || !hone_json_append(b->arena, rows, r->row->id, strlen(r->row->id), 0, v))
            b->failed = true;
        if (!r->verdict.right) push(b, failures, failure(b, r));
    }
    put(b, root, "failures", failures);
    put(b, root, "rows", rows);
}

static hone_json *tree(builder *b, const hone_json *provenance)
{
    hone_json *root = hone_json_new_object(b->arena);
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
    put(b, root, "near_ties", hone_json_new_i64(b->arena, b->near_ties));
    if (provenance) put(b, root, "provenance", hone_json_copy(b->arena, provenance));
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
                        const hone_json *provenance, hone_err *err)
{
    builder b = { .arena = r->arena, .report = r };
    b.functions = hone_json_new_object(r->arena);
    b.confusion = hone_json_new_object(r->arena);
    b.arguments = hone_json_new_object(r->arena);
    b.categories = hone_json_new_object(r->arena);
    if (!b.functions || !b.confusion || !b.arguments || !b.categories)
        return hone_err_memory(err, "report", 0);
    HONE_TRY(judge_all(r, rows, answers, err));
    functions_prepare(&b, rows);
    for (size_t i = 0; i < r->count; i++) count_row(&b, &r->results[i]);
    r->json = tree(&b, provenance);
    return b.failed ? hone_err_memory(err, "report", 0) : HONE_OK;
}

int hone_report_make(hone_report **ret, const hone_rows *rows, const hone_answer *answers,
                     const hone_json *provenance, hone_err *err)
{
    hone_report *r = hone_calloc(1, sizeof *r);
    if (!r) return hone_err_memory(err, "report", sizeof *r);
    r->count = rows->count;
    r->arena = hone_arena_new();
    r->results = hone_calloc(rows->count + 1, sizeof *r->results);
    int rc = r->arena && r->results ? HONE_OK : hone_err_memory(err, "report", 0);
    if (rc == 0) rc = report_build(r, rows, answers, provenance, err);
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
