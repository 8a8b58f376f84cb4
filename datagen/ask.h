/* The requests of a remote run: number -> prompt, body and key. */
#ifndef HONE_DATAGEN_ASK_H
#define HONE_DATAGEN_ASK_H

#include "datagen/cross.h"
#include "datagen/refill.h"
#include "datagen/remote.h"

typedef struct hone_asker {
    const hone_remote_options *o;
    hone_arena *a;
    hone_function *functions;
    int count;
    double *upto; /* cumulated shares; the last one is no-call */
    hone_format format;
    const hone_refill *refill; /* NULL: shares as planned */
    const char *url;           /* where requests go */
    char prompt_hash[13];      /* of all prompt texts: which wording asked for a row */
} hone_asker;

typedef struct hone_asked {
    int64_t number;
    int function; /* -1: no call */
    char *body;   /* hone_free */
    size_t body_len;
    char key[65];  /* hash of dialect, host and path, and body */
    int64_t worst; /* micro-units */
    hone_format format;
    const hone_check *check; /* rows that are checked, or NULL: new ones are asked for */
} hone_asked;

int hone_asker_start(hone_asker *ret, hone_arena *a, const hone_remote_options *o, hone_err *err);
/* From now on shares follow what went wrong, and prompts name the arguments. r must live on. */
void hone_asker_refill(hone_asker *k, const hone_refill *r);
const char *hone_asker_category(const hone_asker *k, int function);
/* check: NULL, or the rows that request number wrote. */
int hone_asker_make(const hone_asker *k, int64_t number, const hone_check *check, hone_asked *ret,
                    hone_err *err);

#endif
