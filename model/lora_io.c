/*
 * Writing adapter folders (model/lora.h, docs/adapter.md), and the table of an adapter's tensors
 * that the reader (lora_read.c) uses as well.
 */
#include "model/lora_io.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"
#include "model/safetensors.h"

void hone_lora_tensor_name(int layer, hone_linear_id id, bool b, char name[HONE_LORA_NAME_SIZE])
{
    (void)snprintf(name, HONE_LORA_NAME_SIZE,
                   "base_model.model.model.layers.%d.%s.%s.lora_%c.weight", layer,
                   id <= HONE_O ? "self_attn" : "mlp", hone_linear_names[id], b ? 'B' : 'A');
}

static int count_bits(unsigned mask)
{
    int n = 0;
    for (; mask; mask &= mask - 1) n++;
    return n;
}

int hone_lora_num_parts(const hone_lora_config *c, int layers)
{
    return 2 * layers * count_bits(c->targets) + (c->control_rows ? 1 : 0);
}

/* The nth linear of the mask. */
static hone_linear_id nth_target(unsigned targets, int n)
{
    int id = 0;
    for (;; id++)
        if ((targets >> id & 1u) && n-- == 0) return (hone_linear_id)id;
}

void hone_lora_part_get(const hone_adapter *a, const hone_config *model, int index,
                        hone_lora_part *ret)
{
    const int targets = count_bits(a->config.targets);
    if (index == 2 * a->L * targets) {
        (void)snprintf(ret->name, sizeof(ret->name), "%s", HONE_LORA_CONTROL_NAME);
        ret->shape[0] = HONE_CONTROL_ROWS;
        ret->shape[1] = a->C;
        ret->at = a->delta_at;
        ret->layer = ret->id = -1;
        ret->b = false;
        return;
    }
    const int layer = index / (2 * targets);
    const bool b = index % 2 == 1;
    const hone_linear_id id = nth_target(a->config.targets, index / 2 % targets);
    int64_t out, in;
    hone_config_linear_shape(model, id, &out, &in);
    hone_lora_tensor_name(layer, id, b, ret->name);
    ret->shape[0] = b ? out : a->config.r;
    ret->shape[1] = b ? a->config.r : in;
    ret->at = b ? a->b_at[layer][id] : a->a_at[layer][id];
    ret->layer = layer;
    ret->id = (int)id;
    ret->b = b;
}

typedef struct job {
    const hone_adapter *a;
    const hone_model *base;
    const char *dir, *base_name, *base_sha256;
    hone_arena *arena;
    hone_err *err;
} job;

static const char *file_path(const job *j, const char *name)
{
    const char *path = hone_path_join_in(j->arena, j->dir, name);
    if (!path) (void)hone_err_memory(j->err, "a path", strlen(name));
    return path;
}

/* PEFT keeps whole rows that replace the base's: base + delta. */
static void control_rows(const job *j, float *rows)
{
    const size_t C = (size_t)j->a->C;
    hone_tensor_rows_f32(&j->base->embed, HONE_CONTROL_FIRST, HONE_CONTROL_ROWS, rows);
    for (size_t i = 0; i < HONE_CONTROL_ROWS * C; i++) rows[i] += j->a->params[j->a->delta_at + i];
}

/* Writes a safetensors file of the given tensors; values[i] belongs to tensors[i]. */
static int write_tensors(const job *j, const char *name, const hone_tensor *tensors,
                         const float *const *values, size_t count)
{
    hone_safetensors_out *o = NULL;
    const char *path = file_path(j, name);
    if (!path) return HONE_E_MEMORY;
    HONE_TRY(hone_safetensors_out_open(&o, path, tensors, count, j->err));
    for (size_t i = 0; i < count; i++) {
        const size_t n = (size_t)(tensors[i].shape[0] * tensors[i].shape[1]);
        const int rc = hone_safetensors_out_write(o, values[i], n, j->err);
        if (rc < 0) {
            hone_safetensors_out_abort(o);
            return rc;
        }
    }
    return hone_safetensors_out_commit(o, j->err);
}

static int write_weights(const job *j)
{
    const size_t count = (size_t)hone_lora_num_parts(&j->a->config, j->a->L);
    hone_tensor *tensors = hone_arena_alloc(j->arena, count * sizeof(*tensors));
    hone_lora_part *parts = hone_arena_alloc(j->arena, count * sizeof(*parts));
    const float **values = hone_arena_alloc(j->arena, count * sizeof(*values));
    float *rows = hone_arena_alloc(j->arena, HONE_CONTROL_ROWS * (size_t)j->a->C * sizeof(*rows));
    if (!tensors || !parts || !values || !rows) return hone_err_memory(j->err, "an adapter", count);
    for (size_t i = 0; i < count; i++) {
        hone_lora_part_get(j->a, &j->base->config, (int)i, &parts[i]);
        tensors[i] = (hone_tensor){ .name = parts[i].name,
                                    .dtype = HONE_F32,
                                    .rank = 2,
                                    .shape = { parts[i].shape[0], parts[i].shape[1] } };
        values[i] = j->a->params + parts[i].at;
    }
    if (j->a->config.control_rows) {
        control_rows(j, rows);
        values[count - 1] = rows;
    }
    return write_tensors(j, HONE_ADAPTER_WEIGHTS, tensors, values, count);
}

