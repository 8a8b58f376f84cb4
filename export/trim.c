/*
 * Vocabulary trimming (export/trim.h): count the ids of all rows as training will see them, choose,
 * check by encoding all rows again, write. The rows of the embedding are gathered in the base's own
 * number format; nothing else of the weights is touched.
 */
#include "export/trim.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "datasets/rows.h"
#include "export/folder.h"
#include "export/target.h"
#include "export/tflite.h"
#include "export/vocabulary.h"
#include "model/chat.h"

enum {
    KEEP_TEXT_MAX = 64 << 20, SHOWN_CACHE = 1024, MANIFEST_FORMAT = 1,
    EXTRA_IDS = 2 /* image tokens that have an id and no embedding */
};

typedef struct trim {
    const hone_trim_options *o;
    hone_trim_result *r;
    hone_err *err;
    hone_arena *arena, *scratch;
    hone_chat_cache *old_cache, *new_cache; /* rows mostly share their tools */
    hone_model *model;
    hone_json *tools;
    int64_t *counts;
    hone_vocabulary v;
    hone_tokenizer *tokenizer; /* of the smaller vocabulary */
    hone_model small;          /* views into model; not for hone_model_close */
    uint8_t *embed;
    char *temp;
} trim;

/* --- rows --- */

typedef int each_row(trim *k, const hone_row *row, hone_trim_rows *stats);

static int visit_rows(trim *k, const char *path, each_row *visit, hone_trim_rows *stats)
{
    const hone_rows_options o = { .row = { .tools = k->tools, .sort_tools = true } };
    hone_rows *rows = NULL;
    HONE_TRY(hone_rows_load(&rows, path, &o, k->err));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rows->count; i++) {
        rc = visit(k, &rows->items[i], stats);
        hone_arena_clear(k->scratch);
    }
    hone_rows_free(rows);
    return rc;
}

static int visit_files(trim *k, each_row *visit, hone_trim_rows *stats)
{
    for (int i = 0; i < k->o->data->count; i++)
        HONE_TRY(visit_rows(k, k->o->data->items[i], visit, stats));
    return 0;
}

static int count_row(trim *k, const hone_row *row, hone_trim_rows *stats)
{
    hone_encoded e;
    (void)stats;
    HONE_TRY(hone_chat_encode_cached(&e, k->scratch, k->model->tokenizer, row, false,
                                     k->old_cache, k->err));
    for (size_t i = 0; i < e.count; i++) k->counts[e.ids[i]]++;
    return 0;
}

/* A row with both vocabularies: equal when every new id is the same piece. */
static int compare_row(trim *k, const hone_row *row, hone_trim_rows *stats)
{
    hone_encoded old, now;
    HONE_TRY(hone_chat_encode_cached(&old, k->scratch, k->model->tokenizer, row, false,
                                     k->old_cache, k->err));
    HONE_TRY(hone_chat_encode_cached(&now, k->scratch, k->tokenizer, row, false,
                                     k->new_cache, k->err));
    bool same = old.count == now.count;
    for (size_t i = 0; i < old.count; i++) {
        const bool known = old.ids[i] < k->model->config.V;
        const int32_t id = known ? k->v.new_ids[old.ids[i]] : -1;
        stats->removed += id < 0;
        same = same && id == now.ids[i];
    }
    stats->rows++;
    stats->changed += !same;
    stats->old_ids += (int64_t)old.count;
    stats->new_ids += (int64_t)now.count;
    return 0;
}

/* Words of the app: each use counts as one of a row. */
static int count_text(trim *k, const char *path)
{
    hone_buf text = HONE_BUF_INIT(KEEP_TEXT_MAX);
    hone_ids ids = { 0 };
    int rc = hone_fs_read(&text, path, KEEP_TEXT_MAX, k->err);
    if (rc == 0)
        rc = hone_tokenizer_encode(k->model->tokenizer, text.data ? text.data : "", text.len, false,
                                   &ids, k->err);
    for (size_t i = 0; rc == 0 && i < ids.len; i++) k->counts[ids.data[i]]++;
    hone_ids_done(&ids);
    hone_buf_done(&text);
    return rc;
}

/* --- the smaller model --- */

static int gather_embedding(trim *k)
{
    const hone_tensor *t = &k->model->embed;
    const size_t row = hone_dtype_row_bytes(t->dtype, t->shape[1]);
    const size_t bytes = row * (size_t)k->v.count;
    k->embed = hone_malloc(bytes);
    if (!k->embed) return hone_err_memory(k->err, "the embedding", bytes);
    for (int i = 0; i < k->v.count; i++)
        memcpy(k->embed + (size_t)i * row, t->data + (size_t)k->v.kept[i] * row, row);
    k->small = *k->model;
    k->small.tokenizer = k->tokenizer;
    k->small.config.V = k->v.count;
    k->small.embed.shape[0] = k->v.count;
    k->small.embed.data = k->embed;
    k->small.embed.bytes = bytes;
    return 0;
}

