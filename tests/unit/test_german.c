/* German (datagen/german.c): what is said means one value alone and is read back; the judge hears
 * numbers in it; every German row says its own values. */
#include <string.h>

#include "common/mem.h"
#include "datagen/ground.h"
#include "datagen/offline.h"
#include "tests/support.h"
#include "tests/support_says.h"

static const char tools_text[] =
    "[{\"name\":\"set_alarm\",\"parameters\":{\"type\":\"object\",\"properties\":{\"hour\":{"
    "\"type\":\"integer\",\"description\":\"Hour, 0 to 23.\"},\"minute\":{\"type\":\"integer\","
    "\"description\":\"Minute.\"},\"label\":{\"type\":\"string\"}},\"required\":[\"hour\","
    "\"minute\"]}},{\"name\":\"start_timer\",\"parameters\":{\"type\":\"object\",\"properties\":{"
    "\"seconds\":{\"type\":\"integer\",\"description\":\"Length in seconds.\"},\"label\":{"
    "\"type\":\"string\"}},\"required\":[\"seconds\"]}},{\"name\":\"send_email\",\"parameters\":{"
    "\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\"},\"body\":{\"type\":"
    "\"string\"}},\"required\":[\"to\"]}}]";

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

START_TEST(numbers_are_read_back)
{
    hone_buf b = HONE_BUF_INIT(256);
    for (int n = 0; n < 20000; n++) {
        double v = -1;
        hone_buf_clear(&b);
        hone_german_number(&b, n / 2, n % 2);
        size_t len = hone_german_read(b.data, &v);
        SUPPORT_MUST(len == b.len && v == n / 2);
    }
    hone_buf_done(&b);
}
END_TEST

START_TEST(words_that_are_no_numbers)
{
    static const char *const words[] = { "Einkauf", "achtung", "zweig", "hundertmal", "und",
                                         "dreist", "einundein", "Tausendsassa", "", "7" };
    double v;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ck_assert_msg(hone_german_read(words[i], &v) == 0, "%s", words[i]);
}
END_TEST

typedef struct meant {
    uint64_t hash;
    int value;
} meant;

enum { ROOM = 1 << 20 };

/* The same words never mean another value. */
static void note(meant *all, const hone_buf *b, int value)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < b->len; i++) h = (h ^ (unsigned char)b->data[i]) * 0x100000001b3u;
    size_t at = h & (ROOM - 1);
    while (all[at].hash && all[at].hash != h) at = (at + 1) & (ROOM - 1);
    if (all[at].hash) SUPPORT_MUST(all[at].value == value);
    all[at] = (meant){ h, value };
}

START_TEST(words_mean_one_value)
{
    meant *times = hone_calloc(ROOM, sizeof *times), *spans = hone_calloc(ROOM, sizeof *spans);
    hone_buf b = HONE_BUF_INIT(256);
    int said[1440] = { 0 };
    for (int m = 0; m < 1440; m++)
        for (int form = 0; form < HONE_GERMAN_CORES * HONE_GERMAN_PARTS; form++) {
            hone_buf_clear(&b);
            if (!hone_german_clock(&b, m / 60, m % 60, form / HONE_GERMAN_PARTS,
                                   form % HONE_GERMAN_PARTS))
                continue;
            note(times, &b, m);
            said[m]++;
        }
    for (int m = 0; m < 1440; m++) ck_assert_int_ge(said[m], 4);
    for (int s = 1; s < 20000; s++)
        for (int form = 0; form < HONE_GERMAN_SPANS; form++) {
            hone_buf_clear(&b);
            if (hone_german_span(&b, s, form, false)) note(spans, &b, s);
        }
    hone_buf_done(&b);
    hone_free(times);
    hone_free(spans);
}
END_TEST

