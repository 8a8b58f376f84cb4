/*
 * LlmMetadata as a protobuf message (model/llm_metadata.h, llm_metadata.proto). protobuf-c builds
 * its tree from our allocator; what it accepts is checked again here: sizes, ids, text. /
 */
#include "model/llm_metadata.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "llm_metadata.pb-c.h"

enum { METADATA_MAX = 4 << 20, MAX_ID = 1 << 24 };

/* --- reading --- */

static void *pb_alloc(void *data, size_t n)
{
    (void)data;
    return hone_malloc(n);
}

static void pb_free(void *data, void *p)
{
    (void)data;
    hone_free(p);
}

static int bad(hone_err *err, const char *what)
{
    hone_err_hint(err, "the file is damaged or of another kind: export or download it again");
    return hone_fail(err, HONE_E_MODEL, "LlmMetadata: %s", what);
}

static int read_text(const char **ret, hone_arena *a, protobuf_c_boolean has,
                     ProtobufCBinaryData text, hone_err *err)
{
    if (!has) return 0;
    const char *s = text.len ? (const char *)text.data : "";
    if (memchr(s, 0, text.len)) return bad(err, "a text holds a zero byte");
    if (!hone_utf8_valid(s, text.len)) return bad(err, "a text is not UTF-8");
    *ret = hone_arena_strndup(a, s, text.len);
    return *ret ? 0 : hone_err_memory(err, "a text", text.len);
}

/* Sequences of several ids exist in foreign files; we keep single ones, as the runtime stops
 * there. */
static int read_token(hone_llm_token *ret, hone_arena *a, const Hone__TokenUnion *t, hone_err *err)
{
    *ret = (hone_llm_token){ -1, "" };
    if (t->has_token_str) return read_text(&ret->text, a, 1, t->token_str, err);
    if (!t->token_ids || t->token_ids->n_ids == 0) return bad(err, "a token without id and text");
    if (t->token_ids->n_ids > 1) return bad(err, "a stop or start token of several ids");
    ret->id = t->token_ids->ids[0];
    if (ret->id < 0 || ret->id > MAX_ID) return bad(err, "a token id that no vocabulary has");
    return 0;
}

static int read_affixes(hone_llm_affixes *ret, hone_arena *a, const Hone__PromptAffixes *p,
                        hone_err *err)
{
    if (!p) return 0;
    HONE_TRY(read_text(&ret->prefix, a, p->has_prefix, p->prefix, err));
    return read_text(&ret->suffix, a, p->has_suffix, p->suffix, err);
}

/* The kind of model is the field that is set; kinds that we have no message for are unknown
 * fields. */
static void read_type(hone_llm_metadata *ret, const Hone__LlmModelType *t)
{
    if (!t) return;
    if (t->function_gemma) {
        ret->model_type = HONE_LLM_FUNCTION_GEMMA;
        ret->use_template = t->function_gemma->has_use_template_for_fc_format &&
                            t->function_gemma->use_template_for_fc_format;
    } else if (t->base.n_unknown_fields) {
        ret->model_type = (int)t->base.unknown_fields[0].tag;
    }
}

static void read_sampler(hone_llm_metadata *ret, const Hone__SamplerParameters *s)
{
    if (!s) return;
    ret->has_sampler = true;
    ret->sampler_type = s->has_type ? s->type : 0;
    ret->sampler_k = s->has_k ? s->k : 0;
    ret->sampler_p = s->has_p ? s->p : 0.0f;
    ret->sampler_temperature = s->has_temperature ? s->temperature : 0.0f;
    ret->sampler_seed = s->has_seed ? s->seed : 0;
}

static int read_message(hone_llm_metadata *ret, hone_arena *a, const Hone__LlmMetadata *p,
                        hone_err *err)
{
    if (p->start_token) HONE_TRY(read_token(&ret->start, a, p->start_token, err));
    ret->has_start = p->start_token != NULL;
    if (p->n_stop_tokens > HONE_LLM_MAX_STOPS) return bad(err, "more than 64 stop tokens");
    for (size_t i = 0; i < p->n_stop_tokens; i++)
        HONE_TRY(read_token(&ret->stops[i], a, p->stop_tokens[i], err));
    ret->num_stops = (int)p->n_stop_tokens;
    if (p->prompt_templates) {
        HONE_TRY(read_affixes(&ret->user, a, p->prompt_templates->user, err));
        HONE_TRY(read_affixes(&ret->model, a, p->prompt_templates->model, err));
        HONE_TRY(read_affixes(&ret->system, a, p->prompt_templates->system, err));
    }
    read_sampler(ret, p->sampler_params);
    read_type(ret, p->llm_model_type);
    if (p->has_max_num_tokens && p->max_num_tokens <= 0)
        return bad(err, "max_num_tokens is not positive");
    ret->max_tokens = p->has_max_num_tokens ? p->max_num_tokens : 0;
    ret->function_calling = p->has_supports_function_calling && p->supports_function_calling;
    return read_text(&ret->chat_template, a, p->has_jinja_prompt_template,
                     p->jinja_prompt_template, err);
}

