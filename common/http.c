/*
 * HTTP client (common/http.h). The only file that knows libcurl (7.85 or newer).
 *
 * libcurl never follows a redirect here, never sees a URL that is not https or loopback http, and
 * never prints: verbose output would show keys. Bodies are counted after decompression, since
 * CURLOPT_MAXFILESIZE knows only announced lengths.
 *
 * When a reused connection dies, libcurl sends a request a second time without a word, and the
 * first copy may have been served and billed. on_send, which it calls before each try, ends the
 * transfer instead when bytes of it went out before.
 *
 * libcurl says which sockets and which timer it waits for, and epoll which of them are due: the
 * cost of a step depends on what happened, not on how many transfers are on their way. It searches
 * its list of connections for each transfer, though: many are dealt out to several multi handles.
 *
 * A transfer that is done waits, its handle set up, for a request that differs in the body alone:
 * copying and reading the same texts again costs more than sending a small request.
 */
#include "common/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http_request.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/watch.h"

#define MAX_HEADERS ((size_t)256 << 10)
#define IDLE_SECONDS 30L       /* older idle connections are not used again */
#define SLOW_BYTES 1024L       /* a download slower than this a second ... */
#define SLOW_SECONDS 60L       /* ... for so long is given up */
#define PLACE_ROOM 200
#define RECEIVE_BUFFER 4096L /* of a reply that is collected; a download keeps libcurl's own */
#define UPLOAD_BUFFER 16384L /* the least that libcurl takes; its 64 KiB are memory in flight */

enum { EVENTS = 128, SPARES = 256, SHARDS_MAX = 16, SHARD_CONNECTIONS = 64 };

typedef struct transfer {
    struct transfer *next, *before;
    CURL *easy;
    struct shard *shard; /* where easy is */
    struct curl_slist *lines; /* request headers */
    char *url, *host;         /* host: scheme://host:port that may see the secret */
    char **headers;           /* NULL-terminated copies */
    char *secret, *body;
    hone_http_request request;
    hone_http_reply reply;
    size_t received; /* body bytes of this response */
    size_t header_bytes;
    int redirects;
    double start;
    bool finished, too_large, aborted, no_memory, bad_range, whole;
    bool twice; /* libcurl was about to send it again */
    char error[CURL_ERROR_SIZE];
} transfer;

typedef struct chain { /* oldest first */
    transfer *first, *last;
} chain;

typedef struct shard { /* a multi handle with connections of its own */
    CURLM *multi;
    hone_watch *watch; /* of all shards */
    int index;
    double timer; /* when libcurl wants to be called; negative: not at all */
    int count;    /* transfers that are in it */
} shard;

struct hone_http {
    shard shards[SHARDS_MAX];
    int shard_count;
    hone_watch *watch;
    chain active, finished;
    int count;
    transfer *spare[SPARES]; /* done, their handles still set up */
    int spares;
    char *checked_url, *checked_host; /* the last URL that was accepted */
};

static void chain_add(chain *c, transfer *t)
{
    t->next = NULL;
    t->before = c->last;
    if (c->last) c->last->next = t;
    else c->first = t;
    c->last = t;
}

static void chain_remove(chain *c, transfer *t)
{
    if (t->before) t->before->next = t->next;
    else c->first = t->next;
    if (t->next) t->next->before = t->before;
    else c->last = t->before;
    t->next = t->before = NULL;
}

static pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;

static void *curl_realloc(void *p, size_t n)
{
    return hone_realloc_array(p, 1, n);
}

/* curl counts the calls: the last clean-up gives its memory back. */
static bool global_start(void)
{
    pthread_mutex_lock(&global_lock);
    CURLcode rc = curl_global_init_mem(CURL_GLOBAL_DEFAULT, hone_malloc, hone_free, curl_realloc,
                                       hone_strdup, hone_calloc);
    pthread_mutex_unlock(&global_lock);
    return rc == CURLE_OK;
}

static void global_end(void)
{
    pthread_mutex_lock(&global_lock);
    curl_global_cleanup();
    pthread_mutex_unlock(&global_lock);
}

