/*
 * The weights that training against stored weights computes with, beside those of an exported file:
 * every row of every matrix, bit by bit.
 * usage: qat_same MODEL ADAPTER FILE.litertlm     ADAPTER trained with --qat; exit 1 if any differs
 */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "model/engine_cpu.h"

typedef struct same {
    hone_model *model, *file;
    hone_adapter *adapter;
    hone_engine *engine;
    float *row;
    int64_t rows, differing;
} same;

static const float *engine_row(const hone_engine *e, int l, int id, int64_t row)
{
    for (int g = 0; g < GROUPS; g++) {
        const cpu_linear *w = &e->layer[l].linear[g];
        for (int m = 0; m < w->members; m++)
            if ((int)w->id[m] == id) return w->w + (w->at[m] + row) * w->in;
    }
    return NULL;
}

static int compare(same *s, int l, int id, hone_err *err)
{
    const hone_tensor *t = l < 0 ? &s->file->embed : &s->file->layers[l].linear[id];
    const size_t bytes = (size_t)t->shape[1] * sizeof *s->row;
    hone_free(s->row);
    s->row = hone_malloc(bytes);
    if (!s->row) return hone_err_memory(err, "a row", bytes);
    for (int64_t r = 0; r < t->shape[0]; r++) {
        const float *have = l < 0 ? s->engine->embed + r * t->shape[1]
                                  : engine_row(s->engine, l, id, r);
        hone_tensor_rows_f32(t, r, 1, s->row);
        s->differing += !have || memcmp(have, s->row, bytes) != 0;
        s->rows++;
    }
    return 0;
}

static int run(same *s, char **argv, hone_err *err)
{
    HONE_TRY(hone_model_open(&s->model, argv[1], err));
    HONE_TRY(hone_adapter_load(&s->adapter, s->model, argv[2], "", err));
    HONE_TRY(hone_model_open(&s->file, argv[3], err));
    const hone_engine_options o = { .training = true, .qat = s->adapter->qat };
    HONE_TRY(hone_engine_open(&s->engine, s->model, &o, err));
    HONE_TRY(hone_engine_attach(s->engine, s->adapter, err));
    HONE_TRY(compare(s, -1, 0, err));
    for (int l = 0; l < s->file->config.L; l++)
        for (int id = 0; id < HONE_LINEARS; id++) HONE_TRY(compare(s, l, id, err));
    return 0;
}

int main(int argc, char **argv)
{
    same s = { 0 };
    hone_err err;
    hone_err_clear(&err);
    if (argc != 4) {
        (void)fprintf(stderr, "usage: qat_same MODEL ADAPTER FILE.litertlm\n");
        return 64;
    }
    int rc = run(&s, argv, &err);
    if (rc < 0) {
        char text[2048];
        hone_err_format(&err, text, sizeof(text));
        (void)fprintf(stderr, "error: %s\n", text);
    } else {
        (void)printf("%lld rows of matrices, %lld differ\n", (long long)s.rows,
                     (long long)s.differing);
    }
    hone_free(s.row);
    hone_engine_close(s.engine);
    hone_adapter_free(s.adapter);
    hone_model_close(s.file);
    hone_model_close(s.model);
    return rc < 0 ? hone_code_exit_status(rc) : s.differing != 0;
}
