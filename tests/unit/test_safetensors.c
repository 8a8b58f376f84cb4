/*
 * safetensors: a small whole file, then one defect at a time, every truncation, every flipped bit
 * of the header; the writer's bytes; and the tensors of a model by name and shape.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "kernels/quant_gguf.h"
#include "model/gemma3_open.h"
#include "model/safetensors.h"
#include "tests/support.h"

enum { DATA = 1792, ROOM = 4096 };

typedef struct file {
    uint8_t p[ROOM];
    size_t n;
} file;

/* A file with the given header text and DATA bytes behind it. */
static void make(file *f, const char *header, size_t data)
{
    const size_t len = strlen(header);
    ck_assert_uint_le(8 + len + data, ROOM);
    hone_put_le64(f->p, len);
    memcpy(f->p + 8, header, len);
    for (size_t i = 0; i < data; i++) f->p[8 + len + i] = (uint8_t)(i * 7);
    f->n = 8 + len + data;
}

/* 8*32 F32 (1024) + 16*16 BF16 (512) + 128 F16 (256) = DATA */
static const char WHOLE[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"a.weight\":{\"dtype\":\"F32\",\"shape\":[8,32],\"data_offsets\":[0,1024]},"
    "\"c.weight\":{\"dtype\":\"F16\",\"shape\":[128],\"data_offsets\":[1536,1792]},"
    "\"b.weight\":{\"dtype\":\"BF16\",\"shape\":[16,16],\"data_offsets\":[1024,1536]}}      ";

static int parse(const file *f, hone_safetensors *ret, hone_arena *a, hone_err *err)
{
    /* a copy of exactly the file's size, so that a sanitizer sees every step outside */
    uint8_t *copy = hone_malloc(f->n ? f->n : 1);
    memcpy(copy, f->p, f->n);
    hone_err_clear(err);
    const int rc = hone_safetensors_parse(ret, a, copy, f->n, "small.safetensors", err);
    if (rc == 0)
        for (size_t i = 0; i < ret->num_tensors; i++) {
            const hone_tensor *t = &ret->tensors[i];
            ck_assert(t->data >= copy && t->data + t->bytes <= copy + f->n);
        }
    hone_free(copy);
    return rc;
}

START_TEST(whole_file)
{
    file f;
    hone_safetensors s;
    hone_err err;
    hone_arena *a = hone_arena_new();
    make(&f, WHOLE, DATA);
    ck_assert_int_eq(hone_safetensors_parse(&s, a, f.p, f.n, "small.safetensors", &err), 0);
    ck_assert_uint_eq(s.num_tensors, 3);
    ck_assert(hone_json_str_eq(hone_json_get(s.metadata, "format"), "pt"));
    const hone_tensor *b = hone_safetensors_find(&s, "b.weight");
    ck_assert_ptr_nonnull(b);
    ck_assert(b->dtype == HONE_BF16 && b->rank == 2 && b->shape[0] == 16 && b->bytes == 512);
    ck_assert_ptr_eq(b->data, f.p + f.n - DATA + 1024);
    ck_assert_ptr_null(hone_safetensors_find(&s, "d.weight"));
    hone_arena_free(a);
}
END_TEST

START_TEST(every_cut)
{
    file f;
    hone_err err;
    make(&f, WHOLE, DATA);
    const size_t whole = f.n;
    ck_assert_uint_ge(whole, 2000);
    for (f.n = 0; f.n < whole; f.n++) {
        hone_safetensors s;
        hone_arena *a = hone_arena_new();
        ck_assert_msg(parse(&f, &s, a, &err) == HONE_E_MODEL, "accepted %zu bytes", f.n);
        ck_assert(err.message[0] != '\0');
        hone_arena_free(a);
    }
}
END_TEST

START_TEST(every_bit)
{
    file f;
    hone_err err;
    size_t accepted = 0;
    make(&f, WHOLE, DATA);
    for (size_t bit = 0; bit < 8 * (f.n - DATA); bit++) {
        hone_safetensors s;
        hone_arena *a = hone_arena_new();
        f.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const int rc = parse(&f, &s, a, &err); /* checks that views are inside */
        ck_assert(rc == 0 || rc == HONE_E_MODEL);
        if (rc == 0) {
            size_t bytes = 0;
            for (size_t i = 0; i < s.num_tensors; i++) bytes += s.tensors[i].bytes;
            ck_assert_uint_eq(bytes, DATA); /* still consistent: a name or F16 <-> BF16 changed */
            accepted++;
        }
        f.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        hone_arena_free(a);
    }
    ck_assert_uint_gt(accepted, 0);
}
END_TEST

/* --- one defect each: a header, or one entry t of 64 bytes F32 [4, 4] --- */

#define ENTRY(dtype, shape, offsets) \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(o1, o2) \
    "{\"one\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":" o1 "}," \
    "\"two\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":" o2 "}}"
