/*
 * What the next request of a remote teacher asks for. Accepted rows and those still on their way
 * are counted per function and kind, and in each of these per argument, value, manner of speaking,
 * length and language: what is furthest behind its share is asked for next.
 */
#ifndef HONE_DATAGEN_WISH_H
#define HONE_DATAGEN_WISH_H

#include "datagen/mix.h"
#include "datagen/refill.h"
#include "model/call.h"

typedef enum hone_wish_kind {
    HONE_WISH_SIMPLE,
    HONE_WISH_NO_CALL,
    HONE_WISH_ASK_BACK,
    HONE_WISH_PARALLEL,
    HONE_WISH_KINDS
} hone_wish_kind;

enum { HONE_WISH_FIELDS = 7 };

typedef struct hone_wish {
    int kind;            /* hone_wish_kind */
    int function;        /* SIMPLE, ASK_BACK; else -1 */
    int argument, value; /* that rows should give, value of its enum or boolean; -1 */
    int manner, length;  /* length -1: as they come */
    int language;
} hone_wish;

typedef struct hone_wishes hone_wishes;

/* per_request: rows of a request. Lives in a. */
int hone_wishes_new(hone_wishes **ret, hone_arena *a, const hone_function *functions, int count,
                    const hone_mix *mix, int64_t per_request, uint64_t seed, hone_err *err);
void hone_wishes_refill(hone_wishes *w, const hone_refill *r);
void hone_wishes_next(hone_wishes *w, hone_wish *ret);
/* A request went on its way; it is back, whatever it brought. */
void hone_wishes_sent(hone_wishes *w, const hone_wish *x);
void hone_wishes_back(hone_wishes *w, const hone_wish *x);
/* A row of such a request was accepted. */
void hone_wishes_count(hone_wishes *w, const hone_wish *x, const char *user,
                       const hone_calls *calls);
/* Kinds and functions of which many rows were asked for and not one in twenty was good: no more of
 * them, as long as there are others. Name -> rows asked for. */
hone_json *hone_wishes_given_up(const hone_wishes *w, hone_arena *a);
/* Are these seven numbers of a journal a wish of this run? */
bool hone_wish_read(hone_wish *ret, const hone_wishes *w, const int64_t *fields);
void hone_wish_write(const hone_wish *x, int64_t *fields);
const char *hone_wish_kind_name(int kind);
const char *hone_manner_name(int manner);
const char *hone_manner_words(int manner); /* for the prompt */

#endif
