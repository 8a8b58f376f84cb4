/*
 * TensorBoard event files: RUN/runs/NAME/events.out.tfevents.SECONDS.HOST.PID.N, a sequence of
 * records (length, masked CRC-32C of it, payload, masked CRC-32C of that), each payload an Event
 * message of TensorFlow's event.proto with scalar summaries. Every process of a run writes a file
 * of its own; one that goes on says from which step on, and TensorBoard drops what an earlier file
 * holds beyond it. docs/run-folder.md.
 */
#ifndef HONE_TRAIN_TFEVENTS_H
#define HONE_TRAIN_TFEVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

typedef struct hone_tfevents hone_tfevents;

typedef struct hone_scalar {
    const char *tag; /* "train/loss" */
    double value;    /* left out when it is not finite */
} hone_scalar;

/* step: optimiser steps that were done before; above 0 the run goes on. */
int hone_tfevents_open(hone_tfevents **ret, const char *run_dir, int64_t step, hone_err *err);
void hone_tfevents_close(hone_tfevents *t); /* accepts NULL */

/* One event with these scalars at a step. */
int hone_tfevents_add(hone_tfevents *t, int64_t step, const hone_scalar *scalars, size_t count,
                      hone_err *err);

#endif
