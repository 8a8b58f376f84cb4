/*
 * The gate: the decision table, baselines, groups and functions; and by simulation that it fails no
 * more often than alpha when nothing changed, and that intervals cover as often as their exact
 * coverage, computed by enumeration, says.
 */
#include <math.h>
#include <string.h>

#include "common/rng.h"
#include "eval/gate.h"
#include "tests/support.h"

static hone_err err;

/* ---- runs made of verdicts ---- */

typedef struct run {
    hone_rows rows;
    hone_row *items;
    hone_answer *answers;
    hone_call call[2];
    char (*ids)[32];
    char (*groups)[32];
    hone_report *report;
} run;

static const hone_json no_arguments = { .type = HONE_JSON_OBJECT };

/* As run_new, and answers never stop where endless[i]. */
static run *run_ends(const uint8_t *right, const uint8_t *endless, size_t n, size_t group_of)
{
    run *r = hone_calloc(1, sizeof *r);
    r->items = hone_calloc(n, sizeof *r->items);
    r->answers = hone_calloc(n, sizeof *r->answers);
    r->ids = hone_calloc(n, 32);
    r->groups = hone_calloc(n, 32);
    r->call[0] = (hone_call){ "a", &no_arguments };
    r->call[1] = (hone_call){ "b", &no_arguments };
    for (size_t i = 0; i < n; i++) {
        const char *name = i % 2 ? "b" : "a";
        (void)snprintf(r->ids[i], 32, "r%05zu", i);
        if (group_of) (void)snprintf(r->groups[i], 32, "g%zu", i / group_of);
        r->items[i] = (hone_row){ .id = r->ids[i], .group = r->groups[i], .category = "",
                                  .has_expected = true, .expected = { &r->call[i % 2], 1 } };
        memcpy(r->items[i].hash, "0123456789abcdef", 17);
        r->answers[i] = (hone_answer){ .present = true, .stop = HONE_STOP_TOKEN, .stop_id = -1,
                                       .num_ids = -1, .margin_min = NAN, .logprob = NAN };
        if (endless && endless[i]) r->answers[i].stop = HONE_STOP_LENGTH;
        r->answers[i].text = !right[i] ? "no"
                             : name[0] == 'a'
                                 ? "<start_function_call>call:a{}<end_function_call>"
                                 : "<start_function_call>call:b{}<end_function_call>";
        r->answers[i].text_len = strlen(r->answers[i].text);
    }
    r->rows = (hone_rows){ .items = r->items, .count = n, .path = "rows" };
    ck_assert_int_eq(hone_report_make(&r->report, &r->rows, r->answers, NULL, &err), 0);
    return r;
}

/* n rows; right[i] decides the answer; group_of: rows i / group_of belong together (0: none). Every
 * other row wants the function "b". */
static run *run_new(const uint8_t *right, size_t n, size_t group_of)
{
    return run_ends(right, NULL, n, group_of);
}

static void run_free(run *r)
{
    hone_report_free(r->report);
    hone_free(r->items);
    hone_free(r->answers);
    hone_free(r->ids);
    hone_free(r->groups);
    hone_free(r);
}

static const hone_gate_options plain = { .alpha = 0.05, .max_regression = NAN,
                                         .min_accuracy = NAN, .min_function = NAN, .seed = 1 };

static const char *verdict_of(const hone_report *r)
{
    return hone_json_get(hone_json_get(r->json, "gate"), "verdict")->text;
}

/* ---- the decision table ---- */

