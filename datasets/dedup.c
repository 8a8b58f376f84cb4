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
    uint64_t key;
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
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
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
        while (i < b.len && word_byte((unsigned char)b.data[i])) i++;
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
        for (size_t k = i; k < i + RUN && k < n; k++) h = mix(h ^ words[k]);
        for (int j = 0; j < HASHES; j++) {
            uint32_t v = (uint32_t)(mix(h + (uint64_t)j * 0x9e3779b97f4a7c15u) >> 32);
            if (v < ret->min[j]) ret->min[j] = v;
        }
    }
}

static double similarity(const signature *a, const signature *b)
{
    int same = 0;
    for (int j = 0; j < HASHES; j++) same += a->min[j] == b->min[j];
    return same / (double)HASHES;
}

static void put(table *t, uint64_t key, uint32_t text)
{
    size_t at = key & (t->room - 1);
    while (t->slots[at].text) at = (at + 1) & (t->room - 1);
    t->slots[at] = (bucket){ key, text };
    t->used++;
}

static uint64_t band_key(const signature *s, int band)
{
    uint64_t h = mix((uint64_t)band + 1);
    for (int k = 0; k < BAND; k++) h = mix(h ^ s->min[band * BAND + k]);
    return h;
}

/* The most similar earlier text among those that share a bucket with text i. */
static void best_match(hone_dedup_result *r, const table *t, const signature *all, size_t i,
                       double threshold)
{
    for (int band = 0; band < BANDS; band++) {
        uint64_t key = band_key(&all[i], band);
        for (size_t at = key & (t->room - 1); t->slots[at].text; at = (at + 1) & (t->room - 1)) {
            if (t->slots[at].key != key) continue;
            size_t other = t->slots[at].text - 1;
            double s = similarity(&all[i], &all[other]);
            if (s < threshold || s <= r->similarity) continue;
            *r = (hone_dedup_result){ HONE_REPEAT_NEAR, other, s };
        }
    }
}

static bool find_exact(hone_dedup_result *r, const table *t, uint64_t key)
{
    for (size_t at = key & (t->room - 1); t->slots[at].text; at = (at + 1) & (t->room - 1)) {
        if (t->slots[at].key != key) continue;
        *r = (hone_dedup_result){ HONE_REPEAT_EXACT, t->slots[at].text - 1, 1 };
        return true;
    }
    return false;
}

int hone_dedup_find(hone_dedup_result *ret, const char *const *texts, size_t n, size_t keep,
                    double threshold, hone_err *err)
{
    table exact = { NULL, 64, 0 };
    table near = { NULL, 64, 0 };
    while (exact.room < 2 * n + 2) exact.room *= 2;
    while (near.room < 2 * BANDS * n + 2) near.room *= 2;
    if (n > UINT32_MAX / (4 * BANDS))
        return hone_fail(err, HONE_E_DATA, "%zu texts are too many", n);
    exact.slots = hone_calloc(exact.room, sizeof *exact.slots);
    near.slots = hone_calloc(near.room, sizeof *near.slots);
    signature *all = hone_calloc(n + 1, sizeof *all);
    int rc =
        exact.slots && near.slots && all ? 0 : hone_err_memory(err, "signatures", n * sizeof *all);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        ret[i] = (hone_dedup_result){ HONE_REPEAT_NONE, i, 0 };
        sign(&all[i], texts[i]);
        bool repeat = i >= keep && find_exact(&ret[i], &exact, all[i].exact);
        if (!repeat && i >= keep && threshold <= 1) best_match(&ret[i], &near, all, i, threshold);
        if (ret[i].kind != HONE_REPEAT_NONE) continue; /* only kept texts count as originals */
        put(&exact, all[i].exact, (uint32_t)i + 1);
        for (int band = 0; band < BANDS; band++)
            put(&near, band_key(&all[i], band), (uint32_t)i + 1);
    }
    hone_free(exact.slots);
    hone_free(near.slots);
    hone_free(all);
    return rc;
}
