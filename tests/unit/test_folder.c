/*
 * Model folders: a toy model written in every form opens to the same weights; then one defect each
 * in the folder's files, refused with the tensor or file named.
 */
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/hash.h"
#include "kernels/quant_gguf.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_pieces.h"
#include "tests/support_tiny.h"

static char dir[64];
static hone_model *tiny;

static void setup(void)
{
    const hone_config c = support_tiny_config(2, 1);
    support_scratch(dir);
    tiny = support_tiny_model(&c, 3);
    tiny->tokenizer = support_tiny_tokenizer((size_t)c.V);
    tiny->chat_template = hone_strdup("{{ bos_token }}");
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

/* dir/sub/name */
static const char *at2(const char *sub, const char *name)
{
    char both[256];
    (void)snprintf(both, sizeof(both), "%s/%s", sub, name);
    return support_path(dir, both);
}

static float rounded(float v, hone_dtype d)
{
    if (d == HONE_BF16) return hone_bf16_to_f32(hone_f32_to_bf16(v));
    return d == HONE_F16 ? hone_f16_to_f32(hone_f32_to_f16(v)) : v;
}

static void same_weights(const hone_model *m, hone_dtype d)
{
    float a[64], b[64];
    for (int s = 0; s < hone_model_slots(&tiny->config); s++) {
        const hone_tensor *x = hone_model_slot_const(tiny, s), *y = hone_model_slot_const(m, s);
        const int64_t rows = x->rank == 2 ? x->shape[0] : 1, n = x->shape[x->rank - 1];
        ck_assert_int_eq(y->dtype, d);
        for (int64_t r = 0; r < rows; r++) {
            hone_tensor_rows_f32(x, r, 1, a);
            hone_tensor_rows_f32(y, r, 1, b);
            for (int64_t i = 0; i < n; i++)
                SUPPORT_MUST(hone_bits_of_f32(rounded(a[i], d)) == hone_bits_of_f32(b[i]));
        }
    }
}

static void write_and_open(const char *name, hone_dtype d, uint64_t max_shard, hone_model **ret)
{
    hone_err err = { 0 };
    ck_assert_msg(hone_model_write_safetensors(tiny, NULL, at(name), d, max_shard, &err) == 0, "%s",
                  err.message);
    ck_assert_msg(hone_model_open(ret, at(name), &err) == 0, "%s", err.message);
}

START_TEST(all_forms)
{
    static const hone_dtype formats[] = { HONE_F32, HONE_BF16, HONE_F16 };
    for (size_t f = 0; f < 3; f++)
        for (int sharded = 0; sharded < 2; sharded++) {
            hone_model *m = NULL;
            char name[8] = { 'd', (char)('0' + f), (char)('0' + sharded), '\0' };
            write_and_open(name, formats[f], sharded ? 8192 : 0, &m);
            ck_assert_int_eq(m->kind, HONE_MODEL_SAFETENSORS);
            ck_assert_int_eq(memcmp(&m->config, &tiny->config, sizeof(m->config)), 0);
            ck_assert_int_eq(hone_fs_is_file(at2(name, "model.safetensors")), !sharded);
            ck_assert(sharded ? m->num_maps > 3 : m->num_maps == 1);
            ck_assert(!m->norm_plus_one && !m->control_untrained);
            ck_assert_str_eq(m->chat_template, "{{ bos_token }}");
            ck_assert_uint_eq(strlen(hone_model_sha256(m)), 64);
            ck_assert_int_eq(m->context_limit, 512);
            same_weights(m, formats[f]);
            hone_model_close(m);
        }
}
END_TEST

START_TEST(same_bytes)
{
    hone_model *one = NULL, *two = NULL, *cut = NULL;
    write_and_open("one", HONE_BF16, 0, &one);
    write_and_open("two", HONE_BF16, 0, &two);
    write_and_open("cut", HONE_BF16, 4096, &cut);
    ck_assert_str_eq(hone_model_sha256(one), hone_model_sha256(two));
    ck_assert_str_ne(hone_model_sha256(one), hone_model_sha256(cut));
    hone_model_close(cut);
    hone_model_close(two);
    hone_model_close(one);
}
END_TEST

/* A child has no thread that goes on with its parent's hash. */
static void hash_in_child(const hone_model *m, const char *hex)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) _exit(strcmp(hone_model_sha256(m), hex) == 0 ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The hash is the file's, whether it was computed beside or when asked for, and an unfinished one
 * is in nobody's way. */
START_TEST(hash_of_the_file)
{
    char hex[65];
    hone_model *late = NULL, *early = NULL, *unasked = NULL;
    write_and_open("hash", HONE_F32, 0, &late);
    ck_assert_int_eq(hone_sha256_file(at2("hash", "model.safetensors"), hex, NULL), 0);
    ck_assert_int_eq(hone_model_open_hashed(&early, at("hash"), NULL), 0);
    hash_in_child(early, hex);
    ck_assert_int_eq(hone_model_open_hashed(&unasked, at("hash"), NULL), 0);
    hone_model_close(unasked);
    for (int again = 0; again < 2; again++) {
        ck_assert_str_eq(hone_model_sha256(early), hex);
        ck_assert_str_eq(hone_model_sha256(late), hex);
        hash_in_child(early, hex);
    }
    hone_model_close(early);
    hone_model_close(late);
}
END_TEST

START_TEST(untrained_rows_are_remembered)
{
    hone_model *m = NULL;
    hone_err err;
    tiny->control_untrained = true;
    write_and_open("base", HONE_F32, 0, &m);
    ck_assert(m->control_untrained);
    hone_model_close(m);
    const hone_lora_config c = { .r = 2, .alpha = 4, .targets = 127, .control_rows = true };
    hone_adapter *a = NULL;
    ck_assert_int_eq(hone_adapter_new(&a, &tiny->config, &c, &err), 0);
    ck_assert_int_eq(hone_model_write_safetensors(tiny, a, at("merged"), HONE_F32, 0, &err), 0);
    ck_assert_int_eq(hone_model_open(&m, at("merged"), &err), 0);
    ck_assert(!m->control_untrained);
    hone_model_close(m);
    hone_adapter_free(a);
}
END_TEST

/* Norms of a GGUF or exported file hold 1 + w, q_norm times the scale; folders hold w. */
START_TEST(norms_are_led_back)
{
    hone_model *m = NULL;
    float have[8], want[8];
    hone_tensor_rows_f32(&tiny->layers[1].q_norm, 0, 1, want);
    tiny->norm_plus_one = tiny->q_norm_scaled = true;
    float *w = (float *)(uintptr_t)tiny->layers[1].q_norm.data;
    for (int i = 0; i < 8; i++) w[i] = (1.0f + want[i]) * tiny->config.query_scale;
    write_and_open("led", HONE_F32, 0, &m);
    hone_tensor_rows_f32(&m->layers[1].q_norm, 0, 1, have);
    for (int i = 0; i < 8; i++) ck_assert(fabsf(have[i] - want[i]) < 2e-7f);
    hone_model_close(m);
}
END_TEST

START_TEST(merged)
{
    const hone_lora_config c = { .r = 3, .alpha = 6, .targets = 127, .control_rows = true };
    hone_adapter *a = NULL;
    hone_model *m = NULL;
    hone_err err;
    float have[64], want[64];
    ck_assert_int_eq(hone_adapter_new(&a, &tiny->config, &c, &err), 0);
    for (size_t i = 0; i < a->count; i++)
        a->params[i] = 0.1f * hone_rng_normal(1, HONE_RNG_TEST, 9, i);
    ck_assert_int_eq(hone_model_write_safetensors(tiny, a, at("merged"), HONE_F32, 0, &err), 0);
    ck_assert_int_eq(hone_model_open(&m, at("merged"), &err), 0);
    for (int64_t r = 0; r < tiny->config.F; r++) {
        hone_tensor_rows_f32(&tiny->layers[1].linear[HONE_UP], r, 1, want);
        hone_adapter_merge_rows(a, 1, HONE_UP, tiny->config.C, r, 1, want);
        hone_tensor_rows_f32(&m->layers[1].linear[HONE_UP], r, 1, have);
        ck_assert_int_eq(memcmp(have, want, (size_t)tiny->config.C * sizeof(float)), 0);
    }
    hone_tensor_rows_f32(&tiny->embed, 48, 1, want);
    for (int i = 0; i < tiny->config.C; i++) want[i] += a->params[a->delta_at + 2 * 24 + (size_t)i];
    hone_tensor_rows_f32(&m->embed, 48, 1, have);
    ck_assert_int_eq(memcmp(have, want, (size_t)tiny->config.C * sizeof(float)), 0);
    hone_model_close(m);
    hone_adapter_free(a);
}
END_TEST

/* --- defects --- */

/* Writes the tensors of tiny as a single file; edit may change the table. */
static void write_tensors(const char *path, void (*edit)(hone_tensor *list, size_t *count))
{
    hone_err err;
    hone_tensor list[64];
    size_t count = (size_t)hone_model_slots(&tiny->config);
    hone_safetensors_out *o = NULL;
    for (size_t i = 0; i < count; i++) list[i] = *hone_model_slot_const(tiny, (int)i);
    edit(list, &count);
    ck_assert_int_eq(hone_safetensors_out_open(&o, path, list, count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        const size_t n = (size_t)(list[i].shape[0] * (list[i].rank == 2 ? list[i].shape[1] : 1));
        ck_assert_int_eq(
            hone_safetensors_out_write(o, (const float *)(const void *)list[i].data, n, &err), 0);
    }
    ck_assert_int_eq(hone_safetensors_out_commit(o, &err), 0);
}

static void drop_norm(hone_tensor *list, size_t *count)
{
    (void)list;
    --*count; /* the final norm comes last */
}

static void drop_embed(hone_tensor *list, size_t *count)
{
    memmove(list, list + 1, --*count * sizeof(*list));
}

static void rename_one(hone_tensor *list, size_t *count)
{
    (void)count;
    list[3].name = "model.layers.0.self_attn.w_proj.weight";
}

static void spell_layer(hone_tensor *list, size_t *count)
{
    (void)count;
    list[3].name = "model.layers.00.self_attn.v_proj.weight";
}

static void third_layer(hone_tensor *list, size_t *count)
{
    (void)count;
    list[3].name = "model.layers.2.self_attn.v_proj.weight";
}

static void transpose(hone_tensor *list, size_t *count)
{
    (void)count;
    const int64_t out = list[1].shape[0];
    list[1].shape[0] = list[1].shape[1];
    list[1].shape[1] = out;
}

static void flatten(hone_tensor *list, size_t *count)
{
    (void)count;
    list[1].shape[0] *= list[1].shape[1];
    list[1].rank = 1;
}

static void own_head(hone_tensor *list, size_t *count)
{
    list[*count] = list[0];
    list[(*count)++].name = "lm_head.weight";
}

static void adapter_inside(hone_tensor *list, size_t *count)
{
    list[*count] = list[1];
    list[(*count)++].name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
}

static float bad_values[1024];

static void put_nan(hone_tensor *list, size_t *count)
{
    (void)count;
    memcpy(bad_values, list[2].data, list[2].bytes);
    bad_values[17] = NAN;
    list[2].data = (const uint8_t *)bad_values;
}

static void put_inf(hone_tensor *list, size_t *count)
{
    put_nan(list, count);
    bad_values[17] = -INFINITY;
}

static const struct {
    void (*edit)(hone_tensor *list, size_t *count);
    const char *says, *hint;
} DEFECTS[] = {
    { drop_norm, "tensor model.norm.weight is missing", "" },
    { drop_embed, "tensor model.embed_tokens.weight is missing", "" },
    { rename_one, "tensor model.layers.0.self_attn.w_proj.weight does not belong", "" },
    { spell_layer, "tensor model.layers.00.self_attn.v_proj.weight does not belong", "" },
    { third_layer, "tensor model.layers.2.self_attn.v_proj.weight does not belong", "" },
    { transpose, "q_proj.weight has the shape [24, 32], the configuration asks for [32, 24]", "" },
    { flatten, "q_proj.weight has the shape [768], the configuration asks for [32, 24]", "" },
    { own_head, "lm_head.weight", "shares its output matrix" },
    { adapter_inside, "lora_A", "--adapter" },
    { put_nan, "k_proj.weight holds NaN", "" },
    { put_inf, "k_proj.weight holds NaN", "" },
};

START_TEST(defects)
{
    hone_err err;
    hone_model *m = NULL;
    ck_assert_int_eq(hone_model_write_safetensors(tiny, NULL, at("m"), HONE_F32, 0, &err), 0);
    write_tensors(at("m/model.safetensors"), DEFECTS[_i].edit);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_model_open(&m, at("m"), &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, DEFECTS[_i].says) != NULL, "'%s' lacks '%s'", err.message,
                  DEFECTS[_i].says);
    ck_assert_ptr_nonnull(strstr(err.hint, DEFECTS[_i].hint));
    ck_assert(err.source[0] != '\0');
}
END_TEST

/* Replaces a file of the sharded folder by other text. */
static const struct {
    const char *file, *text; /* text NULL: removed */
    int code;
    const char *says;
} FILES[] = {
    { "config.json", NULL, HONE_E_NOT_FOUND, "no config.json" },
    { "config.json", "{", HONE_E_MODEL, "JSON" },
    { "config.json", "{\"model_type\": \"llama\"}", HONE_E_MODEL, "model_type" },
    { "tokenizer.model", NULL, HONE_E_NOT_FOUND, "neither tokenizer.model nor tokenizer.json" },
    { "tokenizer.model", "abc", HONE_E_MODEL, "" },
    { "model.safetensors.index.json", NULL, HONE_E_NOT_FOUND, "neither model.safetensors nor" },
    { "model.safetensors.index.json", "[]", HONE_E_MODEL, "weight_map" },
    { "model.safetensors.index.json", "{\"weight_map\": []}", HONE_E_MODEL, "weight_map" },
    { "model.safetensors.index.json", "{\"weight_map\": {}}", HONE_E_MODEL, "is missing" },
    { "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"/etc/x.safetensors\"}}",
      HONE_E_MODEL, "tensor a: its shard is no file name" },
    { "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../x.safetensors\"}}",
      HONE_E_MODEL, "tensor a: its shard is no file name" },
    { "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"pytorch_model.bin\"}}",
      HONE_E_MODEL, "tensor a: its shard is no file name" },
    { "model.safetensors.index.json", "{\"weight_map\": {\"a\": 7}}", HONE_E_MODEL,
      "tensor a: its shard is no file name" },
    { "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"none.safetensors\"}}",
      HONE_E_NOT_FOUND, "" },
    { "model.safetensors.index.json",
      "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}", HONE_E_MODEL,
      "the index does not list tensor" },
};

START_TEST(broken_files)
{
    hone_err err;
    hone_model *m = NULL;
    ck_assert_int_eq(hone_model_write_safetensors(tiny, NULL, at("m"), HONE_F32, 50000, &err), 0);
    ck_assert(hone_fs_is_file(at("m/model-00002-of-00002.safetensors")));
    const char *path = at2("m", FILES[_i].file);
    ck_assert(hone_fs_is_file(path));
    if (FILES[_i].text)
        ck_assert_int_eq(hone_fs_write(path, FILES[_i].text, strlen(FILES[_i].text), &err), 0);
    else
        ck_assert_int_eq(remove(path), 0);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_model_open(&m, at("m"), &err), FILES[_i].code);
    ck_assert_msg(strstr(err.message, FILES[_i].says) != NULL, "'%s' lacks '%s'", err.message,
                  FILES[_i].says);
}
END_TEST

