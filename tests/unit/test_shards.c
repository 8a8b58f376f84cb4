/*
 * A step's gradient in shards: one summed over the ranks of an MPI job (also one alone) against the
 * sum of all shards made here in order, bit for bit, and against the step in one piece within 1e-5.
 * tests/unit/meson.build runs it with 1, 2 and 4 processes.
 */
#include <math.h>
#include <string.h>

#include "common/mpi.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "train/plan.h"
#include "train/shards.h"

enum { ROWS = 11, SHARDS = 4 };

static hone_config config;
static hone_model *model;
static hone_encode_set *set;
static hone_engine *engine;
static hone_adapter *adapter;
static uint32_t rows[ROWS];
static hone_err err;

static void rows_fill(void)
{
    for (int i = 0; i < ROWS; i++) {
        int32_t ids[48];
        uint8_t labels[48] = { 0 };
        const int prompt = 20 + 3 * (i % 2), n = prompt + 3 + i % 4;
        for (int k = 0; k < n; k++) {
            ids[k] = k < 16 ? 60 + 50 * (i % 2) + k : 100 + (i * 17 + k * 5) % 200;
            labels[k] = k >= prompt;
        }
        rows[i] = (uint32_t)i;
        ck_assert_int_eq(hone_encode_set_add_ids(set, "row", "rows", i + 1, ids, labels, (size_t)n,
                                                 (size_t)prompt, &err), 0);
    }
}

static void setup(void)
{
    const hone_engine_options options = { .threads = 1, .training = true };
    const hone_lora_config lora = { .r = 4, .alpha = 8, .targets = (1u << HONE_LINEARS) - 1,
                                    .control_rows = true };
    config = support_tiny_config(2, 1);
    model = support_tiny_model(&config, 4);
    ck_assert_int_eq(hone_encode_set_new(&set, &err), 0);
    rows_fill();
    ck_assert_int_eq(hone_engine_open(&engine, model, &options, &err), 0);
    ck_assert_int_eq(hone_adapter_new(&adapter, &config, &lora, &err), 0);
    for (size_t i = 0; i < adapter->count; i++)
        adapter->params[i] = 0.1f * hone_rng_normal(3, HONE_RNG_TEST, 0, i);
    ck_assert_int_eq(hone_engine_attach(engine, adapter, &err), 0);
}

static void teardown(void)
{
    hone_adapter_free(adapter);
    hone_engine_close(engine);
    hone_encode_set_free(set);
    hone_model_close(model);
}

static hone_batcher *batcher(int32_t shards)
{
    const hone_train_settings s = { .batch_size = ROWS };
    hone_batcher *b = NULL;
    ck_assert_int_eq(hone_train_batcher(&b, engine, set, &s, shards, &err), 0);
    ck_assert_int_eq(hone_batcher_begin(b, rows, ROWS, &err), 0);
    return b;
}

/* Gradient of the shards first .. end - 1 alone. */
static hone_tally here(float *grads, int32_t shards, int32_t first, int32_t end)
{
    hone_batch part;
    int32_t shard;
    hone_tally t = { 0 };
    hone_batcher *b = batcher(shards);
    hone_engine_zero_grads(engine);
    while (hone_batcher_next_of(b, first, end, &part, &shard) == 1) {
        hone_loss loss;
        ck_assert_int_eq(hone_engine_accumulate(engine, &part, &loss, &err), 0);
        t.loss += loss.sum;
        t.labels += loss.labels;
    }
    ck_assert_int_eq(hone_engine_read(engine, HONE_VEC_GRADS, grads, &err), 0);
    hone_engine_zero_grads(engine);
    hone_batcher_free(b);
    return t;
}

