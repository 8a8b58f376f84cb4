/*
 * Building blocks of a .tflite model (export/tflite_build.h). All lists grow in place; constants
 * are found again by their bytes, tensors by (buffer, type, shape), operator codes by (code,
 * version). /
 */
#include "export/tflite_build.h"

#include <string.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/mem.h"

enum { OLD_CODE_MAX = 127, MAX_IO = 512, MAX_CODES = 64, MAX_GRAPHS = 16 };

/* A growing list of references. */
typedef struct ref_list {
    hone_fbw_ref *refs;
    uint32_t count, cap;
} ref_list;

typedef struct constant {
    int type;
    hone_dims dims;
    const void *data;
    size_t bytes;
    uint32_t buffer;
} constant;

typedef struct known {   /* a constant tensor of the current subgraph */
    const char *name;      /* equal bytes under two names are two tensors: readers go by names */
    uint32_t buffer;
    int type;
    hone_dims dims;
    int32_t tensor;
} known;

typedef struct code_row {
    int code, version;
} code_row;

struct hone_tfb {
    hone_fbw *w;
    hone_arena *arena;
    ref_list buffers, codes, graphs, signatures, metadata;
    code_row code_rows[MAX_CODES];
    constant *constants;
    uint32_t num_constants, cap_constants;
    /* current subgraph */
    const char *name;
    ref_list tensors, ops, inputs, outputs; /* inputs, outputs: TensorMaps */
    int32_t input_index[MAX_IO], output_index[MAX_IO];
    known *knowns;
    uint32_t num_knowns, cap_knowns;
    bool failed;
};

hone_tfb *hone_tfb_new(void)
{
    hone_tfb *b = hone_calloc(1, sizeof(*b));
    if (!b) return NULL;
    b->w = hone_fbw_new();
    b->arena = hone_arena_new();
    if (!b->w || !b->arena) {
        hone_tfb_free(b);
        return NULL;
    }
    hone_tfb_buffer_stream(b, 0, NULL, NULL); /* buffer 0 means "no data" */
    return b;
}

void hone_tfb_free(hone_tfb *b)
{
    if (!b) return;
    ref_list *lists[] = { &b->buffers, &b->codes, &b->graphs, &b->signatures, &b->metadata,
                          &b->tensors, &b->ops, &b->inputs, &b->outputs };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) hone_free(lists[i]->refs);
    hone_free(b->constants);
    hone_free(b->knowns);
    hone_fbw_free(b->w);
    hone_arena_free(b->arena);
    hone_free(b);
}

hone_fbw *hone_tfb_writer(hone_tfb *b)
{
    return b->w;
}

/* Room for one more element of size bytes in a doubling array. */
static bool grow(hone_tfb *b, void **p, uint32_t count, uint32_t *cap, size_t size)
{
    if (b->failed) return false;
    if (count < *cap) return true;
    uint32_t more = *cap ? *cap * 2 : 64;
    void *q = hone_realloc_array(*p, more, size);
    if (!q) {
        b->failed = true;
        return false;
    }
    *p = q;
    *cap = more;
    return true;
}

static uint32_t list_add(hone_tfb *b, ref_list *l, hone_fbw_ref ref)
{
    void *p = l->refs;
    if (!grow(b, &p, l->count, &l->cap, sizeof(*l->refs))) return 0;
    l->refs = p;
    l->refs[l->count] = ref;
    return l->count++;
}

static hone_fbw_ref list_vector(hone_tfb *b, const ref_list *l)
{
    return hone_fbw_refs(b->w, l->refs, l->count);
}

static uint32_t buffer_add(hone_tfb *b, hone_fbw_ref data)
{
    hone_fbw_ref t = hone_fbw_table(b->w);
    hone_fbw_child(b->w, t, HONE_TFL_BUFFER_DATA, data);
    return list_add(b, &b->buffers, t);
}

uint32_t hone_tfb_buffer_stream(hone_tfb *b, uint32_t bytes, hone_fbw_fill fill, void *ctx)
{
    if (!fill) return buffer_add(b, 0);
    return buffer_add(b, hone_fbw_stream(b->w, bytes, 1, HONE_TFL_DATA_ALIGN, fill, ctx));
}

