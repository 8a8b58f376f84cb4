/* The rows of a training run (cli/train_rows.h). */
#include "cli/train_rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/train_grammar.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "common/zfile.h"
#include "datasets/split.h"

/* Part of the key: change it when the same rows would be encoded otherwise. */
#define ENCODING "hone-rows/1"
#define VALID_NAME "valid.jsonl"

#define V hone_train_opts

static int64_t max_length(const hone_trainer *t)
{
    return V.length ? V.length : t->model->config.max_positions;
}

/* ---- the key ---- */

static int shard_key(hone_trainer *t, char key[65], hone_err *err)
{
    hone_arena *a = t->arena;
    char tokenizer[65];
    hone_json *o = hone_json_new_object(a);
    hone_tokenizer_hash(t->model->tokenizer, tokenizer);
    if (!o || !hone_json_set(a, o, "encoding", hone_json_new_str(a, ENCODING)) ||
        !hone_json_set(a, o, "program", hone_json_new_str(a, HONE_VERSION)) ||
        !hone_json_set(a, o, "tokenizer", hone_json_new_str(a, tokenizer)) ||
        !hone_json_set(a, o, "data", hone_json_copy(a, hone_json_get(t->inputs, "data"))) ||
        !hone_json_set(a, o, "tools", hone_json_copy(a, hone_json_get(t->inputs, "tools"))) ||
        !hone_json_set(a, o, "max_length", hone_json_new_i64(a, max_length(t))) ||
        !hone_json_set(a, o, "max_rows", hone_json_new_i64(a, V.max_rows)) ||
        !hone_json_set(a, o, "valid_share", hone_json_new_f64(a, V.valid_share)) ||
        !hone_json_set(a, o, "texts", hone_json_new_bool(a, V.mask_names > 0)))
        return hone_err_memory(err, "row file", 0);
    hone_sha256_json(o, key);
    return key[0] ? HONE_OK : hone_err_memory(err, "row file", 0);
}

/* ---- encoding ---- */

typedef struct encoder {
    hone_trainer *t;
    hone_shard_out *out;
    hone_zout *aside;      /* rows set aside, NULL: none */
    hone_encode_set *set;  /* one row */
    hone_arena *arena;
    const char *path;
    size_t rows, held;
    hone_train_grammar grammar;
    hone_progress progress;
} encoder;

/* The row as JSON on a line, or as it is kept for masking. */
static int row_text(encoder *e, hone_buf *text, const hone_row *row, hone_err *err)
{
    hone_arena_clear(e->arena);
    hone_json *o = hone_row_json(e->arena, row);
    if (o) hone_json_write(text, o, HONE_JSON_COMPACT);
    return o && hone_buf_ok(text) ? HONE_OK : hone_err_memory(err, "a row", text->len);
}

static int set_aside(encoder *e, const hone_row *row, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    e->held++;
    if (!e->aside) return HONE_OK; /* a plan alone: they are only left out */
    int rc = row_text(e, &text, row, err);
    hone_buf_char(&text, '\n');
    if (rc == 0 && !hone_buf_ok(&text)) rc = hone_err_memory(err, "a row", text.len);
    if (rc == 0) rc = hone_zout_write(e->aside, text.data, text.len, err);
    hone_buf_done(&text);
    return rc;
}

static int encode(encoder *e, const hone_row *row, hone_err *err)
{
    const hone_encode_options o = { max_length(e->t), true };
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_encode_set_clear(e->set);
    HONE_TRY(hone_encode_set_add(e->set, e->t->model->tokenizer, row, e->path, &o, err));
    HONE_TRY(hone_train_grammar_note(&e->grammar, row, e->set, err));
    int rc = V.mask_names > 0 ? row_text(e, &text, row, err) : HONE_OK;
    if (rc == 0) rc = hone_shard_out_add(e->out, e->set, 0, text.len ? &text : NULL, err);
    hone_buf_done(&text);
    e->rows++;
    return rc;
}

static int on_row(void *user, const hone_row *row, hone_err *err)
{
    encoder *e = user;
    if (hone_stop_requested()) return hone_fail(err, HONE_E_STOPPED, "stopped before the first "
                                                                     "step");
    hone_progress_set(&e->progress, (int64_t)(e->rows + e->held), NULL);
    if (V.valid_share > 0 &&
        hone_split_part(hone_split_key(row, true), V.valid_share, 0) == HONE_PART_VALID)
        return set_aside(e, row, err);
    return encode(e, row, err);
}

