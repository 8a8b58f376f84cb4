/*
 * Adapters: layout, initialisation, merging, PEFT folders. What is saved loads with equal bits;
 * every tensor removed, renamed, reshaped or added is refused with its name; so is every feature of
 * other adapters that we do not compute.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/hash.h"
#include "kernels/quant_gguf.h"
#include "model/lora_io.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_tiny.h"

static char dir[64];
static hone_model *tiny;

static const char HASH[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void setup(void)
{
    const hone_config c = support_tiny_config(2, 1);
    support_scratch(dir);
    tiny = support_tiny_model(&c, 5);
}

static void teardown(void)
{
    hone_model_close(tiny);
    support_scratch_done(dir);
}

static const char *at(const char *name)
{
    return support_path(dir, name);
}

static hone_adapter *random_adapter(const hone_lora_config *c)
{
    hone_adapter *a = NULL;
    hone_err err = { 0 };
    ck_assert_msg(hone_adapter_new(&a, &tiny->config, c, &err) == 0, "%s", err.message);
    for (size_t i = 0; i < a->count; i++)
        a->params[i] = 0.3f * hone_rng_normal(11, HONE_RNG_TEST, 1, i);
    return a;
}

static const hone_lora_config FULL = { .r = 3, .alpha = 6, .targets = 127, .control_rows = true };

static void save(const hone_adapter *a)
{
    hone_err err = { 0 };
    ck_assert_msg(hone_adapter_save(a, tiny, at("adapter"), "org/base", HASH, &err) == 0, "%s",
                  err.message);
}

static int load(hone_adapter **ret, const char *sha256, hone_err *err)
{
    hone_err_clear(err);
    return hone_adapter_load(ret, tiny, at("adapter"), sha256, err);
}

START_TEST(layout)
{
    const hone_lora_config some = {
        .r = 4, .alpha = 8, .rslora = true, .targets = 1u << HONE_Q | 1u << HONE_DOWN
    };
    hone_adapter *a = random_adapter(&FULL), *b = random_adapter(&some);
    size_t want = 0;
    for (int i = 0; i < HONE_LINEARS; i++) {
        int64_t out, in;
        hone_config_linear_shape(&tiny->config, (hone_linear_id)i, &out, &in);
        ck_assert_uint_eq(a->a_at[0][i], want);
        ck_assert_uint_eq(a->b_at[0][i], want + (size_t)(3 * in));
        want += (size_t)(3 * (in + out));
    }
    ck_assert_uint_eq(a->a_at[1][HONE_Q], want);
    ck_assert_uint_eq(a->delta_at, 2 * want);
    ck_assert_uint_eq(a->count, 2 * want + 7 * 24);
    ck_assert(a->scale == 2.0f && b->scale == 4.0f);
    ck_assert_uint_eq(b->count, 2 * 4 * ((32 + 24) + (40 + 24)));
    hone_adapter_free(b);
    hone_adapter_free(a);
}
END_TEST

START_TEST(bad_settings)
{
    static const hone_lora_config bad[] = {
        { .r = 0, .alpha = 1, .targets = 1 },
        { .r = -1, .alpha = 1, .targets = 1 },
        { .r = 1025, .alpha = 1, .targets = 1 },
        { .r = 8, .alpha = 0, .targets = 1 },
        { .r = 8, .alpha = -1, .targets = 1 },
        { .r = 8, .alpha = (double)NAN, .targets = 1 },
        { .r = 8, .alpha = (double)INFINITY, .targets = 1 },
        { .r = 8, .alpha = 1, .targets = 0 },
        { .r = 8, .alpha = 1, .targets = 1 << 7 },
    };
    hone_adapter *a = NULL;
    hone_err err;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_lt(hone_adapter_new(&a, &tiny->config, &bad[i], &err), 0);
    ck_assert_ptr_null(a);
}
END_TEST

START_TEST(initial_values)
{
    hone_adapter *a = random_adapter(&FULL), *b = random_adapter(&FULL);
    const hone_lora_config only_q = { .r = 3, .alpha = 6, .targets = 1 };
    hone_adapter *q = random_adapter(&only_q);
    hone_adapter_init(a, &tiny->config, 7, 1);
    hone_adapter_init(b, &tiny->config, 7, 3);
    hone_adapter_init(q, &tiny->config, 7, 2);
    ck_assert_int_eq(memcmp(a->params, b->params, a->count * sizeof(float)), 0);
    /* what q_proj begins with does not depend on the other targets */
    ck_assert_int_eq(memcmp(a->params + a->a_at[1][0], q->params + q->a_at[1][0], 3 * 24 * 4), 0);
    hone_adapter_init(b, &tiny->config, 8, 2);
    ck_assert_int_ne(memcmp(a->params, b->params, a->count * sizeof(float)), 0);
    double squares = 0;
    const size_t n = 3 * 40; /* A of down_proj: in = 40 */
    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < n; i++) {
            const double v = (double)a->params[a->a_at[l][HONE_DOWN] + i];
            squares += v * v;
        }
    ck_assert(fabs(squares / (2.0 * n) * 40.0 - 1.0) < 0.4);
    for (size_t i = 0; i < 3 * 24; i++) ck_assert(a->params[a->b_at[0][HONE_DOWN] + i] == 0.0f);
    for (size_t i = 0; i < 7 * 24; i++) ck_assert(a->params[a->delta_at + i] == 0.0f);
    hone_adapter_free(q);
    hone_adapter_free(b);
    hone_adapter_free(a);
}
END_TEST

