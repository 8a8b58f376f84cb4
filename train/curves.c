/*
 * The page of a run (train/curves.h). Curves are SVG paths; a long run is drawn as the mean of
 * equal pieces, with the range of each piece behind it.
 */
#include "train/curves.h"

#include <math.h>
#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/zfile.h"
#include "train/run_folder.h"

enum { WIDTH = 720, HEIGHT = 220, LEFT = 64, RIGHT = 12, TOP = 12, BOTTOM = 28 };
enum { POINTS = 400, TICKS = 4, LINE_MAX_BYTES = 1 << 20, CONFIG_MAX = 1 << 20 };

typedef struct point {
    double step, value;
} point;

typedef struct series {
    const char *key;   /* of metrics.jsonl */
    const char *label; /* in the legend */
    const char *color; /* a class of the style below */
    bool marks;        /* few points: dots on the line */
    point *points;
    size_t count, cap;
} series;

enum { LOSS, EVAL_LOSS, CALLS, TOKENS, EVAL_TOKENS, RATE, NORM, SERIES };

typedef struct page {
    const hone_curves *in;
    series all[SERIES];
    size_t skipped;    /* steps that were not applied */
    hone_buf out;
} page;

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em;"
    "color:#1b1b1f;background:#fff}h1{font-size:1.5em}h2{font-size:1.05em;margin:1.6em 0 .3em}"
    "svg{width:100%;height:auto;display:block}text{font:11px system-ui,sans-serif;fill:#5b5b66}"
    ".grid{stroke:#e3e3e8;stroke-width:1}.line{fill:none;stroke-width:1.6}.range{opacity:.18;"
    "stroke:none}.a{stroke:#2563eb}.b{stroke:#d97706}.ra{fill:#2563eb}.rb{fill:#d97706}"
    ".da{fill:#2563eb}.db{fill:#d97706}table{border-collapse:collapse}td{padding:.1em 1.2em .1em 0}"
    "pre{background:#f5f5f7;padding:1em;overflow:auto;font-size:13px}.key{font-size:13px}"
    ".key b{display:inline-block;width:1.4em;height:.25em;vertical-align:middle;margin:0 .4em 0 "
    "1em}.key .ka{background:#2563eb}.key .kb{background:#d97706}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#17171a}.grid{stroke:#2c2c33}"
    "text{fill:#a0a0ab}pre{background:#222227}}";

/* ---- reading ---- */

static int series_add(series *s, double step, double value, hone_err *err)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 256;
        point *grown = hone_realloc_array(s->points, cap, sizeof *grown);
        if (!grown) return hone_err_memory(err, "curves", cap * sizeof *grown);
        s->points = grown;
        s->cap = cap;
    }
    s->points[s->count++] = (point){ step, value };
    return HONE_OK;
}

static int line_take(page *p, const hone_json *o, hone_err *err)
{
    const hone_json *step = hone_json_get(o, "step");
    if (!hone_json_is_number(step)) return HONE_OK;
    p->skipped += hone_json_is(hone_json_get(o, "skipped"), HONE_JSON_TRUE);
    for (int i = 0; i < SERIES; i++) {
        const hone_json *v = hone_json_get(o, p->all[i].key);
        if (hone_json_is_number(v))
            HONE_TRY(series_add(&p->all[i], hone_json_f64(step), hone_json_f64(v), err));
    }
    return HONE_OK;
}

static int metrics_read(page *p, hone_err *err)
{
    hone_lines *lines = NULL;
    hone_arena *a = hone_arena_new();
    char *path = hone_path_join(p->in->run_dir, HONE_RUN_METRICS);
    const char *text = NULL;
    size_t len = 0;
    int64_t number = 0;
    int rc = a && path ? HONE_OK : hone_err_memory(err, "curves", 0);
    if (rc == 0) rc = hone_lines_open(&lines, path, LINE_MAX_BYTES, err);
    while (rc == 0 && (rc = hone_lines_next(lines, &text, &len, &number, err)) > 0) {
        hone_json *o = NULL;
        hone_arena_clear(a);
        rc = hone_json_parse(&o, a, text, len, path, number, err);
        if (rc == 0) rc = line_take(p, o, err);
    }
    hone_lines_close(lines);
    hone_free(path);
    hone_arena_free(a);
    return rc;
}

/* ---- drawing ---- */

typedef struct frame {
    double x0, x1, y0, y1; /* values at the borders */
} frame;

