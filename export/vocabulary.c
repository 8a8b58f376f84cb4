/*
 * Pieces of a smaller vocabulary (export/vocabulary.h). A piece arises by merging two others, so it
 * can be kept only together with all pieces on its way, its closure. That is exact: no merge
 * crosses the border of a final piece, and leaving other pieces out does not change the order of
 * the merges that remain, which is given by scores.
 */
#include "export/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/tokenizer_parts.h"

enum {
    CLOSURE_MAX = HONE_PIECE_BYTES * 2,
    UNUSED_TAIL = 256000 /* from here on a full vocabulary holds nothing but unused names */
};

typedef struct picker {
    const hone_tokenizer *t;
    const int64_t *counts;
    uint8_t *in;
    int old_count, count, size;
    hone_ids ids;               /* of one piece, encoded alone */
    int32_t closure[CLOSURE_MAX];
    int closure_len;
    hone_err *err;
} picker;

static int32_t find_normal(const picker *p, const char *s, size_t n)
{
    const int32_t id = hone_tokenizer_find(p->t, s, n);
    return id >= 0 && hone_tokenizer_piece(p->t, id).type == HONE_PIECE_NORMAL ? id : -1;
}

/* --- closure --- */

/* Borders of the symbols of a piece: at[0] = 0, at[n] = length. */
typedef struct parts {
    const char *text;
    int at[HONE_PIECE_BYTES + 1];
    int n;
} parts;

static void cut_characters(parts *c, const hone_piece *p)
{
    c->text = p->text;
    c->n = 0;
    for (size_t at = 0; at < p->len;) {
        uint32_t code;
        const size_t k = hone_utf8_next(p->text + at, p->len - at, &code);
        c->at[c->n++] = (int)at;
        at += k ? k : 1;
    }
    c->at[c->n] = (int)p->len;
}

static int32_t joined(const picker *p, const parts *c, int i)
{
    return find_normal(p, c->text + c->at[i], (size_t)(c->at[i + 2] - c->at[i]));
}

/* Merges the best pair and returns what it makes, or -1. */
static int32_t merge_best(const picker *p, parts *c)
{
    int32_t best = -1;
    int where = 0;
    for (int i = 0; i + 1 < c->n; i++) {
        const int32_t id = joined(p, c, i);
        if (id < 0) continue;
        if (best >= 0 &&
            hone_tokenizer_piece(p->t, id).score <= hone_tokenizer_piece(p->t, best).score)
            continue;
        best = id;
        where = i;
    }
    if (best < 0) return -1;
    memmove(&c->at[where + 1], &c->at[where + 2], sizeof(c->at[0]) * (size_t)(c->n - where - 1));
    c->n--;
    return best;
}

static void note(picker *p, int32_t id)
{
    for (int i = 0; i < p->closure_len; i++)
        if (p->closure[i] == id) return;
    if (p->closure_len < CLOSURE_MAX) p->closure[p->closure_len++] = id;
}

/* Whether text that is exactly this piece comes out as this piece. */
static int reachable(picker *p, int32_t id, bool *ret)
{
    const hone_piece piece = hone_tokenizer_piece(p->t, id);
    p->ids.len = 0;
    HONE_TRY(hone_tokenizer_encode(p->t, piece.text, piece.len, false, &p->ids, p->err));
    *ret = p->ids.len == 1 && p->ids.data[0] == id;
    return 0;
}

/* Fills p->closure with id and everything on its way; empty when it never arises. */
static int find_closure(picker *p, int32_t id)
{
    const hone_piece piece = hone_tokenizer_piece(p->t, id);
    parts c;
    bool ok = false;
    int32_t made = -1;
    p->closure_len = 0;
    HONE_TRY(reachable(p, id, &ok));
    if (!ok) return 0;
    cut_characters(&c, &piece);
    for (int i = 0; i < c.n; i++) {
        const int32_t one = find_normal(p, c.text + c.at[i], (size_t)(c.at[i + 1] - c.at[i]));
        if (one >= 0) note(p, one);
    }
    for (int32_t next = merge_best(p, &c); next >= 0; next = merge_best(p, &c))
        note(p, made = next);
    if (made >= 0 && made != id) p->closure_len = 0;
    return 0;
}

/* --- choosing --- */

static void take(picker *p, int32_t id)
{
    p->count += !p->in[id];
    p->in[id] = 1;
}

/* Takes a piece with its closure if there is room for all of it. */
static int take_whole(picker *p, int32_t id, bool *ret_taken)
{
    int fresh = 0;
    *ret_taken = p->in[id];
    if (p->in[id]) return 0;
    HONE_TRY(find_closure(p, id));
    for (int i = 0; i < p->closure_len; i++) fresh += !p->in[p->closure[i]];
    if (p->closure_len == 0 || fresh > p->size - p->count) return 0;
    for (int i = 0; i < p->closure_len; i++) take(p, p->closure[i]);
    *ret_taken = true;
    return 0;
}

/* Characters that any Western text may bring: ASCII, Latin-1, quotes, dashes, the euro. */
static bool common_character(uint32_t c)
{
    return c < 0x80 || (c >= 0xA0 && c <= 0xFF) || (c >= 0x2010 && c <= 0x203A) || c == 0x20AC ||
           c == 0x2122 || c == 0x2581;
}

