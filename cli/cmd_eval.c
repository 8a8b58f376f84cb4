/*
 * `hone eval`: the score of a model (base, base and adapter, exported file), of a server or of a
 * prediction file on rows, and the gate that a CI job stands on. docs/evaluation.md.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/eval_ranks.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"

static hone_eval_words words = {
    .mode = "exact", .profile = "hf", .inconclusive = "fail", .junit_by = "auto",
    .endpoint_api = "chat", .endpoint_tools = "native", .key_env = "OPENAI_API_KEY",
    .alpha = 0.05, .max_regression = -1, .min_accuracy = -1, .min_function = -1,
    .handover_target = 0.95, .max_new = 128, .batch = 32, .connections = 4, .repeat = 1, .seed = 1,
    .drafts = true,
};

static const hone_opt options[] = {
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &words.model, 0, 0, NULL, "MODEL",
      "folder, .gguf or .litertlm file, or org/name in the hub cache", false },
    { "adapter", 0, "adapter-path", HONE_OPT_PATH, &words.adapter, 0, 0, NULL, "DIR",
      "adapter or run folder", false },
    { "tools", 0, NULL, HONE_OPT_PATH, &words.tools, 0, 0, NULL, "FILE",
      "functions for rows that carry none; default: the .tools.json beside a .litertlm", false },
    { "data", 0, NULL, HONE_OPT_PATH, &words.data, 0, 0, NULL, "ROWS",
      "rows with expectations (.jsonl, .jsonl.zst), or a BFCL question file", false },
    { "gold", 0, NULL, HONE_OPT_PATH, &words.gold, 0, 0, NULL, "FILE",
      "answers of a BFCL file; default: possible_answer/NAME beside it", true },
    { "mode", 0, NULL, HONE_OPT_CHOICE, &words.mode, 0, 0, "exact|lenient|bfcl-ast", NULL,
      "what right means for the headline and the gate; all modes are reported", false },
    { "ordered", 0, NULL, HONE_OPT_BOOL, &words.ordered, 0, 0, NULL, NULL,
      "several calls must come in the expected order", true },
    { "max-new-tokens", 0, NULL, HONE_OPT_INT, &words.max_new, 1, 8192, NULL, "N",
      "longest answer in tokens", false },
    { "batch-size", 0, NULL, HONE_OPT_INT, &words.batch, 1, 4096, NULL, "N",
      "rows that are generated together", false },
    { "constrained", 0, NULL, HONE_OPT_BOOL, &words.constrained, 0, 0, NULL, NULL,
      "also decode under the grammar of the tools: a second column", false },
    { "drafts", 0, NULL, HONE_OPT_BOOL, &words.drafts, 0, 0, NULL, NULL,
      "check an expected answer in one pass: the same answers, sooner", true },
    { "limit", 0, NULL, HONE_OPT_INT, &words.limit, 0, 1e9, NULL, "N",
      "score the first N rows only; 0 = all", false },
    { "from-predictions", 0, NULL, HONE_OPT_PATH, &words.predictions, 0, 0, NULL, "FILE",
      "score these answers (JSON lines with id and text, or a report folder) instead", false },
    { "baseline", 0, NULL, HONE_OPT_PATH, &words.baseline, 0, 0, NULL, "FILE",
      "gate: compare with this baseline file, report.json or report folder", false },
    { "write-baseline", 0, NULL, HONE_OPT_PATH, &words.write_baseline, 0, 0, NULL, "FILE",
      "write this run as a baseline", false },
    { "force", 0, NULL, HONE_OPT_BOOL, &words.force, 0, 0, NULL, NULL,
      "replace a baseline that is better", true },
    { "max-regression", 0, NULL, HONE_OPT_REAL, &words.max_regression, 0, 1, NULL, "M",
      "gate: drop that is allowed, 0.02 = 2 points", false },
    { "min-accuracy", 0, NULL, HONE_OPT_REAL, &words.min_accuracy, 0, 1, NULL, "A",
      "gate: least share of right rows", false },
    { "min-function-accuracy", 0, NULL, HONE_OPT_REAL, &words.min_function, 0, 1, NULL, "A",
      "gate: least share for each function with 20 rows or more", true },
    { "strict-floor", 0, NULL, HONE_OPT_BOOL, &words.strict_floor, 0, 0, NULL, NULL,
      "floors hold for the lower limit of the 95 % interval", true },
    { "gate-functions", 0, NULL, HONE_OPT_BOOL, &words.gate_functions, 0, 0, NULL, NULL,
      "functions gate too (Holm over them and the whole)", true },
    { "alpha", 0, NULL, HONE_OPT_REAL, &words.alpha, 1e-6, 0.5, NULL, "P",
      "gate: chance of a false alarm", true },
    { "inconclusive", 0, NULL, HONE_OPT_CHOICE, &words.inconclusive, 0, 0, "fail|pass", NULL,
      "exit status when the rows are too few to tell: fail = 2, pass = 0", true },
    { "allow-cross", 0, NULL, HONE_OPT_BOOL, &words.allow_cross, 0, 0, NULL, NULL,
      "compare across processors, weights and token limits", true },
    { "compare", 0, NULL, HONE_OPT_PATHS, &words.compare, 0, 0, NULL, "REPORT",
      "report of another run on the same rows, shown beside this one; may be repeated", false },
    { "out", 'o', "output-dir", HONE_OPT_PATH, &words.out, 0, 0, NULL, "DIR",
      "folder for all report files", false },
    { "junit", 0, NULL, HONE_OPT_PATH, &words.junit, 0, 0, NULL, "FILE",
      "write JUnit XML", false },
    { "junit-granularity", 0, NULL, HONE_OPT_CHOICE, &words.junit_by, 0, 0, "auto|row|tool", NULL,
      "a test case for each row or function; auto = rows up to 5000", true },
    { "markdown", 0, NULL, HONE_OPT_PATH, &words.markdown, 0, 0, NULL, "FILE",
      "add the summary to this file, such as $GITHUB_STEP_SUMMARY", false },
    { "html", 0, NULL, HONE_OPT_PATH, &words.html, 0, 0, NULL, "FILE",
      "write the page", false },
    { "stamp", 0, NULL, HONE_OPT_BOOL, &words.stamp, 0, 0, NULL, NULL,
      "time, speed and memory in the page; it then differs from run to run", true },
    { "filter-failing", 0, NULL, HONE_OPT_PATH, &words.filter_failing, 0, 0, NULL, "REPORT",
      "score only the rows that failed in that report", false },
    { "replay", 0, NULL, HONE_OPT_STRING, &words.replay, 0, 0, NULL, "ID",
      "one row alone, with tokens and probabilities", false },
    { "endpoint", 0, "base-url", HONE_OPT_STRING, &words.endpoint, 0, 0, NULL, "URL",
      "score an OpenAI-compatible server, such as http://127.0.0.1:8080/v1", false },
    { "endpoint-model", 0, NULL, HONE_OPT_STRING, &words.endpoint_model, 0, 0, NULL, "NAME",
      "the server's name of the model", false },
    { "endpoint-api", 0, NULL, HONE_OPT_CHOICE, &words.endpoint_api, 0, 0, "chat|completions", NULL,
      "completions sends the rendered FunctionGemma prompt", true },
    { "endpoint-tools", 0, NULL, HONE_OPT_CHOICE, &words.endpoint_tools, 0, 0,
      "native|prompt", NULL,
      "chat: functions in the request's tools, or described in the first message", true },
    { "endpoint-body", 0, NULL, HONE_OPT_STRING, &words.endpoint_body, 0, 0, NULL, "JSON",
      "further members of each request, such as {\"repeat_penalty\":1}; null leaves one out",
      true },
    { "key-env", 0, NULL, HONE_OPT_STRING, &words.key_env, 0, 0, NULL, "NAME",
      "environment variable that holds the server's key", true },
    { "connections", 0, "concurrency", HONE_OPT_INT, &words.connections, 1, 64, NULL, "N",
      "requests to the server at a time", true },
    { "repeat", 0, NULL, HONE_OPT_INT, &words.repeat, 1, 100, NULL, "N",
      "answer N times: a server with other seeds, our own model in other batches; mean, range,\n"
      "rows that were not steady", true },
    { "handover-target", 0, NULL, HONE_OPT_REAL, &words.handover_target, 0.01, 1, NULL, "A",
      "accuracy that answers kept on the device shall have", true },
    { "prompt-profile", 0, NULL, HONE_OPT_CHOICE, &words.profile, 0, 0,
      "hf|bfcl-handler", NULL,
      "how prompts are rendered: hf = the training template; bfcl-handler = BFCL files as the "
      "public leaderboard does", true },
    { "seed", 0, NULL, HONE_OPT_INT, &words.seed, 0, 1e9, NULL, "N",
      "of permutation tests and server requests", true },
    { "json", 0, NULL, HONE_OPT_BOOL, &words.json, 0, 0, NULL, NULL,
      "print report.json instead of a summary", false },
    { "threads", 't', NULL, HONE_OPT_INT, &words.threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors; the answers do not depend on it", false },
    { "quiet", 'q', NULL, HONE_OPT_BOOL, &words.quiet, 0, 0, NULL, NULL,
      "warnings and errors only", false },
};

static const hone_command command = {
    "eval", "hone eval --model MODEL [--adapter DIR] --data ROWS [--tools TOOLS] [--out DIR]",
    "Generates an answer to every row (greedy), judges it and reports whole-call accuracy with\n"
    "95 % intervals, by function and argument, with error classes and failures. With --baseline\n"
    "or a floor it is a gate: exit status 0 passed, 1 regressed or below the floor, 2 too few\n"
    "rows to tell, 3 not comparable. Stopped (exit status 75) with --out, the same line goes on.",
    options, sizeof options / sizeof options[0],
    "  hone eval --model MODEL --adapter run/ --tools tools.json --data test.jsonl --out report/\n"
    "  hone eval --model app.litertlm --data test.jsonl --write-baseline baseline.json\n"
    "  hone eval --model app.litertlm --data test.jsonl --baseline baseline.json "
    "--max-regression 0.02\n"
    "  hone eval --model app.litertlm --data test.jsonl --replay phone-test-007\n"
};

/* ---- comparisons ---- */

