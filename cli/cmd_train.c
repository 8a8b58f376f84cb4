/*
 * `hone train`: an adapter from rows. Reads and encodes the rows, shows the plan, and hands over to
 * train/loop.c. docs/training.md.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/yaml.h"
#include "datasets/rows.h"
#include "train/loop.h"

static const char *opt_model, *opt_tools, *opt_out, *opt_resume, *opt_valid;
static const char *opt_scheduler = "cosine", *opt_target = "all-linear";
static hone_opt_list opt_data;
static double opt_epochs = 2, opt_lr = 1e-3, opt_control_lr = 5e-3, opt_plus = 1, opt_decay;
static double opt_beta1 = 0.9, opt_beta2 = 0.99, opt_eps = 1e-8, opt_clip = 1, opt_alpha = 32;
static double opt_memory, opt_skip_mass = 0x1p-24;
static int64_t opt_max_steps, opt_batch = 32, opt_warmup = 30, opt_r = 16, opt_seed;
static int64_t opt_logging = 1, opt_save = 50, opt_eval, opt_limit = 2, opt_length, opt_threads,
    opt_max_rows;
static bool opt_rslora, opt_dry_run, opt_overwrite, opt_quiet, opt_verbose;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "base model: folder, .gguf file, or org/name in the hub cache", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions for rows that carry none of their own", false },
    { "data", 0, "train-file", HONE_OPT_PATHS, &opt_data, 0, 0, NULL, "ROWS",
      "row files (.jsonl, .jsonl.zst) to train on; may be repeated", false },
    { "max-rows", 0, NULL, HONE_OPT_INT, &opt_max_rows, 0, 1e12, NULL, "N",
      "train on the first N rows of --data only; 0 = all", false },
    { "valid-file", 0, NULL, HONE_OPT_PATH, &opt_valid, 0, 0, NULL, "ROWS",
      "rows whose loss is measured during training and never trained on", false },
    { "output-dir", 'o', NULL, HONE_OPT_PATH, &opt_out, 0, 0, NULL, "RUN",
      "run folder; the adapter is RUN/adapter", false },
    { "epochs", 0, "num-train-epochs", HONE_OPT_REAL, &opt_epochs, 0, 100000, NULL, "X",
      "passes over the rows; parts of one are possible", false },
    { "max-steps", 0, "iters", HONE_OPT_INT, &opt_max_steps, 0, 1e9, NULL, "N",
      "optimiser steps; 0 = by --epochs", false },
    { "batch-size", 0, "per-device-train-batch-size", HONE_OPT_INT, &opt_batch, 1, 65536, NULL, "N",
      "rows of one optimiser step", false },
    { "learning-rate", 0, "lr", HONE_OPT_REAL, &opt_lr, 0, 0, NULL, "X",
      "highest rate of the adapter's matrices", false },
    { "control-lr", 0, NULL, HONE_OPT_REAL, &opt_control_lr, 0, 0, NULL, "X",
      "highest rate of the seven control-token rows that a plain Gemma base gets", false },
    { "lr-scheduler", 0, "lr-scheduler-type", HONE_OPT_CHOICE, &opt_scheduler, 0, 0,
      HONE_SCHEDULE_CHOICES, NULL, "cosine and linear fall to 5 % of the highest rate", false },
    { "warmup-steps", 0, NULL, HONE_OPT_INT, &opt_warmup, 0, 1e9, NULL, "N",
      "steps of rising rate; at most a tenth of the run", false },
    { "lora-r", 0, "lora-rank|rank", HONE_OPT_INT, &opt_r, 1, 1024, NULL, "N",
      "rank of the adapter's matrices", false },
    { "lora-alpha", 0, NULL, HONE_OPT_REAL, &opt_alpha, 0, 0, NULL, "X",
      "the adapter counts alpha / r times", false },
    { "lora-target", 0, "target-modules|lora-target-modules", HONE_OPT_STRING, &opt_target, 0, 0,
      NULL, "NAMES", "linears to adapt, for example q_proj,v_proj, or all-linear", false },
    { "use-rslora", 0, NULL, HONE_OPT_BOOL, &opt_rslora, 0, 0, NULL, NULL,
      "alpha / sqrt(r) instead of alpha / r", true },
    { "loraplus-ratio", 0, NULL, HONE_OPT_REAL, &opt_plus, 0, 0, NULL, "X",
      "rate of the B matrices over that of A", true },
    { "seed", 0, NULL, HONE_OPT_INT, &opt_seed, 0, 9e15, NULL, "N",
      "of the adapter's first values and the order of rows", false },
    { "max-grad-norm", 0, NULL, HONE_OPT_REAL, &opt_clip, 0, 0, NULL, "X",
      "longer gradients are shortened to this; 0 = never", false },
    { "weight-decay", 0, NULL, HONE_OPT_REAL, &opt_decay, 0, 0, NULL, "X", "AdamW's decay", true },
    { "adam-beta1", 0, NULL, HONE_OPT_REAL, &opt_beta1, 0, 0, NULL, "X", "AdamW's beta 1", true },
    { "adam-beta2", 0, NULL, HONE_OPT_REAL, &opt_beta2, 0, 0, NULL, "X", "AdamW's beta 2", true },
    { "adam-epsilon", 0, NULL, HONE_OPT_REAL, &opt_eps, 0, 0, NULL, "X", "AdamW's epsilon", true },
    { "max-seq-length", 0, NULL, HONE_OPT_INT, &opt_length, 0, 1e9, NULL, "N",
      "longest row in tokens (a longer one is refused, never cut); 0 = the model's context",
      false },
    { "logging-steps", 0, "steps-per-report", HONE_OPT_INT, &opt_logging, 1, 1e9, NULL, "N",
      "a line in metrics.jsonl every N steps", false },
    { "save-steps", 0, "save-every", HONE_OPT_INT, &opt_save, 1, 1e9, NULL, "N",
      "a checkpoint every N steps, and at the end", false },
    { "save-total-limit", 0, NULL, HONE_OPT_INT, &opt_limit, 2, 1e6, NULL, "N",
      "checkpoints that are kept", false },
    { "eval-steps", 0, NULL, HONE_OPT_INT, &opt_eval, 0, 1e9, NULL, "N",
      "loss of --valid-file every N steps; 0 = after each epoch", false },
    { "resume", 0, "resume-from-checkpoint|resume-from", HONE_OPT_PATH, &opt_resume, 0, 0, NULL,
      "DIR", "go on from this checkpoint; by default from the newest whole one of RUN", false },
    { "overwrite", 0, NULL, HONE_OPT_BOOL, &opt_overwrite, 0, 0, NULL, NULL,
      "remove a run with other inputs or options that RUN holds", false },
    { "loss-skip-mass", 0, NULL, HONE_OPT_REAL, &opt_skip_mass, 0, 1e-3, NULL, "X",
      "leave a block of the vocabulary out of a label's gradient when its probability is at most "
      "this share of the whole; 0 = exact", true },
    { "memory-limit", 0, NULL, HONE_OPT_REAL, &opt_memory, 0, 1e6, NULL, "GB",
      "memory of the whole process; 0 = 4 GB, or 60 % of the machine's if that is less", false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors; the result does not depend on it", false },
    { "dry-run", 0, NULL, HONE_OPT_BOOL, &opt_dry_run, 0, 0, NULL, NULL,
      "read the rows, print the plan, write nothing", false },
    { "quiet", 'q', NULL, HONE_OPT_BOOL, &opt_quiet, 0, 0, NULL, NULL, "warnings and errors only",
      false },
    { "verbose", 'v', NULL, HONE_OPT_BOOL, &opt_verbose, 0, 0, NULL, NULL, "say more", false },
};

static const hone_command command = {
    "train", "hone train --model MODEL --tools TOOLS --data ROWS -o RUN",
    "Tunes a LoRA adapter (PEFT's folder format) on the answers of rows. Rows with a common\n"
    "prompt beginning are computed once, exactly. Stopped by Ctrl-C or killed, the same line goes\n"
    "on from the newest checkpoint and ends with the same bytes; finished, it does nothing.\n"
    "Not offered yet: full fine-tuning, quantisation-aware training, LoRA dropout, packing, GPUs,\n"
    "TensorBoard files. A step that does not fit the memory computes its shared beginnings once\n"
    "for each part.",
    options, sizeof options / sizeof options[0],
    "  hone train --model MODEL --tools tools.json --data train.jsonl --epochs 2 -o run/\n"
    "  hone eval --model MODEL --adapter run/ --tools tools.json --data test.jsonl\n"
};

/* Options that change nothing of the result, or whose files are compared by content. */
static const char *const free_options[] = {
    "model", "tools", "data", "valid_file", "output_dir", "save_steps", "save_total_limit",
    "resume", "overwrite", "memory_limit", "threads", "dry_run", "quiet", "verbose"
};