/* libcurl calls these: never libcurl from here. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    const shard *s = user;
    int wanted = 0;
    (void)easy, (void)known;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) wanted |= HONE_WATCH_IN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) wanted |= HONE_WATCH_OUT;
    return hone_watch_set(s->watch, fd, s->index, wanted) ? 0 : -1;
}

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    hone_watch *watch = user;
    (void)purpose;
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    if (fd < 0) return CURL_SOCKET_BAD;
    if (hone_watch_keep(watch, fd)) return fd;
    (void)close(fd);
    return CURL_SOCKET_BAD;
}

static int on_close(void *user, curl_socket_t fd)
{
    hone_watch *watch = user;
    hone_watch_closed(watch, fd);
    return close(fd);
}

static int on_timer(CURLM *multi, long milliseconds, void *user)
{
    shard *s = user;
    (void)multi;
    s->timer = milliseconds < 0 ? -1 : hone_clock() + (double)milliseconds / 1000;
    return 0;
}

static bool shard_start(shard *s, int index, hone_watch *watch, int connections)
{
    *s = (shard){ .multi = curl_multi_init(), .watch = watch, .index = index, .timer = -1 };
    if (!s->multi) return false;
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
    curl_multi_setopt(s->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    return true;
}

int hone_http_new(hone_http **ret, int max_connections, hone_err *err)
{
    hone_http *h = hone_calloc(1, sizeof *h);
    if (!h) return hone_err_memory(err, "an HTTP client", sizeof *h);
    if (!global_start()) {
        hone_free(h);
        return hone_err_memory(err, "libcurl", 0);
    }
    int wanted = max_connections / SHARD_CONNECTIONS;
    wanted = wanted < 1 ? 1 : wanted > SHARDS_MAX ? SHARDS_MAX : wanted;
    int rc = hone_watch_new(&h->watch, err);
    bool ok = rc == 0;
    for (int i = 0; ok && i < wanted; i++) {
        int share = max_connections / wanted + (i < max_connections % wanted);
        ok = shard_start(&h->shards[i], i, h->watch, share);
        h->shard_count += ok;
    }
    if (!ok) {
        hone_http_free(h);
        return rc < 0 ? rc : hone_err_memory(err, "an HTTP client", 0);
    }
    *ret = h;
    return 0;
}

/* The shard with the fewest transfers. */
static shard *next_shard(hone_http *h)
{
    shard *best = &h->shards[0];
    for (int i = 1; i < h->shard_count; i++)
        if (h->shards[i].count < best->count) best = &h->shards[i];
    return best;
}

static void wipe_text(char *s)
{
    if (s) explicit_bzero(s, strlen(s));
}

static void free_lines(transfer *t)
{
    for (struct curl_slist *l = t->lines; l && t->secret; l = l->next)
        if (strcmp(l->data, t->secret) == 0) wipe_text(l->data);
    curl_slist_free_all(t->lines);
    t->lines = NULL;
}

/* Takes the handle out of its shard: connections belong to the shard and stay. */
static void leave_shard(transfer *t)
{
    if (!t->shard) return;
    curl_multi_remove_handle(t->shard->multi, t->easy);
    t->shard->count--;
    t->shard = NULL;
}

static void transfer_free(transfer *t)
{
    if (!t) return;
    leave_shard(t);
    if (t->easy) curl_easy_cleanup(t->easy);
    free_lines(t);
    for (char **s = t->headers; s && *s; s++) hone_free(*s);
    hone_free(t->headers);
    wipe_text(t->secret);
    hone_free(t->secret);
    hone_free(t->url);
    hone_free(t->host);
    hone_free(t->body);
    hone_http_reply_done(&t->reply);
    hone_free(t);
}

/* A handle without settings; making one costs more than a small request. */
static CURL *take_easy(hone_http *h)
{
    if (h->spares == 0) return curl_easy_init();
    transfer *t = h->spare[--h->spares];
    CURL *easy = t->easy;
    t->easy = NULL;
    transfer_free(t);
    curl_easy_reset(easy);
    return easy;
}

