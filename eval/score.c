/*
 * The scores `exact` and `lenient` (eval/score.h). Calls are matched by the assignment of least
 * cost (Hungarian method, Kuhn 1955, in the O(n^3) form with potentials): cost 0 is an equal pair,
 * so an answer is right if and only if the least total is 0.
 */
#include "eval/score.h"

#include <string.h>

#include "common/mem.h"
#include "eval/bfcl_task.h"
#include "eval/normal.h"
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

static const char *const mode_words[HONE_MODES] = { "exact", "lenient", "bfcl-ast" };

const char *hone_mode_word(hone_mode m)
{
    return mode_words[m];
}

bool hone_mode_parse(const char *word, hone_mode *ret)
{
    for (int i = 0; i < HONE_MODES; i++) {
        if (strcmp(word, mode_words[i]) != 0) continue;
        *ret = (hone_mode)i;
        return true;
    }
    return false;
}

/* ---- what the row says of an argument ---- */

typedef struct rule {
    const hone_json *schema;  /* NULL if the argument is not declared */
    const hone_json *allowed; /* further values, or NULL */
    bool declared;            /* without a declaration nothing can be called unknown */
    bool required;
    bool gold;                /* allowed is BFCL's: objects in it hold lists of values */
} rule;

static bool is_required(const hone_json *parameters, const char *key)
{
    const hone_json *list = hone_json_get(parameters, "required");
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++)
        if (hone_json_str_eq(list->items[i], key)) return true;
    return false;
}

static const hone_json *declaration(const hone_row *row, const char *function)
{
    const hone_json *own = hone_bfcl_function(row, function);
    return own ? own : hone_tools_find(row->tools, function);
}

static rule rule_of(const hone_row *row, const hone_call *want, const char *key)
{
    const hone_json *f = declaration(row, want->name);
    const hone_json *parameters = hone_json_get(f, "parameters");
    const hone_json *gold = hone_json_at(hone_bfcl_gold(row), (size_t)(want - row->expected.items));
    const hone_json *from = gold ? gold : row->allowed;
    const hone_json *allowed = hone_json_get(hone_json_get(from, want->name), key);
    rule r = { .schema = hone_json_get(hone_json_get(parameters, "properties"), key) };
    r.allowed = hone_json_is(allowed, HONE_JSON_ARRAY) ? allowed : NULL;
    r.declared = r.schema || !f;
    r.required = is_required(parameters, key);
    r.gold = gold != NULL;
    return r;
}

static bool may_be_absent(const hone_json *allowed)
{
    for (size_t i = 0; allowed && i < allowed->len; i++)
        if (hone_json_str_eq(allowed->items[i], "")) return true;
    return false;
}

static bool gold_equal(const hone_json *gold, const hone_json *v, const hone_json *schema);

/* list: the values that a key may have; deeper than BFCL goes it is the value itself. */
static bool gold_holds(const hone_json *list, const hone_json *v, const hone_json *schema)
{
    if (list && list->type != HONE_JSON_ARRAY) return hone_value_equal(list, v, schema);
    for (size_t i = 0; list && i < list->len; i++)
        if (gold_equal(list->items[i], v, schema)) return true;
    return false;
}

/* BFCL's form of an object: each key has a list of values; "" among them lets it be left out. */
static bool gold_object_equal(const hone_json *gold, const hone_json *v, const hone_json *schema)
{
    const hone_json *properties = hone_json_get(schema, "properties");
    for (size_t i = 0; i < v->len; i++) {
        const char *key = v->members[i].key;
        if (!gold_holds(hone_json_get(gold, key), v->members[i].value,
                        hone_json_get(properties, key)))
            return false;
    }
    for (size_t i = 0; i < gold->len; i++) {
        const hone_json *list = gold->members[i].value;
        if (hone_json_get(v, gold->members[i].key)) continue;
        if (!hone_json_is(list, HONE_JSON_ARRAY) || !may_be_absent(list)) return false;
    }
    return true;
}

static bool gold_equal(const hone_json *gold, const hone_json *v, const hone_json *schema)
{
    if (gold->type == HONE_JSON_OBJECT && v->type == HONE_JSON_OBJECT)
        return gold_object_equal(gold, v, schema);
    if (gold->type != HONE_JSON_ARRAY || v->type != HONE_JSON_ARRAY)
        return hone_value_equal(gold, v, schema);
    const hone_json *items = hone_json_get(schema, "items");
    if (gold->len != v->len) return false;
    for (size_t i = 0; i < v->len; i++)
        if (!gold_equal(gold->items[i], v->items[i], items)) return false;
    return true;
}

