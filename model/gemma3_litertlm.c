/*
 * Opening an exported .litertlm file as a model (model/gemma3_open.h, docs/litertlm.md). Weights
 * are found by their Hugging Face names in the decode subgraph; what shapes cannot tell stands in
 * the model's metadata entry "hone.config" and is compared with the constants of the graph, so
 * that the engine computes what the device runtime will. /
 */
#include "model/gemma3_open.h"

#include <math.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "model/litertlm_read.h"
#include "model/llm_metadata.h"
#include "model/tflite_read.h"

typedef struct opening {
    hone_model *m;
    hone_litertlm *file;
    hone_tflite *tflite;
    const hone_tfl_signature *decode;
    const hone_tfl_graph *graph;
    hone_map map;
    hone_err *err;
} opening;

static int refuse(const opening *o, const char *hint, const char *what, const char *name)
{
    hone_err_at(o->err, o->m->path, 0, -1);
    hone_err_hint(o->err, "%s", hint);
    return hone_fail(o->err, HONE_E_MODEL, "%s%s%s", name, name[0] ? ": " : "", what);
}

#define HINT_FOREIGN "this is not an export of ours: its weights cannot be told apart by name"
#define HINT_BROKEN "the file is damaged or was changed: export it again"

/* The section of a type that must be there once. */
static int need_section(const opening *o, int type, const hone_section **ret)
{
    int more = 0;
    *ret = hone_litertlm_section(o->file, type, &more);
    if (!*ret)
        return refuse(o, HINT_BROKEN, "the section is missing", hone_section_type_name(type));
    if (more)
        return refuse(o, "files with several models are not supported",
                      "the section is there twice", hone_section_type_name(type));
    return 0;
}

static int open_tflite(opening *o)
{
    const hone_section *s = NULL;
    HONE_TRY(need_section(o, HONE_SECTION_TFLITE, &s));
    HONE_TRY(hone_tflite_read(&o->tflite, o->m->arena, s->data, s->size, o->m->path, s->begin,
                              o->err));
    o->decode = hone_tflite_signature(o->tflite, "decode");
    if (!o->decode) return refuse(o, HINT_FOREIGN, "the model has no signature decode", "");
    o->graph = &o->tflite->graphs[o->decode->graph];
    return 0;
}

static int read_config(opening *o)
{
    const hone_tfl_meta *meta = hone_tflite_metadata(o->tflite, HONE_TFL_CONFIG_NAME);
    hone_json *json = NULL;
    if (!meta || !meta->data)
        return hone_config_from_graph(&o->m->config, o->tflite, o->decode, o->m->path, o->err);
    HONE_TRY(hone_json_parse(&json, o->m->arena, (const char *)meta->data, meta->bytes, o->m->path,
                             1, o->err));
    return hone_config_from_json(&o->m->config, json, o->m->path, o->err);
}

/* A constant of the graph as one of our tensors; false if its format is none that we compute. */
static bool convert(const hone_tfl_tensor *t, hone_tensor *ret)
{
    *ret = (hone_tensor){ .rank = t->rank, .data = t->data, .bytes = t->bytes };
    for (int i = 0; i < t->rank && i < 4; i++) ret->shape[i] = t->shape[i];
    if (t->type == HONE_TFL_F32 && t->scheme == HONE_TFL_PLAIN) {
        ret->dtype = HONE_F32;
        return true;
    }
    ret->scales = t->scales;
    ret->block = t->block;
    const bool rows = t->scheme == HONE_TFL_PER_CHANNEL && t->quant_dim == 0 && t->rank == 2 &&
                      t->num_scales == (size_t)t->shape[0];
    if (rows && (t->type == HONE_TFL_I8 || t->type == HONE_TFL_I4)) {
        ret->dtype = t->type == HONE_TFL_I8 ? HONE_I8_ROW : HONE_I4_ROW;
        return true;
    }
    ret->dtype = HONE_I4_BLOCK;
    return t->type == HONE_TFL_I4 && t->scheme == HONE_TFL_BLOCKWISE;
}

static int bind_weights(opening *o)
{
    hone_model *m = o->m;
    const int slots = hone_model_slots(&m->config);
    char name[HONE_SLOT_NAME_SIZE];
    for (int i = 0; i < slots; i++) {
        hone_model_slot_name(&m->config, i, false, name);
        const hone_tfl_tensor *t = hone_tflite_tensor(o->graph, name);
        hone_tensor *slot = hone_model_slot(m, i);
        if (!t || !t->data) return refuse(o, HINT_FOREIGN, "this weight is missing", name);
        if (!convert(t, slot))
            return refuse(o, "float32, int8 per row, int4 in blocks and per row are supported",
                          "the number format is not supported", name);
        slot->name = hone_arena_strndup(m->arena, name, strlen(name));
        if (!slot->name) return hone_err_memory(o->err, "a tensor name", strlen(name));
    }
    return hone_model_check(m, m->path, o->err);
}

/* An f32 constant of n values that equal want to the last bit. */
static int check_floats(const opening *o, const char *name, const float *want, int n)
{
    const hone_tfl_tensor *t = hone_tflite_tensor(o->graph, name);
    if (!t || !t->data || t->type != HONE_TFL_F32 || t->bytes != sizeof(float) * (size_t)n)
        return refuse(o, HINT_FOREIGN, "this constant is missing or has another size", name);
    for (int i = 0; i < n; i++)
        if (hone_le32(t->data + 4 * (size_t)i) != hone_bits_of_f32(want[i]))
            return refuse(o, HINT_BROKEN, "the graph and " HONE_TFL_CONFIG_NAME " disagree", name);
    return 0;
}

