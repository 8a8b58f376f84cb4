/* The vocabulary as a SentencePiece model file (docs/tokenizer.md, "Writing tokenizer.model"). */
#include "common/mem.h"
#include "model/proto.h"
#include "model/tokenizer_parts.h"

int hone_tokenizer_write_proto(const hone_tokenizer *t, hone_buf *out, hone_err *err)
{
    if (t->model) {
        hone_buf_add(out, t->model, t->model_size);
        return hone_buf_ok(out) ? 0 : hone_err_memory(err, "a tokenizer", t->model_size);
    }
    hone_piece *pieces = hone_realloc_array(NULL, t->count, sizeof(*pieces));
    if (!pieces) return hone_err_memory(err, "a tokenizer", t->count * sizeof(*pieces));
    for (size_t i = 0; i < t->count; i++) pieces[i] = hone_tokenizer_piece(t, (int32_t)i);
    int rc = hone_sp_write(out, pieces, t->count, err);
    hone_free(pieces);
    return rc;
}
