/*
 * The export in order (export/package.h), and the writing of .litertlm and .tflite files; the other
 * formats are in export/package_plain.c.
 */
#include "export/package.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "export/litertlm.h"
#include "export/metadata.h"
#include "export/package_parts.h"
#include "export/target.h"
#include "model/litertlm_read.h"
#include "model/tokenizer_parts.h"

enum { METADATA_MAX = 2 << 20, TOKENIZER_MAX = 256 << 20, COMPARED_ROWS = 24 };

/* Bounds of docs/litertlm.md for a healthy export. */
static const double F32_MAX_DIFF = 1e-3, Q8_KL = 0.05, Q8_ARGMAX = 0.9;

/* --- numbers --- */

static void choose_prefill(hone_package *k)
{
    hone_tflite_options *t = &k->r->options;
    if (k->o->num_prefill) {
        memcpy(t->prefill, k->o->prefill, sizeof(t->prefill));
        t->num_prefill = k->o->num_prefill;
        (void)snprintf(k->r->why_prefill, sizeof(k->r->why_prefill), "as given");
        return;
    }
    int chosen[5];
    t->num_prefill = hone_prompts_prefill(chosen, k->r->why_prefill, &k->prompts, t->cache_length);
    memcpy(t->prefill, chosen, sizeof(int) * (size_t)t->num_prefill);
}

static int parse_quant(hone_package *k, hone_scheme *ret)
{
    const hone_qat none = { HONE_QUANT_F32, HONE_QUANT_F32, false };
    const hone_qat *qat = k->adapter ? &k->adapter->qat : &none;
    hone_quant linears = hone_qat_on(qat) ? qat->linears : HONE_QUANT_I8_ROW, embed;
    if (k->o->quant) HONE_TRY(hone_quant_parse(&linears, k->o->quant, k->err));
    /* the table of embeddings is also the output matrix: int4 there costs more than it saves */
    embed = linears == HONE_QUANT_F32 ? HONE_QUANT_F32 : HONE_QUANT_I8_ROW;
    if (hone_qat_on(qat) && linears == qat->linears) embed = qat->embed;
    if (k->o->embed) HONE_TRY(hone_quant_parse(&embed, k->o->embed, k->err));
    if (hone_qat_on(qat) && (linears != qat->linears || embed != qat->embed))
        hone_warn("the adapter was trained against %s with the embedding as %s: other formats "
                  "round it as if it had not been", hone_quant_name(qat->linears),
                  hone_quant_name(qat->embed));
    if ((linears == HONE_QUANT_I4_ROW || embed == HONE_QUANT_I4_ROW) && !k->o->allow_lossy) {
        hone_err_hint(k->err, "use q4b32, or say --allow-lossy");
        return hone_fail(k->err, HONE_E_USAGE, "q4c (int4 with one scale a row) ruins models of "
                         "this size: 36 of 90 points on the SNIPS calls");
    }
    *ret = hone_scheme_uniform(linears, embed);
    return 0;
}

/* The bytes that a file of `target` bytes leaves for the matrices, by planning it with int8. */
static int search_scheme(hone_package *k)
{
    hone_mixed_goal goal = k->o->goal;
    hone_tflite_options *t = &k->r->options;
    const hone_quant asked = t->scheme.linear[0][0];
    goal.low = hone_quant_block(asked) ? asked : HONE_QUANT_I4_B32;
    t->scheme = hone_scheme_uniform(HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW);
    if (goal.target_bytes) {
        hone_tflite_plan *p = NULL;
        HONE_TRY(hone_tflite_plan_new(&p, &k->merge, t, k->err));
        const uint64_t file = hone_tflite_plan_size(p) + k->tokenizer.len + k->metadata.len +
                              4 * HONE_LITERTLM_ALIGN; /* header and gaps */
        const uint64_t rest = file - hone_scheme_bytes(&t->scheme, &k->model->config);
        hone_tflite_plan_free(p);
        if (goal.target_bytes <= rest) goal.target_bytes = 1;
        else goal.target_bytes -= rest;
    }
    return hone_mixed_search(&k->r->mixed, &t->scheme, &k->merge, k->prompts.set, &goal,
                             k->o->threads, k->err);
}

static int choose_scheme(hone_package *k)
{
    hone_tflite_options *t = &k->r->options;
    HONE_TRY(parse_quant(k, &t->scheme));
    if (hone_mixed_wanted(&k->o->goal)) {
        if (!k->o->data) {
            hone_err_hint(k->err, "give rows with --data");
            return hone_fail(k->err, HONE_E_USAGE, "layers can be chosen only on rows of the task");
        }
        HONE_TRY(search_scheme(k));
    }
    hone_scheme_name(&t->scheme, k->model->config.L, k->r->quant, sizeof(k->r->quant));
    return 0;
}

