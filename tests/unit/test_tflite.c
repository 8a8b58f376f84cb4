/*
 * The strict .tflite reader: a sound model reads back, and each of the defects below is refused
 * with its own message. Also every truncation and every single-bit flip of the small model: no
 * crash, and what is accepted lies inside. /
 */
#include "tests/support.h"
#include "tests/support_tfl.h"

#include "model/tflite_read.h"

typedef struct knob_defect {
    size_t at;          /* in tfl_knobs */
    int64_t value;
    const char *message;
} knob_defect;

#define KNOB(name) offsetof(tfl_knobs, name)
static const knob_defect KNOBS[] = {
    { KNOB(version), 2, "model version 2, only 3 is known" },
    { KNOB(code), -1, "operator code 0: code -1" },
    { KNOB(code_version), 0, "operator code 0: code 9, version 0" },
    { KNOB(op_code), 1, "operator 0 has code 1 of 1" },
    { KNOB(op_input), 5, "an operator input names tensor 5 of 5" },
    { KNOB(op_input), -2, "an operator input names tensor -2 of 5" },
    { KNOB(op_output), -1, "an operator output names tensor -1 of 5" },
    { KNOB(mutating), 1, "has mutating inputs" },
    { KNOB(intermediates), 1, "has intermediates" },
    { KNOB(no_buffers), 1, "the model has no buffers" },
    { KNOB(buffer0_data), 4, "buffer 0 is not empty" },
    { KNOB(buffer_offset), 64, "buffer 1 lies outside the FlatBuffer" },
    { KNOB(buffer_index), 5, "tensor weight: buffer 5 of 5 does not exist" },
    { KNOB(weight_bytes), 31, "constant weight holds 31 bytes, its shape and int8 need 32" },
    { KNOB(dim0), 5, "constant weight holds 32 bytes, its shape and int8 need 40" },
    { KNOB(dim0), 0, "tensor weight: dimension 0 is 0" },
    { KNOB(dim0), -2, "tensor weight: dimension 0 is -2" },
    { KNOB(dim0), -1, "constant weight has no static shape" },
    { KNOB(rank), 9, "tensor weight has 9 dimensions" },
    { KNOB(type), 77, "constant weight: unknown element type 77" },
    { KNOB(type), HONE_TFL_F32, "constant weight holds 32 bytes, its shape and float32 need 128" },
    { KNOB(type), HONE_TFL_I4, "constant weight holds 32 bytes, its shape and int4 need 16" },
    { KNOB(variable), 1, "tensor weight is a variable" },
    { KNOB(variable), 2, "a truth value is neither 0 nor 1" },
    { KNOB(sparse), 1, "tensor weight is sparse" },
    { KNOB(external), 1, "tensor weight lies in another section" },
    { KNOB(external_groups), 1, "the model keeps weights in another section" },
    { KNOB(scale_bits), 0x00000000, "tensor weight: scale 1 is not a positive finite number" },
    { KNOB(scale_bits), 0xbf800000, "scale 1 is not a positive" },
    { KNOB(scale_bits), 0x7f800000, "scale 1 is not a positive" },
    { KNOB(scale_bits), 0x7fc00000, "scale 1 is not a positive" },
    { KNOB(scale_bits), 0x00000001, "scale 1 is not a positive" },
    { KNOB(num_scales), 3, "tensor weight: 3 scales, but 4 zero points" },
    { KNOB(num_zeros), 0, "tensor weight: 4 scales, but 0 zero points" },
    { KNOB(quant_dim), 1, "tensor weight: 4 scales for a dimension of 8" },
    { KNOB(quant_dim), 2, "tensor weight: quantised dimension 2 of 2" },
    { KNOB(quant_dim), -1, "tensor weight: quantised dimension -1 of 2" },
    { KNOB(zero_point), 3, "tensor weight: zero point 2 of a constant is not 0" },
    { KNOB(details_kind), 3, "quantisation details of kind 3" },
    { KNOB(details_kind), 2, "tensor weight: blockwise quantisation needs int4" },
    { KNOB(block_type), HONE_TFL_I8,
      "constant blocks holds 64 bytes, its shape and int8 need 128" },
    { KNOB(block_size), 0, "tensor blocks: block size 0 does not divide rows of 64" },
    { KNOB(block_size), 48, "tensor blocks: block size 48 does not divide rows of 64" },
    { KNOB(block_size), 128, "tensor blocks: block size 128 does not divide rows of 64" },
    { KNOB(block_size), 64, "tensor blocks: block scales blocks_scales are not float16" },
    { KNOB(block_scales), 3, "tensor blocks: block scales name tensor 3" },
    { KNOB(block_scales), 9, "tensor blocks: block scales name tensor 9" },
    { KNOB(block_scales), -1, "tensor blocks: block scales name tensor -1" },
    { KNOB(block_scales_type), HONE_TFL_I16, "block scales blocks_scales are not float16" },
    { KNOB(block_scale), 0, "tensor blocks: block scale 1 is not a positive normal number" },
    { KNOB(block_scale), 0x7c00, "block scale 1 is not a positive normal number" },
    { KNOB(block_scale), 0x0001, "block scale 1 is not a positive normal number" },
    { KNOB(graph_input), 5, "a subgraph input names tensor 5 of 5" },
    { KNOB(graph_output), -1, "a subgraph output names tensor -1 of 5" },
    { KNOB(no_graphs), 1, "the model has 0 subgraphs" },
    { KNOB(sig_graph), 2, "signature decode names subgraph 2 of 2" },
    { KNOB(sig_no_key), 1, "signature 0 has no name" },
    { KNOB(sig_twice), 1, "signature decode stands there twice" },
    { KNOB(slot_no_name), 1, "signature decode: a tensor has no name" },
    { KNOB(slot_twice), 1, "signature decode and its subgraph differ: 2 against 1 tensors" },
    { KNOB(slot_missing), 1, "signature decode and its subgraph differ: 0 against 1 tensors" },
    { KNOB(slot_tensor), 0, "signature decode: logits is no such tensor of its subgraph" },
    { KNOB(slot_tensor), 99, "signature decode: logits is no such tensor of its subgraph" },
    { KNOB(meta_buffer), 5, "metadata note names buffer 5 of 5" },
};

