/*
 * Saying the arguments of one row: values are dealt from word lists or computed, said in one of
 * their forms, and now and then said wrong first and corrected ("at six, no, half past six"). Words
 * keep their place as segments, so that the value is what the finished utterance says.
 */
#ifndef HONE_DATAGEN_SAY_H
#define HONE_DATAGEN_SAY_H

#include "datagen/infer.h"
#include "datagen/phrase.h"
#include "datagen/tongue.h"

typedef struct hone_often { /* a value that several seeds give */
    int function, arg;
    const char *value;
} hone_often;

typedef struct hone_saying {
    hone_teller teller; /* user points back here */
    const hone_function *f;
    const hone_tongue *tongue;
    uint32_t wanted, said;                 /* bit per argument */
    const hone_json *fixed[HONE_ARGS_MAX]; /* chosen beforehand: booleans and enums */
    const hone_json *computed[HONE_ARGS_MAX];
    const hone_phrase *inner; /* what {vp}, {np}, {s}, {core} stand for */
    const hone_often *often; /* of this function */
    int often_count;
    int mends;                /* corrections to make */
    int mended;               /* corrections made */
    int year, month, day;     /* of a said absolute date */
    int hour, minute;
} hone_saying;

extern const hone_words hone_words_numbers[];

/* Prepares s for a row of f. The arena holds everything said. */
void hone_saying_start(hone_saying *s, const hone_tongue *tongue, hone_lexicon *words,
                       hone_rng *rng, hone_arena *a, const hone_function *f);
/* Forgets what was said, to try another frame. */
void hone_saying_reset(hone_saying *s);
/* Was everything that was wanted said? */
bool hone_saying_complete(const hone_saying *s);
/* The arguments as the finished phrase says them, or NULL if out of memory. */
hone_json *hone_saying_arguments(hone_saying *s, const hone_phrase *p);
/* The concept an enum value stands for: "on_foot" gives "walking"; else the value in lower case. */
const char *hone_enum_concept(hone_arena *a, const char *role, const char *value);

#endif
