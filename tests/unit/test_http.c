/*
 * The HTTP client (common/http.h) against servers on loopback: libmicrohttpd for well-formed
 * replies, a socket that plays raw bytes for broken ones, and TLS with a certificate made on the
 * spot.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http.h"
#include "common/log.h"
#include "common/stop.h"
#include "common/zfile.h"
#include "tests/support.h"

#define SECRET "Authorization: Bearer s3cr3t-canary"

static hone_http *http;
static hone_http_reply reply;
static hone_err err;

/* ---- a server of well-formed replies ---- */

static struct MHD_Daemon *mhd;
static uint16_t mhd_port;
static int hits;             /* requests seen */
static char seen_secret[64]; /* Authorization of the last request, "" if none */
static char seen_body[256];
static char redirect_to[128];
static char *big; /* 8 MiB of zeros and their gzip-like packing */
static hone_buf packed;

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const void *body, size_t n,
                              const char *name, const char *value)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    if (name) MHD_add_response_header(r, name, value);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static ssize_t endless(void *cls, uint64_t pos, char *buf, size_t max)
{
    (void)cls;
    (void)pos;
    memset(buf, 'x', max);
    return (ssize_t)max;
}

static ssize_t drip(void *cls, uint64_t pos, char *buf, size_t max)
{
    (void)cls;
    (void)max;
    if (pos > 0) usleep(200 * 1000);
    buf[0] = 'x';
    return 1;
}

static enum MHD_Result stream(struct MHD_Connection *c, MHD_ContentReaderCallback source)
{
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, source, NULL, NULL);
    enum MHD_Result ok = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result serve(struct MHD_Connection *c, const char *url, const char *method)
{
    const char *range = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Range");
    hits++;
    if (strcmp(url, "/ok") == 0) return answer(c, 200, "{\"ok\":true}", 11, "X-Thing", "A b");
    if (strcmp(url, "/echo") == 0) return answer(c, 200, seen_body, strlen(seen_body), "Y", method);
    if (strcmp(url, "/429") == 0) return answer(c, 429, "slow down", 9, "Retry-After", "7");
    if (strcmp(url, "/move") == 0) return answer(c, 302, "moved", 5, "Location", redirect_to);
    if (strcmp(url, "/loop") == 0) return answer(c, 301, "", 0, "Location", "/loop");
    if (strcmp(url, "/endless") == 0) return stream(c, endless);
    if (strcmp(url, "/drip") == 0) return stream(c, drip);
    if (strcmp(url, "/bomb") == 0)
        return answer(c, 200, packed.data, packed.len, "Content-Encoding", "deflate");
    if (strcmp(url, "/file") == 0 && range && strcmp(range, "bytes=3-") == 0)
        return answer(c, 206, "3456789", 7, "Content-Range", "bytes 3-9/10");
    if (strcmp(url, "/wrong-range") == 0)
        return answer(c, 206, "456789", 6, "Content-Range", "bytes 4-9/10");
    if (strcmp(url, "/file") == 0 || strcmp(url, "/no-range") == 0)
        return answer(c, 200, "0123456789", 10, NULL, NULL);
    return answer(c, 404, "nothing here", 12, NULL, NULL);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    static int begun;
    (void)cls;
    (void)version;
    if (!*state) {
        const char *auth = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
        (void)snprintf(seen_secret, sizeof seen_secret, "%s", auth ? auth : "");
        seen_body[0] = '\0';
        *state = &begun;
        return MHD_YES;
    }
    if (*size > 0) {
        size_t have = strlen(seen_body), n = *size;
        if (n > sizeof seen_body - 1 - have) n = sizeof seen_body - 1 - have;
        memcpy(seen_body + have, data, n);
        seen_body[have + n] = '\0';
        *size = 0;
        return MHD_YES;
    }
    return serve(c, url, method);
}

