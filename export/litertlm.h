/*
 * The .litertlm container: 32 fixed bytes, a header, then metadata, tokenizer and model at
 * multiples of 16 KiB. Written front to back in constant memory; the uuid is a hash of the
 * sections and patched in at the end, so that equal inputs give equal bytes. docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_LITERTLM_H
#define HONE_EXPORT_LITERTLM_H

#include <stddef.h>

#include "common/fs.h"
#include "export/tflite.h"

typedef struct hone_litertlm_parts {
    const void *metadata, *tokenizer;   /* section payloads */
    size_t metadata_len, tokenizer_len;
    hone_tflite_plan *model;
    int trimmed; /* pieces of a trimmed vocabulary, which the header then tells; 0 = whole */
} hone_litertlm_parts;

/* Writes everything to out, which the caller flushes, checks and commits. SOURCE_DATE_EPOCH, if
 * set, is the creation time; otherwise there is none. label names the file in the progress line. */
int hone_litertlm_write(hone_out *out, const hone_litertlm_parts *parts, const char *label,
                        hone_err *err);

#endif
