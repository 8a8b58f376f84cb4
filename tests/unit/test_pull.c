/*
 * hone pull against a local hub and a second server that plays its storage: layout of the cache,
 * resuming after cuts, hashes, redirects without the token, refusals, hostile lists.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/log.h"
#include "common/stop.h"
#include "model/hub.h"
#include "tests/support.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
enum { WEIGHTS = 300000 };

static char dir[64], endpoint[64], storage_url[64];
static struct MHD_Daemon *hub, *storage;
static char weights[WEIGHTS], weights_hash[65], config_hash[41];
static const char config[] = "{\"model_type\": \"gemma3_text\"}\n";

/* How the servers behave. */
static struct {
    int cut_after;                /* bytes of the weights before the connection ends; 0 = none */
    int cuts;                     /* how often */
    bool no_range;                /* 200 for a range */
    bool range_refused;           /* 416 for a range */
    bool other_content;           /* one byte differs */
    bool longer;                  /* more bytes than announced */
    int status;                   /* instead of the list */
    int file_status, file_faults; /* instead of a file, so often */
    bool no_hashes;               /* the list names none */
    bool no_etag;
    const char *list; /* instead of the list */
    int requests, storage_requests, heads;
    bool storage_saw_token, hub_saw_token;
    char last_range[64];
} play;

static void hex_of_blob(const char *s, size_t n, char hex[41])
{
    hone_git_blob_of(s, n, hex);
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const void *p, size_t n,
                              const char *name, const char *value)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);
    if (name) MHD_add_response_header(r, name, value);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

typedef struct part {
    size_t from;
    bool cut;
} part;

static ssize_t read_weights(void *user, uint64_t at, char *buf, size_t max)
{
    const part *p = user;
    const size_t pos = p->from + (size_t)at, end = WEIGHTS + (play.longer ? 5 : 0);
    if (p->cut && at >= (uint64_t)play.cut_after) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (pos >= end) return MHD_CONTENT_READER_END_OF_STREAM;
    size_t n = end - pos < max ? end - pos : max;
    if (p->cut && n > (size_t)play.cut_after - at) n = (size_t)play.cut_after - (size_t)at;
    for (size_t i = 0; i < n; i++) buf[i] = pos + i < WEIGHTS ? weights[pos + i] : 'x';
    if (play.other_content && pos <= 777 && pos + n > 777) buf[777 - pos] ^= 1;
    return (ssize_t)n;
}

