/* The LlmMetadata section that we write; every value with its reason: docs/litertlm.md. */
#ifndef HONE_EXPORT_METADATA_H
#define HONE_EXPORT_METADATA_H

#include "common/buf.h"
#include "common/error.h"

/* Appends the section. The runtime gives tools to the template as JSON and parses calls. */
int hone_metadata_build(hone_buf *out, int cache_length, const char *chat_template, hone_err *err);

#endif
