/*
 * Inside the CPU engine: weights as f32, the plan of a batch, buffers, and the functions that the
 * engine's files share. Nothing outside of model/engine_*.c and model/gemma3_*.c includes this.
 *
 * Letters as in kernels/kernels.h, and QW = NH * HD, KW = NKV * HD. "rows" are tokens of a batch
 * or, in the last layer after its keys and values, only those tokens whose hidden state a label
 * needs.
 */
#ifndef HONE_MODEL_ENGINE_CPU_H
#define HONE_MODEL_ENGINE_CPU_H

#include "kernels/bf16.h"
#include "kernels/gemm.h"
#include "kernels/int8.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"
#include "model/engine.h"

/* Linears that read the same input are one matrix product: k over v, gate over up. q stands alone
 * because the last layer wants it for a few rows only. */
typedef enum cpu_group { GROUP_Q, GROUP_KV, GROUP_O, GROUP_GU, GROUP_DOWN, GROUPS } cpu_group;

enum {
    CPU_MEMBERS = 2,
    CPU_ROWS = 256,     /* rows of one piece of a layer's work, */
    CPU_PIECE = 264,    /* and at most, as borders are rounded */
    CPU_QUERIES = 128,  /* most tokens in one block of attention */
    CPU_KEY_GROUPS = 8, /* partial sums of key and value gradients */
    CPU_HALF_ROWS = 128,     /* bf16 has faster products, so that pieces may be smaller, */
    CPU_HALF_BORDER = 32,    /* begins them at whole blocks of tiles, */
    CPU_HALF_KEY_GROUPS = 16, /* and has more groups, for more processors */
    CPU_RANGES = 16,    /* parts of the vocabulary with their own sums in the loss */
    CPU_VOCAB_BLOCK = 2048,
    CPU_FEW = 64, /* most rows that decoding multiplies by the kernel for few rows */
    CPU_HALF_VOCAB_BLOCK = 512, /* the same with bf16, where blocks are packed, */
    CPU_HALF_LABELS = 128,      /* and label rows that share a block's logits in the cache */
    CPU_LABELS = 1024 /* most label rows in one sweep over the vocabulary */
};

/* y = x W^T. Float weights, or the integers of an exported file: then x is quantised row by row at
 * run time as the device does. Integers stay in the file (q), or for comparisons become floats with
 * a scale a row. */
typedef struct cpu_linear {
    int in, out;
    float *w;     /* [out, in] */
    float *scale; /* [out]; NULL: float weights */
    hone_int8_matrix q[CPU_MEMBERS]; /* instead of w; q NULL: none */
    hone_bf16 *right[CPU_MEMBERS]; /* bf16: packed rows of a member, for y = x W^T, */
    hone_bf16 *back[CPU_MEMBERS];  /* and for dx = dy W (training) */
    int members;  /* rows at[j] .. at[j+1] are linear id[j] */
    hone_linear_id id[CPU_MEMBERS];
    int at[CPU_MEMBERS + 1];
} cpu_linear;

/* The adapter's part of a group, in the form that matrix products want. */
typedef struct cpu_lora {
    int n;                                       /* trained members, n * R columns of u */
    int member[CPU_MEMBERS];                     /* which member of the group */
    float *a;                                    /* A of each, stacked: [n * R, in] */
    float *b[CPU_MEMBERS];                       /* s * B [rows of the member, R] */
    size_t a_at[CPU_MEMBERS], b_at[CPU_MEMBERS]; /* in the vector of parameters */
    hone_bf16 *a_right, *a_back; /* bf16: packed a, for u = x A^T and dx = g A */
    hone_bf16 *b_right[CPU_MEMBERS], *b_back[CPU_MEMBERS]; /* for y = u (s B)^T and g = dy (s B) */
} cpu_lora;

typedef struct cpu_layer {
    cpu_linear linear[GROUPS];
    cpu_lora lora[GROUPS];
    float *input_norm, *post_attn_norm, *pre_ffn_norm, *post_ffn_norm; /* [C] */
    float *q_norm, *k_norm; /* [HD]; q_norm includes the scale of the scores */
    bool global;
} cpu_layer;

/* A run of keys: rows tok .. tok + len of the arrays k and v, at positions pos, pos + 1, ... */
typedef struct cpu_span {
    int32_t tok, pos, len;
} cpu_span;

