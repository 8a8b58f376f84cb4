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
    const char *key;      /* "base", "adapter", "data", "tools" */
    const char *path;
    char sha256[65];
} hone_manifest_input;

typedef struct hone_manifest {
    const hone_manifest_input *inputs;
    int num_inputs;
    const hone_config *config;
    const hone_tflite_options *options;
    const char *template_kind; /* "base", "hone", or the file's name */
    const char *chat_template;
    const char *tokenizer_sha256;
    const char *file;          /* the exported file */
    const hone_verify_sizes *sizes;
    const hone_verify_logits *logits; /* NULL = not compared */
    const char *why_cache_length;
} hone_manifest;

/* Hashes the exported file and writes `path` atomically. */
int hone_manifest_write(const hone_manifest *m, const char *path, hone_err *err);

#endif
