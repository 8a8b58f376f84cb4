/* What of an HTTP request needs no libcurl: checks, defaults, likeness. For common/http.c alone. */
#ifndef HONE_COMMON_HTTP_REQUEST_H
#define HONE_COMMON_HTTP_REQUEST_H

#include "common/http.h"

#define HONE_HTTP_MAX_BODY ((size_t)64 << 20)

int hone_http_check_request(const hone_http_request *r, hone_err *err); /* method and headers */
/* What r asks for, with our defaults and without its texts; our own copy of the method, NULL if it
 * is none. */
hone_http_request hone_http_without_texts(const hone_http_request *r);
/* The headers and the secret of r are these (copies, NULL-terminated). */
bool hone_http_same_headers(char *const *headers, const char *secret, const hone_http_request *r);
/* localhost (libcurl resolves it by itself), 127.0.0.0/8, ::1 */
bool hone_http_is_loopback(const char *host);

#endif
