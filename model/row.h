/*
 * One conversation: messages, tools, expected calls, provenance. All data formats become this; the
 * prompt renderer, the trainer's mask, the scorer and the exporter's self-test read nothing else.
 * Format: docs/rows.md.
 */
#ifndef HONE_MODEL_ROW_H
#define HONE_MODEL_ROW_H

#include "model/call.h"

#define HONE_ACTIVATION_LINE                                                                       \
    "You are a model that can do function calling with the following functions"

typedef struct hone_row {
    const char *id; /* given, or 16 hex digits of the user text's hash, "-N" for repeats */
    const char *group;         /* rows of one seed or template; "" if none */
    const char *category;      /* "" if none */
    const hone_json
        *messages; /* array; null-valued keys dropped; the expectation is the last one */
    const hone_json *tools;    /* array of {"type","function"}; NULL only if the row has none */
    size_t prompt_count;       /* messages before the expectation; all of them if there is none */
    bool has_expected;
    hone_calls expected;       /* no calls: the row wants none */
    const char *user_text;     /* last user message as text */
    const char *prompt;        /* stands in for the rendered prompt; NULL: the template's */
    const hone_json *allowed, *normalizers, *source; /* optional; NULL if absent */
    const hone_json *json;     /* the row as read */
    int64_t line;
    int nulls_dropped;
    char hash[65];             /* SHA-256 of canonical (messages, tools, expected) */
} hone_row;

typedef struct hone_row_options {
    const hone_json *tools;    /* default tools (from --tools), may be NULL */
    bool sort_tools; /* properties sorted as the template sorts (always wanted with --tools) */
} hone_row_options;

/* Reads one row object: the canonical format and BFCL-free variants of users' data (OpenAI-style
 * messages, {"expected"} evaluation rows). Adds the developer line when the default tools are used
 * and the row has no developer or system message. Everything lives in a. */
int hone_row_read(hone_row *ret, hone_arena *a, const hone_json *object,
                  const hone_row_options *options, const char *source, int64_t line, hone_err *err);

/* Tools file: an array of tools (or bare function objects); checks shape, names, duplicates. */
int hone_tools_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err);
/* Copy with all properties sorted as the template sorts; *ret_changed if the input was not. */
hone_json *hone_tools_sorted(hone_arena *a, const hone_json *tools, bool *ret_changed);
/* The "function" object of a tool by name, or NULL. */
const hone_json *hone_tools_find(const hone_json *tools, const char *name);
/* The row as canonical JSON (for writing row files). */
hone_json *hone_row_json(hone_arena *a, const hone_row *row);

#endif
