/*
 * Unicode text by utf8proc (common/text.h). utf8proc maps letters one to one; what Python's
 * upper() and lower() do beyond that (one letter becomes several, the final sigma) follows
 * SpecialCasing.txt and rule Final_Sigma of the Unicode Standard, chapter 3.13. Bytes that are not
 * UTF-8 pass through the mappings unchanged. Language-dependent rules are left out, as in Python.
 */
#include "common/text.h"

#include <string.h>
#include <utf8proc.h>

#include "common/mem.h"

enum { REPLACEMENT = 0xFFFD, CAPITAL_SIGMA = 0x03A3, FINAL_SIGMA = 0x03C2 };

/* ---- UTF-8 ---- */

size_t hone_utf8_next(const char *s, size_t n, uint32_t *ret)
{
    utf8proc_int32_t c;
    if (n == 0) return 0;
    if ((unsigned char)s[0] < 0x80) {
        *ret = (unsigned char)s[0];
        return 1;
    }
    utf8proc_ssize_t k =
        utf8proc_iterate((const utf8proc_uint8_t *)s, n < 4 ? (utf8proc_ssize_t)n : 4, &c);
    if (k <= 0) return 0;
    *ret = (uint32_t)c;
    return (size_t)k;
}

bool hone_utf8_valid(const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0, k; i < n; i += k) {
        if ((unsigned char)s[i] < 0x80) {
            k = 1;
            continue;
        }
        k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0) return false;
    }
    return true;
}

void hone_utf8_put(hone_buf *out, uint32_t c)
{
    utf8proc_uint8_t bytes[4];
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = REPLACEMENT;
    utf8proc_ssize_t k = utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    hone_buf_add(out, bytes, (size_t)k);
}

/* Start of the character that ends before end, for walking backwards; a stray byte is one step. */
static size_t char_before(const char *s, size_t end, uint32_t *ret)
{
    for (size_t k = 1; k <= 4 && k <= end; k++)
        if (hone_utf8_next(s + end - k, k, ret) == k) return end - k;
    *ret = REPLACEMENT;
    return end - 1;
}

/* ---- case ---- */

typedef struct special_case {
    uint16_t from, to[3];
} special_case;

/* Upper case of several letters, without U+1F80..1FAF (see below); sorted. */
static const special_case UPPER[] = {
    { 0x00DF, { 0x0053, 0x0053 } }, { 0x0149, { 0x02BC, 0x004E } }, { 0x01F0, { 0x004A, 0x030C } },
    { 0x0390, { 0x0399, 0x0308, 0x0301 } }, { 0x03B0, { 0x03A5, 0x0308, 0x0301 } },
    { 0x0587, { 0x0535, 0x0552 } }, { 0x1E96, { 0x0048, 0x0331 } }, { 0x1E97, { 0x0054, 0x0308 } },
    { 0x1E98, { 0x0057, 0x030A } }, { 0x1E99, { 0x0059, 0x030A } }, { 0x1E9A, { 0x0041, 0x02BE } },
    { 0x1F50, { 0x03A5, 0x0313 } }, { 0x1F52, { 0x03A5, 0x0313, 0x0300 } },
    { 0x1F54, { 0x03A5, 0x0313, 0x0301 } }, { 0x1F56, { 0x03A5, 0x0313, 0x0342 } },
    { 0x1FB2, { 0x1FBA, 0x0399 } }, { 0x1FB3, { 0x0391, 0x0399 } }, { 0x1FB4, { 0x0386, 0x0399 } },
    { 0x1FB6, { 0x0391, 0x0342 } }, { 0x1FB7, { 0x0391, 0x0342, 0x0399 } },
    { 0x1FBC, { 0x0391, 0x0399 } }, { 0x1FC2, { 0x1FCA, 0x0399 } }, { 0x1FC3, { 0x0397, 0x0399 } },
    { 0x1FC4, { 0x0389, 0x0399 } }, { 0x1FC6, { 0x0397, 0x0342 } },
    { 0x1FC7, { 0x0397, 0x0342, 0x0399 } }, { 0x1FCC, { 0x0397, 0x0399 } },
    { 0x1FD2, { 0x0399, 0x0308, 0x0300 } }, { 0x1FD3, { 0x0399, 0x0308, 0x0301 } },
    { 0x1FD6, { 0x0399, 0x0342 } }, { 0x1FD7, { 0x0399, 0x0308, 0x0342 } },
    { 0x1FE2, { 0x03A5, 0x0308, 0x0300 } }, { 0x1FE3, { 0x03A5, 0x0308, 0x0301 } },
    { 0x1FE4, { 0x03A1, 0x0313 } }, { 0x1FE6, { 0x03A5, 0x0342 } },
    { 0x1FE7, { 0x03A5, 0x0308, 0x0342 } }, { 0x1FF2, { 0x1FFA, 0x0399 } },
    { 0x1FF3, { 0x03A9, 0x0399 } }, { 0x1FF4, { 0x038F, 0x0399 } }, { 0x1FF6, { 0x03A9, 0x0342 } },
    { 0x1FF7, { 0x03A9, 0x0342, 0x0399 } }, { 0x1FFC, { 0x03A9, 0x0399 } },
    { 0xFB00, { 0x0046, 0x0046 } }, { 0xFB01, { 0x0046, 0x0049 } }, { 0xFB02, { 0x0046, 0x004C } },
    { 0xFB03, { 0x0046, 0x0046, 0x0049 } }, { 0xFB04, { 0x0046, 0x0046, 0x004C } },
    { 0xFB05, { 0x0053, 0x0054 } }, { 0xFB06, { 0x0053, 0x0054 } }, { 0xFB13, { 0x0544, 0x0546 } },
    { 0xFB14, { 0x0544, 0x0535 } }, { 0xFB15, { 0x0544, 0x053B } }, { 0xFB16, { 0x054E, 0x0546 } },
    { 0xFB17, { 0x0544, 0x053D } },
};

