/*
 * Does the utterance say this value? Words letter for letter; numbers, times of day, lengths of
 * time and digits in any of the ways that people say them ("quarter to seven" is 6:45, "an hour and
 * a half" 5400 seconds, "double" forms are not known). Also finds where it is said.
 */
#ifndef HONE_DATAGEN_GROUND_H
#define HONE_DATAGEN_GROUND_H

#include "datagen/infer.h"
#include "datagen/tongue.h"

typedef struct hone_place { /* where a value stands in an utterance */
    size_t at, len;
    bool adjective; /* a length of time as in "a ten minute timer" */
} hone_place;

/* First occurrence between word borders; case decides only if exact. */
bool hone_ground_text(const char *text, const char *what, bool exact, hone_place *ret);
/* The longest way of saying the time (24-hour clock), the length, the digits that is there. */
bool hone_ground_clock(const char *text, int hour, int minute, hone_place *ret);
bool hone_ground_span(const char *text, int64_t seconds, hone_place *ret);
bool hone_ground_digits(const char *text, const char *digits, hone_place *ret);
/* A number in digits or words, an ordinal, "a dozen". */
bool hone_ground_number(const hone_tongue *t, const char *text, double n);
/* "twenty five", "two hundred and six", up to 999,999: bytes read, 0 if there is none. */
size_t hone_ground_read_words(const char *s, double *ret);
/* Argument i of a call of f, by its kind, in an utterance of that language. Booleans, enums and ISO
 * dates are taken as said. */
bool hone_ground_value(const hone_tongue *t, const hone_function *f, int i, const char *user,
                       const hone_json *arguments);

#endif
