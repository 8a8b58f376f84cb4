/*
 * report.html (eval/report_files.h): one file, no network, no other file. Tables are written here;
 * the rows are data for the page's own script, which filters them. A content-security policy admits
 * that script and that style by their hashes and nothing else, so that no text of a row can run.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/text.h"
#include "eval/page.h"
#include "eval/report_files.h"
#include "eval/report_parts.h"

enum { LISTED = 200, OTHERS_MAX = 8 };

typedef struct page {
    hone_buf *out;
    const hone_report *r;
    const hone_json *tree;
    const hone_report_other *others;
    int num_others;
    hone_parts p;
    hone_json *names; /* {name: index}: functions and classes of the rows */
} page;

static const char *text_of(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static double number(const hone_json *o, const char *key)
{
    return hone_json_f64(hone_json_get(o, key));
}

static void put(page *g, const char *html)
{
    hone_buf_str(g->out, html);
}

/* Text of others: escaped for HTML, control characters and bidi marks made visible. */
static void put_text(page *g, const char *s)
{
    hone_buf shown = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_text_show(&shown, s, strlen(s));
    if (shown.len) hone_text_html(g->out, shown.data, shown.len);
    if (shown.failed) g->out->failed = true;
    hone_buf_done(&shown);
}

/* 'sha256-BASE64' of a text, as a content-security policy names it. */
static void put_source_hash(page *g, const char *text, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char hexes[] = "0123456789abcdef";
    char hex[65];
    uint8_t bytes[33] = { 0 };
    hone_sha256_of(text, n, hex);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)((strchr(hexes, hex[2 * i]) - hexes) << 4 |
                             (strchr(hexes, hex[2 * i + 1]) - hexes));
    put(g, "'sha256-");
    for (int i = 0; i < 33; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (int k = 0; k < 4; k++)
            hone_buf_char(g->out, i == 30 && k == 3 ? '=' : digits[v >> (18 - 6 * k) & 63]);
    }
    put(g, "'");
}

static void head(page *g)
{
    put(g, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "script-src ");
    put_source_hash(g, hone_page_js, hone_page_js_size);
    put(g, "; style-src ");
    put_source_hash(g, hone_page_css, hone_page_css_size);
    put(g, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<title>hone eval</title>\n<style>");
    hone_buf_add(g->out, hone_page_css, hone_page_css_size);
    put(g, "</style></head>\n<body>\n");
}

/* ---- the top ---- */

static void title(page *g)
{
    const hone_json *p = hone_json_get(g->tree, "provenance");
    put(g, "<h1>hone eval: ");
    put_text(g, text_of(hone_json_get(p, "model"), "name")[0]
                    ? text_of(hone_json_get(p, "model"), "name") : "predictions");
    put(g, "</h1>\n<p class=\"soft\">");
    put_text(g, text_of(hone_json_get(p, "data"), "name"));
    hone_buf_printf(g->out, ", %.0f rows, judged by %s; ",
                    number(hone_json_get(g->tree, "headline"), "n"),
                    hone_mode_word(g->r->mode));
    put_text(g, text_of(p, "program"));
    put(g, "</p>\n");
}

static void verdict(page *g)
{
    const hone_json *gate = hone_json_get(g->tree, "gate");
    const hone_json *list = hone_json_get(gate, "conditions");
    if (!gate) return;
    double status = number(gate, "exit_status");
    hone_buf_printf(g->out, "<div class=\"verdict %s\"><b>Gate: ",
                    status == 0 ? "pass" : status == 2 ? "open" : "fail");
    put_text(g, text_of(gate, "verdict"));
    hone_buf_printf(g->out, "</b> (exit status %.0f)<ul>", status);
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++) {
        const char *word = text_of(list->items[i], "status");
        hone_buf_printf(g->out, "<li><span class=\"%s\">%s</span> ",
                        !strcmp(word, "pass") ? "good"
                        : !strcmp(word, "inconclusive") ? "warn" : "bad", word);
        put_text(g, text_of(list->items[i], "name"));
        put(g, ": ");
        put_text(g, text_of(list->items[i], "text"));
        put(g, "</li>");
    }
    put(g, "</ul></div>\n");
}

