/*
 * Fetching a model folder from a hub (model/hub.h). The commit and the hashes of its files come
 * from the hub's list of files; where the list names no hash, from the file's ETag. A download
 * grows in blobs/<hash>.incomplete, is hashed as a whole when it is complete, and only then
 * renamed.
 */
#include "model/hub.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/http.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"

enum {
    MAX_FILES = 2048,
    NAME_ROOM = 256,
    HASH_ROOM = 65,
    COMMIT_ROOM = 128,
    TRIES = 5,
    REDIRECTS = 5,
    LIST_BYTES = 32 << 20
};
static const size_t UNKNOWN_BYTES = (size_t)64
                                    << 30;      /* of a file whose size the hub does not tell */
static const double FILE_SECONDS = 24 * 3600.0; /* a stalled connection ends far earlier */

typedef struct hub_file {
    char name[NAME_ROOM];
    char hash[HASH_ROOM]; /* 64 digits: SHA-256; 40: git blob; "" = not known yet */
    int64_t size;         /* -1 = not known */
} hub_file;

typedef struct puller {
    const hone_pull *p;
    const char *revision;
    hone_http *http;
    hone_arena *arena;
    char *folder;   /* cache/models--org--name */
    char *snapshot; /* folder/snapshots/commit */
    char commit[COMMIT_ROOM];
    char secret[1024]; /* the whole header, or "" */
    hub_file *files;
    size_t count;
    hone_progress progress;
    int64_t total, done; /* bytes, for the progress line */
    hone_pulled result;
    hone_err *err;
} puller;

/* --- requests --- */

static int fail_status(const puller *u, const char *url, int status)
{
    hone_err_at(u->err, url, 0, -1);
    if (status == 401 || status == 403) {
        int rc =
            hone_fail(u->err, HONE_E_REMOTE, "the hub refuses %s (status %d)", u->p->name, status);
        if (u->secret[0])
            hone_err_hint(u->err,
                          "accept the model's terms at %s/%s with the account of HF_TOKEN, or "
                          "use a token that may read it",
                          u->p->endpoint, u->p->name);
        else
            hone_err_hint(u->err,
                          "the model is gated, private or misspelt: accept its terms at %s/%s and "
                          "set HF_TOKEN to a read token",
                          u->p->endpoint, u->p->name);
        return rc;
    }
    if (status == 404) {
        int rc = hone_fail(u->err, HONE_E_NOT_FOUND, "the hub has no %s at revision %s", u->p->name,
                           u->revision);
        hone_err_hint(u->err, "check the spelling of org/name and --revision");
        return rc;
    }
    int rc = hone_fail(u->err, HONE_E_REMOTE, "the hub answered with status %d", status);
    hone_err_hint(u->err, status == 429 || status >= 500
                              ? "try again later; what came so far is kept"
                              : "check --endpoint and HF_ENDPOINT");
    return rc;
}

static int fail_transport(const puller *u, const char *url, const hone_http_reply *r)
{
    hone_err_at(u->err, url, 0, -1);
    if (hone_stop_requested()) {
        int rc = hone_fail(u->err, HONE_E_STOPPED, "stopped; what came so far is kept");
        hone_err_hint(u->err, "run the command again to go on");
        return rc;
    }
    int rc =
        hone_fail(u->err, HONE_E_REMOTE, "%s", r->error[0] ? r->error : "the connection failed");
    hone_err_hint(u->err, "run the command again; what came so far is kept");
    return rc;
}

static hone_http_request request(const puller *u, const char *method, const char *url)
{
    return (hone_http_request){ .method = method,
                                .url = url,
                                .secret_header = u->secret[0] ? u->secret : NULL };
}

static char *format_url(const puller *u, const char *middle, const char *revision, const char *file)
{
    hone_buf b = HONE_BUF_INIT(8192);
    hone_buf_printf(&b, "%s/%s%s/%s/", u->p->endpoint, file ? "" : "api/models/", u->p->name,
                    middle);
    for (const char *s = revision; *s; s++) {
        if (*s == '/')
            hone_buf_str(&b, "%2F");
        else
            hone_buf_char(&b, *s);
    }
    hone_buf_printf(&b, "%s%s", file ? "/" : "?blobs=true", file ? file : "");
    char *url = hone_buf_ok(&b) ? hone_arena_strndup(u->arena, b.data, b.len) : NULL;
    hone_buf_done(&b);
    if (!url) (void)hone_err_memory(u->err, "a URL", 0);
    return url;
}

