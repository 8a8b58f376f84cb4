/* The baseline file (eval/gate.h): small, sorted, without times, so that it diffs well. */
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "eval/gate.h"

int hone_baseline_load(hone_json **ret, hone_arena *a, const char *path, hone_err *err)
{
    hone_json *tree;
    char *inner = hone_fs_is_dir(path) ? hone_path_join(path, "report.json") : NULL;
    int rc = hone_json_load(&tree, a, inner ? inner : path, err);
    hone_free(inner);
    if (rc < 0) return rc;
    if (!hone_compare_rows(tree)) {
        hone_err_at(err, path, 0, -1);
        hone_err_hint(err, "hone eval --write-baseline FILE makes one");
        return hone_fail(err, HONE_E_DATA, "this is no baseline and no report of hone eval");
    }
    *ret = tree;
    return HONE_OK;
}

static int by_id(const void *a, const void *b)
{
    const hone_result *x = *(const hone_result *const *)a, *y = *(const hone_result *const *)b;
    return strcmp(x->row->id, y->row->id);
}

static void put_block(hone_buf *out, const char *key, const hone_json *v)
{
    if (!v) return;
    hone_buf_printf(out, " \"%s\": ", key);
    hone_json_write(out, v, HONE_JSON_COMPACT);
    hone_buf_str(out, ",\n");
}

static void put_rows(hone_buf *out, const hone_result *const *rows, size_t n)
{
    hone_buf_str(out, " \"rows\": {");
    for (size_t i = 0; i < n; i++) {
        hone_buf_str(out, i ? ",\n  " : "\n  ");
        hone_json_write_str(out, rows[i]->row->id, strlen(rows[i]->row->id));
        hone_buf_printf(out, ": [\"%.12s\",%d%s]", rows[i]->row->hash, rows[i]->right,
                        rows[i]->outcome == HONE_OUTCOME_NO_STOP ? ",\"no_stop\"" : "");
    }
    hone_buf_str(out, "\n }\n}\n");
}

static int baseline_text(hone_buf *out, const hone_report *r, hone_err *err)
{
    const hone_json *provenance = hone_json_get(r->json, "provenance");
    const hone_result **rows = hone_calloc(r->count + 1, sizeof *rows);
    size_t never_stop = 0;
    if (!rows) return hone_err_memory(err, "baseline", r->count * sizeof *rows);
    for (size_t i = 0; i < r->count; i++) {
        rows[i] = &r->results[i];
        never_stop += rows[i]->outcome == HONE_OUTCOME_NO_STOP;
    }
    qsort(rows, r->count, sizeof *rows, by_id);
    hone_buf_str(out, "{\n \"format\": \"hone-baseline/1\",\n");
    hone_buf_printf(out, " \"mode\": \"%s\",\n \"right\": %lld,\n \"n\": %zu,\n",
                    hone_mode_word(r->mode), (long long)r->right, r->count);
    hone_buf_printf(out, " \"no_stop\": %zu,\n", never_stop);
    put_block(out, "created_by", hone_json_get(provenance, "program"));
    put_block(out, "data", hone_json_get(provenance, "data"));
    put_block(out, "model", hone_json_get(provenance, "model"));
    put_block(out, "settings", hone_json_get(provenance, "settings"));
    put_rows(out, rows, r->count);
    hone_free(rows);
    return hone_buf_ok(out) ? HONE_OK : hone_err_memory(err, "baseline", out->len);
}

/* A baseline of other rows or another mode says nothing about which is better. */
static int refuse_worse(const hone_report *r, const char *path, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_json *old = NULL;
    int64_t right, n;
    int rc = a ? HONE_OK : hone_err_memory(err, "baseline", 0);
    if (rc == 0) rc = hone_baseline_load(&old, a, path, err);
    if (rc == 0 && hone_json_str_eq(hone_json_get(old, "mode"), hone_mode_word(r->mode)) &&
        hone_json_i64(hone_json_get(old, "right"), &right) &&
        hone_json_i64(hone_json_get(old, "n"), &n) && n > 0 && r->count > 0 &&
        (double)right / (double)n > (double)r->right / (double)r->count) {
        hone_err_hint(err, "--force replaces it");
        rc = hone_fail(err, HONE_E_REFUSED,
                       "the baseline %s is better: %lld of %lld rows right, this run has %lld of "
                       "%zu", path, (long long)right, (long long)n, (long long)r->right, r->count);
    }
    hone_arena_free(a);
    return rc;
}

int hone_baseline_write(const hone_report *r, const char *path, bool force, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (!force && hone_fs_exists(path)) HONE_TRY(refuse_worse(r, path, err));
    int rc = baseline_text(&text, r, err);
    if (rc == 0) rc = hone_fs_write(path, text.data, text.len, err);
    hone_buf_done(&text);
    return rc;
}