static bool same_dims(const hone_dims *a, const hone_dims *b)
{
    return a->rank == b->rank && memcmp(a->d, b->d, sizeof(a->d)) == 0;
}

uint32_t hone_tfb_buffer(hone_tfb *b, int type, hone_dims dims, const void *p, size_t n)
{
    for (uint32_t i = 0; p && i < b->num_constants; i++) {
        const constant *c = &b->constants[i];
        if (c->type == type && same_dims(&c->dims, &dims) && c->bytes == n &&
            memcmp(c->data, p, n) == 0)
            return c->buffer;
    }
    void *list = b->constants;
    void *copy = p ? hone_arena_alloc(b->arena, n ? n : 1) : NULL;
    if (!copy) b->failed = true;
    if (!grow(b, &list, b->num_constants, &b->cap_constants, sizeof(constant))) return 0;
    memcpy(copy, p, n);
    b->constants = list;
    uint32_t buffer =
        buffer_add(b, hone_fbw_vector(b->w, p, (uint32_t)n, 1, HONE_TFL_DATA_ALIGN));
    b->constants[b->num_constants++] = (constant){ type, dims, copy, n, buffer };
    return buffer;
}

/* rows int64 zeros. */
static int fill_zero_points(void *ctx, hone_sink *sink, hone_err *err)
{
    const uint32_t *rows = ctx;
    return hone_sink_zeros(sink, 8 * (uint64_t)*rows, err);
}

hone_fbw_ref hone_tfb_row_scales(hone_tfb *b, uint32_t rows, hone_fbw_fill fill, void *ctx)
{
    uint32_t *count = hone_arena_alloc(b->arena, sizeof(*count));
    if (!count) {
        b->failed = true;
        return 0;
    }
    *count = rows;
    hone_fbw_ref q = hone_fbw_table(b->w);
    hone_fbw_child(b->w, q, HONE_TFL_QUANT_SCALE, hone_fbw_stream(b->w, rows, 4, 4, fill, ctx));
    hone_fbw_child(b->w, q, HONE_TFL_QUANT_ZERO,
                   hone_fbw_stream(b->w, rows, 8, 8, fill_zero_points, count));
    hone_fbw_scalar(b->w, q, HONE_TFL_QUANT_DIM, 4, 0);
    return q;
}

hone_fbw_ref hone_tfb_block_scales(hone_tfb *b, int32_t scales_tensor, int block)
{
    hone_fbw_ref q = hone_fbw_table(b->w), details = hone_fbw_table(b->w);
    hone_fbw_scalar(b->w, details, HONE_TFL_BLOCK_SCALES, 4, (uint32_t)scales_tensor);
    hone_fbw_scalar(b->w, details, HONE_TFL_BLOCK_ZERO, 4, (uint32_t)-1);
    hone_fbw_scalar(b->w, details, HONE_TFL_BLOCK_SIZE, 4, (uint32_t)block);
    hone_fbw_scalar(b->w, q, HONE_TFL_QUANT_DETAILS_TYPE, 1, HONE_TFL_DETAILS_BLOCKWISE);
    hone_fbw_child(b->w, q, HONE_TFL_QUANT_DETAILS, details);
    return q;
}

/* Ends the current subgraph: its table, and the signature that carries its name. */
static void graph_end(hone_tfb *b)
{
    hone_fbw *w = b->w;
    if (!b->name || b->failed) return;
    hone_fbw_ref g = hone_fbw_table(w), s = hone_fbw_table(w), key = hone_fbw_string(w, b->name);
    hone_fbw_child(w, g, HONE_TFL_GRAPH_TENSORS, list_vector(b, &b->tensors));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_INPUTS,
                   hone_fbw_vector(w, b->input_index, b->inputs.count, 4, 4));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_OUTPUTS,
                   hone_fbw_vector(w, b->output_index, b->outputs.count, 4, 4));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_OPS, list_vector(b, &b->ops));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_NAME, key);
    hone_fbw_child(w, s, HONE_TFL_SIG_INPUTS, list_vector(b, &b->inputs));
    hone_fbw_child(w, s, HONE_TFL_SIG_OUTPUTS, list_vector(b, &b->outputs));
    hone_fbw_child(w, s, HONE_TFL_SIG_KEY, key);
    hone_fbw_scalar(w, s, HONE_TFL_SIG_GRAPH, 4, b->graphs.count);
    list_add(b, &b->graphs, g);
    list_add(b, &b->signatures, s);
    b->tensors.count = b->ops.count = b->inputs.count = b->outputs.count = 0;
    b->num_knowns = 0;
    b->name = NULL;
}

