/*
 * A model with a smaller vocabulary as an ordinary model folder: pieces chosen by the rows of a
 * task, embedding rows of those, everything else as it was. docs/vocabulary.md.
 */
#ifndef HONE_EXPORT_TRIM_H
#define HONE_EXPORT_TRIM_H

#include "common/options.h"
#include "model/gemma3.h"

typedef struct hone_trim_options {
    const char *model, *tools, *out;
    const hone_opt_list *data;  /* row files that choose the pieces */
    const hone_opt_list *keep;  /* text files whose pieces are wanted too */
    const char *dev;            /* rows to report on that choose nothing, or NULL */
    const char *dtype;          /* "auto", "f32", "bf16", "f16" */
    int vocab;
} hone_trim_options;

/* How texts are cut by the smaller vocabulary. */
typedef struct hone_trim_rows {
    int64_t rows, changed;      /* rows whose ids are not the same pieces */
    int64_t old_ids, new_ids;   /* tokens with either vocabulary */
    int64_t removed;            /* old tokens whose piece is gone */
} hone_trim_rows;

typedef struct hone_trim_result {
    int old_vocab, vocab, special, used, closure, missed;
    hone_trim_rows data, dev;   /* dev.rows 0: none */
    uint64_t q8_bytes, q4b32_bytes, tokenizer_bytes; /* of .litertlm files, cache length 1024 */
    uint64_t folder_bytes;
    char dtype[8];
} hone_trim_result;

int hone_trim_run(const hone_trim_options *o, hone_trim_result *ret, hone_err *err);

#endif
