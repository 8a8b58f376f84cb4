/* Evaluation of a model on rows (eval/eval.h). */
#include "eval/eval.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"
#include "datasets/encode_set.h"

typedef struct evaluation {
    hone_answer *answers;
    hone_arena *arena;
    const hone_tokenizer *t;
    const hone_rows *rows;
    const hone_eval_options *o;
    uint32_t *wanted;     /* rows that are generated now, by index of their prompt */
    int journal;          /* open file, or -1 */
} evaluation;

/* Text as scored and stored: valid UTF-8 without NUL, so that a prediction file gives it back. */
static int text_keep(evaluation *v, hone_answer *a, const hone_buf *raw, hone_err *err)
{
    hone_buf clean = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    for (size_t at = 0; at < raw->len;) {
        uint32_t c;
        size_t n = hone_utf8_next(raw->data + at, raw->len - at, &c);
        if (n == 0 || c == 0) hone_utf8_put(&clean, 0xFFFD);
        else hone_buf_add(&clean, raw->data + at, n);
        at += n ? n : 1;
    }
    a->text = hone_arena_strndup(v->arena, clean.len ? clean.data : "", clean.len);
    a->text_len = clean.len;
    bool ok = a->text && !clean.failed;
    hone_buf_done(&clean);
    return ok ? HONE_OK : hone_err_memory(err, "answers", raw->len);
}

static int journal_add(evaluation *v, size_t row, hone_err *err)
{
    hone_buf line = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (v->journal < 0) return HONE_OK;
    hone_prediction_write(&line, &v->rows->items[row], &v->answers[row]);
    hone_buf_char(&line, '\n');
    int rc = hone_buf_ok(&line)
                 ? hone_fs_append(v->journal, line.data, line.len, false, v->o->journal, err)
                 : hone_err_memory(err, "predictions", line.len);
    hone_buf_done(&line);
    return rc;
}

static int on_done(void *user, size_t prompt, const hone_generation *g, hone_err *err)
{
    evaluation *v = user;
    size_t row = v->wanted[prompt], n = (size_t)g->count;
    hone_answer *a = &v->answers[row];
    hone_buf raw = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int32_t *ids = hone_arena_alloc(v->arena, (n + 1) * sizeof *ids);
    if (!ids) return hone_err_memory(err, "answers", n * sizeof *ids);
    if (n) memcpy(ids, g->ids, n * sizeof *ids);
    *a = (hone_answer){ .present = true, .stop = g->stop, .stop_id = g->stop_id, .ids = ids,
                        .num_ids = g->count, .prompt_tokens = g->prompt_count,
                        .margin_min = isfinite(g->margin_min) ? (double)g->margin_min : NAN,
                        .logprob = g->count ? g->logprob : NAN };
    hone_tokenizer_decode(v->t, ids, n, &raw);
    int rc = raw.failed ? hone_err_memory(err, "answers", n) : text_keep(v, a, &raw, err);
    hone_buf_done(&raw);
    return rc < 0 ? rc : journal_add(v, row, err);
}

/* ---- journal ---- */