static double at_x(const frame *f, double step)
{
    return LEFT + (step - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const frame *f, double v)
{
    return HEIGHT - BOTTOM - (v - f->y0) / (f->y1 - f->y0) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, whichever comes nearest to TICKS of them in the span. */
static double tick_size(double span)
{
    double raw = span / TICKS, power = pow(10, floor(log10(raw)));
    double ratio = raw / power;
    return power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
}

/* All charts have the same steps, so that they can be compared. */
static void frame_fit(frame *f, const series *s, int n, double steps)
{
    *f = (frame){ 0, fmax(1, steps), INFINITY, -INFINITY };
    for (int i = 0; i < n; i++) {
        for (size_t k = 0; k < s[i].count; k++) {
            f->x1 = fmax(f->x1, s[i].points[k].step);
            f->y0 = fmin(f->y0, s[i].points[k].value);
            f->y1 = fmax(f->y1, s[i].points[k].value);
        }
    }
    if (f->y0 > 0 && f->y0 < f->y1 / 2) f->y0 = 0;
    if (f->y1 <= f->y0) f->y1 = f->y0 + (f->y0 != 0 ? fabs(f->y0) / 10 : 1);
}

static void put_number(hone_buf *out, double v)
{
    char digits[32];
    hone_f64_g6(v, digits);
    hone_buf_str(out, digits);
}

static void grid(hone_buf *out, const frame *f)
{
    double y = tick_size(f->y1 - f->y0), x = fmax(1, tick_size(f->x1 - f->x0));
    for (double v = ceil(f->y0 / y - 1e-9) * y; v <= f->y1 + y * 1e-9; v += y) {
        double at = at_y(f, v);
        hone_buf_printf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                             "text-anchor=\"end\">", LEFT, at, WIDTH - RIGHT, LEFT - 8, at + 4);
        put_number(out, fabs(v) < y * 1e-9 ? 0 : v);
        hone_buf_str(out, "</text>");
    }
    for (double v = ceil(f->x0 / x) * x; v <= f->x1; v += x) {
        hone_buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", at_x(f, v),
                        HEIGHT - 8);
        put_number(out, v);
        hone_buf_str(out, "</text>");
    }
}

/* One piece of a series: its middle step, mean, least and greatest value. */
typedef struct piece {
    double step, mean, lo, hi;
} piece;

static piece piece_of(const series *s, size_t from, size_t to)
{
    piece p = { 0, 0, INFINITY, -INFINITY };
    for (size_t i = from; i < to; i++) {
        p.step += s->points[i].step / (double)(to - from);
        p.mean += s->points[i].value / (double)(to - from);
        p.lo = fmin(p.lo, s->points[i].value);
        p.hi = fmax(p.hi, s->points[i].value);
    }
    return p;
}

static void curve(hone_buf *out, const frame *f, const series *s)
{
    size_t pieces = s->count < POINTS ? s->count : POINTS;
    bool ranges = s->count > POINTS;
    /* upper side from left to right, lower side back */
    if (ranges) hone_buf_printf(out, "<path class=\"range r%s\" d=\"", s->color);
    for (size_t i = 0; ranges && i < 2 * pieces; i++) {
        size_t k = i < pieces ? i : 2 * pieces - 1 - i;
        piece p = piece_of(s, k * s->count / pieces, (k + 1) * s->count / pieces);
        hone_buf_printf(out, "%c%.1f %.1f", i ? 'L' : 'M', at_x(f, p.step),
                        at_y(f, i < pieces ? p.hi : p.lo));
    }
    if (ranges) hone_buf_str(out, "Z\"/>");
    hone_buf_printf(out, "<path class=\"line %s\" d=\"", s->color);
    for (size_t i = 0; i < pieces; i++) {
        piece p = piece_of(s, i * s->count / pieces, (i + 1) * s->count / pieces);
        hone_buf_printf(out, "%c%.1f %.1f", i ? 'L' : 'M', at_x(f, p.step), at_y(f, p.mean));
    }
    hone_buf_str(out, "\"/>");
    for (size_t i = 0; (s->marks || pieces == 1) && i < pieces; i++) {
        const point *q = &s->points[i * s->count / pieces];
        hone_buf_printf(out, "<circle class=\"d%s\" r=\"3\" cx=\"%.1f\" cy=\"%.1f\"><title>step ",
                        s->color, at_x(f, q->step), at_y(f, q->value));
        put_number(out, q->step);
        hone_buf_str(out, ": ");
        put_number(out, q->value);
        hone_buf_str(out, "</title></circle>");
    }
}

