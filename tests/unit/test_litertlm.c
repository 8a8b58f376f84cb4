/*
 * The strict .litertlm reader, and LlmMetadata: sound bytes read back, each defect below is refused
 * with its own message, a header length of 2^63 costs no memory.
 */
#include "tests/support.h"
#include "tests/support_tfl.h"

#include "common/zfile.h"
#include "export/metadata.h"
#include "model/llm_metadata.h"

enum { BORDER = 16384 };

typedef struct knob_defect {
    size_t at;
    int64_t value;
    const char *message;
} knob_defect;

#define KNOB(name) offsetof(lit_knobs, name)
static const knob_defect KNOBS[] = {
    { KNOB(major), 0, "major version is not 1" },
    { KNOB(major), 2, "major version is not 1" },
    { KNOB(header_end), 31, "the header is empty" },
    { KNOB(header_end), 32, "the header is empty" },
    { KNOB(header_end), 33, "too short for a FlatBuffer" },
    { KNOB(header_end), 16385, "the header is larger than 16 KiB" },
    { KNOB(header_end), INT64_MIN, "the header is larger than 16 KiB" },
    { KNOB(header_end), -1, "the header is larger than 16 KiB" },
    { KNOB(begin0), 16384 + 200, "a section ends before it begins" },
    { KNOB(begin0), 16384 + 100, "a section is empty" },
    { KNOB(begin0), 0, "a section overlaps the header" },
    { KNOB(begin0), 16, "a section overlaps the header" },
    { KNOB(begin0), 16384 + 16, "a section is not aligned to 16 KiB" },
    { KNOB(begin0), 16384 - 1, "a section is not aligned to 16 KiB" },
    { KNOB(begin0), -16384, "a section ends before it begins" },
    { KNOB(end0), 3 * BORDER + 1, "a section ends past the end of the file" },
    { KNOB(end0), INT64_MAX, "a section ends past the end of the file" },
    { KNOB(end0), -1, "a section ends past the end of the file" },
    { KNOB(end0), 0, "a section ends before it begins" },
    { KNOB(end0), 32769, "two sections overlap" },
    { KNOB(begin1), 16384, "two sections overlap" },
    { KNOB(end1), 3 * BORDER + 1, "a section ends past the end of the file" },
    { KNOB(end1), 32768, "a section is empty" },
    { KNOB(no_sections), 1, "the header lists no sections" },
    { KNOB(sections), 65, "the header lists 65 sections" },
    { KNOB(sections), 3, "two sections overlap" },
    { KNOB(no_key), 1, "item 0 has no key" },
    { KNOB(no_value), 1, "item 0 has no value" },
    { KNOB(tag), 0, "item 0 has no value" },
    { KNOB(string_value), 0, "item 0 has no value" },
    { KNOB(no_entries), 1, "the system metadata has no list of entries" },
};

typedef struct byte_defect {
    int at, bytes;
    uint64_t value;
    const char *message;
} byte_defect;

static const byte_defect BYTES[] = {
    { 0, 1, 'l', "does not start with LITERTLM" },
    { 7, 1, 0, "does not start with LITERTLM" },
    { 24, 8, (uint64_t)1 << 63, "the header is larger than 16 KiB" },
    { 24, 8, 40, "too short for a FlatBuffer" },
    { 24, 8, 60, "a " },
    { 32, 4, 0, "the root offset points at itself" },
    { 32, 4, 6, "a table is not aligned" },
    { 32, 4, 0xfffffffc, "a table starts outside the data" },
};

static void build(hone_buf *out, const lit_knobs *k)
{
    hone_buf_init(out, 1 << 20);
    lit_build(out, k);
    ck_assert(hone_buf_ok(out));
}

static int read_copy(const void *p, size_t n, hone_err *err, size_t *ret_memory)
{
    hone_arena *a = hone_arena_new();
    hone_litertlm *f = NULL;
    uint8_t *copy = hone_malloc(n);
    if (n) memcpy(copy, p, n);
    hone_err_clear(err);
    int rc = hone_litertlm_read(&f, a, copy, n, "test", err);
    for (uint32_t i = 0; rc == 0 && i < f->num_sections; i++)
        ck_assert(f->sections[i].size && f->sections[i].data + f->sections[i].size <= copy + n);
    if (ret_memory) *ret_memory = hone_arena_bytes(a);
    hone_free(copy);
    hone_arena_free(a);
    return rc;
}

static void expect(const void *p, size_t n, const char *message)
{
    hone_err err;
    size_t memory = 0;
    int rc = read_copy(p, n, &err, &memory);
    ck_assert_msg(rc == HONE_E_MODEL, "accepted, expected: %s", message);
    ck_assert_msg(strstr(err.message, message) != NULL, "expected: %s\n     got: %s", message,
                  err.message);
    ck_assert_int_lt(memory, 1 << 20);
    ck_assert(err.hint[0]);
}

