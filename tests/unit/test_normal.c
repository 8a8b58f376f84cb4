/* Normalisers of the lenient mode: pairs with their verdict, and which one a schema asks for. */
#include <string.h>

#include "eval/normal.h"
#include "tests/support.h"

static hone_arena *arena;

static void setup(void)
{
    arena = hone_arena_new();
}

static void teardown(void)
{
    hone_arena_free(arena);
}

static hone_json *parse_json(const char *text)
{
    hone_err err;
    hone_json *v = NULL;
    hone_err_clear(&err);
    int rc = hone_json_parse(&v, arena, text, strlen(text), "in", 1, &err);
    ck_assert_msg(rc == 0, "%s: %s", text, err.message);
    return v;
}

#define UNITS "{\"x-hone-units\":{\"m\":1,\"km\":1000,\"\xC2\xB0" "C\":1}}"
#define LEVELS "{\"enum\":[\"Low\",\"High\",\"very high\",\"VERY HIGH\"]}"

static const struct { const char *normal, *schema, *a, *b; bool same; } pairs[] = {
    { "text", "{}", "\"Tea\"", "\"  tea. \"", true },
    { "text", "{}", "\"it\xE2\x80\x99s\"", "\"IT'S!\"", true },
    { "text", "{}", "\"a\xC2\xA0\xC2\xA0" "b\"", "\"a b\"", true },
    { "text", "{}", "\"\xEF\xBC\xA1\"", "\"a\"", true }, /* full-width A */
    { "text", "{}", "\"stra\xC3\x9F" "e\"", "\"STRASSE\"", true },
    { "text", "{}", "\"cafe\xCC\x81\"", "\"caf\xC3\xA9\"", true },
    { "text", "{}", "\"a\xE2\x80\x94" "b\"", "\"a-b\"", true },
    { "text", "{}", "\"the tea\"", "\"tea\"", false },
    { "text", "{}", "\"a-b\"", "\"ab\"", false },
    { "text", "{}", "\"\"", "\"...\"", true },
    { "text", "{}", "\"5\"", "5", false },
    { "text", "{}", "5", "5", true },
    { "text", "{}", "true", "true", true },
    { "text", "{}", "true", "\"true\"", false },
    { "text-loose", "{}", "\"The Wall\"", "\"wall\"", true },
    { "text-loose", "{}", "\"a-b c\"", "\"AB C\"", true },
    { "text-loose", "{}", "\"an\"", "\"an\"", true },
    { "text-loose", "{}", "\"wall\"", "\"walls\"", false },
    { "enum", LEVELS, "\"Low\"", "\"low\"", true },
    { "enum", LEVELS, "\"Low\"", "\"high\"", false },
    { "enum", LEVELS, "\"Low\"", "\"lo\"", false },
    { "enum", LEVELS, "\"VERY HIGH\"", "\"VERY HIGH\"", true },
    { "enum", LEVELS, "\"very high\"", "\"Very High\"", false }, /* two of them fit */
    { "number", "{}", "5", "5.0", true },
    { "number", "{}", "5", "\"5\"", true },
    { "number", "{}", "\"+5\"", "5", true },
    { "number", "{}", "0.1", "0.10000000000000001", true },
    { "number", "{}", "1000000000", "1000000001", false }, /* integers are never close */
    { "number", "{}", "9007199254740993", "9007199254740992", false },
    { "number", "{}", "5", "\"five\"", false },
    { "number", "{}", "1", "true", false },
    { "number-unit", UNITS, "\"2 km\"", "\"2000m\"", true },
    { "number-unit", UNITS, "\"2 KM\"", "2000", true },
    { "number-unit", UNITS, "\"2 miles\"", "2", false },
    { "number-unit", UNITS, "\"21\xC2\xB0" "C\"", "21", true },
    { "boolean", "{}", "true", "\"Yes\"", true },
    { "boolean", "{}", "false", "\"no\"", true },
    { "boolean", "{}", "true", "1", false },
    { "boolean", "{}", "true", "\"no\"", false },
    { "date", "{}", "\"2026-01-02\"", "\" 2026-01-02\"", true },
    { "date", "{}", "\"2026-01-02\"", "\"2026-1-2\"", false },
    { "date", "{}", "\"2026-01-02\"", "\"2 Jan 2026\"", false },
    { "date", "{}", "\"tomorrow\"", "\"tomorrow\"", true },
    { "time", "{}", "\"07:15\"", "\"07:15:00\"", true },
    { "time", "{}", "\"07:15Z\"", "\"08:15+01:00\"", true },
    { "time", "{}", "\"07:15\"", "\"07:15Z\"", false },
    { "time", "{}", "\"07:15\"", "\"25:15\"", false },
    { "date-time", "{}", "\"2026-01-02T07:15\"", "\"2026-01-02 07:15:00\"", true },
    { "date-time", "{}", "\"2026-01-01T23:30:00Z\"", "\"2026-01-02T00:30:00+0100\"", true },
    { "date-time", "{}", "\"2024-02-29T00:00\"", "\"2024-03-01T00:00\"", false },
    { "phone", "{}", "\"+49 (30) 12-34\"", "\"0049301234\"", true },
    { "phone", "{}", "\"0301234\"", "301234", false },
    { "phone", "{}", "\"301234\"", "301234", true },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"A\",\"b\"]", "[\"B\",\"a\"]", true },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"a\",\"a\"]", "[\"a\",\"b\"]", false },
    { "set", "{}", "[1,2]", "[2,1,1]", false },
    { "text", "{\"items\":{\"type\":\"number\"}}", "[1,2]", "[\"1\",2.0]", true },
    { "text", "{}", "[1,2]", "[2,1]", false },
    { "text", "{\"properties\":{\"n\":{\"type\":\"integer\"}}}", "{\"n\":1,\"t\":\"A\"}",
      "{\"t\":\"a\",\"n\":\"1\"}", true },
    { "text", "{}", "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
    { "any", "{}", "\"Dear all\"", "{\"x\":1}", true },
    { "exact", "{}", "\"Tea\"", "\"tea\"", false },
};

