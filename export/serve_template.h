/*
 * The chat template for `litert-lm serve`, which hands over tool results as text where the
 * templates want objects and then fails. docs/litertlm.md.
 */
#ifndef HONE_EXPORT_SERVE_TEMPLATE_H
#define HONE_EXPORT_SERVE_TEMPLATE_H

#include <stddef.h>

#include "common/error.h"

/* Fresh text: the same template with one more case, a result that is text, printed as
 * {value:<escape>TEXT<escape>} (the form of messages whose content is text). All else renders as
 * before. HONE_E_DATA for a template that is neither ours nor the published one. */
int hone_template_for_serve(char **ret, const char *text, hone_err *err);

#endif
