/*
 * Strict FlatBuffer reader (model/flatbuffer_read.h). Nothing is copied and nothing is trusted; the
 * checks are those of the format's published verifier and a few more: references of 0, vtables that
 * reach past the end, fields outside their table, strings without a terminator.
 */
#include "model/flatbuffer_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"

void hone_fb_init(hone_fb *fb, const uint8_t *data, size_t size, const char *source, uint64_t base,
                  uint32_t budget, hone_err *err)
{
    *fb = (hone_fb){ .data = data, .size = size, .source = source, .base = base,
                     .budget = budget, .err = err };
}

void hone_fb_bad(hone_fb *fb, const uint8_t *p, const char *fmt, ...)
{
    char text[512];
    if (fb->rc < 0) return;
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(text, sizeof(text), fmt, ap) < 0) text[0] = '\0';
    va_end(ap);
    hone_err_at(fb->err, fb->source, 0, p ? (int64_t)(fb->base + (uint64_t)(p - fb->data)) : -1);
    hone_err_hint(fb->err, "the file is damaged or of another kind: export or download it again");
    fb->rc = hone_fail(fb->err, HONE_E_MODEL, "%s", text);
}

static void bad_at(hone_fb *fb, size_t at, const char *what)
{
    hone_fb_bad(fb, fb->data + (at < fb->size ? at : fb->size), "%s", what);
}

static bool inside(const hone_fb *fb, size_t at, size_t n)
{
    return at <= fb->size && n <= fb->size - at;
}

/* A table's vtable: soffset, both sizes, and that table and vtable lie inside. */
static hone_fb_table table_at(hone_fb *fb, size_t at)
{
    const hone_fb_table none = { 0 };
    if (fb->rc < 0) return none;
    if (fb->budget == 0) return bad_at(fb, at, "more tables than any model needs"), none;
    fb->budget--;
    if (at % 4) return bad_at(fb, at, "a table is not aligned to 4 bytes"), none;
    if (!inside(fb, at, 4)) return bad_at(fb, at, "a table starts outside the data"), none;
    int64_t v = (int64_t)at - (int32_t)hone_le32(fb->data + at);
    if (v < 0 || !inside(fb, (size_t)v, 4))
        return bad_at(fb, at, "a table's vtable lies outside the data"), none;
    if (v % 2) return bad_at(fb, at, "a table's vtable is not aligned to 2 bytes"), none;
    uint16_t bytes = hone_le16(fb->data + v), size = hone_le16(fb->data + v + 2);
    if (bytes < 4 || bytes % 2) return bad_at(fb, (size_t)v, "a vtable has an odd size"), none;
    if (!inside(fb, (size_t)v, bytes)) return bad_at(fb, (size_t)v, "a vtable is cut"), none;
    if (size < 4) return bad_at(fb, (size_t)v, "a table is smaller than its own header"), none;
    if (!inside(fb, at, size)) return bad_at(fb, at, "a table is cut"), none;
    return (hone_fb_table){ (uint32_t)at, (uint32_t)v, (uint16_t)((bytes - 4) / 2), size };
}

hone_fb_table hone_fb_root(hone_fb *fb, const char *identifier)
{
    const hone_fb_table none = { 0 };
    if (fb->size >= (size_t)1 << 31)
        return bad_at(fb, 0, "a FlatBuffer of 2 GiB or more cannot exist"), none;
    if (fb->size < 12) return bad_at(fb, 0, "too short for a FlatBuffer"), none;
    if (identifier && memcmp(fb->data + 4, identifier, 4) != 0)
        return hone_fb_bad(fb, fb->data + 4, "the identifier is not %s", identifier), none;
    uint32_t at = hone_le32(fb->data);
    if (at < 4) return bad_at(fb, 0, "the root offset points at itself"), none;
    return table_at(fb, at);
}

/* Where the field lies, 0 if absent or after a failure; n bytes of it are inside the table. */
static size_t field_at(hone_fb *fb, hone_fb_table t, int slot, int n)
{
    if (fb->rc < 0 || !t.at || slot >= t.slots) return 0;
    uint16_t off = hone_le16(fb->data + t.vtable + 4 + 2 * (size_t)slot);
    if (off == 0) return 0;
    if (off < 4 || off + n > t.size)
        return bad_at(fb, t.vtable, "a field lies outside its table"), 0;
    size_t at = (size_t)t.at + off;
    if (at % (size_t)n) return bad_at(fb, at, "a field is not aligned to its size"), 0;
    return at;
}

