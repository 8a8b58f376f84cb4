/*
 * What an evaluation got wrong, as shares of the next rows: failures.jsonl (docs/evaluation.md)
 * read into error mass per function, argument and no-call. The failed rows themselves only serve to
 * be kept out: rows like them are made, never they.
 */
#ifndef HONE_DATAGEN_REFILL_H
#define HONE_DATAGEN_REFILL_H

#include "datagen/infer.h"

enum { HONE_REFILL_FUNCTIONS = 256 };

typedef struct hone_refill {
    int64_t failures; /* that belong to a declared function, or want no call */
    int64_t others;   /* of functions that are not declared */
    double function[HONE_REFILL_FUNCTIONS];                /* failures that want its call */
    double argument[HONE_REFILL_FUNCTIONS][HONE_ARGS_MAX]; /* of those: this argument */
    double no_call;                                        /* failures that want none */
} hone_refill;

/* HONE_E_DATA for a file that is none, or that names no failure of these functions. on_prompt gets
 * the user text of each failed row, for the judge. */
int hone_refill_load(hone_refill *ret, const char *path, const hone_function *functions, int count,
                     int (*on_prompt)(void *user, const char *text, hone_err *err), void *user,
                     hone_err *err);
/* Shares of the next rows: 70 % by error mass, 30 % as planned. */
double hone_refill_share(const hone_refill *r, int function, double planned);
/* Per cent of no-call rows, at most 60. */
int hone_refill_no_call(const hone_refill *r, int planned);
/* Per cent of rows of the function that give this optional argument. */
int hone_refill_argument(const hone_refill *r, int function, int argument, int planned);

#endif
