/*
 * The first layers of a model as a .litertlm file: small enough to compare int8 arithmetic with the
 * device runtime within 1e-3, before rounding flips of one layer spread into the next.
 * usage: export_cut MODEL LAYERS FORMAT OUT.litertlm
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "export/litertlm.h"
#include "export/metadata.h"

enum { CACHE_LENGTH = 1024 };

typedef struct cut {
    hone_model *model;
    hone_tflite_plan *plan;
    hone_out *out;
    hone_buf metadata, pieces;
} cut;

static int run(cut *c, char **argv, hone_err *err)
{
    int64_t layers = 0;
    hone_quant format;
    hone_tflite_options o = {
        .cache_length = CACHE_LENGTH, .prefill = { 1, 8, 128 }, .num_prefill = 3
    };
    HONE_TRY(hone_model_open(&c->model, argv[1], err));
    const int most = c->model->config.L;
    if (!hone_parse_i64(argv[2], strlen(argv[2]), &layers) || layers < 1 || layers > most)
        return hone_fail(err, HONE_E_USAGE, "LAYERS must be 1 to %d", most);
    c->model->config.L = (int)layers;
    HONE_TRY(hone_quant_parse(&format, argv[3], err));
    o.scheme = hone_scheme_uniform(format, format);
    const hone_merge s = { c->model, NULL };
    HONE_TRY(hone_metadata_build(&c->metadata, CACHE_LENGTH, "{{ bos_token }}", err));
    HONE_TRY(hone_tokenizer_write_proto(c->model->tokenizer, &c->pieces, err));
    HONE_TRY(hone_tflite_plan_new(&c->plan, &s, &o, err));
    HONE_TRY(hone_out_open(&c->out, argv[4], 0, err));
    const hone_litertlm_parts parts = { c->metadata.data, c->pieces.data, c->metadata.len,
                                        c->pieces.len, c->plan };
    HONE_TRY(hone_litertlm_write(c->out, &parts, "writing", err));
    hone_out *out = c->out;
    c->out = NULL;
    return hone_out_commit(out, err);
}

int main(int argc, char **argv)
{
    cut c = { .metadata = HONE_BUF_INIT(1 << 20), .pieces = HONE_BUF_INIT(1 << 28) };
    hone_err err;
    hone_err_clear(&err);
    if (argc != 5) {
        (void)fprintf(stderr, "usage: export_cut MODEL LAYERS FORMAT OUT.litertlm\n");
        return 64;
    }
    int rc = run(&c, argv, &err);
    if (rc < 0) {
        char text[2048];
        hone_err_format(&err, text, sizeof(text));
        (void)fprintf(stderr, "error: %s\n", text);
    }
    hone_out_abort(c.out);
    hone_tflite_plan_free(c.plan);
    hone_model_close(c.model);
    hone_buf_done(&c.metadata);
    hone_buf_done(&c.pieces);
    return rc < 0 ? hone_code_exit_status(rc) : 0;
}