/* Answers of an earlier run, where its folder has them, for the rows that changed. */
static int before_texts(hone_eval_run *r, const char *path, bool *ret_found, hone_err *err)
{
    hone_predictions_stats st;
    char *dir = hone_fs_is_dir(path) ? hone_strdup(path) : hone_path_dir(path);
    char *file = dir ? hone_path_join(dir, "predictions.jsonl") : NULL;
    hone_answer *answers = hone_calloc(r->rows->count, sizeof *answers);
    int rc = file && answers ? HONE_OK : hone_err_memory(err, "answers", r->rows->count);
    *ret_found = rc == 0 && hone_fs_is_file(file);
    if (*ret_found)
        rc = hone_predictions_load(answers, r->arena, r->rows, file, false, &st, err);
    for (size_t i = 0; rc == 0 && i < r->rows->count; i++)
        if (answers[i].present && r->report->results[i].before >= 0)
            r->report->results[i].before_text = answers[i].text;
    hone_free(answers);
    hone_free(file);
    hone_free(dir);
    return rc;
}

/* A name for a column: the report's folder or file. */
static const char *column_name(hone_arena *a, const char *path)
{
    char *dir = hone_path_dir(path);
    const char *base = hone_path_base(path), *name = base;
    if (dir && !strcmp(base, "report.json") && hone_path_base(dir)[0]) name = hone_path_base(dir);
    const char *kept = hone_arena_strndup(a, *name ? name : path, strlen(*name ? name : path));
    hone_free(dir);
    return kept ? kept : "before";
}

