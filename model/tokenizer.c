/*
 * Encoding and decoding (model/tokenizer.h, docs/tokenizer.md).
 *
 * Encoding: special pieces are cut out of the raw text, leftmost and longest first. In the
 * stretches between them spaces become U+2581, runs of it become their pieces, and byte-pair
 * encoding starts from characters: of all adjacent pairs whose concatenation is a normal piece, the
 * one with the highest score is merged, leftmost among equals, until none is left. A heap over a
 * linked list makes that n log n; memory is linear in the text. A character without a piece, or a
 * byte that is no UTF-8, becomes byte pieces.
 */
#include "model/tokenizer.h"

#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/text.h"
#include "model/tokenizer_parts.h"

#define RUN_MARK "\xe2\x96\x81"
enum { RUN_BYTES = 3, MOST_TEXT = 64 << 20 };

/* ---- lookup ---- */

uint32_t hone_piece_hash(const char *s, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ n;
    while (n > 0) {
        uint64_t word = 0;
        size_t k = n < 8 ? n : 8;
        memcpy(&word, s, k);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
        s += k;
        n -= k;
    }
    return (uint32_t)(h ^ (h >> 29));
}

int32_t hone_entry_find(const hone_tokenizer *t, const char *s, size_t n, uint32_t hash)
{
    for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
        const hone_slot slot = t->slots[i];
        if (slot.id == 0) return -1;
        if (slot.hash != hash) continue;
        const hone_entry *e = &t->entries[slot.id - 1];
        if (e->len == n && memcmp(t->text + e->at, s, n) == 0) return (int32_t)slot.id - 1;
    }
}

static int32_t find_normal(const hone_tokenizer *t, const char *s, size_t n)
{
    int32_t id = hone_entry_find(t, s, n, hone_piece_hash(s, n));
    return id >= 0 && t->entries[id].type == HONE_PIECE_NORMAL ? id : -1;
}

/* Longest special piece at the beginning of s: its id and length, or -1. */
static int32_t special_at(const hone_tokenizer *t, const char *s, size_t n, bool with_special,
                          size_t *ret_len)
{
    const unsigned char first = (unsigned char)s[0];
    size_t len = t->special_longest[first];
    if (len > n) len = n;
    for (; len > 0; len--) {
        if (!(t->special_lengths[first][len >> 6] >> (len & 63) & 1)) continue;
        int32_t id = hone_entry_find(t, s, len, hone_piece_hash(s, len));
        if (id < 0 || t->entries[id].special == HONE_SPECIAL_NONE) continue;
        if (!with_special && t->entries[id].special != HONE_SPECIAL_TEXT) continue;
        *ret_len = len;
        return id;
    }
    return -1;
}

/* ---- byte-pair encoding of one stretch ---- */

typedef struct symbol {
    uint32_t at, len;   /* bytes of the mapped text; len 0 = merged away */
    int32_t prev, next; /* -1 at the ends */
    int32_t id;         /* piece, or -1: written as byte pieces */
    bool frozen;        /* takes part in no merge */
} symbol;

typedef struct pair {
    float score;
    int32_t left, right;
    uint32_t len;       /* of both together when it was found; a pair that changed is stale */
    int32_t id;         /* of the piece that they make */
} pair;

typedef struct bpe {
    const hone_tokenizer *t;
    char *text;         /* spaces mapped */
    size_t text_room;
    symbol *symbols;
    size_t num_symbols, symbol_room;
    pair *heap;
    size_t num_pairs, pair_room;
    bool no_memory;
} bpe;

static void bpe_done(bpe *b)
{
    hone_free(b->text);
    hone_free(b->symbols);
    hone_free(b->heap);
}

/* Room for need elements of *p; false and no_memory set if there is none. */
static bool reserve(bpe *b, void *p, size_t *room, size_t need, size_t size)
{
    void **block = p;
    if (need <= *room) return true;
    size_t more = need + need / 2 + 64;
    void *grown = hone_realloc_array(*block, more, size);
    if (!grown) {
        b->no_memory = true;
        return false;
    }
    *block = grown;
    *room = more;
    return true;
}

static bool before(const pair *a, const pair *b)
{
    return a->score > b->score || (a->score == b->score && a->left < b->left);
}

static void heap_push(bpe *b, pair p)
{
    if (!reserve(b, &b->heap, &b->pair_room, b->num_pairs + 1, sizeof(pair))) return;
    size_t i = b->num_pairs++;
    while (i > 0 && before(&p, &b->heap[(i - 1) / 2])) {
        b->heap[i] = b->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    b->heap[i] = p;
}

static pair heap_pop(bpe *b)
{
    const pair top = b->heap[0], last = b->heap[--b->num_pairs];
    size_t i = 0, n = b->num_pairs;
    for (size_t child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && before(&b->heap[child + 1], &b->heap[child])) child++;
        if (!before(&b->heap[child], &last)) break;
        b->heap[i] = b->heap[child];
        i = child;
    }
    b->heap[i] = last;
    return top;
}

