/*
 * Byte-pair encoding of one stretch of text (docs/tokenizer.md): the definition. Symbols start as
 * characters; of all adjacent pairs whose concatenation is a normal piece, the one with the highest
 * score is merged, leftmost among equals, until none is left. A heap over a linked list makes that
 * n log n; memory is linear in the text. A character without a piece, or a byte that is no UTF-8,
 * becomes byte pieces.
 */
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/tokenizer_parts.h"

void hone_bpe_done(hone_bpe *b)
{
    hone_free(b->text);
    hone_free(b->symbols);
    hone_free(b->heap);
}

/* Room for need elements of *p; false and no_memory set if there is none. */
static bool reserve(hone_bpe *b, void *p, size_t *room, size_t need, size_t size)
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

static bool before(const hone_pair *a, const hone_pair *b)
{
    return a->score > b->score || (a->score == b->score && a->left < b->left);
}

static void heap_push(hone_bpe *b, hone_pair p)
{
    if (!reserve(b, &b->heap, &b->pair_room, b->num_pairs + 1, sizeof(hone_pair))) return;
    size_t i = b->num_pairs++;
    while (i > 0 && before(&p, &b->heap[(i - 1) / 2])) {
        b->heap[i] = b->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    b->heap[i] = p;
}

static hone_pair heap_pop(hone_bpe *b)
{
    const hone_pair top = b->heap[0], last = b->heap[--b->num_pairs];
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

static void add_symbol(hone_bpe *b, size_t at, size_t len, int32_t id, bool frozen)
{
    if (!reserve(b, &b->symbols, &b->symbol_room, b->num_symbols + 1, sizeof(hone_symbol))) return;
    int32_t i = (int32_t)b->num_symbols++;
    b->symbols[i] = (hone_symbol){ (uint32_t)at, (uint32_t)len, i - 1, i + 1, id, frozen };
}

/* A run of two or more U+2581: its longest pieces; the rest, if any, stays for the characters. */
static size_t add_run(hone_bpe *b, size_t at, size_t times)
{
    size_t done = 0;
    while (times - done >= 2) {
        size_t k = times - done < HONE_RUN_MAX ? times - done : HONE_RUN_MAX;
        while (k >= 2 && b->t->run_ids[k] < 0) k--;
        if (k < 2) break;
        add_symbol(b, at + done * HONE_RUN_BYTES, k * HONE_RUN_BYTES, b->t->run_ids[k], true);
        done += k;
    }
    return done * HONE_RUN_BYTES;
}

static size_t run_length(const char *s, size_t n)
{
    size_t k = 0;
    while ((k + 1) * HONE_RUN_BYTES <= n &&
           memcmp(s + k * HONE_RUN_BYTES, HONE_RUN_MARK, HONE_RUN_BYTES) == 0)
        k++;
    return k;
}

/* One character, or one byte that is no UTF-8. */
static size_t add_char(hone_bpe *b, size_t at, size_t n)
{
    const char *s = b->text + at;
    uint32_t c;
    size_t k = hone_utf8_next(s, n, &c);
    int32_t id = -1;
    if (k == 1) id = b->t->ascii_ids[(unsigned char)s[0]];
    if (k > 1) id = hone_normal_find(b->t, s, k);
    if (k == 0) k = 1;
    add_symbol(b, at, k, id, id < 0);
    return k;
}

static void add_symbols(hone_bpe *b, size_t n)
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
static void offer(hone_bpe *b, int32_t left, int32_t right)
{
    if (left < 0 || right < 0) return;
    const hone_symbol *l = &b->symbols[left], *r = &b->symbols[right];
    uint32_t len = l->len + r->len;
    if (l->frozen || r->frozen || len > b->t->longest) return;
    int32_t id = hone_normal_find(b->t, b->text + l->at, len);
    if (id >= 0) heap_push(b, (hone_pair){ b->t->entries[id].score, left, right, len, id });
}

static void merge_all(hone_bpe *b)
{
    b->num_pairs = 0;
    for (size_t i = 1; i < b->num_symbols; i++) offer(b, (int32_t)i - 1, (int32_t)i);
    while (b->num_pairs > 0 && !b->no_memory) {
        const hone_pair p = heap_pop(b);
        hone_symbol *l = &b->symbols[p.left], *r = &b->symbols[p.right];
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

static bool push_symbols(const hone_bpe *b, hone_ids *ret)
{
    for (int32_t i = b->num_symbols > 0 ? 0 : -1; i >= 0; i = b->symbols[i].next) {
        const hone_symbol *s = &b->symbols[i];
        if (s->id >= 0 && !hone_ids_push(ret, s->id)) return false;
        for (uint32_t k = 0; s->id < 0 && k < s->len; k++)
            if (!hone_ids_push(ret, b->t->byte_ids[(unsigned char)b->text[s->at + k]]))
                return false;
    }
    return true;
}

bool hone_bpe_encode(hone_bpe *b, const char *s, size_t n, hone_ids *ret)
{
    size_t len = 0;
    if (n == 0) return true;
    if (!reserve(b, &b->text, &b->text_room, n * HONE_RUN_BYTES, 1)) return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ' ') {
            memcpy(b->text + len, HONE_RUN_MARK, HONE_RUN_BYTES);
            len += HONE_RUN_BYTES;
        } else {
            b->text[len++] = s[i];
        }
    }
    add_symbols(b, len);
    if (!b->no_memory) merge_all(b);
    return !b->no_memory && push_symbols(b, ret);
}
