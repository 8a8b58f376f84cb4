/*
 * `hone bench decode`: how fast prompts are read and answers made. A shared prompt of ids drawn
 * from the vocabulary is prefilled, then one row and many rows decode behind it, greedily.
 */
#include <stdio.h>

#include "cli/args.h"
#include "cli/bench.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"

static const char *opt_model;
static int64_t opt_prompt = 800, opt_rows = 32, opt_tokens = 32, opt_repeats = 3, opt_threads;
static bool opt_json;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "folder, .gguf or .litertlm file, or org/name in the hub cache", false },
    { "prompt", 0, NULL, HONE_OPT_INT, &opt_prompt, 1, 32000, NULL, "N", "tokens of the prompt",
      false },
    { "rows", 0, NULL, HONE_OPT_INT, &opt_rows, 1, 1024, NULL, "N",
      "rows that decode together behind it, after one alone", false },
    { "tokens", 0, NULL, HONE_OPT_INT, &opt_tokens, 1, 4096, NULL, "N", "tokens of each row",
      false },
    { "repeats", 0, NULL, HONE_OPT_INT, &opt_repeats, 1, 100, NULL, "N",
      "measurements; the median counts, all are printed with --json", false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 256, NULL, "N",
      "threads, 0 = all processors", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "one JSON object", false },
};

const hone_command hone_bench_decode_command = {
    "bench decode",
    "hone bench decode --model MODEL",
    "Tokens a second of a prompt, of one row and of many rows behind it. The ids are drawn at\n"
    "random, which costs what real ones cost.",
    options,
    sizeof options / sizeof options[0],
    "  hone bench decode --model app.litertlm --prompt 800 --rows 32\n"
};

enum { MOST_REPEATS = 100, MOST_ROWS = 1024 };

typedef struct figure {
    double wall[MOST_REPEATS], busy[MOST_REPEATS];
} figure;

typedef struct bench {
    hone_model *model;
    hone_engine *engine;
    int32_t *prompt;
    hone_feed *feeds;
    hone_pick *picks;
    int32_t *last; /* [rows] */
    double open; /* seconds until the engine stood */
    /* tokens a second; and a second of one processor's time, which other programs disturb less */
    figure prefill, one, many;
} bench;

/* Ids of ordinary pieces, the same in every run. */
static int32_t draw(const bench *b, uint64_t i)
{
    const int64_t V = hone_engine_config(b->engine)->V, first = V > 1000 ? 500 : 0;
    const uint64_t n = (uint64_t)(V - first);
    return (int32_t)(first + (int64_t)hone_rng_below(1, HONE_RNG_TEST, 0, i, n));
}

typedef struct stopwatch {
    double wall, busy;
} stopwatch;

static stopwatch start_now(void)
{
    return (stopwatch){ hone_clock(), hone_cpu_seconds() };
}

static void stop_now(const stopwatch *w, figure *f, int64_t i, double tokens)
{
    f->wall[i] = tokens / (hone_clock() - w->wall);
    f->busy[i] = tokens / (hone_cpu_seconds() - w->busy);
}

/* Tokens a second of rows rows that decode together. */
static int decode(bench *b, hone_cache *c, int rows, int64_t repeat, figure *ret, hone_err *err)
{
    stopwatch start = { 0, 0 };
    for (int i = 0; i < rows; i++) {
        b->last[i] = draw(b, (uint64_t)(opt_prompt + i));
        b->feeds[i] = (hone_feed){ .slot = i, .tokens = &b->last[i], .n = 1 };
        hone_cache_reset(c, i);
    }
    for (int64_t k = 0; k <= opt_tokens; k++) { /* the first step is not timed */
        if (k == 1) start = start_now();
        HONE_TRY(hone_cache_feed(c, b->feeds, rows, b->picks, err));
        for (int i = 0; i < rows; i++) b->last[i] = b->picks[i].id;
    }
    stop_now(&start, ret, repeat, (double)rows * (double)opt_tokens);
    return 0;
}