/* cells: a both right, b broken, c fixed, d both wrong */
static const struct {
    int a, b, c, d;
    double margin, floor;
    const char *verdict;
    int code;
} decisions[] = {
    { 95, 0, 0, 5, NAN, NAN, "no difference shown", HONE_OK },
    { 90, 4, 0, 6, NAN, NAN, "no difference shown", HONE_OK },
    { 90, 5, 0, 5, NAN, NAN, "regressed", HONE_GATE_FAILED }, /* 5 against 0: the least */
    { 90, 0, 5, 5, NAN, NAN, "improved", HONE_OK },
    { 568, 14, 4, 54, NAN, NAN, "regressed", HONE_GATE_FAILED },
    { 568, 14, 4, 54, 0.05, NAN, "worse, within the allowed margin", HONE_OK },
    { 568, 14, 4, 54, 0.02, NAN, "inconclusive: need about 4800 rows", HONE_INCONCLUSIVE },
    { 568, 14, 4, 54, 0.01, NAN, "regressed", HONE_GATE_FAILED },
    { 900, 0, 0, 61, 0.02, NAN, "not worse than the margin", HONE_OK },
    { 880, 8, 6, 67, 0.005, NAN, "inconclusive: need about 5700 rows", HONE_INCONCLUSIVE },
    { 30, 1, 0, 1, 0.01, NAN, "inconclusive: more rows will not help", HONE_INCONCLUSIVE },
    { 18, 0, 0, 1, NAN, NAN, "not comparable", HONE_UNMEASURABLE }, /* 19 rows */
    { 80, 0, 0, 20, NAN, 0.81, "below floor", HONE_GATE_FAILED },
    { 80, 0, 0, 20, NAN, 0.80, "no difference shown", HONE_OK },
    { 70, 20, 0, 10, NAN, 0.75, "below floor", HONE_GATE_FAILED }, /* before the regression */
};

static void fill(uint8_t *before, uint8_t *after, int a, int b, int c, int d)
{
    int at = 0;
    for (int i = 0; i < a; i++, at++) before[at] = after[at] = 1;
    for (int i = 0; i < b; i++, at++) before[at] = 1, after[at] = 0;
    for (int i = 0; i < c; i++, at++) before[at] = 0, after[at] = 1;
    for (int i = 0; i < d; i++, at++) before[at] = after[at] = 0;
}

START_TEST(test_decisions)
{
    uint8_t before[1000], after[1000];
    hone_gate_options o = plain;
    int code = 1, n = decisions[_i].a + decisions[_i].b + decisions[_i].c + decisions[_i].d;
    fill(before, after, decisions[_i].a, decisions[_i].b, decisions[_i].c, decisions[_i].d);
    run *old = run_new(before, (size_t)n, 0), *now = run_new(after, (size_t)n, 0);
    o.max_regression = decisions[_i].margin;
    o.min_accuracy = decisions[_i].floor;
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), decisions[_i].verdict);
    ck_assert_int_eq(code, decisions[_i].code);
    run_free(old);
    run_free(now);
}
END_TEST

START_TEST(test_strict_floor)
{
    uint8_t right[100];
    hone_gate_options o = plain;
    int code;
    fill(right, right, 80, 0, 0, 20);
    run *now = run_new(right, 100, 0);
    o.min_accuracy = 0.75;
    ck_assert_int_eq(hone_gate_judge(now->report, NULL, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "passed");
    o.strict_floor = true; /* Wilson's lower limit is 0.711 */
    ck_assert_int_eq(hone_gate_judge(now->report, NULL, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "below floor");
    run_free(now);
}
END_TEST

/* One function lost among many right rows: found by name, and only when functions gate. */
START_TEST(test_functions)
{
    uint8_t before[200], after[200];
    hone_gate_options o = plain;
    int code;
    memset(before, 1, sizeof before);
    memset(after, 1, sizeof after);
    for (int i = 0; i < 10; i++) before[4 * i] = 0; /* "a": 10 fixed */
    for (int i = 0; i < 8; i++) after[2 * i + 1] = 0; /* "b": 8 broken */
    run *old = run_new(before, 200, 0), *now = run_new(after, 200, 0);
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "no difference shown");
    o.functions = true;
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "regressed");
    const hone_json *list =
        hone_json_get(hone_json_get(now->report->json, "comparison"), "functions");
    ck_assert_uint_eq(list->len, 2);
    ck_assert(hone_json_str_eq(hone_json_get(list->items[1], "name"), "b"));
    ck_assert(hone_json_str_eq(hone_json_get(list->items[1], "verdict"), "regressed"));
    ck_assert(hone_json_str_eq(hone_json_get(list->items[0], "verdict"), "no difference shown"));
    run_free(old);
    run_free(now);
}
END_TEST