/* Queries q0 .. q1 of one segment, and that segment's own keys. */
typedef struct cpu_part {
    int32_t q0, q1;
    cpu_span own;
} cpu_part;

/* Queries that share all keys but their own segments': consecutive siblings, or a piece of one
 * segment. */
typedef struct cpu_block {
    int32_t q0, q1;
    int32_t span0, spans; /* the ancestors' keys */
    int32_t part0, parts;
} cpu_block;

typedef struct cpu_plan {
    int32_t nq;
    const int32_t *qpos; /* [nq] positions of the queries */
    cpu_block *blocks;
    cpu_span *spans;
    cpu_part *parts;
    int32_t num_blocks, num_spans, num_parts;
    int32_t block_room, span_room, part_room;
    int64_t max_scores;  /* most floats of one block's scores */
} cpu_plan;

/* What a batch needs to know besides its tokens. */
typedef struct cpu_batch {
    const hone_batch *b;
    int32_t T, n;         /* tokens; needed rows */
    int32_t first;        /* tokens before it are held: keys and values only */
    int32_t *pos;         /* [T] */
    int32_t *need;        /* [n] ascending token indices */
    int32_t *need_pos;    /* [n] */
    int32_t *label_row;   /* [num_labels] index into need */
    int32_t *segment_pos; /* [num_segments] */
    int32_t max_pos;
    cpu_plan full, last; /* all tokens; needed rows */
    int32_t *room;       /* the block that holds the arrays */
    size_t room_count;
} cpu_batch;

/* What one layer keeps for its backward pass. Rows: T for x, kv, u[GROUP_KV]; else the layer's.
 * An engine that recomputes has x, kv and u[GROUP_KV] of each layer, the rest once for all. */
typedef struct cpu_acts {
    float *x;         /* [T, C] input */
    float *q, *kv;    /* [rows, QW], [T, 2 KW] before norm and rotation */
    float *o, *lse;   /* [rows, QW], [rows, NH] */
    float *ao;        /* [rows, C] output projection before its norm */
    float *gu;        /* [rows, 2 F]; bf16: instead of it */
    hone_bf16 *gate, *up; /* packed left operands [rows of a piece, F], piece after piece */
    float *d;         /* [rows, C] down projection before its norm */
    float *u[GROUPS]; /* [rows, n R] x A^T */
} cpu_acts;

/* bf16: what the adapter's gradients are made of, packed as soon as it is known: pieces of rows,
 * one operand after the other, whose terms k are the rows of the piece. */
typedef struct cpu_kept {
    hone_bf16 *x;               /* right: inputs, [in, rows] */
    hone_bf16 *dy[CPU_MEMBERS]; /* right: gradients of a member's outputs, [out, rows] */
    hone_bf16 *u[CPU_MEMBERS];  /* left: x A^T of a trained member, [R, rows] */
    hone_bf16 *g[CPU_MEMBERS];  /* left: s dy B, [R, rows] */
} cpu_kept;

/* Gradients and recomputed values of one layer's backward pass. Those marked * are there in f32
 * only; bf16 keeps them in the scratch memory of a piece. */
typedef struct cpu_back {
    float *dx;            /* [T, C] */
    float *dy;            /* [n, C] gradient of the last layer's output */
    float *dhidden;       /* [n, C] */
    float *dd, *dao;      /* [T, C] * */
    float *act, *dgu;     /* [T, F], [T, 2 F] * */
    float *n1, *n1q, *n2; /* [T, C] inputs of kv, q, gate and up * */
    float *doo;           /* [T, QW] gradient of attention's output */
    float *dqr, *dq;      /* [T, QW] rotated, raw * */
    float *dkvr;          /* [T, 2 KW] gradient of rotated keys, and values */
    float *dkv;           /* [T, 2 KW] raw * */
    float *g[GROUPS];     /* [rows, n R] s dy B */
    cpu_kept kept[GROUPS];
    float *sums;          /* [hone_cpu_key_groups, T, 2 KW] */
    uint8_t *touched;     /* [hone_cpu_key_groups, T / 64 + 1] */
    float *gains;         /* full: [pieces, CPU_GAINS, C or HD] sums of the norms' gradients */
} cpu_back;

