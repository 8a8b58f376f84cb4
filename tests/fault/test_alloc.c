/* Every allocation of the lowest layer fails once, and from then on. */
#include <string.h>

#include "common/arena.h"
#include "common/hash.h"
#include "common/text.h"
#include "tests/fault/alloc_loop.h"

static char dir[64];

/* Sample files, so that there is something to read, list and replace. */
static void setup(void)
{
    support_scratch(dir);
    ck_assert_int_eq(hone_fs_mkdirs(support_path(dir, "tree/sub"), NULL), 0);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "tree/sub/file"), "abc", 3, NULL), 0);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "target"), "old", 3, NULL), 0);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

static int run_replace(const char *at, hone_err *err)
{
    static char row[3 << 20];
    hone_out *o = NULL;
    int rc;
    HONE_TRY(hone_out_open(&o, support_path(at, "target"), 0, err));
    HONE_GOTO(rc, fail, hone_out_write(o, "head", 4, err));
    HONE_GOTO(rc, fail, hone_out_write(o, row, sizeof(row), err));
    HONE_GOTO(rc, fail, hone_out_patch(o, 0, "HEAD", 4, err));
    HONE_TRY(hone_out_commit(o, err));
    return hone_fs_write(support_path(at, "target"), "old", 3, err);
fail:
    hone_out_abort(o);
    return rc;
}

/* The target is whole: the first version, or the second where only the last step failed. */
static void target_is_whole(const char *at)
{
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, support_path(at, "target"), 4 << 20, NULL), 0);
    if (b.len == 3)
        ck_assert_str_eq(b.data, "old");
    else
        ck_assert(b.len == (3 << 20) + 4 && memcmp(b.data, "HEAD", 5) == 0);
    hone_buf_done(&b);
}

static int run_write(const char *at, hone_err *err)
{
    return hone_fs_write(support_path(at, "written"), "x", 1, err);
}

static int run_lock(const char *at, hone_err *err)
{
    hone_lock *l = NULL;
    HONE_TRY(hone_lock_take(&l, support_path(at, "lock"), err));
    hone_lock_drop(l);
    return 0;
}

static void lock_is_free(const char *at)
{
    ck_assert_int_eq(run_lock(at, NULL), 0);
}

static int run_read(const char *at, hone_err *err)
{
    hone_buf b;
    hone_map m;
    HONE_TRY(hone_fs_read(&b, support_path(at, "target"), 1 << 20, err));
    hone_buf_done(&b);
    HONE_TRY(hone_map_open(&m, support_path(at, "target"), err));
    hone_map_close(&m);
    return 0;
}

static int run_folders(const char *at, hone_err *err)
{
    char **names = NULL;
    size_t count = 0;
    HONE_TRY(hone_fs_mkdirs(support_path(at, "new/a/b"), err));
    HONE_TRY(hone_fs_list(&names, &count, at, err));
    hone_fs_list_free(names, count);
    HONE_TRY(hone_fs_rename(support_path(at, "new/a/b"), support_path(at, "new/c"), err));
    return hone_fs_remove_tree(support_path(at, "new"), err);
}

static int run_tree_hash(const char *at, hone_err *err)
{
    char hex[65];
    return hone_sha256_tree(support_path(at, "tree"), hex, err);
}

static int run_buffer(const char *at, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(1 << 20);
    for (int i = 0; i < 5000; i++) hone_buf_printf(&b, "%s %d\n", at, i);
    hone_text_nfkc(&b, "e\xCC\x81", 3);
    bool ok = hone_buf_ok(&b);
    char *text = hone_buf_take(&b);
    int rc = ok && text ? 0 : hone_err_memory(err, "text", b.len);
    hone_free(text);
    return rc;
}

static int run_arena(const char *at, hone_err *err)
{
    int rc = 0;
    hone_arena *a = hone_arena_new();
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 200; i++)
            if (!hone_arena_alloc(a, i * i) || !hone_arena_strndup(a, at, strlen(at)))
                rc = hone_err_memory(err, "an arena", i * i);
        hone_arena_clear(a);
    }
    (void)hone_arena_free(a);
    return rc;
}

static int run_paths(const char *at, hone_err *err)
{
    char *joined = hone_path_join(at, "name");
    char *up = hone_path_dir(at);
    char *cache = hone_path_cache("name");
    int rc = joined && up && cache ? 0 : hone_err_memory(err, "a name", 1);
    hone_free(joined);
    hone_free(up);
    hone_free(cache);
    return rc;
}

static int run_hasher(const char *at, hone_err *err)
{
    char hex[65];
    hone_sha256 *h = hone_sha256_new();
    if (!h) return hone_err_memory(err, "a hash", 1);
    hone_sha256_add(h, at, strlen(at));
    hone_sha256_hex(h, hex);
    hone_sha256_free(h);
    return 0;
}

static const struct {
    alloc_fn *run;
    void (*after_failure)(const char *dir);
} operations[] = {
    { run_replace, target_is_whole },
    { run_write, NULL },
    { run_lock, lock_is_free },
    { run_read, NULL },
    { run_folders, NULL },
    { run_tree_hash, NULL },
    { run_buffer, NULL },
    { run_arena, NULL },
    { run_paths, NULL },
    { run_hasher, NULL },
};

START_TEST(test_operation)
{
    alloc_loop(operations[_i].run, dir, operations[_i].after_failure);
}
END_TEST

int main(void)
{
    TCase *t = support_case("alloc");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, test_operation, 0, sizeof(operations) / sizeof(operations[0]));
    return support_run(t);
}