START_TEST(merging)
{
    hone_adapter *a = random_adapter(&FULL);
    float w[40], row[24];
    for (int64_t o = 0; o < 24; o++) { /* down_proj [24, 40] */
        hone_tensor_rows_f32(&tiny->layers[1].linear[HONE_DOWN], o, 1, w);
        double want[40];
        for (int j = 0; j < 40; j++) {
            want[j] = (double)w[j];
            for (int k = 0; k < 3; k++)
                want[j] += 2.0 * (double)a->params[a->b_at[1][HONE_DOWN] + (size_t)(3 * o + k)] *
                           (double)a->params[a->a_at[1][HONE_DOWN] + (size_t)(40 * k + j)];
        }
        hone_adapter_merge_rows(a, 1, HONE_DOWN, 40, o, 1, w);
        for (int j = 0; j < 40; j++) ck_assert(fabs((double)w[j] - want[j]) < 1e-6);
    }
    hone_tensor_rows_f32(&tiny->embed, 52, 1, row);
    const float before = row[5];
    hone_adapter_merge_embed_row(a, 52, row);
    ck_assert(row[5] == before + a->params[a->delta_at + 6 * 24 + 5]);
    hone_adapter_merge_embed_row(a, 53, row);
    hone_adapter_merge_embed_row(a, 45, row);
    ck_assert(row[5] == before + a->params[a->delta_at + 6 * 24 + 5]);
    hone_adapter_free(a);
}
END_TEST

START_TEST(target_names)
{
    unsigned mask = 99;
    hone_err err = { 0 };
    ck_assert_int_eq(hone_lora_targets_parse(&mask, "all-linear", &err), 0);
    ck_assert_uint_eq(mask, 127);
    ck_assert_int_eq(hone_lora_targets_parse(&mask, "q_proj, v_proj", &err), 0);
    ck_assert_uint_eq(mask, 1u << HONE_Q | 1u << HONE_V);
    ck_assert_int_eq(hone_lora_targets_parse(&mask, "down_proj", &err), 0);
    ck_assert_uint_eq(mask, 1u << HONE_DOWN);
    ck_assert_int_eq(hone_lora_targets_parse(&mask, ".*_proj", &err), 0);
    ck_assert_uint_eq(mask, 127);
    ck_assert_int_eq(hone_lora_targets_parse(&mask, ".*self_attn\\.(q|k)_proj|up_proj", &err), 0);
    ck_assert_uint_eq(mask, 1u << HONE_Q | 1u << HONE_K | 1u << HONE_UP);
    static const char *const bad[] = { "(",      "lm_.*",  ".*layers.0.*", "[",
                                       "",       ",",
                                       "q_prok", "q_proj,lm_head",
                                       "Q_PROJ", "q_proj;v_proj" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(hone_lora_targets_parse(&mask, bad[i], &err), HONE_E_USAGE);
    ck_assert_int_eq(hone_lora_targets_parse(&mask, "q_prok", &err), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "q_prok"));
    ck_assert_ptr_nonnull(strstr(err.hint, "q_proj"));
}
END_TEST

static void same(const hone_adapter *a, const hone_adapter *b)
{
    ck_assert(a->config.r == b->config.r && a->config.alpha == b->config.alpha);
    ck_assert(a->config.rslora == b->config.rslora && a->config.targets == b->config.targets);
    ck_assert(a->config.control_rows == b->config.control_rows && a->scale == b->scale);
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_int_eq(memcmp(a->params, b->params, a->count * sizeof(float)), 0);
}

