/* The export in order (export/package.h). */
#include "export/package.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "export/export_lint.h"
#include "export/litertlm.h"
#include "export/metadata.h"
#include "export/prompts.h"

#define SUFFIX ".litertlm"
/* chat_template.jinja of google/functiongemma-270m-it, and the same with its tool-result patch: our
 * renderer is known to print what they print. */
#define OFFICIAL_TEMPLATE "db61fb01017bd82401d3ffca4f8e066cd56ff6d38d2a30c4058770c0bf7ab49b"
#define PATCHED_TEMPLATE "78d2224e301c57a467b0a779c15b8f32392673c129193dab92eee09ee56ac9a2"

enum { TEMPLATE_MAX = 1 << 20, TOKENIZER_MAX = 256 << 20 };

/* Bounds of docs/litertlm.md for a healthy export. */
static const double F32_MAX_DIFF = 1e-3, Q8_KL = 0.05, Q8_ARGMAX = 0.9;

typedef struct package {
    const hone_package_options *o;
    hone_package_result *r;
    hone_err *err;
    hone_arena *arena;
    hone_model *model;
    hone_adapter *adapter;
    char *adapter_dir;
    hone_merge merge;
    hone_json *tools;
    char *chat_template;
    hone_buf tokenizer, metadata;
    hone_prompts prompts;
    hone_verify_run *run;
    hone_tflite_plan *plan;
    hone_out *out;
} package;

/* --- what goes in --- */

/* A run folder stands for its adapter. */
static int open_adapter(package *k)
{
    char *inner;
    if (!k->o->adapter) return 0;
    inner = hone_path_join(k->o->adapter, "adapter");
    if (inner && hone_fs_is_dir(inner)) {
        k->adapter_dir = inner;
    } else {
        hone_free(inner);
        k->adapter_dir = hone_strdup(k->o->adapter);
    }
    if (!k->adapter_dir) return hone_err_memory(k->err, "a path", 0);
    return hone_adapter_load(&k->adapter, k->model, k->adapter_dir, k->model->sha256, k->err);
}

static int open_model(package *k)
{
    HONE_TRY(hone_model_open(&k->model, k->o->model, k->err));
    if (k->model->kind == HONE_MODEL_LITERTLM) {
        hone_err_hint(k->err, "give the base model that it was exported from");
        return hone_fail(k->err, HONE_E_USAGE, "%s is an exported file already", k->o->model);
    }
    if (!k->model->tokenizer)
        return hone_fail(k->err, HONE_E_MODEL, "%s has no tokenizer", k->o->model);
    HONE_TRY(open_adapter(k));
    k->merge = (hone_merge){ k->model, k->adapter };
    if (k->model->control_untrained && (!k->adapter || !k->adapter->config.control_rows))
        hone_warn("the base is a plain Gemma whose control tokens were never trained: without an "
                  "adapter for them it makes no calls");
    return 0;
}

static int open_tools(package *k)
{
    hone_json *tools = NULL;
    bool changed = false;
    HONE_TRY(hone_tools_load(&tools, k->arena, k->o->tools, k->err));
    HONE_TRY(hone_export_lint_tools(tools, k->o->tools, NULL, k->err));
    k->tools = hone_tools_sorted(k->arena, tools, &changed);
    k->r->tools_were_sorted = !changed;
    return k->tools ? 0 : hone_err_memory(k->err, "tools", 0);
}

static int read_template(package *k, const char *path)
{
    hone_buf text = HONE_BUF_INIT(TEMPLATE_MAX);
    int rc = hone_fs_read(&text, path, TEMPLATE_MAX, k->err);
    if (rc == 0) {
        k->chat_template = hone_strndup(text.data ? text.data : "", text.len);
        if (!k->chat_template) rc = hone_err_memory(k->err, "a template", text.len);
    }
    hone_buf_done(&text);
    return rc;
}

static int pick_template(package *k, const char **ret_source)
{
    const char *want = k->o->chat_template;
    const bool automatic = strcmp(want, "auto") == 0;
    if (strcmp(want, "hone") == 0 || (automatic && !k->model->chat_template)) {
        *ret_source = "hone";
        k->chat_template = hone_strndup(hone_chat_template, hone_chat_template_size);
    } else if (strcmp(want, "base") == 0 || automatic) {
        *ret_source = "base";
        if (!k->model->chat_template) {
            hone_err_hint(k->err, "use --template hone, or name a file");
            return hone_fail(k->err, HONE_E_DATA, "%s has no chat template", k->o->model);
        }
        k->chat_template = hone_strdup(k->model->chat_template);
    } else {
        *ret_source = want;
        return read_template(k, want);
    }
    return k->chat_template ? 0 : hone_err_memory(k->err, "a template", 0);
}

