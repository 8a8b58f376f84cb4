/* The option table of `hone train` (cli/train_options.h). */
#include "cli/train_options.h"

#include <string.h>

#include "cli/args.h"
#include "common/mpi.h"
#include "train/shards.h"

hone_train_values hone_train_opts = {
    .scheduler = "cosine", .target = "all-linear", .report_to = "tensorboard",
    .precision = "auto", .qat = "none",
    .epochs = 2, .control_lr = 5e-3, .lora_plus = 1, .beta1 = 0.9, .beta2 = 0.99,
    .eps = 1e-8, .clip = 1, .alpha = 32, .skip_mass = 0x1p-24, .spike_factor = 10, .batch = 32,
    .warmup = 30, .r = 16, .logging = 1, .save = 50, .limit = 2, .eval_calls = true,
    .eval_rows = 200, .eval_tokens = 128, .virtual_shards = 4, .value_weight = 1,
};

#define V hone_train_opts

/* docs/architecture.md 6: measured on examples/snips. */
static const double LORA_RATE = 1e-3, FULL_RATE = 5e-5;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &V.model, 0, 0, NULL, "MODEL",
      "base model: folder, .gguf file, or org/name in the hub cache", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &V.tools, 0, 0, NULL, "FILE",
      "functions for rows that carry none of their own", false },
    { "data", 0, "train-file", HONE_OPT_PATHS, &V.data, 0, 0, NULL, "ROWS",
      "row files (.jsonl, .jsonl.zst) to train on; may be repeated", false },
    { "max-rows", 0, NULL, HONE_OPT_INT, &V.max_rows, 0, 1e12, NULL, "N",
      "train on the first N rows of --data only; 0 = all", false },
    { "data-weights", 0, "mix", HONE_OPT_LIST, &V.weights, 0, 0, NULL, "W,W",
      "weight of each --data file: its rows come that many times an epoch (0.5 = every other one)",
      false },
    { "valid-file", 0, "dev-file", HONE_OPT_PATH, &V.valid, 0, 0, NULL, "ROWS",
      "rows that are never trained on: their calls choose the best checkpoint", false },
    { "valid-share", 0, NULL, HONE_OPT_REAL, &V.valid_share, 0, 0.5, NULL, "X",
      "set this share of --data aside for that (whole groups; RUN/valid.jsonl)", false },
    { "output-dir", 'o', NULL, HONE_OPT_PATH, &V.out, 0, 0, NULL, "RUN",
      "run folder; the adapter is RUN/adapter", false },
    { "epochs", 0, "num-train-epochs", HONE_OPT_REAL, &V.epochs, 0, 100000, NULL, "X",
      "passes over the rows; parts of one are possible", false },
    { "max-steps", 0, "iters", HONE_OPT_INT, &V.max_steps, 0, 1e9, NULL, "N",
      "optimiser steps; 0 = by --epochs", false },
    { "batch-size", 0, "per-device-train-batch-size", HONE_OPT_INT, &V.batch, 1, 65536, NULL, "N",
      "rows of one optimiser step", false },
    { "learning-rate", 0, "lr", HONE_OPT_REAL, &V.lr, 0, 0, NULL, "X",
      "highest rate of the adapter's matrices; 0 = 1e-3, with --full 5e-5", false },
    { "control-lr", 0, NULL, HONE_OPT_REAL, &V.control_lr, 0, 0, NULL, "X",
      "highest rate of the seven control-token rows that a plain Gemma base gets", false },
    { "lr-scheduler", 0, "lr-scheduler-type", HONE_OPT_CHOICE, &V.scheduler, 0, 0,
      HONE_SCHEDULE_CHOICES, NULL, "cosine and linear fall to 5 % of the highest rate", false },
    { "warmup-steps", 0, NULL, HONE_OPT_INT, &V.warmup, 0, 1e9, NULL, "N",
      "steps of rising rate; at most a tenth of the run, with --init-adapter no less than ten or\n"
      "half of it", false },
    { "full", 0, "full-finetune", HONE_OPT_BOOL, &V.full, 0, 0, NULL, NULL,
      "train the model's own weights instead of an adapter (f32, some 10 GB for 270M); RUN/model "
      "is a MODEL", false },
    { "freeze-embedding", 0, NULL, HONE_OPT_BOOL, &V.freeze_embedding, 0, 0, NULL, NULL,
      "with --full: leave the embedding as it is (some 5 GB)", false },
    { "init-adapter", 0, "adapter|adapter-path", HONE_OPT_PATH, &V.init_adapter, 0, 0, NULL, "DIR",
      "begin with this adapter or run (rank, alpha and targets are its own)", false },
    { "lora-r", 0, "lora-rank|rank", HONE_OPT_INT, &V.r, 1, 1024, NULL, "N",
      "rank of the adapter's matrices", false },
    { "lora-alpha", 0, NULL, HONE_OPT_REAL, &V.alpha, 0, 0, NULL, "X",
      "the adapter counts alpha / r times", false },
    { "lora-dropout", 0, NULL, HONE_OPT_REAL, &V.dropout, 0, 0.9, NULL, "X",
      "share of the adapter's inputs that are set to zero in a step (f32 only)", false },
    { "lora-target", 0, "target-modules|lora-target-modules", HONE_OPT_STRING, &V.target, 0, 0,
      NULL, "NAMES",
      "linears to adapt: q_proj,v_proj, or all-linear, or a pattern such as .*_proj", false },
    { "use-rslora", 0, NULL, HONE_OPT_BOOL, &V.rslora, 0, 0, NULL, NULL,
      "alpha / sqrt(r) instead of alpha / r", true },
    { "loraplus-ratio", 0, NULL, HONE_OPT_REAL, &V.lora_plus, 0, 0, NULL, "X",
      "rate of the B matrices over that of A", true },
    { "qat", 0, NULL, HONE_OPT_CHOICE, &V.qat, 0, 0, "none|q8|q4b32|q4b64|q4b128", NULL,
      "train against the weights as `hone export --quant` of that name will store them; best "
      "with --init-adapter of a finished run, fewer steps and a lower rate", false },
    { "qat-embed", 0, NULL, HONE_OPT_CHOICE, &V.qat_embed, 0, 0, "q8|q4b32|q4b64|q4b128", NULL,
      "the same for the embedding [default: q8, as export's]", false },
    { "qat-activations", 0, NULL, HONE_OPT_BOOL, &V.qat_activations, 0, 0, NULL, NULL,
      "with --qat: round the inputs of products to int8 too, as the device does", false },
    { "seed", 0, NULL, HONE_OPT_INT, &V.seed, 0, 9e15, NULL, "N",
      "of the adapter's first values and the order of rows", false },
    { "max-grad-norm", 0, NULL, HONE_OPT_REAL, &V.clip, 0, 0, NULL, "X",
      "longer gradients are shortened to this; 0 = never", false },
    { "spike-factor", 0, NULL, HONE_OPT_REAL, &V.spike_factor, 0, 1e9, NULL, "X",
      "a step whose loss is above X times the recent ones is not applied; 0 = never", true },
    { "weight-decay", 0, NULL, HONE_OPT_REAL, &V.decay, 0, 0, NULL, "X", "AdamW's decay", true },
    { "adam-beta1", 0, NULL, HONE_OPT_REAL, &V.beta1, 0, 0, NULL, "X", "AdamW's beta 1", true },
    { "adam-beta2", 0, NULL, HONE_OPT_REAL, &V.beta2, 0, 0, NULL, "X", "AdamW's beta 2", true },
    { "adam-epsilon", 0, NULL, HONE_OPT_REAL, &V.eps, 0, 0, NULL, "X", "AdamW's epsilon", true },
    { "max-seq-length", 0, NULL, HONE_OPT_INT, &V.length, 0, 1e9, NULL, "N",
      "longest row in tokens (a longer one is refused, never cut); 0 = the model's context",
      false },
    { "logging-steps", 0, "steps-per-report", HONE_OPT_INT, &V.logging, 1, 1e9, NULL, "N",
      "a line in metrics.jsonl every N steps", false },
    { "save-steps", 0, "save-every", HONE_OPT_INT, &V.save, 1, 1e9, NULL, "N",
      "a checkpoint every N steps, and at the end", false },
    { "save-total-limit", 0, NULL, HONE_OPT_INT, &V.limit, 2, 1e6, NULL, "N",
      "checkpoints that are kept", false },
    { "eval-steps", 0, NULL, HONE_OPT_INT, &V.eval_every, 0, 1e9, NULL, "N",
      "measure the validation rows every N steps; 0 = after each epoch", false },
    { "eval-calls", 0, NULL, HONE_OPT_BOOL, &V.eval_calls, 0, 0, NULL, NULL,
      "generate the answers of validation rows; off: only their loss, and the last step is the "
      "result", false },
    { "eval-max-rows", 0, NULL, HONE_OPT_INT, &V.eval_rows, 0, 1e9, NULL, "N",
      "validation rows that are answered, spread over the file; 0 = all", false },
    { "eval-max-new-tokens", 0, NULL, HONE_OPT_INT, &V.eval_tokens, 1, 8192, NULL, "N",
      "longest answer in tokens", true },
    { "early-stop", 0, "early-stopping-patience|patience", HONE_OPT_INT, &V.patience, 0, 1e9, NULL,
      "N", "end after N evaluations without more calls right; 0 = never", false },
    { "report-to", 0, NULL, HONE_OPT_CHOICE, &V.report_to, 0, 0, "tensorboard|none", NULL,
      "event files under RUN/runs", false },
    { "resume", 0, "resume-from-checkpoint|resume-from", HONE_OPT_PATH, &V.resume, 0, 0, NULL,
      "DIR", "go on from this checkpoint; by default from the newest whole one of RUN", false },
    { "overwrite", 0, NULL, HONE_OPT_BOOL, &V.overwrite, 0, 0, NULL, NULL,
      "remove a run with other inputs or options that RUN holds", false },
    { "loss-skip-mass", 0, NULL, HONE_OPT_REAL, &V.skip_mass, 0, 1e-3, NULL, "X",
      "leave a block of the vocabulary out of a label's gradient when its probability is at most "
      "this share of the whole; 0 = exact", true },
    { "value-weight", 0, NULL, HONE_OPT_REAL, &V.value_weight, 0.01, 100, NULL, "X",
      "weight in the loss of tokens within string values; 1 = that of all others", true },
    { "average-last", 0, NULL, HONE_OPT_INT, &V.average, 0, 1000, NULL, "N",
      "the mean of the last step and the N - 1 saved ones before it (--save-steps) becomes the "
      "result unless a checkpoint got more validation calls right", true },
    { "ema", 0, "ema-decay", HONE_OPT_REAL, &V.ema, 0, 0.999999, NULL, "X",
      "score and save a mean of the parameters over the steps that keeps the share X of itself "
      "each step (0.99), and leave it as the result; 0 = the parameters themselves", true },
    { "mask-names", 0, NULL, HONE_OPT_REAL, &V.mask_names, 0, 1, NULL, "X",
      "share of steps whose functions and parameters have random names, so that descriptions are "
      "read", false },
    { "rows-cache", 0, NULL, HONE_OPT_PATH, &V.rows_cache, 0, 0, NULL, "DIR",
      "keep encoded rows there, for other runs on the same data; by default in RUN", true },
    { "precision", 0, NULL, HONE_OPT_CHOICE, &V.precision, 0, 0, HONE_PRECISION_CHOICES, NULL,
      "arithmetic of matrix products; auto is bf16 where the processor has it, else f32", false },
    { "gradient-checkpointing", 0, "recompute", HONE_OPT_BOOL, &V.recompute, 0, 0, NULL, NULL,
      "keep a layer's inputs only and compute the rest twice: a fifth of the activations' memory, "
      "a third more time, the same gradients", false },
    { "memory-limit", 0, NULL, HONE_OPT_REAL, &V.memory, 0, 1e6, NULL, "GB",
      "memory of the whole process; 0 = 4 GB, or 60 % of the machine's if that is less", false },
    { "threads", 't', NULL, HONE_OPT_INT, &V.threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors; the result does not depend on it", false },
    { "deterministic", 0, NULL, HONE_OPT_BOOL, &V.deterministic, 0, 0, NULL, NULL,
      "equal bytes on any processor and from any number of processes (mpirun): --precision "
      "ordered, and a step is always cut into --virtual-shards; slower", false },
    { "virtual-shards", 0, NULL, HONE_OPT_INT, &V.virtual_shards, 1, HONE_SHARDS_MAX, NULL, "N",
      "with --deterministic: shards of a step, summed in order; at least as many as processes",
      true },
    { "dry-run", 0, NULL, HONE_OPT_BOOL, &V.dry_run, 0, 0, NULL, NULL,
      "read the rows, print the plan, write nothing", false },
    { "quiet", 'q', NULL, HONE_OPT_BOOL, &V.quiet, 0, 0, NULL, NULL, "warnings and errors only",
      false },
    { "verbose", 'v', NULL, HONE_OPT_BOOL, &V.verbose, 0, 0, NULL, NULL, "say more", false },
};

