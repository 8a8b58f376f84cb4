/*
 * Strict .tflite reader (model/tflite_read.h) on the checked FlatBuffer getters. Every index is
 * compared with what it indexes, every constant's size with its shape and type. Small files that
 * share children could ask for endless work; the work budget is proportional to the file's size.
 * /
 */
#include "model/tflite_read.h"

#include <float.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "model/flatbuffer_read.h"

enum {
    MAX_TABLES = 1 << 20,
    MAX_GRAPHS = 256,
    WORK_A_BYTE = 64,
    WORK_FREE = 4096,
    WORK_TABLE = 32
};

typedef struct reader {
    hone_fb fb;
    hone_arena *arena;
    hone_tflite *model;
    const uint8_t **data; /* of each buffer, NULL = empty */
    size_t *bytes;
    int *codes, *versions; /* of each operator code */
    uint32_t num_codes;
    uint64_t work;        /* elements that may still be looked at */
} reader;

typedef struct type_row {
    uint8_t type, bits;
    const char *name;
} type_row;

static const type_row TYPES[] = {
    { HONE_TFL_F32, 32, "float32" }, { HONE_TFL_F16, 16, "float16" }, { HONE_TFL_I32, 32, "int32" },
    { HONE_TFL_U8, 8, "uint8" }, { HONE_TFL_I64, 64, "int64" }, { HONE_TFL_BOOL, 8, "bool" },
    { HONE_TFL_I16, 16, "int16" }, { HONE_TFL_I8, 8, "int8" }, { HONE_TFL_F64, 64, "float64" },
    { HONE_TFL_U64, 64, "uint64" }, { HONE_TFL_U32, 32, "uint32" }, { HONE_TFL_U16, 16, "uint16" },
    { HONE_TFL_I4, 4, "int4" }, { HONE_TFL_BF16, 16, "bfloat16" }, { HONE_TFL_I2, 2, "int2" },
};

static const type_row *type_find(int type)
{
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
        if (TYPES[i].type == type) return &TYPES[i];
    return NULL;
}

const char *hone_tfl_type_name(int type)
{
    const type_row *t = type_find(type);
    return t ? t->name : "?";
}

static bool failed(const reader *r)
{
    return r->fb.rc < 0;
}

static void spend(reader *r, uint64_t n)
{
    if (n > r->work)
        hone_fb_bad(&r->fb, NULL, "the file asks for far more work than its size can mean");
    else
        r->work -= n;
}

/* count elements of size bytes in the arena; the fb's failure when there is no memory. */
static void *take(reader *r, uint32_t count, size_t size)
{
    spend(r, (uint64_t)count * WORK_TABLE);
    if (count > r->fb.budget) hone_fb_bad(&r->fb, NULL, "more tables than any model needs");
    if (failed(r)) return NULL;
    void *p = hone_arena_alloc(r->arena, (count ? count : 1) * size);
    if (!p) r->fb.rc = hone_err_memory(r->fb.err, "the model's tables", count * size);
    return p;
}

static const char *text_or_empty(const char *s)
{
    return s ? s : "";
}

static void read_buffers(reader *r, hone_fb_table root)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, root, HONE_TFL_MODEL_BUFFERS);
    r->data = take(r, v.count, sizeof(*r->data));
    r->bytes = take(r, v.count, sizeof(*r->bytes));
    if (failed(r)) return;
    r->model->num_buffers = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        hone_fb_vector d = hone_fb_scalars(fb, t, HONE_TFL_BUFFER_DATA, 1, HONE_TFL_DATA_ALIGN);
        if (hone_fb_scalar(fb, t, HONE_TFL_BUFFER_OFFSET, 8, 0) ||
            hone_fb_scalar(fb, t, HONE_TFL_BUFFER_SIZE, 8, 0))
            hone_fb_bad(fb, NULL, "buffer %u lies outside the FlatBuffer: not supported", i);
        if (i == 0 && d.count)
            hone_fb_bad(fb, d.data, "buffer 0 is not empty, but it stands for no data");
        if (d.count) r->data[i] = d.data;
        r->bytes[i] = d.count;
    }
    if (v.count == 0) hone_fb_bad(fb, NULL, "the model has no buffers");
}

