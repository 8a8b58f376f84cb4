/*
 * The whole export of a toy model folder: files that appear, files that must not appear, equal
 * bytes, cache lengths.
 */
#include "export/package.h"
#include "export/prompts.h"
#include "model/litertlm_read.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_pieces.h"
#include "tests/support_tiny.h"

static char dir[64];

static const char TOOLS[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{"
    "\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\",\"description\":\"x\"},"
    "\"a\":{\"type\":\"integer\",\"description\":\"y\"}},\"required\":[\"a\"]}}}]";
static const char ROWS[] =
    "{\"id\":\"r1\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\","
    "\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}]"
    "}]}\n"
    "\n{\"id\":\"r2\",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"},"
    "{\"role\":\"assistant\",\"content\":\"no\"}]}\n";

static const char *at(const char *name)
{
    return support_path(dir, name);
}

static void put(const char *name, const char *text)
{
    ck_assert_int_eq(hone_fs_write(at(name), text, strlen(text), NULL), 0);
}

static void setup(void)
{
    hone_config c = support_tiny_config(2, 1);
    hone_err err;
    support_scratch(dir);
    c.max_positions = 8192;
    hone_model *m = support_tiny_model(&c, 3);
    m->tokenizer = support_tiny_tokenizer((size_t)c.V);
    ck_assert_int_eq(hone_model_write_safetensors(m, NULL, at("base"), HONE_F32, 0, &err), 0);
    hone_model_close(m);
    put("tools.json", TOOLS);
    put("rows.jsonl", ROWS);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

static hone_package_options sound(void)
{
    static char model[128], tools[128], out[128];
    (void)snprintf(model, sizeof(model), "%s/base", dir);
    (void)snprintf(tools, sizeof(tools), "%s/tools.json", dir);
    (void)snprintf(out, sizeof(out), "%s/app.litertlm", dir);
    return (hone_package_options){ .model = model, .tools = tools, .out = out,
                                   .chat_template = "auto", .answer_length = 32, .positions = 4,
                                   .threads = 1, .goal = { .loss_points = -1 } };
}

static void expect_file(const char *name, bool there)
{
    ck_assert_msg(hone_fs_is_file(at(name)) == there, "%s", name);
}

/* Nothing new beside the inputs. */
static void expect_nothing(void)
{
    char **names = NULL;
    size_t count = 0;
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, NULL), 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strncmp(names[i], "app", 3) != 0, "left behind: %s", names[i]);
    hone_fs_list_free(names, count);
}

static void expect_failure(const hone_package_options *o, int code, const char *message)
{
    static hone_package_result r;
    hone_err err;
    hone_err_clear(&err);
    int rc = hone_package_run(o, &r, &err);
    ck_assert_msg(rc == code && (strstr(err.message, message) || strstr(err.hint, message)),
                  "expected: %s\n     got: %d %s (%s)", message, rc, err.message, err.hint);
    expect_nothing();
}

static void read_file(hone_buf *b, const char *name)
{
    hone_buf_init(b, 1 << 24);
    ck_assert_int_eq(hone_fs_read(b, at(name), 1 << 24, NULL), 0);
}

