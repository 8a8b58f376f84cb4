/*
 * Tokenizer and chat template of a model, from a GGUF file's keys or a folder's files
 * (model/gemma3_open.h).
 */
#include "model/gemma3_open.h"

#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"

#define TOKENIZER_MAX ((size_t)128 << 20)
#define TEMPLATE_MAX ((size_t)1 << 20)

/* --- GGUF --- */

static int gguf_array(const hone_gguf *g, const char *name, uint64_t count,
                      const hone_gguf_key **ret, hone_err *err)
{
    const hone_gguf_key *k = hone_gguf_find(g, name);
    hone_err_at(err, g->source, 0, k ? k->data - g->bytes : -1);
    if (!k) return hone_fail(err, HONE_E_MODEL, "key %s is missing", name);
    if (k->type != HONE_GGUF_ARRAY || k->count != count)
        return hone_fail(err, HONE_E_MODEL,
                         "key %s: expected a list of %llu entries, one a row of the "
                         "embedding",
                         name, (unsigned long long)count);
    *ret = k;
    return 0;
}

static int wrong_elements(const hone_gguf *g, const hone_gguf_key *k, hone_err *err)
{
    hone_err_at(err, g->source, 0, k->data - g->bytes);
    return hone_fail(err, HONE_E_MODEL, "key %s: elements of type %d are not supported", k->name,
                     (int)k->element);
}

static int fill_pieces(const hone_gguf *g, hone_piece *pieces, size_t count, hone_err *err)
{
    const hone_gguf_key *tokens = NULL, *scores = NULL, *types = NULL;
    size_t at = 0;
    HONE_TRY(gguf_array(g, "tokenizer.ggml.tokens", count, &tokens, err));
    HONE_TRY(gguf_array(g, "tokenizer.ggml.scores", count, &scores, err));
    HONE_TRY(gguf_array(g, "tokenizer.ggml.token_type", count, &types, err));
    if (tokens->element != HONE_GGUF_STRING) return wrong_elements(g, tokens, err);
    if (scores->element != HONE_GGUF_F32) return wrong_elements(g, scores, err);
    if (types->element != HONE_GGUF_I32 && types->element != HONE_GGUF_U32)
        return wrong_elements(g, types, err);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        const uint32_t type = hone_le32(types->data + 4 * i);
        hone_gguf_next_str(tokens, &at, &pieces[i].text, &len);
        hone_err_at(err, g->source, 0, -1);
        if (len > UINT16_MAX)
            return hone_fail(err, HONE_E_MODEL, "token %zu has %zu bytes", i, len);
        if (type < HONE_PIECE_NORMAL || type > HONE_PIECE_BYTE)
            return hone_fail(err, HONE_E_MODEL, "token %zu has the unknown type %u", i, type);
        pieces[i].len = (uint32_t)len;
        pieces[i].type = (uint8_t)type;
        pieces[i].score = hone_le_f32(scores->data + 4 * i);
    }
    return 0;
}

static int gguf_template(hone_model *m, const hone_gguf *g, hone_err *err)
{
    const char *text = NULL;
    size_t len = 0;
    bool found = false;
    HONE_TRY(hone_gguf_str(g, "tokenizer.chat_template", &text, &len, &found, err));
    if (!found) return 0;
    m->chat_template = hone_strndup(text, len);
    return m->chat_template ? 0 : hone_err_memory(err, "a chat template", len);
}

int hone_model_tokenizer_gguf(hone_model *m, const hone_gguf *g, hone_err *err)
{
    const char *kind = NULL;
    size_t len = 0;
    bool found = false;
    HONE_TRY(hone_gguf_str(g, "tokenizer.ggml.model", &kind, &len, &found, err));
    if (!found || len != 5 || memcmp(kind, "llama", 5) != 0) {
        hone_err_at(err, g->source, 0, -1);
        int rc = hone_fail(err, HONE_E_MODEL, "key tokenizer.ggml.model is not \"llama\"");
        hone_err_hint(err, "only Gemma's tokenizer is supported");
        return rc;
    }
    const size_t count = (size_t)m->config.V;
    hone_piece *pieces = hone_calloc(count, sizeof(*pieces));
    if (!pieces) return hone_err_memory(err, "the vocabulary", count * sizeof(*pieces));
    int rc = fill_pieces(g, pieces, count, err);
    if (rc == 0)
        rc = hone_tokenizer_from_pieces(&m->tokenizer, pieces, count, true, g->source, err);
    hone_free(pieces);
    if (rc < 0) return rc;
    m->control_untrained = hone_tokenizer_base_names(m->tokenizer);
    return gguf_template(m, g, err);
}

