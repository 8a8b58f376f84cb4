/*
 * The local hub cache and fetching into it. Layout: models--org--name/blobs/<etag>,
 * refs/<revision> (a text file with the commit), snapshots/<commit>/<file> (links into blobs).
 */
#ifndef HONE_MODEL_HUB_H
#define HONE_MODEL_HUB_H

#include <stdbool.h>
#include <stdint.h>

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

typedef struct hone_pull {
    const char *name;     /* org/name */
    const char *revision; /* NULL = main */
    const char *endpoint; /* "https://huggingface.co"; plain http on loopback only */
    const char *token;    /* secret; NULL or "" = none. Sent to the endpoint's host only */
    const char *cache;    /* NULL = hone_hub_cache */
} hone_pull;

typedef struct hone_pulled {
    char *path;           /* snapshot folder: a MODEL */
    int files, fetched;   /* in all; not there before */
    int64_t bytes;        /* that came over the network */
} hone_pulled;

/* Fetches the files of a model folder into the cache: configuration, safetensors weights,
 * tokenizer, chat template. Broken downloads are resumed, every file is compared with the hash that
 * the hub names before it appears under its name. Progress goes to stderr. HONE_E_STOPPED when a
 * stop was asked for: what came so far is kept. */
int hone_hub_pull(hone_pulled *ret, const hone_pull *p, hone_err *err);
void hone_pulled_done(hone_pulled *r);

#endif
