/* The arguments of one row (datagen/say.h). */
#include "datagen/say.h"

#include <string.h>

#include "common/mem.h"
#include "datagen/clock.h"

enum { FIXED = -2, TRIES = 400, OFTEN = 33 };

const hone_words hone_words_numbers[] = {
    { "hours", "0|1|2|3|4|5|5|6|6|6|7|7|7|8|8|8|9|9|10|10|11|11|12|12|13|13|14|14|15|15|16|16|17|"
               "17|18|18|19|19|20|20|21|21|22|22|23|23" },
    { "wake.hours", "4|5|5|5|6|6|6|6|6|7|7|7|7|7|8|8|8|8|9|9|10|11|3|13|16|18|22" },
    /* As often as people say them: round values lead, the others keep the reading general. */
    { "minutes", "0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|30|30|30|30|30|30|30|30|30|30|"
                 "30|30|30|30|15|15|15|15|15|15|15|15|15|45|45|45|45|45|45|45|45|45|10|10|10|"
                 "10|10|20|20|20|20|20|20|40|40|40|40|40|50|50|50|50|50|5|5|5|25|25|25|35|35|"
                 "35|55|55|55|55|1|7|8|12|13|18|22|27|33|38|42|48|52|57|59" },
    /* Seconds: round lengths lead, halves and quarters follow, every minute to an hour is there. */
    { "spans", "300|300|300|300|300|300|300|300|300|300|600|600|600|600|600|600|600|600|600|600|"
               "600|600|900|900|900|900|900|900|900|900|900|900|900|1200|1200|1200|1200|1200|"
               "1200|1200|1200|1200|1200|1800|1800|1800|1800|1800|1800|1800|1800|1800|1800|1800|"
               "1800|1800|2700|2700|2700|2700|2700|2700|2700|2700|2700|3600|3600|3600|3600|3600|"
               "3600|3600|3600|3600|3600|5400|5400|5400|5400|5400|5400|5400|5400|5400|5400|5400|"
               "5400|7200|7200|7200|7200|7200|7200|7200|1500|1500|1500|1500|1500|1500|1500|2100|"
               "2100|2100|2100|2100|2400|2400|2400|2400|2400|2400|3000|3000|3000|3000|3000|3300|"
               "3300|3300|3300|60|60|60|60|60|60|60|120|120|120|120|120|120|120|120|180|180|180|"
               "180|180|180|180|180|240|240|240|240|240|240|360|360|360|360|360|420|420|420|420|"
               "420|420|480|480|480|480|480|480|540|540|540|540|720|720|720|720|720|720|4500|"
               "4500|4500|4500|4800|4800|4800|4800|6300|6300|9000|9000|9000|9000|9000|6000|6000|"
               "4200|4200|4200|3900|3900|6600|6600|8100|8100|8400|10800|10800|10800|10800|10800|"
               "10800|12600|12600|12600|14400|14400|14400|14400|16200|16200|18000|18000|21600|"
               "21600|28800|28800|1080|1080|1080|780|780|780|840|840|840|960|960|960|1020|1020|"
               "1020|660|660|660|1140|1140|1140|1320|1320|1320|1440|1440|5100|5700|7800|43200|"
               "36000|30|30|30|30|30|30|30|45|45|45|45|45|45|90|90|90|90|90|90|90|90|90|20|20|"
               "20|20|10|10|10|10|15|15|15|15|40|40|40|75|75|75|75|150|150|150|150|150|210|210|"
               "210|270|270|330|330|390|450|100|80|80|50|50|55|25|25|35|35|5|12|65|65|70|70|105|"
               "105|135|135|110|140|165|195|510|570|95|200|260|1260|1380|1560|1620|1680|1740|"
               "1860|1920|1980|2040|2160|2220|2280|2340|2460|2520|2580|2640|2760|2820|2880|2940|"
               "3060|3120|3180|3240|3360|3420|3480|3540" },
    { "day.hours", "8|9|9|10|10|11|12|13|14|14|15|15|16|16|17|17|18|18|19|19|20|20|21|7" },
    { "day.minutes", "0|0|0|0|0|0|30|30|30|15|45|20|40|10|50" },
    { "phone.shape", "dddd ddd dddd|ddd-ddd-dddd|ddd ddd dddd|ddd-dddd|ddd dddd|dd ddd dd dd|dddd "
                     "dddddd|ddddd ddddd|ddd dddd dddd|"
                     "d d d d d d|(ddd) "
                     "ddd-dddd|ddd.ddd.dddd|dddddd|dddddddddd|ddddddd|dddd-dddd|dd dd dd dd "
                     "dd|0ddd ddd ddd|0dd dddddd|"
                     "0dddddddddd|ddd ddd|dddd dd dd dd|d ddd ddd dddd|0ddd-ddddddd|ddd ddd "
                     "ddd|dd-dd-dd-dd|0dd/dddddd|ddd dd dd|0d dd dd dd dd|"
                     "d-ddd-ddd-dddd|d d d d d d d|d d d d d d d d d d|dddd ddd|0dddd "
                     "dddddd|555-dddd|555 dddd|0ddd dddd ddd" },
    /* Before a value stands what is no part of it; "!" keeps its own preposition. */
    { "timerange", "<tr.day>|<tr.day>|!~in <some.n> <some.unit>|!~in <some.n> <some.unit>|!~in "
                   "(a|one) (minute|second|year|week|month|day)|!~in an hour|(this|next) "
                   "(week|winter|summer|month|weekend|spring|year|autumn)|<tr.clock>|<tr.clock>|"
                   "<tr.clock>|<tr.date>|<tr.date>|<tr.date>|<tr.date>|tonight|this "
                   "(evening|morning|afternoon)|in ~(<month>|<month> <date.year>|<date.year>)|at "
                   "~(breakfast|lunch|dinner|supper) time|!~a (year|month|week|few hours|couple of "
                   "days|second|minute|day) from now|!~<some.n> <some.unit> from now|!~<some.n> "
                   "<some.unit> from now|!~(one|1) (second|minute|hour|day|week) from now|on ~the "
                   "(weekend|holidays)|(tomorrow|tonight) (at|around) <n.small>( pm| am|)|later "
                   "(today|tonight)|on ~<day> (morning|evening|night)|the day after "
                   "tomorrow|!~between <dom12> and <n.small>( pm|)|at ~(half past "
                   "<n.small>|sunrise|sunset)|on ~(easter|christmas|new year's eve|labor day|my "
                   "birthday|thanksgiving)" },
    { "tr.day", "tomorrow|today|on ~<day>|on ~<day>|next <day>|this <day>|now|right ~now" },
    { "tr.clock", "at ~(<dom12>|<dom12>:15|<dom12>:30|noon|midnight|<dom12> am|<dom12> pm)|at "
                  "~<n.small> (am|pm|AM|PM|o'clock|a.m.|p.m.)|at "
                  "~<dom12>:(05|10|20|25|35|40|45|50|55)( am| pm| AM| PM|)" },
    { "tr.date", "on ~<month> <ord>|on ~<month> <dom>, <date.year>|on ~<month> the <ord>( "
                 "<date.year>|, <date.year>|)|on ~<month.short> <ord>|on ~<month.short> the <ord>, "
                 "<date.year>|on ~the <ord> of <month>( <date.year>|)|on "
                 "~<dom12>/<dom>/<date.year>|on ~<ord> <month>" },
    { "some.n", "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|"
                "sixteen|seventeen|eighteen|nineteen|twenty|2|3|4|5|6|7|8|9|10|11|12|13|14|15|17|"
                "18|20|23|24" },
    { "some.unit", "hours|minutes|days|weeks|months|years|seconds" },
    { "n.small", "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve" },
    { "date.year", "2018|2019|2020|2021|2022|2023|2024|2025|2026|2028|2030|2033|2036|2038" },
    { "month.short", "Jan.|Feb.|Mar.|Apr.|Jun.|Jul.|Aug.|Sep.|Oct.|Nov.|Dec.|jan|feb|oct|dec|"
                     "sept" },
    { "k.date.day2", "tomorrow|today|monday|friday|<day>|next <day>|this <day>|now|right now" },
    { "k.timerange", "<timerange>" },
    { "k.owner", "my|my|my|<first>'s|<first>" },
    { "k.series", "series|saga|chronicle|saga|series|chapter" },
    { "k.note.bare", "<k.note>" },
    { NULL, NULL }
};

