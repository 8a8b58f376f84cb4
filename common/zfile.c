/*
 * Files of lines, plain or zstd, and zlib streams (common/zfile.h). The only file that knows zstd
 * and zlib. zstd: RFC 8878; several and skippable frames, windows up to 128 MiB. A content size in
 * a frame header is never believed; output is counted against what was read (MAX_RATIO beyond
 * FREE_BYTES), so that a bomb ends while it is small.
 */
#include "common/zfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "common/fs.h"
#include "common/mem.h"

#define READ_CHUNK ((size_t)64 << 10)
#define OUT_CHUNK ((size_t)128 << 10)
#define WINDOW_LOG 27
#define MAX_RATIO 2000
#define FREE_BYTES ((uint64_t)64 << 20)

struct hone_lines {
    char *path;
    int fd;
    size_t max_line;
    unsigned char *in; /* bytes of the file, in[in_at..in_len) unused yet */
    size_t in_at, in_len;
    bool in_end;
    ZSTD_DCtx *z;      /* NULL for a plain file */
    bool frame_open;   /* the frame has more to give */
    bool out_full;     /* zstd may hold bytes that did not fit */
    char *out;         /* text, out[out_at..out_len) unused yet */
    size_t out_at, out_len;
    uint64_t in_total, out_total;
    hone_buf partial;  /* begin of a line whose end is not here yet */
    int64_t line;
};

static int fail_line(const hone_lines *l, hone_err *err, int64_t line, const char *what)
{
    hone_err_at(err, l->path, line, -1);
    return hone_fail(err, HONE_E_DATA, "%s", what);
}

