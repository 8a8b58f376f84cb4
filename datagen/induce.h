/* Frames from seeds: the values of the expected call are found in the utterance and become slots.
 */
#ifndef HONE_DATAGEN_INDUCE_H
#define HONE_DATAGEN_INDUCE_H

#include "datagen/infer.h"
#include "model/row.h"

typedef struct hone_frame {
    const char *text; /* a template of datagen/phrase.h */
    const char *seed_id;
    int function;
    uint32_t args;                         /* exactly these are said */
    const hone_json *fixed[HONE_ARGS_MAX]; /* booleans and enums as in the seed */
} hone_frame;

/* 1 and *ret, or 0 and why the seed teaches no frame. Everything lives in a. */
int hone_frame_induce(hone_frame *ret, hone_arena *a, const hone_row *seed,
                      const hone_function *functions, int count, const char **why, hone_err *err);

#endif
