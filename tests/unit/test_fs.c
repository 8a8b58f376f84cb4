/* Files: maps, atomic replacement (docs/durability.md), folders, names, locks. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/stop.h"
#include "tests/support.h"

static char dir[64];
static hone_err err;

static void setup(void)
{
    hone_err_clear(&err);
    support_scratch(dir);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

static void put(const char *name, const char *text)
{
    ck_assert_int_eq(hone_fs_write(support_path(dir, name), text, strlen(text), &err), 0);
}

static void expect(const char *name, const char *text)
{
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, name), 1 << 20, &err), 0);
    ck_assert_str_eq(b.data, text);
    hone_buf_done(&b);
}

/* Only these names, in this order, are in the scratch folder. */
static void expect_names(const char *joined)
{
    char **names;
    size_t count;
    hone_buf b = HONE_BUF_INIT(4096);
    ck_assert_int_eq(hone_fs_list(&names, &count, dir, &err), 0);
    hone_buf_str(&b, "");
    for (size_t i = 0; i < count; i++) hone_buf_printf(&b, "%s ", names[i]);
    ck_assert_str_eq(b.data, joined);
    hone_fs_list_free(names, count);
    hone_buf_done(&b);
}

static unsigned mode_of(const char *name)
{
    struct stat st;
    ck_assert_int_eq(lstat(support_path(dir, name), &st), 0);
    return st.st_mode & 07777;
}

/* ---- reading ---- */

START_TEST(test_map)
{
    hone_map m = { NULL, 0, NULL };
    put("a", "mapped");
    ck_assert_int_eq(hone_map_open(&m, support_path(dir, "a"), &err), 0);
    ck_assert_uint_eq(m.size, 6);
    ck_assert_int_eq(memcmp(m.data, "mapped", 6), 0);
    put("a", "other"); /* replacing the file leaves the map as it was */
    ck_assert_int_eq(memcmp(m.data, "mapped", 6), 0);
    hone_map_close(&m);
    hone_map_close(&m);
    hone_map_close(NULL);
}
END_TEST

START_TEST(test_map_empty)
{
    hone_map m = { (const uint8_t *)"x", 1, NULL };
    put("a", "");
    ck_assert_int_eq(hone_map_open(&m, support_path(dir, "a"), &err), 0);
    ck_assert(m.size == 0 && m.data == NULL);
    hone_map_close(&m);
}
END_TEST

START_TEST(test_map_refusals)
{
    hone_map m = { NULL, 42, NULL };
    ck_assert_int_eq(hone_map_open(&m, support_path(dir, "none"), &err), HONE_E_NOT_FOUND);
    ck_assert_str_eq(err.source, support_path(dir, "none"));
    ck_assert_int_eq(hone_map_open(&m, dir, &err), HONE_E_IO);
    ck_assert_str_eq(err.message, "is a folder, a file is needed");
    ck_assert_int_eq(mkfifo(support_path(dir, "pipe"), 0600), 0);
    ck_assert_int_eq(hone_map_open(&m, support_path(dir, "pipe"), &err), HONE_E_IO);
    ck_assert_uint_eq(m.size, 42);
}
END_TEST

START_TEST(test_read)
{
    hone_buf b = HONE_BUF_INIT(1);
    put("a", "12345");
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, "a"), 4, &err), HONE_E_DATA);
    ck_assert_str_eq(err.message, "larger than the limit of 4 bytes");
    ck_assert_uint_eq(b.max, 1);
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, "a"), 5, &err), 0);
    ck_assert_uint_eq(b.len, 5);
    hone_buf_done(&b);
    put("a", "");
    expect("a", "");
    ck_assert_int_eq(hone_fs_read(&b, dir, 5, &err), HONE_E_IO);
    ck_assert_int_eq(hone_fs_read(&b, support_path(dir, "none"), 5, &err), HONE_E_NOT_FOUND);
}
END_TEST

/* ---- atomic replacement ---- */

