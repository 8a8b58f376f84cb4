/*
 * `hone export`: base and adapter to the file that an app bundles. Options and the printed
 * result; the work is export/package.c. /
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "export/package.h"

static const char *opt_model, *opt_adapter, *opt_tools, *opt_data, *opt_out, *opt_quant = "q8";
static const char *opt_template = "auto";
static int64_t opt_cache, opt_answer = 256, opt_positions = 64, opt_threads;
static hone_opt_list opt_prefill;
static bool opt_json;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "base model: folder, .gguf file, or org/name in the hub cache", false },
    { "adapter", 0, "adapter-path", HONE_OPT_PATH, &opt_adapter, 0, 0, NULL, "DIR",
      "adapter or run folder to merge; without it the base is exported as it is", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions that the app declares; a sorted copy is written beside the file", false },
    { "quant", 0, NULL, HONE_OPT_CHOICE, &opt_quant, 0, 0, "q8|f32", NULL,
      "weights: q8 = int8 with a scale per row, f32 = unchanged, four times as large", false },
    { "out", 'o', "output|output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, "FILE",
      "file to write, ending in .litertlm", false },
    { "data", 0, NULL, HONE_OPT_PATH, &opt_data, 0, 0, NULL, "ROWS",
      "rows of the task: their longest prompt sets the cache length, and the first ones are used "
      "to "
      "compare logits",
      false },
    { "cache-length", 0, "max-length", HONE_OPT_INT, &opt_cache, 0, 131072, NULL, "N",
      "tokens of prompt and answer together that the app can use; 0 = the smallest of 256, 512, "
      "768, "
      "1024, 1536, 2048, 4096 that suffices (attention on the device costs all of them)",
      false },
    { "answer-length", 0, NULL, HONE_OPT_INT, &opt_answer, 1, 8192, NULL, "N",
      "tokens kept for the answer behind the longest prompt", false },
    { "prefill-lengths", 0, NULL, HONE_OPT_LIST, &opt_prefill, 0, 0, NULL, "N,N,..",
      "chunks in which the device reads a prompt, ascending from 1 [default: 1,8,32,128,512 as far "
      "as "
      "they fit]",
      true },
    { "template", 0, NULL, HONE_OPT_STRING, &opt_template, 0, 0, NULL, "auto|base|hone|FILE",
      "chat template in the file: the base's, ours, or a Jinja file; auto = the base's if it has "
      "one",
      false },
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
    "Merges the adapter, quantises and writes one .litertlm file for the LiteRT-LM runtime and AI "
    "Edge\n"
    "Gallery, with tokenizer, chat template and metadata. Beside it: app.tools.json (the "
    "declarations\n"
    "with sorted parameters, which the app must use) and app.manifest.json (hashes of all "
    "inputs).\n"
    "The written bytes are read again and compared with the merged model before they get their "
    "name.\n"
    "Not offered yet: int4, GGUF and safetensors output, and the score of the exported file, "
    "which\n"
    "hone eval gives.",
    options,
    sizeof options / sizeof options[0],
    "  hone export --model MODEL --adapter run/adapter --tools tools.json -o app.litertlm\n"
    "  hone eval --model app.litertlm --data test.jsonl\n"
};

static int need(const char *value, const char *name, hone_err *err)
{
    if (value) return 0;
    hone_err_hint(err, "see hone export --help");
    return hone_fail(err, HONE_E_USAGE, "%s is missing", name);
}

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

static int collect(hone_package_options *o, hone_err *err)
{
    HONE_TRY(need(opt_model, "--model", err));
    HONE_TRY(need(opt_tools, "--tools", err));
    HONE_TRY(need(opt_out, "-o", err));
    *o = (hone_package_options){
        .model = opt_model, .adapter = opt_adapter, .tools = opt_tools, .data = opt_data,
        .out = opt_out, .chat_template = opt_template,
        .scheme = strcmp(opt_quant, "f32") == 0 ? HONE_SCHEME_F32 : HONE_SCHEME_Q8,
        .cache_length = (int)opt_cache, .answer_length = (int)opt_answer,
        .positions = (int)opt_positions, .threads = (int)opt_threads,
    };
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

static void print_text(const hone_package_result *r)
{
    const hone_verify_logits *v = &r->logits;
    char kl[32], diff[32];
    printf("%s  %.1f MB, %s, cache length %d (%s)\n", opt_out, (double)r->sizes.file / 1e6,
           hone_scheme_name(r->options.scheme), r->options.cache_length, r->why_cache_length);
    printf("  read again: %u subgraphs, %u operators, template: %s\n", r->sizes.subgraphs,
           r->sizes.operators, r->template_kind);
    hone_f64_g6(v->kl_mean, kl);
    hone_f64_g6(v->max_diff, diff);
    if (v->positions)
        printf("  against the merged model at %d positions: arg-max equal at %d, KL %s, largest "
               "difference of a logit %s\n", v->positions, v->argmax_equal, kl, diff);
    printf("%s\n%s\n", r->tools_path, r->manifest_path);
    printf("next: hone eval --model %s --data TEST_ROWS\n", opt_out);
}

int hone_cmd_export(int argc, char **argv)
{
    hone_err err;
    hone_package_options o;
    hone_package_result r;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a ? 0 : hone_err_memory(&err, "options", 0), words = 0;
    if (rc == 0) rc = hone_cmd_parse(&command, argc, argv, NULL, 0, &words, a, &err);
    if (rc == 0) rc = collect(&o, &err);
    if (rc == 0) {
        rc = hone_package_run(&o, &r, &err);
        if (rc == 0 && opt_json) rc = print_json(&r, &err);
        else if (rc == 0) print_text(&r);
    }
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