static void add_symbol(bpe *b, size_t at, size_t len, int32_t id, bool frozen)
{
    if (!reserve(b, &b->symbols, &b->symbol_room, b->num_symbols + 1, sizeof(symbol))) return;
    int32_t i = (int32_t)b->num_symbols++;
    b->symbols[i] = (symbol){ (uint32_t)at, (uint32_t)len, i - 1, i + 1, id, frozen };
}

/* A run of two or more U+2581: its longest pieces; the rest, if any, stays for the characters. */
static size_t add_run(bpe *b, size_t at, size_t times)
{
    size_t done = 0;
    while (times - done >= 2) {
        size_t k = times - done < HONE_RUN_MAX ? times - done : HONE_RUN_MAX;
        while (k >= 2 && b->t->run_ids[k] < 0) k--;
        if (k < 2) break;
        add_symbol(b, at + done * RUN_BYTES, k * RUN_BYTES, b->t->run_ids[k], true);
        done += k;
    }
    return done * RUN_BYTES;
}

static size_t run_length(const char *s, size_t n)
{
    size_t k = 0;
    while ((k + 1) * RUN_BYTES <= n && memcmp(s + k * RUN_BYTES, RUN_MARK, RUN_BYTES) == 0) k++;
    return k;
}

/* One character, or one byte that is no UTF-8. */
static size_t add_char(bpe *b, size_t at, size_t n)
{
    const char *s = b->text + at;
    uint32_t c;
    size_t k = hone_utf8_next(s, n, &c);
    int32_t id = -1;
    if (k == 1) id = b->t->ascii_ids[(unsigned char)s[0]];
    if (k > 1) id = find_normal(b->t, s, k);
    if (k == 0) k = 1;
    add_symbol(b, at, k, id, id < 0);
    return k;
}

static void add_symbols(bpe *b, size_t n)
{
    b->num_symbols = 0;
    for (size_t at = 0; at < n && !b->no_memory;) {
        size_t run = run_length(b->text + at, n - at);
        size_t taken = run >= 2 ? add_run(b, at, run) : 0;
        if (taken == 0) taken = add_char(b, at, n - at);
        at += taken;
    }
    if (b->num_symbols > 0) b->symbols[b->num_symbols - 1].next = -1;
}

/* Offers the pair (left, right) to the heap if it makes a piece. */
static void offer(bpe *b, int32_t left, int32_t right)
{
    if (left < 0 || right < 0) return;
    const symbol *l = &b->symbols[left], *r = &b->symbols[right];
    uint32_t len = l->len + r->len;
    if (l->frozen || r->frozen || len > b->t->longest) return;
    int32_t id = find_normal(b->t, b->text + l->at, len);
    if (id >= 0) heap_push(b, (pair){ b->t->entries[id].score, left, right, len, id });
}

static void merge_all(bpe *b)
{
    b->num_pairs = 0;
    for (size_t i = 1; i < b->num_symbols; i++) offer(b, (int32_t)i - 1, (int32_t)i);
    while (b->num_pairs > 0 && !b->no_memory) {
        const pair p = heap_pop(b);
        symbol *l = &b->symbols[p.left], *r = &b->symbols[p.right];
        if (l->len == 0 || r->len == 0 || l->len + r->len != p.len || l->next != p.right) continue;
        l->len = p.len;
        l->id = p.id;
        l->next = r->next;
        r->len = 0;
        if (r->next >= 0) b->symbols[r->next].prev = p.left;
        offer(b, l->prev, p.left);
        offer(b, p.left, l->next);
    }
}

static bool push_symbols(const bpe *b, hone_ids *ret)
{
    for (int32_t i = b->num_symbols > 0 ? 0 : -1; i >= 0; i = b->symbols[i].next) {
        const symbol *s = &b->symbols[i];
        if (s->id >= 0 && !hone_ids_push(ret, s->id)) return false;
        for (uint32_t k = 0; s->id < 0 && k < s->len; k++)
            if (!hone_ids_push(ret, b->t->byte_ids[(unsigned char)b->text[s->at + k]]))
                return false;
    }
    return true;
}