/* Enum values that mean the same. */
static const struct {
    const char *role, *value, *means;
} concepts[] = {
    { "repeat", "everyday", "daily" },
    { "repeat", "every_day", "daily" },
    { "repeat", "day", "daily" },
    { "repeat", "weekday", "weekdays" },
    { "repeat", "workdays", "weekdays" },
    { "repeat", "weekend", "weekends" },
    { "repeat", "once", "never" },
    { "repeat", "none", "never" },
    { "mode", "walk", "walking" },
    { "mode", "on_foot", "walking" },
    { "mode", "foot", "walking" },
    { "mode", "pedestrian", "walking" },
    { "mode", "drive", "driving" },
    { "mode", "car", "driving" },
    { "mode", "bike", "cycling" },
    { "mode", "bicycle", "cycling" },
    { "mode", "bicycling", "cycling" },
    { "mode", "cycle", "cycling" },
    { "mode", "public_transport", "transit" },
    { "mode", "public_transit", "transit" },
    { "mode", "bus", "transit" },
    { "mode", "train", "transit" },
};

const char *hone_enum_concept(hone_arena *a, const char *role, const char *value)
{
    char *v = hone_arena_strndup(a, value, strlen(value));
    if (!v) return value;
    for (char *c = v; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + 32);
        else if (*c == ' ' || *c == '-') *c = '_';
    for (size_t i = 0; i < sizeof concepts / sizeof *concepts; i++)
        if (strcmp(concepts[i].role, role) == 0 && strcmp(concepts[i].value, v) == 0)
            return concepts[i].means;
    return v;
}

static bool add(hone_saying *s, const char *text, int slot)
{
    return hone_phrase_add(s->teller.a, s->teller.out, text, strlen(text), slot);
}

static bool form_is(const char *form, size_t len, const char *word)
{
    return len == strlen(word) && strncmp(form, word, len) == 0;
}