static struct MHD_Daemon *start_server(unsigned flags, const char *key, const char *cert,
                                       uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_Daemon *d =
        key ? MHD_start_daemon(flags, 0, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &at,
                               MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, cert,
                               MHD_OPTION_END)
            : MHD_start_daemon(flags, 0, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &at,
                               MHD_OPTION_END);
    if (d) *port = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
    return d;
}

/* ---- a socket that plays bytes ---- */

typedef struct player {
    pthread_t thread;
    int fd, connections;
    uint16_t port;
    const char *bytes;  /* sent to each connection once something came; then it is closed */
    bool read_first;
    bool reset;         /* close with RST */
    bool read_again;    /* wait for a second request before that */
} player;

/* Reads a whole request: the head and, of a POST, some of the body. */
static void read_request(int fd)
{
    char text[4096];
    size_t n = 0;
    for (;;) {
        ssize_t k = read(fd, text + n, sizeof text - 1 - n);
        if (k <= 0) return;
        n += (size_t)k;
        text[n] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        if (end && (strncmp(text, "POST", 4) != 0 || end[4])) return;
    }
}

static void *play(void *user)
{
    player *p = user;
    for (;;) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0) return NULL;
        p->connections++;
        if (p->read_first) read_request(fd);
        if (p->bytes) (void)send(fd, p->bytes, strlen(p->bytes), MSG_NOSIGNAL);
        if (p->read_again) read_request(fd);
        struct linger hard = { 1, 0 };
        if (p->reset) (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        else (void)shutdown(fd, SHUT_WR);
        if (!p->reset) usleep(20 * 1000);
        (void)close(fd);
    }
}

static void player_start(player *p)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(p->fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(p->fd, 8), 0);
    ck_assert_int_eq(getsockname(p->fd, (struct sockaddr *)&at, &n), 0);
    p->port = ntohs(at.sin_port);
    ck_assert_int_eq(pthread_create(&p->thread, NULL, play, p), 0);
}

static void player_stop(player *p)
{
    (void)shutdown(p->fd, SHUT_RDWR);
    (void)pthread_join(p->thread, NULL);
    (void)close(p->fd);
}

/* ---- helpers ---- */

static void setup(void)
{
    hone_err_clear(&err);
    memset(&reply, 0, sizeof reply);
    hits = 0;
    unsetenv("SSL_CERT_FILE");
    ck_assert_int_eq(hone_http_new(&http, 8, &err), 0);
    mhd = start_server(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, NULL, NULL,
                       &mhd_port);
    ck_assert_ptr_nonnull(mhd);
}

static void teardown(void)
{
    hone_http_free(http);
    hone_http_reply_done(&reply);
    MHD_stop_daemon(mhd);
}

static const char *url_of(const char *scheme, uint16_t port, const char *path)
{
    static char url[256];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", scheme, (unsigned)port, path);
    return url;
}

static void run_request(const hone_http_request *r)
{
    hone_http_reply_done(&reply);
    memset(&reply, 0, sizeof reply);
    int rc = hone_http_do(http, r, &reply, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_ptr_null(strstr(reply.error, "s3cr3t"));
}

static void get(const char *path)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, path), .timeout = 5 };
    run_request(&r);
}

/* ---- well-formed replies ---- */

START_TEST(a_reply_has_status_headers_and_body)
{
    char value[64];
    get("/ok");
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(reply.body.data, "{\"ok\":true}");
    ck_assert_str_eq(hone_http_header(&reply, "x-thing", value, sizeof value), "A b");
    ck_assert_ptr_null(hone_http_header(&reply, "x-thin", value, sizeof value));
    ck_assert_str_eq(hone_http_header(&reply, "x-thing", value, 2), "A");
    ck_assert(reply.seconds > 0 && reply.seconds < 5);
    get("/429");
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    ck_assert_int_eq(reply.status, 429);
    ck_assert_str_eq(hone_http_header(&reply, "retry-after", value, sizeof value), "7");
    get("/none");
    ck_assert_int_eq(reply.status, 404);
}
END_TEST

