/* Normalisers of the lenient mode (eval/normal.h). */
#include "eval/normal.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/text.h"
#include "eval/value.h"

static const double NUMBER_TOLERANCE = 1e-9; /* relative */

static const char *const words[] = {
#define X(name, word) word,
    HONE_NORMALS(X)
#undef X
};
enum { WORDS = sizeof words / sizeof words[0] };

const char *hone_normal_word(hone_normal n)
{
    return words[n];
}

bool hone_normal_parse(const char *word, hone_normal *ret)
{
    for (int i = 0; i < WORDS; i++) {
        if (strcmp(word, words[i]) != 0) continue;
        *ret = (hone_normal)i;
        return true;
    }
    return false;
}

static bool type_is(const hone_json *schema, const char *a, const char *b)
{
    const hone_json *type = hone_json_get(schema, "type");
    return hone_json_is(type, HONE_JSON_STRING) &&
           (!strcasecmp(type->text, a) || !strcasecmp(type->text, b));
}

hone_normal hone_normal_of(const hone_json *schema)
{
    hone_normal n;
    const hone_json *own = hone_json_get(schema, "x-hone-normalizer");
    const hone_json *list = hone_json_get(schema, "enum");
    const hone_json *format = hone_json_get(schema, "format");
    if (hone_json_is(own, HONE_JSON_STRING) && hone_normal_parse(own->text, &n)) return n;
    if (hone_json_is(list, HONE_JSON_ARRAY) && list->len > 0) return HONE_NORMAL_ENUM;
    if (type_is(schema, "number", "integer") || type_is(schema, "float", "int"))
        return HONE_NORMAL_NUMBER;
    if (type_is(schema, "boolean", "bool")) return HONE_NORMAL_BOOLEAN;
    if (hone_json_is(format, HONE_JSON_STRING) && hone_normal_parse(format->text, &n) &&
        (n == HONE_NORMAL_DATE || n == HONE_NORMAL_TIME || n == HONE_NORMAL_DATE_TIME ||
         n == HONE_NORMAL_PHONE))
        return n;
    return HONE_NORMAL_TEXT;
}

/* ---- text ---- */

/* ASCII for typographic quotes, dashes and the blanks that NFKC leaves; others as they are. */
static uint32_t plain_char(uint32_t c)
{
    switch (c) {
    case 0x2018: case 0x2019: case 0x201A: case 0x201B: case 0x2032: case 0x0060: return '\'';
    case 0x201C: case 0x201D: case 0x201E: case 0x201F: case 0x00AB: case 0x00BB: return '"';
    case 0x2010: case 0x2012: case 0x2013: case 0x2014: case 0x2015: case 0x2212: return '-';
    case 0x0085: case 0x1680: case 0x2028: case 0x2029: return ' ';
    default: return c <= ' ' ? ' ' : c;
    }
}

static bool is_edge(char c)
{
    return c == ' ' || strchr(".,;:!?", c) != NULL;
}

/* Drops the beginning of b. */
static void drop_front(hone_buf *b, size_t n)
{
    memmove(b->data, b->data + n, b->len - n + 1);
    b->len -= n;
}

/* NFKC, case folding, plain quotes and dashes, single blanks, no blanks and marks at the ends. */
static void put_plain(hone_buf *out, const char *s, size_t n)
{
    hone_buf form = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), folded = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_text_nfkc(&form, s, n);
    if (form.len) hone_text_fold(&folded, form.data, form.len);
    for (size_t i = 0; i < folded.len;) {
        uint32_t c;
        size_t k = hone_utf8_next(folded.data + i, folded.len - i, &c);
        c = k ? plain_char(c) : 0xFFFD;
        if (c != ' ' || (out->len && out->data[out->len - 1] != ' ')) hone_utf8_put(out, c);
        i += k ? k : 1;
    }
    size_t front = 0;
    while (out->len && is_edge(out->data[out->len - 1])) out->data[--out->len] = '\0';
    while (front < out->len && is_edge(out->data[front])) front++;
    if (front) drop_front(out, front);
    if (form.failed || folded.failed) out->failed = true;
    hone_buf_done(&form);
    hone_buf_done(&folded);
}

