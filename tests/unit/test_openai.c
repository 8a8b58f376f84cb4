/*
 * The remote teacher against a server that misbehaves (libmicrohttpd on loopback): every reply is
 * classified, nothing finished is asked twice, money stays inside the limit, the key shows up
 * nowhere.
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "common/zfile.h"
#include "datagen/remote.h"
#include "tests/support.h"

#define CANARY "sk-canary-0123456789"

typedef enum mode {
    GOOD,
    FLAKY,
    SLOW_DOWN,
    CUT,
    REFUSAL,
    FILTERED,
    EMPTY_BODY,
    HTML,
    ERROR_200,
    WRONG_SHAPE,
    HALF_JSON,
    DEEP,
    NO_USAGE,
    BAD_KEY,
    NO_MONEY,
    NO_MODEL,
    NO_FORMAT,
    NO_FORMAT_500,
    DROP,
    WRONG_ROWS,
    FENCED,
    HOSTILE,
    SECOND_OPINION,
    OUTAGE,
    GONE
} mode;

static struct MHD_Daemon *daemon_;
static uint16_t port;
static mode how;
static int hits, good_hits;
static char seen_key[64];
static int64_t billed; /* micro-units at 1 per token in, 2 per token out */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char dir[64];
static hone_err err;
static hone_arena *arena;

typedef struct upload {
    hone_buf body;
} upload;

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *text,
                             const char *name, const char *value)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                             MHD_RESPMEM_MUST_COPY);
    if (name) MHD_add_response_header(r, name, value);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

/* A reply around content (already a JSON string), with usage. */
static enum MHD_Result chat(struct MHD_Connection *c, const char *content, const char *reason,
                            bool usage)
{
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_buf_printf(&b,
                    "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":%s}"
                    ",\"finish_reason\":\"%s\"}]",
                    content, reason);
    if (usage)
        hone_buf_str(&b, ",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_"
                         "tokens\":150}");
    hone_buf_str(&b, "}");
    enum MHD_Result ok = reply(c, 200, b.data, "Content-Type", "application/json");
    hone_buf_done(&b);
    pthread_mutex_lock(&lock);
    billed += 100 + 2 * 50;
    pthread_mutex_unlock(&lock);
    return ok;
}

/* Rows that name the request's number, so that none repeats another's; alarm or answer by the
 * prompt. */
static enum MHD_Result rows(struct MHD_Connection *c, const char *body, bool usage,
                            const char *before, const char *after, const char *spice)
{
    const char *at = strstr(body, "Number of this request: ");
    unsigned long number = at ? strtoul(at + 24, NULL, 10) : 0;
    bool call = strstr(body, "want NO call") == NULL;
    const char *unit = strstr(body, ": German.") ? "Sekunden" : "seconds"; /* the judge minds */
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_buf quoted = HONE_BUF_INIT(1 << 20);
    hone_buf_printf(&text, "%s{\"rows\":[", before);
    for (int i = 0; i < 5; i++) {
        hone_buf_printf(&text, "%s{\"user\":\"number %lu way %d, %d %s tea%s\",", i ? "," : "",
                        number, i, 60 + i, unit, spice);
        if (call && strstr(body, "two or three things"))
            hone_buf_printf(&text,
                            "\"arguments\":\"[{\\\"name\\\":\\\"start_timer\\\",\\\"arguments\\\":"
                            "{\\\"seconds\\\":%d}},{\\\"name\\\":\\\"start_timer\\\",\\\"arguments"
                            "\\\":{\\\"label\\\":\\\"tea\\\",\\\"seconds\\\":%d}}]\"}",
                            60 + i, 60 + i);
        else if (call)
            hone_buf_printf(&text,
                            "\"arguments\":\"{\\\"seconds\\\":%d,\\\"label\\\":\\\"tea%s\\\"}\"}",
                            60 + i, spice);
        else hone_buf_str(&text, "\"answer\":\"Sorry.\"}");
    }
    hone_buf_printf(&text, "]}%s", after);
    hone_json_write_str(&quoted, text.data, text.len);
    good_hits++;
    enum MHD_Result ok = chat(c, quoted.data, "stop", usage);
    hone_buf_done(&text);
    hone_buf_done(&quoted);
    return ok;
}

