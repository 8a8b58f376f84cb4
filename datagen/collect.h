/*
 * The collector: candidates in, judged rows out. Writes the row file (atomically, at the end) and
 * the data report beside it: what was accepted per function, argument, style and sort, what was
 * refused and why, with examples. Both teachers use it.
 */
#ifndef HONE_DATAGEN_COLLECT_H
#define HONE_DATAGEN_COLLECT_H

#include "common/zfile.h"
#include "datagen/judge.h"
#include "datagen/mix.h"

typedef struct hone_collect hone_collect;

typedef struct hone_collect_row { /* one candidate */
    const char *user;
    hone_calls calls; /* none: answer */
    const char *answer;
    const char *category;    /* function or "no_call" */
    const char *group;       /* rows that share a template */
    const hone_json *source; /* provenance, becomes the row's "source" */
    const char *kind;        /* for the report: style or sort; "" if none */
} hone_collect_row;

/* Lives in a; j judges. path: the row file. */
int hone_collect_open(hone_collect **ret, hone_arena *a, hone_judge *j, const char *path,
                      const char *id_prefix, hone_err *err);
/* 1: accepted and written, 0: refused (counted, with its reason), negative: it could not be
 * written. */
int hone_collect_add(hone_collect *c, const hone_collect_row *row, hone_err *err);
/* From now on shares of the accepted rows declare tools of their own: a selection of these tools,
 * or all with other names (mix->few_tools, mix->masked). Before the first row. */
void hone_collect_vary(hone_collect *c, const hone_mix *mix, const hone_json *tools, uint64_t seed);
int64_t hone_collect_accepted(const hone_collect *c);
int64_t hone_collect_refused(const hone_collect *c);
/* " (schema 8, duplicate 4)": the most frequent reasons so far, "" if there are none. */
void hone_collect_reasons(const hone_collect *c, char *buf, size_t size);
/* Counts a refusal that happened before there was a row ("cut", "filtered" ...). */
int hone_collect_refuse(hone_collect *c, const char *category, const char *reason,
                        const char *example, hone_err *err);
/* The report as an object; extra members may be added to it before it is written. */
hone_json *hone_collect_report(hone_collect *c);
int hone_collect_commit(hone_collect *c, hone_err *err); /* the row file appears */
void hone_collect_close(hone_collect *c);                /* without commit: nothing is left */

#endif