START_TEST(the_judge_hears_numbers)
{
    static const struct {
        const char *text;
        double n;
        bool said;
    } cases[] = {
        { "stell es auf f\u00fcnfundzwanzig", 25, true },
        { "stell es auf f\u00fcnfundzwanzig", 20, false },
        { "stell es auf f\u00fcnfundzwanzig", 5, false },
        { "zweihundertsechs Leute", 206, true },
        { "DREISSIG Grad", 30, true },
        { "2,5 Kilo", 2.5, true },
        { "1.200 Euro", 1200, true },
        { "ein Tisch f\u00fcr zwei", 2, true },
        { "zweifellos", 2, false },
        { "ein Dutzend Eier", 12, true },
        { "", 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(hone_ground_number(&hone_tongue_german, cases[i].text, cases[i].n) ==
                          cases[i].said,
                      "'%s' %g", cases[i].text, cases[i].n);
}
END_TEST

static bool said(const hone_function *f, const char *user, const char *arguments)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, arena, arguments, strlen(arguments), "a", 1, &err), 0);
    for (int i = 0; i < f->count; i++)
        if (!hone_ground_value(&hone_tongue_german, f, i, user, v)) return false;
    return true;
}

static hone_offline *teacher(void)
{
    hone_json *tools = NULL;
    hone_offline *o = NULL;
    ck_assert_int_eq(hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "t", 1, &err),
                     0);
    ck_assert_int_eq(hone_offline_new(&o, arena, &hone_tongue_german, tools, NULL, 0, 7, &err), 0);
    return o;
}

START_TEST(the_judge_hears_times)
{
    int n;
    const hone_function *f = hone_offline_functions(teacher(), &n);
    ck_assert(said(&f[0], "weck mich um halb sieben", "{\"hour\":6,\"minute\":30}"));
    ck_assert(!said(&f[0], "weck mich um halb sieben", "{\"hour\":7,\"minute\":30}"));
    ck_assert(!said(&f[0], "weck mich um halb sieben", "{\"hour\":18,\"minute\":30}"));
    ck_assert(said(&f[0], "um halb sieben abends", "{\"hour\":18,\"minute\":30}"));
    ck_assert(said(&f[0], "heute Abend bitte um sieben Uhr", "{\"hour\":19,\"minute\":0}"));
    ck_assert(said(&f[0], "um f\u00fcnf vor halb acht", "{\"hour\":7,\"minute\":25}"));
    ck_assert(said(&f[0], "um dreiviertel acht", "{\"hour\":7,\"minute\":45}"));
    ck_assert(said(&f[0], "Wecker 17:05 Uhr", "{\"hour\":17,\"minute\":5}"));
    ck_assert(!said(&f[0], "morgen um zw\u00f6lf Uhr", "{\"hour\":0,\"minute\":0}"));
    ck_assert(!said(&f[0], "am Vormittag um 7 Uhr", "{\"hour\":19,\"minute\":0}"));
    ck_assert(said(&f[1], "stell anderthalb Stunden ein", "{\"seconds\":5400}"));
    ck_assert(said(&f[1], "eine Stunde, zwei Minuten und 5 Sekunden", "{\"seconds\":3725}"));
    ck_assert(said(&f[1], "zweieinhalb Minuten", "{\"seconds\":150}"));
    ck_assert(!said(&f[1], "sieben Minuten", "{\"seconds\":4200}"));
}
END_TEST

START_TEST(rows_say_their_values)
{
    support_rows_say_values(teacher(), &hone_tongue_german, 500);
}
END_TEST

START_TEST(languages_have_names_and_codes)
{
    ck_assert_ptr_eq(hone_tongue_find("de"), &hone_tongue_german);
    ck_assert_ptr_eq(hone_tongue_find("German"), &hone_tongue_german);
    ck_assert_ptr_eq(hone_tongue_find("en"), &hone_tongue_english);
    ck_assert_ptr_null(hone_tongue_find("fr"));
    ck_assert_ptr_null(hone_tongue_find(""));
}
END_TEST

int main(void)
{
    TCase *t = support_case("german");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, numbers_are_read_back);
    tcase_add_test(t, words_that_are_no_numbers);
    tcase_add_test(t, words_mean_one_value);
    tcase_add_test(t, the_judge_hears_numbers);
    tcase_add_test(t, the_judge_hears_times);
    tcase_add_test(t, rows_say_their_values);
    tcase_add_test(t, languages_have_names_and_codes);
    return support_run(t);
}