void hone_tfb_graph(hone_tfb *b, const char *name)
{
    graph_end(b);
    b->name = hone_arena_strndup(b->arena, name, strlen(name));
    if (!b->name) b->failed = true;
}

static int32_t tensor_add(hone_tfb *b, const char *name, int type, hone_dims dims, uint32_t buffer,
                          hone_fbw_ref quant)
{
    hone_fbw *w = b->w;
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_child(w, t, HONE_TFL_TENSOR_SHAPE,
                   hone_fbw_vector(w, dims.d, (uint32_t)dims.rank, 4, 4));
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_TYPE, 1, (uint64_t)type);
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_BUFFER, 4, buffer);
    hone_fbw_child(w, t, HONE_TFL_TENSOR_NAME, hone_fbw_string(w, name));
    hone_fbw_child(w, t, HONE_TFL_TENSOR_QUANT, quant);
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_HAS_RANK, 1, 1);
    return (int32_t)list_add(b, &b->tensors, t);
}

int32_t hone_tfb_value(hone_tfb *b, const char *name, int type, hone_dims dims)
{
    return tensor_add(b, name, type, dims, 0, 0);
}

int32_t hone_tfb_const(hone_tfb *b, const char *name, int type, hone_dims dims, uint32_t buffer,
                       hone_fbw_ref quant)
{
    for (uint32_t i = 0; i < b->num_knowns; i++) {
        const known *k = &b->knowns[i];
        if (k->buffer == buffer && k->type == type && same_dims(&k->dims, &dims) &&
            strcmp(k->name, name) == 0)
            return k->tensor;
    }
    void *list = b->knowns;
    if (!grow(b, &list, b->num_knowns, &b->cap_knowns, sizeof(known))) return 0;
    b->knowns = list;
    int32_t tensor = tensor_add(b, name, type, dims, buffer, quant);
    b->knowns[b->num_knowns++] = (known){ name, buffer, type, dims, tensor };
    return tensor;
}

int32_t hone_tfb_ints(hone_tfb *b, const int32_t *v, int n)
{
    const hone_dims dims = HONE_DIMS1(n);
    return hone_tfb_const(b, "ints", HONE_TFL_I32, dims,
                          hone_tfb_buffer(b, HONE_TFL_I32, dims, v, 4 * (size_t)n), 0);
}

int32_t hone_tfb_int(hone_tfb *b, int32_t v)
{
    return hone_tfb_const(b, "axis", HONE_TFL_I32, HONE_DIMS0,
                          hone_tfb_buffer(b, HONE_TFL_I32, HONE_DIMS0, &v, 4), 0);
}

int32_t hone_tfb_float(hone_tfb *b, const char *name, float v)
{
    const hone_dims dims = HONE_DIMS1(1);
    return hone_tfb_const(b, name, HONE_TFL_F32, dims,
                          hone_tfb_buffer(b, HONE_TFL_F32, dims, &v, 4), 0);
}

static uint32_t code_index(hone_tfb *b, int code, int version)
{
    for (uint32_t i = 0; i < b->codes.count; i++)
        if (b->code_rows[i].code == code && b->code_rows[i].version == version) return i;
    if (b->codes.count == MAX_CODES) {
        b->failed = true;
        return 0;
    }
    hone_fbw_ref t = hone_fbw_table(b->w);
    hone_fbw_scalar(b->w, t, HONE_TFL_CODE_OLD, 1,
                    (uint64_t)(code < OLD_CODE_MAX ? code : OLD_CODE_MAX));
    hone_fbw_scalar(b->w, t, HONE_TFL_CODE_VERSION, 4, (uint64_t)version);
    hone_fbw_scalar(b->w, t, HONE_TFL_CODE_BUILTIN, 4, (uint64_t)code);
    b->code_rows[b->codes.count] = (code_row){ code, version };
    return list_add(b, &b->codes, t);
}

