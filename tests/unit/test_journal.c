/* The journal (common/journal.h): torn tails at every byte, damage, locks, faults. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/journal.h"
#include "tests/support.h"

static char dir[64];
static hone_arena *arena;
static hone_err err;
static const char *path, *torn_path;

static void setup(void)
{
    support_scratch(dir);
    arena = hone_arena_new();
    hone_err_clear(&err);
    path = support_path(dir, "journal");
    torn_path = support_path(dir, "journal.torn");
}

static void teardown(void)
{
    hone_arena_free(arena);
    support_scratch_done(dir);
}

/* Adds up the records' "n" and counts them; -77 ends it at `stop`. */
typedef struct sum {
    int64_t count, total, stop;
} sum;

static int add(void *user, const hone_json *record, hone_err *e)
{
    sum *s = user;
    int64_t n = 0;
    int rc = hone_json_req_i64(&n, record, "n", 0, 1000, "journal", e);
    if (rc < 0) return rc;
    if (s->stop && n == s->stop) return hone_fail(e, HONE_E_REFUSED, "stop");
    s->count++;
    s->total += n;
    return 0;
}

static hone_json *record(int64_t n, const char *text)
{
    hone_json *o = hone_json_new_object(arena);
    ck_assert(hone_json_set(arena, o, "n", hone_json_new_i64(arena, n)));
    ck_assert(hone_json_set(arena, o, "text", hone_json_new_str(arena, text)));
    return o;
}

static void write_records(int count)
{
    hone_journal *j = NULL;
    ck_assert_msg(hone_journal_open(&j, path, NULL, NULL, &err) == 0, "%s", err.message);
    for (int i = 1; i <= count; i++)
        ck_assert_int_eq(hone_journal_append(j, record(i, "a\nb \"c\" \xc3\xa9"), i % 2, &err), 0);
    ck_assert_int_eq(hone_journal_sync(j, &err), 0);
    hone_journal_close(j);
}

static int reopen(sum *s)
{
    hone_journal *j = NULL;
    *s = (sum){ .stop = s->stop };
    hone_err_clear(&err);
    int rc = hone_journal_open(&j, path, add, s, &err);
    hone_journal_close(j);
    return rc;
}

static hone_buf content(const char *file)
{
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, file, 1 << 24, &err), 0);
    return b;
}

START_TEST(records_come_back)
{
    sum s = { 0 };
    struct stat st;
    write_records(5);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 5);
    ck_assert_int_eq(s.total, 15);
    write_records(2);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 7);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert(!hone_fs_exists(torn_path));
}
END_TEST

START_TEST(the_format_is_fixed)
{
    hone_journal *j = NULL;
    ck_assert_int_eq(hone_journal_open(&j, path, NULL, NULL, &err), 0);
    hone_json *o = hone_json_new_object(arena);
    ck_assert_int_eq(hone_journal_append(j, o, true, &err), 0);
    hone_journal_close(j);
    hone_buf b = content(path);
    ck_assert_str_eq(b.data, "00000002 297bd0aa {}\n");
    hone_buf_done(&b);
}
END_TEST

START_TEST(a_tail_torn_at_any_byte_is_cut)
{
    sum s = { 0 };
    write_records(3);
    hone_buf whole = content(path);
    size_t record_len = whole.len / 3;
    ck_assert_uint_eq(record_len * 3, whole.len);
    for (size_t cut = 0; cut < whole.len; cut++) {
        (void)remove(torn_path);
        ck_assert_int_eq(hone_fs_write(path, whole.data, cut, &err), 0);
        ck_assert_int_eq(reopen(&s), 0);
        ck_assert_int_eq(s.count, (int64_t)(cut / record_len));
        ck_assert_int_eq(hone_fs_size(path), (int64_t)(cut - cut % record_len));
        ck_assert_int_eq(hone_fs_exists(torn_path), cut % record_len != 0);
        if (cut % record_len == 0) continue;
        hone_buf torn = content(torn_path);
        ck_assert_uint_eq(torn.len, cut % record_len);
        ck_assert_int_eq(memcmp(torn.data, whole.data + cut - torn.len, torn.len), 0);
        hone_buf_done(&torn);
    }
    hone_buf_done(&whole);
}
END_TEST

