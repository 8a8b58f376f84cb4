/*
 * The weights of the real model as the reader decodes them, against statistics that PyTorch
 * computed (golden_forward.json): sums within 1e-6 relative (double sums over f32 values), listed
 * values exact.
 */
#include <math.h>
#include <string.h>

#include "common/json.h"
#include "model/gemma3_open.h"
#include "tests/support.h"
#include "tests/support_model.h"

static const char *model_path;

typedef struct sums {
    double sum, sum_abs;
    float first[8], at;
} sums;

static void add_row(sums *s, const float *row, int64_t n, int64_t base, int64_t at)
{
    for (int64_t i = 0; i < n; i++) {
        s->sum += (double)row[i];
        s->sum_abs += fabs((double)row[i]);
        if (base + i < 8) s->first[base + i] = row[i];
        if (base + i == at) s->at = row[i];
    }
}

static sums sums_of(const hone_tensor *t)
{
    const int64_t rows = t->rank == 2 ? t->shape[0] : 1, n = t->shape[t->rank - 1];
    float *row = hone_malloc((size_t)n * sizeof(*row));
    sums s = { 0 };
    ck_assert_ptr_nonnull(row);
    for (int64_t r = 0; r < rows; r++) {
        hone_tensor_rows_f32(t, r, 1, row);
        add_row(&s, row, n, r * n, 12345 % (rows * n));
    }
    hone_free(row);
    return s;
}

static bool near(double have, double want)
{
    return fabs(have - want) <= 1e-6 * fabs(want);
}

static const hone_tensor *tensor_named(const hone_model *m, const char *gguf_name)
{
    char name[HONE_SLOT_NAME_SIZE];
    for (int i = 0; i < hone_model_slots(&m->config); i++) {
        hone_model_slot_name(&m->config, i, true, name);
        if (strcmp(name, gguf_name) == 0) return hone_model_slot_const(m, i);
    }
    ck_abort_msg("no tensor %s", gguf_name);
    return NULL;
}

static void check_tensor(const hone_tensor *t, const char *name, const hone_json *want)
{
    const hone_json *shape = hone_json_get(want, "shape_out_in");
    const hone_json *first = hone_json_get(want, "first8");
    ck_assert_msg(hone_json_str_eq(hone_json_get(want, "type"), hone_dtype_name(t->dtype)),
                  "format of %s", name);
    ck_assert_uint_eq(shape->len, (size_t)t->rank);
    for (int i = 0; i < t->rank; i++)
        ck_assert_msg(hone_json_f64(hone_json_at(shape, (size_t)i)) == (double)t->shape[i],
                      "shape of %s", name);
    const sums s = sums_of(t);
    ck_assert_msg(near(s.sum, hone_json_f64(hone_json_get(want, "sum"))), "sum of %s", name);
    ck_assert_msg(near(s.sum_abs, hone_json_f64(hone_json_get(want, "sum_abs"))), "sum_abs of %s",
                  name);
    for (size_t i = 0; i < 8; i++)
        ck_assert_msg(near((double)s.first[i], hone_json_f64(hone_json_at(first, i))),
                      "value %zu of %s", i, name);
    ck_assert_msg(near((double)s.at, hone_json_f64(hone_json_get(want, "at_12345_mod_n"))),
                  "value 12345 of %s", name);
}

START_TEST(statistics)
{
    hone_err err = { 0 };
    hone_model *m = NULL;
    hone_json *golden = NULL;
    hone_arena *a = hone_arena_new();
    ck_assert_msg(hone_model_open(&m, model_path, &err) == 0, "%s", err.message);
    ck_assert_int_eq(
        hone_json_load(&golden, a, HONE_SOURCE_DIR "/tests/golden/gemma3_270m/golden_forward.json",
                       &err),
        0);
    const hone_json *weights = hone_json_get(golden, "weights");
    ck_assert_uint_ge(weights->len, 7);
    for (size_t i = 0; i < weights->len; i++) {
        const char *name = weights->members[i].key;
        check_tensor(tensor_named(m, name), name, weights->members[i].value);
    }
    hone_model_close(m);
    hone_arena_free(a);
}
END_TEST

START_TEST(configuration)
{
    hone_err err = { 0 };
    hone_model *m = NULL;
    ck_assert_msg(hone_model_open(&m, model_path, &err) == 0, "%s", err.message);
    const hone_config *c = &m->config;
    ck_assert_int_eq(c->V, 262144);
    ck_assert_int_eq(c->C, 640);
    ck_assert_int_eq(c->L, 18);
    ck_assert_int_eq(c->NH, 4);
    ck_assert_int_eq(c->NKV, 1);
    ck_assert_int_eq(c->HD, 256);
    ck_assert_int_eq(c->F, 2048);
    ck_assert_int_eq(c->window, 512);
    ck_assert_int_eq(c->max_positions, 32768);
    ck_assert(c->rms_eps == 1e-6f && c->query_scale == 0.0625f);
    ck_assert(c->embed_scale == sqrtf(640.0f));
    ck_assert(c->rope_local == 1e4 && c->rope_global == 1e6 && c->rope_scale == 1.0);
    for (int i = 0; i < c->L; i++) ck_assert_int_eq(c->global[i], i == 5 || i == 11 || i == 17);
    ck_assert(m->control_untrained && hone_tokenizer_size(m->tokenizer) >= 262144);
    ck_assert(m->norm_plus_one && !m->q_norm_scaled);
    ck_assert_str_eq(hone_model_sha256(m),
                     "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818");
    hone_model_close(m);
}
END_TEST

int main(void)
{
    model_path = support_model_path();
    if (!model_path) return SUPPORT_SKIPPED;
    TCase *t = support_case("weights");
    tcase_add_test(t, configuration);
    tcase_add_test(t, statistics);
    return support_run(t);
}
