/* Opening a GGUF file as a model (model/gemma3_open.h, docs/gguf.md). */
#include "model/gemma3_open.h"

int hone_model_open_gguf(hone_model *m, const char *path, hone_err *err)
{
    hone_map map;
    hone_gguf g;
    HONE_TRY(hone_model_map(m, path, &map, err));
    HONE_TRY(hone_model_hash_later(m, &map, err));
    HONE_TRY(hone_gguf_parse(&g, m->arena, map.data, map.size, m->path, err));
    m->kind = HONE_MODEL_GGUF;
    m->norm_plus_one = true;
    HONE_TRY(hone_config_from_gguf(&m->config, &g, err));
    HONE_TRY(hone_model_bind(m, g.tensors, g.num_tensors, m->path, err));
    HONE_TRY(hone_model_check(m, m->path, err));
    m->context_limit = m->config.max_positions;
    return hone_model_tokenizer_gguf(m, &g, err);
}