/* Damage of the bytes themselves. */
typedef enum spot {
    SPOT_BYTE,          /* at from the start */
    SPOT_ROOT,          /* from the root table */
    SPOT_VTABLE,        /* from the root's vtable */
    SPOT_GRAPHS,        /* from the reference to the subgraphs */
    SPOT_NAME           /* from the length of the model's description */
} spot;

typedef struct byte_defect {
    spot where;
    int at, bytes;
    uint64_t value;
    const char *message;
} byte_defect;

static const byte_defect BYTES[] = {
    { SPOT_BYTE, 4, 1, 'X', "the identifier is not TFL3" },
    { SPOT_BYTE, 0, 4, 0, "the root offset points at itself" },
    { SPOT_BYTE, 0, 4, 10, "a table is not aligned to 4 bytes" },
    { SPOT_BYTE, 0, 4, 0x7ffffff0, "a table starts outside the data" },
    { SPOT_ROOT, 0, 4, 0x7ffffff0, "a table's vtable lies outside the data" },
    { SPOT_ROOT, 0, 4, 0x80000000, "a table's vtable lies outside the data" },
    { SPOT_ROOT, 0, 4, 5, "a table's vtable is not aligned to 2 bytes" },
    { SPOT_VTABLE, 0, 2, 3, "a vtable has an odd size" },
    { SPOT_VTABLE, 0, 2, 5, "a vtable has an odd size" },
    { SPOT_VTABLE, 0, 2, 0xfffe, "a vtable is cut" },
    { SPOT_VTABLE, 2, 2, 3, "a table is smaller than its own header" },
    { SPOT_VTABLE, 2, 2, 0xfff0, "a table is cut" },
    { SPOT_VTABLE, 4, 2, 2, "a field lies outside its table" },
    { SPOT_VTABLE, 4, 2, 0x7000, "a field lies outside its table" },
    { SPOT_VTABLE, 4, 2, 6, "a field is not aligned to its size" },
    { SPOT_GRAPHS, 0, 4, 0, "a reference points at itself" },
    { SPOT_GRAPHS, 0, 4, 0xfffffff0, "a reference points past the end" },
    { SPOT_GRAPHS, 0, 4, 0x7fffffff, "a reference points past the end" },
    { SPOT_NAME, 0, 4, 0x7fffffff, "a vector is cut" },
    { SPOT_NAME, 0, 4, 3, "a string does not end with a zero byte" },
    { SPOT_NAME, 5, 1, 0, "a string holds a zero byte" },
};

