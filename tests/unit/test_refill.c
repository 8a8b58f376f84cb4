/* Failures as shares of the next rows: which functions and arguments get more, and that the failed
 * rows themselves never come back. */
#include <string.h>

#include "datagen/produce.h"
#include "datagen/refill.h"
#include "tests/support.h"

static const char tools_text[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"start_timer\",\"description\":\"Starts a "
    "timer.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\"},"
    "\"seconds\":{\"type\":\"integer\",\"description\":\"Length in seconds.\"}},\"required\":["
    "\"seconds\"]}}},{\"type\":\"function\",\"function\":{\"name\":\"open_wifi_settings\","
    "\"description\":\"Opens them.\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]";

#define FAILED(function, argument, prompt, expected)                                               \
    "{\"id\":\"x\",\"class\":\"wrong_value\",\"function\":\"" function                             \
    "\",\"argument\":\"" argument "\",\"prompt\":\"" prompt "\",\"expected\":\"" expected "\"}\n"

static char dir[64];
static hone_err err;
static hone_arena *arena;
static hone_json *tools;
static int prompts;

static int count_prompt(void *user, const char *text, hone_err *e)
{
    (void)user;
    (void)e;
    prompts += *text != 0;
    return 0;
}

static void begin(void)
{
    support_scratch(dir);
    hone_err_clear(&err);
    arena = hone_arena_new();
    prompts = 0;
    ck_assert_int_eq(
        hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1, &err), 0);
}

static void end(void)
{
    arena = hone_arena_free(arena);
    support_scratch_done(dir);
}

static int load(hone_refill *r, const char *text)
{
    hone_function f[2];
    const char *path = support_path(dir, "failures.jsonl");
    ck_assert_int_eq(hone_fs_write(path, text, strlen(text), &err), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            hone_function_infer(&f[i], arena, hone_json_get(tools->items[i], "function"), &err), 0);
    return hone_refill_load(r, path, f, 2, count_prompt, NULL, &err);
}

START_TEST(shares)
{
    static hone_refill r;
    begin();
    ck_assert_int_eq(load(&r, "{\"format\":\"hone-failures/1\"}\n" FAILED(
                                  "start_timer", "seconds", "half an hour", "start_timer(1800)")
                                  FAILED("start_timer", "label", "tea, ten", "start_timer(600)")
                                      FAILED("start_timer", "", "timer on", "")
                                          FAILED("gone", "", "x y", "gone()")),
                     0);
    ck_assert_int_eq(prompts, 4);
    ck_assert_int_eq(r.failures, 3);
    ck_assert_int_eq(r.others, 1);
    ck_assert_double_eq_tol(hone_refill_share(&r, 0, 0.5), 0.85, 1e-9);
    ck_assert_double_eq_tol(hone_refill_share(&r, 1, 0.5), 0.15, 1e-9);
    ck_assert_int_eq(hone_refill_no_call(&r, 15), 27);
    ck_assert_int_eq(hone_refill_argument(&r, 0, 0, 35), 56); /* half of its failures */
    ck_assert_int_eq(hone_refill_argument(&r, 1, 0, 35), 35);
    end();
}
END_TEST

START_TEST(refused)
{
    static hone_refill r;
    static const char *const bad[] = {
        "", "{}\n", "{\"format\":\"hone-failures/1\"}\n", "{\"format\":\"hone-failures/1\"}\n{\n",
        "{\"format\":\"hone-failures/1\"}\n" FAILED("gone", "", "x", "gone()")
    };
    begin();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(load(&r, bad[i]) == HONE_E_DATA, "case %zu", i);
    end();
}
END_TEST

static int64_t made(const hone_json *report, const char *name)
{
    int64_t n = 0;
    hone_json_i64(hone_json_get(hone_json_get(report, "per_category"), name), &n);
    return n;
}

START_TEST(offline_rows_follow)
{
    hone_json *report;
    begin();
    const char *path = support_path(dir, "failures.jsonl");
    const char *text = "{\"format\":\"hone-failures/1\"}\n" FAILED("open_wifi_settings", "",
                                                                   "wifi settings please", "x()");
    char *rows = hone_path_join(dir, "rows.jsonl");
    hone_generate_options o = {
        .tools = tools, .rows = 100, .mix.no_call = 0, .seed = 1, .path = rows
    };
    ck_assert_int_eq(hone_generate_offline(&o, arena, &report, &err), 0);
    int64_t before = made(report, "open_wifi_settings");
    ck_assert_int_eq(hone_fs_write(path, text, strlen(text), &err), 0);
    o.failures = path;
    ck_assert_msg(hone_generate_offline(&o, arena, &report, &err) == 0, "%s", err.message);
    ck_assert_int_gt(made(report, "open_wifi_settings"), before + 30);
    hone_buf b;
    ck_assert_int_eq(hone_fs_read(&b, rows, 1 << 20, &err), 0);
    ck_assert_ptr_null(strcasestr(b.data, "\"wifi settings please\""));
    hone_buf_done(&b);
    hone_free(rows);
    end();
}
END_TEST

int main(void)
{
    TCase *t = support_case("refill");
    tcase_add_test(t, shares);
    tcase_add_test(t, refused);
    tcase_add_test(t, offline_rows_follow);
    return support_run(t);
}