/* --- the list of files --- */

static bool plain_name(const char *s, size_t n)
{
    if (n == 0 || n >= NAME_ROOM || strlen(s) != n || s[0] == '.') return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              *s == '.' || *s == '-' || *s == '_'))
            return false;
    return true;
}

/* Files that make a model folder; never pickled weights, code or other frameworks' files. */
static bool is_wanted(const char *name)
{
    static const char *const names[] = { "config.json",
                                         "generation_config.json",
                                         "model.safetensors.index.json",
                                         "special_tokens_map.json",
                                         "added_tokens.json",
                                         "chat_template.jinja",
                                         "chat_template.json",
                                         "LICENSE",
                                         "README.md" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return strncmp(name, "tokenizer", 9) == 0 || hone_path_has_suffix(name, ".safetensors");
}

static bool is_hash(const char *s, size_t n)
{
    if (n != 40 && n != 64) return false;
    return strspn(s, "0123456789abcdef") == n;
}

static void take_hash(hub_file *f, const hone_json *v)
{
    if (hone_json_is(v, HONE_JSON_STRING) && is_hash(v->text, v->len))
        memcpy(f->hash, v->text, v->len + 1);
}

static void read_sibling(puller *u, const hone_json *s)
{
    const hone_json *name = hone_json_get(s, "rfilename"), *lfs = hone_json_get(s, "lfs");
    hub_file f = { .size = -1 };
    int64_t size = 0;
    if (!hone_json_is(name, HONE_JSON_STRING) || !plain_name(name->text, name->len)) return;
    if (!is_wanted(name->text)) return;
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->files[i].name, name->text) == 0) return;
    memcpy(f.name, name->text, name->len + 1);
    if (hone_json_i64(hone_json_get(s, "size"), &size) && size >= 0) f.size = size;
    if (hone_json_is(lfs, HONE_JSON_OBJECT)) {
        take_hash(&f, hone_json_get(lfs, "sha256"));
        if (!f.hash[0]) take_hash(&f, hone_json_get(lfs, "oid"));
        if (hone_json_i64(hone_json_get(lfs, "size"), &size) && size >= 0) f.size = size;
    } else {
        take_hash(&f, hone_json_get(s, "blobId"));
    }
    u->files[u->count++] = f;
}

static int check_list(const puller *u, const char *url)
{
    bool config = false, weights = false;
    for (size_t i = 0; i < u->count; i++) {
        config = config || strcmp(u->files[i].name, "config.json") == 0;
        weights = weights || hone_path_has_suffix(u->files[i].name, ".safetensors");
    }
    if (config && weights) return 0;
    hone_err_at(u->err, url, 0, -1);
    int rc = hone_fail(u->err, HONE_E_MODEL, "%s holds no %s", u->p->name,
                       config ? "safetensors weights" : "config.json");
    hone_err_hint(u->err, "choose a model in Hugging Face layout with safetensors weights");
    return rc;
}

static int read_list(puller *u, const char *url, const hone_http_reply *r)
{
    hone_json *o = NULL;
    if (hone_json_parse(&o, u->arena, r->body.data, r->body.len, url, 1, u->err) < 0) {
        if (u->err->code == HONE_E_MEMORY) return HONE_E_MEMORY;
        hone_err_context(u->err, "the hub's list of files");
        return u->err->code = HONE_E_REMOTE;
    }
    const hone_json *sha = hone_json_get(o, "sha"), *list = hone_json_get(o, "siblings");
    hone_err_at(u->err, url, 0, -1);
    if (!hone_json_is(sha, HONE_JSON_STRING) || sha->len >= COMMIT_ROOM ||
        !plain_name(sha->text, sha->len) || !hone_json_is(list, HONE_JSON_ARRAY))
        return hone_fail(u->err, HONE_E_REMOTE,
                         "the hub's list of files has no commit or no files");
    if (list->len > MAX_FILES)
        return hone_fail(u->err, HONE_E_REMOTE, "the model has %zu files, more than %d", list->len,
                         MAX_FILES);
    memcpy(u->commit, sha->text, sha->len + 1);
    u->files = hone_arena_alloc(u->arena, list->len * sizeof(*u->files));
    if (!u->files) return hone_err_memory(u->err, "a list of files", list->len * sizeof(*u->files));
    for (size_t i = 0; i < list->len; i++) read_sibling(u, hone_json_at(list, i));
    return check_list(u, url);
}

