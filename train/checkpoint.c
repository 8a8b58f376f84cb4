/* Checkpoints: writing, verifying, reading, pruning (train/checkpoint.h). */
#include "train/checkpoint.h"

#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"

#define FORMAT "hone-checkpoint/1"
#define MAGIC "HONESTA1"      /* three vectors */
#define MAGIC_MEAN "HONESTA2" /* and their mean */
#define PREFIX "checkpoint-"
enum { HEADER = 16, KEEP_LEAST = 2, MANIFEST_MAX = 1 << 20, STATE_MAX = 16 << 20 };

/* ---- names ---- */

char *hone_checkpoint_path(const char *run_dir, int64_t step)
{
    hone_buf name = HONE_BUF_INIT(4096);
    hone_buf_printf(&name, PREFIX "%lld", (long long)step);
    char *path = hone_buf_ok(&name) ? hone_path_join(run_dir, name.data) : NULL;
    hone_buf_done(&name);
    return path;
}

/* N of exactly "checkpoint-N", else -1. */
static int64_t name_step(const char *name)
{
    int64_t n;
    size_t head = strlen(PREFIX);
    if (strncmp(name, PREFIX, head) != 0 || name[head] < '0' || name[head] > '9') return -1;
    if (!hone_parse_i64(name + head, strlen(name + head), &n) || n < 0) return -1;
    return n;
}

/* dir/name, fails with HONE_E_MEMORY. */
static int join(char **ret, const char *dir, const char *name, hone_err *err)
{
    *ret = hone_path_join(dir, name);
    return *ret ? HONE_OK : hone_err_memory(err, "a file name", strlen(name));
}

/* ---- writing ---- */