/* A share as a dot inside its interval. */
static void put_bar(page *g, const hone_json *s)
{
    double lo = 108 * number(s, "lo"), hi = 108 * number(s, "hi"), p = 108 * number(s, "p");
    hone_buf_printf(g->out, "<svg class=\"bar\" viewBox=\"0 0 110 12\" role=\"img\" aria-label=\""
                            "%.1f to %.1f percent\"><rect class=\"track\" x=\"0\" y=\"4\" "
                            "width=\"110\" height=\"4\" rx=\"2\"/><rect class=\"span\" x=\"%.1f\" "
                            "y=\"2\" width=\"%.1f\" height=\"8\" rx=\"2\"/><circle class=\"dot\" "
                            "cx=\"%.1f\" cy=\"6\" r=\"3\"/></svg>",
                    100 * number(s, "lo"), 100 * number(s, "hi"), lo, fmax(2, hi - lo) , p + 1);
}

static void tiles(page *g)
{
    static const char *const labels[][2] = {
        { "exact", "exact" }, { "lenient", "lenient" }, { "bfcl_ast", "bfcl-ast" },
        { "exact_ordered", "exact, in order" }, { "call_rows", "rows that want calls" },
        { "no_call_rows", "true abstention" },
    };
    const hone_json *scores = hone_json_get(g->tree, "scores");
    put(g, "<div class=\"tiles\">");
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const hone_json *s = hone_json_get(scores, labels[i][0]);
        if (!s) continue;
        hone_buf_printf(g->out, "<div class=\"tile\"><span class=\"soft\">%s</span><b>%.1f %%</b>",
                        labels[i][1], 100 * number(s, "p"));
        put_bar(g, s);
        hone_buf_printf(g->out, "<span class=\"soft\">%.0f of %.0f, %.1f to %.1f</span></div>",
                        number(s, "k"), number(s, "n"), 100 * number(s, "lo"),
                        100 * number(s, "hi"));
    }
    put(g, "</div>\n");
}

/* ---- tables ---- */

static void table_open(page *g, const char *heading, const char *columns)
{
    hone_buf_printf(g->out, "<h2>%s</h2>\n<div class=\"scroll\"><table><tr>%s</tr>\n", heading,
                    columns);
}

static void table_close(page *g)
{
    put(g, "</table></div>\n");
}

static const hone_json *named(const hone_json *list, const char *name)
{
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++)
        if (!strcmp(text_of(list->items[i], "name"), name)) return list->items[i];
    return NULL;
}

static void share_cell(page *g, const hone_json *s)
{
    if (!s || number(s, "n") == 0) put(g, "<td class=\"n soft\">-</td>");
    else hone_buf_printf(g->out, "<td class=\"n\">%.1f %%</td>", 100 * number(s, "p"));
}

static void other_heads(page *g, hone_buf *columns)
{
    for (int i = 0; i < g->num_others; i++) {
        hone_buf_str(columns, "<th class=\"n\">");
        hone_text_html(columns, g->others[i].name, strlen(g->others[i].name));
        hone_buf_str(columns, "</th>");
    }
}

/* The scores of this run beside those of the others. */
static void scores_table(page *g)
{
    const hone_json *scores = hone_json_get(g->tree, "scores");
    hone_buf columns = HONE_BUF_INIT(1 << 16);
    if (g->num_others == 0) return;
    hone_buf_str(&columns, "<th>score</th><th class=\"n\">this run</th>");
    other_heads(g, &columns);
    table_open(g, "Side by side", columns.data ? columns.data : "");
    for (size_t i = 0; scores && i < scores->len; i++) {
        hone_buf_printf(g->out, "<tr><td>%s</td>", scores->members[i].key);
        share_cell(g, scores->members[i].value);
        for (int k = 0; k < g->num_others; k++)
            share_cell(g, hone_json_get(hone_json_get(g->others[k].tree, "scores"),
                                        scores->members[i].key));
        put(g, "</tr>\n");
    }
    table_close(g);
    if (columns.failed) g->out->failed = true;
    hone_buf_done(&columns);
}

