/*
 * Decimal text and doubles, without a locale.
 *
 * Reading: the text is checked against a small grammar, reduced to at most MAX_DIGITS significant
 * digits and a power of ten, and handed to strtod as "DIGITSeEXP": no radix character is involved,
 * so the locale cannot matter. 767 digits decide any double; a non-zero rest behind them becomes
 * one more digit 1, which keeps the rounding right.
 *
 * Writing: the shortest digits that read back, as David Gay's mode 0 and Python's repr() give them.
 * 15 digits are tried first: in the normal range a number with 15 digits or fewer always comes back
 * as those digits. Then 16 and 17. The trap: below a power of two the doubles lie twice as dense,
 * so at 46 powers of two (2^-1017 is one) the correctly rounded 16 digits do not read back although
 * their neighbour does; hence the neighbours are tried before 17 digits are accepted.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#define MAX_DIGITS 800
#define EXP_LIMIT 100000 /* far outside the range of a double, far inside that of strtod */

/* value = 0.DIGITS times 10^point, digits[0] != '0' unless n is 0 */
typedef struct decimal {
    char digits[MAX_DIGITS + 2];
    int n;
    int64_t point;
    bool negative;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(decimal *d, char c, bool *rest)
{
    if (d->n == MAX_DIGITS)
        *rest = *rest || c != '0';
    else
        d->digits[d->n++] = c;
}

/* Digits before and after the point; false if there is none at all. */
static bool scan_mantissa(decimal *d, const char *s, size_t len, size_t *at)
{
    bool any = false, point = false, rest = false;
    size_t i = *at;
    for (; i < len; i++) {
        if (s[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(s[i])) break;
        any = true;
        if (d->n == 0 && s[i] == '0') {
            if (point) d->point--;
            continue;
        }
        add_digit(d, s[i], &rest);
        if (!point) d->point++;
    }
    if (rest) d->digits[d->n++] = '1';
    *at = i;
    return any;
}

static bool scan_exponent(decimal *d, const char *s, size_t len, size_t at)
{
    if (at == len) return true;
    if (s[at] != 'e' && s[at] != 'E') return false;
    at++;
    bool negative = at < len && s[at] == '-';
    if (at < len && (s[at] == '-' || s[at] == '+')) at++;
    if (at == len) return false;
    int64_t e = 0;
    for (; at < len; at++) {
        if (!is_digit(s[at])) return false;
        if (e < (int64_t)1 << 40) e = e * 10 + (s[at] - '0');
    }
    d->point += negative ? -e : e;
    return true;
}

static double decimal_value(decimal *d)
{
    char text[MAX_DIGITS + 32];
    if (d->n == 0) return d->negative ? -0.0 : 0.0;
    int64_t e = d->point - d->n;
    if (e > EXP_LIMIT) e = EXP_LIMIT;
    if (e < -EXP_LIMIT) e = -EXP_LIMIT;
    snprintf(text, sizeof text, "%s%.*se%d", d->negative ? "-" : "", d->n, d->digits, (int)e);
    return strtod(text, NULL);
}

static bool scan_f64(const char *s, size_t len, double *ret)
{
    decimal d = { .n = 0 };
    size_t at = 0;
    if (len > 0 && s[0] == '-') {
        d.negative = true;
        at = 1;
    }
    if (!scan_mantissa(&d, s, len, &at) || !scan_exponent(&d, s, len, at)) return false;
    *ret = decimal_value(&d);
    return true;
}

bool hone_parse_f64(const char *s, size_t len, double *ret)
{
    double v;
    if (!scan_f64(s, len, &v) || !isfinite(v)) return false;
    *ret = v;
    return true;
}

bool hone_parse_i64(const char *s, size_t len, int64_t *ret)
{
    bool negative = len > 0 && s[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == len) return false;
    int64_t v = 0; /* kept negative: INT64_MIN has no positive counterpart */
    for (; at < len; at++) {
        if (!is_digit(s[at])) return false;
        if (__builtin_mul_overflow(v, (int64_t)10, &v)) return false;
        if (__builtin_sub_overflow(v, (int64_t)(s[at] - '0'), &v)) return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, v, &v)) return false;
    *ret = v;
    return true;
}

/* The correctly rounded p digits of |x| (finite, not 0), trailing zeros kept. */
static void round_digits(double x, int p, decimal *d)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", p - 1, fabs(x));
    const char *s = text;
    d->n = 0;
    for (; *s != 'e'; s++)
        if (is_digit(*s)) d->digits[d->n++] = *s; /* skips the radix character of any locale */
    bool negative = s[1] == '-';
    int64_t e = 0;
    for (s += 2; *s; s++) e = e * 10 + (*s - '0');
    d->point = (negative ? -e : e) + 1;
    d->negative = x < 0;
}