static int file_size(trim *k, hone_quant linears, size_t tokenizer, uint64_t *ret)
{
    const hone_merge m = { &k->small, NULL };
    const hone_tflite_options o = { .scheme = hone_scheme_uniform(linears, HONE_QUANT_I8_ROW),
                                    .cache_length = SHOWN_CACHE, .prefill = { 1, 8, 32, 128, 512 },
                                    .num_prefill = 5 };
    hone_tflite_plan *p = NULL;
    HONE_TRY(hone_tflite_plan_new(&p, &m, &o, k->err));
    *ret = hone_tflite_plan_size(p) + tokenizer;
    hone_tflite_plan_free(p);
    return 0;
}

/* Models of odd widths have no int4 file: then its size is not told. */
static int forecast(trim *k)
{
    hone_buf pieces = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = hone_tokenizer_write_proto(k->tokenizer, &pieces, k->err);
    k->r->tokenizer_bytes = pieces.len;
    if (rc == 0) rc = file_size(k, HONE_QUANT_I8_ROW, pieces.len, &k->r->q8_bytes);
    if (rc == 0 && file_size(k, HONE_QUANT_I4_B32, pieces.len, &k->r->q4b32_bytes) < 0)
        hone_err_clear(k->err);
    hone_buf_done(&pieces);
    return rc;
}

/* "auto": as exact as the base, which a folder can hold as it is or in f32. */
static int pick_dtype(trim *k, hone_dtype *ret)
{
    const hone_dtype base = k->model->embed.dtype;
    const char *want = k->o->dtype;
    if (strcmp(want, "auto") == 0)
        want = base == HONE_BF16 ? "bf16" : base == HONE_F16 ? "f16" : "f32";
    HONE_TRY(hone_folder_dtype(ret, want, k->err));
    (void)snprintf(k->r->dtype, sizeof(k->r->dtype), "%s", want);
    return 0;
}

/* --- manifest --- */

static bool put_int(hone_arena *a, hone_json *o, const char *key, int64_t v)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, v));
}

static hone_json *input_json(trim *k, const char *path)
{
    char hex[65];
    hone_json *o = hone_json_new_object(k->arena);
    if (hone_sha256_file(path, hex, k->err) < 0) return NULL;
    const bool ok = o && hone_json_set(k->arena, o, "name",
                                       hone_json_new_str(k->arena, hone_path_base(path))) &&
                    hone_json_set(k->arena, o, "sha256", hone_json_new_str(k->arena, hex));
    return ok ? o : NULL;
}

static hone_json *inputs_json(trim *k)
{
    hone_arena *a = k->arena;
    hone_json *o = hone_json_new_object(a), *data = hone_json_new_array(a);
    hone_json *keep = hone_json_new_array(a);
    bool ok = o && data && keep &&
              hone_json_set(a, o, "base_sha256", hone_json_new_str(a, hone_model_sha256(k->model)));
    for (int i = 0; ok && i < k->o->data->count; i++)
        ok = hone_json_push(a, data, input_json(k, k->o->data->items[i]));
    for (int i = 0; ok && i < k->o->keep->count; i++)
        ok = hone_json_push(a, keep, input_json(k, k->o->keep->items[i]));
    if (ok && k->o->tools) ok = hone_json_set(a, o, "tools", input_json(k, k->o->tools));
    ok = ok && hone_json_set(a, o, "data", data) && hone_json_set(a, o, "keep_text", keep);
    return ok ? o : NULL;
}

static int write_manifest(trim *k)
{
    hone_arena *a = k->arena;
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *o = hone_json_new_object(a);
    const hone_trim_result *r = k->r;
    hone_json *inputs = inputs_json(k);
    if (!inputs && k->err->code < 0) return k->err->code;
    const bool ok = o && inputs && put_int(a, o, "format", MANIFEST_FORMAT) &&
                    hone_json_set(a, o, "program", hone_json_new_str(a, "hone " HONE_VERSION)) &&
                    hone_json_set(a, o, "kind", hone_json_new_str(a, "trimmed model")) &&
                    hone_json_set(a, o, "inputs", inputs) && put_int(a, o, "vocab", r->vocab) &&
                    put_int(a, o, "vocab_before", r->old_vocab) &&
                    put_int(a, o, "rows", r->data.rows) &&
                    put_int(a, o, "rows_changed", r->data.changed);
    if (ok) hone_json_write(&b, o, HONE_JSON_PRETTY);
    hone_buf_char(&b, '\n');
    char *path = hone_path_join(k->temp, HONE_FOLDER_MANIFEST);
    int rc = ok && path && hone_buf_ok(&b) ? hone_fs_write(path, b.data, b.len, k->err)
                                           : hone_err_memory(k->err, "the manifest", 0);
    hone_free(path);
    hone_buf_done(&b);
    return rc;
}

/* --- in order --- */

