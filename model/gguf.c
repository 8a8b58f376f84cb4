/*
 * GGUF reader (model/gguf.h, docs/gguf.md). One cursor walks the header; it never moves past the
 * end, and every count is bounded by the bytes that remain before memory is taken for it.
 */
#include "model/gguf.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"

enum {
    NAME_MAX_BYTES = 255,
    COUNT_MAX = 1 << 20, /* keys, tensors: far above any real file */
    MIN_KEY_BYTES = 8 + 1 + 4 + 1,
    MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8,
    ALIGNMENT_DEFAULT = 32,
    ALIGNMENT_MAX = 65536
};

typedef struct cursor {
    const uint8_t *p;
    size_t n, at;
    const char *source;
    hone_arena *arena;
    hone_err *err;
} cursor;

/* Fails at a byte offset of the file. */
#define FAIL_AT(c, offset, ...)                                \
    (hone_err_at((c)->err, (c)->source, 0, (int64_t)(offset)), \
     hone_fail((c)->err, HONE_E_MODEL, __VA_ARGS__))

static int need(cursor *c, uint64_t bytes, const char *what)
{
    if (bytes <= c->n - c->at) return 0;
    int rc = FAIL_AT(c, c->at, "%s needs %llu bytes but %llu remain", what,
                     (unsigned long long)bytes, (unsigned long long)(c->n - c->at));
    hone_err_hint(c->err, "the file is cut short or damaged; fetch it again");
    return rc;
}

static int read_u32(cursor *c, uint32_t *ret, const char *what)
{
    HONE_TRY(need(c, 4, what));
    *ret = hone_le32(c->p + c->at);
    c->at += 4;
    return 0;
}

static int read_u64(cursor *c, uint64_t *ret, const char *what)
{
    HONE_TRY(need(c, 8, what));
    *ret = hone_le64(c->p + c->at);
    c->at += 8;
    return 0;
}

/* A name: short, printable ASCII, so that it can stand in messages and C strings. */
static int read_name(cursor *c, const char **ret, const char *what)
{
    const size_t start = c->at;
    uint64_t len = 0;
    HONE_TRY(read_u64(c, &len, what));
    if (len == 0 || len > NAME_MAX_BYTES)
        return FAIL_AT(c, start, "%s has %llu bytes, expected 1..%d", what, (unsigned long long)len,
                       NAME_MAX_BYTES);
    HONE_TRY(need(c, len, what));
    for (size_t i = 0; i < len; i++) {
        const uint8_t b = c->p[c->at + i];
        if (b <= ' ' || b > '~')
            return FAIL_AT(c, c->at + i, "%s holds the byte 0x%02x, expected printable ASCII", what,
                           b);
    }
    char *name = hone_arena_strndup(c->arena, (const char *)c->p + c->at, (size_t)len);
    if (!name) return hone_err_memory(c->err, "a GGUF name", (size_t)len);
    c->at += (size_t)len;
    *ret = name;
    return 0;
}

/* Bytes of one number; 0 for strings and arrays. */
static size_t type_bytes(hone_gguf_type t)
{
    static const uint8_t sizes[HONE_GGUF_TYPES] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
    return sizes[t];
}

static int skip_string(cursor *c, const char *key)
{
    uint64_t len = 0;
    HONE_TRY(read_u64(c, &len, key));
    HONE_TRY(need(c, len, key));
    c->at += (size_t)len;
    return 0;
}