/* Keeps t for a request like it, or frees it. What comes next is mostly more of the same. */
static void retire(hone_http *h, transfer *t)
{
    if (!t->easy || h->spares == SPARES) {
        transfer_free(t);
        return;
    }
    leave_shard(t);
    hone_free(t->body);
    t->body = NULL;
    hone_http_reply_done(&t->reply);
    h->spare[h->spares++] = t;
}

void hone_http_free(hone_http *h)
{
    if (!h) return;
    chain *const chains[] = { &h->active, &h->finished };
    for (int i = 0; i < 2; i++)
        for (transfer *t; (t = chains[i]->first);) {
            chain_remove(chains[i], t);
            transfer_free(t);
        }
    while (h->spares > 0) transfer_free(h->spare[--h->spares]);
    for (int i = 0; i < h->shard_count; i++)
        curl_multi_cleanup(h->shards[i].multi); /* closes connections: it still calls on_socket */
    hone_watch_free(h->watch);
    hone_free(h->checked_url);
    hone_free(h->checked_host);
    hone_free(h);
    global_end();
}

/* URLs */

typedef struct place {
    char *scheme, *host, *port, *path;
    bool has_user;
} place;

static void place_done(place *p)
{
    curl_free(p->scheme);
    curl_free(p->host);
    curl_free(p->port);
    curl_free(p->path);
}

static bool place_parse(place *p, const char *url)
{
    char *user = NULL, *password = NULL;
    memset(p, 0, sizeof *p);
    CURLU *u = curl_url();
    if (!u) return false;
    bool ok = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &p->scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &p->host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PORT, &p->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PATH, &p->path, 0) == CURLUE_OK;
    (void)curl_url_get(u, CURLUPART_USER, &user, 0);
    (void)curl_url_get(u, CURLUPART_PASSWORD, &password, 0);
    p->has_user = user || password;
    curl_free(user);
    curl_free(password);
    curl_url_cleanup(u);
    return ok;
}

/* NULL if requests may go there, else why not. */
static const char *place_fault(const place *p)
{
    if (p->has_user) return "holds a user name or password: keys do not belong into URLs";
    if (strcmp(p->scheme, "https") == 0) return NULL;
    if (strcmp(p->scheme, "http") != 0) return "is neither https nor http";
    return hone_http_is_loopback(p->host) ? NULL : "is plain http: only loopback addresses may be";
}

/* Who may see the secret: scheme, host and port together. */
static int make_host(const place *p, char **ret, hone_err *err)
{
    hone_buf b;
    hone_buf_init(&b, (size_t)64 << 10);
    hone_buf_printf(&b, "%s://%s:%s", p->scheme, p->host, p->port);
    *ret = hone_buf_take(&b);
    hone_buf_done(&b);
    return *ret ? 0 : hone_err_memory(err, "a request", 0);
}

/* scheme://host:port/path for messages: never the query. */
static void show_place(const transfer *t, char *buf)
{
    place p;
    if (place_parse(&p, t->url))
        snprintf(buf, PLACE_ROOM, "%s://%s:%s%s", p.scheme, p.host, p.port, p.path);
    else
        snprintf(buf, PLACE_ROOM, "a URL");
    place_done(&p);
}

/* What libcurl calls */

static int on_send(void *user, char *to, char *from, int to_port, int from_port)
{
    transfer *t = user;
    long sent = 0;
    (void)to, (void)from, (void)to_port, (void)from_port;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    t->twice = sent > 0;
    return t->twice ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* "Content-Range: bytes N-..." */
static bool range_begins(const transfer *t)
{
    char value[80], expected[40];
    if (!hone_http_header(&t->reply, "content-range", value, sizeof value)) return false;
    int n = snprintf(expected, sizeof expected, "bytes %lld-", (long long)t->request.resume_from);
    return strncasecmp(value, expected, (size_t)n) == 0;
}

/* With a range only the range itself: a server may ignore it and send the file from its begin. */
static bool goes_to_caller(transfer *t)
{
    long status = 0;
    if (!t->request.on_data) return false;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->request.resume_from == 0) return status == 200 || status == 206;
    t->whole = status == 200;
    t->bad_range = status == 206 && !range_begins(t);
    return t->whole || status == 206;
}