START_TEST(save_and_load)
{
    static const hone_lora_config forms[] = {
        { .r = 3, .alpha = 6, .targets = 127, .control_rows = true },
        { .r = 8, .alpha = 12.5, .targets = 127 },
        { .r = 2, .alpha = 4, .rslora = true, .targets = 1u << HONE_V | 1u << HONE_UP },
        { .r = 1, .alpha = 1, .targets = 1u << HONE_DOWN, .control_rows = true },
    };
    hone_err err;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        hone_adapter *a = random_adapter(&forms[i]), *b = NULL;
        save(a);
        ck_assert_msg(load(&b, HASH, &err) == 0, "%s", err.message);
        same(a, b);
        hone_adapter_free(b);
        hone_adapter_free(a);
    }
    ck_assert(hone_fs_is_file(at("adapter/README.md")));
}
END_TEST

START_TEST(same_bytes_twice)
{
    char one[65], two[65];
    hone_err err;
    hone_adapter *a = random_adapter(&FULL);
    save(a);
    ck_assert_int_eq(hone_sha256_tree(at("adapter"), one, &err), 0);
    ck_assert_int_eq(hone_fs_remove_tree(at("adapter"), &err), 0);
    save(a);
    ck_assert_int_eq(hone_sha256_tree(at("adapter"), two, &err), 0);
    ck_assert_str_eq(one, two);
    hone_adapter_free(a);
}
END_TEST

/* PEFT itself reads whole rows: base + delta. */
START_TEST(rows_as_peft_reads_them)
{
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    hone_map map;
    hone_safetensors s;
    float base[7 * 24], rows[7 * 24];
    hone_arena *arena = hone_arena_new();
    save(a);
    ck_assert_int_eq(hone_map_open(&map, at("adapter/adapter_model.safetensors"), &err), 0);
    ck_assert_int_eq(hone_safetensors_parse(&s, arena, map.data, map.size, "a", &err), 0);
    ck_assert_uint_eq(s.num_tensors, 2 * 2 * 7 + 1);
    const hone_tensor *t = hone_safetensors_find(&s, HONE_LORA_CONTROL_NAME);
    ck_assert(t && t->rank == 2 && t->shape[0] == 7 && t->shape[1] == 24);
    hone_tensor_rows_f32(t, 0, 7, rows);
    hone_tensor_rows_f32(&tiny->embed, 46, 7, base);
    for (int i = 0; i < 7 * 24; i++)
        ck_assert(rows[i] == base[i] + a->params[a->delta_at + (size_t)i]);
    /* without our own files the difference is taken from the rows */
    ck_assert_int_eq(remove(at("adapter/hone_manifest.json")), 0);
    ck_assert_int_eq(remove(at("adapter/hone_control_rows.safetensors")), 0);
    ck_assert_int_eq(load(&b, HASH, &err), 0);
    for (int i = 0; i < 7 * 24; i++)
        ck_assert(b->params[b->delta_at + (size_t)i] == rows[i] - base[i]);
    hone_adapter_free(b);
    hone_map_close(&map);
    hone_arena_free(arena);
    hone_adapter_free(a);
}
END_TEST

/* --- adapters of other programs: tensors written by hand --- */

static hone_tensor list[64];
static char names[64][HONE_LORA_NAME_SIZE];
static const float *values[64];
static float spare[8192];
static size_t count;

static void foreign(const hone_adapter *a)
{
    count = (size_t)hone_lora_num_parts(&a->config, a->L);
    for (size_t i = 0; i < count; i++) {
        hone_lora_part p;
        hone_lora_part_get(a, &tiny->config, (int)i, &p);
        memcpy(names[i], p.name, sizeof(p.name));
        list[i] = (hone_tensor){
            .name = names[i], .dtype = HONE_F32, .rank = 2, .shape = { p.shape[0], p.shape[1] }
        };
        values[i] = a->params + p.at;
    }
}