/* The value of a key: moves behind it and fills the view. */
static int read_value(cursor *c, hone_gguf_key *k)
{
    const size_t start = c->at;
    if (k->element == HONE_GGUF_STRING) {
        if (k->count > (c->n - c->at) / 8)
            return FAIL_AT(c, start,
                           "key %s: %llu strings do not fit in the %llu bytes that remain", k->name,
                           (unsigned long long)k->count, (unsigned long long)(c->n - c->at));
        for (uint64_t i = 0; i < k->count; i++) HONE_TRY(skip_string(c, k->name));
    } else {
        uint64_t bytes = 0;
        if (!hone_mul_u64(k->count, type_bytes(k->element), &bytes) || bytes > c->n - c->at)
            return FAIL_AT(c, start, "key %s: %llu values do not fit in the %llu bytes that remain",
                           k->name, (unsigned long long)k->count,
                           (unsigned long long)(c->n - c->at));
        c->at += (size_t)bytes;
    }
    k->data = c->p + start;
    k->bytes = c->at - start;
    if (k->element == HONE_GGUF_BOOL)
        for (size_t i = 0; i < k->bytes; i++)
            if (k->data[i] > 1)
                return FAIL_AT(c, start + i, "key %s: a boolean holds %u", k->name, k->data[i]);
    return 0;
}

static int read_type(cursor *c, const char *key, hone_gguf_type *ret)
{
    const size_t start = c->at;
    uint32_t type = 0;
    HONE_TRY(read_u32(c, &type, key));
    if (type >= HONE_GGUF_TYPES)
        return FAIL_AT(c, start, "key %s: unknown value type %u", key, type);
    *ret = (hone_gguf_type)type;
    return 0;
}

static int read_key(cursor *c, hone_gguf_key *k)
{
    HONE_TRY(read_name(c, &k->name, "a key's name"));
    HONE_TRY(read_type(c, k->name, &k->type));
    k->element = k->type;
    k->count = 1;
    if (k->type == HONE_GGUF_ARRAY) {
        const size_t start = c->at;
        HONE_TRY(read_type(c, k->name, &k->element));
        if (k->element == HONE_GGUF_ARRAY)
            return FAIL_AT(c, start, "key %s: arrays of arrays are not supported", k->name);
        HONE_TRY(read_u64(c, &k->count, k->name));
    }
    return read_value(c, k);
}

static int dtype_of_type(cursor *c, size_t at, const char *name, uint32_t type, hone_dtype *ret)
{
    static const struct {
        uint32_t id;
        hone_dtype dtype;
    } known[] = {
        { 0, HONE_F32 },   { 1, HONE_F16 },   { 2, HONE_Q4_0 },  { 3, HONE_Q4_1 },
        { 6, HONE_Q5_0 },  { 7, HONE_Q5_1 },  { 8, HONE_Q8_0 },  { 12, HONE_Q4_K },
        { 13, HONE_Q5_K }, { 14, HONE_Q6_K }, { 30, HONE_BF16 },
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].id == type) {
            *ret = known[i].dtype;
            return 0;
        }
    int rc = FAIL_AT(c, at, "tensor %s: number format %u is not supported", name, type);
    hone_err_hint(c->err,
                  "use a file with F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K "
                  "or Q6_K tensors");
    return rc;
}

/* Dimensions come fastest first; the shape is kept outermost first. */
static int read_shape(cursor *c, hone_tensor *t)
{
    uint32_t rank = 0;
    const size_t start = c->at;
    HONE_TRY(read_u32(c, &rank, t->name));
    if (rank < 1 || rank > 4)
        return FAIL_AT(c, start, "tensor %s: %u dimensions, expected 1 to 4", t->name, rank);
    t->rank = (int)rank;
    for (uint32_t i = 0; i < rank; i++) {
        const size_t at = c->at;
        uint64_t d = 0;
        HONE_TRY(read_u64(c, &d, t->name));
        if (d == 0 || d > INT32_MAX)
            return FAIL_AT(c, at, "tensor %s: dimension %u is %llu, expected 1..%d", t->name, i,
                           (unsigned long long)d, INT32_MAX);
        t->shape[rank - 1 - i] = (int64_t)d;
    }
    return 0;
}

