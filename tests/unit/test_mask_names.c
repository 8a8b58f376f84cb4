/*
 * Name masking: declarations and calls change alike, at every depth, values and descriptions stay;
 * all rows of a step get the same names, another step gets others.
 */
#include <string.h>

#include "common/mem.h"
#include "datasets/mask_names.h"
#include "tests/support.h"

static const char ROW[] =
    "{\"id\":\"r\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"set_alarm\","
    "\"description\":\"Sets an alarm.\",\"parameters\":{\"type\":\"object\",\"properties\":{"
    "\"time\":{\"type\":\"string\",\"description\":\"when\"},"
    "\"days\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"type\":\"string\",\"enum\":[\"mon\",\"tue\"]}}}}},\"required\":[\"time\"]}}}],"
    "\"messages\":[{\"role\":\"user\",\"content\":\"set_alarm at seven\"},"
    "{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":"
    "\"set_alarm\",\"arguments\":{\"time\":\"seven\",\"days\":[{\"name\":\"mon\",\"x\":1}]}}}]},"
    "{\"role\":\"tool\",\"name\":\"set_alarm\",\"content\":\"done\"},"
    "{\"role\":\"assistant\",\"content\":\"It is set.\"}]}";

static hone_arena *a;

static void setup(void)
{
    a = hone_arena_new();
}

static void teardown(void)
{
    hone_arena_free(a);
}

static hone_json *parse(const char *text)
{
    hone_json *o = NULL;
    hone_err err;
    ck_assert_int_eq(hone_json_parse(&o, a, text, strlen(text), "t", 1, &err), 0);
    return o;
}

static const hone_json *path(const hone_json *v, const char *const *keys)
{
    for (; *keys; keys++) {
        v = **keys >= '0' && **keys <= '9' ? hone_json_at(v, (size_t)(**keys - '0'))
                                           : hone_json_get(v, *keys);
        ck_assert_ptr_nonnull(v);
    }
    return v;
}
#define AT(v, ...) path(v, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(names_change_alike)
{
    const hone_json *row = parse(ROW), *m = hone_names_masked(a, row, 5, 3);
    ck_assert_ptr_nonnull(m);
    const char *fn = AT(m, "tools", "0", "function", "name")->text;
    const hone_json *properties = AT(m, "tools", "0", "function", "parameters", "properties");
    const char *time = properties->members[0].key, *days = properties->members[1].key;
    ck_assert_str_ne(fn, "set_alarm");
    ck_assert_str_ne(time, "time");
    ck_assert_str_ne(time, days);
    ck_assert_str_eq(AT(m, "tools", "0", "function", "parameters", "required", "0")->text, time);
    ck_assert_str_eq(AT(m, "messages", "1", "tool_calls", "0", "function", "name")->text, fn);
    ck_assert_str_eq(AT(m, "messages", "2", "name")->text, fn);
    const hone_json *arguments = AT(m, "messages", "1", "tool_calls", "0", "function", "arguments");
    ck_assert_str_eq(arguments->members[0].key, time);
    ck_assert_str_eq(arguments->members[0].value->text, "seven");
    ck_assert_str_eq(arguments->members[1].key, days);
    const hone_json *day = AT(arguments->members[1].value, "0");
    const hone_json *inner = AT(properties->members[1].value, "items", "properties");
    ck_assert_str_eq(day->members[0].key, inner->members[0].key);
    ck_assert_str_eq(day->members[0].value->text, "mon"); /* values are values */
    ck_assert_str_eq(day->members[1].key, "x");           /* the schema does not know it */
    ck_assert(hone_json_equal(AT(inner->members[0].value, "enum"), parse("[\"mon\",\"tue\"]")));
    ck_assert_str_eq(AT(m, "tools", "0", "function", "description")->text, "Sets an alarm.");
    ck_assert_str_eq(AT(m, "messages", "0", "content")->text, "set_alarm at seven");
}
END_TEST

START_TEST(names_of_a_step)
{
    const hone_json *row = parse(ROW);
    const hone_json *one = hone_names_masked(a, row, 5, 3), *two = hone_names_masked(a, row, 5, 3);
    const hone_json *step = hone_names_masked(a, row, 5, 4);
    const hone_json *seed = hone_names_masked(a, row, 6, 3);
    ck_assert(hone_json_equal(one, two));
    ck_assert(!hone_json_equal(one, step));
    ck_assert(!hone_json_equal(one, seed));
    /* a row without tools, and one that calls what is not declared, stay what they are */
    const hone_json *bare = parse("{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{"
                                  "\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]}]}");
    ck_assert(hone_json_equal(hone_names_masked(a, bare, 5, 3), bare));
}
END_TEST

START_TEST(no_memory)
{
    for (int64_t nth = 1; nth < 40; nth++) {
        hone_arena *own = hone_arena_new();
        const hone_json *row = parse(ROW);
        hone_mem_fail_after(nth, true);
        (void)hone_names_masked(own, row, 5, 3);
        hone_mem_fail_after(0, false);
        hone_arena_free(own);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("mask_names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, names_change_alike);
    tcase_add_test(t, names_of_a_step);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
