/*
 * A model as a folder in Hugging Face layout that transformers and hone itself open: configuration,
 * safetensors, both forms of the tokenizer, chat template, generation settings. docs/gemma3.md.
 */
#ifndef HONE_EXPORT_FOLDER_H
#define HONE_EXPORT_FOLDER_H

#include "export/merge.h"

/* Writes all files into dir, which is made; config.json comes after the weights. dtype: F32, F16 or
 * BF16. Memory: a row of weights, and the texts of the tokenizer. */
int hone_folder_write(const hone_merge *m, const char *chat_template, hone_dtype dtype,
                      const char *dir, hone_err *err);

/* "f32", "bf16", "f16". */
int hone_folder_dtype(hone_dtype *ret, const char *name, hone_err *err);

/* tokenizer.json of a vocabulary, streamed into path. */
int hone_tokenizer_json_write(const hone_tokenizer *t, const char *path, hone_err *err);

#endif
