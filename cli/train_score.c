/* Call accuracy during training (cli/train_score.h). */
#include "cli/train_score.h"

#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "eval/eval.h"

/* Rows that are generated together: fewer than in `hone eval`, beside the memory of training. */
enum { SLOTS = 16 };

int hone_train_scorer_rows(hone_rows *rows, int64_t most, hone_err *err)
{
    size_t n = rows->count, keep = most > 0 && (size_t)most < n ? (size_t)most : n;
    for (size_t i = 0; i < keep; i++) rows->items[i] = rows->items[i * n / keep];
    rows->count = keep;
    for (size_t i = 0; i < keep; i++) {
        if (rows->items[i].has_expected) continue;
        hone_err_at(err, rows->path, rows->items[i].line, -1);
        hone_err_hint(err, "drop the row, or measure the loss alone with --no-eval-calls");
        return hone_fail(err, HONE_E_DATA, "row %s says no expected answer", rows->items[i].id);
    }
    return HONE_OK;
}

/* Every rank answers its share; all of them get the whole. */
static int score_sum(int rc, hone_report *report, hone_train_score *ret, size_t rows,
                     hone_err *err)
{
    int64_t right = 0, mine = report ? report->exact : 0;
    hone_mpi_stop_settle();
    HONE_TRY(hone_mpi_agree(rc, err));
    int64_t *all = hone_calloc((size_t)hone_mpi_size(), sizeof *all);
    if (!all) return hone_err_memory(err, "scores", (size_t)hone_mpi_size() * sizeof *all);
    hone_mpi_gather(&mine, sizeof mine, all);
    for (int i = 0; i < hone_mpi_size(); i++) right += all[i];
    hone_free(all);
    *ret = (hone_train_score){ (double)right / (double)rows, right, (int64_t)rows };
    return HONE_OK;
}

int hone_train_score_calls(void *user, int64_t step, hone_train_score *ret, hone_err *err)
{
    const hone_train_scorer *s = user;
    const hone_eval_options o = { .max_new_tokens = (int32_t)s->max_new_tokens, .slots = SLOTS,
                                  .context = s->model->context_limit, .label = "answering",
                                  .stop = hone_mpi_stop_requested };
    hone_report *report = NULL;
    hone_arena *a = hone_arena_new();
    const size_t n = s->rows->count, ranks = (size_t)hone_mpi_size(),
                 from = n * (size_t)hone_mpi_rank() / ranks,
                 end = n * (size_t)(hone_mpi_rank() + 1) / ranks;
    hone_rows own = *s->rows;
    own.items += from;
    own.count = end - from;
    hone_answer *answers = hone_calloc(own.count + 1, sizeof *answers);
    (void)step;
    int rc = a && answers ? HONE_OK : hone_err_memory(err, "answers", own.count);
    if (rc == 0 && own.count)
        rc = hone_eval_answers(answers, a, s->engine, s->model->tokenizer, &own, &o, NULL, err);
    if (rc == 0 && own.count) rc = hone_report_make(&report, &own, answers, NULL, err);
    rc = score_sum(rc, report, ret, n, err);
    hone_report_free(report);
    hone_free(answers);
    hone_arena_free(a);
    return rc;
}
