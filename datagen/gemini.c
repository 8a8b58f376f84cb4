/*
 * Gemini's own API, :generateContent (datagen/provider.h). A blocked prompt has no candidates, a
 * candidate may have no content, thoughts are billed as output and are not part of the answer, and
 * new reasons to stop appear: all of that is classified, nothing is assumed.
 */
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "datagen/provider.h"

static hone_json *text_part(hone_arena *a, const char *text)
{
    hone_json *part = hone_json_new_object(a);
    hone_json *parts = hone_json_new_array(a);
    hone_json *content = hone_json_new_object(a);
    if (!part || !parts || !content) return NULL;
    hone_json_set(a, part, "text", hone_json_new_str(a, text));
    hone_json_push(a, parts, part);
    return hone_json_set(a, content, "parts", parts) ? content : NULL;
}

/* The subset of OpenAPI that the service knows: upper-case types and an order of properties. */
static hone_json *rows_schema(hone_arena *a, bool call)
{
    static const char text[] = "{\"type\":\"OBJECT\",\"properties\":{\"rows\":{\"type\":\"ARRAY\","
                               "\"items\":{\"type\":\"OBJECT\",\"properties\":{\"user\":{\"type\":"
                               "\"STRING\"},\"%s\":{\"type\":\"STRING\"}},\"required\":[\"user\","
                               "\"%s\"],\"propertyOrdering\":[\"user\",\"%s\"]}}},"
                               "\"required\":[\"rows\"]}";
    const char *second = call ? "arguments" : "answer";
    char filled[sizeof text + 48];
    int n = snprintf(filled, sizeof filled, text, second, second, second);
    hone_json *v = NULL;
    return n > 0 && hone_json_parse(&v, a, filled, (size_t)n, "schema", 1, NULL) == 0 ? v : NULL;
}

static hone_json *config(hone_arena *a, const hone_teach_ask *ask)
{
    hone_json *c = hone_json_new_object(a);
    if (!c) return NULL;
    if (ask->temperature >= 0)
        hone_json_set(a, c, "temperature", hone_json_new_f64(a, ask->temperature));
    hone_json_set(a, c, "candidateCount", hone_json_new_i64(a, 1));
    hone_json_set(a, c, "maxOutputTokens", hone_json_new_i64(a, ask->max_tokens));
    hone_json_set(a, c, "seed", hone_json_new_i64(a, ask->seed));
    if (ask->format != HONE_FORMAT_NONE)
        hone_json_set(a, c, "responseMimeType", hone_json_new_str(a, "application/json"));
    if (ask->format == HONE_FORMAT_SCHEMA)
        hone_json_set(a, c, "responseSchema", ask->schema);
    return c;
}

static hone_json *gemini_body(hone_arena *a, const hone_teach_ask *ask)
{
    hone_json *o = hone_json_new_object(a);
    hone_json *contents = hone_json_new_array(a);
    hone_json *user = text_part(a, ask->prompt);
    if (!o || !contents || !user) return NULL;
    hone_json_set(a, user, "role", hone_json_new_str(a, "user"));
    hone_json_push(a, contents, user);
    hone_json_set(a, o, "systemInstruction", text_part(a, ask->system));
    hone_json_set(a, o, "contents", contents);
    return hone_json_set(a, o, "generationConfig", config(a, ask)) ? o : NULL;
}

/* ---- replies ---- */

static void read_usage(hone_usage *ret, const hone_json *reply)
{
    const hone_json *u = hone_json_get(reply, "usageMetadata");
    if (!hone_json_is(u, HONE_JSON_OBJECT)) return;
    ret->input =
        hone_teach_count(u, "promptTokenCount") + hone_teach_count(u, "toolUsePromptTokenCount");
    ret->cached_input = hone_teach_count(u, "cachedContentTokenCount"); /* part of the prompt */
    ret->output =
        hone_teach_count(u, "candidatesTokenCount") + hone_teach_count(u, "thoughtsTokenCount");
    if (ret->cached_input > ret->input) ret->cached_input = ret->input;
    int64_t total = hone_teach_count(u, "totalTokenCount");
    if (total > ret->input + ret->output) ret->output = total - ret->input;
    ret->given = ret->input > 0 && ret->output > 0;
}