/* Plain text without an article in front, blanks and , . / - _ * ^, and with " for '. */
static void put_loose(hone_buf *out, const char *s, size_t n)
{
    static const char *const articles[] = { "the ", "a ", "an " };
    size_t kept = 0;
    put_plain(out, s, n);
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(articles[i]);
        if (out->len <= len || memcmp(out->data, articles[i], len) != 0) continue;
        drop_front(out, len);
        break;
    }
    for (size_t i = 0; i < out->len; i++) {
        char c = out->data[i];
        if (!strchr(" ,./-_*^", c)) out->data[kept++] = c == '\'' ? '"' : c;
    }
    out->len = kept;
    if (out->data) out->data[kept] = '\0';
}

typedef void (*put_form)(hone_buf *out, const char *s, size_t n);

static bool same_form(put_form put, const hone_json *a, const hone_json *b)
{
    hone_buf x = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), y = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    put(&x, a->text, a->len);
    put(&y, b->text, b->len);
    bool same = !x.failed && !y.failed && x.len == y.len &&
                (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
    hone_buf_done(&x);
    hone_buf_done(&y);
    return same;
}

/* Strings and numbers have text; others do not. */
static bool has_text(const hone_json *v)
{
    return v->type == HONE_JSON_STRING || hone_json_is_number(v);
}

/* The only declared value that v is a form of, -1 if there is none or more than one. */
static int enum_index(const hone_json *list, const hone_json *v)
{
    int found = -1;
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *one = list->items[i];
        if (hone_json_equal(one, v)) return (int)i;
        if (!has_text(one) || !has_text(v) || !same_form(put_plain, one, v)) continue;
        if (found >= 0) return -1;
        found = (int)i;
    }
    return found;
}

static bool enum_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    const hone_json *list = hone_json_get(schema, "enum");
    if (!hone_json_is(list, HONE_JSON_ARRAY)) return false;
    int x = enum_index(list, a);
    return x >= 0 && x == enum_index(list, b);
}

/* ---- numbers ---- */

static bool number_of(const hone_json *v, double *ret)
{
    size_t n;
    if (hone_json_is_number(v)) {
        *ret = hone_json_f64(v);
        return true;
    }
    if (v->type != HONE_JSON_STRING) return false;
    const char *s = hone_text_trim(v->text, v->len, &n);
    if (n > 1 && *s == '+' && s[1] != '-') return hone_parse_f64(s + 1, n - 1, ret);
    return hone_parse_f64(s, n, ret);
}

static bool close_numbers(double x, double y)
{
    return fabs(x - y) <= NUMBER_TOLERANCE * fmax(fabs(x), fabs(y));
}

/* An integer, or a string that spells one, as an integer: never close to another, only equal. */
static bool integer_of(const hone_json *v, hone_json *ret)
{
    size_t n, at = 0;
    if (v->type != HONE_JSON_INT && v->type != HONE_JSON_STRING) return false;
    const char *s = hone_text_trim(v->text, v->len, &n);
    if (n && *s == '-') at = 1;
    if (n && *s == '+') s++, n--;
    for (size_t i = at; i < n; i++)
        if (s[i] < '0' || s[i] > '9') return false;
    *ret = (hone_json){ .type = HONE_JSON_INT, .text = s, .len = n };
    return n > at;
}

static bool number_equal(const hone_json *a, const hone_json *b)
{
    double x, y;
    hone_json i, k;
    if (integer_of(a, &i) && integer_of(b, &k)) return hone_value_number_equal(&i, &k);
    if (hone_json_is_number(a) && hone_json_is_number(b) && hone_value_number_equal(a, b))
        return true;
    return number_of(a, &x) && number_of(b, &y) && close_numbers(x, y);
}

/* Value times the factor of its unit; a bare number has none and counts once. */
static bool quantity_of(const hone_json *v, const hone_json *units, double *ret)
{
    size_t n, digits;
    if (number_of(v, ret)) return true;
    if (v->type != HONE_JSON_STRING) return false;
    const char *s = hone_text_trim(v->text, v->len, &n);
    for (digits = 0; digits < n && strchr("+-.0123456789", s[digits]); digits++) { }
    if (!hone_parse_f64(s, digits, ret)) return false;
    size_t left;
    const char *unit = hone_text_trim(s + digits, n - digits, &left);
    for (size_t i = 0; hone_json_is(units, HONE_JSON_OBJECT) && i < units->len; i++) {
        const hone_json_member *m = &units->members[i];
        if (m->key_len != left || strncasecmp(m->key, unit, left) != 0) continue;
        *ret *= hone_json_f64(m->value);
        return hone_json_is_number(m->value);
    }
    return false;
}

