/*
 * Reading adapter folders (model/lora.h, docs/adapter.md): our own and other programs'. Either
 * every tensor has its place or the adapter is refused with the names that do not fit.
 */
#include <string.h>

#include "common/bytes.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"
#include "model/lora_io.h"
#include "model/safetensors.h"

typedef struct job {
    const hone_model *base;
    const char *dir, *base_sha256;
    hone_arena *arena;
    hone_map weights, delta;
    hone_safetensors tensors;
    hone_json *manifest; /* NULL for another program's adapter */
    hone_lora_layout layout;
    hone_adapter *adapter;
    hone_err *err;
} job;

static int fail(const job *j, const char *file, const char *fmt, const char *what)
{
    hone_err_at(j->err, j->dir, 0, -1);
    hone_fail(j->err, HONE_E_MODEL, fmt, what);
    return hone_err_context(j->err, "%s", file);
}

static const char *file_path(const job *j, const char *name)
{
    const char *path = hone_path_join_in(j->arena, j->dir, name);
    if (!path) (void)hone_err_memory(j->err, "a path", strlen(name));
    return path;
}

static int load_json(const job *j, const char *name, bool required, hone_json **ret)
{
    const char *path = file_path(j, name);
    if (!path) return HONE_E_MEMORY;
    if (!required && !hone_fs_exists(path)) return 0;
    const int rc = hone_json_load(ret, j->arena, path, j->err);
    if (rc == HONE_E_NOT_FOUND)
        hone_err_hint(j->err, "--adapter takes an adapter folder (PEFT layout) or a run folder");
    if (rc != HONE_E_DATA) return rc;
    if (j->err) j->err->code = HONE_E_MODEL;
    return HONE_E_MODEL;
}

/* The base that the manifest names must be the one at hand. */
static int check_base(const job *j)
{
    const hone_json *base = hone_json_get(j->manifest, "base");
    const hone_json *hash = hone_json_get(base, "sha256");
    const hone_json *name = hone_json_get(base, "name");
    if (!j->manifest || !j->base_sha256[0]) return 0;
    if (!hone_json_is(hash, HONE_JSON_STRING))
        return fail(j, HONE_ADAPTER_MANIFEST, "%s", "the base's sha256 is missing");
    if (strcmp(hash->text, j->base_sha256) == 0) return 0;
    fail(j, HONE_ADAPTER_MANIFEST, "the adapter was trained on another base (%.100s)",
         hone_json_is(name, HONE_JSON_STRING) ? name->text : "unnamed");
    hone_err_hint(j->err, "pass that base as --model; weights %.12s..., here %.12s...", hash->text,
                  j->base_sha256);
    return HONE_E_MODEL;
}

static int check_hash(const job *j, const char *name, const hone_map *map)
{
    char hex[65];
    const hone_json *want = hone_json_get(hone_json_get(j->manifest, "files"), name);
    if (!j->manifest) return 0;
    hone_sha256_of(map->data, map->size, hex);
    if (hone_json_str_eq(want, hex)) return 0;
    return fail(j, name, "%s", "the content differs from the hash in " HONE_ADAPTER_MANIFEST);
}

static int open_weights(job *j)
{
    const char *path = file_path(j, HONE_ADAPTER_WEIGHTS),
               *pickle = file_path(j, "adapter_model.bin");
    if (!path || !pickle) return HONE_E_MEMORY;
    if (!hone_fs_exists(path) && hone_fs_exists(pickle))
        return fail(j, "adapter_model.bin", "%s",
                    "pickled weights can hold programs and are never read; "
                    "save the adapter as safetensors");
    HONE_TRY(hone_map_open(&j->weights, path, j->err));
    HONE_TRY(check_hash(j, HONE_ADAPTER_WEIGHTS, &j->weights));
    return hone_safetensors_parse(&j->tensors, j->arena, j->weights.data, j->weights.size, path,
                                  j->err);
}

