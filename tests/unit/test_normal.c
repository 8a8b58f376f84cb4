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
    { "number", "{}", "\"five\"", "\"five\"", true }, /* what is equal needs no reading */
    { "number-unit", UNITS, "\"2 cups\"", "\"2 cups\"", true },
    { "number", "{}", "\"9007199254740993\"", "9007199254740992", false },
    { "number", "{}", "\"007\"", "7", true },
    { "number", "{}", "\"+-7\"", "-7", false },
    { "number", "{}", "\"-\"", "0", false },
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
    ck_assert(hone_normal_equal(a, a, schema, n) && hone_normal_equal(b, b, schema, n));
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

/*
 * Values labelled by hand for each normaliser: two are the same exactly when their labels are.
 * Every ordered pair of one normaliser is asked.
 */
static const struct { const char *normal, *schema, *text, *label; } labelled[] = {
    { "text", "{}", "\"tea\"", "tea" },
    { "text", "{}", "\"Tea\"", "tea" },
    { "text", "{}", "\" TEA \"", "tea" },
    { "text", "{}", "\"tea.\"", "tea" },
    { "text", "{}", "\"tea!?\"", "tea" },
    { "text", "{}", "\"\xEF\xBD\x94\xEF\xBD\x85\xEF\xBD\x81\"", "tea" },
    { "text", "{}", "\"; tea :\"", "tea" },
    { "text", "{}", "\"the tea\"", "the tea" },
    { "text", "{}", "\"the  tea\"", "the tea" },
    { "text", "{}", "\"The\xC2\xA0tea.\"", "the tea" },
    { "text", "{}", "\"the\\ttea\"", "the tea" },
    { "text", "{}", "\"tea-time\"", "tea-time" },
    { "text", "{}", "\"tea\xE2\x80\x93time\"", "tea-time" },
    { "text", "{}", "\"tea\xE2\x80\x94time\"", "tea-time" },
    { "text", "{}", "\"Tea\xE2\x80\x90Time\"", "tea-time" },
    { "text", "{}", "\"teatime\"", "teatime" },
    { "text", "{}", "\"tea time\"", "tea time" },
    { "text", "{}", "\"tea\\ntime\"", "tea time" },
    { "text", "{}", "\"it's\"", "it's" },
    { "text", "{}", "\"it\xE2\x80\x99s\"", "it's" },
    { "text", "{}", "\"IT'S\"", "it's" },
    { "text", "{}", "\"it\xE2\x80\x98s\"", "it's" },
    { "text", "{}", "\"its\"", "its" },
    { "text", "{}", "\"caf\xC3\xA9\"", "cafe acute" },
    { "text", "{}", "\"CAFE\xCC\x81\"", "cafe acute" },
    { "text", "{}", "\"cafe\"", "cafe" },
    { "text", "{}", "\"stra\xC3\x9F" "e\"", "strasse" },
    { "text", "{}", "\"STRASSE\"", "strasse" },
    { "text", "{}", "\"strasse\"", "strasse" },
    { "text", "{}", "\"\"", "nothing" },
    { "text", "{}", "\"...\"", "nothing" },
    { "text", "{}", "\" \"", "nothing" },
    { "text", "{}", "\"\xE2\x80\xA6\"", "nothing" },
    { "text", "{}", "\" ?! \"", "nothing" },
    { "text", "{}", "\"5\"", "5" },
    { "text", "{}", "\"5.\"", "5" },
    { "text", "{}", "\"5.0\"", "5.0" },
    { "text", "{}", "\"\xE2\x80\x9Ctea\xE2\x80\x9D\"", "quoted tea" },
    { "text", "{}", "\"\\\"tea\\\"\"", "quoted tea" },
    { "text", "{}", "\"\xEF\xAC\x81sh\"", "fish" },
    { "text", "{}", "\"fish\"", "fish" },
    { "text", "{}", "\"FISH\"", "fish" },
    { "text", "{}", "\"x\xC2\xB2\"", "x2" },
    { "text", "{}", "\"x2\"", "x2" },
    { "text", "{}", "\"a  b\"", "a b" },
    { "text", "{}", "\"A B,\"", "a b" },
    { "text", "{}", "\"1,5\"", "1,5" },
    { "text", "{}", "\"1.5\"", "1.5" },
    { "text-loose", "{}", "\"The Wall\"", "wall" },
    { "text-loose", "{}", "\"the wall\"", "wall" },
    { "text-loose", "{}", "\"wall\"", "wall" },
    { "text-loose", "{}", "\"a wall\"", "wall" },
    { "text-loose", "{}", "\"AN wall\"", "wall" },
    { "text-loose", "{}", "\"w.a.l.l\"", "wall" },
    { "text-loose", "{}", "\"wall.\"", "wall" },
    { "text-loose", "{}", "\"w a l l\"", "wall" },
    { "text-loose", "{}", "\"wall-e\"", "walle" },
    { "text-loose", "{}", "\"walle\"", "walle" },
    { "text-loose", "{}", "\"The WALL_E\"", "walle" },
    { "text-loose", "{}", "\"walls\"", "walls" },
    { "text-loose", "{}", "\"other the wall\"", "other" },
    { "number", "{}", "5", "five" },
    { "number", "{}", "5.0", "five" },
    { "number", "{}", "\"5\"", "five" },
    { "number", "{}", "\"5.0\"", "five" },
    { "number", "{}", "\"+5\"", "five" },
    { "number", "{}", "\" 5 \"", "five" },
    { "number", "{}", "5e0", "five" },
    { "number", "{}", "50e-1", "five" },
    { "number", "{}", "-5", "minus five" },
    { "number", "{}", "\"-5\"", "minus five" },
    { "number", "{}", "-5.0", "minus five" },
    { "number", "{}", "0", "zero" },
    { "number", "{}", "-0.0", "zero" },
    { "number", "{}", "\"0\"", "zero" },
    { "number", "{}", "0.1", "tenth" },
    { "number", "{}", "\"0.1\"", "tenth" },
    { "number", "{}", "1e-1", "tenth" },
    { "number", "{}", "0.10000000000000001", "tenth" },
    { "number", "{}", "1000000000", "milliard" },
    { "number", "{}", "\"1000000000\"", "milliard" },
    { "number", "{}", "1000000001", "milliard and one" },
    { "number", "{}", "9007199254740992", "2^53" },
    { "number", "{}", "9007199254740993", "2^53+1" },
    { "number", "{}", "true", "true" },
    { "number", "{}", "null", "null" },
    { "boolean", "{}", "true", "true" },
    { "boolean", "{}", "\"true\"", "true" },
    { "boolean", "{}", "\"TRUE\"", "true" },
    { "boolean", "{}", "\"yes\"", "true" },
    { "boolean", "{}", "\"Yes\"", "true" },
    { "boolean", "{}", "false", "false" },
    { "boolean", "{}", "\"false\"", "false" },
    { "boolean", "{}", "\"no\"", "false" },
    { "boolean", "{}", "\"NO\"", "false" },
    { "boolean", "{}", "1", "one" },
    { "boolean", "{}", "null", "null" },
    { "date", "{}", "\"2026-01-02\"", "2nd" },
    { "date", "{}", "\" 2026-01-02 \"", "2nd" },
    { "date", "{}", "\"2026-01-03\"", "3rd" },
    { "date", "{}", "\"2 Jan 2026\"", "2 Jan" },
    { "date", "{}", "\"2024-02-29\"", "leap" },
    { "date", "{}", "\"2026-02-29\"", "none" },
    { "date", "{}", "\"2026-03-01\"", "first of march" },
    { "date", "{}", "\"2026-12-31\"", "last of december" },
    { "date", "{}", "\"2026-12-32\"", "no day" },
    { "date", "{}", "\"2027-01-01\"", "new year" },
    { "time", "{}", "\"07:15\"", "civil 7:15" },
    { "time", "{}", "\"07:15:00\"", "civil 7:15" },
    { "time", "{}", "\"07:15Z\"", "7:15 UTC" },
    { "time", "{}", "\"08:15+01:00\"", "7:15 UTC" },
    { "time", "{}", "\"07:15+00:00\"", "7:15 UTC" },
    { "time", "{}", "\"06:15-01:00\"", "7:15 UTC" },
    { "time", "{}", "\"07:15:00Z\"", "7:15 UTC" },
    { "time", "{}", "\"08:15Z\"", "8:15 UTC" },
    { "time", "{}", "\"07:15-01:00\"", "8:15 UTC" },
    { "time", "{}", "\"07:16\"", "civil 7:16" },
    { "time", "{}", "\"19:15\"", "civil 19:15" },
    { "date-time", "{}", "\"2026-01-02T07:15\"", "civil" },
    { "date-time", "{}", "\"2026-01-02 07:15:00\"", "civil" },
    { "date-time", "{}", "\"2026-01-02 07:15\"", "civil" },
    { "date-time", "{}", "\"2026-01-02T07:15Z\"", "UTC" },
    { "date-time", "{}", "\"2026-01-02T07:15:00+00:00\"", "UTC" },
    { "date-time", "{}", "\"2026-01-02T08:15+01:00\"", "UTC" },
    { "date-time", "{}", "\"2026-01-02 09:15:00+0200\"", "UTC" },
    { "date-time", "{}", "\"2026-01-01T23:30:00Z\"", "half past midnight" },
    { "date-time", "{}", "\"2026-01-02T00:30:00+0100\"", "half past midnight" },
    { "date-time", "{}", "\"2025-12-31T23:00Z\"", "new year" },
    { "date-time", "{}", "\"2026-01-01T00:00+01:00\"", "new year" },
    { "date-time", "{}", "\"2024-02-29T00:00\"", "civil leap" },
    { "date-time", "{}", "\"2024-03-01T00:00\"", "civil march" },
    { "phone", "{}", "\"+49 30 1234\"", "+49 30 1234" },
    { "phone", "{}", "\"0049301234\"", "+49 30 1234" },
    { "phone", "{}", "\"+4930/1234\"", "+49 30 1234" },
    { "phone", "{}", "\"+49-30-12 34\"", "+49 30 1234" },
    { "phone", "{}", "\"+49 (30) 1234\"", "+49 30 1234" },
    { "phone", "{}", "\"030 1234\"", "030 1234" },
    { "phone", "{}", "\"0301234\"", "030 1234" },
    { "phone", "{}", "\"030/1234\"", "030 1234" },
    { "phone", "{}", "\"301234\"", "30 1234" },
    { "phone", "{}", "301234", "30 1234" },
    { "phone", "{}", "\"30-1234\"", "30 1234" },
    { "phone", "{}", "\"112\"", "112" },
    { "phone", "{}", "\"1 1 2\"", "112" },
    { "phone", "{}", "112", "112" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"a\",\"b\"]", "a b" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"B\",\"a\"]", "a b" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"b.\",\"A\"]", "a b" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"a\"]", "a" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"A\"]", "a" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"a\",\"a\"]", "a a" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[]", "empty" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"a\",\"b\",\"a\"]", "a a b" },
    { "set", "{\"items\":{\"type\":\"string\"}}", "[\"b\",\"a\",\"A\"]", "a a b" },
};
enum { LABELLED = sizeof labelled / sizeof labelled[0] };

START_TEST(test_labelled)
{
    const hone_json *values[LABELLED];
    int asked = 0;
    for (int i = 0; i < LABELLED; i++) values[i] = parse_json(labelled[i].text);
    for (int i = 0; i < LABELLED; i++)
        for (int k = 0; k < LABELLED; k++) {
            hone_normal n;
            if (strcmp(labelled[i].normal, labelled[k].normal) != 0) continue;
            SUPPORT_MUST(hone_normal_parse(labelled[i].normal, &n));
            bool same = !strcmp(labelled[i].label, labelled[k].label);
            const hone_json *schema = parse_json(labelled[i].schema);
            ck_assert_msg(hone_normal_equal(values[i], values[k], schema, n) == same,
                          "%s: %s and %s", labelled[i].normal, labelled[i].text, labelled[k].text);
            asked++;
        }
    ck_assert_int_eq(asked, 3886);
}
END_TEST

int main(void)
{
    TCase *t = support_case("normal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_labelled);
    tcase_add_loop_test(t, test_pairs, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_loop_test(t, test_choice, 0, sizeof schemas / sizeof schemas[0]);
    return support_run(t);
}
