/* What an utterance says: numbers, times, lengths and digits in people's ways, and what it does not
 * say; and every row of the offline teacher says its own values. */
#include <string.h>

#include "datagen/clock.h"
#include "datagen/ground.h"
#include "datagen/offline.h"
#include "tests/support.h"
#include "tests/support_says.h"

START_TEST(numbers)
{
    static const struct {
        const char *text;
        double n;
        bool said;
    } cases[] = {
        { "set it to twenty five", 25, true },
        { "set it to twenty five", 20, false },
        { "room 214 please", 214, true },
        { "room 214 please", 21, false },
        { "two hundred and six people", 206, true },
        { "three thousand", 3000, true },
        { "1,200 dollars", 1200, true },
        { "2.5 kilos", 2.5, true },
        { "two and a half", 2.5, true },
        { "the 3rd floor", 3, true },
        { "a dozen eggs", 12, true },
        { "nothing here", 4, false },
        { "a table for the two of us", 2, true },
        { "Set it to NINETY", 90, true },
        { "someone", 1, false },
        { "", 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(hone_ground_number(&hone_tongue_english, cases[i].text, cases[i].n) ==
                          cases[i].said,
                      "'%s' %g", cases[i].text, cases[i].n);
}
END_TEST

static hone_arena *arena;
static hone_err err;

static hone_function function(const char *text)
{
    hone_json *tool;
    hone_function f;
    ck_assert_int_eq(hone_json_parse(&tool, arena, text, strlen(text), "t", 1, &err), 0);
    ck_assert_int_eq(hone_function_infer(&f, arena, tool, &err), 0);
    return f;
}

static bool said(const hone_function *f, const char *user, const char *arguments)
{
    hone_json *v;
    ck_assert_int_eq(hone_json_parse(&v, arena, arguments, strlen(arguments), "a", 1, &err), 0);
    for (int i = 0; i < f->count; i++)
        if (!hone_ground_value(&hone_tongue_english, f, i, user, v)) return false;
    return true;
}

START_TEST(values)
{
    arena = hone_arena_new();
    hone_function timer = function(
        "{\"name\":\"start_timer\",\"parameters\":{\"type\":\"object\",\"properties\":{\"seconds\":"
        "{\"type\":\"integer\",\"description\":\"Length in seconds.\"}}}}");
    ck_assert(said(&timer, "an hour and a half for the roast", "{\"seconds\":5400}"));
    ck_assert(!said(&timer, "an hour and a half for the roast", "{\"seconds\":3900}"));
    ck_assert(said(&timer, "one hour, two minutes and 5 seconds", "{\"seconds\":3725}"));
    ck_assert(said(&timer, "a half hour timer", "{\"seconds\":1800}"));
    ck_assert(!said(&timer, "timer seven minutes", "{\"seconds\":4200}"));
    hone_function alarm = function(
        "{\"name\":\"set_alarm\",\"parameters\":{\"type\":\"object\",\"properties\":{\"hour\":{"
        "\"type\":\"integer\",\"description\":\"Hour, 0 to 23.\"},\"minute\":{\"type\":\"integer\","
        "\"description\":\"Minute.\"},\"label\":{\"type\":\"string\"}}}}");
    ck_assert(said(&alarm, "wake me at quarter to seven", "{\"hour\":6,\"minute\":45}"));
    ck_assert(!said(&alarm, "wake me at quarter to seven", "{\"hour\":7,\"minute\":45}"));
    ck_assert(said(&alarm, "this evening, say, at 7:30", "{\"hour\":19,\"minute\":30}"));
    ck_assert(!said(&alarm, "wake me at 7:30", "{\"hour\":19,\"minute\":30}"));
    ck_assert(
        !said(&alarm, "alarm at six for tea", "{\"hour\":6,\"minute\":0,\"label\":\"coffee\"}"));
    hone_function contact = function(
        "{\"name\":\"add_contact\",\"parameters\":{\"type\":\"object\",\"properties\":{\"phone\":{"
        "\"type\":\"string\",\"description\":\"Phone number.\"}}}}");
    ck_assert(said(&contact, "her number is 040 66-17", "{\"phone\":\"0406617\"}"));
    ck_assert(said(&contact, "it's oh five five, zero one", "{\"phone\":\"05501\"}") == false);
    ck_assert(said(&contact, "it's oh five five zero one", "{\"phone\":\"05501\"}"));
    arena = hone_arena_free(arena);
}
END_TEST

START_TEST(offline_rows_say_their_values)
{
    static const char text[] =
        "[{\"name\":\"set_alarm\",\"parameters\":{\"type\":\"object\",\"properties\":{\"hour\":{"
        "\"type\":\"integer\",\"description\":\"Hour, 0 to 23.\"},\"minute\":{\"type\":\"integer\","
        "\"description\":\"Minute.\"},\"label\":{\"type\":\"string\"}},\"required\":[\"hour\","
        "\"minute\"]}},{\"name\":\"start_timer\",\"parameters\":{\"type\":\"object\","
        "\"properties\":{"
        "\"seconds\":{\"type\":\"integer\",\"description\":\"Length in seconds.\"},\"label\":{"
        "\"type\":\"string\"}},\"required\":[\"seconds\"]}},{\"name\":\"calibrate_oven\","
        "\"parameters\":{\"type\":\"object\",\"properties\":{\"degrees\":{\"type\":\"integer\","
        "\"minimum\":100,\"maximum\":900}},\"required\":[\"degrees\"]}}]";
    hone_json *tools;
    hone_offline *o;
    arena = hone_arena_new();
    ck_assert_int_eq(hone_json_parse(&tools, arena, text, strlen(text), "t", 1, &err), 0);
    ck_assert_int_eq(hone_offline_new(&o, arena, &hone_tongue_english, tools, NULL, 0, 7, &err), 0);
    support_rows_say_values(o, &hone_tongue_english, 600);
    arena = hone_arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *t = support_case("ground");
    tcase_add_test(t, numbers);
    tcase_add_test(t, values);
    tcase_add_test(t, offline_rows_say_their_values);
    return support_run(t);
}