START_TEST(a_body_is_posted)
{
    const char *headers[] = { "Content-Type: application/json", NULL };
    hone_http_request r = { .method = "POST", .url = url_of("http", mhd_port, "/echo?key=1"),
                            .headers = headers, .secret_header = SECRET, .body = "{\"a\":1}",
                            .body_len = 7 };
    run_request(&r);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(reply.body.data, "{\"a\":1}");
    ck_assert_str_eq(seen_secret, "Bearer s3cr3t-canary");
    r.body_len = 0;
    run_request(&r);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(reply.body.data, "");
    r.method = "HEAD";
    r.url = url_of("http", mhd_port, "/ok");
    run_request(&r);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_uint_eq(reply.body.len, 0);
}
END_TEST

/* What one request leaves for the next one like it: nothing but what is alike. */
START_TEST(posts_that_are_alike_stay_apart)
{
    const char *plain[] = { "Content-Type: text/plain", NULL };
    const char *json[] = { "Content-Type: application/json", "X-More: 1", NULL };
    char url[256], body[64];
    (void)snprintf(url, sizeof url, "%s", url_of("http", mhd_port, "/echo?key=1"));
    for (int i = 0; i < 24; i++) {
        hone_http_request r = { .method = "POST",
                                .url = i % 8 == 7 ? url_of("http", mhd_port, "/echo?key=2") : url,
                                .headers = i % 3 == 2 ? json : plain,
                                .secret_header = i % 5 == 4 ? NULL : SECRET,
                                .body = body,
                                .timeout = i % 7 == 6 ? 5 : 10 };
        r.body_len = (size_t)snprintf(body, sizeof body, "body %0*d", i + 1, i);
        run_request(&r);
        ck_assert_int_eq(reply.status, 200);
        ck_assert_str_eq(reply.body.data, body);
        ck_assert_str_eq(seen_secret, i % 5 == 4 ? "" : "Bearer s3cr3t-canary");
    }
}
END_TEST

START_TEST(many_requests_share_the_client)
{
    int tags[20], done = 0;
    for (int i = 0; i < 20; i++) {
        char url[256];
        tags[i] = 0;
        (void)snprintf(url, sizeof url, "%s", url_of("http", mhd_port, i % 2 ? "/ok" : "/none"));
        hone_http_request r = { .method = "GET", .url = url, .timeout = 10 };
        ck_assert_int_eq(hone_http_send(http, &r, &tags[i], &err), 0);
    }
    ck_assert_int_eq(hone_http_in_flight(http), 20);
    get("/429"); /* beside the others */
    ck_assert_int_eq(reply.status, 429);
    while (hone_http_in_flight(http) > 0) {
        hone_http_reply one;
        if (hone_http_wait(http, 1, &one, &err) != 1) continue;
        int i = (int)((int *)one.tag - tags);
        ck_assert_int_eq(one.status, i % 2 ? 200 : 404);
        tags[i]++;
        done++;
        hone_http_reply_done(&one);
    }
    ck_assert_int_eq(done, 20);
    for (int i = 0; i < 20; i++) ck_assert_int_eq(tags[i], 1);
    hone_http_reply none;
    ck_assert_int_eq(hone_http_wait(http, 0.01, &none, &err), 0);
}
END_TEST

START_TEST(dropping_a_client_drops_its_requests)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/drip"),
                            .secret_header = SECRET };
    hone_http_reply none;
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), 0);
    ck_assert_int_eq(hone_http_wait(http, 0.1, &none, &err), 0);
    ck_assert_int_eq(hone_http_in_flight(http), 1);
}
END_TEST

