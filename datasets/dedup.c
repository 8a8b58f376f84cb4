/* Repeats (datasets/dedup.h): 64 minimal hashes a text, 16 bands of 4 as buckets of candidates. */
#include "datasets/dedup.h"

#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"

enum { HASHES = 64, BANDS = 16, BAND = HASHES / BANDS, RUN = 3, WORDS_MAX = 4096 };

typedef struct signature {
    uint32_t min[HASHES];
    uint64_t exact;
} signature;

typedef struct bucket { /* open addressing; text = index + 1, 0 is free */
    uint32_t key;       /* of the hash: the signatures decide whether it is the same */
    uint32_t text;
} bucket;

typedef struct table {
    bucket *slots;
    size_t room, used;
} table;

static uint64_t mix(uint64_t h) /* splitmix64's finaliser */
{
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

static uint64_t fnv(const char *p, size_t n, uint64_t h)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
    return h;
}

static bool word_byte(unsigned char c)
{
    return c >= 128 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Case-folded text cut into words; their hashes. */
static size_t word_hashes(const char *text, uint64_t *words, uint64_t *ret_exact)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_text_fold(&b, text, strlen(text));
    size_t n = 0;
    uint64_t exact = 0xcbf29ce484222325u;
    for (size_t i = 0; i < b.len;) {
        size_t at = i;
        while (i < b.len && word_byte((unsigned char)b.data[i]))
            i++;
        if (i > at) {
            exact = fnv(b.data + at, i - at, exact);
            if (n < WORDS_MAX) words[n++] = fnv(b.data + at, i - at, 0xcbf29ce484222325u);
        } else {
            i++;
        }
    }
    hone_buf_done(&b);
    exact = mix(exact);
    *ret_exact = exact ? exact : 1;
    return n;
}

uint64_t hone_dedup_hash(const char *text)
{
    uint64_t words[WORDS_MAX];
    uint64_t exact;
    (void)word_hashes(text, words, &exact);
    return exact;
}

static void sign(signature *ret, const char *text)
{
    uint64_t words[WORDS_MAX];
    size_t n = word_hashes(text, words, &ret->exact);
    memset(ret->min, 0xff, sizeof ret->min);
    size_t runs = n < RUN ? 1 : n - RUN + 1;
    for (size_t i = 0; i < runs; i++) {
        uint64_t h = 0;
        for (size_t k = i; k < i + RUN && k < n; k++)
            h = mix(h ^ words[k]);
        for (int j = 0; j < HASHES; j++) {
            uint32_t v = (uint32_t)(mix(h + (uint64_t)j * 0x9e3779b97f4a7c15u) >> 32);
            if (v < ret->min[j]) ret->min[j] = v;
        }
    }
}

static double similarity(const signature *a, const signature *b)
{
    int same = 0;
    for (int j = 0; j < HASHES; j++)
        same += a->min[j] == b->min[j];
    return same / (double)HASHES;
}

static uint32_t short_key(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

static void put(table *t, uint32_t key, uint32_t text)
{
    size_t at = key & (t->room - 1);
    while (t->slots[at].text)
        at = (at + 1) & (t->room - 1);
    t->slots[at] = (bucket){ key, text };
    t->used++;
}

static uint64_t band_key(const signature *s, int band)
{
    uint64_t h = mix((uint64_t)band + 1);
    for (int k = 0; k < BAND; k++)
        h = mix(h ^ s->min[band * BAND + k]);
    return h;
}

struct hone_near {
    table exact, near;
    signature *all;
    size_t count, room;
    double threshold;
};

/* The most similar text among those that share a bucket with this one. */
static void best_match(hone_dedup_result *r, const hone_near *s, const signature *text)
{
    const table *t = &s->near;
    for (int band = 0; t->room && band < BANDS; band++) {
        uint32_t key = short_key(band_key(text, band));
        for (size_t at = key & (t->room - 1); t->slots[at].text; at = (at + 1) & (t->room - 1)) {
            if (t->slots[at].key != key) continue;
            size_t other = t->slots[at].text - 1;
            double same = similarity(text, &s->all[other]);
            if (same < s->threshold || same <= r->similarity) continue;
            *r = (hone_dedup_result){ HONE_REPEAT_NEAR, other, same };
        }
    }
}

static bool find_exact(hone_dedup_result *r, const hone_near *s, uint64_t hash)
{
    const table *t = &s->exact;
    uint32_t key = short_key(hash);
    if (t->room == 0) return false;
    for (size_t at = key & (t->room - 1); t->slots[at].text; at = (at + 1) & (t->room - 1)) {
        if (t->slots[at].key != key || s->all[t->slots[at].text - 1].exact != hash) continue;
        *r = (hone_dedup_result){ HONE_REPEAT_EXACT, t->slots[at].text - 1, 1 };
        return true;
    }
    return false;
}

static void find(hone_dedup_result *ret, const hone_near *s, const signature *text)
{
    *ret = (hone_dedup_result){ HONE_REPEAT_NONE, s->count, 0 };
    if (!find_exact(ret, s, text->exact) && s->threshold <= 1) best_match(ret, s, text);
}

/* Room for so many more entries, at most three of four slots used. */
static bool grow(table *t, size_t more)
{
    size_t room = t->room ? t->room : 64;
    while (3 * room < 4 * (t->used + more) + 4)
        room *= 2;
    if (room == t->room) return true;
    table bigger = { hone_calloc(room, sizeof *bigger.slots), room, 0 };
    if (!bigger.slots) return false;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].text) put(&bigger, t->slots[i].key, t->slots[i].text);
    hone_free(t->slots);
    *t = bigger;
    return true;
}