START_TEST(test_replace)
{
    hone_out *o = NULL;
    put("a", "old");
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_eq(hone_out_write(o, "new ", 4, &err), 0);
    ck_assert_int_eq(hone_out_write(o, "text", 4, &err), 0);
    ck_assert_uint_eq(hone_out_size(o), 8);
    expect("a", "old");
    ck_assert_int_eq(hone_out_patch(o, 1, "EW", 2, &err), 0);
    ck_assert_int_eq(hone_out_commit(o, &err), 0);
    expect("a", "nEW text");
    expect_names("a ");
}
END_TEST

START_TEST(test_abort_keeps_old)
{
    hone_out *o = NULL;
    put("a", "old");
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_eq(hone_out_write(o, "new", 3, &err), 0);
    hone_out_abort(o);
    hone_out_abort(NULL);
    expect("a", "old");
    expect_names("a ");
}
END_TEST

START_TEST(test_large_output)
{
    enum { ROW = 70001, ROWS = 50 };
    hone_out *o = NULL;
    hone_map m;
    static char row[ROW * 20];
    uint64_t total = 0;
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0600, &err), 0);
    for (int i = 0; i < ROWS; i++) {
        size_t n = i == 30 ? sizeof(row) : ROW; /* one row larger than the buffer */
        memset(row, 'A' + i, n);
        ck_assert_int_eq(hone_out_write(o, row, n, &err), 0);
        total += n;
    }
    ck_assert_uint_eq(hone_out_size(o), total);
    ck_assert_int_eq(hone_out_commit(o, &err), 0);
    ck_assert_int_eq(hone_map_open(&m, support_path(dir, "a"), &err), 0);
    ck_assert_uint_eq(m.size, total);
    for (size_t i = 0, at = 0; i < ROWS; at += i == 30 ? sizeof(row) : ROW, i++)
        ck_assert_int_eq(m.data[at], 'A' + (int)i);
    ck_assert_uint_eq(mode_of("a"), 0600);
    hone_map_close(&m);
}
END_TEST

START_TEST(test_modes)
{
    (void)umask(022);
    put("a", "x");
    ck_assert_uint_eq(mode_of("a"), 0644);
    ck_assert_int_eq(chmod(support_path(dir, "a"), 0666), 0);
    put("a", "y");
    ck_assert_uint_eq(mode_of("a"), 0666); /* that of the old file, whatever the umask says */
    ck_assert_int_eq(chmod(support_path(dir, "a"), 0600), 0);
    put("a", "z");
    ck_assert_uint_eq(mode_of("a"), 0600);
}
END_TEST

static void expect_refused(const char *name, const char *word)
{
    hone_out *o = NULL;
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, name), 0, &err), HONE_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.message, word));
    ck_assert_ptr_null(o);
}

START_TEST(test_target_refusals)
{
    put("a", "old");
    ck_assert_int_eq(symlink("a", support_path(dir, "link")), 0);
    ck_assert_int_eq(symlink("nowhere", support_path(dir, "dangling")), 0);
    ck_assert_int_eq(mkdir(support_path(dir, "folder"), 0700), 0);
    ck_assert_int_eq(mkfifo(support_path(dir, "pipe"), 0600), 0);
    expect_refused("link", "a link");
    expect_refused("dangling", "a link");
    expect_refused("folder", "a folder");
    expect_refused("pipe", "no regular file");
    expect("a", "old");
    expect_names("a dangling folder link pipe ");
}
END_TEST

START_TEST(test_bad_folders)
{
    put("a", "x");
    ck_assert_int_eq(hone_fs_write(support_path(dir, "no/b"), "", 0, &err), HONE_E_NOT_FOUND);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "a/b"), "", 0, &err), HONE_E_IO);
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(hone_fs_write(support_path(dir, name), "", 0, &err), HONE_E_IO);
    expect_names("a ");
}
END_TEST

START_TEST(test_patch_outside)
{
    hone_out *o = NULL;
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_eq(hone_out_write(o, "1234", 4, &err), 0);
    ck_assert_int_eq(hone_out_patch(o, 3, "xy", 2, &err), HONE_E_INTERNAL);
    ck_assert_int_eq(hone_out_patch(o, UINT64_MAX, "xy", 2, &err), HONE_E_INTERNAL);
    ck_assert_int_eq(hone_out_patch(o, 4, "", 0, &err), 0);
    ck_assert_int_eq(hone_out_commit(o, &err), 0);
    expect("a", "1234");
}
END_TEST