/* Norms of a layer whose gain has a gradient; the first is one norm with two readers. */
typedef enum cpu_gain {
    GAIN_IN_KV, GAIN_IN_Q, GAIN_POST_ATTN, GAIN_PRE_FFN, GAIN_POST_FFN, GAIN_Q, GAIN_K, CPU_GAINS
} cpu_gain;

typedef struct cpu_scratch {
    float *x, *h, *n, *t; /* [CPU_PIECE, C] */
    float *gu, *act;      /* [CPU_PIECE, 2 F], [CPU_PIECE, F] */
    float *wide;          /* bf16: [CPU_PIECE, larger of QW and 2 KW] */
    hone_bf16 *gate, *up, *act_half; /* bf16: packed left operands [CPU_PIECE, F] */
    float *turn;          /* bf16: [R, a stretch] part of dB, turned */
    float *xq, *xs;       /* quantised input of a linear: values, scales; integers as floats */
    void *in8;            /* the same for integers (kernels/int8.h) */
    float *u;             /* [CPU_PIECE, CPU_MEMBERS R] */
    float *drop;          /* dropout: the adapter's own input or its gradient, widest */
    const int32_t *pos;   /* dropout: positions of the rows at work, in this layer */
    int layer;
    float *e;             /* rows of the embedding, CPU_VOCAB_BLOCK + 8, if no table is there */
    float *s, *p;         /* attention: scores and their gradient; loss: [CPU_LABELS,
                           * CPU_VOCAB_BLOCK] and [CPU_LABELS, C] */
    hone_bf16 *left, *right, *few; /* bf16: packed operands of one product; left ones of rank R */
} cpu_scratch;

/* Label rows of the loss. */
typedef struct cpu_loss_rows {
    float *h, *dh;                 /* [labels, C] */
    float *hq, *hs;                /* quantised h and its scales; integers as floats */
    void *in8;                     /* integers: a slab's h, or all rows of logits, and one row */
    void *one8;
    float *target_logit;           /* [labels] */
    double *loss;                  /* [labels] */
    float *lse, *wrong;            /* [labels]; wrong = 1 - p(target) */
    int32_t *best;                 /* [labels] arg-max */
    float *max, *sum, *best_logit; /* [CPU_RANGES, CPU_LABELS] */
    int32_t *best_id;              /* [CPU_RANGES, CPU_LABELS] */
    float *acc;                    /* [CPU_RANGES, CPU_LABELS, C] */
    float *p;                      /* [labels, HONE_CONTROL_ROWS] */
    hone_bf16 *left;               /* bf16: packed h of a slab */
} cpu_loss_rows;

typedef struct cpu_work {
    cpu_acts acts[HONE_MAX_LAYERS]; /* not in training: all layers share, x in turns */
    float *qr, *kr;                 /* [T, QW], [T, KW] rotated; recomputed by the backward pass */
    float *again;                   /* [T, C] output of a recomputed layer, not used */
    float *held_dkv;                /* [L, held, 2 KW] gradients of held keys and values so far */
    float *out;                     /* [n, C] last layer's output */
    float *hidden;                  /* [n, C] after the final norm */
    cpu_back back;
    cpu_loss_rows loss;
    cpu_scratch *scratch; /* [threads] */
    double *sums;         /* one a piece of CPU_ROWS, to find NaN and Inf */
} cpu_work;

/* Sizes of a batch's buffers. */
typedef struct cpu_need {
    int64_t T, n, labels;
    int64_t held;   /* tokens of a held beginning */
    int64_t scores; /* floats of one block of attention scores */
    bool backward;
} cpu_need;

