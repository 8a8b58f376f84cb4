/*
 * `hone trim`: a model folder with a smaller vocabulary. Options and the printed result; the work
 * is export/trim.c.
 */
#include <stdio.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "common/buf.h"
#include "common/mem.h"
#include "export/trim.h"

static const char *opt_model, *opt_tools, *opt_out, *opt_dev, *opt_dtype = "auto";
static hone_opt_list opt_data, opt_keep;
static int64_t opt_vocab = 32768;
static bool opt_json;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "base model: folder, .gguf file, or org/name in the hub cache", false },
    { "data", 0, NULL, HONE_OPT_PATHS, &opt_data, 0, 0, NULL, "ROWS",
      "training rows, which choose the pieces; may be repeated", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions for rows that carry none", false },
    { "vocab", 0, "vocab-size", HONE_OPT_INT, &opt_vocab, 2, 1048574, NULL, "N",
      "pieces of the new vocabulary, even", false },
    { "keep-text", 0, NULL, HONE_OPT_PATHS, &opt_keep, 0, 0, NULL, "FILE",
      "text whose pieces are wanted too: names, places, jargon of the app; may be repeated",
      false },
    { "dev", 0, NULL, HONE_OPT_PATH, &opt_dev, 0, 0, NULL, "ROWS",
      "rows that choose nothing, to see how unseen text fares", false },
    { "dtype", 0, NULL, HONE_OPT_CHOICE, &opt_dtype, 0, 0, "auto|f32|bf16|f16", NULL,
      "numbers of the weights; auto = the base's if a folder can hold them, else f32", false },
    { "out", 'o', "output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, "DIR",
      "folder to write, which every command takes as MODEL", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "print the result as one JSON object", false },
};

static const hone_command command = {
    "trim",
    "hone trim --model MODEL --tools TOOLS --data ROWS --vocab 32768 -o small/",
    "Writes a model folder with fewer vocabulary pieces: those that the rows use, with all that\n"
    "they are merged from, and common ones. Texts of the rows are cut into the same tokens as\n"
    "before, other texts into smaller ones, down to bytes. Trim before training. Files exported\n"
    "from such a model are less than half as large and decode faster; constrained decoding on the\n"
    "device is not available for them.",
    options,
    sizeof options / sizeof options[0],
    "  hone trim --model MODEL --tools tools.json --data data/train.jsonl --vocab 32768 -o small/\n"
    "  hone train --model small/ --tools tools.json --data data/train.jsonl -o run/\n"
};

static double share(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static bool put(hone_arena *a, hone_json *o, const char *key, int64_t v)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, v));
}

static hone_json *rows_json(hone_arena *a, const hone_trim_rows *r)
{
    hone_json *o = hone_json_new_object(a);
    const bool ok = o && put(a, o, "rows", r->rows) && put(a, o, "changed", r->changed) &&
                    put(a, o, "tokens_before", r->old_ids) && put(a, o, "tokens", r->new_ids) &&
                    put(a, o, "tokens_removed", r->removed);
    return ok ? o : NULL;
}

static int print_json(hone_arena *a, const hone_trim_result *r, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_json *o = hone_json_new_object(a), *data = rows_json(a, &r->data);
    hone_json *dev = rows_json(a, &r->dev);
    bool ok = o && data && dev && put(a, o, "vocab", r->vocab) &&
              put(a, o, "vocab_before", r->old_vocab) && put(a, o, "special", r->special) &&
              put(a, o, "used", r->used) && put(a, o, "closure", r->closure) &&
              put(a, o, "missed", r->missed) && put(a, o, "q8_bytes", (int64_t)r->q8_bytes) &&
              put(a, o, "q4b32_bytes", (int64_t)r->q4b32_bytes) &&
              hone_json_set(a, o, "data", data) &&
              (!r->dev.rows || hone_json_set(a, o, "dev", dev));
    if (ok) hone_json_write(&b, o, HONE_JSON_PRETTY);
    ok = ok && hone_buf_ok(&b);
    if (ok) printf("%s\n", b.data);
    hone_buf_done(&b);
    return ok ? 0 : hone_err_memory(err, "the result", 0);
}

static void print_text(const hone_trim_result *r)
{
    printf("%s  %d pieces instead of %d, weights in %s\n", opt_out, r->vocab, r->old_vocab,
           r->dtype);
    printf("  %d that any text needs, %d used by the rows, %d on the way to those\n", r->special,
           r->used, r->closure);
    printf("  rows cut into other tokens than before: %lld of %lld\n", (long long)r->data.changed,
           (long long)r->data.rows);
    if (r->missed)
        printf("  %d used pieces found no room: a larger --vocab keeps the rows as they are\n",
               r->missed);
    if (r->dev.rows)
        printf("  unseen rows: %lld of %lld change, %.2f %% of the tokens are gone, texts grow by "
               "%.2f %%\n", (long long)r->dev.changed, (long long)r->dev.rows,
               share(r->dev.removed, r->dev.old_ids),
               share(r->dev.new_ids - r->dev.old_ids, r->dev.old_ids));
    printf("  exported: about %.1f MB in q8", (double)r->q8_bytes / 1e6);
    if (r->q4b32_bytes) printf(", %.1f MB in q4b32", (double)r->q4b32_bytes / 1e6);
    printf(", of which %.1f MB tokenizer\n", (double)r->tokenizer_bytes / 1e6);
    printf("  texts of other domains and languages are cut finer, and the device's constrained "
           "decoding refuses such files\n");
    printf("next: hone train --model %s --data ROWS --tools TOOLS -o run/\n", opt_out);
}

static int trim(hone_arena *a, hone_err *err)
{
    hone_trim_result r;
    HONE_TRY(hone_args_need(opt_model, "--model", "trim", err));
    HONE_TRY(hone_args_need(opt_out, "-o", "trim", err));
    HONE_TRY(hone_args_need(opt_data.count ? "" : NULL, "--data", "trim", err));
    const hone_trim_options o = { .model = opt_model, .tools = opt_tools, .out = opt_out,
                                  .data = &opt_data, .keep = &opt_keep, .dev = opt_dev,
                                  .dtype = opt_dtype, .vocab = (int)opt_vocab };
    HONE_TRY(hone_trim_run(&o, &r, err));
    if (opt_json) return print_json(a, &r, err);
    print_text(&r);
    return 0;
}

int hone_cmd_trim(int argc, char **argv)
{
    hone_err err;
    int words = 0;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a ? hone_cmd_parse(&command, argc, argv, NULL, 0, &words, a, &err)
               : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = trim(a, &err);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
