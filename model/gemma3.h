/*
 * Gemma 3 text models: dimensions and weight views, read from a Hugging Face folder (safetensors,
 * single or sharded), a GGUF file or an exported .litertlm file. Immutable after opening; shared by
 * threads. Facts and names: docs/gemma3.md.
 */
#ifndef HONE_MODEL_GEMMA3_H
#define HONE_MODEL_GEMMA3_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/fs.h"
#include "model/tensor.h"
#include "model/tokenizer.h"

enum { HONE_MAX_LAYERS = 128 };

/* Letters: V vocabulary, C model width, L layers, NH query heads, NKV key/value heads, HD head
 * size, F feed-forward width. */
typedef struct hone_config {
    int V, C, L, NH, NKV, HD, F;
    int window;             /* a query sees itself and window - 1 before it, in local layers */
    int max_positions;
    float rms_eps;
    float query_scale;      /* 1 / sqrt(query_pre_attn_scalar) */
    float embed_scale;      /* sqrt(C), f32 */
    double rope_local, rope_global; /* bases */
    double rope_scale;      /* linear scale of positions on global layers, 1 = none */
    bool global[HONE_MAX_LAYERS];
} hone_config;

typedef enum hone_linear_id {
    HONE_Q, HONE_K, HONE_V, HONE_O, HONE_GATE, HONE_UP, HONE_DOWN, HONE_LINEARS
} hone_linear_id;
extern const char *const hone_linear_names[HONE_LINEARS]; /* "q_proj" .. "down_proj" */

typedef struct hone_layer {
    hone_tensor linear[HONE_LINEARS]; /* [out, in] */
    hone_tensor input_norm, post_attn_norm, pre_ffn_norm, post_ffn_norm; /* [C] */
    hone_tensor q_norm, k_norm;       /* [HD] */
} hone_layer;

typedef enum hone_model_kind {
    HONE_MODEL_SAFETENSORS,
    HONE_MODEL_GGUF,
    HONE_MODEL_LITERTLM
} hone_model_kind;

typedef struct hone_model {
    hone_model_kind kind;
    char *path;             /* as resolved: folder or file */
    hone_config config;
    hone_tensor embed;      /* [V, C], tied input and output */
    hone_tensor final_norm; /* [C] */
    hone_layer layers[HONE_MAX_LAYERS];
    bool norm_plus_one;     /* stored norms already hold 1 + w (GGUF, exported files) */
    bool q_norm_scaled;     /* q_norm holds (1 + w) * query_scale (exported files) */
    bool control_untrained; /* a plain Gemma base: rows 46..52 must be trained */
    hone_tokenizer *tokenizer;
    char *chat_template;    /* text, or NULL when the base has none */
    int context_limit;      /* exported files: cache length C; else max_positions */
    char given_sha256[65];  /* where no file is hashed as a whole; hone_model_sha256 tells */
    struct hone_model_hash *hash; /* NULL: the hash is given */
    bool hash_wanted;       /* soon: it is computed beside the rest */
    hone_arena *arena;      /* owns names and small tables */
    hone_map *maps;         /* files that the views point into */
    int num_maps;
} hone_model;

/* Opens MODEL: a folder, a .gguf or .litertlm file (a path, or a name in ~/.cache/hone/models), or
 * org/name in the local hub cache. The second is for those who will ask for its hash: a thread
 * computes that from the start.
 * Fails with HONE_E_MODEL or HONE_E_NOT_FOUND naming file, tensor and rule. */
int hone_model_open(hone_model **ret, const char *model, hone_err *err);
int hone_model_open_hashed(hone_model **ret, const char *model, hone_err *err);
void hone_model_close(hone_model *m); /* accepts NULL */

/* Content hash of the weights: of the file, or over all shards. That of a single file is computed
 * when it is asked for first, which takes 0.2 s for 270 MB, or from opening on
 * (hone_model_open_hashed); then this waits for it. From one thread at a time. */
const char *hone_model_sha256(const hone_model *m);

/* A model with random bf16 weights and no tokenizer, for measuring; hone_config_270m is the shape
 * of Gemma 3 270M. Free with hone_model_close. */
int hone_model_random(hone_model **ret, const hone_config *c, uint64_t seed, hone_err *err);
hone_config hone_config_270m(void);

/* Norm vector as (1 + w) in f32. */
void hone_model_norm_f32(const hone_model *m, const hone_tensor *t, float *out);
/* [out, in] of a linear by config. */
void hone_config_linear_shape(const hone_config *c, hone_linear_id id, int64_t *ret_out,
                              int64_t *ret_in);
/* Path of MODEL on this machine (folder, file or hub snapshot), fresh string. */
int hone_hub_resolve(char **ret, const char *model, hone_err *err);

#endif