struct hone_engine {
    hone_config c;
    int QW, KW;
    const hone_kernels *k;
    hone_kernels ordered;       /* what k points to when precision is ordered */
    const hone_gemm *g;         /* f32 products */
    const hone_bf16_kernels *h; /* bf16 products; NULL: f32 */
    const hone_int8_kernels *i8; /* of integer weights; NULL: they become floats */
    int threads;
    bool training, quantised, recompute, is_ordered;
    float skip_mass;
    hone_qat qat;            /* weights below are merged and quantised while qat_on and attached */
    bool qat_on;
    const hone_model *model; /* where their base rows are read again */
    cpu_layer layer[HONE_MAX_LAYERS];
    float *weights;     /* one block: norms, scales, the embedding of quantised models */
    float *linears;     /* one block; NULL while bf16 products have packed ones instead */
    float *table;       /* block behind embed of float models */
    hone_bf16 *half;    /* one block: packed weights, the embedding */
    hone_bf16 *embed_half; /* bf16: [V, C], delta included */
    float *embed;       /* [V, C] delta included, or integers as floats; NULL: embed8, or rows are
                         * converted when read: in training until something is decoded, else
                         * until decoding has read it a few times */
    int bare_heads;     /* times that decoding chose among all ids without the table */
    float *embed_scale; /* [V] integers as floats */
    hone_int8_matrix embed8; /* integers where they lie; q NULL: none */
    float *final_norm;
    float *rope[2]; /* local, global: [rope_len, HD] cosines and sines */
    int32_t rope_len;
    /* adapter */
    bool attached, control;
    int R;
    float lora_scale;
    size_t count, delta_at;
    float *params, *grads, *m, *v;
    float *batch_grads;  /* of the batch at work: added to grads when all of it is finite; full:
                          * grads itself */
    float *operands;     /* block behind cpu_lora */
    hone_bf16 *half_operands; /* bf16: block behind its packed forms */
    float *control_base; /* [7, C] rows of the base */
    float *control_rows; /* [7, C] with the delta */
    size_t a_at[HONE_MAX_LAYERS][HONE_LINEARS], b_at[HONE_MAX_LAYERS][HONE_LINEARS];
    unsigned targets;
    float dropout;       /* LoRA dropout; 0: none */
    bool dropping;       /* in a training pass: scores see the whole adapter */
    uint64_t drop_seed;
    uint32_t drop_step;
    bool full;           /* parameters are the weights themselves (model/full.h) */
    size_t slot_at[HONE_SLOTS_MAX];
    /* memory of a step, kept for the next */
    char *room;
    size_t room_bytes;
    cpu_batch batch;
    cpu_work work;
    /* a held beginning: none while held is 0 */
    int32_t held, *held_tokens;
    hone_segment held_segment;
    hone_batch held_batch; /* of it alone */
    cpu_need held_need;    /* buffers stay as they are carved for it */
};

/* engine_weights.c: converts every weight but the linears, which the second does, and the embedding
 * of a float model; fails on NaN and Inf, naming the tensor. */
int hone_cpu_weights_load(hone_engine *e, const hone_model *m, hone_err *err);
int hone_cpu_linears_load(hone_engine *e, hone_err *err);
void hone_cpu_weights_done(hone_engine *e);
/* Brings back what training does without: f32 linears, the embedding as a table. */
int hone_cpu_weights_resident(hone_engine *e, hone_err *err);
/* Before decoding chooses among all ids: makes the table when it has been missed often enough. */
int hone_cpu_table_need(hone_engine *e, hone_err *err);
void hone_cpu_linears_drop(hone_engine *e);
/* All of the model's weights again, after parameters took their place (gemma3_full.c). */
int hone_cpu_weights_restore(hone_engine *e, hone_err *err);
/* Rows first .. first + n of the embedding, delta included, as they are multiplied: a place in the
 * table, or converted into room[n * C]. */
const float *hone_cpu_embed_rows(const hone_engine *e, int64_t first, int64_t n, float *room);

/* engine_int8.c */
bool hone_cpu_is_integer(const hone_tensor *t);
/* Whether the kernels take rows of this length. */
int hone_cpu_int8_check(const hone_tensor *t, hone_err *err);
/* t's rows where they lie, without scales; floats that its scales take; scales into them. */
hone_int8_matrix hone_cpu_int8_view(const hone_tensor *t);
int64_t hone_cpu_int8_scales(const hone_int8_matrix *m);
int hone_cpu_int8_load(const hone_tensor *t, const hone_int8_matrix *m, float *scale,
                       hone_err *err);
void hone_cpu_int8_sum(const hone_engine *e, const hone_int8_matrix *m, int32_t *sum);
/* y = x W^T; block: room for the quantised rows. */
void hone_cpu_int8_linear(const hone_engine *e, const cpu_linear *w, float *y, const float *x,
                          int64_t rows, void *block);

/* engine_plan.c: checks a batch and works out positions, needed rows and attention blocks. need_at
 * (need_count token indices) takes the place of the labels when it is not NULL. With held tokens
 * only what follows them has queries. */
