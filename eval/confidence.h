/*
 * Call confidence: the probability that the model gave to its whole greedy answer. Is it honest
 * (calibration), and at which confidence should an app hand the request to a larger model?
 * docs/evaluation.md.
 */
#ifndef HONE_EVAL_CONFIDENCE_H
#define HONE_EVAL_CONFIDENCE_H

#include "eval/report.h"

/* Adds "confidence" to the report's tree; nothing when no answer has a probability. target: share
 * of right answers that those kept shall have (0 = 0.95). False when out of memory. */
bool hone_confidence_add(hone_json *root, const hone_report *r, double target);

#endif
