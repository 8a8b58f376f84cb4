/*
 * The logits behind given ids, base or base + adapter, as raw f32: what PyTorch's are compared with
 * (tests/bench/torch_peft.py).
 * usage: logits_dump MODEL ADAPTER|- PROMPTS.json OUT.f32
 *
 * PROMPTS.json: a list of lists of ids. OUT.f32: for each list the V logits after its last id.
 */
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "model/engine.h"

typedef struct dump {
    hone_arena *arena;
    hone_model *model;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_out *out;
    float *logits;
} dump;

/* One prompt as a batch of one segment. */
static int read_ids(const dump *d, const hone_json *list, hone_segment *whole, hone_batch *ret,
                    hone_err *err)
{
    const int64_t V = d->model->config.V;
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len < 1 || list->len > 65536)
        return hone_fail(err, HONE_E_DATA, "a prompt must be a list of ids");
    int32_t *ids = hone_arena_alloc(d->arena, list->len * sizeof *ids);
    if (!ids) return hone_err_memory(err, "ids", list->len);
    for (size_t i = 0; i < list->len; i++) {
        int64_t id = 0;
        if (!hone_json_i64(hone_json_at(list, i), &id) || id < 0 || id >= V)
            return hone_fail(err, HONE_E_DATA, "id %zu of a prompt is none of the model's", i);
        ids[i] = (int32_t)id;
    }
    *whole = (hone_segment){ -1, 0, (int32_t)list->len };
    *ret = (hone_batch){
        .tokens = ids, .num_tokens = whole->len, .segments = whole, .num_segments = 1
    };
    return 0;
}

static int dump_prompts(dump *d, const hone_json *prompts, hone_err *err)
{
    const size_t bytes = (size_t)d->model->config.V * sizeof *d->logits;
    d->logits = hone_malloc(bytes);
    if (!d->logits) return hone_err_memory(err, "logits", bytes);
    for (size_t i = 0; i < prompts->len; i++) {
        hone_segment whole;
        hone_batch b;
        HONE_TRY(read_ids(d, hone_json_at(prompts, i), &whole, &b, err));
        const int32_t last = b.num_tokens - 1;
        HONE_TRY(hone_engine_logits(d->engine, &b, &last, 1, d->logits, err));
        HONE_TRY(hone_out_write(d->out, d->logits, bytes, err));
    }
    hone_out *out = d->out;
    d->out = NULL;
    return hone_out_commit(out, err);
}

static int run(dump *d, char **argv, hone_err *err)
{
    const hone_engine_options o = { .threads = 0 };
    hone_json *prompts = NULL;
    HONE_TRY(hone_json_load(&prompts, d->arena, argv[3], err));
    if (!hone_json_is(prompts, HONE_JSON_ARRAY))
        return hone_fail(err, HONE_E_DATA, "%s is no list of prompts", argv[3]);
    HONE_TRY(hone_model_open(&d->model, argv[1], err));
    HONE_TRY(hone_engine_open(&d->engine, d->model, &o, err));
    if (strcmp(argv[2], "-") != 0) {
        HONE_TRY(hone_adapter_load(&d->adapter, d->model, argv[2], hone_model_sha256(d->model),
                                   err));
        HONE_TRY(hone_engine_attach(d->engine, d->adapter, err));
    }
    HONE_TRY(hone_out_open(&d->out, argv[4], 0, err));
    return dump_prompts(d, prompts, err);
}

int main(int argc, char **argv)
{
    dump d = { .arena = hone_arena_new() };
    hone_err err;
    hone_err_clear(&err);
    if (argc != 5) {
        (void)fprintf(stderr, "usage: logits_dump MODEL ADAPTER|- PROMPTS.json OUT.f32\n");
        return 64;
    }
    const int rc = run(&d, argv, &err);
    if (rc < 0) {
        char text[2048];
        hone_err_format(&err, text, sizeof(text));
        (void)fprintf(stderr, "error: %s\n", text);
    }
    hone_out_abort(d.out);
    hone_free(d.logits);
    hone_engine_close(d.engine);
    hone_adapter_free(d.adapter);
    hone_model_close(d.model);
    hone_arena_free(d.arena);
    return rc < 0 ? hone_code_exit_status(rc) : 0;
}
