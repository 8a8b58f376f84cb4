/*
 * Decoding on toy models: what a slot's tokens lead to is the same to the bit whatever else is fed,
 * in whatever order and pieces, with any number of threads, before and after other tokens were
 * taken back; for prompts around the borders of tiles, chunks and the window. Against passes
 * without a cache the logits agree to rounding. Choices among few ids and under a mask. The
 * argument is the weights' format, f32 (default), int8 or int4; integers give the choices of the
 * same integers multiplied as floats.
 */
#include <math.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/int8.h"
#include "model/engine.h"
#include "model/lora.h"
#include "tests/support.h"
#include "tests/support_tiny.h"

enum { PREFIX = 70, SLOTS = 13, ROOM = 620, LONGEST = 600 };

static hone_err err;
static hone_quant format = HONE_QUANT_F32;
static hone_model *model;
static const int32_t lengths[SLOTS] = { 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 511, 512, 513 };
static int32_t ids[SLOTS][LONGEST], prefix_ids[PREFIX];

static void setup(void)
{
    hone_config config = support_tiny_config(7, 2);
    config.max_positions = 2048;
    config.window = 100;
    if (format != HONE_QUANT_F32) { /* whole blocks */
        config.C = 32;
        config.F = 64;
        config.embed_scale = sqrtf(32);
    }
    hone_err_clear(&err);
    model = support_tiny_model(&config, 21);
    if (format != HONE_QUANT_F32) support_tiny_quantise(model, format);
    for (int i = 0; i < SLOTS; i++) {
        for (uint32_t k = 0; k < LONGEST; k++)
            ids[i][k] = (int32_t)hone_rng_below(4, HONE_RNG_TEST, (uint32_t)i, k, 320);
    }
    for (uint32_t k = 0; k < PREFIX; k++)
        prefix_ids[k] = (int32_t)hone_rng_below(4, HONE_RNG_TEST, 99, k, 320);
}

static void teardown(void)
{
    hone_model_close(model);
}

/* Between two correct computations: a rounding of an input that falls the other way shows. */
static float tolerance(void)
{
    return format == HONE_QUANT_F32 ? 1e-4f : 0.15f;
}

static hone_engine *open_engine(int threads)
{
    hone_engine *e = NULL;
    const hone_engine_options o = { .threads = threads };
    ck_assert_msg(hone_engine_open(&e, model, &o, &err) == 0, "%s", err.message);
    return e;
}