/* --- folder --- */

/* Reads dir/name if it is there; *ret_found says so. Caller: hone_buf_done. */
static int read_if_there(hone_buf *ret, const char *dir, const char *name, size_t max,
                         bool *ret_found, hone_err *err)
{
    char *path = hone_path_join(dir, name);
    if (!path) return hone_err_memory(err, "a path", strlen(name));
    *ret_found = hone_fs_is_file(path);
    const int rc = *ret_found ? hone_fs_read(ret, path, max, err) : 0;
    hone_free(path);
    return rc;
}

static int folder_tokenizer(hone_model *m, const char *dir, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(TOKENIZER_MAX);
    bool found = false;
    int rc = read_if_there(&text, dir, "tokenizer.model", TOKENIZER_MAX, &found, err);
    if (rc == 0 && found)
        rc = hone_tokenizer_from_proto(&m->tokenizer, text.data, text.len, "tokenizer.model", err);
    if (rc == 0 && !found) {
        rc = read_if_there(&text, dir, "tokenizer.json", TOKENIZER_MAX, &found, err);
        if (rc == 0 && found)
            rc =
                hone_tokenizer_from_json(&m->tokenizer, text.data, text.len, "tokenizer.json", err);
    }
    hone_buf_done(&text);
    if (rc < 0 || found) return rc;
    hone_err_at(err, dir, 0, -1);
    rc = hone_fail(err, HONE_E_NOT_FOUND,
                   "the folder has neither tokenizer.model nor tokenizer.json");
    hone_err_hint(err, "fetch the model again with hone pull");
    return rc;
}

/* The template inside tokenizer_config.json: a string; other forms are left alone. */
static int template_from_config(hone_model *m, const char *dir, hone_err *err)
{
    char *path = hone_path_join(dir, "tokenizer_config.json");
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL;
    int rc = path && a ? 0 : hone_err_memory(err, "a chat template", 0);
    if (rc < 0 || !hone_fs_is_file(path)) goto done;
    HONE_GOTO(rc, done, hone_json_load(&o, a, path, err));
    const hone_json *v = hone_json_get(o, "chat_template");
    if (hone_json_is(v, HONE_JSON_STRING)) {
        m->chat_template = hone_strndup(v->text, v->len);
        if (!m->chat_template) rc = hone_err_memory(err, "a chat template", v->len);
    }
done:
    hone_arena_free(a);
    hone_free(path);
    return rc;
}

static int folder_template(hone_model *m, const char *dir, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(TEMPLATE_MAX);
    bool found = false;
    int rc = read_if_there(&text, dir, "chat_template.jinja", TEMPLATE_MAX, &found, err);
    if (rc == 0 && found) {
        m->chat_template = hone_strndup(text.len ? text.data : "", text.len);
        if (!m->chat_template) rc = hone_err_memory(err, "a chat template", text.len);
    }
    hone_buf_done(&text);
    if (rc < 0 || found) return rc;
    return template_from_config(m, dir, err);
}

int hone_model_tokenizer_folder(hone_model *m, const char *dir, hone_err *err)
{
    HONE_TRY(folder_tokenizer(m, dir, err));
    if (hone_tokenizer_base_names(m->tokenizer)) m->control_untrained = true;
    if (hone_tokenizer_size(m->tokenizer) != (size_t)m->config.V) {
        hone_err_at(err, dir, 0, -1);
        return hone_fail(err, HONE_E_MODEL, "the tokenizer has %zu pieces, the embedding %d rows",
                         hone_tokenizer_size(m->tokenizer), m->config.V);
    }
    return folder_template(m, dir, err);
}
