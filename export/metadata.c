/* What the device runtime is told (export/metadata.h). */
#include "export/metadata.h"

#include "model/llm_metadata.h"
#include "model/tokenizer.h"

int hone_metadata_build(hone_buf *out, int cache_length, const char *chat_template, hone_err *err)
{
    const hone_llm_metadata m = {
        .has_start = true,
        .start = { HONE_ID_BOS, "" },
        /* not 49, the end of a call: stop tokens are cut off, and the parser needs that one */
        .stops = { { HONE_ID_EOS, "" }, { HONE_ID_END_TURN, "" }, { HONE_ID_RESPONSE, "" } },
        .num_stops = 3,
        .user = { "<start_of_turn>user\n", "<end_of_turn>\n" },
        .model = { "<start_of_turn>model\n", "<end_of_turn>\n" },
        .system = { "<start_of_turn>developer\n", "<end_of_turn>\n" },
        /* greedy; the runtime on CPU implements no sampler but TOP_P */
        .has_sampler = true,
        .sampler_type = HONE_LLM_SAMPLE_TOP_P,
        .sampler_k = 1,
        .sampler_p = 0.95f,
        .sampler_temperature = 1.0f,
        .max_tokens = cache_length,
        .model_type = HONE_LLM_FUNCTION_GEMMA,
        .use_template = true,
        .chat_template = chat_template,
        .function_calling = true,
    };
    return hone_llm_metadata_write(out, &m, err);
}