static enum MHD_Result send_weights(struct MHD_Connection *c)
{
    const char *range = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Range");
    part *p = calloc(1, sizeof(*p));
    unsigned status = 200;
    char header[96];
    (void)snprintf(play.last_range, sizeof(play.last_range), "%s", range ? range : "");
    if (range && play.range_refused) {
        free(p);
        return answer(c, 416, "", 0, NULL, NULL);
    }
    if (range && !play.no_range) {
        status = 206;
        p->from = (size_t)strtoull(range + 6, NULL, 10);
    }
    p->cut = play.cuts > 0;
    if (play.cuts > 0) play.cuts--;
    const uint64_t size = WEIGHTS + (play.longer ? 5 : 0) - p->from;
    struct MHD_Response *r = MHD_create_response_from_callback(
        play.longer ? MHD_SIZE_UNKNOWN : size, 8192, read_weights, p, free);
    (void)snprintf(header, sizeof(header), "bytes %zu-%d/%d", p->from, WEIGHTS - 1, WEIGHTS);
    if (status == 206) MHD_add_response_header(r, "Content-Range", header);
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result send_list(struct MHD_Connection *c)
{
    char text[2048];
    if (play.status) return answer(c, (unsigned)play.status, "no", 2, NULL, NULL);
    if (play.list) return answer(c, 200, play.list, strlen(play.list), NULL, NULL);
    if (play.no_hashes)
        (void)snprintf(text, sizeof(text),
                       "{\"sha\": \"" COMMIT "\", \"siblings\": [{\"rfilename\": "
                       "\"config.json\"}, {\"rfilename\": \"model.safetensors\"}]}");
    else
        (void)snprintf(text, sizeof(text),
                       "{\"id\": \"org/name\", \"sha\": \"" COMMIT "\", \"siblings\": ["
                       "{\"rfilename\": \".gitattributes\", \"size\": 5, \"blobId\": \"%s\"},"
                       "{\"rfilename\": \"config.json\", \"size\": %zu, \"blobId\": \"%s\"},"
                       "{\"rfilename\": \"pytorch_model.bin\", \"size\": 5},"
                       "{\"rfilename\": \"onnx/model.safetensors\", \"size\": 5},"
                       "{\"rfilename\": \"model.safetensors\", \"size\": %d, \"blobId\": \"%s\","
                       " \"lfs\": {\"sha256\": \"%s\", \"size\": %d, \"pointerSize\": 134}}]}",
                       config_hash, sizeof(config) - 1, config_hash, WEIGHTS, config_hash,
                       weights_hash, WEIGHTS);
    return answer(c, 200, text, strlen(text), NULL, NULL);
}

/* The answer to HEAD: hashes as the hub names them. */
static enum MHD_Result send_head(struct MHD_Connection *c, bool large)
{
    char quoted[80], size[16];
    struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    play.heads++;
    (void)snprintf(quoted, sizeof(quoted), large ? "\"%s\"" : "W/\"%s\"",
                   large ? weights_hash : config_hash);
    (void)snprintf(size, sizeof(size), "%d", WEIGHTS);
    if (!play.no_etag) MHD_add_response_header(r, large ? "X-Linked-Etag" : "ETag", quoted);
    if (large) MHD_add_response_header(r, "X-Linked-Size", size);
    if (large) MHD_add_response_header(r, "Location", storage_url);
    if (large) MHD_add_response_header(r, "ETag", "\"of the redirect\"");
    enum MHD_Result ok = MHD_queue_response(c, large ? 302 : 200, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result on_hub(void *cls, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data, size_t *n,
                              void **state)
{
    (void)cls;
    (void)version;
    (void)data;
    (void)n;
    (void)state;
    const char *token = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    play.requests++;
    play.hub_saw_token = token && strcmp(token, "Bearer hf_secret") == 0;
    if (strncmp(url, "/api/models/org/name/revision/", 30) == 0) return send_list(c);
    if (strncmp(url, "/org/name/resolve/" COMMIT "/", 59) != 0)
        return answer(c, 404, "?", 1, NULL, NULL);
    const bool large = strcmp(url + 59, "model.safetensors") == 0;
    if (strcmp(method, "HEAD") == 0) return send_head(c, large);
    if (play.file_status && play.file_faults > 0) {
        play.file_faults--;
        return answer(c, (unsigned)play.file_status, "fault", 5, NULL, NULL);
    }
    if (large) return answer(c, 302, "", 0, "Location", storage_url);
    return answer(c, 200, config, sizeof(config) - 1, NULL, NULL);
}

static enum MHD_Result on_storage(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    (void)cls;
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    (void)n;
    (void)state;
    play.storage_requests++;
    if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization"))
        play.storage_saw_token = true;
    return send_weights(c);
}

static struct MHD_Daemon *start(MHD_AccessHandlerCallback handler, uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handler,
                                            NULL, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
    ck_assert_ptr_nonnull(d);
    *port = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
    return d;
}

static void setup(void)
{
    uint16_t port = 0;
    support_scratch(dir);
    memset(&play, 0, sizeof(play));
    for (int i = 0; i < WEIGHTS; i++) weights[i] = (char)(i * 31 + i / 256);
    hone_sha256_of(weights, WEIGHTS, weights_hash);
    hex_of_blob(config, sizeof(config) - 1, config_hash);
    hub = start(on_hub, &port);
    (void)snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%u", port);
    storage = start(on_storage, &port);
    (void)snprintf(storage_url, sizeof(storage_url), "http://127.0.0.1:%u/blob", port);
    hone_log_set_level(HONE_LOG_QUIET);
}

static void teardown(void)
{
    MHD_stop_daemon(storage);
    MHD_stop_daemon(hub);
    support_scratch_done(dir);
}

static int pull(hone_err *err)
{
    hone_pulled r = { 0 };
    const hone_pull p = {
        .name = "org/name", .endpoint = endpoint, .token = "hf_secret", .cache = dir
    };
    const int rc = hone_hub_pull(&r, &p, err);
    hone_pulled_done(&r);
    return rc;
}

#define ROOT "models--org--name"

static void check_cache(void)
{
    hone_buf b;
    char link[128] = "", want[128];
    hone_err err;
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, ROOT "/refs/main"), 100, &err), 0);
    ck_assert_str_eq(b.data, COMMIT);
    hone_buf_done(&b);
    const char *path = support_path(dir, ROOT "/snapshots/" COMMIT "/model.safetensors");
    ck_assert_int_gt(readlink(path, link, sizeof(link) - 1), 0);
    (void)snprintf(want, sizeof(want), "../../blobs/%s", weights_hash);
    ck_assert_str_eq(link, want);
    ck_assert_int_eq(hone_fs_read(&b, path, WEIGHTS, &err), 0);
    ck_assert(b.len == WEIGHTS && memcmp(b.data, weights, WEIGHTS) == 0);
    hone_buf_done(&b);
    path = support_path(dir, ROOT "/snapshots/" COMMIT "/config.json");
    ck_assert_int_eq(hone_fs_read(&b, path, 1000, &err), 0);
    ck_assert_str_eq(b.data, config);
    hone_buf_done(&b);
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/snapshots/" COMMIT "/pytorch_model.bin")));
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/snapshots/" COMMIT "/.gitattributes")));
}

