/* The rows of a training run (cli/train_rows.h). */
#include "cli/train_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/rank_parts.h"
#include "cli/train_grammar.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
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

/* A row on its way to rank 0: then the packed row if it is trained on, then the text. */
typedef struct piece {
    hone_train_verdict verdict;
    int32_t nulls, aside; /* keys without a value; 1: set aside */
    uint64_t packed, text;
} piece;

typedef struct encoder {
    hone_trainer *t;
    const hone_parts_ways *ways; /* NULL: one process */
    bool first;                  /* the process that writes */
    hone_shard_out *out;
    hone_zout *aside;      /* rows set aside, NULL: none */
    hone_encode_set *set;  /* the block that this process makes */
    hone_encode_set *taken; /* the block that is taken */
    hone_arena *arena;
    const char *path;
    size_t rows, held, seen; /* to train on; set aside; read by all processes */
    int64_t nulls;         /* of the file */
    hone_train_grammar grammar;
    hone_progress progress;
    hone_parts parts;
} encoder;

/* What one process knows becomes everybody's. */
static int agreed(const encoder *e, int rc, hone_err *err)
{
    return e->ways ? hone_mpi_agree(rc, err) : rc;
}

/* The row as JSON on a line, or as it is kept for masking. */
static int row_text(encoder *e, hone_buf *text, const hone_row *row, hone_err *err)
{
    hone_arena_clear(e->arena);
    hone_json *o = hone_row_json(e->arena, row);
    if (o) hone_json_write(text, o, HONE_JSON_COMPACT);
    return o && hone_buf_ok(text) ? HONE_OK : hone_err_memory(err, "a row", text->len);
}

static void piece_put(encoder *e, piece *p, const hone_buf *packed, const hone_buf *text)
{
    p->packed = packed->len;
    p->text = text->len;
    hone_buf_add(&e->parts.mine, p, sizeof *p);
    hone_buf_add(&e->parts.mine, packed->data, packed->len);
    hone_buf_add(&e->parts.mine, text->data, text->len);
}

static int encode(encoder *e, const hone_row *row, piece *p, hone_buf *packed, hone_err *err)
{
    const hone_encode_options o = { max_length(e->t), true };
    HONE_TRY(hone_encode_set_add(e->set, e->t->model->tokenizer, row, e->path, &o, err));
    HONE_TRY(hone_train_grammar_look(&e->grammar, row, e->set, &p->verdict, err));
    hone_encode_set_pack(packed, e->set, e->set->count - 1);
    return hone_buf_ok(packed) ? HONE_OK : hone_err_memory(err, "a row", packed->len);
}

static int on_row(void *user, const hone_row *row, hone_err *err)
{
    encoder *e = user;
    hone_buf packed = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    piece p = { .nulls = row->nulls_dropped };
    if (hone_stop_requested()) return hone_fail(err, HONE_E_STOPPED, "stopped before the first "
                                                                     "step");
    p.aside = V.valid_share > 0 &&
              hone_split_part(hone_split_key(row, true), V.valid_share, 0) == HONE_PART_VALID;
    int rc = p.aside ? HONE_OK : encode(e, row, &p, &packed, err);
    if (rc == 0 && (p.aside || V.mask_names > 0)) rc = row_text(e, &text, row, err);
    if (rc == 0) piece_put(e, &p, &packed, &text);
    hone_buf_done(&packed);
    hone_buf_done(&text);
    return rc;
}

static int pick(void *user, size_t bytes, bool *ret_mine, hone_err *err)
{
    encoder *e = user;
    HONE_TRY(hone_parts_next(&e->parts, bytes, ret_mine, err));
    /* packed rows refer to their block alone */
    if (e->parts.block_rows == 1) hone_encode_set_clear(e->set);
    return HONE_OK;
}

/* ---- the rows of all processes, in the order of the file ---- */

static int set_aside(encoder *e, const char *text, size_t len, hone_err *err)
{
    e->held++;
    if (!e->aside) return HONE_OK; /* a plan alone: they are only left out */
    HONE_TRY(hone_zout_write(e->aside, text, len, err));
    return hone_zout_write(e->aside, "\n", 1, err);
}

static int take_row(encoder *e, const piece *p, const char *packed, const hone_buf *text,
                    hone_err *err)
{
    size_t used;
    HONE_TRY(hone_encode_set_unpack(e->taken, e->path, packed, p->packed, &used, err));
    const size_t row = e->taken->count - 1;
    hone_train_grammar_note(&e->grammar, &p->verdict, e->taken->rows[row].id);
    e->rows++;
    return hone_shard_out_add(e->out, e->taken, row, text->len ? text : NULL, err);
}