static void write_foreign(void)
{
    hone_err err;
    hone_safetensors_out *o = NULL;
    const char *path = at("adapter/adapter_model.safetensors");
    ck_assert_int_eq(hone_safetensors_out_open(&o, path, list, count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        size_t n = 1;
        for (int k = 0; k < list[i].rank; k++) n *= (size_t)list[i].shape[k];
        ck_assert_int_eq(hone_safetensors_out_write(o, values[i], n, &err), 0);
    }
    ck_assert_int_eq(hone_safetensors_out_commit(o, &err), 0);
}

/* The folder as another program leaves it: no manifest of ours. */
static void strip(void)
{
    (void)remove(at("adapter/hone_manifest.json"));
    (void)remove(at("adapter/hone_control_rows.safetensors"));
}

static const hone_lora_config PLAIN = { .r = 3, .alpha = 6, .targets = 127 };

START_TEST(one_tensor_off)
{
    hone_adapter *a = random_adapter(&PLAIN), *b = NULL;
    hone_err err;
    save(a);
    strip();
    foreign(a);
    const size_t all = count;
    for (size_t i = 0; i < all; i++)
        for (int how = 0; how < 6; how++) {
            foreign(a);
            char name[HONE_LORA_NAME_SIZE];
            memcpy(name, names[i], sizeof(name));
            if (how == 0) { /* removed */
                list[i] = list[count - 1];
                values[i] = values[--count];
            }
            if (how == 1) names[i][strlen(names[i]) - 8] = 'C'; /* lora_C */
            if (how == 2) list[i].shape[0]++, values[i] = spare;
            if (how == 3) list[i].shape[1]++, values[i] = spare;
            if (how == 4) { /* transposed */
                list[i].shape[0] = list[i].shape[1];
                list[i].shape[1] = a->config.r;
                if (strstr(name, "lora_B"))
                    list[i].shape[1] = list[i].shape[0], list[i].shape[0] = 3;
            }
            if (how == 5) list[i].rank = 1, list[i].shape[0] *= list[i].shape[1];
            write_foreign();
            ck_assert_msg(load(&b, HASH, &err) == HONE_E_MODEL, "%s accepted (%d)", name, how);
            ck_assert_msg(strstr(err.message, name) != NULL, "'%s' lacks %s", err.message, name);
        }
    ck_assert_ptr_null(b);
    hone_adapter_free(a);
}
END_TEST

START_TEST(extra_tensor)
{
    hone_adapter *a = random_adapter(&PLAIN), *b = NULL;
    hone_err err;
    static const char *const extra[] = {
        "base_model.model.lm_head.weight",
        "base_model.model.model.layers.2.mlp.up_proj.lora_A.weight",
        "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta",
        "x",
        "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
    };
    save(a);
    strip();
    for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
        foreign(a);
        list[count] =
            (hone_tensor){ .name = extra[i], .dtype = HONE_F32, .rank = 1, .shape = { 2 } };
        values[count++] = spare;
        write_foreign();
        ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
        ck_assert_msg(strstr(err.message, extra[i]) != NULL, "%s", err.message);
        ck_assert_ptr_nonnull(strstr(err.message, "match nothing"));
    }
    count = 0; /* no tensors at all */
    write_foreign();
    ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
    ck_assert_ptr_nonnull(strstr(err.message, "lacks 28 tensors"));
    hone_adapter_free(a);
}
END_TEST

START_TEST(other_spellings)
{
    static const hone_dtype formats[] = { HONE_F32, HONE_BF16, HONE_F16 };
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    for (size_t f = 0; f < 3; f++) {
        save(a);
        strip();
        foreign(a);
        for (size_t i = 0; i < count; i++) { /* ".lora_A.default.weight" */
            char *end = strstr(names[i], ".weight");
            (void)snprintf(end ? end : names[i] + strlen(names[i]), 16, ".default%s",
                           end ? ".weight" : "");
            list[i].dtype = formats[f];
        }
        write_foreign();
        ck_assert_msg(load(&b, HASH, &err) == 0, "%s", err.message);
        for (size_t i = 0; i < a->delta_at; i++) {
            float want = a->params[i];
            if (f == 1) want = hone_bf16_to_f32(hone_f32_to_bf16(want));
            if (f == 2) want = hone_f16_to_f32(hone_f32_to_f16(want));
            SUPPORT_MUST(b->params[i] == want);
        }
        hone_adapter_free(b);
        b = NULL;
    }
    hone_adapter_free(a);
}
END_TEST

START_TEST(bad_values)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    hone_adapter *a = random_adapter(&PLAIN), *b = NULL;
    hone_err err;
    for (size_t i = 0; i < 3; i++) {
        a->params[a->b_at[1][HONE_GATE] + 5] = bad[i];
        save(a);
        ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
        ck_assert_ptr_nonnull(
            strstr(err.message, "layers.1.mlp.gate_proj.lora_B.weight holds NaN"));
    }
    hone_adapter_free(a);
}
END_TEST

START_TEST(other_base)
{
    static const char other[] = "1111111111111111111111111111111111111111111111111111111111111111";
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    save(a);
    ck_assert_int_eq(load(&b, other, &err), HONE_E_MODEL);
    ck_assert_ptr_nonnull(strstr(err.message, "another base (org/base)"));
    ck_assert_int_eq(load(&b, "", &err), 0); /* the check can be left out */
    hone_adapter_free(b);
    hone_adapter_free(a);
}
END_TEST

