/*
 * The verbs of `hone data` that write row files: split, dedup, convert and drop. Lines are
 * copied byte for byte, so that nothing of a row is lost or rewritten (convert alone rewrites).
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/data_verbs.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/zfile.h"
#include "datasets/dedup.h"
#include "datasets/foreign.h"
#include "datasets/rows.h"
#include "datasets/split.h"

static const char *opt_tools, *opt_out, *opt_by = "group", *opt_against;
static double opt_valid = 0.05, opt_test = 0.05, opt_threshold = 0.8;
static hone_opt_list opt_source, opt_id;
static const char *opt_format = "auto", *opt_answers, *opt_part;
static bool opt_json;

#define TOOLS                                                                                      \
    {                                                                                              \
        "tools", 0, NULL, HONE_OPT_PATH, &opt_tools, 0, 0, NULL, "FILE",                           \
            "functions of rows that carry none", false                                             \
    }
#define OUT(what)                                                                                  \
    {                                                                                              \
        "output", 'o', "output-dir", HONE_OPT_PATH, &opt_out, 0, 0, NULL, NULL, what, false        \
    }
#define JSON                                                                                       \
    {                                                                                              \
        "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print the counts as JSON",   \
            false                                                                                  \
    }

/* A row file and its lines, parallel. */
typedef struct row_file {
    hone_rows *rows;
    const char *path;
} row_file;

static int open_rows(row_file *f, const hone_command *c, int argc, char **argv, bool out_needed,
                     hone_arena *a, hone_err *err)
{
    int n = 0;
    hone_json *tools = NULL;
    int rc = hone_cmd_parse(c, argc, argv, &f->path, 1, &n, a, err);
    if (rc != 0) return rc;
    if (n == 0) return hone_fail(err, HONE_E_USAGE, "which row file? %s", c->usage);
    if (out_needed && !opt_out)
        return hone_fail(err, HONE_E_USAGE, "--output is missing: %s", c->usage);
    if (opt_tools) HONE_TRY(hone_tools_load(&tools, a, opt_tools, err));
    hone_rows_options o = { .row = { .tools = tools, .sort_tools = true } };
    return hone_rows_load(&f->rows, f->path, &o, err);
}

static int write_row(hone_zout *z, const hone_json *v, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&b, v, HONE_JSON_COMPACT);
    hone_buf_char(&b, '\n');
    int rc = hone_buf_ok(&b) ? hone_zout_write(z, b.data, b.len, err)
                             : hone_err_memory(err, "row", b.len);
    hone_buf_done(&b);
    return rc;
}

/* Rows whose mark is `part`, as they were read. */
static int write_part(const hone_rows *rows, const uint8_t *part, uint8_t which, const char *path,
                      int64_t *ret_count, hone_err *err)
{
    hone_zout *z;
    *ret_count = 0;
    HONE_TRY(hone_zout_open(&z, path, err));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rows->count; i++) {
        if (part[i] != which) continue;
        rc = write_row(z, rows->items[i].json, err);
        ++*ret_count;
    }
    if (rc == 0) return hone_zout_commit(z, err);
    hone_zout_abort(z);
    return rc;
}

static int print_counts(const hone_json *o, hone_err *err)
{
    if (opt_json) return hone_data_print(o, err);
    for (size_t i = 0; i < o->len; i++)
        printf("%-18s %s\n", o->members[i].key, o->members[i].value->text);
    return 0;
}

static bool count(hone_arena *a, hone_json *o, const char *key, int64_t n)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, n));
}

/* ---- split ---- */

static const hone_opt split_options[] = {
    { "valid", 0, NULL, HONE_OPT_REAL, &opt_valid, 0, 1, NULL, "SHARE",
      "share of the validation part", false },
    { "test", 0, NULL, HONE_OPT_REAL, &opt_test, 0, 1, NULL, "SHARE", "share of the test part",
      false },
    { "by", 0, NULL, HONE_OPT_CHOICE, &opt_by, 0, 0, "group|text", NULL,
      "what stays together: rows of one group (seed, template), or equal user texts", false },
    TOOLS,
    OUT("folder for train.jsonl, valid.jsonl, test.jsonl"),
    JSON,
};
static const hone_command split_command = { "data split",
                                            "hone data split ROWS --valid 0.05 --test 0.05 -o DIR",
                                            "Cuts a row file into parts by the hash of each row's "
                                            "group or text: the same row always lands in\n"
                                            "the same part, whatever else the file holds. Without "
                                            "groups the text counts.",
                                            split_options,
                                            sizeof split_options / sizeof split_options[0],
                                            "  hone data split rows.jsonl --valid 0.08 --test 0.12 "
                                            "--by text -o data/\n" };