static size_t on_body(char *p, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t n = size * count;
    bool caller = goes_to_caller(t);
    if (t->whole || t->bad_range) return 0;
    size_t limit = caller ? t->request.max_body : t->reply.body.max;
    t->too_large = n > limit - t->received;
    if (t->too_large) return 0;
    t->received += n;
    if (caller) {
        t->aborted = t->request.on_data(t->request.user, p, n) != 0;
        return t->aborted ? 0 : n;
    }
    hone_buf_add(&t->reply.body, p, n);
    t->no_memory = !hone_buf_ok(&t->reply.body);
    return t->no_memory ? 0 : n;
}

/* One header line; a status line begins a new response (redirect, 100 Continue, proxy). */
static void keep_header(transfer *t, const char *p, size_t n)
{
    while (n > 0 && (p[n - 1] == '\r' || p[n - 1] == '\n' || p[n - 1] == ' ')) n--;
    if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        hone_buf_clear(&t->reply.headers);
        return;
    }
    const char *colon = n > 0 ? memchr(p, ':', n) : NULL;
    if (!colon) return;
    const char *value = colon + 1;
    while (value < p + n && (*value == ' ' || *value == '\t')) value++;
    hone_buf *to = &t->reply.headers;
    size_t at = to->len, name = (size_t)(colon - p);
    hone_buf_add(to, p, name);
    hone_buf_add(to, ": ", 2);
    hone_buf_add(to, value, (size_t)(p + n - value));
    hone_buf_add(to, "\n", 1);
    if (!hone_buf_ok(to)) return;
    for (char *s = to->data + at; s < to->data + at + name; s++)
        if (*s >= 'A' && *s <= 'Z') *s |= 0x20;
}

static size_t on_header(char *p, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t n = size * count;
    if (n > MAX_HEADERS - t->header_bytes) {
        t->too_large = true;
        return 0;
    }
    t->header_bytes += n;
    keep_header(t, p, n);
    t->no_memory = !hone_buf_ok(&t->reply.headers);
    return t->no_memory ? 0 : n;
}

/* Starting */

/* Most requests go where the last one went: read that URL once. */
static void remember_url(hone_http *h, const char *url, const char *host)
{
    hone_free(h->checked_url);
    hone_free(h->checked_host);
    h->checked_url = hone_strdup(url);
    h->checked_host = hone_strdup(host);
}

static int check_url(hone_http *h, transfer *t, char **host, hone_err *err)
{
    place p;
    int rc = 0;
    if (h->checked_url && h->checked_host && strcmp(h->checked_url, t->url) == 0) {
        *host = hone_strdup(h->checked_host);
        return *host ? 0 : hone_err_memory(err, "a request", 0);
    }
    if (!place_parse(&p, t->url)) {
        rc = hone_fail(err, HONE_E_USAGE, "the URL cannot be read (https://HOST/PATH is accepted)");
    } else if (place_fault(&p)) {
        rc = hone_fail(err, HONE_E_USAGE, "%s://%s:%s %s", p.scheme, p.host, p.port,
                       place_fault(&p));
    } else {
        rc = make_host(&p, host, err);
        if (rc == 0) remember_url(h, t->url, *host);
    }
    place_done(&p);
    return rc;
}

static bool copy_headers(transfer *t, const char *const *headers)
{
    size_t n = 0;
    while (headers && headers[n]) n++;
    t->headers = hone_calloc(n + 1, sizeof *t->headers);
    for (size_t i = 0; t->headers && i < n; i++)
        if (!(t->headers[i] = hone_strdup(headers[i]))) return false;
    return t->headers != NULL;
}

