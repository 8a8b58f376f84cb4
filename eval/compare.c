/* Paired comparison of two reports (eval/compare.h). */
#include "eval/compare.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { SHOWN_IDS = 8, HASH_SHOWN = 12 };
static const double ALPHA = 0.05;

typedef struct pairing {
    hone_arena *arena;
    int64_t a, b, c, d, only_before, only_after, other_hash;
    hone_json *fixed, *broken;
} pairing;

const hone_json *hone_compare_rows(const hone_json *tree)
{
    const hone_json *format = hone_json_get(tree, "format"), *rows = hone_json_get(tree, "rows");
    bool ours = hone_json_str_eq(format, "hone-report/1") ||
                hone_json_str_eq(format, "hone-baseline/1");
    return ours && hone_json_is(rows, HONE_JSON_OBJECT) ? rows : NULL;
}

static const hone_json *rows_of(const hone_json *report, const char *which, hone_err *err)
{
    const hone_json *rows = hone_compare_rows(report);
    if (!rows)
        (void)hone_fail(err, HONE_E_DATA, "the %s report is no report of hone eval", which);
    return rows;
}

/* ["row hash", 0 or 1, ...] */
static bool row_parts(const hone_json *v, const hone_json **ret_hash, bool *ret_right)
{
    int64_t right;
    const hone_json *hash = hone_json_at(v, 0);
    if (!hone_json_is(hash, HONE_JSON_STRING) || !hone_json_i64(hone_json_at(v, 1), &right))
        return false;
    *ret_hash = hash;
    *ret_right = right != 0;
    return true;
}

static int pair_add(pairing *p, const char *id, const hone_json *before, const hone_json *after,
                    hone_err *err)
{
    const hone_json *h1, *h2;
    bool old, now;
    if (!row_parts(before, &h1, &old) || !row_parts(after, &h2, &now))
        return hone_fail(err, HONE_E_DATA, "row %s of a report is malformed", id);
    if (!hone_json_equal(h1, h2)) {
        p->other_hash++;
        return HONE_OK;
    }
    *(old ? now ? &p->a : &p->b : now ? &p->c : &p->d) += 1;
    if (old == now) return HONE_OK;
    hone_json *name = hone_json_new_str(p->arena, id);
    if (!name || !hone_json_push(p->arena, now ? p->fixed : p->broken, name))
        return hone_err_memory(err, "comparison", 0);
    return HONE_OK;
}

