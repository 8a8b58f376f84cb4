/*
 * Encoding word by word (docs/tokenizer.md). Merges only ever make pieces, so a merge across two
 * neighbouring bytes needs a piece that holds them side by side. Where no piece does, a text falls
 * into words that are encoded apart, with the same ids. Words that were met are kept with their
 * ids; others of common length are encoded by plain search (tokenizer_short.c). Words go in small
 * batches, so that their places in the tables are on their way before they are needed.
 *
 * The table of words only grows and a word in it never changes: readers take no lock. A writer that
 * finds another one at work leaves its word out.
 */
#include <stdatomic.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "model/tokenizer_parts.h"

enum {
    WORD_BITS = 17,
    WORD_SLOTS = 1 << WORD_BITS,
    WORD_PROBES = 8,
    WORD_MOST = WORD_SLOTS / 4 * 3,
    COUNT_SHIFT = 24, /* of the first id, which needs 20 bits: the number of ids */
    BATCH = 16,
    KEY_BYTES = 16    /* that are read of a word, whatever its length is */
};

typedef struct known {
    hone_word_key key;
    int32_t ids[HONE_WORD_IDS];
} known;

/* Words lie in the order in which they were met, so that the frequent ones are close together. */
struct hone_words {
    atomic_flag busy;
    uint32_t filled;
    _Atomic uint32_t slots[WORD_SLOTS]; /* number of the word + 1, and a tag; 0 = empty */
    known words[WORD_MOST];             /* pages are touched as words come */
};

/* ---- the table ---- */

hone_words *hone_words_new(void)
{
    hone_words *w = hone_calloc(1, sizeof *w);
    if (w) atomic_flag_clear(&w->busy);
    return w;
}

void hone_words_free(hone_words *w)
{
    hone_free(w);
}

static hone_word_key key_of(const char *s, size_t len)
{
    const uint8_t *p = (const uint8_t *)s;
    hone_word_key k = { hone_le64(p), hone_le64(p + 8) };
    if (len < 8) k.lo &= ((uint64_t)1 << 8 * len) - 1;
    k.hi = len <= 8 ? 0 : k.hi & (((uint64_t)1 << 8 * (len - 8)) - 1);
    k.hi |= (uint64_t)len << 56;
    return k;
}

static uint64_t hash_of(hone_word_key k)
{
    uint64_t h = k.lo * 0x9e3779b97f4a7c15u + k.hi * 0xc2b2ae3d27d4eb4fu;
    return (h ^ h >> 29) * 0xff51afd7ed558ccdu;
}

static const known *word_known(const hone_words *w, hone_word_key k)
{
    const uint64_t h = hash_of(k);
    for (size_t i = h >> (64 - WORD_BITS), n = 0; n < WORD_PROBES; i = (i + 1) % WORD_SLOTS, n++) {
        const uint32_t slot = atomic_load_explicit(&w->slots[i], memory_order_acquire);
        if (slot == 0) return NULL;
        if (slot >> WORD_BITS != (uint32_t)h >> WORD_BITS) continue;
        const known *p = &w->words[slot % WORD_SLOTS - 1];
        if (p->key.hi == k.hi && p->key.lo == k.lo) return p;
    }
    return NULL;
}

static void word_keep(hone_words *w, hone_word_key k, const int32_t *ids, size_t count)
{
    const uint64_t h = hash_of(k);
    if (atomic_flag_test_and_set_explicit(&w->busy, memory_order_acquire)) return;
    size_t i = h >> (64 - WORD_BITS), n = 0;
    for (; n < WORD_PROBES; i = (i + 1) % WORD_SLOTS, n++)
        if (!atomic_load_explicit(&w->slots[i], memory_order_relaxed)) break;
    /* another thread may have been faster */
    if (n < WORD_PROBES && w->filled < WORD_MOST && !word_known(w, k)) {
        known *p = &w->words[w->filled++];
        p->key = k;
        memcpy(p->ids, ids, count * sizeof *ids);
        p->ids[0] |= (int32_t)count << COUNT_SHIFT;
        const uint32_t tag = (uint32_t)h >> WORD_BITS;
        atomic_store_explicit(&w->slots[i], tag << WORD_BITS | w->filled, memory_order_release);
    }
    atomic_flag_clear_explicit(&w->busy, memory_order_release);
}

