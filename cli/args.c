/* What several commands do with their words (cli/args.h). */
#include "cli/args.h"

#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "model/row.h"

#define EXPORTED ".litertlm"

int hone_args_need(const char *value, const char *name, const char *command, hone_err *err)
{
    if (value) return HONE_OK;
    hone_err_hint(err, "see hone %s --help", command);
    return hone_fail(err, HONE_E_USAGE, "%s is missing", name);
}

/* "app.tools.json" for "app.litertlm"; NULL if it is not there. */
static const char *tools_beside(hone_arena *a, const char *model)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    if (!model || !hone_path_has_suffix(model, EXPORTED)) return NULL;
    hone_buf_add(&b, model, strlen(model) - strlen(EXPORTED));
    hone_buf_str(&b, ".tools.json");
    const char *kept = NULL;
    if (hone_buf_ok(&b) && hone_fs_is_file(b.data)) kept = hone_arena_strndup(a, b.data, b.len);
    hone_buf_done(&b);
    return kept;
}

int hone_args_tools(hone_json **ret, const char **ret_path, hone_arena *a, const char *given,
                    const char *model, hone_err *err)
{
    hone_json *tools, *sorted;
    bool changed = false;
    const char *path = given ? given : tools_beside(a, model);
    if (!path) {
        *ret = NULL;
        if (ret_path) *ret_path = NULL;
        return HONE_OK;
    }
    HONE_TRY(hone_tools_load(&tools, a, path, err));
    sorted = hone_tools_sorted(a, tools, &changed);
    if (!sorted) return hone_err_memory(err, "tools", 0);
    if (changed) hone_log("%s: properties are used in the template's order", path);
    *ret = sorted;
    if (ret_path) *ret_path = path;
    return HONE_OK;
}

int hone_args_adapter_dir(char **ret, const char *path, hone_err *err)
{
    char *inner = hone_path_join(path, "adapter");
    if (inner && hone_fs_is_dir(inner)) {
        *ret = inner;
        return HONE_OK;
    }
    hone_free(inner);
    *ret = hone_strdup(path);
    return *ret ? HONE_OK : hone_err_memory(err, "a file name", strlen(path));
}
