/*
 * Markdown for the summary page of a CI job (eval/report_files.h). Text of models and users stands
 * in code spans only, shown escaped; bars and line ends cannot break a table.
 */
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "eval/report_files.h"

enum { FAILURES_SHOWN = 10, FUNCTIONS_SHOWN = 60, TEXT_SHOWN = 300 };

static const char *text_of(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

/* A code span that holds anything: backticks and bars are replaced by look-alikes of their name. */
static void put_code(hone_buf *out, const char *s)
{
    hone_buf shown = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    size_t n = strlen(s), cut = n > TEXT_SHOWN ? TEXT_SHOWN : n;
    while (cut < n && cut > 0 && ((unsigned char)s[cut] & 0xC0) == 0x80) cut--;
    hone_text_show(&shown, s, cut);
    hone_buf_char(out, '`');
    if (n == 0) hone_buf_str(out, "(nothing)");
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.data[i] == '`') hone_buf_char(out, '\'');
        else if (shown.data[i] == '|') hone_buf_str(out, "\\|");
        else hone_buf_char(out, shown.data[i]);
    }
    if (cut < n) hone_buf_str(out, "...");
    hone_buf_char(out, '`');
    if (shown.failed) out->failed = true;
    hone_buf_done(&shown);
}

static void put_score(hone_buf *out, const hone_json *s)
{
    hone_buf_printf(out, "%.0f/%.0f | %.1f %% | %.1f to %.1f", number(s, "k"), number(s, "n"),
                    100 * number(s, "p"), 100 * number(s, "lo"), 100 * number(s, "hi"));
}

static void verdict_part(hone_buf *out, const hone_json *report)
{
    const hone_json *h = hone_json_get(report, "headline"), *g = hone_json_get(report, "gate");
    const hone_json *list = hone_json_get(g, "conditions");
    hone_buf_printf(out, "## hone eval: %.1f %% (%s), %.0f of %.0f rows right\n\n",
                    100 * number(h, "p"), text_of(h, "mode"), number(h, "k"), number(h, "n"));
    if (!g) return;
    hone_buf_printf(out, "**Gate: %s** (exit status %.0f)\n\n", text_of(g, "verdict"),
                    number(g, "exit_status"));
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++) {
        hone_buf_printf(out, "- %s: ", text_of(list->items[i], "status"));
        put_code(out, text_of(list->items[i], "name"));
        hone_buf_str(out, " ");
        put_code(out, text_of(list->items[i], "text"));
        hone_buf_char(out, '\n');
    }
    hone_buf_char(out, '\n');
}

static void scores_part(hone_buf *out, const hone_json *report)
{
    const hone_json *s = hone_json_get(report, "scores");
    hone_buf_str(out, "| score | rows | share | 95 % interval |\n|---|---|---|---|\n");
    for (size_t i = 0; s && i < s->len; i++) {
        hone_buf_printf(out, "| %s | ", s->members[i].key);
        put_score(out, s->members[i].value);
        hone_buf_str(out, " |\n");
    }
    const hone_json *c = hone_json_get(report, "comparison");
    if (c)
        hone_buf_printf(out, "\nAgainst the baseline: %+.1f points (95 %%: %+.1f to %+.1f), %.0f "
                             "broken, %.0f fixed. A drop under %.1f points could not have been "
                             "seen with these %.0f rows.\n",
                        100 * number(c, "diff"), 100 * number(c, "lo95"), 100 * number(c, "hi95"),
                        number(c, "b"), number(c, "c"), 100 * number(c, "min_detectable_drop"),
                        number(c, "n"));
}

static const hone_json *function_change(const hone_json *report, const char *name)
{
    const hone_json *list = hone_json_get(hone_json_get(report, "comparison"), "functions");
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++)
        if (!strcmp(text_of(list->items[i], "name"), name)) return list->items[i];
    return NULL;
}

static void functions_part(hone_buf *out, const hone_json *report)
{
    const hone_json *list = hone_json_get(report, "functions");
    hone_buf_str(out, "\n| function | rows | share | 95 % interval | change |\n"
                      "|---|---|---|---|---|\n");
    for (size_t i = 0; list && i < list->len && i < FUNCTIONS_SHOWN; i++) {
        const char *name = text_of(list->items[i], "name");
        const hone_json *c = function_change(report, name);
        hone_buf_str(out, "| ");
        put_code(out, name);
        hone_buf_str(out, " | ");
        put_score(out, list->items[i]);
        if (c)
            hone_buf_printf(out, " | %+.1f (%s) |\n", 100 * number(c, "diff"),
                            text_of(c, "verdict"));
        else
            hone_buf_str(out, " | |\n");
    }
    if (list && list->len > FUNCTIONS_SHOWN)
        hone_buf_printf(out, "\n%zu more functions are in report.json.\n",
                        list->len - FUNCTIONS_SHOWN);
}

static void failures_part(hone_buf *out, const hone_json *report)
{
    const hone_json *list = hone_json_get(report, "failures");
    if (!list || list->len == 0) return;
    size_t shown = list->len < FAILURES_SHOWN ? list->len : FAILURES_SHOWN;
    hone_buf_printf(out, "\n### Failures: %zu of %zu\n\n", shown, list->len);
    for (size_t i = 0; i < shown; i++) {
        const hone_json *f = list->items[i];
        hone_buf_str(out, "- ");
        put_code(out, text_of(f, "id"));
        hone_buf_printf(out, " %s", text_of(f, "class"));
        if (text_of(f, "argument")[0]) {
            hone_buf_str(out, " of ");
            put_code(out, text_of(f, "argument"));
        }
        hone_buf_str(out, "<br>said ");
        put_code(out, text_of(f, "prompt"));
        hone_buf_str(out, "<br>expected ");
        put_code(out, text_of(f, "expected"));
        hone_buf_str(out, "<br>got ");
        put_code(out, text_of(f, "got"));
        hone_buf_char(out, '\n');
    }
    hone_buf_str(out, "\nOne row alone: `hone eval` with the same options and `--replay ID`.\n");
}

void hone_report_markdown(hone_buf *out, const hone_report *r)
{
    verdict_part(out, r->json);
    scores_part(out, r->json);
    functions_part(out, r->json);
    failures_part(out, r->json);
}
