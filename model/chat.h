/*
 * The prompt renderer: conversations to text and to ids with a loss mask, byte for byte as the
 * FunctionGemma template prints them. The only renderer in the program. docs/prompt-format.md.
 */
#ifndef HONE_MODEL_CHAT_H
#define HONE_MODEL_CHAT_H

#include "model/row.h"
#include "model/tokenizer.h"

/* Renders messages (array) and tools (array or NULL). Fails with HONE_E_DATA where the template
 * raises an error. */
int hone_chat_render(hone_buf *out, const hone_json *messages, const hone_json *tools,
                     bool add_generation_prompt, hone_err *err);

/* declaration:NAME{..} of a function object as the public leaderboard's handler prints it: no
 * wrapper around the parameters, types as written, keys sorted by bytes, hint behind the
 * description. Only for comparing with leaderboard numbers (eval/bfcl_rows.h). */
int hone_chat_declaration_bfcl(hone_buf *out, const hone_json *function, const char *hint,
                               hone_err *err);

/* A row as the trainer and the evaluator need it. ids = prompt ids then completion ids; labels[i]
 * is 1 where ids[i] is a target (every assistant part, its stop token included). */
typedef struct hone_encoded {
    char *prompt, *completion;  /* text up to the generation point, and the rest that is trained */
    int32_t *ids;
    uint8_t *labels;
    size_t count, prompt_count; /* ids in all; ids of the prompt */
} hone_encoded;

/* Everything lives in a. A row without an expectation gives an empty completion. Refuses rows
 * without labels when want_labels, control tokens in user content, and a <bos> that is not first
 * and only. */
int hone_chat_encode(hone_encoded *ret, hone_arena *a, const hone_tokenizer *t, const hone_row *row,
                     bool want_labels, hone_err *err);

/* The developer turn that was encoded last: rows that share their tools encode it once. One thread.
 */
typedef struct hone_chat_cache hone_chat_cache;
hone_chat_cache *hone_chat_cache_new(void);   /* NULL when out of memory */
void hone_chat_cache_free(hone_chat_cache *c); /* accepts NULL */
/* hone_chat_encode with a cache (may be NULL). */
int hone_chat_encode_cached(hone_encoded *ret, hone_arena *a, const hone_tokenizer *t,
                            const hone_row *row, bool want_labels, hone_chat_cache *cache,
                            hone_err *err);

/* Our own Jinja template of the same format, embedded in exported files when the base has none. */
extern const char hone_chat_template[];
extern const size_t hone_chat_template_size;

#endif
