/*
 * The local hub cache and fetching into it. Layout: models--org--name/blobs/<etag>,
 * refs/<revision> (a text file with the commit), snapshots/<commit>/<file> (relative links into blobs).
 */
#ifndef HONE_MODEL_HUB_H
#define HONE_MODEL_HUB_H

#include <stdbool.h>

#include "common/error.h"

/* org/name in letters, digits, '-', '_', '.'; no part begins with '.' or '-'. */
bool hone_hub_name_valid(const char *name);
/* Branch, tag or commit: no "..", no leading '/', '.' or '-'. */
bool hone_hub_revision_valid(const char *revision);

/* $HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub; fresh
 * string, NULL when out of memory. */
char *hone_hub_cache(void);
/* cache/models--org--name of a valid name; fresh string, NULL when out of memory. */
char *hone_hub_folder(const char *cache, const char *name);

#endif
