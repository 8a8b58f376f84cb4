/*
 * The whole export: open, merge, lint, choose the cache length, write, check, compare, commit,
 * and the files beside it. Nothing is left under the final name when a step fails.
 * docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_PACKAGE_H
#define HONE_EXPORT_PACKAGE_H

#include "export/manifest.h"

typedef struct hone_package_options {
    const char *model, *adapter, *tools, *data; /* adapter, data: NULL = none */
    const char *out;               /* must end in .litertlm */
    const char *chat_template;     /* "auto", "base", "hone", or a file */
    hone_scheme scheme;
    int cache_length;              /* 0 = from the prompts */
    int answer_length;             /* tokens kept for the answer */
    int prefill[HONE_PREFILL_MAX]; /* num_prefill 0: 1, 8, 32, 128, 512 as far as they fit */
    int num_prefill;
    int positions;                 /* logits that are compared; 0 = none */
    int threads;
} hone_package_options;

typedef struct hone_package_result {
    hone_verify_sizes sizes;
    hone_verify_logits logits;     /* positions 0 = not compared */
    hone_tflite_options options;   /* as used */
    char why_cache_length[160];
    char template_kind[64];
    char tools_path[4096], manifest_path[4096];
    bool tools_were_sorted;        /* the input's properties were in the template's order */
} hone_package_result;

int hone_package_run(const hone_package_options *o, hone_package_result *ret, hone_err *err);

#endif