/* Ten broken rows of one group are one piece of evidence, not ten. */
START_TEST(test_groups)
{
    uint8_t before[200], after[200];
    int code;
    memset(before, 1, sizeof before);
    memset(after, 1, sizeof after);
    for (int i = 0; i < 10; i++) after[i] = 0;
    run *old = run_new(before, 200, 10), *now = run_new(after, 200, 10);
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &plain, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "no difference shown");
    const hone_json *c = hone_json_get(now->report->json, "comparison");
    ck_assert(hone_json_f64(hone_json_get(c, "groups")) == 20);
    double p = hone_json_f64(hone_json_get(c, "p1"));
    ck_assert_msg(p > 0.45 && p < 0.55, "p %f", p); /* one group: 1/2 */
    run_free(now);
    for (int i = 0; i < 10; i++) after[i] = 1;
    for (int i = 0; i < 10; i++) after[20 * i] = 0; /* ten groups */
    now = run_new(after, 200, 10);
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &plain, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "regressed");
    run_free(old);
    run_free(now);
}
END_TEST

/* ---- answers that never stop ---- */

static const hone_json *condition_of(const hone_report *r, const char *name)
{
    const hone_json *list = hone_json_get(hone_json_get(r->json, "gate"), "conditions");
    for (size_t i = 0; i < list->len; i++)
        if (hone_json_str_eq(hone_json_get(list->items[i], "name"), name)) return list->items[i];
    return NULL;
}

/* A lost stop token leaves calls right: the gate sees it by the ends alone, and names the function;
 * 5 new ones against none are the least, as with rows that broke. */
static const struct {
    int before, after, group; /* rows that never stop, the first ones; rows of a group */
    double margin;
    const char *verdict;
} endings[] = {
    { 0, 40, 0, NAN, "regressed" },
    { 0, 5, 0, NAN, "regressed" },
    { 0, 4, 0, NAN, "no difference shown" },
    { 40, 0, 0, NAN, "no difference shown" },
    { 40, 40, 0, NAN, "no difference shown" },
    { 0, 40, 0, 0.5, "not worse than the margin" },
    { 0, 60, 0, 0.5, "regressed" },
    { 0, 20, 10, NAN, "no difference shown" }, /* two groups */
    { 0, 50, 10, NAN, "regressed" },
};

START_TEST(test_endings)
{
    uint8_t right[100], before[100], after[100];
    hone_gate_options o = plain;
    int code;
    memset(right, 1, sizeof right);
    for (int i = 0; i < 100; i++) {
        before[i] = i < endings[_i].before;
        after[i] = i < endings[_i].after;
    }
    o.max_regression = endings[_i].margin;
    size_t group = (size_t)endings[_i].group;
    run *old = run_ends(right, before, 100, group), *now = run_ends(right, after, 100, group);
    ck_assert_int_eq(now->report->right, 100);
    ck_assert_int_eq(hone_gate_judge(now->report, old->report->json, &o, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), endings[_i].verdict);
    ck_assert_int_eq(code == HONE_GATE_FAILED, !strcmp(endings[_i].verdict, "regressed"));
    ck_assert_int_eq(condition_of(now->report, "answers_end") != NULL,
                     endings[_i].before != endings[_i].after);
    run_free(old);
    run_free(now);
}
END_TEST

/* The cluster has class and function; a baseline file keeps the ends, an older one says nothing. */
START_TEST(test_endings_told)
{
    char dir[64];
    uint8_t right[40], none[40] = { 0 }, some[40] = { 0 };
    hone_arena *a = hone_arena_new();
    hone_json *tree;
    int code;
    memset(right, 1, sizeof right);
    for (int i = 0; i < 10; i++) some[1 + 2 * i] = 1; /* rows of function b */
    run *old = run_ends(right, none, 40, 0), *now = run_ends(right, some, 40, 0);
    const hone_json *c = hone_json_at(hone_json_get(now->report->json, "clusters"), 0);
    ck_assert_str_eq(hone_json_get(c, "class")->text, "no_stop");
    ck_assert_str_eq(hone_json_get(c, "function")->text, "b");
    ck_assert(hone_json_f64(hone_json_get(c, "n")) == 10);
    support_scratch(dir);
    const char *path = support_path(dir, "baseline.json");
    ck_assert_int_eq(hone_baseline_write(old->report, path, false, &err), 0);
    ck_assert_int_eq(hone_baseline_load(&tree, a, path, &err), 0);
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "regressed");
    ck_assert(strstr(hone_json_get(condition_of(now->report, "answers_end"), "text")->text,
                     "most of b (10)"));
    tree->members[4].key = "other"; /* a baseline of an earlier version */
    tree->members[4].key_len = 5;
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "no difference shown");
    ck_assert_int_eq(hone_baseline_write(now->report, path, true, &err), 0);
    ck_assert_int_eq(hone_baseline_load(&tree, a, path, &err), 0);
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), 0);
    ck_assert_int_eq(now->report->results[1].ended_before, 0);
    ck_assert_str_eq(verdict_of(now->report), "no difference shown");
    run_free(old);
    run_free(now);
    hone_arena_free(a);
    support_scratch_done(dir);
}
END_TEST

