/*
 * GGUF writer (export/gguf_write.h), version 3, alignment 32. Tensors stand in the order of a
 * model's slots; norms are stored as 1 + w. Names, keys and formats: docs/gguf.md.
 */
#include "export/gguf_write.h"

#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "kernels/quant_gguf.h"
#include "model/gemma3_open.h"
#include "model/gguf.h"
#include "model/tokenizer_parts.h"

enum { VERSION = 3, ALIGN = 32, TABLES_MAX = 64 << 20, LOCAL_EVERY = 6 };

typedef struct format {
    const char *name;
    int id, file_type, block, bytes; /* tensor type, general.file_type; values and bytes a block */
    void (*encode)(const float *w, int64_t n, uint8_t *out);
} format;

static void encode_f32(const float *w, int64_t n, uint8_t *out)
{
    for (int64_t i = 0; i < n; i++) hone_put_le32(out + 4 * i, hone_bits_of_f32(w[i]));
}

static const format FORMATS[HONE_GGUF_KINDS] = {
    [HONE_GGUF_KIND_F32] = { "f32", 0, 0, 1, 4, encode_f32 },
    [HONE_GGUF_KIND_F16] = { "f16", 1, 1, 1, 2, hone_quant_f16 },
    [HONE_GGUF_KIND_Q8_0] = { "q8_0", 8, 7, HONE_GGUF_BLOCK, 34, hone_quant_q8_0 },
    [HONE_GGUF_KIND_Q4_0] = { "q4_0", 2, 2, HONE_GGUF_BLOCK, 18, hone_quant_q4_0 },
};

typedef struct job {
    const hone_merge *merged;
    const char *name, *chat_template;
    hone_gguf_kind kind;
    hone_buf tables;
    uint64_t keys;
    hone_out *out;
    float *row;
    uint8_t *bytes;
    hone_progress progress;
    hone_err *err;
} job;

const char *hone_gguf_kind_name(hone_gguf_kind k)
{
    return FORMATS[k].name;
}

int hone_gguf_kind_parse(hone_gguf_kind *ret, const char *name, hone_err *err)
{
    for (int k = 0; k < HONE_GGUF_KINDS; k++) {
        const char *full = FORMATS[k].name;
        const bool brief = strlen(name) == 2 && strncmp(name, full, 2) == 0 && full[2] == '_';
        if (brief || strcmp(name, full) == 0) {
            *ret = (hone_gguf_kind)k;
            return 0;
        }
    }
    hone_err_hint(err, "f16, q8_0, q4_0 or f32");
    return hone_fail(err, HONE_E_USAGE, "a GGUF file cannot hold '%s'", name);
}

/* --- keys --- */

static void put_u32(hone_buf *b, uint32_t v)
{
    uint8_t p[4];
    hone_put_le32(p, v);
    hone_buf_add(b, p, sizeof(p));
}

static void put_u64(hone_buf *b, uint64_t v)
{
    uint8_t p[8];
    hone_put_le64(p, v);
    hone_buf_add(b, p, sizeof(p));
}

static void put_text(hone_buf *b, const char *s, size_t n)
{
    put_u64(b, n);
    hone_buf_add(b, s, n);
}

static void key(job *j, const char *name, hone_gguf_type type)
{
    put_text(&j->tables, name, strlen(name));
    put_u32(&j->tables, (uint32_t)type);
    j->keys++;
}

static void key_text(job *j, const char *name, const char *value)
{
    key(j, name, HONE_GGUF_STRING);
    put_text(&j->tables, value, strlen(value));
}

static void key_u32(job *j, const char *name, int64_t value)
{
    key(j, name, HONE_GGUF_U32);
    put_u32(&j->tables, (uint32_t)value);
}

static void key_f32(job *j, const char *name, double value)
{
    key(j, name, HONE_GGUF_F32);
    put_u32(&j->tables, hone_bits_of_f32((float)value));
}

static void key_bool(job *j, const char *name, bool value)
{
    key(j, name, HONE_GGUF_BOOL);
    hone_buf_char(&j->tables, (char)value);
}

static void key_array(job *j, const char *name, hone_gguf_type element, uint64_t count)
{
    key(j, name, HONE_GGUF_ARRAY);
    put_u32(&j->tables, (uint32_t)element);
    put_u64(&j->tables, count);
}

static void general_keys(job *j)
{
    key_text(j, "general.architecture", "gemma3");
    key_text(j, "general.type", "model");
    key_text(j, "general.name", j->name);
    key_text(j, "general.license", "gemma");
    key_u32(j, "general.file_type", FORMATS[j->kind].file_type);
    key_u32(j, "general.quantization_version", 2);
}

/* Which layers see everything: readers assume every sixth. */
static void pattern_key(job *j, const hone_config *c)
{
    bool usual = true;
    for (int l = 0; l < c->L; l++) usual = usual && c->global[l] == ((l + 1) % LOCAL_EVERY == 0);
    if (usual) return;
    key_array(j, "gemma3.attention.sliding_window_pattern", HONE_GGUF_BOOL, (uint64_t)c->L);
    for (int l = 0; l < c->L; l++) hone_buf_char(&j->tables, (char)!c->global[l]);
}

