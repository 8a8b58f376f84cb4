/* YAML configuration files (common/yaml.h): values, refusals with their line, and writing back. */
#include <string.h>

#include "common/yaml.h"
#include "tests/support.h"

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
    arena = NULL;
}

static hone_json *parse(const char *text)
{
    hone_json *v = NULL;
    int rc = hone_yaml_parse(&v, arena, text, strlen(text), "c.yaml", &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

static const char *as_json(const hone_json *v)
{
    hone_buf out = HONE_BUF_INIT(1 << 20);
    hone_json_write(&out, v, HONE_JSON_COMPACT);
    const char *copy = hone_arena_strndup(arena, out.data, out.len);
    hone_buf_done(&out);
    return copy;
}

typedef struct pair {
    const char *yaml, *json;
} pair;

static const pair values[] = {
    { "", "null" }, { "# nothing\n", "null" }, { "~", "null" }, { "null", "null" },
    { "true", "true" }, { "false", "false" }, { "\"true\"", "\"true\"" }, { "'1'", "\"1\"" },
    { "no", "\"no\"" }, { "off", "\"off\"" }, { "yes", "\"yes\"" }, { "on", "\"on\"" },
    { "True", "\"True\"" }, { "NULL", "\"NULL\"" },
    { "1", "1" }, { "-1", "-1" }, { "-0", "0" }, { "012", "12" }, { "-007", "-7" },
    { "1e-5", "1e-5" }, { "2e-4", "2e-4" }, { "1E5", "1E5" }, { "1.5", "1.5" }, { ".5", "0.5" },
    { "-.5e1", "-0.5e1" }, { "5.", "5.0" }, { "5.e3", "5.0e3" }, { "1e-400", "1e-400" },
    { "12345678901234567890", "12345678901234567890" },
    { "+1", "\"+1\"" }, { "0x10", "\"0x10\"" }, { "1_000", "\"1_000\"" }, { "1.2.3", "\"1.2.3\"" },
    { ".", "\".\"" }, { "-", "[null]" }, { "1e", "\"1e\"" }, { "1e+", "\"1e+\"" },
    { ".inf", "\".inf\"" },
    { ".nan", "\".nan\"" }, { "2026-01-02", "\"2026-01-02\"" }, { "12:30", "\"12:30\"" },
    { "a b", "\"a b\"" }, { "\"a\\tb\\u00e9\"", "\"a\\tb\xc3\xa9\"" },
    { "a: 1\nb:\n  - x\n  - {c: 2, d: [3, 4]}\n", "{\"a\":1,\"b\":[\"x\",{\"c\":2,\"d\":[3,4]}]}" },
    { "1: x\ntrue: y\n", "{\"1\":\"x\",\"true\":\"y\"}" },
    { "a:\nb: |\n  x\n  y\n", "{\"a\":null,\"b\":\"x\\ny\\n\"}" },
    { "{\"a\": [1, 2.5, null, \"x\"], \"b\":{}}", "{\"a\":[1,2.5,null,\"x\"],\"b\":{}}" },
    { "---\na: 1\n...\n", "{\"a\":1}" }, { "%YAML 1.1\n---\na: 1\n", "{\"a\":1}" },
    { "\xef\xbb\xbf" "a: 1\n", "{\"a\":1}" }, { "a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}" },
};

START_TEST(values_are_read)
{
    ck_assert_str_eq(as_json(parse(values[_i].yaml)), values[_i].json);
}
END_TEST

typedef struct bad {
    const char *text;
    int line;
    const char *message;
} bad;

static const bad bads[] = {
    { "a: 1\na: 2\n", 2, "key 'a' stands on line 1" },
    { "a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "key 'b' stands on line 2" },
    { "{a: 1, a: 2}", 1, "key 'a'" },
    { "a: 1\nb: &x 2\n", 2, "anchors" },
    { "a: &x [1]\n", 1, "anchors" },
    { "a: &x {b: 1}\n", 1, "anchors" },
    { "&x a: 1\n", 1, "anchors" },
    { "b: *x\n", 1, "alias" },
    { "*x : 1\n", 1, "alias" },
    { "- 1\n- !!int 2\n", 2, "tags" },
    { "a: !x {b: 1}\n", 1, "tags" },
    { "a: ! b\n", 1, "tags" },
    { "%TAG ! tag:x,2000:\n---\na: 1\n", 1, "tag directives" },
    { "a: 1\n---\nb: 2\n", 2, "second document" },
    { "a: 1\n? [x]\n: 2\n", 2, "key must be a word" },
    { ": 1\n", 1, "expected key" },
    { "a: 1\n?\n: 1\n", 2, "key is missing" },
    { "a: 1e400\n", 1, "too large" },
    { "a: \"x\\0y\"\n", 1, "NUL" },
    { "\"x\\0y\": 1\n", 1, "NUL" },
    { "a: 1\n\tb: 2\n", 2, "" },
    { "a: 1\nb: [1, 2\n", 3, "" },
    { "a: 1\n b: 2\n", 2, "" },
    { "a: 'x\n", 2, "" },
    { "a: 1\nb: \xff\n", 2, "" },
    { "a: 1\nb: \x01\n", 2, "control" },
};

START_TEST(bad_text_is_refused_with_its_line)
{
    const bad *b = &bads[_i];
    hone_json *v = NULL;
    int rc = hone_yaml_parse(&v, arena, b->text, strlen(b->text), "c.yaml", &err);
    ck_assert_msg(rc == HONE_E_DATA, "%s was accepted", b->text);
    ck_assert_ptr_null(v);
    ck_assert_msg(err.line == b->line, "%s: line %d, %s", b->text, (int)err.line, err.message);
    ck_assert_str_eq(err.source, "c.yaml");
    ck_assert_msg(strstr(err.message, b->message), "%s: %s", b->text, err.message);
}
END_TEST

START_TEST(nodes_know_their_lines)
{
    hone_json *v = parse("# top\na: 1\nb:\n  - x\n\n  - c: 2\n");
    ck_assert_int_eq(v->members[0].line, 2);
    ck_assert_int_eq(v->members[1].line, 3);
    ck_assert_int_eq(hone_json_at(hone_json_get(v, "b"), 1)->line, 6);
}
END_TEST

START_TEST(depth_is_limited)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_json *v = NULL;
    for (int i = 0; i < 600; i++) hone_buf_char(&text, '[');
    for (int i = 0; i < 600; i++) hone_buf_char(&text, ']');
    int rc = hone_yaml_parse(&v, arena, text.data, text.len, "c.yaml", &err);
    ck_assert_int_eq(rc, HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "512"));
    hone_buf_done(&text);
}
END_TEST

static const char *const trees[] = {
    "null", "true", "1", "\"x\"", "[]", "{}", "[[],{},[[1,2],[3]]]", "{\"a\":{\"b\":{\"c\":[1]}}}",
    "[{\"a\":1,\"b\":[{\"c\":2},{\"d\":[]}]},\"x\"]",
    "[\"no\",\"Yes\",\"NULL\",\"1\",\"-1.5\",\"\",\" a\",\"a: b\"]",
    "[\"# x\",\"- x\",\"~\",\"a\\nb\",\"y\"]",
    "{\"1\":1,\"\":2,\"a b\":3,\"null\":4,\"?\":5,\"a#b\":6,\"\\\"\":7}",
    "[1e-05,0.1,12345678901234567890,-0.0,1E+22,-0e0]",
    "[\"\x7f\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xef\xbf\xbe\xf0\x9f\x98\x80\\u0001\\t\\\\\"]",
    "{\"lora_r\":16,\"learning_rate\":0.0002,\"data\":[\"a.jsonl\",\"b c.jsonl\"],\"model\":null}",
};

START_TEST(trees_survive_writing)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, trees[_i], strlen(trees[_i]), "t", 1, &err), 0);
    hone_buf out = HONE_BUF_INIT(1 << 20);
    hone_yaml_write(&out, v);
    ck_assert(hone_buf_ok(&out));
    hone_json *again = parse(out.data);
    ck_assert_msg(hone_json_equal(v, again), "%s", out.data);
    ck_assert_str_eq(as_json(v), as_json(again));
    hone_buf_done(&out);
}
END_TEST