static void read_codes(reader *r, hone_fb_table root)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, root, HONE_TFL_MODEL_CODES);
    r->codes = take(r, v.count, sizeof(*r->codes));
    r->versions = take(r, v.count, sizeof(*r->versions));
    r->num_codes = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        int old = (int8_t)hone_fb_scalar(fb, t, HONE_TFL_CODE_OLD, 1, 0);
        int code = hone_fb_i32(fb, t, HONE_TFL_CODE_BUILTIN, 0);
        r->codes[i] = code > old ? code : old;
        r->versions[i] = hone_fb_i32(fb, t, HONE_TFL_CODE_VERSION, 1);
        if (r->codes[i] < 0 || r->versions[i] < 1)
            hone_fb_bad(fb, NULL, "operator code %u: code %d, version %d", i, r->codes[i],
                        r->versions[i]);
    }
}

/* Elements of a static shape; false for dynamic, zero or absurd dimensions. */
static bool element_count(const hone_tfl_tensor *t, size_t *ret)
{
    size_t n = 1;
    for (int i = 0; i < t->rank; i++)
        if (t->shape[i] <= 0 || !hone_mul_size(n, (size_t)t->shape[i], &n)) return false;
    *ret = n;
    return n <= SIZE_MAX / 64;
}

static void read_shape(reader *r, hone_fb_table table, hone_tfl_tensor *t)
{
    hone_fb_vector v = hone_fb_scalars(&r->fb, table, HONE_TFL_TENSOR_SHAPE, 4, 4);
    if (v.count > HONE_TFL_MAX_RANK) {
        hone_fb_bad(&r->fb, v.data, "tensor %s has %u dimensions", t->name, v.count);
        return;
    }
    t->rank = (int)v.count;
    for (int i = 0; i < t->rank; i++) {
        t->shape[i] = (int32_t)hone_le32(v.data + 4 * i);
        if (t->shape[i] == 0 || t->shape[i] < -1)
            hone_fb_bad(&r->fb, v.data, "tensor %s: dimension %d is %d", t->name, i, t->shape[i]);
    }
}

/* Constants: the buffer holds exactly what shape and type say. */
static void read_data(reader *r, hone_tfl_tensor *t)
{
    if (t->buffer >= r->model->num_buffers) {
        hone_fb_bad(&r->fb, NULL, "tensor %s: buffer %u of %u does not exist", t->name, t->buffer,
                    r->model->num_buffers);
        return;
    }
    t->data = r->data[t->buffer];
    t->bytes = r->bytes[t->buffer];
    if (!t->data) return;
    const type_row *type = type_find(t->type);
    size_t n = 0;
    if (!type)
        hone_fb_bad(&r->fb, t->data, "constant %s: unknown element type %d", t->name, t->type);
    else if (!element_count(t, &n))
        hone_fb_bad(&r->fb, t->data, "constant %s has no static shape", t->name);
    else if ((n * type->bits + 7) / 8 != t->bytes)
        hone_fb_bad(&r->fb, t->data, "constant %s holds %zu bytes, its shape and %s need %zu",
                    t->name, t->bytes, type->name, (n * type->bits + 7) / 8);
}

static bool scale_ok(float s)
{
    return s >= FLT_MIN && s <= FLT_MAX; /* false for NaN; XNNPACK refuses denormals */
}

