/*
 * What `hone eval` scores: model and rows, and where the answers come from (cli/eval_run.h).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/eval_ranks.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "eval/bfcl_rows.h"
#include "kernels/kernels.h"

/* ---- opening ---- */

static int open_adapter(hone_eval_run *r, hone_err *err)
{
    char *dir = NULL, *file = NULL;
    if (!r->model || !r->w->adapter) return HONE_OK;
    HONE_TRY(hone_args_adapter_dir(&dir, r->w->adapter, err));
    int rc = hone_adapter_load(&r->adapter, r->model, dir, hone_model_sha256(r->model), err);
    if (rc == 0) {
        file = hone_path_join(dir, "adapter_model.safetensors");
        rc = file ? hone_sha256_file(file, r->adapter_sha, err)
                  : hone_err_memory(err, "a file name", 0);
    }
    hone_free(file);
    hone_free(dir);
    return rc < 0 ? rc : hone_engine_attach(r->engine, r->adapter, err);
}

static int open_engine(hone_eval_run *r, hone_err *err)
{
    const hone_engine_options eo = { .threads = hone_args_threads(r->w->threads) };
    return r->model ? hone_engine_open(&r->engine, r->model, &eo, err) : HONE_OK;
}

/* The file itself, or that of a report folder. */
static int open_predictions(hone_eval_run *r, hone_err *err)
{
    const char *given = r->w->predictions;
    bool folder = hone_fs_is_dir(given);
    char *path = folder ? hone_path_join(given, "predictions.jsonl") : hone_strdup(given);
    r->predictions = path ? hone_arena_strndup(r->arena, path, strlen(path)) : NULL;
    hone_free(path);
    return r->predictions ? HONE_OK : hone_err_memory(err, "a file name", 0);
}

static int open_model(hone_eval_run *r, hone_err *err)
{
    const hone_eval_words *w = r->w;
    if (w->predictions && w->endpoint)
        return hone_fail(err, HONE_E_USAGE, "--from-predictions and --endpoint exclude each other");
    if (w->predictions) return open_predictions(r, err);
    if (w->endpoint) return HONE_OK;
    HONE_TRY(
        hone_args_need(w->model, "--model (or --from-predictions, --endpoint)", "eval", err));
    HONE_TRY(hone_model_open_hashed(&r->model, w->model, err));
    if (!r->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "%s has no tokenizer", w->model);
    if (w->adapter && r->model->kind == HONE_MODEL_LITERTLM)
        return hone_fail(err, HONE_E_USAGE,
                         "an exported file takes no --adapter: its own is merged");
    return HONE_OK;
}

static bool handler_prompt(const hone_eval_words *w)
{
    return strcmp(w->profile, "bfcl-handler") == 0;
}

static int open_bfcl(hone_eval_run *r, hone_err *err)
{
    hone_bfcl_load l;
    const hone_bfcl_options o = { r->w->gold, (size_t)r->w->limit, handler_prompt(r->w) };
    HONE_TRY(hone_bfcl_rows_load(&l, r->w->data, &o, err));
    r->rows = l.rows;
    for (int i = 0; i < l.num_skipped; i++)
        hone_warn("skipped: unsupported: %zu rows of category %s", l.skipped[i].rows,
                  l.skipped[i].category);
    return HONE_OK;
}

/* Keeps the rows that wanted says. */
static int rows_keep(hone_eval_run *r, bool (*wanted)(const hone_row *row, const void *by),
                     const void *by, const char *what, hone_err *err)
{
    size_t kept = 0, n = r->rows->count;
    for (size_t i = 0; i < n; i++) kept += wanted(&r->rows->items[i], by);
    if (!kept) {
        hone_err_clear(err);
        hone_err_hint(err, "its rows are named %s ... %s", r->rows->items[0].id,
                      r->rows->items[r->rows->count - 1].id);
        return hone_fail(err, HONE_UNMEASURABLE, "%s has no row that %s", r->w->data, what);
    }
    kept = 0;
    for (size_t i = 0; i < n; i++)
        if (wanted(&r->rows->items[i], by)) r->rows->items[kept++] = r->rows->items[i];
    r->rows->count = kept;
    return HONE_OK;
}

static bool has_id(const hone_row *row, const void *by)
{
    return strcmp(row->id, by) == 0;
}

