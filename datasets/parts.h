/*
 * A row file shared out among processes. Each of them reads the whole file, which is cheap, but
 * looks only at its own rows: blocks of rows go round, one a process. At the end of a round process
 * 0 is sent what the others made of their blocks and takes it in the order of the file, so that the
 * result is to the byte that of one process, which goes the same way alone. The first failure by
 * row ends all of them. docs/many-machines.md.
 */
#ifndef HONE_DATASETS_PARTS_H
#define HONE_DATASETS_PARTS_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"

/* How processes reach each other. Both calls are collective. */
typedef struct hone_parts_ways {
    int rank, ranks;
    void *user;
    /* all[ranks][bytes] = every process's mine[bytes]. */
    void (*gather)(void *user, const void *mine, size_t bytes, void *all);
    /* Process 0 gets in[r][sizes[r]] of all others; they send mine[sizes[their rank]]. */
    int (*collect)(void *user, const void *mine, char *const *in, const size_t *sizes,
                   hone_err *err);
} hone_parts_ways;

typedef struct hone_parts_state hone_parts_state;

typedef struct hone_parts {
    const hone_parts_ways *ways; /* NULL: one process */
    /* Process 0: what one process made of its block; the blocks come in order. */
    int (*take)(void *user, const char *part, size_t len, hone_err *err);
    void *user;
    hone_buf mine;               /* of the block at work: add to it for each row of one's own */
    size_t rows;                 /* read so far, by all */
    size_t block_rows, block_bytes;
    int turn;                    /* the process whose block it is */
    bool over;                   /* all of them know that it has ended */
    hone_parts_state *states;
    char **in;
    size_t *sizes;
    int32_t *ready;
} hone_parts;

/* A failure of one process must be made everybody's before the first row. */
int hone_parts_open(hone_parts *p, const hone_parts_ways *ways,
                    int (*take)(void *user, const char *part, size_t len, hone_err *err),
                    void *user, hone_err *err);
void hone_parts_close(hone_parts *p);

/* Before each row, in the file's order: is it one's own? bytes: of its text. */
int hone_parts_next(hone_parts *p, size_t bytes, bool *ret_mine, hone_err *err);

/* Behind the last row, or behind a failure rc, this call's own included. Process 0 returns the
 * first failure of all; that of another process says only that there is one. What take does of the
 * last round may fail on process 0 alone. The rows that follow may be those of another file. */
int hone_parts_end(hone_parts *p, int rc, hone_err *err);

#endif
