/*
 * Text to calls as the public BFCL handler of FunctionGemma decodes it, bit for bit: far more
 * lenient than the call grammar, and used by the mode `bfcl-ast` alone. docs/evaluation.md.
 */
#ifndef HONE_EVAL_BFCL_DECODE_H
#define HONE_EVAL_BFCL_DECODE_H

#include "model/call.h"

/* Never fails but for memory and for texts over HONE_BFCL_TEXT_MAX (HONE_E_DATA). Integers have any
 * size and no needless zeros; reals may be "nan", "inf" or "-inf", which no other reader makes:
 * the trees go to hone_bfcl_check only. */
int hone_bfcl_decode(hone_calls *ret, hone_arena *a, const char *text, size_t len, hone_err *err);

enum { HONE_BFCL_TEXT_MAX = 256 << 10 };

#endif
