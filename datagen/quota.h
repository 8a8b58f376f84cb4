/*
 * The plan: which row is wanted next, so that functions, optional arguments, enum values, styles
 * and the sorts of no-call rows reach their shares. What is furthest behind is asked for next.
 */
#ifndef HONE_DATAGEN_QUOTA_H
#define HONE_DATAGEN_QUOTA_H

#include "common/rng.h"
#include "datagen/mix.h"
#include "datagen/refill.h"

typedef enum hone_style {
    HONE_STYLE_CASUAL,  /* as typed in a hurry: no capital at the start, no stop */
    HONE_STYLE_WRITTEN, /* capitals and stops */
    HONE_STYLE_SPEECH,  /* lower case without punctuation, as a recogniser writes */
    HONE_STYLE_LOWER,   /* lower case with commas */
    HONE_STYLES
} hone_style;

typedef enum hone_sort {                    /* of no-call rows */
                         HONE_SORT_SMALL,   /* small talk */
                         HONE_SORT_FACTS,   /* questions that nothing here answers */
                         HONE_SORT_CHAT,    /* opinions and advice */
                         HONE_SORT_STATE,   /* statements */
                         HONE_SORT_OTHER,   /* requests for other apps */
                         HONE_SORT_NEAR,    /* near a function, but outside it */
                         HONE_SORT_PAST,    /* talk about its things */
                         HONE_SORT_MISSING, /* a required argument is missing */
                         HONE_SORTS
} hone_sort;

typedef struct hone_want {
    int function; /* -1: a no-call row that belongs to no function */
    bool call;
    bool bare;     /* nothing around the request: half of a row with two calls */
    uint32_t args; /* bit per argument */
    const hone_json *fixed[HONE_ARGS_MAX];
    hone_style style;
    hone_sort sort; /* no-call rows */
    int length;     /* hone_length; -1: as it comes */
} hone_want;

typedef struct hone_arg_set { /* arguments that a seed gives together */
    int function;
    uint32_t args;
} hone_arg_set;

typedef struct hone_row_plan {
    const hone_function *functions;
    int count;
    hone_mix mix;
    int64_t rows, no_call; /* wanted */
    int64_t made, made_no_call, made_parallel, per_length[HONE_LENGTHS];
    int64_t per_function[256], per_arg[256][HONE_ARGS_MAX], per_style[HONE_STYLES];
    int64_t per_sort[HONE_SORTS];
    int64_t per_value[256][HONE_ARGS_MAX][16];
    double weight[256];
    int share[256][HONE_ARGS_MAX]; /* per cent of rows with an optional argument */
    int misses[256];               /* in a row */
    const hone_arg_set *sets;      /* of the seeds */
    int set_count, next_set[256];  /* next_set: per function, the one that is dealt next */
    hone_rng rng;
} hone_row_plan;

/* Functions that cannot be said are left out. */
int hone_row_plan_start(hone_row_plan *ret, const hone_function *functions, int count, int64_t rows,
                        const hone_mix *mix, uint64_t seed, hone_err *err);
/* Seeds tell how often people give an optional argument, and which ones together: shares lean
 * towards theirs, and some rows take the arguments of a seed. sets must outlive the plan. */
void hone_row_plan_seeds(hone_row_plan *p, const hone_arg_set *sets, int count);
/* Shifts the shares towards what went wrong; before the first row. */
void hone_row_plan_refill(hone_row_plan *p, const hone_refill *r);
void hone_row_plan_next(hone_row_plan *p, hone_want *ret);
/* Shall this row (with a call) have a second one? Then *ret is its half. */
bool hone_row_plan_second(hone_row_plan *p, const hone_want *first, hone_want *ret);
/* A row of this kind was accepted; second: NULL, or its other half. */
void hone_row_plan_count(hone_row_plan *p, const hone_want *w, const hone_want *second,
                         const char *user);
/* Nothing new could be said for w: a function that fails often is given up, the others go on. */
void hone_row_plan_miss(hone_row_plan *p, const hone_want *w);
const char *hone_style_name(hone_style s);
const char *hone_sort_name(hone_sort s);

#endif