START_TEST(a_torn_tail_with_garbage_is_cut)
{
    sum s = { 0 };
    write_records(2);
    hone_buf b = content(path);
    size_t good = b.len;
    hone_buf_add(&b, "\0\0\0\n00000010 abc\n\xff\n00000001 00000000 x\n", 40);
    ck_assert_int_eq(hone_fs_write(path, b.data, b.len, &err), 0);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 2);
    ck_assert_int_eq(hone_fs_size(path), (int64_t)good);
    write_records(1);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 3);
    hone_buf_done(&b);
}
END_TEST

START_TEST(damage_before_whole_records_is_refused)
{
    sum s = { 0 };
    write_records(3);
    hone_buf b = content(path);
    size_t record_len = b.len / 3;
    for (size_t i = 0; i < 2 * record_len; i++) {
        b.data[i] ^= 1;
        ck_assert_int_eq(hone_fs_write(path, b.data, b.len, &err), 0);
        ck_assert_msg(reopen(&s) == HONE_E_DATA, "byte %zu", i);
        ck_assert_int_eq(err.offset, (int64_t)(i / record_len * record_len));
        ck_assert_ptr_nonnull(strstr(err.hint, "truncate -s"));
        ck_assert_int_eq(hone_fs_size(path), (int64_t)b.len);
        b.data[i] ^= 1;
    }
    for (size_t i = 2 * record_len; i < b.len; i++) {
        b.data[i] ^= 1;
        ck_assert_int_eq(hone_fs_write(path, b.data, b.len, &err), 0);
        ck_assert_msg(reopen(&s) == 0, "byte %zu", i);
        ck_assert_int_eq(s.count, 2);
        b.data[i] ^= 1;
    }
    hone_buf_done(&b);
}
END_TEST

START_TEST(records_that_are_no_objects_are_refused)
{
    sum s = { 0 };
    static const char file[] = "00000002 764dbd76 []\n";
    ck_assert_int_eq(hone_fs_write(path, file, sizeof file - 1, &err), 0);
    ck_assert_int_eq(reopen(&s), HONE_E_DATA);
    ck_assert_ptr_nonnull(strstr(err.message, "not an object"));
    hone_journal *j = NULL;
    (void)remove(path);
    ck_assert_int_eq(hone_journal_open(&j, path, NULL, NULL, &err), 0);
    ck_assert_int_eq(hone_journal_append(j, hone_json_new_i64(arena, 1), true, &err),
                     HONE_E_INTERNAL);
    ck_assert_int_eq(hone_fs_size(path), 0);
    hone_journal_close(j);
}
END_TEST

START_TEST(a_reader_may_refuse)
{
    sum s = { .stop = 2 };
    write_records(3);
    ck_assert_int_eq(reopen(&s), HONE_E_REFUSED);
    ck_assert_int_eq(s.count, 1);
    s.stop = 0;
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 3);
}
END_TEST

START_TEST(one_process_at_a_time)
{
    hone_journal *a = NULL, *b = NULL;
    ck_assert_int_eq(hone_journal_open(&a, path, NULL, NULL, &err), 0);
    ck_assert_int_eq(hone_journal_open(&b, path, NULL, NULL, &err), HONE_E_REFUSED);
    ck_assert_ptr_null(b);
    hone_journal_close(a);
    ck_assert_int_eq(hone_journal_open(&b, path, NULL, NULL, &err), 0);
    hone_journal_close(b);
    hone_journal_close(NULL);
}
END_TEST

