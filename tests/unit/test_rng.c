/* Philox against the published vectors, and what is drawn from it. */
#include <math.h>
#include <string.h>

#include "common/rng.h"
#include "tests/support.h"

static void expect_block(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index,
                         uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t out[4];
    hone_rng_block(seed, stream, step, index, out);
    ck_assert_uint_eq(out[0], a);
    ck_assert_uint_eq(out[1], b);
    ck_assert_uint_eq(out[2], c);
    ck_assert_uint_eq(out[3], d);
}

/* Random123, kat_vectors, philox4x32 10. */
START_TEST(test_known_blocks)
{
    expect_block(0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    expect_block(UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX, 0x408f276d, 0x41c83b0e,
                 0xa20bc7c6, 0x6d5451fd);
    expect_block(0x299f31d0a4093822, 0x03707344, 0x13198a2e, 0x85a308d3243f6a88, 0xd16cfe09,
                 0x94fdcceb, 0x5001e420, 0x24126ea1);
}
END_TEST

START_TEST(test_unit_range)
{
    double sum = 0, low = 1, high = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        double u = hone_rng_unit(1, HONE_RNG_TEST, 0, i);
        ck_assert(u >= 0 && u < 1);
        sum += u;
        if (u < low) low = u;
        if (u > high) high = u;
    }
    ck_assert(fabs(sum / 100000 - 0.5) <= 0.005); /* five standard errors */
    ck_assert(low < 0.001 && high > 0.999);
}
END_TEST

START_TEST(test_normal_moments)
{
    enum { N = 100000 };
    double s1 = 0, s2 = 0, s4 = 0;
    for (uint64_t i = 0; i < N; i++) {
        double z = hone_rng_normal(7, HONE_RNG_INIT, 3, i);
        s1 += z;
        s2 += z * z;
        s4 += z * z * z * z;
    }
    ck_assert(fabs(s1 / N) <= 0.016);
    ck_assert(fabs(s2 / N - 1) <= 0.023);
    ck_assert(fabs(s4 / N - 3) <= 0.16);
}
END_TEST

START_TEST(test_below)
{
    int counts[7] = { 0 };
    for (uint64_t i = 0; i < 70000; i++) counts[hone_rng_below(2, HONE_RNG_TEST, 0, i, 7)]++;
    for (int i = 0; i < 7; i++) ck_assert_int_le(abs(counts[i] - 10000), 470);
    ck_assert_uint_eq(hone_rng_below(2, HONE_RNG_TEST, 0, 0, 1), 0);
    ck_assert_uint_eq(hone_rng_below(2, HONE_RNG_TEST, 0, 0, 0), 0);
}
END_TEST

/* Four values for three results: unless every fourth draw is rejected, multiples of three come up
 * twice as often as the others. */
START_TEST(test_below_rejects)
{
    uint64_t n = UINT64_C(3) << 62;
    int counts[3] = { 0 };
    for (uint64_t i = 0; i < 30000; i++) {
        uint64_t r = hone_rng_below(5, HONE_RNG_TEST, 1, i, n);
        ck_assert_uint_lt(r, n);
        counts[r % 3]++;
    }
    for (int i = 0; i < 3; i++) ck_assert_int_le(abs(counts[i] - 10000), 410);
}
END_TEST

START_TEST(test_shuffle)
{
    enum { N = 5000 };
    static uint32_t order[N], again[N], other[N];
    static unsigned char seen[N];
    hone_rng_shuffle(9, HONE_RNG_ORDER, 1, order, N);
    hone_rng_shuffle(9, HONE_RNG_ORDER, 1, again, N);
    hone_rng_shuffle(9, HONE_RNG_ORDER, 2, other, N);
    ck_assert_int_eq(memcmp(order, again, sizeof(order)), 0);
    ck_assert_int_ne(memcmp(order, other, sizeof(order)), 0);
    for (int i = 0; i < N; i++) {
        ck_assert_uint_lt(order[i], N);
        ck_assert_int_eq(seen[order[i]]++, 0);
    }
    hone_rng_shuffle(9, HONE_RNG_ORDER, 1, order, 0);
    hone_rng_shuffle(9, HONE_RNG_ORDER, 1, order, 1);
    ck_assert_uint_eq(order[0], 0);
}
END_TEST

/* All six orders of three come up equally often. */
START_TEST(test_shuffle_is_even)
{
    int counts[27] = { 0 };
    uint32_t o[3];
    for (uint32_t i = 0; i < 60000; i++) {
        hone_rng_shuffle(3, HONE_RNG_TEST, i, o, 3);
        counts[o[0] * 9 + o[1] * 3 + o[2]]++;
    }
    int used = 0;
    for (int i = 0; i < 27; i++) {
        used += counts[i] > 0;
        if (counts[i]) ck_assert_int_le(abs(counts[i] - 10000), 460);
    }
    ck_assert_int_eq(used, 6);
}
END_TEST

START_TEST(test_sequence)
{
    hone_rng r = { 11, 0, HONE_RNG_JITTER, 4 };
    ck_assert_uint_eq(hone_rng_next(&r), hone_rng_u64(11, HONE_RNG_JITTER, 4, 0));
    ck_assert_uint_eq(hone_rng_next_below(&r, 10), hone_rng_below(11, HONE_RNG_JITTER, 4, 1, 10));
    ck_assert(hone_rng_next_unit(&r) == hone_rng_unit(11, HONE_RNG_JITTER, 4, 2));
    ck_assert_uint_eq(r.next, 3);
}
END_TEST

int main(void)
{
    TCase *t = support_case("rng");
    tcase_add_test(t, test_known_blocks);
    tcase_add_test(t, test_unit_range);
    tcase_add_test(t, test_normal_moments);
    tcase_add_test(t, test_below);
    tcase_add_test(t, test_below_rejects);
    tcase_add_test(t, test_shuffle);
    tcase_add_test(t, test_shuffle_is_even);
    tcase_add_test(t, test_sequence);
    return support_run(t);
}
