/*
 * Inside of hone_model_open: one function a kind of source, and what they share. Not for callers of
 * the model: they include model/gemma3.h.
 *
 * A model's tensors have slots 0 .. hone_model_slots - 1 in one fixed order: embedding, then layer
 * after layer the seven linears and the six norms, then the final norm. Writers keep that order.
 */
#ifndef HONE_MODEL_GEMMA3_OPEN_H
#define HONE_MODEL_GEMMA3_OPEN_H

#include "common/json.h"
#include "model/gemma3.h"
#include "model/gguf.h"

enum { HONE_SLOT_NAME_SIZE = 96 };

/* Key of our own in config.json: true when the rows 46..52 were never trained. */
#define HONE_UNTRAINED_KEY "hone_control_untrained"

/* Each fills kind, config, tensors, tokenizer, template, context_limit, hash and flags of m, whose
 * arena and path exist. On failure m is half built; hone_model_close takes it. */
int hone_model_open_folder(hone_model *m, const char *path, hone_err *err); /* gemma3_folder.c */
int hone_model_open_gguf(hone_model *m, const char *path, hone_err *err);   /* gemma3_gguf.c */
int hone_model_open_litertlm(hone_model *m, const char *path,
                             hone_err *err); /* gemma3_litertlm.c */

/* Maps one more file for the lifetime of m. */
int hone_model_map(hone_model *m, const char *path, hone_map *ret, hone_err *err);
/* The hash of the model is that of this file, of m's own, and is begun if it will be wanted; and
 * its end (gemma3_hash.c). */
int hone_model_hash_later(hone_model *m, const hone_map *map, hone_err *err);
void hone_model_hash_done(hone_model *m);

/* Configuration out of config.json's object and out of GGUF keys (without V, which the embedding
 * tells). Both are compared with the Gemma 3 text family; anything else is refused by name. */
int hone_config_from_json(hone_config *ret, const hone_json *o, const char *source, hone_err *err);
int hone_config_from_gguf(hone_config *ret, const hone_gguf *g, hone_err *err);
struct hone_tflite;
struct hone_tfl_signature;
/* Out of the names, shapes and constants of an exported graph that carries no configuration. */
int hone_config_from_graph(hone_config *ret, const struct hone_tflite *m,
                           const struct hone_tfl_signature *decode, const char *source,
                           hone_err *err);
/* Ranges and relations that the rest of the program relies on. */
int hone_config_check(const hone_config *c, const char *source, hone_err *err);

int hone_model_slots(const hone_config *c);
hone_tensor *hone_model_slot(hone_model *m, int slot);
const hone_tensor *hone_model_slot_const(const hone_model *m, int slot);
/* Name of a slot in a Hugging Face folder, or in a GGUF file. */
void hone_model_slot_name(const hone_config *c, int slot, bool gguf,
                          char name[HONE_SLOT_NAME_SIZE]);
/* Rank 1 or 2. */
int hone_model_slot_shape(const hone_config *c, int slot, int64_t shape[2]);

/* Puts a file's tensors into their slots by name; a name that is no slot is refused. config.L is
 * set. */
int hone_model_bind(hone_model *m, const hone_tensor *tensors, size_t count, const char *source,
                    hone_err *err);
/* Presence, number format, shape and size of every tensor, and that no weight is NaN or infinite.
 */
int hone_model_check(const hone_model *m, const char *source, hone_err *err);

/* Tokenizer and template from the keys of a GGUF file, or from the files of a folder. */
int hone_model_tokenizer_gguf(hone_model *m, const hone_gguf *g, hone_err *err);
int hone_model_tokenizer_folder(hone_model *m, const char *dir, hone_err *err);

#endif
