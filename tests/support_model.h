/* The real weights that some tests need: where they are, and skipping when they are not there. */
#ifndef HONE_TESTS_SUPPORT_MODEL_H
#define HONE_TESTS_SUPPORT_MODEL_H

#include <stdio.h>
#include <stdlib.h>

#include "common/fs.h"
#include "common/mem.h"

enum { SUPPORT_SKIPPED = 77 };

/* Path of the base model as GGUF, or NULL when it is not on this machine. */
static inline const char *support_model_path(void)
{
    static char path[4096];
    const char *given = getenv("HONE_TEST_MODEL");
    char *found =
        given && given[0] ? hone_strdup(given) : hone_path_cache("models/gemma3-270m-q4_k_m.gguf");
    (void)snprintf(path, sizeof(path), "%s", found ? found : "");
    hone_free(found);
    if (hone_fs_is_file(path)) return path;
    (void)fprintf(stderr, "skipped: no base model at %s\n", path);
    return NULL;
}

#endif
