/* The paired score of an export (cli/export_score.h). */
#include "cli/export_score.h"

#include "cli/args.h"
#include "common/mem.h"
#include "eval/compare.h"
#include "eval/eval.h"

/* A row that says more than any should is wrong already. */
enum { SLOTS = 32, SPARE_TOKENS = 16 };

struct hone_export_score {
    hone_arena *arena;
    hone_json *tools;
    hone_rows *rows;
    hone_json *reports[2]; /* merged model, written file */
    int done;
    int threads;
};

int hone_export_score_new(hone_export_score **ret, const char *rows, const char *tools,
                          int64_t limit, int64_t threads, hone_err *err)
{
    hone_export_score *s = hone_calloc(1, sizeof(*s));
    int rc = 0;
    if (!s) return hone_err_memory(err, "a score", sizeof(*s));
    s->threads = (int)threads;
    s->arena = hone_arena_new();
    if (!s->arena) HONE_GOTO(rc, out, hone_err_memory(err, "a score", 0));
    HONE_GOTO(rc, out, hone_args_tools(&s->tools, NULL, s->arena, tools, NULL, err));
    const hone_rows_options o = { .row = { .tools = s->tools, .sort_tools = true },
                                  .limit = (size_t)limit };
    HONE_GOTO(rc, out, hone_rows_load(&s->rows, rows, &o, err));
    *ret = s;
    s = NULL;
out:
    hone_export_score_free(s);
    return rc;
}

void hone_export_score_free(hone_export_score *s)
{
    if (!s) return;
    hone_rows_free(s->rows);
    hone_arena_free(s->arena);
    hone_free(s);
}

static int answer(hone_export_score *s, hone_answer *answers, hone_arena *a, const hone_model *m,
                  const hone_adapter *adapter, int longest_answer, hone_err *err)
{
    const hone_engine_options eo = { .threads = s->threads };
    const hone_eval_options o = { .max_new_tokens = longest_answer + SPARE_TOKENS, .slots = SLOTS,
                                  .context = m->context_limit,
                                  .label = s->done ? "scoring the file" : "scoring the model" };
    hone_generate_stats stats;
    hone_engine *e = NULL;
    int rc = hone_engine_open(&e, m, &eo, err);
    if (rc == 0 && adapter) rc = hone_engine_attach(e, adapter, err);
    if (rc == 0)
        rc = hone_eval_answers(answers, a, e, m->tokenizer, s->rows, &o, &stats, err);
    hone_engine_close(e);
    if (rc != HONE_E_STOPPED) return rc;
    return hone_fail(err, HONE_E_INTERRUPTED, "stopped while scoring");
}

/* Keeps the rows' part of the report beyond the report itself. */
static int keep(hone_export_score *s, const hone_answer *answers, hone_err *err)
{
    hone_report *r = NULL;
    HONE_TRY(hone_report_make(&r, s->rows, answers, NULL, err));
    hone_json *copy = hone_json_copy(s->arena, r->json);
    hone_report_free(r);
    if (!copy) return hone_err_memory(err, "a report", 0);
    s->reports[s->done++] = copy;
    return 0;
}

static int run(void *user, const hone_model *m, const hone_adapter *adapter, int longest_answer,
               hone_err *err)
{
    hone_export_score *s = user;
    hone_answer *answers = hone_calloc(s->rows->count, sizeof(*answers));
    hone_arena *a = hone_arena_new();
    int rc = answers && a ? 0 : hone_err_memory(err, "answers", s->rows->count);
    if (rc == 0) rc = answer(s, answers, a, m, adapter, longest_answer, err);
    if (rc == 0) rc = keep(s, answers, err);
    hone_arena_free(a);
    hone_free(answers);
    return rc;
}

static int64_t count_of(const hone_json *o, const char *key)
{
    int64_t n = 0;
    (void)hone_json_i64(hone_json_get(o, key), &n);
    return n;
}

static double points_of(const hone_json *o, const char *key)
{
    return 100.0 * hone_json_f64(hone_json_get(o, key));
}

static int compare(void *user, hone_score_loss *ret, hone_err *err)
{
    hone_export_score *s = user;
    hone_json *c;
    HONE_TRY(hone_compare_reports(&c, s->arena, s->reports[0], s->reports[1], err));
    const int64_t both = count_of(c, "a"), broken = count_of(c, "b"), fixed = count_of(c, "c");
    *ret = (hone_score_loss){ .rows = count_of(c, "n"), .before = both + broken,
                              .after = both + fixed, .broken = broken, .fixed = fixed,
                              .diff = points_of(c, "diff"), .lo = points_of(c, "lo95"),
                              .hi = points_of(c, "hi95") };
    return 0;
}

hone_package_scorer hone_export_scorer(hone_export_score *s)
{
    return (hone_package_scorer){ run, compare, s };
}
