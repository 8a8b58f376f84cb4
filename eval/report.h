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
    hone_verdict exact, lenient;
    const char *bfcl;     /* the public checker's error word, "" if it accepts the answer */
    bool right;           /* in the report's mode */
    const char *fault;    /* class of the error in that mode, "" if right */
    int8_t before;        /* in the run it is compared with: 1 right, 0 wrong, -1 not paired */
    int8_t ended_before;  /* there its answer ended by itself: 1, never stopped: 0, not known: -1 */
    const char *before_text; /* what that run answered, NULL if unknown */
} hone_result;

typedef struct hone_report_options {
    hone_mode mode;       /* what `right`, the headline and the gate mean */
    bool ordered;         /* several calls must come in the expected order */
    const hone_json *provenance; /* put into the report as it is (hashes, versions), or NULL */
    double handover_target; /* accuracy that kept answers shall have; 0 = 0.95 */
} hone_report_options;

typedef struct hone_report {
    hone_arena *arena;    /* owns everything but rows and answers */
    hone_result *results;
    size_t count;
    hone_mode mode;
    int64_t right;        /* rows that are right in that mode */
    int64_t exact;        /* rows that are exactly right */
    hone_json *json;
} hone_report;

/* Judges answers[i] of rows->items[i] in all modes and builds the tree. Rows and answers must
 * outlive the report. o NULL: exact. Rows without an expectation fail with HONE_E_DATA. */
int hone_report_make(hone_report **ret, const hone_rows *rows, const hone_answer *answers,
                     const hone_report_options *o, hone_err *err);
void hone_report_free(hone_report *r); /* accepts NULL */

/* The verdict that explains a row in the report's mode: its pairs show what differs. */
const hone_verdict *hone_report_verdict(const hone_report *r, const hone_result *result);

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