static bool encode_stretch(bpe *b, const char *s, size_t n, hone_ids *ret)
{
    size_t len = 0;
    if (n == 0) return true;
    if (!reserve(b, &b->text, &b->text_room, n * RUN_BYTES, 1)) return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ' ') {
            memcpy(b->text + len, RUN_MARK, RUN_BYTES);
            len += RUN_BYTES;
        } else {
            b->text[len++] = s[i];
        }
    }
    add_symbols(b, len);
    if (!b->no_memory) merge_all(b);
    return !b->no_memory && push_symbols(b, ret);
}

int hone_tokenizer_encode(const hone_tokenizer *t, const char *text, size_t len, bool with_special,
                          hone_ids *ret, hone_err *err)
{
    bpe b = { .t = t };
    const size_t before_all = ret->len;
    size_t from = 0;
    bool ok = true;
    if (len > MOST_TEXT)
        return hone_fail(err, HONE_E_DATA, "a text of %zu bytes is too long to tokenise", len);
    for (size_t i = 0; ok && i < len;) {
        size_t n = 0;
        int32_t id = -1;
        if (t->special_longest[(unsigned char)text[i]])
            id = special_at(t, text + i, len - i, with_special, &n);
        if (id < 0) {
            i++;
            continue;
        }
        ok = encode_stretch(&b, text + from, i - from, ret) && hone_ids_push(ret, id);
        i += n;
        from = i;
    }
    ok = ok && encode_stretch(&b, text + from, len - from, ret);
    bpe_done(&b);
    if (ok) return 0;
    ret->len = before_all;
    return hone_err_memory(err, "tokenising", len);
}

/* ---- decoding ---- */

/* Text of a piece with U+2581 as space. */
static void put_piece(hone_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        bool mark = n - i >= RUN_BYTES && memcmp(s + i, RUN_MARK, RUN_BYTES) == 0;
        hone_buf_char(out, mark ? ' ' : s[i]);
        i += mark ? RUN_BYTES : 1;
    }
}

void hone_tokenizer_decode(const hone_tokenizer *t, const int32_t *ids, size_t n, hone_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= t->count + t->extras) continue;
        const hone_entry *e = &t->entries[ids[i]];
        if (e->type == HONE_PIECE_BYTE) {
            hone_buf_char(out, (char)hone_byte_value(t->text + e->at, e->len));
        } else {
            put_piece(out, t->text + e->at, e->len);
        }
    }
}

/* ---- the rest ---- */

void hone_tokenizer_free(hone_tokenizer *t)
{
    if (!t) return;
    hone_free(t->text);
    hone_free(t->entries);
    hone_free(t->slots);
    hone_free(t->model);
    hone_free(t);
}

size_t hone_tokenizer_size(const hone_tokenizer *t)
{
    return t->count;
}

bool hone_tokenizer_base_names(const hone_tokenizer *t)
{
    return t->base_names;
}

hone_piece hone_tokenizer_piece(const hone_tokenizer *t, int32_t id)
{
    if (id < 0 || (size_t)id >= t->count) return (hone_piece){ "", 0, 0, HONE_PIECE_UNUSED };
    const hone_entry *e = &t->entries[id];
    return (hone_piece){ t->text + e->at, e->len, e->score, e->type };
}

int hone_tokenizer_find(const hone_tokenizer *t, const char *piece, size_t len)
{
    int32_t id = hone_entry_find(t, piece, len, hone_piece_hash(piece, len));
    return id >= 0 && (size_t)id < t->count ? id : -1;
}

void hone_tokenizer_hash(const hone_tokenizer *t, char hex[65])
{
    hone_sha256 *h = hone_sha256_new();
    hex[0] = '\0';
    if (!h) return;
    for (size_t i = 0; i < t->count; i++) {
        const hone_entry *e = &t->entries[i];
        const uint8_t head[2] = { e->len, e->type };
        uint8_t score[4]; /* little-endian, as everything in a file */
        memcpy(score, &e->score, sizeof(score));
        hone_sha256_add(h, head, sizeof(head));
        hone_sha256_add(h, t->text + e->at, e->len);
        hone_sha256_add(h, score, sizeof(score));
    }
    hone_sha256_hex(h, hex);
    hone_sha256_free(h);
}

void hone_ids_done(hone_ids *ids)
{
    if (!ids) return;
    hone_free(ids->data);
    *ids = (hone_ids){ NULL, 0, 0 };
}

bool hone_ids_push(hone_ids *ids, int32_t id)
{
    if (ids->len == ids->cap) {
        size_t cap = ids->cap ? ids->cap * 2 : 64;
        int32_t *data = hone_realloc_array(ids->data, cap, sizeof(*data));
        if (!data) return false;
        ids->data = data;
        ids->cap = cap;
    }
    ids->data[ids->len++] = id;
    return true;
}