static void read_channel_quant(reader *r, hone_fb_table q, hone_tfl_tensor *t)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector s = hone_fb_scalars(fb, q, HONE_TFL_QUANT_SCALE, 4, 4);
    hone_fb_vector z = hone_fb_scalars(fb, q, HONE_TFL_QUANT_ZERO, 8, 8);
    t->quant_dim = hone_fb_i32(fb, q, HONE_TFL_QUANT_DIM, 0);
    spend(r, s.count);
    if (s.count == 0 || failed(r)) return;
    if (z.count != s.count) {
        hone_fb_bad(fb, s.data, "tensor %s: %u scales, but %u zero points", t->name, s.count,
                    z.count);
        return;
    }
    if (t->quant_dim < 0 || (t->quant_dim >= t->rank && s.count > 1)) {
        hone_fb_bad(fb, s.data, "tensor %s: quantised dimension %d of %d", t->name, t->quant_dim,
                    t->rank);
        return;
    }
    if (s.count != 1 && s.count != (uint32_t)t->shape[t->quant_dim]) {
        hone_fb_bad(fb, s.data, "tensor %s: %u scales for a dimension of %d", t->name, s.count,
                    t->shape[t->quant_dim]);
        return;
    }
    for (uint32_t i = 0; i < s.count && !failed(r); i++)
        if (!scale_ok(hone_le_f32(s.data + 4 * (size_t)i)))
            hone_fb_bad(fb, s.data + 4 * (size_t)i,
                        "tensor %s: scale %u is not a positive finite number", t->name, i);
    spend(r, t->data ? z.count : 0);
    for (uint32_t i = 0; t->data && i < z.count && !failed(r); i++)
        if (hone_le64(z.data + 8 * (size_t)i) != 0)
            hone_fb_bad(fb, z.data + 8 * (size_t)i,
                        "tensor %s: zero point %u of a constant is not 0", t->name, i);
    t->scheme = s.count == 1 ? HONE_TFL_PER_TENSOR : HONE_TFL_PER_CHANNEL;
    t->scales = s.data;
    t->num_scales = s.count;
}

/* Scales of blocks live in another tensor of the same subgraph; read when all tensors are there. */
static void read_block_quant(reader *r, hone_fb_table q, hone_tfl_tensor *t, hone_tfl_graph *g)
{
    hone_fb *fb = &r->fb;
    hone_fb_table d = hone_fb_child(fb, q, HONE_TFL_QUANT_DETAILS);
    int32_t at = hone_fb_i32(fb, d, HONE_TFL_BLOCK_SCALES, 0);
    t->block = hone_fb_i32(fb, d, HONE_TFL_BLOCK_SIZE, 0);
    size_t n = 0;
    if (failed(r)) return;
    if (!d.at || t->type != HONE_TFL_I4 || t->rank != 2 || !element_count(t, &n)) {
        hone_fb_bad(fb, NULL, "tensor %s: blockwise quantisation needs int4 [out, in]", t->name);
        return;
    }
    if (t->block < 32 || t->block % 32 || t->shape[1] % t->block) {
        hone_fb_bad(fb, NULL, "tensor %s: block size %d does not divide rows of %d", t->name,
                    t->block, t->shape[1]);
        return;
    }
    const hone_tfl_tensor *s = at < 0 || (uint32_t)at >= g->num_tensors ? NULL : &g->tensors[at];
    if (!s || s == t) {
        hone_fb_bad(fb, NULL, "tensor %s: block scales name tensor %d", t->name, at);
        return;
    }
    if (s->type != HONE_TFL_F16 || !s->data || s->bytes != n / (size_t)t->block * 2) {
        hone_fb_bad(fb, NULL, "tensor %s: block scales %s are not float16 [out, in / block]",
                    t->name, s->name);
        return;
    }
    spend(r, s->bytes / 2);
    for (size_t i = 0; i < s->bytes && !failed(r); i += 2) {
        uint16_t h = hone_le16(s->data + i);
        if (h < 0x0400 || h > 0x7bff) /* smallest and largest normal f16 */
            hone_fb_bad(fb, s->data + i, "tensor %s: block scale %zu is not a positive normal "
                        "number", t->name, i / 2);
    }
    t->scheme = HONE_TFL_BLOCKWISE;
    t->scales = s->data;
    t->num_scales = s->bytes / 2;
}

static void read_tensor(reader *r, hone_fb_table table, hone_tfl_tensor *t)
{
    hone_fb *fb = &r->fb;
    t->name = text_or_empty(hone_fb_string(fb, table, HONE_TFL_TENSOR_NAME, NULL));
    t->type = (uint8_t)hone_fb_scalar(fb, table, HONE_TFL_TENSOR_TYPE, 1, 0);
    t->buffer = (uint32_t)hone_fb_scalar(fb, table, HONE_TFL_TENSOR_BUFFER, 4, 0);
    t->has_rank = hone_fb_bool(fb, table, HONE_TFL_TENSOR_HAS_RANK, false);
    if (hone_fb_bool(fb, table, HONE_TFL_TENSOR_VARIABLE, false))
        hone_fb_bad(fb, NULL, "tensor %s is a variable: the device runtime refuses it", t->name);
    if (hone_fb_has(fb, table, HONE_TFL_TENSOR_SPARSITY))
        hone_fb_bad(fb, NULL, "tensor %s is sparse: not supported", t->name);
    if (hone_fb_scalar(fb, table, HONE_TFL_TENSOR_EXTERNAL, 4, 0))
        hone_fb_bad(fb, NULL, "tensor %s lies in another section: not supported", t->name);
    if (!failed(r)) read_shape(r, table, t);
    if (!failed(r)) read_data(r, t);
}

