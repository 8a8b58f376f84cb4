/*
 * What would go wrong silently on the device, found before a file is written: tool declarations
 * that lose a part in the prompt, templates that the runtime's engine cannot run, vocabularies
 * that it does not recognise. Hard errors fail; everything else is a warning on stderr.
 * docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_EXPORT_LINT_H
#define HONE_EXPORT_EXPORT_LINT_H

#include <stddef.h>

#include "common/error.h"
#include "common/json.h"

/* tools as hone_tools_load gives them. *ret_warnings (may be NULL) counts the warnings printed.
 * Fails with HONE_E_DATA on names that the template swallows and on control tokens in texts. */
int hone_export_lint_tools(const hone_json *tools, const char *source, int *ret_warnings,
                           hone_err *err);

/* Fails with HONE_E_DATA naming the line and the method that the runtime's template engine lacks.
 */
int hone_export_lint_template(const char *text, size_t len, const char *source, hone_err *err);

/* The SentencePiece section against FunctionGemma's list of special pieces: another size fails,
 * other names or types fail for a full vocabulary, as constrained decoding then refuses every
 * request. */
int hone_export_lint_pieces(const void *p, size_t n, int vocabulary, const char *source,
                            hone_err *err);

#endif
