/* Does the utterance say this value? (datagen/ground.h) */
#include "datagen/ground.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "datagen/clock.h"

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

bool hone_ground_text(const char *text, const char *what, bool exact, hone_place *ret)
{
    size_t n = strlen(what);
    if (n == 0) return false;
    for (size_t i = 0; text[i]; i++) {
        int c = exact ? strncmp(text + i, what, n) : strncasecmp(text + i, what, n);
        if (c != 0) continue;
        if ((i > 0 && word_byte(text[i - 1]) && word_byte(what[0])) ||
            (word_byte(text[i + n]) && word_byte(what[n - 1])))
            continue;
        ret->at = i;
        ret->len = n;
        return true;
    }
    return false;
}

static bool longest(const char *text, const hone_buf *b, hone_place *best)
{
    hone_place s = *best;
    if (!b->len || !hone_ground_text(text, b->data, false, &s) || s.len <= best->len) return false;
    *best = s;
    return true;
}

static bool find_clock(const hone_tongue *t, const char *text, int hour, int minute,
                       hone_place *ret)
{
    hone_buf b = HONE_BUF_INIT(256);
    hone_place best = { 0, 0, false };
    for (int core = 0; core < t->clock_cores; core++) {
        for (int part = 0; part < t->clock_parts; part++) {
            hone_buf_clear(&b);
            if (t->clock(&b, hour, minute, core, part)) longest(text, &b, &best);
        }
    }
    hone_buf_done(&b);
    *ret = best;
    return best.len > 0;
}

bool hone_ground_clock(const char *text, int hour, int minute, hone_place *ret)
{
    return find_clock(&hone_tongue_english, text, hour, minute, ret);
}

static bool find_span(const hone_tongue *t, const char *text, int64_t seconds, hone_place *ret)
{
    hone_buf b = HONE_BUF_INIT(256);
    hone_place best = { 0, 0, false };
    for (int form = 0; seconds > 0 && seconds < 86400 && form < t->span_forms; form++) {
        for (int adjective = 0; adjective < 2; adjective++) {
            hone_buf_clear(&b);
            if (t->span(&b, (int)seconds, form, adjective) && longest(text, &b, &best))
                best.adjective = adjective;
        }
    }
    hone_buf_done(&b);
    *ret = best;
    return best.len > 0;
}

bool hone_ground_span(const char *text, int64_t seconds, hone_place *ret)
{
    return find_span(&hone_tongue_english, text, seconds, ret);
}

/* The word of a digit at u, or 0: "oh", "zero", "seven". */
static size_t digit_word(const char *u, char digit)
{
    static const char *const words[] = { "oh",   "one", "two",   "three", "four",
                                         "five", "six", "seven", "eight", "nine" };
    if (digit < '0' || digit > '9') return 0;
    const char *word = words[digit - '0'];
    if (strncasecmp(u, word, strlen(word)) == 0) return strlen(word);
    return digit == '0' && strncasecmp(u, "zero", 4) == 0 ? 4 : 0;
}

bool hone_ground_digits(const char *text, const char *digits, hone_place *ret)
{
    for (size_t i = 0; text[i] && digits[0]; i++) {
        size_t at = i;
        size_t d = 0;
        while (digits[d] && text[at]) {
            size_t word = digit_word(text + at, digits[d]);
            if (text[at] == digits[d])
                at++, d++;
            else if (word)
                at += word, d++;
            else if (d > 0 && strchr(" -./()", text[at]))
                at++;
            else
                break;
        }
        if (digits[d] || word_byte(text[at])) continue;
        *ret = (hone_place){ i, at - i, false };
        return true;
    }
    return false;
}

/* ---- numbers ---- */

typedef struct number_word {
    const char *word;
    int value;
} number_word;

