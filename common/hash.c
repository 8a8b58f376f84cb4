/*
 * SHA-256 by libcrypto, CRC-32C by table (common/hash.h).
 *
 * The low-level SHA-256 of libcrypto is used: unlike its EVP interface it allocates nothing, so
 * hashing has no failure to report.
 */
#define OPENSSL_API_COMPAT 0x10100000L
#include "common/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

enum { HASH_CHUNK = 64 << 10, HASH_TREE_DEPTH = 64 };

struct hone_sha256 {
    SHA256_CTX ctx;
};

static void put_hex(const unsigned char *sum, size_t n, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[2 * n] = '\0';
}

static void finish_hex(SHA256_CTX *ctx, char hex[65])
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    (void)SHA256_Final(sum, ctx);
    put_hex(sum, sizeof(sum), hex);
}

void hone_git_blob_of(const void *p, size_t n, char hex[41])
{
    SHA_CTX ctx;
    unsigned char sum[SHA_DIGEST_LENGTH];
    char head[32];
    const int len = snprintf(head, sizeof(head), "blob %zu", n);
    (void)SHA1_Init(&ctx);
    (void)SHA1_Update(&ctx, head, (size_t)len + 1);
    if (n) (void)SHA1_Update(&ctx, p, n);
    (void)SHA1_Final(sum, &ctx);
    put_hex(sum, sizeof(sum), hex);
}

hone_sha256 *hone_sha256_new(void)
{
    hone_sha256 *h = hone_malloc(sizeof(*h));
    if (h) (void)SHA256_Init(&h->ctx);
    return h;
}

void hone_sha256_add(hone_sha256 *h, const void *p, size_t n)
{
    if (n) (void)SHA256_Update(&h->ctx, p, n);
}

void hone_sha256_hex(hone_sha256 *h, char hex[65])
{
    finish_hex(&h->ctx, hex);
}

void hone_sha256_free(hone_sha256 *h)
{
    hone_free(h);
}

void hone_sha256_of(const void *p, size_t n, char hex[65])
{
    SHA256_CTX ctx;
    (void)SHA256_Init(&ctx);
    if (n) (void)SHA256_Update(&ctx, p, n);
    finish_hex(&ctx, hex);
}

static int hash_fd(SHA256_CTX *ctx, int fd, const char *path, hone_err *err)
{
    char chunk[HASH_CHUNK];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n == 0) return 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return hone_fail_io(err, path, "read");
        (void)SHA256_Update(ctx, chunk, (size_t)n);
    }
}

int hone_sha256_file(const char *path, char hex[65], hone_err *err)
{
    SHA256_CTX ctx;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return hone_fail_io(err, path, "open");
    (void)SHA256_Init(&ctx);
    int rc = hash_fd(&ctx, fd, path, err);
    (void)close(fd);
    if (rc == 0) finish_hex(&ctx, hex);
    return rc;
}

/* ---- folders ---- */

typedef struct tree_walk {
    const char *root;
    char **files; /* paths below root */
    size_t count, cap;
    hone_err *err;
} tree_walk;

static int walk_push(tree_walk *w, char *rel)
{
    if (w->count == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 32;
        char **files = hone_realloc_array(w->files, cap, sizeof(*files));
        if (!files) return hone_err_memory(w->err, w->root, cap * sizeof(*files));
        w->files = files;
        w->cap = cap;
    }
    w->files[w->count++] = rel;
    return 0;
}

static int walk_dir(tree_walk *w, const char *rel, int depth);

/* Takes rel over. Links to files count as files; links to folders are left out: they may be
 * loops. */
