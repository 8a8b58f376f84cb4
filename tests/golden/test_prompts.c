/*
 * The prompt renderer against the 118 conversations of golden_prompts.json: equal bytes, or an
 * error where the published template raises one.
 */
#include "common/json.h"
#include "model/chat.h"
#include "tests/support.h"

#define GOLDEN HONE_SOURCE_DIR "/tests/golden/functiongemma/golden_prompts.json"

static void check_case(const hone_json *c)
{
    hone_err err;
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    const hone_json *prompt = hone_json_get(c, "prompt");
    const char *name = hone_json_get(c, "name")->text;
    bool generate = hone_json_get(c, "add_generation_prompt")->type == HONE_JSON_TRUE;
    hone_err_clear(&err);
    int rc = hone_chat_render(&out, hone_json_get(c, "messages"), hone_json_get(c, "tools"),
                              generate, &err);
    if (prompt) {
        ck_assert_msg(rc == 0, "%s: %s", name, err.message);
        ck_assert_msg(out.len == prompt->len && memcmp(out.data, prompt->text, out.len) == 0,
                      "%s:\n got  %s\n want %s", name, out.data, prompt->text);
    } else {
        ck_assert_msg(rc == HONE_E_DATA && err.message[0], "%s: no error, but %s", name, out.data);
    }
    hone_buf_done(&out);
}

START_TEST(all_prompts)
{
    hone_arena *a = hone_arena_new();
    hone_json *cases = NULL;
    int errors = 0;
    ck_assert_int_eq(hone_json_load(&cases, a, GOLDEN, NULL), 0);
    ck_assert_uint_eq(cases->len, 118);
    for (size_t i = 0; i < cases->len; i++) {
        check_case(cases->items[i]);
        errors += hone_json_get(cases->items[i], "error") != NULL;
    }
    ck_assert_int_eq(errors, 6);
    hone_arena_free(a);
}
END_TEST

int main(void)
{
    TCase *t = support_case("prompts");
    tcase_add_test(t, all_prompts);
    return support_run(t);
}
