/*
 * Growable bytes with a hard maximum (common/buf.h). Capacity doubles; one byte behind the maximum
 * is kept for the terminator.
 */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { BUF_FIRST = 64 };

void hone_buf_init(hone_buf *b, size_t maximum)
{
    *b = (hone_buf)HONE_BUF_INIT(maximum);
}

void hone_buf_done(hone_buf *b)
{
    if (!b) return;
    hone_free(b->data);
    hone_buf_init(b, b->max);
}

void hone_buf_clear(hone_buf *b)
{
    if (!b) return;
    b->len = 0;
    b->failed = false;
    if (b->data) b->data[0] = '\0';
}

bool hone_buf_ok(const hone_buf *b)
{
    return !b->failed;
}

/* Room for n more bytes and the terminator; false puts the buffer into the failed state. */
static bool buf_reserve(hone_buf *b, size_t n)
{
    size_t need;
    if (b->failed) return false;
    b->failed = true; /* until the room is there */
    if (!hone_add_size(b->len, n, &need) || need > b->max) return false;
    if (!hone_add_size(need, 1, &need)) return false;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : BUF_FIRST;
        while (cap < need)
            if (!hone_mul_size(cap, 2, &cap)) cap = need;
        if (cap - 1 > b->max) cap = b->max + 1; /* need <= max + 1 holds */
        char *data = hone_realloc_array(b->data, cap, 1);
        if (!data) return false;
        b->data = data;
        b->cap = cap;
    }
    b->failed = false;
    return true;
}

void hone_buf_room(hone_buf *b, size_t n)
{
    if (buf_reserve(b, n)) b->data[b->len] = '\0';
}

void hone_buf_add(hone_buf *b, const void *p, size_t n)
{
    if (!buf_reserve(b, n)) return;
    if (n) memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void hone_buf_str(hone_buf *b, const char *s)
{
    hone_buf_add(b, s, strlen(s));
}

void hone_buf_char(hone_buf *b, char c)
{
    hone_buf_add(b, &c, 1);
}

void hone_buf_i64(hone_buf *b, int64_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0) digits[--at] = '-';
    hone_buf_add(b, digits + at, sizeof digits - at);
}

/* Writes into the room that is there, cut if it is too short; returns the length wanted. */
static int buf_try_vprintf(hone_buf *b, const char *fmt, va_list ap)
{
    return vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
}

void hone_buf_printf(hone_buf *b, const char *fmt, ...)
{
    if (!buf_reserve(b, 0)) return;
    va_list ap;
    va_start(ap, fmt);
    int n = buf_try_vprintf(b, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n >= b->cap - b->len) {
        if (!buf_reserve(b, (size_t)n)) {
            b->data[b->len] = '\0'; /* drop the part that was cut */
            return;
        }
        va_start(ap, fmt);
        n = buf_try_vprintf(b, fmt, ap);
        va_end(ap);
    }
    if (n < 0) b->failed = true;
    b->len += n < 0 ? 0 : (size_t)n;
    b->data[b->len] = '\0';
}

char *hone_buf_take(hone_buf *b)
{
    char *data = NULL;
    if (buf_reserve(b, 0)) {
        data = b->data;
        data[b->len] = '\0';
        b->data = NULL;
    }
    hone_buf_done(b);
    return data;
}
