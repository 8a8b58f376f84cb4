/*
 * Container writer (export/litertlm.h). Section borders are known before anything is written, as
 * each payload's size is; only the uuid has to wait for the content. /
 */
#include "export/litertlm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "model/litertlm_read.h"

enum {
    MAJOR = 1, MINOR = 5, SECTIONS = 3, UUID_LEN = 36,
    PROGRESS_STEP = 1 << 22
};

typedef struct container {
    hone_out *out;
    hone_sha256 *hash;
    hone_fbw *header;
    uint64_t header_size;     /* of the FlatBuffer */
    uint64_t uuid_at;         /* in the file */
    uint64_t begin[SECTIONS], end[SECTIONS];
    hone_progress progress;
    uint64_t shown;
} container;

/* Bytes of the file; those of sections are hashed and counted for the progress line. */
static int put_plain(void *ctx, const void *p, size_t n, hone_err *err)
{
    container *c = ctx;
    return hone_out_write(c->out, p, n, err);
}

static int put_hashed(void *ctx, const void *p, size_t n, hone_err *err)
{
    container *c = ctx;
    if (hone_stop_requested()) return hone_fail(err, HONE_E_INTERRUPTED, "stopped while writing");
    HONE_TRY(hone_out_write(c->out, p, n, err));
    hone_sha256_add(c->hash, p, n);
    uint64_t done = hone_out_size(c->out);
    if (done - c->shown >= PROGRESS_STEP) {
        c->shown = done;
        hone_progress_set(&c->progress, (int64_t)(done >> 20), "MB");
    }
    return 0;
}

static uint64_t round_up(uint64_t n)
{
    return (n + HONE_LITERTLM_ALIGN - 1) / HONE_LITERTLM_ALIGN * HONE_LITERTLM_ALIGN;
}

static hone_fbw_ref pair(hone_fbw *w, const char *key, hone_fbw_ref value)
{
    hone_fbw_ref t = hone_fbw_table(w), v = hone_fbw_table(w);
    hone_fbw_child(w, v, 0, value);
    hone_fbw_child(w, t, HONE_PAIR_KEY, hone_fbw_string(w, key));
    hone_fbw_scalar(w, t, HONE_PAIR_TAG, 1, HONE_PAIR_STRING);
    hone_fbw_child(w, t, HONE_PAIR_VALUE, v);
    return t;
}