/* Greek letters with iota subscript: three blocks of 16, small and capital alike. */
static bool put_upper_iota(hone_buf *out, uint32_t c)
{
    static const uint16_t base[3] = { 0x1F08, 0x1F28, 0x1F68 };
    if (c < 0x1F80 || c > 0x1FAF) return false;
    hone_utf8_put(out, base[(c - 0x1F80) >> 4] + (c & 7));
    hone_utf8_put(out, 0x0399);
    return true;
}

static bool put_upper_special(hone_buf *out, uint32_t c)
{
    size_t low = 0, high = sizeof(UPPER) / sizeof(UPPER[0]);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (UPPER[mid].from < c)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == sizeof(UPPER) / sizeof(UPPER[0]) || UPPER[low].from != c) return false;
    for (int i = 0; i < 3 && UPPER[low].to[i]; i++) hone_utf8_put(out, UPPER[low].to[i]);
    return true;
}

static void put_upper(hone_buf *out, uint32_t c)
{
    if (put_upper_iota(out, c) || put_upper_special(out, c)) return;
    hone_utf8_put(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)c));
}

void hone_text_upper(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0)
            hone_buf_char(out, s[i]);
        else
            put_upper(out, c);
        i += k ? k : 1;
    }
}

/* Property Cased: letters with case, and what Other_Lowercase and Other_Uppercase add to them. */
static bool is_cased(uint32_t c)
{
    utf8proc_category_t cat = utf8proc_category((utf8proc_int32_t)c);
    if (cat == UTF8PROC_CATEGORY_LU || cat == UTF8PROC_CATEGORY_LL || cat == UTF8PROC_CATEGORY_LT)
        return true;
    return c == 0xAA || c == 0xBA || (c >= 0x2160 && c <= 0x217F) ||
           (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
           (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

/* Property Case_Ignorable: marks, modifiers, formats, and punctuation found inside words. */
static bool is_case_ignorable(uint32_t c)
{
    static const uint16_t inside[] = { 0x0027, 0x002E, 0x003A, 0x00B7, 0x0387, 0x055F,
                                       0x05F4, 0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                       0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A };
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: break;
    }
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        if (inside[i] == c) return true;
    return false;
}

/* A capital sigma at [at, at + 2) ends a word: a cased letter before it and none after it. */
static bool is_final_sigma(const char *s, size_t n, size_t at)
{
    uint32_t c = 0;
    size_t i = at;
    bool cased = false;
    while (i > 0 && !cased) {
        i = char_before(s, i, &c);
        if (is_case_ignorable(c)) continue;
        if (!is_cased(c)) return false;
        cased = true;
    }
    if (!cased) return false;
    for (i = at + 2; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0) return true;
        if (!is_case_ignorable(c)) return !is_cased(c);
        i += k;
    }
    return true;
}

void hone_text_lower(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0)
            hone_buf_char(out, s[i]);
        else if (c == 0x0130)
            hone_buf_str(out, "i\xCC\x87"); /* I with dot above: i and a combining dot */
        else if (c == CAPITAL_SIGMA && is_final_sigma(s, n, i))
            hone_utf8_put(out, FINAL_SIGMA);
        else
            hone_utf8_put(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c));
        i += k ? k : 1;
    }
}

static bool all_ascii(const char *s, size_t n)
{
    unsigned char any = 0;
    for (size_t i = 0; i < n; i++) any |= (unsigned char)s[i];
    return any < 0x80;
}