/* ---- baselines ---- */

START_TEST(test_baseline)
{
    char dir[64];
    uint8_t before[100], after[100];
    hone_arena *a = hone_arena_new();
    hone_json *tree;
    int code;
    support_scratch(dir);
    const char *path = support_path(dir, "baseline.json");
    fill(before, after, 80, 10, 0, 10);
    run *old = run_new(before, 100, 0), *now = run_new(after, 100, 0);
    ck_assert_int_eq(hone_baseline_write(old->report, path, false, &err), 0);
    ck_assert_int_eq(hone_baseline_load(&tree, a, path, &err), 0);
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), 0);
    ck_assert_str_eq(verdict_of(now->report), "regressed");
    ck_assert_int_eq(now->report->results[0].before, 1);
    ck_assert_int_eq(now->report->results[99].before, 0);
    /* the better one stays */
    ck_assert_int_eq(hone_baseline_write(now->report, path, false, &err), HONE_E_REFUSED);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_baseline_write(now->report, path, true, &err), 0);
    ck_assert_int_eq(hone_baseline_write(old->report, path, false, &err), 0);
    /* rows whose content changed do not pair */
    now->items[0].hash[0] = 'f';
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), 0);
    ck_assert_int_eq(now->report->results[0].before, -1);
    run_free(old);
    run_free(now);
    hone_arena_free(a);
    support_scratch_done(dir);
}
END_TEST

START_TEST(test_bad_baselines)
{
    static const char *const bad[] = {
        "{}", "[]", "{\"format\":\"hone-baseline/1\"}",
        "{\"format\":\"hone-baseline/1\",\"rows\":[]}",
        "{\"format\":\"hone-baseline/2\",\"rows\":{}}", "x",
    };
    char dir[64];
    hone_arena *a = hone_arena_new();
    hone_json *tree;
    uint8_t right[30];
    int code;
    support_scratch(dir);
    const char *path = support_path(dir, "baseline.json");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(hone_fs_write(path, bad[i], strlen(bad[i]), &err), 0);
        hone_err_clear(&err);
        ck_assert_int_eq(hone_baseline_load(&tree, a, path, &err), HONE_E_DATA);
    }
    static const char row[] = "{\"format\":\"hone-baseline/1\",\"rows\":{\"r00000\":7}}";
    ck_assert_int_eq(hone_fs_write(path, row, sizeof row - 1, &err), 0);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_baseline_load(&tree, a, path, &err), 0);
    memset(right, 1, sizeof right);
    run *now = run_new(right, 30, 0);
    ck_assert_int_eq(hone_gate_judge(now->report, tree, &plain, &code, &err), HONE_E_DATA);
    run_free(now);
    hone_arena_free(a);
    support_scratch_done(dir);
}
END_TEST

/* ---- simulation ---- */

static double log_binomial(int n, int k, double p)
{
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
           (n - k) * log1p(-p);
}

static int draw_binomial(hone_rng *r, int n, double p)
{
    int k = 0;
    for (int i = 0; i < n; i++) k += hone_rng_next_unit(r) < p;
    return k;
}