static int encode_file(encoder *e, const char *path, hone_err *err)
{
    const size_t most = (size_t)V.max_rows, have = e->rows + e->held, before = e->rows;
    const hone_rows_options o = { .row = { .tools = e->t->tools, .sort_tools = true },
                                  .limit = most ? most - have : 0 };
    int64_t nulls = 0;
    if (most && have >= most) return HONE_OK;
    e->path = path;
    HONE_TRY(hone_shard_out_part(e->out, path, err));
    HONE_TRY(hone_rows_each(path, &o, on_row, e, &nulls, err));
    if (nulls)
        hone_log("%s: %lld keys without a value (null) are taken as absent", path,
                 (long long)nulls);
    if (e->rows > before) return HONE_OK;
    hone_err_at(err, path, 0, -1);
    return hone_fail(err, HONE_E_DATA, "no rows are left to train on");
}

static int encode_all(encoder *e, const char *path, const char *key, const char *aside,
                      hone_err *err)
{
    e->arena = hone_arena_new();
    if (!e->arena) return hone_err_memory(err, "rows", 0);
    HONE_TRY(hone_encode_set_new(&e->set, err));
    HONE_TRY(hone_shard_out_open(&e->out, path, key, err));
    if (aside) HONE_TRY(hone_zout_open(&e->aside, aside, err));
    hone_progress_start(&e->progress, "encoding rows", V.max_rows);
    for (int i = 0; i < V.data.count; i++) HONE_TRY(encode_file(e, V.data.items[i], err));
    hone_progress_end(&e->progress, NULL);
    return HONE_OK;
}

/* The rows set aside come first: a row file of that key says that they are there. */
static int encode_commit(encoder *e, hone_err *err)
{
    hone_zout *aside = e->aside;
    hone_shard_out *out = e->out;
    e->aside = NULL;
    if (aside) HONE_TRY(hone_zout_commit(aside, err));
    e->out = NULL;
    return hone_shard_out_commit(out, err);
}

static int shard_make(hone_trainer *t, const char *path, const char *key, const char *aside,
                      hone_err *err)
{
    encoder e = { .t = t, .grammar = { .t = t->model->tokenizer, .tools = t->tools } };
    int rc = encode_all(&e, path, key, aside, err);
    if (rc == 0) rc = encode_commit(&e, err);
    hone_train_grammar_end(&e.grammar);
    if (e.aside) hone_zout_abort(e.aside);
    hone_shard_out_abort(e.out);
    hone_encode_set_free(e.set);
    hone_arena_free(e.arena);
    return rc;
}

/* ---- files ---- */

/* DIR/KEY.rows of a cache that runs share, else RUN/rows.cache. */
static const char *shard_path(hone_trainer *t, const char *dir, const char *key, hone_err *err)
{
    hone_buf path = HONE_BUF_INIT(1 << 16);
    if (V.rows_cache) hone_buf_printf(&path, "%s/%s.rows", V.rows_cache, key);
    else hone_buf_printf(&path, "%s/rows.cache", dir);
    const char *kept = hone_buf_ok(&path) ? hone_arena_strndup(t->arena, path.data, path.len)
                                          : NULL;
    hone_buf_done(&path);
    if (!kept) (void)hone_err_memory(err, "a file name", 0);
    return kept;
}

static bool is_there(const char *path)
{
    return !path || hone_fs_is_file(path);
}

static int shard_find_or_make(hone_trainer *t, const char *path, const char *key,
                              const char *aside, hone_err *err)
{
    hone_err why;
    hone_err_clear(&why);
    if (is_there(aside) && hone_shard_open(&t->shard, path, key, &why) == 0) {
        hone_log_more("%s: rows are encoded already", path);
        return HONE_OK;
    }
    if (why.code == HONE_E_DATA) hone_warn("%s: %s: encoded again", path, why.message);
    if (V.rows_cache) HONE_TRY(hone_fs_mkdirs(V.rows_cache, err));
    HONE_TRY(shard_make(t, path, key, aside, err));
    return hone_shard_open(&t->shard, path, key, err);
}

