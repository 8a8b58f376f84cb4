/*
 * Exporting a toy model and opening the file again: weights, norms and configuration come back as
 * they were merged and quantised, equal inputs give equal bytes, and damage is told from
 * soundness. /
 */
#include <math.h>

#include "common/bytes.h"
#include "export/litertlm.h"
#include "export/metadata.h"
#include "export/verify.h"
#include "kernels/quant.h"
#include "tests/support.h"
#include "tests/support_pieces.h"
#include "tests/support_tiny.h"

enum { LAYERS = 6 };

static char dir[64];
static hone_model *tiny;
static hone_adapter *adapter;

/* Rows of 32 values and more, so that blocks fit. */
static hone_config config(void)
{
    hone_config c = support_tiny_config(LAYERS, 2);
    c.C = 64;
    c.F = 128;
    c.HD = 32;
    c.embed_scale = sqrtf((float)c.C);
    return c;
}

static void setup(void)
{
    const hone_config c = config();
    const hone_lora_config lora = { .r = 2, .alpha = 4, .targets = (1u << HONE_LINEARS) - 1,
                                    .control_rows = true };
    hone_err err;
    support_scratch(dir);
    tiny = support_tiny_model(&c, 5);
    tiny->tokenizer = support_tiny_tokenizer((size_t)c.V);
    ck_assert_int_eq(hone_adapter_new(&adapter, &c, &lora, &err), 0);
    for (size_t i = 0; i < adapter->count; i++)
        adapter->params[i] = 0.3f * hone_rng_normal(9, HONE_RNG_TEST, 0, i);
}

static void teardown(void)
{
    hone_adapter_free(adapter);
    adapter = NULL;
    hone_model_close(tiny);
    support_scratch_done(dir);
}

static hone_tflite_options sound_options(hone_quant format)
{
    return (hone_tflite_options){ .scheme = hone_scheme_uniform(format, format),
                                  .cache_length = 64, .prefill = { 1, 8, 32 }, .num_prefill = 3 };
}

static int write_parts(const hone_merge *s, const hone_tflite_options *o, const char *path,
                       hone_err *err)
{
    hone_buf metadata = HONE_BUF_INIT(1 << 20), pieces = HONE_BUF_INIT(1 << 20);
    hone_tflite_plan *plan = NULL;
    hone_out *out = NULL;
    int rc = 0;
    HONE_GOTO(rc, done, hone_metadata_build(&metadata, o->cache_length, "{{ bos_token }}", err));
    HONE_GOTO(rc, done, hone_tokenizer_write_proto(s->model->tokenizer, &pieces, err));
    HONE_GOTO(rc, done, hone_tflite_plan_new(&plan, s, o, err));
    HONE_GOTO(rc, done, hone_out_open(&out, path, 0, err));
    const hone_litertlm_parts parts = { metadata.data, pieces.data, metadata.len, pieces.len,
                                        plan };
    HONE_GOTO(rc, done, hone_litertlm_write(out, &parts, "test", err));
    rc = hone_out_commit(out, err);
    out = NULL;
done:
    hone_out_abort(out);
    hone_tflite_plan_free(plan);
    hone_buf_done(&metadata);
    hone_buf_done(&pieces);
    return rc;
}

