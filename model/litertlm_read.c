/*
 * Strict .litertlm reader (model/litertlm_read.h). Memory needed is bounded by the 16 KiB that a
 * header may have, whatever its lengths claim. /
 */
#include "model/litertlm_read.h"

#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "common/zfile.h"
#include "model/flatbuffer_read.h"

enum {
    MAX_TABLES = 4096, MAX_SECTIONS = 64, MAX_PAIRS = 256, INFLATE_MAX = 64 << 20
};

typedef struct reader {
    hone_fb fb;
    hone_arena *arena;
    hone_litertlm *file;
    const uint8_t *data;
    size_t size;
} reader;

static void bad_byte(reader *r, uint64_t at, const char *what)
{
    if (r->fb.rc < 0) return;
    hone_err_at(r->fb.err, r->fb.source, 0, (int64_t)at);
    hone_err_hint(r->fb.err, "the file is damaged or of another kind: export or download it again");
    r->fb.rc = hone_fail(r->fb.err, HONE_E_MODEL, "%s", what);
}

static void *take(reader *r, uint32_t count, size_t size)
{
    if (r->fb.rc < 0) return NULL;
    void *p = hone_arena_alloc(r->arena, (count ? count : 1) * size);
    if (!p) r->fb.rc = hone_err_memory(r->fb.err, "the header's tables", count * size);
    return p;
}

/* The 32 bytes in front. header_end stays unused until it was compared with the file and the cap.
 */
static void read_fixed(reader *r)
{
    hone_litertlm *f = r->file;
    if (r->size < 8 || memcmp(r->data, "LITERTLM", 8) != 0)
        bad_byte(r, 0, "the file does not start with LITERTLM");
    else if (r->size < HONE_LITERTLM_FIXED)
        bad_byte(r, r->size, "the file ends inside its first 32 bytes");
    if (r->fb.rc < 0) return;
    f->major = hone_le32(r->data + 8);
    f->minor = hone_le32(r->data + 12);
    f->patch = hone_le32(r->data + 16);
    f->header_end = hone_le64(r->data + 24);
    if (f->major != 1)
        bad_byte(r, 8, "the container's major version is not 1");
    else if (f->header_end <= HONE_LITERTLM_FIXED)
        bad_byte(r, 24, "the header is empty");
    else if (f->header_end > HONE_LITERTLM_ALIGN)
        bad_byte(r, 24, "the header is larger than 16 KiB");
    else if (f->header_end > r->size)
        bad_byte(r, 24, "the header ends past the end of the file");
}

/* A KeyValuePair: key, then a union of which only strings are kept. */
static hone_header_pair *read_pairs(reader *r, hone_fb_table t, int slot, uint32_t *ret_count)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, t, slot);
    if (v.count > MAX_PAIRS) hone_fb_bad(fb, v.data, "%u items in one list", v.count);
    hone_header_pair *out = take(r, v.count, sizeof(*out));
    for (uint32_t i = 0; i < v.count && fb->rc >= 0; i++) {
        hone_fb_table pair = hone_fb_item(fb, v, i);
        uint64_t tag = hone_fb_scalar(fb, pair, HONE_PAIR_TAG, 1, 0);
        hone_fb_table value = hone_fb_child(fb, pair, HONE_PAIR_VALUE);
        out[i].key = hone_fb_string(fb, pair, HONE_PAIR_KEY, NULL);
        if (fb->rc < 0) break;
        if (!out[i].key) hone_fb_bad(fb, v.data, "item %u has no key", i);
        if (tag == 0 || !value.at) hone_fb_bad(fb, v.data, "item %u has no value", i);
        if (tag == HONE_PAIR_STRING) {
            out[i].value = hone_fb_string(fb, value, 0, NULL);
            if (!out[i].value) hone_fb_bad(fb, v.data, "item %u has no value", i);
        }
    }
    *ret_count = v.count;
    return out;
}

static void read_section(reader *r, hone_fb_table t, hone_section *s)
{
    hone_fb *fb = &r->fb;
    s->begin = hone_fb_scalar(fb, t, HONE_OBJECT_BEGIN, 8, 0);
    s->end = hone_fb_scalar(fb, t, HONE_OBJECT_END, 8, 0);
    s->type = (uint8_t)hone_fb_scalar(fb, t, HONE_OBJECT_TYPE, 1, 0);
    s->items = read_pairs(r, t, HONE_OBJECT_ITEMS, &s->num_items);
    if (fb->rc < 0) return;
    if (s->begin > s->end)
        bad_byte(r, s->end < r->size ? s->end : r->size, "a section ends before it begins");
    else if (s->begin == s->end)
        bad_byte(r, s->begin < r->size ? s->begin : r->size, "a section is empty");
    else if (s->end > r->size)
        bad_byte(r, r->size, "a section ends past the end of the file");
    else if (s->begin < r->file->header_end)
        bad_byte(r, s->begin, "a section overlaps the header");
    else if (s->begin % HONE_LITERTLM_ALIGN)
        bad_byte(r, s->begin, "a section is not aligned to 16 KiB");
    if (fb->rc < 0) return;
    s->data = r->data + s->begin;
    s->size = (size_t)(s->end - s->begin);
}