START_TEST(other_files)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } heads[] = {
        { "", 0, "neither a GGUF nor" },
        { "hello, world", 12, "neither a GGUF nor" },
        { "PK\3\4rest of it", 14, "pickled" },
        { "\x80\2}q\1X", 6, "pickled" },
        { "\20\0\0\0\0\0\0\0{\"a\":1}", 15, "safetensors file alone" },
        { "GGUF", 4, "the GGUF header" },
        { "LITERTLM", 8, "" },
    };
    hone_err err;
    hone_model *m = NULL;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        ck_assert_int_eq(hone_fs_write(at("file"), heads[i].bytes, heads[i].n, &err), 0);
        hone_err_clear(&err);
        ck_assert_int_eq(hone_model_open(&m, at("file"), &err), HONE_E_MODEL);
        ck_assert_msg(strstr(err.message, heads[i].says) != NULL, "%s", err.message);
    }
    ck_assert_int_eq(hone_fs_mkdirs(at("pickle"), &err), 0);
    ck_assert_int_eq(hone_model_write_safetensors(tiny, NULL, at("pickle"), HONE_F32, 0, &err), 0);
    ck_assert_int_eq(remove(at("pickle/model.safetensors")), 0);
    ck_assert_int_eq(hone_fs_write(at("pickle/pytorch_model.bin"), "x", 1, &err), 0);
    ck_assert_int_eq(hone_model_open(&m, at("pickle"), &err), HONE_E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.message, "pickled"));
}
END_TEST

