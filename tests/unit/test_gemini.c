/*
 * Gemini's own dialect: bodies, replies of every kind, what a status means - and a whole run
 * against a loopback server that speaks it: journal, resume, money, the key in its own header.
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "datagen/remote.h"
#include "tests/support.h"

#define CANARY "AIza-canary-0123456789"

static hone_arena *arena;
static hone_err err;
static char dir[64];
static uint16_t port;
static int hits, limited, other_path, other_key;
static long seed_now, answers[256];
static int answered, again;
static bool day_over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static hone_teach_reply read_text(const char *body)
{
    hone_teach_reply r;
    hone_dialect_gemini.read(&r, arena, body, strlen(body));
    return r;
}

static struct MHD_Daemon *server;

static enum MHD_Result handler(void *cls, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state);

static void begin(void)
{
    support_scratch(dir);
    hone_err_clear(&err);
    arena = hone_arena_new();
    server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
                              handler, NULL, MHD_OPTION_END);
    ck_assert_ptr_nonnull(server);
    port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void end(void)
{
    MHD_stop_daemon(server);
    arena = hone_arena_free(arena);
    support_scratch_done(dir);
}

START_TEST(replies)
{
    begin();
    static const struct {
        const char *body;
        hone_teach_outcome outcome;
    } cases[] = {
        { "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"{\\\"rows\\\":[{\\\"user\\\":"
          "\\\"a\\\"}]}\"}]},\"finishReason\":\"STOP\"}]}",
          HONE_TEACH_OK },
        { "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":"
          "\"{\\\"rows\\\":\"},{\"text\":\"[{\\\"user\\\":\\\"a\\\"}]}\"}]}}]}",
          HONE_TEACH_OK },
        { "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"{\"}]},\"finishReason\":"
          "\"MAX_TOKENS\"}]}",
          HONE_TEACH_CUT },
        { "{\"candidates\":[{\"finishReason\":\"SAFETY\"}]}", HONE_TEACH_FILTERED },
        { "{\"candidates\":[{\"finishReason\":\"RECITATION\"}]}", HONE_TEACH_FILTERED },
        { "{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}",
          HONE_TEACH_BAD_SCHEMA },
        { "{\"candidates\":[{\"finishReason\":\"STOP\"}]}", HONE_TEACH_EMPTY },
        { "{\"candidates\":[{\"content\":{\"parts\":null},\"finishReason\":\"NEW_ONE\"}]}",
          HONE_TEACH_EMPTY },
        { "{\"candidates\":[]}", HONE_TEACH_BAD_SCHEMA },
        { "{\"candidates\":[7]}", HONE_TEACH_BAD_SCHEMA },
        { "{\"promptFeedback\":{\"blockReason\":\"OTHER\"}}", HONE_TEACH_FILTERED },
        { "[{\"error\":{\"code\":500,\"message\":\"x\"}}]", HONE_TEACH_HTTP_ERROR },
        { "{\"error\":{}}", HONE_TEACH_HTTP_ERROR },
        { "", HONE_TEACH_EMPTY },
        { "<html>", HONE_TEACH_BAD_JSON },
        { "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"no\"}]}}]}", HONE_TEACH_BAD_JSON },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_teach_reply r = read_text(cases[i].body);
        ck_assert_msg(r.outcome == cases[i].outcome, "case %zu: %s", i, hone_teach_word(r.outcome));
        ck_assert(!r.usage.given);
    }
    end();
}
END_TEST

START_TEST(usage)
{
    begin();
    hone_teach_reply r = read_text("{\"candidates\":[{\"finishReason\":\"STOP\"}],"
                                   "\"usageMetadata\":{\"promptTokenCount\":100,"
                                   "\"cachedContentTokenCount\":40,\"candidatesTokenCount\":20,"
                                   "\"thoughtsTokenCount\":300,"
                                   "\"totalTokenCount\":420}}");
    ck_assert(r.usage.given);
    ck_assert_int_eq(r.usage.input, 100);
    ck_assert_int_eq(r.usage.cached_input, 40);
    ck_assert_int_eq(r.usage.output, 320); /* thoughts are billed */
    r = read_text("{\"usageMetadata\":{\"promptTokenCount\":10,\"totalTokenCount\":90}}");
    ck_assert_int_eq(r.usage.output, 80);
    r = read_text("{\"usageMetadata\":{\"promptTokenCount\":\"10\",\"candidatesTokenCount\":null}"
                  "}");
    ck_assert(!r.usage.given);
    end();
}
END_TEST

