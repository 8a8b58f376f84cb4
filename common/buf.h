/*
 * Growable bytes with a hard maximum given at creation. After a failed append the buffer is in the
 * failed state: further appends do nothing and hone_buf_ok is false, so that a writer may check
 * once at its end. data is always NUL-terminated behind len (never NULL after the first append).
 */
#ifndef HONE_COMMON_BUF_H
#define HONE_COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hone_buf {
    char *data;
    size_t len, cap, max;
    bool failed;
} hone_buf;

#define HONE_BUF_INIT(maximum) { NULL, 0, 0, (maximum), false }
#define HONE_BUF_TEXT_MAX ((size_t)256 << 20)

void hone_buf_init(hone_buf *b, size_t maximum);
void hone_buf_done(hone_buf *b);  /* frees the bytes */
void hone_buf_clear(hone_buf *b); /* len = 0, failed = false, memory kept */
void hone_buf_room(hone_buf *b, size_t n); /* asks once for what n more bytes will need */
void hone_buf_add(hone_buf *b, const void *p, size_t n);
void hone_buf_str(hone_buf *b, const char *s);
void hone_buf_char(hone_buf *b, char c);
void hone_buf_i64(hone_buf *b, int64_t n); /* decimal digits */
void hone_buf_printf(hone_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool hone_buf_ok(const hone_buf *b);
char *hone_buf_take(hone_buf *b); /* hands the NUL-terminated bytes over (hone_free), empties b */

#endif
