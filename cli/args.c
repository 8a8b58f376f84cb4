/* What several commands do with their words (cli/args.h). */
#include "cli/args.h"

#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "kernels/parallel.h"
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
    static const char *const inner[] = { "adapter", "train/adapter" };
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        char *dir = hone_path_join(path, inner[i]);
        if (dir && hone_fs_is_dir(dir)) {
            *ret = dir;
            return HONE_OK;
        }
        hone_free(dir);
    }
    *ret = hone_strdup(path);
    return *ret ? HONE_OK : hone_err_memory(err, "a file name", strlen(path));
}

/* dir/hone_manifest.json, or NULL if there is none that can be read. */
static const hone_json *manifest_in(hone_arena *a, const char *dir)
{
    hone_json *m = NULL;
    const char *path = hone_path_join_in(a, dir, "hone_manifest.json");
    if (!path || !hone_fs_is_file(path)) return NULL;
    return hone_json_load(&m, a, path, NULL) == HONE_OK ? m : NULL;
}

/* What the run folder around dir recorded under key, else what the adapter says of its base. */
static const char *recorded(hone_arena *a, const char *dir, const char *key)
{
    char *run = hone_path_dir(dir);
    const hone_json *of_run = run ? manifest_in(a, run) : NULL, *of_adapter = manifest_in(a, dir);
    const hone_json *v = hone_json_get(hone_json_get(of_run, "notes"), key);
    if (!v && !strcmp(key, "model"))
        v = hone_json_get(hone_json_get(of_adapter, "base"), "name");
    hone_free(run);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : NULL;
}

/* A file that is gone is looked for by its name alone (model/gemma3.h). */
static const char *model_now(const char *path)
{
    const bool file = path && (hone_path_has_suffix(path, ".gguf") || path[0] == '/');
    return file && !hone_fs_is_file(path) && !hone_fs_is_dir(path) ? hone_path_base(path) : path;
}

int hone_args_trained(const char **model, const char **tools, hone_arena *a, const char *adapter,
                      hone_err *err)
{
    char *dir;
    HONE_TRY(hone_args_adapter_dir(&dir, adapter, err));
    if (!*model) {
        *model = model_now(recorded(a, dir, "model"));
        if (*model) hone_log("base model: %s (recorded in %s)", *model, adapter);
    }
    const char *file = *tools ? NULL : recorded(a, dir, "tools");
    if (file && hone_fs_is_file(file)) {
        hone_log("tools: %s (recorded in %s)", file, adapter);
        *tools = file;
    } else if (file) {
        hone_warn("the tools of the training are no longer in %s: name them with --tools", file);
    }
    hone_free(dir);
    return HONE_OK;
}

int hone_args_threads(int64_t asked)
{
    const int all = hone_cpu_count(), here = hone_mpi_local();
    if (asked > 0 || here == 1 || all < (int)sysconf(_SC_NPROCESSORS_ONLN)) return (int)asked;
    return all > here ? all / here : 1;
}
