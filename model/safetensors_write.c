/*
 * A model as a folder in Hugging Face layout (model/safetensors.h): configuration, weights row by
 * row, tokenizer, chat template. config.json is written last, so that a half-written folder is no
 * model.
 */
#include "model/safetensors.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "model/config_write.h"
#include "model/gemma3_open.h"

typedef struct job {
    const hone_model *m;
    const hone_adapter *adapter;
    const char *dir;
    hone_tensor *tensors; /* what is written, a slot each */
    const char (*names)[HONE_SLOT_NAME_SIZE];
    int slots, *first; /* first[s]: first slot of shard s; first[shards] = slots */
    int shards;
    uint64_t total;
    float *row;
    hone_err *err;
} job;

/* Stored norms become w again: 1 + w, or (1 + w) * query_scale, was what the source held. */
static void norm_row(const hone_model *m, const hone_tensor *t, bool is_q_norm, float *row)
{
    hone_tensor_rows_f32(t, 0, 1, row);
    if (!m->norm_plus_one) return;
    const float scale = is_q_norm && m->q_norm_scaled ? m->config.query_scale : 1.0f;
    for (int64_t i = 0; i < t->shape[0]; i++) row[i] = row[i] / scale - 1.0f;
}

static bool is_q_norm(const hone_model *m, const hone_tensor *t)
{
    for (int l = 0; l < m->config.L; l++)
        if (t == &m->layers[l].q_norm) return true;
    return false;
}

/* Finds the linear that t is; false if it is none. */
static bool find_linear(const hone_model *m, const hone_tensor *t, int *ret_layer, int *ret_id)
{
    for (int l = 0; l < m->config.L; l++)
        for (int i = 0; i < HONE_LINEARS; i++)
            if (t == &m->layers[l].linear[i]) {
                *ret_layer = l;
                *ret_id = i;
                return true;
            }
    return false;
}

/* A slot of a fully trained model: its parameters, norms as w. */
static int write_trained(job *j, const hone_tensor *t, const float *values, hone_safetensors_out *o)
{
    if (t->rank == 2)
        return hone_safetensors_out_write(o, values, (size_t)t->shape[0] * (size_t)t->shape[1],
                                          j->err);
    for (int64_t i = 0; i < t->shape[0]; i++) j->row[i] = values[i] - 1.0f;
    return hone_safetensors_out_write(o, j->row, (size_t)t->shape[0], j->err);
}

static int write_rows(job *j, const hone_tensor *t, hone_safetensors_out *o)
{
    int layer = 0, id = 0;
    const bool linear = j->adapter && find_linear(j->m, t, &layer, &id);
    const int64_t in = t->shape[1];
    for (int64_t r = 0; r < t->shape[0]; r++) {
        hone_tensor_rows_f32(t, r, 1, j->row);
        if (linear)
            hone_adapter_merge_rows(j->adapter, layer, (hone_linear_id)id, in, r, 1, j->row);
        else if (j->adapter && t == &j->m->embed)
            hone_adapter_merge_embed_row(j->adapter, (int32_t)r, j->row);
        HONE_TRY(hone_safetensors_out_write(o, j->row, (size_t)in, j->err));
    }
    return 0;
}

static int write_slot(job *j, int slot, hone_safetensors_out *o)
{
    const hone_tensor *t = hone_model_slot_const(j->m, slot);
    const hone_adapter *a = j->adapter;
    if (a && a->config.full && a->slot_at[slot] != HONE_FROZEN)
        return write_trained(j, t, a->params + a->slot_at[slot], o);
    if (t->rank == 2) return write_rows(j, t, o);
    norm_row(j->m, t, is_q_norm(j->m, t), j->row);
    return hone_safetensors_out_write(o, j->row, (size_t)t->shape[0], j->err);
}

static void shard_name(const job *j, int shard, char name[48])
{
    if (j->shards == 1)
        (void)snprintf(name, 48, "model.safetensors");
    else
        (void)snprintf(name, 48, "model-%05d-of-%05d.safetensors", shard + 1, j->shards);
}

static int write_shard(job *j, int shard)
{
    hone_safetensors_out *o = NULL;
    char name[48];
    shard_name(j, shard, name);
    char *path = hone_path_join(j->dir, name);
    if (!path) return hone_err_memory(j->err, "a path", sizeof(name));
    const int first = j->first[shard], end = j->first[shard + 1];
    int rc = hone_safetensors_out_open(&o, path, j->tensors + first, (size_t)(end - first), j->err);
    for (int i = first; rc == 0 && i < end; i++) rc = write_slot(j, i, o);
    if (rc == 0)
        rc = hone_safetensors_out_commit(o, j->err);
    else
        hone_safetensors_out_abort(o);
    hone_free(path);
    return rc;
}

static int write_text(const job *j, const char *name, const hone_buf *b)
{
    char *path = hone_path_join(j->dir, name);
    if (!path || !hone_buf_ok(b)) {
        hone_free(path);
        return hone_err_memory(j->err, name, b->len);
    }
    const int rc = hone_fs_write(path, b->data, b->len, j->err);
    hone_free(path);
    return rc;
}

static int write_index(const job *j)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char name[48];
    if (j->shards == 1) return 0;
    hone_buf_printf(&b, "{\n  \"metadata\": {\"total_size\": %llu},\n  \"weight_map\": {",
                    (unsigned long long)j->total);
    for (int s = 0; s < j->shards; s++)
        for (int i = j->first[s]; i < j->first[s + 1]; i++) {
            shard_name(j, s, name);
            hone_buf_printf(&b, "%s\n    \"%s\": \"%s\"", i ? "," : "", j->names[i], name);
        }
    hone_buf_str(&b, "\n  }\n}\n");
    const int rc = write_text(j, "model.safetensors.index.json", &b);
    hone_buf_done(&b);
    return rc;
}

