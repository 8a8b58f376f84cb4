/*
 * A report in the forms that other programs and people read; all are made from one report, without
 * times and paths, so that a rerun gives the same bytes. docs/evaluation.md.
 */
#ifndef HONE_EVAL_REPORT_FILES_H
#define HONE_EVAL_REPORT_FILES_H

#include "eval/report.h"

/* JUnit XML: a test case for each row, or for each function. The buffer says whether it worked. */
void hone_report_junit(hone_buf *out, const hone_report *r, bool by_function);

/* Markdown for the summary page of a CI job: under 1 MiB, failures are cut first. */
void hone_report_markdown(hone_buf *out, const hone_report *r);

/* Another run on the same rows, shown beside this one. */
typedef struct hone_report_other {
    const char *name;       /* of its column */
    const hone_json *tree;  /* its report.json */
} hone_report_other;

/* One self-contained page that works from disk: no network, no other file. stamp: a line for its
 * foot (time, speed, memory), or NULL. */
void hone_report_html(hone_buf *out, const hone_report *r, const hone_report_other *others,
                      int num_others, const char *stamp);

#endif
