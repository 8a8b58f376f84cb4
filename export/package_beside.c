/* The files beside an export (export/package_parts.h): tools, manifest, model card. */
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "export/card.h"
#include "export/package_parts.h"

enum { INPUTS = 6 };

static int write_tools(hone_package *k)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (!k->tools) return 0;
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

static int hash_inputs(hone_package *k, hone_manifest_input in[INPUTS])
{
    in[0] = (hone_manifest_input){ .key = "base", .path = k->model->path };
    memcpy(in[0].sha256, hone_model_sha256(k->model), sizeof(in[0].sha256));
    HONE_TRY(hash_input(&in[1], "adapter", k->adapter_dir, k->err));
    HONE_TRY(hash_input(&in[2], "data", k->o->data, k->err));
    HONE_TRY(hash_input(&in[3], "tools", k->o->tools, k->err));
    HONE_TRY(hash_input(&in[4], "template", k->template_path, k->err));
    return hash_input(&in[5], "report", k->o->report, k->err);
}

int hone_package_beside(hone_package *k)
{
    hone_manifest_input in[INPUTS];
    const bool device = k->o->format == HONE_FORMAT_LITERTLM || k->o->format == HONE_FORMAT_TFLITE;
    if (k->o->format == HONE_FORMAT_ADAPTER) return 0; /* it has a manifest and a page of its own */
    HONE_TRY(hash_inputs(k, in));
    const hone_manifest m = {
        .format = hone_format_name(k->o->format), .quant = k->r->quant, .inputs = in,
        .num_inputs = INPUTS, .config = &k->model->config,
        .options = device ? &k->r->options : NULL, .template_kind = k->r->template_kind,
        .chat_template = k->chat_template, .tokenizer_sha256 = k->tokenizer_sha256,
        .file = k->r->out, .sizes = &k->r->sizes, .logits = k->run ? &k->r->logits : NULL,
        .loss = k->r->loss.rows ? &k->r->loss : NULL, .why_cache_length = k->r->why_cache_length,
        .why_prefill = k->r->why_prefill,
    };
    HONE_TRY(write_tools(k));
    HONE_TRY(hone_manifest_write(&m, k->r->manifest_path, k->err));
    return hone_card_write(k, &m);
}
