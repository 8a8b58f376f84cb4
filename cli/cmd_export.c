/*
 * `hone export`: base and adapter to the file that an app bundles, or to other formats. Options and
 * the printed result; the work is export/package.c.
 */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "cli/export_score.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"

static const char *opt_model, *opt_adapter, *opt_tools, *opt_data, *opt_out, *opt_quant, *opt_embed;
static const char *opt_template = "auto", *opt_format = "auto", *opt_report;
static int64_t opt_cache, opt_answer = 256, opt_positions = 64, opt_threads;
static int64_t opt_search_rows = 200, opt_score_rows = 32;
static double opt_target, opt_search = -1, opt_max_loss = 100;
static hone_opt_list opt_prefill;
static bool opt_json, opt_lossy, opt_serve;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "base model: folder, .gguf file, or org/name in the hub cache", false },
    { "adapter", 0, "adapter-path", HONE_OPT_PATH, &opt_adapter, 0, 0, NULL, "DIR",
      "adapter or run folder to merge; without it the base is exported as it is", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions that the app declares; a sorted copy is written beside the file", false },
    { "out", 'o', "output|output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, "FILE",
      "what to write: app.litertlm, app.tflite, app.gguf, or a folder with --format", false },
    { "format", 0, NULL, HONE_OPT_CHOICE, &opt_format, 0, 0,
      "auto|litertlm|tflite|gguf|safetensors|adapter", NULL,
      "auto = by the ending; safetensors = merged folder in Hugging Face layout, adapter = PEFT "
      "folder", false },
    { "quant", 0, NULL, HONE_OPT_STRING, &opt_quant, 0, 0, NULL, "NAME",
      "numbers of the weights. litertlm, tflite: q8 (default; of an adapter trained with --qat: "
      "that format), q4b32, q4b64, q4b128 (int4 in blocks), q4c, f32; gguf: q8_0 (default), "
      "q4_0, f16, f32; safetensors: f32 (default), bf16, f16", false },
    { "embed", 0, NULL, HONE_OPT_CHOICE, &opt_embed, 0, 0, "q8|q4b32|q4b64|q4b128|q4c|f32", NULL,
      "numbers of the embedding in litertlm and tflite files, which is the output matrix too "
      "[default: q8, f32 with --quant f32]", false },
    { "allow-lossy", 0, NULL, HONE_OPT_BOOL, &opt_lossy, 0, 0, NULL, NULL,
      "allow q4c, which ruins models of this size", true },
    { "target-size", 0, NULL, HONE_OPT_REAL, &opt_target, 0, 1e6, NULL, "MB",
      "int4 for as many layers as the file must lose to be at most so large, the least harmful "
      "first, measured on --data; 0 = no target", false },
    { "search-loss", 0, NULL, HONE_OPT_REAL, &opt_search, -1, 100, NULL, "POINTS",
      "int4 for as many layers as possible while at most so many percent of the rows get worse "
      "than with int8; -1 = no search", false },
    { "search-rows", 0, NULL, HONE_OPT_INT, &opt_search_rows, 1, 100000, NULL, "N",
      "rows of --data on which layers are measured", true },
    { "data", 0, NULL, HONE_OPT_PATH, &opt_data, 0, 0, NULL, "ROWS",
      "rows of the task: their longest prompt sets the cache length, and the first ones are used "
      "to compare logits and scores", false },
    { "score-rows", 0, NULL, HONE_OPT_INT, &opt_score_rows, 0, 1000000, NULL, "N",
      "rows of --data on which the written file and the merged model are both scored; 0 = none",
      false },
    { "max-loss", 0, NULL, HONE_OPT_REAL, &opt_max_loss, 0, 100, NULL, "POINTS",
      "keep the file only if its score is at most so many points below the merged model's", false },
    { "report", 0, NULL, HONE_OPT_PATH, &opt_report, 0, 0, NULL, "REPORT",
      "report.json of hone eval, for the model card", false },
    { "cache-length", 0, "max-length", HONE_OPT_INT, &opt_cache, 0, 131072, NULL, "N",
      "tokens of prompt and answer together that the app can use; 0 = the smallest of 256, 512, "
      "768, 1024, 1536, 2048, 4096 that suffices (attention on the device costs all of them)",
      false },
    { "answer-length", 0, NULL, HONE_OPT_INT, &opt_answer, 1, 8192, NULL, "N",
      "tokens kept for the answer behind the longest prompt", false },
    { "prefill-lengths", 0, NULL, HONE_OPT_LIST, &opt_prefill, 0, 0, NULL, "N,N,..",
      "chunks in which the device reads a prompt, ascending from 1 [default: those of "
      "1,8,32,128,512 that prompts fill]", true },
    { "template", 0, NULL, HONE_OPT_STRING, &opt_template, 0, 0, NULL, "auto|base|hone|FILE",
      "chat template in the file: the base's, ours, or a Jinja file; auto = the base's if it has "
      "one", false },
    { "serve-template", 0, NULL, HONE_OPT_BOOL, &opt_serve, 0, 0, NULL, NULL,
      "change the template so that `litert-lm serve` can hand over tool results, which it passes "
      "as text; prompts stay the same", false },
    { "verify-positions", 0, NULL, HONE_OPT_INT, &opt_positions, 0, 1024, NULL, "N",
      "token positions at which the written file is compared with the merged model; 0 = none",
      true },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 256, NULL, "N",
      "threads of the comparison, 0 = all processors", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "print the result as one JSON object", false },
};