/* Replaces a file by other text; every flipped byte of the weights is noticed by its hash. */
START_TEST(damaged_files)
{
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    static const char *const files[] = { "adapter/adapter_model.safetensors",
                                         "adapter/hone_control_rows.safetensors" };
    for (size_t f = 0; f < 2; f++) {
        hone_buf bytes;
        save(a);
        ck_assert_int_eq(hone_fs_read(&bytes, at(files[f]), 1 << 20, &err), 0);
        for (size_t i = 0; i < bytes.len; i += 211) {
            bytes.data[i] ^= 4;
            ck_assert_int_eq(hone_fs_write(at(files[f]), bytes.data, bytes.len, &err), 0);
            ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
            ck_assert_ptr_nonnull(strstr(err.message, "differs from the hash"));
            bytes.data[i] ^= 4;
        }
        ck_assert_int_eq(hone_fs_write(at(files[f]), bytes.data, bytes.len / 2, &err), 0);
        ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
        hone_buf_done(&bytes);
    }
    hone_adapter_free(a);
}
END_TEST

static const struct {
    const char *file, *text, *says;
    int code;
} FILES[] = {
    { "adapter_config.json", NULL, "adapter_config.json", HONE_E_NOT_FOUND },
    { "adapter_config.json", "{", "JSON", HONE_E_MODEL },
    { "adapter_config.json", "[]", "no object", HONE_E_MODEL },
    { "hone_manifest.json", "{", "JSON", HONE_E_MODEL },
    { "hone_manifest.json", "{}", "no manifest", HONE_E_MODEL },
    { "hone_manifest.json", "{\"format\": \"hone-adapter\", \"version\": 2}", "newer",
      HONE_E_MODEL },
    { "hone_manifest.json", "{\"format\": \"hone-adapter\", \"version\": 1}", "sha256",
      HONE_E_MODEL },
    { "adapter_model.safetensors", NULL, "adapter_model.safetensors", HONE_E_NOT_FOUND },
    { "adapter_model.safetensors", "x", "hash", HONE_E_MODEL },
};

START_TEST(broken_files)
{
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    char name[64];
    save(a);
    (void)snprintf(name, sizeof(name), "adapter/%s", FILES[_i].file);
    if (FILES[_i].text)
        ck_assert_int_eq(hone_fs_write(at(name), FILES[_i].text, strlen(FILES[_i].text), &err), 0);
    else
        ck_assert_int_eq(remove(at(name)), 0);
    ck_assert_int_eq(load(&b, HASH, &err), FILES[_i].code);
    ck_assert_msg(strstr(err.message, FILES[_i].says) || strstr(err.source, FILES[_i].says),
                  "%s: %s", err.source, err.message);
    hone_adapter_free(a);
}
END_TEST

START_TEST(pickled)
{
    hone_adapter *a = random_adapter(&PLAIN), *b = NULL;
    hone_err err;
    save(a);
    ck_assert_int_eq(
        rename(at("adapter/adapter_model.safetensors"), at("adapter/adapter_model.bin")), 0);
    ck_assert_int_eq(load(&b, HASH, &err), HONE_E_MODEL);
    ck_assert_ptr_nonnull(strstr(err.message, "pickled"));
    hone_adapter_free(a);
}
END_TEST

/* --- adapter_config.json --- */

static const char CONFIG[] =
    "{\"peft_type\": \"LORA\", \"task_type\": \"CAUSAL_LM\", \"r\": 8, \"lora_alpha\": 16,"
    " \"lora_dropout\": 0.05, \"bias\": \"none\", \"target_modules\": [\"q_proj\", \"v_proj\"]}";

static int config_with(const char *key, const char *value, hone_lora_layout *ret, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL, *v = NULL;
    hone_err_clear(err);
    ck_assert_int_eq(hone_json_parse(&o, a, CONFIG, strlen(CONFIG), "c", 1, err), 0);
    if (key) {
        ck_assert_int_eq(hone_json_parse(&v, a, value, strlen(value), "v", 1, err), 0);
        ck_assert(hone_json_set(a, o, key, v));
    }
    const int rc = hone_lora_config_from_json(ret, o, &tiny->config, "adapter_config.json", err);
    hone_arena_free(a);
    return rc;
}

