/*
 * Encoded rows in a file (datasets/shard.h). All numbers are little-endian.
 *
 *   "HONEROW1", key (64 digits)                     at 0
 *   records, each: 56 bytes of header, rest of the ids (i32), one bit a label of the rest, id, text
 *   index: offset (u64) of every record; for every file its name; totals
 *   u64 place of the index, u64 its length, u32 CRC-32C of the index, "HONEEND1"
 */
#include "datasets/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"

#define MAGIC "HONEROW1"
#define END_MAGIC "HONEEND1"
enum { MAGIC_SIZE = 8, FILE_HEADER = MAGIC_SIZE + HONE_SHARD_KEY, RECORD = 56, TRAILER = 28 };
enum { TOTALS = 40, PART_ENTRY = 20, NAME_MAX_BYTES = 1 << 16 };
/* A beginning worth a reference: a reference costs one more read. */
enum { SHARE_LEAST = 64, BASES = 8, RECORD_MAX = 1 << 28 };

/* ---- writing ---- */

typedef struct out_part {
    char *source;
    uint64_t first;
} out_part;

struct hone_shard_out {
    hone_out *file;
    uint64_t *offsets;
    size_t count, cap;
    out_part parts[HONE_SHARD_PARTS];
    int num_parts;
    uint64_t ids, labels, longest_line;
    uint32_t longest, longest_part;
    /* the row that later ones may refer to */
    uint64_t base_at;
    int32_t *base;
    size_t base_count, base_cap;
};

int hone_shard_out_open(hone_shard_out **ret, const char *path, const char *key, hone_err *err)
{
    hone_shard_out *o = hone_calloc(1, sizeof *o);
    if (!o) return hone_err_memory(err, "a row file", sizeof *o);
    if (strlen(key) != HONE_SHARD_KEY) {
        hone_free(o);
        return hone_fail(err, HONE_E_INTERNAL, "a key has %d digits", HONE_SHARD_KEY);
    }
    int rc = hone_out_open(&o->file, path, 0, err);
    if (rc == 0) rc = hone_out_write(o->file, MAGIC, MAGIC_SIZE, err);
    if (rc == 0) rc = hone_out_write(o->file, key, HONE_SHARD_KEY, err);
    if (rc < 0) hone_shard_out_abort(o);
    else *ret = o;
    return rc;
}

static void out_free(hone_shard_out *o)
{
    for (int i = 0; i < o->num_parts; i++) hone_free(o->parts[i].source);
    hone_free(o->offsets);
    hone_free(o->base);
    hone_free(o);
}

void hone_shard_out_abort(hone_shard_out *o)
{
    if (!o) return;
    hone_out_abort(o->file);
    out_free(o);
}

int hone_shard_out_part(hone_shard_out *o, const char *source, hone_err *err)
{
    if (o->num_parts == HONE_SHARD_PARTS || strlen(source) >= NAME_MAX_BYTES)
        return hone_fail(err, HONE_E_USAGE, "more than %d row files, or a name that is too long",
                         HONE_SHARD_PARTS);
    char *name = hone_strdup(source);
    if (!name) return hone_err_memory(err, "a file name", strlen(source));
    o->parts[o->num_parts++] = (out_part){ name, o->count };
    return HONE_OK;
}

static int offset_add(hone_shard_out *o, hone_err *err)
{
    if (o->count == o->cap) {
        size_t cap = o->cap ? o->cap + o->cap / 2 : 1024;
        uint64_t *grown = hone_realloc_array(o->offsets, cap, sizeof *grown);
        if (!grown) return hone_err_memory(err, "row places", cap * sizeof *grown);
        o->offsets = grown;
        o->cap = cap;
    }
    o->offsets[o->count++] = hone_out_size(o->file);
    return HONE_OK;
}

/* Ids that the base has too; labels lie behind them. */
static size_t shared_length(const hone_shard_out *o, const int32_t *ids, const uint8_t *labels,
                            size_t n)
{
    size_t k = 0;
    while (k < n && k < o->base_count && !labels[k] && ids[k] == o->base[k]) k++;
    return k >= SHARE_LEAST && 2 * k >= n ? k : 0;
}

