/*
 * `hone bench train`: optimiser steps on synthetic rows that share a prefix, timed, beside the rate
 * of the product that the step is made of, measured in the same process. docs/engine.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cmd.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"
#include "kernels/bf16.h"
#include "kernels/blas.h"
#include "model/engine.h"

static const char *opt_model, *opt_precision = "auto";
static int64_t opt_prefix = 800, opt_utterance = 15, opt_answer = 40, opt_rows = 32, opt_r = 16,
               opt_steps = 5, opt_threads, opt_part;
static double opt_skip_mass = 0x1p-24;
static bool opt_shared = true, opt_recompute, opt_json;

static const hone_opt options[] = {
    { "model", 'm', NULL, HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "weights; by default random ones of Gemma 3 270M's shape (speed does not depend on them)",
      false },
    { "prefix", 0, NULL, HONE_OPT_INT, &opt_prefix, 1, 100000, NULL, "N",
      "tokens that all rows begin with", false },
    { "utterance", 0, NULL, HONE_OPT_INT, &opt_utterance, 1, 100000, NULL, "N",
      "further tokens of a row's prompt", false },
    { "answer", 0, NULL, HONE_OPT_INT, &opt_answer, 1, 100000, NULL, "N",
      "tokens of a row's answer, each a label", false },
    { "rows", 0, "batch-size", HONE_OPT_INT, &opt_rows, 1, 65536, NULL, "N", "rows of a step",
      false },
    { "micro-batch", 0, NULL, HONE_OPT_INT, &opt_part, 0, 65536, NULL, "N",
      "rows of a part of the step, 0 = all; a shared prefix is held over the parts", false },
    { "gradient-checkpointing", 0, "recompute", HONE_OPT_BOOL, &opt_recompute, 0, 0, NULL, NULL,
      "compute activations again in the backward pass, as in hone train", false },
    { "shared", 0, NULL, HONE_OPT_BOOL, &opt_shared, 0, 0, NULL, NULL,
      "compute the prefix once; --no-shared repeats it for every row", false },
    { "lora-r", 0, NULL, HONE_OPT_INT, &opt_r, 1, 1024, NULL, "N", "rank of the adapter", false },
    { "loss-skip-mass", 0, NULL, HONE_OPT_REAL, &opt_skip_mass, 0, 1e-3, NULL, "X",
      "as in hone train; 0 = exact", false },
    { "precision", 0, "dtype", HONE_OPT_CHOICE, &opt_precision, 0, 0, HONE_PRECISION_CHOICES, NULL,
      "arithmetic of matrix products; auto is bf16 where the processor has it", false },
    { "steps", 0, NULL, HONE_OPT_INT, &opt_steps, 1, 10000, NULL, "N",
      "timed steps, after one to warm up", false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print one JSON object", false },
};

const hone_command hone_bench_train_command = {
    "bench", "hone bench train [options]",
    "Times optimiser steps of LoRA training on this machine, on synthetic rows.",
    options, sizeof options / sizeof options[0],
    "  hone bench train --threads 2\n"
    "  hone bench train --no-shared --rows 4 --json\n"
};

typedef struct bench {
    hone_model *model;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_batch batch;
    int32_t *tokens;
    hone_segment *segments;
    hone_label *labels;
} bench;

/* One segment: tokens are random, the last opt_answer of a row's own are predicted. */
static void add_segment(bench *b, int32_t parent, int64_t len, int64_t labels)
{
    hone_batch *t = &b->batch;
    const int32_t start = t->num_tokens, V = b->model->config.V;
    b->segments[t->num_segments++] = (hone_segment){ parent, start, (int32_t)len };
    for (int32_t i = start; i < start + len; i++)
        b->tokens[i] = (int32_t)hone_rng_below(1, HONE_RNG_TEST, 0, (uint64_t)i, (uint64_t)V);
    t->num_tokens += (int32_t)len;
    for (int64_t i = 0; i < labels; i++) {
        const int32_t at = (int32_t)(start + len - labels - 1 + i);
        b->labels[t->num_labels] = (hone_label){ at, b->tokens[at + 1],
                                                 1.0f / (float)(opt_rows * opt_answer),
                                                 t->num_segments - 1 };
        t->num_labels++;
    }
}

/* Rows of one part; all parts are alike. */
static int64_t part_rows(void)
{
    return opt_part && opt_part < opt_rows ? opt_part : opt_rows;
}

