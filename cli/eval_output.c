/* Files and screen of `hone eval` (cli/eval_run.h). */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/eval_run.h"
#include "common/log.h"
#include "common/mem.h"

enum { BY_ROW_MAX = 5000 }; /* more rows: a JUnit test case for each function */

/* ---- files ---- */

static int write_text(const char *path, hone_buf *text, hone_err *err)
{
    int rc = hone_buf_ok(text) ? hone_fs_write(path, text->data, text->len, err)
                               : hone_err_memory(err, path, text->len);
    hone_buf_done(text);
    return rc;
}

static int try_file(const char *path, hone_err *err)
{
    hone_out *o;
    if (!path) return HONE_OK;
    HONE_TRY(hone_out_open(&o, path, 0644, err));
    hone_out_abort(o);
    return HONE_OK;
}

static int try_append(const char *path, hone_err *err)
{
    char *dir = path ? hone_path_dir(path) : NULL;
    if (path && !dir) return hone_err_memory(err, "a file name", 0);
    bool ok = !path || access(hone_fs_exists(path) ? path : dir, W_OK) == 0;
    hone_free(dir);
    return ok ? HONE_OK : hone_fail_io(err, path, "open");
}

int hone_eval_output_check(const hone_eval_run *r, hone_err *err)
{
    const hone_eval_words *w = r->w;
    if (w->out) HONE_TRY(hone_fs_mkdirs(w->out, err));
    HONE_TRY(try_file(w->junit, err));
    HONE_TRY(try_file(w->html, err));
    HONE_TRY(try_file(w->write_baseline, err));
    return try_append(w->markdown, err);
}

/* To given, or to DIR/name with --out, or nowhere. */
static int write_form(const hone_eval_run *r, const char *given, const char *name, hone_buf *text,
                      hone_err *err)
{
    int rc = HONE_OK;
    hone_buf copy = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (r->w->out) {
        char *path = hone_path_join(r->w->out, name);
        hone_buf_add(&copy, text->data ? text->data : "", text->len);
        if (text->failed) copy.failed = true;
        rc = path ? write_text(path, &copy, err) : hone_err_memory(err, "a file name", 0);
        hone_free(path);
    }
    if (rc == 0 && given) return write_text(given, text, err);
    hone_buf_done(text);
    return rc;
}

/* A CI job's summary page is added to, never replaced. */
static int append_text(const char *path, const hone_buf *text, hone_err *err)
{
    if (text->failed) return hone_err_memory(err, path, text->len);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return hone_fail_io(err, path, "open");
    int rc = hone_fs_append(fd, text->data, text->len, false, path, err);
    if (close(fd) != 0 && rc == 0) rc = hone_fail_io(err, path, "write");
    return rc;
}

static int write_markdown(const hone_eval_run *r, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(1 << 20); /* GitHub's limit */
    hone_report_markdown(&text, r->report);
    int rc = r->w->markdown ? append_text(r->w->markdown, &text, err) : HONE_OK;
    if (rc < 0) {
        hone_buf_done(&text);
        return rc;
    }
    return write_form(r, NULL, "report.md", &text, err);
}

static int write_junit(const hone_eval_run *r, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    bool by_function = !strcmp(r->w->junit_by, "tool") ||
                       (!strcmp(r->w->junit_by, "auto") && r->report->count > BY_ROW_MAX);
    hone_report_junit(&text, r->report, by_function);
    return write_form(r, r->w->junit, "junit.xml", &text, err);
}

