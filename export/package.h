/*
 * The whole export: open, merge, lint, choose the number formats and the cache length, write,
 * check, compare, score, commit, and the files beside it. Nothing is left under the final name when
 * a step fails. docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_PACKAGE_H
#define HONE_EXPORT_PACKAGE_H

#include "export/manifest.h"
#include "export/mixed.h"

/* What is written. */
typedef enum hone_format {
    HONE_FORMAT_LITERTLM, /* the file that an app bundles */
    HONE_FORMAT_TFLITE,   /* the model section of it alone */
    HONE_FORMAT_GGUF,     /* for llama.cpp and its kin */
    HONE_FORMAT_FOLDER,   /* merged weights in Hugging Face layout */
    HONE_FORMAT_ADAPTER,  /* the adapter, read and written again as a PEFT folder */
    HONE_FORMATS
} hone_format;

/* Scores a model on the caller's rows; export cannot, as it may not know evaluation. */
typedef struct hone_package_scorer {
    /* Called with the merged model (base and adapter), then with the file (adapter NULL).
     * longest_answer: tokens of the rows' longest expectation. */
    int (*run)(void *user, const hone_model *m, const hone_adapter *a, int longest_answer,
               hone_err *err);
    /* After both: figures of the paired comparison. */
    int (*compare)(void *user, hone_score_loss *ret, hone_err *err);
    void *user;
} hone_package_scorer;

typedef struct hone_package_options {
    const char *model, *adapter, *tools, *data; /* all but model: NULL = none */
    const char *report;            /* report.json of an evaluation for the model card, or NULL */
    const char *out;               /* .litertlm, .tflite, .gguf, or a folder */
    const char *chat_template;     /* "auto", "base", "hone", or a file */
    bool serve_template;           /* changed for litert-lm serve (export/serve_template.h) */
    hone_format format;
    const char *quant, *embed;     /* names of number formats; NULL = the format's usual one */
    bool allow_lossy;              /* int4 per row is refused otherwise */
    hone_mixed_goal goal;          /* which layers may be int4; neither set: none is searched */
    int cache_length;              /* 0 = from the prompts */
    int answer_length;             /* tokens kept for the answer */
    int prefill[HONE_PREFILL_MAX]; /* num_prefill 0: 1, 8, 32, 128, 512 as far as they fit */
    int num_prefill;
    int positions;                 /* logits that are compared; 0 = none */
    int threads;
    const hone_package_scorer *scorer; /* NULL = the file is not scored */
    double max_loss;               /* percent points; the file is not kept when it loses more */
} hone_package_options;

typedef struct hone_package_result {
    hone_format format;
    hone_verify_sizes sizes;       /* of folders: file only */
    hone_verify_logits logits;     /* positions 0 = not compared */
    hone_tflite_options options;   /* as used; LITERTLM and TFLITE */
    hone_mixed_table mixed;        /* of the search, if there was one */
    hone_score_loss loss;          /* rows 0 = not scored */
    char quant[64];                /* number formats in words */
    char why_cache_length[160];
    char why_prefill[160];
    char template_kind[64];
    char out[4096], tools_path[4096], manifest_path[4096], card_path[4096];
    bool tools_were_sorted;        /* the input's properties were in the template's order */
    bool lost_too_much;            /* the score fell by more than max_loss: nothing was kept */
} hone_package_result;

/* Returns HONE_GATE_FAILED with ret filled when the score fell by more than max_loss. */
int hone_package_run(const hone_package_options *o, hone_package_result *ret, hone_err *err);

/* "litertlm", "tflite", "gguf", "safetensors", "adapter"; and the format that a path's ending
 * means, HONE_FORMATS if it means none. */
const char *hone_format_name(hone_format f);
hone_format hone_format_of_path(const char *path);

#endif