static int write_json(const char *dir, const char *name, const hone_json *v, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char *path = NULL;
    hone_json_write(&text, v, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    int rc = hone_buf_ok(&text) ? join(&path, dir, name, err)
                                : hone_err_memory(err, name, text.len);
    if (rc == 0) rc = hone_fs_write(path, text.data, text.len, err);
    hone_buf_done(&text);
    hone_free(path);
    return rc;
}

static int write_vectors(const char *dir, const hone_checkpoint *c, hone_err *err)
{
    uint8_t header[HEADER];
    char *path = NULL;
    hone_out *out = NULL;
    int rc;
    memcpy(header, c->mean ? MAGIC_MEAN : MAGIC, 8);
    hone_put_le64(header + 8, c->count);
    HONE_TRY(join(&path, dir, "state.bin", err));
    HONE_GOTO(rc, done, hone_out_open(&out, path, 0, err));
    HONE_GOTO(rc, done, hone_out_write(out, header, HEADER, err));
    HONE_GOTO(rc, done, hone_out_write(out, c->params, c->count * sizeof(float), err));
    HONE_GOTO(rc, done, hone_out_write(out, c->m, c->count * sizeof(float), err));
    HONE_GOTO(rc, done, hone_out_write(out, c->v, c->count * sizeof(float), err));
    if (c->mean)
        HONE_GOTO(rc, done, hone_out_write(out, c->mean, c->count * sizeof(float), err));
    rc = hone_out_commit(out, err);
    out = NULL;
done:
    hone_out_abort(out);
    hone_free(path);
    return rc;
}

/* {"name":{"size":..,"sha256":".."}} of every file in dir. */
static int files_object(hone_json **ret, hone_arena *a, const char *dir, hone_err *err)
{
    char **names = NULL;
    size_t count = 0;
    hone_json *files = hone_json_new_object(a);
    if (!files) return hone_err_memory(err, "manifest", 0);
    HONE_TRY(hone_fs_list(&names, &count, dir, err));
    int rc = HONE_OK;
    for (size_t i = 0; i < count && rc == 0; i++) {
        char hex[65], *path = NULL;
        rc = join(&path, dir, names[i], err);
        if (rc == 0) rc = hone_sha256_file(path, hex, err);
        hone_json *entry = hone_json_new_object(a);
        if (rc == 0 &&
            (!entry || !hone_json_set(a, entry, "size", hone_json_new_i64(a, hone_fs_size(path))) ||
             !hone_json_set(a, entry, "sha256", hone_json_new_str(a, hex)) ||
             !hone_json_set(a, files, names[i], entry)))
            rc = hone_err_memory(err, "manifest", 0);
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    if (rc == 0) *ret = files;
    return rc;
}

/* Hash of the manifest without its own "self", so that no part of it can change unseen. */
static int manifest_hash(char hex[65], hone_arena *a, const hone_json *root, hone_err *err)
{
    hone_json *rest = hone_json_new_object(a);
    for (size_t i = 0; rest && i < root->len; i++) {
        if (strcmp(root->members[i].key, "self") == 0) continue;
        if (!hone_json_set(a, rest, root->members[i].key, root->members[i].value)) rest = NULL;
    }
    if (rest) hone_sha256_json(rest, hex);
    return rest && hex[0] ? HONE_OK : hone_err_memory(err, "manifest", 0);
}

static int write_manifest(const char *dir, const hone_checkpoint_store *s, const hone_checkpoint *c,
                          hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_json *files = NULL, *root = a ? hone_json_new_object(a) : NULL;
    if (!root) {
        hone_arena_free(a);
        return hone_err_memory(err, "manifest", 0);
    }
    int rc = files_object(&files, a, dir, err);
    if (rc == 0 && (!hone_json_set(a, root, "format", hone_json_new_str(a, FORMAT)) ||
                    !hone_json_set(a, root, "version", hone_json_new_str(a, HONE_VERSION)) ||
                    !hone_json_set(a, root, "step", hone_json_new_i64(a, c->step)) ||
                    !hone_json_set(a, root, "parents", hone_json_copy(a, s->parents)) ||
                    !hone_json_set(a, root, "files", files)))
        rc = hone_err_memory(err, "manifest", 0);
    char hex[65];
    if (rc == 0) rc = manifest_hash(hex, a, root, err);
    if (rc == 0 && !hone_json_set(a, root, "self", hone_json_new_str(a, hex)))
        rc = hone_err_memory(err, "manifest", 0);
    if (rc == 0) rc = write_json(dir, "manifest.json", root, err);
    hone_arena_free(a);
    return rc;
}

int hone_checkpoint_space(const char *run_dir, size_t count, bool mean, hone_err *err)
{
    /* state.bin holds three vectors or four, the adapter one; a fifth of it to spare */
    uint64_t need = (uint64_t)count * sizeof(float) * (mean ? 5 : 4) * 6 / 5 + (1 << 20);
    int64_t there = hone_fs_free_bytes(run_dir);
    if (there < 0 || (uint64_t)there >= need) return HONE_OK;
    hone_err_at(err, run_dir, 0, -1);
    hone_err_hint(err, "free some disk space, then run the same command again: it goes on from the "
                       "newest checkpoint");
    return hone_fail(err, HONE_E_IO, "%.1f MB free, a checkpoint needs %.1f MB",
                     (double)there / 1e6, (double)need / 1e6);
}

/* Removes a whole checkpoint. Renamed first: killed half-way it must not look like a damaged
 * one. */
static int remove_whole(const char *dir, hone_err *err)
{
    hone_buf aside = HONE_BUF_INIT(1 << 16);
    hone_buf_printf(&aside, "%s.tmp-old-%ld", dir, (long)getpid());
    int rc = hone_buf_ok(&aside) ? HONE_OK : hone_err_memory(err, dir, 0);
    if (rc == 0) rc = hone_fs_rename(dir, aside.data, err);
    if (rc == 0) rc = hone_fs_remove_tree(aside.data, err);
    hone_buf_done(&aside);
    return rc;
}

/* A folder that stands where the new one must go: ours and whole is replaced, else kept aside. */
static int make_room(const char *target, hone_err *err)
{
    if (!hone_fs_exists(target)) return HONE_OK;
    if (hone_checkpoint_verify(target, NULL, NULL) == 0) return remove_whole(target, err);
    for (int k = 1;; k++) {
        hone_buf aside = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&aside, "%s.damaged-%d", target, k);
        bool taken = hone_buf_ok(&aside) && hone_fs_exists(aside.data);
        int rc = hone_buf_ok(&aside) ? HONE_OK : hone_err_memory(err, target, 0);
        if (rc == 0 && !taken) rc = hone_fs_rename(target, aside.data, err);
        hone_buf_done(&aside);
        if (rc < 0 || !taken) return rc;
    }
}

static int write_folder(const char *temp, const hone_checkpoint_store *s, const hone_checkpoint *c,
                        hone_err *err)
{
    HONE_TRY(hone_fs_mkdirs(temp, err));
    HONE_TRY(write_vectors(temp, c, err));
    HONE_TRY(write_json(temp, "state.json", c->state, err));
    if (s->write_files) HONE_TRY(s->write_files(s->user, temp, err));
    HONE_TRY(write_manifest(temp, s, c, err));
    return hone_fs_sync_dir(temp, err);
}

int hone_checkpoint_save(const hone_checkpoint_store *s, const hone_checkpoint *c, hone_err *err)
{
    hone_buf temp = HONE_BUF_INIT(1 << 16);
    char *target = hone_checkpoint_path(s->run_dir, c->step);
    int rc = HONE_OK;
    if (target) hone_buf_printf(&temp, "%s.tmp-%ld", target, (long)getpid());
    if (!target || !hone_buf_ok(&temp)) {
        rc = hone_err_memory(err, "a file name", 0);
        goto done;
    }
    HONE_GOTO(rc, done, hone_checkpoint_space(s->run_dir, c->count, c->mean != NULL, err));
    HONE_GOTO(rc, done, hone_fs_remove_tree(temp.data, err));
    rc = write_folder(temp.data, s, c, err);
    if (rc == 0) rc = make_room(target, err);
    if (rc == 0) rc = hone_fs_rename(temp.data, target, err);
    if (rc < 0) (void)hone_fs_remove_tree(temp.data, NULL);
    if (rc == 0) rc = hone_checkpoint_verify(target, NULL, err);
    if (rc < 0) hone_err_context(err, "saving %s", target);
done:
    hone_buf_done(&temp);
    hone_free(target);
    return rc;
}

/* ---- verifying and reading ---- */

static int fail_at(hone_err *err, const char *dir, const char *fmt, const char *name)
{
    hone_err_at(err, dir, 0, -1);
    return hone_fail(err, HONE_E_DATA, fmt, name);
}

static int read_json(hone_json **ret, hone_arena *a, const char *dir, const char *name, size_t max,
                     hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(max);
    char *path = NULL;
    HONE_TRY(join(&path, dir, name, err));
    int rc = hone_fs_read(&text, path, max, err);
    if (rc == 0) rc = hone_json_parse(ret, a, text.data, text.len, path, 1, err);
    if (rc == 0 && !hone_json_is(*ret, HONE_JSON_OBJECT))
        rc = fail_at(err, dir, "%s is no JSON object", name);
    hone_buf_done(&text);
    hone_free(path);
    return rc;
}

static int verify_file(const char *dir, const hone_json_member *m, hone_err *err)
{
    int64_t size;
    const char *sha;
    char hex[65], *path = NULL;
    if (strchr(m->key, '/') || strcmp(m->key, "..") == 0)
        return fail_at(err, dir, "the manifest names a file outside the folder: %s", m->key);
    HONE_TRY(hone_json_req_i64(&size, m->value, "size", 0, INT64_MAX, dir, err));
    HONE_TRY(hone_json_req_str(&sha, m->value, "sha256", dir, err));
    HONE_TRY(join(&path, dir, m->key, err));
    int rc = HONE_OK;
    if (hone_fs_size(path) < 0) rc = fail_at(err, dir, "%s is missing", m->key);
    else if (hone_fs_size(path) != size) rc = fail_at(err, dir, "%s has another size", m->key);
    else rc = hone_sha256_file(path, hex, err);
    if (rc == 0 && strcmp(hex, sha) != 0)
        rc = fail_at(err, dir, "%s was changed: its SHA-256 does not fit", m->key);
    hone_free(path);
    return rc;
}

static int verify_manifest(hone_json **ret, hone_arena *a, const char *dir, hone_err *err)
{
    hone_json *root, *files, *parents;
    int64_t step;
    const char *format, *self;
    char hex[65];
    HONE_TRY(read_json(&root, a, dir, "manifest.json", MANIFEST_MAX, err));
    HONE_TRY(hone_json_req_str(&format, root, "format", dir, err));
    if (strcmp(format, FORMAT) != 0)
        return fail_at(err, dir, "format %s is not known here (known: " FORMAT ")", format);
    HONE_TRY(hone_json_req_str(&self, root, "self", dir, err));
    HONE_TRY(manifest_hash(hex, a, root, err));
    if (strcmp(self, hex) != 0) return fail_at(err, dir, "%s was changed", "manifest.json");
    HONE_TRY(hone_json_req_i64(&step, root, "step", 0, INT64_MAX, dir, err));
    HONE_TRY(hone_json_get_typed(&files, root, "files", HONE_JSON_OBJECT, dir, err));
    HONE_TRY(hone_json_get_typed(&parents, root, "parents", HONE_JSON_OBJECT, dir, err));
    if (!hone_json_get(files, "state.bin") || !hone_json_get(files, "state.json") || !parents)
        return fail_at(err, dir, "%s does not list the state", "manifest.json");
    for (size_t i = 0; i < files->len; i++) HONE_TRY(verify_file(dir, &files->members[i], err));
    *ret = root;
    return HONE_OK;
}

int hone_checkpoint_verify(const char *dir, int64_t *ret_step, hone_err *err)
{
    hone_json *root = NULL;
    int64_t step = 0;
    hone_arena *a = hone_arena_new();
    if (!a) return hone_err_memory(err, "manifest", 0);
    int rc = verify_manifest(&root, a, dir, err);
    if (rc == 0) rc = hone_json_req_i64(&step, root, "step", 0, INT64_MAX, dir, err);
    if (rc == 0 && name_step(hone_path_base(dir)) >= 0 && name_step(hone_path_base(dir)) != step)
        rc = fail_at(err, dir, "the manifest is of another step%s", "");
    if (rc == 0 && ret_step) *ret_step = step;
    hone_arena_free(a);
    return rc;
}

static int check_parents(const hone_json *have, const hone_json *want, const char *dir,
                         hone_err *err)
{
    for (size_t i = 0; i < want->len; i++) {
        const hone_json_member *m = &want->members[i];
        const hone_json *other = hone_json_get(have, m->key);
        if (other && hone_json_equal(other, m->value)) continue;
        hone_err_hint(err, "go on with the inputs and options of that run, or train into another "
                           "folder");
        return fail_at(err, dir, "belongs to a run with another %s", m->key);
    }
    return HONE_OK;
}

static int vectors_alloc(hone_checkpoint *c, size_t count, int vectors, hone_err *err)
{
    float **all[] = { &c->params, &c->m, &c->v, &c->mean };
    c->count = count;
    for (int i = 0; i < vectors; i++) {
        *all[i] = hone_calloc(count, sizeof(float));
        if (!*all[i]) return hone_err_memory(err, "checkpoint", count * sizeof(float));
    }
    return HONE_OK;
}

static int read_vectors(hone_checkpoint *c, const char *dir, size_t count, hone_err *err)
{
    char *path = NULL;
    hone_map map = { NULL, 0, NULL };
    HONE_TRY(join(&path, dir, "state.bin", err));
    int rc = hone_map_open(&map, path, err);
    hone_free(path);
    if (rc < 0) return rc;
    const bool known = map.size >= HEADER && (memcmp(map.data, MAGIC, 8) == 0 ||
                                              memcmp(map.data, MAGIC_MEAN, 8) == 0);
    const int vectors = known && memcmp(map.data, MAGIC, 8) != 0 ? 4 : 3;
    const size_t each = (size_t)vectors * sizeof(float);
    if (!known)
        rc = fail_at(err, dir, "%s has a wrong header", "state.bin");
    else if (hone_le64(map.data + 8) != count || (map.size - HEADER) / each != count ||
             (map.size - HEADER) % each != 0)
        rc = fail_at(err, dir, "%s is for an adapter of another size", "state.bin");
    else
        rc = vectors_alloc(c, count, vectors, err);
    if (rc == 0 && count > 0) {
        const uint8_t *from = map.data + HEADER;
        memcpy(c->params, from, count * 4);
        memcpy(c->m, from + count * 4, count * 4);
        memcpy(c->v, from + count * 8, count * 4);
        if (c->mean) memcpy(c->mean, from + count * 12, count * 4);
    }
    hone_map_close(&map);
    return rc;
}

int hone_checkpoint_load(hone_checkpoint *ret, hone_arena *a, const char *dir,
                         const hone_json *parents, size_t count, hone_err *err)
{
    hone_checkpoint c = { 0 };
    hone_json *root, *state;
    int rc;
    HONE_GOTO(rc, fail, hone_checkpoint_verify(dir, &c.step, err));
    HONE_GOTO(rc, fail, verify_manifest(&root, a, dir, err));
    HONE_GOTO(rc, fail, check_parents(hone_json_get(root, "parents"), parents, dir, err));
    HONE_GOTO(rc, fail, read_json(&state, a, dir, "state.json", STATE_MAX, err));
    HONE_GOTO(rc, fail, read_vectors(&c, dir, count, err));
    c.state = state;
    *ret = c;
    return HONE_OK;
fail:
    hone_checkpoint_done(&c);
    return rc;
}

void hone_checkpoint_done(hone_checkpoint *c)
{
    if (!c) return;
    hone_free(c->params);
    hone_free(c->m);
    hone_free(c->v);
    hone_free(c->mean);
    *c = (hone_checkpoint){ 0 };
}

/* ---- the run's checkpoints ---- */

/* Steps of all folders named checkpoint-N, newest first; fresh array. */
static int list_steps(int64_t **ret, size_t *ret_count, const char *run_dir, hone_err *err)
{
    char **names = NULL;
    size_t count = 0, n = 0;
    *ret = NULL;
    *ret_count = 0;
    if (!hone_fs_is_dir(run_dir)) return HONE_OK;
    HONE_TRY(hone_fs_list(&names, &count, run_dir, err));
    int64_t *steps = hone_calloc(count + 1, sizeof *steps);
    for (size_t i = 0; steps && i < count; i++) {
        int64_t step = name_step(names[i]);
        if (step < 0) continue;
        size_t at = n++;
        while (at > 0 && steps[at - 1] < step) {
            steps[at] = steps[at - 1];
            at--;
        }
        steps[at] = step;
    }
    hone_fs_list_free(names, count);
    if (!steps) return hone_err_memory(err, "checkpoint list", count * sizeof *steps);
    *ret = steps;
    *ret_count = n;
    return HONE_OK;
}

int hone_checkpoint_newest(char **ret, const char *run_dir,
                           void (*on_bad)(void *user, const char *dir, const hone_err *why),
                           void *user, hone_err *err)
{
    int64_t *steps = NULL;
    size_t count = 0;
    char *found = NULL;
    int rc = list_steps(&steps, &count, run_dir, err);
    for (size_t i = 0; i < count && rc == 0 && !found; i++) {
        hone_err why;
        hone_err_clear(&why);
        char *dir = hone_checkpoint_path(run_dir, steps[i]);
        if (!dir) {
            rc = hone_err_memory(err, "a file name", 0);
        } else if (hone_checkpoint_verify(dir, NULL, &why) == 0) {
            found = dir;
            dir = NULL;
        } else if (why.code == HONE_E_MEMORY) {
            rc = hone_err_memory(err, "checkpoint", 0);
        } else if (on_bad) {
            on_bad(user, dir, &why);
        }
        hone_free(dir);
    }
    hone_free(steps);
    if (rc == 0) *ret = found;
    return rc;
}

int hone_checkpoint_prune(const char *run_dir, int64_t keep, int64_t protect_step, hone_err *err)
{
    int64_t *steps = NULL, whole = 0;
    size_t count = 0;
    if (keep < KEEP_LEAST) keep = KEEP_LEAST;
    int rc = list_steps(&steps, &count, run_dir, err);
    for (size_t i = 0; i < count && rc == 0; i++) {
        char *dir = hone_checkpoint_path(run_dir, steps[i]);
        if (!dir) {
            rc = hone_err_memory(err, "a file name", 0);
        } else if (hone_checkpoint_verify(dir, NULL, NULL) == 0 && ++whole > keep &&
                   steps[i] != protect_step) {
            rc = remove_whole(dir, err);
        }
        hone_free(dir);
    }
    hone_free(steps);
    return rc;
}

int hone_checkpoint_clean(const char *run_dir, hone_err *err)
{
    char **names = NULL;
    size_t count = 0;
    if (!hone_fs_is_dir(run_dir)) return HONE_OK;
    HONE_TRY(hone_fs_list(&names, &count, run_dir, err));
    int rc = HONE_OK;
    for (size_t i = 0; i < count && rc == 0; i++) {
        char *path = NULL;
        if (strncmp(names[i], PREFIX, strlen(PREFIX)) != 0 || !strstr(names[i], ".tmp-")) continue;
        rc = join(&path, run_dir, names[i], err);
        if (rc == 0) rc = hone_fs_remove_tree(path, err);
        hone_free(path);
    }
    hone_fs_list_free(names, count);
    return rc;
}
