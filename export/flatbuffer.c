/*
 * FlatBuffer writer (export/flatbuffer.h). Order is found by counting parents: a node is placed
 * once all tables and vectors that name it have been placed, first come first served, so that the
 * same calls always give the same bytes. Equal vtables are shared; a new one stands right before
 * the first table that uses it. /
 */
#include "export/flatbuffer.h"

#include <string.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/mem.h"

enum { MAX_FIELDS = 12, MAX_VTABLE = 2 * (2 + 32), FILE_ALIGN = 16, ZEROS = 4096 };

typedef enum node_kind { NODE_TABLE, NODE_BYTES, NODE_REFS, NODE_STREAM } node_kind;

typedef struct field {
    uint8_t slot, bytes;
    bool ref;
    uint16_t offset; /* in the table, set by the layout */
    uint64_t value;
} field;

typedef struct vtable {
    uint8_t data[MAX_VTABLE];
    uint16_t size;
    uint64_t at;
} vtable;

typedef struct node {
    node_kind kind;
    uint32_t parents;  /* not placed yet */
    bool reached;
    uint64_t at;       /* of the table, or of a vector's count */
    /* tables */
    field *fields;
    int num_fields;
    uint32_t vtable;
    bool vtable_here;  /* its vtable is written right before it */
    /* vectors */
    uint32_t count;
    int bytes, align;
    bool zero_end;
    uint8_t *data;
    hone_fbw_ref *refs;
    hone_fbw_fill fill;
    void *ctx;
} node;

struct hone_fbw {
    hone_arena *arena;
    node *nodes;
    uint32_t num_nodes, cap_nodes;
    uint32_t *order;   /* nodes in the order of their bytes */
    uint32_t num_order;
    vtable *vtables;
    uint32_t num_vtables, cap_vtables;
    uint32_t root;
    char identifier[4];
    bool has_identifier, failed;
    uint64_t size;
};

int hone_sink_put(hone_sink *s, const void *p, size_t n, hone_err *err)
{
    if (n == 0) return 0;
    HONE_TRY(s->put(s->ctx, p, n, err));
    s->done += n;
    return 0;
}

int hone_sink_zeros(hone_sink *s, uint64_t n, hone_err *err)
{
    static const uint8_t zeros[ZEROS];
    while (n > 0) {
        size_t k = n < ZEROS ? (size_t)n : ZEROS;
        HONE_TRY(hone_sink_put(s, zeros, k, err));
        n -= k;
    }
    return 0;
}

static int buf_put(void *ctx, const void *p, size_t n, hone_err *err)
{
    hone_buf *b = ctx;
    hone_buf_add(b, p, n);
    return hone_buf_ok(b) ? 0 : hone_err_memory(err, "bytes to be written", n);
}

hone_sink hone_sink_buf(hone_buf *b)
{
    return (hone_sink){ buf_put, b, 0 };
}

hone_fbw *hone_fbw_new(void)
{
    hone_fbw *w = hone_calloc(1, sizeof(*w));
    if (!w) return NULL;
    w->arena = hone_arena_new();
    w->num_nodes = 1; /* node 0 stands for "absent" */
    if (w->arena) return w;
    hone_free(w);
    return NULL;
}

void hone_fbw_free(hone_fbw *w)
{
    if (!w) return;
    hone_arena_free(w->arena);
    hone_free(w->nodes);
    hone_free(w->vtables);
    hone_free(w->order);
    hone_free(w);
}

static void *keep(hone_fbw *w, const void *p, size_t n)
{
    void *copy = w->failed ? NULL : hone_arena_alloc(w->arena, n ? n : 1);
    if (!copy)
        w->failed = true;
    else if (p && n)
        memcpy(copy, p, n);
    return copy;
}

static hone_fbw_ref node_new(hone_fbw *w, node_kind kind)
{
    if (w->failed) return 0;
    if (w->num_nodes >= w->cap_nodes) {
        uint32_t cap = w->cap_nodes ? w->cap_nodes * 2 : 256;
        node *p = hone_realloc_array(w->nodes, cap, sizeof(*p));
        if (!p) {
            w->failed = true;
            return 0;
        }
        w->nodes = p;
        w->cap_nodes = cap;
    }
    w->nodes[w->num_nodes] = (node){ .kind = kind, .align = 4 };
    return w->num_nodes++;
}

