/*
 * The manifest beside an exported file: what went in, with hashes, and what came out. A pure
 * function of inputs and options; base names only, so that equal inputs give equal bytes in any
 * folder. /
 */
#ifndef HONE_EXPORT_MANIFEST_H
#define HONE_EXPORT_MANIFEST_H

#include "export/tflite.h"
#include "export/verify.h"

/* An input file or folder; path NULL = not given. */
typedef struct hone_manifest_input {
    const char *key;      /* "base", "adapter", "data", "tools", "template", "report" */
    const char *path;
    char sha256[65];
} hone_manifest_input;

/* Whole-call exact of the written file against the merged model on the same rows; points are
 * percent. rows 0 = not scored. */
typedef struct hone_score_loss {
    int64_t rows, before, after; /* right rows */
    int64_t broken, fixed;       /* right before and not after, and the other way round */
    double diff, lo, hi;         /* after - before with its 95 % interval */
} hone_score_loss;

typedef struct hone_manifest {
    const char *format;        /* "litertlm", .. */
    const char *quant;         /* number formats in words */
    const hone_manifest_input *inputs;
    int num_inputs;
    const hone_config *config;
    const hone_tflite_options *options; /* NULL where there is no graph */
    const char *template_kind; /* "base", "hone", or the file's name */
    const char *chat_template;
    const char *tokenizer_sha256;
    const char *file;          /* the exported file or folder */
    const hone_verify_sizes *sizes;
    const hone_verify_logits *logits; /* NULL = not compared */
    const hone_score_loss *loss;      /* NULL = not scored */
    const char *why_cache_length, *why_prefill;
} hone_manifest;

/* Hashes the exported file (or all files of the folder) and writes `path` atomically. */
int hone_manifest_write(const hone_manifest *m, const char *path, hone_err *err);

#endif