static const char *write_file(const char *name, hone_quant scheme, const hone_adapter *a)
{
    const hone_merge s = { tiny, a };
    const hone_tflite_options o = sound_options(scheme);
    const char *path = support_path(dir, name);
    hone_err err;
    hone_err_clear(&err);
    int rc = write_parts(&s, &o, path, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    return path;
}

static hone_model *reopen(const char *path)
{
    hone_model *m = NULL;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_model_open(&m, path, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    return m;
}

static hone_dtype dtype_of(hone_quant format)
{
    if (format == HONE_QUANT_F32) return HONE_F32;
    if (format == HONE_QUANT_I8_ROW) return HONE_I8_ROW;
    return hone_quant_block(format) ? HONE_I4_BLOCK : HONE_I4_ROW;
}

static hone_quant format_of(const hone_scheme *s, int layer, int id)
{
    return layer < 0 ? s->embed : s->linear[layer][id];
}

/* Every weight is what the quantising function makes of the merged row, to the bit. */
static void same_weights(const hone_model *m, const hone_merge *s, const hone_scheme *scheme)
{
    const hone_config *c = &tiny->config;
    float want[128], have[128];
    int wrong = 0;
    for (int l = -1; l < c->L; l++)
        for (int id = 0; id < (l < 0 ? 1 : HONE_LINEARS); id++) {
            const hone_tensor *t = l < 0 ? &m->embed : &m->layers[l].linear[id];
            const hone_quant format = format_of(scheme, l, id);
            ck_assert_int_eq(t->dtype, dtype_of(format));
            for (int64_t r = 0; r < t->shape[0]; r++) {
                if (l < 0) hone_merge_embed_rows(s, r, 1, want);
                else hone_merge_linear_rows(s, l, (hone_linear_id)id, r, 1, want);
                hone_quant_fake_row(format, want, t->shape[1], want);
                hone_tensor_rows_f32(t, r, 1, have);
                wrong += memcmp(want, have, sizeof(float) * (size_t)t->shape[1]) != 0;
            }
        }
    ck_assert_int_eq(wrong, 0);
}

static void same_norms(const hone_model *m)
{
    const hone_config *c = &tiny->config;
    float want[64], have[64];
    ck_assert(m->norm_plus_one && m->q_norm_scaled);
    for (int l = 0; l < c->L; l++) {
        hone_model_norm_f32(tiny, &tiny->layers[l].q_norm, want);
        hone_model_norm_f32(m, &m->layers[l].q_norm, have);
        for (int i = 0; i < c->HD; i++) ck_assert(have[i] == want[i] * c->query_scale);
        hone_model_norm_f32(tiny, &tiny->layers[l].post_ffn_norm, want);
        hone_model_norm_f32(m, &m->layers[l].post_ffn_norm, have);
        ck_assert_int_eq(memcmp(want, have, sizeof(float) * (size_t)c->C), 0);
    }
}

START_TEST(test_back)
{
    static const hone_quant formats[] = { HONE_QUANT_F32, HONE_QUANT_I8_ROW, HONE_QUANT_I4_B32,
                                          HONE_QUANT_I4_B64, HONE_QUANT_I4_ROW };
    const bool merged = _i & 1;
    const hone_merge s = { tiny, merged ? adapter : NULL };
    const hone_tflite_options o = sound_options(formats[_i / 2]);
    hone_model *m = reopen(write_file("m.litertlm", formats[_i / 2], s.adapter));
    ck_assert_int_eq(m->kind, HONE_MODEL_LITERTLM);
    ck_assert_int_eq(m->context_limit, 64);
    ck_assert_str_eq(m->chat_template, "{{ bos_token }}");
    ck_assert_int_eq(hone_tokenizer_size(m->tokenizer), 320);
    ck_assert_int_eq(m->config.window, tiny->config.window);
    ck_assert(m->config.query_scale == tiny->config.query_scale);
    ck_assert(m->config.rms_eps == tiny->config.rms_eps);
    ck_assert(m->config.global[5] && !m->config.global[4]);
    same_weights(m, &s, &o.scheme);
    same_norms(m);
    hone_model_close(m);
}
END_TEST

/* Norms that are equal (of a model that was never trained, say) share bytes, but not names. */
START_TEST(test_equal_norms)
{
    const size_t bytes = sizeof(float) * (size_t)tiny->config.C;
    for (int l = 0; l < LAYERS; l++) {
        const hone_layer *y = &tiny->layers[l];
        memcpy((void *)(uintptr_t)y->post_ffn_norm.data, tiny->final_norm.data, bytes);
        memcpy((void *)(uintptr_t)y->input_norm.data, tiny->final_norm.data, bytes);
    }
    hone_model *m = reopen(write_file("m.litertlm", HONE_QUANT_I8_ROW, NULL));
    same_norms(m);
    hone_model_close(m);
}
END_TEST

/* Each layer its own formats, the embedding another. */
START_TEST(test_mixed)
{
    const hone_merge s = { tiny, adapter };
    hone_tflite_options o = sound_options(HONE_QUANT_I8_ROW);
    hone_verify_sizes sizes;
    hone_err err;
    char name[64];
    hone_err_clear(&err);
    o.scheme.embed = HONE_QUANT_I4_B32;
    for (int l = 0; l < LAYERS; l++)
        for (int id = 0; id < HONE_LINEARS; id++)
            if ((l + id) % 3)
                o.scheme.linear[l][id] = id % 2 ? HONE_QUANT_I4_B64 : HONE_QUANT_I4_B32;
    const char *path = support_path(dir, "mixed.litertlm");
    ck_assert_int_eq(write_parts(&s, &o, path, &err), 0);
    ck_assert_int_eq(
        hone_verify_container(&sizes, path, &tiny->config, &o, "{{ bos_token }}", &err), 0);
    hone_scheme_name(&o.scheme, LAYERS, name, sizeof(name));
    ck_assert_str_eq(name, "mixed (embedding q4b32)");
    hone_model *m = reopen(path);
    same_weights(m, &s, &o.scheme);
    hone_model_close(m);
    o.scheme.linear[3][HONE_UP] = HONE_QUANT_I4_ROW;
    ck_assert_int_eq(
        hone_verify_container(&sizes, path, &tiny->config, &o, "{{ bos_token }}", &err),
        HONE_E_INTERNAL);
    ck_assert_ptr_nonnull(strstr(err.message, "model.layers.3.mlp.up_proj.weight"));
}
END_TEST

static void read_all(hone_buf *b, const char *path)
{
    hone_buf_init(b, 1 << 24);
    ck_assert_int_eq(hone_fs_read(b, path, 1 << 24, NULL), 0);
}

START_TEST(test_same_bytes)
{
    hone_buf a, b, c;
    ck_assert_int_eq(unsetenv("SOURCE_DATE_EPOCH"), 0);
    read_all(&a, write_file("a.litertlm", HONE_QUANT_I8_ROW, adapter));
    read_all(&b, write_file("b.litertlm", HONE_QUANT_I8_ROW, adapter));
    ck_assert_int_eq(a.len, b.len);
    ck_assert_int_eq(memcmp(a.data, b.data, a.len), 0);
    ck_assert_int_eq(setenv("SOURCE_DATE_EPOCH", "1700000000", 1), 0);
    read_all(&c, write_file("c.litertlm", HONE_QUANT_I8_ROW, adapter));
    ck_assert_int_eq(a.len, c.len);
    ck_assert_int_eq(memcmp(a.data + 16384, c.data + 16384, a.len - 16384), 0);
    ck_assert_ptr_nonnull(memmem(c.data, 16384, "2023-11-14T22:13:20Z", 20));
    ck_assert_ptr_null(memmem(a.data, 16384, "creation_timestamp", 18));
    ck_assert_int_eq(unsetenv("SOURCE_DATE_EPOCH"), 0);
    hone_buf_done(&a);
    hone_buf_done(&b);
    hone_buf_done(&c);
}
END_TEST

START_TEST(test_container_rules)
{
    hone_tflite_options o = sound_options(HONE_QUANT_I8_ROW);
    hone_verify_sizes sizes;
    hone_err err;
    hone_err_clear(&err);
    const char *path = write_file("m.litertlm", HONE_QUANT_I8_ROW, NULL);
    ck_assert_int_eq(
        hone_verify_container(&sizes, path, &tiny->config, &o, "{{ bos_token }}", &err), 0);
    ck_assert_int_eq(sizes.subgraphs, 4);
    ck_assert_int_eq(sizes.file, hone_fs_size(path));
    ck_assert_int_eq(hone_verify_container(&sizes, path, &tiny->config, &o, "other", &err),
                     HONE_E_INTERNAL);
    o.cache_length = 128;
    ck_assert_int_eq(
        hone_verify_container(&sizes, path, &tiny->config, &o, "{{ bos_token }}", &err),
        HONE_E_INTERNAL);
    o = sound_options(HONE_QUANT_F32);
    ck_assert_int_eq(
        hone_verify_container(&sizes, path, &tiny->config, &o, "{{ bos_token }}", &err),
        HONE_E_INTERNAL);
}
END_TEST

/* Numbers that the runtime would misread or that cannot work are refused before any file exists. */
START_TEST(test_bad_options)
{
    static const struct {
        hone_tflite_options o;
        const char *message;
    } bad[] = {
        { { .cache_length = 63, .prefill = { 1 }, .num_prefill = 1 }, "not an even number" },
        { { .cache_length = 0, .prefill = { 1 }, .num_prefill = 1 }, "not an even number" },
        { { .cache_length = 64, .prefill = { 8 }, .num_prefill = 1 }, "do not start with 1" },
        { { .cache_length = 64, .num_prefill = 0 }, "do not start with 1" },
        { { .cache_length = 64, .prefill = { 1, 8, 8 }, .num_prefill = 3 }, "must ascend" },
        { { .cache_length = 64, .prefill = { 1, 128 }, .num_prefill = 2 },
          "longer than the cache" },
        { { .cache_length = 64, .prefill = { 1, 31 }, .num_prefill = 2 }, "is a prime" },
    };
    const hone_merge s = { tiny, NULL };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        hone_tflite_plan *p = NULL;
        hone_err err;
        hone_err_clear(&err);
        ck_assert_int_eq(hone_tflite_plan_new(&p, &s, &bad[i].o, &err), HONE_E_USAGE);
        ck_assert_msg(strstr(err.message, bad[i].message) != NULL, "%s", err.message);
    }
}
END_TEST

/* Rows that are no whole blocks; a pair that our engine multiplies at once, half float. */
START_TEST(test_bad_formats)
{
    const hone_merge s = { tiny, NULL };
    hone_tflite_options o = sound_options(HONE_QUANT_I4_B128);
    hone_tflite_plan *p = NULL;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_tflite_plan_new(&p, &s, &o, &err), HONE_E_USAGE);
    ck_assert_msg(strstr(err.message, "rows of 64 values cannot be stored as q4b128") != NULL,
                  "%s", err.message);
    o = sound_options(HONE_QUANT_I8_ROW);
    o.scheme.linear[1][HONE_V] = HONE_QUANT_F32;
    ck_assert_int_eq(hone_tflite_plan_new(&p, &s, &o, &err), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "layer 1 mixes float and integers"));
    hone_quant q;
    ck_assert_int_eq(hone_quant_parse(&q, "q5", &err), HONE_E_USAGE);
    for (int i = 0; i < HONE_QUANT_KINDS; i++) {
        ck_assert_int_eq(hone_quant_parse(&q, hone_quant_name((hone_quant)i), &err), 0);
        ck_assert_int_eq(q, i);
    }
}
END_TEST

