/* The state of a remote run, shared by its parts: remote.c (the loop and sending), remote_rows.c
 * (rows of a reply), remote_reply.c (statuses and retries), remote_report.c (report and plan). */
#ifndef HONE_DATAGEN_REMOTE_RUN_H
#define HONE_DATAGEN_REMOTE_RUN_H

#include "datagen/ask.h"
#include "datagen/ledger.h"
#include "datagen/pace.h"

enum { HONE_TOKENS_PER_ROW = 55 }; /* of an answer, before there is one to count */
enum { HONE_BATCH = 256 };         /* replies that share one sync */

typedef struct hone_flight { /* a request on its way, or waiting for its next try */
    hone_asked asked;
    int tries, unknowns;
    int64_t cost; /* of the reply at hand */
    hone_arena *read_arena;
    hone_teach_reply read; /* the reply at hand, in read_arena */
    double not_before, sent_at, tokens;
    bool used, sent, reserved;
    int next_free;
} hone_flight;

typedef struct hone_used { /* what replies told about their use */
    int64_t input, output, replies, cost;
} hone_used;

typedef struct hone_remote {
    const hone_remote_options *o;
    hone_arena *a;
    hone_asker asker;
    hone_wishes *wishes;
    hone_ledger ledger;
    hone_http *http;
    hone_collect *out;
    hone_judge *judge;
    hone_flight *flights;
    hone_http_reply *batch; /* replies at hand, in the journal when it is synced */
    int batched;
    hone_arena *spare[HONE_BATCH]; /* arenas of replies that are done */
    int spares;
    int in_use, free_flight;     /* free_flight: -1 if all are used */
    int64_t next, limit_number; /* the next number to ask; numbers that may be asked */
    int64_t least_replies;      /* before a preview ends */
    int64_t outcomes[HONE_TEACH_OUTCOMES_COUNT];
    int64_t sent, from_journal, retried, given_up, bad_first;
    int64_t replies; /* read in this run */
    hone_pace pace;
    hone_used used;
    double started, outage;
    uint64_t jitter;
    bool no_money, any_success;
    char *secret;
    hone_err *err;
} hone_remote;

/* The rows of a reply; a: where it was read, given back. */
int hone_remote_take(hone_remote *r, const hone_asked *q, const hone_teach_reply *reply,
                     hone_arena *a);
/* A request that will never be answered. */
int hone_remote_refuse(hone_remote *r, const hone_asked *q, const char *why);
bool hone_remote_wanted(const hone_remote *r); /* more rows? */
/* Asks for the second answers of the rows that request number wrote. */
int hone_remote_check(hone_remote *r, const hone_asked *q, const hone_check *c);
/* Gathers what has arrived, or arrives in that time; replies are written to the journal, but they
 * count only once it is synced: then hone_remote_settle. */
int hone_remote_gather(hone_remote *r, double timeout);
int hone_remote_settle(hone_remote *r);
void hone_remote_forget(hone_remote *r); /* the replies at hand */
void hone_remote_release(hone_remote *r, hone_flight *f);
hone_json *hone_remote_report(hone_remote *r);
void hone_remote_show(hone_remote *r); /* the live line */

#endif
