/* The .tflite part of explaining a file (export/explain.h): what the device demands of it. */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "export/explain_parts.h"
#include "export/tflite.h"

enum { CODE_CUSTOM = 32, MAX_CACHES = 2 * HONE_MAX_LAYERS };

typedef struct caches {
    const hone_tfl_tensor *k0; /* the first one, to compare the others with */
    int count;
} caches;

typedef struct look {
    hone_explanation *e;
    const hone_tflite *m;
    caches decode;
    int prefills;
    bool prefill_1;
} look;

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool is_cache(const char *name)
{
    return starts(name, "kv_cache_k_") || starts(name, "kv_cache_v_") || starts(name, "k_cache_") ||
           starts(name, "v_cache_");
}

static bool shape_is(const hone_tfl_tensor *t, int type, int rank, const int32_t *d)
{
    if (t->type != type || t->rank != rank) return false;
    return memcmp(t->shape, d, sizeof(*d) * (size_t)rank) == 0;
}

static const hone_tfl_tensor *slot_of(const look *l, const hone_tfl_signature *s,
                                      const hone_tfl_slot *slot)
{
    return &l->m->graphs[s->graph].tensors[slot->tensor];
}

/* --- one signature --- */

static void look_mask(look *l, const hone_tfl_signature *s, int T)
{
    const hone_tfl_tensor *mask = hone_tflite_input(l->m, s, "mask");
    if (!mask) mask = hone_tflite_input(l->m, s, "attn_mask");
    if (!mask) {
        hone_explain_find(l->e, HONE_FIND_WARNING, "mask-missing", "signature %s has no input "
                          "mask: the runtime cannot tell the context from it", s->key);
        return;
    }
    if (mask->rank != 4 || mask->shape[2] != T || mask->shape[3] < 1) {
        hone_explain_find(l->e, HONE_FIND_ERROR, "mask-shape", "signature %s: the mask is not "
                          "[1, 1, %d, columns]", s->key, T);
        return;
    }
    if (!l->e->context) l->e->context = mask->shape[3];
    if (mask->shape[3] != l->e->context)
        hone_explain_find(l->e, HONE_FIND_ERROR, "mask-columns", "signature %s has %d columns, "
                          "another one %d", s->key, mask->shape[3], l->e->context);
    if (T > mask->shape[3])
        hone_explain_find(l->e, HONE_FIND_ERROR, "prefill-too-long", "signature %s is longer than "
                          "its cache of %d", s->key, mask->shape[3]);
}

static void look_tokens(look *l, const hone_tfl_signature *s, int *ret_T)
{
    const hone_tfl_tensor *t = hone_tflite_input(l->m, s, "tokens");
    const hone_tfl_tensor *p = hone_tflite_input(l->m, s, "input_pos");
    if (!t) t = hone_tflite_input(l->m, s, "token_ids");
    if (!p) p = hone_tflite_input(l->m, s, "positions");
    if (!t) {
        hone_explain_find(l->e, HONE_FIND_ERROR, "tokens-missing", "signature %s has no input "
                          "tokens", s->key);
        return;
    }
    *ret_T = t->rank ? t->shape[t->rank - 1] : 0;
    const int32_t want[2] = { 1, *ret_T };
    if (!shape_is(t, HONE_TFL_I32, 2, want))
        hone_explain_find(l->e, HONE_FIND_ERROR, "tokens-shape", "signature %s: tokens are not "
                          "int32 [1, T]", s->key);
    if (!p)
        hone_explain_find(l->e, HONE_FIND_ERROR, "positions-missing", "signature %s has no input "
                          "input_pos", s->key);
    else if (p->type != HONE_TFL_I32 || p->rank < 1 || p->shape[p->rank - 1] != *ret_T)
        hone_explain_find(l->e, HONE_FIND_ERROR, "positions-shape", "signature %s: input_pos is "
                          "not int32 [%d]", s->key, *ret_T);
}

/* Keys and values are carried from call to call: the same tensors in and out, everywhere. */
static void look_caches(look *l, const hone_tfl_signature *s, caches *c)
{
    int outputs = 0;
    for (uint32_t i = 0; i < s->num_inputs; i++) {
        const hone_tfl_slot *in = &s->inputs[i];
        if (!is_cache(in->name)) continue;
        const hone_tfl_tensor *t = slot_of(l, s, in), *out = hone_tflite_output(l->m, s, in->name);
        c->count++;
        if (!c->k0) c->k0 = t;
        if (!out)
            hone_explain_find(l->e, HONE_FIND_ERROR, "cache-output", "signature %s: %s goes in and "
                              "does not come out", s->key, in->name);
        else if (!shape_is(out, t->type, t->rank, t->shape))
            hone_explain_find(l->e, HONE_FIND_ERROR, "cache-changes", "signature %s: %s comes out "
                              "with another type or shape", s->key, in->name);
        if (t->rank != 4 || t->shape[0] != 1)
            hone_explain_find(l->e, HONE_FIND_ERROR, "cache-shape", "signature %s: %s is not "
                              "[1, a, b, c]", s->key, in->name);
    }
    for (uint32_t i = 0; i < s->num_outputs; i++) outputs += is_cache(s->outputs[i].name);
    if (outputs > c->count)
        hone_explain_find(l->e, HONE_FIND_ERROR, "cache-input", "signature %s gives %d caches and "
                          "takes %d", s->key, outputs, c->count);
    if (c->count == 0)
        hone_explain_find(l->e, HONE_FIND_ERROR, "cache-missing", "signature %s has no kv_cache "
                          "inputs", s->key);
    else if (c->count % 2)
        hone_explain_find(l->e, HONE_FIND_ERROR, "cache-odd", "signature %s has %d caches: keys "
                          "and values come in pairs", s->key, c->count);
}

