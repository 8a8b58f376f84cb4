/*
 * Checkpoints with a small made-up state: what is saved comes back bit for bit; a file that is cut,
 * changed, missing or mixed in makes the loader fall back to an older one and say which; pruning.
 */
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "tests/support.h"
#include "train/checkpoint.h"

enum { COUNT = 37 };

static hone_err err;

static hone_json *object(hone_arena *a, const char *text)
{
    hone_json *v = NULL;
    ck_assert_int_eq(hone_json_parse(&v, a, text, strlen(text), "in", 1, &err), 0);
    return v;
}

static int write_adapter(void *user, const char *dir, hone_err *e)
{
    (void)user;
    return hone_fs_write(support_path(dir, "adapter.txt"), "weights", 7, e);
}

typedef struct run {
    char dir[64];
    hone_arena *arena;
    hone_checkpoint_store store;
    float params[COUNT], m[COUNT], v[COUNT];
} run;

static void run_open(run *r)
{
    hone_err_clear(&err);
    support_scratch(r->dir);
    r->arena = hone_arena_new();
    r->store = (hone_checkpoint_store){
        r->dir, object(r->arena, "{\"model\":\"aa\",\"rows\":\"bb\"}"), write_adapter, NULL
    };
}

static void run_close(run *r)
{
    hone_arena_free(r->arena);
    support_scratch_done(r->dir);
}

/* Values that depend on the step; NaN payloads, -0 and denormals must survive too. */
static hone_checkpoint state_of(run *r, int64_t step)
{
    for (int i = 0; i < COUNT; i++) {
        r->params[i] = (float)step + (float)i / 7;
        r->m[i] = -1e-42f * (float)(i + step);
        r->v[i] = i % 2 ? -0.0f : 1e-30f * (float)step;
    }
    hone_buf b = HONE_BUF_INIT(256);
    hone_buf_printf(&b, "{\"step\":%lld,\"offset\":%lld}", (long long)step, (long long)step * 10);
    hone_checkpoint c = { step, COUNT, r->params, r->m, r->v, object(r->arena, b.data) };
    hone_buf_done(&b);
    return c;
}

