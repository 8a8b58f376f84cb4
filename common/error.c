/*
 * The error record and the table of codes (common/error.h).
 *
 * Text is formatted into a local buffer first, so that a record may be quoted in its own message,
 * and cut at a character border when it does not fit, so that it stays valid UTF-8.
 */
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct code_row {
    int number, exit_status;
    const char *word;
} code_row;

static const code_row CODE_ROWS[] = {
#define X(name, number, status, word) { number, status, word },
    HONE_CODES(X)
#undef X
};

static const code_row *code_find(int code)
{
    static const code_row unknown = { HONE_E_INTERNAL, 70, "internal error" };
    for (size_t i = 0; i < sizeof(CODE_ROWS) / sizeof(CODE_ROWS[0]); i++)
        if (CODE_ROWS[i].number == code) return &CODE_ROWS[i];
    return &unknown;
}

const char *hone_code_word(int code)
{
    return code_find(code)->word;
}

int hone_code_exit_status(int code)
{
    return code_find(code)->exit_status;
}

/* Copies s, cut to fit; never leaves half of a UTF-8 sequence at the end. */
static void text_set(char *dst, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80) n--;
    }
    memmove(dst, s, n);
    dst[n] = '\0';
}

static void text_vformat(char *dst, size_t size, const char *fmt, va_list ap)
{
    char tmp[1024];
    if (vsnprintf(tmp, sizeof(tmp), fmt, ap) < 0) tmp[0] = '\0';
    text_set(dst, size, tmp);
}

void hone_err_clear(hone_err *err)
{
    if (!err) return;
    err->code = 0;
    err->line = 0;
    err->offset = -1;
    err->source[0] = err->message[0] = err->hint[0] = '\0';
}

int hone_fail(hone_err *err, hone_code code, const char *fmt, ...)
{
    if (!err) return code;
    va_list ap;
    va_start(ap, fmt);
    text_vformat(err->message, sizeof(err->message), fmt, ap);
    va_end(ap);
    err->code = code;
    return code;
}

void hone_err_at(hone_err *err, const char *source, int64_t line, int64_t offset)
{
    if (!err) return;
    if (source) text_set(err->source, sizeof(err->source), source);
    err->line = line;
    err->offset = offset;
}

void hone_err_hint(hone_err *err, const char *fmt, ...)
{
    if (!err) return;
    va_list ap;
    va_start(ap, fmt);
    text_vformat(err->hint, sizeof(err->hint), fmt, ap);
    va_end(ap);
}

int hone_err_context(hone_err *err, const char *fmt, ...)
{
    if (!err) return HONE_E_INTERNAL;
    char context[sizeof(err->message)];
    char joined[sizeof(err->message) * 2 + 2];
    va_list ap;
    va_start(ap, fmt);
    text_vformat(context, sizeof(context), fmt, ap);
    va_end(ap);
    (void)snprintf(joined, sizeof(joined), "%s: %s", context, err->message);
    text_set(err->message, sizeof(err->message), joined);
    return err->code;
}

/* "source:line: " or "source: byte N: "; an offset of 0 says nothing that the message does not. */
static void place_format(const hone_err *err, char *buf, size_t size)
{
    buf[0] = '\0';
    if (!err->source[0]) return;
    if (err->line > 0)
        (void)snprintf(buf, size, "%s:%lld: ", err->source, (long long)err->line);
    else if (err->offset > 0)
        (void)snprintf(buf, size, "%s: byte %lld: ", err->source, (long long)err->offset);
    else
        (void)snprintf(buf, size, "%s: ", err->source);
}

void hone_err_format(const hone_err *err, char *buf, int size)
{
    if (!buf || size <= 0) return;
    buf[0] = '\0';
    if (!err) return;
    char place[sizeof(err->source) + 32];
    char line[sizeof(hone_err) + 64];
    place_format(err, place, sizeof(place));
    const char *message = err->message[0] ? err->message : hone_code_word(err->code);
    if (err->hint[0])
        (void)snprintf(line, sizeof(line), "%s%s (%s)", place, message, err->hint);
    else
        (void)snprintf(line, sizeof(line), "%s%s", place, message);
    text_set(buf, (size_t)size, line);
}
