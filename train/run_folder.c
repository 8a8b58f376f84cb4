/* The run folder (train/run_folder.h). */
#include "train/run_folder.h"

#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"

#define FORMAT "hone-run/1"
#define MANIFEST HONE_RUN_MANIFEST
enum { NAMED_DIFFERENCES = 4 };

struct hone_run_folder {
    hone_arena *arena;
    hone_lock *lock;
    char *dir, *path; /* folder; manifest */
    hone_json *manifest, *parents;
    hone_run_state state;
};

hone_run_state hone_run_folder_state(const hone_run_folder *f)
{
    return f->state;
}

const char *hone_run_folder_dir(const hone_run_folder *f)
{
    return f->dir;
}

const hone_json *hone_run_folder_notes(const hone_run_folder *f)
{
    return hone_json_get(f->manifest, "notes");
}

const hone_json *hone_run_folder_parents(const hone_run_folder *f)
{
    return f->parents;
}

void hone_run_folder_close(hone_run_folder *f)
{
    if (!f) return;
    hone_lock_drop(f->lock);
    hone_free(f->dir);
    hone_free(f->path);
    hone_arena_free(f->arena);
    hone_free(f);
}

static int manifest_write(hone_run_folder *f, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, f->manifest, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    int rc = hone_buf_ok(&text) ? hone_fs_write(f->path, text.data, text.len, err)
                                : hone_err_memory(err, MANIFEST, text.len);
    hone_buf_done(&text);
    return rc;
}

static int manifest_new(hone_run_folder *f, const hone_run_identity *id, hone_err *err)
{
    hone_arena *a = f->arena;
    hone_json *m = hone_json_new_object(a);
    if (!m || !hone_json_set(a, m, "format", hone_json_new_str(a, FORMAT)) ||
        !hone_json_set(a, m, "version", hone_json_new_str(a, HONE_VERSION)) ||
        !hone_json_set(a, m, "inputs", hone_json_copy(a, id->inputs)) ||
        !hone_json_set(a, m, "options", hone_json_copy(a, id->options)) ||
        !hone_json_set(a, m, "notes",
                       id->notes ? hone_json_copy(a, id->notes) : hone_json_new_object(a)) ||
        !hone_json_set(a, m, "finished", hone_json_new_bool(a, false)))
        return hone_err_memory(err, MANIFEST, 0);
    f->manifest = m;
    f->state = HONE_RUN_NEW;
    return manifest_write(f, err);
}

static void show_value(hone_buf *out, const hone_json *v)
{
    if (v) hone_json_write(out, v, HONE_JSON_COMPACT);
    else hone_buf_str(out, "absent");
}

/* "key: X there, Y now; " of every difference, the first few spelled out. */
static int differences(hone_buf *out, const hone_json *there, const hone_json *now)
{
    int n = 0;
    for (size_t i = 0; i < now->len; i++) {
        const hone_json_member *m = &now->members[i];
        const hone_json *old = hone_json_get(there, m->key);
        if (old && hone_json_equal(old, m->value)) continue;
        if (n++ >= NAMED_DIFFERENCES) continue;
        hone_buf_printf(out, "%s%s: ", out->len ? "; " : "", m->key);
        show_value(out, old);
        hone_buf_str(out, " there, ");
        show_value(out, m->value);
        hone_buf_str(out, " now");
    }
    for (size_t i = 0; there && i < there->len; i++)
        n += !hone_json_get(now, there->members[i].key);
    return n;
}

static int refuse(const hone_run_folder *f, const char *what, hone_err *err)
{
    hone_err_at(err, f->dir, 0, -1);
    hone_err_hint(err, "choose another -o, or give --overwrite to remove that run and start anew");
    return hone_fail(err, HONE_E_REFUSED, "holds another run (%s)", what);
}