START_TEST(test_diverged_adapter)
{
    const hone_merge s = { tiny, adapter };
    const hone_tflite_options o = sound_options(_i ? HONE_QUANT_F32 : HONE_QUANT_I8_ROW);
    hone_err err;
    hone_err_clear(&err);
    adapter->params[adapter->b_at[3][HONE_UP]] = NAN;
    ck_assert_int_eq(write_parts(&s, &o, support_path(dir, "m.litertlm"), &err), HONE_E_DATA);
    ck_assert_msg(strstr(err.message, "model.layers.3.mlp.up_proj.weight: row 0") != NULL, "%s",
                  err.message);
    char **names = NULL;
    size_t count = 1;
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, NULL), 0);
    ck_assert_int_eq(count, 0);
    hone_fs_list_free(names, count);
}
END_TEST

/* The file's own configuration against its graph: one digit changed in either is found. */
START_TEST(test_disagreement)
{
    static const struct {
        const char *from, *to, *message;
    } edits[] = {
        { "\"sliding_window\":16", "\"sliding_window\":17", "columns" },
        { "\"rope_theta\":1000000.0", "\"rope_theta\":1000001.0", "rope_global" },
        { "\"rope_local_base_freq\":10000.0", "\"rope_local_base_freq\":10010.0", "rope_local" },
        { "\"vocab_size\":320", "\"vocab_size\":321", "model.embed_tokens.weight" },
        { "\"num_hidden_layers\":6", "\"num_hidden_layers\":7", "layer_types" },
        { "\"num_key_value_heads\":2", "\"num_key_value_heads\":1", "k_proj" },
        { "\"model_type\":\"gemma3_text\"", "\"model_type\":\"gemma4_text\"", "model_type" },
        { "model.layers.2.mlp.up_proj.weight", "model.layers.2.mlp.up_proj.weighT", "missing" },
        { "\"sliding_window\":16", "\"sliding_window\":16]", "" },
    };
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        hone_buf b;
        hone_model *m = NULL;
        hone_err err;
        hone_err_clear(&err);
        read_all(&b, write_file("m.litertlm", HONE_QUANT_I8_ROW, NULL));
        for (char *at = b.data; (at = memmem(at, b.len - (size_t)(at - b.data), edits[i].from,
                                             strlen(edits[i].from))) != NULL; at++)
            memcpy(at, edits[i].to, strlen(edits[i].to));
        ck_assert_int_eq(hone_fs_write(support_path(dir, "x"), b.data, b.len, NULL), 0);
        int rc = hone_model_open(&m, support_path(dir, "x"), &err);
        ck_assert_msg(rc < 0 && strstr(err.message, edits[i].message), "edit %zu: %d %s", i, rc,
                      err.message);
        hone_buf_done(&b);
    }
}
END_TEST

