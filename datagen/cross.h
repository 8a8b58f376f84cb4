/*
 * Cross-check: a second request answers the utterances without seeing the labels. Rows where the
 * two disagree are refused ("teacher_disagrees"), rows without an answer too ("not_checked").
 */
#ifndef HONE_DATAGEN_CROSS_H
#define HONE_DATAGEN_CROSS_H

#include "datagen/collect.h"

enum { HONE_CALLS_MAX = 8 };

typedef struct hone_staged { /* a row that waits for its second answer */
    hone_collect_row row;
    hone_call calls[HONE_CALLS_MAX];
    size_t count;
} hone_staged;

typedef struct hone_check {
    hone_staged *rows;
    size_t count;
} hone_check;

/* "1. wake me at six", a line each. */
void hone_check_write(const hone_check *c, hone_buf *out);

typedef enum hone_agreement { HONE_AGREES, HONE_DISAGREES, HONE_UNANSWERED } hone_agreement;

/* answers: rows of the reply, {"user": number, "arguments": call or "none"}. Texts are compared
 * without regard to case and to white space at the ends. said (200 bytes) gets the second answer.
 */
hone_agreement hone_check_compare(const hone_check *c, size_t i, const hone_json *answers,
                                  hone_arena *a, char *said);

#endif