int hone_cpu_batch_set(hone_engine *e, const hone_batch *b, const int32_t *need_at,
                       int32_t need_count, hone_err *err);
void hone_cpu_batch_done(cpu_batch *b);
int hone_cpu_plan_block(cpu_plan *p, cpu_block **ret, hone_err *err);
int hone_cpu_plan_span(cpu_plan *p, cpu_span span, hone_err *err);
int hone_cpu_plan_part(cpu_plan *p, cpu_part part, hone_err *err);
void hone_cpu_plan_clear(cpu_plan *p, int32_t nq, const int32_t *qpos);
/* Works out max_scores; stack: rows of a product a query. */
void hone_cpu_plan_close(cpu_plan *p, int stack);
void hone_cpu_plan_done(cpu_plan *p);
/* Leading dimension of scores with so many keys: rows begin at whole lines of the cache. */
static inline int64_t hone_cpu_score_columns(int64_t keys)
{
    return (keys + 15) / 16 * 16;
}
/* No block of a batch of T tokens has more scores. */
int64_t hone_cpu_scores_bound(int64_t T, int NH);
/* Cosines and sines up to and excluding position end. */
int hone_cpu_rope_reserve(hone_engine *e, int32_t end, hone_err *err);

/* engine_memory.c: buffers of a batch. hone_cpu_work_bytes only counts. */
size_t hone_cpu_work_bytes(const hone_engine *e, const cpu_need *need);
int hone_cpu_work_reserve(hone_engine *e, const cpu_need *need, hone_err *err);

/* engine_bf16.c: packed weights, and the adapter's packed operands after they changed. */
int hone_cpu_half_load(hone_engine *e, hone_err *err);
int hone_cpu_half_attach(hone_engine *e, hone_err *err);
void hone_cpu_half_refresh(hone_engine *e, int64_t l);
void hone_cpu_half_refresh_control(hone_engine *e, const float *rows);

/* ... and the weights again, after they changed. */
void hone_cpu_half_pack(hone_engine *e);
void hone_cpu_half_pack_embed(hone_engine *e);

/* engine_qat.c: weights after the adapter changed, all of the embedding once at attaching (its
 * control rows with every refresh), the base's weights again; rows of inputs as int8 products see
 * them (in place), if that is wanted. */
int hone_cpu_qat_check(const hone_engine *e, hone_err *err);
void hone_cpu_qat_embed(hone_engine *e);
void hone_cpu_qat_refresh(hone_engine *e);
void hone_cpu_qat_restore(hone_engine *e);
void hone_cpu_qat_inputs(const hone_engine *e, float *x, int64_t rows, int64_t n);

/* gemma3_bf16.c: two functions of gemma3_linear.c below with bf16 products. Results become floats,
 * or packed left operands if those are given: one a member. */
void hone_cpu_half_linear(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                          hone_bf16 *const *y_left, float *u, const float *x, int64_t rows,
                          const cpu_scratch *s);
void hone_cpu_half_linear_back(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                               float *dx, hone_bf16 *dx_left, float *g, const float *dy,
                               int64_t rows, const cpu_scratch *s);
/* The same from packed left operands: x, or dy of each member. */
void hone_cpu_half_linear_in(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                             float *y, float *u, const hone_bf16 *x, int64_t rows,
                             const cpu_scratch *s);
void hone_cpu_half_back_in(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                           float *dx, float *g, hone_bf16 *const dy[CPU_MEMBERS], int64_t rows,
                           const cpu_scratch *s);
/* Products as in kernels/blas.h (alpha 1, beta 0 or 1), in f32 or bf16 as the engine computes. */
typedef struct cpu_matrix {
    const float *x;
    int64_t ld;
} cpu_matrix;
void hone_cpu_nt(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, float *c, int64_t ldc);
void hone_cpu_nn(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, bool add, float *c, int64_t ldc);
void hone_cpu_tn(const hone_engine *e, const cpu_scratch *s, int64_t m, int64_t n, int64_t k,
                 cpu_matrix a, cpu_matrix b, bool add, float *c, int64_t ldc);

/* gemma3_linear.c. Rows of x and y lie at distances of in and out. */
void hone_cpu_linear(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora, float *y,
                     float *u, const float *x, int64_t rows, const cpu_scratch *s);
