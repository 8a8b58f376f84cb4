/*
 * `hone eval`: the score of a model (base, base and adapter, exported file) or of a prediction file
 * on rows. docs/evaluation.md.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/cmd.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "eval/compare.h"
#include "eval/eval.h"

static const char *opt_model, *opt_adapter, *opt_tools, *opt_data, *opt_predictions, *opt_out;
static const char *opt_mode = "exact", *opt_compare;
static int64_t opt_max_new = 128, opt_batch = 32, opt_limit, opt_threads;
static bool opt_json, opt_quiet;

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "folder, .gguf or .litertlm file, or org/name in the hub cache", false },
    { "adapter", 0, "adapter-path", HONE_OPT_PATH, &opt_adapter, 0, 0, NULL, "DIR",
      "adapter or run folder", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions for rows that carry none; default: the .tools.json beside a .litertlm", false },
    { "data", 0, NULL, HONE_OPT_PATH, &opt_data, 0, 0, NULL, "ROWS",
      "rows with expectations (.jsonl, .jsonl.zst)", false },
    { "mode", 0, NULL, HONE_OPT_CHOICE, &opt_mode, 0, 0, "exact", NULL,
      "how answers are judged: exact = the whole call, strictly", false },
    { "max-new-tokens", 0, NULL, HONE_OPT_INT, &opt_max_new, 1, 8192, NULL, "N",
      "longest answer in tokens", false },
    { "batch-size", 0, NULL, HONE_OPT_INT, &opt_batch, 1, 4096, NULL, "N",
      "rows that are generated together", false },
    { "limit", 0, NULL, HONE_OPT_INT, &opt_limit, 0, 1e9, NULL, "N",
      "score the first N rows only; 0 = all", false },
    { "from-predictions", 0, NULL, HONE_OPT_PATH, &opt_predictions, 0, 0, NULL, "FILE",
      "score these answers (JSON lines with id and text) instead of generating", false },
    { "compare", 0, NULL, HONE_OPT_PATH, &opt_compare, 0, 0, NULL, "REPORT",
      "report.json of another model on the same rows: paired comparison", false },
    { "out", 'o', "output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, "DIR",
      "folder for report.json, report.txt, predictions.jsonl, failures.jsonl", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL,
      "print report.json instead of a summary", false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors; the answers do not depend on it", false },
    { "quiet", 'q', NULL, HONE_OPT_BOOL, &opt_quiet, 0, 0, NULL, NULL, "warnings and errors only",
      false },
};

static const hone_command command = {
    "eval", "hone eval --model MODEL [--adapter DIR] --data ROWS [--tools TOOLS] [--out DIR]",
    "Generates an answer to every row (greedy, unconstrained), judges it and reports whole-call\n"
    "accuracy with 95 % intervals, by function and argument, with error classes and failures.\n"
    "Stopped (exit status 75) with --out, the same line goes on where it was.\n"
    "Not offered yet: the modes bfcl-ast and lenient, baselines and gates, JUnit, HTML and\n"
    "Markdown reports, constrained decoding, endpoints.",
    options, sizeof options / sizeof options[0],
    "  hone eval --model MODEL --adapter run/ --tools tools.json --data test.jsonl --out report/\n"
    "  hone eval --model app.litertlm --data test.jsonl --json\n"
};

typedef struct scorer {
    hone_arena *arena;
    hone_model *model;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_json *tools, *provenance;
    const char *tools_path;
    hone_rows *rows;
    hone_answer *answers;
    hone_report *report;
    hone_generate_stats stats;
    char identity[65];   /* of everything that the answers depend on */
    char *journal;
    char adapter_sha[65];
} scorer;

/* ---- opening ---- */

static int open_adapter(scorer *s, hone_err *err)
{
    char *dir = NULL, *file = NULL;
    if (!opt_adapter) return HONE_OK;
    if (s->model->kind == HONE_MODEL_LITERTLM)
        return hone_fail(err, HONE_E_USAGE,
                         "an exported file takes no --adapter: its own is merged");
    HONE_TRY(hone_args_adapter_dir(&dir, opt_adapter, err));
    int rc = hone_adapter_load(&s->adapter, s->model, dir, s->model->sha256, err);
    if (rc == 0) {
        file = hone_path_join(dir, "adapter_model.safetensors");
        rc = file ? hone_sha256_file(file, s->adapter_sha, err)
                  : hone_err_memory(err, "a file name", 0);
    }
    hone_free(file);
    hone_free(dir);
    return rc;
}

static int open_model(scorer *s, hone_err *err)
{
    if (opt_predictions) return HONE_OK;
    HONE_TRY(hone_args_need(opt_model, "--model (or --from-predictions)", "eval", err));
    HONE_TRY(hone_model_open(&s->model, opt_model, err));
    if (!s->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "%s has no tokenizer", opt_model);
    return open_adapter(s, err);
}