/* PEFT's name, or the same with the name of the adapter ("default") inside. */
static bool name_equal(const char *have, const char *want)
{
    static const char inner[] = ".default";
    const char *dot = strstr(have, ".lora_") ? strstr(have, inner) : NULL;
    if (!dot) {
        const size_t n = strlen(want);
        return strncmp(have, want, n) == 0 &&
               (have[n] == '\0' || (strcmp(have + n, inner) == 0 && !strstr(want, ".lora_")));
    }
    const size_t head = (size_t)(dot - have);
    return strncmp(have, want, head) == 0 && strcmp(dot + sizeof(inner) - 1, want + head) == 0;
}

/* Names that do not fit, as many as the message holds. */
typedef struct names {
    char text[480];
    size_t count;
} names;

static void add_name(names *n, const char *name)
{
    const size_t used = strlen(n->text), len = strlen(name);
    n->count++;
    if (used + len + 8 > sizeof(n->text)) return;
    if (used) memcpy(n->text + used, ", ", 2);
    memcpy(n->text + used + (used ? 2 : 0), name, len + 1);
}

static int report(const job *j, const names *missing, const names *extra)
{
    if (!missing->count && !extra->count) return 0;
    hone_err_at(j->err, j->dir, 0, -1);
    if (missing->count)
        hone_fail(j->err, HONE_E_MODEL, "the adapter lacks %zu tensors (%s)%s%s", missing->count,
                  missing->text, extra->count ? " and has others that match nothing: " : "",
                  extra->text);
    else
        hone_fail(j->err, HONE_E_MODEL, "the adapter has %zu tensors that match nothing (%s)",
                  extra->count, extra->text);
    hone_err_hint(j->err, "its tensors must be those that %s announces", HONE_ADAPTER_CONFIG);
    return HONE_E_MODEL;
}

/* Rank that the file has for a part; 0: it has no such tensor. */
static int64_t own_rank(const job *j, const hone_lora_part *p)
{
    return p->id < 0 ? -1 : j->layout.rank[p->layer][p->id];
}

static int check_tensor(const job *j, const hone_lora_part *p, const hone_tensor *t)
{
    int64_t want[2] = { p->shape[0], p->shape[1] };
    if (p->id >= 0) want[p->b ? 1 : 0] = own_rank(j, p);
    hone_err_at(j->err, j->dir, 0, -1);
    if (t->rank != 2 || t->shape[0] != want[0] || t->shape[1] != want[1])
        return hone_fail(j->err, HONE_E_MODEL,
                         "tensor %s has the shape [%lld, %lld] (rank %d), expected "
                         "[%lld, %lld]",
                         t->name, (long long)t->shape[0], (long long)t->shape[1], t->rank,
                         (long long)want[0], (long long)want[1]);
    if (t->dtype != HONE_F32 && t->dtype != HONE_BF16 && t->dtype != HONE_F16)
        return hone_fail(j->err, HONE_E_MODEL,
                         "tensor %s has the number format %s, expected F32, BF16 or "
                         "F16",
                         t->name, hone_dtype_name(t->dtype));
    return 0;
}

/* A B of fewer columns than the adapter has: spread over its rows (from the last, in place), zeros
 * behind them; its own scale put in. */
static void fit_b(const job *j, const hone_lora_part *p, int64_t rank, float *out)
{
    const int64_t r = p->shape[1];
    const float ratio = (float)j->layout.ratio[p->layer][p->id];
    for (int64_t o = p->shape[0]; rank < r && o-- > 0;) {
        memmove(out + o * r, out + o * rank, (size_t)rank * sizeof(*out));
        memset(out + o * r + rank, 0, (size_t)(r - rank) * sizeof(*out));
    }
    if (ratio == 1.0f) return;
    for (int64_t i = 0; i < p->shape[0] * r; i++) out[i] *= ratio;
}

