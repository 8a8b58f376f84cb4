/* The network as operators; between export/tflite.c (weights) and export/tflite_build.c (format).
 */
#ifndef HONE_EXPORT_TFLITE_GRAPH_H
#define HONE_EXPORT_TFLITE_GRAPH_H

#include "export/tflite.h"
#include "export/tflite_build.h"

/* A weight of the whole model; subgraphs refer to it by buffer. */
typedef struct hone_graph_weight {
    const char *name;
    int type;            /* hone_tfl_type */
    hone_dims dims;
    uint32_t buffer;
    hone_fbw_ref quant;  /* scales per row; 0 = none */
    int block;           /* values a scale where scales are per block, 0 = they are not */
    const char *scales_name;
    hone_dims scales_dims;
    uint32_t scales_buffer;
} hone_graph_weight;

typedef struct hone_graph_layer {
    hone_graph_weight linear[HONE_LINEARS];
    hone_graph_weight input_norm, post_attn_norm, pre_ffn_norm, post_ffn_norm, q_norm, k_norm;
} hone_graph_layer;

typedef struct hone_graph_weights {
    hone_graph_weight embed, final_norm;
    hone_graph_layer *layers; /* [L] */
} hone_graph_weights;

/* One subgraph: T = 1 with logits (decode), or a prefill of T tokens that gives only keys and
 * values. */
void hone_graph_add(hone_tfb *b, const hone_config *c, const hone_graph_weights *w,
                    const char *name, int T, int cache_length, bool logits);

#endif