static int deal_number(hone_saying *s, const char *list)
{
    size_t n;
    const char *e = hone_lexicon_deal(s->teller.words, list, strlen(list), &n);
    int64_t v = 0;
    if (e) hone_parse_i64(e, n, &v);
    return (int)v;
}

static const char *keep(hone_saying *s, hone_buf *b)
{
    const char *text =
        hone_buf_ok(b) && b->len ? hone_arena_strndup(s->teller.a, b->data, b->len) : NULL;
    hone_buf_done(b);
    return text;
}

/* ---- computed values ---- */

/* One way to say hour:minute; plain: no words like "tomorrow" or "tonight". */
static const char *clock_words(hone_saying *s, int hour, int minute, bool plain)
{
    hone_rng *r = s->teller.rng;
    const hone_tongue *t = s->tongue;
    hone_buf b = HONE_BUF_INIT(256);
    for (int i = 0; i < TRIES && !t->english; i++) {
        int part = hone_chance(r, 60) ? 0 : (int)hone_pick(r, (size_t)t->clock_parts);
        int core = (int)hone_pick(r, (size_t)t->clock_cores);
        if (t->clock(&b, hour, minute, core, part)) return keep(s, &b);
    }
    for (int i = 0; i < TRIES && t->english; i++) {
        int part = hone_chance(r, 52) ? 0 : (int)hone_pick(r, HONE_CLOCK_PARTS);
        int core = (int)hone_pick(r, HONE_CLOCK_CORES);
        if (plain && ((part >= 11 && part <= 14) || part >= 17)) continue;
        if ((part == 5 || part == 6) && !hone_chance(r, 15)) continue;
        if ((core == 2 || core == 3) && !hone_chance(r, 35)) continue;
        if (core == 22 && !hone_chance(r, 30)) continue;
        if ((core == 23 || core == 24) && !hone_chance(r, 15)) continue; /* "nine pm" is said */
        if (hone_clock_say(&b, hour, minute, core, part)) return keep(s, &b);
    }
    hone_buf_done(&b);
    return NULL;
}

static const char *span_words(hone_saying *s, int seconds, bool adjective)
{
    hone_buf b = HONE_BUF_INIT(256);
    for (int i = 0; i < TRIES; i++) {
        int form = (int)hone_pick(s->teller.rng, (size_t)s->tongue->span_forms);
        if (s->tongue->english && form >= 4 && form < 9 && hone_chance(s->teller.rng, 80))
            continue; /* seldom said aloud */
        if (s->tongue->span(&b, seconds, form, adjective)) return keep(s, &b);
    }
    hone_buf_done(&b);
    return NULL;
}

static bool mend_now(hone_saying *s)
{
    if (s->mends <= 0) return false;
    s->mends--;
    return true;
}

/* The wrong value, then the words that take it back. */
static bool say_mend(hone_saying *s, const char *wrong, bool number)
{
    size_t n;
    const char *list = number && hone_chance(s->teller.rng, 30) ? "again" : "mend";
    const char *mark = hone_lexicon_deal(s->teller.words, list, strlen(list), &n);
    if (!wrong || !mark || !add(s, wrong, -1)) return false;
    s->mended++;
    return hone_phrase_add(s->teller.a, s->teller.out, mark, n, -1);
}

static bool prefix(hone_saying *s, const char *form, size_t len, const char *text)
{
    static const char *const words[] = { "for", "at", "by", "to", "of", "from" };
    bool own =
        strncmp(text, "to", 2) == 0 && (text[2] == 'm' || text[2] == 'n'); /* tomorrow, tonight */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!form_is(form, len, words[i])) continue;
        if (own && i != 0) return true;
        return add(s, words[i], -1) && add(s, " ", -1);
    }
    return true;
}

static void give(hone_saying *s, int arg, hone_json *v)
{
    s->computed[arg] = v;
    s->said |= 1u << arg;
}

/* morning: a time to get up at. */
static bool say_clock(hone_saying *s, int arg, bool morning, const char *form, size_t len)
{
    const hone_arg *g = &s->f->args[arg];
    hone_arena *a = s->teller.a;
    int repeat = hone_function_role(s->f, "repeat", 6);
    bool plain = g->kind == HONE_ARG_TIME || (repeat >= 0 && (s->wanted >> repeat & 1));
    int hour = s->hour = deal_number(s, morning ? "wake.hours" : "hours");
    int minute = s->minute = deal_number(s, "minutes");
    const char *text = clock_words(s, hour, minute, plain);
    if (!text || !prefix(s, form, len, text)) return false;
    if (mend_now(s)) {
        int other = deal_number(s, "day.hours");
        const char *wrong = clock_words(s, hone_chance(s->teller.rng, 50) ? hour : other,
                                        deal_number(s, "minutes"), true);
        if (!wrong || strcmp(wrong, text) == 0 || !say_mend(s, wrong, true)) return false;
        if (hone_chance(s->teller.rng, 25) && !prefix(s, form, len, text)) return false;
    }
    if (g->kind == HONE_ARG_TIME) {
        s->said |= 1u << arg;
        return add(s, text, arg);
    }
    if (!add(s, text, FIXED)) return false;
    if (g->kind == HONE_ARG_HHMM) {
        hone_buf b = HONE_BUF_INIT(16);
        hone_buf_printf(&b, "%02d:%02d", hour, minute);
        give(s, arg, hone_json_new_str(a, keep(s, &b)));
        return true;
    }
    give(s, arg, hone_json_new_i64(a, hour));
    for (int i = 0; i < s->f->count; i++)
        if (s->f->args[i].kind == HONE_ARG_MINUTE) give(s, i, hone_json_new_i64(a, minute));
    return true;
}