static int tensor_bytes(cursor *c, hone_tensor *t)
{
    size_t bytes = hone_dtype_row_bytes(t->dtype, t->shape[t->rank - 1]);
    if (bytes == 0)
        return FAIL_AT(c, c->at, "tensor %s: rows of %lld values are no whole blocks of %s",
                       t->name, (long long)t->shape[t->rank - 1], hone_dtype_name(t->dtype));
    for (int i = 0; i < t->rank - 1; i++)
        if (!hone_mul_size(bytes, (size_t)t->shape[i], &bytes) || bytes > c->n)
            return FAIL_AT(c, c->at,
                           "tensor %s: its dimensions ask for more bytes than the file has",
                           t->name);
    t->bytes = bytes;
    return 0;
}

/* The data offset is kept in *ret_offset until the start of the data is known. */
static int read_tensor(cursor *c, hone_tensor *t, uint64_t *ret_offset)
{
    uint32_t type = 0;
    HONE_TRY(read_name(c, &t->name, "a tensor's name"));
    HONE_TRY(read_shape(c, t));
    const size_t at = c->at;
    HONE_TRY(read_u32(c, &type, t->name));
    HONE_TRY(dtype_of_type(c, at, t->name, type, &t->dtype));
    HONE_TRY(tensor_bytes(c, t));
    return read_u64(c, ret_offset, t->name);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int check_unique(cursor *c, const char **names, size_t count, const char *what)
{
    if (count > 1) qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return FAIL_AT(c, -1, "%s %s is there twice", what, names[i]);
    return 0;
}

static int by_data(const void *x, const void *y)
{
    const hone_tensor *a = *(const hone_tensor *const *)x, *b = *(const hone_tensor *const *)y;
    return a->data < b->data ? -1 : a->data > b->data;
}

static int check_overlap(cursor *c, const hone_gguf *g, const hone_tensor **order)
{
    for (size_t i = 0; i < g->num_tensors; i++) order[i] = &g->tensors[i];
    if (g->num_tensors > 1) qsort(order, g->num_tensors, sizeof(*order), by_data);
    for (size_t i = 1; i < g->num_tensors; i++)
        if (order[i - 1]->data + order[i - 1]->bytes > order[i]->data)
            return FAIL_AT(c, order[i]->data - c->p, "tensors %s and %s overlap",
                           order[i - 1]->name, order[i]->name);
    return 0;
}

static int read_head(cursor *c, hone_gguf *g, uint64_t *ret_tensors, uint64_t *ret_keys)
{
    HONE_TRY(need(c, 24, "the GGUF header"));
    if (memcmp(c->p, "GGUF", 4) != 0)
        return FAIL_AT(c, 0, "not a GGUF file: it does not begin with GGUF");
    c->at = 4;
    HONE_TRY(read_u32(c, &g->version, "the version"));
    if (g->version != 2 && g->version != 3) {
        int rc = FAIL_AT(c, 4, "GGUF version %u is not supported, expected 2 or 3", g->version);
        if (g->version & 0xFF000000u) hone_err_hint(c->err, "big-endian files are not supported");
        return rc;
    }
    HONE_TRY(read_u64(c, ret_tensors, "the tensor count"));
    HONE_TRY(read_u64(c, ret_keys, "the key count"));
    const uint64_t rest = c->n - c->at;
    if (*ret_tensors > COUNT_MAX || *ret_tensors > rest / MIN_TENSOR_BYTES)
        return FAIL_AT(c, 8, "%llu tensors do not fit in the file",
                       (unsigned long long)*ret_tensors);
    if (*ret_keys > COUNT_MAX || *ret_keys > rest / MIN_KEY_BYTES)
        return FAIL_AT(c, 16, "%llu keys do not fit in the file", (unsigned long long)*ret_keys);
    return 0;
}

static int read_alignment(cursor *c, hone_gguf *g)
{
    const hone_gguf_key *k = hone_gguf_find(g, "general.alignment");
    g->alignment = ALIGNMENT_DEFAULT;
    if (!k) return 0;
    if (k->type != HONE_GGUF_U32)
        return FAIL_AT(c, k->data - c->p, "key general.alignment: value type %d, expected u32",
                       k->type);
    g->alignment = hone_le32(k->data);
    if (g->alignment < 8 || g->alignment > ALIGNMENT_MAX || (g->alignment & (g->alignment - 1)))
        return FAIL_AT(c, k->data - c->p,
                       "key general.alignment is %llu, expected a power of two "
                       "from 8 to %d",
                       (unsigned long long)g->alignment, ALIGNMENT_MAX);
    return 0;
}

static int read_keys(cursor *c, hone_gguf *g, uint64_t count)
{
    g->keys = hone_arena_alloc(c->arena, (size_t)count * sizeof(*g->keys));
    const char **names = hone_arena_alloc(c->arena, (size_t)count * sizeof(*names));
    if (!g->keys || !names)
        return hone_err_memory(c->err, "GGUF keys", (size_t)count * sizeof(*g->keys));
    for (g->num_keys = 0; g->num_keys < count; g->num_keys++) {
        HONE_TRY(read_key(c, &g->keys[g->num_keys]));
        names[g->num_keys] = g->keys[g->num_keys].name;
    }
    HONE_TRY(check_unique(c, names, g->num_keys, "key"));
    return read_alignment(c, g);
}

/* Turns offsets into views; the data begins at the next aligned byte behind the tables. */
static int place_tensors(cursor *c, hone_gguf *g, const uint64_t *offsets)
{
    g->data_at = (c->at + g->alignment - 1) / g->alignment * g->alignment;
    if (g->num_tensors > 0 && g->data_at > c->n)
        return FAIL_AT(c, c->at, "the file ends before the tensor data");
    const uint64_t room = g->num_tensors > 0 ? c->n - g->data_at : 0;
    for (size_t i = 0; i < g->num_tensors; i++) {
        hone_tensor *t = &g->tensors[i];
        if (offsets[i] % g->alignment != 0)
            return FAIL_AT(
                c, -1, "tensor %s: data offset %llu is no multiple of the alignment %llu", t->name,
                (unsigned long long)offsets[i], (unsigned long long)g->alignment);
        if (offsets[i] > room || t->bytes > room - offsets[i]) {
            int rc = FAIL_AT(c, -1,
                             "tensor %s: data offset %llu and %zu bytes end behind the file "
                             "(%llu bytes of data)",
                             t->name, (unsigned long long)offsets[i], t->bytes,
                             (unsigned long long)room);
            hone_err_hint(c->err, "the file is cut short or damaged; fetch it again");
            return rc;
        }
        t->data = c->p + g->data_at + offsets[i];
    }
    return 0;
}

static int read_tensors(cursor *c, hone_gguf *g, uint64_t count)
{
    const size_t n = (size_t)count;
    g->tensors = hone_arena_alloc(c->arena, n * sizeof(*g->tensors));
    uint64_t *offsets = hone_arena_alloc(c->arena, n * sizeof(*offsets));
    const char **names = hone_arena_alloc(c->arena, n * sizeof(*names));
    const hone_tensor **order = hone_arena_alloc(c->arena, n * sizeof(*order));
    if (!g->tensors || !offsets || !names || !order)
        return hone_err_memory(c->err, "GGUF tensors", n * sizeof(*g->tensors));
    for (g->num_tensors = 0; g->num_tensors < n; g->num_tensors++) {
        HONE_TRY(read_tensor(c, &g->tensors[g->num_tensors], &offsets[g->num_tensors]));
        names[g->num_tensors] = g->tensors[g->num_tensors].name;
    }
    HONE_TRY(check_unique(c, names, n, "tensor"));
    HONE_TRY(place_tensors(c, g, offsets));
    return check_overlap(c, g, order);
}

int hone_gguf_parse(hone_gguf *ret, hone_arena *a, const uint8_t *p, size_t n, const char *source,
                    hone_err *err)
{
    cursor c = { p, n, 0, source, a, err };
    hone_gguf g = { .bytes = p, .size = n, .source = source };
    uint64_t num_tensors = 0, num_keys = 0;
    HONE_TRY(read_head(&c, &g, &num_tensors, &num_keys));
    HONE_TRY(read_keys(&c, &g, num_keys));
    HONE_TRY(read_tensors(&c, &g, num_tensors));
    *ret = g;
    return 0;
}

const hone_gguf_key *hone_gguf_find(const hone_gguf *g, const char *name)
{
    for (size_t i = 0; i < g->num_keys; i++)
        if (strcmp(g->keys[i].name, name) == 0) return &g->keys[i];
    return NULL;
}

static int wrong_kind(const hone_gguf *g, const hone_gguf_key *k, const char *expected,
                      hone_err *err)
{
    hone_err_at(err, g->source, 0, k->data - g->bytes);
    return hone_fail(err, HONE_E_MODEL, "key %s: value type %d, expected %s", k->name, (int)k->type,
                     expected);
}

/* Sign-extended value of an integer key. */
static bool integer_value(const hone_gguf_key *k, int64_t *ret)
{
    const uint8_t *p = k->data;
    switch (k->type) {
    case HONE_GGUF_U8: *ret = p[0]; return true;
    case HONE_GGUF_I8: *ret = (int8_t)p[0]; return true;
    case HONE_GGUF_U16: *ret = hone_le16(p); return true;
    case HONE_GGUF_I16: *ret = (int16_t)hone_le16(p); return true;
    case HONE_GGUF_U32: *ret = hone_le32(p); return true;
    case HONE_GGUF_I32: *ret = (int32_t)hone_le32(p); return true;
    case HONE_GGUF_U64:
    case HONE_GGUF_I64: *ret = (int64_t)hone_le64(p); return true;
    default: return false;
    }
}

int hone_gguf_u64(const hone_gguf *g, const char *name, uint64_t *ret, bool *ret_found,
                  hone_err *err)
{
    const hone_gguf_key *k = hone_gguf_find(g, name);
    int64_t v = 0;
    *ret_found = k != NULL;
    if (!k) return 0;
    if (!integer_value(k, &v)) return wrong_kind(g, k, "an integer", err);
    if (v < 0 && k->type != HONE_GGUF_U64) {
        hone_err_at(err, g->source, 0, k->data - g->bytes);
        return hone_fail(err, HONE_E_MODEL, "key %s is %lld, expected no negative number", name,
                         (long long)v);
    }
    *ret = (uint64_t)v;
    return 0;
}

int hone_gguf_f64(const hone_gguf *g, const char *name, double *ret, bool *ret_found, hone_err *err)
{
    const hone_gguf_key *k = hone_gguf_find(g, name);
    *ret_found = k != NULL;
    if (!k) return 0;
    if (k->type == HONE_GGUF_F32) {
        *ret = (double)hone_le_f32(k->data);
    } else if (k->type == HONE_GGUF_F64) {
        const uint64_t bits = hone_le64(k->data);
        memcpy(ret, &bits, sizeof(*ret));
    } else {
        return wrong_kind(g, k, "a real number", err);
    }
    return 0;
}

int hone_gguf_str(const hone_gguf *g, const char *name, const char **ret, size_t *ret_len,
                  bool *ret_found, hone_err *err)
{
    const hone_gguf_key *k = hone_gguf_find(g, name);
    size_t at = 0;
    *ret_found = k != NULL;
    if (!k) return 0;
    if (k->type != HONE_GGUF_STRING) return wrong_kind(g, k, "a string", err);
    hone_gguf_next_str(k, &at, ret, ret_len);
    return 0;
}

void hone_gguf_next_str(const hone_gguf_key *k, size_t *at, const char **ret, size_t *ret_len)
{
    *ret_len = (size_t)hone_le64(k->data + *at);
    *ret = (const char *)k->data + *at + 8;
    *at += 8 + *ret_len;
}
