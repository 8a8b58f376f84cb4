/* SHA-256 (FIPS 180-4 examples) and CRC-32C (RFC 3720, B.4) vectors; files, trees and values. */
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "tests/support.h"

static const char EMPTY[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char MILLION_A[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

START_TEST(test_sha256)
{
    char hex[65];
    hone_sha256_of("", 0, hex);
    ck_assert_str_eq(hex, EMPTY);
    hone_sha256_of("abc", 3, hex);
    ck_assert_str_eq(hex, ABC);
    hone_sha256 *h = hone_sha256_new();
    for (int i = 0; i < 1000000 / 8; i++) hone_sha256_add(h, "aaaaaaaa", 8);
    hone_sha256_add(h, NULL, 0);
    hone_sha256_hex(h, hex);
    hone_sha256_free(h);
    hone_sha256_free(NULL);
    ck_assert_str_eq(hex, MILLION_A);
}
END_TEST

static void put(const char *dir, const char *name, const char *text)
{
    ck_assert_int_eq(hone_fs_write(support_path(dir, name), text, strlen(text), NULL), 0);
}

START_TEST(test_sha256_file)
{
    char dir[64], hex[65] = "kept";
    hone_err err;
    hone_err_clear(&err);
    support_scratch(dir);
    ck_assert_int_eq(hone_sha256_file(support_path(dir, "no"), hex, &err), HONE_E_NOT_FOUND);
    ck_assert_int_eq(hone_sha256_file(dir, hex, &err), HONE_E_IO);
    ck_assert_str_eq(hex, "kept");
    put(dir, "a", "abc");
    ck_assert_int_eq(hone_sha256_file(support_path(dir, "a"), hex, &err), 0);
    ck_assert_str_eq(hex, ABC);
    support_scratch_done(dir);
}
END_TEST

/* The order is that of whole paths: "a.x" < "a/b" although "a" < "a.x" as names of one folder. */
START_TEST(test_sha256_tree)
{
    char dir[64], hex[65], want[65];
    hone_err err;
    hone_buf lines = HONE_BUF_INIT(4096);
    hone_err_clear(&err);
    support_scratch(dir);
    ck_assert_int_eq(hone_sha256_tree(dir, hex, &err), 0);
    ck_assert_str_eq(hex, EMPTY);
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "a"), &err), 0);
    put(dir, "a/b", "abc");
    put(dir, "a.x", "");
    ck_assert_int_eq(symlink("a/b", support_path(dir, "z")), 0);
    ck_assert_int_eq(symlink(".", support_path(dir, "loop")), 0);
    hone_buf_printf(&lines, "a.x%c%s\na/b%c%s\nz%c%s\n", 0, EMPTY, 0, ABC, 0, ABC);
    hone_sha256_of(lines.data, lines.len, want);
    ck_assert_int_eq(hone_sha256_tree(dir, hex, &err), 0);
    ck_assert_str_eq(hex, want);
    ck_assert_int_eq(hone_sha256_tree(support_path(dir, "no"), hex, &err), HONE_E_NOT_FOUND);
    hone_buf_done(&lines);
    support_scratch_done(dir);
}
END_TEST

START_TEST(test_sha256_json)
{
    char hex[65], want[65];
    hone_arena *a = hone_arena_new();
    hone_json *v = NULL;
    const char *text = "{ \"b\": [1, 2.50], \"a\": null }";
    const char *canonical = "{\"a\":null,\"b\":[1,2.50]}";
    ck_assert_int_eq(hone_json_parse(&v, a, text, strlen(text), "t", 1, NULL), 0);
    hone_sha256_json(v, hex);
    hone_sha256_of(canonical, strlen(canonical), want);
    ck_assert_str_eq(hex, want);
    hone_mem_fail_after(1, true);
    hone_sha256_json(v, hex);
    ck_assert_str_eq(hex, "");
    (void)hone_arena_free(a);
}
END_TEST

/* The definition, a bit at a time. */
static uint32_t crc32c_by_bits(const unsigned char *p, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

START_TEST(crc32c_of_any_length_and_place)
{
    unsigned char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 73 + 5);
    for (size_t at = 0; at < 9; at++)
        for (size_t n = 0; n + at < sizeof bytes; n++)
            SUPPORT_MUST(hone_crc32c(0, bytes + at, n) == crc32c_by_bits(bytes + at, n));
}
END_TEST

START_TEST(test_crc32c)
{
    unsigned char bytes[32];
    ck_assert_uint_eq(hone_crc32c(0, "", 0), 0);
    ck_assert_uint_eq(hone_crc32c(0, "123456789", 9), 0xE3069283);
    memset(bytes, 0, sizeof(bytes));
    ck_assert_uint_eq(hone_crc32c(0, bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof(bytes));
    ck_assert_uint_eq(hone_crc32c(0, bytes, 32), 0x62A8AB43);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    ck_assert_uint_eq(hone_crc32c(0, bytes, 32), 0x46DD794E);
    ck_assert_uint_eq(hone_crc32c(hone_crc32c(0, bytes, 13), bytes + 13, 19), 0x46DD794E);
}
END_TEST

int main(void)
{
    TCase *t = support_case("hash");
    tcase_add_test(t, test_sha256);
    tcase_add_test(t, test_sha256_file);
    tcase_add_test(t, test_sha256_tree);
    tcase_add_test(t, test_sha256_json);
    tcase_add_test(t, test_crc32c);
    tcase_add_test(t, crc32c_of_any_length_and_place);
    return support_run(t);
}
