/*
 * The report of an evaluation: one in-memory tree ("hone-report/1", docs/evaluation.md) from which
 * report.json, report.txt and failures.jsonl are printed. It holds no times and no absolute paths,
 * so a rerun gives the same bytes.
 */
#ifndef HONE_EVAL_REPORT_H
#define HONE_EVAL_REPORT_H

#include "eval/predictions.h"
#include "eval/score.h"
#include "eval/stats.h"

/* One row's judgement. */
typedef struct hone_result {
    const hone_row *row;
    const hone_answer *answer;
    hone_parsed parsed;
    hone_outcome outcome;
    hone_verdict verdict;
} hone_result;

typedef struct hone_report {
    hone_arena *arena;    /* owns everything but rows and answers */
    hone_result *results;
    size_t count;
    int64_t exact;        /* rows that are right */
    hone_json *json;
} hone_report;

/* Judges answers[i] of rows->items[i] and builds the tree. Rows and answers must outlive the
 * report. provenance: an object put into the report as it is (hashes, versions, options), or
 * NULL. Rows without an expectation fail with HONE_E_DATA. */
int hone_report_make(hone_report **ret, const hone_rows *rows, const hone_answer *answers,
                     const hone_json *provenance, hone_err *err);
void hone_report_free(hone_report *r); /* accepts NULL */

/* One screen for a person: headline, functions, outcomes, three failures. */
void hone_report_text(hone_buf *out, const hone_json *report);

/* Writes DIR/report.json, report.txt, failures.jsonl and predictions.jsonl (in the rows' order). */
int hone_report_write(const hone_report *r, const char *dir, hone_err *err);

/* {"k","n","p","lo","hi","method":"wilson"} and, for few or one-sided rows, "exact_lo",
 * "exact_hi". */
hone_json *hone_report_score(hone_arena *a, int64_t k, int64_t n);
/* A number as reports print them (%.6g); null if it is not finite. */
hone_json *hone_report_number(hone_arena *a, double d);

#endif