START_TEST(the_log_shows_no_secret)
{
    char dir[64];
    hone_buf log;
    support_scratch(dir);
    const char *path = support_path(dir, "log");
    ck_assert_ptr_nonnull(freopen(path, "w", stderr));
    hone_log_set_level(HONE_LOG_VERBOSE);
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/ok?key=s3cr3t"),
                            .secret_header = SECRET, .timeout = 5 };
    run_request(&r);
    (void)fflush(stderr);
    ck_assert_int_eq(hone_fs_read(&log, path, 1 << 16, &err), 0);
    ck_assert_ptr_nonnull(strstr(log.data, "/ok: 200, 11 bytes"));
    ck_assert_ptr_null(strstr(log.data, "s3cr3t"));
    hone_buf_done(&log);
    support_scratch_done(dir);
}
END_TEST

/* ---- limits ---- */

START_TEST(a_slow_drip_ends_in_time)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/drip"),
                            .timeout = 0.5 };
    double start = hone_clock();
    run_request(&r);
    ck_assert(hone_clock() - start < 3);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_UNKNOWN);
    ck_assert_uint_eq(reply.body.len, 0);
    ck_assert_ptr_nonnull(strstr(reply.error, "timed out"));
}
END_TEST

START_TEST(an_endless_body_is_dropped)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/endless"),
                            .timeout = 20, .max_body = 1 << 20 };
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TOO_LARGE);
    ck_assert_uint_eq(reply.body.len, 0);
    ck_assert_ptr_nonnull(strstr(reply.error, "1048576"));
}
END_TEST

START_TEST(a_bomb_is_counted_unpacked)
{
    size_t n = (size_t)8 << 20;
    big = hone_calloc(n, 1);
    hone_buf_init(&packed, n);
    ck_assert_int_eq(hone_zlib_deflate(&packed, big, n, &err), 0);
    ck_assert_uint_lt(packed.len, 20000);
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/bomb"),
                            .timeout = 20, .max_body = n - 1 };
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TOO_LARGE);
    r.max_body = n;
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    ck_assert_uint_eq(reply.body.len, n);
    hone_free(big);
    hone_buf_done(&packed);
}
END_TEST

START_TEST(a_stop_ends_the_waiting)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/drip") };
    hone_stop_request();
    ck_assert_int_eq(hone_http_do(http, &r, &reply, &err), HONE_E_STOPPED);
    ck_assert_int_eq(hone_http_in_flight(http), 0);
}
END_TEST

/* ---- broken replies ---- */

typedef struct broken {
    const char *bytes;
    bool read_first, reset;
    hone_http_outcome outcome;
    const char *method;
} broken;

static const broken brokens[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", true, false, HONE_HTTP_UNKNOWN,
      "POST" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", true, false,
      HONE_HTTP_UNKNOWN, "GET" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", true, false, HONE_HTTP_UNKNOWN,
      "GET" },
    { "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip", true, false, HONE_HTTP_UNKNOWN,
      "GET" },
    { NULL, true, false, HONE_HTTP_UNKNOWN, "POST" },
    { NULL, true, true, HONE_HTTP_UNKNOWN, "POST" },
    { "HTTP/1.1 20", true, false, HONE_HTTP_UNKNOWN, "GET" },
    { "garbage\r\n\r\n", true, false, HONE_HTTP_UNKNOWN, "GET" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore", true, false, HONE_HTTP_REPLY, "GET" },
    { "HTTP/1.1 200 OK\r\n\r\nto the end", true, false, HONE_HTTP_REPLY, "GET" },
};

START_TEST(broken_replies_are_classified)
{
    const broken *b = &brokens[_i];
    player p = { .bytes = b->bytes, .read_first = b->read_first, .reset = b->reset };
    player_start(&p);
    hone_http_request r = { .method = b->method, .url = url_of("http", p.port, "/?k=s3cr3t"),
                            .secret_header = SECRET, .body = "body", .body_len = 4, .timeout = 5 };
    run_request(&r);
    player_stop(&p);
    ck_assert_msg(reply.outcome == b->outcome, "outcome %d: %s", (int)reply.outcome, reply.error);
    if (b->outcome == HONE_HTTP_REPLY) return;
    ck_assert_uint_eq(reply.body.len, 0);
    ck_assert_str_ne(reply.error, "");
    ck_assert_int_eq(p.connections, 1); /* never sent twice */
}
END_TEST

