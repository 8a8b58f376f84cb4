/*
 * Encoding and decoding (model/tokenizer.h, docs/tokenizer.md). Special pieces are cut out of the
 * raw text, leftmost and longest first; what lies between them is encoded word by word.
 */
#include "model/tokenizer.h"

#include <string.h>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/mem.h"
#include "model/tokenizer_parts.h"

enum { MOST_TEXT = 64 << 20 };

/* ---- lookup ---- */

/* Less than 8 bytes as a number. Other bytes may give the same one only if n differs. */
static uint64_t hash_tail(const char *s, size_t n)
{
    const uint8_t *p = (const uint8_t *)s;
    if (n >= 4) return hone_le32(p) | (uint64_t)hone_le32(p + n - 4) << 32;
    if (n == 0) return 0;
    return p[0] | (uint64_t)p[n >> 1] << 8 | (uint64_t)p[n - 1] << 16;
}

static uint64_t hash_step(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

uint32_t hone_piece_hash(const char *s, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ n;
    for (; n >= 8; s += 8, n -= 8) h = hash_step(h, hone_le64((const uint8_t *)s));
    if (n) h = hash_step(h, hash_tail(s, n));
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

int32_t hone_normal_find(const hone_tokenizer *t, const char *s, size_t n)
{
    int32_t id = hone_entry_find(t, s, n, hone_piece_hash(s, n));
    return id >= 0 && t->entries[id].type == HONE_PIECE_NORMAL ? id : -1;
}

/* ---- special pieces ---- */

/* Bytes of the longest special piece that could begin s, 0 for none. */
static size_t special_reach(const hone_tokenizer *t, const hone_special *p, const char *s, size_t n)
{
    const size_t most = p->longest < n ? p->longest : n, unit = p->unit;
    if (p->common > most || memcmp(t->text + t->entries[p->any].at, s, p->common) != 0) return 0;
    if (!unit) return most;
    size_t k = unit;
    while (k + unit <= most && memcmp(s, s + k, unit) == 0) k += unit;
    return k;
}

/* Longest special piece at the beginning of s: its id and length, or -1. */
static int32_t special_at(const hone_tokenizer *t, const char *s, size_t n, bool with_special,
                          size_t *ret_len)
{
    const hone_special *p = &t->specials[(unsigned char)s[0]];
    for (size_t len = special_reach(t, p, s, n); len > 0; len--) {
        if (!(p->lengths[len >> 6] >> (len & 63) & 1)) continue;
        if (p->last && (unsigned char)s[len - 1] != p->last) continue;
        int32_t id = hone_entry_find(t, s, len, hone_piece_hash(s, len));
        if (id < 0 || t->entries[id].special == HONE_SPECIAL_NONE) continue;
        if (!with_special && t->entries[id].special != HONE_SPECIAL_TEXT) continue;
        *ret_len = len;
        return id;
    }
    return -1;
}

/* The first special piece of s from byte i on: its place, n if there is none. */
static size_t special_next(const hone_tokenizer *t, const char *s, size_t i, size_t n,
                           bool with_special, int32_t *ret_id, size_t *ret_len)
{
    *ret_id = -1;
    for (; i < n; i++) {
        if (!t->starts_special[(unsigned char)s[i]]) continue;
        *ret_id = special_at(t, s + i, n - i, with_special, ret_len);
        if (*ret_id >= 0) return i;
    }
    return n;
}

static int encode(const hone_tokenizer *t, const char *text, size_t len, bool with_special,
                  bool words, hone_ids *ret, hone_err *err)
{
    hone_bpe b = { .t = t };
    const size_t before_all = ret->len;
    bool ok = true;
    if (len > MOST_TEXT)
        return hone_fail(err, HONE_E_DATA, "a text of %zu bytes is too long to tokenise", len);
    for (size_t from = 0; ok && from < len;) {
        int32_t id;
        size_t n = 0, at = special_next(t, text, from, len, with_special, &id, &n);
        ok = words ? hone_words_encode(&b, text + from, at - from, len - from, ret)
                   : hone_bpe_encode(&b, text + from, at - from, ret);
        if (ok && id >= 0) ok = hone_ids_push(ret, id);
        from = at + n;
    }
    hone_bpe_done(&b);
    if (ok) return 0;
    ret->len = before_all;
    return hone_err_memory(err, "tokenising", len);
}

int hone_tokenizer_encode(const hone_tokenizer *t, const char *text, size_t len, bool with_special,
                          hone_ids *ret, hone_err *err)
{
    return encode(t, text, len, with_special, true, ret, err);
}

int hone_tokenizer_encode_whole(const hone_tokenizer *t, const char *text, size_t len,
                                bool with_special, hone_ids *ret, hone_err *err)
{
    return encode(t, text, len, with_special, false, ret, err);
}

/* ---- decoding ---- */

/* Text of a piece with U+2581 as space. */
static void put_piece(hone_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        bool mark = n - i >= HONE_RUN_BYTES && memcmp(s + i, HONE_RUN_MARK, HONE_RUN_BYTES) == 0;
        hone_buf_char(out, mark ? ' ' : s[i]);
        i += mark ? HONE_RUN_BYTES : 1;
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
    hone_free(t->briefs);
    hone_words_free(t->words);
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

bool hone_ids_reserve(hone_ids *ids, size_t more)
{
    if (ids->cap - ids->len >= more) return true;
    size_t cap = ids->cap ? ids->cap * 2 : 64;
    if (cap < ids->len + more) cap = ids->len + more;
    int32_t *data = hone_realloc_array(ids->data, cap, sizeof(*data));
    if (!data) return false;
    ids->data = data;
    ids->cap = cap;
    return true;
}

bool hone_ids_push(hone_ids *ids, int32_t id)
{
    if (!hone_ids_reserve(ids, 1)) return false;
    ids->data[ids->len++] = id;
    return true;
}
