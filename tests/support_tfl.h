/*
 * A small .tflite model and a small .litertlm container, every number of which can be turned:
 * what the readers' tests damage one knob at a time. Built with the FlatBuffer writer alone. /
 */
#ifndef HONE_TESTS_SUPPORT_TFL_H
#define HONE_TESTS_SUPPORT_TFL_H

#include <string.h>

#include "common/bytes.h"
#include "export/flatbuffer.h"
#include "model/litertlm_read.h"
#include "model/tflite_schema.h"

/* What the model says; the defaults are sound. */
typedef struct tfl_knobs {
    int64_t version, code, code_version, op_code, op_input, op_output, mutating, intermediates;
    int64_t no_buffers, buffer0_data, buffer_offset, buffer_index, data_align, weight_bytes;
    int64_t rank, dim0, type, variable, sparse, external, external_groups;
    int64_t scale_bits, num_scales, num_zeros, zero_point, quant_dim, details_kind;
    int64_t block_type, block_size, block_scales, block_scale, block_scales_type;
    int64_t graph_input, graph_output, no_graphs;
    int64_t sig_graph, sig_no_key, sig_twice, slot_no_name, slot_twice, slot_tensor, slot_missing;
    int64_t meta_buffer;
} tfl_knobs;

static inline tfl_knobs tfl_sound(void)
{
    return (tfl_knobs){ .version = 3, .code = 9, .code_version = 12, .op_input = 1, .op_output = 4,
                        .buffer_index = 1, .data_align = 16, .weight_bytes = 32, .rank = 2,
                        .dim0 = 4, .type = HONE_TFL_I8, .scale_bits = 0x3c000000, .num_scales = 4,
                        .num_zeros = 4, .block_type = HONE_TFL_I4, .block_size = 32,
                        .block_scales = 2, .block_scale = 0x3c00,
                        .block_scales_type = HONE_TFL_F16, .graph_output = 4, .slot_tensor = 4,
                        .meta_buffer = 4 };
}

static inline hone_fbw_ref tfl_ints(hone_fbw *w, const int32_t *v, int n)
{
    return hone_fbw_vector(w, v, (uint32_t)n, 4, 4);
}

static inline hone_fbw_ref tfl_buffer(hone_fbw *w, const void *p, int64_t n, int64_t align)
{
    hone_fbw_ref t = hone_fbw_table(w);
    if (n) hone_fbw_child(w, t, 0, hone_fbw_vector(w, p, (uint32_t)n, 1, (int)align));
    return t;
}

static inline hone_fbw_ref tfl_tensor(hone_fbw *w, const char *name, int64_t type, int64_t buffer,
                                      const int32_t *shape, int rank, hone_fbw_ref quant)
{
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_child(w, t, HONE_TFL_TENSOR_SHAPE, tfl_ints(w, shape, rank));
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_TYPE, 1, (uint64_t)type);
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_BUFFER, 4, (uint64_t)buffer);
    hone_fbw_child(w, t, HONE_TFL_TENSOR_NAME, hone_fbw_string(w, name));
    hone_fbw_child(w, t, HONE_TFL_TENSOR_QUANT, quant);
    hone_fbw_scalar(w, t, HONE_TFL_TENSOR_HAS_RANK, 1, 1);
    return t;
}

static inline hone_fbw_ref tfl_row_quant(hone_fbw *w, const tfl_knobs *k)
{
    uint8_t scales[16 * 4], zeros[16 * 8] = { 0 };
    for (int i = 0; i < 16; i++) hone_put_le32(scales + 4 * i, 0x3c000000);
    hone_put_le32(scales + 4, (uint32_t)k->scale_bits);
    hone_put_le64(zeros + 16, (uint64_t)k->zero_point);
    hone_fbw_ref q = hone_fbw_table(w);
    hone_fbw_child(w, q, HONE_TFL_QUANT_SCALE,
                   hone_fbw_vector(w, scales, (uint32_t)k->num_scales, 4, 4));
    hone_fbw_child(w, q, HONE_TFL_QUANT_ZERO,
                   hone_fbw_vector(w, zeros, (uint32_t)k->num_zeros, 8, 8));
    hone_fbw_scalar(w, q, HONE_TFL_QUANT_DETAILS_TYPE, 1, (uint64_t)k->details_kind);
    hone_fbw_scalar(w, q, HONE_TFL_QUANT_DIM, 4, (uint64_t)k->quant_dim);
    return q;
}