typedef struct trainer {
    hone_arena *arena;
    hone_model *model;
    hone_json *tools;
    const char *tools_path;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_encode_set *rows, *valid;
    hone_run_folder *folder;
    hone_train_settings settings;
    hone_train_plan plan;
} trainer;

/* ---- settings ---- */

static int settings_take(hone_train_settings *s, hone_err *err)
{
    HONE_TRY(hone_args_need(opt_model, "--model", "train", err));
    HONE_TRY(hone_args_need(opt_data.count ? "" : NULL, "--data", "train", err));
    HONE_TRY(hone_args_need(opt_dry_run ? "" : opt_out, "-o", "train", err));
    *s = (hone_train_settings){
        .epochs = opt_epochs, .max_steps = opt_max_steps, .batch_size = opt_batch,
        .learning_rate = opt_lr, .control_lr = opt_control_lr, .lora_plus = opt_plus,
        .warmup_steps = opt_warmup, .max_grad_norm = opt_clip,
        .adamw = { opt_beta1, opt_beta2, opt_eps, opt_decay }, .seed = (uint64_t)opt_seed,
        .logging_steps = opt_logging, .save_steps = opt_save, .eval_steps = opt_eval,
        .save_total_limit = opt_limit,
    };
    return hone_schedule_parse(&s->schedule, opt_scheduler, err);
}