const hone_command hone_train_command = {
    "train", "hone train --model MODEL --tools TOOLS --data ROWS -o RUN",
    "Tunes a LoRA adapter (PEFT's folder format) on the answers of rows. Rows with a common\n"
    "prompt beginning are computed once, exactly. Stopped by Ctrl-C or killed, the same line goes\n"
    "on from the newest checkpoint and ends with the same bytes; finished, it does nothing.\n"
    "With --valid-file (or --valid-share) RUN/adapter is the checkpoint that gets the most calls\n"
    "right. --qat trains against the weights that an exported file will hold, --full trains the\n"
    "model's own weights. Not offered yet: GPUs.",
    options, sizeof options / sizeof options[0],
    "  hone train --model MODEL --tools tools.json --data train.jsonl --epochs 2 -o run/\n"
    "  hone eval --model MODEL --adapter run/ --tools tools.json --data test.jsonl\n"
};


/* Options that change nothing of the result, or whose files are compared by content. */
static const char *const free_options[] = {
    "model", "tools", "data", "valid_file", "output_dir", "save_steps", "save_total_limit",
    "resume", "overwrite", "memory_limit", "threads", "dry_run", "quiet", "verbose", "report_to",
    "rows_cache", "init_adapter"
};

bool hone_train_option_is_free(const char *key)
{
    for (size_t i = 0; i < sizeof free_options / sizeof free_options[0]; i++)
        if (strcmp(key, free_options[i]) == 0) return true;
    return false;
}

