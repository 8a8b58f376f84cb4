/*
 * Batches against brute force: on random rows the segments of all parts must spell every row, every
 * label must sit on the token that predicts it, and the grouping must save as many tokens as the
 * best one found by trying all.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "datasets/batch.h"
#include "datasets/order.h"

static hone_err err;
static bool hold; /* of the batchers that batcher_new makes */
static int32_t shards;

static hone_encode_set *set_new(void)
{
    hone_encode_set *s = NULL;
    ck_assert_int_eq(hone_encode_set_new(&s, &err), 0);
    return s;
}

/* Adds a row given as letters; labels from letter `prompt` on (1 .. length - 1). */
static void add(hone_encode_set *s, const char *letters, size_t prompt)
{
    int32_t ids[256];
    uint8_t labels[256];
    size_t n = strlen(letters);
    for (size_t i = 0; i < n; i++) {
        ids[i] = letters[i];
        labels[i] = i >= prompt;
    }
    ck_assert_int_eq(hone_encode_set_add_ids(s, letters, "rows.jsonl", (int64_t)s->count + 1, ids,
                                             labels, n, prompt, &err), 0);
}

static size_t tokens_as_bytes(void *user, int32_t tokens, int32_t labels, int32_t held)
{
    (void)user;
    (void)labels;
    (void)held;
    return (size_t)tokens;
}

static hone_batcher *batcher_new(const hone_encode_set *s, double ratio, size_t max_tokens)
{
    const hone_batch_limits limits = { .min_ratio = ratio, .max_bytes = max_tokens,
                                       .bytes = tokens_as_bytes, .hold = hold,
                                       .shards = shards };
    hone_batcher *b = NULL;
    ck_assert_int_eq(hone_batcher_new(&b, s, &limits, &err), 0);
    return b;
}

/* The ids that a token sees, itself last: its segment's up to it and all of its ancestors'. */
static int32_t path_of(const hone_batch *b, int32_t at, int32_t *out)
{
    int32_t s = 0, chain[64], depth = 0, n = 0;
    while (at < b->segments[s].start || at >= b->segments[s].start + b->segments[s].len) s++;
    int32_t last = at - b->segments[s].start + 1;
    for (int32_t k = s; k >= 0; k = b->segments[k].parent) {
        ck_assert(b->segments[k].parent < k);
        chain[depth++] = k;
    }
    while (depth-- > 0) {
        const hone_segment *g = &b->segments[chain[depth]];
        int32_t len = chain[depth] == s ? last : g->len;
        for (int32_t i = 0; i < len; i++) out[n++] = b->tokens[g->start + i];
    }
    return n;
}

static void check_segments(const hone_batch *b)
{
    int32_t at = 0;
    for (int32_t s = 0; s < b->num_segments; s++) {
        ck_assert_int_eq(b->segments[s].start, at);
        ck_assert(b->segments[s].len >= 1 && b->segments[s].parent < s);
        at += b->segments[s].len;
    }
    ck_assert_int_eq(at, b->num_tokens);
}

/* Every label of the part stands behind exactly its row's ids. Counts them in seen[row]. */
static void check_labels(const hone_encode_set *s, const hone_batch *b, int64_t step_labels,
                         int *seen)
{
    int32_t path[512];
    for (int32_t i = 0; i < b->num_labels; i++) {
        const hone_label *l = &b->labels[i];
        const hone_encode_row *r = &s->rows[l->row];
        const int32_t *ids = s->ids + r->at;
        int32_t n = path_of(b, l->at, path);
        ck_assert(n < r->count && s->labels[r->at + (size_t)n]);
        ck_assert_int_eq(l->target, ids[n]);
        ck_assert(memcmp(path, ids, (size_t)n * sizeof *ids) == 0);
        ck_assert(fabs((double)l->weight * (double)step_labels - 1) < 1e-6);
        seen[l->row]++;
    }
}