static int base_take(hone_shard_out *o, const int32_t *ids, size_t n, hone_err *err)
{
    if (n > o->base_cap) {
        int32_t *grown = hone_realloc_array(o->base, n, sizeof *grown);
        if (!grown) return hone_err_memory(err, "a row", n * sizeof *grown);
        o->base = grown;
        o->base_cap = n;
    }
    memcpy(o->base, ids, n * sizeof *ids);
    o->base_count = n;
    o->base_at = o->offsets[o->count - 1];
    return HONE_OK;
}

static size_t label_bytes(size_t n)
{
    return (n + 7) / 8;
}

/* ids and label bits of [from, n). */
static void body_put(hone_buf *b, const int32_t *ids, const uint8_t *labels, size_t from, size_t n)
{
    uint8_t word[4];
    for (size_t i = from; i < n; i++) {
        hone_put_le32(word, (uint32_t)ids[i]);
        hone_buf_add(b, word, sizeof word);
    }
    for (size_t i = from; i < n; i += 8) {
        unsigned bits = 0;
        for (size_t k = i; k < n && k < i + 8; k++) bits |= (labels[k] ? 1u : 0u) << (k - i);
        hone_buf_char(b, (char)bits);
    }
}

/* 0 base, 8 line, 16 ids, 20 of them in the base, 24 prompt, 28 labels, 32 id bytes, 36 file, 40
 * text bytes, 44 bytes behind the header, 48 their CRC, 52 CRC of the header before. */
static void header_put(uint8_t h[RECORD], const hone_shard_out *o, const hone_encode_row *r,
                       size_t shared, size_t text, const hone_buf *body)
{
    hone_put_le64(h, shared ? o->base_at : 0);
    hone_put_le64(h + 8, (uint64_t)r->line);
    hone_put_le32(h + 16, (uint32_t)r->count);
    hone_put_le32(h + 20, (uint32_t)shared);
    hone_put_le32(h + 24, (uint32_t)r->prompt_count);
    hone_put_le32(h + 28, (uint32_t)r->num_labels);
    hone_put_le32(h + 32, (uint32_t)strlen(r->id));
    hone_put_le32(h + 36, (uint32_t)(o->num_parts - 1));
    hone_put_le32(h + 40, (uint32_t)text);
    hone_put_le32(h + 44, (uint32_t)body->len);
    hone_put_le32(h + 48, hone_crc32c(0, body->data, body->len));
    hone_put_le32(h + 52, hone_crc32c(0, h, 52));
}

static void totals_add(hone_shard_out *o, const hone_encode_row *r)
{
    o->ids += (uint64_t)r->count;
    o->labels += (uint64_t)r->num_labels;
    if ((uint32_t)r->count <= o->longest) return;
    o->longest = (uint32_t)r->count;
    o->longest_line = (uint64_t)r->line;
    o->longest_part = (uint32_t)(o->num_parts - 1);
}

int hone_shard_out_add(hone_shard_out *o, const hone_encode_set *set, size_t i,
                       const hone_buf *text, hone_err *err)
{
    const hone_encode_row *r = &set->rows[i];
    const int32_t *ids = set->ids + r->at;
    const uint8_t *labels = set->labels + r->at;
    size_t n = (size_t)r->count, shared = shared_length(o, ids, labels, n);
    uint8_t header[RECORD];
    hone_buf body = HONE_BUF_INIT(RECORD_MAX);
    if (o->num_parts == 0) return hone_fail(err, HONE_E_INTERNAL, "a row of no file");
    HONE_TRY(offset_add(o, err));
    if (!shared) HONE_TRY(base_take(o, ids, n, err));
    body_put(&body, ids, labels, shared, n);
    hone_buf_str(&body, r->id);
    if (text) hone_buf_add(&body, text->data, text->len);
    int rc = hone_buf_ok(&body) ? HONE_OK : hone_err_memory(err, "a row", body.len);
    if (rc == 0) header_put(header, o, r, shared, text ? text->len : 0, &body);
    if (rc == 0) rc = hone_out_write(o->file, header, RECORD, err);
    if (rc == 0) rc = hone_out_write(o->file, body.data, body.len, err);
    hone_buf_done(&body);
    totals_add(o, r);
    return rc;
}

