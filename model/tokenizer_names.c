/*
 * Names and types of the special pieces of FunctionGemma's vocabulary, as ranges of ids
 * (docs/tokenizer.md, "Special pieces"), and the spellings that are control tokens.
 */
#include <stdio.h>
#include <string.h>

#include "model/markers.h"
#include "model/tokenizer_parts.h"

#define RUN_MARK "\xe2\x96\x81" /* U+2581, what a space becomes */
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const LOW[] = { "<pad>", HONE_MARK_EOS, HONE_MARK_BOS, "<unk>", "<mask>",
                                   "[multimodal]" };
static const char *const CALLS[] = { HONE_MARK_DECL, HONE_MARK_END_DECL, HONE_MARK_CALL,
                                     HONE_MARK_END_CALL, HONE_MARK_RESPONSE,
                                     HONE_MARK_END_RESPONSE, HONE_MARK_ESCAPE };
static const char *const RECEIVER[] = { "<start_receiver>", "<end_receiver>" };
static const char *const TURNS[] = { HONE_MARK_TURN, HONE_MARK_END_TURN };
static const char *const IMAGES[] = { HONE_MARK_IMAGE, "<end_of_image>", "<image_soft_token>" };

/* HTML tags: each list stands there twice, opening forms and then closing forms. */
static const char *const TABLE_TAGS[] = { "table", "caption", "thead", "tbody",
                                          "tfoot", "tr",      "th",    "td" };
static const char *const HEAD_TAGS[] = { "h1", "h2", "h3", "h4", "h5", "h6", "blockquote" };
static const char *const STYLE_TAGS[] = { "strong", "em",  "b",   "i",   "u",
                                          "s",      "sub", "sup", "code" };
static const char *const BLOCK_TAGS[] = { "a",  "html", "body", "img",    "span",  "bbox",
                                          "ul", "li",   "div",  "iframe", "footer" };

typedef enum range_kind { KIND_LIST, KIND_UNUSED, KIND_RUN, KIND_TAGS } range_kind;

typedef struct special_range {
    int32_t first, last;
    range_kind kind;
    int start;               /* UNUSED: number of the first; RUN: length of the first */
    const char *run;
    const char *const *list; /* LIST, TAGS */
    int count;
} special_range;

#define LIST(at, list) { at, at + (int)COUNT(list) - 1, KIND_LIST, 0, NULL, list, COUNT(list) }
#define TAGS(at, list) { at, at + 2 * (int)COUNT(list) - 1, KIND_TAGS, 0, NULL, list, COUNT(list) }
#define UNUSED(at, last, number) { at, last, KIND_UNUSED, number, NULL, NULL, 0 }
#define RUN(at, last, length, text) { at, last, KIND_RUN, length, text, NULL, 0 }

static const special_range RANGES[] = {
    LIST(0, LOW),
    UNUSED(6, 45, 0),
    LIST(46, CALLS),
    UNUSED(53, 99, 40),
    LIST(100, RECEIVER),
    UNUSED(102, 104, 87),
    LIST(105, TURNS),
    RUN(107, 137, 1, "\n"),
    RUN(138, 167, 2, RUN_MARK),
    TAGS(168, TABLE_TAGS),
    TAGS(184, HEAD_TAGS),
    TAGS(198, STYLE_TAGS),
    TAGS(216, BLOCK_TAGS),
    RUN(255968, 255998, 1, "\t"),
    { 255999, 255999, KIND_LIST, 0, NULL, IMAGES, 1 },
    UNUSED(256000, 262143, 90),
};

static size_t put_run(char *name, const char *text, int times)
{
    size_t n = strlen(text);
    for (int i = 0; i < times; i++) memcpy(name + (size_t)i * n, text, n);
    name[(size_t)times * n] = '\0';
    return (size_t)times * n;
}

size_t hone_special_name(int32_t id, char name[HONE_NAME_SIZE])
{
    for (size_t i = 0; i < COUNT(RANGES); i++) {
        const special_range *r = &RANGES[i];
        int at = id - r->first, n = 0;
        if (id < r->first || id > r->last) continue;
        if (r->kind == KIND_RUN) return put_run(name, r->run, r->start + at);
        if (r->kind == KIND_LIST) n = snprintf(name, HONE_NAME_SIZE, "%s", r->list[at]);
        if (r->kind == KIND_UNUSED) n = snprintf(name, HONE_NAME_SIZE, "<unused%d>", r->start + at);
        if (r->kind == KIND_TAGS)
            n = snprintf(name, HONE_NAME_SIZE, "<%s%s>", at < r->count ? "" : "/",
                         r->list[at % r->count]);
        return (size_t)n;
    }
    return 0;
}

hone_piece_type hone_special_type(int32_t id)
{
    if (id <= HONE_ID_BOS) return HONE_PIECE_CONTROL;
    return id == HONE_ID_UNK ? HONE_PIECE_UNKNOWN : HONE_PIECE_USER;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hone_byte_value(const char *s, size_t n)
{
    if (n != 6 || memcmp(s, "<0x", 3) != 0 || s[5] != '>') return -1;
    int high = hex_digit(s[3]), low = hex_digit(s[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* ---- control tokens ---- */

/* The member of list that s begins with, or NULL. */
static const char *begins_with(const char *s, size_t n, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t k = strlen(list[i]);
        if (n >= k && memcmp(s, list[i], k) == 0) return list[i];
    }
    return NULL;
}

static const char *control_at(const char *s, size_t n)
{
    const char *found = begins_with(s, n, LOW, COUNT(LOW));
    if (!found) found = begins_with(s, n, CALLS, COUNT(CALLS));
    if (!found) found = begins_with(s, n, RECEIVER, COUNT(RECEIVER));
    if (!found) found = begins_with(s, n, TURNS, COUNT(TURNS));
    return found ? found : begins_with(s, n, IMAGES, COUNT(IMAGES));
}

const char *hone_control_in(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '<' && text[i] != '[') continue;
        const char *found = control_at(text + i, len - i);
        if (found) return found;
    }
    return NULL;
}

bool hone_is_control(const char *s, size_t n)
{
    const char *found = control_at(s, n);
    return found && strlen(found) == n;
}
