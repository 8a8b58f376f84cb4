/* Container, metadata and tokenizer of explaining a file (export/explain.h). */
#include "export/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "export/explain_parts.h"
#include "export/export_lint.h"
#include "model/chat.h"
#include "model/gemma3.h"
#include "model/litertlm_read.h"
#include "model/llm_metadata.h"

static const char *const LEVELS[] = { "error", "warning", "note" };

/* --- findings --- */

void hone_explain_put(hone_explanation *e, hone_json *o, const char *key, hone_json *v)
{
    if (!o || !v || !hone_json_set(e->a, o, key, v)) e->failed = true;
}

void hone_explain_text(hone_explanation *e, hone_json *o, const char *key, const char *v)
{
    hone_explain_put(e, o, key, hone_json_new_str(e->a, v));
}

void hone_explain_int(hone_explanation *e, hone_json *o, const char *key, int64_t v)
{
    hone_explain_put(e, o, key, hone_json_new_i64(e->a, v));
}

void hone_explain_find(hone_explanation *e, hone_find_level level, const char *code,
                       const char *fmt, ...)
{
    char text[1024];
    hone_json *o = hone_json_new_object(e->a);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    hone_explain_text(e, o, "code", code);
    hone_explain_text(e, o, "level", LEVELS[level]);
    hone_explain_text(e, o, "text", text);
    if (!o || !hone_json_push(e->a, e->findings, o)) e->failed = true;
}

void hone_explain_error(hone_explanation *e, const char *code, const hone_err *err)
{
    if (err->offset >= 0)
        hone_explain_find(e, HONE_FIND_ERROR, code, "byte %lld: %s", (long long)err->offset,
                          err->message);
    else
        hone_explain_find(e, HONE_FIND_ERROR, code, "%s", err->message);
}

/* --- metadata --- */

static bool has_stop(const hone_llm_metadata *m, int id)
{
    for (int i = 0; i < m->num_stops; i++)
        if (m->stops[i].id == id) return true;
    return false;
}

static void look_stops(hone_explanation *e, const hone_llm_metadata *m)
{
    if (!m->has_start)
        hone_explain_find(e, HONE_FIND_ERROR, "start-missing", "no start token: the prompt then "
                          "has no <bos>");
    else if (m->start.id != HONE_ID_BOS && strcmp(m->start.text, "<bos>") != 0)
        hone_explain_find(e, HONE_FIND_ERROR, "start-other", "the start token is not <bos>");
    if (m->num_stops == 0) {
        hone_explain_find(e, HONE_FIND_ERROR, "stop-missing", "no stop tokens: creating a session "
                          "fails");
        return;
    }
    for (int i = 0; i < m->num_stops; i++)
        if (m->stops[i].id < 0)
            hone_explain_find(e, HONE_FIND_WARNING, "stop-text", "the stop token '%s' is given as "
                              "text, which may be cut into common tokens; ids are safe",
                              m->stops[i].text);
    if (has_stop(m, HONE_ID_END_CALL))
        hone_explain_find(e, HONE_FIND_ERROR, "stop-end-of-call", "<end_function_call> is a stop "
                          "token: it is cut off, and the call parser needs it");
    if (!has_stop(m, HONE_ID_END_TURN))
        hone_explain_find(e, HONE_FIND_WARNING, "stop-end-of-turn", "<end_of_turn> (106) is no "
                          "stop id: answers may not end");
    if (!has_stop(m, HONE_ID_RESPONSE))
        hone_explain_find(e, HONE_FIND_WARNING, "stop-response", "<start_function_response> (50) "
                          "is no stop id: the model may invent the result of its call");
}