static int fetch_list(puller *u)
{
    const char *url = format_url(u, "revision", u->revision, NULL);
    if (!url) return HONE_E_MEMORY;
    hone_http_request q = request(u, "GET", url);
    hone_http_reply r;
    q.max_body = LIST_BYTES;
    q.timeout = 120;
    q.max_redirects = REDIRECTS;
    HONE_TRY(hone_http_do(u->http, &q, &r, u->err));
    int rc;
    if (r.outcome != HONE_HTTP_REPLY)
        rc = fail_transport(u, url, &r);
    else if (r.status != 200)
        rc = fail_status(u, url, r.status);
    else
        rc = read_list(u, url, &r);
    hone_http_reply_done(&r);
    return rc;
}

/* --- hashes that the list does not name --- */

static void read_etag(hub_file *f, const hone_http_reply *r)
{
    char value[256], size[32];
    int64_t n = 0;
    const char *s = hone_http_header(r, "x-linked-etag", value, sizeof(value));
    const bool linked = s != NULL;
    if (!s) s = hone_http_header(r, "etag", value, sizeof(value));
    if (!s) return;
    if (strncmp(s, "W/", 2) == 0) s += 2;
    if (*s == '"') s++;
    const size_t len = strcspn(s, "\"");
    char hash[HASH_ROOM] = "";
    if (len < sizeof(hash)) memcpy(hash, s, len);
    if (is_hash(hash, strlen(hash))) memcpy(f->hash, hash, sizeof(hash));
    /* content-length may be that of a compressed form */
    s = linked ? hone_http_header(r, "x-linked-size", size, sizeof(size)) : NULL;
    if (s && hone_parse_i64(s, strlen(s), &n) && n >= 0) f->size = n;
}

/* Large files answer with a redirect to storage; its headers already name the hash. */
static int fetch_hash(puller *u, hub_file *f)
{
    const char *url = format_url(u, "resolve", u->commit, f->name);
    if (!url) return HONE_E_MEMORY;
    hone_http_request q = request(u, "HEAD", url);
    hone_http_reply r;
    q.timeout = 120;
    HONE_TRY(hone_http_do(u->http, &q, &r, u->err));
    int rc = 0;
    if (r.outcome != HONE_HTTP_REPLY)
        rc = fail_transport(u, url, &r);
    else if (r.status >= 400)
        rc = fail_status(u, url, r.status);
    else
        read_etag(f, &r);
    hone_http_reply_done(&r);
    if (rc < 0 || f->hash[0]) return rc;
    hone_err_at(u->err, url, 0, -1);
    return hone_fail(u->err, HONE_E_REFUSED, "the hub names no hash of %s: it could not be checked",
                     f->name);
}

/* --- one download --- */

typedef struct download {
    puller *u;
    const char *path;
    int fd;
    int64_t have;  /* bytes in the file */
    int64_t limit; /* expected size, or -1 */
    bool too_long, stopped;
    int rc;
} download;

static int on_data(void *user, const void *p, size_t n)
{
    download *d = user;
    d->stopped = hone_stop_requested();
    d->too_long = d->limit >= 0 && (int64_t)n > d->limit - d->have;
    if (d->stopped || d->too_long) return 1;
    d->rc = hone_fs_append(d->fd, p, n, false, d->path, d->u->err);
    if (d->rc < 0) return 1;
    d->have += (int64_t)n;
    d->u->done += (int64_t)n;
    d->u->result.bytes += (int64_t)n;
    hone_progress_set(&d->u->progress, d->u->done >> 20, "MB");
    return 0;
}

static int restart(download *d)
{
    d->u->done -= d->have;
    d->have = 0;
    if (ftruncate(d->fd, 0) == 0) return 0;
    return hone_fail_io(d->u->err, d->path, "empty the file");
}