START_TEST(test_temporary_name)
{
    hone_out *o = NULL;
    char name[4096], tiny[8], want[64];
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_lt(hone_out_temp_path(o, tiny, sizeof(tiny)), 0);
    ck_assert_int_eq(hone_out_temp_path(o, name, sizeof(name)), 0);
    (void)snprintf(want, sizeof(want), "a.tmp-%ld-", (long)getpid());
    ck_assert_int_eq(strncmp(hone_path_base(name), want, strlen(want)), 0);
    ck_assert_int_eq(hone_out_write(o, "early", 5, &err), 0);
    ck_assert_int_eq(hone_out_flush(o, &err), 0);
    ck_assert_int_eq(hone_fs_size(name), 5);
    ck_assert(!hone_fs_exists(support_path(dir, "a")));
    ck_assert_int_eq(hone_out_commit(o, &err), 0);
    ck_assert(!hone_fs_exists(name) && hone_fs_is_file(support_path(dir, "a")));
}
END_TEST

/* A file that may not grow stands for a full disk: write fails with EFBIG. */
START_TEST(test_failed_write)
{
    hone_out *o = NULL;
    struct rlimit limit = { 1000, 1000 };
    static char row[4000];
    put("a", "old");
    hone_stop_install(); /* ignores SIGXFSZ */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_eq(hone_out_write(o, row, sizeof(row), &err), 0); /* in the buffer */
    ck_assert_int_eq(hone_out_flush(o, &err), HONE_E_IO);
    ck_assert_str_eq(err.source, support_path(dir, "a"));
    ck_assert_int_eq(hone_out_write(o, row, 1, &err), HONE_E_IO);
    ck_assert_int_eq(hone_out_commit(o, &err), HONE_E_IO);
    expect("a", "old");
    expect_names("a ");
    ck_assert_int_eq(hone_fs_write(support_path(dir, "b"), row, sizeof(row), &err), HONE_E_IO);
    expect_names("a ");
}
END_TEST

/* A folder that appears at the target between open and commit must not leave a temporary. */
START_TEST(test_failed_rename)
{
    hone_out *o = NULL;
    ck_assert_int_eq(hone_out_open(&o, support_path(dir, "a"), 0, &err), 0);
    ck_assert_int_eq(mkdir(support_path(dir, "a"), 0700), 0);
    ck_assert_int_eq(hone_out_commit(o, &err), HONE_E_IO);
    expect_names("a ");
    ck_assert(hone_fs_is_dir(support_path(dir, "a")));
}
END_TEST

START_TEST(test_append)
{
    int fd = open(support_path(dir, "log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ck_assert_int_eq(hone_fs_append(fd, "one\n", 4, false, "log", &err), 0);
    ck_assert_int_eq(hone_fs_append(fd, "two\n", 4, true, "log", &err), 0);
    expect("log", "one\ntwo\n");
    (void)close(fd);
    fd = open("/dev/full", O_WRONLY);
    ck_assert_int_eq(hone_fs_append(fd, "x", 1, false, "/dev/full", &err), HONE_E_IO);
    ck_assert_str_eq(err.message, "cannot append: No space left on device");
    ck_assert_ptr_nonnull(strstr(err.hint, "free some disk space"));
    (void)close(fd);
}
END_TEST

/* ---- folders ---- */

START_TEST(test_mkdirs)
{
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "x//y/z/"), &err), 0);
    ck_assert(hone_fs_is_dir(support_path(dir, "x/y/z")));
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "x/y"), &err), 0);
    ck_assert_int_eq(hone_fs_mkdirs("/", &err), 0);
    put("file", "");
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "file/sub"), &err), HONE_E_IO);
    ck_assert_str_eq(err.source, support_path(dir, "file"));
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "file"), &err), HONE_E_IO);
}
END_TEST

