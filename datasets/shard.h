/*
 * Encoded rows in a file: a trainer's data of any size in bounded memory, and the tokenised cache
 * of a run. A row whose beginning an earlier row has is stored as the rest only. The file carries a
 * key, the hash of all that its content depends on; one with another key or with damage is not
 * used. Format: docs/training.md.
 *
 * In memory are 8 bytes a row; everything else is read when it is asked for.
 */
#ifndef HONE_DATASETS_SHARD_H
#define HONE_DATASETS_SHARD_H

#include "common/buf.h"
#include "datasets/row_source.h"

enum { HONE_SHARD_PARTS = 64, HONE_SHARD_KEY = 64 };

/* ---- writing: a file that is complete or absent ---- */

typedef struct hone_shard_out hone_shard_out;

/* key: HONE_SHARD_KEY hexadecimal digits. */
int hone_shard_out_open(hone_shard_out **ret, const char *path, const char *key, hone_err *err);
void hone_shard_out_abort(hone_shard_out *o); /* accepts NULL */
int hone_shard_out_commit(hone_shard_out *o, hone_err *err); /* frees o, also on failure */

/* The rows that follow come from this file. */
int hone_shard_out_part(hone_shard_out *o, const char *source, hone_err *err);
/* Row i of set, and its JSON text if it will be needed (may be NULL). */
int hone_shard_out_add(hone_shard_out *o, const hone_encode_set *set, size_t i,
                       const hone_buf *text, hone_err *err);

/* ---- reading ---- */

typedef struct hone_shard hone_shard;

typedef struct hone_shard_part {
    const char *source;
    size_t first, count;
} hone_shard_part;

typedef struct hone_shard_info {
    size_t count;          /* rows */
    int64_t ids, labels;   /* of all rows */
    int32_t longest;       /* ids of the longest row */
    int longest_part;      /* where that row comes from */
    int64_t longest_line;
    int num_parts;
    hone_shard_part parts[HONE_SHARD_PARTS];
} hone_shard_info;

/* HONE_E_NOT_FOUND when there is none; HONE_E_REFUSED when it has another key; HONE_E_DATA when it
 * is damaged. */
int hone_shard_open(hone_shard **ret, const char *path, const char *key, hone_err *err);
void hone_shard_close(hone_shard *s); /* accepts NULL */
const hone_shard_info *hone_shard_about(const hone_shard *s);

/* The rows of a shard, which must outlive the source. Damage of a row fails with HONE_E_DATA. */
hone_row_source hone_shard_source(hone_shard *s);
/* Appends the JSON text of a row; nothing if it was stored without. */
int hone_shard_text(hone_shard *s, size_t row, hone_buf *text, hone_err *err);
/* Which file a row comes from, and its line there. */
int hone_shard_place(hone_shard *s, size_t row, const char **ret_source, int64_t *ret_line,
                     hone_err *err);

#endif
