/*
 * The offline teacher: rows from names, descriptions, types, enums and seeds, without network or
 * model. Labels are exact because the utterance is built around the values. The same tools, seeds
 * and seed number give the same rows. docs/datagen.md.
 */
#ifndef HONE_DATAGEN_OFFLINE_H
#define HONE_DATAGEN_OFFLINE_H

#include "datagen/quota.h"
#include "datagen/tongue.h"
#include "model/row.h"

typedef struct hone_offline hone_offline;

typedef struct hone_candidate {
    const char *user;     /* the utterance */
    const char *function; /* NULL: no call */
    const hone_json *arguments;
    const char *answer;  /* text of a no-call row */
    const char *frame;   /* where it comes from: list or seed, and sort */
    const char *seed_id; /* "" if no seed */
    const char *group;   /* the template: seed, or list and entry */
    int operators;       /* HONE_NOISE_* */
    bool mended, context;
    bool open; /* ends with a text that runs on: nothing may follow */
} hone_candidate;

/* seeds: rows, may be empty. Seeds that teach no frame are counted, with the reasons in notes. */
int hone_offline_new(hone_offline **ret, hone_arena *a, const hone_tongue *tongue,
                     const hone_json *tools, const hone_row *seeds, size_t seed_count,
                     uint64_t seed, hone_err *err);
/* Are there frames for this function in its language? */
bool hone_offline_speaks(const hone_offline *o, int function);
/* No rows of this function, for this reason. */
void hone_offline_leave_out(hone_offline *o, int function, const char *why);
const hone_function *hone_offline_functions(const hone_offline *o, int *ret_count);
const hone_arg_set *hone_offline_sets(const hone_offline *o, int *ret_count);
/* Frames learned from the seeds, and one line a seed that taught none. */
int hone_offline_induced(const hone_offline *o);
const hone_json *hone_offline_notes(const hone_offline *o);
/* One row of the wanted kind into ret (in a): 1, or 0 if it could not be said. */
int hone_offline_make(hone_offline *o, hone_arena *a, const hone_want *want, hone_candidate *ret,
                      hone_err *err);
/* For tests: every list that a template names exists. */
int hone_offline_check_lists(const hone_tongue *t, hone_err *err);

#endif