static void functions_table(page *g)
{
    const hone_json *list = hone_json_get(g->tree, "functions");
    const hone_json *change = hone_json_get(hone_json_get(g->tree, "comparison"), "functions");
    hone_buf columns = HONE_BUF_INIT(1 << 16);
    hone_buf_str(&columns, "<th>function</th><th class=\"n\">right</th><th class=\"n\">share</th>"
                           "<th>95 % interval</th>");
    if (change) hone_buf_str(&columns, "<th class=\"n\">change</th><th>verdict</th>");
    other_heads(g, &columns);
    table_open(g, "Functions", columns.data ? columns.data : "");
    for (size_t i = 0; list && i < list->len && i < LISTED; i++) {
        const hone_json *f = list->items[i], *c = named(change, text_of(f, "name"));
        put(g, "<tr><td><code>");
        put_text(g, text_of(f, "name"));
        hone_buf_printf(g->out, "</code></td><td class=\"n\">%.0f/%.0f</td>", number(f, "k"),
                        number(f, "n"));
        share_cell(g, f);
        put(g, "<td>");
        put_bar(g, f);
        put(g, "</td>");
        if (change && c)
            hone_buf_printf(g->out, "<td class=\"n\">%+.1f</td><td class=\"%s\">%s</td>",
                            100 * number(c, "diff"),
                            strcmp(text_of(c, "verdict"), "regressed") ? "soft" : "bad",
                            text_of(c, "verdict"));
        else if (change)
            put(g, "<td></td><td></td>");
        for (int k = 0; k < g->num_others; k++)
            share_cell(g, named(hone_json_get(g->others[k].tree, "functions"),
                                text_of(f, "name")));
        put(g, "</tr>\n");
    }
    table_close(g);
    if (columns.failed) g->out->failed = true;
    hone_buf_done(&columns);
}

static void clusters_table(page *g)
{
    const hone_json *list = hone_json_get(g->tree, "clusters");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return;
    table_open(g, "What went wrong", "<th class=\"n\">rows</th><th>class</th><th>function</th>"
                                     "<th>argument</th>");
    for (size_t i = 0; i < list->len && i < 30; i++) {
        hone_buf_printf(g->out, "<tr><td class=\"n\">%.0f</td><td>", number(list->items[i], "n"));
        put_text(g, text_of(list->items[i], "class"));
        put(g, "</td><td><code>");
        put_text(g, text_of(list->items[i], "function"));
        put(g, "</code></td><td><code>");
        put_text(g, text_of(list->items[i], "argument"));
        put(g, "</code></td></tr>\n");
    }
    table_close(g);
}

static void arguments_table(page *g)
{
    const hone_json *list = hone_json_get(g->tree, "arguments");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return;
    table_open(g, "Arguments", "<th>argument</th><th class=\"n\">wanted</th><th class=\"n\">given"
                               "</th><th class=\"n\">right</th><th class=\"n\">needless</th>"
                               "<th>most often wrong: expected, got</th>");
    for (size_t i = 0; i < list->len && i < LISTED; i++) {
        const hone_json *a = list->items[i];
        const hone_json *w = hone_json_at(hone_json_get(a, "wrong"), 0);
        put(g, "<tr><td><code>");
        put_text(g, text_of(a, "function"));
        put(g, ".");
        put_text(g, text_of(a, "argument"));
        hone_buf_printf(g->out, "</code></td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td>"
                                "<td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td>",
                        number(a, "n"), number(a, "present"), number(a, "correct"),
                        number(a, "extra"));
        if (w) {
            put(g, "<code>");
            put_text(g, text_of(w, "expected"));
            put(g, "</code> <code>");
            put_text(g, text_of(w, "got"));
            hone_buf_printf(g->out, "</code> (%.0f)", number(w, "n"));
        }
        put(g, "</td></tr>\n");
    }
    table_close(g);
}

/* Expected by called; only functions that were confused, when there are many. */
static void confusion_table(page *g)
{
    const hone_json *all = hone_json_get(g->tree, "confusion");
    hone_json *columns = hone_json_new_object(g->p.arena);
    size_t shown = 0;
    if (!hone_json_is(all, HONE_JSON_OBJECT) || all->len == 0 || !columns) return;
    for (size_t i = 0; i < all->len && i < 40; i++) {
        const hone_json *to = all->members[i].value;
        for (size_t k = 0; k < to->len; k++)
            if (columns->len < 40) hone_parts_count(&g->p, columns, to->members[k].key, 1);
    }
    put(g, "<h2>Expected by called</h2>\n<div class=\"scroll\"><table><tr><th></th>");
    for (size_t k = 0; k < columns->len; k++) {
        put(g, "<th class=\"n\">");
        put_text(g, columns->members[k].key);
        put(g, "</th>");
    }
    put(g, "</tr>\n");
    for (size_t i = 0; i < all->len && shown < 40; i++, shown++) {
        put(g, "<tr><td><code>");
        put_text(g, all->members[i].key);
        put(g, "</code></td>");
        for (size_t k = 0; k < columns->len; k++) {
            double n = number(all->members[i].value, columns->members[k].key);
            bool same = !strcmp(all->members[i].key, columns->members[k].key);
            if (n == 0) put(g, "<td class=\"n soft\">.</td>");
            else hone_buf_printf(g->out, "<td class=\"n %s\">%.0f</td>", same ? "hit" : "miss", n);
        }
        put(g, "</tr>\n");
    }
    table_close(g);
}