static int write_parts(const hone_rows *rows, const uint8_t *part, hone_arena *a, hone_err *err)
{
    static const char *const names[] = { "train.jsonl", "valid.jsonl", "test.jsonl" };
    hone_json *o = hone_json_new_object(a);
    HONE_TRY(hone_fs_mkdirs(opt_out, err));
    for (int k = 0; o && k < 3; k++) {
        char *path = hone_path_join(opt_out, names[k]);
        int64_t n;
        int rc = path ? write_part(rows, part, (uint8_t)k, path, &n, err)
                      : hone_err_memory(err, "path", 1);
        hone_free(path);
        if (rc < 0) return rc;
        count(a, o, names[k], n);
    }
    return o ? print_counts(o, err) : hone_err_memory(err, "counts", 1);
}

int hone_data_split(int argc, char **argv, hone_arena *a, hone_err *err)
{
    row_file f = { NULL, NULL };
    uint8_t *part = NULL;
    int rc = open_rows(&f, &split_command, argc, argv, true, a, err);
    if (rc != 0) goto done;
    if (opt_valid + opt_test > 1) {
        rc = hone_fail(err, HONE_E_USAGE, "--valid and --test are more than 1 together");
        goto done;
    }
    part = hone_calloc(f.rows->count + 1, 1);
    if (!part) rc = hone_err_memory(err, "parts", f.rows->count);
    for (size_t i = 0; part && i < f.rows->count; i++)
        part[i] = (uint8_t)hone_split_part(
            hone_split_key(&f.rows->items[i], strcmp(opt_by, "group") == 0), opt_valid, opt_test);
    if (part) rc = write_parts(f.rows, part, a, err);
done:
    hone_free(part);
    hone_rows_free(f.rows);
    return rc;
}

/* ---- dedup ---- */

static const hone_opt dedup_options[] = {
    { "threshold", 0, NULL, HONE_OPT_REAL, &opt_threshold, 0.1, 1.1, NULL, "SHARE",
      "similarity from which a text counts as a repeat; above 1 only exact repeats do", false },
    { "against", 0, NULL, HONE_OPT_PATH, &opt_against, 0, 0, NULL, "ROWS",
      "rows (of an evaluation) that nothing here may repeat", false },
    TOOLS,
    OUT("row file to write"),
    JSON,
};
static const hone_command dedup_command = { "data dedup",
                                            "hone data dedup ROWS [--against EVAL] -o OUT",
                                            "Leaves out rows whose user text repeats an earlier "
                                            "one: exactly (letters and digits), or nearly\n"
                                            "(MinHash over runs of three words).",
                                            dedup_options,
                                            sizeof dedup_options / sizeof dedup_options[0],
                                            "  hone data dedup rows.jsonl --against "
                                            "data/test.jsonl -o clean.jsonl\n" };

static int find_repeats(const hone_rows *rows, const hone_rows *other, uint8_t *drop,
                        int64_t counts[4], hone_err *err)
{
    size_t keep = other ? other->count : 0;
    size_t n = keep + rows->count;
    const char **texts = hone_calloc(n + 1, sizeof *texts);
    hone_dedup_result *found = hone_calloc(n + 1, sizeof *found);
    int rc = texts && found ? 0 : hone_err_memory(err, "texts", n);
    for (size_t i = 0; rc == 0 && i < n; i++)
        texts[i] = i < keep ? other->items[i].user_text : rows->items[i - keep].user_text;
    if (rc == 0) rc = hone_dedup_find(found, texts, n, keep, opt_threshold, err);
    for (size_t i = keep; rc == 0 && i < n; i++) {
        drop[i - keep] = found[i].kind != HONE_REPEAT_NONE;
        bool leak = drop[i - keep] && found[i].of < keep;
        counts[leak ? 3 : found[i].kind]++;
    }
    hone_free(texts);
    hone_free(found);
    return rc;
}