static bool say_span(hone_saying *s, int arg, bool adjective, const char *form, size_t len)
{
    int unit = s->f->args[arg].unit;
    int seconds = 0;
    const char *text = NULL;
    for (int i = 0; i < 40 && !text; i++) {
        seconds = deal_number(s, "spans");
        if (seconds % unit == 0) text = span_words(s, seconds, adjective);
    }
    if (!text || !prefix(s, form, len, text)) return false;
    if (mend_now(s)) {
        const char *wrong = span_words(s, deal_number(s, "spans"), adjective);
        if (!wrong || strcmp(wrong, text) == 0 || !say_mend(s, wrong, true)) return false;
    }
    give(s, arg, hone_json_new_i64(s->teller.a, seconds / unit));
    return add(s, text, FIXED);
}

static bool say_digit(hone_buf *out, char d, bool words)
{
    if (!words) {
        hone_buf_char(out, d);
        return true;
    }
    if (out->len && out->data[out->len - 1] != ' ') hone_buf_char(out, ' ');
    if (d == '0') hone_buf_str(out, "oh");
    else hone_number_words(out, d - '0', false);
    return true;
}

static bool say_phone(hone_saying *s, int arg)
{
    size_t n;
    const char *shape = hone_lexicon_deal(s->teller.words, "phone.shape", 11, &n);
    bool words = hone_chance(s->teller.rng, 8) && s->tongue->english;
    hone_buf said = HONE_BUF_INIT(256);
    hone_buf value = HONE_BUF_INIT(64);
    char digit = 0;
    for (size_t i = 0; shape && i < n; i++) {
        char c = shape[i];
        bool again = digit && hone_chance(s->teller.rng, 14); /* "444 555": runs get lost */
        if (c == 'd') c = again ? digit : (char)('0' + hone_pick(s->teller.rng, 10));
        if (c >= '0' && c <= '9') {
            digit = c;
            hone_buf_char(&value, c);
            say_digit(&said, c, words);
        } else if (!words) {
            hone_buf_char(&said, c);
        }
    }
    const char *text = keep(s, &said);
    const char *digits = keep(s, &value);
    if (!text || !digits) return false;
    give(s, arg, hone_json_new_str(s->teller.a, digits));
    return add(s, text, FIXED);
}

static bool say_number(hone_saying *s, int arg)
{
    const hone_arg *g = &s->f->args[arg];
    int64_t span = g->max > g->min ? g->max - g->min : 0;
    int64_t n =
        g->min + (int64_t)hone_pick(s->teller.rng, (size_t)(span > 100000 ? 100000 : span) + 1);
    if (n == 0 && g->min < 1 && span > 1) n = 1;
    hone_buf b = HONE_BUF_INIT(64);
    if (g->kind == HONE_ARG_REAL && s->tongue->english && hone_chance(s->teller.rng, 50)) {
        hone_buf_printf(&b, "%lld.5", (long long)n);
        const char *digits = keep(s, &b);
        give(s, arg, hone_json_new_number(s->teller.a, HONE_JSON_REAL, digits, strlen(digits)));
        return add(s, digits, FIXED);
    }
    if (n >= 0 && n < 1000 && hone_chance(s->teller.rng, 40))
        s->tongue->number(&b, (int)n, n % 2 == 0);
    else hone_buf_printf(&b, "%lld", (long long)n);
    const char *text = keep(s, &b);
    give(s, arg, hone_json_new_i64(s->teller.a, n));
    return text && add(s, text, FIXED);
}

/* Absolute dates, for values in ISO form: nothing else says which year is meant. */
static bool say_iso_date(hone_saying *s)
{
    hone_rng *r = s->teller.rng;
    s->year = 2025 + (int)hone_pick(r, 3);
    s->month = 1 + (int)hone_pick(r, 12);
    s->day = 1 + (int)hone_pick(r, 28);
    const char *end = s->day % 10 == 1 && s->day != 11   ? "st"
                      : s->day % 10 == 2 && s->day != 12 ? "nd"
                      : s->day % 10 == 3 && s->day != 13 ? "rd"
                                                         : "th";
    hone_buf b = HONE_BUF_INIT(64);
    const char *m = s->tongue->months[s->month - 1];
    switch (s->tongue->english ? hone_pick(r, 4) : 4) {
    case 4: hone_buf_printf(&b, "am %d. %s %d", s->day, m, s->year); break;
    case 0: hone_buf_printf(&b, "on %s %d, %d", m, s->day, s->year); break;
    case 1: hone_buf_printf(&b, "on %s %d%s, %d", m, s->day, end, s->year); break;
    case 2: hone_buf_printf(&b, "on the %d%s of %s %d", s->day, end, m, s->year); break;
    default: hone_buf_printf(&b, "on %d-%02d-%02d", s->year, s->month, s->day); break;
    }
    const char *text = keep(s, &b);
    return text && add(s, text, FIXED);
}

