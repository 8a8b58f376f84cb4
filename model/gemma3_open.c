/*
 * Opening and closing a model: finds out by content what MODEL is and calls the opener of that kind
 * (model/gemma3.h, model/gemma3_open.h).
 */
#include "model/gemma3_open.h"

#include <string.h>

#include "common/mem.h"

typedef int opener(hone_model *m, const char *path, hone_err *err);

int hone_model_map(hone_model *m, const char *path, hone_map *ret, hone_err *err)
{
    hone_map *maps = hone_realloc_array(m->maps, (size_t)m->num_maps + 1, sizeof(*maps));
    if (!maps) return hone_err_memory(err, "a table of files", sizeof(*maps));
    m->maps = maps;
    HONE_TRY(hone_map_open(&maps[m->num_maps], path, err));
    *ret = maps[m->num_maps++];
    return 0;
}

static int refuse_file(const char *path, const char *what, const char *hint, hone_err *err)
{
    hone_err_at(err, path, 0, -1);
    int rc = hone_fail(err, HONE_E_MODEL, "%s", what);
    hone_err_hint(err, "%s", hint);
    return rc;
}

/* The kind of a file by its first bytes; names say nothing. */
static int opener_of_file(const char *path, opener **ret, hone_err *err)
{
    hone_map map;
    HONE_TRY(hone_map_open(&map, path, err));
    uint8_t head[9] = { 0 };
    if (map.size > 0) memcpy(head, map.data, map.size < sizeof(head) ? map.size : sizeof(head));
    hone_map_close(&map);
    *ret = NULL;
    if (memcmp(head, "GGUF", 4) == 0) *ret = hone_model_open_gguf;
    if (memcmp(head, "LITERTLM", 8) == 0) *ret = hone_model_open_litertlm;
    if (*ret) return 0;
    if (memcmp(head, "PK\3\4", 4) == 0 || head[0] == 0x80)
        return refuse_file(path,
                           "this looks like a pickled checkpoint, which can hold programs and is "
                           "never read",
                           "use the model's safetensors files", err);
    if (head[8] == '{')
        return refuse_file(path, "a safetensors file alone is no model",
                           "give the folder that holds it with config.json and the tokenizer", err);
    return refuse_file(path, "neither a GGUF nor a .litertlm file",
                       "MODEL is a model folder, a .gguf file, a .litertlm file or org/name", err);
}

static int open_into(hone_model *m, hone_err *err)
{
    opener *open = hone_model_open_folder;
    if (!hone_fs_is_dir(m->path)) HONE_TRY(opener_of_file(m->path, &open, err));
    return open(m, m->path, err);
}

static int open_model(hone_model **ret, const char *model, bool hashed, hone_err *err)
{
    hone_model *m = hone_calloc(1, sizeof(*m));
    if (!m) return hone_err_memory(err, "a model", sizeof(*m));
    int rc = 0;
    m->hash_wanted = hashed;
    m->arena = hone_arena_new();
    if (!m->arena) {
        rc = hone_err_memory(err, "a model", sizeof(*m));
        goto done;
    }
    HONE_GOTO(rc, done, hone_hub_resolve(&m->path, model, err));
    HONE_GOTO(rc, done, open_into(m, err));
    *ret = m;
    m = NULL;
done:
    hone_model_close(m);
    return rc;
}

int hone_model_open(hone_model **ret, const char *model, hone_err *err)
{
    return open_model(ret, model, false, err);
}

int hone_model_open_hashed(hone_model **ret, const char *model, hone_err *err)
{
    return open_model(ret, model, true, err);
}

void hone_model_close(hone_model *m)
{
    if (!m) return;
    hone_model_hash_done(m);
    hone_tokenizer_free(m->tokenizer);
    for (int i = 0; i < m->num_maps; i++) hone_map_close(&m->maps[i]);
    hone_free(m->maps);
    hone_free(m->chat_template);
    hone_free(m->path);
    hone_arena_free(m->arena);
    hone_free(m);
}

void hone_model_norm_f32(const hone_model *m, const hone_tensor *t, float *out)
{
    hone_tensor_rows_f32(t, 0, 1, out);
    if (m->norm_plus_one) return;
    for (int64_t i = 0; i < t->shape[0]; i++) out[i] += 1.0f;
}
