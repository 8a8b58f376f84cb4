/*
 * Answers from servers: replies of every kind as answers, and a server on loopback that is slow to
 * come up, limits, refuses single rows, drops connections and asks for a key.
 */
#include <math.h>
#include <microhttpd.h>
#include <string.h>

#include "eval/endpoint.h"
#include "tests/support.h"

#define C(body) "<start_function_call>call:" body "<end_function_call>"

static hone_arena *arena;
static hone_err err;

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
}

static void teardown(void)
{
    hone_arena_free(arena);
}

/* ---- replies ---- */

#define CHAT(message, reason)                                                                      \
    "{\"choices\":[{\"message\":" message ",\"finish_reason\":\"" reason "\"}],"                   \
    "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}"

static const struct {
    hone_endpoint_api api;
    const char *body, *text; /* NULL: no completion */
    hone_stop stop;
} replies[] = {
    { HONE_ENDPOINT_CHAT_NATIVE,
      CHAT("{\"content\":null,\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":"
           "\"{\\\"a\\\":1,\\\"b\\\":\\\"x\\\"}\"}}]}", "tool_calls"),
      C("f{a:1,b:<escape>x<escape>}"), HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_NATIVE,
      CHAT("{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}},"
           "{\"function\":{\"name\":\"g\"}}]}", "stop"),
      C("f{a:1}") C("g{}"), HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_NATIVE, /* cut arguments are malformed, never a refusal */
      CHAT("{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}]}",
           "length"),
      "<start_function_call>call:<end_function_call>", HONE_STOP_LENGTH },
    { HONE_ENDPOINT_CHAT_NATIVE, CHAT("{\"content\":\"Sorry.\"}", "stop"), "Sorry.",
      HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_NATIVE, CHAT("{\"content\":null}", "stop"), "", HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_NATIVE, CHAT("{\"content\":\"\"}", "content_filter"), "",
      HONE_STOP_ERROR },
    { HONE_ENDPOINT_CHAT_NATIVE, CHAT("{\"content\":\"[{\\\"name\\\":\\\"f\\\"}]\"}", "stop"),
      "[{\"name\":\"f\"}]", HONE_STOP_TOKEN }, /* text, where calls have a place of their own */
    { HONE_ENDPOINT_CHAT_PROMPT,
      CHAT("{\"content\":\"[{\\\"name\\\":\\\"f\\\",\\\"arguments\\\":{\\\"a\\\":true}}]\"}",
           "stop"), C("f{a:true}"), HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_PROMPT,
      CHAT("{\"content\":\"```json\\n{\\\"name\\\":\\\"f\\\"}\\n```\"}", "stop"), C("f{}"),
      HONE_STOP_TOKEN },
    { HONE_ENDPOINT_CHAT_PROMPT, CHAT("{\"content\":\"[1,2]\"}", "stop"), "[1,2]",
      HONE_STOP_TOKEN },
    { HONE_ENDPOINT_RAW, "{\"choices\":[{\"text\":\"" C("f{}") "\",\"finish_reason\":\"stop\"}]}",
      C("f{}"), HONE_STOP_TOKEN },
    { HONE_ENDPOINT_RAW, "{\"choices\":[{\"text\":5}]}", NULL, 0 },
    { HONE_ENDPOINT_RAW, "{\"choices\":[]}", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE, "{\"error\":{\"message\":\"no\"}}", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE, "{\"choices\":[{}]}", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE, "<html>", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE, "", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE, "{\"choices\":7,\"usage\":[]}", NULL, 0 },
    { HONE_ENDPOINT_CHAT_NATIVE,
      CHAT("{\"tool_calls\":[5,{\"function\":7},{\"function\":{\"name\":[]}}]}", "stop"),
      "<start_function_call>call:<end_function_call><start_function_call>call:"
      "<end_function_call><start_function_call>call:<end_function_call>", HONE_STOP_TOKEN },
};

START_TEST(test_reply)
{
    hone_answer a = { .present = false };
    bool ok = hone_endpoint_read(&a, arena, replies[_i].api, replies[_i].body,
                                 strlen(replies[_i].body));
    ck_assert_int_eq(ok, replies[_i].text != NULL);
    if (!ok) return;
    ck_assert_str_eq(a.text, replies[_i].text);
    ck_assert_int_eq(a.stop, replies[_i].stop);
}
END_TEST

/* ---- a server ---- */

static enum { STEADY, LIMITS, REFUSES_ONE, DROPS, WANTS_KEY, DOWN } behaviour;
static int asked;
static char last_body[1 << 16];

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                             MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result behave(struct MHD_Connection *c)
{
    static const char fine[] = CHAT("{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":"
                                    "\"{}\"}}]}", "tool_calls");
    const char *key = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    int n = ++asked;
    switch (behaviour) {
    case LIMITS: return n % 2 ? reply(c, 429, "slow down") : reply(c, 200, fine);
    case REFUSES_ONE:
        return strstr(last_body, "say 2") ? reply(c, 400, "no") : reply(c, 200, fine);
    case DROPS: return n == 1 ? MHD_NO : reply(c, 200, fine);
    case WANTS_KEY:
        return key && !strcmp(key, "Bearer secret") ? reply(c, 200, fine) : reply(c, 401, "key?");
    case DOWN: return reply(c, 503, "down");
    default: return reply(c, 200, fine);
    }
}