/* {date} and {time} of a function that wants one date-time string. */
static bool say_datetime(hone_saying *s, int arg, bool date)
{
    if (date ? s->year != 0 : s->hour >= 0) return false;
    if (date && !say_iso_date(s)) return false;
    if (!date) {
        s->hour = deal_number(s, "day.hours");
        s->minute = deal_number(s, "day.minutes");
        hone_buf b = HONE_BUF_INIT(64);
        for (int i = 0; i < TRIES && b.len == 0; i++)
            s->tongue->clock(&b, s->hour, s->minute, (int)hone_pick(s->teller.rng, 6),
                             !s->tongue->english ? 0 : s->hour < 12 ? 1 : 2);
        const char *text = keep(s, &b);
        if (!text || !add(s, s->tongue->at, -1) || !add(s, text, FIXED)) return false;
    }
    bool whole = s->f->args[arg].kind == HONE_ARG_DATETIME;
    if (s->year == 0 || (whole && s->hour < 0)) return true; /* the other half is to come */
    hone_buf b = HONE_BUF_INIT(64);
    hone_buf_printf(&b, "%04d-%02d-%02d", s->year, s->month, s->day);
    if (whole) hone_buf_printf(&b, "T%02d:%02d:00", s->hour, s->minute);
    give(s, arg, hone_json_new_str(s->teller.a, keep(s, &b)));
    return true;
}

/* ---- booleans and enums ---- */

static const char *enum_list(hone_saying *s, const hone_arg *g, const char *concept,
                             const char *form, size_t len)
{
    hone_buf b = HONE_BUF_INIT(256);
    hone_buf_printf(&b, "e.%s.%s", g->role, concept);
    if (len) {
        hone_buf_char(&b, '.');
        hone_buf_add(&b, form, len);
    } else if (strcmp(concept, "daily") == 0 && s->hour >= 0 && hone_chance(s->teller.rng, 35)) {
        hone_buf_str(&b, s->hour < 12 && s->hour > 3 ? ".am" : s->hour > 16 ? ".pm" : "");
    }
    return keep(s, &b);
}

static bool say_enum(hone_saying *s, int arg, const char *form, size_t len)
{
    const hone_arg *g = &s->f->args[arg];
    const hone_json *v = s->fixed[arg];
    if (!v) return false;
    give(s, arg, hone_json_copy(s->teller.a, v));
    const char *word = v->type == HONE_JSON_STRING || v->type == HONE_JSON_INT ? v->text : "";
    const char *list = enum_list(s, g, hone_enum_concept(s->teller.a, g->role, word), form, len);
    if (list && hone_lexicon_has(s->teller.words, list, strlen(list))) {
        size_t n;
        const char *e = hone_lexicon_deal(s->teller.words, list, strlen(list), &n);
        const char *text = hone_tell_text(&s->teller, e, n, NULL);
        return *text && add(s, text, FIXED);
    }
    char *plain = hone_arena_strndup(s->teller.a, word, strlen(word));
    for (char *c = plain; c && *c; c++)
        if (*c == '_') *c = ' ';
    return plain && *plain && add(s, plain, FIXED);
}

static bool say_bool(hone_saying *s, int arg, const char *form, size_t len)
{
    const hone_arg *g = &s->f->args[arg];
    const hone_json *v = s->fixed[arg];
    if (!v) return false;
    bool on = v->type == HONE_JSON_TRUE;
    give(s, arg, hone_json_new_bool(s->teller.a, on));
    if (form_is(form, len, "silent")) return true;
    const char *list = enum_list(s, g, on ? "true" : "false", "", 0);
    if (list && hone_lexicon_has(s->teller.words, list, strlen(list))) {
        size_t n;
        const char *e = hone_lexicon_deal(s->teller.words, list, strlen(list), &n);
        return hone_tell(&s->teller, e, n);
    }
    return add(s, on ? s->tongue->with : s->tongue->without, -1) && add(s, g->words, FIXED);
}

/* ---- words ---- */

/* "k.place.near"; where there is no such list, that of the first word; else "k.place" itself. */
static const char *word_list_of(hone_saying *s, const hone_arg *g, const char *sub, size_t sub_len)
{
    hone_buf b = HONE_BUF_INIT(256);
    for (int i = sub_len ? 0 : 2; i < 3; i++) {
        hone_buf_clear(&b);
        hone_buf_printf(&b, "k.%.*s", i == 1 ? (int)strcspn(g->list, ".") : 64, g->list);
        if (i < 2) hone_buf_char(&b, '.');
        if (i < 2) hone_buf_add(&b, sub, sub_len);
        if (hone_lexicon_has(s->teller.words, b.data, b.len)) break;
    }
    return keep(s, &b);
}

static const char *deal_value(hone_saying *s, const char *list, const char **lead)
{
    size_t n;
    const char *e = hone_lexicon_deal(s->teller.words, list, strlen(list), &n);
    if (!e) return NULL;
    const char *value = hone_tell_text(&s->teller, e, n, lead);
    return *value ? value : NULL;
}