static int add(hone_near *s, const signature *text, uint32_t index, hone_err *err)
{
    if (!grow(&s->exact, 1) || !grow(&s->near, BANDS))
        return hone_err_memory(err, "signatures", s->count);
    s->all[index] = *text;
    put(&s->exact, short_key(text->exact), index + 1);
    for (int band = 0; band < BANDS; band++)
        put(&s->near, short_key(band_key(text, band)), index + 1);
    return 0;
}

int hone_near_new(hone_near **ret, double threshold, hone_err *err)
{
    *ret = hone_calloc(1, sizeof **ret);
    if (!*ret) return hone_err_memory(err, "signatures", 1);
    (*ret)->threshold = threshold;
    return 0;
}

void hone_near_free(hone_near *s)
{
    if (!s) return;
    hone_free(s->exact.slots);
    hone_free(s->near.slots);
    hone_free(s->all);
    hone_free(s);
}

void hone_near_find(hone_dedup_result *ret, const hone_near *s, const char *text)
{
    signature signed_text;
    *ret = (hone_dedup_result){ HONE_REPEAT_NONE, 0, 0 };
    if (s->count == 0) return;
    sign(&signed_text, text);
    find(ret, s, &signed_text);
}

/* Room for one more text. */
static int make_room(hone_near *s, size_t wanted, hone_err *err)
{
    if (wanted <= s->room) return 0;
    size_t room = s->room ? s->room * 2 : 64;
    while (room < wanted)
        room *= 2;
    signature *all = hone_realloc_array(s->all, room, sizeof *all);
    if (!all) return hone_err_memory(err, "signatures", room * sizeof *all);
    s->all = all;
    s->room = room;
    return 0;
}

static int append(hone_near *s, const signature *text, hone_err *err)
{
    if (s->count >= UINT32_MAX / (4 * BANDS))
        return hone_fail(err, HONE_E_DATA, "%zu texts are too many", s->count);
    HONE_TRY(make_room(s, s->count + 1, err));
    HONE_TRY(add(s, text, (uint32_t)s->count, err));
    s->count++;
    return 0;
}

int hone_near_add(hone_near *s, const char *text, hone_err *err)
{
    signature signed_text;
    sign(&signed_text, text);
    return append(s, &signed_text, err);
}

int hone_near_find_or_add(hone_dedup_result *ret, hone_near *s, const char *text, hone_err *err)
{
    signature signed_text;
    sign(&signed_text, text);
    *ret = (hone_dedup_result){ HONE_REPEAT_NONE, 0, 0 };
    find(ret, s, &signed_text);
    return ret->kind == HONE_REPEAT_NONE ? append(s, &signed_text, err) : 0;
}

int hone_dedup_find(hone_dedup_result *ret, const char *const *texts, size_t n, size_t keep,
                    double threshold, hone_err *err)
{
    hone_near *s;
    if (n > UINT32_MAX / (4 * BANDS))
        return hone_fail(err, HONE_E_DATA, "%zu texts are too many", n);
    HONE_TRY(hone_near_new(&s, threshold, err));
    int rc = make_room(s, n, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        signature text;
        sign(&text, texts[i]);
        s->count = i;
        ret[i] = (hone_dedup_result){ HONE_REPEAT_NONE, i, 0 };
        if (i >= keep) find(&ret[i], s, &text);
        /* only kept texts count as originals */
        if (ret[i].kind == HONE_REPEAT_NONE) rc = add(s, &text, (uint32_t)i, err);
    }
    hone_near_free(s);
    return rc;
}