/* The second answers: every row but the third of a request as the first reply had it. */
static enum MHD_Result opinions(struct MHD_Connection *c, const char *body)
{
    bool call = strstr(body, "seconds tea") != NULL;
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_buf quoted = HONE_BUF_INIT(1 << 20);
    hone_buf_str(&text, "{\"rows\":[");
    for (int i = 0; i < 5 && call; i++) {
        char mark[40];
        (void)snprintf(mark, sizeof mark, "way %d,", i);
        if (i == 4 || !strstr(body, mark)) continue; /* the fifth is forgotten */
        hone_buf_printf(&text,
                        "%s{\"user\":\"%d\",\"arguments\":\"{\\\"name\\\":\\\"start_timer\\\","
                        "\\\"arguments\\\":{\\\"seconds\\\":%d,\\\"label\\\":\\\"Tea\\\"}}\"}",
                        i ? "," : "", i + 1, i == 2 ? 7 : 60 + i);
    }
    hone_buf_str(&text, "]}");
    hone_json_write_str(&quoted, text.data, text.len);
    enum MHD_Result ok = chat(c, quoted.data, "stop", true);
    hone_buf_done(&text);
    hone_buf_done(&quoted);
    return ok;
}

static enum MHD_Result behave(struct MHD_Connection *c, const char *body)
{
    static char deep[20000];
    memset(deep, '[', sizeof deep - 1);
    pthread_mutex_lock(&lock);
    int n = hits++;
    pthread_mutex_unlock(&lock);
    switch (how) {
    case FLAKY:
        return n % 3 == 0 ? reply(c, n % 2 ? 503 : 500, "busy", NULL, NULL)
                          : rows(c, body, true, "", "", "");
    case SLOW_DOWN:
        return n % 4 == 1
                   ? reply(c, 429, "{\"error\":{\"message\":\"slow\"}}", "Retry-After", "0.05")
                   : rows(c, body, true, "", "", "");
    case CUT: return chat(c, "\"{\\\"rows\\\":[{\\\"user\\\":\\\"a\"", "length", true);
    case REFUSAL:
        return reply(c, 200,
                     "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\"},\"finish_"
                     "reason\":\"stop\"}]}",
                     NULL, NULL);
    case FILTERED: return chat(c, "null", "content_filter", true);
    case EMPTY_BODY: return reply(c, 200, "", NULL, NULL);
    case HTML: return reply(c, 200, "<html>down</html>", NULL, NULL);
    case ERROR_200: return reply(c, 200, "{\"error\":{\"message\":\"overloaded\"}}", NULL, NULL);
    case WRONG_SHAPE:
        return n % 2 ? reply(c, 200, "{\"choices\":[7]}", NULL, NULL)
                     : chat(c, "\"[1,2]\"", "stop", true);
    case HALF_JSON: return chat(c, "\"{\\\"rows\\\":[\"", "stop", true);
    case DEEP: return reply(c, 200, deep, NULL, NULL);
    case NO_USAGE: return rows(c, body, false, "", "", "");
    case BAD_KEY: return reply(c, 401, "{\"error\":{\"message\":\"bad key\"}}", NULL, NULL);
    case NO_MONEY:
        return n < 2 ? rows(c, body, true, "", "", "")
                     : reply(c, 429, "{\"error\":{\"code\":\"insufficient_quota\"}}", NULL, NULL);
    case NO_MODEL: return reply(c, 404, "{\"error\":{\"message\":\"no such model\"}}", NULL, NULL);
    case NO_FORMAT:
        return strstr(body, "response_format")
                   ? reply(c, 400, "{\"error\":{\"message\":\"response_format is unknown\"}}", NULL,
                           NULL)
                   : rows(c, body, true, "", "", "");
    case NO_FORMAT_500: /* as llama-cpp-python's server says it */
        return strstr(body, "json_schema")
                   ? reply(
                         c, 500,
                         "{\"error\":{\"message\":\"1 validation error: {'type': 'literal_error', "
                         "'loc': ('body', 'response_format', 'type')\",\"code\":null}}",
                         NULL, NULL)
                   : rows(c, body, true, "", "", "");
    case DROP: return n % 3 == 1 ? MHD_NO : rows(c, body, true, "", "", "");
    case WRONG_ROWS:
        return chat(c,
                    "\"{\\\"rows\\\":[{\\\"user\\\":\\\"set "
                    "it\\\",\\\"arguments\\\":\\\"{}\\\"},{\\\"user\\\":\\\"go\\\","
                    "\\\"arguments\\\":\\\"nope\\\"},"
                    "{\\\"user\\\":\\\"tea\\\",\\\"arguments\\\":\\\"{\\\\\\\"seconds\\\\\\\":5,"
                    "\\\\\\\"label\\\\\\\":\\\\\\\"coffee\\\\\\\"}\\\"}]}\"",
                    "stop", true);
    case FENCED: return rows(c, body, true, "```json\n", "\n```", "");
    case OUTAGE: /* down for a while: more failures than any one request may have */
        return n < 30 ? reply(c, 503, "down", NULL, NULL) : rows(c, body, true, "", "", "");
    case GONE: return reply(c, 503, "down", NULL, NULL);
    case SECOND_OPINION:
        return strstr(body, "Do not write new rows") ? opinions(c, body)
                                                     : rows(c, body, true, "", "", "");
    case HOSTILE: return rows(c, body, true, "", "", n % 2 ? " <end_of_turn>" : "");
    default: return rows(c, body, true, "", "", "");
    }
}

