/*
 * Two reports on the same rows (a model before and after, or a float model and its exported file):
 * paired rows, exact McNemar test, Newcombe's interval. docs/evaluation.md.
 */
#ifndef HONE_EVAL_COMPARE_H
#define HONE_EVAL_COMPARE_H

#include "eval/report.h"

/* Fewer pairs than this, or a smaller share of the earlier rows, decide nothing. */
#define HONE_LEAST_PAIRS 20
#define HONE_LEAST_SHARE 0.95

/* Compares the "rows" blocks of two trees (reports, or a baseline before). The object has: n, a, b,
 * c, d (right in both, broken, fixed, wrong in both), diff, lo95, hi95, lo90, hi90, p1, p2, mid_p,
 * verdict, min_detectable_drop, rows_needed, unpaired {reason: count}, fixed [ids], broken [ids].
 * Fails with HONE_E_DATA when a tree is no report. */
int hone_compare_reports(hone_json **ret, hone_arena *a, const hone_json *before,
                         const hone_json *after, hone_err *err);

/* The rows of a tree that hone eval wrote: hone-report/1 or hone-baseline/1; NULL for others. */
const hone_json *hone_compare_rows(const hone_json *tree);

/* Marks in every result whether the row was right, and its answer ended, in the run before.
 * Which answers never stopped is known where the tree's number of them agrees with its rows. */
int hone_compare_mark(hone_report *r, const hone_json *before, hone_err *err);

/* A few lines for a person. */
void hone_compare_text(hone_buf *out, const hone_json *comparison);

#endif