static void confidence_table(page *g)
{
    const hone_json *c = hone_json_get(g->tree, "confidence");
    const hone_json *list = hone_json_get(c, "calibration"), *h = hone_json_get(c, "handover");
    if (!hone_json_is(list, HONE_JSON_ARRAY)) return;
    table_open(g, "Confidence: the model's probability of its whole answer",
               "<th>confidence</th><th class=\"n\">rows</th><th class=\"n\">mean</th>"
               "<th class=\"n\">right</th><th>95 % interval</th>");
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *b = list->items[i];
        hone_buf_printf(g->out, "<tr><td>%.1f to %.1f</td><td class=\"n\">%.0f</td>"
                                "<td class=\"n\">%.1f %%</td>",
                        number(b, "from"), number(b, "to"), number(b, "n"),
                        100 * number(b, "mean"));
        share_cell(g, b);
        put(g, "<td>");
        put_bar(g, b);
        put(g, "</td></tr>\n");
    }
    table_close(g);
    if (hone_json_is(h, HONE_JSON_OBJECT))
        hone_buf_printf(g->out, "<p>Hand-over rule for %.0f %%: keep answers with confidence "
                                "%.4f or more (%.1f %% of the requests, %.1f %% of them right), "
                                "pass the others to a larger model.</p>\n",
                        100 * number(c, "target"), number(h, "threshold"),
                        100 * number(h, "coverage"), 100 * number(h, "p"));
    else
        hone_buf_printf(g->out, "<p>No confidence keeps answers that are %.0f %% right with "
                                "these rows.</p>\n", 100 * number(c, "target"));
}

static void accepted_table(page *g)
{
    const hone_json *list = hone_json_get(g->tree, "lenient_accepted");
    if (!hone_json_is(list, HONE_JSON_ARRAY) || list->len == 0) return;
    table_open(g, "What lenient accepts and exact does not",
               "<th>row</th><th>argument</th><th>through</th><th>expected</th><th>got</th>");
    for (size_t i = 0; i < list->len && i < LISTED; i++) {
        static const char *const keys[] = { "id", "argument", "normalizer", "expected", "got" };
        put(g, "<tr>");
        for (int k = 0; k < 5; k++) {
            put(g, "<td><code>");
            put_text(g, text_of(list->items[i], keys[k]));
            put(g, "</code></td>");
        }
        put(g, "</tr>\n");
    }
    table_close(g);
}

/* ---- rows ---- */

/* JSON inside a script element: "<" never appears, so nothing can end the element. */
static void put_json(page *g, const char *s, size_t n)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write_str(&text, s, n);
    for (size_t i = 0, from = 0; i <= text.len && text.data; i++) {
        if (i < text.len && text.data[i] != '<') continue;
        hone_buf_add(g->out, text.data + from, i - from);
        if (i < text.len) put(g, "\\u003c");
        from = i + 1;
    }
    if (text.failed) g->out->failed = true;
    hone_buf_done(&text);
}

static int name_index(page *g, const char *name)
{
    int64_t at;
    if (hone_json_i64(hone_json_get(g->names, name), &at)) return (int)at;
    at = (int64_t)g->names->len;
    hone_parts_put(&g->p, g->names, name, hone_json_new_i64(g->p.arena, at));
    return (int)at;
}

