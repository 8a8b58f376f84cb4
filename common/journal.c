/*
 * The journal (common/journal.h, docs/durability.md): framing, recovery, appending.
 */
#include "common/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"

#define HEADER 18 /* "%08x %08x " */
#define MAX_RECORD ((size_t)64 << 20)
#define WAITING ((size_t)1 << 20) /* bytes of records that wait for the next sync at most */

struct hone_journal {
    int fd;
    char *path;
    uint64_t size; /* bytes of whole records */
    bool failed;   /* the end of the file is not known any more */
    hone_buf waiting; /* records that are not in the file yet */
};

typedef struct recovery {
    const char *data;
    size_t size, good; /* good: end of the last whole record */
    int64_t records;
} recovery;

static bool read_hex(const char *s, uint32_t *ret)
{
    uint32_t v = 0;
    for (int i = 0; i < 8; i++) {
        char c = s[i];
        if (c >= '0' && c <= '9') v = v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f') v = v << 4 | (uint32_t)(c - 'a' + 10);
        else return false;
    }
    *ret = v;
    return true;
}

static void write_hex(char *s, uint32_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 4) s[i] = "0123456789abcdef"[v & 15];
}

/* Length and checksum of a record that could begin here and ends inside the file. */
static bool read_header(const recovery *r, size_t at, uint32_t *len, uint32_t *crc)
{
    if (r->size - at < HEADER + 3) return false; /* the shortest: {} */
    const char *s = r->data + at;
    if (!read_hex(s, len) || s[8] != ' ' || !read_hex(s + 9, crc) || s[17] != ' ') return false;
    if (*len > MAX_RECORD || *len > r->size - at - HEADER - 1) return false;
    return s[HEADER + *len] == '\n';
}

static bool is_whole(const recovery *r, size_t at, uint32_t *len)
{
    uint32_t crc;
    return read_header(r, at, len, &crc) && hone_crc32c(0, r->data + at + HEADER, *len) == crc;
}

/* Whether a whole record begins anywhere behind `at`. False headers could make this quadratic, so
 * the bytes that are summed are counted; past the limit the answer is yes: the file is refused. */
static bool whole_follows(const recovery *r, size_t at)
{
    uint32_t len, crc;
    for (size_t summed = 0; ++at < r->size;) {
        if (!read_header(r, at, &len, &crc)) continue;
        if (hone_crc32c(0, r->data + at + HEADER, len) == crc) return true;
        summed += len;
        if (summed / 8 > r->size) return true;
    }
    return false;
}

static int fail_damage(const hone_journal *j, const recovery *r, hone_err *err)
{
    hone_err_at(err, j->path, 0, (int64_t)r->good);
    hone_err_hint(err, "restore a copy; or `truncate -s %zu` gives up the records from there on",
                  r->good);
    return hone_fail(err, HONE_E_DATA,
                     "the journal is damaged behind record %" PRId64 ", and whole records follow",
                     r->records);
}

typedef struct taker {
    int (*on_record)(void *user, const hone_json *record, hone_err *err);
    void *user;
    hone_arena *arena;
} taker;

static int take_record(const hone_journal *j, const recovery *r, const taker *t, size_t at,
                       size_t len, hone_err *err)
{
    hone_json *record = NULL;
    hone_arena_clear(t->arena);
    HONE_TRY(hone_json_parse(&record, t->arena, r->data + at + HEADER, len, j->path,
                             r->records + 1, err));
    if (record->type != HONE_JSON_OBJECT) {
        hone_err_at(err, j->path, r->records + 1, (int64_t)at);
        return hone_fail(err, HONE_E_DATA, "a record of the journal is not an object");
    }
    return t->on_record ? t->on_record(t->user, record, err) : 0;
}

static int take_records(const hone_journal *j, recovery *r, const taker *t, hone_err *err)
{
    uint32_t len;
    while (r->good < r->size && is_whole(r, r->good, &len)) {
        HONE_TRY(take_record(j, r, t, r->good, len, err));
        r->good += HEADER + len + 1;
        r->records++;
    }
    return 0;
}

static int sync_fd(const hone_journal *j, hone_err *err)
{
    int rc;
    do {
        rc = fdatasync(j->fd);
    } while (rc != 0 && errno == EINTR);
    return rc == 0 ? 0 : hone_fail_io(err, j->path, "sync to disk");
}

/* Keeps the torn bytes beside the journal before they are cut. */
static int keep_torn(const hone_journal *j, const recovery *r, hone_err *err)
{
    hone_buf name;
    hone_buf_init(&name, (size_t)1 << 16);
    hone_buf_printf(&name, "%s.torn", j->path);
    int fd = -1, rc = hone_buf_ok(&name) ? 0 : hone_err_memory(err, "a path", name.len);
    if (rc < 0) goto done;
    fd = open(name.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = hone_fail_io(err, name.data, "open");
        goto done;
    }
    HONE_GOTO(rc, done,
              hone_fs_append(fd, r->data + r->good, r->size - r->good, true, name.data, err));
    hone_warn("%s: the last %zu bytes were no whole record; they are kept in %s", j->path,
              r->size - r->good, name.data);
done:
    if (fd >= 0) (void)close(fd);
    hone_buf_done(&name);
    return rc;
}

static int cut_tail(const hone_journal *j, const recovery *r, hone_err *err)
{
    if (whole_follows(r, r->good)) return fail_damage(j, r, err);
    HONE_TRY(keep_torn(j, r, err));
    if (ftruncate(j->fd, (off_t)r->good) != 0)
        return hone_fail_io(err, j->path, "cut the torn end");
    return sync_fd(j, err);
}