int hone_data_dedup(int argc, char **argv, hone_arena *a, hone_err *err)
{
    row_file f = { NULL, NULL };
    hone_rows *other = NULL;
    uint8_t *drop = NULL;
    int64_t counts[4] = { 0, 0, 0, 0 };
    int64_t kept = 0;
    int rc = open_rows(&f, &dedup_command, argc, argv, true, a, err);
    if (rc == 0 && opt_against) rc = hone_rows_load(&other, opt_against, NULL, err);
    if (rc != 0) goto done;
    drop = hone_calloc(f.rows->count + 1, 1);
    if (!drop) rc = hone_err_memory(err, "marks", f.rows->count);
    if (rc == 0) rc = find_repeats(f.rows, other, drop, counts, err);
    if (rc == 0) rc = write_part(f.rows, drop, 0, opt_out, &kept, err);
    if (rc == 0) {
        hone_json *o = hone_json_new_object(a);
        bool ok = o && count(a, o, "kept", kept) &&
                  count(a, o, "exact_repeats", counts[HONE_REPEAT_EXACT]) &&
                  count(a, o, "near_repeats", counts[HONE_REPEAT_NEAR]) &&
                  count(a, o, "leaks", counts[3]);
        rc = ok ? print_counts(o, err) : hone_err_memory(err, "counts", 1);
    }
done:
    hone_free(drop);
    hone_rows_free(other);
    hone_rows_free(f.rows);
    return rc;
}

/* ---- convert ---- */

static const hone_opt convert_options[] = {
    TOOLS,
    OUT("row file to write, .jsonl or .jsonl.zst"),
    { "format", 0, NULL, HONE_OPT_CHOICE, &opt_format, 0, 0, HONE_FOREIGN_CHOICES, NULL,
      "what ROWS is; auto looks at its name and its first row", false },
    { "answers", 0, NULL, HONE_OPT_PATH, &opt_answers, 0, 0, NULL, "FILE",
      "bfcl: the possible answers; the first allowed value of each argument is taken", false },
    { "part", 0, NULL, HONE_OPT_STRING, &opt_part, 0, 0, NULL, "WORD",
      "mobile: only rows whose metadata is this word (train, eval)", false },
    JSON,
};
static const hone_command convert_command = {
    "data convert",
    "hone data convert ROWS -o OUT",
    "Writes rows in the canonical form (docs/rows.md): messages with the answer last, tools,\n"
    "provenance. Reads our own rows (.jsonl, .jsonl.zst, one JSON array), CSV of three columns\n"
    "(question, function, arguments; with --tools), prompt/completion, xLAM, Mobile Actions, BFCL\n"
    "and sharegpt.",
    convert_options,
    sizeof convert_options / sizeof convert_options[0],
    "  hone data convert rows.csv --tools tools.json -o rows.jsonl\n"
    "  hone data convert xlam.json -o rows.jsonl\n"
};

typedef struct conversion {
    hone_zout *out;
    hone_row_options row;
    const char *path;
    int64_t rows, nulls, left_out;
} conversion;

static int write_canonical(conversion *c, hone_arena *a, const hone_row *row, hone_err *err)
{
    hone_json *v = hone_row_json(a, row);
    c->rows++;
    return v ? write_row(c->out, v, err) : hone_err_memory(err, "row", 1);
}

static int convert_object(void *user, hone_arena *a, const hone_json *object, int64_t line,
                          hone_err *err)
{
    conversion *c = user;
    hone_row row;
    HONE_TRY(hone_row_read(&row, a, object, &c->row, c->path, line, err));
    c->nulls += row.nulls_dropped;
    return write_canonical(c, a, &row, err);
}

static int convert_own(conversion *c, hone_arena *a, hone_err *err)
{
    hone_rows *rows;
    hone_rows_options o = { .row = c->row };
    HONE_TRY(hone_rows_load(&rows, c->path, &o, err));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < rows->count; i++)
        rc = write_canonical(c, a, &rows->items[i], err);
    c->nulls = rows->nulls_dropped;
    hone_rows_free(rows);
    return rc;
}

static int convert_file(conversion *c, hone_foreign_format format, hone_arena *a, hone_err *err)
{
    hone_foreign_options o = { .tools = c->row.tools, .answers = opt_answers, .part = opt_part };
    HONE_TRY(hone_zout_open(&c->out, opt_out, err));
    int rc = format == HONE_FOREIGN_NONE
                 ? convert_own(c, a, err)
                 : hone_foreign_each(c->path, format, &o, convert_object, c, &c->left_out, err);
    if (rc == 0 && c->rows == 0) rc = hone_fail(err, HONE_E_DATA, "%s holds no rows", c->path);
    if (rc == 0) return hone_zout_commit(c->out, err);
    hone_zout_abort(c->out);
    return rc;
}