static inline hone_fbw_ref tfl_block_quant(hone_fbw *w, const tfl_knobs *k)
{
    hone_fbw_ref q = hone_fbw_table(w), d = hone_fbw_table(w);
    hone_fbw_scalar(w, d, HONE_TFL_BLOCK_SCALES, 4, (uint64_t)k->block_scales);
    hone_fbw_scalar(w, d, HONE_TFL_BLOCK_SIZE, 4, (uint64_t)k->block_size);
    hone_fbw_scalar(w, q, HONE_TFL_QUANT_DETAILS_TYPE, 1, HONE_TFL_DETAILS_BLOCKWISE);
    hone_fbw_child(w, q, HONE_TFL_QUANT_DETAILS, d);
    return q;
}

/* Tensors 0 tokens, 1 int8 [4, 8], 2 block scales f16 [2, 2], 3 int4 [2, 64], 4 logits. */
static inline hone_fbw_ref tfl_graph(hone_fbw *w, const tfl_knobs *k, const char *name)
{
    const int32_t shape[9] = { (int32_t)k->dim0, 8, 1, 1, 1, 1, 1, 1, 1 };
    const int32_t one[2] = { 1, 1 }, two[2] = { 2, 2 }, blocks[2] = { 2, 64 }, out[2] = { 1, 4 };
    const int32_t in_index[1] = { (int32_t)k->graph_input };
    const int32_t out_index[1] = { (int32_t)k->graph_output };
    const int32_t op_in[2] = { 0, (int32_t)k->op_input }, op_out[1] = { (int32_t)k->op_output };
    hone_fbw_ref t[5], op = hone_fbw_table(w), g = hone_fbw_table(w);
    t[0] = tfl_tensor(w, "tokens", HONE_TFL_I32, 0, one, 2, 0);
    t[1] = tfl_tensor(w, "weight", k->type, k->buffer_index, shape, (int)k->rank,
                      tfl_row_quant(w, k));
    t[2] = tfl_tensor(w, "blocks_scales", k->block_scales_type, 2, two, 2, 0);
    t[3] = tfl_tensor(w, "blocks", k->block_type, 3, blocks, 2, tfl_block_quant(w, k));
    t[4] = tfl_tensor(w, "logits", HONE_TFL_F32, 0, out, 2, 0);
    if (k->variable) hone_fbw_scalar(w, t[1], HONE_TFL_TENSOR_VARIABLE, 1, (uint64_t)k->variable);
    if (k->sparse) hone_fbw_child(w, t[1], HONE_TFL_TENSOR_SPARSITY, hone_fbw_table(w));
    if (k->external) hone_fbw_scalar(w, t[1], HONE_TFL_TENSOR_EXTERNAL, 4, 1);
    hone_fbw_scalar(w, op, HONE_TFL_OP_CODE, 4, (uint64_t)k->op_code);
    hone_fbw_child(w, op, HONE_TFL_OP_INPUTS, tfl_ints(w, op_in, 2));
    hone_fbw_child(w, op, HONE_TFL_OP_OUTPUTS, tfl_ints(w, op_out, 1));
    if (k->mutating) hone_fbw_child(w, op, HONE_TFL_OP_MUTATING, hone_fbw_vector(w, "\1", 1, 1, 1));
    if (k->intermediates) hone_fbw_child(w, op, HONE_TFL_OP_INTERMEDIATES, tfl_ints(w, one, 1));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_TENSORS, hone_fbw_refs(w, t, 5));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_INPUTS, tfl_ints(w, in_index, 1));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_OUTPUTS, tfl_ints(w, out_index, 1));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_OPS, hone_fbw_refs(w, &op, 1));
    hone_fbw_child(w, g, HONE_TFL_GRAPH_NAME, hone_fbw_string(w, name));
    return g;
}

static inline hone_fbw_ref tfl_slot(hone_fbw *w, const char *name, int64_t tensor)
{
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_child(w, t, HONE_TFL_MAP_NAME, hone_fbw_string(w, name));
    hone_fbw_scalar(w, t, HONE_TFL_MAP_TENSOR, 4, (uint64_t)tensor);
    return t;
}