/* Nothing received yet, the time runs. */
static bool start_over(transfer *t, const hone_http_request *r, void *tag)
{
    size_t collected = t->request.max_body;
    if (r->on_data && collected > HONE_HTTP_MAX_BODY) collected = HONE_HTTP_MAX_BODY;
    t->reply = (hone_http_reply){ .tag = tag };
    hone_buf_init(&t->reply.body, collected);
    hone_buf_init(&t->reply.headers, 2 * MAX_HEADERS);
    t->received = t->header_bytes = 0;
    t->redirects = 0;
    t->finished = t->too_large = t->aborted = t->no_memory = t->bad_range = t->whole = false;
    t->twice = false;
    t->error[0] = '\0';
    t->start = hone_clock();
    t->request.body_len = r->body_len;
    t->body = hone_strndup(r->body ? r->body : "", r->body_len);
    return t->body != NULL;
}

static transfer *transfer_new(const hone_http_request *r, void *tag)
{
    transfer *t = hone_calloc(1, sizeof *t);
    if (!t) return NULL;
    t->request = hone_http_without_texts(r);
    t->url = hone_strdup(r->url);
    t->secret = r->secret_header ? hone_strdup(r->secret_header) : NULL;
    bool ok = start_over(t, r, tag) && t->url && (t->secret || !r->secret_header) &&
              copy_headers(t, r->headers);
    if (ok) return t;
    transfer_free(t);
    return NULL;
}

/* A spare transfer that only needs another body; NULL if there is none. */
static transfer *take_alike(hone_http *h, const hone_http_request *r)
{
    transfer *t = h->spares > 0 ? h->spare[h->spares - 1] : NULL;
    const hone_http_request q = hone_http_without_texts(r);
    if (!t || !q.method || strcmp(q.method, "POST") != 0 || q.on_data || q.resume_from) return NULL;
    const hone_http_request *was = &t->request;
    bool alike = was->method == q.method && !was->on_data && !was->resume_from &&
                 was->max_body == q.max_body && was->timeout == q.timeout &&
                 was->connect_timeout == q.connect_timeout && strcmp(t->url, r->url) == 0 &&
                 hone_http_same_headers(t->headers, t->secret, r);
    if (!alike) return NULL;
    h->spares--;
    t->request.max_redirects = r->max_redirects;
    return t;
}

static bool add_line(transfer *t, const char *s)
{
    struct curl_slist *more = curl_slist_append(t->lines, s);
    if (more) t->lines = more;
    return more != NULL;
}

static bool add_lines(transfer *t)
{
    bool ok = add_line(t, "Expect:");
    for (char **s = t->headers; ok && *s; s++) ok = add_line(t, *s);
    if (ok && t->secret) ok = add_line(t, t->secret);
    return ok;
}

static void set_limits(transfer *t)
{
    const hone_http_request *r = &t->request;
    double left = r->timeout - (hone_clock() - t->start);
    if (!(left > 0.001)) left = 0.001;
    if (left > 1e6) left = 1e6;
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(left * 1000));
    double connect = r->connect_timeout < 1e6 ? r->connect_timeout : 1e6;
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect * 1000) + 1);
    curl_easy_setopt(t->easy, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
    if (!r->on_data) {
        curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
        return;
    }
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
}

static void set_method(transfer *t)
{
    const hone_http_request *r = &t->request;
    if (strcmp(r->method, "HEAD") == 0) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    } else if (strcmp(r->method, "POST") == 0) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body); /* goes out with the headers */
        curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_send);
        curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
    }
    if (r->resume_from > 0) {
        char range[32];
        snprintf(range, sizeof range, "%lld-", (long long)r->resume_from);
        curl_easy_setopt(t->easy, CURLOPT_RANGE, range);
    } else if (!r->on_data) { /* what is downloaded is stored as it is */
        curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING, "");
    }
}

/* Plain http goes to loopback: a proxy from the environment must not see it. */
static void set_network(transfer *t)
{
    bool plain = strncasecmp(t->url, "https:", 6) != 0;
    const char *file = getenv("SSL_CERT_FILE"), *folder = getenv("SSL_CERT_DIR");
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https,http");
    if (plain) curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (file && *file) curl_easy_setopt(t->easy, CURLOPT_CAINFO, file);
    if (folder && *folder) curl_easy_setopt(t->easy, CURLOPT_CAPATH, folder);
    curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "hone/" HONE_VERSION);
}

