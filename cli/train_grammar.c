/* The answers that are trained against constrained decoding (cli/train_grammar.h). */
#include "cli/train_grammar.h"

#include <stdio.h>

#include "common/log.h"
#include "eval/generate.h"

enum { MOST_ROWS = 1000 }; /* enough to see a wrong order of arguments */

int hone_train_grammar_look(hone_train_grammar *g, const hone_row *row, const hone_encode_set *set,
                            hone_train_verdict *ret, hone_err *err)
{
    const hone_encode_row *r = &set->rows[set->count - 1];
    const int32_t *answer = set->ids + r->at + r->prompt_count;
    int64_t n = 0, most = r->count - r->prompt_count;
    *ret = (hone_train_verdict){ 0, -1 };
    if (!g->tools || !row->tools || g->looked >= MOST_ROWS) return HONE_OK;
    if (!hone_json_equal(row->tools, g->tools)) return HONE_OK;
    if (!g->grammar) HONE_TRY(hone_grammar_new(&g->grammar, g->t, g->tools, err));
    while (n < most && (n == 0 || !hone_is_stop_id(answer[n - 1]))) n++;
    const int64_t passed = hone_grammar_check(g->grammar, answer, n, err);
    if (passed < 0) return (int)passed;
    g->looked++;
    *ret = (hone_train_verdict){ passed, n };
    return HONE_OK;
}

void hone_train_grammar_note(hone_train_grammar *g, const hone_train_verdict *v, const char *id)
{
    if (v->of < 0 || g->checked >= MOST_ROWS) return;
    g->checked++;
    if (v->passed == v->of || g->outside++ > 0) return;
    (void)snprintf(g->first_id, sizeof g->first_id, "%s", id);
    g->first_at = v->passed;
}

void hone_train_grammar_end(hone_train_grammar *g)
{
    if (g->outside)
        hone_warn("%lld of the first %lld answers cannot be said under constrained decoding, first "
                  "that of row %s after %lld tokens: arguments must come in the declared order, "
                  "with declared names, types and enums",
                  (long long)g->outside, (long long)g->checked, g->first_id,
                  (long long)g->first_at);
    hone_grammar_free(g->grammar);
    g->grammar = NULL;
}