static int make_batch(bench *b, hone_err *err)
{
    const int64_t own = opt_utterance + opt_answer;
    const int64_t rows = part_rows(), room = opt_prefix + rows * (own + opt_prefix);
    b->tokens = hone_calloc((size_t)room, sizeof *b->tokens);
    b->segments = hone_calloc((size_t)rows + 1, sizeof *b->segments);
    b->labels = hone_calloc((size_t)(rows * opt_answer), sizeof *b->labels);
    if (!b->tokens || !b->segments || !b->labels)
        return hone_err_memory(err, "a batch", (size_t)room);
    if (opt_shared) add_segment(b, -1, opt_prefix, 0);
    for (int64_t i = 0; i < rows; i++)
        add_segment(b, opt_shared ? 0 : -1, own + (opt_shared ? 0 : opt_prefix), opt_answer);
    b->batch.tokens = b->tokens;
    b->batch.segments = b->segments;
    b->batch.labels = b->labels;
    b->batch.held = opt_shared && rows < opt_rows ? (int32_t)opt_prefix : 0;
    return 0;
}

static int open_bench(bench *b, hone_err *err)
{
    const hone_config shape = hone_config_270m();
    const hone_engine_options eo = { .threads = (int)opt_threads,
                                     .precision = hone_precision_of(opt_precision),
                                     .training = true,
                                     .skip_mass = opt_skip_mass,
                                     .recompute = opt_recompute };
    const hone_lora_config lc = { .r = (int)opt_r,
                                  .alpha = 2.0 * (double)opt_r,
                                  .targets = (1u << HONE_LINEARS) - 1,
                                  .control_rows = true };
    if (opt_model)
        HONE_TRY(hone_model_open(&b->model, opt_model, err));
    else
        HONE_TRY(hone_model_random(&b->model, &shape, 1, err));
    HONE_TRY(hone_adapter_new(&b->adapter, &b->model->config, &lc, err));
    hone_adapter_init(b->adapter, &b->model->config, 1, hone_bench_threads(opt_threads));
    HONE_TRY(hone_engine_open(&b->engine, b->model, &eo, err));
    HONE_TRY(hone_engine_attach(b->engine, b->adapter, err));
    return make_batch(b, err);
}

static void close_bench(bench *b)
{
    hone_engine_close(b->engine);
    hone_adapter_free(b->adapter);
    hone_model_close(b->model);
    hone_free(b->tokens);
    hone_free(b->segments);
    hone_free(b->labels);
}

static int step(bench *b, double *ret_seconds, double *ret_loss, hone_err *err)
{
    hone_adamw_step s = { 1e-4f, 1e-4f, 1e-4f, 0.9f, 0.99f, 1e-8f, 0, 0.1f, 0.01f, 1 };
    const hone_batch *t = &b->batch;
    hone_loss loss, held;
    double sum = 0;
    const double start = hone_clock();
    if (t->held)
        HONE_TRY(hone_engine_hold(b->engine, t->tokens, t->held, t->num_tokens, t->num_labels,
                                  &held, err));
    for (int64_t at = 0; at < opt_rows; at += part_rows()) {
        HONE_TRY(hone_engine_accumulate(b->engine, t, &loss, err));
        if (!loss.finite) return hone_fail(err, HONE_E_MODEL, "no finite loss: %s", loss.where);
        sum += loss.sum;
    }
    if (t->held) HONE_TRY(hone_engine_release(b->engine, &held, err));
    HONE_TRY(hone_engine_update(b->engine, &s, err));
    *ret_seconds = hone_clock() - start;
    *ret_loss = sum;
    return 0;
}

static int64_t parts(void)
{
    return opt_rows / part_rows();
}

/* Tokens that a step computes. */
static int64_t step_tokens(const bench *b)
{
    return parts() * (b->batch.num_tokens - b->batch.held) + b->batch.held;
}

/* Forward operations of attention for one segment in all layers. */
static double attention_operations(const bench *b, const hone_segment *g)
{
    const hone_config *c = &b->model->config;
    const int32_t first = g->parent < 0 ? 0 : b->segments[g->parent].len;
    double sum = 0;
    for (int l = 0; l < c->L; l++) {
        const int32_t most = c->global[l] || !c->window ? INT32_MAX : c->window;
        for (int32_t i = 0; i < g->len; i++) {
            const int32_t seen = first + i + 1 < most ? first + i + 1 : most;
            sum += 4.0 * c->NH * c->HD * seen;
        }
    }
    return sum;
}

/* Operations of one step: linears forward and for dx, the adapter (forward, both gradients, dx),
 * attention (3.5 times its forward pass), and the head's two products, skipped blocks included. */