static enum MHD_Result handler(void *cls, struct MHD_Connection *c, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state)
{
    static int begun;
    static size_t len;
    (void)cls;
    (void)method;
    (void)version;
    (void)url;
    if (!*state) {
        *state = &begun;
        len = 0;
        return MHD_YES;
    }
    if (*size) {
        size_t n = *size < sizeof last_body - 1 - len ? *size : sizeof last_body - 1 - len;
        memcpy(last_body + len, data, n);
        len += n;
        last_body[len] = '\0';
        *size = 0;
        return MHD_YES;
    }
    return behave(c);
}

enum { ROWS = 4 };
static hone_rows *rows;
static hone_answer answers[ROWS];
static char dir[64];

static void rows_open(void)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    support_scratch(dir);
    for (int i = 0; i < ROWS; i++)
        hone_buf_printf(&text, "{\"id\":\"r%d\",\"tools\":[{\"type\":\"function\",\"function\":"
                               "{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":"
                               "\"object\",\"properties\":{}}}}],\"messages\":[{\"role\":\"user\","
                               "\"content\":\"say %d\"}],\"expected\":{\"calls\":[]}}\n", i, i);
    const char *path = support_path(dir, "rows.jsonl");
    ck_assert_int_eq(hone_fs_write(path, text.data, text.len, &err), 0);
    ck_assert_int_eq(hone_rows_load(&rows, path, NULL, &err), 0);
    hone_buf_done(&text);
    memset(answers, 0, sizeof answers);
}

static hone_json *further; /* members of the next requests */

static int ask(hone_endpoint_api api, const char *key)
{
    char url[64];
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, handler,
                         NULL, MHD_OPTION_END);
    ck_assert_ptr_nonnull(d);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/",
                   MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    asked = 0;
    const hone_endpoint e = { .base_url = url, .model = "m", .key = key, .api = api,
                              .max_tokens = 16, .connections = 1, .label = "asking",
                              .body = further };
    int rc = hone_endpoint_answers(answers, arena, rows, &e, &err);
    MHD_stop_daemon(d);
    return rc;
}

static void rows_close(void)
{
    hone_rows_free(rows);
    support_scratch_done(dir);
}

START_TEST(test_server)
{
    static const int kinds[] = { STEADY, LIMITS, DROPS };
    for (int k = 0; k < 3; k++) {
        rows_open();
        behaviour = kinds[k];
        int rc = ask(HONE_ENDPOINT_CHAT_NATIVE, NULL);
        ck_assert_msg(rc == 0, "%s", err.message);
        for (int i = 0; i < ROWS; i++) ck_assert_str_eq(answers[i].text, C("f{}"));
        rows_close();
    }
    ck_assert(strstr(last_body, "\"tools\":[{"));
    ck_assert(strstr(last_body, "\"temperature\":0"));
    ck_assert(!strstr(last_body, "developer")); /* the activation line is ours alone */
}
END_TEST

START_TEST(test_prompts)
{
    rows_open();
    behaviour = STEADY;
    ck_assert_int_eq(ask(HONE_ENDPOINT_CHAT_PROMPT, NULL), 0);
    ck_assert(strstr(last_body, "You can call functions"));
    ck_assert(!strstr(last_body, "\"tools\":["));
    memset(answers, 0, sizeof answers);
    (void)ask(HONE_ENDPOINT_RAW, NULL); /* a chat reply is no completion: rows are lost */
    ck_assert(strstr(last_body, "<start_of_turn>user\\nsay 3<end_of_turn>"));
    ck_assert(!strstr(last_body, "<bos>"));
    ck_assert_int_eq(answers[0].stop, HONE_STOP_ERROR);
    rows_close();
}
END_TEST

/* Members of the caller's own: added, in place of ours, or taking ours out; a row's own prompt. */
START_TEST(test_body)
{
    static const char body[] = "{\"repeat_penalty\":1.0,\"seed\":7,\"temperature\":null}";
    rows_open();
    behaviour = STEADY;
    ck_assert_int_eq(hone_json_parse(&further, arena, body, sizeof body - 1, "b", 1, &err), 0);
    rows->items[3].prompt = "<bos>own";
    (void)ask(HONE_ENDPOINT_RAW, NULL);
    further = NULL;
    ck_assert(strstr(last_body, "\"repeat_penalty\":1.0"));
    ck_assert(strstr(last_body, "\"seed\":7"));
    ck_assert(!strstr(last_body, "temperature"));
    ck_assert(strstr(last_body, "\"prompt\":\"own\""));
    rows_close();
}
END_TEST

START_TEST(test_refusals)
{
    rows_open();
    behaviour = REFUSES_ONE;
    ck_assert_int_eq(ask(HONE_ENDPOINT_CHAT_NATIVE, NULL), 0);
    ck_assert_int_eq(answers[2].stop, HONE_STOP_ERROR);
    ck_assert_str_eq(answers[3].text, C("f{}"));
    memset(answers, 0, sizeof answers);
    behaviour = WANTS_KEY;
    ck_assert_int_eq(ask(HONE_ENDPOINT_CHAT_NATIVE, "wrong"), HONE_E_REFUSED);
    ck_assert(!strstr(err.message, "wrong"));
    hone_err_clear(&err);
    ck_assert_int_eq(ask(HONE_ENDPOINT_CHAT_NATIVE, "secret"), 0);
    rows_close();
}
END_TEST

int main(void)
{
    TCase *t = support_case("endpoint");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_reply, 0, sizeof replies / sizeof replies[0]);
    tcase_add_test(t, test_server);
    tcase_add_test(t, test_prompts);
    tcase_add_test(t, test_body);
    tcase_add_test(t, test_refusals);
    return support_run(t);
}
