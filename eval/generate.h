/*
 * Greedy generation for many prompts. Prompts with a common beginning are computed behind one
 * prefilled prefix; slots are refilled as rows end; generation stops at a stop id or at the limit.
 * The results, to the bit, depend neither on the order of the prompts nor on the number of slots
 * nor on drafts. docs/decoding.md.
 */
#ifndef HONE_EVAL_GENERATE_H
#define HONE_EVAL_GENERATE_H

#include "datasets/cluster.h"
#include "eval/outcome.h"
#include "model/constrain.h"
#include "model/engine.h"

typedef struct hone_generation {
    const int32_t *ids;   /* the stop id included; valid during the call */
    int32_t count, prompt_count;
    hone_stop stop;       /* TOKEN, LENGTH, or ERROR: not generated */
    int32_t stop_id;      /* -1 unless TOKEN */
    float margin_min;     /* least gap between first and second choice; infinite if nothing came */
    double logprob;       /* ln of the probability of all ids together; 0 if nothing came */
    const hone_pick *picks; /* of each id, for a look at single rows */
} hone_generation;

typedef struct hone_generate_options {
    int32_t max_new_tokens; /* >= 1 */
    int32_t context;        /* tokens of prompt and answer at most; longer prompts end with ERROR */
    int slots; /* rows at a time, >= 1; fewer when their keys and values need too much */
    const char *label;      /* of the progress line */
    /* NULL, or a likely answer to each prompt (count 0: none). It is checked in the pass that takes
     * the prompt; what follows its first wrong id is decoded. Only the time depends on it. */
    const hone_span *drafts;
    /* NULL, or the grammar that each answer keeps to (NULL: none); then there are no drafts. */
    const hone_grammar *const *grammars;
    /* Hears of each prompt once, in the order in which they end. < 0 ends generation. */
    int (*on_done)(void *user, size_t index, const hone_generation *g, hone_err *err);
    void *user;
    bool (*stop)(void); /* asked between two tokens; NULL: hone_stop_requested (common/stop.h) */
} hone_generate_options;

typedef struct hone_generate_stats {
    int64_t prompt_tokens;  /* of all prompts */
    int64_t prefilled;      /* computed: each shared beginning once */
    int64_t generated;      /* ids of the answers, */
    int64_t drafted;        /* and how many of them a draft had right, */
    int64_t forced;         /* or the grammar left no choice about */
    double seconds;
} hone_generate_stats;

/* HONE_E_STOPPED after a stop request: what is done was handed out. ret_stats may be NULL. */
int hone_generate(hone_engine *e, const hone_span *prompts, size_t count,
                  const hone_generate_options *o, hone_generate_stats *ret_stats, hone_err *err);

/* 50 <start_function_response>, 106 <end_of_turn>, 1 <eos>. */
bool hone_is_stop_id(int32_t id);

#endif
