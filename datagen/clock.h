/*
 * Times of day and lengths of time as people say them. A form is a way of saying; not each form
 * fits each value. What is said always means exactly the value given:
 *   - without a part of the day an hour from 1 to 12 is meant as said ("at seven" is 7:00, "at
 *     twelve" is 12:00); 13 to 23 and 0 are said on the 24-hour clock, or with pm, "at night" ...
 *   - "half nine" is 9:30; "quarter to eight" is 7:45; midnight is 0:00.
 */
#ifndef HONE_DATAGEN_CLOCK_H
#define HONE_DATAGEN_CLOCK_H

#include <stdbool.h>

#include "common/buf.h"

enum { HONE_CLOCK_CORES = 29, HONE_CLOCK_PARTS = 27, HONE_SPAN_FORMS = 25 };

/* Cardinal in words: 0 .. 9999, "twenty-one" or "twenty one". */
void hone_number_words(hone_buf *out, int n, bool hyphen);
/* Ordinal in words, 1 .. 31. */
void hone_ordinal_words(hone_buf *out, int n);

/* Says hour:minute (24-hour clock) by one of the cores with one of the parts of the day; false, and
 * out unchanged, if they do not fit together. Part 0 says none; the last ones stand in front. */
bool hone_clock_say(hone_buf *out, int hour, int minute, int core, int part);

/* Says a length of time by one of the forms; adjective: as in "a ten minute timer". */
bool hone_span_say(hone_buf *out, int seconds, int form, bool adjective);

#endif
