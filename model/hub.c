/*
 * Where MODEL is on this machine: a path, the name of a file in the program's cache
 * (~/.cache/hone/models), or org/name (org/name@revision) in the local hub cache,
 * whose layout is models--org--name/{blobs,refs,snapshots}. Nothing is fetched here.
 */
#include "model/hub.h"

#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "model/gemma3.h"

enum { NAME_MAX_BYTES = 96, REF_MAX_BYTES = 255 };

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* Length of one part of a name; 0 if it is none. Never "." or "..": both become folder names. */
static size_t part_length(const char *s)
{
    size_t n = 0;
    while (name_byte(s[n])) n++;
    if (n == 0 || n > NAME_MAX_BYTES || s[0] == '.' || s[0] == '-') return 0;
    return strstr(s, "..") && strstr(s, "..") < s + n ? 0 : n;
}

bool hone_hub_name_valid(const char *name)
{
    const size_t org = part_length(name);
    if (org == 0 || name[org] != '/') return false;
    const size_t rest = part_length(name + org + 1);
    return rest > 0 && name[org + 1 + rest] == '\0';
}

bool hone_hub_revision_valid(const char *revision)
{
    const size_t n = strlen(revision);
    if (n == 0 || n > REF_MAX_BYTES || revision[0] == '/' || revision[0] == '-' ||
        revision[0] == '.' || strstr(revision, "..") || strstr(revision, "/.") ||
        strstr(revision, "//") || revision[n - 1] == '/')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!name_byte(revision[i]) && revision[i] != '/') return false;
    return true;
}

static char *join_env(const char *variable, const char *rest)
{
    const char *v = getenv(variable);
    return v && v[0] ? hone_path_join(v, rest) : NULL;
}

char *hone_hub_cache(void)
{
    char *path = NULL;
    const char *direct = getenv("HF_HUB_CACHE");
    if (direct && direct[0]) return hone_strdup(direct);
    if ((path = join_env("HF_HOME", "hub"))) return path;
    if ((path = join_env("XDG_CACHE_HOME", "huggingface/hub"))) return path;
    if ((path = join_env("HOME", ".cache/huggingface/hub"))) return path;
    return hone_strdup(".cache/huggingface/hub");
}

char *hone_hub_folder(const char *cache, const char *name)
{
    char folder[8 + 2 * NAME_MAX_BYTES + 3] = "models--";
    size_t at = 8;
    for (const char *s = name; *s && at + 3 < sizeof(folder); s++) {
        if (*s == '/') folder[at++] = '-';
        folder[at++] = *s == '/' ? '-' : *s;
    }
    folder[at] = '\0';
    return hone_path_join(cache, folder);
}

/* The commit that refs/REVISION names; a revision that is no ref is taken as a commit itself. */
static int read_ref(char ret[REF_MAX_BYTES + 1], const char *folder, const char *revision,
                    hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(REF_MAX_BYTES + 2);
    char *refs = hone_path_join(folder, "refs");
    char *path = refs ? hone_path_join(refs, revision) : NULL;
    int rc = path ? 0 : hone_err_memory(err, "a path", strlen(folder));
    if (rc < 0) goto done;
    const char *commit = revision;
    if (hone_fs_is_file(path)) {
        HONE_GOTO(rc, done, hone_fs_read(&text, path, REF_MAX_BYTES, err));
        while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ')
            text.data[--text.len] = '\0';
        commit = text.len ? text.data : "";
    }
    if (!hone_hub_revision_valid(commit) || strchr(commit, '/')) {
        hone_err_at(err, path, 0, -1);
        rc = hone_fail(err, HONE_E_MODEL, "the hub cache holds no usable commit for revision %s",
                       revision);
        hone_err_hint(err, "fetch the model again with hone pull");
        goto done;
    }
    memcpy(ret, commit, strlen(commit) + 1);
done:
    hone_buf_done(&text);
    hone_free(path);
    hone_free(refs);
    return rc;
}

static int not_found(const char *model, const char *looked, hone_err *err)
{
    hone_err_at(err, "", 0, -1);
    int rc = hone_fail(err, HONE_E_NOT_FOUND,
                       "no model %s: neither a path nor in the hub cache (%s)", model, looked);
    hone_err_hint(err, "fetch it with: hone pull %s", model);
    return rc;
}

static int resolve_name(char **ret, const char *model, const char *name, const char *revision,
                        hone_err *err)
{
    char commit[REF_MAX_BYTES + 1];
    char *cache = hone_hub_cache(), *folder = cache ? hone_hub_folder(cache, name) : NULL;
    char *snapshots = folder ? hone_path_join(folder, "snapshots") : NULL, *path = NULL;
    int rc = snapshots ? 0 : hone_err_memory(err, "a path", strlen(name));
    if (rc < 0) goto done;
    if (!hone_fs_is_dir(folder)) {
        rc = not_found(model, folder, err);
        goto done;
    }
    HONE_GOTO(rc, done, read_ref(commit, folder, revision, err));
    path = hone_path_join(snapshots, commit);
    if (!path) {
        rc = hone_err_memory(err, "a path", strlen(snapshots));
    } else if (!hone_fs_is_dir(path)) {
        rc = not_found(model, path, err);
    } else {
        *ret = path;
        path = NULL;
    }
done:
    hone_free(path);
    hone_free(snapshots);
    hone_free(folder);
    hone_free(cache);
    return rc;
}

/* A bare file name may stand for a file of the program's own cache; *ret stays NULL if there is
 * none. */
static int cached_file(char **ret, const char *model, hone_err *err)
{
    if (strchr(model, '/')) return 0;
    char *folder = hone_path_cache("models"), *path = folder ? hone_path_join(folder, model) : NULL;
    hone_free(folder);
    if (!path) return hone_err_memory(err, "a path", strlen(model));
    if (hone_fs_is_file(path))
        *ret = path;
    else
        hone_free(path);
    return 0;
}

int hone_hub_resolve(char **ret, const char *model, hone_err *err)
{
    char *found = NULL;
    if (hone_fs_exists(model)) {
        found = hone_strdup(model);
        if (!found) return hone_err_memory(err, "a path", strlen(model));
    } else {
        HONE_TRY(cached_file(&found, model, err));
    }
    if (found) {
        *ret = found;
        return 0;
    }
    char name[2 * NAME_MAX_BYTES + 2];
    const char *at = strchr(model, '@');
    const size_t len = at ? (size_t)(at - model) : strlen(model);
    if (len < sizeof(name)) {
        memcpy(name, model, len);
        name[len] = '\0';
        if (hone_hub_name_valid(name) && (!at || hone_hub_revision_valid(at + 1)))
            return resolve_name(ret, model, name, at ? at + 1 : "main", err);
    }
    hone_err_at(err, "", 0, -1);
    int rc = hone_fail(err, HONE_E_NOT_FOUND, "no model at %s", model);
    hone_err_hint(err, "MODEL is a model folder, a .gguf or .litertlm file (a path, or a name in "
                       "~/.cache/hone/models) or org/name in the hub cache");
    return rc;
}