static int take_tensor(const job *j, const hone_lora_part *p, const hone_tensor *t)
{
    float *out = j->adapter->params + p->at;
    const size_t n = (size_t)(t->shape[0] * t->shape[1]);
    unsigned bad = 0;
    HONE_TRY(check_tensor(j, p, t));
    hone_tensor_rows_f32(t, 0, t->shape[0], out);
    for (size_t i = 0; i < n; i++) bad |= (hone_bits_of_f32(out[i]) & 0x7F800000u) == 0x7F800000u;
    if (bad)
        return hone_fail(j->err, HONE_E_MODEL, "tensor %s holds NaN or infinite values", t->name);
    if (p->b) fit_b(j, p, t->shape[1], out);
    return 0;
}

/* Finds the tensor of a part and marks it; NULL if there is none. */
static const hone_tensor *claim(const job *j, const char *name, bool *used)
{
    for (size_t i = 0; i < j->tensors.num_tensors; i++)
        if (!used[i] && name_equal(j->tensors.tensors[i].name, name)) {
            used[i] = true;
            return &j->tensors.tensors[i];
        }
    return NULL;
}

static int take_tensors(job *j)
{
    names missing = { "", 0 }, extra = { "", 0 };
    const int parts = hone_lora_num_parts(&j->adapter->config, j->adapter->L);
    const size_t count = j->tensors.num_tensors, room = (size_t)parts + 64;
    bool *used = hone_arena_alloc(j->arena, count * sizeof(*used));
    const hone_tensor **found = hone_arena_alloc(j->arena, (size_t)parts * sizeof(*found));
    hone_lora_part p;
    if (!used || !found) return hone_err_memory(j->err, "an adapter", count);
    for (int i = 0; i < parts; i++) {
        hone_lora_part_get(j->adapter, &j->base->config, i, &p);
        if (own_rank(j, &p) == 0) continue;
        /* far more tensors than parts: not even searched, they are reported below */
        found[i] = count <= 2 * room ? claim(j, p.name, used) : NULL;
        if (!found[i]) add_name(&missing, p.name);
    }
    for (size_t i = 0; i < count; i++)
        if (!used[i]) add_name(&extra, j->tensors.tensors[i].name);
    HONE_TRY(report(j, &missing, &extra));
    for (int i = 0; i < parts; i++) {
        hone_lora_part_get(j->adapter, &j->base->config, i, &p);
        if (found[i]) HONE_TRY(take_tensor(j, &p, found[i]));
    }
    return 0;
}

/* Our own folders keep delta itself, exactly; it must agree with the rows that PEFT reads. */
static int exact_delta(job *j, const char *path, const float *rows, const float *base, float *delta)
{
    hone_safetensors s = { 0 };
    const size_t n = HONE_CONTROL_ROWS * (size_t)j->adapter->C;
    HONE_TRY(hone_map_open(&j->delta, path, j->err));
    HONE_TRY(check_hash(j, HONE_ADAPTER_DELTA, &j->delta));
    HONE_TRY(hone_safetensors_parse(&s, j->arena, j->delta.data, j->delta.size, path, j->err));
    const hone_tensor *t = hone_safetensors_find(&s, HONE_ADAPTER_DELTA_TENSOR);
    if (!t || s.num_tensors != 1 || t->dtype != HONE_F32 || t->bytes != n * sizeof(*delta) ||
        t->rank != 2)
        return fail(j, HONE_ADAPTER_DELTA, "expected one F32 tensor %s", HONE_ADAPTER_DELTA_TENSOR);
    memcpy(delta, t->data, t->bytes);
    for (size_t i = 0; i < n; i++) {
        const float sum = base[i] + delta[i];
        if (hone_bits_of_f32(sum) != hone_bits_of_f32(rows[i]))
            return fail(j, HONE_ADAPTER_DELTA, "it does not agree with the rows in %s",
                        HONE_ADAPTER_WEIGHTS);
    }
    return 0;
}

