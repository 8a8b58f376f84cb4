/* Scoring an export: evaluation of the merged model and of the written file on the same rows, for
 * export/package.h, which may not know eval. */
#ifndef HONE_CLI_EXPORT_SCORE_H
#define HONE_CLI_EXPORT_SCORE_H

#include "export/package.h"

typedef struct hone_export_score hone_export_score;

/* rows: at most limit of a row file; tools may be NULL where rows have their own. */
int hone_export_score_new(hone_export_score **ret, const char *rows, const char *tools,
                          int64_t limit, int64_t threads, hone_err *err);
void hone_export_score_free(hone_export_score *s); /* accepts NULL */
hone_package_scorer hone_export_scorer(hone_export_score *s);

#endif
