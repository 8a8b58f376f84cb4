/*
 * Configurations: config.json and GGUF keys against the Gemma 3 text family. Every number is set to
 * hostile values; every key that would change the arithmetic is refused by name.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "model/config_write.h"
#include "model/gemma3_open.h"
#include "tests/support.h"

static const char BASE[] =
    "{\"architectures\": [\"Gemma3ForCausalLM\"], \"attention_bias\": false,"
    " \"attn_logit_softcapping\": null, \"final_logit_softcapping\": null, \"head_dim\": 256,"
    " \"hidden_activation\": \"gelu_pytorch_tanh\", \"hidden_size\": 640,"
    " \"intermediate_size\": 2048, \"max_position_embeddings\": 32768,"
    " \"model_type\": \"gemma3_text\", \"num_attention_heads\": 4, \"num_hidden_layers\": 18,"
    " \"num_key_value_heads\": 1, \"query_pre_attn_scalar\": 256, \"rms_norm_eps\": 1e-06,"
    " \"rope_local_base_freq\": 10000.0, \"rope_scaling\": null, \"rope_theta\": 1000000.0,"
    " \"sliding_window\": 512, \"torch_dtype\": \"bfloat16\", \"use_cache\": true,"
    " \"vocab_size\": 262144}";

/* BASE with one key set to the JSON text value (NULL: removed). */
static int read_with(const char *key, const char *value, hone_config *ret, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL, *v = NULL;
    hone_err_clear(err);
    ck_assert_int_eq(hone_json_parse(&o, a, BASE, strlen(BASE), "config.json", 1, err), 0);
    if (key && value) {
        ck_assert_int_eq(hone_json_parse(&v, a, value, strlen(value), "value", 1, err), 0);
        ck_assert(hone_json_set(a, o, key, v));
    } else if (key) {
        hone_json *rest = hone_json_new_object(a);
        for (size_t i = 0; i < o->len; i++)
            if (strcmp(o->members[i].key, key) != 0)
                ck_assert(hone_json_set(a, rest, o->members[i].key, o->members[i].value));
        o = rest;
    }
    const int rc = hone_config_from_json(ret, o, "config.json", err);
    hone_arena_free(a);
    return rc;
}

START_TEST(published)
{
    hone_config c;
    hone_err err;
    ck_assert_msg(read_with(NULL, NULL, &c, &err) == 0, "%s", err.message);
    ck_assert(c.V == 262144 && c.C == 640 && c.L == 18 && c.NH == 4 && c.NKV == 1 && c.HD == 256);
    ck_assert(c.F == 2048 && c.window == 512 && c.max_positions == 32768);
    ck_assert(c.query_scale == 0.0625f && c.embed_scale == sqrtf(640.0f) && c.rms_eps == 1e-6f);
    for (int i = 0; i < 18; i++) ck_assert_int_eq(c.global[i], i % 6 == 5);
}
END_TEST

static const char *const NUMBERS[] = {
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "head_dim",
    "num_key_value_heads",
    "intermediate_size",
    "sliding_window",
    "rms_norm_eps",
    "query_pre_attn_scalar",
    "rope_theta",
    "rope_local_base_freq",
    "max_position_embeddings",
};

static const char *const HOSTILE[] = { "0",     "-1",     "2147483648", "9223372036854775808",
                                       "1e308", "-1e308", "\"text\"",   "null",
                                       "[]",    "{}",     "true" };

START_TEST(hostile_numbers)
{
    hone_err err;
    for (size_t i = 0; i < sizeof(HOSTILE) / sizeof(HOSTILE[0]); i++) {
        hone_config c = { .V = -7 };
        const char *key = NUMBERS[_i];
        /* a rotary base may be as large as 2^31 */
        const bool fine = strncmp(key, "rope", 4) == 0 && strcmp(HOSTILE[i], "2147483648") == 0;
        const int rc = read_with(key, HOSTILE[i], &c, &err);
        if (fine) {
            ck_assert_msg(rc == 0, "%s = %s: %s", key, HOSTILE[i], err.message);
            continue;
        }
        ck_assert_msg(rc == HONE_E_MODEL, "%s = %s: %d", key, HOSTILE[i], rc);
        ck_assert_int_eq(c.V, -7); /* untouched */
        ck_assert_str_eq(err.source, "config.json");
        ck_assert(err.message[0] != '\0');
    }
}
END_TEST

