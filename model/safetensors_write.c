/*
 * A model as a folder in Hugging Face layout (model/safetensors.h): configuration, weights row by
 * row, tokenizer, chat template. config.json is written last, so that a half-written folder is no
 * model.
 */
#include "model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
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

static void put_real(hone_buf *b, const char *key, double v)
{
    char text[32];
    hone_f64_repr(v, text);
    hone_buf_printf(b, "  \"%s\": %s,\n", key, text);
}

/* The scalar whose root the scores are divided by; in thousandths, as the root was rounded to f32. */
static double query_scalar(const hone_config *c)
{
    const double s = (double)c->query_scale;
    return rint(1e3 / (s * s)) / 1e3;
}

static int write_config(const job *j, hone_dtype dtype)
{
    const hone_config *c = &j->m->config;
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf_str(&b,
                 "{\n  \"architectures\": [\"Gemma3ForCausalLM\"],\n  \"model_type\": "
                 "\"gemma3_text\",\n  \"attention_bias\": false,\n  \"attention_dropout\": 0.0,\n"
                 "  \"attn_logit_softcapping\": null,\n  \"final_logit_softcapping\": null,\n"
                 "  \"bos_token_id\": 2,\n  \"eos_token_id\": 1,\n  \"pad_token_id\": 0,\n"
                 "  \"hidden_activation\": \"gelu_pytorch_tanh\",\n");
    hone_buf_printf(&b,
                    "  \"vocab_size\": %d,\n  \"hidden_size\": %d,\n  \"intermediate_size\": %d,\n",
                    c->V, c->C, c->F);
    hone_buf_printf(&b, "  \"num_hidden_layers\": %d,\n  \"num_attention_heads\": %d,\n", c->L,
                    c->NH);
    hone_buf_printf(&b, "  \"num_key_value_heads\": %d,\n  \"head_dim\": %d,\n", c->NKV, c->HD);
    hone_buf_printf(&b, "  \"sliding_window\": %d,\n  \"max_position_embeddings\": %d,\n",
                    c->window, c->max_positions);
    put_real(&b, "rms_norm_eps", rint((double)c->rms_eps * 1e12) / 1e12);
    put_real(&b, "query_pre_attn_scalar", query_scalar(c));
    put_real(&b, "rope_theta", c->rope_global);
    put_real(&b, "rope_local_base_freq", c->rope_local);
    if (c->rope_scale == 1.0) {
        hone_buf_str(&b, "  \"rope_scaling\": null,\n");
    } else {
        char text[32];
        hone_f64_repr(c->rope_scale, text);
        hone_buf_printf(&b, "  \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": %s},\n",
                        text);
    }
    hone_buf_str(&b, "  \"layer_types\": [");
    for (int l = 0; l < c->L; l++)
        hone_buf_printf(&b, "%s\"%s\"", l ? ", " : "",
                        c->global[l] ? "full_attention" : "sliding_attention");
    hone_buf_printf(&b, "],\n  \"tie_word_embeddings\": true,\n  \"torch_dtype\": \"%s\"\n}\n",
                    dtype == HONE_F32   ? "float32"
                    : dtype == HONE_F16 ? "float16"
                                        : "bfloat16");
    const int rc = write_text(j, "config.json", &b);
    hone_buf_done(&b);
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
