/*
 * `hone eval` in parts: the words of the command line, and what one run holds. Internal to
 * cli/cmd_eval.c and cli/eval_*.c.
 */
#ifndef HONE_CLI_EVAL_RUN_H
#define HONE_CLI_EVAL_RUN_H

#include "common/options.h"
#include "eval/endpoint.h"
#include "eval/eval.h"
#include "eval/gate.h"
#include "eval/report_files.h"

typedef struct hone_eval_words {
    const char *model, *adapter, *tools, *data, *gold, *predictions, *out;
    const char *mode, *profile;
    hone_opt_list compare;
    const char *baseline, *write_baseline, *inconclusive;
    const char *junit, *junit_by, *markdown, *html;
    const char *filter_failing, *replay;
    const char *endpoint, *endpoint_model, *endpoint_api, *endpoint_tools, *endpoint_body;
    const char *key_env;
    double alpha, max_regression, min_accuracy, min_function, handover_target;
    int64_t max_new, batch, limit, threads, connections, repeat, seed;
    bool ordered, strict_floor, gate_functions, allow_cross, force, stamp, json, quiet;
    bool drafts, constrained;
} hone_eval_words;

enum { HONE_EVAL_OTHERS = 8 };

typedef struct hone_eval_run {
    const hone_eval_words *w;
    hone_arena *arena;
    hone_model *model;
    hone_adapter *adapter;
    hone_engine *engine;
    hone_json *tools, *provenance, *endpoint_body;
    const char *tools_path, *predictions;
    hone_rows *rows;
    hone_answer *answers;
    hone_report *report;
    hone_report_options report_options;
    hone_json *baseline; /* of --baseline */
    hone_report_other others[HONE_EVAL_OTHERS];
    int num_others;
    hone_generate_stats stats;
    double seconds;      /* of an endpoint's answers */
    char identity[65];   /* of everything that the answers depend on */
    char *journal;
    char adapter_sha[65];
    int gate_code;       /* HONE_OK, or what the gate says */
} hone_eval_run;

/* Model, adapter, tools, rows, provenance. */
int hone_eval_open(hone_eval_run *r, hone_err *err);
/* Answers to all rows: generated, asked for, or read. */
int hone_eval_answer(hone_eval_run *r, hone_err *err);
/* One row alone: prints its prompt, tokens with probabilities, and the verdict. */
int hone_eval_replay(hone_eval_run *r, hone_err *err);
/* --repeat: answers several times more, and "repeats" in the report. */
int hone_eval_repeat(hone_eval_run *r, hone_err *err);
/* --constrained: the rows once more under the grammar of their tools, "constrained" in the report.
 */
int hone_eval_constrained(hone_eval_run *r, hone_err *err);
/* Makes the --out folder and tries every file that is named; the answers, which take long, come
 * after it. */
int hone_eval_output_check(const hone_eval_run *r, hone_err *err);
/* Files and the screen. */
int hone_eval_output(hone_eval_run *r, hone_err *err);
void hone_eval_done(hone_eval_run *r);

#endif
