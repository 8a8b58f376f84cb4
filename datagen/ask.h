/* The requests of a remote run: number and wish -> prompt, body and key. */
#ifndef HONE_DATAGEN_ASK_H
#define HONE_DATAGEN_ASK_H

#include "datagen/cross.h"
#include "datagen/remote.h"
#include "datagen/wish.h"

typedef struct hone_frame { /* a body without its prompt and its seed */
    const char *before, *between, *behind;
    size_t lengths[3];
} hone_frame;

enum { HONE_ASK_ANSWER, HONE_ASK_CALL, HONE_ASK_CHECK, HONE_ASKS }; /* what a reply holds */

typedef struct hone_asker {
    const hone_remote_options *o;
    hone_arena *a;
    hone_function *functions;
    int count;
    hone_frame frames[HONE_ASKS][HONE_FORMAT_NONE + 1];
    /* Texts as they stand in a JSON string: prompts by kind of wish, then the check's; functions,
     * then all of them. */
    const char *prompts[HONE_WISH_KINDS + 1];
    const char **tools;
    hone_format format;
    const hone_refill *refill; /* prompts name the arguments that went wrong; NULL: none */
    const char *url;           /* where requests go */
    char prompt_hash[13];      /* of all prompt texts: which wording asked for a row */
} hone_asker;

typedef struct hone_asked {
    int64_t number;
    hone_wish wish;
    char *body;   /* hone_free */
    size_t body_len;
    char key[65];  /* hash of dialect, host and path, and body */
    int64_t worst; /* micro-units */
    hone_format format;
    const hone_check *check; /* rows that are checked, or NULL: new ones are asked for */
} hone_asked;

int hone_asker_start(hone_asker *ret, hone_arena *a, const hone_remote_options *o, hone_err *err);
/* Function, "no_call" or "parallel". */
const char *hone_asker_category(const hone_asker *k, const hone_wish *wish);
/* check: NULL, or the rows that request number wrote. The same arguments give the same bytes. */
int hone_asker_make(const hone_asker *k, int64_t number, const hone_wish *wish,
                    const hone_check *check, hone_asked *ret, hone_err *err);

#endif
