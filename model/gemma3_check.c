/*
 * The tensors of a Gemma 3 text model: order, names, shapes, and the check of what a file brought
 * (model/gemma3_open.h). Names: docs/gemma3.md, docs/gguf.md.
 */
#include "model/gemma3_open.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "kernels/parallel.h"

/* Parts of each tensor, and threads that look through them: nobody has said how many there may be,
 * and a pool's threads stay. */
enum { CHECK_PARTS = 16, CHECK_THREADS = 2 };

const char *const hone_linear_names[HONE_LINEARS] = {
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
};

typedef enum width { WIDTH_C, WIDTH_HD } width;

typedef struct role {
    const char *hf, *gguf; /* between "model.layers.N." / "blk.N." and ".weight" */
    size_t at;             /* in hone_layer */
    width norm;            /* length of a norm; the linears come first and have two dimensions */
} role;

#define LINEAR(id, hf, gguf)                                                         \
    {                                                                                \
        hf, gguf, offsetof(hone_layer, linear) + (id) * sizeof(hone_tensor), WIDTH_C \
    }
static const role ROLES[] = {
    LINEAR(HONE_Q, "self_attn.q_proj", "attn_q"),
    LINEAR(HONE_K, "self_attn.k_proj", "attn_k"),
    LINEAR(HONE_V, "self_attn.v_proj", "attn_v"),
    LINEAR(HONE_O, "self_attn.o_proj", "attn_output"),
    LINEAR(HONE_GATE, "mlp.gate_proj", "ffn_gate"),
    LINEAR(HONE_UP, "mlp.up_proj", "ffn_up"),
    LINEAR(HONE_DOWN, "mlp.down_proj", "ffn_down"),
    { "input_layernorm", "attn_norm", offsetof(hone_layer, input_norm), WIDTH_C },
    { "post_attention_layernorm", "post_attention_norm", offsetof(hone_layer, post_attn_norm),
      WIDTH_C },
    { "pre_feedforward_layernorm", "ffn_norm", offsetof(hone_layer, pre_ffn_norm), WIDTH_C },
    { "post_feedforward_layernorm", "post_ffw_norm", offsetof(hone_layer, post_ffn_norm), WIDTH_C },
    { "self_attn.q_norm", "attn_q_norm", offsetof(hone_layer, q_norm), WIDTH_HD },
    { "self_attn.k_norm", "attn_k_norm", offsetof(hone_layer, k_norm), WIDTH_HD },
};
#undef LINEAR

enum { NUM_ROLES = sizeof(ROLES) / sizeof(ROLES[0]) };

void hone_config_linear_shape(const hone_config *c, hone_linear_id id, int64_t *ret_out,
                              int64_t *ret_in)
{
    const int64_t q = (int64_t)c->NH * c->HD, kv = (int64_t)c->NKV * c->HD;
    const int64_t shapes[HONE_LINEARS][2] = {
        [HONE_Q] = { q, c->C },       [HONE_K] = { kv, c->C },      [HONE_V] = { kv, c->C },
        [HONE_O] = { c->C, q },       [HONE_GATE] = { c->F, c->C }, [HONE_UP] = { c->F, c->C },
        [HONE_DOWN] = { c->C, c->F },
    };
    *ret_out = shapes[id][0];
    *ret_in = shapes[id][1];
}

int hone_model_slots(const hone_config *c)
{
    return 2 + NUM_ROLES * c->L;
}

hone_tensor *hone_model_slot(hone_model *m, int slot)
{
    if (slot == 0) return &m->embed;
    if (slot == hone_model_slots(&m->config) - 1) return &m->final_norm;
    hone_layer *layer = &m->layers[(slot - 1) / NUM_ROLES];
    return (hone_tensor *)(void *)((char *)layer + ROLES[(slot - 1) % NUM_ROLES].at);
}

const hone_tensor *hone_model_slot_const(const hone_model *m, int slot)
{
    return hone_model_slot((hone_model *)(uintptr_t)m, slot);
}

void hone_model_slot_name(const hone_config *c, int slot, bool gguf, char name[HONE_SLOT_NAME_SIZE])
{
    if (slot == 0) {
        (void)snprintf(name, HONE_SLOT_NAME_SIZE, "%s",
                       gguf ? "token_embd.weight" : "model.embed_tokens.weight");
    } else if (slot == hone_model_slots(c) - 1) {
        (void)snprintf(name, HONE_SLOT_NAME_SIZE, "%s",
                       gguf ? "output_norm.weight" : "model.norm.weight");
    } else {
        const role *r = &ROLES[(slot - 1) % NUM_ROLES];
        (void)snprintf(name, HONE_SLOT_NAME_SIZE,
                       gguf ? "blk.%d.%s.weight" : "model.layers.%d.%s.weight",
                       (slot - 1) / NUM_ROLES, gguf ? r->gguf : r->hf);
    }
}

