/*
 * A report for people, and its files (eval/report.h). Everything is printed from the tree, so that
 * a report read from a file prints the same screen. Model text is shown with control characters
 * escaped.
 */
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/text.h"
#include "eval/report.h"

enum { NAME_WIDTH = 26, FUNCTIONS_SHOWN = 30, FAILURES_SHOWN = 3, TEXT_SHOWN = 240 };

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

static const char *text_of(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

/* Escaped, cut at a character border, padded to width columns. */
static void put_text(hone_buf *out, const char *s, size_t most, int width)
{
    size_t n = strlen(s), cut = n;
    if (n > most) {
        cut = most;
        while (cut > 0 && ((unsigned char)s[cut] & 0xC0) == 0x80) cut--;
    }
    hone_text_show(out, s, cut);
    if (cut < n) hone_buf_str(out, "...");
    for (int used = hone_text_width(s, cut); used < width; used++) hone_buf_char(out, ' ');
}

/* "158/200  79.0 %  72.8 to 84.1" */
static void put_score(hone_buf *out, const hone_json *o)
{
    char share[16];
    (void)snprintf(share, sizeof share, "%.0f/%.0f", number(o, "k"), number(o, "n"));
    hone_buf_printf(out, "%9s  %5.1f %%   %5.1f to %5.1f", share, 100 * number(o, "p"),
                    100 * number(o, "lo"), 100 * number(o, "hi"));
}

static void headline_text(hone_buf *out, const hone_json *report)
{
    const hone_json *h = hone_json_get(report, "headline");
    const hone_json *exact = hone_json_get(hone_json_get(report, "scores"), "exact");
    hone_buf_printf(out, "%s: %.0f of %.0f rows right, %.1f %% (95 %% interval %.1f to %.1f)\n",
                    text_of(h, "mode"), number(h, "k"), number(h, "n"), 100 * number(h, "p"),
                    100 * number(h, "lo"), 100 * number(h, "hi"));
    if (hone_json_get(exact, "exact_lo"))
        hone_buf_printf(out,
                        "few or one-sided rows; exact interval (Clopper-Pearson) %.1f to %.1f\n",
                        100 * number(exact, "exact_lo"), 100 * number(exact, "exact_hi"));
}

static void decomposition_text(hone_buf *out, const hone_json *report)
{
    static const struct { const char *key, *label; } lines[] = {
        { "called", "calls anything" },
        { "right_tool_given_call", "right function, if it calls" },
        { "right_arguments_given_tool", "right arguments, if so" },
    };
    const hone_json *d = hone_json_get(report, "decomposition");
    for (size_t i = 0; d && i < sizeof lines / sizeof lines[0]; i++) {
        const hone_json *s = hone_json_get(d, lines[i].key);
        if (number(s, "n") == 0) continue;
        hone_buf_printf(out, "  %-28s", lines[i].label);
        put_score(out, s);
        hone_buf_char(out, '\n');
    }
}

static void functions_text(hone_buf *out, const hone_json *report)
{
    const hone_json *list = hone_json_get(report, "functions");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return;
    hone_buf_printf(out, "\n  %-*s%9s  %7s   %s\n", NAME_WIDTH + 2, "function", "right", "share",
                    "95 % interval");
    for (size_t i = 0; i < list->len && i < FUNCTIONS_SHOWN; i++) {
        hone_buf_str(out, "  ");
        put_text(out, text_of(list->items[i], "name"), NAME_WIDTH, NAME_WIDTH + 2);
        put_score(out, list->items[i]);
        hone_buf_char(out, '\n');
    }
    if (list->len > FUNCTIONS_SHOWN)
        hone_buf_printf(out, "  and %zu more in report.json\n", list->len - FUNCTIONS_SHOWN);
}

/* "outcomes: calls 190, no_call 8", zeros left out. */
static void counts_text(hone_buf *out, const char *label, const hone_json *o)
{
    bool first = true;
    if (!hone_json_is(o, HONE_JSON_OBJECT)) return;
    for (size_t i = 0; i < o->len; i++) {
        double n = hone_json_f64(o->members[i].value);
        if (n == 0) continue;
        hone_buf_printf(out, "%s%s %.0f", first ? label : ", ", o->members[i].key, n);
        first = false;
    }
    if (!first) hone_buf_char(out, '\n');
}

static void failure_text(hone_buf *out, const hone_json *f)
{
    static const struct { const char *key, *label; } lines[] = {
        { "prompt", "said    " }, { "expected", "expected" }, { "got", "got     " },
    };
    hone_buf_str(out, "  ");
    put_text(out, text_of(f, "id"), 64, 0);
    hone_buf_printf(out, "  %s", text_of(f, "class"));
    if (text_of(f, "argument")[0]) hone_buf_printf(out, " of %s", text_of(f, "argument"));
    hone_buf_char(out, '\n');
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *s = text_of(f, lines[i].key);
        hone_buf_printf(out, "    %s  ", lines[i].label);
        if (s[0]) put_text(out, s, TEXT_SHOWN, 0);
        else hone_buf_str(out, "(nothing)");
        hone_buf_char(out, '\n');
    }
}