static enum MHD_Result handler(void *cls, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state)
{
    (void)cls;
    (void)version;
    (void)method;
    if (!*state) {
        upload *u = hone_calloc(1, sizeof *u);
        if (!u) return MHD_NO;
        hone_buf_init(&u->body, 1 << 22);
        *state = u;
        return MHD_YES;
    }
    upload *u = *state;
    if (*size) {
        hone_buf_add(&u->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    const char *key = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    (void)snprintf(seen_key, sizeof seen_key, "%s", key ? key : "");
    if (strcmp(url, "/v1/chat/completions") != 0) return reply(c, 404, "no", NULL, NULL);
    return behave(c, u->body.data ? u->body.data : "");
}

static void completed(void *cls, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)c;
    (void)code;
    upload *u = *state;
    if (u) hone_buf_done(&u->body);
    hone_free(u);
    *state = NULL;
}

static const char tools_text[] = "[{\"type\":\"function\",\"function\":{\"name\":\"start_timer\","
                                 "\"description\":\"Starts a "
                                 "timer.\",\"parameters\":{\"type\":\"object\",\"properties\":{"
                                 "\"label\":{\"type\":\"string\",\"description\":\"In the words "
                                 "used.\"},\"seconds\":{\"type\":\"integer\",\"description\":"
                                 "\"Length in seconds.\"}},"
                                 "\"required\":[\"seconds\"]}}}]";

static hone_remote_options options_for(mode m, const char *name)
{
    static char url[64];
    hone_json *tools;
    how = m;
    hits = good_hits = 0;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/", port);
    ck_assert_int_eq(
        hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1, &err), 0);
    char *path = hone_path_join(dir, name);
    const char *kept = hone_arena_strndup(arena, path, strlen(path));
    hone_free(path);
    return (hone_remote_options){ .dialect = hone_dialect_find("openai"),
                                  .base_url = url,
                                  .model = "teacher",
                                  .key = CANARY,
                                  .tools = tools,
                                  .rows = 40,
                                  .per_request = 5,
                                  .mix.no_call = 20,
                                  .seed = 1,
                                  .temperature = 1,
                                  .max_tokens = 512,
                                  .max_tokens_field = "max_tokens",
                                  .prices = { true, 1, 1, 2 },
                                  .max_concurrency = 6,
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

static int64_t outcome(const hone_json *report, const char *word)
{
    return figure(hone_json_get(report, "outcomes"), word);
}

/* The key is in no file of the folder. */
static void no_canary(void)
{
    char **names;
    size_t n;
    ck_assert_int_eq(hone_fs_list(&names, &n, dir, &err), 0);
    for (size_t i = 0; i < n; i++) {
        char *path = hone_path_join(dir, names[i]);
        hone_buf b;
        if (hone_fs_is_file(path)) {
            ck_assert_int_eq(hone_fs_read(&b, path, 1 << 26, &err), 0);
            ck_assert_msg(b.len == 0 || !memmem(b.data, b.len, CANARY, strlen(CANARY)),
                          "%s holds the key", names[i]);
            hone_buf_done(&b);
        }
        hone_free(path);
    }
    hone_fs_list_free(names, n);
    ck_assert_ptr_null(strstr(err.message, CANARY));
}

static void begin(void)
{
    support_scratch(dir);
    hone_err_clear(&err);
    arena = hone_arena_new();
    billed = 0;
    daemon_ =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, handler,
                         NULL, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    ck_assert_ptr_nonnull(daemon_);
    port = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void end(void)
{
    MHD_stop_daemon(daemon_);
    no_canary();
    arena = hone_arena_free(arena);
    support_scratch_done(dir);
}

START_TEST(good_run_and_resume)
{
    hone_json *report;
    hone_buf first;
    hone_buf second;
    begin();
    hone_remote_options o = options_for(GOOD, "rows.jsonl");
    ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_eq(figure(report, "rows"), 40);
    ck_assert_int_ge(figure(hone_json_get(report, "per_category"), "start_timer"), 25);
    ck_assert_str_eq(seen_key, "Bearer " CANARY);
    ck_assert_int_eq(hone_fs_read(&first, o.path, 1 << 24, &err), 0);
    int before = hits;
    ck_assert_int_ge(before, 8);
    o.max_concurrency =
        1; /* the order of replies may differ, the rows may not be asked for again */
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
    ck_assert_int_eq(hits, before);
    ck_assert_int_eq(figure(report, "requests_sent"), 0);
    ck_assert_int_eq(hone_fs_read(&second, o.path, 1 << 24, &err), 0);
    ck_assert_uint_gt(second.len, 0);
    hone_buf_done(&first);
    hone_buf_done(&second);
    end();
}
END_TEST

/* Kinds of rows come in their shares, and a second run asks for the very same. */
START_TEST(kinds_of_rows)
{
    hone_json *report;
    begin();
    hone_remote_options o = options_for(GOOD, "kinds.jsonl");
    o.mix = (hone_mix){ .no_call = 30,
                        .ask_back = 10,
                        .parallel = 30,
                        .masked = 20,
                        .few_tools = 10,
                        .lengths = { 1, 1, 0 },
                        .languages = { "en", "de" },
                        .language_count = 2 };
    o.rows = 100;
    ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_eq(figure(report, "rows"), 100);
    const hone_json *per = hone_json_get(report, "per_category");
    const hone_json *kinds = hone_json_get(report, "per_kind");
    ck_assert_int_ge(figure(per, "parallel"), 25);
    ck_assert_int_le(figure(per, "parallel"), 35);
    ck_assert_int_ge(figure(kinds, "ask_back"), 5);
    ck_assert_int_ge(figure(kinds, "no_call"), 15);
    ck_assert_int_ge(figure(report, "masked"), 10);
    int before = hits;
    for (int i = 0; i < 2; i++) {
        o.max_concurrency = 1 + i;
        ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
        ck_assert_int_eq(hits, before); /* what was asked for stands in the journal */
    }
    end();
}
END_TEST

START_TEST(faults_that_pass)
{
    static const mode modes[] = {
        FLAKY, SLOW_DOWN, NO_USAGE, NO_FORMAT, NO_FORMAT_500, DROP, FENCED
    };
    hone_json *report;
    begin();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "pass%zu.jsonl", i);
        hone_remote_options o = options_for(modes[i], name);
        ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "mode %d: %s", (int)modes[i],
                      err.message);
        ck_assert_int_eq(figure(report, "rows"), 40);
        if (modes[i] == DROP) ck_assert_int_gt(outcome(report, "unknown_outcome"), 0);
        if (modes[i] == SLOW_DOWN) ck_assert_int_gt(figure(report, "requests_retried"), 0);
    }
    end();
}
END_TEST