/* base + delta loses low bits of delta; this file keeps them, so that our own reader gives them
 * back. */
static int write_delta(const job *j)
{
    const hone_tensor t = { .name = HONE_ADAPTER_DELTA_TENSOR,
                            .dtype = HONE_F32,
                            .rank = 2,
                            .shape = { HONE_CONTROL_ROWS, j->a->C } };
    const float *values = j->a->params + j->a->delta_at;
    return j->a->config.control_rows ? write_tensors(j, HONE_ADAPTER_DELTA, &t, &values, 1) : 0;
}

static hone_json *target_list(const job *j)
{
    hone_json *list = hone_json_new_array(j->arena);
    for (int i = 0; list && i < HONE_LINEARS; i++)
        if ((j->a->config.targets >> i & 1u) &&
            !hone_json_push(j->arena, list, hone_json_new_str(j->arena, hone_linear_names[i])))
            return NULL;
    return list;
}

static hone_json *control_list(const job *j)
{
    if (!j->a->config.control_rows) return hone_json_new_null(j->arena);
    hone_json *list = hone_json_new_array(j->arena);
    for (int i = 0; list && i < HONE_CONTROL_ROWS; i++)
        if (!hone_json_push(j->arena, list, hone_json_new_i64(j->arena, HONE_CONTROL_FIRST + i)))
            return NULL;
    return list;
}

static hone_json *alpha_value(const job *j)
{
    const double alpha = j->a->config.alpha;
    if (alpha == (double)(int64_t)alpha) return hone_json_new_i64(j->arena, (int64_t)alpha);
    return hone_json_new_f64(j->arena, alpha);
}

static hone_json *config_json(const job *j)
{
    hone_arena *a = j->arena;
    hone_json *o = hone_json_new_object(a), *no = hone_json_new_bool(a, false);
    hone_json *null = hone_json_new_null(a), *none = hone_json_new_object(a);
    const bool ok =
        o && no && null && none && hone_json_set(a, o, "peft_type", hone_json_new_str(a, "LORA")) &&
        hone_json_set(a, o, "task_type", hone_json_new_str(a, "CAUSAL_LM")) &&
        hone_json_set(a, o, "base_model_name_or_path", hone_json_new_str(a, j->base_name)) &&
        hone_json_set(a, o, "revision", null) &&
        hone_json_set(a, o, "r", hone_json_new_i64(a, j->a->config.r)) &&
        hone_json_set(a, o, "lora_alpha", alpha_value(j)) &&
        hone_json_set(a, o, "lora_dropout", hone_json_new_f64(a, 0.0)) &&
        hone_json_set(a, o, "target_modules", target_list(j)) &&
        hone_json_set(a, o, "trainable_token_indices", control_list(j)) &&
        hone_json_set(a, o, "bias", hone_json_new_str(a, "none")) &&
        hone_json_set(a, o, "fan_in_fan_out", no) &&
        hone_json_set(a, o, "inference_mode", hone_json_new_bool(a, true)) &&
        hone_json_set(a, o, "init_lora_weights", hone_json_new_bool(a, true)) &&
        hone_json_set(a, o, "use_rslora", hone_json_new_bool(a, j->a->config.rslora)) &&
        hone_json_set(a, o, "use_dora", no) && hone_json_set(a, o, "modules_to_save", null) &&
        hone_json_set(a, o, "rank_pattern", none) && hone_json_set(a, o, "alpha_pattern", none) &&
        hone_json_set(a, o, "layers_to_transform", null) &&
        hone_json_set(a, o, "layers_pattern", null);
    return ok ? o : NULL;
}

static int write_json(const job *j, const char *name, const hone_json *v)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    const char *path = file_path(j, name);
    if (!path) return HONE_E_MEMORY;
    if (v) hone_json_write(&b, v, HONE_JSON_PRETTY);
    hone_buf_char(&b, '\n');
    const int rc = v && hone_buf_ok(&b) ? hone_fs_write(path, b.data, b.len, j->err)
                                        : hone_err_memory(j->err, name, b.len);
    hone_buf_done(&b);
    return rc;
}

/* {name: hash} of the weight files as they lie on disk now. */
static int file_hashes(const job *j, hone_json *o)
{
    const char *names[] = { HONE_ADAPTER_WEIGHTS, HONE_ADAPTER_DELTA };
    const size_t count = j->a->config.control_rows ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        char hex[65];
        const char *path = file_path(j, names[i]);
        if (!path) return HONE_E_MEMORY;
        HONE_TRY(hone_sha256_file(path, hex, j->err));
        if (!hone_json_set(j->arena, o, names[i], hone_json_new_str(j->arena, hex)))
            return hone_err_memory(j->err, "a manifest", 0);
    }
    return 0;
}