/* Exact coverage against 10,000 draws; both methods. */
START_TEST(test_coverage)
{
    static const struct { int n; double p; } settings[] = {
        { 20, 0.5 }, { 50, 0.9 }, { 100, 0.75 }, { 240, 0.6 },
    };
    enum { DRAWS = 10000 };
    for (size_t s = 0; s < sizeof settings / sizeof settings[0]; s++) {
        int n = settings[s].n, hits[2] = { 0, 0 };
        double p = settings[s].p, exact[2] = { 0, 0 };
        bool covers[2][241];
        for (int k = 0; k <= n; k++) {
            hone_interval w = hone_stats_wilson(k, n, HONE_Z95);
            hone_interval c = hone_stats_clopper_pearson(k, n, 0.95);
            covers[0][k] = w.lo <= p && p <= w.hi;
            covers[1][k] = c.lo <= p && p <= c.hi;
            for (int m = 0; m < 2; m++)
                if (covers[m][k]) exact[m] += exp(log_binomial(n, k, p));
        }
        for (uint32_t draw = 0; draw < DRAWS; draw++) {
            hone_rng r = { 11 + s, 0, HONE_RNG_TEST, draw };
            int k = draw_binomial(&r, n, p);
            hits[0] += covers[0][k];
            hits[1] += covers[1][k];
        }
        for (int m = 0; m < 2; m++) {
            double error = 4 * sqrt(exact[m] * (1 - exact[m]) / DRAWS) + 1e-9;
            ck_assert_msg(fabs(hits[m] / (double)DRAWS - exact[m]) <= error, "n %d: %f, exact %f",
                          n, hits[m] / (double)DRAWS, exact[m]);
        }
        ck_assert_msg(exact[1] >= 0.95, "Clopper-Pearson covers %f", exact[1]);
    }
}
END_TEST

/* The paired interval: all (b, c, a) of n rows by their multinomial mass, against draws. */
START_TEST(test_paired_coverage)
{
    enum { N = 40, DRAWS = 10000 };
    const double both = 0.7, broke = 0.08, fixed = 0.12, truth = fixed - broke;
    static bool covers[N + 1][N + 1][N + 1];
    double exact = 0;
    int hits = 0;
    for (int a = 0; a <= N; a++)
        for (int b = 0; a + b <= N; b++)
            for (int c = 0; a + b + c <= N; c++) {
                int d = N - a - b - c;
                hone_interval i = hone_stats_newcombe(a, b, c, d, HONE_Z95);
                covers[a][b][c] = i.lo <= truth && truth <= i.hi;
                if (covers[a][b][c])
                    exact += exp(lgamma(N + 1.0) - lgamma(a + 1.0) - lgamma(b + 1.0) -
                                 lgamma(c + 1.0) - lgamma(d + 1.0) + a * log(both) +
                                 b * log(broke) + c * log(fixed) + d * log(0.1));
            }
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        int cells[4] = { 0, 0, 0, 0 };
        for (uint64_t i = 0; i < N; i++) {
            double u = hone_rng_unit(17, HONE_RNG_TEST, draw, i);
            cells[u < both ? 0 : u < both + broke ? 1 : u < both + broke + fixed ? 2 : 3]++;
        }
        hits += covers[cells[0]][cells[1]][cells[2]];
    }
    double error = 4 * sqrt(exact * (1 - exact) / DRAWS);
    ck_assert_msg(fabs(hits / (double)DRAWS - exact) <= error, "%f, exact %f",
                  hits / (double)DRAWS, exact);
    ck_assert_msg(exact > 0.93, "covers %f", exact);
}
END_TEST

/* 2,000 pairs of runs of equal accuracy: false alarms of the whole gate stay at alpha, with and
 * without gating functions; in the second round answers also never stop, equally often. */