static int open_inputs(trim *k)
{
    bool changed;
    HONE_TRY(hone_model_open(&k->model, k->o->model, k->err));
    if (k->model->kind == HONE_MODEL_LITERTLM) {
        hone_err_hint(k->err, "trim the base, then train, then export");
        return hone_fail(k->err, HONE_E_USAGE, "%s is an exported file", k->o->model);
    }
    if (!k->model->tokenizer)
        return hone_fail(k->err, HONE_E_MODEL, "%s has no tokenizer", k->o->model);
    if (k->o->tools) {
        hone_json *tools;
        HONE_TRY(hone_tools_load(&tools, k->arena, k->o->tools, k->err));
        k->tools = hone_tools_sorted(k->arena, tools, &changed);
        if (!k->tools) return hone_err_memory(k->err, "tools", 0);
    }
    const size_t n = hone_tokenizer_size(k->model->tokenizer) + EXTRA_IDS;
    k->counts = hone_calloc(n, sizeof(*k->counts));
    return k->counts ? 0 : hone_err_memory(k->err, "counts", n * sizeof(*k->counts));
}

static int choose_pieces(trim *k)
{
    HONE_TRY(visit_files(k, count_row, NULL));
    for (int i = 0; i < k->o->keep->count; i++) HONE_TRY(count_text(k, k->o->keep->items[i]));
    HONE_TRY(hone_vocabulary_choose(&k->v, k->model->tokenizer, k->counts, k->o->vocab, k->err));
    k->r->old_vocab = k->model->config.V;
    k->r->vocab = k->v.count;
    k->r->special = k->v.special;
    k->r->used = k->v.used;
    k->r->closure = k->v.closure;
    k->r->missed = k->v.missed;
    return hone_vocabulary_tokenizer(&k->tokenizer, &k->v, k->model->tokenizer, k->err);
}

static int check_rows(trim *k)
{
    HONE_TRY(visit_files(k, compare_row, &k->r->data));
    if (k->o->dev) HONE_TRY(visit_rows(k, k->o->dev, compare_row, &k->r->dev));
    if (k->v.missed || !k->r->data.changed) return 0;
    return hone_fail(k->err, HONE_E_INTERNAL, "%lld rows are cut into other tokens although every "
                     "piece is there", (long long)k->r->data.changed);
}

static int write_folder(trim *k)
{
    const hone_merge m = { &k->small, NULL };
    hone_dtype dtype = HONE_F32;
    HONE_TRY(pick_dtype(k, &dtype));
    HONE_TRY(hone_target_begin(&k->temp, k->o->out, k->err));
    HONE_TRY(hone_folder_write(&m, k->model->chat_template, dtype, k->temp, k->err));
    return write_manifest(k);
}

/* The folder opens, and holds the rows of the embedding that it should. */
static int check_folder(trim *k)
{
    hone_model *m = NULL;
    const size_t n = (size_t)k->model->config.C, bytes = n * sizeof(float);
    float *rows = hone_calloc(2 * n, sizeof(*rows));
    if (!rows) return hone_err_memory(k->err, "rows", 2 * bytes);
    int rc = hone_model_open(&m, k->temp, k->err);
    const bool exact = strcmp(k->r->dtype, "f32") == 0;
    for (int i = 0; rc == 0 && exact && i < k->v.count; i++) {
        hone_tensor_rows_f32(&k->model->embed, k->v.kept[i], 1, rows);
        hone_tensor_rows_f32(&m->embed, i, 1, rows + n);
        if (memcmp(rows, rows + n, bytes) != 0)
            rc = hone_fail(k->err, HONE_E_INTERNAL, "embedding row %d of the folder differs", i);
    }
    hone_model_close(m);
    hone_free(rows);
    return rc;
}

static int run(trim *k)
{
    HONE_TRY(open_inputs(k));
    HONE_TRY(choose_pieces(k));
    HONE_TRY(check_rows(k));
    HONE_TRY(gather_embedding(k));
    HONE_TRY(forecast(k));
    HONE_TRY(write_folder(k));
    HONE_TRY(check_folder(k));
    return hone_target_end(&k->temp, k->o->out, k->err);
}

int hone_trim_run(const hone_trim_options *o, hone_trim_result *ret, hone_err *err)
{
    hone_trim_result r = { 0 };
    trim k = { .o = o, .r = &r, .err = err };
    k.arena = hone_arena_new();
    k.scratch = hone_arena_new();
    k.old_cache = hone_chat_cache_new();
    k.new_cache = hone_chat_cache_new();
    const bool room = k.arena && k.scratch && k.old_cache && k.new_cache;
    const int rc = room ? run(&k) : hone_err_memory(err, "trimming", 0);
    if (rc == 0) *ret = r;
    hone_target_abort(&k.temp);
    hone_chat_cache_free(k.old_cache);
    hone_chat_cache_free(k.new_cache);
    hone_free(k.embed);
    hone_free(k.counts);
    hone_tokenizer_free(k.tokenizer);
    hone_vocabulary_done(&k.v);
    hone_model_close(k.model);
    hone_arena_free(k.scratch);
    hone_arena_free(k.arena);
    return rc;
}