/* A value that the seeds repeat is one that people often give. */
static const char *often_value(hone_saying *s, int arg, const char **lead)
{
    int n = 0;
    if (s->often_count == 0 || !hone_chance(s->teller.rng, OFTEN)) return NULL;
    for (int i = 0; i < s->often_count; i++) n += s->often[i].arg == arg;
    if (n == 0) return NULL;
    int pick = (int)hone_pick(s->teller.rng, (size_t)n);
    *lead = "";
    for (int i = 0; i < s->often_count; i++)
        if (s->often[i].arg == arg && pick-- == 0) return s->often[i].value;
    return NULL;
}

static const char *skip_words(const char *lead)
{
    static const char *const prepositions[] = {
        "on ", "at ", "in ", "around ", "after ", "before "
    };
    for (size_t i = 0; i < sizeof prepositions / sizeof *prepositions; i++) {
        size_t n = strlen(prepositions[i]);
        if (strncmp(lead, prepositions[i], n) == 0) return lead + n;
    }
    return lead;
}

/* What stands before the value, by the form that the frame asks for. */
static bool say_lead(hone_saying *s, const char *lead, const char *form, size_t len)
{
    bool alone = lead[0] == '!';
    if (alone) lead++;
    if (form_is(form, len, "bare")) return true;
    if (form_is(form, len, "short") && hone_chance(s->teller.rng, 60)) return true;
    if (len == 0 || form_is(form, len, "short")) return add(s, lead, -1);
    lead = skip_words(lead);
    if (form_is(form, len, "art") || form_is(form, len, "poss")) return add(s, lead, -1);
    if (alone) return true;
    return hone_phrase_add(s->teller.a, s->teller.out, form, len, -1) && add(s, " ", -1) &&
           add(s, lead, -1);
}

static bool may_mend(const hone_arg *g)
{
    static const char *const roles[] = { "to",   "destination", "date",  "artist",   "name",
                                         "city", "title",       "label", "playlist", "location",
                                         "item", "room",        "track" };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(g->role, roles[i]) == 0) return true;
    return false;
}

/* "in" or "at" belong to the list of the place. */
static const char *place_form(hone_saying *s, const hone_arg *g, const char **sub, size_t *sub_len,
                              const char *form, size_t *len)
{
    if (strcmp(g->list, "location") != 0 || *sub_len || !s->tongue->english) return form;
    if (form_is(form, *len, "bare") ||
        (form_is(form, *len, "short") && hone_chance(s->teller.rng, 60))) {
        *sub = form = "bare";
        *sub_len = *len = 4;
        return form;
    }
    *sub = *len == 0 && hone_chance(s->teller.rng, 35) ? "in" : "at";
    *sub_len = *len = 2;
    return *sub;
}

static bool say_words(hone_saying *s, int arg, const char *sub, size_t sub_len, const char *form,
                      size_t len)
{
    const hone_arg *g = &s->f->args[arg];
    form = place_form(s, g, &sub, &sub_len, form, &len);
    const char *list = word_list_of(s, g, sub, sub_len);
    const char *lead;
    const char *value = sub_len ? NULL : often_value(s, arg, &lead);
    if (!value && list) value = deal_value(s, list, &lead);
    if (!value) return false;
    if (may_mend(g) && mend_now(s)) {
        const char *lead2;
        const char *wrong = deal_value(s, list, &lead2);
        if (!wrong || strcmp(wrong, value) == 0 || !say_lead(s, lead2, form, len) ||
            !say_mend(s, wrong, false))
            return false;
        if (strcmp(lead, lead2) != 0 && !say_lead(s, lead, form, len)) return false;
    } else if (!say_lead(s, lead, form, len)) {
        return false;
    }
    s->said |= 1u << arg;
    bool quoted = (sub_len == 4 && strncmp(sub, "name", 4) == 0) ||
                  strstr("title subject playlist track", g->role);
    if (quoted && !form_is(form, len, "poss") && !strchr(value, '"') &&
        hone_chance(s->teller.rng, 4))
        return add(s, "\"", -1) && add(s, value, arg) && add(s, "\"", -1);
    if (!add(s, value, arg)) return false;
    if (form_is(form, len, "poss")) return add(s, value[strlen(value) - 1] == 's' ? "'" : "'s", -1);
    return true;
}

/* A spoken time that is kept as words; "friday morning" when it follows the day. */
static bool say_time(hone_saying *s, int arg, const char *form, size_t len)
{
    const hone_phrase *p = s->teller.out;
    bool after_date = p->count >= 2 && p->segs[p->count - 2].slot >= 0 &&
                      strcmp(s->f->args[p->segs[p->count - 2].slot].role, "date") == 0;
    const char *lead = s->tongue->at;
    const char *value = NULL;
    if (hone_chance(s->teller.rng, 22)) {
        value = deal_value(s, "k.time.vague", &lead);
    } else {
        int hour = deal_number(s, "day.hours");
        value = clock_words(s, hour, deal_number(s, "day.minutes"), true);
    }
    if (!value) return false;
    bool part = strcmp(value, "morning") == 0 || strcmp(value, "afternoon") == 0 ||
                strcmp(value, "evening") == 0;
    if (part && after_date && hone_chance(s->teller.rng, 65)) lead = "";
    if (mend_now(s)) {
        const char *wrong = clock_words(s, deal_number(s, "day.hours"), 0, true);
        if (part || !wrong || !say_lead(s, lead, form, len) || !say_mend(s, wrong, true))
            return false;
    } else if (!say_lead(s, lead, form, len)) {
        return false;
    }
    s->said |= 1u << arg;
    return add(s, value, arg);
}

