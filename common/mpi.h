/*
 * Ranks: processes of one command that mpirun or Slurm's srun started, on one machine or many. A
 * process that was started alone is rank 0 of 1, and everything here is then nothing. Built without
 * MPI the rest of the program is the same, and several processes are refused.
 *
 * hone_mpi_start and what follows it are collective: every rank calls them in the same order.
 * Failures are agreed on (hone_mpi_agree) where that is possible; a rank that fails alone ends the
 * job, as MPI does when one dies. docs/many-machines.md.
 */
#ifndef HONE_COMMON_MPI_H
#define HONE_COMMON_MPI_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* How many processes the launcher says that it started; 1 without a launcher. */
int hone_mpi_launched(void);

int hone_mpi_rank(void);
int hone_mpi_size(void);
int hone_mpi_local(void); /* ranks on this machine */
/* True behind a failure that all ranks know of; rank 0 is the one to report it. */
bool hone_mpi_agreed(void);

/* Joins the others. HONE_E_USAGE when this build has no MPI, or the launcher and MPI disagree. */
int hone_mpi_start(hone_err *err);
/* The last call. A status above 0 that was not agreed on takes the other ranks along. */
void hone_mpi_end(int status);

/* all[size][bytes] = every rank's mine[bytes]. */
void hone_mpi_gather(const void *mine, size_t bytes, void *all);
/* Rank 0's bytes for all. */
void hone_mpi_share(void *data, size_t bytes);

/* Messages between pairs of ranks, all under way at once; returns when all of them arrived. Both
 * ends name the same tag and size. */
typedef struct hone_mpi_message {
    int rank, tag; /* the other end */
    void *data;
    size_t bytes;
} hone_mpi_message;
int hone_mpi_swap(const hone_mpi_message *out, int num_out, const hone_mpi_message *in, int num_in,
                  hone_err *err);

/* True on every rank if it is on one. */
bool hone_mpi_any(bool mine);
/* The first rank's failure becomes everybody's: returns its code and fills err on every rank. */
int hone_mpi_agree(int rc, hone_err *err);

/* For long work between two collective calls: true once this rank or another one was asked to stop
 * (common/stop.h). A rank that was asked tells the others. */
bool hone_mpi_stop_requested(void);
/* Collective, behind such work: waits for the others, without keeping a processor busy, and goes on
 * telling them of stop requests. */
void hone_mpi_stop_settle(void);

#endif