static size_t count_blobs(const char *suffix)
{
    char **names = NULL;
    size_t n = 0, found = 0;
    ck_assert_int_eq(hone_fs_list(&names, &n, support_path(dir, ROOT "/blobs"), NULL), 0);
    for (size_t i = 0; i < n; i++) found += hone_path_has_suffix(names[i], suffix);
    hone_fs_list_free(names, n);
    return found;
}

START_TEST(whole)
{
    hone_err err;
    hone_pulled r = { 0 };
    const hone_pull p = {
        .name = "org/name", .endpoint = endpoint, .token = "hf_secret", .cache = dir
    };
    ck_assert_msg(hone_hub_pull(&r, &p, &err) == 0, "%s", err.message);
    ck_assert_str_eq(r.path, support_path(dir, ROOT "/snapshots/" COMMIT));
    ck_assert_int_eq(r.files, 2);
    ck_assert_int_eq(r.fetched, 2);
    ck_assert_int_eq(r.bytes, WEIGHTS + (int)sizeof(config) - 1);
    hone_pulled_done(&r);
    check_cache();
    ck_assert_uint_eq(count_blobs(".incomplete"), 0);
    ck_assert(play.hub_saw_token && !play.storage_saw_token);
    ck_assert_int_eq(play.heads, 0);
    /* again: nothing but the list is asked for */
    play.requests = play.storage_requests = 0;
    ck_assert_int_eq(hone_hub_pull(&r, &p, &err), 0);
    ck_assert_int_eq(r.fetched, 0);
    hone_pulled_done(&r);
    ck_assert(play.requests == 1 && play.storage_requests == 0);
}
END_TEST

