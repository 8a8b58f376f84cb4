/*
 * Words of up to 15 bytes, which are nearly all (docs/tokenizer.md): plain search over their parts
 * instead of a heap. Pieces are looked up by the bytes that the word itself has: two and three
 * letters in tables of their own, others in one where one look at one place answers (hone_brief).
 * Such a place is seldom in a cache, so those that a new word may need are asked for at the start.
 */
#include <string.h>

#include "common/bytes.h"
#include "common/text.h"
#include "model/tokenizer_parts.h"

enum { NO_PAIR = INT32_MAX };

typedef struct short_word {
    char text[HONE_WORD_BYTES + HONE_BRIEF_BYTES]; /* zeros behind it */
    uint8_t at[HONE_WORD_BYTES + 1];               /* where parts begin; behind them the length */
    int count;
    int32_t *ids;
    int32_t pairs[HONE_WORD_BYTES];                /* piece of a part and the next, or NO_PAIR */
} short_word;

/* ---- brief pieces ---- */

static hone_brief brief_of(const char *s, unsigned n)
{
    const uint8_t *p = (const uint8_t *)s;
    hone_brief k = { hone_le64(p), 0, n << 24 };
    if (n < 8) k.lo &= ((uint64_t)1 << 8 * n) - 1;
    if (n > 8) k.hi = (uint32_t)(hone_le32(p + 8) & (((uint64_t)1 << 8 * (n - 8)) - 1));
    return k;
}

static size_t brief_hash(const hone_tokenizer *t, hone_brief k)
{
    uint64_t h = k.lo * 0x9e3779b97f4a7c15u ^ (k.hi | (uint64_t)k.id << 32) * 0xc2b2ae3d27d4eb4fu;
    return (h ^ h >> 32) & t->brief_mask;
}

/* Place of three letters in triple_ids, or -1. */
static int32_t triple_of(const hone_tokenizer *t, const char *s)
{
    const int32_t a = t->letter_codes[(unsigned char)s[0]];
    const int32_t b = t->letter_codes[(unsigned char)s[1]];
    const int32_t c = t->letter_codes[(unsigned char)s[2]];
    return a && b && c ? a << 12 | b << 6 | c : -1;
}

static int32_t brief_find(const hone_tokenizer *t, const char *s, unsigned n)
{
    const int32_t triple = n == 3 ? triple_of(t, s) : -1;
    if (triple >= 0) return t->triple_ids[triple] - 1;
    const hone_brief k = brief_of(s, n);
    for (size_t i = brief_hash(t, k);; i = (i + 1) & t->brief_mask) {
        const hone_brief *p = &t->briefs[i];
        if (p->id == 0) return -1;
        if (p->lo == k.lo && p->hi == k.hi && p->id >> 24 == n)
            return (int32_t)(p->id & 0xffffff) - 1;
    }
}

/* Where a search begins. */
static const hone_brief *brief_at(const hone_tokenizer *t, const char *s, unsigned n)
{
    return &t->briefs[brief_hash(t, brief_of(s, n))];
}

void hone_brief_add(hone_tokenizer *t, const char *s, unsigned n, int32_t id)
{
    hone_brief k = brief_of(s, n);
    const int32_t triple = n == 3 ? triple_of(t, s) : -1;
    size_t i = brief_hash(t, k);
    while (t->briefs[i].id) i = (i + 1) & t->brief_mask;
    k.id |= (uint32_t)id + 1;
    t->briefs[i] = k;
    if (triple >= 0) t->triple_ids[triple] = id + 1;
}

/* ---- a word ---- */

/* A piece whose text is too long for the table of brief ones. */
static int32_t long_piece(const hone_tokenizer *t, const char *s, int len)
{
    char mapped[HONE_RUN_BYTES * HONE_WORD_BYTES];
    size_t n = 0;
    for (int i = 0; i < len; i++) {
        const bool space = s[i] == ' ';
        memcpy(mapped + n, space ? HONE_RUN_MARK : s + i, space ? HONE_RUN_BYTES : 1);
        n += space ? HONE_RUN_BYTES : 1;
    }
    return n <= t->longest ? hone_normal_find(t, mapped, n) : -1;
}

