/*
 * Answers from an OpenAI-compatible server: local ones (llama.cpp, Ollama, vLLM, LiteRT-LM) and
 * cloud models, judged by the same rules as our own. docs/evaluation.md.
 */
#ifndef HONE_EVAL_ENDPOINT_H
#define HONE_EVAL_ENDPOINT_H

#include "datasets/rows.h"
#include "eval/predictions.h"

typedef enum hone_endpoint_api {
    HONE_ENDPOINT_CHAT_NATIVE, /* /chat/completions with `tools`; calls come as tool_calls */
    HONE_ENDPOINT_CHAT_PROMPT, /* /chat/completions, functions described in the first message;
                                * calls come as JSON or in the call grammar */
    HONE_ENDPOINT_RAW          /* /completions with the rendered prompt of FunctionGemma */
} hone_endpoint_api;

typedef struct hone_endpoint {
    const char *base_url;    /* "http://127.0.0.1:8080/v1" */
    const char *model;       /* the server's name of it; may be NULL */
    const char *key;         /* bearer token or NULL; never logged */
    hone_endpoint_api api;
    int64_t max_tokens, seed;
    const hone_json *body;   /* further members of each request; null takes a member out; or NULL */
    int connections;         /* requests at a time */
    const char *label;       /* of the progress line */
    /* Hears of each answer as it comes, for a journal; may be NULL. */
    int (*on_answer)(void *user, size_t row, hone_err *err);
    void *user;
} hone_endpoint;

/* Fills answers[rows->count] where none is present; texts live in a. Requests that fail are tried
 * again a few times with growing pauses; a row that the server refuses is "not generated".
 * HONE_E_REMOTE when the server does not answer at all, HONE_E_REFUSED for a key it does not take,
 * HONE_E_STOPPED after a stop request. */
int hone_endpoint_answers(hone_answer *answers, hone_arena *a, const hone_rows *rows,
                          const hone_endpoint *e, hone_err *err);

/* One reply as an answer's text: tool calls in the call grammar, stop marker behind them. False if
 * the reply is no completion. */
bool hone_endpoint_read(hone_answer *ret, hone_arena *a, hone_endpoint_api api, const char *body,
                        size_t len);

#endif