/* Other verdicts and marks of a row, in words. */
static void put_notes(page *g, const hone_result *r)
{
    hone_buf notes = HONE_BUF_INIT(1 << 16);
    if (r->outcome == HONE_OUTCOME_NO_STOP) hone_buf_str(&notes, "never stops  ");
    if (r->lenient.right && !r->exact.right) hone_buf_str(&notes, "lenient: right  ");
    if (!r->right && !r->bfcl[0] && r->row->expected.count)
        hone_buf_str(&notes, "bfcl-ast: right  ");
    if (r->answer->present && isfinite(r->answer->logprob))
        hone_buf_printf(&notes, "confidence %.4f", exp(r->answer->logprob));
    put_json(g, notes.data ? notes.data : "", notes.len);
    if (notes.failed) g->out->failed = true;
    hone_buf_done(&notes);
}

static void put_row(page *g, const hone_result *r)
{
    const char *function, *argument;
    hone_buf want = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_parts_place(g->r, r, &function, &argument);
    if (r->row->expected.count == 0) function = "(no call)";
    if (r->row->expected.count) hone_call_write(&want, &r->row->expected);
    put(g, "[");
    put_json(g, r->row->id, strlen(r->row->id));
    hone_buf_printf(g->out, ",%d,%d,%d,%d,", name_index(g, function), name_index(g, r->fault),
                    r->right, r->before);
    put_json(g, r->row->user_text ? r->row->user_text : "",
             r->row->user_text ? strlen(r->row->user_text) : 0);
    put(g, ",");
    put_json(g, want.data ? want.data : "", want.len);
    put(g, ",");
    put_json(g, r->answer->present ? r->answer->text : "",
             r->answer->present ? r->answer->text_len : 0);
    put(g, ",");
    if (r->before_text) put_json(g, r->before_text, strlen(r->before_text));
    else put(g, "null");
    put(g, ",");
    put_notes(g, r);
    put(g, "]");
    if (want.failed) g->out->failed = true;
    hone_buf_done(&want);
}

static void rows_part(page *g)
{
    put(g, "<h2>Rows</h2>\n<div class=\"filters\"><input id=\"f-text\" type=\"search\" "
           "placeholder=\"text or id\" aria-label=\"text\"><select id=\"f-state\" "
           "aria-label=\"state\"><option value=\"all\">all</option><option value=\"failed\">"
           "failed</option><option value=\"right\">right</option><option value=\"changed\">"
           "changed</option><option value=\"broken\">broken</option><option value=\"fixed\">"
           "fixed</option></select><select id=\"f-class\" aria-label=\"class\">"
           "<option value=\"\">any class</option></select><select id=\"f-function\" "
           "aria-label=\"function\"><option value=\"\">any function</option></select></div>\n"
           "<p class=\"soft\" id=\"count\"></p><div id=\"list\"></div>"
           "<button id=\"more\" hidden>more rows</button>\n"
           "<noscript><p>The list of rows needs JavaScript; report.json has them too.</p>"
           "</noscript>\n<script type=\"application/json\" id=\"rows\">{\"rows\":[");
    for (size_t i = 0; i < g->r->count; i++) {
        if (i) put(g, ",\n");
        put_row(g, &g->r->results[i]);
    }
    put(g, "],\"names\":[");
    for (size_t i = 0; i < g->names->len; i++) {
        if (i) put(g, ",");
        put_json(g, g->names->members[i].key, g->names->members[i].key_len);
    }
    put(g, "]}</script>\n<script>");
    hone_buf_add(g->out, hone_page_js, hone_page_js_size);
    put(g, "</script>\n");
}

void hone_report_html(hone_buf *out, const hone_report *r, const hone_report_other *others,
                      int num_others, const char *stamp)
{
    page g = { out, r, r->json, others, num_others, { r->arena, false }, NULL };
    g.names = hone_json_new_object(r->arena);
    if (!g.names) {
        out->failed = true;
        return;
    }
    if (g.num_others > OTHERS_MAX) g.num_others = OTHERS_MAX;
    head(&g);
    title(&g);
    verdict(&g);
    tiles(&g);
    scores_table(&g);
    functions_table(&g);
    clusters_table(&g);
    rows_part(&g);
    confusion_table(&g);
    arguments_table(&g);
    confidence_table(&g);
    accepted_table(&g);
    if (stamp) {
        put(&g, "<p class=\"soft\">");
        put_text(&g, stamp);
        put(&g, "</p>\n");
    }
    put(&g, "</body></html>\n");
    if (g.p.failed) out->failed = true;
}