static inline hone_fbw_ref tfl_signature(hone_fbw *w, const tfl_knobs *k, const char *key,
                                         int64_t graph)
{
    hone_fbw_ref s = hone_fbw_table(w), in[2], out[1];
    in[0] = tfl_slot(w, k->slot_no_name ? "" : "tokens", 0);
    in[1] = tfl_slot(w, "tokens", 0);
    out[0] = tfl_slot(w, "logits", k->slot_tensor);
    hone_fbw_child(w, s, HONE_TFL_SIG_INPUTS,
                   hone_fbw_refs(w, in, k->slot_missing ? 0 : k->slot_twice ? 2 : 1));
    hone_fbw_child(w, s, HONE_TFL_SIG_OUTPUTS, hone_fbw_refs(w, out, 1));
    hone_fbw_child(w, s, HONE_TFL_SIG_KEY, hone_fbw_string(w, k->sig_no_key ? "" : key));
    hone_fbw_scalar(w, s, HONE_TFL_SIG_GRAPH, 4, (uint64_t)graph);
    return s;
}

/* Appends the model. */
static inline void tfl_build(hone_buf *out, const tfl_knobs *k)
{
    static const uint8_t zeros[64];
    uint8_t scales[8];
    hone_fbw *w = hone_fbw_new();
    hone_fbw_ref m = hone_fbw_table(w), code = hone_fbw_table(w), meta = hone_fbw_table(w);
    hone_fbw_ref buffers[5], graphs[2], sigs[2];
    uint64_t size = 0;
    for (int i = 0; i < 4; i++) hone_put_le16(scales + 2 * i, 0x3c00);
    hone_put_le16(scales + 2, (uint16_t)k->block_scale);
    buffers[0] = tfl_buffer(w, zeros, k->buffer0_data, 16);
    buffers[1] = tfl_buffer(w, zeros, k->weight_bytes, k->data_align);
    buffers[2] = tfl_buffer(w, scales, 8, 16);
    buffers[3] = tfl_buffer(w, zeros, 64, 16);
    buffers[4] = tfl_buffer(w, "{}", 2, 16);
    if (k->buffer_offset)
        hone_fbw_scalar(w, buffers[1], HONE_TFL_BUFFER_OFFSET, 8, (uint64_t)k->buffer_offset);
    graphs[0] = tfl_graph(w, k, "decode");
    graphs[1] = tfl_graph(w, k, "prefill_1");
    sigs[0] = tfl_signature(w, k, "decode", k->sig_graph);
    sigs[1] = tfl_signature(w, k, k->sig_twice ? "decode" : "prefill_1", 1);
    hone_fbw_scalar(w, code, HONE_TFL_CODE_OLD, 1, (uint64_t)k->code);
    hone_fbw_scalar(w, code, HONE_TFL_CODE_VERSION, 4, (uint64_t)k->code_version);
    hone_fbw_scalar(w, code, HONE_TFL_CODE_BUILTIN, 4, (uint64_t)k->code);
    hone_fbw_child(w, meta, HONE_TFL_META_NAME, hone_fbw_string(w, "note"));
    hone_fbw_scalar(w, meta, HONE_TFL_META_BUFFER, 4, (uint64_t)k->meta_buffer);
    hone_fbw_scalar(w, m, HONE_TFL_MODEL_VERSION, 4, (uint64_t)k->version);
    hone_fbw_child(w, m, HONE_TFL_MODEL_CODES, hone_fbw_refs(w, &code, 1));
    hone_fbw_child(w, m, HONE_TFL_MODEL_SUBGRAPHS, hone_fbw_refs(w, graphs, k->no_graphs ? 0 : 2));
    hone_fbw_child(w, m, HONE_TFL_MODEL_DESCRIPTION, hone_fbw_string(w, "test"));
    hone_fbw_child(w, m, HONE_TFL_MODEL_BUFFERS, hone_fbw_refs(w, buffers, k->no_buffers ? 0 : 5));
    hone_fbw_child(w, m, HONE_TFL_MODEL_METADATA, hone_fbw_refs(w, &meta, 1));
    hone_fbw_child(w, m, HONE_TFL_MODEL_SIGNATURES, hone_fbw_refs(w, sigs, 2));
    if (k->external_groups)
        hone_fbw_child(w, m, HONE_TFL_MODEL_EXTERNAL_GROUPS, hone_fbw_refs(w, buffers, 0));
    hone_sink sink = hone_sink_buf(out);
    if (hone_fbw_layout(w, m, "TFL3", &size, NULL) < 0 || hone_fbw_write(w, &sink, NULL) < 0)
        out->failed = true;
    hone_fbw_free(w);
}