/* "2026-11-22T17:00:00Z, 200 rows, 1234 tokens generated in 5.6 s (220 tokens/s), 812 MB" */
static void stamp_text(const hone_eval_run *r, hone_buf *out)
{
    char when[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    hone_buf_printf(out, "%s, %zu rows", when, r->report->count);
    if (r->stats.seconds > 0)
        hone_buf_printf(out, ", %lld tokens of prompts (%lld computed), %lld generated in %.1f s "
                             "(%.0f tokens/s)",
                        (long long)r->stats.prompt_tokens, (long long)r->stats.prefilled,
                        (long long)r->stats.generated, r->stats.seconds,
                        (double)r->stats.generated / r->stats.seconds);
    if (r->seconds > 0) hone_buf_printf(out, ", asked in %.1f s", r->seconds);
    hone_buf_printf(out, ", peak memory %.0f MB", (double)hone_peak_rss() / 1e6);
}

static int write_html(const hone_eval_run *r, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), stamp = HONE_BUF_INIT(1 << 16);
    if (r->w->stamp) stamp_text(r, &stamp);
    hone_report_html(&text, r->report, r->others, r->num_others,
                     r->w->stamp && hone_buf_ok(&stamp) ? stamp.data : NULL);
    hone_buf_done(&stamp);
    return write_form(r, r->w->html, "report.html", &text, err);
}

static int write_timing(const hone_eval_run *r, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(4096);
    hone_buf_printf(
        &b,
        "{\"seconds\":%.3f,\"rows\":%zu,\"prompt_tokens\":%lld,\"prefilled_tokens\":%lld,"
        "\"generated_tokens\":%lld,\"peak_rss\":%lld,\"threads\":%lld}\n",
        r->stats.seconds + r->seconds, r->rows->count, (long long)r->stats.prompt_tokens,
        (long long)r->stats.prefilled, (long long)r->stats.generated, (long long)hone_peak_rss(),
        (long long)r->w->threads);
    return write_form(r, NULL, "timing.json", &b, err);
}

static int write_files(hone_eval_run *r, hone_err *err)
{
    const hone_eval_words *w = r->w;
    if (w->out || w->junit) HONE_TRY(write_junit(r, err));
    if (w->out || w->markdown) HONE_TRY(write_markdown(r, err));
    if (w->out || w->html) HONE_TRY(write_html(r, err));
    if (w->out && !w->predictions) HONE_TRY(write_timing(r, err));
    if (w->out) HONE_TRY(hone_report_write(r->report, w->out, err));
    if (w->write_baseline)
        HONE_TRY(hone_baseline_write(r->report, w->write_baseline, w->force, err));
    if (r->journal && unlink(r->journal) != 0) return hone_fail_io(err, r->journal, "remove");
    return HONE_OK;
}

/* ---- screen ---- */

static void gate_text(hone_buf *out, const hone_json *gate)
{
    const hone_json *list = hone_json_get(gate, "conditions");
    if (!gate) return;
    hone_buf_printf(out, "\ngate: %s\n", hone_json_get(gate, "verdict")->text);
    for (size_t i = 0; list && i < list->len; i++) {
        const hone_json *c = list->items[i];
        hone_buf_printf(out, "  %-12s %s: %s\n", hone_json_get(c, "status")->text,
                        hone_json_get(c, "name")->text, hone_json_get(c, "text")->text);
    }
}

static void screen_text(const hone_eval_run *r, hone_buf *b)
{
    const hone_json *c = hone_json_get(r->report->json, "comparison");
    hone_report_text(b, r->report->json);
    if (c) {
        hone_buf_char(b, '\n');
        hone_compare_text(b, c);
    }
    gate_text(b, hone_json_get(r->report->json, "gate"));
    if (r->w->out)
        hone_buf_printf(b, "\n%s/report.html  report.json  report.md  report.txt  junit.xml  "
                           "failures.jsonl  predictions.jsonl\n", r->w->out);
}

static int print_report(const hone_eval_run *r, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (r->w->json) {
        hone_json_write(&b, r->report->json, HONE_JSON_PRETTY);
        hone_buf_char(&b, '\n');
    } else {
        screen_text(r, &b);
    }
    bool ok = hone_buf_ok(&b);
    if (ok) ok = fwrite(b.data, 1, b.len, stdout) == b.len && fflush(stdout) == 0;
    hone_buf_done(&b);
    return ok ? HONE_OK : hone_fail(err, HONE_E_IO, "the report could not be printed");
}

int hone_eval_output(hone_eval_run *r, hone_err *err)
{
    HONE_TRY(write_files(r, err));
    return print_report(r, err);
}