/* params holds the rows as PEFT keeps them; turns them into differences from the base. */
static int rows_to_delta(job *j)
{
    float *rows = j->adapter->params + j->adapter->delta_at;
    const size_t n = HONE_CONTROL_ROWS * (size_t)j->adapter->C;
    float *base = hone_arena_alloc(j->arena, n * sizeof(*base));
    float *delta = hone_arena_alloc(j->arena, n * sizeof(*delta));
    const char *path = file_path(j, HONE_ADAPTER_DELTA);
    if (!base || !delta || !path) return hone_err_memory(j->err, "control rows", n * sizeof(*base));
    hone_tensor_rows_f32(&j->base->embed, HONE_CONTROL_FIRST, HONE_CONTROL_ROWS, base);
    if (j->manifest && j->base_sha256[0] && hone_fs_exists(path))
        HONE_TRY(exact_delta(j, path, rows, base, delta));
    else
        for (size_t i = 0; i < n; i++) delta[i] = rows[i] - base[i];
    memcpy(rows, delta, n * sizeof(*delta));
    return 0;
}

static int check_manifest(const job *j)
{
    int64_t version = 0;
    if (!j->manifest) return 0;
    if (!hone_json_str_eq(hone_json_get(j->manifest, "format"), "hone-adapter") ||
        !hone_json_i64(hone_json_get(j->manifest, "version"), &version) || version < 1)
        return fail(j, HONE_ADAPTER_MANIFEST, "%s", "this is no manifest of an adapter");
    if (version > 1)
        return fail(j, HONE_ADAPTER_MANIFEST, "%s",
                    "it was written by a newer version of the program");
    return check_base(j);
}

/* What the adapter was trained against, if the manifest says so. */
static int take_qat(job *j)
{
    const char *const where = HONE_ADAPTER_MANIFEST;
    const hone_json *v = hone_json_get(j->manifest, "qat"), *said[2];
    hone_qat *q = &j->adapter->qat;
    hone_quant *formats[] = { &q->linears, &q->embed };
    if (!v) return 0;
    said[0] = hone_json_get(v, "linears");
    said[1] = hone_json_get(v, "embed");
    for (int i = 0; i < 2; i++)
        if (!hone_json_is(said[i], HONE_JSON_STRING) ||
            hone_quant_parse(formats[i], said[i]->text, NULL) < 0)
            return fail(j, where, "%s", "it names no number format that was trained against");
    return hone_json_get_bool(&q->activations, v, "activations", false, where, j->err);
}

static int load_all(job *j)
{
    hone_json *config = NULL;
    const char *path = file_path(j, HONE_ADAPTER_CONFIG);
    if (!path) return HONE_E_MEMORY;
    HONE_TRY(load_json(j, HONE_ADAPTER_CONFIG, true, &config));
    HONE_TRY(hone_lora_config_from_json(&j->layout, config, &j->base->config, path, j->err));
    HONE_TRY(load_json(j, HONE_ADAPTER_MANIFEST, false, &j->manifest));
    HONE_TRY(check_manifest(j));
    HONE_TRY(open_weights(j));
    HONE_TRY(hone_adapter_new(&j->adapter, &j->base->config, &j->layout.config, j->err));
    HONE_TRY(take_qat(j));
    HONE_TRY(take_tensors(j));
    return j->layout.config.control_rows ? rows_to_delta(j) : 0;
}

int hone_adapter_load(hone_adapter **ret, const hone_model *base, const char *dir,
                      const char *base_sha256, hone_err *err)
{
    job j = { .base = base, .dir = dir, .base_sha256 = base_sha256, .err = err };
    j.arena = hone_arena_new();
    if (!j.arena) return hone_err_memory(err, "an adapter", 0);
    const int rc = load_all(&j);
    if (rc == 0) {
        *ret = j.adapter;
        j.adapter = NULL;
    }
    hone_adapter_free(j.adapter);
    hone_map_close(&j.delta);
    hone_map_close(&j.weights);
    hone_arena_free(j.arena);
    return rc;
}