static int take(void *user, const char *part, size_t len, hone_err *err)
{
    encoder *e = user;
    hone_encode_set_clear(e->taken);
    for (size_t at = 0; at < len;) {
        piece p = { 0 };
        if (len - at >= sizeof p) memcpy(&p, part + at, sizeof p);
        at += sizeof p;
        if (at > len || p.packed > len - at || p.text > len - at - p.packed)
            return hone_fail(err, HONE_E_INTERNAL, "the rows of another process are damaged");
        hone_buf text = { (char *)(uintptr_t)part + at + p.packed, p.text, p.text, p.text, false };
        if (p.aside) HONE_TRY(set_aside(e, text.data, text.len, err));
        else HONE_TRY(take_row(e, &p, part + at, &text, err));
        e->nulls += p.nulls;
        at += p.packed + p.text;
    }
    hone_progress_set(&e->progress, (int64_t)(e->rows + e->held), NULL);
    return HONE_OK;
}

/* Every process reads the file; what the first one counts is that of all. */
static int read_file(encoder *e, hone_err *err)
{
    const size_t most = (size_t)V.max_rows;
    const hone_rows_options o = { .row = { .tools = e->t->tools, .sort_tools = true },
                                  .limit = most ? most - e->seen : 0,
                                  .pick = pick, .pick_user = e };
    int rc = hone_parts_open(&e->parts, e->ways, take, e, err);
    if (rc == 0 && e->first) rc = hone_shard_out_part(e->out, e->path, err);
    HONE_TRY(agreed(e, rc, err));
    rc = hone_rows_each(e->path, &o, on_row, e, NULL, err);
    rc = hone_parts_end(&e->parts, rc, err);
    e->seen += e->parts.rows;
    return agreed(e, rc, err);
}

static int encode_file(encoder *e, const char *path, hone_err *err)
{
    const size_t before = e->rows;
    if (V.max_rows && e->seen >= (size_t)V.max_rows) return HONE_OK;
    e->path = path;
    e->nulls = 0;
    const int rc = read_file(e, err);
    hone_parts_close(&e->parts);
    if (rc < 0 || !e->first) return rc;
    if (e->nulls)
        hone_log("%s: %lld keys without a value (null) are taken as absent", path,
                 (long long)e->nulls);
    if (e->rows > before) return HONE_OK;
    hone_err_at(err, path, 0, -1);
    return hone_fail(err, HONE_E_DATA, "no rows are left to train on");
}

static int encoder_open(encoder *e, const char *path, const char *key, const char *aside,
                        hone_err *err)
{
    e->arena = hone_arena_new();
    if (!e->arena) return hone_err_memory(err, "rows", 0);
    HONE_TRY(hone_encode_set_new(&e->set, err));
    if (!e->first) return HONE_OK;
    HONE_TRY(hone_encode_set_new(&e->taken, err));
    HONE_TRY(hone_shard_out_open(&e->out, path, key, err));
    return aside ? hone_zout_open(&e->aside, aside, err) : HONE_OK;
}

/* The rows set aside come first: a row file of that key says that they are there. */
static int encode_commit(encoder *e, hone_err *err)
{
    hone_zout *aside = e->aside;
    hone_shard_out *out = e->out;
    if (!e->first) return HONE_OK;
    e->aside = NULL;
    if (aside) HONE_TRY(hone_zout_commit(aside, err));
    e->out = NULL;
    return hone_shard_out_commit(out, err);
}