void hone_tfb_op(hone_tfb *b, int code, int version, const int32_t *inputs, int num_inputs,
                 const int32_t *outputs, int num_outputs, int options_type, hone_fbw_ref options)
{
    hone_fbw *w = b->w;
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_scalar(w, t, HONE_TFL_OP_CODE, 4, code_index(b, code, version));
    hone_fbw_child(w, t, HONE_TFL_OP_INPUTS,
                   hone_fbw_vector(w, inputs, (uint32_t)num_inputs, 4, 4));
    hone_fbw_child(w, t, HONE_TFL_OP_OUTPUTS,
                   hone_fbw_vector(w, outputs, (uint32_t)num_outputs, 4, 4));
    if (options_type) {
        hone_fbw_scalar(w, t, HONE_TFL_OP_OPTIONS_TYPE, 1, (uint64_t)options_type);
        hone_fbw_child(w, t, HONE_TFL_OP_OPTIONS, options ? options : hone_fbw_table(w));
    }
    list_add(b, &b->ops, t);
}

static void io_add(hone_tfb *b, ref_list *maps, int32_t *index, const char *name, int32_t tensor)
{
    if (maps->count == MAX_IO) {
        b->failed = true;
        return;
    }
    hone_fbw_ref t = hone_fbw_table(b->w);
    hone_fbw_child(b->w, t, HONE_TFL_MAP_NAME, hone_fbw_string(b->w, name));
    hone_fbw_scalar(b->w, t, HONE_TFL_MAP_TENSOR, 4, (uint32_t)tensor);
    index[maps->count] = tensor;
    list_add(b, maps, t);
}

void hone_tfb_input(hone_tfb *b, const char *name, int32_t tensor)
{
    io_add(b, &b->inputs, b->input_index, name, tensor);
}

void hone_tfb_output(hone_tfb *b, const char *name, int32_t tensor)
{
    io_add(b, &b->outputs, b->output_index, name, tensor);
}

void hone_tfb_metadata(hone_tfb *b, const char *name, uint32_t buffer)
{
    hone_fbw_ref t = hone_fbw_table(b->w);
    hone_fbw_child(b->w, t, HONE_TFL_META_NAME, hone_fbw_string(b->w, name));
    hone_fbw_scalar(b->w, t, HONE_TFL_META_BUFFER, 4, buffer);
    list_add(b, &b->metadata, t);
}

int hone_tfb_finish(hone_tfb *b, const char *description, uint64_t *ret_size, hone_err *err)
{
    hone_fbw *w = b->w;
    graph_end(b);
    hone_fbw_ref m = hone_fbw_table(w);
    hone_fbw_scalar(w, m, HONE_TFL_MODEL_VERSION, 4, HONE_TFL_VERSION);
    hone_fbw_child(w, m, HONE_TFL_MODEL_CODES, list_vector(b, &b->codes));
    hone_fbw_child(w, m, HONE_TFL_MODEL_SUBGRAPHS, list_vector(b, &b->graphs));
    hone_fbw_child(w, m, HONE_TFL_MODEL_DESCRIPTION, hone_fbw_string(w, description));
    hone_fbw_child(w, m, HONE_TFL_MODEL_BUFFERS, list_vector(b, &b->buffers));
    hone_fbw_child(w, m, HONE_TFL_MODEL_METADATA, list_vector(b, &b->metadata));
    hone_fbw_child(w, m, HONE_TFL_MODEL_SIGNATURES, list_vector(b, &b->signatures));
    if (b->failed) return hone_err_memory(err, "the tables of a .tflite model", 0);
    return hone_fbw_layout(w, m, "TFL3", ret_size, err);
}
