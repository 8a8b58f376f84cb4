/*
 * GGUF reader: a small whole file, then one defect at a time. Each defect asserts the code and a
 * word of the message (tensor, key or rule).
 */
#include <string.h>

#include "common/bytes.h"
#include "model/gemma3_open.h"
#include "tests/support.h"

/* --- a writer of small files, honest unless told otherwise --- */

typedef struct file {
    uint8_t p[8192];
    size_t n;
} file;

static void put(file *f, const void *p, size_t n)
{
    ck_assert_uint_le(f->n + n, sizeof(f->p));
    memcpy(f->p + f->n, p, n);
    f->n += n;
}

static void put32(file *f, uint32_t v)
{
    uint8_t b[4];
    hone_put_le32(b, v);
    put(f, b, 4);
}

static void put64(file *f, uint64_t v)
{
    uint8_t b[8];
    hone_put_le64(b, v);
    put(f, b, 8);
}

static void put_str(file *f, const char *s)
{
    put64(f, strlen(s));
    put(f, s, strlen(s));
}

static void head(file *f, uint32_t version, uint64_t tensors, uint64_t keys)
{
    f->n = 0;
    put(f, "GGUF", 4);
    put32(f, version);
    put64(f, tensors);
    put64(f, keys);
}

static void key_u32(file *f, const char *name, uint32_t v)
{
    put_str(f, name);
    put32(f, HONE_GGUF_U32);
    put32(f, v);
}

static void key_str(file *f, const char *name, const char *v)
{
    put_str(f, name);
    put32(f, HONE_GGUF_STRING);
    put_str(f, v);
}

static void tensor(file *f, const char *name, uint32_t rank, const uint64_t *dims, uint32_t type,
                   uint64_t offset)
{
    put_str(f, name);
    put32(f, rank);
    for (uint32_t i = 0; i < rank; i++) put64(f, dims[i]);
    put32(f, type);
    put64(f, offset);
}

static void tensor2(file *f, const char *name, uint64_t in, uint64_t out, uint32_t type,
                    uint64_t offset)
{
    const uint64_t dims[2] = { in, out };
    tensor(f, name, 2, dims, type, offset);
}

static void data(file *f, size_t bytes)
{
    while (f->n % 32) put(f, "", 1);
    for (size_t i = 0; i < bytes; i++) put(f, &(uint8_t){ (uint8_t)i }, 1);
}

/* Two keys, an array of strings, two tensors (F32 [2, 4], Q8_0 [1, 32]); 32 + 34 bytes of data. */
static void small_file(file *f)
{
    head(f, 3, 2, 3);
    key_str(f, "general.architecture", "gemma3");
    key_u32(f, "general.alignment", 32);
    put_str(f, "tokenizer.ggml.tokens");
    put32(f, HONE_GGUF_ARRAY);
    put32(f, HONE_GGUF_STRING);
    put64(f, 2);
    put_str(f, "a");
    put_str(f, "");
    tensor2(f, "one", 4, 2, 0, 0);
    tensor2(f, "two", 32, 1, 8, 32);
    data(f, 32 + 34);
}

static int parse(const file *f, hone_gguf *ret, hone_arena *a, hone_err *err)
{
    /* a copy of exactly the file's size, so that a sanitizer sees every step outside */
    uint8_t *copy = hone_malloc(f->n ? f->n : 1);
    memcpy(copy, f->p, f->n);
    hone_err_clear(err);
    const int rc = hone_gguf_parse(ret, a, copy, f->n, "small.gguf", err);
    hone_free(copy);
    return rc;
}