static void look_prime(look *l, const char *code, const char *what, int n)
{
    if (hone_tflite_placeholder(n))
        hone_explain_find(l->e, HONE_FIND_ERROR, code, "%s %d is a prime above 10, which the "
                          "runtime takes for a placeholder and rewrites", what, n);
}

static void look_decode(look *l, const hone_tfl_signature *s)
{
    int T = 1;
    const hone_tfl_tensor *logits = hone_tflite_output(l->m, s, "logits");
    look_tokens(l, s, &T);
    if (T != 1)
        hone_explain_find(l->e, HONE_FIND_ERROR, "decode-length", "decode takes %d tokens, not 1",
                          T);
    look_mask(l, s, T);
    look_caches(l, s, &l->decode);
    if (!logits) {
        hone_explain_find(l->e, HONE_FIND_ERROR, "logits-missing", "decode has no output logits");
    } else if (logits->type != HONE_TFL_F32 || logits->rank != 3) {
        hone_explain_find(l->e, HONE_FIND_ERROR, "logits-shape", "logits are not float32 "
                          "[1, 1, vocabulary]");
    } else {
        l->e->vocabulary = logits->shape[2];
        look_prime(l, "prime-vocabulary", "a vocabulary of", logits->shape[2]);
    }
    look_prime(l, "prime-context", "a context of", l->e->context);
}

static void look_prefill(look *l, const hone_tfl_signature *s)
{
    int T = 0;
    caches c = { 0 };
    char want[32];
    l->prefills++;
    look_tokens(l, s, &T);
    look_mask(l, s, T);
    look_caches(l, s, &c);
    l->prefill_1 = l->prefill_1 || T == 1;
    (void)snprintf(want, sizeof(want), "prefill_%d", T);
    if (strcmp(s->key, want) != 0)
        hone_explain_find(l->e, HONE_FIND_NOTE, "prefill-name", "signature %s reads %d tokens",
                          s->key, T);
    look_prime(l, "prime-prefill", "a prefill length of", T);
    for (uint32_t i = 0; i < s->num_outputs; i++)
        if (!is_cache(s->outputs[i].name))
            hone_explain_find(l->e, HONE_FIND_WARNING, "prefill-output", "signature %s gives %s: "
                              "older runtimes fail on anything but caches", s->key,
                              s->outputs[i].name);
    if (l->decode.k0 && c.k0 &&
        (c.count != l->decode.count ||
         !shape_is(c.k0, l->decode.k0->type, l->decode.k0->rank, l->decode.k0->shape)))
        hone_explain_find(l->e, HONE_FIND_ERROR, "cache-differs", "the caches of %s and decode are "
                          "not the same", s->key);
}

/* --- the whole --- */

static hone_json *list_signatures(look *l)
{
    hone_json *list = hone_json_new_array(l->e->a);
    for (uint32_t i = 0; i < l->m->num_signatures; i++)
        if (!hone_json_push(l->e->a, list, hone_json_new_str(l->e->a, l->m->signatures[i].key)))
            l->e->failed = true;
    return list;
}

static const char *format_name(const hone_tfl_tensor *t, char *buf, size_t size)
{
    const char *how = t->scheme == HONE_TFL_PER_CHANNEL  ? " per row"
                      : t->scheme == HONE_TFL_PER_TENSOR ? " per tensor"
                                                         : "";
    if (t->scheme == HONE_TFL_BLOCKWISE)
        (void)snprintf(buf, size, "%s blocks of %d", hone_tfl_type_name(t->type), t->block);
    else
        (void)snprintf(buf, size, "%s%s", hone_tfl_type_name(t->type), how);
    return buf;
}

