/*
 * A teacher on loopback for load measurements: chat completions with one or more new rows a reply,
 * after a given delay, some of them faulty. A process of its own, so that the client's processor
 * time and memory can be told apart. Counts which requests it answered more than once.
 *
 *   teacher_server DELAY_MS FAULT_PERCENT [ROWS_PER_REPLY] [BAD_ROW_PERCENT]
 *
 * Prints its port; ends at SIGTERM with one line of counts on stdout. Of the faults a third are
 * 503, a third 429, a third connections that break after the work was done.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"

enum { NUMBERS = 1 << 20, QUEUE = 1 << 14 };

typedef struct job {
    struct MHD_Connection *connection;
    hone_buf body;
    double due;
    bool ready;
} job;

static int fault_percent, rows_per_reply = 1, bad_percent;
static double delay;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static job *queue[QUEUE]; /* one delay for all: first in, first out */
static unsigned head, tail;
static unsigned char answered[NUMBERS];
static long requests, good, broken, refused, again, used_in, used_out;
static unsigned in_flight, most;

static void *resume_due(void *unused)
{
    (void)unused;
    for (;;) {
        struct timespec nap = { 0, 1000000 };
        (void)nanosleep(&nap, NULL);
        double now = hone_clock();
        pthread_mutex_lock(&lock);
        while (head != tail && queue[head % QUEUE]->due <= now) {
            job *j = queue[head++ % QUEUE];
            j->ready = true;
            MHD_resume_connection(j->connection);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, char *text, size_t n)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(r, "Content-Type", "application/json");
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static void add_words(hone_buf *b, hone_rng *rng, int n)
{
    static const char sounds[] = "balodemirutagopesinavukeho";
    for (int i = 0; i < n; i++) {
        hone_buf_char(b, i ? ' ' : 'w');
        for (int k = 0; k < 3; k++)
            hone_buf_add(b, sounds + 2 * hone_rng_next_below(rng, 13), 2);
    }
}

/* A row that is good for a request with a label (its first word) and for one that wants no call; a
 * bad one has no user text. */
static void write_row(hone_buf *b, hone_rng *rng)
{
    hone_buf words = HONE_BUF_INIT(1 << 12);
    bool bad = (int)hone_rng_next_below(rng, 100) < bad_percent;
    add_words(&words, rng, 6 + (int)hone_rng_next_below(rng, 8));
    hone_buf_printf(b,
                    "{\\\"user\\\":\\\"%s\\\",\\\"answer\\\":\\\"Sorry.\\\",\\\"arguments\\\":{"
                    "\\\"label\\\":\\\"%.*s\\\"}}",
                    bad ? "" : words.data, (int)strcspn(words.data, " "), words.data);
    hone_buf_done(&words);
}

/* Tokens are counted like a real teacher's. */
static void write_reply(hone_buf *b, hone_rng *rng, long input)
{
    size_t start = b->len;
    hone_buf_str(b, "{\"choices\":[{\"message\":{\"content\":\"{\\\"rows\\\":[");
    for (int i = 0; i < rows_per_reply; i++) {
        if (i) hone_buf_char(b, ',');
        write_row(b, rng);
    }
    long output = (long)(b->len - start) / 4;
    hone_buf_printf(b,
                    "]}\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":%ld,"
                    "\"completion_tokens\":%ld}}",
                    input, output);
    used_in += input;
    used_out += output;
}

static enum MHD_Result answer(const job *j)
{
    static hone_rng rng = { .seed = 11, .stream = HONE_RNG_TEST };
    char slow[] = "{\"error\":{\"message\":\"slow\"}}", busy[] = "busy";
    const char *at = j->body.data ? strstr(j->body.data, "Number of this request: ") : NULL;
    unsigned long number = at ? strtoul(at + 24, NULL, 10) % NUMBERS : 0;
    hone_buf b = HONE_BUF_INIT(1 << 22);
    pthread_mutex_lock(&lock);
    uint64_t dice = hone_rng_next_below(&rng, 300);
    bool fault = dice / 3 < (uint64_t)fault_percent;
    if (!fault) {
        good++;
        again += answered[number];
        answered[number] = 1;
        write_reply(&b, &rng, (long)j->body.len / 4);
    } else if (dice % 3 == 0) {
        broken++;
    } else {
        refused++;
    }
    in_flight--;
    pthread_mutex_unlock(&lock);
    if (fault && dice % 3 == 0) return MHD_NO;
    if (fault && dice % 3 == 1) return send_text(j->connection, 429, slow, strlen(slow));
    if (fault) return send_text(j->connection, 503, busy, strlen(busy));
    enum MHD_Result ok = send_text(j->connection, 200, b.data, b.len);
    hone_buf_done(&b);
    return ok;
}

static enum MHD_Result handler(void *cls, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state)
{
    job *j = *state;
    (void)cls;
    (void)url;
    (void)method;
    (void)version;
    if (!j) {
        *state = j = hone_calloc(1, sizeof *j);
        if (!j) return MHD_NO;
        hone_buf_init(&j->body, 1 << 22);
        j->connection = c;
        return MHD_YES;
    }
    if (*size) {
        hone_buf_add(&j->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (j->ready) return answer(j);
    j->due = hone_clock() + delay;
    pthread_mutex_lock(&lock);
    requests++;
    if (++in_flight > most) most = in_flight;
    MHD_suspend_connection(c);
    queue[tail++ % QUEUE] = j;
    pthread_mutex_unlock(&lock);
    return MHD_YES;
}

static void done(void *cls, struct MHD_Connection *c, void **state,
                 enum MHD_RequestTerminationCode t)
{
    job *j = *state;
    (void)cls;
    (void)c;
    (void)t;
    if (!j) return;
    hone_buf_done(&j->body);
    hone_free(j);
    *state = NULL;
}

int main(int argc, char **argv)
{
    sigset_t stop;
    int got = 0;
    pthread_t timer;
    if (argc < 3) return 64;
    delay = (double)strtoul(argv[1], NULL, 10) / 1000;
    fault_percent = (int)strtoul(argv[2], NULL, 10);
    if (argc > 3) rows_per_reply = (int)strtoul(argv[3], NULL, 10);
    if (argc > 4) bad_percent = (int)strtoul(argv[4], NULL, 10);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handler, NULL,
        MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u,
        MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
    if (!d || pthread_create(&timer, NULL, resume_due, NULL) != 0) return 1;
    printf("%d\n", MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    (void)sigwait(&stop, &got);
    printf("requests %ld, answered %ld, refused %ld, broken %ld, answered before %ld, most in "
           "flight %u, tokens %ld in %ld out\n",
           requests, good, refused, broken, again, most, used_in, used_out);
    return fflush(stdout) == 0 ? 0 : 1;
}
