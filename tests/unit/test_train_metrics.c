/*
 * What a run leaves to read: TensorBoard's event files byte by byte (lengths, checksums, fields),
 * and the page with its curves.
 */
#include <math.h>
#include <string.h>

#include "common/bytes.h"
#include "common/hash.h"
#include "common/mem.h"
#include "tests/support.h"
#include "train/metrics.h"
#include "train/curves.h"
#include "train/tfevents.h"

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

static uint32_t masked(const void *p, size_t n)
{
    uint32_t crc = hone_crc32c(0, p, n);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

/* The only file of RUN/runs/NAME, read whole. */
static void read_events(hone_buf *ret)
{
    char **names = NULL;
    size_t count = 0;
    char folder[160], path[512];
    (void)snprintf(folder, sizeof folder, "%s/runs/%s", dir, hone_path_base(dir));
    ck_assert_int_eq(hone_fs_list(&names, &count, folder, &err), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(strncmp(names[0], "events.out.tfevents.", 20), 0);
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[0]);
    ck_assert_int_eq(hone_fs_read(ret, path, 1 << 20, &err), 0);
    hone_fs_list_free(names, count);
}

/* Payload of the nth record, all checksums before and in it compared; its length. */
static const uint8_t *record(const hone_buf *file, int n, size_t *ret_len)
{
    const uint8_t *p = (const uint8_t *)file->data;
    size_t left = file->len;
    for (int i = 0;; i++) {
        ck_assert_uint_ge(left, 16);
        uint64_t len = hone_le64(p);
        ck_assert_uint_eq(hone_le32(p + 8), masked(p, 8));
        ck_assert_uint_le(len, left - 16);
        ck_assert_uint_eq(hone_le32(p + 12 + len), masked(p + 12, len));
        *ret_len = len;
        if (i == n) return p + 12;
        p += 16 + len;
        left -= 16 + len;
    }
}

START_TEST(events)
{
    hone_tfevents *t = NULL;
    hone_buf file;
    size_t n = 0;
    const hone_scalar scalars[] = { { "train/loss", 1.5 }, { "nan", (double)NAN }, { "b", -2 } };
    ck_assert_int_eq(hone_tfevents_open(&t, dir, 7, &err), 0);
    ck_assert_int_eq(hone_tfevents_add(t, 300, scalars, 3, &err), 0);
    hone_tfevents_close(t);
    read_events(&file);
    const uint8_t *p = record(&file, 0, &n); /* wall time, file_version */
    static const char version[] = "\x1a\x0d" "brain.Event:2";
    ck_assert_uint_eq(n, 9 + 15);
    ck_assert_uint_eq(p[0], 0x09);
    ck_assert_int_eq(memcmp(p + 9, version, 15), 0);
    p = record(&file, 1, &n); /* wall time, step 8, session log: start */
    ck_assert_uint_eq(n, 9 + 2 + 4);
    ck_assert_int_eq(memcmp(p + 9, "\x10\x08\x3a\x02\x08\x01", 6), 0);
    p = record(&file, 2, &n); /* wall time, step 300, summary of two values */
    static const char want[] = "\x10\xac\x02\x2a\x1d\x0a\x11\x0a\x0atrain/loss\x15\x00\x00\xc0\x3f"
                               "\x0a\x08\x0a\x01" "b\x15\x00\x00\x00\xc0";
    ck_assert_uint_eq(n, 9 + sizeof want - 1);
    ck_assert_int_eq(memcmp(p + 9, want, sizeof want - 1), 0);
    hone_buf_done(&file);
}
END_TEST

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++) n++;
    return n;
}

/* steps lines, an evaluation every eval_every. */
static void write_page(int steps, int eval_every, hone_buf *ret)
{
    hone_metrics *m = NULL;
    const hone_curves page = { dir, steps, 2 * steps, eval_every, 0.75 };
    ck_assert_int_eq(hone_metrics_open(&m, dir, 0, -1, &err), 0);
    for (int i = 1; i <= steps; i++) {
        const hone_metrics_step s = { .step = i, .loss = 4.0 / i, .grad_norm = 2,
                                      .learning_rate = 1e-3, .mean_token_accuracy = 0.5,
                                      .rows = 8, .token_ratio = 6, .skipped = i == 3 };
        ck_assert_int_eq(hone_metrics_log(m, &s, &err), 0);
        const hone_metrics_eval e = { .step = i, .eval_loss = 1, .eval_mean_token_accuracy = 0.9,
                                      .eval_call_accuracy = 0.75, .right = 3, .rows = 4 };
        if (i % eval_every == 0) ck_assert_int_eq(hone_metrics_log_eval(m, &e, &err), 0);
    }
    hone_metrics_close(m);
    ck_assert_int_eq(hone_fs_write(support_path(dir, "config.effective.yaml"),
                                   "train:\n  tools: \"<a&b>\"\n", 25, &err), 0);
    ck_assert_msg(hone_curves_write(&page, &err) == 0, "%s", err.message);
    ck_assert_int_eq(hone_fs_read(ret, support_path(dir, "report.html"), 1 << 20, &err), 0);
}

START_TEST(page)
{
    hone_buf html;
    write_page(10, 5, &html);
    ck_assert_uint_eq(count_of(html.data, "<svg"), 5);
    ck_assert_uint_eq(count_of(html.data, "</svg>"), 5);
    ck_assert_uint_eq(count_of(html.data, "<circle"), 3 * 2); /* evaluations */
    ck_assert_ptr_nonnull(strstr(html.data, "10 of 20"));
    ck_assert_ptr_nonnull(strstr(html.data, "&lt;a&amp;b&gt;"));
    ck_assert_ptr_nonnull(strstr(html.data, "not applied"));
    ck_assert_ptr_null(strstr(html.data, "<script"));
    ck_assert_ptr_null(strstr(html.data, "http"));
    ck_assert_ptr_null(strstr(html.data, "nan"));
    hone_buf_done(&html);
}
END_TEST

/* A long run stays a small page; a run of one step and one without any are drawn too. */
START_TEST(page_sizes)
{
    hone_buf html;
    write_page(3000, 500, &html);
    ck_assert_uint_lt(html.len, 200000);
    ck_assert_ptr_nonnull(strstr(html.data, "class=\"range ra\""));
    hone_buf_done(&html);
    write_page(1, 9, &html);
    ck_assert_uint_eq(count_of(html.data, "<circle"), 4);
    ck_assert_ptr_null(strstr(html.data, "nan"));
    ck_assert_ptr_null(strstr(html.data, "inf"));
    hone_buf_done(&html);
    write_page(0, 9, &html);
    ck_assert_uint_eq(count_of(html.data, "<svg"), 0);
    hone_buf_done(&html);
}
END_TEST

int main(void)
{
    TCase *t = support_case("train_metrics");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, events);
    tcase_add_test(t, page);
    tcase_add_test(t, page_sizes);
    return support_run(t);
}