static int other_add(hone_eval_run *r, const char *path, hone_err *err)
{
    hone_json *tree;
    if (r->num_others == HONE_EVAL_OTHERS)
        return hone_fail(err, HONE_E_USAGE, "--compare takes at most %d reports", HONE_EVAL_OTHERS);
    HONE_TRY(hone_baseline_load(&tree, r->arena, path, err));
    r->others[r->num_others++] = (hone_report_other){ column_name(r->arena, path), tree };
    return HONE_OK;
}

/* Without a gate, the first --compare says which rows changed. */
static int compare_first(hone_eval_run *r, hone_err *err)
{
    hone_json *c;
    const hone_json *tree = r->others[0].tree;
    HONE_TRY(hone_compare_reports(&c, r->report->arena, tree, r->report->json, err));
    HONE_TRY(hone_compare_mark(r->report, tree, err));
    if (!hone_json_set(r->report->arena, r->report->json, "comparison", c))
        return hone_err_memory(err, "report", 0);
    bool found;
    return before_texts(r, words.compare.items[0], &found, err);
}

/* Does the first --compare judge every paired row as the baseline has it? Then it is that run. */
static int compare_is_baseline(hone_eval_run *r, const hone_json *baseline, bool *ret,
                               hone_err *err)
{
    hone_report *p = r->report;
    int8_t *kept = hone_calloc(p->count + 1, sizeof *kept);
    if (!kept) return hone_err_memory(err, "comparison", p->count);
    for (size_t i = 0; i < p->count; i++) kept[i] = p->results[i].before;
    int rc = hone_compare_mark(p, r->others[0].tree, err);
    *ret = rc == 0;
    for (size_t i = 0; i < p->count; i++)
        *ret &= kept[i] < 0 || kept[i] == p->results[i].before;
    hone_free(kept);
    return rc < 0 ? rc : hone_compare_mark(p, baseline, err);
}

