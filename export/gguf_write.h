/*
 * A merged model as a GGUF file for llama.cpp: tables first, then the tensors row by row in
 * constant memory. docs/gguf.md.
 */
#ifndef HONE_EXPORT_GGUF_WRITE_H
#define HONE_EXPORT_GGUF_WRITE_H

#include "common/fs.h"
#include "export/merge.h"

/* Formats of the matrices; norms are f32. With Q4_0 the embedding, which is also the output matrix,
 * is Q8_0. */
typedef enum hone_gguf_kind {
    HONE_GGUF_KIND_F32, HONE_GGUF_KIND_F16, HONE_GGUF_KIND_Q8_0, HONE_GGUF_KIND_Q4_0,
    HONE_GGUF_KINDS
} hone_gguf_kind;

/* "f32", "f16", "q8_0", "q4_0"; "q8" and "q4" count as the last two. */
int hone_gguf_kind_parse(hone_gguf_kind *ret, const char *name, hone_err *err);
const char *hone_gguf_kind_name(hone_gguf_kind k);

/* Writes everything to out, which the caller flushes, checks and commits. name: general.name.
 * Fails with HONE_E_DATA naming a weight that is not finite after merging. */
int hone_gguf_write(hone_out *out, const hone_merge *m, hone_gguf_kind kind, const char *name,
                    const char *chat_template, hone_err *err);

#endif