static int journal_create(evaluation *v, hone_err *err)
{
    hone_buf first = HONE_BUF_INIT(4096);
    hone_buf_printf(&first, "{\"id\":\"\",\"text\":\"%s\"}\n", v->o->identity);
    v->journal =
        open(v->o->journal, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    int rc = v->journal >= 0 ? HONE_OK : hone_fail_io(err, v->o->journal, "create");
    if (rc == 0) rc = hone_fs_append(v->journal, first.data, first.len, false, v->o->journal, err);
    hone_buf_done(&first);
    return rc;
}

/* True if the file begins with our identity. */
static bool journal_is_ours(const evaluation *v)
{
    hone_map map = { NULL, 0, NULL };
    hone_buf first = HONE_BUF_INIT(4096);
    bool ours = false;
    hone_buf_printf(&first, "{\"id\":\"\",\"text\":\"%s\"}\n", v->o->identity);
    if (hone_buf_ok(&first) && hone_map_open(&map, v->o->journal, NULL) == 0)
        ours = map.size >= first.len && memcmp(map.data, first.data, first.len) == 0;
    hone_map_close(&map);
    hone_buf_done(&first);
    return ours;
}

/* Answers of an earlier, stopped evaluation of the same things; a torn last line is cut off. */
static int journal_open(evaluation *v, hone_err *err)
{
    hone_predictions_stats stats;
    if (!v->o->journal) return HONE_OK;
    if (!journal_is_ours(v)) return journal_create(v, err);
    HONE_TRY(
        hone_predictions_load(v->answers, v->arena, v->rows, v->o->journal, true, &stats, err));
    HONE_TRY(journal_create(v, err)); /* written anew from what was read: no torn line stays */
    for (size_t i = 0; i < v->rows->count; i++)
        if (v->answers[i].present) HONE_TRY(journal_add(v, i, err));
    if (stats.matched) hone_log("going on: %zu rows are answered already", stats.matched);
    return HONE_OK;
}

/* ---- prompts ---- */

/* Encodes the prompts of rows without an answer. */
static int prompts_make(evaluation *v, hone_encode_set *set, hone_err *err)
{
    const hone_encode_options options = { INT32_MAX, false };
    hone_progress p;
    hone_progress_start(&p, "encoding rows", (int64_t)v->rows->count);
    for (size_t i = 0; i < v->rows->count; i++) {
        if (v->answers[i].present) continue;
        v->wanted[set->count] = (uint32_t)i;
        HONE_TRY(hone_encode_set_add(set, v->t, &v->rows->items[i], v->rows->path, &options, err));
        hone_progress_set(&p, (int64_t)i + 1, NULL);
    }
    hone_progress_end(&p, NULL);
    return HONE_OK;
}

/* ---- grammars ---- */

typedef struct grammars {
    const hone_grammar **of; /* [prompts] */
    hone_grammar **made;     /* one for each list of tools in a row */
    size_t count;
} grammars;

static void grammars_done(grammars *g)
{
    for (size_t i = 0; i < g->count; i++) hone_grammar_free(g->made[i]);
    hone_free(g->made);
    hone_free(g->of);
}

/* Ids of an answer up to its stop id. */
static int64_t answer_length(hone_span ids)
{
    for (int32_t i = 0; i < ids.count; i++) {
        if (hone_is_stop_id(ids.ids[i])) return i + 1;
    }
    return ids.count;
}

static int note_outside(const evaluation *v, const hone_grammar *g, size_t prompt, hone_span answer,
                        hone_err *err)
{
    hone_eval_outside *o = v->o->outside;
    const int64_t n = answer_length(answer);
    const int64_t passed = o ? hone_grammar_check(g, answer.ids, n, err) : n;
    if (passed < 0) return (int)passed;
    if (passed == n) return HONE_OK;
    if (o->rows++ == 0) {
        o->first_id = v->rows->items[v->wanted[prompt]].id;
        o->first_at = passed;
    }
    return HONE_OK;
}

static int grammars_make(const evaluation *v, grammars *g, const hone_span *answers, size_t n,
                         hone_err *err)
{
    const hone_json *last = NULL;
    g->of = hone_calloc(n + 1, sizeof *g->of);
    g->made = hone_calloc(n + 1, sizeof *g->made);
    if (!g->of || !g->made) return hone_err_memory(err, "grammars", n * sizeof *g->of);
    for (size_t i = 0; i < n; i++) {
        const hone_json *tools = v->rows->items[v->wanted[i]].tools;
        if (!tools) continue;
        if (tools != last) HONE_TRY(hone_grammar_new(&g->made[g->count], v->t, tools, err));
        g->count += tools != last;
        last = tools;
        g->of[i] = g->made[g->count - 1];
        HONE_TRY(note_outside(v, g->of[i], i, answers[i], err));
    }
    return HONE_OK;
}

/* The expected answers of the rows as drafts; what is generated does not depend on them. */
static int generate(evaluation *v, hone_engine *e, const hone_encode_set *set,
                    hone_generate_stats *ret, hone_err *err)
{
    const size_t n = set->count;
    grammars made = { NULL, NULL, 0 };
    hone_span *spans = hone_calloc(2 * n + 1, sizeof *spans), *drafts = spans ? spans + n : NULL;
    int rc = HONE_OK;
    if (!spans) return hone_err_memory(err, "prompts", 2 * n * sizeof *spans);
    for (size_t i = 0; i < n; i++) {
        const hone_encode_row *r = &set->rows[i];
        const int32_t *ids = set->ids + r->at;
        spans[i] = (hone_span){ ids, r->prompt_count };
        drafts[i] = (hone_span){ ids + r->prompt_count, r->count - r->prompt_count };
    }
    if (v->o->constrained) rc = grammars_make(v, &made, drafts, n, err);
    const hone_generate_options o = { .max_new_tokens = v->o->max_new_tokens,
                                      .context = v->o->context,
                                      .slots = v->o->slots,
                                      .label = v->o->label,
                                      .drafts = v->o->no_drafts ? NULL : drafts,
                                      .grammars = made.of,
                                      .on_done = on_done,
                                      .user = v,
                                      .stop = v->o->stop };
    if (rc == 0) rc = hone_generate(e, spans, n, &o, ret, err);
    grammars_done(&made);
    hone_free(spans);
    return rc;
}

int hone_eval_answers(hone_answer *answers, hone_arena *a, hone_engine *e, const hone_tokenizer *t,
                      const hone_rows *rows, const hone_eval_options *o,
                      hone_generate_stats *ret_stats, hone_err *err)
{
    evaluation v = { answers, a, t, rows, o, NULL, -1 };
    hone_encode_set *set = NULL;
    hone_generate_stats stats = { 0 };
    int rc;
    for (size_t i = 0; i < rows->count; i++) answers[i] = (hone_answer){ .present = false };
    v.wanted = hone_calloc(rows->count + 1, sizeof *v.wanted);
    if (!v.wanted) return hone_err_memory(err, "rows", rows->count * sizeof *v.wanted);
    HONE_GOTO(rc, done, journal_open(&v, err));
    HONE_GOTO(rc, done, hone_encode_set_new(&set, err));
    HONE_GOTO(rc, done, prompts_make(&v, set, err));
    HONE_GOTO(rc, done, generate(&v, e, set, &stats, err));
    if (ret_stats) *ret_stats = stats;
done:
    if (v.journal >= 0) (void)close(v.journal);
    hone_encode_set_free(set);
    hone_free(v.wanted);
    return rc;
}
