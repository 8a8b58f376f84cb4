/*
 * The mode bfcl-ast: the decoder's odd cases, the checker's verdict vectors, and the gold of the
 * public files fed back through rendering, decoding and checking. docs/evaluation.md.
 */
#include <string.h>

#include "common/hash.h"
#include "eval/bfcl_rows.h"
#include "eval/bfcl_task.h"
#include "model/markers.h"
#include "tests/support.h"

#define FILES HONE_SOURCE_DIR "/tests/golden/bfcl/"
#define C(body) "<start_function_call>call:" body "<end_function_call>"
#define S(text) "<escape>" text "<escape>"

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

static hone_json *parse_json(const char *text)
{
    hone_json *v = NULL;
    int rc = hone_json_parse(&v, arena, text, strlen(text), "in", 1, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

static hone_calls decode(const char *text)
{
    hone_calls calls;
    ck_assert_int_eq(hone_bfcl_decode(&calls, arena, text, strlen(text), &err), 0);
    return calls;
}

/* ---- decoder ---- */

static const struct { const char *body, *arguments; } bodies[] = {
    { "{a:10:30}", "{\"a\":10}" },
    { "{a:1,5}", "{\"a\":1}" },
    { "{a:,b:1}", "{\"a\":\"b\"}" },
    { "{null:1}", "{}" },
    { "{true:1}", "{\"True\":1}" },
    { "{1.50:2}", "{\"1.5\":2}" },
    { "{007:1}", "{\"7\":1}" },
    { "{a:1_000}", "{\"a\":1000}" },
    { "{a:1__0}", "{\"a\":\"1__0\"}" },
    { "{a:_1}", "{\"a\":\"_1\"}" },
    { "{a:1_}", "{\"a\":\"1_\"}" },
    { "{a:+5}", "{\"a\":5}" },
    { "{a:-0}", "{\"a\":0}" },
    { "{a:-0.0}", "{\"a\":-0.0}" },
    { "{a:007}", "{\"a\":7}" },
    { "{a:.5}", "{\"a\":0.5}" },
    { "{a:5.}", "{\"a\":5.0}" },
    { "{a:1e3}", "{\"a\":1000.0}" },
    { "{a:1_0.0_1e1_0}", "{\"a\":100100000000.0}" },
    { "{a:nan}", "{\"a\":nan}" },
    { "{a:inf}", "{\"a\":inf}" },
    { "{a:-Infinity}", "{\"a\":-inf}" },
    { "{a:1e999}", "{\"a\":inf}" },
    { "{a:0x10}", "{\"a\":\"0x10\"}" },
    { "{a:\xD9\xA3\xD9\xA4}", "{\"a\":34}" }, /* Arabic-Indic digits */
    { "{a:9007199254740993}", "{\"a\":9007199254740993}" },
    { "{a:None}", "{\"a\":\"None\"}" },
    { "{a:True}", "{\"a\":\"True\"}" },
    { "{a:hello world}", "{\"a\":\"hello world\"}" },
    { "{a:\"x\"}", "{\"a\":\"\\\"x\\\"\"}" },
    { "{a:" S("x") "y}", "{\"a\":\"x\"}" },
    { "{a:y" S("x") "}", "{\"a\":\"y\"}" },
    { "{a:<escape>x}", "{\"a\":\"<escape>x}\"}" },
    { "{a:[x:y]}", "{\"a\":[\"x\",\"y\"]}" },
    { "{a:1,a:2}", "{\"a\":2}" },
    { "{a:1,b:0,a:2}", "{\"a\":2,\"b\":0}" },
    { "{a:1", "{\"a\":1}" },
    { "{a:[1,2}", "{\"a\":[1,2]}" },
    { "{a:1}}b:2}", "{\"a\":1}" },
    { "{a:1} trailing {b:2}", "{\"a\":1}" },
    { "{[1]:2}", "{}" },
    { "{{\"a\":1}}", "{}" },
    { "{a:{b:1]c:2}", "{\"a\":{\"b\":1},\"c\":2}" }, /* the inner key slot is still there */
    { "{" S("") ":1}", "{\"\":1}" },
    { "{" S("k") ":" S("v") "}", "{\"k\":\"v\"}" },
    { "{a:null,b:false}", "{\"a\":null,\"b\":false}" },
    { "", "{}" },
    { "{}", "{}" },
};

START_TEST(test_decode)
{
    hone_buf text = HONE_BUF_INIT(1 << 16), got = HONE_BUF_INIT(1 << 16);
    hone_buf_printf(&text, "<start_function_call>call:f%s<end_function_call>", bodies[_i].body);
    hone_calls calls = decode(text.data);
    ck_assert_uint_eq(calls.count, 1);
    ck_assert_str_eq(calls.items[0].name, "f");
    hone_json_write(&got, calls.items[0].arguments, HONE_JSON_COMPACT);
    ck_assert_msg(!strcmp(got.data, bodies[_i].arguments), "%s: %s, want %s", bodies[_i].body,
                  got.data, bodies[_i].arguments);
    hone_buf_done(&text);
    hone_buf_done(&got);
}
END_TEST

START_TEST(test_decode_spans)
{
    ck_assert_uint_eq(decode("").count, 0);
    ck_assert_uint_eq(decode("<start_function_call>call:f{}").count, 0); /* never closed */
    ck_assert_uint_eq(decode("<start_function_call>f{}<end_function_call>").count, 0);
    ck_assert_uint_eq(decode("call:f{}<end_function_call>").count, 0);
    hone_calls c = decode("x" C("f(a=1)") "\n<start_function_call>\n call: g {a:1} \n"
                          "<end_function_call>");
    ck_assert_uint_eq(c.count, 2);
    ck_assert_str_eq(c.items[0].name, "f(a=1)");
    ck_assert_str_eq(c.items[1].name, "g");
    c = decode("<start_function_call>call:a{}<start_function_call>call:b{}<end_function_call>");
    ck_assert_uint_eq(c.count, 1); /* one span, from the first start */
    ck_assert_str_eq(c.items[0].name, "a");
}
END_TEST

START_TEST(test_decode_limits)
{
    hone_buf deep = HONE_BUF_INIT(1 << 20);
    hone_calls calls;
    hone_buf_str(&deep, "<start_function_call>call:f");
    for (int i = 0; i < 100000; i++) hone_buf_str(&deep, i % 2 ? "[" : "{a:");
    hone_buf_str(&deep, "<end_function_call>");
    ck_assert_uint_eq(decode(deep.data).count, 1);
    while (deep.len <= HONE_BFCL_TEXT_MAX) hone_buf_str(&deep, "[[[[[[[[");
    ck_assert_int_eq(hone_bfcl_decode(&calls, arena, deep.data, deep.len, &err), HONE_E_DATA);
    hone_buf_done(&deep);
}
END_TEST

/* ---- checker ---- */

#define OK ""
#define OTHERS "value_error:others"
#define STRING "value_error:string"
#define LIST "value_error:list/tuple"
#define SIMPLE "type_error:simple"
#define NESTED "type_error:nested"
#define DICT_KEY "value_error:dict_key"
#define DICT_VALUE "value_error:dict_value"

/* type of p ("array of integer"), value, allowed values, verdict */
static const struct { const char *type, *value, *allowed, *verdict; } vectors[] = {
    { "string", "\"April 1, 2024\"", "[\"april 1 2024\"]", OK },
    { "string", "\"a\\tb\"", "[\"ab\"]", STRING },
    { "string", "\"a\xC2\xA0" "b\"", "[\"ab\"]", STRING },
    { "string", "\"f(x)\"", "[\"fx\"]", STRING },
    { "string", "\"-5\"", "[\"5\"]", OK },
    { "string", "\"it's\"", "[\"it\\\"s\"]", OK },
    { "string", "\"\"", "[\"x\",\"\"]", OK },
    { "string", "\".\"", "[\"x\",\"\"]", OK },
    { "integer", "true", "[1]", SIMPLE },
    { "integer", "5.0", "[5]", SIMPLE },
    { "integer", "\"5\"", "[5]", SIMPLE },
    { "integer", "5", "[5.0]", OK },
    { "integer", "5.0", "[5.0]", OK },
    { "integer", "\"x\"", "[\"x\"]", OK },
    { "integer", "\"X\"", "[\"x\"]", OTHERS },
    { "integer", "null", "[5]", SIMPLE },
    { "integer", "null", "[null]", OK },
    { "integer", "null", "[\"\",null]", OK },
    { "integer", "null", "[5,null]", SIMPLE },
    { "integer", "3", "[\"\"]", OTHERS },
    { "integer", "\"\"", "[\"\"]", SIMPLE },
    { "integer", "9007199254740993", "[9007199254740992]", OTHERS },
    { "float", "5", "[5.0]", OK },
    { "float", "5.0", "[5]", OK },
    { "float", "0.30000000000000004", "[0.3]", OTHERS },
    { "float", "\"1.5\"", "[1.5]", SIMPLE },
    { "float", "true", "[1.0]", SIMPLE },
    { "boolean", "\"true\"", "[true]", SIMPLE },
    { "boolean", "1", "[true]", SIMPLE },
    { "boolean", "true", "[1]", OK },
    { "any", "5", "[5]", OK },
    { "any", "\"5\"", "[5]", OTHERS },
    { "number", "5", "[5]", HONE_BFCL_CRASH },
    { "object", "{}", "[{}]", HONE_BFCL_CRASH },
    { "array of integer", "[2,1]", "[[1,2]]", LIST },
    { "array of integer", "[true]", "[[1]]", NESTED },
    { "array of float", "[1,2]", "[[1.0,2.0]]", NESTED },
    { "array of float", "[1,2]", "[[1,2]]", OK },
    { "array of float", "[1,2.5]", "[[1,2.5]]", OK },
    { "array of float", "[1,2.5]", "[[1.0,2.5]]", NESTED },
    { "array of float", "[1.0,2.0]", "[[1,2]]", OK },
    { "array of string", "[\"A-b\"]", "[[\"ab\"]]", OK },
    { "array of string", "[]", "[\"\",[\"a\"]]", OK },
    { "array of string", "[]", "[\"\"]", OK },
    { "array of string", "[\"a\"]", "[\"\"]", LIST },
    { "array of string", "[5]", "[\"\",[\"a\"]]", LIST },
    { "array of string", "[5]", "[[\"a\"]]", NESTED },
    { "array of string", "[null]", "[[\"a\"]]", NESTED },
    { "array of string", "\"a\"", "[[\"a\"]]", SIMPLE },
    { "array of string", "\"a\"", "[\"a\"]", OK },
    { "array of string", "[\"a\"]", "[\"a\"]", OTHERS },
    { "array of array", "[[1.0,2]]", "[[[1,2]]]", OK },
    { "array of array", "[[\"A\"]]", "[[[\"a\"]]]", LIST },
    { "tuple of float", "[1.0,2.0]", "[[1.0,2.0]]", OK },
    { "array", "[1]", "[[1]]", HONE_BFCL_CRASH },
    { "dict", "{\"k\":\"V-1\"}", "[{\"k\":[\"v1\"]}]", OK },
    { "dict", "{\"z\":1}", "[{\"k\":[\"v1\"]}]", DICT_KEY },
    { "dict", "{}", "[{\"k\":[\"v1\"]}]", DICT_KEY },
    { "dict", "{}", "[{\"k\":[\"v1\",\"\"]}]", OK },
    { "dict", "{}", "[\"\"]", "dict_checker:unclear" },
    { "dict", "{\"k\":1.0}", "[{\"k\":[1]}]", OK },
    { "dict", "{\"k\":true}", "[{\"k\":[1]}]", OK },
    { "dict", "{\"k\":[\"A\"]}", "[{\"k\":[[\"a\"]]}]", DICT_VALUE },
    { "dict", "{\"k\":2}", "[{\"k\":[1]},{\"k\":[2]}]", OK },
    { "dict", "\"x\"", "[{\"k\":[1]}]", SIMPLE },
    { "array of dict", "[{\"a\":1}]", "[[{\"a\":[1]}]]", OK },
    { "array of dict", "[{\"a\":1},{\"a\":1}]", "[[{\"a\":[1]}]]",
      "value_error:list_dict_count" },
    { "array of dict", "[{\"a\":2}]", "[[{\"a\":[1]}]]", DICT_VALUE },
    { "array of dict", "[]", "[\"\",[{\"a\":[1]}]]", OK },
    { "array of dict", "[5]", "[[{\"a\":[1]}]]", NESTED },
    { "array of dict", "[5]", "[\"\",[{\"a\":[1]}]]", HONE_BFCL_CRASH },
};

static const char *verdict_of(hone_bfcl_kind kind, const char *functions, const char *gold,
                              const hone_calls *calls)
{
    const hone_bfcl_task t = { kind, parse_json(functions), parse_json(gold) };
    hone_bfcl_verdict v = { NULL, NULL };
    ck_assert_int_eq(hone_bfcl_check(&v, arena, &t, calls, &err), 0);
    return v.error;
}

START_TEST(test_vector)
{
    char type[32], items[64] = "", functions[256], gold[256];
    const char *of = strstr(vectors[_i].type, " of ");
    (void)snprintf(type, sizeof type, "%s", vectors[_i].type);
    if (of) {
        type[of - vectors[_i].type] = '\0';
        (void)snprintf(items, sizeof items, ",\"items\":{\"type\":\"%s\"}", of + 4);
    }
    (void)snprintf(functions, sizeof functions,
                   "[{\"name\":\"f\",\"parameters\":{\"properties\":{\"p\":{\"type\":\"%s\"%s}},"
                   "\"required\":[]}}]", type, items);
    (void)snprintf(gold, sizeof gold, "[{\"f\":{\"p\":%s}}]", vectors[_i].allowed);
    hone_json *arguments = hone_json_new_object(arena);
    ck_assert(hone_json_set(arena, arguments, "p", parse_json(vectors[_i].value)));
    hone_call call = { "f", arguments };
    const char *got = verdict_of(HONE_BFCL_SIMPLE, functions, gold, &(hone_calls){ &call, 1 });
    ck_assert_msg(!strcmp(got, vectors[_i].verdict), "%s %s %s: '%s', want '%s'", vectors[_i].type,
                  vectors[_i].value, vectors[_i].allowed, got, vectors[_i].verdict);
}
END_TEST

#define AB(required)                                                                               \
    "[{\"name\":\"f\",\"parameters\":{\"properties\":{\"a\":{\"type\":\"integer\"},"               \
    "\"b\":{\"type\":\"integer\"}},\"required\":[" required "]}}]"
#define A_ONLY                                                                                     \
    "[{\"name\":\"f\",\"parameters\":{\"properties\":{\"a\":{\"type\":\"integer\"}},"              \
    "\"required\":[]}}]"

static const struct {
    hone_bfcl_kind kind;
    const char *functions, *text, *gold, *verdict;
} answers[] = {
    { HONE_BFCL_SIMPLE, AB(""), C("g{a:1}"), "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:wrong_func_name" },
    { HONE_BFCL_SIMPLE, AB("\"a\""), C("f{}"), "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:missing_required" },
    { HONE_BFCL_SIMPLE, AB(""), C("f{a:1,c:2}"), "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:unexpected_param" },
    { HONE_BFCL_SIMPLE, AB(""), C("f{a:1,b:2}"), "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:unexpected_param" },
    { HONE_BFCL_SIMPLE, A_ONLY, C("f{a:1,b:2}"), "[{\"f\":{\"a\":[1],\"b\":[2]}}]",
      "simple_function_checker:unexpected_param" },
    { HONE_BFCL_SIMPLE, AB(""), C("f{a:1}"), "[{\"f\":{\"a\":[1],\"b\":[2]}}]",
      "simple_function_checker:missing_optional" },
    { HONE_BFCL_SIMPLE, AB(""), C("f{a:1}"), "[{\"f\":{\"a\":[1],\"b\":[2,\"\"]}}]", "" },
    { HONE_BFCL_SIMPLE, AB("\"a\""), C("f{b:" S("x") "}"), "[{\"f\":{\"a\":[1],\"b\":[2]}}]",
      "simple_function_checker:missing_required" },
    { HONE_BFCL_SIMPLE, AB(""), C("f{a:1}") C("f{a:1}"), "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:wrong_count" },
    { HONE_BFCL_SIMPLE, AB(""), "no", "[{\"f\":{\"a\":[1]}}]",
      "simple_function_checker:wrong_count" },
    { HONE_BFCL_MULTIPLE, AB(""), C("f{a:1}") C("f{a:1}"), "[{\"f\":{\"a\":[1]}}]",
      "multiple_function_checker:wrong_count" },
    { HONE_BFCL_MULTIPLE, AB(""), C("f{a:1}") C("f{a:9}"),
      "[{\"f\":{\"a\":[1]}},{\"f\":{\"a\":[2]}}]", "" },
    { HONE_BFCL_MULTIPLE, AB(""), C("f{a:1}"), "[{\"h\":{\"a\":[1]}}]", HONE_BFCL_CRASH },
    { HONE_BFCL_PARALLEL, AB(""), C("f{a:1}"), "[{\"f\":{\"a\":[1]}},{\"f\":{\"a\":[2]}}]",
      "parallel_function_checker_no_order:wrong_count" },
    { HONE_BFCL_PARALLEL, AB(""), C("f{a:1}") C("f{a:2}"),
      "[{\"f\":{\"a\":[1,2]}},{\"f\":{\"a\":[1]}}]",
      "parallel_function_checker_no_order:cannot_find_match" }, /* greedy, and published so */
    { HONE_BFCL_PARALLEL, AB(""), C("f{a:2}") C("f{a:1}"),
      "[{\"f\":{\"a\":[1,2]}},{\"f\":{\"a\":[1]}}]", "" },
    { HONE_BFCL_IRRELEVANCE, AB(""), C("f{a:2}"), "[]", "irrelevance_error:decoder_success" },
    { HONE_BFCL_IRRELEVANCE, AB(""), "Sorry.", "[]", "" },
    { HONE_BFCL_IRRELEVANCE, AB(""), "<start_function_call>call:f{a", "[]", "" }, /* the flaw */
    { HONE_BFCL_RELEVANCE, AB(""), "Sorry.", "[]", "relevance_error:decoder_failed" },
    { HONE_BFCL_RELEVANCE, AB(""), C("f{a:2}"), "[]", "" },
};

START_TEST(test_answer)
{
    hone_calls calls = decode(answers[_i].text);
    const char *got = verdict_of(answers[_i].kind, answers[_i].functions, answers[_i].gold, &calls);
    ck_assert_msg(!strcmp(got, answers[_i].verdict), "%s: '%s', want '%s'", answers[_i].text, got,
                  answers[_i].verdict);
}
END_TEST

START_TEST(test_kinds)
{
    hone_bfcl_kind k;
    ck_assert(hone_bfcl_kind_of("parallel_multiple", &k) && k == HONE_BFCL_PARALLEL);
    ck_assert(hone_bfcl_kind_of("live_multiple", &k) && k == HONE_BFCL_MULTIPLE);
    ck_assert(hone_bfcl_kind_of("simple_python", &k) && k == HONE_BFCL_SIMPLE);
    ck_assert(hone_bfcl_kind_of("live_irrelevance", &k) && k == HONE_BFCL_IRRELEVANCE);
    ck_assert(hone_bfcl_kind_of("live_relevance", &k) && k == HONE_BFCL_RELEVANCE);
    ck_assert(!hone_bfcl_kind_of("simple_java", &k));
    ck_assert(!hone_bfcl_kind_of("multi_turn_base", &k));
    ck_assert(!hone_bfcl_kind_of("memory_kv", &k));
}
END_TEST

/* ---- the public files ---- */

typedef enum pick { FIRST, LAST, LEAVE_OUT } pick;

/* The value that an answer takes from a gold list; NULL leaves the argument out. */
static hone_json *picked(const hone_json *list, pick how)
{
    hone_json *found = NULL;
    for (size_t i = 0; i < list->len; i++) {
        bool omitted = hone_json_str_eq(list->items[i], "");
        if (omitted && how == LEAVE_OUT) return NULL;
        if (omitted || (found && how != LAST)) continue;
        found = list->items[i];
    }
    return found;
}

static hone_json *picked_value(hone_json *v, int depth)
{
    if (v->type == HONE_JSON_ARRAY && depth == 0) {
        hone_json *list = hone_json_new_array(arena);
        for (size_t i = 0; i < v->len; i++)
            ck_assert(hone_json_push(arena, list, picked_value(v->items[i], 1)));
        return list;
    }
    if (v->type != HONE_JSON_OBJECT) return v;
    hone_json *o = hone_json_new_object(arena);
    for (size_t i = 0; i < v->len; i++) {
        hone_json *one = picked(v->members[i].value, FIRST);
        if (one) ck_assert(hone_json_set(arena, o, v->members[i].key, one));
    }
    return o;
}

static hone_calls gold_answer(const hone_json *gold, pick how)
{
    hone_calls calls = { hone_arena_alloc(arena, gold->len * sizeof(hone_call)), gold->len };
    for (size_t i = 0; i < gold->len; i++) {
        const hone_json_member *m = &gold->items[i]->members[0];
        hone_json *arguments = hone_json_new_object(arena);
        for (size_t k = 0; k < m->value->len; k++) {
            hone_json *v = picked(m->value->members[k].value, how);
            if (v)
                ck_assert(hone_json_set(arena, arguments, m->value->members[k].key,
                                        picked_value(v, 0)));
        }
        calls.items[i] = (hone_call){ m->key, arguments };
    }
    return calls;
}

/* The calls as given, and written as the model would and decoded again. The template writes null as
 * None, which BFCL's decoder takes for text. */
static bool gold_right(const hone_bfcl_task *t, const hone_calls *calls)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_bfcl_verdict direct, written;
    ck_assert_int_eq(hone_bfcl_check(&direct, arena, t, calls, &err), 0);
    hone_call_write(&text, calls);
    hone_calls again = decode(text.data);
    ck_assert_int_eq(hone_bfcl_check(&written, arena, t, &again, &err), 0);
    ck_assert(!strcmp(direct.error, written.error) || strstr(text.data, ":None"));
    hone_buf_done(&text);
    return !direct.error[0];
}

static const hone_bfcl_options plain = { 0 }, handler = { .handler_prompt = true };

static const struct { const char *name; int rows, right[3]; } files[] = {
    { "BFCL_v4_simple_python.json.zst", 400, { 400, 400, 398 } },
    { "BFCL_v4_multiple.json.zst", 200, { 200, 200, 200 } },
    { "BFCL_v4_parallel.json.zst", 200, { 200, 200, 199 } },
    { "BFCL_v4_parallel_multiple.json.zst", 200, { 198, 198, 198 } },
};

START_TEST(test_gold)
{
    hone_bfcl_load l;
    char path[256];
    (void)snprintf(path, sizeof path, "%s%s", FILES, files[_i].name);
    ck_assert(hone_bfcl_is_file(path));
    int rc = hone_bfcl_rows_load(&l, path, &plain, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_uint_eq(l.rows->count, (size_t)files[_i].rows);
    ck_assert_int_eq(l.num_skipped, 0);
    for (int how = FIRST; how <= LEAVE_OUT; how++) {
        int right = 0;
        for (size_t i = 0; i < l.rows->count; i++) {
            hone_bfcl_task t;
            ck_assert_int_eq(hone_bfcl_task_make(&t, arena, &l.rows->items[i], &err), 0);
            hone_calls calls = gold_answer(t.gold, (pick)how);
            right += gold_right(&t, &calls);
        }
        ck_assert_int_eq(right, files[_i].right[how]);
    }
    hone_rows_free(l.rows);
}
END_TEST

START_TEST(test_irrelevance_file)
{
    hone_bfcl_load l;
    ck_assert_int_eq(
        hone_bfcl_rows_load(&l, FILES "BFCL_v4_irrelevance.json.zst", &plain, &err), 0);
    ck_assert_uint_eq(l.rows->count, 240);
    ck_assert_uint_eq(l.rows->items[0].expected.count, 0);
    ck_assert_str_eq(l.rows->items[0].category, "irrelevance");
    hone_rows_free(l.rows);
}
END_TEST

/* The leaderboard's prompts: all 1,240 by hash, some in full
 * (handler_prompts.json, made by tests/bench/eval_bfcl.py with the public handler itself). */
START_TEST(test_handler_prompts)
{
    hone_json *made = NULL;
    int shown = 0;
    ck_assert_int_eq(hone_json_load(&made, arena, FILES "handler_prompts.json", &err), 0);
    const hone_json *hashes = hone_json_get(made, "sha256"), *texts = hone_json_get(made, "texts");
    ck_assert_uint_eq(hashes->len, 5);
    for (size_t i = 0; i < hashes->len; i++) {
        hone_bfcl_load l;
        hone_buf path = HONE_BUF_INIT(256), all = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        char hex[65];
        hone_buf_printf(&path, FILES "%s.zst", hashes->members[i].key);
        ck_assert_int_eq(hone_bfcl_rows_load(&l, path.data, &handler, &err), 0);
        for (size_t j = 0; j < l.rows->count; j++) {
            const hone_row *row = &l.rows->items[j];
            const char *text = row->prompt + strlen(HONE_MARK_BOS);
            const hone_json *want = hone_json_get(texts, row->id);
            hone_buf_add(&all, text, strlen(text) + 1);
            ck_assert_int_eq(strncmp(row->prompt, HONE_MARK_BOS, strlen(HONE_MARK_BOS)), 0);
            if (want) ck_assert_str_eq(text, want->text);
            shown += want != NULL;
        }
        hone_sha256_of(all.data, all.len, hex);
        ck_assert_str_eq(hex, hashes->members[i].value->text);
        hone_rows_free(l.rows);
        hone_buf_done(&path);
        hone_buf_done(&all);
    }
    ck_assert_uint_eq((size_t)shown, texts->len);
}
END_TEST

/* What a BFCL row becomes, and what is not scored. */
START_TEST(test_rows)
{
    char dir[64];
    hone_bfcl_load l;
    static const char rows[] =
        "{\"id\":\"simple_python_0\",\"question\":[[{\"role\":\"user\",\"content\":\"hi\"}]],"
        "\"function\":[{\"name\":\"m.f\",\"description\":\"d\",\"parameters\":{\"type\":\"dict\","
        "\"properties\":{\"x\":{\"type\":\"float\",\"description\":\"x\"},\"d\":{\"type\":\"dict\","
        "\"description\":\"d\",\"properties\":{\"k\":{\"type\":\"any\",\"description\":\"k\"}}}},"
        "\"required\":[\"x\"]}}]}\n"
        "{\"id\":\"simple_java_0\",\"question\":[[{\"role\":\"user\",\"content\":\"hi\"}]],"
        "\"function\":[]}\n"
        "{\"id\":\"multi_turn_base_3\",\"question\":[[],[]],\"function\":[]}";
    static const char gold[] = "{\"id\":\"simple_python_0\",\"ground_truth\":[{\"m.f\":{\"x\":"
                               "[\"\",1],\"d\":[{\"k\":[\"\",\"v\"],\"o\":[\"\"]}]}}]}";
    support_scratch(dir);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "q.json"), rows, sizeof rows - 1, &err), 0);
    ck_assert_int_eq(hone_bfcl_rows_load(&l, support_path(dir, "q.json"), &plain, &err),
                     HONE_E_NOT_FOUND);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "g.json"), gold, sizeof gold - 1, &err), 0);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/g.json", dir);
    const hone_bfcl_options with_gold = { .gold_path = path };
    int rc = hone_bfcl_rows_load(&l, support_path(dir, "q.json"), &with_gold, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_uint_eq(l.rows->count, 1);
    ck_assert_int_eq(l.num_skipped, 2);
    ck_assert_str_eq(l.skipped[0].category, "simple_java");
    const hone_row *row = &l.rows->items[0];
    hone_buf b = HONE_BUF_INIT(4096);
    hone_call_write(&b, &row->expected);
    ck_assert_str_eq(b.data, C("m.f{d:{k:" S("v") "},x:1}"));
    const hone_json *p = hone_json_get(hone_tools_find(row->tools, "m.f"), "parameters");
    ck_assert(hone_json_str_eq(hone_json_get(p, "type"), "object"));
    const hone_json *own = hone_json_get(hone_bfcl_function(row, "m.f"), "parameters");
    ck_assert(hone_json_str_eq(hone_json_get(own, "type"), "dict"));
    ck_assert(hone_json_str_eq(hone_json_get(row->messages->items[0], "role"), "developer"));
    hone_buf_done(&b);
    hone_rows_free(l.rows);
    support_scratch_done(dir);
}
END_TEST

