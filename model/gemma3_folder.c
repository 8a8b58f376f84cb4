/*
 * Opening a model folder in Hugging Face layout: config.json and model.safetensors, or shards
 * listed by model.safetensors.index.json (model/gemma3_open.h, docs/gemma3.md).
 */
#include "model/gemma3_open.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "model/safetensors.h"

enum { MAX_SHARDS = 1024 };

typedef struct folder {
    hone_model *m;
    const char *dir;
    hone_err *err;
} folder;

/* Path of a file of the folder in the model's arena; NULL when out of memory. */
static const char *file_path(const folder *f, const char *name)
{
    char *joined = hone_path_join(f->dir, name);
    const char *ret = joined ? hone_arena_strndup(f->m->arena, joined, strlen(joined)) : NULL;
    hone_free(joined);
    if (!ret) (void)hone_err_memory(f->err, "a path", strlen(name));
    return ret;
}

static int missing(const folder *f, const char *what, const char *hint)
{
    hone_err_at(f->err, f->dir, 0, -1);
    int rc = hone_fail(f->err, HONE_E_NOT_FOUND, "%s", what);
    hone_err_hint(f->err, "%s", hint);
    return rc;
}

static int load_json(const folder *f, const char *path, hone_json **ret)
{
    const int rc = hone_json_load(ret, f->m->arena, path, f->err);
    if (rc != HONE_E_DATA) return rc;
    if (f->err) f->err->code = HONE_E_MODEL;
    return HONE_E_MODEL;
}

static int read_config(const folder *f)
{
    hone_json *o = NULL;
    const char *path = file_path(f, "config.json");
    if (!path) return HONE_E_MEMORY;
    if (!hone_fs_is_file(path))
        return missing(f, "the folder has no config.json",
                       "a model folder holds config.json, model.safetensors and a tokenizer");
    HONE_TRY(load_json(f, path, &o));
    /* safetensors_write.c names the control tokens, so the pieces no longer tell */
    f->m->control_untrained = hone_json_is(hone_json_get(o, HONE_UNTRAINED_KEY), HONE_JSON_TRUE);
    return hone_config_from_json(&f->m->config, o, path, f->err);
}

/* Maps and reads one safetensors file and puts its tensors into their slots. */
static int read_file(const folder *f, const char *path, hone_safetensors *ret, hone_map *ret_map)
{
    HONE_TRY(hone_model_map(f->m, path, ret_map, f->err));
    HONE_TRY(hone_safetensors_parse(ret, f->m->arena, ret_map->data, ret_map->size, path, f->err));
    return hone_model_bind(f->m, ret->tensors, ret->num_tensors, path, f->err);
}

/* A shard is a file of this folder, never a path. */
static bool shard_name_valid(const hone_json *v)
{
    if (!hone_json_is(v, HONE_JSON_STRING) || v->len == 0 || v->len > 255) return false;
    if (strlen(v->text) != v->len || v->text[0] == '.' || strchr(v->text, '/')) return false;
    return hone_path_has_suffix(v->text, ".safetensors");
}

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Names of the shards in byte order, so that the content hash does not depend on the index. */
static int list_shards(const folder *f, const char *path, const hone_json *map, const char **shards,
                       size_t *ret_count)
{
    const size_t slots = (size_t)hone_model_slots(&f->m->config);
    size_t count = 0;
    hone_err_at(f->err, path, 0, -1);
    if (map->len > slots)
        return hone_fail(f->err, HONE_E_MODEL, "the index lists %zu tensors, the model has %zu",
                         map->len, slots);
    for (size_t i = 0; i < map->len; i++) {
        const hone_json *v = map->members[i].value;
        size_t k = 0;
        hone_err_at(f->err, path, map->members[i].line, -1);
        if (!shard_name_valid(v))
            return hone_fail(f->err, HONE_E_MODEL,
                             "tensor %.100s: its shard is no file name that ends in "
                             ".safetensors",
                             map->members[i].key);
        while (k < count && strcmp(shards[k], v->text) != 0) k++;
        if (k < count) continue;
        if (count == MAX_SHARDS)
            return hone_fail(f->err, HONE_E_MODEL, "more than %d shards", MAX_SHARDS);
        shards[count++] = v->text;
    }
    if (count > 1) qsort(shards, count, sizeof(*shards), by_text);
    *ret_count = count;
    return 0;
}