int hone_llm_metadata_read(hone_llm_metadata *ret, hone_arena *a, const void *p, size_t n,
                           const char *source, uint64_t base, hone_err *err)
{
    ProtobufCAllocator alloc = { pb_alloc, pb_free, NULL };
    hone_llm_metadata m = { 0 };
    hone_err_at(err, source, 0, (int64_t)base);
    if (n > METADATA_MAX) return bad(err, "larger than 4 MiB");
    Hone__LlmMetadata *message = hone__llm_metadata__unpack(&alloc, n, p);
    if (!message) return bad(err, "the bytes are no protobuf message of this kind");
    int rc = read_message(&m, a, message, err);
    hone__llm_metadata__free_unpacked(message, &alloc);
    if (rc == 0) *ret = m;
    return rc;
}

/* --- writing --- */

static ProtobufCBinaryData text_data(const char *s)
{
    return (ProtobufCBinaryData){ strlen(s), (uint8_t *)(uintptr_t)s };
}

/* A token and the message parts that it points to. */
typedef struct token_message {
    Hone__TokenUnion token;
    Hone__TokenIds ids;
    int32_t id;
} token_message;

static void token_fill(token_message *m, const hone_llm_token *t)
{
    hone__token_union__init(&m->token);
    hone__token_ids__init(&m->ids);
    if (t->id < 0) {
        m->token.has_token_str = 1;
        m->token.token_str = text_data(t->text);
        return;
    }
    m->id = t->id;
    m->ids.n_ids = 1;
    m->ids.ids = &m->id;
    m->token.token_ids = &m->ids;
}

static Hone__PromptAffixes *affixes_fill(Hone__PromptAffixes *p, const hone_llm_affixes *a)
{
    hone__prompt_affixes__init(p);
    if (!a->prefix && !a->suffix) return NULL;
    p->has_prefix = a->prefix != NULL;
    if (a->prefix) p->prefix = text_data(a->prefix);
    p->has_suffix = a->suffix != NULL;
    if (a->suffix) p->suffix = text_data(a->suffix);
    return p;
}

/* Explicit zeros (seed) are written: they say "greedy", absence would say nothing. */
static void sampler_fill(Hone__SamplerParameters *s, const hone_llm_metadata *m)
{
    hone__sampler_parameters__init(s);
    s->has_type = s->has_k = s->has_p = s->has_temperature = s->has_seed = 1;
    s->type = m->sampler_type;
    s->k = m->sampler_k;
    s->p = m->sampler_p;
    s->temperature = m->sampler_temperature;
    s->seed = m->sampler_seed;
}

static int pack(hone_buf *out, const Hone__LlmMetadata *message, hone_err *err)
{
    size_t n = hone__llm_metadata__get_packed_size(message);
    uint8_t *bytes = hone_malloc(n);
    if (!bytes) return hone_err_memory(err, "LlmMetadata", n);
    hone__llm_metadata__pack(message, bytes);
    hone_buf_add(out, bytes, n);
    hone_free(bytes);
    return hone_buf_ok(out) ? 0 : hone_err_memory(err, "LlmMetadata", n);
}

int hone_llm_metadata_write(hone_buf *out, const hone_llm_metadata *m, hone_err *err)
{
    Hone__LlmMetadata message = HONE__LLM_METADATA__INIT;
    Hone__PromptTemplates templates = HONE__PROMPT_TEMPLATES__INIT;
    Hone__LlmModelType type = HONE__LLM_MODEL_TYPE__INIT;
    Hone__FunctionGemma gemma = HONE__FUNCTION_GEMMA__INIT;
    Hone__PromptAffixes affixes[3];
    Hone__SamplerParameters sampler;
    token_message start, stops[HONE_LLM_MAX_STOPS];
    Hone__TokenUnion *stop_list[HONE_LLM_MAX_STOPS];

    token_fill(&start, &m->start);
    if (m->has_start) message.start_token = &start.token;
    for (int i = 0; i < m->num_stops; i++) {
        token_fill(&stops[i], &m->stops[i]);
        stop_list[i] = &stops[i].token;
    }
    message.n_stop_tokens = (size_t)m->num_stops;
    message.stop_tokens = stop_list;
    templates.user = affixes_fill(&affixes[0], &m->user);
    templates.model = affixes_fill(&affixes[1], &m->model);
    templates.system = affixes_fill(&affixes[2], &m->system);
    if (templates.user || templates.model || templates.system)
        message.prompt_templates = &templates;
    sampler_fill(&sampler, m);
    if (m->has_sampler) message.sampler_params = &sampler;
    message.has_max_num_tokens = m->max_tokens > 0;
    message.max_num_tokens = m->max_tokens;
    gemma.has_use_template_for_fc_format = m->use_template;
    gemma.use_template_for_fc_format = m->use_template;
    type.function_gemma = &gemma;
    if (m->model_type == HONE_LLM_FUNCTION_GEMMA) message.llm_model_type = &type;
    message.has_jinja_prompt_template = m->chat_template != NULL;
    if (m->chat_template) message.jinja_prompt_template = text_data(m->chat_template);
    message.has_supports_function_calling = m->function_calling;
    message.supports_function_calling = m->function_calling;
    return pack(out, &message, err);
}