START_TEST(a_flood_of_headers_is_dropped)
{
    hone_buf flood = HONE_BUF_INIT(1 << 20);
    hone_buf_str(&flood, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 6000; i++)
        hone_buf_printf(&flood, "X-Header-%d: %060d\r\n", i, i);
    hone_buf_str(&flood, "\r\n");
    player p = { .bytes = flood.data, .read_first = true };
    player_start(&p);
    hone_http_request r = { .method = "GET", .url = url_of("http", p.port, "/"), .timeout = 5 };
    run_request(&r);
    player_stop(&p);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TOO_LARGE);
    hone_buf_done(&flood);
}
END_TEST

/* The first request leaves a connection to reuse; the server takes the second one and hangs up. */
START_TEST(a_reused_connection_gets_no_silent_second_try)
{
    player p = { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", .read_first = true,
                 .read_again = true };
    player_start(&p);
    hone_http_request r = { .method = "POST", .url = url_of("http", p.port, "/"), .body = "b",
                            .body_len = 1, .timeout = 5 };
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_UNKNOWN);
    ck_assert_int_eq(p.connections, 1);
    player_stop(&p);
}
END_TEST

START_TEST(nothing_listens)
{
    player p = { .fd = -1 };
    player_start(&p);
    player_stop(&p);
    hone_http_request r = { .method = "POST", .url = url_of("http", p.port, "/"), .body = "x",
                            .body_len = 1, .timeout = 5 };
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_NOT_SENT);
    ck_assert_int_eq(reply.status, 0);
    r.url = "https://no-such-host.invalid/";
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_NOT_SENT);
}
END_TEST

/* ---- URLs, headers, redirects ---- */

static const char *const bad_urls[] = {
    "http://example.com/", "http://127.0.0.1.example.com/", "http://128.0.0.1/", "ftp://127.0.0.1/",
    "file:///etc/passwd", "https://user:s3cr3t@example.com/", "https://s3cr3t@example.com/", "",
    "no url", "http://[::2]/", "https://", "http://127.0.0.1:99999/",
};

START_TEST(bad_urls_are_refused)
{
    hone_http_request r = { .method = "GET", .url = bad_urls[_i] };
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), HONE_E_USAGE);
    ck_assert_ptr_null(strstr(err.message, "s3cr3t"));
    ck_assert_int_eq(hone_http_in_flight(http), 0);
}
END_TEST

START_TEST(bad_headers_are_refused)
{
    const char *headers[] = { "X: a\r\nY: b", NULL };
    hone_http_request r = { .method = "GET", .url = "https://example.com", .headers = headers };
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), HONE_E_USAGE);
    headers[0] = "no colon";
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), HONE_E_USAGE);
    headers[0] = NULL;
    r.secret_header = SECRET "\n";
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), HONE_E_USAGE);
    ck_assert_ptr_null(strstr(err.message, "s3cr3t"));
    r.secret_header = NULL;
    r.method = "DELETE";
    ck_assert_int_eq(hone_http_send(http, &r, NULL, &err), HONE_E_USAGE);
}
END_TEST

START_TEST(redirects_are_off_by_default)
{
    (void)snprintf(redirect_to, sizeof redirect_to, "/ok");
    get("/move");
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    ck_assert_int_eq(reply.status, 302);
    ck_assert_int_eq(hits, 1);
}
END_TEST

START_TEST(redirects_keep_the_secret_at_home)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/move"),
                            .secret_header = SECRET, .timeout = 5, .max_redirects = 3 };
    (void)snprintf(redirect_to, sizeof redirect_to, "/ok");
    run_request(&r);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(reply.body.data, "{\"ok\":true}");
    ck_assert_str_eq(seen_secret, "Bearer s3cr3t-canary");
    (void)snprintf(redirect_to, sizeof redirect_to, "http://localhost:%u/ok", (unsigned)mhd_port);
    run_request(&r);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(seen_secret, ""); /* another host name is another host */
    r.method = "POST";
    r.body = "x";
    r.body_len = 1;
    run_request(&r);
    ck_assert_int_eq(reply.status, 302);
    r.method = "GET";
    r.url = url_of("http", mhd_port, "/loop");
    hits = 0;
    run_request(&r);
    ck_assert_int_eq(reply.status, 301);
    ck_assert_int_eq(hits, 4);
    ck_assert_ptr_nonnull(strstr(reply.error, "3 redirects"));
}
END_TEST