/* Rows that an earlier report has as wrong. */
static bool failed_before(const hone_row *row, const void *by)
{
    int64_t right;
    const hone_json *v = hone_json_get(by, row->id);
    return hone_json_i64(hone_json_at(v, 1), &right) && right == 0;
}

/* A model that is shown no functions cannot call: a forgotten --tools would only look like a bad
 * model. */
static int check_functions(const hone_eval_run *r, hone_err *err)
{
    size_t bare = 0;
    for (size_t i = 0; i < r->rows->count; i++)
        bare += !r->rows->items[i].tools && r->rows->items[i].expected.count > 0;
    if (!bare) return HONE_OK;
    if (r->w->predictions) {
        hone_warn("%zu rows want calls and declare no functions: types are not checked (--tools)",
                  bare);
        return HONE_OK;
    }
    hone_err_clear(err);
    return hone_fail(err, HONE_E_USAGE, "%zu rows want calls, but no functions are declared: give "
                                        "--tools FILE", bare);
}

static int open_rows(hone_eval_run *r, hone_err *err)
{
    const hone_eval_words *w = r->w;
    HONE_TRY(hone_args_need(w->data, "--data", "eval", err));
    if (hone_bfcl_is_file(w->data)) {
        HONE_TRY(open_bfcl(r, err));
    } else {
        if (handler_prompt(w))
            return hone_fail(err, HONE_E_USAGE, "--prompt-profile bfcl-handler is for BFCL "
                                                "question files; %s is none", w->data);
        HONE_TRY(hone_args_tools(&r->tools, &r->tools_path, r->arena, w->tools, w->model, err));
        const hone_rows_options o = { .row = { .tools = r->tools, .sort_tools = true },
                                      .limit = (size_t)w->limit };
        HONE_TRY(hone_rows_load(&r->rows, w->data, &o, err));
    }
    if (w->filter_failing) {
        hone_json *tree;
        HONE_TRY(hone_baseline_load(&tree, r->arena, w->filter_failing, err));
        HONE_TRY(rows_keep(r, failed_before, hone_compare_rows(tree), "failed there", err));
    }
    if (w->replay) HONE_TRY(rows_keep(r, has_id, w->replay, "has that id", err));
    HONE_TRY(check_functions(r, err));
    r->answers = hone_calloc(r->rows->count, sizeof *r->answers);
    return r->answers ? HONE_OK : hone_err_memory(err, "answers", r->rows->count);
}

/* ---- provenance ---- */

static int put(hone_eval_run *r, hone_json *o, const char *key, hone_json *v, hone_err *err)
{
    return o && v && hone_json_set(r->arena, o, key, v) ? HONE_OK
                                                        : hone_err_memory(err, "report", 0);
}

static int put_str(hone_eval_run *r, hone_json *o, const char *key, const char *s, hone_err *err)
{
    return s ? put(r, o, key, hone_json_new_str(r->arena, s), err) : HONE_OK;
}

/* "key": {"name": file name, "sha256": hash} */
static int put_file(hone_eval_run *r, const char *key, const char *path, hone_err *err)
{
    char hex[65];
    hone_json *o = hone_json_new_object(r->arena);
    if (!path) return HONE_OK;
    HONE_TRY(hone_sha256_file(path, hex, err));
    HONE_TRY(put_str(r, o, "name", hone_path_base(path), err));
    HONE_TRY(put_str(r, o, "sha256", hex, err));
    return put(r, r->provenance, key, o, err);
}

static int put_model(hone_eval_run *r, hone_err *err)
{
    char tokenizer[65];
    hone_json *o = hone_json_new_object(r->arena);
    if (r->w->endpoint) {
        HONE_TRY(put_str(r, o, "name", r->w->endpoint_model ? r->w->endpoint_model : "endpoint",
                         err));
        return put(r, r->provenance, "model", o, err);
    }
    if (!r->model) return HONE_OK;
    hone_tokenizer_hash(r->model->tokenizer, tokenizer);
    HONE_TRY(put_str(r, o, "name", hone_path_base(r->w->model), err));
    HONE_TRY(put_str(r, o, "sha256", hone_model_sha256(r->model), err));
    HONE_TRY(put_str(r, o, "tokenizer_sha256", tokenizer, err));
    if (r->adapter) HONE_TRY(put_str(r, o, "adapter_sha256", r->adapter_sha, err));
    return put(r, r->provenance, "model", o, err);
}

