/*
 * The mix of rows that a run wants: per cent of each kind, lengths, languages. Both teachers keep
 * it; what a kind is: docs/datagen.md.
 */
#ifndef HONE_DATAGEN_MIX_H
#define HONE_DATAGEN_MIX_H

#include <stddef.h>

#include "common/arena.h"
#include "common/error.h"

typedef enum hone_length { HONE_SHORT, HONE_MEDIUM, HONE_LONG, HONE_LENGTHS } hone_length;

enum { HONE_LANGUAGES_MAX = 16 };

typedef struct hone_mix {     /* per cent of all rows */
    int no_call;              /* with those that ask back */
    int ask_back;             /* a required argument is missing: the answer asks for it; -1: as the
                                 teacher finds right */
    int parallel;             /* several calls */
    int masked;               /* random names of functions and parameters, in tools of its own */
    int few_tools;            /* a selection of the tools, in tools of its own */
    int lengths[HONE_LENGTHS]; /* all 0: as they come */
    const char *languages[HONE_LANGUAGES_MAX]; /* "en", "de" or names; none: English */
    int language_count;
} hone_mix;

/* "parallel=10,ask_back=5,masked=5,few_tools=5" into mix. */
int hone_mix_kinds(hone_mix *mix, const char *text, hone_err *err);
/* "30,45,25": short, medium, long. */
int hone_mix_lengths(hone_mix *mix, const char *text, hone_err *err);
/* "en,de,Swiss German"; the copies live in a. */
int hone_mix_languages(hone_mix *mix, hone_arena *a, const char *text, hone_err *err);
/* Short: at most 5 words; long: more than 12. */
hone_length hone_length_of(const char *text);
const char *hone_length_name(hone_length length);
/* "de" -> "German"; what is no code stays as it is. */
const char *hone_language_name(const char *code);

#endif
