/* Bodies of requests (datagen/ask.h): the same bytes that the dialect writes around the whole
 * prompt, whatever tools, seeds and names hold. */
#include <string.h>

#include "datagen/ask.h"
#include "tests/support.h"

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"start\",\"description\":\"Starts a "
    "\\\"timer\\\" {count} n\xc3\xa9\\n\\u0001.\",\"parameters\":{\"type\":\"object\","
    "\"properties\":{\"label\":{\"type\":\"string\"},\"unit\":{\"type\":\"string\",\"enum\":["
    "\"a\\\"b\",\"c\"]}},\"required\":[\"label\"]}}}]";

static hone_arena *arena;
static hone_err err;
static hone_asker asker;

static hone_remote_options options(const hone_dialect *dialect)
{
    hone_json *tools = NULL;
    ck_assert_int_eq(hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1,
                                     &err),
                     0);
    return (hone_remote_options){ .dialect = dialect,
                                  .base_url = "http://127.0.0.1:1/v1",
                                  .model = "m-1",
                                  .tools = tools,
                                  .per_request = 10,
                                  .seed = 3,
                                  .temperature = 0.7,
                                  .max_tokens = 99,
                                  .max_tokens_field = "max_tokens" };
}

static void setup(void)
{
    arena = hone_arena_new();
    hone_err_clear(&err);
}

static void teardown(void)
{
    hone_arena_free(arena);
}

/* The text of the prompt, wherever the dialect puts it. */
static const char *prompt_of(const hone_json *body)
{
    const hone_json *m = hone_json_at(hone_json_get(body, "messages"), 1);
    const hone_json *c = hone_json_at(hone_json_get(body, "contents"), 0);
    const hone_json *text = m ? hone_json_get(m, "content")
                              : hone_json_get(hone_json_at(hone_json_get(c, "parts"), 0), "text");
    ck_assert(hone_json_is(text, HONE_JSON_STRING));
    return text->text;
}

static void check_body(const hone_remote_options *o, const hone_wish *wish, hone_format format,
                       const hone_check *check)
{
    hone_asked q;
    hone_json *v = NULL;
    asker.format = format;
    ck_assert_int_eq(hone_asker_make(&asker, 5, wish, check, &q, &err), 0);
    ck_assert_uint_eq(strlen(q.body), q.body_len);
    ck_assert_int_eq(hone_json_parse(&v, arena, q.body, q.body_len, "body", 1, &err), 0);
    bool call = check || wish->kind == HONE_WISH_SIMPLE || wish->kind == HONE_WISH_PARALLEL;
    const char *prompt = prompt_of(v);
    const hone_json *system = hone_json_at(hone_json_get(v, "messages"), 0);
    const hone_json *parts = hone_json_get(hone_json_get(v, "systemInstruction"), "parts");
    hone_teach_ask ask = { .model = o->model,
                           .system = system ? hone_json_get(system, "content")->text
                                            : hone_json_get(parts->items[0], "text")->text,
                           .prompt = prompt,
                           .schema = o->dialect->schema(arena, call),
                           .format = format,
                           .max_tokens = 99,
                           .max_tokens_field = "max_tokens",
                           .temperature = check ? 0 : 0.7,
                           .seed = 8 };
    hone_buf whole = HONE_BUF_INIT(1 << 20);
    hone_json_write(&whole, o->dialect->body(arena, &ask), HONE_JSON_COMPACT);
    ck_assert_str_eq(q.body, whole.data);
    ck_assert_ptr_nonnull(strstr(prompt, "Starts a \\\"timer\\\" {count} n\xc3\xa9\\n\\u0001."));
    ck_assert(check || strstr(prompt, "Number of this request: 5."));
    ck_assert(!check || strstr(prompt, "say \\\"tea\\\" \\\\ {style}"));
    hone_buf_done(&whole);
    hone_free(q.body);
}

START_TEST(frames_give_the_bytes_of_the_dialect)
{
    const hone_remote_options o = options(_i ? &hone_dialect_gemini : &hone_dialect_openai);
    hone_staged row = { .row = { .user = "say \"tea\" \\ {style}" } };
    const hone_check check = { &row, 1 };
    ck_assert_int_eq(hone_asker_start(&asker, arena, &o, &err), 0);
    for (int f = 0; f <= HONE_FORMAT_NONE; f++) {
        for (int kind = 0; kind < HONE_WISH_KINDS; kind++) {
            bool named = kind == HONE_WISH_SIMPLE || kind == HONE_WISH_ASK_BACK;
            hone_wish w = { .kind = kind, .function = named ? 0 : -1, .argument = -1, .value = -1,
                            .length = -1 };
            if (kind == HONE_WISH_SIMPLE) w.argument = 1, w.value = 0; /* a"b */
            check_body(&o, &w, (hone_format)f, NULL);
        }
        hone_wish w = { .function = 0, .argument = -1, .value = -1, .length = -1 };
        check_body(&o, &w, (hone_format)f, &check);
    }
}
END_TEST

START_TEST(a_name_that_looks_like_the_prompt_is_refused)
{
    hone_remote_options o = options(&hone_dialect_openai);
    o.model = "\x01";
    ck_assert_int_eq(hone_asker_start(&asker, arena, &o, &err), HONE_E_USAGE);
}
END_TEST

int main(void)
{
    TCase *t = support_case("ask");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, frames_give_the_bytes_of_the_dialect, 0, 2);
    tcase_add_test(t, a_name_that_looks_like_the_prompt_is_refused);
    return support_run(t);
}
