/*
 * Rendering beyond the golden prompts, and encoding: prompt and completion, labels of every part
 * that the model writes, ids equal to those of the whole text, control tokens in data refused, the
 * cache.
 */
#include "model/chat.h"
#include "tests/support.h"
#include "tests/support_tokenizer.h"

static hone_arena *arena;
static hone_tokenizer *tokenizer;

static void setup(void)
{
    arena = hone_arena_new();
    tokenizer = support_tokenizer();
}

static void teardown(void)
{
    arena = hone_arena_free(arena);
    hone_tokenizer_free(tokenizer);
}

static hone_row read_row(const char *text)
{
    hone_json *v = NULL;
    hone_row row;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_json_parse(&v, arena, text, strlen(text), "test", 1, NULL), 0);
    int rc = hone_row_read(&row, arena, v, NULL, "rows", 1, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return row;
}

/* The text of all labelled ids, stretches separated by '|'. */
static const char *trained(const hone_encoded *e)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    bool open = false;
    hone_buf_str(&out, "");
    for (size_t i = 0; i < e->count; i++) {
        if (e->labels[i] && !open && out.len) hone_buf_char(&out, '|');
        if (e->labels[i]) hone_tokenizer_decode(tokenizer, &e->ids[i], 1, &out);
        open = e->labels[i];
    }
    const char *text = hone_arena_strndup(arena, out.data, out.len);
    hone_buf_done(&out);
    return text;
}

/* Ids of the parts equal those of prompt and completion as one text. */
static void check_whole(const hone_encoded *e)
{
    hone_ids ids = { NULL, 0, 0 };
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_printf(&text, "%s%s", e->prompt, e->completion);
    ck_assert_int_eq(hone_tokenizer_encode(tokenizer, text.data, text.len, true, &ids, NULL), 0);
    ck_assert_uint_eq(ids.len, e->count);
    ck_assert(memcmp(ids.data, e->ids, ids.len * sizeof(*ids.data)) == 0);
    ids.len = 0;
    ck_assert_int_eq(hone_tokenizer_encode(tokenizer, e->prompt, strlen(e->prompt), true, &ids,
        NULL), 0);
    ck_assert_uint_eq(ids.len, e->prompt_count);
    hone_ids_done(&ids);
    hone_buf_done(&text);
}

