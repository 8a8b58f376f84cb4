/*
 * A run of the offline teacher: plan, tell, judge, collect, until the rows are there.
 * docs/datagen.md.
 */
#ifndef HONE_DATAGEN_PRODUCE_H
#define HONE_DATAGEN_PRODUCE_H

#include "datagen/collect.h"
#include "datagen/mix.h"
#include "model/row.h"

typedef struct hone_generate_options {
    const hone_json *tools;
    const hone_row *seeds;
    size_t seed_count;
    bool keep_seeds; /* the seeds themselves become rows too */
    int64_t rows;
    hone_mix mix;
    uint64_t seed;
    const char *const *exclude; /* row files */
    int exclude_count;
    const char *failures; /* failures.jsonl that decides the shares, or NULL */
    const char *path;     /* the row file */
    void (*progress)(void *user, int64_t done, int64_t total); /* may be NULL */
    void *user;
} hone_generate_options;

/* Writes options->path; *ret_report lives in a and is set, too, when not one row could be made.
 * Fails with HONE_E_STOPPED when asked to stop. */
int hone_generate_offline(const hone_generate_options *options, hone_arena *a,
                          hone_json **ret_report, hone_err *err);

#endif