/* Collective unless ways is NULL: the first process writes path and aside. */
static int shard_make(hone_trainer *t, const hone_parts_ways *ways, const char *path,
                      const char *key, const char *aside, hone_err *err)
{
    encoder e = { .t = t, .ways = ways, .first = !ways || ways->rank == 0,
                  .grammar = { .t = t->model->tokenizer, .tools = t->tools } };
    int rc = agreed(&e, encoder_open(&e, path, key, aside, err), err);
    if (rc == 0) hone_progress_start(&e.progress, "encoding rows", V.max_rows);
    for (int i = 0; i < V.data.count && rc == 0; i++)
        rc = agreed(&e, encode_file(&e, V.data.items[i], err), err);
    if (rc == 0) hone_progress_end(&e.progress, NULL);
    if (rc == 0) rc = agreed(&e, encode_commit(&e, err), err);
    hone_train_grammar_end(&e.grammar);
    if (e.aside) hone_zout_abort(e.aside);
    hone_shard_out_abort(e.out);
    hone_encode_set_free(e.set);
    hone_encode_set_free(e.taken);
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

/* Opens what an earlier start left. */
static bool shard_find(hone_trainer *t, const char *path, const char *key, const char *aside)
{
    hone_err why;
    hone_err_clear(&why);
    if (is_there(aside) && hone_shard_open(&t->shard, path, key, &why) == 0) {
        hone_log_more("%s: rows are encoded already", path);
        return true;
    }
    if (why.code == HONE_E_DATA) hone_warn("%s: %s: encoded again", path, why.message);
    return false;
}

/* Rank 0 looks and writes, all encode, the others open what is there then. */
static int shard_find_or_make(hone_trainer *t, const char *path, const char *key,
                              const char *aside, hone_err *err)
{
    const bool first = hone_mpi_rank() == 0;
    bool found = first && shard_find(t, path, key, aside);
    hone_mpi_share(&found, sizeof found);
    if (!found) {
        int rc = first && V.rows_cache ? hone_fs_mkdirs(V.rows_cache, err) : HONE_OK;
        HONE_TRY(hone_mpi_agree(rc, err));
        HONE_TRY(shard_make(t, hone_rank_parts(), path, key, aside, err));
    }
    return hone_mpi_agree(t->shard ? HONE_OK : hone_shard_open(&t->shard, path, key, err), err);
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

typedef struct plan_folder { /* "": none */
    char dir[4096], rows[4200], aside[4200];
} plan_folder;

static int plan_folder_make(plan_folder *f, hone_err *err)
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || !*tmp) tmp = "/tmp";
    const int n = snprintf(f->dir, sizeof f->dir, "%s/hone-plan-XXXXXX", tmp);
    if (n < 0 || (size_t)n >= sizeof f->dir) {
        f->dir[0] = '\0';
        return hone_fail(err, HONE_E_USAGE, "TMPDIR is too long");
    }
    if (!mkdtemp(f->dir)) {
        const int rc = hone_fail_io(err, f->dir, "create a folder");
        f->dir[0] = '\0';
        return rc;
    }
    (void)snprintf(f->rows, sizeof f->rows, "%s/rows", f->dir);
    (void)snprintf(f->aside, sizeof f->aside, "%s/valid", f->dir);
    return HONE_OK;
}

static void plan_folder_remove(const plan_folder *f)
{
    if (f->dir[0]) (void)hone_fs_remove_tree(f->dir, NULL);
}

/* A rank on another machine does not see the folder of the first one: it encodes for itself. */
static int plan_rows_alone(hone_trainer *t, const char *key, hone_err *err)
{
    plan_folder f = { "", "", "" };
    int rc = plan_folder_make(&f, err);
    if (rc == 0)
        rc = shard_make(t, NULL, f.rows, key, V.valid_share > 0 ? f.aside : NULL, err);
    if (rc == 0) rc = hone_shard_open(&t->shard, f.rows, key, err);
    plan_folder_remove(&f);
    return rc;
}

/* A folder that is removed when the shard is open: a plan alone leaves nothing behind. */
static int temporary_rows(hone_trainer *t, const char *key, hone_err *err)
{
    const bool first = hone_mpi_rank() == 0;
    plan_folder f = { "", "", "" };
    hone_err why;
    int rc = hone_mpi_agree(first ? plan_folder_make(&f, err) : HONE_OK, err);
    hone_mpi_share(&f, sizeof f);
    if (rc == 0)
        rc = shard_make(t, hone_rank_parts(), f.rows, key, V.valid_share > 0 ? f.aside : NULL,
                        err);
    if (rc == 0) {
        rc = hone_shard_open(&t->shard, f.rows, key, first ? err : &why);
        if (rc < 0 && !first) rc = plan_rows_alone(t, key, err);
        rc = hone_mpi_agree(rc, err);
    }
    if (first) plan_folder_remove(&f);
    return rc;
}

/* Ranks that see other files would encode a mixture. */
static int same_key(const char key[65], hone_err *err)
{
    char of_first[65];
    memcpy(of_first, key, sizeof of_first);
    hone_mpi_share(of_first, sizeof of_first);
    if (strcmp(of_first, key) == 0) return HONE_OK;
    hone_err_hint(err, "all machines must see the same files under the same paths");
    return hone_fail(err, HONE_E_DATA, "the row files, the tools or the tokenizer are not those of "
                                       "the first process");
}

static const char *valid_path(hone_trainer *t, const char *dir)
{
    return dir ? hone_path_join_in(t->arena, dir, VALID_NAME) : NULL;
}

static int key_agreed(hone_trainer *t, char key[65], hone_err *err)
{
    HONE_TRY(hone_mpi_agree(shard_key(t, key, err), err));
    return hone_mpi_agree(same_key(key, err), err);
}

int hone_train_rows_open(hone_trainer *t, const char *dir, hone_err *err)
{
    char key[65];
    HONE_TRY(key_agreed(t, key, err));
    if (!dir && !V.rows_cache) {
        HONE_TRY(temporary_rows(t, key, err));
    } else {
        const char *path = shard_path(t, dir, key, err), *aside = NULL;
        if (V.valid_share > 0 && dir) aside = valid_path(t, dir);
        bool ok = path && (aside || V.valid_share == 0 || !dir);
        HONE_TRY(hone_mpi_agree(ok ? HONE_OK : hone_err_memory(err, "a file name", 0), err));
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