START_TEST(whole_file)
{
    file f;
    hone_gguf g;
    hone_err err;
    const char *text = NULL;
    size_t len = 0, at = 0;
    bool found = false;
    uint64_t v = 0;
    hone_arena *a = hone_arena_new();
    small_file(&f);
    for (uint32_t version = 2; version <= 3; version++) {
        hone_put_le32(f.p + 4, version);
        ck_assert_int_eq(hone_gguf_parse(&g, a, f.p, f.n, "small.gguf", &err), 0);
    }
    ck_assert_uint_eq(g.num_keys, 3);
    ck_assert_uint_eq(g.num_tensors, 2);
    ck_assert_uint_eq(g.alignment, 32);
    ck_assert_int_eq(hone_gguf_str(&g, "general.architecture", &text, &len, &found, &err), 0);
    ck_assert(found && len == 6 && memcmp(text, "gemma3", 6) == 0);
    ck_assert_int_eq(hone_gguf_u64(&g, "general.alignment", &v, &found, &err), 0);
    ck_assert(found && v == 32);
    ck_assert_int_eq(hone_gguf_u64(&g, "absent", &v, &found, &err), 0);
    ck_assert(!found);
    ck_assert_int_eq(hone_gguf_u64(&g, "general.architecture", &v, &found, &err), HONE_E_MODEL);
    const hone_gguf_key *tokens = hone_gguf_find(&g, "tokenizer.ggml.tokens");
    ck_assert_uint_eq(tokens->count, 2);
    hone_gguf_next_str(tokens, &at, &text, &len);
    ck_assert(len == 1 && text[0] == 'a');
    hone_gguf_next_str(tokens, &at, &text, &len);
    ck_assert(len == 0 && at == tokens->bytes);
    ck_assert_str_eq(g.tensors[1].name, "two");
    ck_assert_int_eq(g.tensors[0].shape[0], 2); /* outermost first */
    ck_assert_int_eq(g.tensors[0].shape[1], 4);
    ck_assert_uint_eq(g.tensors[1].bytes, 34);
    ck_assert_ptr_eq(g.tensors[1].data, f.p + f.n - 34);
    hone_arena_free(a);
}
END_TEST

START_TEST(every_cut)
{
    file f;
    hone_gguf g;
    hone_err err;
    small_file(&f);
    const size_t whole = f.n;
    for (f.n = 0; f.n < whole; f.n++) {
        hone_arena *a = hone_arena_new();
        ck_assert_msg(parse(&f, &g, a, &err) == HONE_E_MODEL, "accepted %zu bytes", f.n);
        ck_assert_str_eq(err.source, "small.gguf");
        ck_assert(err.message[0] != '\0');
        hone_arena_free(a);
    }
}
END_TEST

START_TEST(every_bit)
{
    /* whatever happens, an accepted file has all its views inside */
    file f;
    hone_err err;
    small_file(&f);
    for (size_t bit = 0; bit < 8 * f.n; bit++) {
        hone_gguf g;
        hone_arena *a = hone_arena_new();
        f.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        hone_err_clear(&err);
        if (hone_gguf_parse(&g, a, f.p, f.n, "small.gguf", &err) == 0)
            for (size_t i = 0; i < g.num_tensors; i++)
                ck_assert(g.tensors[i].data >= f.p &&
                          g.tensors[i].data + g.tensors[i].bytes <= f.p + f.n);
        else
            ck_assert_int_eq(err.code, HONE_E_MODEL);
        f.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        hone_arena_free(a);
    }
}
END_TEST

/* --- one defect each --- */

static void bad_magic(file *f) { small_file(f); f->p[3] = 'g'; }
static void version_0(file *f) { small_file(f); hone_put_le32(f->p + 4, 0); }
static void version_1(file *f) { small_file(f); hone_put_le32(f->p + 4, 1); }
static void version_4(file *f) { small_file(f); hone_put_le32(f->p + 4, 4); }
static void big_endian(file *f) { small_file(f); hone_put_le32(f->p + 4, 0x03000000); }
static void empty(file *f) { f->n = 0; }
static void tensors_huge(file *f) { small_file(f); hone_put_le64(f->p + 8, UINT64_MAX); }
static void tensors_many(file *f) { small_file(f); hone_put_le64(f->p + 8, 1u << 19); }
static void keys_huge(file *f) { small_file(f); hone_put_le64(f->p + 16, UINT64_MAX); }
static void keys_many(file *f) { small_file(f); hone_put_le64(f->p + 16, 1000); }

static void key_twice(file *f)
{
    head(f, 3, 0, 2);
    key_u32(f, "some.key", 1);
    key_u32(f, "some.key", 2);
}

static void key_name_empty(file *f)
{
    head(f, 3, 0, 1);
    key_u32(f, "", 1);
    put64(f, 0);
}

static void key_name_long(file *f)
{
    head(f, 3, 0, 1);
    put64(f, 256);
    for (int i = 0; i < 300; i++) put(f, "k", 1);
}

static void key_name_endless(file *f)
{
    head(f, 3, 0, 1);
    put64(f, UINT64_MAX);
    put64(f, 0);
}

static void key_name_escape(file *f)
{
    head(f, 3, 0, 1);
    key_u32(f, "a\x1b[2Jb", 1);
}

static void key_type_unknown(file *f)
{
    head(f, 3, 0, 1);
    put_str(f, "some.key");
    put32(f, 13);
    put64(f, 0);
}

static void string_endless(file *f)
{
    head(f, 3, 0, 1);
    put_str(f, "some.key");
    put32(f, HONE_GGUF_STRING);
    put64(f, UINT64_MAX - 7);
}

