/*
 * Times, lengths of time and numbers in German (datagen/tongue.h), by the rules of datagen/clock.h:
 * what is said always means exactly the value given. "halb acht" is 7:30, "dreiviertel acht" 7:45,
 * "fuenf vor halb acht" 7:25; without a part of the day an hour from 1 to 12 is meant as said.
 */
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "datagen/tongue.h"

static const char *const small[] = {
    "null",     "eins",          "zwei",     "drei",     "vier",    "f\u00fcnf",    "sechs",
    "sieben",   "acht",          "neun",     "zehn",     "elf",     "zw\u00f6lf",   "dreizehn",
    "vierzehn", "f\u00fcnfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"
};
static const char *const tens[] = { "",         "",        "zwanzig", "drei\u00dfig", "vierzig",
                                    "f\u00fcnfzig", "sechzig", "siebzig", "achtzig", "neunzig" };

static void below_hundred(hone_buf *out, int n)
{
    if (n < 20) {
        hone_buf_str(out, small[n < 0 ? 0 : n]);
        return;
    }
    if (n % 10) hone_buf_printf(out, "%sund", n % 10 == 1 ? "ein" : small[n % 10]);
    hone_buf_str(out, tens[n / 10]);
}

void hone_german_number(hone_buf *out, int n, bool other)
{
    if (n >= 1000) {
        if (n / 1000 > 1) hone_german_number(out, n / 1000, other);
        else if (other) hone_buf_str(out, "ein");
        hone_buf_str(out, "tausend");
        n %= 1000;
        if (n == 0) return;
    }
    if (n >= 100) {
        if (n / 100 > 1) hone_buf_str(out, small[n / 100]);
        else if (other) hone_buf_str(out, "ein");
        hone_buf_str(out, "hundert");
        n %= 100;
        if (n == 0) return;
    }
    below_hundred(out, n);
}

/* ---- reading ---- */

typedef struct reader {
    const char *at, *end;
} reader;

static bool take(reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || strncasecmp(r->at, word, n) != 0) return false;
    r->at += n;
    return true;
}

static int take_tens(reader *r)
{
    for (int i = 2; i < 10; i++)
        if (take(r, tens[i])) return i * 10;
    return take(r, "dreissig") ? 30 : 0;
}

/* "einund" in front of "zwanzig", or nothing. */
static int take_unit_and(reader *r)
{
    reader start = *r;
    for (int i = 1; i < 10; i++) {
        if (take(r, i == 1 ? "ein" : small[i]) && take(r, "und")) return i;
        *r = start;
    }
    return 0;
}

/* 0 to 99; -1 if there is none. */
static int take_small(reader *r)
{
    reader start = *r;
    int unit = take_unit_and(r);
    int ten = take_tens(r);
    if (ten) return ten + unit;
    *r = start;
    for (int i = 19; i >= 0; i--) /* "dreizehn" before "drei" */
        if (take(r, small[i])) return i;
    return -1;
}

/* [n]word: "zweihundert", "hundert"; 0 if the word is not there. */
static int take_factor(reader *r, const char *word)
{
    reader start = *r;
    int n = take(r, "ein") ? 1 : -1;
    if (n == 1 && !take(r, word)) n = -1, *r = start;
    else if (n == 1) return 1;
    if (take(r, word)) return 1;
    n = take_small(r);
    if (n > 0 && take(r, word)) return n;
    *r = start;
    return 0;
}

