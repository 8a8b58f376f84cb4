/*
 * `hone eval --replay ID`: one row alone, with its prompt, the tokens of the answer and what the
 * model nearly said instead (cli/eval_run.h).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/eval_run.h"
#include "common/mem.h"
#include "common/text.h"
#include "model/chat.h"

typedef struct replay {
    hone_eval_run *r;
    hone_buf out;
    hone_buf text; /* the answer */
} replay;

static void put_shown(hone_buf *out, const char *s, size_t n)
{
    if (n) hone_text_show(out, s, n);
}

static void put_token(replay *p, int32_t id, double share)
{
    hone_buf text = HONE_BUF_INIT(1 << 16);
    hone_tokenizer_decode(p->r->model->tokenizer, &id, 1, &text);
    hone_buf_printf(&p->out, "%7d  %8.4f  ", id, share);
    put_shown(&p->out, text.data, text.len);
    hone_buf_done(&text);
}

static int on_done(void *user, size_t prompt, const hone_generation *g, hone_err *err)
{
    replay *p = user;
    (void)prompt;
    hone_buf_str(&p->out, "\nanswer: id, probability, token; then the runner-up\n");
    for (int32_t i = 0; i < g->count; i++) {
        const hone_pick *k = &g->picks[i];
        put_token(p, k->id, exp((double)k->logprob));
        hone_buf_str(&p->out, "   | ");
        put_token(p, k->second, exp((double)k->logprob + k->second_logit - k->logit));
        hone_buf_char(&p->out, '\n');
    }
    hone_buf_printf(&p->out, "probability of the whole answer %.6g, ended by %s\n",
                    exp(g->logprob), hone_stop_word(g->stop));
    hone_tokenizer_decode(p->r->model->tokenizer, g->ids, (size_t)g->count, &p->text);
    p->r->answers[0] = (hone_answer){ .present = true, .stop = g->stop, .stop_id = g->stop_id,
                                      .num_ids = g->count, .prompt_tokens = g->prompt_count,
                                      .margin_min = (double)g->margin_min,
                                      .logprob = g->count ? g->logprob : NAN,
                                      .text = p->text.len ? p->text.data : "",
                                      .text_len = p->text.len };
    return p->text.failed ? hone_err_memory(err, "an answer", p->text.len) : HONE_OK;
}

static int generate(replay *p, hone_err *err)
{
    hone_encoded e;
    hone_eval_run *r = p->r;
    HONE_TRY(hone_chat_encode(&e, r->arena, r->model->tokenizer, &r->rows->items[0], false, err));
    put_shown(&p->out, e.prompt, strlen(e.prompt));
    hone_buf_printf(&p->out, "\n(%zu tokens)\n", e.prompt_count);
    const hone_span span = { e.ids, (int32_t)e.prompt_count };
    const hone_generate_options o = { .max_new_tokens = (int32_t)r->w->max_new,
                                      .context = r->model->context_limit, .slots = 1,
                                      .label = "replaying", .on_done = on_done, .user = p };
    return hone_generate(r->engine, &span, 1, &o, NULL, err);
}

static void put_verdict(replay *p, const hone_result *v)
{
    hone_buf want = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (v->row->expected.count) hone_call_write(&want, &v->row->expected);
    hone_buf_str(&p->out, "\nexpected  ");
    put_shown(&p->out, want.len ? want.data : "(no call)", want.len ? want.len : 9);
    hone_buf_str(&p->out, "\ngot       ");
    put_shown(&p->out, v->answer->text, v->answer->text_len);
    hone_buf_printf(&p->out, "\noutcome   %s\nexact     %s%s\nlenient   %s\nbfcl-ast  %s\n",
                    hone_outcome_word(v->outcome), v->exact.right ? "right" : "wrong: ",
                    hone_fault_word(v->exact.fault), v->lenient.right ? "right" : "wrong",
                    v->bfcl[0] ? v->bfcl : "right");
    hone_buf_done(&want);
}

int hone_eval_replay(hone_eval_run *r, hone_err *err)
{
    replay p = { r, HONE_BUF_INIT(HONE_BUF_TEXT_MAX), HONE_BUF_INIT(HONE_BUF_TEXT_MAX) };
    hone_buf_printf(&p.out, "row %s\n", r->rows->items[0].id);
    int rc = r->engine ? generate(&p, err) : HONE_OK;
    if (rc == 0)
        rc = hone_report_make(&r->report, r->rows, r->answers, &r->report_options, err);
    if (rc == 0) {
        put_verdict(&p, &r->report->results[0]);
        if (!hone_buf_ok(&p.out)) rc = hone_err_memory(err, "a replay", p.out.len);
    }
    if (rc == 0 && fwrite(p.out.data, 1, p.out.len, stdout) != p.out.len)
        rc = hone_fail(err, HONE_E_IO, "the replay could not be printed");
    hone_report_free(r->report); /* it points into p.text */
    r->report = NULL;
    hone_buf_done(&p.out);
    hone_buf_done(&p.text);
    return rc;
}