static void chart(page *p, const char *title, int first, int n)
{
    const series *s = p->all + first;
    size_t points = 0;
    frame f;
    for (int i = 0; i < n; i++) points += s[i].count;
    if (!points) return;
    frame_fit(&f, s, n, (double)p->in->step);
    hone_buf_printf(&p->out, "<h2>%s</h2>\n<div class=\"key\">", title);
    for (int i = 0; i < n; i++)
        if (s[i].count) hone_buf_printf(&p->out, "<b class=\"k%s\"></b>%s", s[i].color, s[i].label);
    hone_buf_printf(&p->out, "</div>\n<svg viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, HEIGHT);
    grid(&p->out, &f);
    for (int i = 0; i < n; i++)
        if (s[i].count) curve(&p->out, &f, &s[i]);
    hone_buf_str(&p->out, "</svg>\n");
}

/* ---- the page ---- */

static void figure(page *p, const char *name, double value)
{
    if (!isfinite(value)) return;
    hone_buf_printf(&p->out, "<tr><td>%s</td><td>", name);
    put_number(&p->out, value);
    hone_buf_str(&p->out, "</td></tr>\n");
}

static double last_value(const series *s)
{
    return s->count ? s->points[s->count - 1].value : NAN;
}

static void figures(page *p)
{
    hone_buf_printf(&p->out, "<table>\n<tr><td>steps</td><td>%lld of %lld</td></tr>\n",
                    (long long)p->in->step, (long long)p->in->steps);
    figure(p, "loss of the last step", last_value(&p->all[LOSS]));
    figure(p, "validation loss", last_value(&p->all[EVAL_LOSS]));
    if (p->in->best_step >= 0) {
        hone_buf_printf(&p->out, "<tr><td>best step</td><td>%lld</td></tr>\n",
                        (long long)p->in->best_step);
        figure(p, "calls right there, in %", 100 * p->in->best_score);
    }
    if (p->skipped) figure(p, "steps not applied (loss spikes)", (double)p->skipped);
    hone_buf_str(&p->out, "</table>\n");
}

static void config(page *p)
{
    hone_buf text;
    char *path = hone_path_join(p->in->run_dir, HONE_RUN_CONFIG);
    if (path && hone_fs_is_file(path) && hone_fs_read(&text, path, CONFIG_MAX, NULL) == 0) {
        hone_buf_str(&p->out, "<h2>Configuration</h2>\n<pre>");
        hone_text_html(&p->out, text.data ? text.data : "", text.len);
        hone_buf_str(&p->out, "</pre>\n");
        hone_buf_done(&text);
    }
    hone_free(path);
}

static void body(page *p)
{
    const char *name = hone_path_base(p->in->run_dir);
    hone_buf *out = &p->out;
    hone_buf_str(out, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<meta "
                      "name=\"viewport\" content=\"width=device-width\">\n<title>");
    hone_text_html(out, name, strlen(name));
    hone_buf_printf(out, " - training run</title>\n<style>%s</style>\n<h1>Training run ", style);
    hone_text_html(out, name, strlen(name));
    hone_buf_str(out, "</h1>\n");
    figures(p);
    chart(p, "Loss", LOSS, 2);
    chart(p, "Validation calls right (whole call, share of rows)", CALLS, 1);
    chart(p, "Tokens right (share of label tokens)", TOKENS, 2);
    chart(p, "Learning rate", RATE, 1);
    chart(p, "Gradient norm before clipping", NORM, 1);
    config(p);
    hone_buf_str(out, "</html>\n");
}

int hone_curves_write(const hone_curves *in, hone_err *err)
{
    page p = { .in = in, .out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX),
               .all = { [LOSS] = { .key = "loss", .label = "training", .color = "a" },
                        [EVAL_LOSS] = { .key = "eval_loss", .label = "validation", .color = "b",
                                        .marks = true },
                        [CALLS] = { .key = "eval_call_accuracy", .label = "validation",
                                    .color = "b", .marks = true },
                        [TOKENS] = { .key = "mean_token_accuracy", .label = "training",
                                     .color = "a" },
                        [EVAL_TOKENS] = { .key = "eval_mean_token_accuracy",
                                          .label = "validation", .color = "b", .marks = true },
                        [RATE] = { .key = "learning_rate", .label = "rate", .color = "a" },
                        [NORM] = { .key = "grad_norm", .label = "norm", .color = "a" } } };
    char *path = hone_path_join(in->run_dir, HONE_RUN_PAGE);
    int rc = path ? metrics_read(&p, err) : hone_err_memory(err, "a file name", 0);
    if (rc == 0) {
        body(&p);
        rc = hone_buf_ok(&p.out) ? hone_fs_write(path, p.out.data, p.out.len, err)
                                 : hone_err_memory(err, HONE_RUN_PAGE, p.out.len);
    }
    for (int i = 0; i < SERIES; i++) hone_free(p.all[i].points);
    hone_buf_done(&p.out);
    hone_free(path);
    return rc;
}