/* A piece of the index: written and added to its CRC. */
static int index_put(hone_shard_out *o, uint32_t *crc, const void *p, size_t n, hone_err *err)
{
    *crc = hone_crc32c(*crc, p, n);
    return hone_out_write(o->file, p, n, err);
}

static int index_write(hone_shard_out *o, uint32_t *crc, hone_err *err)
{
    uint8_t e[TOTALS];
    for (size_t i = 0; i < o->count; i++) {
        hone_put_le64(e, o->offsets[i]);
        HONE_TRY(index_put(o, crc, e, 8, err));
    }
    for (int i = 0; i < o->num_parts; i++) {
        uint64_t end = i + 1 < o->num_parts ? o->parts[i + 1].first : o->count;
        size_t n = strlen(o->parts[i].source);
        hone_put_le64(e, o->parts[i].first);
        hone_put_le64(e + 8, end - o->parts[i].first);
        hone_put_le32(e + 16, (uint32_t)n);
        HONE_TRY(index_put(o, crc, e, PART_ENTRY, err));
        HONE_TRY(index_put(o, crc, o->parts[i].source, n, err));
    }
    hone_put_le64(e, o->count);
    hone_put_le64(e + 8, o->ids);
    hone_put_le64(e + 16, o->labels);
    hone_put_le64(e + 24, o->longest_line);
    hone_put_le32(e + 32, o->longest);
    hone_put_le16(e + 36, (uint16_t)o->longest_part);
    hone_put_le16(e + 38, (uint16_t)o->num_parts);
    return index_put(o, crc, e, TOTALS, err);
}

int hone_shard_out_commit(hone_shard_out *o, hone_err *err)
{
    uint8_t t[TRAILER];
    uint32_t crc = 0;
    uint64_t at = hone_out_size(o->file);
    int rc = index_write(o, &crc, err);
    hone_put_le64(t, at);
    hone_put_le64(t + 8, hone_out_size(o->file) - at);
    hone_put_le32(t + 16, crc);
    memcpy(t + 20, END_MAGIC, MAGIC_SIZE);
    if (rc == 0) rc = hone_out_write(o->file, t, TRAILER, err);
    if (rc == 0) rc = hone_out_commit(o->file, err);
    else hone_out_abort(o->file);
    out_free(o);
    return rc;
}

/* ---- reading ---- */

/* A row that others refer to. */
typedef struct base {
    uint64_t at; /* 0: free */
    int32_t *ids;
    size_t count;
} base;

struct hone_shard {
    int fd;
    char *path;
    uint64_t end;       /* of the records */
    uint8_t *index;
    hone_shard_info info;
    base bases[BASES];
    int next_base;
    char *body;         /* of the record read last */
    size_t body_cap;
    int32_t *ids;       /* of the row put together last */
    uint8_t *labels;
    size_t cap;
};

typedef struct record {
    uint64_t base_at;
    int64_t line;
    uint32_t count, shared, prompt, labels, id_len, part, text_len, body_len;
} record;

static int damaged(const hone_shard *s, const char *what, hone_err *err)
{
    hone_err_at(err, s->path, 0, -1);
    hone_err_hint(err, "remove the file: it is made again from the rows");
    return hone_fail(err, HONE_E_DATA, "damaged: %s", what);
}

static int read_at(const hone_shard *s, uint64_t at, void *p, size_t n, hone_err *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = pread(s->fd, (char *)p + done, n - done, (off_t)(at + done));
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return hone_fail_io(err, s->path, "read");
        if (k == 0) return damaged(s, "it ends too early", err);
        done += (size_t)k;
    }
    return HONE_OK;
}