START_TEST(test_remove_tree)
{
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "t/a/b"), &err), 0);
    put("outside", "kept");
    put("t/a/b/file", "x");
    ck_assert_int_eq(symlink("../outside", support_path(dir, "t/link")), 0);
    ck_assert_int_eq(symlink("..", support_path(dir, "t/up")), 0);
    ck_assert_int_eq(hone_fs_remove_tree(support_path(dir, "t"), &err), 0);
    expect_names("outside ");
    ck_assert_int_eq(hone_fs_remove_tree(support_path(dir, "t"), &err), 0);
    ck_assert_int_eq(symlink(".", support_path(dir, "self")), 0);
    ck_assert_int_lt(hone_fs_remove_tree(support_path(dir, "self"), &err), 0);
    ck_assert_int_lt(hone_fs_remove_tree(support_path(dir, "outside"), &err), 0);
    expect("outside", "kept");
}
END_TEST

START_TEST(test_list_order)
{
    static const char *const names[] = { "b",          "a",       "B",  "a0", "_x",
                                         "\xC3\xA9", ".hidden", "10", "9" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) put(names[i], "");
    expect_names(".hidden 10 9 B _x a a0 b \xC3\xA9 ");
    char **list = NULL;
    size_t count = 7;
    ck_assert_int_eq(hone_fs_list(&list, &count, support_path(dir, "no"), &err), HONE_E_NOT_FOUND);
    ck_assert(list == NULL && count == 7);
    hone_fs_list_free(NULL, 0);
}
END_TEST

START_TEST(test_rename)
{
    put("a", "1");
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "d"), &err), 0);
    ck_assert_int_eq(hone_fs_rename(support_path(dir, "a"), support_path(dir, "d/b"), &err), 0);
    expect("d/b", "1");
    ck_assert_int_eq(hone_fs_rename(support_path(dir, "a"), support_path(dir, "c"), &err),
                     HONE_E_NOT_FOUND);
    ck_assert_int_eq(hone_fs_sync_dir(dir, &err), 0);
    ck_assert_int_eq(hone_fs_sync_dir(support_path(dir, "d/b"), &err), HONE_E_IO);
}
END_TEST

START_TEST(test_facts)
{
    put("a", "123");
    ck_assert_int_eq(hone_fs_size(support_path(dir, "a")), 3);
    ck_assert_int_eq(hone_fs_size(support_path(dir, "no")), -1);
    ck_assert(hone_fs_is_file(support_path(dir, "a")) && !hone_fs_is_dir(support_path(dir, "a")));
    ck_assert(hone_fs_exists(dir) && hone_fs_is_dir(dir) && !hone_fs_is_file(dir));
    ck_assert_int_gt(hone_fs_free_bytes(dir), 0);
    ck_assert_int_gt(hone_fs_free_bytes(support_path(dir, "not/yet/there")), 0);
    ck_assert_int_gt(hone_fs_free_bytes("not/yet"), 0);
}
END_TEST

/* ---- names ---- */

static void expect_text(char *got, const char *want)
{
    ck_assert_str_eq(got, want);
    hone_free(got);
}

START_TEST(test_paths)
{
    expect_text(hone_path_join("a", "b"), "a/b");
    expect_text(hone_path_join("a/", "b/c"), "a/b/c");
    expect_text(hone_path_join("/", "b"), "/b");
    expect_text(hone_path_join("a", "/b"), "/b");
    expect_text(hone_path_join("", "b"), "b");
    expect_text(hone_path_dir("a/b"), "a");
    expect_text(hone_path_dir("a//b/"), "a");
    expect_text(hone_path_dir("/b"), "/");
    expect_text(hone_path_dir("/"), "/");
    expect_text(hone_path_dir("b"), ".");
    expect_text(hone_path_dir(""), ".");
    ck_assert_str_eq(hone_path_base("a/b.txt"), "b.txt");
    ck_assert_str_eq(hone_path_base("b.txt"), "b.txt");
    ck_assert_str_eq(hone_path_base("a/"), "");
    ck_assert(hone_path_has_suffix("a.zst", ".zst") && !hone_path_has_suffix("zst", ".zst"));
}
END_TEST