static void save(run *r, int64_t step)
{
    hone_checkpoint c = state_of(r, step);
    int rc = hone_checkpoint_save(&r->store, &c, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
}

static bool has(const run *r, const char *name)
{
    return hone_fs_exists(support_path(r->dir, name));
}

START_TEST(test_round_trip)
{
    run r;
    run_open(&r);
    save(&r, 5);
    ck_assert(has(&r, "checkpoint-5/adapter.txt"));
    hone_checkpoint back = { 0 }, want = state_of(&r, 5);
    ck_assert_int_eq(hone_checkpoint_load(&back, r.arena, support_path(r.dir, "checkpoint-5"),
                                          r.store.parents, COUNT, &err), 0);
    ck_assert_int_eq(back.step, 5);
    ck_assert(memcmp(back.params, want.params, sizeof r.params) == 0);
    ck_assert(memcmp(back.m, want.m, sizeof r.m) == 0);
    ck_assert(memcmp(back.v, want.v, sizeof r.v) == 0);
    ck_assert(hone_json_equal(back.state, want.state));
    hone_checkpoint_done(&back);
    /* another adapter, another run */
    ck_assert_int_eq(hone_checkpoint_load(&back, r.arena, support_path(r.dir, "checkpoint-5"),
                                          r.store.parents, COUNT + 1, &err), HONE_E_DATA);
    ck_assert(strstr(err.message, "another size") != NULL);
    hone_json *other = object(r.arena, "{\"model\":\"aa\",\"rows\":\"cc\"}");
    ck_assert_int_eq(hone_checkpoint_load(&back, r.arena, support_path(r.dir, "checkpoint-5"),
                                          other, COUNT, &err),
                     HONE_E_DATA);
    ck_assert(strstr(err.message, "another rows") != NULL);
    run_close(&r);
}
END_TEST

/* Two saves of one state give the same bytes everywhere. */
START_TEST(test_same_bytes)
{
    run r;
    run_open(&r);
    static const char *const names[] = { "state.bin", "state.json", "manifest.json" };
    hone_buf first[3];
    save(&r, 7);
    for (int i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/checkpoint-7/%s", r.dir, names[i]);
        ck_assert_int_eq(hone_fs_read(&first[i], path, 1 << 20, &err), 0);
    }
    save(&r, 7); /* replaces the whole one of that name */
    for (int i = 0; i < 3; i++) {
        hone_buf again;
        char path[128];
        (void)snprintf(path, sizeof path, "%s/checkpoint-7/%s", r.dir, names[i]);
        ck_assert_int_eq(hone_fs_read(&again, path, 1 << 20, &err), 0);
        ck_assert_uint_eq(again.len, first[i].len);
        ck_assert(memcmp(again.data, first[i].data, again.len) == 0);
        hone_buf_done(&again);
        hone_buf_done(&first[i]);
    }
    char **list;
    size_t n;
    ck_assert_int_eq(hone_fs_list(&list, &n, r.dir, &err), 0);
    ck_assert_uint_eq(n, 1);
    hone_fs_list_free(list, n);
    run_close(&r);
}
END_TEST

/* What the loader said about damaged ones. */
static int bad_count;
static char bad_name[128], bad_why[768];

static void on_bad(void *user, const char *dir, const hone_err *why)
{
    (void)user;
    bad_count++;
    (void)snprintf(bad_name, sizeof bad_name, "%s", hone_path_base(dir));
    (void)snprintf(bad_why, sizeof bad_why, "%s", why->message);
}

static int64_t newest(const run *r)
{
    char *dir = NULL;
    int64_t step = -1;
    bad_count = 0;
    ck_assert_int_eq(hone_checkpoint_newest(&dir, r->dir, on_bad, NULL, &err), 0);
    if (dir) ck_assert_int_eq(hone_checkpoint_verify(dir, &step, &err), 0);
    hone_free(dir);
    return step;
}

static void put(const char *path, const void *p, size_t n)
{
    ck_assert_int_eq(hone_fs_write(path, p, n, &err), 0);
}

/* Every file of the newest cut at many places and with bits flipped: always the older one. */
START_TEST(test_damage)
{
    static const char *const names[] = { "state.bin", "state.json", "manifest.json",
                                         "adapter.txt" };
    run r;
    run_open(&r);
    save(&r, 10);
    save(&r, 20);
    ck_assert_int_eq(newest(&r), 20);
    for (int f = 0; f < 4; f++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/checkpoint-20/%s", r.dir, names[f]);
        hone_buf whole;
        ck_assert_int_eq(hone_fs_read(&whole, path, 1 << 20, &err), 0);
        size_t stride = whole.len / 25 + 1;
        for (size_t at = 0; at < whole.len; at += stride) {
            put(path, whole.data, at);
            if (f == 2 && at + 1 == whole.len) continue; /* only the last line end is gone */
            ck_assert_int_eq(newest(&r), 10);
            ck_assert_int_eq(bad_count, 1);
            ck_assert_str_eq(bad_name, "checkpoint-20");
            char old = whole.data[at];
            whole.data[at] ^= (char)(1 << (at % 8));
            put(path, whole.data, whole.len);
            whole.data[at] = old;
            if (f == 2 && (old == ' ' || old == '\n')) continue; /* may read the same */
            ck_assert_int_eq(newest(&r), 10);
        }
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(newest(&r), 10);
        put(path, whole.data, whole.len);
        ck_assert_int_eq(newest(&r), 20);
        hone_buf_done(&whole);
    }
    run_close(&r);
}
END_TEST

static void copy_file(const run *r, const char *from, const char *to)
{
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, support_path(r->dir, from), 1 << 20, &err), 0);
    put(support_path(r->dir, to), b.data, b.len);
    hone_buf_done(&b);
}