START_TEST(missing_numbers)
{
    hone_config c;
    hone_err err;
    const bool has_default = strncmp(NUMBERS[_i], "rope", 4) == 0;
    const int rc = read_with(NUMBERS[_i], NULL, &c, &err);
    ck_assert_int_eq(rc, has_default ? 0 : HONE_E_MODEL);
    if (rc < 0) ck_assert_ptr_nonnull(strstr(err.message, NUMBERS[_i]));
}
END_TEST

static const struct {
    const char *key, *value, *says;
} OTHERS[] = {
    { "model_type", "\"llama\"", "model_type" },
    { "model_type", "\"gemma3\"", "model_type" },
    { "model_type", NULL, "model_type" },
    { "architectures", "[\"Gemma2ForCausalLM\"]", "architectures" },
    { "architectures", "\"Gemma3ForCausalLM\"", "architectures" },
    { "architectures", "[]", "architectures" },
    { "tie_word_embeddings", "false", "tie_word_embeddings" },
    { "hidden_activation", "\"silu\"", "hidden_activation" },
    { "hidden_act", "\"gelu\"", "hidden_act" },
    { "attention_bias", "true", "attention_bias" },
    { "final_logit_softcapping", "30.0", "final_logit_softcapping" },
    { "attn_logit_softcapping", "50.0", "attn_logit_softcapping" },
    { "use_bidirectional_attention", "true", "use_bidirectional_attention" },
    { "quantization_config", "{\"bits\": 4}", "quantization_config" },
    { "text_config", "{\"hidden_size\": 640}", "text_config" },
    { "num_experts", "8", "num_experts" },
    { "rope_scaling", "{\"rope_type\": \"yarn\", \"factor\": 4.0}", "rope_scaling" },
    { "rope_scaling", "{\"rope_type\": \"linear\"}", "factor" },
    { "rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 0}", "rotary scale" },
    { "rope_scaling", "8", "rope_scaling" },
    { "rope_parameters", "{\"rope_theta\": 1000000.0}", "rope_parameters" },
    { "rope_parameters",
      "{\"full_attention\": {}, \"sliding_attention\": {\"rope_type\": \"linear\", \"factor\": 2}}",
      "rope_parameters" },
    { "layer_types", "[\"full_attention\"]", "layer_types" },
    { "layer_types", "\"full_attention\"", "layer_types" },
    { "sliding_window_pattern", "0", "sliding_window_pattern" },
    { "sliding_window_pattern", "-6", "sliding_window_pattern" },
    { "num_hidden_layers", "129", "layers" },
    { "num_key_value_heads", "3", "multiple" },
    { "num_key_value_heads", "8", "key/value heads" },
    { "head_dim", "255", "odd" },
    { "vocab_size", "52", "vocabulary" },
    { "vocab_size", "262144.0", "vocab_size" },
    { "rms_norm_eps", "1.0", "epsilon" },
    { "query_pre_attn_scalar", "1e-9", "attention scale" },
};

START_TEST(other_models)
{
    hone_config c;
    hone_err err;
    ck_assert_int_eq(read_with(OTHERS[_i].key, OTHERS[_i].value, &c, &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, OTHERS[_i].says) != NULL, "'%s' lacks '%s'", err.message,
                  OTHERS[_i].says);
}
END_TEST

START_TEST(other_spellings)
{
    hone_config c;
    hone_err err;
    ck_assert_int_eq(
        read_with("rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 8.0}", &c, &err), 0);
    ck_assert(c.rope_scale == 8.0);
    ck_assert_int_eq(read_with("sliding_window_pattern", "3", &c, &err), 0);
    ck_assert(c.global[2] && !c.global[3]);
    ck_assert_int_eq(read_with("rope_parameters",
                               "{\"full_attention\": {\"rope_type\": \"linear\", \"factor\": 8.0,"
                               " \"rope_theta\": 5e5}, \"sliding_attention\": {\"rope_type\":"
                               " \"default\", \"rope_theta\": 2e4}}",
                               &c, &err),
                     0);
    ck_assert(c.rope_scale == 8.0 && c.rope_global == 5e5 && c.rope_local == 2e4);
    ck_assert_int_eq(read_with("some_new_key", "{\"a\": 1}", &c, &err), 0);
}
END_TEST