static void look_sampler(hone_explanation *e, const hone_llm_metadata *m)
{
    if (!m->has_sampler) return;
    if (m->sampler_type != HONE_LLM_SAMPLE_TOP_P)
        hone_explain_find(e, HONE_FIND_ERROR, "sampler-type", "sampler type %d: on the CPU only "
                          "TOP_P (2) is implemented, the first decode fails", m->sampler_type);
    else if (m->sampler_k != 1 && m->sampler_temperature > 0)
        hone_explain_find(e, HONE_FIND_WARNING, "sampler-random", "the sampler is not greedy (k "
                          "%d, temperature %g): calls vary from run to run", m->sampler_k,
                          (double)m->sampler_temperature);
}

static void look_limit(hone_explanation *e, const hone_llm_metadata *m)
{
    if (m->max_tokens == 0)
        hone_explain_find(e, HONE_FIND_WARNING, "limit-missing", "max_num_tokens is absent: the "
                          "runtime reports 4096, older ones crash");
    else if (e->context && m->max_tokens > e->context)
        hone_explain_find(e, HONE_FIND_ERROR, "limit-larger", "max_num_tokens %d is more than the "
                          "%d columns of the cache", m->max_tokens, e->context);
    else if (e->context && m->max_tokens < e->context)
        hone_explain_find(e, HONE_FIND_WARNING, "limit-smaller", "max_num_tokens %d wastes a cache "
                          "of %d columns", m->max_tokens, e->context);
}

/* Where tools get lost without an error. */
static void look_calls(hone_explanation *e, const hone_llm_metadata *m)
{
    if (m->model_type == 0)
        hone_explain_find(e, HONE_FIND_ERROR, "type-missing", "no model type: taken for gemma3, so "
                          "calls are never parsed");
    else if (m->model_type != HONE_LLM_FUNCTION_GEMMA)
        hone_explain_find(e, HONE_FIND_WARNING, "type-other", "the model type (%d) is not "
                          "function_gemma: calls in this model's format are not parsed",
                          m->model_type);
    else if (m->chat_template && !m->use_template)
        hone_explain_find(e, HONE_FIND_ERROR, "template-flag", "the template is there, but "
                          "use_template_for_fc_format is not set: prompts with tools fail");
    if (!m->chat_template)
        hone_explain_find(e, HONE_FIND_WARNING, "template-missing", "no chat template: the "
                          "runtime's own prints other prompts than those of training");
    if (!m->function_calling)
        hone_explain_find(e, HONE_FIND_NOTE, "calls-unsaid", "supports_function_calling is not "
                          "set: apps may not offer tools");
}

static void look_template(hone_explanation *e, const char *text)
{
    hone_err err;
    hone_err_clear(&err);
    if (!text) return;
    if (hone_export_lint_template(text, strlen(text), e->path, &err) < 0)
        hone_explain_find(e, HONE_FIND_ERROR, "template-method", "line %lld of the template: %s",
                          (long long)err.line, err.message);
    if (!strstr(text, "tools"))
        hone_explain_find(e, HONE_FIND_WARNING, "template-tools", "the template never names tools: "
                          "declarations do not reach the prompt");
    if (!strstr(text, "bos_token"))
        hone_explain_find(e, HONE_FIND_NOTE, "template-bos", "the template does not print "
                          "bos_token; the runtime adds it from the start token");
}

static void look_metadata(hone_explanation *e, const hone_section *s)
{
    hone_llm_metadata m;
    hone_err err;
    hone_json *o = hone_json_new_object(e->a), *stops = hone_json_new_array(e->a);
    hone_err_clear(&err);
    if (hone_llm_metadata_read(&m, e->a, s->data, s->size, e->path, s->begin, &err) < 0) {
        hone_explain_error(e, "metadata-unreadable", &err);
        return;
    }
    for (int i = 0; i < m.num_stops; i++)
        if (!hone_json_push(e->a, stops, m.stops[i].id < 0
                                             ? hone_json_new_str(e->a, m.stops[i].text)
                                             : hone_json_new_i64(e->a, m.stops[i].id)))
            e->failed = true;
    hone_explain_put(e, o, "stop_tokens", stops);
    hone_explain_int(e, o, "max_num_tokens", m.max_tokens);
    hone_explain_int(e, o, "model_type", m.model_type);
    hone_explain_put(e, o, "template", hone_json_new_bool(e->a, m.chat_template != NULL));
    hone_explain_put(e, e->o, "metadata", o);
    look_stops(e, &m);
    look_sampler(e, &m);
    look_limit(e, &m);
    look_calls(e, &m);
    look_template(e, m.chat_template);
}

