/*
 * Values and calls in the template's notation (model/call.h), and the member order of the template:
 * by lower-cased key in code point order, equal keys in input order. Nothing is escaped or cleaned.
 */
#include "model/call.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/markers.h"

/* A lower-cased key: a slice of one shared buffer. */
typedef struct lowered {
    size_t at, len;
} lowered;

static int lowered_compare(const char *text, const lowered *a, const lowered *b)
{
    size_t n = a->len < b->len ? a->len : b->len;
    int c = memcmp(text + a->at, text + b->at, n); /* UTF-8: byte order is code point order */
    if (c != 0) return c;
    return a->len < b->len ? -1 : a->len > b->len;
}

/* Merges the runs [lo, mid) and [mid, hi) of from into to; equal keys keep their order. */
static void merge_runs(const char *text, const lowered *keys, const size_t *from, size_t *to,
                       size_t lo, size_t mid, size_t hi)
{
    size_t left = lo, right = mid;
    for (size_t i = lo; i < hi; i++) {
        bool take_left = left < mid && (right >= hi || lowered_compare(text, &keys[from[left]],
                                                                       &keys[from[right]]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Bottom-up merge sort of order by keys, with spare of the same length. */
static void sort_stable(const char *text, const lowered *keys, size_t *order, size_t *spare,
                        size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = mid + width < n ? mid + width : n;
            merge_runs(text, keys, order, spare, lo, mid, hi);
        }
        memcpy(order, spare, n * sizeof(*order));
    }
}

int hone_json_sorted_members(const hone_json *object, size_t *order, hone_key_order by,
                             hone_err *err)
{
    size_t n = object->len, bytes;
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    lowered *keys = NULL;
    int rc = 0;
    for (size_t i = 0; i < n; i++) order[i] = i;
    if (n < 2) return 0;
    if (!hone_mul_size(n, sizeof(*keys) + sizeof(*order), &bytes) || !(keys = hone_malloc(bytes))) {
        rc = hone_err_memory(err, "sorting keys", n * sizeof(*keys));
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = text.len;
        const hone_json_member *m = &object->members[i];
        if (by == HONE_KEYS_FOLDED) hone_text_lower(&text, m->key, m->key_len);
        else hone_buf_add(&text, m->key, m->key_len);
        keys[i] = (lowered){ at, text.len - at };
    }
    if (!hone_buf_ok(&text)) {
        rc = hone_err_memory(err, "sorting keys", text.len);
        goto out;
    }
    if (text.data) sort_stable(text.data, keys, order, (size_t *)(keys + n), n);
out:
    hone_free(keys);
    hone_buf_done(&text);
    return rc;
}

static void write_escaped(hone_buf *out, const char *s, size_t n)
{
    hone_buf_str(out, HONE_MARK_ESCAPE);
    hone_buf_add(out, s, n);
    hone_buf_str(out, HONE_MARK_ESCAPE);
}

/* key:value pairs in template order, without braces. */
static void write_pairs(hone_buf *out, const hone_json *object, bool bare_keys)
{
    size_t *order = hone_realloc_array(NULL, object->len, sizeof(*order));
    if (!order || hone_json_sorted_members(object, order, HONE_KEYS_FOLDED, NULL) < 0) {
        out->failed = true;
        hone_free(order);
        return;
    }
    for (size_t i = 0; i < object->len && hone_buf_ok(out); i++) {
        const hone_json_member *m = &object->members[order[i]];
        if (i > 0) hone_buf_char(out, ',');
        if (bare_keys)
            hone_buf_add(out, m->key, m->key_len);
        else
            write_escaped(out, m->key, m->key_len);
        hone_buf_char(out, ':');
        hone_call_write_value(out, m->value, bare_keys);
    }
    hone_free(order);
}

static void write_list(hone_buf *out, const hone_json *v, bool bare_keys)
{
    hone_buf_char(out, '[');
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0) hone_buf_char(out, ',');
        hone_call_write_value(out, v->items[i], bare_keys);
    }
    hone_buf_char(out, ']');
}

void hone_call_write_value(hone_buf *out, const hone_json *v, bool bare_keys)
{
    char digits[32];
    switch (v->type) {
    case HONE_JSON_NULL: hone_buf_str(out, "None"); break;
    case HONE_JSON_FALSE: hone_buf_str(out, "false"); break;
    case HONE_JSON_TRUE: hone_buf_str(out, "true"); break;
    case HONE_JSON_INT: hone_buf_str(out, v->text); break;
    case HONE_JSON_REAL:
        hone_f64_repr(hone_json_f64(v), digits);
        hone_buf_str(out, digits);
        break;
    case HONE_JSON_STRING: write_escaped(out, v->text, v->len); break;
    case HONE_JSON_ARRAY: write_list(out, v, bare_keys); break;
    case HONE_JSON_OBJECT:
        hone_buf_char(out, '{');
        write_pairs(out, v, bare_keys);
        hone_buf_char(out, '}');
        break;
    }
}

void hone_call_write(hone_buf *out, const hone_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        hone_buf_str(out, HONE_MARK_CALL "call:");
        hone_buf_str(out, calls->items[i].name);
        hone_call_write_value(out, calls->items[i].arguments, true);
        hone_buf_str(out, HONE_MARK_END_CALL);
    }
}
