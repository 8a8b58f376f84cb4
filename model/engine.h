/*
 * The engine: all that train, eval, export and chat know of computation. Made from a model, runs on
 * one device. Weights are converted once, at opening; an exported int8 file is computed with the
 * device runtime's arithmetic (dynamic int8 activations). docs/engine.md.
 *
 * One engine is used by one thread at a time; it uses several threads inside. Results do not depend
 * on the number of threads.
 */
#ifndef HONE_MODEL_ENGINE_H
#define HONE_MODEL_ENGINE_H

#include "model/lora.h"

typedef struct hone_engine hone_engine;

/* Arithmetic of matrix products; everything else is f32. bf16 takes a processor with AVX-512 BF16
 * or AMX to be fast: AUTO is bf16 there, f32 elsewhere. BF16 computes it on any processor. ORDERED
 * is f32 with one order of sums and one rounding a step everywhere: the same bits whatever the
 * processor offers, slower; skip_mass counts as 0. */
typedef enum hone_precision {
    HONE_PRECISION_F32, HONE_PRECISION_BF16, HONE_PRECISION_AUTO, HONE_PRECISION_ORDERED
} hone_precision;
#define HONE_PRECISION_CHOICES "auto|bf16|f32|ordered"
hone_precision hone_precision_of(const char *choice);
bool hone_precision_is_half(hone_precision p); /* bf16 products on this machine */
/* What hone_engine_arithmetic will say of a float model that is opened with p on this machine. */
const char *hone_precision_arithmetic(hone_precision p);

typedef struct hone_engine_options {
    int threads;            /* 0 = all processors of this process */
    hone_precision precision; /* of a float model; an exported int8 file has its own */
    bool training;          /* keep what backward needs */
    hone_qat qat;           /* with an adapter attached: compute with its merged and quantised
                             * weights, and pass gradients straight through the rounding */
    bool integers_as_floats; /* an exported file's integers become floats and are multiplied as
                             * such: four times the memory, slower; for comparisons */
    double skip_mass;       /* 0 = exact; else a block of the vocabulary adds nothing to the
                             * gradient of a label's hidden state when its probability mass is at
                             * most this share of the label's mass so far; 2^-24 is safe
                             * (docs/engine.md) */
    double dropout;         /* training: LoRA dropout, f32 only (gemma3_dropout.c) */
    bool recompute;         /* training: keep each layer's input, keys and values only and compute
                             * the rest again in the backward pass (gradient checkpointing): a
                             * fifth of the memory, a third more work, the same bytes */
} hone_engine_options;

/* The model must outlive the engine. */
int hone_engine_open(hone_engine **ret, const hone_model *m, const hone_engine_options *o,
                     hone_err *err);
void hone_engine_close(hone_engine *e); /* accepts NULL */
const hone_config *hone_engine_config(const hone_engine *e);
/* "f32", "ordered", the bf16 kernels in use: "amx", "avx512_bf16", "ref"; of an exported integer
 * file "int8" or "int8 in floats". Bits depend on it. */
const char *hone_engine_arithmetic(const hone_engine *e);

/* Copies the adapter's parameters in; moments and gradients become zero. NULL detaches. Full
 * parameters (model/full.h) take the place of the model's weights until they are detached; a batch
 * that is not finite then sets all gradients to zero. */
int hone_engine_attach(hone_engine *e, const hone_adapter *a, hone_err *err);

/* LoRA dropout: the masks of the passes to come are a function of seed and step. */
void hone_engine_drop(hone_engine *e, uint64_t seed, int64_t step);

typedef enum hone_engine_vector {
    HONE_VEC_PARAMS, HONE_VEC_GRADS, HONE_VEC_M, HONE_VEC_V
} hone_engine_vector;
/* Copy a whole vector (adapter->count floats) out of or into the engine. */
int hone_engine_read(const hone_engine *e, hone_engine_vector which, float *out, hone_err *err);
int hone_engine_write(hone_engine *e, hone_engine_vector which, const float *in, hone_err *err);

/*
 * A batch is a forest of token segments. A segment's tokens attend to themselves causally and to
 * all tokens of its ancestors; they never see siblings. Positions follow: a segment starts where
 * its parent ends. A shared prompt prefix is a segment with many children and is computed once,
 * exactly (docs/shared-prefix.md). Parents come before children; tokens are stored segment after
 * segment.
 */
typedef struct hone_segment {
    int32_t parent;         /* index of an earlier segment, -1 for a root */
    int32_t start, len;     /* tokens[start .. start + len); len >= 1 */
} hone_segment;

typedef struct hone_label {
    int32_t at;             /* token index whose hidden state predicts target */
    int32_t target;
    float weight;           /* factor of this label's loss in the step's loss */
    int32_t row;            /* which training row it belongs to, for messages */
} hone_label;

