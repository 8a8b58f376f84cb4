/* Files of lines, plain and zstd, and zlib streams (common/zfile.h). */
#include <string.h>
#include <zstd.h>

#include "common/rng.h"
#include "common/zfile.h"
#include "tests/support.h"

static char dir[64];
static hone_err err;

static void setup(void)
{
    support_scratch(dir);
    hone_err_clear(&err);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

static const char *put_file(const char *name, const void *p, size_t n)
{
    const char *path = support_path(dir, name);
    ck_assert_msg(hone_fs_write(path, p, n, &err) == 0, "%s", err.message);
    return path;
}

/* All lines joined by '|', or the code of the error. */
static int read_all(const char *path, size_t max_line, hone_buf *out)
{
    hone_lines *l = NULL;
    const char *line;
    size_t n;
    int64_t number, expected = 1;
    int rc = hone_lines_open(&l, path, max_line, &err);
    while (rc >= 0 && (rc = hone_lines_next(l, &line, &n, &number, &err)) == 1) {
        ck_assert_int_eq(number, expected++);
        ck_assert_uint_eq(strlen(line), n);
        hone_buf_add(out, line, n);
        hone_buf_char(out, '|');
    }
    hone_lines_close(l);
    return rc;
}

static void check_lines(const char *name, const char *content, size_t n, const char *expected)
{
    hone_buf out = HONE_BUF_INIT(1 << 20);
    const char *path = put_file(name, content, n);
    hone_buf_str(&out, "");
    ck_assert_msg(read_all(path, 100, &out) == 0, "%s", err.message);
    ck_assert_str_eq(out.data, expected);
    hone_buf_done(&out);
}

static size_t pack(char *to, size_t room, const char *text, size_t n)
{
    size_t packed = ZSTD_compress(to, room, text, n, 3);
    ck_assert(!ZSTD_isError(packed));
    return packed;
}

typedef struct text_case {
    const char *content, *expected;
} text_case;

static const text_case texts[] = {
    { "", "" },
    { "\n", "|" },
    { "a", "a|" },
    { "a\n", "a|" },
    { "a\nb", "a|b|" },
    { "a\r\nb\r\n\r\n", "a|b||" },
    { "a\rb\n", "a\rb|" },
    { "\xef\xbb\xbf" "a\n\xef\xbb\xbf" "b\n", "a|\xef\xbb\xbf" "b|" },
    { "\xef\xbb\xbf", "|" },
    { "(\xb5/", "(\xb5/|" },
};

START_TEST(lines_are_the_same_packed_or_not)
{
    const text_case *c = &texts[_i];
    char packed[256];
    size_t n = strlen(c->content);
    check_lines("plain.jsonl", c->content, n, c->expected);
    check_lines("packed.jsonl", packed, pack(packed, sizeof packed, c->content, n), c->expected);
}
END_TEST

START_TEST(frames_follow_each_other)
{
    char packed[512];
    size_t n = pack(packed, sizeof packed, "a\nb", 3);
    memcpy(packed + n, "\x53\x2a\x4d\x18\x03\0\0\0xyz", 11); /* a skippable frame */
    n += 11;
    n += pack(packed + n, sizeof packed - n, "c\nd\n", 4);
    check_lines("frames", packed, n, "a|bc|d|");
    check_lines("skip", "\x50\x2a\x4d\x18\x01\0\0\0x", 9, "");
}
END_TEST

START_TEST(every_cut_of_a_frame_is_noticed)
{
    char packed[512];
    size_t n = pack(packed, sizeof packed, "one\ntwo\nthree\n", 14);
    for (size_t cut = 4; cut < n; cut++) {
        hone_buf out = HONE_BUF_INIT(1 << 20);
        hone_err_clear(&err);
        ck_assert_int_eq(read_all(put_file("cut", packed, cut), 100, &out), HONE_E_DATA);
        ck_assert_ptr_nonnull(strstr(err.message, "cut"));
        ck_assert_int_ge(err.line, 1);
        hone_buf_done(&out);
    }
}
END_TEST

START_TEST(damage_is_noticed)
{
    hone_zout *z = NULL;
    hone_buf raw;
    const char *path = support_path(dir, "x.jsonl.zst");
    ck_assert_int_eq(hone_zout_open(&z, path, &err), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(hone_zout_write(z, "a line of text\n", 15, &err), 0);
    ck_assert_int_eq(hone_zout_commit(z, &err), 0);
    ck_assert_int_eq(hone_fs_read(&raw, path, 1 << 20, &err), 0);
    for (size_t i = 4; i < raw.len; i++) {
        hone_buf out = HONE_BUF_INIT(1 << 20);
        raw.data[i] ^= 0x10;
        int rc = read_all(put_file("damaged", raw.data, raw.len), 100, &out);
        raw.data[i] ^= 0x10;
        bool same = rc == 0 && out.len == 1500; /* an unused bit of the header */
        ck_assert_msg(rc == HONE_E_DATA || same, "byte %zu", i);
        hone_buf_done(&out);
    }
    put_file("tail", raw.data, raw.len);
    hone_buf_str(&raw, "garbage");
    hone_buf out = HONE_BUF_INIT(1 << 20);
    ck_assert_int_eq(read_all(put_file("tail", raw.data, raw.len), 100, &out), HONE_E_DATA);
    ck_assert_int_eq(err.line, 101);
    hone_buf_done(&out);
    hone_buf_done(&raw);
}
END_TEST

START_TEST(long_lines_are_refused)
{
    char text[400];
    memset(text, 'x', sizeof text);
    text[0] = '\n';
    text[201] = '\n';
    hone_buf out = HONE_BUF_INIT(1 << 20);
    const char *path = put_file("long", text, sizeof text);
    ck_assert_int_eq(read_all(path, 199, &out), HONE_E_DATA);
    ck_assert_int_eq(err.line, 2);
    ck_assert_ptr_nonnull(strstr(err.message, "199"));
    hone_buf_clear(&out);
    ck_assert_int_eq(read_all(path, 200, &out), 0);
    hone_buf_done(&out);
}
END_TEST

/* Lines around the size of the chunks, random lengths, both kinds of file. */
START_TEST(big_files_survive)
{
    static const char *const names[] = { "big.jsonl", "big.jsonl.zst" };
    size_t room = 300000;
    char *line = hone_malloc(room);
    ck_assert_ptr_nonnull(line);
    for (size_t k = 0; k < 2; k++) {
        const char *path = support_path(dir, names[k]), *got;
        hone_zout *z = NULL;
        hone_lines *l = NULL;
        size_t n;
        ck_assert_int_eq(hone_zout_open(&z, path, &err), 0);
        for (uint64_t i = 0; i < 60; i++) {
            n = i < 8 ? ((size_t)64 << 10) + i - 4 : (size_t)(hone_rng_u64(1, 8, 0, i) % room);
            for (size_t b = 0; b < n; b++) line[b] = (char)('a' + (b * (i + 1)) % 26);
            ck_assert_int_eq(hone_zout_write(z, line, n, &err), 0);
            ck_assert_int_eq(hone_zout_write(z, "\n", 1, &err), 0);
        }
        ck_assert_int_eq(hone_zout_commit(z, &err), 0);
        ck_assert_int_eq(hone_lines_open(&l, path, room, &err), 0);
        for (uint64_t i = 0; i < 60; i++) {
            ck_assert_int_eq(hone_lines_next(l, &got, &n, NULL, &err), 1);
            size_t want = i < 8 ? ((size_t)64 << 10) + i - 4
                                : (size_t)(hone_rng_u64(1, 8, 0, i) % room);
            ck_assert_uint_eq(n, want);
            for (size_t b = 0; b < n; b++)
                if (got[b] != (char)('a' + (b * (i + 1)) % 26)) ck_abort_msg("byte %zu", b);
        }
        ck_assert_int_eq(hone_lines_next(l, &got, &n, NULL, &err), 0);
        ck_assert_int_eq(hone_lines_next(l, &got, &n, NULL, &err), 0);
        hone_lines_close(l);
    }
    hone_free(line);
}
END_TEST

START_TEST(bombs_are_refused)
{
    hone_zout *z = NULL;
    hone_lines *l = NULL;
    const char *path = support_path(dir, "bomb.zst"), *line;
    size_t n, lines = 0;
    char block[4096];
    memset(block, 0, sizeof block);
    block[sizeof block - 1] = '\n';
    ck_assert_int_eq(hone_zout_open(&z, path, &err), 0);
    for (int i = 0; i < 64 << 10; i++)
        ck_assert_int_eq(hone_zout_write(z, block, sizeof block, &err), 0);
    ck_assert_int_eq(hone_zout_commit(z, &err), 0);
    ck_assert_int_lt(hone_fs_size(path), 100000);
    ck_assert_int_eq(hone_lines_open(&l, path, 4096, &err), 0);
    int rc;
    while ((rc = hone_lines_next(l, &line, &n, NULL, &err)) == 1) lines++;
    hone_lines_close(l);
    ck_assert_int_eq(rc, HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "2000"));
    ck_assert_uint_lt(lines, 40000); /* of 65,536 */
}
END_TEST

START_TEST(wide_windows_are_refused)
{
    char frame[] = "\x28\xb5\x2f\xfd\x00\x98\x01\x00\x00"; /* window of 2^29 */
    hone_buf out = HONE_BUF_INIT(1 << 20);
    ck_assert_int_eq(read_all(put_file("wide", frame, 9), 100, &out), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "memory"));
    hone_buf_done(&out);
}
END_TEST