hone_precision hone_train_precision(void)
{
    return V.deterministic ? HONE_PRECISION_ORDERED : hone_precision_of(V.precision);
}

static int check_together(hone_err *err)
{
    if (V.deterministic && strcmp(V.precision, "auto") != 0 && strcmp(V.precision, "ordered") != 0)
        return hone_fail(err, HONE_E_USAGE, "--deterministic computes in ordered f32, not in %s",
                         V.precision);
    if (V.valid && V.valid_share > 0)
        return hone_fail(err, HONE_E_USAGE, "--valid-file and --valid-share exclude each other");
    if (V.patience > 0 && !(V.eval_calls && (V.valid || V.valid_share > 0))) {
        hone_err_hint(err, "name rows with --valid-file or --valid-share");
        return hone_fail(err, HONE_E_USAGE, "--early-stop needs calls to count");
    }
    if (V.dropout > 0 && (V.full || strcmp(V.qat, "none") != 0 || !strcmp(V.precision, "bf16")))
        return hone_fail(err, HONE_E_USAGE, "--lora-dropout is for an adapter in f32: leave %s out",
                         V.full ? "--full" : strcmp(V.qat, "none") != 0 ? "--qat" : "bf16");
    if (V.freeze_embedding && !V.full)
        return hone_fail(err, HONE_E_USAGE, "--freeze-embedding needs --full");
    if (V.full && strcmp(V.qat, "none") != 0)
        return hone_fail(err, HONE_E_USAGE, "--qat trains an adapter: leave --full out");
    if (V.full && V.init_adapter) {
        hone_err_hint(err, "merge it first: hone export --adapter %s -o merged/", V.init_adapter);
        return hone_fail(err, HONE_E_USAGE, "--full trains no adapter to begin with");
    }
    if (V.full && !strcmp(V.precision, "bf16"))
        return hone_fail(err, HONE_E_USAGE, "--full computes in f32 only");
    if (V.deterministic && V.virtual_shards < hone_mpi_size()) {
        hone_err_hint(err, "raise --virtual-shards for all runs that shall be equal");
        return hone_fail(err, HONE_E_USAGE, "%d processes, but %lld virtual shards",
                         hone_mpi_size(), (long long)V.virtual_shards);
    }
    if ((V.qat_embed || V.qat_activations) && strcmp(V.qat, "none") == 0)
        return hone_fail(err, HONE_E_USAGE, "%s goes with --qat",
                         V.qat_embed ? "--qat-embed" : "--qat-activations");
    if (V.average > 1 && V.patience > 0)
        return hone_fail(err, HONE_E_USAGE, "--average-last and --early-stop exclude each other: "
                                            "which steps are the last must be known");
    if (V.average > 1 && V.ema > 0)
        return hone_fail(err, HONE_E_USAGE, "--average-last and --ema exclude each other: both are "
                                            "means");
    if (V.weights.count && V.weights.count != V.data.count)
        return hone_fail(err, HONE_E_USAGE, "%d --data-weights for %d --data files",
                         V.weights.count, V.data.count);
    return HONE_OK;
}