static int body_read(hone_shard *s, uint64_t at, size_t n, uint32_t crc, hone_err *err)
{
    if (n > s->body_cap) {
        char *grown = hone_realloc_array(s->body, n, 1);
        if (!grown) return hone_err_memory(err, "a row", n);
        s->body = grown;
        s->body_cap = n;
    }
    HONE_TRY(read_at(s, at, s->body, n, err));
    return hone_crc32c(0, s->body, n) == crc ? HONE_OK : damaged(s, "the content of a row", err);
}

static int record_read(hone_shard *s, uint64_t at, record *ret, hone_err *err)
{
    uint8_t h[RECORD];
    if (at < FILE_HEADER || at > s->end || s->end - at < RECORD)
        return damaged(s, "a row lies outside", err);
    HONE_TRY(read_at(s, at, h, RECORD, err));
    if (hone_le32(h + 52) != hone_crc32c(0, h, 52)) return damaged(s, "the header of a row", err);
    *ret = (record){ hone_le64(h), (int64_t)hone_le64(h + 8), hone_le32(h + 16), hone_le32(h + 20),
                     hone_le32(h + 24), hone_le32(h + 28), hone_le32(h + 32), hone_le32(h + 36),
                     hone_le32(h + 40), hone_le32(h + 44) };
    size_t rest = ret->shared <= ret->count ? ret->count - ret->shared : 0;
    uint64_t want = (uint64_t)rest * 4 + label_bytes(rest) + ret->id_len + ret->text_len;
    if (ret->count == 0 || ret->count > INT32_MAX || ret->shared > ret->count ||
        ret->prompt > ret->count || want != ret->body_len || ret->body_len > RECORD_MAX ||
        s->end - at - RECORD < ret->body_len || (int)ret->part >= s->info.num_parts ||
        (ret->shared > 0 && ret->base_at >= at))
        return damaged(s, "the figures of a row", err);
    return body_read(s, at + RECORD, ret->body_len, hone_le32(h + 48), err);
}

static int room_make(hone_shard *s, size_t n, hone_err *err)
{
    if (n <= s->cap) return HONE_OK;
    int32_t *ids = hone_realloc_array(s->ids, n, sizeof *ids);
    if (!ids) return hone_err_memory(err, "a row", n * sizeof *ids);
    s->ids = ids;
    uint8_t *labels = hone_realloc_array(s->labels, n, 1);
    if (!labels) return hone_err_memory(err, "a row", n);
    s->labels = labels;
    s->cap = n;
    return HONE_OK;
}

/* The ids of the row at `at`, which refers to no other; kept for the next rows. */
static int base_get(hone_shard *s, uint64_t at, const base **ret, hone_err *err)
{
    record r;
    for (int i = 0; i < BASES; i++) {
        *ret = &s->bases[i];
        if (s->bases[i].at == at) return HONE_OK;
    }
    HONE_TRY(record_read(s, at, &r, err));
    if (r.shared) return damaged(s, "a row refers to one that refers itself", err);
    base *b = &s->bases[s->next_base];
    s->next_base = (s->next_base + 1) % BASES;
    int32_t *ids = hone_realloc_array(b->ids, r.count, sizeof *ids);
    if (!ids) return hone_err_memory(err, "a row", r.count * sizeof *ids);
    *b = (base){ at, ids, r.count };
    for (size_t i = 0; i < r.count; i++)
        ids[i] = (int32_t)hone_le32((const uint8_t *)s->body + 4 * i);
    *ret = b;
    return HONE_OK;
}

static const uint8_t *offset_of(const hone_shard *s, size_t row)
{
    return s->index + 8 * row;
}