START_TEST(no_object)
{
    hone_config c;
    hone_err err;
    hone_json *v = NULL;
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(hone_json_parse(&v, a, "[1]", 3, "config.json", 1, &err), 0);
    ck_assert_int_eq(hone_config_from_json(&c, v, "config.json", &err), HONE_E_MODEL);
    hone_arena_free(a);
}
END_TEST

START_TEST(written_and_read)
{
    hone_config c, back;
    hone_err err;
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(
        read_with("rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 8.0}", &c, &err), 0);
    ck_assert_int_eq(hone_config_from_json(&back, hone_config_to_json(a, &c), "copy", &err), 0);
    ck_assert_int_eq(memcmp(&c, &back, sizeof(c)), 0);
    hone_arena_free(a);
}
END_TEST

/* --- GGUF keys: a reader's result made by hand --- */

enum { KEYS = 16 };

typedef struct keys {
    hone_gguf_key list[KEYS];
    uint8_t values[KEYS][16];
    hone_tensor embed;
    hone_gguf g;
} keys;

static hone_gguf_key *add_key(keys *k, const char *name, hone_gguf_type type)
{
    hone_gguf_key *key = &k->list[k->g.num_keys];
    ck_assert_uint_lt(k->g.num_keys, KEYS);
    *key = (hone_gguf_key){ .name = name,
                            .type = type,
                            .element = type,
                            .count = 1,
                            .data = k->values[k->g.num_keys],
                            .bytes = 4 };
    k->g.num_keys++;
    return key;
}

static void add_u32(keys *k, const char *name, uint32_t v)
{
    add_key(k, name, HONE_GGUF_U32);
    hone_put_le32(k->values[k->g.num_keys - 1], v);
}

static void add_f32(keys *k, const char *name, float v)
{
    add_key(k, name, HONE_GGUF_F32);
    hone_put_le32(k->values[k->g.num_keys - 1], hone_bits_of_f32(v));
}

static void add_str(keys *k, const char *name, const char *v)
{
    add_key(k, name, HONE_GGUF_STRING);
    hone_put_le64(k->values[k->g.num_keys - 1], strlen(v));
    memcpy(k->values[k->g.num_keys - 1] + 8, v, strlen(v));
}

/* The keys of a model with the given layers; skip leaves one out, -1 none. */
static void fill(keys *k, const char *architecture, uint32_t layers, uint32_t heads, uint32_t width)
{
    memset(k, 0, sizeof(*k));
    k->embed = (hone_tensor){ .name = "token_embd.weight", .rank = 2, .shape = { 262144, width } };
    k->g =
        (hone_gguf){ .keys = k->list, .tensors = &k->embed, .num_tensors = 1, .source = "m.gguf" };
    add_str(k, "general.architecture", architecture);
    add_u32(k, "gemma3.context_length", 32768);
    add_u32(k, "gemma3.embedding_length", width);
    add_u32(k, "gemma3.block_count", layers);
    add_u32(k, "gemma3.feed_forward_length", 2048);
    add_u32(k, "gemma3.attention.head_count", heads);
    add_u32(k, "gemma3.attention.head_count_kv", heads / 2 ? heads / 2 : 1);
    add_u32(k, "gemma3.attention.key_length", 128);
    add_u32(k, "gemma3.attention.sliding_window", 512);
    add_f32(k, "gemma3.attention.layer_norm_rms_epsilon", 1e-6f);
}