static int take_below_thousand(reader *r)
{
    int hundreds = take_factor(r, "hundert");
    if (hundreds && r->at == r->end) return hundreds * 100;
    if (hundreds) (void)take(r, "und");
    int rest = take_small(r);
    return rest < 0 ? (hundreds ? hundreds * 100 : -1) : hundreds * 100 + rest;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

/* Articles and other words that count. */
static int counting_word(const char *s, size_t n)
{
    static const struct {
        const char *word;
        int value;
    } words[] = { { "ein", 1 },    { "eine", 1 },   { "einen", 1 },   { "einem", 1 },
                  { "einer", 1 },  { "zwo", 2 },    { "beide", 2 },   { "einmal", 1 },
                  { "zweimal", 2 }, { "dreimal", 3 }, { "dutzend", 12 }, { "paar", 2 } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == n && strncasecmp(s, words[i].word, n) == 0)
            return words[i].value;
    return -1;
}

size_t hone_german_read(const char *s, double *ret)
{
    size_t n = 0;
    while (word_byte(s[n])) n++;
    if (n == 0) return 0;
    int counted = counting_word(s, n);
    if (counted >= 0) {
        *ret = counted;
        return n;
    }
    reader r = { s, s + n };
    int thousands = 0;
    reader start = r;
    int first = take_below_thousand(&r);
    if (first > 0 && take(&r, "tausend")) thousands = first;
    else r = start;
    if (!thousands && take(&r, "eintausend")) thousands = 1;
    if (!thousands && take(&r, "tausend")) thousands = 1;
    if (thousands && r.at < r.end) (void)take(&r, "und");
    int rest = r.at < r.end ? take_below_thousand(&r) : 0;
    if (rest < 0 || r.at < r.end) return 0;
    *ret = thousands * 1000.0 + rest;
    return n;
}

/* ---- times of day ---- */

typedef struct day_part {
    const char *text;
    int first, last; /* hours; wraps when first > last */
} day_part;

static const day_part parts[HONE_GERMAN_PARTS] = {
    { "", 1, 12 },            { " morgens", 4, 10 }, { " fr\u00fch", 4, 9 },
    { " vormittags", 9, 11 }, { " mittags", 12, 13 }, { " nachmittags", 13, 17 },
    { " abends", 17, 23 },    { " nachts", 22, 4 },
};

static bool fits(const day_part *p, int hour)
{
    return p->first <= p->last ? hour >= p->first && hour <= p->last
                               : hour >= p->first || hour <= p->last;
}

static int twelve(int hour)
{
    return hour % 12 ? hour % 12 : 12;
}

/* "ein Uhr", but "halb eins". */
static void hour_of_clock(hone_buf *out, int hour, bool words)
{
    if (!words) hone_buf_printf(out, "%d", hour);
    else if (hour == 1) hone_buf_str(out, "ein");
    else below_hundred(out, hour);
    hone_buf_str(out, " Uhr");
}

static bool say_full(hone_buf *out, int hour, int minute, int core)
{
    switch (core) {
    case 0: hone_buf_printf(out, "%d:%02d Uhr", hour, minute); return true;
    case 1:
    case 2:
        hour_of_clock(out, hour, core == 2);
        if (minute) hone_buf_char(out, ' ');
        if (minute && core == 2) below_hundred(out, minute);
        else if (minute) hone_buf_printf(out, "%d", minute);
        return true;
    case 3: hone_buf_printf(out, "%02d:%02d", hour, minute); return true;
    case 4: hone_buf_printf(out, "%d.%02d Uhr", hour, minute); return minute > 0;
    default: hone_buf_str(out, "Mitternacht"); return hour == 0 && minute == 0;
    }
}

/* Counted from the hour before or to the one after; *ret_named is the hour that is named. */
static bool say_relative(hone_buf *out, int hour, int minute, int core, int *ret_named)
{
    int next = (hour + 1) % 24;
    const char *word = NULL;
    int n = 0;
    bool to = true;
    if (core == 6 && minute == 30) word = "halb";
    else if (core == 7 && minute == 15) word = "Viertel nach", to = false;
    else if (core == 7 && minute == 45) word = "Viertel vor";
    else if (core == 8 && minute == 45) word = "dreiviertel";
    else if (core == 9 && minute == 25) word = "f\u00fcnf vor halb";
    else if (core == 9 && minute == 35) word = "f\u00fcnf nach halb";
    else if (core == 10 && minute % 5 == 0 && minute > 0 && minute <= 20 && minute != 15)
        word = "nach", n = minute, to = false;
    else if (core == 10 && minute % 5 == 0 && minute >= 40 && minute != 45)
        word = "vor", n = 60 - minute;
    else return false;
    *ret_named = to ? next : hour;
    if (n) {
        below_hundred(out, n);
        hone_buf_char(out, ' ');
    }
    hone_buf_printf(out, "%s ", word);
    below_hundred(out, twelve(*ret_named));
    return true;
}

/* "sieben Uhr", "7 Uhr 30", "halb acht" on the clock of twelve hours. */
static bool say_twelve(hone_buf *out, int hour, int minute, int core, int *ret_named)
{
    *ret_named = hour;
    if (core < 11) return say_relative(out, hour, minute, core, ret_named);
    if (core == 13) hone_buf_printf(out, "%d:%02d Uhr", twelve(hour), minute);
    else if (core == 14 && minute == 0) below_hundred(out, twelve(hour));
    else if (core == 14) return false;
    else hour_of_clock(out, twelve(hour), core == 12);
    if (core > 12 || minute == 0) return true;
    hone_buf_char(out, ' ');
    if (core == 12) below_hundred(out, minute);
    else hone_buf_printf(out, "%d", minute);
    return true;
}

bool hone_german_clock(hone_buf *out, int hour, int minute, int core, int part)
{
    size_t start = out->len;
    int named = hour;
    if (core < 0 || core >= HONE_GERMAN_CORES || part < 0 || part >= HONE_GERMAN_PARTS)
        return false;
    bool ok = core < 6 ? part == 0 && say_full(out, hour, minute, core)
                       : fits(&parts[part], hour) && say_twelve(out, hour, minute, core, &named) &&
                             fits(&parts[part], named);
    if (ok && core >= 6) hone_buf_str(out, parts[part].text);
    if (!ok && out->data) out->len = start, out->data[start] = 0;
    return ok && hone_buf_ok(out);
}

/* ---- lengths of time ---- */

static const char *const units[3][2] = { { "Stunde", "Stunden" },
                                         { "Minute", "Minuten" },
                                         { "Sekunde", "Sekunden" } };

static void count(hone_buf *out, int n, int unit, bool words)
{
    if (n == 1 && words) hone_buf_str(out, "eine");
    else if (words) below_hundred(out, n);
    else hone_buf_printf(out, "%d", n);
    hone_buf_printf(out, " %s", units[unit][n != 1]);
}

/* "zwei Stunden und 10 Minuten"; forms 0 to 3: digits or words, with "und" or without. */
static bool say_parts(hone_buf *out, int s, int form)
{
    int n[3] = { s / 3600, s / 60 % 60, s % 60 };
    int given = (n[0] > 0) + (n[1] > 0) + (n[2] > 0);
    if (given > 2 || (given == 1 && form > 1)) return false;
    for (int i = 0, first = 1; i < 3; i++) {
        if (!n[i]) continue;
        if (!first) hone_buf_str(out, form < 2 ? " und " : " ");
        count(out, n[i], i, form % 2);
        first = 0;
    }
    return given > 0;
}

static bool say_halves(hone_buf *out, int s, int form)
{
    static const struct {
        int seconds;
        const char *words[2];
    } said[] = { { 900, { "eine Viertelstunde", "eine viertel Stunde" } },
                 { 1800, { "eine halbe Stunde", "ne halbe Stunde" } },
                 { 2700, { "eine Dreiviertelstunde", "eine dreiviertel Stunde" } },
                 { 5400, { "anderthalb Stunden", "eineinhalb Stunden" } },
                 { 90, { "anderthalb Minuten", "eineinhalb Minuten" } },
                 { 30, { "eine halbe Minute", "ne halbe Minute" } } };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (said[i].seconds != s) continue;
        hone_buf_str(out, said[i].words[form == 5]);
        return true;
    }
    int each = s % 3600 == 1800 ? 3600 : s % 60 == 30 ? 60 : 0;
    if (!each || s / each < 2 || s / each > 12) return false;
    if (form == 4) hone_buf_printf(out, "%seinhalb", small[s / each]);
    else hone_buf_printf(out, "%d,5", s / each);
    hone_buf_printf(out, " %s", units[each == 60][1]);
    return true;
}

bool hone_german_span(hone_buf *out, int seconds, int form, bool adjective)
{
    size_t start = out->len;
    bool ok = false;
    if (adjective || seconds <= 0 || seconds >= 86400 || form < 0 || form >= HONE_GERMAN_SPANS)
        return false;
    if (form < 4) ok = say_parts(out, seconds, form);
    else if (form < 6) ok = say_halves(out, seconds, form);
    else if (form == 6 && seconds % 60 == 0 && seconds > 3600 && seconds <= 10800)
        count(out, seconds / 60, 1, false), ok = true;
    else if (form == 7 && seconds % 60 == 0 && seconds < 3600)
        hone_buf_printf(out, "%d Min", seconds / 60), ok = true;
    if (!ok && out->data) out->len = start, out->data[start] = 0;
    return ok && hone_buf_ok(out);
}