static bool value_allowed(const rule *r, const hone_json *v)
{
    for (size_t i = 0; r->allowed && i < r->allowed->len; i++)
        if (r->gold ? gold_equal(r->allowed->items[i], v, r->schema)
                    : hone_value_equal(r->allowed->items[i], v, r->schema))
            return true;
    return false;
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

static hone_normal normal_of(const hone_row *row, const char *function, const char *key,
                             const hone_json *schema)
{
    hone_normal n;
    const hone_json *own = hone_json_get(hone_json_get(row->normalizers, function), key);
    if (hone_json_is(own, HONE_JSON_STRING) && hone_normal_parse(own->text, &n)) return n;
    return hone_normal_of(schema);
}

const char *hone_score_normalizer(const hone_row *row, const char *function, const char *key)
{
    const hone_json *properties =
        hone_json_get(hone_json_get(declaration(row, function), "parameters"), "properties");
    return hone_normal_word(normal_of(row, function, key, hone_json_get(properties, key)));
}

/* Would `lenient` take g (NULL: absent) for w (NULL: none expected)? */
static bool lenient_equal(const rule *r, hone_normal n, const hone_json *w, const hone_json *g)
{
    const hone_json *fallback = r->required ? NULL : hone_json_get(r->schema, "default");
    if (!w) w = fallback;
    if (!g) g = fallback;
    if (!g) return false;
    if (w && hone_normal_equal(w, g, r->schema, n)) return true;
    for (size_t i = 0; !r->gold && r->allowed && i < r->allowed->len; i++)
        if (!hone_json_str_eq(r->allowed->items[i], "") &&
            hone_normal_equal(r->allowed->items[i], g, r->schema, n)) return true;
    return false;
}

hone_fault hone_score_argument(const hone_row *row, const hone_call *want, const hone_call *got,
                               const char *key, hone_mode mode)
{
    const hone_json *w = hone_json_get(want->arguments, key),
                    *g = hone_json_get(got->arguments, key);
    rule r = rule_of(row, want, key);
    if (!w && !g) return HONE_FAULT_NONE;
    if (!g && may_be_absent(r.allowed)) return HONE_FAULT_NONE;
    if (mode == HONE_MODE_LENIENT &&
        lenient_equal(&r, normal_of(row, want->name, key, r.schema), w, g))
        return HONE_FAULT_NONE;
    if (!g) return HONE_FAULT_MISSING_ARG;
    if (!w && !r.declared) return HONE_FAULT_UNKNOWN_ARG;
    if (!w && !r.allowed) return HONE_FAULT_EXTRA_ARG;
    if (r.gold && value_allowed(&r, g)) return HONE_FAULT_NONE; /* gold may contradict its type */
    if (!hone_value_type_ok(g, r.schema)) return HONE_FAULT_TYPE;
    if ((w && hone_value_equal(w, g, r.schema)) || value_allowed(&r, g)) return HONE_FAULT_NONE;
    if (!w) return HONE_FAULT_EXTRA_ARG;
    if (!hone_value_same_kind(w, g, r.schema)) return HONE_FAULT_TYPE;
    if (!hone_value_enum_ok(g, r.schema)) return HONE_FAULT_ENUM;
    return value_fault(w, r.schema);
}

typedef struct judge {
    const hone_row *row;
    hone_mode mode;
} judge;

/* Takes the argument's fault into the pair if it comes earlier in the order of classes. */
static int64_t argument_count(hone_pair *p, const judge *j, const hone_call *want,
                              const hone_call *got, const char *key)
{
    hone_fault f = hone_score_argument(j->row, want, got, key, j->mode);
    if (f == HONE_FAULT_NONE) return 0;
    if (f < p->fault) {
        p->fault = f;
        p->argument = key;
    }
    return 1;
}

/* Compares two calls: fills fault and argument, returns the cost. */
static int64_t pair_compare(hone_pair *p, const judge *j, const hone_call *want,
                            const hone_call *got)
{
    int64_t cost = 0;
    p->fault = HONE_FAULT_NONE;
    p->argument = NULL;
    if (strcmp(want->name, got->name) != 0) {
        bool known = hone_tools_find(j->row->tools, got->name) != NULL;
        p->fault = known ? HONE_FAULT_WRONG_TOOL : HONE_FAULT_UNKNOWN_TOOL;
        return COST_NAME + !known;
    }
    const hone_json *w = want->arguments, *g = got->arguments;
    for (size_t i = 0; i < w->len; i++)
        cost += argument_count(p, j, want, got, w->members[i].key);
    for (size_t i = 0; i < g->len; i++)
        if (!hone_json_get(w, g->members[i].key))
            cost += argument_count(p, j, want, got, g->members[i].key);
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
static int pairs_match(hone_verdict *v, hone_arena *a, const judge *j, const hone_calls *got,
                       hone_err *err)
{
    const hone_call *want = j->row->expected.items;
    int n = (int)got->count;
    size_t cells = (size_t)n * (size_t)n;
    hone_pair *all = hone_arena_alloc(a, cells * sizeof *all);
    int64_t *cost = hone_arena_alloc(a, cells * sizeof *cost);
    int64_t *work = hone_arena_alloc(a, 3 * (size_t)(n + 1) * sizeof *work);
    int *index = hone_arena_alloc(a, 3 * (size_t)(n + 1) * sizeof *index);
    if (!all || !cost || !work || !index) return hone_err_memory(err, "call matching", cells);
    int *column_of = index + 2 * (n + 1);
    for (int at = 0; at < n * n; at++) {
        all[at] = (hone_pair){ at / n, at % n, HONE_FAULT_NONE, NULL };
        cost[at] = pair_compare(&all[at], j, &want[at / n], &got->items[at % n]);
    }
    v->ordered = true;
    for (int i = 0; i < n; i++) v->ordered = v->ordered && cost[i * n + i] == 0;
    assign(cost, n, column_of, work, index);
    for (int i = 0; i < n; i++) v->pairs[v->num_pairs++] = all[i * n + column_of[i]];
    return HONE_OK;
}

/* Numbers differ, or there are too many: by equal names in order, then what is left over. */
static void pairs_in_order(hone_verdict *v, const judge *j, const hone_calls *got, bool *taken)
{
    const hone_calls *want = &j->row->expected;
    for (size_t i = 0; i < want->count; i++) {
        hone_pair *p = &v->pairs[v->num_pairs++];
        *p = (hone_pair){ (int)i, -1, HONE_FAULT_MISSED_CALL, NULL };
        for (size_t k = 0; k < got->count && p->got < 0; k++) {
            if (taken[k] || strcmp(want->items[i].name, got->items[k].name) != 0) continue;
            taken[k] = true;
            p->got = (int)k;
            (void)pair_compare(p, j, &want->items[i], &got->items[k]);
        }
    }
    for (size_t k = 0, i = 0; k < got->count; k++) {
        if (taken[k]) continue;
        while (i < want->count && v->pairs[i].got >= 0) i++;
        hone_pair *p = i < want->count ? &v->pairs[i] : &v->pairs[v->num_pairs++];
        if (i < want->count) {
            p->got = (int)k;
            (void)pair_compare(p, j, &want->items[i], &got->items[k]);
        } else {
            *p = (hone_pair){ -1, (int)k, HONE_FAULT_FALSE_CALL, NULL };
        }
    }
    v->ordered = true;
}

static int pairs_fill(hone_verdict *v, hone_arena *a, const judge *j, const hone_calls *got,
                      hone_err *err)
{
    size_t want = j->row->expected.count, most = want + got->count;
    v->ordered = true;
    if (most == 0) return HONE_OK;
    if (most > INT32_MAX / 2) return hone_fail(err, HONE_E_DATA, "too many calls in one answer");
    v->pairs = hone_arena_alloc(a, most * sizeof *v->pairs);
    bool *taken = hone_arena_alloc(a, most * sizeof *taken);
    if (!v->pairs || !taken) return hone_err_memory(err, "call matching", most * sizeof *v->pairs);
    if (want == got->count && want <= MAX_MATCHED) return pairs_match(v, a, j, got, err);
    pairs_in_order(v, j, got, taken);
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

int hone_score_calls(hone_verdict *ret, hone_arena *a, const hone_row *row, const hone_calls *got,
                     hone_outcome outcome, hone_mode mode, hone_err *err)
{
    const judge j = { row, mode };
    hone_verdict v = { .pair = -1 };
    v.fault = answer_fault(row, got, outcome);
    if (v.fault == HONE_FAULT_NONE || v.fault >= HONE_FAULT_MISSED_CALL)
        HONE_TRY(pairs_fill(&v, a, &j, got, err));
    if (v.fault == HONE_FAULT_NONE) {
        for (int i = 0; i < v.num_pairs; i++) {
            if (v.pairs[i].fault >= v.fault) continue;
            v.fault = v.pairs[i].fault;
            v.pair = i;
        }
    }
    v.right = v.fault == HONE_FAULT_NONE;
    v.ordered = v.ordered && v.right;
    *ret = v;
    return HONE_OK;
}
