/*
 * Spoken times and lengths: whatever hone_clock_say and hone_span_say print is read back by a
 * second reader, written apart from them, over the whole day and all lengths. A form that printed
 * another time would teach the model wrong labels.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "datagen/clock.h"

static const char *const number_words[] = { "zero",    "one",       "two",      "three",
                                            "four",    "five",      "six",      "seven",
                                            "eight",   "nine",      "ten",      "eleven",
                                            "twelve",  "thirteen",  "fourteen", "fifteen",
                                            "sixteen", "seventeen", "eighteen", "nineteen" };
static const char *const ten_words[] = { "twenty", "thirty",  "forty",  "fifty",
                                         "sixty",  "seventy", "eighty", "ninety" };

/* Words of one utterance; hyphens count as spaces. */
typedef struct words {
    char text[256];
    char *w[24];
    int n;
} words;

static void cut(words *r, const char *s)
{
    memset(r, 0, sizeof *r);
    size_t n = strlen(s);
    ck_assert(n < sizeof r->text);
    memcpy(r->text, s, n);
    for (size_t i = 0; i < n; i++) {
        if (r->text[i] == '-') r->text[i] = ' ';
        if (r->text[i] == ' ') r->text[i] = 0;
    }
    for (size_t i = 0; i < n; i++)
        if (r->text[i] && (i == 0 || !r->text[i - 1])) r->w[r->n++] = r->text + i;
}

static int unit_word(const char *s)
{
    for (int i = 0; i < 20; i++)
        if (strcmp(s, number_words[i]) == 0) return i;
    return -1;
}

static int ten_word(const char *s)
{
    for (int i = 0; i < 8; i++)
        if (strcmp(s, ten_words[i]) == 0) return 20 + 10 * i;
    return -1;
}

static bool all_digits(const char *s)
{
    return *s && strspn(s, "0123456789") == strlen(s);
}

/* A number at *at: digits or words up to 199; -1 if there is none. */
static int take_number(const words *r, int *at)
{
    if (*at >= r->n) return -1;
    if (all_digits(r->w[*at])) return (int)strtoul(r->w[(*at)++], NULL, 10);
    int n = unit_word(r->w[*at]);
    if (n == 1 && *at + 1 < r->n && strcmp(r->w[*at + 1], "hundred") == 0) {
        *at += 2;
        if (*at < r->n && strcmp(r->w[*at], "and") == 0) {
            ++*at;
            return 100 + take_number(r, at);
        }
        return 100;
    }
    if (n >= 0) return ++*at, n;
    n = ten_word(r->w[*at]);
    if (n < 0) return -1;
    ++*at;
    int unit = *at < r->n ? unit_word(r->w[*at]) : -1;
    if (unit > 0 && unit < 10) return ++*at, n + unit;
    return n;
}

/* Removes the part of the day: 0 none, 1 before noon, 2 after noon, 3 at night. */
static int take_part(char *s)
{
    static const struct {
        const char *text;
        int part;
    } parts[] = {
        { " in the morning", 1 },
        { " tomorrow morning", 1 },
        { " tomorrow afternoon", 2 },
        { " tomorrow evening", 2 },
        { " in the afternoon", 2 },
        { " this afternoon", 2 },
        { " in the evening", 2 },
        { " this evening", 2 },
        { " tonight", 2 },
        { " at night", 3 },
        { " tomorrow", 0 },
        { " a.m.", 1 },
        { " p.m.", 2 },
        { " am", 1 },
        { " pm", 2 },
        { "am", 1 },
        { "pm", 2 },
        { " AM", 1 },
        { " PM", 2 },
    };
    static const struct {
        const char *text;
        int part;
    } fronts[] = { { "tomorrow morning at ", 1 },
                   { "tonight at ", 2 },
                   { "tomorrow evening at ", 2 },
                   { "tomorrow afternoon at ", 2 },
                   { "this afternoon at ", 2 },
                   { "this evening at ", 2 },
                   { "tomorrow at ", 0 } };
    size_t n = strlen(s);
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        size_t k = strlen(fronts[i].text);
        if (strncmp(s, fronts[i].text, k) != 0) continue;
        memmove(s, s + k, n - k + 1);
        return fronts[i].part;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t k = strlen(parts[i].text);
        if (n <= k || strcmp(s + n - k, parts[i].text) != 0) continue;
        s[n - k] = 0;
        return parts[i].part;
    }
    return 0;
}

/* "7:15", "7.15", "07:15": hour and minute, or false. */
static bool digits_clock(const char *s, int *h, int *m)
{
    size_t a = strspn(s, "0123456789");
    if (a == 0 || (s[a] != ':' && s[a] != '.') || strspn(s + a + 1, "0123456789") != 2 || s[a + 3])
        return false;
    *h = (int)strtoul(s, NULL, 10);
    *m = (int)strtoul(s + a + 1, NULL, 10);
    return true;
}

