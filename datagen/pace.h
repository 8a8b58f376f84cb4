/*
 * How fast to ask: a share of requests and tokens a minute (buckets, corrected by what was really
 * used), a number of requests in flight that grows by one with each success and shrinks by a
 * quarter when the server says "slower" (once for all that were sent before), one wait for all, and
 * a breaker: after minutes of nothing but failures one request at a time asks whether the server is
 * back. Times are seconds of hone_clock, given by the caller; no state but this struct.
 */
#ifndef HONE_DATAGEN_PACE_H
#define HONE_DATAGEN_PACE_H

#include <stdbool.h>

typedef struct hone_pace {
    double per_minute, tokens_per_minute; /* 0: no limit */
    int max;                              /* requests in flight at most */
    double quiet;                         /* seconds of failures that open the breaker */
    double probe;                         /* seconds between two probes */
    double requests, tokens, filled_at;   /* the buckets */
    double in_flight;                     /* allowed now */
    double hold_until, last_cut, failing_since;
    bool open, failing;
} hone_pace;

/* quiet and probe: 0 = 180 and 60 seconds. */
void hone_pace_start(hone_pace *p, int max, double per_minute, double tokens_per_minute,
                     double quiet, double probe, double now);
/* May one more request of about so many tokens go out, with in_flight on their way? */
bool hone_pace_may(hone_pace *p, int in_flight, double tokens, double now);
void hone_pace_sent(hone_pace *p, double tokens, double now);
void hone_pace_used(hone_pace *p, double estimated, double used); /* corrects the bucket */
void hone_pace_good(hone_pace *p);                                /* an answer came */
/* The server wants less: of a request sent at sent_at, wait seconds for all. */
void hone_pace_slower(hone_pace *p, double sent_at, double wait, double now);
/* Nothing came, or an error of the server. True: the breaker is open. */
bool hone_pace_bad(hone_pace *p, double now);
double hone_pace_failing(const hone_pace *p, double now); /* seconds without any success */

#endif
