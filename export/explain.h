/*
 * What a .litertlm or .tflite file is, ours or foreign, and what would go wrong with it on the
 * device: a tree for `hone doctor --file`. Reads with the strict readers; where one of them refuses
 * a part, the tree says so and goes on with the rest. docs/litertlm.md, "What is checked".
 */
#ifndef HONE_EXPORT_EXPLAIN_H
#define HONE_EXPORT_EXPLAIN_H

#include "common/json.h"

/*
 * {"kind", "bytes", "container": {..}, "sections": [..], "metadata": {..}, "tokenizer": {..},
 *  "model": {"signatures", "context", "layers", "vocabulary", "weights": {format: bytes}, ..},
 *  "made_by", "opens": bool, "findings": [{"code", "level": "error" | "warning", "text"}]}
 * Every rule has its own code. Fails only for want of memory, or when the file cannot be read at
 * all. */
int hone_explain(hone_json **ret, hone_arena *a, const char *path, hone_err *err);

#endif