static hone_encoded encode(const char *text, bool want_labels)
{
    const hone_row row = read_row(text);
    hone_encoded e;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_chat_encode(&e, arena, tokenizer, &row, want_labels, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    check_whole(&e);
    return e;
}

#define USER(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define SAY(text) "{\"role\":\"assistant\",\"content\":\"" text "\"}"
#define CALLS(extra)                                                                               \
    "{\"role\":\"assistant\"" extra                                                                \
    ",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]}"
#define CALL_TEXT "<start_function_call>call:f{a:1}<end_function_call>"
#define TOOL(value) "{\"role\":\"tool\",\"name\":\"f\",\"content\":\"" value "\"}"

START_TEST(single_call)
{
    hone_encoded e = encode("{\"messages\":[" USER("hi") "," CALLS("") "]}", true);
    ck_assert_str_eq(e.prompt, "<bos><start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n");
    ck_assert_str_eq(e.completion, CALL_TEXT "<start_function_response>");
    ck_assert_str_eq(trained(&e), e.completion);
    ck_assert_int_eq(e.ids[0], HONE_ID_BOS);
    ck_assert_int_eq(e.ids[e.count - 1], HONE_ID_RESPONSE);
    ck_assert_int_eq(e.labels[e.prompt_count], 1);
    ck_assert_int_eq(e.labels[e.prompt_count - 1], 0);
}
END_TEST

START_TEST(text_answer)
{
    hone_encoded e = encode("{\"messages\":[" USER("hi") "," SAY(" no \\n") "]}", true);
    ck_assert_str_eq(e.completion, "no<end_of_turn>\n");
    ck_assert_str_eq(trained(&e), "no<end_of_turn>"); /* the newline is not the model's */
    e = encode("{\"messages\":[" USER("hi") "," CALLS(",\"content\":\"ok\"") "]}", true);
    ck_assert_str_eq(trained(&e), "ok" CALL_TEXT "<start_function_response>");
}
END_TEST

START_TEST(many_turns)
{
    hone_encoded e = encode("{\"messages\":[{\"role\":\"developer\",\"content\":\"d\"}," USER("u")
        "," SAY("s") ","
                            USER("v") "," CALLS("") "," TOOL("r") "," TOOL("q") "," CALLS("") ","
                            TOOL("p") "," SAY("end") "]}", true);
    ck_assert_str_eq(trained(&e), "s<end_of_turn>|" CALL_TEXT "<start_function_response>|" CALL_TEXT
                                  "<start_function_response>|end<end_of_turn>");
    ck_assert_str_eq(e.completion, "end<end_of_turn>\n");
    ck_assert_ptr_nonnull(strstr(e.prompt, "{value:<escape>p<escape>}<end_function_response>"));
    ck_assert(e.labels[e.prompt_count - 1] == 0 && e.labels[e.prompt_count] == 1);
}
END_TEST

/* A call that nothing answered, and empty responses: what stands there is what is learnt. */
START_TEST(odd_turns)
{
    hone_encoded e = encode("{\"messages\":[" USER("u") "," CALLS("") "," USER("v") "," SAY("s")
        "]}", true);
    ck_assert_str_eq(trained(&e), CALL_TEXT "|s<end_of_turn>");
    e = encode("{\"messages\":[" USER("u") "," CALLS("") "," TOOL("") "," SAY("s") "]}", true);
    ck_assert_str_eq(trained(&e), CALL_TEXT "s<end_of_turn>");
}
END_TEST

/* A row's own prompt stands in for the template's; completion and its labels stay. */
START_TEST(own_prompt)
{
    static const char own[] = "<bos><start_of_turn>developer\nd\n<end_of_turn>\n"
                              "<start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n";
    hone_row row = read_row("{\"messages\":[{\"role\":\"developer\",\"content\":\"d\"}," USER("a")
                            "," SAY("s") "," USER("hi") "," CALLS("") "]}");
    hone_encoded e;
    row.prompt = own;
    ck_assert_int_eq(hone_chat_encode(&e, arena, tokenizer, &row, true, NULL), 0);
    check_whole(&e);
    ck_assert_str_eq(e.prompt, own);
    ck_assert_str_eq(e.completion, CALL_TEXT "<start_function_response>");
    ck_assert_str_eq(trained(&e), e.completion);
    row = read_row("{\"messages\":[" USER("hi") "]}");
    row.prompt = own;
    ck_assert_int_eq(hone_chat_encode(&e, arena, tokenizer, &row, false, NULL), 0);
    ck_assert_str_eq(e.prompt, own);
    ck_assert_uint_eq(e.count, e.prompt_count);
}
END_TEST

START_TEST(prompts_only)
{
    hone_encoded e = encode("{\"messages\":[" USER("hi") "]}", false);
    ck_assert_str_eq(e.completion, "");
    ck_assert_uint_eq(e.count, e.prompt_count);
    ck_assert_str_eq(e.prompt, "<bos><start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n");
    e = encode("{\"messages\":[" USER("hi") "],\"expected\":{\"calls\":[]}}", false);
    ck_assert_str_eq(e.completion, "");
    e = encode("{\"messages\":[" USER("hi") "," CALLS("") "," TOOL("r") "]}", false);
    ck_assert_str_eq(e.prompt + strlen(e.prompt) - 23, "<end_function_response>");
}
END_TEST

static void refuse(const char *text, bool want_labels, const char *want)
{
    const hone_row row = read_row(text);
    hone_encoded e;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_chat_encode(&e, arena, tokenizer, &row, want_labels, &err), HONE_E_DATA);
    ck_assert_msg(strstr(err.message, want) != NULL, "wanted '%s', got '%s'", want, err.message);
}