START_TEST(every_reply_is_classified)
{
    static const struct {
        mode how;
        const char *word;
    } cases[] = { { CUT, "cut" },
                  { REFUSAL, "refused" },
                  { FILTERED, "filtered" },
                  { EMPTY_BODY, "empty" },
                  { HTML, "bad_json" },
                  { ERROR_200, "http_error" },
                  { WRONG_SHAPE, "bad_schema" },
                  { HALF_JSON, "bad_json" },
                  { DEEP, "bad_json" } };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[32];
        hone_json *report = NULL;
        (void)snprintf(name, sizeof name, "class%zu.jsonl", i);
        hone_remote_options o = options_for(cases[i].how, name);
        o.rows = 10;
        ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_REMOTE);
        ck_assert_msg(report && outcome(report, cases[i].word) > 0, "%s was not counted",
                      cases[i].word);
        ck_assert_int_eq(figure(report, "rows"), 0);
        ck_assert(!hone_fs_exists(o.path)); /* no file of no rows */
        hone_err_clear(&err);
    }
    end();
}
END_TEST

START_TEST(the_judge_has_reasons)
{
    hone_json *report = NULL;
    begin();
    hone_remote_options o = options_for(WRONG_ROWS, "wrong.jsonl");
    o.rows = 10;
    o.mix.no_call = 0;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_REMOTE);
    const hone_json *per = hone_json_get(hone_json_get(report, "refused_per_category"), "start_"
                                                                                        "timer");
    ck_assert_int_gt(figure(per, "schema"), 0);
    ck_assert_int_gt(figure(per, "arguments_no_object"), 0);
    ck_assert_int_gt(figure(per, "not_in_utterance"), 0);
    hone_err_clear(&err);
    o = options_for(HOSTILE, "hostile.jsonl");
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
    ck_assert_int_gt(figure(hone_json_get(hone_json_get(report, "refused_per_category"), "start_"
                                                                                         "timer"),
                            "control_token"),
                     0);
    end();
}
END_TEST