static const struct {
    const char *key, *value;
} REFUSED[] = {
    { "peft_type", "\"LOHA\"" },
    { "peft_type", "null" },
    { "task_type", "\"SEQ_CLS\"" },
    { "use_dora", "true" },
    { "bias", "\"all\"" },
    { "bias", "\"lora_only\"" },
    { "lora_bias", "true" },
    { "modules_to_save", "[\"lm_head\"]" },
    { "rank_pattern", "{\"q_proj\": 0}" },
    { "rank_pattern", "{\"q_proj\": 2000}" },
    { "rank_pattern", "{\"q_proj\": \"4\"}" },
    { "rank_pattern", "{\"(\": 4}" },
    { "alpha_pattern", "{\"q_proj\": 0}" },
    { "alpha_pattern", "{\"q_proj\": true}" },
    { "layers_to_transform", "[2]" },
    { "layers_to_transform", "[-1]" },
    { "layers_to_transform", "\"0\"" },
    { "layer_replication", "[[0, 1]]" },
    { "exclude_modules", "7" },
    { "exclude_modules", "[7]" },
    { "exclude_modules", "\"(\"" },
    { "target_parameters", "[\"a\"]" },
    { "fan_in_fan_out", "true" },
    { "use_qalora", "true" },
    { "alora_invocation_tokens", "[1]" },
    { "init_lora_weights", "\"pissa\"" },
    { "init_lora_weights", "\"pissa_niter_4\"" },
    { "init_lora_weights", "\"loftq\"" },
    { "trainable_token_indices", "[1, 2]" },
    { "trainable_token_indices", "[46, 47, 48, 49, 50, 51]" },
    { "trainable_token_indices", "[52, 51, 50, 49, 48, 47, 46]" },
    { "trainable_token_indices", "[46, 47, 48, 49, 50, 51, 53]" },
    { "trainable_token_indices", "[46, 47, 48, 49, 50, 51, 52, 53]" },
    { "trainable_token_indices", "{\"lm_head\": [46, 47, 48, 49, 50, 51, 52]}" },
    { "trainable_token_indices",
      "{\"embed_tokens\": [46, 47, 48, 49, 50, 51, 52], \"lm_head\": [1]}" },
    { "trainable_token_indices", "{\"embed_tokens\": null}" },
    { "trainable_token_indices", "\"all\"" },
    { "trainable_token_indices", "true" },
    { "target_modules", "null" },
    { "target_modules", "7" },
    { "target_modules", "[]" },
    { "target_modules", "[7]" },
    { "target_modules", "\"\"" },
    { "target_modules", "[\"lm_head\"]" },
    { "target_modules", "[\"q_proj\", \"embed_tokens\"]" },
    { "target_modules", "[\"proj\"]" },
    { "target_modules", "\"q_proj\"" },
    { "target_modules", "\"(\"" },
    { "target_modules", "\"(x+x+)+y\"" },
    { "lora_alpha", "0" },
    { "lora_alpha", "-16" },
    { "lora_alpha", "\"16\"" },
    { "lora_alpha", "1e300" },
};

START_TEST(refused_settings)
{
    hone_lora_layout c = { .config = { .r = -3 } };
    hone_err err;
    ck_assert_int_eq(config_with(REFUSED[_i].key, REFUSED[_i].value, &c, &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, REFUSED[_i].key) != NULL, "%s", err.message);
    ck_assert_str_eq(err.source, "adapter_config.json");
    ck_assert_int_eq(c.config.r, -3);
}
END_TEST

START_TEST(hostile_ranks)
{
    static const char *const ranks[] = {
        "0",     "-1",   "1025", "2147483648", "9223372036854775808", "1e308", "8.0",
        "\"8\"", "null", "true", "[]"
    };
    hone_lora_layout c;
    hone_err err;
    for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        ck_assert_int_eq(config_with("r", ranks[i], &c, &err), HONE_E_MODEL);
        ck_assert_ptr_nonnull(strstr(err.message, "'r'"));
    }
}
END_TEST

START_TEST(accepted_settings)
{
    static const struct {
        const char *key, *value;
        unsigned targets;
        bool control;
    } fine[] = {
        { NULL, NULL, 5, false },
        { "target_modules", "\"all-linear\"", 127, false },
        { "target_modules", "[\"self_attn.q_proj\", \"up_proj\"]", 1u << HONE_Q | 1u << HONE_UP,
          false },
        { "target_modules", "\".*\\\\.(q|k)_proj\"", 3, false },
        { "target_modules", "\"model\\\\.layers\\\\.\\\\d+\\\\.mlp\\\\..*\"", 7u << HONE_GATE,
          false },
        { "target_modules",
          "[\"model.layers.0.self_attn.o_proj\", \"model.layers.1.self_attn.o_proj\"]",
          1u << HONE_O, false },
        { "trainable_token_indices", "[46, 47, 48, 49, 50, 51, 52]", 5, true },
        { "trainable_token_indices", "{\"embed_tokens\": [46, 47, 48, 49, 50, 51, 52]}", 5, true },
        { "trainable_token_indices", "null", 5, false },
        { "modules_to_save", "null", 5, false },
        { "rank_pattern", "{}", 5, false },
        { "init_lora_weights", "\"gaussian\"", 5, false },
        { "some_new_key", "{\"a\": 1}", 5, false },
    };
    hone_lora_layout c;
    hone_err err;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        ck_assert_msg(config_with(fine[i].key, fine[i].value, &c, &err) == 0, "%s", err.message);
        ck_assert_uint_eq(c.config.targets, fine[i].targets);
        ck_assert_int_eq(c.config.control_rows, fine[i].control);
        ck_assert(c.config.r == 8 && c.config.alpha == 16.0 && !c.config.rslora);
    }
    ck_assert_int_eq(config_with("use_rslora", "true", &c, &err), 0);
    ck_assert(c.config.rslora);
}
END_TEST