/* The text of all parts that are no thoughts. */
static void join_parts(hone_buf *out, const hone_json *candidate)
{
    const hone_json *parts = hone_json_get(hone_json_get(candidate, "content"), "parts");
    for (size_t i = 0; hone_json_is(parts, HONE_JSON_ARRAY) && i < parts->len; i++) {
        const hone_json *text = hone_json_get(parts->items[i], "text");
        const hone_json *thought = hone_json_get(parts->items[i], "thought");
        if (hone_json_is(thought, HONE_JSON_TRUE) || !hone_json_is(text, HONE_JSON_STRING))
            continue;
        hone_buf_add(out, text->text, text->len);
    }
}

static bool reason_is(const hone_json *reason, const char *const *words)
{
    for (; *words; words++)
        if (hone_json_str_eq(reason, *words)) return true;
    return false;
}

static void read_candidate(hone_teach_reply *ret, hone_arena *a, const hone_json *candidate)
{
    static const char *const filtered[] = { "SAFETY",       "RECITATION", "BLOCKLIST",
                                            "SPII",         "LANGUAGE",   "PROHIBITED_CONTENT",
                                            "IMAGE_SAFETY", NULL };
    static const char *const failed[] = { "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", NULL };
    const hone_json *reason = hone_json_get(candidate, "finishReason");
    if (hone_json_str_eq(reason, "MAX_TOKENS")) {
        hone_teach_classify(ret, HONE_TEACH_CUT, "the answer was cut at the token limit");
    } else if (reason_is(reason, filtered)) {
        hone_teach_classify(ret, HONE_TEACH_FILTERED, "the answer was filtered");
    } else if (reason_is(reason, failed)) {
        hone_teach_classify(ret, HONE_TEACH_BAD_SCHEMA, "the model tried to call a tool");
    } else {
        hone_buf text = HONE_BUF_INIT(16 << 20);
        join_parts(&text, candidate);
        char *copy =
            hone_buf_ok(&text) ? hone_arena_strndup(a, text.data ? text.data : "", text.len) : NULL;
        if (copy)
            hone_teach_read_rows(ret, a, copy, text.len);
        else
            hone_teach_classify(ret, HONE_TEACH_EMPTY, "the answer is too long");
        hone_buf_done(&text);
    }
}

static void gemini_read(hone_teach_reply *ret, hone_arena *a, const char *body, size_t len)
{
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
    if (v->type == HONE_JSON_ARRAY && v->len > 0) v = v->items[0]; /* errors come wrapped */
    read_usage(&ret->usage, v);
    const hone_json *candidate = hone_json_at(hone_json_get(v, "candidates"), 0);
    if (hone_json_is(candidate, HONE_JSON_OBJECT))
        read_candidate(ret, a, candidate);
    else if (hone_json_get(v, "error"))
        hone_teach_classify(ret, HONE_TEACH_HTTP_ERROR, "an error object came with status 200");
    else if (hone_json_get(hone_json_get(v, "promptFeedback"), "blockReason"))
        hone_teach_classify(ret, HONE_TEACH_FILTERED, "the prompt was blocked");
    else
        hone_teach_classify(ret, HONE_TEACH_BAD_SCHEMA, "the reply has no candidates");
}

/* 400 is also what an invalid key and a schema that is too complex get. */
static hone_status_class gemini_status(int status, const char *body, size_t len)
{
    if (status >= 200 && status < 300) return HONE_STATUS_REPLY;
    bool key = hone_teach_holds(body, len, "API_KEY_INVALID") ||
               hone_teach_holds(body, len, "API key not valid");
    if (status == 401 || status == 403 || key) return HONE_STATUS_KEY;
    if (status == 402 || (status == 429 && hone_teach_holds(body, len, "PerDay")))
        return HONE_STATUS_MONEY; /* comes back with the next day, not with the next minute */
    if (status == 429) return HONE_STATUS_LIMIT;
    if (status == 408 || status == 409 || status == 425 || status >= 500) return HONE_STATUS_RETRY;
    bool format = hone_teach_holds(body, len, "schema") || hone_teach_holds(body, len, "Schema") ||
                  hone_teach_holds(body, len, "too many states") ||
                  hone_teach_holds(body, len, "response_mime_type");
    return status == 400 && format ? HONE_STATUS_FORMAT : HONE_STATUS_BAD;
}

const hone_dialect hone_dialect_gemini = {
    .name = "gemini",
    .path = "/models/{model}:generateContent",
    .base_url = "https://generativelanguage.googleapis.com/v1beta",
    .key_envs = { "GOOGLE_API_KEY", "GEMINI_API_KEY" },
    .secret = "x-goog-api-key: %s",
    .schema = rows_schema,
    .body = gemini_body,
    .read = gemini_read,
    .status = gemini_status,
};