static int recover(hone_journal *j, const taker *t, hone_err *err)
{
    hone_map map;
    HONE_TRY(hone_map_open(&map, j->path, err));
    recovery r = { .data = (const char *)map.data, .size = map.size };
    int rc = map.size > 0 ? take_records(j, &r, t, err) : 0;
    if (rc >= 0 && r.good < r.size) rc = cut_tail(j, &r, err);
    j->size = r.good;
    hone_map_close(&map);
    return rc < 0 ? rc : 0;
}

static int open_file(hone_journal *j, hone_err *err)
{
    bool fresh = !hone_fs_exists(j->path);
    j->fd = open(j->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (j->fd < 0) return hone_fail_io(err, j->path, "open the journal");
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return hone_fail_io(err, j->path, "lock the journal");
        hone_err_at(err, j->path, 0, -1);
        hone_err_hint(err, "wait for the other process or stop it");
        return hone_fail(err, HONE_E_REFUSED, "the journal is in use");
    }
    if (!fresh) return 0;
    char *dir = hone_path_dir(j->path);
    if (!dir) return hone_err_memory(err, "a path", strlen(j->path));
    int rc = hone_fs_sync_dir(dir, err);
    hone_free(dir);
    return rc;
}

int hone_journal_open(hone_journal **ret, const char *path,
                      int (*on_record)(void *user, const hone_json *record, hone_err *err),
                      void *user, hone_err *err)
{
    int rc;
    taker t = { on_record, user, hone_arena_new() };
    hone_journal *j = hone_calloc(1, sizeof *j);
    if (j) {
        j->fd = -1;
        j->path = hone_strdup(path);
        hone_buf_init(&j->waiting, MAX_RECORD + WAITING + HEADER + 1);
    }
    rc = t.arena && j && j->path ? 0 : hone_err_memory(err, "a journal", sizeof *j);
    if (rc < 0) goto done;
    HONE_GOTO(rc, done, open_file(j, err));
    HONE_GOTO(rc, done, recover(j, &t, err));
    *ret = j;
done:
    hone_arena_free(t.arena);
    if (rc < 0) hone_journal_close(j);
    return rc;
}

static int check_usable(const hone_journal *j, hone_err *err)
{
    if (!j->failed) return 0;
    hone_err_at(err, j->path, 0, -1);
    return hone_fail(err, HONE_E_IO, "not written: an earlier write to the journal failed");
}

/* Begins a record behind those that wait; the header comes in front once the sum is known. */
static size_t begin_frame(hone_journal *j)
{
    size_t at = j->waiting.len;
    hone_buf_add(&j->waiting, "                  ", HEADER);
    return at;
}

static int end_frame(hone_journal *j, size_t at, hone_err *err)
{
    hone_buf_char(&j->waiting, '\n');
    if (!hone_buf_ok(&j->waiting)) {
        j->failed = true; /* records before it may wait in the same buffer */
        return hone_err_memory(err, "a record of the journal", MAX_RECORD);
    }
    size_t len = j->waiting.len - at - HEADER - 1;
    write_hex(j->waiting.data + at, (uint32_t)len);
    write_hex(j->waiting.data + at + 9, hone_crc32c(0, j->waiting.data + at + HEADER, len));
    return 0;
}

/* What waits, into the file at once. Records that could not be written are lost, and their caller
 * knows that none since the last sync is safe: none may follow them. */
static int write_out(hone_journal *j, hone_err *err)
{
    if (j->waiting.len == 0) return 0;
    int rc = hone_fs_append(j->fd, j->waiting.data, j->waiting.len, false, j->path, err);
    if (rc < 0) {
        j->failed = true;
        (void)!ftruncate(j->fd, (off_t)j->size); /* half a record would be a torn tail */
        return rc;
    }
    j->size += j->waiting.len;
    hone_buf_clear(&j->waiting);
    return 0;
}

int hone_journal_append(hone_journal *j, const hone_json *record, bool sync, hone_err *err)
{
    HONE_TRY(check_usable(j, err));
    if (!hone_json_is(record, HONE_JSON_OBJECT))
        return hone_fail(err, HONE_E_INTERNAL, "a record of the journal must be an object");
    size_t at = begin_frame(j);
    hone_json_write(&j->waiting, record, HONE_JSON_COMPACT);
    HONE_TRY(end_frame(j, at, err));
    if (sync) return hone_journal_sync(j, err);
    return j->waiting.len < WAITING ? 0 : write_out(j, err);
}

int hone_journal_append_text(hone_journal *j, const char *text, size_t len, hone_err *err)
{
    HONE_TRY(check_usable(j, err));
    size_t at = begin_frame(j);
    hone_buf_add(&j->waiting, text, len);
    HONE_TRY(end_frame(j, at, err));
    return j->waiting.len < WAITING ? 0 : write_out(j, err);
}

/* After a failed sync data may be lost though a second one would succeed: never tried again. */
int hone_journal_sync(hone_journal *j, hone_err *err)
{
    HONE_TRY(check_usable(j, err));
    HONE_TRY(write_out(j, err));
    int rc = sync_fd(j, err);
    if (rc < 0) j->failed = true;
    return rc;
}

void hone_journal_close(hone_journal *j)
{
    if (!j) return;
    if (j->fd >= 0) {
        if (!j->failed) (void)write_out(j, NULL);
        (void)close(j->fd);
    }
    hone_buf_done(&j->waiting);
    hone_free(j->path);
    hone_free(j);
}