/* docs/litertlm.md gives the formulas; the writer computes them the same way. */
static int check_rope(const opening *o, const char *name, double base, double scale)
{
    const int half = o->m->config.HD / 2;
    float *want = hone_calloc((size_t)half, sizeof(*want));
    if (!want) return hone_err_memory(o->err, "rotary frequencies", sizeof(*want) * (size_t)half);
    for (int i = 0; i < half; i++)
        want[i] = (float)(pow(base, -2.0 * i / o->m->config.HD) / scale);
    int rc = check_floats(o, name, want, half);
    hone_free(want);
    return rc;
}

static int check_window(const opening *o, int cache_length)
{
    const int window = o->m->config.window;
    if (cache_length <= window) return 0; /* no mask in the graph, none needed */
    float *want = hone_calloc((size_t)cache_length, sizeof(*want));
    if (!want) return hone_err_memory(o->err, "the window", sizeof(*want) * (size_t)cache_length);
    for (int i = 0; i < cache_length; i++) want[i] = (float)(i + window - 0.5);
    int rc = check_floats(o, "columns", want, cache_length);
    hone_free(want);
    return rc;
}

static int check_graph(opening *o)
{
    const hone_config *c = &o->m->config;
    const hone_tfl_tensor *mask = hone_tflite_input(o->tflite, o->decode, "mask");
    const hone_tfl_tensor *logits = hone_tflite_output(o->tflite, o->decode, "logits");
    if (!mask || mask->rank != 4 || mask->shape[3] < 2)
        return refuse(o, HINT_FOREIGN, "not a mask of [1, 1, 1, columns]", "mask");
    if (!logits || logits->rank != 3 || logits->shape[2] != c->V)
        return refuse(o, HINT_BROKEN, "not [1, 1, vocabulary]", "logits");
    if (o->decode->num_inputs != 3 + 2 * (uint32_t)c->L)
        return refuse(o, HINT_BROKEN, "the caches are not two a layer", "decode");
    HONE_TRY(check_floats(o, "embed_scale", &c->embed_scale, 1));
    HONE_TRY(check_floats(o, "rms_eps", &c->rms_eps, 1));
    HONE_TRY(check_rope(o, "rope_local", c->rope_local, 1.0));
    HONE_TRY(check_rope(o, "rope_global", c->rope_global, c->rope_scale));
    HONE_TRY(check_window(o, mask->shape[3]));
    o->m->context_limit = mask->shape[3];
    return 0;
}

static int open_metadata(opening *o)
{
    const hone_section *s = NULL;
    hone_llm_metadata meta;
    HONE_TRY(need_section(o, HONE_SECTION_METADATA, &s));
    HONE_TRY(hone_llm_metadata_read(&meta, o->m->arena, s->data, s->size, o->m->path, s->begin,
                                    o->err));
    if (meta.max_tokens && meta.max_tokens < o->m->context_limit)
        o->m->context_limit = meta.max_tokens;
    if (!meta.chat_template) return 0;
    o->m->chat_template = hone_strdup(meta.chat_template);
    return o->m->chat_template ? 0 : hone_err_memory(o->err, "a chat template", 0);
}

static int open_tokenizer(opening *o)
{
    hone_model *m = o->m;
    const hone_section *sp = hone_litertlm_section(o->file, HONE_SECTION_SENTENCEPIECE, NULL);
    const hone_section *hf = hone_litertlm_section(o->file, HONE_SECTION_HF_TOKENIZER, NULL);
    if (sp) {
        HONE_TRY(hone_tokenizer_from_proto(&m->tokenizer, sp->data, sp->size, m->path, o->err));
    } else if (hf) {
        hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        int rc = hone_litertlm_inflate(&text, hf, m->path, o->err);
        if (rc == 0)
            rc = hone_tokenizer_from_json(&m->tokenizer, text.data, text.len, m->path, o->err);
        hone_buf_done(&text);
        HONE_TRY(rc);
    } else {
        return refuse(o, HINT_BROKEN, "the file has no tokenizer", "");
    }
    if (hone_tokenizer_size(m->tokenizer) < (size_t)m->config.V)
        return refuse(o, HINT_BROKEN, "the tokenizer has fewer pieces than the embedding has rows",
                      "");
    return 0;
}

static int open_parts(opening *o)
{
    HONE_TRY(open_tflite(o));
    HONE_TRY(read_config(o));
    HONE_TRY(bind_weights(o));
    HONE_TRY(check_graph(o));
    HONE_TRY(open_metadata(o));
    return open_tokenizer(o);
}

int hone_model_open_litertlm(hone_model *m, const char *path, hone_err *err)
{
    opening o = { .m = m, .err = err };
    HONE_TRY(hone_model_map(m, path, &o.map, err));
    HONE_TRY(hone_litertlm_read(&o.file, m->arena, o.map.data, o.map.size, m->path, err));
    m->kind = HONE_MODEL_LITERTLM;
    m->norm_plus_one = true;
    m->q_norm_scaled = true;
    HONE_TRY(hone_model_hash_later(m, &o.map, err));
    return open_parts(&o);
}