/* What the container says; borders in units of its alignment unless given in bytes. */
typedef struct lit_knobs {
    int64_t major, header_end, begin0, end0, begin1, end1, type1, no_sections, sections;
    int64_t no_key, no_value, string_value, no_entries, tag;
} lit_knobs;

static inline lit_knobs lit_sound(void)
{
    return (lit_knobs){ .major = 1, .begin0 = 16384, .end0 = 16384 + 100, .begin1 = 32768,
                        .end1 = 32768 + 50, .type1 = HONE_SECTION_METADATA, .sections = 2, .tag = 9,
                        .string_value = 1 };
}

static inline hone_fbw_ref lit_pair(hone_fbw *w, const lit_knobs *k, const char *key,
                                    const char *value)
{
    hone_fbw_ref t = hone_fbw_table(w), v = hone_fbw_table(w);
    if (k->string_value) hone_fbw_child(w, v, 0, hone_fbw_string(w, value));
    if (!k->no_key) hone_fbw_child(w, t, HONE_PAIR_KEY, hone_fbw_string(w, key));
    hone_fbw_scalar(w, t, HONE_PAIR_TAG, 1, (uint64_t)k->tag);
    if (!k->no_value) hone_fbw_child(w, t, HONE_PAIR_VALUE, v);
    return t;
}

static inline hone_fbw_ref lit_object(hone_fbw *w, const lit_knobs *k, int64_t begin, int64_t end,
                                      int64_t type)
{
    hone_fbw_ref t = hone_fbw_table(w),
                 item = lit_pair(w, k, "model_type", "tf_lite_prefill_decode");
    hone_fbw_child(w, t, HONE_OBJECT_ITEMS, hone_fbw_refs(w, &item, 1));
    hone_fbw_scalar(w, t, HONE_OBJECT_BEGIN, 8, (uint64_t)begin);
    hone_fbw_scalar(w, t, HONE_OBJECT_END, 8, (uint64_t)end);
    hone_fbw_scalar(w, t, HONE_OBJECT_TYPE, 1, (uint64_t)type);
    return t;
}

/* Appends the container; its sections hold zeros. */
static inline void lit_build(hone_buf *out, const lit_knobs *k)
{
    enum { MOST = 80 };
    uint8_t fixed[HONE_LITERTLM_FIXED] = { 'L', 'I', 'T', 'E', 'R', 'T', 'L', 'M' };
    hone_fbw *w = hone_fbw_new();
    hone_fbw_ref root = hone_fbw_table(w), system = hone_fbw_table(w), list = hone_fbw_table(w);
    hone_fbw_ref pair = lit_pair(w, k, "uuid", "0"), objects[MOST];
    uint64_t size = 0;
    objects[0] = lit_object(w, k, k->begin0, k->end0, HONE_SECTION_TFLITE);
    for (int i = 1; i < MOST; i++) objects[i] = lit_object(w, k, k->begin1, k->end1, k->type1);
    if (!k->no_entries) hone_fbw_child(w, system, HONE_HEADER_LIST, hone_fbw_refs(w, &pair, 1));
    hone_fbw_child(w, list, HONE_HEADER_LIST,
                   hone_fbw_refs(w, objects, k->no_sections ? 0 : (uint32_t)k->sections));
    hone_fbw_child(w, root, HONE_HEADER_SYSTEM, system);
    hone_fbw_child(w, root, HONE_HEADER_SECTIONS, list);
    bool ok = hone_fbw_layout(w, root, NULL, &size, NULL) == 0;
    hone_put_le32(fixed + 8, (uint32_t)k->major);
    hone_put_le32(fixed + 12, 5);
    hone_put_le64(fixed + 24, k->header_end ? (uint64_t)k->header_end : size + HONE_LITERTLM_FIXED);
    hone_buf_add(out, fixed, sizeof(fixed));
    hone_sink sink = hone_sink_buf(out);
    if (!ok || hone_fbw_write(w, &sink, NULL) < 0) out->failed = true;
    (void)hone_sink_zeros(&sink, 3 * 16384 - out->len, NULL);
    hone_fbw_free(w);
}

#endif
