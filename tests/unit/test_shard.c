/*
 * Row files: what was written is read back, in any order; every flipped byte and every cut of the
 * file is found; a file with another key is not used.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/rng.h"
#include "datasets/shard.h"
#include "tests/support.h"

enum { ROWS = 40 };

static const char KEY[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char OTHER[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static char dir[64];
static hone_encode_set *set;
static hone_err err;

/* Two long beginnings, rows of 100 to 160 ids behind them, a few rows that share nothing. */
static void rows_make(void)
{
    for (int i = 0; i < ROWS; i++) {
        int32_t ids[200];
        uint8_t labels[200] = { 0 };
        char id[24];
        int n = i % 7 == 6 ? 5 : 100 + i % 60;
        for (int k = 0; k < n; k++)
            ids[k] = k < 95 ? 1000 * (1 + i / 20) + k + (i % 7 == 6) * 77 : 7 * i + k;
        for (int k = n - 3; k < n; k++) labels[k] = k != n - 2;
        id[0] = '\0'; /* every fifth row has no name */
        if (i % 5) (void)snprintf(id, sizeof id, "row-%d", i);
        ck_assert_int_eq(hone_encode_set_add_ids(set, id, i < 25 ? "a.jsonl" : "b.jsonl", i + 1,
                                                 ids, labels, (size_t)n, 3, &err), 0);
    }
}

static void setup(void)
{
    support_scratch(dir);
    hone_err_clear(&err);
    ck_assert_int_eq(hone_encode_set_new(&set, &err), 0);
    rows_make();
}

static void teardown(void)
{
    hone_encode_set_free(set);
    support_scratch_done(dir);
}

static void write_rows(const char *path)
{
    hone_shard_out *o = NULL;
    ck_assert_int_eq(hone_shard_out_open(&o, path, KEY, &err), 0);
    for (size_t i = 0; i < ROWS; i++) {
        hone_buf text = HONE_BUF_INIT(100);
        hone_buf_printf(&text, "{\"n\":%zu}", i);
        if (i == 0) ck_assert_int_eq(hone_shard_out_part(o, "a.jsonl", &err), 0);
        if (i == 25) ck_assert_int_eq(hone_shard_out_part(o, "b.jsonl", &err), 0);
        ck_assert_int_eq(hone_shard_out_add(o, set, i, i % 2 ? &text : NULL, &err), 0);
        hone_buf_done(&text);
    }
    ck_assert_int_eq(hone_shard_out_commit(o, &err), 0);
}

static void same_row(const hone_encode_set *w, size_t at, size_t i)
{
    const hone_encode_row *a = &w->rows[at], *b = &set->rows[i];
    ck_assert_str_eq(a->id, b->id);
    ck_assert_str_eq(a->source, b->source);
    ck_assert_int_eq(a->line, b->line);
    ck_assert_int_eq(a->count, b->count);
    ck_assert_int_eq(a->prompt_count, b->prompt_count);
    ck_assert_int_eq(a->num_labels, b->num_labels);
    ck_assert_int_eq(memcmp(w->ids + a->at, set->ids + b->at, (size_t)a->count * 4), 0);
    ck_assert_int_eq(memcmp(w->labels + a->at, set->labels + b->at, (size_t)a->count), 0);
}

