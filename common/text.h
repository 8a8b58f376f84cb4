/* Unicode text (utf8proc) and safe display. */
#ifndef HONE_COMMON_TEXT_H
#define HONE_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

bool hone_utf8_valid(const char *s, size_t n);
/* Decodes one scalar value at s; returns its byte length, 0 at the end or on invalid bytes. */
size_t hone_utf8_next(const char *s, size_t n, uint32_t *ret);
void hone_utf8_put(hone_buf *out, uint32_t c);

/* All of these append to out, which says at the end whether it worked (hone_buf_ok). Bytes that are
 * not UTF-8 are copied by the mappings and shown as U+FFFD in HTML and XML. */

/* Full Unicode case mapping of the whole string, as Python's str.lower() / str.upper(). */
void hone_text_lower(hone_buf *out, const char *s, size_t n);
void hone_text_upper(hone_buf *out, const char *s, size_t n);
void hone_text_fold(hone_buf *out, const char *s, size_t n); /* case folding */
void hone_text_nfkc(hone_buf *out, const char *s, size_t n);
/* Removes white space at both ends as Python's str.strip() does; points into s. */
const char *hone_text_trim(const char *s, size_t n, size_t *ret_len);
int hone_text_width(const char *s, size_t n); /* terminal columns */
/* Control characters, escapes and bidi marks shown as \n, \x1b, \u202e; safe for a terminal. */
void hone_text_show(hone_buf *out, const char *s, size_t n);
void hone_text_html(hone_buf *out, const char *s, size_t n); /* &, <, >, quotes escaped */
/* As HTML, and characters that XML 1.0 does not allow become U+FFFD. */
void hone_text_xml(hone_buf *out, const char *s, size_t n);

#endif