static void to_hour(const words *r, int at, int minutes, int *h, int *m)
{
    int hour = strcmp(r->w[at], "midnight") == 0 ? 24 : take_number(r, &at);
    ck_assert_int_ge(hour, 0);
    *h = hour == 24 ? 23 : hour == 1 ? 12 : hour - 1;
    *m = 60 - minutes;
}

static void past_hour(const words *r, int at, int minutes, int *h, int *m)
{
    *h = strcmp(r->w[at], "midnight") == 0 ? 0 : take_number(r, &at);
    *m = minutes;
}

/* The named time, before the part of the day counts. exact: it is on the 24-hour clock already. */
static void read_core(const char *s, int *h, int *m, bool *exact)
{
    words r;
    cut(&r, s);
    int at = strcmp(r.w[0], "a") == 0 ? 1 : 0;
    *exact = false;
    *m = 0;
    if (strcmp(s, "noon") == 0 || strcmp(s, "midday") == 0) {
        *h = 12;
        *exact = true;
        return;
    }
    if (strcmp(s, "midnight") == 0) {
        *h = 0;
        *exact = true;
        return;
    }
    if (digits_clock(s, h, m)) {
        *exact = s[0] == '0' || *h > 12;
        return;
    }
    if (strlen(s) == 4 && all_digits(s)) { /* 0630 */
        *h = (int)strtoul(s, NULL, 10) / 100;
        *m = (int)strtoul(s, NULL, 10) % 100;
        *exact = true;
        return;
    }
    *exact = strstr(s, "midnight") != NULL;
    if (strcmp(r.w[at], "half") == 0) {
        past_hour(&r, at + (strcmp(r.w[at + 1], "past") == 0 ? 2 : 1), 30, h, m);
        return;
    }
    int first = strcmp(r.w[at], "quarter") == 0 ? (at++, 15) : take_number(&r, &at);
    ck_assert_msg(first >= 0, "'%s'", s);
    if (at < r.n && (strcmp(r.w[at], "minutes") == 0 || strcmp(r.w[at], "minute") == 0)) at++;
    if (at == r.n || strcmp(r.w[at], "o'clock") == 0) {
        *h = first;
        return;
    }
    if (strcmp(r.w[at], "past") == 0 || strcmp(r.w[at], "after") == 0) {
        past_hour(&r, at + 1, first, h, m);
        return;
    }
    if (strcmp(r.w[at], "to") == 0 || strcmp(r.w[at], "till") == 0 ||
        strcmp(r.w[at], "before") == 0) {
        to_hour(&r, at + 1, first, h, m);
        return;
    }
    if (strcmp(r.w[at], "oh") == 0) at++;
    *h = first;
    *m = take_number(&r, &at);
    *exact = first > 12;
    ck_assert_msg(*m >= 0 && at == r.n, "'%s'", s);
}

static void check_time(int hour, int minute, const char *said)
{
    char s[256];
    size_t n = strlen(said);
    ck_assert(n < sizeof s);
    memcpy(s, said, n + 1);
    int part = take_part(s);
    int h;
    int m;
    bool exact;
    read_core(s, &h, &m, &exact);
    if (!exact && part == 1) h %= 12;
    if (!exact && part == 2) h = h % 12 + 12;
    if (!exact && part == 3) h = h == 12 ? 0 : h < 5 ? h : h + 12;
    ck_assert_msg(h == hour && m == minute, "%d:%02d was said as '%s', read as %d:%02d", hour,
                  minute, said, h, m);
}

START_TEST(times_of_the_day)
{
    hone_buf b = HONE_BUF_INIT(256);
    long said = 0;
    for (int hour = 0; hour < 24; hour++) {
        for (int minute = 0; minute < 60; minute++) {
            int forms = 0;
            for (int core = 0; core < HONE_CLOCK_CORES; core++)
                for (int part = 0; part < HONE_CLOCK_PARTS; part++) {
                    hone_buf_clear(&b);
                    if (!hone_clock_say(&b, hour, minute, core, part)) {
                        ck_assert_uint_eq(b.len, 0);
                        continue;
                    }
                    check_time(hour, minute, b.data);
                    forms++;
                }
            ck_assert_msg(forms >= 3, "%d:%02d has %d forms", hour, minute, forms);
            said += forms;
        }
    }
    ck_assert_int_gt(said, 20000);
    hone_buf_done(&b);
}
END_TEST

static int unit_of(const char *s)
{
    static const struct {
        const char *word;
        int unit;
    } units[] = { { "h", 3600 },     { "hr", 3600 },    { "hrs", 3600 }, { "hour", 3600 },
                  { "hours", 3600 }, { "m", 60 },       { "min", 60 },   { "mins", 60 },
                  { "minute", 60 },  { "minutes", 60 }, { "s", 1 },      { "sec", 1 },
                  { "secs", 1 },     { "second", 1 },   { "seconds", 1 } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(s, units[i].word) == 0) return units[i].unit;
    return 0;
}

/* Puts spaces between digits and letters: "2h30" -> "2 h 30"; "." stays. */
static void spread(char *out, const char *s)
{
    for (; *s; s++) {
        *out++ = *s;
        bool digit = s[0] >= '0' && s[0] <= '9';
        bool letter = s[0] >= 'a' && s[0] <= 'z';
        if ((digit && s[1] >= 'a' && s[1] <= 'z') || (letter && s[1] >= '0' && s[1] <= '9'))
            *out++ = ' ';
    }
    *out = 0;
}

