/*
 * Answers of several processes (cli/eval_ranks.h). A rank's message is one pair of numbers a row
 * (margin and probability, whose digits a line of text would round), then its prediction lines.
 */
#include "cli/eval_ranks.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/mpi.h"

typedef struct figures {
    double margin, logprob;
} figures;

int hone_eval_ranks_check(const hone_eval_words *w, hone_err *err)
{
    const char *word = w->predictions ? "--from-predictions" : w->endpoint ? "--endpoint" :
                       w->replay ? "--replay" : w->repeat > 1 ? "--repeat" :
                       w->constrained ? "--constrained" : NULL;
    if (hone_mpi_size() == 1 || !word) return HONE_OK;
    return hone_fail(err, HONE_E_USAGE, "%s is for one process, %d were started", word,
                     hone_mpi_size());
}

static size_t share_begin(size_t rows, int rank)
{
    return rows * (size_t)rank / (size_t)hone_mpi_size();
}

static hone_rows share_of(const hone_eval_run *r, int rank, hone_answer **ret_answers)
{
    const size_t from = share_begin(r->rows->count, rank);
    hone_rows own = *r->rows;
    own.items += from;
    own.count = share_begin(r->rows->count, rank + 1) - from;
    *ret_answers = r->answers + from;
    return own;
}

hone_rows hone_eval_ranks_own(const hone_eval_run *r, hone_answer **ret_answers)
{
    return share_of(r, hone_mpi_rank(), ret_answers);
}

static int pack(const hone_eval_run *r, hone_buf *out, hone_err *err)
{
    hone_answer *answers;
    const hone_rows own = hone_eval_ranks_own(r, &answers);
    for (size_t i = 0; i < own.count; i++) {
        const figures f = { answers[i].margin_min, answers[i].logprob };
        hone_buf_add(out, &f, sizeof f);
    }
    for (size_t i = 0; i < own.count; i++) {
        if (!answers[i].present) continue;
        hone_prediction_write(out, &own.items[i], &answers[i]);
        hone_buf_char(out, '\n');
    }
    return hone_buf_ok(out) ? HONE_OK : hone_err_memory(err, "answers", out->len);
}

static int unpack(hone_eval_run *r, int rank, const char *data, size_t len, hone_err *err)
{
    hone_answer *answers;
    hone_predictions_stats st;
    const hone_rows own = share_of(r, rank, &answers);
    const size_t head = own.count * sizeof(figures);
    if (len < head) return hone_fail(err, HONE_E_INTERNAL, "rank %d sent too little", rank);
    HONE_TRY(hone_predictions_parse(answers, r->arena, &own, "an answer", data + head, len - head,
                                    &st, err));
    for (size_t i = 0; i < own.count; i++) {
        figures f;
        memcpy(&f, data + i * sizeof f, sizeof f);
        answers[i].margin_min = f.margin;
        answers[i].logprob = f.logprob;
    }
    return HONE_OK;
}

/* Room for what each of the others sends, and its message. */
static int receive(hone_eval_run *r, const int64_t *sizes, hone_err *err)
{
    const int ranks = hone_mpi_size();
    hone_mpi_message *in = hone_calloc((size_t)ranks, sizeof *in);
    int rc = in ? HONE_OK : hone_err_memory(err, "messages", (size_t)ranks * sizeof *in);
    for (int i = 1; rc == 0 && i < ranks; i++) {
        in[i - 1] = (hone_mpi_message){ i, 0, hone_calloc((size_t)sizes[i] + 1, 1),
                                        (size_t)sizes[i] };
        if (!in[i - 1].data) rc = hone_err_memory(err, "answers", (size_t)sizes[i]);
    }
    /* without room the others would wait for ever: the end of this process ends them */
    if (rc == 0) rc = hone_mpi_swap(NULL, 0, in, ranks - 1, err);
    for (int i = 1; rc == 0 && i < ranks; i++)
        rc = unpack(r, i, in[i - 1].data, in[i - 1].bytes, err);
    for (int i = 1; in && i < ranks; i++) hone_free(in[i - 1].data);
    hone_free(in);
    return rc;
}

static int stats_sum(hone_generate_stats *s, hone_err *err)
{
    const int ranks = hone_mpi_size();
    hone_generate_stats *all = hone_calloc((size_t)ranks, sizeof *all), sum = { 0 };
    if (!all) return hone_err_memory(err, "figures", (size_t)ranks * sizeof *all);
    hone_mpi_gather(s, sizeof *s, all);
    for (int i = 0; i < ranks; i++) {
        sum.prompt_tokens += all[i].prompt_tokens;
        sum.prefilled += all[i].prefilled;
        sum.generated += all[i].generated;
        sum.drafted += all[i].drafted;
        sum.forced += all[i].forced;
        sum.seconds = fmax(sum.seconds, all[i].seconds);
    }
    hone_free(all);
    *s = sum;
    return HONE_OK;
}

int hone_eval_ranks_gather(hone_eval_run *r, hone_err *err)
{
    if (hone_mpi_size() == 1) return HONE_OK;
    hone_buf mine = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int64_t *sizes = hone_calloc((size_t)hone_mpi_size(), sizeof *sizes), size = 0;
    int rc = sizes ? HONE_OK : hone_err_memory(err, "sizes", (size_t)hone_mpi_size());
    if (rc == 0) rc = pack(r, &mine, err);
    HONE_GOTO(rc, done, hone_mpi_agree(rc, err));
    size = (int64_t)mine.len;
    hone_mpi_gather(&size, sizeof size, sizes);
    const hone_mpi_message out = { 0, 0, mine.data, mine.len };
    rc = hone_mpi_rank() ? hone_mpi_swap(&out, 1, NULL, 0, err) : receive(r, sizes, err);
    if (rc == 0) rc = stats_sum(&r->stats, err);
done:
    hone_buf_done(&mine);
    hone_free(sizes);
    return rc;
}
