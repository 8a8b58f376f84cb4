/*
 * The survey as one HTML page (datasets/survey.h). No script, nothing from elsewhere: the content
 * policy allows the page's own style and nothing more. All texts of rows are escaped.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "datasets/survey.h"
#include "datasets/survey_css.h"

enum { VALUES_SHOWN = 8 };

static double number(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is_number(v) ? hone_json_f64(v) : 0;
}

/* Text of others: escaped for HTML, control characters and bidi marks made visible. */
static void put_text(hone_buf *b, const char *s)
{
    hone_buf shown = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_text_show(&shown, s, strlen(s));
    if (shown.len) hone_text_html(b, shown.data, shown.len);
    if (shown.failed) b->failed = true;
    hone_buf_done(&shown);
}

static double total_of(const hone_json *o)
{
    double sum = 0;
    for (size_t i = 0; o && i < o->len; i++) sum += number(o, o->members[i].key);
    return sum;
}

static double most_of(const hone_json *o)
{
    double most = 0;
    for (size_t i = 0; o && i < o->len; i++) {
        double n = number(o, o->members[i].key);
        if (n > most) most = n;
    }
    return most;
}

static void put_bar(hone_buf *b, double share)
{
    hone_buf_printf(b,
                    "<td class=bar><svg viewBox=\"0 0 100 10\" preserveAspectRatio=none "
                    "aria-hidden=true><rect class=rail width=100 height=10 /><rect class=full "
                    "width=%.1f height=10 /></svg></td>",
                    share > 1 ? 100 : 100 * share);
}

/* name, count, per cent of `whole` and a bar; members in their order. */
static void put_counts(hone_buf *b, const char *title, const char *what, const hone_json *o,
                       double whole)
{
    if (!o || o->len == 0) return;
    double most = most_of(o);
    hone_buf_printf(b, "<section><h2>%s</h2><div class=card><table><tr><th>%s<th class=n>rows<th "
                       "class=n>%%<th>",
                    title, what);
    for (size_t i = 0; i < o->len; i++) {
        double n = number(o, o->members[i].key);
        hone_buf_str(b, "<tr><td>");
        put_text(b, o->members[i].key);
        hone_buf_printf(b, "<td class=n>%.0f<td class=n>%.1f", n, whole > 0 ? 100 * n / whole : 0);
        put_bar(b, most > 0 ? n / most : 0);
    }
    hone_buf_str(b, "</table></div></section>\n");
}

static void put_figure(hone_buf *b, const char *what, const char *format, double v)
{
    hone_buf_str(b, "<div><b>");
    hone_buf_printf(b, format, v);
    hone_buf_printf(b, "</b>%s</div>", what);
}

static void put_figures(hone_buf *b, const hone_json *s)
{
    double rows = number(s, "rows");
    const hone_json *g = hone_json_get(s, "generation");
    double none = number(hone_json_get(s, "kinds"), "no call");
    hone_buf_str(b, "<div class=figures>");
    put_figure(b, "rows", "%.0f", rows);
    put_figure(b, "want no call", "%.1f %%", rows > 0 ? 100 * none / rows : 0);
    put_figure(b, "bytes of a request, mean", "%.0f", number(s, "mean_user_bytes"));
    put_figure(b, "bytes of the longest", "%.0f", number(s, "longest_user_bytes"));
    put_figure(b, "exact repeats", "%.0f", number(s, "exact_repeats"));
    put_figure(b, "near repeats", "%.0f", number(s, "near_repeats"));
    if (g) put_figure(b, "rows refused", "%.0f", number(g, "refused"));
    if (hone_json_get(g, "spent")) put_figure(b, "spent", "%.4f", number(g, "spent"));
    hone_buf_str(b, "</div>\n");
}

/* The most frequent value behind the last one; NULL if none is left. */
static const hone_json_member *next_value(const hone_json *values, const hone_json_member *last)
{
    const hone_json_member *best = NULL;
    double limit = last ? number(values, last->key) : 1e300;
    for (size_t i = 0; i < values->len; i++) {
        const hone_json_member *m = &values->members[i];
        double n = number(values, m->key);
        bool later = n < limit || (last && n == limit && m > last);
        if (m->key[0] == '(' || !later) continue;
        if (!best || n > number(values, best->key)) best = m;
    }
    return best;
}

static void put_value(hone_buf *b, const char *name, double n, bool first)
{
    hone_buf_str(b, first ? "" : ", ");
    put_text(b, name);
    hone_buf_printf(b, "&nbsp;<span class=soft>%.0f</span>", n);
}

/* The most frequent ones; of names that hardly repeat the number alone. */
static void put_values(hone_buf *b, const hone_json *values)
{
    double rest = values ? total_of(values) : 0;
    const hone_json_member *m = values ? next_value(values, NULL) : NULL;
    bool few = values && values->len <= VALUES_SHOWN;
    int shown = 0;
    for (; m && shown < VALUES_SHOWN; m = next_value(values, m)) {
        double n = number(values, m->key);
        if (n < 2 && !few) break;
        put_value(b, m->key, n, shown++ == 0);
        rest -= n;
    }
    if (rest > 0) put_value(b, shown ? "others" : "all different:", rest, shown == 0);
}