START_TEST(gguf_defaults)
{
    keys k;
    hone_config c;
    hone_err err;
    fill(&k, "gemma3", 18, 4, 640);
    ck_assert_msg(hone_config_from_gguf(&c, &k.g, &err) == 0, "%s", err.message);
    ck_assert(c.V == 262144 && c.rope_scale == 1.0 && c.rope_local == 1e4 && c.rope_global == 1e6);
    ck_assert(c.query_scale == (float)(1.0 / sqrt(128.0)));
    fill(&k, "gemma3", 34, 8, 2560); /* from 4B on */
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), 0);
    ck_assert(c.rope_scale == 8.0);
    fill(&k, "gemma3", 62, 32, 5376); /* 27B scales by width / heads */
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), 0);
    ck_assert(c.query_scale == (float)(1.0 / sqrt(168.0)));
}
END_TEST

START_TEST(gguf_missing)
{
    keys k;
    hone_config c;
    hone_err err;
    fill(&k, "gemma3", 18, 4, 640);
    const char *name = k.list[_i].name;
    k.list[_i].name = "another.key";
    hone_err_clear(&err);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    if (!strstr(name, "epsilon"))
        ck_assert_msg(strstr(err.message, name) != NULL, "%s", err.message);
}
END_TEST

START_TEST(gguf_hostile)
{
    static const uint32_t values[] = { 0, 0x80000000u, 0xFFFFFFFFu, 0x7FFFFFFFu };
    keys k;
    hone_config c;
    hone_err err;
    for (size_t v = 0; v < 4; v++) {
        fill(&k, "gemma3", 18, 4, 640);
        hone_put_le32(k.values[1 + _i], values[v]);
        hone_err_clear(&err);
        ck_assert_msg(hone_config_from_gguf(&c, &k.g, &err) == HONE_E_MODEL, "%s = %u",
                      k.list[1 + _i].name, values[v]);
    }
    fill(&k, "gemma3", 18, 4, 640);
    k.list[1 + _i].type = HONE_GGUF_STRING;
    hone_put_le64(k.values[1 + _i], 0);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
}
END_TEST

START_TEST(gguf_others)
{
    keys k;
    hone_config c;
    hone_err err;
    fill(&k, "llama", 18, 4, 640);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 18, 4, 640);
    add_f32(&k, "gemma3.final_logit_softcapping", 30.0f);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 18, 4, 640);
    add_u32(&k, "gemma3.attention.value_length", 64);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 18, 4, 640);
    add_str(&k, "gemma3.rope.scaling.type", "yarn");
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 18, 4, 640);
    add_str(&k, "gemma3.rope.scaling.type", "linear");
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    add_f32(&k, "gemma3.rope.scaling.factor", NAN);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 18, 4, 640);
    add_u32(&k, "gemma3.attention.sliding_window_pattern", 0);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
    fill(&k, "gemma3", 4, 4, 640);
    hone_gguf_key *flags = add_key(&k, "gemma3.attention.sliding_window_pattern", HONE_GGUF_ARRAY);
    flags->element = HONE_GGUF_BOOL;
    flags->count = 4;
    memcpy(k.values[k.g.num_keys - 1], "\1\0\1\0", 4);
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), 0);
    ck_assert(!c.global[0] && c.global[1] && !c.global[2] && c.global[3]);
    flags->count = 3;
    ck_assert_int_eq(hone_config_from_gguf(&c, &k.g, &err), HONE_E_MODEL);
}
END_TEST

int main(void)
{
    TCase *t = support_case("config");
    tcase_add_test(t, published);
    tcase_add_loop_test(t, hostile_numbers, 0, sizeof(NUMBERS) / sizeof(NUMBERS[0]));
    tcase_add_loop_test(t, missing_numbers, 0, sizeof(NUMBERS) / sizeof(NUMBERS[0]));
    tcase_add_loop_test(t, other_models, 0, sizeof(OTHERS) / sizeof(OTHERS[0]));
    tcase_add_test(t, other_spellings);
    tcase_add_test(t, no_object);
    tcase_add_test(t, written_and_read);
    tcase_add_test(t, gguf_defaults);
    tcase_add_loop_test(t, gguf_missing, 0, 10);
    tcase_add_loop_test(t, gguf_hostile, 0, 8);
    tcase_add_test(t, gguf_others);
    return support_run(t);
}