#define F32 "\"F32\""

static const struct {
    const char *header;
    size_t data;
    const char *says;
} DEFECTS[] = {
    { "[]", 0, "does not begin with '{'" },
    { "  {}", 0, "does not begin with '{'" },
    { "nul", 0, "does not begin with '{'" },
    { "{\"t\"", 0, "safetensors header" },
    { "{} x", 0, "safetensors header" },
    { "{\"t\":1,}", 0, "safetensors header" },
    { "{\"t\":NaN}", 0, "safetensors header" },
    { "{\"t\":\"\xff\"}", 0, "safetensors header" },
    { "{\"t\":\"\\ud800\"}", 0, "safetensors header" },
    { "{\"t\":\"\\u0000\"}", 0, "safetensors header" },
    { "{\"a\\u0000b\":1}", 0, "safetensors header" },
    { "{\"t\":{},\"t\":{}}", 0, "safetensors header" },
    { "{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0, "safetensors header" },
    { "{\"__metadata__\":[]}", 0, "__metadata__ is no object" },
    { "{\"__metadata__\":null}", 0, "__metadata__ is no object" },
    { "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__ holds a value that is no string" },
    { "{\"__metadata__\":{\"a\":{}}}", 0, "__metadata__ holds a value that is no string" },
    { "{}", 4, "4 bytes follow the last tensor" },
    { "{\"t\":1}", 0, "tensor t: expected an object" },
    { "{\"t\":null}", 0, "tensor t: expected an object" },
    { "{\"t\":{}}", 0, "tensor t: expected an object" },
    { "{\"t\":{\"dtype\":\"F32\",\"shape\":[4]}}", 16, "tensor t: expected an object" },
    { "{\"t\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"x\":0}}", 16,
      "tensor t: expected an object" },
    { "{\"t\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offset\":[0,16]}}", 16,
      "tensor t: data_offsets" },
    { "{\"\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "0 bytes" },
    { "{\"a b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "0x20" },
    { "{\"a\\u001b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "0x1b" },
    { "{\"\xc3\xa4\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "0xc3" },
    { ENTRY("1", "[4,4]", "[0,64]"), 64, "tensor t: dtype is no string" },
    { ENTRY("null", "[4,4]", "[0,64]"), 64, "tensor t: dtype is no string" },
    { ENTRY("\"F64\"", "[4,2]", "[0,64]"), 64, "tensor t: number format F64" },
    { ENTRY("\"f32\"", "[4,4]", "[0,64]"), 64, "tensor t: number format f32" },
    { ENTRY("\"\"", "[4,4]", "[0,64]"), 64, "tensor t: number format" },
    { ENTRY("\"F8_E4M3\"", "[8,8]", "[0,64]"), 64, "tensor t: number format F8_E4M3" },
    { ENTRY("\"F32\\u001b[2J\"", "[4,4]", "[0,64]"), 64, "tensor t: number format F32?[2J" },
    { ENTRY("\"Q8_0\"", "[32]", "[0,34]"), 34, "tensor t: number format Q8_0" },
    { ENTRY("\"BF16\"", "[4,4]", "[0,64]"), 64, "tensor t: data_offsets span 64" },
    { ENTRY(F32, "16", "[0,64]"), 64, "tensor t: shape is no list" },
    { ENTRY(F32, "null", "[0,64]"), 64, "tensor t: shape is no list" },
    { ENTRY(F32, "[4,0]", "[0,0]"), 0, "tensor t: dimension 1" },
    { ENTRY(F32, "[-4,4]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[4.0,4]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[\"4\",4]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[[4],4]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[4294967296]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[18446744073709551615]", "[0,64]"), 64, "tensor t: dimension 0" },
    { ENTRY(F32, "[1,1,1,4,4]", "[0,64]"), 64, "tensor t: 5 dimensions" },
    { ENTRY(F32, "[2147483647,2147483647,2147483647]", "[0,64]"), 64, "overflows" },
    { ENTRY(F32, "[2147483647,2147483647,4]", "[0,64]"), 64, "overflows" },
    { ENTRY(F32, "[5,4]", "[0,64]"), 64, "tensor t: data_offsets span 64 bytes" },
    { ENTRY(F32, "[3,4]", "[0,64]"), 64, "tensor t: data_offsets span 64 bytes" },
    { ENTRY(F32, "[4,4]", "null"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[0]"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[0,64,128]"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[0,64.0]"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[64,0]"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[-64,0]"), 64, "tensor t: data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[0,18446744073709551616]"), 64, "data_offsets are no two integers" },
    { ENTRY(F32, "[4,4]", "[0,9223372036854775807]"), 64, "tensor t: its data ends at" },
    { ENTRY(F32, "[4,4]", "[9223372036854775743,9223372036854775807]"), 64, "its data ends at" },
    { ENTRY(F32, "[4,4]", "[0,64]"), 63, "tensor t: its data ends at 64" },
    { ENTRY(F32, "[4,4]", "[0,64]"), 65, "1 bytes follow the last tensor" },
    { ENTRY(F32, "[4,4]", "[4,68]"), 68, "tensor t begins at data offset 4, expected 0 (there is" },
    { TWO("[0,16]", "[0,16]"), 32, "overlap" },
    { TWO("[0,16]", "[8,24]"), 32, "tensor two begins at data offset 8, expected 16" },
    { TWO("[0,16]", "[20,36]"), 36, "tensor two begins at data offset 20, expected 16 (there is" },
    { TWO("[16,32]", "[16,32]"), 32, "there is a gap" },
    { TWO("[0,16]", "[16,32]"), 40, "8 bytes follow" },
};

START_TEST(defects)
{
    file f;
    hone_safetensors s;
    hone_err err;
    hone_arena *a = hone_arena_new();
    make(&f, DEFECTS[_i].header, DEFECTS[_i].data);
    ck_assert_int_eq(parse(&f, &s, a, &err), HONE_E_MODEL);
    ck_assert_int_eq(err.code, HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, DEFECTS[_i].says) != NULL, "'%s' lacks '%s'", err.message,
                  DEFECTS[_i].says);
    ck_assert_str_eq(err.source, "small.safetensors");
    hone_arena_free(a);
}
END_TEST

START_TEST(header_lengths)
{
    static const uint64_t lengths[] = { 0, 1, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 8,
                                        HONE_SAFETENSORS_HEADER_MAX + 1,
                                        HONE_SAFETENSORS_HEADER_MAX, 3 };
    file f;
    hone_err err;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        hone_safetensors s;
        hone_arena *a = hone_arena_new();
        make(&f, "{}", 0);
        hone_put_le64(f.p, lengths[i]);
        ck_assert_int_eq(parse(&f, &s, a, &err), HONE_E_MODEL);
        ck_assert_ptr_nonnull(strstr(err.message, i == 6 || i == 7 ? "remain" : "claims"));
        ck_assert_uint_eq(hone_arena_bytes(a), 0); /* nothing was taken for it */
        hone_arena_free(a);
    }
}
END_TEST

/* A scalar has no dimensions and one value; an empty file of tensors is whole. */
START_TEST(small_ones)
{
    file f;
    hone_safetensors s;
    hone_err err;
    hone_arena *a = hone_arena_new();
    make(&f, "{}", 0);
    ck_assert_int_eq(parse(&f, &s, a, &err), 0);
    make(&f, ENTRY(F32, "[]", "[0,4]"), 4);
    ck_assert_int_eq(parse(&f, &s, a, &err), 0);
    ck_assert(s.tensors[0].rank == 1 && s.tensors[0].shape[0] == 1);
    hone_arena_free(a);
}
END_TEST

/* --- the writer --- */

static const hone_tensor WRITTEN[] = {
    { .name = "x", .dtype = HONE_F32, .rank = 2, .shape = { 2, 3 } },
    { .name = "y", .dtype = HONE_BF16, .rank = 1, .shape = { 5 } },
    { .name = "z", .dtype = HONE_F16, .rank = 2, .shape = { 1, 1 } },
};

static void write_file(const char *path, const float *values, hone_err *err)
{
    hone_safetensors_out *o = NULL;
    ck_assert_int_eq(hone_safetensors_out_open(&o, path, WRITTEN, 3, err), 0);
    ck_assert_int_eq(hone_safetensors_out_write(o, values, 4, err), 0);
    ck_assert_int_eq(hone_safetensors_out_write(o, values + 4, 8, err), 0); /* crosses borders */
    ck_assert_int_eq(hone_safetensors_out_commit(o, err), 0);
}

START_TEST(writer)
{
    char dir[64];
    hone_err err;
    hone_map one, two;
    hone_safetensors s;
    float values[12], back[6];
    for (int i = 0; i < 12; i++) values[i] = (float)i * 0.3f - 1.0f;
    support_scratch(dir);
    write_file(support_path(dir, "one"), values, &err);
    write_file(support_path(dir, "two"), values, &err);
    ck_assert_int_eq(hone_map_open(&one, support_path(dir, "one"), &err), 0);
    ck_assert_int_eq(hone_map_open(&two, support_path(dir, "two"), &err), 0);
    ck_assert(one.size == two.size && memcmp(one.data, two.data, one.size) == 0);
    ck_assert_uint_eq(hone_le64(one.data) % 8, 0);
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(hone_safetensors_parse(&s, a, one.data, one.size, "one", &err), 0);
    ck_assert_uint_eq(s.num_tensors, 3);
    hone_tensor_rows_f32(&s.tensors[0], 0, 2, back);
    ck_assert_int_eq(memcmp(back, values, sizeof(back)), 0);
    hone_tensor_rows_f32(&s.tensors[1], 0, 1, back);
    for (int i = 0; i < 5; i++)
        ck_assert(back[i] == hone_bf16_to_f32(hone_f32_to_bf16(values[6 + i])));
    hone_tensor_rows_f32(&s.tensors[2], 0, 1, back);
    ck_assert(back[0] == hone_f16_to_f32(hone_f32_to_f16(values[11])));
    hone_map_close(&two);
    hone_map_close(&one);
    hone_arena_free(a);
    support_scratch_done(dir);
}
END_TEST

START_TEST(writer_miscounts)
{
    char dir[64];
    hone_err err;
    float values[13] = { 0 };
    hone_safetensors_out *o = NULL;
    support_scratch(dir);
    const char *path = support_path(dir, "one");
    ck_assert_int_eq(hone_safetensors_out_open(&o, path, WRITTEN, 3, &err), 0);
    ck_assert_int_eq(hone_safetensors_out_write(o, values, 11, &err), 0);
    ck_assert_int_lt(hone_safetensors_out_commit(o, &err), 0);
    ck_assert(!hone_fs_exists(path));
    ck_assert_int_eq(hone_safetensors_out_open(&o, path, WRITTEN, 3, &err), 0);
    ck_assert_int_lt(hone_safetensors_out_write(o, values, 13, &err), 0);
    hone_safetensors_out_abort(o);
    ck_assert(!hone_fs_exists(path));
    support_scratch_done(dir);
}
END_TEST

int main(void)
{
    TCase *t = support_case("safetensors");
    tcase_add_test(t, whole_file);
    tcase_add_test(t, every_cut);
    tcase_add_test(t, every_bit);
    tcase_add_loop_test(t, defects, 0, sizeof(DEFECTS) / sizeof(DEFECTS[0]));
    tcase_add_test(t, header_lengths);
    tcase_add_test(t, small_ones);
    tcase_add_test(t, writer);
    tcase_add_test(t, writer_miscounts);
    return support_run(t);
}
