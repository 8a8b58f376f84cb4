/*
 * The second column of `hone eval --constrained` (cli/eval_run.h): the same rows decoded under the
 * grammar of their tools. The unconstrained answers stay the score.
 */
#include <string.h>

#include "cli/eval_run.h"
#include "common/log.h"
#include "common/mem.h"

static int put(hone_arena *a, hone_json *o, const char *key, hone_json *v, hone_err *err)
{
    return v && hone_json_set(a, o, key, v) ? HONE_OK : hone_err_memory(err, "report", 0);
}

static int64_t count_changed(const hone_eval_run *r, const hone_answer *answers)
{
    int64_t changed = 0;
    for (size_t i = 0; i < r->rows->count; i++) {
        const hone_answer *a = &r->answers[i], *b = &answers[i];
        changed += a->present != b->present || a->text_len != b->text_len ||
                   (a->text_len && memcmp(a->text, b->text, a->text_len) != 0);
    }
    return changed;
}

static void warn_outside(const hone_eval_outside *outside, size_t rows)
{
    if (!outside->rows) return;
    hone_warn("%lld of %zu expected answers cannot be said under constraint, first that of row %s "
              "after %lld tokens: arguments must come in the declared order, with declared names, "
              "types and enums",
              (long long)outside->rows, rows, outside->first_id, (long long)outside->first_at);
}

/* The answers under constraint and their verdicts, as files of their own in DIR/constrained. */
static int write_files(const hone_eval_run *r, const hone_report *other, hone_err *err)
{
    if (!r->w->out) return HONE_OK;
    char *dir = hone_path_join(r->w->out, "constrained");
    int rc = dir ? hone_fs_mkdirs(dir, err) : hone_err_memory(err, "a file name", 0);
    if (rc == 0) rc = hone_report_write(other, dir, err);
    hone_free(dir);
    return rc;
}

/* {"k",..} of the constrained answers, "changed", "expected_outside". */
static int add_column(hone_eval_run *r, const hone_answer *answers,
                      const hone_eval_outside *outside, hone_err *err)
{
    hone_report *other = NULL;
    hone_arena *a = r->report->arena;
    HONE_TRY(hone_report_make(&other, r->rows, answers, &r->report_options, err));
    const int64_t right = other->right, changed = count_changed(r, answers);
    hone_json *o = hone_report_score(a, right, (int64_t)other->count);
    const int rc = write_files(r, other, err);
    hone_report_free(other);
    if (rc < 0) return rc;
    if (!o) return hone_err_memory(err, "report", 0);
    HONE_TRY(put(a, o, "changed", hone_json_new_i64(a, changed), err));
    HONE_TRY(put(a, o, "expected_outside", hone_json_new_i64(a, outside->rows), err));
    HONE_TRY(put(a, r->report->json, "constrained", o, err));
    hone_log("constrained: %lld of %zu right (free: %lld), %lld answers differ", (long long)right,
             r->rows->count, (long long)r->report->right, (long long)changed);
    warn_outside(outside, r->rows->count);
    return HONE_OK;
}

int hone_eval_constrained(hone_eval_run *r, hone_err *err)
{
    hone_eval_outside outside = { 0 };
    if (!r->w->constrained) return HONE_OK;
    if (!r->engine)
        return hone_fail(err, HONE_E_USAGE, "--constrained needs --model: answers are generated");
    hone_answer *answers = hone_calloc(r->rows->count + 1, sizeof *answers);
    if (!answers) return hone_err_memory(err, "answers", r->rows->count * sizeof *answers);
    const hone_eval_options o = { .max_new_tokens = (int32_t)r->w->max_new,
                                  .slots = (int)r->w->batch,
                                  .context = r->model->context_limit,
                                  .label = "generating under constraint",
                                  .constrained = true,
                                  .outside = &outside };
    int rc = hone_eval_answers(answers, r->arena, r->engine, r->model->tokenizer, r->rows, &o, NULL,
                               err);
    if (rc == 0) rc = add_column(r, answers, &outside, err);
    hone_free(answers);
    return rc;
}
