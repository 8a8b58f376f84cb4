/*
 * Strict reading of FlatBuffers: every offset, length, vtable and alignment is checked before
 * use. Layout: docs/litertlm.md, section "FlatBuffers".
 *
 * The first failure sticks: it fills the caller's hone_err once, and every later getter answers
 * "absent", so that a reader may fetch many fields and look at fb->rc once. References point
 * forward only, so a cycle cannot be written down; shared children can still make a small file
 * look endless, which the budget of visited tables stops. /
 */
#ifndef HONE_MODEL_FLATBUFFER_READ_H
#define HONE_MODEL_FLATBUFFER_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

typedef struct hone_fb {
    const uint8_t *data;
    size_t size;
    const char *source; /* file named in errors */
    uint64_t base;      /* where data starts in that file */
    uint32_t budget;    /* tables that may still be visited */
    int rc;             /* 0, or the code of the first failure */
    hone_err *err;
} hone_fb;

typedef struct hone_fb_table {
    uint32_t at;        /* 0 = absent */
    uint32_t vtable;
    uint16_t slots;     /* field slots of the vtable */
    uint16_t size;      /* bytes, the offset to the vtable included */
} hone_fb_table;

typedef struct hone_fb_vector {
    const uint8_t *data; /* elements; NULL = absent */
    uint32_t count;
} hone_fb_vector;

/* All pointers must outlive fb. */
void hone_fb_init(hone_fb *fb, const uint8_t *data, size_t size, const char *source, uint64_t base,
                  uint32_t budget, hone_err *err);

/* The root table; identifier is 4 characters, or NULL if the format has none. */
hone_fb_table hone_fb_root(hone_fb *fb, const char *identifier);

/* Scalar of bytes (1, 2, 4, 8) as its zero-extended bits; fallback if absent. */
uint64_t hone_fb_scalar(hone_fb *fb, hone_fb_table t, int slot, int bytes, uint64_t fallback);
int32_t hone_fb_i32(hone_fb *fb, hone_fb_table t, int slot, int32_t fallback);
bool hone_fb_bool(hone_fb *fb, hone_fb_table t, int slot, bool fallback);

bool hone_fb_has(const hone_fb *fb, hone_fb_table t, int slot);
hone_fb_table hone_fb_child(hone_fb *fb, hone_fb_table t, int slot); /* at 0 if absent */
/* NUL-terminated; NULL if absent. */
const char *hone_fb_string(hone_fb *fb, hone_fb_table t, int slot, uint32_t *ret_len);
/* Elements of bytes each; the first one lies at a multiple of align. */
hone_fb_vector hone_fb_scalars(hone_fb *fb, hone_fb_table t, int slot, int bytes, int align);
/* Vector of tables, and its element i < count. */
hone_fb_vector hone_fb_tables(hone_fb *fb, hone_fb_table t, int slot);
hone_fb_table hone_fb_item(hone_fb *fb, hone_fb_vector v, uint32_t i);

/* Records a failure of the content at p (a pointer into data, or NULL); keeps an earlier one. */
void hone_fb_bad(hone_fb *fb, const uint8_t *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
