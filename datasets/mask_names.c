/* Name masking (datasets/mask_names.h). */
#include "datasets/mask_names.h"

#include <string.h>

#include "common/mem.h"
#include "common/rng.h"

struct hone_name_masker {
    hone_name_mask in;
    hone_row_source plain;
    hone_arena *arena;     /* of the row at hand */
    hone_encode_set *one;  /* its ids with other names */
};

/* ---- names ---- */

enum { SYLLABLES = 3 };

typedef struct renamer {
    hone_arena *a;
    uint64_t seed;
    uint32_t step;
} renamer;

/* Letters of a syllable are a function of the old name: rows of one step agree without a table.
 * Clashes are possible (one in 10^7) and harmless: two parameters then have one name in a step. */
static char *new_name(const renamer *r, const char *kind, const char *old)
{
    static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
    char name[2 * SYLLABLES + 1];
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, the index of the draw */
    for (const char *s = kind; *s; s++) h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    for (const char *s = old; *s; s++) h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    uint64_t x = hone_rng_u64(r->seed, HONE_RNG_NAMES, r->step, h);
    size_t n = 0;
    for (int i = 0; i < SYLLABLES; i++) {
        name[n++] = consonants[x % (sizeof consonants - 1)];
        x /= sizeof consonants - 1;
        name[n++] = vowels[x % (sizeof vowels - 1)];
        x /= sizeof vowels - 1;
    }
    name[n] = '\0';
    hone_buf text = HONE_BUF_INIT(64);
    hone_buf_printf(&text, "%s_%s%llu", kind, name, (unsigned long long)(x % 100));
    char *kept = hone_buf_ok(&text) ? hone_arena_strndup(r->a, text.data, text.len) : NULL;
    hone_buf_done(&text);
    return kept;
}

static hone_json *new_name_json(const renamer *r, const char *kind, const char *old)
{
    const char *name = new_name(r, kind, old);
    return name ? hone_json_new_str(r->a, name) : NULL;
}

/* ---- schemas ---- */

static hone_json *schema_masked(const renamer *r, const hone_json *schema);

static hone_json *properties_masked(const renamer *r, const hone_json *properties)
{
    hone_json *o = hone_json_new_object(r->a);
    for (size_t i = 0; o && i < properties->len; i++) {
        const hone_json_member *m = &properties->members[i];
        char *name = new_name(r, "arg", m->key);
        hone_json *v = schema_masked(r, m->value);
        if (!name || !v || !hone_json_set(r->a, o, name, v)) return NULL;
    }
    return o;
}

static hone_json *required_masked(const renamer *r, const hone_json *list)
{
    hone_json *out = hone_json_new_array(r->a);
    for (size_t i = 0; out && i < list->len; i++) {
        const hone_json *v = list->items[i];
        hone_json *made = hone_json_is(v, HONE_JSON_STRING) ? new_name_json(r, "arg", v->text)
                                                            : hone_json_copy(r->a, v);
        if (!made || !hone_json_push(r->a, out, made)) return NULL;
    }
    return out;
}

/* A schema with the names of its properties, and of those below, changed. */
static hone_json *schema_masked(const renamer *r, const hone_json *schema)
{
    if (!hone_json_is(schema, HONE_JSON_OBJECT)) return hone_json_copy(r->a, schema);
    hone_json *o = hone_json_new_object(r->a);
    for (size_t i = 0; o && i < schema->len; i++) {
        const hone_json_member *m = &schema->members[i];
        hone_json *v;
        if (strcmp(m->key, "properties") == 0 && hone_json_is(m->value, HONE_JSON_OBJECT))
            v = properties_masked(r, m->value);
        else if (strcmp(m->key, "required") == 0 && hone_json_is(m->value, HONE_JSON_ARRAY))
            v = required_masked(r, m->value);
        else if (strcmp(m->key, "items") == 0)
            v = schema_masked(r, m->value);
        else
            v = hone_json_copy(r->a, m->value);
        if (!v || !hone_json_set(r->a, o, m->key, v)) return NULL;
    }
    return o;
}