static const char *torch_name(hone_dtype dtype)
{
    return dtype == HONE_F32 ? "float32" : dtype == HONE_F16 ? "float16" : "bfloat16";
}

/* What other programs want to see beside the numbers. */
static hone_json *config_json(const job *j, hone_arena *a, hone_dtype dtype)
{
    const bool trained = j->adapter && (j->adapter->config.control_rows ||
                                        j->adapter->config.embedding);
    hone_json *o = hone_config_to_json(a, &j->m->config), *architectures = hone_json_new_array(a);
    const bool ok =
        o && architectures &&
        hone_json_push(a, architectures, hone_json_new_str(a, "Gemma3ForCausalLM")) &&
        hone_json_set(a, o, "architectures", architectures) &&
        hone_json_set(a, o, "hidden_activation", hone_json_new_str(a, "gelu_pytorch_tanh")) &&
        hone_json_set(a, o, "attention_bias", hone_json_new_bool(a, false)) &&
        hone_json_set(a, o, "tie_word_embeddings", hone_json_new_bool(a, true)) &&
        hone_json_set(a, o, "pad_token_id", hone_json_new_i64(a, HONE_ID_PAD)) &&
        hone_json_set(a, o, "eos_token_id", hone_json_new_i64(a, HONE_ID_EOS)) &&
        hone_json_set(a, o, "bos_token_id", hone_json_new_i64(a, HONE_ID_BOS)) &&
        hone_json_set(a, o, "torch_dtype", hone_json_new_str(a, torch_name(dtype))) &&
        (!j->m->control_untrained || trained ||
         hone_json_set(a, o, HONE_UNTRAINED_KEY, hone_json_new_bool(a, true)));
    return ok ? o : NULL;
}

static int write_config(const job *j, hone_dtype dtype)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_arena *a = hone_arena_new();
    const hone_json *o = a ? config_json(j, a, dtype) : NULL;
    int rc = o ? 0 : hone_err_memory(j->err, "config.json", 0);
    if (rc == 0) {
        hone_json_write(&b, o, HONE_JSON_PRETTY);
        hone_buf_char(&b, '\n');
        rc = write_text(j, "config.json", &b);
    }
    hone_buf_done(&b);
    hone_arena_free(a);
    return rc;
}

static int write_tokenizer(const job *j)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = hone_tokenizer_write_proto(j->m->tokenizer, &b, j->err);
    if (rc == 0) rc = write_text(j, "tokenizer.model", &b);
    hone_buf_clear(&b);
    if (rc == 0 && j->m->chat_template) {
        hone_buf_str(&b, j->m->chat_template);
        rc = write_text(j, "chat_template.jinja", &b);
    }
    hone_buf_done(&b);
    return rc;
}

/* Fills the table of tensors and cuts it into shards of at most max bytes, one tensor at least. */
static void plan(job *j, char (*names)[HONE_SLOT_NAME_SIZE], hone_dtype dtype, uint64_t max)
{
    uint64_t in_shard = 0;
    j->names = (const char(*)[HONE_SLOT_NAME_SIZE])names;
    for (int i = 0; i < j->slots; i++) {
        hone_tensor *t = &j->tensors[i];
        hone_model_slot_name(&j->m->config, i, false, names[i]);
        t->name = names[i];
        t->dtype = dtype;
        t->rank = hone_model_slot_shape(&j->m->config, i, t->shape);
        const uint64_t values = (uint64_t)t->shape[0] * (uint64_t)(t->rank == 2 ? t->shape[1] : 1);
        const uint64_t bytes = values * hone_dtype_row_bytes(dtype, 1);
        if (i == 0 || (max > 0 && in_shard + bytes > max)) {
            j->first[j->shards++] = i;
            in_shard = 0;
        }
        in_shard += bytes;
        j->total += bytes;
    }
    j->first[j->shards] = j->slots;
}

int hone_model_write_safetensors(const hone_model *m, const hone_adapter *adapter, const char *dir,
                                 hone_dtype dtype, uint64_t max_shard, hone_err *err)
{
    job j = { .m = m, .adapter = adapter, .dir = dir, .err = err };
    const hone_config *c = &m->config;
    j.slots = hone_model_slots(c);
    const size_t n = (size_t)j.slots,
                 widest = (size_t)(c->F > c->NH * c->HD ? c->F : c->NH * c->HD);
    char(*names)[HONE_SLOT_NAME_SIZE] = hone_calloc(n, sizeof(*names));
    j.tensors = hone_calloc(n, sizeof(*j.tensors));
    j.first = hone_calloc(n + 1, sizeof(*j.first));
    j.row = hone_calloc(widest + (size_t)c->C, sizeof(*j.row));
    int rc = 0;
    if (!names || !j.tensors || !j.first || !j.row) {
        rc = hone_err_memory(err, "a model writer", n * sizeof(*j.tensors));
        goto done;
    }
    HONE_GOTO(rc, done, hone_fs_mkdirs(dir, err));
    plan(&j, names, dtype, max_shard);
    for (int s = 0; s < j.shards; s++) HONE_GOTO(rc, done, write_shard(&j, s));
    HONE_GOTO(rc, done, write_index(&j));
    HONE_GOTO(rc, done, write_tokenizer(&j));
    rc = write_config(&j, dtype);
done:
    hone_free(j.row);
    hone_free(j.first);
    hone_free(j.tensors);
    hone_free(names);
    return rc;
}