static void model_keys(job *j)
{
    const hone_config *c = &j->merged->model->config;
    key_u32(j, "gemma3.context_length", c->max_positions);
    key_u32(j, "gemma3.embedding_length", c->C);
    key_u32(j, "gemma3.block_count", c->L);
    key_u32(j, "gemma3.feed_forward_length", c->F);
    key_u32(j, "gemma3.attention.head_count", c->NH);
    key_u32(j, "gemma3.attention.head_count_kv", c->NKV);
    key_u32(j, "gemma3.attention.key_length", c->HD);
    key_u32(j, "gemma3.attention.value_length", c->HD);
    key_f32(j, "gemma3.attention.layer_norm_rms_epsilon", (double)c->rms_eps);
    key_u32(j, "gemma3.attention.sliding_window", c->window);
    pattern_key(j, c);
    key_f32(j, "gemma3.rope.freq_base", c->rope_global);
    key_f32(j, "gemma3.rope.freq_base_swa", c->rope_local);
    if (c->rope_scale == 1.0) return;
    key_text(j, "gemma3.rope.scaling.type", "linear");
    key_f32(j, "gemma3.rope.scaling.factor", c->rope_scale);
}

/* Pieces found in raw text hold real spaces: llama.cpp looks for them before it maps any. */
static void piece_text(hone_buf *b, const hone_piece *p)
{
    char text[HONE_PIECE_BYTES];
    size_t n = 0;
    if (p->type != HONE_PIECE_USER) {
        put_text(b, p->text, p->len);
        return;
    }
    for (size_t i = 0; i < p->len;) {
        const bool mark = p->len - i >= 3 && memcmp(p->text + i, "\xe2\x96\x81", 3) == 0;
        text[n++] = mark ? ' ' : p->text[i];
        i += mark ? 3 : 1;
    }
    put_text(b, text, n);
}

/* Control tokens are never printed as text; line breaks, runs and tags are. */
static uint32_t piece_type(const hone_piece *p)
{
    const bool unused = p->len > 7 && memcmp(p->text, "<unused", 7) == 0;
    if (p->type == HONE_PIECE_USER && (unused || hone_is_control(p->text, p->len)))
        return HONE_PIECE_CONTROL;
    return p->type;
}

static void tokenizer_keys(job *j)
{
    const hone_tokenizer *t = j->merged->model->tokenizer;
    const size_t count = hone_tokenizer_size(t);
    hone_piece p;
    key_text(j, "tokenizer.ggml.model", "llama");
    key_text(j, "tokenizer.ggml.pre", "default");
    key_array(j, "tokenizer.ggml.tokens", HONE_GGUF_STRING, count);
    for (size_t i = 0; i < count; i++) {
        p = hone_tokenizer_piece(t, (int32_t)i);
        piece_text(&j->tables, &p);
    }
    key_array(j, "tokenizer.ggml.scores", HONE_GGUF_F32, count);
    for (size_t i = 0; i < count; i++)
        put_u32(&j->tables, hone_bits_of_f32(hone_tokenizer_piece(t, (int32_t)i).score));
    key_array(j, "tokenizer.ggml.token_type", HONE_GGUF_I32, count);
    for (size_t i = 0; i < count; i++) {
        p = hone_tokenizer_piece(t, (int32_t)i);
        put_u32(&j->tables, piece_type(&p));
    }
    key_u32(j, "tokenizer.ggml.bos_token_id", HONE_ID_BOS);
    key_u32(j, "tokenizer.ggml.eos_token_id", HONE_ID_EOS);
    key_u32(j, "tokenizer.ggml.eot_token_id", HONE_ID_END_TURN);
    key_u32(j, "tokenizer.ggml.unknown_token_id", HONE_ID_UNK);
    key_u32(j, "tokenizer.ggml.padding_token_id", HONE_ID_PAD);
    key_bool(j, "tokenizer.ggml.add_bos_token", true);
    key_bool(j, "tokenizer.ggml.add_eos_token", false);
    key_bool(j, "tokenizer.ggml.add_space_prefix", false);
    if (j->chat_template) key_text(j, "tokenizer.chat_template", j->chat_template);
}

/* --- tensors --- */

static const format *format_of(const job *j, int slot)
{
    if (hone_model_slot_const(j->merged->model, slot)->rank == 1)
        return &FORMATS[HONE_GGUF_KIND_F32];
    if (slot == 0 && j->kind == HONE_GGUF_KIND_Q4_0) return &FORMATS[HONE_GGUF_KIND_Q8_0];
    return &FORMATS[j->kind];
}

static uint64_t slot_bytes(const job *j, int slot)
{
    const hone_tensor *t = hone_model_slot_const(j->merged->model, slot);
    const format *f = format_of(j, slot);
    const int64_t n = t->rank == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    return (uint64_t)(n / f->block) * (uint64_t)f->bytes;
}

