/*
 * Exports of a toy model in every format, opened again: weights equal what the quantising functions
 * make of the merged rows, the tokenizer encodes as before, texts beside the file are there. /
 */
#include <math.h>

#include "export/folder.h"
#include "export/gguf_write.h"
#include "export/package.h"
#include "kernels/quant_gguf.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "tests/support_tokenizer.h"

enum { ROW_MAX = 128 };

static char dir[64];
static hone_model *tiny;
static hone_adapter *adapter;

static const char TOOLS[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{"
    "\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"description\":\"y\"}},"
    "\"required\":[\"a\"]}}}]";
static const char ROWS[] =
    "{\"id\":\"r1\",\"messages\":[{\"role\":\"user\",\"content\":\"call the model\"},{\"role\":"
    "\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
    "\"arguments\":{\"a\":1}}}]}]}\n";

static const char *at(const char *name)
{
    return support_path(dir, name);
}

/* Rows are whole blocks of 32. */
static hone_config config(void)
{
    hone_config c = support_tiny_config(2, 1);
    c.V = SUPPORT_PIECES;
    c.C = 64;
    c.F = 128;
    c.HD = 32;
    c.max_positions = 4096;
    c.embed_scale = sqrtf((float)c.C);
    return c;
}

static void setup(void)
{
    const hone_config c = config();
    const hone_lora_config lora = { .r = 2, .alpha = 4, .targets = (1u << HONE_LINEARS) - 1 };
    hone_err err;
    hone_err_clear(&err);
    support_scratch(dir);
    tiny = support_tiny_model(&c, 5);
    tiny->tokenizer = support_tokenizer();
    ck_assert_ptr_nonnull(tiny->tokenizer);
    ck_assert_int_eq(hone_adapter_new(&adapter, &c, &lora, &err), 0);
    for (size_t i = 0; i < adapter->count; i++)
        adapter->params[i] = 0.3f * hone_rng_normal(9, HONE_RNG_TEST, 0, i);
    int rc = hone_model_write_safetensors(tiny, NULL, at("base"), HONE_F32, 0, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_int_eq(hone_fs_write(at("tools.json"), TOOLS, sizeof(TOOLS) - 1, NULL), 0);
    ck_assert_int_eq(hone_fs_write(at("rows.jsonl"), ROWS, sizeof(ROWS) - 1, NULL), 0);
}

static void teardown(void)
{
    hone_adapter_free(adapter);
    adapter = NULL;
    hone_model_close(tiny);
    support_scratch_done(dir);
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

/* Every matrix row of m against `expect` of the merged row. */
static void same_rows(const hone_model *m, const hone_merge *s,
                      void (*expect)(const float *w, int64_t n, bool embed, float *out))
{
    float row[ROW_MAX], want[ROW_MAX], have[ROW_MAX];
    int wrong = 0;
    for (int i = 0; i < hone_model_slots(&tiny->config); i++) {
        const hone_tensor *t = hone_model_slot_const(m, i);
        if (t->rank != 2) continue;
        for (int64_t r = 0; r < t->shape[0]; r++) {
            hone_merge_slot_rows(s, i, r, 1, row);
            expect(row, t->shape[1], i == 0, want);
            hone_tensor_rows_f32(t, r, 1, have);
            wrong += memcmp(want, have, sizeof(float) * (size_t)t->shape[1]) != 0;
        }
    }
    ck_assert_int_eq(wrong, 0);
}

static void same_norms(const hone_model *m)
{
    float want[ROW_MAX], have[ROW_MAX];
    for (int l = 0; l < tiny->config.L; l++) {
        hone_model_norm_f32(tiny, &tiny->layers[l].q_norm, want);
        hone_model_norm_f32(m, &m->layers[l].q_norm, have);
        for (int i = 0; i < tiny->config.HD; i++) ck_assert(want[i] == have[i]);
    }
}

static void same_tokens(const hone_tokenizer *t)
{
    static const char *const texts[] = { "call the user in the model", "  two  spaces\n\n",
                                         "<escape>a<escape>", "\xc3\xa9t\xc3\xa9 \xe4\xbd\xa0",
                                         "<start_of_turn>user\nhe" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        hone_ids a = { 0 }, b = { 0 };
        const size_t n = strlen(texts[i]);
        ck_assert_int_eq(hone_tokenizer_encode(tiny->tokenizer, texts[i], n, true, &a, NULL), 0);
        ck_assert_int_eq(hone_tokenizer_encode(t, texts[i], n, true, &b, NULL), 0);
        ck_assert_uint_eq(a.len, b.len);
        ck_assert_int_eq(memcmp(a.data, b.data, a.len * sizeof(*a.data)), 0);
        hone_ids_done(&a);
        hone_ids_done(&b);
    }
}

/* --- GGUF --- */

static void as_f32(const float *w, int64_t n, bool embed, float *out)
{
    (void)embed;
    memcpy(out, w, sizeof(float) * (size_t)n);
}

static void as_f16(const float *w, int64_t n, bool embed, float *out)
{
    (void)embed;
    for (int64_t i = 0; i < n; i++) out[i] = hone_f16_to_f32(hone_f32_to_f16(w[i]));
}

static void as_q8_0(const float *w, int64_t n, bool embed, float *out)
{
    uint8_t bytes[34 * ROW_MAX / 32];
    (void)embed;
    hone_quant_q8_0(w, n, bytes);
    hone_dequant_q8_0(bytes, n, out);
}

static void as_q4_0(const float *w, int64_t n, bool embed, float *out)
{
    uint8_t bytes[18 * ROW_MAX / 32];
    if (embed) {
        as_q8_0(w, n, embed, out);
        return;
    }
    hone_quant_q4_0(w, n, bytes);
    hone_dequant_q4_0(bytes, n, out);
}

START_TEST(test_gguf)
{
    static void (*const expect[])(const float *, int64_t, bool, float *) = { as_f32, as_f16,
                                                                            as_q8_0, as_q4_0 };
    const hone_merge s = { tiny, adapter };
    hone_out *out = NULL;
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_out_open(&out, at("m.gguf"), 0, &err), 0);
    int rc = hone_gguf_write(out, &s, (hone_gguf_kind)_i, "toy", "{{ tools }}", &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_int_eq(hone_out_commit(out, &err), 0);
    hone_model *m = reopen(at("m.gguf"));
    ck_assert_int_eq(m->kind, HONE_MODEL_GGUF);
    ck_assert_str_eq(m->chat_template, "{{ tools }}");
    ck_assert_int_eq(m->config.window, tiny->config.window);
    ck_assert(m->config.rope_global == tiny->config.rope_global);
    ck_assert_int_eq(memcmp(m->config.global, tiny->config.global, sizeof(bool) * 2), 0);
    same_rows(m, &s, expect[_i]);
    same_norms(m);
    same_tokens(m->tokenizer);
    hone_model_close(m);
}
END_TEST

/* The errors of the block formats stay within half a step of the largest value. */
START_TEST(test_block_errors)
{
    float w[ROW_MAX], back[ROW_MAX];
    for (int k = 0; k < 500; k++) {
        for (int i = 0; i < ROW_MAX; i++)
            w[i] = 0.1f * hone_rng_normal(3, HONE_RNG_TEST, 1, (uint64_t)(k * ROW_MAX + i));
        if (k == 1) memset(w, 0, sizeof(w));
        for (int four = 0; four < 2; four++) {
            (four ? as_q4_0 : as_q8_0)(w, ROW_MAX, false, back);
            for (int b = 0; b < ROW_MAX; b += 32) {
                float top = 0;
                int wrong = 0;
                for (int i = b; i < b + 32; i++) top = fmaxf(top, fabsf(w[i]));
                /* q4_0's range ends at 7 on the side away from the extreme value */
                const float bound = four ? top / 8 * 1.001f : top / 127 * 0.57f;
                for (int i = b; i < b + 32; i++) wrong += !(fabsf(w[i] - back[i]) <= bound);
                ck_assert_int_eq(wrong, 0);
            }
        }
    }
}
END_TEST

/* --- folder --- */

START_TEST(test_folder)
{
    const hone_merge s = { tiny, adapter };
    hone_err err;
    hone_buf json;
    hone_tokenizer *t = NULL;
    hone_err_clear(&err);
    int rc = hone_folder_write(&s, "{{ tools }}", HONE_F32, at("merged"), &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    hone_model *m = reopen(at("merged"));
    same_rows(m, &s, as_f32);
    same_tokens(m->tokenizer);
    ck_assert_str_eq(m->chat_template, "{{ tools }}");
    hone_model_close(m);
    hone_buf_init(&json, 1 << 24);
    ck_assert_int_eq(hone_fs_read(&json, at("merged/tokenizer.json"), 1 << 24, &err), 0);
    rc = hone_tokenizer_from_json(&t, json.data, json.len, "tokenizer.json", &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    same_tokens(t);
    hone_tokenizer_free(t);
    hone_buf_done(&json);
    hone_buf_init(&json, 1 << 24);
    ck_assert_int_eq(hone_fs_read(&json, at("merged/config.json"), 1 << 24, &err), 0);
    ck_assert_msg(strstr(json.data, "\"query_pre_attn_scalar\": 16,") != NULL, "%s",
                  json.data); /* transformers refuses 16.0 */
    hone_buf_done(&json);
    ck_assert(hone_fs_is_file(at("merged/generation_config.json")));
    ck_assert(hone_fs_is_file(at("merged/tokenizer_config.json")));
}
END_TEST

/* --- the whole export --- */

static hone_package_options options(const char *out, hone_format format)
{
    static char model[128], tools[128], rows[128], adapter_dir[128];
    (void)snprintf(model, sizeof(model), "%s/base", dir);
    (void)snprintf(tools, sizeof(tools), "%s/tools.json", dir);
    (void)snprintf(rows, sizeof(rows), "%s/rows.jsonl", dir);
    (void)snprintf(adapter_dir, sizeof(adapter_dir), "%s/adapter", dir);
    return (hone_package_options){ .model = model, .tools = tools, .data = rows, .out = out,
                                   .chat_template = "auto", .answer_length = 32, .positions = 4,
                                   .threads = 1, .format = format,
                                   .goal = { .loss_points = -1 }, .max_loss = 100 };
}

static void run(const hone_package_options *o, hone_package_result *r)
{
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_package_run(o, r, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
}

START_TEST(test_package_formats)
{
    static const struct {
        const char *out, *quant, *manifest, *card;
        hone_format format;
    } cases[] = {
        { "a.litertlm", "q4b32", "a.manifest.json", "a.card.md", HONE_FORMAT_LITERTLM },
        { "a.tflite", "q8", "a.manifest.json", "a.card.md", HONE_FORMAT_TFLITE },
        { "a.gguf", "f16", "a.manifest.json", "a.card.md", HONE_FORMAT_GGUF },
        { "a/", "f32", "a/hone_manifest.json", "a/README.md", HONE_FORMAT_FOLDER },
    };
    static hone_package_result r;
    char out[128];
    (void)snprintf(out, sizeof(out), "%s/%s", dir, cases[_i].out);
    hone_package_options o = options(out, cases[_i].format);
    o.quant = cases[_i].quant;
    for (int again = 0; again < 2; again++) run(&o, &r); /* a folder of ours may be replaced */
    ck_assert(hone_fs_is_file(at(cases[_i].manifest)));
    hone_buf card;
    hone_buf_init(&card, 1 << 20);
    ck_assert_int_eq(hone_fs_read(&card, at(cases[_i].card), 1 << 20, NULL), 0);
    ck_assert_ptr_nonnull(strstr(card.data, "Gemma Terms of Use"));
    ck_assert_ptr_nonnull(strstr(card.data, "| tools | tools.json |"));
    ck_assert_ptr_null(strstr(card.data, dir));
    hone_buf_done(&card);
    if (cases[_i].format == HONE_FORMAT_FOLDER) ck_assert(r.logits.max_diff == 0);
    ck_assert_str_eq(r.why_prefill[0] ? "said" : "", r.options.num_prefill ? "said" : "");
}
END_TEST

START_TEST(test_package_adapter)
{
    static hone_package_result r;
    hone_err err;
    hone_model *base = reopen(at("base"));
    hone_adapter *again = NULL;
    const char *sha256 = hone_model_sha256(base);
    ck_assert_int_eq(hone_adapter_save(adapter, base, at("adapter"), "base", sha256, &err), 0);
    char out[128];
    (void)snprintf(out, sizeof(out), "%s/copy", dir);
    hone_package_options o = options(out, HONE_FORMAT_ADAPTER);
    o.adapter = at("adapter");
    run(&o, &r);
    ck_assert_int_eq(hone_adapter_load(&again, base, out, sha256, &err), 0);
    ck_assert_int_eq(memcmp(again->params, adapter->params, again->count * sizeof(float)), 0);
    hone_adapter_free(again);
    hone_model_close(base);
}
END_TEST

/* A score that falls too far: no file, and the figures say why. */
static int score_run(void *user, const hone_model *m, const hone_adapter *a, int longest,
                     hone_err *err)
{
    int *calls = user;
    (void)err;
    ck_assert(*calls == 0 ? m->kind == HONE_MODEL_SAFETENSORS : m->kind == HONE_MODEL_LITERTLM);
    ck_assert(!a && longest > 3);
    ++*calls;
    return 0;
}

static int score_compare(void *user, hone_score_loss *ret, hone_err *err)
{
    (void)err;
    ck_assert_int_eq(*(int *)user, 2);
    *ret = (hone_score_loss){ .rows = 100, .before = 90, .after = 80, .broken = 12, .fixed = 2,
                              .diff = -10, .lo = -16, .hi = -4 };
    return 0;
}

START_TEST(test_max_loss)
{
    static hone_package_result r;
    int calls = 0;
    const hone_package_scorer scorer = { score_run, score_compare, &calls };
    hone_err err;
    char out[128];
    (void)snprintf(out, sizeof(out), "%s/a.litertlm", dir);
    hone_package_options o = options(out, HONE_FORMAT_LITERTLM);
    o.scorer = &scorer;
    o.max_loss = _i ? 10 : 9.5;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_package_run(&o, &r, &err), _i ? 0 : HONE_GATE_FAILED);
    ck_assert(hone_fs_exists(out) == _i);
    ck_assert_int_eq(r.loss.rows, 100);
    ck_assert(r.lost_too_much == !_i);
}
END_TEST

START_TEST(test_package_refusals)
{
    static const struct {
        const char *out, *quant, *embed;
        hone_format format;
        int code;
        const char *message;
    } cases[] = {
        { "a.litertlm", "q4c", NULL, HONE_FORMAT_LITERTLM, HONE_E_USAGE, "ruins models" },
        { "a.litertlm", "q8", "q4c", HONE_FORMAT_LITERTLM, HONE_E_USAGE, "ruins models" },
        { "a.litertlm", "q5", NULL, HONE_FORMAT_LITERTLM, HONE_E_USAGE, "no number format 'q5'" },
        { "a.litertlm", "q4b128", NULL, HONE_FORMAT_LITERTLM, HONE_E_USAGE, "cannot be stored" },
        { "a.gguf", "q4b32", NULL, HONE_FORMAT_GGUF, HONE_E_USAGE, "cannot hold 'q4b32'" },
        { "a", "q8", NULL, HONE_FORMAT_FOLDER, HONE_E_USAGE, "cannot hold 'q8'" },
        { "base", NULL, NULL, HONE_FORMAT_FOLDER, HONE_E_REFUSED, "did not write" },
        { "a", NULL, NULL, HONE_FORMAT_ADAPTER, HONE_E_USAGE, "no adapter" },
        { "a.bin", NULL, NULL, HONE_FORMAT_GGUF, HONE_E_USAGE, "must end in .gguf" },
    };
    static hone_package_result r;
    hone_err err;
    char out[128];
    (void)snprintf(out, sizeof(out), "%s/%s", dir, cases[_i].out);
    hone_package_options o = options(out, cases[_i].format);
    o.quant = cases[_i].quant;
    o.embed = cases[_i].embed;
    hone_err_clear(&err);
    int rc = hone_package_run(&o, &r, &err);
    ck_assert_msg(rc == cases[_i].code && strstr(err.message, cases[_i].message), "%d %s", rc,
                  err.message);
    ck_assert(!hone_fs_exists(at("a.litertlm")) && !hone_fs_exists(at("a.gguf")));
    ck_assert(!hone_fs_exists(at("a")) && !hone_fs_exists(at("a.part")));
    ck_assert(!hone_fs_exists(at("base.part")));
}
END_TEST

int main(void)
{
    TCase *t = support_case("formats");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_gguf, 0, HONE_GGUF_KINDS);
    tcase_add_test(t, test_block_errors);
    tcase_add_test(t, test_folder);
    tcase_add_loop_test(t, test_package_formats, 0, 4);
    tcase_add_test(t, test_package_adapter);
    tcase_add_loop_test(t, test_max_loss, 0, 2);
    tcase_add_loop_test(t, test_package_refusals, 0, 9);
    return support_run(t);
}