/* Puts the row together in s->ids, s->labels; its id and text stay in s->body. */
static int row_get(hone_shard *s, size_t row, record *ret, hone_err *err)
{
    record r;
    const base *b = NULL;
    if (row >= s->info.count) return hone_fail(err, HONE_E_INTERNAL, "row %zu is not there", row);
    uint64_t at = hone_le64(offset_of(s, row));
    HONE_TRY(record_read(s, at, &r, err));
    if (r.shared) {
        HONE_TRY(base_get(s, r.base_at, &b, err));
        HONE_TRY(record_read(s, at, &r, err)); /* the base may have taken the buffer */
        if (b->count < r.shared) return damaged(s, "a row shares more than there is", err);
    }
    HONE_TRY(room_make(s, r.count, err));
    if (r.shared) memcpy(s->ids, b->ids, r.shared * sizeof *s->ids);
    memset(s->labels, 0, r.shared);
    size_t rest = r.count - r.shared;
    const uint8_t *ids = (const uint8_t *)s->body, *bits = ids + 4 * rest;
    for (size_t i = 0; i < rest; i++) {
        s->ids[r.shared + i] = (int32_t)hone_le32(ids + 4 * i);
        s->labels[r.shared + i] = bits[i / 8] >> (i % 8) & 1;
    }
    *ret = r;
    return HONE_OK;
}

static size_t id_at(const record *r)
{
    size_t rest = r->count - r->shared;
    return rest * 4 + label_bytes(rest);
}

static int shard_load(void *user, hone_encode_set *window, const uint32_t *rows, size_t n,
                      int64_t step, hone_err *err)
{
    hone_shard *s = user;
    (void)step;
    hone_encode_set_clear(window);
    for (size_t i = 0; i < n; i++) {
        record r;
        HONE_TRY(row_get(s, rows[i], &r, err));
        char *id = hone_strndup(s->body + id_at(&r), r.id_len);
        if (!id) return hone_err_memory(err, "a row", r.id_len);
        int rc = hone_encode_set_add_ids(window, id, s->info.parts[r.part].source, r.line, s->ids,
                                         s->labels, r.count, r.prompt, err);
        hone_free(id);
        if (rc < 0) return rc;
    }
    return HONE_OK;
}

hone_row_source hone_shard_source(hone_shard *s)
{
    return (hone_row_source){ s->info.count, shard_load, s };
}

int hone_shard_text(hone_shard *s, size_t row, hone_buf *text, hone_err *err)
{
    record r;
    HONE_TRY(row_get(s, row, &r, err));
    hone_buf_add(text, s->body + id_at(&r) + r.id_len, r.text_len);
    return hone_buf_ok(text) ? HONE_OK : hone_err_memory(err, "a row", r.text_len);
}

int hone_shard_place(hone_shard *s, size_t row, const char **ret_source, int64_t *ret_line,
                     hone_err *err)
{
    record r;
    if (row >= s->info.count) return hone_fail(err, HONE_E_INTERNAL, "row %zu is not there", row);
    HONE_TRY(record_read(s, hone_le64(offset_of(s, row)), &r, err));
    *ret_source = s->info.parts[r.part].source;
    *ret_line = r.line;
    return HONE_OK;
}

const hone_shard_info *hone_shard_about(const hone_shard *s)
{
    return &s->info;
}

/* ---- opening ---- */

static int check_key(const hone_shard *s, const char *key, hone_err *err)
{
    char head[FILE_HEADER];
    HONE_TRY(read_at(s, 0, head, FILE_HEADER, err));
    if (memcmp(head, MAGIC, MAGIC_SIZE) != 0) return damaged(s, "its first bytes", err);
    if (memcmp(head + MAGIC_SIZE, key, HONE_SHARD_KEY) == 0) return HONE_OK;
    hone_err_at(err, s->path, 0, -1);
    return hone_fail(err, HONE_E_REFUSED, "made from other rows, tools or settings");
}