START_TEST(cut_and_resumed)
{
    hone_err err;
    play.cut_after = 70000;
    play.cuts = 3;
    ck_assert_msg(pull(&err) == 0, "%s", err.message);
    check_cache();
    ck_assert_int_eq(play.storage_requests, 4);
    ck_assert_int_eq(strncmp(play.last_range, "bytes=", 6), 0);
    ck_assert_uint_ge(strtoull(play.last_range + 6, NULL, 10), 3 * 8192);
    ck_assert(!play.storage_saw_token);
}
END_TEST

/* The connection never lives long enough: what came stays, the next run goes on from there. */
START_TEST(given_up_and_resumed)
{
    hone_err err;
    play.cut_after = 0;
    play.cuts = 1000;
    ck_assert_int_eq(pull(&err), HONE_E_REMOTE);
    ck_assert_ptr_nonnull(strstr(err.hint, "run the command again"));
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/refs/main")));
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/snapshots/" COMMIT "/model.safetensors")));
    char part_path[256];
    (void)snprintf(part_path, sizeof(part_path), "%s/" ROOT "/blobs/%s.incomplete", dir,
                   weights_hash);
    ck_assert_int_eq(hone_fs_write(part_path, weights, 123456, &err), 0);
    play.cuts = 0;
    ck_assert_int_eq(pull(&err), 0);
    ck_assert_str_eq(play.last_range, "bytes=123456-");
    check_cache();
}
END_TEST

START_TEST(ranges_ignored)
{
    hone_err err;
    play.cut_after = 50000;
    play.cuts = 1;
    play.no_range = true;
    ck_assert_msg(pull(&err) == 0, "%s", err.message);
    check_cache();
}
END_TEST

START_TEST(ranges_refused)
{
    hone_err err;
    play.cut_after = 50000;
    play.cuts = 1;
    play.range_refused = true;
    ck_assert_msg(pull(&err) == 0, "%s", err.message);
    check_cache();
}
END_TEST

START_TEST(hash_differs)
{
    hone_err err;
    play.other_content = true;
    ck_assert_int_eq(pull(&err), HONE_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, "model.safetensors: the content's hash is"));
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/snapshots/" COMMIT "/model.safetensors")));
    ck_assert(!hone_fs_exists(support_path(dir, ROOT "/refs/main")));
    ck_assert_uint_eq(count_blobs(".incomplete"), 0); /* the bad bytes are not resumed */
    play.other_content = false;
    ck_assert_int_eq(pull(&err), 0);
    check_cache();
}
END_TEST

START_TEST(part_is_damaged)
{
    hone_err err;
    char path[256];
    play.cuts = 1000;
    ck_assert_int_lt(pull(&err), 0);
    (void)snprintf(path, sizeof(path), "%s/" ROOT "/blobs/%s.incomplete", dir, weights_hash);
    weights[5] ^= 1;
    ck_assert_int_eq(hone_fs_write(path, weights, 1000, &err), 0);
    weights[5] ^= 1;
    play.cuts = 0;
    ck_assert_int_eq(pull(&err), HONE_E_REFUSED);
    ck_assert_int_eq(pull(&err), 0);
    check_cache();
}
END_TEST

START_TEST(longer_than_announced)
{
    hone_err err;
    play.longer = true;
    ck_assert_int_eq(pull(&err), HONE_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, "more than the 300000 bytes"));
}
END_TEST

START_TEST(hashes_by_head)
{
    hone_err err;
    play.no_hashes = true;
    ck_assert_msg(pull(&err) == 0, "%s", err.message);
    check_cache();
    ck_assert_int_eq(play.heads, 2);
    ck_assert(!play.storage_saw_token);
}
END_TEST

START_TEST(no_hash_at_all)
{
    hone_err err;
    play.no_hashes = play.no_etag = true;
    ck_assert_int_eq(pull(&err), HONE_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, "names no hash of config.json"));
}
END_TEST