bool hone_fb_has(const hone_fb *fb, hone_fb_table t, int slot)
{
    if (fb->rc < 0 || !t.at || slot >= t.slots) return false;
    return hone_le16(fb->data + t.vtable + 4 + 2 * (size_t)slot) != 0;
}

uint64_t hone_fb_scalar(hone_fb *fb, hone_fb_table t, int slot, int bytes, uint64_t fallback)
{
    size_t at = field_at(fb, t, slot, bytes);
    if (!at) return fallback;
    switch (bytes) {
    case 1: return fb->data[at];
    case 2: return hone_le16(fb->data + at);
    case 4: return hone_le32(fb->data + at);
    default: return hone_le64(fb->data + at);
    }
}

int32_t hone_fb_i32(hone_fb *fb, hone_fb_table t, int slot, int32_t fallback)
{
    return (int32_t)(uint32_t)hone_fb_scalar(fb, t, slot, 4, (uint32_t)fallback);
}

bool hone_fb_bool(hone_fb *fb, hone_fb_table t, int slot, bool fallback)
{
    uint64_t v = hone_fb_scalar(fb, t, slot, 1, fallback);
    if (v > 1) bad_at(fb, t.at, "a truth value is neither 0 nor 1");
    return v == 1;
}

/* What the reference at position at names: forward, not to itself, at least 4 bytes there. */
static size_t follow(hone_fb *fb, size_t at)
{
    uint32_t off = hone_le32(fb->data + at);
    if (off < 4) return bad_at(fb, at, "a reference points at itself"), 0;
    if (!inside(fb, at + off, 4)) return bad_at(fb, at, "a reference points past the end"), 0;
    return at + off;
}

hone_fb_table hone_fb_child(hone_fb *fb, hone_fb_table t, int slot)
{
    size_t at = field_at(fb, t, slot, 4);
    if (at) at = follow(fb, at);
    return at ? table_at(fb, at) : (hone_fb_table){ 0 };
}

/* Count and elements of the vector at position at; align is that of the elements. */
static hone_fb_vector vector_at(hone_fb *fb, size_t at, size_t bytes, size_t align)
{
    const hone_fb_vector none = { 0 };
    if (at % 4) return bad_at(fb, at, "a vector is not aligned to 4 bytes"), none;
    uint32_t count = hone_le32(fb->data + at);
    if (count > (fb->size - at - 4) / bytes) return bad_at(fb, at, "a vector is cut"), none;
    if (count && (at + 4) % align)
        return hone_fb_bad(fb, fb->data + at, "a vector's elements are not aligned to %zu bytes",
                           align), none;
    return (hone_fb_vector){ fb->data + at + 4, count };
}

hone_fb_vector hone_fb_scalars(hone_fb *fb, hone_fb_table t, int slot, int bytes, int align)
{
    size_t at = field_at(fb, t, slot, 4);
    if (at) at = follow(fb, at);
    if (!at) return (hone_fb_vector){ 0 };
    return vector_at(fb, at, (size_t)bytes, (size_t)align);
}

hone_fb_vector hone_fb_tables(hone_fb *fb, hone_fb_table t, int slot)
{
    return hone_fb_scalars(fb, t, slot, 4, 4);
}

hone_fb_table hone_fb_item(hone_fb *fb, hone_fb_vector v, uint32_t i)
{
    if (fb->rc < 0 || i >= v.count) return (hone_fb_table){ 0 };
    size_t at = follow(fb, (size_t)(v.data - fb->data) + 4 * (size_t)i);
    return at ? table_at(fb, at) : (hone_fb_table){ 0 };
}

const char *hone_fb_string(hone_fb *fb, hone_fb_table t, int slot, uint32_t *ret_len)
{
    hone_fb_vector v = hone_fb_scalars(fb, t, slot, 1, 1);
    if (!v.data) return NULL;
    const uint8_t *end = v.data + v.count;
    if (end == fb->data + fb->size || *end != 0)
        return hone_fb_bad(fb, v.data, "a string does not end with a zero byte"), NULL;
    if (memchr(v.data, 0, v.count))
        return hone_fb_bad(fb, v.data, "a string holds a zero byte"), NULL;
    if (ret_len) *ret_len = v.count;
    return (const char *)v.data;
}