static bool reads_back(decimal *d, double x)
{
    return decimal_value(d) == x;
}

static void add_one(decimal *d)
{
    int i = d->n - 1;
    while (i >= 0 && d->digits[i] == '9') d->digits[i--] = '0';
    if (i >= 0) {
        d->digits[i]++;
        return;
    }
    d->digits[0] = '1'; /* 999 -> 1000, written as 100 one place higher */
    d->point++;
}

static void subtract_one(decimal *d)
{
    int i = d->n - 1;
    while (i > 0 && d->digits[i] == '0') d->digits[i--] = '9';
    d->digits[i]--;
    if (d->digits[0] != '0') return;
    memset(d->digits, '9', (size_t)d->n); /* 100 -> 99, written as 999 one place lower */
    d->point--;
}

static bool neighbour_reads_back(double x, int p, decimal *d)
{
    round_digits(x, p, d);
    add_one(d);
    if (reads_back(d, x)) return true;
    round_digits(x, p, d);
    subtract_one(d);
    return reads_back(d, x);
}

static void shortest_digits(double x, decimal *d)
{
    int p = fabs(x) >= 2.2250738585072014e-308 ? 15 : 1; /* subnormals hold fewer digits */
    for (; p <= 17; p++) {
        round_digits(x, p, d);
        if (reads_back(d, x)) break;
        if (p == 16 && neighbour_reads_back(x, p, d)) break;
    }
    while (d->n > 1 && d->digits[d->n - 1] == '0') d->n--;
}

static char *put_zeros(char *w, int64_t n)
{
    for (; n > 0; n--) *w++ = '0';
    return w;
}

static char *put_digits(char *w, const decimal *d, int from, int to)
{
    for (int i = from; i < to && i < d->n; i++) *w++ = d->digits[i];
    return w;
}

/* 1.5, 0.001, 100000.0 (the last two characters only if point_zero) */
static char *put_fixed(char *w, const decimal *d, bool point_zero)
{
    int point = (int)d->point;
    if (point <= 0) {
        *w++ = '0';
        *w++ = '.';
        w = put_zeros(w, -point);
        return put_digits(w, d, 0, d->n);
    }
    w = put_digits(w, d, 0, point);
    w = put_zeros(w, point - d->n);
    if (d->n > point) {
        *w++ = '.';
        w = put_digits(w, d, point, d->n);
    } else if (point_zero) {
        *w++ = '.';
        *w++ = '0';
    }
    return w;
}

static char *put_exponent(char *w, const decimal *d)
{
    *w++ = d->digits[0];
    if (d->n > 1) *w++ = '.';
    w = put_digits(w, d, 1, d->n);
    int e = (int)d->point - 1;
    return w + snprintf(w, 8, "e%c%02d", e < 0 ? '-' : '+', abs(e));
}

static bool put_special(double x, char *buf, const char *zero)
{
    if (isnan(x)) {
        memcpy(buf, "nan", 4);
        return true;
    }
    if (x != 0 && isfinite(x)) return false;
    if (signbit(x)) *buf++ = '-';
    memcpy(buf, x == 0 ? zero : "inf", x == 0 ? strlen(zero) + 1 : 4);
    return true;
}

static void put_decimal(char *buf, const decimal *d, int max_point, bool point_zero)
{
    char *w = buf;
    if (d->negative) *w++ = '-';
    bool fixed = d->point > -4 && d->point <= max_point;
    w = fixed ? put_fixed(w, d, point_zero) : put_exponent(w, d);
    *w = '\0';
}

void hone_f64_repr(double x, char *buf)
{
    decimal d = { .n = 0 };
    if (put_special(x, buf, "0.0")) return;
    shortest_digits(x, &d);
    put_decimal(buf, &d, 16, true);
}

void hone_f64_g6(double x, char *buf)
{
    decimal d = { .n = 0 };
    if (put_special(x, buf, "0")) return;
    round_digits(x, 6, &d);
    while (d.n > 1 && d.digits[d.n - 1] == '0') d.n--;
    put_decimal(buf, &d, 6, false);
}