/* --- tokenizer --- */

static void look_tokenizer(hone_explanation *e, const hone_litertlm *f)
{
    const hone_section *sp = hone_litertlm_section(f, HONE_SECTION_SENTENCEPIECE, NULL);
    const hone_section *hf = hone_litertlm_section(f, HONE_SECTION_HF_TOKENIZER, NULL);
    if (sp) hone_explain_pieces(e, sp->data, sp->size);
    else if (hf)
        hone_explain_find(e, HONE_FIND_WARNING, "tokenizer-zipped", "the tokenizer is a zipped "
                          "tokenizer.json: constrained decoding needs a SentencePiece section");
    else
        hone_explain_find(e, HONE_FIND_ERROR, "tokenizer-missing", "the file has no tokenizer");
}

/* --- container --- */

static hone_json *items_json(hone_explanation *e, const hone_header_pair *p, uint32_t n)
{
    hone_json *items = hone_json_new_object(e->a);
    for (uint32_t i = 0; i < n; i++)
        hone_explain_text(e, items, p[i].key, p[i].value ? p[i].value : "(no text)");
    return items;
}

static hone_json *section_json(hone_explanation *e, const hone_section *s)
{
    hone_json *o = hone_json_new_object(e->a);
    hone_explain_text(e, o, "type", hone_section_type_name(s->type));
    hone_explain_int(e, o, "number", s->type);
    hone_explain_int(e, o, "begin", (int64_t)s->begin);
    hone_explain_int(e, o, "bytes", (int64_t)s->size);
    if (s->num_items)
        hone_explain_put(e, o, "items", items_json(e, s->items, s->num_items));
    return o;
}

static void look_sections(hone_explanation *e, const hone_litertlm *f)
{
    hone_json *list = hone_json_new_array(e->a);
    for (uint32_t i = 0; i < f->num_sections; i++) {
        const hone_section *s = &f->sections[i];
        if (!hone_json_push(e->a, list, section_json(e, s))) e->failed = true;
        if (s->type == HONE_SECTION_WEIGHTS)
            hone_explain_find(e, HONE_FIND_WARNING, "weights-outside", "weights lie in a section "
                              "of their own, which hone does not read");
        if (strcmp(hone_section_type_name(s->type), "?") == 0)
            hone_explain_find(e, HONE_FIND_NOTE, "section-unknown", "section %u is of type %d, "
                              "which is not known here", i, s->type);
        for (uint32_t k = 0; k < i; k++)
            if (f->sections[k].type == s->type &&
                strcmp(hone_section_item(&f->sections[k], "model_type"),
                       hone_section_item(s, "model_type")) == 0)
                hone_explain_find(e, HONE_FIND_ERROR, "section-twice", "two sections %s of the "
                                  "same kind: the runtime keeps the last",
                                  hone_section_type_name(s->type));
    }
    hone_explain_put(e, e->o, "sections", list);
}

static void look_items(hone_explanation *e, const hone_section *s)
{
    const char *type = hone_section_item(s, "model_type");
    const char *numbers = hone_section_item(s, "prefer_activation_type");
    if (!type[0])
        hone_explain_find(e, HONE_FIND_WARNING, "model-type-missing", "the model section has no "
                          "model_type: older runtimes cannot open it");
    else if (strcmp(type, "tf_lite_prefill_decode") != 0)
        hone_explain_find(e, HONE_FIND_WARNING, "model-type-other", "model_type %s: not a language "
                          "model of one .tflite", type);
    if (strcmp(numbers, "fp32") != 0)
        hone_explain_find(e, HONE_FIND_WARNING, "half-precision", "prefer_activation_type is not "
                          "fp32: a GPU computes in 16 bits and answers nonsense without an error");
    if (!hone_section_item(s, "backend_constraint")[0])
        hone_explain_find(e, HONE_FIND_NOTE, "backend-open", "no backend_constraint: apps may try "
                          "a GPU or NPU that the file was not made for");
}

