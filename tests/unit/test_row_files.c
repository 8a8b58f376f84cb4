/* Row files: lines, compressed lines, arrays; strict and lenient; unique ids. */
#include <string.h>

#include "common/zfile.h"
#include "datasets/rows.h"
#include "tests/support.h"

#define ROW(text) "{\"messages\":[{\"role\":\"user\",\"content\":\"" text "\"}]}"

static char dir[64];

static void setup(void)
{
    support_scratch(dir);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

static const char *put(const char *name, const char *text)
{
    const char *path = support_path(dir, name);
    hone_zout *z = NULL;
    ck_assert_int_eq(hone_zout_open(&z, path, NULL), 0);
    ck_assert_int_eq(hone_zout_write(z, text, strlen(text), NULL), 0);
    ck_assert_int_eq(hone_zout_commit(z, NULL), 0);
    return path;
}

static hone_rows *load(const char *path, const hone_rows_options *o, int want, hone_err *err)
{
    hone_rows *rows = NULL;
    hone_err_clear(err);
    int rc = hone_rows_load(&rows, path, o, err);
    ck_assert_msg(rc == want, "%s: %d %s", path, rc, err->message);
    return rows;
}

START_TEST(forms)
{
    static const char *const names[] = { "a.jsonl", "b.jsonl.zst", "c.json" };
    static const char *const texts[] = {
        "\xef\xbb\xbf" ROW("one") "\r\n\n" ROW("two"), ROW("one") "\n" ROW("two") "\n",
        " [\n" ROW("one") ",\n" ROW("two") "\n]\n"
    };
    hone_err err;
    for (int i = 0; i < 3; i++) {
        hone_rows *rows = load(put(names[i], texts[i]), NULL, 0, &err);
        ck_assert_uint_eq(rows->count, 2);
        ck_assert_str_eq(rows->items[1].user_text, "two");
        ck_assert_int_eq(rows->items[1].line, i == 1 ? 2 : 3);
        hone_rows_free(rows);
    }
    hone_rows_free(NULL);
}
END_TEST

static int count_row(void *user, const hone_row *row, hone_err *err)
{
    int *left = user;
    if (--*left >= 0) return 0;
    return hone_fail(err, HONE_E_REFUSED, "enough at %s", row->user_text);
}

/* One row at a time: the same rows, refused alike, and the caller may end it. */
START_TEST(one_by_one)
{
    const char *good = put("a.jsonl", ROW("one") "\n" ROW("one") "\n" ROW("two") "\n");
    hone_err err;
    int64_t nulls = -1;
    int left = 3;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_rows_each(good, NULL, count_row, &left, &nulls, &err), 0);
    ck_assert_int_eq(left, 0);
    ck_assert_int_eq(nulls, 0);
    left = 2;
    ck_assert_int_eq(hone_rows_each(good, NULL, count_row, &left, NULL, &err), HONE_E_REFUSED);
    ck_assert_str_eq(err.message, "enough at two");
    const hone_rows_options two = { .limit = 2 };
    left = 2;
    ck_assert_int_eq(hone_rows_each(good, &two, count_row, &left, NULL, &err), 0);
    const char *bad = put("b.jsonl", ROW("one") "\n{}\n");
    hone_err_clear(&err);
    left = 9;
    ck_assert_int_eq(hone_rows_each(bad, NULL, count_row, &left, NULL, &err), HONE_E_DATA);
    ck_assert_int_eq(err.line, 2);
    ck_assert_int_eq(left, 8);
}
END_TEST

START_TEST(unique_ids)
{
    hone_err err;
    hone_rows *rows = load(put("a.jsonl", ROW("x") "\n" ROW("x") "\n" ROW("y") "\n"
        "{\"id\":\"k-2\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n"
        "{\"id\":\"k\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n"
        "{\"id\":\"k\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n" ROW("x") "\n"),
        NULL, 0, &err);
    char second[32], third[32];
    (void)snprintf(second, sizeof(second), "%s-2", rows->items[0].id);
    (void)snprintf(third, sizeof(third), "%s-3", rows->items[0].id);
    ck_assert_str_eq(rows->items[1].id, second);
    ck_assert_str_eq(rows->items[6].id, third);
    ck_assert_str_eq(rows->items[3].id, "k-2");
    ck_assert_str_eq(rows->items[5].id, "k-3");
    ck_assert_uint_eq(rows->renamed, 3);
    hone_rows_free(rows);
}
END_TEST

START_TEST(many_rows)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_err err;
    hone_rows_options o = { .limit = 1500 };
    for (int i = 0; i < 3000; i++) hone_buf_str(&text, ROW("same") "\n");
    const char *path = put("a.jsonl.zst", text.data);
    hone_rows *rows = load(path, NULL, 0, &err);
    ck_assert_uint_eq(rows->count, 3000);
    ck_assert_str_eq(strrchr(rows->items[2999].id, '-'), "-3000");
    hone_rows_free(rows);
    rows = load(path, &o, 0, &err);
    ck_assert_uint_eq(rows->count, 1500);
    hone_rows_free(rows);
    hone_buf_done(&text);
}
END_TEST

START_TEST(bad_rows)
{
    hone_err err;
    hone_rows_options o = { .lenient = true };
    const char *path = put("a.jsonl", ROW("x") "\n{\"messages\":[]}\n{\"messages\":\n" ROW("y")
        "\n");
    (void)load(path, NULL, HONE_E_DATA, &err);
    ck_assert_str_eq(err.source, path);
    ck_assert_int_eq(err.line, 2);
    (void)load(path, &o, HONE_E_DATA, &err);
    ck_assert_ptr_nonnull(strstr(err.message, "2 of 4 rows are bad, more than 0.1 %"));
    o.max_bad_share = 0.5;
    hone_rows *rows = load(path, &o, 0, &err);
    ck_assert(rows->count == 2 && rows->bad == 2 && rows->num_messages == 2);
    ck_assert_ptr_nonnull(strstr(rows->messages[1], "a.jsonl:3: "));
    hone_rows_free(rows);
    path = put("b.json", "[" ROW("x") ",\n1]");
    (void)load(path, NULL, HONE_E_DATA, &err);
    ck_assert_int_eq(err.line, 2);
    (void)load(put("c.jsonl", "\n \n"), NULL, HONE_E_DATA, &err);
    ck_assert_ptr_nonnull(strstr(err.message, "no rows"));
    (void)load(support_path(dir, "none"), NULL, HONE_E_NOT_FOUND, &err);
}
END_TEST

START_TEST(no_memory)
{
    const char *path = put("a.jsonl", ROW("x") "\n" ROW("x") "\n");
    int failures = 0;
    for (int nth = 1; nth < 60; nth++) {
        hone_rows *rows = NULL;
        hone_mem_fail_after(nth, false);
        int rc = hone_rows_load(&rows, path, NULL, NULL);
        hone_mem_fail_after(0, false);
        ck_assert((rc == 0) == (rows != NULL));
        failures += rc != 0;
        hone_rows_free(rows);
    }
    ck_assert_int_ge(failures, 5);
}
END_TEST

int main(void)
{
    TCase *t = support_case("rows");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, forms);
    tcase_add_test(t, one_by_one);
    tcase_add_test(t, unique_ids);
    tcase_add_test(t, many_rows);
    tcase_add_test(t, bad_rows);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
