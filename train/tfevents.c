/*
 * TensorBoard event files (train/tfevents.h). The few fields that are used are written by hand: a
 * key is (field number << 3 | wire type), with wire types 0 varint, 1 eight bytes, 2 bytes with
 * their length in front, 5 four bytes.
 */
#include "train/tfevents.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, SESSION_STATUS = 1, STATUS_START = 1 };
enum { RECORD_MAX = 1 << 20, HOST_SIZE = 256, NAME_TRIES = 1000 };

struct hone_tfevents {
    int fd;
    char *path;
};

/* ---- messages ---- */

static void varint(hone_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7) hone_buf_char(b, (char)((v & 0x7F) | 0x80));
    hone_buf_char(b, (char)v);
}

static void key(hone_buf *b, int field, int wire)
{
    varint(b, (uint64_t)field << 3 | (uint64_t)wire);
}

static void put_bytes(hone_buf *b, int field, const void *p, size_t n)
{
    key(b, field, WIRE_BYTES);
    varint(b, n);
    hone_buf_add(b, p, n);
}

static void put_double(hone_buf *b, int field, double d)
{
    uint64_t bits;
    uint8_t bytes[8];
    memcpy(&bits, &d, sizeof bits);
    hone_put_le64(bytes, bits);
    key(b, field, WIRE_64);
    hone_buf_add(b, bytes, sizeof bytes);
}

static void put_float(hone_buf *b, int field, float f)
{
    uint8_t bytes[4];
    hone_put_le32(bytes, hone_bits_of_f32(f));
    key(b, field, WIRE_32);
    hone_buf_add(b, bytes, sizeof bytes);
}

static void put_int(hone_buf *b, int field, int64_t n)
{
    key(b, field, WIRE_VARINT);
    varint(b, (uint64_t)n);
}

static double wall_time(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- records ---- */

/* So that a CRC of data that holds CRCs keeps its strength. */
static uint32_t masked_crc(const void *p, size_t n)
{
    uint32_t crc = hone_crc32c(0, p, n);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

static int record_write(hone_tfevents *t, const hone_buf *event, hone_err *err)
{
    uint8_t head[12], tail[4];
    hone_buf record = HONE_BUF_INIT(RECORD_MAX);
    if (!hone_buf_ok(event)) return hone_err_memory(err, "an event", event->len);
    hone_put_le64(head, event->len);
    hone_put_le32(head + 8, masked_crc(head, 8));
    hone_put_le32(tail, masked_crc(event->data, event->len));
    hone_buf_add(&record, head, sizeof head);
    hone_buf_add(&record, event->data, event->len);
    hone_buf_add(&record, tail, sizeof tail);
    int rc = hone_buf_ok(&record)
                 ? hone_fs_append(t->fd, record.data, record.len, false, t->path, err)
                 : hone_err_memory(err, "an event", record.len);
    hone_buf_done(&record);
    return rc;
}

int hone_tfevents_add(hone_tfevents *t, int64_t step, const hone_scalar *scalars, size_t count,
                      hone_err *err)
{
    hone_buf event = HONE_BUF_INIT(RECORD_MAX), summary = HONE_BUF_INIT(RECORD_MAX);
    for (size_t i = 0; i < count; i++) {
        hone_buf value = HONE_BUF_INIT(RECORD_MAX);
        if (!isfinite(scalars[i].value)) continue;
        put_bytes(&value, VALUE_TAG, scalars[i].tag, strlen(scalars[i].tag));
        put_float(&value, VALUE_SIMPLE, (float)scalars[i].value);
        if (value.failed) summary.failed = true;
        else put_bytes(&summary, SUMMARY_VALUE, value.data, value.len);
        hone_buf_done(&value);
    }
    put_double(&event, EVENT_TIME, wall_time());
    put_int(&event, EVENT_STEP, step);
    if (summary.failed) event.failed = true;
    else put_bytes(&event, EVENT_SUMMARY, summary.data, summary.len);
    int rc = record_write(t, &event, err);
    hone_buf_done(&summary);
    hone_buf_done(&event);
    return rc;
}

/* The first record, and for a run that goes on the one from which step on. */
static int write_start(hone_tfevents *t, int64_t step, hone_err *err)
{
    static const char version[] = "brain.Event:2";
    hone_buf event = HONE_BUF_INIT(RECORD_MAX), session = HONE_BUF_INIT(64);
    put_double(&event, EVENT_TIME, wall_time());
    put_bytes(&event, EVENT_VERSION, version, sizeof version - 1);
    int rc = record_write(t, &event, err);
    if (rc == 0 && step > 0) {
        hone_buf_clear(&event);
        put_int(&session, SESSION_STATUS, STATUS_START);
        put_double(&event, EVENT_TIME, wall_time());
        put_int(&event, EVENT_STEP, step + 1);
        if (session.failed) event.failed = true;
        else put_bytes(&event, EVENT_SESSION, session.data, session.len);
        rc = record_write(t, &event, err);
    }
    hone_buf_done(&session);
    hone_buf_done(&event);
    return rc;
}

/* ---- files ---- */

/* RUN/runs/NAME, NAME being the run folder's own name. */
static int make_folder(hone_buf *ret, const char *run_dir, hone_err *err)
{
    size_t n = strlen(run_dir);
    while (n > 1 && run_dir[n - 1] == '/') n--;
    char *trimmed = hone_strndup(run_dir, n);
    if (!trimmed) return hone_err_memory(err, "a file name", n);
    const char *name = hone_path_base(trimmed);
    bool plain = *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    hone_buf_printf(ret, "%s/runs/%s", trimmed, plain ? name : "run");
    hone_free(trimmed);
    return hone_buf_ok(ret) ? hone_fs_mkdirs(ret->data, err)
                            : hone_err_memory(err, "a file name", n);
}

static int create(hone_tfevents *t, const char *dir, hone_err *err)
{
    char host[HOST_SIZE] = "localhost";
    (void)gethostname(host, sizeof host - 1);
    host[sizeof host - 1] = '\0';
    for (int n = 0; n < NAME_TRIES && t->fd < 0; n++) {
        hone_buf path = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&path, "%s/events.out.tfevents.%lld.%s.%ld.%d", dir, (long long)time(NULL),
                        host, (long)getpid(), n);
        hone_free(t->path);
        t->path = hone_buf_take(&path);
        if (!t->path) return hone_err_memory(err, "a file name", 0);
        t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                     0644);
        if (t->fd < 0 && hone_fs_exists(t->path)) continue;
        if (t->fd < 0) return hone_fail_io(err, t->path, "create");
    }
    if (t->fd >= 0) return HONE_OK;
    hone_err_at(err, dir, 0, -1);
    return hone_fail(err, HONE_E_IO, "no free name for an event file");
}

int hone_tfevents_open(hone_tfevents **ret, const char *run_dir, int64_t step, hone_err *err)
{
    hone_buf dir = HONE_BUF_INIT(1 << 16);
    hone_tfevents *t = hone_calloc(1, sizeof *t);
    if (!t) return hone_err_memory(err, "an event file", sizeof *t);
    t->fd = -1;
    int rc = make_folder(&dir, run_dir, err);
    if (rc == 0) rc = create(t, dir.data, err);
    if (rc == 0) rc = write_start(t, step, err);
    hone_buf_done(&dir);
    if (rc < 0) hone_tfevents_close(t);
    else *ret = t;
    return rc;
}

void hone_tfevents_close(hone_tfevents *t)
{
    if (!t) return;
    if (t->fd >= 0) (void)close(t->fd);
    hone_free(t->path);
    hone_free(t);
}