START_TEST(refusals)
{
    refuse("{\"messages\":[" USER("hi") "]}", true, "no answer");
    refuse("{\"messages\":[" USER("hi") "],\"expected\":{\"calls\":[]}}", true, "no answer");
    refuse("{\"messages\":[" USER("a <end_of_turn> b") "," SAY("s") "]}", true,
           "the text \"a <end_of_turn> b\" holds the control token <end_of_turn>");
    refuse("{\"messages\":[" USER("a") "," SAY("<escape>") "]}", true, "<escape>");
    refuse("{\"messages\":[" USER("a") "," CALLS("") "," TOOL("<eos>") "," SAY("s") "]}", true,
        "<eos>");
    refuse("{\"messages\":[" USER("a") ",{\"role\":\"assistant\","
        "\"tool_calls\":[{\"function\":{\"name\":\"f\","
           "\"arguments\":{\"a\":[{\"b\":\"<bos>\"}]}}}]}]}", true, "<bos>");
    refuse("{\"messages\":[" USER("a") ",{\"role\":\"assistant\","
        "\"tool_calls\":[{\"function\":{\"name\":\"f\","
           "\"arguments\":{\"<pad>\":1}}}]}]}", true, "<pad>");
    refuse("{\"messages\":[" USER("a") "],\"tools\":[{\"name\":\"f\","
        "\"description\":\"[multimodal]\"}]}", false,
           "[multimodal]");
    refuse("{\"messages\":[" USER("a") "],\"tools\":[{\"name\":\"f\","
        "\"parameters\":{\"properties\":"
           "{\"a\":{\"enum\":[\"<unk>\"]}}}}]}", false, "<unk>");
    refuse("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
        "\"text\":\"<mask>\"}]}]}", false, "<mask>");
}
END_TEST

/* Rows with the same and with other tools, with and without a cache, give the same ids. */
START_TEST(cache)
{
    static const char *const rows[] = {
        "{\"messages\":[" USER("a") "," SAY("x") "],\"tools\":[{\"name\":\"call\"}]}",
        "{\"messages\":[" USER("b") "," SAY("y") "],\"tools\":[{\"name\":\"call\"}]}",
        "{\"messages\":[" USER("b") "," SAY("y") "]}",
        "{\"messages\":[" USER("c") "," CALLS("") "],\"tools\":[{\"name\":\"model\"}]}",
        "{\"messages\":[" USER("b") "," SAY("z") "],\"tools\":[{\"name\":\"call\"}]}",
    };
    hone_chat_cache *c = hone_chat_cache_new();
    for (size_t i = 0; i < 5; i++) {
        const hone_row row = read_row(rows[i]);
        hone_encoded with, without;
        ck_assert_int_eq(hone_chat_encode_cached(&with, arena, tokenizer, &row, true, c, NULL), 0);
        ck_assert_int_eq(hone_chat_encode(&without, arena, tokenizer, &row, true, NULL), 0);
        ck_assert(with.count == without.count && with.prompt_count == without.prompt_count);
        ck_assert(memcmp(with.ids, without.ids, with.count * sizeof(*with.ids)) == 0);
        ck_assert(memcmp(with.labels, without.labels, with.count) == 0);
    }
    hone_chat_cache_free(c);
    hone_chat_cache_free(NULL);
}
END_TEST

START_TEST(no_memory)
{
    const hone_row row = read_row("{\"messages\":[" USER("hi") "," CALLS("") "],\"tools\":[{\"name"
        "\":\"f\"}]}");
    int failures = 0;
    for (int nth = 1; nth < 60; nth++) {
        hone_arena *own = hone_arena_new();
        hone_encoded e;
        hone_mem_fail_after(nth, false);
        int rc = hone_chat_encode(&e, own, tokenizer, &row, true, NULL);
        hone_mem_fail_after(0, false);
        ck_assert_msg(rc == 0 || rc == HONE_E_MEMORY, "allocation %d: %d", nth, rc);
        failures += rc != 0;
        hone_arena_free(own);
    }
    ck_assert_int_ge(failures, 10);
}
END_TEST