START_TEST(runs_that_stop)
{
    hone_json *report = NULL;
    begin();
    hone_remote_options o = options_for(BAD_KEY, "key.jsonl");
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_REMOTE);
    ck_assert_int_le(hits, 6);
    hone_err_clear(&err);
    o = options_for(NO_MODEL, "model.jsonl");
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_REMOTE);
    ck_assert_int_le(hits, 8);
    hone_err_clear(&err);
    o = options_for(NO_MONEY, "money.jsonl");
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_STOPPED);
    hone_err_clear(&err);
    how = GOOD; /* there is money again: goes on, asks nothing twice */
    int before = good_hits;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
    ck_assert_int_eq(figure(report, "requests_from_journal"), before);
    hone_err_clear(&err);
    o = options_for(GOOD, "refused.jsonl");
    o.base_url = "http://127.0.0.1:1/v1";
    o.retries = 1;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_REMOTE);
    end();
}
END_TEST

/* Spent never passes the limit, over restarts; what the server billed is never more than what was
 * booked. */
START_TEST(money)
{
    hone_json *report = NULL;
    begin();
    for (int i = 0; i < 12; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "money%d.jsonl", i);
        billed = 0;
        hone_remote_options o = options_for(i % 3 == 0   ? DROP
                                            : i % 3 == 1 ? FLAKY
                                                         : NO_USAGE,
                                            name);
        o.max_cost = 0.012 + 0.004 * i;
        o.rows = 200;
        for (int restart = 0; restart < 3; restart++) {
            report = NULL;
            int rc = hone_remote_run(&o, arena, &report, &err);
            ck_assert_msg(rc == 0 || rc == HONE_E_STOPPED || rc == HONE_E_REMOTE, "%s",
                          err.message);
            hone_err_clear(&err);
            if (!report) continue;
            double spent = hone_json_f64(hone_json_get(report, "spent"));
            ck_assert_msg(spent <= o.max_cost + 1e-9, "spent %g of %g", spent, o.max_cost);
            if (i % 3 != 0)
                ck_assert_msg((double)billed / 1e6 <= spent + 1e-9, "billed %g, booked %g",
                              (double)billed / 1e6, spent);
        }
    }
    hone_remote_options o = options_for(GOOD, "noprice.jsonl");
    o.max_cost = 1;
    o.prices.given = false;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_USAGE);
    end();
}
END_TEST