/* Without our entry the network is told from the graph's names and constants, to the same bits. */
START_TEST(test_from_graph)
{
    hone_buf b;
    hone_model *m, *ours;
    read_all(&b, write_file("m.litertlm", HONE_QUANT_I4_B32, NULL));
    for (char *at = b.data; (at = memmem(at, b.len - (size_t)(at - b.data), "hone.config", 11));
         at++)
        memcpy(at, "some.config", 11);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "x"), b.data, b.len, NULL), 0);
    hone_buf_done(&b);
    m = reopen(support_path(dir, "x"));
    ours = reopen(support_path(dir, "m.litertlm"));
    const hone_config *c = &m->config, *d = &ours->config;
    ck_assert(c->V == d->V && c->C == d->C && c->L == d->L && c->NH == d->NH && c->NKV == d->NKV);
    ck_assert(c->HD == d->HD && c->F == d->F && c->window == d->window);
    ck_assert(c->embed_scale == d->embed_scale && c->rms_eps == d->rms_eps);
    ck_assert(c->rope_local == d->rope_local && c->rope_global == d->rope_global);
    ck_assert(c->rope_scale == d->rope_scale);
    for (int l = 0; l < c->L; l++) ck_assert_int_eq(c->global[l], d->global[l]);
    hone_model_close(m);
    hone_model_close(ours);
}
END_TEST