START_TEST(refusals)
{
    static const struct {
        int status, code;
        const char *says, *hint;
    } rows[] = {
        { 401, HONE_E_REMOTE, "refuses org/name (status 401)", "HF_TOKEN" },
        { 403, HONE_E_REMOTE, "refuses org/name (status 403)", "accept the model's terms" },
        { 404, HONE_E_NOT_FOUND, "no org/name at revision main", "spelling" },
        { 429, HONE_E_REMOTE, "status 429", "later" },
        { 503, HONE_E_REMOTE, "status 503", "later" },
    };
    hone_err err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        play.status = rows[i].status;
        ck_assert_int_eq(pull(&err), rows[i].code);
        ck_assert_msg(strstr(err.message, rows[i].says) != NULL, "%s", err.message);
        ck_assert_msg(strstr(err.hint, rows[i].hint) != NULL, "%s", err.hint);
        ck_assert(!strstr(err.message, "hf_secret") && !strstr(err.hint, "hf_secret"));
    }
    play.status = 0;
    play.file_status = 404;
    play.file_faults = 1;
    ck_assert_int_eq(pull(&err), HONE_E_NOT_FOUND);
    play.file_status = 503; /* passes */
    play.file_faults = 2;
    ck_assert_msg(pull(&err) == 0, "%s", err.message);
    check_cache();
}
END_TEST

#define LIST(files) "{\"sha\": \"" COMMIT "\", \"siblings\": [" files "]}"
#define HASH40 "0000000000000000000000000000000000000000"

START_TEST(hostile_lists)
{
    static const struct {
        const char *list;
        int code;
        const char *says;
    } rows[] = {
        { "", HONE_E_REMOTE, "list of files" },
        { "<html>", HONE_E_REMOTE, "list of files" },
        { "[]", HONE_E_REMOTE, "no commit" },
        { "{}", HONE_E_REMOTE, "no commit" },
        { "{\"sha\": 7, \"siblings\": []}", HONE_E_REMOTE, "no commit" },
        { "{\"sha\": \"../../x\", \"siblings\": []}", HONE_E_REMOTE, "no commit" },
        { "{\"sha\": \"..\", \"siblings\": []}", HONE_E_REMOTE, "no commit" },
        { "{\"sha\": \"a/b\", \"siblings\": []}", HONE_E_REMOTE, "no commit" },
        { "{\"sha\": \"" COMMIT "\"}", HONE_E_REMOTE, "no files" },
        { LIST(""), HONE_E_MODEL, "no config.json" },
        { LIST("1, null, \"x\", {}"), HONE_E_MODEL, "no config.json" },
        { LIST("{\"rfilename\": \"config.json\"}"), HONE_E_MODEL, "no safetensors weights" },
        { LIST("{\"rfilename\": \"config.json\"}, {\"rfilename\": \"../evil.safetensors\"},"
               "{\"rfilename\": \"/etc/evil.safetensors\"}, {\"rfilename\": \"a\\nb.safetensors\"},"
               "{\"rfilename\": \".safetensors\"}, {\"rfilename\": \"a b.safetensors\"},"
               "{\"rfilename\": \"a?b.safetensors\"}, {\"rfilename\": \"model.bin\"}"),
          HONE_E_MODEL, "no safetensors weights" },
        { LIST("{\"rfilename\": \"config.json\", \"size\": 9223372036854775807, \"blobId\": "
               "\"" HASH40
               "\"}, {\"rfilename\": \"m.safetensors\", \"size\": -5, \"blobId\": \"../x\"}"),
          HONE_E_NOT_FOUND, "" },
        { LIST(
              "{\"rfilename\": \"config.json\", \"size\": 900000000000000000, \"blobId\": \"" HASH40
              "\"}, {\"rfilename\": \"model.safetensors\", \"size\": 1, \"blobId\": \"" HASH40
              "\"}"),
          HONE_E_IO, "the disk has" },
    };
    hone_err err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        play.list = rows[i].list;
        const int rc = pull(&err);
        ck_assert_msg(rc < 0 && (rc == rows[i].code || i == 13), "list %zu: %d %s", i, rc,
                      err.message);
        ck_assert_msg(strstr(err.message, rows[i].says) || i == 13, "list %zu: %s", i, err.message);
    }
}
END_TEST