static int parts_take(hone_trainer *t, hone_err *err)
{
    const hone_shard_info *info = hone_shard_about(t->shard);
    t->rows = (hone_train_rows){ .source = hone_shard_source(t->shard) };
    for (int i = 0; i < info->num_parts && i < HONE_ORDER_PARTS; i++) {
        double weight = 1;
        const char *word = i < V.weights.count ? V.weights.items[i] : "1";
        if (!hone_parse_f64(word, strlen(word), &weight) || !(weight > 0))
            return hone_fail(err, HONE_E_USAGE, "--data-weights: '%s' is no number above 0", word);
        t->rows.parts[t->rows.num_parts++] =
            (hone_order_part){ info->parts[i].first, info->parts[i].count, weight };
    }
    return HONE_OK;
}

static int mask_open(hone_trainer *t, hone_err *err)
{
    if (V.mask_names <= 0) return HONE_OK;
    const hone_name_mask m = { .shard = t->shard, .tokenizer = t->model->tokenizer,
                               .tools = t->tools, .share = V.mask_names,
                               .seed = (uint64_t)V.seed, .max_length = max_length(t) };
    HONE_TRY(hone_name_masker_new(&t->masker, &m, err));
    t->rows.source = hone_name_masker_source(t->masker);
    return HONE_OK;
}

/* A folder that is removed when the shard is open: a plan alone leaves nothing behind. */
static int temporary_rows(hone_trainer *t, const char *key, hone_err *err)
{
    const char *tmp = getenv("TMPDIR");
    hone_buf dir = HONE_BUF_INIT(1 << 16);
    hone_buf_printf(&dir, "%s/hone-plan-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!hone_buf_ok(&dir)) return hone_err_memory(err, "a file name", 0);
    int rc = mkdtemp(dir.data) ? HONE_OK : hone_fail_io(err, dir.data, "create a folder");
    if (rc == 0) {
        char *path = hone_path_join(dir.data, "rows"), *aside = hone_path_join(dir.data, "valid");
        rc = path && aside ? HONE_OK : hone_err_memory(err, "a file name", 0);
        if (rc == 0) rc = shard_make(t, path, key, V.valid_share > 0 ? aside : NULL, err);
        if (rc == 0) rc = hone_shard_open(&t->shard, path, key, err);
        (void)hone_fs_remove_tree(dir.data, NULL);
        hone_free(path);
        hone_free(aside);
    }
    hone_buf_done(&dir);
    return rc;
}

static const char *valid_path(hone_trainer *t, const char *dir)
{
    return dir ? hone_path_join_in(t->arena, dir, VALID_NAME) : NULL;
}

int hone_train_rows_open(hone_trainer *t, const char *dir, hone_err *err)
{
    char key[65];
    HONE_TRY(shard_key(t, key, err));
    if (!dir && !V.rows_cache) {
        HONE_TRY(temporary_rows(t, key, err));
    } else {
        const char *path = shard_path(t, dir, key, err), *aside = NULL;
        if (V.valid_share > 0 && dir) aside = valid_path(t, dir);
        if (!path || (V.valid_share > 0 && dir && !aside))
            return hone_err_memory(err, "a file name", 0);
        HONE_TRY(shard_find_or_make(t, path, key, aside, err));
    }
    HONE_TRY(parts_take(t, err));
    return mask_open(t, err);
}

/* ---- validation rows ---- */

static int valid_encode(hone_trainer *t, const hone_rows *rows, hone_err *err)
{
    const hone_encode_options o = { max_length(t), true };
    HONE_TRY(hone_encode_set_new(&t->valid, err));
    for (size_t i = 0; i < rows->count; i++) {
        HONE_TRY(hone_encode_set_add(t->valid, t->model->tokenizer, &rows->items[i], rows->path, &o,
                                     err));
        if (hone_stop_requested())
            return hone_fail(err, HONE_E_STOPPED, "stopped before the first step");
    }
    t->valid_source = hone_row_source_of_set(t->valid);
    return HONE_OK;
}

int hone_train_valid_open(hone_trainer *t, const char *dir, hone_err *err)
{
    const hone_rows_options o = { .row = { .tools = t->tools, .sort_tools = true } };
    const char *path = V.valid;
    hone_rows *rows = NULL;
    if (V.valid_share > 0) path = valid_path(t, dir);
    if (!path) return HONE_OK;
    HONE_TRY(hone_rows_load(&rows, path, &o, err));
    int rc = valid_encode(t, rows, err);
    if (rc == 0 && V.eval_calls) rc = hone_train_scorer_rows(rows, V.eval_rows, err);
    if (rc == 0 && V.eval_calls) t->scorer.rows = rows;
    else hone_rows_free(rows);
    return rc;
}