/* What a run wrote, and only that. */
static int remove_run(const hone_run_folder *f, hone_err *err)
{
    static const char *const own[] = { MANIFEST, "adapter", HONE_RUN_METRICS, "timing.jsonl",
                                       "trainer_state.json", HONE_RUN_CONFIG, "report.html", "runs",
                                       "model", "rows.cache", "valid.jsonl" };
    char **names = NULL;
    size_t count = 0;
    HONE_TRY(hone_fs_list(&names, &count, f->dir, err));
    int rc = HONE_OK;
    for (size_t i = 0; i < count && rc == 0; i++) {
        bool ours = strncmp(names[i], "checkpoint-", 11) == 0;
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
            ours = ours || strcmp(names[i], own[k]) == 0;
        if (!ours) continue;
        char *path = hone_path_join(f->dir, names[i]);
        if (!path) rc = hone_err_memory(err, "a file name", 0);
        else if (hone_fs_is_dir(path)) rc = hone_fs_remove_tree(path, err);
        else if (unlink(path) != 0) rc = hone_fail_io(err, path, "remove");
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    return rc;
}

/* True if every output that the manifest lists is there with its hash. */
static bool outputs_whole(const hone_run_folder *f)
{
    const hone_json *outputs = hone_json_get(f->manifest, "outputs");
    for (size_t i = 0; outputs && i < outputs->len; i++) {
        char hex[65], *path = hone_path_join(f->dir, outputs->members[i].key);
        bool same = path && hone_sha256_file(path, hex, NULL) == 0 &&
                    hone_json_str_eq(outputs->members[i].value, hex);
        hone_free(path);
        if (!same) {
            hone_warn("%s/%s is missing or was changed: it is made again", f->dir,
                      outputs->members[i].key);
            return false;
        }
    }
    return outputs && outputs->len > 0;
}

static int manifest_read(hone_run_folder *f, hone_err *err)
{
    HONE_TRY(hone_json_load(&f->manifest, f->arena, f->path, err));
    if (!hone_json_str_eq(hone_json_get(f->manifest, "format"), FORMAT)) {
        hone_err_at(err, f->path, 0, -1);
        hone_err_hint(err, "choose another -o");
        return hone_fail(err, HONE_E_REFUSED, "is no manifest of a training run (" FORMAT ")");
    }
    return HONE_OK;
}

/* Nothing that took time is there: no step, no checkpoint, no result. Such a folder is what a start
 * that failed leaves behind (rows that cannot be read, say); its user mends the cause and tries
 * again. */
static int nothing_done(const hone_run_folder *f, bool *ret, hone_err *err)
{
    char **names = NULL;
    size_t count = 0;
    char *metrics = hone_path_join(f->dir, HONE_RUN_METRICS);
    if (!metrics) return hone_err_memory(err, "a file name", 0);
    bool none = hone_fs_size(metrics) <= 0;
    hone_free(metrics);
    HONE_TRY(hone_fs_list(&names, &count, f->dir, err));
    for (size_t i = 0; i < count; i++)
        none = none && strncmp(names[i], "checkpoint-", 11) != 0 &&
               strcmp(names[i], "adapter") != 0 && strcmp(names[i], "model") != 0;
    hone_fs_list_free(names, count);
    *ret = none;
    return HONE_OK;
}

static int begin_anew(hone_run_folder *f, const hone_run_identity *id, const char *why,
                      hone_err *err)
{
    hone_log("%s holds another run%s", f->dir, why);
    HONE_TRY(remove_run(f, err));
    return manifest_new(f, id, err);
}

static int compare(hone_run_folder *f, const hone_run_identity *id, bool overwrite, hone_err *err)
{
    bool none = false;
    hone_buf what = HONE_BUF_INIT(1 << 20);
    HONE_TRY(manifest_read(f, err));
    int n = differences(&what, hone_json_get(f->manifest, "inputs"), id->inputs);
    n += differences(&what, hone_json_get(f->manifest, "options"), id->options);
    int rc = HONE_OK;
    if (n > 0 && !overwrite) rc = nothing_done(f, &none, err);
    if (rc == 0 && n > 0 && overwrite) {
        rc = begin_anew(f, id, ": removed (--overwrite)", err);
    } else if (rc == 0 && none) {
        rc = begin_anew(f, id, " that made no step: replaced", err);
    } else if (rc == 0 && n > 0) {
        rc = refuse(f, what.len ? what.data : "other options", err);
    } else if (rc == 0) {
        bool done = hone_json_is(hone_json_get(f->manifest, "finished"), HONE_JSON_TRUE);
        f->state = done && outputs_whole(f) ? HONE_RUN_FINISHED : HONE_RUN_UNFINISHED;
        if (!hone_json_str_eq(hone_json_get(f->manifest, "version"), HONE_VERSION))
            hone_warn("%s was begun by another version of hone: the result may differ in its last "
                      "bits", f->dir);
    }
    hone_buf_done(&what);
    return rc;
}

/* Checkpoints without a manifest: not ours to go on with, not ours to overwrite. */
static int check_stray(const hone_run_folder *f, hone_err *err)
{
    char **names = NULL;
    size_t count = 0;
    HONE_TRY(hone_fs_list(&names, &count, f->dir, err));
    int rc = HONE_OK;
    for (size_t i = 0; i < count && rc == 0; i++)
        if (strncmp(names[i], "checkpoint-", 11) == 0)
            rc = refuse(f, "checkpoints without " MANIFEST, err);
    hone_fs_list_free(names, count);
    return rc;
}

static int parents_make(hone_run_folder *f, const hone_run_identity *id, hone_err *err)
{
    char inputs[65], options[65];
    hone_arena *a = f->arena;
    hone_sha256_json(id->inputs, inputs);
    hone_sha256_json(id->options, options);
    f->parents = hone_json_new_object(a);
    if (!f->parents || !hone_json_set(a, f->parents, "inputs", hone_json_new_str(a, inputs)) ||
        !hone_json_set(a, f->parents, "options", hone_json_new_str(a, options)))
        return hone_err_memory(err, "manifest", 0);
    return HONE_OK;
}

static int folder_open(hone_run_folder *f, const hone_run_identity *id, bool overwrite,
                       hone_err *err)
{
    char *lock = hone_path_join(f->dir, "lock");
    int rc = lock ? hone_fs_mkdirs(f->dir, err) : hone_err_memory(err, "a file name", 0);
    if (rc == 0) rc = hone_lock_take(&f->lock, lock, err);
    hone_free(lock);
    if (rc < 0) return rc;
    HONE_TRY(parents_make(f, id, err));
    if (hone_fs_exists(f->path)) return compare(f, id, overwrite, err);
    if (!overwrite) HONE_TRY(check_stray(f, err));
    else HONE_TRY(remove_run(f, err));
    return manifest_new(f, id, err);
}

int hone_run_folder_open(hone_run_folder **ret, const char *dir, const hone_run_identity *id,
                         bool overwrite, hone_err *err)
{
    hone_run_folder *f = hone_calloc(1, sizeof *f);
    if (!f) return hone_err_memory(err, "run folder", sizeof *f);
    f->arena = hone_arena_new();
    f->dir = hone_strdup(dir);
    f->path = hone_path_join(dir, MANIFEST);
    int rc = f->arena && f->dir && f->path ? HONE_OK : hone_err_memory(err, "run folder", 0);
    if (rc == 0) rc = folder_open(f, id, overwrite, err);
    if (rc < 0) hone_run_folder_close(f);
    else *ret = f;
    return rc;
}

int hone_run_folder_finish(hone_run_folder *f, const char *const *outputs, hone_err *err)
{
    hone_arena *a = f->arena;
    hone_json *list = hone_json_new_object(a);
    if (!list) return hone_err_memory(err, MANIFEST, 0);
    for (; *outputs; outputs++) {
        char hex[65], *path = hone_path_join(f->dir, *outputs);
        int rc = path ? hone_sha256_file(path, hex, err) : hone_err_memory(err, "a file name", 0);
        hone_free(path);
        if (rc < 0) return rc;
        if (!hone_json_set(a, list, *outputs, hone_json_new_str(a, hex)))
            return hone_err_memory(err, MANIFEST, 0);
    }
    if (!hone_json_set(a, f->manifest, "finished", hone_json_new_bool(a, true)) ||
        !hone_json_set(a, f->manifest, "outputs", list))
        return hone_err_memory(err, MANIFEST, 0);
    f->state = HONE_RUN_FINISHED;
    return manifest_write(f, err);
}
