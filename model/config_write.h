/*
 * A configuration as the object of a Hugging Face config.json: what hone_config_from_json reads
 * back to the same configuration. Written into model folders and exported files. /
 */
#ifndef HONE_MODEL_CONFIG_WRITE_H
#define HONE_MODEL_CONFIG_WRITE_H

#include "common/json.h"
#include "model/gemma3.h"

/* NULL when out of memory. */
hone_json *hone_config_to_json(hone_arena *a, const hone_config *c);

#endif
