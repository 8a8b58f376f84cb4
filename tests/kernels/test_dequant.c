/*
 * The decoders of GGUF's blocks that a table has against the plain ones, bit for bit, on blocks of
 * random bytes that end or begin at a page that may not be touched, for every f16 scale. What the
 * plain ones must give: tests/unit/test_blocks.c.
 */
#include <stdio.h>
#include <string.h>

#include "common/rng.h"
#include "kernels/kernels.h"
#include "kernels/quant_gguf.h"
#include "tests/support.h"
#include "tests/support_guard.h"

enum { FORMATS = 6, MOST = 9, HALVES = 65536 };

typedef struct format {
    const char *name;
    size_t values, bytes; /* of a block */
    int scale, second;    /* where its f16 numbers stand; -1: there is no other */
    HONE_DEQUANT((*plain));
    HONE_DEQUANT((*fast));
} format;

static format formats[FORMATS];

static void choose(const hone_dequant_kernels *k)
{
    const hone_dequant_kernels *ref = hone_dequant_kernels_for(0);
    const format all[FORMATS] = { { "q4_0", 32, 18, 0, -1, ref->q4_0, k->q4_0 },
                                  { "q5_0", 32, 22, 0, -1, ref->q5_0, k->q5_0 },
                                  { "q8_0", 32, 34, 0, -1, ref->q8_0, k->q8_0 },
                                  { "q4_k", 256, 144, 0, 2, ref->q4_k, k->q4_k },
                                  { "q5_k", 256, 176, 0, 2, ref->q5_k, k->q5_k },
                                  { "q6_k", 256, 210, 208, -1, ref->q6_k, k->q6_k } };
    memcpy(formats, all, sizeof formats);
}

/* A NaN is one whatever its other bits. */
static bool same_value(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static void compare(const format *f, const uint8_t *p, size_t blocks, float *want, float *have)
{
    const size_t n = blocks * f->values;
    f->plain(p, (int64_t)n, want);
    memset(have, 0x55, n * sizeof *have);
    f->fast(p, (int64_t)n, have);
    for (size_t i = 0; i < n; i++) {
        if (same_value(want[i], have[i])) continue;
        ck_abort_msg("%s, %zu blocks, value %zu: %a, not %a", f->name, blocks, i, (double)have[i],
                     (double)want[i]);
    }
}

static void fill(uint8_t *p, size_t bytes, uint32_t step)
{
    hone_rng r = { 11, 0, HONE_RNG_TEST, step };
    for (size_t i = 0; i < bytes; i++) p[i] = (uint8_t)hone_rng_next(&r);
}

START_TEST(test_counts)
{
    const format *f = &formats[_i];
    for (size_t blocks = 0; blocks <= MOST; blocks++) {
        for (int at_end = 0; at_end < 2; at_end++) {
            const size_t out = blocks * f->values * sizeof(float);
            guarded p = guarded_make(blocks * f->bytes, at_end);
            guarded a = guarded_make(out, at_end), b = guarded_make(out, at_end);
            fill(p.p, blocks * f->bytes, (uint32_t)(100 * _i) + (uint32_t)blocks);
            compare(f, p.p, blocks, a.p, b.p);
            guarded_done(p);
            guarded_done(a);
            guarded_done(b);
        }
    }
}
END_TEST

static void put_half(uint8_t *block, int at, unsigned h)
{
    block[at] = (uint8_t)h;
    block[at + 1] = (uint8_t)(h >> 8);
}

START_TEST(test_scales)
{
    const format *f = &formats[_i];
    uint8_t block[256];
    float want[HONE_GGUF_SUPER_BLOCK], have[HONE_GGUF_SUPER_BLOCK];
    for (unsigned h = 0; h < HALVES; h += f->values > 32 ? 3 : 1) {
        if (h % 64 == 0) fill(block, f->bytes, h);
        put_half(block, f->scale, h);
        if (f->second >= 0) put_half(block, f->second, h * 40503u >> 3 & 0xffff);
        compare(f, block, 1, want, have);
    }
}
END_TEST

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "avx2";
    const hone_dequant_kernels *k = hone_dequant_kernels_for(hone_cpu_features());
    if (strcmp(k->name, name) != 0) {
        printf("this processor has no %s\n", name);
        return 77;
    }
    choose(k);
    TCase *t = support_case("dequant");
    tcase_add_loop_test(t, test_counts, 0, FORMATS);
    tcase_add_loop_test(t, test_scales, 0, FORMATS);
    return support_run(t);
}
