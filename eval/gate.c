/*
 * The gate's decision (eval/gate.h). The conditions are asked in the order of the table in
 * docs/evaluation.md ("The gate"); the first that does not hold gives the verdict.
 */
#include "eval/gate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "eval/report_parts.h"

enum { FUNCTION_ROWS = 20, FUNCTIONS_MAX = 4000 };

/* What the comparison says. */
typedef struct evidence {
    int64_t n, rows_before, b, c, groups;
    double diff, worse, better;
    hone_interval diff90, diff95;
    int64_t endless, ended;    /* units whose answers never stop now, or stop now, unlike before */
    double runs_on;            /* p of that, one-sided */
} evidence;

/* One function over the paired rows. */
typedef struct part {
    const char *name;
    int64_t n, b, c, k, all; /* paired, broken, fixed; right and all rows of this run */
    int64_t endless;         /* rows whose answer ended before and never stops now */
    double p, adjusted;
} part;

typedef struct gate {
    hone_parts parts;
    hone_report *r;
    const hone_gate_options *o;
    hone_json *conditions;
    const char *verdict;
    int code;
    evidence e;
    double worse, runs_on; /* p of the whole, and of answers that never stop, adjusted */
    part *functions;
    int num_functions;
} gate;

/* ---- conditions ---- */

