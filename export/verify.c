/*
 * The demands of the device runtime on a written file (export/verify.h); docs/litertlm.md, "What
 * the runtime demands". Structure was checked by the strict readers; here it is names, shapes and
 * values. /
 */
#include "export/verify.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "export/tflite_build.h"
#include "model/gemma3_open.h"
#include "model/litertlm_read.h"
#include "model/llm_metadata.h"
#include "model/tflite_read.h"

typedef struct checking {
    const char *path;
    const hone_config *c;
    const hone_tflite_options *o;
    const hone_tflite *m;
    hone_err *err;
} checking;

static int broken(const checking *k, const char *where, const char *rule)
{
    hone_err_at(k->err, k->path, 0, -1);
    hone_err_hint(k->err, "please report this together with the command line");
    return hone_fail(k->err, HONE_E_INTERNAL, "the written file breaks a rule: %s: %s", where,
                     rule);
}

static bool shape_is(const hone_tfl_tensor *t, int type, hone_dims d)
{
    if (!t || t->data || t->type != type || t->rank != d.rank || !t->has_rank) return false;
    for (int i = 0; i < d.rank; i++)
        if (t->shape[i] != d.d[i]) return false;
    return true;
}

static int check_caches(const checking *k, const hone_tfl_signature *s)
{
    const hone_dims dims = HONE_DIMS4(1, k->c->NKV, k->o->cache_length, k->c->HD);
    char name[32];
    for (int i = 0; i < 2 * k->c->L; i++) {
        (void)snprintf(name, sizeof(name), "kv_cache_%c_%d", i % 2 ? 'v' : 'k', i / 2);
        if (!shape_is(hone_tflite_input(k->m, s, name), HONE_TFL_F32, dims) ||
            !shape_is(hone_tflite_output(k->m, s, name), HONE_TFL_F32, dims))
            return broken(k, s->key, "a cache tensor is missing or has another shape");
    }
    return 0;
}

static int check_signature(const checking *k, const char *key, int T, bool logits)
{
    const hone_tfl_signature *s = hone_tflite_signature(k->m, key);
    const uint32_t caches = 2 * (uint32_t)k->c->L;
    if (!s) return broken(k, key, "the signature is missing");
    if (strcmp(k->m->graphs[s->graph].name, key) != 0)
        return broken(k, key, "its subgraph has another name");
    if (!shape_is(hone_tflite_input(k->m, s, "tokens"), HONE_TFL_I32, HONE_DIMS2(1, T)) ||
        !shape_is(hone_tflite_input(k->m, s, "input_pos"), HONE_TFL_I32, HONE_DIMS1(T)) ||
        !shape_is(hone_tflite_input(k->m, s, "mask"), HONE_TFL_F32,
                  HONE_DIMS4(1, 1, T, k->o->cache_length)))
        return broken(k, key, "tokens, input_pos or mask have another shape");
    if (s->num_inputs != 3 + caches || s->num_outputs != caches + (logits ? 1 : 0))
        return broken(k, key, "there are inputs or outputs that the runtime does not know");
    if (logits && !shape_is(hone_tflite_output(k->m, s, "logits"), HONE_TFL_F32,
                            HONE_DIMS3(1, 1, k->c->V)))
        return broken(k, key, "logits are not [1, 1, vocabulary]");
    return check_caches(k, s);
}

/* As the reader sees a number format. */
static bool format_is(const hone_tfl_tensor *t, hone_quant q)
{
    const int block = hone_quant_block(q);
    if (q == HONE_QUANT_F32) return t->type == HONE_TFL_F32 && t->scheme == HONE_TFL_PLAIN;
    if (q == HONE_QUANT_I8_ROW) return t->type == HONE_TFL_I8 && t->scheme == HONE_TFL_PER_CHANNEL;
    if (!block) return t->type == HONE_TFL_I4 && t->scheme == HONE_TFL_PER_CHANNEL;
    return t->type == HONE_TFL_I4 && t->scheme == HONE_TFL_BLOCKWISE && t->block == block;
}

/* One weight: its format, and one buffer for all subgraphs. */
static int check_weight(const checking *k, const char *name, hone_quant format)
{
    const hone_tfl_tensor *t = hone_tflite_tensor(&k->m->graphs[0], name);
    if (!t || !t->data) return broken(k, name, "the weight is missing");
    if (!format_is(t, format)) return broken(k, name, "the weight has another format");
    for (uint32_t g = 1; g < k->m->num_graphs; g++) {
        const hone_tfl_tensor *same = hone_tflite_tensor(&k->m->graphs[g], name);
        if (same && (same->buffer != t->buffer || same->scales != t->scales))
            return broken(k, name, "the weight is stored twice");
    }
    return 0;
}

static int check_weights(const checking *k)
{
    char name[HONE_SLOT_NAME_SIZE];
    int matrix = 0; /* linears in the order of slots */
    for (int i = 0; i < hone_model_slots(k->c); i++) {
        int64_t shape[2];
        if (hone_model_slot_shape(k->c, i, shape) != 2) continue;
        hone_model_slot_name(k->c, i, false, name);
        const int n = i ? matrix++ : 0;
        HONE_TRY(check_weight(k, name, i ? k->o->scheme.linear[n / HONE_LINEARS][n % HONE_LINEARS]
                                         : k->o->scheme.embed));
    }
    return 0;
}

