/* The outcomes of a generation (eval/outcome.h). */
#include "eval/outcome.h"

#include <string.h>

const char *hone_outcome_word(hone_outcome o)
{
    static const char *const words[HONE_OUTCOMES] = { "calls",     "no_call", "malformed",
                                                      "truncated", "no_stop", "not_generated" };
    return words[o];
}

static const char *const stop_words[] = { "unknown", "stop_token", "length", "error" };

const char *hone_stop_word(hone_stop s)
{
    return stop_words[s];
}

hone_stop hone_stop_parse(const char *word)
{
    for (int i = HONE_STOP_TOKEN; word && i <= HONE_STOP_ERROR; i++)
        if (strcmp(word, stop_words[i]) == 0) return (hone_stop)i;
    return HONE_STOP_UNKNOWN;
}

hone_outcome hone_outcome_of(const hone_parsed *p, hone_stop stop)
{
    if (stop == HONE_STOP_ERROR) return HONE_OUTCOME_NOT_GENERATED;
    if (p->error == HONE_CALL_TRUNCATED) return HONE_OUTCOME_TRUNCATED;
    if (p->error == HONE_CALL_SYNTAX) return HONE_OUTCOME_MALFORMED;
    if (p->calls.count == 0 && p->call_like) return HONE_OUTCOME_MALFORMED;
    if (stop == HONE_STOP_LENGTH) return HONE_OUTCOME_NO_STOP;
    return p->calls.count ? HONE_OUTCOME_CALLS : HONE_OUTCOME_NO_CALL;
}