START_TEST(test_mixed)
{
    run r;
    run_open(&r);
    save(&r, 1);
    save(&r, 2);
    copy_file(&r, "checkpoint-1/state.bin", "checkpoint-2/state.bin");
    ck_assert_int_eq(newest(&r), 1);
    ck_assert(strstr(bad_why, "state.bin") != NULL);
    save(&r, 3);
    copy_file(&r, "checkpoint-1/manifest.json", "checkpoint-3/manifest.json");
    ck_assert_int_eq(newest(&r), 1);
    ck_assert_int_eq(bad_count, 2);
    /* all files of another step under this name */
    save(&r, 4);
    copy_file(&r, "checkpoint-1/manifest.json", "checkpoint-4/manifest.json");
    copy_file(&r, "checkpoint-1/state.bin", "checkpoint-4/state.bin");
    copy_file(&r, "checkpoint-1/state.json", "checkpoint-4/state.json");
    ck_assert_int_eq(newest(&r), 1);
    run_close(&r);
}
END_TEST

/* Replaces the manifest of checkpoint-9; An object gets the "self" that fits it. */
static void manifest_says(const run *r, const char *text, const char *why)
{
    hone_buf whole = HONE_BUF_INIT(4096);
    if (text[0] == '{' && text[1] == '\"') {
        char hex[65];
        hone_sha256_json(object(r->arena, text), hex);
        hone_buf_printf(&whole, "%.*s,\"self\":\"%s\"}", (int)strlen(text) - 1, text, hex);
        text = whole.data;
    }
    put(support_path(r->dir, "checkpoint-9/manifest.json"), text, strlen(text));
    ck_assert_int_eq(newest(r), 8);
    ck_assert_msg(strstr(bad_why, why) != NULL, "%s: %s", text, bad_why);
    hone_buf_done(&whole);
}

START_TEST(test_hostile_manifest)
{
    run r;
    run_open(&r);
    save(&r, 8);
    save(&r, 9);
    manifest_says(&r, "", "empty");
    manifest_says(&r, "[]", "no JSON object");
    manifest_says(&r, "{}", "format");
    manifest_says(&r, "{\"format\":\"hone-checkpoint/2\"}", "not known");
    manifest_says(&r, "{\"format\":\"hone-checkpoint/1\",\"step\":-1}", "step");
    manifest_says(&r, "{ \"format\":\"hone-checkpoint/1\",\"step\":9}", "self");
    manifest_says(&r, "{ \"format\":\"hone-checkpoint/1\",\"step\":9,\"self\":\"00\"}",
                  "was changed");
    manifest_says(&r, "{\"format\":\"hone-checkpoint/1\",\"step\":9,\"parents\":{},\"files\":{}}",
                  "does not list");
    manifest_says(&r, "{\"format\":\"hone-checkpoint/1\",\"step\":9,\"parents\":{},\"files\":"
                      "{\"../checkpoint-8/state.bin\":{\"size\":1,\"sha256\":\"\"},"
                      "\"state.bin\":{},\"state.json\":{}}}", "outside");
    manifest_says(&r, "{\"format\":\"hone-checkpoint/1\",\"step\":9,\"parents\":{},\"files\":"
                      "{\"state.bin\":{\"size\":1e9,\"sha256\":\"\"},\"state.json\":{}}}", "size");
    run_close(&r);
}
END_TEST

/* A damaged folder stands where the next checkpoint goes: kept aside, named, never deleted. */
START_TEST(test_damaged_kept)
{
    run r;
    run_open(&r);
    save(&r, 6);
    put(support_path(r.dir, "checkpoint-6/state.bin"), "x", 1);
    save(&r, 6);
    ck_assert(has(&r, "checkpoint-6.damaged-1/state.bin"));
    put(support_path(r.dir, "checkpoint-6/state.bin"), "y", 1);
    save(&r, 6);
    ck_assert(has(&r, "checkpoint-6.damaged-2/state.bin"));
    ck_assert_int_eq(newest(&r), 6);
    run_close(&r);
}
END_TEST