/* A committed baseline has no answers beside it; a --compare that is the same run has them. */
static int baseline_texts(hone_eval_run *r, const hone_json *baseline, hone_err *err)
{
    bool found, same = false;
    HONE_TRY(before_texts(r, words.baseline, &found, err));
    if (!found && r->num_others) HONE_TRY(compare_is_baseline(r, baseline, &same, err));
    return same ? before_texts(r, words.compare.items[0], &found, err) : HONE_OK;
}

static double given(double share)
{
    return share < 0 ? NAN : share;
}

static int gate(hone_eval_run *r, hone_err *err)
{
    const hone_gate_options o = { words.alpha, given(words.max_regression),
                                  given(words.min_accuracy), given(words.min_function),
                                  words.strict_floor, words.gate_functions, words.allow_cross,
                                  (uint64_t)words.seed };
    HONE_TRY(hone_gate_judge(r->report, r->baseline, &o, &r->gate_code, err));
    if (r->gate_code == HONE_INCONCLUSIVE && !strcmp(words.inconclusive, "pass")) {
        r->gate_code = HONE_OK;
        hone_json *zero = hone_json_new_i64(r->report->arena, 0);
        if (!zero || !hone_json_set(r->report->arena, hone_json_get(r->report->json, "gate"),
                                    "exit_status", zero))
            return hone_err_memory(err, "report", 0);
    }
    return r->baseline ? baseline_texts(r, r->baseline, err) : HONE_OK;
}

static int compare(hone_eval_run *r, hone_err *err)
{
    bool floors = words.min_accuracy >= 0 || words.min_function >= 0;
    if (words.baseline || floors) HONE_TRY(gate(r, err));
    return r->num_others && !words.baseline ? compare_first(r, err) : HONE_OK;
}

/* ---- the command ---- */

