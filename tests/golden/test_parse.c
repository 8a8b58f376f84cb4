/*
 * The call parsers against the 58 texts of golden_parse.json: ours by "calls" or "error", the
 * device's by "litert_lm" where that differs.
 */
#include "common/json.h"
#include "model/call.h"
#include "tests/support.h"

#define GOLDEN HONE_SOURCE_DIR "/tests/golden/functiongemma/golden_parse.json"

static void check_calls(const char *name, const hone_parsed *p, const hone_json *want)
{
    ck_assert_msg(p->error == HONE_CALL_OK, "%s: %s", name, p->error_text);
    ck_assert_msg(p->calls.count == want->len, "%s: %zu calls", name, p->calls.count);
    for (size_t i = 0; i < want->len; i++) {
        const hone_call *c = &p->calls.items[i];
        ck_assert_msg(hone_json_str_eq(hone_json_get(want->items[i], "name"), c->name), "%s", name);
        ck_assert_msg(hone_json_equal(c->arguments, hone_json_get(want->items[i], "arguments")),
                      "%s: arguments differ", name);
    }
}

static void check_error(const char *name, const hone_parsed *p, const hone_json *want)
{
    const char *words[] = { "ok", "syntax", "truncated" };
    ck_assert_msg(hone_json_str_eq(want, words[p->error]), "%s: %s", name, words[p->error]);
    ck_assert_msg(p->calls.count == 0 && p->error_text[0], "%s", name);
}

/* Strict acceptance means that the writer's text of the calls reads back as the same calls. */
static void check_round_trip(hone_arena *a, const char *name, const hone_parsed *p)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_parsed again;
    hone_call_write(&text, &p->calls);
    if (text.data) {
        ck_assert_int_eq(hone_call_parse(&again, a, text.data, text.len, NULL), 0);
        ck_assert_msg(again.calls.count == p->calls.count, "%s", name);
        for (size_t i = 0; i < again.calls.count; i++)
            ck_assert_msg(hone_json_equal(again.calls.items[i].arguments,
                                          p->calls.items[i].arguments), "%s", name);
    }
    hone_buf_done(&text);
}

START_TEST(strict)
{
    hone_arena *a = hone_arena_new();
    hone_json *cases = NULL;
    hone_parsed p;
    ck_assert_int_eq(hone_json_load(&cases, a, GOLDEN, NULL), 0);
    ck_assert_uint_eq(cases->len, 58);
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *c = cases->items[i], *text = hone_json_get(c, "text");
        const hone_json *error = hone_json_get(c, "error");
        const char *name = hone_json_get(c, "name")->text;
        ck_assert_int_eq(hone_call_parse(&p, a, text->text, text->len, NULL), 0);
        if (error) check_error(name, &p, error);
        else check_calls(name, &p, hone_json_get(c, "calls"));
        if (!error) check_round_trip(a, name, &p);
    }
    hone_arena_free(a);
}
END_TEST

/* Six of the seven are errors on the device. The seventh (integer_kept) was rounded to a double by
 * older runtimes; since 0.17.1 an integer of 64 bits stays one, as ours. */
START_TEST(runtime)
{
    hone_arena *a = hone_arena_new();
    hone_json *cases = NULL;
    hone_parsed p;
    int differs = 0;
    ck_assert_int_eq(hone_json_load(&cases, a, GOLDEN, NULL), 0);
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *c = cases->items[i], *text = hone_json_get(c, "text");
        const hone_json *device = hone_json_get(c, "litert_lm");
        const char *name = hone_json_get(c, "name")->text;
        if (!device) continue;
        differs++;
        ck_assert_int_eq(hone_call_parse_runtime(&p, a, text->text, text->len, NULL), 0);
        if (hone_json_str_eq(device, "error"))
            ck_assert_msg(p.error == HONE_CALL_SYNTAX && p.calls.count == 0, "%s", name);
        else
            check_calls(name, &p, hone_json_get(c, "calls"));
    }
    ck_assert_int_eq(differs, 7);
    hone_arena_free(a);
}
END_TEST

int main(void)
{
    TCase *t = support_case("parse");
    tcase_add_test(t, strict);
    tcase_add_test(t, runtime);
    return support_run(t);
}