static const number_word number_words[] = {
    { "seventeenth", 17 }, { "seventeen", 17 },  { "thirteenth", 13 },
    { "fourteenth", 14 },  { "nineteenth", 19 }, { "eighteenth", 18 },
    { "sixteenth", 16 },   { "fifteenth", 15 },  { "twentieth", 20 },
    { "thirtieth", 30 },   { "thirteen", 13 },   { "fourteen", 14 },
    { "nineteen", 19 },    { "eighteen", 18 },   { "sixteen", 16 },
    { "fifteen", 15 },     { "eleventh", 11 },   { "seventy", 70 },
    { "twelfth", 12 },     { "seventh", 7 },     { "eleven", 11 },
    { "twelve", 12 },      { "twenty", 20 },     { "thirty", 30 },
    { "eighty", 80 },      { "ninety", 90 },     { "fourth", 4 },
    { "eighth", 8 },       { "second", 2 },      { "single", 1 },
    { "dozen", 12 },       { "couple", 2 },      { "twice", 2 },
    { "forty", 40 },       { "fifty", 50 },      { "sixty", 60 },
    { "seven", 7 },        { "three", 3 },       { "eight", 8 },
    { "third", 3 },        { "fifth", 5 },       { "sixth", 6 },
    { "ninth", 9 },        { "tenth", 10 },      { "first", 1 },
    { "zero", 0 },         { "four", 4 },        { "five", 5 },
    { "nine", 9 },         { "once", 1 },        { "both", 2 },
    { "one", 1 },          { "two", 2 },         { "six", 6 },
    { "ten", 10 },         { "an", 1 },          { "a", 1 },
};

static size_t word_len(const char *s)
{
    size_t n = 0;
    while (word_byte(s[n]))
        n++;
    return n;
}

static int value_of(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof number_words / sizeof *number_words; i++)
        if (strlen(number_words[i].word) == n && strncasecmp(s, number_words[i].word, n) == 0)
            return number_words[i].value;
    return -1;
}

static const char *next_word(const char *s)
{
    while (*s == ' ' || *s == '-')
        s++;
    return s;
}

size_t hone_ground_read_words(const char *s, double *ret)
{
    const char *at = s;
    const char *end = s;
    double total = 0;
    double part = -1;
    while (*at) {
        size_t n = word_len(at);
        int v = value_of(at, n);
        bool hundred = n == 7 && strncasecmp(at, "hundred", 7) == 0;
        bool thousand = n == 8 && strncasecmp(at, "thousand", 8) == 0;
        if (part >= 0 && (hundred || thousand)) {
            part *= hundred ? 100 : 1000;
            if (thousand) total += part, part = 0;
        } else if (v >= 0 &&
                   (part < 0 || (v < 10 && fmod(part, 10) == 0 && fmod(part, 100) >= 20) ||
                    (v < 100 && fmod(part, 100) == 0 && part >= 100) || part == 0)) {
            part = (part < 0 ? 0 : part) + v;
        } else if (!(n == 3 && part >= 100 && strncasecmp(at, "and", 3) == 0)) {
            break;
        }
        if (!(n == 3 && strncasecmp(at, "and", 3) == 0)) end = at + n;
        at = next_word(at + n);
    }
    *ret = total + (part > 0 ? part : 0);
    return part < 0 ? 0 : (size_t)(end - s);
}

/* The number at s in digits ("1,200", "2.5") or words; bytes read, 0 if there is none. */
static size_t read_number(const hone_tongue *t, const char *s, double *ret)
{
    size_t n = strspn(s, "0123456789");
    if (n == 0) return t->read_words(s, ret);
    char thousands = t->decimal == '.' ? ',' : '.';
    char digits[32];
    size_t kept = 0;
    size_t at = 0;
    for (; s[at] && kept < sizeof digits - 1; at++) {
        bool digit = s[at] >= '0' && s[at] <= '9';
        bool next = s[at + 1] >= '0' && s[at + 1] <= '9';
        bool comma = s[at] == thousands && strspn(s + at + 1, "0123456789") == 3;
        if (comma) continue;
        if (!digit && !(s[at] == t->decimal && next && !memchr(digits, '.', kept))) break;
        digits[kept++] = digit ? s[at] : '.';
    }
    return hone_parse_f64(digits, kept, ret) ? at : 0;
}

static bool goes_on(const char *s, const char *words)
{
    return words && strncasecmp(s, words, strlen(words)) == 0;
}

bool hone_ground_number(const hone_tongue *t, const char *text, double n)
{
    for (size_t i = 0; text[i]; i++) {
        double v;
        if (i > 0 && word_byte(text[i - 1])) continue;
        size_t len = read_number(t, text + i, &v);
        if (len && (v == n || v == -n)) return true;
        if (len && v + 0.5 == n && goes_on(text + i + len, t->and_half)) return true;
        if (n == 0.5 && goes_on(text + i, t->half)) return true;
    }
    return false;
}