static int check_model(const checking *k, hone_verify_sizes *sizes)
{
    char key[32];
    if (k->m->num_signatures != (uint32_t)k->o->num_prefill + 1)
        return broken(k, "the model", "another number of signatures");
    HONE_TRY(check_signature(k, "decode", 1, true));
    for (int i = 0; i < k->o->num_prefill; i++) {
        (void)snprintf(key, sizeof(key), "prefill_%d", k->o->prefill[i]);
        HONE_TRY(check_signature(k, key, k->o->prefill[i], false));
    }
    sizes->subgraphs = k->m->num_graphs;
    sizes->buffers = k->m->num_buffers;
    for (uint32_t i = 0; i < k->m->num_graphs; i++) sizes->operators += k->m->graphs[i].num_ops;
    return check_weights(k);
}

static int check_metadata(const checking *k, hone_arena *a, const hone_section *s,
                          const char *chat_template)
{
    hone_llm_metadata m;
    HONE_TRY(hone_llm_metadata_read(&m, a, s->data, s->size, k->path, s->begin, k->err));
    if (!m.has_start || m.start.id != HONE_ID_BOS || m.num_stops != 3)
        return broken(k, "LlmMetadata", "start or stop tokens differ");
    if (m.max_tokens != k->o->cache_length)
        return broken(k, "LlmMetadata", "max_num_tokens is not the cache length");
    if (m.model_type != HONE_LLM_FUNCTION_GEMMA || !m.use_template)
        return broken(k, "LlmMetadata", "the model type is not function_gemma with its template");
    if (m.sampler_type != HONE_LLM_SAMPLE_TOP_P || m.sampler_k != 1)
        return broken(k, "LlmMetadata", "the sampler is not greedy TOP_P");
    if (!m.chat_template || strcmp(m.chat_template, chat_template) != 0)
        return broken(k, "LlmMetadata", "the chat template differs");
    return 0;
}

static int check_items(const checking *k, const hone_section *s)
{
    if (strcmp(hone_section_item(s, "model_type"), "tf_lite_prefill_decode") != 0 ||
        strcmp(hone_section_item(s, "prefer_activation_type"), "fp32") != 0 ||
        strcmp(hone_section_item(s, "backend_constraint"), "cpu") != 0)
        return broken(k, "the model section", "an item is missing");
    return 0;
}

static int check_file(checking *k, hone_arena *a, const hone_map *map, const char *chat_template,
                      hone_verify_sizes *sizes)
{
    hone_litertlm *f = NULL;
    hone_tflite *m = NULL;
    HONE_TRY(hone_litertlm_read(&f, a, map->data, map->size, k->path, k->err));
    const hone_section *model = hone_litertlm_section(f, HONE_SECTION_TFLITE, NULL);
    const hone_section *meta = hone_litertlm_section(f, HONE_SECTION_METADATA, NULL);
    const hone_section *pieces = hone_litertlm_section(f, HONE_SECTION_SENTENCEPIECE, NULL);
    if (!model || !meta || !pieces) return broken(k, "the container", "a section is missing");
    sizes->file = map->size;
    sizes->model = model->size;
    sizes->tokenizer = pieces->size;
    sizes->metadata = meta->size;
    HONE_TRY(check_items(k, model));
    HONE_TRY(check_metadata(k, a, meta, chat_template));
    HONE_TRY(hone_tflite_read(&m, a, model->data, model->size, k->path, model->begin, k->err));
    k->m = m;
    return check_model(k, sizes);
}

static int check_bare(checking *k, hone_arena *a, const hone_map *map, const char *chat_template,
                      hone_verify_sizes *sizes)
{
    hone_tflite *m = NULL;
    (void)chat_template;
    HONE_TRY(hone_tflite_read(&m, a, map->data, map->size, k->path, 0, k->err));
    sizes->file = sizes->model = map->size;
    k->m = m;
    return check_model(k, sizes);
}

typedef int check(checking *k, hone_arena *a, const hone_map *map, const char *chat_template,
                  hone_verify_sizes *sizes);

static int check_path(hone_verify_sizes *ret, checking *k, check *how, const char *chat_template)
{
    hone_verify_sizes sizes = { 0 };
    hone_map map = { 0 };
    int rc = 0;
    hone_arena *a = hone_arena_new();
    if (!a) return hone_err_memory(k->err, "the check of a file", 0);
    HONE_GOTO(rc, out, hone_map_open(&map, k->path, k->err));
    HONE_GOTO(rc, out, how(k, a, &map, chat_template, &sizes));
    *ret = sizes;
out:
    hone_map_close(&map);
    hone_arena_free(a);
    return rc;
}

int hone_verify_container(hone_verify_sizes *ret, const char *path, const hone_config *c,
                          const hone_tflite_options *o, const char *chat_template, hone_err *err)
{
    checking k = { .path = path, .c = c, .o = o, .err = err };
    return check_path(ret, &k, check_file, chat_template);
}

int hone_verify_tflite(hone_verify_sizes *ret, const char *path, const hone_config *c,
                       const hone_tflite_options *o, hone_err *err)
{
    checking k = { .path = path, .c = c, .o = o, .err = err };
    return check_path(ret, &k, check_bare, NULL);
}
