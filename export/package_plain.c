/*
 * Exports for other programs than the device runtime (export/package_parts.h): GGUF, a merged
 * folder, the adapter. Folders are written under another name beside the final one, checked, and
 * renamed.
 */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "export/folder.h"
#include "export/gguf_write.h"
#include "export/package_parts.h"
#include "export/target.h"

/* --- GGUF --- */

/* What llama.cpp shows as the model's name: the output's, which says more than the base's. */
static void model_name(const hone_package *k, char *buf, size_t size)
{
    const char *base = hone_path_base(k->r->out);
    const size_t len = strlen(base), suffix = strlen(".gguf");
    (void)snprintf(buf, size, "%.*s", (int)(len > suffix ? len - suffix : len), base);
}

int hone_package_gguf(hone_package *k)
{
    char name[256], path[4096];
    hone_gguf_kind kind;
    HONE_TRY(hone_gguf_kind_parse(&kind, k->o->quant ? k->o->quant : "q8_0", k->err));
    (void)snprintf(k->r->quant, sizeof(k->r->quant), "%s", hone_gguf_kind_name(kind));
    model_name(k, name, sizeof(name));
    HONE_TRY(hone_out_open(&k->out, k->r->out, 0, k->err));
    HONE_TRY(hone_gguf_write(k->out, &k->merge, kind, name, k->chat_template, k->err));
    HONE_TRY(hone_out_flush(k->out, k->err));
    k->r->sizes.file = hone_out_size(k->out);
    HONE_TRY(hone_out_temp_path(k->out, path, sizeof(path)));
    HONE_TRY(hone_package_compare(k, path));
    hone_out *out = k->out;
    k->out = NULL;
    return hone_out_commit(out, k->err);
}

/* --- folders --- */

static int count_bytes(hone_package *k)
{
    char **names = NULL;
    size_t count = 0;
    HONE_TRY(hone_fs_list(&names, &count, k->temp_dir, k->err));
    for (size_t i = 0; i < count; i++) {
        char *path = hone_path_join(k->temp_dir, names[i]);
        const int64_t size = path ? hone_fs_size(path) : -1;
        if (size > 0) k->r->sizes.file += (uint64_t)size;
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    return 0;
}

static int end_folder(hone_package *k)
{
    HONE_TRY(count_bytes(k));
    return hone_target_end(&k->temp_dir, k->r->out, k->err);
}

int hone_package_folder(hone_package *k)
{
    hone_dtype dtype = HONE_F32;
    const char *quant = k->o->quant ? k->o->quant : "f32";
    HONE_TRY(hone_folder_dtype(&dtype, quant, k->err));
    (void)snprintf(k->r->quant, sizeof(k->r->quant), "%s", quant);
    HONE_TRY(hone_target_begin(&k->temp_dir, k->r->out, k->err));
    HONE_TRY(hone_folder_write(&k->merge, k->chat_template, dtype, k->temp_dir, k->err));
    HONE_TRY(hone_package_compare(k, k->temp_dir));
    return end_folder(k);
}

int hone_package_adapter(hone_package *k)
{
    hone_adapter *again = NULL;
    if (!k->adapter) {
        hone_err_hint(k->err, "name one with --adapter");
        return hone_fail(k->err, HONE_E_USAGE, "there is no adapter to write");
    }
    (void)snprintf(k->r->quant, sizeof(k->r->quant), "f32");
    HONE_TRY(hone_target_begin(&k->temp_dir, k->r->out, k->err));
    HONE_TRY(hone_adapter_save(k->adapter, k->model, k->temp_dir, hone_path_base(k->model->path),
                               hone_model_sha256(k->model), k->err));
    HONE_TRY(hone_adapter_load(&again, k->model, k->temp_dir, hone_model_sha256(k->model), k->err));
    const bool same = again->count == k->adapter->count &&
                      memcmp(again->params, k->adapter->params,
                             again->count * sizeof(*again->params)) == 0;
    hone_adapter_free(again);
    if (!same) return hone_fail(k->err, HONE_E_INTERNAL, "the written adapter differs");
    return end_folder(k);
}
