/*
 * The FlatBuffer writer, read back by the strict reader: sharing, alignment, order, and mistakes
 * of the caller that must not end in a wrong file. /
 */
#include "tests/support.h"

#include "common/bytes.h"
#include "export/flatbuffer.h"
#include "model/flatbuffer_read.h"

static int put_counting(void *ctx, hone_sink *sink, hone_err *err)
{
    for (uint8_t i = 0; i < *(int *)ctx; i++) HONE_TRY(hone_sink_put(sink, &i, 1, err));
    return 0;
}

static void finish(hone_fbw *w, hone_fbw_ref root, const char *id, hone_buf *out)
{
    uint64_t size = 0;
    hone_err err;
    hone_sink sink = hone_sink_buf(out);
    ck_assert_int_eq(hone_fbw_layout(w, root, id, &size, &err), 0);
    ck_assert_int_eq(hone_fbw_write(w, &sink, &err), 0);
    ck_assert_int_eq(size, out->len);
    ck_assert_int_eq(size % 16, 0);
}

START_TEST(test_scalars)
{
    hone_fbw *w = hone_fbw_new();
    hone_buf b = HONE_BUF_INIT(4096);
    hone_err err;
    hone_fb fb;
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_scalar(w, t, 0, 1, 0xfe);
    hone_fbw_scalar(w, t, 5, 8, 0x0123456789abcdef);
    hone_fbw_scalar(w, t, 2, 4, (uint64_t)-7);
    hone_fbw_scalar(w, t, 3, 2, 0xbeef);
    hone_fbw_scalar(w, t, 1, 1, 1);
    finish(w, t, NULL, &b);
    hone_fb_init(&fb, (uint8_t *)b.data, b.len, "test", 0, 10, &err);
    hone_fb_table r = hone_fb_root(&fb, NULL);
    ck_assert_int_eq(hone_fb_scalar(&fb, r, 0, 1, 0), 0xfe);
    ck_assert(hone_fb_bool(&fb, r, 1, false));
    ck_assert_int_eq(hone_fb_i32(&fb, r, 2, 0), -7);
    ck_assert_int_eq(hone_fb_scalar(&fb, r, 3, 2, 0), 0xbeef);
    ck_assert_int_eq(hone_fb_scalar(&fb, r, 4, 4, 99), 99);
    ck_assert(hone_fb_scalar(&fb, r, 5, 8, 0) == 0x0123456789abcdef);
    ck_assert_int_eq(hone_fb_scalar(&fb, r, 77, 4, 5), 5);
    ck_assert(hone_fb_has(&fb, r, 5) && !hone_fb_has(&fb, r, 4));
    ck_assert_int_eq(fb.rc, 0);
    hone_buf_done(&b);
    hone_fbw_free(w);
}
END_TEST

/* Two parents, one child; a stream comes behind everything else; payloads are aligned. */
START_TEST(test_sharing)
{
    hone_fbw *w = hone_fbw_new();
    hone_buf b = HONE_BUF_INIT(4096);
    hone_err err;
    hone_fb fb;
    int bytes = 37;
    uint32_t len = 0;
    hone_fbw_ref root = hone_fbw_table(w), x = hone_fbw_table(w), y = hone_fbw_table(w);
    hone_fbw_ref text = hone_fbw_string(w, "shared"), pair[2] = { x, y };
    hone_fbw_ref big = hone_fbw_stream(w, 37, 1, 16, put_counting, &bytes);
    hone_fbw_child(w, root, 0, big);
    hone_fbw_child(w, root, 1, hone_fbw_refs(w, pair, 2));
    hone_fbw_child(w, root, 2, text);
    hone_fbw_child(w, x, 0, text);
    hone_fbw_child(w, y, 0, text);
    finish(w, root, "TEST", &b);
    hone_fb_init(&fb, (uint8_t *)b.data, b.len, "test", 0, 10, &err);
    hone_fb_table r = hone_fb_root(&fb, "TEST");
    hone_fb_vector list = hone_fb_tables(&fb, r, 1);
    hone_fb_vector data = hone_fb_scalars(&fb, r, 0, 1, 16);
    ck_assert_int_eq(list.count, 2);
    const char *a = hone_fb_string(&fb, hone_fb_item(&fb, list, 0), 0, &len);
    ck_assert_ptr_eq(a, hone_fb_string(&fb, hone_fb_item(&fb, list, 1), 0, NULL));
    ck_assert_ptr_eq(a, hone_fb_string(&fb, r, 2, NULL));
    ck_assert_str_eq(a, "shared");
    ck_assert_int_eq(len, 6);
    ck_assert_int_eq(data.count, 37);
    ck_assert_int_eq(data.data[36], 36);
    ck_assert(data.data > (const uint8_t *)a);
    ck_assert_int_eq(hone_fbw_place(w, big), (uint64_t)(data.data - (uint8_t *)b.data));
    ck_assert_int_eq(fb.rc, 0);
    hone_buf_done(&b);
    hone_fbw_free(w);
}
END_TEST