/* Bytes by number format, each buffer once. */
static void sum_weights(look *l, hone_json *o)
{
    hone_json *sums = hone_json_new_object(l->e->a);
    bool *seen = hone_calloc(l->m->num_buffers + 1, sizeof(*seen));
    char name[64];
    int64_t per_row_int4 = 0;
    if (!seen || !sums) l->e->failed = true;
    for (uint32_t g = 0; !l->e->failed && g < l->m->num_graphs; g++)
        for (uint32_t i = 0; i < l->m->graphs[g].num_tensors; i++) {
            const hone_tfl_tensor *t = &l->m->graphs[g].tensors[i];
            int64_t before = 0;
            if (!t->data || seen[t->buffer]) continue;
            seen[t->buffer] = true;
            format_name(t, name, sizeof(name));
            (void)hone_json_i64(hone_json_get(sums, name), &before);
            hone_explain_int(l->e, sums, name, before + (int64_t)t->bytes);
            if (t->type == HONE_TFL_I4 && t->scheme == HONE_TFL_PER_CHANNEL)
                per_row_int4 += (int64_t)t->bytes;
        }
    hone_free(seen);
    hone_explain_put(l->e, o, "weights", sums);
    if (per_row_int4)
        hone_explain_find(l->e, HONE_FIND_WARNING, "int4-per-row", "%.1f MB of weights are int4 "
                          "with one scale a row, which ruins models of this size",
                          (double)per_row_int4 / 1e6);
}

static bool same_bytes(const hone_tfl_tensor *a, const hone_tfl_tensor *b)
{
    return a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0;
}

/* A large weight of one name in two buffers: the file is larger than it needs to be. */
static void look_twins(look *l)
{
    enum { LARGE = 4096 };
    const hone_tfl_graph *first = &l->m->graphs[0];
    for (uint32_t i = 0; i < first->num_tensors; i++) {
        const hone_tfl_tensor *t = &first->tensors[i];
        if (!t->data || t->bytes < LARGE || !t->name[0]) continue;
        for (uint32_t g = 1; g < l->m->num_graphs; g++) {
            const hone_tfl_tensor *same = hone_tflite_tensor(&l->m->graphs[g], t->name);
            if (!same || !same->data || same->buffer == t->buffer || !same_bytes(t, same)) continue;
            hone_explain_find(l->e, HONE_FIND_WARNING, "weights-twice", "%s is stored more than "
                              "once", t->name);
            return;
        }
    }
}

static void look_tensors(look *l)
{
    bool rank = false, dynamic = false, custom = false;
    for (uint32_t g = 0; g < l->m->num_graphs; g++) {
        const hone_tfl_graph *graph = &l->m->graphs[g];
        for (uint32_t i = 0; i < graph->num_tensors; i++) {
            rank = rank || !graph->tensors[i].has_rank;
            for (int d = 0; d < graph->tensors[i].rank; d++)
                dynamic = dynamic || graph->tensors[i].shape[d] < 0;
        }
        for (uint32_t i = 0; i < graph->num_ops; i++)
            custom = custom || graph->ops[i].code == CODE_CUSTOM;
    }
    if (rank)
        hone_explain_find(l->e, HONE_FIND_WARNING, "rank-unset", "has_rank is not set on some "
                          "tensors");
    if (dynamic)
        hone_explain_find(l->e, HONE_FIND_WARNING, "shape-dynamic", "some shapes are dynamic: "
                          "XNNPACK computes only static ones");
    if (custom)
        hone_explain_find(l->e, HONE_FIND_ERROR, "custom-operator", "the model has custom "
                          "operators, which LiteRT-LM does not bring");
}

static void look_graph(look *l, hone_json *o)
{
    int64_t ops = 0;
    for (uint32_t i = 0; i < l->m->num_graphs; i++) ops += l->m->graphs[i].num_ops;
    hone_explain_put(l->e, o, "signatures", list_signatures(l));
    hone_explain_int(l->e, o, "operators", ops);
    hone_explain_int(l->e, o, "context", l->e->context);
    hone_explain_int(l->e, o, "layers", l->decode.count / 2);
    hone_explain_int(l->e, o, "vocabulary", l->e->vocabulary);
    hone_explain_text(l->e, o, "description", l->m->description);
    sum_weights(l, o);
}

void hone_explain_model(hone_explanation *e, const hone_tflite *m)
{
    look l = { .e = e, .m = m };
    hone_json *o = hone_json_new_object(e->a);
    const hone_tfl_signature *decode = hone_tflite_signature(m, "decode");
    if (decode) look_decode(&l, decode);
    else
        hone_explain_find(e, HONE_FIND_ERROR, "decode-missing", "the model has no signature "
                          "decode");
    for (uint32_t i = 0; i < m->num_signatures; i++)
        if (starts(m->signatures[i].key, "prefill")) look_prefill(&l, &m->signatures[i]);
    if (!l.prefills)
        hone_explain_find(e, HONE_FIND_ERROR, "prefill-missing", "the model has no prefill "
                          "signature");
    else if (!l.prefill_1)
        hone_explain_find(e, HONE_FIND_WARNING, "prefill-1-missing", "no prefill signature of one "
                          "token: a nearly full context then fails");
    look_tensors(&l);
    look_twins(&l);
    look_graph(&l, o);
    hone_explain_put(e, e->o, "model", o);
}