static void take_always(picker *p)
{
    for (int32_t id = 0; id < p->old_count; id++) {
        const hone_piece piece = hone_tokenizer_piece(p->t, id);
        uint32_t c = 0;
        if (piece.type != HONE_PIECE_NORMAL) {
            if (p->old_count != HONE_GEMMA_PIECES || id < UNUSED_TAIL) take(p, id);
        } else if (hone_utf8_next(piece.text, piece.len, &c) == piece.len && common_character(c)) {
            take(p, id);
        }
    }
}

typedef struct counted {
    int64_t count;
    int32_t id;
} counted;

static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->id - y->id;
}

static int take_used(picker *p, hone_vocabulary *v)
{
    counted *list = hone_calloc((size_t)p->old_count, sizeof(*list));
    int n = 0, rc = list ? 0 : hone_err_memory(p->err, "counts", (size_t)p->old_count);
    for (int32_t id = 0; list && id < p->old_count; id++)
        if (p->counts[id] > 0) list[n++] = (counted){ p->counts[id], id };
    if (n) qsort(list, (size_t)n, sizeof(*list), by_count);
    for (int i = 0; rc == 0 && i < n; i++) {
        bool taken = false;
        rc = take_whole(p, list[i].id, &taken);
        v->missed += !taken;
    }
    v->used = n;
    hone_free(list);
    return rc;
}

static bool is_ascii(const hone_piece *p)
{
    for (uint32_t i = 0; i < p->len;) {
        const bool mark = p->len - i >= 3 && memcmp(p->text + i, "\xe2\x96\x81", 3) == 0;
        if (!mark && (unsigned char)p->text[i] >= 0x80) return false;
        i += mark ? 3 : 1;
    }
    return true;
}

/* The rest of the room: low ids are frequent pieces. */
static int fill(picker *p, bool ascii_only)
{
    for (int32_t id = 0; id < p->old_count && p->count < p->size; id++) {
        const hone_piece piece = hone_tokenizer_piece(p->t, id);
        bool taken;
        if (piece.type != HONE_PIECE_NORMAL || (ascii_only && !is_ascii(&piece))) continue;
        HONE_TRY(take_whole(p, id, &taken));
    }
    return 0;
}

static int collect(const picker *p, hone_vocabulary *v)
{
    v->kept = hone_calloc((size_t)p->count, sizeof(*v->kept));
    v->new_ids = hone_calloc((size_t)p->old_count, sizeof(*v->new_ids));
    if (!v->kept || !v->new_ids)
        return hone_err_memory(p->err, "a vocabulary", (size_t)p->old_count * 4);
    for (int32_t id = 0; id < p->old_count; id++) {
        v->new_ids[id] = p->in[id] ? v->count : -1;
        if (p->in[id]) v->kept[v->count++] = id;
    }
    return 0;
}

/* Kept pieces that no text uses as they are. */
static int count_idle(const picker *p)
{
    int n = 0;
    for (int32_t id = 0; id < p->old_count; id++) n += p->in[id] && p->counts[id] == 0;
    return n;
}

static int choose(picker *p, hone_vocabulary *v)
{
    take_always(p);
    v->special = p->count;
    if (p->count > p->size)
        return hone_fail(p->err, HONE_E_USAGE, "%d pieces are needed for any text: --vocab %d is "
                         "too small", p->count, p->size);
    const int idle = count_idle(p);
    HONE_TRY(take_used(p, v));
    v->closure = count_idle(p) - idle;
    HONE_TRY(fill(p, true));
    HONE_TRY(fill(p, false));
    if (p->count == p->size) return collect(p, v);
    return hone_fail(p->err, HONE_E_USAGE, "only %d pieces can arise: --vocab %d is too large",
                     p->count, p->size);
}

int hone_vocabulary_choose(hone_vocabulary *ret, const hone_tokenizer *t, const int64_t *counts,
                           int size, hone_err *err)
{
    hone_vocabulary v = { 0 };
    picker p = { .t = t, .counts = counts, .size = size, .err = err,
                 .old_count = (int)hone_tokenizer_size(t) };
    if (size % 2 || size < 2)
        return hone_fail(err, HONE_E_USAGE, "--vocab %d is not an even number", size);
    if (size >= p.old_count)
        return hone_fail(err, HONE_E_USAGE, "--vocab %d: the model has %d pieces already", size,
                         p.old_count);
    p.in = hone_calloc((size_t)p.old_count, 1);
    const int rc = p.in ? choose(&p, &v) : hone_err_memory(err, "marks", (size_t)p.old_count);
    hone_free(p.in);
    hone_ids_done(&p.ids);
    if (rc == 0) *ret = v;
    else hone_vocabulary_done(&v);
    return rc;
}

void hone_vocabulary_done(hone_vocabulary *v)
{
    hone_free(v->kept);
    hone_free(v->new_ids);
    *v = (hone_vocabulary){ 0 };
}

int hone_vocabulary_tokenizer(hone_tokenizer **ret, const hone_vocabulary *v,
                              const hone_tokenizer *t, hone_err *err)
{
    hone_piece *pieces = hone_calloc((size_t)v->count, sizeof(*pieces));
    if (!pieces) return hone_err_memory(err, "pieces", (size_t)v->count * sizeof(*pieces));
    for (int i = 0; i < v->count; i++) pieces[i] = hone_tokenizer_piece(t, v->kept[i]);
    const int rc = hone_tokenizer_from_pieces(ret, pieces, (size_t)v->count, false,
                                              "the trimmed vocabulary", err);
    hone_free(pieces);
    return rc;
}