/* Linears that differ: what the file has of each, and what is made of them. */
START_TEST(unlike_linears)
{
    hone_lora_layout c;
    hone_err err;
    ck_assert_int_eq(config_with("rank_pattern", "{\"q_proj\": 12, \"layers.1.*v_proj\": 2}", &c,
                                 &err), 0);
    ck_assert_int_eq(c.config.r, 12);
    ck_assert(c.config.alpha == 24.0); /* the scale of the others, 16 / 8, stays */
    ck_assert_int_eq(c.rank[0][HONE_Q], 12);
    ck_assert_int_eq(c.rank[0][HONE_V], 8);
    ck_assert_int_eq(c.rank[1][HONE_V], 2);
    ck_assert_int_eq(c.rank[1][HONE_K], 0);
    ck_assert(c.ratio[0][HONE_V] == 1.0);
    ck_assert(fabs(c.ratio[0][HONE_Q] - 8.0 / 12) < 1e-15);
    ck_assert(c.ratio[1][HONE_V] == 4.0);
    ck_assert_int_eq(config_with("alpha_pattern", "{\"self_attn.v_proj\": 4}", &c, &err), 0);
    ck_assert(c.config.r == 8 && c.ratio[0][HONE_V] == 0.25 && c.ratio[0][HONE_Q] == 1.0);
    ck_assert_int_eq(config_with("layers_to_transform", "[1]", &c, &err), 0);
    ck_assert(c.rank[0][HONE_Q] == 0 && c.rank[1][HONE_Q] == 8);
    ck_assert_int_eq(config_with("layers_to_transform", "0", &c, &err), 0);
    ck_assert(c.rank[0][HONE_Q] == 8 && c.rank[1][HONE_Q] == 0);
    ck_assert_int_eq(config_with("exclude_modules", "[\"q_proj\"]", &c, &err), 0);
    ck_assert_uint_eq(c.config.targets, 1u << HONE_V);
    ck_assert_int_eq(config_with("exclude_modules", "\".*layers.0.*\"", &c, &err), 0);
    ck_assert(c.rank[0][HONE_Q] == 0 && c.rank[1][HONE_Q] == 8);
    ck_assert_int_eq(config_with("target_modules", "[\"model.layers.0.self_attn.q_proj\"]", &c,
                                 &err), 0);
    ck_assert(c.rank[0][HONE_Q] == 8 && c.rank[1][HONE_Q] == 0);
}
END_TEST

/* Own rank of a linear of the adapter below. */
static int64_t rank_below(int layer, int id)
{
    return layer == 0 ? 0 : id == HONE_Q ? 5 : id == HONE_UP ? 1 : 3;
}

/* An adapter of another program with ranks and scales of its own, in layer 1 alone: what it adds
 * to a weight is what its matrices say. */
