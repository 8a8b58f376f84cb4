/*
 * Constrained decoding: which ids may come next, so that an answer is text or well-formed calls of
 * the declared tools: known names, arguments in the order in which the tool declares them (as the
 * device does it), required ones present, enums and types kept. Where only one continuation exists
 * its ids are given at once, tokenised as the trained text is. docs/decoding.md.
 */
#ifndef HONE_MODEL_CONSTRAIN_H
#define HONE_MODEL_CONSTRAIN_H

#include "common/json.h"
#include "model/tokenizer.h"

/* The language of a list of tools; immutable, shared by threads. Tokenizer and tools must outlive
 * it. */
typedef struct hone_grammar hone_grammar;
int hone_grammar_new(hone_grammar **ret, const hone_tokenizer *t, const hone_json *tools,
                     hone_err *err);
void hone_grammar_free(hone_grammar *g); /* accepts NULL */

/* One answer on its way; one thread. */
typedef struct hone_constraint hone_constraint;
int hone_constraint_new(hone_constraint **ret, hone_err *err);
void hone_constraint_free(hone_constraint *c); /* accepts NULL */
void hone_constraint_start(hone_constraint *c, const hone_grammar *g); /* a new answer */

/* What comes next: ids that must come, then a choice. Valid until the next call. */
typedef struct hone_choice {
    const int32_t *forced;
    int32_t num_forced;
    const int32_t *allowed; /* ascending, or NULL: */
    int32_t num_allowed;
    const uint64_t *mask;   /* a bit for each id */
} hone_choice;
int hone_constraint_next(hone_constraint *c, hone_choice *ret, hone_err *err);
/* The choice that was made. HONE_E_DATA for an id that was not offered. */
int hone_constraint_take(hone_constraint *c, int32_t id, hone_err *err);

/* Index of the first of n ids (a whole answer, its stop id included) that the grammar would not let
 * pass, n if all pass; negative on error. */
int64_t hone_grammar_check(const hone_grammar *g, const int32_t *ids, int64_t n, hone_err *err);

#endif