static int walk_entry(tree_walk *w, char *rel, int depth)
{
    int rc = 0;
    struct stat st, self;
    char *path = hone_path_join(w->root, rel);
    if (!path) {
        rc = hone_err_memory(w->err, w->root, strlen(rel));
        goto done;
    }
    if (stat(path, &st) != 0 || lstat(path, &self) != 0) {
        rc = hone_fail_io(w->err, path, "look at the file");
        goto done;
    }
    if (S_ISREG(st.st_mode)) {
        HONE_GOTO(rc, done, walk_push(w, rel));
        rel = NULL;
    } else if (S_ISDIR(self.st_mode)) {
        rc = walk_dir(w, rel, depth + 1);
    }
done:
    hone_free(path);
    hone_free(rel);
    return rc;
}

static int walk_dir(tree_walk *w, const char *rel, int depth)
{
    char **names = NULL;
    size_t count = 0;
    int rc = 0;
    if (depth > HASH_TREE_DEPTH) {
        hone_err_at(w->err, w->root, 0, -1);
        return hone_fail(w->err, HONE_E_REFUSED, "folders nested deeper than %d", HASH_TREE_DEPTH);
    }
    char *path = hone_path_join(w->root, rel);
    if (!path) return hone_err_memory(w->err, w->root, strlen(rel));
    HONE_GOTO(rc, done, hone_fs_list(&names, &count, path, w->err));
    for (size_t i = 0; i < count && rc == 0; i++) {
        char *child = hone_path_join(rel, names[i]);
        rc = child ? walk_entry(w, child, depth) : hone_err_memory(w->err, w->root, strlen(rel));
    }
done:
    hone_fs_list_free(names, count);
    hone_free(path);
    return rc;
}

static int rel_cmp(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static int hash_files(SHA256_CTX *ctx, const tree_walk *w)
{
    for (size_t i = 0; i < w->count; i++) {
        char hex[65];
        char *path = hone_path_join(w->root, w->files[i]);
        if (!path) return hone_err_memory(w->err, w->root, strlen(w->files[i]));
        int rc = hone_sha256_file(path, hex, w->err);
        hone_free(path);
        if (rc < 0) return rc;
        (void)SHA256_Update(ctx, w->files[i], strlen(w->files[i]) + 1);
        (void)SHA256_Update(ctx, hex, 64);
        (void)SHA256_Update(ctx, "\n", 1);
    }
    return 0;
}

int hone_sha256_tree(const char *path, char hex[65], hone_err *err)
{
    SHA256_CTX ctx;
    tree_walk w = { path, NULL, 0, 0, err };
    (void)SHA256_Init(&ctx);
    int rc = walk_dir(&w, "", 0);
    if (w.count > 1) qsort(w.files, w.count, sizeof(*w.files), rel_cmp);
    if (rc == 0) rc = hash_files(&ctx, &w);
    if (rc == 0) finish_hex(&ctx, hex);
    hone_fs_list_free(w.files, w.count);
    return rc;
}

/* ---- values ---- */

void hone_sha256_json(const hone_json *v, char hex[65])
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&b, v, HONE_JSON_COMPACT | HONE_JSON_SORTED);
    if (hone_buf_ok(&b))
        hone_sha256_of(b.data, b.len, hex);
    else
        hex[0] = '\0';
    hone_buf_done(&b);
}

#ifdef __x86_64__
/* The processor's own instruction, for journals of many records. */
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const char *at,
                                                               size_t n)
{
    uint64_t sum = crc;
    for (uint64_t v; n >= sizeof v; at += sizeof v, n -= sizeof v) {
        memcpy(&v, at, sizeof v);
        sum = __builtin_ia32_crc32di(sum, v);
    }
    for (; n > 0; n--) sum = __builtin_ia32_crc32qi((uint32_t)sum, (unsigned char)*at++);
    return (uint32_t)sum;
}
#endif

/* Castagnoli polynomial, reflected (0x82F63B78), half a byte at a time: a table that can be
 * read. */
uint32_t hone_crc32c(uint32_t crc, const void *p, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75
    };
    const unsigned char *at = p;
    crc = ~crc;
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) return ~crc32c_sse42(crc, p, n);
#endif
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}