static void build(hone_buf *out, const tfl_knobs *k)
{
    hone_buf_init(out, 1 << 20);
    tfl_build(out, k);
    ck_assert(hone_buf_ok(out));
}

/* Reads an exact copy, so that the sanitizer sees every byte too far. */
static int read_copy(const void *p, size_t n, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_tflite *m = NULL;
    uint8_t *copy = hone_malloc(n);
    if (n) memcpy(copy, p, n);
    hone_err_clear(err);
    int rc = hone_tflite_read(&m, a, copy, n, "test", 0, err);
    ck_assert((rc == 0) == (m != NULL));
    for (uint32_t g = 0; rc == 0 && g < m->num_graphs; g++)
        for (uint32_t i = 0; i < m->graphs[g].num_tensors; i++) {
            const hone_tfl_tensor *t = &m->graphs[g].tensors[i];
            ck_assert(!t->data || (t->data >= copy && t->data + t->bytes <= copy + n));
        }
    hone_free(copy);
    hone_arena_free(a);
    return rc;
}

static void expect(const void *p, size_t n, const char *message)
{
    hone_err err;
    int rc = read_copy(p, n, &err);
    ck_assert_msg(rc == HONE_E_MODEL, "accepted, expected: %s", message);
    ck_assert_msg(strstr(err.message, message) != NULL, "expected: %s\n     got: %s", message,
                  err.message);
    ck_assert_str_eq(err.source, "test");
    ck_assert(err.hint[0]);
}

START_TEST(test_sound)
{
    const tfl_knobs k = tfl_sound();
    hone_buf b;
    hone_tflite *m = NULL;
    hone_err err;
    build(&b, &k);
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(hone_tflite_read(&m, a, (uint8_t *)b.data, b.len, "test", 0, &err), 0);
    ck_assert_int_eq(m->num_graphs, 2);
    const hone_tfl_signature *s = hone_tflite_signature(m, "decode");
    ck_assert_ptr_nonnull(s);
    ck_assert_str_eq(hone_tflite_input(m, s, "tokens")->name, "tokens");
    const hone_tfl_tensor *w = hone_tflite_tensor(&m->graphs[0], "weight");
    ck_assert_int_eq(w->scheme, HONE_TFL_PER_CHANNEL);
    ck_assert_int_eq(w->num_scales, 4);
    const hone_tfl_tensor *q = hone_tflite_tensor(&m->graphs[1], "blocks");
    ck_assert_int_eq(q->scheme, HONE_TFL_BLOCKWISE);
    ck_assert_int_eq(q->block, 32);
    ck_assert_int_eq(hone_tflite_metadata(m, "note")->bytes, 2);
    ck_assert_int_eq(m->graphs[0].ops[0].version, 12);
    hone_arena_free(a);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_knobs)
{
    const knob_defect *d = &KNOBS[_i];
    tfl_knobs k = tfl_sound();
    hone_buf b;
    *(int64_t *)((char *)&k + d->at) = d->value;
    build(&b, &k);
    expect(b.data, b.len, d->message);
    hone_buf_done(&b);
}
END_TEST

static size_t find_spot(const uint8_t *p, spot where)
{
    size_t root = hone_le32(p), vtable = root - hone_le32(p + root), field;
    if (where == SPOT_ROOT) return root;
    if (where == SPOT_VTABLE) return vtable;
    if (where == SPOT_BYTE) return 0;
    int slot = where == SPOT_GRAPHS ? HONE_TFL_MODEL_SUBGRAPHS : HONE_TFL_MODEL_DESCRIPTION;
    field = root + hone_le16(p + vtable + 4 + 2 * slot);
    return where == SPOT_GRAPHS ? field : field + hone_le32(p + field);
}

