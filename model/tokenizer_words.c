/*
 * Encoding word by word (docs/tokenizer.md). Merges only ever make pieces, so a merge across two
 * neighbouring bytes needs a piece that holds them side by side. Where no piece does, a text falls
 * into words that are encoded apart, with the same ids. Words that were met are kept with their
 * ids; others of common length are encoded by plain search over their few symbols.
 *
 * The table of words only grows and a word in it never changes: readers take no lock. A writer that
 * finds another one at work leaves its word out.
 */
#include <stdatomic.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "common/text.h"
#include "model/tokenizer_parts.h"

enum {
    WORD_BITS = 17,
    WORD_SLOTS = 1 << WORD_BITS, /* 4 MB; pages are touched as words come */
    WORD_PROBES = 8,
    WORD_MOST = WORD_SLOTS / 4 * 3,
    COUNT_SHIFT = 24, /* of the first id, which needs 20 bits: the number of ids */
    PAIR_SLOTS = 1 << 15,
    ID_BITS = 21
};

typedef struct slot {
    uint64_t lo;
    _Atomic uint64_t hi; /* 0 = empty; written last */
    int32_t ids[HONE_WORD_IDS];
} slot;

struct hone_words {
    atomic_flag busy;
    size_t filled;
    slot *slots;
    void *block;
    /* what two pieces make together, met last in its place: left id, right id, result + 1 */
    _Atomic uint64_t pairs[PAIR_SLOTS];
};

/* ---- the table ---- */

hone_words *hone_words_new(void)
{
    hone_words *w = hone_calloc(1, sizeof *w);
    if (!w) return NULL;
    atomic_flag_clear(&w->busy);
    w->block = hone_calloc(WORD_SLOTS + 2, sizeof *w->slots);
    if (!w->block) {
        hone_free(w);
        return NULL;
    }
    const uintptr_t at = (uintptr_t)w->block, line = 2 * sizeof *w->slots;
    w->slots = (slot *)((at + line - 1) / line * line); /* two slots a cache line */
    return w;
}

void hone_words_free(hone_words *w)
{
    if (!w) return;
    hone_free(w->block);
    hone_free(w);
}

static hone_word_key key_of(const char *s, size_t len, size_t room)
{
    uint8_t pad[16] = { 0 };
    const uint8_t *p = (const uint8_t *)s;
    if (room < sizeof pad) p = memcpy(pad, s, len);
    hone_word_key k = { hone_le64(p), hone_le64(p + 8) };
    if (len < 8) k.lo &= ((uint64_t)1 << 8 * len) - 1;
    k.hi = len <= 8 ? 0 : k.hi & (((uint64_t)1 << 8 * (len - 8)) - 1);
    k.hi |= (uint64_t)len << 56;
    return k;
}

static size_t place_of(hone_word_key k)
{
    uint64_t h = k.lo * 0x9e3779b97f4a7c15u + k.hi * 0xc2b2ae3d27d4eb4fu;
    h = (h ^ h >> 29) * 0xff51afd7ed558ccdu;
    return (size_t)(h >> (64 - WORD_BITS));
}

/* Appends the ids of a known word; false if it is not known. ret has room. */
static bool word_known(const hone_words *w, hone_word_key k, hone_ids *ret)
{
    for (size_t i = place_of(k), n = 0; n < WORD_PROBES; i = (i + 1) % WORD_SLOTS, n++) {
        const slot *p = &w->slots[i];
        const uint64_t hi = atomic_load_explicit(&p->hi, memory_order_acquire);
        if (hi == 0) return false;
        if (hi != k.hi || p->lo != k.lo) continue;
        int32_t *out = ret->data + ret->len;
        memcpy(out, p->ids, sizeof p->ids);
        ret->len += (size_t)(out[0] >> COUNT_SHIFT);
        out[0] &= (1 << COUNT_SHIFT) - 1;
        return true;
    }
    return false;
}

static void word_keep(hone_words *w, hone_word_key k, const int32_t *ids, size_t count)
{
    if (atomic_flag_test_and_set_explicit(&w->busy, memory_order_acquire)) return;
    for (size_t i = place_of(k), n = 0; n < WORD_PROBES && w->filled < WORD_MOST;
         i = (i + 1) % WORD_SLOTS, n++) {
        slot *p = &w->slots[i];
        const uint64_t hi = atomic_load_explicit(&p->hi, memory_order_relaxed);
        if (hi == k.hi && p->lo == k.lo) break; /* another thread was faster */
        if (hi != 0) continue;
        p->lo = k.lo;
        memcpy(p->ids, ids, count * sizeof *ids);
        p->ids[0] |= (int32_t)count << COUNT_SHIFT;
        w->filled++;
        atomic_store_explicit(&p->hi, k.hi, memory_order_release);
        break;
    }
    atomic_flag_clear_explicit(&w->busy, memory_order_release);
}

/* The piece that two pieces make; text is their concatenation. */
static int32_t joined_piece(const hone_tokenizer *t, int32_t left, int32_t right, const char *text,
                            size_t len)
{
    const uint64_t key = (uint64_t)left << ID_BITS | (uint64_t)right;
    const uint64_t at = key * 0x9e3779b97f4a7c15u >> 32;
    _Atomic uint64_t *place = &t->words->pairs[at % PAIR_SLOTS];
    const uint64_t held = atomic_load_explicit(place, memory_order_relaxed);
    if (held >> ID_BITS == key && held) return (int32_t)(held & ((1 << ID_BITS) - 1)) - 1;
    const int32_t id = len <= t->longest ? hone_normal_find(t, text, len) : -1;
    atomic_store_explicit(place, key << ID_BITS | (uint64_t)(id + 1), memory_order_relaxed);
    return id;
}