static int check_words(hone_err *err)
{
    if (words.max_regression >= 0 && !words.baseline)
        return hone_fail(err, HONE_E_USAGE, "--max-regression needs --baseline");
    if (words.endpoint && strcmp(words.endpoint_api, "completions") != 0 &&
        strcmp(words.profile, "hf") != 0)
        return hone_fail(err, HONE_E_USAGE,
                         "--prompt-profile %s needs --endpoint-api completions: in a chat the "
                         "server renders the prompt", words.profile);
    if (words.gate_functions && !words.baseline)
        return hone_fail(err, HONE_E_USAGE, "--gate-functions needs --baseline");
    if (words.repeat > 1 && words.predictions)
        return hone_fail(err, HONE_E_USAGE, "--repeat and --from-predictions exclude each other");
    return hone_eval_ranks_check(&words, err);
}

/* What is read or written behind the answers is tried before them: hours of generation, or money
 * paid to an endpoint, must not end at a mistyped path. */
static int open_all(hone_eval_run *r, hone_err *err)
{
    HONE_TRY(check_words(err));
    if (words.baseline)
        HONE_TRY(hone_baseline_load(&r->baseline, r->arena, words.baseline, err));
    for (int i = 0; i < words.compare.count; i++)
        HONE_TRY(other_add(r, words.compare.items[i], err));
    HONE_TRY(hone_eval_open(r, err));
    return hone_mpi_rank() == 0 ? hone_eval_output_check(r, err) : HONE_OK;
}

static int run(hone_eval_run *r, hone_err *err)
{
    HONE_TRY(hone_mpi_agree(open_all(r, err), err));
    hone_err_clear(err); /* of a place in the rows */
    r->report_options = (hone_report_options){ .ordered = words.ordered,
                                               .provenance = r->provenance,
                                               .handover_target = words.handover_target };
    (void)hone_mode_parse(words.mode, &r->report_options.mode);
    const int rc = hone_eval_answer(r, err);
    hone_mpi_stop_settle(); /* a rank that is ready is asked to stop like those at work */
    HONE_TRY(hone_mpi_agree(rc, err));
    HONE_TRY(hone_eval_ranks_gather(r, err));
    if (hone_mpi_rank() > 0) return HONE_OK;
    if (words.replay) return hone_eval_replay(r, err);
    HONE_TRY(hone_report_make(&r->report, r->rows, r->answers, &r->report_options, err));
    HONE_TRY(hone_eval_repeat(r, err));
    HONE_TRY(hone_eval_constrained(r, err));
    HONE_TRY(compare(r, err));
    return hone_eval_output(r, err);
}

/* All ranks end as rank 0 does, which alone has judged. */
static int verdict_share(hone_eval_run *r, int rc, hone_err *err)
{
    rc = hone_mpi_agree(rc, err);
    if (rc == 0) hone_mpi_share(&r->gate_code, sizeof r->gate_code);
    if (rc == 0 && hone_mpi_rank() > 0 && r->journal && unlink(r->journal) != 0)
        hone_warn("%s cannot be removed", r->journal);
    return rc;
}

int hone_cmd_eval(int argc, char **argv)
{
    hone_err err;
    hone_eval_run r = { .w = &words };
    hone_err_clear(&err);
    r.arena = hone_arena_new();
    int count = 0, rc = r.arena ? 0 : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = hone_mpi_start(&err);
    if (rc == 0)
        rc = hone_mpi_agree(hone_cmd_parse(&command, argc, argv, NULL, 0, &count, r.arena, &err),
                            &err);
    if (rc == 0) {
        if (words.quiet || hone_mpi_rank() > 0) hone_log_set_level(HONE_LOG_QUIET);
        rc = run(&r, &err);
        if (hone_mpi_size() > 1) rc = verdict_share(&r, rc, &err);
    }
    const int code = r.gate_code;
    hone_eval_done(&r);
    hone_arena_free(r.arena);
    const int status = hone_cmd_end(rc, &err);
    return rc < 0 ? status : hone_code_exit_status(code);
}