static void read_tensors(reader *r, hone_fb_table graph, hone_tfl_graph *g)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, graph, HONE_TFL_GRAPH_TENSORS);
    g->tensors = take(r, v.count, sizeof(*g->tensors));
    g->num_tensors = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++)
        read_tensor(r, hone_fb_item(fb, v, i), &g->tensors[i]);
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table q = hone_fb_child(fb, hone_fb_item(fb, v, i), HONE_TFL_TENSOR_QUANT);
        uint64_t kind = hone_fb_scalar(fb, q, HONE_TFL_QUANT_DETAILS_TYPE, 1, 0);
        if (!q.at) continue;
        if (kind == HONE_TFL_DETAILS_BLOCKWISE)
            read_block_quant(r, q, &g->tensors[i], g);
        else if (kind == 0)
            read_channel_quant(r, q, &g->tensors[i]);
        else
            hone_fb_bad(fb, NULL, "tensor %s: quantisation details of kind %u are not supported",
                        g->tensors[i].name, (unsigned)kind);
    }
}

/* A vector of tensor indices; -1 is allowed where an operator leaves an input out. */
static hone_fb_vector read_indices(reader *r, hone_fb_table t, int slot, uint32_t limit,
                                   bool optional, const char *what)
{
    hone_fb_vector v = hone_fb_scalars(&r->fb, t, slot, 4, 4);
    spend(r, v.count);
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        int32_t at = (int32_t)hone_le32(v.data + 4 * (size_t)i);
        if (!(optional && at == -1) && (at < 0 || (uint32_t)at >= limit))
            hone_fb_bad(&r->fb, v.data + 4 * (size_t)i, "%s names tensor %d of %u", what, at,
                        limit);
    }
    return v;
}

static void read_ops(reader *r, hone_fb_table graph, hone_tfl_graph *g)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, graph, HONE_TFL_GRAPH_OPS), io;
    g->ops = take(r, v.count, sizeof(*g->ops));
    g->num_ops = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        hone_tfl_op *op = &g->ops[i];
        uint32_t code = (uint32_t)hone_fb_scalar(fb, t, HONE_TFL_OP_CODE, 4, 0);
        if (code >= r->num_codes) {
            hone_fb_bad(fb, NULL, "operator %u has code %u of %u", i, code, r->num_codes);
            return;
        }
        op->code = r->codes[code];
        op->version = r->versions[code];
        io = read_indices(r, t, HONE_TFL_OP_INPUTS, g->num_tensors, true, "an operator input");
        op->inputs = io.data;
        op->num_inputs = io.count;
        io = read_indices(r, t, HONE_TFL_OP_OUTPUTS, g->num_tensors, false, "an operator output");
        op->outputs = io.data;
        op->num_outputs = io.count;
        if (hone_fb_scalars(fb, t, HONE_TFL_OP_MUTATING, 1, 1).count)
            hone_fb_bad(fb, NULL, "operator %u has mutating inputs: the device runtime refuses "
                        "it", i);
        if (hone_fb_scalars(fb, t, HONE_TFL_OP_INTERMEDIATES, 4, 4).count)
            hone_fb_bad(fb, NULL, "operator %u has intermediates: the device runtime refuses it",
                        i);
    }
}