static int unit_of(const hone_tongue *t, const char *s, size_t n)
{
    for (const hone_unit_word *u = t->units; u->word; u++)
        if (strlen(u->word) == n && strncasecmp(s, u->word, n) == 0) return u->seconds;
    return 0;
}

/* Lengths as sums: "one hour, twenty minutes and 5 seconds", wherever in the text. */
static bool sums_to(const hone_tongue *t, const char *text, double seconds)
{
    double total = 0;
    for (size_t i = 0; text[i]; i++) {
        double v;
        if (i > 0 && word_byte(text[i - 1])) continue;
        size_t len = read_number(t, text + i, &v);
        const char *unit = next_word(text + i + len);
        size_t n = word_len(unit);
        int each = len ? unit_of(t, unit, n) : 0;
        if (!each) continue;
        const char *behind = unit + n;
        if (goes_on(behind, t->and_half)) v += 0.5;
        if (v * each == seconds) return true; /* this one alone: others may be circumstances */
        total += v * each;
        i = (size_t)(unit - text) + n - 1;
    }
    return total == seconds;
}

/* ---- arguments ---- */

/* Words that put a time into the half of the day that it is in. */
static bool part_is_said(const hone_tongue *t, const char *text, int hour)
{
    for (const char *const *word = hour >= 12 ? t->late : t->early; *word; word++)
        if (strcasestr(text, *word)) return true;
    return false;
}

static bool clock_said(const hone_tongue *t, const char *text, int64_t hour, int64_t minute)
{
    hone_place p;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
    if (find_clock(t, text, (int)hour, (int)minute, &p)) return true;
    int twelve = (int)(hour % 12 ? hour % 12 : 12); /* "this evening ... at seven" */
    return part_is_said(t, text, (int)hour) && (find_clock(t, text, twelve, (int)minute, &p) ||
                                                find_clock(t, text, twelve % 12, (int)minute, &p));
}

static bool hour_said(const hone_tongue *t, const hone_function *f, const char *user,
                      const hone_json *arguments, const hone_json *v)
{
    int64_t hour;
    int64_t minute = 0;
    for (int k = 0; k < f->count; k++)
        if (f->args[k].kind == HONE_ARG_MINUTE)
            hone_json_i64(hone_json_get(arguments, f->args[k].name), &minute);
    return hone_json_i64(v, &hour) && clock_said(t, user, hour, minute);
}

static bool list_said(const char *user, const hone_json *list)
{
    for (size_t i = 0; list->type == HONE_JSON_ARRAY && i < list->len; i++)
        if (list->items[i]->type == HONE_JSON_STRING && !strstr(user, list->items[i]->text))
            return false;
    return true;
}

bool hone_ground_value(const hone_tongue *t, const hone_function *f, int i, const char *user,
                       const hone_json *arguments)
{
    const hone_arg *g = &f->args[i];
    const hone_json *v = hone_json_get(arguments, g->name);
    hone_place p;
    int64_t n = 0;
    bool text = hone_json_is(v, HONE_JSON_STRING);
    if (!v) return true;
    switch (g->kind) {
    case HONE_ARG_WORDS:
    case HONE_ARG_TIME: return !text || strstr(user, v->text) != NULL;
    case HONE_ARG_LIST: return list_said(user, v);
    case HONE_ARG_PHONE: return !text || hone_ground_digits(user, v->text, &p);
    case HONE_ARG_HOUR: return hour_said(t, f, user, arguments, v);
    case HONE_ARG_HHMM:
        return text && v->len == 5 && hone_parse_i64(v->text, 2, &n) &&
               clock_said(t, user, n, (v->text[3] - '0') * 10 + (v->text[4] - '0'));
    case HONE_ARG_SPAN:
        return !hone_json_i64(v, &n) || find_span(t, user, n * g->unit, &p) ||
               sums_to(t, user, (double)n * g->unit);
    case HONE_ARG_INT:
    case HONE_ARG_REAL:
        return !hone_json_is_number(v) || hone_ground_number(t, user, hone_json_f64(v));
    default: return true;
    }
}