START_TEST(unlike_linears_load)
{
    static const char config[] =
        "{\"peft_type\": \"LORA\", \"r\": 3, \"lora_alpha\": 6, \"layers_to_transform\": [1],"
        " \"target_modules\": [\"q_proj\", \"up_proj\", \"down_proj\"],"
        " \"rank_pattern\": {\"q_proj\": 5, \"up_proj\": 1}, \"alpha_pattern\": {\"q_proj\": 4}}";
    const int ids[] = { HONE_Q, HONE_UP, HONE_DOWN };
    hone_adapter *b = NULL;
    hone_err err;
    ck_assert_int_eq(hone_fs_mkdirs(at("adapter"), &err), 0);
    ck_assert_int_eq(hone_fs_write(at("adapter/adapter_config.json"), config, sizeof config - 1,
                                   &err), 0);
    for (size_t i = 0; i < sizeof(spare) / sizeof(spare[0]); i++)
        spare[i] = hone_rng_normal(3, HONE_RNG_TEST, 9, i);
    count = 0;
    for (int k = 0; k < 3; k++)
        for (int half = 0; half < 2; half++) {
            int64_t out, in, r = rank_below(1, ids[k]);
            hone_config_linear_shape(&tiny->config, (hone_linear_id)ids[k], &out, &in);
            hone_lora_tensor_name(1, (hone_linear_id)ids[k], half == 1, names[count]);
            list[count] = (hone_tensor){ .name = names[count], .dtype = HONE_F32, .rank = 2,
                                         .shape = { half ? out : r, half ? r : in } };
            values[count] = spare + 300 * count;
            count++;
        }
    write_foreign();
    ck_assert_msg(load(&b, "", &err) == 0, "%s", err.message);
    ck_assert_int_eq(b->config.r, 5);
    for (int k = 0; k < 3; k++) {
        const double scale = ids[k] == HONE_Q ? 4.0 / 5 : ids[k] == HONE_UP ? 6.0 / 1 : 6.0 / 3;
        const int64_t r = rank_below(1, ids[k]);
        const float *A = values[2 * k], *B = values[2 * k + 1];
        int64_t out, in;
        float w[64] = { 0 }, other[64] = { 0 };
        hone_config_linear_shape(&tiny->config, (hone_linear_id)ids[k], &out, &in);
        hone_adapter_merge_rows(b, 1, (hone_linear_id)ids[k], in, 7, 1, w);
        hone_adapter_merge_rows(b, 0, (hone_linear_id)ids[k], in, 7, 1, other);
        for (int64_t j = 0; j < in; j++) {
            double want = 0;
            for (int64_t q = 0; q < r; q++) want += (double)B[7 * r + q] * (double)A[q * in + j];
            SUPPORT_MUST(fabs((double)w[j] - scale * want) <= 1e-5 * (1 + fabs(scale * want)));
            SUPPORT_MUST(other[j] == 0.0f);
        }
    }
    hone_adapter_free(b);
    list[1].shape[1]++; /* a tensor of another rank than announced */
    write_foreign();
    ck_assert_int_eq(load(&b, "", &err), HONE_E_MODEL);
    ck_assert_ptr_nonnull(strstr(err.message, "shape"));
}
END_TEST

START_TEST(no_memory)
{
    hone_adapter *a = random_adapter(&FULL), *b = NULL;
    hone_err err;
    save(a);
    const int64_t before = hone_mem_live();
    for (int64_t nth = 1;; nth++) {
        hone_mem_fail_after(nth, nth % 2 == 0);
        const int rc = load(&b, HASH, &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) break;
        ck_assert_msg(rc == HONE_E_MEMORY, "allocation %lld: %s", (long long)nth, err.message);
        ck_assert_int_eq(hone_mem_live(), before);
        ck_assert_int_lt(nth, 5000);
    }
    same(a, b);
    hone_adapter_free(b);
    for (int64_t nth = 1;; nth++) {
        hone_mem_fail_after(nth, nth % 2 == 0);
        const int rc = hone_adapter_save(a, tiny, at("adapter"), "org/base", HASH, &err);
        hone_mem_fail_after(0, false);
        ck_assert_int_eq(hone_mem_live(), before);
        if (rc == 0) break;
        ck_assert_msg(rc == HONE_E_MEMORY, "allocation %lld: %s", (long long)nth, err.message);
        ck_assert_int_lt(nth, 5000);
    }
    hone_adapter_free(a);
}
END_TEST

int main(void)
{
    TCase *t = support_case("lora");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, layout);
    tcase_add_test(t, bad_settings);
    tcase_add_test(t, initial_values);
    tcase_add_test(t, merging);
    tcase_add_test(t, target_names);
    tcase_add_test(t, save_and_load);
    tcase_add_test(t, same_bytes_twice);
    tcase_add_test(t, rows_as_peft_reads_them);
    tcase_add_test(t, one_tensor_off);
    tcase_add_test(t, extra_tensor);
    tcase_add_test(t, other_spellings);
    tcase_add_test(t, bad_values);
    tcase_add_test(t, other_base);
    tcase_add_test(t, damaged_files);
    tcase_add_loop_test(t, broken_files, 0, sizeof(FILES) / sizeof(FILES[0]));
    tcase_add_test(t, pickled);
    tcase_add_loop_test(t, refused_settings, 0, sizeof(REFUSED) / sizeof(REFUSED[0]));
    tcase_add_test(t, hostile_ranks);
    tcase_add_test(t, accepted_settings);
    tcase_add_test(t, unlike_linears);
    tcase_add_test(t, unlike_linears_load);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
