/*
 * The tables that encoding reads (model/tokenizer_parts.h), filled once from a list of pieces.
 */
#include <string.h>

#include "kernels/parallel.h"
#include "model/tokenizer_parts.h"

/* Puts entry id into the table; the id that has the same text already, or -1. */
static int32_t insert(hone_tokenizer *t, int32_t id)
{
    const hone_entry *e = &t->entries[id];
    const uint32_t hash = hone_piece_hash(t->text + e->at, e->len);
    int32_t other = hone_entry_find(t, t->text + e->at, e->len, hash);
    if (other >= 0) return other;
    uint32_t i = hash & t->mask;
    while (t->slots[i].id != 0) i = (i + 1) & t->mask;
    t->slots[i] = (hone_slot){ hash, (uint32_t)id + 1 };
    return -1;
}

/* The bytes of a piece's first character. */
static uint8_t first_char(const char *s, uint8_t len)
{
    uint8_t n = 1;
    while (n < len && ((unsigned char)s[n] & 0xC0) == 0x80) n++;
    return n;
}

static bool repeats(const char *s, uint8_t len, uint8_t unit)
{
    return len % unit == 0 && (len == unit || memcmp(s, s + unit, (size_t)(len - unit)) == 0);
}

static void index_special(hone_tokenizer *t, int32_t id)
{
    const hone_entry *e = &t->entries[id];
    const char *s = t->text + e->at;
    hone_special *p = &t->specials[(unsigned char)s[0]];
    t->starts_special[(unsigned char)s[0]] = true;
    const uint8_t unit = first_char(s, e->len), last = (uint8_t)s[e->len - 1];
    if (p->longest == 0)
        *p = (hone_special){ .common = e->len, .unit = unit, .last = last, .any = id };
    const char *other = t->text + t->entries[p->any].at;
    uint8_t common = 0;
    while (common < p->common && common < e->len && s[common] == other[common]) common++;
    p->common = common;
    if (p->unit != unit || !repeats(s, e->len, unit)) p->unit = 0;
    if (p->last != last) p->last = 0;
    if (p->longest < e->len) p->longest = e->len;
    p->lengths[e->len >> 6] |= (uint64_t)1 << (e->len & 63);
}

static void join(hone_tokenizer *t, unsigned a, unsigned b)
{
    t->joined[a][b >> 6] |= (uint64_t)1 << (b & 63);
}

/* Neighbours inside of a normal piece: as they are, and with U+2581 as the space that texts have.
 */
static void index_joins(hone_tokenizer *t, const hone_entry *e)
{
    const unsigned char *s = (const unsigned char *)t->text + e->at;
    int before = -1;
    for (unsigned i = 0; i + 1 < e->len; i++) join(t, s[i], s[i + 1]);
    for (unsigned i = 0; i < e->len;) {
        const bool mark = e->len - i >= HONE_RUN_BYTES && !memcmp(s + i, HONE_RUN_MARK, 3);
        const unsigned char now = mark ? ' ' : s[i];
        if (before >= 0) join(t, (unsigned)before, now);
        before = now;
        i += mark ? HONE_RUN_BYTES : 1;
    }
}

/* Bytes of one character and marks of one run are never parted, whatever the pieces are. */
static void index_always_joined(hone_tokenizer *t)
{
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0x80; b < 0xC0; b++) join(t, a, b);
    }
    join(t, ' ', ' ');
    join(t, ' ', 0xE2);
    join(t, 0x81, ' ');
    join(t, 0x81, 0xE2);
}

/* ASCII characters of a piece of two, U+2581 as a space. */
static void index_pair(hone_tokenizer *t, const hone_entry *e, int32_t id)
{
    const char *s = t->text + e->at;
    unsigned code[3] = { 0 }, n = 0;
    for (unsigned i = 0; i < e->len && n < 3; n++) {
        const bool mark = e->len - i >= HONE_RUN_BYTES && !memcmp(s + i, HONE_RUN_MARK, 3);
        code[n] = mark ? ' ' : (unsigned char)s[i];
        i += mark ? HONE_RUN_BYTES : 1;
        if (code[n] >= 128 || (!mark && code[n] == ' ')) return;
        if (n == 1 && i == e->len) t->pair_ids[code[0] << 7 | code[1]] = id;
    }
}