typedef struct hone_batch {
    const int32_t *tokens;
    int32_t num_tokens;
    const hone_segment *segments;
    int32_t num_segments;
    const hone_label *labels;
    int32_t num_labels;
    int32_t held; /* 0, or the length of segment 0, which hone_engine_hold has computed */
} hone_batch;

typedef struct hone_loss {
    double sum;             /* of weight * loss over the labels */
    int64_t labels;
    int64_t correct;        /* labels that are the arg-max */
    bool finite;            /* false: a NaN or Inf arose; nothing was accumulated */
    char where[96];         /* first place where it arose */
} hone_loss;

/* Bytes that a batch of this size, of which `held` tokens are held, will need beside the weights.
 */
size_t hone_engine_memory(const hone_engine *e, int32_t num_tokens, int32_t num_labels,
                          int32_t held);

/* Loss and its gradient with respect to the adapter, added to the engine's gradients. */
int hone_engine_accumulate(hone_engine *e, const hone_batch *b, hone_loss *ret, hone_err *err);
/*
 * A beginning that the batches of several accumulate calls share is computed once: hold runs its
 * forward pass and keeps it; batches whose segment 0 it is, with `held` set and no label in it, go
 * on from there; release runs its backward pass with what they added. Sizes are those of the
 * largest batch to come, the beginning included. hone_engine_zero_grads drops what is held.
 */
int hone_engine_hold(hone_engine *e, const int32_t *tokens, int32_t n, int32_t most_tokens,
                     int32_t most_labels, hone_loss *ret, hone_err *err);
int hone_engine_release(hone_engine *e, hone_loss *ret, hone_err *err);

/* Loss only; logprobs[num_labels] = ln p(target) and best[num_labels] = arg-max, either may be
 * NULL. */
int hone_engine_score(hone_engine *e, const hone_batch *b, hone_loss *ret, float *logprobs,
                      int32_t *best, hone_err *err);
/* All logits after the tokens at[count] of a batch, into out[count][V]. For tests and verification.
 */
int hone_engine_logits(hone_engine *e, const hone_batch *b, const int32_t *at, int32_t count,
                       float *out, hone_err *err);

double hone_engine_grad_norm(const hone_engine *e); /* L2 over all gradients, fixed order */

/* AdamW (Loshchilov and Hutter 2019) on the adapter; gradients are zeroed. */
typedef struct hone_adamw_step {
    float lr;               /* of A; LoRA+ and the control rows scale it */
    float lr_b, lr_delta;
    float beta1, beta2, eps, weight_decay;
    float correction1, correction2; /* 1 - beta^t */
    float grad_scale;       /* clipping factor */
} hone_adamw_step;
int hone_engine_update(hone_engine *e, const hone_adamw_step *s, hone_err *err);
void hone_engine_zero_grads(hone_engine *e);

/*
 * Decoding: keys and values of a shared prefix, computed once, and of up to `slots` rows behind it.
 * The engine's adapter must not change while a cache lives.
 */
typedef struct hone_cache hone_cache;
int hone_cache_new(hone_cache **ret, hone_engine *e, const int32_t *prefix, int32_t prefix_len,
                   int slots, int32_t max_suffix, hone_err *err);
void hone_cache_free(hone_cache *c); /* accepts NULL */

enum { HONE_NO_PICK = -1 };

typedef struct hone_feed {
    int slot;
    const int32_t *tokens;
    int32_t n;              /* >= 1 new tokens of this slot, after those it already holds */
    int32_t picks;          /* choices wanted: after each of the last so many new tokens; 0 is one,
                             * HONE_NO_PICK none */
    const int32_t *allowed; /* NULL, or the ids, ascending, that the last choice is made among; */
    int32_t num_allowed;    /* only their logits are computed */
    const uint64_t *mask;   /* NULL, or a bit for each id that may be chosen last */
} hone_feed;

typedef struct hone_pick {
    int32_t id, second;     /* arg-max and runner-up after a new token; -1: none */
    float logit, second_logit;
    float logprob;          /* ln p(id) */
} hone_pick;

/* Choices come feed after feed, in the order of the tokens. What a slot's choices are depends on
 * the prefix and on its own tokens alone: not one bit on what else is fed, nor on the pieces in
 * which tokens come. */
int hone_cache_feed(hone_cache *c, const hone_feed *feeds, int count, hone_pick *ret,
                    hone_err *err);
int32_t hone_cache_length(const hone_cache *c, int slot); /* suffix tokens held */
void hone_cache_reset(hone_cache *c, int slot);
void hone_cache_truncate(hone_cache *c, int slot, int32_t len);

/* For a prefix_len of 0 pass prefix NULL. */

#endif