hone_fbw_ref hone_fbw_table(hone_fbw *w)
{
    field *fields = keep(w, NULL, MAX_FIELDS * sizeof(field));
    hone_fbw_ref ref = node_new(w, NODE_TABLE);
    if (ref) w->nodes[ref].fields = fields;
    return ref;
}

static void field_add(hone_fbw *w, hone_fbw_ref table, field f)
{
    if (w->failed) return;
    node *n = &w->nodes[table];
    if (!table || n->kind != NODE_TABLE || n->num_fields == MAX_FIELDS) {
        w->failed = true; /* a mistake of the caller, found by the first test that writes it */
        return;
    }
    n->fields[n->num_fields++] = f;
}

void hone_fbw_scalar(hone_fbw *w, hone_fbw_ref table, int slot, int bytes, uint64_t value)
{
    field_add(w, table, (field){ .slot = (uint8_t)slot, .bytes = (uint8_t)bytes, .value = value });
}

void hone_fbw_child(hone_fbw *w, hone_fbw_ref table, int slot, hone_fbw_ref child)
{
    if (!child) return;
    field_add(w, table, (field){ .slot = (uint8_t)slot, .bytes = 4, .ref = true, .value = child });
}

static hone_fbw_ref vector_new(hone_fbw *w, node_kind kind, uint32_t count, int bytes, int align)
{
    hone_fbw_ref ref = node_new(w, kind);
    if (!ref) return 0;
    node *n = &w->nodes[ref];
    n->count = count;
    n->bytes = bytes;
    n->align = align < 4 ? 4 : align;
    return ref;
}

hone_fbw_ref hone_fbw_vector(hone_fbw *w, const void *p, uint32_t count, int bytes, int align)
{
    uint8_t *data = keep(w, p, (size_t)count * (size_t)bytes);
    hone_fbw_ref ref = vector_new(w, NODE_BYTES, count, bytes, align);
    if (ref) w->nodes[ref].data = data;
    return ref;
}

hone_fbw_ref hone_fbw_string(hone_fbw *w, const char *text)
{
    hone_fbw_ref ref = hone_fbw_vector(w, text, (uint32_t)strlen(text), 1, 1);
    if (ref) w->nodes[ref].zero_end = true;
    return ref;
}

hone_fbw_ref hone_fbw_refs(hone_fbw *w, const hone_fbw_ref *children, uint32_t count)
{
    hone_fbw_ref *copy = keep(w, children, (size_t)count * sizeof(*copy));
    hone_fbw_ref ref = vector_new(w, NODE_REFS, count, 4, 4);
    if (ref) w->nodes[ref].refs = copy;
    return ref;
}

hone_fbw_ref hone_fbw_stream(hone_fbw *w, uint32_t count, int bytes, int align, hone_fbw_fill fill,
                             void *ctx)
{
    hone_fbw_ref ref = vector_new(w, NODE_STREAM, count, bytes, align);
    if (!ref) return 0;
    w->nodes[ref].fill = fill;
    w->nodes[ref].ctx = ctx;
    return ref;
}

/* Calls visit for every child of a node. */
static void each_child(hone_fbw *w, const node *n, void (*visit)(hone_fbw *w, uint32_t child))
{
    for (int i = 0; n->kind == NODE_TABLE && i < n->num_fields; i++)
        if (n->fields[i].ref) visit(w, (uint32_t)n->fields[i].value);
    for (uint32_t i = 0; n->kind == NODE_REFS && i < n->count; i++) visit(w, n->refs[i]);
}

/* First pass: counts parents and lists every node that can be reached, breadth first. */
static void visit_reach(hone_fbw *w, uint32_t child)
{
    node *n = &w->nodes[child];
    n->parents++;
    if (n->reached) return;
    n->reached = true;
    w->order[w->num_order++] = child;
}