/* A normal piece as texts spell it. Texts have no space in the place of a piece's own. */
static void index_brief(hone_tokenizer *t, const hone_entry *e, int32_t id)
{
    const char *s = t->text + e->at;
    char brief[HONE_BRIEF_BYTES] = { 0 };
    unsigned n = 0;
    for (unsigned i = 0; i < e->len; n++) {
        const bool mark = e->len - i >= HONE_RUN_BYTES && !memcmp(s + i, HONE_RUN_MARK, 3);
        if (n == HONE_BRIEF_BYTES || s[i] == ' ') return;
        brief[n] = mark ? ' ' : s[i];
        i += mark ? HONE_RUN_BYTES : 1;
    }
    hone_brief_add(t, brief, n, id);
    if (n == 1 && (unsigned char)brief[0] < 128) t->ascii_ids[(unsigned char)brief[0]] = id;
}

/* What encoding looks up without the table of all pieces. */
static void index_entry(hone_tokenizer *t, int32_t id)
{
    const hone_entry *e = &t->entries[id];
    if (e->special != HONE_SPECIAL_NONE) index_special(t, id);
    if (e->type == HONE_PIECE_BYTE) t->byte_ids[hone_byte_value(t->text + e->at, e->len)] = id;
    if (e->type != HONE_PIECE_NORMAL) return;
    if (e->len > t->longest) t->longest = e->len;
    index_joins(t, e);
    index_pair(t, e, id);
    index_brief(t, e, id);
}

static bool is_ranked(const hone_tokenizer *t)
{
    const hone_entry *before = NULL;
    for (size_t i = 0; i < t->count; i++) {
        const hone_entry *e = &t->entries[i];
        if (e->type != HONE_PIECE_NORMAL) continue;
        if (before && e->score >= before->score) return false;
        before = e;
    }
    return true;
}

static void index_letters(hone_tokenizer *t)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ '"; /* fewer than 64 */
    for (int i = 0; letters[i]; i++)
        t->letter_codes[(unsigned char)letters[i]] = (uint8_t)(i + 1);
}

/* Every start of the program waits for this: the table of all pieces is filled beside the others.
 */
typedef struct indexing {
    hone_tokenizer *t;
    size_t at;     /* a piece, */
    int32_t other; /* and that with the same text; -1: none */
} indexing;

static void index_runs(hone_tokenizer *t)
{
    char run[3 * HONE_RUN_MAX];
    for (int k = 0; k < HONE_RUN_MAX; k++) memcpy(run + 3 * k, HONE_RUN_MARK, 3);
    for (int k = 0; k <= HONE_RUN_MAX; k++) {
        size_t n = 3 * (size_t)k;
        int32_t id = k < 2 ? -1 : hone_entry_find(t, run, n, hone_piece_hash(run, n));
        t->run_ids[k] = id >= 0 && t->entries[id].special == HONE_SPECIAL_TEXT ? id : -1;
    }
}

/* The table of all pieces, up to the first that is there already. */
static void index_all(indexing *x)
{
    const size_t n = x->t->count + x->t->extras;
    x->other = -1;
    for (x->at = 0; x->at < n; x->at++) {
        x->other = insert(x->t, (int32_t)x->at);
        if (x->other >= 0) return;
    }
}

static void index_rest(hone_tokenizer *t)
{
    for (int i = 0; i < 256; i++) t->byte_ids[i] = -1;
    for (int i = 0; i < 128; i++) t->ascii_ids[i] = -1;
    for (int i = 0; i < 128 * 128; i++) t->pair_ids[i] = -1;
    index_always_joined(t);
    index_letters(t);
    for (size_t i = 0; i < t->count + t->extras; i++) index_entry(t, (int32_t)i);
}

static void index_half(void *ctx, int64_t i, int worker)
{
    (void)worker;
    indexing *x = ctx;
    if (i == 0) index_rest(x->t);
    else index_all(x);
}

int hone_tokenizer_index(hone_tokenizer *t, hone_err *err)
{
    indexing x = { .t = t };
    hone_parallel(hone_cpu_count(), 2, index_half, &x);
    if (x.other >= 0)
        return hone_fail(err, HONE_E_MODEL, "pieces %d and %zu are the same: '%.*s'", x.other, x.at,
                         (int)t->entries[x.at].len, t->text + t->entries[x.at].at);
    index_runs(t);
    t->ranked = is_ranked(t);
    for (int i = 0; i < 256; i++)
        if (t->byte_ids[i] < 0)
            return hone_fail(err, HONE_E_MODEL, "the byte piece <0x%02X> is missing", i);
    int32_t space = hone_entry_find(t, HONE_RUN_MARK, 3, hone_piece_hash(HONE_RUN_MARK, 3));
    if (space >= 0 && t->entries[space].type == HONE_PIECE_NORMAL) return 0;
    return hone_fail(err, HONE_E_MODEL,
                     "the normal piece U+2581, which stands for a space, is missing");
}