static uint64_t align_up(uint64_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static int tensor_table(job *j)
{
    const hone_config *c = &j->merged->model->config;
    uint64_t at = 0;
    char name[HONE_SLOT_NAME_SIZE];
    for (int i = 0; i < hone_model_slots(c); i++) {
        const hone_tensor *t = hone_model_slot_const(j->merged->model, i);
        const format *f = format_of(j, i);
        hone_model_slot_name(c, i, true, name);
        if (t->shape[t->rank - 1] % f->block)
            return hone_fail(j->err, HONE_E_USAGE, "%s: rows of %lld values cannot be stored as %s",
                             name, (long long)t->shape[t->rank - 1], f->name);
        put_text(&j->tables, name, strlen(name));
        put_u32(&j->tables, (uint32_t)t->rank);
        for (int d = t->rank - 1; d >= 0; d--) put_u64(&j->tables, (uint64_t)t->shape[d]);
        put_u32(&j->tables, (uint32_t)f->id);
        put_u64(&j->tables, at);
        at = align_up(at + slot_bytes(j, i));
    }
    return 0;
}

static int pad(job *j)
{
    static const uint8_t zeros[ALIGN];
    const uint64_t at = hone_out_size(j->out);
    return hone_out_write(j->out, zeros, (size_t)(align_up(at) - at), j->err);
}

/* Row r of a slot as the file holds it: merged, norms as 1 + w. */
static void slot_row(const job *j, int slot, int64_t r)
{
    const hone_model *m = j->merged->model;
    const hone_tensor *t = hone_model_slot_const(m, slot);
    if (t->rank == 1)
        hone_model_norm_f32(m, t, j->row);
    else
        hone_merge_slot_rows(j->merged, slot, r, 1, j->row);
}

static int write_slot(job *j, int slot)
{
    const hone_tensor *t = hone_model_slot_const(j->merged->model, slot);
    const format *f = format_of(j, slot);
    const int64_t rows = t->rank == 2 ? t->shape[0] : 1, n = t->shape[t->rank - 1];
    for (int64_t r = 0; r < rows; r++) {
        slot_row(j, slot, r);
        if (!hone_rows_finite(j->row, n)) return hone_err_not_finite(j->merged, t, r, j->err);
        f->encode(j->row, n, j->bytes);
        HONE_TRY(hone_out_write(j->out, j->bytes, (size_t)(n / f->block) * (size_t)f->bytes,
                                j->err));
    }
    if (hone_stop_requested())
        return hone_fail(j->err, HONE_E_INTERRUPTED, "stopped while writing");
    hone_progress_set(&j->progress, (int64_t)(hone_out_size(j->out) >> 20), "MB");
    return pad(j);
}

static int write_tables(job *j)
{
    const uint64_t slots = (uint64_t)hone_model_slots(&j->merged->model->config);
    uint8_t head[24] = { 'G', 'G', 'U', 'F', VERSION };
    general_keys(j);
    model_keys(j);
    tokenizer_keys(j);
    HONE_TRY(tensor_table(j));
    if (!hone_buf_ok(&j->tables)) return hone_err_memory(j->err, "GGUF tables", j->tables.len);
    hone_put_le64(head + 8, slots);
    hone_put_le64(head + 16, j->keys);
    HONE_TRY(hone_out_write(j->out, head, sizeof(head), j->err));
    HONE_TRY(hone_out_write(j->out, j->tables.data, j->tables.len, j->err));
    return pad(j);
}

static int write_all(job *j)
{
    const int slots = hone_model_slots(&j->merged->model->config);
    uint64_t total = 0;
    for (int i = 0; i < slots; i++) total += slot_bytes(j, i);
    hone_progress_start(&j->progress, "writing", (int64_t)(total >> 20));
    HONE_TRY(write_tables(j));
    for (int i = 0; i < slots; i++) HONE_TRY(write_slot(j, i));
    hone_progress_end(&j->progress, "%s", "");
    return 0;
}

int hone_gguf_write(hone_out *out, const hone_merge *m, hone_gguf_kind kind, const char *name,
                    const char *chat_template, hone_err *err)
{
    const hone_config *c = &m->model->config;
    const size_t widest = (size_t)(c->F > c->NH * c->HD ? c->F : c->NH * c->HD) + (size_t)c->C;
    job j = { .merged = m, .name = name, .chat_template = chat_template, .kind = kind,
              .tables = HONE_BUF_INIT(TABLES_MAX), .out = out, .err = err };
    j.row = hone_calloc(widest, sizeof(*j.row));
    j.bytes = hone_calloc(widest, sizeof(*j.row));
    const int rc = j.row && j.bytes ? write_all(&j)
                                    : hone_err_memory(err, "rows of weights", widest * 8);
    hone_free(j.row);
    hone_free(j.bytes);
    hone_buf_done(&j.tables);
    return rc;
}