static void condition(gate *g, const char *name, const char *status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void condition(gate *g, const char *name, const char *status, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    hone_json *o = hone_json_new_object(g->parts.arena);
    hone_parts_str(&g->parts, o, "name", name);
    hone_parts_str(&g->parts, o, "status", status);
    hone_parts_str(&g->parts, o, "text", text);
    hone_parts_push(&g->parts, g->conditions, o);
}

/* The first verdict stands. */
static void decide(gate *g, const char *verdict, int code)
{
    if (g->verdict) return;
    g->verdict = verdict;
    g->code = code;
}

/* ---- groups ---- */

static int by_group(const void *a, const void *b)
{
    const hone_result *x = *(const hone_result *const *)a, *y = *(const hone_result *const *)b;
    int c = strcmp(x->row->group, y->row->group);
    return c ? c : x < y ? -1 : x > y;
}

static int change_of(const hone_result *r)
{
    return (int)r->right - r->before;
}

static int end_of(const hone_result *r)
{
    bool ends = r->outcome != HONE_OUTCOME_NO_STOP;
    return r->ended_before < 0 ? 0 : (int)ends - r->ended_before;
}

/* Sums of each group over the paired rows; a row without a group is one of its own. */
static size_t group_sums(const hone_result **rows, size_t n, int (*of)(const hone_result *),
                         int64_t *sums, int64_t *sizes)
{
    size_t groups = 0;
    for (size_t i = 0; i < n; i++) {
        const char *own = rows[i]->row->group;
        bool same = i > 0 && own[0] && strcmp(own, rows[i - 1]->row->group) == 0;
        if (!same) {
            sums[groups] = sizes[groups] = 0;
            groups++;
        }
        sums[groups - 1] += of(rows[i]);
        sizes[groups - 1]++;
    }
    return groups;
}

/* Answers that ended and now never stop, against the other way: a sign test over groups. */
static void ends_judge(evidence *e, const int64_t *sums, size_t groups)
{
    for (size_t i = 0; i < groups; i++) {
        e->endless += sums[i] < 0;
        e->ended += sums[i] > 0;
    }
    e->runs_on = hone_stats_mcnemar(e->endless, e->ended).worse;
}

/* With groups of more than one row the groups are the units of the test. */
static int groups_judge(gate *g, hone_err *err)
{
    size_t n = 0;
    hone_group_test t;
    const hone_result **rows = hone_calloc(g->r->count + 1, sizeof *rows);
    int64_t *sums = hone_calloc(2 * g->r->count + 2, sizeof *sums);
    int rc = rows && sums ? HONE_OK : hone_err_memory(err, "groups", g->r->count);
    for (size_t i = 0; rc == 0 && i < g->r->count; i++)
        if (g->r->results[i].before >= 0) rows[n++] = &g->r->results[i];
    if (rc == 0 && n > 0) {
        qsort(rows, n, sizeof *rows, by_group);
        int64_t *sizes = sums + g->r->count + 1;
        ends_judge(&g->e, sums, group_sums(rows, n, end_of, sums, sizes));
        size_t groups = group_sums(rows, n, change_of, sums, sizes);
        if (groups < n) rc = hone_stats_groups(&t, sums, sizes, groups, g->o->seed, err);
        if (rc == 0 && groups < n) {
            g->e.groups = (int64_t)groups;
            g->e.worse = t.worse;
            g->e.better = t.better;
            g->e.diff90 = t.diff90;
            g->e.diff95 = t.diff95;
        }
    }
    hone_free(sums);
    hone_free(rows);
    return rc;
}

/* ---- functions ---- */

static part *function_part(gate *g, const char *name)
{
    for (int i = 0; i < g->num_functions; i++)
        if (strcmp(g->functions[i].name, name) == 0) return &g->functions[i];
    if (g->num_functions == FUNCTIONS_MAX) return NULL;
    part *p = &g->functions[g->num_functions++];
    *p = (part){ .name = name, .p = 1, .adjusted = 1 };
    return p;
}

static void function_count(part *p, const hone_result *r)
{
    if (!p) return;
    p->all++;
    p->k += r->right;
    if (r->before < 0) return;
    p->n++;
    p->endless += end_of(r) < 0;
    p->b += r->before && !r->right;
    p->c += !r->before && r->right;
}

/* Every function of a row's expectation once; rows that want no call are one more. */
static void functions_count(gate *g)
{
    for (size_t i = 0; i < g->r->count; i++) {
        const hone_result *r = &g->r->results[i];
        const hone_calls *want = &r->row->expected;
        for (size_t k = 0; k < want->count; k++) {
            bool before = false;
            for (size_t j = 0; j < k; j++)
                before = before || strcmp(want->items[j].name, want->items[k].name) == 0;
            if (!before) function_count(function_part(g, want->items[k].name), r);
        }
        if (want->count == 0) function_count(function_part(g, "(none)"), r);
    }
}

/* Could a sign test of so many changes reach alpha? One that could not, whatever it found, takes no
 * share of it from other tests (Tarone 1990). */
static bool may_reject(const gate *g, int64_t changes)
{
    return ldexp(1, -(int)fmin((double)changes, 1000)) <= g->o->alpha;
}

static bool ends_tested(const gate *g)
{
    return may_reject(g, g->e.endless + g->e.ended);
}

/* Functions with enough rows are tested together, by Holm's step-down. The whole and the ends of
 * answers are tests beside each other; where functions gate, all are one family. */
static void tests_adjust(gate *g)
{
    double p[FUNCTIONS_MAX + 2] = { 0 };
    int index[FUNCTIONS_MAX], k = 0;
    const int more = 1 + ends_tested(g);
    for (int i = 0; i < g->num_functions; i++) {
        part *f = &g->functions[i];
        if (f->n < FUNCTION_ROWS) continue;
        f->p = hone_stats_mcnemar(f->b, f->c).worse;
        index[k] = i;
        p[k++] = f->p;
    }
    p[k] = g->e.worse;
    p[k + 1] = g->e.runs_on;
    if (g->o->functions) {
        hone_stats_holm(p, p, k + more);
    } else {
        hone_stats_holm(p, p, k);
        if (may_reject(g, g->e.b + g->e.c)) hone_stats_holm(p + k, p + k, more);
    }
    for (int i = 0; i < k; i++) g->functions[index[i]].adjusted = p[i];
    g->worse = p[k];
    g->runs_on = p[k + 1];
}

static hone_json *functions_json(gate *g)
{
    hone_parts *p = &g->parts;
    hone_json *list = hone_json_new_array(p->arena);
    for (int i = 0; i < g->num_functions; i++) {
        const part *f = &g->functions[i];
        hone_json *o = hone_json_new_object(p->arena);
        if (f->n == 0) continue;
        hone_parts_str(p, o, "name", f->name);
        hone_parts_count(p, o, "n", f->n);
        hone_parts_count(p, o, "b", f->b);
        hone_parts_count(p, o, "c", f->c);
        hone_parts_put(p, o, "diff",
                       hone_report_number(p->arena, (double)(f->c - f->b) / (double)f->n));
        bool tested = f->n >= FUNCTION_ROWS;
        hone_parts_put(p, o, "p1", hone_report_number(p->arena, tested ? f->p : NAN));
        hone_parts_put(p, o, "p1_adjusted",
                       hone_report_number(p->arena, tested ? f->adjusted : NAN));
        hone_parts_str(p, o, "verdict", !tested ? "too few rows"
                                        : f->adjusted <= g->o->alpha ? "regressed"
                                                                     : "no difference shown");
        hone_parts_push(p, list, o);
    }
    return list;
}

/* ---- comparability ---- */

static const hone_json *settings_of(const hone_json *tree)
{
    const hone_json *own = hone_json_get(tree, "settings");
    return own ? own : hone_json_get(hone_json_get(tree, "provenance"), "settings");
}

static const hone_json *mode_of(const hone_json *tree)
{
    const hone_json *own = hone_json_get(tree, "mode");
    return own ? own : hone_json_get(hone_json_get(tree, "headline"), "mode");
}

/* True if a difference there may be allowed; mode, order and prompts may never differ. */
static bool may_cross(const char *key)
{
    static const char *const keys[] = { "cpu", "weights", "constrained", "max_new_tokens" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0) return true;
    return false;
}

/* Settings that either side does not tell are not compared. */
static void settings_check(gate *g, const hone_json *before)
{
    const hone_json *old = settings_of(before), *now = settings_of(g->r->json);
    bool ok = true;
    const hone_json *mode = mode_of(before);
    if (hone_json_is(mode, HONE_JSON_STRING) &&
        strcmp(mode->text, hone_mode_word(g->r->mode)) != 0) {
        condition(g, "comparable", "error", "the baseline was judged by %s, this run by %s",
                  mode->text, hone_mode_word(g->r->mode));
        ok = false;
    }
    for (size_t i = 0; hone_json_is(old, HONE_JSON_OBJECT) && i < old->len; i++) {
        const char *key = old->members[i].key;
        const hone_json *x = old->members[i].value, *y = hone_json_get(now, key);
        if (hone_json_is_null(x) || hone_json_is_null(y) || hone_json_equal(x, y)) continue;
        if (g->o->allow_cross && may_cross(key)) continue;
        condition(g, "comparable", "error", "%s was %s and is %s%s", key,
                  hone_parts_text(&g->parts, x), hone_parts_text(&g->parts, y),
                  may_cross(key) ? " (--allow-cross compares all the same)" : "");
        ok = false;
    }
    if (!ok) decide(g, "not comparable", HONE_UNMEASURABLE);
}

static void pairs_check(gate *g)
{
    const evidence *e = &g->e;
    bool enough = e->n >= HONE_LEAST_PAIRS &&
                  (double)e->n >= HONE_LEAST_SHARE * (double)e->rows_before;
    condition(g, "rows_paired", enough ? "pass" : "error",
              "%lld of %lld baseline rows pair with rows of this run%s", (long long)e->n,
              (long long)e->rows_before,
              enough ? "" : "; at least 95 % of them and 20 rows are needed");
    if (!enough) decide(g, "not comparable", HONE_UNMEASURABLE);
}

/* ---- floors ---- */

static void floor_check(gate *g, const char *name, int64_t k, int64_t n, double least)
{
    hone_interval w = hone_stats_wilson(k, n, HONE_Z95);
    double p = n ? (double)k / (double)n : 0;
    bool below = g->o->strict_floor ? w.lo < least : p < least;
    condition(g, name, below ? "fail" : "pass",
              "%.1f %% (95 %% interval %.1f to %.1f), floor %.1f%s", 100 * p, 100 * w.lo,
              100 * w.hi, 100 * least,
              w.lo < least && least < w.hi ? "; unresolved: the floor lies inside the interval"
                                           : "");
    if (below) decide(g, "below floor", HONE_GATE_FAILED);
}

static void floors_check(gate *g)
{
    if (isfinite(g->o->min_accuracy))
        floor_check(g, "min_accuracy", g->r->right, (int64_t)g->r->count, g->o->min_accuracy);
    if (!isfinite(g->o->min_function)) return;
    for (int i = 0; i < g->num_functions; i++) {
        const part *f = &g->functions[i];
        char name[256];
        (void)snprintf(name, sizeof name, "min_function_accuracy %s", f->name);
        if (f->all >= FUNCTION_ROWS) floor_check(g, name, f->k, f->all, g->o->min_function);
    }
}

/* ---- regression ---- */

static void functions_check(gate *g)
{
    for (int i = 0; i < g->num_functions; i++) {
        const part *f = &g->functions[i];
        if (f->n < FUNCTION_ROWS || f->adjusted > g->o->alpha) continue;
        condition(g, "no_function_regression", "fail",
                  "%s: %lld rows broken, %lld fixed of %lld, adjusted p %.2g", f->name,
                  (long long)f->b, (long long)f->c, (long long)f->n, f->adjusted);
        decide(g, "regressed", HONE_GATE_FAILED);
    }
}

/* Rows for an answer about the margin M; 0 where more rows will not help. */
static int64_t margin_rows(const evidence *e, double most)
{
    double room = most + e->diff, half = e->diff - e->diff90.lo;
    if (room <= 0) return 0;
    double rows = fmin((double)e->n * (half / room) * (half / room), 1e15), unit = 1;
    while (rows / unit >= 100) unit *= 10;
    return (int64_t)(ceil(rows / unit) * unit);
}

static void inconclusive(gate *g, double most)
{
    char verdict[96];
    int64_t rows = margin_rows(&g->e, most);
    if (g->verdict) return;
    if (rows)
        (void)snprintf(verdict, sizeof verdict, "inconclusive: need about %lld rows",
                       (long long)rows);
    else
        (void)snprintf(verdict, sizeof verdict, "inconclusive: more rows will not help");
    const char *kept = hone_arena_strndup(g->parts.arena, verdict, strlen(verdict));
    if (!kept) g->parts.failed = true;
    decide(g, kept ? kept : "inconclusive", HONE_INCONCLUSIVE);
}

static const part *most_endless(const gate *g)
{
    const part *most = NULL;
    for (int i = 0; i < g->num_functions; i++)
        if (!most || g->functions[i].endless > most->endless) most = &g->functions[i];
    return most;
}

/* A call may be right and yet be followed by others until the limit: no score sees a stop token
 * that was lost, and a phone waits. */
static void ends_check(gate *g)
{
    const evidence *e = &g->e;
    const part *most = most_endless(g);
    double margin = g->o->max_regression;
    double share = (double)(e->endless - e->ended) / (double)(e->n ? e->n : 1);
    bool fails = ends_tested(g) && g->runs_on <= g->o->alpha &&
                 (!isfinite(margin) || share > margin);
    if (e->endless + e->ended == 0) return;
    condition(g, "answers_end", fails ? "fail" : "pass",
              "%lld answers that ended before never stop now, %lld the other way, one-sided p "
              "%.2g; most of %s (%lld)", (long long)e->endless, (long long)e->ended, g->runs_on,
              most ? most->name : "", (long long)(most ? most->endless : 0));
    if (fails) decide(g, "regressed", HONE_GATE_FAILED);
}

static void regression_check(gate *g)
{
    const evidence *e = &g->e;
    double most = g->o->max_regression, worse = g->worse;
    bool margin = isfinite(most), seen = worse <= g->o->alpha;
    bool fails = seen && (!margin || e->diff < -most);
    bool open = !fails && margin && e->diff90.lo < -most;
    condition(g, "no_regression", fails ? "fail" : open ? "inconclusive" : "pass",
              "%+.1f points (90 %% interval %+.1f to %+.1f), %lld rows broken, %lld fixed of "
              "%lld, one-sided p %.2g%s", 100 * e->diff, 100 * e->diff90.lo, 100 * e->diff90.hi,
              (long long)e->b, (long long)e->c, (long long)e->n, worse,
              e->groups ? " over groups" : "");
    if (fails) decide(g, "regressed", HONE_GATE_FAILED);
    ends_check(g);
    if (g->o->functions) functions_check(g);
    if (open) inconclusive(g, most);
    if (e->better <= g->o->alpha) decide(g, "improved", HONE_OK);
    if (seen) decide(g, "worse, within the allowed margin", HONE_OK);
    decide(g, margin ? "not worse than the margin" : "no difference shown", HONE_OK);
}

/* ---- the tree ---- */

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

static void evidence_read(evidence *e, const hone_json *c, size_t rows_before)
{
    *e = (evidence){ .n = (int64_t)number(c, "n"), .rows_before = (int64_t)rows_before,
                     .b = (int64_t)number(c, "b"), .c = (int64_t)number(c, "c") };
    int64_t a = (int64_t)number(c, "a"), d = (int64_t)number(c, "d");
    e->diff = e->n ? (double)(e->c - e->b) / (double)e->n : 0;
    e->worse = hone_stats_mcnemar(e->b, e->c).worse;
    e->better = hone_stats_mcnemar(e->c, e->b).worse;
    e->runs_on = 1;
    e->diff90 = hone_stats_newcombe(a, e->b, e->c, d, HONE_Z90);
    e->diff95 = hone_stats_newcombe(a, e->b, e->c, d, HONE_Z95);
}

/* The numbers of the group test stand in place of those of independent rows. */
static void comparison_finish(gate *g, hone_json *c)
{
    const evidence *e = &g->e;
    const struct { const char *key; double d; } numbers[] = {
        { "lo95", e->diff95.lo }, { "hi95", e->diff95.hi }, { "lo90", e->diff90.lo },
        { "hi90", e->diff90.hi }, { "p1", e->worse },
        { "p2", fmin(1, 2 * fmin(e->worse, e->better)) },
    };
    hone_parts_put(&g->parts, c, "functions", functions_json(g));
    hone_parts_str(&g->parts, c, "method", e->groups ? "groups" : "mcnemar");
    if (e->groups == 0) return;
    hone_parts_put(&g->parts, c, "groups", hone_json_new_i64(g->parts.arena, e->groups));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        hone_parts_put(&g->parts, c, numbers[i].key,
                       hone_report_number(g->parts.arena, numbers[i].d));
}

static int compare(gate *g, const hone_json *before, hone_err *err)
{
    hone_json *c;
    HONE_TRY(hone_compare_reports(&c, g->parts.arena, before, g->r->json, err));
    HONE_TRY(hone_compare_mark(g->r, before, err));
    evidence_read(&g->e, c, hone_compare_rows(before)->len);
    HONE_TRY(groups_judge(g, err));
    functions_count(g);
    settings_check(g, before);
    pairs_check(g);
    floors_check(g);
    tests_adjust(g);
    regression_check(g);
    comparison_finish(g, c);
    hone_parts_str(&g->parts, c, "verdict", g->verdict);
    hone_parts_put(&g->parts, g->r->json, "comparison", c);
    return HONE_OK;
}

static void finish(gate *g)
{
    hone_json *o = hone_json_new_object(g->parts.arena);
    decide(g, "passed", HONE_OK);
    hone_parts_str(&g->parts, o, "verdict", g->verdict);
    hone_parts_put(&g->parts, o, "exit_status",
                   hone_json_new_i64(g->parts.arena, hone_code_exit_status(g->code)));
    hone_parts_put(&g->parts, o, "alpha", hone_report_number(g->parts.arena, g->o->alpha));
    hone_parts_put(&g->parts, o, "max_regression",
                   hone_report_number(g->parts.arena, g->o->max_regression));
    hone_parts_put(&g->parts, o, "min_accuracy",
                   hone_report_number(g->parts.arena, g->o->min_accuracy));
    hone_parts_put(&g->parts, o, "conditions", g->conditions);
    hone_parts_put(&g->parts, g->r->json, "gate", o);
}

int hone_gate_judge(hone_report *r, const hone_json *before, const hone_gate_options *o,
                    int *ret_code, hone_err *err)
{
    gate g = { .parts = { r->arena, false }, .r = r, .o = o };
    g.conditions = hone_json_new_array(r->arena);
    g.functions = hone_calloc(FUNCTIONS_MAX, sizeof *g.functions);
    int rc = g.conditions && g.functions ? HONE_OK : hone_err_memory(err, "gate", 0);
    if (rc == 0 && before) rc = compare(&g, before, err);
    if (rc == 0 && !before) {
        functions_count(&g);
        floors_check(&g);
    }
    if (rc == 0) finish(&g);
    if (rc == 0 && g.parts.failed) rc = hone_err_memory(err, "gate", 0);
    hone_free(g.functions);
    if (rc == 0) *ret_code = g.code;
    return rc;
}