/* How often each argument is given, and with what. */
static void put_arguments(hone_buf *b, const hone_json *s)
{
    const hone_json *functions = hone_json_get(s, "arguments");
    if (!functions || functions->len == 0) return;
    hone_buf_str(b, "<section><h2>Arguments and their values</h2>");
    for (size_t i = 0; i < functions->len; i++) {
        const char *name = functions->members[i].key;
        const hone_json *args = functions->members[i].value;
        const hone_json *values = hone_json_get(hone_json_get(s, "values"), name);
        double calls = number(hone_json_get(s, "functions"), name);
        hone_buf_str(b, "<h3>");
        put_text(b, name);
        hone_buf_str(b, "</h3><div class=card><table><tr><th>argument<th class=n>% of "
                        "calls<th>values");
        for (size_t k = 0; k < args->len; k++) {
            double n = number(args, args->members[k].key);
            hone_buf_str(b, "<tr><td>");
            put_text(b, args->members[k].key);
            hone_buf_printf(b, "<td class=n>%.0f<td>", calls > 0 ? 100 * n / calls : 0);
            put_values(b, hone_json_get(values, args->members[k].key));
        }
        hone_buf_str(b, "</table></div>");
    }
    hone_buf_str(b, "</section>\n");
}

static void put_repeats(hone_buf *b, const hone_json *s)
{
    const hone_json *list = hone_json_get(s, "repeat_examples");
    if (!list || list->len == 0) return;
    hone_buf_str(b,
                 "<section><h2>Repeats</h2><div class=\"card wide\"><table><tr><th>first<th>again");
    for (size_t i = 0; i < list->len; i++) {
        for (size_t k = 0; k < 2; k++) {
            const hone_json *text = hone_json_at(list->items[i], k);
            hone_buf_str(b, k ? "<td>" : "<tr><td>");
            if (hone_json_is(text, HONE_JSON_STRING)) put_text(b, text->text);
        }
    }
    hone_buf_str(b, "</table></div></section>\n");
}

static void put_examples(hone_buf *b, const hone_json *list)
{
    hone_buf_str(b, "<ul>");
    for (size_t i = 0; list && i < list->len; i++) {
        if (!hone_json_is(list->items[i], HONE_JSON_STRING) || !list->items[i]->len) continue;
        hone_buf_str(b, "<li><code>");
        put_text(b, list->items[i]->text);
        hone_buf_str(b, "</code>");
    }
    hone_buf_str(b, "</ul>");
}

/* Per function and reason, then examples of each reason. */
static void put_refusals(hone_buf *b, const hone_json *g)
{
    const hone_json *per = hone_json_get(g, "refused_per_category");
    const hone_json *examples = hone_json_get(g, "refused_examples");
    if (!per || per->len == 0) return;
    hone_buf_str(
        b, "<section><h2>Refused by the judge</h2><div class=\"card wide\"><table><tr><th>for<th>"
           "reason<th class=n>rows");
    for (size_t i = 0; i < per->len; i++) {
        const hone_json *reasons = per->members[i].value;
        for (size_t k = 0; k < reasons->len; k++) {
            hone_buf_str(b, "<tr><td>");
            put_text(b, k ? "" : per->members[i].key);
            hone_buf_str(b, "<td>");
            put_text(b, reasons->members[k].key);
            hone_buf_printf(b, "<td class=n>%.0f", number(reasons, reasons->members[k].key));
        }
    }
    hone_buf_str(b, "</table></div>");
    for (size_t i = 0; examples && i < examples->len; i++) {
        const hone_json *first = hone_json_at(examples->members[i].value, 0);
        if (!hone_json_is(first, HONE_JSON_STRING) || !first->len) continue;
        hone_buf_str(b, "<h3>");
        put_text(b, examples->members[i].key);
        hone_buf_str(b, "</h3>");
        put_examples(b, examples->members[i].value);
    }
    hone_buf_str(b, "</section>\n");
}

/* How the rows were made: teacher, requests, tokens, money. */
static void put_generation(hone_buf *b, const hone_json *g)
{
    static const char *const keys[] = {
        "provider",           "model",           "wanted",       "requests_sent",
        "requests_from_journal", "requests_retried", "requests_given_up", "input_tokens",
        "output_tokens",      "spent",           "seeds_given",  "frames_from_seeds",
        "seed",               "prompt",
    };
    hone_buf_str(b, "<section><h2>Generation and cost</h2><div class=card><table>");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const hone_json *v = hone_json_get(g, keys[i]);
        if (!v || !v->text) continue;
        hone_buf_printf(b, "<tr><td>%s<td>", keys[i]);
        put_text(b, v->text);
    }
    hone_buf_str(b, "</table></div></section>\n");
    put_counts(b, "Replies", "outcome", hone_json_get(g, "outcomes"),
               total_of(hone_json_get(g, "outcomes")));
}

int hone_survey_page(hone_buf *b, const hone_json *s, const char *title, hone_err *err)
{
    double rows = number(s, "rows");
    const hone_json *g = hone_json_get(s, "generation");
    hone_buf_str(b,
                 "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n"
                 "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">\n"
                 "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>");
    put_text(b, title);
    hone_buf_printf(b, "</title><style>\n%s</style></head><body>\n<h1>", hone_survey_css);
    put_text(b, title);
    hone_buf_str(b, "</h1>\n");
    put_figures(b, s);
    put_counts(b, "Functions", "function", hone_json_get(s, "functions"), rows);
    hone_buf_str(b, "<div class=pair>");
    put_counts(b, "Kinds", "kind", hone_json_get(s, "kinds"), rows);
    put_counts(b, "Lengths", "words", hone_json_get(s, "words"), rows);
    put_counts(b, "Manners", "manner", hone_json_get(s, "styles"), rows);
    put_counts(b, "Languages", "language", hone_json_get(s, "languages"), rows);
    put_counts(b, "Sources", "source", hone_json_get(s, "sources"), rows);
    hone_buf_str(b, "</div>");
    put_arguments(b, s);
    put_repeats(b, s);
    if (g) put_refusals(b, g);
    if (g) put_generation(b, g);
    hone_buf_str(b, "</body></html>\n");
    return hone_buf_ok(b) ? 0 : hone_err_memory(err, "page", b->len);
}
