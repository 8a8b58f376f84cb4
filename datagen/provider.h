/*
 * Teachers behind an API: one request in, one classified reply out. A dialect turns a request into
 * bytes and bytes into a classified reply, and says what a status means; datagen/remote.c does the
 * rest (journal, budget, retries, concurrency). Adding a dialect is one file and one line in
 * hone_dialects.
 */
#ifndef HONE_DATAGEN_PROVIDER_H
#define HONE_DATAGEN_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/http.h"
#include "common/json.h"

#define HONE_TEACH_OUTCOMES(X)                                                          \
    X(OK, "ok")                                                                         \
    X(CUT, "cut") X(REFUSED, "refused") X(FILTERED, "filtered") X(EMPTY, "empty")       \
        X(BAD_JSON, "bad_json") X(BAD_SCHEMA, "bad_schema") X(HTTP_ERROR, "http_error") \
            X(UNKNOWN, "unknown_outcome")

typedef enum hone_teach_outcome {
#define X(name, word) HONE_TEACH_##name,
    HONE_TEACH_OUTCOMES(X)
#undef X
        HONE_TEACH_OUTCOMES_COUNT
} hone_teach_outcome;

const char *hone_teach_word(hone_teach_outcome o);

typedef struct hone_usage {
    bool given; /* false: the reply had none, so the worst cost is booked */
    int64_t input, cached_input, output; /* cached_input is part of input */
} hone_usage;

typedef enum hone_format { HONE_FORMAT_SCHEMA, HONE_FORMAT_OBJECT, HONE_FORMAT_NONE } hone_format;

typedef struct hone_teach_ask { /* what a dialect turns into a body */
    const char *model, *system, *prompt;
    hone_json *schema; /* from the dialect; used with HONE_FORMAT_SCHEMA */
    hone_format format;
    int64_t max_tokens;
    const char *max_tokens_field; /* "max_tokens" or "max_completion_tokens" */
    double temperature;           /* negative: not sent */
    int64_t seed;
} hone_teach_ask;

typedef struct hone_teach_reply {
    hone_teach_outcome outcome;
    const hone_json *rows; /* array of objects, with OK only */
    hone_usage usage;
    char why[200]; /* for people, without secrets */
} hone_teach_reply;

typedef enum hone_status_class {
    HONE_STATUS_REPLY,  /* read it */
    HONE_STATUS_RETRY,  /* later */
    HONE_STATUS_LIMIT,  /* later, and slower */
    HONE_STATUS_FORMAT, /* again with a simpler response format */
    HONE_STATUS_BAD,    /* never again: the request is wrong */
    HONE_STATUS_KEY,    /* stop: key refused */
    HONE_STATUS_MONEY   /* stop: no money left */
} hone_status_class;

typedef struct hone_dialect {
    const char *name;
    const char *path;        /* behind the base URL; {model} stands for the teacher's name */
    const char *base_url;    /* where it is when nothing is said; NULL: must be said */
    const char *base_env;    /* environment variable with the base URL, or NULL */
    const char *key_envs[3]; /* environment variables with the key, the first one set wins */
    const char *secret; /* printf form of the header with the key: "Authorization: Bearer %s" */
    /* The response format: rows with "arguments", or with "answer". Made once for all requests. */
    hone_json *(*schema)(hone_arena *a, bool call);
    hone_json *(*body)(hone_arena *a, const hone_teach_ask *ask);
    void (*read)(hone_teach_reply *ret, hone_arena *a, const char *body, size_t len);
    hone_status_class (*status)(int status, const char *body, size_t len);
} hone_dialect;

extern const hone_dialect hone_dialect_openai, hone_dialect_gemini;
const hone_dialect *hone_dialect_find(const char *name); /* NULL if unknown */

/* What dialects share: the outcome with its reason; the rows of an answer's text, {"rows":[..]} or
 * a bare array, also between ``` fences; a token count (0 if absent or no count); does the body
 * hold this word? */
void hone_teach_classify(hone_teach_reply *r, hone_teach_outcome outcome, const char *why);
void hone_teach_read_rows(hone_teach_reply *r, hone_arena *a, const char *text, size_t len);
int64_t hone_teach_count(const hone_json *object, const char *key);
bool hone_teach_holds(const char *body, size_t len, const char *word);
/* Seconds that the body of a refusal asks to wait (RetryInfo, "retry in 29.1s"); 0 if none. */
double hone_teach_wait(const char *body, size_t len);

#endif