/* --- org/name in the hub cache --- */

static void make_cache(const char *ref, const char *commit)
{
    hone_err err;
    ck_assert_int_eq(hone_fs_mkdirs(at("hub/models--org--name/refs"), &err), 0);
    ck_assert_int_eq(
        hone_fs_write(at2("hub/models--org--name/refs", ref), commit, strlen(commit), &err), 0);
    ck_assert_int_eq(setenv("HF_HUB_CACHE", at("hub"), 1), 0);
}

START_TEST(hub_names)
{
    hone_err err;
    char *path = NULL;
    make_cache("main", "abc123\n");
    ck_assert_int_eq(hone_hub_resolve(&path, "org/name", &err), HONE_E_NOT_FOUND);
    ck_assert_int_eq(hone_fs_mkdirs(at("hub/models--org--name/snapshots/abc123"), &err), 0);
    ck_assert_int_eq(hone_hub_resolve(&path, "org/name", &err), 0);
    ck_assert_str_eq(path, at("hub/models--org--name/snapshots/abc123"));
    hone_free(path);
    ck_assert_int_eq(hone_hub_resolve(&path, "org/name@abc123", &err), 0);
    hone_free(path);
    ck_assert_int_eq(hone_hub_resolve(&path, "org/name@v9", &err), HONE_E_NOT_FOUND);
    ck_assert_int_eq(hone_hub_resolve(&path, "org/other", &err), HONE_E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "hone pull org/other"));
    static const char *const none[] = {
        "",         "org",   "org/",           "/no-such-x", "../no-such-x",
        "org/../x", "a/b/c", "org/name@../..", "org/.name",  "-o/name",
        "or g/name"
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        ck_assert_int_eq(hone_hub_resolve(&path, none[i], &err), HONE_E_NOT_FOUND);
}
END_TEST