static bool say_items(hone_saying *s, int arg)
{
    const hone_arg *g = &s->f->args[arg];
    const char *list = word_list_of(s, g, "", 0);
    size_t n = 1 + hone_pick(s->teller.rng, 3);
    for (size_t i = 0; i < n; i++) {
        const char *lead;
        const char *value = list ? deal_value(s, list, &lead) : NULL;
        if (!value || (i && !add(s, i + 1 == n ? s->tongue->and : ", ", -1)) || !add(s, value, arg))
            return false;
    }
    s->said |= 1u << arg;
    return true;
}

/* ---- the callbacks ---- */

/* Index of the argument a role of a frame means; dates and times may both mean a date-time. */
static int find_arg(const hone_saying *s, const char *role, size_t len)
{
    int i = hone_function_role(s->f, role, len);
    if (i >= 0) return i;
    bool date = len == 4 && strncmp(role, "date", 4) == 0;
    bool time = len == 4 && strncmp(role, "time", 4) == 0;
    for (int k = 0; (date || time) && k < s->f->count; k++)
        if (s->f->args[k].kind == HONE_ARG_DATETIME) return k;
    bool name = len == 4 && strncmp(role, "name", 4) == 0;
    return name ? hone_function_role(s->f, "first", 5) : -1;
}

/* Wanted and not said yet: a second optional part for the same argument stays silent. */
static bool wanted(void *user, const char *role, size_t len)
{
    const hone_saying *s = user;
    if (len && *role == '?') {
        role++;
        len--;
    }
    int i = find_arg(s, role, len);
    return i >= 0 && (s->wanted >> i & 1) && !(s->said >> i & 1);
}

static bool say_inner(hone_saying *s)
{
    for (size_t i = 0; s->inner && i < s->inner->count; i++) {
        const hone_seg *g = &s->inner->segs[i];
        if (!hone_phrase_add(s->teller.a, s->teller.out, g->text, g->len, g->slot)) return false;
    }
    return s->inner != NULL;
}

/* "setting" of "set": the first word of the inner phrase. */
static bool say_gerund(hone_saying *s)
{
    static const char *const doubled[] = { "set", "put", "get",  "let",   "jot", "plan", "shut",
                                           "cut", "run", "stop", "begin", "map", "drop", "pin" };
    const hone_seg *g = s->inner && s->inner->count ? &s->inner->segs[0] : NULL;
    size_t n = g && g->slot == -1 ? strcspn(g->text, " ") : 0;
    if (n < 2) return false;
    bool twice = false;
    for (size_t i = 0; i < sizeof doubled / sizeof *doubled; i++)
        if (strlen(doubled[i]) == n && strncmp(doubled[i], g->text, n) == 0) twice = true;
    bool drop = g->text[n - 1] == 'e' && g->text[n - 2] != 'e';
    hone_buf b = HONE_BUF_INIT(4096);
    hone_buf_add(&b, g->text, drop ? n - 1 : n);
    if (twice) hone_buf_char(&b, g->text[n - 1]);
    hone_buf_str(&b, "ing");
    hone_buf_add(&b, g->text + n, g->len - n);
    const char *first = keep(s, &b);
    if (!first || !add(s, first, -1)) return false;
    for (size_t i = 1; i < s->inner->count; i++) {
        g = &s->inner->segs[i];
        if (!hone_phrase_add(s->teller.a, s->teller.out, g->text, g->len, g->slot)) return false;
    }
    return true;
}

/* Roles that are no arguments: the inner phrase, the object, the name's own words. */
static int say_special(hone_saying *s, const char *role, size_t len)
{
    const hone_function *f = s->f;
    if (role[0] == '?') return 1;
    if ((len == 2 && (strncmp(role, "vp", 2) == 0 || strncmp(role, "np", 2) == 0)) ||
        (len == 1 && *role == 's') || (len == 4 && strncmp(role, "core", 4) == 0))
        return say_inner(s);
    if (len == 4 && strncmp(role, "ving", 4) == 0) return say_gerund(s);
    if (len == 5 && strncmp(role, "thing", 5) == 0) return f && add(s, f->thing, -1);
    if (len == 4 && strncmp(role, "verb", 4) == 0) return f && add(s, f->verb, -1);
    bool obj = strncmp(role, "obj", 3) == 0;
    bool want = (len == 4 && strncmp(role, "want", 4) == 0) ||
                (len == 7 && strncmp(role, "trouble", 7) == 0);
    if (!f || !f->object || (!obj && !want)) return -1;
    hone_buf b = HONE_BUF_INIT(128);
    if (obj) hone_buf_printf(&b, "obj.%s%s", f->object, len > 3 ? "" : ".the");
    else hone_buf_add(&b, role, len), hone_buf_printf(&b, ".%s", f->object);
    if (obj && len > 3) hone_buf_add(&b, role + 3, len - 3);
    const char *list = keep(s, &b);
    size_t n;
    const char *e = list ? hone_lexicon_deal(s->teller.words, list, strlen(list), &n) : NULL;
    return e && hone_tell(&s->teller, e, n);
}

