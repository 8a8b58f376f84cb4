/*
 * LoRA adapters: W + s * B * A on chosen linears of every layer, plus the seven control-token rows
 * of a plain Gemma base (a delta on embedding rows 46..52, used by input and output). All
 * parameters are one f32 block, so that optimisers and checkpoints see a vector. On disk: PEFT's
 * folder format (docs/adapter.md).
 */
#ifndef HONE_MODEL_LORA_H
#define HONE_MODEL_LORA_H

#include "kernels/quant.h"
#include "model/gemma3.h"

/* Training against the stored weights (docs/quantisation.md): a product uses what the exporter
 * writes for linears and embedding, and with activations also the device's int8 inputs. Off: F32
 * for both. */
typedef struct hone_qat {
    hone_quant linears, embed;
    bool activations;
} hone_qat;
bool hone_qat_on(const hone_qat *q);

typedef struct hone_lora_config {
    int r;
    double alpha;
    bool rslora;           /* s = alpha / sqrt(r) instead of alpha / r */
    unsigned targets;      /* bit i = linear i (hone_linear_id) */
    bool control_rows;
    bool full, embedding;  /* no adapter but the model's own weights, embedding included
                            * (model/full.h); r and targets are 0 then */
} hone_lora_config;

enum { HONE_SLOTS_MAX = 2 + (HONE_LINEARS + 6) * HONE_MAX_LAYERS };
#define HONE_FROZEN SIZE_MAX

typedef struct hone_adapter {
    hone_lora_config config;
    float scale;           /* s */
    int L, C;
    size_t count;          /* parameters in all */
    float *params;         /* order: layer, linear, A [r, in], B [out, r]; last delta [7, C] */
    size_t a_at[HONE_MAX_LAYERS][HONE_LINEARS]; /* offsets into params; valid for targets only */
    size_t b_at[HONE_MAX_LAYERS][HONE_LINEARS];
    size_t delta_at;       /* valid if control_rows */
    hone_qat qat;          /* what it was trained against; the folder remembers it */
    size_t slot_at[HONE_SLOTS_MAX]; /* full: where a slot's values are, or HONE_FROZEN */
} hone_adapter;

/* Zeroed parameters with the layout of c. */
int hone_adapter_new(hone_adapter **ret, const hone_config *model, const hone_lora_config *c,
                     hone_err *err);
void hone_adapter_free(hone_adapter *a); /* accepts NULL */
/* A ~ N(0, 1/in), B = 0, delta = 0; a pure function of seed, however many threads there are. */
void hone_adapter_init(hone_adapter *a, const hone_config *model, uint64_t seed, int threads);
/* "q_proj,v_proj", "all-linear" or a pattern (".*\\.(q|v)_proj") to a target mask. */
int hone_lora_targets_parse(unsigned *ret, const char *text, hone_err *err);

/* PEFT folder: adapter_config.json, adapter_model.safetensors, README.md, hone_manifest.json. base
 * is the model that the adapter was trained on: PEFT stores control rows as whole rows (base +
 * delta), not as differences. base_name is what the user called it; base_sha256 its content hash.
 * Files are replaced atomically one by one; adapter_config.json comes last. */
int hone_adapter_save(const hone_adapter *a, const hone_model *base, const char *dir,
                      const char *base_name, const char *base_sha256, hone_err *err);
/* Loads or refuses with a reason; every tensor must match. base_sha256 "" skips the base check. A
 * folder that hone_adapter_save wrote gives the same bits back. Another program's adapter whose
 * linears differ in rank or alpha, or that leaves layers out, is padded to one rank
 * (model/lora_io.h) and computes the same. */
int hone_adapter_load(hone_adapter **ret, const hone_model *base, const char *dir,
                      const char *base_sha256, hone_err *err);

/* w[count][in] += s * B * A, rows of B from its first on: the one arithmetic of merged weights. */
typedef struct hone_lora_pair {
    const float *A, *B;    /* [r, in], [.., r] */
    int r;
    float scale;           /* s */
    int64_t in;
} hone_lora_pair;
void hone_lora_merge(const hone_lora_pair *p, int64_t count, float *w);
/* Row range of the merged weight: W + s * B * A of one linear (f32 W, updated in place). */
void hone_adapter_merge_rows(const hone_adapter *a, int layer, hone_linear_id id, int64_t in,
                             int64_t first, int64_t count, float *w);
/* Adds the delta to embedding row id if it is one of the seven. */
void hone_adapter_merge_embed_row(const hone_adapter *a, int32_t id, float *row);

#endif