/* g = s dy B; the linear's frozen part: dx = dy W + g A (dx NULL: g only). */
void hone_cpu_linear_back(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                          float *dx, float *g, const float *dy, int64_t rows,
                          const cpu_scratch *s);
/* A part of the adapter's gradient over all rows, into batch_grads; in f32 always the whole of dA
 * or dB, whose bits OpenBLAS may make depend on the shape. */
/* One trained linear's gradient, or a stretch of it. */
typedef struct cpu_lora_part {
    int j, which;     /* 0: inputs from .. to of dA; 1: outputs from .. to of dB */
    int64_t from, to;
} cpu_lora_part;
void hone_cpu_linear_grad(const hone_engine *e, const cpu_linear *w, const cpu_lora *lora,
                          cpu_lora_part part, const float *x, const float *dy, const float *u,
                          const float *g, int64_t rows);
/* Rows of y = x W^T for n outputs, whose rows are w[n, in]; inputs already quantised if scale is
 * not NULL. */
void hone_cpu_product(const hone_engine *e, const float *w, const float *scale, int in, float *y,
                      int64_t ldy, const float *x, const float *x_scale, int64_t rows, int64_t n);
/* The scales alone: y, outputs from .. to, times x_scale of the row and scale of the output;
 * nothing when scale is NULL. */
void hone_cpu_rescale(const float *scale, float *y, int64_t ldy, const float *x_scale, int64_t rows,
                      int64_t from, int64_t to);
void hone_cpu_quantise(float *xq, float *xs, const float *x, int64_t rows, int64_t n);

/* gemma3_attention.c */
typedef struct cpu_attention {
    const cpu_plan *plan;
    int32_t window;     /* 0: none */
    const float *q;     /* [nq, QW] rotated and scaled */
    const float *k, *v; /* keys and values by token row */
    int64_t ldk, ldv;
    float *o, *lse;    /* [nq, QW], [nq, NH] */
    const float *dout; /* backward: [nq, QW] */
    float *dq;         /* overwritten */
    float *dkv;        /* [T, 2 KW] overwritten: keys, then values */
    int32_t T;
} cpu_attention;
void hone_cpu_attention(hone_engine *e, const cpu_attention *a);
void hone_cpu_attention_back(hone_engine *e, const cpu_attention *a);
/* Groups of blocks with their own sums of key and value gradients. */
int hone_cpu_key_groups(const hone_engine *e);

/* One layer's pass over rows of tokens in pieces. */
typedef struct cpu_pass {
    hone_engine *e;
    const cpu_layer *y;
    const cpu_acts *a;
    float *out;          /* forward: x of the next layer; backward: gradient of the layer's output,
                          * which becomes that of its input */
    const int32_t *pick; /* token of each row: needed rows of the last layer; NULL: all tokens */
    const int32_t *pos;  /* positions of the rows */
    const cpu_plan *plan;
    int64_t first, count; /* rows of the layer: first .. first + count */
    bool want_dx;         /* backward: the gradient of the layer's input is wanted */
    int64_t from, rows, pieces; /* of the loop at work: rows from .. from + rows */
} cpu_pass;
cpu_pass hone_cpu_pass_of(hone_engine *e, int l);
/* p's rows become from .. to, in pieces. */
void hone_cpu_pass_over(cpu_pass *p, int64_t from, int64_t to);
/* Loops over the rows from .. to of the arrays in pieces; fn's ctx is p. */
void hone_cpu_pass_run(cpu_pass *p, int64_t from, int64_t to, hone_piece_fn *fn);
int64_t hone_cpu_pass_rows(const cpu_pass *p, int64_t i, int64_t *ret_from); /* of piece i */
bool hone_cpu_pass_finite(const cpu_pass *p); /* of work.sums, one a piece */

/* gemma3_bf16_ffn.c: down(gelu(gate) * up) of the piece of rows from row `from` on, whose input is
 * s->n; and its backward pass as feed_forward of gemma3_backward.c has it. */
void hone_cpu_half_ffn(const cpu_pass *p, int64_t from, int64_t rows, float *d, float *u_gu,
                       float *u_down, const cpu_scratch *s);
void hone_cpu_half_ffn_back(const cpu_pass *p, int64_t from, int64_t rows, const cpu_scratch *s);