static const char *weights_word(const hone_model *m)
{
    return m->kind == HONE_MODEL_LITERTLM ? "litertlm" : m->kind == HONE_MODEL_GGUF ? "gguf"
                                                                                    : "folder";
}

/* The best feature that the kernels use names the class of processor. */
static const char *cpu_word(void)
{
    unsigned features = hone_cpu_features();
    const char *best = "plain";
    for (unsigned bit = 1; bit && bit <= features; bit <<= 1)
        if (features & bit && hone_cpu_feature_name(bit)) best = hone_cpu_feature_name(bit);
    return best;
}

/* What must be equal for two runs to be compared. A prediction file tells nothing of how it was
 * made. */
static int put_settings(hone_eval_run *r, hone_err *err)
{
    const hone_eval_words *w = r->w;
    hone_json *o = hone_json_new_object(r->arena);
    if (!w->predictions) HONE_TRY(put_str(r, o, "prompt_profile", w->profile, err));
    if (w->endpoint) {
        HONE_TRY(put_str(r, o, "api", w->endpoint_api, err));
        HONE_TRY(put_str(r, o, "tools", w->endpoint_tools, err));
        if (r->endpoint_body) HONE_TRY(put(r, o, "body", r->endpoint_body, err));
    }
    if (!w->predictions)
        HONE_TRY(put(r, o, "max_new_tokens", hone_json_new_i64(r->arena, w->max_new), err));
    if (r->model) {
        HONE_TRY(put(r, o, "constrained", hone_json_new_bool(r->arena, false), err));
        HONE_TRY(put_str(r, o, "weights", weights_word(r->model), err));
        HONE_TRY(put_str(r, o, "cpu", cpu_word(), err));
    }
    return put(r, r->provenance, "settings", o, err);
}

static int provenance_make(hone_eval_run *r, hone_err *err)
{
    r->provenance = hone_json_new_object(r->arena);
    HONE_TRY(put_str(r, r->provenance, "program", "hone " HONE_VERSION, err));
    HONE_TRY(put_model(r, err));
    HONE_TRY(put_file(r, "data", r->w->data, err));
    HONE_TRY(put_file(r, "tools", r->tools_path, err));
    HONE_TRY(put_file(r, "predictions", r->predictions, err));
    HONE_TRY(put_settings(r, err));
    hone_sha256_json(r->provenance, r->identity); /* how answers are judged is no part of it */
    hone_json *settings = hone_json_get(r->provenance, "settings");
    HONE_TRY(put_str(r, settings, "mode", r->w->mode, err));
    return put(r, settings, "ordered", hone_json_new_bool(r->arena, r->w->ordered), err);
}

static int open_body(hone_eval_run *r, hone_err *err)
{
    const char *text = r->w->endpoint_body;
    if (!text) return HONE_OK;
    if (!r->w->endpoint) return hone_fail(err, HONE_E_USAGE, "--endpoint-body needs --endpoint");
    if (hone_json_parse(&r->endpoint_body, r->arena, text, strlen(text), "--endpoint-body", 1,
                        err) == 0 && r->endpoint_body->type == HONE_JSON_OBJECT)
        return HONE_OK;
    return hone_fail(err, HONE_E_USAGE, "--endpoint-body must be a JSON object, such as "
                                        "{\"repeat_penalty\":1}");
}

/* The engine opens while the model is hashed; the adapter and the report ask for that hash. */
int hone_eval_open(hone_eval_run *r, hone_err *err)
{
    HONE_TRY(open_body(r, err));
    HONE_TRY(open_model(r, err));
    HONE_TRY(open_rows(r, err));
    HONE_TRY(open_engine(r, err));
    HONE_TRY(open_adapter(r, err));
    return provenance_make(r, err);
}

/* ---- answers ---- */

static int answers_read(hone_eval_run *r, hone_err *err)
{
    hone_predictions_stats st;
    HONE_TRY(hone_predictions_load(r->answers, r->arena, r->rows, r->predictions, false, &st, err));
    bool part = r->w->replay || r->w->filter_failing || r->w->limit;
    if (st.unknown && !part) hone_warn("%zu predictions belong to no row", st.unknown);
    if (st.other_row)
        hone_warn("%zu predictions are of rows with other content: left out", st.other_row);
    if (st.twice) hone_warn("%zu predictions came twice: the first counts", st.twice);
    if (st.no_hash) hone_warn("%zu predictions were paired by id alone", st.no_hash);
    if (st.matched < r->rows->count)
        hone_warn("%zu rows have no prediction and count as wrong", r->rows->count - st.matched);
    if (st.matched) return HONE_OK;
    hone_err_at(err, r->predictions, 0, -1);
    return hone_fail(err, HONE_UNMEASURABLE, "no prediction belongs to a row of %s", r->w->data);
}