static size_t kept_rows(const hone_package *k)
{
    const size_t search = hone_mixed_wanted(&k->o->goal) ? (size_t)k->o->goal.rows : 0;
    return search > COMPARED_ROWS ? search : COMPARED_ROWS;
}

static int choose_options(hone_package *k)
{
    hone_tflite_options *t = &k->r->options;
    HONE_TRY(hone_prompts_measure(&k->prompts, k->model->tokenizer, k->tools, k->o->data,
                                  kept_rows(k), k->err));
    HONE_TRY(hone_prompts_cache_length(&t->cache_length, k->r->why_cache_length, &k->prompts,
                                       k->o->answer_length, k->o->cache_length,
                                       k->model->config.max_positions, k->err));
    choose_prefill(k);
    hone_log("cache length %d: %s", t->cache_length, k->r->why_cache_length);
    HONE_TRY(hone_metadata_build(&k->metadata, t->cache_length, k->chat_template, k->err));
    return choose_scheme(k);
}

/* --- writing and checking --- */

/* The merged model's logits first: its engine is closed before the file's is opened. */
static int run_reference(hone_package *k)
{
    if (k->o->positions == 0 || !k->prompts.set) return 0;
    HONE_TRY(hone_verify_run_new(&k->run, k->prompts.set, k->o->positions, k->err));
    return hone_verify_reference(k->run, &k->merge, k->o->threads, k->err);
}

static int check_space(hone_package *k)
{
    char *dir = hone_path_dir(k->r->out);
    if (!dir) return hone_err_memory(k->err, "a path", 0);
    const int64_t have = hone_fs_free_bytes(dir);
    const int64_t need = (int64_t)(hone_tflite_plan_size(k->plan) + k->tokenizer.len) + (1 << 20);
    hone_free(dir);
    if (have < 0 || have >= need) return 0;
    hone_err_at(k->err, k->r->out, 0, -1);
    hone_err_hint(k->err, "free some disk space or choose another folder");
    return hone_fail(k->err, HONE_E_IO, "the file needs %lld MB, %lld MB are free",
                     (long long)(need >> 20), (long long)(have >> 20));
}

static int put_out(void *ctx, const void *p, size_t n, hone_err *err)
{
    return hone_out_write(ctx, p, n, err);
}

static int write_file(hone_package *k)
{
    const int pieces = k->model->config.V;
    const hone_litertlm_parts parts = { k->metadata.data, k->tokenizer.data, k->metadata.len,
                                        k->tokenizer.len, k->plan,
                                        pieces == HONE_GEMMA_PIECES ? 0 : pieces };
    hone_sink sink = { put_out, NULL, 0 };
    HONE_TRY(check_space(k));
    HONE_TRY(hone_out_open(&k->out, k->r->out, 0, k->err));
    sink.ctx = k->out;
    if (k->o->format == HONE_FORMAT_TFLITE)
        HONE_TRY(hone_tflite_plan_write(k->plan, &sink, k->err));
    else
        HONE_TRY(hone_litertlm_write(k->out, &parts, "writing", k->err));
    return hone_out_flush(k->out, k->err);
}

/* float32 must be equal; integers are judged by their distribution, and only the task's score
 * decides. */
static int judge(hone_package *k)
{
    const hone_verify_logits *v = &k->r->logits;
    if (strcmp(k->r->quant, "f32") == 0) {
        if (v->max_diff <= F32_MAX_DIFF) return 0;
        return hone_fail(k->err, HONE_E_INTERNAL, "the logits of the written f32 file differ by %g "
                         "from the merged model's", v->max_diff);
    }
    if (!(v->kl_mean <= Q8_KL) || v->argmax_equal < Q8_ARGMAX * v->positions)
        hone_warn("%s moves this model more than int8 usually does (KL %g, arg-max equal at %d of "
                  "%d): score the file before shipping it", k->r->quant, v->kl_mean,
                  v->argmax_equal, v->positions);
    return 0;
}

static int score_model(hone_package *k, const hone_model *m, const hone_adapter *a)
{
    const hone_package_scorer *s = k->o->scorer;
    return s ? s->run(s->user, m, a, k->prompts.longest_answer, k->err) : 0;
}