static int open_model(trainer *t, hone_err *err)
{
    hone_lora_config lora = { .r = (int)opt_r, .alpha = opt_alpha, .rslora = opt_rslora };
    HONE_TRY(hone_lora_targets_parse(&lora.targets, opt_target, err));
    HONE_TRY(hone_model_open(&t->model, opt_model, err));
    if (t->model->kind == HONE_MODEL_LITERTLM) {
        hone_err_hint(err, "train on its base model, then export again");
        return hone_fail(err, HONE_E_USAGE, "an exported file cannot be trained");
    }
    if (!t->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "%s has no tokenizer", opt_model);
    lora.control_rows = t->model->control_untrained;
    HONE_TRY(hone_adapter_new(&t->adapter, &t->model->config, &lora, err));
    hone_adapter_init(t->adapter, &t->model->config, (uint64_t)opt_seed);
    t->settings.batch_bytes = hone_train_batch_bytes(t->model, t->adapter->count,
                                                     (int64_t)(opt_memory * 1e9));
    return hone_args_tools(&t->tools, &t->tools_path, t->arena, opt_tools, NULL, err);
}

/* ---- the run's identity ---- */

static bool is_free(const char *name)
{
    for (size_t i = 0; i < sizeof free_options / sizeof free_options[0]; i++)
        if (strcmp(name, free_options[i]) == 0) return true;
    return false;
}

static int put(trainer *t, hone_json *o, const char *key, hone_json *v, hone_err *err)
{
    return v && hone_json_set(t->arena, o, key, v) ? HONE_OK : hone_err_memory(err, "manifest", 0);
}

static int put_file_hash(trainer *t, hone_json *o, const char *key, const char *path, hone_err *err)
{
    char hex[65] = "";
    if (path) HONE_TRY(hone_sha256_file(path, hex, err));
    return put(t, o, key, hone_json_new_str(t->arena, hex), err);
}

static int inputs_make(trainer *t, hone_json *inputs, hone_err *err)
{
    hone_json *data = hone_json_new_array(t->arena);
    HONE_TRY(put(t, inputs, "model", hone_json_new_str(t->arena, t->model->sha256), err));
    HONE_TRY(put_file_hash(t, inputs, "tools", t->tools_path, err));
    for (int i = 0; i < opt_data.count; i++) {
        char hex[65];
        HONE_TRY(hone_sha256_file(opt_data.items[i], hex, err));
        hone_json *v = hone_json_new_str(t->arena, hex);
        if (!data || !v || !hone_json_push(t->arena, data, v))
            return hone_err_memory(err, "manifest", 0);
    }
    HONE_TRY(put(t, inputs, "data", data, err));
    return put_file_hash(t, inputs, "valid", opt_valid, err);
}

/* All options; those that must be equal to go on; those that need not. */
static int options_split(trainer *t, hone_json **ret_all, hone_json *fixed, hone_json *others,
                         hone_err *err)
{
    hone_json *all = hone_options_dump(&command, t->arena);
    if (!all) return hone_err_memory(err, "options", 0);
    for (size_t i = 0; i < all->len; i++) {
        hone_json *into = is_free(all->members[i].key) ? others : fixed;
        HONE_TRY(put(t, into, all->members[i].key, all->members[i].value, err));
    }
    *ret_all = all;
    return HONE_OK;
}