static hone_eval_options generate_options(const hone_eval_run *r, int slots, bool no_drafts)
{
    return (hone_eval_options){ .max_new_tokens = (int32_t)r->w->max_new, .slots = slots,
                                .context = r->model->context_limit, .label = "generating",
                                .no_drafts = no_drafts, .stop = hone_mpi_stop_requested };
}

/* Once more, computed in another way: other rows beside each other, and every second time without
 * drafts. The answers must not depend on it. */
static int answers_generate_again(hone_eval_run *r, hone_answer *answers, int64_t run,
                                  hone_err *err)
{
    const int slots = (int)(1 + (r->w->batch + run * 7) % 48);
    const hone_eval_options o = generate_options(r, slots, run % 2 != 0);
    int rc = hone_eval_answers(answers, r->arena, r->engine, r->model->tokenizer, r->rows, &o, NULL,
                               err);
    return rc == HONE_E_STOPPED ? hone_fail(err, HONE_E_INTERRUPTED, "interrupted") : rc;
}

/* That of rank 0, and of a single process, has no number. */
static int journal_name(hone_eval_run *r, hone_err *err)
{
    char name[64] = "predictions.part";
    if (!r->w->out) return HONE_OK;
    HONE_TRY(hone_fs_mkdirs(r->w->out, err));
    if (hone_mpi_rank() > 0)
        (void)snprintf(name, sizeof name, "predictions.part.%d", hone_mpi_rank());
    r->journal = hone_path_join(r->w->out, name);
    return r->journal ? HONE_OK : hone_err_memory(err, "a file name", 0);
}

static int answers_generate(hone_eval_run *r, hone_err *err)
{
    hone_answer *answers;
    const hone_rows own = hone_eval_ranks_own(r, &answers);
    if (own.count == 0) return HONE_OK; /* more ranks than rows */
    HONE_TRY(journal_name(r, err));
    hone_eval_options o = generate_options(r, (int)r->w->batch, !r->w->drafts);
    o.journal = r->journal;
    o.identity = r->identity;
    int rc = hone_eval_answers(answers, r->arena, r->engine, r->model->tokenizer, &own, &o,
                               &r->stats, err);
    if (rc != HONE_E_STOPPED) return rc;
    if (r->w->out) hone_err_hint(err, "run the same line again to go on");
    if (r->w->out) return rc;
    return hone_fail(err, HONE_E_INTERRUPTED, "interrupted; without --out nothing is kept");
}

static hone_endpoint_api api_of(const hone_eval_words *w)
{
    if (!strcmp(w->endpoint_api, "completions")) return HONE_ENDPOINT_RAW;
    return strcmp(w->endpoint_tools, "prompt") ? HONE_ENDPOINT_CHAT_NATIVE
                                               : HONE_ENDPOINT_CHAT_PROMPT;
}

static int answers_ask(hone_eval_run *r, hone_answer *answers, int64_t seed, hone_err *err)
{
    double began = hone_clock();
    const hone_endpoint e = { .base_url = r->w->endpoint, .model = r->w->endpoint_model,
                              .key = getenv(r->w->key_env), .api = api_of(r->w),
                              .max_tokens = r->w->max_new, .seed = seed,
                              .body = r->endpoint_body,
                              .connections = (int)r->w->connections, .label = "asking" };
    int rc = hone_endpoint_answers(answers, r->arena, r->rows, &e, err);
    r->seconds += hone_clock() - began;
    if (rc == HONE_E_STOPPED) return hone_fail(err, HONE_E_INTERRUPTED, "interrupted");
    return rc;
}

int hone_eval_answer(hone_eval_run *r, hone_err *err)
{
    if (r->w->predictions) return answers_read(r, err);
    if (r->w->endpoint) return answers_ask(r, r->answers, r->w->seed, err);
    return r->w->replay ? HONE_OK : answers_generate(r, err);
}

/* ---- repeats ---- */