static void array(file *f, uint32_t element, uint64_t count)
{
    head(f, 3, 0, 1);
    put_str(f, "some.list");
    put32(f, HONE_GGUF_ARRAY);
    put32(f, element);
    put64(f, count);
    put64(f, 0);
}

static void array_nested(file *f) { array(f, HONE_GGUF_ARRAY, 1); }
static void array_huge(file *f) { array(f, HONE_GGUF_U64, (uint64_t)1 << 63); }
static void array_wraps(file *f) { array(f, HONE_GGUF_U64, ((uint64_t)1 << 61) + 1); }
static void array_strings(file *f) { array(f, HONE_GGUF_STRING, (uint64_t)1 << 40); }
static void array_element(file *f) { array(f, 99, 1); }

static void bool_two(file *f)
{
    head(f, 3, 0, 1);
    put_str(f, "some.flag");
    put32(f, HONE_GGUF_BOOL);
    put(f, "\2", 1);
}

static void aligned(file *f, uint32_t alignment)
{
    head(f, 3, 1, 1);
    key_u32(f, "general.alignment", alignment);
    tensor2(f, "one", 4, 2, 0, 0);
    data(f, 32);
}

static void alignment_0(file *f) { aligned(f, 0); }
static void alignment_odd(file *f) { aligned(f, 24); }
static void alignment_huge(file *f) { aligned(f, 1u << 30); }

static void alignment_text(file *f)
{
    head(f, 3, 0, 1);
    key_str(f, "general.alignment", "32");
}

static void one_tensor(file *f, const char *name, uint64_t in, uint64_t out, uint32_t type,
                       uint64_t offset)
{
    head(f, 3, 1, 0);
    tensor2(f, name, in, out, type, offset);
    data(f, 128);
}

static void dimension_0(file *f) { one_tensor(f, "bad.weight", 0, 4, 0, 0); }
static void dimension_outer_0(file *f) { one_tensor(f, "bad.weight", 4, 0, 0, 0); }
static void dimension_huge(file *f) { one_tensor(f, "bad.weight", UINT64_MAX, 1, 0, 0); }
static void product_wraps(file *f) { one_tensor(f, "bad.weight", 0x7FFFFFFF, 0x7FFFFFFF, 0, 0); }
static void more_than_file(file *f) { one_tensor(f, "bad.weight", 64, 64, 0, 0); }
static void offset_odd(file *f) { one_tensor(f, "bad.weight", 4, 2, 0, 8); }
static void offset_end(file *f) { one_tensor(f, "bad.weight", 4, 2, 0, 128); }
static void offset_past(file *f) { one_tensor(f, "bad.weight", 4, 2, 0, (uint64_t)1 << 62); }
static void offset_wraps(file *f) { one_tensor(f, "bad.weight", 4, 2, 0, UINT64_MAX - 31); }
static void no_block(file *f) { one_tensor(f, "bad.weight", 33, 1, 8, 0); }
static void no_super_block(file *f) { one_tensor(f, "bad.weight", 32, 1, 12, 0); }
static void format_unknown(file *f) { one_tensor(f, "bad.weight", 32, 1, 10, 0); }
static void format_removed(file *f) { one_tensor(f, "bad.weight", 32, 1, 4, 0); }
static void format_huge(file *f) { one_tensor(f, "bad.weight", 32, 1, UINT32_MAX, 0); }
static void tensor_name_empty(file *f) { one_tensor(f, "", 32, 1, 0, 0); }
static void tensor_name_space(file *f) { one_tensor(f, "bad weight", 32, 1, 0, 0); }

static void rank_0(file *f)
{
    head(f, 3, 1, 0);
    tensor(f, "bad.weight", 0, NULL, 0, 0);
    data(f, 128);
}

static void rank_5(file *f)
{
    const uint64_t dims[5] = { 1, 1, 1, 1, 1 };
    head(f, 3, 1, 0);
    tensor(f, "bad.weight", 5, dims, 0, 0);
    data(f, 128);
}

static void tensor_twice(file *f)
{
    head(f, 3, 2, 0);
    tensor2(f, "same.weight", 4, 2, 0, 0);
    tensor2(f, "same.weight", 4, 2, 0, 32);
    data(f, 64);
}

static void tensors_overlap(file *f)
{
    head(f, 3, 2, 0);
    tensor2(f, "low.weight", 4, 4, 0, 0);
    tensor2(f, "high.weight", 4, 2, 0, 32);
    data(f, 64);
}

