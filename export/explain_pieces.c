/* The SentencePiece section in explaining a file (export/explain.h). */
#include "common/mem.h"
#include "export/explain_parts.h"
#include "export/export_lint.h"
#include "model/tokenizer_parts.h"

void hone_explain_pieces(hone_explanation *e, const uint8_t *p, size_t n)
{
    hone_tokenizer *t = NULL;
    hone_err err;
    hone_json *o = hone_json_new_object(e->a);
    hone_err_clear(&err);
    if (hone_tokenizer_from_proto(&t, p, n, e->path, &err) < 0) {
        hone_explain_error(e, "tokenizer-unreadable", &err);
        return;
    }
    const int count = (int)hone_tokenizer_size(t);
    hone_explain_int(e, o, "pieces", count);
    hone_explain_put(e, e->o, "tokenizer", o);
    if (hone_tokenizer_base_names(t))
        hone_explain_find(e, HONE_FIND_ERROR, "tokenizer-base-names", "ids 46 to 52 carry plain "
                          "Gemma's names: calls cannot be written");
    hone_tokenizer_free(t);
    if (e->vocabulary && count != e->vocabulary)
        hone_explain_find(e, HONE_FIND_ERROR, "tokenizer-size", "%d pieces, but logits for %d: ids "
                          "and rows do not belong together", count, e->vocabulary);
    else if (count != HONE_GEMMA_PIECES)
        hone_explain_find(e, HONE_FIND_WARNING, "tokenizer-trimmed", "a vocabulary of %d pieces: "
                          "constrained decoding, and so litert-lm serve, refuses this file", count);
    else if (hone_export_lint_pieces(p, n, count, e->path, &err) < 0)
        hone_explain_find(e, HONE_FIND_ERROR, "tokenizer-pieces", "%s: constrained decoding fails "
                          "for every request", err.message);
}
