/*
 * SentencePiece model files as plain structures, so that the tokenizer does not know protobuf-c.
 * The message is our own model/proto/sentencepiece.proto with the published field numbers.
 */
#ifndef HONE_MODEL_PROTO_H
#define HONE_MODEL_PROTO_H

#include "common/buf.h"
#include "common/error.h"
#include "model/tokenizer.h"

enum { HONE_SP_BPE = 2, HONE_SP_MAX_BYTES = 16 << 20, HONE_SP_MAX_PIECES = 1 << 20 };

/* What counts of a SentencePiece model; the defaults of absent fields are filled in. */
typedef struct hone_sp {
    hone_piece *pieces; /* texts point into the bytes that were read */
    size_t count;
    int model_type;
    bool byte_fallback;
    bool add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces;
    bool has_charsmap;  /* some normalisation table */
} hone_sp;

/* Fails with HONE_E_MODEL on bytes that are no such message. */
int hone_sp_read(hone_sp *ret, const void *p, size_t n, const char *source, hone_err *err);
void hone_sp_done(hone_sp *sp); /* accepts NULL and zeroed */
/* Of hone_sp_read: the pieces, and what else there is in rest. sp is zeroed, and to be ended. */
int hone_sp_pieces(hone_sp *sp, hone_buf *rest, const void *p, size_t n, hone_err *err);
/* Appends a BPE model with byte fallback and without normalisation. Types of normal pieces are left
 * out; ids of <unk>, <bos>, <eos>, <pad> are Gemma's. */
int hone_sp_write(hone_buf *out, const hone_piece *pieces, size_t count, hone_err *err);

#endif