/* The same through hone_shards, together with the other ranks. */
static hone_tally together(float *grads, int32_t shards)
{
    hone_shards *s = NULL;
    hone_batch part;
    int32_t first, end, shard;
    hone_tally t;
    hone_batcher *b = batcher(shards);
    ck_assert_int_eq(hone_shards_new(&s, shards, adapter->count, &err), 0);
    hone_shards_begin(s);
    hone_shards_own(s, &first, &end);
    while (hone_batcher_next_of(b, first, end, &part, &shard) == 1) {
        hone_loss loss;
        ck_assert_int_eq(hone_shards_enter(s, engine, shard, &err), 0);
        ck_assert_int_eq(hone_engine_accumulate(engine, &part, &loss, &err), 0);
        hone_shards_count(s, shard, &loss);
    }
    ck_assert_int_eq(hone_shards_sum(s, engine, &t, &err), 0);
    ck_assert_int_eq(hone_engine_read(engine, HONE_VEC_GRADS, grads, &err), 0);
    hone_engine_zero_grads(engine);
    hone_shards_free(s);
    hone_batcher_free(b);
    return t;
}

static double distance(const float *a, const float *b, size_t n)
{
    double diff = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        diff += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        norm += (double)b[i] * (double)b[i];
    }
    return sqrt(diff / norm);
}

START_TEST(same_sum)
{
    const size_t n = adapter->count, bytes = n * sizeof(float);
    float *got = hone_calloc(n, sizeof *got), *one = hone_calloc(n, sizeof *one),
          *sum = hone_calloc(n, sizeof *sum);
    const hone_tally whole = here(one, 1, 0, 1), t = together(got, SHARDS);
    double loss = 0;
    for (int32_t k = 0; k < SHARDS; k++) {
        float *x = hone_calloc(n, sizeof *x);
        loss += here(x, SHARDS, k, k + 1).loss;
        for (size_t i = 0; i < n; i++) sum[i] = k ? sum[i] + x[i] : x[i];
        hone_free(x);
    }
    ck_assert_int_eq(memcmp(got, sum, bytes), 0);
    ck_assert(t.loss == loss);
    ck_assert_int_eq(t.labels, whole.labels);
    ck_assert_double_le(fabs(t.loss - whole.loss), 1e-6 * whole.loss);
    ck_assert_double_le(distance(got, one, n), 1e-5);
    ck_assert(distance(got, one, n) > 0 || hone_mpi_size() == 1);
    hone_free(got);
    hone_free(one);
    hone_free(sum);
}
END_TEST

/* More shards than rows: some are empty and count as zero. */
START_TEST(empty_shards)
{
    const size_t n = adapter->count;
    float *got = hone_calloc(n, sizeof *got), *one = hone_calloc(n, sizeof *one);
    (void)here(one, 1, 0, 1);
    const hone_tally t = together(got, 3 * ROWS);
    ck_assert_int_gt(t.labels, 0);
    ck_assert_double_le(distance(got, one, n), 1e-5);
    hone_free(got);
    hone_free(one);
}
END_TEST

START_TEST(agreement)
{
    hone_err e;
    hone_err_clear(&e);
    ck_assert_int_eq(hone_mpi_agree(HONE_OK, &e), HONE_OK);
    const int last = hone_mpi_size() - 1;
    ck_assert(hone_mpi_any(hone_mpi_rank() == last));
    ck_assert(!hone_mpi_any(false));
    int rc = hone_mpi_rank() == last ? hone_fail(&e, HONE_E_DATA, "bad row") : HONE_OK;
    ck_assert_int_eq(hone_mpi_agree(rc, &e), HONE_E_DATA);
    ck_assert(strstr(e.message, "bad row") && (last == 0 || strstr(e.message, "rank ")));
    ck_assert(hone_mpi_agreed() == (last > 0));
}
END_TEST

int main(void)
{
    if (hone_mpi_start(&err) < 0) return 1;
    Suite *s = suite_create("shards");
    TCase *t = tcase_create("shards");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, same_sum);
    tcase_add_test(t, empty_shards);
    tcase_add_test(t, agreement);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_set_fork_status(r, CK_NOFORK); /* a rank is one process */
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    hone_mpi_end(failed != 0);
    return failed != 0;
}
