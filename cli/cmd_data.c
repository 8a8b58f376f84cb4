/*
 * `hone data VERB`: checks, splits, cleans and shows row files. The verbs that write files are in
 * data_files.c, inspect in data_inspect.c.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/data_inspect.h"
#include "cli/data_verbs.h"
#include "cli/rank_parts.h"
#include "common/buf.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "common/text.h"
#include "datasets/check.h"
#include "model/gemma3.h"

static const char *opt_tools, *opt_model;
static int64_t opt_max_length;
static bool opt_json;

static const hone_opt options[] = {
    { "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",
      "functions of rows that carry none", false },
    { "model", 'm', "model-name-or-path", HONE_OPT_PATH, &opt_model, 0, 0, NULL, "MODEL",
      "tokenizer and context length: finds rows that are too long, prints the longest", false },
    { "max-seq-length", 0, "max-length", HONE_OPT_INT, &opt_max_length, 1, 1 << 20, NULL, "N",
      "tokens of a row at most [the model's context]", false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print the findings as JSON",
      false },
};

static const hone_command command = { "data",
                                      "hone data check ROWS [--tools TOOLS] [--model MODEL]",
                                      "Reads a row file to its end and names, with file and line, "
                                      "whatever would train a model wrongly.\n"
                                      "Exit status 65 when there are errors; warnings alone give "
                                      "0.",
                                      options,
                                      sizeof options / sizeof options[0],
                                      "  hone data check rows.jsonl --tools tools.json\n" };

static void print_text(const hone_check *c, const char *path)
{
    for (size_t i = 0; i < c->count; i++) {
        const hone_finding *f = &c->findings[i];
        hone_buf b = HONE_BUF_INIT(1 << 16);
        hone_text_show(&b, f->text, strlen(f->text));
        const char *where = f->line ? path : opt_tools ? opt_tools : path;
        if (f->line) printf("%s:%lld: ", where, (long long)f->line);
        else printf("%s: ", where);
        printf("%s: %s [%s]\n", f->error ? "error" : "warning", b.data ? b.data : "", f->code);
        hone_buf_done(&b);
    }
    if (c->dropped) printf("... and %lld more\n", (long long)c->dropped);
    printf("%lld rows, %lld with calls, %lld without; %lld errors, %lld warnings\n",
           (long long)c->rows, (long long)c->calls, (long long)c->no_calls, (long long)c->errors,
           (long long)c->warnings);
    if (c->longest)
        printf("longest row: %lld tokens, %s:%lld (%s); %lld tokens in all\n",
               (long long)c->longest, path, (long long)c->longest_line, c->longest_id,
               (long long)c->tokens);
}

static int print_json(const hone_check *c, hone_arena *a, const char *path, hone_err *err)
{
    hone_json *o = hone_json_new_object(a);
    hone_json *list = hone_json_new_array(a);
    if (!o || !list) return hone_err_memory(err, "findings", 1);
    for (size_t i = 0; i < c->count; i++) {
        const hone_finding *f = &c->findings[i];
        hone_json *v = hone_json_new_object(a);
        if (!v) return hone_err_memory(err, "findings", 1);
        hone_json_set(a, v, "level", hone_json_new_str(a, f->error ? "error" : "warning"));
        hone_json_set(a, v, "line", hone_json_new_i64(a, f->line));
        hone_json_set(a, v, "code", hone_json_new_str(a, f->code));
        hone_json_set(a, v, "text", hone_json_new_str(a, f->text));
        hone_json_push(a, list, v);
    }
    hone_json_set(a, o, "file", hone_json_new_str(a, path));
    hone_json_set(a, o, "rows", hone_json_new_i64(a, c->rows));
    hone_json_set(a, o, "calls", hone_json_new_i64(a, c->calls));
    hone_json_set(a, o, "no_calls", hone_json_new_i64(a, c->no_calls));
    hone_json_set(a, o, "errors", hone_json_new_i64(a, c->errors));
    hone_json_set(a, o, "warnings", hone_json_new_i64(a, c->warnings));
    hone_json_set(a, o, "nulls", hone_json_new_i64(a, c->nulls));
    hone_json_set(a, o, "longest_tokens", hone_json_new_i64(a, c->longest));
    hone_json_set(a, o, "longest_line", hone_json_new_i64(a, c->longest_line));
    hone_json_set(a, o, "tokens", hone_json_new_i64(a, c->tokens));
    if (!hone_json_set(a, o, "findings", list)) return hone_err_memory(err, "findings", 1);
    return hone_data_print(o, err);
}

int hone_data_print(const hone_json *v, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&b, v, HONE_JSON_PRETTY);
    int rc = hone_buf_ok(&b) ? 0 : hone_err_memory(err, "output", b.len);
    if (rc == 0) printf("%s\n", b.data);
    hone_buf_done(&b);
    return rc;
}

typedef struct doctor_files {
    const char *path;
    hone_json *tools;
    hone_model *model;
} doctor_files;

static int open_files(doctor_files *f, hone_arena *a, hone_err *err)
{
    if (opt_tools) HONE_TRY(hone_tools_load(&f->tools, a, opt_tools, err));
    return opt_model ? hone_model_open(&f->model, opt_model, err) : HONE_OK;
}

/* Ranks look at parts of the file; the first one has what all found. */
static int check_files(const doctor_files *f, hone_arena *a, hone_err *err)
{
    hone_check_options o = { .tools = f->tools, .tools_path = opt_tools,
                             .max_length = opt_max_length, .ways = hone_rank_parts() };
    hone_check *c = NULL;
    if (f->model) o.tokenizer = f->model->tokenizer;
    if (f->model && !o.max_length) o.max_length = f->model->context_limit;
    int rc = hone_mpi_agree(hone_check_rows(&c, f->path, &o, err), err);
    const bool first = hone_mpi_rank() == 0;
    if (rc == 0 && first && opt_json) rc = print_json(c, a, f->path, err);
    else if (rc == 0 && first) print_text(c, f->path);
    if (rc == 0 && first && c->errors > 0)
        rc = hone_fail(err, HONE_E_DATA, "%s has %lld errors", f->path, (long long)c->errors);
    hone_check_free(c);
    return hone_mpi_agree(rc, err);
}