static int open_template(package *k)
{
    const char *source = "";
    char hex[65];
    HONE_TRY(pick_template(k, &source));
    const size_t len = strlen(k->chat_template);
    HONE_TRY(hone_export_lint_template(k->chat_template, len, source, k->err));
    hone_sha256_of(k->chat_template, len, hex);
    const bool ours = len == hone_chat_template_size &&
                      memcmp(k->chat_template, hone_chat_template, len) == 0;
    if (!ours && strcmp(hex, OFFICIAL_TEMPLATE) != 0 && strcmp(hex, PATCHED_TEMPLATE) != 0)
        hone_warn("the chat template (%s) is none that is known here: the device's prompts may "
                  "differ from those of training", source);
    (void)snprintf(k->r->template_kind, sizeof(k->r->template_kind), "%s", hone_path_base(source));
    return 0;
}

static int open_tokenizer(package *k)
{
    HONE_TRY(hone_tokenizer_write_proto(k->model->tokenizer, &k->tokenizer, k->err));
    return hone_export_lint_pieces(k->tokenizer.data, k->tokenizer.len, k->model->config.V,
                                   k->o->model, k->err);
}

/* --- numbers --- */

static void choose_prefill(const hone_package_options *o, hone_tflite_options *t)
{
    static const int ladder[] = { 1, 8, 32, 128, 512 };
    if (o->num_prefill) {
        memcpy(t->prefill, o->prefill, sizeof(t->prefill));
        t->num_prefill = o->num_prefill;
        return;
    }
    for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++)
        if (ladder[i] <= t->cache_length) t->prefill[t->num_prefill++] = ladder[i];
}

static int choose_options(package *k)
{
    hone_tflite_options *t = &k->r->options;
    t->scheme = k->o->scheme;
    HONE_TRY(hone_prompts_measure(&k->prompts, k->model->tokenizer, k->tools, k->o->data, k->err));
    HONE_TRY(hone_prompts_cache_length(&t->cache_length, k->r->why_cache_length, &k->prompts,
                               k->o->answer_length, k->o->cache_length,
                               k->model->config.max_positions, k->err));
    choose_prefill(k->o, t);
    hone_log("cache length %d: %s", t->cache_length, k->r->why_cache_length);
    return hone_metadata_build(&k->metadata, t->cache_length, k->chat_template, k->err);
}

/* --- writing and checking --- */

/* The merged model's logits first: its engine is closed before the file's is opened. */
static int run_reference(package *k)
{
    if (k->o->positions == 0) return 0;
    HONE_TRY(hone_verify_run_new(&k->run, k->prompts.set, k->o->positions, k->err));
    return hone_verify_reference(k->run, &k->merge, k->o->threads, k->err);
}

static int check_space(package *k)
{
    char *dir = hone_path_dir(k->o->out);
    if (!dir) return hone_err_memory(k->err, "a path", 0);
    const int64_t have = hone_fs_free_bytes(dir);
    const int64_t need = (int64_t)(hone_tflite_plan_size(k->plan) + k->tokenizer.len) + (1 << 20);
    hone_free(dir);
    if (have < 0 || have >= need) return 0;
    hone_err_at(k->err, k->o->out, 0, -1);
    hone_err_hint(k->err, "free some disk space or choose another folder");
    return hone_fail(k->err, HONE_E_IO, "the file needs %lld MB, %lld MB are free",
                     (long long)(need >> 20), (long long)(have >> 20));
}

static int write_file(package *k)
{
    const hone_litertlm_parts parts = { k->metadata.data, k->tokenizer.data, k->metadata.len,
                                        k->tokenizer.len, k->plan };
    HONE_TRY(check_space(k));
    HONE_TRY(hone_out_open(&k->out, k->o->out, 0, k->err));
    HONE_TRY(hone_litertlm_write(k->out, &parts, "writing", k->err));
    return hone_out_flush(k->out, k->err);
}

/* float32 must be equal; int8 is judged by its distribution, and only the task score decides. */
static int judge(package *k)
{
    const hone_verify_logits *v = &k->r->logits;
    if (k->o->scheme == HONE_SCHEME_F32) {
        if (v->max_diff <= F32_MAX_DIFF) return 0;
        return hone_fail(k->err, HONE_E_INTERNAL, "the logits of the written f32 file differ by %g "
                         "from the merged model's", v->max_diff);
    }
    if (!(v->kl_mean <= Q8_KL) || v->argmax_equal < Q8_ARGMAX * v->positions)
        hone_warn("int8 moves this model more than usual (KL %g, arg-max equal at %d of %d): score "
                  "the file with hone eval before shipping it", v->kl_mean, v->argmax_equal,
                  v->positions);
    return 0;
}

static int compare_file(package *k, const char *path)
{
    hone_model *written = NULL;
    int rc = hone_model_open(&written, path, k->err);
    if (rc == 0 && k->run)
        rc = hone_verify_compare(k->run, written, k->o->threads, &k->r->logits, k->err);
    hone_model_close(written);
    if (rc < 0) return hone_err_context(k->err, "checking the written file");
    return k->run ? judge(k) : 0;
}

