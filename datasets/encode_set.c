/* Encoded rows (datasets/encode_set.h). */
#include "datasets/encode_set.h"

#include <string.h>

#include "common/mem.h"

int hone_encode_set_new(hone_encode_set **ret, hone_err *err)
{
    hone_encode_set *s = hone_calloc(1, sizeof *s);
    if (!s) return hone_err_memory(err, "encoded rows", sizeof *s);
    s->names = hone_arena_new();
    s->scratch = hone_arena_new();
    s->cache = hone_chat_cache_new();
    if (!s->names || !s->scratch || !s->cache) {
        hone_encode_set_free(s);
        return hone_err_memory(err, "encoded rows", 0);
    }
    *ret = s;
    return HONE_OK;
}

void hone_encode_set_free(hone_encode_set *s)
{
    if (!s) return;
    hone_free(s->rows);
    hone_free(s->ids);
    hone_free(s->labels);
    hone_arena_free(s->names);
    hone_arena_free(s->scratch);
    hone_chat_cache_free(s->cache);
    hone_free(s);
}

void hone_encode_set_clear(hone_encode_set *s)
{
    hone_arena_clear(s->names);
    s->last_source = NULL;
    s->count = s->num_ids = s->longest_row = 0;
    s->num_labels = 0;
    s->longest = 0;
}

static size_t grown(size_t cap, size_t need)
{
    size_t more = cap + cap / 2;
    return more > need ? more : need;
}

static int rows_grow(hone_encode_set *s, hone_err *err)
{
    if (s->count < s->cap) return HONE_OK;
    size_t cap = grown(s->cap, s->count + 64);
    hone_encode_row *rows = hone_realloc_array(s->rows, cap, sizeof *rows);
    if (!rows) return hone_err_memory(err, "encoded rows", cap * sizeof *rows);
    s->rows = rows;
    s->cap = cap;
    return HONE_OK;
}

static int ids_grow(hone_encode_set *s, size_t more, hone_err *err)
{
    size_t need;
    if (!hone_add_size(s->num_ids, more, &need)) return hone_err_memory(err, "token ids", more);
    if (need <= s->cap_ids) return HONE_OK;
    size_t cap = grown(s->cap_ids, need + 4096);
    int32_t *ids = hone_realloc_array(s->ids, cap, sizeof *ids);
    if (!ids) return hone_err_memory(err, "token ids", cap * sizeof *ids);
    s->ids = ids;
    uint8_t *labels = hone_realloc_array(s->labels, cap, sizeof *labels);
    if (!labels) return hone_err_memory(err, "label marks", cap);
    s->labels = labels;
    s->cap_ids = cap;
    return HONE_OK;
}

/* Rows come file after file: one copy of each name in a row of equal ones. */
static const char *source_copy(hone_encode_set *s, const char *source)
{
    if (!s->last_source || strcmp(s->last_source, source) != 0)
        s->last_source = hone_arena_strndup(s->names, source, strlen(source));
    return s->last_source;
}

/* A row whose ids and labels lie behind those of the others already. */
static int row_add(hone_encode_set *s, const char *id, const char *source, int64_t line,
                   size_t count, size_t prompt_count, hone_err *err)
{
    hone_encode_row r = { .line = line, .at = s->num_ids, .count = (int32_t)count,
                          .prompt_count = (int32_t)prompt_count };
    r.id = hone_arena_strndup(s->names, id, strlen(id));
    r.source = source_copy(s, source);
    if (!r.id || !r.source) return hone_err_memory(err, "row names", strlen(id));
    uint8_t *labels = s->labels + r.at;
    for (size_t i = 0; i < count; i++) {
        labels[i] = labels[i] != 0;
        r.num_labels += labels[i];
    }
    if (r.count > s->longest) {
        s->longest = r.count;
        s->longest_row = s->count;
    }
    s->num_ids += count;
    s->num_labels += r.num_labels;
    s->rows[s->count++] = r;
    return HONE_OK;
}

int hone_encode_set_add_ids(hone_encode_set *s, const char *id, const char *source, int64_t line,
                            const int32_t *ids, const uint8_t *labels, size_t count,
                            size_t prompt_count, hone_err *err)
{
    if (count == 0 || count > INT32_MAX || prompt_count > count || labels[0])
        return hone_fail(err, HONE_E_INTERNAL, "row %s: %zu ids cannot be encoded", id, count);
    HONE_TRY(rows_grow(s, err));
    HONE_TRY(ids_grow(s, count, err));
    memcpy(s->ids + s->num_ids, ids, count * sizeof *ids);
    memcpy(s->labels + s->num_ids, labels, count);
    return row_add(s, id, source, line, count, prompt_count, err);
}