int hone_model_slot_shape(const hone_config *c, int slot, int64_t shape[2])
{
    if (slot == 0) {
        shape[0] = c->V;
        shape[1] = c->C;
        return 2;
    }
    const int role_index = (slot - 1) % NUM_ROLES;
    if (slot < hone_model_slots(c) - 1 && role_index < HONE_LINEARS) {
        hone_config_linear_shape(c, (hone_linear_id)role_index, &shape[0], &shape[1]);
        return 2;
    }
    const bool per_head = slot < hone_model_slots(c) - 1 && ROLES[role_index].norm == WIDTH_HD;
    shape[0] = per_head ? c->HD : c->C;
    return 1;
}

/* Reads the layer number at s in the one spelling that we write; -1 if it is none below L. */
static int layer_number(const char *s, int L, const char **ret_rest)
{
    int n = 0, digits = 0;
    while (s[digits] >= '0' && s[digits] <= '9' && digits < 4) n = 10 * n + (s[digits++] - '0');
    if (digits == 0 || s[digits] != '.' || (digits > 1 && s[0] == '0') || n >= L) return -1;
    *ret_rest = s + digits + 1;
    return n;
}

/* Slot of a tensor name, -1 if there is none. */
static int slot_of_name(const hone_config *c, const char *name, bool gguf)
{
    const char *prefix = gguf ? "blk." : "model.layers.", *rest = NULL;
    char full[HONE_SLOT_NAME_SIZE];
    for (int i = 0; i < 2; i++) {
        const int slot = i ? hone_model_slots(c) - 1 : 0;
        hone_model_slot_name(c, slot, gguf, full);
        if (strcmp(name, full) == 0) return slot;
    }
    if (strncmp(name, prefix, strlen(prefix)) != 0) return -1;
    const int layer = layer_number(name + strlen(prefix), c->L, &rest);
    if (layer < 0) return -1;
    for (int r = 0; r < NUM_ROLES; r++) {
        const char *mid = gguf ? ROLES[r].gguf : ROLES[r].hf;
        const size_t n = strlen(mid);
        if (strncmp(rest, mid, n) == 0 && strcmp(rest + n, ".weight") == 0)
            return 1 + layer * NUM_ROLES + r;
    }
    return -1;
}

static int unknown_tensor(const hone_model *m, const char *name, const char *source, hone_err *err)
{
    const bool head = strcmp(name, "lm_head.weight") == 0 || strcmp(name, "output.weight") == 0;
    hone_err_at(err, source, 0, -1);
    int rc = hone_fail(err, HONE_E_MODEL,
                       "tensor %s does not belong to a Gemma 3 text model of %d layers", name,
                       m->config.L);
    if (head)
        hone_err_hint(err,
                      "Gemma 3 shares its output matrix with the embedding; this file has its own");
    else if (strstr(name, "lora_") || strncmp(name, "base_model.", 11) == 0)
        hone_err_hint(
            err, "this looks like an adapter; pass it with --adapter and name its base as --model");
    return rc;
}

int hone_model_bind(hone_model *m, const hone_tensor *tensors, size_t count, const char *source,
                    hone_err *err)
{
    const bool gguf = m->kind == HONE_MODEL_GGUF;
    char hf[HONE_SLOT_NAME_SIZE];
    for (size_t i = 0; i < count; i++) {
        const int slot = slot_of_name(&m->config, tensors[i].name, gguf);
        if (slot < 0) return unknown_tensor(m, tensors[i].name, source, err);
        hone_tensor *t = hone_model_slot(m, slot);
        if (t->data) {
            hone_err_at(err, source, 0, -1);
            return hone_fail(err, HONE_E_MODEL, "tensor %s is there twice", tensors[i].name);
        }
        *t = tensors[i];
        hone_model_slot_name(&m->config, slot, false, hf);
        t->name = hone_arena_strndup(m->arena, hf, strlen(hf));
        if (!t->name) return hone_err_memory(err, "a tensor name", strlen(hf));
    }
    return 0;
}

static void shape_text(int rank, const int64_t *shape, char *buf, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < rank && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%lld", i ? ", " : "", (long long)shape[i]);
}