START_TEST(test_bad_files)
{
    static const char *const bad[] = {
        ("{\"id\":\"simple_python_0\",\"question\":[[{\"role\":\"user\",\"content\":\"hi\"}]],"
         "\"function\":[]}"), /* no gold */
        "{\"id\":7}", "[]", "{\"id\":\"irrelevance_0\",\"question\":[[5]],\"function\":[]}",
        "{\"id\":\"irrelevance_0\",\"question\":[[]],\"function\":[]}",
        "{\"id\":\"irrelevance_0\",\"question\":[[{}]],\"function\":7}",
        "{\"id\":\"simple_java_0\",\"question\":[[]],\"function\":[]}", "",
    };
    char dir[64], path[128];
    support_scratch(dir);
    (void)snprintf(path, sizeof path, "%s/g.json", dir);
    ck_assert_int_eq(hone_fs_write(path, "{\"id\":\"x\"}", 10, &err), 0);
    const hone_bfcl_options with_gold = { .gold_path = path, .handler_prompt = true };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hone_bfcl_load l;
        const char *file = support_path(dir, "q.json");
        ck_assert_int_eq(hone_fs_write(file, bad[i], strlen(bad[i]), &err), 0);
        hone_err_clear(&err);
        int rc = hone_bfcl_rows_load(&l, file, &with_gold, &err);
        ck_assert_msg(rc == HONE_E_DATA, "%s: %d %s", bad[i], rc, err.message);
    }
    ck_assert(!hone_bfcl_is_file(support_path(dir, "absent.json")));
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("bfcl");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_decode, 0, sizeof bodies / sizeof bodies[0]);
    tcase_add_test(t, test_decode_spans);
    tcase_add_test(t, test_decode_limits);
    tcase_add_loop_test(t, test_vector, 0, sizeof vectors / sizeof vectors[0]);
    tcase_add_loop_test(t, test_answer, 0, sizeof answers / sizeof answers[0]);
    tcase_add_test(t, test_kinds);
    tcase_add_loop_test(t, test_gold, 0, sizeof files / sizeof files[0]);
    tcase_add_test(t, test_irrelevance_file);
    tcase_add_test(t, test_handler_prompts);
    tcase_add_test(t, test_rows);
    tcase_add_test(t, test_bad_files);
    return support_run(t);
}
