/*
 * Log lines and progress on stderr (common/log.h). A line is built in a buffer of fixed size, so
 * that a message about missing memory still gets out, made safe for the terminal, and written at
 * once.
 */
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/text.h"

/* Showing makes at most six bytes of two (a C1 control), ten of four, four of one. */
enum { LOG_TEXT = 4096, LOG_SHOWN = 4 * LOG_TEXT + 64 };

static atomic_int log_level = HONE_LOG_NORMAL;
static atomic_bool progress_line; /* the cursor stands behind a progress line */

void hone_log_set_level(hone_log_level level)
{
    atomic_store(&log_level, level);
}

hone_log_level hone_log_get_level(void)
{
    return (hone_log_level)atomic_load(&log_level);
}

static bool is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

bool hone_log_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    return is_terminal() && !(no_color && no_color[0]);
}

/* Appends text made safe; a newline inside a message stays one. */
static void put_safe(hone_buf *out, const char *s)
{
    for (;;) {
        const char *end = strchr(s, '\n');
        size_t n = end ? (size_t)(end - s) : strlen(s);
        hone_text_show(out, s, n);
        if (!end) return;
        hone_buf_char(out, '\n');
        s = end + 1;
    }
}

/* Formats into text, which says so at its end when it was cut. */
static void format_cut(char text[LOG_TEXT], const char *fmt, va_list ap)
{
    static const char mark[] = "...";
    int n = vsnprintf(text, LOG_TEXT, fmt, ap);
    if (n < 0) text[0] = '\0';
    if (n < LOG_TEXT) return;
    size_t at = LOG_TEXT - sizeof(mark);
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
    memcpy(text + at, mark, sizeof(mark));
}

/* One write, so that lines of several threads do not mix. */
static void line_write(const char *prefix, const char *fmt, va_list ap)
{
    char text[LOG_TEXT], shown[LOG_SHOWN];
    hone_buf out = { shown, 0, sizeof(shown), sizeof(shown) - 1, false };
    format_cut(text, fmt, ap);
    if (atomic_exchange(&progress_line, false)) hone_buf_str(&out, "\r\033[K");
    hone_buf_str(&out, prefix);
    put_safe(&out, text);
    hone_buf_char(&out, '\n');
    (void)fwrite(shown, 1, out.len, stderr);
}

static const char *warning_prefix(void)
{
    return hone_log_color() ? "\033[33mwarning:\033[0m " : "warning: ";
}

void hone_log(const char *fmt, ...)
{
    if (hone_log_get_level() < HONE_LOG_NORMAL) return;
    va_list ap;
    va_start(ap, fmt);
    line_write("", fmt, ap);
    va_end(ap);
}

void hone_log_more(const char *fmt, ...)
{
    if (hone_log_get_level() < HONE_LOG_VERBOSE) return;
    va_list ap;
    va_start(ap, fmt);
    line_write("", fmt, ap);
    va_end(ap);
}

void hone_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    line_write(warning_prefix(), fmt, ap);
    va_end(ap);
}

/* ---- progress ---- */

static const double PROGRESS_QUIET = 2.0;    /* shorter steps say nothing */
static const double PROGRESS_REDRAW = 0.1;   /* on a terminal */
static const double PROGRESS_REPEAT = 10.0;  /* in a file */

static void put_duration(hone_buf *out, double seconds)
{
    int64_t s = seconds < 1e9 ? (int64_t)(seconds + 0.5) : 1000000000;
    if (s < 60)
        hone_buf_printf(out, "%llds", (long long)s);
    else if (s < 3600)
        hone_buf_printf(out, "%lldm%02llds", (long long)(s / 60), (long long)(s % 60));
    else
        hone_buf_printf(out, "%lldh%02lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
}

static void put_count(hone_buf *out, const hone_progress *p)
{
    put_safe(out, p->label);
    hone_buf_printf(out, "  %lld", (long long)p->done);
    if (p->total > 0) hone_buf_printf(out, "/%lld", (long long)p->total);
}

/* Cuts out to the terminal's width: a line that wraps cannot be redrawn. */
static void cut_to_width(hone_buf *out)
{
    struct winsize w;
    uint32_t c;
    size_t at = 0, k;
    int used = 0;
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
    while ((k = hone_utf8_next(out->data + at, out->len - at, &c)) > 0) {
        used += hone_text_width(out->data + at, k);
        if (used >= columns) break;
        at += k;
    }
    out->len = at;
    out->data[at] = '\0';
}

static void progress_draw(const hone_progress *p, const char *extra, double now)
{
    char shown[LOG_SHOWN];
    hone_buf out = { shown, 0, sizeof(shown), sizeof(shown) - 1, false };
    bool live = is_terminal();
    put_count(&out, p);
    if (extra[0]) {
        hone_buf_str(&out, "  ");
        put_safe(&out, extra);
    }
    if (p->done > 0 && p->total > p->done) {
        hone_buf_str(&out, "  ETA ");
        put_duration(&out, (now - p->start) / (double)p->done * (double)(p->total - p->done));
    }
    if (live) cut_to_width(&out);
    atomic_store(&progress_line, live);
    (void)fprintf(stderr, live ? "\r\033[K%s" : "%s\n", shown);
}

void hone_progress_start(hone_progress *p, const char *label, int64_t total)
{
    double now = hone_clock();
    *p = (hone_progress){ label, total, 0, now, now, false };
}

void hone_progress_set(hone_progress *p, int64_t done, const char *fmt, ...)
{
    char extra[LOG_TEXT] = "";
    p->done = done;
    if (hone_log_get_level() < HONE_LOG_NORMAL) return;
    double now = hone_clock();
    double wait = is_terminal() ? PROGRESS_REDRAW : PROGRESS_REPEAT;
    if (now - p->start < PROGRESS_QUIET || now - p->last < wait) return;
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        format_cut(extra, fmt, ap);
        va_end(ap);
    }
    p->last = now;
    p->drawn = true;
    progress_draw(p, extra, now);
}

void hone_progress_end(hone_progress *p, const char *fmt, ...)
{
    char note[LOG_TEXT] = "", shown[LOG_SHOWN];
    hone_buf out = { shown, 0, sizeof(shown), sizeof(shown) - 1, false };
    double seconds = hone_clock() - p->start;
    if (fmt) {
        va_list ap;
        va_start(ap, fmt);
        format_cut(note, fmt, ap);
        va_end(ap);
    }
    if (hone_log_get_level() < HONE_LOG_NORMAL) return;
    if (!note[0] && seconds < PROGRESS_QUIET && !p->drawn) return;
    if (atomic_exchange(&progress_line, false)) hone_buf_str(&out, "\r\033[K");
    put_count(&out, p);
    hone_buf_str(&out, "  ");
    put_safe(&out, note);
    hone_buf_str(&out, note[0] ? "  (" : "(");
    put_duration(&out, seconds);
    hone_buf_str(&out, ")\n");
    (void)fwrite(shown, 1, out.len, stderr);
}

/* ---- this process ---- */

double hone_clock(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double hone_cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t hone_peak_rss(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (int64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}
