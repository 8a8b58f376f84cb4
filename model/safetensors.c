/*
 * Strict reader of safetensors files (model/safetensors.h). The header is capped, parsed as strict
 * JSON, and every entry is checked against the bytes that are there; then the entries, sorted by
 * offset, must tile the data exactly.
 */
#include "model/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"

enum { MAX_TENSORS = 1 << 17, MAX_NAME = 255, MAX_RANK = 4 };

typedef struct reader {
    const uint8_t *data; /* behind the header */
    size_t size;
    hone_arena *arena;
    const char *source;
    hone_err *err;
} reader;

#define FAIL(r, ...) \
    (hone_err_at((r)->err, (r)->source, 0, -1), hone_fail((r)->err, HONE_E_MODEL, __VA_ARGS__))

static int read_name(reader *r, const hone_json_member *m, hone_tensor *t)
{
    if (m->key_len == 0 || m->key_len > MAX_NAME)
        return FAIL(r, "a tensor's name has %zu bytes, expected 1..%d", m->key_len, MAX_NAME);
    for (size_t i = 0; i < m->key_len; i++)
        if (m->key[i] <= ' ' || m->key[i] > '~')
            return FAIL(r, "a tensor's name holds the byte 0x%02x, expected printable ASCII",
                        (unsigned char)m->key[i]);
    t->name = m->key;
    return 0;
}

static int read_dtype(reader *r, const hone_json *o, hone_tensor *t)
{
    static const hone_dtype known[] = { HONE_F32, HONE_F16, HONE_BF16, HONE_I32, HONE_I64 };
    const hone_json *v = hone_json_get(o, "dtype");
    if (!hone_json_is(v, HONE_JSON_STRING))
        return FAIL(r, "tensor %s: dtype is no string", t->name);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (hone_json_str_eq(v, hone_dtype_name(known[i]))) {
            t->dtype = known[i];
            return 0;
        }
    char shown[17];
    size_t n = 0;
    for (; n < v->len && n < sizeof(shown) - 1; n++)
        shown[n] = v->text[n] > ' ' && v->text[n] <= '~' ? v->text[n] : '?';
    shown[n] = '\0';
    return FAIL(r, "tensor %s: number format %s is not supported, expected F32, F16 or BF16",
                t->name, shown);
}

/* Fills rank, shape and the number of bytes that they ask for. */
static int read_shape(reader *r, const hone_json *o, hone_tensor *t)
{
    const hone_json *v = hone_json_get(o, "shape");
    size_t values = 1;
    if (!hone_json_is(v, HONE_JSON_ARRAY)) return FAIL(r, "tensor %s: shape is no list", t->name);
    if (v->len > MAX_RANK)
        return FAIL(r, "tensor %s: %zu dimensions, expected at most %d", t->name, v->len, MAX_RANK);
    for (size_t i = 0; i < v->len; i++) {
        int64_t d = 0;
        if (!hone_json_i64(hone_json_at(v, i), &d) || d < 1 || d > INT32_MAX)
            return FAIL(r, "tensor %s: dimension %zu is no integer in 1..%d", t->name, i,
                        INT32_MAX);
        t->shape[i] = d;
        if (!hone_mul_size(values, (size_t)d, &values))
            return FAIL(r, "tensor %s: the product of its dimensions overflows", t->name);
    }
    t->rank = (int)v->len;
    if (t->rank == 0) { /* a single number */
        t->rank = 1;
        t->shape[0] = 1;
    }
    if (!hone_mul_size(values, hone_dtype_row_bytes(t->dtype, 1), &t->bytes))
        return FAIL(r, "tensor %s: the product of its dimensions overflows", t->name);
    return 0;
}

static int read_offsets(reader *r, const hone_json *o, hone_tensor *t)
{
    const hone_json *v = hone_json_get(o, "data_offsets");
    int64_t begin = 0, end = 0;
    if (!hone_json_is(v, HONE_JSON_ARRAY) || v->len != 2 ||
        !hone_json_i64(hone_json_at(v, 0), &begin) || !hone_json_i64(hone_json_at(v, 1), &end) ||
        begin < 0 || end < begin)
        return FAIL(r, "tensor %s: data_offsets are no two integers in order", t->name);
    if ((uint64_t)end > r->size)
        return FAIL(r, "tensor %s: its data ends at %lld, behind the %zu bytes of the file",
                    t->name, (long long)end, r->size);
    if ((uint64_t)(end - begin) != t->bytes)
        return FAIL(r, "tensor %s: data_offsets span %lld bytes, its shape and format ask for %zu",
                    t->name, (long long)(end - begin), t->bytes);
    t->data = r->data + begin;
    return 0;
}

static int read_entry(reader *r, const hone_json_member *m, hone_tensor *t)
{
    HONE_TRY(read_name(r, m, t));
    if (!hone_json_is(m->value, HONE_JSON_OBJECT) || m->value->len != 3)
        return FAIL(r, "tensor %s: expected an object with dtype, shape and data_offsets", t->name);
    HONE_TRY(read_dtype(r, m->value, t));
    HONE_TRY(read_shape(r, m->value, t));
    return read_offsets(r, m->value, t);
}