/* gemma3_bf16_grad.c: packs what a group's gradients need of the piece of rows from row `from` on:
 * inputs; gradients of outputs; x A^T and s dy B. Either of the first two may be there as a packed
 * left operand of n columns, kept being the field that it goes to. */
void hone_cpu_half_keep_inputs(const cpu_pass *p, int group, const float *x, int64_t from,
                               int64_t rows);
void hone_cpu_half_keep_outputs(const cpu_pass *p, int group, const float *dy, int64_t from,
                                int64_t rows);
void hone_cpu_half_keep_left(const cpu_pass *p, hone_bf16 *kept, const hone_bf16 *left, int64_t n,
                             int64_t from, int64_t rows);
void hone_cpu_half_keep_ranks(const cpu_pass *p, int group, int64_t from, int64_t rows);
/* A part of the gradient over the pass's rows, into batch_grads. */
void hone_cpu_half_linear_grad(const cpu_pass *p, int group, cpu_lora_part part,
                               const cpu_scratch *s);
/* Inputs (or outputs) of one part, `all` in the linear. */
int64_t hone_cpu_half_stretch(int64_t all);

/* gemma3_forward.c: all layers, into work.hidden and the activations. Returns the first layer
 * with a value that is not finite, or -1. */
int hone_cpu_forward(hone_engine *e);
/* The activations of layer l again, from its input, keys and values. */
void hone_cpu_layer_again(hone_engine *e, int l);
/* Head norm and rotation of one token's vectors: y = rope(norm(x)) at pos. */
void hone_cpu_rotate(const hone_engine *e, float *y, const float *x, const float *gain, int heads,
                     int32_t pos, bool global);
void hone_cpu_rotate_keys(void *ctx, int64_t i, int worker); /* a piece: keys again */
void hone_cpu_embed(const hone_engine *e, float *x, const int32_t *tokens, int64_t n);
/* The layer's inputs of its rows from .. from + rows: where they lie, or gathered into room. */
const float *hone_cpu_inputs(const cpu_pass *p, float *room, int64_t from, int64_t rows);
/* Row i of the layer's needed rows, all when pick is NULL. */
void hone_cpu_gather(float *y, const float *x, const int32_t *pick, int64_t from, int64_t to,
                     int64_t n);

/* gemma3_loss.c: loss, lse, wrong, best and (gradient) dh in work.loss of all labels of the batch.
 */
void hone_cpu_loss(hone_engine *e, bool gradient);
/* The control rows' gradient through the output, into batch_grads. */
void hone_cpu_loss_control(hone_engine *e);

/* gemma3_dropout.c: whose rows a worker is at; the mask on rows of a linear's input (or of its
 * gradient); the same on the inputs that dA is made of. */
void hone_cpu_drop_at(const cpu_pass *p, int worker, const int32_t *pos);
void hone_cpu_drop(const hone_engine *e, const cpu_linear *w, float *x, int64_t rows,
                   const cpu_scratch *s);
void hone_cpu_drop_inputs(const cpu_pass *p);

/* gemma3_full.c: gradients of the weights themselves; every function does nothing unless e->full. A
 * layer's backward pass is begin, gains as they come (rows of piece i of a pass), and layer. */
void hone_cpu_full_begin(const cpu_pass *p);
void hone_cpu_full_gain(const cpu_pass *p, int64_t piece, cpu_gain which, const float *dy,
                        const float *x, int64_t rows);
void hone_cpu_full_layer(const cpu_pass *p);
void hone_cpu_full_final(hone_engine *e, const float *dhidden);
void hone_cpu_full_head(hone_engine *e);
void hone_cpu_full_embedding(hone_engine *e);
void hone_cpu_full_attach(hone_engine *e);
void hone_cpu_full_detach(hone_engine *e);
void hone_cpu_full_refresh(hone_engine *e);
void hone_cpu_full_update(hone_engine *e, const hone_adamw_coef *matrices);

/* gemma3_backward.c: from work.loss.dh to batch_grads; gradients of held keys and values are put
 * by. Returns the layer where a value that is not finite arose, or -1. */
int hone_cpu_backward(hone_engine *e);
/* The held beginning, which is the batch at work: from the gradients that were put by. */
int hone_cpu_backward_held(hone_engine *e);

bool hone_cpu_finite(double x);

#endif
