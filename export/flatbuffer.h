/*
 * Writing FlatBuffers front to back: the tables are built as a graph of nodes, laid out (every
 * child behind all of its parents, big streamed vectors last), then written in one pass. A node
 * may have several parents: shared constants are stored once. Only tables and small vectors are
 * kept in memory; streamed vectors are produced while they are written. docs/litertlm.md. /
 */
#ifndef HONE_EXPORT_FLATBUFFER_H
#define HONE_EXPORT_FLATBUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

/* Where bytes go. */
typedef struct hone_sink {
    int (*put)(void *ctx, const void *p, size_t n, hone_err *err);
    void *ctx;
    uint64_t done; /* bytes put so far */
} hone_sink;
int hone_sink_put(hone_sink *s, const void *p, size_t n, hone_err *err);
int hone_sink_zeros(hone_sink *s, uint64_t n, hone_err *err);
/* A sink that appends to a buffer. */
hone_sink hone_sink_buf(hone_buf *b);

typedef struct hone_fbw hone_fbw;
typedef uint32_t hone_fbw_ref; /* a node; 0 = absent */
/* Puts the content of a streamed vector: exactly the bytes that were announced. */
typedef int (*hone_fbw_fill)(void *ctx, hone_sink *sink, hone_err *err);

hone_fbw *hone_fbw_new(void); /* NULL when out of memory */
void hone_fbw_free(hone_fbw *w); /* accepts NULL */

/* Building. Running out of memory is remembered and reported by hone_fbw_layout. */
hone_fbw_ref hone_fbw_table(hone_fbw *w);
/* A field of bytes (1, 2, 4, 8); negative values are given as their bits. */
void hone_fbw_scalar(hone_fbw *w, hone_fbw_ref table, int slot, int bytes, uint64_t value);
void hone_fbw_child(hone_fbw *w, hone_fbw_ref table, int slot, hone_fbw_ref child);
hone_fbw_ref hone_fbw_string(hone_fbw *w, const char *text);
/* count elements of bytes each, little-endian in p (copied); the first lies at a multiple of
 * align. */
hone_fbw_ref hone_fbw_vector(hone_fbw *w, const void *p, uint32_t count, int bytes, int align);
hone_fbw_ref hone_fbw_refs(hone_fbw *w, const hone_fbw_ref *children, uint32_t count);
hone_fbw_ref hone_fbw_stream(hone_fbw *w, uint32_t count, int bytes, int align, hone_fbw_fill fill,
                             void *ctx);

/* Assigns positions. identifier: 4 characters or NULL. The size is a multiple of 16. Fails when the
 * whole reaches 2 GiB. */
int hone_fbw_layout(hone_fbw *w, hone_fbw_ref root, const char *identifier, uint64_t *ret_size,
                    hone_err *err);
/* Where the first element of a vector or string will lie, from the start of the FlatBuffer. */
uint64_t hone_fbw_place(const hone_fbw *w, hone_fbw_ref vector);
int hone_fbw_write(hone_fbw *w, hone_sink *sink, hone_err *err);

#endif
