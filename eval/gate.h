/*
 * The regression gate: is this run worse than the baseline, below a floor, or are there too few
 * rows to tell? And the baseline file, hone-baseline/1, meant to be committed. docs/evaluation.md.
 */
#ifndef HONE_EVAL_GATE_H
#define HONE_EVAL_GATE_H

#include "eval/compare.h"

typedef struct hone_gate_options {
    double alpha;           /* of the one-sided test, 0.05 */
    double max_regression;  /* drop that is allowed (0.02 = 2 points); NaN: not given */
    double min_accuracy;    /* floor; NaN: not given */
    double min_function;    /* floor of each function with enough rows; NaN: not given */
    bool strict_floor;      /* Wilson's lower limit must reach the floors, not the share alone */
    bool functions;         /* functions gate too: Holm over them and the whole */
    bool allow_cross;       /* other processor, weights or decoding than the baseline's */
    uint64_t seed;          /* of the permutation test */
} hone_gate_options;

/* Compares with before (a report's or baseline's tree; NULL: floors alone), adds "comparison" and
 * "gate" {verdict, exit_status, conditions [{name, status, text}]} to the report's tree and marks
 * the results. *ret_code is HONE_OK, HONE_GATE_FAILED, HONE_INCONCLUSIVE or HONE_UNMEASURABLE. */
int hone_gate_judge(hone_report *r, const hone_json *before, const hone_gate_options *o,
                    int *ret_code, hone_err *err);

/* A baseline file, a report.json or a folder that holds one. Fails with HONE_E_DATA for others. */
int hone_baseline_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err);

/* Writes the report's rows as a baseline, atomically. A baseline of the same mode that was better
 * is not replaced (HONE_E_REFUSED) unless force. */
int hone_baseline_write(const hone_report *r, const char *path, bool force, hone_err *err);

#endif
