/*
 * A survey of a row file: counts per function, argument, value, kind, style and length, repeats
 * with examples, and what the generator's report says about refusals and cost. As JSON, and as one
 * HTML page without script that needs no other file.
 */
#ifndef HONE_DATASETS_SURVEY_H
#define HONE_DATASETS_SURVEY_H

#include "common/buf.h"
#include "datasets/rows.h"

/* generation: the report beside the rows (hone datagen), or NULL. *ret lives in a. */
int hone_survey_make(hone_json **ret, const hone_rows *rows, const hone_json *generation,
                     hone_arena *a, hone_err *err);
/* The page into out; title: the name of the row file. */
int hone_survey_page(hone_buf *out, const hone_json *survey, const char *title, hone_err *err);

#endif