static void find_pair(const hone_tokenizer *t, short_word *w, int i)
{
    const int len = w->at[i + 2] - w->at[i];
    const char *s = w->text + w->at[i];
    int32_t id;
    if (len == 2) id = t->pair_ids[(s[0] & 127) << 7 | (s[1] & 127)];
    else if (len <= HONE_BRIEF_BYTES) id = brief_find(t, s, (unsigned)len);
    else id = long_piece(t, s, len);
    w->pairs[i] = id < 0 ? NO_PAIR : id;
}

static bool cut_word(const hone_tokenizer *t, short_word *w, size_t n)
{
    for (size_t at = 0, len; at < n; at += len) {
        const unsigned char c = (unsigned char)w->text[at];
        uint32_t rune;
        len = c < 128 ? 1 : hone_utf8_next(w->text + at, n - at, &rune);
        if (len == 0 || (at && c == ' ' && w->text[at - 1] == ' ')) return false;
        if (len == HONE_RUN_BYTES && !memcmp(w->text + at, HONE_RUN_MARK, len)) return false;
        const int32_t id = len == 1 ? t->ascii_ids[c] : brief_find(t, w->text + at, (unsigned)len);
        if (id < 0) return false;
        w->at[w->count] = (uint8_t)at;
        w->ids[w->count++] = id;
    }
    w->at[w->count] = (uint8_t)n;
    return true;
}

/* The pair of highest score, leftmost among equals, or -1. Scores fall with the ids. */
static int best_pair(const short_word *w)
{
    int best = -1;
    int32_t id = NO_PAIR;
    for (int i = 0; i + 1 < w->count; i++) {
        if (w->pairs[i] >= id) continue;
        best = i;
        id = w->pairs[i];
    }
    return best;
}

static void merge(const hone_tokenizer *t, short_word *w, int i)
{
    w->ids[i] = w->pairs[i];
    w->count--;
    for (int k = i + 1; k < w->count; k++) {
        w->at[k] = w->at[k + 1];
        w->ids[k] = w->ids[k + 1];
        w->pairs[k] = w->pairs[k + 1];
    }
    w->at[w->count] = w->at[w->count + 1];
    if (i > 0) find_pair(t, w, i - 1);
    if (i + 1 < w->count) find_pair(t, w, i);
}

int hone_short_encode(const hone_tokenizer *t, const char *s, size_t n, int32_t *ret)
{
    short_word w;
    if (!t->ranked) return 0;
    memset(w.text, 0, sizeof w.text);
    memcpy(w.text, s, n);
    w.ids = ret;
    w.count = 0;
    if (!cut_word(t, &w, n)) return 0;
    for (int i = 0; i + 1 < w.count; i++) find_pair(t, &w, i);
    for (int i = best_pair(&w); i >= 0; i = best_pair(&w)) merge(t, &w, i);
    return w.count;
}

/* Parts of four and five bytes, and all that begin the word. The prefetch stands here because a
 * function that did nothing else would be left out as one without effect. */
void hone_short_ask(const hone_tokenizer *t, const char *s, size_t n)
{
    char text[HONE_WORD_BYTES + HONE_BRIEF_BYTES];
    memcpy(text, s, HONE_WORD_BYTES + 1);
    for (unsigned i = 1; i + 4 <= n; i++) {
        __builtin_prefetch(brief_at(t, text + i, 4));
        if (i + 5 <= n) __builtin_prefetch(brief_at(t, text + i, 5));
    }
    for (unsigned len = 4; len <= n && len <= HONE_BRIEF_BYTES; len++)
        __builtin_prefetch(brief_at(t, text, len));
}
