/* What several commands do with their --tools, --adapter and --data words. */
#ifndef HONE_CLI_ARGS_H
#define HONE_CLI_ARGS_H

#include "common/json.h"
#include "model/lora.h"

/* Tools with sorted properties, in a: from given, or from the file that export leaves beside a
 * .litertlm MODEL; *ret NULL when there is neither. ret_path (may be NULL): the file's path in
 * a, or NULL. */
int hone_args_tools(hone_json **ret, const char **ret_path, hone_arena *a, const char *given,
                    const char *model, hone_err *err);

/* Adapter folder that a path stands for: the path itself, RUN/adapter of `hone train`, or
 * RUN/train/adapter of `hone run`. Fresh string. */
int hone_args_adapter_dir(char **ret, const char *path, hone_err *err);

/* Base model and tools that an adapter or run folder was trained with, by what it recorded, into
 * those of *model and *tools that are NULL, in a. A model file that moved is looked for by its name
 * in the cache; what is not known, or tools that are gone, stay NULL. */
int hone_args_trained(const char **model, const char **tools, hone_arena *a, const char *adapter,
                      hone_err *err);

/* Threads of an engine: as many as asked for; 0 = all, of which ranks on one machine take equal
 * shares unless the launcher gave each its own processors. */
int hone_args_threads(int64_t asked);

/* HONE_E_USAGE unless value is there. */
int hone_args_need(const char *value, const char *name, const char *command, hone_err *err);

#endif
