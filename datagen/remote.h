/*
 * A run of a remote teacher: what each request asks for is chosen by what is missing and kept in
 * the journal, each durable in the journal before it is sent and its reply before it counts; a
 * finished request is never asked twice, also after a crash. Protocol: docs/datagen.md.
 */
#ifndef HONE_DATAGEN_REMOTE_H
#define HONE_DATAGEN_REMOTE_H

#include "datagen/budget.h"
#include "datagen/collect.h"
#include "datagen/mix.h"
#include "model/row.h"

typedef struct hone_remote_options {
    const hone_dialect *dialect;
    const char *base_url, *model;
    const char *key; /* NULL: none is sent */
    const hone_json *tools;
    const hone_row *seeds;
    size_t seed_count;
    const char *const *exclude;
    int exclude_count;
    int64_t rows, per_request;
    hone_mix mix;
    uint64_t seed;
    double temperature; /* negative: not sent */
    int64_t max_tokens;
    const char *max_tokens_field;
    hone_prices prices;
    double max_cost;  /* 0: no limit */
    bool cross_check; /* a second request must give the same calls */
    int max_concurrency, retries;
    double per_minute, tokens_per_minute; /* requests and tokens a minute; 0: no limit */
    double backoff;                       /* seconds of the first wait; 0 = 1 */
    double quiet, probe;                  /* of the breaker (datagen/pace.h); 0 = 180 and 60 */
    double outage;        /* seconds without any answer that end the run; 0 = two hours */
    double timeout;       /* seconds a request; 0 = 600 */
    const char *failures; /* failures.jsonl that decides the shares, or NULL */
    const char *path;     /* row file */
    const char *journal;  /* NULL: PATH.journal */
    int64_t forecast;     /* rows that the report extrapolates to; 0: none */
    void (*progress)(void *user, int64_t done, int64_t total, const char *text);
    void *user;
} hone_remote_options;

/* What the run would ask and what that costs at most; nothing is sent. */
int hone_remote_plan(const hone_remote_options *options, hone_arena *a, hone_json **ret,
                     hone_err *err);
/* HONE_E_STOPPED when the budget is used up (the rows so far are written) or a stop was asked for;
 * HONE_E_REMOTE when the teacher cannot be used. *ret_report lives in a and is set whenever rows
 * were written. */
int hone_remote_run(const hone_remote_options *options, hone_arena *a, hone_json **ret_report,
                    hone_err *err);

#endif