void hone_text_fold(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    if (all_ascii(s, n)) { /* where folding is lower case: most texts, at a tenth of the price */
        size_t at = out->len;
        hone_buf_add(out, s, n);
        for (size_t i = 0; hone_buf_ok(out) && i < n; i++)
            if (s[i] >= 'A' && s[i] <= 'Z') out->data[at + i] |= 0x20;
        return;
    }
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t folded[8];
        size_t k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0) hone_buf_char(out, s[i]);
        utf8proc_ssize_t count = k ? utf8proc_decompose_char((utf8proc_int32_t)c, folded, 8,
                                                             UTF8PROC_CASEFOLD, NULL)
                                   : 0;
        for (utf8proc_ssize_t j = 0; j < count && j < 8; j++)
            hone_utf8_put(out, (uint32_t)folded[j]);
        i += k ? k : 1;
    }
}

/* ---- normal form ---- */

/* Appends the normal form of valid UTF-8; false when out of memory. */
static bool put_nfkc(hone_buf *out, const char *s, size_t n)
{
    const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE);
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)s;
    utf8proc_ssize_t count = utf8proc_decompose(text, (utf8proc_ssize_t)n, NULL, 0, options);
    if (count <= 0) return count == 0;
    utf8proc_int32_t *chars = hone_calloc((size_t)count, sizeof(*chars));
    if (!chars) return false;
    count = utf8proc_decompose(text, (utf8proc_ssize_t)n, chars, count, options);
    if (count > 0) count = utf8proc_normalize_utf32(chars, count, options);
    for (utf8proc_ssize_t i = 0; i < count; i++) hone_utf8_put(out, (uint32_t)chars[i]);
    hone_free(chars);
    return count >= 0;
}

void hone_text_nfkc(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t end = i, k;
        while ((k = hone_utf8_next(s + end, n - end, &c)) > 0) end += k;
        if (end > i && !put_nfkc(out, s + i, end - i)) out->failed = true;
        if (end < n) hone_buf_char(out, s[end++]);
        i = end;
    }
}

/* ---- white space and width ---- */

static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

const char *hone_text_trim(const char *s, size_t n, size_t *ret_len)
{
    uint32_t c;
    size_t start = 0, k;
    while ((k = hone_utf8_next(s + start, n - start, &c)) > 0 && is_space(c)) start += k;
    while (n > start) {
        size_t at = char_before(s, n, &c);
        if (!is_space(c)) break;
        n = at;
    }
    *ret_len = n - start;
    return s + start;
}

int hone_text_width(const char *s, size_t n)
{
    uint32_t c;
    int64_t width = 0;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        width += k ? utf8proc_charwidth((utf8proc_int32_t)c) : 1;
        i += k ? k : 1;
    }
    return width < INT32_MAX ? (int)width : INT32_MAX;
}

/* ---- safe display ---- */

/* What changes the order or the look of the text around it, or hides: marks of direction, line and
 * paragraph separators, the byte order mark, tags. */
static bool is_deceptive(uint32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

static void put_shown(hone_buf *out, uint32_t c)
{
    if (c == '\n')
        hone_buf_str(out, "\\n");
    else if (c == '\r')
        hone_buf_str(out, "\\r");
    else if (c == '\t')
        hone_buf_str(out, "\\t");
    else if (c < 0x20 || c == 0x7F)
        hone_buf_printf(out, "\\x%02x", (unsigned)c);
    else if ((c >= 0x80 && c < 0xA0) || (c <= 0xFFFF && is_deceptive(c)))
        hone_buf_printf(out, "\\u%04x", (unsigned)c);
    else if (is_deceptive(c))
        hone_buf_printf(out, "\\U%08x", (unsigned)c);
    else
        hone_utf8_put(out, c);
}

void hone_text_show(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        if (k == 0)
            hone_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)s[i]);
        else
            put_shown(out, c);
        i += k ? k : 1;
    }
}

static void put_markup(hone_buf *out, uint32_t c)
{
    switch (c) {
    case '&': hone_buf_str(out, "&amp;"); break;
    case '<': hone_buf_str(out, "&lt;"); break;
    case '>': hone_buf_str(out, "&gt;"); break;
    case '"': hone_buf_str(out, "&quot;"); break;
    case '\'': hone_buf_str(out, "&#39;"); break;
    default: hone_utf8_put(out, c);
    }
}

void hone_text_html(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        put_markup(out, k ? c : REPLACEMENT);
        i += k ? k : 1;
    }
}

void hone_text_xml(hone_buf *out, const char *s, size_t n)
{
    uint32_t c;
    for (size_t i = 0; i < n;) {
        size_t k = hone_utf8_next(s + i, n - i, &c);
        bool allowed = k && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') && c != 0xFFFE &&
                       c != 0xFFFF;
        put_markup(out, allowed ? c : REPLACEMENT);
        i += k ? k : 1;
    }
}
