/* Spoken times of day and lengths of time (datagen/clock.h). */
#include "datagen/clock.h"

#include <string.h>

static void cut(hone_buf *out, size_t len)
{
    out->len = len;
    if (out->data) out->data[len] = 0;
}

static const char *const small[] = { "zero",    "one",     "two",       "three",    "four",
                                     "five",    "six",     "seven",     "eight",    "nine",
                                     "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                     "fifteen", "sixteen", "seventeen", "eighteen", "nineteen" };
static const char *const tens[] = { "",      "",      "twenty",  "thirty", "forty",
                                    "fifty", "sixty", "seventy", "eighty", "ninety" };

void hone_number_words(hone_buf *out, int n, bool hyphen)
{
    if (n >= 1000) {
        hone_number_words(out, n / 1000, hyphen);
        hone_buf_str(out, " thousand");
        if (n % 1000) hone_buf_str(out, " ");
        n %= 1000;
        if (n == 0) return;
    }
    if (n >= 100) {
        hone_number_words(out, n / 100, hyphen);
        hone_buf_str(out, n % 100 ? " hundred and " : " hundred");
        n %= 100;
        if (n == 0) return;
    }
    if (n < 20) {
        hone_buf_str(out, small[n < 0 ? 0 : n]);
        return;
    }
    hone_buf_str(out, tens[n / 10]);
    if (n % 10) hone_buf_printf(out, "%c%s", hyphen ? '-' : ' ', small[n % 10]);
}

void hone_ordinal_words(hone_buf *out, int n)
{
    static const char *const first[] = { "",          "first",       "second",     "third",
                                         "fourth",    "fifth",       "sixth",      "seventh",
                                         "eighth",    "ninth",       "tenth",      "eleventh",
                                         "twelfth",   "thirteenth",  "fourteenth", "fifteenth",
                                         "sixteenth", "seventeenth", "eighteenth", "nineteenth" };
    if (n < 20) hone_buf_str(out, first[n < 0 ? 0 : n]);
    else if (n % 10 == 0) hone_buf_str(out, n == 20 ? "twentieth" : "thirtieth");
    else hone_buf_printf(out, "%s %s", n < 30 ? "twenty" : "thirty", first[n % 10]);
}

/* Which hours a part of the day may follow, and whether it turns them into a 24-hour value. */
typedef struct day_part {
    const char *text; /* behind the time, or with "%" where the time goes */
    int first, last;  /* hours on the 24-hour clock; wraps when first > last */
} day_part;

static const day_part parts[HONE_CLOCK_PARTS] = {
    { "%", 1, 12 },
    { "% am", 0, 11 },
    { "% pm", 12, 23 },
    { "%am", 0, 11 },
    { "%pm", 12, 23 },
    { "% a.m.", 0, 11 },
    { "% p.m.", 12, 23 },
    { "% in the morning", 3, 11 },
    { "% in the afternoon", 12, 17 },
    { "% in the evening", 17, 23 },
    { "% at night", 20, 3 },
    { "% tonight", 18, 23 },
    { "% this afternoon", 12, 17 },
    { "% tomorrow morning", 4, 11 },
    { "% this evening", 17, 22 },
    { "% AM", 0, 11 },
    { "% PM", 12, 23 },
    { "% tomorrow", 1, 12 },
    { "tomorrow morning at %", 4, 11 },
    { "tonight at %", 18, 23 },
    { "tomorrow at %", 1, 12 },
    { "tomorrow evening at %", 17, 22 },
    { "tomorrow afternoon at %", 12, 17 },
    { "% tomorrow afternoon", 12, 17 },
    { "% tomorrow evening", 17, 22 },
    { "this afternoon at %", 12, 17 },
    { "this evening at %", 17, 22 },
};

static bool part_fits(const day_part *p, int hour)
{
    return p->first <= p->last ? hour >= p->first && hour <= p->last
                               : hour >= p->first || hour <= p->last;
}

static int twelve(int hour)
{
    return hour % 12 == 0 ? 12 : hour % 12;
}

static void say_hour(hone_buf *out, int hour, bool digits)
{
    if (digits) hone_buf_printf(out, "%d", twelve(hour));
    else hone_number_words(out, twelve(hour), false);
}

/* "past" and "to" forms: minutes counted from the hour before or to the hour after. */
static bool say_relative(hone_buf *out, int hour, int minute, const char *word, bool to,
                         bool digits, bool with_minutes)
{
    int n = to ? 60 - minute : minute;
    if (minute == 0 || n > 29 || n == 15) return false;
    if (n % 5 != 0 && !with_minutes) return false;
    int h = to ? (hour + 1) % 24 : hour;
    if (digits) hone_buf_printf(out, "%d", n);
    else hone_number_words(out, n, n % 2 == 0);
    hone_buf_printf(out, "%s %s ", with_minutes ? (n == 1 ? " minute" : " minutes") : "", word);
    say_hour(out, h, digits);
    return true;
}

static bool say_words(hone_buf *out, int hour, int minute, bool full_day)
{
    if (minute == 0) return false;
    hone_number_words(out, full_day ? hour : twelve(hour), false);
    hone_buf_str(out, minute < 10 ? " oh " : " ");
    hone_number_words(out, minute, hour % 2 == 0);
    return true;
}

static bool say_quarter(hone_buf *out, int hour, int minute, int core)
{
    if (core == 9 && minute == 15) hone_buf_str(out, "quarter past ");
    else if (core == 10 && minute == 15) hone_buf_str(out, "a quarter past ");
    else if (core == 11 && minute == 15) hone_buf_str(out, "quarter after ");
    else if (core == 9 && minute == 45) hone_buf_str(out, "quarter to ");
    else if (core == 10 && minute == 45) hone_buf_str(out, "a quarter to ");
    else if (core == 11 && minute == 45) hone_buf_str(out, "quarter till ");
    else return false;
    say_hour(out, minute == 45 ? (hour + 1) % 24 : hour, core == 10 && hour % 2);
    return true;
}

/* Times that need no part of the day: the 24-hour clock, noon and midnight. */
static bool say_absolute(hone_buf *out, int hour, int minute, int core)
{
    if (core == 20 && hour != 10) {
        if (hour == 12 && minute == 0) return hone_buf_str(out, "noon"), true;
        if (hour == 0 && minute == 0) return hone_buf_str(out, "midnight"), true;
    }
    if (core == 21) {
        if (hour == 12 && minute == 0) return hone_buf_str(out, "midday"), true;
        if (hour == 23 && minute == 45) return hone_buf_str(out, "quarter to midnight"), true;
        if (hour == 0 && minute == 30) return hone_buf_str(out, "half past midnight"), true;
    }
    if (core == 22) {
        hone_buf_printf(out, "%02d:%02d", hour, minute);
        return true;
    }
    if (core == 23 && hour >= 13 && minute >= 10) return say_words(out, hour, minute, true);
    if (core == 24 && minute > 0) {
        hone_buf_printf(out, "%02d%02d", hour, minute); /* 0630, 1915 */
        return true;
    }
    return false;
}

static bool say_core(hone_buf *out, int hour, int minute, int core)
{
    switch (core) {
    case 0:
    case 1: hone_buf_printf(out, "%d:%02d", twelve(hour), minute); return true;
    case 2: hone_buf_printf(out, "%d.%02d", twelve(hour), minute); return minute != 0;
    case 3: hone_buf_printf(out, "%d %02d", twelve(hour), minute); return minute != 0;
    case 4: return say_words(out, hour, minute, false);
    case 5:
    case 6: say_hour(out, hour, core == 5); return minute == 0;
    case 7:
    case 8:
        say_hour(out, hour, core == 7);
        hone_buf_str(out, " o'clock");
        return minute == 0;
    case 9:
    case 10:
    case 11: return say_quarter(out, hour, minute, core);
    case 12:
    case 13:
        hone_buf_str(out, "half past ");
        say_hour(out, hour, core == 13);
        return minute == 30;
    case 14:
        hone_buf_str(out, "half ");
        say_hour(out, hour, false);
        return minute == 30;
    case 15: return say_relative(out, hour, minute, "past", false, false, minute % 5 != 0);
    case 16: return say_relative(out, hour, minute, "to", true, false, minute % 5 != 0);
    case 26: return say_relative(out, hour, minute, "past", false, false, true);
    case 27: return say_relative(out, hour, minute, "to", true, false, true);
    case 28: return say_relative(out, hour, minute, "before", true, false, hour % 2 == 0);
    case 17: return say_relative(out, hour, minute, "past", false, true, minute % 5 != 0);
    case 18: return say_relative(out, hour, minute, "to", true, true, minute % 5 != 0);
    case 25: /* "seven-thirty" */
        if (minute < 10) return false;
        hone_number_words(out, twelve(hour), false);
        hone_buf_str(out, "-");
        hone_number_words(out, minute, false);
        return true;
    case 19:
        return minute < 30 ? say_relative(out, hour, minute, "after", false, false, false)
                           : say_relative(out, hour, minute, "till", true, false, false);
    default: return false;
    }
}

/* The hour that the words name: "quarter to eight" in the morning is decided by eight. */
static int named_hour(int hour, int minute, int core)
{
    bool to = core == 16 || core == 18 || core == 27 || core == 28 ||
              (core >= 9 && core <= 11 && minute == 45) || (core == 19 && minute >= 30);
    return to ? (hour + 1) % 24 : hour;
}

bool hone_clock_say(hone_buf *out, int hour, int minute, int core, int part)
{
    if (part < 0 || part >= HONE_CLOCK_PARTS || core < 0 || core >= HONE_CLOCK_CORES) return false;
    size_t start = out->len;
    if (core >= 20 && core < 25) {
        if (part == 0 && say_absolute(out, hour, minute, core)) return true;
        cut(out, start);
        return false;
    }
    const day_part *p = &parts[part];
    const char *at = strchr(p->text, '%');
    bool tight = at && at[1] && at[1] != ' '; /* "7am", "7:15pm", never "seven o'clockpm" */
    bool short_part = part >= 1 && (part <= 6 || part == 15 || part == 16);
    bool spoken = part == 1 || part == 2; /* "ten past four pm", never "ten past fourpm" */
    bool clipped = core >= 7 && core < 25 && !(spoken && core >= 9 && core <= 19);
    int named = named_hour(hour, minute, core);
    if (!at || !part_fits(p, hour) || !part_fits(p, named) ||
        (short_part && (clipped || (core > 25 && !spoken))) ||
        (tight && (core == 3 || core == 4 || core == 6 || core == 25)) ||
        (part == 0 && (named == 0 || named > 12)) || (part == 0 && hour == 0))
        return false;
    hone_buf_add(out, p->text, (size_t)(at - p->text));
    if (!say_core(out, hour, minute, core)) {
        cut(out, start);
        return false;
    }
    hone_buf_str(out, at + 1);
    return true;
}

/* ---- lengths of time ---- */

static void say_count(hone_buf *out, int n, const char *unit, bool words)
{
    if (words) hone_number_words(out, n, n % 2 == 0);
    else hone_buf_printf(out, "%d", n);
    hone_buf_printf(out, " %s%s", unit, n == 1 ? "" : "s");
}

static void say_some(hone_buf *out, int n, const char *unit, bool words, bool article)
{
    if (n == 1 && article) hone_buf_printf(out, "%s %s", unit[0] == 'h' ? "an" : "a", unit);
    else say_count(out, n, unit, words);
}

/* Hours, minutes and seconds, joined; forms 0-3: digits or words, with or without "and". */
static bool say_parts(hone_buf *out, int s, int form)
{
    bool words = form == 1 || form == 3;
    const char *join = form < 2 ? " and " : " ";
    int n[3] = { s / 3600, s / 60 % 60, s % 60 };
    static const char *const unit[3] = { "hour", "minute", "second" };
    int count = (n[0] > 0) + (n[1] > 0) + (n[2] > 0);
    if (count > 2 || (count == 1 && form > 1)) return false;
    bool first = true;
    for (int i = 0; i < 3; i++) {
        if (!n[i]) continue;
        if (!first) hone_buf_str(out, join);
        say_some(out, n[i], unit[i], words, words && first && form == 3);
        first = false;
    }
    return count > 0;
}

static bool say_short(hone_buf *out, int s, int form)
{
    static const char *const units[5][3] = { { "h", "min", "s" },
                                             { " h", " min", " s" },
                                             { " hr", " min", " sec" },
                                             { " hrs", " mins", " secs" },
                                             { "h", "m", "s" } };
    const char *const *unit = units[form - 4];
    int n[3] = { s / 3600, s / 60 % 60, s % 60 };
    int count = (n[0] > 0) + (n[1] > 0) + (n[2] > 0);
    if (count > 2 || count == 0 || (count > 1 && form == 7)) return false;
    if (form == 7 && (n[0] == 1 || n[1] == 1 || n[2] == 1)) return false;
    for (int i = 0, first = 1; i < 3; i++) {
        if (!n[i]) continue;
        hone_buf_printf(out, "%s%d%s", first ? "" : " ", n[i], unit[i]);
        first = 0;
    }
    return true;
}

/* Hours as minutes, minutes as seconds: "ninety seconds", "75 minutes". */
static bool say_smaller(hone_buf *out, int s, int form)
{
    bool words = form == 10;
    if (s % 60 == 0 && s > 3600 && s <= 180 * 60) say_count(out, s / 60, "minute", words);
    else if (s > 60 && s <= 180) say_count(out, s, "second", words);
    else return false;
    return true;
}

static bool say_half(hone_buf *out, int s, int form)
{
    bool hours = s % 3600 == 1800;
    int unit = hours ? 3600 : 60;
    const char *name = hours ? "hour" : "minute";
    if (s % unit != unit / 2 || s / unit > 20) return false; /* nobody counts more halves */
    int n = s / unit;
    if (n == 0) {
        if (form == 11) hone_buf_printf(out, "half %s %s", hours ? "an" : "a", name);
        else if (form == 12) hone_buf_printf(out, "a half %s", name);
        else if (form == 13 && hours) hone_buf_str(out, "half hour");
        else return false;
        return true;
    }
    if (form == 11 && n == 1) {
        hone_buf_printf(out, "%s %s and a half", hours ? "an" : "a", name);
    } else if (form == 12) {
        hone_number_words(out, n, true);
        hone_buf_printf(out, " and a half %ss", name);
    } else if (form == 13) {
        hone_buf_printf(out, "%d.5 %ss", n, name);
    } else if (form == 14) {
        hone_buf_printf(out, "%d and a half %ss", n, name);
    } else {
        return false;
    }
    return true;
}

static bool say_quarters(hone_buf *out, int s, int form)
{
    if (s == 900 && form == 15) hone_buf_str(out, "a quarter of an hour");
    else if (s == 900 && form == 16) hone_buf_str(out, "quarter of an hour");
    else if (s == 2700 && form == 15) hone_buf_str(out, "three quarters of an hour");
    else if (s == 4500 && form == 15) hone_buf_str(out, "an hour and a quarter");
    else if (s == 6300 && form == 15) hone_buf_str(out, "an hour and three quarters");
    else if (s == 120 && form == 16) hone_buf_str(out, "a couple of minutes");
    else if (s == 4500 && form == 16) hone_buf_str(out, "one and a quarter hours");
    else if (s == 8100 && form == 15) hone_buf_str(out, "two and a quarter hours");
    else if (s == 2700 && form == 16) hone_buf_str(out, "three quarter hours");
    else if (s == 9900 && form == 15) hone_buf_str(out, "two and three quarter hours");
    else if (s == 45 && form == 15) hone_buf_str(out, "three quarters of a minute");
    else return false;
    return true;
}

/* The last unit unsaid: "2 minutes 30", "one hour twenty". */
static bool say_open(hone_buf *out, int s, int form)
{
    bool words = form == 18 || form == 19;
    int big = s >= 3600 ? 3600 : 60;
    int rest = big == 3600 ? s / 60 % 60 : s % 60;
    if (s < 60 || rest < 5 || (big == 3600 && s % 60)) return false;
    if (form == 20) {
        if (big != 3600) return false;
        hone_buf_printf(out, "%dh%02d", s / 3600, rest);
        return true;
    }
    say_some(out, s / big, big == 3600 ? "hour" : "minute", words, form == 19);
    hone_buf_str(out, " ");
    if (words) hone_number_words(out, rest, true);
    else hone_buf_printf(out, "%d", rest);
    return true;
}

/* "1:30 hours", "2:15 minutes". */
static bool say_colon(hone_buf *out, int s, int form)
{
    bool hours = s >= 3600 && s % 60 == 0 && s % 3600 >= 300;
    if (form != 22 || (!hours && (s < 60 || s >= 600 || s % 60 < 10))) return false;
    int big = hours ? 3600 : 60;
    hone_buf_printf(out, "%d:%02d %s", s / big, hours ? s / 60 % 60 : s % 60,
                    hours ? "hours" : "minutes");
    return true;
}

/* The minutes unsaid: "an hour and twenty". */
static bool say_tail(hone_buf *out, int s, int form)
{
    int rest = s / 60 % 60;
    if (form < 23 || form > 24 || s < 3600 || s >= 4 * 3600 || s % 60 || rest % 5 || rest == 0)
        return false;
    say_some(out, s / 3600, "hour", form == 23, form == 23);
    hone_buf_str(out, " and ");
    if (form == 23) hone_number_words(out, rest, true);
    else hone_buf_printf(out, "%d", rest);
    return true;
}

static bool say_single(hone_buf *out, int s, int form)
{
    const char *unit = s % 3600 == 0 ? "hour" : s % 60 == 0 ? "minute" : "second";
    int n = s % 3600 == 0 ? s / 3600 : s % 60 == 0 ? s / 60 : s;
    if (s <= 0 || n != 1 || form != 21) return false;
    say_some(out, 1, unit, true, true);
    return true;
}

/* "a ten minute timer", "a 90-second timer", "a half hour timer". */
static bool say_adjective(hone_buf *out, int s, int form)
{
    bool hour = s % 3600 == 0;
    bool minute = s % 60 == 0 && (s < 3600 || s <= 90 * 60);
    int n = hour ? s / 3600 : minute ? s / 60 : s;
    const char *unit = hour ? "hour" : minute ? "minute" : "second";
    if (s == 1800 && form == 11) return hone_buf_str(out, "half hour"), true;
    if (s == 1800 && form == 12) return hone_buf_str(out, "half-hour"), true;
    if (s == 1800 && form == 13) return hone_buf_str(out, "half an hour"), true;
    if (s == 30 && form == 11) return hone_buf_str(out, "half minute"), true;
    if (s % 3600 == 1800 && s > 3600 && s < 5 * 3600 && (form == 11 || form == 12)) {
        hone_number_words(out, s / 3600, false);
        hone_buf_printf(out, " and a half %s", form == 11 ? "hour" : "hours");
        return true;
    }
    if (s % 60 == 30 && s > 60 && s < 600 && form == 11) {
        hone_number_words(out, s / 60, false);
        hone_buf_str(out, " and a half minute");
        return true;
    }
    if ((!hour && !minute && s > 100) || form > 3) return false;
    if (form == 1 || form == 3) hone_number_words(out, n, form == 3);
    else hone_buf_printf(out, "%d", n);
    hone_buf_printf(out, "%c%s", form == 2 ? '-' : ' ', unit);
    return true;
}

bool hone_span_say(hone_buf *out, int seconds, int form, bool adjective)
{
    size_t start = out->len;
    bool ok = false;
    if (seconds <= 0 || seconds >= 86400) return false;
    if (adjective) ok = say_adjective(out, seconds, form);
    else if (form < 4) ok = say_parts(out, seconds, form);
    else if (form < 9) ok = say_short(out, seconds, form);
    else if (form < 11) ok = say_smaller(out, seconds, form);
    else if (form < 15) ok = say_half(out, seconds, form);
    else if (form < 17) ok = say_quarters(out, seconds, form);
    else if (form < 21) ok = say_open(out, seconds, form);
    else if (form < 22) ok = say_single(out, seconds, form);
    else if (form < 23) ok = say_colon(out, seconds, form);
    else ok = say_tail(out, seconds, form);
    if (!ok) cut(out, start);
    return ok;
}