static hone_cache *open_cache(hone_engine *e, int32_t prefix, int slots)
{
    hone_cache *c = NULL;
    int rc = hone_cache_new(&c, e, prefix ? prefix_ids : NULL, prefix, slots, ROOM, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    return c;
}

static void feed(hone_cache *c, const hone_feed *feeds, int count, hone_pick *picks)
{
    ck_assert_msg(hone_cache_feed(c, feeds, count, picks, &err) == 0, "%s", err.message);
}

/* The choices after each of the last `picks` tokens of row i, fed alone at once. */
static void alone(int32_t prefix, int i, int32_t picks, hone_pick *ret)
{
    hone_engine *e = open_engine(1);
    hone_cache *c = open_cache(e, prefix, 1);
    const hone_feed f = { .tokens = ids[i], .n = lengths[i], .picks = picks };
    feed(c, &f, 1, ret);
    hone_cache_free(c);
    hone_engine_close(e);
}

static bool same(const hone_pick *a, const hone_pick *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* All rows together, in random pieces and order. */
static void in_pieces(hone_engine *e, int32_t prefix, uint32_t seed, hone_pick last[SLOTS])
{
    hone_cache *c = open_cache(e, prefix, SLOTS);
    hone_rng r = { 6, 0, HONE_RNG_TEST, seed };
    int32_t done[SLOTS] = { 0 };
    for (bool more = true; more;) {
        hone_feed feeds[SLOTS];
        hone_pick picks[SLOTS];
        uint32_t order[SLOTS];
        int n = 0;
        hone_rng_shuffle(6, HONE_RNG_TEST, (uint32_t)hone_rng_next_below(&r, 1000), order, SLOTS);
        for (int k = 0; k < SLOTS; k++) {
            const int slot = (int)order[k];
            int32_t left = lengths[slot] - done[slot], most = left < 200 ? left : 200;
            if (left == 0 || hone_rng_next_below(&r, 4) == 0) continue;
            if (hone_rng_next_below(&r, 2)) most = most < 5 ? most : 5;
            feeds[n++] = (hone_feed){ .slot = slot,
                                      .tokens = ids[slot] + done[slot],
                                      .n = 1 + (int32_t)hone_rng_next_below(&r, (uint64_t)most) };
        }
        if (n) feed(c, feeds, n, picks);
        for (int k = 0; k < n; k++) {
            done[feeds[k].slot] += feeds[k].n;
            last[feeds[k].slot] = picks[k];
        }
        more = false;
        for (int k = 0; k < SLOTS; k++) more = more || done[k] < lengths[k];
    }
    hone_cache_free(c);
}

/* _i: with and without a prefix. */
START_TEST(test_same_bits)
{
    const int32_t prefix = _i ? PREFIX : 0;
    hone_pick want[SLOTS], got[SLOTS];
    for (int i = 0; i < SLOTS; i++) alone(prefix, i, 1, &want[i]);
    for (int threads = 1; threads <= 3; threads++) {
        hone_engine *e = open_engine(threads);
        for (uint32_t seed = 0; seed < 3; seed++) {
            in_pieces(e, prefix, seed, got);
            for (int i = 0; i < SLOTS; i++)
                ck_assert_msg(same(&got[i], &want[i]), "row %d, %d threads", i, threads);
        }
        hone_engine_close(e);
    }
}
END_TEST

/* Choices along the way are those of feeding one token after the other. */
START_TEST(test_choices_along_the_way)
{
    enum { MANY = 40 };
    hone_engine *e = open_engine(2);
    for (int i = 5; i < SLOTS; i += 3) {
        hone_pick many[MANY], one;
        const int32_t from = lengths[i] - MANY;
        alone(PREFIX, i, MANY, many);
        hone_cache *c = open_cache(e, PREFIX, 2);
        hone_feed f = { .slot = 1, .tokens = ids[i], .n = from, .picks = HONE_NO_PICK };
        feed(c, &f, 1, NULL);
        for (int k = 0; k < MANY; k++) {
            f = (hone_feed){ .slot = 1, .tokens = ids[i] + from + k, .n = 1 };
            feed(c, &f, 1, &one);
            ck_assert_msg(same(&one, &many[k]), "row %d, choice %d", i, k);
        }
        hone_cache_truncate(c, 1, from + 3); /* and again after some were taken back */
        f = (hone_feed){ .slot = 1, .tokens = ids[i] + from + 3, .n = 2 };
        feed(c, &f, 1, &one);
        ck_assert(same(&one, &many[4]));
        hone_cache_free(c);
    }
    hone_engine_close(e);
}
END_TEST

static void logits_of(hone_engine *e, int32_t prefix, int i, float *out)
{
    int32_t all[PREFIX + LONGEST];
    const int32_t n = prefix + lengths[i], at = n - 1;
    memcpy(all, prefix_ids, (size_t)prefix * sizeof *all);
    memcpy(all + prefix, ids[i], (size_t)lengths[i] * sizeof *all);
    const hone_segment segment = { -1, 0, n };
    const hone_batch b = { all, n, &segment, 1, NULL, 0 };
    ck_assert_int_eq(hone_engine_logits(e, &b, &at, 1, out, &err), 0);
}

START_TEST(test_as_without_cache)
{
    hone_engine *e = open_engine(2);
    const int32_t prefix = _i ? PREFIX : 0;
    for (int i = 0; i < SLOTS; i++) {
        float logits[320];
        hone_pick p;
        alone(prefix, i, 1, &p);
        logits_of(e, prefix, i, logits);
        double sum = 0;
        for (int k = 0; k < 320; k++) sum += exp((double)logits[k] - (double)p.logit);
        for (int k = 0; k < 320; k++) ck_assert(logits[k] <= p.logit + tolerance());
        ck_assert(fabsf(logits[p.id] - p.logit) < tolerance());
        ck_assert(fabsf(logits[p.second] - p.second_logit) < tolerance());
        ck_assert(fabs(p.logprob + log(sum)) < (double)tolerance());
    }
    hone_engine_close(e);
}
END_TEST

/* Among few ids, and under a mask: the best of the allowed ones, beside rows without limits. */
START_TEST(test_restricted)
{
    static const int32_t few[] = { 3, 50, 51, 106, 200, 319 };
    uint64_t mask[5] = { 0 };
    hone_engine *e = open_engine(2);
    hone_cache *c = open_cache(e, PREFIX, 4);
    hone_pick plain[4], got[4];
    hone_feed feeds[4];
    for (int i = 0; i < 6; i++) mask[few[i] >> 6] |= (uint64_t)1 << (few[i] & 63);
    for (int i = 0; i < 4; i++) feeds[i] = (hone_feed){ .slot = i, .tokens = ids[i + 3], .n = 9 };
    feed(c, feeds, 4, plain);
    for (int i = 0; i < 4; i++) hone_cache_reset(c, i);
    feeds[1].allowed = few;
    feeds[1].num_allowed = 6;
    feeds[2].mask = mask;
    feeds[3].allowed = few + 2;
    feeds[3].num_allowed = 1;
    feed(c, feeds, 4, got);
    ck_assert(same(&got[0], &plain[0]));
    ck_assert_int_eq(got[3].id, 51);
    ck_assert_int_eq(got[3].second, -1);
    ck_assert(got[3].logprob == 0);
    for (int i = 1; i < 3; i++) {
        float logits[320];
        int32_t row[PREFIX + 9], best = few[0], at = PREFIX + 8;
        memcpy(row, prefix_ids, sizeof prefix_ids);
        memcpy(row + PREFIX, ids[i + 3], 9 * sizeof *row);
        const hone_segment segment = { -1, 0, PREFIX + 9 };
        const hone_batch b = { row, PREFIX + 9, &segment, 1, NULL, 0 };
        ck_assert_int_eq(hone_engine_logits(e, &b, &at, 1, logits, &err), 0);
        for (int k = 0; k < 6; k++) best = logits[few[k]] > logits[best] ? few[k] : best;
        ck_assert(logits[got[i].id] >= logits[best] - tolerance());
        ck_assert(fabsf(got[i].logit - logits[best]) < tolerance());
    }
    hone_cache_free(c);
    hone_engine_close(e);
}
END_TEST

/* An adapter with control rows that differ from the base's; NULL for integers, which take none. */
static hone_adapter *tuned_control(hone_engine *e)
{
    hone_adapter *a = NULL;
    const hone_lora_config lora = {
        .r = 2, .alpha = 4, .targets = (1u << HONE_LINEARS) - 1, .control_rows = true
    };
    if (format != HONE_QUANT_F32) return NULL;
    ck_assert_int_eq(hone_adapter_new(&a, &model->config, &lora, &err), 0);
    for (size_t i = 0; i < a->count; i++) a->params[i] = 0.01f * (float)(i % 7);
    ck_assert_int_eq(hone_engine_attach(e, a, &err), 0);
    return a;
}

/* Float rows of the embedding are converted when read until they were read often, then kept: the
 * choices are the same, of all ids, of a few with control rows among them, and of masked ones. */
START_TEST(test_same_often)
{
    static const int32_t few[] = { 3, 46, 50, 52, 106, 319 };
    enum { OFTEN = 40 };
    const uint64_t mask[5] = { (uint64_t)127 << 46, 0, 1, 0, 0 };
    hone_engine *e = open_engine(2);
    hone_adapter *a = tuned_control(e);
    hone_cache *c = open_cache(e, 0, 3);
    hone_pick first[3], got[3];
    for (int turn = 0; turn < OFTEN; turn++) {
        hone_feed feeds[3];
        for (int i = 0; i < 3; i++)
            feeds[i] = (hone_feed){ .slot = i, .tokens = ids[i + 3], .n = 9 };
        feeds[1].allowed = few;
        feeds[1].num_allowed = 6;
        feeds[2].mask = mask;
        feed(c, feeds, 3, turn ? got : first);
        for (int i = 0; i < 3; i++) {
            ck_assert(turn == 0 || same(&got[i], &first[i]));
            hone_cache_reset(c, i);
        }
    }
    hone_cache_free(c);
    hone_engine_close(e);
    hone_adapter_free(a);
}
END_TEST

/* The same integers as floats, multiplied as floats: int8 sums are exact there too, int4 is
 * multiplied as the product of integer and scale. */
START_TEST(test_as_floats)
{
    hone_engine *floats = NULL, *e = open_engine(2);
    const hone_engine_options o = { .threads = 2, .integers_as_floats = true };
    ck_assert_int_eq(hone_engine_open(&floats, model, &o, &err), 0);
    ck_assert_str_eq(hone_engine_arithmetic(e), format == HONE_QUANT_F32 ? "f32" : "int8");
    ck_assert_str_eq(hone_engine_arithmetic(floats),
                     format == HONE_QUANT_F32 ? "f32" : "int8 in floats");
    hone_cache *a = open_cache(e, PREFIX, SLOTS), *b = open_cache(floats, PREFIX, SLOTS);
    hone_pick x[SLOTS], y[SLOTS];
    hone_feed feeds[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        feeds[i] = (hone_feed){ .slot = i, .tokens = ids[i], .n = lengths[i] };
    feed(a, feeds, SLOTS, x);
    feed(b, feeds, SLOTS, y);
    for (int i = 0; i < SLOTS; i++) {
        if (format != HONE_QUANT_I4_B32) ck_assert_msg(same(&x[i], &y[i]), "row %d", i);
        ck_assert(fabsf(x[i].logit - y[i].logit) < tolerance());
    }
    hone_cache_free(a);
    hone_cache_free(b);
    hone_engine_close(e);
    hone_engine_close(floats);
}
END_TEST

/* Blocks that the kernels do not take are refused before anything is computed. */
START_TEST(test_odd_blocks)
{
    static const int blocks[] = { 0, 1, 3, 24, HONE_INT8_MOST_BLOCK * 2 };
    hone_engine *e = NULL;
    if (format != HONE_QUANT_I4_B32) return;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        model->layers[2].linear[HONE_UP].block = blocks[i];
        ck_assert_int_eq(hone_engine_open(&e, model, NULL, &err), HONE_E_MODEL);
    }
}
END_TEST

START_TEST(test_misuse)
{
    static const int32_t bad[][2] = { { 5, 5 }, { 9, 2 }, { -1, 3 }, { 3, 320 } };
    hone_engine *e = open_engine(1);
    hone_cache *c = open_cache(e, 0, 1);
    hone_pick p[4];
    for (int i = 0; i < 4; i++) {
        const hone_feed f = { .tokens = ids[0], .n = 1, .allowed = bad[i], .num_allowed = 2 };
        ck_assert_int_eq(hone_cache_feed(c, &f, 1, p, &err), HONE_E_USAGE);
    }
    ck_assert_int_eq(
        hone_cache_feed(c, &(hone_feed){ .tokens = ids[0], .n = 1, .allowed = bad[0] }, 1, p, &err),
        HONE_E_USAGE);
    ck_assert_int_eq(
        hone_cache_feed(c, &(hone_feed){ .tokens = ids[0], .n = 2, .picks = 3 }, 1, p, &err),
        HONE_E_USAGE);
    ck_assert_int_eq(
        hone_cache_feed(c, &(hone_feed){ .tokens = ids[0], .n = 2, .picks = -2 }, 1, p, &err),
        HONE_E_USAGE);
    ck_assert_int_eq(hone_cache_length(c, 0), 0);
    hone_cache_free(c);
    hone_engine_close(e);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "f32") != 0)
        format = !strcmp(argv[1], "int8") ? HONE_QUANT_I8_ROW : HONE_QUANT_I4_B32;
    TCase *t = support_case("decode");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_same_bits, 0, 2);
    tcase_add_test(t, test_choices_along_the_way);
    tcase_add_loop_test(t, test_as_without_cache, 0, 2);
    tcase_add_test(t, test_restricted);
    tcase_add_test(t, test_same_often);
    tcase_add_test(t, test_as_floats);
    tcase_add_test(t, test_odd_blocks);
    tcase_add_test(t, test_misuse);
    return support_run(t);
}