START_TEST(test_eight_byte_elements)
{
    for (int shift = 0; shift < 8; shift++) {
        hone_fbw *w = hone_fbw_new();
        hone_buf b = HONE_BUF_INIT(4096);
        hone_err err;
        hone_fb fb;
        uint8_t v[16] = { 0 };
        hone_fbw_ref t = hone_fbw_table(w);
        hone_put_le64(v + 8, 77);
        hone_fbw_child(w, t, 0, hone_fbw_string(w, &"xxxxxxxx"[shift]));
        hone_fbw_child(w, t, 1, hone_fbw_vector(w, v, 2, 8, 8));
        finish(w, t, NULL, &b);
        hone_fb_init(&fb, (uint8_t *)b.data, b.len, "test", 0, 10, &err);
        hone_fb_vector back = hone_fb_scalars(&fb, hone_fb_root(&fb, NULL), 1, 8, 8);
        ck_assert_int_eq(back.count, 2);
        ck_assert_int_eq(hone_le64(back.data + 8), 77);
        hone_buf_done(&b);
        hone_fbw_free(w);
    }
}
END_TEST

START_TEST(test_wrong_stream_length)
{
    for (int bytes = 36; bytes <= 38; bytes++) {
        hone_fbw *w = hone_fbw_new();
        hone_buf b = HONE_BUF_INIT(4096);
        hone_err err;
        uint64_t size = 0;
        hone_sink sink = hone_sink_buf(&b);
        hone_fbw_ref t = hone_fbw_table(w);
        hone_fbw_child(w, t, 0, hone_fbw_stream(w, 37, 1, 16, put_counting, &bytes));
        ck_assert_int_eq(hone_fbw_layout(w, t, NULL, &size, &err), 0);
        ck_assert_int_eq(hone_fbw_write(w, &sink, &err), bytes == 37 ? 0 : HONE_E_INTERNAL);
        hone_buf_done(&b);
        hone_fbw_free(w);
    }
}
END_TEST

START_TEST(test_circle)
{
    hone_fbw *w = hone_fbw_new();
    hone_err err;
    uint64_t size = 0;
    hone_fbw_ref root = hone_fbw_table(w), x = hone_fbw_table(w), y = hone_fbw_table(w);
    hone_fbw_child(w, root, 0, x);
    hone_fbw_child(w, x, 0, y);
    hone_fbw_child(w, y, 0, x);
    ck_assert_int_eq(hone_fbw_layout(w, root, NULL, &size, &err), HONE_E_INTERNAL);
    hone_fbw_free(w);
}
END_TEST

START_TEST(test_too_large)
{
    hone_fbw *w = hone_fbw_new();
    hone_err err;
    uint64_t size = 0;
    int bytes = 0;
    hone_fbw_ref t = hone_fbw_table(w);
    hone_fbw_child(w, t, 0, hone_fbw_stream(w, 1u << 30, 1, 16, put_counting, &bytes));
    hone_fbw_child(w, t, 1, hone_fbw_stream(w, 1u << 30, 1, 16, put_counting, &bytes));
    ck_assert_int_eq(hone_fbw_layout(w, t, NULL, &size, &err), HONE_E_DATA);
    hone_fbw_free(w);
}
END_TEST

int main(void)
{
    TCase *t = support_case("flatbuffer");
    tcase_add_test(t, test_scalars);
    tcase_add_test(t, test_sharing);
    tcase_add_test(t, test_eight_byte_elements);
    tcase_add_test(t, test_wrong_stream_length);
    tcase_add_test(t, test_circle);
    tcase_add_test(t, test_too_large);
    return support_run(t);
}