static int member_compare(const void *a, const void *b)
{
    const hone_json_member *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

/* Members sorted by key; fresh array. */
static const hone_json_member **sorted(const hone_json *o)
{
    const hone_json_member **all = hone_calloc(o->len + 1, sizeof *all);
    for (size_t i = 0; all && i < o->len; i++) all[i] = &o->members[i];
    if (all) qsort(all, o->len, sizeof *all, member_compare);
    return all;
}

/* Walks both in the order of ids, so that the lists do not depend on the files' order. */
static int pairs_make(pairing *p, const hone_json *before, const hone_json *after, hone_err *err)
{
    const hone_json_member **x = sorted(before), **y = sorted(after);
    size_t i = 0, j = 0;
    int rc = x && y ? HONE_OK : hone_err_memory(err, "comparison", before->len + after->len);
    while (rc == 0 && (i < before->len || j < after->len)) {
        int c = i == before->len ? 1 : j == after->len ? -1 : strcmp(x[i]->key, y[j]->key);
        if (c == 0) rc = pair_add(p, x[i]->key, x[i]->value, y[j]->value, err);
        p->only_before += c < 0;
        p->only_after += c > 0;
        i += c <= 0;
        j += c >= 0;
    }
    hone_free(x);
    hone_free(y);
    return rc;
}

static const char *verdict_of(const pairing *p, int64_t n, size_t rows_before)
{
    if (n < HONE_LEAST_PAIRS || (double)n < HONE_LEAST_SHARE * (double)rows_before)
        return "not comparable";
    if (hone_stats_mcnemar(p->b, p->c).worse <= ALPHA) return "worse";
    if (hone_stats_mcnemar(p->c, p->b).worse <= ALPHA) return "better";
    return "no difference shown";
}

static int comparison_make(hone_json **ret, const pairing *p, size_t rows_before, hone_err *err)
{
    hone_arena *a = p->arena;
    int64_t n = p->a + p->b + p->c + p->d;
    hone_json *o = hone_json_new_object(a), *unpaired = hone_json_new_object(a);
    hone_mcnemar m = hone_stats_mcnemar(p->b, p->c);
    hone_interval i95 = hone_stats_newcombe(p->a, p->b, p->c, p->d, HONE_Z95);
    hone_interval i90 = hone_stats_newcombe(p->a, p->b, p->c, p->d, HONE_Z90);
    double churn = n ? (double)p->c / (double)n : 0;
    double drop = n ? (double)(p->b - p->c) / (double)n : 0;
    const struct { const char *key; int64_t n; } counts[] = {
        { "n", n }, { "a", p->a }, { "b", p->b }, { "c", p->c }, { "d", p->d },
    };
    const struct { const char *key; double d; } numbers[] = {
        { "diff", n ? (double)(p->c - p->b) / (double)n : 0 },
        { "lo95", i95.lo }, { "hi95", i95.hi }, { "lo90", i90.lo }, { "hi90", i90.hi },
        { "p1", m.worse }, { "p2", m.two_sided }, { "mid_p", m.mid_p },
        { "min_detectable_drop", hone_stats_detectable_drop(n, churn) },
    };
    bool ok = o && unpaired;
    for (size_t i = 0; ok && i < sizeof counts / sizeof counts[0]; i++)
        ok = hone_json_set(a, o, counts[i].key, hone_json_new_i64(a, counts[i].n));
    for (size_t i = 0; ok && i < sizeof numbers / sizeof numbers[0]; i++)
        ok = hone_json_set(a, o, numbers[i].key, hone_report_number(a, numbers[i].d));
    int64_t needed = n ? hone_stats_rows_needed((double)(p->b + p->c) / (double)n, drop) : 0;
    ok = ok && hone_json_set(a, o, "rows_needed", needed ? hone_json_new_i64(a, needed)
                                                         : hone_json_new_null(a)) &&
         hone_json_set(a, o, "verdict", hone_json_new_str(a, verdict_of(p, n, rows_before))) &&
         hone_json_set(a, unpaired, "only_before", hone_json_new_i64(a, p->only_before)) &&
         hone_json_set(a, unpaired, "only_after", hone_json_new_i64(a, p->only_after)) &&
         hone_json_set(a, unpaired, "other_content", hone_json_new_i64(a, p->other_hash)) &&
         hone_json_set(a, o, "unpaired", unpaired) && hone_json_set(a, o, "fixed", p->fixed) &&
         hone_json_set(a, o, "broken", p->broken);
    if (!ok) return hone_err_memory(err, "comparison", 0);
    *ret = o;
    return HONE_OK;
}

int hone_compare_reports(hone_json **ret, hone_arena *a, const hone_json *before,
                         const hone_json *after, hone_err *err)
{
    pairing p = { .arena = a, .fixed = hone_json_new_array(a), .broken = hone_json_new_array(a) };
    const hone_json *x = rows_of(before, "earlier", err),
                    *y = x ? rows_of(after, "later", err) : NULL;
    if (!x || !y) return HONE_E_DATA;
    if (!p.fixed || !p.broken) return hone_err_memory(err, "comparison", 0);
    HONE_TRY(pairs_make(&p, x, y, err));
    return comparison_make(ret, &p, x->len, err);
}

static int key_compare(const void *key, const void *member)
{
    const hone_json_member *const *m = member;
    return strcmp(key, (*m)->key);
}

/* ["row hash", right, "no_stop"] */
static bool never_stopped(const hone_json *row)
{
    return hone_json_str_eq(hone_json_at(row, 2), "no_stop");
}

/* Earlier versions did not say it of each row. */
static bool ends_known(const hone_json *before, const hone_json *rows)
{
    int64_t said, found = 0;
    const hone_json *n = hone_json_get(before, "no_stop");
    if (!n) n = hone_json_get(hone_json_get(before, "outcomes"), "no_stop");
    for (size_t i = 0; i < rows->len; i++) found += never_stopped(rows->members[i].value);
    return hone_json_i64(n, &said) && said == found;
}

int hone_compare_mark(hone_report *r, const hone_json *before, hone_err *err)
{
    const hone_json *rows = rows_of(before, "earlier", err);
    if (!rows) return HONE_E_DATA;
    const bool known = ends_known(before, rows);
    const hone_json_member **all = sorted(rows), **found;
    int rc = all ? HONE_OK : hone_err_memory(err, "comparison", rows->len);
    for (size_t i = 0; i < r->count && rc == 0; i++) {
        hone_result *one = &r->results[i];
        const hone_json *hash;
        bool right;
        one->before = one->ended_before = -1;
        found = bsearch(one->row->id, all, rows->len, sizeof *all, key_compare);
        if (!found) continue;
        if (!row_parts((*found)->value, &hash, &right))
            rc = hone_fail(err, HONE_E_DATA, "row %s of a report is malformed", one->row->id);
        else if (hash->len == HASH_SHOWN && !memcmp(hash->text, one->row->hash, HASH_SHOWN))
            one->before = right;
        if (one->before >= 0 && known) one->ended_before = !never_stopped((*found)->value);
    }
    hone_free(all);
    return rc;
}

/* ---- text ---- */

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

static void ids_text(hone_buf *out, const char *label, const hone_json *list)
{
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return;
    hone_buf_printf(out, "  %s:", label);
    for (size_t i = 0; i < list->len && i < SHOWN_IDS; i++)
        hone_buf_printf(out, " %s", list->items[i]->text);
    if (list->len > SHOWN_IDS) hone_buf_printf(out, " and %zu more", list->len - SHOWN_IDS);
    hone_buf_char(out, '\n');
}

void hone_compare_text(hone_buf *out, const hone_json *c)
{
    const hone_json *verdict = hone_json_get(c, "verdict");
    hone_buf_printf(out, "compared on %.0f rows: %s, %+.1f points (95 %%: %+.1f to %+.1f), "
                         "%.0f fixed, %.0f broken, p %.3g\n",
                    number(c, "n"), verdict ? verdict->text : "", 100 * number(c, "diff"),
                    100 * number(c, "lo95"), 100 * number(c, "hi95"), number(c, "c"),
                    number(c, "b"), number(c, "p2"));
    hone_buf_printf(out, "  a drop under %.1f points could not have been seen with these rows\n",
                    100 * number(c, "min_detectable_drop"));
    ids_text(out, "fixed", hone_json_get(c, "fixed"));
    ids_text(out, "broken", hone_json_get(c, "broken"));
}
