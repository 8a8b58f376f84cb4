/* Inside of an export: what its files share (export/package.h). */
#ifndef HONE_EXPORT_PACKAGE_PARTS_H
#define HONE_EXPORT_PACKAGE_PARTS_H

#include "common/json.h"
#include "export/package.h"
#include "export/prompts.h"

typedef struct hone_package {
    const hone_package_options *o;
    hone_package_result *r;
    hone_err *err;
    hone_arena *arena;
    hone_model *model;
    hone_adapter *adapter;
    char *adapter_dir;
    hone_merge merge;
    hone_json *tools;          /* NULL: none were given */
    char *chat_template;       /* NULL: the format needs none and there is none */
    const char *template_path; /* file of the user, or NULL */
    hone_buf tokenizer, metadata;
    char tokenizer_sha256[65];
    hone_prompts prompts;
    hone_verify_run *run;
    hone_tflite_plan *plan;
    hone_out *out;
    char *temp_dir;            /* folder that is being written, or NULL */
} hone_package;

/* The final name, and the names of the files beside it. */
int hone_package_names(hone_package *k);
/* Opens and checks what goes in: model, adapter, tools, template, tokenizer. */
int hone_package_open(hone_package *k);

/* Writers of everything but .litertlm and .tflite: check, write, and give the final name. */
int hone_package_gguf(hone_package *k);
int hone_package_folder(hone_package *k);
int hone_package_adapter(hone_package *k);

/* Compares what lies at path with the merged model, and judges it. */
int hone_package_compare(hone_package *k, const char *path);
/* tools, manifest and model card. */
int hone_package_beside(hone_package *k);

#endif