static int open_rows(scorer *s, hone_err *err)
{
    HONE_TRY(hone_args_need(opt_data, "--data", "eval", err));
    HONE_TRY(hone_args_tools(&s->tools, &s->tools_path, s->arena, opt_tools, opt_model, err));
    const hone_rows_options o = { .row = { .tools = s->tools, .sort_tools = true },
                                  .limit = (size_t)opt_limit };
    HONE_TRY(hone_rows_load(&s->rows, opt_data, &o, err));
    s->answers = hone_calloc(s->rows->count, sizeof *s->answers);
    return s->answers ? HONE_OK : hone_err_memory(err, "answers", s->rows->count);
}

/* ---- provenance ---- */

static int put(scorer *s, hone_json *o, const char *key, hone_json *v, hone_err *err)
{
    return o && v && hone_json_set(s->arena, o, key, v) ? HONE_OK
                                                        : hone_err_memory(err, "report", 0);
}

/* "key": {"name": file name, "sha256": hash} */
static int put_file(scorer *s, const char *key, const char *path, hone_err *err)
{
    char hex[65];
    hone_json *o = hone_json_new_object(s->arena);
    if (!path) return HONE_OK;
    HONE_TRY(hone_sha256_file(path, hex, err));
    HONE_TRY(put(s, o, "name", hone_json_new_str(s->arena, hone_path_base(path)), err));
    HONE_TRY(put(s, o, "sha256", hone_json_new_str(s->arena, hex), err));
    return put(s, s->provenance, key, o, err);
}

static int put_model(scorer *s, hone_err *err)
{
    char tokenizer[65];
    hone_arena *a = s->arena;
    hone_json *o = hone_json_new_object(a), *decoding = hone_json_new_object(a);
    if (!s->model) return HONE_OK;
    hone_tokenizer_hash(s->model->tokenizer, tokenizer);
    HONE_TRY(put(s, o, "name", hone_json_new_str(a, hone_path_base(opt_model)), err));
    HONE_TRY(put(s, o, "sha256", hone_json_new_str(a, s->model->sha256), err));
    HONE_TRY(put(s, o, "tokenizer_sha256", hone_json_new_str(a, tokenizer), err));
    if (s->adapter)
        HONE_TRY(put(s, o, "adapter_sha256", hone_json_new_str(a, s->adapter_sha), err));
    HONE_TRY(put(s, s->provenance, "model", o, err));
    HONE_TRY(put(s, decoding, "greedy", hone_json_new_bool(a, true), err));
    HONE_TRY(put(s, decoding, "constrained", hone_json_new_bool(a, false), err));
    HONE_TRY(put(s, decoding, "max_new_tokens", hone_json_new_i64(a, opt_max_new), err));
    return put(s, s->provenance, "decoding", decoding, err);
}

static int provenance_make(scorer *s, hone_err *err)
{
    s->provenance = hone_json_new_object(s->arena);
    HONE_TRY(
        put(s, s->provenance, "program", hone_json_new_str(s->arena, "hone " HONE_VERSION), err));
    HONE_TRY(put(s, s->provenance, "prompt_profile", hone_json_new_str(s->arena, "hf"), err));
    HONE_TRY(put_model(s, err));
    HONE_TRY(put_file(s, "data", opt_data, err));
    HONE_TRY(put_file(s, "tools", s->tools_path, err));
    HONE_TRY(put_file(s, "predictions", opt_predictions, err));
    hone_sha256_json(s->provenance, s->identity);
    return HONE_OK;
}

/* ---- answers ---- */

static int answers_read(scorer *s, hone_err *err)
{
    hone_predictions_stats st;
    HONE_TRY(
        hone_predictions_load(s->answers, s->arena, s->rows, opt_predictions, false, &st, err));
    if (st.unknown) hone_warn("%zu predictions belong to no row", st.unknown);
    if (st.other_row)
        hone_warn("%zu predictions are of rows with other content: left out", st.other_row);
    if (st.twice) hone_warn("%zu predictions came twice: the first counts", st.twice);
    if (st.no_hash) hone_warn("%zu predictions were paired by id alone", st.no_hash);
    if (st.matched < s->rows->count)
        hone_warn("%zu rows have no prediction and count as wrong", s->rows->count - st.matched);
    if (st.matched) return HONE_OK;
    hone_err_at(err, opt_predictions, 0, -1);
    return hone_fail(err, HONE_UNMEASURABLE, "no prediction belongs to a row of %s", opt_data);
}

