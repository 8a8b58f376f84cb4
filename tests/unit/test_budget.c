/*
 * Money over faults and kills: runs against a server that fails at random, killed at random moments
 * and started again. Whatever happens, what the server billed is at most what the journal says,
 * that is at most the limit, and no finished request was asked again. HONE_BUDGET_RUNS sets the
 * number of runs. The server is a process of its own: a program with threads cannot safely fork.
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/rng.h"
#include "datagen/remote.h"
#include "tests/support.h"

enum { RUNS = 12, ROUNDS = 4, USED_IN = 100, USED_OUT = 50, KEYS = 4096 };

/* What the server and the test see both. */
typedef struct shared {
    pthread_mutex_t lock;
    int port; /* 0 until the server listens, -1 when it cannot */
    int64_t billed;
    char place[32]; /* of the run: what a killed one sent may come late */
} shared;

static shared *common;
static char dir[64];
static hone_err err;

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                             MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

/* One of: an answer with or without usage, an error, a connection that breaks after the work. */
static enum MHD_Result answer(struct MHD_Connection *c, const char *url)
{
    static long row;
    static hone_rng chance = { .seed = 5, .stream = HONE_RNG_TEST };
    char text[512];
    pthread_mutex_lock(&common->lock);
    uint64_t dice = hone_rng_next_below(&chance, 100);
    long n = row++;
    if (dice < 75 && strncmp(url, common->place, strlen(common->place)) == 0)
        common->billed += USED_IN + 2 * USED_OUT;
    pthread_mutex_unlock(&common->lock);
    if (dice < 10) return MHD_NO;
    if (dice >= 85) return send_text(c, 429, "{\"error\":{\"message\":\"slow\"}}");
    if (dice >= 75) return send_text(c, 503, "busy");
    (void)snprintf(text, sizeof text,
                   "{\"choices\":[{\"message\":{\"content\":\"{\\\"rows\\\":[{\\\"user\\\":\\\"it "
                   "is "
                   "%ld now\\\",\\\"answer\\\":\\\"yes\\\"}]}\"},\"finish_reason\":\"stop\"}]%s}",
                   n,
                   dice < 60 ? ",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50}" : "");
    return send_text(c, 200, text);
}

static enum MHD_Result handler(void *cls, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state)
{
    static int seen;
    (void)cls;
    (void)method;
    (void)version;
    (void)data;
    if (!*state) return *state = &seen, MHD_YES;
    if (*size) return *size = 0, MHD_YES;
    return answer(c, url);
}

/* The server's process: it ends when it is killed. */
static void serve(void)
{
    struct MHD_Daemon *server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0,
                                                 NULL, NULL, handler, NULL, MHD_OPTION_END);
    pthread_mutex_lock(&common->lock);
    common->port = server ? MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port : -1;
    pthread_mutex_unlock(&common->lock);
    for (;;) (void)pause();
}

/* Starts the server; returns its process once it listens. */
static pid_t start_server(void)
{
    pthread_mutexattr_t attr;
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(common != MAP_FAILED);
    ck_assert_int_eq(pthread_mutexattr_init(&attr), 0);
    ck_assert_int_eq(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
    ck_assert_int_eq(pthread_mutex_init(&common->lock, &attr), 0);
    pid_t server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) serve();
    for (int port = 0; port == 0; (void)usleep(1000)) {
        pthread_mutex_lock(&common->lock);
        port = common->port;
        pthread_mutex_unlock(&common->lock);
    }
    ck_assert_int_gt(common->port, 0);
    return server;
}

static const char tools_text[] = "[{\"type\":\"function\",\"function\":{\"name\":\"start_timer\","
                                 "\"description\":\"Starts a timer.\",\"parameters\":{\"type\":"
                                 "\"object\",\"properties\":{}}}}]";

/* The child: one run of the program, until it ends or is killed. */
static void run_once(const char *path, double limit, uint64_t seed)
{
    char url[64];
    hone_json *tools;
    hone_json *report;
    hone_arena *a = hone_arena_new();
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%sv1", common->port, common->place);
    if (hone_json_parse(&tools, a, tools_text, strlen(tools_text), "tools", 1, &err) < 0) _exit(9);
    hone_remote_options o = { .dialect = hone_dialect_find("openai"),
                              .base_url = url,
                              .model = "teacher",
                              .tools = tools,
                              .rows = 40,
                              .per_request = 1,
                              .mix.no_call = 100,
                              .seed = seed,
                              .temperature = 1,
                              .max_tokens = 64,
                              .max_tokens_field = "max_tokens",
                              .prices = { true, 1, 1, 2 },
                              .max_cost = limit,
                              .max_concurrency = 6,
                              .retries = 2,
                              .backoff = 0.001,
                              .timeout = 10,
                              .path = path };
    int rc = hone_remote_run(&o, a, &report, &err);
    _exit(rc == 0 || rc == HONE_E_STOPPED ? 0 : 1);
}

