/*
 * Choosing the pieces of a smaller vocabulary so that the texts of a task are cut into the same
 * tokens as before. docs/vocabulary.md.
 */
#ifndef HONE_EXPORT_VOCABULARY_H
#define HONE_EXPORT_VOCABULARY_H

#include "model/tokenizer.h"

typedef struct hone_vocabulary {
    int32_t *kept;    /* [count] old ids, ascending: the index is the new id */
    int32_t *new_ids; /* [old count] or -1 */
    int count;
    int special;      /* pieces that any text needs: control tokens, bytes, runs */
    int used;         /* pieces that the counts name */
    int closure;      /* pieces that lie on the way to others */
    int missed;       /* used pieces that found no room, their closure included */
} hone_vocabulary;

/* counts[id]: how often the task's texts use a piece. size must be even. Fails with HONE_E_USAGE
 * when size is too small for the special pieces or not smaller than the vocabulary. */
int hone_vocabulary_choose(hone_vocabulary *ret, const hone_tokenizer *t, const int64_t *counts,
                           int size, hone_err *err);
void hone_vocabulary_done(hone_vocabulary *v);

/* The tokenizer of the kept pieces. */
int hone_vocabulary_tokenizer(hone_tokenizer **ret, const hone_vocabulary *v,
                              const hone_tokenizer *t, hone_err *err);

#endif