/* ---- words of a stretch ---- */

typedef struct word {
    const char *s;
    size_t len;
    hone_word_key key; /* of words that may be kept, */
    const known *met;  /* and what is known of them */
} word;

static size_t word_length(const hone_tokenizer *t, const char *s, size_t n)
{
    size_t i = 1;
    for (unsigned char a = (unsigned char)s[0]; i < n; i++) {
        const unsigned char b = (unsigned char)s[i];
        if (!(t->joined[a][b >> 6] >> (b & 63) & 1)) break;
        a = b;
    }
    return i;
}

/* A word that is not known yet. */
static bool word_encode(hone_bpe *b, const char *s, size_t n, hone_word_key key, hone_ids *ret)
{
    const size_t from = ret->len;
    if (!hone_ids_reserve(ret, HONE_WORD_BYTES)) return false;
    const int count = hone_short_encode(b->t, s, n, ret->data + from);
    if (count > 0) ret->len += (size_t)count;
    else if (!hone_bpe_encode(b, s, n, ret)) return false;
    if (ret->len - from <= HONE_WORD_IDS)
        word_keep(b->t->words, key, ret->data + from, ret->len - from);
    return true;
}

static bool is_char(const hone_tokenizer *t, const word *w)
{
    const unsigned char c = (unsigned char)w->s[0];
    return w->len == 1 && c < 128 && t->ascii_ids[c] >= 0;
}

/* The next words, BATCH at most, that begin before byte `before` of n. */
static int next_words(const hone_tokenizer *t, const char *s, size_t n, size_t before, size_t *at,
                      word *ret)
{
    int count = 0;
    while (count < BATCH && *at < n && *at < before) {
        word *w = &ret[count++];
        w->s = s + *at;
        w->len = word_length(t, w->s, n - *at);
        *at += w->len;
        if (w->len > HONE_WORD_BYTES || is_char(t, w)) continue;
        w->key = key_of(w->s, w->len);
        __builtin_prefetch(&t->words->slots[hash_of(w->key) >> (64 - WORD_BITS)]);
    }
    return count;
}

static void find_words(const hone_tokenizer *t, word *words, int count)
{
    for (int i = 0; i < count; i++) {
        word *w = &words[i];
        if (w->len > HONE_WORD_BYTES || is_char(t, w)) continue;
        w->met = word_known(t->words, w->key);
        if (!w->met) hone_short_ask(t, w->s, w->len);
    }
}

static bool put_word(hone_bpe *b, const word *w, hone_ids *ret)
{
    if (w->len > HONE_WORD_BYTES) return hone_bpe_encode(b, w->s, w->len, ret);
    if (ret->cap - ret->len < HONE_WORD_IDS && !hone_ids_reserve(ret, HONE_WORD_IDS)) return false;
    int32_t *out = ret->data + ret->len;
    if (is_char(b->t, w)) {
        *out = b->t->ascii_ids[(unsigned char)w->s[0]];
        ret->len++;
        return true;
    }
    if (!w->met) return word_encode(b, w->s, w->len, w->key, ret);
    memcpy(out, w->met->ids, sizeof w->met->ids);
    ret->len += (size_t)(out[0] >> COUNT_SHIFT);
    out[0] &= (1 << COUNT_SHIFT) - 1;
    return true;
}

/* Words that begin before byte `before` of n, from *at on. KEY_BYTES may be read where they
 * begin. */
static bool encode_words(hone_bpe *b, const char *s, size_t n, size_t before, size_t *at,
                         hone_ids *ret)
{
    word words[BATCH];
    for (int count; (count = next_words(b->t, s, n, before, at, words)) > 0;) {
        find_words(b->t, words, count);
        for (int i = 0; i < count; i++)
            if (!put_word(b, &words[i], ret)) return false;
    }
    return true;
}

bool hone_words_encode(hone_bpe *b, const char *s, size_t n, size_t room, hone_ids *ret)
{
    char tail[2 * KEY_BYTES] = { 0 };
    size_t at = 0, rest = 0;
    if (!encode_words(b, s, n, room < KEY_BYTES ? 0 : room - KEY_BYTES + 1, &at, ret)) return false;
    if (at == n) return true;
    memcpy(tail, s + at, n - at);
    return encode_words(b, tail, n - at, n - at, &rest, ret);
}
