/*
 * The LlmMetadata section of a .litertlm file: what the device runtime is told about tokens,
 * sampling and prompts. docs/litertlm.md. /
 */
#ifndef HONE_MODEL_LLM_METADATA_H
#define HONE_MODEL_LLM_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/error.h"

enum { HONE_LLM_MAX_STOPS = 64, HONE_LLM_FUNCTION_GEMMA = 3, HONE_LLM_SAMPLE_TOP_P = 2 };

/* A token by its id, or by text (id -1), which the runtime looks up. */
typedef struct hone_llm_token {
    int32_t id;
    const char *text;      /* "" unless id is -1 */
} hone_llm_token;

typedef struct hone_llm_affixes {
    const char *prefix, *suffix;
} hone_llm_affixes;

typedef struct hone_llm_metadata {
    bool has_start;
    hone_llm_token start;
    hone_llm_token stops[HONE_LLM_MAX_STOPS];
    int num_stops;
    hone_llm_affixes user, model, system; /* NULL = absent */
    bool has_sampler;
    int sampler_type, sampler_k, sampler_seed;
    float sampler_p, sampler_temperature;
    int32_t max_tokens;    /* 0 = absent */
    int model_type;        /* field number of the kind of model; 0 = absent */
    bool use_template;     /* function_gemma: tools go to the template as JSON */
    const char *chat_template; /* NULL = absent */
    bool function_calling;
} hone_llm_metadata;

/* Strings live in a. Fails with HONE_E_MODEL where the bytes are no LlmMetadata; fields that we
 * do not know are skipped. base is where the section starts in source. */
int hone_llm_metadata_read(hone_llm_metadata *ret, hone_arena *a, const void *p, size_t n,
                           const char *source, uint64_t base, hone_err *err);
/* Appends the section's bytes. */
int hone_llm_metadata_write(hone_buf *out, const hone_llm_metadata *m, hone_err *err);

#endif
