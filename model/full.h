/*
 * Full fine-tuning: the weights of a model itself as the vector of parameters that the engine, the
 * optimiser and checkpoints know. It takes the place of a LoRA adapter (an hone_adapter whose
 * config.full is set and that targets no linear). Master weights are f32; norms are held as their
 * gain 1 + w. docs/training.md.
 */
#ifndef HONE_MODEL_FULL_H
#define HONE_MODEL_FULL_H

#include "model/lora.h"

/* All weights of m, or all but the embedding (then a plain base's seven control rows are trained as
 * an adapter's would be). The order is that of the slots (model/gemma3_open.h). Fails with
 * HONE_E_USAGE for an exported model. */
int hone_full_new(hone_adapter **ret, const hone_model *m, bool embedding, hone_err *err);

/* A model folder of these weights in f32, with base's configuration, tokenizer and template: every
 * command takes it as MODEL. */
int hone_full_save(const hone_adapter *a, const hone_model *base, const char *dir, hone_err *err);

/* Name of the tensor that parameter i belongs to. */
void hone_full_name(char *buf, size_t size, const hone_adapter *a, const hone_config *c, size_t i);

#endif
