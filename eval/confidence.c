/* Calibration table, accuracy-coverage curve and hand-over rule (eval/confidence.h). */
#include "eval/confidence.h"

#include <math.h>
#include <stdlib.h>

#include "common/mem.h"
#include "eval/report_parts.h"

enum { BINS = 10, CURVE_POINTS = 20, LEAST_KEPT = 20 };
static const double TARGET = 0.95;

typedef struct sure {
    double confidence;
    bool right;
} sure;

static int by_confidence(const void *a, const void *b)
{
    const sure *x = a, *y = b;
    if (x->confidence != y->confidence) return x->confidence < y->confidence ? 1 : -1;
    return x->right - y->right; /* the cautious order: wrong ones first */
}

/* Bins of equal width over 0..1: mean confidence beside accuracy. Returns the expected calibration
 * error, the mean gap weighted by rows. */
static double calibration(hone_parts *p, hone_json *list, const sure *rows, size_t n)
{
    double error = 0;
    for (int bin = 0; bin < BINS; bin++) {
        double lo = (double)bin / BINS, hi = (double)(bin + 1) / BINS, sum = 0;
        int64_t count = 0, right = 0;
        for (size_t i = 0; i < n; i++) {
            double c = rows[i].confidence;
            if (c < lo || (c >= hi && bin + 1 < BINS)) continue;
            sum += c;
            count++;
            right += rows[i].right;
        }
        if (count == 0) continue;
        hone_json *o = hone_report_score(p->arena, right, count);
        hone_parts_put(p, o, "from", hone_report_number(p->arena, lo));
        hone_parts_put(p, o, "to", hone_report_number(p->arena, hi));
        hone_parts_put(p, o, "mean", hone_report_number(p->arena, sum / (double)count));
        hone_parts_push(p, list, o);
        error += fabs(sum - (double)right);
    }
    return error / (double)n;
}

/* A point of the curve: what is kept when everything from rows[kept - 1] upwards is. */
static hone_json *point(hone_parts *p, const sure *rows, size_t kept, int64_t right, size_t n)
{
    hone_json *o = hone_report_score(p->arena, right, (int64_t)kept);
    hone_parts_put(p, o, "threshold", hone_report_number(p->arena, rows[kept - 1].confidence));
    hone_parts_put(p, o, "coverage", hone_report_number(p->arena, (double)kept / (double)n));
    return o;
}

/* Rows of equal confidence are kept or handed over together. */
static bool is_step(const sure *rows, size_t kept, size_t n)
{
    return kept == n || rows[kept].confidence < rows[kept - 1].confidence;
}

/* The widest coverage whose accuracy has a lower limit (Wilson, 95 %) of at least target. */
static void curve(hone_parts *p, hone_json *o, const sure *rows, size_t n, double target)
{
    hone_json *list = hone_json_new_array(p->arena), *rule = NULL;
    size_t next = 1;
    int64_t right = 0;
    for (size_t kept = 1; kept <= n; kept++) {
        right += rows[kept - 1].right;
        if (!is_step(rows, kept, n)) continue;
        hone_interval w = hone_stats_wilson(right, (int64_t)kept, HONE_Z95);
        if (kept >= LEAST_KEPT && w.lo >= target) rule = point(p, rows, kept, right, n);
        if (kept * CURVE_POINTS < next * n && kept < n) continue;
        hone_parts_push(p, list, point(p, rows, kept, right, n));
        while (next * n <= kept * CURVE_POINTS) next++;
    }
    hone_parts_put(p, o, "curve", list);
    hone_parts_put(p, o, "target", hone_report_number(p->arena, target));
    hone_parts_put(p, o, "handover", rule ? rule : hone_json_new_null(p->arena));
}

bool hone_confidence_add(hone_json *root, const hone_report *r, double target)
{
    hone_parts p = { r->arena, false };
    size_t n = 0;
    sure *rows = hone_calloc(r->count + 1, sizeof *rows);
    if (!rows) return false;
    for (size_t i = 0; i < r->count; i++) {
        const hone_answer *a = r->results[i].answer;
        if (a->present && isfinite(a->logprob))
            rows[n++] = (sure){ exp(a->logprob), r->results[i].right };
    }
    if (n > 0) {
        hone_json *o = hone_json_new_object(p.arena), *bins = hone_json_new_array(p.arena);
        qsort(rows, n, sizeof *rows, by_confidence);
        hone_parts_put(&p, o, "n", hone_json_new_i64(p.arena, (int64_t)n));
        double error = calibration(&p, bins, rows, n);
        hone_parts_put(&p, o, "calibration", bins);
        hone_parts_put(&p, o, "calibration_error", hone_report_number(p.arena, error));
        curve(&p, o, rows, n, target > 0 ? target : TARGET);
        hone_parts_put(&p, root, "confidence", o);
    }
    hone_free(rows);
    return !p.failed;
}