START_TEST(prices_and_costs)
{
    hone_prices p;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_prices_parse(&p, "0.5,2", &err), 0);
    ck_assert_double_eq(p.cached_input, 0.5);
    ck_assert_int_eq(hone_prices_parse(&p, "0.5,0.1,2", &err), 0);
    hone_usage u = { true, 1000, 400, 100 };
    ck_assert_int_eq(hone_cost_used(&p, &u), 600 / 2 + 40 + 200);
    static const char *const bad[] = { "", "1", "1,", "a,b", "1,2,3,4", "-1,2", "1,nan", "1;2" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(hone_prices_parse(&p, bad[i], &err), HONE_E_USAGE);
}
END_TEST

START_TEST(outages)
{
    hone_json *report;
    begin();
    hone_remote_options o = options_for(OUTAGE, "outage.jsonl");
    o.quiet = 0.02;
    o.probe = 0.02;
    ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_eq(figure(report, "rows"), 40);
    ck_assert_int_eq(figure(report, "requests_given_up"), 0); /* the breaker waited for it */
    o = options_for(GONE, "gone.jsonl");
    o.quiet = 0.02;
    o.probe = 0.02;
    o.outage = 0.3;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), HONE_E_STOPPED);
    ck_assert_int_lt(hits, 60);
    end();
}
END_TEST

START_TEST(cross_check)
{
    hone_json *report;
    begin();
    hone_remote_options o = options_for(SECOND_OPINION, "checked.jsonl");
    o.cross_check = true;
    o.mix.no_call = 0;
    o.rows = 24;
    ck_assert_msg(hone_remote_run(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_eq(figure(report, "rows"), 24);
    const hone_json *refused = hone_json_get(hone_json_get(report, "refused_per_category"), "start_"
                                                                                            "time"
                                                                                            "r");
    ck_assert_int_ge(figure(refused, "teacher_disagrees"), 7); /* one of five each time */
    ck_assert_int_ge(figure(refused, "not_checked"), 7);
    int before = hits;
    o.max_concurrency = 1;
    ck_assert_int_eq(hone_remote_run(&o, arena, &report, &err), 0);
    ck_assert_int_eq(hits, before); /* both kinds of requests come from the journal */
    ck_assert_int_eq(figure(report, "rows"), 24);
    end();
}
END_TEST

START_TEST(plan_sends_nothing)
{
    hone_json *plan;
    begin();
    hone_remote_options o = options_for(GOOD, "plan.jsonl");
    ck_assert_int_eq(hone_remote_plan(&o, arena, &plan, &err), 0);
    ck_assert_int_eq(figure(plan, "requests"), 8);
    ck_assert_int_eq(hits, 0);
    ck_assert(!hone_fs_exists(o.path));
    end();
}
END_TEST

int main(void)
{
    TCase *t = support_case("openai");
    tcase_add_test(t, good_run_and_resume);
    tcase_add_test(t, kinds_of_rows);
    tcase_add_test(t, faults_that_pass);
    tcase_add_test(t, every_reply_is_classified);
    tcase_add_test(t, the_judge_has_reasons);
    tcase_add_test(t, runs_that_stop);
    tcase_add_test(t, money);
    tcase_add_test(t, prices_and_costs);
    tcase_add_test(t, outages);
    tcase_add_test(t, cross_check);
    tcase_add_test(t, plan_sends_nothing);
    return support_run(t);
}
