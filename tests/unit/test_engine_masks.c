/*
 * Ordered arithmetic: an engine gives the same bytes whatever the processor offers. The program
 * starts itself with features hidden (HONE_CPU_MASK) and compares what each start writes: the
 * hash of two optimiser steps on a tiny model.
 */
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/rng.h"
#include "model/engine.h"
#include "tests/support.h"
#include "tests/support_tiny.h"

static hone_err err;
static char self[4096];
static const char *precision, *result; /* of a start with hidden features */

enum { PREFIX = 150, ROWS = 9, OWN = 23, TOKENS = PREFIX + ROWS * OWN, LABELS = ROWS * 12 };

typedef struct step_batch {
    int32_t tokens[TOKENS];
    hone_segment segments[ROWS + 1];
    hone_label labels[LABELS];
} step_batch;

static hone_batch make_batch(step_batch *s)
{
    int n = 0;
    for (int i = 0; i < TOKENS; i++)
        s->tokens[i] = (int32_t)hone_rng_below(3, HONE_RNG_TEST, 1, (uint64_t)i, 320);
    s->segments[0] = (hone_segment){ -1, 0, PREFIX };
    for (int r = 0; r < ROWS; r++) {
        const int32_t start = PREFIX + r * OWN;
        s->segments[r + 1] = (hone_segment){ 0, start, OWN };
        for (int32_t i = start + OWN - 13; i < start + OWN - 1; i++)
            s->labels[n++] = (hone_label){ i, s->tokens[i + 1], 1.0f / LABELS, r };
    }
    return (hone_batch){ s->tokens, TOKENS, s->segments, ROWS + 1, s->labels, LABELS, 0 };
}

static hone_adapter *make_adapter(const hone_config *c)
{
    const hone_lora_config lc = {
        .r = 4, .alpha = 8, .targets = (1u << HONE_LINEARS) - 1, .control_rows = true
    };
    hone_adapter *a = NULL;
    ck_assert_int_eq(hone_adapter_new(&a, c, &lc, &err), 0);
    for (size_t i = 0; i < a->count; i++)
        a->params[i] = 0.1f * hone_rng_normal(9, HONE_RNG_TEST, 1, i);
    return a;
}

/* The hash of the parameters after two steps. */
static void two_steps(hone_precision p, char hex[65])
{
    static step_batch room;
    const hone_batch b = make_batch(&room);
    hone_config c = support_tiny_config(2, 1);
    hone_model *m = support_tiny_model(&c, 3);
    hone_adapter *a = make_adapter(&c);
    const hone_engine_options o = { .threads = 2, .precision = p, .training = true };
    const hone_adamw_step step = { 1e-2f, 1e-2f, 1e-2f, 0.9f, 0.99f, 1e-8f, 0, 0.1f, 0.01f, 1 };
    hone_engine *e = NULL;
    hone_loss loss;
    ck_assert_int_eq(hone_engine_open(&e, m, &o, &err), 0);
    ck_assert_int_eq(hone_engine_attach(e, a, &err), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(hone_engine_accumulate(e, &b, &loss, &err), 0);
        ck_assert(loss.finite);
        ck_assert_int_eq(hone_engine_update(e, &step, &err), 0);
    }
    ck_assert_int_eq(hone_engine_read(e, HONE_VEC_PARAMS, a->params, &err), 0);
    hone_sha256_of(a->params, a->count * sizeof *a->params, hex);
    hone_engine_close(e);
    hone_adapter_free(a);
    hone_model_close(m);
}

/* The start with hidden features: writes its hash into a file. */
START_TEST(test_print)
{
    char hex[65];
    two_steps(hone_precision_of(precision), hex);
    FILE *f = fopen(result, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(hex, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}
END_TEST

static void hash_with(const char *mask, const char *dir, char hex[66])
{
    char command[9000];
    const char *path = support_path(dir, "hash");
    (void)snprintf(command, sizeof command, "HONE_CPU_MASK=%s '%s' ordered '%s' >/dev/null", mask,
                   self, path);
    ck_assert_int_eq(system(command), 0);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(hex, 66, f));
    (void)fclose(f);
    ck_assert_int_eq(strlen(hex), 64);
}

START_TEST(test_masks)
{
    static const char *const masks[] = { "none", "amx,bf16", "amx,bf16,vnni,avx512", "all" };
    char first[66], hex[66], dir[64];
    support_scratch(dir);
    hash_with(masks[0], dir, first);
    for (size_t i = 1; i < sizeof masks / sizeof *masks; i++) {
        hash_with(masks[i], dir, hex);
        ck_assert_msg(!strcmp(first, hex), "with %s hidden: %s, not %s", masks[i], hex, first);
    }
    support_scratch_done(dir);
}
END_TEST

int main(int argc, char **argv)
{
    TCase *t = support_case("masks");
    (void)snprintf(self, sizeof self, "%s", argv[0]);
    if (argc > 2) {
        precision = argv[1];
        result = argv[2];
        tcase_add_test(t, test_print);
    } else {
        tcase_add_test(t, test_masks);
    }
    return support_run(t);
}