static void tensors_same_place(file *f)
{
    head(f, 3, 2, 0);
    tensor2(f, "low.weight", 4, 2, 0, 0);
    tensor2(f, "high.weight", 4, 2, 0, 0);
    data(f, 64);
}

static const struct {
    void (*make)(file *f);
    const char *says;
} DEFECTS[] = {
    { bad_magic, "does not begin with GGUF" },
    { version_0, "version 0" },
    { version_1, "version 1" },
    { version_4, "version 4" },
    { big_endian, "version 50331648" },
    { empty, "the GGUF header" },
    { tensors_huge, "tensors do not fit" },
    { tensors_many, "tensors do not fit" },
    { keys_huge, "keys do not fit" },
    { keys_many, "keys do not fit" },
    { key_twice, "some.key is there twice" },
    { key_name_empty, "a key's name has 0 bytes" },
    { key_name_long, "a key's name has 256 bytes" },
    { key_name_endless, "a key's name has" },
    { key_name_escape, "0x1b" },
    { key_type_unknown, "some.key: unknown value type 13" },
    { string_endless, "some.key needs" },
    { array_nested, "some.list: arrays of arrays" },
    { array_huge, "some.list: 9223372036854775808 values do not fit" },
    { array_wraps, "some.list: 2305843009213693953 values do not fit" },
    { array_strings, "some.list: 1099511627776 strings do not fit" },
    { array_element, "some.list: unknown value type 99" },
    { bool_two, "some.flag: a boolean holds 2" },
    { alignment_0, "general.alignment is 0" },
    { alignment_odd, "general.alignment is 24" },
    { alignment_huge, "general.alignment is 1073741824" },
    { alignment_text, "general.alignment: value type 8" },
    { dimension_0, "bad.weight: dimension 0 is 0" },
    { dimension_outer_0, "bad.weight: dimension 1 is 0" },
    { dimension_huge, "bad.weight: dimension 0 is 18446744073709551615" },
    { product_wraps, "bad.weight: its dimensions ask for more bytes" },
    { more_than_file, "bad.weight: its dimensions ask for more bytes" },
    { offset_odd, "bad.weight: data offset 8 is no multiple" },
    { offset_end, "bad.weight: data offset 128" },
    { offset_past, "bad.weight: data offset 4611686018427387904" },
    { offset_wraps, "bad.weight: data offset 18446744073709551584" },
    { no_block, "bad.weight: rows of 33 values are no whole blocks of Q8_0" },
    { no_super_block, "bad.weight: rows of 32 values are no whole blocks of Q4_K" },
    { format_unknown, "bad.weight: number format 10" },
    { format_removed, "bad.weight: number format 4" },
    { format_huge, "bad.weight: number format 4294967295" },
    { tensor_name_empty, "a tensor's name has 0 bytes" },
    { tensor_name_space, "0x20" },
    { rank_0, "bad.weight: 0 dimensions" },
    { rank_5, "bad.weight: 5 dimensions" },
    { tensor_twice, "same.weight is there twice" },
    { tensors_overlap, "low.weight and high.weight overlap" },
    { tensors_same_place, "overlap" },
};

START_TEST(defects)
{
    file f;
    hone_gguf g;
    hone_err err;
    hone_arena *a = hone_arena_new();
    DEFECTS[_i].make(&f);
    ck_assert_int_eq(parse(&f, &g, a, &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, DEFECTS[_i].says) != NULL, "'%s' lacks '%s'", err.message,
                  DEFECTS[_i].says);
    ck_assert_str_eq(err.source, "small.gguf");
    ck_assert_uint_lt(hone_arena_bytes(a), (size_t)1 << 20);
    hone_arena_free(a);
}
END_TEST

START_TEST(no_memory)
{
    file f;
    small_file(&f);
    for (int64_t nth = 1;; nth++) {
        hone_gguf g;
        hone_err err;
        hone_mem_fail_after(nth, false);
        hone_arena *a = hone_arena_new();
        const int rc = a ? hone_gguf_parse(&g, a, f.p, f.n, "small.gguf", &err) : HONE_E_MEMORY;
        hone_arena_free(a);
        hone_mem_fail_after(0, false);
        ck_assert(rc == 0 || rc == HONE_E_MEMORY);
        if (rc == 0) break;
        ck_assert_int_lt(nth, 100);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("gguf");
    tcase_add_test(t, whole_file);
    tcase_add_test(t, every_cut);
    tcase_add_test(t, every_bit);
    tcase_add_loop_test(t, defects, 0, sizeof(DEFECTS) / sizeof(DEFECTS[0]));
    tcase_add_test(t, no_memory);
    return support_run(t);
}