/* ---- a short word ---- */

typedef struct part {
    uint8_t at, len; /* of the mapped text */
    int16_t code;    /* ASCII character, U+2581 as a space; -1: anything else */
    int32_t id;
    int32_t pair;    /* piece of this part and the next, or -1 */
} part;

typedef struct short_word {
    const hone_tokenizer *t;
    char text[HONE_RUN_BYTES * HONE_WORD_BYTES];
    part parts[HONE_WORD_BYTES];
    int count;
    size_t len;
} short_word;

/* Adds one character of the text; its length, 0 if the word is none for plain search: a character
 * without a piece, bytes that are no UTF-8, a run of marks. */
static size_t add_char(short_word *w, const char *s, size_t n)
{
    const part *last = w->count ? &w->parts[w->count - 1] : NULL;
    const bool space = s[0] == ' ';
    uint32_t c;
    size_t taken = space ? 1 : hone_utf8_next(s, n, &c), len = space ? HONE_RUN_BYTES : taken;
    part p = { .at = (uint8_t)w->len, .len = (uint8_t)len, .code = -1, .id = -1 };
    if (taken == 0) return 0;
    memcpy(w->text + w->len, space ? HONE_RUN_MARK : s, len);
    if (len == 1) p.id = w->t->ascii_ids[(unsigned char)s[0]];
    if (len > 1) p.id = hone_normal_find(w->t, w->text + w->len, len);
    if (p.id < 0) return 0;
    if (len == 1) p.code = s[0];
    if (len == HONE_RUN_BYTES && !memcmp(w->text + w->len, HONE_RUN_MARK, len)) p.code = ' ';
    if (p.code == ' ' && last && last->code == ' ') return 0;
    w->parts[w->count++] = p;
    w->len += len;
    return taken;
}

static void find_pair(short_word *w, int i)
{
    const hone_tokenizer *t = w->t;
    part *a = &w->parts[i];
    const part *b = a + 1;
    if (a->code >= 0 && b->code >= 0) a->pair = t->pair_ids[a->code << 7 | b->code];
    else a->pair = joined_piece(t, a->id, b->id, w->text + a->at, (size_t)a->len + b->len);
}

/* The pair of highest score, leftmost among equals, or -1. */
static int best_pair(const short_word *w)
{
    const hone_entry *entries = w->t->entries;
    int best = -1;
    int32_t id = INT32_MAX;
    for (int i = 0; i + 1 < w->count; i++) {
        const int32_t other = w->parts[i].pair;
        if (other < 0) continue;
        if (w->t->ranked ? other < id : best < 0 || entries[other].score > entries[id].score) {
            best = i;
            id = other;
        }
    }
    return best;
}

static void merge(short_word *w, int i)
{
    part *a = &w->parts[i];
    a->len = (uint8_t)(a->len + a[1].len);
    a->code = -1;
    a->id = a->pair;
    w->count--;
    memmove(a + 1, a + 2, (size_t)(w->count - i - 1) * sizeof *a);
    if (i > 0) find_pair(w, i - 1);
    if (i + 1 < w->count) find_pair(w, i);
}

/* False if the word is none for plain search. */
static bool short_encode(short_word *w, const char *s, size_t n)
{
    for (size_t at = 0, k; at < n; at += k) {
        k = add_char(w, s + at, n - at);
        if (k == 0) return false;
    }
    for (int i = 0; i + 1 < w->count; i++) find_pair(w, i);
    for (int i = best_pair(w); i >= 0; i = best_pair(w)) merge(w, i);
    return true;
}

/* ---- words of a stretch ---- */

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
    short_word w = { .t = b->t, .count = 0, .len = 0 };
    if (!short_encode(&w, s, n)) {
        if (!hone_bpe_encode(b, s, n, ret)) return false;
    } else {
        for (int i = 0; i < w.count; i++)
            if (!hone_ids_push(ret, w.parts[i].id)) return false;
    }
    if (ret->len - from <= HONE_WORD_IDS)
        word_keep(b->t->words, key, ret->data + from, ret->len - from);
    return true;
}

bool hone_words_encode(hone_bpe *b, const char *s, size_t n, size_t room, hone_ids *ret)
{
    const hone_tokenizer *t = b->t;
    for (size_t at = 0, len; at < n; at += len) {
        len = word_length(t, s + at, n - at);
        if (len > HONE_WORD_BYTES) {
            if (!hone_bpe_encode(b, s + at, len, ret)) return false;
            continue;
        }
        if (!hone_ids_reserve(ret, HONE_WORD_IDS)) return false;
        const unsigned char c = (unsigned char)s[at];
        if (len == 1 && c < 128 && t->ascii_ids[c] >= 0) {
            ret->data[ret->len++] = t->ascii_ids[c];
            continue;
        }
        const hone_word_key key = key_of(s + at, len, room - at);
        if (!word_known(t->words, key, ret) && !word_encode(b, s + at, len, key, ret)) return false;
    }
    return true;
}