int hone_data_convert(int argc, char **argv, hone_arena *a, hone_err *err)
{
    int n = 0;
    hone_json *tools = NULL;
    conversion c = { .row = { .sort_tools = true } };
    hone_foreign_format format;
    int rc = hone_cmd_parse(&convert_command, argc, argv, &c.path, 1, &n, a, err);
    if (rc != 0) return rc;
    if (n == 0) return hone_fail(err, HONE_E_USAGE, "which row file? %s", convert_command.usage);
    if (!opt_out)
        return hone_fail(err, HONE_E_USAGE, "--output is missing: %s", convert_command.usage);
    if (opt_tools) HONE_TRY(hone_tools_load(&tools, a, opt_tools, err));
    c.row.tools = tools;
    HONE_TRY(hone_foreign_find(&format, opt_format, c.path, err));
    HONE_TRY(convert_file(&c, format, a, err));
    hone_json *o = hone_json_new_object(a);
    bool ok = o && hone_json_set(a, o, "format", hone_json_new_str(a, hone_foreign_name(format))) &&
              count(a, o, "rows", c.rows) && count(a, o, "nulls_dropped", c.nulls);
    if (ok && c.left_out) ok = count(a, o, "left_out", c.left_out);
    return ok ? print_counts(o, err) : hone_err_memory(err, "counts", 1);
}

/* ---- drop ---- */

static const hone_opt drop_options[] = {
    { "source", 0, NULL, HONE_OPT_LIST, &opt_source, 0, 0, NULL, "WORD",
      "rows whose provenance holds this value: a provider, frame, seed, model ...", false },
    { "id", 0, NULL, HONE_OPT_LIST, &opt_id, 0, 0, NULL, "ID", "rows with this id", false },
    TOOLS,
    OUT("row file to write"),
    JSON,
};
static const hone_command drop_command = { "data drop",
                                           "hone data drop ROWS --source WORD | --id ID -o OUT",
                                           "Leaves out all rows of a source, or single rows.",
                                           drop_options,
                                           sizeof drop_options / sizeof drop_options[0],
                                           "  hone data drop rows.jsonl --source phone-seed-017 -o "
                                           "rows2.jsonl\n" };

static bool holds(const hone_json *v, const char *word)
{
    if (!v) return false;
    if (hone_json_str_eq(v, word)) return true;
    for (size_t i = 0; v->type == HONE_JSON_OBJECT && i < v->len; i++)
        if (holds(v->members[i].value, word)) return true;
    for (size_t i = 0; v->type == HONE_JSON_ARRAY && i < v->len; i++)
        if (holds(v->items[i], word)) return true;
    return false;
}

static bool dropped(const hone_row *r)
{
    for (int i = 0; i < opt_id.count; i++)
        if (strcmp(opt_id.items[i], r->id) == 0) return true;
    for (int i = 0; i < opt_source.count; i++)
        if (holds(r->source, opt_source.items[i])) return true;
    return false;
}

int hone_data_drop(int argc, char **argv, hone_arena *a, hone_err *err)
{
    row_file f = { NULL, NULL };
    uint8_t *drop = NULL;
    int64_t kept = 0;
    int rc = open_rows(&f, &drop_command, argc, argv, true, a, err);
    if (rc == 0 && opt_source.count + opt_id.count == 0)
        rc = hone_fail(err, HONE_E_USAGE, "what is to go? %s", drop_command.usage);
    if (rc == 0 && !(drop = hone_calloc(f.rows->count + 1, 1)))
        rc = hone_err_memory(err, "marks", f.rows->count);
    for (size_t i = 0; rc == 0 && i < f.rows->count; i++)
        drop[i] = dropped(&f.rows->items[i]);
    if (rc == 0) rc = write_part(f.rows, drop, 0, opt_out, &kept, err);
    if (rc == 0) {
        hone_json *o = hone_json_new_object(a);
        bool ok =
            o && count(a, o, "kept", kept) && count(a, o, "dropped", (int64_t)f.rows->count - kept);
        rc = ok ? print_counts(o, err) : hone_err_memory(err, "counts", 1);
    }
    hone_free(drop);
    hone_rows_free(f.rows);
    return rc;
}
