/*
 * A merged model with its matrices quantised in memory, as a model that an engine opens: what a
 * file would compute, without writing one. docs/quantisation.md.
 */
#ifndef HONE_EXPORT_QUANTISED_H
#define HONE_EXPORT_QUANTISED_H

#include "export/tflite.h"

typedef struct hone_quantised hone_quantised;

/* Room for the formats that are asked for; they are made when first used and kept. */
int hone_quantised_new(hone_quantised **ret, const hone_merge *merged, hone_err *err);
void hone_quantised_free(hone_quantised *q); /* accepts NULL */
/* A view of the model under a scheme, valid until the next call. Not for hone_model_close. */
int hone_quantised_model(hone_quantised *q, const hone_scheme *s, const hone_model **ret,
                         hone_err *err);

#endif