static int measure(bench *b, int64_t i, hone_err *err)
{
    hone_cache *c = NULL;
    const stopwatch start = start_now();
    HONE_TRY(hone_cache_new(&c, b->engine, b->prompt, (int32_t)opt_prompt, (int)opt_rows,
                            (int32_t)opt_tokens + 2, err));
    stop_now(&start, &b->prefill, i, (double)opt_prompt);
    int rc = decode(b, c, 1, i, &b->one, err);
    if (rc == 0) rc = decode(b, c, (int)opt_rows, i, &b->many, err);
    hone_cache_free(c);
    return rc;
}

static double median(const double *x)
{
    double sorted[MOST_REPEATS] = { 0 };
    for (int64_t i = 0; i < opt_repeats; i++) {
        int64_t k = i;
        for (; k > 0 && sorted[k - 1] > x[i]; k--) sorted[k] = sorted[k - 1];
        sorted[k] = x[i];
    }
    return sorted[opt_repeats / 2];
}

static void print_list(const char *key, const char *kind, const double *x)
{
    printf(",\"%s%s\":[", key, kind);
    for (int64_t i = 0; i < opt_repeats; i++) printf("%s%.2f", i ? "," : "", x[i]);
    printf("]");
}

static void print_figure(const char *key, const figure *f)
{
    print_list(key, "", f->wall);
    print_list(key, "_per_cpu_second", f->busy);
}

static void print_all(const bench *b)
{
    const char *arithmetic = hone_engine_arithmetic(b->engine);
    const int threads = hone_bench_threads(opt_threads);
    if (opt_json) {
        printf("{\"arithmetic\":\"%s\",\"threads\":%d,\"prompt\":%lld,\"rows\":%lld,"
               "\"tokens\":%lld",
               arithmetic, threads, (long long)opt_prompt, (long long)opt_rows,
               (long long)opt_tokens);
        print_figure("prefill", &b->prefill);
        print_figure("decode_one", &b->one);
        print_figure("decode_many", &b->many);
        printf(",\"open_seconds\":%.3f,\"peak_memory\":%lld}\n", b->open,
               (long long)hone_peak_rss());
        return;
    }
    printf("%s, %d threads, tokens a second, and a second of one processor (median of %lld)\n",
           arithmetic, threads, (long long)opt_repeats);
    printf("  prompt of %lld tokens  %8.1f %8.1f\n", (long long)opt_prompt,
           median(b->prefill.wall), median(b->prefill.busy));
    printf("  one row behind it     %8.1f %8.1f\n", median(b->one.wall), median(b->one.busy));
    printf("  %lld rows behind it    %8.1f %8.1f\n", (long long)opt_rows, median(b->many.wall),
           median(b->many.busy));
    printf("opened in %.3f s, peak memory %.0f MB, the mapped file included\n", b->open,
           (double)hone_peak_rss() / 1e6);
}

static int run(bench *b, hone_err *err)
{
    const hone_engine_options eo = { .threads = (int)opt_threads };
    HONE_TRY(hone_args_need(opt_model, "--model", "bench decode", err));
    const double start = hone_clock();
    HONE_TRY(hone_model_open(&b->model, opt_model, err));
    HONE_TRY(hone_engine_open(&b->engine, b->model, &eo, err));
    b->open = hone_clock() - start;
    b->prompt = hone_calloc((size_t)opt_prompt, sizeof *b->prompt);
    b->feeds = hone_calloc(MOST_ROWS, sizeof *b->feeds);
    b->picks = hone_calloc(MOST_ROWS, sizeof *b->picks);
    b->last = hone_calloc(MOST_ROWS, sizeof *b->last);
    if (!b->prompt || !b->feeds || !b->picks || !b->last) return hone_err_memory(err, "ids", 0);
    for (int64_t i = 0; i < opt_prompt; i++) b->prompt[i] = draw(b, (uint64_t)i);
    for (int64_t i = 0; i < opt_repeats; i++) HONE_TRY(measure(b, i, err));
    print_all(b);
    return 0;
}

int hone_bench_decode(hone_err *err)
{
    bench b = { 0 };
    int rc = run(&b, err);
    hone_free(b.prompt);
    hone_free(b.feeds);
    hone_free(b.picks);
    hone_free(b.last);
    hone_engine_close(b.engine);
    hone_model_close(b.model);
    return rc;
}