static void read_graphs(reader *r, hone_fb_table root)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, root, HONE_TFL_MODEL_SUBGRAPHS), io;
    if (v.count == 0 || v.count > MAX_GRAPHS) {
        hone_fb_bad(fb, NULL, "the model has %u subgraphs", v.count);
        return;
    }
    r->model->graphs = take(r, v.count, sizeof(hone_tfl_graph));
    r->model->num_graphs = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        hone_tfl_graph *g = &r->model->graphs[i];
        g->name = text_or_empty(hone_fb_string(fb, t, HONE_TFL_GRAPH_NAME, NULL));
        read_tensors(r, t, g);
        io = read_indices(r, t, HONE_TFL_GRAPH_INPUTS, g->num_tensors, false, "a subgraph input");
        g->inputs = io.data;
        g->num_inputs = io.count;
        io = read_indices(r, t, HONE_TFL_GRAPH_OUTPUTS, g->num_tensors, false, "a subgraph output");
        g->outputs = io.data;
        g->num_outputs = io.count;
        read_ops(r, t, g);
    }
}

static bool listed(const uint8_t *indices, uint32_t count, uint32_t tensor)
{
    for (uint32_t i = 0; i < count; i++)
        if (hone_le32(indices + 4 * (size_t)i) == tensor) return true;
    return false;
}

/* One side of a signature against that side of its subgraph: same number, known tensors, names. */
static hone_tfl_slot *read_slots(reader *r, hone_fb_table sig, int slot, const uint8_t *indices,
                                 uint32_t count, const char *key)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, sig, slot);
    if (v.count != count)
        hone_fb_bad(fb, v.data, "signature %s and its subgraph differ: %u against %u tensors", key,
                    v.count, count);
    hone_tfl_slot *out = take(r, v.count, sizeof(*out));
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        out[i].name = text_or_empty(hone_fb_string(fb, t, HONE_TFL_MAP_NAME, NULL));
        out[i].tensor = (uint32_t)hone_fb_scalar(fb, t, HONE_TFL_MAP_TENSOR, 4, 0);
        spend(r, (uint64_t)count + i);
        if (failed(r)) break;
        if (!out[i].name[0]) hone_fb_bad(fb, NULL, "signature %s: a tensor has no name", key);
        if (!listed(indices, count, out[i].tensor))
            hone_fb_bad(fb, NULL, "signature %s: %s is no such tensor of its subgraph", key,
                        out[i].name);
        for (uint32_t j = 0; j < i && !failed(r); j++)
            if (strcmp(out[j].name, out[i].name) == 0)
                hone_fb_bad(fb, NULL, "signature %s: %s stands there twice", key, out[i].name);
    }
    return out;
}

static void read_signatures(reader *r, hone_fb_table root)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, root, HONE_TFL_MODEL_SIGNATURES);
    if (v.count > MAX_GRAPHS) hone_fb_bad(fb, v.data, "the model has %u signatures", v.count);
    r->model->signatures = take(r, v.count, sizeof(hone_tfl_signature));
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        hone_tfl_signature *s = &r->model->signatures[i];
        s->key = text_or_empty(hone_fb_string(fb, t, HONE_TFL_SIG_KEY, NULL));
        s->graph = (uint32_t)hone_fb_scalar(fb, t, HONE_TFL_SIG_GRAPH, 4, 0);
        if (!s->key[0]) hone_fb_bad(fb, NULL, "signature %u has no name", i);
        if (s->graph >= r->model->num_graphs)
            hone_fb_bad(fb, NULL, "signature %s names subgraph %u of %u", s->key, s->graph,
                        r->model->num_graphs);
        if (!failed(r) && hone_tflite_signature(r->model, s->key))
            hone_fb_bad(fb, NULL, "signature %s stands there twice", s->key);
        if (failed(r)) return;
        const hone_tfl_graph *g = &r->model->graphs[s->graph];
        s->inputs = read_slots(r, t, HONE_TFL_SIG_INPUTS, g->inputs, g->num_inputs, s->key);
        s->outputs = read_slots(r, t, HONE_TFL_SIG_OUTPUTS, g->outputs, g->num_outputs, s->key);
        s->num_inputs = g->num_inputs;
        s->num_outputs = g->num_outputs;
        r->model->num_signatures = i + 1;
    }
}