START_TEST(test_sound)
{
    lit_knobs k = lit_sound();
    hone_buf b;
    hone_litertlm *f = NULL;
    hone_err err;
    k.type1 = 99; /* unknown types are listed */
    build(&b, &k);
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(hone_litertlm_read(&f, a, (uint8_t *)b.data, b.len, "test", &err), 0);
    ck_assert_int_eq(f->num_sections, 2);
    ck_assert_int_eq(f->sections[1].type, 99);
    ck_assert_str_eq(hone_section_type_name(99), "?");
    ck_assert_str_eq(f->system[0].key, "uuid");
    const hone_section *s = hone_litertlm_section(f, HONE_SECTION_TFLITE, NULL);
    ck_assert_str_eq(hone_section_item(s, "model_type"), "tf_lite_prefill_decode");
    ck_assert_str_eq(hone_section_item(s, "nothing"), "");
    ck_assert_int_eq(s->size, 100);
    hone_arena_free(a);
    hone_buf_done(&b);
}
END_TEST

/* Values that are no strings are kept as "some value". */
START_TEST(test_foreign_values)
{
    lit_knobs k = lit_sound();
    hone_buf b;
    hone_err err;
    k.tag = 5;
    build(&b, &k);
    ck_assert_int_eq(read_copy(b.data, b.len, &err, NULL), 0);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_knobs)
{
    const knob_defect *d = &KNOBS[_i];
    lit_knobs k = lit_sound();
    hone_buf b;
    *(int64_t *)((char *)&k + d->at) = d->value;
    build(&b, &k);
    expect(b.data, b.len, d->message);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_bytes)
{
    const byte_defect *d = &BYTES[_i];
    const lit_knobs k = lit_sound();
    hone_buf b;
    uint8_t value[8];
    build(&b, &k);
    hone_put_le64(value, d->value);
    memcpy(b.data + d->at, value, (size_t)d->bytes);
    expect(b.data, b.len, d->message);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_truncated)
{
    const lit_knobs k = lit_sound();
    hone_buf b;
    hone_err err;
    build(&b, &k);
    expect(b.data, 0, "does not start with LITERTLM");
    expect(b.data, 31, "ends inside its first 32 bytes");
    expect(b.data, 40, "the header ends past the end of the file");
    for (size_t n = 0; n < 32768 + 50; n += n < 2048 ? 1 : 61)
        ck_assert_int_eq(read_copy(b.data, n, &err, NULL), HONE_E_MODEL);
    ck_assert_int_eq(read_copy(b.data, 32768 + 50, &err, NULL), 0);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_bit_flips)
{
    const lit_knobs k = lit_sound();
    hone_buf b;
    hone_err err;
    build(&b, &k);
    size_t end = hone_le64((uint8_t *)b.data + 24);
    for (size_t bit = 0; bit < 8 * end; bit++) {
        b.data[bit / 8] ^= (char)(1 << bit % 8);
        int rc = read_copy(b.data, b.len, &err, NULL);
        ck_assert(rc == 0 || (rc == HONE_E_MODEL && err.message[0]));
        b.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    hone_buf_done(&b);
}
END_TEST

/* --- the zipped tokenizer --- */

static int inflate(const hone_buf *b, size_t limit, hone_err *err)
{
    const hone_section s = { .data = (const uint8_t *)b->data, .size = b->len };
    hone_buf text = HONE_BUF_INIT(limit);
    hone_err_clear(err);
    int rc = hone_litertlm_inflate(&text, &s, "test", err);
    ck_assert(rc < 0 || (text.len == 5 && memcmp(text.data, "{\"a\":", 5) == 0));
    hone_buf_done(&text);
    return rc;
}

START_TEST(test_zipped_tokenizer)
{
    static const uint64_t claims[] = { 5, 4, 6, 0, (uint64_t)1 << 63, (uint64_t)65 << 20 };
    hone_err err;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        hone_buf b = HONE_BUF_INIT(1 << 16);
        uint8_t size[8];
        hone_put_le64(size, claims[i]);
        hone_buf_add(&b, size, 8);
        ck_assert_int_eq(hone_zlib_deflate(&b, "{\"a\":", 5, &err), 0);
        int rc = inflate(&b, 1 << 16, &err);
        ck_assert_msg((rc == 0) == (i == 0), "claim %zu", i);
        ck_assert(rc == 0 || err.message[0]);
        b.len = 8;
        ck_assert_int_lt(inflate(&b, 1 << 16, &err), 0);
        hone_buf_done(&b);
    }
}
END_TEST

/* --- LlmMetadata --- */