static void look_tflite(hone_explanation *e, const uint8_t *data, size_t size, uint64_t begin)
{
    hone_tflite *m = NULL;
    hone_err err;
    hone_err_clear(&err);
    if (hone_tflite_read(&m, e->a, data, size, e->path, begin, &err) < 0) {
        hone_explain_error(e, "model-unreadable", &err);
        return;
    }
    const bool ours = hone_tflite_metadata(m, HONE_TFL_CONFIG_NAME) != NULL;
    hone_explain_text(e, e->o, "made_by", ours ? "hone" : "another program");
    if (!ours)
        hone_explain_find(e, HONE_FIND_NOTE, "config-missing", "no metadata " HONE_TFL_CONFIG_NAME
                          ": made by another program; hone opens it only if it can tell the "
                          "network from the graph's names");
    hone_explain_model(e, m);
}

/* hone eval and chat open a file as this does. */
static void try_open(hone_explanation *e)
{
    hone_model *m = NULL;
    hone_err err;
    hone_err_clear(&err);
    const bool opens = hone_model_open(&m, e->path, &err) == 0;
    hone_explain_put(e, e->o, "opens", hone_json_new_bool(e->a, opens));
    if (!opens)
        hone_explain_find(e, HONE_FIND_NOTE, "not-opened", "hone eval and chat cannot use it: "
                          "%s%s%s", err.message, err.hint[0] ? "; " : "", err.hint);
    hone_model_close(m);
}

static void look_container(hone_explanation *e, const hone_map *map)
{
    hone_litertlm *f = NULL;
    hone_err err;
    hone_err_clear(&err);
    if (hone_litertlm_read(&f, e->a, map->data, map->size, e->path, &err) < 0) {
        hone_explain_error(e, "container-unreadable", &err);
        return;
    }
    hone_explain_put(e, e->o, "system", items_json(e, f->system, f->num_system));
    look_sections(e, f);
    const hone_section *model = hone_litertlm_section(f, HONE_SECTION_TFLITE, NULL);
    const hone_section *meta = hone_litertlm_section(f, HONE_SECTION_METADATA, NULL);
    if (model) {
        look_items(e, model);
        look_tflite(e, model->data, model->size, model->begin);
    } else {
        hone_explain_find(e, HONE_FIND_ERROR, "model-missing", "the file has no model section");
    }
    if (meta) look_metadata(e, meta);
    else
        hone_explain_find(e, HONE_FIND_ERROR, "metadata-missing", "the file has no LlmMetadata: "
                          "the runtime ends the whole process");
    look_tokenizer(e, f);
    try_open(e);
}

int hone_explain(hone_json **ret, hone_arena *a, const char *path, hone_err *err)
{
    hone_explanation e = { .a = a, .path = path, .o = hone_json_new_object(a),
                           .findings = hone_json_new_array(a) };
    hone_map map = { 0 };
    if (!e.o || !e.findings) return hone_err_memory(err, "findings", 0);
    HONE_TRY(hone_map_open(&map, path, err));
    const bool bare = map.size >= 8 && memcmp(map.data + 4, "TFL3", 4) == 0;
    hone_explain_text(&e, e.o, "kind", bare ? "tflite" : "litertlm");
    hone_explain_int(&e, e.o, "bytes", (int64_t)map.size);
    if (bare) look_tflite(&e, map.data, map.size, 0);
    else look_container(&e, &map);
    hone_map_close(&map);
    hone_explain_put(&e, e.o, "findings", e.findings);
    if (e.failed) return hone_err_memory(err, "findings", 0);
    *ret = e.o;
    return 0;
}