static double step_operations(const bench *b)
{
    const hone_config *c = &b->model->config;
    double linears = 0, adapter = 0, attention = 0;
    for (int i = 0; i < HONE_LINEARS; i++) {
        int64_t out, in;
        hone_config_linear_shape(c, (hone_linear_id)i, &out, &in);
        linears += (double)(out * in) * c->L;
        adapter += (double)(out + in) * (double)opt_r * c->L;
    }
    for (int32_t i = 0; i < b->batch.num_segments; i++)
        attention += attention_operations(b, &b->segments[i]) *
                     (double)(i == 0 && b->batch.held ? 1 : parts());
    return (double)step_tokens(b) * (4 * linears + 6 * adapter) + 3.5 * attention +
           4.0 * (double)(opt_rows * opt_answer) * c->V * c->C;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_result(const bench *b, const double *seconds, double loss, double peak)
{
    const int64_t n = opt_steps;
    const double median = n % 2 ? seconds[n / 2] : (seconds[n / 2 - 1] + seconds[n / 2]) / 2;
    const double operations = step_operations(b), rate = operations / median;
    const int64_t plain = opt_rows * (opt_prefix + opt_utterance + opt_answer);
    if (opt_json) {
        printf("{\"rows_per_second\":%.6g,\"step_seconds\":%.6g,\"fastest\":%.6g,\"slowest\":%.6g,"
               "\"steps\":%lld,\"rows\":%lld,\"prefix\":%lld,\"utterance\":%lld,\"answer\":%lld,"
               "\"shared\":%s,\"lora_r\":%lld,\"threads\":%d,\"arithmetic\":\"%s\","
               "\"tokens\":%lld,\"token_ratio\":%.6g,\"labels\":%lld,\"operations\":%.6g,"
               "\"operations_per_second\":%.6g,\"product_per_second\":%.6g,\"loss\":%.9g,"
               "\"peak_rss\":%lld}\n",
               (double)opt_rows / median, median, seconds[0], seconds[n - 1], (long long)n,
               (long long)opt_rows, (long long)opt_prefix, (long long)opt_utterance,
               (long long)opt_answer, opt_shared ? "true" : "false", (long long)opt_r,
               hone_bench_threads(opt_threads), hone_engine_arithmetic(b->engine),
               (long long)step_tokens(b), (double)plain / (double)step_tokens(b),
               (long long)(opt_rows * opt_answer),
               operations, rate, peak, loss, (long long)hone_peak_rss());
        return;
    }
    printf("workload   %lld rows of %lld + %lld + %lld tokens, %s, LoRA r %lld on all linears\n",
           (long long)opt_rows, (long long)opt_prefix, (long long)opt_utterance,
           (long long)opt_answer, opt_shared ? "shared beginning" : "nothing shared",
           (long long)opt_r);
    printf("machine    %s products, %d threads, %s\n", hone_engine_arithmetic(b->engine),
           hone_bench_threads(opt_threads), hone_blas_name());
    printf("step       %.3f s (%.3f to %.3f, median of %lld), %.2f rows/s\n", median, seconds[0],
           seconds[n - 1], (long long)n, (double)opt_rows / median);
    printf("work       %.2f TFLOP, %.0f GFLOP/s; a product alone %.0f GFLOP/s, so %.0f %% of it\n",
           operations / 1e12, rate / 1e9, peak / 1e9, 100 * rate / peak);
    printf("memory     %.2f GB peak; loss %.6f\n", (double)hone_peak_rss() / 1e9, loss);
}

static int run(bench *b, hone_err *err)
{
    double first, loss = 0, *seconds = hone_calloc((size_t)opt_steps, sizeof *seconds), peak = 0;
    if (!seconds) return hone_err_memory(err, "a benchmark", (size_t)opt_steps);
    const bool half = hone_precision_is_half(hone_precision_of(opt_precision));
    int rc = step(b, &first, &loss, err);
    for (int64_t i = 0; !rc && i < opt_steps; i++) {
        const double rate = hone_bench_product(half, hone_bench_threads(opt_threads));
        peak = rate > peak ? rate : peak;
        rc = step(b, &seconds[i], &loss, err);
    }
    qsort(seconds, (size_t)opt_steps, sizeof *seconds, ascending);
    if (!rc) print_result(b, seconds, loss, peak);
    hone_free(seconds);
    return rc;
}

int hone_bench_train(hone_err *err)
{
    bench b = { 0 };
    if (opt_rows % part_rows())
        return hone_fail(err, HONE_E_USAGE, "--rows %lld is no multiple of --micro-batch %lld",
                         (long long)opt_rows, (long long)opt_part);
    int rc = open_bench(&b, err);
    if (!rc) rc = run(&b, err);
    close_bench(&b);
    return rc;
}