static void check_overlap(reader *r)
{
    const hone_litertlm *f = r->file;
    for (uint32_t i = 0; i < f->num_sections; i++)
        for (uint32_t j = 0; j < i; j++) {
            const hone_section *a = &f->sections[i], *b = &f->sections[j];
            if (a->begin < b->end && b->begin < a->end)
                bad_byte(r, a->begin > b->begin ? a->begin : b->begin, "two sections overlap");
        }
}

static void read_header(reader *r)
{
    hone_fb *fb = &r->fb;
    hone_litertlm *f = r->file;
    hone_fb_table root = hone_fb_root(fb, NULL);
    hone_fb_table system = hone_fb_child(fb, root, HONE_HEADER_SYSTEM);
    hone_fb_table list = hone_fb_child(fb, root, HONE_HEADER_SECTIONS);
    if (system.at && !hone_fb_has(fb, system, HONE_HEADER_LIST))
        hone_fb_bad(fb, NULL, "the system metadata has no list of entries");
    f->system = read_pairs(r, system, HONE_HEADER_LIST, &f->num_system);
    hone_fb_vector v = hone_fb_tables(fb, list, HONE_HEADER_LIST);
    if (v.count == 0) hone_fb_bad(fb, NULL, "the header lists no sections");
    if (v.count > MAX_SECTIONS) hone_fb_bad(fb, v.data, "the header lists %u sections", v.count);
    f->sections = take(r, v.count, sizeof(*f->sections));
    for (uint32_t i = 0; i < v.count && fb->rc >= 0; i++)
        read_section(r, hone_fb_item(fb, v, i), &f->sections[i]);
    f->num_sections = v.count;
    if (fb->rc >= 0) check_overlap(r);
}

int hone_litertlm_read(hone_litertlm **ret, hone_arena *a, const uint8_t *data, size_t size,
                       const char *source, hone_err *err)
{
    reader r = { .arena = a, .data = data, .size = size };
    hone_fb_init(&r.fb, NULL, 0, source, 0, MAX_TABLES, err);
    r.file = take(&r, 1, sizeof(*r.file));
    if (r.fb.rc < 0) return r.fb.rc;
    read_fixed(&r);
    if (r.fb.rc < 0) return r.fb.rc;
    hone_fb_init(&r.fb, data + HONE_LITERTLM_FIXED,
                 (size_t)r.file->header_end - HONE_LITERTLM_FIXED, source, HONE_LITERTLM_FIXED,
                 MAX_TABLES, err);
    read_header(&r);
    if (r.fb.rc < 0) return r.fb.rc;
    *ret = r.file;
    return 0;
}

const hone_section *hone_litertlm_section(const hone_litertlm *l, int type, int *ret_more)
{
    const hone_section *found = NULL;
    int more = 0;
    for (uint32_t i = 0; i < l->num_sections; i++) {
        if (l->sections[i].type != type) continue;
        if (found) more++;
        else found = &l->sections[i];
    }
    if (ret_more) *ret_more = more;
    return found;
}

const char *hone_section_item(const hone_section *s, const char *key)
{
    for (uint32_t i = 0; i < s->num_items; i++)
        if (strcmp(s->items[i].key, key) == 0) return s->items[i].value ? s->items[i].value : "";
    return "";
}

const char *hone_section_type_name(int type)
{
    switch (type) {
    case HONE_SECTION_BINARY: return "GenericBinaryData";
    case HONE_SECTION_TFLITE: return "TFLiteModel";
    case HONE_SECTION_SENTENCEPIECE: return "SP_Tokenizer";
    case HONE_SECTION_METADATA: return "LlmMetadataProto";
    case HONE_SECTION_HF_TOKENIZER: return "HF_Tokenizer_Zlib";
    case HONE_SECTION_WEIGHTS: return "TFLiteWeights";
    default: return "?";
    }
}

int hone_litertlm_inflate(hone_buf *out, const hone_section *s, const char *source, hone_err *err)
{
    hone_err_at(err, source, 0, (int64_t)s->begin);
    if (s->size <= 8) return hone_fail(err, HONE_E_MODEL, "the zipped tokenizer is cut");
    uint64_t size = hone_le64(s->data);
    if (size == 0 || size > INFLATE_MAX)
        return hone_fail(err, HONE_E_MODEL, "the zipped tokenizer claims %llu bytes, the limit is "
                         "%d", (unsigned long long)size, INFLATE_MAX);
    HONE_TRY(hone_zlib_inflate(out, s->data + 8, s->size - 8, (size_t)size, err));
    if (out->len != size)
        return hone_fail(err, HONE_E_MODEL, "the zipped tokenizer holds %zu bytes, not the %llu "
                         "that it claims", out->len, (unsigned long long)size);
    return 0;
}