/* Second pass: a node whose last parent was placed is next in line; streams wait for the end. */
static void visit_place(hone_fbw *w, uint32_t child)
{
    node *n = &w->nodes[child];
    if (--n->parents == 0 && n->kind != NODE_STREAM) w->order[w->num_order++] = child;
}

static int order_nodes(hone_fbw *w, hone_err *err)
{
    w->order = hone_calloc(w->num_nodes, sizeof(*w->order));
    if (!w->order) return hone_err_memory(err, "the order of tables", w->num_nodes * 4u);
    for (int pass = 0; pass < 2; pass++) {
        w->num_order = 1;
        w->order[0] = w->root;
        w->nodes[w->root].reached = true;
        for (uint32_t i = 0; i < w->num_order; i++)
            each_child(w, &w->nodes[w->order[i]], pass ? visit_place : visit_reach);
    }
    for (uint32_t i = 1; i < w->num_nodes; i++) {
        if (w->nodes[i].parents)
            return hone_fail(err, HONE_E_INTERNAL, "the tables refer to each other in a circle");
        if (w->nodes[i].reached && w->nodes[i].kind == NODE_STREAM)
            w->order[w->num_order++] = i;
    }
    return 0;
}

static uint64_t round_up(uint64_t n, uint64_t align)
{
    return (n + align - 1) / align * align;
}

/* Field offsets, the largest fields first so that each is aligned to its size. */
static void table_fields(node *n, vtable *v)
{
    uint16_t at = 4, slots = 0;
    memset(v, 0, sizeof(*v));
    n->align = 4;
    for (int i = 0; i < n->num_fields; i++) {
        if (n->fields[i].bytes > n->align) n->align = n->fields[i].bytes;
        if (n->fields[i].slot + 1 > slots) slots = (uint16_t)(n->fields[i].slot + 1);
    }
    for (int bytes = 8; bytes >= 1; bytes /= 2)
        for (int i = 0; i < n->num_fields; i++) {
            if (n->fields[i].bytes != bytes) continue;
            at = (uint16_t)round_up(at, (uint64_t)bytes);
            n->fields[i].offset = at;
            hone_put_le16(v->data + 4 + 2 * n->fields[i].slot, at);
            at = (uint16_t)(at + bytes);
        }
    v->size = (uint16_t)(4 + 2 * slots);
    hone_put_le16(v->data, v->size);
    hone_put_le16(v->data + 2, at);
}

static int vtable_find(hone_fbw *w, const vtable *v, uint32_t *ret, bool *ret_new)
{
    for (uint32_t i = 0; i < w->num_vtables; i++)
        if (memcmp(w->vtables[i].data, v->data, sizeof(v->data)) == 0) {
            *ret = i;
            return 0;
        }
    if (w->num_vtables == w->cap_vtables) {
        uint32_t cap = w->cap_vtables ? w->cap_vtables * 2 : 32;
        vtable *p = hone_realloc_array(w->vtables, cap, sizeof(*p));
        if (!p) return -1;
        w->vtables = p;
        w->cap_vtables = cap;
    }
    w->vtables[w->num_vtables] = *v;
    *ret = w->num_vtables++;
    *ret_new = true;
    return 0;
}

static int place_table(hone_fbw *w, node *n, uint64_t *at)
{
    vtable v;
    table_fields(n, &v);
    if (vtable_find(w, &v, &n->vtable, &n->vtable_here) < 0) return -1;
    if (n->vtable_here) {
        *at = round_up(*at, 2);
        w->vtables[n->vtable].at = *at;
        *at += v.size;
    }
    n->at = round_up(*at, (uint64_t)n->align);
    *at = n->at + hone_le16(v.data + 2);
    return 0;
}

