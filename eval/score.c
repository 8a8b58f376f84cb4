/*
 * The `exact` score (eval/score.h). Calls are matched by the assignment of least cost (Hungarian
 * method, Kuhn 1955, in the O(n^3) form with potentials): cost 0 is an equal pair, so an answer is
 * exact if and only if the least total is 0.
 */
#include "eval/score.h"

#include <string.h>

#include "common/mem.h"
#include "eval/value.h"

/* Answers with more calls than this are paired in order: rows expect a handful. */
enum { MAX_MATCHED = 64 };
enum { COST_NAME = 100000, COST_ARG_MAX = 50000 };

const char *hone_fault_word(hone_fault f)
{
    static const char *const words[] = {
#define X(name, word) word,
        HONE_FAULTS(X)
#undef X
    };
    return words[f];
}

/* Further values of an argument that the row allows, or NULL. */
static const hone_json *allowed_values(const hone_row *row, const char *function, const char *key)
{
    const hone_json *list = hone_json_get(hone_json_get(row->allowed, function), key);
    return hone_json_is(list, HONE_JSON_ARRAY) ? list : NULL;
}

static bool may_be_absent(const hone_json *allowed)
{
    for (size_t i = 0; allowed && i < allowed->len; i++)
        if (hone_json_str_eq(allowed->items[i], "")) return true;
    return false;
}

static bool value_allowed(const hone_json *allowed, const hone_json *v, const hone_json *schema)
{
    for (size_t i = 0; allowed && i < allowed->len; i++)
        if (hone_value_equal(allowed->items[i], v, schema)) return true;
    return false;
}

static const hone_json *argument_schema(const hone_row *row, const char *function, const char *key,
                                        bool *ret_declared)
{
    const hone_json *f = hone_tools_find(row->tools, function);
    const hone_json *properties = hone_json_get(hone_json_get(f, "parameters"), "properties");
    const hone_json *schema = hone_json_get(properties, key);
    *ret_declared = schema || !f; /* without a declaration nothing can be called unknown */
    return schema;
}

static hone_fault value_fault(const hone_json *want, const hone_json *schema)
{
    switch (want->type) {
    case HONE_JSON_INT:
    case HONE_JSON_REAL: return HONE_FAULT_VALUE_NUMBER;
    case HONE_JSON_TRUE:
    case HONE_JSON_FALSE: return HONE_FAULT_VALUE_BOOLEAN;
    case HONE_JSON_ARRAY: return HONE_FAULT_VALUE_LIST;
    case HONE_JSON_OBJECT: return HONE_FAULT_VALUE_OBJECT;
    default: break;
    }
    return hone_value_is_date(schema) ? HONE_FAULT_VALUE_DATE : HONE_FAULT_VALUE_STRING;
}

hone_fault hone_score_argument(const hone_row *row, const hone_call *want, const hone_call *got,
                               const char *key)
{
    bool declared;
    const hone_json *w = hone_json_get(want->arguments, key),
                    *g = hone_json_get(got->arguments, key);
    const hone_json *schema = argument_schema(row, want->name, key, &declared);
    const hone_json *allowed = allowed_values(row, want->name, key);
    if (!w && !g) return HONE_FAULT_NONE;
    if (!g) return may_be_absent(allowed) ? HONE_FAULT_NONE : HONE_FAULT_MISSING_ARG;
    if (!w && !declared) return HONE_FAULT_UNKNOWN_ARG;
    if (!w && !allowed) return HONE_FAULT_EXTRA_ARG;
    if (!hone_value_type_ok(g, schema)) return HONE_FAULT_TYPE;
    if ((w && hone_value_equal(w, g, schema)) || value_allowed(allowed, g, schema))
        return HONE_FAULT_NONE;
    if (!w) return HONE_FAULT_EXTRA_ARG;
    if (!hone_value_same_kind(w, g, schema)) return HONE_FAULT_TYPE;
    if (!hone_value_enum_ok(g, schema)) return HONE_FAULT_ENUM;
    return value_fault(w, schema);
}

