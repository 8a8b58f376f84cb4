/* Writes a toy model of six layers as .litertlm, for check_flatc.py: FILE and a number format. */
#include <stdio.h>
#include <stdlib.h>

#include "export/litertlm.h"
#include "export/metadata.h"
#include "tests/support.h"
#include "tests/support_pieces.h"
#include "tests/support_tiny.h"

static int write_to(hone_litertlm_parts *parts, const char *path, hone_err *err)
{
    hone_out *out = NULL;
    HONE_TRY(hone_out_open(&out, path, 0, err));
    int rc = hone_litertlm_write(out, parts, "tiny", err);
    if (rc == 0) return hone_out_commit(out, err);
    hone_out_abort(out);
    return rc;
}

static int write_tiny(const char *path, hone_quant format, hone_err *err)
{
    hone_config c = support_tiny_config(6, 2);
    c.C = 64;
    c.F = 128;
    c.HD = 32;
    hone_model *m = support_tiny_model(&c, 5);
    const hone_merge merge = { m, NULL };
    const hone_tflite_options o = { .scheme = hone_scheme_uniform(format, HONE_QUANT_I8_ROW),
                                    .cache_length = 64, .prefill = { 1, 8 }, .num_prefill = 2 };
    hone_buf metadata = HONE_BUF_INIT(1 << 20), pieces = HONE_BUF_INIT(1 << 20);
    hone_tflite_plan *plan = NULL;
    int rc = 0;
    m->tokenizer = support_tiny_tokenizer((size_t)c.V);
    HONE_GOTO(rc, done, hone_metadata_build(&metadata, o.cache_length, "{{ bos_token }}", err));
    HONE_GOTO(rc, done, hone_tokenizer_write_proto(m->tokenizer, &pieces, err));
    HONE_GOTO(rc, done, hone_tflite_plan_new(&plan, &merge, &o, err));
    hone_litertlm_parts parts = { metadata.data, pieces.data, metadata.len, pieces.len, plan };
    rc = write_to(&parts, path, err);
done:
    hone_tflite_plan_free(plan);
    hone_buf_done(&metadata);
    hone_buf_done(&pieces);
    hone_model_close(m);
    return rc;
}

static const char *path_of_main, *format_of_main;

/* The toy model's parts want to run in a test. */
START_TEST(test_write)
{
    hone_err err;
    hone_quant format = HONE_QUANT_F32;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_quant_parse(&format, format_of_main, &err), 0);
    ck_assert_msg(write_tiny(path_of_main, format, &err) == 0, "%s", err.message);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 3) return EXIT_FAILURE;
    path_of_main = argv[1];
    format_of_main = argv[2];
    TCase *t = support_case("write");
    tcase_add_test(t, test_write);
    return support_run(t);
}