/* Fails with HONE_GATE_FAILED when the file loses more than is allowed. */
static int judge_score(hone_package *k)
{
    hone_score_loss *l = &k->r->loss;
    if (!k->o->scorer) return 0;
    HONE_TRY(k->o->scorer->compare(k->o->scorer->user, l, k->err));
    if (-l->diff <= k->o->max_loss) return 0;
    k->r->lost_too_much = true;
    hone_err_hint(k->err, "use q8, train against the quantised weights, or allow it with "
                  "--max-loss");
    return hone_fail(k->err, HONE_GATE_FAILED, "the file loses %.2f points on %lld rows (%+.2f to "
                     "%+.2f), %.2f are allowed: nothing was kept", -l->diff, (long long)l->rows,
                     l->lo, l->hi, k->o->max_loss);
}

int hone_package_compare(hone_package *k, const char *path)
{
    hone_model *written = NULL;
    int rc = hone_model_open(&written, path, k->err);
    if (rc == 0 && k->run)
        rc = hone_verify_compare(k->run, written, k->o->threads, &k->r->logits, k->err);
    if (rc == 0) rc = score_model(k, written, NULL);
    hone_model_close(written);
    if (rc < 0) return hone_err_context(k->err, "checking the written file");
    if (k->run) HONE_TRY(judge(k));
    return judge_score(k);
}

static int check_file(hone_package *k)
{
    char path[4096];
    HONE_TRY(hone_out_temp_path(k->out, path, sizeof(path)));
    if (k->o->format == HONE_FORMAT_TFLITE)
        return hone_verify_tflite(&k->r->sizes, path, &k->model->config, &k->r->options, k->err);
    HONE_TRY(hone_verify_container(&k->r->sizes, path, &k->model->config, &k->r->options,
                                   k->chat_template, k->err));
    return hone_package_compare(k, path);
}

static int run_device(hone_package *k)
{
    HONE_TRY(choose_options(k));
    HONE_TRY(hone_tflite_plan_new(&k->plan, &k->merge, &k->r->options, k->err));
    if (k->o->format == HONE_FORMAT_LITERTLM) {
        HONE_TRY(run_reference(k));
        HONE_TRY(score_model(k, k->model, k->adapter));
    }
    HONE_TRY(write_file(k));
    HONE_TRY(check_file(k));
    hone_out *out = k->out;
    k->out = NULL;
    return hone_out_commit(out, k->err);
}

/* Rows are optional here; without tools and rows nothing is compared. */
static int run_plain(hone_package *k)
{
    if (k->o->format == HONE_FORMAT_ADAPTER) return hone_package_adapter(k);
    if (k->tools || k->o->data)
        HONE_TRY(hone_prompts_measure(&k->prompts, k->model->tokenizer, k->tools, k->o->data,
                                      COMPARED_ROWS, k->err));
    HONE_TRY(run_reference(k));
    HONE_TRY(score_model(k, k->model, k->adapter));
    return k->o->format == HONE_FORMAT_GGUF ? hone_package_gguf(k) : hone_package_folder(k);
}

static int run(hone_package *k)
{
    const bool device = k->o->format == HONE_FORMAT_LITERTLM || k->o->format == HONE_FORMAT_TFLITE;
    HONE_TRY(hone_package_names(k));
    HONE_TRY(hone_package_open(k));
    HONE_TRY(device ? run_device(k) : run_plain(k));
    HONE_TRY(hone_package_beside(k));
    if (!k->r->tools_were_sorted)
        hone_warn("the parameters in %s were not sorted; the app must use %s, where they are",
                  k->o->tools, k->r->tools_path);
    return 0;
}

int hone_package_run(const hone_package_options *o, hone_package_result *ret, hone_err *err)
{
    hone_package_result *r = hone_calloc(1, sizeof(*r));
    if (!r) return hone_err_memory(err, "an export", sizeof(*r));
    r->format = o->format;
    hone_package k = { .o = o, .r = r, .err = err };
    hone_buf_init(&k.tokenizer, TOKENIZER_MAX);
    hone_buf_init(&k.metadata, METADATA_MAX);
    k.arena = hone_arena_new();
    int rc = k.arena ? run(&k) : hone_err_memory(err, "an export", 0);
    if (rc == 0 || rc == HONE_GATE_FAILED) *ret = *r;
    hone_out_abort(k.out);
    hone_target_abort(&k.temp_dir);
    hone_tflite_plan_free(k.plan);
    hone_verify_run_free(k.run);
    hone_prompts_done(&k.prompts);
    hone_buf_done(&k.metadata);
    hone_buf_done(&k.tokenizer);
    hone_free(k.chat_template);
    hone_adapter_free(k.adapter);
    hone_free(k.adapter_dir);
    hone_model_close(k.model);
    hone_arena_free(k.arena);
    hone_free(r);
    return rc;
}