static int read_metadata(reader *r, const hone_json *v, hone_safetensors *s)
{
    if (!hone_json_is(v, HONE_JSON_OBJECT)) return FAIL(r, "__metadata__ is no object");
    for (size_t i = 0; i < v->len; i++)
        if (!hone_json_is(v->members[i].value, HONE_JSON_STRING))
            return FAIL(r, "__metadata__ holds a value that is no string");
    s->metadata = v;
    return 0;
}

static int by_data(const void *x, const void *y)
{
    const hone_tensor *a = *(const hone_tensor *const *)x, *b = *(const hone_tensor *const *)y;
    return a->data < b->data ? -1 : a->data > b->data;
}

/* The tensors, in the order of their data, must fill it without gap or overlap. */
static int check_tiling(reader *r, const hone_safetensors *s)
{
    const hone_tensor **order = hone_arena_alloc(r->arena, s->num_tensors * sizeof(*order));
    if (!order) return hone_err_memory(r->err, "a tensor table", s->num_tensors * sizeof(*order));
    for (size_t i = 0; i < s->num_tensors; i++) order[i] = &s->tensors[i];
    if (s->num_tensors > 1) qsort(order, s->num_tensors, sizeof(*order), by_data);
    const uint8_t *at = r->data;
    for (size_t i = 0; i < s->num_tensors; i++) {
        if (order[i]->data != at)
            return FAIL(r, "tensor %s begins at data offset %zu, expected %zu (%s)", order[i]->name,
                        (size_t)(order[i]->data - r->data), (size_t)(at - r->data),
                        order[i]->data < at ? "tensors overlap" : "there is a gap");
        at += order[i]->bytes;
    }
    const size_t used = (size_t)(at - r->data);
    if (used != r->size) return FAIL(r, "%zu bytes follow the last tensor", r->size - used);
    return 0;
}

static int read_entries(reader *r, const hone_json *header, hone_safetensors *s)
{
    if (header->len > MAX_TENSORS) return FAIL(r, "%zu tensors are too many", header->len);
    s->tensors = hone_arena_alloc(r->arena, header->len * sizeof(*s->tensors));
    if (!s->tensors)
        return hone_err_memory(r->err, "a tensor table", header->len * sizeof(*s->tensors));
    for (size_t i = 0; i < header->len; i++) {
        const hone_json_member *m = &header->members[i];
        if (m->key_len == 12 && memcmp(m->key, "__metadata__", 12) == 0)
            HONE_TRY(read_metadata(r, m->value, s));
        else
            HONE_TRY(read_entry(r, m, &s->tensors[s->num_tensors++]));
    }
    return check_tiling(r, s);
}

static int read_length(const uint8_t *p, size_t n, const char *source, size_t *ret, hone_err *err)
{
    hone_err_at(err, source, 0, -1);
    if (n < 10) return hone_fail(err, HONE_E_MODEL, "no safetensors file: only %zu bytes", n);
    const uint64_t len = hone_le64(p);
    hone_err_at(err, source, 0, 0);
    if (len < 2 || len > HONE_SAFETENSORS_HEADER_MAX)
        return hone_fail(err, HONE_E_MODEL, "the header claims %llu bytes, expected 2..%zu",
                         (unsigned long long)len, HONE_SAFETENSORS_HEADER_MAX);
    if (len > n - 8) {
        int rc = hone_fail(err, HONE_E_MODEL, "the header claims %llu bytes but %zu remain",
                           (unsigned long long)len, n - 8);
        hone_err_hint(err, "the file is cut short or damaged; fetch it again");
        return rc;
    }
    hone_err_at(err, source, 0, 8);
    if (p[8] != '{') return hone_fail(err, HONE_E_MODEL, "the header does not begin with '{'");
    *ret = (size_t)len;
    return 0;
}

int hone_safetensors_parse(hone_safetensors *ret, hone_arena *a, const uint8_t *p, size_t n,
                           const char *source, hone_err *err)
{
    hone_safetensors s = { 0 };
    hone_json *header = NULL;
    size_t len = 0;
    HONE_TRY(read_length(p, n, source, &len, err));
    const int rc = hone_json_parse(&header, a, (const char *)p + 8, len, source, 1, err);
    if (rc == HONE_E_MEMORY) return rc;
    if (rc < 0) {
        hone_err_context(err, "safetensors header");
        if (err) err->code = HONE_E_MODEL;
        return HONE_E_MODEL;
    }
    reader r = { p + 8 + len, n - 8 - len, a, source, err };
    if (!hone_json_is(header, HONE_JSON_OBJECT)) return FAIL(&r, "the header is no JSON object");
    HONE_TRY(read_entries(&r, header, &s));
    *ret = s;
    return 0;
}

const hone_tensor *hone_safetensors_find(const hone_safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->num_tensors; i++)
        if (strcmp(s->tensors[i].name, name) == 0) return &s->tensors[i];
    return NULL;
}