/* What is held is segment 0, has children and no labels, and goes on as it was. */
static void check_held(const hone_batch *b, bool goes_on)
{
    static int32_t before[512];
    static int32_t count;
    if (goes_on) ck_assert(b->held == count && !memcmp(b->tokens, before, (size_t)count * 4));
    count = b->held;
    memcpy(before, b->tokens, (size_t)count * sizeof *before);
    if (!b->held) return;
    ck_assert(b->segments[0].len == b->held && b->num_segments > 1);
    for (int32_t i = 0; i < b->num_labels; i++) ck_assert(b->labels[i].at >= b->held);
}

/* Runs all parts of a step and returns the number of tokens computed. */
static int64_t check_step(hone_encode_set *s, hone_batcher *b, const uint32_t *rows, size_t n)
{
    int *seen = calloc(s->count, sizeof *seen), *times = calloc(s->count, sizeof *times);
    int64_t tokens = 0;
    int32_t parts = 0;
    bool goes_on = false;
    hone_batch part;
    ck_assert_int_eq(hone_batcher_begin(b, rows, n, &err), 0);
    const hone_batch_stats *stats = hone_batcher_stats(b);
    while (hone_batcher_next(b, &part)) {
        check_segments(&part);
        check_labels(s, &part, stats->labels, seen);
        check_held(&part, goes_on);
        tokens += part.num_tokens - (goes_on ? part.held : 0);
        goes_on = hone_batcher_goes_on(b);
        ck_assert(part.num_tokens <= stats->most_tokens);
        parts++;
    }
    for (size_t i = 0; i < n; i++) times[rows[i]]++;
    for (size_t i = 0; i < s->count; i++)
        ck_assert_int_eq(seen[i], times[i] * s->rows[i].num_labels);
    ck_assert_int_eq(tokens, stats->computed);
    ck_assert_int_eq(parts, stats->parts);
    free(seen);
    free(times);
    return tokens;
}