static int fill_input(hone_lines *l, hone_err *err)
{
    ssize_t n;
    if (l->in_at > 0) memmove(l->in, l->in + l->in_at, l->in_len - l->in_at);
    l->in_len -= l->in_at;
    l->in_at = 0;
    do {
        n = read(l->fd, l->in + l->in_len, READ_CHUNK - l->in_len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return hone_fail_io(err, l->path, "read");
    l->in_end = n == 0;
    l->in_len += (size_t)n;
    return 0;
}

/* A zstd frame or a skippable one; a shorter file is plain. */
static bool has_magic(const unsigned char *p, size_t n)
{
    if (n < 4) return false;
    if (memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0) return true;
    return (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0;
}

static int start_reading(hone_lines *l, hone_err *err)
{
    while (!l->in_end && l->in_len < 4) HONE_TRY(fill_input(l, err));
    if (!has_magic(l->in, l->in_len)) return 0;
    l->z = ZSTD_createDCtx();
    if (!l->z || ZSTD_isError(ZSTD_DCtx_setParameter(l->z, ZSTD_d_windowLogMax, WINDOW_LOG)))
        return hone_err_memory(err, "a zstd decoder", 0);
    return 0;
}

int hone_lines_open(hone_lines **ret, const char *path, size_t max_line, hone_err *err)
{
    int rc;
    struct stat st;
    hone_lines *l = hone_calloc(1, sizeof *l);
    if (!l) return hone_err_memory(err, "a reader", sizeof *l);
    l->fd = -1;
    l->max_line = max_line;
    hone_buf_init(&l->partial, max_line);
    l->path = hone_strdup(path);
    l->in = hone_malloc(READ_CHUNK);
    l->out = hone_malloc(OUT_CHUNK + 1);
    if (!l->path || !l->in || !l->out) {
        rc = hone_err_memory(err, "a reader", READ_CHUNK + OUT_CHUNK);
        goto fail;
    }
    l->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (l->fd < 0) {
        rc = hone_fail_io(err, path, "open");
        goto fail;
    }
    if (fstat(l->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        hone_err_at(err, path, 0, -1);
        rc = hone_fail(err, HONE_E_IO, "is a folder, a file is needed");
        goto fail;
    }
    HONE_GOTO(rc, fail, start_reading(l, err));
    *ret = l;
    return 0;
fail:
    hone_lines_close(l);
    return rc;
}

void hone_lines_close(hone_lines *l)
{
    if (!l) return;
    ZSTD_freeDCtx(l->z);
    if (l->fd >= 0) (void)close(l->fd);
    hone_buf_done(&l->partial);
    hone_free(l->in);
    hone_free(l->out);
    hone_free(l->path);
    hone_free(l);
}

static int fill_plain(hone_lines *l, hone_err *err)
{
    if (l->in_at == l->in_len && !l->in_end) HONE_TRY(fill_input(l, err));
    l->out_at = 0;
    l->out_len = l->in_len - l->in_at;
    memcpy(l->out, l->in + l->in_at, l->out_len);
    l->in_at = l->in_len;
    return 0;
}

static int decode(hone_lines *l, hone_err *err)
{
    ZSTD_inBuffer in = { l->in, l->in_len, l->in_at };
    ZSTD_outBuffer out = { l->out, OUT_CHUNK, 0 };
    size_t rc = ZSTD_decompressStream(l->z, &out, &in);
    if (ZSTD_isError(rc)) {
        hone_err_at(err, l->path, l->line + 1, -1);
        return hone_fail(err, HONE_E_DATA, "zstd: %s, after %" PRIu64 " bytes of text",
                         ZSTD_getErrorName(rc), l->out_total);
    }
    l->in_total += in.pos - l->in_at;
    l->in_at = in.pos;
    l->out_len = out.pos;
    l->out_full = out.pos == OUT_CHUNK;
    l->frame_open = rc != 0;
    l->out_total += out.pos;
    if (l->out_total > FREE_BYTES && l->out_total / MAX_RATIO > l->in_total)
        return fail_line(l, err, l->line + 1, "zstd: expands more than 2000 times; refused");
    return 0;
}

static int fill_zstd(hone_lines *l, hone_err *err)
{
    l->out_at = l->out_len = 0;
    while (l->out_len == 0) {
        bool starved = l->in_at == l->in_len && !(l->out_full && l->frame_open);
        if (starved && l->in_end && l->frame_open)
            return fail_line(l, err, l->line + 1, "zstd: the file ends in a frame (it was cut)");
        if (starved && l->in_end) return 0;
        HONE_TRY(starved ? fill_input(l, err) : decode(l, err));
    }
    return 0;
}

/* More text in out; out_len is 0 at the end of the file. */
static int fill_text(hone_lines *l, hone_err *err)
{
    return l->z ? fill_zstd(l, err) : fill_plain(l, err);
}

static int fail_long(const hone_lines *l, hone_err *err)
{
    hone_err_at(err, l->path, l->line + 1, -1);
    hone_err_hint(err, "check that this is a text file with one record a line");
    return hone_fail(err, HONE_E_DATA, "the line is longer than %zu bytes", l->max_line);
}

static int keep_partial(hone_lines *l, size_t n, hone_err *err)
{
    if (n > l->max_line - l->partial.len) return fail_long(l, err);
    hone_buf_add(&l->partial, l->out + l->out_at, n);
    l->out_at += n;
    if (!hone_buf_ok(&l->partial)) return hone_err_memory(err, "a line", l->partial.len + n);
    return 0;
}

/* Hands out text[0..n), of which a writable byte follows. */
static int give_line(hone_lines *l, char *text, size_t n, bool newline, const char **ret,
                     size_t *ret_len, int64_t *ret_line)
{
    if (newline && n > 0 && text[n - 1] == '\r') n--;
    text[n] = '\0';
    l->line++;
    if (l->line == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    *ret = text;
    *ret_len = n;
    if (ret_line) *ret_line = l->line;
    return 1;
}

int hone_lines_next(hone_lines *l, const char **ret, size_t *ret_len, int64_t *ret_line,
                    hone_err *err)
{
    hone_buf_clear(&l->partial);
    for (;;) {
        char *begin = l->out + l->out_at;
        size_t left = l->out_len - l->out_at;
        char *end = left > 0 ? memchr(begin, '\n', left) : NULL;
        if (end && l->partial.len == 0) {
            size_t n = (size_t)(end - begin);
            if (n > l->max_line) return fail_long(l, err);
            l->out_at += n + 1;
            return give_line(l, begin, n, true, ret, ret_len, ret_line);
        }
        HONE_TRY(keep_partial(l, end ? (size_t)(end - begin) : left, err));
        if (end) {
            l->out_at++;
            break;
        }
        HONE_TRY(fill_text(l, err));
        if (l->out_len > 0) continue;
        if (l->partial.len == 0) return 0;
        return give_line(l, l->partial.data, l->partial.len, false, ret, ret_len, ret_line);
    }
    return give_line(l, l->partial.data, l->partial.len, true, ret, ret_len, ret_line);
}

/* Writing */

struct hone_zout {
    hone_out *file;
    ZSTD_CCtx *z; /* NULL for a plain file */
    char *out;
    char *path;
};

static void zout_free(hone_zout *z)
{
    ZSTD_freeCCtx(z->z);
    hone_free(z->out);
    hone_free(z->path);
    hone_free(z);
}

int hone_zout_open(hone_zout **ret, const char *path, hone_err *err)
{
    int rc;
    hone_zout *z = hone_calloc(1, sizeof *z);
    if (!z) return hone_err_memory(err, "a writer", sizeof *z);
    z->path = hone_strdup(path);
    if (!z->path) {
        rc = hone_err_memory(err, "a writer", strlen(path));
        goto fail;
    }
    if (hone_path_has_suffix(path, ".zst")) {
        z->z = ZSTD_createCCtx();
        z->out = hone_malloc(OUT_CHUNK);
        if (!z->z || !z->out ||
            ZSTD_isError(ZSTD_CCtx_setParameter(z->z, ZSTD_c_checksumFlag, 1))) {
            rc = hone_err_memory(err, "a zstd encoder", OUT_CHUNK);
            goto fail;
        }
    }
    HONE_GOTO(rc, fail, hone_out_open(&z->file, path, 0, err));
    *ret = z;
    return 0;
fail:
    zout_free(z);
    return rc;
}

/* Feeds the encoder until it has taken everything (and, at the end, given everything). */
static int encode(hone_zout *z, const void *p, size_t n, ZSTD_EndDirective mode, hone_err *err)
{
    ZSTD_inBuffer in = { p, n, 0 };
    size_t left;
    do {
        ZSTD_outBuffer out = { z->out, OUT_CHUNK, 0 };
        left = ZSTD_compressStream2(z->z, &out, &in, mode);
        if (ZSTD_isError(left)) {
            hone_err_at(err, z->path, 0, -1);
            return hone_fail(err, HONE_E_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
        }
        HONE_TRY(hone_out_write(z->file, z->out, out.pos, err));
    } while (in.pos < in.size || (mode == ZSTD_e_end && left > 0));
    return 0;
}

int hone_zout_write(hone_zout *z, const void *p, size_t n, hone_err *err)
{
    if (!z->z) return hone_out_write(z->file, p, n, err);
    return encode(z, p, n, ZSTD_e_continue, err);
}

int hone_zout_commit(hone_zout *z, hone_err *err)
{
    int rc = z->z ? encode(z, "", 0, ZSTD_e_end, err) : 0;
    if (rc < 0) {
        hone_zout_abort(z);
        return rc;
    }
    rc = hone_out_commit(z->file, err);
    zout_free(z);
    return rc;
}

void hone_zout_abort(hone_zout *z)
{
    if (!z) return;
    hone_out_abort(z->file);
    zout_free(z);
}

/* zlib */

static voidpf zlib_take(voidpf user, uInt count, uInt size)
{
    (void)user;
    return hone_calloc(count, size);
}

static void zlib_give(voidpf user, voidpf p)
{
    (void)user;
    hone_free(p);
}

static int fail_zlib(hone_err *err, int code, size_t at)
{
    if (code == Z_MEM_ERROR) return hone_err_memory(err, "zlib", 0);
    const char *why = code == Z_BUF_ERROR ? "the stream ends too early"
                      : code == Z_NEED_DICT ? "the stream needs a dictionary"
                                            : "the stream is damaged";
    return hone_fail(err, HONE_E_DATA, "zlib: %s (byte %zu of it)", why, at);
}

/* One call of deflate or inflate with at most 1 GiB of input; avail_* are only 32 bits wide. */
static int zlib_step(z_stream *s, const unsigned char **at, size_t *left, unsigned char *chunk,
                     int (*step)(z_stream *, int), int flush)
{
    uInt given = *left > (size_t)1 << 30 ? (uInt)1 << 30 : (uInt)*left;
    s->next_in = (z_const Bytef *)(uintptr_t)*at; /* zlib only reads it */
    s->avail_in = given;
    s->next_out = chunk;
    s->avail_out = (uInt)READ_CHUNK;
    int rc = step(s, given == *left ? flush : Z_NO_FLUSH);
    size_t used = given - s->avail_in;
    *at += used;
    *left -= used;
    return rc;
}

static int run_zlib(z_stream *s, int (*step)(z_stream *, int), int flush, hone_buf *out,
                    const void *p, size_t n, size_t max, hone_err *err)
{
    const unsigned char *at = p;
    size_t left = n, made = 0;
    unsigned char *chunk = hone_malloc(READ_CHUNK);
    if (!chunk) return hone_err_memory(err, "zlib", READ_CHUNK);
    int rc = 0, z;
    do {
        z = zlib_step(s, &at, &left, chunk, step, flush);
        size_t got = READ_CHUNK - s->avail_out;
        if (z != Z_OK && z != Z_STREAM_END) {
            rc = fail_zlib(err, z, n - left);
            break;
        }
        if (got > max - made) {
            rc = hone_fail(err, HONE_E_DATA, "zlib: more than %zu bytes of content", max);
            break;
        }
        made += got;
        hone_buf_add(out, chunk, got);
        if (!hone_buf_ok(out)) rc = hone_err_memory(err, "zlib content", out->len + got);
    } while (rc == 0 && z != Z_STREAM_END);
    if (rc == 0 && left > 0)
        rc = hone_fail(err, HONE_E_DATA, "zlib: %zu bytes follow the stream", left);
    hone_free(chunk);
    return rc;
}

int hone_zlib_inflate(hone_buf *out, const void *p, size_t n, size_t max, hone_err *err)
{
    z_stream s = { .zalloc = zlib_take, .zfree = zlib_give };
    if (inflateInit(&s) != Z_OK) return hone_err_memory(err, "zlib", 0);
    int rc = run_zlib(&s, inflate, Z_NO_FLUSH, out, p, n, max, err);
    (void)inflateEnd(&s);
    return rc;
}

int hone_zlib_deflate(hone_buf *out, const void *p, size_t n, hone_err *err)
{
    z_stream s = { .zalloc = zlib_take, .zfree = zlib_give };
    if (deflateInit(&s, Z_BEST_COMPRESSION) != Z_OK) return hone_err_memory(err, "zlib", 0);
    int rc = run_zlib(&s, deflate, Z_FINISH, out, p, n, SIZE_MAX, err);
    (void)deflateEnd(&s);
    return rc;
}