typedef enum outcome { COMPLETE, AGAIN, FAILED } outcome;

/* What one request did; *rc holds the error when it failed. */
static outcome judge(download *d, const char *url, const hone_http_reply *r, int *rc)
{
    *rc = d->rc;
    if (d->rc < 0) return FAILED;
    if (d->too_long) {
        hone_err_at(d->u->err, url, 0, -1);
        *rc = hone_fail(d->u->err, HONE_E_REFUSED,
                        "the hub sends more than the %lld bytes it announced", (long long)d->limit);
        return FAILED;
    }
    const bool range =
        r->status == 416 || (r->status == 200 && r->outcome == HONE_HTTP_REPLY && r->error[0]);
    if (range) { /* the server will not go on where we are: begin anew */
        *rc = restart(d);
        return *rc < 0 ? FAILED : AGAIN;
    }
    if (r->outcome == HONE_HTTP_REPLY && (r->status == 200 || r->status == 206)) return COMPLETE;
    if (r->outcome == HONE_HTTP_REPLY) {
        *rc = fail_status(d->u, url, r->status);
        return r->status >= 500 ? AGAIN : FAILED;
    }
    *rc = fail_transport(d->u, url, r);
    return d->stopped || hone_stop_requested() || r->outcome == HONE_HTTP_TLS ? FAILED : AGAIN;
}

/* 0.1, 0.2, 0.4 ... seconds. */
static void pause_before(int try)
{
    const struct timespec t = { .tv_nsec = 100000000L << (try > 3 ? 3 : try - 1) };
    (void)nanosleep(&t, NULL);
}

static int fetch_bytes(download *d, const char *url)
{
    int rc = 0, idle = 0;
    while (idle < TRIES) {
        const int64_t before = d->have;
        hone_http_request q = request(d->u, "GET", url);
        hone_http_reply r;
        q.max_redirects = REDIRECTS;
        q.timeout = FILE_SECONDS;
        q.max_body = d->limit < 0 ? UNKNOWN_BYTES : 0;
        q.resume_from = d->have;
        q.on_data = on_data;
        q.user = d;
        if (d->limit >= 0 && d->have == d->limit) return 0;
        HONE_TRY(hone_http_do(d->u->http, &q, &r, d->u->err));
        const outcome o = judge(d, url, &r, &rc);
        hone_http_reply_done(&r);
        if (o == COMPLETE && (d->limit < 0 || d->have == d->limit)) return 0;
        if (o == FAILED) return rc;
        if (o == COMPLETE)
            rc = hone_fail(d->u->err, HONE_E_REMOTE, "the hub sent %lld of %lld bytes",
                           (long long)d->have, (long long)d->limit);
        idle = d->have > before ? 1 : idle + 1; /* as long as it moves, it goes on */
        if (idle < TRIES) pause_before(idle);
    }
    return rc < 0 ? rc : hone_fail(d->u->err, HONE_E_REMOTE, "the hub does not send the file");
}

static int check_content(const puller *u, const hub_file *f, const char *path)
{
    char hex[65];
    hone_map map;
    HONE_TRY(hone_map_open(&map, path, u->err));
    if (strlen(f->hash) == 64)
        hone_sha256_of(map.data, map.size, hex);
    else
        hone_git_blob_of(map.data, map.size, hex);
    hone_map_close(&map);
    if (strcmp(hex, f->hash) == 0) return 0;
    (void)unlink(path);
    hone_err_at(u->err, u->p->endpoint, 0, -1);
    int rc = hone_fail(u->err, HONE_E_REFUSED,
                       "%s: the content's hash is %.16s..., the hub says %.16s...; "
                       "it was removed",
                       f->name, hex, f->hash);
    hone_err_hint(u->err,
                  "run the command again; if it happens twice the hub or a proxy changes files");
    return rc;
}