static int write_config(trainer *t, const hone_json *all, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char *path = hone_path_join(opt_out, "config.effective.yaml");
    hone_json *root = hone_json_new_object(t->arena);
    int rc = path && root ? put(t, root, "train", hone_json_copy(t->arena, all), err)
                          : hone_err_memory(err, "configuration", 0);
    if (rc == 0) {
        hone_yaml_write(&text, root);
        rc = hone_buf_ok(&text) ? hone_fs_write(path, text.data, text.len, err)
                                : hone_err_memory(err, "configuration", text.len);
    }
    hone_buf_done(&text);
    hone_free(path);
    return rc;
}

/* Parts of a step decide last bits: a run that goes on keeps the memory that it began with. */
static int keep_batch_bytes(trainer *t, hone_err *err)
{
    int64_t was;
    const hone_json *notes = hone_run_folder_notes(t->folder);
    HONE_TRY(hone_json_get_i64(&was, notes, "batch_bytes", 0, 0, INT64_MAX, "notes", err));
    if (hone_run_folder_state(t->folder) == HONE_RUN_NEW || was == 0) return HONE_OK;
    if (opt_memory == 0) t->settings.batch_bytes = (size_t)was;
    else if ((size_t)was != t->settings.batch_bytes)
        hone_warn("--memory-limit differs from the run's first start: sums may differ in their "
                  "last bits");
    return HONE_OK;
}

static int open_folder(trainer *t, hone_err *err)
{
    hone_arena *a = t->arena;
    hone_json *inputs = hone_json_new_object(a), *fixed = hone_json_new_object(a), *all = NULL;
    hone_json *others = hone_json_new_object(a);
    if (!inputs || !fixed || !others) return hone_err_memory(err, "manifest", 0);
    HONE_TRY(inputs_make(t, inputs, err));
    HONE_TRY(options_split(t, &all, fixed, others, err));
    HONE_TRY(put(t, others, "batch_bytes",
                 hone_json_new_i64(a, (int64_t)t->settings.batch_bytes), err));
    const hone_run_identity id = { inputs, fixed, others };
    HONE_TRY(hone_run_folder_open(&t->folder, opt_out, &id, opt_overwrite, err));
    HONE_TRY(keep_batch_bytes(t, err));
    if (hone_run_folder_state(t->folder) == HONE_RUN_FINISHED) return HONE_OK;
    return write_config(t, all, err);
}

/* ---- rows ---- */

/* limit: most rows to take; 0 = all. */
static int encode_file(trainer *t, hone_encode_set *set, const char *path, size_t limit,
                       hone_err *err)
{
    const hone_rows_options ro = { .row = { .tools = t->tools, .sort_tools = true },
                                   .limit = limit };
    const hone_encode_options eo = { opt_length ? opt_length : t->model->config.max_positions,
                                     true };
    hone_rows *rows = NULL;
    hone_progress p;
    HONE_TRY(hone_rows_load(&rows, path, &ro, err));
    if (rows->nulls_dropped)
        hone_log("%s: %lld keys without a value (null) are taken as absent", path,
                 (long long)rows->nulls_dropped);
    int rc = HONE_OK;
    hone_progress_start(&p, "encoding rows", (int64_t)rows->count);
    for (size_t i = 0; i < rows->count && rc == 0; i++) {
        rc = hone_encode_set_add(set, t->model->tokenizer, &rows->items[i], path, &eo, err);
        hone_progress_set(&p, (int64_t)i + 1, NULL);
        if (rc == 0 && hone_stop_requested())
            rc = hone_fail(err, HONE_E_STOPPED, "stopped before the first step");
    }
    if (rc == 0) hone_progress_end(&p, NULL);
    hone_rows_free(rows);
    return rc;
}

static int encode_rows(trainer *t, hone_err *err)
{
    HONE_TRY(hone_encode_set_new(&t->rows, err));
    for (int i = 0; i < opt_data.count; i++) {
        const size_t most = (size_t)opt_max_rows, have = t->rows->count;
        if (most && have >= most) break;
        HONE_TRY(encode_file(t, t->rows, opt_data.items[i], most ? most - have : 0, err));
    }
    if (!opt_valid) return HONE_OK;
    HONE_TRY(hone_encode_set_new(&t->valid, err));
    return encode_file(t, t->valid, opt_valid, 0, err);
}