START_TEST(test_prune)
{
    run r;
    run_open(&r);
    for (int step = 100; step <= 600; step += 100) save(&r, step);
    put(support_path(r.dir, "checkpoint-300/state.bin"), "x", 1);
    ck_assert_int_eq(hone_checkpoint_prune(r.dir, 3, 100, &err), 0);
    ck_assert(has(&r, "checkpoint-600") && has(&r, "checkpoint-500") && has(&r, "checkpoint-400"));
    ck_assert(has(&r, "checkpoint-300")); /* damaged: not ours to delete */
    ck_assert(!has(&r, "checkpoint-200"));
    ck_assert(has(&r, "checkpoint-100")); /* the best one */
    ck_assert_int_eq(hone_checkpoint_prune(r.dir, 0, -1, &err), 0); /* never below two */
    ck_assert(has(&r, "checkpoint-600") && has(&r, "checkpoint-500"));
    ck_assert(!has(&r, "checkpoint-400") && !has(&r, "checkpoint-100"));
    run_close(&r);
}
END_TEST

START_TEST(test_names)
{
    run r;
    run_open(&r);
    save(&r, 2);
    const char *const others[] = { "checkpoint-",
                                   "checkpoint-x",
                                   "checkpoint--3",
                                   "checkpoint-3.tmp-1",
                                   "checkpoint-9999999999999999999999",
                                   "checkpoint-4 ",
                                   "other" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_int_eq(hone_fs_mkdirs(support_path(r.dir, others[i]), &err), 0);
    ck_assert_int_eq(newest(&r), 2);
    ck_assert_int_eq(bad_count, 0);
    ck_assert_int_eq(hone_checkpoint_clean(r.dir, &err), 0);
    ck_assert(!has(&r, "checkpoint-3.tmp-1") && has(&r, "other"));
    char *dir = NULL;
    ck_assert_int_eq(hone_checkpoint_newest(&dir, support_path(r.dir, "absent"), NULL, NULL, &err),
                     0);
    ck_assert_ptr_null(dir);
    run_close(&r);
}
END_TEST

/* A failing writer leaves nothing behind, the older checkpoint whole. */
static int write_fails(void *user, const char *dir, hone_err *e)
{
    (void)user;
    (void)dir;
    return hone_fail(e, HONE_E_IO, "disk full");
}

START_TEST(test_failed_save)
{
    run r;
    run_open(&r);
    save(&r, 1);
    r.store.write_files = write_fails;
    hone_checkpoint c = state_of(&r, 2);
    ck_assert_int_eq(hone_checkpoint_save(&r.store, &c, &err), HONE_E_IO);
    ck_assert(strstr(err.message, "disk full") != NULL);
    char **list;
    size_t n;
    ck_assert_int_eq(hone_fs_list(&list, &n, r.dir, &err), 0);
    ck_assert_uint_eq(n, 1);
    hone_fs_list_free(list, n);
    ck_assert_int_eq(newest(&r), 1);
    run_close(&r);
}
END_TEST

/* Each allocation of save and load failing in turn. */
START_TEST(test_memory)
{
    run r;
    run_open(&r);
    save(&r, 1);
    hone_checkpoint c = state_of(&r, 2);
    for (int64_t nth = 1;; nth++) {
        hone_mem_fail_after(nth, true);
        int rc = hone_checkpoint_save(&r.store, &c, &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) break;
        ck_assert_int_lt(rc, 0);
        ck_assert_int_ge(newest(&r), 1);
        ck_assert_int_lt(nth, 10000);
    }
    hone_checkpoint back = { 0 };
    const char *dir = support_path(r.dir, "checkpoint-2");
    for (int64_t nth = 1;; nth++) {
        hone_mem_fail_after(nth, true);
        int rc = hone_checkpoint_load(&back, r.arena, dir, r.store.parents, COUNT, &err);
        hone_mem_fail_after(0, false);
        if (rc == 0) break;
        ck_assert_ptr_null(back.params);
        ck_assert_int_lt(nth, 10000);
    }
    hone_checkpoint_done(&back);
    run_close(&r);
}
END_TEST

int main(void)
{
    TCase *t = support_case("checkpoint");
    tcase_add_test(t, test_round_trip);
    tcase_add_test(t, test_same_bytes);
    tcase_add_test(t, test_damage);
    tcase_add_test(t, test_mixed);
    tcase_add_test(t, test_hostile_manifest);
    tcase_add_test(t, test_damaged_kept);
    tcase_add_test(t, test_prune);
    tcase_add_test(t, test_names);
    tcase_add_test(t, test_failed_save);
    tcase_add_test(t, test_memory);
    return support_run(t);
}