/* The index and the shard must list the same tensors. */
static int compare_shard(const folder *f, const char *path, const hone_json *map, const char *shard,
                         const hone_safetensors *s)
{
    size_t listed = 0;
    hone_err_at(f->err, path, 0, -1);
    for (size_t i = 0; i < s->num_tensors; i++)
        if (!hone_json_str_eq(hone_json_get(map, s->tensors[i].name), shard))
            return hone_fail(f->err, HONE_E_MODEL, "the index does not list tensor %s in shard %s",
                             s->tensors[i].name, shard);
    for (size_t i = 0; i < map->len; i++) listed += hone_json_str_eq(map->members[i].value, shard);
    if (listed == s->num_tensors) return 0;
    for (size_t i = 0; i < map->len; i++)
        if (hone_json_str_eq(map->members[i].value, shard) &&
            !hone_safetensors_find(s, map->members[i].key))
            return hone_fail(f->err, HONE_E_MODEL,
                             "tensor %.100s is missing in shard %s, where the index "
                             "lists it",
                             map->members[i].key, shard);
    return hone_fail(f->err, HONE_E_MODEL, "the index does not match shard %s", shard);
}

static int read_shards(const folder *f, const char *path, const hone_json *map, hone_sha256 *all)
{
    size_t count = 0;
    const char **shards = hone_arena_alloc(f->m->arena, MAX_SHARDS * sizeof(*shards));
    if (!shards) return hone_err_memory(f->err, "a table of shards", MAX_SHARDS * sizeof(*shards));
    HONE_TRY(list_shards(f, path, map, shards, &count));
    for (size_t i = 0; i < count; i++) {
        hone_safetensors s = { 0 };
        hone_map file;
        char hex[65];
        const char *shard = file_path(f, shards[i]);
        if (!shard) return HONE_E_MEMORY;
        HONE_TRY(read_file(f, shard, &s, &file));
        HONE_TRY(compare_shard(f, path, map, shards[i], &s));
        hone_sha256_of(file.data, file.size, hex);
        hone_sha256_add(all, shards[i], strlen(shards[i]) + 1);
        hone_sha256_add(all, hex, 64);
    }
    return 0;
}

static int read_index(const folder *f, const char *path)
{
    hone_json *o = NULL;
    HONE_TRY(load_json(f, path, &o));
    const hone_json *map = hone_json_get(o, "weight_map");
    hone_err_at(f->err, path, 0, -1);
    if (!hone_json_is(map, HONE_JSON_OBJECT))
        return hone_fail(f->err, HONE_E_MODEL, "weight_map is no object");
    hone_sha256 *all = hone_sha256_new();
    if (!all) return hone_err_memory(f->err, "a hash", 0);
    const int rc = read_shards(f, path, map, all);
    hone_sha256_hex(all, f->m->given_sha256);
    hone_sha256_free(all);
    return rc;
}

static int read_weights(const folder *f)
{
    hone_safetensors s = { 0 };
    const char *single = file_path(f, "model.safetensors");
    const char *index = file_path(f, "model.safetensors.index.json");
    const char *pickle = file_path(f, "pytorch_model.bin");
    if (!single || !index || !pickle) return HONE_E_MEMORY;
    if (hone_fs_is_file(single)) {
        hone_map map;
        HONE_TRY(read_file(f, single, &s, &map));
        return hone_model_hash_later(f->m, &map, f->err);
    }
    if (hone_fs_is_file(index)) return read_index(f, index);
    if (hone_fs_is_file(pickle))
        return missing(f,
                       "the folder has only a pickled checkpoint, which can hold programs and is "
                       "never read",
                       "use the model's safetensors files");
    return missing(f, "the folder has neither model.safetensors nor model.safetensors.index.json",
                   "fetch the model again with hone pull");
}

int hone_model_open_folder(hone_model *m, const char *path, hone_err *err)
{
    const folder f = { m, path, err };
    m->kind = HONE_MODEL_SAFETENSORS;
    HONE_TRY(read_config(&f));
    HONE_TRY(read_weights(&f));
    HONE_TRY(hone_model_check(m, path, err));
    m->context_limit = m->config.max_positions;
    return hone_model_tokenizer_folder(m, path, err);
}