/* ---- the plan, shown ---- */

static void show_plan(const trainer *t)
{
    const hone_train_plan *p = &t->plan;
    const hone_encode_row *longest = &t->rows->rows[t->rows->longest_row];
    hone_log("rows      %lld, longest %d tokens (%s:%lld)", (long long)p->rows, longest->count,
             longest->source, (long long)longest->line);
    hone_log("steps     %lld of %lld rows = %.4g epochs; warm-up %lld", (long long)p->steps,
             (long long)t->settings.batch_size, p->epochs, (long long)p->warmup);
    if (p->warmup < t->settings.warmup_steps)
        hone_log("          warm-up shortened from %lld to a tenth of the run",
                 (long long)t->settings.warmup_steps);
    hone_log("tokens    %lld in rows, %lld computed (%.1f x less: shared beginnings), %lld labels",
             (long long)p->row_tokens, (long long)p->computed,
             (double)p->plain / (double)p->computed, (long long)p->labels);
    hone_log("adapter   %zu parameters, rank %d on %s%s", t->adapter->count, t->adapter->config.r,
             opt_target, t->adapter->config.control_rows ? ", and seven control-token rows" : "");
    hone_log("memory    %.2f GB for the largest batch of %d tokens%s", (double)p->bytes / 1e9,
             p->most_tokens, p->most_parts > 1 ? "" : "; each step is one batch");
    if (p->most_parts > 1)
        hone_log("          steps are computed in up to %d parts to stay within it", p->most_parts);
}

/* ---- running ---- */

static int open_engine(trainer *t, hone_err *err)
{
    const hone_engine_options eo = { .threads = (int)opt_threads, .training = true,
                                     .skip_mass = opt_skip_mass };
    HONE_TRY(hone_engine_open(&t->engine, t->model, &eo, err));
    return hone_train_plan_make(&t->plan, t->engine, t->rows, &t->settings, err);
}

static int train(trainer *t, hone_err *err)
{
    hone_train_result r;
    const hone_train_job job = { .model = t->model, .model_name = opt_model, .engine = t->engine,
                                 .adapter = t->adapter, .rows = t->rows, .valid = t->valid,
                                 .folder = t->folder, .settings = &t->settings, .plan = &t->plan,
                                 .resume = opt_resume };
    HONE_TRY(hone_train_run(&job, &r, err));
    if (isfinite(r.loss))
        hone_log("trained %lld steps, loss %.4f, %.0f s, peak memory %.2f GB", (long long)r.steps,
                 r.loss, r.seconds, (double)hone_peak_rss() / 1e9);
    printf("%s\n", opt_out);
    hone_log("next: hone eval --model %s --adapter %s --data TEST_ROWS%s%s", opt_model, opt_out,
             opt_tools ? " --tools " : "", opt_tools ? opt_tools : "");
    return HONE_OK;
}

static int run(trainer *t, hone_err *err)
{
    HONE_TRY(settings_take(&t->settings, err));
    HONE_TRY(open_model(t, err));
    if (!opt_dry_run) {
        HONE_TRY(open_folder(t, err));
        if (hone_run_folder_state(t->folder) == HONE_RUN_FINISHED) {
            hone_log("nothing to do: %s holds this run, finished", opt_out);
            printf("%s\n", opt_out);
            return HONE_OK;
        }
    }
    HONE_TRY(encode_rows(t, err));
    HONE_TRY(open_engine(t, err));
    show_plan(t);
    return opt_dry_run ? HONE_OK : train(t, err);
}

static void done(trainer *t)
{
    hone_run_folder_close(t->folder);
    hone_engine_close(t->engine);
    hone_adapter_free(t->adapter);
    hone_encode_set_free(t->rows);
    hone_encode_set_free(t->valid);
    hone_model_close(t->model);
}

int hone_cmd_train(int argc, char **argv)
{
    hone_err err;
    trainer t = { 0 };
    hone_err_clear(&err);
    t.arena = hone_arena_new();
    int words = 0, rc = t.arena ? 0 : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = hone_cmd_parse(&command, argc, argv, NULL, 0, &words, t.arena, &err);
    if (rc == 0) {
        if (opt_quiet) hone_log_set_level(HONE_LOG_QUIET);
        if (opt_verbose) hone_log_set_level(HONE_LOG_VERBOSE);
        rc = run(&t, &err);
    }
    done(&t);
    hone_arena_free(t.arena);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
