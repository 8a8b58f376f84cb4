/*
 * HTTP over libcurl's multi interface; one thread owns a hone_http. HTTPS only, plain http for
 * loopback addresses; no keys in URLs. No redirects unless asked for, and then only for GET and
 * HEAD, never from https to http, and never with the secret header to another host. Limits on
 * headers, body and time for every request, on speed for downloads. Secrets are passed apart and
 * redacted everywhere; no error text holds a query string. Certificates are always checked, against
 * SSL_CERT_FILE or SSL_CERT_DIR where set. A request is sent once: libcurl's silent second try on a
 * reused connection is off as soon as body bytes have left.
 */
#ifndef HONE_COMMON_HTTP_H
#define HONE_COMMON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

typedef struct hone_http hone_http;

typedef enum hone_http_outcome {
    HONE_HTTP_REPLY,      /* a complete reply with a status */
    HONE_HTTP_NOT_SENT,   /* failed before anything was sent: safe to retry */
    HONE_HTTP_UNKNOWN,    /* failed after something was sent: may have been processed */
    HONE_HTTP_TLS,        /* certificate or protocol refused: never retry */
    HONE_HTTP_TOO_LARGE   /* a limit was passed; the reply was dropped */
} hone_http_outcome;

typedef struct hone_http_request {
    const char *method;       /* "GET", "POST", "HEAD" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *secret_header;  /* "Authorization: Bearer ..." or NULL; never logged */
    const char *body;
    size_t body_len;
    size_t max_body;          /* bytes of the reply, decompressed; 0 = 64 MiB, on_data: none */
    double timeout;           /* seconds for the whole request with redirects; 0 = 600 */
    double connect_timeout;   /* 0 = 20 */
    int max_redirects;        /* 0 = none: the reply is the 3xx itself */
    int64_t resume_from;      /* Range: bytes=N- ; 0 = whole */
    /* Body bytes as they come (for downloads); NULL collects them in the reply. Non-zero aborts.
     * Gets the bytes of status 200 and 206 only; other bodies are collected. With resume_from it
     * gets the bytes of a 206 that begins there; a server that ignores the range gives a reply with
     * status 200 and no bytes: ask again for the whole. */
    int (*on_data)(void *user, const void *p, size_t n);
    void *user;
} hone_http_request;

typedef struct hone_http_reply {
    hone_http_outcome outcome;
    int status;            /* 0 if none came */
    hone_buf body;         /* empty unless outcome is HONE_HTTP_REPLY */
    hone_buf headers;      /* "name: value\n", names in lower case, of the last response */
    double seconds;
    char error[256];       /* why, without secrets */
    void *tag;             /* what the caller passed to hone_http_send */
} hone_http_reply;

int hone_http_new(hone_http **ret, int max_connections, hone_err *err);
void hone_http_free(hone_http *h); /* accepts NULL; drops requests in flight */
/* Starts a request; strings are copied. HONE_E_USAGE for a URL, method or header that is not
 * accepted: nothing was sent. */
int hone_http_send(hone_http *h, const hone_http_request *r, void *tag, hone_err *err);
/* Waits up to timeout_s for something to finish: 1 and *ret filled (caller: hone_http_reply_done),
 * 0 if nothing finished in time or a stop was requested (common/stop.h). */
int hone_http_wait(hone_http *h, double timeout_s, hone_http_reply *ret, hone_err *err);
int hone_http_in_flight(const hone_http *h); /* sent and not yet handed out */
/* One request, start to end; HONE_E_STOPPED if a stop was requested meanwhile (common/stop.h). */
int hone_http_do(hone_http *h, const hone_http_request *r, hone_http_reply *ret, hone_err *err);
void hone_http_reply_done(hone_http_reply *r);
/* Value of a reply header (lower-case name), copied into buf (cut to fit), or NULL if absent. */
const char *hone_http_header(const hone_http_reply *r, const char *name, char *buf, size_t size);

#endif
