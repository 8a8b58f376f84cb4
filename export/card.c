/* Model card (export/card.h). Only what was measured or given is stated; no clock is read. */
#include "export/card.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "export/mixed.h"
#include "model/tokenizer_parts.h"

enum { CARD_MAX = 1 << 20 };

static const char *const ABOUT[HONE_FORMATS] = {
    [HONE_FORMAT_LITERTLM] = "a .litertlm file for the LiteRT-LM runtime and AI Edge Gallery",
    [HONE_FORMAT_TFLITE] = "a bare .tflite model with decode and prefill signatures",
    [HONE_FORMAT_GGUF] = "a GGUF file for llama.cpp",
    [HONE_FORMAT_FOLDER] = "a merged model folder in Hugging Face layout",
    [HONE_FORMAT_ADAPTER] = "a LoRA adapter in PEFT's format",
};

/* The front matter that model hubs read. */
static void put_head(hone_buf *b, const hone_package *k, const hone_manifest *m)
{
    const hone_config *c = m->config;
    hone_buf_printf(b, "---\nlicense: gemma\nbase_model: %s\ntags:\n- function-calling\n---\n\n",
                    hone_path_base(m->inputs[0].path));
    hone_buf_printf(b, "# %s\n\nA function-calling model as %s, made by hone %s.\n\n",
                    hone_path_base(k->r->out), ABOUT[k->o->format], HONE_VERSION);
    hone_buf_printf(b, "| | |\n|---|---|\n| size | %.1f MB |\n| number formats | %s |\n"
                    "| network | %d layers of %d, vocabulary of %d |\n",
                    (double)m->sizes->file / 1e6, m->quant, c->L, c->C, c->V);
    if (m->options)
        hone_buf_printf(b, "| context | %d tokens: %s |\n| prefill | %s |\n",
                        m->options->cache_length, m->why_cache_length, m->why_prefill);
    if (m->template_kind[0])
        hone_buf_printf(b, "| chat template | %s |\n", m->template_kind);
}

static void put_inputs(hone_buf *b, const hone_manifest *m)
{
    hone_buf_str(b, "\n## Made from\n\n| what | name | SHA-256 |\n|---|---|---|\n");
    for (int i = 0; i < m->num_inputs; i++)
        if (m->inputs[i].path)
            hone_buf_printf(b, "| %s | %s | `%s` |\n", m->inputs[i].key,
                            hone_path_base(m->inputs[i].path), m->inputs[i].sha256);
}

static void put_data(hone_buf *b, const hone_package *k)
{
    const hone_prompts *p = &k->prompts;
    if (!p->rows) return;
    hone_buf_printf(b, "\n## Rows that the file was measured on\n\n%zu rows, %zu of them with a "
                    "call; longest prompt %d tokens, longest answer %d.\n", p->rows, p->calls,
                    p->longest_prompt, p->longest_answer);
}

/* "headline": {mode, k, n, p, lo, hi} of an evaluation's report. */
static int put_report(hone_buf *b, hone_package *k)
{
    hone_json *report;
    const char *path = k->o->report, *mode = "";
    int64_t right, n;
    double lo, hi;
    if (!path) return 0;
    HONE_TRY(hone_json_load(&report, k->arena, path, k->err));
    const hone_json *h = hone_json_get(report, "headline");
    if (!hone_json_is(h, HONE_JSON_OBJECT)) {
        hone_err_at(k->err, path, 0, -1);
        return hone_fail(k->err, HONE_E_DATA, "the file has no \"headline\": it is no report");
    }
    HONE_TRY(hone_json_req_str(&mode, h, "mode", path, k->err));
    HONE_TRY(hone_json_req_i64(&right, h, "k", 0, INT64_MAX, path, k->err));
    HONE_TRY(hone_json_req_i64(&n, h, "n", 1, INT64_MAX, path, k->err));
    HONE_TRY(hone_json_get_f64(&lo, h, "lo", 0, path, k->err));
    HONE_TRY(hone_json_get_f64(&hi, h, "hi", 1, path, k->err));
    hone_buf_printf(b, "\n%s: %lld of %lld rows right (%s), %.1f %%, 95 %% interval %.1f to %.1f "
                    "%%.\n", hone_path_base(path), (long long)right, (long long)n, mode,
                    100.0 * (double)right / (double)n, 100 * lo, 100 * hi);
    return 0;
}

static void put_loss(hone_buf *b, const hone_manifest *m)
{
    const hone_score_loss *l = m->loss;
    const hone_verify_logits *v = m->logits;
    char kl[32], diff[32];
    if (l)
        hone_buf_printf(b, "\nThis file against the merged model before quantising, same %lld "
                        "rows: %lld right instead of %lld, %+.2f points (95 %% interval %+.2f to "
                        "%+.2f); %lld rows broken, %lld fixed.\n",
                        (long long)l->rows, (long long)l->after,
                        (long long)l->before, l->diff, l->lo, l->hi, (long long)l->broken,
                        (long long)l->fixed);
    if (!v) return;
    hone_f64_g6(v->kl_mean, kl);
    hone_f64_g6(v->max_diff, diff);
    hone_buf_printf(b, "\nAt %d positions: arg-max equal at %d, mean KL %s, largest difference of "
                    "a logit %s.\n", v->positions, v->argmax_equal, kl, diff);
}

static int put_scores(hone_buf *b, hone_package *k, const hone_manifest *m)
{
    hone_buf_str(b, "\n## Scores\n");
    HONE_TRY(put_report(b, k));
    put_loss(b, m);
    if (!k->o->report && !m->loss)
        hone_buf_str(b, "\nThe file was not scored on rows of its task; `hone eval` does that.\n");
    if (k->r->mixed.count) {
        hone_buf_str(b, "\n```\n");
        hone_mixed_text(b, &k->r->mixed);
        hone_buf_str(b, "```\n");
    }
    return 0;
}

static void put_use(hone_buf *b, const hone_package *k, const hone_manifest *m)
{
    hone_buf_str(b, "\n## Use\n\n");
    if (k->o->format == HONE_FORMAT_LITERTLM) {
        hone_buf_printf(b, "Pass the declarations of `%s` to the conversation as they are: their "
                        "parameters stand in the order of training. Answer every call with a tool "
                        "message before the next user message. The app's limit of tokens must not "
                        "exceed the context above.\n", hone_path_base(k->r->tools_path));
        if (m->config->V != HONE_GEMMA_PIECES)
            hone_buf_str(b, "\nThe vocabulary is trimmed: constrained decoding, and with it "
                         "`litert-lm serve`, is not available for this file.\n");
    } else {
        hone_buf_str(b, "Greedy decoding. An answer ends at `<end_of_turn>` (106), "
                     "`<start_function_response>` (50) or `<eos>` (1).\n");
    }
}

static void put_licence(hone_buf *b)
{
    hone_buf_str(b, "\n## Licence\n\nWeights derived from Gemma. Gemma is provided under and "
                 "subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms; pass them "
                 "on with this file, and mind the Prohibited Use Policy that they name.\n");
}

int hone_card_write(hone_package *k, const hone_manifest *m)
{
    hone_buf b = HONE_BUF_INIT(CARD_MAX);
    put_head(&b, k, m);
    int rc = put_scores(&b, k, m);
    put_data(&b, k);
    put_inputs(&b, m);
    put_use(&b, k, m);
    put_licence(&b);
    if (rc == 0 && !hone_buf_ok(&b)) rc = hone_err_memory(k->err, "the model card", b.len);
    if (rc == 0) rc = hone_fs_write(k->r->card_path, b.data, b.len, k->err);
    hone_buf_done(&b);
    return rc;
}