static bool quantity_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    double x, y;
    const hone_json *units = hone_json_get(schema, "x-hone-units");
    return quantity_of(a, units, &x) && quantity_of(b, units, &y) && close_numbers(x, y);
}

/* 1, 0, or -1 for what is no boolean. */
static int truth_of(const hone_json *v)
{
    size_t n;
    if (hone_json_is_bool(v)) return v->type == HONE_JSON_TRUE;
    if (v->type != HONE_JSON_STRING) return -1;
    const char *s = hone_text_trim(v->text, v->len, &n);
    if ((n == 4 && !strncasecmp(s, "true", 4)) || (n == 3 && !strncasecmp(s, "yes", 3))) return 1;
    if ((n == 5 && !strncasecmp(s, "false", 5)) || (n == 2 && !strncasecmp(s, "no", 2))) return 0;
    return -1;
}

/* ---- dates and times ---- */

typedef struct moment {
    int64_t day;     /* since 1970-01-01, 0 for a time of day */
    double seconds;
    bool zoned;
    int offset;      /* minutes east */
} moment;

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t day_number(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = y / 400, year = y - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + of_year - 719468;
}

/* Exactly n digits. */
static bool take_digits(const char **s, int n, int *ret)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if ((*s)[i] < '0' || (*s)[i] > '9') return false;
        v = 10 * v + (*s)[i] - '0';
    }
    *s += n;
    *ret = v;
    return true;
}

static bool take_char(const char **s, char c)
{
    if (**s != c) return false;
    (*s)++;
    return true;
}

static bool take_date(const char **s, moment *m)
{
    int y, month, d;
    if (!take_digits(s, 4, &y) || !take_char(s, '-') || !take_digits(s, 2, &month) ||
        !take_char(s, '-') || !take_digits(s, 2, &d) || month < 1 || month > 12 || d < 1)
        return false;
    m->day = day_number(y, month, d);
    return m->day < (month < 12 ? day_number(y, month + 1, 1) : day_number(y + 1, 1, 1));
}

static bool take_zone(const char **s, moment *m)
{
    int hours, minutes = 0;
    if (**s == '\0') return true;
    m->zoned = true;
    if (take_char(s, 'Z') || take_char(s, 'z')) return **s == '\0';
    int sign = **s == '-' ? -1 : 1;
    if ((**s != '+' && **s != '-') || (++*s, !take_digits(s, 2, &hours))) return false;
    (void)take_char(s, ':');
    if (**s && !take_digits(s, 2, &minutes)) return false;
    m->offset = sign * (60 * hours + minutes);
    return **s == '\0' && hours < 24 && minutes < 60;
}

static bool take_time(const char **s, moment *m)
{
    int h, min, sec = 0;
    double part = 0, unit = 0.1;
    if (!take_digits(s, 2, &h) || !take_char(s, ':') || !take_digits(s, 2, &min)) return false;
    if (take_char(s, ':') && !take_digits(s, 2, &sec)) return false;
    if (take_char(s, '.'))
        for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10) part += unit * (**s - '0');
    if (h > 23 || min > 59 || sec > 60) return false;
    m->seconds = 3600.0 * h + 60.0 * min + sec + part;
    return take_zone(s, m);
}

static bool moment_of(const hone_json *v, hone_normal n, moment *ret)
{
    if (v->type != HONE_JSON_STRING) return false;
    char text[64]; /* longer ones are no moments */
    size_t len;
    const char *trimmed = hone_text_trim(v->text, v->len, &len), *s = text;
    if (len >= sizeof text) return false;
    memcpy(text, trimmed, len);
    text[len] = '\0';
    *ret = (moment){ 0 };
    if (n == HONE_NORMAL_DATE) return take_date(&s, ret) && *s == '\0';
    if (n == HONE_NORMAL_TIME) return take_time(&s, ret);
    return take_date(&s, ret) && (take_char(&s, 'T') || take_char(&s, 't') || take_char(&s, ' ')) &&
           take_time(&s, ret);
}