static void read_metadata(reader *r, hone_fb_table root)
{
    hone_fb *fb = &r->fb;
    hone_fb_vector v = hone_fb_tables(fb, root, HONE_TFL_MODEL_METADATA);
    r->model->metadata = take(r, v.count, sizeof(hone_tfl_meta));
    r->model->num_metadata = v.count;
    for (uint32_t i = 0; i < v.count && !failed(r); i++) {
        hone_fb_table t = hone_fb_item(fb, v, i);
        hone_tfl_meta *m = &r->model->metadata[i];
        uint32_t at = (uint32_t)hone_fb_scalar(fb, t, HONE_TFL_META_BUFFER, 4, 0);
        m->name = text_or_empty(hone_fb_string(fb, t, HONE_TFL_META_NAME, NULL));
        if (at >= r->model->num_buffers) {
            hone_fb_bad(fb, NULL, "metadata %s names buffer %u of %u", m->name, at,
                        r->model->num_buffers);
            return;
        }
        m->data = r->data[at];
        m->bytes = r->bytes[at];
    }
}

int hone_tflite_read(hone_tflite **ret, hone_arena *a, const uint8_t *data, size_t size,
                     const char *source, uint64_t base, hone_err *err)
{
    reader r = { .arena = a, .work = (uint64_t)size * WORK_A_BYTE + WORK_FREE };
    hone_fb_init(&r.fb, data, size, source, base, MAX_TABLES, err);
    r.model = take(&r, 1, sizeof(*r.model));
    hone_fb_table root = failed(&r) ? (hone_fb_table){ 0 } : hone_fb_root(&r.fb, "TFL3");
    if (failed(&r)) return r.fb.rc;
    int32_t version = hone_fb_i32(&r.fb, root, HONE_TFL_MODEL_VERSION, 0);
    if (version != HONE_TFL_VERSION)
        hone_fb_bad(&r.fb, data, "model version %d, only 3 is known", version);
    if (hone_fb_has(&r.fb, root, HONE_TFL_MODEL_EXTERNAL_GROUPS) ||
        hone_fb_has(&r.fb, root, HONE_TFL_MODEL_EXTERNAL))
        hone_fb_bad(&r.fb, data, "the model keeps weights in another section: not supported");
    r.model->description =
        text_or_empty(hone_fb_string(&r.fb, root, HONE_TFL_MODEL_DESCRIPTION, NULL));
    if (!failed(&r)) read_buffers(&r, root);
    if (!failed(&r)) read_codes(&r, root);
    if (!failed(&r)) read_graphs(&r, root);
    if (!failed(&r)) read_signatures(&r, root);
    if (!failed(&r)) read_metadata(&r, root);
    if (failed(&r)) return r.fb.rc;
    *ret = r.model;
    return 0;
}

const hone_tfl_signature *hone_tflite_signature(const hone_tflite *m, const char *key)
{
    for (uint32_t i = 0; i < m->num_signatures; i++)
        if (strcmp(m->signatures[i].key, key) == 0) return &m->signatures[i];
    return NULL;
}

const hone_tfl_tensor *hone_tflite_tensor(const hone_tfl_graph *g, const char *name)
{
    for (uint32_t i = 0; i < g->num_tensors; i++)
        if (strcmp(g->tensors[i].name, name) == 0) return &g->tensors[i];
    return NULL;
}

const hone_tfl_meta *hone_tflite_metadata(const hone_tflite *m, const char *name)
{
    for (uint32_t i = 0; i < m->num_metadata; i++)
        if (strcmp(m->metadata[i].name, name) == 0) return &m->metadata[i];
    return NULL;
}

static const hone_tfl_tensor *slot_tensor(const hone_tflite *m, const hone_tfl_signature *s,
                                          const hone_tfl_slot *slots, uint32_t count,
                                          const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(slots[i].name, name) == 0)
            return &m->graphs[s->graph].tensors[slots[i].tensor];
    return NULL;
}

const hone_tfl_tensor *hone_tflite_input(const hone_tflite *m, const hone_tfl_signature *s,
                                         const char *name)
{
    return slot_tensor(m, s, s->inputs, s->num_inputs, name);
}

const hone_tfl_tensor *hone_tflite_output(const hone_tflite *m, const hone_tfl_signature *s,
                                          const char *name)
{
    return slot_tensor(m, s, s->outputs, s->num_outputs, name);
}
