/*
 * How long prompts get, and the cache length that follows: attention on the device costs all
 * columns at every step, so the smallest that holds the task is the fastest. docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_PROMPTS_H
#define HONE_EXPORT_PROMPTS_H

#include "datasets/encode_set.h"

typedef struct hone_prompts {
    size_t rows;          /* 0: only the tools were rendered */
    size_t calls;         /* rows whose answer is a call */
    int longest_prompt;   /* ids, <bos> included */
    int margin;           /* ids for requests that are longer than those of the rows */
    int longest_answer;   /* ids of the longest completion */
    int64_t line;         /* of the longest prompt */
    hone_encode_set *set; /* the first rows (or the tools' prompt), for comparing logits */
} hone_prompts;

/* Measures the rows of a file (NULL: one short user message) with the tools, and keeps the first
 * keep of them that have labels. tools may be NULL only if rows carry their own. */
int hone_prompts_measure(hone_prompts *ret, const hone_tokenizer *t, const hone_json *tools,
                         const char *rows, size_t keep, hone_err *err);
void hone_prompts_done(hone_prompts *p); /* accepts NULL and zeroed */

/* The smallest length that holds the longest prompt, margin and answer tokens. given > 0 is used as
 * it is, if it suffices. why: one phrase for people. Fails with HONE_E_DATA when limit is too
 * small.
 */
int hone_prompts_cache_length(int *ret, char why[160], const hone_prompts *p, int answer, int given,
                      int limit, hone_err *err);

/* Lengths of the chunks in which the device reads a prompt: of 1, 8, 32, 128, 512 those that some
 * prompt fills, 1 always. Returns how many. */
int hone_prompts_prefill(int ret[5], char why[160], const hone_prompts *p, int cache_length);

#endif
