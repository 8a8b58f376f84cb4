/*
 * Greedy continuations of raw text by our engine, as JSON lines: what the device runtime's are
 * compared with. usage: greedy_dump MODEL PROMPTS.json COUNT      PROMPTS.json: a list of texts
 *
 * One line a prompt: {"prompt", "prompt_ids", "ids", "text", "logits", "margins"}; logits[i] is
 * that of ids[i], margins[i] its distance to the runner-up.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "model/engine.h"

typedef struct row {
    hone_ids prompt, ids;
    hone_json *logits, *margins;
} row;

typedef struct dump {
    hone_model *model;
    hone_engine *engine;
    hone_arena *arena;
    int64_t count;      /* ids a prompt */
    row *rows;
    size_t n;
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

/* Every prompt in a slot of its own: each step reads the weights once for all of them. */
static int decode(dump *d, const hone_json *prompts)
{
    hone_cache *cache = NULL;
    hone_feed *feeds = hone_calloc(d->n, sizeof(*feeds));
    hone_pick *picks = hone_calloc(d->n, sizeof(*picks));
    int32_t longest = 0;
    int rc = feeds && picks ? 0 : hone_err_memory(&d->err, "slots", 0);
    for (size_t i = 0; rc == 0 && i < d->n; i++) {
        const hone_json *text = prompts->items[i];
        if (!hone_ids_push(&d->rows[i].prompt, HONE_ID_BOS))
            rc = hone_err_memory(&d->err, "ids", 0);
        if (rc == 0)
            rc = hone_tokenizer_encode(d->model->tokenizer, text->text, text->len, true,
                                       &d->rows[i].prompt, &d->err);
        feeds[i] = (hone_feed){ (int)i, d->rows[i].prompt.data, (int32_t)d->rows[i].prompt.len };
        if (feeds[i].n > longest) longest = feeds[i].n;
    }
    if (rc == 0)
        rc = hone_cache_new(&cache, d->engine, NULL, 0, (int)d->n, longest + (int32_t)d->count,
                            &d->err);
    for (int64_t step = 0; rc == 0 && step < d->count; step++) {
        rc = hone_cache_feed(cache, feeds, (int)d->n, picks, &d->err);
        for (size_t i = 0; rc == 0 && i < d->n; i++) {
            row *r = &d->rows[i];
            if (!hone_ids_push(&r->ids, picks[i].id)) rc = hone_err_memory(&d->err, "ids", 0);
            push_real(d, r->logits, (double)picks[i].logit);
            push_real(d, r->margins, (double)picks[i].logit - (double)picks[i].second_logit);
            feeds[i] = (hone_feed){ (int)i, &r->ids.data[r->ids.len - 1], 1 };
        }
    }
    hone_cache_free(cache);
    hone_free(feeds);
    hone_free(picks);
    return rc;
}

static void print_line(dump *d, const char *prompt, const row *r)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), line = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *o = hone_json_new_object(d->arena);
    hone_tokenizer_decode(d->model->tokenizer, r->ids.data, r->ids.len, &text);
    (void)hone_json_set(d->arena, o, "prompt", hone_json_new_str(d->arena, prompt));
    (void)hone_json_set(d->arena, o, "prompt_ids", ids_json(d, &r->prompt));
    (void)hone_json_set(d->arena, o, "ids", ids_json(d, &r->ids));
    (void)hone_json_set(d->arena, o, "text", hone_json_new_strn(d->arena, text.data, text.len));
    (void)hone_json_set(d->arena, o, "logits", r->logits);
    (void)hone_json_set(d->arena, o, "margins", r->margins);
    hone_json_write(&line, o, HONE_JSON_COMPACT);
    (void)printf("%s\n", line.data);
    (void)fflush(stdout);
    hone_buf_done(&line);
    hone_buf_done(&text);
}

static int run(dump *d, char **argv)
{
    const hone_engine_options o = { .threads = 0 };
    hone_json *prompts = NULL;
    if (!hone_parse_i64(argv[3], strlen(argv[3]), &d->count) || d->count < 1)
        return hone_fail(&d->err, HONE_E_USAGE, "COUNT must be a positive number");
    HONE_TRY(hone_json_load(&prompts, d->arena, argv[2], &d->err));
    for (size_t i = 0; i < prompts->len; i++)
        if (!hone_json_is(hone_json_at(prompts, i), HONE_JSON_STRING))
            return hone_fail(&d->err, HONE_E_DATA, "prompt %zu is no text", i);
    HONE_TRY(hone_model_open(&d->model, argv[1], &d->err));
    HONE_TRY(hone_engine_open(&d->engine, d->model, &o, &d->err));
    d->n = prompts->len;
    d->rows = hone_arena_alloc(d->arena, d->n * sizeof(*d->rows));
    if (!d->rows) return hone_err_memory(&d->err, "prompts", 0);
    for (size_t i = 0; i < d->n; i++) {
        d->rows[i].logits = hone_json_new_array(d->arena);
        d->rows[i].margins = hone_json_new_array(d->arena);
    }
    HONE_TRY(decode(d, prompts));
    for (size_t i = 0; i < d->n; i++) print_line(d, prompts->items[i]->text, &d->rows[i]);
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
    for (size_t i = 0; d.rows && i < d.n; i++) {
        hone_ids_done(&d.rows[i].prompt);
        hone_ids_done(&d.rows[i].ids);
    }
    hone_engine_close(d.engine);
    hone_model_close(d.model);
    hone_arena_free(d.arena);
    return rc < 0 ? hone_code_exit_status(rc) : 0;
}
