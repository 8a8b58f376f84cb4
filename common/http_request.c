/* Requests before and replies after libcurl (common/http_request.h, common/http.h). */
#include "common/http_request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT 600.0
#define CONNECT_TIMEOUT 20.0

bool hone_http_is_loopback(const char *host)
{
    struct in_addr v4;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0) return true;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static bool is_header(const char *s)
{
    const char *colon = strchr(s, ':');
    if (!colon || colon == s) return false;
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) return false;
    return true;
}

/* Our own copy of the method, NULL if there is none. */
static const char *method_of(const hone_http_request *r)
{
    static const char *const methods[] = { "GET", "POST", "HEAD" };
    for (int i = 0; i < 3; i++)
        if (strcmp(r->method, methods[i]) == 0) return methods[i];
    return NULL;
}

int hone_http_check_request(const hone_http_request *r, hone_err *err)
{
    if (!method_of(r))
        return hone_fail(err, HONE_E_USAGE, "HTTP method %s is not supported", r->method);
    for (const char *const *s = r->headers; s && *s; s++)
        if (!is_header(*s)) return hone_fail(err, HONE_E_USAGE, "'%.80s' is no header", *s);
    if (r->secret_header && !is_header(r->secret_header)) {
        hone_err_hint(err, "look for a line break at the end of the key");
        return hone_fail(err, HONE_E_USAGE, "the key holds characters that no header may hold");
    }
    return 0;
}

hone_http_request hone_http_without_texts(const hone_http_request *r)
{
    hone_http_request q = *r;
    q.method = method_of(r);
    q.url = q.secret_header = q.body = NULL;
    q.headers = NULL;
    if (r->max_body == 0) q.max_body = r->on_data ? SIZE_MAX : HONE_HTTP_MAX_BODY;
    if (!(r->timeout > 0)) q.timeout = TIMEOUT;
    if (!(r->connect_timeout > 0)) q.connect_timeout = CONNECT_TIMEOUT;
    return q;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool hone_http_same_headers(char *const *a, const char *secret, const hone_http_request *r)
{
    const char *const *b = r->headers;
    if (!same_text(secret, r->secret_header)) return false;
    for (; *a && b && *b; a++, b++)
        if (strcmp(*a, *b) != 0) return false;
    return !*a && (!b || !*b);
}

void hone_http_reply_done(hone_http_reply *r)
{
    hone_buf_done(&r->body);
    hone_buf_done(&r->headers);
}

const char *hone_http_header(const hone_http_reply *r, const char *name, char *buf, size_t size)
{
    size_t n = strlen(name);
    const char *s = r->headers.len > 0 ? r->headers.data : "";
    for (const char *end; (end = strchr(s, '\n')); s = end + 1) {
        if (strncmp(s, name, n) != 0 || s[n] != ':') continue;
        snprintf(buf, size, "%.*s", (int)(end - (s + n + 2)), s + n + 2);
        return buf;
    }
    return NULL;
}