static int answers_generate(scorer *s, hone_err *err)
{
    const hone_engine_options eo = { .threads = (int)opt_threads };
    if (opt_out) {
        HONE_TRY(hone_fs_mkdirs(opt_out, err));
        s->journal = hone_path_join(opt_out, "predictions.part");
        if (!s->journal) return hone_err_memory(err, "a file name", 0);
    }
    HONE_TRY(hone_engine_open(&s->engine, s->model, &eo, err));
    if (s->adapter) HONE_TRY(hone_engine_attach(s->engine, s->adapter, err));
    const hone_eval_options o = { (int32_t)opt_max_new, (int)opt_batch, s->model->context_limit,
                                  "generating", s->journal, s->identity };
    int rc = hone_eval_answers(s->answers, s->arena, s->engine, s->model->tokenizer, s->rows, &o,
                               &s->stats, err);
    if (rc != HONE_E_STOPPED) return rc;
    if (opt_out) hone_err_hint(err, "run the same line again to go on");
    if (opt_out) return rc;
    return hone_fail(err, HONE_E_INTERRUPTED, "interrupted; without --out nothing is kept");
}

/* ---- results ---- */

static int add_comparison(scorer *s, hone_err *err)
{
    hone_json *other, *c;
    if (!opt_compare) return HONE_OK;
    HONE_TRY(hone_json_load(&other, s->arena, opt_compare, err));
    HONE_TRY(hone_compare_reports(&c, s->report->arena, other, s->report->json, err));
    return hone_json_set(s->report->arena, s->report->json, "comparison", c)
               ? HONE_OK : hone_err_memory(err, "report", 0);
}

static int write_timing(const scorer *s, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(4096);
    char *path = hone_path_join(opt_out, "timing.json");
    hone_buf_printf(
        &b,
        "{\"seconds\":%.3f,\"rows\":%zu,\"prompt_tokens\":%lld,\"prefilled_tokens\":%lld,"
        "\"generated_tokens\":%lld,\"peak_rss\":%lld,\"threads\":%lld}\n",
        s->stats.seconds, s->rows->count, (long long)s->stats.prompt_tokens,
        (long long)s->stats.prefilled, (long long)s->stats.generated, (long long)hone_peak_rss(),
        (long long)opt_threads);
    int rc = path && hone_buf_ok(&b) ? hone_fs_write(path, b.data, b.len, err)
                                     : hone_err_memory(err, "timing.json", 0);
    hone_buf_done(&b);
    hone_free(path);
    return rc;
}

static int write_files(scorer *s, hone_err *err)
{
    if (!opt_out) return HONE_OK;
    HONE_TRY(hone_report_write(s->report, opt_out, err));
    if (!opt_predictions) HONE_TRY(write_timing(s, err));
    if (s->journal && unlink(s->journal) != 0) return hone_fail_io(err, s->journal, "remove");
    return HONE_OK;
}

static int print_report(const scorer *s, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (opt_json) {
        hone_json_write(&b, s->report->json, HONE_JSON_PRETTY);
        hone_buf_char(&b, '\n');
    } else {
        const hone_json *c = hone_json_get(s->report->json, "comparison");
        hone_report_text(&b, s->report->json);
        if (c) {
            hone_buf_char(&b, '\n');
            hone_compare_text(&b, c);
        }
        if (opt_out)
            hone_buf_printf(&b, "\n%s/report.json  report.txt  failures.jsonl  predictions.jsonl\n",
                            opt_out);
    }
    bool ok = hone_buf_ok(&b);
    if (ok) ok = fwrite(b.data, 1, b.len, stdout) == b.len && fflush(stdout) == 0;
    hone_buf_done(&b);
    return ok ? HONE_OK : hone_fail(err, HONE_E_IO, "the report could not be printed");
}

static int run(scorer *s, hone_err *err)
{
    HONE_TRY(open_model(s, err));
    HONE_TRY(open_rows(s, err));
    HONE_TRY(provenance_make(s, err));
    HONE_TRY(opt_predictions ? answers_read(s, err) : answers_generate(s, err));
    const hone_report_options o = { .provenance = s->provenance };
    HONE_TRY(hone_report_make(&s->report, s->rows, s->answers, &o, err));
    HONE_TRY(add_comparison(s, err));
    HONE_TRY(write_files(s, err));
    return print_report(s, err);
}

static void done(scorer *s)
{
    hone_report_free(s->report);
    hone_free(s->answers);
    hone_rows_free(s->rows);
    hone_engine_close(s->engine);
    hone_adapter_free(s->adapter);
    hone_model_close(s->model);
    hone_free(s->journal);
}

int hone_cmd_eval(int argc, char **argv)
{
    hone_err err;
    scorer s = { 0 };
    hone_err_clear(&err);
    s.arena = hone_arena_new();
    int words = 0, rc = s.arena ? 0 : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = hone_cmd_parse(&command, argc, argv, NULL, 0, &words, s.arena, &err);
    if (rc == 0) {
        if (opt_quiet) hone_log_set_level(HONE_LOG_QUIET);
        rc = run(&s, &err);
    }
    done(&s);
    hone_arena_free(s.arena);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
