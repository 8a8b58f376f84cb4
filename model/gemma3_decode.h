/*
 * Inside of decoding: the cache and what its files share. gemma3_decode.c runs the model,
 * gemma3_decode_linear.c multiplies, gemma3_decode_attention.c looks back, gemma3_decode_head.c
 * chooses.
 *
 * A row's results depend on its own tokens and on the prefix alone: every product is the kernel for
 * few rows, whose sums do not depend on how many rows there are, or one of integers, which are
 * summed exactly, and attention sums over tiles of keys that lie at fixed places. So the batch, the
 * order and the pieces in which tokens come change no bit. docs/decoding.md.
 */
#ifndef HONE_MODEL_GEMMA3_DECODE_H
#define HONE_MODEL_GEMMA3_DECODE_H

#include "model/engine_cpu.h"

enum {
    DECODE_ROWS = 64,     /* rows of one call of the kernel */
    DECODE_TILE = 64,     /* keys whose values are summed at once */
    DECODE_PIECE = 2048,  /* most tokens of one pass */
    DECODE_VOCAB = 512,   /* vocabulary rows of one product of the head */
    DECODE_GROUP = 8,     /* chunks of rows that pass by the same weights */
    DECODE_OUT = 256,     /* outputs of one piece of work */
    DECODE_AT_ONCE = 2    /* groups of one input that are multiplied together */
};

/* New tokens of one slot, or of the prefix: keys go to cache rows row0 + held .., positions pos0 +
 * held .. */
typedef struct decode_item {
    const int32_t *tokens;
    int32_t n, row0, pos0, held;
    int32_t picks;
} decode_item;

/* One choice that is wanted. */
typedef struct decode_want {
    int32_t token;          /* of the pass */
    const hone_feed *feed;  /* with a restriction, or NULL */
} decode_want;

/* Best two logits of a part of the vocabulary, and sum exp(l - best). */
typedef struct decode_top {
    float best, second;
    int32_t id, second_id;
    double sum;
} decode_top;

struct hone_cache {
    hone_engine *e;
    int32_t prefix, slots, max_suffix;
    int32_t slot_rows;    /* max_suffix rounded up to tiles */
    int32_t *len;         /* [slots] */
    float *kv;            /* [L][NKV]: keys [rows, HD], values [rows / TILE][HD, TILE] */
    int64_t rows;         /* the prefix, then the slots, each in whole tiles */
    /* one pass */
    bool prefill;         /* of the prefix: the same rows in every run */
    const decode_item *items;
    decode_want *wants;   /* [n] */
    int32_t T, n;
    int32_t *pos, *row, *ids, *item; /* [T] */
    size_t int_room, want_room;
    char *block;          /* holds the arrays below */
    size_t block_room;
    float *x, *h, *t, *kvn, *q, *o, *gu, *act, *xq, *xs, *u; /* [T, ..] */
    float *xt, *ut;       /* chunks of DECODE_ROWS rows, each transposed */
    float *in8;           /* quantised rows of a product with integers */
    float *hidden;        /* [n, C] */
    decode_top *tops;     /* [CPU_RANGES, n] */
    int32_t *wide;        /* [n] wants that look at the whole vocabulary */
    int32_t num_wide;
    float *scratch;       /* [threads] */
    int64_t scratch_each; /* floats */
    int32_t columns;      /* of a row of scores: positions 0 .. */
};

/* Rows of few inputs are padded to whole vectors. */
static inline int64_t decode_stride(int64_t rows)
{
    return (rows + 7) / 8 * 8;
}

/* y[l, m] = x[m, l] for rows rows (at most DECODE_ROWS) that lie ld apart; columns behind are 0. */
void hone_decode_transpose(float *y, const float *x, int64_t ld, int64_t rows, int64_t n);

/* y = x W^T of a layer's group, with the adapter. */
void hone_decode_linear(hone_cache *c, int l, int group, float *y, const float *x, int64_t rows);
/* Queries, keys and values of the same inputs. */
void hone_decode_qkv(hone_cache *c, int l, float *q, float *kv, const float *x, int64_t rows);

/* count (at most DECODE_AT_ONCE) products of x with integer weights (gemma3_decode_int8.c): one
 * loop over the pieces of all, so that threads meet once. */
void hone_decode_int8_linear(hone_cache *c, const cpu_linear *const *w, float *const *y, int count,
                             const float *x, int64_t rows);

/* Where layer l's keys or values of one key/value head lie. */
float *hone_decode_keys(const hone_cache *c, int l, int kv);
float *hone_decode_values(const hone_cache *c, int l, int kv);
/* Puts token i's rotated key and its value into the cache. */
void hone_decode_store(hone_cache *c, int l, int32_t i, const float *key, const float *value);
/* o of count queries (tokens of the pass: token[i], or i when token is NULL). */
void hone_decode_attention(hone_cache *c, int l, const decode_want *wants, int32_t count,
                           const float *q, float *o);
/* Floats of scratch that attention and head want a thread. */
int64_t hone_decode_scratch(const hone_cache *c, int32_t columns);

/* The wanted choices from hidden. */
void hone_decode_head(hone_cache *c, hone_pick *ret);

#endif