static bool enter_shard(hone_http *h, transfer *t)
{
    shard *s = next_shard(h);
    if (curl_multi_add_handle(s->multi, t->easy) != CURLM_OK) return false;
    t->shard = s;
    s->count++;
    return true;
}

/* As transfer_begin, for one that take_alike found. */
static bool transfer_repeat(hone_http *h, transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request.body_len);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
    return enter_shard(h, t);
}

/* An easy handle for t->url, set up and added to a shard. */
static bool transfer_begin(hone_http *h, transfer *t)
{
    free_lines(t);
    t->received = t->header_bytes = 0;
    t->error[0] = '\0';
    hone_buf_clear(&t->reply.body);
    hone_buf_clear(&t->reply.headers);
    t->easy = take_easy(h);
    if (!t->easy || !add_lines(t)) return false;
    if (curl_easy_setopt(t->easy, CURLOPT_URL, t->url) != CURLE_OK) return false;
    set_network(t);
    set_limits(t);
    set_method(t);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, h->watch);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, h->watch);
    return enter_shard(h, t);
}

int hone_http_send(hone_http *h, const hone_http_request *r, void *tag, hone_err *err)
{
    transfer *t = take_alike(h, r);
    bool alike = t != NULL;
    int rc = alike ? 0 : hone_http_check_request(r, err);
    if (rc < 0) return rc;
    if (!alike) t = transfer_new(r, tag);
    if (!t || (alike && !start_over(t, r, tag))) goto memory;
    if (!alike) HONE_GOTO(rc, fail, check_url(h, t, &t->host, err));
    if (!(alike ? transfer_repeat(h, t) : transfer_begin(h, t))) goto memory;
    chain_add(&h->active, t);
    h->count++;
    return 0;
memory:
    rc = hone_err_memory(err, "a request", r->body_len);
fail:
    transfer_free(t);
    return rc;
}

/* Ending */

static bool is_tls_code(CURLcode code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED: return true;
    default: return false;
    }
}

/* A handshake that the network cut is no verdict on the certificate. */
static bool was_cut(const transfer *t)
{
    return strstr(t->error, "reset") || strstr(t->error, "SYSCALL") ||
           strstr(t->error, "imed out") || strstr(t->error, "Broken pipe");
}

static bool was_sent(const transfer *t)
{
    long request = 0, header = 0;
    curl_off_t upload = 0;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request);
    curl_easy_getinfo(t->easy, CURLINFO_HEADER_SIZE, &header);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &upload);
    return request > 0 || header > 0 || upload > 0 || t->twice;
}

static hone_http_outcome classify(const transfer *t, CURLcode code)
{
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED) return HONE_HTTP_TOO_LARGE;
    if (code == CURLE_OK || t->whole) return HONE_HTTP_REPLY;
    bool refused = is_tls_code(code);
    if (code == CURLE_SSL_CONNECT_ERROR && was_cut(t)) refused = false;
    if (code == CURLE_UNSUPPORTED_PROTOCOL && was_sent(t)) refused = false; /* a reply like none */
    if (refused) return HONE_HTTP_TLS;
    return was_sent(t) || t->redirects > 0 ? HONE_HTTP_UNKNOWN : HONE_HTTP_NOT_SENT;
}

/* libcurl's words may quote a URL with its query; then the general sentence has to do. */
static void explain(transfer *t, CURLcode code)
{
    char *to = t->reply.error;
    size_t room = sizeof t->reply.error;
    if (t->too_large)
        snprintf(to, room, "the reply passes the limit of %zu bytes of body or %zu of headers",
                 t->request.max_body, MAX_HEADERS);
    else if (t->no_memory) snprintf(to, room, "out of memory for the reply");
    else if (t->whole) snprintf(to, room, "the server sent the whole file instead of a range");
    else if (t->bad_range) snprintf(to, room, "the server sent another range than was asked for");
    else if (t->aborted) snprintf(to, room, "the receiver of the data ended it");
    else if (t->twice)
        snprintf(to, room, "the connection ended after the request was sent");
    else if (t->error[0] && !strchr(t->error, '?') && !strstr(t->error, "://"))
        snprintf(to, room, "%.*s", (int)room - 1, t->error);
    else snprintf(to, room, "%s", curl_easy_strerror(code));
}