static void repeats_text(hone_buf *out, const hone_json *r)
{
    if (!r) return;
    hone_buf_printf(out, "%.0f runs: mean %.1f %%, from %.1f to %.1f; rows not judged alike %.0f, "
                         "answers that differ %.0f\n",
                    number(r, "n"), 100 * number(r, "mean"), 100 * number(r, "lowest"),
                    100 * number(r, "highest"), number(r, "unsteady_rows"),
                    number(r, "changed_answers"));
}

void hone_report_text(hone_buf *out, const hone_json *report)
{
    const hone_json *failures = hone_json_get(report, "failures");
    headline_text(out, report);
    decomposition_text(out, report);
    functions_text(out, report);
    hone_buf_char(out, '\n');
    counts_text(out, "outcomes: ", hone_json_get(report, "outcomes"));
    counts_text(out, "errors: ", hone_json_get(report, "errors"));
    if (number(report, "near_ties") > 0)
        hone_buf_printf(out, "near-ties (other processors may differ there): %.0f rows\n",
                        number(report, "near_ties"));
    repeats_text(out, hone_json_get(report, "repeats"));
    if (!failures || failures->len == 0) return;
    hone_buf_printf(out, "\nfailures (%zu in all):\n", failures->len);
    for (size_t i = 0; i < failures->len && i < FAILURES_SHOWN; i++)
        failure_text(out, failures->items[i]);
}

/* ---- files ---- */

static int write_text(const char *dir, const char *name, hone_buf *text, hone_err *err)
{
    char *path = hone_path_join(dir, name);
    int rc = path && hone_buf_ok(text)
                 ? hone_fs_write(path, text->len ? text->data : "", text->len, err)
                 : hone_err_memory(err, name, text->len);
    hone_free(path);
    hone_buf_done(text);
    return rc;
}

static int write_failures(const hone_report *r, const char *dir, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    const hone_json *list = hone_json_get(r->json, "failures");
    hone_buf_str(&text, "{\"format\":\"hone-failures/1\"}\n");
    for (size_t i = 0; list && i < list->len; i++) {
        hone_json_write(&text, list->items[i], HONE_JSON_COMPACT);
        hone_buf_char(&text, '\n');
    }
    return write_text(dir, "failures.jsonl", &text, err);
}

static int write_predictions(const hone_report *r, const char *dir, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT((size_t)1 << 30);
    for (size_t i = 0; i < r->count; i++) {
        if (!r->results[i].answer->present) continue;
        hone_prediction_write(&text, r->results[i].row, r->results[i].answer);
        hone_buf_char(&text, '\n');
    }
    return write_text(dir, "predictions.jsonl", &text, err);
}

int hone_report_write(const hone_report *r, const char *dir, hone_err *err)
{
    hone_buf json = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), screen = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    HONE_TRY(hone_fs_mkdirs(dir, err));
    HONE_TRY(write_predictions(r, dir, err));
    HONE_TRY(write_failures(r, dir, err));
    hone_report_text(&screen, r->json);
    HONE_TRY(write_text(dir, "report.txt", &screen, err));
    hone_json_write(&json, r->json, HONE_JSON_PRETTY);
    hone_buf_char(&json, '\n');
    return write_text(dir, "report.json", &json, err); /* last: it says that the others are there */
}