static const hone_command command = {
    "export",
    "hone export --model MODEL [--adapter DIR] --tools TOOLS -o app.litertlm",
    "Merges the adapter, quantises and writes the file that an app bundles for the LiteRT-LM "
    "runtime\n"
    "and AI Edge Gallery, with tokenizer, chat template and metadata; or another format for other\n"
    "programs. Beside it: app.tools.json (the declarations with sorted parameters, which the app "
    "must\n"
    "use), app.manifest.json (hashes of all inputs) and app.card.md (a model card).\n"
    "The written bytes are read again, compared with the merged model and scored against it\n"
    "before they get their name.",
    options,
    sizeof options / sizeof options[0],
    "  hone export --model MODEL --adapter run/ --tools tools.json -o app.litertlm\n"
    "  hone export --model MODEL --adapter run/ --tools tools.json --data train.jsonl --quant "
    "q4b32 --search-loss 1 -o app.litertlm\n"
    "  hone export --model MODEL --adapter run/ -o app.gguf\n"
    "  hone export --model MODEL --adapter run/ --format safetensors -o merged/\n"
};

static int parse_prefill(hone_package_options *o, hone_err *err)
{
    if (opt_prefill.count > HONE_PREFILL_MAX)
        return hone_fail(err, HONE_E_USAGE, "more than %d prefill lengths", HONE_PREFILL_MAX);
    for (int i = 0; i < opt_prefill.count; i++) {
        int64_t v = 0;
        const char *s = opt_prefill.items[i];
        if (!hone_parse_i64(s, strlen(s), &v) || v < 1 || v > 131072)
            return hone_fail(err, HONE_E_USAGE, "--prefill-lengths: '%s' is no length", s);
        o->prefill[o->num_prefill++] = (int)v;
    }
    return 0;
}

static int parse_format(hone_format *ret, hone_err *err)
{
    hone_format f = HONE_FORMATS;
    if (strcmp(opt_format, "auto") == 0) {
        f = hone_format_of_path(opt_out);
        if (f == HONE_FORMATS) {
            hone_err_hint(err, "end it in .litertlm, .tflite or .gguf, or say --format safetensors "
                          "(a merged folder) or --format adapter");
            return hone_fail(err, HONE_E_USAGE, "%s does not say what to write", opt_out);
        }
    }
    for (int i = 0; f == HONE_FORMATS && i < HONE_FORMATS; i++)
        if (strcmp(hone_format_name((hone_format)i), opt_format) == 0) f = (hone_format)i;
    *ret = f;
    return 0;
}

/* The device's files need the app's functions; the others need only what is merged. */
static int check_words(const hone_package_options *o, hone_err *err)
{
    const bool device = o->format == HONE_FORMAT_LITERTLM || o->format == HONE_FORMAT_TFLITE;
    if (device) return hone_args_need(opt_tools, "--tools", "export", err);
    if (opt_embed || opt_target > 0 || opt_search >= 0)
        return hone_fail(err, HONE_E_USAGE, "--embed, --target-size and --search-loss are for "
                         ".litertlm and .tflite files");
    return 0;
}