START_TEST(redirects_do_not_leave_safe_ground)
{
    static const char *const places[] = { "http://example.com/", "ftp://127.0.0.1/",
                                          "file:///etc/passwd", "https://a:b@example.com/" };
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, "/move"),
                            .secret_header = SECRET, .timeout = 5, .max_redirects = 3 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(redirect_to, sizeof redirect_to, "%s", places[i]);
        run_request(&r);
        ck_assert_int_eq(reply.outcome, HONE_HTTP_TLS);
        ck_assert_uint_eq(reply.body.len, 0);
        ck_assert_ptr_nonnull(strstr(reply.error, "redirected"));
    }
}
END_TEST

/* ---- downloads ---- */

static char got[64];

static int take(void *user, const void *p, size_t n)
{
    size_t have = strlen(got);
    ck_assert_uint_lt(have + n, sizeof got);
    memcpy(got + have, p, n);
    got[have + n] = '\0';
    return user ? *(int *)user : 0;
}

static void download(const char *path, int64_t from, int *verdict)
{
    hone_http_request r = { .method = "GET", .url = url_of("http", mhd_port, path), .timeout = 5,
                            .resume_from = from, .on_data = take, .user = verdict };
    got[0] = '\0';
    run_request(&r);
}

START_TEST(downloads_resume)
{
    download("/file", 0, NULL);
    ck_assert_str_eq(got, "0123456789");
    ck_assert_int_eq(reply.status, 200);
    ck_assert_uint_eq(reply.body.len, 0);
    download("/file", 3, NULL);
    ck_assert_str_eq(got, "3456789");
    ck_assert_int_eq(reply.status, 206);
    download("/no-range", 3, NULL);
    ck_assert_str_eq(got, "");
    ck_assert_int_eq(reply.outcome, HONE_HTTP_REPLY);
    ck_assert_int_eq(reply.status, 200);
    download("/wrong-range", 3, NULL);
    ck_assert_str_eq(got, "");
    ck_assert_int_eq(reply.outcome, HONE_HTTP_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(reply.error, "range"));
    download("/none", 0, NULL);
    ck_assert_str_eq(got, "");
    ck_assert_str_eq(reply.body.data, "nothing here");
    int stop = 1;
    download("/file", 0, &stop);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(reply.error, "receiver"));
}
END_TEST