START_TEST(test_pairs)
{
    hone_normal n;
    const hone_json *schema = parse_json(pairs[_i].schema);
    const hone_json *a = parse_json(pairs[_i].a), *b = parse_json(pairs[_i].b);
    ck_assert(hone_normal_parse(pairs[_i].normal, &n));
    ck_assert_str_eq(hone_normal_word(n), pairs[_i].normal);
    ck_assert_msg(hone_normal_equal(a, b, schema, n) == pairs[_i].same, "%s: %s and %s",
                  pairs[_i].normal, pairs[_i].a, pairs[_i].b);
    ck_assert_msg(hone_normal_equal(b, a, schema, n) == pairs[_i].same, "%s: %s and %s",
                  pairs[_i].normal, pairs[_i].b, pairs[_i].a);
    ck_assert(n == HONE_NORMAL_ENUM || hone_normal_equal(a, a, schema, n) || pairs[_i].same ||
              n == HONE_NORMAL_NUMBER_UNIT);
}
END_TEST

static const struct { const char *schema, *normal; } schemas[] = {
    { "{\"type\":\"string\"}", "text" },
    { "{\"type\":\"string\",\"enum\":[\"a\"]}", "enum" },
    { "{\"type\":\"INTEGER\"}", "number" },
    { "{\"type\":\"number\"}", "number" },
    { "{\"type\":\"boolean\"}", "boolean" },
    { "{\"type\":\"string\",\"format\":\"date-time\"}", "date-time" },
    { "{\"type\":\"string\",\"format\":\"phone\"}", "phone" },
    { "{\"type\":\"string\",\"format\":\"any\"}", "text" },
    { "{\"type\":\"string\",\"x-hone-normalizer\":\"any\",\"enum\":[\"a\"]}", "any" },
    { "{\"type\":\"string\",\"x-hone-normalizer\":\"nonsense\"}", "text" },
    { "{}", "text" },
};

START_TEST(test_choice)
{
    ck_assert_str_eq(hone_normal_word(hone_normal_of(parse_json(schemas[_i].schema))),
                     schemas[_i].normal);
    ck_assert_int_eq(hone_normal_of(NULL), HONE_NORMAL_TEXT);
}
END_TEST

int main(void)
{
    TCase *t = support_case("normal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_pairs, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_loop_test(t, test_choice, 0, sizeof schemas / sizeof schemas[0]);
    return support_run(t);
}