/* {"type":"function","function":{..}} or the function itself. */
static hone_json *tool_masked(const renamer *r, const hone_json *tool)
{
    const hone_json *f = hone_json_get(tool, "function");
    const hone_json *from = f ? f : tool;
    hone_json *o = hone_json_new_object(r->a);
    for (size_t i = 0; o && i < from->len; i++) {
        const hone_json_member *m = &from->members[i];
        hone_json *v;
        if (strcmp(m->key, "name") == 0 && hone_json_is(m->value, HONE_JSON_STRING))
            v = new_name_json(r, "fn", m->value->text);
        else if (strcmp(m->key, "parameters") == 0)
            v = schema_masked(r, m->value);
        else
            v = hone_json_copy(r->a, m->value);
        if (!v || !hone_json_set(r->a, o, m->key, v)) return NULL;
    }
    hone_json *whole = o ? hone_json_new_object(r->a) : NULL;
    bool ok = whole && hone_json_set(r->a, whole, "type", hone_json_new_str(r->a, "function")) &&
              hone_json_set(r->a, whole, "function", o);
    return ok ? whole : NULL;
}

/* ---- values of calls ---- */

/* A value beside the schema that describes it; keys that the schema does not know stay. */
static hone_json *value_masked(const renamer *r, const hone_json *v, const hone_json *schema)
{
    const hone_json *properties = hone_json_get(schema, "properties");
    if (hone_json_is(v, HONE_JSON_ARRAY)) {
        hone_json *list = hone_json_new_array(r->a);
        for (size_t i = 0; list && i < v->len; i++)
            if (!hone_json_push(r->a, list,
                                value_masked(r, v->items[i], hone_json_get(schema, "items"))))
                return NULL;
        return list;
    }
    if (!hone_json_is(v, HONE_JSON_OBJECT)) return hone_json_copy(r->a, v);
    hone_json *o = hone_json_new_object(r->a);
    for (size_t i = 0; o && i < v->len; i++) {
        const hone_json_member *m = &v->members[i];
        const hone_json *below = hone_json_get(properties, m->key);
        const char *name = below ? new_name(r, "arg", m->key) : m->key;
        if (!name || !hone_json_set(r->a, o, name, value_masked(r, m->value, below))) return NULL;
    }
    return o;
}

static hone_json *call_masked(const renamer *r, const hone_json *call, const hone_json *tools)
{
    const hone_json *f = hone_json_get(call, "function");
    const hone_json *name = hone_json_get(f, "name");
    const hone_json *tool = name ? hone_tools_find(tools, name->text) : NULL;
    if (!tool) return hone_json_copy(r->a, call); /* of no declared function: as it is */
    hone_json *o = hone_json_new_object(r->a), *made = hone_json_copy(r->a, call);
    bool ok = o && made &&
              hone_json_set(r->a, o, "name", new_name_json(r, "fn", name->text)) &&
              hone_json_set(r->a, o, "arguments",
                            value_masked(r, hone_json_get(f, "arguments"),
                                         hone_json_get(tool, "parameters"))) &&
              hone_json_set(r->a, made, "function", o);
    return ok ? made : NULL;
}

static hone_json *message_masked(const renamer *r, const hone_json *m, const hone_json *tools)
{
    hone_json *made = hone_json_copy(r->a, m);
    const hone_json *calls = hone_json_get(m, "tool_calls"), *name = hone_json_get(m, "name");
    if (made && name && hone_json_is(name, HONE_JSON_STRING) && hone_tools_find(tools, name->text))
        if (!hone_json_set(r->a, made, "name", new_name_json(r, "fn", name->text))) return NULL;
    if (!made || !hone_json_is(calls, HONE_JSON_ARRAY)) return made;
    hone_json *list = hone_json_new_array(r->a);
    for (size_t i = 0; list && i < calls->len; i++)
        if (!hone_json_push(r->a, list, call_masked(r, calls->items[i], tools))) return NULL;
    return list && hone_json_set(r->a, made, "tool_calls", list) ? made : NULL;
}

hone_json *hone_names_masked(hone_arena *a, const hone_json *row, uint64_t seed, int64_t step)
{
    const renamer r = { a, seed, (uint32_t)step };
    const hone_json *tools = hone_json_get(row, "tools"), *messages = hone_json_get(row,
                                                                                   "messages");
    hone_json *o = hone_json_copy(a, row), *new_tools = hone_json_new_array(a);
    hone_json *new_messages = hone_json_new_array(a);
    if (!o || !new_tools || !new_messages) return NULL;
    for (size_t i = 0; tools && i < tools->len; i++)
        if (!hone_json_push(a, new_tools, tool_masked(&r, tools->items[i]))) return NULL;
    for (size_t i = 0; messages && i < messages->len; i++)
        if (!hone_json_push(a, new_messages, message_masked(&r, messages->items[i], tools)))
            return NULL;
    bool ok = (!tools || hone_json_set(a, o, "tools", new_tools)) &&
              (!messages || hone_json_set(a, o, "messages", new_messages));
    return ok ? o : NULL;
}