static int index_read(hone_shard *s, size_t *ret_size, hone_err *err)
{
    uint8_t t[TRAILER];
    int64_t size = hone_fs_size(s->path);
    if (size < FILE_HEADER + TOTALS + TRAILER) return damaged(s, "it is too short", err);
    HONE_TRY(read_at(s, (uint64_t)size - TRAILER, t, TRAILER, err));
    uint64_t at = hone_le64(t), len = hone_le64(t + 8);
    if (memcmp(t + 20, END_MAGIC, MAGIC_SIZE) != 0 || at < FILE_HEADER || len < TOTALS ||
        at > (uint64_t)size || len != (uint64_t)size - at - TRAILER)
        return damaged(s, "its end", err);
    s->index = hone_malloc(len);
    if (!s->index) return hone_err_memory(err, "row places", len);
    HONE_TRY(read_at(s, at, s->index, len, err));
    if (hone_crc32c(0, s->index, len) != hone_le32(t + 16)) return damaged(s, "its index", err);
    s->end = at;
    *ret_size = len;
    return HONE_OK;
}

/* Names of the files; they follow each other without a NUL, so each is copied. */
static int parts_read(hone_shard *s, size_t at, size_t end, hone_err *err)
{
    hone_shard_info *info = &s->info;
    for (int i = 0; i < info->num_parts; i++) {
        if (end - at < PART_ENTRY) return damaged(s, "its list of files", err);
        const uint8_t *e = s->index + at;
        size_t n = hone_le32(e + 16);
        hone_shard_part *p = &info->parts[i];
        *p = (hone_shard_part){ NULL, hone_le64(e), hone_le64(e + 8) };
        at += PART_ENTRY;
        if (n > end - at || p->first > info->count || p->count > info->count - p->first)
            return damaged(s, "its list of files", err);
        p->source = hone_strndup((const char *)s->index + at, n);
        if (!p->source) return hone_err_memory(err, "a file name", n);
        at += n;
    }
    return at == end ? HONE_OK : damaged(s, "its list of files", err);
}

static int totals_read(hone_shard *s, size_t size, hone_err *err)
{
    const uint8_t *t = s->index + size - TOTALS;
    hone_shard_info *info = &s->info;
    uint64_t count = hone_le64(t);
    *info = (hone_shard_info){ .count = count, .ids = (int64_t)hone_le64(t + 8),
                               .labels = (int64_t)hone_le64(t + 16),
                               .longest_line = (int64_t)hone_le64(t + 24),
                               .longest = (int32_t)hone_le32(t + 32),
                               .longest_part = hone_le16(t + 36), .num_parts = hone_le16(t + 38) };
    if (count > (size - TOTALS) / 8 || count > UINT32_MAX || info->num_parts > HONE_SHARD_PARTS ||
        info->longest_part >= info->num_parts + (count == 0))
        return damaged(s, "its totals", err);
    return parts_read(s, 8 * count, size - TOTALS, err);
}

int hone_shard_open(hone_shard **ret, const char *path, const char *key, hone_err *err)
{
    size_t size = 0;
    hone_shard *s = hone_calloc(1, sizeof *s);
    if (!s) return hone_err_memory(err, "a row file", sizeof *s);
    s->fd = -1;
    s->path = hone_strdup(path);
    int rc = s->path ? HONE_OK : hone_err_memory(err, "a file name", strlen(path));
    if (rc == 0 && (s->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        rc = hone_fail_io(err, path, "open");
    if (rc == 0) rc = check_key(s, key, err);
    if (rc == 0) rc = index_read(s, &size, err);
    if (rc == 0) rc = totals_read(s, size, err);
    if (rc < 0) hone_shard_close(s);
    else *ret = s;
    return rc;
}

void hone_shard_close(hone_shard *s)
{
    if (!s) return;
    if (s->fd >= 0) (void)close(s->fd);
    for (int i = 0; i < BASES; i++) hone_free(s->bases[i].ids);
    for (int i = 0; i < s->info.num_parts && i < HONE_SHARD_PARTS; i++)
        hone_free((void *)(uintptr_t)s->info.parts[i].source);
    hone_free(s->body);
    hone_free(s->path);
    hone_free(s->index);
    hone_free(s->ids);
    hone_free(s->labels);
    hone_free(s);
}
