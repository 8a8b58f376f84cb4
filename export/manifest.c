/* Manifest of an exported file (export/manifest.h); docs/litertlm.md, "Beside the file". */
#include "export/manifest.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/json.h"
#include "common/mem.h"

enum { MANIFEST_FORMAT = 1 };

/* A growing object; the first failure sticks. */
typedef struct object {
    hone_arena *a;
    hone_json *o;
    bool ok;
} object;

static void put(object *p, const char *key, hone_json *v)
{
    p->ok = p->ok && hone_json_set(p->a, p->o, key, v);
}

static void put_text(object *p, const char *key, const char *text)
{
    put(p, key, hone_json_new_str(p->a, text));
}

static void put_int(object *p, const char *key, int64_t v)
{
    put(p, key, hone_json_new_i64(p->a, v));
}

/* Six digits: the last bits of these figures differ between machines. */
static void put_figure(object *p, const char *key, double v)
{
    char text[32];
    hone_f64_g6(v, text);
    put(p, key, hone_json_new_number(p->a, HONE_JSON_REAL, text, strlen(text)));
}

static object child(object *p, const char *key)
{
    object c = { p->a, hone_json_new_object(p->a), p->ok };
    put(p, key, c.o);
    return c;
}

static void put_inputs(object *p, const hone_manifest *m)
{
    object list = child(p, "inputs");
    for (int i = 0; i < m->num_inputs; i++) {
        const hone_manifest_input *in = &m->inputs[i];
        if (!in->path) continue;
        object o = child(&list, in->key);
        put_text(&o, "name", hone_path_base(in->path));
        put_text(&o, "sha256", in->sha256);
        list.ok = list.ok && o.ok;
    }
    p->ok = p->ok && list.ok;
}

/* The number format of each matrix, where they are not all the same. */
static void put_matrices(object *p, const hone_manifest *m)
{
    const hone_scheme *s = &m->options->scheme;
    object o = { p->a, hone_json_new_object(p->a), p->ok };
    bool mixed = false;
    char name[48];
    for (int l = 0; l < m->config->L; l++)
        for (int id = 0; id < HONE_LINEARS; id++) {
            (void)snprintf(name, sizeof(name), "%d.%s", l, hone_linear_names[id]);
            put_text(&o, name, hone_quant_name(s->linear[l][id]));
            mixed = mixed || s->linear[l][id] != s->linear[0][0];
        }
    p->ok = p->ok && o.ok;
    put_text(p, "embedding", hone_quant_name(s->embed));
    if (mixed) put(p, "matrices", o.o);
}

static void put_options(object *p, const hone_manifest *m)
{
    object o = child(p, "options");
    hone_json *prefill = hone_json_new_array(p->a);
    put_text(&o, "format", m->format);
    put_text(&o, "quant", m->quant);
    put_text(&o, "template", m->template_kind);
    put_figure(&o, "embed_scale", (double)m->config->embed_scale);
    for (int i = 0; m->options && i < m->options->num_prefill; i++)
        o.ok =
            o.ok && hone_json_push(p->a, prefill, hone_json_new_i64(p->a, m->options->prefill[i]));
    if (m->options) {
        put_int(&o, "cache_length", m->options->cache_length);
        put_text(&o, "cache_length_reason", m->why_cache_length);
        put(&o, "prefill_lengths", prefill);
        put_text(&o, "prefill_lengths_reason", m->why_prefill);
        put_matrices(&o, m);
    }
    p->ok = p->ok && o.ok;
}

static int put_output(object *p, const hone_manifest *m, hone_err *err)
{
    char hex[65];
    object o = child(p, "output");
    HONE_TRY(hone_fs_is_dir(m->file) ? hone_sha256_tree(m->file, hex, err)
                                     : hone_sha256_file(m->file, hex, err));
    put_text(&o, "name", hone_path_base(m->file));
    put_text(&o, "sha256", hex);
    put_int(&o, "bytes", (int64_t)m->sizes->file);
    if (m->options) {
        put_int(&o, "model_bytes", (int64_t)m->sizes->model);
        put_int(&o, "tokenizer_bytes", (int64_t)m->sizes->tokenizer);
        put_int(&o, "metadata_bytes", (int64_t)m->sizes->metadata);
        put_int(&o, "subgraphs", m->sizes->subgraphs);
        put_int(&o, "operators", m->sizes->operators);
    }
    p->ok = p->ok && o.ok;
    return 0;
}

static void put_logits(object *p, const hone_manifest *m)
{
    if (!m->logits) return;
    object o = child(p, "against_merged_model");
    put_int(&o, "positions", m->logits->positions);
    put_int(&o, "argmax_equal", m->logits->argmax_equal);
    put_figure(&o, "kl_mean", m->logits->kl_mean);
    put_figure(&o, "kl_max", m->logits->kl_max);
    put_figure(&o, "max_logit_difference", m->logits->max_diff);
    p->ok = p->ok && o.ok;
}

static void put_loss(object *p, const hone_manifest *m)
{
    if (!m->loss) return;
    object o = child(p, "score");
    put_int(&o, "rows", m->loss->rows);
    put_int(&o, "exact_merged", m->loss->before);
    put_int(&o, "exact_file", m->loss->after);
    put_int(&o, "broken", m->loss->broken);
    put_int(&o, "fixed", m->loss->fixed);
    put_figure(&o, "points", m->loss->diff);
    put_figure(&o, "points_lo95", m->loss->lo);
    put_figure(&o, "points_hi95", m->loss->hi);
    p->ok = p->ok && o.ok;
}

static int build(object *p, const hone_manifest *m, hone_err *err)
{
    char hex[65];
    put_int(p, "format", MANIFEST_FORMAT);
    put_text(p, "program", "hone " HONE_VERSION);
    put_inputs(p, m);
    put_options(p, m);
    if (m->chat_template) {
        hone_sha256_of(m->chat_template, strlen(m->chat_template), hex);
        put_text(p, "template_sha256", hex);
    }
    if (m->tokenizer_sha256) put_text(p, "tokenizer_sha256", m->tokenizer_sha256);
    HONE_TRY(put_output(p, m, err));
    put_logits(p, m);
    put_loss(p, m);
    put_text(p, "licence", "weights derived from Gemma: the Gemma Terms of Use apply");
    return p->ok ? 0 : hone_err_memory(err, "the manifest", 0);
}

int hone_manifest_write(const hone_manifest *m, const char *path, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = 0;
    object root = { hone_arena_new(), NULL, true };
    if (!root.a || !(root.o = hone_json_new_object(root.a)))
        HONE_GOTO(rc, out, hone_err_memory(err, "the manifest", 0));
    HONE_GOTO(rc, out, build(&root, m, err));
    hone_json_write(&text, root.o, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    if (!hone_buf_ok(&text)) HONE_GOTO(rc, out, hone_err_memory(err, "the manifest", text.len));
    rc = hone_fs_write(path, text.data, text.len, err);
out:
    hone_buf_done(&text);
    hone_arena_free(root.a);
    return rc;
}