/* Every one of the first allocations fails once: reported, nothing left behind. */
START_TEST(test_memory)
{
    const hone_merge s = { tiny, adapter };
    const hone_tflite_options o = sound_options(HONE_QUANT_I8_ROW);
    for (int64_t nth = 1;; nth += nth < 40 ? 1 : 7) {
        hone_err err;
        hone_err_clear(&err);
        int64_t live = hone_mem_live(), count = hone_mem_count();
        hone_mem_fail_after(nth, false);
        int rc = write_parts(&s, &o, support_path(dir, "m.litertlm"), &err);
        hone_mem_fail_after(0, false);
        ck_assert_int_eq(hone_mem_live(), live);
        if (hone_mem_count() - count < nth) {
            ck_assert_int_eq(rc, 0);
            break;
        }
        ck_assert_int_eq(rc, HONE_E_MEMORY);
        ck_assert(!hone_fs_exists(support_path(dir, "m.litertlm")));
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("export");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_back, 0, 10);
    tcase_add_test(t, test_equal_norms);
    tcase_add_test(t, test_mixed);
    tcase_add_test(t, test_same_bytes);
    tcase_add_test(t, test_container_rules);
    tcase_add_test(t, test_bad_options);
    tcase_add_test(t, test_bad_formats);
    tcase_add_loop_test(t, test_diverged_adapter, 0, 2);
    tcase_add_test(t, test_disagreement);
    tcase_add_test(t, test_from_graph);
    tcase_add_test(t, test_memory);
    return support_run(t);
}