START_TEST(test_cache_path)
{
    (void)setenv("XDG_CACHE_HOME", "/x", 1);
    (void)setenv("HOME", "/h", 1);
    expect_text(hone_path_cache("m"), "/x/hone/m");
    (void)setenv("XDG_CACHE_HOME", "relative", 1);
    expect_text(hone_path_cache("m"), "/h/.cache/hone/m");
    (void)unsetenv("XDG_CACHE_HOME");
    expect_text(hone_path_cache("m"), "/h/.cache/hone/m");
    (void)unsetenv("HOME");
    char *p = hone_path_cache("m");
    ck_assert(hone_path_has_suffix(p, "/.cache/hone/m"));
    hone_free(p);
}
END_TEST

/* ---- locks ---- */

START_TEST(test_lock)
{
    hone_lock *first = NULL, *second = NULL;
    char pid[32];
    const char *path = support_path(dir, "lock");
    ck_assert_int_eq(hone_lock_take(&first, path, &err), 0);
    ck_assert_int_eq(hone_lock_take(&second, path, &err), HONE_E_REFUSED);
    ck_assert_ptr_null(second);
    (void)snprintf(pid, sizeof(pid), "pid %ld on ", (long)getpid());
    ck_assert_ptr_nonnull(strstr(err.message, pid));
    ck_assert_ptr_nonnull(strstr(err.message, " since 20"));
    hone_lock_drop(first);
    ck_assert_int_eq(hone_lock_take(&second, path, &err), 0);
    hone_lock_drop(second);
    hone_lock_drop(NULL);
}
END_TEST

/* The holder dies without dropping it: the file with its name stays, the lock is free. */
START_TEST(test_stale_lock)
{
    hone_lock *l = NULL;
    int status, ready[2];
    char byte;
    const char *path = support_path(dir, "lock");
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        if (hone_lock_take(&l, path, NULL) == 0) (void)!write(ready[1], "x", 1);
        for (;;) (void)pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(hone_lock_take(&l, path, &err), HONE_E_REFUSED);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, &status, 0);
    ck_assert_int_gt(hone_fs_size(path), 0);
    ck_assert_int_eq(hone_lock_take(&l, path, &err), 0);
    hone_lock_drop(l);
}
END_TEST

START_TEST(test_lock_refusals)
{
    hone_lock *l = NULL;
    put("target", "");
    ck_assert_int_eq(symlink("target", support_path(dir, "link")), 0);
    ck_assert_int_eq(hone_lock_take(&l, support_path(dir, "link"), &err), HONE_E_REFUSED);
    ck_assert_int_eq(hone_lock_take(&l, support_path(dir, "no/lock"), &err), HONE_E_NOT_FOUND);
    ck_assert_int_eq(mkfifo(support_path(dir, "pipe"), 0600), 0);
    ck_assert_int_eq(hone_lock_take(&l, support_path(dir, "pipe"), &err), HONE_E_REFUSED);
    ck_assert_int_eq(hone_lock_take(&l, dir, &err), HONE_E_IO);
    ck_assert_ptr_null(l);
}
END_TEST

int main(void)
{
    TCase *t = support_case("fs");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_map);
    tcase_add_test(t, test_map_empty);
    tcase_add_test(t, test_map_refusals);
    tcase_add_test(t, test_read);
    tcase_add_test(t, test_replace);
    tcase_add_test(t, test_abort_keeps_old);
    tcase_add_test(t, test_large_output);
    tcase_add_test(t, test_modes);
    tcase_add_test(t, test_target_refusals);
    tcase_add_test(t, test_bad_folders);
    tcase_add_test(t, test_patch_outside);
    tcase_add_test(t, test_temporary_name);
    tcase_add_test(t, test_failed_write);
    tcase_add_test(t, test_failed_rename);
    tcase_add_test(t, test_append);
    tcase_add_test(t, test_mkdirs);
    tcase_add_test(t, test_remove_tree);
    tcase_add_test(t, test_list_order);
    tcase_add_test(t, test_rename);
    tcase_add_test(t, test_facts);
    tcase_add_test(t, test_paths);
    tcase_add_test(t, test_cache_path);
    tcase_add_test(t, test_lock);
    tcase_add_test(t, test_stale_lock);
    tcase_add_test(t, test_lock_refusals);
    return support_run(t);
}