/* Byte for byte what docs/litertlm.md gives for C = 1024 and the template "t". */
START_TEST(test_metadata_bytes)
{
    static const uint8_t head[] = { 0x0a, 5,    0x0a, 3,    0x0a, 1,    2,   0x12, 5,
                                    0x0a, 3,    0x0a, 1,    1,    0x12, 5,   0x0a, 3,
                                    0x0a, 1,    0x6a, 0x12, 5,    0x0a, 3,   0x0a, 1,
                                    0x32, 0x1a, 0x7e, 0x0a, 0x26, 0x0a, 0x14 };
    static const uint8_t tail[] = { 0x22, 0x10, 8,    2,    0x10, 1,    0x1d, 0x33, 0x33,
                                    0x73, 0x3f, 0x25, 0,    0,    0x80, 0x3f, 0x28, 0,
                                    0x28, 0x80, 8,    0x32, 4,    0x1a, 2,    0x68, 1,
                                    0x3a, 1,    't',  0x60, 1 };
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_err err;
    ck_assert_int_eq(hone_metadata_build(&b, 1024, "t", &err), 0);
    ck_assert_int_eq(b.len, 28 + 2 + 126 + sizeof(tail));
    ck_assert_int_eq(memcmp(b.data, head, sizeof(head)), 0);
    ck_assert_int_eq(memcmp(b.data + 156, tail, sizeof(tail)), 0);
    hone_buf_done(&b);
}
END_TEST

START_TEST(test_metadata_back)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_err err;
    hone_llm_metadata m;
    hone_arena *a = hone_arena_new();
    ck_assert_int_eq(hone_metadata_build(&b, 512, "{{ x }}", &err), 0);
    hone_buf_add(&b, "\xf2\x06\x03" "new", 6); /* a field of a later version */
    ck_assert_int_eq(hone_llm_metadata_read(&m, a, b.data, b.len, "test", 0, &err), 0);
    ck_assert(m.has_start && m.start.id == 2 && m.num_stops == 3 && m.stops[1].id == 106);
    ck_assert_int_eq(m.max_tokens, 512);
    ck_assert_int_eq(m.model_type, HONE_LLM_FUNCTION_GEMMA);
    ck_assert(m.use_template && m.function_calling && m.sampler_k == 1);
    ck_assert_str_eq(m.chat_template, "{{ x }}");
    ck_assert_str_eq(m.system.prefix, "<start_of_turn>developer\n");
    hone_arena_free(a);
    hone_buf_done(&b);
}
END_TEST

typedef struct metadata_defect {
    const char *bytes;
    size_t n;
    const char *message;
} metadata_defect;

#define DEFECT(text, message) { text, sizeof(text) - 1, message }
static const metadata_defect METADATA[] = {
    DEFECT("\x0a\x05", "no protobuf message"),
    DEFECT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "no protobuf message"),
    DEFECT("\x0a\x00", "a token without id and text"),
    DEFECT("\x12\x02\x0a\x00", "a token without id and text"),
    DEFECT("\x12\x06\x0a\x04\x0a\x02\x01\x02", "a stop or start token of several ids"),
    DEFECT("\x0a\x0e\x0a\x0c\x0a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a token id"),
    DEFECT("\x3a\x02\xff\xfe", "a text is not UTF-8"),
    DEFECT("\x3a\x03" "a\0b", "a text holds a zero byte"),
    DEFECT("\x28\x00", "max_num_tokens is not positive"),
    DEFECT("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "max_num_tokens is not positive"),
};

START_TEST(test_metadata_defects)
{
    const metadata_defect *d = &METADATA[_i];
    hone_llm_metadata m;
    hone_err err;
    hone_arena *a = hone_arena_new();
    hone_err_clear(&err);
    ck_assert_int_eq(hone_llm_metadata_read(&m, a, d->bytes, d->n, "test", 0, &err), HONE_E_MODEL);
    ck_assert_msg(strstr(err.message, d->message) != NULL, "%s", err.message);
    hone_arena_free(a);
}
END_TEST

START_TEST(test_metadata_many_stops)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    hone_llm_metadata m;
    hone_err err;
    hone_arena *a = hone_arena_new();
    for (int i = 0; i < 65; i++) hone_buf_add(&b, "\x12\x05\x0a\x03\x0a\x01\x01", 7);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_llm_metadata_read(&m, a, b.data, b.len, "test", 0, &err), HONE_E_MODEL);
    ck_assert_int_eq(hone_llm_metadata_read(&m, a, b.data, b.len - 7, "test", 0, &err), 0);
    hone_arena_free(a);
    hone_buf_done(&b);
}
END_TEST

int main(void)
{
    TCase *t = support_case("litertlm");
    tcase_add_test(t, test_sound);
    tcase_add_test(t, test_foreign_values);
    tcase_add_loop_test(t, test_knobs, 0, sizeof(KNOBS) / sizeof(KNOBS[0]));
    tcase_add_loop_test(t, test_bytes, 0, sizeof(BYTES) / sizeof(BYTES[0]));
    tcase_add_test(t, test_truncated);
    tcase_add_test(t, test_bit_flips);
    tcase_add_test(t, test_zipped_tokenizer);
    tcase_add_test(t, test_metadata_bytes);
    tcase_add_test(t, test_metadata_back);
    tcase_add_loop_test(t, test_metadata_defects, 0, sizeof(METADATA) / sizeof(METADATA[0]));
    tcase_add_test(t, test_metadata_many_stops);
    return support_run(t);
}