START_TEST(long_keys_survive_writing)
{
    char key[3000];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    hone_json *o = hone_json_new_object(arena), *list = hone_json_new_array(arena);
    ck_assert(hone_json_push(arena, list, hone_json_new_i64(arena, 1)));
    ck_assert(hone_json_set(arena, o, key, list));
    key[0] = '"';
    ck_assert(hone_json_set(arena, o, key, hone_json_new_i64(arena, 2)));
    hone_buf out = HONE_BUF_INIT(1 << 20);
    hone_yaml_write(&out, o);
    ck_assert(hone_json_equal(o, parse(out.data)));
    hone_buf_done(&out);
}
END_TEST

START_TEST(block_style_is_readable)
{
    hone_json *v = parse("{train: {lora_r: 16, data: [a, 'b c']}, x: []}");
    hone_buf out = HONE_BUF_INIT(1 << 20);
    hone_yaml_write(&out, v);
    ck_assert_str_eq(out.data, "train:\n  lora_r: 16\n  data:\n    - a\n    - \"b c\"\nx: []\n");
    hone_buf_done(&out);
}
END_TEST

START_TEST(files_are_read)
{
    char dir[64];
    hone_json *v = NULL;
    support_scratch(dir);
    const char *yaml = support_path(dir, "c.yaml"), *json = support_path(dir, "c.json");
    ck_assert_int_eq(hone_fs_write(yaml, "a: no\n", 6, &err), 0);
    ck_assert_int_eq(hone_fs_write(json, "{\"a\":\"\\ud83d\\ude00\"}", 20, &err), 0);
    ck_assert_int_eq(hone_yaml_load(&v, arena, yaml, &err), 0);
    ck_assert_str_eq(as_json(v), "{\"a\":\"no\"}");
    ck_assert_int_eq(hone_yaml_load(&v, arena, json, &err), 0);
    ck_assert_str_eq(as_json(v), "{\"a\":\"\xf0\x9f\x98\x80\"}");
    ck_assert_int_eq(hone_yaml_load(&v, arena, support_path(dir, "none.yaml"), &err),
                     HONE_E_NOT_FOUND);
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("yaml");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, values_are_read, 0, sizeof values / sizeof values[0]);
    tcase_add_loop_test(t, bad_text_is_refused_with_its_line, 0, sizeof bads / sizeof bads[0]);
    tcase_add_test(t, nodes_know_their_lines);
    tcase_add_test(t, depth_is_limited);
    tcase_add_loop_test(t, trees_survive_writing, 0, sizeof trees / sizeof trees[0]);
    tcase_add_test(t, long_keys_survive_writing);
    tcase_add_test(t, block_style_is_readable);
    tcase_add_test(t, files_are_read);
    return support_run(t);
}