/* The same instant if both name a zone, the same civil time if neither does. */
static bool moment_equal(const hone_json *a, const hone_json *b, hone_normal n)
{
    moment x, y;
    if (!moment_of(a, n, &x) || !moment_of(b, n, &y) || x.zoned != y.zoned) return false;
    double dx = 86400.0 * (double)x.day + x.seconds - 60.0 * x.offset;
    double dy = 86400.0 * (double)y.day + y.seconds - 60.0 * y.offset;
    return fabs(dx - dy) < 1e-6;
}

/* ---- telephone numbers ---- */

static void put_digits(hone_buf *out, const char *s, size_t n)
{
    size_t front = 0;
    for (size_t i = 0; i < n; i++)
        if (s[i] >= '0' && s[i] <= '9') hone_buf_char(out, s[i]);
    if (out->len >= 2 && memcmp(out->data, "00", 2) == 0) front = 2;
    if (front) drop_front(out, front);
}

/* ---- lists and objects ---- */

static bool elements_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    const hone_json *items = hone_json_get(schema, "items");
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++)
        if (!hone_normal_equal(a->items[i], b->items[i], items, hone_normal_of(items)))
            return false;
    return true;
}

/* As multisets. Each element takes the first free one that it equals: equality through one
 * normaliser is transitive, so that this is as good as any matching (numbers within the tolerance
 * apart). */
static bool set_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    const hone_json *items = hone_json_get(schema, "items");
    hone_normal n = hone_normal_of(items);
    if (a->type != HONE_JSON_ARRAY || b->type != HONE_JSON_ARRAY || a->len != b->len) return false;
    bool *taken = hone_calloc(b->len + 1, sizeof *taken), all = taken != NULL;
    for (size_t i = 0; all && i < a->len; i++) {
        size_t k = 0;
        while (k < b->len &&
               (taken[k] || !hone_normal_equal(a->items[i], b->items[k], items, n)))
            k++;
        all = k < b->len;
        if (all) taken[k] = true;
    }
    hone_free(taken);
    return all;
}

static bool members_equal(const hone_json *a, const hone_json *b, const hone_json *schema)
{
    const hone_json *properties = hone_json_get(schema, "properties");
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++) {
        const char *key = a->members[i].key;
        const hone_json *other = hone_json_get(b, key), *own = hone_json_get(properties, key);
        if (!other || !hone_normal_equal(a->members[i].value, other, own, hone_normal_of(own)))
            return false;
    }
    return true;
}

bool hone_normal_equal(const hone_json *want, const hone_json *got, const hone_json *schema,
                       hone_normal n)
{
    if (n == HONE_NORMAL_ANY || hone_value_equal(want, got, schema)) return true;
    if (n == HONE_NORMAL_EXACT) return false;
    if (n == HONE_NORMAL_SET) return set_equal(want, got, schema);
    if (want->type == HONE_JSON_ARRAY && got->type == HONE_JSON_ARRAY)
        return elements_equal(want, got, schema);
    if (want->type == HONE_JSON_OBJECT && got->type == HONE_JSON_OBJECT)
        return members_equal(want, got, schema);
    switch (n) {
    case HONE_NORMAL_ENUM: return enum_equal(want, got, schema);
    case HONE_NORMAL_NUMBER: return number_equal(want, got);
    case HONE_NORMAL_NUMBER_UNIT: return quantity_equal(want, got, schema);
    case HONE_NORMAL_BOOLEAN: return truth_of(want) >= 0 && truth_of(want) == truth_of(got);
    case HONE_NORMAL_DATE:
    case HONE_NORMAL_TIME:
    case HONE_NORMAL_DATE_TIME: return moment_equal(want, got, n);
    default: break;
    }
    if (!has_text(want) || !has_text(got)) return false;
    if (want->type != HONE_JSON_STRING || got->type != HONE_JSON_STRING) {
        if (n != HONE_NORMAL_PHONE) return false;
    }
    return same_form(n == HONE_NORMAL_PHONE ? put_digits
                     : n == HONE_NORMAL_TEXT_LOOSE ? put_loose : put_plain, want, got);
}