START_TEST(hub_refs)
{
    static const char *const commits[] = { "", "..", "../../x", "a/b", "/etc", "\n" };
    hone_err err;
    char *path = NULL;
    for (size_t i = 0; i < sizeof(commits) / sizeof(commits[0]); i++) {
        make_cache("main", commits[i]);
        ck_assert_int_eq(hone_hub_resolve(&path, "org/name", &err), HONE_E_MODEL);
    }
    make_cache("main", "this commit is longer than any commit and than the buffer that takes it, "
                       "which has 256 bytes; aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                       "cccccccccccccccccccccccccccccccccccccccccccccccccccccccc");
    ck_assert_int_lt(hone_hub_resolve(&path, "org/name", &err), 0);
}
END_TEST

START_TEST(no_memory)
{
    hone_err err;
    hone_model *m = NULL;
    ck_assert_int_eq(hone_model_write_safetensors(tiny, NULL, at("m"), HONE_BF16, 20000, &err), 0);
    const int64_t before = hone_mem_live();
    for (int64_t nth = 1;; nth++) {
        hone_err_clear(&err);
        hone_mem_fail_after(nth, nth % 2 == 0);
        const int rc = hone_model_open(&m, at("m"), &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) break;
        ck_assert_msg(rc == HONE_E_MEMORY, "allocation %lld: %d %s", (long long)nth, rc,
                      err.message);
        ck_assert_int_eq(hone_mem_live(), before);
        ck_assert_int_lt(nth, 20000);
    }
    hone_model_close(m);
}
END_TEST

int main(void)
{
    TCase *t = support_case("folder");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, all_forms);
    tcase_add_test(t, same_bytes);
    tcase_add_test(t, hash_of_the_file);
    tcase_add_test(t, untrained_rows_are_remembered);
    tcase_add_test(t, norms_are_led_back);
    tcase_add_test(t, merged);
    tcase_add_loop_test(t, defects, 0, sizeof(DEFECTS) / sizeof(DEFECTS[0]));
    tcase_add_loop_test(t, broken_files, 0, sizeof(FILES) / sizeof(FILES[0]));
    tcase_add_test(t, other_files);
    tcase_add_test(t, hub_names);
    tcase_add_test(t, hub_refs);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