static int open_part(download *d)
{
    d->fd = open(d->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (d->fd < 0) return hone_fail_io(d->u->err, d->path, "open");
    d->have = hone_fs_size(d->path);
    if (d->have < 0) d->have = 0;
    d->u->done += d->have;
    return d->limit >= 0 && d->have > d->limit ? restart(d) : 0;
}

static int download_file(puller *u, const hub_file *f, const char *blob)
{
    char *path = hone_arena_alloc(u->arena, strlen(blob) + sizeof(".incomplete"));
    const char *url = format_url(u, "resolve", u->commit, f->name);
    if (!path || !url) return hone_err_memory(u->err, "a path", strlen(blob));
    (void)snprintf(path, strlen(blob) + sizeof(".incomplete"), "%s.incomplete", blob);
    download d = { .u = u, .path = path, .fd = -1, .limit = f->size };
    int rc = open_part(&d);
    if (rc == 0) rc = fetch_bytes(&d, url);
    if (rc == 0 && fsync(d.fd) != 0) rc = hone_fail_io(u->err, path, "write");
    if (d.fd >= 0 && close(d.fd) != 0 && rc == 0) rc = hone_fail_io(u->err, path, "close");
    HONE_TRY(rc);
    HONE_TRY(check_content(u, f, path));
    u->result.fetched++;
    return hone_fs_rename(path, blob, u->err);
}

/* --- the folder --- */

static char *in_folder(const puller *u, const char *sub, const char *name)
{
    const size_t n = strlen(u->folder) + strlen(sub) + strlen(name) + 3;
    char *path = hone_arena_alloc(u->arena, n);
    if (path)
        (void)snprintf(path, n, "%s/%s/%s", u->folder, sub, name);
    else
        (void)hone_err_memory(u->err, "a path", n);
    return path;
}

/* snapshot/name -> ../../blobs/hash, replaced as a whole. */
static int link_file(const puller *u, const hub_file *f)
{
    char target[HASH_ROOM + 16], old[HASH_ROOM + 16];
    const size_t n = strlen(u->snapshot) + strlen(f->name) + 32;
    char *path = hone_arena_alloc(u->arena, n), *fresh = hone_arena_alloc(u->arena, n);
    if (!path || !fresh) return hone_err_memory(u->err, "a path", n);
    (void)snprintf(target, sizeof(target), "../../blobs/%s", f->hash);
    (void)snprintf(path, n, "%s/%s", u->snapshot, f->name);
    (void)snprintf(fresh, n, "%s/.%s.link-%ld", u->snapshot, f->name, (long)getpid());
    const ssize_t len = readlink(path, old, sizeof(old) - 1);
    if (len > 0 && (size_t)len == strlen(target) && memcmp(old, target, (size_t)len) == 0) return 0;
    (void)unlink(fresh);
    if (symlink(target, fresh) != 0) return hone_fail_io(u->err, fresh, "make the link");
    return hone_fs_rename(fresh, path, u->err);
}

static int fetch_file(puller *u, hub_file *f)
{
    const char *blob = in_folder(u, "blobs", f->hash);
    if (!blob) return HONE_E_MEMORY;
    const int64_t size =
        hone_fs_size(blob); /* a blob has its name only after its hash was checked */
    if (size >= 0 && (f->size < 0 || size == f->size))
        u->done += size;
    else
        HONE_TRY(download_file(u, f, blob));
    hone_progress_set(&u->progress, u->done >> 20, "MB  %s", f->name);
    return link_file(u, f);
}

static int check_room(const puller *u)
{
    const int64_t room = hone_fs_free_bytes(u->folder);
    int64_t need = 0;
    for (size_t i = 0; i < u->count; i++) {
        const char *blob = in_folder(u, "blobs", u->files[i].hash);
        if (!blob) return HONE_E_MEMORY;
        if (!hone_fs_is_file(blob) && u->files[i].size > 0) need += u->files[i].size;
    }
    if (room < 0 || need < room) return 0;
    hone_err_at(u->err, u->folder, 0, -1);
    int rc = hone_fail(u->err, HONE_E_IO, "the model needs %lld MB, the disk has %lld MB free",
                       (long long)(need >> 20), (long long)(room >> 20));
    hone_err_hint(u->err, "choose another disk with --cache-dir or HF_HUB_CACHE");
    return rc;
}

static int write_ref(const puller *u)
{
    const char *path = in_folder(u, "refs", u->revision);
    char *parent = path ? hone_path_dir(path) : NULL;
    if (!parent) return hone_err_memory(u->err, "a path", 0);
    const int rc = hone_fs_mkdirs(parent, u->err);
    hone_free(parent);
    HONE_TRY(rc);
    return hone_fs_write(path, u->commit, strlen(u->commit), u->err);
}

static int fetch_all(puller *u)
{
    const char *blobs = in_folder(u, "blobs", "");
    u->snapshot = in_folder(u, "snapshots", u->commit);
    if (!blobs || !u->snapshot) return HONE_E_MEMORY;
    HONE_TRY(hone_fs_mkdirs(blobs, u->err));
    HONE_TRY(hone_fs_mkdirs(u->snapshot, u->err));
    for (size_t i = 0; i < u->count; i++)
        if (!u->files[i].hash[0]) HONE_TRY(fetch_hash(u, &u->files[i]));
    HONE_TRY(check_room(u));
    for (size_t i = 0; i < u->count; i++)
        if (u->files[i].size > 0) u->total += u->files[i].size;
    hone_progress_start(&u->progress, u->p->name, u->total >> 20);
    for (size_t i = 0; i < u->count; i++) {
        if (hone_stop_requested())
            return hone_fail(u->err, HONE_E_STOPPED, "stopped; what came so far is kept");
        const int rc = fetch_file(u, &u->files[i]);
        if (rc < 0) {
            hone_progress_end(&u->progress, NULL);
            return rc;
        }
    }
    hone_progress_end(&u->progress, "MB");
    return write_ref(u);
}

static int check_names(const puller *u)
{
    if (!hone_hub_name_valid(u->p->name)) {
        int rc =
            hone_fail(u->err, HONE_E_USAGE, "'%.100s' is no name of the form org/name", u->p->name);
        hone_err_hint(u->err, "for example: hone pull google/functiongemma-270m-it");
        return rc;
    }
    if (!hone_hub_revision_valid(u->revision))
        return hone_fail(u->err, HONE_E_USAGE, "'%.100s' is no branch, tag or commit", u->revision);
    return 0;
}

static int prepare(puller *u)
{
    if (u->p->token && u->p->token[0]) {
        const int n =
            snprintf(u->secret, sizeof(u->secret), "Authorization: Bearer %s", u->p->token);
        if (n >= (int)sizeof(u->secret))
            return hone_fail(u->err, HONE_E_USAGE, "the token is too long");
    }
    char *cache = u->p->cache ? hone_strdup(u->p->cache) : hone_hub_cache();
    u->folder = cache ? hone_hub_folder(cache, u->p->name) : NULL;
    hone_free(cache);
    if (!u->folder) return hone_err_memory(u->err, "a path", 0);
    return hone_http_new(&u->http, 1, u->err);
}

static int run_locked(puller *u)
{
    hone_lock *lock = NULL;
    const size_t n = strlen(u->folder) + 16;
    char *path = hone_arena_alloc(u->arena, n);
    if (!path) return hone_err_memory(u->err, "a path", n);
    (void)snprintf(path, n, "%s/.hone.lock", u->folder);
    HONE_TRY(hone_fs_mkdirs(u->folder, u->err));
    HONE_TRY(hone_lock_take(&lock, path, u->err));
    const int rc = fetch_all(u);
    hone_lock_drop(lock);
    return rc;
}

int hone_hub_pull(hone_pulled *ret, const hone_pull *p, hone_err *err)
{
    hone_err own;
    puller u = { .p = p, .revision = p->revision ? p->revision : "main", .err = err ? err : &own };
    hone_err_clear(u.err);
    HONE_TRY(check_names(&u));
    u.arena = hone_arena_new();
    if (!u.arena) return hone_err_memory(err, "a download", 0);
    int rc;
    HONE_GOTO(rc, done, prepare(&u));
    HONE_GOTO(rc, done, fetch_list(&u));
    HONE_GOTO(rc, done, run_locked(&u));
    u.result.files = (int)u.count;
    u.result.path = hone_strdup(u.snapshot);
    if (u.result.path)
        *ret = u.result;
    else
        rc = hone_err_memory(err, "a path", 0);
done:
    explicit_bzero(u.secret, sizeof(u.secret));
    hone_http_free(u.http);
    hone_free(u.folder);
    hone_arena_free(u.arena);
    return rc;
}

void hone_pulled_done(hone_pulled *r)
{
    hone_free(r->path);
    r->path = NULL;
}