static int known_length(const char *s)
{
    static const struct {
        const char *text;
        int seconds;
    } known[] = { { "half an hour", 1800 },
                  { "a half hour", 1800 },
                  { "half hour", 1800 },
                  { "half a minute", 30 },
                  { "half-hour", 1800 },
                  { "a half minute", 30 },
                  { "a quarter of an hour", 900 },
                  { "quarter of an hour", 900 },
                  { "three quarters of an hour", 2700 },
                  { "an hour and a quarter", 4500 },
                  { "an hour and three quarters", 6300 },
                  { "one and a quarter hours", 4500 },
                  { "two and a quarter hours", 8100 },
                  { "three quarter hours", 2700 },
                  { "two and three quarter hours", 9900 },
                  { "three quarters of a minute", 45 },
                  { "half minute", 30 },
                  { "a couple of minutes", 120 } };
    const char *colon = strchr(s, ':'); /* "1:30 hours" */
    if (colon) {
        unsigned long n = strtoul(s, NULL, 10) * 60 + strtoul(colon + 1, NULL, 10);
        return (int)(strstr(s, "hours") ? n * 60 : n);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(s, known[i].text) == 0) return known[i].seconds;
    return -1;
}

static double take_amount(words *r, int *at)
{
    if (strcmp(r->w[*at], "a") == 0 || strcmp(r->w[*at], "an") == 0) return ++*at, 1;
    char *point = strchr(r->w[*at], '.');
    if (point) {
        ck_assert_str_eq(point, ".5");
        *point = 0;
        return (double)strtoul(r->w[(*at)++], NULL, 10) + 0.5;
    }
    int n = take_number(r, at);
    ck_assert_msg(n >= 0, "no number at word %d of '%s ...'", *at, r->w[0]);
    if (*at + 2 < r->n && strcmp(r->w[*at], "and") == 0 && strcmp(r->w[*at + 1], "a") == 0 &&
        strcmp(r->w[*at + 2], "half") == 0) {
        *at += 3;
        return n + 0.5;
    }
    return n;
}

static double read_length(const char *said)
{
    char s[256];
    words r;
    if (known_length(said) >= 0) return known_length(said);
    spread(s, said);
    cut(&r, s);
    double total = 0;
    int last = 0;
    for (int at = 0; at < r.n;) {
        if (strcmp(r.w[at], "and") == 0) {
            at++;
            if (at + 1 < r.n && strcmp(r.w[at], "a") == 0 && strcmp(r.w[at + 1], "half") == 0) {
                total += last / 2.0;
                at += 2;
                continue;
            }
        }
        double n = take_amount(&r, &at);
        int unit = at < r.n ? unit_of(r.w[at]) : 0;
        if (unit) at++;
        else unit = last / 60; /* "2 minutes 30" */
        total += n * unit;
        last = unit;
    }
    return total;
}

START_TEST(lengths_of_time)
{
    hone_buf b = HONE_BUF_INIT(256);
    long said = 0;
    for (int s = 1; s < 86400; s += s < 7300 ? 1 : 60) {
        for (int form = 0; form < HONE_SPAN_FORMS; form++)
            for (int adjective = 0; adjective < 2; adjective++) {
                hone_buf_clear(&b);
                if (!hone_span_say(&b, s, form, adjective)) continue;
                double read = read_length(b.data);
                ck_assert_msg(read == s, "%d seconds were said as '%s', read as %g", s, b.data,
                              read);
                said++;
            }
    }
    ck_assert_int_gt(said, 20000);
    hone_buf_clear(&b);
    ck_assert(!hone_span_say(&b, 0, 0, false));
    ck_assert(!hone_span_say(&b, 86400, 0, false));
    hone_buf_done(&b);
}
END_TEST

START_TEST(numbers_in_words)
{
    static const struct {
        int n;
        bool hyphen;
        const char *text;
    } cases[] = { { 0, false, "zero" },
                  { 13, false, "thirteen" },
                  { 21, true, "twenty-one" },
                  { 21, false, "twenty one" },
                  { 40, true, "forty" },
                  { 100, false, "one hundred" },
                  { 105, false, "one hundred and five" },
                  { 999, true, "nine hundred and ninety-nine" },
                  { 2000, false, "two thousand" } };
    hone_buf b = HONE_BUF_INIT(256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_buf_clear(&b);
        hone_number_words(&b, cases[i].n, cases[i].hyphen);
        ck_assert_str_eq(b.data, cases[i].text);
    }
    hone_buf_clear(&b);
    hone_ordinal_words(&b, 22);
    ck_assert_str_eq(b.data, "twenty second");
    hone_buf_done(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("clock");
    TCase *t = tcase_create("clock");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, times_of_the_day);
    tcase_add_test(t, lengths_of_time);
    tcase_add_test(t, numbers_in_words);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