START_TEST(test_shared_prompt)
{
    hone_encode_set *s = set_new();
    add(s, "<tools>wake me|CALL.", 15);
    add(s, "<tools>light|ON.", 13);
    add(s, "<tools>light|OFF.", 13);
    hone_batcher *b = batcher_new(s, 1.3, 0);
    const uint32_t rows[] = { 0, 1, 2 };
    int64_t tokens = check_step(s, b, rows, 3);
    /* one root of 7 ids, three children; the last id of each row is only a target */
    ck_assert_int_eq(tokens, 7 + 12 + 8 + 9);
    ck_assert_int_eq(hone_batcher_stats(b)->plain, 19 + 15 + 16);
    ck_assert_int_eq(hone_batcher_stats(b)->row_tokens, 20 + 16 + 17);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

/* All ids but the last are shared: every first label hangs on the root's last token, no
 * children. */
START_TEST(test_whole_prompt_shared)
{
    hone_encode_set *s = set_new();
    add(s, "prompt1", 6);
    add(s, "prompt2", 6);
    add(s, "prompt2", 6);
    hone_batcher *b = batcher_new(s, 1.3, 0);
    const uint32_t rows[] = { 0, 1, 2 };
    ck_assert_int_eq(check_step(s, b, rows, 3), 6);
    ck_assert_int_eq(hone_batcher_begin(b, rows, 3, &err), 0);
    hone_batch part;
    ck_assert_int_eq(hone_batcher_next(b, &part), 1);
    ck_assert_int_eq(part.num_segments, 1);
    ck_assert_int_eq(part.num_labels, 3);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(part.labels[i].at, 5);
    ck_assert_int_eq(hone_batcher_next(b, &part), 0);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

START_TEST(test_low_ratio_stays_apart)
{
    hone_encode_set *s = set_new();
    add(s, "abXXXXXXXX", 5);
    add(s, "abYYYYYYYY", 5);
    hone_batcher *b = batcher_new(s, 1.3, 0);
    const uint32_t rows[] = { 0, 1 };
    ck_assert_int_eq(check_step(s, b, rows, 2), 18);
    hone_batch part;
    ck_assert_int_eq(hone_batcher_begin(b, rows, 2, &err), 0);
    ck_assert_int_eq(hone_batcher_next(b, &part), 1);
    ck_assert_int_eq(part.num_segments, 2);
    ck_assert_int_eq(part.segments[1].parent, -1);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

START_TEST(test_parts)
{
    hone_encode_set *s = set_new();
    add(s, "0123456789aaL", 12);
    add(s, "0123456789bbL", 12);
    add(s, "0123456789ccL", 12);
    add(s, "0123456789ddL", 12);
    add(s, "0123456789eeL", 12);
    hone_batcher *b = batcher_new(s, 1.3, 14); /* the prompt and two endings */
    const uint32_t rows[] = { 0, 1, 2, 3, 4 };
    ck_assert_int_eq(check_step(s, b, rows, 5), 14 + 14 + 12);
    ck_assert_int_eq(hone_batcher_stats(b)->parts, 3);
    hone_batcher_free(b);
    hold = true;
    b = batcher_new(s, 1.3, 14);
    ck_assert_int_eq(check_step(s, b, rows, 5), 10 + 2 * 5);
    ck_assert_int_eq(hone_batcher_stats(b)->parts, 3);
    ck_assert_int_eq(hone_batcher_stats(b)->most_held, 10);
    ck_assert_int_eq(check_step(s, b, rows, 2), 14); /* in one part nothing is held */
    ck_assert_int_eq(hone_batcher_stats(b)->most_held, 0);
    hone_batcher_free(b);
    hold = false;
    b = batcher_new(s, 1.3, 11);
    ck_assert_int_eq(hone_batcher_begin(b, rows, 5, &err), HONE_E_DATA);
    ck_assert(strstr(err.message, "0123456789aaL") != NULL);
    ck_assert_str_eq(err.source, "rows.jsonl");
    hone_batch part;
    ck_assert_int_eq(hone_batcher_next(b, &part), 0); /* nothing half laid out */
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

START_TEST(test_gaps_between_labels)
{
    hone_encode_set *s = set_new();
    int32_t ids[] = { 2, 10, 11, 12, 13, 14, 15 };
    uint8_t labels[] = { 0, 0, 1, 0, 1, 0, 0 }; /* two assistant parts, text behind them */
    ck_assert_int_eq(hone_encode_set_add_ids(s, "r", "f", 1, ids, labels, 7, 2, &err), 0);
    hone_batcher *b = batcher_new(s, 1.3, 0);
    const uint32_t rows[] = { 0 };
    ck_assert_int_eq(check_step(s, b, rows, 1), 4);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

/* Text between two <escape> has its own weight; the weights of a step add up to 1. */
START_TEST(test_value_weight)
{
    hone_encode_set *s = set_new();
    const int32_t ids[] = { 2, 52, 10, 52, 48, 12, 52, 13, 14, 52, 15, 50 };
    const uint8_t labels[] = { 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 };
    const double want[] = { 1, 1, 1, 3, 3, 1, 1, 1 };
    const uint32_t rows[] = { 0 };
    hone_batch part;
    hone_batcher *b = NULL;
    ck_assert_int_eq(hone_encode_set_add_ids(s, "r", "f", 1, ids, labels, 12, 4, &err), 0);
    const hone_batch_limits limits = { .min_ratio = 1.3, .value_weight = 3 };
    ck_assert_int_eq(hone_batcher_new(&b, s, &limits, &err), 0);
    ck_assert_int_eq(hone_batcher_begin(b, rows, 1, &err), 0);
    ck_assert_int_eq(hone_batcher_next(b, &part), 1);
    ck_assert_int_eq(part.num_labels, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq_tol((double)part.labels[i].weight, want[i] / 12, 1e-7);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

START_TEST(test_no_label)
{
    hone_encode_set *s = set_new();
    int32_t ids[] = { 2, 10 };
    uint8_t labels[] = { 0, 0 };
    ck_assert_int_eq(hone_encode_set_add_ids(s, "empty", "f.jsonl", 9, ids, labels, 2, 2, &err), 0);
    hone_batcher *b = batcher_new(s, 1.3, 0);
    const uint32_t rows[] = { 0 };
    ck_assert_int_eq(hone_batcher_begin(b, rows, 1, &err), HONE_E_DATA);
    ck_assert_int_eq(err.line, 9);
    labels[0] = 1; /* nothing comes before the first id */
    ck_assert(hone_encode_set_add_ids(s, "first", "f", 1, ids, labels, 2, 1, &err) < 0);
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

/* What one shard hands out is what it has among all of them, and all rows are in some shard. */
START_TEST(test_shards)
{
    hone_encode_set *s = set_new();
    const uint32_t rows[] = { 0, 1, 2, 3, 4, 5, 6 };
    int64_t labels[4] = { 0 }, all = 0;
    const char *const texts[] = { "0123456789aaL", "0123456789bbL", "0123456789ccL", "xyzxyzxyzL",
                                  "0123456789ddL", "0123456789eeL", "xyzxyzxyM" };
    for (int i = 0; i < 7; i++) add(s, texts[i], 5);
    shards = 4;
    hone_batcher *b = batcher_new(s, 1.3, 0);
    hone_batch part;
    int32_t shard = -1, last = -1;
    (void)check_step(s, b, rows, 7);
    ck_assert_int_ge(hone_batcher_stats(b)->parts, 4);
    ck_assert_int_eq(hone_batcher_begin(b, rows, 7, &err), 0);
    while (hone_batcher_next_of(b, 0, 4, &part, &shard) == 1) {
        ck_assert_int_ge(shard, last);
        last = shard;
        labels[shard] += part.num_labels;
        all += part.num_labels;
    }
    ck_assert_int_eq(all, hone_batcher_stats(b)->labels);
    for (int32_t k = 0; k < 4; k++) {
        int64_t own = 0;
        ck_assert_int_eq(hone_batcher_begin(b, rows, 7, &err), 0);
        while (hone_batcher_next_of(b, k, k + 1, &part, &shard) == 1) {
            ck_assert_int_eq(shard, k);
            own += part.num_labels;
        }
        ck_assert_int_gt(own, 0);
        ck_assert_int_eq(own, labels[k]);
    }
    shards = 0;
    hone_batcher_free(b);
    hone_encode_set_free(s);
}
END_TEST

/* A random row over few letters, so that long common beginnings occur. */
static void add_random(hone_encode_set *s, hone_rng *r)
{
    static const char *const begins[] = { "aaaaaaaaaaaaaaaa", "aaaaaaaabbbbbbbb", "abcabcabc", "z",
                                          "" };
    char text[80];
    size_t n = 0;
    const char *begin = begins[hone_rng_next_below(r, 5)];
    memcpy(text, begin, strlen(begin));
    n = strlen(begin);
    size_t tail = 2 + hone_rng_next_below(r, 12);
    for (size_t i = 0; i < tail; i++) text[n++] = (char)('a' + hone_rng_next_below(r, 2));
    text[n] = '\0';
    add(s, text, 1 + hone_rng_next_below(r, n - 1));
}

START_TEST(test_random)
{
    for (uint32_t round = 0; round < 400; round++) {
        hone_rng r = { 11, 0, HONE_RNG_TEST, round };
        hone_encode_set *s = set_new();
        size_t n = 1 + hone_rng_next_below(&r, 12);
        for (size_t i = 0; i < n; i++) add_random(s, &r);
        size_t limit = hone_rng_next_below(&r, 2) ? 30 + hone_rng_next_below(&r, 60) : 0;
        hold = round % 2;
        shards = (int32_t)(round / 2 % 6);
        hone_batcher *b = batcher_new(s, 1 + hone_rng_next_unit(&r), limit);
        uint32_t rows[24];
        for (int steps = 0; steps < 3; steps++) { /* buffers are reused */
            size_t take = 1 + hone_rng_next_below(&r, 23);
            for (size_t i = 0; i < take; i++) rows[i] = (uint32_t)hone_rng_next_below(&r, n);
            check_step(s, b, rows, take);
        }
        hone_batcher_free(b);
        hone_encode_set_free(s);
    }
    hold = false;
}
END_TEST

/* Tokens saved by the best grouping of all subsets (each group shares its common beginning). */
static int64_t best_by_trial(const hone_span *spans, unsigned left, unsigned n, double ratio,
                             int64_t *memo)
{
    if (left == 0) return 0;
    if (memo[left] >= 0) return memo[left];
    int64_t best = 0;
    unsigned lowest = left & -left;
    for (unsigned group = left; group; group = (group - 1) & left) {
        if (!(group & lowest)) continue;
        int64_t plain = 0, members = 0;
        int32_t shared = INT32_MAX;
        const hone_span *first = NULL;
        for (unsigned i = 0; i < n; i++) {
            if (!(group >> i & 1)) continue;
            int32_t common = 0;
            if (!first) first = &spans[i];
            while (common < first->count && common < spans[i].count &&
                   first->ids[common] == spans[i].ids[common])
                common++;
            if (common < shared) shared = common;
            plain += spans[i].count;
            members++;
        }
        int64_t saved = (members - 1) * shared;
        if (members > 1 && (double)plain < ratio * (double)(plain - saved)) continue;
        int64_t total = saved + best_by_trial(spans, left & ~group, n, ratio, memo);
        if (total > best) best = total;
    }
    return memo[left] = best;
}

START_TEST(test_grouping_is_best)
{
    for (uint32_t round = 0; round < 60; round++) {
        hone_rng r = { 12, 0, HONE_RNG_TEST, round };
        enum { N = 8 };
        hone_encode_set *s = set_new();
        hone_span spans[N];
        for (int i = 0; i < N; i++) add_random(s, &r);
        for (int i = 0; i < N; i++)
            spans[i] = (hone_span){ s->ids + s->rows[i].at, s->rows[i].count };
        int64_t memo[1 << N];
        for (int i = 0; i < 1 << N; i++) memo[i] = -1;
        int64_t want = best_by_trial(spans, (1 << N) - 1, N, 1.3, memo), got = 0;
        hone_clusters c = { 0 };
        const hone_cluster_rule rule = { 1.3, 0 };
        ck_assert_int_eq(hone_clusters_build(&c, spans, N, &rule, &err), 0);
        for (int32_t k = 0; k < c.count; k++)
            got += (int64_t)(c.items[k].count - 1) * c.items[k].prefix;
        ck_assert_msg(got == want, "round %u: saved %lld of %lld", round, (long long)got,
                      (long long)want);
        hone_clusters_done(&c);
        hone_encode_set_free(s);
    }
}
END_TEST

START_TEST(test_keep)
{
    int32_t ids[] = { 1, 2, 3, 4 };
    hone_span spans[] = { { ids, 4 }, { ids, 4 }, { ids, 3 } };
    hone_clusters c = { 0 };
    const hone_cluster_rule rule = { 1.1, 1 };
    ck_assert_int_eq(hone_clusters_build(&c, spans, 3, &rule, &err), 0);
    for (int32_t k = 0; k < c.count; k++)
        for (int32_t i = 0; i < c.items[k].count; i++)
            ck_assert(c.items[k].prefix < spans[c.order[c.items[k].first + i]].count);
    ck_assert_int_eq(c.count, 1);
    ck_assert_int_eq(c.items[0].prefix, 2);
    hone_clusters_done(&c);
}
END_TEST

static hone_order *order_new(const hone_order_part *parts, int n, size_t batch, uint64_t seed)
{
    hone_order *o = NULL;
    ck_assert_msg(hone_order_new(&o, parts, n, batch, seed, &err) == 0, "%s", err.message);
    return o;
}

/* How often each of count rows comes in an epoch; the sum of the steps is the epoch. */
static void epoch_count(hone_order *o, int64_t epoch, int *seen, size_t count)
{
    size_t all = 0;
    memset(seen, 0, count * sizeof *seen);
    for (int64_t k = 0; k < hone_order_steps(o); k++) {
        const uint32_t *rows = NULL;
        size_t n = hone_order_step(o, epoch * hone_order_steps(o) + k, &rows);
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_lt(rows[i], count);
            seen[rows[i]]++;
        }
        all += n;
    }
    ck_assert_uint_eq(all, hone_order_rows(o));
}

START_TEST(test_order)
{
    const hone_order_part all = { 0, 100, 1 };
    hone_order *o = order_new(&all, 1, 32, 5), *again = order_new(&all, 1, 32, 5);
    hone_order *other = order_new(&all, 1, 32, 6);
    uint32_t held[4];
    int seen[100];
    const uint32_t *rows = NULL, *same = NULL;
    ck_assert_int_eq(hone_order_steps(o), 4);
    epoch_count(o, 2, seen, 100);
    for (int i = 0; i < 100; i++) ck_assert_int_eq(seen[i], 1);
    ck_assert_uint_eq(hone_order_step(o, 11, &rows), 4); /* the last of epoch 2 */
    memcpy(held, rows, sizeof held);
    ck_assert_uint_eq(hone_order_step(again, 11, &same), 4); /* a resumed run begins there */
    ck_assert_int_eq(memcmp(held, same, sizeof held), 0);
    (void)hone_order_step(other, 11, &same);
    ck_assert_int_ne(memcmp(held, same, sizeof held), 0);
    (void)hone_order_step(o, 15, &same); /* another epoch */
    ck_assert_int_ne(memcmp(held, same, sizeof held), 0);
    hone_order_free(other);
    hone_order_free(again);
    hone_order_free(o);
}
END_TEST

START_TEST(test_weights)
{
    const hone_order_part parts[] = { { 0, 10, 1 }, { 10, 20, 0.25 }, { 30, 4, 2.5 } };
    hone_order *o = order_new(parts, 3, 7, 1);
    int seen[34], sum[34] = { 0 };
    ck_assert_uint_eq(hone_order_rows(o), 10 + 5 + 10);
    for (int64_t epoch = 0; epoch < 4; epoch++) {
        epoch_count(o, epoch, seen, 34);
        for (int i = 0; i < 34; i++) {
            ck_assert_int_ge(seen[i], i < 10 ? 1 : i < 30 ? 0 : 2);
            ck_assert_int_le(seen[i], i < 10 ? 1 : i < 30 ? 1 : 3);
            sum[i] += seen[i];
        }
    }
    for (int i = 0; i < 34; i++) ck_assert_int_eq(sum[i], i < 10 ? 4 : i < 30 ? 1 : 10);
    hone_order_free(o);
    const hone_order_part bad[] = { { 0, 10, 0 }, { 0, 10, -1 }, { 0, 10, 0.01 },
                                    { 0, 10, (double)NAN }, { 0, 4000000000u, 2 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hone_err_clear(&err);
        ck_assert_int_eq(hone_order_new(&o, &bad[i], 1, 7, 1, &err), HONE_E_USAGE);
    }
}
END_TEST

/* Every allocation failing in turn: an error, no leak, no crash. */
START_TEST(test_memory)
{
    for (int64_t nth = 1; nth < 200; nth++) {
        int64_t live = hone_mem_live();
        hone_mem_fail_after(nth, true);
        hone_encode_set *s = NULL;
        hone_batcher *b = NULL;
        int32_t ids[] = { 2, 3, 4, 5, 6, 7 };
        uint8_t labels[] = { 0, 0, 0, 1, 1, 1 };
        hone_batch_limits limits = { 1.3, 0, NULL, NULL };
        const uint32_t rows[] = { 0, 1, 2 };
        int rc = hone_encode_set_new(&s, &err);
        for (int i = 0; rc == 0 && i < 3; i++)
            rc = hone_encode_set_add_ids(s, "r", "f", i, ids, labels, 6, 3, &err);
        if (rc == 0) rc = hone_batcher_new(&b, s, &limits, &err);
        if (rc == 0) rc = hone_batcher_begin(b, rows, 3, &err);
        hone_mem_fail_after(0, false);
        hone_batcher_free(b);
        hone_encode_set_free(s);
        ck_assert_int_eq(hone_mem_live(), live);
        if (rc == 0) return;
        ck_assert_int_eq(rc, HONE_E_MEMORY);
    }
    ck_abort_msg("never succeeded");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("batch");
    TCase *t = tcase_create("batch");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_shared_prompt);
    tcase_add_test(t, test_whole_prompt_shared);
    tcase_add_test(t, test_low_ratio_stays_apart);
    tcase_add_test(t, test_parts);
    tcase_add_test(t, test_gaps_between_labels);
    tcase_add_test(t, test_value_weight);
    tcase_add_test(t, test_no_label);
    tcase_add_test(t, test_shards);
    tcase_add_test(t, test_random);
    tcase_add_test(t, test_grouping_is_best);
    tcase_add_test(t, test_keep);
    tcase_add_test(t, test_order);
    tcase_add_test(t, test_weights);
    tcase_add_test(t, test_memory);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