START_TEST(bad_words)
{
    static const char *const names[] = { "",     "name",      "org/",   "/name", "a/b/c",
                                         "../x", "org/na me", "org/.x", "-o/x",  "org/x?y" };
    static const char *const revisions[] = { "", "..", "/x", "a//b", "a/../b", "-x", "a b", "x/" };
    hone_err err;
    hone_pulled r = { 0 };
    hone_pull p = { .endpoint = endpoint, .cache = dir };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        p.name = names[i];
        ck_assert_int_eq(hone_hub_pull(&r, &p, &err), HONE_E_USAGE);
    }
    p.name = "org/name";
    for (size_t i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
        p.revision = revisions[i];
        ck_assert_int_eq(hone_hub_pull(&r, &p, &err), HONE_E_USAGE);
    }
    p.revision = NULL;
    p.endpoint = "http://192.0.2.1"; /* plain http leaves the machine */
    ck_assert_int_eq(hone_hub_pull(&r, &p, &err), HONE_E_USAGE);
    p.endpoint = "ftp://127.0.0.1";
    ck_assert_int_eq(hone_hub_pull(&r, &p, &err), HONE_E_USAGE);
    p.endpoint = endpoint;
    p.token = "line\nbreak";
    ck_assert_int_eq(hone_hub_pull(&r, &p, &err), HONE_E_USAGE);
    ck_assert_int_eq(play.requests, 0);
}
END_TEST

START_TEST(revision_with_slash)
{
    hone_err err;
    hone_pulled r = { 0 };
    const hone_pull p = {
        .name = "org/name", .endpoint = endpoint, .cache = dir, .revision = "refs/pr/1"
    };
    ck_assert_msg(hone_hub_pull(&r, &p, &err) == 0, "%s", err.message);
    hone_pulled_done(&r);
    ck_assert(hone_fs_is_file(support_path(dir, ROOT "/refs/refs/pr/1")));
}
END_TEST

START_TEST(somebody_else_pulls)
{
    hone_err err;
    hone_lock *lock = NULL;
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, ROOT), &err), 0);
    ck_assert_int_eq(hone_lock_take(&lock, support_path(dir, ROOT "/.hone.lock"), &err), 0);
    ck_assert_int_lt(pull(&err), 0);
    hone_lock_drop(lock);
    ck_assert_int_eq(pull(&err), 0);
}
END_TEST

START_TEST(stopped)
{
    hone_err err;
    hone_stop_request();
    ck_assert_int_eq(pull(&err), HONE_E_STOPPED);
}
END_TEST

START_TEST(nobody_answers)
{
    hone_err err;
    (void)snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:1");
    ck_assert_int_eq(pull(&err), HONE_E_REMOTE);
    ck_assert(err.message[0] != '\0');
}
END_TEST

int main(void)
{
    TCase *t = support_case("pull");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, whole);
    tcase_add_test(t, cut_and_resumed);
    tcase_add_test(t, given_up_and_resumed);
    tcase_add_test(t, ranges_ignored);
    tcase_add_test(t, ranges_refused);
    tcase_add_test(t, hash_differs);
    tcase_add_test(t, part_is_damaged);
    tcase_add_test(t, longer_than_announced);
    tcase_add_test(t, hashes_by_head);
    tcase_add_test(t, no_hash_at_all);
    tcase_add_test(t, refusals);
    tcase_add_test(t, hostile_lists);
    tcase_add_test(t, bad_words);
    tcase_add_test(t, revision_with_slash);
    tcase_add_test(t, somebody_else_pulls);
    tcase_add_test(t, stopped);
    tcase_add_test(t, nobody_answers);
    return support_run(t);
}