/* SOURCE_DATE_EPOCH as ISO 8601; false if it is unset or no time. */
static bool epoch_text(char *text, size_t size)
{
    const char *s = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    struct tm tm;
    if (!s || !hone_parse_i64(s, strlen(s), &seconds) || seconds < 0) return false;
    time_t t = (time_t)seconds;
    return gmtime_r(&t, &tm) && strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

static hone_fbw_ref system_table(hone_fbw *w, hone_fbw_ref uuid, int trimmed)
{
    char stamp[32], why[64];
    hone_fbw_ref list[3], t = hone_fbw_table(w);
    uint32_t n = 0;
    list[n++] = pair(w, "uuid", uuid);
    if (trimmed) {
        (void)snprintf(why, sizeof why, "not available: vocabulary of %d pieces", trimmed);
        list[n++] = pair(w, "constrained_decoding", hone_fbw_string(w, why));
    }
    if (epoch_text(stamp, sizeof(stamp)))
        list[n++] = pair(w, "creation_timestamp", hone_fbw_string(w, stamp));
    hone_fbw_child(w, t, HONE_HEADER_LIST, hone_fbw_refs(w, list, n));
    return t;
}

static hone_fbw_ref section_table(container *c, int i, int type)
{
    hone_fbw *w = c->header;
    hone_fbw_ref t = hone_fbw_table(w), items[3];
    if (type == HONE_SECTION_TFLITE) {
        items[0] = pair(w, "model_type", hone_fbw_string(w, "tf_lite_prefill_decode"));
        /* in half precision a GPU answers nonsense while reporting success */
        items[1] = pair(w, "prefer_activation_type", hone_fbw_string(w, "fp32"));
        items[2] = pair(w, "backend_constraint", hone_fbw_string(w, "cpu"));
        hone_fbw_child(w, t, HONE_OBJECT_ITEMS, hone_fbw_refs(w, items, 3));
    }
    hone_fbw_scalar(w, t, HONE_OBJECT_BEGIN, 8, c->begin[i]);
    hone_fbw_scalar(w, t, HONE_OBJECT_END, 8, c->end[i]);
    hone_fbw_scalar(w, t, HONE_OBJECT_TYPE, 1, (uint64_t)type);
    return t;
}

/* The header's size does not depend on the borders that it holds: 16 KiB is kept for it. */
static int build_header(container *c, const hone_litertlm_parts *p, hone_err *err)
{
    static const int types[SECTIONS] = { HONE_SECTION_METADATA, HONE_SECTION_SENTENCEPIECE,
                                         HONE_SECTION_TFLITE };
    const uint64_t sizes[SECTIONS] = { p->metadata_len, p->tokenizer_len,
                                       hone_tflite_plan_size(p->model) };
    char blank[UUID_LEN + 1];
    hone_fbw_ref objects[SECTIONS];
    uint64_t at = HONE_LITERTLM_ALIGN;
    memset(blank, '0', UUID_LEN);
    blank[UUID_LEN] = '\0';
    for (int i = 0; i < SECTIONS; i++) {
        c->begin[i] = at;
        c->end[i] = at + sizes[i];
        at = round_up(c->end[i]);
    }
    hone_fbw *w = c->header;
    hone_fbw_ref root = hone_fbw_table(w), list = hone_fbw_table(w);
    hone_fbw_ref uuid = hone_fbw_string(w, blank);
    hone_fbw_child(w, root, HONE_HEADER_SYSTEM, system_table(w, uuid, p->trimmed));
    for (int i = 0; i < SECTIONS; i++) objects[i] = section_table(c, i, types[i]);
    hone_fbw_child(w, list, HONE_HEADER_LIST, hone_fbw_refs(w, objects, SECTIONS));
    hone_fbw_child(w, root, HONE_HEADER_SECTIONS, list);
    HONE_TRY(hone_fbw_layout(w, root, NULL, &c->header_size, err));
    c->uuid_at = HONE_LITERTLM_FIXED + hone_fbw_place(w, uuid);
    if (HONE_LITERTLM_FIXED + c->header_size <= HONE_LITERTLM_ALIGN) return 0;
    return hone_fail(err, HONE_E_INTERNAL, "the header needs %llu bytes",
                     (unsigned long long)c->header_size);
}

static int write_head(container *c, hone_err *err)
{
    uint8_t fixed[HONE_LITERTLM_FIXED] = { 'L', 'I', 'T', 'E', 'R', 'T', 'L', 'M' };
    hone_sink sink = { put_plain, c, 0 };
    hone_put_le32(fixed + 8, MAJOR);
    hone_put_le32(fixed + 12, MINOR);
    hone_put_le64(fixed + 24, HONE_LITERTLM_FIXED + c->header_size);
    HONE_TRY(hone_sink_put(&sink, fixed, sizeof(fixed), err));
    return hone_fbw_write(c->header, &sink, err);
}

static int pad_to(container *c, uint64_t at, hone_err *err)
{
    hone_sink sink = { put_plain, c, 0 };
    return hone_sink_zeros(&sink, at - hone_out_size(c->out), err);
}

static int write_sections(container *c, const hone_litertlm_parts *p, hone_err *err)
{
    hone_sink sink = { put_hashed, c, 0 };
    HONE_TRY(pad_to(c, c->begin[0], err));
    HONE_TRY(hone_sink_put(&sink, p->metadata, p->metadata_len, err));
    HONE_TRY(pad_to(c, c->begin[1], err));
    HONE_TRY(hone_sink_put(&sink, p->tokenizer, p->tokenizer_len, err));
    HONE_TRY(pad_to(c, c->begin[2], err));
    HONE_TRY(hone_tflite_plan_write(p->model, &sink, err));
    if (hone_out_size(c->out) == c->end[2]) return 0;
    return hone_fail(err, HONE_E_INTERNAL, "the model section is %llu bytes long, not %llu",
                     (unsigned long long)(hone_out_size(c->out) - c->begin[2]),
                     (unsigned long long)(c->end[2] - c->begin[2]));
}

/* A version 4 uuid whose random bits are the hash of the sections. */
static int patch_uuid(container *c, hone_err *err)
{
    static const uint8_t dashes[4] = { 8, 13, 18, 23 };
    char hex[65], uuid[UUID_LEN + 1];
    hone_sha256_hex(c->hash, hex);
    hex[12] = '4';
    hex[16] = "89ab"[(unsigned char)hex[16] % 4];
    for (int i = 0, from = 0; i < UUID_LEN; i++)
        uuid[i] = memchr(dashes, i, sizeof(dashes)) ? '-' : hex[from++];
    return hone_out_patch(c->out, c->uuid_at, uuid, UUID_LEN, err);
}

int hone_litertlm_write(hone_out *out, const hone_litertlm_parts *parts, const char *label,
                        hone_err *err)
{
    container c = { .out = out };
    int rc = 0;
    c.hash = hone_sha256_new();
    c.header = hone_fbw_new();
    if (!c.hash || !c.header) HONE_GOTO(rc, out, hone_err_memory(err, "a file header", 0));
    HONE_GOTO(rc, out, build_header(&c, parts, err));
    hone_progress_start(&c.progress, label, (int64_t)(c.end[SECTIONS - 1] >> 20));
    HONE_GOTO(rc, out, write_head(&c, err));
    HONE_GOTO(rc, out, write_sections(&c, parts, err));
    HONE_GOTO(rc, out, patch_uuid(&c, err));
    hone_progress_end(&c.progress, "%s", "");
out:
    hone_fbw_free(c.header);
    hone_sha256_free(c.hash);
    return rc;
}
