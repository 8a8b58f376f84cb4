/* Call accuracy during training: joins the loop's callback (train/loop.h) and the evaluator. */
#ifndef HONE_CLI_TRAIN_SCORE_H
#define HONE_CLI_TRAIN_SCORE_H

#include "datasets/rows.h"
#include "model/engine.h"
#include "train/loop.h"

typedef struct hone_train_scorer {
    const hone_model *model;
    hone_engine *engine; /* the one that trains */
    hone_rows *rows;     /* those that are answered */
    int64_t max_new_tokens;
} hone_train_scorer;

/* Of the rows keep at most `most` (0 = all), spread evenly; rows without an expectation fail with
 * HONE_E_DATA. */
int hone_train_scorer_rows(hone_rows *rows, int64_t most, hone_err *err);

/* hone_train_job.on_eval; user is a hone_train_scorer. */
int hone_train_score_calls(void *user, int64_t step, hone_train_score *ret, hone_err *err);

#endif