static int check(int argc, char **argv, hone_arena *a, hone_err *err)
{
    doctor_files f = { NULL, NULL, NULL };
    int n = 0;
    HONE_TRY(hone_mpi_start(err));
    int rc = hone_cmd_parse(&command, argc, argv, &f.path, 1, &n, a, err);
    if (rc == 0 && n == 0) rc = hone_fail(err, HONE_E_USAGE, "which row file? %s", command.usage);
    rc = hone_mpi_agree(rc, err);
    if (rc != 0) return rc;
    rc = hone_mpi_agree(open_files(&f, a, err), err);
    hone_err_clear(rc < 0 ? NULL : err); /* of a place in the tools or the model */
    if (rc == 0) rc = check_files(&f, a, err);
    hone_model_close(f.model);
    return rc;
}

typedef struct verb {
    const char *name;
    int (*run)(int argc, char **argv, hone_arena *a, hone_err *err);
    const char *summary;
} verb;

static const verb verbs[] = {
    { "check", check, "doctor: everything wrong with a row file, with file and line" },
    { "split", hone_data_split, "train, valid and test parts, by hash" },
    { "dedup", hone_data_dedup, "leave out repeats, and rows near to those of another file" },
    { "convert", hone_data_convert, "write rows in the canonical form" },
    { "report", hone_data_report, "counts, lengths and argument values" },
    { "drop", hone_data_drop, "leave out rows by source or id" },
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void print_help(FILE *out)
{
    fprintf(out, "usage: hone data VERB ROWS [options]     hone data VERB --help\n\n");
    for (int i = 0; i < VERBS; i++) fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
    fprintf(out, "  %-9s %s\n", "inspect", "prompt, tokens and loss mask of rows");
}

static int unknown_verb(const char *word, hone_err *err)
{
    const char *names[VERBS + 1];
    for (int i = 0; i < VERBS; i++) names[i] = verbs[i].name;
    names[VERBS] = "inspect";
    const char *near = hone_nearest(word, names, VERBS + 1);
    if (near) hone_err_hint(err, "did you mean 'hone data %s'?", near);
    else hone_err_hint(err, "'hone data --help' lists the verbs");
    return hone_fail(err, HONE_E_USAGE, "unknown verb '%s'", word);
}

int hone_cmd_data(int argc, char **argv)
{
    hone_err err;
    hone_err_clear(&err);
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(argc > 1 ? stdout : stderr);
        return argc > 1 ? 0 : hone_code_exit_status(HONE_E_USAGE);
    }
    if (strcmp(word, "inspect") == 0) return hone_data_inspect(argc - 1, argv + 1);
    hone_arena *a = hone_arena_new();
    int rc = a ? HONE_E_INTERNAL : hone_err_memory(&err, "command", 1);
    for (int i = 0; a && i < VERBS && rc == HONE_E_INTERNAL; i++)
        if (strcmp(word, verbs[i].name) == 0) rc = verbs[i].run(argc - 1, argv + 1, a, &err);
    if (rc == HONE_E_INTERNAL && !err.code) rc = unknown_verb(word, &err);
    hone_arena_free(a);
    return hone_cmd_end(rc, &err);
}