static int check_shape(const hone_model *m, int slot, const char *name, const char *source,
                       hone_err *err)
{
    const hone_tensor *t = hone_model_slot_const(m, slot);
    int64_t want[2];
    const int rank = hone_model_slot_shape(&m->config, slot, want);
    if (t->rank == rank && t->shape[0] == want[0] && (rank == 1 || t->shape[1] == want[1]))
        return 0;
    char have_text[96] = "", want_text[96] = "";
    shape_text(t->rank, t->shape, have_text, sizeof(have_text));
    shape_text(rank, want, want_text, sizeof(want_text));
    hone_err_at(err, source, 0, -1);
    return hone_fail(err, HONE_E_MODEL,
                     "tensor %s has the shape [%s], the configuration asks for [%s]", name,
                     have_text, want_text);
}

static bool dtype_allowed(const hone_model *m, const hone_tensor *t)
{
    const bool plain = t->dtype == HONE_F32 || t->dtype == HONE_F16 || t->dtype == HONE_BF16;
    if (t->rank == 1 || m->kind == HONE_MODEL_SAFETENSORS) return plain;
    if (m->kind == HONE_MODEL_GGUF)
        return plain || (t->dtype >= HONE_Q4_0 && t->dtype <= HONE_Q6_K);
    return t->dtype == HONE_F32 || t->dtype == HONE_I8_ROW || t->dtype == HONE_I4_BLOCK ||
           t->dtype == HONE_I4_ROW;
}

static int check_format(const hone_model *m, const hone_tensor *t, const char *name,
                        const char *source, hone_err *err)
{
    if (!dtype_allowed(m, t)) {
        hone_err_at(err, source, 0, -1);
        return hone_fail(err, HONE_E_MODEL,
                         "tensor %s has the number format %s, which is not supported "
                         "for it in this kind of file",
                         name, hone_dtype_name(t->dtype));
    }
    const size_t row = hone_dtype_row_bytes(t->dtype, t->shape[t->rank - 1]);
    size_t bytes = 0;
    if (row && hone_mul_size(row, t->rank == 2 ? (size_t)t->shape[0] : 1, &bytes) &&
        bytes == t->bytes)
        return 0;
    hone_err_at(err, source, 0, -1);
    return hone_fail(err, HONE_E_MODEL,
                     "tensor %s has %zu bytes, its shape and format %s ask for %zu", name, t->bytes,
                     hone_dtype_name(t->dtype), bytes);
}

static int check_slot(const hone_model *m, int slot, const char *source, hone_err *err)
{
    const hone_tensor *t = hone_model_slot_const(m, slot);
    char name[HONE_SLOT_NAME_SIZE];
    hone_model_slot_name(&m->config, slot, m->kind == HONE_MODEL_GGUF, name);
    if (!t->data) {
        hone_err_at(err, source, 0, -1);
        int rc = hone_fail(err, HONE_E_MODEL, "tensor %s is missing", name);
        hone_err_hint(err, "the model is incomplete or its configuration is another model's");
        return rc;
    }
    HONE_TRY(check_shape(m, slot, name, source, err));
    HONE_TRY(check_format(m, t, name, source, err));
    return 0;
}

/* Every start of the program waits for this: a loop over parts of all tensors. */
typedef struct finding {
    const hone_model *m;
    atomic_int bad; /* the first slot that holds NaN or infinity, or slots */
} finding;

static void find_bad(void *ctx, int64_t i, int worker)
{
    (void)worker;
    finding *f = ctx;
    const int slot = (int)(i / CHECK_PARTS);
    const hone_tensor *t = hone_model_slot_const(f->m, slot);
    int first = atomic_load(&f->bad);
    if (hone_tensor_finite_part(t, (int)(i % CHECK_PARTS), CHECK_PARTS)) return;
    while (slot < first && !atomic_compare_exchange_weak(&f->bad, &first, slot)) continue;
}

static int check_values(const hone_model *m, int slots, const char *source, hone_err *err)
{
    finding f = { .m = m, .bad = slots };
    char name[HONE_SLOT_NAME_SIZE];
    const int threads = hone_cpu_count() < CHECK_THREADS ? 1 : CHECK_THREADS;
    hone_parallel(threads, (int64_t)slots * CHECK_PARTS, find_bad, &f);
    const int bad = atomic_load(&f.bad);
    if (bad == slots) return 0;
    hone_model_slot_name(&m->config, bad, m->kind == HONE_MODEL_GGUF, name);
    hone_err_at(err, source, 0, -1);
    return hone_fail(err, HONE_E_MODEL, "tensor %s holds NaN or infinite weights", name);
}

int hone_model_check(const hone_model *m, const char *source, hone_err *err)
{
    const int slots = hone_model_slots(&m->config);
    for (int i = 0; i < slots; i++) HONE_TRY(check_slot(m, i, source, err));
    return check_values(m, slots, source, err);
}