/* Takes the argument's fault into the pair if it comes earlier in the order of classes. */
static int64_t argument_count(hone_pair *p, const hone_row *row, const hone_call *want,
                              const hone_call *got, const char *key)
{
    hone_fault f = hone_score_argument(row, want, got, key);
    if (f == HONE_FAULT_NONE) return 0;
    if (f < p->fault) {
        p->fault = f;
        p->argument = key;
    }
    return 1;
}

/* Compares two calls: fills fault and argument, returns the cost. */
static int64_t pair_compare(hone_pair *p, const hone_row *row, const hone_call *want,
                            const hone_call *got)
{
    int64_t cost = 0;
    p->fault = HONE_FAULT_NONE;
    p->argument = NULL;
    if (strcmp(want->name, got->name) != 0) {
        bool known = hone_tools_find(row->tools, got->name) != NULL;
        p->fault = known ? HONE_FAULT_WRONG_TOOL : HONE_FAULT_UNKNOWN_TOOL;
        return COST_NAME + !known;
    }
    const hone_json *w = want->arguments, *g = got->arguments;
    for (size_t i = 0; i < w->len; i++)
        cost += argument_count(p, row, want, got, w->members[i].key);
    for (size_t i = 0; i < g->len; i++)
        if (!hone_json_get(w, g->members[i].key))
            cost += argument_count(p, row, want, got, g->members[i].key);
    return cost < COST_ARG_MAX ? cost : COST_ARG_MAX;
}

/* Least-cost assignment of n rows to n columns; column_of[row] is filled. work: 3 (n + 1) int64 and
 * 2 (n + 1) int. Rows and columns count from 1 inside; column 0 is the row being placed. */
