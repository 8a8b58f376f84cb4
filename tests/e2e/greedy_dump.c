/*
 * Greedy continuations of raw text by our engine, as JSON lines: what the device runtime's are compared
 * with. usage: greedy_dump MODEL PROMPTS.json COUNT      PROMPTS.json: a list of texts
 *
 * One line a prompt: {"prompt", "prompt_ids", "ids", "text", "logits", "margins"}; logits[i] is that of
 * ids[i], margins[i] its distance to the runner-up.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "model/engine.h"

typedef struct dump {
    hone_model *model;
    hone_engine *engine;
    hone_arena *arena;
    int64_t count;
    hone_err err;
} dump;

static hone_json *ids_json(dump *d, const hone_ids *ids)
{
    hone_json *list = hone_json_new_array(d->arena);
    for (size_t i = 0; i < ids->len; i++)
        (void)hone_json_push(d->arena, list, hone_json_new_i64(d->arena, ids->data[i]));
    return list;
}

static void push_real(dump *d, hone_json *list, double v)
{
    (void)hone_json_push(d->arena, list, hone_json_new_f64(d->arena, v));
}

/* Up to count ids; the last one is not fed. */
static int decode(dump *d, const hone_ids *prompt, hone_ids *ids, hone_json *logits,
                  hone_json *margins)
{
    hone_cache *cache = NULL;
    hone_pick pick;
    hone_feed feed = { 0, prompt->data, (int32_t)prompt->len };
    int rc = hone_cache_new(&cache, d->engine, NULL, 0, 1, (int32_t)(prompt->len + (size_t)d->count),
                            &d->err);
    while (rc == 0 && (int64_t)ids->len < d->count) {
        HONE_GOTO(rc, out, hone_cache_feed(cache, &feed, 1, &pick, &d->err));
        if (!hone_ids_push(ids, pick.id)) rc = hone_err_memory(&d->err, "ids", 0);
        push_real(d, logits, (double)pick.logit);
        push_real(d, margins, (double)pick.logit - (double)pick.second_logit);
        feed = (hone_feed){ 0, &ids->data[ids->len - 1], 1 };
    }
out:
    hone_cache_free(cache);
    return rc;
}

static void print_line(dump *d, const char *prompt, const hone_ids *in, const hone_ids *out,
                       hone_json *logits, hone_json *margins)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), line = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *o = hone_json_new_object(d->arena);
    hone_tokenizer_decode(d->model->tokenizer, out->data, out->len, &text);
    (void)hone_json_set(d->arena, o, "prompt", hone_json_new_str(d->arena, prompt));
    (void)hone_json_set(d->arena, o, "prompt_ids", ids_json(d, in));
    (void)hone_json_set(d->arena, o, "ids", ids_json(d, out));
    (void)hone_json_set(d->arena, o, "text", hone_json_new_strn(d->arena, text.data, text.len));
    (void)hone_json_set(d->arena, o, "logits", logits);
    (void)hone_json_set(d->arena, o, "margins", margins);
    hone_json_write(&line, o, HONE_JSON_COMPACT);
    (void)printf("%s\n", line.data);
    (void)fflush(stdout);
    hone_buf_done(&line);
    hone_buf_done(&text);
}

static int one_prompt(dump *d, const hone_json *prompt)
{
    hone_ids in = { 0 }, out = { 0 };
    hone_json *logits = hone_json_new_array(d->arena), *margins = hone_json_new_array(d->arena);
    int rc = hone_ids_push(&in, HONE_ID_BOS) ? 0 : hone_err_memory(&d->err, "ids", 0);
    if (rc == 0)
        rc = hone_tokenizer_encode(d->model->tokenizer, prompt->text, prompt->len, true, &in, &d->err);
    if (rc == 0) rc = decode(d, &in, &out, logits, margins);
    if (rc == 0) print_line(d, prompt->text, &in, &out, logits, margins);
    hone_ids_done(&in);
    hone_ids_done(&out);
    return rc;
}

static int run(dump *d, char **argv)
{
    const hone_engine_options o = { .threads = 0 };
    hone_json *prompts = NULL;
    if (!hone_parse_i64(argv[3], strlen(argv[3]), &d->count) || d->count < 1)
        return hone_fail(&d->err, HONE_E_USAGE, "COUNT must be a positive number");
    HONE_TRY(hone_json_load(&prompts, d->arena, argv[2], &d->err));
    HONE_TRY(hone_model_open(&d->model, argv[1], &d->err));
    HONE_TRY(hone_engine_open(&d->engine, d->model, &o, &d->err));
    for (size_t i = 0; i < prompts->len; i++) {
        if (!hone_json_is(hone_json_at(prompts, i), HONE_JSON_STRING))
            return hone_fail(&d->err, HONE_E_DATA, "prompt %zu is no text", i);
        HONE_TRY(one_prompt(d, hone_json_at(prompts, i)));
    }
    return 0;
}

int main(int argc, char **argv)
{
    dump d = { .arena = hone_arena_new() };
    if (argc != 4) {
        (void)fprintf(stderr, "usage: greedy_dump MODEL PROMPTS.json COUNT\n");
        return 64;
    }
    hone_err_clear(&d.err);
    int rc = run(&d, argv);
    if (rc < 0) {
        char text[2048];
        hone_err_format(&d.err, text, sizeof(text));
        (void)fprintf(stderr, "error: %s\n", text);
    }
    hone_engine_close(d.engine);
    hone_model_close(d.model);
    hone_arena_free(d.arena);
    return rc < 0 ? hone_code_exit_status(rc) : 0;
}