/* ---- TLS ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    X509_sign(x, key, EVP_sha256());
    return x;
}

static void make_pem(char *key_pem, char *cert_pem, size_t room)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = make_certificate(key);
    BIO *b = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
    int n = BIO_read(b, key_pem, (int)room - 1);
    key_pem[n > 0 ? n : 0] = '\0';
    PEM_write_bio_X509(b, x);
    n = BIO_read(b, cert_pem, (int)room - 1);
    cert_pem[n > 0 ? n : 0] = '\0';
    BIO_free(b);
    X509_free(x);
    EVP_PKEY_free(key);
}

START_TEST(certificates_are_checked)
{
    char key[4096], cert[4096], dir[64];
    uint16_t port;
    make_pem(key, cert, sizeof key);
    struct MHD_Daemon *tls = start_server(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, key, cert,
                                          &port);
    ck_assert_ptr_nonnull(tls);
    support_scratch(dir);
    const char *path = support_path(dir, "cert.pem");
    ck_assert_int_eq(hone_fs_write(path, cert, strlen(cert), &err), 0);

    hone_http_request r = { .method = "GET", .url = url_of("https", port, "/ok"),
                            .secret_header = SECRET, .timeout = 5, .max_redirects = 3 };
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TLS); /* self-signed */
    ck_assert_int_eq(hits, 0);

    setenv("SSL_CERT_FILE", path, 1);
    run_request(&r);
    ck_assert_msg(reply.outcome == HONE_HTTP_REPLY, "%s", reply.error);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_int_eq(hits, 1);

    char url[64];
    (void)snprintf(url, sizeof url, "https://localhost:%u/ok", (unsigned)port);
    r.url = url;
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TLS); /* wrong name */
    ck_assert_int_eq(hits, 1);

    r.url = url_of("https", port, "/move");
    (void)snprintf(redirect_to, sizeof redirect_to, "http://127.0.0.1:%u/ok", (unsigned)mhd_port);
    run_request(&r);
    ck_assert_int_eq(reply.outcome, HONE_HTTP_TLS); /* no way down to http */
    ck_assert_int_eq(hits, 2);

    r.url = url_of("https", mhd_port, "/ok");
    run_request(&r);
    ck_assert(reply.outcome == HONE_HTTP_TLS || /* no TLS there, or it hung up before it said so */
              reply.outcome == HONE_HTTP_NOT_SENT);
    MHD_stop_daemon(tls);
    support_scratch_done(dir);
}
END_TEST

/* ---- faults ---- */

START_TEST(memory_may_run_out_anywhere)
{
    hone_http_request r = { .method = "POST", .url = url_of("http", mhd_port, "/echo"),
                            .secret_header = SECRET, .body = "x", .body_len = 1, .timeout = 5 };
    int failures = 0, replies = 0;
    for (int64_t nth = 1; nth < 400 && replies < 3; nth += 1 + nth / 40) {
        hone_http *h = NULL;
        hone_http_reply one;
        hone_err_clear(&err);
        hone_mem_fail_after(nth, false);
        int rc = hone_http_new(&h, 2, &err);
        if (rc == 0) rc = hone_http_do(h, &r, &one, &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) {
            replies += one.outcome == HONE_HTTP_REPLY;
            failures += one.outcome != HONE_HTTP_REPLY;
            hone_http_reply_done(&one);
        } else {
            failures++;
        }
        hone_http_free(h);
    }
    ck_assert_int_gt(failures, 10);
}
END_TEST

int main(void)
{
    TCase *t = support_case("http");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_reply_has_status_headers_and_body);
    tcase_add_test(t, a_body_is_posted);
    tcase_add_test(t, posts_that_are_alike_stay_apart);
    tcase_add_test(t, many_requests_share_the_client);
    tcase_add_test(t, dropping_a_client_drops_its_requests);
    tcase_add_test(t, the_log_shows_no_secret);
    tcase_add_test(t, a_slow_drip_ends_in_time);
    tcase_add_test(t, an_endless_body_is_dropped);
    tcase_add_test(t, a_bomb_is_counted_unpacked);
    tcase_add_test(t, a_stop_ends_the_waiting);
    tcase_add_loop_test(t, broken_replies_are_classified, 0, sizeof brokens / sizeof brokens[0]);
    tcase_add_test(t, a_flood_of_headers_is_dropped);
    tcase_add_test(t, a_reused_connection_gets_no_silent_second_try);
    tcase_add_test(t, nothing_listens);
    tcase_add_loop_test(t, bad_urls_are_refused, 0, sizeof bad_urls / sizeof bad_urls[0]);
    tcase_add_test(t, bad_headers_are_refused);
    tcase_add_test(t, redirects_are_off_by_default);
    tcase_add_test(t, redirects_keep_the_secret_at_home);
    tcase_add_test(t, redirects_do_not_leave_safe_ground);
    tcase_add_test(t, downloads_resume);
    tcase_add_test(t, certificates_are_checked);
    tcase_add_test(t, memory_may_run_out_anywhere);
    return support_run(t);
}