START_TEST(test_bytes)
{
    const byte_defect *d = &BYTES[_i];
    const tfl_knobs k = tfl_sound();
    hone_buf b;
    build(&b, &k);
    uint8_t *p = (uint8_t *)b.data, value[8];
    hone_put_le64(value, d->value);
    memcpy(p + find_spot(p, d->where) + d->at, value, (size_t)d->bytes);
    expect(p, b.len, d->message);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_misaligned_data)
{
    tfl_knobs k = tfl_sound();
    hone_buf b;
    hone_err err;
    int refused = 0;
    for (k.weight_bytes = 32, k.data_align = 4; k.data_align <= 8; k.data_align += 4) {
        build(&b, &k);
        refused += read_copy(b.data, b.len, &err) < 0 && strstr(err.message, "aligned to 16");
        hone_buf_done(&b);
    }
    ck_assert_int_gt(refused, 0);
}
END_TEST

START_TEST(test_truncated)
{
    const tfl_knobs k = tfl_sound();
    hone_buf b;
    hone_err err;
    build(&b, &k);
    expect(b.data, 0, "too short for a FlatBuffer");
    expect(b.data, 11, "too short for a FlatBuffer");
    size_t last = b.len; /* zeros behind the last payload may go */
    while (read_copy(b.data, last - 1, &err) == 0) last--;
    ck_assert_int_lt(b.len - last, 16);
    for (size_t n = 0; n < last; n++) {
        ck_assert_int_eq(read_copy(b.data, n, &err), HONE_E_MODEL);
        ck_assert(err.message[0]);
    }
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_bit_flips)
{
    const tfl_knobs k = tfl_sound();
    hone_buf b;
    hone_err err;
    build(&b, &k);
    for (size_t bit = 0; bit < 8 * b.len; bit++) {
        b.data[bit / 8] ^= (char)(1 << bit % 8);
        int rc = read_copy(b.data, b.len, &err);
        ck_assert(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
        b.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    hone_buf_done(&b);
}
END_TEST

/* Many subgraphs that are all the same one: small file, endless work. */
START_TEST(test_shared_children)
{
    hone_fbw *w = hone_fbw_new();
    const tfl_knobs k = tfl_sound();
    hone_buf b = HONE_BUF_INIT(1 << 24);
    hone_fbw_ref m = hone_fbw_table(w), empty = hone_fbw_table(w), graph = hone_fbw_table(w);
    hone_fbw_ref *many = hone_calloc(200000, sizeof(*many));
    uint64_t size;
    for (int i = 0; i < 200000; i++) many[i] = empty;
    hone_fbw_child(w, graph, HONE_TFL_GRAPH_TENSORS, hone_fbw_refs(w, many, 200000));
    for (int i = 0; i < 200; i++) many[i] = graph;
    hone_fbw_scalar(w, m, HONE_TFL_MODEL_VERSION, 4, (uint64_t)k.version);
    hone_fbw_child(w, m, HONE_TFL_MODEL_SUBGRAPHS, hone_fbw_refs(w, many, 200));
    hone_fbw_child(w, m, HONE_TFL_MODEL_BUFFERS, hone_fbw_refs(w, &empty, 1));
    hone_sink sink = hone_sink_buf(&b);
    ck_assert_int_eq(hone_fbw_layout(w, m, "TFL3", &size, NULL), 0);
    ck_assert_int_eq(hone_fbw_write(w, &sink, NULL), 0);
    expect(b.data, b.len, "than any model needs");
    hone_free(many);
    hone_buf_done(&b);
    hone_fbw_free(w);
}
END_TEST

int main(void)
{
    TCase *t = support_case("tflite");
    tcase_add_test(t, test_sound);
    tcase_add_loop_test(t, test_knobs, 0, sizeof(KNOBS) / sizeof(KNOBS[0]));
    tcase_add_loop_test(t, test_bytes, 0, sizeof(BYTES) / sizeof(BYTES[0]));
    tcase_add_test(t, test_misaligned_data);
    tcase_add_test(t, test_truncated);
    tcase_add_test(t, test_bit_flips);
    tcase_add_test(t, test_shared_children);
    return support_run(t);
}