START_TEST(records_wait_for_a_sync)
{
    hone_journal *j = NULL;
    sum s = { 0 };
    ck_assert_int_eq(hone_journal_open(&j, path, NULL, NULL, &err), 0);
    for (int i = 1; i <= 3; i++)
        ck_assert_int_eq(hone_journal_append(j, record(i, "x"), false, &err), 0);
    ck_assert_int_eq(hone_journal_sync(j, &err), 0);
    int64_t synced = hone_fs_size(path);
    ck_assert_int_gt(synced, 0);
    char *large = hone_calloc((size_t)400 << 10, 1); /* three of them are too much to wait */
    ck_assert_ptr_nonnull(large);
    memset(large, 'a', ((size_t)400 << 10) - 1);
    for (int i = 4; i <= 6; i++)
        ck_assert_int_eq(hone_journal_append(j, record(i, large), false, &err), 0);
    hone_free(large);
    ck_assert_int_gt(hone_fs_size(path), synced + (1 << 20));
    ck_assert_int_eq(hone_journal_append(j, record(7, "x"), false, &err), 0);
    hone_journal_close(j);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 7);
}
END_TEST

/* A full disk: the caller hears of it at the sync, nothing follows, and no half record stays. */
START_TEST(a_failed_write_ends_it)
{
    struct rlimit old, small;
    sum s = { 0 };
    hone_journal *j = NULL;
    write_records(3);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    ck_assert_int_eq(hone_journal_open(&j, path, NULL, NULL, &err), 0);
    small = (struct rlimit){ (rlim_t)hone_fs_size(path) + 20, old.rlim_max };
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(hone_journal_append(j, record(4, "lost"), false, &err), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = hone_journal_sync(j, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    ck_assert_int_lt(rc, 0);
    ck_assert_int_eq(hone_journal_append(j, record(5, "x"), true, &err), HONE_E_IO);
    ck_assert_int_eq(hone_journal_sync(j, &err), HONE_E_IO);
    hone_journal_close(j);
    ck_assert_int_eq(reopen(&s), 0);
    ck_assert_int_eq(s.count, 3);
    ck_assert(!hone_fs_exists(torn_path));
}
END_TEST

START_TEST(other_files_are_refused)
{
    hone_journal *j = NULL;
    ck_assert_int_lt(hone_journal_open(&j, dir, NULL, NULL, &err), 0);
    ck_assert_int_lt(hone_journal_open(&j, "/dev/null", NULL, NULL, &err), 0);
    ck_assert_int_eq(symlink("elsewhere", path), 0);
    ck_assert_int_eq(hone_journal_open(&j, path, NULL, NULL, &err), HONE_E_REFUSED);
    ck_assert_int_eq(hone_journal_open(&j, support_path(dir, "no/such"), NULL, NULL, &err),
                     HONE_E_NOT_FOUND);
}
END_TEST

START_TEST(memory_may_run_out_anywhere)
{
    sum s = { 0 };
    write_records(2);
    int failures = 0;
    for (int64_t nth = 1; nth < 60; nth++) {
        hone_journal *j = NULL;
        hone_err_clear(&err);
        hone_mem_fail_after(nth, false);
        int rc = hone_journal_open(&j, path, add, &s, &err);
        if (rc == 0) rc = hone_journal_append(j, hone_json_new_object(arena), false, &err);
        hone_mem_fail_after(0, false);
        failures += rc < 0;
        hone_journal_close(j);
        if (rc == 0) break;
        ck_assert_int_ne(rc, HONE_E_DATA);
    }
    ck_assert_int_gt(failures, 5);
}
END_TEST

int main(void)
{
    TCase *t = support_case("journal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, records_come_back);
    tcase_add_test(t, the_format_is_fixed);
    tcase_add_test(t, a_tail_torn_at_any_byte_is_cut);
    tcase_add_test(t, a_torn_tail_with_garbage_is_cut);
    tcase_add_test(t, damage_before_whole_records_is_refused);
    tcase_add_test(t, records_that_are_no_objects_are_refused);
    tcase_add_test(t, a_reader_may_refuse);
    tcase_add_test(t, one_process_at_a_time);
    tcase_add_test(t, records_wait_for_a_sync);
    tcase_add_test(t, a_failed_write_ends_it);
    tcase_add_test(t, other_files_are_refused);
    tcase_add_test(t, memory_may_run_out_anywhere);
    return support_run(t);
}