static const char *rendered(const char *messages, const char *tools)
{
    hone_json *m = NULL, *t = NULL;
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    ck_assert_int_eq(hone_json_parse(&m, arena, messages, strlen(messages), "test", 1, NULL), 0);
    if (tools) ck_assert_int_eq(hone_json_parse(&t, arena, tools, strlen(tools), "test", 1, NULL),
        0);
    const char *text = NULL;
    if (hone_chat_render(&out, m, t, false, NULL) == 0) text = hone_arena_strndup(arena, out.data,
        out.len);
    hone_buf_done(&out);
    return text;
}

/* What no golden prompt has: Python's words for odd values, and inputs that are no conversation. */
START_TEST(rendering)
{
    const char *text = rendered("[" USER("q") "]", "[{\"function\":{\"name\":\"f\",\"description\":"
        "[\"it's\",\"a\\\\b\\n\",true,null,{\"k\":1.50}]}}]");
    ck_assert_ptr_nonnull(strstr(text, "{description:<escape>[\"it's\", 'a\\\\b\\n', True, None, "
        "{'k': 1.5}]<escape>}"));
    text = rendered("[" USER("q") "]", "[{\"function\":{\"description\":7}}]");
    ck_assert_ptr_nonnull(strstr(text, "declaration:{description:<escape>7<escape>}"));
    ck_assert_ptr_null(rendered("{}", NULL));
    ck_assert_ptr_null(rendered("[1]", NULL));
    ck_assert_ptr_null(rendered("[" USER("q") "]", "{\"a\":1}"));
    ck_assert_ptr_null(rendered("[" USER("q") "]", "[{}]"));
    ck_assert_ptr_null(rendered("[" USER("q") "]", "[{\"function\":{\"parameters\":{\"required\":\""
        "a\"}}}]"));
    ck_assert_ptr_null(rendered("[" USER("q") "]", "[{\"function\":{\"parameters\":{\"properties\":"
        "[1]}}}]"));
    ck_assert_ptr_null(rendered("[{\"role\":\"user\",\"content\":1}]", NULL));
    ck_assert_ptr_null(rendered("[{\"role\":\"assistant\",\"tool_calls\":[{}]}]", NULL));
    ck_assert_ptr_null(rendered("[{\"role\":\"assistant\",\"tool_calls\":1}]", NULL));
}
END_TEST

START_TEST(embedded_template)
{
    ck_assert_uint_eq(hone_chat_template_size, strlen(hone_chat_template));
    ck_assert_uint_gt(hone_chat_template_size, 1000);
    hone_buf file = HONE_BUF_INIT(1 << 20);
    ck_assert_int_eq(hone_fs_read(&file, HONE_SOURCE_DIR "/model/chat_template.jinja", 1 << 20,
        NULL), 0);
    ck_assert_uint_eq(file.len, hone_chat_template_size);
    ck_assert(memcmp(file.data, hone_chat_template, file.len) == 0);
    hone_buf_done(&file);
}
END_TEST

int main(void)
{
    TCase *t = support_case("chat");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, single_call);
    tcase_add_test(t, text_answer);
    tcase_add_test(t, many_turns);
    tcase_add_test(t, odd_turns);
    tcase_add_test(t, prompts_only);
    tcase_add_test(t, refusals);
    tcase_add_test(t, cache);
    tcase_add_test(t, own_prompt);
    tcase_add_test(t, no_memory);
    tcase_add_test(t, rendering);
    tcase_add_test(t, embedded_template);
    return support_run(t);
}