int hone_encode_set_add(hone_encode_set *s, const hone_tokenizer *t, const hone_row *row,
                        const char *source, const hone_encode_options *o, hone_err *err)
{
    hone_encoded e;
    hone_arena_clear(s->scratch);
    if (hone_chat_encode_cached(&e, s->scratch, t, row, o->want_labels, s->cache, err) < 0) {
        hone_err_at(err, source, row->line, -1);
        return hone_err_context(err, "row %s", row->id);
    }
    if ((int64_t)e.count > o->max_length) {
        hone_err_at(err, source, row->line, -1);
        hone_err_hint(err, "rows are never cut: shorten it, drop it, or raise --max-seq-length");
        return hone_fail(err, HONE_E_DATA, "row %s has %zu tokens, more than the limit of %lld",
                         row->id, e.count, (long long)o->max_length);
    }
    return hone_encode_set_add_ids(s, row->id, source, row->line, e.ids, e.labels, e.count,
                                   e.prompt_count, err);
}

/* ---- rows as bytes ---- */

/* Followed by the ids behind the shared ones, a byte a label of theirs, and the row's name. */
typedef struct packed {
    int64_t line;
    int32_t count, prompt_count, shared;
    uint32_t name;
} packed;

static int32_t shared_with_previous(const hone_encode_set *s, size_t i)
{
    if (i == 0) return 0;
    const hone_encode_row *r = &s->rows[i], *b = r - 1;
    const int32_t *ids = s->ids + r->at, *before = s->ids + b->at;
    const uint8_t *labels = s->labels + r->at;
    int32_t k = 0;
    while (k < r->count && k < b->count && !labels[k] && ids[k] == before[k]) k++;
    return k;
}

void hone_encode_set_pack(hone_buf *out, const hone_encode_set *s, size_t i)
{
    const hone_encode_row *r = &s->rows[i];
    const int32_t shared = shared_with_previous(s, i);
    const size_t from = r->at + (size_t)shared, n = (size_t)(r->count - shared);
    const packed p = { r->line, r->count, r->prompt_count, shared, (uint32_t)strlen(r->id) };
    hone_buf_add(out, &p, sizeof p);
    hone_buf_add(out, s->ids + from, n * sizeof *s->ids);
    hone_buf_add(out, s->labels + from, n);
    hone_buf_add(out, r->id, p.name + 1); /* with its NUL */
}

static int packed_read(packed *ret, const hone_encode_set *s, const char *data, size_t len,
                       size_t *ret_used, hone_err *err)
{
    const int32_t most = s->count ? s->rows[s->count - 1].count : 0;
    packed p = { 0 };
    if (len >= sizeof p) memcpy(&p, data, sizeof p);
    const bool sane = p.count > 0 && p.shared >= 0 && p.shared <= p.count && p.shared <= most &&
                      p.prompt_count >= 0 && p.prompt_count <= p.count;
    const size_t rest = sane ? (size_t)(p.count - p.shared) : 0;
    *ret_used = sizeof p + rest * (sizeof(int32_t) + 1) + p.name + 1;
    if (!sane || *ret_used > len || data[*ret_used - 1] != '\0')
        return hone_fail(err, HONE_E_INTERNAL, "an encoded row of another process is damaged");
    *ret = p;
    return HONE_OK;
}

int hone_encode_set_unpack(hone_encode_set *s, const char *source, const char *data, size_t len,
                           size_t *ret_used, hone_err *err)
{
    packed p = { 0 };
    size_t used = 0;
    HONE_TRY(packed_read(&p, s, data, len, &used, err));
    HONE_TRY(rows_grow(s, err));
    HONE_TRY(ids_grow(s, (size_t)p.count, err));
    const size_t base = s->count ? s->rows[s->count - 1].at : 0, shared = (size_t)p.shared,
                 rest = (size_t)p.count - shared;
    int32_t *ids = s->ids + s->num_ids;
    uint8_t *labels = s->labels + s->num_ids;
    memcpy(ids, s->ids + base, shared * sizeof *ids);
    memset(labels, 0, shared);
    memcpy(ids + shared, data + sizeof p, rest * sizeof *ids);
    memcpy(labels + shared, data + sizeof p + rest * sizeof *ids, rest);
    HONE_TRY(row_add(s, data + used - p.name - 1, source, p.line, (size_t)p.count,
                     (size_t)p.prompt_count, err));
    *ret_used = used;
    return HONE_OK;
}