static void log_end(const transfer *t)
{
    char where[PLACE_ROOM];
    if (hone_log_get_level() != HONE_LOG_VERBOSE) return;
    show_place(t, where);
    hone_log_more("%s %s: %d, %zu bytes, %.2f s%s%s", t->request.method, where, t->reply.status,
                  t->received, t->reply.seconds, t->reply.error[0] ? ", " : "", t->reply.error);
}

static void transfer_end(hone_http *h, transfer *t, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->reply.status = (int)status;
    t->reply.outcome = classify(t, code);
    t->reply.seconds = hone_clock() - t->start;
    if (code != CURLE_OK) explain(t, code);
    if (t->reply.outcome != HONE_HTTP_REPLY) hone_buf_clear(&t->reply.body);
    if (t->reply.body.data == NULL) hone_buf_str(&t->reply.body, "");
    leave_shard(t);
    t->finished = true;
    chain_remove(&h->active, t);
    chain_add(&h->finished, t);
    log_end(t);
}

static void refuse_redirect(hone_http *h, transfer *t, const char *why)
{
    transfer_end(h, t, CURLE_OK);
    t->reply.outcome = HONE_HTTP_TLS;
    hone_buf_clear(&t->reply.body);
    snprintf(t->reply.error, sizeof t->reply.error, "redirected to a place that %s", why);
}

/* Sends t again to where the reply pointed. */
static void follow(hone_http *h, transfer *t, const char *location)
{
    place p;
    char *host = NULL, *url = hone_strdup(location);
    bool parsed = place_parse(&p, location);
    const char *fault = parsed ? place_fault(&p) : "cannot be read";
    if (!fault && strncmp(t->host, "https:", 6) == 0 && strcmp(p.scheme, "https") != 0)
        fault = "is not https";
    if (fault) {
        refuse_redirect(h, t, fault);
    } else if (!url || make_host(&p, &host, NULL) < 0) {
        t->no_memory = true;
        transfer_end(h, t, CURLE_OUT_OF_MEMORY);
    } else {
        if (strcmp(host, t->host) != 0) {
            wipe_text(t->secret);
            hone_free(t->secret);
            t->secret = NULL;
        }
        leave_shard(t);
        curl_easy_cleanup(t->easy);
        t->easy = NULL;
        hone_free(t->url);
        t->url = url;
        url = NULL;
        t->redirects++;
        if (!transfer_begin(h, t)) {
            t->no_memory = true;
            transfer_end(h, t, CURLE_OUT_OF_MEMORY);
        }
    }
    place_done(&p);
    hone_free(host);
    hone_free(url);
}

static void transfer_done(hone_http *h, transfer *t, CURLcode code)
{
    long status = 0;
    char *location = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &location);
    bool moved = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    bool may = code == CURLE_OK && strcmp(t->request.method, "POST") != 0;
    if (!may || !moved || !location || t->request.max_redirects <= 0) {
        transfer_end(h, t, code);
    } else if (t->redirects == t->request.max_redirects) {
        transfer_end(h, t, code);
        snprintf(t->reply.error, sizeof t->reply.error, "more than %d redirects",
                 t->request.max_redirects);
    } else {
        char *copy = hone_strdup(location); /* belongs to the handle that goes */
        if (copy) follow(h, t, copy);
        else transfer_end(h, t, CURLE_OUT_OF_MEMORY);
        hone_free(copy);
    }
}

static int action(shard *s, curl_socket_t fd, int what, hone_err *err)
{
    int running;
    CURLMcode rc = curl_multi_socket_action(s->multi, fd, what, &running);
    if (rc == CURLM_OK) return 0;
    return hone_fail(err, HONE_E_INTERNAL, "libcurl: %s", curl_multi_strerror(rc));
}

