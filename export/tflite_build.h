/*
 * Building blocks of a .tflite model: subgraphs, tensors, constants stored once, operators. Knows
 * the file format, not the network (that is export/tflite_graph.c). Errors stick in the
 * FlatBuffer writer and come out of hone_tfb_finish. /
 */
#ifndef HONE_EXPORT_TFLITE_BUILD_H
#define HONE_EXPORT_TFLITE_BUILD_H

#include <stdint.h>

#include "export/flatbuffer.h"
#include "model/tflite_schema.h"

typedef struct hone_tfb hone_tfb;

/* A static shape; rank 0 is a scalar. */
typedef struct hone_dims {
    int rank;
    int32_t d[4];
} hone_dims;
#define HONE_DIMS0 ((hone_dims){ 0, { 0 } })
#define HONE_DIMS1(a) ((hone_dims){ 1, { (a) } })
#define HONE_DIMS2(a, b) ((hone_dims){ 2, { (a), (b) } })
#define HONE_DIMS3(a, b, c) ((hone_dims){ 3, { (a), (b), (c) } })
#define HONE_DIMS4(a, b, c, d) ((hone_dims){ 4, { (a), (b), (c), (d) } })

hone_tfb *hone_tfb_new(void); /* NULL when out of memory */
void hone_tfb_free(hone_tfb *b); /* accepts NULL */
hone_fbw *hone_tfb_writer(hone_tfb *b);

/* Buffers of the whole model. A constant with the same bytes, type and shape is stored once. p NULL
 * counts as out of memory. */
uint32_t hone_tfb_buffer(hone_tfb *b, int type, hone_dims dims, const void *p, size_t n);
uint32_t hone_tfb_buffer_stream(hone_tfb *b, uint32_t bytes, hone_fbw_fill fill, void *ctx);
/* Scales per row, written by fill after the weights; zero points are 0. */
hone_fbw_ref hone_tfb_row_scales(hone_tfb *b, uint32_t rows, hone_fbw_fill fill, void *ctx);
/* Scales per block of values; they are a tensor of the current subgraph. */
hone_fbw_ref hone_tfb_block_scales(hone_tfb *b, int32_t scales_tensor, int block);

/* The current subgraph; its tensors are numbered from 0. */
void hone_tfb_graph(hone_tfb *b, const char *name);
/* A computed tensor, or a constant of a buffer. The second form gives the same index for the same
 * name, buffer and shape; the name stays the caller's. quant may be 0. */
int32_t hone_tfb_value(hone_tfb *b, const char *name, int type, hone_dims dims);
int32_t hone_tfb_const(hone_tfb *b, const char *name, int type, hone_dims dims, uint32_t buffer,
                       hone_fbw_ref quant);
int32_t hone_tfb_ints(hone_tfb *b, const int32_t *v, int n);   /* i32 [n] */
int32_t hone_tfb_int(hone_tfb *b, int32_t v);                  /* i32 scalar */
int32_t hone_tfb_float(hone_tfb *b, const char *name, float v); /* f32 [1] */

/* An operator of one output. options 0: a table without fields of options_type (0 = none at all).
 */
void hone_tfb_op(hone_tfb *b, int code, int version, const int32_t *inputs, int num_inputs,
                 const int32_t *outputs, int num_outputs, int options_type, hone_fbw_ref options);

/* Inputs and outputs of the current subgraph in their order; the names are the signature's. */
void hone_tfb_input(hone_tfb *b, const char *name, int32_t tensor);
void hone_tfb_output(hone_tfb *b, const char *name, int32_t tensor);
void hone_tfb_metadata(hone_tfb *b, const char *name, uint32_t buffer);

/* Ends the model and lays it out; each subgraph becomes the signature of its name. */
int hone_tfb_finish(hone_tfb *b, const char *description, uint64_t *ret_size, hone_err *err);

#endif