static hone_json *base_json(const job *j)
{
    hone_arena *a = j->arena;
    hone_json *o = hone_json_new_object(a);
    char hex[65];
    bool ok = o && hone_json_set(a, o, "name", hone_json_new_str(a, j->base_name)) &&
              hone_json_set(a, o, "sha256", hone_json_new_str(a, j->base_sha256));
    if (ok && j->base->tokenizer) {
        hone_tokenizer_hash(j->base->tokenizer, hex);
        ok = hone_json_set(a, o, "tokenizer_sha256", hone_json_new_str(a, hex));
    }
    if (ok && j->base->chat_template) {
        hone_sha256_of(j->base->chat_template, strlen(j->base->chat_template), hex);
        ok = hone_json_set(a, o, "template_sha256", hone_json_new_str(a, hex));
    }
    return ok ? o : NULL;
}

/* Adds what the adapter was trained against, if that was anything but the plain weights. */
static bool put_qat(const job *j, hone_json *o)
{
    hone_arena *a = j->arena;
    const hone_qat *q = &j->a->qat;
    if (!hone_qat_on(q)) return true;
    hone_json *v = hone_json_new_object(a);
    return v &&
           hone_json_set(a, v, "linears", hone_json_new_str(a, hone_quant_name(q->linears))) &&
           hone_json_set(a, v, "embed", hone_json_new_str(a, hone_quant_name(q->embed))) &&
           hone_json_set(a, v, "activations", hone_json_new_bool(a, q->activations)) &&
           hone_json_set(a, o, "qat", v);
}

static int write_manifest(const job *j)
{
    hone_arena *a = j->arena;
    hone_json *o = hone_json_new_object(a), *files = hone_json_new_object(a);
    if (!o || !files) return hone_err_memory(j->err, "a manifest", 0);
    HONE_TRY(file_hashes(j, files));
    if (!hone_json_set(a, o, "format", hone_json_new_str(a, "hone-adapter")) ||
        !hone_json_set(a, o, "version", hone_json_new_i64(a, 1)) ||
        !hone_json_set(a, o, "program", hone_json_new_str(a, "hone " HONE_VERSION)) ||
        !hone_json_set(a, o, "base", base_json(j)) || !hone_json_set(a, o, "files", files) ||
        !put_qat(j, o))
        return hone_err_memory(j->err, "a manifest", 0);
    return write_json(j, HONE_ADAPTER_MANIFEST, o);
}

static void card_text(const job *j, hone_buf *b)
{
    const hone_lora_config *c = &j->a->config;
    char alpha[32];
    hone_f64_g6(c->alpha, alpha);
    hone_buf_str(b, "---\nbase_model: ");
    hone_json_write_str(b, j->base_name, strlen(j->base_name));
    hone_buf_printf(b,
                    "\nlibrary_name: peft\n---\n\n# LoRA adapter for function calls\n\n"
                    "Rank %d, alpha %s%s, linears:",
                    c->r, alpha, c->rslora ? " (rsLoRA)" : "");
    for (int i = 0; i < HONE_LINEARS; i++)
        if (c->targets >> i & 1u) hone_buf_printf(b, " %s", hone_linear_names[i]);
    if (c->control_rows)
        hone_buf_str(
            b, ".\nThe embedding rows 46..52 (control tokens of function calls) are trained too: "
               "name them as\nFunctionGemma does in the tokenizer");
    hone_buf_str(b, ".\n\nTrained with hone " HONE_VERSION ". The base's terms of use apply.\n");
}

static int write_card(const job *j)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    const char *path = file_path(j, "README.md");
    if (!path) return HONE_E_MEMORY;
    card_text(j, &b);
    const int rc = hone_buf_ok(&b) ? hone_fs_write(path, b.data, b.len, j->err)
                                   : hone_err_memory(j->err, "a card", b.len);
    hone_buf_done(&b);
    return rc;
}

static int save_all(const job *j)
{
    HONE_TRY(hone_fs_mkdirs(j->dir, j->err));
    HONE_TRY(write_weights(j));
    HONE_TRY(write_delta(j));
    HONE_TRY(write_card(j));
    HONE_TRY(write_manifest(j));
    return write_json(j, HONE_ADAPTER_CONFIG, config_json(j));
}

int hone_adapter_save(const hone_adapter *a, const hone_model *base, const char *dir,
                      const char *base_name, const char *base_sha256, hone_err *err)
{
    const job j = { a, base, dir, base_name, base_sha256, hone_arena_new(), err };
    if (!j.arena) return hone_err_memory(err, "an adapter", 0);
    const int rc = save_all(&j);
    hone_arena_free(j.arena);
    return rc;
}