/* Up to `seconds`, less when libcurl's timer is due before. */
static double until_timer(const hone_http *h, double seconds)
{
    double now = hone_clock();
    for (int i = 0; i < h->shard_count; i++) {
        const shard *s = &h->shards[i];
        if (s->timer >= 0 && s->timer - now < seconds) seconds = s->timer - now;
    }
    return seconds > 0 ? seconds : 0;
}

/* Waits up to `seconds` for a socket or libcurl's timer, and lets libcurl work. */
static int pump(hone_http *h, double seconds, hone_err *err)
{
    hone_watch_due due[EVENTS];
    seconds = until_timer(h, seconds);
    int n = hone_watch_wait(h->watch, due, EVENTS, seconds > 0 ? (int)(seconds * 1000) + 1 : 0,
                            err);
    for (int i = 0; i < n; i++) {
        int what = due[i].what & HONE_WATCH_IN ? CURL_CSELECT_IN : 0;
        if (due[i].what & HONE_WATCH_OUT) what |= CURL_CSELECT_OUT;
        HONE_TRY(action(&h->shards[due[i].tag], due[i].fd, what, err));
    }
    if (n < 0) return n;
    double now = hone_clock();
    for (int i = 0; i < h->shard_count; i++) {
        shard *s = &h->shards[i];
        if (s->timer < 0 || now < s->timer) continue;
        s->timer = -1;
        HONE_TRY(action(s, CURL_SOCKET_TIMEOUT, 0, err));
    }
    return 0;
}

static void collect_done(hone_http *h)
{
    int left;
    for (int i = 0; i < h->shard_count; i++)
        for (CURLMsg *m; (m = curl_multi_info_read(h->shards[i].multi, &left));) {
            transfer *t = NULL;
            if (m->msg != CURLMSG_DONE) continue;
            CURLcode code = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
            transfer_done(h, t, code);
        }
}

/* Takes t (NULL: the first that is finished) out of its chain; false if it is not finished. */
static bool take_finished(hone_http *h, transfer *wanted, hone_http_reply *ret)
{
    transfer *t = wanted ? wanted : h->finished.first;
    if (!t || !t->finished) return false;
    chain_remove(&h->finished, t);
    h->count--;
    *ret = t->reply;
    hone_buf_init(&t->reply.body, 0);
    hone_buf_init(&t->reply.headers, 0);
    retire(h, t);
    return true;
}

static int wait_for(hone_http *h, transfer *wanted, double timeout_s, hone_http_reply *ret,
                    hone_err *err)
{
    double end = hone_clock() + timeout_s;
    double left = 0; /* the first look waits for nothing */
    if (take_finished(h, wanted, ret)) return 1;
    for (;;) {
        HONE_TRY(pump(h, left < 1 ? left : 1, err));
        collect_done(h);
        if (take_finished(h, wanted, ret)) return 1;
        if (hone_stop_requested()) return 0;
        left = end - hone_clock();
        if (h->count == 0 || !(left > 0)) return 0;
    }
}

int hone_http_wait(hone_http *h, double timeout_s, hone_http_reply *ret, hone_err *err)
{
    return wait_for(h, NULL, timeout_s, ret, err);
}

int hone_http_in_flight(const hone_http *h)
{
    return h->count;
}

static void drop(hone_http *h, transfer *t)
{
    chain_remove(t->finished ? &h->finished : &h->active, t);
    h->count--;
    transfer_free(t);
}

int hone_http_do(hone_http *h, const hone_http_request *r, hone_http_reply *ret, hone_err *err)
{
    HONE_TRY(hone_http_send(h, r, NULL, err));
    transfer *t = h->active.last;
    for (;;) {
        int rc = wait_for(h, t, 1.0, ret, err);
        if (rc == 1) return 0;
        if (rc == 0 && !hone_stop_requested()) continue;
        if (rc == 0) rc = hone_fail(err, HONE_E_STOPPED, "stopped while waiting for a reply");
        drop(h, t);
        return rc;
    }
}
