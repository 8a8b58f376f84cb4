/* Two requests in one utterance: a row with two calls, made of two rows of the offline teacher. */
#ifndef HONE_DATAGEN_PAIR_H
#define HONE_DATAGEN_PAIR_H

#include "datagen/offline.h"

typedef struct hone_pair {
    hone_candidate halves[2]; /* in the order they are said */
    const char *user;
} hone_pair;

/* 1, or 0 if the two cannot be said together. Everything lives in a. */
int hone_pair_make(hone_offline *o, hone_arena *a, const hone_want *first, const hone_want *second,
                   hone_rng *rng, hone_pair *ret, hone_err *err);

#endif