START_TEST(test_files)
{
    hone_package_options o = sound();
    static hone_package_result r;
    hone_err err;
    hone_buf text;
    o.quant = _i ? "f32" : "q8";
    o.data = at("rows.jsonl");
    hone_err_clear(&err);
    int rc = hone_package_run(&o, &r, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert(!r.tools_were_sorted);
    ck_assert_str_eq(r.template_kind, "hone");
    ck_assert_int_eq(r.logits.positions, 4);
    if (_i) ck_assert(r.logits.max_diff == 0 && r.logits.argmax_equal == 4);
    else ck_assert(r.logits.max_diff > 0 && r.logits.kl_mean < 0.1);
    read_file(&text, "app.tools.json");
    ck_assert(strstr(text.data, "\"a\"") < strstr(text.data, "\"b\""));
    hone_buf_done(&text);
    read_file(&text, "app.manifest.json");
    ck_assert_ptr_nonnull(strstr(text.data, "\"name\": \"rows.jsonl\""));
    ck_assert_ptr_null(strstr(text.data, dir));
    hone_buf_done(&text);
    hone_model *m = NULL;
    ck_assert_int_eq(hone_model_open(&m, o.out, &err), 0);
    ck_assert_int_eq(m->context_limit, r.options.cache_length);
    ck_assert_int_eq(strlen(m->chat_template), hone_chat_template_size);
    hone_model_close(m);
    /* the file itself says what a trimmed vocabulary cannot do */
    read_file(&text, "app.litertlm");
    hone_arena *a = hone_arena_new();
    hone_litertlm *f = NULL;
    ck_assert_int_eq(
        hone_litertlm_read(&f, a, (const uint8_t *)text.data, text.len, "app", &err), 0);
    ck_assert_int_eq(f->num_system, 2);
    ck_assert_str_eq(f->system[1].key, "constrained_decoding");
    ck_assert_str_eq(f->system[1].value, "not available: vocabulary of 320 pieces");
    hone_arena_free(a);
    hone_buf_done(&text);
}
END_TEST

START_TEST(test_same_bytes)
{
    static const char *const names[] = { "app.litertlm", "app.tools.json", "app.manifest.json" };
    hone_package_options o = sound();
    static hone_package_result r;
    hone_err err;
    hone_buf first[3], again;
    for (int run = 0; run < 2; run++) {
        ck_assert_int_eq(hone_package_run(&o, &r, &err), 0);
        for (int i = 0; i < 3; i++) {
            if (run == 0) {
                read_file(&first[i], names[i]);
                continue;
            }
            read_file(&again, names[i]);
            ck_assert_int_eq(first[i].len, again.len);
            ck_assert_int_eq(memcmp(first[i].data, again.data, again.len), 0);
            hone_buf_done(&again);
            hone_buf_done(&first[i]);
        }
    }
}
END_TEST

START_TEST(test_refused)
{
    hone_package_options o = sound();
    o.out = at("app.bin");
    expect_failure(&o, HONE_E_USAGE, "must end in .litertlm");
    o = sound();
    o.model = at("nothing");
    expect_failure(&o, HONE_E_NOT_FOUND, "");
    o = sound();
    o.chat_template = "base";
    expect_failure(&o, HONE_E_DATA, "has no chat template");
    put("t.jinja", "{{ m.get('x') }}");
    o.chat_template = at("t.jinja");
    expect_failure(&o, HONE_E_DATA, "no method .get()");
    o = sound();
    o.cache_length = 64;
    expect_failure(&o, HONE_E_DATA, "a cache of 64 cannot hold the longest prompt");
    expect_failure(&o, HONE_E_DATA, "leave --cache-length out: it becomes ");
    o.cache_length = 16384;
    expect_failure(&o, HONE_E_DATA, "need a context of 16384, the model has 8192");
    o = sound();
    put("bad.jsonl", "{\"id\":\"r1\"}\n");
    o.data = at("bad.jsonl");
    expect_failure(&o, HONE_E_DATA, "");
    put("bad.jsonl", "\n\n");
    expect_failure(&o, HONE_E_DATA, "the file holds no rows");
    o = sound();
    put("tools.json", "[{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\","
                      "\"properties\":{\"type\":{\"type\":\"string\",\"description\":\"x\"}}}}]");
    expect_failure(&o, HONE_E_DATA, "a parameter of this name vanishes");
}
END_TEST

START_TEST(test_exported_is_no_base)
{
    hone_package_options o = sound();
    static hone_package_result r;
    hone_err err;
    o.positions = 0;
    ck_assert_int_eq(hone_package_run(&o, &r, &err), 0);
    ck_assert_int_eq(r.logits.positions, 0);
    ck_assert_int_eq(hone_fs_rename(o.out, at("base.litertlm"), NULL), 0);
    o.model = at("base.litertlm");
    hone_err_clear(&err);
    ck_assert_int_eq(hone_package_run(&o, &r, &err), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "is an exported file already"));
    expect_file("app.litertlm", false);
}
END_TEST

START_TEST(test_cache_lengths)
{
    static const struct {
        int prompt, answer, limit, want;
    } cases[] = { { 100, 64, 32768, 256 },    { 192, 64, 32768, 256 },
                  { 193, 64, 32768, 512 },    { 900, 256, 32768, 1536 },
                  { 1792, 256, 32768, 2048 }, { 2000, 256, 32768, 4096 },
                  { 3840, 256, 32768, 4096 }, { 3841, 256, 32768, 5120 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const hone_prompts p = { .rows = 1, .longest_prompt = cases[i].prompt };
        hone_err err;
        char why[160];
        int got = 0;
        ck_assert_int_eq(hone_prompts_cache_length(&got, why, &p, cases[i].answer, 0,
                                                   cases[i].limit, &err), 0);
        ck_assert_int_eq(got, cases[i].want);
        ck_assert(why[0] && !err.hint[0]);
        ck_assert_int_eq(hone_prompts_cache_length(&got, why, &p, cases[i].answer, 0,
                                                   cases[i].want - 1, &err), HONE_E_DATA);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("package");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_files, 0, 2);
    tcase_add_test(t, test_same_bytes);
    tcase_add_test(t, test_refused);
    tcase_add_test(t, test_exported_is_no_base);
    tcase_add_test(t, test_cache_lengths);
    return support_run(t);
}