int hone_train_qat_take(hone_qat *ret, hone_err *err)
{
    hone_qat q = { .activations = V.qat_activations };
    if (strcmp(V.qat, "none") != 0) {
        HONE_TRY(hone_quant_parse(&q.linears, V.qat, err));
        HONE_TRY(hone_quant_parse(&q.embed, V.qat_embed ? V.qat_embed : "q8", err));
    }
    *ret = q;
    return HONE_OK;
}

int hone_train_settings_take(hone_train_settings *ret, hone_err *err)
{
    hone_train_settings s = {
        .epochs = V.epochs, .max_steps = V.max_steps, .batch_size = V.batch,
        .learning_rate = V.lr, .control_lr = V.control_lr, .lora_plus = V.lora_plus,
        .warmup_steps = V.warmup, .max_grad_norm = V.clip, .spike_factor = V.spike_factor,
        .adamw = { V.beta1, V.beta2, V.eps, V.decay }, .seed = (uint64_t)V.seed,
        .logging_steps = V.logging, .save_steps = V.save, .eval_steps = V.eval_every,
        .value_weight = V.value_weight, .dropout = V.dropout, .average = V.average, .ema = V.ema,
        .save_total_limit = V.limit, .patience = V.patience,
        .tuned = V.init_adapter != NULL,
    };
    HONE_TRY(hone_args_need(V.model, "--model", "train", err));
    HONE_TRY(hone_args_need(V.data.count ? "" : NULL, "--data", "train", err));
    HONE_TRY(hone_args_need(V.dry_run ? "" : V.out, "-o", "train", err));
    HONE_TRY(check_together(err));
    if (V.lr == 0) V.lr = V.full ? FULL_RATE : LORA_RATE; /* what is stored is what was used */
    if ((V.full || V.dropout > 0) && !V.deterministic) V.precision = "f32";
    s.learning_rate = V.lr;
    s.shards = V.deterministic ? (int32_t)V.virtual_shards : hone_mpi_size();
    HONE_TRY(hone_schedule_parse(&s.schedule, V.scheduler, err));
    *ret = s;
    return HONE_OK;
}