int hone_fbw_layout(hone_fbw *w, hone_fbw_ref root, const char *identifier, uint64_t *ret_size,
                    hone_err *err)
{
    if (w->failed || !root) return hone_err_memory(err, "the tables of a file", 0);
    w->root = root;
    w->has_identifier = identifier != NULL;
    if (identifier) memcpy(w->identifier, identifier, 4);
    HONE_TRY(order_nodes(w, err));
    uint64_t at = identifier ? 8 : 4;
    for (uint32_t i = 0; i < w->num_order; i++) {
        node *n = &w->nodes[w->order[i]];
        if (n->kind == NODE_TABLE) {
            if (place_table(w, n, &at) < 0) return hone_err_memory(err, "vtables", sizeof(vtable));
            continue;
        }
        n->at = round_up(at + 4, (uint64_t)n->align) - 4;
        at = n->at + 4 + (uint64_t)n->count * (uint64_t)n->bytes + n->zero_end;
    }
    w->size = round_up(at, FILE_ALIGN);
    if (w->size >= (uint64_t)1 << 31)
        return hone_fail(err, HONE_E_DATA, "the model needs %llu bytes, a .tflite file can hold 2 "
                         "GiB", (unsigned long long)w->size);
    *ret_size = w->size;
    return 0;
}

uint64_t hone_fbw_place(const hone_fbw *w, hone_fbw_ref vector)
{
    return w->nodes[vector].at + 4;
}

/* Zeros up to position at, counted from the start of the FlatBuffer. */
static int pad_to(hone_sink *s, uint64_t start, uint64_t at, hone_err *err)
{
    if (s->done - start > at)
        return hone_fail(err, HONE_E_INTERNAL, "a streamed vector is longer than announced");
    return hone_sink_zeros(s, at - (s->done - start), err);
}

static int write_table(hone_fbw *w, const node *n, uint64_t start, hone_sink *s, hone_err *err)
{
    const vtable *v = &w->vtables[n->vtable];
    uint8_t out[MAX_FIELDS * 16] = { 0 };
    if (n->vtable_here) {
        HONE_TRY(pad_to(s, start, v->at, err));
        HONE_TRY(hone_sink_put(s, v->data, v->size, err));
    }
    HONE_TRY(pad_to(s, start, n->at, err));
    hone_put_le32(out, (uint32_t)(n->at - v->at));
    for (int i = 0; i < n->num_fields; i++) {
        const field *f = &n->fields[i];
        uint64_t value = f->ref ? w->nodes[f->value].at - (n->at + f->offset) : f->value;
        uint8_t bytes[8];
        hone_put_le64(bytes, value);
        memcpy(out + f->offset, bytes, f->bytes);
    }
    return hone_sink_put(s, out, hone_le16(v->data + 2), err);
}

static int write_vector(hone_fbw *w, const node *n, uint64_t start, hone_sink *s, hone_err *err)
{
    uint8_t count[4];
    HONE_TRY(pad_to(s, start, n->at, err));
    hone_put_le32(count, n->count);
    HONE_TRY(hone_sink_put(s, count, 4, err));
    if (n->kind == NODE_STREAM) {
        uint64_t before = s->done;
        HONE_TRY(n->fill(n->ctx, s, err));
        if (s->done - before != (uint64_t)n->count * (uint64_t)n->bytes)
            return hone_fail(err, HONE_E_INTERNAL, "a streamed vector has another length than "
                             "announced");
        return 0;
    }
    if (n->kind == NODE_BYTES) {
        HONE_TRY(hone_sink_put(s, n->data, (size_t)n->count * (size_t)n->bytes, err));
        return hone_sink_zeros(s, n->zero_end, err);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        hone_put_le32(count, (uint32_t)(w->nodes[n->refs[i]].at - (n->at + 4 + 4 * (uint64_t)i)));
        HONE_TRY(hone_sink_put(s, count, 4, err));
    }
    return 0;
}

int hone_fbw_write(hone_fbw *w, hone_sink *s, hone_err *err)
{
    uint64_t start = s->done;
    uint8_t head[8];
    hone_put_le32(head, (uint32_t)w->nodes[w->root].at);
    memcpy(head + 4, w->identifier, 4);
    HONE_TRY(hone_sink_put(s, head, w->has_identifier ? 8 : 4, err));
    for (uint32_t i = 0; i < w->num_order; i++) {
        const node *n = &w->nodes[w->order[i]];
        if (n->kind == NODE_TABLE)
            HONE_TRY(write_table(w, n, start, s, err));
        else
            HONE_TRY(write_vector(w, n, start, s, err));
    }
    return pad_to(s, start, w->size, err);
}