static int collect(hone_package_options *o, hone_err *err)
{
    HONE_TRY(hone_args_need(opt_model, "--model", "export", err));
    HONE_TRY(hone_args_need(opt_out, "-o", "export", err));
    *o = (hone_package_options){
        .model = opt_model, .adapter = opt_adapter, .tools = opt_tools, .data = opt_data,
        .report = opt_report, .out = opt_out, .chat_template = opt_template,
        .serve_template = opt_serve, .quant = opt_quant, .embed = opt_embed,
        .allow_lossy = opt_lossy,
        .goal = { .target_bytes = (uint64_t)(opt_target * 1e6), .loss_points = opt_search,
                  .rows = (int)opt_search_rows },
        .cache_length = (int)opt_cache, .answer_length = (int)opt_answer,
        .positions = (int)opt_positions, .threads = (int)opt_threads, .max_loss = opt_max_loss,
    };
    HONE_TRY(parse_format(&o->format, err));
    HONE_TRY(check_words(o, err));
    return parse_prefill(o, err);
}

/* The manifest is the result as JSON. */
static int print_json(const hone_package_result *r, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = hone_fs_read(&text, r->manifest_path, HONE_BUF_TEXT_MAX, err);
    if (rc == 0) fputs(text.data, stdout);
    hone_buf_done(&text);
    return rc;
}

static void print_mixed(const hone_mixed_table *t)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (t->count) hone_mixed_text(&text, t);
    if (text.len && hone_buf_ok(&text)) fputs(text.data, stdout);
    hone_buf_done(&text);
}

static void print_checks(const hone_package_result *r)
{
    const hone_verify_logits *v = &r->logits;
    const hone_score_loss *l = &r->loss;
    char kl[32], diff[32];
    hone_f64_g6(v->kl_mean, kl);
    hone_f64_g6(v->max_diff, diff);
    if (v->positions)
        printf("  against the merged model at %d positions: arg-max equal at %d, KL %s, largest "
               "difference of a logit %s\n", v->positions, v->argmax_equal, kl, diff);
    if (l->rows)
        printf("  score on %lld rows: %lld right, %lld with the merged model: %+.2f points (95 %%: "
               "%+.2f to %+.2f)\n", (long long)l->rows, (long long)l->after,
               (long long)l->before, l->diff, l->lo, l->hi);
    else if (r->format == HONE_FORMAT_LITERTLM)
        printf("  not scored: that takes rows (--data) and --score-rows\n");
}

static void print_text(const hone_package_result *r)
{
    const bool device = r->format == HONE_FORMAT_LITERTLM || r->format == HONE_FORMAT_TFLITE;
    print_mixed(&r->mixed);
    printf("%s  %.1f MB, %s", r->out, (double)r->sizes.file / 1e6, r->quant);
    if (device)
        printf(", cache length %d (%s)\n  read again: %u subgraphs, %u operators, template: %s\n  "
               "prefill: %s", r->options.cache_length, r->why_cache_length, r->sizes.subgraphs,
               r->sizes.operators, r->template_kind, r->why_prefill);
    printf("\n");
    print_checks(r);
    if (opt_tools && r->format != HONE_FORMAT_ADAPTER) printf("%s\n", r->tools_path);
    printf("%s\n%s\n", r->manifest_path, r->card_path);
    if (r->format == HONE_FORMAT_LITERTLM)
        printf("next: hone eval --model %s --data TEST_ROWS\n", r->out);
}

static int export_all(hone_package_options *o, hone_package_result *r, hone_err *err)
{
    hone_export_score *score = NULL;
    hone_package_scorer scorer;
    const bool scored = opt_data && opt_score_rows > 0 && o->format != HONE_FORMAT_TFLITE &&
                        o->format != HONE_FORMAT_ADAPTER;
    if (scored) {
        HONE_TRY(hone_export_score_new(&score, opt_data, opt_tools, opt_score_rows, opt_threads,
                                       err));
        scorer = hone_export_scorer(score);
        o->scorer = &scorer;
    }
    const int rc = hone_package_run(o, r, err);
    hone_export_score_free(score);
    return rc;
}

int hone_cmd_export(int argc, char **argv)
{
    hone_err err;
    hone_package_options o;
    hone_package_result *r = hone_calloc(1, sizeof(*r));
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a && r ? 0 : hone_err_memory(&err, "options", 0), words = 0;
    if (rc == 0) rc = hone_cmd_parse(&command, argc, argv, NULL, 0, &words, a, &err);
    if (rc == 0) rc = collect(&o, &err);
    if (rc == 0) {
        rc = export_all(&o, r, &err);
        if (rc == 0 && opt_json) rc = print_json(r, &err);
        else if (rc == 0) print_text(r);
    }
    hone_free(r);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