START_TEST(missing_files_and_folders_are_named)
{
    hone_lines *l = NULL;
    ck_assert_int_eq(hone_lines_open(&l, support_path(dir, "none"), 100, &err), HONE_E_NOT_FOUND);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_lines_open(&l, dir, 100, &err), HONE_E_IO);
    ck_assert_str_eq(err.source, dir);
    ck_assert_ptr_null(l);
    hone_lines_close(NULL);
    hone_zout_abort(NULL);
}
END_TEST

START_TEST(an_aborted_file_leaves_nothing)
{
    hone_zout *z = NULL;
    char **names;
    size_t count;
    ck_assert_int_eq(hone_zout_open(&z, support_path(dir, "a.zst"), &err), 0);
    ck_assert_int_eq(hone_zout_write(z, "x\n", 2, &err), 0);
    hone_zout_abort(z);
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, &err), 0);
    ck_assert_uint_eq(count, 0);
    hone_fs_list_free(names, count);
}
END_TEST

START_TEST(zlib_round_trip)
{
    hone_buf packed = HONE_BUF_INIT(1 << 24), back = HONE_BUF_INIT(1 << 24);
    size_t n = 500000;
    char *text = hone_malloc(n);
    for (size_t i = 0; i < n; i++) text[i] = (char)(hone_rng_u64(2, 8, 0, i / 3) % 7 + 'a');
    ck_assert_int_eq(hone_zlib_deflate(&packed, text, n, &err), 0);
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len, n, &err), 0);
    ck_assert(back.len == n && memcmp(back.data, text, n) == 0);
    hone_buf_clear(&back);
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len, n - 1, &err), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "499999"));
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len - 1, n, &err), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "too early"));
    hone_buf_char(&packed, 'x');
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len, n, &err), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "1 bytes follow"));
    packed.data[packed.len / 2] ^= 0x55;
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len - 1, n, &err), HONE_E_DATA);
    ck_assert_int_eq(hone_zlib_inflate(&back, "", 0, n, &err), HONE_E_DATA);
    hone_buf_clear(&packed);
    ck_assert_int_eq(hone_zlib_deflate(&packed, "", 0, &err), 0);
    hone_buf_clear(&back);
    ck_assert_int_eq(hone_zlib_inflate(&back, packed.data, packed.len, 0, &err), 0);
    ck_assert_uint_eq(back.len, 0);
    hone_free(text);
    hone_buf_done(&packed);
    hone_buf_done(&back);
}
END_TEST

int main(void)
{
    TCase *t = support_case("zfile");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, lines_are_the_same_packed_or_not, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(t, frames_follow_each_other);
    tcase_add_test(t, every_cut_of_a_frame_is_noticed);
    tcase_add_test(t, damage_is_noticed);
    tcase_add_test(t, long_lines_are_refused);
    tcase_add_test(t, big_files_survive);
    tcase_add_test(t, bombs_are_refused);
    tcase_add_test(t, wide_windows_are_refused);
    tcase_add_test(t, missing_files_and_folders_are_named);
    tcase_add_test(t, an_aborted_file_leaves_nothing);
    tcase_add_test(t, zlib_round_trip);
    return support_run(t);
}
