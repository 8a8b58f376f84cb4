/*
 * Do the answers that are trained keep to the grammar of constrained decoding? A model that learns
 * others (arguments in another order, undeclared ones) cannot say them on a device that constrains
 * it. docs/decoding.md.
 */
#ifndef HONE_CLI_TRAIN_GRAMMAR_H
#define HONE_CLI_TRAIN_GRAMMAR_H

#include "datasets/encode_set.h"
#include "model/constrain.h"

/* Of one answer: the tokens that pass, and all of it; of = -1: nobody looked. */
typedef struct hone_train_verdict {
    int64_t passed, of;
} hone_train_verdict;

typedef struct hone_train_grammar {
    const hone_tokenizer *t;
    const hone_json *tools; /* of --tools; rows with other ones are not looked at */
    hone_grammar *grammar;
    int64_t looked;         /* rows of this process */
    int64_t checked, outside;
    char first_id[64];      /* of the first row outside */
    int64_t first_at;       /* tokens of it that pass */
} hone_train_grammar;

/* Looks at the last row of the set, if it is one of the first thousand of this process. */
int hone_train_grammar_look(hone_train_grammar *g, const hone_row *row, const hone_encode_set *set,
                            hone_train_verdict *ret, hone_err *err);
/* Counts the first thousand verdicts, which come in the order of the rows. */
void hone_train_grammar_note(hone_train_grammar *g, const hone_train_verdict *v, const char *id);
/* Warns if there were rows outside. */
void hone_train_grammar_end(hone_train_grammar *g);

#endif
