/* Inside of adapter folders: what their reader and writer share (docs/adapter.md). */
#ifndef HONE_MODEL_LORA_IO_H
#define HONE_MODEL_LORA_IO_H

#include "common/json.h"
#include "model/lora.h"

enum { HONE_LORA_NAME_SIZE = 128, HONE_LORA_MAX_RANK = 1024 };

#define HONE_ADAPTER_CONFIG "adapter_config.json"
#define HONE_ADAPTER_WEIGHTS "adapter_model.safetensors"
#define HONE_ADAPTER_MANIFEST "hone_manifest.json"
#define HONE_ADAPTER_DELTA "hone_control_rows.safetensors"
#define HONE_ADAPTER_DELTA_TENSOR "control_rows_delta"

/*
 * What adapter_config.json says. Linears may differ in rank and alpha, and some layers may have
 * none; in memory all linears of the union have the largest rank. The smaller ones are padded with
 * zeros, which stay zero in training (no gradient reaches a zero row of A behind a zero column of
 * B), and a linear's own scale is put into its B.
 */
typedef struct hone_lora_layout {
    hone_lora_config config; /* of the adapter in memory */
    int16_t rank[HONE_MAX_LAYERS][HONE_LINEARS];  /* in the file; 0 = not adapted */
    double ratio[HONE_MAX_LAYERS][HONE_LINEARS];  /* own scale / common scale */
} hone_lora_layout;

/* The object compared with what we compute; anything else is refused by name. */
int hone_lora_config_from_json(hone_lora_layout *ret, const hone_json *o, const hone_config *model,
                               const char *source, hone_err *err);

/* Name of a linear as PEFT sees it below the base model: "model.layers.0.self_attn.q_proj". */
enum { HONE_LORA_MODULE_SIZE = 64 };
void hone_lora_module_name(int layer, int id, char name[HONE_LORA_MODULE_SIZE]);

/* PEFT's name of the A (or B) of one linear, and of the seven control rows. */
void hone_lora_tensor_name(int layer, hone_linear_id id, bool b, char name[HONE_LORA_NAME_SIZE]);
#define HONE_LORA_CONTROL_NAME \
    "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"

/* Tensors of an adapter in the order of its parameters: for each layer and target A then B, then
 * the control rows. */
typedef struct hone_lora_part {
    char name[HONE_LORA_NAME_SIZE];
    int64_t shape[2];
    size_t at; /* in params */
    int layer, id; /* of the linear; -1 for the control rows */
    bool b;        /* its B */
} hone_lora_part;
int hone_lora_num_parts(const hone_lora_config *c, int layers);
void hone_lora_part_get(const hone_adapter *a, const hone_config *model, int index,
                        hone_lora_part *ret);

#endif