START_TEST(test_false_alarms)
{
    enum { PAIRS = 2000, ROWS = 120 };
    int alarms[2] = { 0, 0 };
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        uint8_t sides[2][ROWS], endless[2][ROWS];
        for (uint64_t i = 0; i < ROWS; i++) {
            double u = hone_rng_unit(23, HONE_RNG_TEST, pair, i);
            sides[0][i] = u < 0.85 || (u >= 0.90 && u < 0.95);
            sides[1][i] = u < 0.90;
            for (uint64_t k = 0; k < 2; k++)
                endless[k][i] =
                    _i && hone_rng_unit(29, HONE_RNG_TEST, 2 * pair + (uint32_t)k, i) < 0.1;
        }
        run *old = run_ends(sides[0], endless[0], ROWS, 0);
        run *now = run_ends(sides[1], endless[1], ROWS, 0);
        for (int functions = 0; functions < 2; functions++) {
            hone_gate_options o = plain;
            int code;
            o.functions = functions;
            int rc = hone_gate_judge(now->report, old->report->json, &o, &code, &err);
            SUPPORT_MUST(rc == 0);
            alarms[functions] += code == HONE_GATE_FAILED;
        }
        run_free(old);
        run_free(now);
    }
    double most = 0.05 + 3 * sqrt(0.05 * 0.95 / PAIRS);
    for (int f = 0; f < 2; f++)
        ck_assert_msg(alarms[f] <= most * PAIRS, "%d alarms of %d", alarms[f], PAIRS);
    ck_assert_msg(alarms[0] > 0, "the gate never fails");
}
END_TEST

/* ---- the parts ---- */

START_TEST(test_holm)
{
    /* Holm 1979: 0.01, 0.04, 0.03, 0.005 over four tests */
    const double p[] = { 0.01, 0.04, 0.03, 0.005 }, want[] = { 0.03, 0.06, 0.06, 0.02 };
    double adjusted[4];
    hone_stats_holm(p, adjusted, 4);
    for (int i = 0; i < 4; i++) ck_assert(fabs(adjusted[i] - want[i]) < 1e-12);
}
END_TEST

/* The table of the design: exact one-sided McNemar, power 80 %. */
START_TEST(test_detectable_drops)
{
    static const int n[] = { 50, 100, 200, 400, 640, 961, 2000, 4000 };
    static const double churn[] = { 0.0025, 0.005, 0.01, 0.02, 0.04 };
    static const double points[8][5] = {
        { 13.5, 14.0, 14.9, 16.5, 18.8 }, { 7.1, 7.6, 8.3, 9.5, 11.3 },
        { 3.8, 4.2, 4.8, 5.7, 7.1 },      { 2.1, 2.4, 2.8, 3.6, 4.6 },
        { 1.4, 1.7, 2.1, 2.6, 3.5 },      { 1.0, 1.3, 1.6, 2.0, 2.7 },
        { 0.6, 0.8, 1.0, 1.3, 1.8 },      { 0.4, 0.5, 0.7, 0.9, 1.2 },
    };
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 5; k++) {
            double got = 100 * hone_stats_detectable_drop(n[i], churn[k]);
            ck_assert_msg(fabs(got - points[i][k]) <= 0.15, "%d, %g: %f, want %f", n[i], churn[k],
                          got, points[i][k]);
        }
}
END_TEST

START_TEST(test_rows_needed)
{
    ck_assert_int_eq(hone_stats_rows_needed(0.1, 0), 0);
    ck_assert_int_eq(hone_stats_rows_needed(0.1, -0.1), 0);
    int64_t n = hone_stats_rows_needed(0.05, 0.02);
    ck_assert_int_eq(n % 10, 0);
    ck_assert(n >= 700 && n <= 800); /* ((1.645 sqrt .05 + .8416 sqrt(.05 - .0004)) / .02)^2 */
}
END_TEST

int main(void)
{
    TCase *t = support_case("gate");
    tcase_add_loop_test(t, test_decisions, 0, sizeof decisions / sizeof decisions[0]);
    tcase_add_test(t, test_strict_floor);
    tcase_add_test(t, test_functions);
    tcase_add_test(t, test_groups);
    tcase_add_loop_test(t, test_endings, 0, sizeof endings / sizeof endings[0]);
    tcase_add_test(t, test_endings_told);
    tcase_add_test(t, test_baseline);
    tcase_add_test(t, test_bad_baselines);
    tcase_add_test(t, test_coverage);
    tcase_add_test(t, test_paired_coverage);
    tcase_add_loop_test(t, test_false_alarms, 0, 2);
    tcase_add_test(t, test_holm);
    tcase_add_test(t, test_detectable_drops);
    tcase_add_test(t, test_rows_needed);
    return support_run(t);
}