START_TEST(round_trip)
{
    const char *path = support_path(dir, "rows");
    hone_shard *s = NULL;
    hone_encode_set *w = NULL;
    const char *source = NULL;
    int64_t line = 0;
    write_rows(path);
    ck_assert_int_lt(hone_fs_size(path), 10000); /* 22,000 if no beginning were shared */
    ck_assert_int_eq(hone_shard_open(&s, path, KEY, &err), 0);
    ck_assert_int_eq(hone_encode_set_new(&w, &err), 0);
    const hone_row_source from = hone_shard_source(s);
    ck_assert_uint_eq(from.count, ROWS);
    for (uint32_t step = 0; step < 20; step++) {
        uint32_t rows[8];
        for (uint32_t i = 0; i < 8; i++)
            rows[i] = (uint32_t)hone_rng_below(1, HONE_RNG_TEST, step, i, ROWS);
        ck_assert_msg(from.load(from.user, w, rows, 8, 0, &err) == 0, "%s", err.message);
        ck_assert_uint_eq(w->count, 8);
        for (size_t i = 0; i < 8; i++) same_row(w, i, rows[i]);
    }
    const hone_shard_info *info = hone_shard_about(s);
    ck_assert_int_eq(info->longest, set->longest);
    ck_assert_int_eq(info->longest_line, set->rows[set->longest_row].line);
    ck_assert_int_eq(info->ids, (int64_t)set->num_ids);
    ck_assert_int_eq(info->labels, set->num_labels);
    ck_assert_int_eq(info->num_parts, 2);
    ck_assert_uint_eq(info->parts[1].first, 25);
    ck_assert_uint_eq(info->parts[1].count, ROWS - 25);
    for (size_t i = 0; i < 2; i++) {
        hone_buf text = HONE_BUF_INIT(100);
        ck_assert_int_eq(hone_shard_text(s, i, &text, &err), 0);
        if (i) ck_assert_str_eq(text.data, "{\"n\":1}");
        ck_assert_uint_eq(text.len, i ? 7 : 0);
        hone_buf_done(&text);
    }
    ck_assert_int_eq(hone_shard_place(s, 30, &source, &line, &err), 0);
    ck_assert_str_eq(source, "b.jsonl");
    ck_assert_int_eq(line, 31);
    hone_encode_set_free(w);
    hone_shard_close(s);
}
END_TEST

/* Opens the file and reads all rows; the first failure. */
static int read_all(const char *path, const char *key)
{
    hone_shard *s = NULL;
    hone_encode_set *w = NULL;
    uint32_t rows[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) rows[i] = i;
    int rc = hone_shard_open(&s, path, key, NULL);
    if (rc == 0) rc = hone_encode_set_new(&w, NULL);
    if (rc == 0) {
        const hone_row_source from = hone_shard_source(s);
        rc = from.load(from.user, w, rows, ROWS, 0, NULL);
    }
    hone_encode_set_free(w);
    hone_shard_close(s);
    return rc;
}

START_TEST(damage)
{
    const char *path = support_path(dir, "rows");
    hone_buf whole;
    hone_err_clear(&err);
    ck_assert_int_eq(read_all(path, KEY), HONE_E_NOT_FOUND);
    write_rows(path);
    ck_assert_int_eq(read_all(path, KEY), 0);
    ck_assert_int_eq(read_all(path, OTHER), HONE_E_REFUSED);
    ck_assert_int_eq(hone_fs_read(&whole, path, 1 << 20, &err), 0);
    const int64_t live = hone_mem_live();
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    for (size_t i = 0; i < whole.len; i += i % 3 + 1) {
        const char flipped = (char)(whole.data[i] ^ 1 << (i % 8));
        SUPPORT_MUST(pwrite(fd, &flipped, 1, (off_t)i) == 1);
        SUPPORT_MUST(read_all(path, KEY) < 0);
        SUPPORT_MUST(pwrite(fd, whole.data + i, 1, (off_t)i) == 1);
    }
    ck_assert_int_eq(read_all(path, KEY), 0);
    for (size_t n = whole.len; n > 0; n -= n < 13 ? n : 13) {
        SUPPORT_MUST(ftruncate(fd, (off_t)n - 1) == 0);
        SUPPORT_MUST(read_all(path, KEY) == HONE_E_DATA);
    }
    (void)close(fd);
    ck_assert_int_eq(hone_mem_live(), live);
    hone_buf_done(&whole);
}
END_TEST

START_TEST(memory)
{
    const char *path = support_path(dir, "rows");
    write_rows(path);
    for (int64_t nth = 1; nth < 60; nth++) {
        const int64_t live = hone_mem_live();
        hone_mem_fail_after(nth, true);
        const int rc = read_all(path, KEY);
        hone_mem_fail_after(0, false);
        ck_assert(rc == HONE_E_MEMORY || rc == 0);
        ck_assert_int_eq(hone_mem_live(), live);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("shard");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, round_trip);
    tcase_add_test(t, damage);
    tcase_add_test(t, memory);
    return support_run(t);
}