/* What a journal says, read without the code that wrote it. */
typedef struct ledger {
    struct {
        char key[65];
        int64_t pending;
        int replies;
    } keys[KEYS];
    int count;
    int64_t spent;
} ledger;

static int on_record(void *user, const hone_json *record, hone_err *e)
{
    ledger *l = user;
    const hone_json *kind = hone_json_get(record, "t");
    const hone_json *key = hone_json_get(record, "key");
    int64_t cost = 0;
    int64_t worst = 0;
    (void)e;
    if (hone_json_str_eq(kind, "format")) return 0;
    hone_json_i64(hone_json_get(record, "cost"), &cost);
    hone_json_i64(hone_json_get(record, "worst"), &worst);
    int at = 0;
    while (at < l->count && strcmp(l->keys[at].key, key->text) != 0) at++;
    if (at == KEYS) return 0;
    if (at == l->count) (void)snprintf(l->keys[l->count++].key, 65, "%s", key->text);
    if (hone_json_str_eq(kind, "sent")) {
        SUPPORT_MUST(l->keys[at].replies == 0); /* a finished request is never sent again */
        l->keys[at].pending += cost;
        return 0;
    }
    l->keys[at].pending -= worst;
    l->keys[at].replies += hone_json_str_eq(kind, "reply");
    l->spent += cost;
    SUPPORT_MUST(l->keys[at].pending >= 0 && l->keys[at].replies <= 1);
    return 0;
}

static int64_t booked(const char *rows)
{
    static ledger l;
    char path[4200];
    hone_journal *j;
    memset(&l, 0, sizeof l);
    (void)snprintf(path, sizeof path, "%s.journal", rows);
    ck_assert_msg(hone_journal_open(&j, path, on_record, &l, &err) == 0, "%s", err.message);
    hone_journal_close(j);
    for (int i = 0; i < l.count; i++) l.spent += l.keys[i].pending;
    return l.spent;
}

static void one_run(int number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "run%d.jsonl", number);
    const char *path = support_path(dir, name);
    double limit =
        0.004 + 0.0002 * (double)hone_rng_below(1, HONE_RNG_TEST, 1, (uint64_t)number, 100);
    pthread_mutex_lock(&common->lock);
    common->billed = 0;
    (void)snprintf(common->place, sizeof common->place, "/run%d/", number);
    pthread_mutex_unlock(&common->lock);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t dice = hone_rng_below(2, HONE_RNG_TEST, (uint64_t)round, (uint64_t)number, 100);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) run_once(path, limit, (uint64_t)number);
        if (dice < 75) {
            (void)usleep((useconds_t)(dice * 700));
            (void)kill(child, SIGKILL);
        }
        int status = 0;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) <= 1, "status %d", status);
        if (!hone_fs_exists(
                support_path(dir, name))) { /* rows come at the end, the journal before */
            char journal[4200];
            (void)snprintf(journal, sizeof journal, "%s.journal", path);
            if (!hone_fs_exists(journal)) continue;
        }
        int64_t spent = booked(path);
        pthread_mutex_lock(&common->lock);
        int64_t real = common->billed;
        pthread_mutex_unlock(&common->lock);
        ck_assert_msg(real <= spent, "run %d: billed %lld, booked %lld", number, (long long)real,
                      (long long)spent);
        ck_assert_msg(spent <= (int64_t)(limit * 1e6), "run %d: booked %lld of %g", number,
                      (long long)spent, limit * 1e6);
    }
}

START_TEST(never_too_much)
{
    const char *wanted = getenv("HONE_BUDGET_RUNS");
    long runs = wanted ? (long)strtoul(wanted, NULL, 10) : RUNS;
    support_scratch(dir);
    hone_err_clear(&err);
    pid_t server = start_server();
    for (int i = 0; i < runs; i++) one_run(i);
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    ck_assert_int_eq(munmap(common, sizeof *common), 0);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("budget");
    const char *wanted = getenv("HONE_BUDGET_RUNS");
    tcase_set_timeout(t, wanted ? 3600 : 100);
    tcase_add_test(t, never_too_much);
    return support_run(t);
}