/* ---- the source ---- */

/* The row in the form that carries everything: its messages and tools as they are rendered. */
static hone_json *whole_row(hone_arena *a, const hone_row *row)
{
    hone_json *o = hone_json_new_object(a);
    bool ok = o && hone_json_set(a, o, "id", hone_json_new_str(a, row->id)) &&
              hone_json_set(a, o, "messages", (hone_json *)(uintptr_t)row->messages) &&
              (!row->tools || hone_json_set(a, o, "tools", (hone_json *)(uintptr_t)row->tools));
    return ok ? o : NULL;
}

/* Reads a row's text and writes it with other names into m->one. */
static int encode_masked(hone_name_masker *m, size_t row, int64_t step, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *object = NULL, *masked = NULL;
    const char *source = NULL;
    int64_t line = 0;
    hone_row read;
    hone_arena_clear(m->arena);
    hone_encode_set_clear(m->one);
    const hone_row_options own = { .tools = m->in.tools, .sort_tools = true };
    const hone_row_options sorted = { .sort_tools = true };
    const hone_encode_options o = { m->in.max_length, true };
    int rc = hone_shard_place(m->in.shard, row, &source, &line, err);
    if (rc == 0) rc = hone_shard_text(m->in.shard, row, &text, err);
    if (rc == 0) rc = hone_json_parse(&object, m->arena, text.data ? text.data : "", text.len,
                                      source, line, err);
    if (rc == 0) rc = hone_row_read(&read, m->arena, object, &own, source, line, err);
    if (rc == 0) {
        hone_json *whole = whole_row(m->arena, &read);
        masked = whole ? hone_names_masked(m->arena, whole, m->in.seed, step) : NULL;
        if (!masked) rc = hone_err_memory(err, "a row", text.len);
    }
    if (rc == 0) rc = hone_row_read(&read, m->arena, masked, &sorted, source, line, err);
    if (rc == 0) rc = hone_encode_set_add(m->one, m->in.tokenizer, &read, source, &o, err);
    hone_buf_done(&text);
    return rc;
}

static int masked_load(hone_name_masker *m, hone_encode_set *window, const uint32_t *rows, size_t n,
                       int64_t step, hone_err *err)
{
    hone_encode_set_clear(window);
    for (size_t i = 0; i < n; i++) {
        HONE_TRY(encode_masked(m, rows[i], step, err));
        const hone_encode_row *r = &m->one->rows[0];
        HONE_TRY(hone_encode_set_add_ids(window, r->id, r->source, r->line, m->one->ids + r->at,
                                         m->one->labels + r->at, (size_t)r->count,
                                         (size_t)r->prompt_count, err));
    }
    return HONE_OK;
}

static int load(void *user, hone_encode_set *window, const uint32_t *rows, size_t n, int64_t step,
                hone_err *err)
{
    hone_name_masker *m = user;
    hone_err why;
    hone_err_clear(&why);
    if (hone_rng_unit(m->in.seed, HONE_RNG_NAMES, (uint32_t)step, 0) >= m->in.share)
        return m->plain.load(m->plain.user, window, rows, n, step, err);
    int rc = masked_load(m, window, rows, n, step, &why);
    if (rc == HONE_E_DATA) /* too long with other names: the step keeps its own */
        return m->plain.load(m->plain.user, window, rows, n, step, err);
    if (rc < 0 && err) *err = why;
    return rc;
}

int hone_name_masker_new(hone_name_masker **ret, const hone_name_mask *in, hone_err *err)
{
    hone_name_masker *m = hone_calloc(1, sizeof *m);
    if (!m) return hone_err_memory(err, "name masking", sizeof *m);
    m->in = *in;
    m->plain = hone_shard_source(in->shard);
    m->arena = hone_arena_new();
    int rc = m->arena ? hone_encode_set_new(&m->one, err) : hone_err_memory(err, "name masking", 0);
    if (rc < 0) hone_name_masker_free(m);
    else *ret = m;
    return rc;
}

void hone_name_masker_free(hone_name_masker *m)
{
    if (!m) return;
    hone_encode_set_free(m->one);
    hone_arena_free(m->arena);
    hone_free(m);
}

hone_row_source hone_name_masker_source(hone_name_masker *m)
{
    return (hone_row_source){ m->plain.count, load, m };
}
