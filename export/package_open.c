/* What goes into an export (export/package_parts.h): opened, linted, merged in words. */
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "export/export_lint.h"
#include "export/package_parts.h"
#include "export/serve_template.h"
#include "export/target.h"
#include "model/tokenizer_parts.h"

/* chat_template.jinja of google/functiongemma-270m-it, and the same with its tool-result patch: our
 * renderer is known to print what they print. */
#define OFFICIAL_TEMPLATE "db61fb01017bd82401d3ffca4f8e066cd56ff6d38d2a30c4058770c0bf7ab49b"
#define PATCHED_TEMPLATE "78d2224e301c57a467b0a779c15b8f32392673c129193dab92eee09ee56ac9a2"

enum { TEMPLATE_MAX = 1 << 20 };

/* --- names --- */

static const char *const FORMATS[HONE_FORMATS] = {
    [HONE_FORMAT_LITERTLM] = "litertlm",   [HONE_FORMAT_TFLITE] = "tflite",
    [HONE_FORMAT_GGUF] = "gguf",           [HONE_FORMAT_FOLDER] = "safetensors",
    [HONE_FORMAT_ADAPTER] = "adapter",
};

const char *hone_format_name(hone_format f)
{
    return FORMATS[f];
}

hone_format hone_format_of_path(const char *path)
{
    if (hone_path_has_suffix(path, ".litertlm")) return HONE_FORMAT_LITERTLM;
    if (hone_path_has_suffix(path, ".tflite")) return HONE_FORMAT_TFLITE;
    if (hone_path_has_suffix(path, ".gguf")) return HONE_FORMAT_GGUF;
    return HONE_FORMATS;
}

static bool is_folder(const hone_package *k)
{
    return k->o->format == HONE_FORMAT_FOLDER || k->o->format == HONE_FORMAT_ADAPTER;
}

/* OUT without its ending, with another one; inside of a folder a file of that name. */
static int beside(const hone_package *k, const char *suffix, const char *inside, char *ret,
                  size_t size)
{
    const char *out = k->r->out;
    const size_t stem = strlen(out) - strlen(hone_format_name(k->o->format)) - 1;
    const int n = is_folder(k) ? snprintf(ret, size, "%s/%s", out, inside)
                               : snprintf(ret, size, "%.*s%s", (int)stem, out, suffix);
    if (n > 0 && (size_t)n < size) return 0;
    return hone_fail(k->err, HONE_E_USAGE, "the output path is too long");
}

int hone_package_names(hone_package *k)
{
    hone_package_result *r = k->r;
    const char *name = hone_path_base(k->o->out);
    size_t len = strlen(k->o->out);
    while (is_folder(k) && len > 1 && k->o->out[len - 1] == '/') len--;
    if (len >= sizeof(r->out))
        return hone_fail(k->err, HONE_E_USAGE, "the output path is too long");
    (void)snprintf(r->out, sizeof(r->out), "%.*s", (int)len, k->o->out);
    if (!is_folder(k) &&
        (hone_format_of_path(name) != k->o->format || name[0] == '.')) {
        hone_err_hint(k->err, "for example -o app.%s", hone_format_name(k->o->format));
        return hone_fail(k->err, HONE_E_USAGE, "the output must end in .%s: %s",
                         hone_format_name(k->o->format), k->o->out);
    }
    HONE_TRY(beside(k, ".tools.json", "tools.json", r->tools_path, sizeof(r->tools_path)));
    HONE_TRY(beside(k, ".manifest.json", HONE_FOLDER_MANIFEST, r->manifest_path,
                    sizeof(r->manifest_path)));
    return beside(k, ".card.md", "README.md", r->card_path, sizeof(r->card_path));
}

/* --- model and adapter --- */

/* A run folder stands for its adapter. */
static int open_adapter(hone_package *k)
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
    return hone_adapter_load(&k->adapter, k->model, k->adapter_dir,
                             hone_model_sha256(k->model), k->err);
}

static int open_model(hone_package *k)
{
    HONE_TRY(hone_model_open(&k->model, k->o->model, k->err));
    if (k->model->kind == HONE_MODEL_LITERTLM) {
        hone_err_hint(k->err, "give the base model that it was exported from");
        return hone_fail(k->err, HONE_E_USAGE, "is an exported file already");
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

/* --- tools --- */

static int open_tools(hone_package *k)
{
    hone_json *tools = NULL;
    bool changed = false;
    k->r->tools_were_sorted = true;
    if (!k->o->tools) return 0;
    HONE_TRY(hone_tools_load(&tools, k->arena, k->o->tools, k->err));
    HONE_TRY(hone_export_lint_tools(tools, k->o->tools, NULL, k->err));
    k->tools = hone_tools_sorted(k->arena, tools, &changed);
    k->r->tools_were_sorted = !changed;
    return k->tools ? 0 : hone_err_memory(k->err, "tools", 0);
}

/* --- template --- */

static int read_template(hone_package *k, const char *path)
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

static int pick_template(hone_package *k, const char **ret_source)
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
        *ret_source = k->template_path = want;
        return read_template(k, want);
    }
    return k->chat_template ? 0 : hone_err_memory(k->err, "a template", 0);
}

static int patch_template(hone_package *k)
{
    char *patched = NULL;
    HONE_TRY(hone_template_for_serve(&patched, k->chat_template, k->err));
    hone_free(k->chat_template);
    k->chat_template = patched;
    return 0;
}

static int open_template(hone_package *k)
{
    const char *source = "";
    char hex[65];
    HONE_TRY(pick_template(k, &source));
    hone_sha256_of(k->chat_template, strlen(k->chat_template), hex);
    const bool known = strcmp(k->chat_template, hone_chat_template) == 0 ||
                       strcmp(hex, OFFICIAL_TEMPLATE) == 0 || strcmp(hex, PATCHED_TEMPLATE) == 0;
    if (!known)
        hone_warn("the chat template (%s) is none that is known here: the device's prompts may "
                  "differ from those of training", source);
    if (k->o->serve_template && strcmp(hex, PATCHED_TEMPLATE) != 0)
        HONE_TRY(patch_template(k));
    const size_t len = strlen(k->chat_template);
    HONE_TRY(hone_export_lint_template(k->chat_template, len, source, k->err));
    (void)snprintf(k->r->template_kind, sizeof(k->r->template_kind), "%s%s", hone_path_base(source),
                   k->o->serve_template ? ", for serve" : "");
    return 0;
}

/* --- tokenizer --- */

static int open_tokenizer(hone_package *k)
{
    HONE_TRY(hone_tokenizer_write_proto(k->model->tokenizer, &k->tokenizer, k->err));
    hone_sha256_of(k->tokenizer.data, k->tokenizer.len, k->tokenizer_sha256);
    HONE_TRY(hone_export_lint_pieces(k->tokenizer.data, k->tokenizer.len, k->model->config.V,
                                     k->o->model, k->err));
    if (k->o->format == HONE_FORMAT_LITERTLM && k->model->config.V != HONE_GEMMA_PIECES)
        hone_warn("the vocabulary is trimmed to %d pieces: the device's constrained decoding (and "
                  "litert-lm serve, which always uses it) refuses this file; free decoding, calls "
                  "and tool responses work", k->model->config.V);
    return 0;
}

int hone_package_open(hone_package *k)
{
    HONE_TRY(open_model(k));
    HONE_TRY(open_tools(k));
    if (k->o->format == HONE_FORMAT_ADAPTER) return 0;
    HONE_TRY(open_template(k));
    return open_tokenizer(k);
}
