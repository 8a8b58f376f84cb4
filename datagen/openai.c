/* OpenAI-compatible chat completions (datagen/provider.h). Every field of a reply may be missing,
 * null or of another type; what is unknown is classified, never a crash. */
#include <stdio.h>
#include <string.h>

#include "datagen/provider.h"

static hone_json *message(hone_arena *a, const char *role, const char *text)
{
    hone_json *m = hone_json_new_object(a);
    if (!m) return NULL;
    hone_json_set(a, m, "role", hone_json_new_str(a, role));
    return hone_json_set(a, m, "content", hone_json_new_str(a, text)) ? m : NULL;
}

/* {"rows":[{"user":..,"arguments"|"answer":..}]}: every property required, nothing else allowed. */
static hone_json *strict_schema(hone_arena *a, bool call)
{
    static const char text[] = "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"rows\","
                               "\"strict\":true,\"schema\":{\"type\":\"object\","
                               "\"properties\":{\"rows\":{\"type\":\"array\",\"items\":{\"type\":"
                               "\"object\",\"properties\":{\"user\":{\"type\":"
                               "\"string\"},\"%s\":{\"type\":\"string\"}},\"required\":[\"user\","
                               "\"%s\"],\"additionalProperties\":false}}},"
                               "\"required\":[\"rows\"],\"additionalProperties\":false}}}";
    const char *second = call ? "arguments" : "answer";
    char filled[sizeof text + 32];
    int n = snprintf(filled, sizeof filled, text, second, second);
    hone_json *v = NULL;
    return n > 0 && hone_json_parse(&v, a, filled, (size_t)n, "schema", 1, NULL) == 0 ? v : NULL;
}

static hone_json *openai_body(hone_arena *a, const hone_teach_ask *ask)
{
    hone_json *o = hone_json_new_object(a);
    hone_json *messages = hone_json_new_array(a);
    if (!o || !messages) return NULL;
    hone_json_set(a, o, "model", hone_json_new_str(a, ask->model));
    hone_json_push(a, messages, message(a, "system", ask->system));
    hone_json_push(a, messages, message(a, "user", ask->prompt));
    hone_json_set(a, o, "messages", messages);
    hone_json_set(a, o, ask->max_tokens_field, hone_json_new_i64(a, ask->max_tokens));
    if (ask->temperature >= 0)
        hone_json_set(a, o, "temperature", hone_json_new_f64(a, ask->temperature));
    hone_json_set(a, o, "seed", hone_json_new_i64(a, ask->seed));
    if (ask->format == HONE_FORMAT_SCHEMA) {
        hone_json_set(a, o, "response_format", ask->schema);
    } else if (ask->format == HONE_FORMAT_OBJECT) {
        hone_json *f = hone_json_new_object(a);
        if (!f) return NULL;
        hone_json_set(a, f, "type", hone_json_new_str(a, "json_object"));
        hone_json_set(a, o, "response_format", f);
    }
    return o;
}

/* ---- replies ---- */

static void read_usage(hone_usage *ret, const hone_json *reply)
{
    const hone_json *u = hone_json_get(reply, "usage");
    if (!hone_json_is(u, HONE_JSON_OBJECT)) return;
    ret->input = hone_teach_count(u, "prompt_tokens");
    ret->output = hone_teach_count(u, "completion_tokens");
    ret->cached_input =
        hone_teach_count(hone_json_get(u, "prompt_tokens_details"), "cached_tokens");
    if (ret->cached_input > ret->input) ret->cached_input = ret->input;
    int64_t total =
        hone_teach_count(u, "total_tokens"); /* some count reasoning in the total alone */
    if (total > ret->input + ret->output) ret->output = total - ret->input;
    ret->given = ret->input > 0 && ret->output > 0;
}

static bool one_of(const hone_json *v, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (hone_json_str_eq(v, words[i])) return true;
    return false;
}

static void openai_read(hone_teach_reply *ret, hone_arena *a, const char *body, size_t len)
{
    static const char *const cut[] = { "length", "max_tokens", "model_length" };
    static const char *const filtered[] = { "content_filter", "safety", "SAFETY" };
    hone_json *v;
    memset(ret, 0, sizeof *ret);
    if (len == 0) {
        hone_teach_classify(ret, HONE_TEACH_EMPTY, "the reply has no body");
        return;
    }
    if (hone_json_parse(&v, a, body, len, "reply", 1, NULL) < 0) {
        hone_teach_classify(ret, HONE_TEACH_BAD_JSON, "the reply is no JSON");
        return;
    }
    read_usage(&ret->usage, v);
    const hone_json *choice = hone_json_at(hone_json_get(v, "choices"), 0);
    const hone_json *m = hone_json_get(choice, "message");
    const hone_json *reason = hone_json_get(choice, "finish_reason");
    const hone_json *content = hone_json_get(m, "content");
    if (!choice && hone_json_get(v, "error"))
        hone_teach_classify(ret, HONE_TEACH_HTTP_ERROR, "an error object came with status 200");
    else if (!hone_json_is(choice, HONE_JSON_OBJECT))
        hone_teach_classify(ret, HONE_TEACH_BAD_SCHEMA, "the reply has no choices");
    else if (one_of(reason, cut, 3))
        hone_teach_classify(ret, HONE_TEACH_CUT, "the answer was cut at the token limit");
    else if (one_of(reason, filtered, 3))
        hone_teach_classify(ret, HONE_TEACH_FILTERED, "the answer was filtered");
    else if (hone_json_is(hone_json_get(m, "refusal"), HONE_JSON_STRING))
        hone_teach_classify(ret, HONE_TEACH_REFUSED, "the model refused");
    else if (!hone_json_is(content, HONE_JSON_STRING))
        hone_teach_classify(ret, HONE_TEACH_EMPTY, "the answer has no text");
    else
        hone_teach_read_rows(ret, a, content->text, content->len);
}

static hone_status_class openai_status(int status, const char *body, size_t len)
{
    if (status >= 200 && status < 300) return HONE_STATUS_REPLY;
    bool quota = hone_teach_holds(body, len, "insufficient_quota") ||
                 hone_teach_holds(body, len, "billing_hard_limit");
    if (status == 402 || (status == 429 && quota)) return HONE_STATUS_MONEY;
    if (status == 401 || status == 403) return HONE_STATUS_KEY;
    if (status == 429) return HONE_STATUS_LIMIT;
    bool format = hone_teach_holds(body, len, "response_format") ||
                  hone_teach_holds(body, len, "json_schema");
    /* llama-cpp-python's server says so with a 500 */
    if ((status == 400 || status == 422 || status == 500) && format) return HONE_STATUS_FORMAT;
    if (status == 408 || status == 409 || status == 425 || status >= 500) return HONE_STATUS_RETRY;
    return HONE_STATUS_BAD;
}

const hone_dialect hone_dialect_openai = { .name = "openai",
                                           .path = "/chat/completions",
                                           .base_env = "OPENAI_BASE_URL",
                                           .key_envs = { "OPENAI_API_KEY" },
                                           .secret = "Authorization: Bearer %s",
                                           .schema = strict_schema,
                                           .body = openai_body,
                                           .read = openai_read,
                                           .status = openai_status };
