/* The last page of `hone run`; see run_summary.h. */
#include "cli/run_summary.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "eval/compare.h"

enum { COLUMNS = 3 };
static const char *const column_names[COLUMNS] = { "before", "after", "exported" };

typedef struct table {
    const hone_plan *plan;
    hone_json *reports[COLUMNS]; /* NULL: not part of this run */
    hone_buf out;
} table;

static int load_reports(table *t, hone_err *err)
{
    for (int i = 0; i < COLUMNS; i++) {
        hone_buf path = HONE_BUF_INIT(4096);
        hone_buf_printf(&path, "%s/eval/%s/report.json", t->plan->dir, column_names[i]);
        int rc = hone_buf_ok(&path) ? 0 : hone_err_memory(err, "path", 0);
        if (rc == 0 && hone_fs_is_file(path.data)) {
            rc = hone_json_load(&t->reports[i], t->plan->arena, path.data, err);
        }
        hone_buf_done(&path);
        HONE_TRY(rc);
    }
    return 0;
}

static double number(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is_number(v) ? hone_json_f64(v) : 0;
}

/* "78.4 % (73.1-82.9)" */
static void cell(hone_buf *out, const hone_json *score, bool interval)
{
    char text[64] = "-";
    if (score && interval) {
        snprintf(text, sizeof text, "%.1f %% (%.1f-%.1f)", 100 * number(score, "p"),
                 100 * number(score, "lo"), 100 * number(score, "hi"));
    } else if (score) {
        snprintf(text, sizeof text, "%.0f %%", 100 * number(score, "p"));
    }
    hone_buf_printf(out, " %-20s |", text);
}

/* A score of a report: block itself, its member key, or its element whose name is key. */
static const hone_json *find(const hone_json *report, const char *block, const char *key)
{
    const hone_json *o = hone_json_get(report, block);
    if (!o || !key || hone_json_is(o, HONE_JSON_OBJECT)) return key ? hone_json_get(o, key) : o;
    for (size_t i = 0; i < o->len; i++) {
        if (hone_json_str_eq(hone_json_get(o->items[i], "name"), key)) return o->items[i];
    }
    return NULL;
}

static void line(table *t, const char *name, const char *block, const char *key, bool interval)
{
    const hone_json *found[COLUMNS], *some = NULL;
    for (int i = 0; i < COLUMNS; i++) {
        found[i] = find(t->reports[i], block, key);
        if (found[i]) some = found[i];
    }
    hone_buf_printf(&t->out, "| %-24s | %4.0f |", name, number(some, "n"));
    for (int i = 0; i < COLUMNS; i++) cell(&t->out, found[i], interval);
    hone_buf_char(&t->out, '\n');
}

static void score_table(table *t)
{
    hone_buf_printf(&t->out, "| %-24s | rows |", "whole call exact");
    for (int i = 0; i < COLUMNS; i++) hone_buf_printf(&t->out, " %-20s |", column_names[i]);
    hone_buf_str(&t->out, "\n|--------------------------|------|");
    for (int i = 0; i < COLUMNS; i++) hone_buf_str(&t->out, "----------------------|");
    hone_buf_char(&t->out, '\n');
    line(t, "all (95 % interval)", "headline", NULL, true);
    const hone_json *last = NULL;
    for (int i = 0; i < COLUMNS; i++) {
        if (t->reports[i]) last = t->reports[i];
    }
    const hone_json *functions = hone_json_get(last, "functions");
    for (size_t i = 0; functions && i < functions->len; i++) {
        const hone_json *name = hone_json_get(functions->items[i], "name");
        if (name && name->text[0] != '(') line(t, name->text, "functions", name->text, false);
    }
    const hone_json *scores = hone_json_get(last, "scores");
    if (hone_json_get(scores, "no_call_rows"))
        line(t, "(no call)", "scores", "no_call_rows", false);
}

static int comparison(table *t, int from, int to, hone_err *err)
{
    if (!t->reports[from] || !t->reports[to]) return 0;
    hone_json *c;
    HONE_TRY(hone_compare_reports(&c, t->plan->arena, t->reports[from], t->reports[to], err));
    hone_buf_printf(&t->out, "\n%s against %s, on the same rows:\n", column_names[to],
                    column_names[from]);
    hone_compare_text(&t->out, c);
    return 0;
}

static void paths(table *t)
{
    const char *dir = t->plan->dir;
    hone_buf_printf(&t->out, "\nwritten:\n");
    static const char *const names[] = { "data/rows.jsonl", "train/adapter", "app.litertlm",
                                         "app.tools.json", "eval/exported/report.json",
                                         "summary.md" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = hone_path_join(dir, names[i]);
        if (path && (hone_fs_exists(path) || i + 1 == sizeof names / sizeof names[0])) {
            hone_buf_printf(&t->out, "  %s\n", path);
        }
        hone_free(path);
    }
    for (int i = 0; i < t->plan->count; i++) {
        if (!strcmp(t->plan->stages[i].name, "export")) {
            hone_buf_printf(&t->out, "\ntry it:\n  hone chat --model %s/app.litertlm\n", dir);
        }
    }
}

static void call_answer(table *t)
{
    hone_buf text = HONE_BUF_INIT(1 << 16);
    char *path = hone_path_join(t->plan->dir, "logs/call.txt");
    const hone_stage *last = &t->plan->stages[t->plan->count - 1];
    if (path && !strcmp(last->name, "call") && hone_fs_read(&text, path, 1 << 16, NULL) == 0) {
        hone_buf_printf(&t->out, "\nthe exported file on \"%s\":\n  %s", last->argv[last->argc - 1],
                        text.data ? text.data : "");
    }
    hone_free(path);
    hone_buf_done(&text);
}

int hone_run_summary(const hone_plan *p, hone_err *err)
{
    table t = { .plan = p };
    hone_buf_init(&t.out, HONE_BUF_TEXT_MAX);
    int rc;
    HONE_GOTO(rc, out, load_reports(&t, err));
    if (t.reports[0] || t.reports[1] || t.reports[2]) score_table(&t);
    HONE_GOTO(rc, out, comparison(&t, 0, 1, err));
    HONE_GOTO(rc, out, comparison(&t, 1, 2, err));
    call_answer(&t);
    paths(&t);
    if (!hone_buf_ok(&t.out)) {
        rc = hone_err_memory(err, "summary", t.out.len);
        goto out;
    }
    fwrite(t.out.data, 1, t.out.len, stdout);
    fflush(stdout);
    char *path = hone_path_join(p->dir, "summary.md");
    rc = path ? hone_fs_write(path, t.out.data, t.out.len, err) : hone_err_memory(err, "path", 0);
    hone_free(path);
out:
    hone_buf_done(&t.out);
    return rc;
}