static int check_file(package *k)
{
    char path[4096];
    HONE_TRY(hone_out_temp_path(k->out, path, sizeof(path)));
    HONE_TRY(hone_verify_container(&k->r->sizes, path, &k->model->config, &k->r->options,
                                   k->chat_template, k->err));
    return compare_file(k, path);
}

/* --- beside the file --- */

static int beside(const package *k, const char *suffix, char *ret, size_t size)
{
    const size_t stem = strlen(k->o->out) - strlen(SUFFIX);
    const int n = snprintf(ret, size, "%.*s%s", (int)stem, k->o->out, suffix);
    if (n > 0 && (size_t)n < size) return 0;
    return hone_fail(k->err, HONE_E_USAGE, "the output path is too long");
}

static int write_tools(package *k)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, k->tools, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    int rc = hone_buf_ok(&text) ? 0 : hone_err_memory(k->err, "tools", text.len);
    if (rc == 0) rc = hone_fs_write(k->r->tools_path, text.data, text.len, k->err);
    hone_buf_done(&text);
    return rc;
}

static int hash_input(hone_manifest_input *in, const char *key, const char *path, hone_err *err)
{
    *in = (hone_manifest_input){ .key = key, .path = path };
    if (!path) return 0;
    return hone_fs_is_dir(path) ? hone_sha256_tree(path, in->sha256, err)
                                : hone_sha256_file(path, in->sha256, err);
}

static int write_manifest(package *k)
{
    hone_manifest_input in[4] = { { .key = "base", .path = k->model->path } };
    char pieces[65];
    memcpy(in[0].sha256, k->model->sha256, sizeof(in[0].sha256));
    HONE_TRY(hash_input(&in[1], "adapter", k->adapter_dir, k->err));
    HONE_TRY(hash_input(&in[2], "data", k->o->data, k->err));
    HONE_TRY(hash_input(&in[3], "tools", k->o->tools, k->err));
    hone_sha256_of(k->tokenizer.data, k->tokenizer.len, pieces);
    const hone_manifest m = {
        .inputs = in, .num_inputs = 4, .config = &k->model->config, .options = &k->r->options,
        .template_kind = k->r->template_kind, .chat_template = k->chat_template,
        .tokenizer_sha256 = pieces, .file = k->o->out, .sizes = &k->r->sizes,
        .logits = k->run ? &k->r->logits : NULL, .why_cache_length = k->r->why_cache_length,
    };
    return hone_manifest_write(&m, k->r->manifest_path, k->err);
}

static int commit(package *k)
{
    hone_out *out = k->out;
    k->out = NULL;
    HONE_TRY(hone_out_commit(out, k->err));
    HONE_TRY(write_tools(k));
    return write_manifest(k);
}

static int check_names(package *k)
{
    if (!hone_path_has_suffix(k->o->out, SUFFIX) || strlen(k->o->out) == strlen(SUFFIX)) {
        hone_err_hint(k->err, "for example -o app.litertlm");
        return hone_fail(k->err, HONE_E_USAGE, "the output must end in .litertlm: %s", k->o->out);
    }
    HONE_TRY(beside(k, ".tools.json", k->r->tools_path, sizeof(k->r->tools_path)));
    return beside(k, ".manifest.json", k->r->manifest_path, sizeof(k->r->manifest_path));
}

static int run(package *k)
{
    HONE_TRY(check_names(k));
    HONE_TRY(open_model(k));
    HONE_TRY(open_tools(k));
    HONE_TRY(open_template(k));
    HONE_TRY(open_tokenizer(k));
    HONE_TRY(choose_options(k));
    HONE_TRY(hone_tflite_plan_new(&k->plan, &k->merge, &k->r->options, k->err));
    HONE_TRY(run_reference(k));
    HONE_TRY(write_file(k));
    HONE_TRY(check_file(k));
    HONE_TRY(commit(k));
    if (!k->r->tools_were_sorted)
        hone_warn("the parameters in %s were not sorted; the app must use %s, where they are",
                  k->o->tools, k->r->tools_path);
    return 0;
}

int hone_package_run(const hone_package_options *o, hone_package_result *ret, hone_err *err)
{
    hone_package_result r = { 0 };
    package k = { .o = o, .r = &r, .err = err };
    hone_buf_init(&k.tokenizer, TOKENIZER_MAX);
    hone_buf_init(&k.metadata, 2 * TEMPLATE_MAX);
    k.arena = hone_arena_new();
    int rc = k.arena ? run(&k) : hone_err_memory(err, "an export", 0);
    if (rc == 0) *ret = r;
    hone_out_abort(k.out);
    hone_tflite_plan_free(k.plan);
    hone_verify_run_free(k.run);
    hone_prompts_done(&k.prompts);
    hone_buf_done(&k.metadata);
    hone_buf_done(&k.tokenizer);
    hone_free(k.chat_template);
    hone_adapter_free(k.adapter);
    hone_free(k.adapter_dir);
    hone_model_close(k.model);
    hone_arena_free(k.arena);
    return rc;
}