/* "first last" for a contact whose name is two arguments. */
static bool say_two_names(hone_saying *s, int first)
{
    int last = hone_function_role(s->f, "last", 4);
    if (!say_words(s, first, "", 0, "", 0)) return false;
    if (last < 0 || !(s->wanted >> last & 1)) return true;
    return add(s, " ", -1) && say_words(s, last, "", 0, "", 0);
}

static bool say_role(hone_teller *t, const char *role, size_t len, const char *form,
                     size_t form_len)
{
    hone_saying *s = t->user;
    int special = say_special(s, role, len);
    if (special >= 0) return special;
    size_t base = 0;
    while (base < len && role[base] != '.') base++;
    const char *sub = base < len ? role + base + 1 : "";
    size_t sub_len = base < len ? len - base - 1 : 0;
    int arg = s->f ? find_arg(s, role, base) : -1;
    if (arg < 0 || !(s->wanted >> arg & 1)) return false;
    const hone_arg *g = &s->f->args[arg];
    if (g->kind == HONE_ARG_DATETIME || g->kind == HONE_ARG_DATE)
        return say_datetime(s, arg, strncmp(role, "time", 4) != 0);
    if (s->said >> arg & 1) return false;
    if (base == 4 && strncmp(role, "name", 4) == 0 && strcmp(g->role, "first") == 0)
        return say_two_names(s, arg);
    switch (g->kind) {
    case HONE_ARG_TIME:
        return strcmp(g->role, "clock") == 0 ? say_clock(s, arg, sub_len > 0, form, form_len)
                                             : say_time(s, arg, form, form_len);
    case HONE_ARG_HOUR:
    case HONE_ARG_HHMM: return say_clock(s, arg, sub_len > 0, form, form_len);
    case HONE_ARG_SPAN: return say_span(s, arg, sub_len == 3, form, form_len);
    case HONE_ARG_PHONE: return say_phone(s, arg);
    case HONE_ARG_BOOL: return say_bool(s, arg, form, form_len);
    case HONE_ARG_ENUM: return say_enum(s, arg, form, form_len);
    case HONE_ARG_INT:
    case HONE_ARG_MINUTE:
    case HONE_ARG_REAL: return say_number(s, arg);
    case HONE_ARG_LIST: return say_items(s, arg);
    case HONE_ARG_WORDS: return say_words(s, arg, sub, sub_len, form, form_len);
    default: return false;
    }
}

void hone_saying_start(hone_saying *s, const hone_tongue *tongue, hone_lexicon *words,
                       hone_rng *rng, hone_arena *a, const hone_function *f)
{
    memset(s, 0, sizeof *s);
    s->f = f;
    s->tongue = tongue;
    s->teller.words = words;
    s->teller.rng = rng;
    s->teller.a = a;
    s->teller.user = s;
    s->teller.wanted = wanted;
    s->teller.say = say_role;
    hone_saying_reset(s);
}

void hone_saying_reset(hone_saying *s)
{
    s->said = 0;
    s->year = 0;
    s->hour = s->minute = -1;
    s->mended = 0;
    s->teller.failed = false;
    s->teller.depth = 0;
    s->inner = NULL;
    memset(s->computed, 0, sizeof s->computed);
}

bool hone_saying_complete(const hone_saying *s)
{
    return (s->said & s->wanted) == s->wanted && s->mends == 0;
}

/* The segment of one argument, without the space that tidying may have left at its ends. */
static hone_json *words_of(hone_arena *a, const hone_seg *g)
{
    const char *p = g->text;
    size_t n = g->len;
    while (n && *p == ' ') p++, n--;
    while (n && p[n - 1] == ' ') n--;
    return hone_json_new_strn(a, p, n);
}

hone_json *hone_saying_arguments(hone_saying *s, const hone_phrase *p)
{
    hone_arena *a = s->teller.a;
    hone_json *out = hone_json_new_object(a);
    for (int i = 0; out && i < s->f->count; i++) {
        if (!(s->wanted >> i & 1)) continue;
        const hone_arg *g = &s->f->args[i];
        hone_json *v = NULL;
        if (s->computed[i]) {
            v = hone_json_copy(a, s->computed[i]);
        } else if (g->kind == HONE_ARG_LIST) {
            v = hone_json_new_array(a);
            for (size_t k = 0; v && k < p->count; k++)
                if (p->segs[k].slot == i) hone_json_push(a, v, words_of(a, &p->segs[k]));
        } else {
            for (size_t k = 0; k < p->count; k++)
                if (p->segs[k].slot == i) v = words_of(a, &p->segs[k]);
        }
        if (!v || !hone_json_set(a, out, g->name, v)) return NULL;
    }
    return out;
}