START_TEST(statuses)
{
    begin();
    static const struct {
        int status;
        const char *body;
        hone_status_class want;
    } cases[] = {
        { 200, "", HONE_STATUS_REPLY },
        { 400,
          "{\"error\":{\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":"
          "\"API_KEY_INVALID\"}]}}",
          HONE_STATUS_KEY },
        { 400, "{\"error\":{\"message\":\"too many states for serving\"}}", HONE_STATUS_FORMAT },
        { 400, "{\"error\":{\"message\":\"Unknown name responseSchema\"}}", HONE_STATUS_FORMAT },
        { 400, "{\"error\":{\"message\":\"other\"}}", HONE_STATUS_BAD },
        { 404, "", HONE_STATUS_BAD },
        { 403, "", HONE_STATUS_KEY },
        { 429, "{\"error\":{\"details\":[{\"quotaId\":\"RequestsPerMinute\"}]}}",
          HONE_STATUS_LIMIT },
        { 429, "{\"error\":{\"details\":[{\"quotaId\":\"GenerateRequestsPerDayPerProject\"}]}}",
          HONE_STATUS_MONEY },
        { 503, "", HONE_STATUS_RETRY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(hone_dialect_gemini.status(cases[i].status, cases[i].body,
                                                 strlen(cases[i].body)) == cases[i].want,
                      "case %zu", i);
    const char *info = "{\"error\":{\"details\":[{\"retryDelay\": \"23s\"}]}}";
    ck_assert_double_eq(hone_teach_wait(info, strlen(info)), 23);
    info = "{\"error\":{\"message\":\"Please retry in 29.5s.\"}}";
    ck_assert_double_eq(hone_teach_wait(info, strlen(info)), 29.5);
    ck_assert_double_eq(hone_teach_wait("{\"retryDelay\":\"soon\"}", 21), 0);
    ck_assert_double_eq(hone_teach_wait("{\"retryDelay\":\"9", 16), 0);
    end();
}
END_TEST

/* ---- a server ---- */

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                             MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result answer(struct MHD_Connection *c)
{
    static const char slow[] = "[{\"error\":{\"code\":429,\"details\":[{\"retryDelay\":\"0.1s\"}]}}"
                               "]";
    char text[1024];
    pthread_mutex_lock(&lock);
    int n = hits++;
    bool slower = n % 4 == 1 && limited++ < 3;
    pthread_mutex_unlock(&lock);
    if (slower) return send_text(c, 429, slow);
    for (int i = 0; i < answered; i++)
        if (answers[i] == seed_now) again++; /* a finished request, asked for again */
    answers[answered++ % 256] = seed_now;
    if (day_over && n >= 3) return send_text(c, 429, "{\"quotaId\":\"RequestsPerDay\"}");
    (void)snprintf(text, sizeof text,
                   "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"{"
                   "\\\"rows\\\":[{\\\"user\\\":\\\"timer %d for %d seconds\\\",\\\"arguments\\\":"
                   "\\\"{\\\\\\\"seconds\\\\\\\":%d}\\\",\\\"answer\\\":\\\"no\\\"}]}\"}]},"
                   "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":50,"
                   "\"candidatesTokenCount\":10,\"totalTokenCount\":60}}",
                   n, n + 1, n + 1);
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
    if (!*state) return *state = &seen, MHD_YES;
    if (*size) {
        const char *at = memmem(data, *size, "\"seed\":", 7);
        pthread_mutex_lock(&lock);
        if (at) seed_now = (long)strtoul(at + 7, NULL, 10);
        pthread_mutex_unlock(&lock);
        return *size = 0, MHD_YES;
    }
    const char *key = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "x-goog-api-key");
    pthread_mutex_lock(&lock);
    if (strcmp(url, "/v1beta/models/teacher-1.5:generateContent") != 0) other_path++;
    if (!key || strcmp(key, CANARY) != 0) other_key++;
    pthread_mutex_unlock(&lock);
    return answer(c);
}

static const char tools_text[] = "[{\"type\":\"function\",\"function\":{\"name\":\"start_timer\","
                                 "\"description\":\"Starts a timer.\",\"parameters\":{\"type\":"
                                 "\"object\",\"properties\":{\"seconds\":{\"type\":\"integer\","
                                 "\"description\":\"Length.\"}},\"required\":[\"seconds\"]}}}]";

static hone_remote_options options_for(const char *name)
{
    static char url[64];
    hone_json *tools;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1beta", port);
    ck_assert_int_eq(
        hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1, &err), 0);
    char *path = hone_path_join(dir, name);
    const char *kept = hone_arena_strndup(arena, path, strlen(path));
    hone_free(path);
    hits = limited = other_path = other_key = answered = again = 0;
    day_over = false;
    return (hone_remote_options){ .dialect = hone_dialect_find("gemini"),
                                  .base_url = url,
                                  .model = "models/teacher-1.5",
                                  .key = CANARY,
                                  .tools = tools,
                                  .rows = 12,
                                  .per_request = 1,
                                  .seed = 1,
                                  .max_tokens = 512,
                                  .max_tokens_field = "max_tokens",
                                  .prices = { true, 1, 1, 2 },
                                  .max_concurrency = 1,
                                  .retries = 4,
                                  .backoff = 0.01,
                                  .timeout = 10,
                                  .path = kept };
}

static int64_t figure(const hone_json *report, const char *key)
{
    int64_t n = 0;
    hone_json_i64(hone_json_get(report, key), &n);
    return n;
}

START_TEST(run_and_resume)
{
    begin();
    hone_json *report;
    hone_remote_options o = options_for("a.jsonl");
    ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_eq(figure(report, "rows"), 12);
    ck_assert_int_ge(limited, 3);
    ck_assert_int_eq(other_path, 0);
    ck_assert_int_eq(other_key, 0);
    o.forecast = 120;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
    ck_assert_int_eq(again, 0);
    ck_assert_int_eq(figure(report, "rows"), 12);
    ck_assert_int_eq(figure(report, "requests_from_journal") >= 11, 1);
    ck_assert_int_ge(figure(hone_json_get(report, "forecast"), "requests"), 115);
    end();
}
END_TEST

START_TEST(day_quota_ends_the_run)
{
    begin();
    hone_json *report = NULL;
    hone_remote_options o = options_for("b.jsonl");
    day_over = true;
    limited = 100;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_STOPPED);
    ck_assert_int_le(hits, 8);
    ck_assert_ptr_null(strstr(err.message, CANARY));
    o.model = "../../evil?x";
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_USAGE);
    end();
}
END_TEST

int main(void)
{
    TCase *t = support_case("gemini");
    tcase_add_test(t, replies);
    tcase_add_test(t, usage);
    tcase_add_test(t, statuses);
    tcase_add_test(t, run_and_resume);
    tcase_add_test(t, day_quota_ends_the_run);
    return support_run(t);
}