typedef struct repeats {
    hone_answer *answers; /* of one run */
    int *rights;          /* times that a row was right, */
    bool *changed;        /* and whether its answer ever was another one */
    double shares[100];
} repeats;

/* {"n", "mean", "lowest", "highest", "unsteady_rows": not judged alike each time,
 * "changed_answers": other bytes at least once, "shares"} */
static int repeats_put(hone_eval_run *r, const repeats *p, hone_err *err)
{
    const double *shares = p->shares;
    int64_t n = r->w->repeat, unsteady = 0, changed = 0;
    for (size_t i = 0; i < r->rows->count; i++) {
        unsteady += p->rights[i] != 0 && p->rights[i] != n;
        changed += p->changed[i];
    }
    double sum = 0, lo = 1, hi = 0;
    hone_json *o = hone_json_new_object(r->arena), *list = hone_json_new_array(r->arena);
    for (int64_t i = 0; i < n; i++) {
        sum += shares[i];
        lo = fmin(lo, shares[i]);
        hi = fmax(hi, shares[i]);
        hone_json *v = hone_report_number(r->arena, shares[i]);
        if (!v || !list || !hone_json_push(r->arena, list, v))
            return hone_err_memory(err, "report", 0);
    }
    HONE_TRY(put(r, o, "n", hone_json_new_i64(r->arena, n), err));
    HONE_TRY(put(r, o, "mean", hone_report_number(r->arena, sum / (double)n), err));
    HONE_TRY(put(r, o, "lowest", hone_report_number(r->arena, lo), err));
    HONE_TRY(put(r, o, "highest", hone_report_number(r->arena, hi), err));
    HONE_TRY(put(r, o, "unsteady_rows", hone_json_new_i64(r->arena, unsteady), err));
    HONE_TRY(put(r, o, "changed_answers", hone_json_new_i64(r->arena, changed), err));
    HONE_TRY(put(r, o, "shares", list, err));
    return put(r, r->report->json, "repeats", o, err);
}

static bool same_answer(const hone_answer *a, const hone_answer *b)
{
    return a->present == b->present && a->text_len == b->text_len &&
           memcmp(a->text, b->text, a->text_len) == 0;
}

static int repeat_once(hone_eval_run *r, repeats *p, int64_t run, hone_err *err)
{
    hone_report *report = NULL;
    for (size_t i = 0; i < r->rows->count; i++) p->answers[i] = (hone_answer){ .present = false };
    if (r->engine) HONE_TRY(answers_generate_again(r, p->answers, run, err));
    else HONE_TRY(answers_ask(r, p->answers, r->w->seed + run, err));
    HONE_TRY(hone_report_make(&report, r->rows, p->answers, &r->report_options, err));
    for (size_t i = 0; i < report->count; i++) {
        p->rights[i] += report->results[i].right;
        p->changed[i] |= !same_answer(&r->answers[i], &p->answers[i]);
    }
    p->shares[run] = (double)report->right / (double)report->count;
    hone_report_free(report);
    return HONE_OK;
}

int hone_eval_repeat(hone_eval_run *r, hone_err *err)
{
    const size_t n = r->rows->count;
    repeats p = { .answers = NULL };
    if (r->w->repeat < 2) return HONE_OK;
    p.answers = hone_calloc(n, sizeof *p.answers);
    p.rights = hone_calloc(n, sizeof *p.rights);
    p.changed = hone_calloc(n, sizeof *p.changed);
    bool room = p.answers && p.rights && p.changed;
    int rc = room ? HONE_OK : hone_err_memory(err, "answers", n);
    for (size_t i = 0; rc == 0 && i < n; i++) p.rights[i] = r->report->results[i].right;
    p.shares[0] = (double)r->report->right / (double)n;
    for (int64_t run = 1; rc == 0 && run < r->w->repeat; run++) rc = repeat_once(r, &p, run, err);
    if (rc == 0) rc = repeats_put(r, &p, err);
    hone_free(p.answers);
    hone_free(p.rights);
    hone_free(p.changed);
    return rc;
}

void hone_eval_done(hone_eval_run *r)
{
    hone_report_free(r->report);
    hone_free(r->answers);
    hone_rows_free(r->rows);
    hone_engine_close(r->engine);
    hone_adapter_free(r->adapter);
    hone_model_close(r->model);
    hone_free(r->journal);
}