static void assign(const int64_t *cost, int n, int *column_of, int64_t *work, int *index)
{
    int64_t *u = work, *v = work + n + 1, *least = work + 2 * (n + 1);
    int *row_at = index, *back = index + n + 1;
    memset(work, 0, 3 * (size_t)(n + 1) * sizeof *work);
    memset(index, 0, 2 * (size_t)(n + 1) * sizeof *index);
    for (int row = 1; row <= n; row++) {
        bool used[MAX_MATCHED + 1] = { false };
        int at = 0;
        row_at[0] = row;
        for (int j = 0; j <= n; j++) least[j] = INT64_MAX / 4;
        do {
            int i = row_at[at], next = 0;
            int64_t delta = INT64_MAX / 4;
            used[at] = true;
            for (int j = 1; j <= n; j++) {
                if (used[j]) continue;
                int64_t c = cost[(i - 1) * n + j - 1] - u[i] - v[j];
                if (c < least[j]) {
                    least[j] = c;
                    back[j] = at;
                }
                if (least[j] < delta) {
                    delta = least[j];
                    next = j;
                }
            }
            for (int j = 0; j <= n; j++) {
                if (used[j]) {
                    u[row_at[j]] += delta;
                    v[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            at = next;
        } while (row_at[at] != 0);
        for (; at; at = back[at]) row_at[at] = row_at[back[at]];
    }
    for (int j = 1; j <= n; j++) column_of[row_at[j] - 1] = j - 1;
}

/* Equal numbers of calls: the best matching. */
static int pairs_match(hone_verdict *v, hone_arena *a, const hone_row *row, const hone_calls *got,
                       hone_err *err)
{
    int n = (int)got->count;
    size_t cells = (size_t)n * (size_t)n;
    hone_pair *all = hone_arena_alloc(a, cells * sizeof *all);
    int64_t *cost = hone_arena_alloc(a, cells * sizeof *cost);
    int64_t *work = hone_arena_alloc(a, 3 * (size_t)(n + 1) * sizeof *work);
    int *index = hone_arena_alloc(a, 3 * (size_t)(n + 1) * sizeof *index);
    if (!all || !cost || !work || !index) return hone_err_memory(err, "call matching", cells);
    int *column_of = index + 2 * (n + 1);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            all[i * n + j] = (hone_pair){ i, j, HONE_FAULT_NONE, NULL };
            cost[i * n + j] = pair_compare(&all[i * n + j], row, &row->expected.items[i],
                                           &got->items[j]);
        }
    }
    assign(cost, n, column_of, work, index);
    for (int i = 0; i < n; i++) v->pairs[v->num_pairs++] = all[i * n + column_of[i]];
    return HONE_OK;
}

/* Numbers differ, or there are too many: by equal names in order, then what is left over. */
static void pairs_in_order(hone_verdict *v, const hone_row *row, const hone_calls *got, bool *taken)
{
    for (size_t i = 0; i < row->expected.count; i++) {
        hone_pair *p = &v->pairs[v->num_pairs++];
        *p = (hone_pair){ (int)i, -1, HONE_FAULT_MISSED_CALL, NULL };
        for (size_t j = 0; j < got->count && p->got < 0; j++) {
            if (taken[j] || strcmp(row->expected.items[i].name, got->items[j].name) != 0) continue;
            taken[j] = true;
            p->got = (int)j;
            (void)pair_compare(p, row, &row->expected.items[i], &got->items[j]);
        }
    }
    for (size_t j = 0, i = 0; j < got->count; j++) {
        if (taken[j]) continue;
        while (i < row->expected.count && v->pairs[i].got >= 0) i++;
        hone_pair *p = i < row->expected.count ? &v->pairs[i] : &v->pairs[v->num_pairs++];
        if (i < row->expected.count) {
            p->got = (int)j;
            (void)pair_compare(p, row, &row->expected.items[i], &got->items[j]);
        } else {
            *p = (hone_pair){ -1, (int)j, HONE_FAULT_FALSE_CALL, NULL };
        }
    }
}

static int pairs_fill(hone_verdict *v, hone_arena *a, const hone_row *row, const hone_calls *got,
                      hone_err *err)
{
    size_t want = row->expected.count, most = want + got->count;
    if (most == 0) return HONE_OK;
    if (most > INT32_MAX / 2) return hone_fail(err, HONE_E_DATA, "too many calls in one answer");
    v->pairs = hone_arena_alloc(a, most * sizeof *v->pairs);
    bool *taken = hone_arena_alloc(a, most * sizeof *taken);
    if (!v->pairs || !taken) return hone_err_memory(err, "call matching", most * sizeof *v->pairs);
    if (want == got->count && want <= MAX_MATCHED) return pairs_match(v, a, row, got, err);
    pairs_in_order(v, row, got, taken);
    return HONE_OK;
}

/* The fault of the answer as a whole, NONE if it depends on the pairs. */
static hone_fault answer_fault(const hone_row *row, const hone_calls *got, hone_outcome outcome)
{
    switch (outcome) {
    case HONE_OUTCOME_NOT_GENERATED: return HONE_FAULT_NOT_GENERATED;
    case HONE_OUTCOME_TRUNCATED: return HONE_FAULT_TRUNCATED;
    case HONE_OUTCOME_MALFORMED: return HONE_FAULT_MALFORMED;
    case HONE_OUTCOME_NO_STOP:
        if (got->count == 0) return HONE_FAULT_NO_STOP;
        break;
    default: break;
    }
    if (got->count == 0 && row->expected.count > 0) return HONE_FAULT_MISSED_CALL;
    if (got->count > 0 && row->expected.count == 0) return HONE_FAULT_FALSE_CALL;
    if (got->count != row->expected.count) return HONE_FAULT_WRONG_COUNT;
    return HONE_FAULT_NONE;
}

int hone_score_exact(hone_verdict *ret, hone_arena *a, const hone_row *row, const hone_calls *got,
                     hone_outcome outcome, hone_err *err)
{
    hone_verdict v = { .pair = -1 };
    v.fault = answer_fault(row, got, outcome);
    if (v.fault == HONE_FAULT_NONE || v.fault >= HONE_FAULT_MISSED_CALL)
        HONE_TRY(pairs_fill(&v, a, row, got, err));
    if (v.fault == HONE_FAULT_NONE) {
        for (int i = 0; i < v.num_pairs; i++) {
            if (v.pairs[i].fault >= v.fault) continue;
            v.fault = v.pairs[i].fault;
            v.pair = i;
        }
    }
    v.exact = v.fault == HONE_FAULT_NONE;
    *ret = v;
    return HONE_OK;
}
